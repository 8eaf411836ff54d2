//! Elements along one dimension by index: gathered, and scattered with or without a sum.
//!
//! Positions are those of the index, whose dimensions are the operands' own; along one of them the indexed side
//! is entered where the index says. An index that is spread over a dimension moves whole runs. Each index is read once
//! ([`super::read_once`]'s reason), checked, and turned into an offset; the loops know the elements' size
//! alone, or their type where they are added up.
//!
//! Positions that meet lie along the dimension itself, which is never cut: so no bit depends on the number of threads.

use super::IndexFault;
use super::fold::{Fold, folded_run, joined};
use super::places::{Kind, Places, Rows, wrapped};
use crate::dtype::DType;
use crate::kernels::operand::{Dst, Src};
use crate::kernels::walk::{MAX_DIMS, Walk};
use crate::kernels::workers::{LONG, PART, Shared, in_parts};
use std::sync::{Mutex, PoisonError};

/// From how many bytes on a run is worth being moved by itself.
const RUN: usize = 8;
/// The bytes of a row's part at least.
const WIDE: i64 = 2048;

/// An index of whole numbers, int64 or int32, of one dimension of the indexed side.
#[derive(Clone, Copy)]
pub struct Along<'a> {
    /// The dimension.
    pub dim: usize,
    /// The index: as many dimensions as the operands have, each at most as long as theirs but for `dim`.
    pub index: Src<'a>,
    /// Whether negative ones count from the end.
    pub wraps: bool,
}

/// Both sides of a call: what is indexed, and what lies as the index does.
struct Call<'a> {
    along: Along<'a>,
    indexed: Src<'a>,
    partner: Src<'a>,
    /// None where the indexed side is read.
    fold: Option<Fold>,
}

impl<'a> Call<'a> {
    /// None where shapes or types disagree.
    fn new(along: &Along<'a>, indexed: Src<'a>, partner: Src<'a>, fold: Option<Fold>) -> Option<Self> {
        let (shape, rank) = (along.index.shape(), indexed.shape().len());
        let fits = along.dim < rank
            && rank <= MAX_DIMS
            && shape.len() == rank
            && partner.shape().len() == rank
            && matches!(along.index.dtype(), DType::Int64 | DType::Int32)
            && indexed.dtype() == partner.dtype()
            && (0..rank).all(|d| shape[d] <= partner.shape()[d] && (d == along.dim || shape[d] <= indexed.shape()[d]));
        fits.then_some(Call { along: *along, indexed, partner, fold })
    }

    /// Runs every position, cut into parts that threads share where they are many.
    fn run(&self) -> Result<(), IndexFault> {
        let shape = self.along.index.shape();
        let count = self.along.index.numel();
        if count == 0 {
            return Ok(());
        }
        let cut = if count >= LONG { self.cut() } else { None };
        let Some(d) = cut else { return self.part(0, 0, shape[0]) };
        let n = shape[d] as usize;
        let least = if d + 1 == shape.len() { WIDE as usize / self.indexed.dtype().size() } else { 1 };
        let width = n.div_ceil((count / PART).clamp(1, n)).max(least);
        let fault = Mutex::new(None);
        // SAFETY: it holds pointers, numbers and shapes.
        let (call, faults) = (unsafe { Shared::new(self) }, &fault);
        in_parts(n.div_ceil(width), &|i| {
            let start = i * width;
            if let Err(f) = call.get().part(d, start as i64, width.min(n - start) as i64) {
                let mut first = faults.lock().unwrap_or_else(PoisonError::into_inner);
                if first.is_none_or(|(j, _)| i < j) {
                    *first = Some((i, f));
                }
            }
        });
        let first = fault.into_inner().unwrap_or_else(PoisonError::into_inner);
        first.map_or(Ok(()), |(_, f)| Err(f))
    }

    /// The dimension to cut: the outermost that is long enough, and along which no two positions meet.
    fn cut(&self) -> Option<usize> {
        let shape = self.along.index.shape();
        let last = shape.len() - 1;
        let size = self.indexed.dtype().size();
        (0..=last).find(|&d| {
            // Parts of rows that are put must be runs themselves.
            let short = if d == last && self.fold.is_some() { 2 * WIDE / size as i64 } else { 2 };
            shape[d] >= short && (self.fold.is_none() || d != self.along.dim)
        })
    }

    /// Runs the positions `start .. start + n` of dimension `cut`, and all of the others.
    fn part(&self, cut: usize, start: i64, n: i64) -> Result<(), IndexFault> {
        let Along { dim, index, .. } = self.along;
        let shape = index.shape();
        let size = self.indexed.dtype().size() as isize;
        let extent = |d: usize| if d == cut { n } else { shape[d] };
        let step = |s: &Src, d: usize| s.strides()[d] as isize * s.dtype().size() as isize;
        let own = |d: usize| if d == dim { 0 } else { step(&self.indexed, d) };
        let mut walk = Walk::<3>::new();
        walk.cover_by(shape.len(), |d| (extent(d), [own(d), step(&index, d), step(&self.partner, d)]));
        let begin = start as isize;
        let wrapping = |p: *const u8, by: isize| p.wrapping_offset(by.wrapping_mul(begin));
        let indexed = wrapping(self.indexed.ptr(), own(cut));
        let partner = wrapping(self.partner.ptr(), step(&self.partner, cut));
        let places = Places {
            index: wrapping(index.ptr(), step(&index, cut)),
            kind: Kind::of(&index),
            extent: self.indexed.shape()[dim],
            step: step(&self.indexed, dim),
            wraps: self.along.wraps,
            dim,
        };
        let inner = walk.inner();
        if inner.steps[1] == 0 && inner.n * size as usize >= RUN && !walk.dims().is_empty() {
            return self.runs(&mut walk, &places, indexed, partner);
        }
        walk.merge();
        self.rows(&mut walk, &places, indexed, partner)
    }

    /// The positions by runs of the innermost dimension, each with one index.
    fn runs(
        &self,
        walk: &mut Walk<3>,
        places: &Places,
        indexed: *const u8,
        partner: *const u8,
    ) -> Result<(), IndexFault> {
        let dtype = self.indexed.dtype();
        // Several dimensions inside may be one run.
        walk.merge();
        let run = walk.remove(walk.dims().len() - 1);
        let ([own, _, other], n) = (run.steps, run.n);
        let [p_step, i_step, b_step] = walk.inner().steps;
        let mut left = walk.count();
        while left > 0 {
            let ([p, i, b], rows) = walk.next(left);
            left -= rows;
            for k in 0..rows as isize {
                // SAFETY: the walk stays within the index's shape, which both sides have; the offset is of a checked index.
                unsafe {
                    let at = indexed.offset(p + k * p_step + places.offset(i + k * i_step)?);
                    let beside = partner.offset(b + k * b_step);
                    match self.fold {
                        None => copy_run(beside.cast_mut(), other, at, own, n, dtype.size()),
                        Some(Fold::Copy) => copy_run(at.cast_mut(), own, beside, other, n, dtype.size()),
                        Some(fold) => folded_run(fold, dtype, at.cast_mut(), own, beside, other, n),
                    }
                }
            }
        }
        Ok(())
    }

    /// The positions row by row, each with an index of its own.
    fn rows(
        &self,
        walk: &mut Walk<3>,
        places: &Places,
        indexed: *const u8,
        partner: *const u8,
    ) -> Result<(), IndexFault> {
        let size = self.indexed.dtype().size();
        let inner = match walk.dims().len() {
            0 => walk.inner(),
            rank => walk.remove(rank - 1),
        };
        let [own, by, other] = inner.steps;
        let dtype = self.indexed.dtype();
        let f = row_of(size, places, by, other, self.fold.is_none());
        let next = walk.inner().steps;
        let mut left = walk.count();
        while left > 0 {
            let ([p, i, b], count) = walk.next(left);
            left -= count;
            let rows = Rows {
                indexed: indexed.wrapping_offset(p),
                index: places.index.wrapping_offset(i),
                partner: partner.wrapping_offset(b),
                steps: [own, by, other],
                n: inner.n,
                next,
                count,
            };
            // SAFETY: the walk stays within the index's shape, which both sides have.
            let moved = unsafe {
                match self.fold {
                    None | Some(Fold::Copy) => f(&rows, places),
                    Some(fold) => joined(fold, dtype, &rows, places),
                }
            };
            moved.map_err(|given| places.fault(given))?;
        }
        Ok(())
    }
}

/// Moves elements of rows; the index that is outside of its dimension, where one is.
type Mover = unsafe fn(&Rows, &Places) -> Result<(), i64>;

/// What moves rows of elements of `size` bytes: with constant steps where both the index and the partner lie in runs.
fn row_of(size: usize, places: &Places, by: isize, other: isize, reads: bool) -> Mover {
    let dense = other == size as isize;
    match (places.kind, by) {
        (Kind::Long, 8) if dense => movers::<0>(size, reads),
        (Kind::Int, 4) if dense => movers::<1>(size, reads),
        _ => movers::<2>(size, reads),
    }
}

fn movers<const WAY: u8>(size: usize, reads: bool) -> Mover {
    match (size, reads) {
        (1, true) => moved::<u8, WAY, true>,
        (2, true) => moved::<u16, WAY, true>,
        (4, true) => moved::<u32, WAY, true>,
        (8, true) => moved::<u64, WAY, true>,
        (_, true) => moved::<u128, WAY, true>,
        (1, false) => moved::<u8, WAY, false>,
        (2, false) => moved::<u16, WAY, false>,
        (4, false) => moved::<u32, WAY, false>,
        (8, false) => moved::<u64, WAY, false>,
        (_, false) => moved::<u128, WAY, false>,
    }
}

/// Moves elements of type `T` of rows, from the indexed side where it `READS`; `WAY` 0 and 1 have constant steps.
///
/// # Safety
/// Index and partner must be readable and writable for the rows, and the indexed side wherever an index within it leads.
unsafe fn moved<T: Copy, const WAY: u8, const READS: bool>(rows: &Rows, places: &Places) -> Result<(), i64> {
    let (wrap, extent, step) = (places.wrap(), places.extent as u64, places.step);
    let own = rows.steps[0];
    let (kind, by, other) = match WAY {
        0 => (Kind::Long, 8, size_of::<T>() as isize),
        1 => (Kind::Int, 4, size_of::<T>() as isize),
        _ => (places.kind, rows.steps[1], rows.steps[2]),
    };
    let (mut indexed, mut index, mut partner) = (rows.indexed, rows.index, rows.partner);
    for _ in 0..rows.count {
        for k in 0..rows.n as isize {
            // SAFETY: the caller's promise; the index has been checked.
            unsafe {
                let given = Places::read(kind, index.offset(k * by));
                let i = wrapped(given, wrap);
                if i as u64 >= extent {
                    return Err(given);
                }
                let (at, beside) = (indexed.offset(k * own + i as isize * step), partner.offset(k * other));
                if READS {
                    beside.cast_mut().cast::<T>().write_unaligned(at.cast::<T>().read_unaligned());
                } else {
                    at.cast_mut().cast::<T>().write_unaligned(beside.cast::<T>().read_unaligned());
                }
            }
        }
        indexed = indexed.wrapping_offset(rows.next[0]);
        index = index.wrapping_offset(rows.next[1]);
        partner = partner.wrapping_offset(rows.next[2]);
    }
    Ok(())
}

/// Calls a function with the element's size as a type of that size.
macro_rules! by_size {
    ($size:expr, $f:ident($($arg:expr),*)) => {
        match $size {
            1 => $f::<u8>($($arg),*),
            2 => $f::<u16>($($arg),*),
            4 => $f::<u32>($($arg),*),
            8 => $f::<u64>($($arg),*),
            _ => $f::<u128>($($arg),*),
        }
    };
}

/// Copies a run of `n` elements, each side's so many bytes apart.
///
/// # Safety
/// The elements at `from` must be readable, and those at `to` writable.
#[inline]
pub(super) unsafe fn copy_run(to: *mut u8, to_step: isize, from: *const u8, from_step: isize, n: usize, size: usize) {
    let each = size as isize;
    // SAFETY: the caller's promise.
    unsafe {
        if to_step == each && from_step == each {
            return match n * size {
                8 => to.cast::<u64>().write_unaligned(from.cast::<u64>().read_unaligned()),
                16 => to.cast::<u128>().write_unaligned(from.cast::<u128>().read_unaligned()),
                bytes => std::ptr::copy(from, to, bytes),
            };
        }
        by_size!(size, strided(to, to_step, from, from_step, n));
    }
}

/// [`copy_run`] of elements as large as `T`, one by one.
///
/// # Safety
/// As there.
unsafe fn strided<T: Copy>(to: *mut u8, to_step: isize, from: *const u8, from_step: isize, n: usize) {
    for k in 0..n as isize {
        // SAFETY: the caller's promise.
        unsafe {
            to.offset(k * to_step).cast::<T>().write_unaligned(from.offset(k * from_step).cast::<T>().read_unaligned())
        }
    }
}

/// Copies the elements at `n` offsets from `from` on.
///
/// # Safety
/// They must be readable, the offsets too, and as many at `to` writable, `step` bytes apart.
#[inline]
pub(super) unsafe fn taken(to: *mut u8, step: isize, from: *const u8, offsets: *const isize, n: usize, size: usize) {
    // SAFETY: the caller's promise.
    unsafe { by_size!(size, take_each(to, step, from, offsets, n)) }
}

/// [`taken`], of elements as large as `T`.
///
/// # Safety
/// As there.
unsafe fn take_each<T: Copy>(to: *mut u8, step: isize, from: *const u8, offsets: *const isize, n: usize) {
    let one = |k: usize, step: isize| {
        // SAFETY: the caller's promise.
        unsafe {
            let x = from.offset(offsets.add(k).read()).cast::<T>().read_unaligned();
            to.offset(k as isize * step).cast::<T>().write_unaligned(x);
        }
    };
    // The first loop has a constant step.
    if step == size_of::<T>() as isize {
        (0..n).for_each(|k| one(k, size_of::<T>() as isize));
    } else {
        (0..n).for_each(|k| one(k, step));
    }
}

/// Writes `n` elements to the offsets from `to` on, in order.
///
/// # Safety
/// As [`taken`], the other way round.
#[inline]
pub(super) unsafe fn put(to: *mut u8, offsets: *const isize, from: *const u8, step: isize, n: usize, size: usize) {
    // SAFETY: the caller's promise.
    unsafe { by_size!(size, put_each(to, offsets, from, step, n)) }
}

/// [`put`], of elements as large as `T`.
///
/// # Safety
/// As there.
unsafe fn put_each<T: Copy>(to: *mut u8, offsets: *const isize, from: *const u8, step: isize, n: usize) {
    for k in 0..n {
        // SAFETY: the caller's promise.
        unsafe {
            let x = from.offset(k as isize * step).cast::<T>().read_unaligned();
            to.offset(offsets.add(k).read()).cast::<T>().write_unaligned(x);
        }
    }
}

/// `dst[.., j, ..] = src[.., index[.., j, ..], ..]`: `dst` has the index's shape.
///
/// Returns `Ok(false)`, with nothing written, where shapes or types disagree.
///
/// # Errors
/// [`IndexFault`] for an index outside of the dimension; `dst` may hold a part of the result then.
pub fn gather(dst: &Dst, src: &Src, along: &Along) -> Result<bool, IndexFault> {
    if dst.shape() != along.index.shape() {
        return Ok(false);
    }
    match Call::new(along, *src, dst.as_src(), None) {
        Some(call) => call.run().map(|()| true),
        None => Ok(false),
    }
}

/// `dst[.., index[.., j, ..], ..] = src[.., j, ..]`, or what `fold` makes of both; where an index comes twice, in order.
///
/// `src` may be longer than the index. Returns `Ok(false)`, with nothing written, where shapes or types disagree.
///
/// # Errors
/// [`IndexFault`] for an index outside of the dimension; `dst` may hold a part of the result then: [`check`] comes first
/// where it must not.
pub fn scatter(dst: &Dst, src: &Src, along: &Along, fold: Fold) -> Result<bool, IndexFault> {
    match Call::new(along, dst.as_src(), *src, Some(fold)) {
        Some(call) => call.run().map(|()| true),
        None => Ok(false),
    }
}

/// Looks whether every index lies within `extent`.
///
/// # Errors
/// [`IndexFault`] for one that does not.
pub fn check(along: &Along, extent: i64) -> Result<(), IndexFault> {
    let index = &along.index;
    let (shape, size) = (index.shape(), index.dtype().size() as isize);
    let mut walk = Walk::<1>::new();
    // What is spread is looked at once.
    let covered = walk.cover_by(shape.len(), |d| match index.strides()[d] {
        0 => (shape[d].min(1), [0]),
        stride => (shape[d], [stride as isize * size]),
    });
    if shape.contains(&0) || !covered {
        return Ok(());
    }
    walk.sort_by(0);
    walk.merge();
    let places =
        Places { index: index.ptr(), kind: Kind::of(index), extent, step: 0, wraps: along.wraps, dim: along.dim };
    let [step] = walk.inner().steps;
    let low = if along.wraps { -extent } else { 0 };
    let mut left = walk.count();
    while left > 0 {
        let ([at], n) = walk.next(left.min(1 << 16));
        left -= n;
        // What is found here is looked at again: these reads may be any. An index outside makes one of two numbers negative.
        let outside = |bits: i64, i: i64| bits | i.wrapping_sub(low) | (extent - 1).wrapping_sub(i);
        let read = |k: usize| {
            // SAFETY: the walk stays within the index.
            unsafe { Places::read(places.kind, places.index.offset(at + k as isize * step)) }
        };
        let dense = |k: usize| {
            // SAFETY: as above; these are aligned, and lie in a run.
            unsafe { places.index.offset(at).cast::<i64>().add(k).read() }
        };
        let bits = match (places.kind, step) {
            (Kind::Long, 8) => (0..n).fold(0, |bits, k| outside(bits, dense(k))),
            _ => (0..n).fold(0, |bits, k| outside(bits, read(k))),
        };
        if bits < 0 {
            let found = (0..n).map(read).find(|&i| i < low || i >= extent);
            return found.map_or(Ok(()), |i| Err(places.fault(i)));
        }
    }
    Ok(())
}
