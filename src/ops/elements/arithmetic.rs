//! How torch calls the first of the rows: sums with a factor, quotients that are rounded, powers, choices; and what they refuse.

use super::pointwise::{
    Abs, Add, AddScaled, Conj, Cube, Div, DivFloor, DivTrunc, Inverse, Neg, Pow, PowInt, Root, RootUnder, Rsub,
    RsubScaled, Square, SquareUnder, Sub, SubScaled, Where,
};
use crate::dtype::{Category, DType, Scalar};
use crate::error::{Error, Result};
use crate::ops::application::Application;
use crate::ops::apply::{Operand, call_pointwise, pointwise};
use crate::ops::inplace;
use crate::ops::promotion::common_dtype;
use crate::ops::value::{Arg, Output, Target};
use crate::tensor::{Tensor, fitted};
use std::sync::atomic::AtomicBool;

/// `input + alpha * other`, without the product where alpha is 1.
pub(in crate::ops) fn add(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    scaled(args, target, 0, (Add::OPERATOR, Add::ROW), (AddScaled::OPERATOR, AddScaled::ROW))
}

pub(in crate::ops) fn sub(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    scaled(args, target, 0, (Sub::OPERATOR, Sub::ROW), (SubScaled::OPERATOR, SubScaled::ROW))
}

/// `subtract(input, number, alpha)`, which torch calls by itself where the factor stands by position.
pub(super) fn subtract_number(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    scaled(args, target, 1, (Sub::OPERATOR, Sub::ROW), (SubScaled::OPERATOR, SubScaled::ROW))
}

pub(super) fn rsub(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let variant = u8::from(matches!(args.get(1), Some(Arg::Number(_))));
    if let (Some(Arg::Tensor(a)), Some(Arg::Tensor(b))) = (args.first(), args.get(1)) {
        // torch subtracts with the operands exchanged, and names them so.
        let ins = [Operand::Tensor(b), Operand::Tensor(a)];
        no_bool_subtraction("rsub", DType::Bool, &ins)?;
        crate::ops::layout::broadcast_all(&ins)?;
    }
    scaled(args, target, variant, (Rsub::OPERATOR, Rsub::ROW), (RsubScaled::OPERATOR, RsubScaled::ROW))
}

type Row = &'static crate::ops::row::Operator;
type Formula = &'static crate::ops::row::Pointwise;

pub(super) fn scaled(
    args: &[Arg<'_>],
    target: Target<'_>,
    variant: u8,
    plain: (Row, Formula),
    with_factor: (Row, Formula),
) -> Result<Output> {
    let (a, b) = (operand(&args[0])?, operand(&args[1])?);
    match args.get(2) {
        Some(Arg::Number(alpha)) => {
            let (op, row) = with_factor;
            let common = checked(row, &[a, b], target)?;
            let factor = Operand::Number(factor(*alpha, op, &[a, b], common)?);
            match alpha.is(1.0) {
                true => pointwise(plain.0, plain.1, variant, &[a, b], target),
                false => pointwise(op, row, variant, &[a, b, factor], target),
            }
        }
        _ => pointwise(plain.0, plain.1, variant, &[a, b], target),
    }
    .map(Output::One)
}

pub(super) fn operand<'a>(arg: &Arg<'a>) -> Result<Operand<'a>> {
    match arg {
        Arg::Tensor(t) => Ok(Operand::Tensor(t)),
        Arg::Number(s) => Ok(Operand::Number(*s)),
        _ => Err(Error::type_error("an operand is missing")),
    }
}

/// A kernel converts its numbers as it does for many elements, however few there are.
const MANY: i64 = i64::MAX;

/// What operands and target are refused for before a factor is; the type of the result.
fn checked(row: Formula, ins: &[Operand<'_>; 2], target: Target<'_>) -> Result<DType> {
    if let Some(check) = row.check {
        check(DType::Bool, ins)?;
    }
    let (common, wide) = (common_dtype(ins), crate::ops::layout::broadcast_all(ins)?);
    match (target, ins[0]) {
        (Target::InPlace, Operand::Tensor(t)) => crate::ops::inplace::check_result(t, &wide, common)?,
        (Target::Out(t), _) if !common.can_cast(t.dtype()) => return Err(Error::no_cast(common, t.dtype())),
        _ => {}
    }
    Ok(common)
}

/// `alpha` as a factor: it must fit the result's type, `common`, which it does not raise.
fn factor(alpha: Scalar, op: Row, ins: &[Operand<'_>; 2], common: DType) -> Result<Scalar> {
    let category = ins.iter().map(|o| match o {
        Operand::Tensor(t) => t.dtype().category(),
        Operand::Number(s) => s.category(),
    });
    let category = category.max().unwrap_or(Category::Bool);
    let refused = match alpha.category() {
        Category::Bool if category != Category::Bool => "Boolean alpha only supported for Boolean results.",
        Category::Floating | Category::Complex if category <= Category::Integral => {
            "For integral input tensors, argument alpha must not be a floating point number."
        }
        Category::Complex if category != Category::Complex => {
            "For non-complex input tensors, argument alpha must not be a complex number."
        }
        _ if category == Category::Bool => return Ok(Scalar::Bool(!alpha.is(0.0))),
        _ => {
            // torch subtracts by adding with the factor negated.
            let factor = if std::ptr::eq(op, AddScaled::OPERATOR) { alpha } else { alpha.negated() };
            return fitted(factor, common, MANY).map(|_| alpha);
        }
    };
    Err(Error::runtime(refused))
}

/// The quotient as `rounding_mode` says.
pub(super) fn div_rounded(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let ins = [operand(&args[0])?, operand(&args[1])?];
    let (variant, (op, row)): (u8, (Row, Formula)) = match args.get(2).and_then(Arg::text) {
        None => (2, (Div::OPERATOR, Div::ROW)),
        Some("trunc") => (0, (DivTrunc::OPERATOR, DivTrunc::ROW)),
        Some("floor") => (0, (DivFloor::OPERATOR, DivFloor::ROW)),
        Some(other) => {
            return Err(Error::runtime(format!(
                "div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{other}'"
            )));
        }
    };
    pointwise(op, row, variant, &ins, target).map(Output::One)
}

/// Chooses among the rows that share torch's name `pow`.
pub(super) fn pow(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let ins = [operand(&args[0])?, operand(&args[1])?];
    power(ins[0], ins[1], target).map(Output::One)
}

/// `x ** 2` by its name.
pub(in crate::ops) fn square(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    power(operand(&args[0])?, Operand::Number(Scalar::Int(2)), target).map(Output::One)
}

/// The row for `a` to the power `b` that torch's kernels ask for, and the variant of its node.
pub(in crate::ops) fn power_row(a: Operand<'_>, b: Operand<'_>) -> (Row, Formula, u8) {
    let whole = |o: Operand<'_>| match o {
        Operand::Tensor(t) => t.dtype().is_integral(),
        Operand::Number(s) => s.category() <= Category::Integral,
    };
    match (a, b) {
        _ if whole(a) && whole(b) => (PowInt::OPERATOR, PowInt::ROW, 0),
        (_, Operand::Number(n)) => of_number(n),
        (Operand::Number(_), _) => (Pow::OPERATOR, Pow::ROW, 2),
        _ => (Pow::OPERATOR, Pow::ROW, 1),
    }
}

/// The row for a power that is a number: torch computes a few without one.
pub(super) fn of_number(exponent: Scalar) -> (Row, Formula, u8) {
    let rows: [(f64, Row, Formula); 6] = [
        (2.0, Square::OPERATOR, Square::ROW),
        (3.0, Cube::OPERATOR, Cube::ROW),
        (0.5, Root::OPERATOR, Root::ROW),
        (-0.5, RootUnder::OPERATOR, RootUnder::ROW),
        (-1.0, Inverse::OPERATOR, Inverse::ROW),
        (-2.0, SquareUnder::OPERATOR, SquareUnder::ROW),
    ];
    let found = rows.into_iter().find(|(e, ..)| exponent.is(*e));
    found.map_or((Pow::OPERATOR, Pow::ROW, 0), |(_, op, row)| (op, row, 0))
}

/// `a` to the power `b`.
pub fn power(a: Operand<'_>, b: Operand<'_>, target: Target<'_>) -> Result<Tensor> {
    let (op, row, variant) = power_row(a, b);
    if let (Operand::Tensor(base), Operand::Number(exponent)) = (a, b) {
        check_exponent(base.dtype(), exponent)?;
    }
    pointwise(op, row, variant, &[a, b], target)
}

/// Refuses a number as exponent that torch's kernel would have to convert to the base's type, and cannot.
pub(super) fn check_exponent(base: DType, exponent: Scalar) -> Result<()> {
    let converted = match base {
        base if base.is_half() => exponent.category() != Category::Complex,
        // A negative one has its own error.
        _ => !base.is_differentiable() && base != DType::Bool && matches!(exponent, Scalar::Int(0..)),
    };
    if converted { fitted(exponent, base, MANY).map(drop) } else { Ok(()) }
}

/// Whether the warning of a condition of uint8 has been shown.
static BYTES_AS_CONDITION: AtomicBool = AtomicBool::new(false);

pub(super) fn where_(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    if let Target::Out(out) = target {
        let ins = [operand(&args[1])?, operand(&args[2])?];
        crate::ops::inplace::check_out("where", out, &ins)?;
        let dtype = common_dtype(&ins);
        let fits: crate::ops::out::Fits = Some(|result, out| {
            format!("Expected out type to be {} but got {}", result.scalar_name(), out.scalar_name())
        });
        crate::ops::out::check(dtype, Target::Out(out), fits)?;
    }
    if let Some(Arg::Tensor(c)) = args.first()
        && !matches!(c.dtype(), DType::Bool | DType::UInt8)
    {
        return Err(Error::runtime(format!(
            "where expected condition to be a boolean tensor, but got a tensor with dtype {}",
            c.dtype().scalar_name()
        )));
    }
    let condition;
    let c = match &args[0] {
        // Numbers of uint8 would raise the result's type.
        Arg::Tensor(c) if c.dtype() == DType::UInt8 => {
            crate::ops::copy::warn_once(
                &BYTES_AS_CONDITION,
                "where received a uint8 condition tensor. This behavior is deprecated and will be removed in a future \
                 version of PyTorch. Use a boolean condition instead.",
            )?;
            condition = crate::ops::copy::to(c, DType::Bool)?;
            Operand::Tensor(&condition)
        }
        c => operand(c)?,
    };
    where_operands(c, operand(&args[1])?, operand(&args[2])?, target).map(Output::One)
}

/// `a` where `c` holds, else `b`. A number among the two becomes an element of the result's type, which must hold it.
pub(in crate::ops) fn where_operands(
    c: Operand<'_>,
    a: Operand<'_>,
    b: Operand<'_>,
    target: Target<'_>,
) -> Result<Tensor> {
    if a.tensor().is_none() || b.tensor().is_none() {
        let dtype = common_dtype(&[a, b]);
        for number in [a, b] {
            if let Operand::Number(s) = number {
                fitted(s, dtype, 1)?;
            }
        }
    }
    let ins = [c, a, b];
    pointwise(Where::OPERATOR, Where::ROW, 0, &ins, target)
}

pub(super) fn abs(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    match args.first().and_then(Arg::tensor) {
        Some(t) if t.dtype().is_complex() => crate::ops::reductions::norm::complex_abs(t, target).map(Output::One),
        _ => unconverted(Abs::OPERATOR, Abs::ROW, args, target),
    }
}

pub(super) fn conj(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    match (args, target) {
        // Real numbers are their own conjugates: the tensor itself.
        ([Arg::Tensor(t), ..], Target::Fresh) if !t.dtype().is_complex() => Ok(Output::One((*t).clone())),
        ([Arg::Tensor(t), ..], Target::InPlace) if !t.dtype().is_complex() => {
            // A write of nothing, which an expanded tensor may have too.
            inplace::check_history(t, t.requires_grad())?;
            let ins = [Operand::Tensor(t)];
            let before = inplace::Before::of(Conj::OPERATOR, &ins, t)?;
            let ins = [before.operand(0, &ins)];
            Application { op: Conj::OPERATOR, variant: 1, ins: &ins, outs: &[t], differentiable: 1, params: None }
                .write(&before, || Ok(()))?;
            Ok(Output::One((*t).clone()))
        }
        ([Arg::Tensor(t), ..], Target::InPlace) => {
            pointwise(Conj::OPERATOR, Conj::ROW, 1, &[Operand::Tensor(t)], target).map(Output::One)
        }
        _ => unconverted(Conj::OPERATOR, Conj::ROW, args, target),
    }
}

/// An operator that gives `out=` the operand's type alone.
pub(in crate::ops) fn unconverted(op: Row, row: Formula, args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    if let (Target::Out(out), Some(t)) = (target, args.first().and_then(Arg::tensor)) {
        crate::ops::inplace::check_out_of((op, row), out, &[Operand::Tensor(t)])?;
        // What torch refuses before it looks at the result: not what its kernel does.
        let early = op.number == Neg::OPERATOR.number || t.dtype().is_complex() && !matches!(op.name, "round" | "frac");
        if let (Some(check), true) = (row.check, early && !row.late) {
            check(t.dtype(), &[Operand::Tensor(t)])?;
        }
        crate::ops::out::check(t.dtype(), target, crate::ops::out::FOUND)?;
    }
    call_pointwise(op, row, args, target)
}

pub(super) fn any_bool(ins: &[Operand<'_>], tensors_only: bool) -> usize {
    ins.iter()
        .filter(|o| match o {
            Operand::Tensor(t) => t.dtype() == DType::Bool,
            Operand::Number(s) => !tensors_only && matches!(s, Scalar::Bool(_)),
        })
        .count()
}

pub(super) fn no_bool_subtraction(_: &str, _: DType, ins: &[Operand<'_>]) -> Result<()> {
    match any_bool(&ins[..2], false) {
        0 => Ok(()),
        2 => Err(Error::runtime(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` \
             operator instead.",
        )),
        _ => Err(Error::runtime(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, \
             use the `~` or `logical_not()` operator instead.",
        )),
    }
}

pub(super) fn no_bool_negation(_: &str, _: DType, ins: &[Operand<'_>]) -> Result<()> {
    if any_bool(ins, true) == 0 {
        return Ok(());
    }
    Err(Error::runtime(
        "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the \
         `~` or `logical_not()` operator instead.",
    ))
}

pub(super) fn no_bool_abs(_: &str, common: DType, _: &[Operand<'_>]) -> Result<()> {
    match common {
        DType::Bool => Err(Error::not_implemented("\"abs_cpu\" not implemented for 'Bool'")),
        _ => Ok(()),
    }
}

pub(super) fn relu_refuses(_: &str, common: DType, _: &[Operand<'_>]) -> Result<()> {
    match common {
        DType::Bool => Err(Error::runtime("Boolean inputs not supported for relu")),
        _ if common.is_complex() => Err(Error::not_implemented("clamp is not supported for complex types")),
        _ => Ok(()),
    }
}

/// Whole numbers are not divided by 0, and truth values not at all.
pub(in crate::ops) fn div_refuses(name: &str, common: DType, ins: &[Operand<'_>]) -> Result<()> {
    if !common.is_integral() {
        return Ok(());
    }
    if common == DType::Bool {
        return Err(Error::not_implemented(format!("\"{name}_cpu\" not implemented for 'Bool'")));
    }
    if ins.iter().any(|o| o.tensor().is_some_and(|t| t.numel() == 0)) {
        return Ok(());
    }
    let zero = match crate::ops::wraparound::one(ins[1], common)? {
        Operand::Number(n) => n.is(0.0),
        Operand::Tensor(t) => t.read(crate::kernels::index::count_true)? < t.numel() as usize,
    };
    if zero { Err(Error::runtime("ZeroDivisionError")) } else { Ok(()) }
}

pub(super) fn no_negative_power(_: &str, common: DType, ins: &[Operand<'_>]) -> Result<()> {
    match ins[1] {
        // A number as exponent is 0 or 1 there, for which torch asks no kernel.
        Operand::Tensor(_) if common == DType::Bool => {
            Err(Error::not_implemented("\"pow\" not implemented for 'Bool'"))
        }
        Operand::Number(n) if n.to_i64() < 0 => {
            Err(Error::runtime("Integers to negative integer powers are not allowed."))
        }
        _ => Ok(()),
    }
}
