//! Named tuples: `torch.return_types.max`, made when first needed and kept.

use super::super::guard::raised;
use super::super::handles::{owned, wrap};
use crate::buffers::confined;
use crate::error::Result;
use crate::tensor::Tensor;
use pyo3::{ffi, intern, prelude::*};
use std::cell::RefCell;
use std::ffi::{CString, c_char};

confined! {
    static MADE: RefCell<Vec<(&'static str, *mut ffi::PyTypeObject)>> = const { RefCell::new(Vec::new()) };
}

/// A C string that lives as long as the process, as a type's name must.
fn leak(text: &str) -> *const c_char {
    CString::new(text).unwrap_or_default().into_raw()
}

/// The type of the named tuples of `name`.
///
/// # Errors
/// Python's own where it has no memory.
pub fn class(py: Python<'_>, name: &'static str, fields: &[&'static str]) -> Result<*mut ffi::PyTypeObject> {
    if let Some(made) = MADE.with(|made| made.borrow().iter().find(|(n, _)| *n == name).map(|(_, class)| *class)) {
        return Ok(made);
    }
    let function = name.trim_end_matches("_out");
    let described = fields.iter().map(|field| ffi::PyStructSequence_Field {
        name: leak(field),
        doc: leak(&format!("The {field} that {function} found.")),
    });
    let mut described: Vec<_> = described.collect();
    described.push(ffi::PyStructSequence_Field { name: std::ptr::null(), doc: std::ptr::null() });
    // The real module's name, by which pickles find it; what it prints is torch's (`repr`).
    let mut description = ffi::PyStructSequence_Desc {
        name: leak(&format!("wengert.return_types.{name}")),
        doc: leak(&format!("What {function} returns: {}.", fields.join(" and "))),
        fields: Vec::leak(described).as_mut_ptr(),
        n_in_sequence: fields.len() as i32,
    };
    let method = Box::leak(Box::new(ffi::PyMethodDef {
        ml_name: c"__repr__".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunction: repr },
        ml_flags: ffi::METH_NOARGS,
        ml_doc: std::ptr::null(),
    }));
    // SAFETY: the description is well formed, and what the type keeps addresses of is leaked above.
    unsafe {
        let class = owned(py, ffi::PyStructSequence_NewType(&mut description).cast())?;
        let repr = owned(py, ffi::PyDescr_NewMethod(class.as_ptr().cast(), method))?;
        class.setattr(intern!(py, "__repr__"), repr)?;
        // Making the type may have run Python, which may have made it as well: the first one stays.
        let class = class.into_ptr().cast::<ffi::PyTypeObject>();
        Ok(MADE.with(|made| {
            let mut made = made.borrow_mut();
            match made.iter().find(|(n, _)| *n == name) {
                Some((_, first)) => *first,
                None => {
                    made.push((name, class));
                    class
                }
            }
        }))
    }
}

/// A new named tuple of `tensors`.
///
/// # Errors
/// Python's own where it has no memory.
pub fn tuple(
    py: Python<'_>,
    name: &'static str,
    fields: [&'static str; 2],
    tensors: [Tensor; 2],
) -> Result<*mut ffi::PyObject> {
    let class = class(py, name, &fields)?;
    // SAFETY: the type is alive for good; each place takes over a new reference, and nobody else has the
    // tuple yet.
    unsafe {
        let tuple = owned(py, ffi::PyStructSequence_New(class))?;
        for (i, tensor) in tensors.into_iter().enumerate() {
            let object = wrap(tensor);
            if object.is_null() {
                return Err(raised(py));
            }
            ffi::PyStructSequence_SetItem(tuple.as_ptr(), i as ffi::Py_ssize_t, object);
        }
        Ok(tuple.into_ptr())
    }
}

/// One field a line, under torch's name.
///
/// # Safety
/// Python calls methods with the lock held and the object alive.
unsafe extern "C" fn repr(object: *mut ffi::PyObject, _none: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: the caller's promise.
    unsafe {
        super::super::guard::guard(|py| {
            let object = Borrowed::from_ptr(py, object);
            let class = object.get_type();
            let name = class.name()?;
            let fields = class.getattr(intern!(py, "__match_args__"))?;
            let mut lines = Vec::new();
            for field in fields.try_iter()? {
                let field = field?.extract::<String>()?;
                lines.push(format!("{field}={}", object.getattr(field.as_str())?.repr()?));
            }
            let text = format!("torch.return_types.{name}(\n{})", lines.join(",\n"));
            Ok(text.into_pyobject(py).map_err(PyErr::from)?.into_any().into_ptr())
        })
    }
}

/// The type of the named tuples of `name`, for the package: a pickle must find it before one is made.
#[pyfunction]
pub fn _return_type<'py>(py: Python<'py>, name: String, fields: Vec<String>) -> PyResult<Bound<'py, PyAny>> {
    // Leaked with the type itself.
    let fields: Vec<&'static str> = fields.into_iter().map(|field| &*field.leak()).collect();
    let class = class(py, name.leak(), &fields)?;
    // SAFETY: the type is alive for good.
    Ok(unsafe { Bound::from_borrowed_ptr(py, class.cast()) })
}
