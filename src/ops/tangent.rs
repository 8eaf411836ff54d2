//! Forward mode: tangents are computed beside the results, by the very rows that serve reverse mode.
//!
//! One level at a time. A tangent is an ordinary tensor, and what computes it is recorded as anything
//! else, so that it can be differentiated in reverse mode. It lies in memory as its primal does; so the
//! tangent of a view is a view of the tangent, and a write to either is seen by the other.

use super::adjoint::{MAX_READS, derivative};
use super::application::Application;
use super::apply::{Operand, pointwise};
use super::edge::wants_gradient;
use super::inplace::{self, Before};
use super::row::{Body, Operator, RESULT};
use crate::dtype::DType;
use crate::dtype::Scalar;
use crate::error::{Error, Result};
use crate::kernels::operand;
use crate::ops::elements::pointwise::Add;
use crate::ops::value::Target;
use crate::ops::{copy, shapes::reshape, view};
use crate::shape;
use crate::tape::mode;
use crate::tape::node::Params;
use crate::tape::record::flags;
use crate::tape::{Node, Ref, Saved};
use crate::tensor::Tensor;

/// An application with the tangents of its operands.
pub struct Jvp<'a> {
    /// The operator.
    pub op: &'static super::row::Operator,
    /// The operands.
    pub ins: &'a [Operand<'a>],
    /// The results.
    pub outs: &'a [&'a Tensor],
    /// The parameters.
    pub params: Option<&'a Params>,
    tangents: Vec<Option<Tensor>>,
    /// Whether the result was written over an operand.
    written: bool,
}

/// The tangent that `t` itself carries on the open level: one of a level that has ended is none.
fn own_tangent(t: &Tensor) -> Option<Tensor> {
    if !t.0.has(flags::TANGENT) {
        return None;
    }
    t.0.side.get().filter(|side| side.level.get() == mode::level()).and_then(|side| side.tangent.get()).map(Tensor)
}

/// Whether `t` carries a tangent, be it through what it is a view of.
pub fn has_tangent(t: &Tensor) -> bool {
    own_tangent(t).is_some() || view::tangent_root(t).is_some_and(|root| own_tangent(&root).is_some())
}

/// The tangent that `t` carries on the open level.
pub fn tangent_of(t: &Tensor) -> Result<Option<Tensor>> {
    if let Some(own) = own_tangent(t) {
        return Ok(Some(own));
    }
    // A view of what got its tangent later.
    let Some(root) = view::tangent_root(t) else { return Ok(None) };
    let Some(root_dot) = own_tangent(&root) else { return Ok(None) };
    if !root.geometry().storage.same(&t.geometry().storage) {
        return Ok(None);
    }
    let x_dot = view::part_of_tangent(&root, &root_dot, t)?;
    set_tangent(t, Some(x_dot.clone()), mode::level())?;
    Ok(Some(x_dot))
}

/// Gives `t` the tangent `x_dot` of the forward-mode level `level`.
pub fn set_tangent(t: &Tensor, x_dot: Option<Tensor>, level: u64) -> Result<()> {
    t.0.set_flag(flags::TANGENT, x_dot.is_some());
    if x_dot.is_some() || t.0.side.is_some() {
        let x_dot = x_dot.map(|x_dot| laid_like(t, x_dot)).transpose()?;
        let side = t.0.side()?;
        side.level.set(level);
        side.tangent.set(x_dot.map(|x| x.0));
    }
    Ok(())
}

/// The tangent in the memory order of its primal.
fn laid_like(t: &Tensor, x_dot: Tensor) -> Result<Tensor> {
    {
        let (g, d) = (t.geometry(), x_dot.geometry());
        let differ = |i: usize| g.shape[i] > 1 && g.strides[i] != d.strides[i];
        if *g.shape != *d.shape || g.shape.contains(&0) || !(0..g.shape.len()).any(differ) {
            drop((g, d));
            return Ok(x_dot);
        }
    }
    let own = zeros_laid_like(t, x_dot.dtype())?;
    copy::copy_(&own, &x_dot)?;
    Ok(own)
}

/// Zeros that lie as `t` does, gaps included.
fn zeros_laid_like(t: &Tensor, dtype: DType) -> Result<Tensor> {
    let g = t.geometry();
    let (low, high) = operand::extent(&g.shape, &g.strides, 0).unwrap_or((0, -1));
    let n = high.checked_sub(low).and_then(|n| n.checked_add(1)).ok_or_else(|| Error::storage_overflow(&g.shape))?;
    let paper = Tensor::full(&[n], Scalar::Int(0), dtype)?;
    view::show(&paper, (&g.shape, &g.strides, -low))
}

/// Computes the tangents of an application's results, after it was recorded as `node`.
#[cold]
pub(super) fn propagate(app: &Application<'_>, node: Option<&Ref<Node>>, before: Option<&Before>) -> Result<()> {
    let mut tangents = Vec::new();
    for operand in app.ins {
        tangents.push(operand.tensor().map_or(Ok(None), tangent_of)?);
    }
    if tangents.iter().all(Option::is_none) {
        return Ok(());
    }
    if before.is_some() && mode::is_grad_enabled() {
        // The tangent that will be written may be saved by what computes the new one.
        let old = tangent_of(app.outs[0])?;
        for x_dot in tangents.iter_mut().flatten() {
            if old.as_ref().is_some_and(|old| x_dot.0.counts_with(&old.0)) {
                *x_dot = mode::paused(mode::bits::FORWARD, || copy::clone_of(x_dot))?;
            }
        }
    }
    let params = node.and_then(|node| node.params.get());
    let params = app.params.as_ref().or(params.as_deref());
    let mut jvp = Jvp { op: app.op, ins: app.ins, outs: app.outs, params, tangents, written: before.is_some() };
    // The rules below apply operators to primals; those must not look for tangents again.
    mode::paused(mode::bits::FORWARD, || match app.op.body {
        Body::Structured { jvp: rule, .. } => rule(&mut jvp),
        Body::Pointwise(row) => jvp.pointwise(app.op, row, before),
    })?;
    match node {
        Some(node) => keep_with_saved(app, node),
        None => Ok(()),
    }
}

/// A result that its own node saved carries its tangent there too: a sweep on this level computes with it.
fn keep_with_saved(app: &Application<'_>, node: &Node) -> Result<()> {
    for saved in node.saved.borrow().iter() {
        if let Saved::Output(alias, _, output) = saved
            && let Some(out) = app.outs.get(*output as usize)
        {
            set_tangent(&Tensor(alias.clone()), tangent_of(out)?, mode::level())?;
        }
    }
    Ok(())
}

/// Gives `copy`, made of `t` before `t` is written, a tangent that does not change with that of `t`.
pub(super) fn keep(t: &Tensor, copy: &Tensor) -> Result<()> {
    let Some(x_dot) = tangent_of(t)? else { return Ok(()) };
    let x_dot = mode::paused(mode::bits::FORWARD, || copy::clone_of(&x_dot))?;
    set_tangent(copy, Some(x_dot), mode::level())
}

/// Writes `y_dot` over the tangent `old`, which is expanded where its primal is: each element once.
fn overwrite(mut old: Tensor, mut y_dot: Tensor) -> Result<()> {
    for dim in 0..old.ndim() {
        let repeated = old.geometry().strides[dim] == 0 && old.geometry().shape[dim] > 1;
        if repeated {
            old = reshape::slice_at(&old, dim, 0, 1, 1)?;
            y_dot = reshape::slice_at(&y_dot, dim, 0, 1, 1)?;
        }
    }
    copy::copy_(&old, &y_dot)
}

/// Refuses a write over `t` whose tangent could not be written after it.
#[cold]
pub(super) fn check_write(t: &Tensor) -> Result<()> {
    match tangent_of(t)? {
        Some(old) => inplace::check_history(&old, wants_gradient(&old)),
        None => Ok(()),
    }
}

/// The tangent of `out`, which was written: where there is one it is written too, since views share it.
fn rewrite(out: &Tensor, y_dot: Tensor) -> Result<()> {
    if let Some(old) = tangent_of(out)? {
        return overwrite(old, y_dot);
    }
    let Some(root) = view::tangent_root(out) else { return set_tangent(out, Some(y_dot), mode::level()) };
    let root_dot = zeros_laid_like(&root, root.dtype())?;
    let part = view::part_of_tangent(&root, &root_dot, out)?;
    overwrite(part.clone(), y_dot)?;
    set_tangent(&root, Some(root_dot), mode::level())?;
    set_tangent(out, Some(part), mode::level())
}

impl Jvp<'_> {
    /// The tangent of operand `i`, where it has one.
    pub fn x_dot(&self, i: usize) -> Option<&Tensor> {
        self.tangents.get(i).and_then(Option::as_ref)
    }

    /// Operand `i`, which the rule knows to be a tensor.
    pub fn primal(&self, i: usize) -> Result<&Tensor> {
        self.ins.get(i).and_then(|o| o.tensor()).ok_or_else(|| Error::runtime("an operand is no tensor"))
    }

    /// Sets the tangent of result `i`.
    pub fn set(&mut self, i: usize, y_dot: Tensor) -> Result<()> {
        if !self.outs[i].dtype().is_differentiable() {
            return Ok(());
        }
        // What a rule passes on as it is must not change when the result is written, now or later.
        let is_operands = self.tangents.iter().flatten().any(|x| x.geometry().storage.same(&y_dot.geometry().storage));
        let y_dot = if is_operands { copy::clone_of(&y_dot)? } else { y_dot };
        if self.written {
            return rewrite(self.outs[i], y_dot);
        }
        set_tangent(self.outs[i], Some(y_dot), mode::level())
    }

    /// Sets the tangent of the one result of an operator that is linear in operand `i`: what `f`, which applies it, makes of
    /// that operand's tangent. Nothing happens where it has none.
    pub fn linear(&mut self, i: usize, f: impl FnOnce(&Tensor, &Params) -> Result<Tensor>) -> Result<()> {
        let (Some(x_dot), Some(params)) = (self.x_dot(i), self.params) else { return Ok(()) };
        let y_dot = f(x_dot, params)?;
        self.set(0, y_dot)
    }

    /// Sets the tangent of the one result of an operator that is linear in each of its two operands, `y = f(a, b)`:
    /// `f(a_dot, b) + f(a, b_dot)`.
    pub fn bilinear(&mut self, f: impl Fn(&Tensor, &Tensor) -> Result<Tensor>) -> Result<()> {
        let left = self.x_dot(0).map(|a_dot| f(a_dot, self.primal(1)?)).transpose()?;
        let right = self.x_dot(1).map(|b_dot| f(self.primal(0)?, b_dot)).transpose()?;
        let y_dot = match (left, right) {
            (Some(l), Some(r)) => {
                pointwise(Add::OPERATOR, Add::ROW, 0, &[Operand::Tensor(&l), Operand::Tensor(&r)], Target::Fresh)?
            }
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => return Ok(()),
        };
        self.set(0, y_dot)
    }

    /// Makes the tangent of result `i`, a view of operand 0, the same view of the operand's tangent.
    pub fn set_view(&mut self, i: usize) -> Result<()> {
        let Some(x_dot) = self.x_dot(0) else { return Ok(()) };
        let y_dot = view::part_of_tangent(self.primal(0)?, x_dot, self.outs[i])?;
        set_tangent(self.outs[i], Some(y_dot), mode::level())
    }

    fn pointwise(
        &mut self,
        op: &'static Operator,
        row: &'static super::row::Pointwise,
        before: Option<&Before>,
    ) -> Result<()> {
        let out = self.outs[0];
        if !out.dtype().is_differentiable() {
            return Ok(());
        }
        let mut sum: Option<Tensor> = None;
        for i in 0..row.arity {
            let (Some(x_dot), Some(Some(d))) = (self.x_dot(i), row.derivatives.get(i)) else { continue };
            let wide = reshape::expand_recorded(x_dot, &out.geometry().shape)?;
            let complex = out.dtype().is_complex();
            // The row's formula conjugates for a cotangent; a tangent is conjugated back around it.
            let wide = if complex { copy::to(&wide, out.dtype())?.conj()? } else { wide };
            let mut operands = [Operand::Tensor(&wide); MAX_READS + 1];
            for (slot, &r) in operands[1..].iter_mut().zip(d.reads) {
                *slot = match before.and_then(|b| b.value(r as usize)) {
                    _ if r == RESULT => Operand::Tensor(out),
                    Some(kept) => Operand::Tensor(kept),
                    None => self.ins[r as usize],
                };
            }
            let term = derivative(op, d, &operands[..=d.reads.len()], false)?;
            let term = if complex { term.conj()? } else { term };
            let term = copy::to(&term, out.dtype())?;
            sum = Some(match sum {
                None => term,
                Some(s) => super::apply::pointwise(
                    Add::OPERATOR,
                    Add::ROW,
                    0,
                    &[Operand::Tensor(&s), Operand::Tensor(&term)],
                    Target::Fresh,
                )?,
            });
        }
        let y_dot = match sum {
            Some(s) => s,
            None => Tensor::full(&out.geometry().shape, 0.0, out.dtype())?,
        };
        debug_assert!(shape::numel(&y_dot.geometry().shape) == shape::numel(&out.geometry().shape));
        self.set(0, y_dot)
    }
}
