//! What the library does with the machine: its threads, its memory, its instruction set.

use super::ffi::call::texts::typename_of;
use super::ffi::pending;
use super::modes::no_arguments;
use crate::buffers;
use crate::kernels::level::{self, Level};
use crate::kernels::workers;
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyTuple};

/// How many threads share a long kernel: what `set_num_threads` said, else the environment variable `OMP_NUM_THREADS`,
/// else as many as the system lets this process use. The number changes no bit of any result.
#[pyfunction]
#[pyo3(signature = (*args, **keywords), text_signature = "()")]
fn get_num_threads(args: &Bound<'_, PyTuple>, keywords: Option<&Bound<'_, PyDict>>) -> PyResult<usize> {
    no_arguments("get_num_threads", args, keywords)?;
    Ok(workers::threads())
}

/// Lets `int` threads share each long kernel.
///
/// Raises RuntimeError for what is no positive int, ValueError for more than 2147483647.
#[pyfunction]
#[pyo3(signature = (*args, **keywords), text_signature = "(int, /)")]
fn set_num_threads(args: &Bound<'_, PyTuple>, keywords: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
    if keywords.is_some_and(|keywords| !keywords.is_empty()) {
        return Err(PyTypeError::new_err("torch.set_num_threads() takes no keyword arguments"));
    }
    if args.len() != 1 {
        let text = format!("torch.set_num_threads() takes exactly one argument ({} given)", args.len());
        return Err(PyTypeError::new_err(text));
    }
    let n = args.get_item(0)?;
    if !n.is_exact_instance_of::<PyInt>() {
        let text = format!("set_num_threads expects an int, but got {}", typename_of(&n));
        return Err(PyRuntimeError::new_err(text));
    }
    let n: i64 = n.extract().map_err(|_| PyValueError::new_err("Overflow when unpacking long long"))?;
    let n = i32::try_from(n).map_err(|_| PyValueError::new_err("Overflow when unpacking long"))?;
    if n < 1 {
        return Err(PyRuntimeError::new_err("set_num_threads expects a positive integer"));
    }
    workers::set_threads(n as usize);
    Ok(())
}

/// Bytes that wait to be used again, bytes taken from the system and not given back, and how many may wait.
#[pyfunction]
fn _memory() -> (usize, usize, usize) {
    let (cached, held) = buffers::usage();
    (cached, held, buffers::limit())
}

/// Gives memory that waits back to the system; returns the number of bytes.
#[pyfunction]
fn _release_memory() -> usize {
    buffers::release_cached()
}

/// Lets so many bytes wait at most.
#[pyfunction]
fn _limit_memory(bytes: usize) {
    buffers::set_limit(bytes);
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
    let level = Level::named(name).ok_or_else(|| PyValueError::new_err(format!("no such level: {name:?}")))?;
    level::set_level(level).map_err(|_| PyRuntimeError::new_err(format!("this processor lacks what {name:?} needs")))
}

/// Waits for the kernels of other threads; called at the end of the process.
#[pyfunction]
fn _end(py: Python<'_>) {
    pending::end(py);
}

/// Adds what stands here to the module.
///
/// # Errors
/// Python's own where it has no memory.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(get_num_threads, module)?)?;
    module.add_function(wrap_pyfunction!(set_num_threads, module)?)?;
    let end = wrap_pyfunction!(_end, module)?;
    module.py().import("atexit")?.call_method1("register", (end,))?;
    module.add_function(wrap_pyfunction!(_memory, module)?)?;
    module.add_function(wrap_pyfunction!(_release_memory, module)?)?;
    module.add_function(wrap_pyfunction!(_limit_memory, module)?)?;
    module.add_function(wrap_pyfunction!(_level, module)?)?;
    module.add_function(wrap_pyfunction!(_set_level, module)?)
}
