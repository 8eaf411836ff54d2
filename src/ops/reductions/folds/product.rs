//! Products, and sums without nans.

use super::{Nansum, Prod, truth};
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels;
use crate::ops::adjoint::Vjp;
use crate::ops::application::Application;
use crate::ops::apply::{Operand, pointwise};
use crate::ops::elements::compare::Eq;
use crate::ops::elements::pointwise::{Add, Conj, Div, MaskedFill, Mul};
use crate::ops::reductions::reduce::{
    Over, binary, mask_of, record, reduce_or, restore, spread_back, sum_dims, underived,
};
use crate::ops::row::RESULT;
use crate::ops::shapes::embed::{Part, embed};
use crate::ops::shapes::reshape::{reshape_to, slice_at};
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::ops::{copy, out};
use crate::shape;
use crate::tape::mode::{self, GradMode};
use crate::tape::node::Params;
use crate::tensor::Tensor;

/// The type in which torch adds and multiplies `own`, where a caller names none.
fn usual(own: DType) -> DType {
    if own.is_integral() { DType::Int64 } else { own }
}

/// The type that a call names: its own, else that of `out`.
fn named(dtype: Option<&Arg<'_>>, target: Target<'_>) -> (Option<DType>, out::Fits) {
    match (dtype.and_then(Arg::dtype), target) {
        (None, Target::Out(to)) => (Some(to.dtype()), out::CAST),
        (dtype, _) => (dtype, out::SAME),
    }
}

pub(super) fn prod(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let Some(Arg::Int(dim)) = args.get(1) else {
        let dtype = args.get(1).and_then(Arg::dtype).unwrap_or(usual(t.dtype()));
        let out = value(t, u64::MAX, false, dtype)?;
        record(Prod::OPERATOR, 0, t, &out, u64::MAX, false)?;
        underived("prod", t, &out, target)?;
        return Ok(Output::One(out));
    };
    let dim = shape::wrap_dim(*dim, t.ndim())?;
    let (dtype, fits) = named(args.get(3), target);
    let keepdim = args.get(2).is_some_and(Arg::truth);
    let mask = if t.ndim() == 0 { 0 } else { 1 << dim };
    let out = value(t, mask, keepdim, dtype.unwrap_or(usual(t.dtype())))?;
    let params = Some(Params { flag: keepdim, ..Params::ints([mask as i64, dim as i64, 0, 0]) });
    let ins = [Operand::Tensor(t)];
    Application { op: Prod::OPERATOR, variant: 1, ins: &ins, outs: &[&out], differentiable: 1, params }.finish()?;
    underived("prod", t, &out, target)?;
    out::give("prod", out, target, fits).map(Output::One)
}

fn value(t: &Tensor, mask: u64, keepdim: bool, dtype: DType) -> Result<Tensor> {
    let _off = GradMode::new(false);
    let own = t.dtype();
    // Whole numbers are read as int64 by the kernel; 1 is what no elements give.
    let x = if own == dtype || own.is_integral() && dtype == DType::Int64 { t.clone() } else { copy::to(t, dtype)? };
    reduce_or(&x, Over::new(mask, keepdim), dtype, Scalar::Int(1), kernels::reduce::product)
}

/// Where a product was taken: the dimension, or none where over all.
fn dim_of(variant: u8, params: Option<&Params>) -> Option<(usize, bool)> {
    params.filter(|_| variant == 1).map(|p| (p.ints[1] as usize, p.flag))
}

/// The derivative of a product by each element, times `g`: `x`, `y` and `g` in one type.
fn adjoint(x: &Tensor, y: &Tensor, g: &Tensor, along: Option<(usize, bool)>) -> Result<Tensor> {
    if x.ndim() == 0 {
        return Ok(g.clone());
    }
    let mask = along.map_or(0, |(dim, _)| 1 << dim);
    let keepdim = along.is_none_or(|(_, keepdim)| keepdim);
    let (g, y) = (restore(g, mask, keepdim, x.ndim())?, restore(y, mask, keepdim, x.ndim())?);
    let zeros = {
        let _off = GradMode::new(false);
        let zeros = binary(Eq::OPERATOR, Eq::ROW, x, Operand::Number(Scalar::Int(0)))?;
        truth::count_all(&zeros)?
    };
    if zeros == 0 {
        let slope = binary(Div::OPERATOR, Div::ROW, &y, Operand::Tensor(x))?;
        return binary(Mul::OPERATOR, Mul::ROW, &g, Operand::Tensor(&conj(slope)?));
    }
    if along.is_none() && zeros > 1 && mode::wants_values_alone() {
        return copy::zeros_like(x);
    }
    let Some((dim, _)) = along else {
        let n = x.numel();
        let sizes = x.sizes()?;
        let flat = reshape_to(&copy::contiguous(x)?, &[n])?;
        let x_bar = binary(Mul::OPERATOR, Mul::ROW, &g, Operand::Tensor(&conj(others(&flat, 0)?)?))?;
        return reshape_to(&x_bar, &sizes);
    };
    binary(Mul::OPERATOR, Mul::ROW, &g, Operand::Tensor(&conj(others(x, dim)?)?))
}

fn conj(t: Tensor) -> Result<Tensor> {
    match t.dtype().is_complex() {
        true => pointwise(Conj::OPERATOR, Conj::ROW, 0, &[Operand::Tensor(&t)], Target::Fresh),
        false => Ok(t),
    }
}

/// For each element the product of all others along `dim`, without a division: of those before it and those after it,
/// each by doubling the reach of what is multiplied, so that whatever the zeros, every derivative of it is right.
fn others(x: &Tensor, dim: usize) -> Result<Tensor> {
    let n = x.sizes()?[dim];
    let side = |forward: bool| -> Result<Tensor> {
        let mut product = shifted(x, dim, 1.min(n), forward)?;
        let mut reach = 1;
        while reach < n {
            let next = shifted(&product, dim, reach, forward)?;
            product = binary(Mul::OPERATOR, Mul::ROW, &product, Operand::Tensor(&next))?;
            reach *= 2;
        }
        Ok(product)
    };
    binary(Mul::OPERATOR, Mul::ROW, &side(true)?, Operand::Tensor(&side(false)?))
}

/// The elements moved `by` places along `dim`, with ones where they came from.
fn shifted(x: &Tensor, dim: usize, by: i64, forward: bool) -> Result<Tensor> {
    let sizes = x.sizes()?;
    let n = sizes[dim];
    let part = |start, end| Part { dim, start, end, step: 1 };
    let (from, to, gap) = match forward {
        true => ((0, n - by), part(by, n), part(0, by)),
        false => ((by, n), part(0, n - by), part(n - by, n)),
    };
    let ones = {
        let mut short = sizes.duplicate()?;
        short[dim] = by;
        embed(&Tensor::full(&short, Scalar::Int(1), x.dtype())?, &sizes, gap)?
    };
    if by == n {
        return Ok(ones);
    }
    let moved = embed(&slice_at(x, dim, from.0, from.1, 1)?, &sizes, to)?;
    binary(Add::OPERATOR, Add::ROW, &moved, Operand::Tensor(&ones))
}

pub(super) fn vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let along = dim_of(vjp.node.variant, vjp.node.params.get().as_deref());
    let g = vjp.g()?;
    let x = copy::to(&vjp.saved_tensor(0)?, g.dtype())?;
    let x_bar = adjoint(&x, &vjp.saved_tensor(RESULT)?, g, along)?;
    vjp.add(0, x_bar)
}

pub(super) fn jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let Some(x_dot) = jvp.x_dot(0) else { return Ok(()) };
    let y = jvp.outs[0];
    let dtype = y.dtype();
    let along = jvp.params.map(|p| (p.ints[1] as usize, p.flag));
    let x = copy::to(jvp.primal(0)?, dtype)?;
    let ones = Tensor::full(&y.sizes()?, Scalar::Int(1), dtype)?;
    // What the adjoint multiplies by is conjugate; a tangent is not.
    let slope = conj(adjoint(&x, y, &ones, along)?)?;
    let terms = binary(Mul::OPERATOR, Mul::ROW, &slope, Operand::Tensor(&copy::to(x_dot, dtype)?))?;
    let mask = along.map_or(u64::MAX, |(dim, _)| if x.ndim() == 0 { 0 } else { 1 << dim });
    let y_dot = sum_dims(&terms, mask, along.is_some_and(|(_, keepdim)| keepdim), Some(dtype))?;
    jvp.set(0, y_dot)
}

pub(super) fn nansum(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let dims = args.get(1).and_then(Arg::dims);
    if let Target::Fresh = target {
        mask_of(dims, t.ndim())?;
    }
    if t.dtype().is_complex() {
        return Err(Error::runtime("nansum on CPU does not support complex inputs"));
    }
    one_dtype(args.get(3), target)?;
    mask_of(dims, t.ndim())?;
    let (dtype, fits) = named(args.get(3), target);
    if let (Target::Out(to), None) = (target, args.get(3).and_then(Arg::dtype))
        && !t.dtype().is_integral()
        && to.dtype().is_integral()
    {
        let name = to.dtype().scalar_name();
        return Err(Error::not_implemented(format!("\"nansum_cpu\" not implemented for '{name}'")));
    }
    let out = nansum_over(t, dims, args.get(2).is_some_and(Arg::truth), dtype)?;
    underived("nansum", t, &out, target)?;
    out::give("nansum", out, target, fits).map(Output::One)
}

/// Refuses a `dtype=` other than that of `out=`.
pub(super) fn one_dtype(dtype: Option<&Arg<'_>>, target: Target<'_>) -> Result<()> {
    match (dtype.and_then(Arg::dtype), target) {
        (Some(dtype), Target::Out(to)) if to.dtype() != dtype => Err(Error::runtime(format!(
            "nansum: provided dtype must match dtype of result. Got {} and {}.",
            to.dtype().scalar_name(),
            dtype.scalar_name()
        ))),
        _ => Ok(()),
    }
}

/// The sum of the elements that are not nan over `dims`.
pub(super) fn nansum_over(t: &Tensor, dims: Option<&[i64]>, keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
    let mask = mask_of(dims, t.ndim())?;
    if let Some(dtype) = dtype
        && dtype.is_complex()
        && !t.dtype().is_integral()
        && t.numel() > 0
    {
        let name = dtype.scalar_name();
        return Err(Error::not_implemented(format!("\"nansum_cpu\" not implemented for '{name}'")));
    }
    let out = {
        let _off = GradMode::new(false);
        let dtype = dtype.unwrap_or(usual(t.dtype()));
        match t.dtype().is_integral() || !dtype.is_floating_point() {
            true => sum_dims(&copy::to(t, dtype)?, mask, keepdim, Some(dtype))?,
            false => reduce_or(
                &copy::to(t, dtype)?,
                Over::new(mask, keepdim),
                dtype,
                Scalar::Int(0),
                kernels::reduce::sum_of_numbers,
            )?,
        }
    };
    // Where nothing was named nothing is put back before a cotangent is spread.
    let (back, named) = (if dims.is_some() { mask as i64 } else { 0 }, dims.is_some() as i64);
    let params = Some(Params { flag: keepdim, ..Params::ints([back, named, mask as i64, 0]) });
    let ins = [Operand::Tensor(t)];
    Application { op: Nansum::OPERATOR, variant: 0, ins: &ins, outs: &[&out], differentiable: 1, params }.finish()?;
    Ok(out)
}

/// Which elements are numbers.
fn numbers(x: &Tensor) -> Result<Tensor> {
    let _off = GradMode::new(false);
    binary(Eq::OPERATOR, Eq::ROW, x, Operand::Tensor(x))
}

pub(super) fn nansum_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let x = vjp.saved_tensor(0)?;
    let g = copy::converted(vjp.g()?, x.dtype())?;
    let wide = spread_back(vjp, &g)?;
    let x_bar = binary(Mul::OPERATOR, Mul::ROW, &wide, Operand::Tensor(&numbers(&x)?))?;
    vjp.add(0, x_bar)
}

pub(super) fn nansum_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let Some(x_dot) = jvp.x_dot(0) else { return Ok(()) };
    let (mask, keepdim) = jvp.params.map_or((u64::MAX, false), |p| (p.ints[2] as u64, p.flag));
    let nans = {
        let _off = GradMode::new(false);
        binary(Eq::OPERATOR, Eq::ROW, &numbers(jvp.primal(0)?)?, Operand::Number(Scalar::Bool(false)))?
    };
    let ins = [Operand::Tensor(x_dot), Operand::Number(Scalar::Float(0.0)), Operand::Tensor(&nans)];
    let kept = pointwise(MaskedFill::OPERATOR, MaskedFill::ROW, 0, &ins, Target::Fresh)?;
    let y_dot = sum_dims(&kept, mask, keepdim, Some(jvp.outs[0].dtype()))?;
    jvp.set(0, y_dot)
}
