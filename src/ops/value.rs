//! What goes into an operator and what comes out, as every caller says it: Rust, Python, a sweep.

use super::apply::Operand;
use crate::buffers::PoolVec;
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels::random::Generator;
use crate::shape::Dims;
use crate::tensor::Tensor;
use std::sync::Mutex;

/// An argument, already matched to a parameter of the signature.
pub enum Arg<'a> {
    /// Left out, or `None`.
    None,
    /// A tensor, borrowed from whoever calls.
    Tensor(&'a Tensor),
    /// A number: it promotes weakly.
    Number(Scalar),
    /// A whole number.
    Int(i64),
    /// A switch.
    Bool(bool),
    /// Dimensions or sizes.
    Dims(Dims),
    /// An element type.
    DType(DType),
    /// Several tensors.
    Tensors(PoolVec<Tensor>),
    /// A word, borrowed from whoever calls.
    Text(&'a str),
    /// An order of elements.
    Format(Format),
    /// An integer that only 64 bits without a sign hold.
    Wide(u64),
    /// A generator other than the usual one.
    Generator(&'a Mutex<Generator>),
}

/// The order of elements that a caller may ask for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// As the operand's.
    Preserve,
    /// The last dimension's elements lie side by side.
    Contiguous,
    /// The second dimension's do, of four.
    ChannelsLast,
    /// The second dimension's do, of five.
    ChannelsLast3d,
}

impl<'a> Arg<'a> {
    /// The same once more, where it is a tensor, a number or a switch; else as if it were left out.
    pub fn again(&self) -> Arg<'a> {
        match self {
            Arg::Tensor(t) => Arg::Tensor(t),
            Arg::Number(s) => Arg::Number(*s),
            Arg::Int(i) => Arg::Int(*i),
            Arg::Bool(b) => Arg::Bool(*b),
            _ => Arg::None,
        }
    }

    /// The tensor, where it is one.
    pub fn tensor(&self) -> Option<&'a Tensor> {
        match self {
            Arg::Tensor(t) => Some(t),
            _ => None,
        }
    }
    /// The operand of a pointwise operator, where it is one.
    #[inline(always)]
    pub fn operand(&self) -> Option<Operand<'a>> {
        match self {
            Arg::Tensor(t) => Some(Operand::Tensor(t)),
            Arg::Number(s) => Some(Operand::Number(*s)),
            Arg::Int(i) => Some(Operand::Number(Scalar::Int(*i))),
            _ => None,
        }
    }
    /// The switch; false where it was left out.
    pub fn truth(&self) -> bool {
        matches!(self, Arg::Bool(true))
    }
    /// The element type, where one was given.
    pub fn dtype(&self) -> Option<DType> {
        match self {
            Arg::DType(d) => Some(*d),
            _ => None,
        }
    }
    /// The whole number, or `default`.
    pub fn int(&self, default: i64) -> i64 {
        match self {
            Arg::Int(i) => *i,
            _ => default,
        }
    }
    /// The word, where one was given.
    pub fn text(&self) -> Option<&'a str> {
        match self {
            Arg::Text(text) => Some(text),
            _ => None,
        }
    }
    /// The order of elements, or `usual`.
    pub fn format(&self, usual: Format) -> Format {
        match self {
            Arg::Format(format) => *format,
            _ => usual,
        }
    }
    /// The dimensions, where any were given.
    pub fn dims(&self) -> Option<&[i64]> {
        match self {
            Arg::Dims(d) => Some(d),
            _ => None,
        }
    }
}

/// The tensor at a place among the arguments.
///
/// # Errors
/// Where there is none: the parser lets no call through that gives none.
#[inline]
pub fn tensor<'a>(args: &[Arg<'a>], at: usize) -> Result<&'a Tensor> {
    args.get(at).and_then(Arg::tensor).ok_or_else(missing)
}

#[cold]
fn missing() -> Error {
    Error::type_error("a tensor is missing")
}

/// Where a result goes.
#[derive(Clone, Copy)]
pub enum Target<'a> {
    /// Into a new tensor.
    Fresh,
    /// Into the first operand: `x.mul_(y)`.
    InPlace,
    /// Into `out=`.
    Out(&'a Tensor),
}

/// What an operator returns.
// A tag of a whole word, as `Scalar`'s.
#[repr(u64)]
pub enum Output {
    /// One tensor.
    One(Tensor),
    /// Several, as a tuple.
    Many(PoolVec<Tensor>),
    /// A named pair: `torch.return_types.max`.
    Pair(&'static str, [&'static str; 2], [Tensor; 2]),
    /// A Python number or truth value.
    Number(Scalar),
    /// An element type.
    DType(DType),
    /// Extents: `torch.Size`.
    Size(Dims),
    /// Whole numbers, as a plain tuple.
    Ints(Dims),
}

impl Output {
    /// The tensor of an operator that returns one.
    ///
    /// # Panics
    /// Where the operator returns something else: a mistake in a row.
    pub fn one(self) -> Tensor {
        match self {
            Output::One(t) | Output::Pair(_, _, [t, _]) => t,
            _ => panic!("the operator returns no single tensor"),
        }
    }
}
