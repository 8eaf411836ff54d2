//! What an operator is: the table's grammar, the rows, and the one door through which they are applied.
//!
//! What must not come here: the order of a sweep, and anything of a host language.

pub mod adjoint;
pub mod analytic;
pub mod apply;
pub mod bitwise;
pub mod close;
pub mod compare;
pub mod contract;
pub mod copy;
pub mod direct;
pub mod draws;
pub mod edge;
pub mod einsum;
pub mod embed;
pub mod extremes;
pub mod factories;
pub mod function;
mod halves;
pub mod index;
pub mod inplace;
pub mod layout;
pub mod matmul;
pub mod methods;
pub mod norm;
mod out;
pub mod overlap;
pub mod parts;
pub mod plain;
pub mod pointwise;
pub mod products;
pub mod record;
pub mod recorded;
pub mod reduce;
pub mod reshape;
pub mod rounding;
pub mod row;
pub mod shapes;
pub mod signature;
pub mod structured;
pub mod table;
pub mod tangent;
pub mod value;
pub mod vectors;
pub mod view;
mod wrapped;
