//! Reverse-mode automatic differentiation on the CPU, with PyTorch's semantics.
pub mod buffers;
pub mod dtype;
pub mod error;
pub mod kernels;
pub mod shape;
pub mod storage;
pub mod tape;
