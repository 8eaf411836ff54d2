//! The natural logarithm.
//!
//! x = 2^k m with sqrt(1/2) <= m < sqrt(2), f = m - 1 (exact) and s = f / (2 + f). Then
//! ln m = 2 artanh s = 2s + s z p(z) with z = s^2, p(z) = 2/3 + 2/5 z + ... fitted to the least
//! relative error. Because 2s = f - s f, and s f = h - s h with h = f^2 / 2, this is
//! f - (h - s (h + z p)): the rounded quotient s enters only in the small terms.

use super::polynomial;
use crate::kernels::lanes::Float;

/// k and m for a positive normal or subnormal x; anything for other x.
#[inline(always)]
pub(super) fn split32<L: Float<Elem = f32>>(x: L) -> (L, L) {
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

/// As [`split32`].
#[inline(always)]
pub(super) fn split64<L: Float<Elem = f64>>(x: L) -> (L, L) {
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

/// k ln 2 + ln(1 + f) from s and z p(z).
#[inline(always)]
fn assemble<L: Float>(k: L, f: L, s: L, zp: L, ln2: [f64; 2]) -> L {
    let h = L::lit(0.5) * f * f;
    let small = s.mul_add(h + zp, k * L::lit(ln2[1]));
    k.mul_add(L::lit(ln2[0]), f - (h - small))
}

/// ln x for float32.
#[inline(always)]
pub fn ln32<L: Float<Elem = f32>>(x: L) -> L {
    let (k, m) = split32(x);
    let f = m - L::lit(1.0);
    let s = f / (L::lit(2.0) + f);
    let z = s * s;
    let p = polynomial(z, [0.6666666, 0.40000972, 0.28498793, 0.24278857]);
    repaired(x, assemble(k, f, s, z * p, [std::f32::consts::LN_2.into(), -1.9046542e-9]))
}

/// ln x for float64.
#[inline(always)]
pub fn ln64<L: Float<Elem = f64>>(x: L) -> L {
    let (k, m) = split64(x);
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
    repaired(x, assemble(k, f, s, z * p, [std::f64::consts::LN_2, 2.3190468138462996e-17]))
}
