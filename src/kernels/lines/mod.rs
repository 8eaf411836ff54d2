//! What works on lines: the elements along one dimension.
//!
//! The driver here walks all lines of several operands, one after the other, or many side by side where their elements
//! lie so; a kernel takes elements into scratch of the type in which it computes. A long piece of work is cut into parts
//! by its size alone, so that neither the cut nor the number of threads changes a bit. Scratch is taken once a part.

mod count;
mod distinct;
mod extreme;
mod key;
mod order;
mod pick;
mod scan;
mod scratch;
mod search;
mod sort;
#[cfg(test)]
mod tests;

pub use count::{bincount, ends, histogram};
pub use distinct::{Found, Look, distinct, distinct_slices, heads};
pub use extreme::cumulative_extreme;
pub use pick::{Rank, mode, nth, sort, top};
pub use scan::{Scan, scan};
pub(super) use scratch::Scratch;
pub use search::{Search, is_in, search};

use super::walk::{Layout, Walk};
use super::workers::{self, LONG, PART};
use crate::buffers::OutOfMemory;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a kernel answers: whether it took its operands, or that there was no memory for its scratch.
pub type Answer = Result<bool, OutOfMemory>;

/// The most lines that are taken side by side.
pub const WIDTH: usize = 256;

/// Lines of at most so many elements are taken side by side, whatever their strides.
const SHORT: usize = 8;

/// The lines that one part of the work goes over: each call gives the bytes from each operand's first element to the
/// first line's first element, and how many lines lie side by side.
pub type Next<'a, const K: usize> = &'a mut dyn FnMut() -> Option<([isize; K], usize)>;

/// An address that parts on several threads share.
#[derive(Clone, Copy)]
pub(super) struct Address(pub *mut u8);

// SAFETY: parts write different lines, and whoever makes one has checked operands.
unsafe impl Send for Address {}
// SAFETY: as above.
unsafe impl Sync for Address {}

/// How the lines of `K` operands lie.
pub(super) struct Lines<'a, const K: usize> {
    shape: &'a [i64],
    layouts: [Layout<'a>; K],
    dim: usize,
    /// The dimension along which lines are taken side by side, if any.
    across: Option<usize>,
    /// Bytes from an element of a line to the next.
    pub along: [isize; K],
    /// Bytes from a line to the one beside it.
    pub beside: [isize; K],
    /// Lines side by side at most.
    width: usize,
    count: usize,
}

impl<'a, const K: usize> Lines<'a, K> {
    /// The lines along `dim` of operands that all have `shape` in the other dimensions. None where layouts disagree; there
    /// are no lines where another dimension is empty. `n` is a line's length.
    pub fn new(shape: &'a [i64], dim: usize, layouts: [Layout<'a>; K], n: usize, side_by_side: bool) -> Option<Self> {
        if layouts.iter().any(|(strides, _)| strides.len() != shape.len()) || dim >= shape.len().max(1) {
            return None;
        }
        let step = |j: usize, d: usize| {
            let (strides, size) = layouts[j];
            strides.get(d).map_or(0, |&s| (s as isize).wrapping_mul(size as isize))
        };
        let along: [isize; K] = std::array::from_fn(|j| step(j, dim));
        let others = || shape.iter().enumerate().filter(|&(d, _)| d != dim);
        let count = others().fold(1usize, |all, (_, &n)| all.saturating_mul(n as usize));
        // Where the first operand, which is read, has elements of several lines closer together than those of one.
        let nearest = others().filter(|&(_, &n)| n > 1).min_by_key(|&(d, _)| step(0, d).unsigned_abs()).map(|(d, _)| d);
        let across = nearest
            .filter(|&d| side_by_side && (step(0, d).unsigned_abs() < along[0].unsigned_abs() || n <= SHORT) && n > 1);
        let beside = std::array::from_fn(|j| across.map_or(0, |d| step(j, d)));
        let width = across.map_or(1, |d| WIDTH.min(shape[d] as usize));
        Some(Lines { shape, layouts, dim, across, along, beside, width, count })
    }

    /// Calls `part` with the lines of each part, on several threads where there is much to do; `n` is a line's length.
    ///
    /// # Errors
    /// Where a part has no memory.
    pub fn each(
        &self,
        n: usize,
        part: &(dyn Fn(Next<'_, K>) -> Result<(), OutOfMemory> + Sync),
    ) -> Result<(), OutOfMemory> {
        if self.count == 0 {
            return Ok(());
        }
        let blocks = self.across.map_or(1, |d| (self.shape[d] as usize).div_ceil(self.width));
        let outer = self.count / self.across.map_or(1, |d| self.shape[d] as usize);
        let items = outer * blocks;
        if items == 1 || self.count.saturating_mul(n) < LONG {
            return self.part(0, items, blocks, part);
        }
        let each = (PART / n.saturating_mul(self.width).max(1)).max(1);
        let failed = AtomicBool::new(false);
        let shared = Sharing(self);
        workers::in_parts(items.div_ceil(each), &|i| {
            let lines = shared.get();
            if lines.part(i * each, each.min(items - i * each), blocks, part).is_err() {
                failed.store(true, Ordering::Relaxed);
            }
        });
        if failed.into_inner() { Err(OutOfMemory(n)) } else { Ok(()) }
    }

    fn part(
        &self,
        first: usize,
        items: usize,
        blocks: usize,
        part: &(dyn Fn(Next<'_, K>) -> Result<(), OutOfMemory> + Sync),
    ) -> Result<(), OutOfMemory> {
        let mut walk = Walk::new();
        walk.cover_some(self.shape, self.layouts, |d| d != self.dim && Some(d) != self.across);
        walk.seek(first / blocks);
        let lines = self.across.map_or(1, |d| self.shape[d] as usize);
        let (mut left, mut block, mut at) = (items, first % blocks, [0; K]);
        if block > 0 {
            at = walk.next(1).0;
        }
        part(&mut || {
            if left == 0 {
                return None;
            }
            left -= 1;
            if block == 0 {
                at = walk.next(1).0;
            }
            let start = block * self.width;
            let offsets = std::array::from_fn(|j| at[j] + start as isize * self.beside[j]);
            block = if block + 1 == blocks { 0 } else { block + 1 };
            Some((offsets, self.width.min(lines - start)))
        })
    }
}

/// Lines that parts look at: shapes and strides alone.
struct Sharing<'a, 'b, const K: usize>(&'a Lines<'b, K>);

// SAFETY: nothing of it changes while parts run.
unsafe impl<const K: usize> Sync for Sharing<'_, '_, K> {}

impl<'a, 'b, const K: usize> Sharing<'a, 'b, K> {
    fn get(&self) -> &'a Lines<'b, K> {
        self.0
    }
}
