//! Writing over a tensor: what is refused, what must be kept first, and how history moves on.

use super::apply::Operand;
use super::edge::{edge_of, node_of, put_node, reserve_node, wants_gradient};
use super::overlap::{self, Overlap};
use super::row::{Operator, Pointwise, Rule};
use super::tangent;
use super::view;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::shape::{self, Dims};
use crate::tape::record::flags;
use crate::tape::side::Creation;
use crate::tape::{Edge, Geometry, Node, Ref, mode};
use crate::tensor::Tensor;

/// Refuses a write over `t` whatever the operands compute, before their shapes are looked at: torch's order.
pub fn check(t: &Tensor, ins: &[Operand<'_>]) -> Result<()> {
    let tensors = || ins.iter().filter_map(|o| o.tensor());
    check_history(t, tensors().any(wants_gradient))?;
    overlap::check(t, tensors())
}

/// Refuses a write over `t` of a result of shape `wide` and type `result`.
pub fn check_result(t: &Tensor, wide: &[i64], result: DType) -> Result<()> {
    let g = t.geometry();
    if *g.shape != *wide {
        return Err(Error::runtime(format!(
            "output with shape {} doesn't match the broadcast shape {}",
            shape::list(&g.shape),
            shape::list(wide)
        )));
    }
    if !result.can_cast(g.dtype) {
        return Err(Error::no_cast(result, g.dtype));
    }
    Ok(())
}

/// Refuses a write over an inference tensor outside `inference_mode`.
pub fn check_inference(t: &Tensor) -> Result<()> {
    if t.0.has(flags::INFERENCE) && !mode::is_inference() {
        return Err(Error::runtime(
            "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone to get a \
             normal tensor before doing inplace update.See https://github.com/pytorch/rfcs/pull/17 for more details.",
        ));
    }
    Ok(())
}

/// Refuses a write that the graph could not follow; `recorded` says whether any operand wants a gradient.
pub fn check_history(t: &Tensor, recorded: bool) -> Result<()> {
    check_inference(t)?;
    if !mode::is_grad_enabled() || !recorded {
        return Ok(());
    }
    if t.0.has(flags::VIEW) {
        let side = t.0.side()?;
        let view = side.view.borrow();
        if let Some(view) = &*view {
            if view.creation != Creation::Plain {
                return Err(Error::runtime(view::creation_text(t, view.creation, "is being")));
            }
            if wants_gradient(t) && Tensor(view.base.clone()).is_leaf() {
                return Err(Error::runtime(
                    "a view of a leaf Variable that requires grad is being used in an in-place operation.",
                ));
            }
        }
    } else if t.is_leaf() && t.requires_grad() {
        return Err(Error::runtime("a leaf Variable that requires grad is being used in an in-place operation."));
    }
    Ok(())
}

/// Refuses an `out=` tensor whatever the operands compute.
pub fn check_out(name: &str, t: &Tensor, ins: &[Operand<'_>]) -> Result<()> {
    let differentiable = |t: &Tensor| t.requires_grad();
    if mode::is_grad_enabled() && (ins.iter().any(|o| o.tensor().is_some_and(differentiable)) || differentiable(t)) {
        return Err(wants_out(name));
    }
    check_out_without(name, t, ins)
}

/// The same of a pointwise row. What a comparison writes has no derivative, so that any tensor takes it; a row without nodes
/// (`gcd`), or whose node raises (`floor_divide`), is refused for an `out=` alone that wants a gradient.
pub fn check_out_of((op, row): (&Operator, &Pointwise), t: &Tensor, ins: &[Operand<'_>]) -> Result<()> {
    // A row whose name is a word of Rust's has a bar at its end.
    let name = op.name.trim_end_matches('_');
    if row.rule == Rule::Bool {
        return check_out_without(name, t, ins);
    }
    if !op.grad_names.is_empty() && op.grad_names != ["NotImplemented"] {
        return check_out(name, t, ins);
    }
    if mode::is_grad_enabled() && t.requires_grad() {
        return Err(wants_out(&format!("aten::{name}")));
    }
    if has_tangents(t, ins) {
        let text = format!("Trying to use forward AD with aten::{name} that does not support it.");
        return Err(Error::not_implemented(text));
    }
    check_inference(t)
}

/// The same, whichever gradients are wanted.
fn check_out_without(name: &str, t: &Tensor, ins: &[Operand<'_>]) -> Result<()> {
    if has_tangents(t, ins) {
        return Err(Error::not_implemented(format!(
            "Trying to use forward AD with {name}_out that does not support it because it is an out= function"
        )));
    }
    check_inference(t)
}

fn has_tangents(t: &Tensor, ins: &[Operand<'_>]) -> bool {
    mode::mode() & mode::bits::FORWARD != 0
        && ins.iter().filter_map(|o| o.tensor()).chain([t]).any(tangent::has_tangent)
}

#[cold]
fn wants_out(name: &str) -> Error {
    Error::runtime(format!(
        "{name}(): functions with out=... arguments don't support automatic differentiation, but one of the arguments \
         requires grad."
    ))
}

/// Gives an `out=` tensor the shape of a result (and the order in which a new one would lie), if it can hold
/// its type. It gets its old shape again where what is given is dropped before it is told to keep the new one.
pub fn fit_out(t: &Tensor, wide: &[i64], strides: impl FnOnce() -> Result<Dims>, result: DType) -> Result<Fitted> {
    if result.can_cast(t.dtype()) && t.numel() != 0 && *t.geometry().shape != *wide {
        crate::tape::host::warn(&format!(
            "An output with one or more elements was resized since it had shape {}, which does not match the required \
             output shape {}. This behavior is deprecated, and in a future PyTorch release outputs will not be resized \
             unless they have zero elements. You can explicitly reuse an out tensor t by resizing it, inplace, to zero \
             elements with t.resize_(0).",
            shape::list(&t.sizes()?),
            shape::list(wide)
        ))?;
    }
    fit_silently(t, wide, strides, result)
}

/// The same without torch's warning of a resize.
pub fn fit_silently(t: &Tensor, wide: &[i64], strides: impl FnOnce() -> Result<Dims>, result: DType) -> Result<Fitted> {
    if !result.can_cast(t.dtype()) {
        return Err(Error::no_cast(result, t.dtype()));
    }
    if *t.geometry().shape == *wide {
        return Ok(Fitted(None));
    }
    resized(t, wide, strides()?)
}

/// Gives a tensor the shape of a result, until what is given is dropped before it is told to keep it.
pub fn resized(t: &Tensor, wide: &[i64], strides: Dims) -> Result<Fitted> {
    let old = (t.clone(), t.geometry().duplicate()?, t.0.epoch.get());
    crate::create::resize(t, wide, strides)?;
    Ok(Fitted(Some(old)))
}

/// An `out=` tensor that got the shape of a result, with what it showed before and its epoch.
pub struct Fitted(Option<(Tensor, Geometry, u32)>);

impl Fitted {
    /// The result is there.
    pub fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Fitted {
    fn drop(&mut self) {
        if let Some((t, geometry, epoch)) = self.0.take() {
            t.0.set_geometry(geometry);
            t.0.epoch.set(epoch);
        }
    }
}

/// Operands as they were before a write over one of them, where they are read while or after it is written.
pub struct Before([Option<Tensor>; 4]);

impl Before {
    /// Nothing needs to be kept.
    pub const fn nothing() -> Self {
        Before([const { None }; 4])
    }

    /// Copies each operand that shares bytes with `out` and that a derivative of another input reads, or
    /// that the write might change before it is read.
    pub fn of(op: &Operator, ins: &[Operand<'_>], out: &Tensor) -> Result<Self> {
        let mut kept = Self::nothing();
        let forward = mode::mode() & mode::bits::FORWARD != 0;
        let mut reads = 0;
        if forward || mode::is_grad_enabled() {
            for (operand, r) in ins.iter().zip(op.reads) {
                if operand.tensor().is_some_and(|t| forward || wants_gradient(t)) {
                    reads |= r;
                }
            }
        }
        for (i, operand) in ins.iter().enumerate().take(4) {
            let Some(t) = operand.tensor() else { continue };
            if t.geometry().storage.same(&out.geometry().storage)
                && (reads >> i & 1 != 0 || overlap::between(out, t) == Overlap::Unknown)
            {
                let copy = super::copy::duplicate(t)?;
                // It stands where `t` stood in the graph, so that the derivative can be differentiated again.
                if let Some((node, output)) = node_of(t)? {
                    copy.0.set_node(Some(node), output);
                }
                if forward {
                    tangent::keep(t, &copy)?;
                }
                kept.0[i] = Some(copy);
            }
        }
        Ok(kept)
    }

    /// The kept value of operand `i`.
    pub fn value(&self, i: usize) -> Option<&Tensor> {
        self.0.get(i).and_then(Option::as_ref)
    }

    /// What a node saves in place of operand `i`. The written tensor itself is saved as it was; another
    /// operand that counts the same writes is saved as it is, so that a sweep finds that it was written.
    pub fn saved(&self, i: usize, operand: &Tensor, out: &Tensor) -> Option<&Tensor> {
        self.value(i).filter(|_| i == 0 || !operand.0.counts_with(&out.0))
    }

    /// Operand `i` for the kernel.
    pub fn operand<'a>(&'a self, i: usize, ins: &[Operand<'a>]) -> Operand<'a> {
        self.value(i).map_or(ins[i], Operand::Tensor)
    }
}

/// What `t` shows and how it came to be, for a tensor that is given another shape before it is written.
pub fn as_it_stands(t: &Tensor) -> Result<Tensor> {
    let was = t.alias()?;
    if let Some((node, output)) = node_of(t)? {
        was.0.set_node(Some(node), output);
    }
    if mode::mode() & mode::bits::FORWARD != 0 {
        tangent::keep(t, &was)?;
    }
    Ok(was)
}

/// Where a tensor that is about to be written will stand in the graph.
pub struct History<'a> {
    t: &'a Tensor,
    node: Ref<Node>,
    output: u32,
    /// For a view: its base, and the node that the base becomes an output of.
    base: Option<(Tensor, Ref<Node>)>,
}

impl<'a> History<'a> {
    /// Makes what is needed to make `t` output `output` of `node`; through a view, the base's history moves on too.
    /// Nothing is changed yet, and whatever can fail is done.
    pub fn prepare(t: &'a Tensor, node: Ref<Node>, output: u32) -> Result<Self> {
        let base = match t.0.has(flags::VIEW) {
            true => t.0.side()?.view.borrow().as_ref().map(|v| Tensor(v.base.clone())),
            false => None,
        };
        let Some(base) = base else {
            reserve_node(t, &node)?;
            return Ok(History { t, node, output, base: None });
        };
        let scatter = view::scatter_node(&base, t, edge_of(&base)?, Edge::Node(node, output))?;
        reserve_node(&base, &scatter)?;
        let node = view::as_strided_node(t, &base, Edge::Node(scatter.clone(), 0))?;
        reserve_node(t, &node)?;
        Ok(History { t, node, output: 0, base: Some((base, scatter)) })
    }

    /// `t` has been written, and the write counted.
    pub fn enter(self) {
        if let Some((base, scatter)) = self.base {
            put_node(&base, scatter, 0);
            view::made_now(self.t);
        }
        put_node(self.t, self.node, self.output);
    }
}
