//! How many elements are not 0, and what follows from it: whether all are, whether any is.
//!
//! Elements of one byte are counted where they lie; others in their compute type.

// Loops over places and no iterators: several arrays of them are gone through at once.
#![allow(clippy::needless_range_loop)]

use super::feed::{ROW, Rows, View};
use super::fold::Fold;
use super::{Target, Terms};
use crate::dtype::Compute;
use crate::kernels::convert::pack;
use crate::kernels::lanes::{Kernel, Simd, dispatch};
use crate::kernels::operand::{Dst, Src};
use crate::kernels::walk::Walk;
use crate::kernels::workers::{LONG, Shared, in_parts};

/// Elements that are tallied side by side.
const SIDE: usize = 64;
/// Elements of one byte in a part.
const BYTES: usize = 1 << 16;

/// `dst` (of any type that is no half and not complex) is how many elements of `src` are not 0, over the dimensions in
/// which `dst` has stride 0. Returns false as [`super::max`] does.
pub fn count(dst: &Dst, src: &Src) -> bool {
    told(Fold::Count, dst, src)
}

/// Whether all elements are not 0, as [`count`].
pub fn all(dst: &Dst, src: &Src) -> bool {
    told(Fold::All, dst, src)
}

/// Whether any element is not 0, as [`count`].
pub fn any(dst: &Dst, src: &Src) -> bool {
    told(Fold::Any, dst, src)
}

fn told(fold: Fold, dst: &Dst, src: &Src) -> bool {
    let to = Target { made: Compute::I64, ..Target::of(dst, src.dtype().compute(), Terms::Fold(fold), false) };
    to.checked(dst.shape(), src, src)
}

/// Makes of `n` counts among `total` elements each what a fold says.
///
/// # Safety
/// They must be at `out`, aligned, where the fold counts.
pub unsafe fn decide(fold: Fold, total: usize, out: *mut u8, n: usize) {
    let told: fn(i64, i64) -> i64 = match fold {
        Fold::All => |count, total| (count == total) as i64,
        Fold::Any => |count, _| (count > 0) as i64,
        _ => return,
    };
    for i in 0..n {
        // SAFETY: the caller's promise.
        unsafe {
            let at = out.cast::<i64>().add(i);
            at.write(told(at.read(), total as i64));
        }
    }
}

/// An element of which is asked whether it is 0.
trait Truth: Copy {
    /// What counts elements that lie side by side: as wide as they are, so that the loop vectorises.
    type Tally: Copy + Default + Into<u64>;
    /// How many a tally holds.
    const MOST: usize;
    fn holds(self) -> bool;
    fn more(tally: Self::Tally, holds: bool) -> Self::Tally;
}

macro_rules! truth {
    ($($t:ty, $tally:ty, $most:expr, |$x:ident| $holds:expr;)*) => { $(
        impl Truth for $t {
            type Tally = $tally;
            const MOST: usize = $most;
            #[inline(always)]
            fn holds(self) -> bool {
                let $x = self;
                $holds
            }
            #[inline(always)]
            fn more(tally: $tally, holds: bool) -> $tally {
                tally.wrapping_add(holds as $tally)
            }
        }
    )* };
}

truth! {
    u8, u8, 255, |x| x != 0;
    i64, u64, 1 << 20, |x| x != 0;
    f32, u32, 1 << 20, |x| x != 0.0;
    f64, u64, 1 << 20, |x| x != 0.0;
    [f32; 2], u64, 1 << 20, |x| x[0] != 0.0 || x[1] != 0.0;
    [f64; 2], u64, 1 << 20, |x| x[0] != 0.0 || x[1] != 0.0;
}

/// How many of the `n` elements at `p` are not 0.
///
/// # Safety
/// They must be readable.
#[inline(always)]
unsafe fn tally<T: Truth>(p: *const T, n: usize) -> i64 {
    let (mut sum, mut i) = (0u64, 0);
    // SAFETY: every element is placed within n.
    unsafe {
        while i + SIDE <= n {
            let mut tallies = [T::Tally::default(); SIDE];
            let end = n.min(i + T::MOST * SIDE);
            while i + SIDE <= end {
                let x = p.add(i).cast::<[T; SIDE]>().read_unaligned();
                for k in 0..SIDE {
                    tallies[k] = T::more(tallies[k], x[k].holds());
                }
                i += SIDE;
            }
            for tally in tallies {
                sum += tally.into();
            }
        }
        for k in i..n {
            sum += p.add(k).read_unaligned().holds() as u64;
        }
    }
    sum as i64
}

/// How many elements of each of `n` runs, `step` bytes apart, are not 0: to the counts at `out`, or added to these.
///
/// # Safety
/// The runs must be readable, `count` elements each, and `n` counts writable at `out`, aligned.
#[inline(always)]
pub(super) unsafe fn lines(
    compute: Compute,
    ptr: *const u8,
    (step, count): (isize, usize),
    n: usize,
    out: *mut u8,
    onto: bool,
) {
    for i in 0..n {
        let p = ptr.wrapping_offset(i as isize * step);
        // SAFETY: the caller's promise; `i` is below `n`.
        unsafe {
            let found = match compute {
                Compute::F32 => tally::<f32>(p.cast(), count),
                Compute::F64 => tally::<f64>(p.cast(), count),
                Compute::I64 => tally::<i64>(p.cast(), count),
                Compute::C64 => tally::<[f32; 2]>(p.cast(), count),
                Compute::C128 => tally::<[f64; 2]>(p.cast(), count),
            };
            let to = out.cast::<i64>().add(i);
            to.write(if onto { to.read() + found } else { found });
        }
    }
}

/// The same of `width` sequences side by side.
///
/// # Safety
/// The rows must be readable, `width` elements each, and as many counts writable at `out`, aligned.
#[inline(always)]
pub(super) unsafe fn columns(compute: Compute, width: usize, rows: Rows, out: *mut u8, onto: bool) {
    // SAFETY: the caller's promise.
    unsafe {
        let out = out.cast::<i64>();
        if !onto {
            out.write_bytes(0, width);
        }
        match compute {
            Compute::F32 => beside::<f32>(width, rows, out),
            Compute::F64 => beside::<f64>(width, rows, out),
            Compute::I64 => beside::<i64>(width, rows, out),
            Compute::C64 => beside::<[f32; 2]>(width, rows, out),
            Compute::C128 => beside::<[f64; 2]>(width, rows, out),
        }
    }
}

/// # Safety
/// The rows must be readable, `width` elements each, and as many counts at `out`.
#[inline(always)]
unsafe fn beside<T: Truth>(width: usize, rows: Rows, out: *mut i64) {
    const N: usize = 8;
    for row in 0..rows.n as isize {
        let p = rows.ptr.wrapping_offset(row * rows.step).cast::<T>();
        let mut i = 0;
        // SAFETY: the caller's promise.
        unsafe {
            while i + N <= width {
                let x = p.add(i).cast::<[T; N]>().read_unaligned();
                let mut counts = out.add(i).cast::<[i64; N]>().read();
                for k in 0..N {
                    counts[k] += x[k].holds() as i64;
                }
                out.add(i).cast::<[i64; N]>().write(counts);
                i += N;
            }
            while i < width {
                *out.add(i) += p.add(i).read_unaligned().holds() as i64;
                i += 1;
            }
        }
    }
}

/// How many of the bytes are not 0.
///
/// # Safety
/// As many must be readable.
struct Bytes(*const u8, usize);

impl Bytes {
    /// Of the `n` bytes at `ptr`.
    ///
    /// # Safety
    /// They must be readable.
    unsafe fn count(ptr: *const u8, n: usize) -> i64 {
        // SAFETY: the caller's promise.
        unsafe { dispatch(Bytes(ptr, n)) }
    }
}

impl Kernel for Bytes {
    type Output = i64;
    #[inline(always)]
    unsafe fn run<S: Simd>(self) -> i64 {
        // SAFETY: the kernel's promise.
        unsafe { tally::<u8>(self.0, self.1) }
    }
}

/// Adds how many bytes of each of `width` columns are not 0, at most [`ROW`], to the counts at `out`.
///
/// # Safety
/// The rows must be readable, `width` bytes each, and as many counts writable at `out`.
struct ByteColumns {
    rows: Rows,
    width: usize,
    out: *mut i64,
}

impl ByteColumns {
    /// Adds to as many counts.
    ///
    /// # Safety
    /// The rows must be readable, a byte for each count.
    unsafe fn count(rows: Rows, counts: &mut [i64]) {
        // SAFETY: the caller's promise; there are as many counts.
        unsafe { dispatch(ByteColumns { rows, width: counts.len().min(ROW), out: counts.as_mut_ptr() }) };
    }
}

impl Kernel for ByteColumns {
    type Output = ();
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Rows { ptr, step, n } = self.rows;
        let (whole, mut row) = (self.width - self.width % SIDE, 0);
        while row < n {
            let mut tallies = [[0u8; SIDE]; ROW / SIDE];
            let end = n.min(row + <u8 as Truth>::MOST);
            while row < end {
                let p = ptr.wrapping_offset(row as isize * step);
                // SAFETY: the kernel's promise; places are below `width`.
                unsafe {
                    for (side, tallies) in tallies.iter_mut().enumerate() {
                        let at = side * SIDE;
                        if at < whole {
                            let x = p.add(at).cast::<[u8; SIDE]>().read();
                            for k in 0..SIDE {
                                tallies[k] += (x[k] != 0) as u8;
                            }
                        } else {
                            for i in at..self.width {
                                tallies[i - at] += (p.add(i).read() != 0) as u8;
                            }
                            break;
                        }
                    }
                }
                row += 1;
            }
            for i in 0..self.width {
                // SAFETY: as above, of the counts.
                unsafe { *self.out.add(i) += i64::from(tallies[i / SIDE][i % SIDE]) };
            }
        }
    }
}

/// As [`Bytes`], a long run in parts. All and any need not look at what comes after the answer.
///
/// # Safety
/// `n` bytes must be readable at `ptr`.
unsafe fn count_bytes(fold: Fold, ptr: *const u8, n: usize) -> i64 {
    if n >= LONG && fold == Fold::Count {
        let parts = n.div_ceil(BYTES);
        let counted = std::sync::atomic::AtomicI64::new(0);
        // SAFETY: it is an address.
        let shared = unsafe { Shared::new(&ptr) };
        in_parts(parts, &|i| {
            // SAFETY: the part lies within the run.
            let part = unsafe { Bytes::count(shared.get().add(i * BYTES), BYTES.min(n - i * BYTES)) };
            counted.fetch_add(part, std::sync::atomic::Ordering::Relaxed);
        });
        return counted.into_inner();
    }
    let mut sum = 0;
    for start in (0..n).step_by(BYTES / 8) {
        let some = (BYTES / 8).min(n - start);
        // SAFETY: the part lies within the run.
        let found = unsafe { Bytes::count(ptr.add(start), some) };
        sum += found;
        let told = match fold {
            Fold::All => found < some as i64,
            Fold::Any => found > 0,
            _ => false,
        };
        if told {
            break;
        }
    }
    sum
}

impl Target<'_> {
    /// Folds that count, of elements of one byte in runs or in columns of rows that are runs; false, with nothing done, for others.
    ///
    /// # Safety
    /// As [`Target::alone`], whose walks these are over a shape without 0.
    pub(super) unsafe fn by_bytes(&self, fold: Fold, kept: &mut Walk<3>, summed: &Walk<2>, a: View) -> bool {
        let (n, step) = (summed.count(), summed.inner().steps[0]);
        let run = summed.dims().len() <= 1 && step == 1 && n >= SIDE;
        if !fold.counts() || a.dtype.size() != 1 {
            return false;
        }
        let across = kept.dims().iter().position(|d| d.steps[1] == 1 && d.n >= SIDE);
        if let Some(across) = across.filter(|_| !run && summed.dims().len() <= 1) {
            // SAFETY: the caller's promise; elements of one byte are as far apart as `across` says.
            unsafe { self.columns_of_bytes(fold, kept, across, (n, step), a.ptr) };
            return true;
        }
        if !run {
            return false;
        }
        kept.each(|[to, from, _]| {
            // SAFETY: the walks stay within the shape, so there are such a run and such an element, and a count of the run's.
            unsafe {
                let mut found = count_bytes(fold, a.ptr.wrapping_offset(from), n);
                decide(fold, n, (&raw mut found).cast(), 1);
                pack((&raw const found).cast(), Compute::I64, 1, self.ptr.wrapping_offset(to), self.dtype, 0);
            }
        });
        true
    }

    /// Columns along the kept dimension `across`, of `n` bytes `step` bytes apart.
    ///
    /// # Safety
    /// As [`Target::by_bytes`]; the bytes along `across` lie side by side.
    unsafe fn columns_of_bytes(
        &self,
        fold: Fold,
        kept: &mut Walk<3>,
        across: usize,
        (n, step): (usize, isize),
        ptr: *const u8,
    ) {
        let across = kept.remove(across);
        kept.each(|[to, from, _]| {
            for start in (0..across.n).step_by(ROW) {
                let width = ROW.min(across.n - start);
                let mut counts = [0i64; ROW];
                let rows = Rows { ptr: ptr.wrapping_offset(from + start as isize), step, n };
                let to = self.ptr.wrapping_offset(to + start as isize * across.steps[0]);
                // SAFETY: the walks stay within the shape, so there are such rows and as many elements, and a count of each
                // column.
                unsafe {
                    ByteColumns::count(rows, &mut counts[..width]);
                    let out = counts.as_mut_ptr();
                    decide(fold, n, out.cast(), width);
                    pack(out.cast(), Compute::I64, width, to, self.dtype, across.steps[0]);
                }
            }
        });
    }
}
