//! Operators of each element by itself: a formula in a row, a kernel that is made of it.

pub mod analytic;
pub mod arithmetic;
pub mod bitwise;
pub mod blend;
pub mod clamp;
pub mod close;
pub mod compare;
pub mod complex;
pub mod directions;
pub mod integers;
pub mod maximum;
pub mod pointwise;
pub mod rounding;
pub mod special;
