//! Sums (of elements, of products, of squares) and other folds: products, extremes, counts (`fold`).
//!
//! A destination has the source's shape, with stride 0 along the dimensions that are summed over. The
//! driver here chooses by strides whether to take one sequence after the other, where its elements
//! lie close together, or many side by side, where theirs do; both add in the same order (`tree`), so
//! the choice changes no bit. Where several dimensions are summed over, terms are added in the order of memory. Operands of other types or steps are packed into tiles first.
//!
//! An empty source is not summed: nothing vouches for the elements of a destination whose shape holds
//! a 0, so the caller fills its result with zeros itself, through the result's own shape.

mod extreme;
mod feed;
mod fold;
mod matrix;
mod rounding;
mod run;
mod shells;
#[cfg(test)]
mod tests;
mod tree;
mod truth;

pub use extreme::{Extreme, extreme_dim};
pub use fold::{deviations, max, min, product, sum_of_numbers};
pub use rounding::any_of_rounding;
pub use run::{DOT, SUM, extremes};
pub use truth::{all, any, count};

use super::convert::{pack, unpack};
use super::lanes::dispatch;
use super::level::level;
use super::map;
use super::operand::{Dst, Src};
use super::walk::{MAX_DIMS, Walk};
use super::workers::{self, LONG, PART, Shared};
use crate::dtype::{Compute, DType};
use feed::{Feed, ROW, Run, Tiles, View};
use fold::Fold;
use shells::{Columns, Few, Lines, Packed, Sequence, Spaced};
use std::mem::MaybeUninit;

/// Sequences of at most so many terms are taken side by side, whatever their strides.
const SHORT: usize = 8;
/// Of at most so many sequences each is summed where it lies: to pack them into rows would take longer.
const HANDFUL: usize = 8;

/// What is summed.
#[derive(Clone, Copy, PartialEq)]
enum Terms {
    /// The elements.
    Plain,
    /// Their products with a second operand.
    Product,
    /// Their squares, whose sum's root is taken.
    Square,
    /// The elements, which are not summed.
    Fold(Fold),
}

/// `dst = sum(src)` over the dimensions in which `dst` has stride 0.
///
/// Elements are converted to the compute type of `dst`'s type (float16 and bfloat16 are summed in
/// float32, integers modulo 2^64) and the sum is rounded once to `dst`'s type. Returns false, with
/// nothing written, where the shapes disagree or have more than 64 dimensions (63 where one is complex). An empty `src`
/// writes nothing either.
pub fn sum(dst: &Dst, src: &Src) -> bool {
    let to = Target::of(dst, dst.dtype().compute(), Terms::Plain, false);
    to.checked(dst.shape(), src, src)
}

/// `dst += sum(src)`, as [`sum`].
pub fn sum_accumulate(dst: &Dst, src: &Src) -> bool {
    let to = Target::of(dst, dst.dtype().compute(), Terms::Plain, true);
    to.checked(dst.shape(), src, src)
}

/// The dot product of two vectors, without conjugation, to the one element of `dst`; 0 if they are empty.
///
/// Returns false, with nothing written, where `a` and `b` are not of one shape with one dimension, or
/// `dst` has not one element.
pub fn dot(dst: &Dst, a: &Src, b: &Src) -> bool {
    if dst.shape().iter().any(|&n| n != 1) || a.shape().len() != 1 || a.shape() != b.shape() {
        return false;
    }
    let strides = &[0];
    let target = Target { strides, ..Target::of(dst, dst.dtype().compute(), Terms::Product, false) };
    if a.shape() == [0] {
        // SAFETY: `dst` has an element; 16 zero bytes are a number of any compute type.
        unsafe { pack([0u8; 16].as_ptr(), target.compute, 1, target.ptr, target.dtype, 0) };
        return true;
    }
    target.checked(a.shape(), a, b)
}

/// The Euclidean norm, `dst = sqrt(sum(|src|^2))`, as [`sum`]; `dst` is real, `src` may be complex.
///
/// Squares are not scaled: they overflow and vanish as torch's do.
pub fn norm2(dst: &Dst, src: &Src) -> bool {
    let to = Target::of(dst, dst.dtype().compute(), Terms::Square, false);
    !dst.dtype().is_complex() && to.checked(dst.shape(), src, src)
}

/// Where sums go, and what they are sums of.
struct Target<'a> {
    ptr: *mut u8,
    dtype: DType,
    strides: &'a [i64],
    /// The type in which terms are read.
    compute: Compute,
    /// The type of what becomes of them: the same, but for counts.
    made: Compute,
    terms: Terms,
    accumulate: bool,
}

impl<'a> Target<'a> {
    fn of(dst: &Dst<'a>, compute: Compute, terms: Terms, accumulate: bool) -> Self {
        let (ptr, dtype, strides) = (dst.ptr(), dst.dtype(), dst.strides());
        Target { ptr, dtype, strides, compute, made: compute, terms, accumulate }
    }

    /// How terms are folded, where they are not summed.
    fn folds(&self) -> Option<Fold> {
        match self.terms {
            Terms::Fold(fold) => Some(fold),
            _ => None,
        }
    }

    /// Elements that fit a row, as terms and as results.
    fn most(&self) -> usize {
        ROW / DType::from_compute(self.compute).size().max(DType::from_compute(self.made).size())
    }

    fn checked(&self, shape: &[i64], a: &Src, b: &Src) -> bool {
        if a.shape() != shape || b.shape() != shape {
            return false;
        }
        // SAFETY: both sources have been checked to hold this shape, and so has the destination.
        unsafe {
            let sums = matches!(self.terms, Terms::Plain | Terms::Square);
            match sums && (self.dtype.is_complex() || a.dtype().is_complex()) {
                true => self.parts(shape, a.into()),
                false => self.reduce(shape, a.into(), b.into()),
            }
        }
    }

    /// Sums of complex numbers are those of their parts, which lie side by side along one more dimension.
    ///
    /// # Safety
    /// As [`Target::reduce`].
    unsafe fn parts(&self, shape: &[i64], a: View) -> bool {
        let rank = shape.len();
        if rank >= MAX_DIMS {
            return false;
        }
        let (mut extents, mut to, mut from) = ([2; MAX_DIMS], [1; MAX_DIMS], [1; MAX_DIMS]);
        let (to_scale, from_scale) = (1 + self.dtype.is_complex() as i64, 1 + a.dtype.is_complex() as i64);
        for d in 0..rank {
            extents[d] = shape[d];
            to[d] = self.strides[d].wrapping_mul(to_scale);
            from[d] = a.strides[d].wrapping_mul(from_scale);
        }
        // A norm sums over the parts too; where one side has real parts alone, the other's are left out.
        if self.terms == Terms::Square {
            to[rank] = 0;
        }
        let both = if self.terms == Terms::Square || to_scale == from_scale { rank + 1 } else { rank };
        let dtype = self.dtype.real();
        let (compute, made) = (dtype.compute(), dtype.compute());
        let real = Target { dtype, strides: &to[..both], compute, made, ..*self };
        let a = View { ptr: a.ptr, dtype: a.dtype.real(), strides: &from[..both] };
        // SAFETY: the operands hold this shape, and a complex number holds two parts.
        unsafe {
            if to_scale > from_scale {
                static ZERO: [u8; 8] = [0; 8];
                let imaginary = Target { ptr: self.ptr.wrapping_add(dtype.size()), ..real };
                let zero = View { ptr: ZERO.as_ptr(), dtype: a.dtype, strides: &[0; MAX_DIMS][..both] };
                imaginary.reduce(shape, zero, zero);
            }
            real.reduce(&extents[..both], a, a)
        }
    }

    /// The operands' dimensions are split into those that the destination keeps and those summed over.
    /// The order of the kept ones is free; that of the others is the order of the sum.
    ///
    /// # Safety
    /// The operands must hold this shape.
    unsafe fn reduce(&self, shape: &[i64], a: View, b: View) -> bool {
        if shape.contains(&0) {
            return shape.len() <= MAX_DIMS;
        }
        if let Some(n) = self.one_run(shape, a, b) {
            // SAFETY: they hold n elements in a run.
            unsafe { self.sum_run([a.ptr, b.ptr], n) };
            return true;
        }
        let n = shape.iter().fold(1i64, |n, &extent| n.saturating_mul(extent)) as usize;
        match (0..shape.len()).filter(|&d| self.strides[d] != 0).max_by_key(|&d| shape[d]) {
            // SAFETY: the caller's promise.
            Some(d) if n >= LONG && shape.len() <= MAX_DIMS => unsafe { self.in_parts(shape, d, n, a, b) },
            // SAFETY: the caller's promise.
            _ => unsafe { self.alone(shape, a, b) },
        }
    }

    /// As [`Target::reduce`], in parts along the kept dimension `d`: sums of different elements have nothing in common.
    ///
    /// # Safety
    /// As there, at most [`MAX_DIMS`] dimensions with `n` elements in all.
    unsafe fn in_parts(&self, shape: &[i64], d: usize, n: usize, a: View, b: View) -> bool {
        // Parts of neighbours keep rows that are worth reading.
        let least = if a.strides[d].unsigned_abs() == 1 { ROW } else { 1 };
        let parts = (n / PART).clamp(1, (shape[d] as usize).div_ceil(least));
        let width = (shape[d] as usize).div_ceil(parts);
        let all = (self, a, b);
        // SAFETY: they hold pointers, numbers and shapes.
        let all = unsafe { Shared::new(&all) };
        workers::in_parts((shape[d] as usize).div_ceil(width), &|i| {
            let &(target, mut a, mut b) = all.get();
            let (start, mut extents) = (i * width, [0; MAX_DIMS]);
            extents[..shape.len()].copy_from_slice(shape);
            extents[d] = width.min(shape[d] as usize - start) as i64;
            let bytes = |stride: i64, dtype: DType| start as isize * stride as isize * dtype.size() as isize;
            a.ptr = a.ptr.wrapping_offset(bytes(a.strides[d], a.dtype));
            b.ptr = b.ptr.wrapping_offset(bytes(b.strides[d], b.dtype));
            let ptr = target.ptr.wrapping_offset(bytes(target.strides[d], target.dtype));
            // SAFETY: the part lies within the whole, and no other part writes its sums.
            let done = unsafe { Target { ptr, ..*target }.alone(&extents[..shape.len()], a, b) };
            assert!(done, "the dimensions were counted");
        });
        true
    }

    /// As [`Target::reduce`], on this thread, of a shape without 0.
    ///
    /// # Safety
    /// As there. That is what the walks' steps, the kernels and the feeds below rest on: whatever an index within the shape
    /// leads to is an element of its operand.
    unsafe fn alone(&self, shape: &[i64], a: View, b: View) -> bool {
        // SAFETY: the caller's promise.
        if unsafe { self.of_matrix(shape, a) } {
            return true;
        }
        let to = (self.strides, self.dtype.size());
        let (from, and) = ((a.strides, a.dtype.size()), (b.strides, b.dtype.size()));
        // One by one: a tuple of them would be moved, of all of their 64 dimensions.
        let mut kept = Walk::new();
        let mut summed = Walk::new();
        let mut tiles = Tiles::new();
        if !kept.cover_some(shape, [to, from, and], |d| self.strides[d] != 0)
            || !summed.cover_some(shape, [from, and], |d| self.strides[d] == 0)
        {
            return false;
        }
        // Whatever the order of dimensions, terms are added in that of memory, so that they are read as they lie.
        if self.terms != Terms::Product {
            summed.sort_by(0);
        }
        summed.merge();
        if let Some(fold) = self.folds()
            // SAFETY: the caller's promise.
            && unsafe { self.by_bytes(fold, &mut kept, &summed, a) }
        {
            return true;
        }
        let count = summed.count();
        let cost = |steps: &[isize]| steps.iter().fold(0usize, |sum, step| sum.saturating_add(step.unsigned_abs()));
        let nearest = kept.dims().iter().map(|d| cost(&d.steps[1..])).enumerate().min_by_key(|&(_, cost)| cost);
        let between_terms = summed.dims().iter().map(|d| cost(&d.steps)).min();
        if let Some((across, step)) = nearest
            && self.terms != Terms::Product
            && (between_terms.is_none_or(|t| step < t) || count <= SHORT && kept.count() > HANDFUL)
        {
            let feed = Feed::new([a; 2], 1, self.compute, &mut summed, &mut tiles);
            // SAFETY: the caller's promise.
            unsafe { self.by_columns(&mut kept, across, feed) };
            return true;
        }
        kept.sort_by(0);
        kept.merge();
        let operands = if matches!(self.terms, Terms::Plain | Terms::Fold(_)) { 1 } else { 2 };
        let feed = Feed::new([a, b], operands, self.compute, &mut summed, &mut tiles);
        // SAFETY: the caller's promise.
        unsafe { self.by_sequences(&mut kept, feed) };
        true
    }

    /// The number of elements where all of them, in one run, are summed to one of their type: a small sum is
    /// no dearer than its loop then.
    fn one_run(&self, shape: &[i64], a: View, b: View) -> Option<usize> {
        let own = DType::from_compute(self.compute);
        let alone = self.terms != Terms::Product;
        let plain = self.dtype == own && a.dtype == own && (alone || b.dtype == own);
        let fits = plain && self.made == self.compute && self.ptr.align_offset(own.size()) == 0;
        if !fits || self.accumulate || self.terms == Terms::Square || self.folds().is_some_and(Fold::counts) {
            return None;
        }
        let mut n = 1i64;
        for d in (0..shape.len()).rev() {
            let run = a.strides[d] == n && (alone || b.strides[d] == n);
            if shape[d] != 1 && !(run && self.strides[d] == 0) {
                return None;
            }
            n *= shape[d];
        }
        Some(n as usize)
    }

    /// Sums the terms of `n` elements in a run straight to the destination.
    ///
    /// # Safety
    /// They must be readable and [`Target::one_run`] have found as many: of the compute type, and the destination too, aligned.
    unsafe fn sum_run(&self, ptrs: [*const u8; 2], n: usize) {
        if let Some(fold) = self.folds() {
            // SAFETY: the caller's promise; what counts or has seeds is no such run.
            return unsafe { fold::run(fold, self.compute, ptrs[0], n, self.ptr) };
        }
        let table = if self.terms == Terms::Plain { &SUM } else { &DOT };
        if let Some(kernel) = table.kernel(level(), self.compute) {
            let ins = [ptrs[0], ptrs[1], std::ptr::null(), std::ptr::null()];
            // SAFETY: the caller's promise.
            return unsafe { kernel(&map::Run { n, out: self.ptr, ins, single: 0, onto: map::Onto::Nothing }) };
        }
        // Products of complex numbers, of which there are few.
        let mut left = n;
        let next = &mut || Run { ptrs, n: std::mem::take(&mut left) };
        // SAFETY: the caller's promise.
        unsafe { dispatch(Sequence { call: self, next, out: self.ptr }) };
    }

    /// One sequence after the other.
    ///
    /// # Safety
    /// As [`Target::alone`]: `kept` and the feed's walk are over its shape.
    unsafe fn by_sequences(&self, kept: &mut Walk<3>, mut feed: Feed) {
        if feed.is_run() {
            // SAFETY: the caller's promise.
            return unsafe { self.by_runs(kept, &feed) };
        }
        let (_, total) = feed.whole();
        // SAFETY: the walks stay within the shape, so what the feed hands out is readable; a row has room for one result.
        kept.each(|[to, a, b]| unsafe {
            feed.runs([a, b], false, |next| {
                self.through(to, 0, 1, |out| match self.folds() {
                    Some(fold) => fold::sequence(fold, self.compute, total, next, out),
                    None => dispatch(Sequence { call: self, next, out }),
                });
            });
        });
    }

    /// Sequences that are runs, a row of sums at a time.
    ///
    /// # Safety
    /// As [`Target::by_sequences`], where the feed says that they are runs.
    unsafe fn by_runs(&self, kept: &mut Walk<3>, feed: &Feed) {
        let last = kept.dims().len().saturating_sub(1);
        let beside = kept.remove(last);
        let (bases, count) = feed.whole();
        let [to_step, a_step, b_step] = beside.steps;
        let most = self.most();
        kept.each(|[to, a, b]| {
            for start in (0..beside.n).step_by(most) {
                let (n, at) = (most.min(beside.n - start), start as isize);
                let ptrs = [bases[0].wrapping_offset(a + at * a_step), bases[1].wrapping_offset(b + at * b_step)];
                let (steps, to) = ([a_step, b_step], to + at * to_step);
                // SAFETY: the walks stay within the shape, and `out` has room for as many elements as there are runs.
                let lines = |out| unsafe {
                    match self.folds() {
                        Some(fold) => fold::lines((fold, self.compute), (ptrs[0], steps[0]), count, n, out),
                        None => dispatch(Lines { call: self, ptrs, steps, count, n, out }),
                    }
                };
                // What is stored element by element needs no row.
                match self.made == self.compute && self.writes_run(to, to_step) {
                    true => lines(self.ptr.wrapping_offset(to)),
                    // SAFETY: the destination has these elements, no more than fit a row, all of which are folded.
                    false => unsafe { self.through(to, to_step, n, lines) },
                }
            }
        });
    }

    /// Sequences side by side along the kept dimension `across`.
    ///
    /// # Safety
    /// As [`Target::by_sequences`].
    unsafe fn by_columns(&self, kept: &mut Walk<3>, across: usize, mut feed: Feed) {
        let across = kept.remove(across);
        let [to_step, step, _] = across.steps;
        let own = DType::from_compute(self.compute);
        let most = self.most();
        let sums = !self.accumulate && self.folds().is_none();
        let (_, total) = feed.whole();
        let spaced = feed.spaced().filter(|_| step == own.size() as isize && sums);
        kept.each(|[to, at, _]| {
            if let Some((base, down, n)) = spaced {
                let call = Spaced { call: self, width: across.n, ptr: base.wrapping_offset(at), down, n };
                if n <= tree::FEW && self.writes_run(to, to_step) {
                    // SAFETY: the walks stay within the shape: the rows are there, and as many sums in a run, aligned.
                    return unsafe { dispatch(Few(call, self.ptr.wrapping_offset(to))) };
                }
                let packed = across.n <= tree::NARROW && down == (across.n * own.size()) as isize;
                if packed {
                    // SAFETY: the rows are there, and the destination has these elements, fewer than fit a row, all of which are
                    // summed.
                    return unsafe { self.through(to, to_step, across.n, |out| dispatch(Packed(call, out))) };
                }
            }
            for start in (0..across.n).step_by(most) {
                let width = most.min(across.n - start);
                let (to, at) = (to + start as isize * to_step, at + start as isize * step);
                // SAFETY: the walks stay within the shape, so what the feed hands out is readable; `width` elements fit a row.
                unsafe {
                    feed.rows(at, step, width, |next| {
                        self.through(to, to_step, width, |out| match self.folds() {
                            Some(fold) => fold::columns((fold, self.compute), total, width, next, out),
                            None => dispatch(Columns { call: self, width, next, out }),
                        });
                    });
                }
            }
        });
    }

    /// Whether sums that are `step` bytes apart can be stored where they go without more ado.
    fn writes_run(&self, to: isize, step: isize) -> bool {
        let own = DType::from_compute(self.compute);
        let aligned = self.ptr.wrapping_offset(to).align_offset(own.size()) == 0;
        self.dtype == own && step == own.size() as isize && aligned && self.terms != Terms::Square
    }

    /// Runs `f` on a row of the compute type, which holds what is there if it is added to, and writes
    /// it `to` bytes from the destination's first element: `n` elements, `step` bytes apart, that fill
    /// [`ROW`] bytes at most.
    ///
    /// # Safety
    /// The destination must hold these elements, and `f` write them all.
    #[inline]
    unsafe fn through(&self, to: isize, step: isize, n: usize, f: impl FnOnce(*mut u8)) {
        #[repr(align(64))]
        struct Row(MaybeUninit<[u8; ROW]>);
        let mut row = Row(MaybeUninit::uninit());
        let out = row.0.as_mut_ptr().cast();
        let to = self.ptr.wrapping_offset(to);
        // SAFETY: the caller's promise; the elements fit the row.
        unsafe {
            if self.accumulate {
                unpack(to, self.dtype, step, n, out, self.made);
            }
            f(out);
            if self.terms == Terms::Square {
                roots(out, self.compute, n);
            }
            pack(out, self.made, n, to, self.dtype, step);
        }
    }
}

/// Takes the square roots of `n` numbers.
///
/// # Safety
/// They must be at `at`, aligned.
unsafe fn roots(at: *mut u8, compute: Compute, n: usize) {
    for i in 0..n {
        // SAFETY: the caller's promise.
        unsafe {
            match compute {
                Compute::F32 => *at.cast::<f32>().add(i) = (*at.cast::<f32>().add(i)).sqrt(),
                Compute::F64 => *at.cast::<f64>().add(i) = (*at.cast::<f64>().add(i)).sqrt(),
                // Norms are real, and of whole numbers torch gives none.
                _ => {}
            }
        }
    }
}
