//! Differences of neighbours and integrals by trapezoids: names that record what they call.

use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::ops::apply::{Operand, pointwise};
use crate::ops::copy;
use crate::ops::elements::compare::LogicalXor;
use crate::ops::elements::pointwise::{Add, Div, Mul, Sub};
use crate::ops::inplace;
use crate::ops::layout::empty_as;
use crate::ops::reductions::reduce::{binary, sum_dims};
use crate::ops::reductions::scans::cumsum;
use crate::ops::row::{Operator, Pointwise};
use crate::ops::shapes::joining::cat_at;
use crate::ops::shapes::reshape::{select_at, slice_at, view_as};
use crate::ops::shapes::splitting::range_start;
use crate::ops::structured::composed;
use crate::ops::value::{Arg, Format, Output, Target, tensor};
use crate::shape;
use crate::tensor::Tensor;

composed! {
    /// The differences of neighbours along `dim`, taken `n` times; `prepend` and `append` are joined to the operand before that.
    ///
    /// Of bool, whether neighbours differ. Raises RuntimeError where `n` is negative, for a 0-d tensor, and where shapes do not fit.
    Diff {
        "diff(input, n: int = 1, dim: int = -1, prepend: optional = None, append: optional = None, *, out = None)" BOTH => diff;
        fn diff(n: i64, dim: i64) -> Tensor => diff;
    }
    /// The integral of `y` along `dim` by trapezoids, at the points `x` or at points that are `dx` apart.
    ///
    /// Raises RuntimeError for bool, and where `x` has not as many points as `y`; whole numbers give the default floating point type.
    Trapezoid {
        "trapezoid(y: tensor, x: tensor, *, dim: int = -1)" FUNCTION => |args, _| at_points(args, Sum::Whole);
        "trapezoid(y: tensor, *, dx: number = 1, dim: int = -1)" FUNCTION => |args, _| evenly(args, Sum::Whole);
        fn trapezoid(dx: f64, dim: i64) -> Tensor => |args, _| evenly(args, Sum::Whole);
    }
    /// The integral of `y` along `dim` by trapezoids: another name of `trapezoid`.
    Trapz {
        "trapz(y: tensor, *, dx: float = 1, dim: int = -1)" FUNCTION => |args, _| evenly(args, Sum::Whole);
        "trapz(y: tensor, x: tensor, *, dim: int = -1)" FUNCTION => |args, _| at_points(args, Sum::Whole);
    }
    /// The integrals of `y` along `dim` up to each point but the first, by trapezoids; else as `trapezoid`.
    CumulativeTrapezoid {
        "cumulative_trapezoid(y: tensor, x: tensor, *, dim: int = -1)" FUNCTION => |args, _| at_points(args, Sum::Cumulative);
        "cumulative_trapezoid(y: tensor, *, dx: number = 1, dim: int = -1)" FUNCTION => |args, _| evenly(args, Sum::Cumulative);
        fn cumulative_trapezoid(dx: f64, dim: i64) -> Tensor => |args, _| evenly(args, Sum::Cumulative);
    }
}

fn diff(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let (n, dim) = (args.get(1).map_or(1, |arg| arg.int(1)), args.get(2).map_or(-1, |arg| arg.int(-1)));
    if t.ndim() == 0 {
        return Err(Error::runtime("diff expects input to be at least one-dimensional"));
    }
    if n < 0 {
        return Err(Error::runtime(format!("order must be non-negative but got {n}")));
    }
    let beside = |i: usize| args.get(i).and_then(Arg::tensor);
    let (before, after) = (beside(3), beside(4));
    if n == 0 && before.is_none() && after.is_none() {
        // What is taken no difference of has no dimension that could be wrong.
        return copied(t, target).map(Output::One);
    }
    let at = shape::wrap_dim(dim, t.ndim())?;
    for other in [before, after].into_iter().flatten() {
        fits(t, other, at)?;
    }
    let joined = match (before, after) {
        // Nor is anything joined to it.
        _ if n == 0 => return copied(t, target).map(Output::One),
        (None, None) => t.clone(),
        _ => join([before, Some(t), after], at)?,
    };
    differences(joined, n, at, target).map(Output::One)
}

/// The tensor itself, as a recorded copy.
fn copied(t: &Tensor, target: Target<'_>) -> Result<Tensor> {
    let Target::Out(out) = target else {
        let made = empty_as(t, t.dtype(), Format::Preserve)?;
        copy::copy_(&made, t)?;
        return Ok(made);
    };
    if out.dtype() != t.dtype() {
        let (own, found) = (t.dtype().scalar_name(), out.dtype().scalar_name());
        return Err(Error::runtime(format!("expected scalar_type {own} but found {found}")));
    }
    let sizes = t.shape();
    let fitted = inplace::fit_out(out, &sizes, || Ok(shape::contiguous_strides(&sizes)?), t.dtype())?;
    copy::copy_(out, t)?;
    fitted.keep();
    Ok(out.clone())
}

/// Refuses what cannot be joined to `t` along `dim`.
fn fits(t: &Tensor, other: &Tensor, dim: usize) -> Result<()> {
    let (own, given) = (t.sizes()?, other.sizes()?);
    if own.len() != given.len() {
        return Err(Error::runtime("diff expects prepend or append to be the same dimension as input"));
    }
    match (0..own.len()).find(|&i| i != dim && own[i] != given[i]) {
        Some(i) => Err(Error::runtime(format!(
            "diff expects the shape of tensor to prepend or append to match that of input except along the differencing \
             dimension; input.size({i}) = {}, but got tensor.size({i}) = {}",
            own[i], given[i]
        ))),
        None => Ok(()),
    }
}

/// Tensors one after the other along `dim`.
fn join(parts: [Option<&Tensor>; 3], dim: usize) -> Result<Tensor> {
    let parts: Vec<Tensor> = parts.into_iter().flatten().cloned().collect();
    cat_at(&parts, dim as i64)
}

/// The differences, taken `n` times and at least once; where there are not as many elements, of what is left.
fn differences(mut t: Tensor, n: i64, dim: usize, target: Target<'_>) -> Result<Tensor> {
    let mut len = t.geometry().shape[dim];
    if len == 0 {
        return match target {
            Target::Out(_) => Err(range_start(1, -1, 0).err().unwrap_or_else(|| Error::runtime("nothing to subtract"))),
            _ => Ok(t),
        };
    }
    for left in (0..n.min(len)).rev() {
        len -= 1;
        let (later, earlier) = (slice_at(&t, dim, 1, 1 + len, 1)?, slice_at(&t, dim, 0, len, 1)?);
        let ins = [Operand::Tensor(&later), Operand::Tensor(&earlier)];
        let to = if left == 0 { target } else { Target::Fresh };
        t = match t.dtype() {
            DType::Bool => pointwise(LogicalXor::OPERATOR, LogicalXor::ROW, 0, &ins, to)?,
            _ => pointwise(Sub::OPERATOR, Sub::ROW, 0, &ins, to)?,
        };
    }
    Ok(t)
}

/// Whether one integral is asked for, or one up to each point.
#[derive(Clone, Copy, PartialEq)]
enum Sum {
    Whole,
    Cumulative,
}

impl Sum {
    fn name(self) -> &'static str {
        match self {
            Sum::Whole => "trapezoid",
            Sum::Cumulative => "cumulative_trapezoid",
        }
    }
}

/// A row applied to a tensor and a number, as torch's own formulas do.
fn by(op: &'static Operator, row: &'static Pointwise, t: &Tensor, x: Scalar) -> Result<Tensor> {
    pointwise(op, row, 1, &[Operand::Tensor(t), Operand::Number(x)], Target::Fresh)
}

/// The elements of `t` along `dim` but for the last, and but for the first.
fn neighbours(t: &Tensor, dim: usize) -> Result<[Tensor; 2]> {
    let n = t.geometry().shape.get(dim).copied();
    let n = n.ok_or_else(|| Error::index("slice() cannot be applied to a 0-dim tensor."))?;
    Ok([slice_at(t, dim, 0, (n - 1).max(0), 1)?, slice_at(t, dim, n.min(1), n, 1)?])
}

fn sum_of_neighbours(t: &Tensor, dim: usize) -> Result<Tensor> {
    let [left, right] = neighbours(t, dim)?;
    binary(Add::OPERATOR, Add::ROW, &left, Operand::Tensor(&right))
}

/// Zeros where there is nothing along `dim`, which is gone.
fn nothing(y: &Tensor, dim: usize) -> Result<Option<Tensor>> {
    if y.geometry().shape.get(dim) != Some(&0) {
        return Ok(None);
    }
    let mut sizes = y.shape();
    sizes.remove(dim);
    Tensor::full(&sizes, 0.0, y.dtype()).map(Some)
}

fn no_dimensions(dim: i64) -> Error {
    Error::index(format!("Dimension specified as {dim} but tensor has no dimensions"))
}

fn evenly(args: &[Arg<'_>], sum: Sum) -> Result<Output> {
    let y = tensor(args, 0)?;
    let dx = match args.get(1) {
        Some(Arg::Number(dx)) => *dx,
        _ => Scalar::Int(1),
    };
    let given = args.get(2).map_or(-1, |arg| arg.int(-1));
    if sum == Sum::Whole {
        if y.ndim() == 0 {
            return Err(no_dimensions(given));
        }
        if let Some(zeros) = nothing(y, shape::wrap_dim(given, y.ndim())?)? {
            return Ok(Output::One(zeros));
        }
    }
    if y.dtype() == DType::Bool {
        return Err(Error::runtime(format!(
            "{}: received a bool input for `y`, but bool is not supported",
            sum.name()
        )));
    }
    if matches!(dx, Scalar::Complex(..) | Scalar::Bool(_)) {
        let text = format!("{}: Currently, we only support dx as a real number.", sum.name());
        return Err(Error::runtime(text));
    }
    let dim = shape::wrap_dim(given, y.ndim())?;
    let value = if sum == Sum::Cumulative {
        cumsum(&by(Mul::OPERATOR, Mul::ROW, &sum_of_neighbours(y, dim)?, Scalar::Float(dx.to_f64() / 2.0))?, dim)?
    } else {
        let all = sum_dims(y, 1 << dim, false, None)?;
        let (first, last) = (select_at(y, dim as i64, 0)?, select_at(y, dim as i64, -1)?);
        let ends = binary(Add::OPERATOR, Add::ROW, &first, Operand::Tensor(&last))?;
        let half = by(Mul::OPERATOR, Mul::ROW, &ends, Scalar::Float(0.5))?;
        by(Mul::OPERATOR, Mul::ROW, &binary(Sub::OPERATOR, Sub::ROW, &all, Operand::Tensor(&half))?, dx)?
    };
    Ok(Output::One(value))
}

fn at_points(args: &[Arg<'_>], sum: Sum) -> Result<Output> {
    let (y, x) = (tensor(args, 0)?, tensor(args, 1)?);
    let dim = shape::wrap_dim(args.get(2).map_or(-1, |arg| arg.int(-1)), y.ndim())?;
    if sum == Sum::Whole {
        if y.ndim() == 0 {
            return Err(no_dimensions(dim as i64));
        }
        if let Some(zeros) = nothing(y, dim)? {
            return Ok(Output::One(zeros));
        }
    }
    if y.dtype() == DType::Bool || x.dtype() == DType::Bool {
        return Err(Error::runtime(format!(
            "{}: received a bool input for `x` or `y`, but bool is not supported",
            sum.name()
        )));
    }
    let points = if x.ndim() == 1 {
        if y.ndim() == 0 || x.numel() != y.geometry().shape[dim] {
            return Err(Error::runtime(format!("{}: There must be one `x` value for each sample point", sum.name())));
        }
        let mut sizes = vec![1; y.ndim()];
        sizes[dim] = x.numel();
        view_as(x, &sizes)?
    } else if x.ndim() < y.ndim() {
        let mut sizes = vec![1; y.ndim() - x.ndim()];
        sizes.extend(x.shape());
        view_as(x, &sizes)?
    } else {
        x.clone()
    };
    let [left, right] = neighbours(&points, dim)?;
    let dx = binary(Sub::OPERATOR, Sub::ROW, &right, Operand::Tensor(&left))?;
    let areas = binary(Mul::OPERATOR, Mul::ROW, &sum_of_neighbours(y, dim)?, Operand::Tensor(&dx))?;
    let twice = match sum {
        Sum::Whole => sum_dims(&areas, 1 << dim, false, None)?,
        Sum::Cumulative => cumsum(&areas, dim)?,
    };
    by(Div::OPERATOR, Div::ROW, &twice, Scalar::Float(2.0)).map(Output::One)
}
