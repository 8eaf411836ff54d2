//! `x[key]` and `x[key] = value`: Python's keys as entries of an index.

use super::create::nested;
use super::errors;
use super::ffi::args::numbers::{self, Number};
use super::ffi::args::sizes::{OVERFLOW, slice_ends};
use super::ffi::call::texts::typename_of;
use super::ffi::exchange;
use super::ffi::handles::{tensor, to_python};
use super::numpy;
use crate::buffers::PoolVec;
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::ops::apply::Operand;
use crate::ops::picks::index::{self, Index, Key};
use crate::tensor::Tensor;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyComplex, PyEllipsis, PyFloat, PyInt, PySlice, PyTuple};

/// torch's word for a list as a key whose entries make it a tuple. The release that it speaks of is past.
const NOT_A_TUPLE: &str = "Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in pytorch 2.9; use \
     x[tuple(seq)] instead of x[seq]. In pytorch 2.9 this will be interpreted as tensor index, x[torch.tensor(seq)], which \
     will result either in an error or a different result";
const TRUNCATED: &str = "Truncating the start/stop/step of slice. This is likely because of saved old models when the start/stop/step were \
     larger.";
/// More entries than there can be dimensions.
const MOST: usize = 65;
/// The least bound of a slice that torch lets through; it warns of lesser ones.
const LEAST: i64 = -(1 << 62);

/// A bound of a slice. What lies beyond 64 bits is beyond any dimension.
fn bound(object: &Bound<'_, PyAny>) -> Result<Option<i64>> {
    if object.is_none() {
        return Ok(None);
    }
    if object.is_exact_instance_of::<PyInt>()
        && let Ok(bound) = object.extract::<i64>()
        && bound >= LEAST
    {
        return Ok(Some(bound));
    }
    let index = exchange::index_of(object)?
        .ok_or_else(|| Error::type_error("slice indices must be integers or None or have an __index__ method"))?;
    let bound = match index.extract::<i64>() {
        Ok(bound) => bound,
        Err(_) if index.gt(0)? => i64::MAX,
        Err(_) => i64::MIN,
    };
    if bound < LEAST {
        errors::warn(object.py(), TRUNCATED)?;
    }
    Ok(Some(bound.max(LEAST)))
}

/// Start, end and step, looked at in Python's order: the step first.
fn bounds(slice: &Bound<'_, PySlice>) -> Result<[Option<i64>; 3]> {
    let ends = slice_ends(slice)?;
    if ends.iter().all(|&bound| bound >= LEAST) {
        return Ok(ends.map(Some));
    }
    let py = slice.py();
    let step = bound(&slice.getattr(intern!(py, "step"))?)?;
    if step == Some(0) {
        return Err(Error::value("slice step cannot be zero"));
    }
    Ok([bound(&slice.getattr(intern!(py, "start"))?)?, bound(&slice.getattr(intern!(py, "stop"))?)?, step])
}

/// Whether a key that is no tuple stands for one: NumPy's old rule for short sequences.
fn is_tuple_of_keys(key: &Bound<'_, PyAny>) -> bool {
    if !exchange::is_sequence(key) || tensor(key).is_some() || numpy::is_array(key) {
        return false;
    }
    // What a sequence cannot say of itself it is asked again, and complains of, when it is converted.
    let Ok(n) = key.len() else { return false };
    if n >= 32 {
        return false;
    }
    for i in 0..n {
        let Ok(part) = key.get_item(i) else { return false };
        let nested = tensor(&part).is_some() || exchange::is_sequence(&part);
        if nested || part.is_none() || part.is_instance_of::<PySlice>() || part.is_instance_of::<PyEllipsis>() {
            return true;
        }
    }
    false
}

/// How many dimensions a part of a key names.
fn named(part: &Bound<'_, PyAny>) -> usize {
    match tensor(part) {
        Some(t) if matches!(t.dtype(), DType::Bool | DType::UInt8) => t.ndim(),
        Some(_) => 1,
        None => {
            let none = part.is_none() || part.is_instance_of::<PyEllipsis>() || part.is_instance_of::<PyBool>();
            usize::from(!none)
        }
    }
}

fn whole(index: &Bound<'_, PyAny>) -> Result<Index> {
    index.extract::<i64>().map(Index::Int).map_err(|_| Error::value(OVERFLOW))
}

fn entry(part: &Bound<'_, PyAny>) -> Result<Index> {
    if part.is_instance_of::<PyBool>() {
        return Ok(Index::Bool(part.is_truthy()?));
    }
    if part.is_instance_of::<PyInt>() {
        return whole(part);
    }
    if let Ok(parts) = part.cast::<PySlice>() {
        let [start, end, step] = bounds(parts)?;
        return Ok(Index::Slice(start, end, step));
    }
    if part.is_none() {
        return Ok(Index::NewAxis);
    }
    if part.is_instance_of::<PyEllipsis>() {
        return Ok(Index::Ellipsis);
    }
    if let Some(t) = tensor(part) {
        return Ok(Index::Tensor(t.clone()));
    }
    if exchange::is_sequence(part) {
        return nested::indices(part).map(Index::Tensor);
    }
    // Whatever the method raises: the object is no index.
    match exchange::index_of(part) {
        Ok(Some(index)) => whole(&index),
        _ => Err(Error::index(format!(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got {})",
            typename_of(part)
        ))),
    }
}

/// The key that `object` is; `fills` where a single element is to be written.
/// The key's only entry.
fn one(entry: Index) -> Result<PoolVec<Index>> {
    let mut entries = PoolVec::new();
    entries.push(entry)?;
    Ok(entries)
}

fn read(t: &Tensor, object: &Bound<'_, PyAny>, fills: bool) -> Result<Key> {
    // What torch looks at before it makes a tuple of everything else.
    let simple = object.is_none()
        || object.is_instance_of::<PyEllipsis>()
        || object.is_instance_of::<PyBool>()
        || object.is_instance_of::<PyInt>()
        || object.is_instance_of::<PySlice>();
    if simple {
        return Ok(Key {
            specified: named(object).min(t.ndim()),
            entries: one(entry(object)?)?,
            alone: true,
            fault: None,
        });
    }
    let parts = if let Ok(tuple) = object.cast::<PyTuple>() {
        tuple.clone()
    } else if is_tuple_of_keys(object) {
        errors::warn(object.py(), NOT_A_TUPLE)?;
        // A user's sequence may go on for ever; more entries than dimensions there can be are refused anyway.
        let parts = object.try_iter()?.take(MOST).collect::<PyResult<Vec<_>>>()?;
        PyTuple::new(object.py(), parts)?
    } else {
        PyTuple::new(object.py(), [object])?
    };
    let specified = parts.iter_borrowed().map(|part| named(&part)).sum();
    let mut key = Key { entries: PoolVec::new(), specified, alone: false, fault: None };
    // Too many are refused before any is looked at.
    if specified > t.ndim() {
        return Ok(key);
    }
    for part in parts.iter_borrowed() {
        match entry(&part) {
            Ok(entry) => key.entries.push(entry)?,
            Err(error) => {
                key.fault = Some(error);
                break;
            }
        }
    }
    let bytes = |i: &&Index| matches!(i, Index::Tensor(m) if m.dtype() == DType::UInt8 && m.ndim() > 0);
    let count = key.entries.iter().filter(bytes).count();
    // One number and one such mask: torch refuses that before it warns.
    if !(fills && count == 1 && key.entries.iter().filter(|i| matches!(i, Index::Tensor(_))).count() == 1) {
        (0..count).try_for_each(|_| errors::warn(object.py(), index::OF_BYTES))?;
    }
    Ok(key)
}

/// `x[key]`.
///
/// # Errors
/// torch's IndexError or TypeError for a key that is out of range or of a wrong type.
pub fn get<'py>(object: &Bound<'py, PyAny>, t: &Tensor, key: &Bound<'py, PyAny>) -> Result<Bound<'py, PyAny>> {
    // One whole number or slice is by far the commonest key, and needs no list.
    if t.ndim() > 0 {
        if key.is_exact_instance_of::<PyInt>()
            && let Ok(i) = key.extract::<i64>()
        {
            return to_python(object.py(), crate::ops::shapes::reshape::select_at(t, 0, i)?);
        }
        if let Ok(slice) = key.cast_exact::<PySlice>() {
            return to_python(object.py(), index::get_slice(t, bounds(slice)?)?);
        }
    }
    to_python(object.py(), index::get(t, read(t, key, false)?)?)
}

/// `x[key] = value`.
///
/// # Errors
/// As [`get`], and where the value does not fit.
pub fn set(_: &Bound<'_, PyAny>, t: &Tensor, key: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> Result<()> {
    // torch makes a tensor of the value before it looks at the key.
    let made = match tensor(value) {
        Some(_) => None,
        None => Some(index::held(t, number(t, value)?)?),
    };
    let fills = tensor(value).is_none_or(|v| v.numel() == 1);
    let key = read(t, key, fills)?;
    // The value's record is looked up again: reading the key may have run anything.
    match made.as_ref().or(tensor(value)) {
        Some(v) => index::set(t, key, Operand::Tensor(v)),
        None => Err(Error::runtime("the value is no tensor any more")),
    }
}

/// A number that may be assigned: Python's own, its subclasses, and NumPy's whole ones.
fn number(t: &Tensor, value: &Bound<'_, PyAny>) -> Result<Scalar> {
    let suits = value.is_instance_of::<PyInt>()
        || value.is_instance_of::<PyFloat>()
        || value.is_instance_of::<PyComplex>()
        || (numpy::is_scalar(value) && exchange::index_of(value)?.is_some());
    let overflow = || Error::value(OVERFLOW);
    match if suits { numbers::of(value) } else { Ok(Number::Not) } {
        Ok(Number::Is(number)) => Ok(number),
        Ok(Number::Wide(_)) => Err(overflow()),
        Ok(Number::Not) => {
            let (kind, name) = (typename_of(value), t.dtype().scalar_name());
            Err(Error::type_error(format!("can't assign a {kind} to a torch.{name}Tensor")))
        }
        Err(_) if value.is_instance_of::<PyInt>() => Err(overflow()),
        Err(error) => Err(error),
    }
}
