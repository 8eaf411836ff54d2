//! The short way to a kernel: operands that are runs of the type that it computes in, or one element for all.
//!
//! Without a look at shapes, which is most of what a small operator costs. Everything is written where the kernel
//! reads it: operands that are handed on as values pass through memory, which costs more than the sum of four numbers.

use super::kernel::{MapFn, Onto, Run};
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
        let run =
            Run { n, out: std::ptr::null_mut(), ins: [std::ptr::null(); OPERANDS], single: 0, onto: Onto::Nothing };
        Runs { picked, run, numbers: [[0; 2]; K], are_numbers: 0, there: 0, life: PhantomData }
    }

    /// Operand `j` begins at element `offset` of the `bytes` bytes at `base`; with `one`, its first element stands for
    /// all. False, with nothing changed, where it leaves them.
    ///
    /// # Safety
    /// `base` must be valid for reads of `bytes` bytes for `'a`.
    #[inline(always)]
    pub unsafe fn read(&mut self, j: usize, base: *const u8, bytes: usize, offset: i64, one: bool) -> bool {
        assert!(j < K, "a formula has so many operands");
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
    /// a sum), or of bool for a predicate. They may be an operand's very own; where they overlap one otherwise, what
    /// comes out is unspecified. False, with nothing changed, where it leaves them.
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

    /// Runs the kernel, whose results are added `onto` something; false, with nothing written, where an operand is
    /// missing, a predicate's answers should be added up, or a sum has an operand that stands for all.
    #[inline(always)]
    pub fn call(&mut self, onto: Onto) -> bool {
        if self.there != (2 << K) - 1 || onto != Onto::Nothing && self.picked.writes == Writes::Answer {
            return false;
        }
        if self.picked.writes == Writes::Sum && (self.run.single != 0 || self.run.n == 0) {
            return false;
        }
        self.run.onto = onto;
        for j in 0..K {
            if self.are_numbers >> j & 1 != 0 {
                self.run.ins[j] = self.numbers[j].as_ptr().cast();
            }
        }
        if self.run.n > 0 {
            // SAFETY: every operand is there and was checked to lie within its memory, n elements in a run or one for
            // all, of the type that the kernel was picked for; numbers lie in `self`, which stays until it has run.
            unsafe {
                match self.picked.writes {
                    Writes::Element => {
                        self.run.launch(self.picked.kernel, self.picked.dtype.size(), self.picked.dtype.size())
                    }
                    Writes::Answer => self.run.launch(self.picked.kernel, self.picked.dtype.size(), 1),
                    // It parts its work itself.
                    Writes::Sum => (self.picked.kernel)(&self.run),
                }
            };
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
    // A whole number is rounded once.
    if let (Scalar::Int(x), Compute::F32) = (value, compute) {
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

#[cfg(test)]
pub(super) mod tests {
    //! Laws: the short way has the bits of the long one; what is refused writes nothing.

    use super::*;
    use crate::kernels::map::map;
    use crate::kernels::number::{Eval, Ordered, Ring, Test};
    use crate::kernels::operand::{Dst, Src};

    struct Fused;
    impl<N: Ring> Eval<N, 2> for Fused {
        #[inline(always)]
        fn eval([a, b]: [N; 2]) -> N {
            a * b - b
        }
    }
    struct Less;
    impl<N: Ordered> Test<N, 2> for Less {
        #[inline(always)]
        fn test([a, b]: [N; 2]) -> N::Mask {
            a.less(b)
        }
    }
    pub static FUSED: MapTable = MapTable::ring::<Fused, 2>();
    static LESS: MapTable = MapTable::ordered_test::<Less, 2>();

    /// The formula of `n` elements of `a` and of `b` (one for all of them with `one`), added to what is there.
    fn short(a: &[f32], b: Result<&[f32], Scalar>, one: bool, n: usize, accumulate: bool) -> Vec<f32> {
        let mut out = vec![0.5f32; n];
        let mut runs = Runs::new(FUSED.pick::<2>(DType::Float32).unwrap(), n);
        // SAFETY: the slices outlive the call.
        unsafe {
            assert!(runs.read(0, a.as_ptr().cast(), size_of_val(a), 0, false));
            match b {
                Ok(b) => assert!(runs.read(1, b.as_ptr().cast(), size_of_val(b), 1, one)),
                Err(number) => runs.number(1, number),
            }
            assert!(runs.write(out.as_mut_ptr().cast(), 4 * n, 0));
        }
        assert!(runs.call(Onto::what_is_there(accumulate)));
        out
    }

    fn long(a: &[f32], b: &[f32], stride: i64, n: usize, accumulate: bool) -> Vec<f32> {
        let (mut out, shape) = (vec![0.5f32; n], [n as i64]);
        // SAFETY: the slices outlive the call.
        unsafe {
            let src = |x: &[f32], stride: &'static [i64], offset| {
                Src::new(
                    x.as_ptr().cast(),
                    size_of_val(x),
                    DType::Float32,
                    &*Box::leak(Box::new(shape)),
                    stride,
                    offset,
                )
            };
            let stride: &'static [i64] = if stride == 0 { &[0] } else { &[1] };
            let srcs = [src(a, &[1], 0).unwrap(), src(b, stride, 1).unwrap()];
            let dst = Dst::new(out.as_mut_ptr().cast(), 4 * n, DType::Float32, &shape, &[1], 0).unwrap();
            assert!(map(&FUSED, Compute::F32, &dst, &srcs, accumulate));
        }
        out
    }

    #[test]
    fn the_short_way_has_the_bits_of_the_long_one() {
        let a: Vec<f32> = (0..70).map(|i| 1.0 / (i as f32 + 3.0)).collect();
        let b: Vec<f32> = (0..71).map(|i| (i as f32 - 30.0) / 7.0).collect();
        for n in (0..=40).chain([64, 70]) {
            for accumulate in [false, true] {
                assert_eq!(short(&a, Ok(&b), false, n, accumulate), long(&a, &b, 1, n, accumulate));
                let one = long(&a, &b, 0, n, accumulate);
                assert_eq!(short(&a, Ok(&b), true, n, accumulate), one);
                assert_eq!(short(&a, Err(Scalar::Float(b[1].into())), true, n, accumulate), one);
            }
        }
    }

    #[test]
    fn what_is_added_to_zeros_is_as_if_they_had_been_written() {
        for n in [1usize, 5, 16, 17, 70] {
            let a: Vec<f32> = (0..n).map(|i| if i % 3 == 0 { -0.0 } else { i as f32 - 9.0 }).collect();
            let mut out = vec![f32::NAN; n];
            let mut runs = Runs::new(FUSED.pick::<2>(DType::Float32).unwrap(), n);
            runs.number(1, Scalar::Float(0.0));
            // SAFETY: the slices outlive the call.
            unsafe {
                assert!(runs.read(0, a.as_ptr().cast(), 4 * n, 0, false));
                assert!(runs.write(out.as_mut_ptr().cast(), 4 * n, 0));
            }
            assert!(runs.call(Onto::Zeros));
            let wanted = a.iter().map(|&a| 0.0 + (a * 0.0 - 0.0));
            assert!(out.iter().zip(wanted).all(|(x, y)| x.to_bits() == y.to_bits() && x.to_bits() == 0), "{out:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_and_nothing_is_written() {
        let (a, mut out) = ([1f32; 8], [7u8; 16]);
        let bytes = size_of_val(&a);
        let picked = FUSED.pick::<2>(DType::Float32).unwrap();
        assert!(FUSED.pick::<3>(DType::Float32).is_none());
        assert!(FUSED.pick::<2>(DType::Float16).is_none(), "it would have to be converted");
        let mut runs = Runs::new(picked, 4);
        // SAFETY: the slices outlive the calls.
        unsafe {
            for offset in [5, -1, i64::MAX, i64::MIN] {
                assert!(!runs.read(0, a.as_ptr().cast(), bytes, offset, false));
            }
            assert!(runs.read(0, a.as_ptr().cast(), bytes, 7, true), "one element is within");
            assert!(runs.write(out.as_mut_ptr().cast(), 16, 0) && !runs.write(out.as_mut_ptr().cast(), 15, 0));
            assert!(!runs.call(Onto::Nothing), "an operand is missing");
            let mut answers = Runs::new(LESS.pick::<2>(DType::Float32).unwrap(), 4);
            answers.number(0, Scalar::Int(1));
            answers.number(1, Scalar::Int(2));
            assert!(answers.write(out.as_mut_ptr().cast(), 4, 0));
            assert!(!answers.call(Onto::There), "answers are not added up");
            assert_eq!(out, [7; 16]);
            assert!(answers.call(Onto::Nothing));
        }
        assert_eq!((&out[..4], &out[4..]), (&[1; 4][..], &[7; 12][..]));
    }
}
