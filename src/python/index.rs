//! `x[key]` and `x[key] = value`: Python's keys as entries of an index.

use super::create::nested::from_python;
use super::ffi::args::numbers::{self, Number};
use super::ffi::attributes::kind;
use super::ffi::call::texts::typename_of;
use super::ffi::handles::{tensor, to_python};
use crate::error::{Error, Result};
use crate::ops::apply::Operand;
use crate::ops::index::{self, Index};
use crate::tensor::{Tensor, fitted};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyEllipsis, PyInt, PyList, PySlice, PyTuple};

/// torch's text for an integer beyond 64 bits.
#[cold]
fn too_wide() -> Error {
    Error::value("Overflow when unpacking long long")
}

fn bound(object: &Bound<'_, PyAny>) -> Result<Option<i64>> {
    if object.is_none() {
        return Ok(None);
    }
    if let Some(t) = tensor(object) {
        return Ok(Some(t.item()?.to_i64()));
    }
    let index = object
        .call_method0("__index__")
        .map_err(|_| Error::type_error("slice indices must be integers or None or have an __index__ method"))?;
    // Bounds beyond 64 bits mean the end of any dimension.
    Ok(Some(index.extract::<i64>().unwrap_or(if index.gt(0)? { i64::MAX } else { i64::MIN })))
}

/// Whether a list or tuple as a key stands for a tuple of keys: torch's old rule for short ones.
fn is_tuple_of_keys(list: &Bound<'_, PyList>) -> bool {
    list.len() < 32
        && list.iter().any(|x| x.is_none() || x.is_instance_of::<PySlice>() || x.is_instance_of::<PyEllipsis>())
}

fn entry(key: &Bound<'_, PyAny>, entries: &mut Vec<Index>) -> Result<()> {
    entries.push(if key.is_instance_of::<PyBool>() {
        Index::Bool(key.extract::<bool>()?)
    } else if key.is_instance_of::<PyInt>() {
        Index::Int(key.extract::<i64>().map_err(|_| too_wide())?)
    } else if let Some(t) = tensor(key) {
        Index::Tensor(t.clone())
    } else if let Ok(slice) = key.cast::<PySlice>() {
        let step = bound(&slice.getattr("step")?)?;
        if step == Some(0) {
            return Err(Error::value("slice step cannot be zero"));
        }
        Index::Slice(bound(&slice.getattr("start")?)?, bound(&slice.getattr("stop")?)?, step)
    } else if key.is_none() {
        Index::NewAxis
    } else if key.is_instance_of::<PyEllipsis>() {
        Index::Ellipsis
    } else if key.is_instance_of::<PyList>() || key.is_instance_of::<PyTuple>() || key.hasattr("__array_interface__")? {
        let t = from_python(key, None)?;
        // An empty list names nothing; its type would be the default one.
        Index::Tensor(if t.numel() == 0 && !t.dtype().is_integral() { t.to(crate::DType::Int64)? } else { t.clone() })
    } else if let Ok(index) = key.call_method0("__index__") {
        Index::Int(index.extract::<i64>()?)
    } else {
        let name = kind(key)?;
        return Err(match name.as_str() {
            "str" => Error::type_error("new(): invalid data type 'str'"),
            _ => Error::index(format!(
                "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got \
                 {name})"
            )),
        });
    });
    Ok(())
}

fn entries(key: &Bound<'_, PyAny>) -> Result<Vec<Index>> {
    let mut entries = Vec::new();
    if let Ok(tuple) = key.cast::<PyTuple>() {
        for part in tuple.iter() {
            entry(&part, &mut entries)?;
        }
    } else if let Ok(list) = key.cast::<PyList>()
        && is_tuple_of_keys(list)
    {
        for part in list.iter() {
            entry(&part, &mut entries)?;
        }
    } else {
        entry(key, &mut entries)?;
    }
    Ok(entries)
}

/// `x[key]`.
///
/// # Errors
/// torch's IndexError or TypeError for a key that is out of range or of a wrong type.
pub fn get<'py>(object: &Bound<'py, PyAny>, t: &Tensor, key: &Bound<'py, PyAny>) -> Result<Bound<'py, PyAny>> {
    // One whole number is by far the commonest key, and needs no list.
    if key.is_exact_instance_of::<PyInt>()
        && t.ndim() > 0
        && let Ok(i) = key.extract::<i64>()
    {
        return to_python(object.py(), crate::ops::reshape::select_at(t, 0, i)?);
    }
    to_python(object.py(), index::get(t, &entries(key)?)?)
}

/// `x[key] = value`.
///
/// # Errors
/// As [`get`], and where the value does not fit.
pub fn set(_: &Bound<'_, PyAny>, t: &Tensor, key: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> Result<()> {
    // torch makes the value an element, or a tensor, before it looks at the key.
    if let Some(v) = tensor(value) {
        return index::set(t, &entries(key)?, Operand::Tensor(v));
    }
    if value.is_instance_of::<PyInt>() && value.extract::<i64>().is_err() {
        return Err(too_wide());
    }
    match numbers::of(value)? {
        Number::Is(s) => {
            fitted(s, t.dtype(), 1)?;
            index::set(t, &entries(key)?, Operand::Number(s))
        }
        _ => {
            let (name, to) = (typename_of(value), t.dtype().scalar_name());
            Err(Error::type_error(format!("can't assign a {name} to a torch.{to}Tensor")))
        }
    }
}
