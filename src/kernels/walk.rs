//! Walks over the elements of several operands of one shape, on the stack.
//!
//! A walk keeps each operand's distance in bytes from one index to the next, drops dimensions of
//! one element, and merges neighbours that are one dimension to every operand. It hands out rows (the
//! innermost dimension), so that loops over elements stay with the caller. What must not come here:
//! anything that reads or writes an element.

use std::mem::MaybeUninit;

/// The most dimensions that a tensor may have.
pub const MAX_DIMS: usize = 64;

/// One dimension of a walk over `K` operands.
#[derive(Clone, Copy)]
pub struct Dim<const K: usize> {
    /// Its extent; not 0.
    pub n: usize,
    /// Bytes from one index to the next, in each operand.
    pub steps: [isize; K],
    /// The index that the walk has reached.
    at: usize,
}

/// What a walk is made for: a layout's strides, in elements, and the bytes of an element.
pub type Layout<'a> = (&'a [i64], usize);

/// The dimensions of `K` operands, outermost first, and a place in them.
///
/// Places above `len` stay uninitialised, and a walk is filled where it stands: to clear room for 64
/// dimensions, or to move it, would cost more than a small operator.
pub struct Walk<const K: usize> {
    dims: [MaybeUninit<Dim<K>>; MAX_DIMS],
    len: usize,
    offsets: [isize; K],
}

impl<const K: usize> Walk<K> {
    /// A walk over one element.
    #[inline(always)]
    pub fn new() -> Self {
        Walk { dims: [const { MaybeUninit::uninit() }; MAX_DIMS], len: 0, offsets: [0; K] }
    }

    /// Makes it a walk over every dimension of `shape`, which holds no 0. False where there are more than 64.
    #[inline]
    pub fn cover(&mut self, shape: &[i64], layouts: [Layout; K]) -> bool {
        self.cover_some(shape, layouts, |_| true)
    }

    /// As [`Walk::cover`], over the dimensions `d` with `keep(d)` alone.
    #[inline]
    pub fn cover_some(&mut self, shape: &[i64], layouts: [Layout; K], keep: impl Fn(usize) -> bool) -> bool {
        if shape.len() > MAX_DIMS || layouts.iter().any(|(strides, _)| strides.len() != shape.len()) {
            return false;
        }
        (self.len, self.offsets) = (0, [0; K]);
        for (d, &n) in shape.iter().enumerate() {
            if n != 1 && keep(d) {
                // Two elements of a checked operand lie this far apart, so nothing wraps.
                self.push(n as usize, layouts.map(|(strides, size)| (strides[d] as isize).wrapping_mul(size as isize)));
            }
        }
        true
    }

    /// Makes it a walk over as many dimensions as `rank` says, of which `dim` tells the extent and each operand's distance
    /// in bytes from one index to the next. False where there are more than 64.
    #[inline]
    pub fn cover_by(&mut self, rank: usize, dim: impl Fn(usize) -> (i64, [isize; K])) -> bool {
        if rank > MAX_DIMS {
            return false;
        }
        (self.len, self.offsets) = (0, [0; K]);
        for d in 0..rank {
            let (n, steps) = dim(d);
            if n != 1 {
                self.push(n as usize, steps);
            }
        }
        true
    }

    /// Adds a dimension inside all others.
    fn push(&mut self, n: usize, steps: [isize; K]) {
        self.dims[self.len].write(Dim { n, steps, at: 0 });
        self.len += 1;
    }

    /// The dimensions, outermost first.
    #[inline(always)]
    pub fn dims(&self) -> &[Dim<K>] {
        // SAFETY: `push` wrote the first `len`, and nothing else raises `len`.
        unsafe { std::slice::from_raw_parts(self.dims.as_ptr().cast(), self.len) }
    }

    #[inline(always)]
    fn dims_mut(&mut self) -> &mut [Dim<K>] {
        // SAFETY: as `dims`.
        unsafe { std::slice::from_raw_parts_mut(self.dims.as_mut_ptr().cast(), self.len) }
    }

    /// The innermost dimension; one element where there is none.
    #[inline(always)]
    pub fn inner(&self) -> Dim<K> {
        self.dims().last().copied().unwrap_or(Dim { n: 1, steps: [0; K], at: 0 })
    }

    /// The number of elements, saturating.
    #[inline]
    pub fn count(&self) -> usize {
        self.dims().iter().fold(1usize, |all, d| all.saturating_mul(d.n))
    }

    /// Puts the dimension that is densest in operand `j` inside, where the order of elements is free.
    #[inline]
    pub fn sort_by(&mut self, j: usize) {
        // Stable, so that equal steps keep their order; an insertion, because there are few.
        let dims = self.dims_mut();
        for i in 1..dims.len() {
            let mut k = i;
            while k > 0 && dims[k - 1].steps[j].unsigned_abs() < dims[k].steps[j].unsigned_abs() {
                dims.swap(k - 1, k);
                k -= 1;
            }
        }
    }

    /// Joins neighbours that are one dimension to every operand. The order of elements stays.
    #[inline]
    pub fn merge(&mut self) {
        let dims = self.dims_mut();
        let mut last = 0;
        for d in 1..dims.len() {
            let (outer, inner) = (dims[last], dims[d]);
            if (0..K).all(|j| outer.steps[j] == inner.steps[j].wrapping_mul(inner.n as isize)) {
                dims[last] = Dim { n: outer.n * inner.n, ..inner };
            } else {
                last += 1;
                dims[last] = inner;
            }
        }
        self.len = self.len.min(last + 1);
    }

    /// Takes dimension `d` out of the walk; one element where there is none.
    #[inline]
    pub fn remove(&mut self, d: usize) -> Dim<K> {
        let dims = self.dims_mut();
        if d >= dims.len() {
            return Dim { n: 1, steps: [0; K], at: 0 };
        }
        let removed = dims[d];
        // One by one: there are few, and mostly none; a run's copy would be a call of the C library's.
        for i in d + 1..dims.len() {
            dims.swap(i - 1, i);
        }
        self.len -= 1;
        removed
    }

    /// Goes to the element with this number, in the order of the walk.
    #[inline]
    pub fn seek(&mut self, mut number: usize) {
        let mut offsets = [0; K];
        for d in self.dims_mut().iter_mut().rev() {
            (number, d.at) = (number / d.n, number % d.n);
            for (offset, step) in offsets.iter_mut().zip(d.steps) {
                *offset += step * d.at as isize;
            }
        }
        self.offsets = offsets;
    }

    /// The next part of a row: each operand's bytes to its first element, and its elements (1 to `most`).
    /// After the last element comes the first again.
    #[inline(always)]
    pub fn next(&mut self, most: usize) -> ([isize; K], usize) {
        let start = self.offsets;
        let Some(row) = self.dims_mut().last_mut() else { return (start, 1) };
        let n = most.min(row.n - row.at);
        row.at += n;
        let mut offsets = start;
        if row.at < row.n {
            for (offset, step) in offsets.iter_mut().zip(row.steps) {
                *offset += step * n as isize;
            }
        } else {
            // Back to the row's first element, then on.
            for (offset, step) in offsets.iter_mut().zip(row.steps) {
                *offset -= step * (row.n - n) as isize;
            }
            row.at = 0;
            self.carry(&mut offsets);
        }
        self.offsets = offsets;
        (start, n)
    }

    /// Calls `f(offsets, n)` for each part of a row among the next `count` elements.
    #[inline(always)]
    pub fn take(&mut self, mut count: usize, mut f: impl FnMut([isize; K], usize)) {
        while count > 0 {
            let (offsets, n) = self.next(count);
            f(offsets, n);
            count -= n;
        }
    }

    /// Moves the dimensions outside of the innermost one on.
    #[inline(always)]
    fn carry(&mut self, offsets: &mut [isize; K]) {
        for d in self.dims_mut().iter_mut().rev().skip(1) {
            d.at += 1;
            let step = if d.at < d.n { 1 } else { 1 - d.n as isize };
            for (offset, s) in offsets.iter_mut().zip(d.steps) {
                *offset += s * step;
            }
            if d.at < d.n {
                return;
            }
            d.at = 0;
        }
    }

    /// Calls `f(offsets, n)` for each whole row.
    #[inline(always)]
    pub fn rows(&mut self, f: impl FnMut([isize; K], usize)) {
        self.take(self.count(), f);
    }

    /// Calls `f(offsets)` for each element.
    #[inline(always)]
    pub fn each(&mut self, mut f: impl FnMut([isize; K])) {
        let steps = self.inner().steps;
        self.rows(|mut offsets, n| {
            for _ in 0..n {
                f(offsets);
                for (offset, step) in offsets.iter_mut().zip(steps) {
                    *offset = offset.wrapping_add(step);
                }
            }
        });
    }
}
