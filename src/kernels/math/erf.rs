//! The error function and its complement.
//!
//! erf x = x + x E(x^2) up to 1, and 1 - erfc x beyond. erfc x = e^(-x^2) W / (1 + 2x) from 0.8125 on, where W - 1 is a
//! polynomial of (x - c) / (x + c) with c in the middle of the range (after Shepherd and Laframboise, 1981); below, 1 - erf x.
//! The square, the quotient and the exponential's exponent are kept in two pieces: what they lose would count as often as
//! x^2 is large.

use super::hyperbolic::{Q32, Q64, reduced};
use super::polynomial;
use crate::kernels::lanes::Float;

const E32: [f64; 7] = [
    0.12837916612625122,
    -0.3761262595653534,
    0.1128358244895935,
    -0.026853639632463455,
    0.005187946371734142,
    -0.0008006563293747604,
    7.841237675165758e-05,
];
const E64: [f64; 12] = [
    0.12837916709551256,
    -0.37612638903183454,
    0.1128379167094242,
    -0.02686617064289314,
    0.005223977604623254,
    -0.0008548325866905287,
    0.00012055291907081775,
    -1.4924683058477733e-05,
    1.6446798054422378e-06,
    -1.6203927736074155e-07,
    1.3701258390000972e-08,
    -7.762257462079297e-10,
];
/// c and W - 1.
const W32: (f64, [f64; 10]) = (
    2.5,
    [
        0.26483818888664246,
        -0.12235677987337112,
        -0.09902472794055939,
        0.15763087570667267,
        -0.10296519845724106,
        0.03274661302566528,
        0.0009291668538935483,
        -0.004300601780414581,
        0.0004623100976459682,
        0.0004510139988269657,
    ],
);
const W64: (f64, [f64; 21]) = (
    4.0,
    [
        0.2329951186255525,
        -0.13962111684056244,
        0.01537965210262267,
        0.06809705425468195,
        -0.10103906603649478,
        0.09373283499884912,
        -0.06633036580713945,
        0.03716751552656681,
        -0.016197734127893507,
        0.005031970111279601,
        -0.0007577727288636092,
        -0.0001992576856642801,
        0.00015061895465821304,
        -2.4394543303352916e-05,
        -1.1213904162345757e-05,
        5.6956713210724315e-06,
        2.794662169658307e-07,
        -7.991074479128218e-07,
        8.773734727537094e-08,
        8.17905837928734e-08,
        -2.1328493907387713e-08,
    ],
);

/// From where erfc x is no difference.
const TAIL: f64 = 0.8125;

/// The variable of W.
#[inline(always)]
fn place<L: Float>(a: L, middle: f64) -> L {
    (a - L::lit(middle)) / (a + L::lit(middle))
}

/// W / (1 + 2a) from W - 1, in two pieces.
#[inline(always)]
fn quotient<L: Float>(a: L, w: L) -> [L; 2] {
    let one = L::lit(1.0);
    let above = one + w;
    let above_lost = w - (above - one);
    // The larger of the sum's terms first, so that what it loses is exact.
    let (large, small) = ((a + a).max(one), (a + a).min(one));
    let below = large + small;
    let below_lost = small - (below - large);
    let inverse = one / below;
    let y = above * inverse;
    let left = (-y).mul_add(below, above) + (-y).mul_add(below_lost, above_lost);
    [y, left * inverse]
}

/// y e^r, from y and r in two pieces and q of e^r = 1 + r + r^2 q.
#[inline(always)]
fn grown<L: Float>(y: [L; 2], r: [L; 2], q: L) -> L {
    let small = (r[0] * r[0]).mul_add(q, r[1]);
    let low = y[1].mul_add(r[0], y[1]);
    y[0] + y[0].mul_add(r[0], y[0].mul_add(small, low))
}

/// erfc a for float32, from [`TAIL`] on.
#[inline(always)]
fn tail32<L: Float<Elem = f32>>(a: L) -> L {
    // Beyond the result is 0. In this order of operands nan stays nan.
    let a = L::lit(10.5).min(a);
    let y = quotient(a, polynomial(place(a, W32.0), W32.1));
    let square = a * a;
    let lost = a.mul_add(a, -square);
    let whole = L::lit(12582912.0);
    let k = (-square).mul_add(L::lit(std::f64::consts::LOG2_E), whole) - whole;
    let r = reduced(-square, -lost, k, [std::f32::consts::LN_2.into(), -1.9046542e-9]);
    let y = grown(y, r, polynomial(r[0], Q32));
    y.ldexp(k)
}

/// As [`tail32`].
#[inline(always)]
fn tail64<L: Float<Elem = f64>>(a: L) -> L {
    let a = L::lit(28.0).min(a);
    let y = quotient(a, polynomial(place(a, W64.0), W64.1));
    let square = a * a;
    let lost = a.mul_add(a, -square);
    let whole = L::lit(6755399441055744.0);
    let k = (-square).mul_add(L::lit(std::f64::consts::LOG2_E), whole) - whole;
    let r = reduced(-square, -lost, k, [std::f64::consts::LN_2, 2.3190468138462996e-17]);
    let y = grown(y, r, polynomial(r[0], Q64));
    y.ldexp(k)
}

/// erf x from E and the tail.
#[inline(always)]
fn function<L: Float>(x: L, e: L, tail: L) -> L {
    let (a, one) = (x.abs(), L::lit(1.0));
    let large = (one - tail).bits_or(x.bits_and(L::lit(-0.0)));
    L::select(a.less(one), x.mul_add(e, x), large)
}

/// erfc x from E and the tail.
#[inline(always)]
fn complement<L: Float>(x: L, e: L, tail: L) -> L {
    let one = L::lit(1.0);
    // x + x E is not rounded by itself, nor is what 1 - x loses lost.
    let first = one - x;
    let near = first + (-x).mul_add(e, (one - first) - x);
    let y = L::select(x.less(-one), L::lit(2.0) - tail, near);
    L::select(x.less(L::lit(TAIL)), y, tail)
}

/// erf x for float32.
#[inline(always)]
pub fn erf32<L: Float<Elem = f32>>(x: L) -> L {
    function(x, polynomial(x * x, E32), tail32(x.abs()))
}

/// erf x for float64.
#[inline(always)]
pub fn erf64<L: Float<Elem = f64>>(x: L) -> L {
    function(x, polynomial(x * x, E64), tail64(x.abs()))
}

/// erfc x for float32.
#[inline(always)]
pub fn erfc32<L: Float<Elem = f32>>(x: L) -> L {
    complement(x, polynomial(x * x, E32), tail32(x.abs()))
}

/// erfc x for float64.
#[inline(always)]
pub fn erfc64<L: Float<Elem = f64>>(x: L) -> L {
    complement(x, polynomial(x * x, E64), tail64(x.abs()))
}
