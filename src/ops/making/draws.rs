//! Rows of the functions that draw tensors of random numbers.
//!
//! What must not come here: how a number is drawn, which is [`crate::create::random`]'s.

mod fill;
mod gaussian;
pub mod rows;
mod sample;
mod source;

pub use gaussian::normal as normal_by;

use crate::create::{default_dtype, random};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::kernels::random::{Generator, Law};
use crate::ops::layout::empty_as;
use crate::ops::making::factories::{factories, like, make, needs_float, sizes, wants};
use crate::ops::overlap;
use crate::ops::row::{Operator, Overload, forms};
use crate::ops::signature::Signature;
use crate::ops::value::{Arg, Format, Output, Target};
use crate::tensor::Tensor;
use source::{Source, real};

factories! {
    /// Numbers drawn uniformly from [0, 1), of the given size.
    ///
    /// Raises NotImplementedError for integer types.
    Rand {
        "rand(size: dims, *" + out FUNCTION => rand;
        "rand(size: dims, *, generator: generator" + out FUNCTION => rand_from;
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
        "randint(high: extent, size: dims, *" + out FUNCTION => |args, target| randint(args, target, 0, 0);
        "randint(high: extent, size: dims, *, generator: generator" + out FUNCTION => |args, target| randint(args, target, 0, 0);
        "randint(low: extent, high: extent, size: dims, *" + out FUNCTION => |args, target| randint(args, target, args[0].int(0), 1);
        "randint(low: extent, high: extent, size: dims, *, generator: generator" + out FUNCTION => |args, target| randint(args, target, args[0].int(0), 1);
    }
    /// Integers drawn uniformly from `low` (or 0) up to `high`, exclusive, of the size and type of `input` and in its
    /// memory order.
    ///
    /// Raises RuntimeError for empty ranges and for ranges that the type does not hold.
    RandintLike {
        "randint_like(input, low: extent, high: extent, *, generator: generator, memory_format: format = None" FUNCTION => |args, target| integers_like(args, target, args[1].int(0), 2, 4);
        "randint_like(input, low: extent, high: extent, *, memory_format: format = None" FUNCTION => |args, target| integers_like(args, target, args[1].int(0), 2, 3);
        "randint_like(input, high: tensor, *, generator: generator, memory_format: format = None" FUNCTION => |args, target| integers_like(args, target, 0, 1, 3);
        "randint_like(input, high: tensor, *, memory_format: format = None" FUNCTION => |args, target| integers_like(args, target, 0, 1, 2);
        "randint_like(input, high: extent, *, generator: generator, memory_format: format = None" FUNCTION => |args, target| integers_like(args, target, 0, 1, 3);
        "randint_like(input, high: extent, *, memory_format: format = None" FUNCTION => |args, target| integers_like(args, target, 0, 1, 2);
    }
    /// Numbers of one normal distribution, of the given size.
    ///
    /// Raises RuntimeError for a standard deviation below 0, NotImplementedError for integer types.
    NormalOfSize {
        "normal(mean: float, std: float, size: dims, *, generator: generator = None" + out FUNCTION => normal;
    }
    /// The numbers from 0 up to `n`, exclusive, in random order.
    ///
    /// Raises RuntimeError for a negative `n` and for types that do not hold the numbers.
    Randperm {
        "randperm(n: extent, *" + out FUNCTION => randperm;
        "randperm(n: extent, *, generator: generator" + out FUNCTION => randperm;
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

/// Draws a tensor of the size at a place: into `out=` in the order in which its elements lie, as torch does. `fill` is
/// told whether torch would draw in blocks, which it does where what it writes is contiguous.
fn draw(
    name: &str,
    (args, target): (&[Arg<'_>], Target<'_>),
    size: usize,
    usual: fn() -> DType,
    fill: impl Fn(&mut Source<'_>, &Tensor, bool) -> Result<()>,
) -> Result<Output> {
    make(name, args, target, usual, |dtype| {
        let (sizes, mut source) = (sizes(args, size)?, Source::among(args));
        let own = match target {
            Target::Out(out) if *out.geometry().shape == *sizes => Some(out),
            _ => None,
        };
        let Some(out) = own else {
            let made = Tensor::empty(sizes, dtype)?;
            fill(&mut source, &made, true)?;
            return Ok(made);
        };
        overlap::check_itself(out)?;
        let made = empty_as(out, dtype, Format::Preserve)?;
        fill(&mut source, &made, out.is_contiguous())?;
        Ok(made)
    })
}

fn uniform(source: &mut Source<'_>, t: &Tensor) -> Result<()> {
    random::check_uniform(t.dtype(), 0.0, 1.0)?;
    source::in_order(t, |t| source.run(|generator| random::uniform(generator, t, 0.0, 1.0)))
}

fn gaussian(source: &mut Source<'_>, t: &Tensor, (mean, std): (f64, f64), blocks: bool) -> Result<()> {
    let law = Law::Normal(mean, std);
    random::check_law(law, t.dtype())?;
    if t.numel() > 0 {
        random::check_type(law, t.dtype())?;
    }
    source::normal(source, t, (mean, std), blocks)
}

fn integers(source: &mut Source<'_>, t: &Tensor, low: i64, high: i64) -> Result<()> {
    let which = random::range(t.dtype(), low, high)?;
    source::in_order(t, |t| source.run(|generator| random::whole(generator, t, which)))
}

fn rand(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    draw("rand", (args, target), 0, default_dtype, |source, t, _| uniform(source, t))
}

/// The same from a generator, of which torch counts the new shape of `out=` as a write of its own.
fn rand_from(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let resized = match target {
        Target::Out(out) if *out.geometry().shape != *sizes(args, 0)? => Some(out),
        _ => None,
    };
    let made = rand(args, target)?;
    if let Some(out) = resized {
        out.0.bump_version();
    }
    Ok(made)
}

fn randn(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    draw("randn", (args, target), 0, default_dtype, |source, t, blocks| gaussian(source, t, (0.0, 1.0), blocks))
}

fn normal(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (mean, std) = (real(args, 0, 0.0), real(args, 1, 1.0));
    draw("normal", (args, target), 2, default_dtype, |source, t, blocks| gaussian(source, t, (mean, std), blocks))
}

/// The upper bound stands at `high`, the size after it.
fn randint(args: &[Arg<'_>], target: Target<'_>, low: i64, high: usize) -> Result<Output> {
    let bound = args[high].int(0);
    draw("randint", (args, target), high + 1, || DType::Int64, |source, t, _| integers(source, t, low, bound))
}

/// Integers in the likeness of a tensor: the upper bound stands at `high`, the memory format at `format`.
fn integers_like(args: &[Arg<'_>], target: Target<'_>, low: i64, high: usize, format: usize) -> Result<Output> {
    let bound = match &args[high] {
        Arg::Tensor(t) if t.numel() != 1 || t.ndim() != 0 => {
            return Err(Error::runtime("high must be a scalar tensor and on CPU"));
        }
        Arg::Tensor(t) => t.item()?.to_i64(),
        other => other.int(0),
    };
    like("randint_like", args, format, target, |made| integers(&mut Source::among(args), made, low, bound))
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
            random::permutation(|draw| Source::among(args).run(|generator| draw(generator)), args[0].int(0), dtype)
        },
    )
}

fn rand_like(args: &[Arg<'_>], target: Target<'_>, format: usize) -> Result<Output> {
    like("rand_like", args, format, target, |made| uniform(&mut Source::among(args), made))
}

fn randn_like(args: &[Arg<'_>], target: Target<'_>, format: usize) -> Result<Output> {
    like("randn_like", args, format, target, |made| {
        gaussian(&mut Source::among(args), made, (0.0, 1.0), made.is_contiguous())
    })
}

/// Integers drawn uniformly from `low` up to `high`, exclusive, in the size, type and memory order of `t`; torch's for
/// the same seed, from `generator` or the thread's own.
///
/// # Errors
/// Where the range is empty, or the type does not hold it.
pub fn randint_like(t: &Tensor, low: i64, high: i64, generator: Option<&mut Generator>) -> Result<Tensor> {
    let made = empty_as(t, t.dtype(), Format::Preserve)?;
    integers(&mut Source::of(generator), &made, low, high)?;
    Ok(made)
}
