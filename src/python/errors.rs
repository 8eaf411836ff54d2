//! The core's errors as Python's exceptions, and back: the one place that knows both.

use crate::buffers::OutOfMemory;
use crate::error::{Class, Error};
use pyo3::exceptions::{
    PyIndexError, PyMemoryError, PyNotImplementedError, PyRecursionError, PyRuntimeError, PyTypeError, PyUserWarning,
    PyValueError,
};
use pyo3::prelude::*;
use std::ffi::CString;
use std::sync::atomic::{AtomicBool, Ordering};

impl From<Error> for PyErr {
    fn from(error: Error) -> PyErr {
        let error = match error.into_host::<PyErr>() {
            Ok(exception) => return exception,
            Err(error) => error,
        };
        let text = error.to_string();
        match error.class() {
            // A host's exception that is no Python exception cannot be made in this module.
            Class::Runtime | Class::Host => PyRuntimeError::new_err(text),
            Class::Type => PyTypeError::new_err(text),
            Class::Value => PyValueError::new_err(text),
            Class::Index => PyIndexError::new_err(text),
            Class::NotImplemented => PyNotImplementedError::new_err(text),
            Class::Memory => PyMemoryError::new_err(text),
            Class::Recursion => PyRecursionError::new_err(text),
        }
    }
}

impl From<OutOfMemory> for PyErr {
    fn from(error: OutOfMemory) -> PyErr {
        Error::from(error).into()
    }
}

impl From<PyErr> for Error {
    fn from(exception: PyErr) -> Error {
        Error::host(exception)
    }
}

/// Shows `text` as a UserWarning at the Python line that is running.
///
/// # Errors
/// Where the user's filters turn warnings into exceptions.
pub fn warn(py: Python<'_>, text: &str) -> PyResult<()> {
    // A text with a NUL inside cannot pass through C; it is cut there.
    let end = text.find('\0').unwrap_or(text.len());
    let text = CString::new(&text[..end]).unwrap_or_default();
    PyErr::warn(py, &py.get_type::<PyUserWarning>(), &text, 1)
}

/// As [`warn`], the first time in the process only: `warned` remembers.
///
/// # Errors
/// As [`warn`].
pub fn warn_once(py: Python<'_>, warned: &AtomicBool, text: &str) -> PyResult<()> {
    if warned.swap(true, Ordering::Relaxed) { Ok(()) } else { warn(py, text) }
}
