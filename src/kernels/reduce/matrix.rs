//! The short way of a small matrix whose rows are runs, summed or folded along rows or sums down its columns: what the walks
//! would find out for it, in a few comparisons, with the same loops after it.

use super::feed::View;
use super::shells::{Few, Lines, Spaced};
use super::{HANDFUL, Target, Terms, fold, tree};
use crate::dtype::DType;
use crate::kernels::lanes::dispatch;

impl Target<'_> {
    /// False, with nothing done, where `shape` and `a` are something else.
    ///
    /// # Safety
    /// As [`Target::alone`], which would do the same.
    pub(super) unsafe fn of_matrix(&self, shape: &[i64], a: View) -> bool {
        let own = DType::from_compute(self.compute);
        let (&[rows, columns], &[down, 1]) = (shape, a.strides) else { return false };
        // Squares are not for here, since their roots are taken afterwards: `writes_run` declines them.
        let plain = a.dtype == own && self.made == self.compute && self.writes_run(0, own.size() as isize);
        if !plain || rows < 2 || columns < 2 || down < 1 || self.terms == Terms::Product {
            return false;
        }
        let down = down as isize * own.size() as isize;
        match (self.strides, self.folds()) {
            (&[1, 0], folds) if rows <= HANDFUL as i64 => {
                let (n, count) = (rows as usize, columns as usize);
                // SAFETY: the caller's promise: the rows lie within the shape, and as many results behind `ptr`, aligned.
                unsafe {
                    match folds {
                        Some(fold) => fold::lines((fold, self.compute), (a.ptr, down), count, n, self.ptr),
                        None => {
                            dispatch(Lines { call: self, ptrs: [a.ptr; 2], steps: [down; 2], count, n, out: self.ptr });
                        }
                    }
                }
                true
            }
            (&[0, 1], None) if rows <= tree::FEW as i64 && !self.accumulate => {
                let call = Spaced { call: self, width: columns as usize, ptr: a.ptr, down, n: rows as usize };
                // SAFETY: as above, of as many results as there are columns.
                unsafe { dispatch(Few(call, self.ptr)) };
                true
            }
            _ => false,
        }
    }
}
