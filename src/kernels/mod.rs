//! Kernels.
pub mod number;
pub mod operand;
