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
    match ins.len() {
        1 => fresh::<1>(kernels, rule, check, ins),
        2 => fresh::<2>(kernels, rule, check, ins),
        3 => fresh::<3>(kernels, rule, check, ins),
        _ => Ok(None),
    }
}

/// Writes a formula's value over `to`, which may be an operand, or adds it with `accumulate`; false, with
/// nothing written, where the operands or `to` do not lie so. It bumps no version.
#[inline(always)]
pub fn write(
    kernels: &MapTable,
    rule: Rule,
    check: Option<Check>,
    ins: &[Operand<'_>],
    to: &Tensor,
    accumulate: bool,
) -> Result<bool> {
    match ins.len() {
        1 => over::<1>(kernels, rule, check, ins, to, accumulate),
        2 => over::<2>(kernels, rule, check, ins, to, accumulate),
        3 => over::<3>(kernels, rule, check, ins, to, accumulate),
        _ => Ok(false),
    }
}

#[inline(always)]
fn fresh<const K: usize>(
    kernels: &MapTable,
    rule: Rule,
    check: Option<Check>,
    ins: &[Operand<'_>],
) -> Result<Option<Tensor>> {
    let views: [_; K] = std::array::from_fn(|i| ins[i].tensor().map(Tensor::geometry));
    let Some(wide) = widest(&views) else { return Ok(None) };
    if !fits(wide, rule, ins, &views) {
        return Ok(None);
    }
    if let Some(check) = check {
        check(wide.dtype, ins)?;
    }
    let out = Tensor::empty_like(wide, if rule == Rule::Bool { DType::Bool } else { wide.dtype })?;
    let done = run(kernels, ins, &views, wide, &out.geometry(), false)?;
    Ok(done.then_some(out))
}

#[inline(always)]
fn over<const K: usize>(
    kernels: &MapTable,
    rule: Rule,
    check: Option<Check>,
    ins: &[Operand<'_>],
    to: &Tensor,
    accumulate: bool,
) -> Result<bool> {
    let views: [_; K] = std::array::from_fn(|i| ins[i].tensor().map(Tensor::geometry));
    let own = to.geometry();
    let Some(wide) = widest(&views) else { return Ok(false) };
    let mut fits = fits(wide, rule, ins, &views) && own.lies_like(wide) && rule != Rule::Bool;
    for view in views.iter().flatten() {
        // Bytes that are shared must be the very same elements.
        fits &= !view.storage.same(&own.storage) || view.offset == own.offset && view.lies_like(&own);
    }
    if !fits {
        return Ok(false);
    }
    if let Some(check) = check {
        check(wide.dtype, ins)?;
    }
    own.storage.make_writable()?;
    run(kernels, ins, &views, wide, &own, accumulate)
}

/// What an operand shows, where it is a tensor.
type View<'a> = Option<Borrow<'a, Geometry>>;

// Below, loops over `0..K` and no iterators: they are unrolled before the arrays would have to lie in memory.

/// Whether every operand lies so, for the type and shape of `wide`.
#[inline(always)]
fn fits<const K: usize>(wide: &Geometry, rule: Rule, ins: &[Operand<'_>], views: &[View<'_>; K]) -> bool {
    let dtype = wide.dtype;
    // A type that is computed as another (float16, int32) has to be converted; Float makes floats of integers.
    let mut fits = DType::from_compute(dtype.compute()) == dtype && !(rule == Rule::Float && dtype.is_integral());
    for i in 0..K {
        fits &= match (&views[i], &ins[i]) {
            (Some(g), _) => g.lies_like(wide) || g.rank() == 0 && g.dtype == dtype,
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
    ins: &[Operand<'_>],
    views: &[View<'_>; K],
    wide: &Geometry,
    out: &Geometry,
    accumulate: bool,
) -> Result<bool> {
    let (dtype, n) = (wide.dtype, wide.numel() as usize);
    let mut numbers = [const { Immediate::ZERO }; K];
    for i in 0..K {
        if let Operand::Number(s) = &ins[i] {
            numbers[i] = Immediate::new(*s, dtype.compute());
        }
    }
    let mut srcs = [const { None }; K];
    for i in 0..K {
        srcs[i] = match &views[i] {
            // A 0-d tensor among others is one element for all.
            Some(g) => g.storage.src_run(dtype, g.offset, if g.rank() == 0 { 1 } else { n }),
            None => Some(numbers[i].run()),
        };
    }
    let dst = out.storage.dst_run(out.dtype, out.offset, n).ok_or_else(outside)?;
    map_runs(kernels, dtype.compute(), &dst, &srcs, accumulate).ok_or_else(outside)
}

/// The first tensor with dimensions, else the first: it has the result's shape.
#[inline(always)]
fn widest<'v, const K: usize>(views: &'v [View<'_>; K]) -> Option<&'v Geometry> {
    let mut widest: Option<&Geometry> = None;
    for view in views {
        if let Some(view) = view
            && widest.is_none_or(|w| w.rank() == 0 && view.rank() != 0)
        {
            widest = Some(view);
        }
    }
    widest
}
