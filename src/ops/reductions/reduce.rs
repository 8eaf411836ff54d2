//! Reductions: sum, mean.

use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels;
use crate::kernels::reduce::SUM;
use crate::ops::adjoint::Vjp;
use crate::ops::application::Application;
use crate::ops::apply::{Operand, pointwise};
use crate::ops::copy;
use crate::ops::direct;
use crate::ops::edge;
use crate::ops::elements::pointwise::Div;
use crate::ops::inplace;
use crate::ops::shapes::reshape::{expand_recorded, reshape_to, unsqueeze_dims};
use crate::ops::structured::structured;
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::ops::view::show;
use crate::shape::{self, Dims};
use crate::tape::mode::{self, GradMode};
use crate::tape::node::Params;
use crate::tape::{Geometry, apart};
use crate::tensor::{Tensor, done, outside, src};

structured! { family 5;
    /// The sum of all elements, or over the dimensions `dim`.
    Sum {
        "sum", grads ["SumBackward0", "SumBackward1"], reads [0], vjp sum_vjp, jvp sum_jvp, dtype "`dtype`, else the operand's, int64 for whole numbers";
        "sum(input, *, dtype: dtype = None)" BOTH => sum;
        "sum(input, dim: dims, keepdim: bool = False, *, dtype: dtype = None, out = None)" BOTH => sum;
    }
    /// The mean of all elements, or over the dimensions `dim`.
    Mean {
        "mean", grads ["MeanBackward0", "MeanBackward1"], reads [0], vjp mean_vjp, jvp mean_jvp, dtype "`dtype`, else the operand's, which is floating or complex";
        "mean(input, *, dtype: dtype = None, out = None)" BOTH => mean;
        "mean(input, dim: dims, keepdim: bool = False, *, dtype: dtype = None, out = None)" BOTH => mean;
    }
}

/// Which dimensions a reduction removes: as bits.
pub fn mask_of(dims: Option<&[i64]>, ndim: usize) -> Result<u64> {
    let all = if ndim == 64 { u64::MAX } else { (1 << ndim) - 1 };
    let Some(dims) = dims.filter(|d| !d.is_empty()) else { return Ok(all) };
    let mut mask = 0;
    for &d in dims {
        let d = shape::wrap_dim(d, ndim)?;
        if mask >> d & 1 != 0 {
            return Err(Error::runtime(format!("dim {d} appears multiple times in the list of dims")));
        }
        mask |= 1 << d;
    }
    Ok(mask & all)
}

/// What a reduction does with dimensions, as bits.
#[derive(Clone, Copy)]
pub struct Over {
    /// Those that it goes over.
    mask: u64,
    /// Those that stay, of extent 1 then.
    kept: u64,
}

impl Over {
    /// Over the dimensions in `mask`, which stay with `keepdim`.
    pub fn new(mask: u64, keepdim: bool) -> Over {
        Over { mask, kept: if keepdim { mask } else { 0 } }
    }
}

/// The result's shape, and strides that spread it back over the operand (0 along reduced dimensions).
pub(in crate::ops) struct Reduced {
    /// The shape.
    pub sizes: Dims,
    spread: Dims,
}

/// What is left of `shape`.
pub(in crate::ops) fn reduced(shape: &[i64], Over { mask, kept }: Over) -> Result<Reduced> {
    let gone = |i: usize| mask >> i & 1 != 0;
    let stays = (0..shape.len()).filter(|&i| !gone(i) || kept >> i & 1 != 0);
    let mut sizes = Dims::zeros(stays.clone().count())?;
    for (to, from) in stays.enumerate() {
        sizes[to] = if gone(from) { 1 } else { shape[from] };
    }
    let mut spread = Dims::zeros(shape.len())?;
    let mut step = 1;
    for i in (0..shape.len()).rev() {
        if !gone(i) {
            spread[i] = step;
            step = step.wrapping_mul(shape[i].max(1));
        }
    }
    Ok(Reduced { sizes, spread })
}

/// Runs a reducing kernel over `t`.
pub fn reduce(
    t: &Tensor,
    over: Over,
    dtype: DType,
    kernel: fn(&kernels::operand::Dst, &kernels::operand::Src) -> bool,
) -> Result<Tensor> {
    let g = t.geometry();
    // What wants a gradient keeps the lock: it is recorded after the kernel, as it was before it.
    if apart::is_worth_it(g.numel()) && !t.requires_grad() {
        let along = g.duplicate()?;
        drop(g);
        return reduce_what(&along, over, dtype, kernel, true);
    }
    reduce_what(&g, over, dtype, kernel, false)
}

/// As [`reduce`], where nothing is said of no elements: `of_nothing` then.
pub fn reduce_or(
    t: &Tensor,
    over: Over,
    dtype: DType,
    of_nothing: Scalar,
    kernel: fn(&kernels::operand::Dst, &kernels::operand::Src) -> bool,
) -> Result<Tensor> {
    let out = reduce(t, over, dtype, kernel)?;
    if t.numel() == 0 {
        out.fill(of_nothing)?;
    }
    Ok(out)
}

/// Runs a kernel that reduces `t` to what `out` holds, which it reads: `out` has the reduced shape, dense, and is nobody
/// else's.
pub fn reduce_onto(
    out: &Tensor,
    t: &Tensor,
    over: Over,
    kernel: fn(&kernels::operand::Dst, &kernels::operand::Src) -> bool,
) -> Result<()> {
    let (g, own) = (t.geometry(), out.geometry());
    let r = reduced(&g.shape, over)?;
    let spread = own.storage.dst(own.dtype, &g.shape, &r.spread, own.offset).ok_or_else(outside)?;
    done(g.numel() == 0 || kernel(&spread, &src(&g)?))
}

/// As [`reduce`], of what a tensor shows; in an `apart` run it was taken along.
fn reduce_what(
    g: &Geometry,
    over: Over,
    dtype: DType,
    kernel: fn(&kernels::operand::Dst, &kernels::operand::Src) -> bool,
    apart: bool,
) -> Result<Tensor> {
    let r = reduced(&g.shape, over)?;
    let out = Tensor::empty(&r.sizes, dtype)?;
    let source = src(g)?;
    if g.numel() == 0 {
        // Nothing to walk over, but the result may have elements: the sum of nothing.
        done(out.write(|dst| kernels::copy::fill(dst, Scalar::Int(0)))?)?;
    } else {
        // The result's own bytes seen with the operand's shape: no view of it is made.
        let own = out.geometry();
        let spread = own.storage.dst(dtype, &g.shape, &r.spread, 0).ok_or_else(outside)?;
        done(apart::run_if(apart, || kernel(&spread, &source)))?;
    }
    Ok(out)
}

/// Records a reduction over the dimensions in `mask`, which its parameters name.
pub(in crate::ops) fn record(
    op: &'static crate::ops::row::Operator,
    variant: u8,
    t: &Tensor,
    out: &Tensor,
    mask: u64,
    keepdim: bool,
) -> Result<()> {
    let params = (variant > 0 || keepdim).then(|| Params { flag: keepdim, ..Params::ints([mask as i64, 0, 0, 0]) });
    Application { op, variant, ins: &[Operand::Tensor(t)], outs: &[out], differentiable: 1, params }.finish()
}

/// Sums `x` down to `wanted`, or spreads it out to it, whichever it takes; recorded where recording is on.
pub fn sum_to(x: &Tensor, wanted: &[i64]) -> Result<Tensor> {
    let g = x.geometry();
    if *g.shape == *wanted {
        drop(g);
        return Ok(x.clone());
    }
    if wanted.is_empty() {
        drop(g);
        return sum_all(x, None);
    }
    let (numel, dtype) = (g.numel(), g.dtype);
    let gap = g.shape.len().checked_sub(wanted.len());
    let mut mask = 0u64;
    if let Some(gap) = gap {
        for (i, &n) in g.shape.iter().enumerate() {
            if i < gap || (wanted[i - gap] == 1 && n != 1) {
                mask |= 1 << i;
            }
        }
    }
    drop(g);
    let Some(before) = gap else { return expand_recorded(x, wanted) };
    if mask != 0 && numel > 0 && dtype.is_differentiable() && mode::wants_values_alone() {
        // At once to what is wanted, where nobody looks at a step between. Torch's text for what does not fit is below.
        let over = Over { mask, kept: mask >> before << before };
        let summed = reduce(x, over, dtype, kernels::reduce::sum)?;
        if *summed.geometry().shape == *wanted {
            return Ok(summed);
        }
    }
    let summed = if mask == 0 { x.clone() } else { sum_dims(x, mask, true, None)? };
    if shape::numel(wanted) == Some(summed.numel()) && (mask != 0 || numel == summed.numel()) {
        return if gap == Some(0) { Ok(summed) } else { reshape_to(&summed, wanted) };
    }
    expand_recorded(&summed, wanted)
}

/// The sum over the dimensions in `mask`, in the type that torch gives it or in `dtype`.
pub fn sum_dims(t: &Tensor, mask: u64, keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
    let out = summed(t, mask, keepdim, dtype)?;
    record(Sum::OPERATOR, 1, t, &out, mask, keepdim)?;
    Ok(out)
}

/// The sum itself. The node is the operand's: a conversion on the way leaves none of its own.
fn summed(t: &Tensor, mask: u64, keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
    let (own, over) = (t.dtype(), Over::new(mask, keepdim));
    let _off = GradMode::new(false);
    if dtype == Some(DType::Bool) {
        let hits = reduce(&copy::to(t, DType::Bool)?, over, DType::Int64, kernels::reduce::sum)?;
        return copy::to(&hits, DType::Bool);
    }
    let dtype = dtype.unwrap_or(if own.is_integral() { DType::Int64 } else { own });
    // Numbers that would lose nothing are converted by the kernel as it reads.
    if own != dtype && (own.is_differentiable() || dtype.is_differentiable()) {
        return reduce(&copy::to(t, dtype)?, over, dtype, kernels::reduce::sum);
    }
    let kernel = if own == DType::Bool { kernels::reduce::count } else { kernels::reduce::sum };
    reduce(t, over, dtype, kernel)
}

fn sum(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    if args.len() <= 2 {
        let Some(dtype) = args.get(1).and_then(Arg::dtype) else { return sum_all(t, None).map(Output::One) };
        let out = sum_all(t, Some(dtype))?;
        return underived("sum", t, &out, target).map(|()| Output::One(out));
    }
    let mask = mask_of(args[1].dims(), t.ndim())?;
    // torch sums in the type of `out`, if that alone is given.
    let (dtype, fits) = match (args.get(3).and_then(Arg::dtype), target) {
        (None, Target::Out(to)) => (Some(to.dtype()), crate::ops::out::CAST),
        (dtype, _) => (dtype, crate::ops::out::SAME),
    };
    let out = sum_dims(t, mask, args[2].truth(), dtype)?;
    underived("sum", t, &out, target)?;
    crate::ops::out::give("sum", out, target, fits).map(Output::One)
}

/// Refuses a result whose type has no derivative, of an operand that wants a gradient, as torch does once it is computed.
pub(super) fn underived(name: &str, t: &Tensor, out: &Tensor, target: Target<'_>) -> Result<()> {
    let dtype = out.dtype();
    if dtype.is_differentiable() || !edge::wants_gradient(t) || !mode::is_grad_enabled() {
        return Ok(());
    }
    match target {
        Target::Out(to) => inplace::check_out(name, to, &[Operand::Tensor(t)]),
        _ => Err(Error::runtime(format!("Autograd not support dtype: {}", dtype.scalar_name()))),
    }
}

/// The sum of all elements.
pub fn sum_all(t: &Tensor, dtype: Option<DType>) -> Result<Tensor> {
    if let Some(out) = summed_run(t, dtype)? {
        return Ok(out);
    }
    let out = summed(t, u64::MAX, false, dtype)?;
    record(Sum::OPERATOR, 0, t, &out, u64::MAX, false)?;
    Ok(out)
}

/// The short way, recorded: of a run, in its own type.
#[inline(always)]
fn summed_run(t: &Tensor, dtype: Option<DType>) -> Result<Option<Tensor>> {
    let g = t.geometry();
    if !g.contiguous || g.numel() == 0 || dtype.is_some_and(|dtype| dtype != g.dtype) {
        return Ok(None);
    }
    let out = Tensor::empty_scalar(g.dtype)?;
    let done = direct::sum_runs(&SUM, [g], &out, || record(Sum::OPERATOR, 0, t, &out, u64::MAX, false))?;
    Ok(done.then_some(out))
}

/// Spreads a cotangent over the reduced operand: along removed dimensions it is the same number.
pub(in crate::ops) fn spread_back(vjp: &Vjp<'_>, g: &Tensor) -> Result<Tensor> {
    let (_, shape) = vjp.meta(0)?;
    if g.ndim() == 0 && vjp.ends_at_a_plain_leaf(0) && shape::numel(&shape).is_some_and(|n| n > 1) {
        // It is added to the leaf's gradient, or copied into it, and seen by nobody: it needs no history. (One element,
        // or none, would be a run, which may become the gradient itself.)
        let (strides, offset) = (Dims::zeros(shape.len())?, g.geometry().offset);
        return show(g, (&shape, &strides, offset));
    }
    // Without parameters all dimensions went, and none was named: nothing is put back before the spreading.
    let (mask, keepdim) = vjp.node.params.get().map_or((0, false), |p| (p.ints[0] as u64, p.flag));
    expand_recorded(&restore(g, mask, keepdim, shape.len())?, &shape)
}

/// `g` with the removed dimensions put back as ones.
pub fn restore(g: &Tensor, mask: u64, keepdim: bool, ndim: usize) -> Result<Tensor> {
    if keepdim || g.ndim() >= ndim {
        return Ok(g.clone());
    }
    unsqueeze_dims(g, if ndim == 64 { mask } else { mask & ((1 << ndim) - 1) })
}

fn sum_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let g = vjp.g()?;
    if g.ndim() == 0 && vjp.add_to_all(g)? {
        return Ok(());
    }
    let x_bar = spread_back(vjp, g)?;
    vjp.add(0, x_bar)
}

fn sum_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let Some(x_dot) = jvp.x_dot(0) else { return Ok(()) };
    let (mask, keepdim) = jvp.params.map_or((u64::MAX, false), |p| (p.ints[0] as u64, p.flag));
    let y_dot = sum_dims(x_dot, mask, keepdim, Some(jvp.outs[0].dtype()))?;
    jvp.set(0, y_dot)
}

pub(in crate::ops) fn mean(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let with_dims = args.len() > 2;
    let (dims, keepdim, dtype) = if with_dims {
        (args[1].dims(), args[2].truth(), args.get(3).and_then(Arg::dtype))
    } else {
        (None, false, args.get(1).and_then(Arg::dtype))
    };
    if let (Target::Out(to), false) = (target, with_dims)
        && !t.dtype().can_cast(to.dtype())
    {
        return Err(Error::runtime(format!(
            "mean.dtype_out(): input types can't be cast to the desired output type {}",
            to.dtype().scalar_name()
        )));
    }
    let wanted = dtype.unwrap_or(t.dtype());
    if !wanted.is_differentiable() {
        let which = if dtype.is_some() { "Optional" } else { "Input" };
        return Err(Error::runtime(format!(
            "mean(): could not infer output dtype. {which} dtype must be either a floating point or complex dtype. Got: {}",
            wanted.scalar_name()
        )));
    }
    let mask = mask_of(dims, t.ndim())?;
    // torch sums in the type of `out`, where it is told none, and divides then.
    let wanted = match (target, dtype) {
        (Target::Out(to), None) if !to.dtype().is_differentiable() => {
            return Err(Error::no_cast(crate::create::default_dtype(), to.dtype()));
        }
        (Target::Out(to), None) => to.dtype(),
        _ => wanted,
    };
    let out = mean_over(t, mask, with_dims, keepdim, wanted)?;
    crate::ops::out::give(
        "mean",
        out,
        target,
        if dtype.is_some() { crate::ops::out::SAME } else { crate::ops::out::CAST },
    )
    .map(Output::One)
}

/// The mean over the dimensions in `mask`, in the type `dtype`; a caller may have `named` them.
pub(in crate::ops) fn mean_over(t: &Tensor, mask: u64, named: bool, keepdim: bool, dtype: DType) -> Result<Tensor> {
    let out = {
        let _off = GradMode::new(false);
        // A half type may hold the mean where it does not hold the sum.
        let wide = dtype.wide();
        let sum = sum_dims(&copy::to(t, wide)?, mask, keepdim, None)?;
        let mean = shared_out(&sum, count(&t.geometry().shape, mask))?;
        if wide == dtype { mean } else { copy::to(&mean, dtype)? }
    };
    record(Mean::OPERATOR, named as u8, t, &out, mask, keepdim)?;
    Ok(out)
}

/// The mean of `t` over the dimensions in `mask`, by operators that record themselves where they must.
fn mean_of(t: &Tensor, mask: u64, keepdim: bool) -> Result<Tensor> {
    let own = t.dtype();
    let mean = divided(&sum_dims(&copy::to(t, own.wide())?, mask, keepdim, None)?, count(&t.geometry().shape, mask))?;
    copy::to(&mean, own)
}

/// `t` over a number, as torch's own formulas divide.
pub(in crate::ops) fn divided(t: &Tensor, n: f64) -> Result<Tensor> {
    let ins = [Operand::Tensor(t), Operand::Number(Scalar::Float(n))];
    pointwise(Div::OPERATOR, Div::ROW, 1, &ins, Target::Fresh)
}

/// A fresh sum over a number, in its place: a quotient of its own would lie otherwise where there are no elements.
pub(in crate::ops) fn shared_out(sum: &Tensor, n: f64) -> Result<Tensor> {
    let ins = [Operand::Tensor(sum), Operand::Number(Scalar::Float(n))];
    pointwise(Div::OPERATOR, Div::ROW, 1, &ins, Target::InPlace)
}

/// How many elements one element of the result stands for.
pub(in crate::ops) fn count(shape: &[i64], mask: u64) -> f64 {
    shape.iter().enumerate().filter(|(i, _)| mask >> i & 1 != 0).map(|(_, &n)| n as f64).product()
}

fn mean_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let (_, shape) = vjp.meta(0)?;
    let mask = vjp.node.params.get().map_or(u64::MAX, |p| p.ints[0] as u64);
    let g = vjp.g()?;
    if g.ndim() == 0 && vjp.values_alone() {
        // Divided once and not for every element.
        let each = divided(g, count(&shape, mask))?;
        if vjp.add_to_all(&each)? {
            return Ok(());
        }
        return vjp.add(0, Tensor::full(&shape, each.item()?, each.dtype())?);
    }
    let x_bar = divided(&spread_back(vjp, vjp.g()?)?, count(&shape, mask))?;
    vjp.add(0, x_bar)
}

fn mean_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let Some(x_dot) = jvp.x_dot(0) else { return Ok(()) };
    let (mask, keepdim) = jvp.params.map_or((u64::MAX, false), |p| (p.ints[0] as u64, p.flag));
    let y_dot = mean_of(&copy::to(x_dot, jvp.outs[0].dtype())?, mask, keepdim)?;
    jvp.set(0, y_dot)
}

/// A row applied to a tensor and an operand.
pub fn binary(
    op: &'static crate::ops::row::Operator,
    row: &'static crate::ops::row::Pointwise,
    a: &Tensor,
    b: Operand<'_>,
) -> Result<Tensor> {
    pointwise(op, row, 0, &[Operand::Tensor(a), b], Target::Fresh)
}
