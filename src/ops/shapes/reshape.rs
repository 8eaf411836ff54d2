//! The views that torch names: reshape and view, permutations, slices, expansions. What becomes of a tensor itself
//! (`t_()`) is the same geometry, taken on.

use crate::error::{Error, Result};
use crate::ops::adjoint::Vjp;
use crate::ops::application::finish_with;
use crate::ops::copy;
use crate::ops::inplace_view::take_on;
use crate::ops::reductions::reduce::sum_to;
use crate::ops::row::Operator;
use crate::ops::shapes::embed::{Part, embed};
use crate::ops::structured::structured;
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::ops::view::{make, show};
use crate::shape::{self, Dims, Layout};
use crate::tape::Geometry;
use crate::tape::node::Params;
use crate::tensor::Tensor;

structured! { family 4;
    /// The same elements in another shape, without a copy.
    View {
        "view", grads ["ViewBackward0", "UnsafeViewBackward0", "ReshapeAliasBackward0"], reads [0], vjp reshape_vjp, jvp view_jvp;
        "view(input, dtype: dtype)" METHOD => crate::ops::view::view_dtype;
        "view(input, size: dims)" METHOD => view;
        "reshape(input, shape: dims)" BOTH => reshape;
    }
    /// The dimensions in another order.
    Permute {
        "permute", grads ["PermuteBackward0", "TransposeBackward0", "TBackward0", "TransposeBackward1", "TBackward1"], reads [0], vjp permute_vjp, jvp view_jvp;
        "permute(input, dims: dims)" BOTH => permute;
        "transpose(input, dim0: int, dim1: int)" BOTH => transpose;
        "transpose(input, dim0: int, dim1: int)" INPLACE => transpose_;
        "t(input)" BOTH => t;
        "t(input)" INPLACE => t_;
    }
    /// The tensor spread over a larger shape by strides of 0.
    Expand {
        "expand", grads ["ExpandBackward0"], reads [0], vjp expand_vjp, jvp view_jvp;
        "expand(input, size: dims, *, implicit: bool = False)" METHOD => expand;
    }
    /// The tensor with a dimension of 1 inserted.
    Unsqueeze {
        "unsqueeze", grads ["UnsqueezeBackward0", "UnsqueezeBackward1"], reads [0], vjp unsqueeze_vjp, jvp view_jvp;
        "unsqueeze(input, dim: int)" BOTH => unsqueeze;
        "unsqueeze(input, dim: int)" INPLACE => unsqueeze_;
    }
    /// The tensor with dimensions of 1 removed.
    Squeeze {
        "squeeze", grads ["SqueezeBackward0", "SqueezeBackward1", "SqueezeBackward2", "SqueezeBackward3", "SqueezeBackward4", "SqueezeBackward5"], reads [0], vjp squeeze_vjp, jvp view_jvp;
        "squeeze(input)" BOTH => squeeze;
        "squeeze(input, dim: int)" BOTH => squeeze;
        "squeeze(input, dim: dims)" BOTH => squeeze;
        "squeeze(input)" INPLACE => squeeze_;
        "squeeze(input, dim: int)" INPLACE => squeeze_;
        "squeeze(input, dim: dims)" INPLACE => squeeze_;
    }
    /// One index of one dimension.
    Select {
        "select", grads ["SelectBackward0"], reads [0], vjp part_vjp, jvp view_jvp;
        "select(input, dim: int, index: extent)" BOTH => select;
    }
    /// A range of one dimension.
    Slice {
        "slice", grads ["SliceBackward0"], reads [0], vjp part_vjp, jvp view_jvp;
    }
    /// The same tensor as another view of it.
    Alias {
        "alias", grads ["AliasBackward0", "Identity"], reads [0], vjp reshape_vjp, jvp view_jvp;
    }
}

fn dims<'b>(args: &'b [Arg<'_>]) -> Result<&'b [i64]> {
    args.get(1).and_then(Arg::dims).ok_or_else(|| Error::type_error("sizes are missing"))
}

pub(in crate::ops) fn view(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    view_as(tensor(args, 0)?, dims(args)?).map(Output::One)
}

pub(in crate::ops) fn reshape(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    reshape_to(tensor(args, 0)?, dims(args)?).map(Output::One)
}

/// The nodes of the three ways to another shape: a view that was asked for, a view that nobody else can
/// see and that therefore counts as none, and what `reshape` makes of a tensor with gaps.
const VIEW: u8 = 0;
const UNSAFE: u8 = 1;
const ALIAS: u8 = 2;

fn viewed(t: &Tensor, wanted: &[i64], variant: u8) -> Result<Option<Tensor>> {
    let g = t.geometry();
    let wanted = shape::infer_size(wanted, g.numel())?;
    let Some(strides) = shape::view_strides(&g.shape, &g.strides, &wanted)? else { return Ok(None) };
    let offset = g.offset;
    drop(g);
    if variant != UNSAFE {
        return make(View::OPERATOR, variant, t, (&wanted, &strides, offset), no_params).map(Some);
    }
    taken_over(View::OPERATOR, variant, t, (&wanted, &strides, offset), no_params).map(Some)
}

/// As [`make`] for a tensor that nobody else will see: the result is no view of it.
fn taken_over(
    op: &'static Operator,
    variant: u8,
    t: &Tensor,
    shown: Layout<'_>,
    params: impl FnOnce() -> Result<Params>,
) -> Result<Tensor> {
    let out = show(t, shown)?;
    finish_with(op, variant, t, &out, params)?;
    Ok(out)
}

/// The parameters of what has none.
fn no_params() -> Result<Params> {
    Ok(Params::ints([0; 4]))
}

/// The same elements in the shape `wanted` (one extent may be -1), without a copy.
pub fn view_as(t: &Tensor, wanted: &[i64]) -> Result<Tensor> {
    viewed(t, wanted, VIEW)?.ok_or_else(|| {
        Error::runtime(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two \
             contiguous subspaces). Use .reshape(...) instead.",
        )
    })
}

/// A fresh result in the shape `wanted`: no view, since nobody else can see its bytes.
pub fn unsafe_view(t: &Tensor, wanted: &[i64]) -> Result<Tensor> {
    unsafely_viewed(t, wanted)?.ok_or_else(|| Error::runtime("a contiguous tensor has every view"))
}

/// As [`unsafe_view`]; none where its strides have no such view.
pub fn unsafely_viewed(t: &Tensor, wanted: &[i64]) -> Result<Option<Tensor>> {
    viewed(t, wanted, UNSAFE)
}

/// As [`view_as`], with a copy where a view cannot be.
pub fn reshape_to(t: &Tensor, wanted: &[i64]) -> Result<Tensor> {
    let variant = if t.is_contiguous() { VIEW } else { ALIAS };
    match viewed(t, wanted, variant)? {
        Some(v) => Ok(v),
        None => unsafe_view(&copy::contiguous(t)?, wanted),
    }
}

fn reshape_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let x_bar = reshape_to(vjp.g()?, &vjp.meta(0)?.1)?;
    vjp.add(0, x_bar)
}

/// The tangent of a view: the same view of the tangent.
fn view_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    jvp.set_view(0)
}

/// Extents and strides with the dimensions in another order.
#[inline]
fn in_order(g: &Geometry, order: &[i64]) -> Result<(Dims, Dims)> {
    let (mut sizes, mut strides) = (Dims::new(order)?, Dims::new(order)?);
    for (i, &d) in order.iter().enumerate() {
        sizes[i] = g.shape[d as usize];
        strides[i] = g.strides[d as usize];
    }
    Ok((sizes, strides))
}

fn permuted(t: &Tensor, order: &[i64], variant: u8) -> Result<Tensor> {
    let ((sizes, strides), offset) = {
        let g = t.geometry();
        (in_order(&g, order)?, g.offset)
    };
    let params = || Ok(Params::dims(Dims::new(order)?));
    if variant == TRANSPOSED {
        return taken_over(Permute::OPERATOR, variant, t, (&sizes, &strides, offset), params);
    }
    make(Permute::OPERATOR, variant, t, (&sizes, &strides, offset), params)
}

fn permute(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let (t, given) = (tensor(args, 0)?, dims(args)?);
    if given.len() != t.ndim() {
        return Err(Error::runtime(format!(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired \
             ordering of dimensions i.e. input.dim() = {} is not equal to len(dims) = {}",
            t.ndim(),
            given.len()
        )));
    }
    permute_by(t, given, 0).map(Output::One)
}

/// The dimensions in the order `given`, negative ones counted from the back.
pub fn permute_by(t: &Tensor, given: &[i64], variant: u8) -> Result<Tensor> {
    let n = given.len();
    let mut order = Dims::zeros(n)?;
    let mut seen = 0u64;
    for (slot, &d) in order.iter_mut().zip(given) {
        let d = shape::wrap_dim(d, n)?;
        if seen >> d & 1 != 0 {
            return Err(Error::runtime("permute(): duplicate dims are not allowed."));
        }
        seen |= 1 << d;
        *slot = d as i64;
    }
    permuted(t, &order, variant)
}

/// The node of `transpose`, among those of permutations.
pub const TRANSPOSE: u8 = 1;

/// That of `transpose` in place, which makes no view.
pub const TRANSPOSED: u8 = 3;

/// The order of `n` dimensions with two exchanged.
fn exchanged(n: usize, a: i64, b: i64) -> Result<Dims> {
    let (a, b) = (shape::wrap_dim(a, n)?, shape::wrap_dim(b, n)?);
    let mut order = Dims::zeros(n)?;
    order.iter_mut().enumerate().for_each(|(i, d)| *d = i as i64);
    if n > 0 {
        order.swap(a, b);
    }
    Ok(order)
}

/// Two dimensions exchanged.
pub fn transpose_dims(t: &Tensor, a: i64, b: i64, variant: u8) -> Result<Tensor> {
    let n = t.ndim();
    if n == 0 || variant == TRANSPOSED {
        return permuted(t, &exchanged(n, a, b)?, variant);
    }
    let (a, b) = (shape::wrap_dim(a, n)?, shape::wrap_dim(b, n)?);
    let (mut sizes, mut strides, offset) = {
        let g = t.geometry();
        (g.shape.duplicate()?, g.strides.duplicate()?, g.offset)
    };
    sizes.swap(a, b);
    strides.swap(a, b);
    let params = || Ok(Params::dims(exchanged(n, a as i64, b as i64)?));
    make(Permute::OPERATOR, variant, t, (&sizes, &strides, offset), params)
}

/// The tensor itself with two dimensions exchanged: as the node of `variant`, whose view's is two before it.
fn exchange(t: &Tensor, a: i64, b: i64, variant: u8) -> Result<Output> {
    let order = exchanged(t.ndim(), a, b)?;
    let ((sizes, strides), offset) = {
        let g = t.geometry();
        (in_order(&g, &order)?, g.offset)
    };
    let params = Params::dims(order.duplicate()?);
    take_on(Permute::OPERATOR, variant, t, (sizes, strides, offset), params, |x| permuted(x, &order, variant - 2))?;
    Ok(Output::One(t.clone()))
}

pub(in crate::ops) fn transpose_(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    exchange(tensor(args, 0)?, args[1].int(0), args[2].int(0), TRANSPOSE + 2)
}

fn t_(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    exchange(t, 0, last_of_matrix("t_", t.ndim())?, 4)
}

pub(in crate::ops) fn transpose(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    transpose_dims(tensor(args, 0)?, args[1].int(0), args[2].int(0), TRANSPOSE).map(Output::One)
}

pub(in crate::ops) fn t(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    transposed(tensor(args, 0)?).map(Output::One)
}

/// The transpose of a matrix; a vector or a number stays.
pub fn transposed(t: &Tensor) -> Result<Tensor> {
    transpose_dims(t, 0, last_of_matrix("t", t.ndim())?, 2)
}

fn last_of_matrix(name: &str, ndim: usize) -> Result<i64> {
    match ndim {
        0 | 1 => Ok(0),
        2 => Ok(1),
        n => Err(Error::runtime(format!("{name}() expects a tensor with <= 2 dimensions, but self is {n}D"))),
    }
}

fn permute_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let params = vjp.params()?;
    let mut inverse = Dims::zeros(params.dims.len())?;
    for (i, &d) in params.dims.iter().enumerate() {
        inverse[d as usize] = i as i64;
    }
    // What is in place gives a view's node back.
    let variant = vjp.node.variant;
    let x_bar = permuted(vjp.g()?, &inverse, if variant > 2 { variant - 2 } else { variant })?;
    vjp.add(0, x_bar)
}

fn expand(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let (t, wanted) = (tensor(args, 0)?, dims(args)?);
    let g = t.geometry();
    let texts = |e: String| Err(Error::runtime(e));
    if wanted.len() < g.shape.len() {
        return texts(format!(
            "expand({}{{{}}}, size={}): the number of sizes provided ({}) must be greater or equal to the \
             number of dimensions in the tensor ({})",
            g.dtype.tensor_name(),
            shape::list(&g.shape),
            shape::list(wanted),
            wanted.len(),
            g.shape.len()
        ));
    }
    let gap = wanted.len() - g.shape.len();
    let mut wide = Dims::new(wanted)?;
    // From the back, as torch does: so an error names the last that does not fit.
    for i in (0..wanted.len()).rev() {
        let own = i.checked_sub(gap).map(|k| g.shape[k]);
        match (wanted[i], own) {
            (-1, Some(n)) => wide[i] = n,
            (-1, None) => {
                return texts(format!(
                    "The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension {i}"
                ));
            }
            (n, Some(own)) if own != n && own != 1 => {
                return texts(format!(
                    "The expanded size of the tensor ({n}) must match the existing size ({own}) at non-singleton \
                     dimension {i}.  Target sizes: {}.  Tensor sizes: {}",
                    shape::list(wanted),
                    shape::list(&g.shape)
                ));
            }
            _ => {}
        }
    }
    // torch finds out when it counts the elements, and lets those through that count as none.
    if wide.iter().any(|&n| n < 0) {
        return Err(Error::numel_overflow());
    }
    let strides = shape::expanded_view_strides(&g.shape, &g.strides, &wide)?;
    let offset = g.offset;
    drop(g);
    make(Expand::OPERATOR, 0, t, (&wide, &strides, offset), no_params).map(Output::One)
}

fn expand_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let x_bar = sum_to(vjp.g()?, &vjp.meta(0)?.1)?;
    vjp.add(0, x_bar)
}

/// `t` spread to `wide`, recorded.
pub fn expand_recorded(t: &Tensor, wide: &[i64]) -> Result<Tensor> {
    let args = [Arg::Tensor(t), Arg::Dims(Dims::new(wide)?)];
    expand(&args, Target::Fresh).map(Output::one)
}

pub(in crate::ops) fn unsqueeze(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    unsqueeze_at(tensor(args, 0)?, args[1].int(0)).map(Output::One)
}

/// Extents and strides with a dimension of 1 inserted, and where that is.
fn unsqueezed(g: &Geometry, dim: i64) -> Result<(Dims, Dims, i64)> {
    let n = g.shape.len();
    let at = shape::wrap_dim(dim, n + 1)?;
    let (mut sizes, mut strides) = (Dims::zeros(n + 1)?, Dims::zeros(n + 1)?);
    for i in 0..=n {
        let own = if i < at { i } else { i.wrapping_sub(1) };
        (sizes[i], strides[i]) = if i == at {
            (1, if at < n { g.shape[at] * g.strides[at] } else { 1 })
        } else {
            (g.shape[own], g.strides[own])
        };
    }
    Ok((sizes, strides, at as i64))
}

/// A dimension of 1 inserted at `dim`.
pub fn unsqueeze_at(t: &Tensor, dim: i64) -> Result<Tensor> {
    unsqueeze_by(t, dim, 0)
}

/// The node of `unsqueeze` in place, which makes no view.
pub const UNSQUEEZED: u8 = 1;

/// The same, as node variant `variant`.
pub fn unsqueeze_by(t: &Tensor, dim: i64, variant: u8) -> Result<Tensor> {
    let ((sizes, strides, at), offset) = {
        let g = t.geometry();
        (unsqueezed(&g, dim)?, g.offset)
    };
    let params = || Ok(Params::ints([at, 0, 0, 0]));
    if variant == UNSQUEEZED {
        return taken_over(Unsqueeze::OPERATOR, variant, t, (&sizes, &strides, offset), params);
    }
    make(Unsqueeze::OPERATOR, variant, t, (&sizes, &strides, offset), params)
}

fn unsqueeze_(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let ((sizes, strides, at), offset) = {
        let g = t.geometry();
        (unsqueezed(&g, args[1].int(0))?, g.offset)
    };
    let params = Params::ints([at, 0, 0, 0]);
    take_on(Unsqueeze::OPERATOR, 1, t, (sizes, strides, offset), params, |x| unsqueeze_at(x, at))?;
    Ok(Output::One(t.clone()))
}

pub(in crate::ops) fn squeeze(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let (mask, variant) = squeezable(args, t.ndim())?;
    squeeze_dims(t, mask, variant).map(Output::One)
}

fn squeeze_(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let (mask, variant) = squeezable(args, t.ndim())?;
    let ((sizes, strides, gone), offset) = {
        let g = t.geometry();
        (squeezed(&g, mask)?, g.offset)
    };
    let params = Params::ints([gone, 0, 0, 0]);
    let view = |x: &Tensor| squeeze_dims(x, mask, variant);
    take_on(Squeeze::OPERATOR, variant + 3, t, (sizes, strides, offset), params, view)?;
    Ok(Output::One(t.clone()))
}

/// The dimensions that a call names, of which those of 1 go, and the node of a view without them.
fn squeezable(args: &[Arg<'_>], n: usize) -> Result<(u64, u8)> {
    Ok(match args.get(1) {
        Some(Arg::Int(dim)) => (1u64 << shape::wrap_dim(*dim, n)?, 1),
        Some(Arg::Dims(dims)) => {
            // No dimension named is none here, where a reduction takes all.
            (if dims.is_empty() { 0 } else { crate::ops::reductions::reduce::mask_of(Some(dims), n)? }, 2)
        }
        _ => (u64::MAX, 0),
    })
}

/// Extents and strides without those dimensions of 1 that `mask` names, and which they are.
fn squeezed(g: &Geometry, mask: u64) -> Result<(Dims, Dims, i64)> {
    let keep = |i: &usize| !(g.shape[*i] == 1 && mask >> i & 1 != 0);
    let gone = (0..g.shape.len()).filter(|i| !keep(i)).fold(0u64, |bits, i| bits | 1 << i);
    let n = (0..g.shape.len()).filter(keep).count();
    let (mut sizes, mut strides) = (Dims::zeros(n)?, Dims::zeros(n)?);
    for (to, from) in (0..g.shape.len()).filter(keep).enumerate() {
        sizes[to] = g.shape[from];
        strides[to] = g.strides[from];
    }
    Ok((sizes, strides, gone as i64))
}

/// Without those dimensions of 1 that `mask` names.
pub fn squeeze_dims(t: &Tensor, mask: u64, variant: u8) -> Result<Tensor> {
    let ((sizes, strides, gone), offset) = {
        let g = t.geometry();
        (squeezed(&g, mask)?, g.offset)
    };
    let params = || Ok(Params::ints([gone, 0, 0, 0]));
    if variant == SQUEEZED {
        return taken_over(Squeeze::OPERATOR, variant, t, (&sizes, &strides, offset), params);
    }
    make(Squeeze::OPERATOR, variant, t, (&sizes, &strides, offset), params)
}

/// The node of a squeeze in place, which makes no view.
pub const SQUEEZED: u8 = 4;

fn unsqueeze_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let x_bar = squeeze_dims(vjp.g()?, 1 << vjp.params()?.ints[0], 1)?;
    vjp.add(0, x_bar)
}

fn squeeze_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let x_bar = unsqueeze_dims(vjp.g()?, vjp.params()?.ints[0] as u64)?;
    vjp.add(0, x_bar)
}

/// A dimension of 1 inserted at each place that `mask` names in the result, one after the other.
pub fn unsqueeze_dims(t: &Tensor, mask: u64) -> Result<Tensor> {
    let mut t = t.clone();
    let mut left = mask;
    while left != 0 {
        t = unsqueeze_at(&t, left.trailing_zeros().into())?;
        left &= left - 1;
    }
    Ok(t)
}

pub(in crate::ops) fn select(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let (t, dim, index) = (tensor(args, 0)?, args[1].int(0), args[2].int(0));
    if t.ndim() > 0 {
        let dim = shape::wrap_dim(dim, t.ndim())?;
        let n = t.geometry().shape[dim];
        if index < -n || index >= n {
            let sizes = shape::list(&t.geometry().shape);
            return Err(Error::index(format!(
                "select(): index {index} out of range for tensor of size {sizes} at dimension {dim}"
            )));
        }
    }
    select_at(t, dim, index).map(Output::One)
}

/// Index `index` of dimension `dim`.
pub fn select_at(t: &Tensor, dim: i64, index: i64) -> Result<Tensor> {
    let g = t.geometry();
    if g.shape.is_empty() {
        return Err(Error::index("select() cannot be applied to a 0-dim tensor."));
    }
    let dim = shape::wrap_dim(dim, g.shape.len())?;
    let n = g.shape[dim];
    if index < -n || index >= n {
        return Err(Error::index(format!("index {index} is out of bounds for dimension {dim} with size {n}")));
    }
    let index = if index < 0 { index + n } else { index };
    drop(g);
    part_of(Select::OPERATOR, t, Part { dim, start: index, end: index + 1, step: 0 })
}

/// Indices `start..end` by `step` of dimension `dim`, bounds already within the extent.
pub fn slice_at(t: &Tensor, dim: usize, start: i64, end: i64, step: i64) -> Result<Tensor> {
    part_of(Slice::OPERATOR, t, Part { dim, start, end, step })
}

fn part_of(op: &'static Operator, t: &Tensor, part: Part) -> Result<Tensor> {
    let g = t.geometry();
    let (sizes, strides, offset) = part.geometry(&g.shape, &g.strides, g.offset)?;
    drop(g);
    make(op, 0, t, (&sizes, &strides, offset), || Ok(Params::ints(part.ints())))
}

/// The same tensor as another view.
pub fn alias_of(t: &Tensor) -> Result<Tensor> {
    aliased(t, 0)
}

/// As [`alias_of`], by the node that torch has for the primal of a dual tensor.
pub fn primal_of(t: &Tensor) -> Result<Tensor> {
    aliased(t, 1)
}

fn aliased(t: &Tensor, variant: u8) -> Result<Tensor> {
    let g = t.geometry();
    let (sizes, strides, offset) = (g.shape.duplicate()?, g.strides.duplicate()?, g.offset);
    drop(g);
    make(Alias::OPERATOR, variant, t, (&sizes, &strides, offset), no_params)
}

/// Zeros of the input's shape with the cotangent in the part's place.
fn part_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let x_bar = embed(vjp.g()?, &vjp.meta(0)?.1, Part::of(&*vjp.params()?))?;
    vjp.add(0, x_bar)
}
