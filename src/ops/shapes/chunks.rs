//! Names for parts of a tensor that record the views that they make: chunk, tensor_split, narrow, and their like.

use crate::buffers::PoolVec;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::ops::shapes::reshape::slice_at;
use crate::ops::shapes::splitting::{UNSAFE, range_start, split_at, split_sizes};
use crate::ops::structured::composed;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::shape::{self, Dims};
use crate::tensor::Tensor;

composed! {
    /// The tensor in `chunks` parts of one size along a dimension, or in fewer: a tuple of views.
    ///
    /// Raises RuntimeError for fewer than one part, IndexError for a dimension out of range.
    Chunk {
        "chunk(input, chunks: int, dim: int = 0) -> tensors" BOTH => |args, _| chunk(args, 0);
        fn chunk(chunks: i64, dim: i64) -> Vec<Tensor> => |args, _| chunk(args, 0);
    }
    /// The parts that `chunk` gives, which count as no views: a write to one is not followed.
    UnsafeChunk {
        "unsafe_chunk(input, chunks: int, dim: int = 0) -> tensors" BOTH => |args, _| chunk(args, UNSAFE);
        fn unsafe_chunk(chunks: i64, dim: i64) -> Vec<Tensor> => |args, _| chunk(args, UNSAFE);
    }
    /// The tensor in parts along a dimension: as many as asked for, whose sizes differ by one at most, or cut before the
    /// given indices.
    ///
    /// Raises RuntimeError for fewer than one part, IndexError for a dimension out of range.
    TensorSplit {
        "tensor_split(input, indices: dims, dim: int = 0) -> tensors" BOTH => tensor_split;
        "tensor_split(input, tensor_indices_or_sections: tensor, dim: int = 0) -> tensors" BOTH => tensor_split;
        "tensor_split(input, sections: extent, dim: int = 0) -> tensors" BOTH => tensor_split;
        fn tensor_split(indices: &[i64], dim: i64) -> Vec<Tensor> => tensor_split;
    }
    /// The tensor in parts along its second dimension, a vector along its only one: as many as asked for, or cut before
    /// the given indices.
    ///
    /// Raises RuntimeError where the extent is no multiple of the number of parts.
    Hsplit {
        "hsplit(input, sections: int) -> tensors" BOTH => |args, _| divided("hsplit", args);
        "hsplit(input, indices: dims) -> tensors" BOTH => |args, _| divided("hsplit", args);
        fn hsplit(sections: i64) -> Vec<Tensor> => |args, _| divided("hsplit", args);
    }
    /// The tensor in parts along its first dimension: as many as asked for, or cut before the given indices.
    ///
    /// Raises RuntimeError where the extent is no multiple of the number of parts, and for vectors.
    Vsplit {
        "vsplit(input, sections: int) -> tensors" BOTH => |args, _| divided("vsplit", args);
        "vsplit(input, indices: dims) -> tensors" BOTH => |args, _| divided("vsplit", args);
        fn vsplit(sections: i64) -> Vec<Tensor> => |args, _| divided("vsplit", args);
    }
    /// The tensor in parts along its third dimension: as many as asked for, or cut before the given indices.
    ///
    /// Raises RuntimeError where the extent is no multiple of the number of parts, and for fewer than three dimensions.
    Dsplit {
        "dsplit(input, sections: int) -> tensors" BOTH => |args, _| divided("dsplit", args);
        "dsplit(input, indices: dims) -> tensors" BOTH => |args, _| divided("dsplit", args);
        fn dsplit(sections: i64) -> Vec<Tensor> => |args, _| divided("dsplit", args);
    }
    /// `length` indices of a dimension from `start` on, as a view.
    ///
    /// Raises RuntimeError and IndexError where the range leaves the dimension.
    Narrow {
        "narrow(input, dim: int, start: tensor, length: extent)" BOTH => narrow;
        "narrow(input, dim: int, start: extent, length: extent)" BOTH => narrow;
        fn narrow(dim: i64, start: i64, length: i64) -> Tensor => narrow;
    }
}

fn chunk(args: &[Arg<'_>], variant: u8) -> Result<Output> {
    let (t, chunks, dim) = (tensor(args, 0)?, args[1].int(0), args.get(2).map_or(0, |a| a.int(0)));
    if t.ndim() == 0 {
        return Err(Error::runtime("chunk expects at least a 1-dimensional tensor"));
    }
    if chunks <= 0 {
        return Err(Error::runtime(format!("chunk expects `chunks` to be greater than 0, got: {chunks}")));
    }
    let n = t.geometry().shape[shape::wrap_dim(dim, t.ndim())?];
    if n > 0 {
        return split_at(t, (n - 1) / chunks + 1, dim, variant).map(Output::Many);
    }
    // As many parts as were asked for, all of nothing.
    let mut sizes = PoolVec::new();
    sizes.reserve(usize::try_from(chunks).unwrap_or(usize::MAX))?;
    (0..chunks).try_for_each(|_| sizes.push(0))?;
    split_sizes(t, &sizes, dim, variant).map(Output::Many)
}

fn tensor_split(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let (t, dim) = (tensor(args, 0)?, args.get(2).map_or(0, |a| a.int(0)));
    let asked = match &args[1] {
        Arg::Tensor(asked) => {
            let (n, dtype) = (asked.ndim(), asked.dtype());
            if dtype != DType::Int64 {
                let name = dtype.scalar_name();
                return Err(Error::runtime(format!(
                    "tensor_split expected tensor_indices_or_sections to have dtype of long, but got {name}"
                )));
            }
            match n {
                0 => Arg::Int(asked.item()?.to_i64()),
                1 => Arg::Dims(Dims::new(&asked.to_vec::<i64>()?)?),
                _ => {
                    return Err(Error::runtime(format!(
                        "tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional \
                         tensor, but got a tensor with {n} dims"
                    )));
                }
            }
        }
        Arg::Dims(indices) => Arg::Dims(indices.duplicate()?),
        other => Arg::Int(other.int(0)),
    };
    if t.ndim() == 0 {
        return Err(Error::runtime(
            "tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims",
        ));
    }
    parted(t, &asked, shape::wrap_dim(dim, t.ndim())?).map(Output::Many)
}

/// The tensor in as many parts of dimension `dim`, or cut before as many indices.
fn parted(t: &Tensor, asked: &Arg<'_>, dim: usize) -> Result<PoolVec<Tensor>> {
    let n = t.geometry().shape[dim];
    let mut parts = PoolVec::new();
    let Some(indices) = asked.dims() else {
        let sections = asked.int(0);
        if sections <= 0 {
            return Err(Error::runtime(format!("number of sections must be larger than 0, got {sections}")));
        }
        parts.reserve(usize::try_from(sections).unwrap_or(usize::MAX))?;
        let mut start = 0;
        for i in 0..sections {
            let size = n / sections + i64::from(i < n % sections);
            parts.push(slice_at(t, dim, start, start + size, 1)?)?;
            start += size;
        }
        return Ok(parts);
    };
    // As a slice has it: counted from the back where below 0, and cut to the extent.
    let within = |x: i64| if x < 0 { x.saturating_add(n).max(0) } else { x.min(n) };
    let mut start = 0;
    for end in indices.iter().map(|&i| within(i)).chain([n]) {
        parts.push(slice_at(t, dim, start, end.max(start), 1)?)?;
        start = end;
    }
    Ok(parts)
}

/// hsplit, vsplit and dsplit: the number of parts must divide the extent.
fn divided(name: &str, args: &[Arg<'_>]) -> Result<Output> {
    let t = tensor(args, 0)?;
    let n = t.ndim();
    let (least, dim) = match name {
        "hsplit" => (1, usize::from(n > 1)),
        "vsplit" => (2, 0),
        _ => (3, 2),
    };
    if n < least {
        return Err(Error::runtime(format!(
            "torch.{name} requires a tensor with at least {least} dimension, but got a tensor with {n} dimensions!"
        )));
    }
    let asked = &args[1];
    if asked.dims().is_none() {
        let (sections, extent) = (asked.int(0), t.geometry().shape[dim]);
        if sections == 0 || extent % sections != 0 {
            return Err(Error::runtime(format!(
                "torch.{name} attempted to split along dimension {dim}, but the size of the dimension {extent} is not \
                 divisible by the split_size {sections}!"
            )));
        }
    }
    parted(t, asked, dim).map(Output::Many)
}

fn narrow(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let (dim, length) = (args[1].int(0), args[3].int(0));
    let start = match &args[2] {
        Arg::Tensor(start) => {
            if start.ndim() != 0 || !start.dtype().is_integral() || start.dtype() == DType::Bool {
                return Err(Error::runtime("start must be an 0-dim integral Tensor."));
            }
            start.item()?.to_i64()
        }
        other => other.int(0),
    };
    if t.ndim() == 0 {
        return Err(Error::runtime("narrow() cannot be applied to a 0-dim tensor."));
    }
    if length < 0 {
        return Err(Error::runtime("narrow(): length must be non-negative."));
    }
    let dim = shape::wrap_dim(dim, t.ndim())?;
    let n = t.geometry().shape[dim];
    let start = range_start(start, length, n)?;
    slice_at(t, dim, start, start + length, 1).map(Output::One)
}
