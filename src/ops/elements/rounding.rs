//! Whole numbers near each element, and what is left of it: operators whose derivative is 0, but for the fraction's.

use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::ops::apply::{Operand, pointwise as apply};
use crate::ops::elements::arithmetic::{div_refuses, unconverted};
use crate::ops::elements::compare::compare as by_operand;
use crate::ops::row::pointwise;
use crate::ops::value::{Arg, Output, Target, tensor};

pointwise! { family 15;
    /// The largest whole number that is at most each element.
    Floor {
        floor(a) -> y = a.floor();
        a: |g| N::lit(0.0);
        [Ordered, Promote, check no_truth_or_complex] "FloorBackward0";
        "floor(input, *, out = None)" EVERY => unconverted, row;
    }
    /// The smallest whole number that is at least each element.
    Ceil {
        ceil(a) -> y = a.ceil();
        a: |g| N::lit(0.0);
        [Ordered, Promote, check no_truth_or_complex] "CeilBackward0";
        "ceil(input, *, out = None)" EVERY => unconverted, row;
    }
    /// Each element without its fraction.
    Trunc {
        trunc(a) -> y = a.trunc();
        a: |g| N::lit(0.0);
        [Ordered, Promote, check no_truth_or_complex] "TruncBackward0";
        "trunc(input, *, out = None)" EVERY => unconverted, row;
        "fix(input, *, out = None)" EVERY => unconverted, row;
    }
    /// The whole number nearest to each element, the even one of two; with `decimals`, as many digits behind the point stay.
    Round {
        round(a) -> y = a.nearest();
        a: |g| N::lit(0.0);
        [Ordered, Promote, check no_truth_or_complex] "RoundBackward0", "RoundBackward1";
        "round(input, *, out = None)" EVERY => unconverted, row;
        "round(input, *, decimals: int, out = None)" EVERY => round_to;
        "special_round(input, *, decimals: int = 0, out = None)" FUNCTION => round_to;
    }
    /// Rounded behind the point: with the power of 10 that brings the last digit before it.
    RoundBehind {
        round(a, b) constant(b) -> y = (a * b).nearest() / b;
        a: |g| N::lit(0.0);
        [Real, Promote, check real_alone] "RoundBackward1";
    }
    /// Rounded before the point: with the power of 10 that the last digit counts.
    RoundBefore {
        round(a, b) constant(b) -> y = (a / b).nearest() * b;
        a: |g| N::lit(0.0);
        [Real, Promote, check real_alone] "RoundBackward1";
    }
    /// Each element less its whole part, with its own sign.
    Frac {
        frac(a) -> y = a - a.trunc();
        a: |g| g;
        [Real, Promote, check real_alone] "FracBackward0";
        "frac(input, *, out = None)" EVERY => unconverted, row;
    }
    /// What is left of each element once the divisor has been taken out as often as it goes: of the divisor's sign.
    Remainder {
        remainder(a, b) -> y = a.rest_floor(b);
        a: |g| g;
        b: |g, a, b| -g * a.div_floor(b);
        [Ordered, Promote, kernel div_refuses] "RemainderBackward0", "RemainderBackward1";
        "remainder(input, other, *, out = None)" ALL => remainder;
        "remainder(self: number, other)" FUNCTION => remainder;
        "remainder(input, other: number, *, out = None)" ALL => remainder;
    }
    /// The same of each element's own sign.
    Fmod {
        fmod(a, b) -> y = a.rest_trunc(b);
        a: |g| g;
        b: |g, a, b| -g * a.div_trunc(b);
        [Ordered, Promote, kernel div_refuses] "FmodBackward0", "FmodBackward1";
        "fmod(input, other: operand, *, out = None)" ALL => fmod;
    }
    /// 1, 0 or -1: the sign of each element; 0 for nan.
    Sign {
        sign(a) -> y = a.sgn();
        a: |g| N::lit(0.0);
        [Ordered, Promote, check sign_refuses] "SignBackward0";
        "sign(input, *, out = None)" ALL;
    }
}

/// `round` with `decimals`.
fn round_to(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let own = tensor(args, 0)?;
    let x = Operand::Tensor(own);
    let decimals = args[1].int(0);
    crate::ops::out::check(own.dtype(), target, crate::ops::out::FOUND)?;
    // torch's power of 10 is that of an int.
    let power = Operand::Number(Scalar::Float(10f64.powf(decimals.unsigned_abs().min(400) as f64)));
    match decimals {
        0 => {
            real_alone("round_vml", DType::Bool, &[x])?;
            apply(Round::OPERATOR, Round::ROW, 1, &[x], target)
        }
        1.. => apply(RoundBehind::OPERATOR, RoundBehind::ROW, 0, &[x, power], target),
        _ => apply(RoundBefore::OPERATOR, RoundBefore::ROW, 0, &[x, power], target),
    }
    .map(Output::One)
}

pub(in crate::ops) fn remainder(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    by_operand(Remainder::OPERATOR, Remainder::ROW, args, target)
}

pub(in crate::ops) fn fmod(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    by_operand(Fmod::OPERATOR, Fmod::ROW, args, target)
}

fn no_truth_or_complex(name: &str, common: DType, _: &[Operand<'_>]) -> Result<()> {
    match common {
        DType::Bool => Err(Error::no_kernel(&format!("{name}_vml_cpu"), common)),
        _ if common.is_complex() && name == "round" => Err(Error::no_kernel("round_vml_cpu", common)),
        _ if common.is_complex() => Err(Error::not_implemented(format!("{name} is not supported for complex inputs"))),
        _ => Ok(()),
    }
}

/// Refuses all but floating point numbers, in the words of torch's kernel.
fn real_alone(name: &str, _: DType, ins: &[Operand<'_>]) -> Result<()> {
    match ins[0].tensor().map(crate::tensor::Tensor::dtype) {
        Some(dtype) if dtype.is_complex() || dtype.is_integral() => {
            Err(Error::no_kernel(&format!("{name}_cpu"), dtype))
        }
        _ => Ok(()),
    }
}

fn sign_refuses(_: &str, common: DType, _: &[Operand<'_>]) -> Result<()> {
    if !common.is_complex() {
        return Ok(());
    }
    Err(Error::not_implemented(
        "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead.",
    ))
}
