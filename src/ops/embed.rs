//! Zeros with something written into them: where the cotangents of parts of a tensor go.
//!
//! torch has each as an operator of its own, so that a gradient of a gradient shows its name and reads the
//! part again instead of keeping a copy.

use super::adjoint::Vjp;
use super::apply::{Application, Operand};
use super::copy;
use super::reshape::{select_at, slice_at};
use super::row::Operator;
use super::structured::structured;
use super::tangent::Jvp;
use super::view::{expand_to, show};
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels;
use crate::shape::{self, Dims};
use crate::tape::mode::GradMode;
use crate::tape::node::Params;
use crate::tensor::{Tensor, done, src};

structured! { family 9;
    /// Zeros with the tensor at one index, or in a range, of one dimension.
    Embed {
        "slice_backward", grads ["SelectBackwardBackward0", "SliceBackwardBackward0"], reads [0], vjp embed_vjp, jvp embed_jvp;
    }
    /// Zeros with the tensor at the places that indices name along one dimension.
    PutAlong {
        "scatter", grads ["ScatterBackward0", "ScatterAddBackward0"], reads [0, 0b100], vjp put_vjp, jvp put_jvp;
    }
    /// The elements that indices name along one dimension.
    TakeAlong {
        "gather", grads ["GatherBackward0"], reads [0b10], vjp take_vjp, jvp take_jvp;
    }
}

/// A range of one dimension; a step of 0 is one index, whose dimension goes.
#[derive(Clone, Copy)]
pub struct Part {
    /// The dimension.
    pub dim: usize,
    /// Its first index.
    pub start: i64,
    /// The end of its indices.
    pub end: i64,
    /// From one index to the next.
    pub step: i64,
}

impl Part {
    /// As a node's parameters hold it.
    pub fn ints(self) -> [i64; 4] {
        [self.dim as i64, self.start, self.end, self.step]
    }

    /// From a node's parameters.
    pub fn of(params: &Params) -> Part {
        let [dim, start, end, step] = params.ints;
        Part { dim: dim as usize, start, end, step }
    }

    /// Shape, strides and offset of this part of a tensor of `sizes`, `strides` and `offset`.
    pub fn geometry(self, sizes: &[i64], strides: &[i64], offset: i64) -> Result<(Dims, Dims, i64)> {
        let Part { dim, start, end, step } = self;
        let offset = offset + start * strides[dim];
        if step > 0 {
            let (mut part, mut steps) = (Dims::new(sizes)?, Dims::new(strides)?);
            part[dim] = if end > start { (end - start - 1) / step + 1 } else { 0 };
            steps[dim] = steps[dim].saturating_mul(step);
            return Ok((part, steps, offset));
        }
        let (mut part, mut steps) = (Dims::zeros(sizes.len() - 1)?, Dims::zeros(sizes.len() - 1)?);
        for (to, from) in (0..sizes.len()).filter(|&i| i != dim).enumerate() {
            (part[to], steps[to]) = (sizes[from], strides[from]);
        }
        Ok((part, steps, offset))
    }
}

/// Zeros of `sizes` with `g` in the place of `part`.
pub fn embed(g: &Tensor, sizes: &[i64], part: Part) -> Result<Tensor> {
    let out = Tensor::full(sizes, 0.0, g.dtype())?;
    let (window, strides, offset) = part.geometry(sizes, &shape::contiguous_strides(sizes)?, 0)?;
    copy::assign(&show(&out, window, strides, offset)?, g)?;
    let params = Params { ints: part.ints(), ..Params::dims(Dims::new(sizes)?) };
    finish(Embed::OPERATOR, (part.step > 0) as u8, &[Operand::Tensor(g)], &out, params)?;
    Ok(out)
}

fn finish(op: &'static Operator, variant: u8, ins: &[Operand<'_>], out: &Tensor, params: Params) -> Result<()> {
    Application { op, variant, ins, outs: &[out], differentiable: 1, params: Some(params) }.finish()
}

fn embed_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let Part { dim, start, end, step } = Part::of(&*vjp.params()?);
    let g = vjp.g()?;
    let x_bar = if step == 0 { select_at(g, dim as i64, start)? } else { slice_at(g, dim, start, end, step)? };
    vjp.add(0, x_bar)
}

fn embed_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    jvp.linear(0, |x_dot, params| embed(x_dot, &params.dims, Part::of(params)))
}

/// A tensor of `sizes` as (outer, extent of `dim`, inner).
fn flat(sizes: &[i64], dim: usize) -> [i64; 3] {
    let inner = sizes.iter().skip(dim + 1).product();
    [sizes[..dim].iter().product(), sizes.get(dim).copied().unwrap_or(1), inner]
}

/// `t`, whose elements lie in one run, in the shape `sizes`.
fn seen_as(t: &Tensor, sizes: &[i64]) -> Result<Tensor> {
    let offset = t.geometry().offset;
    show(t, Dims::new(sizes)?, shape::contiguous_strides(sizes)?, offset)
}

/// Runs `f` with the indices of all three dimensions of [`flat`].
fn with_places<R>(
    index: &Tensor,
    [outer, extent, inner]: [i64; 3],
    f: impl FnOnce(&[kernels::operand::Src]) -> R,
) -> Result<R> {
    let wide = [outer, extent, inner];
    let column = |n: i64, sizes: &[i64]| -> Result<Tensor> {
        let t = Tensor::empty(&[n], DType::Int64)?;
        done(t.write(|dst| kernels::copy::arange(dst, Scalar::Int(0), Scalar::Int(1)))?)?;
        expand_to(&seen_as(&t, sizes)?, &wide)
    };
    let own = seen_as(&copy::contiguous(index)?, &wide)?;
    let columns = [column(outer, &[outer, 1, 1])?, own, column(inner, &[1, 1, inner])?];
    let borrows = columns.each_ref().map(Tensor::geometry);
    let [a, b, c] = &borrows;
    Ok(f(&[src(a)?, src(b)?, src(c)?]))
}

fn fault(dim: usize) -> impl FnOnce(kernels::index::IndexFault) -> Error {
    move |f| Error::index(format!("index {} is out of bounds for dimension {dim} with size {}", f.index, f.size))
}

/// The elements of `x` that `index` (of the same rank) names along `dim`.
pub fn take_along(x: &Tensor, dim: usize, index: &Tensor) -> Result<Tensor> {
    let (own, wanted) = (x.shape(), index.shape());
    let out = Tensor::empty(&wanted, x.dtype())?;
    {
        let _off = GradMode::new(false);
        let from = seen_as(&copy::contiguous(x)?, &flat(&own, dim))?;
        let to = seen_as(&out, &flat(&wanted, dim))?;
        let g = from.geometry();
        let s = src(&g)?;
        let taken = with_places(index, flat(&wanted, dim), |i| to.write(|dst| kernels::index::index_get(dst, &s, i)))??;
        done(taken.map_err(fault(dim))?)?;
    }
    let params = Params::ints([dim as i64, 0, 0, 0]);
    finish(TakeAlong::OPERATOR, 0, &[Operand::Tensor(x), Operand::Tensor(index)], &out, params)?;
    Ok(out)
}

/// Zeros of `sizes` with `g` at the places that `index` names along `dim`; `variant` 1 says that it may name a
/// place twice.
pub fn put_along(sizes: &[i64], dim: usize, index: &Tensor, g: &Tensor, variant: u8) -> Result<Tensor> {
    let out = Tensor::full(sizes, 0.0, g.dtype())?;
    {
        let _off = GradMode::new(false);
        let wanted = index.shape();
        let from = seen_as(&copy::contiguous(g)?, &flat(&wanted, dim))?;
        let to = seen_as(&out, &flat(sizes, dim))?;
        let g = from.geometry();
        let s = src(&g)?;
        let put = with_places(index, flat(&wanted, dim), |i| {
            to.write(|dst| kernels::index::index_put(dst, &s, i, variant == 1))
        })??;
        done(put.map_err(fault(dim))?)?;
    }
    let params = Params { ints: [dim as i64, 0, 0, 0], ..Params::dims(Dims::new(sizes)?) };
    let ins = [Operand::Number(Scalar::Int(0)), Operand::Tensor(g), Operand::Tensor(index)];
    finish(PutAlong::OPERATOR, variant, &ins, &out, params)?;
    Ok(out)
}

fn put_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let dim = vjp.params()?.ints[0] as usize;
    let v_bar = take_along(vjp.g()?, dim, &vjp.saved_tensor(2)?)?;
    vjp.add(1, v_bar)
}

fn put_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let (Some(v_dot), Some(params)) = (jvp.x_dot(1), jvp.params) else { return Ok(()) };
    let y_dot = put_along(&params.dims, params.ints[0] as usize, jvp.primal(2)?, v_dot, 1)?;
    jvp.set(0, y_dot)
}

fn take_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let dim = vjp.params()?.ints[0] as usize;
    let (_, sizes) = vjp.meta(0)?;
    let x_bar = put_along(&sizes, dim, &vjp.saved_tensor(1)?, vjp.g()?, 1)?;
    vjp.add(0, x_bar)
}

fn take_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let (Some(x_dot), Some(params)) = (jvp.x_dot(0), jvp.params) else { return Ok(()) };
    let y_dot = take_along(x_dot, params.ints[0] as usize, jvp.primal(1)?)?;
    jvp.set(0, y_dot)
}
