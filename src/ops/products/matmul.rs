//! Products of vectors and matrices.

use crate::dtype::DType;
use crate::error::{Class, Error, Result};
use crate::kernels;
use crate::kernels::reduce;
use crate::ops::adjoint::Vjp;
use crate::ops::apply::{Operand, pointwise};
use crate::ops::copy;
use crate::ops::direct;
use crate::ops::elements::pointwise::Mul;
use crate::ops::out;
use crate::ops::row::unsupported;
use crate::ops::shapes::reshape::{
    SQUEEZED, TRANSPOSE, expand_recorded, reshape_to, squeeze_dims, transpose_dims, transposed, unsafe_view,
    unsqueeze_at,
};
use crate::ops::structured::structured;
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::shape::{self, Dims};
use crate::tape::{Geometry, apart};
use crate::tensor::{Tensor, done, src};

structured! { family 6;
    /// The sum of products of two vectors' elements.
    ///
    /// Both have one dimension and the same length, `[n]` and `[n]`; the result is a scalar, `[]`.
    /// Raises RuntimeError where either is no vector, or where their types or lengths differ.
    Dot {
        "dot", grads ["DotBackward0"], reads [2, 1], vjp dot_vjp, jvp product_jvp;
        "dot(input, tensor, *, out = None)" BOTH => dot_call;
    }
    /// The product of two matrices.
    ///
    /// Of shapes `[n, k]` and `[k, m]`; the result is `[n, m]`.
    /// Raises RuntimeError where either is no matrix, or where their types or inner extents differ.
    Mm {
        "mm", grads ["MmBackward0"], reads [2, 1], vjp matrix_vjp, jvp product_jvp;
        "mm(input, mat2, *, out = None)" BOTH => mm_call;
        "mm(input, mat2, out_dtype: dtype, *, out = None)" FUNCTION => unsupported;
    }
    /// The product of a matrix and a vector.
    ///
    /// Of shapes `[n, k]` and `[k]`; the result is `[n]`.
    /// Raises RuntimeError where either has other dimensions, or where their types or inner extents differ.
    Mv {
        "mv", grads ["MvBackward0"], reads [2, 1], vjp mv_vjp, jvp product_jvp;
        "mv(input, vec, *, out = None)" BOTH => mv_call;
    }
    /// The products of two batches of matrices.
    ///
    /// `bmm` takes shapes `[b, n, k]` and `[b, k, m]`; the result is `[b, n, m]`. `matmul` takes vectors and matrices too,
    /// as `dot`, `mv` and `mm` do, and broadcasts the dimensions before the last two.
    /// Raises RuntimeError where types or inner extents differ.
    Bmm {
        "bmm", grads ["BmmBackward0"], reads [2, 1], vjp matrix_vjp, jvp product_jvp;
        "bmm(input, mat2, *, out = None)" BOTH => bmm_call;
        "bmm(input, mat2, out_dtype: dtype, *, out = None)" FUNCTION => unsupported;
        "matmul(input, other, *, out = None)" BOTH => matmul_call;
    }
}

/// So many products of numbers (as a power of two) take about as long as an element of a sum of tensors.
const PRODUCTS: u32 = 4;

fn pair<'a>(args: &[Arg<'a>]) -> Result<(&'a Tensor, &'a Tensor)> {
    Ok((tensor(args, 0)?, tensor(args, 1)?))
}

const DOT: out::Fits = Some(|result, out| {
    format!("result dtype {} does not match input dtype {}", out.scalar_name(), result.scalar_name())
});
const MV: out::Fits = Some(|result, out| {
    let (out, own) = (out.scalar_name(), result.scalar_name());
    format!("addmv input tensors must have the same dtype, but got {out}, {own}, and {own}")
});

pub(in crate::ops) fn dot_call(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (a, b) = pair(args)?;
    match target {
        Target::Fresh => dot(a, b).map(Output::One),
        _ => {
            let checked = |a: &Tensor, b: &Tensor| out::check(a.dtype(), target, DOT).and_then(|()| dot(a, b));
            given("dot", checked, [a, b], target, DOT)
        }
    }
}

/// A product handed to its target. An `out=` of another type is refused before a type without products is.
fn given(
    name: &str,
    product: impl FnOnce(&Tensor, &Tensor) -> Result<Tensor>,
    [a, b]: [&Tensor; 2],
    target: Target<'_>,
    fits: out::Fits,
) -> Result<Output> {
    if let Target::Out(out) = target {
        crate::ops::inplace::check_out(name, out, &[Operand::Tensor(a), Operand::Tensor(b)])?;
    }
    let made = match product(a, b) {
        Err(error) if a.dtype() == DType::Bool && error.class() == Class::NotImplemented => {
            return out::check(DType::Bool, target, fits).and(Err(error));
        }
        made => made?,
    };
    out::give(name, made, target, fits).map(Output::One)
}

pub(in crate::ops) fn mm_call(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (a, b) = pair(args)?;
    for (name, t) in [("self", a), ("mat2", b)] {
        if t.ndim() != 2 {
            return Err(Error::runtime(format!("{name} must be a matrix")));
        }
    }
    given("mm", |a, b| product(&MATRICES, a, b), [a, b], target, out::SAME)
}

pub(in crate::ops) fn mv_call(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (a, b) = pair(args)?;
    if (a.ndim(), b.ndim()) != (2, 1) {
        return Err(Error::runtime(format!("vector + matrix @ vector expected, got 1, {}, {}", a.ndim(), b.ndim())));
    }
    given("mv", mv, [a, b], target, MV)
}

pub(in crate::ops) fn bmm_call(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (a, b) = pair(args)?;
    for (name, t) in [("batch1", a), ("batch2", b)] {
        if t.ndim() != 3 {
            return Err(Error::runtime(format!("{name} must be a 3D tensor")));
        }
    }
    given("bmm", |a, b| product(&BATCHES, a, b), [a, b], target, out::SAME)
}

/// The products of two batches of matrices that fit each other, `[b, n, k]` and `[b, k, m]`.
pub(in crate::ops) fn batches(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    product(&BATCHES, a, b)
}

pub(in crate::ops) fn matmul_call(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (a, b) = pair(args)?;
    // torch words what it refuses as the product that it takes.
    let fits = match (a.ndim(), b.ndim()) {
        (1, 1) => DOT,
        (_, 1) => MV,
        _ => out::SAME,
    };
    given("matmul", matmul, [a, b], target, fits)
}

fn finish(op: &'static crate::ops::row::Operator, variant: u8, a: &Tensor, b: &Tensor, out: &Tensor) -> Result<()> {
    crate::ops::apply::record(op, variant, &[Operand::Tensor(a), Operand::Tensor(b)], out)
}

fn inconsistent(a: i64, b: i64) -> Error {
    Error::runtime(format!(
        "inconsistent tensor size, expected tensor [{a}] and src [{b}] to have the same number of elements, but got {a} \
         and {b} elements respectively"
    ))
}

/// The sum of products of two vectors' elements.
///
/// # Errors
/// Where either is no vector, or their types or lengths differ.
pub fn dot(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let (ga, gb) = (a.geometry(), b.geometry());
    // Runs of one type and length need no further look.
    if ga.rank() != 1 || !ga.lies_like(&gb) || ga.dtype == DType::Bool {
        check_dot(&ga, &gb)?;
    }
    let out = Tensor::empty_scalar(ga.dtype)?;
    let noted = || finish(Dot::OPERATOR, 0, a, b, &out);
    if !(ga.contiguous && gb.contiguous && direct::sum_runs(&reduce::DOT, [ga, gb], &out, noted)?) {
        let (ga, gb) = (a.geometry(), b.geometry());
        let (sa, sb) = (src(&ga)?, src(&gb)?);
        done(out.write(|dst| reduce::dot(dst, &sa, &sb))?)?;
        noted()?;
    }
    Ok(out)
}

/// Refuses what are no two vectors of one type and length, in torch's order.
#[inline(never)]
fn check_dot(ga: &Geometry, gb: &Geometry) -> Result<()> {
    if ga.shape.len() != 1 || gb.shape.len() != 1 {
        return Err(Error::runtime(format!(
            "1D tensors expected, but got {}D and {}D tensors",
            ga.shape.len(),
            gb.shape.len()
        )));
    }
    if ga.dtype != gb.dtype {
        return Err(Error::runtime(format!(
            "dot : expected both vectors to have same dtype, but found {} and {}",
            ga.dtype.scalar_name(),
            gb.dtype.scalar_name()
        )));
    }
    if ga.shape[0] != gb.shape[0] {
        return Err(inconsistent(ga.shape[0], gb.shape[0]));
    }
    if ga.dtype == DType::Bool {
        return Err(Error::not_implemented("\"dot\" not implemented for 'Bool'"));
    }
    Ok(())
}

/// One of the products, and how torch's kernel of it refuses types.
struct Kin {
    op: &'static crate::ops::row::Operator,
    kernel: &'static str,
    two_types: fn(DType, DType) -> String,
}

const MATRICES: Kin = Kin {
    op: Mm::OPERATOR,
    kernel: "addmm_impl_cpu_",
    two_types: |a, b| format!("expected m1 and m2 to have the same dtype, but got: {} != {}", a.c_name(), b.c_name()),
};
const VECTOR: Kin = Kin {
    op: Mv::OPERATOR,
    kernel: "addmv_impl_cpu",
    two_types: |a, b| {
        let (a, b) = (a.scalar_name(), b.scalar_name());
        format!("addmv input tensors must have the same dtype, but got {b}, {a}, and {b}")
    },
};
const BATCHES: Kin = Kin {
    op: Bmm::OPERATOR,
    kernel: "bmm",
    two_types: |a, b| format!("expected scalar type {} but found {}", a.scalar_name(), b.scalar_name()),
};

/// Refuses factors of two types, and of a type without products where there is one to compute.
fn same_types(kin: &Kin, a: &Tensor, b: &Tensor) -> Result<()> {
    let (x, y) = (a.dtype(), b.dtype());
    if x != y {
        return Err(Error::runtime((kin.two_types)(x, y)));
    }
    match x {
        DType::Bool if a.numel() != 0 && b.numel() != 0 => {
            Err(Error::not_implemented(format!("\"{}\" not implemented for 'Bool'", kin.kernel)))
        }
        _ => Ok(()),
    }
}

/// The product of matrices, or of batches of them: (.., m, k) by (.., k, n), both of rank 2 or both of rank 3.
fn product(kin: &Kin, a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let (ga, gb) = (a.geometry(), b.geometry());
    let n = ga.shape.len();
    let (m, k) = (ga.shape[n - 2], ga.shape[n - 1]);
    if n == 2 && k != gb.shape[0] {
        return Err(Error::runtime(format!(
            "mat1 and mat2 shapes cannot be multiplied ({m}x{k} and {}x{})",
            gb.shape[0], gb.shape[1]
        )));
    }
    if n == 3 && (ga.shape[0] != gb.shape[0] || k != gb.shape[1]) {
        return Err(Error::runtime(format!(
            "Expected size for first two dimensions of batch2 tensor to be: [{}, {k}] but got: [{}, {}].",
            ga.shape[0], gb.shape[0], gb.shape[1]
        )));
    }
    same_types(kin, a, b)?;
    let mut sizes = ga.shape.duplicate()?;
    sizes[n - 1] = gb.shape[n - 1];
    let out = Tensor::empty(&sizes, ga.dtype)?;
    let variant = if n == 2 { by_columns(&ga) | by_columns(&gb) << 1 } else { 0 };
    let work = out.numel().saturating_mul(k);
    drop((ga, gb));
    let apart = apart::is_worth_it(work >> PRODUCTS);
    if apart {
        // What is recorded are the factors as they were when the operator was called.
        finish(kin.op, variant, a, b, &out)?;
    }
    if out.dtype().is_half() && work >= WIDE {
        let to = Tensor::empty(&sizes, DType::Float32)?;
        multiply(&widened(a)?, &widened(b)?, &to, apart)?;
        copy::assign(&out, &to)?;
    } else {
        multiply(a, b, &out, apart)?;
    }
    if !apart {
        finish(kin.op, variant, a, b, &out)?;
    }
    Ok(out)
}

/// From so many products on, numbers of half types are multiplied as float32 that are made of them first.
const WIDE: i64 = 1 << 15;

/// A float32 copy of `t`, unrecorded.
fn widened(t: &Tensor) -> Result<Tensor> {
    let wide = Tensor::empty(&t.geometry().shape, DType::Float32)?;
    copy::assign(&wide, t)?;
    Ok(wide)
}

/// Runs the kernel for the product of matrices, or of batches of them, to `out`.
fn multiply(a: &Tensor, b: &Tensor, out: &Tensor, apart: bool) -> Result<()> {
    let (ga, gb) = (a.seen(apart)?, b.seen(apart)?);
    let (sa, sb) = (src(&ga)?, src(&gb)?);
    let kernel = if ga.rank() == 2 { kernels::matmul::matmul } else { kernels::matmul::bmm };
    done(out.write(|dst| apart::run_if(apart, || kernel(dst, &sa, &sb, false)))?)
}

/// 1 where a matrix lies column by column. A product's node keeps this of both factors as its variant (all of
/// one name), since their gradients take the same order and a factor need not be saved.
fn by_columns(g: &Geometry) -> u8 {
    (g.strides[0] == 1 && g.strides[1] == g.shape[0]) as u8
}

/// The product of a matrix and a vector.
pub fn mv(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    {
        let (ga, gb) = (a.geometry(), b.geometry());
        if ga.shape[1] != gb.shape[0] {
            return Err(Error::runtime(format!(
                "size mismatch, got input ({}), mat ({}x{}), vec ({})",
                ga.shape[0], ga.shape[0], ga.shape[1], gb.shape[0]
            )));
        }
    }
    same_types(&VECTOR, a, b)?;
    let out = Tensor::empty(&[a.geometry().shape[0]], a.dtype())?;
    {
        let (ga, gb) = (a.geometry(), b.geometry());
        let (column, strides) = (Dims::new(&[gb.shape[0], 1])?, Dims::new(&[gb.strides[0], 1])?);
        let sb = gb.storage.src(gb.dtype, &column, &strides, gb.offset).ok_or_else(crate::tensor::outside)?;
        let wide = crate::ops::view::show(&out, (&[ga.shape[0], 1], &[1, 1], 0))?;
        let sa = src(&ga)?;
        done(wide.write(|dst| kernels::matmul::matmul(dst, &sa, &sb, false))?)?;
    }
    finish(Mv::OPERATOR, 0, a, b, &out)?;
    Ok(out)
}

/// torch's matmul: dot, matrix and vector, matrices, and batches of matrices that broadcast.
pub fn matmul(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let (na, nb) = (a.ndim(), b.ndim());
    match (na, nb) {
        (0, _) | (_, 0) => Err(Error::runtime(format!(
            "both arguments to matmul need to be at least 1D, but they are {na}D and {nb}D"
        ))),
        (1, 1) => dot(a, b),
        (2, 1) => mv(a, b),
        (1, 2) => squeeze_dims(&product(&MATRICES, &unsqueeze_at(a, 0)?, b)?, 1, SQUEEZED),
        (2, 2) => product(&MATRICES, a, b),
        _ => batched(a, b),
    }
}

/// Whether a product of a batch and one matrix (or vector) is computed as one tall product.
///
/// torch does so where the small factor wants a gradient (whose batch would otherwise be made and summed
/// up), and where the batch lies in rows that follow each other.
fn folds(a: &Tensor, b: &Tensor) -> bool {
    let (batch, small) = if a.ndim() >= b.ndim() { (a, b) } else { (b, a) };
    if batch.ndim() < 3 || small.ndim() > 2 {
        return false;
    }
    if small.requires_grad() {
        return true;
    }
    if a.ndim() == 2 {
        return false;
    }
    let g = batch.geometry();
    let n = g.shape.len();
    // A batch on the right is the tall factor as its transpose, whose rows are the columns here.
    let rows = if a.ndim() >= b.ndim() { n - 2 } else { n - 1 };
    let next = |i: usize| if i + 1 == n - 2 { rows } else { i + 1 };
    g.numel() == 0 || (0..n - 2).all(|i| g.strides[i] == g.strides[next(i)] * g.shape[next(i)])
}

/// The tall product of a batch and a matrix or vector.
fn folded(batch: &Tensor, small: &Tensor) -> Result<Tensor> {
    let sizes = batch.sizes()?;
    let (k, rows) = sizes.split_last().ok_or_else(|| Error::runtime("a batch has dimensions"))?;
    let tall = reshape_to(batch, &[rows.iter().product(), *k])?;
    let mut wanted = rows.to_vec();
    if small.ndim() == 1 {
        return unsafe_view(&mv(&tall, small)?, &wanted);
    }
    wanted.push(small.geometry().shape[1]);
    unsafe_view(&product(&MATRICES, &tall, small)?, &wanted)
}

fn batched(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let (na, nb) = (a.ndim(), b.ndim());
    if folds(a, b) {
        if na >= nb {
            return folded(a, b);
        }
        // a b = (b^T a^T)^T, of which the batch is the tall factor.
        let turned = transpose_dims(b, -2, -1, TRANSPOSE)?;
        if na == 1 {
            return folded(&turned, a);
        }
        return copy::contiguous(&transpose_dims(&folded(&turned, &transposed(a)?)?, -2, -1, TRANSPOSE)?);
    }
    let (sa, sb) = (a.sizes()?, b.sizes()?);
    if na == 3 && nb == 3 && sa[0] != sb[0] {
        // A batch of one that wants a gradient is a matrix.
        if sa[0] == 1 && a.requires_grad() {
            return matmul(&squeeze_dims(a, 1, 1)?, b);
        }
        if sb[0] == 1 && b.requires_grad() {
            return matmul(a, &squeeze_dims(b, 1, 1)?);
        }
    }
    let (left, right) = (sa.split_at(na.saturating_sub(2)), sb.split_at(nb.saturating_sub(2)));
    let wanted = shape::broadcast(left.0, right.0)?;
    let count = shape::numel(&wanted).ok_or_else(|| Error::storage_overflow(&wanted))?;
    let spread = |t: &Tensor, inner: &[i64]| -> Result<Tensor> {
        let (sizes, stack) = (Dims::joined(&wanted, inner)?, Dims::joined(&[count], inner)?);
        reshape_to(&expand_recorded(t, &sizes)?, &stack)
    };
    let row = [1, sa[na - 1]];
    let left = spread(a, if na == 1 { &row } else { left.1 })?;
    // A vector is spread as one before it becomes a column: broadcasting would take it for a row.
    let right = if nb == 1 { unsqueeze_at(&spread(b, right.1)?, 2)? } else { spread(b, right.1)? };
    let mut out = product(&BATCHES, &left, &right)?;
    if nb <= 1 {
        out = squeeze_dims(&out, 1 << 2, 1)?;
    }
    let rows = if na > 1 { &sa[na - 2..na - 1] } else { &[] };
    let columns = if nb > 1 { &sb[nb - 1..] } else { &[] };
    unsafe_view(&out, &Dims::joined(&Dims::joined(&wanted, rows)?, columns)?)
}

/// The conjugate, as a product's derivative reads it; a real tensor itself.
pub(in crate::ops) fn conj(t: Tensor) -> Result<Tensor> {
    if t.dtype().is_complex() { t.conj() } else { Ok(t) }
}

fn dot_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    if vjp.add_both_products()? {
        return Ok(());
    }
    for (i, other) in [(0, 1), (1, 0)] {
        if vjp.wants(i) {
            vjp.add_product(i, other)?;
        }
    }
    Ok(())
}

/// Of y = a b: a_bar = y_bar b^T and b_bar = a^T y_bar, for matrices and for batches of them. The gradient of a
/// matrix that lies column by column is made so too, as the transpose of the transposes' product.
fn matrix_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let g = vjp.g()?;
    let (kin, columns) = (if g.ndim() == 2 { &MATRICES } else { &BATCHES }, vjp.node.variant);
    let flipped = |t: &Tensor| if t.ndim() == 2 { transposed(t) } else { transpose_dims(t, -2, -1, TRANSPOSE) };
    // Both are looked at before anything is computed, in torch's order: an error names the first that was written.
    let b = if vjp.wants(0) { Some(vjp.saved_tensor(1)?) } else { None };
    let a = if vjp.wants(1) { Some(vjp.saved_tensor(0)?) } else { None };
    if vjp.values_alone()
        && !g.dtype().is_complex()
        && !g.dtype().is_half()
        && [&a, &b].iter().all(|t| t.as_ref().is_none_or(|t| alike(g, t)))
    {
        // Without a view of what is turned round; in the same order.
        let b_bar = a.map(|a| turned(&a, true, g, false, columns & 2 != 0)).transpose()?;
        if let Some(b) = b {
            vjp.add(0, turned(g, false, &b, true, columns & 1 != 0)?)?;
        }
        return b_bar.map_or(Ok(()), |b_bar| vjp.add(1, b_bar));
    }
    // The second factor's comes first, as in torch; see `Vjp::pointwise`.
    let b_bar = match a {
        Some(a) => Some(if columns & 2 != 0 {
            flipped(&product(kin, &flipped(g)?, &conj(a)?)?)?
        } else {
            product(kin, &conj(flipped(&a)?)?, g)?
        }),
        None => None,
    };
    if let Some(b) = b {
        let a_bar = if columns & 1 != 0 {
            flipped(&product(kin, &conj(b)?, &flipped(g)?)?)?
        } else {
            product(kin, g, &conj(flipped(&b)?)?)?
        };
        vjp.add(0, a_bar)?;
    }
    match b_bar {
        Some(b_bar) => vjp.add(1, b_bar),
        None => Ok(()),
    }
}

/// Whether both have one type and as many dimensions.
fn alike(a: &Tensor, b: &Tensor) -> bool {
    let (a, b) = (a.geometry(), b.geometry());
    a.dtype == b.dtype && a.rank() == b.rank()
}

/// The product of matrices, or of batches of them, either of which may be turned round; made column by column with
/// `columns`. Nothing is recorded, and shapes fit.
fn turned(a: &Tensor, turn_a: bool, b: &Tensor, turn_b: bool, columns: bool) -> Result<Tensor> {
    let (ga, gb) = (a.geometry(), b.geometry());
    let n = ga.rank();
    let turn = |dims: &Dims, turned: bool| -> Result<Dims> {
        let mut dims = dims.duplicate()?;
        if turned {
            dims.swap(n - 2, n - 1);
        }
        Ok(dims)
    };
    let (a_sizes, a_strides) = (turn(&ga.shape, turn_a)?, turn(&ga.strides, turn_a)?);
    let (b_sizes, b_strides) = (turn(&gb.shape, turn_b)?, turn(&gb.strides, turn_b)?);
    let mut sizes = a_sizes.duplicate()?;
    sizes[n - 1] = b_sizes[n - 1];
    let out = if columns {
        let strides = turn(&shape::contiguous_strides(&turn(&sizes, true)?)?, true)?;
        Tensor::empty_strided(&sizes, &strides, ga.dtype)?
    } else {
        Tensor::empty(&sizes, ga.dtype)?
    };
    let kernel = if n == 2 { kernels::matmul::matmul } else { kernels::matmul::bmm };
    let sa = ga.storage.src(ga.dtype, &a_sizes, &a_strides, ga.offset).ok_or_else(crate::tensor::outside)?;
    let sb = gb.storage.src(gb.dtype, &b_sizes, &b_strides, gb.offset).ok_or_else(crate::tensor::outside)?;
    done(out.write(|dst| kernel(dst, &sa, &sb, false))?)?;
    Ok(out)
}

fn mv_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let g = vjp.g()?;
    // In torch's order; see `matrix_vjp`.
    let a = if vjp.wants(1) { Some(vjp.saved_tensor(0)?) } else { None };
    if vjp.wants(0) {
        let row = conj(vjp.saved_tensor(1)?)?;
        let column = reshape_to(g, &[g.geometry().shape[0], 1])?;
        let a_bar =
            pointwise(Mul::OPERATOR, Mul::ROW, 0, &[Operand::Tensor(&column), Operand::Tensor(&row)], Target::Fresh)?;
        vjp.add(0, a_bar)?;
    }
    if let Some(a) = a {
        let b_bar = mv(&conj(transposed(&a)?)?, g)?;
        vjp.add(1, b_bar)?;
    }
    Ok(())
}

fn product_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    jvp.bilinear(matmul)
}
