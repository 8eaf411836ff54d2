//! Copies and fills: elements from one layout and type to another.

use super::blocks::{fill_run as fill_bytes, move_run, reverse_run};
use super::convert::{pack, unpack};
use super::lanes::{Kernel, Simd, dispatch};
use super::operand::{Dst, DstRun, Src};
use super::transpose::{Turn, strided, transposed, transposed_any};
use super::walk::{Dim, MAX_DIMS, Walk};
use super::workers::{LONG, PART, Shared, in_parts};
use crate::dtype::{Compute, DType, Scalar};
use std::mem::MaybeUninit;

/// Bytes of the tile through which a conversion passes.
const TILE: usize = 4096;

#[repr(align(64))]
struct Tile(MaybeUninit<[u8; TILE]>);

/// Copies `src` to `dst`, converting each element.
///
/// Floats are cut to integers as x86 cuts them and integers wrap, as in torch; a complex number becomes
/// real by its real part. `src` may have stride 0 where it was expanded. The operands must not overlap,
/// or be the same. Returns false, with nothing written, where the shapes disagree or have more than 64
/// dimensions.
pub fn copy(dst: &Dst, src: &Src) -> bool {
    let shape = dst.shape();
    if src.shape() != shape {
        return false;
    }
    if shape.contains(&0) {
        return true;
    }
    let widest = |&d: &usize| dst.strides()[d].unsigned_abs().saturating_mul((shape[d] > 1).into());
    match (0..shape.len()).max_by_key(widest) {
        Some(d) if dst.numel() >= LONG && shape.len() <= MAX_DIMS => shared(dst, src, d),
        _ => alone(dst, src),
    }
}

/// Copies parts along dimension `d`, which threads share.
fn shared(dst: &Dst, src: &Src, d: usize) -> bool {
    let (shape, n) = (dst.shape(), dst.shape()[d] as usize);
    let width = n.div_ceil((dst.numel() / PART).clamp(1, n));
    let both = (dst, src);
    // SAFETY: they hold pointers, numbers and shapes.
    let both = unsafe { Shared::new(&both) };
    in_parts(n.div_ceil(width), &|i| {
        let ((dst, src), mut part) = (both.get(), [0; MAX_DIMS]);
        let part = &mut part[..shape.len()];
        part.copy_from_slice(shape);
        part[d] = width.min(n - i * width) as i64;
        let start = (i * width) as i64;
        // No other part writes these elements; where both operands are the same, each is copied to where it is.
        assert!(alone(&dst.part(part, d, start), &src.part(part, d, start)), "its dimensions were counted");
    });
    true
}

/// As [`copy`] of operands that agree and have elements, on this thread.
fn alone(dst: &Dst, src: &Src) -> bool {
    let (shape, to, from) = (dst.shape(), dst.dtype(), src.dtype());
    if to == from && dst.is_contiguous() && src.is_contiguous() {
        // SAFETY: both have this many elements in a run. They may be the same, so it is a move.
        unsafe { move_run(src.ptr(), dst.ptr(), dst.numel() * to.size()) };
        return true;
    }
    if to == from && matches!(shape.len(), 1 | 2) && dst.numel() <= ONE_BY_ONE {
        one_by_one(dst, src);
        return true;
    }
    let mut walk = Walk::new();
    if !walk.cover(shape, [(dst.strides(), to.size()), (src.strides(), from.size())]) {
        return false;
    }
    walk.sort_by(0);
    walk.merge();
    if to != from {
        convert(&mut walk, dst, src);
        return true;
    }
    match to.size() {
        1 => same::<u8>(&mut walk, dst, src),
        2 => same::<u16>(&mut walk, dst, src),
        4 => same::<u32>(&mut walk, dst, src),
        8 => same::<u64>(&mut walk, dst, src),
        _ => same::<u128>(&mut walk, dst, src),
    }
    true
}

/// So many elements are copied one by one: to find a better way would take longer.
const ONE_BY_ONE: usize = 16;

/// Copies so few elements of one or two dimensions, row by row. Their types are one.
fn one_by_one(dst: &Dst, src: &Src) {
    let (shape, size) = (dst.shape(), dst.dtype().size());
    let step = |strides: &[i64], d: usize| (strides[d] as isize).wrapping_mul(size as isize);
    let last = shape.len() - 1;
    let rows = if last > 0 { shape[0] } else { 1 };
    let across = [step(dst.strides(), last), step(src.strides(), last)];
    let down = [step(dst.strides(), 0), step(src.strides(), 0)];
    let row: unsafe fn(*mut u8, isize, *const u8, isize, usize) = match size {
        1 => strided::<u8>,
        2 => strided::<u16>,
        4 => strided::<u32>,
        8 => strided::<u64>,
        _ => strided::<u128>,
    };
    for i in 0..rows as isize {
        let (to, from) = (dst.ptr().wrapping_offset(i * down[0]), src.ptr().wrapping_offset(i * down[1]));
        // SAFETY: both operands have this row.
        unsafe { row(to, across[0], from, across[1], shape[last] as usize) };
    }
}

/// Takes out of the walk what a transposed copy turns: the dimension in which the source is densest, and the
/// destination's own, which is the walk's last. Nothing where that is the same.
fn crossing(walk: &mut Walk<2>) -> Option<[Dim<2>; 2]> {
    let (inner, last) = (walk.inner(), walk.dims().len().checked_sub(1)?);
    let spread = |d: &Dim<2>| d.steps[1].unsigned_abs();
    let denser = |&(_, d): &(usize, &Dim<2>)| d.steps[1] != 0 && spread(d) < spread(&inner);
    let (densest, _) = walk.dims().iter().enumerate().filter(denser).min_by_key(|(_, d)| spread(d))?;
    let inner = walk.remove(last);
    Some([walk.remove(densest), inner])
}

/// Rows of at most so many elements, where there are so many of them, are copied by their columns.
const NARROW: usize = 4;
const MANY: usize = 16;
/// Runs of fewer elements are not turned round in blocks.
const FEW_BACKWARDS: usize = 16;

/// Copies elements as bits of their size.
fn same<T: Turn>(walk: &mut Walk<2>, dst: &Dst, src: &Src) {
    let size = size_of::<T>() as isize;
    if let Some([row, column]) = crossing(walk) {
        return walk.each(|[to, from]| {
            // SAFETY: the walk and the two dimensions stay within the shape.
            unsafe {
                let (to, from) = (dst.ptr().offset(to), src.ptr().offset(from));
                transposed::<T>(to, from, [row.n, column.n], row.steps, column.steps);
            }
        });
    }
    let row = walk.inner();
    if row.n <= NARROW && walk.count() / row.n >= MANY {
        // Row by row, finding the next row would cost more than its elements: column by column.
        let few = walk.remove(walk.dims().len() - 1);
        let column = walk.inner();
        return walk.rows(|offsets, n| {
            for i in 0..few.n as isize {
                let [to, from] = [0, 1].map(|j| offsets[j] + i * few.steps[j]);
                // SAFETY: the walk and the dimension taken out of it stay within the shape.
                unsafe {
                    strided::<T>(dst.ptr().offset(to), column.steps[0], src.ptr().offset(from), column.steps[1], n);
                }
            }
        });
    }
    walk.rows(|[to, from], n| {
        // SAFETY: the walk stays within the shape; a row with steps of one element is a run.
        unsafe {
            let (to, from) = (dst.ptr().offset(to), src.ptr().offset(from));
            if row.steps == [size, size] {
                move_run(from, to, n * size_of::<T>());
            } else if row.steps == [size, 0] {
                spread_any(to, from, size_of::<T>(), n, size);
            } else if row.steps == [size, -size] && n >= FEW_BACKWARDS {
                match size {
                    1 => reverse_run::<u8, 64>(from, to, n),
                    2 => reverse_run::<u16, 32>(from, to, n),
                    4 => reverse_run::<u32, 16>(from, to, n),
                    8 => reverse_run::<u64, 8>(from, to, n),
                    _ => reverse_run::<u128, 4>(from, to, n),
                }
            } else {
                strided::<T>(to, row.steps[0], from, row.steps[1], n);
            }
        }
    });
}

/// Writes `x` to `n` elements, `step` bytes apart.
///
/// # Safety
/// They must be writable.
#[inline]
unsafe fn spread<T: Copy>(to: *mut u8, x: T, n: usize, step: isize) {
    for i in 0..n as isize {
        // SAFETY: the caller's promise.
        unsafe { to.offset(i * step).cast::<T>().write_unaligned(x) };
    }
}

/// Copies between element types.
fn convert(walk: &mut Walk<2>, dst: &Dst, src: &Src) {
    let mut tile = Tile(MaybeUninit::uninit());
    let rows = Rows { to: dst.dtype(), from: src.dtype(), tile: tile.0.as_mut_ptr().cast() };
    if let Some(dims) = crossing(walk) {
        return turned(walk, dst, src, &rows, dims);
    }
    let [to_step, from_step] = walk.inner().steps;
    // SAFETY: the walk stays within the shape.
    walk.rows(|[to, from], n| unsafe {
        rows.convert(dst.ptr().offset(to), to_step, src.ptr().offset(from), from_step, n);
    });
}

/// Copies between element types what lies the other way round in the source: panels of it are turned first.
#[inline(never)]
fn turned(walk: &mut Walk<2>, dst: &Dst, src: &Src, rows: &Rows, [row, column]: [Dim<2>; 2]) {
    /// Rows of a panel, which are as long as fits a tile.
    const HIGH: usize = 16;
    let mut panel = Tile(MaybeUninit::uninit());
    let panel = panel.0.as_mut_ptr().cast::<u8>();
    let size = src.dtype().size();
    let wide = TILE / HIGH / size;
    let line = (wide * size) as isize;
    walk.each(|[to, from]| {
        for c in (0..column.n).step_by(wide) {
            for r in (0..row.n).step_by(HIGH) {
                let (m, n) = (HIGH.min(row.n - r), wide.min(column.n - c));
                let [to, from] =
                    [0, 1].map(|j| [to, from][j] + r as isize * row.steps[j] + c as isize * column.steps[j]);
                // SAFETY: the walk and the two dimensions stay within the shape; a panel has room for HIGH rows.
                unsafe {
                    let (to, from, steps) = (dst.ptr().offset(to), src.ptr().offset(from), size as isize);
                    transposed_any(size, panel, from, [m, n], [line, row.steps[1]], [steps, column.steps[1]]);
                    for i in 0..m as isize {
                        let to = to.offset(i * row.steps[0]);
                        rows.convert(to, column.steps[0], panel.offset(i * line), steps, n);
                    }
                }
            }
        }
    });
}

/// Converts rows from one element type to another.
struct Rows {
    to: DType,
    from: DType,
    /// Room for [`TILE`] bytes.
    tile: *mut u8,
}

impl Rows {
    /// # Safety
    /// `n` elements must be readable and writable, so many bytes apart.
    #[inline]
    unsafe fn convert(&self, to: *mut u8, to_step: isize, from: *const u8, from_step: isize, n: usize) {
        let own =
            |dtype: DType, step: isize| dtype == DType::from_compute(dtype.compute()) && step == dtype.size() as isize;
        let compute = self.from.compute();
        // SAFETY: the caller's promise; `most` elements of the compute type fit the tile.
        unsafe {
            // One side needs no tile where it lies in a run of a compute type.
            if own(self.to, to_step) {
                return unpack(from, self.from, from_step, n, to, self.to.compute());
            }
            if own(self.from, from_step) {
                return pack(from, compute, n, to, self.to, to_step);
            }
            let most = TILE / DType::from_compute(compute).size();
            for i in (0..n).step_by(most) {
                let n = most.min(n - i);
                unpack(from.offset(i as isize * from_step), self.from, from_step, n, self.tile, compute);
                pack(self.tile, compute, n, to.offset(i as isize * to_step), self.to, to_step);
            }
        }
    }
}

/// The scalar in its compute type: 16 bytes, of which the first are the number.
fn wide(value: Scalar) -> ([u8; 16], Compute) {
    let mut bytes = [0; 16];
    let (low, high) = bytes.split_at_mut(8);
    let compute = match value {
        Scalar::Bool(b) => {
            low.copy_from_slice(&i64::from(b).to_ne_bytes());
            Compute::I64
        }
        Scalar::Int(i) => {
            low.copy_from_slice(&i.to_ne_bytes());
            Compute::I64
        }
        Scalar::Float(f) => {
            low.copy_from_slice(&f.to_ne_bytes());
            Compute::F64
        }
        Scalar::Complex(re, im) => {
            low.copy_from_slice(&re.to_ne_bytes());
            high.copy_from_slice(&im.to_ne_bytes());
            Compute::C128
        }
    };
    (bytes, compute)
}

/// Sets every element of `dst` to `value`, converted as [`copy`] converts.
///
/// Returns false, with nothing written, where `dst` has more than 64 dimensions.
pub fn fill(dst: &Dst, value: Scalar) -> bool {
    if dst.shape().contains(&0) {
        return true;
    }
    let (x, dtype) = (element(value, dst.dtype()), dst.dtype());
    let mut walk = Walk::new();
    if !walk.cover(dst.shape(), [(dst.strides(), dtype.size())]) {
        return false;
    }
    walk.sort_by(0);
    walk.merge();
    let [step] = walk.inner().steps;
    // SAFETY: the walk stays within the shape.
    walk.rows(|[to], n| unsafe { spread_any(dst.ptr().offset(to), (&raw const x).cast(), dtype.size(), n, step) });
    true
}

/// As [`fill`], of a run.
#[inline]
pub fn fill_run(dst: &DstRun, value: Scalar) {
    let (n, size) = (dst.n, dst.dtype.size());
    // All bits of these zeros are 0, in every type.
    let zero = match value {
        Scalar::Int(i) => i == 0,
        Scalar::Float(f) => f.to_bits() == 0,
        _ => false,
    };
    // SAFETY: a run's elements are writable.
    unsafe {
        if zero {
            return std::ptr::write_bytes(dst.ptr, 0, n * size);
        }
        let x = element(value, dst.dtype);
        spread_any(dst.ptr, (&raw const x).cast(), size, n, size as isize);
    }
}

/// The bytes of `value` as an element of `dtype`.
#[inline]
fn element(value: Scalar, dtype: DType) -> u128 {
    // What nearly every gradient is seeded with.
    match (value, dtype) {
        (Scalar::Float(x), DType::Float32) => return (x as f32).to_bits().into(),
        (Scalar::Float(x), DType::Float64) => return x.to_bits().into(),
        _ => {}
    }
    let (from, compute) = wide(value);
    let mut bytes = [0u8; 16];
    // SAFETY: one number is read and one element written; both fit 16 bytes.
    unsafe { pack(from.as_ptr(), compute, 1, bytes.as_mut_ptr(), dtype, 0) };
    u128::from_ne_bytes(bytes)
}

/// Writes the element of `size` bytes at `x` to `n` places.
///
/// # Safety
/// As [`spread`], for elements of `size` bytes; `x` must be readable, and be none of those places.
#[inline]
unsafe fn spread_any(to: *mut u8, x: *const u8, size: usize, n: usize, step: isize) {
    macro_rules! by {
        ($t:ty, $bytes:literal) => {
            match step == $bytes && n >= 16 {
                true => fill_bytes::<$bytes>(to, x.cast::<[u8; $bytes]>().read(), n * $bytes),
                false => spread::<$t>(to, x.cast::<$t>().read_unaligned(), n, step),
            }
        };
    }
    // SAFETY: the caller's promise; the first bytes of `x` are the element.
    unsafe {
        match size {
            1 => by!(u8, 1),
            2 => by!(u16, 2),
            4 => by!(u32, 4),
            8 => by!(u64, 8),
            _ => by!(u128, 16),
        }
    }
}

/// The first element of `src` as a number, exactly; `None` where there is none.
pub fn read_scalar(src: &Src) -> Option<Scalar> {
    if src.shape().contains(&0) {
        return None;
    }
    let read = |compute| {
        let mut x = [0u64; 2];
        // SAFETY: `src` has an element; a number of any compute type fits 16 bytes.
        unsafe { unpack(src.ptr(), src.dtype(), 0, 1, x.as_mut_ptr().cast(), compute) };
        x
    };
    Some(match src.dtype() {
        // SAFETY: as above. The usual types need no converter.
        DType::Float32 => Scalar::Float(unsafe { src.ptr().cast::<f32>().read_unaligned() }.into()),
        // SAFETY: as above.
        DType::Float64 => Scalar::Float(unsafe { src.ptr().cast::<f64>().read_unaligned() }),
        DType::Bool => Scalar::Bool(read(Compute::I64)[0] != 0),
        d if d.is_integral() => Scalar::Int(read(Compute::I64)[0] as i64),
        d if d.is_complex() => {
            let [re, im] = read(Compute::C128).map(f64::from_bits);
            Scalar::Complex(re, im)
        }
        _ => Scalar::Float(f64::from_bits(read(Compute::F64)[0])),
    })
}

/// Sets element `i` of the vector `dst` to `start + i * step`.
///
/// Integers are exact modulo 2^64. Floats are computed in float64 with one rounding and then rounded to
/// `dst`'s type: torch's numbers as far as its loop without vectors goes (torch rounds the first
/// element of each vector to the type before it adds the steps within, so that later elements are off
/// in their last place). Returns false, with nothing written, where `dst` is not a vector.
pub fn arange(dst: &Dst, start: Scalar, step: Scalar) -> bool {
    if !dst.dtype().is_integral() {
        return spaced(dst, start.to_f64(), step.to_f64(), 0);
    }
    let (start, step) = (start.to_i64(), step.to_i64());
    in_tiles(dst, Compute::I64, |first, to, n| {
        // Sums, which every instruction set has of several numbers at once, and no products.
        let mut next = start.wrapping_add(first.wrapping_mul(step));
        for k in 0..n {
            // SAFETY: there is room for n numbers.
            unsafe { to.cast::<i64>().add(k).write_unaligned(next) };
            next = next.wrapping_add(step);
        }
    })
}

/// Sets element `i` of the vector `dst` to `start + (first + i) * step`, computed in float64 with one rounding.
///
/// Returns false, with nothing written, where `dst` is not a vector.
pub fn spaced(dst: &Dst, start: f64, step: f64, first: i64) -> bool {
    let narrow = dst.dtype() == DType::Float32 && dst.shape().len() == 1 && dst.is_contiguous();
    if narrow {
        // SAFETY: the destination is a run of float32.
        unsafe { dispatch(Steps { start, step, first, to: dst.ptr(), n: dst.numel(), narrow }) };
        return true;
    }
    in_tiles(dst, Compute::F64, |i, to, n| {
        // SAFETY: `in_tiles` gives room for n numbers of float64.
        unsafe { dispatch(Steps { start, step, first: first + i, to, n, narrow }) };
    })
}

/// Writes the vector `dst` a tile at a time: `fill` is told a tile's first element, and where to put so many numbers of the
/// compute type.
fn in_tiles(dst: &Dst, compute: Compute, mut fill: impl FnMut(i64, *mut u8, usize)) -> bool {
    let (&[n], &[stride]) = (dst.shape(), dst.strides()) else { return false };
    let size = dst.dtype().size();
    let by = (stride as isize).wrapping_mul(size as isize);
    let in_place = dst.dtype() == DType::from_compute(compute) && stride == 1;
    let mut tile = [0u64; TILE / 8];
    for first in (0..n).step_by(tile.len()) {
        let count = (n - first).min(tile.len() as i64) as usize;
        // SAFETY: elements `first` to `first + count` are in the vector, and the tile has as many.
        unsafe {
            let to = dst.ptr().offset(first as isize * by);
            if in_place {
                fill(first, to, count);
                continue;
            }
            fill(first, tile.as_mut_ptr().cast(), count);
            pack(tile.as_ptr().cast(), compute, count, to, dst.dtype(), by);
        }
    }
    true
}

/// Evenly spaced float64, or where they are `narrow` float32. In a shell, because a fused product is a slow call without one.
///
/// # Safety
/// `n` numbers of that type must be writable at `to`.
struct Steps {
    start: f64,
    step: f64,
    first: i64,
    to: *mut u8,
    n: usize,
    narrow: bool,
}

impl Kernel for Steps {
    type Output = ();
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        // A tile's places are counted in 32 bits, which become floats several at a time; their sum is exact.
        let mut done = 0;
        while done < self.n {
            let base = (self.first + done as i64) as f64;
            let n = (self.n - done).min(1 << 20) as i32;
            for i in 0..n {
                let x = (base + f64::from(i)).mul_add(self.step, self.start);
                // SAFETY: the kernel's promise.
                unsafe {
                    if self.narrow {
                        self.to.cast::<f32>().add(done + i as usize).write_unaligned(x as f32);
                    } else {
                        self.to.cast::<f64>().add(done + i as usize).write_unaligned(x);
                    }
                }
            }
            done += n as usize;
        }
    }
}

#[cfg(test)]
mod tests;
