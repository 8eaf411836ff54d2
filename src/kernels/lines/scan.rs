//! Scans: each element becomes the sum, the product, or the logarithm of the sum of exponentials of those up to it.
//!
//! The terms are taken one after the other, in torch's type for them: float32 in float64, float16 and bfloat16 in float32,
//! whole numbers modulo 2^64. Each result is rounded once. Logarithms of sums are those of scaled sums, a tile at a time,
//! where a tile's terms allow it ([`Job::logs`]).

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
        if ends.is_plain() {
            loop {
                let mut runs = Runs {
                    ends: &ends,
                    count: 0,
                    from: [std::ptr::null(); CHAINS],
                    to: [std::ptr::null_mut(); CHAINS],
                };
                while runs.count < CHAINS
                    && let Some(([a, b], _)) = next()
                {
                    runs.from[runs.count] = from.0.wrapping_offset(a);
                    runs.to[runs.count] = to.0.wrapping_offset(b);
                    runs.count += 1;
                }
                let count = runs.count;
                // SAFETY: the operands were checked to have this shape, of whose lines these are some.
                unsafe { dispatch(runs) };
                if count < CHAINS {
                    return Ok(());
                }
            }
        }
        while let Some(([a, b], width)) = next() {
            let (from, to) = (from.0.wrapping_offset(a), to.0.wrapping_offset(b));
            // SAFETY: as above, side by side: no more than WIDTH.
            unsafe { dispatch(Job { ends: &ends, width, from, to }) };
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

impl Ends {
    /// Whether lines come one by one and are of one type on both sides: then they are read and written where they lie.
    fn is_plain(&self) -> bool {
        let simple = matches!(self.to, DType::Float32 | DType::Float64 | DType::Int64) && self.what != Scan::LogSumExp;
        simple && self.from == self.to && self.beside == [0; 2]
    }
}

/// Lines that are scanned where they lie at a time: each step of a line waits for the one before it.
const CHAINS: usize = 4;

/// Lines that are scanned where they lie.
///
/// # Safety
/// The first `count` addresses must each be those of a line as `ends` says, which is plain ([`Ends::is_plain`]).
struct Runs<'a> {
    ends: &'a Ends,
    count: usize,
    from: [*const u8; CHAINS],
    to: [*mut u8; CHAINS],
}

/// An element and the type that its line is scanned in.
trait Term: Copy {
    type Wide: Copy;
    fn wide(self) -> Self::Wide;
    fn narrow(x: Self::Wide) -> Self;
}

macro_rules! terms {
    ($($t:ty: $wide:ty;)*) => {$(
        impl Term for $t {
            type Wide = $wide;
            #[inline(always)]
            fn wide(self) -> $wide {
                self as $wide
            }
            #[inline(always)]
            fn narrow(x: $wide) -> $t {
                x as $t
            }
        }
    )*};
}
terms! { f32: f64; f64: f64; i64: i64; }

impl Kernel for Runs<'_> {
    type Output = ();
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        // SAFETY: the kernel's promise.
        unsafe {
            match (self.ends.to, self.ends.what) {
                (DType::Float32, Scan::Product) => self.each::<f32, Products>(),
                (DType::Float32, _) => self.each::<f32, Sums>(),
                (DType::Float64, Scan::Product) => self.each::<f64, Products>(),
                (DType::Float64, _) => self.each::<f64, Sums>(),
                (_, Scan::Product) => self.each::<i64, Products>(),
                _ => self.each::<i64, Sums>(),
            }
        }
    }
}

impl Runs<'_> {
    /// # Safety
    /// As the kernel's, of elements of `T`.
    #[inline(always)]
    unsafe fn each<T: Term, F: Step<T::Wide>>(self) {
        // SAFETY: the caller's promise.
        unsafe {
            if self.count == CHAINS {
                return self.some::<T, F, CHAINS>(0);
            }
            for first in 0..self.count {
                self.some::<T, F, 1>(first);
            }
        }
    }

    /// `N` lines, an element of each at a time.
    ///
    /// # Safety
    /// As [`Runs::each`]; there must be as many from `first` on.
    #[inline(always)]
    unsafe fn some<T: Term, F: Step<T::Wide>, const N: usize>(&self, first: usize) {
        // All of it by value: what is written might else be taken for one of these addresses.
        let Ends { along, n, .. } = *self.ends;
        let (mut from, mut to, mut sums) = ([std::ptr::null(); N], [std::ptr::null_mut(); N], [F::START; N]);
        for k in 0..N {
            (from[k], to[k]) = (self.from[first + k], self.to[first + k]);
        }
        for _ in 0..n {
            for k in 0..N {
                // SAFETY: the caller's promise: the lines have `n` elements.
                unsafe {
                    let x = from[k].cast::<T>().read_unaligned();
                    sums[k] = F::step(sums[k], x.wide());
                    to[k].cast::<T>().write_unaligned(T::narrow(sums[k]));
                }
                (from[k], to[k]) = (from[k].wrapping_offset(along[0]), to[k].wrapping_offset(along[1]));
            }
        }
    }
}

/// `width` lines side by side.
///
/// # Safety
/// As many must lie there as `ends` says, at most [`WIDTH`]: readable from `from` on, writable from `to` on.
struct Job<'a> {
    ends: &'a Ends,
    width: usize,
    from: *const u8,
    to: *mut u8,
}

/// How a term joins what was before it, or a lane of terms with elements `E`. A type and no closure: closures are not always
/// inlined, and then leave their shell.
trait Step<T, E = T> {
    /// What is before the first term.
    const START: E;
    /// What is after `x`.
    fn step(sum: T, x: T) -> T;
}

struct Sums;
struct Products;
struct RealLogs;
struct ComplexLogs;

macro_rules! steps {
    ($($t:ty: $zero:expr, $one:expr, |$a:ident, $b:ident| $sum:expr, $product:expr;)*) => {$(
        impl Step<$t> for Sums {
            const START: $t = $zero;
            #[inline(always)]
            fn step($a: $t, $b: $t) -> $t {
                $sum
            }
        }
        impl Step<$t> for Products {
            const START: $t = $one;
            #[inline(always)]
            fn step($a: $t, $b: $t) -> $t {
                $product
            }
        }
    )*};
}

steps! {
    f32: 0.0, 1.0, |a, b| a + b, a * b;
    f64: 0.0, 1.0, |a, b| a + b, a * b;
    i64: 0, 1, |a, b| a.wrapping_add(b), a.wrapping_mul(b);
    [f64; 2]: [0.0; 2], [1.0, 0.0], |a, b| [a[0] + b[0], a[1] + b[1]],
        [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]];
}

impl Kernel for Job<'_> {
    type Output = ();
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let what = self.ends.what;
        // SAFETY: the kernel's promise; tiles and lanes are of the compute type.
        unsafe {
            match self.ends.compute {
                Compute::F64 if what == Scan::LogSumExp && self.width == 1 => self.logs::<S::F64>(),
                Compute::F64 if what == Scan::LogSumExp => self.by_lanes::<S::F64, RealLogs>(),
                _ if what == Scan::LogSumExp => self.by_lanes::<C128, ComplexLogs>(),
                Compute::F32 => self.arithmetic::<f32>(),
                Compute::F64 => self.arithmetic::<f64>(),
                Compute::I64 => self.arithmetic::<i64>(),
                _ => self.arithmetic::<[f64; 2]>(),
            }
        }
    }
}

impl Job<'_> {
    /// # Safety
    /// As the kernel's; `T` must be the compute type. So with what else works on tiles and rows here.
    #[inline(always)]
    unsafe fn arithmetic<T: Copy>(self)
    where
        Sums: Step<T>,
        Products: Step<T>,
    {
        // SAFETY: the caller's promise.
        unsafe {
            match (self.ends.what, self.width) {
                (Scan::Product, 1) => self.line::<T, Products>(),
                (Scan::Product, _) => self.columns::<T, Products>(),
                (_, 1) => self.line::<T, Sums>(),
                _ => self.columns::<T, Sums>(),
            }
        }
    }

    /// One line, a tile at a time.
    ///
    /// # Safety
    /// As [`Job::arithmetic`].
    #[inline(always)]
    unsafe fn line<T: Copy, F: Step<T>>(self) {
        let mut tile = [const { MaybeUninit::<T>::uninit() }; TILE];
        let tile: *mut T = tile.as_mut_ptr().cast();
        let mut sum = F::START;
        for start in (0..self.ends.n).step_by(TILE) {
            // SAFETY: the caller's promise; `read_tile` fills `m` places.
            unsafe {
                let m = self.read_tile(start, tile);
                for i in 0..m {
                    sum = F::step(sum, tile.add(i).read());
                    tile.add(i).write(sum);
                }
                self.write_tile(start, m, tile);
            }
        }
    }

    /// Fills the tile with the line's elements from `start` on, converted; how many there are.
    ///
    /// # Safety
    /// As [`Job::arithmetic`]; `start` must be within the line, and [`TILE`] elements writable at `tile`.
    #[inline(always)]
    unsafe fn read_tile<T>(&self, start: usize, tile: *mut T) -> usize {
        let Ends { compute, from, along: [step, _], n, .. } = *self.ends;
        let m = TILE.min(n - start);
        // SAFETY: the caller's promise.
        unsafe {
            let at = self.from.wrapping_offset(step.wrapping_mul(start as isize));
            unpack(at, from, step, m, tile.cast(), compute);
        }
        m
    }

    /// Writes the tile's `m` elements to the line from `start` on.
    ///
    /// # Safety
    /// As [`Job::read_tile`], which has said that there are `m`.
    #[inline(always)]
    unsafe fn write_tile<T>(&self, start: usize, m: usize, tile: *mut T) {
        let Ends { compute, to, along: [_, step], .. } = *self.ends;
        // SAFETY: the caller's promise.
        unsafe {
            let at = self.to.wrapping_offset(step.wrapping_mul(start as isize));
            pack(tile.cast(), compute, m, at, to, step);
        }
    }

    /// Many lines side by side, a row at a time.
    ///
    /// # Safety
    /// As [`Job::arithmetic`].
    #[inline(always)]
    unsafe fn columns<T: Copy, F: Step<T>>(self) {
        let mut sums = [F::START; WIDTH];
        let mut row = [const { MaybeUninit::<T>::uninit() }; WIDTH];
        let row: *mut T = row.as_mut_ptr().cast();
        let width = self.width.min(WIDTH);
        for line in 0..self.ends.n {
            // SAFETY: the caller's promise; `read_row` fills `width` places.
            unsafe {
                self.read_row(line, row);
                for (i, sum) in sums[..width].iter_mut().enumerate() {
                    *sum = F::step(*sum, row.add(i).read());
                    row.add(i).write(*sum);
                }
                self.write_row(line, row);
            }
        }
    }

    /// Fills the row with the `i`th element of each line, converted.
    ///
    /// # Safety
    /// As [`Job::arithmetic`]; lines must have an `i`th element, and as many be writable at `row`.
    #[inline(always)]
    unsafe fn read_row<T>(&self, i: usize, row: *mut T) {
        let Ends { compute, from, along: [step, _], beside: [across, _], .. } = *self.ends;
        // SAFETY: the caller's promise.
        unsafe {
            let at = self.from.wrapping_offset(step.wrapping_mul(i as isize));
            unpack(at, from, across, self.width, row.cast(), compute);
        }
    }

    /// Writes the row to the `i`th element of each line.
    ///
    /// # Safety
    /// As [`Job::read_row`], which has filled the row.
    #[inline(always)]
    unsafe fn write_row<T>(&self, i: usize, row: *mut T) {
        let Ends { compute, to, along: [_, step], beside: [_, across], .. } = *self.ends;
        // SAFETY: the caller's promise.
        unsafe {
            let at = self.to.wrapping_offset(step.wrapping_mul(i as isize));
            pack(row.cast(), compute, self.width, at, to, across);
        }
    }

    /// The logarithms of one line's sums, a tile at a time: e to each term less the largest, summed, and the sums' logarithms.
    ///
    /// Not where terms are so far apart, or the sums so near 1, that this would lose what a sum of two logarithms keeps.
    ///
    /// # Safety
    /// As [`Job::arithmetic`].
    #[inline(always)]
    unsafe fn logs<L: Float<Elem = f64>>(self) {
        const FAR: f64 = 16.0;
        let mut tile = [const { MaybeUninit::<f64>::uninit() }; TILE];
        let tile: *mut f64 = tile.as_mut_ptr().cast();
        let mut sum = f64::NEG_INFINITY;
        for start in (0..self.ends.n).step_by(TILE) {
            // SAFETY: the caller's promise; `read_tile` fills `m` places, at least one; lanes and elements are placed within.
            unsafe {
                let m = self.read_tile(start, tile);
                let (mut top, mut numbers) = (sum, !sum.is_nan());
                for i in 0..m {
                    let x = tile.add(i).read();
                    top = if x > top { x } else { top };
                    numbers &= !x.is_nan();
                }
                let first = tile.read().max(sum);
                if numbers && top - first <= FAR && top.abs() >= 1.0 {
                    let wide = L::splat(top);
                    let mut total = [0.0; 1];
                    (L::splat(sum) - wide).exp().store_part(total.as_mut_ptr(), 1);
                    let [mut total] = total;
                    for i in (0..m).step_by(L::COUNT) {
                        let n = L::COUNT.min(m - i);
                        (L::load_part(tile.add(i), n) - wide).exp().store_part(tile.add(i), n);
                    }
                    for i in 0..m {
                        total += tile.add(i).read();
                        tile.add(i).write(total);
                    }
                    for i in (0..m).step_by(L::COUNT) {
                        let n = L::COUNT.min(m - i);
                        (L::load_part(tile.add(i), n).ln() + wide).store_part(tile.add(i), n);
                    }
                } else if !(numbers && top == f64::NEG_INFINITY) {
                    let mut so_far = L::splat(sum);
                    for i in 0..m {
                        so_far = log_add(so_far, L::splat(tile.add(i).read()));
                        so_far.store_part(tile.add(i), 1);
                    }
                }
                sum = tile.add(m - 1).read();
                self.write_tile(start, m, tile);
            }
        }
    }

    /// By lanes, which have the functions that are the same everywhere.
    ///
    /// # Safety
    /// As [`Job::arithmetic`].
    #[inline(always)]
    unsafe fn by_lanes<L: Lane, F: Step<L, L::Elem>>(self) {
        if self.width == 1 {
            let mut tile = [const { MaybeUninit::<L::Elem>::uninit() }; TILE];
            let tile: *mut L::Elem = tile.as_mut_ptr().cast();
            let mut sum = L::splat(F::START);
            for start in (0..self.ends.n).step_by(TILE) {
                // SAFETY: the caller's promise; `read_tile` fills `m` places.
                unsafe {
                    let m = self.read_tile(start, tile);
                    for i in 0..m {
                        sum = F::step(sum, L::splat(tile.add(i).read()));
                        sum.store_part(tile.add(i), 1);
                    }
                    self.write_tile(start, m, tile);
                }
            }
            return;
        }
        let mut sums = [F::START; WIDTH];
        let sums = sums.as_mut_ptr();
        let mut row = [const { MaybeUninit::<L::Elem>::uninit() }; WIDTH];
        let row: *mut L::Elem = row.as_mut_ptr().cast();
        let width = self.width.min(WIDTH);
        for line in 0..self.ends.n {
            // SAFETY: the caller's promise; `read_row` fills `width` places, and `sums` has as many.
            unsafe {
                self.read_row(line, row);
                for i in (0..width).step_by(L::COUNT) {
                    let m = L::COUNT.min(width - i);
                    let sum = F::step(L::load_part(sums.add(i), m), L::load_part(row.add(i), m));
                    sum.store_part(sums.add(i), m);
                    sum.store_part(row.add(i), m);
                }
                self.write_row(line, row);
            }
        }
    }
}

impl<L: Float<Elem = f64>> Step<L, f64> for RealLogs {
    const START: f64 = f64::NEG_INFINITY;
    #[inline(always)]
    fn step(sum: L, x: L) -> L {
        log_add(sum, x)
    }
}

impl Step<C128, [f64; 2]> for ComplexLogs {
    const START: [f64; 2] = [f64::NEG_INFINITY, 0.0];
    #[inline(always)]
    fn step(sum: C128, x: C128) -> C128 {
        log_add_complex(sum, x)
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
            // In torch's order, which decides where the real parts are equal.
            *y = crate::kernels::math::complex::log_add(parts[1][i], parts[0][i]);
        }
        C128::load(out.as_ptr())
    }
}
