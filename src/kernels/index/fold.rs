//! What becomes of an element that something is scattered to.
//!
//! Sums and products of whole numbers wrap, so that those of one size share a loop whatever their sign.

use super::places::{Kind, Places, Rows, wrapped};
use crate::dtype::DType;

/// How what is scattered joins what is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fold {
    /// It replaces it.
    Copy,
    /// Their sum; of truth values, whether either holds.
    Add,
    /// Their product; of truth values, whether both hold.
    Mul,
    /// The larger of the two; nan where either is.
    Max,
    /// The smaller of the two; nan where either is.
    Min,
}

impl Fold {
    /// Whether elements of `dtype` can be joined so. Half types are computed in float32, and never come here.
    pub fn takes(self, dtype: DType) -> bool {
        match self {
            Fold::Copy => true,
            Fold::Add | Fold::Mul => !dtype.is_half(),
            Fold::Max | Fold::Min => !dtype.is_half() && !dtype.is_complex(),
        }
    }
}

/// Calls `$go` with the element type and the closure for a fold of `$dtype`.
macro_rules! by_fold {
    ($fold:expr, $dtype:expr, $rest:expr, $go:ident($($arg:expr),*)) => {{
        use Fold::*;
        match ($fold, $dtype) {
            (Add, DType::Bool) => $go::<u8>($($arg),*, |a, b| u8::from(a | b != 0)),
            (Mul, DType::Bool) => $go::<u8>($($arg),*, |a, b| u8::from(a != 0 && b != 0)),
            (Add, DType::UInt8 | DType::Int8) => $go::<u8>($($arg),*, u8::wrapping_add),
            (Mul, DType::UInt8 | DType::Int8) => $go::<u8>($($arg),*, u8::wrapping_mul),
            (Add, DType::Int16) => $go::<u16>($($arg),*, u16::wrapping_add),
            (Mul, DType::Int16) => $go::<u16>($($arg),*, u16::wrapping_mul),
            (Add, DType::Int32) => $go::<u32>($($arg),*, u32::wrapping_add),
            (Mul, DType::Int32) => $go::<u32>($($arg),*, u32::wrapping_mul),
            (Add, DType::Int64) => $go::<u64>($($arg),*, u64::wrapping_add),
            (Mul, DType::Int64) => $go::<u64>($($arg),*, u64::wrapping_mul),
            (Add, DType::Float32) => $go::<f32>($($arg),*, |a, b| a + b),
            (Mul, DType::Float32) => $go::<f32>($($arg),*, |a, b| a * b),
            (Add, DType::Float64) => $go::<f64>($($arg),*, |a, b| a + b),
            (Mul, DType::Float64) => $go::<f64>($($arg),*, |a, b| a * b),
            (Add, DType::Complex64) => $go::<[f32; 2]>($($arg),*, |a, b| [a[0] + b[0], a[1] + b[1]]),
            (Mul, DType::Complex64) => {
                $go::<[f32; 2]>($($arg),*, |a, b| [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]])
            }
            (Add, DType::Complex128) => $go::<[f64; 2]>($($arg),*, |a, b| [a[0] + b[0], a[1] + b[1]]),
            (Mul, DType::Complex128) => {
                $go::<[f64; 2]>($($arg),*, |a, b| [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]])
            }
            (Max, DType::Bool | DType::UInt8) => $go::<u8>($($arg),*, u8::max),
            (Min, DType::Bool | DType::UInt8) => $go::<u8>($($arg),*, u8::min),
            (Max, DType::Int8) => $go::<i8>($($arg),*, i8::max),
            (Min, DType::Int8) => $go::<i8>($($arg),*, i8::min),
            (Max, DType::Int16) => $go::<i16>($($arg),*, i16::max),
            (Min, DType::Int16) => $go::<i16>($($arg),*, i16::min),
            (Max, DType::Int32) => $go::<i32>($($arg),*, i32::max),
            (Min, DType::Int32) => $go::<i32>($($arg),*, i32::min),
            (Max, DType::Int64) => $go::<i64>($($arg),*, i64::max),
            (Min, DType::Int64) => $go::<i64>($($arg),*, i64::min),
            // Both are asked: where the second may be left out, a loop does not vectorise.
            (Max, DType::Float32) => $go::<f32>($($arg),*, |a, b| if b.is_nan() | (a < b) { b } else { a }),
            (Min, DType::Float32) => $go::<f32>($($arg),*, |a, b| if b.is_nan() | (b < a) { b } else { a }),
            (Max, DType::Float64) => $go::<f64>($($arg),*, |a, b| if b.is_nan() | (a < b) { b } else { a }),
            (Min, DType::Float64) => $go::<f64>($($arg),*, |a, b| if b.is_nan() | (b < a) { b } else { a }),
            // Who calls has asked `takes`; nothing is done of the rest.
            _ => $rest,
        }
    }};
}

/// Joins `n` elements, `step` bytes apart, with those at the offsets from `to` on, in order.
///
/// # Safety
/// They must be readable, the offsets too, and the elements at these readable and writable.
pub(super) unsafe fn folded(
    fold: Fold,
    dtype: DType,
    to: *mut u8,
    offsets: *const isize,
    from: *const u8,
    step: isize,
    n: usize,
) {
    // SAFETY: the caller's promise.
    unsafe { by_fold!(fold, dtype, (), each(to, offsets, from, step, n)) }
}

/// [`folded`], of elements of type `T`.
///
/// # Safety
/// As there.
#[inline(always)]
unsafe fn each<T: Copy>(
    to: *mut u8,
    offsets: *const isize,
    from: *const u8,
    step: isize,
    n: usize,
    join: impl Fn(T, T) -> T,
) {
    for k in 0..n {
        // SAFETY: the caller's promise.
        unsafe {
            let at = to.offset(offsets.add(k).read()).cast::<T>();
            let x = from.offset(k as isize * step).cast::<T>().read_unaligned();
            at.write_unaligned(join(at.read_unaligned(), x));
        }
    }
}

/// Joins a run of `n` elements with another, each side's so many bytes apart.
///
/// # Safety
/// Both must be readable, and that at `to` writable.
pub(super) unsafe fn folded_run(
    fold: Fold,
    dtype: DType,
    to: *mut u8,
    to_step: isize,
    from: *const u8,
    from_step: isize,
    n: usize,
) {
    // SAFETY: the caller's promise.
    unsafe { by_fold!(fold, dtype, (), run(to, to_step, from, from_step, n)) }
}

/// [`folded_run`], of elements of type `T`.
///
/// # Safety
/// As there.
#[inline(always)]
unsafe fn run<T: Copy>(
    to: *mut u8,
    to_step: isize,
    from: *const u8,
    from_step: isize,
    n: usize,
    join: impl Fn(T, T) -> T,
) {
    let size = size_of::<T>() as isize;
    // SAFETY: the caller's promise.
    unsafe {
        // Loops and no closure: the first has constant steps, so that it vectorises.
        if to_step == size && from_step == size {
            let (to, from) = (to.cast::<T>(), from.cast::<T>());
            for k in 0..n {
                let at = to.add(k);
                at.write_unaligned(join(at.read_unaligned(), from.add(k).read_unaligned()));
            }
        } else {
            for k in 0..n as isize {
                let at = to.offset(k * to_step).cast::<T>();
                at.write_unaligned(join(at.read_unaligned(), from.offset(k * from_step).cast::<T>().read_unaligned()));
            }
        }
    }
}

/// Joins the elements of rows of positions with those where their indices lead, in order.
///
/// # Errors
/// The index that is outside of its dimension, where one is.
///
/// # Safety
/// Index and partner must be readable for the rows, and the indexed side writable wherever an index within it leads.
pub(super) unsafe fn joined(fold: Fold, dtype: DType, rows: &Rows, places: &Places) -> Result<(), i64> {
    // SAFETY: the caller's promise.
    unsafe { by_fold!(fold, dtype, Ok(()), by_index(rows, places)) }
}

/// [`joined`], of elements of type `T`.
///
/// # Safety
/// As there.
#[inline(always)]
unsafe fn by_index<T: Copy>(rows: &Rows, places: &Places, join: impl Fn(T, T) -> T) -> Result<(), i64> {
    let (size, [_, by, other]) = (size_of::<T>() as isize, rows.steps);
    let dense = places.kind == Kind::Long && by == 8 && other == size;
    for r in 0..rows.count as isize {
        // SAFETY: the caller's promise. The first has constant steps.
        unsafe {
            if dense {
                row::<T, true>(rows, r, places, (Kind::Long, 8, size_of::<T>() as isize), &join)?;
            } else {
                row::<T, false>(rows, r, places, (places.kind, by, other), &join)?;
            }
        }
    }
    Ok(())
}

/// Positions that are read before any of them is written, where they lead to different elements: a processor takes what it is
/// about to read for what it has just written, and waits for it.
const GROUP: usize = 4;

/// Row `r`, with the index's kind and step and the partner's step; by groups where it is `DENSE`.
///
/// # Safety
/// As [`joined`].
#[inline(always)]
unsafe fn row<T: Copy, const DENSE: bool>(
    rows: &Rows,
    r: isize,
    places: &Places,
    (kind, by, other): (Kind, isize, isize),
    join: &impl Fn(T, T) -> T,
) -> Result<(), i64> {
    let (wrap, extent, step, own) = (places.wrap(), places.extent as u64, places.step, rows.steps[0]);
    let indexed = rows.indexed.wrapping_offset(r * rows.next[0]).cast_mut();
    let index = rows.index.wrapping_offset(r * rows.next[1]);
    let partner = rows.partner.wrapping_offset(r * rows.next[2]);
    let (mut k, n) = (0, rows.n as isize);
    // SAFETY: the caller's promise; an index is looked at before it leads anywhere.
    unsafe {
        while DENSE && k + GROUP as isize <= n {
            let mut at = [std::ptr::null_mut::<T>(); GROUP];
            for (j, at) in at.iter_mut().enumerate() {
                let k = k + j as isize;
                let given = Places::read(kind, index.offset(k * by));
                let i = wrapped(given, wrap);
                if i as u64 >= extent {
                    return Err(given);
                }
                *at = indexed.wrapping_offset(k * own + i as isize * step).cast::<T>();
            }
            let [a, b, c, d] = at;
            let x = partner.offset(k * other);
            let x = [
                x.cast::<T>().read_unaligned(),
                x.offset(other).cast::<T>().read_unaligned(),
                x.offset(2 * other).cast::<T>().read_unaligned(),
                x.offset(3 * other).cast::<T>().read_unaligned(),
            ];
            if a == b || a == c || a == d || b == c || b == d || c == d {
                for j in 0..GROUP {
                    at[j].write_unaligned(join(at[j].read_unaligned(), x[j]));
                }
            } else {
                let y = [a.read_unaligned(), b.read_unaligned(), c.read_unaligned(), d.read_unaligned()];
                for j in 0..GROUP {
                    at[j].write_unaligned(join(y[j], x[j]));
                }
            }
            k += GROUP as isize;
        }
        while k < n {
            let given = Places::read(kind, index.offset(k * by));
            let i = wrapped(given, wrap);
            if i as u64 >= extent {
                return Err(given);
            }
            let at = indexed.wrapping_offset(k * own + i as isize * step).cast::<T>();
            let x = partner.offset(k * other).cast::<T>().read_unaligned();
            at.write_unaligned(join(at.read_unaligned(), x));
            k += 1;
        }
    }
    Ok(())
}
