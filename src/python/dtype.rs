//! `torch.dtype`: one object for each element type, known by its address.

use super::ffi::registry;
use crate::dtype::DType;
use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyComplex, PyFloat, PyInt, PyType};

/// The type of a tensor's elements.
#[pyclass(frozen, name = "dtype", module = "torch")]
pub struct PyDType(DType);

/// torch's other names for some of them.
const ALIASES: [(&str, DType); 8] = [
    ("half", DType::Float16),
    ("float", DType::Float32),
    ("double", DType::Float64),
    ("cfloat", DType::Complex64),
    ("cdouble", DType::Complex128),
    ("short", DType::Int16),
    ("int", DType::Int32),
    ("long", DType::Int64),
];

#[pymethods]
impl PyDType {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyAny>, _kwargs: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        Err(PyTypeError::new_err("cannot create 'torch.dtype' instances"))
    }

    fn __repr__(&self) -> String {
        self.0.to_string()
    }

    /// The name under which the package holds the object: pickles and copies find it there.
    fn __reduce__(&self) -> &'static str {
        self.0.name()
    }

    /// Whether it is a real floating point type.
    #[getter]
    fn is_floating_point(&self) -> bool {
        self.0.is_floating_point()
    }

    /// Whether it is complex.
    #[getter]
    fn is_complex(&self) -> bool {
        self.0.is_complex()
    }

    /// Whether it holds negative numbers.
    #[getter]
    fn is_signed(&self) -> bool {
        !matches!(self.0, DType::Bool | DType::UInt8)
    }

    /// Bytes an element.
    #[getter]
    fn itemsize(&self) -> usize {
        self.0.size()
    }

    /// A short name: `f32`.
    #[getter]
    fn abbr(&self) -> &'static str {
        match self.0 {
            DType::Bool => "b8",
            DType::UInt8 => "u8",
            DType::Int8 => "i8",
            DType::Int16 => "i16",
            DType::Int32 => "i32",
            DType::Int64 => "i64",
            DType::Float16 => "f16",
            DType::BFloat16 => "bf16",
            DType::Float32 => "f32",
            DType::Float64 => "f64",
            DType::Complex64 => "c64",
            DType::Complex128 => "c128",
        }
    }

    /// The real type of a complex one's parts; itself otherwise.
    fn to_real<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(registry::dtype_object(py, self.0.real())?)
    }

    /// The complex type whose parts are of this type.
    ///
    /// float16 has none here, so it gives the next wider one.
    fn to_complex<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        if !self.0.is_differentiable() {
            return Err(PyRuntimeError::new_err(format!("Unknown Complex ScalarType for {}", self.0.scalar_name())));
        }
        Ok(registry::dtype_object(py, self.0.complex())?)
    }
}

/// The element type that an object names: a dtype, or Python's `float`, `int`, `bool` or `complex`.
#[inline]
pub fn of(object: &Bound<'_, PyAny>) -> Option<DType> {
    match object.cast_exact::<PyDType>() {
        Ok(dtype) => Some(dtype.get().0),
        Err(_) => python_type(object),
    }
}

#[cold]
fn python_type(object: &Bound<'_, PyAny>) -> Option<DType> {
    let py = object.py();
    let kind = object.cast_exact::<PyType>().ok()?;
    let known = [
        (py.get_type::<PyFloat>(), DType::Float64),
        (py.get_type::<PyInt>(), DType::Int64),
        (py.get_type::<PyBool>(), DType::Bool),
        (py.get_type::<PyComplex>(), DType::Complex128),
    ];
    known.iter().find(|(class, _)| kind.is(class)).map(|(_, dtype)| *dtype)
}

/// Makes the objects and adds them to the module, under all their names.
///
/// # Errors
/// Python's own where it has no memory.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    registry::add_class::<PyDType>(module)?;
    for dtype in DType::ALL {
        let object = Bound::new(py, PyDType(dtype))?.into_any();
        registry::register(dtype.name(), &object)?;
        module.add(dtype.name(), object)?;
    }
    for (alias, dtype) in ALIASES {
        module.add(alias, registry::dtype_object(py, dtype)?)?;
    }
    Ok(())
}
