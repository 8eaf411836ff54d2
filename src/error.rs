//! Typed errors in torch's wording.
//!
//! An [`Error`] is one word wide, so that a `Result<Tensor>` travels in registers; what it says is
//! built on the failing path alone. The binding maps [`Class`] to Python's exceptions in one place.

use crate::buffers::OutOfMemory;
use std::any::Any;
use std::borrow::Cow;
use std::fmt;

/// The result of everything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Which of Python's exceptions an error is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// `RuntimeError`, torch's usual one.
    Runtime,
    /// `TypeError`.
    Type,
    /// `ValueError`.
    Value,
    /// `IndexError`.
    Index,
    /// `NotImplementedError`.
    NotImplemented,
    /// `MemoryError`.
    Memory,
    /// `RecursionError`.
    Recursion,
    /// An exception of the host's own, carried through unchanged.
    Host,
}

enum Repr {
    Said(Class, Cow<'static, str>),
    Host(Box<dyn Any + Send + Sync>),
}

/// What went wrong: its class and torch's text for it.
pub struct Error(Box<Repr>);

impl Error {
    /// An error of `class` that says `text`.
    #[cold]
    pub fn new(class: Class, text: impl Into<Cow<'static, str>>) -> Self {
        Error(Box::new(Repr::Said(class, text.into())))
    }
    /// A `RuntimeError`.
    #[cold]
    pub fn runtime(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Class::Runtime, text)
    }
    /// An `IndexError`.
    #[cold]
    pub fn index(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Class::Index, text)
    }
    /// A `TypeError`.
    #[cold]
    pub fn type_error(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Class::Type, text)
    }
    /// A `ValueError`.
    #[cold]
    pub fn value(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Class::Value, text)
    }
    /// A `NotImplementedError`.
    #[cold]
    pub fn not_implemented(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Class::NotImplemented, text)
    }
    /// An exception of the host's, to be raised again as it is.
    #[cold]
    pub fn host(exception: impl Any + Send + Sync) -> Self {
        Error(Box::new(Repr::Host(Box::new(exception))))
    }

    /// Its class.
    pub fn class(&self) -> Class {
        match &*self.0 {
            Repr::Said(class, _) => *class,
            Repr::Host(_) => Class::Host,
        }
    }

    /// The host's exception, if it is one; else the error again.
    pub fn into_host<T: Any + Send + Sync>(self) -> Result<T, Error> {
        match *self.0 {
            Repr::Host(any) => any.downcast().map(|b| *b).map_err(|any| Error(Box::new(Repr::Host(any)))),
            said => Err(Error(Box::new(said))),
        }
    }
}

/// The texts that several rooms need. One that a single operator says stands in that operator's file.
impl Error {
    pub(crate) fn dim_out_of_range(dim: i64, n: i64) -> Self {
        Self::index(format!("Dimension out of range (expected to be in range of [{}, {}], but got {dim})", -n, n - 1))
    }
    pub(crate) fn sizes_do_not_match(a: &[i64], b: &[i64], dim: usize) -> Self {
        let n = a.len().max(b.len());
        let at = |s: &[i64]| (dim + s.len()).checked_sub(n).map_or(1, |i| s[i]);
        Self::runtime(format!(
            "The size of tensor a ({}) must match the size of tensor b ({}) at non-singleton dimension {dim}",
            at(a),
            at(b)
        ))
    }
    pub(crate) fn invalid_shape(wanted: &[i64], numel: i64) -> Self {
        Self::runtime(format!("shape '{}' is invalid for input of size {numel}", list(wanted)))
    }
    pub(crate) fn storage_overflow(shape: &[i64]) -> Self {
        Self::runtime(format!("Storage size calculation overflowed with sizes={}", list(shape)))
    }
    #[cold]
    pub(crate) fn numel_overflow() -> Self {
        Self::runtime("numel: integer multiplication overflow")
    }
    pub(crate) fn no_cast(from: crate::dtype::DType, to: crate::dtype::DType) -> Self {
        Self::runtime(format!(
            "result type {} can't be cast to the desired output type {}",
            from.scalar_name(),
            to.scalar_name()
        ))
    }
    /// torch's text for an operator whose kernel it has not for a type.
    #[cold]
    pub(crate) fn no_kernel(kernel: &str, dtype: crate::dtype::DType) -> Self {
        Self::not_implemented(format!("\"{kernel}\" not implemented for '{}'", dtype.scalar_name()))
    }
    #[cold]
    pub(crate) fn overflow(to: crate::dtype::DType) -> Self {
        Self::runtime(format!("value cannot be converted to type {} without overflow", to.cpp_name()))
    }
    pub(crate) fn no_common_dtype(found: crate::dtype::DType, expected: crate::dtype::DType) -> Self {
        Self::runtime(format!("Found dtype {} but expected {}", found.scalar_name(), expected.scalar_name()))
    }
    pub(crate) fn internal_overlap() -> Self {
        Self::runtime(
            "unsupported operation: more than one element of the written-to tensor refers to a single memory location. \
             Please clone() the tensor before performing the operation.",
        )
    }
    pub(crate) fn partial_overlap() -> Self {
        Self::runtime(
            "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory \
             location. Please clone() the tensor before performing the operation.",
        )
    }
    pub(crate) fn second_time() -> Self {
        Self::runtime(
            "Trying to backward through the graph a second time (or directly access saved tensors after they have \
             already been freed). Saved intermediate values of the graph are freed when you call .backward() or \
             autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time or if \
             you need to access saved tensors after calling backward.",
        )
    }
}

impl From<OutOfMemory> for Error {
    #[cold]
    fn from(OutOfMemory(bytes): OutOfMemory) -> Self {
        Self::runtime(format!("can't allocate memory: you tried to allocate {bytes} bytes."))
    }
}

/// Extents as torch prints them: `[2, 3]`.
pub fn list(dims: &[i64]) -> String {
    let parts: Vec<String> = dims.iter().map(i64::to_string).collect();
    format!("[{}]", parts.join(", "))
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Repr::Said(_, text) => f.write_str(text),
            Repr::Host(_) => f.write_str("an exception of the host"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.class())
    }
}

impl std::error::Error for Error {}
