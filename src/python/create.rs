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
use crate::ops::{apply, copy, edge};
use crate::python::ffi::args::numbers::Number;
use crate::shape;
use crate::tensor::Tensor;
use pyo3::prelude::*;

/// A tensor of unspecified elements, of the shape and memory order of `t`.
fn empty_like(t: &Tensor, dtype: DType) -> Result<Tensor> {
    let g = t.geometry();
    if g.contiguous {
        return Tensor::empty(&g.shape, dtype);
    }
    Tensor::empty_strided(&g.shape, &apply::dense_order(&g.shape, &g.strides)?, dtype)
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
    if *out.geometry().shape != *made.geometry().shape {
        let sizes = made.shape();
        crate::create::resize(out, &sizes, shape::contiguous_strides(&sizes)?)?;
    }
    copy::assign(out, made)?;
    out.0.bump_version();
    Ok(())
}

/// The number as one that `dtype` holds: what `full` and its like accept.
///
/// # Errors
/// torch's, where it is beyond the type's range, or complex for a real type.
fn fitted(number: Number, dtype: DType) -> Result<Scalar> {
    let overflow = || Error::runtime(format!("value cannot be converted to type {} without overflow", cpp_name(dtype)));
    let scalar = match number {
        Number::Is(scalar) => scalar,
        Number::Wide(wide) if dtype.is_differentiable() => Scalar::Float(wide as f64),
        _ => return Err(overflow()),
    };
    let scalar = match scalar {
        Scalar::Complex(re, im) if !dtype.is_complex() && dtype != DType::Bool => {
            if im != 0.0 {
                return Err(overflow());
            }
            Scalar::Float(re)
        }
        other => other,
    };
    let fits = match (scalar, dtype.real()) {
        (_, DType::Bool) | (Scalar::Bool(_), _) => true,
        (scalar, real) if real.is_floating_point() => {
            let greatest = match real {
                DType::Float16 => 65504.0,
                DType::BFloat16 => f64::from(f32::from_bits(0x7f7f_0000)),
                DType::Float32 => f64::from(f32::MAX),
                _ => f64::MAX,
            };
            let parts = if let Scalar::Complex(re, im) = scalar { [re, im] } else { [scalar.to_f64(), 0.0] };
            parts.iter().all(|x| !x.is_finite() || x.abs() <= greatest)
        }
        (Scalar::Int(x), _) => {
            let (low, high) = nested::limits(dtype);
            // An unsigned type takes negative numbers modulo its size, as C does.
            (low..=high).contains(&x) || (dtype == DType::UInt8 && (-high..0).contains(&x))
        }
        (scalar, _) => {
            let (low, high) = nested::limits(dtype);
            let x = scalar.to_f64();
            x >= low as f64 && if dtype == DType::Int64 { x < high as f64 } else { x <= high as f64 }
        }
    };
    if fits { Ok(scalar) } else { Err(overflow()) }
}

/// The name of the C++ type of elements as torch's source has it, which is not always the compiler's
/// (`DType::c_name`).
fn cpp_name(dtype: DType) -> &'static str {
    match dtype {
        DType::Bool => "bool",
        DType::UInt8 => "uint8_t",
        DType::Int8 => "int8_t",
        DType::Int16 => "int16_t",
        DType::Int32 => "int",
        DType::Int64 => "int64_t",
        DType::Float16 => "c10::Half",
        DType::BFloat16 => "c10::BFloat16",
        DType::Float32 => "float",
        DType::Float64 => "double",
        DType::Complex64 => "c10::complex<float>",
        DType::Complex128 => "c10::complex<double>",
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
