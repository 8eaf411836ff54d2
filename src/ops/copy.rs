//! Copies: clone, contiguous, conversion to another type, and writing one tensor over another.

use super::adjoint::Vjp;
use super::application::{Application, finish_one};
use super::apply::Operand;
use super::edge::wants_gradient;
use super::inplace;
use super::layout::{empty_as, lies_as, own_format};
use super::overlap::{self, Overlap};
use super::structured::structured;
use super::tangent::Jvp;
use super::value::{Arg, Format, Output, Target, tensor};
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels;
use crate::shape;
use crate::tape::record::flags;
use crate::tensor::{Tensor, done, fitted, outside, src};
use std::sync::atomic::{AtomicBool, Ordering};

structured! { family 2;
    /// A copy of the tensor, in the same memory order.
    Clone {
        "clone", grads ["CloneBackward0"], reads [0], vjp pass_on, jvp pass_on_tangent;
        "clone(input, *, memory_format: format = None)" BOTH => clone;
    }
    /// A copy in another element type.
    ToCopy {
        "to", grads ["ToCopyBackward0"], reads [0], vjp pass_on, jvp pass_on_tangent, dtype "as asked";
    }
    /// Writes `src` over the tensor.
    Copy {
        "copy_", grads ["CopyBackwards"], reads [0, 0], vjp copied, jvp copied_tangent;
    }
    /// Sets every element to 0.
    Zero {
        "zero_", grads ["ZeroBackward0"], reads [0], vjp nothing, jvp nothing_tangent;
    }
    /// A tensor as the given one with every element a value: a number, which its type must hold, or a 0-d tensor's element.
    ///
    /// Raises RuntimeError for a tensor with dimensions.
    Fill {
        "fill_", grads ["FillBackward3", "FillBackward2", "FillBackward1", "FillBackward0"], reads [0, 0], vjp filled, jvp copied_tangent;
        "fill(input, value: operand)" FUNCTION => fill;
    }
}

/// An unrecorded copy, dense in the memory order of `t`.
pub fn duplicate(t: &Tensor) -> Result<Tensor> {
    let out = empty_as(t, t.dtype(), Format::Preserve)?;
    assign(&out, t)?;
    Ok(out)
}

/// An unrecorded copy of `from` that lies as `t` does, whose shape and type it has.
pub(super) fn duplicate_like(t: &Tensor, from: &Tensor) -> Result<Tensor> {
    let out = empty_as(t, t.dtype(), Format::Preserve)?;
    assign(&out, from)?;
    Ok(out)
}

/// An unrecorded copy in another type.
pub fn unrecorded(t: &Tensor, dtype: DType) -> Result<Tensor> {
    let out = empty_as(t, dtype, Format::Preserve)?;
    assign(&out, t)?;
    Ok(out)
}

/// Writes the elements of `from` (of the same shape, any type) over those of `to`. Nothing is recorded.
pub fn assign(to: &Tensor, from: &Tensor) -> Result<()> {
    let g = from.geometry();
    let s = src(&g)?;
    done(to.write(|dst| kernels::copy::copy(dst, &s))?)
}

fn clone(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let format = args.get(1).map_or(Format::Preserve, |arg| arg.format(Format::Preserve));
    clone_as(tensor(args, 0)?, format).map(Output::One)
}

/// A recorded copy.
pub fn clone_of(t: &Tensor) -> Result<Tensor> {
    clone_as(t, Format::Preserve)
}

/// A recorded copy that lies as `format` says.
pub fn clone_as(t: &Tensor, format: Format) -> Result<Tensor> {
    let out = empty_as(t, t.dtype(), format)?;
    assign(&out, t)?;
    finish_one(Clone::OPERATOR, t, &out, None)?;
    Ok(out)
}

/// The tensor itself where it is contiguous, else a recorded contiguous copy.
pub fn contiguous(t: &Tensor) -> Result<Tensor> {
    if t.is_contiguous() {
        return Ok(t.clone());
    }
    contiguous_copy(t)
}

/// The same of another order than the usual one.
pub fn contiguous_as(t: &Tensor, format: Format) -> Result<Tensor> {
    match lies_as(&t.geometry(), format) {
        true => Ok(t.clone()),
        false => clone_as(t, format),
    }
}

/// A recorded contiguous copy.
pub fn contiguous_copy(t: &Tensor) -> Result<Tensor> {
    clone_as(t, Format::Contiguous)
}

/// The tensor itself where it has that type, else a recorded conversion.
pub fn to(t: &Tensor, dtype: DType) -> Result<Tensor> {
    to_as(t, dtype, Format::Preserve)
}

/// The same; what is made lies as `format` says.
pub fn to_as(t: &Tensor, dtype: DType, format: Format) -> Result<Tensor> {
    // Of a named format, torch asks where nothing is converted, too.
    if t.dtype() == dtype && (format == Format::Preserve || format == own_format(&t.geometry())) {
        return Ok(t.clone());
    }
    copied_to(t, dtype, format)
}

/// A recorded conversion in any case.
pub fn copied_to(t: &Tensor, dtype: DType, format: Format) -> Result<Tensor> {
    warn_of_lost_parts(t.dtype(), dtype)?;
    converted_as(t, dtype, format)
}

/// As [`to`], silent where it drops imaginary parts: what a real input's cotangent is.
pub fn converted(t: &Tensor, dtype: DType) -> Result<Tensor> {
    if t.dtype() == dtype {
        return Ok(t.clone());
    }
    converted_as(t, dtype, Format::Preserve)
}

fn converted_as(t: &Tensor, dtype: DType, format: Format) -> Result<Tensor> {
    let out = empty_as(t, dtype, format)?;
    assign(&out, t)?;
    finish_one(ToCopy::OPERATOR, t, &out, None)?;
    Ok(out)
}

/// Says once in a process, as torch does, that imaginary parts are dropped.
pub(super) fn warn_of_lost_parts(from: DType, to: DType) -> Result<()> {
    static SAID: AtomicBool = AtomicBool::new(false);
    match from.is_complex() && !to.is_complex() && to != DType::Bool {
        true => warn_once(&SAID, "Casting complex values to real discards the imaginary part"),
        false => Ok(()),
    }
}

/// Shows a warning where `said` does not say that it was shown before.
pub fn warn_once(said: &AtomicBool, text: &str) -> Result<()> {
    match said.swap(true, Ordering::Relaxed) {
        true => Ok(()),
        false => crate::tape::host::warn(text),
    }
}

fn pass_on(vjp: &mut Vjp<'_>) -> Result<()> {
    let g = vjp.g()?.clone();
    vjp.add(0, g)
}

fn pass_on_tangent(jvp: &mut Jvp<'_>) -> Result<()> {
    let Some(x_dot) = jvp.x_dot(0) else { return Ok(()) };
    // Where imaginary parts are dropped, the primal has said so, or was not to say it.
    let y_dot = converted(x_dot, jvp.outs[0].dtype())?;
    jvp.set(0, y_dot)
}

/// Writes `from`, spread to the shape of `to`, over it: torch's `copy_`.
pub fn copy_(to: &Tensor, from: &Tensor) -> Result<()> {
    inplace::check_history(to, wants_gradient(to) || wants_gradient(from))?;
    warn_of_lost_parts(from.dtype(), to.dtype())?;
    {
        if !overlap::is_copy_of_itself(to, from) {
            overlap::check(to, std::iter::once(from))?;
        }
        let (t, f) = (to.geometry(), from.geometry());
        if f.shape.len() > t.shape.len() || *shape::broadcast(&t.shape, &f.shape)? != *t.shape {
            return Err(Error::runtime(format!(
                "output with shape {} doesn't match the broadcast shape {}",
                shape::list(&t.shape),
                shape::list(&shape::broadcast(&t.shape, &f.shape)?)
            )));
        }
    }
    let kept = if overlap::between(to, from) == Overlap::Unknown { Some(duplicate(from)?) } else { None };
    let source = kept.as_ref().unwrap_or(from);
    write(Copy::OPERATOR, 0, to, Operand::Tensor(from), || {
        let (t, f) = (to.geometry(), source.geometry());
        let strides = shape::expand_strides(&f.shape, &f.strides, &t.shape)?;
        let s = f.storage.src(f.dtype, &t.shape, &strides, f.offset).ok_or_else(outside)?;
        t.storage.make_writable()?;
        let dst = t.storage.dst(t.dtype, &t.shape, &t.strides, t.offset).ok_or_else(outside)?;
        done(kernels::copy::copy(&dst, &s))
    })
}

fn copied(vjp: &mut Vjp<'_>) -> Result<()> {
    let g = vjp.g()?.clone();
    if vjp.wants(0) {
        vjp.add(0, zeros_like(&g)?)?;
    }
    vjp.add(1, g)
}

fn copied_tangent(jvp: &mut Jvp<'_>) -> Result<()> {
    let out = jvp.outs[0].clone();
    let y_dot = match jvp.x_dot(1) {
        Some(x_dot) => crate::ops::shapes::reshape::expand_recorded(&to(x_dot, out.dtype())?, &out.geometry().shape)?,
        None => zeros_like(&out)?,
    };
    jvp.set(0, y_dot)
}

/// A tensor that lies as `t` does, every element the same number.
pub(super) fn filled_like(t: &Tensor, number: Scalar, dtype: DType) -> Result<Tensor> {
    let out = empty_as(t, dtype, Format::Preserve)?;
    out.fill(number)?;
    Ok(out)
}

/// Zeros of the shape and type of `t`, unrecorded.
pub fn zeros_like(t: &Tensor) -> Result<Tensor> {
    Tensor::full(&t.geometry().shape, 0.0, t.dtype())
}

/// Sets every element to 0: torch's `zero_`.
pub fn zero_(t: &Tensor) -> Result<()> {
    // A gradient, which a training loop clears at every step: nothing has a history there.
    if !t.0.has(flags::WANTS_EDGE | flags::TANGENT | flags::INFERENCE) {
        if !t.clear_later() {
            t.fill(Scalar::Int(0))?;
        }
        t.0.bump_version();
        return Ok(());
    }
    inplace::check_history(t, wants_gradient(t))?;
    write(Zero::OPERATOR, 0, t, Operand::Number(Scalar::Int(0)), || t.fill(Scalar::Int(0)))
}

/// Sets every element to a number, which the type must hold, or to a 0-d tensor's element, converted: torch's `fill_`.
pub fn fill_(t: &Tensor, value: Operand<'_>) -> Result<()> {
    inplace::check_history(t, wants_gradient(t) || value.tensor().is_some_and(wants_gradient))?;
    if let Operand::Number(s) = value {
        fitted(s, t.dtype(), t.numel())?;
    }
    fill_converted(t, value)
}

fn fill(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let value = args.get(1).and_then(Arg::operand).ok_or_else(|| Error::type_error("a value is missing"))?;
    let (number, variant) = match value {
        Operand::Number(s) => {
            fitted(s, t.dtype(), t.numel())?;
            (s, 3)
        }
        Operand::Tensor(v) => (element_of(v, t.dtype())?, 2),
    };
    let out = empty_as(t, t.dtype(), Format::Preserve)?;
    done(out.write(|dst| kernels::copy::fill(dst, number))?)?;
    let ins = [Operand::Tensor(t), value];
    Application { op: Fill::OPERATOR, variant, ins: &ins, outs: &[&out], differentiable: 1, params: None }.finish()?;
    Ok(Output::One(out))
}

/// The element of the 0-d tensor `v` that elements of type `dtype` are set to.
fn element_of(v: &Tensor, dtype: DType) -> Result<Scalar> {
    if v.ndim() > 0 {
        return Err(Error::runtime(format!(
            "fill_ only supports 0-dimension value tensor but got tensor with {} dimensions.",
            v.ndim()
        )));
    }
    warn_of_lost_parts(v.dtype(), dtype)?;
    v.item()
}

/// The same as [`fill_`] of a tensor whose history allows it, with a number that was seen to fit.
pub(super) fn fill_converted(t: &Tensor, value: Operand<'_>) -> Result<()> {
    let (number, variant) = match value {
        Operand::Number(s) => (s, 1),
        Operand::Tensor(v) => {
            if v.ndim() == 0 {
                // torch copies the element; a number may be written to an expanded tensor.
                overlap::check_itself(t)?;
            }
            (element_of(v, t.dtype())?, 0)
        }
    };
    write(Fill::OPERATOR, variant, t, value, || done(t.write(|dst| kernels::copy::fill(dst, number))?))
}

/// Writes `t` and records it.
fn write(
    op: &'static super::row::Operator,
    variant: u8,
    t: &Tensor,
    other: Operand<'_>,
    write: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let ins = [Operand::Tensor(t), other];
    let n = op.reads.len();
    Application { op, variant, ins: &ins[..n], outs: &[t], differentiable: 1, params: None }
        .write(&inplace::Before::nothing(), write)
}

fn nothing(vjp: &mut Vjp<'_>) -> Result<()> {
    let zeros = zeros_like(vjp.g()?)?;
    vjp.add(0, zeros)
}

pub(super) fn nothing_tangent(jvp: &mut Jvp<'_>) -> Result<()> {
    let zeros = zeros_like(jvp.outs[0])?;
    jvp.set(0, zeros)
}

fn filled(vjp: &mut Vjp<'_>) -> Result<()> {
    nothing(vjp)?;
    if vjp.wants(1) {
        let g = crate::ops::reductions::reduce::sum_to(vjp.g()?, &[])?;
        vjp.add(1, g)?;
    }
    Ok(())
}
