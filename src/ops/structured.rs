//! Reads the rows of operators that are no formula of elements, and makes their Rust methods.
//!
//! Beside Python's signatures a row may say how Rust users call it: `fn cumsum(dim: i64) -> Tensor => cumsum;` makes the
//! method, documented as the row is. Its arguments become those of the signature in order ([`Given`]); those left
//! out at the end are as if left out by a caller.

use super::apply::Operand;
use super::value::{Arg, Output};
use crate::buffers::PoolVec;
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::shape::Dims;
use crate::tensor::Tensor;

/// What a Rust method takes for a parameter.
pub trait Given<'a> {
    /// As an operator is given it.
    ///
    /// # Errors
    /// Where there is no memory for a list.
    fn arg(self) -> Result<Arg<'a>>;
}

macro_rules! given {
    ($($T:ty, $x:ident => $arg:expr;)*) => { $(
        impl<'a> Given<'a> for $T {
            fn arg(self) -> Result<Arg<'a>> {
                let $x = self;
                Ok($arg)
            }
        }
    )* };
}

given! {
    &'a Tensor, t => Arg::Tensor(t);
    i64, i => Arg::Int(i);
    bool, b => Arg::Bool(b);
    f64, x => Arg::Number(Scalar::Float(x));
    Scalar, x => Arg::Number(x);
    DType, d => Arg::DType(d);
    &'a str, text => Arg::Text(text);
    &[i64], dims => Arg::Dims(Dims::new(dims)?);
    &[Tensor], tensors => Arg::Tensors(several(tensors)?);
    Operand<'a>, x => match x {
        Operand::Tensor(t) => Arg::Tensor(t),
        Operand::Number(x) => Arg::Number(x),
    };
}

fn several(tensors: &[Tensor]) -> Result<PoolVec<Tensor>> {
    let mut all = PoolVec::new();
    all.reserve(tensors.len())?;
    tensors.iter().try_for_each(|t| all.push(t.clone()))?;
    Ok(all)
}

impl<'a, T: Given<'a>> Given<'a> for Option<T> {
    fn arg(self) -> Result<Arg<'a>> {
        self.map_or(Ok(Arg::None), T::arg)
    }
}

/// What a Rust method returns.
pub trait Returned: Sized {
    /// Of what the operator returns.
    ///
    /// # Errors
    /// Where it returns something else: a slip in the row.
    fn of(output: Output) -> Result<Self>;
}

#[cold]
fn another() -> Error {
    Error::runtime("a row's Rust method says that it returns something else than its operator does")
}

impl Returned for Tensor {
    fn of(output: Output) -> Result<Self> {
        match output {
            Output::One(t) => Ok(t),
            _ => Err(another()),
        }
    }
}

impl Returned for (Tensor, Tensor) {
    fn of(output: Output) -> Result<Self> {
        match output {
            Output::Pair(_, _, [a, b]) => Ok((a, b)),
            Output::Many(mut both) if both.len() == 2 => {
                both.pop().zip(both.pop()).map(|(b, a)| (a, b)).ok_or_else(another)
            }
            _ => Err(another()),
        }
    }
}

impl Returned for Vec<Tensor> {
    fn of(output: Output) -> Result<Self> {
        match output {
            Output::Many(all) => Ok(all.iter().cloned().collect()),
            _ => Err(another()),
        }
    }
}

impl Returned for bool {
    fn of(output: Output) -> Result<Self> {
        match output {
            Output::Number(Scalar::Bool(b)) => Ok(b),
            _ => Err(another()),
        }
    }
}

/// The Rust methods that a row names.
macro_rules! rust_methods {
    ($doc:expr; $($name:ident($($x:ident: $T:ty),*) $R:ty, $call:expr;)*) => { $(
        impl $crate::tensor::Tensor {
            #[doc = $doc]
            #[allow(clippy::should_implement_trait, clippy::too_many_arguments)]
            pub fn $name(&self, $($x: $T),*) -> $crate::error::Result<$R> {
                let call: fn(&[$crate::ops::value::Arg<'_>], $crate::ops::value::Target<'_>) -> $crate::error::Result<$crate::ops::value::Output> = $call;
                let args = [$crate::ops::value::Arg::Tensor(self) $(, $crate::ops::structured::Given::arg($x)?)*];
                $crate::ops::structured::Returned::of(call(&args, $crate::ops::value::Target::Fresh)?)
            }
        }
    )* };
}
pub(crate) use rust_methods;

/// Reads structured rows: an operator whose rule is a pair of functions.
///
/// After the node's names, what derivatives read and the two functions come torch's signatures, each with its forms and
/// what it calls, and the Rust methods.
macro_rules! structured {
    (family $family:literal; $(
        $(#[doc = $doc:literal])*
        $Row:ident {
            $f:literal, grads [$($grad:literal),*], reads [$($reads:expr),*], vjp $vjp:path, jvp $jvp:path $(, dtype $dtype:literal)?;
            $( $signature:literal $forms:ident => $call:expr; )*
            $( fn $method:ident($($x:ident: $T:ty),* $(,)?) -> $R:ty => $body:expr; )*
        }
    )*) => {
        #[allow(dead_code, non_camel_case_types, clippy::enum_variant_names)]
        enum RowIndex { $($Row),* }
        $(
            $(#[doc = $doc])*
            pub struct $Row;
            impl $Row {
                const DOC: &'static str = concat!($($doc, "\n"),*);
                /// The operator.
                pub const OPERATOR: &'static $crate::ops::row::Operator = &$crate::ops::row::Operator {
                    number: ($family << 8) | RowIndex::$Row as u16,
                    name: $f,
                    grad_names: &[$($grad),*],
                    reads: &[$($reads),*],
                    body: $crate::ops::row::Body::Structured { vjp: $vjp, jvp: $jvp },
                    about: &$crate::ops::row::About {
                        row: stringify!($Row),
                        operands: &[],
                        domain: "",
                        dtype: concat!($($dtype)?),
                        doc: Self::DOC,
                    },
                };
            }
            $crate::ops::structured::rust_methods!(concat!($($doc, "\n"),*); $($method($($x: $T),*) $R, $body;)*);
        )*
        /// The family's operators.
        pub static OPERATORS: &[&$crate::ops::row::Operator] = &[$($Row::OPERATOR),*];
        /// The family's signatures.
        pub static OVERLOADS: &[$crate::ops::row::Overload] = &[$($(
            $crate::ops::row::Overload {
                signature: $crate::ops::signature::Signature::parse($signature),
                call: $call,
                plain: None,
                forms: $crate::ops::row::forms::$forms,
                row: stringify!($Row),
                doc: $Row::DOC,
            },
        )*)*];
    };
}
pub(crate) use structured;

/// Reads the rows of names without a node of their own: what they call records itself, or has no derivative.
macro_rules! composed {
    ($(
        $(#[doc = $doc:literal])*
        $Row:ident {
            $( $signature:literal $forms:ident => $call:expr; )*
            $( fn $method:ident($($x:ident: $T:ty),* $(,)?) -> $R:ty => $body:expr; )*
        }
    )*) => {
        #[allow(non_upper_case_globals)]
        mod docs {
            $(pub const $Row: &str = concat!($($doc, "\n"),*);)*
        }
        $( $crate::ops::structured::rust_methods!(concat!($($doc, "\n"),*); $($method($($x: $T),*) $R, $body;)*); )*
        /// No operators stand here.
        pub static OPERATORS: &[&$crate::ops::row::Operator] = &[];
        /// The family's signatures.
        pub static OVERLOADS: &[$crate::ops::row::Overload] = &[$($(
            $crate::ops::row::Overload {
                signature: $crate::ops::signature::Signature::parse($signature),
                call: $call,
                plain: None,
                forms: $crate::ops::row::forms::$forms,
                row: "",
                doc: docs::$Row,
            },
        )*)*];
    };
}
pub(crate) use composed;
