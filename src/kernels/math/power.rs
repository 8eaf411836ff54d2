//! The power function: |x|^y = e^(y ln |x|), then signs and the special values of C's `pow`.
//!
//! An error of ln |x| grows with y ln |x| (up to 745) in the result, so the logarithm needs more
//! bits than the result has. float32 computes in float64; float64 in pairs of numbers, high and low,
//! whose exact sums and products are those of Dekker and Knuth with a fused multiply-add.

use super::exp::{exp_sum, exp64};
use super::log::{ln64, mantissa64, repaired};
use super::polynomial;
use crate::kernels::lanes::{Float, Widen};

/// x^y for float32.
#[inline(always)]
pub fn pow32<L: Widen>(x: L, y: L) -> L {
    // Not through a closure or `map`: only `#[inline(always)]` functions are sure to end in the shell.
    let ([a, b], [p, q]) = (x.abs().widen(), y.widen());
    signed(x, y, L::narrow([exp64(p * ln64(a)), exp64(q * ln64(b))]))
}

/// x^y for float64.
#[inline(always)]
pub fn pow64<L: Float<Elem = f64>>(x: L, y: L) -> L {
    let [high, low] = ln_pair(x.abs());
    let product = y * high;
    let rest = y.mul_add(low, y.mul_add(high, -product));
    // Beyond the range of the exponential the rest may be inf - inf, and cannot matter.
    let rest = L::select(product.abs().less(L::lit(800.0)), rest, L::lit(0.0));
    signed(x, y, exp_sum(product, rest))
}

/// x^y from |x|^y, which may be anything where y is 0 or |x| is 1.
#[inline(always)]
fn signed<L: Float>(x: L, y: L, magnitude: L) -> L {
    let one = L::lit(1.0);
    let magnitude = L::select(y.is_zero() | x.abs().equal(one), one, magnitude);
    // An infinite y counts as whole and even.
    let half = y * L::lit(0.5);
    let whole = y.round().equal(y);
    let odd = whole & !half.round().equal(half);
    let sign = x.bits_and(L::lit(-0.0));
    let result = L::select(odd, magnitude.bits_or(sign), magnitude);
    let undefined = x.less(L::lit(0.0)) & x.greater(L::lit(f64::NEG_INFINITY)) & !whole;
    L::select(undefined, L::lit(f64::NAN), result)
}

/// The exact sum of two numbers, |a| >= |b| or a = 0: [rounded, error].
#[inline(always)]
fn sum<L: Float>(a: L, b: L) -> [L; 2] {
    let high = a + b;
    [high, b - (high - a)]
}

/// The product of two pairs, to about twice a number's precision.
#[inline(always)]
fn product<L: Float>(a: [L; 2], b: [L; 2]) -> [L; 2] {
    let high = a[0] * b[0];
    let low = a[0].mul_add(b[0], -high);
    [high, a[0].mul_add(b[1], a[1].mul_add(b[0], low))]
}

/// ln x of a number that is not negative, as a pair with a relative error near 2^-65.
///
/// The series of `log`, 2s + s z (2/3 + z p(z)), in pairs but for z p(z), which is small enough.
#[inline(always)]
fn ln_pair<L: Float<Elem = f64>>(x: L) -> [L; 2] {
    let one = L::lit(1.0);
    let (k, m) = mantissa64(x);
    let f = m - one;
    // m + 1 as a pair: 1 is not below m / 2, nor m below 1 / 2, so each error term is exact.
    let d = m + one;
    let d_low = (one - (d - m)) + (m - (d - (d - m)));
    let quotient = f / d;
    let rest = (-quotient).mul_add(d_low, (-quotient).mul_add(d, f));
    let s = [quotient, rest / d];
    let z = product(s, s);
    let p = polynomial(
        z[0],
        [
            0.3999999999999998,
            0.2857142857144384,
            0.22222222217789753,
            0.1818181884398859,
            0.15384558429027673,
            0.1333626447321131,
            0.11675781361087798,
            0.11981747105843568,
        ],
    );
    let [q, q_low] = sum(L::lit(0.6666666666666666), z[0] * p);
    let cubic = product(product(s, z), [q, q_low + L::lit(3.700743415417188e-17)]);
    let two = L::lit(2.0);
    let [high, low] = sum(two * s[0], cubic[0]);
    let low = low + two.mul_add(s[1], cubic[1]);
    // ln 2 in three pieces; the first has 42 bits, so that its product with k is exact.
    let [high, error] = sum(k * L::lit(0.6931471805598903), high);
    let low = k.mul_add(L::lit(5.497923018708371e-14), error + low);
    let [high, low] = sum(high, low);
    let finite = x.less(L::lit(f64::INFINITY)) & x.greater(L::lit(0.0));
    [repaired(x, high), L::select(finite, low, L::lit(0.0))]
}
