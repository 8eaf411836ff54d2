//! The softmax and its logarithm along one dimension, and their adjoints.
//!
//! Operands are runs of float32 or float64, seen as `[outer, n, inner]`: where `inner` is 1, one sequence after the other
//! is read as it lies; else sequences side by side, a strip of lanes at a time. A long call is cut into parts by its size.

// Loops over a strip's lanes and no iterators: several arrays of them are gone through at once.
#![allow(clippy::needless_range_loop)]

use super::lanes::{Float, Kernel, Lane, Simd, dispatch, load, store};
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
        // SAFETY: the operands were just checked to be runs of `total` elements, which is what `units` of them have.
        unsafe { dispatch(call) };
        return true;
    }
    let each = PART.div_ceil(n * if inner == 1 { 1 } else { WIDTH * lanes });
    // SAFETY: it holds addresses and numbers.
    let call = unsafe { Shared::new(&call) };
    in_parts(units.div_ceil(each), &|i| {
        let (from, to) = (i * each, units.min((i + 1) * each));
        // SAFETY: as above, of which this is a part.
        unsafe { dispatch(Part { from, to, ..*call.get() }) };
    });
    true
}

/// Sequences, or strips of them, from number `from` to `to`.
///
/// # Safety
/// The operands must be runs, of float64 where it is `wide` and else of float32, that have as many: `ptrs` readable, `out`
/// writable.
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
    unsafe fn run<S: Simd>(self) {
        // SAFETY: the kernel's promise.
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

/// Joins what `$f` says of each lane of `$n` elements at `$p` and `$q`; the last lane is filled up with `$rest`. `$at` is the
/// lane's first element and `$m` how many it has. A macro: closures are not always inlined, and then leave their shell.
macro_rules! over {
    (
        $p:expr, $q:expr, $n:expr, $start:expr, $rest:expr,
        |$a:ident, $b:ident| $join:expr, |$x:ident, $y:ident, $at:ident, $m:ident| $f:expr
    ) => {{
        let (p, q, n, rest) = ($p, $q, $n, $rest);
        let mut so_far = [L::splat($start); CHAINS];
        let mut i = 0;
        while i + CHAINS * L::COUNT <= n {
            for c in 0..CHAINS {
                let ($at, $m) = (i + c * L::COUNT, L::COUNT);
                let ($x, $y) = (L::load(p.add($at)), L::load(q.add($at)));
                let ($a, $b) = (so_far[c], $f);
                so_far[c] = $join;
            }
            i += CHAINS * L::COUNT;
        }
        let mut c = 0;
        while i < n {
            let ($at, $m) = (i, L::COUNT.min(n - i));
            let ($x, $y) = if $m == L::COUNT {
                (L::load(p.add(i)), L::load(q.add(i)))
            } else {
                let (mut x, mut y) = ([rest; 16], [rest; 16]);
                for k in 0..n - i {
                    x[k] = p.add(i + k).read_unaligned();
                    y[k] = q.add(i + k).read_unaligned();
                }
                c = CHAINS - 1;
                (L::load(x.as_ptr()), L::load(y.as_ptr()))
            };
            let ($a, $b) = (so_far[c], $f);
            so_far[c] = $join;
            (i, c) = (i + L::COUNT, c + 1);
        }
        let mut joined = [so_far[0]; 2];
        for half in 0..2 {
            let ($a, $b) = (so_far[2 * half], so_far[2 * half + 1]);
            joined[half] = $join;
        }
        let [$a, $b] = joined;
        $join
    }};
}

/// Writes `$f` of each lane of `$n` elements at `$p` and `$q` to `$to`; a macro as [`over`] is.
macro_rules! write {
    ($p:expr, $q:expr, $n:expr, $to:expr, |$x:ident, $y:ident| $f:expr) => {{
        let (p, q, n, to) = ($p, $q, $n, $to);
        let mut i = 0;
        while i < n {
            let m = L::COUNT.min(n - i);
            let ($x, $y) = (load::<L>(p.add(i), m), load::<L>(q.add(i), m));
            store::<L>($f, to.add(i), m);
            i += L::COUNT;
        }
    }};
}

impl Part {
    /// # Safety
    /// As the kernel's; the operands must be of the lanes' type.
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
        let [x, y] = self.ptrs.map(|p| p.cast::<L::Elem>().wrapping_add(first));
        let (to, n) = (self.out.cast::<L::Elem>().wrapping_add(first), self.n);
        let (low, zero) = (L::Elem::LOWEST, L::Elem::ZERO);
        // SAFETY: the caller's promise; lanes and elements are placed within n.
        unsafe {
            match self.way {
                Way::SoftmaxAdjoint => {
                    let sum = over!(x, y, n, zero, zero, |a, b| a + b, |g, y, _at, _m| g * y);
                    let sum = fold(sum, L::Elem::plus);
                    write!(x, y, n, to, |g, y| (g - sum) * y);
                }
                Way::LogSoftmaxAdjoint => {
                    let sum = over!(x, x, n, zero, zero, |a, b| a + b, |g, _y, _at, _m| g);
                    let sum = fold(sum, L::Elem::plus);
                    write!(x, y, n, to, |g, y| g - y.exp() * sum);
                }
                Way::Softmax | Way::LogSoftmax => {
                    let top = over!(x, x, n, low, low, |a, b| b.max(a), |x, _y, _at, _m| x);
                    let top = fold(top, L::Elem::larger);
                    let log = self.way == Way::LogSoftmax;
                    let sum = over!(x, x, n, zero, low, |a, b| a + b, |x, _y, at, m| {
                        let power = (x - top).exp();
                        if !log {
                            store::<L>(power, to.add(at), m);
                        }
                        power
                    });
                    let sum = fold(sum, L::Elem::plus);
                    if log {
                        let log = sum.ln();
                        write!(x, x, n, to, |x, _y| x - top - log);
                    } else {
                        let powers = to.cast_const();
                        write!(powers, powers, n, to, |power, _y| power / sum);
                    }
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
        // A macro, as above.
        macro_rules! at {
            ($p:expr, $i:expr, $w:expr) => {
                $p.add(first + $i * self.inner + $w * L::COUNT)
            };
        }
        // SAFETY: the caller's promise.
        unsafe {
            let mut sum = [zero; W];
            if self.way.is_adjoint() {
                let log = self.way == Way::LogSoftmaxAdjoint;
                for i in 0..self.n {
                    for w in 0..W {
                        let g = load::<L>(at!(x, i, w), m);
                        sum[w] = sum[w] + if log { g } else { g * load::<L>(at!(y, i, w), m) };
                    }
                }
                for i in 0..self.n {
                    for w in 0..W {
                        let (g, y) = (load::<L>(at!(x, i, w), m), load::<L>(at!(y, i, w), m));
                        store::<L>(if log { g - y.exp() * sum[w] } else { (g - sum[w]) * y }, at!(to, i, w), m);
                    }
                }
                return;
            }
            let mut top = [L::splat(L::Elem::LOWEST); W];
            for i in 0..self.n {
                for w in 0..W {
                    top[w] = load::<L>(at!(x, i, w), m).max(top[w]);
                }
            }
            let log = self.way == Way::LogSoftmax;
            for i in 0..self.n {
                for w in 0..W {
                    let power = (load::<L>(at!(x, i, w), m) - top[w]).exp();
                    sum[w] = sum[w] + power;
                    if !log {
                        store::<L>(power, at!(to, i, w), m);
                    }
                }
            }
            if log {
                for w in 0..W {
                    sum[w] = sum[w].ln();
                }
            }
            for i in 0..self.n {
                for w in 0..W {
                    let value = if log {
                        load::<L>(at!(x, i, w), m) - top[w] - sum[w]
                    } else {
                        load::<L>(at!(to, i, w), m) / sum[w]
                    };
                    store::<L>(value, at!(to, i, w), m);
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
