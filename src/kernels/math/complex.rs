//! Functions of one complex number, `[real part, imaginary part]`, in float64.
//!
//! Special values are those of C (Annex G), which torch gives too. complex64 passes through float64.
//! Element by element on purpose: they are rare, and branch on what they meet. Never inlined: a lane
//! calls them once an element, and eight copies would only be larger.

/// e^z = e^x (cos y + i sin y).
#[inline(never)]
pub fn exp([x, y]: [f64; 2]) -> [f64; 2] {
    if y == 0.0 {
        return [x.exp(), y];
    }
    if !y.is_finite() {
        return match x {
            f64::INFINITY => [x, f64::NAN],
            f64::NEG_INFINITY => [0.0, 0f64.copysign(y)],
            _ => [f64::NAN; 2],
        };
    }
    let (sin, cos) = y.sin_cos();
    // Above 709 e^x overflows before the parts of the product need to.
    let (first, second) = if x > 709.0 { ((x * 0.5).exp(), (x * 0.5).exp()) } else { (x.exp(), 1.0) };
    [first * cos * second, first * sin * second]
}

/// ln z = ln |z| + i arg z, with the cut along the negative reals.
#[inline(never)]
pub fn ln([x, y]: [f64; 2]) -> [f64; 2] {
    let argument = y.atan2(x);
    let (large, small) = if x.abs() < y.abs() { (y.abs(), x.abs()) } else { (x.abs(), y.abs()) };
    let modulus = if (0.5..=2.0).contains(&large) {
        // Near 1 the logarithm of a rounded modulus would lose its digits: |z|^2 - 1 is formed exactly
        // enough first. The squares carry their rounding errors; subtracting 1 at once loses nothing.
        let (a, b) = (large * large, small * small);
        let errors = large.mul_add(large, -a) + small.mul_add(small, -b);
        0.5 * (((a - 1.0) + b) + errors).ln_1p()
    } else if large > 1e300 && large.is_finite() {
        (large * 0.5).hypot(small * 0.5).ln() + std::f64::consts::LN_2
    } else if large < 1e-290 && large > 0.0 {
        const UP: f64 = (1u64 << 60) as f64;
        (large * UP).hypot(small * UP).ln() - 60.0 * std::f64::consts::LN_2
    } else {
        x.hypot(y).ln()
    };
    [modulus, argument]
}

/// The square root with a real part that is not negative.
#[inline(never)]
pub fn sqrt([x, y]: [f64; 2]) -> [f64; 2] {
    if y.is_infinite() {
        return [f64::INFINITY, y];
    }
    if x == f64::INFINITY {
        return [x, if y.is_nan() { y } else { 0f64.copysign(y) }];
    }
    if x == f64::NEG_INFINITY {
        return [if y.is_nan() { y } else { 0.0 }, f64::INFINITY.copysign(y)];
    }
    if x == 0.0 && y == 0.0 {
        return [0.0, y];
    }
    // |x| + |z| must neither overflow nor lose the digits of subnormal parts; powers of 4 are exact.
    let large = x.abs().max(y.abs());
    let (up, down) = match large {
        _ if large > 1e300 => (0.0625, 4.0),
        _ if large < 1e-290 => ((1u64 << 60) as f64, 1.0 / (1u64 << 30) as f64),
        _ => (1.0, 1.0),
    };
    let (a, b) = (x * up, y * up);
    let t = ((a.abs() + a.hypot(b)) * 0.5).sqrt();
    let other = b / (2.0 * t);
    if x >= 0.0 || x.is_nan() { [t * down, other * down] } else { [other.abs() * down, t.copysign(y) * down] }
}

/// z^w = e^(w ln z); 0^0 is 1, as the derivative of z^1 at 0 needs it.
#[inline(never)]
pub fn pow(z: [f64; 2], w: [f64; 2]) -> [f64; 2] {
    if w == [0.0, 0.0] {
        return [1.0, 0.0];
    }
    let l = ln(z);
    exp([w[0] * l[0] - w[1] * l[1], w[0] * l[1] + w[1] * l[0]])
}
