//! A user's function as a node: recording one, and its turn in a sweep.

use super::frame::Frame;
use crate::error::{Error, Result};
use crate::ops::adjoint::Sink;
use crate::ops::edge::{edge_of, wants_gradient};
use crate::ops::function::UserFunction;
use crate::ops::table::FUNCTION;
use crate::ops::{copy, reduce, table};
use crate::shape;
use crate::tape::{Edge, Meta, Node, Ref, insert, mode};
use crate::tensor::Tensor;
use std::rc::Rc;

/// Makes a node for a user's function of `inputs` (none for those that are no tensors) with `outputs`.
///
/// Returns none where nothing is recorded.
pub fn record(function: UserFunction, inputs: &[Option<Tensor>], outputs: &[Tensor]) -> Result<Option<Ref<Node>>> {
    if !mode::is_grad_enabled() || !inputs.iter().flatten().any(wants_gradient) {
        return Ok(None);
    }
    let mut node = Node::new(FUNCTION, 0);
    for input in inputs {
        node.edges.push(match input {
            Some(t) => edge_of(t)?,
            None => Edge::None,
        })?;
    }
    for t in outputs {
        let g = t.geometry();
        node.outputs.push(Meta { dtype: g.dtype, shape: g.shape.duplicate()? })?;
    }
    let node = insert(node)?;
    *node.side()?.function.borrow_mut() = Some(Rc::new(function));
    Ok(Some(node))
}

/// Applies a user's rule and checks what it gives, in torch's words.
pub(super) fn backward(node: &Ref<Node>, cotangents: &[Option<Tensor>], retain: bool, frame: &mut Frame) -> Result<()> {
    let payload = node.side.get().and_then(|side| side.function.borrow().clone());
    let Some(function) = payload.as_ref().and_then(|p| p.downcast_ref::<UserFunction>()) else {
        return Err(Error::second_time());
    };
    let name = table::grad_name(node);
    let gradients = function.rule.backward(cotangents)?;
    if !retain {
        function.rule.release();
    }
    let expected = node.edges.len();
    // Trailing extra Nones are fine, as in torch.
    let given = gradients.iter().rposition(Option::is_some).map_or(0, |i| i + 1);
    if gradients.len() < expected || given > expected {
        return Err(Error::runtime(format!(
            "function {name} returned an incorrect number of gradients (expected {expected}, got {})",
            gradients.len()
        )));
    }
    for (i, gradient) in gradients.into_iter().enumerate().take(expected) {
        let (Some(g), Some(edge)) = (gradient, node.edges.get(i)) else { continue };
        let (dtype, wanted) = match edge {
            Edge::None => continue,
            Edge::Leaf(t) => {
                let g = t.geometry();
                (g.dtype, g.shape.duplicate()?)
            }
            Edge::Node(n, o) => {
                let meta = n.outputs.get(*o as usize).ok_or_else(|| Error::runtime("an edge names no output"))?;
                (meta.dtype, meta.shape.duplicate()?)
            }
        };
        let own = g.geometry().shape.duplicate()?;
        let fits = own.len() >= wanted.len() && shape::broadcast(&own, &wanted).is_ok_and(|b| *b == *own);
        if !fits {
            return Err(Error::runtime(format!(
                "Function {name} returned an invalid gradient at index {i} - got {} but expected shape compatible with {}",
                shape::list(&own),
                shape::list(&wanted)
            )));
        }
        let g = copy::to(&reduce::sum_to(&g, &wanted)?, dtype)?;
        frame.add(edge, g)?;
    }
    Ok(())
}
