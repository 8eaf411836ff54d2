//! Tensors from Python's objects; and what copies and pickles of tensors need.
//!
//! Factories, which take sizes and numbers, are rows (`ops::factories`). What must not come here: a kernel, or anything
//! that an operator does.

mod aliases;
pub(super) mod nested;
mod objects;

use pyo3::prelude::*;

/// Adds what is defined here to the module.
///
/// # Errors
/// Python's own where it has no memory.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    objects::register(module)?;
    aliases::register(module)
}
