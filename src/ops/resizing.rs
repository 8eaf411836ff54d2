//! resize_ and resize_as_: a tensor itself with another shape, in its storage.

use super::edge::wants_gradient;
use super::inplace;
use super::joining::channels_last;
use super::layout::no_channels_last;
use super::tangent;
use super::value::{Arg, Format, Output, Target, tensor};
use crate::create;
use crate::error::{Error, Result};
use crate::shape::{self, Dims};
use crate::tape::{Geometry, mode};
use crate::tensor::Tensor;

/// Strides of a new tensor of `sizes` that lies as `format` says.
fn strides(sizes: &[i64], format: Format) -> Result<Dims> {
    match format {
        Format::Contiguous => Ok(shape::contiguous_strides(sizes)?),
        Format::Preserve => Err(Error::runtime("Unsupported memory formatPreserve")),
        Format::ChannelsLast if sizes.len() == 4 => channels_last(sizes),
        Format::ChannelsLast => Err(no_channels_last(sizes.len())),
    }
}

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
pub(super) fn resize_(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let format = args.get(2).map_or(Format::Contiguous, |a| a.format(Format::Contiguous));
    resize(tensor(args, 0)?, args.get(1).and_then(Arg::dims).unwrap_or(&[]), format).map(Output::One)
}

/// `t.resize_as_(model)`.
pub(super) fn resize_as_(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    resize_as(tensor(args, 0)?, tensor(args, 1)?, args.get(2)).map(Output::One)
}

fn resize(t: &Tensor, sizes: &[i64], format: Format) -> Result<Tensor> {
    check(t)?;
    if shape::numel(sizes).is_none() {
        return Err(Error::numel_overflow());
    }
    let strides = strides(sizes, format)?;
    if *t.geometry().shape != *sizes {
        create::resize(t, sizes, strides)?;
        t.0.bump_version();
    } else if format == Format::ChannelsLast {
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

fn resize_as(t: &Tensor, model: &Tensor, format: Option<&Arg<'_>>) -> Result<Tensor> {
    let sizes = model.geometry().shape.duplicate()?;
    let asked = match format {
        Some(Arg::Format(Format::ChannelsLast)) => Some(Format::ChannelsLast),
        // The model's own order is the usual one, or channels last.
        Some(Arg::Format(_)) => Some(Format::Contiguous),
        _ => None,
    };
    let strides = strides(&sizes, asked.unwrap_or(Format::Contiguous))?;
    resize(t, &sizes, Format::Contiguous)?;
    if asked.is_some() {
        lay(t, strides)?;
    }
    Ok(t.clone())
}
