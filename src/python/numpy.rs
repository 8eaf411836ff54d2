//! NumPy's arrays, without linking NumPy and without importing it before somebody asks for an array.
//!
//! Into tensors and out of them by way of the buffer protocol. What must not come
//! here: pointers (`ffi/exchange.rs` and `ffi/memory.rs` have them).

use super::create::nested;
use super::errors;
use super::ffi::args::Call;
use super::ffi::array_struct::Shown;
use super::ffi::call::own::Function;
use super::ffi::call::texts::typename_of;
use super::ffi::exchange::Buffer;
use super::ffi::handles::{tensor, to_python};
use super::ffi::memory::Memory;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::kernels;
use crate::ops::{edge, layout};
use crate::shape::Dims;
use crate::tape::mode;
use crate::tensor::Tensor;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyTuple, PyType};
use std::sync::atomic::AtomicBool;

/// NumPy's classes of arrays and of scalars, and those of the scalars that are elements of tensors.
struct Classes {
    array: Py<PyType>,
    scalar: Py<PyType>,
    elements: Vec<(Py<PyType>, DType)>,
}

/// Its classes; none where nobody has imported it, because then none exists.
fn classes<'py>(py: Python<'py>) -> Option<&'py Classes> {
    static FOUND: PyOnceLock<Classes> = PyOnceLock::new();
    if let Some(found) = FOUND.get(py) {
        return Some(found);
    }
    // Without an exception that would be dropped: this is asked of every element of a list.
    let modules = py.import("sys").ok()?.getattr("modules").ok()?.cast_into::<PyDict>().ok()?;
    let numpy = modules.get_item("numpy").ok()??;
    FOUND
        .get_or_try_init(py, || -> PyResult<_> {
            let class = |name| Ok::<_, PyErr>(numpy.getattr(name)?.cast_into::<PyType>()?.unbind());
            let mut elements = Vec::new();
            for dtype in DType::ALL {
                if let Some(name) = name_of(dtype) {
                    elements.push((class(if dtype == DType::Bool { "bool_" } else { name })?, dtype));
                }
            }
            Ok(Classes { array: class("ndarray")?, scalar: class("generic")?, elements })
        })
        // A NumPy that is absent or half imported is looked for again next time.
        .ok()
}

/// Whether `object` is a NumPy array.
pub fn is_array(object: &Bound<'_, PyAny>) -> bool {
    let py = object.py();
    classes(py).is_some_and(|known| object.is_instance(known.array.bind(py)).unwrap_or(false))
}

/// Whether `object` is an array of NumPy's own class, which runs no code of anybody else's.
pub fn is_exactly_array(object: &Bound<'_, PyAny>) -> bool {
    classes(object.py()).is_some_and(|known| object.get_type_ptr().cast() == known.array.as_ptr())
}

/// Whether `object` is a NumPy scalar.
pub fn is_scalar(object: &Bound<'_, PyAny>) -> bool {
    let py = object.py();
    classes(py).is_some_and(|known| object.is_instance(known.scalar.bind(py)).unwrap_or(false))
}

/// The element type of a NumPy array or scalar; none for other objects.
///
/// # Errors
/// torch's TypeError for types that tensors cannot have.
pub fn dtype_of(object: &Bound<'_, PyAny>) -> Result<Option<DType>> {
    let Some(known) = classes(object.py()) else { return Ok(None) };
    // By its class: of a list of scalars each is asked.
    let kind = object.get_type_ptr().cast();
    if let Some((_, dtype)) = known.elements.iter().find(|(class, _)| class.as_ptr() == kind) {
        return Ok(Some(*dtype));
    }
    if !is_array(object) && !is_scalar(object) {
        return Ok(None);
    }
    let dtype = object.getattr("dtype")?;
    let (kind, size): (char, usize) = (dtype.getattr("kind")?.extract()?, dtype.getattr("itemsize")?.extract()?);
    element(kind, size).map(Some).ok_or_else(|| unsupported(object))
}

/// The element type of one of NumPy's kinds and so many bytes.
pub fn element(kind: char, size: usize) -> Option<DType> {
    Some(match (kind, size) {
        ('b', 1) => DType::Bool,
        ('u', 1) => DType::UInt8,
        ('i', 1) => DType::Int8,
        ('i', 2) => DType::Int16,
        ('i', 4) => DType::Int32,
        ('i', 8) => DType::Int64,
        ('f', 2) => DType::Float16,
        ('f', 4) => DType::Float32,
        ('f', 8) => DType::Float64,
        ('c', 8) => DType::Complex64,
        ('c', 16) => DType::Complex128,
        _ => return None,
    })
}

#[cold]
fn unsupported(array: &Bound<'_, PyAny>) -> Error {
    let name = || -> PyResult<String> {
        let class = array.getattr("dtype")?.getattr("type")?;
        Ok(format!("{}.{}", class.getattr("__module__")?, class.getattr("__name__")?))
    };
    Error::type_error(format!(
        "can't convert np.ndarray of type {}. The only supported types are: float64, float32, float16, complex64, \
         complex128, int64, int32, int16, int8, uint8, and bool.",
        name().unwrap_or_default()
    ))
}

/// The element type that a buffer's format names, and whether its bytes are in this machine's order.
fn parse(format: &[u8], size: i64) -> (Option<DType>, bool) {
    let (order, code) = match format {
        [order @ (b'@' | b'=' | b'<' | b'>' | b'!'), code @ ..] => (*order, code),
        code => (b'@', code),
    };
    let native = size == 1 || !matches!(order, b'>' | b'!');
    let dtype = match (code, size) {
        (b"?", 1) => DType::Bool,
        (b"B", 1) => DType::UInt8,
        (b"b", 1) => DType::Int8,
        (b"h", 2) => DType::Int16,
        (b"i" | b"l" | b"q", 4) => DType::Int32,
        (b"i" | b"l" | b"q", 8) => DType::Int64,
        (b"e", 2) => DType::Float16,
        (b"f", 4) => DType::Float32,
        (b"d", 8) => DType::Float64,
        (b"Zf", 8) => DType::Complex64,
        (b"Zd", 16) => DType::Complex128,
        _ => return (None, native),
    };
    (Some(dtype), native)
}

/// An array's memory with what a tensor over it would have: type, shape, strides in elements.
struct Layout {
    buffer: Buffer,
    dtype: DType,
    shape: Vec<i64>,
    strides: Vec<i64>,
}

fn layout_of(array: &Bound<'_, PyAny>) -> Result<Layout> {
    // Datetimes and the like have no buffer at all.
    let buffer = Buffer::of(array).map_err(|_| unsupported(array))?;
    let size = buffer.itemsize();
    let (shape, mut bytes) = (buffer.shape(), buffer.strides());
    // A buffer has strides of its own where no address depends on them; torch has the array's.
    let own: Vec<i64> = array.getattr("strides").and_then(|s| s.extract()).unwrap_or_default();
    let empty = shape.contains(&0);
    if own.len() == bytes.len() {
        for d in (0..bytes.len()).filter(|&d| empty || shape[d] == 1) {
            bytes[d] = own[d];
        }
    }
    if size <= 0 || buffer.is_indirect() || shape.len() != bytes.len() {
        return Err(unsupported(array));
    }
    if bytes.iter().any(|s| s % size != 0) {
        return Err(Error::value(
            "given numpy array strides not a multiple of the element byte size. Copy the numpy array to reallocate the \
             memory.",
        ));
    }
    if bytes.iter().any(|&s| s < 0) {
        return Err(Error::value(
            "At least one stride in the given numpy array is negative, and tensors with negative strides are not currently \
             supported. (You can probably work around this by making a copy of your array  with array.copy().) ",
        ));
    }
    let (dtype, native) = parse(buffer.format(), size);
    if !native {
        return Err(Error::value(
            "given numpy array has byte order different from the native byte order. Conversion between byte orders is \
             currently not supported.",
        ));
    }
    let dtype = dtype.ok_or_else(|| unsupported(array))?;
    Ok(Layout { buffer, dtype, shape, strides: bytes.iter().map(|s| s / size).collect() })
}

/// A tensor over the memory of a NumPy array.
///
/// # Errors
/// torch's, for types and layouts that tensors cannot have.
pub fn share(array: &Bound<'_, PyAny>) -> Result<Tensor> {
    let Layout { buffer, dtype, shape, strides } = layout_of(array)?;
    buffer.share(array.py(), dtype, &shape, &strides)
}

/// A tensor of its own with the elements of a NumPy array, of type `dtype` or the array's, which lies as the array does.
///
/// # Errors
/// As [`share`].
pub fn copy(array: &Bound<'_, PyAny>, dtype: Option<DType>) -> Result<Tensor> {
    let Layout { buffer, dtype: own, shape, strides } = layout_of(array)?;
    let made = Tensor::empty_strided(&shape, &layout::preserved_strides(&shape, &strides)?, dtype.unwrap_or(own))?;
    crate::tensor::done(buffer.read(own, &shape, &strides, |src| made.write(|dst| kernels::copy::copy(dst, src)))??)?;
    Ok(made)
}

/// A tensor that shares the memory of a NumPy array: a write to either is seen by both.
///
/// An array that must not be written is copied instead, with torch's warning.
///
/// Raises TypeError for other objects and for element types that tensors do not have, ValueError for
/// negative strides, strides that are no multiple of an element and foreign byte orders.
#[pyfunction]
#[pyo3(signature = (*args))]
fn from_numpy<'py>(py: Python<'py>, args: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
    let array = match args.len() {
        1 => args.get_item(0)?,
        n => {
            let text = format!("torch._VariableFunctionsClass.from_numpy() takes exactly one argument ({n} given)");
            return Err(Error::type_error(text).into());
        }
    };
    if !is_array(&array) {
        return Err(Error::type_error(format!("expected np.ndarray (got {})", typename_of(&array))).into());
    }
    Ok(to_python(py, share_and_warn(&array)?)?)
}

/// As [`share`], with torch's warning of an array that must not be written.
///
/// # Errors
/// As [`share`]; the warning, where it is made one.
pub fn share_and_warn(array: &Bound<'_, PyAny>) -> Result<Tensor> {
    warn_of_read_only(array)?;
    share(array)
}

/// torch's warning of an array that must not be written, once a process.
///
/// # Errors
/// As [`share`]; the warning, where it is made one.
pub fn warn_of_read_only(array: &Bound<'_, PyAny>) -> Result<()> {
    static WARNED: AtomicBool = AtomicBool::new(false);
    if !layout_of(array)?.buffer.writable() {
        errors::warn_once(
            array.py(),
            &WARNED,
            "The given NumPy array is not writable, and PyTorch does not support non-writable tensors. This means writing to \
             this tensor will result in undefined behavior. You may want to copy the array to protect its data or make it \
             writable before converting it to a tensor. This type of warning will be suppressed for the rest of this program.",
        )?;
    }
    Ok(())
}

/// What NumPy calls an element type; none for bfloat16, which it lacks.
fn name_of(dtype: DType) -> Option<&'static str> {
    Some(match dtype {
        DType::Bool => "bool",
        DType::UInt8 => "uint8",
        DType::Int8 => "int8",
        DType::Int16 => "int16",
        DType::Int32 => "int32",
        DType::Int64 => "int64",
        DType::Float16 => "float16",
        DType::BFloat16 => return None,
        DType::Float32 => "float32",
        DType::Float64 => "float64",
        DType::Complex64 => "complex64",
        DType::Complex128 => "complex128",
    })
}

/// NumPy's class of arrays and, by our numbers, its element types.
struct Made {
    array: Py<PyAny>,
    dtypes: [Option<Py<PyAny>>; DType::ALL.len()],
}

impl Made {
    /// What is made of it; NumPy is imported for that.
    fn get<'py>(py: Python<'py>) -> PyResult<&'py Made> {
        static MADE: PyOnceLock<Made> = PyOnceLock::new();
        MADE.get_or_try_init(py, || {
            let numpy = py.import("numpy")?;
            let mut dtypes = [const { None }; DType::ALL.len()];
            for dtype in DType::ALL {
                if let Some(name) = name_of(dtype) {
                    dtypes[dtype as usize] = Some(numpy.call_method1("dtype", (name,))?.unbind());
                }
            }
            Ok(Made { array: numpy.getattr("ndarray")?.unbind(), dtypes })
        })
    }
}

/// `numpy(*, force=False)`.
///
/// # Errors
/// torch's TypeError for other arguments; as [`shared`].
pub fn called<'py>(py: Python<'py>, call: &Call) -> PyResult<Bound<'py, PyAny>> {
    static FUNCTION: Function = Function::method("numpy(input, *, force: bool = False)");
    FUNCTION.with(py, call, |given| shared(py, given.own()?, given.arg(1).truth()))
}

/// What NumPy is given where it asks a tensor for an array.
#[pyfunction]
fn _to_numpy<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let t = tensor(object).ok_or_else(|| Error::type_error("a tensor is missing"))?;
    Ok(shared(object.py(), t, false)?)
}

/// The NumPy array over a tensor's memory; `force` overlooks its graph.
///
/// # Errors
/// RuntimeError where the tensor wants a gradient, TypeError for bfloat16.
pub fn shared<'py>(py: Python<'py>, t: &Tensor, force: bool) -> Result<Bound<'py, PyAny>> {
    if !force && mode::is_grad_enabled() && edge::wants_gradient(t) {
        return Err(Error::runtime(
            "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.",
        ));
    }
    let made = Made::get(py)?;
    let (dtype, shape, strides, offset) = {
        let g = t.geometry();
        let unsupported = || Error::type_error(format!("Got unsupported ScalarType {}", g.dtype.scalar_name()));
        let dtype = made.dtypes[g.dtype as usize].as_ref().ok_or_else(unsupported)?;
        // An array without elements has strides of 0, as those that NumPy makes.
        let item = if g.numel() == 0 { 0 } else { g.dtype.size() as i64 };
        (dtype, PyTuple::new(py, &*g.shape)?, PyTuple::new(py, g.strides.iter().map(|s| s * item))?, g.offset * item)
    };
    // The check that every element lies within, and no `Data` behind it that an array could write.
    t.write(|_| ())?;
    // An array over no elements may lie anywhere, but for NumPy not outside.
    let offset = if t.numel() == 0 { 0 } else { offset };
    Ok(made.array.bind(py).call1((shape, dtype.bind(py), Memory::of(py, t), offset, strides))?)
}

/// A copy of an array of this shape as elements of type `T`, where its own type goes into `dtype` without a question of
/// any element; None for other arrays and objects, whose elements are to be asked.
///
/// # Errors
/// MemoryError.
pub fn elements<T: crate::storage::Element>(
    object: &Bound<'_, PyAny>,
    shape: &[i64],
    dtype: DType,
) -> Result<Option<Vec<T>>> {
    if !is_array(object) {
        return Ok(None);
    }
    // What an array is refused for as a whole, its elements are not.
    let Ok(found) = layout_of(object) else { return Ok(None) };
    if !goes(found.dtype, dtype) || found.shape != shape || rounds_twice(found.dtype, T::DTYPE) {
        return Ok(None);
    }
    drop(found);
    // Truth values are converted as such, and read as numbers then.
    let through = if dtype == DType::Bool { DType::Bool } else { T::DTYPE };
    copy(object, Some(through))?.to_vec::<T>().map(Some)
}

/// Whether elements of one type become those of another without a question of any element.
fn goes(own: DType, dtype: DType) -> bool {
    own == dtype
        || dtype.is_complex()
        || (dtype.is_floating_point() && !own.is_complex())
        || (own.is_integral() && own != DType::Bool && (dtype == DType::Int64 || dtype == DType::Bool))
}

/// Whether an element of one type is a float64 on its way to the other, and is rounded there too.
fn rounds_twice(own: DType, dtype: DType) -> bool {
    own == DType::Int64 && matches!(dtype.real(), DType::Float32 | DType::Float16 | DType::BFloat16)
}

/// A tensor of the arrays in a list that are of one type and shape, of type `dtype` or of theirs; None for other lists,
/// whose elements are to be asked.
///
/// # Errors
/// Where there is no memory for it.
pub fn stacked(list: &Bound<'_, PyList>, dtype: Option<DType>) -> Result<Option<Tensor>> {
    let Some(first) = list.iter().next() else { return Ok(None) };
    let Some(array) = Shown::of(&first) else { return Ok(None) };
    let (Some(own), row) = (array.dtype(), Dims::of(std::iter::once(1).chain(array.shape()))?) else { return Ok(None) };
    let dtype = dtype.unwrap_or(own);
    if rounds_twice(own, dtype) || !goes(own, dtype) || row.contains(&0) || !(2..=64).contains(&row.len()) {
        return Ok(None);
    }
    let (mut shape, mut strides) = (row.duplicate()?, Dims::zeros(row.len())?);
    shape[0] = list.len() as i64;
    let made = Tensor::empty(&shape, dtype)?;
    let alike = made.write(|dst| -> Result<bool> {
        for (i, array) in list.iter().enumerate() {
            let to = dst.part(&row, 0, i as i64);
            let copied =
                Shown::of(&array).and_then(|a| a.read(own, &row, &mut strides, |src| kernels::copy::copy(&to, src)));
            match copied {
                Some(done) => crate::tensor::done(done)?,
                None => return Ok(false),
            }
        }
        Ok(true)
    })??;
    Ok(alike.then_some(made))
}

/// A tensor of `data`, a NumPy array or scalar or whatever [`nested::from_python`] takes.
///
/// # Errors
/// Theirs.
pub fn any(data: &Bound<'_, PyAny>, dtype: Option<DType>) -> Result<Tensor> {
    if is_array(data) {
        return copy(data, dtype);
    }
    nested::from_python(data, dtype)
}

/// Adds what is defined here to the module.
///
/// # Errors
/// Python's own where it has no memory.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(from_numpy, module)?)?;
    module.add_function(wrap_pyfunction!(_to_numpy, module)?)
}
