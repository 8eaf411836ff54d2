//! From a tensor to its one Python object and back.

use super::guard::raised;
use super::object::{self, Handle};
use crate::buffers::confined;
use crate::error::{Error, Result};
use crate::tape::arena;
use crate::tape::record::flags;
use crate::tensor::Tensor;
use pyo3::{ffi, prelude::*};
use std::cell::Cell;
use std::ptr;

/// Dead objects that are kept for reuse at most: more than a training step makes and drops at once.
const KEPT: u32 = 256;

struct Types {
    tensor: Cell<*mut ffi::PyTypeObject>,
    parameter: Cell<*mut ffi::PyTypeObject>,
}

struct FreeList {
    /// Linked through the dead objects' `dict` field.
    head: Cell<*mut Handle>,
    len: Cell<u32>,
}

confined! {
    static TYPES: Types = Types { tensor: Cell::new(ptr::null_mut()), parameter: Cell::new(ptr::null_mut()) };
}
confined! {
    static FREE: FreeList = FreeList { head: Cell::new(ptr::null_mut()), len: Cell::new(0) };
}

/// Notes the type that was made; it then lives as long as the process.
pub(super) fn set_tensor_type(created: &Bound<'_, PyAny>) {
    TYPES.with(|types| types.tensor.set(created.clone().into_ptr().cast()));
}

/// Notes the subclass that parameters have: the second type that the fast path knows by its address.
///
/// # Errors
/// Where it is no subclass of Tensor.
pub fn set_parameter_type(class: &Bound<'_, PyAny>) -> Result<()> {
    super::subclass::check(class)?;
    TYPES.with(|types| types.parameter.set(class.clone().into_ptr().cast()));
    Ok(())
}

/// The type Tensor; null until it is made.
pub fn tensor_type() -> *mut ffi::PyTypeObject {
    TYPES.with(|types| types.tensor.get())
}

/// The tensor of a Tensor object, of an instance of a subclass too; None for any other object.
///
/// # Safety
/// The interpreter's lock is held, and `object` is referred to for as long as the borrow is used.
#[inline(always)]
pub unsafe fn tensor_ref<'a>(object: *mut ffi::PyObject) -> Option<&'a Tensor> {
    // SAFETY: the caller's promise.
    let kind = unsafe { ffi::Py_TYPE(object) };
    // Python's numbers first: they stand beside tensors all the time, and a look at their bases is dear.
    if kind == &raw mut ffi::PyFloat_Type || kind == &raw mut ffi::PyLong_Type {
        return None;
    }
    let known = TYPES.with(|types| kind == types.tensor.get() || kind == types.parameter.get());
    // SAFETY: its type says that it is a Tensor object; the rest is the caller's promise.
    unsafe { if known { object::borrow(object.cast()) } else { tensor_of_subclass(object, kind) } }
}

/// The tensor of a Tensor object, which an instance always has.
///
/// # Errors
/// None that a program can bring about.
///
/// # Safety
/// In a slot or method of the type: the lock is held, and `object` is one of its instances and outlives the borrow.
#[inline(always)]
pub(super) unsafe fn this<'a>(object: *mut ffi::PyObject) -> Result<&'a Tensor> {
    // SAFETY: the caller's promise.
    unsafe { tensor_ref(object) }.ok_or_else(|| Error::runtime("internal error: a tensor without a record"))
}

/// # Safety
/// As [`tensor_ref`].
#[cold]
#[inline(never)]
unsafe fn tensor_of_subclass<'a>(object: *mut ffi::PyObject, kind: *mut ffi::PyTypeObject) -> Option<&'a Tensor> {
    // SAFETY: the caller's promise; both are types.
    let tensor = unsafe {
        if ffi::PyType_IsSubtype(kind, tensor_type()) == 0 {
            return None;
        }
        object::borrow(object.cast())
    }?;
    // Here and not where the object is made, because `t.__class__ = Sub` makes one too.
    tensor.0.set_flag(flags::SUBCLASS, true);
    Some(tensor)
}

/// The tensor of a Python object, for the parts of the binding that PyO3 writes.
pub fn tensor<'a>(object: &'a Bound<'_, PyAny>) -> Option<&'a Tensor> {
    // SAFETY: the borrowed `Bound` holds the lock and a reference.
    unsafe { tensor_ref(object.as_ptr()) }
}

/// The Python object of a tensor, for the parts of the binding that PyO3 writes.
///
/// # Errors
/// Python's MemoryError.
pub fn to_python<'py>(py: Python<'py>, tensor: Tensor) -> Result<Bound<'py, PyAny>> {
    // SAFETY: the token says that the lock is held; a new reference or null comes back.
    Ok(unsafe { Bound::from_owned_ptr_or_err(py, wrap(tensor)) }?)
}

/// The Python object of a new tensor, of the class that is asked for; a plain Tensor for none.
///
/// # Errors
/// Python's MemoryError, and torch's TypeError where the class is no subclass of Tensor.
pub fn to_class<'py>(
    tensor: Tensor,
    class: Option<Bound<'py, pyo3::types::PyType>>,
    py: Python<'py>,
) -> Result<Bound<'py, PyAny>> {
    let Some(class) = class else { return to_python(py, tensor) };
    super::subclass::check(&class)?;
    // SAFETY: the token says that the lock is held, and the class is what `wrap_as` needs.
    unsafe { owned(py, wrap_as(tensor, class.as_type_ptr())) }
}

/// A new reference to the tensor's object, which is made if there is none; null with an exception set
/// where there is no memory.
///
/// Where an object has to be made, this may run Python: the caller borrows nothing of a record.
///
/// # Safety
/// The interpreter's lock is held.
#[inline]
pub unsafe fn wrap(tensor: Tensor) -> *mut ffi::PyObject {
    let handle = tensor.0.handle() as *mut ffi::PyObject;
    if handle.is_null() {
        // SAFETY: the caller's promise.
        return unsafe { place(tensor, tensor_type(), allocate, false) };
    }
    // SAFETY: a record names its object only while that is alive, and a dying object's record is never
    // counted by another (`pending::retain` sees to that), as this one is by `tensor`.
    unsafe { ffi::Py_INCREF(handle) };
    handle
}

/// A new object of the class `kind` for a tensor that has none; else as [`wrap`].
///
/// # Safety
/// The interpreter's lock is held, and `kind` is Tensor or a subclass of it.
pub unsafe fn wrap_as(tensor: Tensor, kind: *mut ffi::PyTypeObject) -> *mut ffi::PyObject {
    let bits = TYPES.with(|types| {
        // SAFETY: the caller's promise.
        let is = |base: *mut ffi::PyTypeObject| !base.is_null() && unsafe { ffi::PyType_IsSubtype(kind, base) != 0 };
        let known = kind == types.tensor.get() || kind == types.parameter.get();
        (if known { 0 } else { flags::SUBCLASS }) | (if is(types.parameter.get()) { flags::PARAMETER } else { 0 })
    });
    tensor.0.set_flag(bits, true);
    // SAFETY: the caller's promise. A subclass can have slots of its own, which this allocator makes null.
    unsafe { place(tensor, kind, |kind| ffi::PyType_GenericAlloc(kind, 0), true) }
}

/// Gives the tensor an object that `allocate` makes, if it still has none then.
///
/// # Safety
/// The interpreter's lock is held; `allocate` returns a new object of `kind` with zeroed fields, or null, which the
/// collector tracks where `tracked` says so.
#[inline(always)]
unsafe fn place(
    tensor: Tensor,
    kind: *mut ffi::PyTypeObject,
    allocate: impl FnOnce(*mut ffi::PyTypeObject) -> *mut ffi::PyObject,
    tracked: bool,
) -> *mut ffi::PyObject {
    let object = allocate(kind);
    if object.is_null() {
        return object;
    }
    let other = tensor.0.handle() as *mut ffi::PyObject;
    if !other.is_null() {
        // Allocating ran the collector, that ran Python, and that asked for this tensor's object.
        // SAFETY: `other` is alive as in `wrap`; `object` is new and holds nothing yet.
        unsafe {
            ffi::Py_INCREF(other);
            ffi::Py_DECREF(object);
        }
        return other;
    }
    // The object takes over the count that `tensor` is.
    let shared = tensor.0.count() > 1;
    tensor.0.set_handle(object as usize, shared);
    // SAFETY: the object is new, so nobody else looks at it; it is tracked once.
    unsafe {
        (*object.cast::<Handle>()).record = arena::into_raw(tensor.0);
        if !tracked {
            ffi::PyObject_GC_Track(object.cast());
        }
    }
    object
}

/// An untracked object of the exact type Tensor with zeroed fields, or null.
#[inline(always)]
fn allocate(kind: *mut ffi::PyTypeObject) -> *mut ffi::PyObject {
    FREE.with(|list| {
        let kept = list.head.get();
        // SAFETY: with the lock held. An object in the list is a dead one of this very type, untracked,
        // its memory whole; initialising it counts it once and its type once more.
        unsafe {
            let handle = if kept.is_null() {
                let handle = ffi::PyObject_GC_New::<Handle>(kind);
                if handle.is_null() {
                    return ptr::null_mut();
                }
                handle
            } else {
                list.head.set((*kept).dict.cast());
                list.len.set(list.len.get() - 1);
                ffi::PyObject_Init(kept.cast(), kind).cast()
            };
            (*handle).record = 0;
            (*handle).dict = ptr::null_mut();
            (*handle).weak = ptr::null_mut();
            handle.cast()
        }
    })
}

/// Frees a dead object's memory, or keeps it.
///
/// # Safety
/// The interpreter's lock is held; `handle` is of type `kind`, untracked, and nothing refers to it.
#[inline(always)]
pub(super) unsafe fn free(handle: *mut Handle, kind: *mut ffi::PyTypeObject) {
    FREE.with(|list| {
        // SAFETY: the caller's promise. An object that the collector has finalised bears a mark which a
        // second life would inherit (it can have been an instance of a subclass for a while).
        unsafe {
            let plain = kind == tensor_type() && list.len.get() < KEPT;
            if plain && ffi::PyObject_GC_IsFinalized(handle.cast()) == 0 {
                (*handle).dict = list.head.get().cast();
                list.head.set(handle);
                list.len.set(list.len.get() + 1);
            } else {
                ffi::PyObject_GC_Del(handle.cast());
            }
        }
    });
}

/// A new reference, or the exception that is set.
///
/// # Safety
/// The interpreter's lock is held; `object` is a new reference, or null with an exception set.
pub(super) unsafe fn owned<'py>(py: Python<'py>, object: *mut ffi::PyObject) -> Result<Bound<'py, PyAny>> {
    // SAFETY: the caller's promise.
    unsafe { Bound::from_owned_ptr_or_opt(py, object) }.ok_or_else(|| raised(py))
}
