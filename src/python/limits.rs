//! `torch.finfo` and `torch.iinfo`: what numbers of an element type are.

use super::ffi::call::own::Function;
use super::ffi::call::texts::typename_of;
use super::ffi::registry;
use crate::create::{cpp_number, default_dtype};
use crate::dtype::DType;
use crate::error::Error;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pyclass::CompareOp;
use pyo3::types::{PyBool, PyDict, PyNotImplemented, PyTuple};

/// The element type that a call names.
fn named(
    function: &'static Function,
    args: &Bound<'_, PyTuple>,
    kwargs: Option<&Bound<'_, PyDict>>,
) -> PyResult<DType> {
    let mut found = None;
    function.call(None, args, kwargs, |given| {
        found = given.arg(0).dtype();
        Ok(args.py().None().into_bound(args.py()))
    })?;
    found.ok_or_else(|| PyErr::from(Error::type_error("an element type is missing")))
}

/// Whether two of them are of one type; other questions are not answered.
fn compared<'py>(py: Python<'py>, a: DType, b: Option<DType>, op: CompareOp) -> Bound<'py, PyAny> {
    let answer = match (op, b) {
        (CompareOp::Eq, Some(b)) => a == b,
        (CompareOp::Ne, Some(b)) => a != b,
        _ => return PyNotImplemented::get(py).to_owned().into_any(),
    };
    PyBool::new(py, answer).to_owned().into_any()
}

/// What the numbers of a floating point type are: `finfo(type)`, of the default type where none is given, of a complex
/// type's parts.
///
/// Raises TypeError for whole numbers and bool.
#[pyclass(frozen, name = "finfo", module = "torch")]
pub struct FloatInfo(DType);

#[pymethods]
impl FloatInfo {
    #[new]
    #[pyo3(signature = (*args, **kwargs), text_signature = "(type=None)")]
    fn new(args: &Bound<'_, PyTuple>, kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        static FUNCTION: Function = Function::plain("finfo(type: dtype)");
        let dtype = match (args.len(), kwargs.map_or(0, |kwargs| kwargs.len())) {
            (0, 0) => default_dtype(),
            (given, _) if given > 1 => {
                let got: Vec<_> = args.iter().map(|object| typename_of(&object)).collect();
                return Err(PyTypeError::new_err(format!(
                    "finfo() received an invalid combination of arguments - got ({}), but expected one of:\n * \
                     (torch.dtype type)\n * ()\n",
                    got.join(", ")
                )));
            }
            _ => named(&FUNCTION, args, kwargs)?,
        };
        match dtype.is_differentiable() {
            true => Ok(FloatInfo(dtype.real())),
            false => Err(PyTypeError::new_err(
                "torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'",
            )),
        }
    }

    /// Bits a number.
    #[getter]
    fn bits(&self) -> usize {
        8 * self.0.size()
    }

    /// From 1 to the next greater number.
    #[getter]
    fn eps(&self) -> f64 {
        match self.0 {
            DType::Float16 => 2f64.powi(-10),
            DType::BFloat16 => 2f64.powi(-7),
            DType::Float64 => f64::EPSILON,
            _ => f32::EPSILON.into(),
        }
    }

    /// The greatest finite number.
    #[getter]
    fn max(&self) -> f64 {
        match self.0 {
            DType::Float16 => 65504.0,
            DType::BFloat16 => (2.0 - 2f64.powi(-7)) * 2f64.powi(127),
            DType::Float64 => f64::MAX,
            _ => f32::MAX.into(),
        }
    }

    /// The least finite number.
    #[getter]
    fn min(&self) -> f64 {
        -self.max()
    }

    /// The least positive number of full precision.
    #[getter]
    fn smallest_normal(&self) -> f64 {
        match self.0 {
            DType::Float16 => 2f64.powi(-14),
            DType::Float64 => f64::MIN_POSITIVE,
            _ => f32::MIN_POSITIVE.into(),
        }
    }

    /// The same as `smallest_normal`.
    #[getter]
    fn tiny(&self) -> f64 {
        self.smallest_normal()
    }

    /// The power of ten of the last decimal digit that every number of the size of 1 holds.
    #[getter]
    fn resolution(&self) -> f64 {
        match self.0 {
            DType::Float16 => 1e-3,
            DType::BFloat16 => 1e-2,
            DType::Float64 => 1e-15,
            _ => 1e-6,
        }
    }

    /// The name of the type.
    #[getter]
    fn dtype(&self) -> &'static str {
        self.0.name()
    }

    fn __repr__(&self) -> String {
        let [resolution, min, max, eps, tiny] =
            [self.resolution(), self.min(), self.max(), self.eps(), self.tiny()].map(cpp_number);
        format!(
            "finfo(resolution={resolution}, min={min}, max={max}, eps={eps}, smallest_normal={tiny}, tiny={tiny}, dtype={})",
            self.0.name()
        )
    }

    fn __richcmp__<'py>(&self, other: &Bound<'py, PyAny>, op: CompareOp) -> Bound<'py, PyAny> {
        compared(other.py(), self.0, other.cast::<FloatInfo>().ok().map(|other| other.get().0), op)
    }
}

/// What the numbers of a type of whole numbers are: `iinfo(type)`.
///
/// Raises TypeError for other types.
#[pyclass(frozen, name = "iinfo", module = "torch")]
pub struct WholeInfo(DType);

#[pymethods]
impl WholeInfo {
    #[new]
    #[pyo3(signature = (*args, **kwargs), text_signature = "(type)")]
    fn new(args: &Bound<'_, PyTuple>, kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        static FUNCTION: Function = Function::plain("iinfo(type: dtype)");
        match named(&FUNCTION, args, kwargs)? {
            DType::Bool => Err(PyTypeError::new_err("torch.bool is not supported by torch.iinfo")),
            dtype if dtype.is_differentiable() => Err(PyTypeError::new_err(
                "torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'",
            )),
            dtype => Ok(WholeInfo(dtype)),
        }
    }

    /// Bits a number.
    #[getter]
    fn bits(&self) -> usize {
        8 * self.0.size()
    }

    /// The greatest number.
    #[getter]
    fn max(&self) -> i64 {
        match self.0 {
            DType::UInt8 => u8::MAX.into(),
            _ => i64::MAX >> (64 - self.bits()),
        }
    }

    /// The least number.
    #[getter]
    fn min(&self) -> i64 {
        match self.0 {
            DType::UInt8 => 0,
            _ => i64::MIN >> (64 - self.bits()),
        }
    }

    /// The name of the type.
    #[getter]
    fn dtype(&self) -> &'static str {
        self.0.name()
    }

    fn __repr__(&self) -> String {
        let [min, max] = [self.min(), self.max()].map(|bound| cpp_number(bound as f64));
        format!("iinfo(min={min}, max={max}, dtype={})", self.0.name())
    }

    fn __richcmp__<'py>(&self, other: &Bound<'py, PyAny>, op: CompareOp) -> Bound<'py, PyAny> {
        compared(other.py(), self.0, other.cast::<WholeInfo>().ok().map(|other| other.get().0), op)
    }
}

/// Adds the classes to the module.
///
/// # Errors
/// Python's own where it has no memory.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    registry::add_class::<FloatInfo>(module)?;
    registry::add_class::<WholeInfo>(module)
}
