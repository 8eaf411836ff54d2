//! `repr` of a tensor, and the options that it is printed with.

use super::ffi::attributes::kind;
use super::ffi::handles::tensor;
use crate::buffers::confined;
use crate::error::Result;
use crate::print::{self, Options};
use crate::tape::record::flags;
use crate::tensor::Tensor;
use pyo3::exceptions::{PyOverflowError, PyValueError};
use pyo3::prelude::*;
use std::cell::Cell;

confined! {
    // The process's, as torch's.
    static OPTIONS: Cell<Options> = Cell::new(Options::DEFAULT);
}

/// torch's `repr` of a tensor.
///
/// # Errors
/// Where the storage has been shrunk by somebody outside.
pub fn repr(object: &Bound<'_, PyAny>, t: &Tensor) -> Result<String> {
    let class = if t.0.has(flags::SUBCLASS) { Some(kind(object)?) } else { None };
    print::tensor::repr(t, class.as_deref(), t.0.has(flags::PARAMETER), &OPTIONS.with(Cell::get))
}

/// torch's `set_printoptions`.
///
/// # Errors
/// Python's TypeError for a value of a wrong type, and its ValueError for a number that no format takes.
#[pyfunction]
#[pyo3(signature = (precision=None, threshold=None, edgeitems=None, linewidth=None, profile=None, sci_mode=None))]
pub fn set_printoptions(
    precision: Option<&Bound<'_, PyAny>>,
    threshold: Option<f64>,
    edgeitems: Option<&Bound<'_, PyAny>>,
    linewidth: Option<&Bound<'_, PyAny>>,
    profile: Option<&str>,
    sci_mode: Option<&Bound<'_, PyAny>>,
) -> PyResult<()> {
    let mut options = profile.and_then(Options::profile).unwrap_or(OPTIONS.with(Cell::get));
    if let Some(x) = precision {
        options.precision = decimals(whole(x)?)?;
    }
    if let Some(x) = threshold {
        options.threshold = x;
    }
    if let Some(x) = edgeitems {
        let negative = |_| PyValueError::new_err("edgeitems must not be negative");
        options.edgeitems = usize::try_from(whole(x)?).map_err(negative)?;
    }
    if let Some(x) = linewidth {
        options.linewidth = whole(x)?;
    }
    options.sci_mode = sci_mode.map(|x| x.is_truthy()).transpose()?;
    OPTIONS.with(|kept| kept.set(options));
    Ok(())
}

/// A whole number, or the nearest that 64 bits hold.
fn whole(x: &Bound<'_, PyAny>) -> PyResult<i64> {
    match x.extract::<i64>() {
        Err(error) if error.is_instance_of::<PyOverflowError>(x.py()) => Ok(if x.lt(0)? { i64::MIN } else { i64::MAX }),
        found => found,
    }
}

/// So many decimals; what Python says of others, which torch keeps until something is printed.
fn decimals(n: i64) -> PyResult<u16> {
    if n < 0 {
        return Err(PyValueError::new_err("Format specifier missing precision"));
    }
    u16::try_from(n).map_err(|_| PyValueError::new_err("Too many decimal digits in format string"))
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
