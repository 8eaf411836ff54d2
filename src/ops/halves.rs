//! What float16 and bfloat16 arithmetic makes of operands of other types: torch rounds most of them to the common type
//! before it computes, though it computes in float32.

use super::apply::{MAX_ARITY, Operand};
use super::copy;
use super::layout::preserved;
use super::row::{Operator, Pointwise};
use crate::dtype::{DType, Scalar};
use crate::error::Result;
use crate::ops::elements::analytic::{Sigmoid, Tanh};
use crate::ops::elements::blend::{Addcdiv, Addcmul, Lerp};
use crate::ops::elements::integers::FloorDivide;
use crate::ops::elements::maximum::{Fmax, Fmin};
use crate::ops::elements::pointwise::{Cube, Div, DivFloor, DivTrunc, Gate, Mul, Reciprocal, Relu, SquareUnder};
use crate::ops::elements::rounding::{RoundBefore, RoundBehind, Trunc};
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

    /// The operands as torch's kernel has them: the rounded ones in their places. Of two equal numbers `fmax` and `fmin` take
    /// the first, but the second in bfloat16: +0 and -0 tell them apart.
    pub(super) fn of_kernel<'a>(
        &'a self,
        op: &Operator,
        ins: &[Operand<'a>],
        common: DType,
    ) -> [Operand<'a>; MAX_ARITY] {
        let mut operands = self.operands(ins);
        if common == DType::BFloat16 && [Fmax::OPERATOR, Fmin::OPERATOR].into_iter().any(|row| op.number == row.number)
        {
            operands.swap(0, 1);
        }
        operands
    }

    fn operands<'a>(&'a self, ins: &[Operand<'a>]) -> [Operand<'a>; MAX_ARITY] {
        std::array::from_fn(|i| match &self.0[i] {
            Stand::Tensor(t) => Operand::Tensor(t),
            Stand::Number(number) => Operand::Number(*number),
            Stand::Itself => ins.get(i).copied().unwrap_or(Operand::Number(Scalar::Bool(false))),
        })
    }
}

/// Whether torch computes the derivatives of `op` in one kernel that rounds to the type `half` once; else it rounds after
/// each operator (and in that of the logistic function in float16).
pub(super) fn derives_at_once(op: &Operator, half: DType) -> bool {
    let rows = [Mul::OPERATOR, Relu::OPERATOR, Gate::OPERATOR, Tanh::OPERATOR];
    let is = |row: &Operator| op.number == row.number;
    rows.into_iter().any(is) || half == DType::BFloat16 && is(Sigmoid::OPERATOR)
}

/// Two steps of which torch rounds the first too, where its kernel computes in the half type.
pub(super) struct Steps<'a> {
    /// The first row, and its two operands.
    pub(super) first: (&'static Pointwise, [Operand<'a>; 2]),
    /// The second row, of the first's value, and of the base too where there are two.
    pub(super) second: &'static Pointwise,
}

/// The steps of `op` over operands of the half type `common`; None where it has one. torch cuts a quotient that is rounded,
/// and has products for some powers in bfloat16 alone.
pub(super) fn steps<'a>(op: &Operator, ins: &[Operand<'a>], common: DType) -> Option<Steps<'a>> {
    let (is, squares) = (|row: &Operator| op.number == row.number, common == DType::BFloat16);
    let square = || (Mul::ROW, [ins[0], ins[0]]);
    match () {
        _ if is(DivTrunc::OPERATOR) && !is_precise(op, 1, ins[1]) => {
            Some(Steps { first: (Div::ROW, [ins[0], ins[1]]), second: Trunc::ROW })
        }
        _ if is(Cube::OPERATOR) && squares => Some(Steps { first: square(), second: Mul::ROW }),
        _ if is(SquareUnder::OPERATOR) && squares => Some(Steps { first: square(), second: Reciprocal::ROW }),
        _ => None,
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
        FloorDivide::OPERATOR,
        DivTrunc::OPERATOR,
        RoundBehind::OPERATOR,
        RoundBefore::OPERATOR,
    ];
    // The factors of some sums are taken as they are, too.
    let factor = i == 2 && is(Lerp::OPERATOR) || i == 3 && (is(Addcmul::OPERATOR) || is(Addcdiv::OPERATOR));
    if factor && operand.tensor().is_none() {
        return true;
    }
    i == 1 && precise.into_iter().any(is) && operand.tensor().is_none_or(|t| t.numel() == 1)
}
