//! The two doors to a new node: [`node`], and the short way of one or two operands that are no views, and a rule
//! that reads operands alone.
//!
//! Without the questions that few operators have to ask, [`by_values`] costs half of what `Application::finish` does,
//! and is not taken in anomaly mode. No node is made but here.

use super::apply::Operand;
use super::row::{Operator, RESULT};
use crate::error::{Error, Result};
use crate::shape::Dims;
use crate::tape::host::host;
use crate::tape::mode::{self, bits as modes};
use crate::tape::node::Params;
use crate::tape::record::flags;
use crate::tape::{Edge, Meta, Node, Ref, Saved, insert, origin, place};
use crate::tensor::Tensor;

/// A new node, filled by `fill`, which pushes the edges: a node's number must exceed its inputs', and an edge may be
/// that of a node made just now. In anomaly mode it notes where it was recorded.
#[inline(always)]
pub fn node(op: u16, variant: u8, fill: impl FnOnce(&mut Node) -> Result<()>) -> Result<Ref<Node>> {
    let node = place(|node: &mut Node| {
        node.begin(op, variant);
        fill(node)?;
        node.number();
        Ok::<_, Error>(())
    })?;
    if mode::mode() & modes::ANOMALY != 0 {
        note_origin(&node)?;
    }
    Ok(node)
}

#[cold]
fn note_origin(node: &Ref<Node>) -> Result<()> {
    if let Some(host) = host() {
        // Not borrowed while Python looks at its stack.
        let origin = origin::here((host.trace)());
        *node.side()?.origin.borrow_mut() = Some(origin);
    }
    Ok(())
}

/// Records `out` as the value of `op`, where the thread records; false, with nothing done, where this is not for the
/// short way. `bits` are the flags that any of the operands has. `params` are taken where it is.
///
/// One loop for any number of operands, not unrolled: code that runs once a step costs more to fetch than to run.
#[inline(never)]
pub(super) fn by_values(
    op: &'static Operator,
    variant: u8,
    ins: &[Operand<'_>],
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
    let unusual = bits & (flags::VIEW | flags::INFERENCE | flags::RESHAPED) != 0 || bits & wanted == 0;
    // A list operator (stack, cat) says once for all of its operands what is read.
    if op.reads.len() != ins.len() || ins.len() > 2 || unusual || !g.dtype.is_differentiable() {
        return Ok(false);
    }
    if op.grad_names.is_empty() || op.reads.iter().fold(0, |all, of_one| all | of_one) >> RESULT != 0 {
        return Ok(false);
    }
    let Dims::Inline(rank, shape) = g.shape else { return Ok(false) };
    let node = place(|node: &mut Node| -> Result<()> {
        node.begin(op.number, variant);
        let mut read = 0;
        for (operand, &reads) in ins.iter().zip(op.reads) {
            match operand {
                Operand::Tensor(t) if t.0.has(flags::HAS_NODE) => {
                    let Some(made_by) = t.0.node.get() else { return Err(Error::runtime("a node is missing")) };
                    node.edges.push_with(|| Edge::Node(made_by, t.0.output.get()))?;
                    read |= reads;
                }
                Operand::Tensor(t) if t.0.has(flags::REQUIRES_GRAD) => {
                    let (leaf, epoch) = (t.0.clone(), t.0.epoch.get());
                    node.edges.push_with(|| Edge::Leaf(leaf, epoch))?;
                    read |= reads;
                }
                _ => node.edges.push_with(|| Edge::None)?,
            }
        }
        let saved = node.saved.get_mut();
        for operand in ins {
            if read == 0 {
                break;
            }
            match operand {
                _ if read & 1 == 0 => saved.push_with(|| Saved::Nothing)?,
                Operand::Number(s) => saved.push_with(|| Saved::Number(*s))?,
                Operand::Tensor(t) => {
                    let (kept, version, epoch) = (t.0.clone(), t.0.version(), t.0.epoch.get());
                    saved.push_with(|| Saved::Input(kept, version, epoch))?;
                }
            }
            read >>= 1;
        }
        node.outputs.push_with(|| Meta { dtype: g.dtype, shape: Dims::Inline(rank, shape) })?;
        if let Some(params) = params.take() {
            node.params.set(Some(insert(params)?));
        }
        node.number();
        Ok(())
    })?;
    out.0.set_node(Some(node), 0);
    Ok(true)
}
