//! A vector of indices for one dimension: index_select, index_add, index_copy, index_fill.

use super::{
    Putting, Source, Spread, apart, begin, element, is_whole, open, out_of_bounds, scatter, seen, sides, word,
};
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels::index::IndexFault;
use crate::kernels::index::along::{self, Along};
use crate::kernels::index::fold::Fold;
use crate::ops::adjoint::Vjp;
use crate::ops::application::Application;
use crate::ops::apply::Operand;
use crate::ops::elements::pointwise::Mul;
use crate::ops::out::{Fits, Read, SAME, check, give_beside};
use crate::ops::reductions::reduce::{binary, sum_all};
use crate::ops::structured::structured;
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::ops::{copy, overlap, shapes::reshape};
use crate::shape::{self, Dims};
use crate::tape::mode::GradMode;
use crate::tape::node::Params;
use crate::tensor::{Tensor, done, fitted};

structured! { family 40;
    /// The parts of dimension `dim` that `index`, a vector of int64 or int32, names, one after the other.
    ///
    /// Raises IndexError or RuntimeError where an index is negative or too large.
    IndexSelect {
        "index_select", grads ["IndexSelectBackward0"], reads [0b10], vjp select_vjp, jvp select_jvp;
        "index_select(input, dim: int, index, *, out = None)" BOTH => index_select;
        fn index_select(dim: i64, index: &Tensor) -> Tensor => index_select;
    }
    /// The tensor with `alpha` times the parts of `source` along `dim` added to those that `index`, a vector of int64 or int32, names.
    ///
    /// `source` has the tensor's type, and its shape but for `dim`, where it is as long as `index`. Raises RuntimeError or IndexError
    /// where that is not so, or where an index is negative or too large.
    IndexAdd {
        "index_add", grads ["IndexAddBackward0"], reads [0, 0b1100], vjp add_vjp, jvp add_jvp;
        "index_add(input, dim: int, index, source, *, alpha: factor = 1, out = None)" ALL => index_add;
        fn index_add(dim: i64, index: &Tensor, source: &Tensor) -> Tensor => index_add;
    }
    /// The tensor with the parts that `index`, a vector of int64, names along `dim` replaced by those of `source`.
    ///
    /// `source` has the tensor's type, and its shape but for `dim`, where it is as long as `index`. Raises RuntimeError or IndexError
    /// where that is not so, or where an index is negative or too large.
    IndexCopy {
        "index_copy", grads ["IndexCopyBackward0"], reads [0b100, 0b100], vjp copy_vjp, jvp copy_jvp;
        "index_copy(input, dim: int, index, source, *, out = None)" ALL => index_copy;
        fn index_copy(dim: i64, index: &Tensor, source: &Tensor) -> Tensor => index_copy;
    }
    /// The tensor with the parts that `index`, a vector of int64, names along `dim` set to `value`, a number or a 0-d tensor.
    ///
    /// Negative indices count from the end. Raises IndexError where one is out of range.
    IndexFill {
        "index_fill", grads ["IndexFillBackward1", "IndexFillBackward0"], reads [0b100, 0b100], vjp fill_vjp, jvp fill_jvp;
        "index_fill(input, dim: int, index, value: operand)" ALL => index_fill;
        fn index_fill(dim: i64, index: &Tensor, value: Operand<'_>) -> Tensor => index_fill;
    }
}

const PARTED: Fits = Some(|_, _| "index_select(): self and result must have the same scalar type".into());

fn index_select(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (x, index) = (tensor(args, 0)?, tensor(args, 2)?);
    let dim = shape::wrap_dim(args[1].int(0), x.ndim())?;
    let n = index.numel();
    if index.ndim() > 1 {
        return Err(Error::index("index_select(): Index is supposed to be a vector"));
    }
    if x.ndim() == 0 && n != 1 {
        return Err(Error::runtime(format!("index_select(): Index to scalar can have only 1 value, got {n} value(s)")));
    }
    if !is_whole(index.dtype()) {
        return Err(Error::runtime("index_select(): Expected dtype int32 or int64 for index"));
    }
    check(x.dtype(), target, PARTED)?;
    if let Target::Out(out) = target {
        overlap::check_itself(out)?;
        overlap::check_apart(out, [x, index])?;
    }
    let out = parts(x, dim, index)?;
    match target {
        Target::Out(_) => give_beside("index_select", out, target, PARTED, &[Read::Apart(x), Read::Apart(index)]),
        _ => Ok(out),
    }
    .map(Output::One)
}

/// The parts of dimension `dim` that the vector `index` names; recorded.
pub(super) fn parts(x: &Tensor, dim: usize, index: &Tensor) -> Result<Tensor> {
    let mut sizes = x.geometry().shape.duplicate()?;
    if let Some(n) = sizes.get_mut(dim) {
        *n = index.numel();
    }
    let out = Tensor::empty(&sizes, x.dtype())?;
    if index.numel() != 0 {
        let (x, i, o) = (x.geometry(), index.geometry(), out.geometry());
        let own = sides(&x).0;
        if own.len() > 1 && own[dim] == 0 {
            return Err(Error::runtime("index_select(): self indexing axis dim should be positive"));
        }
        let spread = Spread::new(&i, sides(&o).0, dim)?;
        let along = Along { dim, index: spread.src(&i)?, wraps: false };
        let refused = |f: IndexFault| match dim {
            0 => Error::index("index out of range in self"),
            _ => Error::runtime(format!("INDICES element is out of DATA bounds, id={} axis_dim={}", f.index, f.size)),
        };
        if along.index.numel() == 0 {
            along::check(&Along { index: seen(&i)?, ..along }, own[dim]).map_err(refused)?;
        }
        done(along::gather(&open(&o)?, &seen(&x)?, &along).map_err(refused)?)?;
    }
    let params = Some(Params::ints([dim as i64, 0, 0, 0]));
    let ins = [Operand::Tensor(x), Operand::Tensor(index)];
    Application { op: IndexSelect::OPERATOR, variant: 0, ins: &ins, outs: &[&out], differentiable: 1, params }
        .finish()?;
    Ok(out)
}

fn select_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let dim = vjp.params()?.ints[0];
    let zeros = Tensor::full(&vjp.meta(0)?.1, 0.0, vjp.g()?.dtype())?;
    let index = vjp.saved_tensor(1)?;
    let x_bar = sum_into(zeros, dim as usize, &index, vjp.g()?)?;
    vjp.add(0, x_bar)
}

/// Zeros with `g` added at the parts that `index` names, written in place: recorded as `index_add`.
fn sum_into(zeros: Tensor, dim: usize, index: &Tensor, g: &Tensor) -> Result<Tensor> {
    added(&zeros, dim, index, g, false)?;
    let ins = [Operand::Tensor(&zeros), Operand::Tensor(g), Operand::Tensor(index)];
    let params = Some(Params::ints([dim as i64, 0, 1, 0]));
    Application { op: IndexAdd::OPERATOR, variant: 0, ins: &ins, outs: &[&zeros], differentiable: 1, params }
        .finish()?;
    Ok(zeros)
}

fn select_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let index = jvp.primal(1)?.clone();
    jvp.linear(0, |x_dot, params| parts(x_dot, params.ints[0] as usize, &index))
}

/// What index_add and index_reduce ask of shapes and types.
pub(super) fn check_parts(name: &str, x: &Tensor, dim: usize, index: &Tensor, source: &Tensor) -> Result<()> {
    let refused = |text: String| Err(Error::runtime(format!("{name}_(): {text}")));
    let (own, given) = (x.geometry(), source.geometry());
    if index.ndim() > 1 {
        return Err(Error::index(format!(
            "{name}_(): Index is supposed to be a vector, but got dim: {} with type: {} and size: {}",
            index.ndim(),
            word(index.dtype()),
            shape::list(&index.geometry().shape)
        )));
    }
    if !is_whole(index.dtype()) {
        return refused(format!("Expected dtype int32/int64 for index but got: {}", word(index.dtype())));
    }
    if own.dtype != given.dtype {
        let (own, given) = (word(own.dtype), word(given.dtype));
        return refused(format!("self ({own}) and source ({given}) must have the same scalar type"));
    }
    if dim != 0 && dim >= given.shape.len() {
        return refused(format!(
            "Indexing dim {dim} is out of bounds of the source tensor with dim {}",
            given.shape.len()
        ));
    }
    let (n, long) = (index.numel(), given.shape.get(dim).copied().unwrap_or(1));
    if n != long && given.shape.is_empty() {
        return Err(Error::index(format!("Dimension specified as {dim} but tensor has no dimensions")));
    }
    if n != long {
        return refused(format!(
            "Number of indices ({n}) should be equal to source.size(dim): ({long}), for dim: {dim}"
        ));
    }
    let same = own.shape.len() == given.shape.len()
        && (0..own.shape.len()).all(|d| d == dim || own.shape[d] == given.shape[d]);
    if !same {
        return Err(Error::runtime(format!(
            "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = {} \
             source.shape = {}",
            shape::list(&own.shape),
            shape::list(&given.shape)
        )));
    }
    Ok(())
}

/// Adds `source`'s parts to those of `out`. Nothing is recorded.
fn added(out: &Tensor, dim: usize, index: &Tensor, source: &Tensor, careful: bool) -> Result<()> {
    joined(out, dim, index, Source::Tensor(source), Fold::Add, careful, |f| Error::runtime(out_of_bounds(f)))
}

/// Joins `source`'s parts with those of `out`. Nothing is recorded.
pub(super) fn joined(
    out: &Tensor,
    dim: usize,
    index: &Tensor,
    source: Source<'_>,
    fold: Fold,
    careful: bool,
    fault: impl FnOnce(IndexFault) -> Error,
) -> Result<()> {
    let mut sizes = {
        let g = out.geometry();
        Dims::new(sides(&g).0)?
    };
    sizes[dim] = index.numel();
    if sizes.contains(&0) {
        return Ok(());
    }
    let i = index.geometry();
    let spread = Spread::new(&i, &sizes, dim)?;
    scatter(out, Along { dim, index: spread.src(&i)?, wraps: false }, source, fold, careful, fault)
}

fn index_add(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (x, index, source) = (tensor(args, 0)?, tensor(args, 2)?, tensor(args, 3)?);
    let alpha = match args.get(4) {
        Some(Arg::Number(alpha)) => *alpha,
        Some(Arg::Int(alpha)) => Scalar::Int(*alpha),
        _ => Scalar::Int(1),
    };
    add_parts(x, args[1].int(0), index, source, alpha, target).map(Output::One)
}

/// `index_add`; recorded.
pub(super) fn add_parts(
    x: &Tensor,
    dim: i64,
    index: &Tensor,
    source: &Tensor,
    alpha: Scalar,
    target: Target<'_>,
) -> Result<Tensor> {
    begin(target, &[x, source])?;
    let dim = shape::wrap_dim(dim, x.ndim())?;
    check_parts("index_add", x, dim, index, source)?;
    apart(target, x, &[index, source])?;
    let scale = if alpha.is(1.0) { None } else { Some(element(alpha, x.dtype(), 2)?) };
    let alpha = fitted(alpha, x.dtype(), 2)?;
    let ins = [Operand::Tensor(x), Operand::Tensor(source), Operand::Tensor(index), Operand::Number(alpha)];
    let params = Params { flag: scale.is_some(), ..Params::ints([dim as i64, 0, 1, 0]) };
    // torch has two ways, which differ in the error.
    let as_scatter = x.ndim() == 2 && index.dtype() == DType::Int64 && scale.is_none();
    let fault = move |f: IndexFault| match as_scatter {
        true => Error::runtime(out_of_bounds(f)),
        false => Error::index("index out of range in self"),
    };
    let count = if scale.is_some() { 4 } else { 3 };
    let putting = Putting {
        name: "index_add",
        op: IndexAdd::OPERATOR,
        variant: 0,
        ins: &ins[..count],
        params,
        keeps_order: false,
        fits: SAME,
    };
    putting.to(target, |out, ins, careful| {
        let (source, index) = (ins[1].tensor().unwrap_or(source), ins[2].tensor().unwrap_or(index));
        let scaled;
        let source = match &scale {
            None => source,
            Some(alpha) => {
                let _off = GradMode::new(false);
                scaled = binary(Mul::OPERATOR, Mul::ROW, source, Operand::Tensor(alpha))?;
                &scaled
            }
        };
        joined(out, dim, index, Source::Tensor(source), Fold::Add, careful, fault)
    })
}

/// The parts of `g` that `index` names, spread as torch spreads them over a source with dimensions.
fn source_bar(vjp: &Vjp<'_>, g: &Tensor) -> Result<Tensor> {
    let dim = vjp.params()?.ints[0] as usize;
    let (index, wanted) = (vjp.saved_tensor(2)?, vjp.meta(1)?.1);
    if wanted.is_empty() {
        let index = if index.ndim() == 0 { index } else { reshape::squeeze_dims(&index, 1, 1)? };
        return parts(g, dim, &index);
    }
    let v_bar = parts(g, dim, &index)?;
    reshape::expand_recorded(&v_bar, &wanted)
}

fn add_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let g = vjp.g()?;
    if vjp.wants(0) {
        vjp.add(0, g.clone())?;
    }
    if vjp.wants(1) {
        let mut v_bar = source_bar(vjp, g)?;
        if vjp.params()?.flag {
            let alpha = vjp.saved(3)?;
            v_bar = crate::ops::apply::pointwise(
                Mul::OPERATOR,
                Mul::ROW,
                1,
                &[Operand::Tensor(&v_bar), conjugate(alpha.operand())],
                Target::Fresh,
            )?;
        }
        vjp.add(1, v_bar)?;
    }
    Ok(())
}

fn conjugate(x: Operand<'_>) -> Operand<'_> {
    match x {
        Operand::Number(Scalar::Complex(re, im)) => Operand::Number(Scalar::Complex(re, -im)),
        x => x,
    }
}

/// The tangents of the tensor and the source; zeros where there is none.
fn tangents(jvp: &Jvp<'_>) -> Result<[Tensor; 2]> {
    let one = |i: usize| match jvp.x_dot(i) {
        Some(x_dot) => Ok(x_dot.clone()),
        None => copy::zeros_like(jvp.primal(i)?),
    };
    Ok([one(0)?, one(1)?])
}

fn add_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let Some(params) = jvp.params else { return Ok(()) };
    let [x_dot, v_dot] = tangents(jvp)?;
    let alpha = match jvp.ins.get(3) {
        Some(Operand::Number(alpha)) => *alpha,
        _ => Scalar::Int(1),
    };
    let y_dot = add_parts(&x_dot, params.ints[0], jvp.primal(2)?, &v_dot, alpha, Target::Fresh)?;
    jvp.set(0, y_dot)
}

fn index_copy(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (x, index, source) = (tensor(args, 0)?, tensor(args, 2)?, tensor(args, 3)?);
    copy_parts(x, args[1].int(0), index, source, target).map(Output::One)
}

fn check_copy(x: &Tensor, dim: usize, index: &Tensor, source: &Tensor) -> Result<()> {
    let (own, given, n) = (x.geometry(), source.geometry(), index.numel());
    let out_of_place = |text: String| Err(Error::index(format!("index_copy_(): {text}")));
    let refused = |text: String| Err(Error::runtime(format!("index_copy_(): {text}")));
    if index.ndim() > 1 {
        return out_of_place(format!("Index should have dimension 1 or 0 (got {})", index.ndim()));
    }
    if given.shape.is_empty() && n != 1 {
        return out_of_place(format!("When source is scalar, index should have one element (got {n})"));
    }
    if own.shape.len() != given.shape.len() && !own.shape.is_empty() && !given.shape.is_empty() {
        return out_of_place(format!(
            "When source and destination are not scalars, their dimensionality must match. Source dimensionality ({}), \
             destination dimensionality ({})",
            given.shape.len(),
            own.shape.len()
        ));
    }
    if index.dtype() != DType::Int64 {
        return refused(format!("Expected a long tensor for index, but got {}", word(index.dtype())));
    }
    if own.dtype != given.dtype {
        return refused(format!(
            "self and source expected to have the same dtype, but got (self) {} and (source) {}",
            word(own.dtype),
            word(given.dtype)
        ));
    }
    let others = |shape: &[i64]| -> Vec<i64> { (0..shape.len()).filter(|&d| d != dim).map(|d| shape[d]).collect() };
    let (a, b) = (others(&own.shape), others(&given.shape));
    if a != b {
        let text = |sizes: &[i64]| sizes.iter().map(i64::to_string).collect::<Vec<_>>().join(" ");
        return refused(format!(
            "Source/destination tensor must have same slice shapes. Destination slice shape: {} at dimension {dim} and source \
             slice shape: {} at dimension 0.",
            text(&a),
            text(&b)
        ));
    }
    match given.shape.get(dim) {
        Some(&long) if long != n => {
            out_of_place(format!("Number of indices ({n}) should be equal to source.size(dim) ({long})"))
        }
        _ => Ok(()),
    }
}

fn copy_parts(x: &Tensor, dim: i64, index: &Tensor, source: &Tensor, target: Target<'_>) -> Result<Tensor> {
    begin(target, &[x, source])?;
    let dim = shape::wrap_dim(dim, x.ndim())?;
    crate::ops::out::check(x.dtype(), target, SAME)?;
    check_copy(x, dim, index, source)?;
    apart(target, x, &[index, source])?;
    let ins = [Operand::Tensor(x), Operand::Tensor(source), Operand::Tensor(index)];
    let params = Params::ints([dim as i64, 0, 0, 0]);
    let op = IndexCopy::OPERATOR;
    let putting = Putting { name: "index_copy", op, variant: 0, ins: &ins, params, keeps_order: false, fits: SAME };
    putting.to(target, |out, ins, careful| {
        let (source, index) = (ins[1].tensor().unwrap_or(source), ins[2].tensor().unwrap_or(index));
        let fault = |f: IndexFault| Error::index(format!("index_copy_(): {}", out_of_bounds(f)));
        joined(out, dim, index, Source::Tensor(source), Fold::Copy, careful, fault)
    })
}

fn copy_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let g = vjp.g()?;
    if vjp.wants(0) {
        let x_bar = cleared(g, vjp.params()?.ints[0], &vjp.saved_tensor(2)?)?;
        vjp.add(0, x_bar)?;
    }
    if vjp.wants(1) {
        let v_bar = source_bar(vjp, g)?;
        vjp.add(1, v_bar)?;
    }
    Ok(())
}

/// `g` with 0 at the parts that `index` names; recorded.
pub(super) fn cleared(g: &Tensor, dim: i64, index: &Tensor) -> Result<Tensor> {
    let index = copy::to(index, DType::Int64)?;
    fill_parts(g, dim, &index, Operand::Number(Scalar::Int(0)), Target::Fresh)
}

fn copy_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let Some(params) = jvp.params else { return Ok(()) };
    let [x_dot, v_dot] = tangents(jvp)?;
    let y_dot = copy_parts(&x_dot, params.ints[0], jvp.primal(2)?, &v_dot, Target::Fresh)?;
    jvp.set(0, y_dot)
}

fn index_fill(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (x, index) = (tensor(args, 0)?, tensor(args, 2)?);
    let value = args.get(3).and_then(Arg::operand).ok_or_else(|| Error::type_error("a value is missing"))?;
    fill_parts(x, args[1].int(0), index, value, target).map(Output::One)
}

fn fill_parts(x: &Tensor, dim: i64, index: &Tensor, value: Operand<'_>, target: Target<'_>) -> Result<Tensor> {
    match value.tensor() {
        Some(v) => begin(target, &[x, v])?,
        None => begin(target, &[x])?,
    }
    if let Some(v) = value.tensor()
        && v.ndim() != 0
    {
        return Err(Error::runtime(format!(
            "index_fill_ only supports a 0-dimensional value tensor, but got tensor with {} dimension(s).",
            v.ndim()
        )));
    }
    if index.dtype() != DType::Int64 {
        return Err(Error::index("index_fill_(): Expected dtype int64 for index."));
    }
    if let Target::InPlace = target {
        if overlap::check_itself(x).is_err() {
            overlap::warn_of_expanded("index_fill_", "tensor[mask] = scalar")?;
        }
        overlap::check_apart(x, [index])?;
    }
    let number = match value {
        Operand::Number(s) => s,
        Operand::Tensor(v) => v.item()?,
    };
    if matches!(number, Scalar::Complex(..)) && !x.dtype().is_complex() {
        return Err(Error::runtime("index_fill_(): Converting complex Scalar to non-complex type is not supported"));
    }
    if index.ndim() > 1 {
        return Err(Error::runtime("Index has to be a vector/scalar"));
    }
    let dim = shape::wrap_dim(dim, x.ndim())?;
    let one = element(number, x.dtype(), x.numel())?;
    let variant = value.tensor().is_none() as u8;
    let ins = [Operand::Tensor(x), value, Operand::Tensor(index)];
    let params = Params::ints([dim as i64, 0, 0, 0]);
    let op = IndexFill::OPERATOR;
    let putting = Putting { name: "index_fill", op, variant, ins: &ins, params, keeps_order: true, fits: SAME };
    putting.to(target, |out, ins, careful| {
        let index = ins[2].tensor().unwrap_or(index);
        let mut sizes = {
            let g = out.geometry();
            Dims::new(sides(&g).0)?
        };
        sizes[dim] = index.numel();
        if sizes.contains(&0) {
            return Ok(());
        }
        let i = index.geometry();
        let spread = Spread::new(&i, &sizes, dim)?;
        let along = Along { dim, index: spread.src(&i)?, wraps: true };
        scatter(out, along, Source::Element(&one), Fold::Copy, careful, |f| Error::index(out_of_bounds(f)))
    })
}

fn fill_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let (g, dim, index) = (vjp.g()?, vjp.params()?.ints[0], vjp.saved_tensor(2)?);
    if vjp.wants(0) {
        let x_bar = cleared(g, dim, &index)?;
        vjp.add(0, x_bar)?;
    }
    if vjp.wants(1) {
        // Each part once, however often it is named.
        let extent = g.geometry().shape.get(dim as usize).copied().unwrap_or(1);
        let mut once: Vec<i64> = index.to_vec()?;
        once.iter_mut().filter(|i| **i < 0).for_each(|i| *i += extent);
        once.sort_unstable();
        once.dedup();
        let once = Tensor::from_slice(&once, &[once.len() as i64])?;
        let v_bar = sum_all(&parts(g, dim as usize, &once)?, None)?;
        vjp.add(1, v_bar)?;
    }
    Ok(())
}

fn fill_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let Some(params) = jvp.params else { return Ok(()) };
    let zeros;
    let x_dot = match jvp.x_dot(0) {
        Some(x_dot) => x_dot,
        None => {
            zeros = copy::zeros_like(jvp.outs[0])?;
            &zeros
        }
    };
    let v_dot = jvp.x_dot(1).map_or(Operand::Number(Scalar::Int(0)), Operand::Tensor);
    let y_dot = fill_parts(x_dot, params.ints[0], jvp.primal(2)?, v_dot, Target::Fresh)?;
    jvp.set(0, y_dot)
}
