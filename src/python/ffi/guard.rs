//! The one wrapper that every function called by Python goes through.

use super::pending;
use crate::error::{Error, Result};
use crate::tape::host;
use pyo3::panic::PanicException;
use pyo3::prelude::*;
use pyo3::{exceptions::PyRuntimeError, ffi};
use std::any::Any;
use std::cell::RefCell;
use std::ffi::c_int;
use std::panic::{self, AssertUnwindSafe, catch_unwind};

/// A C return value that can say "an exception is set".
pub trait Failure {
    /// The value that says it.
    const FAILURE: Self;
}

impl Failure for *mut ffi::PyObject {
    const FAILURE: Self = std::ptr::null_mut();
}

impl Failure for c_int {
    const FAILURE: Self = -1;
}

impl Failure for ffi::Py_ssize_t {
    const FAILURE: Self = -1;
}

/// Runs the body of a function that Python called: an error or a panic becomes an exception, and what
/// the tape let go of meanwhile is dropped.
///
/// A body may also return [`Failure::FAILURE`] itself with the exception already set.
///
/// # Safety
/// Python called the function whose body this is, so the calling thread holds the interpreter's lock.
#[inline(always)]
pub unsafe fn guard<R: Failure>(body: impl FnOnce(Python<'_>) -> Result<R>) -> R {
    // SAFETY: the caller's promise.
    let py = unsafe { Python::assume_attached() };
    // What a panic leaves half done is what an early return would: records change through cells only.
    let result = match catch_unwind(AssertUnwindSafe(|| body(py))) {
        Ok(Ok(result)) => result,
        Ok(Err(error)) => raise(py, error),
        Err(panic) => raise_panic(py, panic),
    };
    if host::has_pending() {
        pending::drain();
    }
    result
}

/// As [`guard`], for a function that cannot fail: an error is reported as unraisable.
///
/// # Safety
/// As [`guard`].
#[inline(always)]
pub unsafe fn guard_quietly(body: impl FnOnce(Python<'_>)) {
    // SAFETY: the caller's promise.
    let py = unsafe { Python::assume_attached() };
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| body(py))) {
        pending::keep_exception(py, || panic_error(panic).write_unraisable(py, None));
    }
    if host::has_pending() {
        pending::drain();
    }
}

#[cold]
#[inline(never)]
fn raise<R: Failure>(py: Python<'_>, error: Error) -> R {
    PyErr::from(error).restore(py);
    R::FAILURE
}

#[cold]
#[inline(never)]
fn raise_panic<R: Failure>(py: Python<'_>, panic: Box<dyn Any + Send>) -> R {
    panic_error(panic).restore(py);
    R::FAILURE
}

thread_local! {
    /// Where the last panic of the thread happened.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Makes panics silent: each arrives as an exception that says where it happened, and a trace on the
/// terminal would only hide that. The hook is this library's own, since its copy of Rust's runtime is.
pub fn keep_panics_quiet() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map_or(String::new(), |at| format!(" ({}:{})", at.file(), at.line()));
        PLACE.with_borrow_mut(|last| *last = place);
    }));
}

/// Makes the exception that a panic becomes in the functions and methods that PyO3 writes a RuntimeError, as it
/// is where [`guard`] stands: PyO3's own derives from BaseException, so that `except Exception` would let it pass.
///
/// # Errors
/// Python's own, where it has no memory.
pub fn make_panics_runtime_errors(py: Python<'_>) -> PyResult<()> {
    py.get_type::<PanicException>().setattr("__bases__", (py.get_type::<PyRuntimeError>(),))
}

#[cold]
fn panic_error(panic: Box<dyn Any + Send>) -> PyErr {
    let said = match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(said), _) => said,
        (_, Some(said)) => said.as_str(),
        _ => "a panic",
    };
    PyRuntimeError::new_err(format!("internal error: {said}{}", PLACE.take()))
}

/// The exception that a C function has set, as an error of the core's.
#[cold]
pub fn raised(py: Python<'_>) -> Error {
    PyErr::fetch(py).into()
}
