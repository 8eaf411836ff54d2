//! Quantiles: elements of sorted lines, and what lies between two of them.

use super::sort_along;
use crate::create::cpp_number;
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels;
use crate::ops::apply::{Operand, pointwise};
use crate::ops::copy;
use crate::ops::elements::compare::{Eq, Ge, Le, Lt, Ne};
use crate::ops::elements::pointwise::{Mul, Sub};
use crate::ops::elements::rounding::{Ceil, Floor, Round};
use crate::ops::out;
use crate::ops::picks::take_along;
use crate::ops::reductions::norm::{masked, times};
use crate::ops::reductions::reduce::{binary, sum_dims};
use crate::ops::row::{Operator, Pointwise};
use crate::ops::shapes::reshape::{
    SQUEEZED, TRANSPOSE, TRANSPOSED, UNSQUEEZED, expand_recorded, reshape_to, slice_at, squeeze_dims, transpose_dims,
    unsqueeze_at, unsqueeze_by, view_as,
};
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::shape;
use crate::tape::mode::GradMode;
use crate::tensor::Tensor;

/// What lies between two elements.
#[derive(Clone, Copy, PartialEq)]
enum Between {
    Linear,
    Lower,
    Higher,
    Midpoint,
    Nearest,
}

fn between(word: &str) -> Result<Between> {
    Ok(match word {
        "linear" => Between::Linear,
        "lower" => Between::Lower,
        "higher" => Between::Higher,
        "midpoint" => Between::Midpoint,
        "nearest" => Between::Nearest,
        _ => {
            return Err(Error::runtime(format!(
                "quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, but got {word}"
            )));
        }
    })
}

fn number(x: f64) -> Operand<'static> {
    Operand::Number(Scalar::Float(x))
}

fn unary(op: &'static Operator, row: &'static Pointwise, t: &Tensor) -> Result<Tensor> {
    pointwise(op, row, 0, &[Operand::Tensor(t)], Target::Fresh)
}

pub(super) fn quantile(args: &[Arg<'_>], target: Target<'_>, ignore_nan: bool) -> Result<Output> {
    let t = tensor(args, 0)?;
    let dim = match args.get(2) {
        Some(Arg::Int(dim)) => Some(*dim),
        _ => None,
    };
    let keepdim = args.get(3).is_some_and(Arg::truth);
    let how = args.get(4).and_then(Arg::text).unwrap_or("linear");
    let made;
    let q = match args.get(1) {
        Some(Arg::Tensor(q)) => *q,
        Some(Arg::Number(q)) => {
            let q = q.to_f64();
            if !(0.0..=1.0).contains(&q) {
                let q = cpp_number(q);
                return Err(Error::runtime(format!("quantile() q must be in the range [0, 1] but got {q}")));
            }
            made = Tensor::converted(&[], Scalar::Float(q), t.dtype())?;
            &made
        }
        _ => return Err(Error::type_error("a quantile is missing")),
    };
    let how = between(how)?;
    check(t, q, dim)?;
    if let Target::Out(to) = target
        && to.dtype() != t.dtype()
    {
        return Err(Error::runtime("quantile() out tensor must be same dtype as the input tensor"));
    }
    let result = of(t, q, dim, keepdim, how, ignore_nan)?;
    out::give("quantile", result, target, out::SAME).map(Output::One)
}

/// Refuses operands in torch's order.
fn check(t: &Tensor, q: &Tensor, dim: Option<i64>) -> Result<()> {
    if t.numel() == 0 {
        return Err(Error::runtime("quantile() input tensor must be non-empty"));
    }
    if q.ndim() > 1 {
        return Err(Error::runtime("quantile() q must be a scalar or 1D tensor"));
    }
    if !matches!(t.dtype(), DType::Float32 | DType::Float64) {
        return Err(Error::runtime("quantile() input tensor must be either float or double dtype"));
    }
    if q.dtype() != t.dtype() {
        return Err(Error::runtime("quantile() q tensor must be same dtype as the input tensor"));
    }
    if let Some(dim) = dim {
        shape::wrap_dim(dim, t.ndim())?;
    }
    let within = {
        let _off = GradMode::new(false);
        let at_least = binary(Ge::OPERATOR, Ge::ROW, q, number(0.0))?;
        times(&at_least, &binary(Le::OPERATOR, Le::ROW, q, number(1.0))?)?
    };
    if within.read(kernels::index::count_true)? as i64 != q.numel() {
        return Err(Error::runtime("quantile() q values must be in the range [0, 1]"));
    }
    Ok(())
}

fn of(t: &Tensor, q: &Tensor, dim: Option<i64>, keepdim: bool, how: Between, ignore_nan: bool) -> Result<Tensor> {
    let n = t.ndim();
    let dim = dim.map(|dim| shape::wrap_dim(dim, n)).transpose()?;
    // The lines last, in the shape that the result has but for its quantiles.
    let mut sizes = t.shape();
    match dim {
        None if keepdim => sizes.fill(1),
        None => sizes.clear(),
        Some(dim) if n > 0 && keepdim => sizes[dim] = 1,
        Some(dim) if n > 0 => {
            sizes.remove(dim);
        }
        Some(_) => {}
    }
    let [sorted, _] = match dim {
        None if n == 1 => sort_along(t, 0, false, 0)?,
        None => sort_along(&reshape_to(t, &[-1])?, 0, false, 0)?,
        Some(dim) if dim + 1 == n => sort_along(t, dim, false, 0)?,
        Some(dim) => {
            let last = transpose_dims(&unsqueeze_at(t, -1)?, dim as i64, -1, TRANSPOSE)?;
            sort_along(&last, n, false, 0)?
        }
    };
    let line = sorted.geometry().shape.last().copied().unwrap_or(1);
    sizes.push(line);
    let sorted = view_as(&sorted, &sizes)?;
    let at = sizes.len() - 1;
    sizes[at] = q.numel();
    let ranks = ranks(&sorted, q, &sizes, line, ignore_nan)?;
    let (below, above) = {
        let _off = GradMode::new(false);
        let rounded = match how {
            Between::Lower => unary(Floor::OPERATOR, Floor::ROW, &ranks)?,
            Between::Higher => unary(Ceil::OPERATOR, Ceil::ROW, &ranks)?,
            Between::Nearest => unary(Round::OPERATOR, Round::ROW, &ranks)?,
            _ => ranks.detach()?,
        };
        (copy::to(&rounded, DType::Int64)?, copy::to(&unary(Ceil::OPERATOR, Ceil::ROW, &rounded)?, DType::Int64)?)
    };
    let mut values = take_along(&sorted, at, &below)?;
    if matches!(how, Between::Linear | Between::Midpoint) {
        let weights = match how {
            Between::Midpoint => Tensor::full(&ranks.sizes()?, 0.5, ranks.dtype())?,
            _ => binary(Sub::OPERATOR, Sub::ROW, &ranks, Operand::Tensor(&below))?,
        };
        values = values.lerp(&take_along(&sorted, at, &above)?, &weights)?;
    }
    if q.ndim() > 0 {
        values = transpose_dims(&unsqueeze_by(&values, 0, UNSQUEEZED)?, 0, -1, TRANSPOSED)?;
    }
    let last = values.ndim() - 1;
    squeeze_dims(&values, 1 << last, SQUEEZED)
}

/// Where in each sorted line the quantiles lie, in the shape `sizes`: at its last element, which is nan, where one is; or
/// counted among those that are not.
fn ranks(sorted: &Tensor, q: &Tensor, sizes: &[i64], line: i64, ignore_nan: bool) -> Result<Tensor> {
    let at = sizes.len() - 1;
    if !ignore_nan {
        let ends = {
            let _off = GradMode::new(false);
            let last = slice_at(sorted, at, line - 1, line, 1)?;
            binary(Ne::OPERATOR, Ne::ROW, &last, Operand::Tensor(&last))?
        };
        let last = (line - 1) as f64;
        let ranks = binary_by_number(q, last)?;
        let alike = *ranks.geometry().shape == *sizes;
        let ranks = if alike { ranks } else { expand_recorded(&ranks, sizes)? };
        return masked(&ranks, &ends, number(last));
    }
    let last = {
        let _off = GradMode::new(false);
        let numbers = binary(Eq::OPERATOR, Eq::ROW, sorted, Operand::Tensor(sorted))?;
        let count = sum_dims(&numbers, 1 << at, true, None)?;
        binary(Sub::OPERATOR, Sub::ROW, &count, number(1.0))?
    };
    let ranks = times(q, &copy::to(&last, q.dtype())?)?;
    let none = {
        let _off = GradMode::new(false);
        binary(Lt::OPERATOR, Lt::ROW, &ranks, number(0.0))?
    };
    masked(&ranks, &none, number(0.0))
}

/// A product with a number, which torch's own formula applies.
fn binary_by_number(t: &Tensor, x: f64) -> Result<Tensor> {
    pointwise(Mul::OPERATOR, Mul::ROW, 1, &[Operand::Tensor(t), number(x)], Target::Fresh)
}
