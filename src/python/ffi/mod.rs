//! The Python type `Tensor`, made by hand under the limited API.
//!
//! What lives here: the object's layout and life ([`object`], [`handles`]), the collector's questions
//! ([`gc`]), its slots ([`slots`], [`items`], [`convert`]) and attributes ([`attributes`]). Why by hand:
//! a slot costs a function call here, and `2 * y` reaches no allocator. What must not come here: maths,
//! or anything of the binding that PyO3 can say as well.
//!
//! Every function that Python calls goes through [`guard`]: a panic becomes an exception there, and
//! references that the tape let go of are dropped on its way out.

pub mod args;
pub mod array_struct;
pub mod attributes;
pub mod backward;
pub mod call;
mod convert;
pub mod dlpack;
pub mod exchange;
pub mod gc;
mod group;
pub mod guard;
pub mod handles;
mod items;
pub mod locked;
pub mod memory;
pub mod object;
pub mod payload;
pub mod pending;
pub mod registry;
mod slots;
pub mod subclass;
pub mod tolist;
