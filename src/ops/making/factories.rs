//! Rows of the functions that make tensors: from nothing, from numbers, in the likeness of a tensor.
//!
//! How a factory is asked, and what becomes of what it makes; the making itself is in [`crate::create`].
//! What must not come here: an operator that reads elements.

use crate::create::{self, default_dtype};
use crate::dtype::{Category, DType, Scalar};
use crate::error::{Error, Result};
use crate::ops::layout::{asked_strides, empty_as};
use crate::ops::out;
use crate::ops::row::{Operator, Overload, forms};
use crate::ops::signature::Signature;
use crate::ops::value::{Arg, Format, Output, Target, tensor};
use crate::shape;
use crate::tape::host;
use crate::tape::record::flags;
use crate::tensor::{Tensor, done, fitted};

/// Reads factories' rows: a name's documentation and its signatures, each up to what is asked of every factory (`+ out`:
/// of one that can write into a tensor), with its forms and the function that makes the tensor.
macro_rules! factories {
    ($(
        $(#[doc = $doc:literal])*
        $Row:ident { $($head:literal $(+ $out:ident)? $forms:ident => $call:expr;)* }
    )*) => {
        #[allow(non_upper_case_globals)]
        mod docs {
            $(pub const $Row: &str = concat!($($doc, "\n"),*);)*
        }
        /// No operators stand here: what they make has no history.
        pub static OPERATORS: &[&Operator] = &[];
        /// The family's signatures.
        pub static OVERLOADS: &[Overload] = &[$($(
            Overload {
                signature: Signature::parse(concat!(
                    $head,
                    $(", ", stringify!($out), " = None",)?
                    ", dtype: dtype = None, layout: layout = None, device: device = None, pin_memory: flag = False, \
                     requires_grad: flag = False)"
                )),
                call: $call,
                plain: None,
                forms: forms::$forms,
                row: "",
                doc: docs::$Row,
            },
        )*)*];
    };
}
pub(in crate::ops) use factories;

factories! {
    /// A tensor of zeros of the given size.
    ///
    /// Raises RuntimeError for negative sizes and for sizes beyond memory.
    Zeros {
        "zeros(size: dims, *" + out FUNCTION => zeros;
    }
    /// A tensor of ones of the given size.
    ///
    /// Raises RuntimeError for negative sizes and for sizes beyond memory.
    Ones {
        "ones(size: dims, *" + out FUNCTION => |args, target| {
            make("ones", args, target, default_dtype, |dtype| Tensor::full(sizes(args, 0)?, 1.0, dtype))
        };
    }
    /// A tensor of the given size whose elements are whatever the memory holds.
    ///
    /// Raises RuntimeError for negative sizes and for sizes beyond memory.
    Empty {
        "empty(size: dims, *, memory_format: format = None" + out FUNCTION => empty;
    }
    /// A tensor of the given size with every element `fill_value`, whose type it has.
    ///
    /// Raises RuntimeError where the type does not hold the value.
    Full {
        "full(size: dims, fill_value: value, *" + out FUNCTION => |args, target| {
            let usual = || own_dtype(&args[1]);
            make("full", args, target, usual, |dtype| filled(sizes(args, 0)?, &args[1], dtype))
        };
    }
    /// A 0-d tensor of a number, of the default type.
    ///
    /// Raises RuntimeError where the type does not hold the number.
    ScalarTensor {
        "scalar_tensor(s: value, *" FUNCTION => |args, target| {
            make("scalar_tensor", args, target, default_dtype, |dtype| filled(&[], &args[0], dtype))
        };
    }
    /// A matrix with ones on its diagonal and zeros elsewhere: `n` rows, and `m` or `n` columns.
    ///
    /// Raises RuntimeError for negative extents.
    Eye {
        "eye(n: extent, *" + out FUNCTION => |args, target| eye(args, target, args[0].int(0));
        "eye(n: extent, m: extent, *" + out FUNCTION => |args, target| eye(args, target, args[1].int(0));
    }
    /// The numbers `start`, `start + step`, ... before `end`: from 0 and in steps of 1 where these are not given. They
    /// are int64 where all three are, else of the default type.
    ///
    /// Raises RuntimeError where the step is 0 or leads away from the end.
    Arange {
        "arange(end: value, *" + out FUNCTION => |args, target| {
            arange(args, target, [&Arg::None, &args[0], &Arg::None])
        };
        "arange(start: value, end: value, *" FUNCTION => |args, target| {
            arange(args, target, [&args[0], &args[1], &Arg::None])
        };
        "arange(start: value, end: value, step: value = 1, *" + out FUNCTION => |args, target| {
            arange(args, target, [&args[0], &args[1], &args[2]])
        };
    }
    /// `steps` numbers from `start` to `end`, both included, in even steps.
    ///
    /// Raises RuntimeError for a negative number of steps.
    Linspace {
        "linspace(start: value, end: value, steps: int, *" + out FUNCTION => linspace;
        "linspace(start: tensor, end: tensor, steps: int, *" + out FUNCTION => linspace;
        "linspace(start: value, end: tensor, steps: int, *" + out FUNCTION => linspace;
        "linspace(start: tensor, end: value, steps: int, *" + out FUNCTION => linspace;
    }
    /// Zeros, of the size and type of `input` and in its memory order.
    ZerosLike {
        "zeros_like(input, *, memory_format: format = None" FUNCTION => |args, target| {
            like("zeros_like", args, 1, target, |made| put(made, Scalar::Int(0)))
        };
    }
    /// Ones, of the size and type of `input` and in its memory order.
    OnesLike {
        "ones_like(input, *, memory_format: format = None" FUNCTION => |args, target| {
            like("ones_like", args, 1, target, |made| put(made, Scalar::Int(1)))
        };
    }
    /// Unspecified elements, of the size and type of `input` and in its memory order.
    EmptyLike {
        "empty_like(input, *, memory_format: format = None" FUNCTION => |args, target| {
            like("empty_like", args, 1, target, |_| Ok(()))
        };
    }
    /// Elements `fill_value`, of the size and type of `input` and in its memory order.
    ///
    /// Raises RuntimeError where the type does not hold the value.
    FullLike {
        "full_like(input, fill_value: value, *, memory_format: format = None" FUNCTION => |args, target| {
            like("full_like", args, 2, target, |made| {
                let value = element(&args[1], made.dtype())?;
                put(made, fitted(value, made.dtype(), made.numel())?)
            })
        };
    }
    /// Zeros of the given size, in this tensor's type.
    NewZeros {
        "new_zeros(input, size: dims, *" METHOD => |args, target| {
            sister("new_zeros", args, target, |sizes, dtype| Tensor::full(sizes, 0.0, dtype))
        };
    }
    /// Ones of the given size, in this tensor's type.
    NewOnes {
        "new_ones(input, size: dims, *" METHOD => |args, target| {
            sister("new_ones", args, target, |sizes, dtype| Tensor::full(sizes, 1.0, dtype))
        };
    }
    /// Unspecified elements of the given size, in this tensor's type.
    NewEmpty {
        "new_empty(input, size: dims, *" METHOD => |args, target| sister("new_empty", args, target, Tensor::empty);
    }
    /// A tensor of the given size filled with a value, in this tensor's type.
    NewFull {
        "new_full(input, size: dims, fill_value: value, *" METHOD => |args, target| {
            sister("new_full", args, target, |sizes, dtype| filled(sizes, &args[2], dtype))
        };
    }
}

/// How many arguments every factory ends in: what [`factories!`] gives each signature.
const ASKED: usize = 5;

/// The extents that stand at a place.
pub(in crate::ops) fn sizes<'a>(args: &'a [Arg<'_>], at: usize) -> Result<&'a [i64]> {
    args.get(at).and_then(Arg::dims).ok_or_else(|| Error::type_error("a size is missing"))
}

/// torch's text for a factory that is asked for a gradient of integers.
#[cold]
pub fn needs_float() -> Error {
    Error::runtime("Only Tensors of floating point and complex dtype can require gradients")
}

/// Whether a factory is asked for a tensor that wants a gradient.
pub(in crate::ops) fn wants(args: &[Arg<'_>]) -> bool {
    args.last().is_some_and(Arg::truth)
}

/// Refuses what no tensor here can be.
///
/// # Errors
/// torch's, for a build without accelerators.
pub fn check_pinned(pinned: bool) -> Result<()> {
    match pinned {
        false => Ok(()),
        true => Err(Error::runtime(
            "pin_memory=True requires a CUDA or other accelerator backend; no pinned memory allocator is available on this \
             system.",
        )),
    }
}

/// What a call of the factory `name` returns: `fill` makes the tensor, of the type that the call asks for or that of
/// `out=`, else of the `usual` one.
///
/// # Errors
/// torch's for options that cannot be, and for an `out=` in a graph.
pub(in crate::ops) fn make(
    name: &str,
    args: &[Arg<'_>],
    target: Target<'_>,
    usual: impl FnOnce() -> DType,
    fill: impl FnOnce(DType) -> Result<Tensor>,
) -> Result<Output> {
    let asked = args.get(args.len().wrapping_sub(ASKED)..).unwrap_or(&[]);
    let dtype = match (asked.first().and_then(Arg::dtype), target) {
        (Some(dtype), Target::Out(out)) if dtype != out.dtype() => {
            let (dtype, own) = (dtype.scalar_name(), out.dtype().scalar_name());
            let text = format!("dtype {dtype} does not match dtype of out parameter ({own})");
            return Err(Error::runtime(text));
        }
        (_, Target::Out(out)) => out.dtype(),
        (Some(dtype), _) => dtype,
        (None, _) => usual(),
    };
    check_pinned(asked.get(3).is_some_and(Arg::truth))?;
    let to = match target {
        Target::Out(to) => Some(to),
        _ => None,
    };
    to.map_or(Ok(()), |to| out::check_made(name, to))?;
    let made = fill(dtype)?;
    let wants = wants(args);
    if wants && !dtype.is_differentiable() {
        return Err(needs_float());
    }
    let given = match to {
        Some(to) => {
            out::put_made(name, to, &made)?;
            to.clone()
        }
        None => made,
    };
    if given.is_leaf() {
        given.0.set_flag(flags::REQUIRES_GRAD, wants);
    }
    Ok(Output::One(given))
}

/// The number as an element of `dtype`.
///
/// # Errors
/// torch's, for an integer of 64 bits without a sign that the type does not hold.
fn element(value: &Arg<'_>, dtype: DType) -> Result<Scalar> {
    match value {
        Arg::Number(scalar) => Ok(*scalar),
        Arg::Wide(_) if dtype == DType::Bool => Ok(Scalar::Bool(true)),
        Arg::Wide(wide) if dtype.is_differentiable() => Ok(Scalar::Float(*wide as f64)),
        _ => Err(Error::overflow(dtype)),
    }
}

/// A tensor with every element the number; extents that cannot be are refused before a number that cannot.
fn filled(sizes: &[i64], value: &Arg<'_>, dtype: DType) -> Result<Tensor> {
    match element(value, dtype) {
        Ok(scalar) => Tensor::full(sizes, scalar, dtype),
        Err(error) => Tensor::empty(sizes, dtype).and(Err(error)),
    }
}

fn own_dtype(value: &Arg<'_>) -> DType {
    match value {
        Arg::Number(scalar) => scalar.dtype(default_dtype()),
        _ => DType::Int64,
    }
}

fn put(made: &Tensor, value: Scalar) -> Result<()> {
    done(made.write(|dst| crate::kernels::copy::fill(dst, value))?)
}

fn zeros(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    make("zeros", args, target, default_dtype, |dtype| {
        let sizes = sizes(args, 0)?;
        // torch words it so for zeros alone.
        if sizes.iter().any(|&n| n < 0) {
            return Err(Error::runtime("zeros: Dimension size must be non-negative."));
        }
        Tensor::full(sizes, 0.0, dtype)
    })
}

fn empty(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let asked = args.get(args.len().wrapping_sub(ASKED)).and_then(Arg::dtype);
    if let (Arg::Format(_), Target::Out(out)) = (&args[1], target)
        && asked.is_none_or(|dtype| dtype == out.dtype())
    {
        return Err(Error::runtime("'memory_format' argument is incompatible with 'out' tensor argument"));
    }
    make("empty", args, target, default_dtype, |dtype| {
        let sizes = sizes(args, 0)?;
        match args[1].format(Format::Contiguous) {
            Format::Contiguous => Tensor::empty(sizes, dtype),
            Format::Preserve => Err(Error::runtime("unsupported memory format Preserve")),
            format => Tensor::empty_strided(sizes, &asked_strides(sizes, format)?, dtype),
        }
    })
}

fn eye(args: &[Arg<'_>], target: Target<'_>, columns: i64) -> Result<Output> {
    make("eye", args, target, default_dtype, |dtype| create::eye(args[0].int(0), columns, dtype))
}

/// Start, end and step; absent ones are 0 and 1.
fn arange(args: &[Arg<'_>], target: Target<'_>, bounds: [&Arg<'_>; 3]) -> Result<Output> {
    let whole = |arg: &Arg<'_>| !matches!(arg, Arg::Number(s) if s.category() > Category::Integral);
    let whole = bounds.iter().all(|bound| whole(bound));
    let usual = || if whole { DType::Int64 } else { default_dtype() };
    make("arange", args, target, usual, |dtype| {
        let bound = |value: &Arg<'_>, usual: i64| match value {
            Arg::None => Ok(Scalar::Int(usual)),
            // Integers are counted in int64, whatever their type.
            _ => element(value, if dtype.is_differentiable() || dtype == DType::Bool { dtype } else { DType::Int64 }),
        };
        let [start, end, step] = bounds;
        let made = create::arange(bound(start, 0)?, bound(end, 0)?, bound(step, 1)?, Some(dtype))?;
        let (length, own) = match target {
            Target::Out(out) => (out.numel(), Some(out)),
            _ => (0, None),
        };
        if let Some(out) = own.filter(|_| length > 0 && length != made.numel()) {
            host::warn(&format!(
                "The number of elements in the out tensor of shape {} is {length} which does not match the computed number of \
                 elements {}. Note that this may occur as a result of rounding error. The out tensor will be resized to a \
                 tensor of shape ({},).",
                shape::list(&out.sizes()?),
                made.numel(),
                made.numel()
            ))?;
        }
        Ok(made)
    })
}

fn linspace(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let ranks = [0, 1].map(|at| args[at].tensor().map(Tensor::ndim));
    if ranks.iter().any(|rank| rank.is_some_and(|n| n > 0)) {
        let told = ["start", "end"].into_iter().zip(ranks);
        let told: Vec<_> = told.filter_map(|(name, n)| Some(format!("{name} with {} dimension(s)", n?))).collect();
        return Err(Error::runtime(format!(
            "linspace only supports 0-dimensional start and end tensors, but got {}.",
            told.join(" and ")
        )));
    }
    let end_point = |at: usize| match &args[at] {
        Arg::Tensor(t) => t.item(),
        Arg::Number(scalar) => Ok(*scalar),
        Arg::Wide(wide) => Ok(Scalar::Float(*wide as f64)),
        _ => Ok(Scalar::Int(0)),
    };
    let (start, end) = (end_point(0)?, end_point(1)?);
    let complex = [start, end].iter().any(|s| s.category() == Category::Complex);
    let inferred = if complex { default_dtype().complex() } else { default_dtype() };
    make(
        "linspace",
        args,
        target,
        || inferred,
        |dtype| {
            if complex && !dtype.is_complex() {
                return Err(Error::runtime(format!(
                    "torch.linspace(): inferred dtype {} can't be safely cast to passed dtype {}",
                    inferred.cpp_name(),
                    dtype.scalar_name()
                )));
            }
            for end_point in [start, end].into_iter().filter(|_| dtype.is_integral()) {
                fitted(end_point, dtype, 1)?;
            }
            create::linspace(start, end, args[2].int(0), dtype)
        },
    )
}

/// What a factory makes in the likeness of its first argument; the memory format stands at `format`, and `fill` writes
/// the elements.
pub(in crate::ops) fn like(
    name: &str,
    args: &[Arg<'_>],
    format: usize,
    target: Target<'_>,
    fill: impl FnOnce(&Tensor) -> Result<()>,
) -> Result<Output> {
    let model = tensor(args, 0)?;
    make(
        name,
        args,
        target,
        || model.dtype(),
        |dtype| {
            let made = empty_as(model, dtype, args[format].format(Format::Preserve))?;
            fill(&made)?;
            Ok(made)
        },
    )
}

/// What a method makes of a size that stands second, in the type of the first argument.
fn sister(
    name: &str,
    args: &[Arg<'_>],
    target: Target<'_>,
    fill: impl FnOnce(&[i64], DType) -> Result<Tensor>,
) -> Result<Output> {
    let own = tensor(args, 0)?.dtype();
    make(name, args, target, || own, |dtype| fill(sizes(args, 1)?, dtype))
}
