//! `repr` of a tensor, and the options that it is printed with.

use super::ffi::attributes::kind;
use super::ffi::handles::tensor;
use crate::error::Result;
use crate::print::{self, Options};
use crate::tape::record::flags;
use crate::tensor::Tensor;
use pyo3::prelude::*;
use std::cell::Cell;

thread_local! {
    static OPTIONS: Cell<Options> = const { Cell::new(Options::DEFAULT) };
}

/// torch's `repr` of a tensor.
///
/// # Errors
/// Where the storage has been shrunk by somebody outside.
pub fn repr(object: &Bound<'_, PyAny>, t: &Tensor) -> Result<String> {
    let class = if t.0.has(flags::SUBCLASS) { Some(kind(object)?) } else { None };
    print::tensor::repr(t, class.as_deref(), t.0.has(flags::PARAMETER), &OPTIONS.get())
}

/// torch's `set_printoptions`.
///
/// # Errors
/// Python's TypeError for a value of a wrong type.
#[pyfunction]
#[pyo3(signature = (precision=None, threshold=None, edgeitems=None, linewidth=None, profile=None, sci_mode=None))]
pub fn set_printoptions(
    precision: Option<u16>,
    threshold: Option<f64>,
    edgeitems: Option<usize>,
    linewidth: Option<i64>,
    profile: Option<&str>,
    sci_mode: Option<bool>,
) {
    let mut options = profile.and_then(Options::profile).unwrap_or(OPTIONS.get());
    if let Some(x) = precision {
        options.precision = x;
    }
    if let Some(x) = threshold {
        options.threshold = x;
    }
    if let Some(x) = edgeitems {
        options.edgeitems = x;
    }
    if let Some(x) = linewidth {
        options.linewidth = x;
    }
    options.sci_mode = sci_mode;
    OPTIONS.set(options);
}

/// The graph behind a tensor, drawn as text: one line a node, its inputs below it.
///
/// # Errors
/// Where `x` is no tensor.
#[pyfunction]
pub fn _draw(x: &Bound<'_, PyAny>) -> PyResult<String> {
    let t = tensor(x).ok_or_else(|| pyo3::exceptions::PyTypeError::new_err("a tensor is needed"))?;
    Ok(print::tensor::graph(t)?)
}
