//! A number that stands for a tensor: what a row's formula computes with when the sweep is recorded.
//!
//! Numbers must be `Copy`, so this one is an index into a scratch list of the thread. An operator that
//! fails leaves its error there; what is computed from it afterwards is ignored.

use super::apply::{Operand, pointwise};
use super::compare::{Eq, Le, Lt};
use super::pointwise as rows;
use super::row::{Operator, Pointwise};
use super::value::Target;
use crate::dtype::Scalar;
use crate::error::{Error, Result};
use crate::kernels::number::{Field, Ordered, Real, Ring};
use crate::tensor::Tensor;
use std::cell::RefCell;
use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

/// A tensor or a number in the scratch list.
#[derive(Clone, Copy)]
pub struct Recorded(usize);

/// The answer of a comparison: a tensor of bool.
#[derive(Clone, Copy)]
pub struct RecordedMask(Recorded);

enum Value {
    Tensor(Tensor),
    Number(Scalar),
}

struct Scratch {
    values: Vec<Value>,
    error: Option<Error>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = const { RefCell::new(Scratch { values: Vec::new(), error: None }) };
}

/// Evaluates a row's formula over tensors and numbers, recording each step as an operator.
pub fn evaluate(formula: fn(&[Recorded]) -> Recorded, operands: &[Operand<'_>]) -> Result<Tensor> {
    let mark = SCRATCH.with_borrow(|s| s.values.len());
    let numbers: Vec<Recorded> = operands.iter().map(|o| push(value_of(*o))).collect();
    let result = formula(&numbers);
    let taken = SCRATCH.with_borrow_mut(|s| {
        let tensor = match s.values.get(result.0) {
            Some(Value::Tensor(t)) => Ok(t.clone()),
            Some(Value::Number(x)) => Err(*x),
            None => Err(Scalar::Float(0.0)),
        };
        (tensor, s.values.split_off(mark), s.error.take())
    });
    let (tensor, scratch, error) = taken;
    drop(scratch);
    match (error, tensor) {
        (Some(error), _) => Err(error),
        (None, Ok(t)) => Ok(t),
        // A derivative that is a constant: spread over the cotangent's shape.
        (None, Err(x)) => match operands.first().and_then(|o| o.tensor()) {
            Some(g) => Tensor::full(&g.geometry().shape, x, g.dtype()),
            None => Tensor::full(&[], x, crate::create::default_dtype()),
        },
    }
}

fn value_of(o: Operand<'_>) -> Value {
    match o {
        Operand::Tensor(t) => Value::Tensor(t.clone()),
        Operand::Number(s) => Value::Number(s),
    }
}

fn push(value: Value) -> Recorded {
    SCRATCH.with_borrow_mut(|s| {
        s.values.push(value);
        Recorded(s.values.len() - 1)
    })
}

fn get(n: Recorded) -> Value {
    SCRATCH.with_borrow(|s| match &s.values[n.0] {
        Value::Tensor(t) => Value::Tensor(t.clone()),
        Value::Number(x) => Value::Number(*x),
    })
}

fn apply(op: &'static Operator, row: &'static Pointwise, numbers: &[Recorded]) -> Recorded {
    let values: Vec<Value> = numbers.iter().map(|n| get(*n)).collect();
    if SCRATCH.with_borrow(|s| s.error.is_some()) {
        return push(Value::Number(Scalar::Float(0.0)));
    }
    let operands: Vec<Operand<'_>> = values
        .iter()
        .map(|v| match v {
            Value::Tensor(t) => Operand::Tensor(t),
            Value::Number(x) => Operand::Number(*x),
        })
        .collect();
    // Nothing of the scratch is borrowed here: an operator may run a hook that records in turn.
    match pointwise(op, row, 0, &operands, Target::Fresh) {
        Ok(t) if operands.iter().all(|o| o.tensor().is_none()) => {
            push(t.item().map_or(Value::Tensor(t), Value::Number))
        }
        Ok(t) => push(Value::Tensor(t)),
        Err(e) => {
            SCRATCH.with_borrow_mut(|s| s.error = Some(e));
            push(Value::Number(Scalar::Float(0.0)))
        }
    }
}

macro_rules! through {
    ($($trait:ident $method:ident $Row:ident;)*) => { $(
        impl $trait for Recorded {
            type Output = Recorded;
            fn $method(self, other: Recorded) -> Recorded {
                apply(rows::$Row::OPERATOR, rows::$Row::ROW, &[self, other])
            }
        }
    )* };
}
through! { Add add Add; Sub sub Sub; Mul mul Mul; Div div Div; }

impl Neg for Recorded {
    type Output = Recorded;
    fn neg(self) -> Recorded {
        apply(rows::Neg::OPERATOR, rows::Neg::ROW, &[self])
    }
}

impl BitAnd for RecordedMask {
    type Output = RecordedMask;
    fn bitand(self, other: RecordedMask) -> RecordedMask {
        RecordedMask(apply(rows::Mul::OPERATOR, rows::Mul::ROW, &[self.0, other.0]))
    }
}
impl BitOr for RecordedMask {
    type Output = RecordedMask;
    fn bitor(self, other: RecordedMask) -> RecordedMask {
        RecordedMask(apply(rows::Add::OPERATOR, rows::Add::ROW, &[self.0, other.0]))
    }
}
impl Not for RecordedMask {
    type Output = RecordedMask;
    fn not(self) -> RecordedMask {
        RecordedMask(apply(Eq::OPERATOR, Eq::ROW, &[self.0, push(Value::Number(Scalar::Bool(false)))]))
    }
}

impl Ring for Recorded {
    type Mask = RecordedMask;
    fn lit(x: f64) -> Self {
        push(Value::Number(Scalar::Float(x)))
    }
    fn select(m: RecordedMask, a: Self, b: Self) -> Self {
        apply(rows::Where::OPERATOR, rows::Where::ROW, &[m.0, a, b])
    }
    fn equal(self, other: Self) -> RecordedMask {
        RecordedMask(apply(Eq::OPERATOR, Eq::ROW, &[self, other]))
    }
    fn conj(self) -> Self {
        match get(self) {
            Value::Tensor(t) if t.dtype().is_complex() => apply(rows::Conj::OPERATOR, rows::Conj::ROW, &[self]),
            Value::Number(Scalar::Complex(re, im)) => push(Value::Number(Scalar::Complex(re, -im))),
            _ => self,
        }
    }
}

impl Ordered for Recorded {
    fn less(self, other: Self) -> RecordedMask {
        RecordedMask(apply(Lt::OPERATOR, Lt::ROW, &[self, other]))
    }
    fn at_most(self, other: Self) -> RecordedMask {
        RecordedMask(apply(Le::OPERATOR, Le::ROW, &[self, other]))
    }
    fn abs(self) -> Self {
        apply(rows::Abs::OPERATOR, rows::Abs::ROW, &[self])
    }
}

impl Field for Recorded {
    fn exp(self) -> Self {
        apply(rows::Exp::OPERATOR, rows::Exp::ROW, &[self])
    }
    fn ln(self) -> Self {
        apply(rows::Log::OPERATOR, rows::Log::ROW, &[self])
    }
    fn sqrt(self) -> Self {
        apply(rows::Sqrt::OPERATOR, rows::Sqrt::ROW, &[self])
    }
    fn pow(self, exponent: Self) -> Self {
        apply(rows::Pow::OPERATOR, rows::Pow::ROW, &[self, exponent])
    }
}

impl Real for Recorded {}
