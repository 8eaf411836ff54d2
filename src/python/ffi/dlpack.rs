//! DLPack's structures, and tensors to and from the capsules that carry them.
//!
//! Two kinds of capsule are spoken: the one of version 1 ("dltensor_versioned") and the one before it ("dltensor").
//! Whoever takes a capsule's structure renames the capsule and calls the structure's deleter, once; where nobody takes
//! it, the capsule's destructor calls it. What must not come here: the protocol's questions and torch's refusals
//! (`wengert/_dlpack.py` has them).

use super::guard::raised;
use super::handles::owned;
use super::locked::Locked;
use super::memory::Memory;
use super::payload::PyPayload;
use super::pending::keep_exception;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::shape::{self, Dims};
use crate::storage::Storage;
use crate::tape;
use crate::tensor::Tensor;
use pyo3::exceptions::PyBufferError;
use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;
use std::ffi::{CStr, c_void};
use std::ptr;

/// The device on which a tensor lies: its kind and which of them.
#[repr(C)]
#[derive(Clone, Copy)]
struct Device {
    kind: i32,
    index: i32,
}

/// Memory that the processor reads and writes.
const CPU: i32 = 1;

/// An element: what its bits mean, how many they are, and how many numbers there are in it.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Debug)]
struct Element {
    code: u8,
    bits: u8,
    lanes: u16,
}

/// A tensor's elements and where they lie.
#[repr(C)]
#[derive(Clone, Copy)]
struct Layout {
    data: *mut c_void,
    device: Device,
    ndim: i32,
    element: Element,
    shape: *mut i64,
    /// In elements; null where they lie one after another in order.
    strides: *mut i64,
    byte_offset: u64,
}

/// What a capsule of before version 1 points to.
#[repr(C)]
pub struct Legacy {
    layout: Layout,
    context: *mut c_void,
    deleter: Option<unsafe extern "C" fn(*mut Legacy)>,
}

/// What a capsule of version 1 points to. Later minor versions have the same fields.
#[repr(C)]
pub struct Versioned {
    major: u32,
    minor: u32,
    context: *mut c_void,
    deleter: Option<unsafe extern "C" fn(*mut Versioned)>,
    flags: u64,
    layout: Layout,
}

/// The bit of `flags` that forbids to write.
const READ_ONLY: u64 = 1;
/// The bit of `flags` that says that nobody else looks at the elements.
const COPIED: u64 = 2;

/// One of the two structures.
trait Managed: Sized + 'static {
    /// The name of a capsule that nobody has taken.
    const NAME: &'static CStr;
    /// Its name afterwards.
    const USED: &'static CStr;

    fn new(layout: Layout, context: *mut c_void, copied: bool) -> Self;
    fn layout(&self) -> &Layout;
    fn flags(&self) -> u64;
    fn context(&self) -> *mut c_void;
    fn deleter(&self) -> Option<unsafe extern "C" fn(*mut Self)>;
    /// Whether its fields are known to be these.
    fn is_known(&self) -> Result<()>;
}

impl Managed for Legacy {
    const NAME: &'static CStr = c"dltensor";
    const USED: &'static CStr = c"used_dltensor";

    fn new(layout: Layout, context: *mut c_void, _: bool) -> Self {
        Legacy { layout, context, deleter: Some(end::<Legacy>) }
    }
    fn layout(&self) -> &Layout {
        &self.layout
    }
    fn flags(&self) -> u64 {
        0
    }
    fn context(&self) -> *mut c_void {
        self.context
    }
    fn deleter(&self) -> Option<unsafe extern "C" fn(*mut Self)> {
        self.deleter
    }
    fn is_known(&self) -> Result<()> {
        Ok(())
    }
}

impl Managed for Versioned {
    const NAME: &'static CStr = c"dltensor_versioned";
    const USED: &'static CStr = c"used_dltensor_versioned";

    fn new(layout: Layout, context: *mut c_void, copied: bool) -> Self {
        let flags = if copied { COPIED } else { 0 };
        Versioned { major: 1, minor: 0, context, deleter: Some(end::<Versioned>), flags, layout }
    }
    fn layout(&self) -> &Layout {
        &self.layout
    }
    fn flags(&self) -> u64 {
        self.flags
    }
    fn context(&self) -> *mut c_void {
        self.context
    }
    fn deleter(&self) -> Option<unsafe extern "C" fn(*mut Self)> {
        self.deleter
    }
    fn is_known(&self) -> Result<()> {
        if self.major <= 1 {
            return Ok(());
        }
        Err(refused(format!("unsupported DLPack capsule major version: {}", self.major)))
    }
}

fn refused(text: String) -> Error {
    PyBufferError::new_err(text).into()
}

fn element_of(dtype: DType) -> Element {
    let code = match dtype {
        DType::Int8 | DType::Int16 | DType::Int32 | DType::Int64 => 0,
        DType::UInt8 => 1,
        DType::Float16 | DType::Float32 | DType::Float64 => 2,
        DType::BFloat16 => 4,
        DType::Complex64 | DType::Complex128 => 5,
        DType::Bool => 6,
    };
    Element { code, bits: 8 * dtype.size() as u8, lanes: 1 }
}

fn dtype_of(element: Element) -> Result<DType> {
    if element.lanes != 1 {
        return Err(refused("ATen does not support lanes != 1 for dtype code".to_owned() + &element.code.to_string()));
    }
    DType::ALL.into_iter().find(|&dtype| element_of(dtype) == element).ok_or_else(|| {
        let bits = element.bits;
        let name = match element.code {
            0 => "kInt",
            1 => "kUInt",
            2 | 4 | 5 => "kFloat",
            6 => "kDLBool",
            code => return refused(format!("Unsupported code {code}")),
        };
        refused(format!("Unsupported {name} bits {bits}"))
    })
}

/// What a structure of ours points to, for as long as somebody has it.
struct Export<M> {
    managed: M,
    shape: Vec<i64>,
    strides: Vec<i64>,
    #[allow(dead_code, reason = "held, not read")]
    memory: Py<Memory>,
}

/// The deleter of our structures.
///
/// # Safety
/// `managed` is one that [`export`] made, and this is the last that anybody does with it. Any thread may call.
unsafe extern "C" fn end<M: Managed>(managed: *mut M) {
    if managed.is_null() {
        return;
    }
    // Where the interpreter is gone, so is everybody who could miss the memory: it is left.
    let _ = Python::try_attach(|py| {
        keep_exception(py, || {
            // SAFETY: `export` leaked the box whose address is the context, and this is the one who takes it back.
            drop(unsafe { Box::from_raw((*managed).context().cast::<Export<M>>()) });
        });
    });
}

/// The destructor of our capsules: what nobody has taken ends with them.
///
/// # Safety
/// Python calls it with the lock held, and with a capsule that [`export`] made.
unsafe extern "C" fn unused<M: Managed>(capsule: *mut PyObject) {
    // SAFETY: the caller's promise. The name says what the pointer is, and that the structure is still the capsule's.
    unsafe {
        if ffi::PyCapsule_IsValid(capsule, M::NAME.as_ptr()) != 0 {
            end::<M>(ffi::PyCapsule_GetPointer(capsule, M::NAME.as_ptr()).cast());
        }
    }
}

fn export<'py, M: Managed>(py: Python<'py>, t: &Tensor, copied: bool) -> Result<Bound<'py, PyAny>> {
    // The check that every element lies within, and no `Data` behind it that somebody else could write.
    t.write(|_| ())?;
    let memory = Memory::of(py, t);
    let (layout, shape, strides) = {
        let g = t.geometry();
        let offset = if g.numel() == 0 { 0 } else { g.offset as usize * g.dtype.size() };
        let layout = Layout {
            data: memory.start(py).wrapping_add(offset).cast(),
            device: Device { kind: CPU, index: 0 },
            ndim: g.shape.len() as i32,
            element: element_of(g.dtype),
            shape: ptr::null_mut(),
            strides: ptr::null_mut(),
            byte_offset: 0,
        };
        (layout, g.shape.to_vec(), g.strides.to_vec())
    };
    let memory = Py::new(py, memory)?;
    let managed = M::new(layout, ptr::null_mut(), copied);
    let mut made = Box::new(Export { managed, shape, strides, memory });
    let (shape, strides) = (made.shape.as_mut_ptr(), made.strides.as_mut_ptr());
    let whole = Box::into_raw(made);
    // SAFETY: the box was just leaked, so that its address and those of its vectors stay; nobody else knows it yet. The
    // capsule owns it from then on, and where there is none, it is taken back.
    unsafe {
        let managed = &raw mut (*whole).managed;
        let laid_out = M::new(Layout { shape, strides, ..layout }, whole.cast(), copied);
        managed.write(laid_out);
        let capsule = ffi::PyCapsule_New(managed.cast(), M::NAME.as_ptr(), Some(unused::<M>));
        if capsule.is_null() {
            drop(Box::from_raw(whole));
        }
        owned(py, capsule)
    }
}

/// A capsule with a tensor, `copied` where it was made for that; by the rules of version 1, or of those before it.
///
/// # Errors
/// MemoryError.
pub fn to_capsule<'py>(py: Python<'py>, t: &Tensor, versioned: bool, copied: bool) -> Result<Bound<'py, PyAny>> {
    if versioned { export::<Versioned>(py, t, copied) } else { export::<Legacy>(py, t, copied) }
}

/// Whether `object` is a capsule with a tensor that nobody has taken.
pub fn is_capsule(object: &Bound<'_, PyAny>) -> bool {
    is_named(object, Legacy::NAME) || is_named(object, Versioned::NAME)
}

fn is_named(object: &Bound<'_, PyAny>, name: &CStr) -> bool {
    // SAFETY: the borrowed `Bound` holds the lock and a reference; objects of other types are no capsules.
    unsafe { ffi::PyCapsule_IsValid(object.as_ptr(), name.as_ptr()) != 0 }
}

/// Somebody else's structure, which was taken from its capsule.
///
/// Invariant: nobody else has it, and its deleter is called when this is dropped.
struct Taken<M: Managed>(*mut M);

impl<M: Managed> Drop for Taken<M> {
    fn drop(&mut self) {
        // SAFETY: the invariant.
        unsafe {
            if let Some(deleter) = (*self.0).deleter() {
                deleter(self.0);
            }
        }
    }
}

/// Keeps a structure for as long as a storage looks at its memory, and lets go of it as Python does of objects.
#[pyclass(frozen, name = "_Taken", module = "wengert")]
struct Held(#[allow(dead_code, reason = "held, not read")] Option<Locked<Either>>);

enum Either {
    Legacy(#[allow(dead_code, reason = "held, not read")] Taken<Legacy>),
    Versioned(#[allow(dead_code, reason = "held, not read")] Taken<Versioned>),
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(taken) = self.0.take() {
            // The deleter is another library's, and may run Python.
            let mut taken = Some(taken);
            let _ = Python::try_attach(|py| keep_exception(py, || drop(taken.take())));
            // Where there is no interpreter any more, nobody is called.
            std::mem::forget(taken);
        }
    }
}

/// A tensor over the memory of the structure in a capsule, which is taken from it. Memory that must not be written is
/// copied.
///
/// # Errors
/// RuntimeError for other objects; BufferError for what no tensor here can be. The capsule is left as it was then.
pub fn from_capsule(object: &Bound<'_, PyAny>) -> Result<Tensor> {
    if is_named(object, Versioned::NAME) {
        return import::<Versioned>(object, Either::Versioned);
    }
    if is_named(object, Legacy::NAME) {
        return import::<Legacy>(object, Either::Legacy);
    }
    Err(Error::runtime(
        "from_dlpack received an invalid capsule. Note that DLTensor capsules can be consumed only once, so you might have \
         already constructed a tensor from it once.",
    ))
}

fn import<M: Managed>(object: &Bound<'_, PyAny>, hold: fn(Taken<M>) -> Either) -> Result<Tensor> {
    let py = object.py();
    // SAFETY: the lock is held, and the caller saw that the capsule has this name.
    let managed: *mut M = unsafe { ffi::PyCapsule_GetPointer(object.as_ptr(), M::NAME.as_ptr()).cast() };
    if managed.is_null() {
        return Err(raised(py));
    }
    // SAFETY: by the protocol a capsule of this name points to such a structure, and keeps it while it has the name; the
    // capsule is referred to here.
    let found = unsafe { &*managed };
    found.is_known()?;
    let Described { dtype, shape, strides, start, bytes } = describe(found.layout())?;
    let (shape, strides) = (Dims::new(&shape)?, Dims::new(&strides)?);
    let own = if found.flags() & READ_ONLY == 0 { None } else { Some(Storage::new(bytes)?) };
    // SAFETY: as above. The new name is a constant, and says that the structure is ours from now on.
    if unsafe { ffi::PyCapsule_SetName(object.as_ptr(), M::USED.as_ptr()) } != 0 {
        return Err(raised(py));
    }
    let taken = Taken(managed);
    let storage = match own {
        Some(own) => {
            // SAFETY: the structure's shape and strides say that these bytes are its own, and it ends after this; the new
            // storage has as many, and overlaps nothing.
            unsafe { ptr::copy_nonoverlapping(start, own.ptr(), bytes) };
            own
        }
        None => {
            let holder = Bound::new(py, Held(Some(Locked::new(py, hold(taken)))))?;
            // SAFETY: the bytes are there until the structure's deleter is called, which its holder does when it dies, and
            // the payload counts that. Others may write them meanwhile, as kernels expect.
            unsafe { Storage::foreign(start, bytes, Box::new(PyPayload::wrap(holder.into_any()))) }
        }
    };
    Tensor::view_of(tape::insert(storage)?, dtype, (&shape, &strides, 0))
}

struct Described {
    dtype: DType,
    shape: Vec<i64>,
    strides: Vec<i64>,
    start: *mut u8,
    bytes: usize,
}

/// What a tensor over such elements would have, where there can be one.
fn describe(layout: &Layout) -> Result<Described> {
    if layout.device.kind != CPU {
        return Err(refused(format!("Unsupported device_type: {}", layout.device.kind)));
    }
    let dtype = dtype_of(layout.element)?;
    let ndim = usize::try_from(layout.ndim).unwrap_or(usize::MAX);
    if ndim > shape::MAX_DIMS {
        return Err(refused(format!("a tensor cannot have {} dimensions", layout.ndim)));
    }
    // SAFETY: by the protocol there is one extent for each dimension, and one stride where there are any.
    let numbers = |at: *mut i64| unsafe { (0..ndim).map(|i| ptr::read_unaligned(at.add(i))).collect::<Vec<i64>>() };
    let extents = if ndim == 0 || layout.shape.is_null() { Vec::new() } else { numbers(layout.shape) };
    let overflow = || Error::storage_overflow(&extents);
    if extents.len() != ndim || extents.iter().any(|&n| n < 0) {
        return Err(refused("a tensor's extents are missing or negative".to_owned()));
    }
    shape::numel(&extents).ok_or_else(overflow)?;
    let strides =
        if layout.strides.is_null() { shape::contiguous_strides(&extents)?.to_vec() } else { numbers(layout.strides) };
    let empty = extents.contains(&0);
    if !empty && extents.iter().zip(&strides).any(|(&n, &s)| n > 1 && s < 0) {
        return Err(Error::value(
            "At least one stride in the given tensor is negative, and tensors with negative strides are not currently \
             supported. (You can probably work around this by making a copy of it.)",
        ));
    }
    // A stride of which no address depends may be anything; below 0 no tensor has one.
    let strides: Vec<i64> = strides.iter().map(|&s| s.max(0)).collect();
    let bytes = super::exchange::span(dtype, &extents, &strides).ok_or_else(overflow)?;
    let offset = usize::try_from(layout.byte_offset).map_err(|_| overflow())?;
    let start = layout.data.cast::<u8>().wrapping_add(offset);
    if bytes > 0 && layout.data.is_null() {
        return Err(refused("a tensor's data are missing".to_owned()));
    }
    Ok(Described { dtype, shape: extents, strides, start, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::{offset_of, size_of};

    #[test]
    fn the_structures_are_those_of_the_specification() {
        assert_eq!((size_of::<Device>(), size_of::<Element>()), (8, 4));
        if size_of::<usize>() == 8 {
            assert_eq!((size_of::<Layout>(), size_of::<Legacy>(), size_of::<Versioned>()), (48, 64, 80));
            assert_eq!(
                (offset_of!(Layout, ndim), offset_of!(Layout, element), offset_of!(Layout, shape)),
                (16, 20, 24)
            );
            assert_eq!((offset_of!(Versioned, context), offset_of!(Versioned, flags)), (8, 24));
            assert_eq!(offset_of!(Versioned, layout), 32);
        }
    }

    #[test]
    fn element_types_are_told_apart() {
        for dtype in DType::ALL {
            assert_eq!(dtype_of(element_of(dtype)).ok(), Some(dtype));
        }
        assert!(dtype_of(Element { code: 1, bits: 16, lanes: 1 }).is_err());
        assert!(dtype_of(Element { code: 2, bits: 32, lanes: 4 }).is_err());
    }

    #[test]
    fn layouts_that_no_tensor_has_are_refused() {
        let mut numbers = [2.0f32, 3.0, 4.0];
        let (mut shape, mut strides) = ([3i64], [1i64]);
        let layout = |shape: &mut [i64; 1], strides: &mut [i64; 1], data: *mut f32| Layout {
            data: data.cast(),
            device: Device { kind: CPU, index: 0 },
            ndim: 1,
            element: element_of(DType::Float32),
            shape: shape.as_mut_ptr(),
            strides: strides.as_mut_ptr(),
            byte_offset: 0,
        };
        let data = numbers.as_mut_ptr();
        assert!(describe(&layout(&mut shape, &mut strides, data)).is_ok_and(|found| found.bytes == 12));
        assert!(describe(&layout(&mut [3], &mut [-1], data)).is_err());
        assert!(describe(&layout(&mut [-1], &mut [1], data)).is_err());
        assert!(describe(&layout(&mut [i64::MAX], &mut [4], data)).is_err());
        assert!(describe(&layout(&mut [3], &mut [1], ptr::null_mut())).is_err());
        assert!(describe(&layout(&mut [0], &mut [1], ptr::null_mut())).is_ok_and(|found| found.bytes == 0));
        let elsewhere = Layout { device: Device { kind: 2, index: 0 }, ..layout(&mut shape, &mut strides, data) };
        assert!(describe(&elsewhere).is_err());
        let deep = Layout { ndim: 1000, ..layout(&mut shape, &mut strides, data) };
        assert!(describe(&deep).is_err());
    }
}
