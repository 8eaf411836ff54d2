//! Sine, cosine and tangent.
//!
//! x = k pi/2 + r with |r| <= pi/4; r in two pieces, found with pi/2 in three (Cody and Waite), of which the fused product
//! makes the first difference exact, and the second keeps what it loses. Then sin r = r + r^3 S(r^2) and cos r = 1 - r^2/2 + r^4 C(r^2), both fitted to the
//! least relative error, with what r's second piece adds to first order. tan r = r + r^3 T(r^2) is kept in two pieces, because every second
//! quarter turn takes -1 over it. Beyond a hundred thousand (float32) or a billion
//! (float64), where k is no longer found so, elements go one by one through 2/pi to 192 bits from where x begins to count
//! (Payne and Hanek).

use super::polynomial;
use crate::kernels::lanes::{Float, Lane, each, portable};
use crate::kernels::number::Ring;

/// r in two pieces, and r^2.
struct Reduced<L> {
    high: L,
    low: L,
    square: L,
}

impl<L: Float> Reduced<L> {
    #[inline(always)]
    fn new(high: L, low: L) -> Self {
        Reduced { high, low, square: high * high }
    }

    /// x less k times pi/2, whose three pieces these are.
    #[inline(always)]
    fn of(x: L, k: L, pieces: [f64; 3]) -> Self {
        let first = (-k).mul_add(L::lit(pieces[0]), x);
        // Near a multiple of pi/2 little is left of the second difference either: product and difference with what each
        // loses, then both pieces in order.
        let product = k * L::lit(pieces[1]);
        let product_lost = k.mul_add(L::lit(pieces[1]), -product);
        let second = first - product;
        let back = second - first;
        let second_lost = (first - (second - back)) - (product + back);
        let rest = (-k).mul_add(L::lit(pieces[2]), second_lost - product_lost);
        let high = second + rest;
        Reduced::new(high, (second - high) + rest)
    }

    /// Its sine, from S.
    #[inline(always)]
    fn sine(&self, s: L) -> L {
        self.high + (self.high * self.square).mul_add(s, self.low)
    }

    /// Its cosine, from C: what 1 - r^2/2 loses is added last.
    #[inline(always)]
    fn cosine(&self, c: L) -> L {
        let (one, half) = (L::lit(1.0), L::lit(0.5) * self.square);
        let first = one - half;
        let lost = (one - first) - half;
        first + (lost + (self.square * self.square).mul_add(c, -(self.high * self.low)))
    }

    /// Its tangent, from T, where `even` holds, elsewhere -1 over it: that of the quarter turn ahead.
    #[inline(always)]
    fn tangent(&self, t: L, even: L::Mask) -> L {
        let small = (self.high * self.square) * t;
        let first = self.high + small;
        let rest = (self.low * first).mul_add(first, self.low + ((self.high - first) + small));
        let inverse = L::lit(-1.0) / first;
        let left = inverse.mul_add(rest, inverse.mul_add(first, L::lit(1.0)));
        L::select(even, first + rest, inverse.mul_add(left, inverse))
    }
}

const S32: [f64; 4] = [-0.16666667, 0.008333373, -0.00019850294, 2.8043507e-06];
const C32: [f64; 4] = [0.041666668, -0.0013888974, 2.4819274e-05, -2.8616817e-07];
const S64: [f64; 7] = [
    -0.16666666666666666,
    0.008333333333333099,
    -0.00019841269841054578,
    2.7557319127899957e-06,
    -2.5052085615676094e-08,
    1.6056205209381686e-10,
    -7.482796636853244e-13,
];
const C64: [f64; 7] = [
    0.041666666666666664,
    -0.0013888888888888443,
    2.4801587301253872e-05,
    -2.755731909800722e-07,
    2.087673114128945e-09,
    -1.146794001734356e-11,
    4.6421090169496565e-14,
];
const T32: [f64; 7] = [
    0.33333349227905273,
    0.13332682847976685,
    0.05405769124627113,
    0.02129349298775196,
    0.010807245969772339,
    0.0001246978499693796,
    0.004359460901468992,
];
const T64: [f64; 14] = [
    0.33333333333332793,
    0.1333333333341199,
    0.05396825392802548,
    0.02186948957568383,
    0.008863219633684725,
    0.0035922848935958113,
    0.0014547829258870176,
    0.000594962023250887,
    0.00022267562747309332,
    0.00013593061451133248,
    -2.5567485046977902e-05,
    8.871769925315825e-05,
    -4.4489262488422085e-05,
    2.0772270860491246e-05,
];
const HALF_PI32: [f64; 3] = [1.5707963705062866, -4.371138828673793e-08, -1.7151245100058819e-15];
const HALF_PI64: [f64; 3] = [std::f64::consts::FRAC_PI_2, 6.123233995736766e-17, -1.4973849048591698e-33];
/// Up to where k is found by a product.
const NEAR32: f64 = 1e5;
const NEAR64: f64 = 1e9;

/// Which of the two, as a number of quarter turns that it is ahead of the sine.
const SINE: u64 = 0;
const COSINE: u64 = 1;

/// Sine or cosine of k quarter turns and r: by the two lowest bits of `turns`, a float whose fraction has no room left.
macro_rules! turned {
    ($turns:expr, $ahead:expr, $sine:expr, $cosine:expr, $left:literal) => {{
        let turns = $turns.bits_add(L::from_bits($ahead));
        // The lowest bit as 2.0 or 0, the second as a sign.
        let even = turns.bits_and(L::from_bits(1)).bits_left::<$left>().is_zero();
        let sign = turns.bits_and(L::from_bits(2)).bits_left::<$left>();
        L::select(even, $sine, $cosine).bits_xor(sign)
    }};
}

#[inline(always)]
fn turn32<L: Float<Elem = f32>>(x: L, ahead: u64, far: fn(f32, f32) -> f32) -> L {
    // Adding 1.5 * 2^23 leaves no room for a fraction: it rounds to a whole number, whose bits are lowest.
    let whole = L::lit(12582912.0);
    let turns = x.mul_add(L::lit(std::f64::consts::FRAC_2_PI), whole);
    let r = Reduced::of(x, turns - whole, HALF_PI32);
    let (s, c) = (r.sine(polynomial(r.square, S32)), r.cosine(polynomial(r.square, C32)));
    let y = turned!(turns, ahead, s, c, 30);
    let beyond = x.abs().greater(L::lit(NEAR32));
    if L::bits(beyond) == 0 { y } else { L::select(beyond, each(x, x, far), y) }
}

#[inline(always)]
fn turn64<L: Float<Elem = f64>>(x: L, ahead: u64, far: fn(f64, f64) -> f64) -> L {
    let whole = L::lit(6755399441055744.0);
    let turns = x.mul_add(L::lit(std::f64::consts::FRAC_2_PI), whole);
    let r = Reduced::of(x, turns - whole, HALF_PI64);
    let (s, c) = (r.sine(polynomial(r.square, S64)), r.cosine(polynomial(r.square, C64)));
    let y = turned!(turns, ahead, s, c, 62);
    let beyond = x.abs().greater(L::lit(NEAR64));
    if L::bits(beyond) == 0 { y } else { L::select(beyond, each(x, x, far), y) }
}

/// sin x for float32.
#[inline(always)]
pub fn sin32<L: Float<Elem = f32>>(x: L) -> L {
    let y = turn32(x, SINE, |x, _| far(x.into(), SINE) as f32);
    // What is this small is itself, 0 with its sign included.
    L::select(x.abs().less(L::lit(1.0 / 8192.0)), x, y)
}

/// cos x for float32.
#[inline(always)]
pub fn cos32<L: Float<Elem = f32>>(x: L) -> L {
    turn32(x, COSINE, |x, _| far(x.into(), COSINE) as f32)
}

/// sin x for float64.
#[inline(always)]
pub fn sin64<L: Float<Elem = f64>>(x: L) -> L {
    let y = turn64(x, SINE, |x, _| far(x, SINE));
    L::select(x.abs().less(L::lit(1.0 / 134217728.0)), x, y)
}

/// cos x for float64.
#[inline(always)]
pub fn cos64<L: Float<Elem = f64>>(x: L) -> L {
    turn64(x, COSINE, |x, _| far(x, COSINE))
}

/// tan x for float32.
#[inline(always)]
pub fn tan32<L: Float<Elem = f32>>(x: L) -> L {
    let turns = x.mul_add(L::lit(std::f64::consts::FRAC_2_PI), L::lit(12582912.0));
    let r = Reduced::of(x, turns - L::lit(12582912.0), HALF_PI32);
    let even = turns.bits_and(L::from_bits(1)).bits_left::<30>().is_zero();
    let y = r.tangent(polynomial(r.square, T32), even);
    let beyond = x.abs().greater(L::lit(NEAR32));
    let y =
        if L::bits(beyond) == 0 { y } else { L::select(beyond, each(x, x, |x, _| far_tangent(x.into()) as f32), y) };
    L::select(x.abs().less(L::lit(1.0 / 8192.0)), x, y)
}

/// tan x for float64.
#[inline(always)]
pub fn tan64<L: Float<Elem = f64>>(x: L) -> L {
    let turns = x.mul_add(L::lit(std::f64::consts::FRAC_2_PI), L::lit(6755399441055744.0));
    let r = Reduced::of(x, turns - L::lit(6755399441055744.0), HALF_PI64);
    let even = turns.bits_and(L::from_bits(1)).bits_left::<62>().is_zero();
    let y = r.tangent(polynomial(r.square, T64), even);
    let beyond = x.abs().greater(L::lit(NEAR64));
    let y = if L::bits(beyond) == 0 { y } else { L::select(beyond, each(x, x, |x, _| far_tangent(x)), y) };
    L::select(x.abs().less(L::lit(1.0 / 134217728.0)), x, y)
}

/// 2/pi behind 64 zeros, highest bits first.
static TWO_OVER_PI: [u64; 20] = [
    0x0000000000000000,
    0xa2f9836e4e441529,
    0xfc2757d1f534ddc0,
    0xdb6295993c439041,
    0xfe5163abdebbc561,
    0xb7246e3a424dd2e0,
    0x06492eea09d1921c,
    0xfe1deb1cb129a73e,
    0xe88235f52ebb4484,
    0xe99c7026b45f7e41,
    0x3991d639835339f4,
    0x9c845f8bbdf9283b,
    0x1ff897ffde05980f,
    0xef2f118b5a0a6d1f,
    0x6d367ecf27cb09b7,
    0x4f463f669e5fea2d,
    0x7527bac7ebe5f17b,
    0x3d0739f78a5292ea,
    0x6bfb5fb11f8d5d08,
    0x56033046fc7b6bab,
];

/// Sine or cosine of a number that is large, infinite, or none.
#[cold]
#[inline(never)]
pub(super) fn far(x: f64, ahead: u64) -> f64 {
    if !x.is_finite() {
        return f64::NAN;
    }
    let (turns, r) = far_reduced(x.abs());
    let turns = turns.wrapping_add(ahead);
    let y = if turns & 1 == 0 { r.sine(polynomial(r.square, S64)) } else { r.cosine(polynomial(r.square, C64)) };
    // The sine is odd, the cosine even.
    let negative = (turns & 2 != 0) != (ahead == SINE && x < 0.0);
    if negative { -first(y) } else { first(y) }
}

/// As [`far`], the tangent.
#[cold]
#[inline(never)]
pub(super) fn far_tangent(x: f64) -> f64 {
    if !x.is_finite() {
        return f64::NAN;
    }
    let (turns, r) = far_reduced(x.abs());
    let even = portable::F64::splat((turns & 1) as f64).is_zero();
    let y = first(r.tangent(polynomial(r.square, T64), even));
    if x < 0.0 { -y } else { y }
}

/// A lane's first element.
fn first(y: portable::F64) -> f64 {
    let mut value = [0.0];
    // SAFETY: room for one element.
    unsafe { y.store_part(value.as_mut_ptr(), 1) };
    value[0]
}

/// The quarter turns, modulo 4, and the rest of a number above 2^16, in all elements of a lane.
fn far_reduced(x: f64) -> (u64, Reduced<portable::F64>) {
    let bits = x.to_bits();
    // x = m 2^e with a whole m.
    let (m, e) = ((bits & 0x000f_ffff_ffff_ffff) | 0x0010_0000_0000_0000, (bits >> 52) as i64 - 1075);
    // Bits of 2/pi above 2^(2 - e) times m are whole turns: 192 from there.
    let start = (e - 2 + 64).clamp(0, 1087) as usize;
    let limb = |i: usize| {
        let (place, shift) = (start / 64 + i, start % 64);
        let low = if shift == 0 { 0 } else { TWO_OVER_PI[place + 1] >> (64 - shift) };
        TWO_OVER_PI[place] << shift | low
    };
    let wide = |w: u64| u128::from(m) * u128::from(w);
    let p2 = wide(limb(2));
    let p1 = wide(limb(1)) + (p2 >> 64);
    let p0 = wide(limb(0)) + (p1 >> 64);
    let (r0, r1, r2) = (p0 as u64, p1 as u64, p2 as u64);
    // Two bits of quarter turns, then the fraction of one, to the nearest.
    let fraction = u128::from(r0 << 2 | r1 >> 62) << 64 | u128::from(r1 << 2 | r2 >> 62);
    let turns = u64::from(fraction >> 127 != 0).wrapping_add(r0 >> 62);
    let signed = fraction as i128;
    const UNIT: f64 = 1.0 / (u128::MAX as f64);
    let high = signed as f64;
    let low = (signed - high as i128) as f64 * UNIT;
    let high = high * UNIT;
    let quarter = HALF_PI64[0];
    let first = high * quarter;
    let second = high.mul_add(quarter, -first) + high.mul_add(HALF_PI64[1], low * quarter);
    (turns, Reduced::new(portable::F64::splat(first), portable::F64::splat(second)))
}
