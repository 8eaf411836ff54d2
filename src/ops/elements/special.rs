//! Rows of functions beyond the elementary ones, of real numbers.

use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::ops::apply::{Operand, call_pointwise, pointwise as apply};
use crate::ops::copy;
use crate::ops::inplace;
use crate::ops::layout::lay_alike;
use crate::ops::overlap::{self, Overlap};
use crate::ops::row::{Operator, Pointwise, pointwise};
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::tensor::Tensor;
use std::f64::consts::{LN_2, PI};

/// Half of the root of pi.
const HALF_ROOT_OF_PI: f64 = 0.886_226_925_452_758;

pointwise! { family 23;
    /// The root of the sum of two squares, which neither overflows nor is lost.
    Hypot {
        hypot(a, b) -> y = a.hypot(b);
        a: |g, a, y| g * a / y;
        b: |g, b, y| g * b / y;
        [Real, Promote, kernel floats_alone; lean] "HypotBackward0";
        "hypot(input, other, *, out = None)" ALL;
    }
    /// The logarithm to base 2 of the sum of 2 to each of two powers: nothing overflows on the way.
    LogAddExp2 {
        logaddexp2(a, b) -> y = {
            let large = N::select(b.less(a), a, b);
            let sum = large + (-(a - b).abs()).exp2().log1p() * N::lit(std::f64::consts::LOG2_E);
            N::select(a.equal(b) & !a.is_finite(), a, sum)
        };
        a: |g, a, b| g / (N::lit(2.0).pow(b - a) + N::lit(1.0));
        b: |g, a, b| g / (N::lit(2.0).pow(a - b) + N::lit(1.0));
        [Real, Promote, kernel floats_alone; lean] "Logaddexp2Backward0";
        "logaddexp2(input, other, *, out = None)" BOTH;
    }
    /// Each element times the logarithm of `other`: 0 where the element is 0, nan where `other` is.
    Xlogy {
        xlogy(a, b) -> y = a.xlogy(b);
        a: |g, a, b| g.xlogy(b).cleared(a.is_zero() & b.at_most(N::lit(0.0)));
        b: |g, a, b| g * a / b;
        [Real, Float, kernel real_alone; lean] "XlogyBackward0", "XlogyBackward1", "XlogyBackward2";
        "xlogy(input, other, *, out = None)" EVERY => xlogy;
        "xlogy(self: number, other, *, out = None)" FUNCTION => xlogy;
        "xlogy(input, other: number, *, out = None)" EVERY => xlogy;
        "special_xlogy(input, other, *, out = None)" FUNCTION => xlogy;
        "special_xlogy(self: number, other, *, out = None)" FUNCTION => xlogy;
        "special_xlogy(input, other: number, *, out = None)" FUNCTION => xlogy;
    }
    /// The size of each element with the sign of `other`, which -0 has, too.
    Copysign {
        copysign(a, b) -> y = a.copysign(b);
        a: |g, a, y| g * (y / a).cleared(a.is_zero());
        b: |g| N::lit(0.0);
        [Real, Float, kernel real_alone; lean] "CopysignBackward0", "CopysignBackward1";
        "copysign(input, other, *, out = None)" ALL => copysign;
        "copysign(input, other: number, *, out = None)" ALL => copysign;
    }
    /// The next number of the type after each element, on the way to that of `other`.
    NextAfter {
        nextafter(a, b) -> y = a.nextafter(b);
        a: |g, a, b| N::select(a.equal(b), N::lit(0.0), g);
        b: |g| N::lit(0.0);
        [Real, Promote, kernel floats_alone; lean] "NextafterBackward0";
        "nextafter(input, other, *, out = None)" ALL => nextafter;
    }
    /// The same of half types, computed in float32: `c` says whether of bfloat16. What is added is more than half of the step and
    /// less than its half again, on either side of a power of two.
    NextAfterHalf {
        nextafter(a, b, c) constant(c) -> y = {
            let (zero, long) = (N::lit(0.0), c.truth());
            let part = N::select(long, N::lit(1.25 / 256.0), N::lit(1.25 / 2048.0));
            let least = N::select(long, N::lit(f64::from_bits((1023 - 133) << 52)), N::lit(f64::from_bits((1023 - 24) << 52)));
            let most = N::select(long, N::lit(3.3895313892515355e38), N::lit(65504.0));
            let size = a.abs() * part;
            let step = N::select(size.less(least), least, size);
            let step = N::select(a.greater(b), -step, step);
            let next = N::select(a.is_finite(), a + step, most.copysign(a));
            // Towards 0 a zero keeps the sign.
            let next = N::select(next.is_zero(), zero.copysign(a), next);
            let next = N::select(a.equal(b), b, next);
            N::select(a.equal(a) & b.equal(b), next, a + b)
        };
        a: |g, a, b| N::select(a.equal(b), N::lit(0.0), g);
        b: |g| N::lit(0.0);
        [Real, Promote, kernel floats_alone; lean] "NextafterBackward0";
    }
    /// Radians of degrees.
    DegToRad {
        deg2rad(a) -> y = a * N::lit(PI / 180.0);
        a: |g| g * N::lit(PI / 180.0);
        [Real, Float, check no_complex; lean] "Deg2RadBackward0";
        "deg2rad(input, *, out = None)" EVERY => laid_alike, row;
    }
    /// Degrees of radians.
    RadToDeg {
        rad2deg(a) -> y = a * N::lit(180.0 / PI);
        a: |g| g * N::lit(180.0 / PI);
        [Real, Float, check no_complex; lean] "Rad2DegBackward0";
        "rad2deg(input, *, out = None)" EVERY => laid_alike, row;
    }
    /// The logarithm of each element over 1 less the element: the inverse of the logistic function. With `eps`, of an element
    /// that is kept between that and 1 less that.
    Logit {
        logit(a) -> y = (a / (N::lit(1.0) - a)).ln();
        a: |g, a| N::select(
            a.at_least(N::lit(0.0)) & a.at_most(N::lit(1.0)),
            g / (a * (N::lit(1.0) - a)),
            N::lit(f64::NAN)
        );
        [Real, Float, kernel real_alone] "LogitBackward0";
        "logit(input, eps: float = None, *, out = None)" EVERY => logit;
        "special_logit(input, eps: float = None, *, out = None)" FUNCTION => logit;
    }
    /// The same of an element kept between `eps` and 1 less that.
    LogitWithin {
        logit(a, eps) constant(eps) -> y = {
            let most = N::lit(1.0) - eps;
            let within = N::select(a.less(eps), eps, N::select(a.greater(most), most, a));
            (within / (N::lit(1.0) - within)).ln()
        };
        a: |g, a, eps| N::select(
            a.at_least(eps) & a.at_most(N::lit(1.0) - eps),
            g / (a * (N::lit(1.0) - a)),
            N::lit(0.0)
        );
        [Real, Float, kernel real_alone; lean] "LogitBackward0";
    }
    /// The inverse of the error function.
    Erfinv {
        erfinv(a) -> y = a.erfinv();
        a: |g, a| a.erfinv().raised(2.0).exp() * N::lit(HALF_ROOT_OF_PI) * g;
        [Real, Float, kernel real_alone; lean] "ErfinvBackward0";
        "erfinv(input, *, out = None)" ALL;
        "special_erfinv(input, *, out = None)" FUNCTION;
    }
    /// The logarithm of the size of the gamma function.
    Lgamma {
        lgamma(a) -> y = a.lgamma();
        a: |g, a| g * a.digamma();
        [Real, Float, kernel real_alone; lean] "LgammaBackward0";
        "lgamma(input, *, out = None)" ALL;
        "special_gammaln(input, *, out = None)" FUNCTION;
    }
    /// The derivative of the logarithm of the gamma function.
    Digamma {
        digamma(a) -> y = a.digamma();
        a: |g, a| g * a.polygamma(N::lit(1.0));
        [Real, Float, kernel real_alone; lean] "DigammaBackward0";
        "digamma(input, *, out = None)" ALL;
        "special_digamma(input, *, out = None)" FUNCTION;
        "special_psi(input, *, out = None)" FUNCTION;
    }
    /// The derivative of digamma of that order.
    Polygamma {
        polygamma(a, n) constant(n) -> y = a.polygamma(n);
        a: |g, a, n| g * a.polygamma(n + N::lit(1.0));
        [Real, Float, kernel real_alone; lean] "PolygammaBackward0";
    }
    /// The angle of real numbers: 0, or pi for negative ones; nan of nan.
    AngleReal {
        angle(a) -> y = N::select(a.equal(a), N::select(a.less(N::lit(0.0)), N::lit(PI), N::lit(0.0)), a);
        a: |g| N::lit(0.0);
        [Real, Float; lean] "AngleBackward0";
    }
    /// The power of two that brings each element between 1/2 and 1; 0 for 0, infinities and nan.
    Exponent {
        frexp(a) constant(a) -> y = a.exponent();
        [Real, Promote];
    }
    /// Each element over 2 to the power of a whole number. (In two steps: the power alone may be too large.)
    Mantissa {
        frexp(a, b) constant(a, b) -> y = {
            let half = (b * N::lit(0.5)).floor();
            a * (-half).exp2() * (half - b).exp2()
        };
        [Real, Promote];
    }
    /// Each element times 2 to the power of `other`.
    Ldexp {
        ldexp(a, b) -> y = a * b.exp2();
        a: |g, b| g * N::lit(2.0).pow(b);
        b: |g, y| g * y * N::lit(LN_2);
        [Field, Float; lean] "LdexpBackward0";
        "ldexp(input, other, *, out = None)" EVERY => ldexp;
    }
    /// Each element times 2 to the power of a whole number, rounded once: neither 0 nor an infinity is changed.
    ///
    /// The power alone may be too large or too small where the result is not. What is added to an exponent is exact, and
    /// of steps down only the last can round.
    LdexpWhole {
        ldexp(a, b) constant(b) -> y = {
            let most = N::lit(4096.0);
            let b = N::select(b.greater(most), most, N::select(b.less(-most), -most, b));
            let (near, down) = (b.abs().at_most(N::lit(120.0)), b.less(N::lit(0.0)));
            let part = N::select(down, (b * N::lit(0.5)).floor(), (b * N::lit(1.0 / 3.0)).floor());
            let [first, second] = [N::select(near, b, part), N::select(near, N::lit(0.0), N::select(down, b - part, part))];
            let third = b - first - second;
            N::select(a.is_zero() | !a.is_finite(), a, a * first.exp2() * second.exp2() * third.exp2())
        };
        a: |g, b| g * N::lit(2.0).pow(b);
        [Real, Float; lean] "LdexpBackward0";
    }
    /// The sine of pi times each element, over pi times the element; 1 at 0.
    Sinc {
        sinc(a) -> y = N::select(a.is_zero(), N::lit(1.0), (a * N::lit(PI)).sin() / (a * N::lit(PI)));
        a: |g, a| N::select(
            (a * a * N::lit(PI)).is_zero(),
            N::lit(0.0),
            g * (((a * N::lit(PI)) * (a * N::lit(PI)).cos() - (a * N::lit(PI)).sin()) / (a * a * N::lit(PI)))
        );
        [Field, Float; lean] "SincBackward0";
        "sinc(input, *, out = None)" EVERY;
        "special_sinc(input, *, out = None)" FUNCTION;
    }
}

impl Tensor {
    /// Each element times the logarithm of `other`.
    ///
    /// # Errors
    /// For complex types, and where shapes do not broadcast together.
    pub fn xlogy<'a>(&'a self, other: impl Into<Operand<'a>>) -> Result<Tensor> {
        of_pair(Operand::Tensor(self), other.into(), Target::Fresh)
    }
    /// The size of each element with the sign of `other`.
    ///
    /// # Errors
    /// For complex types, and where shapes do not broadcast together.
    pub fn copysign<'a>(&'a self, other: impl Into<Operand<'a>>) -> Result<Tensor> {
        signed(Operand::Tensor(self), other.into(), Target::Fresh)
    }
    /// The next number of the type after each element, on the way to that of `other`.
    ///
    /// # Errors
    /// For types that are not of floating point, and where shapes do not broadcast together.
    pub fn nextafter(&self, other: &Tensor) -> Result<Tensor> {
        next(Operand::Tensor(self), Operand::Tensor(other), Target::Fresh)
    }
    /// The logarithm of each element over 1 less the element, which `eps` keeps from the ends.
    ///
    /// # Errors
    /// For complex types.
    pub fn logit(&self, eps: Option<f64>) -> Result<Tensor> {
        kept_apart(self, eps, Target::Fresh)
    }
    /// Each element times 2 to the power of `other`.
    ///
    /// # Errors
    /// Where shapes do not broadcast together.
    pub fn ldexp(&self, other: &Tensor) -> Result<Tensor> {
        of_exponents(Operand::Tensor(self), Operand::Tensor(other), Target::Fresh)
    }
}

fn pair<'a>(args: &[Arg<'a>]) -> Result<[Operand<'a>; 2]> {
    match [0, 1].map(|i| args.get(i).and_then(Arg::operand)) {
        [Some(a), Some(b)] => Ok([a, b]),
        _ => Err(Error::type_error("an operand is missing")),
    }
}

fn xlogy(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let [a, b] = pair(args)?;
    of_pair(a, b, target).map(Output::One)
}

fn of_pair(a: Operand<'_>, b: Operand<'_>, target: Target<'_>) -> Result<Tensor> {
    let variant = match (a, b) {
        (Operand::Number(_), _) => 1,
        (_, Operand::Number(_)) => 2,
        _ => 0,
    };
    apply(Xlogy::OPERATOR, Xlogy::ROW, variant, &[a, b], target)
}

fn copysign(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let [a, b] = pair(args)?;
    signed(a, b, target).map(Output::One)
}

fn signed(a: Operand<'_>, b: Operand<'_>, target: Target<'_>) -> Result<Tensor> {
    apply(Copysign::OPERATOR, Copysign::ROW, u8::from(b.tensor().is_none()), &[a, b], target)
}

fn nextafter(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let [a, b] = pair(args)?;
    next(a, b, target).map(Output::One)
}

fn next(a: Operand<'_>, b: Operand<'_>, target: Target<'_>) -> Result<Tensor> {
    let common = crate::ops::promotion::common_dtype(&[a, b]);
    if common.is_half() {
        let long = Operand::Number(Scalar::Int(i64::from(common == DType::BFloat16)));
        return apply(NextAfterHalf::OPERATOR, NextAfterHalf::ROW, 0, &[a, b, long], target);
    }
    apply(NextAfter::OPERATOR, NextAfter::ROW, 0, &[a, b], target)
}

fn logit(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let eps = match args.get(1).and_then(Arg::operand) {
        Some(Operand::Number(x)) => Some(x.to_f64()),
        _ => None,
    };
    kept_apart(tensor(args, 0)?, eps, target).map(Output::One)
}

fn kept_apart(x: &Tensor, eps: Option<f64>, target: Target<'_>) -> Result<Tensor> {
    let x = Operand::Tensor(x);
    match eps {
        // torch takes a negative one for none.
        Some(eps) if eps >= 0.0 => {
            let eps = Operand::Number(Scalar::Float(eps));
            apply(LogitWithin::OPERATOR, LogitWithin::ROW, 0, &[x, eps], target)
        }
        _ => apply(Logit::OPERATOR, Logit::ROW, 0, &[x], target),
    }
}

/// `a` times 2 to the power of `b`, which torch adds to the exponents where it is whole.
fn of_exponents(a: Operand<'_>, b: Operand<'_>, target: Target<'_>) -> Result<Tensor> {
    let is = |x: Operand<'_>, kind: fn(DType) -> bool| x.tensor().is_some_and(|t| kind(t.dtype()));
    if !is(a, DType::is_floating_point) || !is(b, DType::is_integral) {
        return apply(Ldexp::OPERATOR, Ldexp::ROW, 0, &[a, b], target);
    }
    if is(b, |dtype| dtype == DType::Bool) {
        return Err(Error::no_kernel("ldexp_cpu_exp", DType::Bool));
    }
    apply(LdexpWhole::OPERATOR, LdexpWhole::ROW, 0, &[a, b], target)
}

fn ldexp(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let [a, b] = pair(args)?;
    let written = match target {
        Target::Out(out) => {
            inplace::check_out("ldexp", out, &[a, b])?;
            Some(out)
        }
        Target::InPlace => a.tensor(),
        Target::Fresh => None,
    };
    if let Some(t) = written.filter(|t| t.dtype().is_integral()) {
        let name = t.dtype().scalar_name();
        return Err(Error::runtime(format!("ldexp can't be cast to the desired output type {name}")));
    }
    // torch writes what it has computed of the exponents, which may lie anywhere.
    let apart = match (written, b.tensor()) {
        (Some(out), Some(t)) if overlap::between(out, t) == Overlap::Partial => Some(copy::duplicate(t)?),
        _ => None,
    };
    of_exponents(a, apart.as_ref().map_or(b, Operand::Tensor), target).map(Output::One)
}

fn floats_alone(name: &str, common: DType, _: &[Operand<'_>]) -> Result<()> {
    match common.is_floating_point() {
        true => Ok(()),
        false => Err(Error::no_kernel(&format!("{name}_cpu"), common)),
    }
}

fn real_alone(name: &str, common: DType, _: &[Operand<'_>]) -> Result<()> {
    if !common.is_complex() {
        return Ok(());
    }
    let kernel = match name {
        "digamma" => "digamma".to_string(),
        "erfinv" | "lgamma" => format!("{name}_vml_cpu"),
        name => format!("{name}_cpu"),
    };
    Err(Error::no_kernel(&kernel, common))
}

/// A new result lies as torch's `empty_like` of the operand.
fn laid_alike(op: &'static Operator, row: &'static Pointwise, args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let made = call_pointwise(op, row, args, target)?;
    if let (Target::Fresh, Output::One(out), Some(t)) = (target, &made, args.first().and_then(Arg::tensor)) {
        lay_alike(out, t)?;
    }
    Ok(made)
}

fn no_complex(name: &str, common: DType, _: &[Operand<'_>]) -> Result<()> {
    match common.is_complex() {
        true => Err(Error::runtime(format!("{name} is not supported for complex tensors."))),
        false => Ok(()),
    }
}
