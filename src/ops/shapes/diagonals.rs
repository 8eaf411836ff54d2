//! Diagonals: as views, as copies, and put into matrices of zeros; the trace.

use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::ops::adjoint::Vjp;
use crate::ops::application::finish_one;
use crate::ops::copy;
use crate::ops::out;
use crate::ops::row::Operator;
use crate::ops::shapes::reshape::{expand_recorded, reshape_to};
use crate::ops::structured::structured;
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::ops::view::{make, show};
use crate::shape::{self, Dims};
use crate::tape::Geometry;
use crate::tape::node::Params;
use crate::tensor::Tensor;

structured! { family 38;
    /// A diagonal of two dimensions, `offset` above the main one, as the last dimension: a view.
    ///
    /// Raises RuntimeError where the dimensions are the same, IndexError where one is out of range.
    Diagonal {
        "diagonal", grads ["DiagonalBackward0"], reads [0], vjp diagonal_vjp, jvp view_jvp;
        "diagonal(input, offset: int = 0, dim1: int = 0, dim2: int = 1)" BOTH => diagonal;
        fn diagonal(offset: i64, dim1: i64, dim2: i64) -> Tensor => diagonal;
    }
    /// A diagonal, as a copy.
    DiagonalCopy {
        "diagonal_copy", grads ["DiagonalBackward0_copy"], reads [0], vjp diagonal_vjp, jvp copy_jvp;
    }
    /// Zeros with the tensor on a diagonal: what a diagonal's cotangent becomes.
    DiagonalPut {
        "diagonal_backward", grads ["DiagonalBackwardBackward0"], reads [0], vjp extract_vjp, jvp put_jvp;
    }
    /// The last dimension's elements on a diagonal of two new dimensions, `offset` above the main one; zeros elsewhere.
    ///
    /// Raises RuntimeError where the dimensions are the same, IndexError where one is out of range.
    DiagEmbed {
        "diag_embed", grads ["DiagEmbedBackward0"], reads [0], vjp extract_vjp, jvp embed_jvp;
        "diag_embed(input, offset: int = 0, dim1: int = -2, dim2: int = -1)" BOTH => diag_embed;
        "diagflat(input, offset: int = 0)" BOTH => diagflat;
        fn diag_embed(offset: i64, dim1: i64, dim2: i64) -> Tensor => diag_embed;
        fn diagflat(offset: i64) -> Tensor => diagflat;
    }
    /// The sum of a matrix's diagonal.
    ///
    /// Raises RuntimeError for other than matrices.
    Trace {
        "trace", grads ["TraceBackward0"], reads [0], vjp trace_vjp, jvp trace_jvp;
        "trace(input)" BOTH => trace;
        fn trace() -> Tensor => trace;
    }
}

/// Which diagonal of which dimensions.
#[derive(Clone, Copy)]
pub(in crate::ops) struct Line {
    offset: i64,
    dims: [usize; 2],
}

impl Line {
    /// From a call's arguments, for a tensor of `n` dimensions.
    pub(in crate::ops) fn of(args: &[Arg<'_>], at: usize, usual: [i64; 2], n: usize) -> Result<Line> {
        let [a, b] = [1, 2].map(|i| args.get(at + i).map_or(usual[i - 1], |arg| arg.int(usual[i - 1])));
        let dims = [shape::wrap_dim(a, n)?, shape::wrap_dim(b, n)?];
        if dims[0] == dims[1] {
            return Err(Error::runtime(format!("diagonal dimensions cannot be identical {a}, {b}")));
        }
        Ok(Line { offset: args.get(at).map_or(0, |arg| arg.int(0)), dims })
    }

    /// As a node's parameters hold it.
    pub(in crate::ops) fn params(self) -> Params {
        Params::ints([self.offset, self.dims[0] as i64, self.dims[1] as i64, 0])
    }

    /// From a node's parameters.
    pub(in crate::ops) fn again(params: &Params) -> Line {
        let [offset, a, b, _] = params.ints;
        Line { offset, dims: [a as usize, b as usize] }
    }

    /// Extents, strides and the first element's place of the diagonal of a tensor.
    pub(in crate::ops) fn geometry(self, sizes: &[i64], strides: &[i64], offset: i64) -> Result<(Dims, Dims, i64)> {
        let [a, b] = self.dims;
        let (up, down) = (self.offset.max(0), self.offset.min(0));
        let n = sizes[a].saturating_add(down).min(sizes[b].saturating_sub(up)).max(0);
        let (mut shown, mut steps) = (Dims::zeros(sizes.len() - 1)?, Dims::zeros(sizes.len() - 1)?);
        for (to, from) in (0..sizes.len()).filter(|d| !self.dims.contains(d)).enumerate() {
            (shown[to], steps[to]) = (sizes[from], strides[from]);
        }
        let last = shown.len() - 1;
        (shown[last], steps[last]) = (n, strides[a].saturating_add(strides[b]));
        let start = if n > 0 { up * strides[b] - down * strides[a] } else { 0 };
        Ok((shown, steps, offset + start))
    }

    fn shown(self, g: &Geometry) -> Result<(Dims, Dims, i64)> {
        self.geometry(&g.shape, &g.strides, g.offset)
    }

    /// The diagonal of `t`: a recorded view.
    pub(in crate::ops) fn view(self, t: &Tensor) -> Result<Tensor> {
        let (sizes, strides, offset) = self.shown(&t.geometry())?;
        make(Diagonal::OPERATOR, 0, t, (&sizes, &strides, offset), || Ok(self.params()))
    }

    /// The diagonal of `t`, unrecorded.
    fn seen(self, t: &Tensor) -> Result<Tensor> {
        let (sizes, strides, offset) = self.shown(&t.geometry())?;
        show(t, (&sizes, &strides, offset))
    }

    /// The diagonal of `t`: a recorded copy.
    fn copied(self, t: &Tensor) -> Result<Tensor> {
        let seen = self.seen(t)?;
        let out = Tensor::empty(&seen.geometry().shape, t.dtype())?;
        copy::assign(&out, &seen)?;
        finish_one(DiagonalCopy::OPERATOR, t, &out, Some(self.params()))?;
        Ok(out)
    }

    /// Zeros of `sizes` with `g` on the diagonal: recorded as `op`.
    fn put(self, op: &'static Operator, g: &Tensor, sizes: &[i64]) -> Result<Tensor> {
        let out = Tensor::full(sizes, Scalar::Int(0), g.dtype())?;
        copy::assign(&self.seen(&out)?, g)?;
        finish_one(op, g, &out, Some(Params { ints: self.params().ints, ..Params::dims(Dims::new(sizes)?) }))?;
        Ok(out)
    }
}

fn view_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    jvp.set_view(0)
}

fn diagonal(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    Line::of(args, 1, [0, 1], t.ndim())?.view(t).map(Output::One)
}

fn diagonal_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let line = Line::again(&*vjp.params()?);
    let x_bar = line.put(DiagonalPut::OPERATOR, vjp.g()?, &vjp.meta(0)?.1)?;
    vjp.add(0, x_bar)
}

fn copy_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    jvp.linear(0, |x_dot, params| Line::again(params).copied(x_dot))
}

/// Of what lies on a diagonal the cotangent is the diagonal of the cotangent.
fn extract_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let x_bar = Line::again(&*vjp.params()?).view(vjp.g()?)?;
    vjp.add(0, x_bar)
}

fn put_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    jvp.linear(0, |x_dot, params| Line::again(params).put(DiagonalPut::OPERATOR, x_dot, &params.dims))
}

fn embed_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    jvp.linear(0, |x_dot, params| Line::again(params).put(DiagEmbed::OPERATOR, x_dot, &params.dims))
}

fn diag_embed(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    embedded(t, Line::of(args, 1, [-2, -1], t.ndim() + 1)?).map(Output::One)
}

/// The last dimension of `t` on a diagonal of two new ones.
fn embedded(t: &Tensor, line: Line) -> Result<Tensor> {
    let own = t.geometry().shape.duplicate()?;
    let last = own.last().copied().ok_or_else(|| Error::index("a tensor without dimensions has no last one"))?;
    let n = i64::try_from(line.offset.unsigned_abs()).ok().and_then(|m| m.checked_add(last));
    let n = n.ok_or_else(Error::numel_overflow)?;
    let mut sizes = Dims::zeros(own.len() + 1)?;
    let mut rest = own.iter();
    for (d, size) in sizes.iter_mut().enumerate() {
        *size = if line.dims.contains(&d) { n } else { rest.next().copied().unwrap_or(n) };
    }
    line.put(DiagEmbed::OPERATOR, t, &sizes)
}

fn diagflat(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let flat = reshape_to(&copy::contiguous(tensor(args, 0)?)?, &[-1])?;
    embedded(&flat, Line { offset: args.get(1).map_or(0, |a| a.int(0)), dims: [0, 1] }).map(Output::One)
}

/// `diag`: a vector as a diagonal, or a matrix's diagonal as a copy.
pub(in crate::ops) fn diag(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let line = Line { offset: args.get(1).map_or(0, |a| a.int(0)), dims: [0, 1] };
    let out = match (t.ndim(), target) {
        (1, Target::Out(out)) if !t.dtype().can_cast(out.dtype()) => {
            let (own, wanted) = (t.dtype().scalar_name(), out.dtype().scalar_name());
            let text = format!("diag: result type {own} can't be cast to the desired out= type {wanted}");
            return Err(Error::runtime(text));
        }
        (1, _) => embedded(t, line)?,
        (2, _) => line.copied(t)?,
        (n, Target::Out(_)) => return Err(Error::runtime(format!("Supports 1D or 2D tensors. Got {n}D"))),
        (n, _) => return Err(Error::runtime(format!("diag(): Supports 1D or 2D tensors. Got {n}D"))),
    };
    out::give("diag", out, target, out::SAME).map(Output::One)
}

fn trace(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    trace_of(tensor(args, 0)?).map(Output::One)
}

fn trace_of(t: &Tensor) -> Result<Tensor> {
    if t.dtype() == DType::Bool {
        return Err(Error::not_implemented("\"trace\" not implemented for 'Bool'"));
    }
    if t.ndim() != 2 {
        return Err(Error::runtime(format!("trace: expected a matrix, but got tensor with dim {}", t.ndim())));
    }
    let (dtype, line) = (t.dtype(), Line { offset: 0, dims: [0, 1] }.seen(t)?);
    // One after the other, as torch adds them: in float64, half types in float32, integers modulo 2^64.
    let (sum, result) = match dtype {
        d if d.is_integral() => {
            (Scalar::Int(line.to_vec::<i64>()?.iter().fold(0, |sum, x| sum.wrapping_add(*x))), DType::Int64)
        }
        d if d.is_half() => (Scalar::Float(line.to_vec::<f32>()?.iter().fold(0f32, |sum, x| sum + x).into()), d),
        d if d.is_complex() => {
            let add = |sum: [f64; 2], x: &[f64; 2]| [sum[0] + x[0], sum[1] + x[1]];
            let [re, im] = line.to_vec::<[f64; 2]>()?.iter().fold([0.0; 2], add);
            (Scalar::Complex(re, im), d)
        }
        d => (Scalar::Float(line.to_vec::<f64>()?.iter().fold(0.0, |sum, x| sum + x)), d),
    };
    let out = Tensor::converted(&[], sum, result)?;
    finish_one(Trace::OPERATOR, t, &out, Some(Params::ints([0; 4])))?;
    Ok(out)
}

fn trace_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let sizes = vjp.meta(0)?.1;
    let line = Line { offset: 0, dims: [0, 1] };
    let spread = expand_recorded(vjp.g()?, &[sizes[0].min(sizes[1])])?;
    let x_bar = line.put(DiagonalPut::OPERATOR, &spread, &sizes)?;
    vjp.add(0, x_bar)
}

fn trace_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    jvp.linear(0, |x_dot, _| trace_of(x_dot))
}
