//! The logarithm of the gamma function and its first two derivatives, an element at a time in float64.
//!
//! Between 1 and 2 the logarithm is (x - 1)(x - 2) times a polynomial, and its derivative x less its root times another, so that
//! neither loses digits beside its zeros; elsewhere the recurrence leads there, or Stirling's series is taken from 10 on.
//! Negative numbers are reflected.

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

/// The logarithm of the size of the gamma function.
#[inline(never)]
pub fn lgamma(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    if x.is_infinite() || x == 0.0 {
        return f64::INFINITY;
    }
    if x < 0.0 {
        if x == x.floor() {
            return f64::INFINITY;
        }
        if x > -1e-10 {
            return -(-x).ln();
        }
        return (PI / (x * sine(x)).abs()).ln() - lgamma(-x);
    }
    if x < 1.0 {
        // That of x + 1, which itself would be rounded.
        return x * (x - 1.0) * polynomial(x - 0.5, &LOG) - x.ln();
    }
    if x >= FAR {
        let inverse = 1.0 / x;
        let square = inverse * inverse;
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
        // Half of the logarithm of 2 pi.
        const CONSTANT: f64 = 0.918_938_533_204_672_7;
        return (x - 0.5) * (x.ln() - 1.0) + (CONSTANT - 0.5 + polynomial(square, &SERIES) * inverse);
    }
    let (mut x, mut product) = (x, 1.0);
    while x > 2.0 {
        x -= 1.0;
        product *= x;
    }
    let near = (x - 1.0) * (x - 2.0) * polynomial(x - 1.5, &LOG);
    // Plus 0, so that it is 0 where it is -0.
    near + if product == 1.0 { 0.0 } else { product.ln() }
}

/// The sine of pi x.
fn sine(x: f64) -> f64 {
    let rest = x - 2.0 * (0.5 * x).round();
    // From -1 to 1, and exact.
    if rest.abs() > 0.5 { (PI * (rest.signum() - rest)).sin() } else { (PI * rest).sin() }
}

/// The derivative of [`lgamma`].
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
pub fn polygamma(x: f64, n: f64) -> f64 {
    if n == 1.0 {
        return trigamma(x);
    }
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

/// The derivative of [`digamma`].
fn trigamma(x: f64) -> f64 {
    if x < 0.5 {
        let sine = sine(x);
        return (PI / sine) * (PI / sine) - trigamma(1.0 - x);
    }
    let (mut x, mut sum) = (x, 0.0);
    while x < FAR {
        sum += 1.0 / (x * x);
        x += 1.0;
    }
    let (inverse, square) = (1.0 / x, 1.0 / (x * x));
    const SERIES: [f64; 8] =
        [1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 5.0 / 66.0, -691.0 / 2730.0, 7.0 / 6.0, -3617.0 / 510.0];
    sum + (inverse + 0.5 * square + polynomial(square, &SERIES) * square * inverse)
}
