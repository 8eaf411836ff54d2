//! Kernels: pointers, lengths and strides in, numbers out.
//!
//! A kernel sees operands ([`operand`]) and nothing else. What must not come here: a tensor, the tape,
//! a shape rule, promotion, anything of a host language.

mod blocks;
pub mod convert;
pub mod copy;
pub mod fresh;
pub mod index;
pub mod lanes;
pub mod level;
pub mod lines;
pub mod map;
mod math;
pub mod matmul;
pub mod number;
pub mod operand;
pub mod random;
pub mod reduce;
pub mod softmax;
mod transpose;
pub mod triangle;
mod walk;
pub mod workers;
