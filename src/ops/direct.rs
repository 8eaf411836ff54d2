//! The short way: operands that lie as kernels want them, which is nearly every small call.
//!
//! Tensors of one shape and type in one run each, 0-d tensors of that type, and numbers that do not
//! raise the type. Anything else is declined and goes the long way (`apply`), with the same result. What
//! must not come here: a rule that the long way lacks.

use super::apply::Operand;
use super::row::{Check, Derivative, Pointwise, Rule};
use crate::dtype::DType;
use crate::error::Result;
use crate::kernels::map::{MapTable, map_runs};
use crate::storage::Immediate;
use crate::tape::Geometry;
use crate::tensor::{Tensor, outside};
use std::cell::Ref as Borrow;

/// What there is to compute: a row's own formula, or a derivative's.
#[derive(Clone, Copy)]
pub struct Formula {
    kernels: &'static MapTable,
    rule: Rule,
    check: Option<Check>,
}

impl Formula {
    /// A row's value.
    #[inline(always)]
    pub fn of(row: &'static Pointwise) -> Formula {
        Formula { kernels: &row.kernels, rule: row.rule, check: row.check }
    }

    /// A derivative's value, of the cotangent and what it reads.
    #[inline(always)]
    pub(super) fn derivative(d: &'static Derivative) -> Formula {
        Formula { kernels: &d.kernels, rule: Rule::Promote, check: None }
    }
}

/// A formula's value, or None where the operands do not lie so.
#[inline(always)]
pub(super) fn evaluate(formula: Formula, ins: &[Operand<'_>]) -> Result<Option<Tensor>> {
    match ins.len() {
        1 => fresh::<1>(formula, ins),
        2 => fresh::<2>(formula, ins),
        3 => fresh::<3>(formula, ins),
        _ => Ok(None),
    }
}

/// Writes a formula's value over `to`, which may be an operand, or adds it with `accumulate`; false, with
/// nothing written, where the operands or `to` do not lie so. It bumps no version.
#[inline(always)]
pub fn write(formula: Formula, ins: &[Operand<'_>], to: &Tensor, accumulate: bool) -> Result<bool> {
    match ins.len() {
        1 => over::<1>(formula, ins, to, accumulate),
        2 => over::<2>(formula, ins, to, accumulate),
        3 => over::<3>(formula, ins, to, accumulate),
        _ => Ok(false),
    }
}

#[inline(always)]
fn fresh<const K: usize>(formula: Formula, ins: &[Operand<'_>]) -> Result<Option<Tensor>> {
    let views: [_; K] = std::array::from_fn(|i| ins[i].tensor().map(Tensor::geometry));
    let Some(wide) = widest(&views) else { return Ok(None) };
    if !fits(formula, wide, ins, &views)? {
        return Ok(None);
    }
    let out = Tensor::empty_like(wide, if formula.rule == Rule::Bool { DType::Bool } else { wide.dtype })?;
    let done = run(formula, ins, &views, wide, &out.geometry(), false)?;
    Ok(done.then_some(out))
}

#[inline(always)]
fn over<const K: usize>(formula: Formula, ins: &[Operand<'_>], to: &Tensor, accumulate: bool) -> Result<bool> {
    let views: [_; K] = std::array::from_fn(|i| ins[i].tensor().map(Tensor::geometry));
    let own = to.geometry();
    let Some(wide) = widest(&views) else { return Ok(false) };
    let mut lies = own.lies_like(wide) && formula.rule != Rule::Bool;
    for view in views.iter().flatten() {
        // Bytes that are shared must be the very same elements.
        lies &= !view.storage.same(&own.storage) || view.offset == own.offset && view.lies_like(&own);
    }
    if !lies || !fits(formula, wide, ins, &views)? {
        return Ok(false);
    }
    own.storage.make_writable()?;
    run(formula, ins, &views, wide, &own, accumulate)
}

/// What an operand shows, where it is a tensor.
type View<'a> = Option<Borrow<'a, Geometry>>;

// Below, loops over `0..K` and no iterators: they are unrolled before the arrays would have to lie in memory.

/// Whether every operand lies so, for the type and shape of `wide`; operands that do are checked.
#[inline(always)]
fn fits<const K: usize>(formula: Formula, wide: &Geometry, ins: &[Operand<'_>], views: &[View<'_>; K]) -> Result<bool> {
    let (dtype, rule) = (wide.dtype, formula.rule);
    // A type that is computed as another (float16, int32) has to be converted; Float makes floats of integers.
    let mut fits = DType::from_compute(dtype.compute()) == dtype && !(rule == Rule::Float && dtype.is_integral());
    for i in 0..K {
        fits &= match (&views[i], &ins[i]) {
            (Some(g), _) => g.lies_like(wide) || g.rank() == 0 && g.dtype == dtype,
            (None, Operand::Number(s)) => s.category() <= dtype.category(),
            (None, _) => false,
        };
    }
    if let (true, Some(check)) = (fits, formula.check) {
        check(dtype, ins)?;
    }
    Ok(fits)
}

/// Runs the kernel over operands that fit.
#[inline(always)]
fn run<const K: usize>(
    formula: Formula,
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
    map_runs(formula.kernels, dtype.compute(), &dst, &srcs, accumulate).ok_or_else(outside)
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
