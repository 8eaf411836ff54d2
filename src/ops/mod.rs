//! What an operator is: the table's grammar, the rows, and the one door through which they are applied.
//!
//! What must not come here: the order of a sweep, and anything of a host language.

pub mod adjoint;
pub mod aliases;
mod application;
pub mod apply;
pub mod copy;
mod deprecated;
pub mod direct;
pub mod edge;
pub mod elements;
mod few;
pub mod free_functions;
pub mod function;
mod functional;
mod halves;
pub mod inplace;
pub mod inplace_view;
pub mod layout;
pub mod making;
pub mod methods;
mod out;
pub mod overlap;
pub mod picks;
pub mod plain;
pub mod products;
pub mod promotion;
pub mod record;
pub mod recorded;
pub mod reductions;
pub mod row;
pub mod saved;
pub mod shapes;
pub mod signature;
pub mod structured;
pub mod table;
pub mod tangent;
pub mod value;
pub mod view;
mod wraparound;
