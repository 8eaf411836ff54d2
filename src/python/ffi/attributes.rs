//! The type's attributes: one table, one pair of C functions that look into it.

use super::call::funnel;
use super::guard::guard;
use super::handles::{self, tensor, to_python};
use super::registry::{self, Known};
use crate::error::{Error, Result};
use crate::ops::shapes::reshape;
use crate::ops::{edge, elements::complex, view};
use crate::python::{errors, gradient, node};
use crate::shape::Dims;
use crate::tape::record::flags;
use crate::tensor::Tensor;
use pyo3::exceptions::PyAttributeError;
use pyo3::ffi::{self, PyObject};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyEllipsis, PyInt, PyNone, PyTuple};
use std::ffi::{CStr, c_int, c_void};
use std::sync::atomic::AtomicBool;

type Get = for<'py> fn(&Bound<'py, PyAny>, &Tensor) -> Result<Bound<'py, PyAny>>;
/// No value means that the attribute is deleted.
type Set = for<'py> fn(&Bound<'py, PyAny>, &Tensor, Option<&Bound<'py, PyAny>>) -> Result<()>;

struct Attribute {
    name: &'static CStr,
    get: Get,
    set: Option<Set>,
    doc: &'static CStr,
}

const fn read(name: &'static CStr, get: Get, doc: &'static CStr) -> Attribute {
    Attribute { name, get, set: None, doc }
}

const fn write(name: &'static CStr, get: Get, set: Set, doc: &'static CStr) -> Attribute {
    Attribute { name, get, set: Some(set), doc }
}

static ATTRIBUTES: &[Attribute] = &[
    read(c"shape", |o, t| registry::size(o.py(), &t.geometry().shape), c"The extent of each dimension."),
    read(c"dtype", |o, t| registry::dtype_object(o.py(), t.dtype()), c"The element type."),
    read(c"device", |o, _| registry::known(o.py(), Known::Device), c"Where the elements are: always the CPU."),
    read(c"layout", |o, _| registry::known(o.py(), Known::Layout), c"How the elements lie: always strided."),
    read(c"ndim", |o, t| int(o.py(), t.ndim() as i64), c"The number of dimensions."),
    read(c"itemsize", |o, t| int(o.py(), t.dtype().size() as i64), c"Bytes an element."),
    read(c"nbytes", nbytes, c"Bytes of all elements."),
    read(c"is_leaf", is_leaf, c"Whether nothing recorded made it."),
    read(c"output_nr", output_nr, c"Which output of its grad_fn it is."),
    read(c"_version", version, c"The number of in-place writes so far."),
    read(c"_base", base, c"The tensor that it is a view of, or None."),
    read(
        c"retains_grad",
        |o, t| boolean(o.py(), t.0.has(flags::RETAINS_GRAD)),
        c"Whether it keeps grad although it is no leaf.",
    ),
    read(
        c"grad_dtype",
        |o, t| registry::dtype_object(o.py(), t.dtype()),
        c"The element type that grad has: always the tensor's own.",
    ),
    read(c"grad_fn", |o, t| Ok(node::grad_fn(o, t)?), c"The node that made it, or None."),
    read(c"name", none, c"Always None."),
    write(c"requires_grad", gradient::requires_grad, gradient::set_requires_grad, c"Whether a gradient is wanted."),
    write(c"grad", gradient::grad, gradient::set_grad, c"The accumulated gradient, or None."),
    write(c"data", data, set_data, c"The elements without the graph; writes to it are not counted here."),
    read(c"T", transposed, c"The tensor with its dimensions in reverse."),
    read(c"mT", matrix_transposed, c"The tensor with its last two dimensions swapped."),
    read(c"H", adjoint, c"The conjugate transpose of a matrix."),
    read(c"mH", matrix_adjoint, c"The conjugate transpose of each matrix."),
    write(c"real", real, set_real, c"The real parts, a view; of a real tensor itself."),
    write(c"imag", imaginary, set_imaginary, c"The imaginary parts, a view."),
    read(c"is_cpu", |o, _| boolean(o.py(), true), c"Always true."),
    read(c"is_cuda", no, c"Always false."),
    read(c"is_mps", no, c"Always false."),
    read(c"is_xpu", no, c"Always false."),
    read(c"is_ipu", no, c"Always false."),
    read(c"is_maia", no, c"Always false."),
    read(c"is_mtia", no, c"Always false."),
    read(c"is_vulkan", no, c"Always false."),
    read(c"is_xla", no, c"Always false."),
    read(c"is_meta", no, c"Always false."),
    read(c"is_mkldnn", no, c"Always false."),
    read(c"is_nested", no, c"Always false."),
    read(c"is_quantized", no, c"Always false."),
    read(c"is_sparse", no, c"Always false."),
    read(c"is_sparse_csr", no, c"Always false."),
];

fn version<'py>(object: &Bound<'py, PyAny>, t: &Tensor) -> Result<Bound<'py, PyAny>> {
    if t.0.has(flags::INFERENCE) {
        return Err(Error::runtime("Inference tensors do not track version counter."));
    }
    int(object.py(), t.version().into())
}

#[cold]
fn offered<'py>(a: &Attribute, method: &str, args: &[Bound<'py, PyAny>]) -> Result<Option<Bound<'py, PyAny>>> {
    funnel::offer_special(a.name.to_str().ok(), method, args)
}

/// # Safety
/// Python calls it with the lock held and the object alive; the entry is one of the table's.
unsafe extern "C" fn get(object: *mut PyObject, entry: *mut c_void) -> *mut PyObject {
    // SAFETY: the caller's promise.
    unsafe {
        guard(|py| {
            let object = Borrowed::from_ptr(py, object);
            let (attribute, tensor) = (&*entry.cast::<Attribute>(), this(&object)?);
            if tensor.0.has(flags::SUBCLASS)
                && let Some(answer) = offered(attribute, "__get__", &[object.to_owned()])?
            {
                return Ok(answer.into_ptr());
            }
            Ok((attribute.get)(&object, tensor)?.into_ptr())
        })
    }
}

/// # Safety
/// As [`get`]; the value is alive, or null where the attribute is deleted.
unsafe extern "C" fn set(object: *mut PyObject, value: *mut PyObject, entry: *mut c_void) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        guard(|py| {
            let object = Borrowed::from_ptr(py, object);
            let value = Borrowed::from_ptr_or_opt(py, value);
            let (attribute, tensor) = (&*entry.cast::<Attribute>(), this(&object)?);
            let Some(set) = attribute.set else {
                // torch's word for it: the table of attributes is its base class's.
                return Err(PyAttributeError::new_err(format!(
                    "attribute '{}' of 'torch._C.TensorBase' objects is not writable",
                    attribute.name.to_string_lossy()
                ))
                .into());
            };
            let taken = match &value {
                Some(value) if tensor.0.has(flags::SUBCLASS) => {
                    offered(attribute, "__set__", &[object.to_owned(), (**value).clone()])?.is_some()
                }
                _ => false,
            };
            if !taken {
                set(&object, tensor, value.as_deref())?;
            }
            Ok(0)
        })
    }
}

/// Python's table of the attributes, with `__dict__`.
pub(super) fn table() -> Vec<ffi::PyGetSetDef> {
    let entry = |a: &'static Attribute| ffi::PyGetSetDef {
        name: a.name.as_ptr(),
        get: Some(get),
        set: Some(set),
        doc: a.doc.as_ptr(),
        closure: std::ptr::from_ref(a).cast_mut().cast(),
    };
    let dict = ffi::PyGetSetDef {
        name: c"__dict__".as_ptr(),
        get: Some(ffi::PyObject_GenericGetDict),
        set: Some(ffi::PyObject_GenericSetDict),
        ..Default::default()
    };
    ATTRIBUTES.iter().map(entry).chain([dict, ffi::PyGetSetDef::default()]).collect()
}

fn this<'a>(object: &'a Bound<'_, PyAny>) -> Result<&'a Tensor> {
    tensor(object).ok_or_else(|| Error::runtime("internal error: a tensor without a record"))
}

fn int(py: Python<'_>, value: i64) -> Result<Bound<'_, PyAny>> {
    Ok(PyInt::new(py, value).into_any())
}

fn boolean(py: Python<'_>, value: bool) -> Result<Bound<'_, PyAny>> {
    Ok(PyBool::new(py, value).to_owned().into_any())
}

fn none<'py>(object: &Bound<'py, PyAny>, _: &Tensor) -> Result<Bound<'py, PyAny>> {
    Ok(PyNone::get(object.py()).to_owned().into_any())
}

fn no<'py>(object: &Bound<'py, PyAny>, _: &Tensor) -> Result<Bound<'py, PyAny>> {
    boolean(object.py(), false)
}

fn nbytes<'py>(object: &Bound<'py, PyAny>, t: &Tensor) -> Result<Bound<'py, PyAny>> {
    int(object.py(), t.numel() * t.dtype().size() as i64)
}

fn is_leaf<'py>(object: &Bound<'py, PyAny>, t: &Tensor) -> Result<Bound<'py, PyAny>> {
    boolean(object.py(), edge::node_of(t)?.is_none())
}

fn output_nr<'py>(object: &Bound<'py, PyAny>, t: &Tensor) -> Result<Bound<'py, PyAny>> {
    int(object.py(), edge::node_of(t)?.map_or(0, |(_, output)| output.into()))
}

fn base<'py>(object: &Bound<'py, PyAny>, t: &Tensor) -> Result<Bound<'py, PyAny>> {
    let side = if t.0.has(flags::VIEW) { t.0.side.get() } else { None };
    let base = side.and_then(|side| side.view.borrow().as_ref().map(|view| Tensor(view.base.clone())));
    match base {
        Some(base) => to_python(object.py(), base),
        None => none(object, t),
    }
}

/// A record of its own over the same bytes: neither the graph nor the version cell is shared.
fn data<'py>(object: &Bound<'py, PyAny>, t: &Tensor) -> Result<Bound<'py, PyAny>> {
    let alias = t.same_view()?;
    // A user's subclass is kept; a Parameter's data is a plain Tensor.
    let subclass = t.0.has(flags::SUBCLASS) && !t.0.has(flags::PARAMETER);
    handles::to_class(alias, subclass.then(|| object.get_type()), object.py())
}

fn set_data(_: &Bound<'_, PyAny>, t: &Tensor, value: Option<&Bound<'_, PyAny>>) -> Result<()> {
    let value = value.ok_or_else(|| Error::runtime("Deleting tensor data is not allowed. Delete tensor instead!"))?;
    let Some(new) = tensor(value) else {
        return Err(Error::type_error(format!("Variable data has to be a tensor, but got {}", kind(value)?)));
    };
    if edge::wants_gradient(t) && !new.dtype().is_differentiable() {
        return Err(Error::runtime(
            "data set to a tensor that requires gradients must be floating point or complex dtype",
        ));
    }
    let geometry = new.geometry().duplicate()?;
    view::show_instead(t, geometry)?;
    // What it shows now was made where the other was.
    t.0.set_flag(flags::INFERENCE, new.0.has(flags::INFERENCE));
    Ok(())
}

/// An object's type as torch names it in messages.
pub(in crate::python) fn kind(object: &Bound<'_, PyAny>) -> Result<String> {
    Ok(object.get_type().name()?.to_string())
}

/// Of a subclass through the method, so that its `__torch_function__` sees it.
fn transposed<'py>(object: &Bound<'py, PyAny>, t: &Tensor) -> Result<Bound<'py, PyAny>> {
    static WARNED: [AtomicBool; 2] = [AtomicBool::new(false), AtomicBool::new(false)];
    let n = t.ndim();
    if n == 0 {
        let text = "Tensor.T is deprecated on 0-D tensors. This function is the identity in these cases.";
        errors::warn_once(object.py(), &WARNED[0], text)?;
    } else if n != 2 {
        let text = "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it \
                    will throw an error in a future release. Consider `x.mT` to transpose batches of matrices or \
                    `x.permute(*torch.arange(x.ndim - 1, -1, -1))` to reverse the dimensions of a tensor.";
        errors::warn_once(object.py(), &WARNED[1], text)?;
    }
    if !t.0.has(flags::SUBCLASS) {
        let reversed = Dims::of((0..n as i64).rev())?;
        return to_python(object.py(), reshape::permute_by(t, &reversed, 0)?);
    }
    let reversed = PyTuple::new(object.py(), (0..n).rev())?;
    Ok(object.call_method1(intern!(object.py(), "permute"), (reversed,))?)
}

fn matrix_transposed<'py>(object: &Bound<'py, PyAny>, t: &Tensor) -> Result<Bound<'py, PyAny>> {
    static WARNED: AtomicBool = AtomicBool::new(false);
    if t.ndim() == 0 {
        let text = "Tensor.mT is deprecated on 0-D tensors. This function is the identity in these cases.";
        errors::warn_once(object.py(), &WARNED, text)?;
        return Ok(object.call_method1("permute", ((),))?);
    }
    need_matrices(t, "mT")?;
    if !t.0.has(flags::SUBCLASS) {
        return to_python(object.py(), reshape::transpose_dims(t, -2, -1, reshape::TRANSPOSE)?);
    }
    Ok(object.call_method1("transpose", (-2, -1))?)
}

fn adjoint<'py>(object: &Bound<'py, PyAny>, t: &Tensor) -> Result<Bound<'py, PyAny>> {
    static WARNED: AtomicBool = AtomicBool::new(false);
    match t.ndim() {
        0 => {
            let text = "Tensor.H is deprecated on 0-D tensors. Consider using x.conj().";
            errors::warn_once(object.py(), &WARNED, text)?;
            conjugated(object.clone(), t)
        }
        2 => conjugated(object.call_method1("transpose", (-2, -1))?, t),
        n => Err(Error::runtime(format!(
            "tensor.H is only supported on matrices (2-D tensors). Got {n}-D tensor.{}",
            if n > 2 { " For batches of matrices, consider using tensor.mH" } else { "" }
        ))),
    }
}

fn matrix_adjoint<'py>(object: &Bound<'py, PyAny>, t: &Tensor) -> Result<Bound<'py, PyAny>> {
    static WARNED: AtomicBool = AtomicBool::new(false);
    if t.ndim() == 0 {
        let text = "Tensor.mH is deprecated on 0-D tensors. Consider using x.conj().";
        errors::warn_once(object.py(), &WARNED, text)?;
        return conjugated(object.clone(), t);
    }
    need_matrices(t, "mH")?;
    conjugated(object.call_method1("transpose", (-2, -1))?, t)
}

fn conjugated<'py>(object: Bound<'py, PyAny>, t: &Tensor) -> Result<Bound<'py, PyAny>> {
    if t.dtype().is_complex() { Ok(object.call_method0("conj")?) } else { Ok(object) }
}

fn need_matrices(t: &Tensor, name: &str) -> Result<()> {
    match t.ndim() {
        1 => Err(Error::runtime(format!(
            "tensor.{name} is only supported on matrices or batches of matrices. Got 1-D tensor."
        ))),
        _ => Ok(()),
    }
}

fn real<'py>(object: &Bound<'py, PyAny>, t: &Tensor) -> Result<Bound<'py, PyAny>> {
    if t.dtype().is_complex() { to_python(object.py(), complex::real(t)?) } else { Ok(object.clone()) }
}

fn imaginary<'py>(object: &Bound<'py, PyAny>, t: &Tensor) -> Result<Bound<'py, PyAny>> {
    to_python(object.py(), complex::imag(t)?)
}

fn set_real(object: &Bound<'_, PyAny>, t: &Tensor, value: Option<&Bound<'_, PyAny>>) -> Result<()> {
    write_part(real(object, t)?, value)
}

fn set_imaginary(object: &Bound<'_, PyAny>, t: &Tensor, value: Option<&Bound<'_, PyAny>>) -> Result<()> {
    write_part(imaginary(object, t)?, value)
}

/// Writes a tensor or a number over a part.
fn write_part(part: Bound<'_, PyAny>, value: Option<&Bound<'_, PyAny>>) -> Result<()> {
    let value = value.ok_or_else(|| Error::type_error("the parts of a tensor cannot be deleted"))?;
    match tensor(value) {
        Some(_) => drop(part.call_method1("copy_", (value,))?),
        None => part.set_item(PyEllipsis::get(part.py()), value)?,
    }
    Ok(())
}
