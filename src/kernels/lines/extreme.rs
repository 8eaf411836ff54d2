//! Largest and smallest elements so far, and where they were: of equal ones the last. nan is above and below every number.

use super::{Address, Lines, WIDTH};
use crate::dtype::{Compute, DType};
use crate::kernels::convert::{pack, unpack};
use crate::kernels::lanes::{Kernel, Simd, dispatch};
use crate::kernels::operand::{Dst, Src};
use std::mem::MaybeUninit;

/// Elements that are looked at between one conversion and the next.
const TILE: usize = 256;
/// Elements that are compared at a time.
const BLOCK: usize = 16;

/// Writes the largest elements of `src` along `dim` so far (the smallest, for `smallest`) to `values`, and their places to
/// `indices`. Both have its shape; `values` has its type and `indices` int64.
///
/// Returns false, with nothing written, where that is not so, `src` is complex, or there are more than 64 dimensions.
pub fn cumulative_extreme(values: &Dst, indices: &Dst, src: &Src, dim: usize, smallest: bool) -> bool {
    let dtype = src.dtype();
    let agree = values.shape() == src.shape() && indices.shape() == src.shape() && values.dtype() == dtype;
    if !agree || indices.dtype() != DType::Int64 || dtype.is_complex() || src.shape().len() > 64 {
        return false;
    }
    if src.shape().contains(&0) {
        return true;
    }
    let n = src.shape().get(dim).map_or(1, |&n| n as usize);
    let size = dtype.size();
    let layouts = [(src.strides(), size), (values.strides(), size), (indices.strides(), 8)];
    let Some(lines) = Lines::new(src.shape(), dim, layouts, n, true) else { return false };
    let bases = [Address(src.ptr().cast_mut()), Address(values.ptr()), Address(indices.ptr())];
    let ends = Ends { dtype, along: lines.along, beside: lines.beside, n, smallest };
    let done = lines.each(n, &|next| {
        let bases = &bases;
        while let Some((at, width)) = next() {
            let at = std::array::from_fn(|j| bases[j].0.wrapping_offset(at[j]));
            // SAFETY: the operands were checked to have this shape, of whose lines these are some: no more than WIDTH.
            unsafe { dispatch(Job { ends: &ends, width, at }) };
        }
        Ok(())
    });
    done.is_ok()
}

/// What all lines share.
struct Ends {
    dtype: DType,
    along: [isize; 3],
    beside: [isize; 3],
    n: usize,
    smallest: bool,
}

/// `width` lines side by side, which begin `at` these addresses: of elements, of the largest so far and of their places.
///
/// # Safety
/// As many must be there, at most [`WIDTH`], as `ends` says: the first readable, the others writable.
struct Job<'a> {
    ends: &'a Ends,
    width: usize,
    at: [*mut u8; 3],
}

impl Kernel for Job<'_> {
    type Output = ();
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        // SAFETY: the kernel's promise; tiles are of the compute type.
        unsafe {
            match (self.ends.dtype.compute(), self.ends.smallest) {
                (Compute::F32, false) => self.lines(|x: f32, best| best <= x || x.is_nan(), f32::NAN),
                (Compute::F32, true) => self.lines(|x: f32, best| best >= x || x.is_nan(), f32::NAN),
                (Compute::F64, false) => self.lines(|x: f64, best| best <= x || x.is_nan(), f64::NAN),
                (Compute::F64, true) => self.lines(|x: f64, best| best >= x || x.is_nan(), f64::NAN),
                (_, false) => self.lines(|x: i64, best| best <= x, 0),
                (_, true) => self.lines(|x: i64, best| best >= x, 0),
            }
        }
    }
}

impl Job<'_> {
    /// # Safety
    /// As the kernel's; `T` must be the compute type.
    #[inline(always)]
    unsafe fn lines<T: Copy>(self, replaces: impl Fn(T, T) -> bool, any: T) {
        // SAFETY: the caller's promise.
        unsafe { if self.width == 1 { self.line(replaces, any) } else { self.columns(replaces, any) } }
    }

    /// # Safety
    /// As [`Job::lines`].
    #[inline(always)]
    unsafe fn line<T: Copy>(self, replaces: impl Fn(T, T) -> bool, any: T) {
        let Ends { dtype, along, n, .. } = *self.ends;
        let (mut best, mut place) = (any, 0);
        let mut values = [const { MaybeUninit::<T>::uninit() }; TILE];
        let values: *mut T = values.as_mut_ptr().cast();
        let mut places = [0i64; TILE];
        for start in (0..n).step_by(TILE) {
            let m = TILE.min(n - start);
            let at: [_; 3] = std::array::from_fn(|j| self.at[j].wrapping_offset(along[j].wrapping_mul(start as isize)));
            // SAFETY: the caller's promise: the lines have `n` elements each; the tiles have room for TILE.
            unsafe {
                unpack(at[0], dtype, along[0], m, values.cast(), dtype.compute());
                let mut i = 0;
                while i < m {
                    // Most blocks have nothing that goes beyond what was found, which they are filled with.
                    let whole = i + BLOCK <= m && start + i > 0;
                    let mut any = !whole;
                    if whole {
                        for k in 0..BLOCK {
                            any |= replaces(values.add(i + k).read(), best);
                        }
                    }
                    let places = places.as_mut_ptr();
                    if !any {
                        for k in 0..BLOCK {
                            values.add(i + k).write(best);
                            places.add(i + k).write(place);
                        }
                        i += BLOCK;
                        continue;
                    }
                    let end = m.min(i + BLOCK);
                    while i < end {
                        let x = values.add(i).read();
                        if start + i == 0 || replaces(x, best) {
                            (best, place) = (x, (start + i) as i64);
                        }
                        values.add(i).write(best);
                        places.add(i).write(place);
                        i += 1;
                    }
                }
                pack(values.cast(), dtype.compute(), m, at[1], dtype, along[1]);
                pack(places.as_ptr().cast(), Compute::I64, m, at[2], DType::Int64, along[2]);
            }
        }
    }

    /// # Safety
    /// As [`Job::lines`].
    #[inline(always)]
    unsafe fn columns<T: Copy>(self, replaces: impl Fn(T, T) -> bool, any: T) {
        let Ends { dtype, along, beside, n, .. } = *self.ends;
        let width = self.width.min(WIDTH);
        let (mut best, mut row) = ([any; WIDTH], [any; WIDTH]);
        let mut places = [0i64; WIDTH];
        for r in 0..n as isize {
            let at: [_; 3] = std::array::from_fn(|j| self.at[j].wrapping_offset(along[j].wrapping_mul(r)));
            // SAFETY: the caller's promise: `width` lines have an element `r`; the rows have room for WIDTH.
            unsafe {
                unpack(at[0], dtype, beside[0], width, row.as_mut_ptr().cast(), dtype.compute());
                if r == 0 {
                    best = row;
                }
                for ((best, &x), place) in best[..width].iter_mut().zip(&row[..width]).zip(&mut places[..width]) {
                    let replace = replaces(x, *best);
                    *best = if replace { x } else { *best };
                    *place = if replace { r as i64 } else { *place };
                }
                pack(best.as_ptr().cast(), dtype.compute(), width, at[1], dtype, beside[1]);
                pack(places.as_ptr().cast(), Compute::I64, width, at[2], DType::Int64, beside[2]);
            }
        }
    }
}
