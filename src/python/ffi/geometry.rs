//! `size`, `stride` and `tolist`: methods of the type that programs call in loops.

use super::args::Call;
use super::args::numbers::Whole;
use super::call::texts::{refuse_arguments, typename_of};
use super::exchange;
use super::guard::guard;
use super::handles::this;
use super::registry;
use crate::error::{Error, Result};
use crate::python::create::nested;
use pyo3::ffi::{self, Py_ssize_t, PyObject};
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyString, PyTuple};

/// Refuses keywords other than `dim`, and `dim` beside an argument by position.
fn keywords_fit(py: Python<'_>, name: &str, given: Py_ssize_t, keywords: *mut PyObject) -> Result<()> {
    // SAFETY: called by [`dim`] alone, with its promise and a tuple that is not empty.
    let keys = unsafe { Borrowed::from_ptr(py, keywords).cast_unchecked::<PyTuple>() };
    for key in keys.iter() {
        let key = key.cast::<PyString>().map_err(PyErr::from)?.to_string_lossy().into_owned();
        // NumPy's name is torch's too.
        if key != "dim" && key != "axis" {
            return Err(Error::type_error(format!("{name}() got an unexpected keyword argument '{key}'")));
        }
        if given > 0 {
            return Err(Error::type_error(format!("{name}() got multiple values for argument '{key}'")));
        }
    }
    Ok(())
}

/// Which dimension a call of `size` or `stride` asks for; none for all.
///
/// # Safety
/// Python's vectorcall: the lock is held, `args` has `given` objects and then one for each of the tuple
/// `keywords` (or null), all referred to meanwhile.
unsafe fn dim(
    py: Python<'_>,
    name: &str,
    args: *const *mut PyObject,
    given: Py_ssize_t,
    keywords: *mut PyObject,
    ndim: usize,
) -> Result<Option<usize>> {
    // SAFETY: the caller's promise.
    let named = unsafe { if keywords.is_null() { 0 } else { ffi::PyTuple_Size(keywords) } };
    if given + named == 0 {
        return Ok(None);
    }
    if given > 1 {
        return Err(Error::type_error(format!(
            "{name}() takes from 0 to 1 positional arguments but {given} were given"
        )));
    }
    // As torch's parser does: what is given by position first.
    if given == 0 {
        keywords_fit(py, name, given, keywords)?;
    }
    // SAFETY: the caller's promise: there is at least one object.
    let object = unsafe { Borrowed::from_ptr(py, *args) };
    let dim = match exchange::whole(&object)? {
        _ if object.is_none() => None,
        Whole::Is(dim) => Some(dim),
        Whole::Overflow => return Err(Error::value(super::args::sizes::OVERFLOW)),
        Whole::Not => {
            let place = if given > 0 { " (position 1)" } else { "" };
            let got = typename_of(&object);
            return Err(Error::type_error(format!("{name}(): argument 'dim'{place} must be int, not {got}")));
        }
    };
    if given > 0 && named > 0 {
        keywords_fit(py, name, given, keywords)?;
    }
    let Some(dim) = dim else { return Ok(None) };
    if ndim == 0 {
        return Err(Error::index(format!("Dimension specified as {dim} but tensor has no dimensions")));
    }
    crate::shape::wrap_dim(dim, ndim).map(Some)
}

fn at(dims: &[i64], dim: usize) -> Result<i64> {
    dims.get(dim).copied().ok_or_else(|| Error::dim_out_of_range(dim as i64, dims.len() as i64))
}

unsafe extern "C" fn size(
    object: *mut PyObject,
    args: *const *mut PyObject,
    given: Py_ssize_t,
    keywords: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: Python calls methods with the lock held, by the rules of vectorcall.
    unsafe {
        guard(|py| {
            let tensor = this(object)?;
            let dim = dim(py, "size", args, given, keywords, tensor.ndim())?;
            // A copy, and looked up once more: an argument's `__index__` or the collector may run Python.
            let dims = tensor.geometry().shape.duplicate()?;
            match dim {
                Some(dim) => Ok(PyInt::new(py, at(&dims, dim)?).into_ptr()),
                None => Ok(registry::size(py, &dims)?.into_ptr()),
            }
        })
    }
}

unsafe extern "C" fn stride(
    object: *mut PyObject,
    args: *const *mut PyObject,
    given: Py_ssize_t,
    keywords: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: Python calls methods with the lock held, by the rules of vectorcall.
    unsafe {
        guard(|py| {
            let tensor = this(object)?;
            let dim = dim(py, "stride", args, given, keywords, tensor.ndim())?;
            // A copy, and looked up once more: an argument's `__index__` or the collector may run Python.
            let dims = tensor.geometry().strides.duplicate()?;
            match dim {
                Some(dim) => Ok(PyInt::new(py, at(&dims, dim)?).into_ptr()),
                None => Ok(PyTuple::new(py, dims.iter())?.into_ptr()),
            }
        })
    }
}

unsafe extern "C" fn tolist(
    object: *mut PyObject,
    args: *const *mut PyObject,
    given: Py_ssize_t,
    keywords: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: Python calls methods with the lock held, by the rules of vectorcall.
    unsafe {
        guard(|py| {
            refuse_arguments("tolist", &Call::new(object, args, given as usize, keywords))?;
            Ok(nested::to_list(py, this(object)?)?.into_ptr())
        })
    }
}

/// The methods defined here.
pub fn methods() -> Vec<ffi::PyMethodDef> {
    let method = |name: &'static std::ffi::CStr, function, doc: &'static std::ffi::CStr| ffi::PyMethodDef {
        ml_name: name.as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: function },
        ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
        ml_doc: doc.as_ptr(),
    };
    vec![
        method(c"size", size, c"size(dim=None)\n\nThe extent of each dimension as a Size, or of one as an int."),
        method(
            c"stride",
            stride,
            c"stride(dim=None)\n\nElements from one index to the next, in each dimension or in one.",
        ),
        method(
            c"tolist",
            tolist,
            c"tolist()\n\nThe elements as Python numbers, in lists nested as the dimensions are.",
        ),
    ]
}
