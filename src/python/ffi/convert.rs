//! A tensor of one element as a Python number.

use super::call::funnel;
use super::guard::guard;
use super::handles::this;
use super::object::slot;
use crate::dtype::Scalar;
use crate::error::{Error, Result};
use crate::python::errors;
use crate::tape::record::flags;
use crate::tensor::Tensor;
use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyComplex, PyFloat};
use std::ffi::c_int;
use std::sync::atomic::AtomicBool;

/// The number that `float`, `int` or `complex` converts.
fn number(py: Python<'_>, tensor: &Tensor) -> Result<Scalar> {
    static WARNED: AtomicBool = AtomicBool::new(false);
    // Once a process, as torch does: a training loop that logs its loss would repeat it for ever.
    if tensor.requires_grad() {
        let text = "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n\
                    Consider using tensor.detach() first.";
        errors::warn_once(py, &WARNED, text)?;
    }
    if tensor.numel() != 1 {
        return Err(Error::value("only one element tensors can be converted to Python scalars"));
    }
    tensor.item()
}

fn real(value: Scalar, wanted: &str) -> Result<Scalar> {
    match value {
        Scalar::Complex(re, 0.0) => Ok(Scalar::Float(re)),
        Scalar::Complex(..) => {
            Err(Error::runtime(format!("value cannot be converted to type {wanted} without overflow")))
        }
        other => Ok(other),
    }
}

/// What a subclass's `__torch_function__` answers in place of a conversion, where it is asked.
///
/// # Safety
/// In a slot: the lock is held and the object alive.
#[inline(always)]
unsafe fn offered<'py>(
    py: Python<'py>,
    object: *mut PyObject,
    tensor: &Tensor,
    method: &str,
) -> Result<Option<Bound<'py, PyAny>>> {
    if !tensor.0.has(flags::SUBCLASS) {
        return Ok(None);
    }
    // SAFETY: the caller's promise.
    funnel::offer_special(None, method, &[unsafe { Bound::from_borrowed_ptr(py, object) }])
}

/// # Safety
/// Python calls slots with the lock held and the operand alive.
unsafe extern "C" fn float(object: *mut PyObject) -> *mut PyObject {
    // SAFETY: the caller's promise.
    unsafe {
        guard(|py| {
            let tensor = this(object)?;
            if let Some(answer) = offered(py, object, tensor, "__float__")? {
                return Ok(answer.into_ptr());
            }
            let value = real(number(py, tensor)?, "double")?;
            Ok(PyFloat::new(py, value.to_f64()).into_ptr().cast())
        })
    }
}

/// # Safety
/// Python calls slots with the lock held and the operand alive.
unsafe extern "C" fn int(object: *mut PyObject) -> *mut PyObject {
    // SAFETY: the caller's promise.
    unsafe {
        guard(|py| {
            let tensor = this(object)?;
            if let Some(answer) = offered(py, object, tensor, "__int__")? {
                return Ok(answer.into_ptr());
            }
            Ok(match real(number(py, tensor)?, "int64_t")? {
                // Python's own conversion: exact beyond 64 bits, and its errors for nan and infinity.
                Scalar::Float(x) => ffi::PyLong_FromDouble(x),
                whole => ffi::PyLong_FromLongLong(whole.to_i64()),
            })
        })
    }
}

/// # Safety
/// Python calls methods with the lock held and the operand alive.
pub(super) unsafe extern "C" fn complex(object: *mut PyObject, _none: *mut PyObject) -> *mut PyObject {
    // SAFETY: the caller's promise.
    unsafe {
        guard(|py| {
            let tensor = this(object)?;
            if let Some(answer) = offered(py, object, tensor, "__complex__")? {
                return Ok(answer.into_ptr());
            }
            let (re, im) = match number(py, tensor)? {
                Scalar::Complex(re, im) => (re, im),
                other => (other.to_f64(), 0.0),
            };
            Ok(PyComplex::from_doubles(py, re, im).into_ptr().cast())
        })
    }
}

/// # Safety
/// Python calls slots with the lock held and the operand alive.
unsafe extern "C" fn index(object: *mut PyObject) -> *mut PyObject {
    // SAFETY: the caller's promise.
    unsafe {
        guard(|py| {
            let tensor = this(object)?;
            if let Some(answer) = offered(py, object, tensor, "__index__")? {
                return Ok(answer.into_ptr());
            }
            if tensor.numel() != 1 || !tensor.dtype().is_integral() {
                return Err(Error::type_error("only integer tensors of a single element can be converted to an index"));
            }
            Ok(ffi::PyLong_FromLongLong(tensor.item()?.to_i64()))
        })
    }
}

/// # Safety
/// Python calls slots with the lock held and the operand alive.
unsafe extern "C" fn truth(object: *mut PyObject) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        guard(|py| {
            let tensor = this(object)?;
            if let Some(answer) = offered(py, object, tensor, "__bool__")? {
                return match answer.cast::<PyBool>() {
                    Ok(truth) => Ok(c_int::from(truth.is_true())),
                    Err(_) => {
                        let kind = answer.get_type().name()?;
                        Err(Error::type_error(format!("__bool__ should return bool, returned {kind}")))
                    }
                };
            }
            Ok(c_int::from(tensor.truth()?))
        })
    }
}

/// What the type's spec gets from here.
pub(super) fn table() -> Vec<ffi::PyType_Slot> {
    vec![
        slot!(Py_nb_float, float, ffi::unaryfunc),
        slot!(Py_nb_int, int, ffi::unaryfunc),
        slot!(Py_nb_index, index, ffi::unaryfunc),
        slot!(Py_nb_bool, truth, ffi::inquiry),
    ]
}
