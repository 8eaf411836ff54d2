//! Names for what other rows compute, and for what needs no kernel.

use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::ops::apply::{Operand, pointwise};
use crate::ops::copy;
use crate::ops::elements::arithmetic::power;
use crate::ops::elements::compare::{Eq, Ge, Gt, Le, Lt, Ne, compare};
use crate::ops::elements::pointwise::Conj;
use crate::ops::reductions::reduce::binary;
use crate::ops::structured::composed;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::tape::mode::GradMode;
use crate::tensor::Tensor;

composed! {
    /// Whether the first is greater.
    Greater { "greater(input, other: operand, *, out = None)" ALL => |args, target| compare(Gt::OPERATOR, Gt::ROW, args, target); }
    /// Whether the first is greater or equal.
    GreaterEqual { "greater_equal(input, other: operand, *, out = None)" ALL => |args, target| compare(Ge::OPERATOR, Ge::ROW, args, target); }
    /// Whether the first is less.
    Less { "less(input, other: operand, *, out = None)" ALL => |args, target| compare(Lt::OPERATOR, Lt::ROW, args, target); }
    /// Whether the first is less or equal.
    LessEqual { "less_equal(input, other: operand, *, out = None)" ALL => |args, target| compare(Le::OPERATOR, Le::ROW, args, target); }
    /// Whether elements differ.
    NotEqual { "not_equal(input, other: operand, *, out = None)" ALL => |args, target| compare(Ne::OPERATOR, Ne::ROW, args, target); }
    /// The tensor itself.
    ///
    /// Raises RuntimeError for truth values.
    Positive {
        "positive(input)" BOTH => positive;
        fn positive() -> Tensor => positive;
    }
    /// Whether each element is real: its imaginary part is 0.
    IsReal {
        "isreal(input)" BOTH => isreal;
        fn isreal() -> Tensor => isreal;
    }
    /// The complex conjugate of each element, computed at once; of a real tensor the tensor itself.
    Conjugate {
        "conj(input)" BOTH => conj;
        fn conj() -> Tensor => conj;
    }
    /// The tensor itself: conjugates are computed at once.
    ResolveConj {
        "resolve_conj(input)" BOTH => itself;
        fn resolve_conj() -> Tensor => itself;
    }
    /// The tensor itself: negatives are computed at once.
    ResolveNeg {
        "resolve_neg(input)" BOTH => itself;
        fn resolve_neg() -> Tensor => itself;
    }
    /// Each element to a power, computed in float64, or complex128 where either operand is complex.
    ///
    /// Raises RuntimeError where what is written to is of another type.
    FloatPower {
        "float_power(input, exponent, *, out = None)" ALL => float_power;
        "float_power(self: number, exponent, *, out = None)" FUNCTION => float_power;
        "float_power(input, exponent: number, *, out = None)" ALL => float_power;
        fn float_power(exponent: Operand<'_>) -> Tensor => float_power;
    }
}

fn itself(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    Ok(Output::One(tensor(args, 0)?.clone()))
}

fn positive(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    match tensor(args, 0)?.dtype() {
        DType::Bool => Err(Error::runtime("The `+` operator, on a bool tensor is not supported.")),
        _ => itself(args, target),
    }
}

fn isreal(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let x = tensor(args, 0)?;
    let _off = GradMode::new(false);
    let zero = Operand::Number(Scalar::Int(0));
    let real = match x.dtype().is_complex() {
        true => binary(Eq::OPERATOR, Eq::ROW, &x.imag()?, zero)?,
        false => copy::filled_like(x, Scalar::Bool(true), DType::Bool)?,
    };
    Ok(Output::One(real))
}

fn conj(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let x = tensor(args, 0)?;
    match x.dtype().is_complex() {
        true => pointwise(Conj::OPERATOR, Conj::ROW, 2, &[Operand::Tensor(x)], target).map(Output::One),
        false => itself(args, target),
    }
}

fn float_power(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let [Some(base), Some(exponent)] = [0, 1].map(|i| args.get(i).and_then(Arg::operand)) else {
        return Err(Error::type_error("an operand is missing"));
    };
    let is_complex = |o: Operand<'_>| match o {
        Operand::Tensor(t) => t.dtype().is_complex(),
        Operand::Number(x) => matches!(x, Scalar::Complex(..)),
    };
    let dtype = if is_complex(base) || is_complex(exponent) { DType::Complex128 } else { DType::Float64 };
    let given = match (target, base) {
        (Target::InPlace, Operand::Tensor(t)) => Some(("base given to float_power_", t.dtype())),
        (Target::Out(t), _) => Some(("output given to float_power", t.dtype())),
        _ => None,
    };
    if let Some((what, own)) = given
        && own != dtype
    {
        let (own, dtype) = (own.scalar_name(), dtype.scalar_name());
        return Err(Error::runtime(format!(
            "the {what} has dtype {own} but the operation's result requires dtype {dtype}"
        )));
    }
    let number = |x: Scalar| match x {
        Scalar::Complex(..) => x,
        x if dtype.is_complex() => Scalar::Complex(x.to_f64(), 0.0),
        x => Scalar::Float(x.to_f64()),
    };
    let converted = |o: Operand<'_>| match o {
        Operand::Tensor(t) => copy::to(t, dtype).map(Converted::Tensor),
        Operand::Number(x) => Ok(Converted::Number(number(x))),
    };
    let (a, b) = (converted(base)?, converted(exponent)?);
    power(a.operand(), b.operand(), target).map(Output::One)
}

/// An operand of the type in which the power is computed.
enum Converted {
    Tensor(Tensor),
    Number(Scalar),
}

impl Converted {
    fn operand(&self) -> Operand<'_> {
        match self {
            Converted::Tensor(t) => Operand::Tensor(t),
            Converted::Number(x) => Operand::Number(*x),
        }
    }
}
