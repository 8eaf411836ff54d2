//! The driver for operands of any layout and type: pack into tiles, compute, unpack.
//!
//! Dimensions are sorted by the destination's strides and merged where every operand allows it. A
//! tile is then a part of one row (the innermost run) where rows are long, so that operands that
//! need no conversion are used in place; where rows are short it spans many of them.

use super::crossed::{crossed, crossing};
use super::{MapFn, OPERANDS, Onto, Run, writes};
use crate::dtype::{Compute, DType};
use crate::kernels::convert::{packer, unpacker};
use crate::kernels::operand::{Dst, Src};
use crate::kernels::workers::{LONG, PART, Shared, in_parts};
use std::mem::MaybeUninit;

/// Bytes of a tile: six of them, 12 KiB, leave room on the 64 KiB stack of a sweep.
const TILE: usize = 2048;
/// Bytes behind it that what is written in blocks may spoil.
const SLACK: usize = 64;
/// Rows of at least so many elements are walked one by one.
const ROW: usize = 64;

#[repr(align(64))]
struct Tile([MaybeUninit<u8>; TILE + SLACK]);

impl Tile {
    const fn new() -> Self {
        Tile([MaybeUninit::uninit(); TILE + SLACK])
    }
    fn ptr(&mut self) -> *mut u8 {
        self.0.as_mut_ptr().cast()
    }
}

/// What to run.
pub(super) struct Call {
    pub kernel: MapFn,
    pub compute: Compute,
    pub test: bool,
    pub accumulate: bool,
}

/// The operands' common dimensions, outermost first; at least one.
pub(super) struct Space<const D: usize> {
    pub dims: usize,
    pub shape: [usize; D],
    /// Bytes from one index to the next: of the destination, then of each source.
    pub steps: [[isize; D]; OPERANDS + 1],
}

impl<const D: usize> Space<D> {
    fn new(dst: &Dst, srcs: &[Src]) -> Self {
        let mut space = Space { dims: 0, shape: [1; D], steps: [[0; D]; OPERANDS + 1] };
        for (i, &n) in dst.shape().iter().enumerate() {
            if n != 1 {
                let step = |strides: &[i64], dtype: DType| (strides[i] as isize).wrapping_mul(dtype.size() as isize);
                let mut steps = [0; OPERANDS + 1];
                steps[0] = step(dst.strides(), dst.dtype());
                for (j, s) in srcs.iter().enumerate() {
                    steps[j + 1] = step(s.strides(), s.dtype());
                }
                space.insert(n as usize, steps);
            }
        }
        space.merge();
        space
    }

    /// Adds a dimension before those that already lie denser in the destination.
    fn insert(&mut self, n: usize, steps: [isize; OPERANDS + 1]) {
        let mut at = self.dims;
        while at > 0 && self.steps[0][at - 1].unsigned_abs() < steps[0].unsigned_abs() {
            self.copy(at - 1, at);
            at -= 1;
        }
        self.shape[at] = n;
        for (j, step) in steps.into_iter().enumerate() {
            self.steps[j][at] = step;
        }
        self.dims += 1;
    }

    fn copy(&mut self, from: usize, to: usize) {
        self.shape[to] = self.shape[from];
        for steps in &mut self.steps {
            steps[to] = steps[from];
        }
    }

    /// Joins neighbours that are one dimension to every operand.
    fn merge(&mut self) {
        let mut last = 0;
        for d in 1..self.dims {
            let n = self.shape[d];
            if self.steps.iter().all(|s| s[last] == s[d].wrapping_mul(n as isize)) {
                let outer = self.shape[last];
                self.copy(d, last);
                self.shape[last] = outer * n;
            } else {
                last += 1;
                self.copy(d, last);
            }
        }
        self.dims = last + 1;
    }

    /// The number of elements, if that is a number.
    fn count(&self) -> Option<usize> {
        self.shape[..self.dims].iter().try_fold(1usize, |all, &n| all.checked_mul(n))
    }

    /// The indices of the element at `linear`, last dimension fastest.
    fn indices(&self, mut linear: usize) -> [usize; D] {
        let mut at = [0; D];
        for d in (1..self.dims).rev() {
            (linear, at[d]) = (linear / self.shape[d], linear % self.shape[d]);
        }
        at[0] = linear;
        at
    }

    /// Operand `j`'s bytes from its first element to that at these indices.
    pub fn offset(&self, j: usize, at: &[usize; D]) -> isize {
        (0..self.dims).map(|d| self.steps[j][d] * at[d] as isize).sum()
    }

    /// Whether operand `j` is one run of elements of `size` bytes.
    fn is_linear(&self, j: usize, size: usize) -> bool {
        let mut expected = size as isize;
        (0..self.dims).rev().all(|d| {
            let same = self.steps[j][d] == expected;
            expected = expected.wrapping_mul(self.shape[d] as isize);
            same
        })
    }

    /// Copies the `len` elements of operand `j` from `at` on, a run of them, to `to`. In a loop of its own for short rows, which
    /// a converter would be called for one by one.
    ///
    /// # Safety
    /// The operand at `from` has elements of the size of `T` there; `to` must have room for as many and [`SLACK`].
    unsafe fn gather<T: Copy>(&self, j: usize, at: [usize; D], len: usize, from: *const u8, to: *mut u8) {
        let step = self.steps[j][self.dims - 1];
        let down = if self.dims > 1 { self.steps[j][self.dims - 2] } else { 0 };
        let mut to = to.cast::<T>();
        self.each_block(j, at, len, |offset, rows, n| {
            // SAFETY: the caller's promise.
            unsafe {
                let first = from.offset(offset);
                match n {
                    1 => narrow::<T, 1>(first, [down, step], rows, to),
                    2 => narrow::<T, 2>(first, [down, step], rows, to),
                    3 => narrow::<T, 3>(first, [down, step], rows, to),
                    4 => narrow::<T, 4>(first, [down, step], rows, to),
                    _ => {
                        for r in 0..rows {
                            copied(first.offset(r as isize * down), step, n, to.add(r * n));
                        }
                    }
                }
                to = to.add(rows * n);
            }
        });
    }

    /// As [`Space::each_row`], with the whole rows that follow each other along the next dimension at once: `f(offset, rows, n)`.
    fn each_block(&self, j: usize, mut at: [usize; D], len: usize, mut f: impl FnMut(isize, usize, usize)) {
        let last = self.dims - 1;
        let row = self.shape[last];
        let mut left = len;
        while left > 0 {
            let (rows, n) = match at[last] == 0 && left >= row && last > 0 {
                true => ((left / row).min(self.shape[last - 1] - at[last - 1]), row),
                false => (1, left.min(row - at[last])),
            };
            f(self.offset(j, &at), rows, n);
            left -= rows * n;
            at[last] += n;
            if at[last] == row && last > 0 {
                at[last] = 0;
                at[last - 1] += rows;
                let mut d = last - 1;
                while d > 0 && at[d] == self.shape[d] {
                    at[d] = 0;
                    d -= 1;
                    at[d] += 1;
                }
            }
        }
    }

    /// Calls `f(offset, n)` for each part of a row among the `len` elements from `at` on.
    fn each_row(&self, j: usize, mut at: [usize; D], len: usize, mut f: impl FnMut(isize, usize)) {
        let (steps, last) = (&self.steps[j], self.dims - 1);
        let mut offset = self.offset(j, &at);
        let mut left = len;
        loop {
            let n = left.min(self.shape[last] - at[last]);
            f(offset, n);
            left -= n;
            if left == 0 {
                return;
            }
            offset -= steps[last] * at[last] as isize;
            at[last] = 0;
            // More elements are left, so some outer index has not reached its end.
            let mut d = last - 1;
            loop {
                at[d] += 1;
                offset += steps[d];
                if at[d] < self.shape[d] {
                    break;
                }
                offset -= steps[d] * at[d] as isize;
                at[d] = 0;
                d -= 1;
            }
        }
    }
}

/// Copies `rows` rows of `N` elements, which lie `down` bytes apart and their elements `step`, to a run at `to`.
///
/// # Safety
/// They must be readable, and as many writable.
#[inline(always)]
unsafe fn narrow<T: Copy, const N: usize>(from: *const u8, [down, step]: [isize; 2], rows: usize, to: *mut T) {
    for r in 0..rows {
        for i in 0..N {
            // SAFETY: the caller's promise.
            unsafe {
                let x = from.offset(r as isize * down + i as isize * step).cast::<T>().read_unaligned();
                to.add(r * N + i).write(x);
            }
        }
    }
}

/// Copies one row of `n` elements, `step` bytes apart, to a run at `to`: one for all in blocks, which may spoil [`SLACK`] behind it.
///
/// # Safety
/// As [`narrow`].
#[inline(always)]
unsafe fn copied<T: Copy>(row: *const u8, step: isize, n: usize, to: *mut T) {
    let block = SLACK / size_of::<T>();
    // SAFETY: the caller's promise.
    unsafe {
        if step == 0 {
            let x = row.cast::<T>().read_unaligned();
            for start in (0..n).step_by(block) {
                for i in 0..block {
                    to.add(start + i).write(x);
                }
            }
        } else {
            for i in 0..n {
                to.add(i).write(row.offset(i as isize * step).cast::<T>().read_unaligned());
            }
        }
    }
}

/// Runs the call over operands of one shape without zeros, of at most `D` dimensions. False where
/// the elements cannot be counted (nothing is written then).
pub(super) fn tiled<const D: usize>(call: &Call, dst: &Dst, srcs: &[Src]) -> bool {
    let space = Space::<D>::new(dst, srcs);
    let Some(count) = space.count() else { return false };
    if let Some(d) = crossing(&space, call, dst, srcs) {
        crossed(call, &space, d, dst, srcs);
        return true;
    }
    let plan = Plan::new(call, dst, srcs, &space);
    if count < LONG {
        plan.run(0, count);
        return true;
    }
    // SAFETY: it holds pointers and numbers, and references to such.
    let plan = unsafe { Shared::new(&plan) };
    // Parts write elements of their own. They may read another's where a source is `dst` itself, which is laid out
    // as `dst` is: then they are the very elements that the part writes.
    in_parts(count.div_ceil(PART), &|i| plan.get().run(i * PART, count.min((i + 1) * PART)));
    true
}

/// How a call goes through tiles.
struct Plan<'a, const D: usize> {
    call: &'a Call,
    dst: &'a Dst<'a>,
    srcs: &'a [Src<'a>],
    // Not the space itself, which is some hundred bytes to move.
    space: &'a Space<D>,
    /// Rows are walked one by one.
    long: bool,
    /// The destination takes results where they are computed.
    in_place: bool,
    /// The sources that are read where they lie, as bits.
    used_in_place: u8,
    /// The sources that are one element for a whole tile, as bits.
    fixed: u8,
    /// The sources that are the same in every tile, as bits: what they hold comes again after `period` elements at most.
    periodic: u8,
    period: usize,
    /// Elements of a tile at most: of the period, where there is one, a whole number of times.
    most: usize,
}

impl<'a, const D: usize> Plan<'a, D> {
    fn new(call: &'a Call, dst: &'a Dst<'a>, srcs: &'a [Src<'a>], space: &'a Space<D>) -> Self {
        let own = DType::from_compute(call.compute);
        let (last, row) = (space.dims - 1, space.shape[space.dims - 1]);
        let long = row >= ROW || space.dims == 1;
        // An operand is used in place where a tile of it is a run of its own type, or one element.
        let run_of =
            |j: usize, size: usize| if long { space.steps[j][last] == size as isize } else { space.is_linear(j, size) };
        let one = |j: usize| {
            if long { space.steps[j][last] == 0 } else { space.steps[j][..space.dims].iter().all(|&s| s == 0) }
        };
        let in_place = writes(dst.dtype(), call.compute, call.test) && run_of(0, dst.dtype().size());
        let (mut fixed, mut used_in_place) = (0, 0);
        for (j, s) in srcs.iter().enumerate() {
            let one = one(j + 1);
            fixed |= (one as u8) << j;
            used_in_place |= ((s.dtype() == own && (one || run_of(j + 1, own.size()))) as u8) << j;
        }
        let all_in_place = in_place && used_in_place == (1u8 << srcs.len()) - 1;
        // A predicate's bytes may pass through int64.
        let mut most = if all_in_place { usize::MAX } else { TILE / own.size().max(8) };
        let (mut periodic, mut period) = (0, 1);
        for j in (0..srcs.len()).filter(|j| !long && (used_in_place | fixed) >> j & 1 == 0) {
            // Where the outermost dimensions do not move it, the others are all there is of it.
            let outer = (0..space.dims).take_while(|&d| space.steps[j + 1][d] == 0).count();
            let inner = space.shape[outer..space.dims].iter().fold(1usize, |all, &n| all.saturating_mul(n));
            if outer > 0 && inner <= most {
                periodic |= 1 << j;
                period = period.max(inner);
            }
        }
        if periodic != 0 {
            most -= most % period;
        }
        Plan { call, dst, srcs, space, long, in_place, used_in_place, fixed, periodic, period, most }
    }

    /// Computes the elements from number `start` up to `end`, in the order of the space.
    fn run(&self, mut start: usize, end: usize) {
        let Plan { call, dst, space, .. } = self;
        let (own, last) = (DType::from_compute(call.compute), space.dims - 1);
        let mut tiles = [const { Tile::new() }; OPERANDS];
        let mut result = Tile::new();
        let result = result.ptr();
        let (single, onto) = (self.fixed, Onto::what_is_there(call.accumulate));
        let mut run = Run { n: 0, out: result, ins: [std::ptr::null(); OPERANDS], single, onto };
        // The periodic sources whose tile holds a whole number of periods.
        let mut filled = 0;
        while start < end {
            let at = space.indices(start);
            // A part may begin within a period: the next tile will not.
            let within = if self.periodic != 0 { start % self.period } else { 0 };
            let room = if self.long { (space.shape[last] - at[last]).min(end - start) } else { end - start };
            run.n = if within != 0 { room.min(self.period - within) } else { room.min(self.most) };
            for (j, s) in self.srcs.iter().enumerate() {
                if self.used_in_place >> j & 1 != 0 {
                    run.ins[j] = s.ptr().wrapping_offset(space.offset(j + 1, &at));
                    continue;
                }
                let mut to = tiles[j].ptr();
                run.ins[j] = to;
                if filled >> j & 1 != 0 {
                    continue;
                }
                let whole = self.periodic >> j & 1 != 0 && within == 0;
                filled |= (whole as u8) << j;
                if s.dtype() == own && !self.long && self.fixed >> j & 1 == 0 {
                    // SAFETY: the indices are within the shape, so the source has these elements, which fit the tile.
                    unsafe {
                        match own.size() {
                            4 => space.gather::<u32>(j + 1, at, run.n, s.ptr(), to),
                            8 => space.gather::<u64>(j + 1, at, run.n, s.ptr(), to),
                            _ => space.gather::<u128>(j + 1, at, run.n, s.ptr(), to),
                        }
                    }
                    continue;
                }
                let convert = unpacker(s.dtype(), call.compute);
                space.each_row(j + 1, at, if self.fixed >> j & 1 != 0 { 1 } else { run.n }, |offset, n| {
                    // SAFETY: the indices are within the shape, so the source has these elements; the rows
                    // of a tile have run.n elements in all, which fit it.
                    unsafe {
                        convert(s.ptr().offset(offset), space.steps[j + 1][last], n, to);
                        to = to.add(n * own.size());
                    }
                });
            }
            if self.in_place {
                run.out = dst.ptr().wrapping_offset(space.offset(0, &at));
            } else if call.accumulate {
                let convert = unpacker(dst.dtype(), call.compute);
                let mut to = result;
                space.each_row(0, at, run.n, |offset, n| {
                    // SAFETY: as above.
                    unsafe {
                        convert(dst.ptr().offset(offset), space.steps[0][last], n, to);
                        to = to.add(n * own.size());
                    }
                });
            }
            // SAFETY: each operand is a tile just filled, or lies in place as a kernel wants it.
            unsafe { (call.kernel)(&run) };
            if !self.in_place {
                let mut wide = Tile::new();
                let (from, compute) = if call.test {
                    // SAFETY: the kernel wrote run.n bytes; as int64 they fill a tile at most.
                    unsafe { unpacker(DType::UInt8, Compute::I64)(result, 1, run.n, wide.ptr()) };
                    (wide.ptr(), Compute::I64)
                } else {
                    (result, call.compute)
                };
                write_back(space, dst, from, compute, at, run.n);
            }
            start += run.n;
        }
    }
}

/// Converts a tile of `len` results to the destination's elements from `at` on.
fn write_back<const D: usize>(
    space: &Space<D>,
    dst: &Dst,
    mut from: *const u8,
    compute: Compute,
    at: [usize; D],
    len: usize,
) {
    let convert = packer(compute, dst.dtype());
    let size = DType::from_compute(compute).size();
    space.each_row(0, at, len, |offset, n| {
        // SAFETY: the indices are within the shape, so the destination has these elements.
        unsafe {
            convert(from, n, dst.ptr().offset(offset), space.steps[0][space.dims - 1]);
            from = from.add(n * size);
        }
    });
}
