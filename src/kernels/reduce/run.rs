//! Sums of runs of the compute type, for the short way to a kernel ([`Runs`](crate::kernels::map::Runs)).
//!
//! The same bits as the way by [`super::sum`] and [`super::dot`]. A run that fits one lane, which most of small
//! programs' are, meets nothing of the tree but its last step.

use super::feed;
use super::tree::{self, Addend, Form, Plain, Product};
use crate::kernels::lanes::{I64, Lane, Portable, Simd};
use crate::kernels::map::{MapTable, Run};

// As in the map's table: what stands in the later rows where there is no AVX.
#[cfg(target_arch = "x86_64")]
use crate::kernels::lanes::{Avx2, Avx512};
#[cfg(not(target_arch = "x86_64"))]
use crate::kernels::lanes::{Portable as Avx2, Portable as Avx512};

/// The sum of a run.
pub static SUM: MapTable = table::<Plain>(1);
/// The sum of the products of two runs' elements.
pub static DOT: MapTable = table::<Product>(2);

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
    unsafe { sum::<L, F>(run) }
}

/// # Safety
/// As [`portable`], on a processor that has AVX2 and FMA.
#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
unsafe fn avx2<L: Lane<Elem: Addend>, F: Form>(run: &Run) {
    // SAFETY: the caller's promise.
    unsafe { sum::<L, F>(run) }
}

/// # Safety
/// As [`portable`], on a processor that has AVX-512.
#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma,avx512f,avx512dq,avx512bw,avx512vl"))]
unsafe fn avx512<L: Lane<Elem: Addend>, F: Form>(run: &Run) {
    // SAFETY: the caller's promise.
    unsafe { sum::<L, F>(run) }
}

/// # Safety
/// As [`portable`].
#[inline(always)]
unsafe fn sum<L: Lane<Elem: Addend>, F: Form>(run: &Run) {
    let (ptrs, out) = ([run.ins[0], run.ins[1]], run.out.cast::<L::Elem>());
    // SAFETY: the caller's promise.
    unsafe {
        let sum = if run.n <= L::COUNT {
            tree::short::<L, F>(ptrs, run.n)
        } else {
            let mut left = run.n;
            tree::sequence::<L, F>(&mut || feed::Run { ptrs, n: std::mem::take(&mut left) })
        };
        let sum = if run.accumulate { out.read_unaligned().plus(sum) } else { sum };
        out.write_unaligned(sum);
    }
}
