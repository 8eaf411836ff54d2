//! Element-by-element operators, one row each.
//!
//! A row reads: formula; for each input its derivative, which takes the cotangent `g` and whatever it
//! names (what it names is what a node saves), or `constant`; the domain of numbers on which the
//! formula holds and the rule for the result's type; the node's name; torch's signatures with the forms
//! they come in. CONTRIBUTING.md walks through adding one.

use super::apply::{Operand, call_pointwise, pointwise};
use super::row::pointwise as rows;
use super::value::{Arg, Output, Target};
use crate::dtype::{Category, DType, Scalar};
use crate::error::{Error, Result};

rows! { family 0;
    /// Sum, element by element: `input + alpha * other`.
    Add {
        add(a, b) -> y = a + b;
        a: |g| g;
        b: |g| g;
        [Ring, Promote] "AddBackward0", "AddBackward1";
        "add(input, other: operand, *, alpha: number = 1, out = None)" ALL => add;
    }
    /// Sum with a factor on the second operand.
    AddScaled {
        add(a, b, alpha) constant(alpha) -> y = a + alpha * b;
        a: |g| g;
        b: |g, alpha| g * alpha;
        [Ring, Promote] "AddBackward0";
    }
    /// Difference, element by element: `input - alpha * other`.
    Sub {
        sub(a, b) -> y = a - b;
        a: |g| g;
        b: |g| -g;
        [Ring, Promote, check no_bool_subtraction] "SubBackward0", "SubBackward1";
        "sub(input, other: operand, *, alpha: number = 1, out = None)" ALL => sub;
        "subtract(input, other: operand, *, alpha: number = 1, out = None)" ALL => sub;
    }
    /// Difference with a factor on the second operand.
    SubScaled {
        sub(a, b, alpha) constant(alpha) -> y = a - alpha * b;
        a: |g| g;
        b: |g, alpha| -g * alpha;
        [Ring, Promote, check no_bool_subtraction] "SubBackward0";
    }
    /// Difference with the operands exchanged: `other - input`, as in `1 - x`.
    Rsub {
        rsub(a, b) -> y = b - a;
        a: |g| -g;
        b: |g| g;
        [Ring, Promote, check no_bool_reflected] "RsubBackward1";
        "rsub(input, other: operand, *, alpha: number = 1)" FUNCTION;
    }
    /// Product, element by element.
    Mul {
        mul(a, b) -> y = a * b;
        a: |g, b| g * b;
        b: |g, a| g * a;
        [Ring, Promote] "MulBackward0", "MulBackward1";
        "mul(input, other: operand, *, out = None)" ALL;
        "multiply(input, other: operand, *, out = None)" ALL;
    }
    /// Quotient, element by element; whole numbers are divided as floating point ones.
    Div {
        div(a, b) -> y = a / b;
        a: |g, b| g / b;
        b: |g, a, b| -g * ((a / b) / b);
        [Field, Float] "DivBackward0", "DivBackward1";
        "div(input, other: operand, *, out = None)" ALL;
        "divide(input, other: operand, *, out = None)" ALL;
        "true_divide(input, other: operand, *, out = None)" ALL;
    }
    /// 1 over each element.
    Reciprocal {
        reciprocal(a) -> y = N::lit(1.0) / a;
        a: |g, y| -g * (y * y);
        [Field, Float] "ReciprocalBackward0";
        "reciprocal(input, *, out = None)" ALL;
    }
    /// The negative of each element.
    Neg {
        neg(a) -> y = -a;
        a: |g| -g;
        [Ring, Promote, check no_bool_negation] "NegBackward0";
        "neg(input, *, out = None)" ALL;
        "negative(input, *, out = None)" ALL;
    }
    /// The absolute value of each element; its derivative at 0 is 0.
    Abs {
        abs(a) -> y = a.abs();
        a: |g, a| g * a.sgn();
        [Ordered, Promote] "AbsBackward0";
        "abs(input, *, out = None)" ALL => super::norm::abs;
        "absolute(input, *, out = None)" ALL => super::norm::abs;
    }
    /// The complex conjugate of each element; real elements stay.
    Conj {
        conj_physical(a) -> y = a.conj();
        a: |g| g.conj();
        [Ring, Promote] "ConjPhysicalBackward0";
        "conj_physical(input, *, out = None)" ALL;
    }
    /// e to the power of each element.
    Exp {
        exp(a) -> y = a.exp();
        a: |g, y| g * y;
        [Field, Float] "ExpBackward0";
        "exp(input, *, out = None)" ALL;
    }
    /// The natural logarithm of each element.
    Log {
        log(a) -> y = a.ln();
        a: |g, a| g / a;
        [Field, Float] "LogBackward0";
        "log(input, *, out = None)" ALL;
    }
    /// The square root of each element; its derivative at 0 is infinite.
    Sqrt {
        sqrt(a) -> y = a.sqrt();
        a: |g, y| g / (N::lit(2.0) * y);
        [Field, Float] "SqrtBackward0";
        "sqrt(input, *, out = None)" ALL;
    }
    /// The larger of each element and 0; its derivative at 0 is 0.
    Relu {
        relu(a) -> y = N::select(a.less(N::lit(0.0)), N::lit(0.0), a);
        a: |g, y| g.gated(y);
        [Ordered, Promote, check no_bool_relu] "ReluBackward0";
        "relu(input)" ALL;
    }
    /// `input` where `gate` is above 0 (or nan), else 0: the derivative of relu.
    Gate {
        threshold_backward(a, gate) -> y = a.gated(gate);
        a: |g, gate| g.gated(gate);
        gate: |g| N::lit(0.0);
        [Ordered, Promote] "ThresholdBackwardBackward0";
    }
    /// The sign of each element: the derivative of abs.
    Sgn {
        sgn(a) -> y = a.sgn();
        a: |g| N::lit(0.0);
        [Ordered, Promote] "SgnBackward0";
    }
    /// Each element to the power of a number or of another tensor's element.
    Pow {
        pow(a, b) -> y = a.pow(b);
        a: |g, a, b| N::select(b.is_zero(), N::lit(0.0), g * (b * a.pow(b - N::lit(1.0))));
        // Where y is 0 or 1 as a power of 0, the logarithm is infinite, yet nothing depends on the exponent.
        b: |g, a, y| g * N::select(a.is_zero() & (y * N::lit(0.0)).is_zero(), N::lit(0.0), y * a.ln());
        [Field, Promote] "PowBackward0", "PowBackward1", "PowBackward2";
        "pow(input, exponent: operand, *, out = None)" ALL => pow;
        "pow(self: number, exponent, *, out = None)" FUNCTION => pow;
    }
    /// Each element times itself: what `x ** 2` computes.
    Square {
        pow(a, b) constant(b) -> y = a * a;
        a: |g, a| g * (N::lit(2.0) * a.first_power());
        [Field, Promote] "PowBackward0";
    }
    /// Whole numbers to a whole power, by repeated squaring modulo 2^64.
    PowInt {
        pow(a, b) constant(a, b) -> y = a.pow_whole(b);
        [Whole, Promote, check no_negative_power];
    }
    /// `input` with `value` where `mask` holds.
    MaskedFill {
        masked_fill(a, b, c) constant(c) -> y = N::select(c.truth(), b, a);
        a: |g, c| g.cleared(c.truth());
        b: |g, c| N::select(c.truth(), g, N::lit(0.0));
        [Ring, Promote] "MaskedFillBackward0", "MaskedFillBackward1";
    }
    /// `input` where `condition` holds, else `other`.
    Where {
        where_(c, a, b) constant(c) -> y = N::select(c.truth(), a, b);
        a: |g, c| N::select(c.truth(), g, N::lit(0.0));
        b: |g, c| N::select(c.truth(), N::lit(0.0), g);
        [Ring, Promote] "WhereBackward0";
        "where(condition, input: operand, other: operand, *, out = None)" BOTH => where_;
    }
}

/// `input + alpha * other`, without the product where alpha is 1.
fn add(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    scaled(args, target, (Add::OPERATOR, Add::ROW), (AddScaled::OPERATOR, AddScaled::ROW))
}

fn sub(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    scaled(args, target, (Sub::OPERATOR, Sub::ROW), (SubScaled::OPERATOR, SubScaled::ROW))
}

type Row = &'static super::row::Operator;
type Formula = &'static super::row::Pointwise;

fn scaled(args: &[Arg<'_>], target: Target<'_>, plain: (Row, Formula), factor: (Row, Formula)) -> Result<Output> {
    match args.get(2) {
        Some(Arg::Number(alpha)) if !alpha.is(1.0) => {
            let kinds = [operand(&args[0])?, operand(&args[1])?];
            check_alpha(*alpha, &kinds)?;
            pointwise(factor.0, factor.1, 0, &[kinds[0], kinds[1], Operand::Number(*alpha)], target).map(Output::One)
        }
        _ => call_pointwise(plain.0, plain.1, args, target),
    }
}

fn operand<'a>(arg: &Arg<'a>) -> Result<Operand<'a>> {
    match arg {
        Arg::Tensor(t) => Ok(Operand::Tensor(t)),
        Arg::Number(s) => Ok(Operand::Number(*s)),
        _ => Err(Error::type_error("an operand is missing")),
    }
}

fn check_alpha(alpha: Scalar, ins: &[Operand<'_>]) -> Result<()> {
    let whole = ins.iter().all(|o| match o {
        Operand::Tensor(t) => t.dtype().is_integral(),
        Operand::Number(s) => s.category() <= Category::Integral,
    });
    if whole && alpha.category() > Category::Integral {
        return Err(Error::runtime("For integral input tensors, argument alpha must not be a floating point number."));
    }
    Ok(())
}

/// Chooses among the rows that share torch's name `pow`.
fn pow(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let ins = [operand(&args[0])?, operand(&args[1])?];
    power(ins[0], ins[1], target).map(Output::One)
}

/// The row for `a` to the power `b` that torch's kernels ask for, and the variant of its node.
pub(super) fn power_row(a: Operand<'_>, b: Operand<'_>) -> (Row, Formula, u8) {
    let whole = |o: Operand<'_>| match o {
        Operand::Tensor(t) => t.dtype().is_integral(),
        Operand::Number(s) => s.category() <= Category::Integral,
    };
    match (a, b) {
        _ if whole(a) && whole(b) => (PowInt::OPERATOR, PowInt::ROW, 0),
        (_, Operand::Number(n)) if n.is(2.0) => (Square::OPERATOR, Square::ROW, 0),
        (_, Operand::Number(_)) => (Pow::OPERATOR, Pow::ROW, 0),
        (Operand::Number(_), _) => (Pow::OPERATOR, Pow::ROW, 2),
        _ => (Pow::OPERATOR, Pow::ROW, 1),
    }
}

/// `a` to the power `b`.
pub fn power(a: Operand<'_>, b: Operand<'_>, target: Target<'_>) -> Result<crate::tensor::Tensor> {
    let (op, row, variant) = power_row(a, b);
    pointwise(op, row, variant, &[a, b], target)
}

fn where_(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    if let Some(Arg::Tensor(c)) = args.first()
        && !matches!(c.dtype(), DType::Bool | DType::UInt8)
    {
        return Err(Error::runtime(format!(
            "where expected condition to be a boolean tensor, but got a tensor with dtype {}",
            c.dtype().scalar_name()
        )));
    }
    call_pointwise(Where::OPERATOR, Where::ROW, args, target)
}

fn any_bool(ins: &[Operand<'_>], tensors_only: bool) -> usize {
    ins.iter()
        .filter(|o| match o {
            Operand::Tensor(t) => t.dtype() == DType::Bool,
            Operand::Number(s) => !tensors_only && matches!(s, Scalar::Bool(_)),
        })
        .count()
}

fn no_bool_subtraction(_: DType, ins: &[Operand<'_>]) -> Result<()> {
    match any_bool(&ins[..2], false) {
        0 => Ok(()),
        2 => Err(Error::runtime(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` \
             operator instead.",
        )),
        _ => no_bool_reflected(DType::Bool, ins),
    }
}

fn no_bool_reflected(_: DType, ins: &[Operand<'_>]) -> Result<()> {
    if any_bool(ins, false) == 0 {
        return Ok(());
    }
    Err(Error::runtime(
        "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use \
         the `~` or `logical_not()` operator instead.",
    ))
}

fn no_bool_negation(_: DType, ins: &[Operand<'_>]) -> Result<()> {
    if any_bool(ins, true) == 0 {
        return Ok(());
    }
    Err(Error::runtime(
        "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the \
         `~` or `logical_not()` operator instead.",
    ))
}

fn no_bool_relu(common: DType, _: &[Operand<'_>]) -> Result<()> {
    match common {
        DType::Bool => Err(Error::runtime("Boolean inputs not supported for relu")),
        d if d.is_complex() => Err(Error::not_implemented("clamp is not supported for complex types")),
        _ => Ok(()),
    }
}

fn no_negative_power(_: DType, ins: &[Operand<'_>]) -> Result<()> {
    match ins[1] {
        Operand::Number(n) if n.to_i64() < 0 => {
            Err(Error::runtime("Integers to negative integer powers are not allowed."))
        }
        _ => Ok(()),
    }
}
