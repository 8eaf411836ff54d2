//! Reverse-mode automatic differentiation on the CPU, with PyTorch's semantics.
//!
//! ```
//! # fn main() -> wengert::Result<()> {
//! let x = wengert::arange(0.0, 4.0, 1.0, None)?;
//! x.requires_grad_(true)?;
//! let y = (2.0 * x.dot(&x)?)?;
//! y.backward()?;
//! assert_eq!(x.grad().unwrap().to_vec::<f32>()?, [0.0, 4.0, 8.0, 12.0]);
//! # Ok(())
//! # }
//! ```
//!
//! The rooms and who may call whom are in ARCHITECTURE.md. They are private: a storage hands out operands whose
//! safety rests on who calls, so that what is public is what stands at the end of this file.

// Texts may link to private rooms: who reads them reads the source.
#![allow(rustdoc::private_intra_doc_links)]
// What only the Python module uses is in the crate without it too.
#![cfg_attr(not(feature = "python"), allow(dead_code, unused_imports))]

mod buffers;
mod create;
mod data;
mod dtype;
mod error;
mod kernels;
mod ops;
mod print;
#[cfg(feature = "python")]
mod python;
mod shape;
mod storage;
mod sweep;
mod tape;
mod tensor;

pub use create::{
    arange, default_dtype, eye, linspace, manual_seed, ones, rand, randint, randn, randperm, scalar, set_default_dtype,
    zeros,
};
pub use data::Data;
pub use dtype::{DType, Scalar};
pub use error::{Class, Error, Result};
pub use kernels::random::Generator;
pub use kernels::workers::{set_threads as set_num_threads, threads as num_threads};
pub use ops::apply::Operand;
pub use ops::free_functions::{
    atleast_1d, atleast_2d, atleast_3d, block_diag, broadcast_tensors, cartesian_prod, cat, column_stack, dstack,
    hstack, meshgrid, stack, tril_indices, triu_indices, vstack,
};
pub use ops::function::Function;
pub use ops::making::draws::{normal_by, randint_like};
pub use ops::methods::where_;
pub use ops::picks::index::Index;
pub use ops::products::contract::{multi_dot, tensordot};
pub use ops::products::einsum::einsum;
pub use print::tensor::graph;
pub use storage::Element;
pub use sweep::hooks::Hook;
pub use sweep::native::apply;
pub use sweep::{Options, backward, grad};
pub use tape::live as live_records;
pub use tape::mode::{enable_grad, no_grad};
pub use tensor::Tensor;
