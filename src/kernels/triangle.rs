//! The triangles of matrices: what lies on one side of a diagonal is kept, the rest becomes 0.

use super::operand::{Dst, Src};
use super::workers::{LONG, PART, Shared, in_parts};
use crate::dtype::DType;
use std::ops::Range;

/// Which side of which diagonal is kept.
#[derive(Clone, Copy)]
pub struct Triangle {
    /// The diagonal: 0 is the main one, those above it count up. It belongs to what is kept.
    pub diagonal: i64,
    /// Whether what lies below it is kept, rather than what lies above.
    pub lower: bool,
}

impl Triangle {
    /// The columns of row `i` that are kept, of `n`.
    pub fn kept(self, i: i64, n: i64) -> Range<usize> {
        let cut = |x: i64| x.clamp(0, n) as usize;
        match self.lower {
            true => 0..cut(i.saturating_add(self.diagonal).saturating_add(1)),
            false => cut(i.saturating_add(self.diagonal))..n as usize,
        }
    }
}

/// The last two extents, and how many such matrices there are.
fn matrices(shape: &[i64]) -> Option<(usize, i64, i64)> {
    let (batch, &[rows, columns]) = shape.split_last_chunk()?;
    Some((batch.iter().product::<i64>() as usize, rows, columns))
}

/// `dst = src` within the triangle of each matrix, and 0 outside of it. Both are runs of one type; they may be the same.
///
/// Returns false, with nothing written, where that is not so or there are fewer than two dimensions.
pub fn copy_triangle(dst: &Dst, src: &Src, triangle: Triangle) -> bool {
    let Some((batch, rows, columns)) = matrices(dst.shape()) else { return false };
    let alike = dst.shape() == src.shape() && dst.dtype() == src.dtype();
    if !alike || !dst.is_contiguous() || !src.is_contiguous() {
        return false;
    }
    if dst.shape().contains(&0) {
        return true;
    }
    let (size, line) = (dst.dtype().size(), columns as usize * dst.dtype().size());
    let moves = !std::ptr::eq(dst.ptr().cast_const(), src.ptr());
    let both = (dst, src);
    // SAFETY: they hold pointers, numbers and shapes.
    let both = unsafe { Shared::new(&both) };
    let all = batch * rows as usize;
    let many = if dst.numel() >= LONG { (PART / columns as usize).max(1) } else { all };
    in_parts(all.div_ceil(many), &|part| {
        let (dst, src) = both.get();
        for row in part * many..all.min((part + 1) * many) {
            let kept = triangle.kept((row % rows as usize) as i64, columns);
            // SAFETY: the row lies within both runs; no other part writes it. Where both operands are the same, nothing
            // is moved.
            unsafe {
                let (to, from) = (dst.ptr().add(row * line), src.ptr().add(row * line));
                std::ptr::write_bytes(to, 0, kept.start * size);
                if moves {
                    std::ptr::copy(from.add(kept.start * size), to.add(kept.start * size), kept.len() * size);
                }
                std::ptr::write_bytes(to.add(kept.end * size), 0, line - kept.end * size);
            }
        }
    });
    true
}

/// Writes the rows, and then the columns, of what `triangle` keeps of these rows of a matrix of so many columns: `dst` is a
/// run of int32 or int64 with two rows, which have a place for each.
///
/// Returns false where that is not so.
pub fn places(dst: &Dst, rows: Range<i64>, columns: i64, triangle: Triangle) -> bool {
    let &[2, count] = dst.shape() else { return false };
    // SAFETY: the run holds twice so many elements of this type.
    unsafe {
        match dst.dtype() {
            DType::Int64 if dst.is_contiguous() => {
                put_places(dst.ptr().cast::<i64>(), count as usize, rows, columns, triangle)
            }
            DType::Int32 if dst.is_contiguous() => {
                put_places(dst.ptr().cast::<i32>(), count as usize, rows, columns, triangle)
            }
            _ => false,
        }
    }
}

/// A place's type.
trait Place: Copy {
    fn of(x: i64) -> Self;
}
impl Place for i64 {
    #[inline(always)]
    fn of(x: i64) -> i64 {
        x
    }
}
impl Place for i32 {
    #[inline(always)]
    fn of(x: i64) -> i32 {
        x as i32
    }
}

/// # Safety
/// Twice `count` elements must be writable at `to`.
unsafe fn put_places<T: Place>(to: *mut T, count: usize, rows: Range<i64>, columns: i64, triangle: Triangle) -> bool {
    let mut at = 0;
    for row in rows {
        let kept = triangle.kept(row, columns);
        if kept.len() > count - at {
            return false;
        }
        let first = kept.start as i64;
        // Apart: two streams at a time are not made of vectors.
        for k in 0..kept.len() {
            // SAFETY: `at + k` is below `count`.
            unsafe { to.add(at + k).write_unaligned(T::of(row)) };
        }
        for k in 0..kept.len() {
            // SAFETY: as above.
            unsafe { to.add(count + at + k).write_unaligned(T::of(first + k as i64)) };
        }
        at += kept.len();
    }
    at == count
}

#[cfg(test)]
mod tests {
    //! Law: an element is kept where its column less its row is on the right side of the diagonal, else it is 0.

    use super::*;
    use crate::Tensor;

    #[test]
    fn a_triangle_keeps_its_side_of_the_diagonal() {
        let x = Tensor::from_slice(&(1..=24).map(f64::from).collect::<Vec<_>>(), &[2, 3, 4]).unwrap();
        for (diagonal, lower) in (-4..=5).chain([i64::MIN, i64::MAX]).flat_map(|d| [(d, true), (d, false)]) {
            let y = Tensor::full(&[2, 3, 4], -1.0, x.dtype()).unwrap();
            let triangle = Triangle { diagonal, lower };
            assert!(y.write(|dst| x.read(|src| copy_triangle(dst, src, triangle)).unwrap()).unwrap());
            for (i, (a, b)) in x.to_vec::<f64>().unwrap().into_iter().zip(y.to_vec::<f64>().unwrap()).enumerate() {
                let (row, column) = ((i / 4 % 3) as i64, (i % 4) as i64);
                let kept = if lower { column - row <= diagonal } else { column - row >= diagonal };
                assert_eq!(b, if kept { a } else { 0.0 }, "{diagonal} {lower} {i}");
            }
        }
    }
}
