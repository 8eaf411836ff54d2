//! Softmax, its logarithm, and the logarithm of a sum of powers of e.
//!
//! torch has the adjoints of the first two as operators of their own, so that a gradient of a gradient shows their names.

use crate::create::default_dtype;
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels;
use crate::kernels::softmax::Way;
use crate::ops::adjoint::Vjp;
use crate::ops::application::Application;
use crate::ops::apply::{Operand, pointwise};
use crate::ops::copy;
use crate::ops::elements::compare::Eq;
use crate::ops::elements::pointwise::{Abs, Add, Conj, Exp, Log, MaskedFill, Neg, Sub};
use crate::ops::reductions::folds::extremes::amax_over;
use crate::ops::reductions::norm::times;
use crate::ops::reductions::reduce::{binary, mask_of, restore, sum_dims};
use crate::ops::row::{Operator, RESULT};
use crate::ops::shapes::reshape::reshape_to;
use crate::ops::structured::structured;
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::shape;
use crate::tape::apart;
use crate::tape::mode::GradMode;
use crate::tape::node::Params;
use crate::tensor::{Tensor, done, src};

structured! { family 25;
    /// e to the power of each element over the sum of those along `dim`: positive numbers that sum to 1, converted to
    /// `dtype` first where one is given.
    ///
    /// Raises NotImplementedError for whole and complex numbers.
    Softmax {
        "softmax", grads ["SoftmaxBackward0"], reads [1 << RESULT], vjp softmax_vjp, jvp softmax_jvp, dtype "`dtype`, else the operand's, which is floating";
        "softmax(input, dim: int, dtype: dtype = None, *, out = None)" BOTH => softmax;
        "special_softmax(input, dim: int, dtype: dtype = None)" FUNCTION => softmax;
        fn softmax(dim: i64) -> Tensor => softmax;
    }
    /// The logarithm of the softmax along `dim`, exact where that is near 0, too.
    ///
    /// Raises NotImplementedError for whole and complex numbers.
    LogSoftmax {
        "log_softmax", grads ["LogSoftmaxBackward0"], reads [1 << RESULT], vjp log_softmax_vjp, jvp log_softmax_jvp, dtype "`dtype`, else the operand's, which is floating";
        "log_softmax(input, dim: int, dtype: dtype = None, *, out = None)" BOTH => log_softmax;
        "special_log_softmax(input, dim: int, *, dtype: dtype = None)" FUNCTION => log_softmax;
        fn log_softmax(dim: i64) -> Tensor => log_softmax;
    }
    /// The cotangent of what a softmax was taken of, from that of the softmax.
    SoftmaxAdjoint {
        "_softmax_backward_data", grads ["SoftmaxBackwardDataBackward0"], reads [0b10, 0b11], vjp adjoint_vjp, jvp adjoint_jvp;
    }
    /// The cotangent of what the logarithm of a softmax was taken of, from that of the logarithm.
    LogSoftmaxAdjoint {
        "_log_softmax_backward_data", grads ["LogSoftmaxBackwardDataBackward0"], reads [0b10, 0b11], vjp log_adjoint_vjp, jvp log_adjoint_jvp;
    }
    /// The logarithm of the sum of e to the power of each element, over the dimensions `dim`; without overflow.
    LogSumExp {
        "logsumexp", grads ["LogsumexpBackward0"], reads [1 << RESULT | 1], vjp sum_vjp, jvp sum_jvp, dtype "the operand's, the default floating type for whole numbers";
        "logsumexp(input, dim: dims, keepdim: bool = False, *, out = None)" BOTH => logsumexp;
        "special_logsumexp(input, dim: dims, keepdim: bool = False, *, out = None)" FUNCTION => logsumexp;
        fn logsumexp(dims: &[i64], keepdim: bool) -> Tensor => logsumexp;
    }
}

fn softmax(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    along(Way::Softmax, args, target)
}

fn log_softmax(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    along(Way::LogSoftmax, args, target)
}

fn operator(way: Way) -> &'static Operator {
    match way {
        Way::Softmax => Softmax::OPERATOR,
        Way::LogSoftmax => LogSoftmax::OPERATOR,
        Way::SoftmaxAdjoint => SoftmaxAdjoint::OPERATOR,
        Way::LogSoftmaxAdjoint => LogSoftmaxAdjoint::OPERATOR,
    }
}

fn along(way: Way, args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let x = match args.get(2).and_then(Arg::dtype) {
        Some(dtype) => copy::to(t, dtype)?,
        None => t.clone(),
    };
    let dim = shape::wrap_dim(args.get(1).map_or(-1, |dim| dim.int(-1)), x.ndim())?;
    crate::ops::out::check(x.dtype(), target, crate::ops::out::SAME)?;
    if !x.dtype().is_floating_point() && x.numel() > 0 {
        let log = if way == Way::LogSoftmax { "log_" } else { "" };
        let last = if dim + 1 >= x.ndim() { "_lastdim" } else { "" };
        let own = x.dtype().scalar_name();
        return Err(Error::not_implemented(format!("\"{log}softmax{last}_kernel_impl\" not implemented for '{own}'")));
    }
    let out = computed(way, &[&x], dim)?;
    finish(way, &[Operand::Tensor(&x)], &out, dim)?;
    crate::ops::out::give(operator(way).name, out, target, crate::ops::out::SAME).map(Output::One)
}

fn finish(way: Way, ins: &[Operand<'_>], out: &Tensor, dim: usize) -> Result<()> {
    let params = Some(Params::ints([dim as i64, 0, 0, 0]));
    Application { op: operator(way), variant: 0, ins, outs: &[out], differentiable: 1, params }.finish()
}

/// The value along `dim`, in one run. Half types are computed in float32 and rounded once.
fn computed(way: Way, ins: &[&Tensor], dim: usize) -> Result<Tensor> {
    let _off = GradMode::new(false);
    let own = ins[0].dtype();
    let wide = if own == DType::Float64 { own } else { DType::Float32 };
    let of = |t: &Tensor| copy::contiguous(&copy::to(t, wide)?);
    let x = of(ins[0])?;
    let y = ins.get(1).map(|y| of(y)).transpose()?;
    let sizes = x.sizes()?;
    let product = |part: &[i64]| part.iter().product::<i64>() as usize;
    let seen = match sizes.get(dim) {
        Some(&n) => [product(&sizes[..dim]), n as usize, product(&sizes[dim + 1..])],
        None => [1, 1, 1],
    };
    let out = Tensor::empty(&sizes, wide)?;
    let apart = apart::is_worth_it(out.numel());
    let (g, h) = (x.seen(apart)?, y.as_ref().map(|y| y.seen(apart)).transpose()?);
    let first = src(&g)?;
    let both = [first, h.as_ref().map_or(Ok(first), |h| src(h))?];
    let operands = &both[..ins.len()];
    done(out.write(|dst| apart::run_if(apart, || kernels::softmax::softmax(way, dst, operands, seen)))?)?;
    drop((g, h));
    copy::to(&out, own)
}

fn dim_of(params: Option<&Params>) -> usize {
    params.map_or(0, |p| p.ints[0] as usize)
}

/// The adjoint of a softmax (or its logarithm) `y` along `dim`, recorded.
fn adjoint(way: Way, g: &Tensor, y: &Tensor, dim: usize) -> Result<Tensor> {
    let x_bar = computed(way, &[g, y], dim)?;
    finish(way, &[Operand::Tensor(g), Operand::Tensor(y)], &x_bar, dim)?;
    Ok(x_bar)
}

/// The dimension as bits; none of a tensor without dimensions.
fn bit(dim: usize, x: &Tensor) -> u64 {
    if x.ndim() == 0 { 0 } else { 1 << dim }
}

fn less(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    binary(Sub::OPERATOR, Sub::ROW, a, Operand::Tensor(b))
}

fn plus(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    binary(Add::OPERATOR, Add::ROW, a, Operand::Tensor(b))
}

fn exp(t: &Tensor) -> Result<Tensor> {
    pointwise(Exp::OPERATOR, Exp::ROW, 0, &[Operand::Tensor(t)], Target::Fresh)
}

/// The sum along `dim`, which stays.
fn total(t: &Tensor, dim: usize) -> Result<Tensor> {
    sum_dims(t, bit(dim, t), true, None)
}

/// `x` less the sum of its products with `w`.
fn centred(x: &Tensor, w: &Tensor, dim: usize) -> Result<Tensor> {
    less(x, &total(&times(x, w)?, dim)?)
}

fn softmax_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    passed_back(vjp, Way::SoftmaxAdjoint)
}

fn log_softmax_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    passed_back(vjp, Way::LogSoftmaxAdjoint)
}

fn passed_back(vjp: &mut Vjp<'_>, way: Way) -> Result<()> {
    let dim = dim_of(vjp.node.params.get().as_deref());
    let x_bar = adjoint(way, vjp.g()?, &vjp.saved_tensor(RESULT)?, dim)?;
    vjp.add(0, x_bar)
}

fn softmax_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    // The Jacobian is its own transpose.
    let Some(x_dot) = jvp.x_dot(0) else { return Ok(()) };
    let y_dot = adjoint(Way::SoftmaxAdjoint, x_dot, jvp.outs[0], dim_of(jvp.params))?;
    jvp.set(0, y_dot)
}

fn log_softmax_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let Some(x_dot) = jvp.x_dot(0) else { return Ok(()) };
    let y_dot = centred(x_dot, &exp(jvp.outs[0])?, dim_of(jvp.params))?;
    jvp.set(0, y_dot)
}

fn adjoint_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let dim = dim_of(vjp.node.params.get().as_deref());
    let (h, y) = (vjp.g()?, vjp.saved_tensor(1)?);
    if vjp.wants(0) {
        let g_bar = adjoint(Way::SoftmaxAdjoint, h, &y, dim)?;
        vjp.add(0, g_bar)?;
    }
    if vjp.wants(1) {
        let g = vjp.saved_tensor(0)?;
        let first = less(&times(&g, h)?, &times(&total(&times(&y, &g)?, dim)?, h)?)?;
        let y_bar = less(&first, &times(&g, &total(&times(&y, h)?, dim)?)?)?;
        vjp.add(1, y_bar)?;
    }
    Ok(())
}

fn log_adjoint_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let dim = dim_of(vjp.node.params.get().as_deref());
    let (h, y) = (vjp.g()?, vjp.saved_tensor(1)?);
    if vjp.wants(0) {
        let g_bar = centred(h, &exp(&y)?, dim)?;
        vjp.add(0, g_bar)?;
    }
    if vjp.wants(1) {
        let (g, z) = (vjp.saved_tensor(0)?, exp(&y)?);
        let weighted = less(&total(&times(h, &z)?, dim)?, h)?;
        let y_bar = times(&times(&z, &total(&g, dim)?)?, &weighted)?;
        vjp.add(1, y_bar)?;
    }
    Ok(())
}

fn adjoint_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let (dim, g, y) = (dim_of(jvp.params), jvp.primal(0)?, jvp.primal(1)?);
    let by_g = jvp.x_dot(0).map(|g_dot| adjoint(Way::SoftmaxAdjoint, g_dot, y, dim)).transpose()?;
    let by_y = match jvp.x_dot(1) {
        Some(y_dot) => {
            let kept = times(y_dot, &centred(g, y, dim)?)?;
            Some(less(&kept, &times(y, &total(&times(g, y_dot)?, dim)?)?)?)
        }
        None => None,
    };
    set_sum(jvp, by_g, by_y)
}

fn log_adjoint_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let (dim, g, y) = (dim_of(jvp.params), jvp.primal(0)?, jvp.primal(1)?);
    let by_g = jvp.x_dot(0).map(|g_dot| adjoint(Way::LogSoftmaxAdjoint, g_dot, y, dim)).transpose()?;
    let by_y = match jvp.x_dot(1) {
        Some(y_dot) => {
            let term = times(&times(&exp(y)?, y_dot)?, &total(g, dim)?)?;
            Some(pointwise(Neg::OPERATOR, Neg::ROW, 0, &[Operand::Tensor(&term)], Target::Fresh)?)
        }
        None => None,
    };
    set_sum(jvp, by_g, by_y)
}

fn set_sum(jvp: &mut Jvp<'_>, a: Option<Tensor>, b: Option<Tensor>) -> Result<()> {
    match (a, b) {
        (Some(a), Some(b)) => {
            let sum = plus(&a, &b)?;
            jvp.set(0, sum)
        }
        (Some(one), None) | (None, Some(one)) => jvp.set(0, one),
        (None, None) => Ok(()),
    }
}

fn logsumexp(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let dims = args.get(1).and_then(Arg::dims);
    let (mask, keepdim) = (mask_of(dims, t.ndim())?, args.get(2).is_some_and(Arg::truth));
    if let Target::Out(to) = target
        && !to.dtype().is_differentiable()
    {
        let got = to.dtype().scalar_name();
        return Err(Error::runtime(format!(
            "logsumexp(): Expected floating point type for result tensor, but got: {got}"
        )));
    }
    if dims.is_some_and(<[i64]>::is_empty) && t.ndim() > 0 && t.numel() > 0 && !keepdim {
        // torch makes room for a result without dimensions and computes one that keeps them.
        let ones = vec![1; t.ndim()];
        return Err(Error::runtime(format!(
            "output with shape [] doesn't match the broadcast shape {}",
            shape::list(&ones)
        )));
    }
    let out = log_of_sum(t, mask, keepdim)?;
    let params = Some(Params { flag: keepdim, ..Params::ints([mask as i64, 0, 0, 0]) });
    let ins = [Operand::Tensor(t)];
    Application { op: LogSumExp::OPERATOR, variant: 0, ins: &ins, outs: &[&out], differentiable: 1, params }
        .finish()?;
    crate::ops::out::give("logsumexp", out, target, crate::ops::out::CAST).map(Output::One)
}

/// The value: the largest elements are taken out of the sum, unless they are infinite.
fn log_of_sum(t: &Tensor, mask: u64, keepdim: bool) -> Result<Tensor> {
    let _off = GradMode::new(false);
    let x = if t.dtype().is_differentiable() { t.clone() } else { copy::to(t, default_dtype())? };
    let log = |t: &Tensor| pointwise(Log::OPERATOR, Log::ROW, 0, &[Operand::Tensor(t)], Target::Fresh);
    if x.numel() == 0 {
        return log(&sum_dims(&exp(&x)?, mask, keepdim, None)?);
    }
    let top = amax_over(&if x.dtype().is_complex() { x.real()? } else { x.clone() }, mask, true)?;
    let size = pointwise(Abs::OPERATOR, Abs::ROW, 0, &[Operand::Tensor(&top)], Target::Fresh)?;
    let infinite = binary(Eq::OPERATOR, Eq::ROW, &size, Operand::Number(Scalar::Float(f64::INFINITY)))?;
    let ins = [Operand::Tensor(&top), Operand::Number(Scalar::Int(0)), Operand::Tensor(&infinite)];
    let top = pointwise(MaskedFill::OPERATOR, MaskedFill::ROW, 0, &ins, Target::Fresh)?;
    let sum = sum_dims(&exp(&less(&x, &top)?)?, mask, keepdim, None)?;
    let top = reshape_to(&top, &sum.sizes()?)?;
    plus(&log(&sum)?, &top)
}

/// What each element counts for in the sum: e^(x - y).
fn shares(x: &Tensor, y: &Tensor, mask: u64, keepdim: bool) -> Result<Tensor> {
    exp(&less(x, &restore(y, mask, keepdim, x.ndim())?)?)
}

fn sum_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let params = vjp.params()?;
    let (mask, keepdim) = (params.ints[0] as u64, params.flag);
    let (x, y) = (vjp.saved_tensor(0)?, vjp.saved_tensor(RESULT)?);
    let g = restore(vjp.g()?, mask, keepdim, x.ndim())?;
    let mut shares = shares(&x, &y, mask, keepdim)?;
    if shares.dtype().is_complex() {
        shares = pointwise(Conj::OPERATOR, Conj::ROW, 0, &[Operand::Tensor(&shares)], Target::Fresh)?;
    }
    let x_bar = times(&g, &shares)?;
    vjp.add(0, x_bar)
}

fn sum_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let (Some(x_dot), Some(params)) = (jvp.x_dot(0), jvp.params) else { return Ok(()) };
    let (mask, keepdim) = (params.ints[0] as u64, params.flag);
    let shares = shares(jvp.primal(0)?, jvp.outs[0], mask, keepdim)?;
    let y_dot = sum_dims(&times(&shares, x_dot)?, mask, keepdim, None)?;
    jvp.set(0, y_dot)
}
