//! Scans: each element becomes the sum, the product, or the logarithm of the sum of exponentials of those up to it.
//!
//! The terms are taken one after the other, in torch's type for them: float32 in float64, float16 and bfloat16 in float32,
//! whole numbers modulo 2^64. Each result is rounded once.

use super::{Address, Lines, WIDTH};
use crate::dtype::{Compute, DType};
use crate::kernels::convert::{pack, unpack};
use crate::kernels::lanes::{C128, Float, Kernel, Lane, Simd, dispatch};
use crate::kernels::operand::{Dst, Src};
use std::mem::MaybeUninit;

/// What is scanned for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scan {
    /// Sums.
    Sum,
    /// Products.
    Product,
    /// Logarithms of sums of exponentials; of floating point numbers.
    LogSumExp,
}

/// Elements that are scanned between one conversion and the next.
const TILE: usize = 512;

/// The type in which elements of `dtype` are added up.
fn wide(dtype: DType, what: Scan) -> Compute {
    match dtype.compute() {
        Compute::C64 => Compute::C128,
        Compute::F32 if !dtype.is_half() || what == Scan::LogSumExp => Compute::F64,
        own => own,
    }
}

/// Writes the scan of `src` along `dim` to `dst`, which has its shape.
///
/// Returns false, with nothing written, where the shapes disagree, there are more than 64 dimensions, or whole numbers
/// have no such scan.
pub fn scan(dst: &Dst, src: &Src, dim: usize, what: Scan) -> bool {
    let compute = wide(dst.dtype(), what);
    let n = src.shape().get(dim).map_or(1, |&n| n as usize);
    if dst.shape() != src.shape() || src.shape().len() > 64 || what == Scan::LogSumExp && compute == Compute::I64 {
        return false;
    }
    if src.shape().contains(&0) {
        return true;
    }
    let layouts = [(src.strides(), src.dtype().size()), (dst.strides(), dst.dtype().size())];
    let Some(lines) = Lines::new(src.shape(), dim, layouts, n, true) else { return false };
    let (from, to) = (Address(src.ptr().cast_mut()), Address(dst.ptr()));
    let ends = Ends { compute, from: src.dtype(), to: dst.dtype(), along: lines.along, beside: lines.beside, n, what };
    let done = lines.each(n, &|next| {
        // The whole address, so that a closure shares it and not the pointer within.
        let (from, to) = (&from, &to);
        while let Some(([a, b], width)) = next() {
            dispatch(Job { ends: &ends, width, from: from.0.wrapping_offset(a), to: to.0.wrapping_offset(b) });
        }
        Ok(())
    });
    done.is_ok()
}

/// What all lines share.
struct Ends {
    compute: Compute,
    from: DType,
    to: DType,
    along: [isize; 2],
    beside: [isize; 2],
    n: usize,
    what: Scan,
}

/// `width` lines side by side.
struct Job<'a> {
    ends: &'a Ends,
    width: usize,
    from: *const u8,
    to: *mut u8,
}

impl Kernel for Job<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        let what = self.ends.what;
        match self.ends.compute {
            _ if what == Scan::LogSumExp => self.log_sum_exp::<S>(),
            Compute::F32 => self.arithmetic::<f32>(what, 0.0, 1.0, |a, b| a + b, |a, b| a * b),
            Compute::F64 => self.arithmetic::<f64>(what, 0.0, 1.0, |a, b| a + b, |a, b| a * b),
            Compute::I64 => self.arithmetic::<i64>(what, 0, 1, i64::wrapping_add, i64::wrapping_mul),
            _ => self.arithmetic::<[f64; 2]>(
                what,
                [0.0; 2],
                [1.0, 0.0],
                |a, b| [a[0] + b[0], a[1] + b[1]],
                |a, b| [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]],
            ),
        }
    }
}

impl Job<'_> {
    #[inline(always)]
    fn arithmetic<T: Copy>(self, what: Scan, zero: T, one: T, add: impl Fn(T, T) -> T, mul: impl Fn(T, T) -> T) {
        match what {
            Scan::Product => self.lines(one, mul),
            _ => self.lines(zero, add),
        }
    }

    #[inline(always)]
    fn lines<T: Copy>(self, start: T, f: impl Fn(T, T) -> T) {
        if self.width == 1 { self.line(start, f) } else { self.columns(start, f) }
    }

    /// One line, a tile at a time.
    #[inline(always)]
    fn line<T: Copy>(self, start: T, f: impl Fn(T, T) -> T) {
        let mut tile = [const { MaybeUninit::<T>::uninit() }; TILE];
        let mut sum = start;
        self.tiles(tile.as_mut_ptr().cast(), |tile: *mut T, m| {
            for i in 0..m {
                // SAFETY: `tiles` has filled `m` places.
                unsafe {
                    sum = f(sum, tile.add(i).read());
                    tile.add(i).write(sum);
                }
            }
        });
    }

    /// Hands each tile of a line, converted, to `f`, and stores what it leaves there.
    #[inline(always)]
    fn tiles<T>(&self, tile: *mut T, mut f: impl FnMut(*mut T, usize)) {
        let Ends { compute, from, to, along, n, .. } = *self.ends;
        for start in (0..n).step_by(TILE) {
            let m = TILE.min(n - start);
            let at = along.map(|step| step.wrapping_mul(start as isize));
            // SAFETY: the line has `n` elements in both operands, and the tile room for TILE of the compute type.
            unsafe {
                unpack(self.from.wrapping_offset(at[0]), from, along[0], m, tile.cast(), compute);
                f(tile, m);
                pack(tile.cast(), compute, m, self.to.wrapping_offset(at[1]), to, along[1]);
            }
        }
    }

    /// Many lines side by side, a row at a time.
    #[inline(always)]
    fn columns<T: Copy>(self, start: T, f: impl Fn(T, T) -> T) {
        let mut sums = [start; WIDTH];
        let mut row = [const { MaybeUninit::<T>::uninit() }; WIDTH];
        let row: *mut T = row.as_mut_ptr().cast();
        let width = self.width.min(WIDTH);
        self.rows(row, |row| {
            for (i, sum) in sums[..width].iter_mut().enumerate() {
                // SAFETY: `rows` has filled `width` places.
                unsafe {
                    *sum = f(*sum, row.add(i).read());
                    row.add(i).write(*sum);
                }
            }
        });
    }

    /// Hands each row, converted, to `f`, and stores what it leaves there.
    #[inline(always)]
    fn rows<T>(&self, row: *mut T, mut f: impl FnMut(*mut T)) {
        let Ends { compute, from, to, along, beside, n, .. } = *self.ends;
        for i in 0..n as isize {
            let at = along.map(|step| step.wrapping_mul(i));
            // SAFETY: `width` lines have an `i`th element in both operands, and the row has room for them.
            unsafe {
                unpack(self.from.wrapping_offset(at[0]), from, beside[0], self.width, row.cast(), compute);
                f(row);
                pack(row.cast(), compute, self.width, self.to.wrapping_offset(at[1]), to, beside[1]);
            }
        }
    }

    /// By lanes, which have the functions that are the same everywhere.
    #[inline(always)]
    fn log_sum_exp<S: Simd>(self) {
        match self.ends.compute {
            Compute::F64 => self.by_lanes::<S::F64>(f64::NEG_INFINITY, log_add),
            _ => self.by_lanes::<C128>([f64::NEG_INFINITY, 0.0], log_add_complex),
        }
    }

    #[inline(always)]
    fn by_lanes<L: Lane>(self, start: L::Elem, f: impl Fn(L, L) -> L) {
        if self.width == 1 {
            let mut tile = [const { MaybeUninit::<L::Elem>::uninit() }; TILE];
            let mut sum = L::splat(start);
            return self.tiles(tile.as_mut_ptr().cast(), |tile: *mut L::Elem, m| {
                for i in 0..m {
                    // SAFETY: `tiles` has filled `m` places.
                    unsafe {
                        sum = f(sum, L::splat(tile.add(i).read()));
                        sum.store_part(tile.add(i), 1);
                    }
                }
            });
        }
        let mut sums = [start; WIDTH];
        let sums = sums.as_mut_ptr();
        let mut row = [const { MaybeUninit::<L::Elem>::uninit() }; WIDTH];
        let width = self.width.min(WIDTH);
        self.rows(row.as_mut_ptr().cast(), |row: *mut L::Elem| {
            for i in (0..width).step_by(L::COUNT) {
                let m = L::COUNT.min(width - i);
                // SAFETY: `rows` has filled `width` places, and `sums` has as many.
                unsafe {
                    let sum = f(L::load_part(sums.add(i), m), L::load_part(row.add(i), m));
                    sum.store_part(sums.add(i), m);
                    sum.store_part(row.add(i), m);
                }
            }
        });
    }
}

/// log(e^sum + e^x). Equal infinities stay what they are; nan stays nan.
#[inline(always)]
fn log_add<L: Float>(sum: L, x: L) -> L {
    let (less, more) = (L::select(sum.less(x), sum, x), L::select(sum.less(x), x, sum));
    let more = L::select(sum.equal(sum), more, sum);
    let more = L::select(x.equal(x), more, x);
    let together = (less - more).exp().log1p() + more;
    // The difference of equal infinities is nan.
    L::select(sum.equal(x) & !x.is_finite(), x, together)
}

/// The same of complex numbers, ordered by their real parts.
#[inline(always)]
fn log_add_complex(sum: C128, x: C128) -> C128 {
    let mut parts = [[[0.0f64; 2]; C128::COUNT]; 2];
    let mut out = [[0.0f64; 2]; C128::COUNT];
    // SAFETY: each array has a lane's elements.
    unsafe {
        sum.store(parts[0].as_mut_ptr());
        x.store(parts[1].as_mut_ptr());
        for (i, y) in out.iter_mut().enumerate() {
            *y = crate::kernels::math::complex::log_add(parts[0][i], parts[1][i]);
        }
        C128::load(out.as_ptr())
    }
}
