//! `x[...]` and `x[...] = y`: views for whole numbers and slices, a gather and its transpose for tensors.

use super::adjoint::Vjp;
use super::apply::{Application, Operand};
use super::copy;
use super::edge::wants_gradient;
use super::inplace;
use super::overlap;
use super::reshape::{alias_of, expand_recorded, reshape_to, select_at, slice_at, unsqueeze_at};
use super::row::structured;
use super::tangent::Jvp;
use super::value::{Arg, Output, Target};
use super::view::show;
use crate::buffers::PoolVec;
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels;
use crate::shape::{self, Dims};
use crate::tape::node::Params;
use crate::tensor::{Tensor, done, fitted, outside, src};

structured! { family 7;
    /// The elements that tensors of indices name.
    Gather {
        "index", grads ["IndexBackward0"], reads [0b111110], vjp gather_vjp, jvp gather_jvp;
    }
    /// The tensor with elements that tensors of indices name replaced, or added to.
    Put {
        "index_put", grads ["IndexPutBackward0", "IndexPutImplBackward0"], reads [0b1111100, 0b1111100], vjp put_vjp, jvp put_jvp;
    }
}

/// Tensors of indices that one node can save beside its operands.
const MAX_INDICES: usize = 5;

/// One entry of an index.
pub enum Index {
    /// A whole number: the dimension goes.
    Int(i64),
    /// `start:end:step`.
    Slice(Option<i64>, Option<i64>, Option<i64>),
    /// `None`: a new dimension of 1.
    NewAxis,
    /// `...`: as many whole dimensions as are left.
    Ellipsis,
    /// Whole numbers, or a mask.
    Tensor(Tensor),
    /// `True` or `False`: a mask without dimensions.
    Bool(bool),
}

/// Applies the entries that are views; what is left are tensors of indices, each with its dimension.
fn views(t: &Tensor, index: &[Index]) -> Result<(Tensor, Vec<(usize, Tensor)>)> {
    let consumed: usize = index
        .iter()
        .map(|i| match i {
            Index::Int(_) | Index::Slice(..) => 1,
            Index::Tensor(m) if matches!(m.dtype(), DType::Bool | DType::UInt8) => m.ndim(),
            Index::Tensor(_) => 1,
            _ => 0,
        })
        .sum();
    let ndim = t.ndim();
    if consumed > ndim {
        return Err(if ndim == 0 && index.len() == 1 && matches!(index[0], Index::Int(_)) {
            Error::index(
                "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert \
                 a 0-dim tensor to a number",
            )
        } else {
            Error::index(format!("too many indices for tensor of dimension {ndim}"))
        });
    }
    let mut out = t.clone();
    let mut dim = 0;
    let mut picked = Vec::new();
    for (position, entry) in index.iter().enumerate() {
        match entry {
            Index::Int(i) => out = one_of(&out, dim, *i, position)?,
            Index::Slice(start, end, step) => {
                out = slice(&out, dim, *start, *end, *step)?;
                dim += 1;
            }
            Index::NewAxis => {
                out = unsqueeze_at(&out, dim as i64)?;
                dim += 1;
            }
            Index::Ellipsis => dim += ndim - consumed,
            Index::Bool(b) => {
                out = unsqueeze_at(&out, dim as i64)?;
                let count = *b as i64;
                picked.push((dim, Tensor::full(&[count], Scalar::Int(0), DType::Int64)?));
                dim += 1;
            }
            Index::Tensor(i) if matches!(i.dtype(), DType::Bool | DType::UInt8) => {
                let first = dim;
                for (k, column) in nonzero(&out, i, first)?.into_iter().enumerate() {
                    picked.push((first + k, column));
                    dim += 1;
                }
                if i.ndim() == 0 {
                    out = unsqueeze_at(&out, first as i64)?;
                    let hits = i.read(kernels::index::count_true)? as i64;
                    picked.push((first, Tensor::full(&[hits], Scalar::Int(0), DType::Int64)?));
                    dim += 1;
                }
            }
            Index::Tensor(i) if i.dtype().is_integral() && i.ndim() == 0 => {
                out = one_of(&out, dim, i.item()?.to_i64(), position)?;
            }
            Index::Tensor(i) if i.dtype().is_integral() => {
                picked.push((dim, copy::to(i, DType::Int64)?));
                dim += 1;
            }
            Index::Tensor(_) => {
                return Err(Error::index("tensors used as indices must be long, int, byte or bool tensors"));
            }
        }
    }
    if picked.len() > MAX_INDICES {
        return Err(Error::not_implemented(format!(
            "more than {MAX_INDICES} tensors of indices at once are not supported"
        )));
    }
    Ok((out, picked))
}

/// Index `i` of dimension `dim`; the error names the place of the entry in the key, as torch's does.
fn one_of(t: &Tensor, dim: usize, i: i64, position: usize) -> Result<Tensor> {
    match t.geometry().shape.get(dim) {
        Some(&n) if i < -n || i >= n => {
            return Err(Error::index(format!("index {i} is out of bounds for dimension {position} with size {n}")));
        }
        _ => {}
    }
    select_at(t, dim as i64, i)
}

fn slice(t: &Tensor, dim: usize, start: Option<i64>, end: Option<i64>, step: Option<i64>) -> Result<Tensor> {
    let step = step.unwrap_or(1);
    if step <= 0 {
        return Err(Error::value("step must be greater than zero"));
    }
    let n = t.geometry().shape[dim];
    let bound = |x: i64| if x < 0 { x.saturating_add(n).max(0) } else { x.min(n) };
    let start = bound(start.unwrap_or(0));
    let end = bound(end.unwrap_or(n)).max(start);
    slice_at(t, dim, start, end, step)
}

/// The places where a mask holds, as one column of whole numbers for each of its dimensions.
fn nonzero(t: &Tensor, mask: &Tensor, first: usize) -> Result<Vec<Tensor>> {
    let sizes = mask.shape();
    let own = t.shape();
    for (k, &n) in sizes.iter().enumerate() {
        if own[first + k] != n {
            return Err(Error::index(format!(
                "The shape of the mask {} at index {k} does not match the shape of the indexed tensor {} at index {}",
                shape::list(&sizes),
                shape::list(&own),
                first + k
            )));
        }
    }
    if sizes.is_empty() {
        return Ok(Vec::new());
    }
    let hits = mask.read(kernels::index::count_true)? as i64;
    let rows = Tensor::empty(&[hits, sizes.len() as i64], DType::Int64)?;
    // The mask may change between the count and this: the kernel stays within its output.
    done(rows.write(|dst| mask.read(|m| kernels::index::nonzero(dst, m)))??)?;
    (0..sizes.len()).map(|k| show(&rows, Dims::new(&[hits])?, Dims::new(&[sizes.len() as i64])?, k as i64)).collect()
}

/// `torch.where(condition)`: where it holds, as one tensor of indices for each dimension.
pub(super) fn where_true(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let condition = args.first().and_then(Arg::tensor).ok_or_else(|| Error::type_error("a tensor is missing"))?;
    // torch counts a 0-d tensor as one of a single element here.
    let flat = if condition.ndim() == 0 { super::reshape::reshape_to(condition, &[1])? } else { condition.clone() };
    let mut columns = PoolVec::new();
    for column in nonzero(&flat, &flat, 0)? {
        columns.push(column)?;
    }
    Ok(Output::Many(columns))
}

/// Tensors of indices spread to one shape, and where their dimensions go in the result.
struct Plan {
    dims: Vec<usize>,
    indices: Vec<Tensor>,
    shape: Vec<i64>,
    /// Where the dimensions of the indices stand in the result.
    position: usize,
}

fn plan(picked: Vec<(usize, Tensor)>) -> Result<Plan> {
    let mut wide = Dims::EMPTY;
    for (_, i) in &picked {
        wide = shape::broadcast(&wide, &i.geometry().shape).map_err(|_| {
            let shapes: Vec<String> = picked.iter().map(|(_, i)| shape::list(&i.geometry().shape)).collect();
            Error::index(format!(
                "shape mismatch: indexing tensors could not be broadcast together with shapes {}",
                shapes.join(", ")
            ))
        })?;
    }
    let dims: Vec<usize> = picked.iter().map(|(d, _)| *d).collect();
    let adjacent = dims.windows(2).all(|w| w[1] == w[0] + 1);
    let indices = picked.iter().map(|(_, i)| super::view::expand_to(i, &wide)).collect::<Result<Vec<_>>>()?;
    Ok(Plan { position: if adjacent { dims[0] } else { 0 }, dims, indices, shape: wide.to_vec() })
}

impl Plan {
    fn params(&self) -> Result<Params> {
        let dims: Vec<i64> = self.dims.iter().map(|&d| d as i64).collect();
        Ok(Params { ints: [self.position as i64, 0, 0, 0], ..Params::dims(Dims::new(&dims)?) })
    }

    fn again(params: &Params, indices: Vec<Tensor>) -> Plan {
        let shape = indices.first().map(Tensor::shape).unwrap_or_default();
        Plan {
            dims: params.dims.iter().map(|&d| d as usize).collect(),
            indices,
            shape,
            position: params.ints[0] as usize,
        }
    }

    /// The order of `t`'s dimensions with the indexed ones first.
    fn front(&self, ndim: usize) -> Vec<usize> {
        self.dims.iter().copied().chain((0..ndim).filter(|d| !self.dims.contains(d))).collect()
    }

    /// The result's shape for an operand of shape `own`.
    fn result(&self, own: &[i64]) -> Vec<i64> {
        let rest: Vec<i64> = (0..own.len()).filter(|d| !self.dims.contains(d)).map(|d| own[d]).collect();
        let (before, after) = rest.split_at(self.position.min(rest.len()));
        before.iter().chain(&self.shape).chain(after).copied().collect()
    }

    /// `t`, of the result's shape, with the dimensions of the indices moved to the front.
    fn result_front(&self, t: &Tensor) -> Result<Tensor> {
        let n = self.shape.len();
        let order: Vec<usize> =
            (self.position..self.position + n).chain(0..self.position).chain(self.position + n..t.ndim()).collect();
        reorder(t, &order)
    }

    /// Runs `f` with the indices as operands.
    fn with_indices<R>(&self, f: impl FnOnce(&[kernels::operand::Src]) -> R) -> Result<R> {
        let borrows: Vec<_> = self.indices.iter().map(|i| i.geometry()).collect();
        let srcs = borrows.iter().map(|g| src(g)).collect::<Result<Vec<_>>>()?;
        Ok(f(&srcs))
    }
}

fn reorder(t: &Tensor, order: &[usize]) -> Result<Tensor> {
    let g = t.geometry();
    let sizes: Vec<i64> = order.iter().map(|&d| g.shape[d]).collect();
    let strides: Vec<i64> = order.iter().map(|&d| g.strides[d]).collect();
    let offset = g.offset;
    drop(g);
    show(t, Dims::new(&sizes)?, Dims::new(&strides)?, offset)
}

fn fault(f: kernels::index::IndexFault, plan: &Plan) -> Error {
    let dim = plan.dims.get(f.dim).copied().unwrap_or(f.dim);
    Error::index(format!("index {} is out of bounds for dimension {dim} with size {}", f.index, f.size))
}

fn gather(t: &Tensor, plan: &Plan) -> Result<Tensor> {
    let own = t.shape();
    let out = Tensor::empty(&plan.result(&own), t.dtype())?;
    {
        let from = reorder(t, &plan.front(own.len()))?;
        let to = plan.result_front(&out)?;
        let g = from.geometry();
        let s = src(&g)?;
        done(
            plan.with_indices(|i| to.write(|dst| kernels::index::index_get(dst, &s, i)))??
                .map_err(|f| fault(f, plan))?,
        )?;
    }
    let mut ins = vec![Operand::Tensor(t)];
    ins.extend(plan.indices.iter().map(Operand::Tensor));
    let params = Some(plan.params()?);
    Application { op: Gather::OPERATOR, variant: 0, ins: &ins, outs: &[&out], differentiable: 1, params }.finish()?;
    Ok(out)
}

/// Writes (or adds) `v`, spread to the result's shape, into `t` where the plan says. Nothing is recorded.
fn scatter(t: &Tensor, v: &Tensor, plan: &Plan, accumulate: bool) -> Result<()> {
    let own = t.shape();
    let wide = super::view::expand_to(v, &plan.result(&own))?;
    let from = plan.result_front(&wide)?;
    let to = reorder(t, &plan.front(own.len()))?;
    let g = from.geometry();
    let s = src(&g)?;
    done(
        plan.with_indices(|i| to.write(|dst| kernels::index::index_put(dst, &s, i, accumulate)))??
            .map_err(|f| fault(f, plan))?,
    )
}

/// `t` with `v` written (or added, as the node of the second name) where the plan says: recorded.
fn put(t: &Tensor, v: &Tensor, plan: &Plan, accumulate: bool) -> Result<Tensor> {
    let out = copy::duplicate(t)?;
    scatter(&out, v, plan, accumulate)?;
    let mut ins = vec![Operand::Tensor(t), Operand::Tensor(v)];
    ins.extend(plan.indices.iter().map(Operand::Tensor));
    let params = Some(Params { flag: accumulate, ..plan.params()? });
    let variant = accumulate as u8;
    Application { op: Put::OPERATOR, variant, ins: &ins, outs: &[&out], differentiable: 1, params }.finish()?;
    Ok(out)
}

/// The plan that a node was recorded with.
fn plan_of(vjp: &Vjp<'_>, first: usize) -> Result<Plan> {
    let params = vjp.params()?;
    let n = params.dims.len();
    let indices = (first..first + n).map(|i| vjp.saved_tensor(i as u8)).collect::<Result<Vec<_>>>()?;
    Ok(Plan::again(&params, indices))
}

fn gather_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let plan = plan_of(vjp, 1)?;
    let (dtype, shape) = vjp.meta(0)?;
    let zeros = Tensor::full(&shape, Scalar::Int(0), dtype)?;
    let x_bar = put(&zeros, vjp.g()?, &plan, true)?;
    vjp.add(0, x_bar)
}

fn gather_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let (Some(x_dot), Some(params)) = (jvp.x_dot(0), jvp.params) else { return Ok(()) };
    let indices = jvp.ins[1..].iter().filter_map(|o| o.tensor().cloned()).collect();
    let y_dot = gather(x_dot, &Plan::again(params, indices))?;
    jvp.set(0, y_dot)
}

fn put_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let plan = plan_of(vjp, 2)?;
    let accumulate = vjp.params()?.flag;
    let g = vjp.g()?;
    if vjp.wants(0) {
        let x_bar =
            if accumulate { g.clone() } else { put(g, &Tensor::full(&[], Scalar::Int(0), g.dtype())?, &plan, false)? };
        vjp.add(0, x_bar)?;
    }
    if vjp.wants(1) {
        let v_bar = gather(g, &plan)?;
        vjp.add(1, v_bar)?;
    }
    Ok(())
}

fn put_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let Some(params) = jvp.params else { return Ok(()) };
    let indices = jvp.ins[2..].iter().filter_map(|o| o.tensor().cloned()).collect();
    let plan = Plan::again(params, indices);
    let out = jvp.outs[0];
    let base = match jvp.x_dot(0) {
        Some(x_dot) => x_dot.clone(),
        None => copy::zeros_like(out)?,
    };
    let zero;
    let v_dot = match jvp.x_dot(1) {
        Some(v_dot) => v_dot,
        None => {
            zero = Tensor::full(&[], Scalar::Int(0), out.dtype())?;
            &zero
        }
    };
    let y_dot = put(&base, v_dot, &plan, params.flag)?;
    jvp.set(0, y_dot)
}

/// `t[index]`: a view where every entry allows one.
pub fn get(t: &Tensor, index: &[Index]) -> Result<Tensor> {
    let (out, picked) = views(t, index)?;
    if !picked.is_empty() {
        return gather(&out, &plan(picked)?);
    }
    if out.same(t) { alias_of(t) } else { Ok(out) }
}

/// `t[index] = value`.
pub fn set(t: &Tensor, index: &[Index], value: Operand<'_>) -> Result<()> {
    if let Operand::Number(s) = value {
        fitted(s, t.dtype(), 1)?;
    }
    if let [Index::Bool(false)] = index {
        return Ok(());
    }
    inplace::check_history(t, wants_gradient(t) || value.tensor().is_some_and(wants_gradient))?;
    let (seen, picked) = views(t, index)?;
    if picked.is_empty() {
        return match value {
            Operand::Number(_) => copy::fill_converted(&seen, value),
            Operand::Tensor(v) => {
                let v = without_leading_ones(v, seen.ndim())?;
                let wide = seen.shape();
                copy::copy_(&seen, &if v.shape() == wide { v } else { expand_recorded(&v, &wide)? })
            }
        };
    }
    let plan = plan(picked)?;
    let made;
    let v = match value {
        Operand::Tensor(v) => {
            if v.dtype() != t.dtype() {
                return Err(Error::runtime(format!(
                    "Index put requires the source and destination dtypes match, got {} for the destination and {} for \
                     the source.",
                    t.dtype().scalar_name(),
                    v.dtype().scalar_name()
                )));
            }
            v
        }
        Operand::Number(s) => {
            made = Tensor::full(&[], s, t.dtype())?;
            &made
        }
    };
    check_overlap(&seen, index, v)?;
    let wanted = plan.result(&seen.shape());
    let v = without_leading_ones(v, wanted.len())?;
    let fits = v.ndim() <= wanted.len() && shape::broadcast(&wanted, &v.geometry().shape).is_ok_and(|b| *b == *wanted);
    if !fits {
        return Err(Error::runtime(format!(
            "shape mismatch: value tensor of shape {} cannot be broadcast to indexing result of shape {}",
            shape::list(&v.geometry().shape),
            shape::list(&wanted)
        )));
    }
    let g = seen.geometry();
    g.storage.src(g.dtype, &g.shape, &g.strides, g.offset).ok_or_else(outside)?;
    let shares = g.storage.same(&v.geometry().storage);
    drop(g);
    let kept = if shares { copy::duplicate(&v)? } else { v.clone() };
    let mut ins = vec![Operand::Tensor(&seen), Operand::Tensor(&v)];
    ins.extend(plan.indices.iter().map(Operand::Tensor));
    let params = Some(plan.params()?);
    Application { op: Put::OPERATOR, variant: 0, ins: &ins, outs: &[&seen], differentiable: 1, params }
        .write(&inplace::Before::nothing(), || scatter(&seen, &kept, &plan, false))
}

/// Refuses what torch refuses to read while elements of `t` that `index` names are written, and warns of an
/// expanded `t`. One element that is written where one mask holds goes another way there: it fills.
fn check_overlap(t: &Tensor, index: &[Index], v: &Tensor) -> Result<()> {
    let tensors = || index.iter().filter_map(|i| if let Index::Tensor(t) = i { Some(t) } else { None });
    let mut masks = tensors().filter(|m| matches!(m.dtype(), DType::Bool | DType::UInt8));
    let fills = v.numel() == 1 && tensors().count() == 1 && masks.next().is_some();
    if overlap::check_itself(t).is_err() {
        overlap::warn_of_expanded("index_put_", "tensor[indices] = tensor")?;
        if fills {
            overlap::warn_of_expanded("masked_fill_", "tensor[mask] = scalar")?;
        }
    }
    if fills { overlap::check_operands(t, tensors()) } else { overlap::check_apart(t, tensors().chain([v])) }
}

/// `v` without leading dimensions of 1 beyond `ndim`: torch lets an assignment have them.
fn without_leading_ones(v: &Tensor, ndim: usize) -> Result<Tensor> {
    let sizes = v.shape();
    let extra = sizes.iter().take(sizes.len().saturating_sub(ndim)).take_while(|&&n| n == 1).count();
    if extra == 0 { Ok(v.clone()) } else { reshape_to(v, &sizes[extra..]) }
}
