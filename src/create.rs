//! Factories: tensors from nothing, from numbers, from the random generator.

use crate::buffers::confined;
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels;
use crate::kernels::random::Generator;
use crate::shape::{self, Dims};
use crate::tape::Geometry;
use crate::tensor::{Tensor, done, reserve};
use std::cell::{Cell, RefCell};

thread_local! {
    static DEFAULT: Cell<DType> = const { Cell::new(DType::Float32) };
}

confined! {
    static GENERATOR: RefCell<Option<Box<Generator>>> = const { RefCell::new(None) };
}

/// The element type that a floating point number gives a tensor.
#[inline(always)]
pub fn default_dtype() -> DType {
    DEFAULT.with(Cell::get)
}

/// Sets the element type that a floating point number gives a tensor.
///
/// # Errors
/// Where `dtype` is no real floating point type.
pub fn set_default_dtype(dtype: DType) -> Result<()> {
    if !dtype.is_floating_point() {
        return Err(Error::type_error(format!("only floating-point types are supported as the default type; got {dtype}")));
    }
    DEFAULT.with(|d| d.set(dtype));
    Ok(())
}

/// Zeros of the default type.
pub fn zeros(sizes: &[i64]) -> Result<Tensor> {
    Tensor::full(sizes, 0.0, default_dtype())
}

/// Ones of the default type.
pub fn ones(sizes: &[i64]) -> Result<Tensor> {
    Tensor::full(sizes, 1.0, default_dtype())
}

/// A 0-d tensor of a number, in the type that the number has alone.
pub fn scalar(value: impl Into<Scalar>) -> Result<Tensor> {
    let value = value.into();
    Tensor::full(&[], value, value.dtype(default_dtype()))
}

/// The numbers `start`, `start + step`, ... before `end`.
///
/// The type is `dtype`, or int64 where all three are whole, or the default type.
///
/// # Errors
/// Where `step` is 0 or leads away from `end`.
pub fn arange(start: Scalar, end: Scalar, step: Scalar, dtype: Option<DType>) -> Result<Tensor> {
    let whole = [start, end, step].iter().all(|s| s.category() <= crate::dtype::Category::Integral);
    let dtype = dtype.unwrap_or(if whole { DType::Int64 } else { default_dtype() });
    let (a, b, s) = (start.to_f64(), end.to_f64(), step.to_f64());
    if s == 0.0 {
        return Err(Error::runtime("step must be nonzero"));
    }
    if !a.is_finite() || !b.is_finite() {
        return Err(Error::runtime(format!("unsupported range: {a} -> {b}")));
    }
    if (s > 0.0 && b < a) || (s < 0.0 && b > a) {
        return Err(Error::runtime("upper bound and lower bound inconsistent with step sign"));
    }
    let count = if whole {
        let (a, b, s) = (start.to_i64() as i128, end.to_i64() as i128, step.to_i64() as i128);
        let span = b - a;
        ((span + s - s.signum()) / s) as f64
    } else {
        ((b - a) / s).ceil()
    };
    if count > i64::MAX as f64 {
        return Err(Error::runtime("invalid size, possible overflow?"));
    }
    let t = Tensor::empty(&[count as i64], dtype)?;
    done(t.write(|dst| kernels::copy::arange(dst, start, step))?)?;
    Ok(t)
}

/// Runs `f` on this thread's generator (the interpreter's one in the Python module).
pub fn with_generator<R>(f: impl FnOnce(&mut Generator) -> R) -> R {
    GENERATOR.with(|g| {
        let mut slot = g.borrow_mut();
        let generator = slot.get_or_insert_with(|| Box::new(Generator::default()));
        f(generator)
    })
}

/// Seeds the generator as torch's `manual_seed`: the same numbers follow.
pub fn manual_seed(seed: u64) {
    with_generator(|g| g.manual_seed(seed));
}

/// Numbers drawn uniformly from [0, 1), torch's for the same seed.
///
/// # Errors
/// Where `dtype` is not float32 or float64.
pub fn rand(sizes: &[i64], dtype: DType) -> Result<Tensor> {
    let t = Tensor::empty(sizes, dtype)?;
    with_generator(|g| t.write(|dst| kernels::fresh::uniform(g, dst)))?
        .then_some(t)
        .ok_or_else(|| unsupported("check_uniform_bounds", dtype))
}

/// Numbers drawn from the standard normal distribution, torch's for the same seed.
///
/// # Errors
/// Where `dtype` is not float32 or float64.
pub fn randn(sizes: &[i64], dtype: DType) -> Result<Tensor> {
    let t = Tensor::empty(sizes, dtype)?;
    with_generator(|g| t.write(|dst| kernels::fresh::normal(g, dst)))?
        .then_some(t)
        .ok_or_else(|| unsupported("normal_kernel_cpu", dtype))
}

fn unsupported(name: &str, dtype: DType) -> Error {
    Error::not_implemented(format!("\"{name}\" not implemented for '{}'", dtype.scalar_name()))
}

/// Gives `t` the shape `sizes`, with new bytes where the old ones are too few: for `out=` and `resize_`.
pub fn resize(t: &Tensor, sizes: &[i64]) -> Result<()> {
    let dtype = t.dtype();
    let geometry = Geometry {
        dtype,
        contiguous: true,
        shape: Dims::new(sizes)?,
        strides: shape::contiguous_strides(sizes)?,
        offset: 0,
        storage: reserve(sizes, dtype)?,
    };
    t.0.set_geometry(geometry);
    Ok(())
}
