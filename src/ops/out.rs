//! `out=` of structured operators and of factories: a result is computed first and then written where it shall go.

use super::apply::Operand;
use super::value::{Arg, Output, Target};
use crate::create;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::ops::{copy, edge, inplace, overlap, shapes::reshape, tangent};
use crate::shape;
use crate::tape::mode;
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

/// The operand's type, of an operator that converts nothing.
pub(super) const FOUND: Fits =
    Some(|own, out| format!("Found dtype {} but expected {}", out.scalar_name(), own.scalar_name()));

/// An operand that torch compares with `out=`, and how it must lie to it.
#[derive(Clone, Copy)]
pub(super) enum Read<'a> {
    /// Apart, or as the very elements that are written.
    Whole(&'a Tensor),
    /// Apart.
    Apart(&'a Tensor),
}

impl Read<'_> {
    fn check(self, out: &Tensor) -> Result<()> {
        match self {
            Read::Whole(t) => overlap::check_whole(out, t),
            Read::Apart(t) => overlap::check_apart(out, [t]),
        }
    }
}

/// Hands a structured operator's result to its target: as it is, or written into `out=`. The operands may
/// share bytes with it, since all of them have been read.
pub(super) fn give(name: &str, result: Tensor, target: Target<'_>, fits: Fits) -> Result<Tensor> {
    give_beside(name, result, target, fits, &[])
}

/// The same for an operator some of whose operands are compared with `out=`.
pub(super) fn give_beside(
    name: &str,
    result: Tensor,
    target: Target<'_>,
    fits: Fits,
    read: &[Read<'_>],
) -> Result<Tensor> {
    give_told(true, name, result, target, fits, read)
}

/// The same for an operator of which torch does not tell that `out=` is resized.
pub(super) fn give_silently(
    name: &str,
    result: Tensor,
    target: Target<'_>,
    fits: Fits,
    read: &[Read<'_>],
) -> Result<Tensor> {
    give_told(false, name, result, target, fits, read)
}

fn give_told(
    told: bool,
    name: &str,
    result: Tensor,
    target: Target<'_>,
    fits: Fits,
    read: &[Read<'_>],
) -> Result<Tensor> {
    let Target::Out(out) = target else { return Ok(result) };
    inplace::check_out(name, out, &[Operand::Tensor(&result)])?;
    check(result.dtype(), target, fits)?;
    let wide = result.sizes()?;
    let strides = || Ok(shape::contiguous_strides(&wide)?);
    let fitted = match told {
        true => inplace::fit_out(out, &wide, strides, result.dtype())?,
        false => inplace::fit_silently(out, &wide, strides, result.dtype())?,
    };
    overlap::check_itself(out)?;
    read.iter().try_for_each(|operand| operand.check(out))?;
    copy::assign(out, &result)?;
    out.0.bump_version();
    fitted.keep();
    Ok(out.clone())
}

/// The two tensors that `out=` gives to an operator of two results.
pub(super) fn pair<'a>(given: Option<&'a Arg<'_>>) -> Result<Option<[&'a Tensor; 2]>> {
    match given {
        Some(Arg::Tensors(outs)) => match &**outs {
            [a, b] => Ok(Some([a, b])),
            _ => Err(Error::type_error(format!("expected tuple of 2 elements but got {}", outs.len()))),
        },
        _ => Ok(None),
    }
}

/// What a pair of results is called: after the operator, or that with `_out` where it went into `out=`.
#[derive(Clone, Copy)]
pub(super) struct Named {
    pub(super) name: &'static str,
    pub(super) out: &'static str,
    pub(super) fields: [&'static str; 2],
}

/// The names of the pair that an operator returns.
macro_rules! named {
    ($name:literal, $first:literal, $second:literal) => {
        $crate::ops::out::Named { name: $name, out: concat!($name, "_out"), fields: [$first, $second] }
    };
}
pub(super) use named;

/// Hands two results out: as they are, or written into `outs`; `read` is compared with each.
pub(super) fn give_pair(
    Named { name, out, fields }: Named,
    results: [Tensor; 2],
    outs: Option<[&Tensor; 2]>,
    fits: [Fits; 2],
    read: [&[Read<'_>]; 2],
) -> Result<Output> {
    let Some([a, b]) = outs else { return Ok(Output::Pair(name, fields, results)) };
    let [first, second] = results;
    let first = give_beside(name, first, Target::Out(a), fits[0], read[0])?;
    let second = give_beside(name, second, Target::Out(b), fits[1], read[1])?;
    Ok(Output::Pair(out, fields, [first, second]))
}

/// Refuses an `out=` that is not of the type `result`, for an operator that converts nothing.
pub(super) fn check(result: DType, target: Target<'_>, fits: Fits) -> Result<()> {
    match (target, fits) {
        (Target::Out(out), Some(text)) if out.dtype() != result => Err(Error::runtime(text(result, out.dtype()))),
        _ => Ok(()),
    }
}

/// Refuses an `out=` that no factory writes: torch resizes some first, and words it so.
pub(super) fn check_made(name: &str, out: &Tensor) -> Result<()> {
    let has_tangent = mode::mode() & mode::bits::FORWARD != 0 && tangent::has_tangent(out);
    if matches!(name, "empty" | "randn") {
        if edge::wants_gradient(out) {
            return Err(Error::runtime("cannot resize variables that require grad"));
        }
        if has_tangent {
            return Err(Error::runtime("cannot resize variables that has a forward grad"));
        }
        return if name == "empty" { Ok(()) } else { inplace::check_inference(out) };
    }
    if mode::is_grad_enabled() && edge::wants_gradient(out) {
        return Err(Error::runtime(format!(
            "aten::{name}(): functions with out=... arguments don't support automatic differentiation, but one of the arguments \
             requires grad."
        )));
    }
    if has_tangent {
        let text = format!("Trying to use forward AD with aten::{name} that does not support it.");
        return Err(Error::not_implemented(text));
    }
    inplace::check_inference(out)
}

/// Puts the elements of `made` into `out`, which takes on its shape; a range is counted out into the shape that is there.
pub(super) fn put_made(name: &str, out: &Tensor, made: &Tensor) -> Result<()> {
    let counts = matches!(name, "arange" | "linspace") && out.numel() == made.numel();
    let made = if counts { reshape::view_as(made, &out.geometry().shape)? } else { made.clone() };
    let resized = *out.geometry().shape != *made.geometry().shape;
    if resized {
        let sizes = made.sizes()?;
        create::resize(out, &sizes, shape::contiguous_strides(&sizes)?)?;
        if name == "randn" {
            // torch counts this one's new shape as a write of its own.
            out.0.bump_version();
        }
    }
    match name {
        // Whatever the memory holds is what it held.
        "empty" if !resized => return Ok(()),
        "empty" => {}
        // torch writes one number into every element, whichever share their bytes.
        "zeros" | "ones" | "full" | "eye" => copy::assign(out, &made)?,
        _ => {
            overlap::check_itself(out)?;
            copy::assign(out, &made)?;
        }
    }
    out.0.bump_version();
    Ok(())
}
