//! Order along a dimension: sorts, and what is picked of each line by its rank.

use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels::lines::{self, Rank};
use crate::ops::adjoint::Vjp;
use crate::ops::application::Application;
use crate::ops::apply::Operand;
use crate::ops::copy;
use crate::ops::layout::preserved;
use crate::ops::out::{self, Read};
use crate::ops::picks::{put_along, take_along};
use crate::ops::reductions::folds::extremes::{share_back, share_forward};
use crate::ops::reductions::reduce::{Over, reduced, restore};
use crate::ops::row::{Operator, RESULT};
use crate::ops::shapes::reshape::{reshape_to, view_as};
use crate::ops::structured::structured;
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::shape;
use crate::tape::mode::{self, GradMode};
use crate::tape::node::Params;
use crate::tensor::{Tensor, done, src};

mod distinct;
mod quantile;

structured! { family 20;
    /// The elements in ascending order along `dim`, or in descending order, and their places.
    ///
    /// Equal elements stay in their order, with `stable` and without; nan is above every number. The values are a tensor of the operand's
    /// shape and type, the places one of int64. Raises RuntimeError for complex numbers, and IndexError where there is no such dimension.
    Sort {
        "sort", grads ["SortBackward0", "SortBackward1"], reads [1 << RESULT], vjp select_vjp, jvp select_jvp;
        "sort(input, *, stable: flag, dim: int = -1, descending: bool = False) -> tensors" METHOD => sort_stable;
        "sort(input, dim: int = -1, descending: bool = False) -> tensors" METHOD => sort;
        "sort(input, *, stable: flag, dim: int = -1, descending: bool = False, out: tensors = None) -> tensors" FUNCTION => sort_stable;
        "sort(input, dim: int = -1, descending: bool = False, *, out: tensors = None) -> tensors" FUNCTION => sort;
        "msort(input, *, out = None)" BOTH => msort;
        fn sort(dim: i64, descending: bool) -> (Tensor, Tensor) => sort;
        fn msort() -> Tensor => msort;
    }
    /// The places of the elements in ascending order along `dim`, or in descending order, as int64.
    ///
    /// Equal elements stay in their order; nan is above every number. Raises RuntimeError for complex numbers.
    Argsort {
        "argsort", grads [], reads [], vjp no_vjp, jvp no_jvp, dtype "int64";
        "argsort(input, *, stable: bool, dim: int = -1, descending: bool = False, out = None)" BOTH => |args, target| argsort(args, 2, target);
        "argsort(input, dim: int = -1, descending: bool = False)" BOTH => |args, target| argsort(args, 1, target);
        fn argsort(dim: i64, descending: bool) -> Tensor => |args, target| argsort(args, 1, target);
    }
    /// The `k` largest elements along `dim` (the smallest, where `largest` is false) in order, and their places.
    ///
    /// nan is above every number. With `sorted=False` they come in no particular order. Raises RuntimeError where a line has fewer than `k`
    /// elements, and for complex numbers and bool.
    Topk {
        "topk", grads ["TopkBackward0"], reads [1 << RESULT], vjp select_vjp, jvp select_jvp;
        "topk(input, k: extent, dim: int = -1, largest: bool = True, sorted: bool = True) -> tensors" METHOD => topk;
        "topk(input, k: extent, dim: int = -1, largest: bool = True, sorted: bool = True, *, out: tensors = None) -> tensors" FUNCTION => topk;
        fn topk(k: i64, dim: i64, largest: bool) -> (Tensor, Tensor) => topk;
    }
    /// The element after `k - 1` smaller ones along `dim`, and its place.
    ///
    /// nan is above every number, and equal elements count in their order. Raises RuntimeError where a line has fewer than `k` elements,
    /// and NotImplementedError for complex numbers and bool.
    Kthvalue {
        "kthvalue", grads ["KthvalueBackward0"], reads [1 << RESULT], vjp select_vjp, jvp select_jvp;
        "kthvalue(input, k: extent, dim: int = -1, keepdim: bool = False) -> tensors" METHOD => kthvalue;
        "kthvalue(input, k: extent, dim: int = -1, keepdim: bool = False, *, out: tensors = None) -> tensors" FUNCTION => kthvalue;
        fn kthvalue(k: i64, dim: i64, keepdim: bool) -> (Tensor, Tensor) => kthvalue;
    }
    /// The element in the middle of all, or of those along `dim` with its place: the lower of two, nan where there is one.
    ///
    /// Without `dim` the gradient is shared among equal elements. Raises NotImplementedError for complex numbers and bool, and IndexError
    /// where there is nothing along `dim`.
    Median {
        "median", grads ["MedianBackward0"], reads [1 << RESULT | 1], vjp share_back, jvp share_forward;
        "median(input)" BOTH => |args, _| middle(Median::OPERATOR, args);
        fn median() -> Tensor => |args, _| middle(Median::OPERATOR, args);
    }
    /// The element in the middle of all, or of those along `dim` with its place: the lower of two, nan where there is one.
    ///
    /// Without `dim` the gradient is shared among equal elements. Raises NotImplementedError for complex numbers and bool, and IndexError
    /// where there is nothing along `dim`.
    MedianAlong {
        "median", grads ["MedianBackward1"], reads [1 << RESULT], vjp select_vjp, jvp select_jvp;
        "median(input, dim: int, keepdim: bool = False) -> tensors" METHOD => |args, _| middle(Median::OPERATOR, args);
        "median(input, dim: int, keepdim: bool = False, *, out: tensors = None) -> tensors" FUNCTION => |args, _| middle(Median::OPERATOR, args);
    }
    /// The element in the middle of those that are not nan, or of those along `dim` with its place: the lower of two.
    ///
    /// Without `dim` the gradient is shared among equal elements. Raises NotImplementedError for complex numbers and bool, and IndexError
    /// where there is nothing along `dim`.
    Nanmedian {
        "nanmedian", grads ["NanmedianBackward0"], reads [1 << RESULT | 1], vjp share_back, jvp share_forward;
        "nanmedian(input)" BOTH => |args, _| middle(Nanmedian::OPERATOR, args);
        fn nanmedian() -> Tensor => |args, _| middle(Nanmedian::OPERATOR, args);
    }
    /// The element in the middle of those that are not nan, or of those along `dim` with its place: the lower of two.
    ///
    /// Without `dim` the gradient is shared among equal elements. Raises NotImplementedError for complex numbers and bool, and IndexError
    /// where there is nothing along `dim`.
    NanmedianAlong {
        "nanmedian", grads ["NanmedianBackward1"], reads [1 << RESULT], vjp select_vjp, jvp select_jvp;
        "nanmedian(input, dim: int, keepdim: bool = False) -> tensors" METHOD => |args, _| middle(Nanmedian::OPERATOR, args);
        "nanmedian(input, dim: int, keepdim: bool = False, *, out: tensors = None) -> tensors" FUNCTION => |args, _| middle(Nanmedian::OPERATOR, args);
    }
    /// The most frequent element along `dim`, the smallest of several, and its last place. nan is equal to nothing.
    ///
    /// Raises NotImplementedError for complex numbers, and IndexError where there is nothing along `dim`.
    Mode {
        "mode", grads ["ModeBackward0"], reads [1 << RESULT], vjp select_vjp, jvp select_jvp;
        "mode(input, dim: int = -1, keepdim: bool = False) -> tensors" METHOD => most_frequent;
        "mode(input, dim: int = -1, keepdim: bool = False, *, out: tensors = None) -> tensors" FUNCTION => most_frequent;
        fn mode(dim: i64, keepdim: bool) -> (Tensor, Tensor) => most_frequent;
    }
    /// The quantiles `q` (between 0 and 1) of all elements, or of those along `dim`: nan where there is one.
    ///
    /// `interpolation` says what lies between two elements: `linear`, `lower`, `higher`, `midpoint` or `nearest`. Of `q` with a dimension
    /// the result has one more in front. Raises RuntimeError for other types than float32 and float64.
    Quantile {
        "quantile", grads [], reads [], vjp no_vjp, jvp no_jvp, dtype "the operand's";
        "quantile(input, q: tensor, dim: int = None, keepdim: bool = False, *, interpolation: text = \"linear\", out = None)" BOTH => |args, target| quantile::quantile(args, target, false);
        "quantile(input, q: float, dim: int = None, keepdim: bool = False, *, interpolation: text = \"linear\", out = None)" BOTH => |args, target| quantile::quantile(args, target, false);
        fn quantile(q: f64, dim: Option<i64>, keepdim: bool) -> Tensor => |args, target| quantile::quantile(args, target, false);
    }
    /// The quantiles `q` (between 0 and 1) of all elements that are not nan, or of those along `dim`; else as `quantile`.
    Nanquantile {
        "nanquantile", grads [], reads [], vjp no_vjp, jvp no_jvp, dtype "the operand's";
        "nanquantile(input, q: tensor, dim: int = None, keepdim: bool = False, *, interpolation: text = \"linear\", out = None)" BOTH => |args, target| quantile::quantile(args, target, true);
        "nanquantile(input, q: float, dim: int = None, keepdim: bool = False, *, interpolation: text = \"linear\", out = None)" BOTH => |args, target| quantile::quantile(args, target, true);
        fn nanquantile(q: f64, dim: Option<i64>, keepdim: bool) -> Tensor => |args, target| quantile::quantile(args, target, true);
    }
    /// The distinct elements in ascending order, or the distinct slices along `dim`; then, where asked for, for each element the number of its
    /// equal among them (`return_inverse`), and how often each occurs (`return_counts`).
    ///
    /// nan is equal to nothing. It has no derivative. Raises NotImplementedError for complex numbers.
    Unique {
        "_unique2", grads ["Unique2Backward0", "UniqueDimBackward0"], reads [0], vjp distinct::vjp, jvp distinct::jvp, dtype "the operand's, int64 for the others";
        "unique(input, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: int = None) -> tensors" BOTH => distinct::unique;
        fn unique() -> Tensor => distinct::unique;
    }
    /// The elements without those that are equal to the one before, or the slices along `dim`; else as `unique`.
    UniqueConsecutive {
        "unique_consecutive", grads ["UniqueConsecutiveBackward0"], reads [0], vjp distinct::vjp, jvp distinct::jvp, dtype "the operand's, int64 for the others";
        "unique_consecutive(input, return_inverse: bool = False, return_counts: bool = False, dim: int = None) -> tensors" BOTH => distinct::unique_consecutive;
        fn unique_consecutive() -> Tensor => distinct::unique_consecutive;
    }
}

/// Refuses to record what picks among complex numbers: of one number, or of none, it has a value.
pub(in crate::ops) fn refuse_complex_history(name: &str, t: &Tensor) -> Result<()> {
    if t.dtype().is_complex() && t.requires_grad() && mode::is_grad_enabled() {
        return Err(Error::runtime(format!(
            "{name} does not support automatic differentiation for outputs with complex dtype."
        )));
    }
    Ok(())
}

fn no_vjp(_: &mut Vjp<'_>) -> Result<()> {
    Ok(())
}

fn no_jvp(_: &mut Jvp<'_>) -> Result<()> {
    Ok(())
}

/// The parameters of a node that picks elements of lines: the dimension, and whether it is gone.
fn params(dim: usize, gone: bool) -> Option<Params> {
    Some(Params { flag: gone, ..Params::ints([dim as i64, 0, 0, 0]) })
}

fn record(op: &'static Operator, variant: u8, t: &Tensor, outs: [&Tensor; 2], params: Option<Params>) -> Result<()> {
    refuse_complex_history(op.name, t)?;
    Application { op, variant, ins: &[Operand::Tensor(t)], outs: &outs, differentiable: 1, params }.finish()
}

fn sort_stable(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    sorted_pair(args, 2, 1)
}

fn sort(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    sorted_pair(args, 1, 0)
}

/// What `sort` returns; the dimension is argument `at`.
fn sorted_pair(args: &[Arg<'_>], at: usize, variant: u8) -> Result<Output> {
    let t = tensor(args, 0)?;
    let dim = shape::wrap_dim(args.get(at).map_or(-1, |arg| arg.int(-1)), t.ndim())?;
    let outs = out::pair(args.get(at + 2))?;
    if let Some([values, indices]) = outs {
        out::check(t.dtype(), Target::Out(values), out::SAME)?;
        out::check(DType::Int64, Target::Out(indices), out::SAME)?;
    }
    let results = sort_along(t, dim, args.get(at + 1).is_some_and(Arg::truth), variant)?;
    let named = out::named!("sort", "values", "indices");
    // torch sorts a copy in the values' place.
    out::give_pair(named, results, outs, [out::SAME, out::SAME], [&[Read::Whole(t)], &[]])
}

/// The elements of `t` in order along `dim`, and their places; recorded.
pub fn sort_along(t: &Tensor, dim: usize, descending: bool, variant: u8) -> Result<[Tensor; 2]> {
    let g = t.geometry();
    let strides = preserved(&g)?;
    let values = Tensor::empty_strided(&g.shape, &strides, g.dtype)?;
    let indices = Tensor::empty_strided(&g.shape, &strides, DType::Int64)?;
    drop(g);
    order(t, Some(&values), &indices, dim, descending)?;
    record(Sort::OPERATOR, variant, t, [&values, &indices], params(dim, false))?;
    Ok([values, indices])
}

fn order(t: &Tensor, values: Option<&Tensor>, indices: &Tensor, dim: usize, descending: bool) -> Result<()> {
    if t.dtype().is_complex() {
        return Err(Error::runtime(" Sort does not support complex dtypes on CPU"));
    }
    let g = t.geometry();
    let source = src(&g)?;
    done(match values {
        Some(v) => v.write(|v| indices.write(|i| lines::sort(Some(v), i, &source, dim, descending)))???,
        None => indices.write(|i| lines::sort(None, i, &source, dim, descending))??,
    })
}

fn msort(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    out::check(t.dtype(), target, out::SAME)?;
    let [values, _] = sort_along(t, 0, false, 0)?;
    out::give_beside("msort", values, target, out::SAME, &[Read::Whole(t)]).map(Output::One)
}

fn argsort(args: &[Arg<'_>], at: usize, target: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let dim = shape::wrap_dim(args.get(at).map_or(-1, |arg| arg.int(-1)), t.ndim())?;
    let g = t.geometry();
    let indices = Tensor::empty_strided(&g.shape, &preserved(&g)?, DType::Int64)?;
    drop(g);
    out::check(DType::Int64, target, out::SAME)?;
    order(t, None, &indices, dim, args.get(at + 1).is_some_and(Arg::truth))?;
    out::give("argsort", indices, target, out::SAME).map(Output::One)
}

fn topk(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let dim = shape::wrap_dim(args.get(2).map_or(-1, |arg| arg.int(-1)), t.ndim())?;
    let k = args[1].int(0);
    let outs = out::pair(args.get(5))?;
    let sizes = t.sizes()?;
    if k < 0 || k > sizes.get(dim).copied().unwrap_or(1) {
        return Err(Error::runtime("selected index k out of range"));
    }
    if let Some([values, indices]) = outs {
        out::check(t.dtype(), Target::Out(values), out::SAME)?;
        out::check(DType::Int64, Target::Out(indices), out::SAME)?;
    }
    if t.dtype().is_complex() {
        return Err(Error::runtime(" topk does not support complex dtypes on CPU"));
    }
    if t.dtype() == DType::Bool {
        return Err(Error::runtime("topk does not support bool dtypes on CPU"));
    }
    let mut wanted = sizes;
    if let Some(n) = wanted.get_mut(dim) {
        *n = k;
    }
    let (values, indices) = (Tensor::empty(&wanted, t.dtype())?, Tensor::empty(&wanted, DType::Int64)?);
    if t.ndim() == 0 {
        copy::assign(&values, t)?;
        indices.fill(Scalar::Int(0))?;
    } else {
        let (largest, sorted) =
            (!matches!(args.get(3), Some(Arg::Bool(false))), !matches!(args.get(4), Some(Arg::Bool(false))));
        let g = t.geometry();
        let source = src(&g)?;
        done(values.write(|v| indices.write(|i| lines::top(v, i, &source, dim, largest, sorted)))???)?;
    }
    record(Topk::OPERATOR, 0, t, [&values, &indices], params(dim, false))?;
    let named = out::named!("topk", "values", "indices");
    out::give_pair(named, [values, indices], outs, [out::SAME, out::SAME], [&[Read::Whole(t)]; 2])
}

/// What is picked of each line: one element.
#[derive(Clone, Copy)]
enum Pick {
    Nth(Rank),
    Mode,
}

/// One element of each line along `dim`, and its place: both have that dimension no longer, or with one element.
fn picked(t: &Tensor, dim: usize, keepdim: bool, what: Pick) -> Result<[Tensor; 2]> {
    let g = t.geometry();
    let sizes = reduced(&g.shape, Over::new(1 << dim, keepdim))?.sizes;
    let (values, indices) = (Tensor::empty(&sizes, g.dtype)?, Tensor::empty(&sizes, DType::Int64)?);
    if g.shape.is_empty() {
        copy::assign(&values, t)?;
        indices.fill(Scalar::Int(0))?;
    }
    if g.shape.is_empty() || values.numel() == 0 {
        return Ok([values, indices]);
    }
    let mut wide = g.shape.duplicate()?;
    if let Some(n) = wide.get_mut(dim) {
        *n = 1;
    }
    let strides = shape::contiguous_strides(&wide)?;
    let source = src(&g)?;
    let found = values.write_as(&wide, &strides, |v| {
        indices.write_as(&wide, &strides, |i| match what {
            Pick::Nth(rank) => lines::nth(v, i, &source, dim, rank),
            Pick::Mode => lines::mode(v, i, &source, dim),
        })
    })??;
    done(found?)?;
    Ok([values, indices])
}

/// Refuses a line without elements.
fn refuse_empty(name: &str, t: &Tensor, dim: usize) -> Result<()> {
    if t.geometry().shape.get(dim) == Some(&0) {
        return Err(Error::index(format!("{name}(): Expected reduction dim {dim} to have non-zero size.")));
    }
    Ok(())
}

/// Refuses complex numbers, and bool where `bool_too`.
fn refuse_types(kernel: &str, dtype: DType, bool_too: bool) -> Result<()> {
    if dtype.is_complex() || bool_too && dtype == DType::Bool {
        let name = dtype.scalar_name();
        return Err(Error::not_implemented(format!("\"{kernel}\" not implemented for '{name}'")));
    }
    Ok(())
}

fn kthvalue(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let dim = shape::wrap_dim(args.get(2).map_or(-1, |arg| arg.int(-1)), t.ndim())?;
    let (k, keepdim) = (args[1].int(0), args.get(3).is_some_and(Arg::truth));
    let outs = out::pair(args.get(4))?;
    refuse_empty("kthvalue", t, dim)?;
    let n = t.geometry().shape.get(dim).copied().unwrap_or(1);
    if k < 1 || k > n {
        return Err(Error::runtime(format!("kthvalue(): selected number k out of range for dimension {dim}")));
    }
    let fits: [out::Fits; 2] = [
        Some(|_, _| "output values must be of same type as input".to_string()),
        Some(|_, _| "output indices must be of scalar type Long".to_string()),
    ];
    check_pair(t.dtype(), outs, fits)?;
    if t.ndim() > 0 {
        refuse_types("kthvalue_cpu", t.dtype(), true)?;
    }
    if let Some([values, _]) = outs {
        crate::ops::overlap::check_apart(values, [t])?;
    }
    let results = picked(t, dim, keepdim, Pick::Nth(Rank::At(k as usize - 1)))?;
    record(Kthvalue::OPERATOR, 0, t, [&results[0], &results[1]], params(dim, !keepdim))?;
    out::give_pair(out::named!("kthvalue", "values", "indices"), results, outs, fits, [&[], &[]])
}

/// Refuses an `out=` pair of other types.
fn check_pair(dtype: DType, outs: Option<[&Tensor; 2]>, fits: [out::Fits; 2]) -> Result<()> {
    let Some([values, indices]) = outs else { return Ok(()) };
    out::check(dtype, Target::Out(values), fits[0])?;
    out::check(DType::Int64, Target::Out(indices), fits[1])
}

fn middle(op: &'static Operator, args: &[Arg<'_>]) -> Result<Output> {
    let t = tensor(args, 0)?;
    let ignores_nan = op.number == Nanmedian::OPERATOR.number;
    let rank = if ignores_nan { Rank::NanMedian } else { Rank::Median };
    let Some(Arg::Int(dim)) = args.get(1) else {
        if t.numel() > 0 {
            refuse_types("median_cpu", t.dtype(), true)?;
        }
        let out = middle_of_all(t, rank)?;
        Application { op, variant: 0, ins: &[Operand::Tensor(t)], outs: &[&out], differentiable: 1, params: None }
            .finish()?;
        return Ok(Output::One(out));
    };
    let dim = shape::wrap_dim(*dim, t.ndim())?;
    let keepdim = args.get(2).is_some_and(Arg::truth);
    let outs = out::pair(args.get(3))?;
    // Both say that they are the median.
    let fits = MEDIAN;
    refuse_empty("median", t, dim)?;
    check_pair(t.dtype(), outs, fits)?;
    refuse_types("median_out", t.dtype(), true)?;
    let results = picked(t, dim, keepdim, Pick::Nth(rank))?;
    let along = if ignores_nan { NanmedianAlong::OPERATOR } else { MedianAlong::OPERATOR };
    record(along, 0, t, [&results[0], &results[1]], params(dim, !keepdim))?;
    let named = if ignores_nan {
        out::named!("nanmedian", "values", "indices")
    } else {
        out::named!("median", "values", "indices")
    };
    // torch copies lines that do not lie in one run, and compares nothing then.
    let in_runs = {
        let g = t.geometry();
        t.is_contiguous() && g.shape.get(dim).is_none_or(|&extent| extent == 1 || g.strides[dim] == 1)
    };
    let read = [Read::Whole(t)];
    let read = if in_runs { &read[..] } else { &[] };
    out::give_pair(named, results, outs, fits, [read; 2])
}

const MEDIAN: [out::Fits; 2] = [
    Some(|result, out| {
        format!(
            "Expected tensor for 'values' to have the same type as tensor for argument #2 'self'; but type {} does not \
             equal {} (while checking arguments for median)",
            out.tensor_name(),
            result.tensor_name()
        )
    }),
    Some(|_, out| {
        format!(
            "Expected tensor for argument #1 'indices' to have scalar type Long; but got {} instead (while checking \
             arguments for median)",
            out.tensor_name()
        )
    }),
];

fn middle_of_all(t: &Tensor, rank: Rank) -> Result<Tensor> {
    let _off = GradMode::new(false);
    if t.numel() == 0 {
        // nan; of whole numbers what the conversion makes of it.
        return Tensor::converted(&[], Scalar::Float(f64::NAN), t.dtype());
    }
    let run = view_as(&copy::contiguous(&t.detach()?)?, &[t.numel()])?;
    let [value, _] = picked(&run, 0, false, Pick::Nth(rank))?;
    Ok(value)
}

fn most_frequent(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let dim = shape::wrap_dim(args.get(1).map_or(-1, |arg| arg.int(-1)), t.ndim())?;
    let keepdim = args.get(2).is_some_and(Arg::truth);
    let outs = out::pair(args.get(3))?;
    let fits: [out::Fits; 2] = [
        Some(|result, out| {
            format!("expected scalar type '{}' but got '{}' for values output", result.scalar_name(), out.scalar_name())
        }),
        Some(|result, out| {
            format!(
                "expected scalar type '{}' but got '{}' for indices output",
                result.scalar_name(),
                out.scalar_name()
            )
        }),
    ];
    check_pair(t.dtype(), outs, fits)?;
    refuse_empty("mode", t, dim)?;
    if t.ndim() > 0 && t.numel() > 0 {
        refuse_types("mode_cpu", t.dtype(), false)?;
    }
    let results = picked(t, dim, keepdim, Pick::Mode)?;
    record(Mode::OPERATOR, 0, t, [&results[0], &results[1]], params(dim, !keepdim))?;
    out::give_pair(out::named!("mode", "values", "indices"), results, outs, fits, [&[Read::Whole(t)]; 2])
}

/// Sends the cotangent to the places that were picked.
fn select_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let params = vjp.params()?;
    let (dim, gone) = (params.ints[0] as usize, params.flag);
    let (_, sizes) = vjp.meta(0)?;
    let mask = 1u64 << dim;
    let indices = restore(&vjp.saved_tensor(RESULT)?, mask, !gone, sizes.len())?;
    let g = restore(vjp.g()?, mask, !gone, sizes.len())?;
    let x_bar = put_along(&sizes, dim, &indices, &g, 0)?;
    vjp.add(0, x_bar)
}

fn select_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let (Some(x_dot), Some(params)) = (jvp.x_dot(0), jvp.params) else { return Ok(()) };
    let (dim, [values, indices]) = (params.ints[0] as usize, jvp.outs) else { return Ok(()) };
    let indices = restore(indices, 1 << dim, !params.flag, x_dot.ndim())?;
    let y_dot = reshape_to(&take_along(x_dot, dim, &indices)?, &values.geometry().shape)?;
    jvp.set(0, y_dot)
}
