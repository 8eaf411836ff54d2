//! resize_ and resize_as_: a tensor itself with another shape, in its storage.

use crate::create;
use crate::error::{Error, Result};
use crate::ops::edge::wants_gradient;
use crate::ops::inplace;
use crate::ops::layout::{asked_strides, own_format};
use crate::ops::tangent;
use crate::ops::value::{Arg, Format, Output, Target, tensor};
use crate::shape::{self, Dims};
use crate::tape::{Geometry, mode};
use crate::tensor::Tensor;

fn check(t: &Tensor) -> Result<()> {
    if wants_gradient(t) {
        return Err(Error::runtime("cannot resize variables that require grad"));
    }
    if mode::mode() & mode::bits::FORWARD != 0 && tangent::has_tangent(t) {
        return Err(Error::runtime("cannot resize variables that has a forward grad"));
    }
    inplace::check_inference(t)
}

/// `t.resize_(size)`.
pub(in crate::ops) fn resize_(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    resize(tensor(args, 0)?, args.get(1).and_then(Arg::dims).unwrap_or(&[]), asked(args)).map(Output::One)
}

/// `t.resize_as_(model)`.
pub(in crate::ops) fn resize_as_(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    resize_as(tensor(args, 0)?, tensor(args, 1)?, asked(args)).map(Output::One)
}

/// The format that a caller names.
fn asked(args: &[Arg<'_>]) -> Option<Format> {
    match args.get(2) {
        Some(Arg::Format(format)) => Some(*format),
        _ => None,
    }
}

fn resize(t: &Tensor, sizes: &[i64], format: Option<Format>) -> Result<Tensor> {
    check(t)?;
    if shape::numel(sizes).is_none() {
        return Err(Error::numel_overflow());
    }
    if format == Some(Format::Preserve) {
        return Err(Error::runtime("Unsupported memory formatPreserve"));
    }
    let strides = asked_strides(sizes, format.unwrap_or(Format::Contiguous))?;
    if *t.geometry().shape != *sizes {
        create::resize(t, sizes, strides)?;
        t.0.bump_version();
    } else if format.is_some() {
        lay(t, strides)?;
    }
    Ok(t.clone())
}

/// Gives `t` other strides.
fn lay(t: &Tensor, strides: Dims) -> Result<()> {
    let g = {
        let g = t.geometry();
        Geometry::new(g.dtype, g.shape.duplicate()?, strides, g.offset, g.storage.clone())
    };
    t.0.set_geometry(g);
    t.read(|_| ())
}

fn resize_as(t: &Tensor, model: &Tensor, format: Option<Format>) -> Result<Tensor> {
    let sizes = model.geometry().shape.duplicate()?;
    let asked = match format {
        Some(Format::Preserve) => Some(own_format(&model.geometry())),
        other => other,
    };
    let strides = asked_strides(&sizes, asked.unwrap_or(Format::Contiguous))?;
    resize(t, &sizes, None)?;
    if asked.is_some() {
        lay(t, strides)?;
    }
    Ok(t.clone())
}
