//! Python objects that the type hands out but that others define: `Size`, the element types, the one
//! device and layout, and what builds a tensor from a sequence.

use super::guard::raised;
use super::handles;
use crate::buffers::confined;
use crate::dtype::DType;
use crate::error::{Error, Result};
use pyo3::{PyClass, ffi, prelude::*};
use std::cell::Cell;
use std::ptr;

/// What can be registered beside the element types.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(usize)]
pub enum Known {
    /// The subclass of tuple that shapes have; it adds no data of its own.
    Size,
    /// `device(type='cpu')`.
    Device,
    /// `strided`.
    Layout,
    /// Called with a sequence; returns a Tensor of the default element type.
    FromSequence,
}

const KNOWN: [(&str, Known); 4] = [
    ("Size", Known::Size),
    ("device", Known::Device),
    ("layout", Known::Layout),
    ("from_sequence", Known::FromSequence),
];
const DTYPES: usize = DType::ALL.len();

struct Registry {
    known: [Cell<*mut ffi::PyObject>; KNOWN.len()],
    dtypes: [Cell<*mut ffi::PyObject>; DTYPES],
}

confined! {
    static REGISTRY: Registry = Registry {
        known: [const { Cell::new(ptr::null_mut()) }; KNOWN.len()],
        dtypes: [const { Cell::new(ptr::null_mut()) }; DTYPES],
    };
}

/// Adds a class that C code calls torch's: Python's own messages name it so. `__module__` says where it is,
/// for pickles.
///
/// # Errors
/// Python's own where it has no memory.
pub fn add_class<T: PyClass>(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<T>()?;
    module.py().get_type::<T>().setattr("__module__", "wengert")
}

/// Registers `object` under `name`: an element type's name, `Parameter`, or one of [`Known`]'s. It is
/// kept for the life of the process.
///
/// # Errors
/// Where the name is none of these, or the object is not what the name needs.
#[pyfunction]
#[pyo3(name = "_register")]
pub fn register(name: &str, object: &Bound<'_, PyAny>) -> PyResult<()> {
    if name == "Parameter" {
        return Ok(handles::set_parameter_type(object)?);
    }
    if name == "Size" {
        let is_tuple = object.cast::<pyo3::types::PyType>()?.is_subclass_of::<pyo3::types::PyTuple>()?;
        if !is_tuple {
            return Err(Error::type_error("Size must be a subclass of tuple").into());
        }
    }
    let kept = object.clone().into_ptr();
    REGISTRY.with(|registry| {
        if let Some((_, known)) = KNOWN.iter().find(|(n, _)| *n == name) {
            registry.known[*known as usize].set(kept);
        } else if let Some(dtype) = DType::ALL.iter().find(|d| d.name() == name) {
            registry.dtypes[*dtype as usize].set(kept);
        } else {
            return Err(Error::value(format!("nothing is registered as '{name}'")).into());
        }
        Ok(())
    })
}

fn get<'py>(py: Python<'py>, place: &Cell<*mut ffi::PyObject>) -> Result<Bound<'py, PyAny>> {
    // SAFETY: what is registered is kept for good.
    unsafe { Bound::from_borrowed_ptr_or_opt(py, place.get()) }
        .ok_or_else(|| Error::runtime("internal error: an object that the package registers is missing"))
}

/// A registered object.
///
/// # Errors
/// Where the package has not registered it.
pub fn known(py: Python<'_>, which: Known) -> Result<Bound<'_, PyAny>> {
    REGISTRY.with(|registry| get(py, &registry.known[which as usize]))
}

/// The Python object of an element type.
///
/// # Errors
/// Where the package has not registered it.
pub fn dtype_object(py: Python<'_>, dtype: DType) -> Result<Bound<'_, PyAny>> {
    REGISTRY.with(|registry| get(py, &registry.dtypes[dtype as usize]))
}

/// A shape as Python sees it: a `Size`.
///
/// # Errors
/// Where the package has registered none, or memory is out.
pub fn size<'py>(py: Python<'py>, dims: &[i64]) -> Result<Bound<'py, PyAny>> {
    let class = known(py, Known::Size)?;
    // Calling the class would build a tuple, copy it and drop it: three times the time.
    // SAFETY: the class is a subclass of tuple, so its instances of this length have these places, and
    // nobody else refers to a new one; each place takes over the reference that it is given.
    unsafe {
        let tuple = ffi::PyType_GenericAlloc(class.as_ptr().cast(), dims.len() as ffi::Py_ssize_t);
        let tuple = Bound::from_owned_ptr_or_opt(py, tuple).ok_or_else(|| raised(py))?;
        for (i, &n) in dims.iter().enumerate() {
            let number = ffi::PyLong_FromLongLong(n);
            if number.is_null() || ffi::PyTuple_SetItem(tuple.as_ptr(), i as ffi::Py_ssize_t, number) != 0 {
                return Err(raised(py));
            }
        }
        Ok(tuple)
    }
}

/// The sizes in a `Size`; None for any other object.
pub fn as_size(object: &Bound<'_, PyAny>) -> Option<Vec<i64>> {
    let class = known(object.py(), Known::Size).ok()?;
    if object.is_instance(&class).ok()? { object.extract().ok() } else { None }
}
