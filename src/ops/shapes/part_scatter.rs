//! Copies of a tensor with a part of it replaced: select_scatter, slice_scatter, diagonal_scatter, as_strided_scatter.

use crate::dtype::Scalar;
use crate::error::{Error, Result};
use crate::kernels::operand;
use crate::ops::adjoint::Vjp;
use crate::ops::application::Application;
use crate::ops::apply::Operand;
use crate::ops::copy;
use crate::ops::layout::empty_as;
use crate::ops::out;
use crate::ops::row::Operator;
use crate::ops::shapes::diagonals::Line;
use crate::ops::shapes::embed::Part;
use crate::ops::shapes::reshape::{select_at, slice_at};
use crate::ops::shapes::strided::strided;
use crate::ops::structured::structured;
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Format, Output, Target, tensor};
use crate::ops::view::{self, geometries, show};
use crate::shape::{self, Dims};
use crate::tape::node::Params;
use crate::tensor::Tensor;

structured! { family 46;
    /// A copy of the tensor with `src` at one index of a dimension.
    ///
    /// Raises RuntimeError where `src` has another shape than what it replaces, IndexError for an index out of range.
    SelectScatter {
        "select_scatter", grads ["SelectScatterBackward0"], reads [0, 0], vjp replaced_vjp, jvp replaced_jvp;
        "select_scatter(input, src, dim: int, index: extent)" BOTH => select_scatter;
        fn select_scatter(src: &Tensor, dim: i64, index: i64) -> Tensor => select_scatter;
    }
    /// A copy of the tensor with `src` in a range of a dimension.
    ///
    /// Raises RuntimeError where `src` has another shape than what it replaces or the step is not above 0.
    SliceScatter {
        "slice_scatter", grads ["SliceScatterBackward0"], reads [0, 0], vjp replaced_vjp, jvp replaced_jvp;
        "slice_scatter(input, src, dim: int = 0, start: extent = None, end: extent = None, step: extent = 1, *, out = None)" BOTH => slice_scatter;
        fn slice_scatter(src: &Tensor, dim: i64, start: Option<i64>, end: Option<i64>, step: i64) -> Tensor => slice_scatter;
    }
    /// A copy of the tensor with `src` on a diagonal of two dimensions.
    ///
    /// Raises RuntimeError where `src` has another shape than what it replaces or the dimensions are the same.
    DiagonalScatter {
        "diagonal_scatter", grads ["DiagonalScatterBackward0"], reads [0, 0], vjp replaced_vjp, jvp replaced_jvp;
        "diagonal_scatter(input, src, offset: int = 0, dim1: int = 0, dim2: int = 1)" BOTH => diagonal_scatter;
        fn diagonal_scatter(src: &Tensor, offset: i64, dim1: i64, dim2: i64) -> Tensor => diagonal_scatter;
    }
}

/// What is replaced.
#[derive(Clone, Copy)]
enum Piece {
    Part(Part),
    Line(Line),
}

impl Piece {
    fn again(params: &Params) -> Piece {
        match params.flag {
            true => Piece::Line(Line::again(params)),
            false => Piece::Part(Part::of(params)),
        }
    }

    fn params(self) -> Params {
        match self {
            Piece::Part(part) => Params::ints(part.ints()),
            Piece::Line(line) => Params { flag: true, ..line.params() },
        }
    }

    fn geometry(self, sizes: &[i64], strides: &[i64], offset: i64) -> Result<(Dims, Dims, i64)> {
        match self {
            Piece::Part(part) => part.geometry(sizes, strides, offset),
            Piece::Line(line) => line.geometry(sizes, strides, offset),
        }
    }

    /// It of `t`: a recorded view.
    fn view(self, t: &Tensor) -> Result<Tensor> {
        match self {
            Piece::Part(Part { dim, start, step: 0, .. }) => select_at(t, dim as i64, start),
            Piece::Part(Part { dim, start, end, step }) => slice_at(t, dim, start, end, step),
            Piece::Line(line) => line.view(t),
        }
    }
}

fn select_scatter(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let (t, src) = (tensor(args, 0)?, tensor(args, 1)?);
    if t.ndim() == 0 {
        return Err(Error::index("select() cannot be applied to a 0-dim tensor."));
    }
    let dim = shape::wrap_dim(args[2].int(0), t.ndim())?;
    let (n, index) = (t.geometry().shape[dim], args[3].int(0));
    if index < -n || index >= n {
        let sizes = shape::list(&t.geometry().shape);
        return Err(Error::index(format!(
            "select(): index {index} out of range for tensor of size {sizes} at dimension {dim}"
        )));
    }
    let index = if index < 0 { index + n } else { index };
    let part = Part { dim, start: index, end: index + 1, step: 0 };
    replaced(SelectScatter::OPERATOR, t, src, Piece::Part(part)).map(Output::One)
}

fn slice_scatter(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (t, src) = (tensor(args, 0)?, tensor(args, 1)?);
    let given = |i: usize, usual: i64| args.get(i).map_or(usual, |a| a.int(usual));
    let step = given(5, 1);
    if t.ndim() == 0 {
        return Err(Error::index("slice() cannot be applied to a 0-dim tensor."));
    }
    let dim = shape::wrap_dim(given(2, 0), t.ndim())?;
    if step <= 0 {
        return Err(Error::runtime("slice step must be positive"));
    }
    let n = t.geometry().shape[dim];
    let within = |x: i64| if x < 0 { x.saturating_add(n).max(0) } else { x.min(n) };
    let start = within(given(3, 0));
    let part = Part { dim, start, end: within(given(4, n)).max(start), step };
    let made = replaced(SliceScatter::OPERATOR, t, src, Piece::Part(part))?;
    out::give("slice_scatter", made, target, out::SAME).map(Output::One)
}

fn diagonal_scatter(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let (t, src) = (tensor(args, 0)?, tensor(args, 1)?);
    let line = Line::of(args, 2, [0, 1], t.ndim())?;
    replaced(DiagonalScatter::OPERATOR, t, src, Piece::Line(line)).map(Output::One)
}

fn check_size(src: &[i64], slice: &[i64]) -> Result<()> {
    if src == slice {
        return Ok(());
    }
    Err(Error::runtime(format!(
        "expected src to have a size equal to the slice of self. src size = {}, slice size = {}",
        shape::list(src),
        shape::list(slice)
    )))
}

/// `t` with `src` in the place of `piece`: a recorded copy that lies as `t` does, gaps included.
fn replaced(op: &'static Operator, t: &Tensor, src: &Tensor, piece: Piece) -> Result<Tensor> {
    let out = laid_like(t)?;
    {
        let (sizes, strides, offset) = {
            let g = out.geometry();
            piece.geometry(&g.shape, &g.strides, g.offset)?
        };
        check_size(&src.geometry().shape, &sizes)?;
        copy::assign(&out, t)?;
        copy::assign(&show(&out, (&sizes, &strides, offset))?, src)?;
    }
    let (ins, params) = ([Operand::Tensor(t), Operand::Tensor(src)], Some(piece.params()));
    Application { op, variant: 0, ins: &ins, outs: &[&out], differentiable: 1, params }.finish()?;
    Ok(out)
}

/// Unspecified elements of the shape and strides of `t`; dense ones where `t` is expanded.
pub(in crate::ops) fn laid_like(t: &Tensor) -> Result<Tensor> {
    let g = t.geometry();
    let dense = g.contiguous || shape::is_dense(&g.shape, &g.strides) || shape::overlaps_itself(&g.shape, &g.strides);
    let extent = operand::extent(&g.shape, &g.strides, 0);
    match extent.filter(|_| !dense) {
        None => {
            drop(g);
            empty_as(t, t.dtype(), Format::Preserve)
        }
        Some((low, high)) => {
            let n = high.checked_sub(low).and_then(|n| n.checked_add(1)).ok_or_else(Error::numel_overflow)?;
            let paper = Tensor::empty(&[n], g.dtype)?;
            show(&paper, (&g.shape, &g.strides, -low))
        }
    }
}

fn replaced_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let piece = Piece::again(&*vjp.params()?);
    let g = vjp.g()?;
    if vjp.wants(0) {
        let (sizes, ..) = {
            let g = g.geometry();
            piece.geometry(&g.shape, &g.strides, g.offset)?
        };
        let zeros = Tensor::full(&sizes, Scalar::Int(0), g.dtype())?;
        let x_bar = replaced(vjp.op, g, &zeros, piece)?;
        vjp.add(0, x_bar)?;
    }
    if vjp.wants(1) {
        let src_bar = piece.view(g)?;
        vjp.add(1, src_bar)?;
    }
    Ok(())
}

fn replaced_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let Some(params) = jvp.params else { return Ok(()) };
    let (piece, op) = (Piece::again(params), jvp.op);
    let zeros = |i: usize| copy::zeros_like(jvp.primal(i)?);
    let x_dot = jvp.x_dot(0).cloned().map_or_else(|| zeros(0), Ok)?;
    let src_dot = jvp.x_dot(1).cloned().map_or_else(|| zeros(1), Ok)?;
    let y_dot = replaced(op, &x_dot, &src_dot, piece)?;
    jvp.set(0, y_dot)
}

/// `as_strided_scatter`: a copy with `src` in the place of a view of any geometry.
pub(in crate::ops) fn as_strided_scatter(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let (t, src) = (tensor(args, 0)?, tensor(args, 1)?);
    let list = |i: usize| args.get(i).and_then(Arg::dims).ok_or_else(|| Error::type_error("sizes are missing"));
    let own = t.geometry().offset;
    let shown = strided(t, (list(2)?, list(3)?, args.get(4).map_or(own, |a| a.int(own))))?;
    check_size(&src.geometry().shape, &shown.shape)?;
    let params = geometries(t, &shown)?;
    view::scattered_as(view::REPLACED, Some(t), Some(src), &params).map(Output::One)
}
