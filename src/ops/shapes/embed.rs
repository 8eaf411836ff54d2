//! Zeros with something written into them: where the cotangents of parts of a tensor go.
//!
//! torch has each as an operator of its own, so that a gradient of a gradient shows its name and reads the
//! part again instead of keeping a copy.

use crate::error::Result;
use crate::ops::adjoint::Vjp;
use crate::ops::application::Application;
use crate::ops::apply::Operand;
use crate::ops::copy;
use crate::ops::row::Operator;
use crate::ops::shapes::reshape::{select_at, slice_at};
use crate::ops::structured::structured;
use crate::ops::tangent::Jvp;
use crate::ops::view::show;
use crate::shape::{self, Dims};
use crate::tape::node::Params;
use crate::tensor::Tensor;

structured! { family 9;
    /// Zeros with the tensor at one index, or in a range, of one dimension.
    Embed {
        "slice_backward", grads ["SelectBackwardBackward0", "SliceBackwardBackward0"], reads [0], vjp embed_vjp, jvp embed_jvp;
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
    #[inline]
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
    copy::assign(&show(&out, (&window, &strides, offset))?, g)?;
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
