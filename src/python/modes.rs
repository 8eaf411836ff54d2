//! What a thread is doing, for the package's context managers.

use super::ffi::handles::tensor;
use crate::error::Error;
use crate::tape::mode::{self, bits};
use pyo3::prelude::*;

/// Whether operators are recorded in this thread.
#[pyfunction]
fn is_grad_enabled() -> bool {
    mode::is_grad_enabled()
}

/// Switches recording on or off.
#[pyfunction]
fn _set_grad_enabled(on: bool) {
    mode::set_grad_enabled(on);
}

/// Whether nodes note where they were recorded.
#[pyfunction]
fn is_anomaly_enabled() -> bool {
    mode::mode() & bits::ANOMALY != 0
}

/// Whether sweeps look for nan.
#[pyfunction]
fn is_anomaly_check_nan_enabled() -> bool {
    CHECKS.get()
}

thread_local! {
    /// What was asked for; sweeps look only while anomaly mode is on, as in torch.
    static CHECKS: std::cell::Cell<bool> = const { std::cell::Cell::new(true) };
}

/// Switches anomaly mode on or off.
#[pyfunction]
fn _set_anomaly_enabled(on: bool, check_nan: bool) {
    CHECKS.set(check_nan);
    mode::set(bits::ANOMALY, on);
    mode::set(bits::CHECK_NAN, on && check_nan);
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
    module.add_function(wrap_pyfunction!(is_anomaly_enabled, module)?)?;
    module.add_function(wrap_pyfunction!(is_anomaly_check_nan_enabled, module)?)?;
    module.add_function(wrap_pyfunction!(_set_anomaly_enabled, module)?)?;
    module.add_function(wrap_pyfunction!(_bump_version, module)?)
}
