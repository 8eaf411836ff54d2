//! Functions that make tensors of given strides, and tables of indices.

use crate::create::default_dtype;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::kernels::{self, operand, triangle::Triangle};
use crate::ops::making::factories::{factories, make, sizes};
use crate::ops::row::{Operator, Overload, forms};
use crate::ops::signature::Signature;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::shape::{self, Dims};
use crate::tensor::{Tensor, done};

factories! {
    /// Rows and columns of the elements of a matrix that lie on or below a diagonal, row by row.
    ///
    /// Raises RuntimeError for negative extents, NotImplementedError for types other than int32 and int64.
    TrilIndices {
        "tril_indices(row: int, col: int, offset: int = 0, *" FUNCTION => |args, target| indices("tril_indices", args, target);
    }
    /// Rows and columns of the elements of a matrix that lie on or above a diagonal, row by row.
    ///
    /// Raises RuntimeError for negative extents, NotImplementedError for types other than int32 and int64.
    TriuIndices {
        "triu_indices(row: int, col: int, offset: int = 0, *" FUNCTION => |args, target| indices("triu_indices", args, target);
    }
    /// A tensor of the given size and strides whose elements are whatever the memory holds.
    ///
    /// Raises RuntimeError for negative strides and where there are not as many strides as extents.
    EmptyStrided {
        "empty_strided(size: dims, stride: dims, *" FUNCTION => |args, target| {
            make("empty_strided", args, target, default_dtype, |dtype| strided(sizes(args, 0)?, sizes(args, 1)?, dtype))
        };
    }
    /// A tensor of the given size and strides, in this tensor's type; its elements are whatever the memory holds.
    ///
    /// Raises RuntimeError for negative strides and where there are not as many strides as extents.
    NewEmptyStrided {
        "new_empty_strided(input, size: dims, stride: dims, *" METHOD => |args, target| {
            let own = tensor(args, 0)?.dtype();
            make("new_empty_strided", args, target, || own, |dtype| strided(sizes(args, 1)?, sizes(args, 2)?, dtype))
        };
    }
    /// A tensor of the given size whose dimensions lie in the given order, the last named being the densest; its elements
    /// are whatever the memory holds.
    ///
    /// Raises RuntimeError where the order is no permutation.
    EmptyPermuted {
        "empty_permuted(size: dims, physical_layout: dims, *" FUNCTION => |args, target| {
            make("empty_permuted", args, target, default_dtype, |dtype| permuted(sizes(args, 0)?, sizes(args, 1)?, dtype))
        };
    }
}

fn indices(name: &str, args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let [rows, columns, offset] = [0, 1, 2].map(|i| args[i].int(0));
    make(
        name,
        args,
        target,
        || DType::Int64,
        |dtype| {
            check_extents(rows, columns)?;
            if !matches!(dtype, DType::Int32 | DType::Int64) {
                let dtype = dtype.scalar_name();
                return Err(Error::not_implemented(format!("\"{name}\" not implemented for '{dtype}'")));
            }
            table(name == "tril_indices", rows, columns, offset, dtype)
        },
    )
}

/// How many elements of a matrix lie on or below a diagonal.
fn below(rows: i64, columns: i64, offset: i64) -> i128 {
    let (rows, columns, offset) = (i128::from(rows), i128::from(columns), i128::from(offset));
    // Of the first n rows of a matrix whose first row has one.
    let first = |n: i128| {
        let (n, full) = (n.clamp(0, columns), (n - columns).max(0));
        n * (n + 1) / 2 + full * columns
    };
    first(rows + offset) - first(offset)
}

fn check_extents(rows: i64, columns: i64) -> Result<()> {
    match [("row", rows), ("col", columns)].into_iter().find(|(_, n)| *n < 0) {
        None => Ok(()),
        Some((what, n)) => Err(Error::runtime(format!("{what} must be non-negative, got{n}"))),
    }
}

/// The rows and columns of the elements on one side of the diagonal.
pub(in crate::ops) fn table(lower: bool, rows: i64, columns: i64, offset: i64, dtype: DType) -> Result<Tensor> {
    check_extents(rows, columns)?;
    let count = match lower {
        true => below(rows, columns, offset),
        false => i128::from(rows) * i128::from(columns) - below(rows, columns, offset.saturating_sub(1)),
    };
    let count = i64::try_from(count).map_err(|_| Error::numel_overflow())?;
    let made = Tensor::empty(&[2, count], dtype)?;
    if count == 0 {
        return Ok(made);
    }
    // Rows that have any.
    let first = if lower { offset.min(0).saturating_neg() } else { 0 };
    let last = if lower { rows } else { columns.saturating_sub(offset).min(rows) };
    let triangle = Triangle { diagonal: offset, lower };
    done(made.write(|to| kernels::triangle::places(to, first..last, columns, triangle))?)?;
    Ok(made)
}

fn strided(sizes: &[i64], given: &[i64], dtype: DType) -> Result<Tensor> {
    if sizes.len() != given.len() {
        return Err(Error::runtime(format!(
            "dimensionality of sizes ({}) must match dimensionality of strides ({})",
            sizes.len(),
            given.len()
        )));
    }
    if let Some(n) = sizes.iter().find(|&&n| n < 0) {
        return Err(Error::runtime(format!(
            "Trying to create tensor with negative dimension {n}: {}",
            shape::list(sizes)
        )));
    }
    let overflow = || {
        Error::runtime(format!(
            "Storage size calculation overflowed with sizes={} and strides={}",
            shape::list(sizes),
            shape::list(given)
        ))
    };
    let mut strides = Dims::new(given)?;
    for d in (0..sizes.len()).rev() {
        if strides[d] >= 0 {
            continue;
        }
        if !sizes.contains(&0) {
            return Err(overflow());
        }
        // Of nothing such a dimension gets the stride that it would have over those behind it.
        strides[d] = strides.get(d + 1).map_or(1, |next| next.wrapping_mul(sizes[d + 1].max(1)));
    }
    let n = operand::extent(sizes, &strides, 0).map_or(Some(0), |(_, high)| high.checked_add(1));
    let n = n.filter(|n| n.checked_mul(dtype.size() as i64).is_some()).ok_or_else(overflow)?;
    let paper = Tensor::empty(&[n], dtype)?;
    crate::ops::view::show(&paper, (sizes, &strides, 0))
}

fn permuted(sizes: &[i64], order: &[i64], dtype: DType) -> Result<Tensor> {
    let n = sizes.len();
    if order.len() != n {
        return Err(Error::runtime(format!(
            "Number of dimensions in size does not match the length of the physical_layout; i.e. len(size) = {n} is not equal \
             to len(physical_layout) = {}",
            order.len()
        )));
    }
    let (mut strides, mut step, mut seen) = (Dims::zeros(n)?, 1i64, 0u64);
    for &dim in order {
        let known = usize::try_from(dim).ok().filter(|&d| d < n && n <= shape::MAX_DIMS);
        let Some(d) = known else {
            return Err(Error::runtime(format!(
                "Dimension out of range (expected to be between 0 and {}, but got {dim} at index {}).  NB: negative dims not \
                 currently supported; file an issue if you want it.",
                n as i64 - 1,
                order.iter().position(|&other| other == dim).unwrap_or(0)
            )));
        };
        if seen >> d & 1 != 0 {
            return Err(Error::runtime("Duplicate dim not allowed"));
        }
        seen |= 1 << d;
    }
    if sizes.iter().any(|&n| n < 0) {
        let mut lie = Dims::new(order)?;
        lie.iter_mut().for_each(|dim| *dim = sizes[*dim as usize]);
        return strided(&lie, order, dtype);
    }
    for &dim in order.iter().rev() {
        strides[dim as usize] = step;
        step = step.wrapping_mul(sizes[dim as usize].max(1));
    }
    strided(sizes, &strides, dtype)
}
