//! Rows that keep elements between bounds.

use crate::dtype::{Category, DType, Scalar};
use crate::error::{Error, Result};
use crate::ops::apply::{Operand, pointwise as apply};
use crate::ops::out;
use crate::ops::promotion::common_dtype;
use crate::ops::row::{Operator, Pointwise, pointwise};
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::tensor::{Tensor, fitted};

pointwise! { family 50;
    /// Each element, but `min` where it is below and `max` where it is above; where `min` is above `max`, `max`.
    ///
    /// Both are numbers or both are tensors, and either may be left out. A nan among the three gives nan. The gradient goes to
    /// the elements within the bounds, the bounds themselves included, and else to the bound.
    ///
    /// Raises RuntimeError without any bound, NotImplementedError for complex types.
    Clamp {
        clamp(a, lo, hi) -> y = a.or_larger(lo).or_smaller(hi);
        a: |g, a, lo, hi| N::select(a.at_least(lo) & a.at_most(hi), g, N::lit(0.0));
        lo: |g, a, lo, hi| N::select(a.less(lo) & lo.less(hi), g, N::lit(0.0));
        hi: |g, a, lo, hi| N::select(a.greater(hi) | hi.less(lo), g, N::lit(0.0));
        [Ordered, Promote; lean] "ClampBackward0", "ClampBackward1";
        "clamp(input, min: optional = None, max: optional = None, *, out = None)" EVERY => clamp;
        "clamp(input, min: number = None, max: number = None, *, out = None)" EVERY => clamp;
        "clip(input, min: optional = None, max: optional = None, *, out = None)" EVERY => clamp;
        "clip(input, min: number = None, max: number = None, *, out = None)" EVERY => clamp;
    }
    /// Each element, but `min` where it is below.
    ClampMin {
        clamp_min(a, lo) -> y = a.or_larger(lo);
        a: |g, a, lo| N::select(a.at_least(lo), g, N::lit(0.0));
        lo: |g, a, lo| N::select(a.less(lo), g, N::lit(0.0));
        [Ordered, Promote, kernel no_complex_pair; lean] "ClampMinBackward0", "ClampMinBackward1";
        "clamp_min(input, min, *, out = None)" EVERY => clamp_min;
        "clamp_min(input, min: number, *, out = None)" EVERY => clamp_min;
    }
    /// Each element, but `max` where it is above.
    ClampMax {
        clamp_max(a, hi) -> y = a.or_smaller(hi);
        a: |g, a, hi| N::select(a.at_most(hi), g, N::lit(0.0));
        hi: |g, a, hi| N::select(a.greater(hi), g, N::lit(0.0));
        [Ordered, Promote, kernel no_complex_pair; lean] "ClampMaxBackward0", "ClampMaxBackward1";
        "clamp_max(input, max, *, out = None)" EVERY => clamp_max;
        "clamp_max(input, max: number, *, out = None)" EVERY => clamp_max;
    }
}

impl Tensor {
    /// Each element, but `min` where it is below and `max` where it is above.
    ///
    /// # Errors
    /// Without any bound, for complex types, and where shapes do not broadcast together.
    pub fn clamp<'a>(&'a self, min: Option<Operand<'a>>, max: Option<Operand<'a>>) -> Result<Tensor> {
        between(self, min, max, Target::Fresh)
    }
    /// Each element, but `min` where it is below.
    ///
    /// # Errors
    /// For complex types, and where shapes do not broadcast together.
    pub fn clamp_min<'a>(&'a self, min: impl Into<Operand<'a>>) -> Result<Tensor> {
        by_one(ClampMin::OPERATOR, ClampMin::ROW, self, Some(min.into()), Target::Fresh)
    }
    /// Each element, but `max` where it is above.
    ///
    /// # Errors
    /// For complex types, and where shapes do not broadcast together.
    pub fn clamp_max<'a>(&'a self, max: impl Into<Operand<'a>>) -> Result<Tensor> {
        by_one(ClampMax::OPERATOR, ClampMax::ROW, self, Some(max.into()), Target::Fresh)
    }
}

fn clamp(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let bound = |i: usize| args.get(i).and_then(Arg::operand);
    between(tensor(args, 0)?, bound(1), bound(2), target).map(Output::One)
}

fn between(x: &Tensor, lo: Option<Operand<'_>>, hi: Option<Operand<'_>>, target: Target<'_>) -> Result<Tensor> {
    let Some(either) = lo.or(hi) else {
        return Err(Error::runtime("torch.clamp: At least one of 'min' or 'max' must not be None"));
    };
    let x = Operand::Tensor(x);
    let known = [x, lo.unwrap_or(either), hi.unwrap_or(either)];
    let common = common_dtype(&known);
    let numbers = known[1].tensor().is_none() && known[2].tensor().is_none();
    if let (Some(own), true, true) = (x.tensor().map(Tensor::dtype), common.is_complex(), numbers) {
        if own.is_floating_point() {
            return Err(Error::overflow(DType::Float64));
        }
        check_cast(own, common, target)?;
    }
    refuse_complex(common)?;
    if numbers {
        let kernel = match (lo, hi) {
            (_, None) => "clamp_min_scalar_cpu",
            (None, _) => "clamp_max_scalar_cpu",
            _ => "clamp_scalar_cpu",
        };
        check_numbers(kernel, common, &known, target)?;
    } else if common == DType::Bool && lo.is_some() && hi.is_some() {
        return Err(Error::not_implemented("\"clamp_cpu\" not implemented for 'Bool'"));
    }
    // A bound that is not there is one that nothing is beyond.
    let [least, most] = limits(common).map(Operand::Number);
    let ins = [x, lo.unwrap_or(least), hi.unwrap_or(most)];
    apply(Clamp::OPERATOR, Clamp::ROW, u8::from(numbers), &ins, target)
}

fn clamp_min(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    by_one(ClampMin::OPERATOR, ClampMin::ROW, tensor(args, 0)?, args.get(1).and_then(Arg::operand), target)
        .map(Output::One)
}

fn clamp_max(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    by_one(ClampMax::OPERATOR, ClampMax::ROW, tensor(args, 0)?, args.get(1).and_then(Arg::operand), target)
        .map(Output::One)
}

/// With one bound: the node has its first name where that is a number.
fn by_one(
    op: &'static Operator,
    row: &'static Pointwise,
    x: &Tensor,
    bound: Option<Operand<'_>>,
    target: Target<'_>,
) -> Result<Tensor> {
    let x = Operand::Tensor(x);
    let bound = bound.ok_or_else(|| Error::type_error("an operand is missing"))?;
    let variant = match bound {
        Operand::Tensor(_) => 1,
        Operand::Number(_) => {
            let common = common_dtype(&[x, bound]);
            refuse_complex(common)?;
            let kernel =
                if std::ptr::eq(op, ClampMin::OPERATOR) { "clamp_min_scalar_cpu" } else { "clamp_max_scalar_cpu" };
            check_numbers(kernel, common, &[x, bound], target)?;
            0
        }
    };
    apply(op, row, variant, &[x, bound], target)
}

fn refuse_complex(common: DType) -> Result<()> {
    match common.is_complex() {
        true => Err(Error::not_implemented("clamp is not supported for complex types")),
        false => Ok(()),
    }
}

/// Refuses to write over `own` what it does not hold.
fn check_cast(own: DType, common: DType, target: Target<'_>) -> Result<()> {
    if !matches!(target, Target::InPlace) || common.can_cast(own) {
        return Ok(());
    }
    let (common, own) = (common.scalar_name(), own.c_name());
    Err(Error::runtime(format!("result type {common} can't be cast to the desired output type {own}")))
}

/// Bounds that are numbers must fit the result's type, which `out=` is of too.
fn check_numbers(kernel: &str, common: DType, ins: &[Operand<'_>], target: Target<'_>) -> Result<()> {
    match target {
        Target::Out(out) => {
            crate::ops::inplace::check_out(kernel.split("_scalar").next().unwrap_or(kernel), out, ins)?;
            let fits: out::Fits =
                Some(|own, out| format!("Found dtype {} but expected {}", out.scalar_name(), own.scalar_name()));
            out::check(common, target, fits)?;
        }
        Target::InPlace | Target::Fresh => {
            ins[0].tensor().map_or(Ok(()), |x| check_cast(x.dtype(), common, target))?;
        }
    }
    if common == DType::Bool {
        return Err(Error::not_implemented(format!("\"{kernel}\" not implemented for 'Bool'")));
    }
    for bound in ins {
        if let Operand::Number(number) = bound {
            fitted(*number, common, i64::MAX)?;
        }
    }
    Ok(())
}

/// The words of torch's kernel for the larger and the smaller of two.
fn no_complex_pair(name: &str, common: DType, _: &[Operand<'_>]) -> Result<()> {
    let kernel = if name == "clamp_min" { "maximum" } else { "minimum" };
    match common.is_complex() {
        true => Err(Error::no_kernel(&format!("{kernel}_cpu"), common)),
        false => Ok(()),
    }
}

/// The least and the greatest number of a real type.
fn limits(dtype: DType) -> [Scalar; 2] {
    let whole = |least: i64, most: i64| [Scalar::Int(least), Scalar::Int(most)];
    match dtype {
        DType::Bool => [Scalar::Bool(false), Scalar::Bool(true)],
        DType::UInt8 => whole(0, 255),
        _ if dtype.category() == Category::Integral => {
            let most = i64::MAX >> (64 - 8 * dtype.size());
            whole(-most - 1, most)
        }
        _ => [Scalar::Float(f64::NEG_INFINITY), Scalar::Float(f64::INFINITY)],
    }
}
