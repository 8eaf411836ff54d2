//! `torch.autograd.backward` and `grad`, whose arguments the package has put in order.

use super::errors;
use super::ffi::handles::{tensor, to_python};
use super::hooks::settle;
use crate::error::{Error, Result};
use crate::sweep::{self, Options};
use crate::tensor::Tensor;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::sync::atomic::{AtomicBool, Ordering};

/// Warns, once a process, that a recorded `backward` makes a circle.
///
/// # Errors
/// Where the user's filters turn warnings into exceptions.
#[cold]
pub fn warn_of_cycle(py: Python<'_>) -> PyResult<()> {
    static WARNED: AtomicBool = AtomicBool::new(false);
    if WARNED.swap(true, Ordering::Relaxed) {
        return Ok(());
    }
    errors::warn(
        py,
        "Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient \
         which can cause a memory leak. We recommend using autograd.grad when creating the graph to avoid this. If you \
         have to use this function, make sure to reset the .grad fields of your parameters to None after use to break \
         the cycle and avoid the leak.",
    )
}

fn tensors(tuple: &Bound<'_, PyTuple>) -> Result<Vec<Tensor>> {
    let one =
        |object: Bound<'_, PyAny>| tensor(&object).cloned().ok_or_else(|| Error::type_error("a tensor is needed"));
    tuple.iter().map(one).collect()
}

fn seeds(tuple: &Bound<'_, PyTuple>) -> Vec<Option<Tensor>> {
    tuple.iter().map(|object| tensor(&object).cloned()).collect()
}

/// Sweeps from `roots` and accumulates.
#[pyfunction]
#[pyo3(signature = (roots, gradients, retain_graph, create_graph, inputs))]
fn _backward(
    roots: &Bound<'_, PyTuple>,
    gradients: &Bound<'_, PyTuple>,
    retain_graph: Option<bool>,
    create_graph: bool,
    inputs: Option<&Bound<'_, PyTuple>>,
) -> PyResult<()> {
    if create_graph {
        warn_of_cycle(roots.py())?;
    }
    let inputs = inputs.map(tensors).transpose()?;
    let options = Options { retain_graph, create_graph };
    let done = sweep::backward(&tensors(roots)?, &seeds(gradients), options, inputs.as_deref());
    settle();
    Ok(done?)
}

/// The gradients of `outputs` with respect to `inputs`; None for one that no output depends on.
#[pyfunction]
fn _grad<'py>(
    outputs: &Bound<'py, PyTuple>,
    inputs: &Bound<'py, PyTuple>,
    gradients: &Bound<'py, PyTuple>,
    retain_graph: Option<bool>,
    create_graph: bool,
) -> PyResult<Vec<Option<Bound<'py, PyAny>>>> {
    let py = outputs.py();
    let options = Options { retain_graph, create_graph };
    let found = sweep::grad(&tensors(outputs)?, &tensors(inputs)?, &seeds(gradients), options);
    let found = found.and_then(|all| all.into_iter().map(|g| g.map(|g| to_python(py, g)).transpose()).collect());
    settle();
    Ok(found?)
}

/// Adds what stands here to the module.
///
/// # Errors
/// Python's own where it has no memory.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(_backward, module)?)?;
    module.add_function(wrap_pyfunction!(_grad, module)?)
}
