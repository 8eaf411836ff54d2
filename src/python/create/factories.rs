//! zeros, arange and their like: tensors from nothing.

use super::arguments::{Arguments, Function, options};
use super::settled;
use crate::create::{self, default_dtype};
use crate::dtype::{Category, DType, Scalar};
use crate::error::{Error, Result};
use crate::python::ffi::args::numbers::Number;
use crate::python::ffi::call::funnel;
use crate::python::{errors, ffi::handles::tensor};
use crate::tensor::{Tensor, done, fitted};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

/// What a factory writes into its tensor.
#[derive(Clone, Copy)]
enum Fill {
    Nothing,
    With(f64),
}

fn filled(sizes: &[i64], dtype: DType, fill: Fill) -> Result<Tensor> {
    match fill {
        Fill::Nothing => Tensor::empty(sizes, dtype),
        Fill::With(value) => Tensor::full(sizes, value, dtype),
    }
}

fn make<'py>(
    function: &Function,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
    fill: Fill,
) -> PyResult<Bound<'py, PyAny>> {
    let parsed = function.parse(args, kwargs)?;
    let sizes = parsed.sizes("size")?;
    let dtype = parsed.element_type(|| Ok(default_dtype()))?;
    // torch words it so for zeros alone.
    if parsed.function() == "zeros" && sizes.iter().any(|&n| n < 0) {
        return Err(Error::runtime("zeros: Dimension size must be non-negative.").into());
    }
    Ok(parsed.finish(args.py(), filled(&sizes, dtype, fill)?)?)
}

/// A tensor of zeros of the given size.
///
/// Raises RuntimeError for negative sizes and for sizes beyond memory.
#[pyfunction]
#[pyo3(signature = (*args, **kwargs), text_signature = "(*size, out=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False)")]
fn zeros<'py>(args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
    static FUNCTION: Function = Function::new("zeros", &[concat!("tuple of ints size, *, ", options!(out))]);
    make(&FUNCTION, args, kwargs, Fill::With(0.0))
}

/// A tensor of ones of the given size.
///
/// Raises RuntimeError for negative sizes and for sizes beyond memory.
#[pyfunction]
#[pyo3(signature = (*args, **kwargs), text_signature = "(*size, out=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False)")]
fn ones<'py>(args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
    static FUNCTION: Function = Function::new("ones", &[concat!("tuple of ints size, *, ", options!(out))]);
    make(&FUNCTION, args, kwargs, Fill::With(1.0))
}

/// A tensor of the given size whose elements are whatever the memory holds.
///
/// Raises RuntimeError for negative sizes and for sizes beyond memory.
#[pyfunction]
#[pyo3(signature = (*args, **kwargs), text_signature = "(*size, memory_format=None, out=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False)")]
fn empty<'py>(args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
    static FUNCTION: Function = Function::new(
        "empty",
        &[concat!("tuple of ints size, *, torch.memory_format? memory_format = None, ", options!(out))],
    );
    make(&FUNCTION, args, kwargs, Fill::Nothing)
}

fn own_dtype(number: &Number) -> DType {
    match number {
        Number::Is(scalar) => scalar.dtype(default_dtype()),
        _ => DType::Int64,
    }
}

/// A tensor of the given size with every element `fill_value`, whose type it has.
///
/// Raises RuntimeError where the type does not hold the value.
#[pyfunction]
#[pyo3(signature = (*args, **kwargs), text_signature = "(size, fill_value, *, out=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False)")]
fn full<'py>(args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
    static FUNCTION: Function =
        Function::new("full", &[concat!("tuple of ints size, Number fill_value, *, ", options!(out))]);
    let parsed = FUNCTION.parse(args, kwargs)?;
    let value = parsed.number("fill_value")?;
    let dtype = parsed.element_type(|| Ok(own_dtype(&value)))?;
    let made = super::full(&parsed.sizes("size")?, value, dtype)?;
    Ok(parsed.finish(args.py(), made)?)
}

/// A matrix with ones on its diagonal and zeros elsewhere: `n` rows, and `m` or `n` columns.
///
/// Raises RuntimeError for negative extents.
#[pyfunction]
#[pyo3(signature = (*args, **kwargs), text_signature = "(n, m=None, *, out=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False)")]
fn eye<'py>(args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
    static FUNCTION: Function =
        Function::new("eye", &[concat!("int n, *, ", options!(out)), concat!("int n, int m, *, ", options!(out))]);
    let parsed = FUNCTION.parse(args, kwargs)?;
    let n = parsed.int("n")?;
    let m = if parsed.get("m").is_some() { parsed.int("m")? } else { n };
    let dtype = parsed.element_type(|| Ok(default_dtype()))?;
    Ok(parsed.finish(args.py(), create::eye(n, m, dtype)?)?)
}

/// A number of `arange`'s, whose integers have 64 bits with a sign.
fn bound(parsed: &Arguments<'_, '_>, name: &str, usual: i64) -> Result<Scalar> {
    if parsed.get(name).is_none() {
        return Ok(Scalar::Int(usual));
    }
    match parsed.number(name)? {
        Number::Is(scalar) => Ok(scalar),
        _ => Err(Error::runtime("value cannot be converted to type int64_t without overflow")),
    }
}

/// The numbers `start`, `start + step`, ... before `end`: arange(end), arange(start, end) or
/// arange(start, end, step). They are int64 where all three are, else of the default type.
///
/// Raises RuntimeError where the step is 0 or leads away from the end.
#[pyfunction]
#[pyo3(signature = (*args, **kwargs), text_signature = "(start=0, end, step=1, *, out=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False)")]
fn arange<'py>(args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
    static FUNCTION: Function = Function::new(
        "arange",
        &[
            concat!("Number end, *, ", options!(out)),
            concat!("Number start, Number end, *, ", options!()),
            concat!("Number start, Number end, Number step = 1, *, ", options!(out)),
        ],
    );
    let parsed = FUNCTION.parse(args, kwargs)?;
    let [start, end, step] = [bound(&parsed, "start", 0)?, bound(&parsed, "end", 0)?, bound(&parsed, "step", 1)?];
    let whole = [start, end, step].iter().all(|s| s.category() <= Category::Integral);
    let dtype = parsed.element_type(|| Ok(if whole { DType::Int64 } else { default_dtype() }))?;
    let made = create::arange(start, end, step, Some(dtype))?;
    if let Some(out) = parsed.tensor("out")
        && out.numel() > 0
        && out.numel() != made.numel()
    {
        let text = format!(
            "The number of elements in the out tensor of shape {} is {} which does not match the computed number of elements \
             {}. Note that this may occur as a result of rounding error. The out tensor will be resized to a tensor of shape \
             ({},).",
            crate::shape::list(&out.shape()),
            out.numel(),
            made.numel(),
            made.numel()
        );
        errors::warn(args.py(), &text)?;
    }
    Ok(parsed.finish(args.py(), made)?)
}

/// `steps` numbers from `start` to `end`, both included, in even steps.
///
/// Raises RuntimeError for a negative number of steps.
#[pyfunction]
#[pyo3(signature = (*args, **kwargs), text_signature = "(start, end, steps, *, out=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False)")]
fn linspace<'py>(args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
    static FUNCTION: Function = Function::new(
        "linspace",
        &[
            concat!("Tensor start, Tensor end, int steps, *, ", options!(out)),
            concat!("Number start, Tensor end, int steps, *, ", options!(out)),
            concat!("Tensor start, Number end, int steps, *, ", options!(out)),
            concat!("Number start, Number end, int steps, *, ", options!(out)),
        ],
    );
    let parsed = FUNCTION.parse(args, kwargs)?;
    let end_point = |name: &str| -> Result<Scalar> {
        match parsed.tensor(name).map(Tensor::ndim) {
            Some(n) if n > 0 => Err(Error::runtime(format!(
                "linspace only supports 0-dimensional start and end tensors, but got {name} with {n} dimension(s)."
            ))),
            _ => Ok(match parsed.number(name)? {
                Number::Wide(wide) => Scalar::Float(wide as f64),
                Number::Is(scalar) => scalar,
                Number::Not => Scalar::Int(0),
            }),
        }
    };
    let (start, end) = (end_point("start")?, end_point("end")?);
    let complex = [start, end].iter().any(|s| s.category() == Category::Complex);
    let inferred = if complex { default_dtype().complex() } else { default_dtype() };
    let dtype = parsed.element_type(|| Ok(inferred))?;
    if complex && !dtype.is_complex() {
        return Err(Error::runtime(format!(
            "torch.linspace(): inferred dtype {} can't be safely cast to passed dtype {}",
            inferred.cpp_name(),
            dtype.scalar_name()
        ))
        .into());
    }
    for end_point in [start, end].into_iter().filter(|_| dtype.is_integral()) {
        fitted(end_point, dtype, 1)?;
    }
    Ok(parsed.finish(args.py(), create::linspace(start, end, parsed.int("steps")?, dtype)?)?)
}

/// A 0-d tensor of a number, of the default type.
///
/// Raises RuntimeError where the type does not hold the number.
#[pyfunction]
#[pyo3(signature = (*args, **kwargs), text_signature = "(s, *, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False)")]
fn scalar_tensor<'py>(args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
    static FUNCTION: Function = Function::new("scalar_tensor", &[concat!("Number s, *, ", options!())]);
    let parsed = FUNCTION.parse(args, kwargs)?;
    let dtype = parsed.element_type(|| Ok(default_dtype()))?;
    Ok(parsed.finish(args.py(), super::full(&[], parsed.number("s")?, dtype)?)?)
}

/// Makes a tensor like another by `fill`, which gets the arguments and the tensor to write.
pub(super) fn like<'py>(
    function: &Function,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
    fill: impl FnOnce(&Arguments<'_, 'py>, &Tensor) -> Result<()>,
) -> PyResult<Bound<'py, PyAny>> {
    if let Some(answer) = funnel::offer_factory(function.name(), args, kwargs)? {
        return Ok(answer);
    }
    let parsed = function.parse(args, kwargs)?;
    let model = parsed.tensor("input").ok_or_else(|| Error::type_error("a tensor is missing"))?;
    let dtype = parsed.element_type(|| Ok(model.dtype()))?;
    let format = parsed.get("memory_format").map(|format| format.to_string());
    let made = match format.as_deref() {
        None | Some("torch.preserve_format") => super::empty_like(model, dtype)?,
        Some("torch.channels_last") => {
            return Err(Error::runtime("required rank 4 tensor to use channels_last format").into());
        }
        _ => Tensor::empty(&model.geometry().shape, dtype)?,
    };
    fill(&parsed, &made)?;
    Ok(parsed.finish(args.py(), made)?)
}

pub(super) const LIKE: &str = concat!("Tensor input, *, torch.memory_format? memory_format = None, ", options!());

fn put(made: &Tensor, value: Scalar) -> Result<()> {
    done(made.write(|dst| crate::kernels::copy::fill(dst, value))?)
}

/// Zeros, of the size and type of `input` and in its memory order.
#[pyfunction]
#[pyo3(signature = (*args, **kwargs), text_signature = "(input, *, memory_format=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False)")]
fn zeros_like<'py>(args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
    static FUNCTION: Function = Function::new("zeros_like", &[LIKE]);
    like(&FUNCTION, args, kwargs, |_, made| put(made, Scalar::Int(0)))
}

/// Ones, of the size and type of `input` and in its memory order.
#[pyfunction]
#[pyo3(signature = (*args, **kwargs), text_signature = "(input, *, memory_format=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False)")]
fn ones_like<'py>(args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
    static FUNCTION: Function = Function::new("ones_like", &[LIKE]);
    like(&FUNCTION, args, kwargs, |_, made| put(made, Scalar::Int(1)))
}

/// Unspecified elements, of the size and type of `input` and in its memory order.
#[pyfunction]
#[pyo3(signature = (*args, **kwargs), text_signature = "(input, *, memory_format=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False)")]
fn empty_like<'py>(args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
    static FUNCTION: Function = Function::new("empty_like", &[LIKE]);
    like(&FUNCTION, args, kwargs, |_, _| Ok(()))
}

/// Elements `fill_value`, of the size and type of `input` and in its memory order.
///
/// Raises RuntimeError where the type does not hold the value.
#[pyfunction]
#[pyo3(signature = (*args, **kwargs), text_signature = "(input, fill_value, *, memory_format=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False)")]
fn full_like<'py>(args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
    static FUNCTION: Function = Function::new(
        "full_like",
        &[concat!("Tensor input, Number fill_value, *, torch.memory_format? memory_format = None, ", options!())],
    );
    like(&FUNCTION, args, kwargs, |parsed, made| {
        let value = settled(parsed.number("fill_value")?, made.dtype())?;
        put(made, fitted(value, made.dtype(), made.numel())?)
    })
}

/// `new_zeros` and its sisters: a tensor of the type of `own`, made by the method that `name` says.
#[pyfunction]
fn _new<'py>(
    name: &str,
    own: &Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    kwargs: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    const SIZE: &str = concat!("tuple of ints size, *, ", options!());
    static ZEROS: Function = Function::new("new_zeros", &[SIZE]);
    static ONES: Function = Function::new("new_ones", &[SIZE]);
    static EMPTY: Function = Function::new("new_empty", &[SIZE]);
    static FULL: Function =
        Function::new("new_full", &[concat!("tuple of ints size, Number fill_value, *, ", options!())]);
    let (function, fill) = match name {
        "new_zeros" => (&ZEROS, Fill::With(0.0)),
        "new_ones" => (&ONES, Fill::With(1.0)),
        "new_full" => (&FULL, Fill::Nothing),
        _ => (&EMPTY, Fill::Nothing),
    };
    if let Some(answer) = funnel::offer_method(name, own, args, kwargs)? {
        return Ok(answer);
    }
    let own = tensor(own).ok_or_else(|| Error::type_error(format!("{name}() needs a tensor")))?.dtype();
    let parsed = function.parse(args, Some(kwargs))?;
    let sizes = parsed.sizes("size")?;
    let dtype = parsed.element_type(|| Ok(own))?;
    let made = match name {
        "new_full" => super::full(&sizes, parsed.number("fill_value")?, dtype)?,
        _ => filled(&sizes, dtype, fill)?,
    };
    Ok(parsed.finish(args.py(), made)?)
}

/// Adds what is defined here to the module.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    for function in [
        wrap_pyfunction!(zeros, module)?,
        wrap_pyfunction!(ones, module)?,
        wrap_pyfunction!(empty, module)?,
        wrap_pyfunction!(full, module)?,
        wrap_pyfunction!(eye, module)?,
        wrap_pyfunction!(arange, module)?,
        wrap_pyfunction!(linspace, module)?,
        wrap_pyfunction!(scalar_tensor, module)?,
        wrap_pyfunction!(zeros_like, module)?,
        wrap_pyfunction!(ones_like, module)?,
        wrap_pyfunction!(empty_like, module)?,
        wrap_pyfunction!(full_like, module)?,
        wrap_pyfunction!(_new, module)?,
    ] {
        module.add_function(function)?;
    }
    Ok(())
}
