//! Random numbers over the elements of a tensor, in place: `x.normal_()` and its kin.
//!
//! What is written depends on nothing that stood there, so each derivative is 0.

use super::rows;
use super::sample;
use super::source::{self, Source, real};
use crate::create::random;
use crate::error::Result;
use crate::kernels::random::{Generator, Law, Whole};
use crate::ops::adjoint::Vjp;
use crate::ops::application::Application;
use crate::ops::apply::Operand;
use crate::ops::edge::wants_gradient;
use crate::ops::inplace::{self, Before};
use crate::ops::overlap;
use crate::ops::row::Operator;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::tensor::Tensor;
use std::cell::Cell;

/// What every row here does with its cotangent.
pub(super) fn nothing(vjp: &mut Vjp<'_>) -> Result<()> {
    let zeros = crate::ops::copy::zeros_like(vjp.g()?)?;
    for i in 0..vjp.inputs() {
        vjp.add(i, zeros.clone())?;
    }
    Ok(())
}

/// Writes over `t` what `fill` draws, once nothing is found wrong: `check` is asked before the layout is looked at,
/// `look` after it.
fn write(
    (op, variant): (&'static Operator, u8),
    (t, p): (&Tensor, Option<&Tensor>),
    check: impl FnOnce() -> Result<()>,
    look: impl FnOnce() -> Result<()>,
    fill: impl FnOnce() -> Result<()>,
) -> Result<()> {
    inplace::check_history(t, wants_gradient(t) || p.is_some_and(wants_gradient))?;
    check()?;
    overlap::check(t, p.into_iter())?;
    look()?;
    let ins = [Operand::Tensor(t), Operand::Tensor(p.unwrap_or(t))];
    let ins = &ins[..1 + usize::from(p.is_some())];
    Application { op, variant, ins, outs: &[t], differentiable: 1, params: None }.write(&Before::nothing(), fill)
}

/// Numbers of a distribution over all elements.
fn law(op: &'static Operator, t: &Tensor, law: Law, mut source: Source<'_>) -> Result<()> {
    let look = || if t.numel() == 0 { Ok(()) } else { random::check_type(law, t.dtype()) };
    let check = || {
        random::check_law(law, t.dtype())?;
        // Only here does torch look at the type first.
        if let Law::Normal(..) = law { look() } else { Ok(()) }
    };
    write((op, 0), (t, None), check, look, || match law {
        Law::Normal(mean, std) => source::normal(&mut source, t, (mean, std), t.is_contiguous()),
        law => source::law(&mut source, t, law),
    })
}

/// A row's call, of a distribution whose parameters are its arguments.
macro_rules! laws {
    ($($name:ident($row:ident, $law:ident $(, $usual:expr)*);)*) => {$(
        pub(super) fn $name(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
            let t = tensor(args, 0)?;
            let mut at = 0;
            let mut next = |usual| {
                at += 1;
                real(args, at, usual)
            };
            law(rows::$row::OPERATOR, t, Law::$law($(next($usual)),*), Source::among(args))?;
            Ok(Output::One(t.clone()))
        }
    )*};
}
laws! {
    normal_(NormalFill, Normal, 0.0, 1.0);
    log_normal_(LogNormalFill, LogNormal, 1.0, 2.0);
    exponential_(ExponentialFill, Exponential, 1.0);
    geometric_(GeometricFill, Geometric, 0.0);
    cauchy_(CauchyFill, Cauchy, 0.0, 1.0);
    bernoulli_by_number(BernoulliFill, Bernoulli, 0.5);
}

pub(super) fn bernoulli_by_tensor(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    bernoulli_each(t, tensor(args, 1)?, Source::among(args))?;
    Ok(Output::One(t.clone()))
}

fn bernoulli_each(t: &Tensor, p: &Tensor, mut source: Source<'_>) -> Result<()> {
    write(
        (rows::BernoulliFill::OPERATOR, 1),
        (t, Some(p)),
        || Ok(()),
        || if t.numel() == 0 { Ok(()) } else { sample::check_chances(t, p) },
        || if t.numel() == 0 { Ok(()) } else { sample::by_chances(&mut source, t, p) },
    )
}

pub(super) fn uniform_(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    uniform(t, real(args, 1, 0.0), real(args, 2, 1.0), Source::among(args))?;
    Ok(Output::One(t.clone()))
}

fn uniform(t: &Tensor, from: f64, to: f64, mut source: Source<'_>) -> Result<()> {
    // Of complex numbers that are none, torch looks at nothing.
    let checked = || match t.dtype().is_complex() && t.numel() == 0 {
        true => Ok(()),
        false => random::check_uniform(t.dtype(), from, to),
    };
    write(
        (rows::UniformFill::OPERATOR, 0),
        (t, None),
        checked,
        || Ok(()),
        || source::in_order(t, |t| source.run(|generator| random::uniform(generator, t, from, to))),
    )
}

pub(super) fn random_from_to(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let to = match args.get(2) {
        Some(Arg::Int(to)) => Some(*to),
        _ => None,
    };
    integers(args, 0, args[1].int(0), Some(to))
}

pub(super) fn random_to(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    integers(args, 1, 0, Some(Some(args[1].int(0))))
}

pub(super) fn random_of_any(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    integers(args, 2, 0, None)
}

fn integers(args: &[Arg<'_>], variant: u8, low: i64, high: Option<Option<i64>>) -> Result<Output> {
    let t = tensor(args, 0)?;
    whole(t, variant, (low, high), Source::among(args))?;
    Ok(Output::One(t.clone()))
}

/// Integers from `low` on: up to `high`, or as far as the type goes; of any size without either.
fn whole(t: &Tensor, variant: u8, (low, high): (i64, Option<Option<i64>>), mut source: Source<'_>) -> Result<()> {
    let (dtype, empty) = (t.dtype(), t.numel() == 0);
    let which = Cell::new(Whole::Range(0, 0));
    let look = || {
        which.set(match high {
            Some(Some(high)) => random::range(dtype, low, high)?,
            Some(None) => random::range_from(dtype, low, empty)?,
            None => random::any_whole(dtype, empty)?,
        });
        Ok(())
    };
    write(
        (rows::RandomFill::OPERATOR, variant),
        (t, None),
        || Ok(()),
        look,
        || source::in_order(t, |t| source.run(|generator| random::whole(generator, t, which.get()))),
    )
}

/// Random numbers in place. Each method draws from `generator`, or from the thread's own without one, and makes the
/// numbers that torch makes from the same seed. The element type stays; what cannot be is an error, and nothing is
/// drawn then. As every write in place, they are refused for a leaf that wants a gradient.
impl Tensor {
    /// Numbers of a normal distribution. The type must be a floating point or complex one.
    pub fn normal_(&self, mean: f64, std: f64, generator: Option<&mut Generator>) -> Result<()> {
        law(rows::NormalFill::OPERATOR, self, Law::Normal(mean, std), Source::of(generator))
    }
    /// Numbers drawn uniformly from `from` up to `to`, exclusive. The type must be a floating point or complex one.
    pub fn uniform_(&self, from: f64, to: f64, generator: Option<&mut Generator>) -> Result<()> {
        uniform(self, from, to, Source::of(generator))
    }
    /// Integers from `low` up to `high`, exclusive (or as far as the type goes). The type must not be complex.
    pub fn random_(&self, low: i64, high: Option<i64>, generator: Option<&mut Generator>) -> Result<()> {
        whole(self, 0, (low, Some(high)), Source::of(generator))
    }
    /// 1 with the probability `p`, else 0. The type must not be complex.
    pub fn bernoulli_(&self, p: f64, generator: Option<&mut Generator>) -> Result<()> {
        law(rows::BernoulliFill::OPERATOR, self, Law::Bernoulli(p), Source::of(generator))
    }
    /// 1 with the probability that stands in `p` at the same place, else 0; `p` is spread to this tensor's shape.
    pub fn bernoulli_by(&self, p: &Tensor, generator: Option<&mut Generator>) -> Result<()> {
        bernoulli_each(self, p, Source::of(generator))
    }
    /// Numbers of the exponential distribution of this rate. The type must be a floating point one.
    pub fn exponential_(&self, rate: f64, generator: Option<&mut Generator>) -> Result<()> {
        law(rows::ExponentialFill::OPERATOR, self, Law::Exponential(rate), Source::of(generator))
    }
    /// How many trials the first success takes, each succeeding with the probability `p`.
    pub fn geometric_(&self, p: f64, generator: Option<&mut Generator>) -> Result<()> {
        law(rows::GeometricFill::OPERATOR, self, Law::Geometric(p), Source::of(generator))
    }
    /// e to the power of normal numbers. The type must be a floating point one.
    pub fn log_normal_(&self, mean: f64, std: f64, generator: Option<&mut Generator>) -> Result<()> {
        law(rows::LogNormalFill::OPERATOR, self, Law::LogNormal(mean, std), Source::of(generator))
    }
    /// Numbers of Cauchy's distribution. The type must be a floating point one.
    pub fn cauchy_(&self, median: f64, scale: f64, generator: Option<&mut Generator>) -> Result<()> {
        law(rows::CauchyFill::OPERATOR, self, Law::Cauchy(median, scale), Source::of(generator))
    }
}
