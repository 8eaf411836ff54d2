//! Rows of analytic functions beyond exp, log and sqrt (which stand with the arithmetic, in `pointwise.rs`).

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::ops::apply::{Operand, call_pointwise};
use crate::ops::row::{Operator, Pointwise, pointwise};
use crate::ops::value::{Arg, Output, Target};

pointwise! { family 14;
    /// e to the power of each element, less 1: exact near 0.
    Expm1 {
        expm1(a) -> y = a.expm1();
        a: |g, y| g * (y + N::lit(1.0));
        [Field, Float] "Expm1Backward0";
        "expm1(input, *, out = None)" EVERY;
        "special_expm1(input, *, out = None)" FUNCTION;
    }
    /// The natural logarithm of 1 and each element: exact near 0.
    Log1p {
        log1p(a) -> y = a.log1p();
        a: |g, a| g / (a + N::lit(1.0));
        [Field, Float] "Log1PBackward0";
        "log1p(input, *, out = None)" EVERY;
        "special_log1p(input, *, out = None)" FUNCTION;
    }
    /// The hyperbolic tangent of each element.
    Tanh {
        tanh(a) -> y = a.tanh();
        a: |g, y| g * (N::lit(1.0) - y * y);
        [Field, Float] "TanhBackward0";
        "tanh(input, *, out = None)" EVERY;
    }
    /// The logistic function of each element, 1 / (1 + e^-x).
    Sigmoid {
        sigmoid(a) -> y = a.sigmoid();
        a: |g, y| g * (N::lit(1.0) - y) * y;
        [Field, Float] "SigmoidBackward0";
        "sigmoid(input, *, out = None)" EVERY;
        "special_expit(input, *, out = None)" FUNCTION;
    }
    /// The sine of each element, in radians.
    Sin {
        sin(a) -> y = a.sin();
        a: |g, a| g * a.cos();
        [Field, Float] "SinBackward0";
        "sin(input, *, out = None)" EVERY;
    }
    /// The cosine of each element, in radians.
    Cos {
        cos(a) -> y = a.cos();
        a: |g, a| g * -a.sin();
        [Field, Float] "CosBackward0";
        "cos(input, *, out = None)" EVERY;
    }
    /// The tangent of each element, in radians.
    Tan {
        tan(a) -> y = a.tan();
        a: |g, y| g * (y * y + N::lit(1.0));
        [Field, Float] "TanBackward0";
        "tan(input, *, out = None)" EVERY;
    }
    /// 2 to the power of each element.
    Exp2 {
        exp2(a) -> y = a.exp2();
        a: |g, y| g * y * N::lit(std::f64::consts::LN_2);
        [Field, Float] "Exp2Backward0";
        "exp2(input, *, out = None)" EVERY;
        "special_exp2(input, *, out = None)" FUNCTION;
    }
    /// The logarithm of each element to base 2.
    Log2 {
        log2(a) -> y = a.log2();
        a: |g, a| g / (a * N::lit(std::f64::consts::LN_2));
        [Field, Float] "Log2Backward0";
        "log2(input, *, out = None)" EVERY;
    }
    /// The logarithm of each element to base 10.
    Log10 {
        log10(a) -> y = a.log10();
        a: |g, a| g / (a * N::lit(std::f64::consts::LN_10));
        [Field, Float] "Log10Backward0";
        "log10(input, *, out = None)" EVERY;
    }
    /// The error function of each element: twice the integral of e^(-t^2) from 0 on, over the root of pi.
    Erf {
        erf(a) -> y = a.erf();
        a: |g, a| g * (N::lit(std::f64::consts::FRAC_2_SQRT_PI) * (-(a * a)).exp());
        [Real, Float, kernel no_complex] "ErfBackward0";
        "erf(input, *, out = None)" EVERY;
        "special_erf(input, *, out = None)" FUNCTION;
    }
    /// 1 less the error function of each element: exact where that is near 1.
    Erfc {
        erfc(a) -> y = a.erfc();
        a: |g, a| g * (N::lit(-std::f64::consts::FRAC_2_SQRT_PI) * (-(a * a)).exp());
        [Real, Float, kernel no_complex] "ErfcBackward0";
        "erfc(input, *, out = None)" EVERY;
        "special_erfc(input, *, out = None)" FUNCTION;
    }
    /// 1 over the square root of each element.
    Rsqrt {
        rsqrt(a) -> y = a.rsqrt();
        a: |g, y| N::lit(-0.5) * g * y.raised(3.0);
        [Field, Float] "RsqrtBackward0";
        "rsqrt(input, *, out = None)" EVERY;
    }
    /// The angle in radians whose sine each element is.
    Asin {
        asin(a) -> y = a.asin();
        a: |g, a| g * (-a * a - N::lit(-1.0)).rsqrt();
        [Field, Float; lean] "AsinBackward0";
        "asin(input, *, out = None)" EVERY;
        "arcsin(input, *, out = None)" EVERY;
    }
    /// The angle in radians whose cosine each element is.
    Acos {
        acos(a) -> y = a.acos();
        a: |g, a| g * -(-a * a - N::lit(-1.0)).rsqrt();
        [Field, Float; lean] "AcosBackward0";
        "acos(input, *, out = None)" EVERY;
        "arccos(input, *, out = None)" EVERY;
    }
    /// The angle in radians whose tangent each element is.
    Atan {
        atan(a) -> y = a.atan();
        a: |g, a| g / (a * a + N::lit(1.0));
        [Field, Float; lean] "AtanBackward0";
        "atan(input, *, out = None)" EVERY;
        "arctan(input, *, out = None)" EVERY;
    }
    /// The hyperbolic sine of each element.
    Sinh {
        sinh(a) -> y = a.sinh();
        a: |g, a| g * a.cosh();
        [Field, Float; lean] "SinhBackward0";
        "sinh(input, *, out = None)" EVERY;
    }
    /// The hyperbolic cosine of each element.
    Cosh {
        cosh(a) -> y = a.cosh();
        a: |g, a| g * a.sinh();
        [Field, Float; lean] "CoshBackward0";
        "cosh(input, *, out = None)" EVERY;
    }
    /// The inverse hyperbolic sine of each element.
    Asinh {
        asinh(a) -> y = a.asinh();
        a: |g, a| g * (a.raised(2.0) - N::lit(-1.0)).rsqrt();
        [Field, Float; lean] "AsinhBackward0", "AsinhBackward1";
        "asinh(input, *, out = None)" EVERY => inverse, row;
        "arcsinh(input, *, out = None)" EVERY => inverse, row;
    }
    /// The inverse hyperbolic cosine of each element.
    Acosh {
        acosh(a) -> y = a.acosh();
        a: |g, a| g * a.rsqrt_of_square_less_one();
        [Field, Float; lean] "AcoshBackward0", "AcoshBackward1";
        "acosh(input, *, out = None)" EVERY => inverse, row;
        "arccosh(input, *, out = None)" EVERY => inverse, row;
    }
    /// The inverse hyperbolic tangent of each element.
    Atanh {
        atanh(a) -> y = a.atanh();
        a: |g, a| g / (N::lit(1.0) - a.raised(2.0));
        [Field, Float; lean] "AtanhBackward0", "AtanhBackward1";
        "atanh(input, *, out = None)" EVERY => inverse, row;
        "arctanh(input, *, out = None)" EVERY => inverse, row;
    }
    /// The angle in radians, from -pi to pi, of the point whose y is an element of `input` and whose x is one of `other`.
    Atan2 {
        atan2(a, b) -> y = a.atan2(b);
        a: |g, a, b| (g * b) * (a * a + b * b).recip().cleared((a * a + b * b).is_zero());
        b: |g, a, b| (g * -a) * (a * a + b * b).recip().cleared((a * a + b * b).is_zero());
        [Real, Float, kernel no_complex_angle; lean] "Atan2Backward0";
        "atan2(input, other, *, out = None)" ALL;
        "arctan2(input, other, *, out = None)" ALL;
    }
}

/// Written in place, a node of another name: torch has no derivative there, which the operand's elements of before give.
fn inverse(op: &'static Operator, row: &'static Pointwise, args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    match (target, args.first().and_then(Arg::operand)) {
        (Target::InPlace, Some(x)) => crate::ops::apply::pointwise(op, row, 1, &[x], target).map(Output::One),
        _ => call_pointwise(op, row, args, target),
    }
}

fn no_complex(name: &str, common: DType, _: &[Operand<'_>]) -> Result<()> {
    if !common.is_complex() {
        return Ok(());
    }
    Err(Error::no_kernel(&format!("{name}_vml_cpu"), common))
}

fn no_complex_angle(name: &str, common: DType, _: &[Operand<'_>]) -> Result<()> {
    if !common.is_complex() {
        return Ok(());
    }
    Err(Error::no_kernel(&format!("{name}_cpu"), common))
}
