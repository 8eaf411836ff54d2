//! The logarithm of the gamma function and its derivatives, in float64: the logarithm and the second derivative by lanes, the others an
//! element at a time.
//!
//! Between 1 and 2 the logarithm is (x - 1)(x - 2) times a polynomial, and its derivative x less its root times another, so that
//! neither loses digits beside its zeros; elsewhere the recurrence leads there, or Stirling's series is taken from 10 on.
//! Negative numbers are reflected.

use super::special::copysign;
use crate::kernels::lanes::{Float, Widen, each};
use std::f64::consts::PI;

/// ln gamma(x) / ((x - 1)(x - 2)), of x - 1.5.
const LOG: [f64; 23] = [
    0.4831289505409809,
    -0.14595989591430608,
    0.06291140107456494,
    -0.031308487501009494,
    0.016797098631185916,
    -0.009425622448625905,
    0.005446457844650585,
    -0.003212074069736748,
    0.0019229161355079497,
    -0.0011644146716071257,
    0.0007115223848906008,
    -0.00043799193485690124,
    0.00027127505354773154,
    -0.00016892719402703723,
    0.00010564474884131882,
    -6.609271409301556e-05,
    4.1635136148902716e-05,
    -2.7356444761067124e-05,
    1.734263784459851e-05,
    -8.07952925042159e-06,
    5.129828644815147e-06,
    -7.970873319492813e-06,
    5.1046182161001864e-06,
];
/// digamma(x) / (x - root), of x - 1.5.
const SLOPE: [f64; 23] = [
    0.9510558760318328,
    -0.4236274212814606,
    0.24054248424078697,
    -0.14840492305388092,
    0.09498872445289039,
    -0.06192213327548831,
    0.040760833940846085,
    -0.026975796659787055,
    0.017907248317313294,
    -0.011908220105959716,
    0.007927021796868154,
    -0.005279937255532708,
    0.003518106563802472,
    -0.0023454947397380833,
    0.0015633696313653504,
    -0.0010364584817312839,
    0.0006909255761282986,
    -0.00048595039220036254,
    0.00032395945401345196,
    -0.00014480643368061614,
    9.653646261410062e-05,
    -0.0001782188548855923,
    0.00011881232908510335,
];
/// Where digamma is 0, and what the first number lacks.
const ROOT: [f64; 2] = [1.4616321449683622, 9.549995429965697e-17];
/// From where Stirling's series is taken.
const FAR: f64 = 10.0;

/// Four chains side by side, of every fourth coefficient, which a processor overlaps; without fused products, which outside of a
/// shell are slow calls.
#[inline(always)]
fn polynomial<const N: usize>(x: f64, coefficients: &[f64; N]) -> f64 {
    let (square, mut chains) = (x * x, [0.0; 4]);
    let fourth = square * square;
    for k in (0..N.div_ceil(4)).rev() {
        for (j, chain) in chains.iter_mut().enumerate() {
            let i = 4 * k + j;
            *chain = *chain * fourth + if i < N { coefficients[i] } else { 0.0 };
        }
    }
    let [a, b, c, d] = chains;
    (a + b * x) + (c + d * x) * square
}

/// The logarithm of the size of the gamma function, of float64.
#[inline(always)]
pub fn lgamma64<L: Float<Elem = f64>>(x: L) -> L {
    const SERIES: [f64; 8] = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
        -691.0 / 360360.0,
        1.0 / 156.0,
        -3617.0 / 122400.0,
    ];
    const EULER: f64 = 0.577_215_664_901_532_9;
    // Half of the logarithm of 2 pi, less a half.
    const CONSTANT: f64 = 0.418_938_533_204_672_7;
    let (zero, half, one, two) = (L::lit(0.0), L::lit(0.5), L::lit(1.0), L::lit(2.0));
    let a = x.abs();
    let (small, far) = (a.less(one), a.at_least(L::lit(FAR)));
    let (mut near, mut product) = (a, one);
    if L::bits(a.greater(two)) != 0 {
        for _ in 0..8 {
            let (more, less) = (near.greater(two), near - one);
            product = L::select(more, product * less, product);
            near = L::select(more, less, near);
        }
    }
    // Below 1 that of x + 1, which itself would be rounded.
    let place = L::select(small, a - half, near - L::lit(1.5));
    let zeros = L::select(small, a * (a - one), (near - one) * (near - two));
    let log = L::select(small | far, a, product).ln();
    let mut y = zeros * super::polynomial(place, LOG) + L::select(small, -log, log);
    if L::bits(far) != 0 {
        let inverse = one / a;
        let rest = super::polynomial(inverse * inverse, SERIES).mul_add(inverse, L::lit(CONSTANT));
        y = L::select(far, (a - half).mul_add(log - one, rest), y);
    }
    let negative = x.less(zero);
    if L::bits(negative) != 0 {
        let reflected = (L::lit(PI) / (a * sine(a)).abs()).ln() - y;
        // Beside 0 nothing is reflected: the series of x has the digits.
        let reflected = L::select(a.less(L::lit(1e-10)), a.mul_add(L::lit(EULER), -log), reflected);
        let reflected = L::select(a.equal(a.floor()), L::lit(f64::INFINITY), reflected);
        y = L::select(negative, reflected, y);
    }
    y
}

/// The same of float32.
#[inline(always)]
pub fn lgamma32<L: Widen>(x: L) -> L {
    let mut halves = x.widen();
    for half in &mut halves {
        *half = lgamma64(*half);
    }
    L::narrow(halves)
}

/// The sine of pi x.
#[inline(always)]
fn sine<L: Float<Elem = f64>>(x: L) -> L {
    let half = L::lit(0.5);
    // From -1 to 1, and exact; then from -1/2 to 1/2.
    let rest = x - L::lit(2.0) * (half * x).round();
    let rest = L::select(rest.abs().greater(half), copysign(L::lit(1.0), rest) - rest, rest);
    (L::lit(PI) * rest).sin()
}

/// The derivative of [`lgamma64`].
#[inline(never)]
pub fn digamma(x: f64) -> f64 {
    if x == 0.0 {
        return -f64::INFINITY.copysign(x);
    }
    if x < 0.0 {
        if x == x.floor() {
            return f64::NAN;
        }
        let rest = x - x.round();
        return digamma(1.0 - x) - PI / (PI * rest).tan();
    }
    if x >= FAR {
        if x.is_infinite() {
            return x;
        }
        let square = 1.0 / (x * x);
        const SERIES: [f64; 8] = [
            1.0 / 12.0,
            -1.0 / 120.0,
            1.0 / 252.0,
            -1.0 / 240.0,
            1.0 / 132.0,
            -691.0 / 32760.0,
            1.0 / 12.0,
            -3617.0 / 8160.0,
        ];
        return x.ln() - 0.5 / x - polynomial(square, &SERIES) * square;
    }
    if x.is_nan() {
        return x;
    }
    if x < 1.0 {
        return digamma(x + 1.0) - 1.0 / x;
    }
    let (mut x, mut sum) = (x, 0.0);
    while x > 2.0 {
        x -= 1.0;
        sum += 1.0 / x;
    }
    ((x - ROOT[0]) - ROOT[1]) * polynomial(x - 1.5, &SLOPE) + sum
}

/// The derivative of [`digamma`] of order `n`, from 1 on: n! times the sum of 1 / (x + k)^(n + 1), with the sign of an odd
/// order. The sum's tail is that of Euler and Maclaurin.
#[inline(never)]
fn polygamma(x: f64, n: f64) -> f64 {
    let (power, mut factor) = (n as i32 + 1, if n as i64 & 1 == 0 { -1.0 } else { 1.0 });
    for k in 1..power {
        factor *= f64::from(k);
    }
    if x <= 0.0 && x == x.floor() {
        return if power & 1 == 0 { f64::INFINITY } else { f64::NAN };
    }
    let (mut x, mut sum, far) = (x, 0.0, FAR + n);
    // Numbers far below 0 would take as many steps as they are large.
    if x < -1e6 {
        return f64::NAN;
    }
    while x < far {
        sum += x.powi(-power);
        x += 1.0;
    }
    let s = f64::from(power);
    let mut term = x.powi(-power);
    sum += term * x / (s - 1.0) + 0.5 * term;
    /// Bernoulli's numbers of even order, over the factorials of the orders.
    const SERIES: [f64; 8] = [
        1.0 / 12.0,
        -1.0 / 720.0,
        1.0 / 30240.0,
        -1.0 / 1209600.0,
        1.0 / 47900160.0,
        -691.0 / 1307674368000.0,
        1.0 / 74724249600.0,
        -3617.0 / 10670622842880000.0,
    ];
    term *= s / x;
    for (j, c) in SERIES.iter().enumerate() {
        sum += c * term;
        let order = s + 2.0 * j as f64;
        term *= (order + 1.0) * (order + 2.0) / (x * x);
    }
    factor * sum
}

/// [`polygamma`] of float64; `n` is one number for all.
#[inline(always)]
pub fn polygamma64<L: Float<Elem = f64>>(x: L, n: L) -> L {
    match L::bits(n.equal(L::lit(1.0))) & 1 {
        1 => trigamma(x),
        _ => each(x, n, polygamma),
    }
}

/// The same of float32.
#[inline(always)]
pub fn polygamma32<L: Widen>(x: L, n: L) -> L {
    if L::bits(n.equal(L::lit(1.0))) & 1 == 0 {
        return each(x, n, |x, n| polygamma(x.into(), n.into()) as f32);
    }
    let mut halves = x.widen();
    for half in &mut halves {
        *half = trigamma(*half);
    }
    L::narrow(halves)
}

/// The derivative of [`digamma`].
#[inline(always)]
fn trigamma<L: Float<Elem = f64>>(x: L) -> L {
    const SERIES: [f64; 8] =
        [1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 5.0 / 66.0, -691.0 / 2730.0, 7.0 / 6.0, -3617.0 / 510.0];
    let (zero, half, one) = (L::lit(0.0), L::lit(0.5), L::lit(1.0));
    let low = x.less(half);
    let (mut far, mut sum) = (L::select(low, one - x, x), zero);
    // From 1/2 to beyond 10, two terms with one division.
    for _ in 0..5 {
        let (near, next) = (far.less(L::lit(FAR)), far + one);
        let (a, b) = (far * far, next * next);
        sum = L::select(near, sum + (a + b) / (a * b), sum);
        far = L::select(near, next + one, far);
    }
    let (inverse, square) = (one / far, one / (far * far));
    let rest = super::polynomial(square, SERIES) * square * inverse;
    let mut y = sum + (half.mul_add(square, inverse) + rest);
    if L::bits(low) != 0 {
        let root = L::lit(PI) / sine(x);
        y = L::select(low, root.mul_add(root, -y), y);
    }
    y
}
