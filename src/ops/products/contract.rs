//! Products that are made of others and record those: of vectors, of many matrices, over chosen dimensions.

use crate::create;
use crate::error::{Error, Result};
use crate::ops::apply::{Operand, pointwise};
use crate::ops::elements::pointwise::Mul;
use crate::ops::out::{self, Read};
use crate::ops::products::added::outer;
use crate::ops::products::matmul::{dot, matmul};
use crate::ops::reductions::reduce::{mask_of, sum_dims};
use crate::ops::shapes::reshape::{permute_by, reshape_to, unsafe_view, unsafely_viewed, unsqueeze_at, view_as};
use crate::ops::structured::composed;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::ops::{copy, edge};
use crate::shape;
use crate::tape::mode;
use crate::tensor::Tensor;
use std::sync::atomic::AtomicBool;

composed! {
    /// The products of each element of one vector with each of another: of shapes `[n]` and `[m]`, the result is `[n, m]`.
    ///
    /// Raises RuntimeError for what is no vector.
    Outer {
        "outer(input, vec2, *, out = None)" BOTH => outer_call;
        "ger(input, vec2, *, out = None)" BOTH => ger;
        fn outer(vec2: &Tensor) -> Tensor => outer_call;
        fn ger(vec2: &Tensor) -> Tensor => ger;
    }
    /// The sums of products along both last dimensions; the product where one is a scalar.
    ///
    /// Of shapes `[.., n]` and `[*, n]` the result is `[.., *]`. Raises RuntimeError where the last extents or the types differ.
    Inner {
        "inner(input, other, *, out = None)" BOTH => inner;
        fn inner(other: &Tensor) -> Tensor => inner;
    }
    /// The Kronecker product: each element of `input` times all of `other`. Missing dimensions in front count as 1.
    Kron {
        "kron(input, other, *, out = None)" BOTH => kron;
        fn kron(other: &Tensor) -> Tensor => kron;
    }
    /// A square matrix, or each of a batch, multiplied with itself `n` times in all; the identity where `n` is 0.
    ///
    /// Raises RuntimeError for matrices that are not square, NotImplementedError where `n` is negative.
    MatrixPower {
        "matrix_power(input, n: int, *, out = None)" BOTH => matrix_power;
        fn matrix_power(n: i64) -> Tensor => matrix_power;
    }
    /// The product of matrices, in the order of fewest multiplications.
    ///
    /// Raises RuntimeError where there are none, or where their types or extents do not fit.
    ChainMatmul {
        "_chain_matmul(matrices: tensors, *, out = None)" FUNCTION => chain_matmul;
    }
    /// The sums of products over pairs of dimensions, `dims_self` of `input` with `dims_other` of `other`.
    ///
    /// The result has the other dimensions of both. A dimension of 1 is spread. Raises RuntimeError where extents or types differ.
    Tensordot {
        "_tensordot(input, other, dims_self: dims, dims_other: dims, *, out = None)" FUNCTION => tensordot_call;
    }
}

fn times(a: &Tensor, b: &Tensor, target: Target<'_>) -> Result<Tensor> {
    pointwise(Mul::OPERATOR, Mul::ROW, 0, &[Operand::Tensor(a), Operand::Tensor(b)], target)
}

fn outer_call(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (a, b) = (tensor(args, 0)?, tensor(args, 1)?);
    for (name, t) in [("self", a), ("vec2", b)] {
        if t.ndim() != 1 {
            return Err(Error::runtime(format!("outer: Expected 1-D argument {name}, but got {}-D", t.ndim())));
        }
    }
    match target {
        Target::Fresh => outer(a, b),
        _ => times(&reshape_to(a, &[a.numel(), 1])?, b, target),
    }
    .map(Output::One)
}

static GER: AtomicBool = AtomicBool::new(false);

/// As `outer`; deprecated in words where there is an `out=`, and only there.
fn ger(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    if let Target::Out(_) = target {
        copy::warn_once(
            &GER,
            "torch.ger is deprecated and will be removed in a future PyTorch release. Use torch.outer instead.",
        )?;
    }
    outer_call(args, target)
}

/// The type of `out=`, in `tensordot`'s words.
const TENSORDOT: out::Fits = Some(|result, out| {
    format!(
        "tensordot: Expected the output tensor to have dtype {}, but got an output tensor with dtype {}",
        result.scalar_name(),
        out.scalar_name()
    )
});

fn inner(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (a, b) = (tensor(args, 0)?, tensor(args, 1)?);
    let (sa, sb) = (a.sizes()?, b.sizes()?);
    let (Some(x), Some(y)) = (sa.last(), sb.last()) else {
        return times(a, b, target).map(Output::One);
    };
    if x != y {
        return Err(Error::runtime(format!(
            "inner() the last dimension must match on both input tensors but got shapes {} and {}",
            shape::list(&sa),
            shape::list(&sb)
        )));
    }
    out::give("tensordot", tensordot(a, b, &[-1], &[-1])?, target, TENSORDOT).map(Output::One)
}

fn kron(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (a, b) = (tensor(args, 0)?, tensor(args, 1)?);
    let n = a.ndim().max(b.ndim());
    let padded = |t: &Tensor| [vec![1; n - t.ndim()], t.shape()].concat();
    let (sa, sb) = (padded(a), padded(b));
    // Each extent of the one beside a 1, and the other way round: then the product spreads both.
    let beside: (Vec<i64>, Vec<i64>) =
        (sa.iter().flat_map(|&x| [x, 1]).collect(), sb.iter().flat_map(|&y| [1, y]).collect());
    let each = times(&unsafe_view(a, &beside.0)?, &unsafe_view(b, &beside.1)?, Target::Fresh)?;
    let sizes: Option<Vec<i64>> = sa.iter().zip(&sb).map(|(x, y)| x.checked_mul(*y)).collect();
    let sizes = sizes.ok_or_else(|| Error::storage_overflow(&sa))?;
    let made = match unsafely_viewed(&each, &sizes)? {
        Some(made) => made,
        // Extents that lie apart, where torch refuses.
        None => unsafe_view(&copy::contiguous(&each)?, &sizes)?,
    };
    out::give_beside("kron", made, target, out::CAST, &[Read::Whole(a), Read::Whole(b)]).map(Output::One)
}

fn matrix_power(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (t, n) = (tensor(args, 0)?, args[1].int(0));
    let sizes = t.sizes()?;
    let [.., rows, columns] = sizes[..] else {
        return Err(Error::runtime("linalg.matrix_power: The input tensor A must have at least 2 dimensions."));
    };
    if rows != columns {
        return Err(Error::runtime(format!(
            "linalg.matrix_power: A must be batches of square matrices, but they are {rows} by {columns} matrices"
        )));
    }
    if n < 0 {
        if !t.dtype().is_differentiable() {
            return Err(Error::runtime(format!(
                "linalg.inv: Expected a floating point or complex tensor as input. Got {}",
                t.dtype().scalar_name()
            )));
        }
        return Err(Error::not_implemented("matrix_power(): negative powers are not supported"));
    }
    let made = match n {
        0 => {
            let one = copy::contiguous_copy(t)?;
            copy::copy_(
                &one,
                &crate::ops::shapes::reshape::expand_recorded(&create::eye(rows, rows, t.dtype())?, &sizes)?,
            )?;
            one
        }
        1 => copy::contiguous_copy(t)?,
        // torch has this one from the left.
        3 => matmul(&matmul(t, t)?, t)?,
        _ => {
            // The squares of squares, multiplied where the number has a bit.
            let (mut square, mut product): (Tensor, Option<Tensor>) = (t.clone(), None);
            let mut left = n;
            loop {
                if left & 1 != 0 {
                    product = Some(match product {
                        Some(p) => matmul(&p, &square)?,
                        None => square.clone(),
                    });
                }
                left >>= 1;
                match product {
                    Some(p) if left == 0 => break p,
                    _ => square = matmul(&square, &square)?,
                }
            }
        }
    };
    // The first power is a copy, before which torch compares.
    let read = [Read::Whole(t)];
    let read = if n == 1 { &read[..] } else { &[] };
    out::give_beside("linalg_matrix_power", made, target, out::SAME, read).map(Output::One)
}

static SAID: AtomicBool = AtomicBool::new(false);

fn chain_matmul(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let Some(Arg::Tensors(all)) = args.first() else { return Err(Error::type_error("tensors are missing")) };
    copy::warn_once(
        &SAID,
        "torch.chain_matmul is deprecated and will be removed in a future PyTorch release. Use torch.linalg.multi_dot \
         instead, which accepts a list of two or more tensors rather than multiple parameters.",
    )?;
    for t in all.iter() {
        if t.ndim() != 2 {
            return Err(Error::runtime(format!("Tensor dimension is {}, expected 2 instead.", t.ndim())));
        }
    }
    let made = match all.len() {
        0 => return Err(Error::runtime("chain_matmul(): Expected one or more matrices")),
        1 => copy::clone_of(&all[0])?,
        _ => multi_dot(all)?,
    };
    out::give("linalg_multi_dot", made, target, out::SAME).map(Output::One)
}

/// The product of two or more matrices, in the order of fewest multiplications.
///
/// # Errors
/// Where their types or extents do not fit.
pub fn multi_dot(all: &[Tensor]) -> Result<Tensor> {
    if all.len() < 2 || all.iter().any(|t| t.ndim() != 2) {
        return Err(Error::runtime("multi_dot(): expected at least 2 matrices"));
    }
    let shapes: Vec<Vec<i64>> = all.iter().map(Tensor::shape).collect();
    for (i, t) in all.iter().enumerate().skip(1) {
        let (first, own) = (all[0].dtype(), t.dtype());
        if own != first {
            return Err(Error::runtime(format!(
                "multi_dot(): all tensors must have be the same dtype but tensor 0 is {} and tensor {i} {}",
                first.c_name(),
                own.c_name()
            )));
        }
        let (left, right) = (&shapes[i - 1], &shapes[i]);
        if left[1] != right[0] {
            return Err(Error::runtime(format!(
                "multi_dot(): tensors {} and {i} with shapes {} and {} cannot be multiplied",
                i - 1,
                shape::list(left),
                shape::list(right)
            )));
        }
    }
    let extents: Vec<i64> = std::iter::once(shapes[0][0]).chain(shapes.iter().map(|s| s[1])).collect();
    let splits = cheapest(&extents);
    let made = chained(all, &splits, 0, all.len() - 1)?;
    view_as(&made, &[extents[0], extents[extents.len() - 1]])
}

/// Where to split the product of matrices `first` to `last` (that start at `extents[i]`), for fewest multiplications.
fn cheapest(extents: &[i64]) -> Vec<Vec<usize>> {
    let n = extents.len() - 1;
    let mut cost = vec![vec![0i64; n]; n];
    let mut split = vec![vec![0; n]; n];
    for length in 1..n {
        for first in 0..n - length {
            let last = first + length;
            cost[first][last] = i64::MAX;
            // With two ways alike torch takes the second of three, and the first of more.
            for at in first..last {
                let own = extents[first].saturating_mul(extents[at + 1]).saturating_mul(extents[last + 1]);
                let all = cost[first][at].saturating_add(cost[at + 1][last]).saturating_add(own);
                if all < cost[first][last] {
                    (cost[first][last], split[first][last]) = (all, at);
                }
            }
        }
    }
    split
}

fn chained(all: &[Tensor], splits: &[Vec<usize>], first: usize, last: usize) -> Result<Tensor> {
    if first == last {
        return Ok(all[first].clone());
    }
    let at = splits[first][last];
    matmul(&chained(all, splits, first, at)?, &chained(all, splits, at + 1, last)?)
}

fn tensordot_call(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (a, b) = (tensor(args, 0)?, tensor(args, 1)?);
    let dims = |i: usize| args.get(i).and_then(Arg::dims).unwrap_or(&[]);
    if let Target::Out(to) = target
        && mode::is_grad_enabled()
        && [a, b, to].iter().any(|t| edge::wants_gradient(t))
    {
        // torch writes this one as a statement of its own, which is recorded.
        let made = tensordot(a, b, dims(2), dims(3))?;
        out::check(made.dtype(), target, TENSORDOT)?;
        if to.sizes()? != made.sizes()? {
            create::resize(to, &made.sizes()?, shape::contiguous_strides(&made.sizes()?)?)?;
        }
        copy::copy_(to, &made)?;
        return Ok(Output::One(to.clone()));
    }
    out::give("tensordot", tensordot(a, b, dims(2), dims(3))?, target, TENSORDOT).map(Output::One)
}

/// The sums of products over pairs of dimensions: a product of two matrices, recorded with the ways there and back.
///
/// # Errors
/// Where the lists' lengths, the element types or the extents differ.
pub fn tensordot(a: &Tensor, b: &Tensor, dims_a: &[i64], dims_b: &[i64]) -> Result<Tensor> {
    if dims_a.len() != dims_b.len() {
        return Err(Error::runtime("both dimension lists should have same length"));
    }
    if a.dtype() != b.dtype() {
        return Err(Error::runtime("both inputs should have same dtype"));
    }
    let (mut a, mut b) = (a.clone(), b.clone());
    let (na, nb) = (a.ndim(), b.ndim());
    let mut terms = 1i64;
    for (&x, &y) in dims_a.iter().zip(dims_b) {
        let (i, j) = (shape::wrap_dim(x, na)?, shape::wrap_dim(y, nb)?);
        let (p, q) = (a.sizes()?.get(i).copied().unwrap_or(1), b.sizes()?.get(j).copied().unwrap_or(1));
        if q == 1 && p != 1 {
            a = sum_dims(&a, 1 << i, true, Some(a.dtype()))?;
        } else if p == 1 && q != 1 {
            b = sum_dims(&b, 1 << j, true, Some(b.dtype()))?;
        } else if p != q {
            return Err(Error::runtime(format!(
                "contracted dimensions need to match, but first has size {p} in dim {x} and second has size {q} in dim {y}"
            )));
        } else {
            terms = terms.checked_mul(p).ok_or_else(|| Error::storage_overflow(&a.shape()))?;
        }
    }
    let gone = |dims: &[i64], n: usize| if dims.is_empty() { Ok(0) } else { mask_of(Some(dims), n) };
    let (gone_a, gone_b) = (gone(dims_a, na)?, gone(dims_b, nb)?);
    let left = |gone: u64, n: usize| (0..n as i64).filter(move |d| gone >> d & 1 == 0);
    let order_a: Vec<i64> = left(gone_a, na).chain(dims_a.iter().copied()).collect();
    let order_b: Vec<i64> = dims_b.iter().copied().chain(left(gone_b, nb)).collect();
    let (sa, sb) = (a.sizes()?, b.sizes()?);
    let sizes: Vec<i64> =
        left(gone_a, na).map(|d| sa[d as usize]).chain(left(gone_b, nb).map(|d| sb[d as usize])).collect();
    let rows: i64 = left(gone_a, na).map(|d| sa[d as usize]).product();
    let columns: i64 = left(gone_b, nb).map(|d| sb[d as usize]).product();
    let (a, b) = (permute_by(&a, &order_a, 0)?, permute_by(&b, &order_b, 0)?);
    if rows == 1 && columns == 1 {
        return view_as(&dot(&run_of(&a)?, &run_of(&b)?)?, &sizes);
    }
    let product = matmul(&reshape_to(&a, &[rows, terms])?, &reshape_to(&b, &[terms, columns])?)?;
    view_as(&product, &sizes)
}

/// All elements in one dimension; a vector itself.
fn run_of(t: &Tensor) -> Result<Tensor> {
    match t.ndim() {
        0 => unsqueeze_at(t, 0),
        1 => Ok(t.clone()),
        _ => reshape_to(t, &[t.numel()]),
    }
}
