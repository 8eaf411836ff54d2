//! `x[...]`: views for whole numbers and slices, a gather for tensors. Writing is in `index/write.rs`.

use crate::buffers::PoolVec;
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels;
use crate::kernels::index::along::Along;
use crate::ops::adjoint::Vjp;
use crate::ops::application::Application;
use crate::ops::apply::Operand;
use crate::ops::picks::Spread;
use crate::ops::shapes::reshape::{alias_of, select_at, slice_at, unsqueeze_at};
use crate::ops::structured::structured;
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::ops::view::show;
use crate::ops::{copy, layout};
use crate::shape::{self, Dims};
use crate::tape::node::Params;
use crate::tensor::{Tensor, done, outside, src};
use write::{put, put_jvp, put_vjp};

structured! { family 7;
    /// The elements that tensors of indices name.
    Gather {
        "index", grads ["IndexBackward0"], reads [0b1111110], vjp gather_vjp, jvp gather_jvp;
    }
    /// The tensor with the elements that `indices` name replaced by `values`, or added to with `accumulate`: what writing to
    /// `input[indices]` does. `indices` are tensors of int64 or int32, of which negative ones count from the end, or masks.
    ///
    /// `values` has the tensor's type and broadcasts to the shape of `input[indices]`. Raises IndexError where an index is out of range.
    Put {
        "index_put", grads ["IndexPutBackward0", "IndexPutImplBackward0"], reads [0b1111100, 0b1111100], vjp put_vjp, jvp put_jvp;
        "index_put(input, indices: tensors, values, accumulate: bool = False)" BOTH => write::index_put;
        "index_put_(input, indices: tensors, values, accumulate: bool = False)" BOTH => write::index_put_;
        fn index_put(indices: &[Tensor], values: &Tensor, accumulate: bool) -> Tensor => write::index_put;
        fn index_put_(indices: &[Tensor], values: &Tensor, accumulate: bool) -> Tensor => write::index_put_;
    }
}

mod write;

pub use write::{OF_BYTES, held, set};

/// One entry of an index.
#[derive(Clone)]
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

/// What stands between the brackets.
pub struct Key {
    /// Its entries; where one could not be read, those before it.
    pub entries: PoolVec<Index>,
    /// How many dimensions all of them name.
    pub specified: usize,
    /// Whether the key is its one entry, rather than a tuple of it: torch goes another way for some then.
    pub alone: bool,
    /// What is wrong with the entry after the last one, said once those before it have been applied.
    pub fault: Option<Error>,
}

impl Key {
    /// The key that has `entries`: a tuple of them where there are several.
    ///
    /// # Errors
    /// Where there is no memory.
    pub fn new(list: &[Index]) -> Result<Key> {
        let named = |entry: &Index| match entry {
            Index::Int(_) | Index::Slice(..) => 1,
            Index::Tensor(m) if is_mask(m) => m.ndim(),
            Index::Tensor(_) => 1,
            _ => 0,
        };
        let mut entries = PoolVec::new();
        for entry in list {
            entries.push(entry.clone())?;
        }
        Ok(Key { specified: list.iter().map(named).sum(), alone: list.len() == 1, fault: None, entries })
    }
}

fn is_mask(t: &Tensor) -> bool {
    matches!(t.dtype(), DType::Bool | DType::UInt8)
}

fn too_many(ndim: usize) -> Error {
    Error::index(format!("too many indices for tensor of dimension {ndim}"))
}

/// Tensors of indices and masks, each with its dimension.
type Picked = PoolVec<(usize, Tensor)>;

/// Applies the entries that are views; what is left are tensors of indices and masks, each with its dimension.
///
/// A slice of a whole dimension makes no view, unless it is the whole key and `reading`.
fn views(t: &Tensor, key: Key, reading: bool) -> Result<(Tensor, Picked)> {
    let Key { entries, specified, alone, fault } = key;
    let ndim = t.ndim();
    if alone && ndim == 0 {
        match entries.first() {
            Some(&Index::Int(i)) if i != 0 => {
                return Err(Error::index(format!("index {i} is out of bounds for dimension 0 with size 0")));
            }
            Some(Index::Int(_)) => {
                return Err(Error::index(
                    "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to \
                     convert a 0-dim tensor to a number",
                ));
            }
            Some(Index::Slice(..)) => return Err(Error::index("slice() cannot be applied to a 0-dim tensor.")),
            _ => {}
        }
    }
    if specified > ndim {
        return Err(too_many(ndim));
    }
    let mut out = t.clone();
    let mut dim = 0;
    let mut picked = PoolVec::new();
    for (place, entry) in entries.iter().enumerate() {
        match entry.clone() {
            Index::Int(i) => out = select(&out, dim, i, place)?,
            Index::Slice(start, end, step) => {
                out = slice(out, dim, [start, end, step], reading && alone)?;
                dim += 1;
            }
            Index::NewAxis => {
                out = unsqueeze_at(&out, dim as i64)?;
                dim += 1;
            }
            Index::Ellipsis => dim += ndim - specified,
            Index::Bool(b) => {
                out = unsqueeze_at(&out, dim as i64)?;
                picked.push((dim, zeros_of(b as i64)?))?;
                dim += 1;
            }
            Index::Tensor(m) if is_mask(&m) && m.ndim() == 0 => {
                out = unsqueeze_at(&out, dim as i64)?;
                picked.push((dim, zeros_of(!m.item()?.is(0.0) as i64)?))?;
                dim += 1;
            }
            Index::Tensor(i) if i.dtype().is_integral() && i.ndim() == 0 => {
                out = select(&out, dim, i.item()?.to_i64(), place)?;
            }
            Index::Tensor(i) => {
                let n = if is_mask(&i) { i.ndim() } else { 1 };
                picked.push((dim, i))?;
                dim += n;
            }
        }
    }
    match fault {
        Some(error) => Err(error),
        None => Ok((out, picked)),
    }
}

/// What `True` and `False` are as indices of their new dimension of 1.
fn zeros_of(count: i64) -> Result<Tensor> {
    Tensor::full(&[count], Scalar::Int(0), DType::Int64)
}

/// Index `i` of dimension `dim`; an error names the entry's `place` in the key.
fn select(t: &Tensor, dim: usize, i: i64, place: usize) -> Result<Tensor> {
    let n = t.geometry().shape.get(dim).copied().ok_or_else(|| too_many(t.ndim()))?;
    if i < -n || i >= n {
        return Err(Error::index(format!("index {i} is out of bounds for dimension {place} with size {n}")));
    }
    select_at(t, dim as i64, i)
}

/// `t[start:end:step]` of a tensor that has dimensions.
///
/// # Errors
/// Where the step is not above 0.
pub fn get_slice(t: &Tensor, bounds: [Option<i64>; 3]) -> Result<Tensor> {
    slice(t.clone(), 0, bounds, true)
}

fn slice(t: Tensor, dim: usize, [start, end, step]: [Option<i64>; 3], always: bool) -> Result<Tensor> {
    let step = step.unwrap_or(1);
    if step <= 0 {
        return Err(Error::value("step must be greater than zero"));
    }
    let n = t.geometry().shape.get(dim).copied().ok_or_else(|| too_many(t.ndim()))?;
    let bound = |x: i64| if x < 0 { x.saturating_add(n).max(0) } else { x.min(n) };
    if !always && step == 1 && start.unwrap_or(0) == 0 && end.is_none_or(|end| end >= n) {
        return Ok(t);
    }
    let start = bound(start.unwrap_or(0));
    let end = bound(end.unwrap_or(n)).max(start);
    slice_at(&t, dim, start, end, step)
}

/// Tensors of indices from what a key picked of `t`: a mask becomes one column for each of its dimensions.
fn columns(t: &Tensor, picked: &[(usize, Tensor)]) -> Result<Picked> {
    if picked.iter().any(|(_, i)| !is_mask(i) && !matches!(i.dtype(), DType::Int64 | DType::Int32)) {
        return Err(Error::index("tensors used as indices must be long, int, byte or bool tensors"));
    }
    let mut all = PoolVec::new();
    for &(dim, ref i) in picked {
        if is_mask(i) {
            for (k, column) in nonzero(t, i, dim)?.iter().enumerate() {
                all.push((dim + k, column.clone()))?;
            }
        } else if dim < t.ndim() {
            all.push((dim, copy::to(i, DType::Int64)?))?;
        } else {
            return Err(too_many(t.ndim()));
        }
    }
    Ok(all)
}

/// The places where a mask holds, as one column of whole numbers for each of its dimensions.
fn nonzero(t: &Tensor, mask: &Tensor, first: usize) -> Result<PoolVec<Tensor>> {
    let sizes = mask.sizes()?;
    let own = t.sizes()?;
    for (k, &n) in sizes.iter().enumerate() {
        if *own.get(first + k).ok_or_else(|| too_many(own.len()))? != n {
            return Err(Error::index(format!(
                "The shape of the mask {} at index {k} does not match the shape of the indexed tensor {} at index {}",
                shape::list(&sizes),
                shape::list(&own),
                first + k
            )));
        }
    }
    let hits = mask.read(kernels::index::count_true)? as i64;
    // Column after column, as torch lays them.
    let rows = Tensor::empty_strided(&[hits, sizes.len() as i64], &[1, hits], DType::Int64)?;
    // The mask may change between the count and this: the kernel stays within its output.
    done(rows.write(|dst| mask.read(|m| kernels::index::nonzero(dst, m, 0)))??)?;
    let mut columns = PoolVec::new();
    for k in 0..sizes.len() as i64 {
        columns.push(show(&rows, (&[hits], &[1], k * hits))?)?;
    }
    Ok(columns)
}

/// `torch.where(condition)`: where it holds, as one tensor of indices for each dimension.
pub fn where_true(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let condition = tensor(args, 0)?;
    // torch counts a 0-d tensor as one of a single element here.
    let flat = if condition.ndim() == 0 {
        crate::ops::shapes::reshape::reshape_to(condition, &[1])?
    } else {
        condition.clone()
    };
    Ok(Output::Many(nonzero(&flat, &flat, 0)?))
}

/// Tensors of indices spread to one shape, and where their dimensions go in the result.
struct Plan {
    dims: Dims,
    indices: PoolVec<Tensor>,
    shape: Dims,
    /// Where the dimensions of the indices stand in the result.
    position: usize,
}

/// The plan for an operand of shape `own`.
fn plan(own: &[i64], picked: &[(usize, Tensor)]) -> Result<Plan> {
    let mut wide = Dims::EMPTY;
    for (_, i) in picked {
        wide = shape::broadcast(&wide, &i.geometry().shape).map_err(|_| {
            let shapes: Vec<String> = picked.iter().map(|(_, i)| shape::list(&i.geometry().shape)).collect();
            Error::index(format!(
                "shape mismatch: indexing tensors could not be broadcast together with shapes {}",
                shapes.join(", ")
            ))
        })?;
    }
    let dims = Dims::of(picked.iter().map(|(d, _)| *d as i64))?;
    if dims.iter().any(|&d| own[d as usize] == 0) && !wide.contains(&0) {
        return Err(Error::index("index is out of bounds for dimension with size 0"));
    }
    let adjacent = dims.windows(2).all(|w| w[1] == w[0] + 1);
    let mut indices = PoolVec::new();
    for (_, i) in picked {
        indices.push(crate::ops::view::expand_to(i, &wide)?)?;
    }
    Ok(Plan { position: if adjacent { dims[0] as usize } else { 0 }, dims, indices, shape: wide })
}

impl Plan {
    fn params(&self) -> Result<Params> {
        Ok(Params { ints: [self.position as i64, 0, 0, 0], ..Params::dims(self.dims.duplicate()?) })
    }

    fn again(params: &Params, indices: PoolVec<Tensor>) -> Result<Plan> {
        let shape = indices.first().map_or(Ok(Dims::EMPTY), Tensor::sizes)?;
        Ok(Plan { dims: params.dims.duplicate()?, indices, shape, position: params.ints[0] as usize })
    }

    /// Whether tensors index dimension `d`.
    fn names(&self, d: usize) -> bool {
        self.dims.contains(&(d as i64))
    }

    /// The order of `t`'s dimensions with the indexed ones first.
    fn front(&self, ndim: usize) -> Result<Dims> {
        let others = (0..ndim).filter(|&d| !self.names(d)).map(|d| d as i64);
        Ok(Dims::of(self.dims.iter().copied().chain(others))?)
    }

    /// What `own` says of the dimensions that no tensor indexes, and `indexed` of the indices' own, as they stand in the result.
    fn placed(&self, own: &[i64], indexed: &[i64]) -> Result<Dims> {
        let rest = Dims::of((0..own.len()).filter(|&d| !self.names(d)).map(|d| own[d]))?;
        let (before, after) = rest.split_at(self.position.min(rest.len()));
        Ok(Dims::of(before.iter().chain(indexed).chain(after).copied())?)
    }

    /// The result's shape for an operand of shape `own`.
    fn result(&self, own: &[i64]) -> Result<Dims> {
        self.placed(own, &self.shape)
    }

    /// The strides of the result for an operand `t`: first its own dimensions have their say, then the indices'.
    fn strides(&self, t: &Tensor) -> Result<Dims> {
        let g = t.geometry();
        let wide = self.result(&g.shape)?;
        // Without elements, and where the indices have the result's shape, torch looks at no strides.
        let indexed = self.position..self.position + self.shape.len();
        if wide.contains(&0) && (0..wide.len()).all(|d| indexed.contains(&d) || wide[d] == 1) {
            return Ok(shape::contiguous_strides(&wide)?);
        }
        let mut operands = PoolVec::new();
        operands.push(self.placed(&g.strides, &Dims::zeros(self.shape.len())?)?)?;
        for index in self.indices.iter() {
            let i = index.geometry();
            let mut strides = Dims::zeros(wide.len())?;
            let end = self.position + self.shape.len();
            strides[self.position..end].copy_from_slice(&i.strides);
            // Beside its own dimensions an index is seen with extents of 1, which have strides where they are not spread.
            for d in (0..wide.len()).filter(|d| !(self.position..end).contains(d) && wide[*d] == 1) {
                strides[d] = if d < self.position { i.numel() } else { 1 };
            }
            operands.push(strides)?;
        }
        layout::in_order(&wide, &operands)
    }

    /// `t`, of the result's shape, with the dimensions of the indices moved to the front.
    fn result_front(&self, t: &Tensor) -> Result<Tensor> {
        let n = self.shape.len();
        let order = (self.position..self.position + n).chain(0..self.position).chain(self.position + n..t.ndim());
        reorder(t, &Dims::of(order.map(|d| d as i64))?)
    }

    /// Runs `f` with the indices as operands.
    fn with_indices<R>(&self, f: impl FnOnce(&[kernels::operand::Src]) -> R) -> Result<R> {
        let borrows = PoolVec::of(self.indices.iter().map(|i| i.geometry()))?;
        let mut srcs = PoolVec::new();
        for g in borrows.iter() {
            srcs.push(src(g)?)?;
        }
        Ok(f(&srcs))
    }
}

fn reorder(t: &Tensor, order: &[i64]) -> Result<Tensor> {
    let g = t.geometry();
    let sizes = Dims::of(order.iter().map(|&d| g.shape[d as usize]))?;
    let strides = Dims::of(order.iter().map(|&d| g.strides[d as usize]))?;
    let offset = g.offset;
    drop(g);
    show(t, (&sizes, &strides, offset))
}

/// Dimensions are counted among those that tensors index, as torch does.
fn fault(f: kernels::index::IndexFault) -> Error {
    Error::index(format!("index {} is out of bounds for dimension {} with size {}", f.index, f.dim, f.size))
}

/// The same of a plan with one index.
fn first_fault(f: kernels::index::IndexFault) -> Error {
    fault(kernels::index::IndexFault { dim: 0, ..f })
}

/// The elements that the plan names: nothing is recorded.
fn gathered(t: &Tensor, plan: &Plan) -> Result<Tensor> {
    let own = t.sizes()?;
    let out = Tensor::empty_strided(&plan.result(&own)?, &plan.strides(t)?, t.dtype())?;
    if let ([index], true) = (&plan.indices[..], out.is_contiguous())
        && index.is_contiguous()
    {
        let (mut wide, dim) = (Dims::new(&own)?, plan.dims[0] as usize);
        wide[dim] = index.numel();
        let (strides, g, o, i) = (shape::contiguous_strides(&wide)?, t.geometry(), out.geometry(), index.geometry());
        let dst = o.storage.dst(o.dtype, &wide, &strides, o.offset).ok_or_else(outside)?;
        let spread = Spread::by(1, &wide, dim)?;
        let along = Along { dim, index: spread.src(&i)?, wraps: true };
        done(kernels::index::along::gather(&dst, &src(&g)?, &along).map_err(first_fault)?)?;
    } else {
        let from = reorder(t, &plan.front(own.len())?)?;
        let to = plan.result_front(&out)?;
        let g = from.geometry();
        let s = src(&g)?;
        done(plan.with_indices(|i| to.write(|dst| kernels::index::index_get(dst, &s, i)))??.map_err(fault)?)?;
    }
    Ok(out)
}

fn gather(t: &Tensor, plan: &Plan) -> Result<Tensor> {
    let out = gathered(t, plan)?;
    let ins = PoolVec::of([t].into_iter().chain(plan.indices.iter()).map(Operand::Tensor))?;
    let params = Some(plan.params()?);
    Application { op: Gather::OPERATOR, variant: 0, ins: &ins, outs: &[&out], differentiable: 1, params }.finish()?;
    Ok(out)
}

/// The plan that a node was recorded with.
fn plan_of(vjp: &Vjp<'_>, first: usize) -> Result<Plan> {
    Plan::again(&*vjp.params()?, vjp.saved_from(first)?)
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
    let indices = PoolVec::of(jvp.ins[1..].iter().filter_map(|o| o.tensor().cloned()))?;
    let y_dot = gather(x_dot, &Plan::again(params, indices)?)?;
    jvp.set(0, y_dot)
}

/// `t[key]`: a view where every entry allows one.
pub fn get(t: &Tensor, key: Key) -> Result<Tensor> {
    let (out, picked) = views(t, key, true)?;
    if !picked.is_empty() {
        return gather(&out, &plan(&out.sizes()?, &columns(&out, &picked)?)?);
    }
    if out.same(t) { alias_of(t) } else { Ok(out) }
}
