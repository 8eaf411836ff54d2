//! The tensor as a container, and what it says of itself: items, length, iteration, repr, hash.

use super::args::numbers::{self, Number};
use super::call::{self, funnel};
use super::convert;
use super::group::Group;
use super::guard::guard;
use super::handles::{self, owned, tensor};
use super::object::slot;
use crate::error::{Error, Result};
use crate::python::{index, print};
use crate::tape::record::flags;
use crate::tensor::Tensor;
use pyo3::ffi::{self, Py_ssize_t, PyObject};
use pyo3::prelude::*;
use pyo3::types::{PyInt, PySlice, PyTuple};
use std::ffi::c_int;

/// # Safety
/// In a slot of this type: the lock is held and `object` is one of its instances, alive for `'a`.
unsafe fn this<'a, 'py>(py: Python<'py>, object: &'a *mut PyObject) -> Result<(&'a Bound<'py, PyAny>, &'a Tensor)> {
    // SAFETY: the caller's promise. A `Bound` is its pointer, and this one is only borrowed.
    let bound = unsafe { &*std::ptr::from_ref(object).cast::<Bound<'py, PyAny>>() };
    let _ = py;
    tensor(bound).map(|t| (bound, t)).ok_or_else(|| Error::runtime("internal error: a tensor without a record"))
}

/// Whether a key, or a part of one, takes the indexing for itself.
fn takes_part(key: &Bound<'_, PyAny>) -> bool {
    if key.is_exact_instance_of::<PyInt>() || key.is_exact_instance_of::<PySlice>() {
        return false;
    }
    match key.cast::<PyTuple>() {
        Ok(parts) => parts.iter_borrowed().any(|part| !is_plain(&part) && funnel::may_take(&part)),
        Err(_) => !is_plain(key) && funnel::may_take(key),
    }
}

/// Whether it is a tensor of no class of the user's, which nobody needs to ask.
fn is_plain(object: &Bound<'_, PyAny>) -> bool {
    tensor(object).is_some_and(|t| !t.0.has(flags::SUBCLASS))
}

/// # Safety
/// Python calls slots with the lock held and the operands alive.
unsafe extern "C" fn get(object: *mut PyObject, key: *mut PyObject) -> *mut PyObject {
    // SAFETY: the caller's promise.
    unsafe {
        guard(|py| {
            let (object, tensor) = this(py, &object)?;
            let key = Borrowed::from_ptr(py, key);
            if (tensor.0.has(flags::SUBCLASS) || takes_part(&key))
                && let Some(answer) = funnel::offer_special(None, "__getitem__", &[object.clone(), key.to_owned()])?
            {
                return Ok(answer.into_ptr());
            }
            Ok(index::get(object, tensor, &key)?.into_ptr())
        })
    }
}

/// # Safety
/// Python calls slots with the lock held and the operands alive; no value means deletion.
unsafe extern "C" fn set(object: *mut PyObject, key: *mut PyObject, value: *mut PyObject) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        guard(|py| {
            if value.is_null() {
                return Err(Error::type_error("Tensor does not support deleting items"));
            }
            let (object, tensor) = this(py, &object)?;
            let (key, value) = (Borrowed::from_ptr(py, key), Borrowed::from_ptr(py, value));
            let others = takes_part(&key) || (!is_plain(&value) && funnel::may_take(&value));
            if tensor.0.has(flags::SUBCLASS) || others {
                let args = [object.clone(), key.to_owned(), value.to_owned()];
                if funnel::offer_special(None, "__setitem__", &args)?.is_some() {
                    return Ok(0);
                }
            }
            index::set(object, tensor, &key, &value)?;
            Ok(0)
        })
    }
}

/// # Safety
/// Python calls slots with the lock held and the operand alive.
unsafe extern "C" fn len(object: *mut PyObject) -> Py_ssize_t {
    // SAFETY: the caller's promise.
    unsafe {
        guard(|py| {
            let (object, tensor) = this(py, &object)?;
            if tensor.0.has(flags::SUBCLASS)
                && let Some(answer) = funnel::offer_special(None, "__len__", std::slice::from_ref(object))?
            {
                let n = ffi::PyNumber_AsSsize_t(answer.as_ptr(), ffi::PyExc_OverflowError);
                return if n < 0 && ffi::PyErr_Occurred().is_null() {
                    Err(Error::value("__len__() should return >= 0"))
                } else {
                    Ok(n)
                };
            }
            let geometry = tensor.geometry();
            let first = geometry.shape.first().ok_or_else(|| Error::type_error("len() of a 0-d tensor"))?;
            Ok(*first as Py_ssize_t)
        })
    }
}

static UNBIND: Group = Group::new("unbind");

/// # Safety
/// Python calls slots with the lock held and the operand alive.
unsafe extern "C" fn iter(object: *mut PyObject) -> *mut PyObject {
    // SAFETY: the caller's promise.
    unsafe {
        guard(|py| {
            let (_, tensor) = this(py, &object)?;
            if tensor.ndim() == 0 {
                return Err(Error::type_error("iteration over a 0-d tensor"));
            }
            let parts = owned(py, call::unary(UNBIND.place()?, object))?;
            Ok(ffi::PyObject_GetIter(parts.as_ptr()))
        })
    }
}

/// # Safety
/// Python calls slots with the lock held and the operands alive.
unsafe extern "C" fn contains(object: *mut PyObject, item: *mut PyObject) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        guard(|py| {
            let (object, own) = this(py, &object)?;
            let item = Borrowed::from_ptr(py, item);
            if own.0.has(flags::SUBCLASS)
                && let Some(answer) = funnel::offer_special(None, "__contains__", &[object.clone(), item.to_owned()])?
            {
                return Ok(c_int::from(answer.is_truthy()?));
            }
            if tensor(&item).is_none() && matches!(numbers::of(&item)?, Number::Not) {
                let kind = item.get_type().repr()?;
                return Err(Error::runtime(format!(
                    "Tensor.__contains__ only supports Tensor or scalar, but you passed in a {kind}."
                )));
            }
            let equal = object.rich_compare(&*item, pyo3::basic::CompareOp::Eq)?;
            Ok(c_int::from(equal.call_method0("sum")?.is_truthy()?))
        })
    }
}

/// # Safety
/// Python calls slots with the lock held and the operand alive.
unsafe extern "C" fn repr(object: *mut PyObject) -> *mut PyObject {
    // SAFETY: the caller's promise.
    unsafe {
        guard(|py| {
            let (object, tensor) = this(py, &object)?;
            if tensor.0.has(flags::SUBCLASS)
                && let Some(answer) = funnel::offer_special(None, "__repr__", std::slice::from_ref(object))?
            {
                return Ok(answer.into_ptr());
            }
            let text = print::repr(object, tensor)?;
            Ok(pyo3::types::PyString::new(py, &text).into_ptr())
        })
    }
}

/// Identity, as torch's: `==` answers element by element, and a dict must not ask it.
extern "C" fn hash(object: *mut PyObject) -> ffi::Py_hash_t {
    object as ffi::Py_hash_t
}

/// What the type's spec gets from here.
pub(super) fn table() -> Vec<ffi::PyType_Slot> {
    let mut all = convert::table();
    all.extend([
        slot!(Py_mp_subscript, get, ffi::binaryfunc),
        slot!(Py_mp_ass_subscript, set, ffi::objobjargproc),
        slot!(Py_mp_length, len, ffi::lenfunc),
        slot!(Py_sq_length, len, ffi::lenfunc),
        slot!(Py_sq_contains, contains, ffi::objobjproc),
        slot!(Py_tp_iter, iter, ffi::getiterfunc),
        slot!(Py_tp_repr, repr, ffi::reprfunc),
        slot!(Py_tp_hash, hash, ffi::hashfunc),
    ]);
    all
}

/// `reversed(x)`: the tensor itself where it has no dimensions.
///
/// # Safety
/// Python calls methods with the lock held and the operand alive.
unsafe extern "C" fn reversed(object: *mut PyObject, _none: *mut PyObject) -> *mut PyObject {
    // SAFETY: the caller's promise.
    unsafe {
        guard(|py| {
            let (object, tensor) = this(py, &object)?;
            if tensor.0.has(flags::SUBCLASS)
                && let Some(answer) = funnel::offer_special(None, "__reversed__", std::slice::from_ref(object))?
            {
                return Ok(answer.into_ptr());
            }
            if tensor.ndim() == 0 {
                return Ok(object.clone().into_ptr());
            }
            Ok(handles::to_python(py, crate::ops::shapes::reorder::flip_dims(tensor, 1)?)?.into_ptr())
        })
    }
}

/// Special methods that have no slot.
pub(super) fn methods() -> [ffi::PyMethodDef; 2] {
    let reversed = ffi::PyMethodDef {
        ml_name: c"__reversed__".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunction: reversed },
        ml_flags: ffi::METH_NOARGS,
        ml_doc: c"The tensor with the order of its first dimension reversed.".as_ptr(),
    };
    let complex = ffi::PyMethodDef {
        ml_name: c"__complex__".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunction: convert::complex },
        ml_flags: ffi::METH_NOARGS,
        ml_doc: c"The one element as a Python complex.".as_ptr(),
    };
    [complex, reversed]
}
