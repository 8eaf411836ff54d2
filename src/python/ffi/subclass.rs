//! How tensors are made from Python's side of the type: `Tensor(...)` as torch's old constructor has
//! it, and instances of subclasses.

use super::guard::guard;
use super::handles::{self, tensor, tensor_type};
use super::registry::{self, Known};
use crate::create::default_dtype;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::ops::shapes::reshape;
use crate::python::device;
use crate::python::ffi::attributes::kind;
use crate::tape::record::flags;
use crate::tensor::Tensor;
use pyo3::ffi::{self, PyObject, PyTypeObject};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyList, PyString, PyTuple, PyType};

/// Whether `class` is Tensor or a subclass of it.
///
/// # Errors
/// torch's, where it is no type or another one.
pub(super) fn check(class: &Bound<'_, PyAny>) -> Result<()> {
    let class = class
        .cast::<PyType>()
        .map_err(|_| Error::type_error(format!("cls must be a type (got {})", kind(class).unwrap_or_default())))?;
    // SAFETY: both are types, and the bound one says that the lock is held.
    if unsafe { ffi::PyType_IsSubtype(class.as_type_ptr(), tensor_type()) } == 0 {
        return Err(Error::type_error(
            "Creating a Tensor subclass from a class that does not inherit from Tensor is not possible. Make sure your \
             class inherits from Tensor.",
        ));
    }
    Ok(())
}

/// `Tensor.__new__(cls, ...)`.
///
/// # Safety
/// Python calls it with the lock held, a subclass of this type, a tuple, and a dict or null.
pub(super) unsafe extern "C" fn new(
    class: *mut PyTypeObject,
    args: *mut PyObject,
    keywords: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: the caller's promise.
    unsafe {
        guard(|py| {
            let args = Borrowed::from_ptr(py, args).cast_unchecked::<PyTuple>();
            let keywords = Borrowed::from_ptr_or_opt(py, keywords).map(|k| k.cast_unchecked::<PyDict>());
            // An object made on the way cannot be of another class as well: its tensor gets a sister.
            let made = legacy(&args, keywords.as_deref(), None)?;
            let made = if made.0.handle() == 0 { made } else { reshape::alias_of(&made)? };
            Ok(handles::wrap_as(made, class))
        })
    }
}

/// What torch's old constructors accept: nothing, sizes, a `Size`, a tensor, or a sequence of numbers. `own` is the element
/// type of one that has its own.
pub fn legacy(args: &Bound<'_, PyTuple>, keywords: Option<&Bound<'_, PyDict>>, own: Option<DType>) -> Result<Tensor> {
    let dtype = own.unwrap_or_else(default_dtype);
    if let Some(keywords) = keywords {
        for (name, value) in keywords.iter() {
            if name.extract::<String>()? != "device" {
                return Err(Error::type_error(format!(
                    "new() received an invalid combination of arguments: {name} is not one of its keywords"
                )));
            }
            match device::kind_of(&value)? {
                Some("cpu") | None => {}
                Some(other) => {
                    return Err(Error::runtime(format!(
                        "legacy constructor expects device type: cpu but device type: {other} was passed"
                    )));
                }
            }
        }
    }
    let first = match args.len() {
        0 => return Tensor::empty(&[0], dtype),
        _ => args.get_item(0)?,
    };
    if first.is_exact_instance_of::<PyInt>() {
        let mut sizes = Vec::with_capacity(args.len());
        for (i, size) in args.iter().enumerate() {
            let refused = || {
                Error::type_error(format!(
                    "new(): argument 'size' failed to unpack the object at pos {} with error \"type must be tuple of \
                     ints,but got {}\"",
                    i + 1,
                    kind(&size).unwrap_or_default()
                ))
            };
            sizes.push(size.extract::<i64>().map_err(|_| refused())?);
        }
        return Tensor::empty(&sizes, dtype);
    }
    if args.len() > 1 {
        let got: Vec<_> = args.iter().map(|a| kind(&a)).collect::<Result<_>>()?;
        return Err(Error::type_error(format!(
            "new() received an invalid combination of arguments - got ({})",
            got.join(", ")
        )));
    }
    if let Some(t) = tensor(&first) {
        if keywords.is_some_and(|keywords| !keywords.is_empty()) {
            return Err(Error::runtime(
                "Legacy tensor constructor of the form torch.Tensor(tensor, device=device) is not supported.  Use \
                 torch.tensor(...) or torch.as_tensor(...) instead.",
            ));
        }
        if let Some(own) = own.filter(|own| *own != t.dtype()) {
            let options = |dtype: DType| {
                format!(
                    "TensorOptions(dtype={}, device=cpu, layout=Strided, requires_grad=false (default), \
                     pinned_memory=false (default), memory_format=(nullopt))",
                    dtype.c_name()
                )
            };
            return Err(Error::type_error(format!("expected {} (got {})", options(own), options(t.dtype()))));
        }
        return reshape::alias_of(t);
    }
    if let Some(sizes) = registry::as_size(&first) {
        return Tensor::empty(&sizes, dtype);
    }
    if let Ok(text) = first.cast::<PyString>() {
        return Err(Error::type_error(format!("new(): invalid data type '{}'", kind(text)?)));
    }
    // SAFETY: the bound object says that the lock is held.
    let sequence = unsafe { ffi::PySequence_Check(first.as_ptr()) } != 0;
    if !sequence && !first.is_instance_of::<PyList>() {
        return Err(Error::type_error(format!("new(): data must be a sequence (got {})", kind(&first)?)));
    }
    let made =
        registry::known(args.py(), Known::FromSequence)?.call1((first, registry::dtype_object(args.py(), dtype)?))?;
    tensor(&made).cloned().ok_or_else(|| Error::type_error("new(): data must be a sequence of numbers"))
}

/// The detached elements of `data` as a new instance of `class`.
fn make_subclass<'py>(
    class: &Bound<'py, PyAny>,
    data: &Bound<'py, PyAny>,
    wants: Option<&Bound<'py, PyAny>>,
) -> Result<Bound<'py, PyAny>> {
    check(class)?;
    let Some(source) = tensor(data) else {
        return Err(Error::type_error(format!(
            "_make_subclass(): argument 'data' (position 2) must be Tensor, not {}",
            kind(data)?
        )));
    };
    let wants = match wants {
        None => false,
        Some(wants) => wants.cast::<PyBool>().map(|wants| wants.is_true()).or_else(|_| {
            Err(Error::type_error(format!(
                "_make_subclass(): argument 'require_grad' (position 3) must be bool, not {}",
                kind(wants)?
            )))
        })?,
    };
    if wants && !source.dtype().is_differentiable() {
        return Err(Error::runtime("Only Tensors of floating point and complex dtype can require gradients"));
    }
    let made = source.detach()?;
    made.0.set_flag(flags::REQUIRES_GRAD, wants);
    handles::to_class(made, Some(class.cast::<PyType>().map_err(PyErr::from)?.clone()), class.py())
}

/// `Tensor._make_subclass(cls, data, require_grad=False)`.
///
/// # Safety
/// Python calls it with the lock held, a tuple, and a dict or null.
unsafe extern "C" fn make_subclass_method(
    _class: *mut PyObject,
    args: *mut PyObject,
    keywords: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: the caller's promise.
    unsafe {
        guard(|py| {
            let (mut class, mut data) = (std::ptr::null_mut::<PyObject>(), std::ptr::null_mut::<PyObject>());
            let mut wants = std::ptr::null_mut::<PyObject>();
            let mut names =
                [c"cls".as_ptr(), c"data".as_ptr(), c"require_grad".as_ptr(), std::ptr::null()].map(|n| n.cast_mut());
            let format = c"OO|O:_make_subclass".as_ptr();
            let names = names.as_mut_ptr().cast();
            if ffi::PyArg_ParseTupleAndKeywords(args, keywords, format, names, &mut class, &mut data, &mut wants) == 0 {
                return Ok(std::ptr::null_mut());
            }
            let (class, data) = (Borrowed::from_ptr(py, class), Borrowed::from_ptr(py, data));
            let wants = (!wants.is_null()).then(|| Borrowed::from_ptr(py, wants));
            Ok(make_subclass(&class, &data, wants.as_deref())?.into_ptr())
        })
    }
}

/// `tensor.as_subclass(cls)`.
///
/// # Safety
/// Python calls it with the lock held and both objects alive.
unsafe extern "C" fn as_subclass(object: *mut PyObject, class: *mut PyObject) -> *mut PyObject {
    // SAFETY: the caller's promise.
    unsafe {
        guard(|py| {
            let (object, class) = (Borrowed::from_ptr(py, object), Borrowed::from_ptr(py, class));
            check(&class)?;
            let t = tensor(&object).ok_or_else(|| Error::type_error("as_subclass() needs a tensor"))?;
            let made = reshape::alias_of(t)?;
            Ok(handles::wrap_as(made, class.as_ptr().cast()))
        })
    }
}

/// The methods defined here.
pub(super) fn methods() -> [ffi::PyMethodDef; 2] {
    [
        ffi::PyMethodDef {
            ml_name: c"_make_subclass".as_ptr(),
            ml_meth: ffi::PyMethodDefPointer { PyCFunctionWithKeywords: make_subclass_method },
            ml_flags: ffi::METH_VARARGS | ffi::METH_KEYWORDS | ffi::METH_STATIC,
            ml_doc:
                c"_make_subclass(cls, data, require_grad=False)\n\nThe detached elements of data as an instance of cls."
                    .as_ptr(),
        },
        ffi::PyMethodDef {
            ml_name: c"as_subclass".as_ptr(),
            ml_meth: ffi::PyMethodDefPointer { PyCFunction: as_subclass },
            ml_flags: ffi::METH_O,
            ml_doc: c"as_subclass(cls)\n\nThe same elements, in the same graph, as an instance of cls.".as_ptr(),
        },
    ]
}
