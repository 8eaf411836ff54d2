//! Products of vectors and matrices, and what is made of them.

pub mod added;
pub mod contract;
pub mod einsum;
pub mod matmul;
pub mod vectors;
