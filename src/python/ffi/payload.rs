//! A Python object that the tape keeps as an opaque payload: a hook, a user's function.

use crate::ops::function::UserFunction;
use crate::sweep::hooks::{HookPayload, NodeHookPayload};
use crate::tape::host::{self, Payload};
use pyo3::{ffi, prelude::*};
use std::rc::Rc;

/// One strong reference to a Python object. Dropping it runs no Python: the reference is queued.
pub struct PyPayload(*mut ffi::PyObject);

impl PyPayload {
    /// A payload that holds `object`.
    pub fn wrap(object: Bound<'_, PyAny>) -> Payload {
        Rc::new(PyPayload(object.into_ptr()))
    }

    /// The object in `payload` or behind it, where there is one.
    pub fn open<'py>(py: Python<'py>, payload: &Payload) -> Option<Bound<'py, PyAny>> {
        // SAFETY: the payload owns a strong reference, so the object is alive.
        object(payload).map(|object| unsafe { Bound::from_borrowed_ptr(py, object) })
    }
}

/// The object behind a payload of any kind, borrowed: a payload that names an owner holds it.
pub(super) fn object(payload: &Payload) -> Option<*mut ffi::PyObject> {
    let owner = if let Some(held) = payload.downcast_ref::<PyPayload>() {
        held.0 as usize
    } else if let Some(hook) = payload.downcast_ref::<HookPayload>() {
        hook.owner
    } else if let Some(hook) = payload.downcast_ref::<NodeHookPayload>() {
        hook.owner
    } else {
        payload.downcast_ref::<UserFunction>()?.owner
    };
    (owner != 0).then_some(owner as *mut ffi::PyObject)
}

impl Drop for PyPayload {
    fn drop(&mut self) {
        host::drop_later(self.0 as usize);
    }
}
