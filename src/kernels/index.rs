//! Elements by index: gathered, scattered, and the indices of what is true.
//!
//! Indices lie in memory that others may write meanwhile. So each is read once, wrapped, checked and
//! turned into an offset before it is used; and what was found in one pass bounds no other pass.

use super::convert::{pack, unpack};
use super::operand::{Dst, Src};
use super::walk::{MAX_DIMS, Walk};
use crate::dtype::{Compute, DType};
use std::mem::MaybeUninit;

pub mod along;
pub mod fold;
mod masks;
mod places;

pub use masks::{count_true, nonzero, put_true, take_true};

/// Positions whose offsets are computed at a time.
const POSITIONS: usize = 256;
/// Elements that are added at a time.
const PART: usize = 256;

/// An index outside of its dimension.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IndexFault {
    /// The index as it was given.
    pub index: i64,
    /// The dimension: the number of the index tensor.
    pub dim: usize,
    /// That dimension's extent.
    pub size: i64,
}

/// The side that is indexed, `[d1 .. dk, rest ..]`, and its partner, `[I .. , rest ..]`.
struct Call<'a> {
    indexed: Src<'a>,
    partner: Src<'a>,
    indices: &'a [Src<'a>],
    /// The shape that the indices share.
    space: &'a [i64],
}

/// Offsets of as many positions.
type Offsets = [isize; POSITIONS];

impl<'a> Call<'a> {
    /// `None` where shapes or types disagree.
    fn new(indexed: Src<'a>, partner: Src<'a>, indices: &'a [Src<'a>]) -> Option<Self> {
        let space = indices.first()?.shape();
        let (k, n) = (indices.len(), space.len());
        let agree = indexed.dtype() == partner.dtype()
            && indices.iter().all(|i| i.dtype() == DType::Int64 && i.shape() == space)
            && indexed.shape().len() >= k
            && n <= MAX_DIMS
            && partner.shape().get(..n) == Some(space)
            && partner.shape().get(n..) == indexed.shape().get(k..);
        agree.then_some(Call { indexed, partner, indices, space })
    }

    fn positions(&self) -> usize {
        self.space.iter().fold(1usize, |all, &n| all.saturating_mul(n as usize))
    }

    /// Makes `walk` one over the rest of both sides: (indexed, partner).
    fn rest(&self, walk: &mut Walk<2>) -> bool {
        let (k, n, size) = (self.indices.len(), self.space.len(), self.indexed.dtype().size());
        let layouts = [(&self.indexed.strides()[k..], size), (&self.partner.strides()[n..], size)];
        let fits = walk.cover(&self.indexed.shape()[k..], layouts);
        walk.sort_by(0);
        walk.merge();
        fits
    }

    /// The offsets into the indexed side of `to.len()` positions from `start` on.
    fn offsets(&self, start: usize, to: &mut [isize]) -> Result<(), IndexFault> {
        to.fill(0);
        let size = self.indexed.dtype().size() as isize;
        for (dim, index) in self.indices.iter().enumerate() {
            let (extent, stride) = (self.indexed.shape()[dim], self.indexed.strides()[dim] as isize);
            let mut walk = Walk::new();
            walk.cover(self.space, [(index.strides(), 8)]);
            walk.merge();
            walk.seek(start);
            let [step] = walk.inner().steps;
            let mut left = &mut *to;
            while !left.is_empty() {
                let ([at], n) = walk.next(left.len());
                let (now, later) = left.split_at_mut(n);
                for (i, offset) in now.iter_mut().enumerate() {
                    // SAFETY: the walk stays within the indices' shape.
                    let given = unsafe { read_once(index.ptr().offset(at + i as isize * step)) };
                    let wrapped = if given < 0 { given.wrapping_add(extent) } else { given };
                    if wrapped < 0 || wrapped >= extent {
                        return Err(IndexFault { index: given, dim, size: extent });
                    }
                    // The element is one of a checked operand's, unless the rest is empty.
                    *offset = offset.wrapping_add((wrapped as isize).wrapping_mul(stride).wrapping_mul(size));
                }
                left = later;
            }
        }
        Ok(())
    }

    /// Calls `f(offsets, [at, step], n)` for runs of the partner's positions: the offsets into the indexed side of `n` of them,
    /// and where they lie in the partner.
    #[inline(always)]
    fn tiles(&self, mut f: impl FnMut(*const isize, [isize; 2], usize)) -> Result<(), IndexFault> {
        let layout = (&self.partner.strides()[..self.space.len()], self.partner.dtype().size());
        let mut walk = Walk::new();
        walk.cover(self.space, [layout]);
        walk.merge();
        let [step] = walk.inner().steps;
        let mut tile: Offsets = [0; POSITIONS];
        let count = self.positions();
        for start in (0..count).step_by(POSITIONS) {
            let tile = &mut tile[..POSITIONS.min(count - start)];
            self.offsets(start, tile)?;
            let mut used = 0;
            walk.take(tile.len(), |[at], n| {
                f(tile[used..used + n].as_ptr(), [at, step], n);
                used += n;
            });
        }
        Ok(())
    }

    /// Calls `f(indexed, partner)` with the offsets of each position.
    fn each(&self, mut f: impl FnMut(isize, isize)) -> Result<(), IndexFault> {
        self.tiles(|offsets, [at, step], n| {
            for i in 0..n {
                // SAFETY: there are `n` offsets.
                f(unsafe { offsets.add(i).read() }, at + i as isize * step);
            }
        })
    }

    /// Checks every index.
    fn check(&self) -> Result<(), IndexFault> {
        let mut tile: Offsets = [0; POSITIONS];
        let count = self.positions();
        (0..count)
            .step_by(POSITIONS)
            .try_for_each(|start| self.offsets(start, &mut tile[..POSITIONS.min(count - start)]))
    }
}

/// The int64 at `p`, by one read that the compiler may not repeat where it is aligned, and a read of
/// each byte where it is not.
///
/// # Safety
/// 8 bytes at `p` must be readable.
#[inline(always)]
unsafe fn read_once(p: *const u8) -> i64 {
    // SAFETY: the caller's promise, and the alignment has been tested.
    unsafe {
        if p.cast::<i64>().is_aligned() {
            p.cast::<i64>().read_volatile()
        } else {
            i64::from_ne_bytes(p.cast::<[u8; 8]>().read_volatile())
        }
    }
}

/// `dst[i .., r ..] = src[indices[0][i ..], .., r ..]`: `src` is `[d1 .. dk, rest ..]`, each of the k int64
/// `indices` has one shape `I`, and `dst` is `[I .., rest ..]` of `src`'s type. Negative indices count
/// from the end.
///
/// Returns `Ok(false)`, with nothing written, where that is not so or there are more than 64 dimensions.
///
/// # Errors
/// [`IndexFault`] for an index outside of its dimension; `dst` may hold a part of the result then.
pub fn index_get(dst: &Dst, src: &Src, indices: &[Src]) -> Result<bool, IndexFault> {
    let Some(call) = Call::new(*src, dst.as_src(), indices) else { return Ok(false) };
    let mut rest = Walk::new();
    if !call.rest(&mut rest) {
        return Ok(false);
    }
    if call.space.contains(&0) {
        return Ok(true);
    }
    // As in torch, indices that no element is read or written by are not looked at.
    if rest_is_empty(&call) {
        return Ok(true);
    }
    if rest.count() == 1 {
        let size = src.dtype().size();
        call.tiles(|offsets, [at, step], n| {
            // SAFETY: the offsets are of checked indices, and the walk stays within the positions.
            unsafe { along::taken(dst.ptr().offset(at), step, src.ptr(), offsets, n, size) }
        })?;
        return Ok(true);
    }
    call.each(|from, to| {
        let (from, to) = (src.ptr().wrapping_offset(from), dst.ptr().wrapping_offset(to));
        // SAFETY: the offsets are of checked indices, and the walk stays within the rest.
        unsafe { copy_rest(&mut rest, [0, 1], src.dtype(), from, to) }
    })?;
    Ok(true)
}

/// `dst[indices[0][i ..], .., r ..] = src[i .., r ..]`, or `+=` with `accumulate`: the converse of
/// [`index_get`], with the same shapes the other way round. Where an index comes twice, the later
/// position wins, or both add up, in order.
///
/// Returns `Ok(false)`, with nothing written, where shapes or types disagree.
///
/// # Errors
/// [`IndexFault`] for an index outside of its dimension. Nothing is written then, unless someone
/// changes the indices meanwhile.
pub fn index_put(dst: &Dst, src: &Src, indices: &[Src], accumulate: bool) -> Result<bool, IndexFault> {
    let Some(call) = Call::new(dst.as_src(), *src, indices) else { return Ok(false) };
    let mut rest = Walk::new();
    if !call.rest(&mut rest) {
        return Ok(false);
    }
    if call.space.contains(&0) {
        return Ok(true);
    }
    if rest_is_empty(&call) {
        return Ok(true);
    }
    call.check()?;
    if rest.count() == 1 && (!accumulate || fold::Fold::Add.takes(src.dtype())) {
        let (size, dtype) = (src.dtype().size(), src.dtype());
        call.tiles(|offsets, [at, step], n| {
            // SAFETY: the offsets are of checked indices, and the walk stays within the positions.
            unsafe {
                let from = src.ptr().offset(at);
                match accumulate {
                    true => fold::folded(fold::Fold::Add, dtype, dst.ptr(), offsets, from, step, n),
                    false => along::put(dst.ptr(), offsets, from, step, n, size),
                }
            }
        })?;
        return Ok(true);
    }
    call.each(|to, from| {
        let (to, from) = (dst.ptr().wrapping_offset(to), src.ptr().wrapping_offset(from));
        // SAFETY: the offsets are of checked indices, and the walk stays within the rest.
        unsafe {
            if accumulate {
                add_rest(&mut rest, src.dtype(), from, to);
            } else {
                copy_rest(&mut rest, [1, 0], src.dtype(), from, to);
            }
        }
    })?;
    Ok(true)
}

fn rest_is_empty(call: &Call) -> bool {
    call.indexed.shape()[call.indices.len()..].contains(&0)
}

/// Copies the rest of one position; `order` says which operand of the walk is the source.
///
/// # Safety
/// The walk's elements must be readable from `from` on, and writable from `to` on.
#[inline]
unsafe fn copy_rest(rest: &mut Walk<2>, order: [usize; 2], dtype: DType, from: *const u8, to: *mut u8) {
    let steps = rest.inner().steps;
    let (size, count) = (dtype.size() as isize, rest.count());
    rest.take(count, |offsets, n| {
        let [from_step, to_step] = order.map(|j| steps[j]);
        // SAFETY: the caller's promise.
        unsafe {
            let (from, to) = (from.offset(offsets[order[0]]), to.offset(offsets[order[1]]));
            if from_step == size && to_step == size && n > 1 {
                return std::ptr::copy(from, to, n * size as usize);
            }
            for i in 0..n as isize {
                let (from, to) = (from.offset(i * from_step), to.offset(i * to_step));
                match size {
                    1 => to.write(from.read()),
                    2 => to.cast::<u16>().write_unaligned(from.cast::<u16>().read_unaligned()),
                    4 => to.cast::<u32>().write_unaligned(from.cast::<u32>().read_unaligned()),
                    8 => to.cast::<u64>().write_unaligned(from.cast::<u64>().read_unaligned()),
                    _ => to.cast::<u128>().write_unaligned(from.cast::<u128>().read_unaligned()),
                }
            }
        }
    });
}

/// Room for a part in any compute type.
#[repr(align(16))]
struct Part(MaybeUninit<[u8; PART * 16]>);

/// Adds the rest of one position, in the compute type. The walk's operands are `to`'s and `from`'s.
///
/// # Safety
/// The walk's elements must be readable from both, and writable from `to` on.
unsafe fn add_rest(rest: &mut Walk<2>, dtype: DType, from: *const u8, to: *mut u8) {
    let compute = dtype.compute();
    let (mut x, mut y) = (Part(MaybeUninit::uninit()), Part(MaybeUninit::uninit()));
    let (x, y) = (x.0.as_mut_ptr().cast::<u8>(), y.0.as_mut_ptr().cast::<u8>());
    let [to_step, from_step] = rest.inner().steps;
    let mut left = rest.count();
    while left > 0 {
        let ([to_at, from_at], n) = rest.next(left.min(PART));
        left -= n;
        // SAFETY: the caller's promise; a part has room for n elements.
        unsafe {
            let (to, from) = (to.offset(to_at), from.offset(from_at));
            unpack(to, dtype, to_step, n, x, compute);
            unpack(from, dtype, from_step, n, y, compute);
            match compute {
                Compute::F32 | Compute::C64 => {
                    add::<f32>(x, y, n * if compute == Compute::F32 { 1 } else { 2 }, |a, b| a + b);
                }
                Compute::F64 | Compute::C128 => {
                    add::<f64>(x, y, n * if compute == Compute::F64 { 1 } else { 2 }, |a, b| a + b);
                }
                Compute::I64 => add::<i64>(x, y, n, i64::wrapping_add),
            }
            pack(x, compute, n, to, dtype, to_step);
        }
    }
}

/// `x = f(x, y)` for `n` elements.
///
/// # Safety
/// Both must hold `n` elements, aligned.
#[inline(always)]
unsafe fn add<T: Copy>(x: *mut u8, y: *const u8, n: usize, f: impl Fn(T, T) -> T) {
    for i in 0..n {
        // SAFETY: the caller's promise.
        unsafe {
            let x = x.cast::<T>().add(i);
            x.write(f(x.read(), y.cast::<T>().add(i).read()));
        }
    }
}

#[cfg(test)]
mod tests;
