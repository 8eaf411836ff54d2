//! What float16 and bfloat16 arithmetic makes of operands of other types: torch rounds most of them to the common type
//! before it computes, though it computes in float32.

use super::apply::{MAX_ARITY, Operand};
use super::copy;
use super::layout::preserved;
use super::pointwise::{Div, DivFloor, DivTrunc, Mul};
use super::rounding::{RoundBefore, RoundBehind};
use super::row::{Operator, Pointwise};
use crate::dtype::{DType, Scalar};
use crate::error::Result;
use crate::tensor::Tensor;

/// What stands for an operand.
enum Stand {
    Itself,
    Tensor(Tensor),
    Number(Scalar),
}

/// The operands that are rounded, in their places.
pub(super) struct Rounded([Stand; MAX_ARITY]);

impl Rounded {
    /// Rounds to the half type `common` what torch rounds.
    #[cold]
    pub(super) fn new((op, row): (&Operator, &Pointwise), ins: &[Operand<'_>], common: DType) -> Result<Rounded> {
        let mut rounded = Rounded([const { Stand::Itself }; MAX_ARITY]);
        for (i, operand) in ins.iter().enumerate() {
            if is_precise(op, i, *operand) {
                continue;
            }
            rounded.0[i] = match operand {
                Operand::Number(Scalar::Bool(_)) => Stand::Itself,
                Operand::Number(number) => Stand::Number(Tensor::converted(&[], *number, common)?.item()?),
                Operand::Tensor(t) if t.dtype() == common || is_condition(row, i) => Stand::Itself,
                Operand::Tensor(t) => {
                    let g = t.geometry();
                    let own = Tensor::empty_strided(&g.shape, &preserved(&g)?, common)?;
                    copy::assign(&own, t)?;
                    Stand::Tensor(own)
                }
            };
        }
        Ok(rounded)
    }

    /// The operands, the rounded ones in their places.
    pub(super) fn operands<'a>(&'a self, ins: &[Operand<'a>]) -> [Operand<'a>; MAX_ARITY] {
        std::array::from_fn(|i| match &self.0[i] {
            Stand::Tensor(t) => Operand::Tensor(t),
            Stand::Number(number) => Operand::Number(*number),
            Stand::Itself => ins.get(i).copied().unwrap_or(Operand::Number(Scalar::Bool(false))),
        })
    }
}

/// Whether operand `i`, a tensor, chooses: what a row has no derivative for.
fn is_condition(row: &Pointwise, i: usize) -> bool {
    row.derivatives.get(i).is_none_or(Option::is_none)
}

/// Whether torch's kernel takes operand `i` in float32: one element as the second factor or as the divisor, and the power of
/// ten of a rounding. (A number before the sign of a product changes places with the tensor.)
fn is_precise(op: &Operator, i: usize, operand: Operand<'_>) -> bool {
    let is = |row: &Operator| op.number == row.number;
    let precise = [
        Mul::OPERATOR,
        Div::OPERATOR,
        DivFloor::OPERATOR,
        DivTrunc::OPERATOR,
        RoundBehind::OPERATOR,
        RoundBefore::OPERATOR,
    ];
    i == 1 && precise.into_iter().any(is) && operand.tensor().is_none_or(|t| t.numel() == 1)
}
