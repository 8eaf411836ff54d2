//! The operands that kernels see: a pointer, an element type, a shape and strides; nothing else.
//!
//! `Src` and `Dst` are made from a storage's address and length, and every one of them has been
//! checked to lie within that length. They hold raw pointers on purpose: NumPy and DLPack may write
//! the same memory at any time, so no `&[T]` or `&mut [T]` over it is ever made.

use crate::dtype::DType;
use std::marker::PhantomData;

/// A strided operand that is read.
#[derive(Clone, Copy)]
pub struct Src<'a> {
    ptr: *const u8,
    dtype: DType,
    shape: &'a [i64],
    strides: &'a [i64],
}

/// A strided operand that is written (and may be read, to accumulate).
pub struct Dst<'a> {
    ptr: *mut u8,
    dtype: DType,
    shape: &'a [i64],
    strides: &'a [i64],
    life: PhantomData<&'a mut ()>,
}

/// The lowest and highest element that a layout touches, relative to the storage's first element,
/// or `None` where it touches none. Overflow is reported as an impossible extent.
pub fn extent(shape: &[i64], strides: &[i64], offset: i64) -> Option<(i64, i64)> {
    reach(shape, strides, offset)
}

/// The same, for the check of every operand of a small call.
#[inline(always)]
fn reach(shape: &[i64], strides: &[i64], offset: i64) -> Option<(i64, i64)> {
    // An extent of 0 makes the whole empty, whatever the others would overflow to.
    let (mut low, mut high, mut empty, mut overflows) = (offset, offset, false, false);
    for (&n, &s) in shape.iter().zip(strides) {
        empty |= n == 0;
        let (span, multiplied) = (n - 1).overflowing_mul(s);
        let (lower, below) = low.overflowing_add(span.min(0));
        let (higher, above) = high.overflowing_add(span.max(0));
        (low, high) = (lower, higher);
        overflows |= multiplied | below | above;
    }
    match (empty, overflows) {
        (true, _) => None,
        (false, true) => Some((i64::MIN, i64::MAX)),
        (false, false) => Some((low, high)),
    }
}

/// Whether every element of the layout lies within `bytes` bytes.
#[inline(always)]
pub fn within(bytes: usize, dtype: DType, shape: &[i64], strides: &[i64], offset: i64) -> bool {
    match reach(shape, strides, offset) {
        None => true,
        Some((low, high)) => {
            low >= 0 && (high as u64).saturating_add(1).saturating_mul(dtype.size() as u64) <= bytes as u64
        }
    }
}

macro_rules! accessors {
    () => {
        /// The element type.
        #[inline(always)]
        pub fn dtype(&self) -> DType {
            self.dtype
        }
        /// The extent of each dimension.
        #[inline(always)]
        pub fn shape(&self) -> &'a [i64] {
            self.shape
        }
        /// Elements from one index to the next, in each dimension.
        #[inline(always)]
        pub fn strides(&self) -> &'a [i64] {
            self.strides
        }
        /// The number of elements.
        #[inline(always)]
        pub fn numel(&self) -> usize {
            // An extent of 0 makes the whole empty, and an expanded operand can have more than can be counted.
            self.shape.iter().fold(1i64, |n, &d| n.saturating_mul(d)) as usize
        }
        /// Whether the elements lie in one run, last dimension fastest.
        #[inline]
        pub fn is_contiguous(&self) -> bool {
            let mut expected = 1;
            for (&n, &s) in self.shape.iter().zip(self.strides).rev() {
                if n != 1 {
                    if s != expected {
                        return self.shape.contains(&0);
                    }
                    expected = expected.wrapping_mul(n);
                }
            }
            true
        }
        /// Its part of `shape`, from index `start` of dimension `d` on; in the others it must be the whole.
        pub fn part(&self, shape: &'a [i64], d: usize, start: i64) -> Self {
            let fits = |(e, (&n, &own)): (usize, (&i64, &i64))| if e == d { start + n <= own } else { n == own };
            assert!(start >= 0 && shape.len() == self.shape.len(), "a part has its dimensions");
            assert!(shape.iter().zip(self.shape).enumerate().all(fits), "a part lies within");
            let bytes = (start as isize).wrapping_mul(self.strides[d] as isize * self.dtype.size() as isize);
            Self { ptr: self.ptr.wrapping_offset(bytes), shape, ..*self }
        }
    };
}

/// Where a run of `n` elements from element `offset` on begins within `bytes` bytes; None where it leaves them.
#[inline(always)]
pub fn run_start(bytes: usize, dtype: DType, offset: i64, n: usize) -> Option<usize> {
    // A negative offset is one beyond every memory.
    let (power, offset) = (dtype.size_log2(), offset as usize);
    match offset.checked_add(n) {
        Some(end) if end <= bytes >> power => Some(offset << power),
        // No element lies outside, wherever an empty slice of a slice begins.
        _ if n == 0 => Some(0),
        _ => None,
    }
}

/// Elements of one type in one run, to be written (and perhaps read, to accumulate).
pub struct DstRun<'a> {
    pub(super) ptr: *mut u8,
    pub(super) dtype: DType,
    pub(super) n: usize,
    life: PhantomData<&'a mut ()>,
}

impl<'a> DstRun<'a> {
    /// `n` elements from element `offset` of the storage of `bytes` bytes at `base`; None where they leave it.
    ///
    /// # Safety
    /// As [`Dst::new`].
    #[inline(always)]
    pub unsafe fn new(base: *mut u8, bytes: usize, dtype: DType, offset: i64, n: usize) -> Option<Self> {
        let start = run_start(bytes, dtype, offset, n)?;
        Some(DstRun { ptr: base.wrapping_add(start), dtype, n, life: PhantomData })
    }
}

impl<'a> Src<'a> {
    /// An operand of `shape` in the storage of `bytes` bytes at `base`.
    ///
    /// Returns `None` where an element would lie outside the storage, or the slices disagree.
    ///
    /// # Safety
    /// `base` must be valid for reads of `bytes` bytes for `'a`. Others may write it meanwhile: kernels
    /// read through raw pointers and must never make a reference over it.
    pub unsafe fn new(
        base: *const u8,
        bytes: usize,
        dtype: DType,
        shape: &'a [i64],
        strides: &'a [i64],
        offset: i64,
    ) -> Option<Self> {
        if shape.len() != strides.len() || !within(bytes, dtype, shape, strides, offset) {
            return None;
        }
        // wrapping: an empty operand may carry any offset, and is never read.
        let ptr = base.wrapping_offset((offset as isize).wrapping_mul(dtype.size() as isize));
        Some(Src { ptr, dtype, shape, strides })
    }

    /// The number at `ptr`, of at most 64 dimensions' every element.
    ///
    /// # Safety
    /// `ptr` must be valid for reads of an element of `dtype` for `'a`.
    #[inline(always)]
    pub unsafe fn number(ptr: *const u8, dtype: DType, shape: &'a [i64]) -> Self {
        static ZEROS: [i64; 64] = [0; 64];
        Src { ptr, dtype, shape, strides: &ZEROS[..shape.len()] }
    }

    /// The address of the element at index 0 of every dimension. It may be unaligned.
    #[inline(always)]
    pub fn ptr(&self) -> *const u8 {
        self.ptr
    }

    accessors!();
}

impl<'a> Dst<'a> {
    /// As [`Src::new`], for an operand that is written.
    ///
    /// # Safety
    /// As [`Src::new`], and `base` must be valid for writes too.
    pub unsafe fn new(
        base: *mut u8,
        bytes: usize,
        dtype: DType,
        shape: &'a [i64],
        strides: &'a [i64],
        offset: i64,
    ) -> Option<Self> {
        // SAFETY: the caller promises more than `Src::new` asks.
        let src = unsafe { Src::new(base, bytes, dtype, shape, strides, offset)? };
        Some(Dst { ptr: src.ptr.cast_mut(), dtype, shape, strides, life: PhantomData })
    }

    /// The address of the element at index 0 of every dimension. It may be unaligned.
    #[inline(always)]
    pub fn ptr(&self) -> *mut u8 {
        self.ptr
    }

    /// The same elements, to be read.
    #[inline(always)]
    pub fn as_src(&self) -> Src<'a> {
        Src { ptr: self.ptr, dtype: self.dtype, shape: self.shape, strides: self.strides }
    }

    accessors!();
}
