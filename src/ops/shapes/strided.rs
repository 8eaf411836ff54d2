//! Views of any geometry and of windows, and copies of a tensor with such a view replaced.
//!
//! `as_strided` itself is a row of `view.rs`, which writes through views need; what stands here is how a caller asks for it.

use crate::error::{Error, Result};
use crate::kernels::{self, operand};
use crate::ops::adjoint::Vjp;
use crate::ops::application::Application;
use crate::ops::apply::Operand;
use crate::ops::inplace_view::take_on;
use crate::ops::structured::structured;
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::ops::view::{self, geometries, make, make_as};
use crate::shape::{self, Dims, Layout};
use crate::tape::Geometry;
use crate::tape::node::Params;
use crate::tensor::{Tensor, done, outside};

structured! { family 45;
    /// Windows of `size` elements along a dimension, one every `step`, in a last dimension of their own: a view.
    ///
    /// Raises RuntimeError where the window is larger than the dimension or the step is not above 0.
    Unfold {
        "unfold", grads ["UnfoldBackward0"], reads [0], vjp unfold_vjp, jvp view_jvp;
        "unfold(input, dimension: int, size: int, step: int)" METHOD => unfold;
        fn unfold(dimension: i64, size: i64, step: i64) -> Tensor => unfold;
    }
    /// Windows added up where they lay: what an unfolded tensor's cotangent becomes.
    Fold {
        "unfold_backward", grads ["UnfoldBackwardBackward0"], reads [0], vjp fold_vjp, jvp fold_jvp;
    }
}

/// The view that a call asks for: sizes, strides and the place of the first element.
fn asked<'b>(t: &Tensor, args: &'b [Arg<'_>], at: usize) -> Result<(&'b [i64], &'b [i64], i64)> {
    let list = |i: usize| args.get(i).and_then(Arg::dims).ok_or_else(|| Error::type_error("sizes are missing"));
    let own = t.geometry().offset;
    Ok((list(at)?, list(at + 1)?, args.get(at + 2).map_or(own, |a| a.int(own))))
}

/// What `t` shows by such a geometry.
///
/// # Errors
/// Where it leaves the storage, or makes no sense.
pub(in crate::ops) fn strided(t: &Tensor, (sizes, strides, offset): Layout<'_>) -> Result<Geometry> {
    if sizes.len() != strides.len() {
        return Err(Error::runtime("mismatch in length of strides and shape"));
    }
    if strides.iter().any(|&stride| stride < 0) {
        return Err(Error::runtime(format!(
            "as_strided: Negative strides are not supported at the moment, got strides: {}",
            shape::list(strides)
        )));
    }
    let g = t.geometry();
    let item = g.dtype.size() as i64;
    let overflows = || {
        Error::runtime(format!(
            "Storage size calculation overflowed with sizes={} and strides={}",
            shape::list(sizes),
            shape::list(strides)
        ))
    };
    if sizes.iter().any(|&n| n < 0) {
        return Err(overflows());
    }
    if offset < 0 {
        return Err(Error::runtime(format!("Tensor: invalid storage offset {offset}")));
    }
    if let Some((_, high)) = operand::extent(sizes, strides, offset) {
        let end = high.checked_add(1).and_then(|n| n.checked_mul(item)).ok_or_else(overflows)?;
        let bytes = g.storage.bytes() as i64;
        if end > bytes {
            return Err(Error::runtime(format!(
                "setStorage: sizes {}, strides {}, storage offset {offset}, and itemsize {item} requiring a storage size of \
                 {end} are out of bounds for storage of size {bytes}",
                shape::list(sizes),
                shape::list(strides)
            )));
        }
    }
    Ok(Geometry::new(g.dtype, Dims::new(sizes)?, Dims::new(strides)?, offset, g.storage.clone()))
}

/// `as_strided`: a view of any geometry in the tensor's storage.
pub(in crate::ops) fn as_strided(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    as_strided_by(t, asked(t, args, 1)?).map(Output::One)
}

fn as_strided_by(t: &Tensor, asked: Layout<'_>) -> Result<Tensor> {
    let shown = strided(t, asked)?;
    let params = geometries(t, &shown)?;
    make_as(view::AsStrided::OPERATOR, 0, t, shown, params)
}

/// `as_strided_`: the tensor itself by another geometry.
pub(in crate::ops) fn as_strided_(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let asked = asked(t, args, 1)?;
    if asked.0.iter().any(|&n| n < 0) || shape::numel(asked.0).is_none() {
        return Err(Error::numel_overflow());
    }
    let shown = strided(t, asked)?;
    let params = geometries(t, &shown)?;
    let place = (Dims::new(asked.0)?, Dims::new(asked.1)?, asked.2);
    take_on(view::AsStrided::OPERATOR, 1, t, place, params, |x| as_strided_by(x, asked))?;
    Ok(Output::One(t.clone()))
}

fn view_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    jvp.set_view(0)
}

fn unfold(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let (t, size, step) = (tensor(args, 0)?, args[2].int(0), args[3].int(0));
    let dim = shape::wrap_dim(args[1].int(0), t.ndim())?;
    let n = t.geometry().shape.get(dim).copied().unwrap_or(1);
    let refused = |text: String| Err(Error::runtime(text));
    if size < 0 {
        return refused(format!("size is {size} but must be >= 0"));
    }
    if size > n {
        return refused(format!("maximum size for tensor at dimension {dim} is {n} but size is {size}"));
    }
    if step <= 0 {
        return refused(format!("step is {step} but must be > 0"));
    }
    windows(t, dim, size, step).map(Output::One)
}

/// The strides of a tensor's windows along `dim`, one every `step`.
fn window_strides(g: &Geometry, dim: usize, step: i64) -> Result<Dims> {
    let rank = g.shape.len();
    let mut strides = Dims::zeros(rank + 1)?;
    strides[..rank].copy_from_slice(&g.strides);
    strides[rank] = g.strides.get(dim).copied().unwrap_or(1);
    if rank > 0 {
        strides[dim] = g.strides[dim].saturating_mul(step);
    }
    Ok(strides)
}

/// Windows of `size` along `dim`, one every `step`.
fn windows(t: &Tensor, dim: usize, size: i64, step: i64) -> Result<Tensor> {
    let g = t.geometry();
    let rank = g.shape.len();
    let (mut sizes, strides) = (Dims::zeros(rank + 1)?, window_strides(&g, dim, step)?);
    sizes[..rank].copy_from_slice(&g.shape);
    sizes[rank] = size;
    if rank > 0 {
        sizes[dim] = (g.shape[dim] - size) / step + 1;
    }
    let offset = g.offset;
    drop(g);
    make(Unfold::OPERATOR, 0, t, (&sizes, &strides, offset), || Ok(Params::ints([dim as i64, size, step, 0])))
}

fn unfold_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let [dim, size, step, _] = vjp.params()?.ints;
    let x_bar = folded(vjp.g()?, &vjp.meta(0)?.1, dim as usize, size, step)?;
    vjp.add(0, x_bar)
}

/// Zeros of `sizes` to which each window of `g` is added where it lies.
fn folded(g: &Tensor, sizes: &[i64], dim: usize, size: i64, step: i64) -> Result<Tensor> {
    // Windows that follow each other and leave nothing over are all that there is.
    let whole = size == step && sizes.get(dim).is_some_and(|n| n % step == 0);
    let out = if whole { Tensor::empty(sizes, g.dtype())? } else { Tensor::full(sizes, 0.0, g.dtype())? };
    if g.numel() > 0 {
        let (from, to) = (g.geometry(), out.geometry());
        let strides = window_strides(&to, dim, step)?;
        let rank = strides.len() - 1;
        // Windows that do not meet are written, as in torch, which keeps the sign of a zero.
        let apart = size <= step && rank > 0;
        if apart {
            let dst = to.storage.dst(to.dtype, &from.shape, &strides, to.offset).ok_or_else(outside)?;
            let src = from.storage.src(from.dtype, &from.shape, &from.strides, from.offset).ok_or_else(outside)?;
            done(kernels::copy::copy(&dst, &src))?;
        }
        // What stands at one place of all windows does not meet. The last place first: of two windows that do, torch adds
        // the earlier one first.
        for i in (0..size).rev().filter(|_| !apart) {
            let (at, place) = (to.offset + i * strides[rank], from.offset + i * from.strides[rank]);
            let dst = to.storage.dst(to.dtype, &from.shape[..rank], &strides[..rank], at).ok_or_else(outside)?;
            let src = from.storage.src(from.dtype, &from.shape[..rank], &from.strides[..rank], place);
            done(kernels::reduce::sum_accumulate(&dst, &src.ok_or_else(outside)?))?;
        }
    }
    let params = Params { ints: [dim as i64, size, step, 0], ..Params::dims(Dims::new(sizes)?) };
    let (ins, params) = ([Operand::Tensor(g)], Some(params));
    Application { op: Fold::OPERATOR, variant: 0, ins: &ins, outs: &[&out], differentiable: 1, params }.finish()?;
    Ok(out)
}

fn fold_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let [dim, size, step, _] = vjp.params()?.ints;
    let g_bar = windows(vjp.g()?, dim as usize, size, step)?;
    vjp.add(0, g_bar)
}

fn fold_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    jvp.linear(0, |x_dot, params| folded(x_dot, &params.dims, params.ints[0] as usize, params.ints[1], params.ints[2]))
}
