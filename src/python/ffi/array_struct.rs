//! NumPy's arrays by their `__array_struct__`: where the elements lie, in a struct of C that one look-up gives. The buffer
//! protocol tells the same in five times the time, most of it spent on the text of the format.
//!
//! The struct: NumPy's manual, "The array interface protocol".

use super::exchange::span;
use crate::dtype::DType;
use crate::kernels::operand::Src;
use crate::python::numpy;
use pyo3::{ffi, intern, prelude::*, types::PyCapsule};
use std::ffi::{c_char, c_int, c_void};
use std::ptr::NonNull;

/// `PyArrayInterface`.
#[repr(C)]
struct Interface {
    two: c_int,
    nd: c_int,
    typekind: c_char,
    itemsize: c_int,
    flags: c_int,
    shape: *const isize,
    strides: *const isize,
    data: *const c_void,
    descr: *const ffi::PyObject,
}

/// The elements are in this machine's order of bytes.
const NOT_SWAPPED: c_int = 0x200;

/// What one array shows. It is read at once: while it is held no code of Python's may run, which could give the array
/// other memory.
pub struct Shown<'py> {
    interface: NonNull<Interface>,
    /// Owns what is pointed to.
    _capsule: Bound<'py, PyCapsule>,
}

impl<'py> Shown<'py> {
    /// Of an array of NumPy's own class; None of every other object, and of elements in another order of bytes.
    pub fn of(array: &Bound<'py, PyAny>) -> Option<Shown<'py>> {
        if !numpy::is_exactly_array(array) {
            return None;
        }
        let found = array.getattr(intern!(array.py(), "__array_struct__")).ok()?;
        let capsule = found.cast_into_exact::<PyCapsule>().ok()?;
        // SAFETY: an exact class, so the capsule is NumPy's own, which has no name.
        let interface = unsafe { ffi::PyCapsule_GetPointer(capsule.as_ptr(), std::ptr::null()) };
        let shown = Shown { interface: NonNull::new(interface.cast())?, _capsule: capsule };
        let Interface { two, nd, flags, .. } = shown.told();
        (*two == 2 && (0..=64).contains(nd) && flags & NOT_SWAPPED != 0).then_some(shown)
    }

    fn told(&self) -> &Interface {
        // SAFETY: the capsule, which is held, owns a filled struct that nobody writes.
        unsafe { self.interface.as_ref() }
    }

    /// The element type; None where tensors have none of the kind.
    pub fn dtype(&self) -> Option<DType> {
        numpy::element(char::from(self.told().typekind as u8), self.told().itemsize as usize)
    }

    /// The extents.
    pub fn shape(&self) -> impl Iterator<Item = i64> {
        self.numbers(self.told().shape)
    }

    fn numbers(&self, at: *const isize) -> impl Iterator<Item = i64> {
        // SAFETY: `shape` and `strides` have `nd` entries each, which the capsule owns with the struct.
        (0..self.told().nd as usize).map(move |i| unsafe { *at.add(i) as i64 })
    }

    /// Reads the elements, as one row of a tensor: with a first dimension of 1, of which `shape` tells too. `strides` is
    /// room for as many numbers. None where the extents or the type are others, and where a stride is below 0 or no
    /// multiple of an element.
    pub fn read<R>(
        &self,
        dtype: DType,
        shape: &[i64],
        strides: &mut [i64],
        f: impl FnOnce(&Src<'_>) -> R,
    ) -> Option<R> {
        let size = dtype.size() as i64;
        if self.dtype() != Some(dtype) || !self.shape().eq(shape.get(1..)?.iter().copied()) {
            return None;
        }
        let (first, rest) = strides.split_first_mut()?;
        *first = 0;
        for (stride, bytes) in rest.iter_mut().zip(self.numbers(self.told().strides)) {
            if bytes < 0 || bytes % size != 0 {
                return None;
            }
            *stride = bytes / size;
        }
        let bytes = span(dtype, shape, strides)?;
        // SAFETY: the array's own extents and strides say that its elements lie within these bytes, and it stays as it is
        // while no code of Python's runs. Others may write them meanwhile, as kernels expect.
        let src = unsafe { Src::new(self.told().data.cast(), bytes, dtype, shape, strides, 0) }?;
        Some(f(&src))
    }
}
