//! The length of a pair, signs that are carried over, the inverse of the error function, and numbers next to others.
//!
//! The length is scaled by a power of two, so that no square overflows or is lost, and its root is corrected by what the squares
//! lost (after Borges, 2019). The inverse error function begins with a polynomial (of -ln(1 - x^2), or of its root in the
//! tail), good to seven digits, and takes one step of Halley's method, from the error function in the middle and from its
//! complement in the tail, where 1 - x is exact.

use super::polynomial;
use crate::kernels::lanes::Float;
use std::f64::consts::FRAC_2_SQRT_PI;

/// Inverse of the error function over x, of w - 5/2 where w = -ln(1 - x^2), up to w = 5.
const MIDDLE: [f64; 10] = [
    1.501409360450329,
    0.24664027905463662,
    -0.004177392875203149,
    -0.001252726391773229,
    0.00021834938623976644,
    -4.9724196894547514e-06,
    -3.4639852676333717e-06,
    4.6813134805534123e-07,
    2.3335967195708108e-08,
    -8.931925970244222e-09,
];
/// The same of the root of w, less the second number.
const TAIL: ([f64; 15], f64) = (
    [
        4.034691417383047,
        1.0098909018016817,
        0.0008209492153194048,
        -0.0006575410909331053,
        0.0002311094096713913,
        -7.502742444814847e-05,
        2.8173476460989155e-05,
        -1.0653939598286935e-05,
        5.820632367543502e-06,
        -5.481598316988495e-06,
        2.955482672798345e-06,
        -3.227260117068309e-07,
        -2.7235738260829043e-07,
        8.478679855556389e-08,
        -4.732635719396574e-09,
    ],
    4.193033988749895,
);

/// The size of `x` with the sign of `sign`.
#[inline(always)]
pub fn copysign<L: Float>(x: L, sign: L) -> L {
    x.abs().bits_or(sign.bits_and(L::lit(-0.0)))
}

/// The length of (x, y), whose squares are of a number `up` to `down` once scaled: beyond those a number is multiplied by
/// `scale` or divided by it.
#[inline(always)]
fn length<L: Float>(x: L, y: L, small: f64, scale: f64) -> L {
    let (a, b, zero, one) = (x.abs(), y.abs(), L::lit(0.0), L::lit(1.0));
    let (large, less) = (a.max(b), a.min(b));
    let up = large.less(L::lit(small));
    let down = large.greater(L::lit(1.0 / small));
    let by = L::select(up, L::lit(scale), L::select(down, L::lit(1.0 / scale), one));
    let back = L::select(up, L::lit(1.0 / scale), L::select(down, L::lit(scale), one));
    let (u, v) = (large * by, less * by);
    let root = u.mul_add(u, v * v).root();
    let (square, whole) = (root * root, u * u);
    let lost = root.mul_add(root, -square) - u.mul_add(u, -whole);
    let rest = (-v).mul_add(v, square - whole) + lost;
    let y = (root - rest / (root + root)) * back;
    let infinite = a.equal(L::lit(f64::INFINITY)) | b.equal(L::lit(f64::INFINITY));
    let y = L::select(large.equal(zero) & less.equal(zero), zero, y);
    // A nan among them, which the larger of two may have hidden.
    let y = L::select(a.equal(a) & b.equal(b), y, a + b);
    L::select(infinite, L::lit(f64::INFINITY), y)
}

/// The inverse of the error function.
#[inline(always)]
fn inverse<L: Float>(x: L) -> L {
    let (a, half, one) = (x.abs(), L::lit(0.5), L::lit(1.0));
    let w = -((one - a) * (one + a)).ln();
    let (middle, mut over) = (w.less(L::lit(5.0)), polynomial(w - L::lit(2.5), MIDDLE));
    if L::bits(!middle) != 0 {
        over = L::select(middle, over, polynomial(w.root() - L::lit(TAIL.1), TAIL.0));
    }
    let guess = a * over;
    let off = L::select(a.at_most(half), guess.erf() - a, (one - a) - guess.erfc());
    let step = off * ((guess * guess).exp() * L::lit(1.0 / FRAC_2_SQRT_PI));
    // A step is so small that 1 / (1 + guess step) is 1 - guess step.
    let y = guess - step.mul_add(-(guess * step), step);
    let y = L::select(a.equal(one), L::lit(f64::INFINITY), y);
    L::select(a.greater(one), L::lit(f64::NAN), y).bits_or(x.bits_and(L::lit(-0.0)))
}

macro_rules! special {
    ($t:ident, $small:literal, $scale:expr, $hypot:ident, $erfinv:ident, $next:ident, $exponent:ident, $bits:literal, $bias:literal) => {
        /// The root of the sum of two squares.
        #[inline(always)]
        pub fn $hypot<L: Float<Elem = $t>>(x: L, y: L) -> L {
            length(x, y, $small, $scale)
        }
        /// The inverse of the error function.
        #[inline(always)]
        pub fn $erfinv<L: Float<Elem = $t>>(x: L) -> L {
            inverse(x)
        }
        /// The power of two that brings `x` between 1/2 and 1; 0 for 0, infinities and nan.
        pub fn $exponent(x: $t) -> $t {
            if x == 0.0 || !x.is_finite() {
                return 0.0;
            }
            // A subnormal number is brought among the others first.
            let (size, less) = if x.abs() < <$t>::MIN_POSITIVE { (x.abs() * 2.0, 1) } else { (x.abs(), 0) };
            let (size, less) = if less == 1 { (size * ((1u64 << $bits) as $t), 1 + $bits) } else { (size, 0) };
            ((size.to_bits() >> $bits) as i32 - $bias + 1 - less) as $t
        }
        /// The next number after `x` on the way to `y`.
        pub fn $next(x: $t, y: $t) -> $t {
            match x.partial_cmp(&y) {
                None => x + y,
                Some(std::cmp::Ordering::Equal) => y,
                Some(std::cmp::Ordering::Less) => x.next_up(),
                Some(std::cmp::Ordering::Greater) => x.next_down(),
            }
        }
    };
}
// The scales are powers of two: 2^96 and 2^600.
special!(f32, 1e-15, 79228162514264337593543950336.0, hypot32, erfinv32, next32, exponent32, 23, 127);
special!(f64, 1e-140, f64::from_bits((1023 + 600) << 52), hypot64, erfinv64, next64, exponent64, 52, 1023);
