//! Samples whose probabilities, weights or rates are a tensor's elements.

use super::rows;
use super::source::{self, Source, in_a_row, real};
use crate::buffers::zeros;
use crate::create::{self, random};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::kernels::fresh;
use crate::kernels::random::{Generator, Law, choice};
use crate::ops::adjoint::Vjp;
use crate::ops::application::finish_one;
use crate::ops::apply::{Operand, pointwise};
use crate::ops::elements::pointwise::Div;
use crate::ops::inplace;
use crate::ops::layout::empty_as;
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Format, Output, Target, tensor};
use crate::ops::{copy, overlap, shapes::reshape};
use crate::shape;
use crate::tape::mode;
use crate::tensor::{Tensor, done};

/// Its elements in a run of their own, as float64.
pub(super) fn as_f64(t: &Tensor) -> Result<Tensor> {
    let made = Tensor::empty(&t.geometry().shape, DType::Float64)?;
    copy::assign(&made, t)?;
    Ok(made)
}

/// Refuses to draw from `p`, spread to the shape of `t`, over `t`.
pub(super) fn check_chances(t: &Tensor, p: &Tensor) -> Result<()> {
    if t.dtype().is_complex() {
        return Err(Error::no_kernel("bernoulli_tensor_cpu_self_", t.dtype()));
    }
    let (wide, own) = (t.sizes()?, p.sizes()?);
    if own.len() > wide.len() {
        return Err(Error::runtime(format!(
            "expand({}{{{}}}, size={}): the number of sizes provided ({}) must be greater or equal to the number of \
             dimensions in the tensor ({})",
            p.dtype().tensor_name(),
            shape::list(&own),
            shape::list(&wide),
            wide.len(),
            own.len()
        )));
    }
    reshape::expand_recorded(&p.detach()?, &wide)?;
    if !p.dtype().is_floating_point() {
        return Err(Error::no_kernel("bernoulli_tensor_cpu_p_", p.dtype()));
    }
    let all = as_f64(p)?.to_vec::<f64>()?.iter().all(|x| (0.0..=1.0).contains(x));
    match all {
        true => Ok(()),
        false => Err(Error::runtime(
            "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be improved?  If so, please \
             report an enhancement request to PyTorch.)",
        )),
    }
}

/// Draws over `t` by the probabilities `p`, which were checked.
pub(super) fn by_chances(source: &mut Source<'_>, t: &Tensor, p: &Tensor) -> Result<()> {
    // The probabilities as they are drawn with, in the order of what is written.
    let dtype = if p.dtype() == DType::Float64 { DType::Float64 } else { DType::Float32 };
    let chances = empty_as(t, dtype, Format::Preserve)?;
    mode::no_grad(|| copy::assign(&chances, &reshape::expand_recorded(&p.detach()?, &t.geometry().shape)?))?;
    let chances = in_a_row(&chances)?;
    source::in_order(t, |t| {
        let t = in_a_row(t)?;
        let drawn = chances.read(|p| t.write(|dst| source.run(|generator| fresh::bernoulli(generator, dst, p))))??;
        done(drawn)
    })
}

pub(super) fn bernoulli(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (p, mut source) = (tensor(args, 0)?, Source::among(args));
    let Target::Out(out) = target else { return bernoulli_fresh(p, source).map(Output::One) };
    inplace::check_out("bernoulli", out, &[Operand::Tensor(p)])?;
    let shape = p.sizes()?;
    let alike = *out.geometry().shape == *shape;
    if alike {
        overlap::check_whole(out, p)?;
    }
    let made = if alike { empty_as(out, out.dtype(), Format::Preserve)? } else { Tensor::empty(&shape, out.dtype())? };
    if made.numel() > 0 {
        check_chances(&made, p)?;
        by_chances(&mut source, &made, p)?;
    }
    give(out, &made)?;
    Ok(Output::One(out.clone()))
}

fn bernoulli_fresh(p: &Tensor, mut source: Source<'_>) -> Result<Tensor> {
    let out = Tensor::empty(&p.geometry().shape, p.dtype())?;
    if out.numel() > 0 {
        check_chances(&out, p)?;
        by_chances(&mut source, &out, p)?;
    }
    finish_one(rows::Bernoulli::OPERATOR, p, &out, None)?;
    Ok(out)
}

/// Puts what was made into `out=`, which takes on its shape. torch says nothing of that here.
fn give(out: &Tensor, made: &Tensor) -> Result<()> {
    if *out.geometry().shape != *made.geometry().shape {
        let sizes = made.sizes()?;
        create::resize(out, &sizes, shape::contiguous_strides(&sizes)?)?;
    }
    overlap::check_itself(out)?;
    copy::assign(out, made)?;
    out.0.bump_version();
    Ok(())
}

pub(super) fn bernoulli_of(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let (t, law) = (tensor(args, 0)?, Law::Bernoulli(real(args, 1, 0.5)));
    let out = Tensor::empty(&t.geometry().shape, t.dtype())?;
    random::check_law(law, t.dtype())?;
    if t.numel() > 0 {
        random::check_type(law, t.dtype())?;
    }
    source::law(&mut Source::among(args), &out, law)?;
    finish_one(rows::BernoulliOf::OPERATOR, t, &out, None)?;
    Ok(Output::One(out))
}

pub(super) fn without_derivative(_: &mut Vjp<'_>) -> Result<()> {
    Err(Error::runtime("derivative for aten::bernoulli is not implemented"))
}

pub(super) fn without_tangent(_: &mut Jvp<'_>) -> Result<()> {
    Err(Error::not_implemented("Trying to use forward AD with aten::bernoulli that does not support it."))
}

pub(super) fn poisson(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    poisson_of(tensor(args, 0)?, Source::among(args)).map(Output::One)
}

fn poisson_of(rates: &Tensor, mut source: Source<'_>) -> Result<Tensor> {
    if !rates.dtype().is_floating_point() {
        return Err(Error::no_kernel("poisson_cpu", rates.dtype()));
    }
    let out = Tensor::empty(&rates.geometry().shape, rates.dtype())?;
    let wide = as_f64(rates)?;
    if !wide.to_vec::<f64>()?.iter().all(|rate| *rate >= 0.0) {
        return Err(Error::runtime("invalid Poisson rate, expected rate to be non-negative"));
    }
    done(wide.read(|rate| out.write(|dst| source.run(|generator| fresh::poisson(generator, dst, rate))))??)?;
    finish_one(rows::Poisson::OPERATOR, rates, &out, None)?;
    Ok(out)
}

pub(super) fn multinomial(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (weights, count, replace) = (tensor(args, 0)?, args[1].int(0), args[2].truth());
    let drawn = choose(weights, (count, replace), Source::among(args), target)?;
    Ok(Output::One(drawn))
}

fn choose(
    weights: &Tensor,
    (count, replace): (i64, bool),
    mut source: Source<'_>,
    target: Target<'_>,
) -> Result<Tensor> {
    let shape = weights.sizes()?;
    if !matches!(shape.len(), 1 | 2) {
        return Err(Error::runtime("prob_dist must be 1 or 2 dim"));
    }
    if !weights.dtype().is_floating_point() {
        let name = weights.dtype().scalar_name();
        return Err(Error::runtime(format!("multinomial only supports floating-point dtypes for input, got: {name}")));
    }
    if let Target::Out(out) = target {
        if out.dtype() != DType::Int64 {
            let name = out.dtype().scalar_name();
            return Err(Error::runtime(format!("multinomial expects Long tensor out, got: {name}")));
        }
        inplace::check_inference(out)?;
    }
    if count <= 0 {
        return Err(Error::runtime("cannot sample n_sample <= 0 samples"));
    }
    let kinds = shape[shape.len() - 1];
    if !replace && count > kinds {
        return Err(Error::runtime("cannot sample n_sample > prob_dist.size(-1) samples without replacement"));
    }
    if kinds > 1 << f32::MANTISSA_DIGITS {
        return Err(Error::runtime("number of categories cannot exceed 2^24"));
    }
    let wanted = [shape[0], count];
    let wanted = if shape.len() == 1 { &wanted[1..] } else { &wanted[..] };
    let made = Tensor::empty(wanted, DType::Int64)?;
    if made.numel() > 0 {
        match !replace || count == 1 {
            true => race(&mut source, weights, &made)?,
            false => put_back(&mut source, weights, &made)?,
        }
    }
    let Target::Out(out) = target else { return Ok(made) };
    give(out, &made)?;
    Ok(out.clone())
}

/// Without replacement: each weight's event waits for an exponential time, and the first ones are drawn.
fn race(source: &mut Source<'_>, weights: &Tensor, out: &Tensor) -> Result<()> {
    if weights.numel() == 0 {
        return Err(Error::runtime(
            "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity.",
        ));
    }
    let kinds = weights.sizes()?.last().map_or(1, |n| *n as usize);
    let seen = as_f64(weights)?.to_vec::<f64>()?;
    if !seen.iter().all(|w| *w >= 0.0 && *w < f64::INFINITY) {
        return Err(Error::runtime("probability tensor contains either `inf`, `nan` or element < 0"));
    }
    if seen.chunks(kinds).any(|row| row.iter().all(|w| *w == 0.0)) {
        return Err(no_weights());
    }
    let times = empty_as(weights, weights.dtype(), Format::Preserve)?;
    source::law(source, &times, Law::Exponential(1.0))?;
    let rates = mode::no_grad(|| {
        let ins = [Operand::Tensor(&weights.detach()?), Operand::Tensor(&times)];
        pointwise(Div::OPERATOR, Div::ROW, 0, &ins, Target::Fresh)
    })?;
    let rates = as_f64(&rates)?.to_vec::<f64>()?;
    let mut chosen = zeros::<i64>(out.numel() as usize)?;
    let count = chosen.len() / (rates.len() / kinds);
    for (row, chosen) in rates.chunks(kinds).zip(chosen.chunks_mut(count)) {
        choice::greatest(row, chosen)?;
    }
    copy::assign(out, &Tensor::from_slice(&chosen, &out.sizes()?)?)
}

/// With replacement: by the place of a uniform number among the sums of the weights.
fn put_back(source: &mut Source<'_>, weights: &Tensor, out: &Tensor) -> Result<()> {
    let kinds = weights.sizes()?.last().map_or(1, |n| *n as usize);
    if kinds == 0 {
        return Err(no_weights());
    }
    let mut chosen = zeros::<i64>(out.numel() as usize)?;
    let mut sums = as_f64(weights)?.to_vec::<f64>()?;
    let wide = weights.dtype() == DType::Float64;
    let count = chosen.len() / (sums.len() / kinds);
    for row in sums.chunks_mut(kinds) {
        if !row.iter().all(|w| *w >= 0.0) {
            return Err(Error::runtime("invalid multinomial distribution (encountering probability entry < 0)"));
        }
        if row.iter().any(|w| w.is_infinite()) {
            let text = "invalid multinomial distribution (encountering probability entry = infinity or NaN)";
            return Err(Error::runtime(text));
        }
        if !choice::cumulate(row, wide) {
            return Err(no_weights());
        }
    }
    source.run(|generator| {
        for (row, chosen) in sums.chunks(kinds).zip(chosen.chunks_mut(count)) {
            choice::by_sums(generator, row, chosen);
        }
    });
    copy::assign(out, &Tensor::from_slice(&chosen, &out.sizes()?)?)
}

#[cold]
fn no_weights() -> Error {
    Error::runtime("invalid multinomial distribution (sum of probabilities <= 0)")
}

/// Samples, torch's for the same seed, from `generator` or from the thread's own without one.
impl Tensor {
    /// 1 with the probability that the element is, else 0, in the same type.
    ///
    /// # Errors
    /// Where an element is no probability, or the type is no floating point one.
    pub fn bernoulli(&self, generator: Option<&mut Generator>) -> Result<Tensor> {
        bernoulli_fresh(self, Source::of(generator))
    }
    /// How many events a Poisson process has whose rate is the element, in the same type.
    ///
    /// # Errors
    /// Where a rate is negative, or the type is no floating point one.
    pub fn poisson(&self, generator: Option<&mut Generator>) -> Result<Tensor> {
        poisson_of(self, Source::of(generator))
    }
    /// `count` indices for each row (or the one of a vector), int64: with probabilities in proportion to its elements,
    /// put back after each draw where `replace` says so.
    ///
    /// # Errors
    /// Where a weight is negative, infinite or nan, a row's weights are all 0, the type is no floating point one, or
    /// there are more samples than weights that are not put back.
    pub fn multinomial(&self, count: i64, replace: bool, generator: Option<&mut Generator>) -> Result<Tensor> {
        choose(self, (count, replace), Source::of(generator), Target::Fresh)
    }
}
