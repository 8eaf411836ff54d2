//! Names for other shapes that record what they call: flatten, movedim, tile; and what is asked of shapes.

use crate::error::{Error, Result};
use crate::ops::copy;
use crate::ops::copy::warn_once;
use crate::ops::reductions::reduce::{sum_all, sum_to};
use crate::ops::shapes::reorder::{flip_dims, repeat_by};
use crate::ops::shapes::reshape::{
    TRANSPOSE, alias_of, expand_recorded, permute_by, reshape_to, transpose, transpose_, transpose_dims, unsqueeze_at,
    view_as,
};
use crate::ops::structured::composed;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::shape::{self, Dims};
use crate::tensor::Tensor;
use std::sync::atomic::AtomicBool;

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
    /// One dimension as several, of which one extent may be -1: a view.
    ///
    /// Raises RuntimeError where the extents do not multiply up to the dimension's, IndexError for one out of range.
    Unflatten {
        "unflatten(input, dim: int, sizes: dims)" BOTH => unflatten;
        fn unflatten(dim: i64, sizes: &[i64]) -> Tensor => unflatten;
    }
    /// Two dimensions exchanged: another name for `transpose`.
    Swapaxes {
        "swapaxes(input, axis0: int, axis1: int)" BOTH => transpose;
        "swapaxes(input, axis0: int, axis1: int)" INPLACE => transpose_;
        fn swapaxes(axis0: i64, axis1: i64) -> Tensor => transpose;
    }
    /// Two dimensions exchanged: another name for `transpose`.
    Swapdims {
        "swapdims(input, dim0: int, dim1: int)" BOTH => transpose;
        "swapdims(input, dim0: int, dim1: int)" INPLACE => transpose_;
        fn swapdims(dim0: i64, dim1: i64) -> Tensor => transpose;
    }
    /// Dimensions moved from the places `source` to `destination`; the others keep their order.
    ///
    /// Raises RuntimeError where a dimension is named twice, IndexError where one is out of range.
    Movedim {
        "movedim(input, source: int, destination: int)" BOTH => movedim;
        "movedim(input, source: dims, destination: dims)" BOTH => movedim;
        "moveaxis(input, source: int, destination: int)" BOTH => movedim;
        "moveaxis(input, source: dims, destination: dims)" BOTH => movedim;
        fn movedim(source: &[i64], destination: &[i64]) -> Tensor => movedim;
        fn moveaxis(source: &[i64], destination: &[i64]) -> Tensor => movedim;
    }
    /// The tensor spread over a larger shape: another name for `expand`.
    BroadcastTo {
        "broadcast_to(input, size: dims)" BOTH => broadcast_to;
        fn broadcast_to(size: &[i64]) -> Tensor => broadcast_to;
    }
    /// Each matrix transposed, its elements conjugated.
    ///
    /// Raises RuntimeError for vectors.
    Adjoint {
        "adjoint(input)" BOTH => adjoint;
        fn adjoint() -> Tensor => adjoint;
    }
    /// The tensor several times over along its last dimensions; new ones come in front.
    ///
    /// Raises RuntimeError for numbers below 0.
    Tile {
        "tile(input, dims: dims)" BOTH => tile;
        fn tile(dims: &[i64]) -> Tensor => tile;
    }
    /// The elements with the order of the second dimension reversed.
    ///
    /// Raises RuntimeError for fewer than two dimensions.
    Fliplr {
        "fliplr(input)" BOTH => |args, _| flipped(args, 2, 0b10);
        fn fliplr() -> Tensor => |args, _| flipped(args, 2, 0b10);
    }
    /// The elements with the order of the first dimension reversed.
    ///
    /// Raises RuntimeError for a tensor without dimensions.
    Flipud {
        "flipud(input)" BOTH => |args, _| flipped(args, 1, 1);
        fn flipud() -> Tensor => |args, _| flipped(args, 1, 1);
    }
    /// Each element several times over, along a dimension or, without one, all in order: as often as one number says, or as
    /// each element's own. Of a vector of numbers alone: the index of each as often as it says.
    ///
    /// Raises RuntimeError for numbers below 0 and where there are not as many as elements.
    RepeatInterleave {
        "repeat_interleave(input, repeats: tensor, dim: int = None, *, output_size: extent = None)" BOTH => crate::ops::shapes::repeat_interleave::by_tensor;
        "repeat_interleave(repeats: tensor, *, output_size: extent = None)" FUNCTION => crate::ops::shapes::repeat_interleave::of_indices;
        "repeat_interleave(input, repeats: extent, dim: int = None, *, output_size: extent = None)" BOTH => crate::ops::shapes::repeat_interleave::by_number;
        fn repeat_interleave(repeats: i64, dim: Option<i64>) -> Tensor => crate::ops::shapes::repeat_interleave::by_number;
        fn repeat_interleave_by(repeats: &Tensor, dim: Option<i64>) -> Tensor => crate::ops::shapes::repeat_interleave::by_tensor;
    }
    /// A vector as a diagonal of a matrix, `diagonal` above the main one, or that diagonal of a matrix as a copy.
    ///
    /// Raises RuntimeError for tensors of other than one or two dimensions.
    Diag {
        "diag(input, diagonal: int = 0, *, out = None)" BOTH => crate::ops::shapes::diagonals::diag;
        fn diag(diagonal: i64) -> Tensor => crate::ops::shapes::diagonals::diag;
    }
    /// The powers of a vector's elements as columns: from the highest on, or from 0 on where they are `increasing`.
    ///
    /// Raises RuntimeError for other than vectors.
    Vander {
        "vander(x, N: int = None, increasing: bool = False)" FUNCTION => vander;
        fn vander(n: Option<i64>, increasing: bool) -> Tensor => vander;
    }
    /// The elements summed down to a size from which the tensor's own broadcasts.
    ///
    /// Raises RuntimeError for another size.
    SumToSize {
        "sum_to_size(input, size: dims)" METHOD => sum_to_size;
        fn sum_to_size(size: &[i64]) -> Tensor => sum_to_size;
    }
    /// The tensor itself with another shape, in its storage, which grows where it is too short.
    ///
    /// Raises RuntimeError for tensors that want a gradient.
    Resize {
        "resize_(input, size: dims, *, memory_format: format = None)" METHOD => crate::ops::shapes::resizing::resize_;
        "resize_as_(input, the_template: tensor, *, memory_format: format = None)" BOTH => crate::ops::shapes::resizing::resize_as_;
        fn resize_(size: &[i64]) -> Tensor => crate::ops::shapes::resizing::resize_;
        fn resize_as_(the_template: &Tensor) -> Tensor => crate::ops::shapes::resizing::resize_as_;
    }
}

fn flatten(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let sizes = t.geometry().shape.duplicate()?;
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
    reshape_to(t, &spliced(&sizes, start, end, &[run])?).map(Output::One)
}

#[cold]
fn beyond() -> Error {
    Error::runtime("numel: integer multiplication overflow")
}

/// Extents with those from `start` to `end`, both included, replaced.
fn spliced(sizes: &[i64], start: usize, end: usize, by: &[i64]) -> Result<Dims> {
    let rest = &sizes[end + 1..];
    let mut all = Dims::zeros(start + by.len() + rest.len())?;
    all[..start].copy_from_slice(&sizes[..start]);
    all[start..start + by.len()].copy_from_slice(by);
    all[start + by.len()..].copy_from_slice(rest);
    Ok(all)
}

fn ravel(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    reshape_to(&copy::contiguous(tensor(args, 0)?)?, &[-1]).map(Output::One)
}

fn unflatten(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let (t, dim) = (tensor(args, 0)?, args[1].int(0));
    let wanted = args.get(2).and_then(Arg::dims).unwrap_or(&[]);
    if wanted.is_empty() {
        return Err(Error::runtime("unflatten: sizes must be non-empty"));
    }
    let unexpected = |why: &str| Error::runtime(format!("unflatten got an unexpected error:\n{why}"));
    let sizes = t.geometry().shape.duplicate()?;
    if sizes.is_empty() {
        shape::wrap_dim(dim, 0)?;
        return Err(unexpected(&format!("Dimension specified as {dim} but tensor has no dimensions")));
    }
    let dim = shape::wrap_dim(dim, sizes.len())?;
    let parts = shape::infer_size(wanted, sizes[dim]).map_err(|error| {
        let why = error.to_string();
        if !why.starts_with("shape '") {
            return unexpected(&why);
        }
        Error::runtime(format!(
            "unflatten: Provided sizes {} don't multiply up to the size of dim {dim} ({}) in the input tensor",
            shape::list(wanted),
            sizes[dim]
        ))
    })?;
    view_as(t, &spliced(&sizes, dim, dim, &parts)?).map(Output::One)
}

fn movedim(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let (one, other) = ([args[1].int(0)], [args[2].int(0)]);
    let (source, destination) = (args[1].dims().unwrap_or(&one), args[2].dims().unwrap_or(&other));
    if source.len() != destination.len() {
        return Err(Error::runtime(format!(
            "movedim: Invalid source or destination dims: source ({} dims) should contain the same number of dims as \
             destination ({} dims)",
            shape::list(source),
            shape::list(destination)
        )));
    }
    let n = t.ndim();
    let wrapped = |dims: &[i64], name: &str| -> Result<(Dims, u64)> {
        let (mut all, mut seen) = (Dims::new(dims)?, 0u64);
        for dim in all.iter_mut() {
            *dim = shape::wrap_dim(*dim, n)? as i64;
        }
        for &dim in all.iter() {
            if seen >> dim & 1 != 0 {
                return Err(Error::runtime(format!("movedim: repeated dim in `{name}` ({})", shape::list(dims))));
            }
            seen |= 1 << dim;
        }
        Ok((all, seen))
    };
    let ((from, taken), (to, filled)) = (wrapped(source, "source")?, wrapped(destination, "destination")?);
    if n == 0 {
        return alias_of(t).map(Output::One);
    }
    let mut order = Dims::zeros(n)?;
    from.iter().zip(to.iter()).for_each(|(&from, &to)| order[to as usize] = from);
    let mut rest = (0..n).filter(|dim| taken >> dim & 1 == 0);
    for place in (0..n).filter(|place| filled >> place & 1 == 0) {
        order[place] = rest.next().unwrap_or(place) as i64;
    }
    permute_by(t, &order, 0).map(Output::One)
}

fn broadcast_to(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    expand_recorded(tensor(args, 0)?, args.get(1).and_then(Arg::dims).unwrap_or(&[])).map(Output::One)
}

fn adjoint(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    static WARNED: AtomicBool = AtomicBool::new(false);
    let t = tensor(args, 0)?;
    let turned = match t.ndim() {
        0 => {
            warn_once(&WARNED, "adjoint() is deprecated on 0-D tensors. Consider using x.conj().")?;
            t.clone()
        }
        1 => {
            return Err(Error::runtime(
                "tensor.adjoint() is only supported on matrices or batches of matrices. Got 1-D tensor.",
            ));
        }
        _ => transpose_dims(t, -2, -1, TRANSPOSE)?,
    };
    turned.conj().map(Output::One)
}

fn tile(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let (t, dims) = (tensor(args, 0)?, args.get(1).and_then(Arg::dims).unwrap_or(&[]));
    let Some(gap) = t.ndim().checked_sub(dims.len()) else { return repeat_by(t, dims).map(Output::One) };
    let mut repeats = Dims::zeros(t.ndim())?;
    repeats[..gap].fill(1);
    repeats[gap..].copy_from_slice(dims);
    repeat_by(t, &repeats).map(Output::One)
}

fn flipped(args: &[Arg<'_>], least: usize, mask: u64) -> Result<Output> {
    let t = tensor(args, 0)?;
    if t.ndim() < least {
        return Err(Error::runtime(format!("Input must be >= {least}-d.")));
    }
    flip_dims(t, mask).map(Output::One)
}

fn vander(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let x = tensor(args, 0)?;
    if x.ndim() != 1 {
        return Err(Error::runtime("x must be a one-dimensional tensor."));
    }
    let rows = x.numel();
    let n = args.get(1).map_or(rows, |a| a.int(rows));
    if n < 0 {
        return Err(Error::runtime("N must be non-negative."));
    }
    let dtype = x.dtype().promote(crate::dtype::DType::Int64);
    if n == 0 {
        return Tensor::empty(&[rows, 0], dtype).map(Output::One);
    }
    let x = copy::to(x, dtype)?;
    // There must be room for all of them before any is made.
    drop(Tensor::empty(&[rows, n], dtype)?);
    let ones = Tensor::full(&[rows, 1], 1.0, dtype)?;
    let made = if n == 1 {
        ones
    } else {
        let wide = expand_recorded(&unsqueeze_at(&x, 1)?, &[rows, n - 1])?;
        crate::ops::shapes::joining::cat_at(&[ones, crate::ops::reductions::scans::cumprod(&wide, 1)?], 1)?
    };
    if args.get(2).is_some_and(Arg::truth) { Ok(made) } else { flip_dims(&made, 0b10) }.map(Output::One)
}

fn sum_to_size(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let (t, size) = (tensor(args, 0)?, args.get(1).and_then(Arg::dims).unwrap_or(&[]));
    let own = t.geometry().shape.duplicate()?;
    let fits = size.len() <= own.len() && shape::broadcast(&own, size).is_ok_and(|wide| wide.same(&own));
    if !fits {
        return Err(Error::runtime(format!(
            "size {{{}}} is not expandable to size {{{}}}.",
            shape::list(size),
            shape::list(&own)
        )));
    }
    if size.is_empty() { sum_all(t, None) } else { sum_to(t, size) }.map(Output::One)
}
