//! Products of matrices and vectors added to something: `beta * input + alpha * (a b)`.
//!
//! With `beta` 0 the input is not read, so that a nan there does not matter; with `alpha` 0 neither are the factors, but by
//! `addr` and `baddbmm`. The product is computed where the result will lie and the rest added over it in one pass. Half
//! types are computed in float32 and rounded once.

use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels::map::MapTable;
use crate::kernels::number::{Eval, Ring};
use crate::ops::adjoint::Vjp;
use crate::ops::application::Application;
use crate::ops::apply::{Operand, pointwise, run};
use crate::ops::copy;
use crate::ops::deprecated;
use crate::ops::elements::blend::Addcmul;
use crate::ops::elements::pointwise::{Add, Mul};
use crate::ops::inplace::{self, Before};
use crate::ops::layout;
use crate::ops::out::{self, Read};
use crate::ops::overlap;
use crate::ops::products::matmul::{batches, conj, matmul};
use crate::ops::row::{Operator, unsupported};
use crate::ops::shapes::reshape::{TRANSPOSE, expand_recorded, reshape_to, transpose_dims, transposed, unsqueeze_at};
use crate::ops::structured::structured;
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::shape::{self, Dims};
use crate::tape::mode::unrecorded;
use crate::tape::node::Params;
use crate::tape::record::flags;
use crate::tensor::{Tensor, fitted};

mod fit;

structured! { family 24;
    /// A matrix plus the product of two: `beta * input + alpha * (mat1 @ mat2)`.
    ///
    /// Of shapes `[n, k]` and `[k, m]`, with an `input` that broadcasts to `[n, m]`, all of one element type. `beta` and `alpha`
    /// become that type. Where `beta` is 0 the input's values are ignored.
    /// Raises RuntimeError where shapes or types do not fit.
    Addmm {
        "addmm", grads ["AddmmBackward0"], reads [0, 0b100, 0b10], vjp matrix_vjp, jvp add_jvp;
        "addmm(input, mat1, mat2, *, beta: factor = 1, alpha: factor = 1, out = None)" ALL => |args, target| call(&ADDMM, args, target);
        "addmm(beta: factor, input, alpha: factor, mat1, mat2, *, out = None)" OLD => |args, target| deprecated::with_both(&ADDMM, args, target);
        "addmm(beta: factor, input, mat1, mat2, *, out = None)" OLD => |args, target| deprecated::with_beta(&ADDMM, args, target);
        "addmm(input, mat1, mat2, out_dtype: dtype, *, beta: factor = 1, alpha: factor = 1, out = None)" FUNCTION => unsupported;
        fn addmm(mat1: &Tensor, mat2: &Tensor, beta: Scalar, alpha: Scalar) -> Tensor => |args, target| call(&ADDMM, args, target);
    }
    /// A vector plus the product of a matrix and a vector: `beta * input + alpha * (mat @ vec)`.
    ///
    /// Of shapes `[n, k]` and `[k]`, with an `input` of shape `[n]`, `[1]` or `[]`, all of one element type. Where `beta` is 0 the
    /// input's values are ignored.
    /// Raises RuntimeError where shapes or types do not fit.
    Addmv {
        "addmv", grads ["AddmvBackward0"], reads [0, 0b100, 0b10], vjp mv_vjp, jvp add_jvp;
        "addmv(input, mat, vec, *, beta: factor = 1, alpha: factor = 1, out = None)" EVERY => |args, target| call(&ADDMV, args, target);
        "addmv(beta: factor, input, alpha: factor, mat, vec, *, out = None)" OLD => |args, target| deprecated::with_both(&ADDMV, args, target);
        "addmv(beta: factor, input, mat, vec, *, out = None)" OLD => |args, target| deprecated::with_beta(&ADDMV, args, target);
        fn addmv(mat: &Tensor, vec: &Tensor, beta: Scalar, alpha: Scalar) -> Tensor => |args, target| call(&ADDMV, args, target);
    }
    /// A matrix plus the outer product of two vectors: `beta * input + alpha * outer(vec1, vec2)`.
    ///
    /// Of shapes `[n]` and `[m]`, with an `input` that broadcasts to `[n, m]`; element types are promoted. Where `beta` is 0 the
    /// input's values are ignored.
    /// Raises RuntimeError where shapes do not fit, and for a fraction as `beta` or `alpha` of whole numbers.
    Addr {
        "addr", grads ["AddrBackward0"], reads [0, 0b100, 0b10], vjp addr_vjp, jvp add_jvp, dtype "promoted";
        "addr(input, vec1, vec2, *, beta: factor = 1, alpha: factor = 1, out = None)" ALL => |args, target| call(&ADDR, args, target);
        "addr(beta: factor, input, alpha: factor, vec1, vec2, *, out = None)" OLD => |args, target| deprecated::with_both(&ADDR, args, target);
        "addr(beta: factor, input, vec1, vec2, *, out = None)" OLD => |args, target| deprecated::with_beta(&ADDR, args, target);
        fn addr(vec1: &Tensor, vec2: &Tensor, beta: Scalar, alpha: Scalar) -> Tensor => |args, target| call(&ADDR, args, target);
    }
    /// A batch of matrices plus the products of two: `beta * input + alpha * (batch1 @ batch2)`.
    ///
    /// Of shapes `[b, n, k]` and `[b, k, m]`, with an `input` that broadcasts to `[b, n, m]`, all of one element type. Where `beta`
    /// is 0 the input's values are ignored.
    /// Raises RuntimeError where shapes or types do not fit.
    Baddbmm {
        "baddbmm", grads ["BaddbmmBackward0"], reads [0, 0b100, 0b10], vjp matrix_vjp, jvp add_jvp;
        "baddbmm(input, batch1, batch2, *, beta: factor = 1, alpha: factor = 1, out = None)" ALL => |args, target| call(&BADDBMM, args, target);
        "baddbmm(beta: factor, input, alpha: factor, batch1, batch2, *, out = None)" OLD => |args, target| deprecated::with_both(&BADDBMM, args, target);
        "baddbmm(beta: factor, input, batch1, batch2, *, out = None)" OLD => |args, target| deprecated::with_beta(&BADDBMM, args, target);
        "baddbmm(input, batch1, batch2, out_dtype: dtype, *, beta: factor = 1, alpha: factor = 1, out = None)" FUNCTION => unsupported;
        fn baddbmm(batch1: &Tensor, batch2: &Tensor, beta: Scalar, alpha: Scalar) -> Tensor => |args, target| call(&BADDBMM, args, target);
    }
    /// A matrix plus the sum of products of two batches: `beta * input + alpha * (batch1 @ batch2).sum(0)`.
    ///
    /// Of shapes `[b, n, k]` and `[b, k, m]`, with an `input` that broadcasts to `[n, m]`, all of one element type. Where `beta` is
    /// 0 the input's values are ignored.
    /// Raises RuntimeError where shapes or types do not fit.
    Addbmm {
        "addbmm", grads ["AddbmmBackward0"], reads [0, 0b100, 0b10], vjp addbmm_vjp, jvp add_jvp;
        "addbmm(input, batch1, batch2, *, beta: factor = 1, alpha: factor = 1, out = None)" ALL => |args, target| call(&ADDBMM, args, target);
        "addbmm(beta: factor, input, alpha: factor, batch1, batch2, *, out = None)" OLD => |args, target| deprecated::with_both(&ADDBMM, args, target);
        "addbmm(beta: factor, input, batch1, batch2, *, out = None)" OLD => |args, target| deprecated::with_beta(&ADDBMM, args, target);
        fn addbmm(batch1: &Tensor, batch2: &Tensor, beta: Scalar, alpha: Scalar) -> Tensor => |args, target| call(&ADDBMM, args, target);
    }
}

/// `beta * x + alpha * product`.
struct Weighted;

impl<N: Ring> Eval<N, 4> for Weighted {
    #[inline(always)]
    fn eval([x, product, beta, alpha]: [N; 4]) -> N {
        beta * x + alpha * product
    }
}

static WEIGHTED: MapTable = MapTable::ring::<Weighted, 4>();

/// A number among the arguments; 1 where it was left out.
fn number(args: &[Arg<'_>], at: usize) -> Scalar {
    match args.get(at) {
        Some(Arg::Number(s)) => *s,
        Some(Arg::Int(i)) => Scalar::Int(*i),
        Some(Arg::Bool(b)) => Scalar::Bool(*b),
        _ => Scalar::Int(1),
    }
}

/// The factors, as a node keeps them: real and imaginary parts.
fn params(beta: Scalar, alpha: Scalar) -> Params {
    let parts = |s: Scalar| match s {
        Scalar::Complex(re, im) => [re, im],
        other => [other.to_f64(), 0.0],
    };
    let ([a, b], [c, d]) = (parts(beta), parts(alpha));
    Params::ints([a, b, c, d].map(|x| x.to_bits() as i64))
}

/// `beta` and `alpha` of a node's parameters.
pub fn factors(params: &Params) -> [Scalar; 2] {
    let [a, b, c, d] = params.ints.map(|bits| f64::from_bits(bits as u64));
    [(a, b), (c, d)].map(|(re, im)| if im == 0.0 { Scalar::Float(re) } else { Scalar::Complex(re, im) })
}

/// `t` times a number; itself where that is 1.
fn scaled(t: Tensor, by: Scalar) -> Result<Tensor> {
    match by {
        Scalar::Float(1.0) => Ok(t),
        // The second name is that of a number which no caller gave.
        _ => pointwise(Mul::OPERATOR, Mul::ROW, 1, &[Operand::Tensor(&t), Operand::Number(by)], Target::Fresh),
    }
}

fn conjugate(s: Scalar) -> Scalar {
    match s {
        Scalar::Complex(re, im) => Scalar::Complex(re, -im),
        real => real,
    }
}

/// What a call computes, once its operands have been found to fit.
struct Plan {
    sizes: Dims,
    dtype: DType,
    beta: Scalar,
    alpha: Scalar,
}

/// torch copies this one's input to `out=` first, and finds there that the types differ.
const COPIED: out::Fits = Some(|result, out| {
    let (out, result) = (out.scalar_name(), result.scalar_name());
    format!("self and mat2 must have the same dtype, but got {out} and {result}")
});

/// What is said of an input, with its factors, that has other extents than these of the result.
type Misfit = fn([&Tensor; 3], &[i64]) -> Error;

/// What sets one of these operators apart.
pub(in crate::ops) struct Kin {
    op: &'static Operator,
    /// Refuses factors that do not fit, in torch's order and words; the result's extents and type.
    sizes: fit::Sizes,
    /// The product of factors of one type. Nothing is recorded.
    product: fn(&Tensor, &Tensor) -> Result<Tensor>,
    /// What torch says of an `out=` of another type.
    out: out::Fits,
    /// torch's kernel, which has no bool; none where bool is computed.
    kernel: Option<&'static str>,
    /// Whether it is a formula of elements, of which each operand is compared with `out=`; else the input alone is.
    elements: bool,
    /// Whether the factors are read where `alpha` is 0, too.
    reads_always: bool,
    /// Whether an input that is written over is spread out to the result's extents first, as any other is.
    spreads: bool,
    /// What torch says of an input that is written over and has other extents; none where it takes on the result's.
    misfit: Option<Misfit>,
    /// Whether torch does not tell that `out=` is resized.
    resizes_silently: bool,
    /// Whether `beta` and `alpha` of halves are float32.
    wide: bool,
    /// Whether the gradient of a factor that lies column by column is made so too.
    by_columns: bool,
}

/// Products of matrices, added to one.
pub(in crate::ops) const ADDMM: Kin = Kin {
    op: Addmm::OPERATOR,
    sizes: fit::matrices,
    product: matmul,
    out: out::SAME,
    kernel: Some("addmm_impl_cpu_"),
    elements: false,
    reads_always: false,
    spreads: false,
    misfit: Some(fit::misfit),
    resizes_silently: false,
    wide: true,
    by_columns: true,
};
pub(in crate::ops) const ADDMV: Kin = Kin {
    op: Addmv::OPERATOR,
    sizes: fit::vector,
    kernel: Some("addmv_impl_cpu"),
    wide: false,
    by_columns: false,
    ..ADDMM
};
pub(in crate::ops) const ADDR: Kin = Kin {
    op: Addr::OPERATOR,
    sizes: fit::vectors,
    product: outer,
    out: out::CAST,
    kernel: None,
    elements: true,
    reads_always: true,
    misfit: Some(fit::misfit_of_vectors),
    wide: false,
    by_columns: false,
    ..ADDMM
};
pub(in crate::ops) const BADDBMM: Kin = Kin {
    op: Baddbmm::OPERATOR,
    sizes: fit::batches,
    kernel: Some("baddbmm"),
    reads_always: true,
    spreads: true,
    by_columns: false,
    ..ADDMM
};
pub(in crate::ops) const ADDBMM: Kin = Kin {
    op: Addbmm::OPERATOR,
    sizes: fit::summed,
    product: over_the_batch,
    out: COPIED,
    spreads: true,
    misfit: None,
    resizes_silently: true,
    by_columns: false,
    ..ADDMM
};

pub(in crate::ops) fn call(kin: &Kin, args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let op = kin.op;
    let (c, a, b) = (tensor(args, 0)?, tensor(args, 1)?, tensor(args, 2)?);
    let ins = [Operand::Tensor(c), Operand::Tensor(a), Operand::Tensor(b)];
    if let Target::InPlace = target {
        inplace::check_history(c, ins.iter().filter_map(|o| o.tensor()).any(crate::ops::edge::wants_gradient))?;
    }
    let plan = plan(kin, [c, a, b], [number(args, 3), number(args, 4)], target)?;
    let params = Some(params(plan.beta, plan.alpha));
    let variant = if kin.by_columns { by_columns(a) | by_columns(b) << 1 } else { 0 };
    match target {
        Target::InPlace => {
            let same = *c.geometry().shape == *plan.sizes;
            if let (false, Some(misfit)) = (same, kin.misfit) {
                return Err(misfit([c, a, b], &plan.sizes));
            }
            if !plan.dtype.can_cast(c.dtype()) {
                return Err(Error::no_cast(plan.dtype, c.dtype()));
            }
            overlap::check_itself(c)?;
            if kin.elements {
                overlap::check_operands(c, [a, b].into_iter())?;
            }
            let before = Before::of(op, &ins, c)?;
            if at_once(kin, &plan) {
                let sum = unrecorded(|| outer_added(c, a, b, &plan))?;
                Application { op, variant, ins: &ins, outs: &[c], differentiable: 1, params }
                    .write(&before, || copy::assign(c, &sum))?;
                return Ok(Output::One(c.clone()));
            }
            let product = unrecorded(|| product(kin, a, b, plan.dtype))?;
            if !same {
                // torch gives this one's input the result's shape.
                unrecorded(|| add(kin, &product, c, &product, &plan))?;
                let was = inplace::as_it_stands(c)?;
                let fitted = inplace::resized(c, &plan.sizes, shape::contiguous_strides(&plan.sizes)?)?;
                let ins = [Operand::Tensor(&was), ins[1], ins[2]];
                Application { op, variant, ins: &ins, outs: &[c], differentiable: 1, params }
                    .write(&before, || copy::assign(c, &product))?;
                fitted.keep();
                // Its node is that of the new shape.
                c.0.set_flag(flags::RESHAPED, false);
                return Ok(Output::One(c.clone()));
            }
            Application { op, variant, ins: &ins, outs: &[c], differentiable: 1, params }
                .write(&before, || unrecorded(|| add(kin, c, c, &product, &plan)))?;
            Ok(Output::One(c.clone()))
        }
        _ => {
            let made = unrecorded(|| {
                if at_once(kin, &plan) {
                    return outer_added(c, a, b, &plan);
                }
                let product = product(kin, a, b, plan.dtype)?;
                let out = if kin.elements {
                    let both = [Operand::Tensor(c), Operand::Tensor(&product)];
                    layout::fresh_like(&both, &plan.sizes, false, plan.dtype)?
                } else if product.dtype() == plan.dtype {
                    product.clone()
                } else {
                    Tensor::empty(&plan.sizes, plan.dtype)?
                };
                add(kin, &out, c, &product, &plan)?;
                Ok(out)
            })?;
            Application { op, variant, ins: &ins, outs: &[&made], differentiable: 1, params }.finish()?;
            let Target::Out(_) = target else { return Ok(Output::One(made)) };
            let c = unrecorded(|| expand_recorded(c, &plan.sizes))?;
            let all = [Read::Whole(&c), Read::Whole(a), Read::Whole(b)];
            let read = match plan.beta.is(0.0) {
                _ if kin.elements => &all[..],
                true => &[],
                false => &all[..1],
            };
            let give = if kin.resizes_silently { out::give_silently } else { out::give_beside };
            give(op.name, made, target, kin.out, read).map(Output::One)
        }
    }
}

/// Says what there is to compute, or refuses what does not fit.
fn plan(kin: &Kin, ins: [&Tensor; 3], factors: [Scalar; 2], target: Target<'_>) -> Result<Plan> {
    let (sizes, dtype) = (kin.sizes)(ins, factors, target)?;
    let fits = *ins[0].geometry().shape == *sizes;
    if !fits && (!matches!(target, Target::InPlace) || kin.spreads) {
        // What broadcasts is told in the words of `expand`.
        unrecorded(|| expand_recorded(ins[0], &sizes))?;
    }
    if let (DType::Bool, Some(kernel)) = (dtype, kin.kernel) {
        out::check(dtype, target, kin.out)?;
        return Err(Error::not_implemented(format!("\"{kernel}\" not implemented for 'Bool'")));
    }
    let fit = |s: Scalar| match s {
        // A fraction loses what is behind its point; a truth value is a number.
        Scalar::Float(x) if dtype.is_integral() && dtype != DType::Bool => fitted(Scalar::Float(x.trunc()), dtype, 2),
        Scalar::Bool(x) if dtype != DType::Bool => Ok(Scalar::Int(x as i64)),
        s => fitted(s, if kin.wide { dtype.wide() } else { dtype }, 2),
    };
    let [beta, alpha] = factors;
    Ok(Plan { sizes, dtype, beta: fit(beta)?, alpha: fit(alpha)? })
}

/// The product itself, of half types in float32. Nothing is recorded.
fn product(kin: &Kin, a: &Tensor, b: &Tensor, dtype: DType) -> Result<Tensor> {
    (kin.product)(&copy::to(a, dtype.wide())?, &copy::to(b, dtype.wide())?)
}

/// One product over the batch, whose matrices stand side by side.
fn over_the_batch(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let (sa, sb) = (a.sizes()?, b.sizes()?);
    let terms = sa[0].checked_mul(sa[2]).ok_or_else(|| Error::storage_overflow(&sa))?;
    let side = reshape_to(&transpose_dims(a, 0, 1, TRANSPOSE)?, &[sa[1], terms])?;
    matmul(&side, &reshape_to(b, &[terms, sb[2]])?)
}

/// The product of each element of one vector with each of another.
pub(in crate::ops) fn outer(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let column = reshape_to(a, &[a.geometry().shape[0], 1])?;
    pointwise(Mul::OPERATOR, Mul::ROW, 0, &[Operand::Tensor(&column), Operand::Tensor(b)], Target::Fresh)
}

/// Whether product and sum are one pass.
fn at_once(kin: &Kin, plan: &Plan) -> bool {
    kin.elements && plan.beta.is(1.0) && plan.dtype != DType::Bool
}

/// `c + alpha * a b`, of two vectors, in one pass: as `addcmul` of the vectors spread, which is rounded as torch's registers are.
fn outer_added(c: &Tensor, a: &Tensor, b: &Tensor, plan: &Plan) -> Result<Tensor> {
    let column = reshape_to(a, &[plan.sizes[0], 1])?;
    let ins = [c, &column, b].map(Operand::Tensor);
    let out = layout::fresh_like(&ins, &plan.sizes, false, plan.dtype)?;
    let ins = [ins[0], ins[1], ins[2], Operand::Number(plan.alpha)];
    let kernels = &Addcmul::ROW.kernels;
    crate::tensor::done(run(kernels, plan.dtype.compute(), &out, &ins, (&plan.sizes, false), false)?)?;
    Ok(out)
}

/// Writes `beta * c + alpha * product` to `out`, which may be either of them.
fn add(kin: &Kin, out: &Tensor, c: &Tensor, product: &Tensor, plan: &Plan) -> Result<()> {
    let [beta, alpha] = [plan.beta, plan.alpha].map(Operand::Number);
    let compute = plan.dtype.compute();
    let skips = plan.alpha.is(0.0) && !kin.reads_always;
    let alike = [c, product].iter().all(|t| *t.geometry().shape == *plan.sizes);
    let go = |kernels: &MapTable, ins: &[Operand<'_>]| -> Result<()> {
        crate::tensor::done(run(kernels, compute, out, ins, (&plan.sizes, alike), false)?)
    };
    let (c, product) = (Operand::Tensor(c), Operand::Tensor(product));
    match (plan.beta.is(0.0), skips) {
        (true, true) => out.fill(Scalar::Int(0)),
        (true, false) => go(&Mul::ROW.kernels, &[product, alpha]),
        (false, true) => go(&Mul::ROW.kernels, &[c, beta]),
        (false, false) => go(&WEIGHTED, &[c, product, beta, alpha]),
    }
}

/// 1 where a matrix lies column by column: its gradient is made so too.
fn by_columns(t: &Tensor) -> u8 {
    let g = t.geometry();
    (g.strides[0] == 1 && g.strides[1] == g.shape[0]) as u8
}

fn flipped(t: &Tensor) -> Result<Tensor> {
    if t.ndim() == 2 { transposed(t) } else { transpose_dims(t, -2, -1, TRANSPOSE) }
}

/// The product of two matrices, or of two batches.
fn times(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    if a.ndim() == 3 { batches(a, b) } else { matmul(a, b) }
}

/// The cotangent of the first factor of a product, of that of the product: `g b^H`.
fn left_bar(g: &Tensor, b: Tensor, columns: bool) -> Result<Tensor> {
    if columns { flipped(&times(&conj(b)?, &flipped(g)?)?) } else { times(g, &conj(flipped(&b)?)?) }
}

/// The cotangent of the second: `a^H g`.
fn right_bar(g: &Tensor, a: Tensor, columns: bool) -> Result<Tensor> {
    if columns { flipped(&times(&flipped(g)?, &conj(a)?)?) } else { times(&conj(flipped(&a)?)?, g) }
}

/// What is added: its cotangent is the result's, times `beta`.
fn input_vjp(vjp: &mut Vjp<'_>) -> Result<[Scalar; 2]> {
    let [beta, alpha] = factors(&*vjp.params()?).map(conjugate);
    if vjp.wants(0) {
        let bar = scaled(vjp.g()?.clone(), beta)?;
        vjp.add(0, bar)?;
    }
    Ok([beta, alpha])
}

fn matrix_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let columns = vjp.node.variant;
    let [_, alpha] = input_vjp(vjp)?;
    let g = vjp.g()?;
    if vjp.wants(1) {
        let bar = scaled(left_bar(g, vjp.saved_tensor(2)?, columns & 1 != 0)?, alpha)?;
        vjp.add(1, bar)?;
    }
    if vjp.wants(2) {
        let bar = scaled(right_bar(g, vjp.saved_tensor(1)?, columns & 2 != 0)?, alpha)?;
        vjp.add(2, bar)?;
    }
    Ok(())
}

fn mv_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let [_, alpha] = input_vjp(vjp)?;
    let g = vjp.g()?;
    if vjp.wants(1) {
        let bar = scaled(outer(g, &conj(vjp.saved_tensor(2)?)?)?, alpha)?;
        vjp.add(1, bar)?;
    }
    if vjp.wants(2) {
        let bar = scaled(matmul(&conj(transposed(&vjp.saved_tensor(1)?)?)?, g)?, alpha)?;
        vjp.add(2, bar)?;
    }
    Ok(())
}

fn addr_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let [_, alpha] = input_vjp(vjp)?;
    let g = vjp.g()?;
    // Types are promoted: what is read is made the cotangent's first.
    let read = |vjp: &Vjp<'_>, i: u8| -> Result<Tensor> { conj(copy::to(&vjp.saved_tensor(i)?, g.dtype())?) };
    if vjp.wants(1) {
        let bar = scaled(matmul(g, &read(vjp, 2)?)?, alpha)?;
        vjp.add(1, bar)?;
    }
    if vjp.wants(2) {
        let bar = scaled(matmul(&transposed(g)?, &read(vjp, 1)?)?, alpha)?;
        vjp.add(2, bar)?;
    }
    Ok(())
}

fn addbmm_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let [_, alpha] = input_vjp(vjp)?;
    let g = vjp.g()?;
    let spread = |batch: i64| expand_recorded(&unsqueeze_at(g, 0)?, &[&[batch], &g.sizes()?[..]].concat());
    if vjp.wants(1) {
        let b = vjp.saved_tensor(2)?;
        let bar = scaled(left_bar(&spread(b.sizes()?[0])?, b, false)?, alpha)?;
        vjp.add(1, bar)?;
    }
    if vjp.wants(2) {
        let a = vjp.saved_tensor(1)?;
        let bar = scaled(right_bar(&spread(a.sizes()?[0])?, a, false)?, alpha)?;
        vjp.add(2, bar)?;
    }
    Ok(())
}

/// `beta * c_dot + alpha * (a_dot b + a b_dot)`.
fn add_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let [beta, alpha] = jvp.params.map_or([Scalar::Float(1.0); 2], factors);
    let y = jvp.outs[0];
    let (shape, dtype, ranks) = (y.sizes()?, y.dtype(), (jvp.primal(1)?.ndim(), jvp.primal(2)?.ndim(), y.ndim()));
    let product = |a: &Tensor, b: &Tensor| -> Result<Tensor> {
        let (a, b) = (copy::to(a, dtype)?, copy::to(b, dtype)?);
        let made = match ranks {
            (1, 1, _) => outer(&a, &b)?,
            (3, 3, 2) => crate::ops::reductions::reduce::sum_dims(&matmul(&a, &b)?, 1, false, None)?,
            _ => matmul(&a, &b)?,
        };
        scaled(made, alpha)
    };
    let terms = [
        jvp.x_dot(0).map(|c_dot| scaled(copy::to(&expand_recorded(c_dot, &shape)?, dtype)?, beta)).transpose()?,
        jvp.x_dot(1).map(|a_dot| product(a_dot, jvp.primal(2)?)).transpose()?,
        jvp.x_dot(2).map(|b_dot| product(jvp.primal(1)?, b_dot)).transpose()?,
    ];
    let mut sum: Option<Tensor> = None;
    for term in terms.into_iter().flatten() {
        sum = Some(match sum {
            None => term,
            Some(s) => {
                pointwise(Add::OPERATOR, Add::ROW, 0, &[Operand::Tensor(&s), Operand::Tensor(&term)], Target::Fresh)?
            }
        });
    }
    match sum {
        Some(y_dot) => jvp.set(0, y_dot),
        None => Ok(()),
    }
}
