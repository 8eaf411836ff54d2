//! Rows of whole numbers, and of quotients in whole steps.

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::ops::apply::{Operand, call_pointwise};
use crate::ops::elements::arithmetic::div_refuses;
use crate::ops::row::pointwise;
use crate::ops::value::{Arg, Output, Target};

pointwise! { family 52;
    /// The bits of each element moved up by as many places as `other` says, zeros coming in.
    ShiftLeft {
        bitwise_left_shift(a, b) constant(a, b) -> y = a.shifted_left(b);
        [Whole, Promote, kernel whole_alone];
        "bitwise_left_shift(input, other, *, out = None)" ALL;
        "bitwise_left_shift(self: number, other)" FUNCTION;
        "bitwise_left_shift(input, other: number, *, out = None)" ALL;
    }
    /// The bits of each element moved down by as many places as `other` says, the sign coming in.
    ShiftRight {
        bitwise_right_shift(a, b) constant(a, b) -> y = a.shifted_right(b);
        [Whole, Promote, kernel whole_alone];
        "bitwise_right_shift(input, other, *, out = None)" ALL;
        "bitwise_right_shift(self: number, other)" FUNCTION;
        "bitwise_right_shift(input, other: number, *, out = None)" ALL;
    }
    /// The greatest common divisor; that of 0 and 0 is 0.
    Gcd {
        gcd(a, b) constant(a, b) -> y = a.gcd(b);
        [Whole, Promote, kernel whole_alone];
        "gcd(input, other, *, out = None)" EVERY;
    }
    /// The least common multiple.
    Lcm {
        lcm(a, b) constant(a, b) -> y = a.lcm(b);
        [Whole, Promote, kernel whole_alone];
        "lcm(input, other, *, out = None)" EVERY;
    }
    /// The largest whole number that is at most the quotient, as Python's `//`. It has no derivative: backward() raises
    /// RuntimeError.
    FloorDivide {
        floor_divide(a, b) -> y = a.div_floor(b);
        a: |g| g.underived("floor_divide");
        b: |g| g.underived("floor_divide");
        [Ordered, Promote, kernel quotient_refuses; lean] "NotImplemented";
        "floor_divide(input: lax, other: lax, *, out = None)" ALL;
        "floor_divide(input, other: number)" ALL;
    }
    /// 0 for negative elements and nan, 1 for positive ones, the element of `values` for 0. It has no derivative: backward()
    /// raises RuntimeError.
    ///
    /// Raises RuntimeError where the types differ, and for complex ones.
    Heaviside {
        heaviside(a, b) -> y = N::select(a.is_zero(), b, N::select(a.greater(N::lit(0.0)), N::lit(1.0), N::lit(0.0)));
        a: |g| g.underived("heaviside");
        b: |g| g.underived("heaviside");
        [Ordered, Promote, check of_one_type; lean] "NotImplemented";
        "heaviside(input, values, *, out = None)" ALL => heaviside, plain;
    }
}

impl crate::tensor::Tensor {
    /// 0 for negative elements and nan, 1 for positive ones, the element of `values` for 0.
    ///
    /// # Errors
    /// Where the types differ, for complex ones, and where the shapes do not broadcast together.
    pub fn heaviside(&self, values: &crate::tensor::Tensor) -> Result<crate::tensor::Tensor> {
        let ins = [Operand::Tensor(self), Operand::Tensor(values)];
        crate::ops::apply::pointwise(Heaviside::OPERATOR, Heaviside::ROW, 0, &ins, Target::Fresh)
    }
}

fn heaviside(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    if let (Some(Arg::Tensor(x)), Target::Out(out)) = (args.first(), target)
        && out.dtype() != x.dtype()
    {
        return Err(if x.dtype().is_complex() || out.dtype().is_complex() { of_complex() } else { different() });
    }
    call_pointwise(Heaviside::OPERATOR, Heaviside::ROW, args, target)
}

#[cold]
fn different() -> Error {
    Error::runtime("heaviside is not yet implemented for tensors with different dtypes.")
}

#[cold]
fn of_complex() -> Error {
    Error::runtime("heaviside is not yet implemented for complex tensors.")
}

fn of_one_type(_: &str, common: DType, ins: &[Operand<'_>]) -> Result<()> {
    if common.is_complex() {
        return Err(of_complex());
    }
    let mut dtypes = ins.iter().filter_map(|o| o.tensor()).map(|t| t.dtype());
    let first = dtypes.next();
    if dtypes.any(|d| Some(d) != first) { Err(different()) } else { Ok(()) }
}

/// Refuses what is no whole number, in the words of torch's kernel.
fn whole_alone(name: &str, common: DType, _: &[Operand<'_>]) -> Result<()> {
    if !common.is_differentiable() && common != DType::Bool {
        return Ok(());
    }
    let kernel = match name {
        "bitwise_left_shift" => "lshift",
        "bitwise_right_shift" => "rshift",
        name => name,
    };
    Err(Error::no_kernel(&format!("{kernel}_cpu"), common))
}

fn quotient_refuses(_: &str, common: DType, ins: &[Operand<'_>]) -> Result<()> {
    if common.is_complex() {
        return Err(Error::no_kernel("div_floor_cpu", common));
    }
    div_refuses("div_floor", common, ins)
}
