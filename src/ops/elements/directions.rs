//! Directions and angles of complex numbers, and numbers taken apart: operators whose rule is no formula of elements.

use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::ops::adjoint::Vjp;
use crate::ops::application::Application;
use crate::ops::apply::{Operand, call_pointwise, pointwise};
use crate::ops::copy;
use crate::ops::elements::analytic::{Atan2, Exp2};
use crate::ops::elements::arithmetic::power;
use crate::ops::elements::pointwise::{Conj, Mul, Sgn, Sub};
use crate::ops::elements::special::{AngleReal, Exponent, Mantissa};
use crate::ops::inplace;
use crate::ops::layout::lay_alike;
use crate::ops::out;
use crate::ops::overlap;
use crate::ops::reductions::norm::{filled, number, quotient, sign, size, times, unary};
use crate::ops::reductions::reduce::binary;
use crate::ops::row::RESULT;
use crate::ops::structured::structured;
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::tape::mode::{GradMode, unrecorded};
use crate::tensor::Tensor;

structured! { family 53;
    /// The sign of each element: 1, 0 or -1, and 0 for nan. Of a complex number its direction, the number over its size.
    SgnComplex {
        "sgn", grads ["SgnBackward0"], reads [1 << RESULT | 1], vjp sgn_vjp, jvp sgn_jvp, dtype "promoted";
        "sgn(input, *, out = None)" ALL => sgn;
        fn sgn() -> Tensor => sgn;
    }
    /// The angle of each element in radians, from -pi to pi. Of a real number it is 0, or pi where that is negative.
    AngleComplex {
        "angle", grads ["AngleBackward0"], reads [1], vjp angle_vjp, jvp angle_jvp, dtype "the real type of the operand's, floating";
        "angle(input, *, out = None)" BOTH => angle;
        fn angle() -> Tensor => angle;
    }
    /// Each element as a mantissa from 1/2 up to 1 and the power of two that it is multiplied with, an int32.
    ///
    /// Raises RuntimeError for types that are not of floating point.
    Frexp {
        "frexp", grads ["FrexpBackward0"], reads [1 << 1, 0], vjp frexp_vjp, jvp frexp_jvp, dtype "the operand's, and int32";
        "frexp(input) -> tensors" METHOD => frexp;
        "frexp(input, *, out: tensors = None) -> tensors" FUNCTION => frexp;
        fn frexp() -> (Tensor, Tensor) => frexp;
    }
}

fn sgn(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let x = tensor(args, 0)?;
    if !x.dtype().is_complex() {
        return call_pointwise(Sgn::OPERATOR, Sgn::ROW, args, target);
    }
    let ins = [Operand::Tensor(x)];
    let value = || {
        let _off = GradMode::new(false);
        sign(x)
    };
    let op = SgnComplex::OPERATOR;
    if let Target::InPlace = target {
        inplace::check(x, &ins)?;
        let before = inplace::Before::of(op, &ins, x)?;
        let value = value()?;
        Application { op, variant: 0, ins: &ins, outs: &[x], differentiable: 1, params: None }
            .write(&before, || copy::assign(x, &value))?;
        return Ok(Output::One(x.clone()));
    }
    let fits: out::Fits =
        Some(|own, out| format!("Found dtype {} but expected {}", out.scalar_name(), own.scalar_name()));
    let value = value()?;
    Application { op, variant: 0, ins: &ins, outs: &[&value], differentiable: 1, params: None }.finish()?;
    out::give("sgn", value, target, fits).map(Output::One)
}

/// What a change `g` of the number makes of its direction `y`: the part across it, over the size. It is its own transpose.
fn across(g: &Tensor, x: &Tensor, y: &Tensor) -> Result<Tensor> {
    let size = size(x)?;
    let along = times(&times(y, y)?, &unary(Conj::OPERATOR, Conj::ROW, g)?)?;
    let apart = binary(Sub::OPERATOR, Sub::ROW, g, Operand::Tensor(&along))?;
    filled(&quotient(&apart, &by_number(&size, Scalar::Float(2.0))?)?, &size, 0.0)
}

fn by_number(t: &Tensor, factor: Scalar) -> Result<Tensor> {
    pointwise(Mul::OPERATOR, Mul::ROW, 1, &[Operand::Tensor(t), Operand::Number(factor)], Target::Fresh)
}

fn sgn_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let x_bar = across(vjp.g()?, &vjp.saved_tensor(0)?, &vjp.saved_tensor(RESULT)?)?;
    vjp.add(0, x_bar)
}

fn sgn_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let Some(x_dot) = jvp.x_dot(0) else { return Ok(()) };
    let y_dot = across(x_dot, jvp.primal(0)?, jvp.outs[0])?;
    jvp.set(0, y_dot)
}

fn angle(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let x = tensor(args, 0)?;
    if !x.dtype().is_complex() {
        return call_pointwise(AngleReal::OPERATOR, AngleReal::ROW, args, target);
    }
    let value = unrecorded(|| {
        let (re, im) = (x.real()?, x.imag()?);
        // Row by row, however the operand lies, as torch's.
        let out = Tensor::empty(&x.sizes()?, re.dtype())?;
        pointwise(Atan2::OPERATOR, Atan2::ROW, 0, &[Operand::Tensor(&im), Operand::Tensor(&re)], Target::Out(&out))
    })?;
    let ins = [Operand::Tensor(x)];
    let op = AngleComplex::OPERATOR;
    Application { op, variant: 0, ins: &ins, outs: &[&value], differentiable: 1, params: None }.finish()?;
    out::give("angle", value, target, out::CAST).map(Output::One)
}

/// The cotangent of `x` where that of its angle is `g`: a step across, as long as 1 over the size.
fn turned(g: &Tensor, x: &Tensor) -> Result<Tensor> {
    let square = power(Operand::Tensor(&size(x)?), number(2.0), Target::Fresh)?;
    let slope = by_number(&quotient(&times(g, x)?, &square)?, Scalar::Complex(0.0, 1.0))?;
    filled(&slope, x, 0.0)
}

fn angle_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let x_bar = turned(vjp.g()?, &vjp.saved_tensor(0)?)?;
    vjp.add(0, x_bar)
}

fn angle_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let Some(x_dot) = jvp.x_dot(0) else { return Ok(()) };
    let x = jvp.primal(0)?;
    let slope = turned(&Tensor::full(&x.sizes()?, 1.0, x.dtype().real())?, x)?;
    let y_dot = times(&unary(Conj::OPERATOR, Conj::ROW, &slope)?, x_dot)?;
    let y_dot = copy::converted(&y_dot, jvp.outs[0].dtype())?;
    jvp.set(0, y_dot)
}

fn frexp(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let x = tensor(args, 0)?;
    if !x.dtype().is_floating_point() {
        return Err(Error::runtime("torch.frexp() only supports floating-point dtypes"));
    }
    let outs = out::pair(args.get(1))?;
    let fits: [out::Fits; 2] = [
        Some(|own, out| {
            format!("torch.frexp() expects mantissa to have dtype {} but got {}", own.c_name(), out.c_name())
        }),
        Some(|_, out| format!("torch.frexp() expects exponent to have int dtype but got {}", out.c_name())),
    ];
    if let Some(outs) = outs {
        for ((out, own), fits) in outs.into_iter().zip([x.dtype(), DType::Int32]).zip(fits) {
            out::check(own, Target::Out(out), fits)?;
        }
        for out in outs {
            inplace::check_out("frexp", out, &[Operand::Tensor(x)])?;
            overlap::check(out, std::iter::once(x))?;
        }
    }
    let (mantissa, exponent) = {
        let _off = GradMode::new(false);
        // A half type does not hold every exponent's steps, nor does it have to.
        let wide = if x.dtype().is_half() { copy::to(x, DType::Float32)? } else { x.clone() };
        let exponent = unary(Exponent::OPERATOR, Exponent::ROW, &wide)?;
        let mantissa = binary(Mantissa::OPERATOR, Mantissa::ROW, &wide, Operand::Tensor(&exponent))?;
        (copy::to(&mantissa, x.dtype())?, copy::to(&exponent, DType::Int32)?)
    };
    lay_alike(&mantissa, x)?;
    lay_alike(&exponent, x)?;
    let ins = [Operand::Tensor(x), Operand::Tensor(&exponent)];
    let op = Frexp::OPERATOR;
    Application { op, variant: 0, ins: &ins, outs: &[&mantissa], differentiable: 1, params: None }.finish()?;
    out::give_pair(out::named!("frexp", "mantissa", "exponent"), [mantissa, exponent], outs, fits, [&[], &[]])
}

fn per_power(g: &Tensor, exponent: &Tensor) -> Result<Tensor> {
    quotient(g, &unary(Exp2::OPERATOR, Exp2::ROW, exponent)?)
}

fn frexp_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let x_bar = per_power(vjp.g()?, &vjp.saved_tensor(1)?)?;
    vjp.add(0, x_bar)
}

fn frexp_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let Some(x_dot) = jvp.x_dot(0) else { return Ok(()) };
    let y_dot = per_power(x_dot, jvp.primal(1)?)?;
    jvp.set(0, y_dot)
}
