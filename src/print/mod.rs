//! What `repr` says of a tensor, to the letter as torch says it.
//!
//! This floor sees no tensor: whoever prints hands over a shape and a way to read one element
//! ([`Elements`]), so that of a huge tensor only what is shown is ever read. What must not come here:
//! settings (the binding holds the [`Options`] that `set_printoptions` changes).

mod column;
mod layout;
mod suffix;
pub mod tensor;
#[cfg(test)]
mod tests;

pub use suffix::Suffix;

use crate::dtype::{DType, Scalar};
use layout::Layout;

/// How numbers are printed: what `torch.set_printoptions` sets.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Options {
    /// Digits after the point. 16 bits, because Rust formats with no more.
    pub precision: u16,
    /// A tensor of more elements than this is summarised; may be infinite.
    pub threshold: f64,
    /// How many entries a summary shows at both ends of a dimension.
    pub edgeitems: usize,
    /// Columns before a line is broken.
    pub linewidth: i64,
    /// Whether exponents are used; `None` lets the numbers decide.
    pub sci_mode: Option<bool>,
}

impl Options {
    /// torch's profile `default`, with which a process starts.
    pub const DEFAULT: Options =
        Options { precision: 4, threshold: 1000.0, edgeitems: 3, linewidth: 80, sci_mode: None };
    /// torch's profile `short`.
    pub const SHORT: Options = Options { precision: 2, edgeitems: 2, ..Options::DEFAULT };
    /// torch's profile `full`, which never summarises.
    pub const FULL: Options = Options { threshold: f64::INFINITY, ..Options::DEFAULT };

    /// The profile of this name; torch ignores names it does not know.
    pub fn profile(name: &str) -> Option<Options> {
        match name {
            "default" => Some(Options::DEFAULT),
            "short" => Some(Options::SHORT),
            "full" => Some(Options::FULL),
            _ => None,
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Options::DEFAULT
    }
}

/// The numbers of a tensor of any layout.
pub trait Elements {
    /// Its extents, none of them negative.
    fn shape(&self) -> &[i64];
    /// The element at `index`, which has one entry a dimension, each below its extent.
    ///
    /// Bool, integer, real and complex types give that kind of [`Scalar`]; smaller floats are widened
    /// exactly, as Python's `float` would hold them. It is called more than once an element.
    fn at(&self, index: &[i64]) -> Scalar;
}

/// A shape and a function of the index.
impl<F: Fn(&[i64]) -> Scalar> Elements for (&[i64], F) {
    fn shape(&self) -> &[i64] {
        self.0
    }
    fn at(&self, index: &[i64]) -> Scalar {
        (self.1)(index)
    }
}

/// `tensor([1., 2.], dtype=torch.float64, grad_fn=<MulBackward0>)`: a tensor's whole `repr`.
///
/// `dtype` is its element type, and `default_dtype` the process's default floating point type,
/// which goes unsaid.
pub fn tensor_repr(
    elements: &dyn Elements,
    dtype: DType,
    default_dtype: DType,
    options: &Options,
    suffix: &Suffix<'_>,
) -> String {
    let mut text = suffix.opening();
    let indent = text.chars().count();
    Layout::new(elements, dtype, options).write(&mut text, indent);
    suffix.close(text, indent, elements.shape(), dtype, default_dtype, options)
}
