//! Derivatives of scans for products: where no element is 0 by quotients, and else without them.

use super::{back_step_by_step, choose, cumprod, cumsum, cumsum_from, is_trivial};
use crate::dtype::{DType, Scalar};
use crate::error::Result;
use crate::kernels;
use crate::ops::adjoint::Vjp;
use crate::ops::apply::Operand;
use crate::ops::copy;
use crate::ops::elements::compare::Eq;
use crate::ops::products::matmul::conj;
use crate::ops::reductions::norm::{quotient, times};
use crate::ops::reductions::reduce::binary;
use crate::ops::row::RESULT;
use crate::ops::shapes::reshape::select_at;
use crate::ops::tangent::Jvp;
use crate::tape::mode::{self, GradMode};
use crate::tensor::Tensor;

fn is(t: &Tensor, x: f64) -> Result<Tensor> {
    let _off = GradMode::new(false);
    binary(Eq::OPERATOR, Eq::ROW, t, Operand::Number(Scalar::Float(x)))
}

pub(in crate::ops) fn cumprod_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let dim = vjp.params()?.ints[0] as usize;
    let (dtype, sizes) = vjp.meta(0)?;
    let (x, y) = (vjp.saved_tensor(0)?, vjp.saved_tensor(RESULT)?);
    let g = copy::to(vjp.g()?, y.dtype())?;
    if is_trivial(&sizes, dim) {
        return vjp.add(0, copy::to(&g, dtype)?);
    }
    let x = copy::to(&x, y.dtype())?;
    let (factors, products) = (conj(x.clone())?, conj(y.clone())?);
    let w = times(&products, &g)?;
    let zeros = is(&x, 0.0)?;
    let x_bar = if zeros.read(kernels::index::count_true)? == 0 {
        quotient(&cumsum_from(&w, dim)?, &factors)?
    } else if mode::wants_values_alone() {
        around_zeros(&factors, &w, &g, &zeros, dim)?
    } else {
        step_by_step(&factors, &products, &g, dim)?
    };
    vjp.add(0, x_bar)
}

/// In linear time: before a line's first zero by quotients, at it by the products without it, and 0 behind it.
fn around_zeros(x: &Tensor, w: &Tensor, g: &Tensor, zeros: &Tensor, dim: usize) -> Result<Tensor> {
    let nothing = Operand::Number(Scalar::Float(0.0));
    let met = cumsum(zeros, dim)?;
    let (before, first) = (is(&met, 0.0)?, times(zeros, &is(&met, 1.0)?)?);
    let without = cumprod(&choose(&first, Operand::Number(Scalar::Float(1.0)), Operand::Tensor(x))?, dim)?;
    let at_first = cumsum_from(&times(g, &without)?, dim)?;
    let clear = choose(&before, Operand::Tensor(w), nothing)?;
    let quotients = quotient(&cumsum_from(&clear, dim)?, x)?;
    let behind = choose(&first, Operand::Tensor(&at_first), nothing)?;
    choose(&before, Operand::Tensor(&quotients), Operand::Tensor(&behind))
}

/// From the last element to the first, without a quotient: differentiable again, at zeros too.
///
/// What this product and all later ones owe to an element lacks but the product before it.
fn step_by_step(x: &Tensor, y: &Tensor, g: &Tensor, dim: usize) -> Result<Tensor> {
    let at = |t: &Tensor, i: i64| select_at(t, dim as i64, i);
    let made = |owed: &Tensor, i| if i > 0 { times(owed, &at(y, i - 1)?) } else { Ok(owed.clone()) };
    back_step_by_step(g, dim, |i| at(x, i + 1), made)
}

pub(in crate::ops) fn cumprod_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let (Some(x_dot), Some(params)) = (jvp.x_dot(0), jvp.params) else { return Ok(()) };
    let (y, dim) = (jvp.outs[0], params.ints[0] as usize);
    let (x, x_dot) = (copy::to(jvp.primal(0)?, y.dtype())?, copy::to(x_dot, y.dtype())?);
    let zeros = is(&x, 0.0)?;
    let quotients = times(&cumsum(&quotient(&x_dot, &x)?, dim)?, y)?;
    if zeros.read(kernels::index::count_true)? == 0 {
        return jvp.set(0, quotients);
    }
    if x.ndim() == 0 {
        return jvp.set(0, x_dot);
    }
    if !mode::wants_values_alone() {
        let y_dot = tangent_step_by_step(&x, y, &x_dot, dim)?;
        return jvp.set(0, y_dot);
    }
    // From the first zero on, the products with its tangent in its place.
    let first = {
        let _off = GradMode::new(false);
        times(&zeros, &is(&cumsum(&zeros, dim)?, 1.0)?)?
    };
    let instead = cumprod(&choose(&first, Operand::Tensor(&x_dot), Operand::Tensor(&x))?, dim)?;
    let behind = copy::to(&cumsum(&first, dim)?, DType::Bool)?;
    let y_dot = choose(&behind, Operand::Tensor(&instead), Operand::Tensor(&quotients))?;
    jvp.set(0, y_dot)
}

/// From the first element to the last, by the rule for a product.
fn tangent_step_by_step(x: &Tensor, y: &Tensor, x_dot: &Tensor, dim: usize) -> Result<Tensor> {
    let at = |t: &Tensor, i: i64| select_at(t, dim as i64, i);
    super::step_by_step(x_dot, dim, |before, i| {
        times(before, &at(x, i)?)?.plus(&times(&at(y, i - 1)?, &at(x_dot, i)?)?)
    })
}
