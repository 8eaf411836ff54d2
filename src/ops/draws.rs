//! Rows of the functions that draw tensors of random numbers.
//!
//! What must not come here: how a number is drawn, which is [`crate::create::random`]'s.

use super::factories::{factories, like, make, needs_float, sizes, wants};
use super::row::{Operator, Overload, forms};
use super::signature::Signature;
use super::value::{Arg, Output, Target};
use crate::create::random::{integers, normal, permutation, uniform};
use crate::create::{default_dtype, with_generator};
use crate::dtype::DType;
use crate::error::Result;
use crate::kernels::random::Generator;
use crate::shape::Dims;
use crate::tape::Geometry;
use crate::tensor::Tensor;
use std::sync::PoisonError;

factories! {
    /// Numbers drawn uniformly from [0, 1), of the given size.
    ///
    /// Raises NotImplementedError for integer types.
    Rand {
        "rand(size: dims, *" + out FUNCTION => rand;
        "rand(size: dims, *, generator: generator" + out FUNCTION => rand;
    }
    /// Numbers of the standard normal distribution, of the given size.
    ///
    /// Raises NotImplementedError for integer types.
    Randn {
        "randn(size: dims, *" + out FUNCTION => randn;
        "randn(size: dims, *, generator: generator" + out FUNCTION => randn;
    }
    /// Integers drawn uniformly from `low` (or 0) up to `high`, exclusive.
    ///
    /// Raises RuntimeError for empty ranges and for ranges that the type does not hold.
    Randint {
        "randint(high: int, size: dims, *" + out FUNCTION => |args, target| randint(args, target, 0, 0);
        "randint(high: int, size: dims, *, generator: generator" + out FUNCTION => |args, target| randint(args, target, 0, 0);
        "randint(low: int, high: int, size: dims, *" + out FUNCTION => |args, target| randint(args, target, args[0].int(0), 1);
        "randint(low: int, high: int, size: dims, *, generator: generator" + out FUNCTION => |args, target| randint(args, target, args[0].int(0), 1);
    }
    /// The numbers from 0 up to `n`, exclusive, in random order.
    ///
    /// Raises RuntimeError for a negative `n` and for types that do not hold the numbers.
    Randperm {
        "randperm(n: int, *" + out FUNCTION => randperm;
        "randperm(n: int, *, generator: generator" + out FUNCTION => randperm;
    }
    /// Numbers drawn uniformly from [0, 1), of the size and type of `input` and in its memory order.
    RandLike {
        "rand_like(input, *, memory_format: format = None" FUNCTION => |args, target| rand_like(args, target, 1);
        "rand_like(input, *, generator: generator, memory_format: format = None" FUNCTION => |args, target| rand_like(args, target, 2);
    }
    /// Numbers of the standard normal distribution, of the size and type of `input` and in its memory order.
    RandnLike {
        "randn_like(input, *, memory_format: format = None" FUNCTION => |args, target| randn_like(args, target, 1);
        "randn_like(input, *, generator: generator, memory_format: format = None" FUNCTION => |args, target| randn_like(args, target, 2);
    }
}

/// Runs `f` on the generator that a call names, or on the usual one.
fn with<R>(args: &[Arg<'_>], f: impl FnOnce(&mut Generator) -> R) -> R {
    let named = args.iter().find_map(|arg| match arg {
        Arg::Generator(own) => Some(*own),
        _ => None,
    });
    match named {
        Some(own) => f(&mut own.lock().unwrap_or_else(PoisonError::into_inner)),
        None => with_generator(f),
    }
}

/// Draws a tensor of the size that stands first.
fn draw(
    name: &str,
    args: &[Arg<'_>],
    target: Target<'_>,
    fill: fn(&mut Generator, &Tensor) -> Result<()>,
) -> Result<Output> {
    make(name, args, target, default_dtype, |dtype| {
        let made = Tensor::empty(sizes(args, 0)?, dtype)?;
        with(args, |generator| fill(generator, &made))?;
        Ok(made)
    })
}

fn rand(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    draw("rand", args, target, uniform)
}

fn randn(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    draw("randn", args, target, normal)
}

/// The upper bound stands at `high`, the size after it.
fn randint(args: &[Arg<'_>], target: Target<'_>, low: i64, high: usize) -> Result<Output> {
    make(
        "randint",
        args,
        target,
        || DType::Int64,
        |dtype| {
            let made = Tensor::empty(sizes(args, high + 1)?, dtype)?;
            with(args, |generator| integers(generator, &made, low, args[high].int(0)))?;
            Ok(made)
        },
    )
}

fn randperm(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    make(
        "randperm",
        args,
        target,
        || DType::Int64,
        |dtype| {
            // torch refuses before it draws, and says so before it looks at the number.
            if wants(args) && !dtype.is_differentiable() {
                return Err(needs_float());
            }
            with(args, |generator| permutation(generator, args[0].int(0), dtype))
        },
    )
}

fn rand_like(args: &[Arg<'_>], target: Target<'_>, format: usize) -> Result<Output> {
    like("rand_like", args, format, target, |made| with(args, |g| in_memory(made, i64::MAX, |t| uniform(g, t))))
}

fn randn_like(args: &[Arg<'_>], target: Target<'_>, format: usize) -> Result<Output> {
    // Only in the usual order does torch draw in blocks; fewer numbers than a block are drawn one by one.
    let most = |made: &Tensor| if made.is_contiguous() { i64::MAX } else { 15 };
    like("randn_like", args, format, target, |made| with(args, |g| in_memory(made, most(made), |t| normal(g, t))))
}

/// Runs `fill` on the elements of a dense tensor as they lie in memory, `most` at a time.
fn in_memory(made: &Tensor, most: i64, mut fill: impl FnMut(&Tensor) -> Result<()>) -> Result<()> {
    let n = made.numel();
    for first in (0..n.max(1)).step_by(most.max(1) as usize) {
        let (shape, strides) = (Dims::new(&[most.min(n - first)])?, Dims::new(&[1])?);
        let storage = made.geometry().storage.clone();
        fill(&Tensor::from_geometry(Geometry::new(made.dtype(), shape, strides, first, storage))?)?;
    }
    Ok(())
}
