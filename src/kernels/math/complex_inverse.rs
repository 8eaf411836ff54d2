//! Inverse trigonometric and hyperbolic functions of one complex number, `[real part, imaginary part]`, in float64.
//!
//! From the roots of 1 - z and 1 + z, as Kahan has them (Branch cuts for complex elementary functions, 1987), which keep
//! signs of zero on both sides of a cut; far from 0 by their leading terms. Special values are those of C (Annex G).

use super::complex::sqrt;
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, LN_2};

/// Beyond this the square of a part leaves no room for 1.
const FAR: f64 = 1e10;

/// ln |2z| of a number that is far from 0.
fn far_logarithm([x, y]: [f64; 2]) -> f64 {
    // By a power of two, so that the modulus does not overflow.
    const DOWN: f64 = 1.0 / 1048576.0;
    (x * DOWN).hypot(y * DOWN).ln() + 21.0 * LN_2
}

/// asin z.
#[inline(never)]
pub fn asin([x, y]: [f64; 2]) -> [f64; 2] {
    let [re, im] = asinh([-y, x]);
    // An infinity without an angle has no sign of its own: torch's is positive.
    [im, if y.is_nan() { re.abs() } else { -re }]
}

/// acos z.
#[inline(never)]
pub fn acos([x, y]: [f64; 2]) -> [f64; 2] {
    let down = |size: f64| size.copysign(-y);
    if x.is_nan() || y.is_nan() {
        return match (x, y) {
            (x, _) if x.is_infinite() => [f64::NAN, f64::NEG_INFINITY],
            (_, y) if y.is_infinite() => [f64::NAN, -y],
            (0.0, _) => [FRAC_PI_2, f64::NAN],
            _ => [f64::NAN; 2],
        };
    }
    if x.is_infinite() && y.is_infinite() {
        return [if x > 0.0 { FRAC_PI_4 } else { 3.0 * FRAC_PI_4 }, down(f64::INFINITY)];
    }
    if x.abs() > FAR || y.abs() > FAR {
        return [y.abs().atan2(x), down(far_logarithm([x, y]))];
    }
    let (less, more) = (sqrt([1.0 - x, -y]), sqrt([1.0 + x, y]));
    let im = (more[0] * less[1] - more[1] * less[0]).asinh();
    [2.0 * less[0].atan2(more[0]), down(im.abs())]
}

/// atan z.
#[inline(never)]
pub fn atan([x, y]: [f64; 2]) -> [f64; 2] {
    let [re, im] = atanh([-y, x]);
    [im, -re]
}

/// asinh z.
#[inline(never)]
pub fn asinh([x, y]: [f64; 2]) -> [f64; 2] {
    if x.is_nan() || y.is_nan() {
        return match (x, y) {
            (x, _) if x.is_infinite() => [x, f64::NAN],
            (_, y) if y.is_infinite() => [f64::INFINITY, f64::NAN],
            (_, 0.0) => [f64::NAN, y],
            _ => [f64::NAN; 2],
        };
    }
    if x.is_infinite() && y.is_infinite() {
        return [x, FRAC_PI_4.copysign(y)];
    }
    if x.abs() > FAR || y.abs() > FAR {
        return [far_logarithm([x, y]).copysign(x), y.atan2(x.abs())];
    }
    // The sine's formula at iz: 1 - iz and 1 + iz.
    let (less, more) = (sqrt([1.0 + y, -x]), sqrt([1.0 - y, x]));
    let re = (less[0] * more[1] - less[1] * more[0]).asinh();
    let im = y.atan2(less[0] * more[0] - less[1] * more[1]);
    [re.abs().copysign(x), im]
}

/// acosh z.
#[inline(never)]
pub fn acosh(z: [f64; 2]) -> [f64; 2] {
    let [re, im] = acos(z);
    [im.abs(), re.copysign(z[1])]
}

/// atanh z.
#[inline(never)]
pub fn atanh([x, y]: [f64; 2]) -> [f64; 2] {
    let half_turn = FRAC_PI_2.copysign(y);
    if x.is_nan() || y.is_nan() {
        return match (x, y) {
            (x, _) if x == 0.0 || x.is_infinite() => [0f64.copysign(x), f64::NAN],
            (_, y) if y.is_infinite() => [0f64.copysign(x), half_turn],
            _ => [f64::NAN; 2],
        };
    }
    let a = x.abs();
    if a > FAR || y.abs() > FAR {
        // 1 / z has the real part x / |z|^2.
        let large = a.max(y.abs());
        let re = if large.is_infinite() { 0.0 } else { a / large / a.hypot(y) * (large / a.hypot(y)) };
        return [re.copysign(x), half_turn];
    }
    let less = 1.0 - a;
    let re = 0.25 * (4.0 * a / (less * less + y * y)).ln_1p();
    let im = if y == 0.0 && a <= 1.0 { y } else { 0.5 * (2.0 * y).atan2(less * (1.0 + a) - y * y) };
    [re.copysign(x), if y == 0.0 && a > 1.0 { half_turn } else { im }]
}
