//! `tolist`: a method of the type that programs call in loops.

use super::args::Call;
use super::call::funnel;
use super::call::texts::refuse_arguments;
use super::guard::guard;
use super::handles::this;
use crate::python::create::nested;
use crate::tape::record::flags;
use pyo3::ffi::{self, Py_ssize_t, PyObject};
use pyo3::prelude::*;

/// # Safety
/// Python calls methods with the lock held, by the rules of vectorcall.
unsafe extern "C" fn tolist(
    object: *mut PyObject,
    args: *const *mut PyObject,
    given: Py_ssize_t,
    keywords: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: the caller's promise.
    unsafe {
        guard(|py| {
            refuse_arguments("tolist", &Call::new(object, args, given as usize, keywords))?;
            let tensor = this(object)?;
            if tensor.0.has(flags::SUBCLASS)
                && let Some(answer) = funnel::offer_special(None, "tolist", &[Bound::from_borrowed_ptr(py, object)])?
            {
                return Ok(answer.into_ptr());
            }
            Ok(nested::to_list(py, tensor)?.into_ptr())
        })
    }
}

/// The method.
pub fn method() -> ffi::PyMethodDef {
    ffi::PyMethodDef {
        ml_name: c"tolist".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: tolist },
        ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
        ml_doc: c"tolist($self)\n--\n\nThe elements as Python numbers, in lists nested as the dimensions are.".as_ptr(),
    }
}
