//! The short way to a kernel: operands that are runs of the type that it computes in, or one element for all.
//!
//! Without a look at shapes, which is most of what a small operator costs. Everything is written where the kernel
//! reads it: operands that are handed on as values pass through memory, which costs more than the sum of four numbers.

use super::kernel::{MapFn, Run};
use super::{MapTable, OPERANDS, Writes};
use crate::dtype::{Compute, DType, Scalar};
use crate::kernels::level::level;
use crate::kernels::operand::run_start;
use std::marker::PhantomData;

/// A kernel for elements of one type as they are.
#[derive(Clone, Copy)]
pub struct Picked<const K: usize> {
    kernel: MapFn,
    dtype: DType,
    writes: Writes,
}

impl MapTable {
    /// The kernel for elements of `dtype` as they are; None where they have to be converted, or where the formula has
    /// another number of operands.
    #[inline(always)]
    pub fn pick<const K: usize>(&self, dtype: DType) -> Option<Picked<K>> {
        let kernel = self.kernel_of(level(), dtype)?;
        (self.operands() == K).then_some(Picked { kernel, dtype, writes: self.writes() })
    }
}

/// The operands of one call.
pub struct Runs<'a, const K: usize> {
    picked: Picked<K>,
    run: Run,
    /// Numbers among the operands, as the kernel reads them.
    numbers: [[u64; 2]; K],
    /// Which operands are numbers, as bits.
    are_numbers: u8,
    /// Which operands there are by now, as bits; the result's is the last.
    there: u8,
    life: PhantomData<&'a mut ()>,
}

impl<'a, const K: usize> Runs<'a, K> {
    /// A call for `n` elements, without operands yet.
    #[inline(always)]
    pub fn new(picked: Picked<K>, n: usize) -> Self {
        const { assert!(K <= OPERANDS) };
        let run = Run { n, out: std::ptr::null_mut(), ins: [std::ptr::null(); OPERANDS], single: 0, accumulate: false };
        Runs { picked, run, numbers: [[0; 2]; K], are_numbers: 0, there: 0, life: PhantomData }
    }

    /// Operand `j` begins at element `offset` of the `bytes` bytes at `base`; with `one`, its first element stands for
    /// all. False, with nothing changed, where it leaves them.
    ///
    /// # Safety
    /// `base` must be valid for reads of `bytes` bytes for `'a`.
    #[inline(always)]
    pub unsafe fn read(&mut self, j: usize, base: *const u8, bytes: usize, offset: i64, one: bool) -> bool {
        let n = if one { 1 } else { self.run.n };
        let Some(start) = run_start(bytes, self.picked.dtype, offset, n) else { return false };
        self.run.ins[j] = base.wrapping_add(start);
        self.run.single |= u8::from(one && self.run.n != 1) << j;
        self.there |= 1 << j;
        true
    }

    /// Operand `j` is a number.
    #[inline(always)]
    pub fn number(&mut self, j: usize, value: Scalar) {
        self.numbers[j] = immediate(value, self.picked.dtype.compute());
        self.are_numbers |= 1 << j;
        self.run.single |= u8::from(self.run.n != 1) << j;
        self.there |= 1 << j;
    }

    /// The result goes to the `bytes` bytes at `base`, from element `offset` on: elements of the kernel's type (one for
    /// a sum), or of bool for a predicate. They may be an operand's very own; where they overlap one otherwise, what comes out is
    /// unspecified. False, with nothing changed, where it leaves them.
    ///
    /// # Safety
    /// `base` must be valid for reads and writes of `bytes` bytes for `'a`.
    #[inline(always)]
    pub unsafe fn write(&mut self, base: *mut u8, bytes: usize, offset: i64) -> bool {
        let dtype = if self.picked.writes == Writes::Answer { DType::Bool } else { self.picked.dtype };
        let n = if self.picked.writes == Writes::Sum { 1 } else { self.run.n };
        let Some(start) = run_start(bytes, dtype, offset, n) else { return false };
        self.run.out = base.wrapping_add(start);
        self.there |= 1 << K;
        true
    }

    /// Runs the kernel, which adds to what is there with `accumulate`; false, with nothing written, where an operand is
    /// missing, a predicate should accumulate, or a sum has an operand that stands for all.
    #[inline(always)]
    pub fn call(&mut self, accumulate: bool) -> bool {
        if self.there != (2 << K) - 1 || accumulate && self.picked.writes == Writes::Answer {
            return false;
        }
        if self.picked.writes == Writes::Sum && (self.run.single != 0 || self.run.n == 0) {
            return false;
        }
        self.run.accumulate = accumulate;
        for j in 0..K {
            if self.are_numbers >> j & 1 != 0 {
                self.run.ins[j] = self.numbers[j].as_ptr().cast();
            }
        }
        if self.run.n > 0 {
            // SAFETY: every operand is there and was checked to lie within its memory, n elements in a run or one for
            // all, of the type that the kernel was picked for; numbers lie in `self`, which stays until it has run.
            unsafe { (self.picked.kernel)(&self.run) };
        }
        true
    }
}

/// `value` as kernels compute it in `compute`: the first bytes of the two words.
#[inline]
pub fn immediate(value: Scalar, compute: Compute) -> [u64; 2] {
    // A real number for real elements, before anything general.
    if let (Scalar::Float(x), Compute::F32) = (value, compute) {
        return [(x as f32).to_bits().into(), 0];
    }
    let (re, im) = match value {
        Scalar::Complex(re, im) => (re, im),
        other => (other.to_f64(), 0.0),
    };
    match compute {
        Compute::F32 => [(re as f32).to_bits().into(), 0],
        Compute::F64 => [re.to_bits(), 0],
        Compute::I64 => [value.to_i64() as u64, 0],
        Compute::C64 => [u64::from((re as f32).to_bits()) | (u64::from((im as f32).to_bits()) << 32), 0],
        Compute::C128 => [re.to_bits(), im.to_bits()],
    }
}
