//! Sums of runs of the compute type, for the short way to a kernel ([`Runs`](crate::kernels::map::Runs)).
//!
//! The same bits as the way by [`super::sum`] and [`super::dot`]. A run that fits one lane, which most of small
//! programs' are, meets nothing of the tree but its last step.

use super::feed;
use super::fold::{self, Fold};
use super::tree::{self, Addend, Form, Plain, Product};
use crate::dtype::DType;
use crate::kernels::lanes::{I64, Lane, Portable, Simd};
use crate::kernels::map::{MapFn, MapTable, Onto, Run};
use crate::kernels::operand::{Dst, Src};
use crate::kernels::workers::{LONG, PART, Shared, in_parts};

// As in the map's table: what stands in the later rows where there is no AVX.
#[cfg(target_arch = "x86_64")]
use crate::kernels::lanes::{Avx2, Avx512};
#[cfg(not(target_arch = "x86_64"))]
use crate::kernels::lanes::{Portable as Avx2, Portable as Avx512};

/// The sum of a run.
pub static SUM: MapTable = table::<Plain>(1);
/// The sum of the products of two runs' elements.
pub static DOT: MapTable = table::<Product>(2);

/// `low = min(src)` and `high = max(src)` of all elements of a long run of a type that is computed in itself, which is read once.
///
/// Returns false, with nothing written, where it is not that, or the destinations are not single elements of its type.
pub fn extremes(low: &Dst, high: &Dst, src: &Src) -> bool {
    /// Parts at a time: what becomes of them waits on the stack, after what became of those before.
    const AT_A_TIME: usize = 127;
    let (dtype, n) = (src.dtype(), src.numel());
    let (compute, size) = (dtype.compute(), dtype.size());
    let single = |dst: &Dst| dst.dtype() == dtype && dst.numel() == 1;
    let fits = !dtype.is_complex() && dtype == DType::from_compute(compute) && src.is_contiguous() && n >= LONG;
    if !fits || !single(low) || !single(high) {
        return false;
    }
    let (mut made, mut first) = ([[0u64; AT_A_TIME + 1]; 2], 0);
    let parts = n.div_ceil(PART);
    while first < parts {
        let (count, before) = (AT_A_TIME.min(parts - first), usize::from(first > 0));
        let to = made.each_mut().map(|made| made.as_mut_ptr().cast::<u8>());
        let all = (src.ptr(), to);
        // SAFETY: it holds addresses.
        let all = unsafe { Shared::new(&all) };
        in_parts(count, &|i| {
            let (&(from, to), start) = (all.get(), (first + i) * PART);
            for (fold, to) in [Fold::Min, Fold::Max].into_iter().zip(to) {
                // SAFETY: the part lies within the run, and there is room for a number of every part.
                unsafe {
                    let to = to.add((before + i) * size);
                    fold::run(fold, compute, from.add(start * size), PART.min(n - start), to);
                }
            }
        });
        for (fold, to) in [Fold::Min, Fold::Max].into_iter().zip(to) {
            // SAFETY: so many numbers were just written, the first of which is written over once all are read.
            unsafe { fold::run(fold, compute, to, before + count, to) };
        }
        first += count;
    }
    for (dst, made) in [low, high].into_iter().zip(&made) {
        // SAFETY: it is one element of that size.
        unsafe { dst.ptr().copy_from_nonoverlapping(made.as_ptr().cast(), size) };
    }
    true
}

const fn table<F: Form>(operands: usize) -> MapTable {
    MapTable::sum(
        operands,
        [
            [portable::<<Portable as Simd>::F32, F>, portable::<<Portable as Simd>::F64, F>, portable::<I64, F>],
            [avx2::<<Avx2 as Simd>::F32, F>, avx2::<<Avx2 as Simd>::F64, F>, avx2::<I64, F>],
            [avx512::<<Avx512 as Simd>::F32, F>, avx512::<<Avx512 as Simd>::F64, F>, avx512::<I64, F>],
        ],
    )
}

/// # Safety
/// As `MapFn`, for one element at `out`; every operand is a run.
unsafe fn portable<L: Lane<Elem: Addend>, F: Form>(run: &Run) {
    // SAFETY: the caller's promise.
    unsafe { sum::<L, F>(run, portable::<L, F>) }
}

/// # Safety
/// As [`portable`], on a processor that has AVX2 and FMA.
#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
unsafe fn avx2<L: Lane<Elem: Addend>, F: Form>(run: &Run) {
    // SAFETY: the caller's promise.
    unsafe { sum::<L, F>(run, avx2::<L, F>) }
}

/// # Safety
/// As [`portable`], on a processor that has AVX-512.
#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma,avx512f,avx512dq,avx512bw,avx512vl"))]
unsafe fn avx512<L: Lane<Elem: Addend>, F: Form>(run: &Run) {
    // SAFETY: the caller's promise.
    unsafe { sum::<L, F>(run, avx512::<L, F>) }
}

/// # Safety
/// As [`portable`].
#[inline(always)]
unsafe fn sum<L: Lane<Elem: Addend>, F: Form>(run: &Run, own: MapFn) {
    let (ptrs, out) = ([run.ins[0], run.ins[1]], run.out.cast::<L::Elem>());
    // SAFETY: the caller's promise.
    unsafe {
        let sum = if run.n <= L::COUNT {
            tree::short::<L, F>(ptrs, run.n)
        } else if run.n >= LONG {
            shared::<L::Elem>(run, own, tree::limb::<L>())
        } else {
            let mut left = run.n;
            tree::sequence::<L, F>(&mut || feed::Run { ptrs, n: std::mem::take(&mut left) })
        };
        let sum = if run.onto == Onto::There { out.read_unaligned().plus(sum) } else { sum };
        out.write_unaligned(sum);
    }
}

/// The sum of a long run, whose limbs are summed by as many threads as share a kernel: `limb` elements each, by the run's
/// `own` kernel, which this is a part of. Their sums go into the tree where the whole's would have stood.
///
/// # Safety
/// As [`portable`].
unsafe fn shared<T: Addend>(run: &Run, own: MapFn, limb: usize) -> T {
    /// Limbs at a time: their sums wait on the stack.
    const AT_A_TIME: usize = 256;
    let limbs = run.n.div_ceil(limb);
    let mut tree = tree::Limbs::<T>::new();
    for first in (0..limbs).step_by(AT_A_TIME) {
        let n = AT_A_TIME.min(limbs - first);
        let mut sums = [T::ZERO; AT_A_TIME];
        let part = Run { out: sums.as_mut_ptr().cast(), onto: Onto::Nothing, ..*run };
        // SAFETY: it holds pointers and numbers.
        let part = unsafe { Shared::new(&part) };
        in_parts(n, &|i| {
            let (part, start) = (part.get(), (first + i) * limb);
            let ins = part.ins.map(|at| at.wrapping_add(start * size_of::<T>()));
            let out = part.out.wrapping_add(i * size_of::<T>());
            // SAFETY: the limb lies within the run, and its sum has a place of its own.
            unsafe { own(&Run { n: limb.min(part.n - start), out, ins, ..*part }) };
        });
        sums[..n].iter().for_each(|&sum| tree.push(sum));
    }
    tree.finish()
}
