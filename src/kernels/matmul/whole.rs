//! Products of whole numbers, which wrap: of 32 bits where no result has more, since what is above wraps away.

use super::{Call, Tile};
use crate::dtype::{Compute, DType};
use crate::kernels::convert::{pack, unpack};
use crate::kernels::lanes::{Kernel, Simd};

/// Rows of the result at a time, and terms.
const ROWS: usize = 16;
const TERMS: usize = 32;
/// Bytes of a row of results.
const ROW: usize = 256;
/// Rows whose sums lie in registers together.
const TOGETHER: usize = 4;

/// A whole number that wraps.
trait Word: Copy {
    /// 0.
    const ZERO: Self;
    /// The lowest bits of `x`.
    fn cut(x: i64) -> Self;
    /// A number with these lowest bits.
    fn wide(self) -> i64;
    /// `self + x y`.
    fn plus(self, x: Self, y: Self) -> Self;
}

macro_rules! word {
    ($t:ty) => {
        impl Word for $t {
            const ZERO: Self = 0;
            #[inline(always)]
            fn cut(x: i64) -> Self {
                x as $t
            }
            #[inline(always)]
            fn wide(self) -> i64 {
                self.into()
            }
            #[inline(always)]
            fn plus(self, x: Self, y: Self) -> Self {
                self.wrapping_add(x.wrapping_mul(y))
            }
        }
    };
}
word!(i32);
word!(i64);

/// A product of whole numbers.
///
/// # Safety
/// What a [`Call`] asks for.
pub(super) struct Whole(pub Call);

impl Kernel for Whole {
    type Output = ();
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        // SAFETY: the kernel's promise.
        unsafe {
            match self.0.dst.dtype {
                DType::Int64 => product::<i64, 8, 32>(self.0),
                _ => product::<i32, 16, 64>(self.0),
            }
        }
    }
}

/// Reads `n` numbers as words, and 0 behind them.
///
/// # Safety
/// As [`unpack`]; `n` is at most `N`.
#[inline(always)]
unsafe fn read<W: Word, const N: usize>(from: *const u8, dtype: DType, step: isize, n: usize, to: &mut [W; N]) {
    let mut wide = [0i64; N];
    // SAFETY: the caller's promise.
    unsafe { unpack(from, dtype, step, n, wide.as_mut_ptr().cast(), Compute::I64) };
    // All of them: a loop of a known length becomes lanes.
    for i in 0..N {
        to[i] = W::cut(wide[i]);
    }
}

/// `LANE` words fill 64 bytes and `WIDTH` a row of results.
///
/// # Safety
/// The call's matrices must be readable, and its destination writable.
#[inline(always)]
unsafe fn product<W: Word, const LANE: usize, const WIDTH: usize>(call: Call) {
    const { assert!(WIDTH.is_multiple_of(LANE) && WIDTH * size_of::<W>() == ROW && WIDTH <= 64) };
    let Call { dst, a, b, m, k, n, accumulate } = call;
    if n < LANE / 2 {
        // SAFETY: the caller's promise.
        return unsafe { by_columns::<W, LANE>(call) };
    }
    let mut left = [[W::ZERO; TERMS]; ROWS];
    let mut right = [[W::ZERO; WIDTH]; TERMS];
    for j in (0..n).step_by(WIDTH) {
        let columns = WIDTH.min(n - j);
        for i in (0..m).step_by(ROWS) {
            let rows = ROWS.min(m - i);
            let at = |r: usize| dst.ptr.wrapping_offset((i + r) as isize * dst.steps[0] + j as isize * dst.steps[1]);
            let mut sums = [[W::ZERO; WIDTH]; ROWS];
            if accumulate {
                for (r, sums) in sums[..rows].iter_mut().enumerate() {
                    // SAFETY: rows i to i + rows and columns j to j + columns are in the result.
                    unsafe { read(at(r), dst.dtype, dst.steps[1], columns, sums) };
                }
            }
            for t in (0..k).step_by(TERMS) {
                let terms = TERMS.min(k - t);
                for (r, left) in left[..rows].iter_mut().enumerate() {
                    let from = a.ptr.wrapping_offset((i + r) as isize * a.steps[0] + t as isize * a.steps[1]);
                    // SAFETY: terms t to t + terms of these rows are in the first factor.
                    unsafe { read(from, a.dtype, a.steps[1], terms, left) };
                }
                for (s, right) in right[..terms].iter_mut().enumerate() {
                    let from = b.ptr.wrapping_offset((t + s) as isize * b.steps[0] + j as isize * b.steps[1]);
                    // SAFETY: these columns of terms t to t + terms are in the second factor.
                    unsafe { read(from, b.dtype, b.steps[1], columns, right) };
                }
                for r in (0..rows).step_by(TOGETHER) {
                    for c in (0..columns).step_by(LANE) {
                        add::<W, LANE, WIDTH>(&mut sums, &left, &right, (r, c), terms);
                    }
                }
            }
            let mut wide = Tile::<1>::new();
            for (r, sums) in sums[..rows].iter().enumerate() {
                let row: *mut i64 = wide.row(0);
                for (c, sum) in sums[..columns].iter().enumerate() {
                    // SAFETY: a row has room for 64 numbers of 8 bytes.
                    unsafe { row.add(c).write(sum.wide()) };
                }
                // SAFETY: as above; the row has just been written.
                unsafe { pack(row.cast(), Compute::I64, columns, at(r), dst.dtype, dst.steps[1]) };
            }
        }
    }
}

/// A product of few columns: the terms of a sum lie in lanes, and not its neighbours.
///
/// # Safety
/// As [`product`].
#[inline(always)]
unsafe fn by_columns<W: Word, const LANE: usize>(Call { dst, a, b, m, k, n, accumulate }: Call) {
    for j in 0..n {
        for i in (0..m).step_by(ROWS) {
            let rows = ROWS.min(m - i);
            let mut sums = [[W::ZERO; LANE]; ROWS];
            for t in (0..k).step_by(TERMS) {
                let terms = TERMS.min(k - t);
                let (mut left, mut right) = ([W::ZERO; TERMS], [W::ZERO; TERMS]);
                let from = b.ptr.wrapping_offset(t as isize * b.steps[0] + j as isize * b.steps[1]);
                // SAFETY: terms t to t + terms of the column are in the second factor.
                unsafe { read(from, b.dtype, b.steps[0], terms, &mut right) };
                for (r, sums) in sums[..rows].iter_mut().enumerate() {
                    let from = a.ptr.wrapping_offset((i + r) as isize * a.steps[0] + t as isize * a.steps[1]);
                    // SAFETY: these terms of rows i to i + rows are in the first factor.
                    unsafe { read(from, a.dtype, a.steps[1], terms, &mut left) };
                    for s in (0..TERMS).step_by(LANE) {
                        for (c, sum) in sums.iter_mut().enumerate() {
                            *sum = sum.plus(left[s + c], right[s + c]);
                        }
                    }
                }
            }
            for (r, sums) in sums[..rows].iter().enumerate() {
                let to = dst.ptr.wrapping_offset((i + r) as isize * dst.steps[0] + j as isize * dst.steps[1]);
                let mut sum = [0i64];
                // SAFETY: the row and the column are in the result.
                unsafe {
                    if accumulate {
                        unpack(to, dst.dtype, dst.steps[1], 1, sum.as_mut_ptr().cast(), Compute::I64);
                    }
                    sum[0] = sums.iter().fold(sum[0], |all, sum| all.wrapping_add(sum.wide()));
                    pack(sum.as_ptr().cast(), Compute::I64, 1, to, dst.dtype, dst.steps[1]);
                }
            }
        }
    }
}

/// In a loop: its turns are not to be computed together. Of turns whose sums are whole the compiler would make lanes, and
/// gather their elements, where the lanes are to be those of a row.
#[inline(always)]
fn one_after_the_other() {
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    // SAFETY: it has no instructions.
    unsafe {
        std::arch::asm!("", options(nomem, nostack, preserves_flags));
    }
}

/// Adds the products of `terms` terms to [`TOGETHER`] rows and a lane of columns of `sums`.
#[inline(always)]
fn add<W: Word, const LANE: usize, const WIDTH: usize>(
    sums: &mut [[W; WIDTH]; ROWS],
    left: &[[W; TERMS]; ROWS],
    right: &[[W; WIDTH]; TERMS],
    (r, c): (usize, usize),
    terms: usize,
) {
    let mut own = [[W::ZERO; LANE]; TOGETHER];
    for (q, own) in own.iter_mut().enumerate() {
        own.copy_from_slice(&sums[r + q][c..c + LANE]);
    }
    for s in 0..terms {
        one_after_the_other();
        let row = &right[s][c..c + LANE];
        for (q, own) in own.iter_mut().enumerate() {
            let x = left[r + q][s];
            for (sum, &y) in own.iter_mut().zip(row) {
                *sum = sum.plus(x, y);
            }
        }
    }
    for (q, own) in own.iter().enumerate() {
        sums[r + q][c..c + LANE].copy_from_slice(own);
    }
}
