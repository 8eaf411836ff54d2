//! A number that stands for a tensor: what a row's formula computes with when the sweep is recorded.
//!
//! Numbers must be `Copy`, so this one is an index into a scratch list of the thread. An operator that
//! fails leaves its error there; what is computed from it afterwards is ignored.

use super::adjoint::MAX_READS;
use super::apply::{Operand, pointwise, run};
use super::promotion::{common_dtype, compute_of};
use super::row::{Operator, Pointwise, Rule};
use super::value::Target;
use crate::dtype::{Category, DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels::number::{Field, Ordered, Real, Ring};
use crate::ops::elements::compare::{Eq, Le, Lt};
use crate::ops::{
    copy, elements::analytic, elements::arithmetic, elements::blend, elements::pointwise as rows, elements::rounding,
    elements::special,
};
use crate::tensor::Tensor;
use std::cell::RefCell;
use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

/// What a derivative reads at most, and the cotangent; no row has more operands.
const MAX_OPERANDS: usize = MAX_READS + 1;

/// A tensor or a number in the scratch list.
#[derive(Clone, Copy)]
pub struct Recorded(usize);

/// The answer of a comparison: a tensor of bool.
#[derive(Clone, Copy)]
pub struct RecordedMask(Recorded);

#[derive(Clone)]
enum Value {
    Tensor(Tensor),
    /// A number that a caller gave in a tensor's place.
    Given(Scalar),
    /// A number of the formula's own.
    Number(Scalar),
}

impl Value {
    fn operand(&self) -> Operand<'_> {
        match self {
            Value::Tensor(t) => Operand::Tensor(t),
            Value::Given(x) | Value::Number(x) => Operand::Number(*x),
        }
    }
    fn number(&self) -> Option<Scalar> {
        match self {
            Value::Tensor(_) => None,
            Value::Given(x) | Value::Number(x) => Some(*x),
        }
    }
}

/// Kernels convert their operands to one type and compute in it. Here an operand stays what it is until a step asks
/// otherwise: sums and products promote what they are given, but a function of one number does not know of the others.
struct Scratch {
    /// Each with whether it is a real number whose conjugate was asked for.
    values: Vec<(Value, bool)>,
    /// The type of the formula that is evaluated: what its operands have in common.
    common: DType,
    error: Option<Error>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = const {
        RefCell::new(Scratch { values: Vec::new(), common: DType::Float32, error: None })
    };
}

/// Evaluates a row's formula over tensors and numbers, recording each step as an operator. `given` says
/// whether the numbers stand for tensors ([`Operator::number_is_tensor`]).
pub fn evaluate(formula: fn(&[Recorded]) -> Recorded, operands: &[Operand<'_>], given: bool) -> Result<Tensor> {
    let common = common_dtype(operands);
    let (mark, outer) = SCRATCH.with_borrow_mut(|s| (s.values.len(), std::mem::replace(&mut s.common, common)));
    let mut numbers = [Recorded(0); MAX_OPERANDS];
    for (slot, o) in numbers.iter_mut().zip(operands) {
        *slot = push(match o {
            Operand::Tensor(t) => Value::Tensor((*t).clone()),
            Operand::Number(x) if given => Value::Given(*x),
            Operand::Number(x) => Value::Number(*x),
        });
    }
    let result = formula(&numbers[..operands.len()]);
    let (result, error) = SCRATCH.with_borrow_mut(|s| {
        s.common = outer;
        (s.values.get(result.0).map(|(value, _)| value.clone()), s.error.take())
    });
    // One by one: what a value lets go of may come back here.
    while let Some(value) = SCRATCH.with_borrow_mut(|s| if s.values.len() > mark { s.values.pop() } else { None }) {
        drop(value);
    }
    match (error, result) {
        (Some(error), _) => Err(error),
        (None, Some(Value::Tensor(t))) => Ok(t),
        // A derivative that is a constant: spread over the cotangent's shape.
        (None, x) => {
            let x = x.and_then(|x| x.number()).unwrap_or(Scalar::Float(0.0));
            match operands.first().and_then(|o| o.tensor()) {
                Some(g) => Tensor::converted(&g.geometry().shape, x, g.dtype()),
                None => Tensor::converted(&[], x, crate::create::default_dtype()),
            }
        }
    }
}

fn push(value: Value) -> Recorded {
    push_turned(value, false)
}

fn push_turned(value: Value, turned: bool) -> Recorded {
    SCRATCH.with_borrow_mut(|s| {
        s.values.push((value, turned));
        Recorded(s.values.len() - 1)
    })
}

fn get(n: Recorded) -> Value {
    SCRATCH.with_borrow(|s| s.values[n.0].0.clone())
}

/// The number in the formula's type, where its own is narrower. Of a real number that becomes complex, and whose conjugate
/// was asked for, the imaginary part is -0: it says on which side of a cut the number is.
fn widened(n: Recorded) -> Recorded {
    let (common, turned) = SCRATCH.with_borrow(|s| (s.common, s.values[n.0].1));
    match get(n) {
        Value::Tensor(t) if is_narrower(t.dtype(), common) => {
            let wide = kept(copy::to(&t, t.dtype().promote(common)).map(Value::Tensor));
            if turned { wide.conj() } else { wide }
        }
        // Of a positive one the functions are real.
        Value::Given(x) | Value::Number(x)
            if common.is_complex() && x.category() < Category::Complex && x.to_f64() < 0.0 =>
        {
            push(Value::Number(Scalar::Complex(x.to_f64(), if turned { -0.0 } else { 0.0 })))
        }
        _ => n,
    }
}

/// Whether numbers of a type are converted where they meet `common`: not the one number of a wider type, which does not
/// widen the others. Truth values are masks.
fn is_narrower(own: DType, common: DType) -> bool {
    own != common && own != DType::Bool && (own.category() < common.category() || own.promote(common) == common)
}

/// Applies a row to what the numbers stand for: numbers among themselves give a number.
fn apply(op: &'static Operator, row: &'static Pointwise, variant: u8, numbers: &[Recorded]) -> Recorded {
    let mut values = [const { Value::Number(Scalar::Bool(false)) }; MAX_OPERANDS];
    for (slot, n) in values.iter_mut().zip(numbers) {
        *slot = get(if row.rule == Rule::Float { widened(*n) } else { *n });
    }
    if SCRATCH.with_borrow(|s| s.error.is_some()) {
        return push(Value::Number(Scalar::Float(0.0)));
    }
    let operands = values.each_ref().map(Value::operand);
    let operands = &operands[..numbers.len()];
    // Nothing of the scratch is borrowed here: an operator may run a hook that records in turn.
    let result = if operands.iter().all(|o| o.tensor().is_none()) {
        constant(row, operands).map(Value::Number)
    } else {
        pointwise(op, row, variant, operands, Target::Fresh).map(Value::Tensor)
    };
    kept(result)
}

/// The value in the scratch list, or the error.
fn kept(result: Result<Value>) -> Recorded {
    match result {
        Ok(value) => push(value),
        Err(e) => {
            SCRATCH.with_borrow_mut(|s| s.error = Some(e));
            push(Value::Number(Scalar::Float(0.0)))
        }
    }
}

/// A row's value for numbers, in float64: the default type would cost a float64 formula its digits.
fn constant(row: &'static Pointwise, numbers: &[Operand<'_>]) -> Result<Scalar> {
    let complex = numbers.iter().any(|o| matches!(o, Operand::Number(Scalar::Complex(..))));
    let common = if complex { DType::Complex128 } else { DType::Float64 };
    let (compute, result) = compute_of(row.rule, common, common);
    let out = Tensor::empty(&[], result)?;
    if !run(&row.kernels, compute, &out, numbers, (&[], true), false)? {
        return Err(Error::runtime("a formula of numbers lacks a kernel"));
    }
    out.item()
}

/// One of the four operations; with a number of the formula's own, torch's overload for numbers, which has the
/// tensor first wherever the order does not matter.
fn arithmetic(op: &'static Operator, row: &'static Pointwise, commutes: bool, a: Recorded, b: Recorded) -> Recorded {
    match (get(a), get(b)) {
        (Value::Number(_), Value::Tensor(_)) if commutes => apply(op, row, 1, &[b, a]),
        (Value::Tensor(_), Value::Number(_)) => apply(op, row, 1, &[a, b]),
        _ => apply(op, row, 0, &[a, b]),
    }
}

macro_rules! through {
    ($($trait:ident $method:ident $Row:ident $commutes:literal;)*) => { $(
        impl $trait for Recorded {
            type Output = Recorded;
            fn $method(self, other: Recorded) -> Recorded {
                arithmetic(rows::$Row::OPERATOR, rows::$Row::ROW, $commutes, self, other)
            }
        }
    )* };
}
through! { Add add Add true; Sub sub Sub false; Mul mul Mul true; Div div Div false; }

impl Neg for Recorded {
    type Output = Recorded;
    fn neg(self) -> Recorded {
        apply(rows::Neg::OPERATOR, rows::Neg::ROW, 0, &[self])
    }
}

/// A mask that is a number decides at once: what it excludes is not recorded.
fn decided(m: RecordedMask) -> Option<bool> {
    get(m.0).number().map(|x| !x.is(0.0))
}

impl BitAnd for RecordedMask {
    type Output = RecordedMask;
    fn bitand(self, other: RecordedMask) -> RecordedMask {
        match (decided(self), decided(other)) {
            (Some(false), _) | (_, Some(true)) => self,
            (_, Some(false)) | (Some(true), _) => other,
            _ => RecordedMask(apply(rows::Mul::OPERATOR, rows::Mul::ROW, 0, &[self.0, other.0])),
        }
    }
}
impl BitOr for RecordedMask {
    type Output = RecordedMask;
    fn bitor(self, other: RecordedMask) -> RecordedMask {
        match (decided(self), decided(other)) {
            (Some(true), _) | (_, Some(false)) => self,
            (_, Some(true)) | (Some(false), _) => other,
            _ => RecordedMask(apply(rows::Add::OPERATOR, rows::Add::ROW, 0, &[self.0, other.0])),
        }
    }
}
impl Not for RecordedMask {
    type Output = RecordedMask;
    fn not(self) -> RecordedMask {
        RecordedMask(apply(Eq::OPERATOR, Eq::ROW, 0, &[self.0, push(Value::Number(Scalar::Bool(false)))]))
    }
}

impl Ring for Recorded {
    type Mask = RecordedMask;
    fn lit(x: f64) -> Self {
        push(Value::Number(Scalar::Float(x)))
    }
    fn select(m: RecordedMask, a: Self, b: Self) -> Self {
        if let Some(holds) = decided(m) {
            return if holds { a } else { b };
        }
        apply(rows::Where::OPERATOR, rows::Where::ROW, 0, &[m.0, a, b])
    }
    fn cleared(self, m: RecordedMask) -> Self {
        if decided(m) == Some(false) {
            return self;
        }
        apply(rows::MaskedFill::OPERATOR, rows::MaskedFill::ROW, 0, &[self, Self::lit(0.0), m.0])
    }
    fn equal(self, other: Self) -> RecordedMask {
        RecordedMask(apply(Eq::OPERATOR, Eq::ROW, 0, &[self, other]))
    }
    fn underived(self, name: &'static str) -> Self {
        SCRATCH.with_borrow_mut(|s| {
            let error = || Error::runtime(format!("derivative for aten::{name} is not implemented"));
            s.error.get_or_insert_with(error);
        });
        self
    }
    fn conj(self) -> Self {
        match get(self) {
            Value::Tensor(t) if t.dtype().is_complex() => apply(rows::Conj::OPERATOR, rows::Conj::ROW, 0, &[self]),
            Value::Given(Scalar::Complex(re, im)) => push(Value::Given(Scalar::Complex(re, -im))),
            Value::Number(Scalar::Complex(re, im)) => push(Value::Number(Scalar::Complex(re, -im))),
            real if SCRATCH.with_borrow(|s| s.common.is_complex()) => push_turned(real, true),
            _ => self,
        }
    }
}

impl Ordered for Recorded {
    fn less(self, other: Self) -> RecordedMask {
        RecordedMask(apply(Lt::OPERATOR, Lt::ROW, 0, &[self, other]))
    }
    fn at_most(self, other: Self) -> RecordedMask {
        RecordedMask(apply(Le::OPERATOR, Le::ROW, 0, &[self, other]))
    }
    fn abs(self) -> Self {
        apply(rows::Abs::OPERATOR, rows::Abs::ROW, 0, &[self])
    }
    fn sgn(self) -> Self {
        apply(rows::Sgn::OPERATOR, rows::Sgn::ROW, 0, &[self])
    }
    fn gated(self, gate: Self, bound: Self) -> Self {
        apply(rows::Gate::OPERATOR, rows::Gate::ROW, 0, &[self, gate, bound])
    }
    fn floor(self) -> Self {
        apply(rounding::Floor::OPERATOR, rounding::Floor::ROW, 0, &[self])
    }
    fn ceil(self) -> Self {
        apply(rounding::Ceil::OPERATOR, rounding::Ceil::ROW, 0, &[self])
    }
    fn trunc(self) -> Self {
        apply(rounding::Trunc::OPERATOR, rounding::Trunc::ROW, 0, &[self])
    }
    fn nearest(self) -> Self {
        apply(rounding::Round::OPERATOR, rounding::Round::ROW, 0, &[self])
    }
    fn div_trunc(self, other: Self) -> Self {
        apply(rows::DivTrunc::OPERATOR, rows::DivTrunc::ROW, 0, &[self, other])
    }
    fn div_floor(self, other: Self) -> Self {
        apply(rows::DivFloor::OPERATOR, rows::DivFloor::ROW, 0, &[self, other])
    }
    fn rest_trunc(self, other: Self) -> Self {
        apply(rounding::Fmod::OPERATOR, rounding::Fmod::ROW, 1, &[self, other])
    }
    fn rest_floor(self, other: Self) -> Self {
        apply(rounding::Remainder::OPERATOR, rounding::Remainder::ROW, 1, &[self, other])
    }
}

impl Field for Recorded {
    fn exp(self) -> Self {
        apply(rows::Exp::OPERATOR, rows::Exp::ROW, 0, &[self])
    }
    fn ln(self) -> Self {
        apply(rows::Log::OPERATOR, rows::Log::ROW, 0, &[self])
    }
    fn sqrt(self) -> Self {
        apply(rows::Sqrt::OPERATOR, rows::Sqrt::ROW, 0, &[self])
    }
    fn pow(self, exponent: Self) -> Self {
        let base = widened(self);
        let (op, row, variant) = arithmetic::power_row(get(base).operand(), get(exponent).operand());
        apply(op, row, variant, &[base, exponent])
    }
    fn recip(self) -> Self {
        apply(rows::Reciprocal::OPERATOR, rows::Reciprocal::ROW, 0, &[self])
    }
    fn rsqrt_of_square_less_one(self) -> Self {
        let one = Self::lit(1.0);
        match get(self) {
            // A difference keeps the sign of an imaginary zero, which says on which side of the cut it is; a sum does not.
            Value::Tensor(t) if t.dtype().is_complex() => (self - Self::lit(-1.0)).rsqrt() * (self - one).rsqrt(),
            _ => (self * self - one).rsqrt(),
        }
    }
    fn raised(self, exponent: f64) -> Self {
        self.pow(Self::lit(exponent))
    }
    fn rsqrt(self) -> Self {
        apply(analytic::Rsqrt::OPERATOR, analytic::Rsqrt::ROW, 0, &[self])
    }
    fn exp2(self) -> Self {
        apply(analytic::Exp2::OPERATOR, analytic::Exp2::ROW, 0, &[self])
    }
    fn log2(self) -> Self {
        apply(analytic::Log2::OPERATOR, analytic::Log2::ROW, 0, &[self])
    }
    fn log10(self) -> Self {
        apply(analytic::Log10::OPERATOR, analytic::Log10::ROW, 0, &[self])
    }
    fn expm1(self) -> Self {
        apply(analytic::Expm1::OPERATOR, analytic::Expm1::ROW, 0, &[self])
    }
    fn log1p(self) -> Self {
        apply(analytic::Log1p::OPERATOR, analytic::Log1p::ROW, 0, &[self])
    }
    fn tanh(self) -> Self {
        apply(analytic::Tanh::OPERATOR, analytic::Tanh::ROW, 0, &[self])
    }
    fn sigmoid(self) -> Self {
        apply(analytic::Sigmoid::OPERATOR, analytic::Sigmoid::ROW, 0, &[self])
    }
    fn is_small(self) -> RecordedMask {
        (self * self.conj()).less(Self::lit(0.25))
    }
    fn log_add_exp(self, other: Self) -> Self {
        apply(blend::LogAddExp::OPERATOR, blend::LogAddExp::ROW, 0, &[self, other])
    }
    fn sin(self) -> Self {
        apply(analytic::Sin::OPERATOR, analytic::Sin::ROW, 0, &[self])
    }
    fn cos(self) -> Self {
        apply(analytic::Cos::OPERATOR, analytic::Cos::ROW, 0, &[self])
    }
    fn tan(self) -> Self {
        apply(analytic::Tan::OPERATOR, analytic::Tan::ROW, 0, &[self])
    }
    fn asin(self) -> Self {
        apply(analytic::Asin::OPERATOR, analytic::Asin::ROW, 0, &[self])
    }
    fn acos(self) -> Self {
        apply(analytic::Acos::OPERATOR, analytic::Acos::ROW, 0, &[self])
    }
    fn atan(self) -> Self {
        apply(analytic::Atan::OPERATOR, analytic::Atan::ROW, 0, &[self])
    }
    fn sinh(self) -> Self {
        apply(analytic::Sinh::OPERATOR, analytic::Sinh::ROW, 0, &[self])
    }
    fn cosh(self) -> Self {
        apply(analytic::Cosh::OPERATOR, analytic::Cosh::ROW, 0, &[self])
    }
    fn asinh(self) -> Self {
        apply(analytic::Asinh::OPERATOR, analytic::Asinh::ROW, 0, &[self])
    }
    fn acosh(self) -> Self {
        apply(analytic::Acosh::OPERATOR, analytic::Acosh::ROW, 0, &[self])
    }
    fn atanh(self) -> Self {
        apply(analytic::Atanh::OPERATOR, analytic::Atanh::ROW, 0, &[self])
    }
}

impl Real for Recorded {
    fn erf(self) -> Self {
        apply(analytic::Erf::OPERATOR, analytic::Erf::ROW, 0, &[self])
    }
    fn erfc(self) -> Self {
        apply(analytic::Erfc::OPERATOR, analytic::Erfc::ROW, 0, &[self])
    }
    fn atan2(self, other: Self) -> Self {
        apply(analytic::Atan2::OPERATOR, analytic::Atan2::ROW, 0, &[self, other])
    }
    fn erfinv(self) -> Self {
        apply(special::Erfinv::OPERATOR, special::Erfinv::ROW, 0, &[self])
    }
    fn hypot(self, other: Self) -> Self {
        apply(special::Hypot::OPERATOR, special::Hypot::ROW, 0, &[self, other])
    }
    fn copysign(self, other: Self) -> Self {
        apply(special::Copysign::OPERATOR, special::Copysign::ROW, by_number(other), &[self, other])
    }
    fn nextafter(self, other: Self) -> Self {
        apply(special::NextAfter::OPERATOR, special::NextAfter::ROW, 0, &[self, other])
    }
    fn lgamma(self) -> Self {
        apply(special::Lgamma::OPERATOR, special::Lgamma::ROW, 0, &[self])
    }
    fn digamma(self) -> Self {
        apply(special::Digamma::OPERATOR, special::Digamma::ROW, 0, &[self])
    }
    fn polygamma(self, n: Self) -> Self {
        apply(special::Polygamma::OPERATOR, special::Polygamma::ROW, 0, &[self, n])
    }
    fn exponent(self) -> Self {
        apply(special::Exponent::OPERATOR, special::Exponent::ROW, 0, &[self])
    }
    fn xlogy(self, other: Self) -> Self {
        apply(special::Xlogy::OPERATOR, special::Xlogy::ROW, 2 * by_number(other), &[self, other])
    }
}

/// 1 for a number, 0 for a tensor.
fn by_number(n: Recorded) -> u8 {
    u8::from(get(n).number().is_some())
}
