//! The natural logarithm, and those of base 2 and 10.
//!
//! x = 2^k m with sqrt(1/2) <= m < sqrt(2), f = m - 1 (exact) and s = f / (2 + f). Then
//! ln m = 2 artanh s = 2s + s z p(z) with z = s^2, p(z) = 2/3 + 2/5 z + ... fitted to the least
//! relative error. Because 2s = f - s f, and s f = h - s h with h = f^2 / 2, this is
//! f - (h - s (h + z p)): the rounded quotient s enters only in the small terms. For another base this is kept in two pieces,
//! multiplied with 1 / ln b in two pieces, and added to k log_b 2, so that little more than the last sum rounds: the
//! logarithm of a power of the base is its exponent.

use super::polynomial;
use crate::kernels::lanes::Float;

/// k and m for a positive normal or subnormal x; anything for other x.
#[inline(always)]
pub(super) fn mantissa32<L: Float<Elem = f32>>(x: L) -> (L, L) {
    let tiny = x.less(L::lit(f32::MIN_POSITIVE.into()));
    let x = L::select(tiny, x * L::lit(33554432.0), x);
    let shift = L::select(tiny, L::lit(127.0 + 25.0), L::lit(127.0));
    // The difference to the bits of sqrt(1/2) carries into the exponent where m would reach sqrt(2).
    let low = L::from_bits(0x3f35_04f3);
    let bits = x.bits_add(L::from_bits(0x3f80_0000 - 0x3f35_04f3));
    // A whole number below 2^23 under the exponent of 2^23 is 2^23 plus that number.
    let two23 = L::lit(8388608.0);
    let k = bits.bits_right::<23>().bits_or(two23) - two23 - shift;
    (k, bits.bits_and(L::from_bits(0x007f_ffff)).bits_add(low))
}

/// As [`mantissa32`].
#[inline(always)]
pub(super) fn mantissa64<L: Float<Elem = f64>>(x: L) -> (L, L) {
    let tiny = x.less(L::lit(f64::MIN_POSITIVE));
    let x = L::select(tiny, x * L::lit(18014398509481984.0), x);
    let shift = L::select(tiny, L::lit(1023.0 + 54.0), L::lit(1023.0));
    let low = L::from_bits(0x3fe6_a09e_667f_3bcd);
    let bits = x.bits_add(L::from_bits(0x3ff0_0000_0000_0000 - 0x3fe6_a09e_667f_3bcd));
    let two52 = L::lit(4503599627370496.0);
    let k = bits.bits_right::<52>().bits_or(two52) - two52 - shift;
    (k, bits.bits_and(L::from_bits(0x000f_ffff_ffff_ffff)).bits_add(low))
}

/// `y` where x is a positive finite number; the right logarithm elsewhere.
#[inline(always)]
pub(super) fn repaired<L: Float>(x: L, y: L) -> L {
    let zero = L::lit(0.0);
    let positive = x.greater(zero);
    let other = L::select(positive, x, L::select(x.equal(zero), L::lit(f64::NEG_INFINITY), L::lit(f64::NAN)));
    L::select(positive & x.less(L::lit(f64::INFINITY)), y, other)
}

/// k ln 2 + ln(1 + f) + low from s and z p(z).
#[inline(always)]
fn assemble<L: Float>(k: L, f: L, s: L, zp: L, low: L, ln2: [f64; 2]) -> L {
    let h = L::lit(0.5) * f * f;
    let small = s.mul_add(h + zp, k.mul_add(L::lit(ln2[1]), low));
    k.mul_add(L::lit(ln2[0]), f - (h - small))
}

/// What 1 + x loses when it is rounded to `u`, over u: to first order, the logarithm of what was lost. It is x itself
/// where u is 1, and nothing where x is beyond every fraction.
#[inline(always)]
pub(super) fn lost<L: Float>(x: L, u: L) -> L {
    let one = L::lit(1.0);
    // The smaller of x and 1 is what the sum cut; each difference is exact.
    let cut = L::select(x.abs().less(one), x - (u - one), one - (u - x));
    cut / u
}

/// ln (1 + x) from that of the rounded sum `u` and what its rounding lost. (The logarithm is no argument: a function that
/// is handed on is not inlined, and leaves its shell.)
#[inline(always)]
fn of_sum<L: Float>(x: L, u: L, y: L) -> L {
    // What is below the last place of 1 is itself, 0 with its sign included.
    L::select(u.equal(L::lit(1.0)), x, repaired(u, y))
}

/// ln (1 + x) for float32.
#[inline(always)]
pub fn log1p32<L: Float<Elem = f32>>(x: L) -> L {
    let u = L::lit(1.0) + x;
    of_sum(x, u, ln_sum32(u, lost(x, u)))
}

/// ln (1 + x) for float64.
#[inline(always)]
pub fn log1p64<L: Float<Elem = f64>>(x: L) -> L {
    let u = L::lit(1.0) + x;
    of_sum(x, u, ln_sum64(u, lost(x, u)))
}

/// ln x for float32.
#[inline(always)]
pub fn ln32<L: Float<Elem = f32>>(x: L) -> L {
    repaired(x, ln_sum32(x, L::lit(0.0)))
}

/// ln x for float64.
#[inline(always)]
pub fn ln64<L: Float<Elem = f64>>(x: L) -> L {
    repaired(x, ln_sum64(x, L::lit(0.0)))
}

/// log_2 x for float32.
#[inline(always)]
pub fn log2_32<L: Float<Elem = f32>>(x: L) -> L {
    let (k, f, s, zp) = series32(x);
    repaired(x, to_base(k, f, s, zp, [1.0, 0.0], [std::f32::consts::LOG2_E.into(), 1.925963033500011e-08]))
}

/// log_2 x for float64.
#[inline(always)]
pub fn log2_64<L: Float<Elem = f64>>(x: L) -> L {
    let (k, f, s, zp) = series64(x);
    repaired(x, to_base(k, f, s, zp, [1.0, 0.0], [std::f64::consts::LOG2_E, 2.0355273740931033e-17]))
}

/// log_10 x for float32.
#[inline(always)]
pub fn log10_32<L: Float<Elem = f32>>(x: L) -> L {
    let (k, f, s, zp) = series32(x);
    repaired(x, to_base(k, f, s, zp, LOG10_2_32, [std::f32::consts::LOG10_E.into(), LOG10_E_LOW32]))
}

/// log_10 x for float64.
#[inline(always)]
pub fn log10_64<L: Float<Elem = f64>>(x: L) -> L {
    let (k, f, s, zp) = series64(x);
    repaired(x, to_base(k, f, s, zp, LOG10_2_64, [std::f64::consts::LOG10_E, LOG10_E_LOW64]))
}

/// The logarithm of 2 to base 10, whose first piece has room for a product with k.
const LOG10_2_32: [f64; 2] = [0.301025390625, 4.605039066518657e-06];
const LOG10_2_64: [f64; 2] = [0.30102999566383914, 1.42050232272661e-13];
/// What log_10 e has beyond its rounded value.
const LOG10_E_LOW32: f64 = -1.0103049952192578e-08;
const LOG10_E_LOW64: f64 = 1.098319650216765e-17;

/// k log_b 2 + log_b(1 + f) from s and z p(z): `two` is log_b 2, whose first piece times k is exact, `e` is log_b e.
#[inline(always)]
fn to_base<L: Float>(k: L, f: L, s: L, zp: L, two: [f64; 2], e: [f64; 2]) -> L {
    let h = L::lit(0.5) * f * f;
    let high = f - h;
    let low = s.mul_add(h + zp, (f - high) - h);
    let product = high * L::lit(e[0]);
    let rest = high.mul_add(L::lit(e[0]), -product) + high.mul_add(L::lit(e[1]), low * L::lit(e[0]));
    let whole = k * L::lit(two[0]);
    let sum = whole + product;
    let lost = (whole - sum) + product;
    sum + (lost + k.mul_add(L::lit(two[1]), rest))
}

/// ln x + low of a positive finite number.
#[inline(always)]
pub(super) fn ln_sum32<L: Float<Elem = f32>>(x: L, low: L) -> L {
    let (k, f, s, zp) = series32(x);
    assemble(k, f, s, zp, low, [std::f32::consts::LN_2.into(), -1.9046542e-9])
}

/// As [`ln_sum32`].
#[inline(always)]
pub(super) fn ln_sum64<L: Float<Elem = f64>>(x: L, low: L) -> L {
    let (k, f, s, zp) = series64(x);
    assemble(k, f, s, zp, low, [std::f64::consts::LN_2, 2.3190468138462996e-17])
}

/// k, f, s and z p(z) of a positive finite number.
#[inline(always)]
fn series32<L: Float<Elem = f32>>(x: L) -> (L, L, L, L) {
    let (k, m) = mantissa32(x);
    let f = m - L::lit(1.0);
    let s = f / (L::lit(2.0) + f);
    let z = s * s;
    (k, f, s, z * polynomial(z, [0.6666666, 0.40000972, 0.28498793, 0.24278857]))
}

/// As [`series32`].
#[inline(always)]
fn series64<L: Float<Elem = f64>>(x: L) -> (L, L, L, L) {
    let (k, m) = mantissa64(x);
    let f = m - L::lit(1.0);
    let s = f / (L::lit(2.0) + f);
    let z = s * s;
    let p = polynomial(
        z,
        [
            0.6666666666666734,
            0.3999999999941662,
            0.2857142874203641,
            0.22222198603953705,
            0.18183562919362523,
            0.15314082863085088,
            0.14795655224009713,
        ],
    );
    (k, f, s, z * p)
}
