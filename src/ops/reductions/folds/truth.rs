//! Reductions without a derivative of their own: all, any, counts, places of extremes; and the mean without nans, which
//! records what it calls.

use super::{extremes, product};
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels::operand::{Dst, Src};
use crate::kernels::reduce::{self, Extreme};
use crate::ops::apply::{Operand, pointwise};
use crate::ops::elements::compare::Eq;
use crate::ops::elements::pointwise::Div;
use crate::ops::reductions::reduce::{Over, binary, mask_of, reduce_or, sum_dims};
use crate::ops::structured::composed;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::ops::view::show;
use crate::ops::{copy, out};
use crate::shape::{self, Dims};
use crate::tape::mode::GradMode;
use crate::tensor::Tensor;

composed! {
    /// Whether all elements are not 0, or those along `dim` are (each element where no dimension is named by an empty
    /// tuple): bool, of uint8 uint8.
    All {
        "all(input, *, out = None)" BOTH => all;
        "all(input, dim: dims = None, keepdim: bool = False, *, out = None)" BOTH => all;
        "all(input, dim: int, keepdim: bool = False, *, out = None)" BOTH => all;
        fn all() -> Tensor => all;
        fn all_dims(dims: &[i64], keepdim: bool) -> Tensor => all;
    }
    /// Whether any element is not 0, or any along `dim` is (each element where no dimension is named by an empty
    /// tuple): bool, of uint8 uint8.
    Any {
        "any(input, *, out = None)" BOTH => any;
        "any(input, dim: dims = None, keepdim: bool = False, *, out = None)" BOTH => any;
        "any(input, dim: int, keepdim: bool = False, *, out = None)" BOTH => any;
        fn any() -> Tensor => any;
        fn any_dims(dims: &[i64], keepdim: bool) -> Tensor => any;
    }
    /// How many elements are not 0, of all or over the dimensions `dim`: int64.
    CountNonzero {
        "count_nonzero(input, dim: int = None)" BOTH => count_nonzero;
        "count_nonzero(input, dim: dims)" BOTH => count_nonzero;
        fn count_nonzero(dims: Option<&[i64]>) -> Tensor => count_nonzero;
    }
    /// The index of the largest element (of nan, where there is one): among all, as they would lie in one run, or along
    /// `dim`. Of equal ones the first.
    ///
    /// Raises IndexError where there is no element, and RuntimeError for complex numbers and bool.
    Argmax {
        "argmax(input, dim: int = None, keepdim: bool = False, *, out = None)" BOTH => argmax;
        fn argmax(dim: Option<i64>, keepdim: bool) -> Tensor => argmax;
    }
    /// The index of the smallest element (of nan, where there is one): among all, as they would lie in one run, or along
    /// `dim`. Of equal ones the first.
    ///
    /// Raises IndexError where there is no element, and RuntimeError for complex numbers and bool.
    Argmin {
        "argmin(input, dim: int = None, keepdim: bool = False, *, out = None)" BOTH => argmin;
        fn argmin(dim: Option<i64>, keepdim: bool) -> Tensor => argmin;
    }
    /// The mean of the elements that are not nan, over all dimensions or those in `dim`.
    ///
    /// Raises RuntimeError for whole and complex numbers.
    Nanmean {
        "nanmean(input, dim: dims = None, keepdim: bool = False, *, dtype: dtype = None, out = None)" BOTH => nanmean;
        fn nanmean(dims: Option<&[i64]>, keepdim: bool) -> Tensor => nanmean;
    }
}

fn all(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    told("all", (1, reduce::all), args, target)
}

fn any(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    told("any", (0, reduce::any), args, target)
}

fn told(
    name: &str,
    (of_nothing, kernel): (i64, fn(&Dst, &Src) -> bool),
    args: &[Arg<'_>],
    target: Target<'_>,
) -> Result<Output> {
    let t = tensor(args, 0)?;
    if let Target::Out(to) = target
        && !matches!(to.dtype(), DType::Bool | DType::UInt8)
    {
        let got = to.dtype().scalar_name();
        return Err(Error::runtime(format!("{name} only supports bool tensor for result, got: {got}")));
    }
    let mask = match args.get(1) {
        Some(Arg::Int(dim)) => mask_of(Some(&[*dim]), t.ndim())?,
        Some(Arg::Dims(dims)) if dims.is_empty() => 0,
        Some(Arg::Dims(dims)) => mask_of(Some(dims), t.ndim())?,
        _ => u64::MAX,
    };
    // A result of uint8 is told of the elements as uint8, in which a fraction is 0.
    let (dtype, x) = match target {
        Target::Out(to) if to.dtype() == DType::UInt8 => (DType::UInt8, copy::to(t, DType::UInt8)?),
        Target::Fresh if t.dtype() == DType::UInt8 => (DType::UInt8, t.clone()),
        _ => (DType::Bool, t.clone()),
    };
    let over = Over::new(mask, args.get(2).is_some_and(Arg::truth));
    let out = reduce_or(&x, over, dtype, Scalar::Int(of_nothing), kernel)?;
    out::give(name, out, target, out::CAST).map(Output::One)
}

fn count_nonzero(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let mask = match args.get(1) {
        Some(Arg::Int(dim)) => mask_of(Some(&[*dim]), t.ndim())?,
        dims => mask_of(dims.and_then(Arg::dims), t.ndim())?,
    };
    counted(t, mask).map(Output::One)
}

fn counted(t: &Tensor, mask: u64) -> Result<Tensor> {
    reduce_or(t, Over::new(mask, false), DType::Int64, Scalar::Int(0), reduce::count)
}

/// How many elements of all are not 0.
pub fn count_all(t: &Tensor) -> Result<i64> {
    match counted(t, u64::MAX)?.item()? {
        Scalar::Int(n) => Ok(n),
        other => Ok(other.to_f64() as i64),
    }
}

fn argmax(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    place("argmax", Extreme::Max, args, target)
}

fn argmin(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    place("argmin", Extreme::Min, args, target)
}

fn place(name: &str, end: Extreme, args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    if t.dtype().is_complex() || t.dtype() == DType::Bool {
        let kind = if t.dtype().is_complex() { "complex" } else { "bool" };
        return Err(Error::runtime(format!("{name}(): does not support {kind} input")));
    }
    let keepdim = args.get(2).is_some_and(Arg::truth);
    let dim = match args.get(1) {
        Some(Arg::Int(dim)) => Some(shape::wrap_dim(*dim, t.ndim())?),
        _ => None,
    };
    match dim {
        None if t.numel() == 0 => {
            return Err(Error::index(format!(
                "{name}(): Expected reduction dim to be specified for input.numel() == 0."
            )));
        }
        Some(d) if t.geometry().shape.get(d) == Some(&0) => {
            return Err(Error::index(format!("{name}(): Expected reduction dim {d} to have non-zero size.")));
        }
        _ => {}
    }
    out::check(DType::Int64, target, out::SAME)?;
    let _off = GradMode::new(false);
    let [_, found] = match dim {
        Some(dim) => extremes::places(end, t, dim, keepdim)?,
        None => extremes::places(end, &in_one_dimension(t)?, 0, false)?,
    };
    let found = match (dim, keepdim) {
        (None, true) => {
            let mut ones = Dims::zeros(t.ndim())?;
            (0..ones.len()).for_each(|i| ones[i] = 1);
            let strides = shape::contiguous_strides(&ones)?;
            show(&found, (&ones, &strides, 0))?
        }
        _ => found,
    };
    out::give(name, found, target, out::SAME).map(Output::One)
}

/// All elements in one run.
fn in_one_dimension(t: &Tensor) -> Result<Tensor> {
    let t = copy::contiguous(t)?;
    if t.ndim() == 1 {
        return Ok(t);
    }
    let (n, offset) = (t.numel(), t.geometry().offset);
    show(&t, (&[n], &[1], offset))
}

fn nanmean(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    if !t.dtype().is_differentiable() {
        let own = t.dtype().scalar_name();
        return Err(Error::runtime(format!(
            "nanmean(): expected input to have floating point or complex dtype but got {own}"
        )));
    }
    let (dims, dtype) = (args.get(1).and_then(Arg::dims), args.get(3).and_then(Arg::dtype));
    if let Some(dtype) = dtype.filter(|dtype| !dtype.is_differentiable()) {
        return Err(Error::runtime(format!(
            "nanmean(): could not infer output dtype. Optional dtype must be either a floating point or complex dtype. \
             Got: {}",
            dtype.scalar_name()
        )));
    }
    let mask = mask_of(dims, t.ndim())?;
    if t.dtype().is_complex() {
        return Err(Error::runtime("nansum on CPU does not support complex inputs"));
    }
    if let Target::Out(to) = target
        && !to.dtype().is_differentiable()
    {
        let name = to.dtype().scalar_name();
        return Err(Error::not_implemented(format!("\"nansum_cpu\" not implemented for '{name}'")));
    }
    product::one_dtype(args.get(3), target)?;
    let keepdim = args.get(2).is_some_and(Arg::truth);
    let numbers = {
        let _off = GradMode::new(false);
        sum_dims(&binary(Eq::OPERATOR, Eq::ROW, t, Operand::Tensor(t))?, mask, keepdim, None)?
    };
    let sum = product::nansum_over(t, dims, keepdim, dtype)?;
    let ins = [Operand::Tensor(&sum), Operand::Tensor(&numbers)];
    let mean = pointwise(Div::OPERATOR, Div::ROW, 0, &ins, Target::Fresh)?;
    out::give("nanmean", mean, target, out::CAST).map(Output::One)
}
