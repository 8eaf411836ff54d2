//! e^x - 1, the hyperbolic functions, and the logistic function.
//!
//! x = k ln 2 + r as in `exp.rs`, and e^r - 1 = r + r^2 q(r) with q fitted to the least relative error of the whole; then
//! e^x - 1 = 2^k (e^r - 1) + (2^k - 1), whose last term is exact where it counts. The tangent is odd: x + x^3 q(x^2) up to
//! 0.65, so that small numbers keep their last place, and 1 - 2 / (e^2x + 1) beyond, where the quotient is less than the
//! half of 1. Sine and cosine are halves of e^x less or with halves of e^-x,
//! the sine x + x^3 P(x^2) up to 2, and beyond with what e^x rounds off, which is a place of the sine's where that is below a power of two
//! and half of e^x is above. The logistic function takes e^-|x|, which neither overflows nor loses the tail of negative numbers.

use super::exp::{reduced32, reduced64, scaled32, scaled64, within32, within64};
use super::polynomial;
use crate::kernels::lanes::Float;

/// q, up to half of ln 2.
pub(super) const Q32: [f64; 6] = [0.5, 0.16666666, 0.041666478, 0.0083335675, 0.001393369, 0.00019742441];
pub(super) const Q64: [f64; 12] = [
    0.5,
    0.16666666666666666,
    0.04166666666666668,
    0.008333333333334206,
    0.0013888888888877468,
    0.0001984126983838204,
    2.4801587340525745e-05,
    2.7557323581961817e-06,
    2.755725931679899e-07,
    2.5049032894470586e-08,
    2.091945790494773e-09,
    1.6892595209106658e-10,
];

/// `2^k (e^r - 1) + 2^k - 1`, by half of it: 2^k alone may be too large. `h` is 2^(k - 1). Up to k = 1 the sum is less than
/// its terms, so that what e^r - 1 and r have beyond their last places counts.
#[inline(always)]
fn assemble<L: Float>(r: [L; 2], q: L, h: L) -> L {
    let small = (r[0] * r[0]).mul_add(q, r[1]);
    let p = r[0] + small;
    let p_low = small - (p - r[0]);
    // Of the sum's terms the first is the larger, or 0, and the product is exact.
    let (first, second) = (h - L::lit(0.5), h * p);
    let sum = first + second;
    let half = sum + h.mul_add(p_low, second - (sum - first));
    half + half
}

/// r in two pieces, from x + low less k times ln 2.
#[inline(always)]
pub(super) fn reduced<L: Float>(x: L, low: L, k: L, ln2: [f64; 2]) -> [L; 2] {
    let first = (-k).mul_add(L::lit(ln2[0]), x);
    let rest = (-k).mul_add(L::lit(ln2[1]), low);
    let r = first + rest;
    [r, rest - (r - first)]
}

/// e^x - 1 for float32.
#[inline(always)]
pub fn expm1_32<L: Float<Elem = f32>>(x: L) -> L {
    let clamped = L::lit(89.0).min(L::lit(-25.0).max(x));
    let whole = L::lit(12582912.0);
    let k = clamped.mul_add(L::lit(std::f64::consts::LOG2_E), whole) - whole;
    let r = reduced(clamped, L::lit(0.0), k, [std::f32::consts::LN_2.into(), -1.9046542e-9]);
    let q = polynomial(r[0], Q32);
    let h = (k + L::lit(8388608.0 + 126.0)).bits_left::<23>();
    // What is below the last place of 1 + x is itself, 0 with its sign included.
    L::select(x.abs().less(L::lit(2.9802322e-8)), x, assemble(r, q, h))
}

/// e^x - 1 for float64.
#[inline(always)]
pub fn expm1_64<L: Float<Elem = f64>>(x: L) -> L {
    let clamped = L::lit(710.0).min(L::lit(-54.0).max(x));
    let whole = L::lit(6755399441055744.0);
    let k = clamped.mul_add(L::lit(std::f64::consts::LOG2_E), whole) - whole;
    let r = reduced(clamped, L::lit(0.0), k, [std::f64::consts::LN_2, 2.3190468138462996e-17]);
    let q = polynomial(r[0], Q64);
    let h = (k + L::lit(4503599627370496.0 + 1022.0)).bits_left::<52>();
    L::select(x.abs().less(L::lit(5.551115123125783e-17)), x, assemble(r, q, h))
}

/// The tangent from q(x^2) and e^2|x|.
#[inline(always)]
fn tangent<L: Float>(x: L, q: L, e: L) -> L {
    let a = x.abs();
    let small = (a * (x * x)).mul_add(q, a);
    let large = L::lit(1.0) - L::lit(2.0) / (e + L::lit(1.0));
    let sign = x.bits_and(L::lit(-0.0));
    L::select(a.less(L::lit(0.65)), small, large).bits_or(sign)
}

/// tanh x for float32.
#[inline(always)]
pub fn tanh32<L: Float<Elem = f32>>(x: L) -> L {
    let q = polynomial(
        x * x,
        [-0.33333334, 0.13333364, -0.053971257, 0.021878963, -0.008840805, 0.0033663253, -0.0008865080],
    );
    let a = x.abs();
    // Large enough for a tangent of 1; in this order of operands nan stays nan.
    tangent(x, q, within32(L::lit(89.0).min(a + a)))
}

/// tanh x for float64.
#[inline(always)]
pub fn tanh64<L: Float<Elem = f64>>(x: L) -> L {
    let q = polynomial(
        x * x,
        [
            -0.3333333333333333,
            0.13333333333332958,
            -0.05396825396799795,
            0.021869488527469554,
            -0.008863235357063045,
            0.003592125829992856,
            -0.0014558153370694683,
            0.0005899127620820064,
            -0.0002386403722469299,
            9.543746223850129e-05,
            -3.614092959850852e-05,
            1.1359813494731622e-05,
            -2.09962453508827e-06,
        ],
    );
    let a = x.abs();
    tangent(x, q, within64(L::lit(710.0).min(a + a), L::lit(0.0)))
}

/// 1 / (1 + e^-x) from e^-|x|: the quotient, mended by what the sum lost and by its own remainder.
#[inline(always)]
fn logistic<L: Float>(x: L, e: L) -> L {
    let one = L::lit(1.0);
    let above = L::select(x.less(L::lit(0.0)), e, one);
    let sum = one + e;
    let lost = (one - sum) + e;
    let inverse = one / sum;
    let y = above * inverse;
    let left = (-y).mul_add(lost, (-y).mul_add(sum, above));
    left.mul_add(inverse, y)
}

/// The logistic function of float32.
#[inline(always)]
pub fn sigmoid32<L: Float<Elem = f32>>(x: L) -> L {
    logistic(x, within32(L::lit(-104.0).max(-x.abs())))
}

/// The logistic function of float64.
#[inline(always)]
pub fn sigmoid64<L: Float<Elem = f64>>(x: L) -> L {
    logistic(x, within64(L::lit(-746.0).max(-x.abs()), L::lit(0.0)))
}

const SINH32: [f64; 5] =
    [0.1666666716337204, 0.008333316072821617, 0.00019843204063363373, 2.7463520382298157e-06, 2.709391466737543e-08];
const SINH64: [f64; 9] = [
    0.16666666666666666,
    0.008333333333333411,
    0.00019841269841247957,
    2.7557319226882406e-06,
    2.5052108180302877e-08,
    1.6059051846183646e-10,
    7.64700423222403e-13,
    2.8124155450198817e-15,
    8.372658263476944e-18,
];

/// The sine from the parts of e^|x|.
#[inline(always)]
fn sine<L: Float, const N: usize>(x: L, (k, r, q): (L, L, L), p: [f64; N]) -> L {
    let (a, one) = (x.abs(), L::lit(1.0));
    let (down, e) = (k - one, q.mul_add(r, one));
    let (half, lost) = (e.ldexp(down), q.mul_add(r, one - e).ldexp(down));
    let z = a * a;
    let small = (a * z).mul_add(polynomial(z, p), a);
    L::select(a.greater(L::lit(2.0)), half + (lost - L::lit(0.25) / half), small).bits_or(x.bits_and(L::lit(-0.0)))
}

/// sinh x for float32.
#[inline(always)]
pub fn sinh32<L: Float<Elem = f32>>(x: L) -> L {
    sine(x, reduced32(L::lit(90.0).min(x.abs())), SINH32)
}

/// sinh x for float64.
#[inline(always)]
pub fn sinh64<L: Float<Elem = f64>>(x: L) -> L {
    sine(x, reduced64(L::lit(711.0).min(x.abs()), L::lit(0.0)), SINH64)
}

/// cosh x for float32.
#[inline(always)]
pub fn cosh32<L: Float<Elem = f32>>(x: L) -> L {
    let half = scaled32(L::lit(90.0).min(x.abs()), 1.0);
    half + L::lit(0.25) / half
}

/// cosh x for float64.
#[inline(always)]
pub fn cosh64<L: Float<Elem = f64>>(x: L) -> L {
    let half = scaled64(L::lit(711.0).min(x.abs()), L::lit(0.0), 1.0);
    half + L::lit(0.25) / half
}
