//! Comparisons, one row each: a predicate, whose result is bool. Written over numbers (`x.lt_(y)`) it has a
//! derivative, which is 0.

use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels::map::MapTable;
use crate::kernels::number::{Eval, Ring};
use crate::ops::apply::{Operand, call_pointwise, pointwise};
use crate::ops::copy;
use crate::ops::elements::pointwise::Add;
use crate::ops::recorded::Recorded;
use crate::ops::row::{Derivative, Operator, Pointwise, predicates};
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::tape::mode::GradMode;
use crate::tensor::Tensor;

/// The formula that is 0 whatever it reads.
pub struct Flat;

impl<N: Ring> Eval<N, 1> for Flat {
    #[inline(always)]
    fn eval(_: [N; 1]) -> N {
        N::lit(0.0)
    }
}

impl Flat {
    /// The derivative of a comparison whose nodes have these names; none where it has no nodes.
    pub const fn of(names: &[&str]) -> Option<Derivative> {
        if names.is_empty() { None } else { Some(Self::DERIVATIVE) }
    }
    /// As a derivative: that of a comparison, whose result is flat where it is written over numbers.
    const DERIVATIVE: Derivative = Derivative {
        reads: &[],
        identity: false,
        kernels: MapTable::ring::<Flat, 1>(),
        recorded: |_| <Flat as Eval<Recorded, 1>>::eval([Ring::lit(0.0)]),
    };
}

predicates! { family 1;
    /// Whether elements are equal.
    Eq { eq(a, b) where a.equal(b); [Ring] "EqBackward0", "EqBackward1"; "eq(input, other: operand, *, out = None)" ALL; }
    /// Whether elements differ.
    Ne { ne(a, b) where !a.equal(b); [Ring] "NeBackward0", "NeBackward1"; "ne(input, other: operand, *, out = None)" ALL; }
    /// Whether the first is less.
    Lt { lt(a, b) where a.less(b); [Ordered] "LtBackward0", "LtBackward1"; "lt(input, other: operand, *, out = None)" ALL; }
    /// Whether the first is less or equal.
    Le { le(a, b) where a.at_most(b); [Ordered] "LeBackward0", "LeBackward1"; "le(input, other: operand, *, out = None)" ALL; }
    /// Whether the first is greater.
    Gt { gt(a, b) where a.greater(b); [Ordered] "GtBackward0", "GtBackward1"; "gt(input, other: operand, *, out = None)" ALL; }
    /// Whether the first is greater or equal.
    Ge { ge(a, b) where a.at_least(b); [Ordered] "GeBackward0", "GeBackward1"; "ge(input, other: operand, *, out = None)" ALL; }
    /// Whether each element is 0.
    LogicalNot { logical_not(a) where a.is_zero(); [Ring] ; "logical_not(input, *, out = None)" ALL; }
    /// Whether neither element is 0.
    LogicalAnd { logical_and(a, b) where a.truth() & b.truth(); [Ring] ; "logical_and(input, other, *, out = None)" ALL; }
    /// Whether an element is not 0.
    LogicalOr { logical_or(a, b) where a.truth() | b.truth(); [Ring] ; "logical_or(input, other, *, out = None)" ALL; }
    /// Whether one element is 0 and the other is not.
    LogicalXor {
        logical_xor(a, b) where (a.truth() & b.is_zero()) | (a.is_zero() & b.truth()); [Ring] ;
        "logical_xor(input, other, *, out = None)" ALL;
    }
    /// Whether each element is nan.
    IsNan { isnan(a) where !a.equal(a); [Ring] ; "isnan(input)" BOTH; }
    /// Whether each element is neither infinite nor nan.
    IsFinite { isfinite(a) where a.is_finite(); [Ring] ; "isfinite(input)" BOTH => is_finite, row; }
    /// Whether each element is infinite, of either sign.
    IsInf { isinf(a) where a.equal(a) & !a.is_finite(); [Ring] ; "isinf(input)" BOTH => is_inf; }
    /// Whether each element is above every number.
    IsPosInf {
        isposinf(a) where a.equal(a) & !a.is_finite() & a.greater(N::lit(0.0)); [Ordered, check no_complex] ;
        "isposinf(input, *, out = None)" BOTH => to_truth, row;
    }
    /// Whether each element is below every number.
    IsNegInf {
        isneginf(a) where a.equal(a) & !a.is_finite() & a.less(N::lit(0.0)); [Ordered, check no_complex] ;
        "isneginf(input, *, out = None)" BOTH => to_truth, row;
    }
    /// Whether each element has a negative number's sign: so does -0.
    SignBit {
        signbit(a) where a.is_negative(); [Ordered, check no_complex] ;
        "signbit(input, *, out = None)" BOTH => to_truth, row;
    }
}

/// `isinf`: of complex numbers where either part is.
pub(in crate::ops) fn is_inf(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let of = |t: &Tensor| pointwise(IsInf::OPERATOR, IsInf::ROW, 0, &[Operand::Tensor(t)], target);
    if t.dtype().is_integral() {
        return copy::filled_like(t, Scalar::Bool(false), DType::Bool).map(Output::One);
    }
    if !t.dtype().is_complex() {
        return of(t).map(Output::One);
    }
    let _off = GradMode::new(false);
    let (re, im) = (of(&t.real()?)?, of(&t.imag()?)?);
    // The sum of truth values is whether either holds.
    pointwise(Add::OPERATOR, Add::ROW, 0, &[Operand::Tensor(&re), Operand::Tensor(&im)], target).map(Output::One)
}

fn is_finite(op: &'static Operator, row: &'static Pointwise, args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    match t.dtype().is_integral() {
        true => copy::filled_like(t, Scalar::Bool(true), DType::Bool).map(Output::One),
        false => call_pointwise(op, row, args, target),
    }
}

/// A predicate whose `out=` must be of bool.
fn to_truth(op: &'static Operator, row: &'static Pointwise, args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    if let Some(t) = args.first().and_then(Arg::tensor) {
        no_complex(op.name, t.dtype(), &[])?;
    }
    match target {
        Target::Out(out) if out.dtype() != DType::Bool => {
            Err(Error::runtime(format!("{} does not support non-boolean outputs.", op.name)))
        }
        _ => call_pointwise(op, row, args, target),
    }
}

fn no_complex(name: &str, common: DType, _: &[Operand<'_>]) -> Result<()> {
    match common.is_complex() {
        true if name == "signbit" => Err(Error::not_implemented("signbit is not implemented for complex tensors.")),
        true => Err(Error::runtime(format!("{name} does not support complex inputs."))),
        false => Ok(()),
    }
}

/// Compares; the node, if any, has its first name where the second operand is a number.
pub(in crate::ops) fn compare(
    op: &'static Operator,
    row: &'static Pointwise,
    args: &[Arg<'_>],
    target: Target<'_>,
) -> Result<Output> {
    if row.arity == 1 {
        return call_pointwise(op, row, args, target);
    }
    let operand =
        |i: usize| args.get(i).and_then(Arg::operand).ok_or_else(|| Error::type_error("an operand is missing"));
    let ins = [operand(0)?, operand(1)?];
    pointwise(op, row, u8::from(ins[1].tensor().is_some()), &ins, target).map(Output::One)
}
