//! `tensor` and `as_tensor`: tensors from Python's objects; and what copies and pickles of tensors need.

use super::nested;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::ops::making::factories::{check_pinned, needs_float};
use crate::ops::value::Format;
use crate::ops::{copy, layout};
use crate::python::ffi::call::own::{Function, Given};
use crate::python::ffi::handles::{tensor as tensor_of, to_python};
use crate::python::ffi::{exchange, subclass};
use crate::python::{dtype, errors, numpy};
use crate::shape;
use crate::storage::Storage;
use crate::tape::record::flags;
use crate::tape::{self, Geometry};
use crate::tensor::{Tensor, done, outside};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

/// A copy of `data` as a tensor of its own; tensors are copied with torch's warning, which names `advice`.
fn copied(data: &Bound<'_, PyAny>, dtype: Option<DType>, advice: &str) -> Result<Tensor> {
    let Some(t) = tensor_of(data) else { return numpy::any(data, dtype) };
    let text = format!(
        "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or \
         sourceTensor.detach().clone().requires_grad_(True), rather than {advice}(sourceTensor)."
    );
    errors::warn(data.py(), &text)?;
    let own = layout::empty_as(t, dtype.unwrap_or(t.dtype()), Format::Preserve)?;
    copy::assign(&own, t)?;
    Ok(own)
}

/// The object of which a call asks a tensor.
pub(super) fn data<'py>(given: &Given<'_, 'py>) -> Result<Bound<'py, PyAny>> {
    given.object.clone().ok_or_else(|| Error::type_error("the data are missing"))
}

/// A copy of a call's data in the type that it asks for, else in `usual`; its `dtype` stands at `at`, and the other
/// options of `tensor` after it.
fn copy_of<'py>(given: &Given<'_, 'py>, at: usize, usual: Option<DType>, advice: &str) -> Result<Bound<'py, PyAny>> {
    let [dtype, _, pinned, requires_grad] = [0, 1, 2, 3].map(|i| given.arg(at + i));
    check_pinned(pinned.truth())?;
    let data = data(given)?;
    let made = copied(&data, dtype.dtype().or(usual), advice)?;
    if requires_grad.truth() {
        if !made.dtype().is_differentiable() {
            return Err(needs_float());
        }
        made.0.set_flag(flags::REQUIRES_GRAD, true);
    }
    to_python(data.py(), made)
}

/// A new tensor with a copy of `data`: a number, nested sequences of numbers, a NumPy array or a tensor.
///
/// Its type is the one that the numbers have together, floats being of the default type. Raises ValueError
/// for ragged sequences and for integers beyond 64 bits, TypeError and RuntimeError for what is no number.
#[pyfunction]
#[pyo3(signature = (*args, **kwargs), text_signature = "(data, *, dtype=None, device=None, pin_memory=False, requires_grad=False)")]
fn tensor<'py>(args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
    static FUNCTION: Function = Function::plain(
        "tensor(data: object, *, dtype: dtype = None, device: device = None, pin_memory: bool = False, requires_grad: bool = False)",
    );
    // What nearly every call is, without the parser.
    if args.len() == 1 && kwargs.is_none() {
        return Ok(to_python(args.py(), copied(&args.get_item(0)?, None, "torch.tensor")?)?);
    }
    FUNCTION.call(None, args, kwargs, |given| copy_of(&given, 0, None, "torch.tensor"))
}

/// `data` as a tensor: itself where it is one of that type, over its memory where it is a NumPy array of
/// that type, else a copy.
///
/// Raises as [`tensor`] and `from_numpy` do.
#[pyfunction]
#[pyo3(signature = (*args, **kwargs), text_signature = "(data, *, dtype=None, device=None)")]
fn as_tensor<'py>(args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
    static FUNCTION: Function =
        Function::plain("as_tensor(data: object, *, dtype: dtype = None, device: device = None)");
    FUNCTION.call(None, args, kwargs, |given| {
        let (data, dtype) = (data(&given)?, given.arg(0).dtype());
        if let Some(t) = tensor_of(&data) {
            return match dtype {
                Some(dtype) if dtype != t.dtype() => to_python(data.py(), copy::to(t, dtype)?),
                _ => Ok(data),
            };
        }
        let made = if numpy::is_array(&data) {
            let shared = numpy::share_and_warn(&data)?;
            dtype.map_or(Ok(shared.clone()), |dtype| copy::to(&shared, dtype))?
        } else {
            nested::from_python(&data, dtype)?
        };
        to_python(data.py(), made)
    })
}

/// `own.new_tensor(data, ...)`: a copy of `data` in the type of `own`.
#[pyfunction]
fn _new_tensor<'py>(
    own: &Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    kwargs: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    static FUNCTION: Function = Function::method(
        "new_tensor(input, data: object, *, dtype: dtype = None, device: device = None, pin_memory: bool = False, \
         requires_grad: bool = False)",
    );
    FUNCTION.call(Some(own), args, Some(kwargs), |given| {
        copy_of(&given, 1, Some(given.own()?.dtype()), "tensor.new_tensor")
    })
}

/// `own.to_dense(dtype)`: the tensor itself, or in another type; `masked_grad` is of sparse tensors, which there are none of.
#[pyfunction]
fn _to_dense<'py>(
    own: &Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    kwargs: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    static FUNCTION: Function = Function::method("to_dense(input, dtype: dtype = None, *, masked_grad: bool = None)");
    FUNCTION.call(Some(own), args, Some(kwargs), |given| {
        let t = given.own()?;
        match given.arg(1).dtype() {
            Some(dtype) if dtype != t.dtype() => to_python(own.py(), copy::to(t, dtype)?),
            _ => Ok(own.clone()),
        }
    })
}

/// What `Tensor(sequence)` makes: the numbers in that type.
#[pyfunction]
fn _from_sequence<'py>(data: &Bound<'py, PyAny>, dtype: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if numpy::is_array(data) {
        numpy::warn_of_read_only(data)?;
    }
    Ok(to_python(data.py(), numpy::any(data, dtype::of(dtype))?)?)
}

/// What one of the old constructors, which have an element type of their own, makes: `FloatTensor(2, 3)`.
#[pyfunction]
fn _of_old_type<'py>(
    own: &Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    kwargs: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    Ok(to_python(own.py(), subclass::legacy(args, Some(kwargs), dtype::of(own))?)?)
}

/// The address of a tensor's storage record: two tensors have the same while they look at the same bytes.
#[pyfunction]
fn _storage_id(object: &Bound<'_, PyAny>) -> PyResult<usize> {
    let t = tensor_of(object).ok_or_else(|| Error::type_error("a tensor is missing"))?;
    Ok(std::ptr::from_ref::<Storage>(&t.geometry().storage) as usize)
}

/// A copy of a tensor's whole storage, as a vector of bytes.
#[pyfunction]
fn _copy_storage<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let t = tensor_of(object).ok_or_else(|| Error::type_error("a tensor is missing"))?;
    let g = t.geometry();
    let n = g.storage.bytes() as i64;
    let made = Tensor::empty(&[n], DType::UInt8)?;
    let all = g.storage.src(DType::UInt8, std::slice::from_ref(&n), &[1], 0).ok_or_else(outside)?;
    done(made.write(|dst| crate::kernels::copy::copy(dst, &all))?)?;
    drop(g);
    Ok(to_python(object.py(), made)?)
}

/// A tensor over the storage of `base`, laid out as `like` is in its own; without history.
#[pyfunction]
fn _relaid<'py>(base: &Bound<'py, PyAny>, like: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let (Some(base), Some(model)) = (tensor_of(base), tensor_of(like)) else {
        return Err(Error::type_error("a tensor is missing").into());
    };
    let geometry = {
        let g = model.geometry();
        Geometry::new(g.dtype, g.shape.duplicate()?, g.strides.duplicate()?, g.offset, base.geometry().storage.clone())
    };
    let made = Tensor::from_geometry(geometry)?;
    made.read(|_| ())?;
    Ok(to_python(like.py(), made)?)
}

/// What a pickle keeps of a tensor: element type, shape, strides, the elements' bytes in that order, and
/// whether it wants a gradient.
#[pyfunction]
#[allow(clippy::type_complexity, reason = "a tuple for Python")]
fn _dump<'py>(
    object: &Bound<'py, PyAny>,
) -> PyResult<(Bound<'py, PyAny>, Vec<i64>, Vec<i64>, Bound<'py, PyAny>, bool)> {
    let py = object.py();
    let t = tensor_of(object).ok_or_else(|| Error::type_error("a tensor is missing"))?;
    let dense = copy::duplicate(t)?;
    let dtype = crate::python::ffi::registry::dtype_object(py, dense.dtype())?;
    Ok((dtype, dense.shape(), dense.strides(), exchange::bytes_of(py, &dense)?, t.requires_grad()))
}

/// The tensor that [`_dump`] described.
///
/// # Errors
/// ValueError where the parts do not fit one another: a pickle may come from anywhere.
#[pyfunction]
fn _load<'py>(
    dtype_object: &Bound<'py, PyAny>,
    shape: Vec<i64>,
    strides: Vec<i64>,
    bytes: &Bound<'py, PyBytes>,
    requires_grad: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let unfit = || Error::value("a tensor's parts do not fit one another");
    let dtype = dtype::of(dtype_object).ok_or_else(unfit)?;
    let plausible =
        shape.len() == strides.len() && shape.len() <= shape::MAX_DIMS && shape.iter().chain(&strides).all(|&n| n >= 0);
    let numel = shape::numel(&shape).and_then(|n| n.checked_mul(dtype.size() as i64));
    if !plausible || numel != Some(bytes.as_bytes().len() as i64) {
        return Err(unfit().into());
    }
    // Asked last: the extents are known to have a product now.
    if !shape.contains(&0) && !shape::is_dense(&shape, &strides) {
        return Err(unfit().into());
    }
    if requires_grad && !dtype.is_differentiable() {
        return Err(needs_float().into());
    }
    let storage = tape::insert(Storage::new(bytes.as_bytes().len()).map_err(Error::from)?).map_err(Error::from)?;
    let made = Tensor::view_of(storage, dtype, (&shape, &strides, 0))?;
    exchange::put_bytes(&made, bytes.as_bytes())?;
    made.0.set_flag(flags::REQUIRES_GRAD, requires_grad);
    Ok(to_python(bytes.py(), made)?)
}

/// Adds what is defined here to the module.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    for function in [
        wrap_pyfunction!(tensor, module)?,
        wrap_pyfunction!(as_tensor, module)?,
        wrap_pyfunction!(_new_tensor, module)?,
        wrap_pyfunction!(_to_dense, module)?,
        wrap_pyfunction!(_from_sequence, module)?,
        wrap_pyfunction!(_of_old_type, module)?,
        wrap_pyfunction!(_storage_id, module)?,
        wrap_pyfunction!(_copy_storage, module)?,
        wrap_pyfunction!(_relaid, module)?,
        wrap_pyfunction!(_dump, module)?,
        wrap_pyfunction!(_load, module)?,
    ] {
        module.add_function(function)?;
    }
    Ok(())
}
