//! The distinct elements of a run, and the distinct rows of a matrix.

use super::Scratch;
use super::key::{self, Packed};
use super::sort::Room;
use crate::buffers::{OutOfMemory, zeros};
use crate::dtype::DType;
use crate::kernels::operand::{Dst, Src};

/// What was found.
pub struct Found {
    /// Where each distinct element is first, in their order.
    pub places: Vec<i64>,
    /// For each element the number of its equal among the distinct ones; nothing where that was not asked for.
    pub inverse: Vec<i64>,
    /// How often each occurs; as above.
    pub counts: Vec<i64>,
}

/// What to look for.
#[derive(Clone, Copy)]
pub struct Look {
    /// Each run of equal elements stands for itself, rather than all equal ones together.
    pub consecutive: bool,
    /// [`Found::inverse`] is wanted.
    pub inverse: bool,
    /// [`Found::counts`] is wanted.
    pub counts: bool,
}

impl Found {
    /// Of `n` elements whose places come in order by `place`; `same(i)` tells whether the one that comes at `i` is equal
    /// to that before it.
    fn of(
        n: usize,
        look: Look,
        place: impl Fn(usize) -> usize,
        same: impl Fn(usize) -> bool,
    ) -> Result<Self, OutOfMemory> {
        let mut inverse = zeros::<i64>(if look.inverse { n } else { 0 })?;
        let count = (0..n).filter(|&i| i == 0 || !same(i)).count();
        let mut places = zeros::<i64>(count)?;
        let mut counts = zeros::<i64>(if look.counts { count } else { 0 })?;
        let mut at = 0;
        for i in 0..n {
            if i == 0 || !same(i) {
                at += 1;
                places[at - 1] = place(i) as i64;
            }
            if look.counts {
                counts[at - 1] += 1;
            }
            if look.inverse {
                inverse[place(i)] = at as i64 - 1;
            }
        }
        Ok(Found { places, inverse, counts })
    }
}

/// The distinct elements of `src`, which has one dimension: in ascending order, or where [`Look::consecutive`] in their own, each
/// run of equal ones by itself. nan is equal to nothing. None where `src` is complex or has other dimensions.
///
/// # Errors
/// Where there is no memory.
pub fn distinct(src: &Src, look: Look) -> Result<Option<Found>, OutOfMemory> {
    let (&[n], &[stride]) = (src.shape(), src.strides()) else { return Ok(None) };
    let (n, dtype) = (n as usize, src.dtype());
    if dtype.is_complex() {
        return Ok(None);
    }
    let step = (stride as isize).wrapping_mul(dtype.size() as isize);
    if look.consecutive {
        let mut keys = Scratch::<u64>::new(n)?;
        // SAFETY: the operand has `n` elements, evenly spaced.
        unsafe { key::each(src.ptr(), dtype, step, n, |i, key| keys[i] = key) };
        let nan = key::of_nan(dtype);
        let same = |i: usize| keys[i] == keys[i - 1] && Some(keys[i]) != nan;
        return Found::of(n, look, |i| i, same).map(Some);
    }
    // SAFETY: the operand has `n` elements, evenly spaced.
    unsafe {
        match key::is_short(dtype, n) {
            true => of_keys::<u64>(src, step, n, look),
            false => of_keys::<(u64, u64)>(src, step, n, look),
        }
    }
    .map(Some)
}

/// Writes the first element of each run of equal ones to `dst`, of the same type and length, and says how many there are. Both
/// are runs. None, with nothing written, where that is not so, or equal elements may have different bits (but for zeros).
pub fn heads(dst: &Dst, src: &Src) -> Option<usize> {
    let n = src.numel();
    let fits = dst.dtype() == src.dtype() && dst.numel() == n && dst.is_contiguous() && src.is_contiguous();
    if !fits {
        return None;
    }
    let (to, from) = (dst.ptr(), src.ptr());
    // SAFETY: both have n elements of that size in a run.
    unsafe {
        match src.dtype() {
            DType::UInt8 | DType::Int8 => Some(put_heads::<u8>(to.cast(), from.cast(), n)),
            DType::Int16 => Some(put_heads::<u16>(to.cast(), from.cast(), n)),
            DType::Int32 => Some(put_heads::<u32>(to.cast(), from.cast(), n)),
            DType::Int64 => Some(put_heads::<u64>(to.cast(), from.cast(), n)),
            DType::Float32 => Some(put_heads::<f32>(to.cast(), from.cast(), n)),
            DType::Float64 => Some(put_heads::<f64>(to.cast(), from.cast(), n)),
            _ => None,
        }
    }
}

/// # Safety
/// `n` elements must be readable and writable.
unsafe fn put_heads<T: Copy + PartialEq>(to: *mut T, from: *const T, n: usize) -> usize {
    if n == 0 {
        return 0;
    }
    // SAFETY: the caller's promise; as many are written as were read.
    unsafe {
        let mut last = from.read_unaligned();
        to.write_unaligned(last);
        let mut count = 1;
        for i in 1..n {
            // Without a branch that nobody can foresee: what is no head is written over by the next.
            let x = from.add(i).read_unaligned();
            to.add(count).write_unaligned(x);
            count += usize::from(x != last);
            last = x;
        }
        count
    }
}

/// [`distinct`] of all equal elements together.
///
/// # Errors
/// Where there is no memory.
///
/// # Safety
/// `src` must have `n` elements, `step` bytes apart.
unsafe fn of_keys<P: Packed>(src: &Src, step: isize, n: usize, look: Look) -> Result<Found, OutOfMemory> {
    let mut room = Room::<P>::new(n)?;
    let nan = key::of_nan(src.dtype());
    // SAFETY: the caller's promise.
    let keys = unsafe { room.sorted(src.ptr(), src.dtype(), step, false) };
    let same = |i: usize| keys[i].key() == keys[i - 1].key() && Some(keys[i].key()) != nan;
    Found::of(n, look, |i| keys[i].place(), same)
}

/// The distinct rows of `src`, a matrix of one run, in the order of their first different elements; else as [`distinct`].
///
/// # Errors
/// As [`distinct`].
pub fn distinct_slices(src: &Src, look: Look) -> Result<Option<Found>, OutOfMemory> {
    let &[rows, width] = src.shape() else { return Ok(None) };
    let dtype: DType = src.dtype();
    if dtype.is_complex() || !src.is_contiguous() {
        return Ok(None);
    }
    let (rows, width) = (rows as usize, width as usize);
    let mut keys = Scratch::<u64>::new(rows * width)?;
    let mut order = zeros::<usize>(rows)?;
    // SAFETY: the operand is a run of so many elements.
    unsafe { key::each(src.ptr(), dtype, dtype.size() as isize, rows * width, |i, key| keys[i] = key) };
    order.iter_mut().enumerate().for_each(|(i, place)| *place = i);
    let row = |i: usize| &keys[i * width..(i + 1) * width];
    if !look.consecutive {
        order.sort_unstable_by(|&a, &b| row(a).cmp(row(b)).then(a.cmp(&b)));
    }
    let nan = key::of_nan(dtype);
    let same = |i: usize| {
        let (a, b) = (row(order[i - 1]), row(order[i]));
        a == b && !(nan.is_some() && a.iter().any(|&key| Some(key) == nan))
    };
    Found::of(rows, look, |i| order[i], same).map(Some)
}
