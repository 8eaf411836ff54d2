//! Names that take or give lists of tensors and record what they call: hstack, meshgrid, broadcast_tensors.
//!
//! Where torch has a Python function of any number of tensors (`torch.meshgrid(a, b)`), the package has one too
//! (`wengert.functional`), which calls what stands here.

use crate::buffers::PoolVec;
use crate::create;
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::ops::apply::{Operand, pointwise};
use crate::ops::copy::warn_once;
use crate::ops::elements::compare::{Le, LogicalAnd, Lt};
use crate::ops::shapes::joining::{cat_to, stack_at, tensors};
use crate::ops::shapes::reshape::{expand_recorded, reshape_to, unsqueeze_at, view_as};
use crate::ops::structured::composed;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::shape::{self, Dims};
use crate::tensor::Tensor;
use std::sync::atomic::AtomicBool;

composed! {
    /// The tensors side by side: along the second dimension, vectors along their only one.
    ///
    /// Types promote. Raises RuntimeError for an empty list and where other extents differ.
    Hstack {
        "hstack(tensors: tensors, *, out = None)" FUNCTION => |args, target| hstack(tensors(args)?, target);
    }
    /// The tensors below one another: along the first dimension, vectors as rows.
    ///
    /// Types promote. Raises RuntimeError for an empty list and where other extents differ.
    Vstack {
        "vstack(tensors: tensors, *, out = None)" FUNCTION => |args, target| vstack(tensors(args)?, target);
        "row_stack(tensors: tensors, *, out = None)" FUNCTION => |args, target| vstack(tensors(args)?, target);
    }
    /// The tensors behind one another: along the third dimension, which matrices and vectors are given.
    ///
    /// Types promote. Raises RuntimeError for an empty list and where other extents differ.
    Dstack {
        "dstack(tensors: tensors, *, out = None)" FUNCTION => |args, target| dstack(tensors(args)?, target);
    }
    /// The tensors side by side, vectors as columns.
    ///
    /// Types promote. Raises RuntimeError for an empty list and where other extents differ.
    ColumnStack {
        "column_stack(tensors: tensors, *, out = None)" FUNCTION => |args, target| column_stack(tensors(args)?, target);
    }
    /// Each tensor with one dimension at least: itself, or a view.
    Atleast1d {
        "atleast_1d(input)" FUNCTION => |args, _| at_least(1, tensor(args, 0)?).map(Output::One);
        "atleast_1d(tensors: tensors) -> tensors" FUNCTION => |args, _| each_at_least(1, tensors(args)?).map(Output::Many);
    }
    /// Each tensor with two dimensions at least, a vector as a row: itself, or a view.
    Atleast2d {
        "atleast_2d(input)" FUNCTION => |args, _| at_least(2, tensor(args, 0)?).map(Output::One);
        "atleast_2d(tensors: tensors) -> tensors" FUNCTION => |args, _| each_at_least(2, tensors(args)?).map(Output::Many);
    }
    /// Each tensor with three dimensions at least, a matrix as the first one's only layer: itself, or a view.
    Atleast3d {
        "atleast_3d(input)" FUNCTION => |args, _| at_least(3, tensor(args, 0)?).map(Output::One);
        "atleast_3d(tensors: tensors) -> tensors" FUNCTION => |args, _| each_at_least(3, tensors(args)?).map(Output::Many);
    }
    /// The tensors spread to the shape that they have together: themselves, or views.
    ///
    /// Raises RuntimeError where their shapes do not broadcast together.
    BroadcastTensors {
        "broadcast_tensors(tensors: tensors) -> tensors" FUNCTION => |args, _| broadcast(tensors(args)?).map(Output::Many);
    }
    /// Grids of coordinates of vectors: each spread over the dimensions of all. `indexing` says whether the first vector
    /// counts rows ("ij") or columns ("xy").
    ///
    /// Raises RuntimeError for tensors of several dimensions and of different types.
    Meshgrid {
        "meshgrid(tensors: tensors) -> tensors" FUNCTION => |args, _| {
            warn_once(&WARNED, "torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument.")?;
            meshgrid(tensors(args)?, "ij").map(Output::Many)
        };
        "meshgrid(tensors: tensors, *, indexing: text) -> tensors" FUNCTION => |args, _| {
            meshgrid(tensors(args)?, args.get(1).and_then(Arg::text).unwrap_or("ij")).map(Output::Many)
        };
    }
    /// The Cartesian product of vectors, a tuple in each row; of one vector, the vector.
    ///
    /// Raises RuntimeError for other than vectors and where types differ.
    CartesianProd {
        "cartesian_prod(tensors: tensors)" FUNCTION => |args, _| cartesian_prod(tensors(args)?).map(Output::One);
    }
    /// The combinations of `r` elements of a vector, one in each row, in the order of the elements.
    ///
    /// Raises RuntimeError for other than vectors and where `r` is below 0.
    Combinations {
        "combinations(input, r: int = 2, with_replacement: bool = False)" FUNCTION => combinations;
        fn combinations(r: i64, with_replacement: bool) -> Tensor => combinations;
    }
}

static WARNED: AtomicBool = AtomicBool::new(false);

/// What `f` makes of each.
fn each(tensors: &[Tensor], f: impl Fn(&Tensor) -> Result<Tensor>) -> Result<PoolVec<Tensor>> {
    let mut all = PoolVec::new();
    all.reserve(tensors.len())?;
    tensors.iter().try_for_each(|t| all.push(f(t)?).map_err(Error::from))?;
    Ok(all)
}

fn some<'a>(name: &str, tensors: &'a [Tensor]) -> Result<&'a [Tensor]> {
    match tensors {
        [] => Err(Error::runtime(format!("{name} expects a non-empty TensorList"))),
        all => Ok(all),
    }
}

fn at_least(n: usize, t: &Tensor) -> Result<Tensor> {
    match (n, t.ndim()) {
        (1, 0) => reshape_to(t, &[1]),
        (2, 0) => reshape_to(t, &[1, 1]),
        (3, 0) => reshape_to(t, &[1, 1, 1]),
        (2, 1) => unsqueeze_at(t, 0),
        (3, 1) => unsqueeze_at(&unsqueeze_at(t, 0)?, -1),
        (3, 2) => unsqueeze_at(t, -1),
        _ => Ok(t.clone()),
    }
}

pub(in crate::ops) fn each_at_least(n: usize, tensors: &[Tensor]) -> Result<PoolVec<Tensor>> {
    each(tensors, |t| at_least(n, t))
}

/// The tensors side by side: along the second dimension, vectors along their only one.
pub(in crate::ops) fn hstack(tensors: &[Tensor], target: Target<'_>) -> Result<Output> {
    let all = each_at_least(1, some("hstack", tensors)?)?;
    beside(&all, target)
}

fn beside(all: &[Tensor], target: Target<'_>) -> Result<Output> {
    let dim = i64::from(all.first().is_some_and(|t| t.ndim() != 1));
    cat_to(all, dim, target).map(Output::One)
}

/// The tensors below one another: along the first dimension, vectors as rows.
pub(in crate::ops) fn vstack(tensors: &[Tensor], target: Target<'_>) -> Result<Output> {
    cat_to(&each_at_least(2, some("vstack", tensors)?)?, 0, target).map(Output::One)
}

/// The tensors behind one another: along the third dimension.
pub(in crate::ops) fn dstack(tensors: &[Tensor], target: Target<'_>) -> Result<Output> {
    cat_to(&each_at_least(3, some("dstack", tensors)?)?, 2, target).map(Output::One)
}

/// The tensors side by side, vectors as columns.
pub(in crate::ops) fn column_stack(tensors: &[Tensor], target: Target<'_>) -> Result<Output> {
    let column = |t: &Tensor| if t.ndim() < 2 { reshape_to(t, &[t.numel(), 1]) } else { Ok(t.clone()) };
    beside(&each(some("column_stack", tensors)?, column)?, target)
}

/// The tensors spread to the shape that they have together.
pub(in crate::ops) fn broadcast(tensors: &[Tensor]) -> Result<PoolVec<Tensor>> {
    let mut wide = Dims::EMPTY;
    for t in tensors {
        wide = shape::broadcast(&wide, &t.geometry().shape)?;
    }
    each(tensors, |t| if t.geometry().shape.same(&wide) { Ok(t.clone()) } else { expand_recorded(t, &wide) })
}

/// Grids of coordinates.
pub(in crate::ops) fn meshgrid(tensors: &[Tensor], indexing: &str) -> Result<PoolVec<Tensor>> {
    let first = some("meshgrid", tensors)?[0].dtype();
    if tensors.iter().any(|t| t.dtype() != first) {
        return Err(Error::runtime("meshgrid expects all tensors to have the same dtype"));
    }
    let n = tensors.len();
    let swaps = match indexing {
        "ij" => false,
        "xy" => n > 1,
        other => {
            return Err(Error::runtime(format!(
                "torch.meshgrid: indexing must be one of \"xy\" or \"ij\", but received: {other}"
            )));
        }
    };
    // Where the first vector counts columns it has the second dimension.
    let place = |i: usize| if swaps && i < 2 { 1 - i } else { i };
    let mut wide = Dims::zeros(n)?;
    for (i, t) in tensors.iter().enumerate() {
        if t.ndim() > 1 {
            return Err(Error::runtime(format!(
                "torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: one of shape {}",
                shape::list(&t.geometry().shape)
            )));
        }
        wide[place(i)] = t.numel();
    }
    let mut grids = PoolVec::new();
    for (i, t) in tensors.iter().enumerate() {
        let mut sizes = Dims::zeros(n)?;
        sizes.fill(1);
        sizes[place(i)] = t.numel();
        grids.push(expand_recorded(&view_as(t, &sizes)?, &wide)?)?;
    }
    Ok(grids)
}

fn check_vector(t: &Tensor) -> Result<()> {
    match t.ndim() {
        1 => Ok(()),
        _ => Err(Error::runtime(format!("Expect a 1D vector, but got shape {}", shape::list(&t.geometry().shape)))),
    }
}

/// The Cartesian product of vectors.
pub(in crate::ops) fn cartesian_prod(tensors: &[Tensor]) -> Result<Tensor> {
    tensors.iter().try_for_each(check_vector)?;
    if let [one] = tensors {
        return Ok(one.clone());
    }
    let grids = meshgrid(tensors, "ij")?;
    stack_at(&each(&grids, |grid| reshape_to(grid, &[grid.numel()]))?, 1)
}

/// So many references fill the memory that an address reaches: torch makes a list of `r` of them first.
const MOST_REFERENCES: i64 = 1 << 60;

fn combinations(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let (t, r) = (tensor(args, 0)?, args.get(1).map_or(2, |a| a.int(2)));
    check_vector(t)?;
    if r < 0 {
        return Err(Error::runtime(format!("Expect a non-negative number, but got {r}")));
    }
    if r == 0 {
        return Tensor::empty(&[0], t.dtype()).map(Output::One);
    }
    if r >= MOST_REFERENCES {
        return Err(Error::runtime("cannot create std::vector larger than max_size()"));
    }
    if r > shape::MAX_DIMS as i64 {
        let most = shape::MAX_DIMS;
        return Err(Error::runtime(format!("tensors of more than {most} dimensions are not supported")));
    }
    let several = |t: &Tensor| {
        let mut all = PoolVec::new();
        (0..r).try_for_each(|_| all.push(t.clone())).map(|()| all)
    };
    let grids = meshgrid(&several(t)?, "ij")?;
    let row = if args.get(2).is_some_and(Arg::truth) { (Le::OPERATOR, Le::ROW) } else { (Lt::OPERATOR, Lt::ROW) };
    // The places of a tuple's elements rise.
    let places = create::arange(Scalar::Int(0), Scalar::Int(t.numel()), Scalar::Int(1), Some(DType::Int64))?;
    let places = meshgrid(&several(&places)?, "ij")?;
    let mut mask = Tensor::full(&grids[0].sizes()?, Scalar::Bool(true), DType::Bool)?;
    for pair in places.windows(2) {
        let ordered = [Operand::Tensor(&pair[0]), Operand::Tensor(&pair[1])];
        let ordered = pointwise(row.0, row.1, 0, &ordered, Target::Fresh)?;
        let both = [Operand::Tensor(&mask), Operand::Tensor(&ordered)];
        mask = pointwise(LogicalAnd::OPERATOR, LogicalAnd::ROW, 0, &both, Target::Fresh)?;
    }
    let chosen = each(&grids, |grid| grid.masked_select(&mask))?;
    stack_at(&chosen, 1).map(Output::One)
}
