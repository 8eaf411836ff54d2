//! Counting: how often each whole number occurs, and how many elements lie in each bin.

use crate::dtype::DType;
use crate::kernels::lanes::{Kernel, Simd, dispatch};
use crate::kernels::operand::{Dst, Src};
use half::{bf16, f16};
use std::ops::{Add, Div, Mul, Sub};

/// Adds to element `i` of `dst` how often `i` occurs in `src`, or the weights of where it does. All are runs: `src` of
/// int64; `dst` of int64, or of the weights' type, float32 or float64. False where that is not so, or a number has no place in `dst`;
/// some are counted then.
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
            (false, _) if size <= FEW && n >= FEW => tables(from.cast(), n, to.cast(), size),
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

/// The smallest and the largest of a run of int64, which has some. None where it is not that.
pub fn ends(src: &Src) -> Option<[i64; 2]> {
    let fits = src.dtype() == DType::Int64 && src.is_contiguous() && src.numel() > 0;
    // SAFETY: it is a run of so many numbers.
    fits.then(|| unsafe { dispatch(Ends { from: src.ptr().cast(), n: src.numel() }) })
}

/// The smallest and the largest of `n` numbers.
///
/// # Safety
/// They must be readable.
struct Ends {
    from: *const i64,
    n: usize,
}

impl Kernel for Ends {
    type Output = [i64; 2];
    #[inline(always)]
    unsafe fn run<S: Simd>(self) -> [i64; 2] {
        let mut ends = [i64::MAX, i64::MIN];
        for i in 0..self.n {
            // SAFETY: the kernel's promise.
            let x = unsafe { self.from.add(i).read_unaligned() };
            ends = [ends[0].min(x), ends[1].max(x)];
        }
        ends
    }
}

/// So many counts are kept in several tables at a time.
const FEW: usize = 256;

/// As [`bincount`] of few numbers: neighbours are counted in different tables, since a count that was just written is not read
/// again at once.
///
/// # Safety
/// The `n` numbers at `from` must be readable, and the `size <= FEW` counts at `to` writable.
unsafe fn tables(from: *const i64, n: usize, to: *mut i64, size: usize) -> bool {
    let mut counts = [[0i64; FEW]; 4];
    let (mut at, mut inside) = (0, true);
    while inside && at < n {
        // SAFETY: the caller's promise.
        let read = |k: usize| unsafe { from.add(at + k).read_unaligned() } as usize;
        if at + 4 <= n {
            let [a, b, c, d] = [read(0), read(1), read(2), read(3)];
            inside = a < size && b < size && c < size && d < size;
            if inside {
                // All are below FEW: a mask that changes nothing spares four comparisons.
                counts[0][a % FEW] += 1;
                counts[1][b % FEW] += 1;
                counts[2][c % FEW] += 1;
                counts[3][d % FEW] += 1;
            }
            at += 4;
        } else {
            let a = read(0);
            inside = a < size;
            counts[0][a % FEW] += i64::from(inside);
            at += 1;
        }
    }
    for i in 0..size {
        // SAFETY: as above.
        unsafe {
            let to = to.add(i);
            let sum = counts.iter().fold(to.read_unaligned(), |sum, counts| sum.wrapping_add(counts[i]));
            to.write_unaligned(sum);
        }
    }
    inside
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

/// Adds to each bin's element of `dst` how many elements of `src` lie between its edges, which are evenly spaced. The last
/// bin has its last edge too; nan and what lies outside counts nowhere. All are runs of float32 or all of float64; `edges`
/// has one element more than `dst`, in ascending order. What is computed is rounded to `dtype`, which may be a half type.
///
/// Answers false, with nothing written, where that is not so.
pub fn histogram(dst: &Dst, src: &Src, edges: &Src, dtype: DType) -> bool {
    let own = src.dtype();
    let is_run = |s: &Src| s.dtype() == own && s.is_contiguous();
    let fits = is_run(src) && is_run(edges) && is_run(&dst.as_src());
    if !fits || edges.numel() != dst.numel() + 1 || dst.numel() == 0 {
        return false;
    }
    // SAFETY: all are runs of that type, with as many elements.
    unsafe {
        match (own, dtype) {
            (DType::Float32, DType::Float16) => even(dst, src, edges, |x: f32| f16::from_f32(x).to_f32()),
            (DType::Float32, DType::BFloat16) => even(dst, src, edges, |x: f32| bf16::from_f32(x).to_f32()),
            (DType::Float32, _) => even(dst, src, edges, |x: f32| x),
            (DType::Float64, _) => even(dst, src, edges, |x: f64| x),
            _ => return false,
        }
    }
    true
}

/// A number that is counted.
trait Real: Copy + PartialOrd + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Add<Output = Self> {
    const ONE: Self;
    fn of(n: usize) -> Self;
    fn whole(self) -> usize;
}

macro_rules! real {
    ($($t:ty)*) => { $(
        impl Real for $t {
            const ONE: Self = 1.0;
            #[inline(always)]
            fn of(n: usize) -> Self {
                n as $t
            }
            #[inline(always)]
            fn whole(self) -> usize {
                self as usize
            }
        }
    )* };
}

real!(f32 f64);

/// # Safety
/// All must be runs of `T`, and `edges` have one more element than `dst`, which has one.
unsafe fn even<T: Real>(dst: &Dst, src: &Src, edges: &Src, round: impl Fn(T) -> T) {
    let (count, n) = (dst.numel(), src.numel());
    let (to, from, ends) = (dst.ptr().cast::<T>(), src.ptr().cast::<T>(), edges.ptr().cast::<T>());
    // SAFETY: the caller's promise; a bin is cut to the last.
    unsafe {
        let (first, last) = (ends.read_unaligned(), ends.add(count).read_unaligned());
        for i in 0..n {
            let x = from.add(i).read_unaligned();
            if x >= first && x <= last {
                let steps = round(round(x - first) * round(T::of(count)));
                let bin = to.add(round(steps / round(last - first)).whole().min(count - 1));
                bin.write_unaligned(round(bin.read_unaligned() + T::ONE));
            }
        }
    }
}
