//! Scans along a dimension: sums, products, logarithms of sums of exponentials, largest and smallest elements so far.

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::kernels;
use crate::kernels::lines::{self, Scan};
use crate::ops::adjoint::Vjp;
use crate::ops::application::Application;
use crate::ops::apply::{Operand, pointwise};
use crate::ops::copy;
use crate::ops::inplace;
use crate::ops::out::{self, Read};
use crate::ops::picks::{put_along, take_along};
use crate::ops::reductions::norm::{quotient, times};
use crate::ops::reductions::reduce::underived;
use crate::ops::row::{Operator, RESULT};
use crate::ops::shapes::joining::stack_at;
use crate::ops::shapes::reorder::flip_dims;
use crate::ops::shapes::reshape::select_at;
use crate::ops::structured::structured;
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::shape;
use crate::tape::mode::{self, GradMode};
use crate::tape::node::Params;
use crate::tensor::{Tensor, done, outside, src};

mod product;

pub(in crate::ops) use product::{cumprod_jvp, cumprod_vjp};

structured! { family 19;
    /// The sums of the elements up to each along `dim`, of the operand's shape.
    ///
    /// Whole numbers are summed in int64 where `dtype` says nothing. Raises IndexError where there is no such dimension.
    Cumsum {
        "cumsum", grads ["CumsumBackward0"], reads [0], vjp cumsum_vjp, jvp cumsum_jvp, dtype "`dtype`, else the operand's, int64 for whole numbers";
        "cumsum(input, dim: int, *, dtype: dtype = None, out = None)" ALL => |args, target| cumulative(Cumsum::OPERATOR, Scan::Sum, args, target);
        fn cumsum(dim: i64) -> Tensor => |args, target| cumulative(Cumsum::OPERATOR, Scan::Sum, args, target);
    }
    /// The products of the elements up to each along `dim`, of the operand's shape.
    ///
    /// Whole numbers are multiplied in int64 where `dtype` says nothing. Raises IndexError where there is no such dimension.
    Cumprod {
        "cumprod", grads ["CumprodBackward0"], reads [1 << RESULT | 1], vjp cumprod_vjp, jvp cumprod_jvp, dtype "`dtype`, else the operand's, int64 for whole numbers";
        "cumprod(input, dim: int, *, dtype: dtype = None, out = None)" ALL => |args, target| cumulative(Cumprod::OPERATOR, Scan::Product, args, target);
        fn cumprod(dim: i64) -> Tensor => |args, target| cumulative(Cumprod::OPERATOR, Scan::Product, args, target);
    }
    /// The logarithms of the sums of the exponentials of the elements up to each along `dim`, of the operand's shape.
    ///
    /// Raises NotImplementedError for whole numbers, and IndexError where there is no such dimension.
    Logcumsumexp {
        "logcumsumexp", grads ["LogcumsumexpBackward0"], reads [1 << RESULT | 1], vjp log_vjp, jvp log_jvp;
        "logcumsumexp(input, dim: int, *, out = None)" BOTH => logcumsumexp;
        fn logcumsumexp(dim: i64) -> Tensor => logcumsumexp;
    }
    /// The largest elements up to each along `dim`, with their places: of equal ones the last; nan is above every number.
    ///
    /// Raises IndexError where there is no such dimension, and NotImplementedError for complex numbers.
    Cummax {
        "cummax", grads ["CummaxBackward0"], reads [1 << RESULT], vjp extreme_vjp, jvp extreme_jvp;
        "cummax(input, dim: int) -> tensors" METHOD => cummax;
        "cummax(input, dim: int, *, out: tensors = None) -> tensors" FUNCTION => cummax;
        fn cummax(dim: i64) -> (Tensor, Tensor) => cummax;
    }
    /// The smallest elements up to each along `dim`, with their places: of equal ones the last; nan is below every number.
    ///
    /// Raises IndexError where there is no such dimension, and NotImplementedError for complex numbers.
    Cummin {
        "cummin", grads ["CumminBackward0"], reads [1 << RESULT], vjp extreme_vjp, jvp extreme_jvp;
        "cummin(input, dim: int) -> tensors" METHOD => cummin;
        "cummin(input, dim: int, *, out: tensors = None) -> tensors" FUNCTION => cummin;
        fn cummin(dim: i64) -> (Tensor, Tensor) => cummin;
    }
}

/// The scan of `t` along `dim` in the type `dtype`, from the last element on where `backwards`. Nothing is recorded.
/// One dimension in the opposite order.
fn flip(t: &Tensor, dim: usize) -> Result<Tensor> {
    flip_dims(t, 1 << dim)
}

fn value(t: &Tensor, dim: usize, dtype: DType, what: Scan, backwards: bool) -> Result<Tensor> {
    let _off = GradMode::new(false);
    let own = t.dtype();
    // The kernel converts whole numbers: what is cut is cut of the sum as it is of the terms.
    let x = if own == dtype || own.is_integral() && dtype.is_integral() { t.clone() } else { copy::to(t, dtype)? };
    let out = Tensor::empty(&x.geometry().shape, dtype)?;
    {
        let (from, to) = (x.geometry(), out.geometry());
        if !backwards {
            let source = src(&from)?;
            done(out.write(|dst| lines::scan(dst, &source, dim, what))?)?;
        } else if from.numel() > 0 {
            // The same elements from the other end.
            let turned = |g: &crate::tape::Geometry| -> Result<_> {
                let mut strides = g.strides.duplicate()?;
                strides[dim] = -strides[dim];
                Ok((strides, g.offset + (g.shape[dim] - 1) * g.strides[dim]))
            };
            let ((a, a_start), (b, b_start)) = (turned(&from)?, turned(&to)?);
            let source = from.storage.src(from.dtype, &from.shape, &a, a_start).ok_or_else(outside)?;
            let dst = to.storage.dst(dtype, &to.shape, &b, b_start).ok_or_else(outside)?;
            done(lines::scan(&dst, &source, dim, what))?;
        }
    }
    Ok(out)
}

/// Records a scan and returns it.
fn record(op: &'static Operator, t: &Tensor, dim: usize, out: Tensor) -> Result<Tensor> {
    let params = Some(Params::ints([dim as i64, 0, 0, 0]));
    Application { op, variant: 0, ins: &[Operand::Tensor(t)], outs: &[&out], differentiable: 1, params }.finish()?;
    Ok(out)
}

fn cumulative(op: &'static Operator, what: Scan, args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let given = args.get(2).and_then(Arg::dtype);
    if let Target::InPlace = target {
        inplace::check_history(t, t.requires_grad())?;
    }
    let dim = shape::wrap_dim(args[1].int(0), t.ndim())?;
    let own = t.dtype();
    let dtype = given.unwrap_or(match target {
        Target::Fresh if own.is_integral() => DType::Int64,
        Target::Fresh | Target::InPlace => own,
        Target::Out(to) => to.dtype(),
    });
    if let (Target::InPlace, true) = (target, dtype != own) {
        return Err(Error::runtime(format!(
            "Bad in-place call: input tensor dtype {} and output tensor dtype {} should match",
            own.c_name(),
            dtype.c_name()
        )));
    }
    out::check(dtype, target, out::SAME)?;
    if dtype == DType::Bool && t.ndim() > 0 && t.numel() > 0 {
        return Err(Error::not_implemented(format!("\"{}_out_cpu\" not implemented for 'Bool'", op.name)));
    }
    if let Target::InPlace = target {
        crate::ops::overlap::check(t, [t].into_iter())?;
        let ins = [Operand::Tensor(t)];
        let before = inplace::Before::of(op, &ins, t)?;
        // What is kept of it stands where it stood, for a rule that reads it once it is written.
        let ins = [before.operand(0, &ins)];
        let params = Some(Params::ints([dim as i64, 0, 0, 0]));
        Application { op, variant: 0, ins: &ins, outs: &[t], differentiable: 1, params }
            .write(&before, || copy::assign(t, &value(t, dim, dtype, what, false)?))?;
        return Ok(Output::One(t.clone()));
    }
    let result = record(op, t, dim, value(t, dim, dtype, what, false)?)?;
    underived(op.name, t, &result, target)?;
    out::give_beside(op.name, result, target, out::SAME, &[Read::Whole(t)]).map(Output::One)
}

/// The sums up to each element, in the operand's type or for whole numbers in int64.
pub fn cumsum(t: &Tensor, dim: usize) -> Result<Tensor> {
    let dtype = if t.dtype().is_integral() { DType::Int64 } else { t.dtype() };
    record(Cumsum::OPERATOR, t, dim, value(t, dim, dtype, Scan::Sum, false)?)
}

/// The products up to each element, in the operand's type.
pub(in crate::ops) fn cumprod(t: &Tensor, dim: usize) -> Result<Tensor> {
    record(Cumprod::OPERATOR, t, dim, value(t, dim, t.dtype(), Scan::Product, false)?)
}

/// The sums from each element on.
fn cumsum_from(t: &Tensor, dim: usize) -> Result<Tensor> {
    if t.ndim() > 0 && mode::wants_values_alone() {
        return value(t, dim, t.dtype(), Scan::Sum, true);
    }
    flip(&cumsum(&flip(t, dim)?, dim)?, dim)
}

/// Whether a scan along `dim` changes nothing.
fn is_trivial(sizes: &[i64], dim: usize) -> bool {
    sizes.get(dim).is_none_or(|&n| n == 1) || sizes.iter().product::<i64>() <= 1
}

fn cumsum_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let dim = vjp.params()?.ints[0] as usize;
    let (dtype, sizes) = vjp.meta(0)?;
    let g = copy::to(vjp.g()?, dtype)?;
    let x_bar = if is_trivial(&sizes, dim) { g } else { cumsum_from(&g, dim)? };
    vjp.add(0, x_bar)
}

fn cumsum_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let dtype = jvp.outs[0].dtype();
    jvp.linear(0, |x_dot, params| cumsum(&copy::to(x_dot, dtype)?, params.ints[0] as usize))
}

/// `a` where `condition` holds, else `b`.
fn choose(condition: &Tensor, a: Operand<'_>, b: Operand<'_>) -> Result<Tensor> {
    use crate::ops::elements::pointwise::Where;
    pointwise(Where::OPERATOR, Where::ROW, 0, &[Operand::Tensor(condition), a, b], Target::Fresh)
}

fn logcumsumexp(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let dim = shape::wrap_dim(args[1].int(0), t.ndim())?;
    out::check(t.dtype(), target, Some(expected))?;
    let result = log_scan(t, dim)?;
    out::give_beside("logcumsumexp", result, target, Some(expected), &[Read::Whole(t)]).map(Output::One)
}

/// What torch says of an `out=` of another type.
fn expected(result: DType, out: DType) -> String {
    format!("expected scalar_type {} but found {}", result.scalar_name(), out.scalar_name())
}

fn log_scan(t: &Tensor, dim: usize) -> Result<Tensor> {
    if t.dtype().is_integral() {
        let name = t.dtype().scalar_name();
        return Err(Error::not_implemented(format!("\"logcumsumexp_out_cpu\" not implemented for '{name}'")));
    }
    if t.ndim() == 0 || t.numel() == 0 {
        let same = {
            let _off = GradMode::new(false);
            copy::contiguous_copy(t)?
        };
        return record(Logcumsumexp::OPERATOR, t, dim, same);
    }
    record(Logcumsumexp::OPERATOR, t, dim, value(t, dim, t.dtype(), Scan::LogSumExp, false)?)
}

fn log_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let dim = vjp.params()?.ints[0] as usize;
    let g = vjp.g()?;
    if g.ndim() == 0 || g.numel() == 0 {
        return vjp.add(0, g.clone());
    }
    let (x, y) = (vjp.saved_tensor(0)?, vjp.saved_tensor(RESULT)?);
    let from_log = |log: &Tensor| -> Result<Tensor> {
        let terms = flip(&log_scan(&flip(&log.minus(&y)?, dim)?, dim)?, dim)?;
        terms.plus(&x)?.exp()
    };
    if g.dtype().is_complex() {
        let x_bar =
            crate::ops::products::matmul::conj(from_log(&crate::ops::products::matmul::conj(g.clone())?.log()?)?)?;
        return vjp.add(0, x_bar);
    }
    if !mode::wants_values_alone() && g.equals(0.0)?.read(kernels::index::count_true)? > 0 {
        // A logarithm of 0 has no derivative.
        let x_bar = log_step_by_step(&x, &y, g, dim)?;
        return vjp.add(0, x_bar);
    }
    // Cotangents above 0 and below 0 each by their logarithms.
    let logs = g.abs()?.log()?;
    let none = lowest(g.dtype());
    let none = Tensor::full(&[], none, g.dtype())?;
    let part = |hits: Tensor| from_log(&choose(&hits, Operand::Tensor(&logs), Operand::Tensor(&none))?);
    let (above, below) = (part(g.greater(0.0)?)?, part(g.less(0.0)?)?);
    let x_bar = above.minus(&below)?;
    vjp.add(0, x_bar)
}

/// The same from the last element to the first: no logarithm of a cotangent is taken, so that it can be differentiated
/// where one is 0.
fn log_step_by_step(x: &Tensor, y: &Tensor, g: &Tensor, dim: usize) -> Result<Tensor> {
    let at = |t: &Tensor, i: i64| select_at(t, dim as i64, i);
    back_step_by_step(
        g,
        dim,
        |i| at(y, i)?.minus(&at(y, i + 1)?)?.exp(),
        |owed, i| times(&at(x, i)?.minus(&at(y, i)?)?.exp()?, owed),
    )
}

/// The lowest finite number of a floating point type.
fn lowest(dtype: DType) -> f64 {
    match dtype {
        DType::Float16 => -65504.0,
        DType::BFloat16 => -3.3895313892515355e38,
        DType::Float32 => f64::from(f32::MIN),
        _ => f64::MIN,
    }
}

fn log_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let (Some(x_dot), Some(params)) = (jvp.x_dot(0), jvp.params) else { return Ok(()) };
    let (x, dim) = (jvp.primal(0)?, params.ints[0] as usize);
    if x.numel() == 0 || x.ndim() == 0 {
        let same = x_dot.clone();
        return jvp.set(0, same);
    }
    let scale = if x.dtype().is_complex() {
        x.exp()?
    } else {
        x.minus(&crate::ops::reductions::folds::extremes::amax_over(x, 1 << dim, true)?)?.exp()?
    };
    let y_dot = if scale.equals(0.0)?.read(kernels::index::count_true)? > 0 {
        // Beside a much larger element that comes later the first ones vanish, and with them their sum.
        log_tangent_step_by_step(x, jvp.outs[0], x_dot, dim)?
    } else {
        quotient(&cumsum(&times(&scale, x_dot)?, dim)?, &cumsum(&scale, dim)?)?
    };
    jvp.set(0, y_dot)
}

/// From the first element to the last, each tangent a mean of the one before and of the element's own.
fn log_tangent_step_by_step(x: &Tensor, y: &Tensor, x_dot: &Tensor, dim: usize) -> Result<Tensor> {
    let at = |t: &Tensor, i: i64| select_at(t, dim as i64, i);
    step_by_step(x_dot, dim, |before, i| {
        let now = at(y, i)?;
        let before = times(&at(y, i - 1)?.minus(&now)?.exp()?, before)?;
        before.plus(&times(&at(x, i)?.minus(&now)?.exp()?, &at(x_dot, i)?)?)
    })
}

/// The tangents of a scan along `dim`: the first is the element's own, and `next` makes each of the one before it and of its place.
fn step_by_step(x_dot: &Tensor, dim: usize, next: impl Fn(&Tensor, i64) -> Result<Tensor>) -> Result<Tensor> {
    let n = x_dot.geometry().shape[dim];
    let mut all = vec![select_at(x_dot, dim as i64, 0)?];
    for i in 1..n {
        all.push(next(&all[i as usize - 1], i)?);
    }
    stack_at(&all, dim as i64)
}

/// The cotangents of a scan along `dim`, from the last to the first: each result owes its own and `passed` times what the next
/// one owes, of which `made` makes what the element gets.
fn back_step_by_step(
    g: &Tensor,
    dim: usize,
    passed: impl Fn(i64) -> Result<Tensor>,
    made: impl Fn(&Tensor, i64) -> Result<Tensor>,
) -> Result<Tensor> {
    let mut all = Vec::new();
    let mut later: Option<Tensor> = None;
    for i in (0..g.geometry().shape[dim]).rev() {
        let own = select_at(g, dim as i64, i)?;
        let owed = match later {
            Some(later) => own.plus(&times(&passed(i)?, &later)?)?,
            None => own,
        };
        all.push(made(&owed, i)?);
        later = Some(owed);
    }
    all.reverse();
    stack_at(&all, dim as i64)
}

fn cummax(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    extreme(Cummax::OPERATOR, out::named!("cummax", "values", "indices"), args)
}

fn cummin(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    extreme(Cummin::OPERATOR, out::named!("cummin", "values", "indices"), args)
}

fn extreme(op: &'static Operator, named: out::Named, args: &[Arg<'_>]) -> Result<Output> {
    let t = tensor(args, 0)?;
    let given = args[1].int(0);
    let dim = match (t.numel(), t.ndim()) {
        // Of nothing torch asks for no dimension.
        (0, n) => shape::wrap_dim(given, n).unwrap_or(0),
        (_, 0) if !matches!(given, 0 | -1) => {
            let text = format!("{}(): Expected reduction dim -1 or 0 for scalar but got {given}", op.name);
            return Err(Error::index(text));
        }
        (_, n) => shape::wrap_dim(given, n)?,
    };
    let (dtype, smallest) = (t.dtype(), op.number == Cummin::OPERATOR.number);
    let outs = out::pair(args.get(2))?;
    if let Some([values, indices]) = outs {
        out::check(dtype, Target::Out(values), Some(expected))?;
        out::check(DType::Int64, Target::Out(indices), Some(expected))?;
    }
    let sizes = t.sizes()?;
    let indices = Tensor::empty(&sizes, DType::Int64)?;
    let values = Tensor::empty(&sizes, dtype)?;
    if t.numel() > 0 {
        if sizes.is_empty() {
            copy::assign(&values, t)?;
            done(indices.write(|dst| crate::kernels::copy::fill(dst, crate::dtype::Scalar::Int(0)))?)?;
        } else if dtype.is_complex() {
            let text = format!("\"{}_cpu\" not implemented for '{}'", op.name, dtype.scalar_name());
            return Err(Error::not_implemented(text));
        } else {
            let g = t.geometry();
            let source = src(&g)?;
            done(values.write(|v| indices.write(|i| lines::cumulative_extreme(v, i, &source, dim, smallest)))??)?;
        }
    }
    crate::ops::reductions::sorts::refuse_complex_history(op.name, t)?;
    let params = Some(Params::ints([dim as i64, 0, 0, 0]));
    let made = [&values, &indices];
    Application { op, variant: 0, ins: &[Operand::Tensor(t)], outs: &made, differentiable: 1, params }.finish()?;
    // torch compares nothing here, and reads what it has written.
    out::give_pair(named, [values, indices], outs, [Some(expected), Some(expected)], [&[], &[]])
}

fn extreme_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let dim = vjp.params()?.ints[0] as usize;
    let (_, sizes) = vjp.meta(0)?;
    let g = vjp.g()?;
    if g.numel() == 0 {
        return vjp.add(0, g.clone());
    }
    let x_bar = put_along(&sizes, dim, &vjp.saved_tensor(RESULT)?, g, 1)?;
    vjp.add(0, x_bar)
}

fn extreme_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let (Some(x_dot), Some(params)) = (jvp.x_dot(0), jvp.params) else { return Ok(()) };
    let y_dot = take_along(x_dot, params.ints[0] as usize, jvp.outs[1])?;
    jvp.set(0, y_dot)
}
