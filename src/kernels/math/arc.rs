//! Inverse sine, cosine and tangent, and the angle of a point.
//!
//! An angle's tangent t is kept below tan(pi/8): beyond that the angle is an eighth turn more than that of (t - 1) / (t + 1),
//! and beyond 1 a quarter turn less that of 1 / t. Then it is t + t^3 P(t^2), with what the quotient lost added to first
//! order, and so many eighth turns in two pieces. An inverse sine is x + x^3 P(x^2) up to 1/2; beyond, with
//! z = (1 - x) / 2 and its root s, it is a quarter turn less twice s + s z P(z). The polynomials are fitted to the least relative
//! error of the whole.

use super::polynomial;
use crate::kernels::lanes::Float;

const ATAN32: [f64; 5] =
    [-0.33333316445350647, 0.1999852955341339, -0.14244429767131805, 0.10599487274885178, -0.06090893596410751];
const ATAN64: [f64; 11] = [
    -0.333333333333332,
    0.1999999999995369,
    -0.14285714280202128,
    0.1111111078364064,
    -0.0909089776205636,
    0.07692060293248187,
    -0.0666310504616683,
    0.05847897640968094,
    -0.0503934782242802,
    0.03806580687181055,
    -0.017908744199337006,
];
const ASIN32: [f64; 6] = [
    0.16666659712791443,
    0.0750051736831665,
    0.04451480135321617,
    0.031823597848415375,
    0.014384345151484013,
    0.03758638724684715,
];
const ASIN64: [f64; 13] = [
    0.1666666666666676,
    0.07499999999970873,
    0.044642857174550694,
    0.030381942710477065,
    0.022372214916021888,
    0.01735161325005508,
    0.013980806133938735,
    0.011399027811745099,
    0.010779614402604502,
    0.0037087939580966933,
    0.021701690060879433,
    -0.020990963363265048,
    0.03262358064468416,
];
/// pi/4 in two pieces.
const EIGHTH32: [f64; 2] = [0.7853981852531433, -2.1855694143368964e-08];
const EIGHTH64: [f64; 2] = [std::f64::consts::FRAC_PI_4, 3.061616997868383e-17];
/// The tangent of pi/8.
const STEEP: f64 = 0.41421356237309503;

/// `first` eighth turns, and `sign` times the angle at whose tangent `n / d` is, for 0 <= n <= d and d > 0.
#[inline(always)]
fn turned<L: Float, const N: usize>(n: L, d: L, [first, sign]: [L; 2], p: [f64; N], eighth: [f64; 2]) -> L {
    let (zero, one) = (L::lit(0.0), L::lit(1.0));
    let steep = n.greater(d * L::lit(STEEP));
    let (less, more) = (n - d, n + d);
    // What the difference and the sum lost: d is the larger.
    let (less_low, more_low) = (n - (less + d), n - (more - d));
    let (a, a_low) = (L::select(steep, less, n), L::select(steep, less_low, zero));
    let (b, b_low) = (L::select(steep, more, d), L::select(steep, more_low, zero));
    let t = a / b;
    let rest = (-t).mul_add(b_low, (-t).mul_add(b, a) + a_low);
    let low = rest / b;
    let z = t * t;
    let small = (t * z).mul_add(polynomial(z, p), (-z).mul_add(low, low));
    let turns = L::select(steep, first + sign * one, first);
    let whole = turns * L::lit(eighth[0]);
    let whole_low = turns.mul_add(L::lit(eighth[0]), -whole) + turns * L::lit(eighth[1]);
    let signed = sign * t;
    let sum = whole + signed;
    // The turns are the larger, or none at all.
    sum + ((signed - (sum - whole)) + sign.mul_add(small, whole_low))
}

/// The angle whose tangent is x; `large` stands for all that are as good as infinite.
#[inline(always)]
fn arc_tangent<L: Float, const N: usize>(x: L, large: f64, p: [f64; N], eighth: [f64; 2]) -> L {
    let (zero, one) = (L::lit(0.0), L::lit(1.0));
    // In this order of operands nan stays nan.
    let a = L::lit(large).min(x.abs());
    let over = a.greater(one);
    let (n, d) = (L::select(over, one, a), L::select(over, a, one));
    let from = [L::select(over, L::lit(2.0), zero), L::select(over, L::lit(-1.0), one)];
    turned(n, d, from, p, eighth).bits_or(x.bits_and(L::lit(-0.0)))
}

/// The angle of the point (x, y); beyond `huge` both are taken by their quarters.
#[inline(always)]
fn angle<L: Float, const N: usize>(y: L, x: L, huge: f64, p: [f64; N], eighth: [f64; 2]) -> L {
    let (zero, one, infinity) = (L::lit(0.0), L::lit(1.0), L::lit(f64::INFINITY));
    let (a, b) = (y.abs(), x.abs());
    let over = a.greater(b);
    let (n, d) = (L::select(over, b, a), L::select(over, a, b));
    let scale = L::select(d.greater(L::lit(huge)), L::lit(0.25), one);
    let (n, d) = (n * scale, d * scale);
    // Of two infinities the angle is between; what is finite beside one is nothing; of two zeros it is 0.
    let endless = d.equal(infinity);
    let n = L::select(endless, L::select(n.equal(infinity), one, n * zero), n);
    let d = L::select(endless | d.equal(zero), one, d);
    let (first, sign) = (L::select(over, L::lit(2.0), zero), L::select(over, L::lit(-1.0), one));
    let behind = one.bits_or(x.bits_and(L::lit(-0.0))).less(zero);
    let from = [L::select(behind, L::lit(4.0) - first, first), L::select(behind, -sign, sign)];
    turned(n, d, from, p, eighth).bits_or(y.bits_and(L::lit(-0.0)))
}

/// What inverse sine and cosine have in common: whether |x| is beyond 1/2, then s, and what has to be added to it.
#[inline(always)]
fn root_and_rest<L: Float, const N: usize>(x: L, p: [f64; N]) -> (L::Mask, L, L) {
    let (half, one) = (L::lit(0.5), L::lit(1.0));
    let a = x.abs();
    let far = a.greater(half);
    let z = L::select(far, (one - a) * half, a * a);
    let root = z.root();
    let lost = (-root).mul_add(root, z) / L::select(root.equal(L::lit(0.0)), one, root + root);
    let s = L::select(far, root, a);
    (far, s, (s * z).mul_add(polynomial(z, p), L::select(far, lost, L::lit(0.0))))
}

#[inline(always)]
fn arc_sine<L: Float, const N: usize>(x: L, p: [f64; N], eighth: [f64; 2]) -> L {
    let (far, s, small) = root_and_rest(x, p);
    let (quarter, twice) = (L::lit(2.0 * eighth[0]), s + s);
    let sum = quarter - twice;
    let beyond = sum + (((quarter - sum) - twice) + (L::lit(2.0 * eighth[1]) - (small + small)));
    L::select(far, beyond, s + small).bits_or(x.bits_and(L::lit(-0.0)))
}

#[inline(always)]
fn arc_cosine<L: Float, const N: usize>(x: L, p: [f64; N], eighth: [f64; 2]) -> L {
    let (far, s, small) = root_and_rest(x, p);
    let sign = x.bits_and(L::lit(-0.0));
    let behind = x.less(L::lit(0.0));
    // From a quarter turn the number itself is taken away; from a half turn, or from nothing, twice s.
    let (s, small) = (L::select(far, s + s, s.bits_or(sign)), L::select(far, small + small, small.bits_xor(sign)));
    let turns = L::select(far, L::lit(4.0), L::lit(2.0));
    let whole = turns * L::lit(eighth[0]);
    let sum = whole - s;
    let turned = sum + (((whole - sum) - s) + turns.mul_add(L::lit(eighth[1]), -small));
    L::select(far, L::select(behind, turned, s + small), turned)
}

/// asin x for float32.
#[inline(always)]
pub fn asin32<L: Float<Elem = f32>>(x: L) -> L {
    arc_sine(x, ASIN32, EIGHTH32)
}

/// asin x for float64.
#[inline(always)]
pub fn asin64<L: Float<Elem = f64>>(x: L) -> L {
    arc_sine(x, ASIN64, EIGHTH64)
}

/// acos x for float32.
#[inline(always)]
pub fn acos32<L: Float<Elem = f32>>(x: L) -> L {
    arc_cosine(x, ASIN32, EIGHTH32)
}

/// acos x for float64.
#[inline(always)]
pub fn acos64<L: Float<Elem = f64>>(x: L) -> L {
    arc_cosine(x, ASIN64, EIGHTH64)
}

/// atan x for float32.
#[inline(always)]
pub fn atan32<L: Float<Elem = f32>>(x: L) -> L {
    arc_tangent(x, 1e30, ATAN32, EIGHTH32)
}

/// atan x for float64.
#[inline(always)]
pub fn atan64<L: Float<Elem = f64>>(x: L) -> L {
    arc_tangent(x, 1e300, ATAN64, EIGHTH64)
}

/// The angle of (x, y) for float32.
#[inline(always)]
pub fn atan2_32<L: Float<Elem = f32>>(y: L, x: L) -> L {
    angle(y, x, 8e37, ATAN32, EIGHTH32)
}

/// The angle of (x, y) for float64.
#[inline(always)]
pub fn atan2_64<L: Float<Elem = f64>>(y: L, x: L) -> L {
    angle(y, x, 4e307, ATAN64, EIGHTH64)
}
