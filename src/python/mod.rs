//! The Python module: what the crate is, as torch's names. No maths.
//!
//! The Tensor type is made by hand in [`ffi`], where all of the binding's unchecked code stands; everything on a cold path is
//! ordinary PyO3. What must not come here: a shape rule, a derivative, a kernel.

mod anomaly;
mod autograd;
mod create;
mod device;
mod dtype;
mod errors;
mod ffi;
mod forward;
mod function;
mod generator;
mod gradient;
mod hooks;
mod index;
mod modes;
mod node;
mod numpy;
mod print;
mod rows;

use crate::buffers;
use crate::kernels::level::{self, Level};
use crate::tape;
use pyo3::prelude::*;

/// How many records of each kind are alive.
#[pyfunction]
fn _live_records() -> Vec<(&'static str, usize)> {
    tape::live().to_vec()
}

/// Bytes that wait to be used again, and bytes taken from the system and not given back.
#[pyfunction]
fn _memory() -> (usize, usize) {
    buffers::usage()
}

/// Gives memory that waits back to the system; returns the number of bytes.
#[pyfunction]
fn _release_memory() -> usize {
    buffers::release_cached()
}

/// The instruction set that kernels use: "portable", "avx2" or "avx512".
#[pyfunction]
fn _level() -> String {
    level::level().name().to_string()
}

/// Makes kernels use an instruction set.
///
/// # Errors
/// ValueError for a name that is none, RuntimeError where this processor lacks it.
#[pyfunction]
fn _set_level(name: &str) -> PyResult<()> {
    let level = Level::named(name)
        .ok_or_else(|| pyo3::exceptions::PyValueError::new_err(format!("no such level: {name:?}")))?;
    level::set_level(level)
        .map_err(|_| pyo3::exceptions::PyRuntimeError::new_err(format!("this processor lacks what {name:?} needs")))
}

/// Panics, for the tests of what becomes of a panic.
#[pyfunction]
fn _panic() {
    panic!("on purpose");
}

/// The module. It needs the interpreter's lock: free-threaded builds are refused.
#[pymodule(gil_used = true)]
fn _wengert(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    ffi::guard::keep_panics_quiet();
    ffi::guard::make_panics_runtime_errors(py)?;
    ffi::pending::register();
    let mut methods = ffi::call::methods();
    methods.extend(ffi::backward::methods());
    methods.push(ffi::tolist::method());
    module.add("Tensor", ffi::object::create(py, &methods)?)?;
    ffi::call::register(module)?;
    dtype::register(module)?;
    device::register(module)?;
    create::register(module)?;
    generator::register(module)?;
    numpy::register(module)?;
    modes::register(module)?;
    node::register(module)?;
    hooks::register(module)?;
    function::register(module)?;
    forward::register(module)?;
    autograd::register(module)?;
    module.add_function(wrap_pyfunction!(ffi::registry::register, module)?)?;
    for function in [
        wrap_pyfunction!(_live_records, module)?,
        wrap_pyfunction!(rows::_rows, module)?,
        wrap_pyfunction!(rows::_row_of, module)?,
        wrap_pyfunction!(_memory, module)?,
        wrap_pyfunction!(_release_memory, module)?,
        wrap_pyfunction!(_level, module)?,
        wrap_pyfunction!(_panic, module)?,
        wrap_pyfunction!(_set_level, module)?,
        wrap_pyfunction!(print::set_printoptions, module)?,
        wrap_pyfunction!(print::_draw, module)?,
    ] {
        module.add_function(function)?;
    }
    Ok(())
}
