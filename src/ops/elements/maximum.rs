//! The larger and the smaller of two elements.

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::ops::apply::Operand;
use crate::ops::row::pointwise;

pointwise! { family 16;
    /// The larger of two elements, nan where either is; equal ones share the gradient.
    Maximum {
        maximum(a, b) -> y = a.or_larger(b);
        a: |g, b, a| N::select(a.equal(b), g * N::lit(0.5), g).cleared(a.less(b));
        b: |g, b, a| N::select(a.equal(b), g * N::lit(0.5), g).cleared(b.less(a));
        [Ordered, Promote, check no_complex] "MaximumBackward0";
        "maximum(input, other, *, out = None)" BOTH;
    }
    /// The smaller of two elements, nan where either is; equal ones share the gradient.
    Minimum {
        minimum(a, b) -> y = a.or_smaller(b);
        a: |g, b, a| N::select(a.equal(b), g * N::lit(0.5), g).cleared(b.less(a));
        b: |g, b, a| N::select(a.equal(b), g * N::lit(0.5), g).cleared(a.less(b));
        [Ordered, Promote, check no_complex] "MinimumBackward0";
        "minimum(input, other, *, out = None)" BOTH;
    }
    /// The larger of two elements, the other where one is nan; of equal ones the first, which has the gradient.
    Fmax {
        fmax(a, b) -> y = N::select(b.at_most(a) | !b.equal(b), a, b);
        a: |g, b, a| g.cleared(!(b.at_most(a) | !b.equal(b)));
        b: |g, b, a| g.cleared(b.at_most(a) | !b.equal(b));
        [Ordered, Promote, check no_complex] "FmaxBackward0";
        "fmax(input, other, *, out = None)" BOTH;
    }
    /// The smaller of two elements, the other where one is nan; of equal ones the first, which has the gradient.
    Fmin {
        fmin(a, b) -> y = N::select(a.at_most(b) | !b.equal(b), a, b);
        a: |g, b, a| g.cleared(!(a.at_most(b) | !b.equal(b)));
        b: |g, b, a| g.cleared(a.at_most(b) | !b.equal(b));
        [Ordered, Promote, check no_complex] "FminBackward0";
        "fmin(input, other, *, out = None)" BOTH;
    }
}

fn no_complex(name: &str, common: DType, _: &[Operand<'_>]) -> Result<()> {
    match common.is_complex() {
        true => Err(Error::runtime(format!("{name} not implemented for complex tensors."))),
        false => Ok(()),
    }
}
