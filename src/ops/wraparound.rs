//! What an operator of whole numbers narrower than 64 bits makes of operands that do not fit: torch converts them to the
//! operands' common type before it computes.
//!
//! Kernels compute whole numbers in 64 bits. Sums and products come out the same either way; quotients, comparisons and
//! truth values do not.

use crate::dtype::{DType, Scalar};
use crate::error::Result;
use crate::ops::apply::{MAX_ARITY, Operand};
use crate::ops::elements::integers::Lcm;
use crate::ops::elements::pointwise::Abs;
use crate::ops::halves::Steps;
use crate::ops::row::Operator;

/// Whether operands of the promoted type `common` may be wider than it: only numbers and tensors without dimensions are.
pub(super) fn may_be_wider(common: DType) -> bool {
    common.is_integral() && common != DType::Int64
}

/// The operands as elements of `common`, a whole type: a number that it does not hold wraps around, and so does the one
/// element of a wider tensor. Operands past the last are false.
#[cold]
pub(super) fn wrapped<'a>(ins: &[Operand<'a>], common: DType) -> Result<[Operand<'a>; MAX_ARITY]> {
    let mut all = [Operand::Number(Scalar::Bool(false)); MAX_ARITY];
    for (to, operand) in all.iter_mut().zip(ins) {
        *to = one(*operand, common)?;
    }
    Ok(all)
}

/// The steps of a least common multiple in int32: its size is that of the product as 32 bits hold it, in which torch
/// computes; narrower types hold less of the same size. None for other rows.
pub(super) fn steps<'a>(op: &Operator, ins: &[Operand<'a>], common: DType) -> Option<Steps<'a>> {
    let wraps = common == DType::Int32 && op.number == Lcm::OPERATOR.number;
    wraps.then(|| Steps { first: (Lcm::ROW, [ins[0], ins[1]]), second: Abs::ROW })
}

/// The same of one operand.
pub(super) fn one(operand: Operand<'_>, common: DType) -> Result<Operand<'_>> {
    let element = |x: Scalar| match x {
        Scalar::Int(x) => Operand::Number(Scalar::Int(common.wrapped(x))),
        _ => operand,
    };
    Ok(match operand {
        Operand::Number(x) => element(x),
        Operand::Tensor(t) if t.dtype() != common && t.ndim() == 0 => element(t.item()?),
        Operand::Tensor(_) => operand,
    })
}
