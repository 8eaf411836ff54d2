//! Forward mode: tangents are computed beside the results, by the very rows that serve reverse mode.
//!
//! One level at a time: a tangent of a tangent, or a tangent that itself wants a gradient, is refused.

use super::adjoint::{MAX_READS, derivative};
use super::apply::{Application, Operand};
use super::inplace::Before;
use super::pointwise::Add;
use super::row::{Body, RESULT};
use crate::error::{Error, Result};
use crate::tape::mode;
use crate::tape::node::Params;
use crate::tape::record::flags;
use crate::tensor::Tensor;
use crate::{ops::value::Target, shape};

/// An application with the tangents of its operands.
pub struct Jvp<'a> {
    /// The operands.
    pub ins: &'a [Operand<'a>],
    /// The results.
    pub outs: &'a [&'a Tensor],
    /// The parameters.
    pub params: Option<&'a Params>,
    tangents: Vec<Option<Tensor>>,
    level: u64,
}

/// The tangent that `t` carries on the open level: one of a level that has ended is none.
pub fn tangent_of(t: &Tensor) -> Option<Tensor> {
    if !t.0.has(flags::TANGENT) {
        return None;
    }
    t.0.side.get().filter(|side| side.level.get() == mode::level()).and_then(|side| side.tangent.get()).map(Tensor)
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

/// Gives `to`, which shows the elements of `from`, its tangent.
pub fn hand_on(from: &Tensor, to: &Tensor) -> Result<()> {
    match tangent_of(from) {
        Some(x_dot) => set_tangent(to, Some(x_dot), mode::level()),
        None => Ok(()),
    }
}

/// The tangent in the memory order of its primal, where that one is dense: torch's rule.
fn laid_like(t: &Tensor, x_dot: Tensor) -> Result<Tensor> {
    let own = {
        let (g, d) = (t.geometry(), x_dot.geometry());
        if *g.strides == *d.strides || *g.shape != *d.shape || !shape::is_dense(&g.shape, &g.strides) {
            None
        } else {
            Some(Tensor::empty_strided(&g.shape, &g.strides, d.dtype)?)
        }
    };
    match own {
        Some(own) => super::copy::copy_(&own, &x_dot).map(|()| own),
        None => Ok(x_dot),
    }
}

/// Computes the tangents of an application's results.
pub(super) fn propagate(app: &Application<'_>, before: Option<&Before>) -> Result<()> {
    let mut tangents = Vec::new();
    let mut level = 0;
    for operand in app.ins {
        let tangent = operand.tensor().and_then(tangent_of);
        if let (Some(x_dot), Some(t)) = (&tangent, operand.tensor()) {
            if x_dot.requires_grad() && mode::is_grad_enabled() {
                return Err(Error::not_implemented(
                    "forward mode: a tangent that requires grad (reverse over forward mode) is not supported yet",
                ));
            }
            level = t.0.side()?.level.get();
        }
        tangents.push(tangent);
    }
    let _recording_off = mode::GradMode::new(false);
    // The rules below apply operators to primals; those must not look for tangents again.
    let forward = mode::set(mode::bits::FORWARD, false);
    let mut jvp = Jvp { ins: app.ins, outs: app.outs, params: app.params.as_ref(), tangents, level };
    let done = match app.op.body {
        Body::Structured { jvp: rule, .. } => rule(&mut jvp),
        Body::Pointwise(row) => jvp.pointwise(row, before),
    };
    mode::set(mode::bits::FORWARD, forward);
    done
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
        set_tangent(self.outs[i], Some(y_dot), self.level)
    }

    fn pointwise(&mut self, row: &'static super::row::Pointwise, before: Option<&Before>) -> Result<()> {
        let out = self.outs[0];
        if !out.dtype().is_differentiable() {
            return Ok(());
        }
        let mut sum: Option<Tensor> = None;
        for i in 0..row.arity {
            let (Some(x_dot), Some(Some(d))) = (self.x_dot(i), row.derivatives.get(i)) else { continue };
            let wide = super::view::expand_to(x_dot, &out.geometry().shape)?;
            let complex = out.dtype().is_complex();
            // The row's formula conjugates for a cotangent; a tangent is conjugated back around it.
            let wide = if complex { conj(&super::copy::to(&wide, out.dtype())?)? } else { wide };
            let mut operands = [Operand::Tensor(&wide); MAX_READS + 1];
            for (slot, &r) in operands[1..].iter_mut().zip(d.reads) {
                *slot = match before.and_then(|b| b.value(r as usize)) {
                    _ if r == RESULT => Operand::Tensor(out),
                    Some(kept) => Operand::Tensor(kept),
                    None => self.ins[r as usize],
                };
            }
            let term = derivative(d, &operands[..=d.reads.len()], false)?;
            let term = if complex { conj(&term)? } else { term };
            let term = super::copy::to(&term, out.dtype())?;
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

fn conj(t: &Tensor) -> Result<Tensor> {
    use super::pointwise::Conj;
    super::apply::pointwise(Conj::OPERATOR, Conj::ROW, 0, &[Operand::Tensor(t)], Target::Fresh)
}
