//! Whether tensors are equal up to a tolerance, composed of recorded-nowhere operators: half types round where torch's do,
//! which is after each of them.

use crate::create::{cpp_number, default_dtype};
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels::index::count_true;
use crate::ops::apply::{Operand, pointwise};
use crate::ops::elements::compare::{Eq, IsFinite, IsNan, Le, LogicalAnd, LogicalOr};
use crate::ops::elements::pointwise::{Abs, Add, Mul, Sub};
use crate::ops::promotion::{Kind, promote};
use crate::ops::reductions::norm::complex_abs;
use crate::ops::row::{Operator, Overload, Pointwise, forms};
use crate::ops::signature::Signature;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::ops::{copy, plain::plain};
use crate::tape::mode::GradMode;
use crate::tensor::Tensor;

plain! {
    /// Whether elements differ by at most `atol + rtol * |other|`: one truth value for each, broadcast.
    ///
    /// Infinities are close to themselves alone, and nan to nothing, or with `equal_nan` to nan. Raises RuntimeError
    /// for tensors of two element types and for a negative tolerance.
    "isclose(input, other, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False)" BOTH => |args, _| close(args).map(Output::One);
    /// Whether all elements are close: see `isclose`.
    "allclose(input, other, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool" BOTH => |args, _| {
        let close = close(args)?;
        Ok(Output::Number(Scalar::Bool(close.read(count_true)? as i64 == close.numel())))
    };
    /// Whether the one element is not 0. Raises RuntimeError for tensors of more elements, or none.
    "is_nonzero(input) -> bool" BOTH => |args, _| tensor(args, 0)?.truth().map(|t| Output::Number(Scalar::Bool(t)));
    /// The smallest element type that both can be converted to without loss of kind.
    "promote_types(type1: dtype, type2: dtype) -> dtype" FUNCTION => |args, _| {
        let (a, b) = (dtype(args, 0)?, dtype(args, 1)?);
        Ok(Output::DType(a.promote(b)))
    };
    /// Whether a result of type `from_` may be written into a tensor of type `to`.
    "can_cast(from_: dtype, to: dtype) -> bool" FUNCTION => |args, _| {
        let (from, to) = (dtype(args, 0)?, dtype(args, 1)?);
        Ok(Output::Number(Scalar::Bool(from.can_cast(to))))
    };
    /// The element type that an operator of the two computes in.
    "result_type(tensor, other) -> dtype" FUNCTION => result_type;
    /// The element type that an operator of the two computes in.
    "result_type(scalar: number, tensor) -> dtype" FUNCTION => result_type;
    /// The element type that an operator of the two computes in.
    "result_type(tensor, other: number) -> dtype" FUNCTION => result_type;
    /// The element type that an operator of the two computes in.
    "result_type(scalar1: number, scalar2: number) -> dtype" FUNCTION => result_type;
}

fn dtype(args: &[Arg<'_>], at: usize) -> Result<DType> {
    args.get(at).and_then(Arg::dtype).ok_or_else(|| Error::type_error("an element type is missing"))
}

fn result_type(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let operands = args.iter().filter_map(Arg::operand).map(|operand| match operand {
        Operand::Number(s) => Kind::Number(s),
        Operand::Tensor(t) if t.ndim() == 0 => Kind::ZeroDim(t.dtype()),
        Operand::Tensor(t) => Kind::Tensor(t.dtype()),
    });
    Ok(Output::DType(promote(operands, default_dtype())))
}

/// The tolerance at a place among the arguments; `usual` where it was left out.
fn tolerance(args: &[Arg<'_>], at: usize, usual: f64) -> f64 {
    match args.get(at) {
        Some(Arg::Number(s)) => s.to_f64(),
        Some(Arg::Int(i)) => *i as f64,
        _ => usual,
    }
}

fn close(args: &[Arg<'_>]) -> Result<Tensor> {
    let (rtol, atol) = (tolerance(args, 2, 1e-5), tolerance(args, 3, 1e-8));
    is_close(tensor(args, 0)?, tensor(args, 1)?, rtol, atol, args.get(4).is_some_and(Arg::truth))
}

fn of(op: &'static Operator, row: &'static Pointwise, ins: &[Operand<'_>]) -> Result<Tensor> {
    pointwise(op, row, 0, ins, Target::Fresh)
}

macro_rules! of {
    ($Row:ident, $($operand:expr),+) => { of($Row::OPERATOR, $Row::ROW, &[$(Operand::from($operand)),+]) };
}

fn is_close(a: &Tensor, b: &Tensor, rtol: f64, atol: f64, equal_nan: bool) -> Result<Tensor> {
    if a.dtype() != b.dtype() {
        return Err(Error::runtime(format!("{} did not match {}", a.dtype().scalar_name(), b.dtype().scalar_name())));
    }
    for (name, value) in [("rtol", rtol), ("atol", atol)] {
        // A nan is none either.
        if value.is_nan() || value < 0.0 {
            let got = cpp_number(value);
            return Err(Error::runtime(format!("{name} must be greater than or equal to zero, but got {got}")));
        }
    }
    let _off = GradMode::new(false);
    let mut close = of!(Eq, a, b)?;
    if equal_nan && a.dtype().is_differentiable() {
        let both = of!(LogicalAnd, &of!(IsNan, a)?, &of!(IsNan, b)?)?;
        close = of!(LogicalOr, &close, &both)?;
    }
    if rtol == 0.0 && atol == 0.0 {
        return Ok(close);
    }
    // Differences of whole numbers would wrap around, and those of truth values are refused.
    let floating = |t: &Tensor| if t.dtype().is_integral() { copy::to(t, default_dtype()) } else { Ok(t.clone()) };
    let (a, b) = (floating(a)?, floating(b)?);
    let allowed = of!(Add, &size_of(&of!(Mul, &b, rtol)?)?, atol)?;
    let actual = size_of(&of!(Sub, &a, &b)?)?;
    let within = of!(LogicalAnd, &of!(IsFinite, &actual)?, &of!(Le, &actual, &allowed)?)?;
    of!(LogicalOr, &close, &within)
}

/// The absolute value of real and complex numbers.
fn size_of(t: &Tensor) -> Result<Tensor> {
    if t.dtype().is_complex() { complex_abs(t, Target::Fresh) } else { of!(Abs, t) }
}

impl Tensor {
    /// Whether elements differ by at most `atol + rtol * |other|`, with torch's `isclose`.
    ///
    /// # Errors
    /// Where the element types differ, the shapes do not broadcast together, or a tolerance is negative.
    pub fn isclose(&self, other: &Tensor, rtol: f64, atol: f64, equal_nan: bool) -> Result<Tensor> {
        is_close(self, other, rtol, atol, equal_nan)
    }

    /// Whether all elements are close.
    ///
    /// # Errors
    /// As [`isclose`](Tensor::isclose).
    pub fn allclose(&self, other: &Tensor, rtol: f64, atol: f64, equal_nan: bool) -> Result<bool> {
        let close = self.isclose(other, rtol, atol, equal_nan)?;
        Ok(close.read(count_true)? as i64 == close.numel())
    }

    /// Whether the one element is not 0.
    ///
    /// # Errors
    /// Where the tensor has more elements, or none.
    pub fn truth(&self) -> Result<bool> {
        match self.numel() {
            1 => Ok(!self.item()?.is(0.0)),
            0 => Err(Error::runtime("Boolean value of Tensor with no values is ambiguous")),
            _ => Err(Error::runtime("Boolean value of Tensor with more than one value is ambiguous")),
        }
    }
}
