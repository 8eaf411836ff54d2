//! The layout, creation and end of a Tensor object.
//!
//! Invariants:
//! - `record` is 0 or owns one count of a living record; it is 0 only before the object is handed out
//!   and after its end has begun. What it names never changes in between.
//! - The record names the object as its handle, and no other object, until the object's end begins.
//! - The tape owns one strong reference to the object exactly while the record's HOLDS_HANDLE bit is
//!   set, that is while the record is counted more than once.
//! - The collector tracks the object exactly while it is handed out.
//! - An object is never freed while a `Tensor` borrowed from its field is in use: whoever borrows one
//!   holds a reference to the object (an argument's is its caller's).
//! - Freeing runs Python in one place only, the weak references' callbacks, and by then both pointers
//!   are null; everything else that could run some is queued.

use super::guard::guard_quietly;
use super::{attributes, gc, handles, items, slots, subclass};
use crate::tape::arena;
use crate::tape::host;
use crate::tape::record::TensorRecord;
use crate::tensor::Tensor;
use pyo3::{ffi, prelude::*};
use std::ffi::{c_int, c_uint, c_void};
use std::mem::offset_of;
use std::ptr;

/// A Tensor object. A subclass's slots follow it.
#[repr(C)]
pub struct Handle {
    pub(super) base: ffi::PyObject,
    pub(super) record: usize,
    pub(super) dict: *mut ffi::PyObject,
    pub(super) weak: *mut ffi::PyObject,
}

/// A function as a slot's untyped pointer, checked against the slot's C signature.
macro_rules! slot {
    ($slot:ident, $function:expr, $signature:ty) => {
        ffi::PyType_Slot { slot: ffi::$slot as _, pfunc: $function as $signature as *mut std::ffi::c_void }
    };
}
pub(super) use slot;

const DOC: &std::ffi::CStr = c"An n-dimensional array of one element type that records what is computed from it.";

/// Makes the type, with `methods` beside those defined here, and registers it.
///
/// # Errors
/// Python's own where it has no memory.
pub fn create<'py>(py: Python<'py>, methods: &[ffi::PyMethodDef]) -> PyResult<Bound<'py, PyAny>> {
    let member = |name: &'static std::ffi::CStr, offset: usize| ffi::PyMemberDef {
        name: name.as_ptr(),
        type_code: ffi::Py_T_PYSSIZET,
        offset: offset as ffi::Py_ssize_t,
        flags: ffi::Py_READONLY,
        doc: ptr::null(),
    };
    let mut members = [
        member(c"__dictoffset__", offset_of!(Handle, dict)),
        member(c"__weaklistoffset__", offset_of!(Handle, weak)),
        ffi::PyMemberDef::default(),
    ];
    // The type keeps these two tables' addresses, and lives as long as the process.
    let methods: Vec<_> = [methods, &subclass::methods(), &items::methods(), &[ffi::PyMethodDef::zeroed()]].concat();
    let methods = Box::leak(methods.into_boxed_slice());
    let getset = Box::leak(attributes::table().into_boxed_slice());
    let mut all = vec![
        slot!(Py_tp_dealloc, dealloc, ffi::destructor),
        slot!(Py_tp_traverse, gc::traverse, ffi::traverseproc),
        slot!(Py_tp_clear, gc::clear, ffi::inquiry),
        slot!(Py_tp_new, subclass::new, ffi::newfunc),
        ffi::PyType_Slot { slot: ffi::Py_tp_doc, pfunc: DOC.as_ptr() as *mut c_void },
        ffi::PyType_Slot { slot: ffi::Py_tp_members, pfunc: members.as_mut_ptr().cast() },
        ffi::PyType_Slot { slot: ffi::Py_tp_methods, pfunc: methods.as_mut_ptr().cast() },
        ffi::PyType_Slot { slot: ffi::Py_tp_getset, pfunc: getset.as_mut_ptr().cast() },
    ];
    all.extend(slots::table());
    all.extend(items::table());
    all.push(ffi::PyType_Slot::default());
    let flags = ffi::Py_TPFLAGS_DEFAULT | ffi::Py_TPFLAGS_BASETYPE | ffi::Py_TPFLAGS_HAVE_GC;
    let mut spec = ffi::PyType_Spec {
        name: c"wengert.Tensor".as_ptr(),
        basicsize: size_of::<Handle>() as c_int,
        itemsize: 0,
        flags: flags as c_uint,
        slots: all.as_mut_ptr(),
    };
    // SAFETY: the spec and its tables are well formed and end with empty entries; Python copies the
    // spec, the slots and the members, and what it keeps addresses of is leaked above.
    let created = unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyType_FromSpec(&mut spec)) }?;
    // NumPy's operators leave `array * tensor` to the tensor, which refuses it, as torch's does.
    created.setattr("__array_priority__", 1000)?;
    // Python's own messages name a type as it is called in C; torch's say 'Tensor'.
    created.setattr("__name__", "Tensor")?;
    handles::set_tensor_type(&created);
    Ok(created)
}

/// Whether an object's last reference is gone.
///
/// # Safety
/// `object` is not freed, and the interpreter's lock is held.
#[inline(always)]
pub(super) unsafe fn is_dying(object: *mut ffi::PyObject) -> bool {
    // From 3.14 on the upper half of the count holds flags.
    // SAFETY: the caller's promise.
    unsafe { ffi::Py_REFCNT(object) as u32 == 0 }
}

/// Whether an object has one reference left.
///
/// # Safety
/// As [`is_dying`].
#[inline(always)]
pub(super) unsafe fn has_one_owner(object: *mut ffi::PyObject) -> bool {
    // SAFETY: the caller's promise.
    unsafe { ffi::Py_REFCNT(object) as u32 == 1 }
}

/// Makes a dying object's record forget it.
///
/// # Safety
/// `handle` is not freed, and the interpreter's lock is held.
#[cold]
pub(super) unsafe fn disown(handle: *mut Handle) {
    // SAFETY: the caller's promise; the field is read, and what it names is only borrowed.
    if let Some(tensor) = unsafe { borrow(handle) } {
        tensor.0.set_handle(0, false);
    }
}

/// The tensor in an object's field.
///
/// # Safety
/// `handle` is a Tensor object that is not freed while the borrow is used.
#[inline(always)]
pub(super) unsafe fn borrow<'a>(handle: *mut Handle) -> Option<&'a Tensor> {
    // SAFETY: the field is a number that only the object's beginning and end write.
    let record: &'a usize = unsafe { &(*handle).record };
    if *record == 0 {
        return None;
    }
    // SAFETY: it owns a count (the first invariant), and `Tensor` is transparent over `Ref`.
    Some(unsafe { &*ptr::from_ref(arena::borrow_raw::<TensorRecord>(record)).cast::<Tensor>() })
}

/// Ends an object. A subclass's slots, `__del__` and trashcan are behind us: its own dealloc, which
/// CPython made, calls this last, with the object tracked again, and leaves its type to us.
///
/// # Safety
/// Python calls it with the lock held, once, when nothing else refers to the object.
unsafe extern "C" fn dealloc(object: *mut ffi::PyObject) {
    // SAFETY: the caller's promise.
    unsafe {
        guard_quietly(|_py| {
            let kind = ffi::Py_TYPE(object);
            ffi::PyObject_GC_UnTrack(object.cast());
            let handle = object.cast::<Handle>();
            let record = ptr::replace(&mut (*handle).record, 0);
            let dict = ptr::replace(&mut (*handle).dict, ptr::null_mut());
            let tensor = (record != 0).then(|| arena::from_raw::<TensorRecord>(record));
            if let Some(record) = &tensor
                && record.handle() == object as usize
            {
                record.set_handle(0, false);
            }
            if !(*handle).weak.is_null() {
                ffi::PyObject_ClearWeakRefs(object);
            }
            if !dict.is_null() {
                // Not dropped here: a chain of handles through dicts would nest without bound.
                host::drop_later(dict as usize);
            }
            drop(tensor);
            handles::free(handle, kind);
            ffi::Py_DECREF(kind.cast());
        });
    }
}
