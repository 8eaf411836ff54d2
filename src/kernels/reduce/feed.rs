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

/// Rows of the compute type, evenly spaced, of one operand or two.
#[derive(Clone, Copy)]
pub struct Rows {
    /// Each operand's first row.
    pub ptrs: [*const u8; 2],
    /// Bytes from a row to the next.
    pub steps: [isize; 2],
    /// How many rows; 0 after the last.
    pub n: usize,
}

/// One operand or two, whose elements along some dimensions are reduced in the order of a walk.
pub struct Feed {
    operands: [(*const u8, DType); 2],
    used: usize,
    compute: Compute,
    walk: Walk<2>,
    count: usize,
    tiles: [Tile; 2],
}

impl Feed {
    /// The first `used` operands, with the walk over the dimensions that are reduced.
    pub fn new(operands: [View; 2], used: usize, compute: Compute, walk: Walk<2>) -> Self {
        let count = walk.count();
        let tiles = [const { Tile([MaybeUninit::uninit(); TILE]) }; 2];
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

    /// Calls `f` with a source of the runs of the sequence that starts `at` bytes from the operands' first elements.
    #[inline]
    pub fn runs<R>(&mut self, at: [isize; 2], in_place: bool, f: impl FnOnce(&mut dyn FnMut() -> Run) -> R) -> R {
        let size = self.size();
        let steps = self.walk.inner().steps;
        let mut left = self.count;
        f(&mut || {
            let mut ptrs = [std::ptr::null(); 2];
            let n = if in_place { left } else { left.min(TILE / size) };
            left -= n;
            for ((ptr, &(base, _)), &at) in ptrs.iter_mut().zip(&self.operands).zip(&at).take(self.used) {
                *ptr = base.wrapping_offset(at);
            }
            if !in_place && n > 0 {
                let mut filled = 0;
                self.walk.take(n, |offsets, m| {
                    for j in 0..self.used {
                        // SAFETY: the walk stays within the shape; a tile has room for n elements.
                        unsafe {
                            let from = ptrs[j].offset(offsets[j]);
                            let to = self.tiles[j].ptr().add(filled * size);
                            unpack(from, self.operands[j].1, steps[j], m, to, self.compute);
                        }
                    }
                    filled += m;
                });
                ptrs = self.tiles.each_mut().map(|tile| tile.ptr().cast_const());
            }
            Run { ptrs, n }
        })
    }

    /// As [`Feed::runs`], of sequences side by side: `widths` elements of each operand, `across` bytes apart.
    #[inline]
    pub fn rows<R>(
        &mut self,
        at: [isize; 2],
        across: [isize; 2],
        widths: [usize; 2],
        f: impl FnOnce(&mut dyn FnMut() -> Rows) -> R,
    ) -> R {
        let own = DType::from_compute(self.compute);
        let down = self.walk.inner().steps;
        let in_place: [bool; 2] = std::array::from_fn(|j| {
            j >= self.used || self.operands[j].1 == own && (widths[j] == 1 || across[j] == own.size() as isize)
        });
        let most = if in_place == [true; 2] { usize::MAX } else { TILE / ROW };
        let mut left = self.count;
        f(&mut || {
            let mut rows = Rows { ptrs: [std::ptr::null(); 2], steps: down, n: 0 };
            if left == 0 {
                return rows;
            }
            let (offsets, n) = self.walk.next(left.min(most));
            left -= n;
            rows.n = n;
            for j in 0..self.used {
                let (base, dtype) = self.operands[j];
                let from = base.wrapping_offset(at[j] + offsets[j]);
                rows.ptrs[j] = from;
                if !in_place[j] {
                    let to = self.tiles[j].ptr();
                    for r in 0..n {
                        // SAFETY: the walk stays within the shape; a tile holds TILE / ROW rows.
                        unsafe {
                            let from = from.offset(r as isize * down[j]);
                            unpack(from, dtype, across[j], widths[j], to.add(r * ROW), self.compute);
                        }
                    }
                    (rows.ptrs[j], rows.steps[j]) = (to, ROW as isize);
                }
            }
            rows
        })
    }
}
