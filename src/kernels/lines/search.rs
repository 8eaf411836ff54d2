//! Places in sorted lines, and membership.

use super::key;
use super::{Address, Answer};
use crate::buffers::zeros;
use crate::dtype::{Compute, DType};
use crate::kernels::operand::{Dst, Src};
use crate::kernels::workers::{self, LONG, PART};
use std::hint::select_unpredictable;
use std::sync::atomic::{AtomicBool, Ordering};

/// Lines of at most so many elements are searched without jumps.
const SHORT: usize = 32;

/// How a place is looked for.
#[derive(Clone, Copy)]
pub struct Search {
    /// The length of each sorted line.
    pub line: usize,
    /// How many values are looked for in each; in the one line, where there is one.
    pub values: usize,
    /// Whether behind equal elements, and not before them.
    pub right: bool,
}

/// Writes to each element of `dst` the place in its sorted line where the element of `values` belongs. `sorter` gives the
/// order of each line's elements where they do not lie sorted.
///
/// All are runs: of a type that kernels compute in, the same for `lines` and `values`; `dst` and `sorter` of int64.
/// Answers false where that is not so, or a place that `sorter` gives lies outside.
///
/// # Errors
/// None: it needs no scratch.
pub fn search(dst: &Dst, lines: &Src, values: &Src, sorter: Option<&Src>, how: Search) -> Answer {
    let dtype = lines.dtype();
    let runs = dst.is_contiguous() && lines.is_contiguous() && values.is_contiguous();
    let sorter_fits =
        sorter.is_none_or(|s| s.is_contiguous() && s.dtype() == DType::Int64 && s.numel() == lines.numel());
    let n = values.numel();
    let enough = match (n, how.values) {
        (0, _) => Some(0),
        (_, 0) => None,
        (n, values) => how.line.checked_mul(n.div_ceil(values)),
    };
    if !runs || !sorter_fits || dtype != values.dtype() || !dtype.is_computed_in() || dtype.is_complex() {
        return Ok(false);
    }
    if dst.dtype() != DType::Int64 || dst.numel() != n || enough.is_none_or(|enough| enough > lines.numel()) {
        return Ok(false);
    }
    let job = Job {
        dst: Address(dst.ptr()),
        lines: Address(lines.ptr().cast_mut()),
        values: Address(values.ptr().cast_mut()),
        sorter: sorter.map(|s| Address(s.ptr().cast_mut())),
        how,
        outside: AtomicBool::new(false),
    };
    // SAFETY: all were just checked to be runs as long as that takes, and parts are within.
    let part = |start: usize, n: usize| unsafe {
        match dtype.compute() {
            Compute::F32 => job.part::<f32>(start, n),
            Compute::F64 => job.part::<f64>(start, n),
            _ => job.part::<i64>(start, n),
        }
    };
    if n < LONG {
        part(0, n);
    } else {
        workers::in_parts(n.div_ceil(PART), &|i| part(i * PART, PART.min(n - i * PART)));
    }
    Ok(!job.outside.into_inner())
}

/// A search's runs.
struct Job {
    dst: Address,
    lines: Address,
    values: Address,
    sorter: Option<Address>,
    how: Search,
    outside: AtomicBool,
}

impl Job {
    /// The places of `n` values from `start` on.
    ///
    /// # Safety
    /// There must be as many values, of `T`, and places for them, and the sorted lines that they are looked for in, whole, and so
    /// in the sorter.
    unsafe fn part<T: Copy + PartialOrd>(&self, start: usize, n: usize) {
        let Search { line, values, right } = self.how;
        let (mut i, end) = (start, start + n);
        while i < end {
            // Values that share a sorted line.
            let base = i / values * line;
            let next = end.min((i / values + 1) * values);
            // SAFETY: the caller's promise.
            unsafe {
                match (self.sorter, right) {
                    (None, false) if line <= SHORT => self.short::<T, false>(i, next, base),
                    (None, true) if line <= SHORT => self.short::<T, true>(i, next, base),
                    _ => self.long::<T>(i, next, base),
                }
            }
            i = next;
        }
    }

    /// The places of the values from `start` to `end` in the short line from element `base` on. As many steps for each, and
    /// none that jumps: what is found of one value says nothing of the next, so that half of the guesses would be wrong.
    ///
    /// # Safety
    /// As [`Job::part`].
    unsafe fn short<T: Copy + PartialOrd, const RIGHT: bool>(&self, start: usize, end: usize, base: usize) {
        let line = self.how.line;
        let steps = usize::BITS - line.leading_zeros();
        for i in start..end {
            // SAFETY: the caller's promise; places stay within the line, which has an element where there is a step.
            unsafe {
                let wanted = self.values.0.cast::<T>().add(i).read_unaligned();
                let (mut low, mut high) = (0, line);
                for _ in 0..steps {
                    // Once both meet they stay, whatever is read.
                    let middle = (low + high) / 2;
                    let x = self.lines.0.cast::<T>().add(base + middle.min(line - 1)).read_unaligned();
                    // Comparisons with nan are false: a nan lies at the end.
                    let behind = if RIGHT { x > wanted } else { x >= wanted };
                    let stays = behind | (low == high);
                    high = select_unpredictable(behind, middle, high);
                    low = select_unpredictable(stays, low, middle + 1);
                }
                self.dst.0.cast::<i64>().add(i).write_unaligned(low as i64);
            }
        }
    }

    /// As [`Job::short`], by jumps: a processor then reads on before it knows what it has found, which gains more in a long
    /// line.
    ///
    /// # Safety
    /// As [`Job::part`].
    unsafe fn long<T: Copy + PartialOrd>(&self, start: usize, end: usize, base: usize) {
        let Search { line, right, .. } = self.how;
        for i in start..end {
            // SAFETY: the caller's promise; a sorter's place is looked at first.
            unsafe {
                let wanted = self.values.0.cast::<T>().add(i).read_unaligned();
                let (mut low, mut high) = (0, line);
                while low < high {
                    let middle = low + (high - low) / 2;
                    let place = match self.sorter {
                        None => middle,
                        Some(sorter) => sorter.0.cast::<i64>().add(base + middle).read_unaligned() as usize,
                    };
                    if place >= line {
                        self.outside.store(true, Ordering::Relaxed);
                        return;
                    }
                    let x = self.lines.0.cast::<T>().add(base + place).read_unaligned();
                    let behind = if right { x > wanted } else { x >= wanted };
                    if behind {
                        high = middle;
                    } else {
                        low = middle + 1;
                    }
                }
                self.dst.0.cast::<i64>().add(i).write_unaligned(low as i64);
            }
        }
    }
}

/// Writes to `dst`, of bool, whether each element of `elements` is among those of `tests` (with `invert`, whether not). nan
/// is among none. All are runs, the last two of one type.
///
/// Answers false, with nothing written, where that is not so or they are complex.
///
/// # Errors
/// Where there is no memory for the keys of `tests`.
pub fn is_in(dst: &Dst, elements: &Src, tests: &Src, invert: bool) -> Answer {
    let (dtype, n, m) = (elements.dtype(), elements.numel(), tests.numel());
    let runs = dst.is_contiguous() && elements.is_contiguous() && tests.is_contiguous();
    if !runs || dtype != tests.dtype() || dtype.is_complex() || dst.dtype() != DType::Bool || dst.numel() != n {
        return Ok(false);
    }
    let nan = key::of_nan(dtype);
    let mut keys = zeros::<u64>(m)?;
    let step = dtype.size() as isize;
    // SAFETY: both are runs of so many elements.
    unsafe {
        key::each(tests.ptr(), dtype, step, m, |i, key| keys[i] = key);
    }
    if m > FEW {
        keys.sort_unstable();
        keys.dedup();
    }
    let keys = &keys[..];
    let (to, from) = (Address(dst.ptr()), Address(elements.ptr().cast_mut()));
    let part = |start: usize, n: usize| {
        let (to, from) = (&to, &from);
        // SAFETY: as above; `dst` has as many elements, of a byte each.
        unsafe {
            key::each(from.0.add(start * step as usize), dtype, step, n, |i, key| {
                let found = if m > FEW { keys.binary_search(&key).is_ok() } else { keys.contains(&key) };
                let found = found && Some(key) != nan;
                to.0.add(start + i).write((found != invert) as u8);
            });
        }
    };
    if n < LONG {
        part(0, n);
    } else {
        workers::in_parts(n.div_ceil(PART), &|i| part(i * PART, PART.min(n - i * PART)));
    }
    Ok(true)
}

/// Up to so many elements are compared with each.
const FEW: usize = 8;
