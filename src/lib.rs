//! Reverse-mode automatic differentiation on the CPU.
pub mod dtype;
pub mod kernels;
