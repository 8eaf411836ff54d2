//! What a thread is doing, for the package's context managers.

use super::dtype;
use super::ffi::call::texts::typename_of;
use super::ffi::handles::tensor;
use super::ffi::registry;
use crate::create;
use crate::error::Error;
use crate::tape::mode::{self, bits};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyTuple};

/// Refuses arguments as Python does for a function of C that has none, under torch's name.
pub(super) fn no_arguments(
    name: &str,
    args: &Bound<'_, PyTuple>,
    keywords: Option<&Bound<'_, PyDict>>,
) -> PyResult<()> {
    if keywords.is_some_and(|keywords| !keywords.is_empty()) {
        return Err(PyTypeError::new_err(format!("torch.{name}() takes no keyword arguments")));
    }
    match args.len() {
        0 => Ok(()),
        given => Err(PyTypeError::new_err(format!("torch.{name}() takes no arguments ({given} given)"))),
    }
}

/// Whether operators are recorded in this thread.
#[pyfunction]
#[pyo3(signature = (*args, **keywords), text_signature = "()")]
fn is_grad_enabled(args: &Bound<'_, PyTuple>, keywords: Option<&Bound<'_, PyDict>>) -> PyResult<bool> {
    no_arguments("is_grad_enabled", args, keywords)?;
    // Not what the core asks: inference mode records nothing, and leaves this as the program has set it.
    Ok(mode::mode() & bits::NO_GRAD == 0)
}

/// The element type that a floating point number gives a tensor.
#[pyfunction]
#[pyo3(signature = (*args, **keywords), text_signature = "()")]
fn get_default_dtype<'py>(
    args: &Bound<'py, PyTuple>,
    keywords: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    no_arguments("get_default_dtype", args, keywords)?;
    Ok(registry::dtype_object(args.py(), create::default_dtype())?)
}

/// Sets the element type that a floating point number gives a tensor.
///
/// Raises TypeError for what is no floating point type.
#[pyfunction]
fn _set_default_dtype(d: &Bound<'_, PyAny>) -> PyResult<()> {
    match dtype::of(d).filter(|_| d.is_instance_of::<dtype::PyDType>()) {
        Some(dtype) => Ok(create::set_default_dtype(dtype)?),
        None => Err(PyTypeError::new_err(
            "invalid dtype object: only floating-point types are supported as the default type",
        )),
    }
}

/// Switches recording on or off.
#[pyfunction]
fn _set_grad_enabled(on: &Bound<'_, PyAny>) -> PyResult<()> {
    mode::set_grad_enabled(switch(on, "set_grad_enabled(): argument 'enabled' (position 1)")?);
    Ok(())
}

/// A truth value, and torch's text where it is none.
fn switch(given: &Bound<'_, PyAny>, argument: &str) -> PyResult<bool> {
    let Ok(on) = given.cast::<PyBool>() else {
        return Err(PyTypeError::new_err(format!("{argument} must be bool, not {}", typename_of(given))));
    };
    Ok(on.is_true())
}

/// Whether this thread is in inference mode.
#[pyfunction]
#[pyo3(signature = (*args, **keywords), text_signature = "()")]
fn is_inference_mode_enabled(args: &Bound<'_, PyTuple>, keywords: Option<&Bound<'_, PyDict>>) -> PyResult<bool> {
    no_arguments("is_inference_mode_enabled", args, keywords)?;
    Ok(mode::is_inference())
}

/// Enters or leaves inference mode; returns whether it was on.
#[pyfunction]
fn _set_inference(on: bool) -> bool {
    mode::set_inference(on)
}

/// Whether nodes note where they were recorded.
#[pyfunction]
#[pyo3(signature = (*args, **keywords), text_signature = "()")]
fn is_anomaly_enabled(args: &Bound<'_, PyTuple>, keywords: Option<&Bound<'_, PyDict>>) -> PyResult<bool> {
    no_arguments("is_anomaly_enabled", args, keywords)?;
    Ok(mode::mode() & bits::ANOMALY != 0)
}

/// Whether sweeps look for nan.
#[pyfunction]
#[pyo3(signature = (*args, **keywords), text_signature = "()")]
fn is_anomaly_check_nan_enabled(args: &Bound<'_, PyTuple>, keywords: Option<&Bound<'_, PyDict>>) -> PyResult<bool> {
    no_arguments("is_anomaly_check_nan_enabled", args, keywords)?;
    Ok(CHECKS.get())
}

thread_local! {
    /// What was asked for; sweeps look only while anomaly mode is on, as in torch.
    static CHECKS: std::cell::Cell<bool> = const { std::cell::Cell::new(true) };
}

/// Switches anomaly mode on or off.
#[pyfunction]
fn _set_anomaly_enabled(on: &Bound<'_, PyAny>, check_nan: &Bound<'_, PyAny>) -> PyResult<()> {
    let on = switch(on, "set_anomaly_enabled(): argument 'enabled' (position 1)")?;
    let check_nan = switch(check_nan, "set_anomaly_enabled(): argument 'check_nan' (position 2)")?;
    CHECKS.set(check_nan);
    mode::set(bits::ANOMALY, on);
    mode::set(bits::CHECK_NAN, on && check_nan);
    Ok(())
}

/// Counts an in-place write that nobody saw.
#[pyfunction]
fn _bump_version(object: &Bound<'_, PyAny>) -> PyResult<()> {
    let t = tensor(object).ok_or_else(|| Error::type_error("a tensor is needed"))?;
    t.0.bump_version();
    Ok(())
}

/// Adds what stands here to the module.
///
/// # Errors
/// Python's own where it has no memory.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(is_grad_enabled, module)?)?;
    module.add_function(wrap_pyfunction!(_set_grad_enabled, module)?)?;
    module.add_function(wrap_pyfunction!(get_default_dtype, module)?)?;
    module.add_function(wrap_pyfunction!(_set_default_dtype, module)?)?;
    module.add_function(wrap_pyfunction!(is_inference_mode_enabled, module)?)?;
    module.add_function(wrap_pyfunction!(_set_inference, module)?)?;
    module.add_function(wrap_pyfunction!(is_anomaly_enabled, module)?)?;
    module.add_function(wrap_pyfunction!(is_anomaly_check_nan_enabled, module)?)?;
    module.add_function(wrap_pyfunction!(_set_anomaly_enabled, module)?)?;
    module.add_function(wrap_pyfunction!(_bump_version, module)?)
}
