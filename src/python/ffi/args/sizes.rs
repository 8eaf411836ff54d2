//! Sizes and lists of dimensions: an int, a tuple, a list, or several arguments in a row; and the ends of slices.

use super::super::guard::raised;
use super::Bound;
use super::numbers::{self, Whole, extent};
use crate::buffers::PoolVec;
use crate::error::{Error, Result};
use crate::shape::Dims;
use pyo3::types::PySlice;
use pyo3::{Bound as Object, Python, ffi};

/// What an argument is as a list of dimensions.
pub enum Sizes {
    /// No such list.
    Not,
    /// This one.
    Are(Dims),
    /// A bare int beyond 64 bits.
    Overflow,
    /// A list whose element at this place (counted from 1) is no int; what torch says of it.
    Bad(usize, String),
}

/// Where a list's elements are: `element(i)` borrows one, or gives null where there are fewer by now.
struct Source<F: Fn(usize) -> *mut ffi::PyObject> {
    len: usize,
    element: F,
}

/// The dimensions that a tuple or list holds; a bare int too, where `bare` allows one.
///
/// # Errors
/// What an element's `__index__` raises.
///
/// # Safety
/// The interpreter's lock is held, and `object` is referred to meanwhile.
#[inline]
pub unsafe fn sizes(object: *mut ffi::PyObject, bare: bool) -> Result<Sizes> {
    // SAFETY: the caller's promise; a list can shrink while an element's `__index__` runs, and both
    // functions check the place.
    unsafe {
        if ffi::PyTuple_Check(object) != 0 {
            let len = ffi::PyTuple_Size(object) as usize;
            return collect(Source { len, element: |i| ffi::PyTuple_GetItem(object, i as ffi::Py_ssize_t) });
        }
        if ffi::PyList_Check(object) != 0 {
            let len = ffi::PyList_Size(object) as usize;
            return collect(Source { len, element: |i| ffi::PyList_GetItem(object, i as ffi::Py_ssize_t) });
        }
        if !bare {
            return Ok(Sizes::Not);
        }
        Ok(match extent(object, false)? {
            Whole::Not => Sizes::Not,
            Whole::Is(n) => Sizes::Are(Dims::Inline(1, [n, 0, 0, 0])),
            Whole::Overflow => Sizes::Overflow,
        })
    }
}

/// Appends what nearly every call gives: a tuple or list of at most four ints, or an int, where `bare` allows one. False,
/// with nothing appended, for all else.
///
/// # Safety
/// As [`sizes`].
#[inline]
pub unsafe fn put_inline(object: *mut ffi::PyObject, bare: bool, bound: &mut Bound<'_>) -> bool {
    // SAFETY: the caller's promise; nothing of Python's runs for elements that are ints, and others end it.
    unsafe {
        let kind = ffi::Py_TYPE(object);
        if kind == &raw mut ffi::PyLong_Type {
            bare && bound.inline_dims(1, |_| numbers::exact(object))
        } else if kind == &raw mut ffi::PyTuple_Type {
            let len = ffi::PyTuple_Size(object) as usize;
            len <= 4 && bound.inline_dims(len, |i| numbers::exact(ffi::PyTuple_GetItem(object, i as ffi::Py_ssize_t)))
        } else if kind == &raw mut ffi::PyList_Type {
            let len = ffi::PyList_Size(object) as usize;
            len <= 4 && bound.inline_dims(len, |i| numbers::exact(ffi::PyList_GetItem(object, i as ffi::Py_ssize_t)))
        } else {
            false
        }
    }
}

/// The same of `count` arguments in a row.
///
/// # Safety
/// As [`varargs`].
#[inline]
pub unsafe fn put_inline_varargs(args: *const *mut ffi::PyObject, count: usize, bound: &mut Bound<'_>) -> bool {
    // SAFETY: the caller's promise.
    count <= 4 && bound.inline_dims(count, |i| unsafe { numbers::exact(*args.add(i)) })
}

/// The dimensions given as `count` arguments in a row.
///
/// # Errors
/// As [`sizes`].
///
/// # Safety
/// The interpreter's lock is held, and `args` points to `count` objects that are referred to meanwhile.
#[inline]
pub unsafe fn varargs(args: *const *mut ffi::PyObject, count: usize) -> Result<Sizes> {
    // SAFETY: the caller's promise; `collect` asks for places below `count` alone.
    collect(Source { len: count, element: |i| unsafe { *args.add(i) } })
}

#[inline]
fn collect(source: Source<impl Fn(usize) -> *mut ffi::PyObject>) -> Result<Sizes> {
    let mut inline = [0; 4];
    let mut pooled = PoolVec::new();
    if source.len > 4 {
        pooled.reserve(source.len)?;
    }
    for i in 0..source.len {
        let object = (source.element)(i);
        if object.is_null() {
            // SAFETY: everything in this file runs with the lock held; the look-up set an exception.
            return Err(raised(unsafe { Python::assume_attached() }));
        }
        // SAFETY: held while its `__index__` runs, which may drop it from the list.
        let value = unsafe {
            ffi::Py_INCREF(object);
            let value = extent(object, i > 0);
            let value = match value {
                Ok(Whole::Not) if i == 0 => Ok(Err(Sizes::Not)),
                Ok(Whole::Not) => Ok(Err(Sizes::Bad(i + 1, not_an_int(object)))),
                Ok(Whole::Overflow) => Ok(Err(Sizes::Bad(i + 1, OVERFLOW.into()))),
                Ok(Whole::Is(n)) => Ok(Ok(n)),
                Err(error) => Err(error),
            };
            ffi::Py_DECREF(object);
            value
        };
        match value? {
            Ok(n) if source.len > 4 => pooled.push(n)?,
            Ok(n) => {
                if let Some(place) = inline.get_mut(i) {
                    *place = n;
                }
            }
            Err(bad) => return Ok(bad),
        }
    }
    Ok(Sizes::Are(if source.len > 4 { Dims::Pooled(pooled) } else { Dims::Inline(source.len as u64, inline) }))
}

/// What torch says of an integer beyond 64 bits where it wants a size.
pub const OVERFLOW: &str = "Overflow when unpacking long long";

/// # Safety
/// The interpreter's lock is held, and `object` is referred to meanwhile.
#[cold]
unsafe fn not_an_int(object: *mut ffi::PyObject) -> String {
    // SAFETY: the caller's promise.
    let name = unsafe { super::super::call::texts::typename(object) };
    format!("type must be tuple of ints,but got {name}")
}

/// torch's text for an element that is no size.
#[cold]
pub fn unpacking(function: &str, parameter: &str, place: usize, why: &str) -> Error {
    Error::type_error(format!(
        "{function}(): argument '{parameter}' failed to unpack the object at pos {place} with error \"{why}\""
    ))
}

/// A slice's start, end and step as Python itself reads them: what is left out is the whole, what lies beyond 64 bits its
/// end. One call, where each of the three attributes would be one.
///
/// # Errors
/// Python's, for what is no index, and for a step of 0.
#[inline]
pub fn slice_ends(slice: &Object<'_, PySlice>) -> Result<[i64; 3]> {
    let [mut start, mut end, mut step] = [0; 3];
    // SAFETY: it is a slice, and the lock is held, as the token in it says.
    let failed = unsafe { ffi::PySlice_Unpack(slice.as_ptr(), &mut start, &mut end, &mut step) } < 0;
    if failed { Err(raised(slice.py())) } else { Ok([start, end, step].map(|x| x as i64)) }
}
