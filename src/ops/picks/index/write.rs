//! `x[...] = y`: a copy into a view, or the transpose of a gather where tensors of indices are among the entries.

use super::{
    Index, Key, Picked, Plan, Put, columns, fault, first_fault, gather, is_mask, plan, plan_of, reorder, views,
};
use crate::buffers::PoolVec;
use crate::create::arange;
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels;
use crate::kernels::index::along::Along;
use crate::kernels::index::fold::Fold;
use crate::ops::adjoint::Vjp;
use crate::ops::application::Application;
use crate::ops::apply::Operand;
use crate::ops::copy;
use crate::ops::edge::wants_gradient;
use crate::ops::inplace;
use crate::ops::overlap;
use crate::ops::picks::{Spread, wrong_gradient};
use crate::ops::shapes::reshape::{expand_recorded, reshape_to};
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::ops::view::expand_to;
use crate::shape;
use crate::tape::host;
use crate::tape::node::Params;
use crate::tensor::{Tensor, done, outside, src};

/// Writes (or adds) `v`, spread to the result's shape, into `t` where the plan says. Nothing is recorded.
fn scatter(t: &Tensor, v: &Tensor, plan: &Plan, accumulate: bool) -> Result<()> {
    let own = t.sizes()?;
    let wide = expand_to(v, &plan.result(&own)?)?;
    if let [index] = &plan.indices[..]
        && index.ndim() == 1
        && (!accumulate || Fold::Add.takes(t.dtype()))
    {
        let (dim, g, i, v) = (plan.dims[0] as usize, t.geometry(), index.geometry(), wide.geometry());
        let spread = Spread::by(i.strides[0], &v.shape, dim)?;
        let along = Along { dim, index: spread.src(&i)?, wraps: true };
        if !v.shape.contains(&0) {
            kernels::index::along::check(&along, own[dim]).map_err(first_fault)?;
        }
        let fold = if accumulate { Fold::Add } else { Fold::Copy };
        g.storage.make_writable()?;
        let dst = g.storage.dst(g.dtype, &g.shape, &g.strides, g.offset).ok_or_else(outside)?;
        return done(kernels::index::along::scatter(&dst, &src(&v)?, &along, fold).map_err(first_fault)?);
    }
    let from = plan.result_front(&wide)?;
    let to = reorder(t, &plan.front(own.len())?)?;
    let g = from.geometry();
    let s = src(&g)?;
    done(plan.with_indices(|i| to.write(|dst| kernels::index::index_put(dst, &s, i, accumulate)))??.map_err(fault)?)
}

/// `t` with `v` written (or added, as the node of the second name) where the plan says: recorded.
pub(super) fn put(t: &Tensor, v: &Tensor, plan: &Plan, accumulate: bool) -> Result<Tensor> {
    let out = copy::duplicate(t)?;
    scatter(&out, v, plan, accumulate)?;
    let ins = PoolVec::of([t, v].into_iter().chain(plan.indices.iter()).map(Operand::Tensor))?;
    let params = Some(Params { flag: accumulate, ..plan.params()? });
    let variant = accumulate as u8;
    Application { op: Put::OPERATOR, variant, ins: &ins, outs: &[&out], differentiable: 1, params }.finish()?;
    Ok(out)
}

pub(super) fn put_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let plan = plan_of(vjp, 2)?;
    let accumulate = vjp.params()?.flag;
    let g = vjp.g()?;
    if vjp.wants(0) {
        let x_bar =
            if accumulate { g.clone() } else { put(g, &Tensor::full(&[], Scalar::Int(0), g.dtype())?, &plan, false)? };
        vjp.add(0, x_bar)?;
    }
    if vjp.wants(1) {
        let (v_bar, (_, wanted)) = (gather(g, &plan)?, vjp.meta(1)?);
        if v_bar.ndim() < wanted.len() {
            // One element that filled with more dimensions than its places have.
            return Err(wrong_gradient("IndexPutBackward0", 1, &v_bar.sizes()?, &wanted));
        }
        vjp.add(1, v_bar)?;
    }
    Ok(())
}

pub(super) fn put_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let Some(params) = jvp.params else { return Ok(()) };
    let indices = PoolVec::of(jvp.ins[2..].iter().filter_map(|o| o.tensor().cloned()))?;
    let plan = Plan::again(params, indices)?;
    let out = jvp.outs[0];
    let base = match jvp.x_dot(0) {
        Some(x_dot) => x_dot.clone(),
        None => copy::zeros_like(out)?,
    };
    let zero;
    let v_dot = match jvp.x_dot(1) {
        Some(v_dot) => {
            let v_dot = copy::to(v_dot, out.dtype())?;
            // One element that filled may have more dimensions than its places.
            let fits = v_dot.ndim() <= plan.result(&out.geometry().shape)?.len();
            zero = if fits { v_dot } else { reshape_to(&v_dot, &[])? };
            &zero
        }
        None => {
            zero = Tensor::full(&[], Scalar::Int(0), out.dtype())?;
            &zero
        }
    };
    let y_dot = put(&base, v_dot, &plan, params.flag)?;
    jvp.set(0, y_dot)
}

/// A number as a tensor of `t`'s type: torch makes one before it looks at the key.
///
/// # Errors
/// Where the type cannot hold it.
pub fn held(t: &Tensor, number: Scalar) -> Result<Tensor> {
    Tensor::full(&[], number, t.dtype())
}

/// `t[key] = value`.
pub fn set(t: &Tensor, mut key: Key, value: Operand<'_>) -> Result<()> {
    let made;
    let v = match value {
        Operand::Tensor(v) => v,
        Operand::Number(s) => {
            made = held(t, s)?;
            &made
        }
    };
    if key.alone {
        match key.entries.first() {
            Some(Index::Bool(false)) => return Ok(()),
            Some(Index::Bool(true)) => key.entries[0] = Index::NewAxis,
            _ => {}
        }
    }
    let (seen, picked) = views(t, key, false)?;
    if picked.is_empty() { copy_to(&seen, v) } else { put_into(&seen, &picked, v) }
}

/// Writes `v`, spread to its shape, over `seen`.
fn copy_to(seen: &Tensor, v: &Tensor) -> Result<()> {
    let wide = seen.sizes()?;
    let sizes = v.sizes()?;
    if sizes == wide {
        return copy::copy_(seen, v);
    }
    if sizes.is_empty() {
        return copy::fill_(seen, Operand::Tensor(v));
    }
    // A view even where no leading 1 goes: torch's graph has its node.
    let v = reshape_to(v, without_leading_ones(&sizes))?;
    copy::copy_(seen, &if v.sizes()? == wide { v } else { expand_recorded(&v, &wide)? })
}

/// Writes `v` where tensors of indices and masks say.
fn put_into(seen: &Tensor, picked: &[(usize, Tensor)], v: &Tensor) -> Result<()> {
    let sizes = v.sizes()?;
    let kept = without_leading_ones(&sizes);
    let v = if kept.len() == sizes.len() { v.clone() } else { reshape_to(v, kept)? };
    write(seen, picked, &v, false)
}

/// Writes (or adds) `v` where tensors of indices and masks say; recorded.
fn write(seen: &Tensor, picked: &[(usize, Tensor)], v: &Tensor, accumulate: bool) -> Result<()> {
    inplace::check_history(seen, wants_gradient(seen) || wants_gradient(v))?;
    let own = seen.sizes()?;
    let fills = fills(picked, v, accumulate);
    check_overlap(seen, picked, v, fills)?;
    if seen.sizes()? != own {
        return Err(Error::runtime("the tensor got another shape while a warning was shown"));
    }
    let plan = planned(seen, picked, v, fills)?;
    let g = seen.geometry();
    g.storage.src(g.dtype, &g.shape, &g.strides, g.offset).ok_or_else(outside)?;
    let shares = g.storage.same(&v.geometry().storage);
    drop(g);
    let mut source = source_of(seen, v, fills)?;
    if shares && source.same(v) {
        source = copy::duplicate(v)?;
    }
    let ins = PoolVec::of([seen, v].into_iter().chain(plan.indices.iter()).map(Operand::Tensor))?;
    let params = Some(Params { flag: accumulate, ..plan.params()? });
    Application { op: Put::OPERATOR, variant: 0, ins: &ins, outs: &[seen], differentiable: 1, params }
        .write(&inplace::Before::nothing(), || scatter(seen, &source, &plan, accumulate))
}

/// Whether one element is written where one mask holds: that goes another way in torch, fills, and is converted.
fn fills(picked: &[(usize, Tensor)], v: &Tensor, accumulate: bool) -> bool {
    !accumulate && v.numel() == 1 && picked.len() == 1 && is_mask(&picked[0].1)
}

/// What is written for `v`: one element, which fills, loses its dimensions and gets the type of `seen`.
fn source_of(seen: &Tensor, v: &Tensor, fills: bool) -> Result<Tensor> {
    match fills && v.ndim() > 0 || v.dtype() != seen.dtype() {
        true => Tensor::full(&[], v.item()?, seen.dtype()),
        false => Ok(v.clone()),
    }
}

/// The indices of what a mask without dimensions, the only index, lets through: all of the first dimension, or none of it.
///
/// # Errors
/// Where not one element is written: torch has no kernel for that.
fn all_or_none(seen: &Tensor, mask: &Tensor, v: &Tensor, fills: bool) -> Result<Picked> {
    let own = seen.sizes()?;
    if !fills {
        return Err(match fits(v, &own) {
            true => Error::runtime("a mask without dimensions names no elements to write several values to"),
            false => mismatch(v, &own),
        });
    }
    let n = if mask.item()?.is(0.0) { 0 } else { own[0] };
    let mut all = PoolVec::new();
    all.push((0, arange(Scalar::Int(0), Scalar::Int(n), Scalar::Int(1), Some(DType::Int64))?))?;
    Ok(all)
}

/// Whether `v` spreads to `wanted`.
fn fits(v: &Tensor, wanted: &[i64]) -> bool {
    v.ndim() <= wanted.len() && shape::broadcast(wanted, &v.geometry().shape).is_ok_and(|b| *b == *wanted)
}

/// The plan of a write of `v`, which must fit.
fn planned(seen: &Tensor, picked: &[(usize, Tensor)], v: &Tensor, fills: bool) -> Result<Plan> {
    let own = seen.sizes()?;
    if fills && picked[0].1.dtype() != DType::Bool {
        // The mask's extents are looked at first.
        columns(seen, picked)?;
        return Err(Error::runtime("masked_fill_ only supports boolean masks, but got mask with dtype unsigned char"));
    }
    let mut named = columns(seen, picked)?;
    if named.is_empty() {
        named = all_or_none(seen, &picked[0].1, v, fills)?;
    }
    let plan = plan(&own, &named)?;
    let wanted = plan.result(&own)?;
    // One element fills whatever its dimensions are.
    if !fills && !fits(v, &wanted) {
        return Err(mismatch(v, &wanted));
    }
    let (from, to) = (v.dtype(), seen.dtype());
    if from != to && !fills {
        return Err(Error::runtime(format!(
            "Index put requires the source and destination dtypes match, got {} for the destination and {} for the source.",
            to.scalar_name(),
            from.scalar_name()
        )));
    }
    Ok(plan)
}

#[cold]
fn mismatch(v: &Tensor, wanted: &[i64]) -> Error {
    Error::runtime(format!(
        "shape mismatch: value tensor of shape {} cannot be broadcast to indexing result of shape {}",
        shape::list(&v.geometry().shape),
        shape::list(wanted)
    ))
}

/// What `index_put` is called with: the tensor, its indices with their dimensions, the values, and whether they are added.
type Given<'a> = (&'a Tensor, Picked, &'a Tensor, bool);

fn given<'a>(args: &[Arg<'a>]) -> Result<Given<'a>> {
    let (t, v) = (tensor(args, 0)?, tensor(args, 2)?);
    let Some(Arg::Tensors(indices)) = args.get(1) else { return Err(Error::type_error("indices are missing")) };
    let (n, rank) = (indices.len(), t.ndim());
    if n > rank {
        return Err(Error::index(format!("too many indices for tensor of dimension {rank} (got {n})")));
    }
    let (mut dim, mut picked) = (0, PoolVec::new());
    for index in indices.iter() {
        picked.push((dim, index.clone()))?;
        dim += if is_mask(index) { index.ndim() } else { 1 };
    }
    if picked.is_empty() && rank > 0 {
        // Everything: as all indices of the first dimension.
        let n = t.geometry().shape[0];
        picked.push((0, arange(Scalar::Int(0), Scalar::Int(n), Scalar::Int(1), Some(DType::Int64))?))?;
    }
    Ok((t, picked, v, args.get(3).is_some_and(Arg::truth)))
}

/// Warns of each mask of bytes, but for one that would be filled, which is refused.
fn warn_of_bytes(picked: &[(usize, Tensor)], fills: bool) -> Result<()> {
    let bytes = picked.iter().filter(|(_, i)| i.dtype() == DType::UInt8 && !fills);
    bytes.into_iter().try_for_each(|_| host::warn(OF_BYTES))
}

/// What torch says of an index of bytes.
pub const OF_BYTES: &str = "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead.";

/// `index_put`: a copy, written.
pub(super) fn index_put(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let (t, picked, v, accumulate) = given(args)?;
    if picked.is_empty() {
        let out = copy::clone_of(t)?;
        copy_to(&out, v)?;
        return Ok(Output::One(out));
    }
    let fills = fills(&picked, v, accumulate);
    warn_of_bytes(&picked, fills)?;
    let plan = planned(t, &picked, v, fills)?;
    let source = source_of(t, v, fills)?;
    let out = copy::duplicate(t)?;
    scatter(&out, &source, &plan, accumulate)?;
    let ins = PoolVec::of([t, v].into_iter().chain(plan.indices.iter()).map(Operand::Tensor))?;
    let params = Some(Params { flag: accumulate, ..plan.params()? });
    Application { op: Put::OPERATOR, variant: 0, ins: &ins, outs: &[&out], differentiable: 1, params }.finish()?;
    Ok(Output::One(out))
}

/// `index_put_`: the same over the tensor itself.
pub(super) fn index_put_(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let (t, picked, v, accumulate) = given(args)?;
    match picked.is_empty() {
        true => copy_to(t, v)?,
        false => {
            warn_of_bytes(&picked, fills(&picked, v, accumulate))?;
            write(t, &picked, v, accumulate)?;
        }
    }
    Ok(Output::One(t.clone()))
}

/// Refuses what torch refuses to read while elements of `t` are written, and warns of an expanded `t`.
fn check_overlap(t: &Tensor, picked: &[(usize, Tensor)], v: &Tensor, fills: bool) -> Result<()> {
    if overlap::check_itself(t).is_err() {
        overlap::warn_of_expanded("index_put_", "tensor[indices] = tensor")?;
        if fills {
            overlap::warn_of_expanded("masked_fill_", "tensor[mask] = scalar")?;
        }
    }
    let tensors = picked.iter().map(|(_, i)| i);
    if fills { overlap::check_operands(t, tensors) } else { overlap::check_apart(t, tensors.chain([v])) }
}

/// torch lets what is assigned have any number of leading dimensions of 1.
fn without_leading_ones(sizes: &[i64]) -> &[i64] {
    &sizes[sizes.iter().take_while(|&&n| n == 1).count()..]
}
