//! What feeds the loops of reductions: runs and rows of the compute type, packed into tiles where the
//! operands are not that already.

use crate::dtype::{Compute, DType};
use crate::kernels::convert::unpack;
use crate::kernels::operand::Src;
use crate::kernels::walk::Walk;
use std::mem::MaybeUninit;

/// Bytes of a tile: a run of 64 lanes, or 16 rows.
pub const TILE: usize = 4096;
/// Bytes of the widest row.
pub const ROW: usize = 256;

/// A strided operand that is read, of a shape that is known elsewhere.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// Its first element.
    pub ptr: *const u8,
    /// Its type.
    pub dtype: DType,
    /// Elements from one index to the next.
    pub strides: &'a [i64],
}

impl<'a> From<&Src<'a>> for View<'a> {
    fn from(s: &Src<'a>) -> Self {
        View { ptr: s.ptr(), dtype: s.dtype(), strides: s.strides() }
    }
}

/// Room for `TILE` bytes of an operand.
#[repr(align(64))]
struct Tile([MaybeUninit<u8>; TILE]);

impl Tile {
    fn ptr(&mut self) -> *mut u8 {
        self.0.as_mut_ptr().cast()
    }
}

/// A run of elements of the compute type, of one operand or two.
#[derive(Clone, Copy)]
pub struct Run {
    /// Each operand's first element.
    pub ptrs: [*const u8; 2],
    /// How many elements; [`TILE`] bytes' worth, or a multiple of that, unless it is the last run. 0 after that.
    pub n: usize,
}

/// Rows of the compute type, evenly spaced.
#[derive(Clone, Copy)]
pub struct Rows {
    /// The first row.
    pub ptr: *const u8,
    /// Bytes from a row to the next.
    pub step: isize,
    /// How many rows; 0 after the last.
    pub n: usize,
}

/// Room for what is packed; not cleared.
pub struct Tiles([Tile; 2]);

impl Tiles {
    /// Room for a tile of each operand.
    #[inline(always)]
    pub fn new() -> Self {
        Tiles([const { Tile([MaybeUninit::uninit(); TILE]) }; 2])
    }
}

/// One operand or two, whose elements along some dimensions are reduced in the order of a walk.
pub struct Feed<'a> {
    operands: [(*const u8, DType); 2],
    used: usize,
    compute: Compute,
    walk: &'a mut Walk<2>,
    count: usize,
    tiles: &'a mut Tiles,
}

impl<'a> Feed<'a> {
    /// The first `used` operands, with the walk over the dimensions that are reduced.
    pub fn new(
        operands: [View; 2],
        used: usize,
        compute: Compute,
        walk: &'a mut Walk<2>,
        tiles: &'a mut Tiles,
    ) -> Self {
        let count = walk.count();
        Feed { operands: operands.map(|s| (s.ptr, s.dtype)), used, compute, walk, count, tiles }
    }

    fn size(&self) -> usize {
        DType::from_compute(self.compute).size()
    }

    /// Whether [`Feed::runs`] can hand out a whole sequence where it lies.
    pub fn is_run(&self) -> bool {
        let steps = self.walk.inner().steps;
        self.walk.dims().len() <= 1
            && (0..self.used).all(|j| {
                let own = self.operands[j].1 == DType::from_compute(self.compute);
                own && (self.count == 1 || steps[j] == self.size() as isize)
            })
    }

    /// Calls `f` with a source of the runs of one sequence, which starts `at` bytes from the operands'
    /// first elements. What the source hands out is readable until it is asked again.
    ///
    /// # Safety
    /// The operands must hold, from there on, all elements of the walk; in one run with `in_place`.
    #[inline]
    pub unsafe fn runs<R>(
        &mut self,
        at: [isize; 2],
        in_place: bool,
        f: impl FnOnce(&mut dyn FnMut() -> Run) -> R,
    ) -> R {
        let start = [0, 1].map(|j| self.operands[j].0.wrapping_offset(at[j]));
        let mut left = self.count;
        if in_place {
            return f(&mut || Run { ptrs: start, n: std::mem::take(&mut left) });
        }
        let size = self.size();
        let steps = self.walk.inner().steps;
        f(&mut || {
            let n = left.min(TILE / size);
            left -= n;
            let mut filled = 0;
            self.walk.take(n, |offsets, m| {
                for j in 0..self.used {
                    // SAFETY: the caller's promise; a tile has room for n elements.
                    unsafe {
                        let from = start[j].offset(offsets[j]);
                        let to = self.tiles.0[j].ptr().add(filled * size);
                        unpack(from, self.operands[j].1, steps[j], m, to, self.compute);
                    }
                }
                filled += m;
            });
            Run { ptrs: self.tiles.0.each_mut().map(|tile| tile.ptr().cast_const()), n }
        })
    }

    /// Where each sequence is evenly spaced and its elements are of the compute type: the first operand, its step and
    /// the number of terms.
    pub fn spaced(&self) -> Option<(*const u8, isize, usize)> {
        let (base, dtype) = self.operands[0];
        let plain = self.walk.dims().len() <= 1 && dtype == DType::from_compute(self.compute);
        plain.then(|| (base, self.walk.inner().steps[0], self.count))
    }

    /// The operands' first elements, and the number of terms.
    pub fn whole(&self) -> ([*const u8; 2], usize) {
        (self.operands.map(|(ptr, _)| ptr), self.count)
    }

    /// As [`Feed::runs`], of `width` sequences of the first operand side by side, `across` bytes apart.
    ///
    /// # Safety
    /// As there, of each of the sequences, whose elements fill [`ROW`] bytes at most.
    #[inline]
    pub unsafe fn rows<R>(
        &mut self,
        at: isize,
        across: isize,
        width: usize,
        f: impl FnOnce(&mut dyn FnMut() -> Rows) -> R,
    ) -> R {
        let own = DType::from_compute(self.compute);
        let (base, dtype) = self.operands[0];
        let down = self.walk.inner().steps[0];
        let in_place = dtype == own && (width == 1 || across == own.size() as isize);
        let most = if in_place { usize::MAX } else { TILE / ROW };
        let mut left = self.count;
        f(&mut || {
            if left == 0 {
                return Rows { ptr: base, step: 0, n: 0 };
            }
            let ([offset, _], n) = self.walk.next(left.min(most));
            left -= n;
            let from = base.wrapping_offset(at + offset);
            if in_place {
                return Rows { ptr: from, step: down, n };
            }
            let to = self.tiles.0[0].ptr();
            for r in 0..n {
                // SAFETY: the caller's promise; a tile holds TILE / ROW rows.
                unsafe {
                    let from = from.offset(r as isize * down);
                    unpack(from, dtype, across, width, to.add(r * ROW), self.compute);
                }
            }
            Rows { ptr: to, step: ROW as isize, n }
        })
    }
}
