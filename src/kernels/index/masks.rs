//! Elements where a mask holds: counted, named by their indices, taken out and put back.
//!
//! A mask is read twice, and others may write it in between: what was found the first time only bounds memory, and the
//! second pass stays within it.

use super::along::copy_run;
use crate::dtype::{Compute, DType};
use crate::kernels::convert::{pack, unpack};
use crate::kernels::operand::{Dst, Src};
use crate::kernels::walk::{MAX_DIMS, Walk};
use std::mem::MaybeUninit;

/// Elements that are tested for truth at a time.
const PART: usize = 256;

/// Whether each element of a part is true, as 1 or 0.
type Truths = [MaybeUninit<u8>; PART];

/// Room for a part in any compute type.
#[repr(align(16))]
struct Wide(MaybeUninit<[u8; PART * 16]>);

/// Writes whether each of `n` elements is true (not 0; nan is true), and shows it.
///
/// # Safety
/// The elements must be readable, `step` bytes apart; at most [`PART`] of them.
#[inline(always)]
unsafe fn truths(from: *const u8, dtype: DType, step: isize, n: usize, to: &mut Truths) -> &[u8] {
    let at = to.as_mut_ptr().cast::<u8>();
    // SAFETY: the caller's promise; a part has room for n elements, and all of them are written.
    unsafe {
        match (dtype.size(), step) {
            (1, 1) => (0..n).for_each(|i| at.add(i).write(u8::from(from.add(i).read() != 0))),
            (1, 0) => std::ptr::write_bytes(at, u8::from(from.read() != 0), n),
            _ => any_truths(from, dtype, step, n, at),
        }
        std::slice::from_raw_parts(at, n)
    }
}

/// [`truths`] of any type, to the bytes at `to`.
///
/// # Safety
/// As there, and `n` bytes must be writable at `to`.
#[inline(never)]
unsafe fn any_truths(from: *const u8, dtype: DType, step: isize, n: usize, to: *mut u8) {
    let mut wide = Wide(MaybeUninit::uninit());
    let wide: *mut u8 = wide.0.as_mut_ptr().cast();
    let compute: Compute = dtype.compute();
    // SAFETY: the caller's promise; there is room for PART elements of any compute type.
    unsafe {
        unpack(from, dtype, step, n, wide, compute);
        pack(wide, compute, n, to, DType::Bool, 1);
    }
}

#[inline(always)]
fn counted(truths: &[u8]) -> usize {
    // At most PART of them; sums of bytes vectorise up to 255.
    let sum = |part: &[u8]| usize::from(part.iter().fold(0u8, |n, &t| n.wrapping_add(t)));
    truths.chunks(128).map(sum).sum()
}

/// The number of elements that are not 0; 0 where there are more than 64 dimensions.
pub fn count_true(mask: &Src) -> usize {
    let mut walk = Walk::new();
    if mask.shape().contains(&0) || !walk.cover(mask.shape(), [(mask.strides(), mask.dtype().size())]) {
        return 0;
    }
    walk.sort_by(0);
    walk.merge();
    let [step] = walk.inner().steps;
    let (mut total, mut tile) = (0, [const { MaybeUninit::uninit() }; PART]);
    walk.rows(|[at], n| {
        for i in (0..n).step_by(PART) {
            let n = PART.min(n - i);
            // SAFETY: the walk stays within the shape.
            let hits = unsafe { truths(mask.ptr().offset(at + i as isize * step), mask.dtype(), step, n, &mut tile) };
            total += counted(hits);
        }
    });
    total
}

/// Writes the indices of the elements that are not 0, last dimension fastest, to the rows of `dst`:
/// int64 of shape `[n, dimensions of mask]`.
///
/// Where `mask` has more than n such elements, the first n are written; rows that are left over are
/// filled with `rest`. Returns false, with nothing written, where `dst` is not of that shape and type.
pub fn nonzero(dst: &Dst, mask: &Src, rest: i64) -> bool {
    let (&[rows, dims], &[down, across]) = (dst.shape(), dst.strides()) else { return false };
    let (shape, rows) = (mask.shape(), rows as usize);
    let mut walk = Walk::new();
    if !walk.cover(shape, [(mask.strides(), mask.dtype().size())])
        || dims as usize != shape.len()
        || dst.dtype() != DType::Int64
    {
        return false;
    }
    let (down, across) = (down as isize * 8, across as isize * 8);
    let write = |row: usize, d: usize, x: i64| {
        let at = row as isize * down + d as isize * across;
        // SAFETY: called for rows and dimensions of `dst` alone.
        unsafe { dst.ptr().offset(at).cast::<i64>().write_unaligned(x) }
    };
    let [step] = walk.inner().steps;
    // The walk leaves out dimensions of 1: the innermost of what is left, if anything is.
    let inner = shape.iter().rposition(|&n| n != 1);
    let count = if shape.contains(&0) { 0 } else { walk.count() };
    let (mut row, mut done, mut at) = (0, 0, [0i64; MAX_DIMS]);
    let mut tile = [const { MaybeUninit::uninit() }; PART];
    while done < count && row < rows {
        let ([from], n) = walk.next(PART.min(count - done));
        done += n;
        // SAFETY: the walk stays within the shape.
        let hits = unsafe { truths(mask.ptr().offset(from), mask.dtype(), step, n, &mut tile) };
        let first = row;
        match inner {
            None => row += usize::from(hits[0]),
            Some(d) if row + n <= rows => {
                for (i, &hit) in (at[d]..).zip(hits) {
                    // The next hit is written over what was none.
                    write(row, d, i);
                    row += usize::from(hit);
                }
            }
            Some(d) => {
                for (i, _) in (at[d]..).zip(hits).filter(|&(_, &hit)| hit != 0).take(rows - row) {
                    write(row, d, i);
                    row += 1;
                }
            }
        }
        for d in (0..shape.len()).filter(|&d| Some(d) != inner) {
            (first..row).for_each(|row| write(row, d, at[d]));
        }
        if let Some(d) = inner {
            at[d] += n as i64;
            let mut d = d;
            while at[d] == shape[d] && d > 0 {
                at[d] = 0;
                d -= 1;
                at[d] += 1;
            }
        }
    }
    for row in row..rows {
        (0..shape.len()).for_each(|d| write(row, d, rest));
    }
    true
}

/// A walk over `a` and the mask, last dimension fastest; None where their shapes disagree.
fn both(a: &Src, mask: &Src, walk: &mut Walk<2>) -> bool {
    let layouts = [(a.strides(), a.dtype().size()), (mask.strides(), mask.dtype().size())];
    let fits = a.shape() == mask.shape() && walk.cover(a.shape(), layouts);
    walk.merge();
    fits
}

/// The elements of `src` where `mask` holds, last dimension fastest, into the run `dst`.
///
/// Where there are more than `dst` holds, the first; where fewer, what is left of `dst` stays. Returns how many were written;
/// None, with nothing written, where shapes or types disagree.
pub fn take_true(dst: &Dst, src: &Src, mask: &Src) -> Option<usize> {
    let mut walk = Walk::new();
    if dst.dtype() != src.dtype() || !dst.is_contiguous() || !both(src, mask, &mut walk) {
        return None;
    }
    let (room, dtype) = (dst.numel(), src.dtype());
    let [own, by] = walk.inner().steps;
    let (mut k, mut tile) = (0, [const { MaybeUninit::uninit() }; PART]);
    let mut left = if src.shape().contains(&0) { 0 } else { walk.count() };
    while left > 0 {
        let ([s, m], n) = walk.next(left.min(PART));
        left -= n;
        // SAFETY: the walk stays within both; what is written is counted against the room.
        unsafe {
            let hits = truths(mask.ptr().offset(m), mask.dtype(), by, n, &mut tile);
            let (to, from) = (dst.ptr(), src.ptr().offset(s));
            k = match dtype.size() {
                1 => squeezed::<u8>(to, k, room, from, own, hits),
                2 => squeezed::<u16>(to, k, room, from, own, hits),
                4 => squeezed::<u32>(to, k, room, from, own, hits),
                8 => squeezed::<u64>(to, k, room, from, own, hits),
                _ => squeezed::<u128>(to, k, room, from, own, hits),
            };
        }
    }
    Some(k)
}

/// Writes the hits among elements to the places from `k` on, and says where the next goes.
///
/// # Safety
/// The elements must be readable, and `room` places writable.
unsafe fn squeezed<T: Copy>(
    to: *mut u8,
    mut k: usize,
    room: usize,
    from: *const u8,
    step: isize,
    hits: &[u8],
) -> usize {
    let to = to.cast::<T>();
    let fits = k + hits.len() <= room;
    for (i, &hit) in hits.iter().enumerate() {
        if !fits && (hit == 0 || k == room) {
            continue;
        }
        // SAFETY: the caller's promise, and `k` is below `room`. What is no hit is written over by the next.
        unsafe {
            let x = from.offset(i as isize * step).cast::<T>().read_unaligned();
            to.add(k).write_unaligned(x);
        }
        k += usize::from(hit);
    }
    k
}

/// Writes the elements of the run `src`, one after the other, over those of `dst` where `mask` holds.
///
/// Where `src` has too few, the rest of `dst` stays. Returns false, with nothing written, where shapes or types disagree.
pub fn put_true(dst: &Dst, src: &Src, mask: &Src) -> bool {
    let mut walk = Walk::new();
    if dst.dtype() != src.dtype() || !src.is_contiguous() || !both(&dst.as_src(), mask, &mut walk) {
        return false;
    }
    let (given, size) = (src.numel(), dst.dtype().size());
    let [own, by] = walk.inner().steps;
    let (mut k, mut tile) = (0, [const { MaybeUninit::uninit() }; PART]);
    let mut left = if dst.shape().contains(&0) { 0 } else { walk.count() };
    while left > 0 && k < given {
        let ([d, m], n) = walk.next(left.min(PART));
        left -= n;
        // SAFETY: the walk stays within both; what is read is counted against what is given.
        unsafe {
            let hits = truths(mask.ptr().offset(m), mask.dtype(), by, n, &mut tile);
            let (to, from) = (dst.ptr().offset(d), src.ptr());
            if k + n <= given && counted(hits) == n {
                copy_run(to, own, from.add(k * size), size as isize, n, size);
                k += n;
                continue;
            }
            k = match size {
                1 => spread::<u8>(to, own, from, k, given, hits),
                2 => spread::<u16>(to, own, from, k, given, hits),
                4 => spread::<u32>(to, own, from, k, given, hits),
                8 => spread::<u64>(to, own, from, k, given, hits),
                _ => spread::<u128>(to, own, from, k, given, hits),
            };
        }
    }
    true
}

/// Writes the elements from `k` on over the hits, and says which comes next.
///
/// # Safety
/// The hits must be readable and writable, and `given` elements readable.
unsafe fn spread<T: Copy>(to: *mut u8, step: isize, from: *const u8, mut k: usize, given: usize, hits: &[u8]) -> usize {
    let from = from.cast::<T>();
    let fits = k + hits.len() <= given;
    for (i, &hit) in hits.iter().enumerate() {
        if !fits && (hit == 0 || k == given) {
            continue;
        }
        // SAFETY: the caller's promise, and `k` is below `given`. What is no hit is written as it was.
        unsafe {
            let at = to.offset(i as isize * step).cast::<T>();
            let (old, new) = (at.read_unaligned(), from.add(k).read_unaligned());
            at.write_unaligned(if hit != 0 { new } else { old });
        }
        k += usize::from(hit);
    }
    k
}
