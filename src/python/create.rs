//! Functions that make tensors: from nothing, from numbers, from Python's objects, from randomness.
//!
//! How calls are matched is in [`arguments`]; what is made is in the core's `create`. What must not come
//! here: a kernel, or anything that an operator does.

mod arguments;
mod factories;
pub(super) mod nested;
mod objects;
pub(super) mod random;

use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::ops::{copy, edge, inplace, layout};
use crate::python::ffi::args::numbers::Number;
use crate::shape;
use crate::tensor::Tensor;
use pyo3::prelude::*;

/// A tensor of unspecified elements, of the shape and memory order of `t`.
fn empty_like(t: &Tensor, dtype: DType) -> Result<Tensor> {
    let g = t.geometry();
    Tensor::empty_strided(&g.shape, &layout::preserved(&g)?, dtype)
}

/// Puts the elements of `made` into `out`, which takes on its shape: what `out=` of a factory does.
///
/// # Errors
/// Where `out` is in a graph.
fn deliver(function: &str, out: &Tensor, made: &Tensor) -> Result<()> {
    if edge::wants_gradient(out) {
        if function == "empty" {
            return Err(Error::runtime("cannot resize variables that require grad"));
        }
        return Err(Error::runtime(format!(
            "aten::{function}(): functions with out=... arguments don't support automatic differentiation, but one of the \
             arguments requires grad."
        )));
    }
    if function != "empty" {
        inplace::check_inference(out)?;
    }
    if *out.geometry().shape != *made.geometry().shape {
        let sizes = made.shape();
        crate::create::resize(out, &sizes, shape::contiguous_strides(&sizes)?)?;
    }
    copy::assign(out, made)?;
    out.0.bump_version();
    Ok(())
}

/// The number as the core's, to become an element of `dtype`.
///
/// # Errors
/// torch's, for an integer of 64 bits without a sign that the type does not hold.
fn settled(number: Number, dtype: DType) -> Result<Scalar> {
    match number {
        Number::Is(scalar) => Ok(scalar),
        Number::Wide(_) if dtype == DType::Bool => Ok(Scalar::Bool(true)),
        Number::Wide(wide) if dtype.is_differentiable() => Ok(Scalar::Float(wide as f64)),
        _ => Err(Error::overflow(dtype)),
    }
}

/// A tensor with every element `number`: what `full` and its like make.
///
/// # Errors
/// torch's, for extents that cannot be and for a number that the type does not hold, in that order.
fn full(sizes: &[i64], number: Number, dtype: DType) -> Result<Tensor> {
    match settled(number, dtype) {
        Ok(scalar) => Tensor::full(sizes, scalar, dtype),
        Err(error) => Tensor::empty(sizes, dtype).and(Err(error)),
    }
}

/// Adds what is defined here to the module.
///
/// # Errors
/// Python's own where it has no memory.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    factories::register(module)?;
    objects::register(module)?;
    random::register(module)
}
