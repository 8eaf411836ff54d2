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

/// # Safety
/// As [`MapFn`].
#[inline(always)]
unsafe fn eval<L: Lane, F: Eval<L, K>, const K: usize, const ADD: bool>(run: &Run) {
    let out = run.out.cast::<L::Elem>();
    let mut spread = [const { MaybeUninit::uninit() }; K];
    let mut zeros = [const { MaybeUninit::uninit() }; 1];
    // SAFETY: the caller's promise; lanes are placed so as to stay within n.
    unsafe {
        let operands = Operands::<L, K>::new(run, &mut spread);
        let sums = if ADD { Operands::<L, 1>::sums(run, &mut zeros) } else { Operands::none() };
        if run.n < L::COUNT {
            let y = F::eval(operands.part(run.n));
            let y = if ADD { sums.part(run.n)[0] + y } else { y };
            return y.store_part(out, run.n);
        }
        // The last lane overlaps the one before it, which is cheaper than a part of a lane. It is
        // computed first, because `out` may be an operand, and stored last: the same bits twice.
        let end = run.n - L::COUNT;
        let y = F::eval(operands.lane(end));
        let last = if ADD { sums.lane(end)[0] + y } else { y };
        let mut i = 0;
        while i < end {
            let y = F::eval(operands.lane(i));
            let y = if ADD { sums.lane(i)[0] + y } else { y };
            y.store(out.add(i));
            i += L::COUNT;
        }
        last.store(out.add(end));
    }
}

/// Bytes of results that are computed before they are added to something.
const TILE: usize = 2048;

#[repr(align(64))]
struct Tile(MaybeUninit<[u8; TILE]>);

/// Adds a kernel's results to what the run says, a tile at a time. It knows no formula. A fused kernel, which
/// adds what it computes, is up to a half faster for many elements, and has its formula twice. Derivatives' are fused, which
/// sweeps add up: values' too made the library a third larger.
///
/// # Safety
/// As [`MapFn`], for a kernel of this lane's elements.
#[inline(always)]
unsafe fn add<L: Lane>(run: &Run, kernel: MapFn) {
    let (mut tile, mut zeros) = (Tile(MaybeUninit::uninit()), [const { MaybeUninit::uninit() }; 1]);
    let (tile, size) = (tile.0.as_mut_ptr().cast::<L::Elem>(), size_of::<L::Elem>());
    let mut start = 0;
    // SAFETY: the caller's promise; the tile has room for a part, which is written before it is read.
    unsafe {
        let sums = Operands::<L, 1>::sums(run, &mut zeros);
        while start < run.n {
            let n = (TILE / size).min(run.n - start);
            let mut part = Run { n, out: tile.cast(), onto: Onto::Nothing, ..*run };
            for (j, at) in part.ins.iter_mut().enumerate() {
                if run.single >> j & 1 == 0 {
                    *at = at.wrapping_add(start * size);
                }
            }
            kernel(&part);
            let out = run.out.cast::<L::Elem>().add(start);
            let mut i = 0;
            while i + L::COUNT <= n {
                (sums.lane(start + i)[0] + L::load(tile.add(i))).store(out.add(i));
                i += L::COUNT;
            }
            if i < n {
                let there = L::load_part(sums.at[0].wrapping_add((start + i) & sums.mask[0]), n - i);
                (there + L::load_part(tile.add(i), n - i)).store_part(out.add(i), n - i);
            }
            start += n;
        }
    }
}

/// # Safety
/// As [`MapFn`].
#[inline(always)]
unsafe fn test<L: Lane, F: Test<L, K>, const K: usize>(run: &Run) {
    let mut spread = [const { MaybeUninit::uninit() }; K];
    // SAFETY: the caller's promise; lanes are placed so as to stay within n. `out` is no operand: its
    // elements are bytes, theirs are not.
    unsafe {
        let operands = Operands::<L, K>::new(run, &mut spread);
        if run.n < L::COUNT {
            return store_mask::<L>(F::test(operands.part(run.n)), run.out, run.n);
        }
        let end = run.n - L::COUNT;
        let mut i = 0;
        while i < end {
            store_mask::<L>(F::test(operands.lane(i)), run.out.add(i), L::COUNT);
            i += L::COUNT;
        }
        store_mask::<L>(F::test(operands.lane(end)), run.out.add(end), L::COUNT);
    }
}

/// # Safety
/// As [`add`].
#[inline(never)]
unsafe fn add_portable<L: Lane>(run: &Run, kernel: MapFn) {
    // SAFETY: the caller's promise.
    unsafe { add::<L>(run, kernel) }
}

/// # Safety
/// As [`MapFn`].
pub(super) unsafe fn eval_portable<L: Lane, F: Eval<L, K>, const K: usize, const FUSED: bool>(run: &Run) {
    // SAFETY: the caller's promise.
    unsafe {
        match run.onto {
            Onto::Nothing => eval::<L, F, K, false>(run),
            _ if FUSED => eval::<L, F, K, true>(run),
            _ => add_portable::<L>(run, eval_portable::<L, F, K, FUSED>),
        }
    }
}

/// # Safety
/// As [`MapFn`].
pub(super) unsafe fn test_portable<L: Lane, F: Test<L, K>, const K: usize>(run: &Run) {
    // SAFETY: the caller's promise.
    unsafe { test::<L, F, K>(run) }
}

// Shells of their own rather than `lanes::Kernel`s: a formula is bound to lane types, which a kernel
// generic over the instruction set could not name. Elsewhere than on x86-64 they are never called.

/// # Safety
/// As [`add`].
#[inline(never)]
#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
unsafe fn add_avx2<L: Lane>(run: &Run, kernel: MapFn) {
    // SAFETY: the caller's promise.
    unsafe { add::<L>(run, kernel) }
}

/// # Safety
/// As [`MapFn`].
#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
pub(super) unsafe fn eval_avx2<L: Lane, F: Eval<L, K>, const K: usize, const FUSED: bool>(run: &Run) {
    // SAFETY: the caller's promise.
    unsafe {
        match run.onto {
            Onto::Nothing => eval::<L, F, K, false>(run),
            _ if FUSED => eval::<L, F, K, true>(run),
            _ => add_avx2::<L>(run, eval_avx2::<L, F, K, FUSED>),
        }
    }
}

/// # Safety
/// As [`MapFn`].
#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
pub(super) unsafe fn test_avx2<L: Lane, F: Test<L, K>, const K: usize>(run: &Run) {
    // SAFETY: the caller's promise.
    unsafe { test::<L, F, K>(run) }
}

/// # Safety
/// As [`add`].
#[inline(never)]
#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma,avx512f,avx512dq,avx512bw,avx512vl"))]
unsafe fn add_avx512<L: Lane>(run: &Run, kernel: MapFn) {
    // SAFETY: the caller's promise.
    unsafe { add::<L>(run, kernel) }
}

/// # Safety
/// As [`MapFn`].
#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma,avx512f,avx512dq,avx512bw,avx512vl"))]
pub(super) unsafe fn eval_avx512<L: Lane, F: Eval<L, K>, const K: usize, const FUSED: bool>(run: &Run) {
    // SAFETY: the caller's promise.
    unsafe {
        match run.onto {
            Onto::Nothing => eval::<L, F, K, false>(run),
            _ if FUSED => eval::<L, F, K, true>(run),
            _ => add_avx512::<L>(run, eval_avx512::<L, F, K, FUSED>),
        }
    }
}

/// # Safety
/// As [`MapFn`].
#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma,avx512f,avx512dq,avx512bw,avx512vl"))]
pub(super) unsafe fn test_avx512<L: Lane, F: Test<L, K>, const K: usize>(run: &Run) {
    // SAFETY: the caller's promise.
    unsafe { test::<L, F, K>(run) }
}
