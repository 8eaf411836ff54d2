//! Rows of the functions that draw tensors of random numbers.
//!
//! What must not come here: how a number is drawn, which is [`crate::create::random`]'s.

use super::factories::{factories, like, make, needs_float, sizes, wants};
use super::layout::empty_as;
use super::overlap;
use super::row::{Operator, Overload, forms};
use super::signature::Signature;
use super::value::{Arg, Format, Output, Target};
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

/// Draws a tensor of the size at a place: into `out=` in the order in which its elements lie, as torch does.
fn draw(
    name: &str,
    (args, target): (&[Arg<'_>], Target<'_>),
    size: usize,
    usual: fn() -> DType,
    fill: impl Fn(&mut Generator, &Tensor) -> Result<()>,
) -> Result<Output> {
    make(name, args, target, usual, |dtype| {
        let sizes = sizes(args, size)?;
        let own = match target {
            Target::Out(out) if *out.geometry().shape == *sizes => Some(out),
            _ => None,
        };
        let Some(out) = own else {
            let made = Tensor::empty(sizes, dtype)?;
            with(args, |generator| fill(generator, &made))?;
            return Ok(made);
        };
        overlap::check_itself(out)?;
        let made = empty_as(out, dtype, Format::Preserve)?;
        let most = if name == "randn" { blocks(out) } else { i64::MAX };
        with(args, |generator| in_memory(&made, most, |t| fill(generator, t)))?;
        Ok(made)
    })
}

/// How many elements are drawn at a time: only in the usual order does torch draw in blocks, and fewer numbers than a
/// block are drawn one by one.
fn blocks(made: &Tensor) -> i64 {
    if made.is_contiguous() { i64::MAX } else { 15 }
}

fn rand(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    draw("rand", (args, target), 0, default_dtype, uniform)
}

fn randn(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    draw("randn", (args, target), 0, default_dtype, normal)
}

/// The upper bound stands at `high`, the size after it.
fn randint(args: &[Arg<'_>], target: Target<'_>, low: i64, high: usize) -> Result<Output> {
    let bound = args[high].int(0);
    draw("randint", (args, target), high + 1, || DType::Int64, |g, t| integers(g, t, low, bound))
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
    like("randn_like", args, format, target, |made| with(args, |g| in_memory(made, blocks(made), |t| normal(g, t))))
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
