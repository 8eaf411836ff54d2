//! The short way: operands that lie as kernels want them, which is nearly every small call.
//!
//! Tensors of one shape and type in one run each, 0-d tensors of that type (or such ones expanded), and
//! numbers that do not raise the type. Anything else is declined and goes the long way (`apply`), with the
//! same result. What must not come here: a rule that the long way lacks.

use super::apply::Operand;
use super::row::{Check, Derivative, Pointwise, Rule};
use crate::dtype::{DType, Scalar};
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

/// An operand as it is shown: what a sweep reads of a saved tensor without counting it once more.
pub(super) enum Shown<'a> {
    /// What a tensor shows.
    Tensor(Borrow<'a, Geometry>),
    /// A number.
    Number(Scalar),
}

/// A formula's value, or None where the operands do not lie so.
#[inline(always)]
pub(super) fn evaluate(formula: Formula, ins: &[Operand<'_>]) -> Result<Option<Tensor>> {
    match ins {
        [a] => fresh(formula, &show([*a]), ins),
        [a, b] => fresh(formula, &show([*a, *b]), ins),
        [a, b, c] => fresh(formula, &show([*a, *b, *c]), ins),
        _ => Ok(None),
    }
}

/// Writes a formula's value over `to`, which may be an operand, or adds it with `accumulate`; false, with
/// nothing written, where the operands or `to` do not lie so. It bumps no version.
#[inline(always)]
pub fn write(formula: Formula, ins: &[Operand<'_>], to: &Tensor, accumulate: bool) -> Result<bool> {
    match ins {
        [a] => over(formula, &show([*a]), ins, to, accumulate),
        [a, b] => over(formula, &show([*a, *b]), ins, to, accumulate),
        [a, b, c] => over(formula, &show([*a, *b, *c]), ins, to, accumulate),
        _ => Ok(false),
    }
}

// Below, loops over `0..K` and no iterators: they are unrolled before the arrays would have to lie in memory.

/// What operands show.
#[inline(always)]
pub(super) fn show<const K: usize>(ins: [Operand<'_>; K]) -> [Shown<'_>; K] {
    // Not `map`, which moves the whole array through memory first.
    std::array::from_fn(|i| match ins[i] {
        Operand::Tensor(t) => Shown::Tensor(t.geometry()),
        Operand::Number(s) => Shown::Number(s),
    })
}

/// As [`evaluate`], of what is shown; a row's check looks at `given`.
#[inline(always)]
pub(super) fn fresh<const K: usize>(
    formula: Formula,
    ins: &[Shown<'_>; K],
    given: &[Operand<'_>],
) -> Result<Option<Tensor>> {
    let Some(wide) = widest(ins) else { return Ok(None) };
    if !fits(formula, wide, ins, given)? || (K > 1 && (K > 2 || !wide.is_standard()) && has_order(ins, wide)) {
        return Ok(None);
    }
    let out = Tensor::empty_like(wide, if formula.rule == Rule::Bool { DType::Bool } else { wide.dtype })?;
    let done = run(formula, ins, wide, &out.geometry(), false)?;
    Ok(done.then_some(out))
}

/// Whether the result may have another order of dimensions than the usual: an operand is spread, and another has a
/// dimension of extent 1 with a stride of its own, which torch's iterator goes by then.
#[inline]
fn has_order<const K: usize>(ins: &[Shown<'_>; K], wide: &Geometry) -> bool {
    let (mut standard, mut alike) = (true, true);
    for shown in ins {
        match shown {
            Shown::Tensor(g) => {
                standard &= g.is_standard() || !g.contiguous;
                alike &= g.contiguous && g.rank() == wide.rank();
            }
            Shown::Number(_) => alike = false,
        }
    }
    !standard && !alike
}

/// As [`write`], of what is shown; a row's check looks at `given`.
#[inline(always)]
pub(super) fn over<const K: usize>(
    formula: Formula,
    ins: &[Shown<'_>; K],
    given: &[Operand<'_>],
    to: &Tensor,
    accumulate: bool,
) -> Result<bool> {
    let own = to.geometry();
    let Some(wide) = widest(ins) else { return Ok(false) };
    let mut lies = own.lies_like(wide) && formula.rule != Rule::Bool;
    for shown in ins {
        if let Shown::Tensor(view) = shown {
            // Bytes that are shared must be the very same elements.
            lies &= !view.storage.same(&own.storage) || view.offset == own.offset && view.lies_like(&own);
        }
    }
    if !lies || !fits(formula, wide, ins, given)? {
        return Ok(false);
    }
    own.storage.make_writable()?;
    run(formula, ins, wide, &own, accumulate)
}

/// Whether every operand lies so, for the type and shape of `wide`; operands that do are checked.
#[inline(always)]
fn fits<const K: usize>(
    formula: Formula,
    wide: &Geometry,
    ins: &[Shown<'_>; K],
    given: &[Operand<'_>],
) -> Result<bool> {
    let (dtype, rule) = (wide.dtype, formula.rule);
    // A type that is computed as another (float16, int32) has to be converted; Float makes floats of integers.
    let mut fits = wide.contiguous && dtype.is_computed_in() && !(rule == Rule::Float && dtype == DType::Int64);
    for shown in ins {
        fits &= match shown {
            Shown::Tensor(g) => g.lies_like(wide) || g.dtype == dtype && g.spreads_to(wide),
            Shown::Number(s) => s.category() <= dtype.category(),
        };
    }
    if let (true, Some(check)) = (fits, formula.check) {
        check(dtype, given)?;
    }
    Ok(fits)
}

/// Runs the kernel over operands that fit.
#[inline(always)]
fn run<const K: usize>(
    formula: Formula,
    ins: &[Shown<'_>; K],
    wide: &Geometry,
    out: &Geometry,
    accumulate: bool,
) -> Result<bool> {
    let (dtype, n) = (wide.dtype, wide.numel() as usize);
    let mut numbers = [const { Immediate::ZERO }; K];
    for i in 0..K {
        if let Shown::Number(s) = &ins[i] {
            numbers[i] = Immediate::new(*s, dtype.compute());
        }
    }
    let mut srcs: [_; K] = std::array::from_fn(|i| numbers[i].run());
    for i in 0..K {
        if let Shown::Tensor(g) = &ins[i] {
            // An element that stands for all is read once.
            let n = if g.contiguous && g.rank() == wide.rank() { n } else { 1 };
            srcs[i] = g.storage.src_run(dtype, g.offset, n).ok_or_else(outside)?;
        }
    }
    let dst = out.storage.dst_run(out.dtype, out.offset, n).ok_or_else(outside)?;
    Ok(map_runs(formula.kernels, dtype.compute(), &dst, srcs, accumulate))
}

/// The first tensor in a run with dimensions, else the first: it has the result's shape.
#[inline(always)]
fn widest<'v, const K: usize>(ins: &'v [Shown<'_>; K]) -> Option<&'v Geometry> {
    let mut widest: Option<&Geometry> = None;
    for shown in ins {
        if let Shown::Tensor(view) = shown
            && widest.is_none_or(|w| view.rank() != 0 && (w.rank() == 0 || !w.contiguous))
        {
            widest = Some(view);
        }
    }
    widest
}
