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
mod limits;
mod machine;
mod modes;
mod node;
mod numpy;
mod print;
mod rows;

use crate::tape;
use pyo3::prelude::*;

/// How many records of each kind are alive.
#[pyfunction]
fn _live_records() -> Vec<(&'static str, usize)> {
    tape::live().to_vec()
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
    methods.push(ffi::memory::method());
    module.add("Tensor", ffi::object::create(py, &methods)?)?;
    ffi::call::register(module)?;
    dtype::register(module)?;
    device::register(module)?;
    limits::register(module)?;
    create::register(module)?;
    generator::register(module)?;
    numpy::register(module)?;
    machine::register(module)?;
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
        wrap_pyfunction!(_panic, module)?,
        wrap_pyfunction!(print::set_printoptions, module)?,
        wrap_pyfunction!(print::_draw, module)?,
    ] {
        module.add_function(function)?;
    }
    Ok(())
}
