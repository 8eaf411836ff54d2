//! `__torch_function__`: objects that take a call for themselves.
//!
//! The slow way round, which a call enters where an argument's flags or type say so. What must not come
//! here: anything that a call among plain tensors touches.

use super::super::args::Call;
use super::super::guard::raised;
use super::super::handles::{tensor_ref, tensor_type};
use super::table::Callable;
use crate::error::{Error, Result};
use pyo3::exceptions::PyTypeError;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyCFunction, PyDict, PyList, PyTuple, PyType};
use pyo3::{ffi, intern, prelude::*};
use std::cell::Cell;

thread_local! {
    /// Off inside `DisableTorchFunctionSubclass`. A thread's own: another may run in between.
    static ENABLED: Cell<bool> = const { Cell::new(true) };
}

/// What marks a class as one that takes no calls although it inherits the method: `Parameter`.
static DISABLED: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Switches this thread's overriding on or off and returns what it was.
#[pyfunction]
pub fn _set_torch_function_enabled(on: bool) -> bool {
    ENABLED.replace(on)
}

/// Whether this thread's overriding is on.
#[pyfunction]
pub fn _is_torch_function_enabled() -> bool {
    ENABLED.get()
}

/// Calls `func` with overriding off: the `__torch_function__` of classes that want none.
#[pyfunction]
#[pyo3(signature = (func, types, args = None, kwargs = None))]
pub fn _disabled_torch_function_impl<'py>(
    func: &Bound<'py, PyAny>,
    types: &Bound<'py, PyAny>,
    args: Option<&Bound<'py, PyTuple>>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let _ = types;
    let before = ENABLED.replace(false);
    let result = match args {
        Some(args) => func.call(args, kwargs),
        None => func.call((), kwargs),
    };
    ENABLED.set(before);
    result
}

/// Whether any of `objects` takes calls for itself: torch's `has_torch_function`.
#[pyfunction]
pub fn _has_torch_function(objects: &Bound<'_, PyTuple>) -> bool {
    objects.iter().any(|object| takes_calls(&object))
}

/// Offers a call of the Python function `func` to those of `relevant` that take calls: torch's
/// `handle_torch_function`.
#[pyfunction]
#[pyo3(signature = (func, relevant, *args, **kwargs))]
pub fn _handle_torch_function<'py>(
    func: &Bound<'py, PyAny>,
    relevant: &Bound<'py, PyTuple>,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let takers = Takers::among(relevant.iter())?;
    let name = func.getattr(intern!(func.py(), "__qualname__"))?.to_string();
    let kwargs = kwargs.cloned().unwrap_or_else(|| PyDict::new(func.py()));
    takers.offer(func, args, Some(&kwargs), &format!("torch.{name}"))
}

/// Adds what stands here to the module.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let disabled = pyo3::wrap_pyfunction!(_disabled_torch_function_impl, module)?;
    let _ = DISABLED.set(module.py(), disabled.clone().into_any().unbind());
    module.add_function(disabled)?;
    let others: [Bound<'_, PyCFunction>; 4] = [
        pyo3::wrap_pyfunction!(_set_torch_function_enabled, module)?,
        pyo3::wrap_pyfunction!(_is_torch_function_enabled, module)?,
        pyo3::wrap_pyfunction!(_has_torch_function, module)?,
        pyo3::wrap_pyfunction!(_handle_torch_function, module)?,
    ];
    others.into_iter().try_for_each(|function| module.add_function(function))
}

/// Whether `object`, which is no argument of the right type, takes the call for itself.
///
/// # Safety
/// The lock is held, and `object` is referred to meanwhile.
#[cold]
pub unsafe fn overloads(object: *mut ffi::PyObject) -> bool {
    // SAFETY: the caller's promise.
    let object = unsafe { Borrowed::from_ptr(Python::assume_attached(), object) };
    takes_calls(&object)
}

fn takes_calls(object: &Bound<'_, PyAny>) -> bool {
    let py = object.py();
    let kind = object.get_type();
    // Python's own types have no such attribute, and looking it up would make an error object.
    if object.is_none() || !ENABLED.get() || kind.as_type_ptr() == tensor_type() || is_basic(&kind) {
        return false;
    }
    let method = object.getattr(intern!(py, "__torch_function__"));
    method.is_ok_and(|method| DISABLED.get(py).is_none_or(|disabled| !method.is(disabled)))
}

fn is_basic(kind: &Bound<'_, PyType>) -> bool {
    let types = [
        &raw mut ffi::PyLong_Type,
        &raw mut ffi::PyFloat_Type,
        &raw mut ffi::PyBool_Type,
        &raw mut ffi::PyUnicode_Type,
        &raw mut ffi::PyTuple_Type,
        &raw mut ffi::PyList_Type,
        &raw mut ffi::PyDict_Type,
        &raw mut ffi::PySet_Type,
        &raw mut ffi::PyComplex_Type,
        &raw mut ffi::PyBytes_Type,
        &raw mut ffi::PySlice_Type,
    ];
    types.contains(&kind.as_type_ptr())
}

/// The objects that take calls, in the order in which they are asked: each type once, a subclass before
/// its base.
#[derive(Default)]
struct Takers<'py>(Vec<Bound<'py, PyAny>>);

impl<'py> Takers<'py> {
    /// Those among `objects`.
    fn among(objects: impl IntoIterator<Item = Bound<'py, PyAny>>) -> PyResult<Self> {
        let mut takers = Takers::default();
        objects.into_iter().try_for_each(|object| takers.consider(&object))?;
        Ok(takers)
    }

    fn consider(&mut self, object: &Bound<'py, PyAny>) -> PyResult<()> {
        if !takes_calls(object) || self.0.iter().any(|other| other.get_type().is(object.get_type())) {
            return Ok(());
        }
        let mut at = self.0.len();
        for (i, other) in self.0.iter().enumerate() {
            if object.is_instance(&other.get_type())? {
                at = i;
                break;
            }
        }
        self.0.insert(at, object.clone());
        Ok(())
    }

    /// Asks each in turn.
    fn offer(
        self,
        func: &Bound<'py, PyAny>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
        name: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = func.py();
        let types = PyTuple::new(py, self.0.iter().map(|object| object.get_type()))?;
        for object in &self.0 {
            let method = object.getattr(intern!(py, "__torch_function__"))?;
            let answer = match kwargs {
                Some(kwargs) => method.call1((func, &types, args, kwargs))?,
                None => method.call1((func, &types, args))?,
            };
            if !answer.is(py.NotImplemented()) {
                return Ok(answer);
            }
        }
        let mut text = format!(
            "Multiple dispatch failed for '{name}'; all __torch_function__ handlers returned NotImplemented:\n\n"
        );
        for object in &self.0 {
            text += &format!("  - tensor subclass {}\n", object.get_type().repr()?);
        }
        text += "\nFor more information, try re-running with TORCH_LOGS=not_implemented";
        Err(PyTypeError::new_err(text))
    }
}

/// Offers the call to whoever takes it. None: nobody does, and it goes on as among plain tensors.
///
/// # Errors
/// What a `__torch_function__` raises, and torch's TypeError where all decline.
#[cold]
#[inline(never)]
pub fn offer(py: Python<'_>, callable: &Callable, call: &Call) -> Result<Option<*mut ffi::PyObject>> {
    let mut all: Vec<Bound<'_, PyAny>> = Vec::with_capacity(1 + call.given);
    let kwargs = PyDict::new(py);
    // SAFETY: the call's objects live as long as the call (`Call`), and the token says that the lock is held.
    unsafe {
        if !call.own.is_null() {
            all.push(Bound::from_borrowed_ptr(py, call.own));
        }
        all.extend((0..call.given).map(|i| Bound::from_borrowed_ptr(py, call.positional(i))));
        for k in 0..call.named() {
            let (key, object) = call.keyword(k);
            kwargs.set_item(key, Bound::from_borrowed_ptr(py, object))?;
        }
    }
    let args = PyTuple::new(py, &all)?;
    let mut takers = Takers::default();
    for object in args.iter().chain(kwargs.values().iter()) {
        takers.consider(&object)?;
        if let Ok(tuple) = object.cast::<PyTuple>() {
            tuple.iter().try_for_each(|element| takers.consider(&element))?;
        } else if let Ok(list) = object.cast::<PyList>() {
            list.iter().try_for_each(|element| takers.consider(&element))?;
        }
    }
    if takers.0.is_empty() {
        return Ok(None);
    }
    let (func, name) = public(py, callable)?;
    let kwargs = (call.named() > 0).then_some(&kwargs);
    Ok(Some(takers.offer(&func, &args, kwargs, &name)?.into_ptr()))
}

/// The object by which users know a callable, and its name.
fn public<'py>(py: Python<'py>, callable: &Callable) -> Result<(Bound<'py, PyAny>, String)> {
    let name = callable.name;
    if callable.form.is_function() {
        return Ok((py.import("wengert")?.getattr(name)?, format!("torch.{name}")));
    }
    // SAFETY: the type lives as long as the process.
    let class = unsafe { Bound::from_borrowed_ptr_or_opt(py, tensor_type().cast()) }.ok_or_else(|| raised(py))?;
    Ok((class.getattr(name)?, format!("torch.Tensor.{name}")))
}

/// The method that Python's operator between `lhs` and a tensor on its right belongs to.
fn reflected(name: &str) -> &str {
    match name {
        "div" => "__rtruediv__",
        "pow" => "__rpow__",
        "floor_divide" => "__rfloordiv__",
        "remainder" => "__rmod__",
        "matmul" => "__rmatmul__",
        "bitwise_left_shift" => "__rlshift__",
        "bitwise_right_shift" => "__rrshift__",
        other => other,
    }
}

/// As [`offer`], for an operator of Python's between two objects.
///
/// # Safety
/// The lock is held, and both objects are referred to meanwhile.
#[cold]
#[inline(never)]
pub unsafe fn offer_operator(
    py: Python<'_>,
    callable: &Callable,
    lhs: *mut ffi::PyObject,
    rhs: *mut ffi::PyObject,
) -> Result<Option<*mut ffi::PyObject>> {
    // SAFETY: the caller's promise.
    unsafe {
        // torch asks the tensor first: on the right of an operator it is the reflected method's object.
        let swapped = tensor_ref(lhs).is_none();
        let (own, other) = if swapped { (rhs, lhs) } else { (lhs, rhs) };
        let (own, other) = (Bound::from_borrowed_ptr(py, own), Bound::from_borrowed_ptr(py, other));
        let takers = Takers::among([own.clone(), other.clone()])?;
        if takers.0.is_empty() {
            return Ok(None);
        }
        let class = Bound::from_borrowed_ptr_or_opt(py, tensor_type().cast()).ok_or_else(|| raised(py))?;
        let name = if swapped { reflected(callable.name) } else { callable.name };
        let (name, takers) = match name {
            // `rsub` is a function alone: its method is Python's.
            "rsub" => ("__rsub__", takers),
            // torch wraps the method of `==`, which offers itself by Python's name to its own tensor.
            "eq" if takes_calls(&own) => ("__eq__", Takers::among([own.clone()])?),
            name => (name, takers),
        };
        let func = class.getattr(name)?;
        let args = PyTuple::new(py, [own, other])?;
        Ok(Some(takers.offer(&func, &args, None, &format!("torch.Tensor.{name}"))?.into_ptr()))
    }
}

/// As [`offer`], for a special method or an attribute's `__get__`: `owner` is None, or the attribute's name.
/// Besides `args` themselves, the parts of a tuple among them are asked, as the entries of a key.
///
/// # Errors
/// As [`offer`].
#[cold]
#[inline(never)]
pub fn offer_special<'py>(
    owner: Option<&str>,
    method: &str,
    args: &[Bound<'py, PyAny>],
) -> Result<Option<Bound<'py, PyAny>>> {
    let Some(first) = args.first() else { return Ok(None) };
    let py = first.py();
    let mut takers = Takers::default();
    for object in args {
        takers.consider(object)?;
        if let Ok(tuple) = object.cast::<PyTuple>() {
            tuple.iter().try_for_each(|part| takers.consider(&part))?;
        }
    }
    if takers.0.is_empty() {
        return Ok(None);
    }
    // SAFETY: the type lives as long as the process, and the objects say that the lock is held.
    let class = unsafe { Bound::from_borrowed_ptr_or_opt(py, tensor_type().cast()) }.ok_or_else(|| raised(py))?;
    let (func, name) = match owner {
        None => (class.getattr(method)?, format!("torch.Tensor.{method}")),
        Some(owner) => (class.getattr(owner)?.getattr(method)?, format!("torch.Tensor.{owner}.{method}")),
    };
    let args = PyTuple::new(py, args)?;
    Ok(Some(takers.offer(&func, &args, None, &name)?))
}

/// Whether `object`, part of a key, takes the indexing for itself.
pub fn may_take(object: &Bound<'_, PyAny>) -> bool {
    takes_calls(object)
}

/// The error for a call that was to be given away and then was not.
#[cold]
pub fn nobody(callable: &Callable) -> Error {
    Error::type_error(format!("{}(): an argument's __torch_function__ disappeared during the call", callable.name))
}
