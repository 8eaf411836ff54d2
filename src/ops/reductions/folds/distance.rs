//! The distance of two tensors: a norm of their difference.

use super::Dist;
use crate::dtype::Scalar;
use crate::error::{Error, Result};
use crate::ops::adjoint::Vjp;
use crate::ops::application::Application;
use crate::ops::apply::{Operand, pointwise};
use crate::ops::elements::pointwise::{Neg, Sub};
use crate::ops::reductions::norm;
use crate::ops::reductions::reduce::binary;
use crate::ops::row::RESULT;
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::tape::mode::GradMode;
use crate::tape::node::Params;
use crate::tensor::Tensor;

pub(super) fn dist(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let (a, b) = (tensor(args, 0)?, tensor(args, 1)?);
    let order = match args.get(2) {
        Some(Arg::Number(Scalar::Complex(..))) => return Err(norm::complex_order()),
        Some(Arg::Number(p)) => *p,
        Some(Arg::Int(p)) => Scalar::Int(*p),
        _ => Scalar::Int(2),
    };
    let p = order.to_f64();
    let out = {
        let _off = GradMode::new(false);
        let d = difference(a, b)?;
        if !d.dtype().is_differentiable() {
            return Err(Error::runtime(format!(
                "norm(): input dtype should be either floating point or complex. Got {} instead.",
                d.dtype().scalar_name()
            )));
        }
        norm::of_all(&d, p)?
    };
    let ins = [Operand::Tensor(a), Operand::Tensor(b)];
    let params = Params::ints(match order {
        Scalar::Float(p) => [p.to_bits() as i64, 0, 0, 0],
        whole => [whole.to_f64() as i64, 1, 0, 0],
    });
    Application { op: Dist::OPERATOR, variant: 0, ins: &ins, outs: &[&out], differentiable: 1, params: Some(params) }
        .finish()?;
    Ok(Output::One(out))
}

/// The order that a node's parameters hold.
fn order(params: &Params) -> f64 {
    match params.ints {
        [p, 0, ..] => f64::from_bits(p as u64),
        [p, ..] => p as f64,
    }
}

fn difference(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    binary(Sub::OPERATOR, Sub::ROW, a, Operand::Tensor(b))
}

pub(super) fn vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let p = order(&*vjp.params()?);
    if p == 0.0 {
        // A count has no derivative.
        return Ok(());
    }
    let (a, b, n) = (vjp.saved_tensor(0)?, vjp.saved_tensor(1)?, vjp.saved_tensor(RESULT)?);
    let g = vjp.g()?;
    if vjp.wants(0) {
        let a_bar = norm::adjoint_of_all(&difference(&a, &b)?, &n, g, p)?;
        vjp.add(0, a_bar)?;
    }
    if vjp.wants(1) {
        let slope = norm::adjoint_of_all(&difference(&a, &b)?, &n, g, p)?;
        let b_bar = pointwise(Neg::OPERATOR, Neg::ROW, 0, &[Operand::Tensor(&slope)], Target::Fresh)?;
        vjp.add(1, b_bar)?;
    }
    Ok(())
}

pub(super) fn jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let Some(params) = jvp.params else { return Ok(()) };
    let (a, b, n) = (jvp.primal(0)?, jvp.primal(1)?, jvp.outs[0]);
    let d_dot = match (jvp.x_dot(0), jvp.x_dot(1)) {
        (None, None) => return Ok(()),
        (Some(a_dot), Some(b_dot)) => difference(a_dot, b_dot)?,
        (Some(a_dot), None) => a_dot.clone(),
        (None, Some(b_dot)) => pointwise(Neg::OPERATOR, Neg::ROW, 0, &[Operand::Tensor(b_dot)], Target::Fresh)?,
    };
    let y_dot = norm::tangent_of_all(&difference(a, b)?, n, &d_dot, order(params))?;
    jvp.set(0, y_dot)
}
