//! The largest and the smallest: max, min, amax, amin, aminmax.

use super::{Amax, Amin, Aminmax, Max, Min};
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels;
use crate::kernels::reduce::Extreme;
use crate::ops::adjoint::Vjp;
use crate::ops::application::Application;
use crate::ops::apply::{Operand, pointwise};
use crate::ops::elements::compare::{Eq, Ne};
use crate::ops::elements::pointwise::{Add, Div, MaskedFill, Mul};
use crate::ops::picks::{put_along, take_along};
use crate::ops::reductions::reduce::{Over, binary, mask_of, record, reduce, reduced, restore, sum_all, sum_dims};
use crate::ops::row::{Operator, RESULT};
use crate::ops::shapes::reshape::reshape_to;
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::ops::{copy, out};
use crate::shape;
use crate::tape::mode::GradMode;
use crate::tape::node::Params;
use crate::tensor::{Tensor, done, src};

type Kernel = fn(&kernels::operand::Dst, &kernels::operand::Src) -> bool;

/// One end of the order: its operator, names, kernels.
#[derive(Clone, Copy)]
pub struct End {
    op: &'static Operator,
    named: out::Named,
    kernel: Kernel,
    with_places: Extreme,
}

/// The largest.
pub const LARGEST: End = End {
    op: Max::OPERATOR,
    named: out::named!("max", "values", "indices"),
    kernel: kernels::reduce::max,
    with_places: Extreme::Max,
};

/// The smallest.
pub const SMALLEST: End = End {
    op: Min::OPERATOR,
    named: out::named!("min", "values", "indices"),
    kernel: kernels::reduce::min,
    with_places: Extreme::Min,
};

pub(super) fn max(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    extreme(LARGEST, args, target)
}

pub(super) fn min(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    extreme(SMALLEST, args, target)
}

fn extreme(end: End, args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let (own, name) = (t.dtype(), end.named.name);
    let Some(Arg::Int(dim)) = args.get(1) else {
        if own.is_complex() {
            let own = own.scalar_name();
            return Err(Error::not_implemented(format!("\"{name}_all\" not implemented for '{own}'")));
        }
        if let Target::Out(to) = target
            && to.dtype() != own
            && !castable(own, to.dtype())
        {
            return Err(Error::runtime(
                "Expected canCast( typeMetaToScalarType(self.dtype()), typeMetaToScalarType(out.dtype())) to be true, but \
                 got false.  (Could this error message be improved?  If so, please report an enhancement request to \
                 PyTorch.)",
            ));
        }
        return out::give(name, extreme_of(end, t)?, target, out::CAST).map(Output::One);
    };
    if own.is_complex() {
        dim_of_some(end, t, *dim)?;
        return Err(Error::runtime(format!("{name}(): does not support complex input")));
    }
    let [values, indices] = extreme_along(end, t, *dim, args.get(2).is_some_and(Arg::truth))?;
    out::give_pair(end.named, [values, indices], out::pair(args.get(3))?, [out::SAME; 2], [&[out::Read::Whole(t)]; 2])
}

/// Whether torch writes results of one type to an `out=` of another.
fn castable(from: DType, to: DType) -> bool {
    from.category() <= to.category()
}

fn no_dim_of_nothing(name: &str) -> Error {
    Error::runtime(format!(
        "{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' \
         argument."
    ))
}

/// The largest (or smallest) element; nan where there is one.
pub fn extreme_of(end: End, t: &Tensor) -> Result<Tensor> {
    if t.numel() == 0 {
        return Err(no_dim_of_nothing(end.named.name));
    }
    let out = reduce(t, Over::new(u64::MAX, false), t.dtype(), end.kernel)?;
    record(end.op, 1, t, &out, u64::MAX, false)?;
    Ok(out)
}

/// The dimension that a number names, which has elements.
fn dim_of_some(end: End, t: &Tensor, dim: i64) -> Result<usize> {
    let dim = shape::wrap_dim(dim, t.ndim())?;
    match t.geometry().shape.get(dim) {
        Some(0) => {
            let name = end.named.name;
            Err(Error::index(format!("{name}(): Expected reduction dim {dim} to have non-zero size.")))
        }
        _ => Ok(dim),
    }
}

/// The largest (or smallest) elements along `dim`, and the index of the first such one.
pub fn extreme_along(end: End, t: &Tensor, dim: i64, keepdim: bool) -> Result<[Tensor; 2]> {
    let dim = dim_of_some(end, t, dim)?;
    let [values, indices] = places(end.with_places, t, dim, keepdim)?;
    let params = Some(Params { flag: keepdim, ..Params::ints([1 << dim, dim as i64, 0, 0]) });
    let outs = [&values, &indices];
    Application { op: end.op, variant: 0, ins: &[Operand::Tensor(t)], outs: &outs, differentiable: 1, params }
        .finish()?;
    Ok([values, indices])
}

/// The largest (or smallest) elements along `dim`, where there are some, and the first place of each. Nothing is recorded.
pub(super) fn places(end: Extreme, t: &Tensor, dim: usize, keepdim: bool) -> Result<[Tensor; 2]> {
    let g = t.geometry();
    let r = reduced(&g.shape, Over::new(1 << dim, keepdim))?;
    let (values, indices) = (Tensor::empty(&r.sizes, g.dtype)?, Tensor::empty(&r.sizes, DType::Int64)?);
    if g.shape.is_empty() {
        copy::assign(&values, t)?;
        indices.fill(Scalar::Int(0))?;
    } else if g.numel() > 0 {
        let source = src(&g)?;
        let mut sizes = g.shape.duplicate()?;
        sizes[dim] = 1;
        let strides = shape::contiguous_strides(&sizes)?;
        done(values.write_as(&sizes, &strides, |v| {
            indices.write_as(&sizes, &strides, |i| kernels::reduce::extreme_dim(end, v, i, &source, dim))
        })??)?;
    }
    drop(g);
    Ok([values, indices])
}

pub(super) fn extreme_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let params = vjp.params()?;
    let (mask, keepdim) = (params.ints[0] as u64, params.flag);
    let g = vjp.g()?;
    if vjp.node.variant == 0 {
        let (_, shape) = vjp.meta(0)?;
        let indices = restore(&vjp.saved_tensor(RESULT)?, mask, keepdim, shape.len())?;
        let g = restore(g, mask, keepdim, shape.len())?;
        let x_bar = put_along(&shape, params.ints[1] as usize, &indices, &g, 0)?;
        return vjp.add(0, x_bar);
    }
    share_back(vjp)
}

/// Shares the cotangent of one element among those that are equal to it.
pub fn share_back(vjp: &mut Vjp<'_>) -> Result<()> {
    let g = vjp.g()?;
    let (hits, n) = equals(&vjp.saved_tensor(0)?, &vjp.saved_tensor(RESULT)?)?;
    // In the usual order, as torch's gradient lies.
    let hits = copy::contiguous(&hits)?;
    let share = binary(Div::OPERATOR, Div::ROW, g, Operand::Tensor(&n))?;
    let ins = [Operand::Number(Scalar::Float(0.0)), Operand::Tensor(&share), Operand::Tensor(&hits)];
    let x_bar = pointwise(MaskedFill::OPERATOR, MaskedFill::ROW, 1, &ins, Target::Fresh)?;
    vjp.add(0, x_bar)
}

/// Which elements equal the one found, and how many they are. nan equals nan here.
fn equals(x: &Tensor, y: &Tensor) -> Result<(Tensor, Tensor)> {
    let _off = GradMode::new(false);
    let hits = if y.item()?.to_f64().is_nan() {
        binary(Ne::OPERATOR, Ne::ROW, x, Operand::Tensor(x))?
    } else {
        binary(Eq::OPERATOR, Eq::ROW, x, Operand::Tensor(y))?
    };
    let n = sum_all(&hits, None)?;
    Ok((hits, n))
}

pub(super) fn extreme_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let (Some(x_dot), Some(params)) = (jvp.x_dot(0), jvp.params) else { return Ok(()) };
    let x = jvp.primal(0)?;
    let y_dot = if let [values, indices] = jvp.outs {
        let indices = restore(indices, params.ints[0] as u64, params.flag, x.ndim())?;
        reshape_to(&take_along(x_dot, params.ints[1] as usize, &indices)?, &values.geometry().shape)?
    } else {
        return share_forward(jvp);
    };
    jvp.set(0, y_dot)
}

/// The mean of the tangents of those elements that are equal to the result.
pub fn share_forward(jvp: &mut Jvp<'_>) -> Result<()> {
    let Some(x_dot) = jvp.x_dot(0) else { return Ok(()) };
    let (hits, n) = equals(jvp.primal(0)?, jvp.outs[0])?;
    let sum = sum_all(&binary(Mul::OPERATOR, Mul::ROW, &hits, Operand::Tensor(x_dot))?, None)?;
    let y_dot = binary(Div::OPERATOR, Div::ROW, &sum, Operand::Tensor(&n))?;
    jvp.set(0, y_dot)
}

pub(super) fn amax(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    over_dims((Amax::OPERATOR, "max_values"), LARGEST.kernel, args, target)
}

pub(super) fn amin(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    over_dims((Amin::OPERATOR, "min_values"), SMALLEST.kernel, args, target)
}

fn over_dims(
    (op, what): (&'static Operator, &str),
    kernel: Kernel,
    args: &[Arg<'_>],
    target: Target<'_>,
) -> Result<Output> {
    let t = tensor(args, 0)?;
    let fits: out::Fits = Some(|result, out| {
        format!(
            "Expected the dtype for input and out to match, but got {} for input's dtype and {} for out's dtype.",
            result.scalar_name(),
            out.scalar_name()
        )
    });
    out::check(t.dtype(), target, fits)?;
    let dims = args.get(1).and_then(Arg::dims).filter(|dims| !dims.is_empty());
    let (mask, keepdim) = (mask_of(dims, t.ndim())?, args.get(2).is_some_and(Arg::truth));
    if t.numel() == 0 {
        refuse_nothing(op.name, &t.sizes()?, dims)?;
    }
    let out = dims_of(op, what, kernel, t, mask, (dims.is_some(), keepdim))?;
    out::give(op.name, out, target, fits).map(Output::One)
}

/// The largest elements over the dimensions in `mask`, as [`amax`] records it.
pub fn amax_over(t: &Tensor, mask: u64, keepdim: bool) -> Result<Tensor> {
    dims_of(Amax::OPERATOR, "max_values", LARGEST.kernel, t, mask, (true, keepdim))
}

/// The smallest elements over one dimension, as [`amin`] records it.
///
/// # Errors
/// Where there are none.
pub fn amin_along(t: &Tensor, dim: usize, keepdim: bool) -> Result<Tensor> {
    refuse_nothing("amin", &t.geometry().shape, Some(&[dim as i64]))?;
    dims_of(Amin::OPERATOR, "min_values", SMALLEST.kernel, t, 1 << dim, (true, keepdim))
}

fn dims_of(
    op: &'static Operator,
    what: &str,
    kernel: Kernel,
    t: &Tensor,
    mask: u64,
    (named, keepdim): (bool, bool),
) -> Result<Tensor> {
    if t.dtype().is_complex() {
        let own = t.dtype().scalar_name();
        return Err(Error::not_implemented(format!("\"{what}_cpu\" not implemented for '{own}'")));
    }
    let out = reduce(t, Over::new(mask, keepdim), t.dtype(), kernel)?;
    let params = Some(Params { flag: keepdim, ..Params::ints([mask as i64, 0, named as i64, 0]) });
    Application { op, variant: 0, ins: &[Operand::Tensor(t)], outs: &[&out], differentiable: 1, params }.finish()?;
    Ok(out)
}

/// Refuses to look for an extreme among no elements.
fn refuse_nothing(name: &str, sizes: &[i64], dims: Option<&[i64]>) -> Result<()> {
    let Some(dims) = dims else { return Err(no_dim_of_nothing(name)) };
    let empty = |&&d: &&i64| shape::wrap_dim(d, sizes.len()).is_ok_and(|d| sizes.get(d) == Some(&0));
    match dims.iter().find(empty) {
        Some(d) => Err(Error::index(format!("{name}(): Expected reduction dim {d} to have non-zero size."))),
        None => Ok(()),
    }
}

/// What an extreme was taken over, from a node's parameters.
#[derive(Clone, Copy)]
struct Reach {
    mask: u64,
    keepdim: bool,
}

impl Reach {
    fn of(params: &Params) -> Reach {
        Reach { mask: params.ints[0] as u64, keepdim: params.flag }
    }

    /// `t` with ones in the place of what was taken away of `x`.
    fn restore(self, t: &Tensor, x: &Tensor) -> Result<Tensor> {
        if self.keepdim {
            return Ok(t.clone());
        }
        let mut sizes = x.sizes()?;
        (0..sizes.len()).filter(|d| self.mask >> d & 1 != 0).for_each(|d| sizes[d] = 1);
        reshape_to(t, &sizes)
    }
}

/// The cotangent of `x`, of which `y` are the elements found; equal ones share `g`.
fn shared(x: &Tensor, y: &Tensor, g: &Tensor, reach: Reach) -> Result<Tensor> {
    let (hits, n) = found(x, y, reach)?;
    let share = binary(Div::OPERATOR, Div::ROW, &reach.restore(g, x)?, Operand::Tensor(&n))?;
    binary(Mul::OPERATOR, Mul::ROW, &share, Operand::Tensor(&hits))
}

/// Which elements are the one found, and how many of each are.
fn found(x: &Tensor, y: &Tensor, reach: Reach) -> Result<(Tensor, Tensor)> {
    let _off = GradMode::new(false);
    let y = reach.restore(y, x)?;
    let hits = binary(Eq::OPERATOR, Eq::ROW, &y, Operand::Tensor(x))?;
    let n = sum_dims(&hits, reach.mask, true, None)?;
    Ok((hits, n))
}

pub(super) fn shared_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let params = vjp.params()?;
    let (x, y) = (vjp.saved_tensor(0)?, vjp.saved_tensor(RESULT)?);
    let x_bar = shared(&x, &y, vjp.g()?, Reach::of(&params))?;
    vjp.add(0, x_bar)
}

/// The tangent of the elements found: the mean of those of the equal ones.
fn shared_tangent(x: &Tensor, x_dot: &Tensor, y: &Tensor, reach: Reach) -> Result<Tensor> {
    let (hits, n) = found(x, y, reach)?;
    let sum = sum_dims(&binary(Mul::OPERATOR, Mul::ROW, x_dot, Operand::Tensor(&hits))?, reach.mask, true, None)?;
    reshape_to(&binary(Div::OPERATOR, Div::ROW, &sum, Operand::Tensor(&n))?, &y.geometry().shape)
}

pub(super) fn shared_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let (Some(x_dot), Some(params)) = (jvp.x_dot(0), jvp.params) else { return Ok(()) };
    let y_dot = shared_tangent(jvp.primal(0)?, x_dot, jvp.outs[0], Reach::of(params))?;
    jvp.set(0, y_dot)
}

/// The smallest and the largest of all elements: of a long run in one pass.
fn whole_extremes(t: &Tensor, over: Over, keepdim: bool) -> Result<[Tensor; 2]> {
    let sizes = if keepdim { vec![1; t.ndim()] } else { Vec::new() };
    let [low, high] = [Tensor::empty(&sizes, t.dtype())?, Tensor::empty(&sizes, t.dtype())?];
    match low.write(|low| high.write(|high| t.read(|x| kernels::reduce::extremes(low, high, x))))??? {
        true => Ok([low, high]),
        false => Ok([reduce(t, over, t.dtype(), SMALLEST.kernel)?, reduce(t, over, t.dtype(), LARGEST.kernel)?]),
    }
}

pub(super) fn aminmax(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let keepdim = args.get(2).is_some_and(Arg::truth);
    let dim = match args.get(1) {
        Some(Arg::Int(dim)) => Some(shape::wrap_dim(*dim, t.ndim())?),
        _ => None,
    };
    if t.numel() == 0 {
        match dim {
            None => {
                return Err(Error::runtime(
                    "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity.",
                ));
            }
            Some(d) if t.sizes()?.get(d) == Some(&0) => {
                return Err(Error::index(format!("aminmax: Expected reduction dim {d} to have non-zero size.")));
            }
            _ => {}
        }
    }
    if t.dtype().is_complex() {
        let own = t.dtype().scalar_name();
        return Err(Error::not_implemented(format!("\"aminmax_cpu\" not implemented for '{own}'")));
    }
    let mask = mask_of(dim.map(|d| [d as i64]).as_ref().map(<[i64; 1]>::as_slice), t.ndim())?;
    let over = Over::new(mask, keepdim);
    let [low, high] = match dim {
        None => whole_extremes(t, over, keepdim)?,
        Some(_) => [reduce(t, over, t.dtype(), SMALLEST.kernel)?, reduce(t, over, t.dtype(), LARGEST.kernel)?],
    };
    let ints = [mask as i64, dim.unwrap_or(0) as i64, dim.is_some() as i64, 0];
    let params = Some(Params { flag: keepdim, ..Params::ints(ints) });
    let (ins, outs) = ([Operand::Tensor(t)], [&low, &high]);
    Application { op: Aminmax::OPERATOR, variant: 0, ins: &ins, outs: &outs, differentiable: 0b11, params }.finish()?;
    let named = out::named!("aminmax", "min", "max");
    let read = [out::Read::Whole(t)];
    let read = if dim.is_some() { &read[..] } else { &[] };
    out::give_pair(named, [low, high], out::pair(args.get(3))?, [out::SAME; 2], [read; 2])
}

pub(super) fn aminmax_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let reach = Reach::of(&*vjp.params()?);
    let x = vjp.saved_tensor(0)?;
    let mut x_bar: Option<Tensor> = None;
    // The results come after the one input.
    for i in 0..2u8 {
        let Some(g) = vjp.g_of(i as usize) else { continue };
        let term = shared(&x, &vjp.saved_tensor(1 + i)?, g, reach)?;
        x_bar = Some(match x_bar {
            None => term,
            Some(sum) => binary(Add::OPERATOR, Add::ROW, &sum, Operand::Tensor(&term))?,
        });
    }
    x_bar.map_or(Ok(()), |x_bar| vjp.add(0, x_bar))
}

pub(super) fn aminmax_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let Some(params) = jvp.params else { return Ok(()) };
    let reach = Reach::of(params);
    for i in 0..2 {
        let Some(x_dot) = jvp.x_dot(0) else { return Ok(()) };
        let y_dot = shared_tangent(jvp.primal(0)?, x_dot, jvp.outs[i], reach)?;
        jvp.set(i, y_dot)?;
    }
    Ok(())
}
