//! What Rust programs hang on a graph: hooks, and operators of their own.
//!
//! What must not come here: how a sweep meets them.

use super::function::{begin, finish};
use super::hooks::{self, Hook, HookPayload};
use crate::error::{Error, Result};
use crate::ops::function::{Function, UserFunction};
use crate::tape::mode::GradMode;
use crate::tensor::Tensor;

impl Tensor {
    /// Calls `hook` with the gradient of this tensor whenever a sweep has it; what the hook returns takes its place.
    ///
    /// ```
    /// # fn main() -> wengert::Result<()> {
    /// let x = wengert::ones(&[2])?;
    /// x.requires_grad_(true)?;
    /// let hook = x.register_hook(|g| Ok(Some((g * 10.0)?)))?;
    /// x.sum()?.backward()?;
    /// assert_eq!(x.grad().unwrap().to_vec::<f32>()?, [10.0, 10.0]);
    /// hook.remove();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Where the tensor wants no gradient. What the hook returns as an error comes out of the sweep.
    pub fn register_hook(&self, hook: impl Fn(&Tensor) -> Result<Option<Tensor>> + 'static) -> Result<Hook> {
        hooks::register(self, HookPayload::new(Box::new(hook), 0))
    }

    /// Calls `hook` with this leaf after its gradient was accumulated.
    ///
    /// # Errors
    /// Where the tensor is no leaf, or wants no gradient.
    pub fn register_post_accumulate_grad_hook(&self, hook: impl Fn(&Tensor) -> Result<()> + 'static) -> Result<Hook> {
        let call = move |leaf: &Tensor| hook(leaf).map(|()| None);
        hooks::register_after(self, HookPayload::new(Box::new(call), 0))
    }

    /// Keeps the gradient of a tensor that is no leaf, in [`grad`](Tensor::grad).
    ///
    /// # Errors
    /// Where the tensor wants no gradient.
    pub fn retain_grad(&self) -> Result<()> {
        hooks::retain_grad(self)
    }
}

/// Applies an operator of the caller's own: `forward` computes the outputs from the inputs, unrecorded, and the rule
/// that it gives beside them sends cotangents back.
///
/// ```
/// use wengert::{Function, Result, Tensor, apply, ones};
///
/// struct Scale(f64);
/// impl Function for Scale {
///     fn name(&self) -> String {
///         "ScaleBackward".into()
///     }
///     fn backward(&self, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
///         cotangents.iter().map(|g| g.as_ref().map(|g| g * self.0).transpose()).collect()
///     }
/// }
///
/// # fn main() -> Result<()> {
/// let x = ones(&[3])?;
/// x.requires_grad_(true)?;
/// let y = apply(&[&x], || Ok((Scale(4.0), vec![(&x * 4.0)?])))?.remove(0);
/// y.sum()?.backward()?;
/// assert_eq!(x.grad().unwrap().to_vec::<f32>()?, [4.0, 4.0, 4.0]);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// What `forward` gives, and where an output that shall have a gradient is of whole numbers alone.
pub fn apply<F: Function + 'static>(
    inputs: &[&Tensor],
    forward: impl FnOnce() -> Result<(F, Vec<Tensor>)>,
) -> Result<Vec<Tensor>> {
    let begun = begin(inputs)?;
    let (rule, outputs) = {
        let _off = GradMode::new(false);
        forward()?
    };
    // Aliases: what `forward` returns may be an input, or have a history of its own.
    let outputs = outputs.iter().map(Tensor::detach).collect::<Result<Vec<_>>>()?;
    let Some(begun) = begun else { return Ok(outputs) };
    let differentiable = |t: &&Tensor| t.dtype().is_differentiable();
    if !outputs.is_empty() && !outputs.iter().any(|t| differentiable(&t)) {
        return Err(Error::runtime(format!("{}: no output is of a type that has gradients", rule.name())));
    }
    let function = UserFunction { rule: Box::new(rule), owner: 0 };
    let shown: Vec<_> = outputs.iter().map(Some).collect();
    let node = finish(begun, function, &shown)?;
    for (i, output) in outputs.iter().enumerate().filter(|(_, t)| differentiable(t)) {
        output.0.set_node(Some(node.clone()), i as u32);
    }
    Ok(outputs)
}
