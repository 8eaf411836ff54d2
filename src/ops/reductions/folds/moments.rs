//! Variance and standard deviation, alone or with the mean.
//!
//! In two passes over float64 numbers: the mean, then the squares of what the elements differ from it. So a large mean
//! costs no digits, of float32 neither. Where float64 numbers differ from it by no more than it was rounded, the mean of the
//! differences is added to it, and what they differ from that is squared: of equal elements that is 0.

use super::{Std, StdMean, Var, VarMean};
use crate::buffers::PoolVec;
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels;
use crate::ops::adjoint::Vjp;
use crate::ops::application::Application;
use crate::ops::apply::{Operand, pointwise};
use crate::ops::elements::compare::{Eq, Le};
use crate::ops::elements::pointwise::{Add, Conj, Div, MaskedFill, Mul, Sqrt, Sub, Where};
use crate::ops::reductions::reduce::{
    Over, binary, count, divided, mask_of, mean_over, reduce, reduce_onto, restore, shared_out, spread_back, sum_dims,
};
use crate::ops::row::{Operator, RESULT};
use crate::ops::shapes::reshape::expand_recorded;
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::ops::{copy, out};
use crate::tape::mode::GradMode;
use crate::tape::node::Params;
use crate::tensor::Tensor;

/// What is asked for.
#[derive(Clone, Copy)]
struct Kind {
    op: &'static Operator,
    root: bool,
    with_mean: bool,
}

const VAR: Kind = Kind { op: Var::OPERATOR, root: false, with_mean: false };
const STD: Kind = Kind { op: Std::OPERATOR, root: true, with_mean: false };
const VAR_MEAN: Kind = Kind { op: VarMean::OPERATOR, root: false, with_mean: true };
const STD_MEAN: Kind = Kind { op: StdMean::OPERATOR, root: true, with_mean: true };

/// Over what, and what the number of elements is lessened by.
#[derive(Clone, Copy)]
struct How {
    mask: u64,
    /// Whether the caller named dimensions (an empty list is named, too).
    named: bool,
    keepdim: bool,
    correction: Scalar,
}

impl How {
    fn of(params: &Params) -> How {
        let [mask, named, bits, whole] = params.ints;
        let correction = if whole != 0 { Scalar::Int(bits) } else { Scalar::Float(f64::from_bits(bits as u64)) };
        How { mask: mask as u64, named: named != 0, keepdim: params.flag, correction }
    }

    fn params(self) -> Params {
        let (bits, whole) = match self.correction {
            Scalar::Float(x) => (x.to_bits() as i64, 0),
            x => (x.to_f64() as i64, 1),
        };
        Params { flag: self.keepdim, ..Params::ints([self.mask as i64, self.named as i64, bits, whole]) }
    }
}

macro_rules! calls {
    ($($kind:ident: $dims:ident $by:ident $all:ident;)*) => { $(
        pub(super) fn $dims(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
            moments($kind, args, unbiased(args.get(2)), args.get(3), target)
        }
        pub(super) fn $by(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
            let correction = match args.get(2) {
                Some(Arg::Number(Scalar::Complex(..))) => {
                    return Err(Error::runtime("value cannot be converted to type double without overflow"));
                }
                Some(Arg::Number(x)) => *x,
                Some(Arg::Int(n)) => Scalar::Int(*n),
                _ => Scalar::Int(1),
            };
            moments($kind, args, correction, args.get(3), target)
        }
        pub(super) fn $all(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
            moments($kind, &args[..1], unbiased(args.get(1)), None, target)
        }
    )* };
}

calls! {
    VAR: var var_by var_all;
    STD: std std_by std_all;
    VAR_MEAN: var_mean var_mean_by var_mean_all;
    STD_MEAN: std_mean std_mean_by std_mean_all;
}

/// The correction that a switch stands for; on where it is left out.
fn unbiased(arg: Option<&Arg<'_>>) -> Scalar {
    Scalar::Int(!matches!(arg, Some(Arg::Bool(false))) as i64)
}

fn moments(
    kind: Kind,
    args: &[Arg<'_>],
    correction: Scalar,
    keepdim: Option<&Arg<'_>>,
    target: Target<'_>,
) -> Result<Output> {
    let t = tensor(args, 0)?;
    let (own, name) = (t.dtype(), kind.op.name);
    if !own.is_differentiable() {
        let who = if kind.with_mean { name } else { "std and var" };
        return Err(Error::runtime(format!("{who} only support floating point and complex dtypes")));
    }
    if let Target::Out(to) = target
        && !to.dtype().is_differentiable()
    {
        return Err(Error::runtime(format!(
            "result type {} can't be cast to the desired output type {}",
            own.real().scalar_name(),
            to.dtype().scalar_name()
        )));
    }
    // What goes to another type is converted before, as torch does.
    let converted = match target {
        Target::Out(to) if to.dtype().is_complex() && !own.is_complex() => {
            let name = to.dtype().scalar_name();
            return Err(Error::not_implemented(format!("\"std_cpu\" not implemented for '{name}'")));
        }
        Target::Out(to) if to.dtype() != own && !own.is_complex() => {
            let _off = GradMode::new(false);
            Some(copy::to(t, to.dtype())?)
        }
        _ => None,
    };
    let dims = args.get(1).and_then(Arg::dims);
    let how = How {
        mask: mask_of(dims, t.ndim())?,
        named: dims.is_some(),
        keepdim: keepdim.is_some_and(Arg::truth),
        correction,
    };
    let [spread, mean] = values(kind, converted.as_ref().unwrap_or(t), how)?;
    let params = Some(how.params());
    let ins = [Operand::Tensor(t)];
    if kind.with_mean {
        let outs = [&spread, &mean];
        Application { op: kind.op, variant: 0, ins: &ins, outs: &outs, differentiable: 0b11, params }.finish()?;
        let mut both = PoolVec::new();
        both.push(spread)?;
        both.push(mean)?;
        return Ok(Output::Many(both));
    }
    Application { op: kind.op, variant: 0, ins: &ins, outs: &[&spread], differentiable: 1, params }.finish()?;
    out::give(name, spread, target, out::CAST).map(Output::One)
}

/// Variance (or its root) and mean. Nothing is recorded.
fn values(kind: Kind, t: &Tensor, how: How) -> Result<[Tensor; 2]> {
    let _off = GradMode::new(false);
    let n = count(&t.sizes()?, how.mask);
    let left = n - how.correction.to_f64();
    // Where there is no result there is nothing to reduce, as torch counts.
    let nothing = t.sizes()?.iter().enumerate().any(|(d, &n)| n == 0 && how.mask >> d & 1 == 0);
    if left - if nothing { n } else { 0.0 } <= 0.0 {
        crate::tape::host::warn(&format!(
            "{}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor (input numel \
             divided by output numel).",
            kind.op.name
        ))?;
    }
    let own = t.dtype();
    let parts = if own.is_complex() { [Some(t.real()?), Some(t.imag()?)] } else { [Some(t.clone()), None] };
    let mut variance: Option<Tensor> = None;
    let mut means = [None, None];
    for (part, to) in parts.iter().flatten().zip(&mut means) {
        let (mean, squares) = sums(part, how, n)?;
        let own = shared_out(&squares, left.max(0.0))?;
        variance = Some(match variance {
            None => own,
            Some(sum) => binary(Add::OPERATOR, Add::ROW, &sum, Operand::Tensor(&own))?,
        });
        *to = Some(mean);
    }
    let mut variance = variance.ok_or_else(|| Error::runtime("a tensor has a part"))?;
    if kind.root {
        variance = pointwise(Sqrt::OPERATOR, Sqrt::ROW, 0, &[Operand::Tensor(&variance)], Target::Fresh)?;
    }
    let variance = copy::to(&variance, own.real())?;
    let mean = match (kind.with_mean, &means) {
        (true, [Some(re), Some(im)]) => {
            let i = Operand::Number(Scalar::Complex(0.0, 1.0));
            let im = pointwise(Mul::OPERATOR, Mul::ROW, 0, &[Operand::Tensor(im), i], Target::Fresh)?;
            copy::to(&binary(Add::OPERATOR, Add::ROW, re, Operand::Tensor(&im))?, own)?
        }
        (true, [Some(mean), None]) => copy::to(mean, own)?,
        _ => variance.clone(),
    };
    Ok([variance, mean])
}

/// The mean of real numbers, and the sum of their squared distances from it, in float64.
fn sums(t: &Tensor, how: How, n: f64) -> Result<(Tensor, Tensor)> {
    let over = Over::new(how.mask, how.keepdim);
    let mean = shared_out(&reduce(t, over, DType::Float64, kernels::reduce::sum)?, n)?;
    let squares = copy::duplicate(&mean)?;
    if t.numel() == 0 {
        squares.fill(Scalar::Float(f64::NAN))?;
        return Ok((mean, squares));
    }
    reduce_onto(&squares, t, over, kernels::reduce::deviations)?;
    // A sum of float32 numbers in float64 is exact enough.
    if t.dtype() != DType::Float64
        || !squares.read(|squares| mean.read(|mean| kernels::reduce::any_of_rounding(squares, mean, n, ROUNDED)))??
    {
        return Ok((mean, squares));
    }
    // The bound of `any_of_rounding`, multiplied in the same order.
    let off = scaled(&mean, ROUNDED)?;
    let bound = times(&scaled(&off, n)?, Operand::Tensor(&off))?;
    let rounded = binary(Le::OPERATOR, Le::ROW, &squares, Operand::Tensor(&bound))?;
    let wide = restore(&mean, how.mask, how.keepdim, t.ndim())?;
    let rest = binary(Sub::OPERATOR, Sub::ROW, t, Operand::Tensor(&wide))?;
    let rest = shared_out(&reduce(&rest, over, DType::Float64, kernels::reduce::sum)?, n)?;
    let better = binary(Add::OPERATOR, Add::ROW, &mean, Operand::Tensor(&rest))?;
    // The others keep their bits.
    let ins = [Operand::Tensor(&rounded), Operand::Tensor(&better), Operand::Tensor(&mean)];
    let mean = pointwise(Where::OPERATOR, Where::ROW, 0, &ins, Target::Fresh)?;
    let squares = copy::duplicate(&mean)?;
    reduce_onto(&squares, t, over, kernels::reduce::deviations)?;
    Ok((mean, squares))
}

/// What a mean of float64 numbers may be wrong by, of itself: 2^-48.
const ROUNDED: f64 = 16.0 * f64::EPSILON;

fn times(a: &Tensor, b: Operand<'_>) -> Result<Tensor> {
    binary(Mul::OPERATOR, Mul::ROW, a, b)
}

/// A tensor times a number, as torch's own formulas multiply.
fn scaled(a: &Tensor, factor: f64) -> Result<Tensor> {
    let ins = [Operand::Tensor(a), Operand::Number(Scalar::Float(factor))];
    pointwise(Mul::OPERATOR, Mul::ROW, 1, &ins, Target::Fresh)
}

/// The cotangent of `x` where that of its variance is `g`.
fn variance_adjoint(x: &Tensor, g: &Tensor, how: How) -> Result<Tensor> {
    let whole = !how.named || x.ndim() == 0;
    let left = count(&x.sizes()?, how.mask) - how.correction.to_f64();
    let mean = mean_over(x, how.mask, !whole, !whole, x.dtype())?;
    if whole && left <= 0.0 {
        // The slope is infinite but where a distance is 0.
        let at_mean = binary(Eq::OPERATOR, Eq::ROW, x, Operand::Tensor(&mean))?;
        let number = |x| Operand::Number(Scalar::Float(x));
        let ins = [Operand::Tensor(&at_mean), number(f64::NAN), number(f64::INFINITY)];
        let slope = pointwise(Where::OPERATOR, Where::ROW, 0, &ins, Target::Fresh)?;
        return times(g, Operand::Tensor(&slope));
    }
    let g = if whole { g.clone() } else { restore(g, how.mask, how.keepdim, x.ndim())? };
    let distance = binary(Sub::OPERATOR, Sub::ROW, x, Operand::Tensor(&mean))?;
    times(&scaled(&g, 2.0 / left)?, Operand::Tensor(&distance))
}

/// The cotangent of the variance where that of its root `y` is `g`: 0 where the root is.
fn root_adjoint(g: &Tensor, y: &Tensor) -> Result<Tensor> {
    let slope = binary(Div::OPERATOR, Div::ROW, g, Operand::Tensor(&scaled(y, 2.0)?))?;
    let flat = binary(Eq::OPERATOR, Eq::ROW, y, Operand::Number(Scalar::Int(0)))?;
    let ins = [Operand::Tensor(&slope), Operand::Number(Scalar::Int(0)), Operand::Tensor(&flat)];
    pointwise(MaskedFill::OPERATOR, MaskedFill::ROW, 0, &ins, Target::Fresh)
}

pub(super) fn var_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    cotangent(vjp, false)
}

pub(super) fn std_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    cotangent(vjp, true)
}

fn cotangent(vjp: &mut Vjp<'_>, root: bool) -> Result<()> {
    let how = How::of(&*vjp.params()?);
    let x = vjp.saved_tensor(0)?;
    let mut x_bar = None;
    if let Some(g) = vjp.g_of(0) {
        let g = if root { root_adjoint(g, &vjp.saved_tensor(RESULT)?)? } else { g.clone() };
        x_bar = Some(variance_adjoint(&x, &g, how)?);
    }
    if let Some(g) = vjp.g_of(1) {
        // Where nothing was named nothing is put back before it is spread.
        let wide = if how.named { spread_back(vjp, g)? } else { expand_recorded(g, &x.sizes()?)? };
        let mean = divided(&wide, count(&x.sizes()?, how.mask))?;
        x_bar = Some(match x_bar {
            None => mean,
            Some(sum) => binary(Add::OPERATOR, Add::ROW, &sum, Operand::Tensor(&mean))?,
        });
    }
    x_bar.map_or(Ok(()), |x_bar| vjp.add(0, x_bar))
}

pub(super) fn var_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    tangents(jvp, false)
}

pub(super) fn std_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    tangents(jvp, true)
}

fn tangents(jvp: &mut Jvp<'_>, root: bool) -> Result<()> {
    let (Some(x_dot), Some(params)) = (jvp.x_dot(0), jvp.params) else { return Ok(()) };
    let (how, x, y) = (How::of(params), jvp.primal(0)?, jvp.outs[0]);
    let one = Tensor::full(&y.sizes()?, 1.0, y.dtype())?;
    let slope = variance_adjoint(x, &if root { root_adjoint(&one, y)? } else { one }, how)?;
    let terms = if x.dtype().is_complex() {
        let slope = pointwise(Conj::OPERATOR, Conj::ROW, 0, &[Operand::Tensor(&slope)], Target::Fresh)?;
        copy::converted(&times(&slope, Operand::Tensor(x_dot))?, y.dtype())?
    } else {
        times(&slope, Operand::Tensor(x_dot))?
    };
    let y_dot = sum_dims(&terms, how.mask, how.keepdim, Some(y.dtype()))?;
    let mean_dot = match jvp.outs.len() {
        2 => Some(mean_over(x_dot, how.mask, true, how.keepdim, x_dot.dtype())?),
        _ => None,
    };
    jvp.set(0, y_dot)?;
    mean_dot.map_or(Ok(()), |mean_dot| jvp.set(1, mean_dot))
}
