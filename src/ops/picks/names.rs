//! Names that record what they call, or have no derivative: take_along_dim, nonzero, argwhere, nonzero_static.

use super::{is_whole, take_along};
use crate::buffers::PoolVec;
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels::index::{count_true, nonzero as write_indices};
use crate::ops::apply::{Operand, pointwise};
use crate::ops::elements::rounding::Remainder;
use crate::ops::out::{Fits, Read, SAME, give_beside};
use crate::ops::picks::index::where_true;
use crate::ops::shapes::reshape;
use crate::ops::structured::composed;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::shape::{self, Dims};
use crate::tape::mode::GradMode;
use crate::tensor::{Tensor, done};

composed! {
    /// The elements of `input` that `indices` names along `dim`, both spread to one shape but for `dim`; without `dim`, among all
    /// elements. Indices beyond the dimension count on from its other end.
    ///
    /// `indices` holds int64, or int32 without `dim`. Raises RuntimeError where it does not, or where the numbers of dimensions
    /// differ.
    TakeAlongDim {
        "take_along_dim(input, indices, dim: int = None, *, out = None)" BOTH => take_along_dim;
        fn take_along_dim(indices: &Tensor, dim: i64) -> Tensor => take_along_dim;
    }
    /// The indices of the elements that are not 0: one row for each, of as many as there are dimensions, as int64. With
    /// `as_tuple` one tensor for each dimension, which can index the tensor.
    Nonzero {
        "nonzero(input, *, as_tuple: bool = False, out = None)" FUNCTION => nonzero_as;
        "nonzero(input)" METHOD => nonzero;
        "nonzero(input, *, as_tuple: bool)" METHOD => nonzero_as;
        fn nonzero() -> Tensor => nonzero;
    }
    /// The indices of the elements that are not 0, one row for each.
    Argwhere {
        "argwhere(input)" BOTH => nonzero;
        fn argwhere() -> Tensor => nonzero;
    }
    /// The indices of the first `size` elements that are not 0, one row for each, and rows of `fill_value` where there are fewer.
    NonzeroStatic {
        "nonzero_static(input, *, size: extent, fill_value: int = -1, out = None)" BOTH => nonzero_static;
        fn nonzero_static(size: i64, fill_value: i64) -> Tensor => nonzero_static;
    }
}

fn take_along_dim(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (x, indices) = (tensor(args, 0)?, tensor(args, 1)?);
    let (x, dim, indices) = match args.get(2) {
        Some(Arg::Int(dim)) => {
            if indices.dtype() != DType::Int64 && indices.ndim() == x.ndim() {
                return Err(Error::runtime(format!(
                    "torch.take_along_dim(): dtype of indices should be Long but got {}",
                    indices.dtype().scalar_name()
                )));
            }
            spread(x, indices, *dim)?
        }
        _ => {
            if indices.numel() != 0 && !is_whole(indices.dtype()) {
                return Err(Error::runtime("gather(): Expected dtype int32/int64 for index"));
            }
            (reshape::reshape_to(x, &[-1])?, 0, reshape::reshape_to(indices, &[-1])?)
        }
    };
    let out = take_along(&x, dim, &indices)?;
    match target {
        Target::Out(_) => {
            // Along a dimension, the indices have been made anew.
            give_beside("take_along_dim", out, target, SAME, &[Read::Apart(&x), Read::Whole(&indices)])
        }
        _ => Ok(out),
    }
    .map(Output::One)
}

/// The operands as wide as each other but along `dim`, and the dimension.
fn spread(x: &Tensor, indices: &Tensor, dim: i64) -> Result<(Tensor, usize, Tensor)> {
    let (own, wanted) = (x.geometry().shape.duplicate()?, indices.geometry().shape.duplicate()?);
    if own.len() != wanted.len() {
        return Err(Error::runtime(format!(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got {} dimensions for \
             input, and {} dimensions for indices",
            own.len(),
            wanted.len()
        )));
    }
    if own.is_empty() {
        return Err(Error::index(format!("Dimension specified as {dim} but tensor has no dimensions")));
    }
    let dim = shape::wrap_dim(dim, own.len())?;
    let with = |sizes: &[i64], n: i64| -> Result<Dims> {
        let mut sizes = Dims::new(sizes)?;
        sizes[dim] = n;
        Ok(sizes)
    };
    // As torch's: first the index's extent for both, then the input's.
    let index_wide = shape::broadcast(&with(&own, wanted[dim])?, &wanted)?;
    let own_wide = shape::broadcast(&own, &with(&wanted, own[dim])?)?;
    let widened = |t: &Tensor, wide: &Dims| match *t.geometry().shape == **wide {
        true => Ok(t.clone()),
        false => reshape::expand_recorded(t, wide),
    };
    let x = reshape::expand_recorded(x, &own_wide)?;
    let indices = widened(indices, &index_wide)?;
    let wrapped = {
        let _off = GradMode::new(false);
        let n = Operand::Number(Scalar::Int(own[dim].max(1)));
        pointwise(Remainder::OPERATOR, Remainder::ROW, 0, &[Operand::Tensor(&indices), n], Target::Fresh)?
    };
    Ok((x, dim, wrapped))
}

const INDICES: Fits = Some(|_, out| {
    format!("nonzero: Expected out tensor to have scalar type Long but got scalar type{}", out.scalar_name())
});
const STATIC: Fits = Some(|_, out| {
    format!("nonzero_static: Expected out tensor to have scalar type Long but got scalar type{}", out.scalar_name())
});

fn nonzero(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    if let Target::Out(_) = target {
        crate::ops::out::check(DType::Int64, target, INDICES)?;
    }
    let hits = t.read(count_true)? as i64;
    let dims = t.ndim() as i64;
    // Column after column, as torch lays them.
    let rows = Tensor::empty_strided(&[hits, dims], &[1, hits], DType::Int64)?;
    // The elements may change between the count and this: the kernel stays within its output.
    done(rows.write(|dst| t.read(|m| write_indices(dst, m, 0)))??)?;
    let Target::Out(out) = target else { return Ok(Output::One(rows)) };
    crate::ops::overlap::check_apart(out, [t])?;
    columns_first(out, &rows)?;
    give_beside("nonzero", rows, target, INDICES, &[Read::Apart(t)]).map(Output::One)
}

/// An `out=` that gets another shape lies column after column too.
fn columns_first(out: &Tensor, rows: &Tensor) -> Result<()> {
    let wanted = rows.sizes()?;
    if *out.geometry().shape == *wanted || out.requires_grad() {
        return Ok(());
    }
    let fitted = crate::ops::inplace::fit_out(out, &wanted, || Ok(Dims::new(&rows.strides())?), DType::Int64)?;
    fitted.keep();
    Ok(())
}

fn nonzero_as(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    if !args.get(1).is_some_and(Arg::truth) {
        return nonzero(args, target);
    }
    if let Target::Out(_) = target {
        return Err(Error::runtime("nonzero does not support the out kwarg when as_tuple is True"));
    }
    let mut columns = PoolVec::new();
    if let Output::Many(all) = where_true(args, target)? {
        all.iter().try_for_each(|column| columns.push(column.clone()))?;
    }
    Ok(Output::Many(columns))
}

fn nonzero_static(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (t, size) = (tensor(args, 0)?, args.get(1).map_or(0, |a| a.int(0)));
    if size < 0 {
        return Err(Error::runtime("nonzero_static: 'size' must be an non-negative integer"));
    }
    crate::ops::out::check(DType::Int64, target, STATIC)?;
    let rest = args.get(2).map_or(-1, |a| a.int(-1));
    let rows = Tensor::empty(&[size, t.ndim() as i64], DType::Int64)?;
    done(rows.write(|dst| t.read(|m| write_indices(dst, m, rest)))??)?;
    give_beside("nonzero_static", rows, target, STATIC, &[Read::Apart(t)]).map(Output::One)
}
