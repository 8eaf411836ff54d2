//! Counting: how often each whole number occurs, and how many elements lie in each bin.

use super::{Answer, scratch};
use crate::dtype::{Compute, DType};
use crate::kernels::operand::{Dst, Src};

/// Adds to element `i` of `dst` how often `i` occurs in `src`, or the weights of where it does. All are runs: `src` of
/// int64; `dst` of int64, or of the weights' type, float32 or float64. False where that is not so, or a number has no place in `dst`;
/// what comes before that is counted.
pub fn bincount(dst: &Dst, src: &Src, weights: Option<&Src>) -> bool {
    let n = src.numel();
    let runs = dst.is_contiguous() && src.is_contiguous() && weights.is_none_or(Src::is_contiguous);
    let wanted = weights.map_or(DType::Int64, Src::dtype);
    if !runs || src.dtype() != DType::Int64 || dst.dtype() != wanted || weights.is_some_and(|w| w.numel() != n) {
        return false;
    }
    let (to, from, size) = (dst.ptr(), src.ptr(), dst.numel());
    let weight = weights.map_or(std::ptr::null(), Src::ptr);
    // SAFETY: the runs have as many elements, and each place is looked at before it is written.
    unsafe {
        match (weights.is_some(), wanted) {
            (false, _) => each(from, n, size, |i, _| {
                let to = to.cast::<i64>().add(i);
                to.write_unaligned(to.read_unaligned().wrapping_add(1));
            }),
            (_, DType::Float32) => each(from, n, size, |i, at| {
                let to = to.cast::<f32>().add(i);
                to.write_unaligned(to.read_unaligned() + weight.cast::<f32>().add(at).read_unaligned());
            }),
            (_, DType::Float64) => each(from, n, size, |i, at| {
                let to = to.cast::<f64>().add(i);
                to.write_unaligned(to.read_unaligned() + weight.cast::<f64>().add(at).read_unaligned());
            }),
            _ => false,
        }
    }
}

/// Calls `f(number, place)` for the `n` numbers at `from`; false at the first that is not below `size`.
///
/// # Safety
/// They must be readable.
#[inline(always)]
unsafe fn each(from: *const u8, n: usize, size: usize, mut f: impl FnMut(usize, usize)) -> bool {
    for at in 0..n {
        // SAFETY: the caller's promise.
        let i = unsafe { from.cast::<i64>().add(at).read_unaligned() };
        if i < 0 || i as usize >= size {
            return false;
        }
        f(i as usize, at);
    }
    true
}

/// How the bin of an element is found.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Bins {
    /// By its distance from the first edge: edges are evenly spaced.
    Even,
    /// The same, corrected by the edges themselves.
    EvenBySearch,
    /// By the edges.
    Given,
}

/// Adds to each bin's element of `dst` the elements of `src` between its edges, or their weights. The last bin has its last
/// edge too; nan and what lies outside counts nowhere. All are runs of float32 or all of float64; `edges` has one
/// element more than `dst`, in ascending order.
///
/// Answers false, with nothing written, where that is not so.
///
/// # Errors
/// Where there is no memory for the edges.
pub fn histogram(dst: &Dst, src: &Src, weights: Option<&Src>, edges: &Src, bins: Bins) -> Answer {
    let (dtype, n) = (src.dtype(), src.numel());
    let is_run = |s: &Src| s.dtype() == dtype && s.is_contiguous();
    let fits =
        is_run(src) && is_run(edges) && is_run(&dst.as_src()) && weights.is_none_or(|w| is_run(w) && w.numel() == n);
    if !fits || edges.numel() != dst.numel() + 1 || dst.numel() == 0 {
        return Ok(false);
    }
    let weight = weights.map_or(std::ptr::null(), Src::ptr);
    macro_rules! counted {
        ($t:ty) => {{
            let mut own = scratch::<$t>(edges.numel())?;
            // SAFETY: `edges` is a run of as many.
            own.iter_mut()
                .enumerate()
                .for_each(|(i, e)| *e = unsafe { edges.ptr().cast::<$t>().add(i).read_unaligned() });
            let count = own.len() - 1;
            let (first, last) = (own[0], own[count]);
            for i in 0..n {
                // SAFETY: `src` and `weights` are runs of `n` elements.
                let x = unsafe { src.ptr().cast::<$t>().add(i).read_unaligned() };
                if !(x >= first && x <= last) {
                    continue;
                }
                let guess = || ((x - first) * count as $t / (last - first)) as usize;
                let found = |low: usize, high: usize| low + own[low..high].partition_point(|&e| !(x < e)).max(1) - 1;
                let bin = match bins {
                    Bins::Given => found(0, count + 1),
                    Bins::Even => guess(),
                    Bins::EvenBySearch => {
                        let guess = guess().min(count);
                        let low = guess.saturating_sub(1);
                        found(low, (guess + 2).min(count + 1))
                    }
                };
                let w = if weight.is_null() { 1.0 } else { unsafe { weight.cast::<$t>().add(i).read_unaligned() } };
                // SAFETY: the bin is one of `dst`'s.
                unsafe {
                    let to = dst.ptr().cast::<$t>().add(bin.min(count - 1));
                    to.write_unaligned(to.read_unaligned() + w);
                }
            }
        }};
    }
    match dtype.compute() {
        Compute::F32 if dtype == DType::Float32 => counted!(f32),
        Compute::F64 => counted!(f64),
        _ => return Ok(false),
    }
    Ok(true)
}
