//! Normal numbers whose mean or standard deviation is a tensor.

use super::rows;
use super::source::{self, Source, real};
use crate::create::random;
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels::random::{Generator, Law};
use crate::ops::application::Application;
use crate::ops::apply::{Operand, pointwise};
use crate::ops::elements::pointwise::{Add, Mul};
use crate::ops::inplace;
use crate::ops::layout::empty_as;
use crate::ops::value::{Arg, Format, Output, Target, tensor};
use crate::ops::{copy, overlap};
use crate::shape::{self, Dims};
use crate::tape::mode;
use crate::tensor::{Tensor, fitted};

pub(super) fn of_both(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (mean, std) = (Operand::Tensor(tensor(args, 0)?), Operand::Tensor(tensor(args, 1)?));
    given(mean, std, Source::among(args), target).map(Output::One)
}

pub(super) fn of_means(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let std = Operand::Number(Scalar::Float(real(args, 1, 1.0)));
    given(Operand::Tensor(tensor(args, 0)?), std, Source::among(args), target).map(Output::One)
}

pub(super) fn of_deviations(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let mean = Operand::Number(Scalar::Float(real(args, 0, 0.0)));
    given(mean, Operand::Tensor(tensor(args, 1)?), Source::among(args), target).map(Output::One)
}

/// Normal numbers, torch's for the same seed, from `generator` or the thread's own: `mean` and `std` are tensors that
/// broadcast, or one of them is a number. The result has the type of `mean`, or of `std` where `mean` is a number.
///
/// # Errors
/// Where a standard deviation is below 0, or the type is bool or an integer.
pub fn normal(mean: Operand<'_>, std: Operand<'_>, generator: Option<&mut Generator>) -> Result<Tensor> {
    if let (Operand::Number(_), Operand::Number(_)) = (mean, std) {
        return Err(Error::type_error("normal() needs a tensor: for numbers, fill one by Tensor::normal_"));
    }
    given(mean, std, Source::of(generator), Target::Fresh)
}

fn given(mean: Operand<'_>, std: Operand<'_>, mut source: Source<'_>, target: Target<'_>) -> Result<Tensor> {
    let tensors = [mean, std].into_iter().filter(|operand| operand.tensor().is_some());
    if let Target::Out(out) = target {
        let mut ins = tensors.clone();
        let ins = [ins.next().unwrap_or(mean), ins.next().unwrap_or(mean)];
        inplace::check_out("normal", out, &ins)?;
    }
    let usual = mean.tensor().or(std.tensor()).map_or(DType::Float32, Tensor::dtype);
    let dtype = match target {
        Target::Out(out) => out.dtype(),
        _ => usual,
    };
    let one = match std {
        Operand::Number(x) => x.to_f64(),
        Operand::Tensor(t) => check_deviations(t).map(|()| 1.0)?,
    };
    random::check_law(Law::Normal(0.0, one), dtype)?;
    if let Operand::Number(mean) = mean {
        fitted(mean, dtype, 1)?;
    }
    let shape = shape_of(mean, std, target)?;
    if shape::numel(&shape) != Some(0) {
        random::check_type(Law::Normal(0.0, one), dtype)?;
    }
    let (made, given) = match target {
        Target::Out(out) => {
            let fit = inplace::fit_out(out, &shape, || Ok(shape::contiguous_strides(&shape)?), dtype)?;
            overlap::check_itself(out)?;
            tensors.filter_map(|operand| operand.tensor()).try_for_each(|t| overlap::check_whole(out, t))?;
            (empty_as(out, dtype, Format::Preserve)?, Some((out, fit)))
        }
        _ => (Tensor::empty(&shape, dtype)?, None),
    };
    let blocks = given.as_ref().is_none_or(|(out, _)| out.is_contiguous());
    mode::no_grad(|| -> Result<()> {
        // Of no numbers torch asks no more, whole ones neither.
        if made.numel() == 0 {
            return Ok(());
        }
        source::normal(&mut source, &made, (0.0, one), blocks)?;
        if let Operand::Tensor(std) = std {
            let ins = [Operand::Tensor(&made), Operand::Tensor(&std.detach()?)];
            pointwise(Mul::OPERATOR, Mul::ROW, 0, &ins, Target::InPlace)?;
        }
        let kept = mean.tensor().map(Tensor::detach).transpose()?;
        let ins = [Operand::Tensor(&made), kept.as_ref().map_or(mean, Operand::Tensor)];
        pointwise(Add::OPERATOR, Add::ROW, 0, &ins, Target::InPlace)?;
        Ok(())
    })?;
    let Some((out, fit)) = given else {
        // Nobody has seen what was written over it.
        let made = made.same_view()?;
        let (op, outs) = (rows::Normal::OPERATOR, &[&made]);
        let variant = match (mean, std) {
            (Operand::Tensor(_), Operand::Tensor(_)) => 0,
            (Operand::Tensor(_), _) => 1,
            _ => 2,
        };
        let ins = [mean, std];
        let ins = match variant {
            0 => &ins[..],
            1 => &ins[..1],
            _ => &ins[1..],
        };
        Application { op, variant, ins, outs, differentiable: 1, params: None }.finish()?;
        return Ok(made);
    };
    copy::assign(out, &made)?;
    out.0.bump_version();
    fit.keep();
    Ok(out.clone())
}

/// The result's shape. Where `std` is a number, torch has `out=` broadcast with the means.
fn shape_of(mean: Operand<'_>, std: Operand<'_>, target: Target<'_>) -> Result<Dims> {
    match (mean, std, target) {
        (Operand::Tensor(mean), Operand::Tensor(std), _) => {
            shape::broadcast(&mean.geometry().shape, &std.geometry().shape)
        }
        (Operand::Tensor(mean), _, Target::Out(out)) => shape::broadcast(&mean.geometry().shape, &out.geometry().shape),
        (Operand::Tensor(t), ..) | (_, Operand::Tensor(t), _) => Ok(t.geometry().shape.duplicate()?),
        _ => Ok(Dims::EMPTY),
    }
}

/// Refuses standard deviations below 0.
fn check_deviations(std: &Tensor) -> Result<()> {
    if std.dtype().is_complex() {
        return Err(Error::runtime("normal expects standard deviation to be non-complex"));
    }
    let all = super::sample::as_f64(std)?.to_vec::<f64>()?.iter().all(|x| *x >= 0.0);
    if all { Ok(()) } else { Err(Error::runtime("normal expects all elements of std >= 0.0")) }
}
