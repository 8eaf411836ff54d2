//! The loops of pointwise kernels, and the shells that give them their instruction set.

use super::OPERANDS;
use crate::kernels::lanes::{Lane, store_mask};
use crate::kernels::number::{Eval, Test};
use crate::kernels::workers::{LONG, PART, Shared, in_parts};
use std::mem::MaybeUninit;

/// One call of a pointwise kernel. Every operand is of the compute type; no alignment is needed.
pub struct Run {
    /// Elements to compute; not 0.
    pub n: usize,
    /// Where the results go: `n` elements (`n` bytes for a predicate).
    pub out: *mut u8,
    /// The operands; those that the formula lacks are not read.
    pub ins: [*const u8; OPERANDS],
    /// Bit `j` is set where operand `j` is one element for all, not `n` in a run. Bits rather than an
    /// array of bool, which is written in bytes and read at once: that stalls the processor for 4 ns.
    pub single: u8,
    /// What to add the results to. Predicates ignore it.
    pub onto: Onto,
}

/// What a kernel's results are added to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Onto {
    /// Nothing: they are written as they are.
    Nothing,
    /// What is there.
    There,
    /// 0, which makes +0 of -0: they are written as if they were added to zeros, which nobody has to write first.
    Zeros,
}

impl Onto {
    /// What is there, or nothing.
    #[inline(always)]
    pub fn what_is_there(accumulate: bool) -> Onto {
        if accumulate { Onto::There } else { Onto::Nothing }
    }
}

/// A pointwise kernel. Its safety: the operands of the [`Run`] must be readable and `out` writable
/// (and readable, to accumulate) as that says, and the processor must support the kernel's level.
pub type MapFn = unsafe fn(&Run);

impl Run {
    /// Calls the kernel: where the run is long, by parts, on as many threads as share it. `size` is that of the operands'
    /// elements in bytes, `wide` that of the result's.
    ///
    /// # Safety
    /// As [`MapFn`], for a kernel that writes an element for each of the operands'.
    #[inline(always)]
    pub(super) unsafe fn launch(&self, kernel: MapFn, size: usize, wide: usize) {
        // SAFETY: the caller's promise.
        unsafe { if self.n < LONG { kernel(self) } else { self.share(kernel, size, wide) } }
    }

    /// # Safety
    /// As [`Run::launch`].
    #[cold]
    unsafe fn share(&self, kernel: MapFn, size: usize, wide: usize) {
        // SAFETY: it holds pointers and numbers.
        let run = unsafe { Shared::new(self) };
        in_parts(self.n.div_ceil(PART), &|i| {
            let (run, start) = (run.get(), i * PART);
            let mut part = Run { n: PART.min(run.n - start), out: run.out.wrapping_add(start * wide), ..*run };
            for (j, at) in part.ins.iter_mut().enumerate() {
                if run.single >> j & 1 == 0 {
                    *at = at.wrapping_add(start * size);
                }
            }
            // SAFETY: the caller's promise: the part lies within the run, and no other part writes its results. A
            // result that is an operand's very own elements is read by the part that writes it alone.
            unsafe { kernel(&part) };
        });
    }
}

/// Room for a lane of each operand; left uninitialised, since clearing it would cost as much as a lane.
type Spread<L, const K: usize> = [MaybeUninit<[<L as Lane>::Elem; 16]>; K];

/// The operands of a run, a lane at a time.
///
/// Lanes are made in loops here, never in closures: a closure cannot be `#[inline(always)]`, and one
/// that stays a function of its own lies outside the shell, without its instruction set.
struct Operands<L: Lane, const K: usize> {
    at: [*const L::Elem; K],
    /// All ones, or 0 for an operand of one element: what an index is masked with.
    mask: [usize; K],
}

impl<L: Lane, const K: usize> Operands<L, K> {
    /// Operands of one element are spread over `spread` and read from there again and again: a
    /// branch in the loop, or a kernel for each combination, would cost more.
    ///
    /// # Safety
    /// As [`MapFn`]; `spread` must outlive the result.
    #[inline(always)]
    unsafe fn new(run: &Run, spread: &mut Spread<L, K>) -> Self {
        const { assert!(K <= OPERANDS && L::COUNT <= 16) };
        let mut operands = Operands::<L, K> { at: [std::ptr::null(); K], mask: [usize::MAX; K] };
        for (j, spread) in spread.iter_mut().enumerate() {
            operands.at[j] = run.ins[j].cast();
            if run.single >> j & 1 != 0 {
                let to = spread.as_mut_ptr().cast::<L::Elem>();
                // SAFETY: one element is readable, and a lane fits 16 elements.
                unsafe { L::splat(operands.at[j].read_unaligned()).store(to) };
                (operands.at[j], operands.mask[j]) = (to, 0);
            }
        }
        operands
    }

    /// No operands.
    #[inline(always)]
    fn none() -> Self {
        Operands { at: [std::ptr::null(); K], mask: [0; K] }
    }

    /// The lane of elements from `i` on.
    ///
    /// # Safety
    /// All of it must be in the run.
    #[inline(always)]
    unsafe fn lane(&self, i: usize) -> [L; K] {
        let mut x = [L::lit(0.0); K];
        for (j, x) in x.iter_mut().enumerate() {
            // SAFETY: the caller's promise.
            *x = unsafe { L::load(self.at[j].wrapping_add(i & self.mask[j])) };
        }
        x
    }

    /// The first `n` elements.
    ///
    /// # Safety
    /// All of them must be in the run; `n` is at most a lane.
    #[inline(always)]
    unsafe fn part(&self, n: usize) -> [L; K] {
        let mut x = [L::lit(0.0); K];
        for (j, x) in x.iter_mut().enumerate() {
            // SAFETY: the caller's promise.
            *x = unsafe { L::load_part(self.at[j], n) };
        }
        x
    }
}

impl<L: Lane> Operands<L, 1> {
    /// What results are added to: what is there, or zeros, which are spread over `zeros`.
    ///
    /// # Safety
    /// As [`MapFn`]; `zeros` must outlive the result.
    #[inline(always)]
    unsafe fn sums(run: &Run, zeros: &mut Spread<L, 1>) -> Self {
        if run.onto != Onto::Zeros {
            return Operands { at: [run.out.cast_const().cast()], mask: [usize::MAX] };
        }
        let to = zeros[0].as_mut_ptr().cast::<L::Elem>();
        // SAFETY: a lane fits 16 elements.
        unsafe { L::lit(0.0).store(to) };
        Operands { at: [to], mask: [0] }
    }
}

/// The formula stands here once: a place for the part of a lane, one for the last lane and one for the others, each with and
/// without a sum, made the library twice as large. Only where it is `SHORT` a part has another, which spares it 25 instructions.
///
/// # Safety
/// As [`MapFn`].
#[inline(always)]
unsafe fn eval<L: Lane, F: Eval<L, K>, const K: usize, const SHORT: bool>(run: &Run) {
    let out = run.out.cast::<L::Elem>();
    let mut spread = [const { MaybeUninit::uninit() }; K];
    let mut zeros = [const { MaybeUninit::uninit() }; 1];
    let (is_part, adds) = (run.n < L::COUNT, run.onto != Onto::Nothing);
    // SAFETY: the caller's promise; lanes are placed so as to stay within n.
    unsafe {
        let operands = Operands::<L, K>::new(run, &mut spread);
        if SHORT && is_part && !adds {
            return F::eval(operands.part(run.n)).store_part(out, run.n);
        }
        let sums = if adds { Operands::<L, 1>::sums(run, &mut zeros) } else { Operands::none() };
        // The last lane overlaps the one before it, which is cheaper than a part of a lane. It is
        // read first, because `out` may be an operand, and stored last: the same bits twice.
        let end = if is_part { 0 } else { run.n - L::COUNT };
        let (last, last_sum) = if is_part {
            (operands.part(run.n), if adds { sums.part(run.n)[0] } else { L::lit(0.0) })
        } else {
            (operands.lane(end), if adds { sums.lane(end)[0] } else { L::lit(0.0) })
        };
        let mut i = 0;
        loop {
            let is_last = i >= end;
            let mut y = F::eval(if is_last { last } else { operands.lane(i) });
            if adds {
                y = (if is_last { last_sum } else { sums.lane(i)[0] }) + y;
            }
            if !is_last {
                y.store(out.add(i));
                i += L::COUNT;
            } else if is_part {
                return y.store_part(out, run.n);
            } else {
                return y.store(out.add(end));
            }
        }
    }
}

/// As [`eval`], of a predicate.
///
/// # Safety
/// As [`MapFn`].
#[inline(always)]
unsafe fn test<L: Lane, F: Test<L, K>, const K: usize>(run: &Run) {
    let mut spread = [const { MaybeUninit::uninit() }; K];
    let is_part = run.n < L::COUNT;
    // SAFETY: the caller's promise; lanes are placed so as to stay within n. `out` is no operand: its
    // elements are bytes, theirs are not.
    unsafe {
        let operands = Operands::<L, K>::new(run, &mut spread);
        let end = if is_part { 0 } else { run.n - L::COUNT };
        let mut i = 0;
        loop {
            let is_last = i >= end;
            let at = if is_last { end } else { i };
            let m = F::test(if is_part { operands.part(run.n) } else { operands.lane(at) });
            store_mask::<L>(m, run.out.add(at), if is_part { run.n } else { L::COUNT });
            if is_last {
                return;
            }
            i += L::COUNT;
        }
    }
}

// Shells of their own rather than `lanes::Kernel`s: a formula is bound to lane types, which a kernel
// generic over the instruction set could not name. Elsewhere than on x86-64 the last two are never called.

macro_rules! shells {
    ($($eval:ident $test:ident $($features:literal)?;)*) => {$(
        /// # Safety
        /// As [`MapFn`].
        $(#[cfg_attr(target_arch = "x86_64", target_feature(enable = $features))])?
        pub(super) unsafe fn $eval<L: Lane, F: Eval<L, K>, const K: usize, const SHORT: bool>(run: &Run) {
            // SAFETY: the caller's promise.
            unsafe { eval::<L, F, K, SHORT>(run) }
        }

        /// # Safety
        /// As [`MapFn`].
        $(#[cfg_attr(target_arch = "x86_64", target_feature(enable = $features))])?
        pub(super) unsafe fn $test<L: Lane, F: Test<L, K>, const K: usize>(run: &Run) {
            // SAFETY: the caller's promise.
            unsafe { test::<L, F, K>(run) }
        }
    )*};
}

shells! {
    eval_portable test_portable;
    eval_avx2 test_avx2 "avx2,fma";
    eval_avx512 test_avx512 "avx2,fma,avx512f,avx512dq,avx512bw,avx512vl";
}
