//! A tensor in parts along a dimension, as views that one node made: unbind, split, split_with_sizes; and as parts that
//! count as no views: unsafe_split, narrow_copy.
//!
//! The names that record a view for each part (tensor_split) are in `chunks.rs`.

use crate::buffers::PoolVec;
use crate::error::{Error, Result};
use crate::ops::adjoint::Vjp;
use crate::ops::application::Application;
use crate::ops::apply::Operand;
use crate::ops::copy;
use crate::ops::layout::empty_as;
use crate::ops::out;
use crate::ops::row::Operator;
use crate::ops::shapes::embed::{Part, embed};
use crate::ops::shapes::joining::{cat_at, stack_at};
use crate::ops::structured::structured;
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Format, Output, Target, tensor};
use crate::ops::view::{attach, show};
use crate::shape::{self, Dims};
use crate::tape::host::check_signals_now_and_then;
use crate::tape::node::Params;
use crate::tape::record::flags;
use crate::tape::side::Creation;
use crate::tensor::Tensor;

structured! { family 35;
    /// All indices of one dimension, as a tuple of views.
    Unbind {
        "unbind", grads ["UnbindBackward0"], reads [0], vjp unbind_vjp, jvp parts_jvp;
        "unbind(input, dim: int = 0) -> tensors" BOTH => unbind;
    }
    /// The tensor in parts of `split_size` along a dimension, the last of which may be smaller: a tuple of views.
    ///
    /// Raises RuntimeError for a size below 0, IndexError for a dimension out of range.
    Split {
        "split", grads ["SplitBackward0", "UnsafeSplitBackward0"], reads [0], vjp split_vjp, jvp parts_jvp;
        "split(input, split_size: extent, dim: int = 0) -> tensors" FUNCTION => split;
        "split(input, split_size: dims, dim: int = 0) -> tensors" FUNCTION => with_sizes;
        "unsafe_split(input, split_size: extent, dim: int = 0) -> tensors" BOTH => unsafe_split;
        fn split(split_size: i64, dim: i64) -> Vec<Tensor> => split;
        fn unsafe_split(split_size: i64, dim: i64) -> Vec<Tensor> => unsafe_split;
    }
    /// The tensor in parts of the given sizes along a dimension: a tuple of views.
    ///
    /// Raises RuntimeError where a size is below 0 or they do not add up to the extent.
    SplitWithSizes {
        "split_with_sizes", grads ["SplitWithSizesBackward0", "UnsafeSplitWithSizesBackward0"], reads [0], vjp split_vjp, jvp parts_jvp;
        "split_with_sizes(input, split_sizes: dims, dim: int = 0) -> tensors" BOTH => with_sizes;
        "unsafe_split_with_sizes(input, split_sizes: dims, dim: int = 0) -> tensors" BOTH => unsafe_with_sizes;
        fn split_with_sizes(split_sizes: &[i64], dim: i64) -> Vec<Tensor> => with_sizes;
        fn unsafe_split_with_sizes(split_sizes: &[i64], dim: i64) -> Vec<Tensor> => unsafe_with_sizes;
    }
    /// `length` indices of a dimension from `start` on, as a copy.
    ///
    /// Raises RuntimeError and IndexError where the range leaves the dimension.
    NarrowCopy {
        "narrow_copy", grads ["NarrowCopyBackward0"], reads [0], vjp narrow_copy_vjp, jvp narrow_copy_jvp;
        "narrow_copy(input, dim: int, start: extent, length: extent, *, out = None)" BOTH => narrow_copy;
        fn narrow_copy(dim: i64, start: i64, length: i64) -> Tensor => narrow_copy;
    }
}

/// The variant whose parts are no views, though they show the tensor's bytes.
pub(in crate::ops) const UNSAFE: u8 = 1;

/// The dimension that a call names third.
fn dim(args: &[Arg<'_>]) -> i64 {
    args.get(2).map_or(0, |a| a.int(0))
}

fn sizes<'b>(args: &'b [Arg<'_>]) -> Result<&'b [i64]> {
    args.get(1).and_then(Arg::dims).ok_or_else(|| Error::type_error("sizes are missing"))
}

fn split(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    split_at(tensor(args, 0)?, args[1].int(0), dim(args), 0).map(Output::Many)
}

fn unsafe_split(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    split_at(tensor(args, 0)?, args[1].int(0), dim(args), UNSAFE).map(Output::Many)
}

fn with_sizes(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    split_sizes(tensor(args, 0)?, sizes(args)?, dim(args), 0).map(Output::Many)
}

fn unsafe_with_sizes(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    split_sizes(tensor(args, 0)?, sizes(args)?, dim(args), UNSAFE).map(Output::Many)
}

/// Records `parts` as what `op` made of `t`.
fn finish(op: &'static Operator, variant: u8, t: &Tensor, parts: &PoolVec<Tensor>, params: Params) -> Result<()> {
    if parts.is_empty() || t.0.flags() & (flags::WANTS_EDGE | flags::TANGENT) == 0 {
        return Ok(());
    }
    let mut outs = PoolVec::new();
    parts.iter().try_for_each(|part| outs.push(part))?;
    let (ins, params) = ([Operand::Tensor(t)], Some(params));
    Application { op, variant, ins: &ins, outs: &outs, differentiable: u64::MAX, params }.finish()
}

fn unbind(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let dim = args.get(1).map_or(0, |a| a.int(0));
    unbind_at(tensor(args, 0)?, dim).map(Output::Many)
}

/// Every index of dimension `dim`, as views that one node made.
pub fn unbind_at(t: &Tensor, dim: i64) -> Result<PoolVec<Tensor>> {
    let g = t.geometry();
    let at = shape::wrap_dim(dim, g.shape.len())?;
    if g.shape.is_empty() {
        return Err(Error::index(format!("Dimension specified as {dim} but tensor has no dimensions")));
    }
    let dim = at;
    let n = g.shape[dim];
    let mut views = PoolVec::new();
    // At once, so that more views than memory holds are refused before the first is made.
    views.reserve(usize::try_from(n).unwrap_or(usize::MAX))?;
    drop(g);
    for i in 0..n {
        check_signals_now_and_then(i as usize)?;
        let g = t.geometry();
        let (sizes, strides, offset) =
            Part { dim, start: i, end: i + 1, step: 0 }.geometry(&g.shape, &g.strides, g.offset)?;
        drop(g);
        let v = show(t, (&sizes, &strides, offset))?;
        attach(&v, t, Creation::MultiOutput)?;
        views.push(v)?;
    }
    finish(Unbind::OPERATOR, 0, t, &views, Params::ints([dim as i64, 0, 0, 0]))?;
    Ok(views)
}

fn unbind_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let dim = vjp.params()?.ints[0];
    let parts = cotangents(vjp)?;
    let x_bar = stack_at(&parts, dim)?;
    vjp.add(0, x_bar)
}

/// The cotangent of each part; zeros where nothing reached it.
fn cotangents(vjp: &Vjp<'_>) -> Result<PoolVec<Tensor>> {
    let mut parts = PoolVec::new();
    for i in 0..vjp.node.outputs.len() {
        parts.push(match vjp.g_of(i) {
            Some(g) => g.clone(),
            None => {
                let meta = vjp.node.outputs.get(i).ok_or_else(|| Error::runtime("an output lacks its shape"))?;
                Tensor::full(&meta.shape, 0.0, meta.dtype)?
            }
        })?;
    }
    Ok(parts)
}

fn parts_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    (0..jvp.outs.len()).try_for_each(|i| jvp.set_view(i))
}

/// Parts of `size` along `dim`.
pub(in crate::ops) fn split_at(t: &Tensor, size: i64, dim: i64, variant: u8) -> Result<PoolVec<Tensor>> {
    let g = t.geometry();
    if g.shape.is_empty() {
        return Err(Error::runtime("split expects at least a 1-dimensional tensor"));
    }
    if size < 0 {
        return Err(Error::runtime(format!("split expects split_size be non-negative, but got split_size={size}")));
    }
    let at = shape::wrap_dim(dim, g.shape.len())?;
    let n = g.shape[at];
    drop(g);
    if size == 0 && n != 0 {
        return Err(Error::runtime(format!(
            "split_size can only be 0 if dimension size is 0, but got dimension size of {n}"
        )));
    }
    // Of nothing there is one part.
    let count = if n == 0 { 1 } else { (n - 1) / size + 1 };
    parts(Split::OPERATOR, variant, t, at, (0..count).map(|i| (i * size, size.min(n - i * size))), count)
}

/// Parts of `sizes` along `dim`.
pub(in crate::ops) fn split_sizes(t: &Tensor, sizes: &[i64], dim: i64, variant: u8) -> Result<PoolVec<Tensor>> {
    let g = t.geometry();
    if g.shape.is_empty() {
        return Err(Error::runtime("split expects at least a 1-dimensional tensor"));
    }
    let at = shape::wrap_dim(dim, g.shape.len())?;
    let n = g.shape[at];
    drop(g);
    if sizes.iter().any(|&size| size < 0) {
        return Err(Error::runtime(format!(
            "split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes={}",
            shape::list(sizes)
        )));
    }
    if sizes.iter().try_fold(0i64, |sum, &size| sum.checked_add(size)) != Some(n) {
        return Err(Error::runtime(format!(
            "split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at dimension {dim}), but got \
             split_sizes={}",
            shape::list(sizes)
        )));
    }
    let mut start = 0;
    let ranges = sizes.iter().map(|&size| {
        start += size;
        (start - size, size)
    });
    parts(SplitWithSizes::OPERATOR, variant, t, at, ranges, sizes.len() as i64)
}

/// The ranges (start, length) of dimension `dim` as views that one node made.
fn parts(
    op: &'static Operator,
    variant: u8,
    t: &Tensor,
    dim: usize,
    ranges: impl Iterator<Item = (i64, i64)>,
    count: i64,
) -> Result<PoolVec<Tensor>> {
    let mut views = PoolVec::new();
    views.reserve(usize::try_from(count).unwrap_or(usize::MAX))?;
    for (i, (start, length)) in ranges.enumerate() {
        check_signals_now_and_then(i)?;
        let (sizes, strides, offset) = {
            let g = t.geometry();
            let mut sizes = g.shape.duplicate()?;
            sizes[dim] = length;
            (sizes, g.strides.duplicate()?, g.offset + start * g.strides[dim])
        };
        let view = show(t, (&sizes, &strides, offset))?;
        if variant != UNSAFE {
            attach(&view, t, Creation::MultiOutput)?;
        }
        views.push(view)?;
    }
    finish(op, variant, t, &views, Params::ints([dim as i64, 0, 0, 0]))?;
    Ok(views)
}

fn split_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let dim = vjp.params()?.ints[0];
    let parts = cotangents(vjp)?;
    let x_bar = cat_at(&parts, dim)?;
    vjp.add(0, x_bar)
}

/// The start of a range of `length` of a dimension of extent `n`, counted from the front.
///
/// # Errors
/// torch's, where the range leaves the dimension.
pub(in crate::ops) fn range_start(start: i64, length: i64, n: i64) -> Result<i64> {
    if start < -n || start > n {
        return Err(Error::index(format!(
            "start out of range (expected to be in range of [{}, {n}], but got {start})",
            -n
        )));
    }
    let start = if start < 0 { start + n } else { start };
    if length < 0 || start > n - length {
        return Err(Error::runtime(format!("start ({start}) + length ({length}) exceeds dimension size ({n}).")));
    }
    Ok(start)
}

fn narrow_copy(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    if t.ndim() == 0 {
        return Err(Error::runtime("narrow() cannot be applied to a 0-dim tensor."));
    }
    out::check(t.dtype(), target, UNTOLD)?;
    let dim = args[1].int(0);
    if dim >= t.ndim() as i64 {
        return Err(untold("dim < static_cast<int64_t>(self_sizes.size())"));
    }
    let dim = shape::wrap_dim(dim, t.ndim())?;
    let (length, n) = (args[3].int(0), t.geometry().shape[dim]);
    let start = range_start(args[2].int(0), length, n)?;
    let out = narrowed(t, Part { dim, start, end: start + length, step: 1 })?;
    out::give_silently("narrow_copy", out, target, UNTOLD, &[]).map(Output::One)
}

/// What torch says of a condition of its own that it has no words for.
fn untold(condition: &str) -> Error {
    Error::runtime(untold_text(condition))
}

fn untold_text(condition: &str) -> String {
    format!(
        "Expected {condition} to be true, but got false.  (Could this error message be improved?  If so, please report an \
         enhancement request to PyTorch.)"
    )
}

const UNTOLD: out::Fits = Some(|_, _| untold_text("self.dtype() == output.dtype()"));

fn narrowed(t: &Tensor, part: Part) -> Result<Tensor> {
    let shown = {
        let g = t.geometry();
        let (sizes, strides, offset): (Dims, Dims, i64) = part.geometry(&g.shape, &g.strides, g.offset)?;
        drop(g);
        show(t, (&sizes, &strides, offset))?
    };
    let out = empty_as(&shown, t.dtype(), Format::Contiguous)?;
    copy::assign(&out, &shown)?;
    let (ins, params) = ([Operand::Tensor(t)], Some(Params::ints(part.ints())));
    Application { op: NarrowCopy::OPERATOR, variant: 0, ins: &ins, outs: &[&out], differentiable: 1, params }
        .finish()?;
    Ok(out)
}

fn narrow_copy_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let x_bar = embed(vjp.g()?, &vjp.meta(0)?.1, Part::of(&*vjp.params()?))?;
    vjp.add(0, x_bar)
}

fn narrow_copy_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    jvp.linear(0, |x_dot, params| narrowed(x_dot, Part::of(params)))
}
