//! Norms: the p-norm of all elements or over dimensions.

use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels;
use crate::ops::adjoint::Vjp;
use crate::ops::application::Application;
use crate::ops::apply::{self, Operand, pointwise};
use crate::ops::copy;
use crate::ops::elements::arithmetic::power;
use crate::ops::elements::compare::{Eq, Ne};
use crate::ops::elements::pointwise::{Abs, Add, Conj, Div, MaskedFill, Mul, Sgn};
use crate::ops::elements::special::Hypot;
use crate::ops::layout::fresh_like;
use crate::ops::out::{self, Read};
use crate::ops::reductions::reduce::{Over, binary, mask_of, reduce, restore, sum_dims};
use crate::ops::row::RESULT;
use crate::ops::structured::structured;
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::tape::Geometry;
use crate::tape::mode::GradMode;
use crate::tape::node::Params;
use crate::tensor::{Tensor, done, outside};

structured! { family 10;
    /// The p-norm of all elements, or over the dimensions `dim`; its derivative at 0 is 0.
    Norm {
        "norm", grads ["LinalgVectorNormBackward0", "AbsBackward0"], reads [1 << RESULT | 1], vjp norm_vjp, jvp norm_jvp, dtype "the real type of `dtype`, else of the operand";
        "norm(input, p: order = 2, dim: dims = None, keepdim: bool = False, dtype: dtype = None)" METHOD => norm;
        "norm(input, p: order = 2, dim: dims = None, keepdim: bool = False, out = None, dtype: dtype = None)" FUNCTION => norm;
    }
}

pub(in crate::ops) fn norm(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let p = match args.get(1) {
        Some(Arg::Number(Scalar::Complex(..))) => return Err(complex_order()),
        Some(Arg::Number(p)) => p.to_f64(),
        Some(Arg::Text(name)) => matrix_order(name, t, args.get(2).and_then(Arg::dims))?,
        _ => 2.0,
    };
    let (keepdim, dtype) = (args.get(3).is_some_and(Arg::truth), args.get(4).and_then(Arg::dtype));
    over(t, p, args.get(2).and_then(Arg::dims), (keepdim, dtype), target).map(Output::One)
}

/// The p-norm over `dims` (all where none are given).
pub(in crate::ops) fn over(
    t: &Tensor,
    p: f64,
    dims: Option<&[i64]>,
    (keepdim, dtype): (bool, Option<DType>),
    target: Target<'_>,
) -> Result<Tensor> {
    let dtype = dtype.unwrap_or(t.dtype());
    check_types(t.dtype(), dtype)?;
    let x = {
        let _off = GradMode::new(false);
        copy::to(t, dtype)?
    };
    let kind = Kind { p, mask: dims.map(|dims| mask_of(Some(dims), t.ndim())).transpose()?, keepdim };
    let out = record(t, 0, kind, kind.value(&x)?)?;
    // torch computes the norm of one element as an absolute value, which is compared.
    let read = [Read::Whole(&x)];
    let read = if kind.of_one(&x) { &read[..] } else { &[] };
    out::give_beside("linalg_vector_norm", out, target, out::SAME, read)
}

/// The order that a name means; only the Frobenius norm is one over elements.
fn matrix_order(name: &str, t: &Tensor, dims: Option<&[i64]>) -> Result<f64> {
    if name == "fro" && dims.is_none_or(|dims| dims.len() <= 2) {
        return Ok(2.0);
    }
    if !matches!(name, "fro" | "nuc") {
        return Err(Error::runtime(format!("linalg.matrix_norm: Order {name} not supported.")));
    }
    if t.ndim() < 2 {
        return Err(Error::runtime("linalg.matrix_norm: The input tensor A must have at least 2 dimensions."));
    }
    let given = dims.map_or_else(|| (0..t.ndim() as i64).collect(), <[i64]>::to_vec);
    if given.len() != 2 {
        let given: Vec<String> = given.iter().map(i64::to_string).collect();
        return Err(Error::runtime(format!("linalg.matrix_norm: dim must be a 2-tuple. Got {}", given.join(" "))));
    }
    Err(no_singular_values("norm()"))
}

/// Refuses an operand, or a type to compute in, that has no norm or would lose something.
fn check_types(own: DType, dtype: DType) -> Result<()> {
    let (from, to) = (own.scalar_name(), dtype.scalar_name());
    let text = if !own.is_differentiable() {
        format!("Expected a floating point or complex tensor as input. Got {from}")
    } else if !dtype.is_differentiable() {
        format!("dtype should be floating point or complex, but got {to}")
    } else if own.is_complex() != dtype.is_complex() {
        let kind = if own.is_complex() { "complex" } else { "real" };
        format!("dtype should be {kind} for {kind} inputs, but got {to}")
    } else if own.promote(dtype) != dtype {
        format!("the dtype of the input ({from}) should be convertible without narrowing to the specified dtype ({to})")
    } else {
        return Ok(());
    };
    Err(Error::runtime(format!("linalg.vector_norm: {text}")))
}

/// The Euclidean norm of all elements.
pub fn norm_all(t: &Tensor) -> Result<Tensor> {
    norm(&[Arg::Tensor(t)], Target::Fresh).map(Output::one)
}

/// What `name` says where the norm is one of singular values.
#[cold]
pub(in crate::ops) fn no_singular_values(name: &str) -> Error {
    Error::not_implemented(format!("{name}: the norms of singular values are not supported by wengert yet"))
}

pub(in crate::ops) fn complex_order() -> Error {
    Error::runtime("linalg.vector_norm: Expected a non-complex scalar as the order of norm.")
}

/// The p-norm of all elements, of a type that has one. Nothing is recorded.
pub(in crate::ops) fn of_all(x: &Tensor, p: f64) -> Result<Tensor> {
    Kind { p, mask: None, keepdim: false }.value(x)
}

/// The cotangent of `x` where that of its p-norm `n` is `g`.
pub(in crate::ops) fn adjoint_of_all(x: &Tensor, n: &Tensor, g: &Tensor, p: f64) -> Result<Tensor> {
    Kind { p, mask: None, keepdim: false }.adjoint(x, n, g)
}

/// The tangent of the p-norm `n` of `x` where that of `x` is `x_dot`.
pub(in crate::ops) fn tangent_of_all(x: &Tensor, n: &Tensor, x_dot: &Tensor, p: f64) -> Result<Tensor> {
    Kind { p, mask: None, keepdim: false }.tangent(x, n, x_dot)
}

/// The absolute value of complex numbers: the norm of each, which is real.
pub(in crate::ops) fn complex_abs(t: &Tensor, target: Target<'_>) -> Result<Tensor> {
    if let Target::InPlace = target {
        return Err(Error::runtime("In-place abs is not supported for complex tensors."));
    }
    out::give("abs", size(t)?, target, out::CAST)
}

fn record(t: &Tensor, variant: u8, kind: Kind, out: Tensor) -> Result<Tensor> {
    let params = Some(kind.params());
    let ins = [Operand::Tensor(t)];
    Application { op: Norm::OPERATOR, variant, ins: &ins, outs: &[&out], differentiable: 1, params }.finish()?;
    Ok(out)
}

/// Which norm, over which dimensions (none given: all of them).
#[derive(Clone, Copy)]
struct Kind {
    p: f64,
    mask: Option<u64>,
    keepdim: bool,
}

impl Kind {
    fn params(self) -> Params {
        let ints = [self.mask.unwrap_or(0) as i64, self.mask.is_some() as i64, self.p.to_bits() as i64, 0];
        Params { flag: self.keepdim, ..Params::ints(ints) }
    }

    fn of(params: &Params) -> Kind {
        let [mask, given, p, _] = params.ints;
        Kind { p: f64::from_bits(p as u64), mask: (given != 0).then_some(mask as u64), keepdim: params.flag }
    }

    fn mask(self) -> u64 {
        self.mask.unwrap_or(u64::MAX)
    }

    /// Whether it is that of one element each.
    fn of_one(self, x: &Tensor) -> bool {
        x.geometry().shape.iter().enumerate().all(|(i, &n)| n == 1 || self.mask() >> i & 1 == 0)
    }

    /// The norm of `x`. Nothing is recorded.
    fn value(self, x: &Tensor) -> Result<Tensor> {
        let Kind { p, keepdim, .. } = self;
        let (mask, dtype) = (self.mask(), x.dtype().real());
        let _off = GradMode::new(false);
        // The norm of one element is its size, which no power of it overflows.
        let single = p != 0.0 && self.of_one(x);
        if p == 2.0 && !single {
            return reduce(x, Over::new(mask, keepdim), dtype, kernels::reduce::norm2);
        }
        let dims: Vec<usize> = (0..x.ndim()).filter(|i| mask >> i & 1 != 0).collect();
        if p < 0.0 || p.is_infinite() {
            self.refuse_empty(x, &dims)?;
        }
        let size = size(x)?;
        if p.is_infinite() || single {
            let kernel = if p > 0.0 { kernels::reduce::max } else { kernels::reduce::min };
            return reduce(&size, Over::new(mask, keepdim), dtype, kernel);
        }
        if p == 0.0 {
            if self.of_one(x) {
                // torch has this one element as its size, in its own type first.
                copy::warn_of_lost_parts(x.dtype(), dtype)?;
            }
            let hits = binary(Ne::OPERATOR, Ne::ROW, &size, number(0.0))?;
            return copy::to(&sum_dims(&hits, mask, keepdim, None)?, dtype);
        }
        if p == 1.0 {
            return sum_dims(&size, mask, keepdim, None);
        }
        if dtype.is_half() {
            // Powers of halves would overflow before the root brings them back.
            return copy::to(&self.value(&copy::to(x, DType::Float32)?)?, dtype);
        }
        let powers = power(Operand::Tensor(&size), number(p), Target::Fresh)?;
        power(Operand::Tensor(&sum_dims(&powers, mask, keepdim, None)?), number(1.0 / p), Target::Fresh)
    }

    fn refuse_empty(self, x: &Tensor, dims: &[usize]) -> Result<()> {
        let sizes = x.sizes()?;
        let over = match self.mask {
            Some(_) => dims
                .iter()
                .find(|&&i| sizes[i] == 0)
                .map(|i| format!("the dimension {i}because this dimension is empty and")),
            None => (x.numel() == 0).then(|| "an empty tensor because".to_string()),
        };
        match over {
            Some(over) => Err(Error::runtime(format!(
                "linalg.vector_norm cannot compute the {} norm on {over} the operation does not have an identity",
                self.p
            ))),
            None => Ok(()),
        }
    }

    /// The cotangent of `x` where that of its norm `n` is `g` (both with ones along reduced dimensions).
    fn adjoint(self, x: &Tensor, n: &Tensor, g: &Tensor) -> Result<Tensor> {
        let p = self.p;
        let at_zero = |t: &Tensor, place: &Tensor| filled(t, place, 0.0);
        if self.mask == Some(0) {
            return times(g, &sign(x)?);
        }
        if p == 2.0 {
            return times(g, &at_zero(&quotient(x, n)?, n)?);
        }
        let to_the = |t: &Tensor, p: f64| power(Operand::Tensor(t), number(p), Target::Fresh);
        if p == 1.0 {
            return times(&sign(x)?, g);
        }
        if p.is_infinite() {
            let hits = extremes(x, n)?;
            let count = sum_dims(&hits, self.mask(), true, None)?;
            return times(&sign(x)?, &times(&quotient(g, &count)?, &hits)?);
        }
        if p < 1.0 {
            let power = at_zero(&to_the(&size(x)?, p - 1.0)?, x)?;
            let slope = times(&sign(x)?, &power)?;
            return times(&times(&slope, g)?, &to_the(n, 1.0 - p)?);
        }
        let scale = at_zero(&quotient(g, &to_the(n, p - 1.0)?)?, n)?;
        let slope = if p < 2.0 {
            let power = to_the(&size(x)?, p - 1.0)?;
            times(&sign(x)?, &power)?
        } else {
            times(x, &to_the(&size(x)?, p - 2.0)?)?
        };
        times(&slope, &scale)
    }

    /// The tangent of the norm `n` of `x` where that of `x` is `x_dot`.
    fn tangent(self, x: &Tensor, n: &Tensor, x_dot: &Tensor) -> Result<Tensor> {
        if self.p == 0.0 {
            return copy::zeros_like(n);
        }
        let dtype = n.dtype();
        let n = restore(n, self.mask.unwrap_or(0), self.keepdim, x.ndim())?;
        let slope = self.adjoint(x, &n, &Tensor::full(&n.sizes()?, 1.0, dtype)?)?;
        let terms = if x_dot.dtype().is_complex() {
            // The slope is a cotangent: a step changes the norm by the real part of its conjugate times the step.
            copy::converted(&times(&unary(Conj::OPERATOR, Conj::ROW, &slope)?, x_dot)?, dtype)?
        } else {
            times(&slope, x_dot)?
        };
        sum_dims(&terms, self.mask(), self.keepdim, Some(dtype))
    }
}

/// The absolute value of each element: of complex numbers, which neither overflows on the way nor is lost, recorded as
/// their norms over no dimension at all.
pub(in crate::ops) fn size(t: &Tensor) -> Result<Tensor> {
    if !t.dtype().is_complex() {
        return unary(Abs::OPERATOR, Abs::ROW, t);
    }
    let each = Kind { p: 2.0, mask: Some(0), keepdim: true };
    let out = {
        let g = t.geometry();
        let out = fresh_like(&[Operand::Tensor(t)], &g.shape, true, g.dtype.real())?;
        let parts = [part(&g, 0)?, part(&g, 1)?];
        let ins = [Operand::Tensor(&parts[0]), Operand::Tensor(&parts[1])];
        let compute = g.dtype.real().compute();
        done(apply::run(&Hypot::ROW.kernels, compute, &out, &ins, (&g.shape, true), false)?)?;
        out
    };
    record(t, 1, each, out)
}

/// The real parts of complex elements, or with `at` = 1 the imaginary ones, which no history leads to.
fn part(g: &Geometry, at: i64) -> Result<Tensor> {
    let mut strides = g.strides.duplicate()?;
    for step in strides.iter_mut() {
        *step = step.checked_mul(2).ok_or_else(outside)?;
    }
    let offset = g.offset.checked_mul(2).and_then(|offset| offset.checked_add(at)).ok_or_else(outside)?;
    Tensor::view_of(g.storage.clone(), g.dtype.real(), (&g.shape, &strides, offset))
}

/// The direction of each element: its sign, or for complex numbers what is left without the size. A size of 0 is
/// replaced before the division, else the derivative of the quotient would be nan there.
pub(in crate::ops) fn sign(t: &Tensor) -> Result<Tensor> {
    if !t.dtype().is_complex() {
        return unary(Sgn::OPERATOR, Sgn::ROW, t);
    }
    let size = size(t)?;
    filled(&quotient(t, &filled(&size, &size, 1.0)?)?, &size, 0.0)
}

/// `t` with `value` where `place` is 0.
pub(in crate::ops) fn filled(t: &Tensor, place: &Tensor, value: f64) -> Result<Tensor> {
    masked(t, &binary(Eq::OPERATOR, Eq::ROW, place, number(0.0))?, number(value))
}

/// `t` with a number where `mask` holds.
pub(in crate::ops) fn masked(t: &Tensor, mask: &Tensor, number: Operand<'_>) -> Result<Tensor> {
    let ins = [Operand::Tensor(t), number, Operand::Tensor(mask)];
    pointwise(MaskedFill::OPERATOR, MaskedFill::ROW, 0, &ins, Target::Fresh)
}

pub(in crate::ops) fn times(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    binary(Mul::OPERATOR, Mul::ROW, a, Operand::Tensor(b))
}

pub(in crate::ops) fn quotient(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    binary(Div::OPERATOR, Div::ROW, a, Operand::Tensor(b))
}

/// Where the size of an element is the norm, or nan.
fn extremes(x: &Tensor, n: &Tensor) -> Result<Tensor> {
    let _off = GradMode::new(false);
    let size = size(x)?;
    let hits = binary(Eq::OPERATOR, Eq::ROW, &size, Operand::Tensor(n))?;
    let nans = binary(Ne::OPERATOR, Ne::ROW, &size, Operand::Tensor(&size))?;
    binary(Add::OPERATOR, Add::ROW, &hits, Operand::Tensor(&nans))
}

pub(in crate::ops) fn number(x: f64) -> Operand<'static> {
    Operand::Number(Scalar::Float(x))
}

pub(in crate::ops) fn unary(
    op: &'static crate::ops::row::Operator,
    row: &'static crate::ops::row::Pointwise,
    t: &Tensor,
) -> Result<Tensor> {
    pointwise(op, row, 0, &[Operand::Tensor(t)], Target::Fresh)
}

fn norm_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let kind = Kind::of(&*vjp.params()?);
    if kind.p == 0.0 {
        // A count has no derivative: torch gives none, not zeros.
        return Ok(());
    }
    let x = vjp.saved_tensor(0)?;
    let gone = kind.mask.unwrap_or(0);
    let n = restore(&vjp.saved_tensor(RESULT)?, gone, kind.keepdim, x.ndim())?;
    let g = restore(vjp.g()?, gone, kind.keepdim, x.ndim())?;
    let x_bar = kind.adjoint(&x, &n, &g)?;
    vjp.add(0, x_bar)
}

fn norm_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let (Some(x_dot), Some(params)) = (jvp.x_dot(0), jvp.params) else { return Ok(()) };
    let y_dot = Kind::of(params).tangent(jvp.primal(0)?, jvp.outs[0], x_dot)?;
    jvp.set(0, y_dot)
}
