//! Inverse hyperbolic sine, cosine and tangent.
//!
//! asinh x is x + x^3 P(x^2) up to 1/2 and ln(x + sqrt(x^2 + 1)) beyond, acosh x is ln(1 + v) with v = x - 1 + sqrt(x^2 - 1), atanh x is
//! half of ln(1 + v) with v = 2x / (1 - x): squares, roots, sums and quotients each with what it lost, which the
//! logarithm adds to first order. Where x^2 would leave no room for 1 the first two are ln x + ln 2.

use super::log::{ln_sum32, ln_sum64, lost, repaired};
use super::polynomial;
use crate::kernels::lanes::Float;

const ASINH32: [f64; 5] =
    [-0.1666664332151413, 0.07498643547296524, -0.04438357800245285, 0.028164954856038094, -0.013231025077402592];
const ASINH64: [f64; 12] = [
    -0.1666666666666661,
    0.07499999999984415,
    -0.04464285712782859,
    0.03038194371623847,
    -0.022372138354076768,
    0.017352386889725655,
    -0.013960231615438808,
    0.011512979996325428,
    -0.009534125545070427,
    0.007465555061541541,
    -0.004747445043931081,
    0.0017180397534111952,
];
/// Beyond these x^2 + 1 is x^2.
const LARGE32: f64 = 16384.0;
const LARGE64: f64 = 536870912.0;

/// The sum and what it lost.
#[inline(always)]
fn two_sum<L: Float>(a: L, b: L) -> (L, L) {
    let sum = a + b;
    let part = sum - a;
    (sum, (a - (sum - part)) + (b - part))
}

/// The root of x^2 + one in two pieces.
#[inline(always)]
fn root<L: Float>(x: L, one: L) -> (L, L) {
    let square = x * x;
    let (sum, rest) = two_sum(square, one);
    let root = sum.root();
    let rest = rest + x.mul_add(x, -square);
    (root, ((-root).mul_add(root, sum) + rest) / (root + root))
}

/// u and low, of whose sum the logarithm is asinh x, for x > 0.
#[inline(always)]
fn of_sine<L: Float>(a: L, large: f64) -> (L, L) {
    let large = a.greater(L::lit(large));
    let (root, low) = root(a, L::lit(1.0));
    let u = root + a;
    let low = ((a - (u - root)) + low) / u;
    (L::select(large, a, u), L::select(large, L::lit(std::f64::consts::LN_2), low))
}

/// v, then u and low, of whose sum the logarithm is acosh x.
#[inline(always)]
fn of_cosine<L: Float>(x: L, large: f64) -> (L, L, L) {
    let one = L::lit(1.0);
    let large = x.greater(L::lit(large));
    let (root, root_low) = root(x, -one);
    let (less, less_low) = two_sum(x, -one);
    let (v, low) = two_sum(less, root);
    let u = one + v;
    let low = lost(v, u) + (low + (less_low + root_low)) / u;
    (v, L::select(large, x, u), L::select(large, L::lit(std::f64::consts::LN_2), low))
}

/// v, then u and low, of whose sum the logarithm is twice atanh x, for x > 0.
#[inline(always)]
fn of_tangent<L: Float>(a: L) -> (L, L, L) {
    let (one, twice) = (L::lit(1.0), a + a);
    let below = one - a;
    let below_low = (one - below) - a;
    let v = twice / below;
    let low = (-v).mul_add(below_low, (-v).mul_add(below, twice)) / below;
    let u = one + v;
    (v, u, lost(v, u) + low / u)
}

/// The functions of one element type.
macro_rules! area {
    ($t:ident, $ln:ident, $p:ident, $large:ident, $asinh:ident, $acosh:ident, $atanh:ident) => {
        /// asinh x.
        #[inline(always)]
        pub fn $asinh<L: Float<Elem = $t>>(x: L) -> L {
            let a = x.abs();
            let z = a * a;
            let small = (a * z).mul_add(polynomial(z, $p), a);
            let (u, low) = of_sine(a, $large);
            let y = L::select(a.greater(L::lit(0.5)), repaired(u, $ln(u, low)), small);
            L::select(a.equal(a), y, x).bits_or(x.bits_and(L::lit(-0.0)))
        }
        /// acosh x.
        #[inline(always)]
        pub fn $acosh<L: Float<Elem = $t>>(x: L) -> L {
            let one = L::lit(1.0);
            let (_, u, low) = of_cosine(x, $large);
            let y = L::select(x.equal(one), L::lit(0.0), repaired(u, $ln(u, low)));
            L::select(x.less(one), L::lit(f64::NAN), y)
        }
        /// atanh x.
        #[inline(always)]
        pub fn $atanh<L: Float<Elem = $t>>(x: L) -> L {
            let (v, u, low) = of_tangent(x.abs());
            // What is below the last place of 1 + v is v itself.
            let y = L::select(u.equal(L::lit(1.0)), v, repaired(u, $ln(u, low)));
            (y * L::lit(0.5)).bits_or(x.bits_and(L::lit(-0.0)))
        }
    };
}
area!(f32, ln_sum32, ASINH32, LARGE32, asinh32, acosh32, atanh32);
area!(f64, ln_sum64, ASINH64, LARGE64, asinh64, acosh64, atanh64);
