//! What runs in the shells of the levels: sums of one sequence, of many runs, and side by side.
//!
//! All ask for this: what a kernel is to read is readable, of the compute type, and at its `out` as many elements of that
//! type as it says are writable, aligned, and hold what is added to where the target accumulates. [`Target::alone`] and what
//! it calls make them, whose callers vouch for the operands.

use super::feed::{Rows, Run};
use super::tree::{self, Addend, Form, Plain, Product};
use super::{Target, Terms};
use crate::dtype::Compute;
use crate::kernels::lanes::{C64, C128, I64, Kernel, Lane, Simd};

/// Sums with the lanes and the form that a target's terms and type ask for. Complex numbers come as their parts, but in products.
macro_rules! by_terms {
    ($kernel:ident, $S:ident) => {
        match ($kernel.call.terms, $kernel.call.compute) {
            (Terms::Plain, Compute::F32) => $kernel.sum::<$S::F32, Plain>(),
            (Terms::Plain, Compute::F64) => $kernel.sum::<$S::F64, Plain>(),
            (Terms::Plain, _) => $kernel.sum::<I64, Plain>(),
            (_, Compute::F32) => $kernel.sum::<$S::F32, Product>(),
            (_, Compute::F64) => $kernel.sum::<$S::F64, Product>(),
            (_, Compute::I64) => $kernel.sum::<I64, Product>(),
            (_, Compute::C64) => $kernel.sum::<C64, Product>(),
            (_, Compute::C128) => $kernel.sum::<C128, Product>(),
        }
    };
}

/// One sum, to the element at `out`.
///
/// # Safety
/// What every kernel here asks for, of each run until `next` is asked again, and of one element.
pub struct Sequence<'a, 'b> {
    pub(super) call: &'a Target<'b>,
    pub(super) next: &'a mut dyn FnMut() -> Run,
    pub(super) out: *mut u8,
}

impl Kernel for Sequence<'_, '_> {
    type Output = ();
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        // SAFETY: the kernel's promise; the lanes are those of the compute type.
        unsafe { by_terms!(self, S) }
    }
}

impl Sequence<'_, '_> {
    /// # Safety
    /// As the kernel's; the compute type must be that of the lanes.
    #[inline(always)]
    unsafe fn sum<L: Lane<Elem: Addend>, F: Form>(self) {
        let out = self.out.cast::<L::Elem>();
        // SAFETY: the caller's promise, for one element.
        unsafe {
            let sum = tree::sequence::<L, F>(self.next);
            out.write(if self.call.accumulate { out.read().plus(sum) } else { sum });
        }
    }
}

/// Sums of `n` runs of `count` terms, `steps` bytes apart, to the elements at `out`.
///
/// # Safety
/// What every kernel here asks for, of `n` runs and elements.
pub struct Lines<'a, 'b> {
    pub(super) call: &'a Target<'b>,
    pub(super) ptrs: [*const u8; 2],
    pub(super) steps: [isize; 2],
    pub(super) count: usize,
    pub(super) n: usize,
    pub(super) out: *mut u8,
}

impl Kernel for Lines<'_, '_> {
    type Output = ();
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        // SAFETY: the kernel's promise; the lanes are those of the compute type.
        unsafe { by_terms!(self, S) }
    }
}

impl Lines<'_, '_> {
    /// # Safety
    /// As the kernel's; the compute type must be that of the lanes.
    #[inline(always)]
    unsafe fn sum<L: Lane<Elem: Addend>, F: Form>(self) {
        let [mut a, mut b] = self.ptrs;
        for i in 0..self.n {
            let mut left = self.count;
            // SAFETY: the caller's promise, for `n` runs and elements.
            unsafe {
                let out = self.out.cast::<L::Elem>().add(i);
                let sum = match self.count <= L::COUNT {
                    true => tree::short::<L, F>([a, b], left),
                    false => tree::sequence::<L, F>(&mut || Run { ptrs: [a, b], n: std::mem::take(&mut left) }),
                };
                out.write(if self.call.accumulate { out.read().plus(sum) } else { sum });
            }
            (a, b) = (a.wrapping_offset(self.steps[0]), b.wrapping_offset(self.steps[1]));
        }
    }
}

/// `n` rows of `width` elements of the compute type, `down` bytes apart.
pub struct Spaced<'a, 'b> {
    pub(super) call: &'a Target<'b>,
    pub(super) width: usize,
    pub(super) ptr: *const u8,
    pub(super) down: isize,
    pub(super) n: usize,
}

/// Sums side by side of few rows, to the elements at the address.
///
/// # Safety
/// What every kernel here asks for, of the rows and of `width` elements. There are at most [`tree::FEW`] rows.
pub struct Few<'a, 'b>(pub(super) Spaced<'a, 'b>, pub(super) *mut u8);

/// Sums side by side of narrow rows that follow each other, to the elements at the address.
///
/// # Safety
/// What every kernel here asks for, of the rows and of `width` elements, at most [`tree::NARROW`].
pub struct Packed<'a, 'b>(pub(super) Spaced<'a, 'b>, pub(super) *mut u8);

impl Kernel for Few<'_, '_> {
    type Output = ();
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Few(Spaced { call, width, ptr, down, n }, out) = self;
        // SAFETY: the kernel's promise, for `width` elements.
        unsafe {
            match call.compute {
                Compute::F32 => tree::few::<S::F32>(width, ptr, down, n, out.cast()),
                Compute::F64 => tree::few::<S::F64>(width, ptr, down, n, out.cast()),
                _ => tree::few::<I64>(width, ptr, down, n, out.cast()),
            }
        }
    }
}

impl Kernel for Packed<'_, '_> {
    type Output = ();
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Packed(Spaced { call, width, ptr, n, .. }, out) = self;
        let squares = call.terms == Terms::Square;
        // SAFETY: the kernel's promise, for `width` elements; and that rows follow each other.
        unsafe {
            match call.compute {
                Compute::F32 => tree::narrow::<S::F32>(width, squares, ptr, n, out.cast()),
                Compute::F64 => tree::narrow::<S::F64>(width, squares, ptr, n, out.cast()),
                _ => tree::narrow::<I64>(width, squares, ptr, n, out.cast()),
            }
        }
    }
}

/// Sums side by side, to the elements at `out`.
///
/// # Safety
/// What every kernel here asks for, of each row until `next` is asked again, and of `width` elements, a row at most.
pub struct Columns<'a, 'b> {
    pub(super) call: &'a Target<'b>,
    pub(super) width: usize,
    pub(super) next: &'a mut dyn FnMut() -> Rows,
    pub(super) out: *mut u8,
}

impl Kernel for Columns<'_, '_> {
    type Output = ();
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        // SAFETY: the kernel's promise; the lanes are those of the compute type.
        unsafe {
            match self.call.compute {
                Compute::F32 => self.sum::<S::F32>(),
                Compute::F64 => self.sum::<S::F64>(),
                // Complex numbers come as their parts, and their products not side by side.
                _ => self.sum::<I64>(),
            }
        }
    }
}

impl Columns<'_, '_> {
    /// # Safety
    /// As the kernel's; the compute type must be that of the lanes.
    #[inline(always)]
    unsafe fn sum<L: Lane<Elem: Addend>>(self) {
        let (out, call) = (self.out.cast(), self.call);
        // SAFETY: the caller's promise, for `width` elements.
        unsafe { tree::columns::<L>(self.width, call.terms == Terms::Square, self.next, out, call.accumulate) }
    }
}
