//! A user's function as a node: recording one, and its turn in a sweep.

use crate::buffers::List;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::ops::adjoint::Sink;
use crate::ops::edge::{edge_of_operand, wants_gradient};
use crate::ops::function::UserFunction;
use crate::ops::table::FUNCTION;
use crate::ops::{copy, record, reductions::reduce, table};
use crate::shape::{self, Dims};
use crate::tape::host::Payload;
use crate::tape::{Edge, Meta, Node, Ref, mode};
use crate::tensor::Tensor;
use std::rc::Rc;

/// A node that is to be: where the cotangents of its inputs will go.
pub struct Begun(List<Edge, 2>);

/// Begins a node for a user's function of `inputs`: before the function runs, since it may write over them.
///
/// Returns none where nothing is to be recorded.
pub fn begin(inputs: &[&Tensor]) -> Result<Option<Begun>> {
    if !mode::is_grad_enabled() || !inputs.iter().any(|t| wants_gradient(t)) {
        return Ok(None);
    }
    let mut edges = List::new();
    for input in inputs {
        edges.push(edge_of_operand(input)?)?;
    }
    Ok(Some(Begun(edges)))
}

/// Ends what [`begin`] began, with an entry for each output (none for one that is no tensor). The caller
/// makes the outputs the node's.
pub fn finish(begun: Begun, function: UserFunction, outputs: &[Option<&Tensor>]) -> Result<Ref<Node>> {
    let node = record::node(FUNCTION, 0, |node| {
        node.edges = begun.0;
        for output in outputs {
            node.outputs.push(match output {
                Some(t) => {
                    let g = t.geometry();
                    Meta { dtype: g.dtype, shape: g.shape.duplicate()? }
                }
                None => Meta { dtype: DType::Bool, shape: Dims::EMPTY },
            })?;
        }
        Ok(())
    })?;
    *node.side()?.function.borrow_mut() = Some(Rc::new(function));
    Ok(node)
}

/// Lets go of what a user's function saved.
pub(super) fn release(node: &Node) {
    if let Some(function) = payload(node).as_ref().and_then(|p| p.downcast_ref::<UserFunction>()) {
        function.rule.release();
    }
}

fn payload(node: &Node) -> Option<Payload> {
    node.side.get().and_then(|side| side.function.borrow().clone())
}

/// Applies a user's rule and checks what it gives, in torch's words.
pub(super) fn backward(node: &Ref<Node>, cotangents: &[Option<Tensor>], sink: &mut dyn Sink) -> Result<()> {
    let payload = payload(node);
    let Some(function) = payload.as_ref().and_then(|p| p.downcast_ref::<UserFunction>()) else {
        return Err(Error::second_time());
    };
    let name = table::grad_name(node);
    let gradients = function.rule.backward(cotangents)?;
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
        if edge.outdated().is_some() {
            sink.add(edge, g)?;
            continue;
        }
        let Some((dtype, wanted)) = edge.own_meta()? else { continue };
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
        sink.add(edge, g)?;
    }
    Ok(())
}
