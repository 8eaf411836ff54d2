//! Where random numbers come from, and in which order they fill a tensor.

use crate::create::{random, with_generator};
use crate::dtype::Scalar;
use crate::error::Result;
use crate::kernels::random::{Generator, Law};
use crate::ops::copy;
use crate::ops::layout::empty_as;
use crate::ops::value::{Arg, Format};
use crate::shape::{self, Dims};
use crate::tensor::Tensor;
use std::sync::{Mutex, PoisonError};

/// The generator that a caller names.
pub enum Source<'a> {
    /// None: the thread's own.
    Usual,
    /// One that a host shares.
    Shared(&'a Mutex<Generator>),
    /// A Rust user's.
    Own(&'a mut Generator),
}

impl<'a> Source<'a> {
    /// The one among the arguments.
    pub(super) fn among(args: &[Arg<'a>]) -> Source<'a> {
        let named = args.iter().find_map(|arg| match arg {
            Arg::Generator(shared) => Some(*shared),
            _ => None,
        });
        named.map_or(Source::Usual, Source::Shared)
    }

    pub(super) fn of(generator: Option<&'a mut Generator>) -> Source<'a> {
        generator.map_or(Source::Usual, Source::Own)
    }

    /// Runs `f` on the generator. It must be kernels alone: nothing may ask for the generator meanwhile.
    pub(super) fn run<R>(&mut self, f: impl FnOnce(&mut Generator) -> R) -> R {
        match self {
            Source::Usual => with_generator(f),
            Source::Shared(shared) => f(&mut shared.lock().unwrap_or_else(PoisonError::into_inner)),
            Source::Own(own) => f(own),
        }
    }
}

/// The real number at a place among the arguments, or the usual one.
pub(super) fn real(args: &[Arg<'_>], at: usize, usual: f64) -> f64 {
    match args.get(at) {
        Some(Arg::Number(x)) => Scalar::to_f64(*x),
        _ => usual,
    }
}

/// Draws into `t` in the order in which torch does: as elements lie in memory, dimensions sorted by stride. `fill` is
/// given a dense tensor.
pub(super) fn in_order(t: &Tensor, fill: impl FnOnce(&Tensor) -> Result<()>) -> Result<()> {
    if t.numel() == 0 {
        return Ok(());
    }
    if t.is_contiguous() {
        return fill(t);
    }
    let dense = {
        let g = t.geometry();
        shape::is_dense(&g.shape, &g.strides)
    };
    if dense {
        return fill(&in_a_row(t)?);
    }
    let made = empty_as(t, t.dtype(), Format::Preserve)?;
    fill(&in_a_row(&made)?)?;
    copy::assign(t, &made)
}

/// The elements of a dense tensor as one run.
pub(super) fn in_a_row(t: &Tensor) -> Result<Tensor> {
    let g = t.geometry();
    let (shape, strides) = (Dims::new(&[g.numel()])?, Dims::new(&[1])?);
    Tensor::view_of(g.storage.clone(), g.dtype, (&shape, &strides, g.offset))
}

/// Fills `t` with normal numbers: in torch's blocks where it is contiguous (`blocks` says so of the tensor that a copy
/// will go to), else one by one.
pub(super) fn normal(source: &mut Source<'_>, t: &Tensor, (mean, std): (f64, f64), blocks: bool) -> Result<()> {
    match blocks {
        true => in_order(t, |t| source.run(|generator| random::normal(generator, t, mean, std))),
        false => law(source, t, Law::Normal(mean, std)),
    }
}

/// Fills `t` with numbers of a distribution.
pub(super) fn law(source: &mut Source<'_>, t: &Tensor, law: Law) -> Result<()> {
    in_order(t, |t| source.run(|generator| random::one_by_one(generator, t, law)))
}
