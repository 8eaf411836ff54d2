//! Comparisons, one row each: a predicate, whose result is bool. Written over numbers (`x.lt_(y)`) it has a
//! derivative, which is 0.

use super::apply::pointwise;
use super::row::{Operator, Pointwise, predicates};
use super::value::{Arg, Output, Target};
use crate::error::{Error, Result};

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
}

/// Compares; the node, if any, has its first name where the second operand is a number.
fn compare(op: &'static Operator, row: &'static Pointwise, args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let operand =
        |i: usize| args.get(i).and_then(Arg::operand).ok_or_else(|| Error::type_error("an operand is missing"));
    let ins = [operand(0)?, operand(1)?];
    pointwise(op, row, u8::from(ins[1].tensor().is_some()), &ins, target).map(Output::One)
}
