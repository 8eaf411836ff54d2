//! Forward mode, for the package's `forward_ad`.

use super::ffi::handles::{tensor, to_python};
use crate::error::{Error, Result};
use crate::ops::shapes::reshape;
use crate::sweep::forward;
use crate::tape::mode;
use crate::tensor::Tensor;
use pyo3::prelude::*;

fn argument<'a>(object: &'a Bound<'_, PyAny>, function: &str, name: &str, place: usize) -> Result<&'a Tensor> {
    tensor(object).ok_or_else(|| {
        let got = object.get_type();
        let got = got.name().map_or_else(|_| String::new(), |name| name.to_string());
        Error::type_error(format!("{function}(): argument '{name}' (position {place}) must be Tensor, not {got}"))
    })
}

/// The open level as torch numbers it: 0, or -1 for none.
#[pyfunction]
fn _dual_level() -> i64 {
    if mode::level() == 0 { -1 } else { 0 }
}

/// Opens a level; an error where one is open.
#[pyfunction]
fn _enter_dual_level() -> PyResult<()> {
    forward::enter()?;
    Ok(())
}

/// Ends the level.
#[pyfunction]
fn _exit_dual_level() -> PyResult<()> {
    Ok(forward::exit()?)
}

/// A view of `primal` that carries `tangent`.
#[pyfunction]
fn _make_dual<'py>(primal: &Bound<'py, PyAny>, tangent: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let x = argument(primal, "_make_dual", "tensor", 1)?;
    let x_dot = argument(tangent, "_make_dual", "tangent", 2)?;
    Ok(to_python(primal.py(), forward::make_dual(x, x_dot)?)?)
}

/// The primal and the tangent (or None) of a tensor. What leaves a transform (`left`) is an alias, as any tensor
/// that leaves one.
#[pyfunction]
#[pyo3(signature = (dual, left = false))]
fn _unpack_dual<'py>(dual: &Bound<'py, PyAny>, left: bool) -> PyResult<(Bound<'py, PyAny>, Option<Bound<'py, PyAny>>)> {
    let py = dual.py();
    let view = if left { reshape::alias_of } else { reshape::primal_of };
    let (x, x_dot) = forward::unpack(argument(dual, "_unpack_dual", "dual", 1)?, view)?;
    Ok((to_python(py, x)?, x_dot.map(|x_dot| to_python(py, x_dot)).transpose()?))
}

/// Adds what stands here to the module.
///
/// # Errors
/// Python's own where it has no memory.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(_dual_level, module)?)?;
    module.add_function(wrap_pyfunction!(_enter_dual_level, module)?)?;
    module.add_function(wrap_pyfunction!(_exit_dual_level, module)?)?;
    module.add_function(wrap_pyfunction!(_make_dual, module)?)?;
    module.add_function(wrap_pyfunction!(_unpack_dual, module)?)
}
