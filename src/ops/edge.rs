//! Where a tensor's cotangent goes: the only reader of a record's node.
//!
//! A view's node is made lazily: after an in-place write to its base (or to another view of it) the
//! node that the view remembers describes bytes that are gone. The version at which it was made tells.

use super::saved::reshaped;
use super::view;
use crate::error::Result;
use crate::tape::record::flags;
use crate::tape::{Edge, Node, Ref, Weak};
use crate::tensor::Tensor;

/// The node that made `t`, and which output `t` is; regenerated where `t` is a view that was written
/// through. None for a leaf.
pub fn node_of(t: &Tensor) -> Result<Option<(Ref<Node>, u32)>> {
    if t.0.has(flags::VIEW) {
        view::refresh(t)?;
    }
    Ok(t.0.node.get().map(|n| (n, t.0.output.get())))
}

/// Where `t`'s cotangent goes.
#[inline(always)]
pub fn edge_of(t: &Tensor) -> Result<Edge> {
    let bits = t.0.flags();
    if bits & flags::WANTS_EDGE == 0 {
        return Ok(Edge::None);
    }
    if bits & (flags::VIEW | flags::HAS_NODE) == 0 {
        return Ok(leaf_edge(t));
    }
    edge_behind(t)
}

/// The edge of what is computed, or of a view.
#[inline]
fn edge_behind(t: &Tensor) -> Result<Edge> {
    if let Some((node, output)) = node_of(t)? {
        return Ok(Edge::Node(node, output));
    }
    Ok(if t.0.has(flags::REQUIRES_GRAD) { leaf_edge(t) } else { Edge::None })
}

/// Where the cotangent of the operand `t` goes.
///
/// # Errors
/// Where it shows another shape than what its node made: a cotangent of that shape would be summed down or spread out.
#[inline(always)]
pub fn edge_of_operand(t: &Tensor) -> Result<Edge> {
    if t.0.has(flags::RESHAPED) { edge_of_reshaped(t) } else { edge_of(t) }
}

#[cold]
fn edge_of_reshaped(t: &Tensor) -> Result<Edge> {
    let edge = edge_of(t)?;
    match &edge {
        Edge::Node(..) if edge.meta(|_, shape| shape.same(&t.geometry().shape)) == Some(false) => Err(reshaped(t)),
        _ => Ok(edge),
    }
}

#[inline(always)]
fn leaf_edge(t: &Tensor) -> Edge {
    Edge::Leaf(t.0.clone(), t.0.epoch.get())
}

/// Whether `t` has an edge, views that became differentiable through their base included.
#[inline]
pub fn wants_gradient(t: &Tensor) -> bool {
    t.requires_grad()
}

/// Makes `t` output `output` of `node` from now on. The gradient that it retains is its own: that of what it is now.
pub fn set_node(t: &Tensor, node: Ref<Node>, output: u32) -> Result<()> {
    reserve_node(t, &node)?;
    put_node(t, node, output);
    Ok(())
}

/// Does what can fail of [`set_node`], and changes nothing that anybody sees.
pub fn reserve_node(t: &Tensor, node: &Ref<Node>) -> Result<()> {
    if t.0.has(flags::RETAINS_GRAD) {
        node.side()?;
    }
    Ok(())
}

/// The rest of [`set_node`].
pub fn put_node(t: &Tensor, node: Ref<Node>, output: u32) {
    if let (true, Some(side)) = (t.0.has(flags::RETAINS_GRAD), node.side.get()) {
        side.retain.borrow_mut().push((output, Weak::new(&t.0)));
        if let Some(side) = t.0.node.get().and_then(|old| old.side.get()) {
            side.retain.borrow_mut().retain(|(_, w)| !w.upgrade().is_some_and(|r| r.same(&t.0)));
        }
    }
    t.0.set_node(Some(node), output);
}
