//! The short way: operands that lie as kernels want them, which is nearly every small call.
//!
//! Tensors of one shape and type in one run each, 0-d tensors of that type, and numbers that do not
//! raise the type. Anything else is declined and goes the long way (`apply`), with the same result. What
//! must not come here: a rule that the long way lacks.

use super::apply::Operand;
use super::row::{Check, Rule};
use crate::dtype::DType;
use crate::error::Result;
use crate::kernels::map::{MapTable, map_runs};
use crate::storage::Immediate;
use crate::tape::Geometry;
use crate::tensor::{Tensor, outside};
use std::cell::Ref as Borrow;

/// A formula's value, or None where the operands do not lie so.
#[inline(always)]
pub(super) fn evaluate(
    kernels: &MapTable,
    rule: Rule,
    check: Option<Check>,
    ins: &[Operand<'_>],
) -> Result<Option<Tensor>> {
    match *ins {
        [a] => fresh(kernels, rule, check, [a]),
        [a, b] => fresh(kernels, rule, check, [a, b]),
        [a, b, c] => fresh(kernels, rule, check, [a, b, c]),
        _ => Ok(None),
    }
}

/// Writes a formula's value over `to`, which may be an operand; false, with nothing written, where the
/// operands or `to` do not lie so. It bumps no version.
#[inline(always)]
pub(crate) fn write(
    kernels: &MapTable,
    rule: Rule,
    check: Option<Check>,
    ins: &[Operand<'_>],
    to: &Tensor,
) -> Result<bool> {
    match *ins {
        [a] => over(kernels, rule, check, [a], to),
        [a, b] => over(kernels, rule, check, [a, b], to),
        [a, b, c] => over(kernels, rule, check, [a, b, c], to),
        _ => Ok(false),
    }
}

#[inline(always)]
fn fresh<const K: usize>(
    kernels: &MapTable,
    rule: Rule,
    check: Option<Check>,
    ins: [Operand<'_>; K],
) -> Result<Option<Tensor>> {
    let views: [Option<Borrow<'_, Geometry>>; K] = ins.map(|o| o.tensor().map(Tensor::geometry));
    let Some(wide) = widest(&views) else { return Ok(None) };
    if !fits(wide, rule, &ins, &views) {
        return Ok(None);
    }
    if let Some(check) = check {
        check(wide.dtype, &ins)?;
    }
    let n = wide.numel() as usize;
    let out = Tensor::empty_like_shape(&wide.shape, n, if rule == Rule::Bool { DType::Bool } else { wide.dtype })?;
    let done = run(kernels, &ins, &views, wide, &out.geometry())?;
    Ok(done.then_some(out))
}

#[inline(always)]
fn over<const K: usize>(
    kernels: &MapTable,
    rule: Rule,
    check: Option<Check>,
    ins: [Operand<'_>; K],
    to: &Tensor,
) -> Result<bool> {
    let views: [Option<Borrow<'_, Geometry>>; K] = ins.map(|o| o.tensor().map(Tensor::geometry));
    let Some(wide) = widest(&views) else { return Ok(false) };
    let own = to.geometry();
    // Bytes that are shared must be the very same elements.
    let apart = |g: &Geometry| !g.storage.same(&own.storage) || g.offset == own.offset && g.shape.same(&own.shape);
    let lies = own.contiguous && own.dtype == wide.dtype && rule != Rule::Bool && own.shape.same(&wide.shape);
    if !lies || !fits(wide, rule, &ins, &views) || !views.iter().flatten().all(|g| apart(g)) {
        return Ok(false);
    }
    if let Some(check) = check {
        check(wide.dtype, &ins)?;
    }
    own.storage.make_writable()?;
    run(kernels, &ins, &views, wide, &own)
}

/// Whether every operand lies so, for the type and shape of `wide`.
#[inline(always)]
fn fits<const K: usize>(
    wide: &Geometry,
    rule: Rule,
    ins: &[Operand<'_>; K],
    views: &[Option<Borrow<'_, Geometry>>; K],
) -> bool {
    let dtype = wide.dtype;
    // A type that is computed as another (float16, int32) has to be converted; Float makes floats of integers.
    let mut fits = DType::from_compute(dtype.compute()) == dtype && !(rule == Rule::Float && dtype.is_integral());
    for i in 0..K {
        fits &= match (&views[i], &ins[i]) {
            (Some(g), _) => g.dtype == dtype && g.contiguous && (g.shape.is_empty() || g.shape.same(&wide.shape)),
            (None, Operand::Number(s)) => s.category() <= dtype.category(),
            (None, _) => false,
        };
    }
    fits
}

/// Runs the kernel over operands that fit.
#[inline(always)]
fn run<const K: usize>(
    kernels: &MapTable,
    ins: &[Operand<'_>; K],
    views: &[Option<Borrow<'_, Geometry>>; K],
    wide: &Geometry,
    out: &Geometry,
) -> Result<bool> {
    let (dtype, n) = (wide.dtype, wide.numel() as usize);
    let mut numbers = [const { Immediate::ZERO }; K];
    for i in 0..K {
        if let Operand::Number(s) = &ins[i] {
            numbers[i] = Immediate::new(*s, dtype.compute());
        }
    }
    let mut srcs = [numbers[0].run(); K];
    for i in 0..K {
        srcs[i] = match &views[i] {
            // A 0-d tensor among others is one element for all.
            Some(g) => {
                let own = if g.shape.is_empty() { 1 } else { n };
                g.storage.src_run(dtype, g.offset, own).ok_or_else(outside)?
            }
            None => numbers[i].run(),
        };
    }
    let dst = out.storage.dst_run(out.dtype, out.offset, n).ok_or_else(outside)?;
    Ok(map_runs(kernels, dtype.compute(), &dst, srcs, false))
}

/// The first tensor with dimensions, else the first: it has the result's shape.
#[inline(always)]
fn widest<'v, 'g, const K: usize>(views: &'v [Option<Borrow<'g, Geometry>>; K]) -> Option<&'v Borrow<'g, Geometry>> {
    let mut widest = None;
    for view in views.iter().flatten() {
        match widest {
            None => widest = Some(view),
            Some(w) if w.shape.is_empty() && !view.shape.is_empty() => widest = Some(view),
            _ => {}
        }
    }
    widest
}
