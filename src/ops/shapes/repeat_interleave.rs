//! repeat_interleave: each element several times over.

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::ops::copy;
use crate::ops::shapes::reshape::{expand_recorded, reshape_to, unsqueeze_at};
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::ops::view::expand_to;
use crate::shape;
use crate::tensor::Tensor;

/// The tensor and its dimension: all elements in order where none is named.
fn along(args: &[Arg<'_>]) -> Result<(Tensor, i64)> {
    let t = tensor(args, 0)?;
    match args.get(2) {
        Some(Arg::Int(dim)) => Ok((t.clone(), *dim)),
        _ if t.ndim() == 1 => Ok((t.clone(), 0)),
        _ => Ok((reshape_to(t, &[-1])?, 0)),
    }
}

/// Each element as often as one number says.
pub(in crate::ops) fn by_number(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let (t, dim) = along(args)?;
    let repeats = args[1].int(0);
    let dim = shape::wrap_dim(dim, t.ndim())?;
    if repeats < 0 {
        return Err(Error::runtime("Repeats must be non-negative"));
    }
    let n = t.geometry().shape.get(dim).copied().unwrap_or(1);
    if let Some(Arg::Int(size)) = args.get(3) {
        let expected = n.saturating_mul(repeats);
        if *size != expected {
            return Err(Error::runtime(format!(
                "repeat_interleave: Invalid output_size, expected {expected} but got {size}"
            )));
        }
    }
    let seen = unsqueeze_at(&t, dim as i64 + 1)?;
    let mut wide = seen.geometry().shape.duplicate()?;
    wide[dim + 1] = repeats;
    let copies = copy::contiguous_copy(&expand_recorded(&seen, &wide)?)?;
    let mut sizes = t.geometry().shape.duplicate()?;
    sizes[dim] = n.checked_mul(repeats).ok_or_else(Error::numel_overflow)?;
    reshape_to(&copies, &sizes).map(Output::One)
}

/// Each element as often as its own number says.
pub(in crate::ops) fn by_tensor(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let (t, dim) = along(args)?;
    let repeats = tensor(args, 1)?;
    if repeats.ndim() > 1 {
        return Err(Error::runtime("repeats must be 0-dim or 1-dim tensor"));
    }
    let at = shape::wrap_dim(dim, t.ndim())?;
    let n = match t.geometry().shape.get(at) {
        Some(&n) => n,
        None => return Err(Error::index(format!("Dimension specified as {dim} but tensor has no dimensions"))),
    };
    let sizes = repeats.sizes()?;
    let each = match *sizes {
        [] | [1] => expand_to(&crate::ops::shapes::reshape::view_as(&repeats.detach()?, &[1])?, &[n])?,
        [own] if own == n => repeats.clone(),
        _ => {
            let own = sizes[0];
            return Err(Error::runtime(format!(
                "repeats must have the same size as input along dim, but got repeats.size(0) = {own} and input.size({at}) = {n}"
            )));
        }
    };
    let places = indices(&each, args.get(3))?;
    t.index_select(at as i64, &places).map(Output::One)
}

/// Of numbers alone: the index of each as often as it says.
pub(in crate::ops) fn of_indices(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    indices(tensor(args, 0)?, args.get(1)).map(Output::One)
}

fn indices(repeats: &Tensor, size: Option<&Arg<'_>>) -> Result<Tensor> {
    if repeats.ndim() != 1 {
        return Err(Error::runtime("repeat_interleave only accept 1D vector as repeat"));
    }
    let dtype = repeats.dtype();
    if !matches!(dtype, DType::Int32 | DType::Int64) {
        let dtype = dtype.scalar_name();
        return Err(Error::not_implemented(format!("\"repeat_interleave_cpu\" not implemented for '{dtype}'")));
    }
    if repeats.numel() == 0 {
        return Tensor::empty(&[0], dtype);
    }
    if let Some(Arg::Int(size @ ..=-1)) = size {
        let text = format!("Trying to create tensor with negative dimension {size}: [{size}]");
        return Err(Error::runtime(text));
    }
    let counts = repeats.to_vec::<i64>()?;
    if counts.iter().any(|&n| n < 0) {
        return Err(Error::runtime("repeats can not be negative"));
    }
    let total = counts.iter().try_fold(0i64, |sum, &n| sum.checked_add(n)).ok_or_else(Error::numel_overflow)?;
    if let Some(Arg::Int(size)) = size
        && *size != total
    {
        return Err(Error::runtime("allocated size does not match required size"));
    }
    let made = Tensor::empty(&[total], dtype)?;
    let mut all = Vec::new();
    all.try_reserve_exact(total as usize).map_err(|_| Error::storage_overflow(&[total]))?;
    for (i, &n) in (0i64..).zip(&counts) {
        all.resize(all.len() + n as usize, i);
    }
    copy::assign(&made, &Tensor::from_slice(&all, &[total])?)?;
    Ok(made)
}
