//! A user's own operator: what `torch.autograd.Function` is, and what a Rust program can define.

use crate::error::Result;
use crate::tensor::Tensor;

/// An operator whose rule is the user's.
pub trait Function {
    /// The node's name: `ScaleBackward`.
    fn name(&self) -> String;
    /// The inputs' cotangents from the outputs'; none where an input gets nothing.
    ///
    /// # Errors
    /// Whatever the user's rule raises comes out of the sweep as it is.
    fn backward(&self, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>>;
    /// Lets go of what was saved, after a sweep that does not retain the graph.
    fn release(&self) {}
}

/// The payload of a user's node.
pub struct UserFunction {
    /// The rule.
    pub rule: Box<dyn Function>,
    /// The host's object behind the rule, as a bare number, for the host's collector; 0 for none.
    pub owner: usize,
}
