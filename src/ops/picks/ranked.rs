//! Indices of the operands' own rank, along one dimension: gather, scatter and scatter_add.

use super::{
    Putting, Source, apart, begin, element, flag, is_whole, open, out_of_bounds, scatter, seen, sides, wrong_gradient,
};
use crate::dtype::Scalar;
use crate::error::{Error, Result};
use crate::kernels::index::along::{self, Along};
use crate::kernels::index::fold::Fold;
use crate::ops::adjoint::Vjp;
use crate::ops::application::Application;
use crate::ops::apply::Operand;
use crate::ops::copy;
use crate::ops::out::{Read, SAME, give_beside};
use crate::ops::structured::structured;
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::shape;
use crate::tape::node::Params;
use crate::tensor::{Tensor, done};

structured! { family 22;
    /// The elements that `index`, of as many dimensions, names along `dim`: `out[i][j] = input[index[i][j]][j]` for `dim` 0.
    ///
    /// `index` holds int64 or int32 and is at most as long as `input` in every other dimension; the result has its shape. Raises
    /// RuntimeError where that is not so, or where an index is negative or too large.
    TakeAlong {
        "gather", grads ["GatherBackward0"], reads [0b10], vjp gather_vjp, jvp gather_jvp;
        "gather(input, dim: int, index, *, sparse_grad: bool = False, out = None)" BOTH => gather;
        fn gather(dim: i64, index: &Tensor) -> Tensor => gather;
    }
    /// The tensor with elements of `src`, or one number, put where `index` says along `dim`: `out[index[i][j]][j] = src[i][j]`
    /// for `dim` 0. Where an index comes twice, the last wins. With `reduce`, "add" or "multiply", what is there is kept and joined.
    ///
    /// `index` holds int64 or int32, and `src` has the tensor's type. Raises RuntimeError where shapes or types disagree, or where an
    /// index is negative or too large.
    PutAlong {
        "scatter", grads ["ScatterBackward0", "ScatterBackward1"], reads [0b100, 0b100], vjp scatter_vjp, jvp scatter_jvp;
        "scatter(input, dim: int, index, src, *, out = None)" ALL => scatter_any;
        "scatter(input, dim: int, index, src, *, reduce: text, out = None)" ALL => scatter_reducing;
        "scatter(input, dim: int, index, value: number, *, out = None)" ALL => scatter_any;
        "scatter(input, dim: int, index, value: number, *, reduce: text, out = None)" ALL => scatter_reducing;
        fn scatter(dim: i64, index: &Tensor, src: Operand<'_>) -> Tensor => scatter_any;
    }
    /// The tensor with the elements of `src` added where `index` says along `dim`: `out[index[i][j]][j] += src[i][j]` for `dim` 0.
    ///
    /// Takes and refuses what `scatter` does. The order of each sum is that of the dimension.
    AddAlong {
        "scatter_add", grads ["ScatterAddBackward0"], reads [0, 0b100], vjp scatter_add_vjp, jvp scatter_add_jvp;
        "scatter_add(input, dim: int, index, src, *, out = None)" ALL => scatter_add;
        fn scatter_add(dim: i64, index: &Tensor, src: &Tensor) -> Tensor => scatter_add;
    }
    /// The node of `scatter` with `reduce`, which torch has no derivative of.
    JoinAlong {
        "scatter_reduced", grads ["NotImplemented"], reads [0, 0], vjp no_vjp, jvp no_jvp;
    }
}

const RANKS: &str = "Index tensor must have the same number of dimensions as self tensor";

/// The dimension among `t`'s, of which one without any has one.
fn dim_of(t: &Tensor, dim: i64) -> Result<usize> {
    shape::wrap_dim(dim, t.ndim())
}

fn check_index(name: &str, index: &Tensor) -> Result<()> {
    if is_whole(index.dtype()) || index.numel() == 0 {
        return Ok(());
    }
    Err(Error::runtime(format!("{name}(): Expected dtype int32/int64 for index")))
}

fn gather(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (x, index) = (tensor(args, 0)?, tensor(args, 2)?);
    let dim = dim_of(x, args[1].int(0))?;
    check_index("gather", index)?;
    if index.numel() != 0 {
        let (x, i) = (x.geometry(), index.geometry());
        let (own, wanted) = (sides(&x).0, sides(&i).0);
        if own.len() != wanted.len() {
            return Err(Error::runtime("Index tensor must have the same number of dimensions as input tensor"));
        }
        if let Some(d) = (0..own.len()).find(|&d| d != dim && wanted[d] > own[d]) {
            let (wanted, own) = (shape::list(&i.shape), shape::list(&x.shape));
            return Err(Error::runtime(format!(
                "Size does not match at dimension {d} expected index {wanted} to be no larger than self {own} apart from \
                 dimension {dim}"
            )));
        }
    }
    let out = taken(x, dim, index, flag(args, 3))?;
    match target {
        Target::Out(_) => give_beside("gather", out, target, SAME, &[Read::Apart(x), Read::Whole(index)]),
        _ => Ok(out),
    }
    .map(Output::One)
}

/// The elements of `x` that `index`, whose shape fits, names along `dim`; recorded.
pub fn take_along(x: &Tensor, dim: usize, index: &Tensor) -> Result<Tensor> {
    taken(x, dim, index, false)
}

fn taken(x: &Tensor, dim: usize, index: &Tensor, sparse: bool) -> Result<Tensor> {
    let out = Tensor::empty(&index.geometry().shape, x.dtype())?;
    if index.numel() != 0 {
        let (x, i, o) = (x.geometry(), index.geometry(), out.geometry());
        let along = Along { dim, index: seen(&i)?, wraps: false };
        done(along::gather(&open(&o)?, &seen(&x)?, &along).map_err(|f| Error::runtime(out_of_bounds(f)))?)?;
    }
    let params = Some(Params { flag: sparse, ..Params::ints([dim as i64, 0, 0, 0]) });
    let ins = [Operand::Tensor(x), Operand::Tensor(index)];
    Application { op: TakeAlong::OPERATOR, variant: 0, ins: &ins, outs: &[&out], differentiable: 1, params }
        .finish()?;
    Ok(out)
}

fn gather_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let dim = vjp.params()?.ints[0] as usize;
    let x_bar = put_along(&vjp.meta(0)?.1, dim, &vjp.saved_tensor(1)?, vjp.g()?, 1)?;
    vjp.add(0, x_bar)
}

fn gather_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let index = jvp.primal(1)?.clone();
    jvp.linear(0, |x_dot, params| take_along(x_dot, params.ints[0] as usize, &index))
}

/// Zeros of `sizes` with `g` at the places that `index` names along `dim`; `variant` 1 says that it may name a
/// place twice. Recorded.
pub fn put_along(sizes: &[i64], dim: usize, index: &Tensor, g: &Tensor, variant: u8) -> Result<Tensor> {
    let out = Tensor::full(sizes, 0.0, g.dtype())?;
    let fold = if variant == 1 { Fold::Add } else { Fold::Copy };
    put(&out, dim, index, Source::Tensor(g), fold, false)?;
    let op = if variant == 1 { AddAlong::OPERATOR } else { PutAlong::OPERATOR };
    let params = Some(Params::ints([dim as i64, 0, 0, 0]));
    let ins = [Operand::Number(Scalar::Int(0)), Operand::Tensor(g), Operand::Tensor(index)];
    Application { op, variant: 0, ins: &ins, outs: &[&out], differentiable: 1, params }.finish()?;
    Ok(out)
}

/// Puts what `index` has a place for. Nothing is recorded.
fn put(out: &Tensor, dim: usize, index: &Tensor, source: Source<'_>, fold: Fold, careful: bool) -> Result<()> {
    if index.numel() == 0 {
        return Ok(());
    }
    let i = index.geometry();
    let along = Along { dim, index: seen(&i)?, wraps: false };
    scatter(out, along, source, fold, careful, |f| Error::runtime(out_of_bounds(f)))
}

/// Refuses what torch refuses of shapes and types; `src` is none where one number is put.
pub(super) fn check_scatter(x: &Tensor, dim: usize, index: &Tensor, src: Option<&Tensor>) -> Result<()> {
    check_index("scatter", index)?;
    if src.is_some_and(|src| src.dtype() != x.dtype()) {
        return Err(Error::runtime("scatter(): Expected self.dtype to be equal to src.dtype"));
    }
    if index.numel() == 0 {
        return Ok(());
    }
    let (x, i) = (x.geometry(), index.geometry());
    let (own, wanted) = (sides(&x).0, sides(&i).0);
    if own.len() != wanted.len() {
        return Err(Error::runtime(RANKS));
    }
    let mut wrong = (0..own.len()).any(|d| d != dim && wanted[d] > own[d]);
    let Some(src) = src else {
        return if wrong {
            Err(Error::runtime(format!(
                "Expected index {} to be no larger than self {} apart from dimension {dim}",
                shape::list(&i.shape),
                shape::list(&x.shape)
            )))
        } else {
            Ok(())
        };
    };
    let s = src.geometry();
    if !wrong {
        for (d, &n) in wanted.iter().enumerate() {
            let given = match s.shape.len() {
                0 => 1,
                rank => *s.shape.get(d).ok_or_else(|| Error::dim_out_of_range(d as i64, rank as i64))?,
            };
            if n > given {
                wrong = true;
                break;
            }
        }
    }
    if sides(&s).0.len() != wanted.len() {
        return Err(Error::runtime("Index tensor must have the same number of dimensions as src tensor"));
    }
    if wrong {
        return Err(Error::runtime(format!(
            "Expected index {} to be no larger than self {} apart from dimension {dim} and to be no larger size than src {}",
            shape::list(&i.shape),
            shape::list(&x.shape),
            shape::list(&s.shape)
        )));
    }
    Ok(())
}

/// Puts `src` into `x` along `dim`, or joins both, as `op`'s node. No fold is one that torch does not know, which it finds
/// when all else is right.
fn scattered(
    (name, op, variant, fold): (&str, &'static crate::ops::row::Operator, u8, Option<Fold>),
    (x, dim, index): (&Tensor, i64, &Tensor),
    src: Operand<'_>,
    target: Target<'_>,
) -> Result<Tensor> {
    match src.tensor() {
        Some(src) => begin(target, &[x, src])?,
        None => begin(target, &[x])?,
    }
    let dim = dim_of(x, dim)?;
    check_scatter(x, dim, index, src.tensor())?;
    apart(target, x, &[index])?;
    let number = match src {
        Operand::Number(s) => Some(element(s, x.dtype(), x.numel())?),
        Operand::Tensor(src) => {
            apart(target, x, &[src])?;
            None
        }
    };
    let ins = [Operand::Tensor(x), src, Operand::Tensor(index)];
    let params = Params::ints([dim as i64, 0, 0, 0]);
    Putting { name, op, variant, ins: &ins, params, keeps_order: false, fits: SAME }.to(target, |out, ins, careful| {
        let fold = fold.ok_or_else(|| Error::runtime("reduce argument must be either add or multiply."))?;
        let index = ins[2].tensor().unwrap_or(index);
        let source = match (&number, ins[1].tensor()) {
            (None, Some(src)) => Source::Tensor(src),
            (Some(number), _) => Source::Element(number),
            (None, None) => return Ok(()),
        };
        put(out, dim, index, source, fold, careful)
    })
}

fn operand<'a>(args: &[Arg<'a>], at: usize) -> Result<Operand<'a>> {
    args.get(at).and_then(Arg::operand).ok_or_else(|| Error::type_error("a source is missing"))
}

fn scatter_any(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (x, index, src) = (tensor(args, 0)?, tensor(args, 2)?, operand(args, 3)?);
    scatter_along(x, args[1].int(0), index, src, target).map(Output::One)
}

/// `scatter` without a reduction; recorded.
pub(super) fn scatter_along(
    x: &Tensor,
    dim: i64,
    index: &Tensor,
    src: Operand<'_>,
    target: Target<'_>,
) -> Result<Tensor> {
    let variant = src.tensor().is_none() as u8;
    scattered(("scatter", PutAlong::OPERATOR, variant, Some(Fold::Copy)), (x, dim, index), src, target)
}

fn scatter_reducing(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (x, index, src) = (tensor(args, 0)?, tensor(args, 2)?, operand(args, 3)?);
    let fold = match args.get(4).and_then(Arg::text) {
        Some("add") => Some(Fold::Add),
        Some("multiply") => Some(Fold::Mul),
        _ => None,
    };
    if src.tensor().is_some() {
        copy::warn_once(
            &REDUCING,
            "The reduce argument of torch.scatter with Tensor src is deprecated and will be removed in a future PyTorch \
             release. Use torch.scatter_reduce instead for more reduction options.",
        )?;
    }
    let as_node = ("scatter", JoinAlong::OPERATOR, 0, fold);
    scattered(as_node, (x, args[1].int(0), index), src, target).map(Output::One)
}

static REDUCING: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

fn scatter_add(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (x, index, src) = (tensor(args, 0)?, tensor(args, 2)?, tensor(args, 3)?);
    add_along(x, args[1].int(0), index, src, target).map(Output::One)
}

/// `scatter_add`; recorded.
pub(super) fn add_along(x: &Tensor, dim: i64, index: &Tensor, src: &Tensor, target: Target<'_>) -> Result<Tensor> {
    let as_node = ("scatter_add", AddAlong::OPERATOR, 0, Some(Fold::Add));
    scattered(as_node, (x, dim, index), Operand::Tensor(src), target)
}

/// What the elements of `g` at the places of `index` owe to the source, which must be as long as the index.
pub(super) fn source_bar(vjp: &mut Vjp<'_>, node: &str, v_bar: Tensor) -> Result<()> {
    let wanted = vjp.meta(1)?.1;
    if *v_bar.geometry().shape != *wanted && v_bar.numel() != 0 {
        return Err(wrong_gradient(node, 1, &v_bar.geometry().shape, &wanted));
    }
    if v_bar.numel() == 0 && wanted.iter().product::<i64>() != 0 {
        return vjp.add(1, Tensor::full(&wanted, 0.0, v_bar.dtype())?);
    }
    vjp.add(1, v_bar)
}

fn scatter_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let dim = vjp.params()?.ints[0];
    let (g, index) = (vjp.g()?, vjp.saved_tensor(2)?);
    if vjp.wants(0) {
        let x_bar = scatter_along(g, dim, &index, Operand::Number(Scalar::Int(0)), Target::Fresh)?;
        vjp.add(0, x_bar)?;
    }
    if vjp.wants(1) {
        let v_bar = take_along(g, dim as usize, &index)?;
        source_bar(vjp, "ScatterBackward0", v_bar)?;
    }
    Ok(())
}

fn scatter_add_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let g = vjp.g()?;
    if vjp.wants(0) {
        vjp.add(0, g.clone())?;
    }
    if vjp.wants(1) {
        let v_bar = take_along(g, vjp.params()?.ints[0] as usize, &vjp.saved_tensor(2)?)?;
        source_bar(vjp, "ScatterAddBackward0", v_bar)?;
    }
    Ok(())
}

fn scatter_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    tangent(jvp, |x_dot, dim, index, v_dot| scatter_along(x_dot, dim, index, v_dot, Target::Fresh))
}

fn scatter_add_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    tangent(jvp, |x_dot, dim, index, v_dot| match v_dot {
        Operand::Tensor(v_dot) => add_along(x_dot, dim, index, v_dot, Target::Fresh),
        Operand::Number(_) => Ok(x_dot.clone()),
    })
}

/// The tangent of what is linear in the tensor and the source together.
fn tangent(jvp: &mut Jvp<'_>, f: impl FnOnce(&Tensor, i64, &Tensor, Operand<'_>) -> Result<Tensor>) -> Result<()> {
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
    let y_dot = f(x_dot, params.ints[0], jvp.primal(2)?, v_dot)?;
    jvp.set(0, y_dot)
}

fn no_vjp(_: &mut Vjp<'_>) -> Result<()> {
    Err(Error::runtime("derivative for aten::scatter is not implemented"))
}

fn no_jvp(_: &mut Jvp<'_>) -> Result<()> {
    Err(Error::not_implemented("Trying to use forward AD with aten::scatter that does not support it."))
}
