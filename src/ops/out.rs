//! `out=` of structured operators: a result is computed first and then written where it shall go.

use super::apply::Operand;
use super::value::Target;
use super::{copy, inplace, overlap};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::shape;
use crate::tensor::Tensor;

/// What torch says where `out` is not of the result's type; None where it takes every type that the result
/// can be cast to.
pub(super) type Fits = Option<fn(DType, DType) -> String>;

/// Any type that the result can be cast to.
pub(super) const CAST: Fits = None;

/// The result's type.
pub(super) const SAME: Fits = Some(|result, out| {
    format!("Expected out tensor to have dtype {}, but got {} instead", result.c_name(), out.c_name())
});

/// Hands a structured operator's result to its target: as it is, or written into `out=`. The operands may
/// share bytes with it, since all of them have been read.
pub(super) fn give(name: &str, result: Tensor, target: Target<'_>, fits: Fits) -> Result<Tensor> {
    give_apart(name, result, target, fits, &[])
}

/// The same for an operator whose operands must lie apart from `out=`.
pub(super) fn give_apart(
    name: &str,
    result: Tensor,
    target: Target<'_>,
    fits: Fits,
    read: &[Tensor],
) -> Result<Tensor> {
    let Target::Out(out) = target else { return Ok(result) };
    inplace::check_out(name, out, &[Operand::Tensor(&result)])?;
    check(result.dtype(), target, fits)?;
    let strides = || Ok(shape::contiguous_strides(&result.geometry().shape)?);
    let fitted = inplace::fit_out(out, &result.geometry().shape, strides, result.dtype())?;
    overlap::check_itself(out)?;
    overlap::check_apart(out, read)?;
    copy::assign(out, &result)?;
    out.0.bump_version();
    fitted.keep();
    Ok(out.clone())
}

/// Refuses an `out=` that is not of the type `result`, for an operator that converts nothing.
pub(super) fn check(result: DType, target: Target<'_>, fits: Fits) -> Result<()> {
    match (target, fits) {
        (Target::Out(out), Some(text)) if out.dtype() != result => Err(Error::runtime(text(result, out.dtype()))),
        _ => Ok(()),
    }
}
