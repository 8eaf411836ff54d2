//! The softmax and its logarithm along one dimension, and their adjoints.
//!
//! Operands are runs of float32 or float64, seen as `[outer, n, inner]`: where `inner` is 1, one sequence after the other
//! is read as it lies; else sequences side by side, a strip of lanes at a time. A long call is cut into parts by its size.

// Loops over a strip's lanes and no iterators: several arrays of them are gone through at once.
#![allow(clippy::needless_range_loop)]

use super::lanes::{Float, Kernel, Lane, Simd, dispatch};
use super::operand::{Dst, Src};
use super::workers::{LONG, PART, Shared, in_parts};
use crate::dtype::DType;

/// What is computed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Way {
    /// e^(x - m) over the sum of those, where m is the largest.
    Softmax,
    /// The logarithm of that.
    LogSoftmax,
    /// (g - sum(g y)) y, of a cotangent and a softmax.
    SoftmaxAdjoint,
    /// g - e^y sum(g), of a cotangent and a logarithm.
    LogSoftmaxAdjoint,
}

impl Way {
    fn is_adjoint(self) -> bool {
        matches!(self, Way::SoftmaxAdjoint | Way::LogSoftmaxAdjoint)
    }
}

/// Lanes that a sequence is read in at a time.
const CHAINS: usize = 4;
/// Lanes in a strip.
const WIDTH: usize = 4;

/// Writes `way` of `ins` (x, or the cotangent and the result) to `dst`, all seen as `[outer, n, inner]`.
///
/// Returns false, with nothing written, where an operand is no run of so many elements of one type, float32 or float64.
pub fn softmax(way: Way, dst: &Dst, ins: &[Src], [outer, n, inner]: [usize; 3]) -> bool {
    let total = outer.checked_mul(n).and_then(|m| m.checked_mul(inner));
    let dtype = dst.dtype();
    let fits = |numel: usize, is_run: bool, own: DType| Some(numel) == total && is_run && own == dtype;
    if ins.len() != 1 + way.is_adjoint() as usize
        || !matches!(dtype, DType::Float32 | DType::Float64)
        || !fits(dst.numel(), dst.is_contiguous(), dtype)
        || !ins.iter().all(|s| fits(s.numel(), s.is_contiguous(), s.dtype()))
    {
        return false;
    }
    let Some(total) = total.filter(|&total| total > 0) else { return true };
    let ptrs = [ins[0].ptr(), ins[ins.len() - 1].ptr()];
    let lanes = 64 / dtype.size();
    let strips = if inner == 1 { 1 } else { inner.div_ceil(WIDTH * lanes) };
    let units = outer * strips;
    let call = Part { way, ptrs, out: dst.ptr(), wide: dtype == DType::Float64, n, inner, strips, from: 0, to: units };
    if total < LONG || units == 1 {
        dispatch(call);
        return true;
    }
    let each = PART.div_ceil(n * if inner == 1 { 1 } else { WIDTH * lanes });
    // SAFETY: it holds addresses and numbers.
    let call = unsafe { Shared::new(&call) };
    in_parts(units.div_ceil(each), &|i| {
        let (from, to) = (i * each, units.min((i + 1) * each));
        dispatch(Part { from, to, ..*call.get() });
    });
    true
}

/// Sequences, or strips of them, from number `from` to `to`.
#[derive(Clone, Copy)]
struct Part {
    way: Way,
    ptrs: [*const u8; 2],
    out: *mut u8,
    wide: bool,
    n: usize,
    inner: usize,
    strips: usize,
    from: usize,
    to: usize,
}

impl Kernel for Part {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        // SAFETY: the operands were checked to be runs of so many elements.
        unsafe { if self.wide { self.of::<S::F64>() } else { self.of::<S::F32>() } }
    }
}

/// A number that a lane folds to.
trait Number: Copy {
    const LOWEST: Self;
    const ZERO: Self;
    fn larger(self, other: Self) -> Self;
    fn plus(self, other: Self) -> Self;
}

macro_rules! number {
    ($($t:ident)*) => { $(
        impl Number for $t {
            const LOWEST: Self = $t::NEG_INFINITY;
            const ZERO: Self = 0.0;
            #[inline(always)]
            fn larger(self, other: Self) -> Self {
                if self > other { self } else { other }
            }
            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                self + other
            }
        }
    )* };
}
number! { f32 f64 }

/// The lane's elements joined: the two halves, then the quarters, and so on; in every place.
#[inline(always)]
fn fold<L: Lane<Elem: Number>>(x: L, join: impl Fn(L::Elem, L::Elem) -> L::Elem) -> L {
    let mut places = [L::Elem::ZERO; 16];
    // SAFETY: a lane has at most 16 elements.
    unsafe { x.store(places.as_mut_ptr()) };
    let mut half = L::COUNT / 2;
    while half > 0 {
        for i in 0..half {
            places[i] = join(places[i], places[i + half]);
        }
        half /= 2;
    }
    L::splat(places[0])
}

/// Joins what `f` says of each lane of `n` elements at `p` and `q`; the last lane is filled up with `rest`.
///
/// # Safety
/// They must be readable.
#[inline(always)]
unsafe fn over<L: Lane<Elem: Number>>(
    [p, q]: [*const L::Elem; 2],
    n: usize,
    (start, rest): (L::Elem, L::Elem),
    join: impl Fn(L, L) -> L,
    f: impl Fn(L, L, usize, usize) -> L,
) -> L {
    let mut so_far = [L::splat(start); CHAINS];
    let mut i = 0;
    // SAFETY: lanes and elements are placed within n.
    unsafe {
        while i + CHAINS * L::COUNT <= n {
            for (c, so_far) in so_far.iter_mut().enumerate() {
                let at = i + c * L::COUNT;
                *so_far = join(*so_far, f(L::load(p.add(at)), L::load(q.add(at)), at, L::COUNT));
            }
            i += CHAINS * L::COUNT;
        }
        let mut c = 0;
        while i + L::COUNT <= n {
            so_far[c] = join(so_far[c], f(L::load(p.add(i)), L::load(q.add(i)), i, L::COUNT));
            (i, c) = (i + L::COUNT, c + 1);
        }
        if i < n {
            let (mut a, mut b) = ([rest; 16], [rest; 16]);
            for k in 0..n - i {
                a[k] = p.add(i + k).read_unaligned();
                b[k] = q.add(i + k).read_unaligned();
            }
            let last = f(L::load(a.as_ptr()), L::load(b.as_ptr()), i, n - i);
            so_far[CHAINS - 1] = join(so_far[CHAINS - 1], last);
        }
    }
    let [a, b, c, d] = so_far;
    join(join(a, b), join(c, d))
}

/// Writes `f` of each lane of `n` elements at `p` and `q` to `to`.
///
/// # Safety
/// They must be readable and writable.
#[inline(always)]
unsafe fn write<L: Lane>([p, q]: [*const L::Elem; 2], n: usize, to: *mut L::Elem, f: impl Fn(L, L) -> L) {
    let mut i = 0;
    // SAFETY: lanes are placed within n.
    unsafe {
        while i + L::COUNT <= n {
            f(L::load(p.add(i)), L::load(q.add(i))).store(to.add(i));
            i += L::COUNT;
        }
        if i < n {
            f(L::load_part(p.add(i), n - i), L::load_part(q.add(i), n - i)).store_part(to.add(i), n - i);
        }
    }
}

/// The first `m` elements at `p`.
///
/// # Safety
/// They must be readable.
#[inline(always)]
unsafe fn load<L: Lane>(p: *const L::Elem, m: usize) -> L {
    // SAFETY: the caller's promise.
    unsafe { if m == L::COUNT { L::load(p) } else { L::load_part(p, m) } }
}

impl Part {
    /// # Safety
    /// The operands must hold what the part names.
    #[inline(always)]
    unsafe fn of<L: Float + Lane<Elem: Number>>(self) {
        let lanes = WIDTH * L::COUNT;
        for unit in self.from..self.to {
            // SAFETY: the caller's promise.
            unsafe {
                if self.inner == 1 {
                    self.sequence::<L>(unit * self.n);
                    continue;
                }
                let (outer, at) = (unit / self.strips, unit % self.strips * lanes);
                let first = outer * self.n * self.inner + at;
                let width = lanes.min(self.inner - at);
                if width == lanes {
                    self.strip::<L, WIDTH>(first, L::COUNT);
                    continue;
                }
                for w in (0..width).step_by(L::COUNT) {
                    self.strip::<L, 1>(first + w, L::COUNT.min(width - w));
                }
            }
        }
    }

    /// The sequence from element `first` on.
    ///
    /// # Safety
    /// As [`Part::of`].
    #[inline(always)]
    unsafe fn sequence<L: Float + Lane<Elem: Number>>(&self, first: usize) {
        let both @ [x, _] = self.ptrs.map(|p| p.cast::<L::Elem>().wrapping_add(first));
        let (to, n) = (self.out.cast::<L::Elem>().wrapping_add(first), self.n);
        let low = L::Elem::LOWEST;
        let zeros = (L::Elem::ZERO, L::Elem::ZERO);
        // SAFETY: the caller's promise.
        unsafe {
            match self.way {
                Way::SoftmaxAdjoint => {
                    let sum = over::<L>(both, n, zeros, |a, b| a + b, |g, y, _, _| g * y);
                    let sum = fold(sum, L::Elem::plus);
                    write::<L>(both, n, to, |g, y| (g - sum) * y);
                }
                Way::LogSoftmaxAdjoint => {
                    let sum = over::<L>(both, n, zeros, |a, b| a + b, |g, _, _, _| g);
                    let sum = fold(sum, L::Elem::plus);
                    write::<L>(both, n, to, |g, y| g - y.exp() * sum);
                }
                Way::Softmax | Way::LogSoftmax => {
                    let top = over::<L>([x; 2], n, (low, low), |a, b| b.max(a), |x, _, _, _| x);
                    let top = fold(top, L::Elem::larger);
                    let log = self.way == Way::LogSoftmax;
                    let keep = |x: L, _: L, at: usize, m: usize| {
                        let power = (x - top).exp();
                        if !log && m == L::COUNT {
                            power.store(to.add(at));
                        } else if !log {
                            power.store_part(to.add(at), m);
                        }
                        power
                    };
                    let sum = over::<L>([x; 2], n, (L::Elem::ZERO, low), |a, b| a + b, keep);
                    let sum = fold(sum, L::Elem::plus);
                    if log {
                        let log = sum.ln();
                        return write::<L>([x; 2], n, to, |x, _| x - top - log);
                    }
                    write::<L>([to.cast_const(); 2], n, to, |power, _| power / sum);
                }
            }
        }
    }

    /// `W` lanes of sequences side by side from element `first` on, the last of `m` elements.
    ///
    /// # Safety
    /// As [`Part::of`].
    #[inline(always)]
    unsafe fn strip<L: Float + Lane<Elem: Number>, const W: usize>(&self, first: usize, m: usize) {
        let [x, y] = self.ptrs.map(|p| p.cast::<L::Elem>());
        let to = self.out.cast::<L::Elem>();
        let zero = L::lit(0.0);
        let at = |i: usize, w: usize| first + i * self.inner + w * L::COUNT;
        // SAFETY: the caller's promise.
        unsafe {
            let read = |p: *const L::Elem, i: usize, w: usize| load::<L>(p.add(at(i, w)), m);
            let store = |value: L, i: usize, w: usize| {
                let to = to.add(at(i, w));
                if m == L::COUNT { value.store(to) } else { value.store_part(to, m) }
            };
            let mut sum = [zero; W];
            if self.way.is_adjoint() {
                let log = self.way == Way::LogSoftmaxAdjoint;
                for i in 0..self.n {
                    for w in 0..W {
                        let g = read(x, i, w);
                        sum[w] = sum[w] + if log { g } else { g * read(y, i, w) };
                    }
                }
                for i in 0..self.n {
                    for w in 0..W {
                        let (g, y) = (read(x, i, w), read(y, i, w));
                        store(if log { g - y.exp() * sum[w] } else { (g - sum[w]) * y }, i, w);
                    }
                }
                return;
            }
            let mut top = [L::splat(L::Elem::LOWEST); W];
            for i in 0..self.n {
                for w in 0..W {
                    top[w] = read(x, i, w).max(top[w]);
                }
            }
            let log = self.way == Way::LogSoftmax;
            for i in 0..self.n {
                for w in 0..W {
                    let power = (read(x, i, w) - top[w]).exp();
                    sum[w] = sum[w] + power;
                    if !log {
                        store(power, i, w);
                    }
                }
            }
            if log {
                sum = sum.map(L::ln);
            }
            for i in 0..self.n {
                for w in 0..W {
                    let value = if log { read(x, i, w) - top[w] - sum[w] } else { read(to, i, w) / sum[w] };
                    store(value, i, w);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    //! Law: whatever the layout, the numbers are those of the definition.

    use super::*;

    fn of(way: Way, ins: [&[f64]; 2], shape: [usize; 3]) -> Vec<f64> {
        let sizes = [ins[0].len() as i64];
        // SAFETY: the slices outlive the operands.
        let src = |x: &[f64]| unsafe {
            Src::new(x.as_ptr().cast(), size_of_val(x), DType::Float64, &sizes, &[1], 0).unwrap()
        };
        let mut out = vec![f64::NAN; ins[0].len()];
        // SAFETY: as above.
        let dst =
            unsafe { Dst::new(out.as_mut_ptr().cast(), size_of_val(ins[0]), DType::Float64, &sizes, &[1], 0).unwrap() };
        let operands = [src(ins[0]), src(ins[1])];
        assert!(softmax(way, &dst, &operands[..1 + way.is_adjoint() as usize], shape));
        out
    }

    #[test]
    fn every_layout_has_the_numbers_of_the_definition() {
        for shape in [[3, 1, 1], [2, 7, 1], [1, 100, 1], [2, 5, 3], [1, 9, 40], [2, 70, 1000]] {
            let [outer, n, inner] = shape;
            let x: Vec<f64> = (0..outer * n * inner).map(|i| (i * 7919 % 1009) as f64 / 100.0 - 5.0).collect();
            let g: Vec<f64> = (0..x.len()).map(|i| (i * 31 % 17) as f64 / 10.0 - 0.7).collect();
            let (soft, log) = (of(Way::Softmax, [&x, &x], shape), of(Way::LogSoftmax, [&x, &x], shape));
            let adjoint = of(Way::SoftmaxAdjoint, [&g, &soft], shape);
            let log_adjoint = of(Way::LogSoftmaxAdjoint, [&g, &log], shape);
            for (o, k) in (0..outer).flat_map(|o| (0..inner).map(move |k| (o, k))) {
                let places: Vec<usize> = (0..n).map(|i| (o * n + i) * inner + k).collect();
                let sum: f64 = places.iter().map(|&p| x[p].exp()).sum();
                let both: f64 = places.iter().map(|&p| g[p] * soft[p]).sum();
                let all: f64 = places.iter().map(|&p| g[p]).sum();
                for p in places {
                    assert!((soft[p] - x[p].exp() / sum).abs() < 1e-14);
                    assert!((log[p] - (x[p] - sum.ln())).abs() < 1e-12);
                    assert!((adjoint[p] - soft[p] * (g[p] - both)).abs() < 1e-13);
                    assert!((log_adjoint[p] - (g[p] - log[p].exp() * all)).abs() < 1e-12);
                }
            }
        }
    }
}
