//! Pointwise operators: one formula over every element.
//!
//! A formula becomes kernels for contiguous or one-element operands of a compute type, one for each
//! compute type and level ([`MapTable`]); [`map`] calls them for operands of any layout and element
//! type. The driver is not generic over the formula, so it is compiled once; and because strided or
//! converted operands pass through the same kernels, a layout cannot change bits.
//!
//! What must not come here: formulas (the operator table has them), promotion and shape rules.

mod crossed;
mod few;
mod kernel;
mod runs;
mod table;
#[cfg(test)]
mod tests;
mod tiled;
mod truths;

pub use few::{FEW, Few, Tiles};
pub use kernel::{MapFn, Onto, Run};
pub use runs::{Picked, Runs, immediate};
pub use table::{MapTable, Writes};

use super::level::level;
use super::operand::{Dst, Src};
use crate::dtype::{Compute, DType};

/// The most operands of a formula.
pub const OPERANDS: usize = 4;

/// Computes `dst = f(srcs)`, or `dst += f(srcs)` with `accumulate`, element by element.
///
/// Every source has `dst`'s shape, with stride 0 where it was expanded; element types are arbitrary,
/// and converted to `compute` and from it. A predicate's answers are 0 or 1 in `dst`'s type. A source
/// may be `dst` itself (the same address, type and layout); it must not overlap it otherwise.
///
/// Returns false, with nothing written, where there is no such kernel: the table has no column for
/// `compute`, the number or a shape of the operands disagrees, a predicate accumulates, or there are
/// more than 64 dimensions.
pub fn map(table: &MapTable, compute: Compute, dst: &Dst, srcs: &[Src], accumulate: bool) -> bool {
    let Some(kernel) = table.kernel(level(), compute) else { return false };
    if srcs.len() != table.operands() || accumulate && table.is_test() {
        return false;
    }
    let (shape, own) = (dst.shape(), DType::from_compute(compute));
    let Some(lie) = Lie::of(shape, shape, dst.strides()) else { return false };
    let mut direct = lie.run && writes(dst.dtype(), compute, table.is_test());
    // Written in place: an `Option<Run>` of another function would be copied just after it was written in pieces.
    let mut run = Run {
        n: lie.n,
        out: dst.ptr(),
        ins: [std::ptr::null(); OPERANDS],
        single: 0,
        onto: Onto::what_is_there(accumulate),
    };
    let mut all_true_or_false = lie.run && dst.dtype() == DType::Bool && !accumulate;
    for (j, s) in srcs.iter().enumerate().take(OPERANDS) {
        let Some(lie) = Lie::of(shape, s.shape(), s.strides()) else { return false };
        direct &= s.dtype() == own && (lie.run || lie.single);
        all_true_or_false &= s.dtype() == DType::Bool && (lie.run || lie.single);
        run.single |= ((!lie.run) as u8) << j;
        run.ins[j] = s.ptr();
    }
    if direct {
        if run.n > 0 {
            // SAFETY: every operand is of the compute type, and n elements in a run or one for all; `dst`
            // is a run of what the kernel writes. They lie within their storages, so n did not overflow.
            unsafe { run.launch(kernel, own.size(), dst.dtype().size()) };
        }
        return true;
    }
    if shape.contains(&0) {
        return true;
    }
    if all_true_or_false && run.n >= truths::FEWEST {
        // SAFETY: each operand is n bytes in a run, or one for all, within its storage.
        if unsafe { truths::truths(table, compute, run.n, run.out, &run.ins[..srcs.len()], run.single) } {
            return true;
        }
    }
    let call = tiled::Call { kernel, compute, test: table.is_test(), accumulate };
    // Two sizes of plan, because clearing the larger costs more than a small operator.
    match shape.len() {
        0..=8 => tiled::tiled::<8>(&call, dst, srcs),
        9..=64 => tiled::tiled::<64>(&call, dst, srcs),
        _ => false,
    }
}

/// How an operand lies.
struct Lie {
    /// Its elements (modulo 2^64).
    n: usize,
    /// They are one run, last dimension fastest.
    run: bool,
    /// They are all the same one.
    single: bool,
}

impl Lie {
    /// Found in one walk, which is most of what a small operator costs here; `None` where the
    /// operand's shape is not `shape`.
    #[inline(always)]
    fn of(shape: &[i64], own: &[i64], strides: &[i64]) -> Option<Lie> {
        if own.len() != shape.len() || strides.len() != shape.len() {
            return None;
        }
        let (mut expected, mut run, mut single) = (1i64, true, true);
        for d in (0..shape.len()).rev() {
            let (n, step) = (shape[d], strides[d]);
            if own[d] != n {
                return None;
            }
            run &= step == expected || n == 1;
            single &= step == 0 || n == 1;
            expected = expected.wrapping_mul(n);
        }
        Some(Lie { n: expected as usize, run: run || expected == 0, single })
    }
}

/// Whether a kernel can write elements of `dtype`: a predicate's bytes are right for three types.
#[inline(always)]
fn writes(dtype: DType, compute: Compute, test: bool) -> bool {
    match test {
        true => matches!(dtype, DType::Bool | DType::UInt8 | DType::Int8),
        false => dtype == DType::from_compute(compute),
    }
}
