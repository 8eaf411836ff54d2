//! Places in sorted lines, membership and counts: names without a derivative.

use crate::create::{self, cpp_number, default_dtype};
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels;
use crate::kernels::lines::{self, Search};
use crate::ops::copy;
use crate::ops::out;
use crate::ops::promotion::{Kind, promote};
use crate::ops::reductions::folds::extremes::{LARGEST, extreme_of};
use crate::ops::structured::composed;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::shape;
use crate::tape::mode::GradMode;
use crate::tensor::{Tensor, done, fitted};
use std::sync::atomic::AtomicBool;

composed! {
    /// The places in `sorted_sequence`, along its last dimension, before which the elements of `input` belong (behind equal ones, with `right`
    /// or `side='right'`).
    ///
    /// The result has the shape of `input` and is of int64, or of int32 where asked for. `sorter` gives the order of a sequence that does not lie sorted.
    /// Raises RuntimeError where shapes do not fit, and NotImplementedError for bool and complex numbers.
    Searchsorted {
        "searchsorted(sorted_sequence: tensor, input, *, out_int32: bool = False, right: bool = False, side: text = None, sorter: optional = None, out = None)" FUNCTION => searchsorted;
        "searchsorted(sorted_sequence: tensor, self: number, *, out_int32: bool = False, right: bool = False, side: text = None, sorter: optional = None, out = None)" FUNCTION => searchsorted;
        fn searchsorted(values: &Tensor) -> Tensor => searchsorted;
    }
    /// For each element the number of the bucket between `boundaries`, in ascending order, that it lies in: a boundary belongs to the bucket before it, or
    /// with `right` to the one behind it.
    ///
    /// The result has the operand's shape and is of int64, or of int32 where asked for. Raises RuntimeError where `boundaries` has not one dimension.
    Bucketize {
        "bucketize(input, boundaries: tensor, *, out_int32: bool = False, right: bool = False, out = None)" FUNCTION => bucketize;
        "bucketize(self: number, boundaries: tensor, *, out_int32: bool = False, right: bool = False)" FUNCTION => bucketize;
        fn bucketize(boundaries: &Tensor) -> Tensor => bucketize;
    }
    /// How many elements lie in each of `bins` even bins from `min` to `max`; from the smallest element to the largest, where both are equal.
    ///
    /// The last bin has its upper edge too. The result is of the operand's type. Raises RuntimeError where the range is not finite or empty,
    /// and NotImplementedError for whole and complex numbers.
    Histc {
        "histc(input, bins: int = 100, min: number = 0, max: number = 0)" METHOD => histc;
        "histc(input, bins: int = 100, min: number = 0, max: number = 0, *, out = None)" FUNCTION => histc;
        fn histc(bins: i64, min: f64, max: f64) -> Tensor => histc;
    }
    /// How often each whole number from 0 on occurs, or the sum of the `weights` of where it does; for `minlength` numbers at least.
    ///
    /// The result is of int64, of float32 for such weights, and of float64 for others. Raises RuntimeError for other than one dimension and for negative
    /// numbers.
    Bincount {
        "bincount(input, weights: optional = None, minlength: extent = 0)" BOTH => bincount;
        fn bincount() -> Tensor => bincount;
    }
    /// Whether each element is among `test_elements` (with `invert`, whether it is not), as bool. nan is equal to nothing.
    ///
    /// Raises RuntimeError for bool and complex numbers.
    Isin {
        "isin(elements: tensor, test_elements: tensor, *, assume_unique: bool = False, invert: bool = False, out = None)" FUNCTION => isin;
        "isin(element: number, test_elements: tensor, *, assume_unique: bool = False, invert: bool = False, out = None)" FUNCTION => isin;
        "isin(elements: tensor, test_element: number, *, assume_unique: bool = False, invert: bool = False, out = None)" FUNCTION => isin;
        fn isin(test_elements: &Tensor) -> Tensor => isin;
    }
}

/// A tensor or a number, as a tensor; and as promotion sees it.
fn operand(arg: Option<&Arg<'_>>) -> Result<(Tensor, Kind)> {
    match arg {
        Some(Arg::Tensor(t)) if t.ndim() == 0 => Ok(((*t).clone(), Kind::ZeroDim(t.dtype()))),
        Some(Arg::Tensor(t)) => Ok(((*t).clone(), Kind::Tensor(t.dtype()))),
        Some(Arg::Number(x)) => Ok((Tensor::converted(&[], *x, x.dtype(default_dtype()))?, Kind::Number(*x))),
        _ => Err(Error::type_error("a tensor is missing")),
    }
}

/// `t` as one run of elements of `dtype`.
fn run(t: &Tensor, dtype: DType) -> Result<Tensor> {
    let _off = GradMode::new(false);
    copy::contiguous(&copy::to(&t.detach()?, dtype)?)
}

/// The type that kernels compute `dtype` in.
fn computed_in(dtype: DType) -> DType {
    DType::from_compute(dtype.compute())
}

/// What is asked of a search.
struct Asked<'a> {
    int32: bool,
    right: bool,
    side: Option<&'a str>,
    sorter: Option<&'a Tensor>,
}

fn searchsorted(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let truth = |i: usize| args.get(i).is_some_and(Arg::truth);
    let asked = Asked {
        int32: truth(2),
        right: truth(3),
        side: args.get(4).and_then(Arg::text),
        sorter: args.get(5).and_then(Arg::tensor),
    };
    search(tensor(args, 0)?, args.get(1), asked, target)
}

fn bucketize(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let boundaries = tensor(args, 1)?;
    if boundaries.ndim() != 1 {
        return Err(Error::runtime(format!(
            "boundaries tensor must be 1 dimension, but got dim({})",
            boundaries.ndim()
        )));
    }
    let truth = |i: usize| args.get(i).is_some_and(Arg::truth);
    let asked = Asked { int32: truth(2), right: truth(3), side: None, sorter: None };
    search(boundaries, args.first(), asked, target)
}

fn refused(text: String) -> Error {
    Error::runtime(format!("torch.searchsorted(): {text}"))
}

#[cold]
fn out_of_range() -> Error {
    refused("sorter index out of range".to_string())
}

/// Refuses a search in torch's order; what it returns is the type of the result.
fn check_search(lines: &Tensor, values: &Tensor, asked: &Asked<'_>, target: Target<'_>) -> Result<DType> {
    if let Some(side) = asked.side {
        if !matches!(side, "left" | "right") {
            return Err(refused(format!("side can only be 'left' or 'right' but got {side}")));
        }
        if asked.right && side == "left" {
            return Err(refused(
                "side and right can't be set to opposites, got side of left while right was True".to_string(),
            ));
        }
    }
    let (sizes, own) = (lines.sizes()?, values.sizes()?);
    if let Some(sorter) = asked.sorter {
        if sorter.sizes()? != sizes {
            return Err(refused(format!(
                "boundary and sorter must have the same size, but got boundary tensor {}and got sorter tensor {}",
                shape::list(&sizes),
                shape::list(&sorter.sizes()?)
            )));
        }
        if sorter.dtype() != DType::Int64 {
            let name = sorter.dtype().scalar_name();
            return Err(refused(format!("sorter must be a tensor of long dtype but got dtype {name}")));
        }
        if sorter.numel() > 0 {
            // All of it, as torch looks: a search may pass a bad one by.
            let [low, high] = run(sorter, DType::Int64)?.read(lines::ends)?.ok_or_else(Error::numel_overflow)?;
            if low < 0 || high >= sizes.last().copied().unwrap_or(0) {
                return Err(out_of_range());
            }
        }
    }
    if own.is_empty() && sizes.len() != 1 {
        return Err(refused(format!(
            "input value can be a scalar only when boundaries tensor dimension is 1, but we got boundaries tensor dim({}) \
             and input value's dim(0) numel(1)",
            sizes.len()
        )));
    }
    if sizes.is_empty() {
        return Err(refused("boundaries tensor should have positive dimension, but got 0 dimension".to_string()));
    }
    let outer = sizes.len() - 1;
    if sizes.len() != 1 && (own.len() != sizes.len() || own[..outer] != sizes[..outer]) {
        return Err(refused(format!(
            "boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and input value \
             tensor must match, but we got boundaries tensor {} and input value tensor {}",
            shape::list(&sizes),
            shape::list(&own)
        )));
    }
    let dtype = if asked.int32 { DType::Int32 } else { DType::Int64 };
    if let Target::Out(out) = target
        && out.dtype() != dtype
    {
        let (name, flag) = (out.dtype().scalar_name(), if asked.int32 { "True" } else { "False" });
        return Err(refused(format!(
            "output tensor's dtype is wrong, it can only be Int(int32) or Long(int64) depending on whether out_int32 flag \
             is True, but we got output tensor's dtype {name} and out_int32 flag is {flag}"
        )));
    }
    if asked.int32 && *sizes.last().unwrap_or(&0) >= i64::from(i32::MAX) {
        return Err(refused(
            "the size of boundaries' last dimension should be less than 2147483647, but we got ".to_string(),
        ));
    }
    Ok(dtype)
}

/// Says, once in a process for each, that operands have to be copied.
fn warn_of_copies(operands: &[(&str, Option<&Tensor>); 3]) -> Result<()> {
    static SAID: [AtomicBool; 3] = [const { AtomicBool::new(false) }; 3];
    for (said, (what, t)) in SAID.iter().zip(operands) {
        if t.is_some_and(|t| !t.is_contiguous()) {
            let text = format!(
                "torch.searchsorted(): {what} tensor is non-contiguous, this will lower the performance due to extra data \
                 copy when converting non-contiguous tensor to contiguous, please use contiguous {what} tensor if possible. \
                 This message will only appear once per program."
            );
            copy::warn_once(said, &text)?;
        }
    }
    Ok(())
}

fn search(lines: &Tensor, values: Option<&Arg<'_>>, asked: Asked<'_>, target: Target<'_>) -> Result<Output> {
    let (values, kind) = operand(values)?;
    let dtype = check_search(lines, &values, &asked, target)?;
    let sizes = values.sizes()?;
    let places = Tensor::full(&sizes, 0, DType::Int64)?;
    if values.numel() > 0 {
        let own = if lines.ndim() == 0 { Kind::ZeroDim(lines.dtype()) } else { Kind::Tensor(lines.dtype()) };
        let common = promote([own, kind].into_iter(), default_dtype());
        if common.is_complex() || common == DType::Bool {
            let name = common.scalar_name();
            return Err(Error::not_implemented(format!("\"searchsorted_out_cpu\" not implemented for '{name}'")));
        }
        warn_of_copies(&[("input value", Some(&values)), ("boundary", Some(lines)), ("sorter", asked.sorter)])?;
        let line = lines.geometry().shape.last().map_or(0, |&n| n as usize);
        let each = if lines.ndim() == 1 { values.numel() } else { sizes.last().copied().unwrap_or(1) } as usize;
        // First the type that both have, then the one that computes it, which holds every value of it.
        let given = |t: &Tensor| run(&run(t, common)?, computed_in(common));
        let (lines, values) = (given(lines)?, given(&values)?);
        let sorter = asked.sorter.map(|sorter| run(sorter, DType::Int64)).transpose()?;
        let how = Search { line, values: each, right: asked.right || asked.side == Some("right") };
        let search = |sorter: Option<&kernels::operand::Src>| {
            places.write(|to| lines.read(|a| values.read(|b| lines::search(to, a, b, sorter, how))))
        };
        let inside = match &sorter {
            Some(sorter) => sorter.read(|s| search(Some(s)))????,
            None => search(None)???,
        }?;
        if !inside {
            return match asked.sorter {
                Some(_) => Err(out_of_range()),
                None => done(false).map(|()| Output::One(places)),
            };
        }
    }
    let result = run(&places, dtype)?;
    out::give("searchsorted", result, target, out::SAME).map(Output::One)
}

fn isin(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let ((elements, a), (tests, b)) = (operand(args.first())?, operand(args.get(1))?);
    for dtype in [elements.dtype(), tests.dtype()] {
        if dtype == DType::Bool || dtype.is_complex() {
            // A Python complex number is one of float64.
            let name = match (dtype, a.is_number() || b.is_number()) {
                (DType::Complex64, true) => "ComplexDouble",
                _ => dtype.scalar_name(),
            };
            return Err(Error::runtime(format!("Unsupported input type encountered for isin(): {name}")));
        }
    }
    out::check(DType::Bool, target, out::SAME)?;
    let common = promote([a, b].into_iter(), default_dtype());
    let invert = args.get(3).is_some_and(Arg::truth);
    let found = Tensor::empty(&elements.sizes()?, DType::Bool)?;
    let (elements, tests) = (run(&elements, common)?, run(&tests, common)?);
    let answer = found.write(|to| elements.read(|a| tests.read(|b| lines::is_in(to, a, b, invert))));
    done(answer????)?;
    out::give("isin", found, target, out::SAME).map(Output::One)
}

fn bincount(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let weights = args.get(1).and_then(Arg::tensor);
    let least = args.get(2).map_or(0, |arg| arg.int(0));
    if !t.dtype().is_integral() || t.dtype() == DType::Bool {
        let name = t.dtype().scalar_name();
        return Err(Error::not_implemented(format!("\"bincount_cpu\" not implemented for '{name}'")));
    }
    if least < 0 {
        return Err(Error::runtime("minlength should be >= 0"));
    }
    if t.ndim() == 1 && t.numel() == 0 {
        return Tensor::full(&[least], 0, DType::Int64).map(Output::One);
    }
    let negative = || Error::runtime("bincount only supports 1-d non-negative integral inputs.");
    if t.ndim() != 1 {
        return Err(negative());
    }
    let numbers = run(t, DType::Int64)?;
    let _off = GradMode::new(false);
    let [smallest, largest] = numbers.read(lines::ends)?.ok_or_else(Error::numel_overflow)?;
    if smallest < 0 {
        return Err(negative());
    }
    if weights.is_some_and(|w| w.ndim() != 1 || w.numel() != t.numel()) {
        return Err(Error::runtime("weights should be 1-d and have the same length as input"));
    }
    let size = largest.checked_add(1).ok_or_else(|| {
        let most = i64::MAX;
        Error::runtime(format!("maximum value of input overflowed, it should be < {most} but got {most}"))
    })?;
    let size = size.max(least);
    let weights = weights
        .map(|w| {
            let dtype = if w.dtype() == DType::Float32 { DType::Float32 } else { DType::Float64 };
            copy::contiguous(&copy::to(&w.detach()?, dtype)?)
        })
        .transpose()?;
    let counts = Tensor::full(&[size], 0, weights.as_ref().map_or(DType::Int64, Tensor::dtype))?;
    let count = |w: Option<&kernels::operand::Src>| counts.write(|to| numbers.read(|s| lines::bincount(to, s, w)));
    done(match &weights {
        Some(w) => w.read(|w| count(Some(w)))???,
        None => count(None)??,
    })?;
    Ok(Output::One(counts))
}

fn histc(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let bins = args.get(1).map_or(100, |arg| arg.int(100));
    let given = |i: usize| match args.get(i) {
        Some(Arg::Number(x)) => fitted(*x, DType::Float64, 2).map(Scalar::to_f64),
        _ => Ok(0.0),
    };
    let (mut first, mut last) = (given(2)?, given(3)?);
    let fits: out::Fits = Some(|result, out| {
        format!(
            "torch.histogram: input tensor and hist tensor should have the same dtype, but got input {} and hist {}",
            result.c_name(),
            out.c_name()
        )
    });
    out::check(t.dtype(), target, fits)?;
    if bins <= 0 {
        return Err(Error::runtime(format!("torch.histogram(): bins must be > 0, but got {bins} for dimension 0")));
    }
    let dtype = t.dtype();
    let refused = match dtype {
        DType::Bool => Some("linspace_cpu"),
        _ if dtype.is_complex() && first == last => Some("aminmax_cpu"),
        _ if !dtype.is_floating_point() => Some("histogram_cpu"),
        _ => None,
    };
    if let Some(kernel) = refused {
        let name = dtype.scalar_name();
        return Err(Error::not_implemented(format!("\"{kernel}\" not implemented for '{name}'")));
    }
    let wide = computed_in(dtype);
    let elements = run(t, wide)?;
    let _off = GradMode::new(false);
    if first == last && t.numel() > 0 {
        let extreme = |t: &Tensor| Ok::<f64, Error>(extreme_of(LARGEST, t)?.item()?.to_f64());
        (first, last) = (-extreme(&elements.times(-1.0)?)?, extreme(&elements)?);
    }
    if !first.is_finite() || !last.is_finite() {
        // A nan that is the smallest of several elements and the largest has a sign there.
        let sign = if first.is_nan() && last.is_nan() && t.numel() > 1 { "-" } else { "" };
        let (first, last) = (cpp_number(first), cpp_number(last));
        let text = format!("torch.histc: range of [{sign}{first}, {sign}{last}] is not finite");
        return Err(Error::runtime(text));
    }
    if first == last {
        (first, last) = (first - 1.0, last + 1.0);
    }
    if first > last {
        return Err(Error::runtime("torch.histc: max must be larger than min"));
    }
    let edges = bins.checked_add(1).ok_or_else(Error::numel_overflow)?;
    let edges = create::linspace(Scalar::Float(first), Scalar::Float(last), edges, dtype)?;
    let edges = run(&edges, wide)?;
    let counts = Tensor::full(&[bins], 0.0, wide)?;
    let count = counts.write(|to| elements.read(|s| edges.read(|e| lines::histogram(to, s, e, dtype))));
    done(count???)?;
    out::give("histc", copy::to(&counts, dtype)?, target, fits).map(Output::One)
}
