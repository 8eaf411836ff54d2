//! `Tensor.backward`: a loop's own call, so it has no Python frame; and `retain_grad`.

use super::args::Call;
use super::call::funnel;
use super::call::texts::refuse_arguments;
use super::guard::{guard, raised};
use super::handles::{owned, tensor_ref, this};
use crate::error::Result;
use crate::python::autograd::warn_of_cycle;
use crate::sweep::{self, Options};
use crate::tape::record::flags;
use crate::tensor::Tensor;
use pyo3::ffi::{self, Py_ssize_t, PyObject};
use pyo3::{intern, prelude::*};
use std::slice;

/// The parameters, in order.
const NAMES: [&str; 4] = ["gradient", "retain_graph", "create_graph", "inputs"];

/// # Safety
/// Python calls it with the lock held, an instance of the type, and a vectorcall's arguments.
unsafe extern "C" fn backward(
    own: *mut PyObject,
    args: *const *mut PyObject,
    given: Py_ssize_t,
    names: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: the caller's promise.
    unsafe {
        guard(|py| {
            let root = this(own)?;
            if given == 0 && names.is_null() && !root.0.has(flags::SUBCLASS) {
                sweep::backward(slice::from_ref(root), &[], Options::default(), None)?;
            } else if root.0.has(flags::SUBCLASS) || !usual(py, root, &Call::new(own, args, given as usize, names))? {
                return in_python(py, own, args, given, names);
            }
            ffi::Py_INCREF(ffi::Py_None());
            Ok(ffi::Py_None())
        })
    }
}

/// Runs the sweep where every argument is of a usual kind: a tensor for the gradient, bools or None for
/// the switches, no inputs. False, with nothing done, for anything else.
fn usual(py: Python<'_>, root: &Tensor, call: &Call) -> Result<bool> {
    let mut values = [std::ptr::null_mut::<PyObject>(); NAMES.len()];
    if call.given > NAMES.len() {
        return Ok(false);
    }
    for (i, value) in values.iter_mut().enumerate().take(call.given) {
        *value = call.positional(i);
    }
    for k in 0..call.named() {
        let (name, object) = call.keyword(k);
        match NAMES.iter().position(|known| *known == name) {
            Some(i) if values[i].is_null() => values[i] = object,
            _ => return Ok(false),
        }
    }
    // SAFETY: the interpreter's own objects; they are compared with alone.
    let (none, yes, no) = unsafe { (ffi::Py_None(), ffi::Py_True(), ffi::Py_False()) };
    let absent = |object: *mut PyObject| object.is_null() || object == none;
    let switch = |object: *mut PyObject| match object {
        _ if absent(object) => Some(None),
        _ if object == yes => Some(Some(true)),
        _ if object == no => Some(Some(false)),
        _ => None,
    };
    let [gradient, retain, create, inputs] = values;
    let (Some(retain_graph), Some(create_graph), true) = (switch(retain), switch(create), absent(inputs)) else {
        return Ok(false);
    };
    let seed = match absent(gradient) {
        true => None,
        // SAFETY: an argument of the running call, and the token says that the lock is held.
        false => match unsafe { tensor_ref(gradient) } {
            Some(seed) => Some(seed.clone()),
            None => return Ok(false),
        },
    };
    let options = Options { retain_graph, create_graph: create_graph.unwrap_or(false) };
    if options.create_graph {
        warn_of_cycle(py)?;
    }
    sweep::backward(slice::from_ref(root), &[seed], options, None)?;
    Ok(true)
}

/// The package's own function of the same name: unusual arguments, their errors, and subclasses.
///
/// # Safety
/// In a method's `guard`, with a vectorcall's arguments.
#[cold]
unsafe fn in_python(
    py: Python<'_>,
    own: *mut PyObject,
    args: *const *mut PyObject,
    given: Py_ssize_t,
    names: *mut PyObject,
) -> Result<*mut PyObject> {
    let function = py.import(intern!(py, "wengert.autograd.tensor"))?.getattr(intern!(py, "backward"))?;
    // SAFETY: the caller's promise; a vectorcall's arguments are a tuple and a dict's for an ordinary call.
    unsafe {
        let positional = owned(py, ffi::PyTuple_New(given + 1))?;
        ffi::Py_INCREF(own);
        ffi::PyTuple_SetItem(positional.as_ptr(), 0, own);
        for i in 0..given {
            let object = *args.offset(i);
            ffi::Py_INCREF(object);
            ffi::PyTuple_SetItem(positional.as_ptr(), i + 1, object);
        }
        let keywords = owned(py, ffi::PyDict_New())?;
        for k in 0..if names.is_null() { 0 } else { ffi::PyTuple_Size(names) } {
            if ffi::PyDict_SetItem(keywords.as_ptr(), ffi::PyTuple_GetItem(names, k), *args.offset(given + k)) != 0 {
                return Err(raised(py));
            }
        }
        Ok(ffi::PyObject_Call(function.as_ptr(), positional.as_ptr(), keywords.as_ptr()))
    }
}

/// # Safety
/// Python calls it with the lock held, an instance of the type, and a vectorcall's arguments.
unsafe extern "C" fn retain_grad(
    own: *mut PyObject,
    args: *const *mut PyObject,
    given: Py_ssize_t,
    names: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: the caller's promise.
    unsafe {
        guard(|py| {
            refuse_arguments("retain_grad", &Call::new(own, args, given as usize, names))?;
            let t = this(own)?;
            if t.0.has(flags::SUBCLASS)
                && let Some(answer) = funnel::offer_special(None, "retain_grad", &[Bound::from_borrowed_ptr(py, own)])?
            {
                return Ok(answer.into_ptr());
            }
            sweep::hooks::retain_grad(t)?;
            ffi::Py_INCREF(ffi::Py_None());
            Ok(ffi::Py_None())
        })
    }
}

/// The methods, for the type's table.
pub fn methods() -> Vec<ffi::PyMethodDef> {
    vec![
        ffi::PyMethodDef {
            ml_name: c"backward".as_ptr(),
            ml_meth: ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: backward },
            ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
            ml_doc: c"backward($self, gradient=None, retain_graph=None, create_graph=False, inputs=None)\n--\n\nAdds \
                      the gradient of this tensor to .grad of the leaves that it was computed from."
                .as_ptr(),
        },
        ffi::PyMethodDef {
            ml_name: c"retain_grad".as_ptr(),
            ml_meth: ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: retain_grad },
            ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
            ml_doc: c"retain_grad($self)\n--\n\nKeeps the gradient of this tensor although it is no leaf.".as_ptr(),
        },
    ]
}
