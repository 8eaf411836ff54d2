//! Matrix products.
//!
//! float32, float64 and the complex types go to `faer`, sequentially, so it makes no heap call. A large product is cut into
//! strips of the result, by its shape alone, which threads share: their number changes no bit. Its kernels want aligned operands of one
//! type; half types, and what is not aligned, take the loop here. Small matrices ([`small`]) and whole numbers ([`whole`]) have
//! loops of their own; vectors and outer products have none: faer is as fast as a loop made for them. Products are the one kernel whose bits may differ between instruction sets.

use super::convert::{pack, unpack};
use super::lanes::{C64, C128, Kernel, Lane, Simd, dispatch};
use super::lines::Scratch;
use super::operand::{Dst, Src};
use super::transpose::transposed_any;
use super::workers::{Shared, in_parts};
use crate::dtype::{Compute, DType};
use faer::linalg::matmul::matmul as faer_matmul;
use faer::{Accum, MatMut, MatRef, Par, c32, c64};
use std::mem::MaybeUninit;

mod small;
mod whole;

/// From how many products of numbers on it is worth cutting.
const LONG: usize = 1 << 21;
/// Columns (or rows) of a strip.
const STRIP: usize = 128;

/// Rows of the result that the loop here computes at a time.
const ROWS: usize = 16;
/// Bytes of a row of its tiles: 8 lanes.
const ROW: usize = 512;
/// Terms that it adds at a time.
const TERMS: usize = 16;

/// A matrix: the address of its first element, its type, and bytes from a row and a column to the next.
#[derive(Clone, Copy)]
struct Matrix<P> {
    ptr: P,
    dtype: DType,
    steps: [isize; 2],
}

impl<P: Copy> Matrix<P> {
    /// The transpose.
    fn flipped(&self) -> Self {
        Matrix { steps: [self.steps[1], self.steps[0]], ..*self }
    }

    /// The steps in elements.
    fn strides(&self) -> [isize; 2] {
        self.steps.map(|s| s / self.dtype.size() as isize)
    }
}

/// One product: `dst` is `[m, n]`, `a` is `[m, k]`, `b` is `[k, n]`. What computes it asks that the factors be readable and the
/// result writable.
#[derive(Clone, Copy)]
struct Call {
    dst: Matrix<*mut u8>,
    a: Matrix<*const u8>,
    b: Matrix<*const u8>,
    m: usize,
    k: usize,
    n: usize,
    accumulate: bool,
}

/// Bytes from one matrix of a batch to the next: of the result, and of both factors.
type Steps = [isize; 3];

/// `dst = a b`, or `dst += a b` with `accumulate`: `[m, k]` by `[k, n]` to `[m, n]`, of any strides.
///
/// float16 and bfloat16 are computed in float32 and rounded once; integers wrap. Without terms the
/// product is 0. `dst` must overlap neither operand. Returns false, with nothing written, where the
/// shapes disagree.
pub fn matmul(dst: &Dst, a: &Src, b: &Src, accumulate: bool) -> bool {
    let (&[m, n], &[am, ak], &[bk, bn]) = (dst.shape(), a.shape(), b.shape()) else { return false };
    if (m, n, ak) != (am, bn, bk) {
        return false;
    }
    // SAFETY: the operands have the shapes of a product.
    unsafe { Call::new(dst, a, b, 0, accumulate).run() };
    true
}

/// As [`matmul`], for each of a batch: `[batch, m, k]` by `[batch, k, n]` to `[batch, m, n]`. A batch
/// that was expanded may have stride 0.
pub fn bmm(dst: &Dst, a: &Src, b: &Src, accumulate: bool) -> bool {
    let (&[batch, m, n], &[ab, am, ak], &[bb, bk, bn]) = (dst.shape(), a.shape(), b.shape()) else { return false };
    if (batch, m, n, ak) != (ab, am, bn, bk) || ab != bb {
        return false;
    }
    let call = Call::new(dst, a, b, 1, accumulate);
    if call.is_nothing() {
        // However large the batch: its matrices have no elements, or nothing is added to them.
        return true;
    }
    let step = |stride: i64, dtype: DType| stride as isize * dtype.size() as isize;
    let steps = [step(dst.strides()[0], dst.dtype()), step(a.strides()[0], a.dtype()), step(b.strides()[0], b.dtype())];
    let batch = batch as usize;
    // SAFETY: the operands have the shapes of a batch of products, of which these are some.
    let some_of = |first: usize, end: usize| unsafe {
        match small::Small::of(call, steps, first, end) {
            Some(small) => dispatch(small),
            None => (first..end).for_each(|i| call.of_batch(steps, i).run()),
        }
    };
    // A matrix that is long alone is cut itself; of short ones, as many make a part as are worth one.
    let each = call.work().max(1);
    if each >= LONG || batch < 2 || each.saturating_mul(batch) < LONG {
        some_of(0, batch);
        return true;
    }
    let some = (LONG / 4).div_ceil(each);
    // SAFETY: it holds pointers and numbers.
    let some_of = unsafe { Shared::new(&some_of) };
    in_parts(batch.div_ceil(some), &|p| some_of.get()(p * some, batch.min((p + 1) * some)));
    true
}

impl Call {
    /// The product of the last two dimensions, of which `d` is the first.
    fn new(dst: &Dst, a: &Src, b: &Src, d: usize, accumulate: bool) -> Self {
        let steps = |strides: &[i64], dtype: DType| {
            [strides[d], strides[d + 1]].map(|s| (s as isize).wrapping_mul(dtype.size() as isize))
        };
        let source = |s: &Src| Matrix { ptr: s.ptr(), dtype: s.dtype(), steps: steps(s.strides(), s.dtype()) };
        let [m, n] = [dst.shape()[d] as usize, dst.shape()[d + 1] as usize];
        let dst = Matrix { ptr: dst.ptr(), dtype: dst.dtype(), steps: steps(dst.strides(), dst.dtype()) };
        Call { dst, a: source(a), b: source(b), m, k: a.shape()[d + 1] as usize, n, accumulate }
    }

    /// The `i`th of a batch of which it is the first.
    #[inline(always)]
    fn of_batch(mut self, steps: Steps, i: usize) -> Call {
        let i = i as isize;
        // wrapping: an empty operand's strides may be anything, and it is never read.
        self.dst.ptr = self.dst.ptr.wrapping_offset(steps[0].wrapping_mul(i));
        self.a.ptr = self.a.ptr.wrapping_offset(steps[1].wrapping_mul(i));
        self.b.ptr = self.b.ptr.wrapping_offset(steps[2].wrapping_mul(i));
        self
    }

    /// Whether there is nothing to write.
    fn is_nothing(&self) -> bool {
        self.m == 0 || self.n == 0 || self.k == 0 && self.accumulate
    }

    /// How many numbers are multiplied.
    fn work(&self) -> usize {
        self.m.saturating_mul(self.k).saturating_mul(self.n)
    }

    /// Computes it.
    ///
    /// # Safety
    /// What a call asks for.
    unsafe fn run(self) {
        if self.is_nothing() {
            return;
        }
        if let Some(call) = self.turned() {
            let size = call.a.dtype.size();
            // Lines that lie a power of 2 apart would share few places of a cache.
            let line = call.k * size + if call.k * size % 1024 == 0 { 64 } else { 0 };
            if let Ok(mut room) = Scratch::<u64>::new((call.m * line).div_ceil(8)) {
                let (to, line) = (room.as_mut_ptr().cast::<u8>(), line as isize);
                // SAFETY: the caller's promise; the room holds the factor, and stays until the product is there.
                unsafe {
                    let [row, column] = call.a.steps;
                    transposed_any(size, to, call.a.ptr, [call.m, call.k], [line, row], [size as isize, column]);
                    let a = Matrix { ptr: to.cast_const(), dtype: call.a.dtype, steps: [line, size as isize] };
                    return Call { a, ..call }.parted();
                }
            }
        }
        // SAFETY: the caller's promise.
        unsafe { self.parted() };
    }

    /// A large product, or its transpose, whose first factor lies the other way round than the result: faer packs it anew
    /// for each strip, and is up to a half slower where it has to turn it then. None for others.
    fn turned(&self) -> Option<Call> {
        /// Bytes of a factor at most: room for as many is kept for the next product.
        const MOST: usize = 16 << 20;
        let (dtype, size) = (self.dst.dtype, self.dst.dtype.size());
        if self.work() < LONG || self.m.min(self.n).min(self.k) < STRIP / 2 {
            return None;
        }
        let own = self.a.dtype == dtype && self.b.dtype == dtype && dtype.compute() != Compute::I64 && !dtype.is_half();
        let apart = |matrix: [isize; 2]| matrix[0].unsigned_abs() < matrix[1].unsigned_abs();
        let call = if apart(self.dst.steps) { self.flipped() } else { *self };
        (own && call.m * call.k <= MOST / size && apart(call.a.steps)).then_some(call)
    }

    /// The product of the transposes, which is the transpose.
    fn flipped(&self) -> Call {
        Call { dst: self.dst.flipped(), a: self.b.flipped(), b: self.a.flipped(), m: self.n, n: self.m, ..*self }
    }

    /// The product, in strips where it is large.
    ///
    /// # Safety
    /// What a call asks for.
    unsafe fn parted(self) {
        // Cut where the result's elements follow each other, if that gives enough: faer packs the factor that has those
        // columns (rows, of a result that lies so) and is up to a quarter slower where each strip packs all of it anew.
        let by_columns = self.dst.steps[1].abs() <= self.dst.steps[0].abs();
        let [near, far] = if by_columns { [self.n, self.m] } else { [self.m, self.n] };
        let is_near = near >= far || near >= 4 * STRIP;
        let [long, short] = if is_near { [near, far] } else { [far, near] };
        let wide = match (short < 16, is_near) {
            // What is read once only should be read in long runs.
            (true, _) => 8 * STRIP,
            (false, true) => STRIP,
            (false, false) => 2 * STRIP,
        };
        if self.work() < LONG || long <= wide {
            // SAFETY: the caller's promise.
            return unsafe { self.alone() };
        }
        // SAFETY: it holds pointers and numbers.
        let whole = unsafe { Shared::new(&self) };
        let rows = is_near != by_columns;
        // SAFETY: the caller's promise; a strip lies within the product.
        in_parts(long.div_ceil(wide), &|i| unsafe { whole.get().strip(rows, i * wide, wide).alone() });
    }

    /// `wide` rows of the product from row `start` on, or that many columns.
    fn strip(&self, rows: bool, start: usize, wide: usize) -> Call {
        let (mut strip, offset) = (*self, start as isize);
        let of = if rows { &mut strip.m } else { &mut strip.n };
        *of = wide.min(*of - start);
        if rows {
            strip.dst.ptr = strip.dst.ptr.wrapping_offset(offset * self.dst.steps[0]);
            strip.a.ptr = strip.a.ptr.wrapping_offset(offset * self.a.steps[0]);
        } else {
            strip.dst.ptr = strip.dst.ptr.wrapping_offset(offset * self.dst.steps[1]);
            strip.b.ptr = strip.b.ptr.wrapping_offset(offset * self.b.steps[1]);
        }
        strip
    }

    /// The whole product, on this thread.
    ///
    /// # Safety
    /// What a call asks for.
    unsafe fn alone(self) {
        let dtype = self.dst.dtype;
        if let Some(small) = small::Small::of(self, [0; 3], 0, 1) {
            // SAFETY: the caller's promise.
            return unsafe { dispatch(small) };
        }
        if dtype.compute() == Compute::I64 {
            // SAFETY: the caller's promise.
            return unsafe { dispatch(whole::Whole(self)) };
        }
        let size = dtype.real().size();
        let aligned = [self.dst.ptr.cast_const(), self.a.ptr, self.b.ptr].iter().all(|p| p.addr() % size == 0);
        if aligned && self.k > 0 && self.a.dtype == dtype && self.b.dtype == dtype {
            // SAFETY: the caller's promise; they are aligned and of this type.
            unsafe {
                match dtype {
                    DType::Float32 => return self.faer::<f32>(1.0),
                    DType::Float64 => return self.faer::<f64>(1.0),
                    DType::Complex64 => return self.faer::<c32>(c32::new(1.0, 0.0)),
                    DType::Complex128 => return self.faer::<c64>(c64::new(1.0, 0.0)),
                    _ => {}
                }
            }
        }
        // SAFETY: the caller's promise.
        unsafe { dispatch(Tiled(self)) };
    }

    /// # Safety
    /// All three must be aligned matrices of `T`.
    unsafe fn faer<T: faer::traits::ComplexField>(self, one: T) {
        let (to, from, by) = (self.dst.strides(), self.a.strides(), self.b.strides());
        let accum = if self.accumulate { Accum::Add } else { Accum::Replace };
        // SAFETY: the caller's promise.
        unsafe {
            let dst = MatMut::from_raw_parts_mut(self.dst.ptr.cast::<T>(), self.m, self.n, to[0], to[1]);
            let a = MatRef::from_raw_parts(self.a.ptr.cast::<T>(), self.m, self.k, from[0], from[1]);
            let b = MatRef::from_raw_parts(self.b.ptr.cast::<T>(), self.k, self.n, by[0], by[1]);
            faer_matmul(dst, accum, a, b, one, Par::Seq);
        }
    }
}

/// The product by tiles of the compute type, for every type but whole numbers, and every alignment.
///
/// # Safety
/// What a [`Call`] asks for.
struct Tiled(Call);

impl Kernel for Tiled {
    type Output = ();
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        // SAFETY: the kernel's promise.
        unsafe {
            match self.0.dst.dtype.compute() {
                Compute::F32 => tiled::<S::F32>(self.0),
                Compute::F64 => tiled::<S::F64>(self.0),
                Compute::I64 => {}
                Compute::C64 => tiled::<C64>(self.0),
                Compute::C128 => tiled::<C128>(self.0),
            }
        }
    }
}

/// A row of each of `N` rows of results or terms.
#[repr(align(64))]
struct Tile<const N: usize>(MaybeUninit<[[u8; ROW]; N]>);

impl<const N: usize> Tile<N> {
    fn new() -> Self {
        Tile(MaybeUninit::uninit())
    }
    fn row<T>(&mut self, i: usize) -> *mut T {
        self.0.as_mut_ptr().cast::<u8>().wrapping_add(i * ROW).cast()
    }
}

/// Each result's terms are added one after the other, so the tiles' sizes change no bit.
///
/// # Safety
/// The call's matrices must be readable, and its destination writable.
#[inline(always)]
unsafe fn tiled<L: Lane>(call: Call) {
    let Call { dst, a, b, m, k, n, accumulate } = call;
    let (size, width) = (size_of::<L::Elem>(), ROW / size_of::<L::Elem>());
    let (mut sums, mut left, mut right) = (Tile::<ROWS>::new(), Tile::<ROWS>::new(), Tile::<TERMS>::new());
    for i in (0..m).step_by(ROWS) {
        for j in (0..n).step_by(width) {
            let (rows, columns) = (ROWS.min(m - i), width.min(n - j));
            let lanes = columns.div_ceil(L::COUNT);
            let at = |r: usize| dst.ptr.wrapping_offset((i + r) as isize * dst.steps[0] + j as isize * dst.steps[1]);
            // SAFETY: rows i to i + rows and columns j to j + columns are in the matrices, and so are the
            // terms t to t + terms; tiles have room for them, rounded up to lanes, which are all written
            // before they are read: `right` is cleared first.
            unsafe {
                for r in 0..rows {
                    for w in 0..lanes {
                        L::lit(0.0).store(sums.row::<L::Elem>(r).add(w * L::COUNT));
                    }
                    if accumulate {
                        unpack(at(r), dst.dtype, dst.steps[1], columns, sums.row(r), L::COMPUTE);
                    }
                }
                std::ptr::write_bytes(right.row::<u8>(0), 0, TERMS * ROW);
                for t in (0..k).step_by(TERMS) {
                    let terms = TERMS.min(k - t);
                    for r in 0..rows {
                        let from = a.ptr.offset((i + r) as isize * a.steps[0] + t as isize * a.steps[1]);
                        unpack(from, a.dtype, a.steps[1], terms, left.row(r), L::COMPUTE);
                    }
                    for s in 0..terms {
                        let from = b.ptr.offset((t + s) as isize * b.steps[0] + j as isize * b.steps[1]);
                        unpack(from, b.dtype, b.steps[1], columns, right.row(s), L::COMPUTE);
                    }
                    for r in 0..rows {
                        let (sums, left) = (sums.row::<L::Elem>(r), left.row::<L::Elem>(r));
                        let at = |s: usize| right.0.as_ptr().cast::<u8>().wrapping_add(s * ROW).cast::<L::Elem>();
                        for w in 0..lanes {
                            let sum = sums.add(w * L::COUNT);
                            let mut x = L::load(sum);
                            for s in 0..terms {
                                x = x + L::splat(left.add(s).read()) * L::load(at(s).add(w * L::COUNT));
                            }
                            x.store(sum);
                        }
                    }
                }
                for r in 0..rows {
                    debug_assert!(columns * size <= ROW);
                    pack(sums.row(r), L::COMPUTE, columns, at(r), dst.dtype, dst.steps[1]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
