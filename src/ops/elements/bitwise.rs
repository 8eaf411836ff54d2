//! Operators on the bits of whole numbers, and on truth values.

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::ops::apply::Operand;
use crate::ops::elements::arithmetic::unconverted;
use crate::ops::elements::compare::LogicalNot;
use crate::ops::row::pointwise;
use crate::ops::value::{Arg, Output, Target};

pointwise! { family 17;
    /// The bits that both elements have; of truth values, whether both hold.
    And {
        bitwise_and(a, b) constant(a, b) -> y = a.and(b);
        [Whole, Promote, kernel whole_alone];
        "bitwise_and(input, other, *, out = None)" ALL;
        "bitwise_and(self: number, other)" FUNCTION;
        "bitwise_and(input, other: number, *, out = None)" ALL;
    }
    /// The bits that either element has; of truth values, whether either holds.
    Or {
        bitwise_or(a, b) constant(a, b) -> y = a.or(b);
        [Whole, Promote, kernel whole_alone];
        "bitwise_or(input, other, *, out = None)" ALL;
        "bitwise_or(self: number, other)" FUNCTION;
        "bitwise_or(input, other: number, *, out = None)" ALL;
    }
    /// The bits that one element has and the other has not; of truth values, whether they differ.
    Xor {
        bitwise_xor(a, b) constant(a, b) -> y = a.xor(b);
        [Whole, Promote, kernel whole_alone];
        "bitwise_xor(input, other, *, out = None)" ALL;
        "bitwise_xor(self: number, other)" FUNCTION;
        "bitwise_xor(input, other: number, *, out = None)" ALL;
    }
    /// Every bit turned; of truth values, the opposite.
    Not {
        bitwise_not(a) constant(a) -> y = a.xor(N::lit(-1.0));
        [Whole, Promote, kernel whole_alone];
        "bitwise_not(input, *, out = None)" ALL => not;
    }
}

/// Truth values have one bit, whatever they are stored in.
pub(in crate::ops) fn not(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    match args.first().and_then(Arg::tensor) {
        Some(t) if t.dtype() == DType::Bool => unconverted(LogicalNot::OPERATOR, LogicalNot::ROW, args, target),
        _ => unconverted(Not::OPERATOR, Not::ROW, args, target),
    }
}

/// Refuses numbers that are not whole, in the words of torch's kernel.
fn whole_alone(name: &str, common: DType, _: &[Operand<'_>]) -> Result<()> {
    match common.is_differentiable() {
        true => Err(Error::no_kernel(&format!("{name}_cpu"), common)),
        false => Ok(()),
    }
}
