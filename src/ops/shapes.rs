//! Names for other shapes that record what they call: flatten, ravel.

use super::copy;
use super::reshape::reshape_to;
use super::structured::composed;
use super::value::{Arg, Output, Target, tensor};
use crate::error::{Error, Result};
use crate::shape;
use crate::tensor::Tensor;

composed! {
    /// The dimensions from `start_dim` to `end_dim`, both included, as one.
    ///
    /// Raises IndexError where a dimension is out of range, and RuntimeError where the first comes after the last.
    Flatten {
        "flatten(input, start_dim: int = 0, end_dim: int = -1)" BOTH => flatten;
        fn flatten(start_dim: i64, end_dim: i64) -> Tensor => flatten;
    }
    /// All elements in one dimension, last dimension fastest: a view where they lie so.
    Ravel {
        "ravel(input)" BOTH => ravel;
        fn ravel() -> Tensor => ravel;
    }
}

fn flatten(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let sizes = t.shape();
    let at = |i: usize, default| shape::wrap_dim(args.get(i).map_or(default, |arg| arg.int(default)), sizes.len());
    let (start, end) = (at(1, 0)?, at(2, -1)?);
    if start > end {
        return Err(Error::runtime("flatten() has invalid args: start_dim cannot come after end_dim"));
    }
    if sizes.is_empty() {
        return reshape_to(t, &[1]).map(Output::One);
    }
    if start == end {
        return Ok(Output::One(t.clone()));
    }
    let run = sizes[start..=end].iter().try_fold(1i64, |n, &extent| n.checked_mul(extent)).ok_or_else(beyond)?;
    let mut wanted = sizes[..start].to_vec();
    wanted.push(run);
    wanted.extend_from_slice(&sizes[end + 1..]);
    reshape_to(t, &wanted).map(Output::One)
}

#[cold]
fn beyond() -> Error {
    Error::runtime("numel: integer multiplication overflow")
}

fn ravel(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    reshape_to(&copy::contiguous(tensor(args, 0)?)?, &[-1]).map(Output::One)
}
