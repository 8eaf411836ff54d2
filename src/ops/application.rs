//! One application of an operator: the way out, where a node is recorded and a tangent computed.
//!
//! What must not come here: an element.

use super::apply::{Operand, flags_of, wants_more};
use super::edge::edge_of_operand;
use super::inplace;
use super::record;
use super::row::{Operator, RESULT};
use super::tangent;
use super::view;
use crate::error::{Error, Result};
use crate::tape::node::Params;
use crate::tape::record::flags;
use crate::tape::{Edge, Meta, Node, Ref, Saved, insert, mode};
use crate::tensor::Tensor;

#[cold]
pub(super) fn inference_saved() -> Error {
    Error::runtime(
        "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in \
         computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use it in \
         autograd, or use `torch.no_grad()` instead of `torch.inference_mode()`.",
    )
}

/// One application of an operator whose outputs are computed: what there is to record.
pub struct Application<'a> {
    /// The operator.
    pub op: &'static Operator,
    /// Which of its names the node bears.
    pub variant: u8,
    /// The operands, in the order of the node's edges.
    pub ins: &'a [Operand<'a>],
    /// The results.
    pub outs: &'a [&'a Tensor],
    /// Which results are differentiable, as bits.
    pub differentiable: u64,
    /// The operator's parameters.
    pub params: Option<Params>,
}

/// Records what `op` made of one operand where the thread records, and computes its tangent where there is one.
pub(super) fn finish_one(op: &'static Operator, t: &Tensor, out: &Tensor, params: Option<Params>) -> Result<()> {
    Application { op, variant: 0, ins: &[Operand::Tensor(t)], outs: &[out], differentiable: 1, params }.finish()
}

/// The same with parameters that nobody needs where nothing is recorded, and the node's variant.
#[inline]
pub(super) fn finish_with(
    op: &'static Operator,
    variant: u8,
    t: &Tensor,
    out: &Tensor,
    params: impl FnOnce() -> Result<Params>,
) -> Result<()> {
    let ins = [Operand::Tensor(t)];
    if !wants_more(&ins) {
        return Ok(());
    }
    Application { op, variant, ins: &ins, outs: &[out], differentiable: 1, params: Some(params()?) }.finish_in_short()
}

impl Application<'_> {
    /// Records the application where the thread records, and computes tangents where there are any.
    // Inlined as far as the question whether there is anything to do, so that what is not needed is not moved.
    #[inline(always)]
    pub fn finish(self) -> Result<()> {
        if wants_more(self.ins) { self.finish_in_short() } else { Ok(()) }
    }

    #[inline(never)]
    fn finish_in_short(mut self) -> Result<()> {
        if let ([out], 1) = (self.outs, self.differentiable & 1) {
            let bits = flags_of(self.ins);
            if record::by_values(self.op, self.variant, self.ins, bits, out, &mut self.params)? {
                return Ok(());
            }
        }
        self.finish_at_length()
    }

    /// The same where the short way is not open.
    #[inline(never)]
    pub(super) fn finish_at_length(mut self) -> Result<()> {
        let (mode, mut made) = (mode::mode(), None);
        if mode & mode::bits::UNRECORDED == 0 && self.is_recorded() {
            let node = self.node(None)?;
            for (i, out) in self.outs.iter().enumerate() {
                if self.has_derivative(i) && out.dtype().is_differentiable() {
                    out.0.set_node(Some(node.clone()), i as u32);
                }
            }
            made = Some(node);
        }
        // After the node: a formula may read the result, and is recorded too.
        if mode & mode::bits::FORWARD != 0 {
            tangent::propagate(&self, made.as_ref(), None)?;
        }
        Ok(())
    }

    /// The same for a result that `write` writes over the first operand (or over `out=`). What can fail does so before
    /// `write` runs, and leaves everything as it was, as `write` must where it fails.
    pub(super) fn write(mut self, before: &inplace::Before, write: impl FnOnce() -> Result<()>) -> Result<()> {
        let out = self.outs[0];
        if mode::mode() & mode::bits::FORWARD != 0 {
            tangent::check_write(out)?;
        }
        if !mode::is_grad_enabled() || !self.is_recorded() {
            write()?;
            out.0.bump_version();
            return self.carry_on(None, before);
        }
        let left = view::leave_hooks(out)?;
        let node = self.node(Some(before))?;
        let history = inplace::History::prepare(out, node.clone(), 0)?;
        write()?;
        out.0.bump_version();
        history.enter();
        if let Some(left) = left {
            left.keep();
        }
        self.carry_on(Some(&node), before)
    }

    fn carry_on(&self, made: Option<&Ref<Node>>, before: &inplace::Before) -> Result<()> {
        match mode::mode() & mode::bits::FORWARD {
            0 => Ok(()),
            _ => tangent::propagate(self, made, Some(before)),
        }
    }

    /// Whether result `i` is differentiable. Where an operator has more than 64, all are alike.
    #[inline(always)]
    fn has_derivative(&self, i: usize) -> bool {
        self.differentiable >> i.min(63) & 1 != 0
    }

    #[inline]
    fn is_recorded(&self) -> bool {
        !self.op.grad_names.is_empty()
            && self.ins.iter().any(|o| o.tensor().is_some_and(super::edge::wants_gradient))
            && self.outs.iter().enumerate().any(|(i, t)| self.has_derivative(i) && t.dtype().is_differentiable())
    }

    /// Makes the node: edges, what the rules of the wanted inputs read, the outputs' metadata.
    fn node(&mut self, before: Option<&inplace::Before>) -> Result<Ref<Node>> {
        let (op, variant) = (self.op, self.variant);
        record::node(op.number, variant, |node| self.fill(node, before))
    }

    #[inline(always)]
    fn fill(&mut self, node: &mut Node, before: Option<&inplace::Before>) -> Result<()> {
        let mut reads = 0u8;
        for (i, operand) in self.ins.iter().enumerate() {
            let edge = match operand.tensor() {
                Some(t) => edge_of_operand(t)?,
                None => Edge::None,
            };
            if edge.is_some() {
                // A list operator (stack, cat) has one entry for all of its operands.
                reads |= self.op.reads.get(i).or(self.op.reads.last()).copied().unwrap_or(0);
            }
            node.edges.push(edge)?;
        }
        let saved = node.saved.get_mut();
        for (i, operand) in self.ins.iter().enumerate() {
            // The last bit before the result's stands for every operand from there on.
            let bit = i.min(RESULT as usize - 1);
            if reads >> bit == 0 {
                break;
            }
            saved.push(match operand {
                _ if reads >> bit & 1 == 0 => Saved::Nothing,
                Operand::Number(s) => Saved::Number(*s),
                Operand::Tensor(t) => {
                    let kept = before.and_then(|b| b.saved(i, t, self.outs[0])).unwrap_or(t);
                    if kept.0.has(flags::INFERENCE) {
                        return Err(inference_saved());
                    }
                    Saved::Input(kept.0.clone(), kept.0.version(), kept.0.epoch.get())
                }
            })?;
        }
        if reads >> RESULT & 1 != 0 {
            // Results come last; one that is not differentiable (indices) is saved in the place of that which is.
            let first = (self.outs.len() == 2 && self.differentiable == 1) as usize;
            for (i, out) in self.outs.iter().enumerate().skip(first) {
                let alias = out.alias()?;
                // It will have been written by the time that anybody reads it.
                let version = alias.0.version().wrapping_add(before.is_some() as u32);
                saved.push(Saved::Output(alias.0, version, i as u32))?;
            }
        }
        for out in self.outs {
            let g = out.geometry();
            node.outputs.push(Meta { dtype: g.dtype, shape: g.shape.duplicate()? })?;
        }
        if let Some(params) = self.params.take() {
            node.params.set(Some(insert(params)?));
        }
        Ok(())
    }
}
