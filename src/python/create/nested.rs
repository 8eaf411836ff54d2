//! Nested sequences of numbers: from Python's lists to a tensor and back.
//!
//! As torch does it: the first elements give the shape, all elements the type, and then each is stored by
//! the conversion that its type has. What must not come here: arrays as a whole (`python/numpy.rs`).

use crate::create::default_dtype;
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::python::errors;
use crate::python::ffi::call::texts::typename_of;
use crate::python::ffi::{exchange, handles};
use crate::python::numpy;
use crate::tape::record::flags;
use crate::tensor::Tensor;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyComplex, PyFloat, PyInt, PyList, PyString, PyTuple};
use std::sync::atomic::{AtomicBool, Ordering};

/// How deep sequences may nest: torch's bound, which also ends the search in `"a"`, whose first element is `"a"`.
const DEEPEST: usize = 128;

/// A tensor of the numbers in `data`, a number or nested sequences, of type `dtype` or of the one they have together.
///
/// # Errors
/// torch's, for ragged sequences, for objects that are no numbers and for numbers that do not fit.
pub fn from_python(data: &Bound<'_, PyAny>, dtype: Option<DType>) -> Result<Tensor> {
    if is_text(data) {
        return Err(invalid(data));
    }
    if let Ok(list) = data.cast_exact::<PyList>()
        && let Some(made) = of_arrays(list, dtype)?
    {
        return Ok(made);
    }
    let shape = shape_of(data)?;
    let dtype = match dtype {
        Some(dtype) => dtype,
        None => infer(data, 0)?,
    };
    let count = crate::shape::numel(&shape).ok_or_else(|| Error::storage_overflow(&shape))? as usize;
    // One type for each kind of conversion; the copy into the tensor narrows.
    if dtype.is_complex() {
        gather(data, &shape, count, dtype, complex)
    } else if dtype == DType::Float32 {
        // Asked for most often, and not converted twice.
        gather(data, &shape, count, dtype, |object| Ok(real(object)? as f32))
    } else if dtype.is_floating_point() {
        gather(data, &shape, count, dtype, real)
    } else if dtype == DType::Bool {
        gather(data, &shape, count, dtype, |object| Ok(u8::from(truth(object)?)))
    } else {
        gather(data, &shape, count, dtype, |object| integer(object, dtype))
    }
}

/// The tensor of indices, or the mask, that a sequence as a key stands for: bools and bytes stay, other numbers
/// are cut to whole ones.
///
/// # Errors
/// As [`from_python`], in the order in which torch looks: types before extents.
pub fn indices(data: &Bound<'_, PyAny>) -> Result<Tensor> {
    if is_text(data) {
        return Err(invalid(data));
    }
    if numpy::is_array(data) {
        return indices_of_array(data);
    }
    let dtype = whole_or_mask(Some(infer(data, 0)?));
    from_python(data, Some(dtype))
}

/// Bools and bytes are masks; everything else becomes whole numbers.
fn whole_or_mask(dtype: Option<DType>) -> DType {
    dtype.filter(|&dtype| matches!(dtype, DType::Bool | DType::UInt8)).unwrap_or(DType::Int64)
}

/// NumPy converts, since it knows more types than there are here. An array without dimensions is no sequence.
fn indices_of_array(array: &Bound<'_, PyAny>) -> Result<Tensor> {
    let dtype = whole_or_mask(numpy::dtype_of(array).unwrap_or(None));
    let whole = if dtype == DType::Int64 { array.call_method1("astype", ("int64",))? } else { array.clone() };
    let dimensions = array.getattr("ndim")?.extract::<usize>()?;
    let data = if dimensions == 0 { whole.call_method0("item")? } else { whole };
    let extents = array.getattr("shape")?.extract::<Vec<i64>>()?;
    if extents.contains(&0) {
        // Extents behind one of 0 show in no element.
        return Tensor::empty(&extents, dtype);
    }
    from_python(&data, Some(dtype))
}

fn is_text(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance_of::<PyString>() || object.is_instance_of::<PyBytes>()
}

#[cold]
fn invalid(object: &Bound<'_, PyAny>) -> Error {
    Error::type_error(format!("new(): invalid data type '{}'", typename_of(object)))
}

#[cold]
fn too_deep(object: &Bound<'_, PyAny>) -> Error {
    Error::value(format!("too many dimensions '{}'", typename_of(object)))
}

/// The extents that the first elements show.
fn shape_of(data: &Bound<'_, PyAny>) -> Result<Vec<i64>> {
    let mut shape = Vec::new();
    let mut at = data.clone();
    // A tensor among the elements is a number.
    while exchange::is_sequence(&at) && handles::tensor(&at).is_none() {
        let n = at.len()?;
        shape.push(n as i64);
        if shape.len() > DEEPEST {
            return Err(too_deep(&at));
        }
        if n == 0 {
            break;
        }
        let unshaped = |_| Error::value(format!("could not determine the shape of object type '{}'", typename_of(&at)));
        at = at.get_item(0).map_err(unshaped)?;
    }
    Ok(shape)
}

/// The type that an object has: torch's `result_type` of all numbers in it.
fn infer(object: &Bound<'_, PyAny>, depth: usize) -> Result<DType> {
    if let Some(dtype) = plain(object) {
        return Ok(dtype);
    }
    if let Some(t) = handles::tensor(object) {
        return Ok(t.dtype());
    }
    // A list is none of NumPy's, and is asked for most often.
    if !object.is_exact_instance_of::<PyList>()
        && let Some(dtype) = numpy::dtype_of(object)?
    {
        return Ok(dtype);
    }
    if object.is_instance_of::<PyInt>() {
        return Ok(DType::Int64);
    }
    if object.is_instance_of::<PyFloat>() {
        return Ok(default_dtype());
    }
    if object.is_instance_of::<PyComplex>() {
        return Ok(default_dtype().complex());
    }
    if is_text(object) {
        return Err(invalid(object));
    }
    if !exchange::is_sequence(object) {
        return Err(Error::runtime(format!("Could not infer dtype of {}", typename_of(object))));
    }
    if depth >= DEEPEST {
        return Err(too_deep(object));
    }
    warn_of_arrays(object)?;
    let mut found: Option<DType> = None;
    // By place, as torch does: a pandas Series has NumPy's numbers there, and Python's where it is iterated.
    for i in 0..object.len()? {
        let item = object.get_item(i)?;
        if item.is(object) {
            return Err(Error::type_error("new(): self-referential lists are incompatible"));
        }
        let dtype = infer(&item, depth + 1)?;
        found = Some(found.map_or(dtype, |found| found.promote(dtype)));
    }
    Ok(found.unwrap_or_else(default_dtype))
}

/// The type of what Python's own numbers are.
#[inline]
fn plain(object: &Bound<'_, PyAny>) -> Option<DType> {
    if object.is_exact_instance_of::<PyFloat>() {
        Some(default_dtype())
    } else if object.is_exact_instance_of::<PyInt>() {
        Some(DType::Int64)
    } else if object.is_exact_instance_of::<PyBool>() {
        Some(DType::Bool)
    } else if object.is_exact_instance_of::<PyComplex>() {
        Some(default_dtype().complex())
    } else {
        None
    }
}

fn warn_of_arrays(object: &Bound<'_, PyAny>) -> Result<()> {
    static WARNED: AtomicBool = AtomicBool::new(false);
    let Ok(list) = object.cast_exact::<PyList>() else { return Ok(()) };
    if list.is_empty() || !numpy::is_array(&list.get_item(0)?) || WARNED.swap(true, Ordering::Relaxed) {
        return Ok(());
    }
    let text = "Creating a tensor from a list of numpy.ndarrays is extremely slow. Please consider converting the list to a \
                single numpy.ndarray with numpy.array() before converting to a tensor.";
    Ok(errors::warn(object.py(), text)?)
}

/// A tensor of a list of NumPy's arrays, as [`numpy::stacked`] makes it.
fn of_arrays(list: &Bound<'_, PyList>, dtype: Option<DType>) -> Result<Option<Tensor>> {
    if list.is_empty() || !numpy::is_exactly_array(&list.get_item(0)?) {
        return Ok(None);
    }
    // With a type torch does not look for one, and says nothing.
    if dtype.is_none() {
        warn_of_arrays(list)?;
    }
    numpy::stacked(list, dtype)
}

/// Runs `f` on each element; returns how many there were. One more than `most` is as many as too many: a user's
/// sequence may go on for ever.
fn each<'py>(
    object: &Bound<'py, PyAny>,
    most: i64,
    mut f: impl FnMut(&Bound<'py, PyAny>) -> Result<()>,
) -> Result<i64> {
    let mut n = 0;
    if let Ok(list) = object.cast_exact::<PyList>() {
        // By place: an element's conversion may run Python, which may shorten the list.
        while n < list.len() {
            f(&list.get_item(n)?)?;
            n += 1;
        }
    } else if let Ok(tuple) = object.cast_exact::<PyTuple>() {
        for item in tuple.iter_borrowed() {
            f(&item)?;
            n += 1;
        }
    } else {
        let items = object.try_iter().map_err(|error| {
            let unsuited = error.is_instance_of::<PyTypeError>(object.py());
            if unsuited { Error::type_error("not a sequence") } else { Error::from(error) }
        })?;
        for item in items {
            f(&item?)?;
            n += 1;
            if n as i64 > most {
                break;
            }
        }
    }
    Ok(n as i64)
}

/// Converts every number in `data` by `convert`, and copies them into a tensor.
fn gather<T: crate::storage::Element>(
    data: &Bound<'_, PyAny>,
    shape: &[i64],
    count: usize,
    dtype: DType,
    convert: impl Fn(&Bound<'_, PyAny>) -> Result<T>,
) -> Result<Tensor> {
    let mut values = Vec::new();
    values.try_reserve_exact(count).map_err(|_| Error::storage_overflow(shape))?;
    // An empty tensor has nothing to store, and torch looks no further: `[[], [1]]` is 2 by 0.
    if count > 0 {
        store(data, shape, 0, dtype, &convert, &mut values)?;
    }
    let made = Tensor::from_slice(&values, shape)?;
    if made.dtype() == dtype {
        return Ok(made);
    }
    let narrow = Tensor::empty(shape, dtype)?;
    crate::ops::copy::assign(&narrow, &made)?;
    Ok(narrow)
}

fn store<T: crate::storage::Element>(
    data: &Bound<'_, PyAny>,
    shape: &[i64],
    dim: usize,
    dtype: DType,
    convert: &impl Fn(&Bound<'_, PyAny>) -> Result<T>,
    values: &mut Vec<T>,
) -> Result<()> {
    let Some(&wanted) = shape.get(dim) else {
        values.push(convert(data)?);
        return Ok(());
    };
    // An array at once; a list is none, and is asked for most often.
    if !data.is_exact_instance_of::<PyList>()
        && let Some(elements) = numpy::elements::<T>(data, &shape[dim..], dtype)?
    {
        values.extend(elements);
        return Ok(());
    }
    let ragged = |n: i64| Error::value(format!("expected sequence of length {wanted} at dim {dim} (got {n})"));
    if let Ok(n) = data.len()
        && n as i64 != wanted
    {
        return Err(ragged(n as i64));
    }
    let mut taken = 0;
    let n = each(data, wanted, |item| {
        taken += 1;
        // A list that grows meanwhile must not make more values than there is room for.
        if taken > wanted { Ok(()) } else { store(item, shape, dim + 1, dtype, convert, values) }
    })?;
    if n == wanted { Ok(()) } else { Err(ragged(n)) }
}

/// The number of a tensor of one element, without a Python object for it; none where Python must be asked: of a subclass,
/// or for a warning or an error.
#[inline]
fn number_of(object: &Bound<'_, PyAny>) -> Result<Option<Scalar>> {
    match handles::tensor(object) {
        Some(t) if !t.0.has(flags::SUBCLASS) && t.numel() == 1 && !t.requires_grad() => t.item().map(Some),
        _ => Ok(None),
    }
}

fn real(object: &Bound<'_, PyAny>) -> Result<f64> {
    if let Ok(number) = object.cast_exact::<PyFloat>() {
        return Ok(number.value());
    }
    match number_of(object)? {
        Some(Scalar::Complex(..)) | None => Ok(object.extract()?),
        Some(number) => Ok(number.to_f64()),
    }
}

fn complex(object: &Bound<'_, PyAny>) -> Result<[f64; 2]> {
    if let Ok(number) = object.cast::<PyComplex>() {
        return Ok([number.real(), number.imag()]);
    }
    if let Ok(method) = object.getattr("__complex__") {
        let number = method.call0()?;
        let number = number.cast::<PyComplex>().map_err(PyErr::from)?;
        return Ok([number.real(), number.imag()]);
    }
    Ok([object.extract()?, 0.0])
}

/// torch reads a bool's place as a number: what is no number raises, though it may have a truth.
fn truth(object: &Bound<'_, PyAny>) -> Result<bool> {
    if let Ok(number) = object.cast::<PyFloat>() {
        return Ok(number.value() != 0.0);
    }
    // A tensor answers for itself: one of whole numbers is one.
    if handles::tensor(object).is_some() {
        return Ok(exchange::index_of(object)?.ok_or_else(|| not_whole(object))?.is_truthy()?);
    }
    let numeric = object.is_instance_of::<PyComplex>()
        || object.is_instance_of::<PyInt>()
        || numpy::dtype_of(object)?.is_some_and(|dtype| dtype.is_integral() || dtype == DType::Bool);
    if numeric {
        return Ok(object.is_truthy()?);
    }
    Ok(object.call_method0("__index__").map_err(|_| not_whole(object))?.is_truthy()?)
}

fn not_whole(object: &Bound<'_, PyAny>) -> Error {
    Error::type_error(format!("'{}' object cannot be interpreted as an integer", typename_of(object)))
}

/// An integer that `dtype` holds. Floats are cut; an unsigned type takes negative numbers modulo its size.
fn integer(object: &Bound<'_, PyAny>, dtype: DType) -> Result<i64> {
    let overflow = || Error::runtime(format!("value cannot be converted to type {} without overflow", dtype.name()));
    if let Ok(number) = object.cast::<PyFloat>() {
        let x = number.value();
        return if dtype.reaches(x) { Ok(x as i64) } else { Err(overflow()) };
    }
    let x = match object.extract::<i64>() {
        Ok(x) => x,
        Err(error) if error.is_instance_of::<pyo3::exceptions::PyOverflowError>(object.py()) => {
            return Err(Error::value(crate::python::ffi::args::sizes::OVERFLOW));
        }
        Err(error) => return Err(error.into()),
    };
    if dtype.counts(x) { Ok(x) } else { Err(overflow()) }
}

/// The elements of a tensor as Python numbers, in lists nested as its dimensions are.
///
/// # Errors
/// MemoryError.
pub fn to_list<'py>(py: Python<'py>, t: &Tensor) -> Result<Bound<'py, PyAny>> {
    let dtype = t.dtype();
    let shape = t.shape();
    if dtype.is_complex() {
        let values = t.to_vec::<[f64; 2]>()?;
        return nest(py, &shape, &mut values.into_iter().map(|[re, im]| Scalar::Complex(re, im)));
    }
    if dtype.is_floating_point() {
        return nest(py, &shape, &mut t.to_vec::<f64>()?.into_iter().map(Scalar::Float));
    }
    let values = t.to_vec::<i64>()?;
    let number = |x| if dtype == DType::Bool { Scalar::Bool(x != 0) } else { Scalar::Int(x) };
    nest(py, &shape, &mut values.into_iter().map(number))
}

fn nest<'py>(py: Python<'py>, shape: &[i64], values: &mut dyn Iterator<Item = Scalar>) -> Result<Bound<'py, PyAny>> {
    let Some((&n, inner)) = shape.split_first() else {
        return exchange::number(py, values.next().unwrap_or(Scalar::Int(0)));
    };
    exchange::list(py, n as usize, || nest(py, inner, values))
}
