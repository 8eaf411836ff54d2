//! Where Python's memory and numbers meet ours: the buffer protocol, bytes, and checks that PyO3 has no
//! safe form of. What must not come here: NumPy's rules (`python/numpy.rs` has them).

use super::args::numbers;
use super::guard::raised;
use super::payload::PyPayload;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::kernels::operand::Src;
use crate::storage::Storage;
use crate::tape;
use crate::tensor::Tensor;
use pyo3::{ffi, prelude::*};
use std::ffi::CStr;

/// Whether `object` has elements by number: what torch's constructors look into.
#[inline]
pub fn is_sequence(object: &Bound<'_, PyAny>) -> bool {
    // SAFETY: the borrowed `Bound` holds the lock and a reference.
    unsafe { ffi::PySequence_Check(object.as_ptr()) != 0 }
}

/// The int that `object` stands for, by its `__index__`; None where its type has none.
///
/// # Errors
/// What the method raises.
pub fn index_of<'py>(object: &Bound<'py, PyAny>) -> Result<Option<Bound<'py, PyAny>>> {
    // SAFETY: the borrowed `Bound` holds the lock and a reference; a new reference or null comes back.
    unsafe {
        if ffi::PyIndex_Check(object.as_ptr()) == 0 {
            return Ok(None);
        }
        super::handles::owned(object.py(), ffi::PyNumber_Index(object.as_ptr())).map(Some)
    }
}

/// Python's number of a scalar.
///
/// # Errors
/// MemoryError.
pub fn number<'py>(py: Python<'py>, scalar: crate::dtype::Scalar) -> Result<Bound<'py, PyAny>> {
    // SAFETY: the token says that the lock is held; a new reference or null comes back.
    unsafe { super::handles::owned(py, numbers::to_python(scalar)) }
}

/// A list of `n` objects, which `make` gives in their order. Its places are taken at once: a list that grows takes what
/// memory there is before it fails.
///
/// # Errors
/// MemoryError, and what `make` gives.
pub fn list<'py>(
    py: Python<'py>,
    n: usize,
    mut make: impl FnMut() -> Result<Bound<'py, PyAny>>,
) -> Result<Bound<'py, PyAny>> {
    // SAFETY: the token says that the lock is held. A new list's places are empty, which dropping it allows for; each
    // takes over one reference.
    unsafe {
        let list = super::handles::owned(py, ffi::PyList_New(n as ffi::Py_ssize_t))?;
        for i in 0..n {
            ffi::PyList_SetItem(list.as_ptr(), i as ffi::Py_ssize_t, make()?.into_ptr());
        }
        Ok(list)
    }
}

/// Bytes from the first address of a layout to behind its last element: `strides` are in elements, none below 0. None
/// where 64 bits do not hold it.
pub fn span(dtype: DType, shape: &[i64], strides: &[i64]) -> Option<usize> {
    if shape.contains(&0) {
        return Some(0);
    }
    let last = shape.iter().zip(strides).try_fold(0i64, |at, (&n, &s)| at.checked_add((n - 1).checked_mul(s)?))?;
    let bytes = usize::try_from(last).ok()?.checked_add(1)?.checked_mul(dtype.size())?;
    (bytes <= isize::MAX as usize).then_some(bytes)
}

/// Whether `object` shows memory through the buffer protocol.
pub fn is_buffer(object: &Bound<'_, PyAny>) -> bool {
    // SAFETY: the borrowed `Bound` holds the lock and a reference.
    unsafe { ffi::PyObject_CheckBuffer(object.as_ptr()) != 0 }
}

/// Memory that an object shows through the buffer protocol, and what it says of it.
///
/// Invariant: `view` is filled by `PyObject_GetBuffer` and released once, when this is dropped, with the
/// lock held. It is boxed because Python may point from it into itself.
pub struct Buffer(Box<ffi::Py_buffer>);

impl Buffer {
    /// The memory of `object`, to be read, and written where `Buffer::writable` says so.
    ///
    /// # Errors
    /// What the object raises: BufferError, ValueError.
    pub fn of(object: &Bound<'_, PyAny>) -> Result<Buffer> {
        let mut view = Box::new(ffi::Py_buffer::new());
        // SAFETY: the borrowed `Bound` holds the lock and a reference, and the view is a new one.
        let failed = unsafe { ffi::PyObject_GetBuffer(object.as_ptr(), &mut *view, ffi::PyBUF_FULL_RO) } != 0;
        if failed { Err(raised(object.py())) } else { Ok(Buffer(view)) }
    }

    /// The memory of `object` as bytes one after another, where it lies so; else None.
    pub fn plain(object: &Bound<'_, PyAny>) -> Option<Buffer> {
        let mut view = Box::new(ffi::Py_buffer::new());
        // SAFETY: as in `of`.
        let failed = unsafe { ffi::PyObject_GetBuffer(object.as_ptr(), &mut *view, ffi::PyBUF_SIMPLE) } != 0;
        if failed {
            let _ = raised(object.py());
        }
        (!failed).then_some(Buffer(view))
    }

    /// How many bytes there are.
    pub fn len(&self) -> i64 {
        self.0.len as i64
    }

    /// A tensor over `n` elements that lie one after another from byte `offset` on; read-only memory is copied.
    ///
    /// # Errors
    /// Where they lie outside, and where memory is out.
    pub fn part(self, py: Python<'_>, dtype: DType, offset: i64, n: i64) -> Result<Tensor> {
        let within = n.checked_mul(dtype.size() as i64).and_then(|bytes| bytes.checked_add(offset));
        if offset < 0 || n < 0 || within.is_none_or(|end| end > self.len()) {
            return Err(Error::value("the elements lie outside the buffer"));
        }
        self.share_from(py, offset as usize, dtype, &[n], &[1])
    }

    /// Whether its bytes may be written.
    pub fn writable(&self) -> bool {
        self.0.readonly == 0
    }

    /// Bytes an element.
    pub fn itemsize(&self) -> i64 {
        self.0.itemsize as i64
    }

    /// The element type, in the notation of Python's `struct` module.
    pub fn format(&self) -> &[u8] {
        if self.0.format.is_null() {
            return b"B";
        }
        // SAFETY: a filled view's format is null or a C string that lives as long as it.
        unsafe { CStr::from_ptr(self.0.format) }.to_bytes()
    }

    /// Extents.
    pub fn shape(&self) -> Vec<i64> {
        self.numbers(self.0.shape)
    }

    /// Bytes from one index to the next.
    pub fn strides(&self) -> Vec<i64> {
        self.numbers(self.0.strides)
    }

    /// Whether elements lie behind pointers, as they never do in NumPy.
    pub fn is_indirect(&self) -> bool {
        !self.0.suboffsets.is_null()
    }

    fn numbers(&self, at: *const ffi::Py_ssize_t) -> Vec<i64> {
        if at.is_null() {
            return Vec::new();
        }
        // SAFETY: in a view that was asked for with PyBUF_FULL_RO, `shape` and `strides` have `ndim` entries.
        (0..self.0.ndim as usize).map(|i| unsafe { *at.add(i) as i64 }).collect()
    }

    /// A tensor over the same memory, which `holder` keeps alive. Memory that must not be written is copied:
    /// a write through a tensor to a read-only mapping would end the process.
    ///
    /// `shape` and `strides` are this buffer's, the strides in elements of `dtype` and none below 0.
    ///
    /// # Errors
    /// Where memory is out.
    pub fn share(self, py: Python<'_>, dtype: DType, shape: &[i64], strides: &[i64]) -> Result<Tensor> {
        self.share_from(py, 0, dtype, shape, strides)
    }

    /// The same from byte `offset` on, behind which the layout lies.
    fn share_from(self, py: Python<'_>, offset: usize, dtype: DType, shape: &[i64], strides: &[i64]) -> Result<Tensor> {
        let bytes = span(dtype, shape, strides).ok_or_else(|| Error::storage_overflow(shape))?;
        let from = self.0.buf.cast::<u8>().wrapping_add(offset);
        let storage = if self.writable() {
            let holder = Bound::new(py, Held(super::locked::Locked::new(py, self)))?;
            // SAFETY: the buffer's shape and strides say that these bytes are its own, and it stays until its
            // holder dies, which the payload counts. Others may write them meanwhile, as kernels expect.
            unsafe { Storage::foreign(from, bytes, Box::new(PyPayload::wrap(holder.into_any()))) }
        } else {
            let own = Storage::new(bytes)?;
            // SAFETY: as above for the source; the new storage has as many bytes, and overlaps nothing.
            unsafe { std::ptr::copy_nonoverlapping(from, own.ptr(), bytes) };
            own
        };
        let storage = tape::insert(storage)?;
        Tensor::view_of(storage, dtype, (shape, strides, 0))
    }

    /// Runs `f` on its elements, laid out as [`share`](Self::share) says.
    ///
    /// # Errors
    /// Where the layout overflows.
    pub fn read<R>(&self, dtype: DType, shape: &[i64], strides: &[i64], f: impl FnOnce(&Src) -> R) -> Result<R> {
        let overflow = || Error::storage_overflow(shape);
        let bytes = span(dtype, shape, strides).ok_or_else(overflow)?;
        // SAFETY: as in `share`, for as long as this is borrowed.
        let src = unsafe { Src::new(self.0.buf.cast(), bytes, dtype, shape, strides, 0) };
        Ok(f(&src.ok_or_else(overflow)?))
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: the invariant. Every `Buffer` lives on the stack of a function that Python called, or in a
        // `Held`, which Python frees with the lock held.
        unsafe { ffi::PyBuffer_Release(&mut *self.0) };
    }
}

/// Keeps a buffer for as long as a storage looks at it. A class of ours, and not Python's memoryview,
/// because the collector shows that one to everybody and anybody could release it.
#[pyclass(frozen, name = "_Buffer", module = "wengert")]
struct Held(#[allow(dead_code, reason = "held, not read")] super::locked::Locked<Buffer>);

/// The elements' bytes as they lie, for a tensor that is dense in some order of dimensions.
///
/// # Errors
/// MemoryError, or where the elements lie outside the storage.
pub fn bytes_of<'py>(py: Python<'py>, dense: &Tensor) -> Result<Bound<'py, PyAny>> {
    let n = dense.numel() as usize * dense.dtype().size();
    dense.read(|src| {
        // SAFETY: a dense layout without negative strides is one run from its first element on, and the
        // operand was checked to lie in its storage; the bytes are copied at once.
        unsafe { super::handles::owned(py, ffi::PyBytes_FromStringAndSize(src.ptr().cast(), n as ffi::Py_ssize_t)) }
    })?
}

/// Writes `bytes` over the elements of a new tensor as they lie.
///
/// # Errors
/// Where there are more or fewer.
pub fn put_bytes(dense: &Tensor, bytes: &[u8]) -> Result<()> {
    if dense.numel() as usize * dense.dtype().size() != bytes.len() {
        return Err(Error::value("the number of bytes does not fit the shape"));
    }
    dense.write(|dst| {
        // SAFETY: as `bytes_of`; Python's bytes overlap no storage of ours that is new.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), dst.ptr(), bytes.len()) };
    })
}
