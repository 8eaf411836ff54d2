//! Functions of one complex number, `[real part, imaginary part]`, in float64.
//!
//! Special values are those of C (Annex G), which torch gives too. complex64 passes through float64.
//! Element by element on purpose: they are rare, and branch on what they meet. Never inlined: a lane
//! calls them once an element, and eight copies would only be larger.

/// e^z = e^x (cos y + i sin y).
#[inline(never)]
pub fn exp([x, y]: [f64; 2]) -> [f64; 2] {
    turned(x, y, f64::exp)
}

/// 2^z, the power of the real part by itself: a product with ln 2 would round it.
#[inline(never)]
pub fn exp2([x, y]: [f64; 2]) -> [f64; 2] {
    turned(x, y * std::f64::consts::LN_2, f64::exp2)
}

/// `power(x)` (cos y + i sin y).
fn turned(x: f64, y: f64, power: fn(f64) -> f64) -> [f64; 2] {
    if y == 0.0 {
        return [power(x), y];
    }
    if !y.is_finite() {
        return match x {
            f64::INFINITY => [x, f64::NAN],
            f64::NEG_INFINITY => [0.0, 0f64.copysign(y)],
            _ => [f64::NAN; 2],
        };
    }
    let (sin, cos) = y.sin_cos();
    // Above 709 the power may overflow before the parts of the product need to.
    let (first, second) = if x > 709.0 { (power(x * 0.5), power(x * 0.5)) } else { (power(x), 1.0) };
    [first * cos * second, first * sin * second]
}

/// e^z - 1: the real part is (e^x - 1) cos y + (cos y - 1), whose second term is -2 sin^2(y / 2).
#[inline(never)]
pub fn expm1([x, y]: [f64; 2]) -> [f64; 2] {
    if y == 0.0 {
        return [x.exp_m1(), y];
    }
    if x > 700.0 || !x.is_finite() || !y.is_finite() {
        let [re, im] = exp([x, y]);
        return [re - 1.0, im];
    }
    let half = (0.5 * y).sin();
    [x.exp_m1().mul_add(y.cos(), -2.0 * half * half), x.exp() * y.sin()]
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

/// The product, as C's Annex G has it: an infinity times what is not 0 is one, whatever became nan on the way.
fn times([a, b]: [f64; 2], [c, d]: [f64; 2]) -> [f64; 2] {
    let product = |[a, b]: [f64; 2], [c, d]: [f64; 2]| [a * c - b * d, a * d + b * c];
    let plain = product([a, b], [c, d]);
    if !(plain[0].is_nan() && plain[1].is_nan()) {
        return plain;
    }
    let is_infinite = |z: [f64; 2]| z[0].is_infinite() || z[1].is_infinite();
    let number = |x: f64| if x.is_nan() { 0f64.copysign(x) } else { x };
    let unit = |x: f64| if x.is_infinite() { 1f64.copysign(x) } else { 0f64.copysign(x) };
    let (mut z, mut w) = ([a, b], [c, d]);
    let infinite = is_infinite(z) || is_infinite(w) || [a * c, b * d, a * d, b * c].iter().any(|x| x.is_infinite());
    if is_infinite(z) {
        (z, w) = (z.map(unit), w.map(number));
    }
    if is_infinite(w) {
        (z, w) = (z.map(number), w.map(unit));
    }
    if infinite { product(z.map(number), w.map(number)).map(|x| f64::INFINITY * x) } else { plain }
}

/// z^w = e^(w ln z); 0^0 is 1, as the derivative of z^1 at 0 needs it, and z^1 is z.
#[inline(never)]
pub fn pow(z: [f64; 2], w: [f64; 2]) -> [f64; 2] {
    if w == [0.0, 0.0] {
        return [1.0, 0.0];
    }
    if w == [1.0, 0.0] {
        return z;
    }
    exp(times(w, ln(z)))
}

/// The logarithm to base 2.
#[inline(never)]
pub fn log2([x, y]: [f64; 2]) -> [f64; 2] {
    let [modulus, argument] = ln([x, y]);
    // That of a power of 2 is exact.
    let modulus = if y == 0.0 { x.abs().log2() } else { modulus * std::f64::consts::LOG2_E };
    [modulus, argument * std::f64::consts::LOG2_E]
}

/// The logarithm to base 10.
#[inline(never)]
pub fn log10([x, y]: [f64; 2]) -> [f64; 2] {
    let [modulus, argument] = ln([x, y]);
    let modulus = if y == 0.0 { x.abs().log10() } else { modulus * std::f64::consts::LOG10_E };
    [modulus, argument * std::f64::consts::LOG10_E]
}

/// ln (1 + z): near 0 from |1 + z|^2 - 1 = 2x + x^2 + y^2, whose first sum's and squares' errors are added last.
#[inline(never)]
pub fn log1p([x, y]: [f64; 2]) -> [f64; 2] {
    if !(x.abs() < 0.5 && y.abs() < 0.9) {
        return ln([1.0 + x, y]);
    }
    let (a, b) = (x * x, y * y);
    let sum = 2.0 * x + b;
    let part = sum - 2.0 * x;
    let lost = (2.0 * x - (sum - part)) + (b - part);
    let errors = x.mul_add(x, -a) + y.mul_add(y, -b) + lost;
    [0.5 * ((sum + a) + errors).ln_1p(), y.atan2(1.0 + x)]
}

/// sinh z = sinh x cos y + i cosh x sin y.
#[inline(never)]
pub fn sinh([x, y]: [f64; 2]) -> [f64; 2] {
    if y == 0.0 {
        return [x.sinh(), y];
    }
    if x == 0.0 {
        return [x, y.sin()];
    }
    if !y.is_finite() {
        // An infinity without an angle has no sign of its own: torch's is positive.
        return [if x.is_infinite() { x.abs() } else { f64::NAN }, f64::NAN];
    }
    let (sin, cos) = y.sin_cos();
    if x.abs() > 709.0 {
        let root = (x.abs() * 0.5).exp();
        return [root * (0.5 * cos * x.signum()) * root, root * (0.5 * sin) * root];
    }
    [x.sinh() * cos, x.cosh() * sin]
}

/// cosh z = cosh x cos y + i sinh x sin y.
#[inline(never)]
pub fn cosh([x, y]: [f64; 2]) -> [f64; 2] {
    if y == 0.0 {
        return [x.cosh(), if x.is_nan() { y } else { y * x.signum() }];
    }
    if x == 0.0 {
        return [y.cos(), if y.is_finite() { x * y.sin() } else { 0.0 }];
    }
    if !y.is_finite() {
        return [if x.is_infinite() { x.abs() } else { f64::NAN }, f64::NAN];
    }
    let (sin, cos) = y.sin_cos();
    if x.abs() > 709.0 {
        let root = (x.abs() * 0.5).exp();
        return [root * (0.5 * cos) * root, root * (0.5 * sin * x.signum()) * root];
    }
    [x.cosh() * cos, x.sinh() * sin]
}

/// tanh z, as Kahan has it (Branch cuts for complex elementary functions, 1987): from tan y and sinh x.
#[inline(never)]
pub fn tanh([x, y]: [f64; 2]) -> [f64; 2] {
    if y == 0.0 {
        return [x.tanh(), y];
    }
    if x.is_infinite() {
        return [x.signum(), if y.is_finite() { 0f64.copysign((2.0 * y).sin()) } else { 0f64.copysign(y) }];
    }
    if !y.is_finite() {
        return [if x == 0.0 { x } else { f64::NAN }, f64::NAN];
    }
    if x.abs() > 22.0 {
        return [x.signum(), 4.0 * y.sin() * y.cos() * (-2.0 * x.abs()).exp()];
    }
    let (t, s) = (y.tan(), x.sinh());
    let (beta, rho) = (1.0 + t * t, (1.0 + s * s).sqrt());
    let below = 1.0 + beta * s * s;
    [beta * rho * s / below, t / below]
}

/// The logistic function, 1 / (1 + e^-z), from the exponential that does not overflow.
#[inline(never)]
pub fn sigmoid([x, y]: [f64; 2]) -> [f64; 2] {
    let e = if x < 0.0 { exp([x, y]) } else { exp([-x, -y]) };
    let above = if x < 0.0 { e } else { [1.0, 0.0] };
    let below = [1.0 + e[0], e[1]];
    let norm = below[0] * below[0] + below[1] * below[1];
    [(above[0] * below[0] + above[1] * below[1]) / norm, (above[1] * below[0] - above[0] * below[1]) / norm]
}

/// sin z = -i sinh(iz).
#[inline(never)]
pub fn sin([x, y]: [f64; 2]) -> [f64; 2] {
    let [re, im] = sinh([-y, x]);
    [im, if x.is_finite() { -re } else { re }]
}

/// cos z = cosh(iz).
#[inline(never)]
pub fn cos([x, y]: [f64; 2]) -> [f64; 2] {
    cosh([-y, x])
}

/// tan z = -i tanh(iz).
#[inline(never)]
pub fn tan([x, y]: [f64; 2]) -> [f64; 2] {
    let [re, im] = tanh([-y, x]);
    [im, -re]
}

/// ln (e^a + e^b), from the one with the larger real part on; nan where either is.
#[inline(never)]
pub fn log_add(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    if [a, b].iter().flatten().any(|x| x.is_nan()) {
        return [f64::NAN; 2];
    }
    let (less, more) = if a[0] < b[0] { (a, b) } else { (b, a) };
    if less[0] == more[0] && less[0].is_infinite() {
        // Of two zeros either is the sum; two infinities are added as they are.
        return if less[0] < 0.0 {
            less
        } else {
            let (x, y) = (exp(less), exp(more));
            ln([x[0] + y[0], x[1] + y[1]])
        };
    }
    let ratio = log1p(exp([less[0] - more[0], less[1] - more[1]]));
    [ratio[0] + more[0], ratio[1] + more[1]]
}
