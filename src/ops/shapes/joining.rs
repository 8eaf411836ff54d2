//! Tensors made one: along a dimension (cat), a new one (stack), or a diagonal (block_diag).
//!
//! The names that bring their operands into shape first (hstack) are in `lists.rs`.

use crate::buffers::PoolVec;
use crate::create::default_dtype;
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels;
use crate::ops::adjoint::Vjp;
use crate::ops::application::Application;
use crate::ops::apply::Operand;
use crate::ops::copy;
use crate::ops::elements::complex::real;
use crate::ops::inplace;
use crate::ops::layout::{channels_last, has_channels_last};
use crate::ops::overlap;
use crate::ops::promotion::{Kind, promote};
use crate::ops::row::Operator;
use crate::ops::shapes::reshape::{select_at, slice_at, squeeze_dims};
use crate::ops::structured::structured;
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Output, Target};
use crate::shape::{self, Dims};
use crate::tape::Geometry;
use crate::tape::node::Params;
use crate::tape::record::flags;
use crate::tensor::{Tensor, done, outside, src};

structured! { family 33;
    /// The tensors one after the other along a dimension; their other extents are the same.
    ///
    /// Types promote. A vector without elements is passed over, whatever the others' rank. Raises ValueError for an empty
    /// list, RuntimeError where ranks or other extents differ, IndexError for a dimension out of range.
    Cat {
        "cat", grads ["CatBackward0"], reads [0], vjp cat_vjp, jvp cat_jvp, dtype "promoted";
        "cat(tensors: tensors, dim: int = 0, *, out = None)" FUNCTION => cat;
        "concat(tensors: tensors, dim: int = 0, *, out = None)" FUNCTION => cat;
        "concatenate(tensors: tensors, dim: int = 0, *, out = None)" FUNCTION => cat;
    }
    /// The tensors, all of one shape, along a new dimension.
    ///
    /// Types promote. Raises RuntimeError for an empty list and where shapes differ, IndexError for a dimension out of
    /// range.
    Stack {
        "stack", grads ["StackBackward0"], reads [0], vjp stack_vjp, jvp stack_jvp, dtype "promoted";
        "stack(tensors: tensors, dim: int = 0, *, out = None)" FUNCTION => stack;
    }
    /// A matrix of zeros with the tensors along its diagonal: a vector is a row, a number a matrix of one element.
    ///
    /// Types promote. Raises RuntimeError for tensors of more than two dimensions.
    BlockDiag {
        "block_diag", grads ["BlockDiagBackward0"], reads [0], vjp block_diag_vjp, jvp block_diag_jvp, dtype "promoted";
        "block_diag(tensors: tensors)" FUNCTION => block_diag;
    }
}

/// The tensors of a call.
pub(in crate::ops) fn tensors<'b>(args: &'b [Arg<'_>]) -> Result<&'b [Tensor]> {
    match args.first() {
        Some(Arg::Tensors(tensors)) => Ok(tensors),
        _ => Err(Error::type_error("tensors are missing")),
    }
}

fn cat(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    cat_to(tensors(args)?, args.get(1).map_or(0, |a| a.int(0)), target).map(Output::One)
}

/// Tensors one after the other along `dim`.
pub fn cat_at(tensors: &[Tensor], dim: i64) -> Result<Tensor> {
    cat_to(tensors, dim, Target::Fresh)
}

/// A vector without elements: what torch once took for no tensor at all.
fn is_passed_over(g: &Geometry) -> bool {
    g.rank() == 1 && g.numel() == 0
}

/// The promoted type.
fn common(tensors: &[Tensor]) -> DType {
    let kind = |t: &Tensor| {
        let g = t.geometry();
        if g.rank() == 0 { Kind::ZeroDim(g.dtype) } else { Kind::Tensor(g.dtype) }
    };
    let first = tensors.first().map(|t| (t.dtype(), t.ndim() == 0));
    match first {
        Some((dtype, false)) if tensors.iter().all(|t| t.dtype() == dtype) => dtype,
        _ => promote(tensors.iter().map(kind), default_dtype()),
    }
}

/// As [`cat_at`], to a target.
pub fn cat_to(tensors: &[Tensor], dim: i64, target: Target<'_>) -> Result<Tensor> {
    if tensors.is_empty() {
        return Err(Error::value("torch.cat(): expected a non-empty list of Tensors"));
    }
    if let Target::Out(_) = target {
        refuse_out("cat", tensors, target)?;
    }
    if let Some(i) = tensors.iter().position(|t| t.ndim() == 0) {
        return Err(Error::runtime(format!("zero-dimensional tensor (at position {i}) cannot be concatenated")));
    }
    let dtype = common(tensors);
    if let Target::Out(_) = target {
        // The type is told before extents that differ.
        if let Some(t) = tensors.iter().find(|t| !is_passed_over(&t.geometry())) {
            shape::wrap_dim(dim, t.ndim())?;
        }
        check_type(dtype, target)?;
    }
    let (mut sizes, mut at, mut total) = (Dims::Inline(1, [0; 4]), 0, 0i64);
    let mut extents = Dims::zeros(tensors.len())?;
    let mut first = true;
    for (i, t) in tensors.iter().enumerate() {
        let g = t.geometry();
        if is_passed_over(&g) {
            extents[i] = -1;
            continue;
        }
        if first {
            first = false;
            sizes = g.shape.duplicate()?;
            at = shape::wrap_dim(dim, sizes.len())?;
        } else {
            check_alike(&sizes, &g.shape, at, i)?;
        }
        extents[i] = g.shape[at];
        total = total.checked_add(g.shape[at]).ok_or_else(Error::numel_overflow)?;
    }
    sizes[at] = total;
    let strides = || match tensors.iter().all(|t| has_channels_last(&t.geometry())) {
        true => channels_last(&sizes),
        false => Ok(shape::contiguous_strides(&sizes)?),
    };
    let out = made("cat", tensors, target, (&sizes, dtype), strides, |out| {
        let mut start = 0;
        for (t, &n) in tensors.iter().zip(extents.iter()).filter(|(_, n)| **n > 0) {
            put(out, &out.strides, out.offset + start * out.strides[at], t)?;
            start += n;
        }
        Ok(())
    })?;
    let params = || Ok(Params { ints: [at as i64, 0, 0, 0], ..Params::dims(extents.duplicate()?) });
    finish(Cat::OPERATOR, tensors, &out, params)?;
    Ok(out)
}

fn check_alike(first: &[i64], other: &[i64], dim: usize, i: usize) -> Result<()> {
    if first.len() != other.len() {
        return Err(Error::runtime(format!(
            "Tensors must have same number of dimensions: got {} and {}",
            first.len(),
            other.len()
        )));
    }
    let differs = |d: &usize| *d != dim && first[*d] != other[*d];
    match (0..first.len()).find(differs) {
        None => Ok(()),
        Some(d) => Err(Error::runtime(format!(
            "Sizes of tensors must match except in dimension {dim}. Expected size {} but got size {} for tensor number \
             {i} in the list.",
            first[d], other[d]
        ))),
    }
}

/// Refuses an `out=` that would be recorded.
fn refuse_out(name: &str, tensors: &[Tensor], target: Target<'_>) -> Result<()> {
    let Target::Out(out) = target else { return Ok(()) };
    let mut ins = PoolVec::new();
    tensors.iter().try_for_each(|t| ins.push(Operand::Tensor(t)))?;
    inplace::check_out(name, out, &ins)
}

/// Refuses an `out=` that does not hold the tensors' type.
fn check_type(dtype: DType, target: Target<'_>) -> Result<()> {
    match target {
        Target::Out(out) if !dtype.can_cast(out.dtype()) => Err(Error::type_error(format!(
            "torch.cat(): input types can't be cast to the desired output type {}",
            out.dtype().scalar_name()
        ))),
        _ => Ok(()),
    }
}

/// A result of `tensors`, which `write` writes into what a new tensor shows, or `out=`.
fn made(
    name: &str,
    tensors: &[Tensor],
    target: Target<'_>,
    (sizes, dtype): (&[i64], DType),
    strides: impl FnOnce() -> Result<Dims>,
    write: impl FnOnce(&Geometry) -> Result<()>,
) -> Result<Tensor> {
    let Target::Out(out) = target else {
        let usual = sizes.len() < 4;
        let out = if usual { Tensor::empty(sizes, dtype)? } else { empty_by(sizes, &strides()?, dtype)? };
        write(&out.geometry())?;
        return Ok(out);
    };
    refuse_out(name, tensors, target)?;
    check_type(dtype, target)?;
    let fitted = inplace::fit_out(out, sizes, strides, dtype)?;
    overlap::check_itself(out)?;
    overlap::check_apart(out, tensors)?;
    {
        let g = out.geometry();
        g.storage.make_writable()?;
        write(&g)?;
    }
    out.0.bump_version();
    fitted.keep();
    Ok(out.clone())
}

/// A new tensor, of the usual strides where these are they.
fn empty_by(sizes: &[i64], strides: &[i64], dtype: DType) -> Result<Tensor> {
    match shape::is_standard(sizes, strides) {
        true => Tensor::empty(sizes, dtype),
        false => Tensor::empty_strided(sizes, strides, dtype),
    }
}

/// Copies `t` into what `out` shows from `offset` on, by the strides of its own dimensions.
fn put(out: &Geometry, strides: &[i64], offset: i64, t: &Tensor) -> Result<()> {
    let g = t.geometry();
    let s = src(&g)?;
    let dst = out.storage.dst(out.dtype, &g.shape, strides, offset).ok_or_else(outside)?;
    done(kernels::copy::copy(&dst, &s))
}

/// Records `out` as what `op` makes of the list, where there is anything of it to do.
fn finish(
    op: &'static Operator,
    tensors: &[Tensor],
    out: &Tensor,
    params: impl FnOnce() -> Result<Params>,
) -> Result<()> {
    if tensors.iter().all(|t| t.0.flags() & (flags::WANTS_EDGE | flags::TANGENT) == 0) {
        return Ok(());
    }
    let mut ins = PoolVec::new();
    tensors.iter().try_for_each(|t| ins.push(Operand::Tensor(t)))?;
    let params = Some(params()?);
    Application { op, variant: 0, ins: &ins, outs: &[out], differentiable: 1, params }.finish()
}

/// The cotangent as input `i` takes it: of a complex one the real parts, where the input is real.
fn owed(vjp: &Vjp<'_>, i: usize, g: &Tensor) -> Result<Tensor> {
    if g.dtype().is_complex() && !vjp.meta(i)?.0.is_complex() { real(g) } else { Ok(g.clone()) }
}

fn cat_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let params = vjp.params()?;
    let (dim, g) = (params.ints[0] as usize, vjp.g()?);
    let mut start = 0;
    for (i, &n) in params.dims.iter().enumerate() {
        if vjp.wants(i) {
            let x_bar = match n {
                -1 => Tensor::full(&[0], Scalar::Int(0), g.dtype())?,
                n => slice_at(&owed(vjp, i, g)?, dim, start, start + n, 1)?,
            };
            vjp.add(i, x_bar)?;
        }
        start += n.max(0);
    }
    Ok(())
}

/// The operands' tangents in the result's type; zeros for those without.
fn tangents(jvp: &Jvp<'_>) -> Result<PoolVec<Tensor>> {
    let dtype = jvp.outs[0].dtype();
    let mut all = PoolVec::new();
    for i in 0..jvp.ins.len() {
        all.push(match jvp.x_dot(i) {
            Some(x_dot) => copy::to(x_dot, dtype)?,
            None => copy::to(&copy::zeros_like(jvp.primal(i)?)?, dtype)?,
        })?;
    }
    Ok(all)
}

fn cat_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let dim = jvp.params.map_or(0, |p| p.ints[0]);
    let y_dot = cat_at(&tangents(jvp)?, dim)?;
    jvp.set(0, y_dot)
}

fn stack(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    stack_to(tensors(args)?, args.get(1).map_or(0, |a| a.int(0)), target).map(Output::One)
}

/// Tensors of one shape along a new dimension `dim`; whole numbers and types promote.
pub fn stack_at(tensors: &[Tensor], dim: i64) -> Result<Tensor> {
    stack_to(tensors, dim, Target::Fresh)
}

fn stack_to(tensors: &[Tensor], dim: i64, target: Target<'_>) -> Result<Tensor> {
    let first = tensors.first().ok_or_else(|| Error::runtime("stack expects a non-empty TensorList"))?;
    let dtype = common(tensors);
    let one = first.geometry().shape.duplicate()?;
    let at = shape::wrap_dim(dim, one.len() + 1)?;
    for (i, t) in tensors.iter().enumerate().skip(1) {
        if !t.geometry().shape.same(&one) {
            return Err(Error::runtime(format!(
                "stack expects each tensor to be equal size, but got {} at entry 0 and {} at entry {i}",
                shape::list(&one),
                shape::list(&t.geometry().shape)
            )));
        }
    }
    let mut sizes = Dims::zeros(one.len() + 1)?;
    for i in 0..sizes.len() {
        sizes[i] = if i == at { tensors.len() as i64 } else { one[if i < at { i } else { i - 1 }] };
    }
    // torch joins along the dimension before the new one, and then parts it.
    let strides = || match at < one.len() && tensors.iter().all(|t| has_channels_last(&t.geometry())) {
        true => {
            let mut joined = one.duplicate()?;
            joined[at] *= sizes[at];
            let dense = channels_last(&joined)?;
            let mut strides = Dims::zeros(sizes.len())?;
            strides[..at].copy_from_slice(&dense[..at]);
            strides[at] = dense[at] * one[at];
            strides[at + 1..].copy_from_slice(&dense[at..]);
            Ok(strides)
        }
        false => Ok(shape::contiguous_strides(&sizes)?),
    };
    let out = made("stack", tensors, target, (&sizes, dtype), strides, |out| {
        let mut inner = Dims::zeros(one.len())?;
        for k in 0..one.len() {
            inner[k] = out.strides[if k < at { k } else { k + 1 }];
        }
        let some = !one.contains(&0);
        for (i, t) in tensors.iter().enumerate().filter(|_| some) {
            put(out, &inner, out.offset + i as i64 * out.strides[at], t)?;
        }
        Ok(())
    })?;
    finish(Stack::OPERATOR, tensors, &out, || Ok(Params::ints([at as i64, 0, 0, 0])))?;
    Ok(out)
}

fn stack_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let dim = vjp.params()?.ints[0];
    for i in 0..vjp.inputs() {
        if vjp.wants(i) {
            let part = select_at(&owed(vjp, i, vjp.g()?)?, dim, i as i64)?;
            vjp.add(i, part)?;
        }
    }
    Ok(())
}

fn stack_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let dim = jvp.params.map_or(0, |p| p.ints[0]);
    let y_dot = stack_at(&tangents(jvp)?, dim)?;
    jvp.set(0, y_dot)
}

fn block_diag(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    block_diag_of(tensors(args)?).map(Output::One)
}

/// Rows and columns of a block.
fn block(sizes: &[i64]) -> [i64; 2] {
    match *sizes {
        [rows, columns] => [rows, columns],
        [columns] => [1, columns],
        _ => [1, 1],
    }
}

/// A matrix of zeros with the tensors along its diagonal.
pub fn block_diag_of(tensors: &[Tensor]) -> Result<Tensor> {
    if tensors.is_empty() {
        return Tensor::empty(&[1, 0], default_dtype());
    }
    let mut all = [0i64; 2];
    for (i, t) in tensors.iter().enumerate() {
        if t.ndim() > 2 {
            let n = t.ndim();
            return Err(Error::runtime(format!(
                "torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {i} has {n} dimensions"
            )));
        }
        for (sum, extent) in all.iter_mut().zip(block(&t.geometry().shape)) {
            *sum = sum.checked_add(extent).ok_or_else(Error::numel_overflow)?;
        }
    }
    let dtype = common(tensors);
    let out = Tensor::full(&all, Scalar::Int(0), dtype)?;
    {
        let g = out.geometry();
        let mut corner = [0i64; 2];
        for t in tensors {
            let sizes = block(&t.geometry().shape);
            let own: &[i64] = match t.ndim() {
                2 => &g.strides,
                1 => &g.strides[1..],
                _ => &[],
            };
            if t.numel() > 0 {
                put(&g, own, corner[0] * g.strides[0] + corner[1] * g.strides[1], t)?;
            }
            corner = [corner[0] + sizes[0], corner[1] + sizes[1]];
        }
    }
    finish(BlockDiag::OPERATOR, tensors, &out, || {
        let mut blocks = PoolVec::new();
        for t in tensors {
            block(&t.geometry().shape).into_iter().try_for_each(|n| blocks.push(n))?;
        }
        Ok(Params::dims(Dims::new(&blocks)?))
    })?;
    Ok(out)
}

fn block_diag_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let params = vjp.params()?;
    let g = vjp.g()?;
    let mut corner = [0i64; 2];
    for i in 0..vjp.inputs() {
        let (rows, columns) = (params.dims[2 * i], params.dims[2 * i + 1]);
        if vjp.wants(i) {
            let part = slice_at(&owed(vjp, i, g)?, 0, corner[0], corner[0] + rows, 1)?;
            let part = slice_at(&part, 1, corner[1], corner[1] + columns, 1)?;
            let part = match vjp.meta(i)?.1.len() {
                2 => part,
                // A row is summed down to its vector.
                1 => squeeze_dims(&part, 0b10, 1)?,
                _ => squeeze_dims(&squeeze_dims(&part, 0b10, 1)?, 1, 1)?,
            };
            vjp.add(i, part)?;
        }
        corner = [corner[0] + rows, corner[1] + columns];
    }
    Ok(())
}

fn block_diag_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let y_dot = block_diag_of(&tangents(jvp)?)?;
    jvp.set(0, y_dot)
}
