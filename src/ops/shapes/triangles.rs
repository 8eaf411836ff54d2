//! Matrices with the elements on one side of a diagonal set to 0: tril, triu.

use crate::dtype::Scalar;
use crate::error::{Error, Result};
use crate::kernels;
use crate::kernels::triangle::{Triangle, copy_triangle};
use crate::ops::adjoint::Vjp;
use crate::ops::application::Application;
use crate::ops::apply::Operand;
use crate::ops::copy;
use crate::ops::edge::wants_gradient;
use crate::ops::inplace;
use crate::ops::out;
use crate::ops::row::Operator;
use crate::ops::structured::structured;
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::tape::node::Params;
use crate::tensor::{Tensor, done, outside};

structured! { family 39;
    /// Each matrix with what lies above a diagonal set to 0.
    ///
    /// Raises RuntimeError for fewer than two dimensions.
    Tril {
        "tril", grads ["TrilBackward0"], reads [0], vjp triangle_vjp, jvp triangle_jvp;
        "tril(input, diagonal: extent = 0, *, out = None)" ALL => |args, target| triangle(Tril::OPERATOR, args, target);
        fn tril(diagonal: i64) -> Tensor => |args, target| triangle(Tril::OPERATOR, args, target);
    }
    /// Each matrix with what lies below a diagonal set to 0.
    ///
    /// Raises RuntimeError for fewer than two dimensions.
    Triu {
        "triu", grads ["TriuBackward0"], reads [0], vjp triangle_vjp, jvp triangle_jvp;
        "triu(input, diagonal: extent = 0, *, out = None)" ALL => |args, target| triangle(Triu::OPERATOR, args, target);
        fn triu(diagonal: i64) -> Tensor => |args, target| triangle(Triu::OPERATOR, args, target);
    }
}

fn kept(op: &'static Operator, diagonal: i64) -> Triangle {
    Triangle { diagonal, lower: op.number == Tril::OPERATOR.number }
}

fn triangle(op: &'static Operator, args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (t, diagonal) = (tensor(args, 0)?, args.get(1).map_or(0, |a| a.int(0)));
    if t.ndim() < 2 {
        return Err(Error::runtime(format!("{}: input tensor must have at least 2 dimensions", op.name)));
    }
    if let Target::InPlace = target {
        return over(op, t, diagonal).map(|()| Output::One(t.clone()));
    }
    out::give(op.name, triangle_of(op, t, diagonal)?, target, out::SAME).map(Output::One)
}

/// The triangle of `t`, contiguous and unrecorded.
fn computed(op: &'static Operator, t: &Tensor, diagonal: i64) -> Result<Tensor> {
    let out = Tensor::empty(&t.geometry().shape, t.dtype())?;
    let from = if t.is_contiguous() { t } else { &out };
    if !t.is_contiguous() {
        copy::assign(&out, t)?;
    }
    done(out.write(|dst| from.read(|src| copy_triangle(dst, src, kept(op, diagonal))))??)?;
    Ok(out)
}

fn triangle_of(op: &'static Operator, t: &Tensor, diagonal: i64) -> Result<Tensor> {
    let out = computed(op, t, diagonal)?;
    let (ins, params) = ([Operand::Tensor(t)], Some(Params::ints([diagonal, 0, 0, 0])));
    Application { op, variant: 0, ins: &ins, outs: &[&out], differentiable: 1, params }.finish()?;
    Ok(out)
}

/// The same, written over `t`.
fn over(op: &'static Operator, t: &Tensor, diagonal: i64) -> Result<()> {
    inplace::check_history(t, wants_gradient(t))?;
    let (ins, params) = ([Operand::Tensor(t)], Some(Params::ints([diagonal, 0, 0, 0])));
    Application { op, variant: 0, ins: &ins, outs: &[t], differentiable: 1, params }.write(
        &inplace::Before::nothing(),
        || {
            if t.is_contiguous() {
                return done(t.write(|dst| copy_triangle(dst, &dst.as_src(), kept(op, diagonal)))?);
            }
            clear(t, kept(op, diagonal))
        },
    )
}

/// Sets what lies outside of the triangle of each matrix to 0, row by row.
fn clear(t: &Tensor, triangle: Triangle) -> Result<()> {
    let g = t.geometry();
    g.storage.make_writable()?;
    let last = g.shape.len() - 1;
    // The rows of one number in all matrices; of those a part.
    let (mut sizes, strides) = (g.shape.duplicate()?, &g.strides);
    sizes[last - 1] = 1;
    for row in 0..g.shape[last - 1] {
        let kept = triangle.kept(row, g.shape[last]);
        for (start, end) in [(0, kept.start as i64), (kept.end as i64, g.shape[last])] {
            sizes[last] = end - start;
            let offset = g.offset + row * strides[last - 1] + start * strides[last];
            let dst = g.storage.dst(g.dtype, &sizes, strides, offset).ok_or_else(outside)?;
            done(kernels::copy::fill(&dst, Scalar::Int(0)))?;
        }
    }
    Ok(())
}

fn triangle_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let x_bar = triangle_of(vjp.op, vjp.g()?, vjp.params()?.ints[0])?;
    vjp.add(0, x_bar)
}

fn triangle_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let op = jvp.op;
    jvp.linear(0, |x_dot, params| triangle_of(op, x_dot, params.ints[0]))
}
