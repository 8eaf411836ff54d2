//! The short way to a node: of one or two operands that are no views, and a rule that reads operands alone.
//!
//! Everything is found first, so that the node is built in one piece where it will lie; filled step by step,
//! as `Application::finish` does for every operator, it costs twice as much. What must not come here: what
//! that one lacks.

use super::apply::Operand;
use super::edge::edge_of;
use super::row::{Operator, RESULT};
use crate::buffers::List;
use crate::error::Result;
use crate::tape::mode::{self, bits as modes};
use crate::tape::node::Params;
use crate::tape::record::flags;
use crate::tape::{Edge, Link, Meta, Node, Saved, insert, place};
use crate::tensor::Tensor;

/// Records `out` as the value of `op`, where the thread records; false, with nothing done, where this is not for the
/// short way. `bits` are the flags that any of the operands has. `params` are taken where it is.
#[inline(always)]
pub(super) fn by_values<const K: usize>(
    op: &'static Operator,
    variant: u8,
    ins: &[Operand<'_>; K],
    bits: u32,
    out: &Tensor,
    params: &mut Option<Params>,
) -> Result<bool> {
    let mode = mode::mode();
    if mode & !modes::CHECK_NAN != 0 {
        // Where nothing is recorded and no tangent is open there is nothing to do.
        return Ok(mode & modes::UNRECORDED != 0 && mode & modes::FORWARD == 0);
    }
    let (g, wanted) = (out.geometry(), flags::REQUIRES_GRAD | flags::HAS_NODE);
    let unusual = bits & (flags::VIEW | flags::INFERENCE) != 0 || bits & wanted == 0;
    // A list operator (stack, cat) says once for all of its operands what is read.
    let unusual = unusual || op.reads.len() != K;
    if K > 2 || unusual || op.grad_names.is_empty() || !g.dtype.is_differentiable() || !g.is_usual() {
        return Ok(false);
    }
    let (mut edges, mut reads) = (List::new(), 0);
    for i in 0..K {
        let edge = match ins[i] {
            Operand::Tensor(t) => edge_of(t)?,
            Operand::Number(_) => Edge::None,
        };
        if edge.is_some() {
            reads |= op.reads[i];
        }
        edges.push(edge)?;
    }
    if reads >> RESULT != 0 {
        return Ok(false);
    }
    let (mut saved, mut outputs) = (List::new(), List::new());
    for i in 0..K {
        if reads >> i != 0 {
            saved.push(match ins[i] {
                _ if reads >> i & 1 == 0 => Saved::Nothing,
                Operand::Number(s) => Saved::Number(s),
                Operand::Tensor(t) => Saved::Input(t.0.clone(), t.0.version(), t.0.epoch.get()),
            })?;
        }
    }
    outputs.push(Meta { dtype: g.dtype, shape: g.shape.short() })?;
    drop(g);
    let params = match params.take() {
        Some(params) => Link::some(insert(params)?),
        None => Link::none(),
    };
    let node = place(|| Node::of(op.number, variant, edges, saved, outputs, params))?;
    out.0.set_node(Some(node), 0);
    Ok(true)
}
