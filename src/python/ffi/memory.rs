//! A tensor's memory as Python's buffer protocol shows it, and `numpy`, the method of the type that programs call in loops.

use super::args::Call;
use super::guard::guard;
use super::handles::this;
use super::locked::Locked;
use crate::python::numpy;
use crate::storage::Storage;
use crate::tape::Ref;
use crate::tape::record::flags;
use crate::tensor::Tensor;
use pyo3::exceptions::PyBufferError;
use pyo3::ffi::{self, Py_ssize_t, PyObject};
use pyo3::prelude::*;
use std::ffi::c_int;

/// The bytes of a storage, to be read and written. It keeps them where they are, even where the tensor moves to others.
#[pyclass(frozen, name = "_Memory", module = "wengert")]
pub struct Memory(Locked<Ref<Storage>>);

impl Memory {
    /// The memory of `t`, which a caller has seen to be its own to write.
    pub fn of(py: Python<'_>, t: &Tensor) -> Memory {
        let storage = t.geometry().storage.clone();
        storage.export();
        Memory(Locked::new(py, storage))
    }

    /// The address of its first byte, which stays for as long as this does.
    pub fn start(&self, py: Python<'_>) -> *mut u8 {
        self.0.get(py).ptr()
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // Arrays hold it for as long as they show the bytes.
        let _ = Python::try_attach(|py| self.0.get(py).end_export());
    }
}

#[pymethods]
impl Memory {
    /// # Safety
    /// Called by Python alone, with a view to be filled.
    unsafe fn __getbuffer__(slf: Bound<'_, Self>, view: *mut ffi::Py_buffer, flags: c_int) -> PyResult<()> {
        let storage = slf.get().0.get(slf.py());
        let (start, bytes) = (storage.ptr(), storage.bytes());
        // SAFETY: the view is Python's to fill; it holds a reference to this object, which keeps the bytes in place.
        let failed = unsafe { ffi::PyBuffer_FillInfo(view, slf.as_ptr(), start.cast(), bytes as Py_ssize_t, 0, flags) };
        match failed {
            0 => Ok(()),
            _ => Err(PyErr::take(slf.py()).unwrap_or_else(|| PyBufferError::new_err("no buffer"))),
        }
    }
}

/// # Safety
/// Python calls methods with the lock held, by the rules of vectorcall.
unsafe extern "C" fn numpy_of(
    object: *mut PyObject,
    args: *const *mut PyObject,
    given: Py_ssize_t,
    keywords: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: the caller's promise.
    unsafe {
        guard(|py| {
            let tensor = this(object)?;
            if given == 0 && keywords.is_null() && !tensor.0.has(flags::SUBCLASS) {
                return Ok(numpy::shared(py, tensor, false)?.into_ptr());
            }
            let call = Call::new(object, args, given as usize, keywords);
            Ok(numpy::called(py, &call)?.into_ptr())
        })
    }
}

/// The method.
pub fn method() -> ffi::PyMethodDef {
    ffi::PyMethodDef {
        ml_name: c"numpy".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: numpy_of },
        ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
        ml_doc: c"numpy($self, *, force=False)\n--\n\nThe NumPy array over the tensor's memory: a write to either is seen by \
                  both.\n\nRaises RuntimeError where the tensor wants a gradient, unless `force` is true or gradients are \
                  off;\nTypeError for bfloat16, which NumPy lacks."
            .as_ptr(),
    }
}
