//! Comparisons, one row each: a predicate, whose result is bool and has no derivative.

use super::row::predicates;

predicates! { family 1;
    /// Whether elements are equal.
    Eq { eq(a, b) where a.equal(b); [Ring] "eq(input, other: operand, *, out = None)" ALL; }
    /// Whether elements differ.
    Ne { ne(a, b) where !a.equal(b); [Ring] "ne(input, other: operand, *, out = None)" ALL; }
    /// Whether the first is less.
    Lt { lt(a, b) where a.less(b); [Ordered] "lt(input, other: operand, *, out = None)" ALL; }
    /// Whether the first is less or equal.
    Le { le(a, b) where a.at_most(b); [Ordered] "le(input, other: operand, *, out = None)" ALL; }
    /// Whether the first is greater.
    Gt { gt(a, b) where a.greater(b); [Ordered] "gt(input, other: operand, *, out = None)" ALL; }
    /// Whether the first is greater or equal.
    Ge { ge(a, b) where a.at_least(b); [Ordered] "ge(input, other: operand, *, out = None)" ALL; }
}
