//! Numbers: Python's, NumPy's scalars, and the core's.

use super::super::guard::raised;
use super::super::handles::tensor_ref;
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::ops::row::{Overload, Rule};
use crate::ops::signature::Kind;
use crate::tensor::Tensor;
use pyo3::sync::PyOnceLock;
use pyo3::{ffi, prelude::*};
use std::ffi::c_int;

/// What an object is as a number.
pub enum Number {
    /// None.
    Not,
    /// This one.
    Is(Scalar),
    /// An integer that only 64 bits without a sign hold. What it means depends on the tensors beside
    /// it: see [`narrow`].
    Wide(u64),
}

/// What an object is as a whole number.
pub enum Whole {
    /// None.
    Not,
    /// This one.
    Is(i64),
    /// An integer beyond 64 bits.
    Overflow,
}

/// The functions that make a number an element of their first tensor's type, or refuse it.
const ELEMENT_OF_FIRST: &[&str] =
    &["fill", "masked_fill", "index_fill", "scatter", "clamp", "clip", "clamp_min", "clamp_max"];

/// Argument `i` of a call with tensors of such types. torch computes an integer of 2^63 to 2^64 - 1 modulo 2^64 beside
/// integer tensors, and as a float beside others or where the result is one; the core's integers are 64 bits with a sign,
/// so the choice is made here.
///
/// # Errors
/// torch's, where it would have to be an element of a type of integers, or is beside truth values.
#[cold]
pub fn narrow(overload: &Overload, i: usize, wide: u64, mut types: impl Iterator<Item = DType>) -> Result<Scalar> {
    let name = overload.signature.name.trim_end_matches('_');
    let of_first = ELEMENT_OF_FIRST.contains(&name);
    let common = if of_first { types.next() } else { types.reduce(DType::promote) };
    let float = match common {
        None => false,
        Some(common) if !common.is_integral() => true,
        Some(common) => {
            // (The factor of a difference is negated first, modulo 2^64.)
            let factor = overload.signature.params().get(i).is_some_and(|p| p.kind == Kind::Factor);
            let is_element = of_first || factor || name == "where";
            let exponent = name == "pow" && i == 1;
            if exponent || is_element && common != DType::Bool {
                return Err(Error::overflow(if exponent { DType::Int64 } else { common }));
            }
            let integral = matches!(name, "trapezoid" | "trapz" | "cumulative_trapezoid");
            let alone = integral || matches!(name, "sub" | "subtract" | "rsub" | "float_power" | "norm");
            let promotes = (i < 2 || name == "where") && !of_first && !alone;
            if common == DType::Bool && (promotes || name.starts_with("clamp") || name == "clip") {
                return Err(no_unsigned("Bool", "UInt64"));
            }
            // These choose among their own rows.
            let chooses = integral || matches!(name, "copysign" | "xlogy" | "special_xlogy" | "float_power");
            chooses || overload.plain.is_some_and(|(_, row)| row.rule == Rule::Float)
        }
    };
    Ok(if float { Scalar::Float(wide as f64) } else { Scalar::Int(wide as i64) })
}

/// torch's refusal to promote two types of which one is unsigned and wide.
pub fn no_unsigned(a: &str, b: &str) -> Error {
    Error::runtime(format!(
        "Promotion for uint16, uint32, uint64 types is not supported, attempted to promote {a} and {b}"
    ))
}

/// The element type that the type of a number other than an int stands for.
///
/// # Errors
/// As [`number`].
///
/// # Safety
/// As [`number`].
pub unsafe fn type_of(object: *mut ffi::PyObject) -> Result<Option<DType>> {
    // SAFETY: the caller's promise.
    unsafe {
        // An int, of whatever size, is a device's number.
        if ffi::Py_TYPE(object) == &raw mut ffi::PyLong_Type {
            return Ok(None);
        }
        Ok(match number(object)? {
            Number::Is(Scalar::Float(_)) => Some(DType::Float64),
            Number::Is(Scalar::Bool(_)) => Some(DType::Bool),
            Number::Is(Scalar::Complex(..)) => Some(DType::Complex128),
            _ => None,
        })
    }
}

/// The real number that `object` is, where torch wants a `float`: an int of any size, or a bool, stands for one.
///
/// # Errors
/// Python's OverflowError for an int beyond float64, and whatever a subclass's conversion raises.
///
/// # Safety
/// As [`number`].
pub unsafe fn real_number(object: *mut ffi::PyObject) -> Result<Option<f64>> {
    // SAFETY: the caller's promise; the type is looked at first.
    unsafe {
        if ffi::PyLong_Check(object) != 0 {
            let value = ffi::PyLong_AsDouble(object);
            return if value == -1.0 && failed() { Err(python_error()) } else { Ok(Some(value)) };
        }
        Ok(match number(object)? {
            Number::Is(Scalar::Complex(..)) | Number::Not => None,
            Number::Is(scalar) => Some(scalar.to_f64()),
            Number::Wide(wide) => Some(wide as f64),
        })
    }
}

#[cold]
fn python_error() -> Error {
    // SAFETY: everything in this file runs with the lock held.
    raised(unsafe { Python::assume_attached() })
}

/// Whether a C function set an exception beside returning `-1`.
fn failed() -> bool {
    // SAFETY: everything in this file runs with the lock held.
    unsafe { !ffi::PyErr_Occurred().is_null() }
}

/// As [`number`], for the parts of the binding that PyO3 writes.
///
/// # Errors
/// As [`number`].
pub fn of(object: &Bound<'_, PyAny>) -> Result<Number> {
    // SAFETY: the borrowed `Bound` holds the lock and a reference.
    unsafe { number(object.as_ptr()) }
}

/// The number that `object` is: a Python number or a NumPy scalar, no tensor.
///
/// # Errors
/// Python's OverflowError for an integer beyond 64 bits, and whatever a subclass's conversion raises.
///
/// # Safety
/// The interpreter's lock is held, and `object` is referred to meanwhile.
#[inline]
pub unsafe fn number(object: *mut ffi::PyObject) -> Result<Number> {
    // SAFETY: the caller's promise; each function gets an object of the type that it wants.
    unsafe {
        let kind = ffi::Py_TYPE(object);
        if kind == &raw mut ffi::PyFloat_Type {
            Ok(Number::Is(Scalar::Float(ffi::PyFloat_AsDouble(object))))
        } else if kind == &raw mut ffi::PyLong_Type {
            integer(object)
        } else if object == ffi::Py_True() || object == ffi::Py_False() {
            Ok(Number::Is(Scalar::Bool(object == ffi::Py_True())))
        } else {
            unusual(object, kind)
        }
    }
}

/// # Safety
/// As [`number`], and `object` is an int.
#[inline]
unsafe fn integer(object: *mut ffi::PyObject) -> Result<Number> {
    let mut overflow: c_int = 0;
    // SAFETY: the caller's promise.
    let value = unsafe { ffi::PyLong_AsLongLongAndOverflow(object, &mut overflow) };
    if overflow == 0 {
        return Ok(Number::Is(Scalar::Int(value)));
    }
    // SAFETY: the caller's promise. It raises what torch raises, for both signs.
    let wide = unsafe { ffi::PyLong_AsUnsignedLongLong(object) };
    if failed() { Err(python_error()) } else { Ok(Number::Wide(wide)) }
}

/// Complex numbers, subclasses of Python's numbers (`numpy.float64` is one) and NumPy's scalars.
///
/// # Safety
/// As [`number`].
#[cold]
#[inline(never)]
unsafe fn unusual(object: *mut ffi::PyObject, kind: *mut ffi::PyTypeObject) -> Result<Number> {
    // SAFETY: the caller's promise, and all of these are types.
    let is = |base: *mut ffi::PyTypeObject| unsafe { ffi::PyType_IsSubtype(kind, base) != 0 };
    // SAFETY: the caller's promise; each function gets an object of the type that it wants.
    unsafe {
        if is(&raw mut ffi::PyFloat_Type) {
            return real(object);
        }
        if is(&raw mut ffi::PyLong_Type) {
            return integer(object);
        }
        if is(&raw mut ffi::PyComplex_Type) {
            return Ok(Number::Is(Scalar::Complex(
                ffi::PyComplex_RealAsDouble(object),
                ffi::PyComplex_ImagAsDouble(object),
            )));
        }
        match numpy_kind(kind) {
            None => Ok(Number::Not),
            Some(NumPy::Bool) => match ffi::PyObject_IsTrue(object) {
                -1 => Err(python_error()),
                truth => Ok(Number::Is(Scalar::Bool(truth != 0))),
            },
            Some(NumPy::Integer) => with_index(object, |index| integer(index)),
            Some(NumPy::Floating) => real(object),
            Some(NumPy::Complex) => {
                let converted = ffi::PyObject_CallFunctionObjArgs(
                    (&raw mut ffi::PyComplex_Type).cast(),
                    object,
                    std::ptr::null_mut::<ffi::PyObject>(),
                );
                if converted.is_null() {
                    return Err(python_error());
                }
                let parts =
                    Scalar::Complex(ffi::PyComplex_RealAsDouble(converted), ffi::PyComplex_ImagAsDouble(converted));
                ffi::Py_DECREF(converted);
                Ok(Number::Is(parts))
            }
        }
    }
}

/// # Safety
/// As [`number`].
unsafe fn real(object: *mut ffi::PyObject) -> Result<Number> {
    // SAFETY: the caller's promise.
    let value = unsafe { ffi::PyFloat_AsDouble(object) };
    if value == -1.0 && failed() { Err(python_error()) } else { Ok(Number::Is(Scalar::Float(value))) }
}

/// Runs `f` on the int that `object.__index__()` gives.
///
/// # Safety
/// As [`number`].
unsafe fn with_index<R>(object: *mut ffi::PyObject, f: impl FnOnce(*mut ffi::PyObject) -> Result<R>) -> Result<R> {
    // SAFETY: the caller's promise; the new reference is dropped after its use.
    unsafe {
        let index = ffi::PyNumber_Index(object);
        if index.is_null() {
            return Err(python_error());
        }
        let result = f(index);
        ffi::Py_DECREF(index);
        result
    }
}

/// # Safety
/// As [`number`], and `object` is an int.
#[inline]
unsafe fn signed(object: *mut ffi::PyObject) -> Whole {
    let mut overflow: c_int = 0;
    // SAFETY: the caller's promise.
    let value = unsafe { ffi::PyLong_AsLongLongAndOverflow(object, &mut overflow) };
    if overflow == 0 { Whole::Is(value) } else { Whole::Overflow }
}

/// The whole number that an int, and no object of a class derived from it, is; None for all else and beyond 64 bits.
///
/// # Safety
/// As [`number`].
#[inline(always)]
pub unsafe fn exact(object: *mut ffi::PyObject) -> Option<i64> {
    // SAFETY: the caller's promise; the type is looked at first.
    unsafe {
        if ffi::Py_TYPE(object) != &raw mut ffi::PyLong_Type {
            return None;
        }
        match signed(object) {
            Whole::Is(n) => Some(n),
            _ => None,
        }
    }
}

/// The whole number that `object` is, where torch wants an `int`: no bool, nothing else that merely
/// has `__index__`.
///
/// # Errors
/// What a conversion raises.
///
/// # Safety
/// As [`number`].
#[inline]
pub unsafe fn whole(object: *mut ffi::PyObject) -> Result<Whole> {
    // SAFETY: the caller's promise.
    unsafe {
        let kind = ffi::Py_TYPE(object);
        if kind == &raw mut ffi::PyLong_Type { Ok(signed(object)) } else { unusual_whole(object, kind) }
    }
}

/// # Safety
/// As [`number`].
#[cold]
#[inline(never)]
unsafe fn unusual_whole(object: *mut ffi::PyObject, kind: *mut ffi::PyTypeObject) -> Result<Whole> {
    // SAFETY: the caller's promise; both are types.
    unsafe {
        if kind == &raw mut ffi::PyBool_Type {
            return Ok(Whole::Not);
        }
        if ffi::PyType_IsSubtype(kind, &raw mut ffi::PyLong_Type) != 0 {
            return Ok(signed(object));
        }
        if let Some(tensor) = tensor_ref(object) {
            return whole_of(tensor);
        }
        match numpy_kind(kind) {
            Some(NumPy::Integer) => with_index(object, |index| Ok(signed(index))),
            _ => Ok(Whole::Not),
        }
    }
}

/// As [`whole`], where torch wants an element of a size: whatever has `__index__`, bools at the caller's
/// choice (torch refuses one only in front).
///
/// # Safety
/// As [`number`].
#[inline]
pub unsafe fn extent(object: *mut ffi::PyObject, bools: bool) -> Result<Whole> {
    // SAFETY: the caller's promise.
    unsafe {
        let kind = ffi::Py_TYPE(object);
        if kind == &raw mut ffi::PyLong_Type {
            return Ok(signed(object));
        }
        if kind == &raw mut ffi::PyBool_Type && !bools {
            return Ok(Whole::Not);
        }
        if let Some(tensor) = tensor_ref(object) {
            return whole_of(tensor);
        }
        if ffi::PyIndex_Check(object) == 0 {
            return Ok(Whole::Not);
        }
        // An object that has the method and refuses (a NumPy array of more than one element) is none.
        let index = ffi::PyNumber_Index(object);
        if index.is_null() {
            let error = python_error();
            let error = error.into_host::<PyErr>()?;
            let py = Python::assume_attached();
            return if error.is_instance_of::<pyo3::exceptions::PyTypeError>(py) {
                Ok(Whole::Not)
            } else {
                Err(error.into())
            };
        }
        let value = signed(index);
        ffi::Py_DECREF(index);
        Ok(value)
    }
}

/// A 0-d integer tensor stands for its element, unless that would cut a graph.
fn whole_of(tensor: &Tensor) -> Result<Whole> {
    if tensor.ndim() != 0 || tensor.requires_grad() || tensor.dtype().category() != crate::dtype::Category::Integral {
        return Ok(Whole::Not);
    }
    Ok(Whole::Is(tensor.item()?.to_i64()))
}

/// The Python number of a scalar, as a new reference; null with an exception set where there is no memory.
///
/// # Safety
/// The interpreter's lock is held.
pub unsafe fn to_python(scalar: Scalar) -> *mut ffi::PyObject {
    // SAFETY: the caller's promise.
    unsafe {
        match scalar {
            Scalar::Bool(truth) => ffi::PyBool_FromLong(truth.into()),
            Scalar::Int(value) => ffi::PyLong_FromLongLong(value),
            Scalar::Float(value) => ffi::PyFloat_FromDouble(value),
            Scalar::Complex(re, im) => ffi::PyComplex_FromDoubles(re, im),
        }
    }
}

#[derive(Clone, Copy)]
enum NumPy {
    Bool,
    Integer,
    Floating,
    Complex,
}

const CLASSES: [(&str, NumPy); 4] = [
    ("bool_", NumPy::Bool),
    ("integer", NumPy::Integer),
    ("floating", NumPy::Floating),
    ("complexfloating", NumPy::Complex),
];

/// Which kind of NumPy scalar a type is. It imports nothing: where NumPy is not loaded, none exists.
fn numpy_kind(kind: *mut ffi::PyTypeObject) -> Option<NumPy> {
    static FOUND: PyOnceLock<[Py<PyAny>; 4]> = PyOnceLock::new();
    // SAFETY: everything in this file runs with the lock held.
    let py = unsafe { Python::assume_attached() };
    let classes = FOUND
        .get_or_try_init(py, || -> PyResult<_> {
            let numpy = py.import("sys")?.getattr("modules")?.get_item("numpy")?;
            let class = |i: usize| numpy.getattr(CLASSES[i].0).map(Bound::unbind);
            Ok([class(0)?, class(1)?, class(2)?, class(3)?])
        })
        // A NumPy that is half imported, or absent, is looked for again next time.
        .ok()?;
    // SAFETY: `kind` is a type, and NumPy's four are.
    let is = |class: &Py<PyAny>| unsafe { ffi::PyType_IsSubtype(kind, class.as_ptr().cast()) != 0 };
    classes.iter().position(is).map(|i| CLASSES[i].1)
}
