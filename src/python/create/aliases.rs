//! Tensors over memory that is there: `asarray`, `frombuffer`, and DLPack's capsules.

use super::nested;
use super::objects::data;
use crate::create::default_dtype;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::ops::copy;
use crate::ops::value::{Arg, Format};
use crate::python::ffi::call::own::Function;
use crate::python::ffi::handles::{tensor as tensor_of, to_python};
use crate::python::ffi::{dlpack, exchange};
use crate::python::{dtype, errors, numpy};
use crate::shape::Dims;
use crate::tensor::Tensor;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use std::sync::atomic::AtomicBool;

fn needs_numbers_with_derivatives() -> Error {
    Error::runtime("Only Tensors of floating point and complex dtype can require gradients")
}

/// Makes a tensor want a gradient.
fn ask_for_gradient(t: &Tensor) -> Result<()> {
    if !t.dtype().is_differentiable() {
        return Err(needs_numbers_with_derivatives());
    }
    t.requires_grad_(true).map(|_| ())
}

/// A tensor over `count` elements of a buffer from byte `offset` on; all that there are where `count` is below 0.
fn over_buffer(buffer: &Bound<'_, PyAny>, dtype: DType, count: i64, offset: i64) -> Result<Tensor> {
    static WARNED: AtomicBool = AtomicBool::new(false);
    if !exchange::is_buffer(buffer) {
        return Err(Error::value("object does not implement Python buffer protocol."));
    }
    let found =
        exchange::Buffer::plain(buffer).ok_or_else(|| Error::runtime("could not retrieve buffer from object"))?;
    if !found.writable() {
        errors::warn_once(
            buffer.py(),
            &WARNED,
            "The given buffer is not writable, and PyTorch does not support non-writable tensors. This means you can write to \
             the underlying (supposedly non-writable) buffer using the tensor. You may want to copy the buffer to protect its \
             data or make it writable before converting it to a tensor. This type of warning will be suppressed for the rest \
             of this program.",
        )?;
    }
    let (len, size) = (found.len(), dtype.size() as i64);
    if len <= 0 || count == 0 {
        return Err(Error::value(format!("both buffer length ({len}) and count ({count}) must not be 0")));
    }
    if offset < 0 || offset >= len {
        return Err(Error::value(format!(
            "offset ({offset} bytes) must be non-negative and no greater than buffer length ({len} bytes) minus 1"
        )));
    }
    let rest = len - offset;
    if count < 0 && rest % size != 0 {
        return Err(Error::value(format!(
            "buffer length ({rest} bytes) after offset ({offset} bytes) must be a multiple of element size ({size})"
        )));
    }
    let n = if count < 0 { rest / size } else { count };
    if n > rest / size {
        return Err(Error::value(format!(
            "requested buffer length ({n} * {size} bytes) after offset ({offset} bytes) must not be greater than actual buffer \
             length ({len} bytes)"
        )));
    }
    found.part(buffer.py(), dtype, offset, n)
}

/// A tensor of one dimension over the memory of an object with the buffer protocol: a write to either is seen by both.
///
/// `count` elements from byte `offset` on, or all that there are. Memory that must not be written is copied instead,
/// with torch's warning.
///
/// Raises ValueError where the elements do not fit the buffer or there are none, RuntimeError for buffers whose bytes do
/// not lie one after another.
#[pyfunction]
#[pyo3(signature = (*args, **kwargs), text_signature = "(buffer, *, dtype, count=-1, offset=0, requires_grad=False)")]
fn frombuffer<'py>(args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
    static FUNCTION: Function = Function::plain(
        "frombuffer(buffer: object, *, dtype: dtype, count: int = -1, offset: int = 0, requires_grad: bool = False)",
    );
    FUNCTION.call(None, args, kwargs, |given| {
        let buffer = data(&given)?;
        let dtype = given.arg(0).dtype().unwrap_or(default_dtype());
        let made = over_buffer(&buffer, dtype, given.arg(1).int(-1), given.arg(2).int(0))?;
        if given.arg(3).truth() {
            ask_for_gradient(&made)?;
        }
        to_python(buffer.py(), made)
    })
}

/// What a call of `asarray` asks for.
struct Wanted {
    dtype: Option<DType>,
    copy: Option<bool>,
    requires_grad: Option<bool>,
}

/// `data` as a tensor: itself where it is one, over its memory where it has any that a tensor can look at (NumPy's
/// arrays, DLPack's capsules, buffers, which are read as elements of `dtype`), else a copy.
///
/// `copy=True` copies always, and `copy=False` never: then it raises ValueError where it would have to. Raises as
/// `tensor`, `from_numpy` and `frombuffer` do.
#[pyfunction]
#[pyo3(signature = (*args, **kwargs), text_signature = "(obj, *, dtype=None, device=None, copy=None, requires_grad=None)")]
fn asarray<'py>(args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
    static FUNCTION: Function = Function::plain(
        "asarray(obj: object, *, dtype: dtype = None, device: device = None, copy: flag = None, requires_grad: flag = None)",
    );
    FUNCTION.call(None, args, kwargs, |given| {
        let flag = |at: usize| match given.arg(at) {
            Arg::Bool(flag) => Some(*flag),
            _ => None,
        };
        let wanted = Wanted { dtype: given.arg(0).dtype(), copy: flag(2), requires_grad: flag(3) };
        as_array(&data(&given)?, &wanted)
    })
}

fn as_array<'py>(object: &Bound<'py, PyAny>, wanted: &Wanted) -> Result<Bound<'py, PyAny>> {
    let py = object.py();
    if let Some(t) = tensor_of(object) {
        return match of_tensor(py, t, wanted)? {
            Some(made) => to_python(py, made),
            None => Ok(object.clone()),
        };
    }
    let made = match over(object, wanted)? {
        Some(shared) => fitted(&shared, wanted)?.unwrap_or(shared),
        None if wanted.copy == Some(false) => {
            return Err(Error::value("can't alias arbitrary sequence into a tensor."));
        }
        None => nested::from_python(object, wanted.dtype)?,
    };
    if wanted.requires_grad == Some(true) {
        ask_for_gradient(&made)?;
    }
    to_python(py, made)
}

/// The tensor that stands for another; none where it does itself.
fn of_tensor(py: Python<'_>, t: &Tensor, wanted: &Wanted) -> Result<Option<Tensor>> {
    static WARNED: AtomicBool = AtomicBool::new(false);
    if wanted.requires_grad.is_none() && t.requires_grad() {
        let text = "torch.asarray: unspecified requires_grad now defaults to obj.requires_grad instead of False. Pass \
                    requires_grad=False explicitly to get the old behavior and silence this warning.";
        errors::warn_once(py, &WARNED, text)?;
    }
    let mut made = fitted(t, wanted)?;
    let now = made.as_ref().unwrap_or(t);
    match wanted.requires_grad {
        // A leaf itself wants none from now on, as in torch.
        Some(false) if now.requires_grad() && now.is_leaf() => now.requires_grad_(false).map(|_| ())?,
        Some(false) if now.requires_grad() => made = Some(now.detach()?),
        Some(true) if !now.requires_grad() => ask_for_gradient(now)?,
        _ => {}
    }
    Ok(made)
}

/// The tensor in the type that is wanted, copied where that is wanted; none where it is so already.
fn fitted(t: &Tensor, wanted: &Wanted) -> Result<Option<Tensor>> {
    let (own, dtype) = (t.dtype(), wanted.dtype.unwrap_or(t.dtype()));
    match wanted.copy {
        Some(true) if dtype == own => copy::clone_of(t).map(Some),
        Some(true) => copy::copied_to(t, dtype, Format::Preserve).map(Some),
        _ if dtype == own => Ok(None),
        None => copy::to(t, dtype).map(Some),
        Some(false) => {
            let (own, dtype) = (own.scalar_name(), dtype.scalar_name());
            Err(Error::value(format!("can't alias tensor with dtype '{own}' into dtype '{dtype}'.")))
        }
    }
}

/// A tensor over the memory that an object has; none where it has none.
fn over(object: &Bound<'_, PyAny>, wanted: &Wanted) -> Result<Option<Tensor>> {
    if numpy::is_array(object) {
        let copies = wanted.copy == Some(true);
        return if copies { numpy::share(object) } else { numpy::share_and_warn(object) }.map(Some);
    }
    if numpy::is_scalar(object) {
        if wanted.copy == Some(false) {
            return Err(Error::runtime(
                "can't alias NumPy scalars. Either remove copy=False or transform it in a ndarray. ",
            ));
        }
        return nested::from_python(object, numpy::dtype_of(object)?).map(Some);
    }
    if dlpack::is_capsule(object) {
        return dlpack::from_capsule(object).map(Some);
    }
    if exchange::is_buffer(object) {
        return over_buffer(object, wanted.dtype.unwrap_or(default_dtype()), -1, 0).map(Some);
    }
    Ok(None)
}

/// A capsule with the tensor `data`, by the rules of before version 1. Its graph is not looked at.
#[pyfunction]
#[pyo3(signature = (*args, **kwargs), text_signature = "(data, *, copy=None)")]
fn to_dlpack<'py>(args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
    static FUNCTION: Function = Function::plain("_to_dlpack(data, *, copy: flag = None)");
    let py = args.py();
    FUNCTION.call(None, args, kwargs, |given| capsule(py, given.own()?, false, given.arg(1).truth()))
}

fn capsule<'py>(py: Python<'py>, t: &Tensor, versioned: bool, copies: bool) -> Result<Bound<'py, PyAny>> {
    if copies {
        return dlpack::to_capsule(py, &copy::duplicate(t)?, versioned, true);
    }
    dlpack::to_capsule(py, t, versioned, false)
}

/// A capsule with a tensor, of version 1 or of the one before it, over its memory or over a copy.
#[pyfunction]
fn _to_capsule<'py>(object: &Bound<'py, PyAny>, versioned: bool, copies: bool) -> PyResult<Bound<'py, PyAny>> {
    let t = tensor_of(object).ok_or_else(|| Error::type_error("a tensor is missing"))?;
    Ok(capsule(object.py(), t, versioned, copies)?)
}

/// The tensor in a capsule, which is taken from it.
#[pyfunction]
fn _from_capsule<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    Ok(to_python(object.py(), dlpack::from_capsule(object)?)?)
}

/// A tensor's whole memory as a vector of elements of some type, without history: for `untyped_storage`.
#[pyfunction]
fn _whole<'py>(object: &Bound<'py, PyAny>, dtype_object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let t = tensor_of(object).ok_or_else(|| Error::type_error("a tensor is missing"))?;
    let dtype = dtype::of(dtype_object).ok_or_else(|| Error::type_error("an element type is missing"))?;
    let storage = t.geometry().storage.clone();
    let n = (storage.bytes() / dtype.size()) as i64;
    let (shape, strides) = (Dims::new(&[n]).map_err(Error::from)?, Dims::new(&[1]).map_err(Error::from)?);
    let made = Tensor::view_of(storage, dtype, (&shape, &strides, 0))?;
    Ok(to_python(object.py(), made)?)
}

/// Adds what is defined here to the module.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    for function in [
        wrap_pyfunction!(frombuffer, module)?,
        wrap_pyfunction!(asarray, module)?,
        wrap_pyfunction!(to_dlpack, module)?,
        wrap_pyfunction!(_to_capsule, module)?,
        wrap_pyfunction!(_from_capsule, module)?,
        wrap_pyfunction!(_whole, module)?,
    ] {
        module.add_function(function)?;
    }
    Ok(())
}
