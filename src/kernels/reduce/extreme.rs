//! Largest and smallest elements with their places. Nan counts as beyond any number, and of equal elements the first is
//! taken: so the order in which they are compared changes nothing.

use super::SHORT;
use super::feed::{Feed, ROW, Rows, Run, Tiles};
use crate::dtype::{Compute, DType};
use crate::kernels::convert::pack;
use crate::kernels::lanes::{I64, Kernel, Lane, Simd, dispatch, load};
use crate::kernels::number::Ordered;
use crate::kernels::operand::{Dst, Src};
use crate::kernels::walk::Walk;

/// Elements whose largest is found before its place is looked for: few enough to stay in L1.
const PART: usize = 512;
/// Lanes compared at a time, to hide the latency of a comparison.
const CHAINS: usize = 4;
/// The most elements in a row: float32's.
const WIDEST: usize = ROW / 4;

/// Writes the largest (or smallest) elements along `dim` to `values`, and where along `dim` each was found first to
/// `indices`.
///
/// Both have `src`'s shape with 1 in place of dimension `dim`; `values` has any type, `indices` int64. As
/// in torch, nan is beyond any number. Returns false, with nothing written, where that is not so,
/// `src` is complex or has no elements along `dim`, or there are more than 64 dimensions.
pub fn extreme_dim(end: Extreme, values: &Dst, indices: &Dst, src: &Src, dim: usize) -> bool {
    let (shape, from) = (values.shape(), src.shape());
    let agree = |(d, (&kept, &n)): (usize, (&i64, &i64))| if d == dim { kept == 1 && n > 0 } else { kept == n };
    if dim >= from.len()
        || shape.len() != from.len()
        || indices.shape() != shape
        || !shape.iter().zip(from).enumerate().all(agree)
        || indices.dtype() != DType::Int64
        || src.dtype().is_complex()
    {
        return false;
    }
    if shape.contains(&0) {
        return true;
    }
    let layout = (src.strides(), src.dtype().size());
    let outputs = [(values.strides(), values.dtype().size()), (indices.strides(), 8)];
    // One by one: a tuple of them would be moved, of all of their 64 dimensions.
    let mut kept = Walk::new();
    let mut along = Walk::new();
    let mut tiles = Tiles::new();
    if !kept.cover(shape, [outputs[0], outputs[1], layout]) || !along.cover_some(from, [layout; 2], |d| d == dim) {
        return false;
    }
    let between = along.inner().steps[0].unsigned_abs();
    let compute = src.dtype().compute();
    let mut feed = Feed::new([src.into(); 2], 1, compute, &mut along, &mut tiles);
    let nearest = kept.dims().iter().map(|d| d.steps[2].unsigned_abs()).enumerate().min_by_key(|&(_, step)| step);
    match nearest {
        Some((across, step)) if step < between || from[dim] <= SHORT as i64 => {
            let across = kept.remove(across);
            let most = ROW / DType::from_compute(compute).size();
            kept.each(|[value, index, at]| {
                for start in (0..across.n).step_by(most) {
                    let width = most.min(across.n - start);
                    let [value, index, at] =
                        [0, 1, 2].map(|j| [value, index, at][j] + start as isize * across.steps[j]);
                    let mut best = Best::new();
                    // SAFETY: the walks stay within the shape, so what the feed hands out is readable; `best` has room for a row,
                    // and `width` elements then.
                    unsafe {
                        feed.rows(at, across.steps[2], width, |next| {
                            dispatch(Columns { end, compute, width, next, best: &mut best });
                        });
                        let to = values.ptr().offset(value);
                        pack(best.values.as_ptr().cast(), compute, width, to, values.dtype(), across.steps[0]);
                        let to = indices.ptr().offset(index);
                        pack(best.indices.as_ptr().cast(), Compute::I64, width, to, DType::Int64, across.steps[1]);
                    }
                }
            });
        }
        _ => {
            let in_place = feed.is_run();
            kept.each(|[value, index, at]| {
                // SAFETY: the walks stay within the shape, so what the feed hands out is readable; 8 bytes hold a number of a
                // real compute type.
                unsafe {
                    let (best, found) = feed.runs([at; 2], in_place, |next| dispatch(Sequence { end, compute, next }));
                    pack((&raw const best).cast(), compute, 1, values.ptr().offset(value), values.dtype(), 0);
                    indices.ptr().offset(index).cast::<i64>().write_unaligned(found);
                }
            });
        }
    }
    true
}

/// Which end of the order is looked for.
#[derive(Clone, Copy, PartialEq)]
pub enum Extreme {
    /// The largest element.
    Max,
    /// The smallest one.
    Min,
}

/// An end of the order. Nan lies beyond every number.
trait End {
    /// Whether `x` is to replace `best`, which came before it.
    fn better<T: PartialOrd>(x: T, best: T) -> bool;
    /// `x` where it is to replace `best`, else that.
    fn farther<L: Ordered>(best: L, x: L) -> L;
}

struct Top;
struct Bottom;

impl End for Top {
    #[inline(always)]
    #[allow(clippy::eq_op)]
    fn better<T: PartialOrd>(x: T, best: T) -> bool {
        x > best || x != x && best == best
    }
    #[inline(always)]
    fn farther<L: Ordered>(best: L, x: L) -> L {
        best.or_larger(x)
    }
}

impl End for Bottom {
    #[inline(always)]
    #[allow(clippy::eq_op)]
    fn better<T: PartialOrd>(x: T, best: T) -> bool {
        x < best || x != x && best == best
    }
    #[inline(always)]
    fn farther<L: Ordered>(best: L, x: L) -> L {
        best.or_smaller(x)
    }
}

/// The largest (or smallest) element of one sequence, as its bytes, and its place.
///
/// # Safety
/// Each run must be readable until `next` is asked again, of the compute type.
struct Sequence<'a> {
    end: Extreme,
    compute: Compute,
    next: &'a mut dyn FnMut() -> Run,
}

impl Kernel for Sequence<'_> {
    type Output = (u64, i64);
    #[inline(always)]
    unsafe fn run<S: Simd>(self) -> (u64, i64) {
        // SAFETY: the kernel's promise.
        unsafe {
            match self.end {
                Extreme::Max => self.found::<S, Top>(),
                Extreme::Min => self.found::<S, Bottom>(),
            }
        }
    }
}

impl Sequence<'_> {
    /// # Safety
    /// As the kernel's.
    #[inline(always)]
    unsafe fn found<S: Simd, E: End>(self) -> (u64, i64) {
        // SAFETY: the caller's promise.
        unsafe {
            match self.compute {
                Compute::F32 => {
                    let (x, i) = search::<S::F32, E>(self.next).unwrap_or_default();
                    // The bytes that are read back as a float32 come first.
                    let mut bytes = [0; 8];
                    bytes[..4].copy_from_slice(&x.to_ne_bytes());
                    (u64::from_ne_bytes(bytes), i)
                }
                Compute::F64 => {
                    let (x, i) = search::<S::F64, E>(self.next).unwrap_or_default();
                    (x.to_bits(), i)
                }
                _ => {
                    let (x, i) = search::<I64, E>(self.next).unwrap_or_default();
                    (x as u64, i)
                }
            }
        }
    }
}

/// # Safety
/// Every run must be readable.
#[inline(always)]
unsafe fn search<L: Lane<Elem: PartialOrd> + Ordered, E: End>(next: &mut dyn FnMut() -> Run) -> Option<(L::Elem, i64)> {
    let mut best: Option<(L::Elem, i64)> = None;
    let mut seen = 0;
    loop {
        let Run { ptrs: [p, _], n } = next();
        if n == 0 {
            return best;
        }
        for start in (0..n).step_by(PART) {
            // SAFETY: this part is within the run.
            unsafe {
                let (p, n) = (p.cast::<L::Elem>().add(start), PART.min(n - start));
                let top = farthest::<L, E>(p, n);
                if best.is_none_or(|(x, _)| E::better(top, x)) {
                    let i = place::<L>(p, n, top);
                    best = Some((p.add(i).read_unaligned(), (seen + start + i) as i64));
                }
            }
        }
        seen += n;
    }
}

/// The largest (or smallest) of the `n > 0` elements at `p`.
///
/// # Safety
/// They must be readable.
#[inline(always)]
unsafe fn farthest<L: Lane<Elem: PartialOrd> + Ordered, E: End>(p: *const L::Elem, n: usize) -> L::Elem {
    // SAFETY: lanes and elements are placed within n.
    unsafe {
        let mut places = [p.read_unaligned(); 16];
        // Of whole numbers the compiler makes a better loop than of their lanes.
        if n < L::COUNT || L::COMPUTE == Compute::I64 {
            let mut best = places[0];
            for i in 1..n {
                let x = p.add(i).read_unaligned();
                best = if E::better(x, best) { x } else { best };
            }
            return best;
        }
        let mut best = [L::load(p); CHAINS];
        let mut i = 0;
        while i + CHAINS * L::COUNT <= n {
            for (c, best) in best.iter_mut().enumerate() {
                *best = E::farther(*best, L::load(p.add(i + c * L::COUNT)));
            }
            i += CHAINS * L::COUNT;
        }
        while i + L::COUNT <= n {
            best[0] = E::farther(best[0], L::load(p.add(i)));
            i += L::COUNT;
        }
        best[0] = E::farther(best[0], L::load(p.add(n - L::COUNT)));
        let [a, b, c, d] = best;
        E::farther(E::farther(a, b), E::farther(c, d)).store(places.as_mut_ptr());
        places[..L::COUNT].iter().fold(places[0], |best, &x| if E::better(x, best) { x } else { best })
    }
}

/// Where the `n` elements at `p` hold `x` first; 0 if someone has written it away meanwhile.
///
/// # Safety
/// They must be readable.
#[inline(always)]
#[allow(clippy::eq_op)]
unsafe fn place<L: Lane<Elem: PartialOrd> + Ordered>(p: *const L::Elem, n: usize, x: L::Elem) -> usize {
    let wanted = L::splat(x);
    for i in (0..n).step_by(L::COUNT) {
        let m = L::COUNT.min(n - i);
        // SAFETY: `m` elements are left at `i`.
        let lane = unsafe { load::<L>(p.add(i), m) };
        let hit = if x == x { lane.equal(wanted) } else { !lane.equal(lane) };
        // The zeros after a part of a lane are no hits.
        let hits = L::bits(hit) & (u32::MAX >> (32 - m));
        if hits != 0 {
            return i + hits.trailing_zeros() as usize;
        }
    }
    0
}

/// The largest elements of a row of sequences so far, and their places.
struct Best {
    values: [u64; ROW / 8],
    indices: [i64; WIDEST],
}

impl Best {
    fn new() -> Self {
        Best { values: [0; ROW / 8], indices: [0; WIDEST] }
    }
}

/// The largest (or smallest) elements of `width` sequences side by side.
///
/// # Safety
/// Each row must be readable until `next` is asked again: `width` elements of the compute type, at most [`ROW`] bytes.
struct Columns<'a> {
    end: Extreme,
    compute: Compute,
    width: usize,
    next: &'a mut dyn FnMut() -> Rows,
    best: &'a mut Best,
}

impl Kernel for Columns<'_> {
    type Output = ();
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        // SAFETY: the kernel's promise; `best` has room for a row.
        unsafe {
            match (self.end, self.compute) {
                (Extreme::Max, Compute::F32) => self.columns::<f32, Top>(),
                (Extreme::Max, Compute::F64) => self.columns::<f64, Top>(),
                (Extreme::Max, _) => self.columns::<i64, Top>(),
                (Extreme::Min, Compute::F32) => self.columns::<f32, Bottom>(),
                (Extreme::Min, Compute::F64) => self.columns::<f64, Bottom>(),
                (Extreme::Min, _) => self.columns::<i64, Bottom>(),
            }
        }
    }
}

impl Columns<'_> {
    /// By elements, which the shells vectorise: a lane has no mask for both a value and an index.
    ///
    /// # Safety
    /// Every row must hold `width` elements, at most [`ROW`] bytes.
    #[inline(always)]
    unsafe fn columns<T: PartialOrd + Copy, E: End>(self) {
        let (values, indices) = (self.best.values.as_mut_ptr().cast::<T>(), self.best.indices.as_mut_ptr());
        let mut seen = 0;
        loop {
            let Rows { ptr, step, n } = (self.next)();
            if n == 0 {
                return;
            }
            for row in seen..seen + n as i64 {
                let p = ptr.wrapping_offset((row - seen) as isize * step).cast::<T>();
                let mut i = 0;
                // SAFETY: `i` stays below `width`, for which the caller vouches.
                unsafe {
                    while i + 8 <= self.width {
                        update::<T, E, 8>(row, p.add(i), values.add(i), indices.add(i));
                        i += 8;
                    }
                    while i < self.width {
                        update::<T, E, 1>(row, p.add(i), values.add(i), indices.add(i));
                        i += 1;
                    }
                }
            }
            seen += n as i64;
        }
    }
}

/// Compares `N` elements with the best so far. As arrays, so that nothing may alias and all is vectorised.
///
/// # Safety
/// `N` elements must be at each address.
#[inline(always)]
unsafe fn update<T: PartialOrd + Copy, E: End, const N: usize>(
    row: i64,
    p: *const T,
    values: *mut T,
    indices: *mut i64,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let x = p.cast::<[T; N]>().read_unaligned();
        let (values, indices) = (values.cast::<[T; N]>(), indices.cast::<[i64; N]>());
        if row == 0 {
            values.write(x);
            return indices.write([0; N]);
        }
        let (mut top, mut at) = (values.read(), indices.read());
        for i in 0..N {
            let replace = E::better(x[i], top[i]);
            top[i] = if replace { x[i] } else { top[i] };
            at[i] = if replace { row } else { at[i] };
        }
        values.write(top);
        indices.write(at);
    }
}
