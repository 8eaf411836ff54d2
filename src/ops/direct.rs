//! The short way: operands that lie as kernels want them, which is nearly every small call.
//!
//! Tensors of one shape and type in one run each, 0-d tensors of that type (or such ones expanded), and
//! numbers that do not raise the type. Anything else is declined and goes the long way (`apply`), with the
//! same result. What must not come here: a rule that the long way lacks.

// Loops over places and no iterators: see below.
#![allow(clippy::needless_range_loop)]

use super::apply::Operand;
use super::row::{Check, Derivative, Pointwise, Rule};
use crate::dtype::{DType, Scalar};
use crate::error::Result;
use crate::kernels::map::{MapTable, Onto, Picked, Runs};
use crate::tape::{Geometry, apart};
use crate::tensor::{Tensor, outside};
use std::cell::{Ref as Borrow, RefCell};

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

    /// The kernel for operands of `dtype` as they are, if there is one.
    #[inline(always)]
    fn pick<const K: usize>(&self, dtype: DType) -> Option<Picked<K>> {
        self.kernels.pick(dtype)
    }

    /// Refuses what the row refuses.
    #[inline(always)]
    fn check(&self, dtype: DType, given: &[Operand<'_>]) -> Result<()> {
        self.check.map_or(Ok(()), |check| check(dtype, given))
    }

    /// The type of the value of operands of `dtype`.
    #[inline(always)]
    fn result(&self, dtype: DType) -> DType {
        if self.rule == Rule::Bool { DType::Bool } else { dtype }
    }
}

// What is common to values and derivatives is not inlined: a step of a small program runs once through more code than
// a processor keeps at hand, so that a second copy costs more than a call.
//
// Below, arrays of one thing each and loops over `0..K`: they are unrolled before the arrays would have to lie in
// memory. An array of an enum, or one made by a closure, is copied piece by piece. What is shown is handed on by
// value, so that it is laid down in memory for the functions that are not inlined alone.

/// The operand that stands for `t` where something is to be added to it: 0 where its elements are still to be cleared.
pub fn to_be_added_to(t: &Tensor) -> Operand<'_> {
    if t.is_to_be_cleared() { Operand::Number(Scalar::Int(0)) } else { Operand::Tensor(t) }
}

/// Counts a write over `t` where it was `done`.
#[inline(always)]
pub fn counted(t: &Tensor, done: bool) -> bool {
    if done {
        t.0.bump_version();
    }
    done
}

/// Operands as they are shown: what a sweep reads of a saved tensor without counting it once more.
pub(super) struct Shown<'a, const K: usize> {
    /// What a tensor shows; None for a number.
    tensors: [Option<Borrow<'a, Geometry>>; K],
    numbers: [&'a Scalar; K],
}

impl<'a, const K: usize> Shown<'a, K> {
    /// Numbers, which are still to be said.
    #[inline(always)]
    pub(super) fn new() -> Self {
        Shown { tensors: [const { None }; K], numbers: [&Scalar::Bool(false); K] }
    }

    /// What operands show.
    #[inline(always)]
    pub(super) fn of(ins: &'a [Operand<'a>; K]) -> Self {
        let mut shown = Shown::new();
        for i in 0..K {
            match &ins[i] {
                Operand::Tensor(t) => shown.tensor(i, t.geometry()),
                Operand::Number(s) => shown.number(i, s),
            }
        }
        shown
    }

    /// Operand `i` is a tensor.
    #[inline(always)]
    pub(super) fn tensor(&mut self, i: usize, geometry: Borrow<'a, Geometry>) {
        self.tensors[i] = Some(geometry);
    }

    /// Operand `i` is a number.
    #[inline(always)]
    pub(super) fn number(&mut self, i: usize, number: &'a Scalar) {
        self.numbers[i] = number;
    }

    /// The widest tensor and which operands stand for all of its elements, as bits: where it has the usual strides, the
    /// other tensors are like it or one element of its type, and no number raises the type. Nearly every call.
    #[inline(never)]
    fn usual(&self) -> Option<(&Geometry, u8)> {
        if K == 2
            && let (Some(a), Some(b)) = (&self.tensors[0], &self.tensors[1])
            && a.is_usual()
            && b.lies_like(a)
        {
            return Some((a, 0));
        }
        let mut wide: Option<&Geometry> = None;
        for i in 0..K {
            if let Some(g) = &self.tensors[i]
                && wide.is_none_or(|wide| wide.rank() == 0 || !wide.is_usual())
            {
                wide = Some(g);
            }
        }
        let wide = wide.filter(|wide| wide.is_usual())?;
        let mut ones = 0;
        for i in 0..K {
            match &self.tensors[i] {
                Some(g) if g.lies_like(wide) => {}
                Some(g) if g.dtype == wide.dtype && g.spreads_to(wide) => ones |= 1 << i,
                None if self.numbers[i].category() <= wide.dtype.category() => {}
                _ => return None,
            }
        }
        Some((wide, ones))
    }

    /// Runs a kernel over operands that fit `wide`, of which `ones` stand for all of its elements; `out` takes the result.
    #[inline(never)]
    fn run(&self, picked: Picked<K>, wide: &Geometry, ones: u8, out: &Geometry, onto: Onto) -> Result<()> {
        let mut runs = Runs::new(picked, wide.numel() as usize);
        self.fill(&mut runs, ones, out)?;
        if runs.call(onto) { Ok(()) } else { Err(outside()) }
    }

    /// Makes what is shown the operands of a call, and `out` its result.
    #[inline(always)]
    fn fill<'s>(&'s self, runs: &mut Runs<'s, K>, ones: u8, out: &'s Geometry) -> Result<()> {
        for i in 0..K {
            match &self.tensors[i] {
                Some(g) => {
                    if !g.storage.read_run(runs, i, g.offset, ones >> i & 1 != 0) {
                        return Err(outside());
                    }
                }
                None => runs.number(i, *self.numbers[i]),
            }
        }
        if out.storage.write_run(runs, out.offset) { Ok(()) } else { Err(outside()) }
    }

    /// Runs it to `out`, which nobody else has yet, apart from the host's lock; `noted` comes first, while the operands
    /// are what they were when the operator was called. Storages are asked for their bytes with the lock held, too.
    #[cold]
    fn run_apart(self, picked: Picked<K>, ones: u8, out: &Tensor, noted: &dyn Fn(&Tensor) -> Result<()>) -> Result<()> {
        let mut along = [const { None }; K];
        for (along, here) in along.iter_mut().zip(&self.tensors) {
            *along = here.as_ref().map(|g| g.duplicate().map(RefCell::new)).transpose()?;
        }
        let mut taken = Shown { tensors: [const { None }; K], numbers: self.numbers };
        drop(self.tensors);
        for (i, along) in along.iter().enumerate() {
            taken.tensors[i] = along.as_ref().map(RefCell::borrow);
        }
        let own = out.geometry();
        let mut runs = Runs::new(picked, own.numel() as usize);
        taken.fill(&mut runs, ones, &own)?;
        noted(out)?;
        if apart::run(|| runs.call(Onto::Nothing)) { Ok(()) } else { Err(outside()) }
    }

    /// The same over what is there, or added to it.
    #[inline(always)]
    fn run_over(&self, picked: Picked<K>, wide: &Geometry, ones: u8, out: &Geometry, accumulate: bool) -> Result<()> {
        if out.storage.is_to_be_cleared() {
            return self.run_over_zeros(picked, wide, ones, out, accumulate);
        }
        out.storage.make_writable()?;
        self.run(picked, wide, ones, out, Onto::what_is_there(accumulate))
    }

    /// The same over zeros that nobody has written yet: a gradient that was cleared. What is added to them is written.
    #[cold]
    fn run_over_zeros(
        &self,
        picked: Picked<K>,
        wide: &Geometry,
        ones: u8,
        out: &Geometry,
        accumulate: bool,
    ) -> Result<()> {
        if !out.is_whole() || self.tensors.iter().flatten().any(|g| g.storage.same(&out.storage)) {
            return self.run(picked, wide, ones, out, Onto::what_is_there(accumulate));
        }
        let onto = if accumulate { Onto::Zeros } else { Onto::Nothing };
        out.storage.overwrite(|| self.run(picked, wide, ones, out, onto))
    }

    /// Which operands stand for all elements of `wide`, whose operands fit it, as bits.
    fn ones(&self, wide: &Geometry) -> u8 {
        let one = |g: &Geometry| !(g.contiguous && g.rank() == wide.rank() && g.numel() == wide.numel());
        (0..K).fold(0, |ones, i| ones | u8::from(self.tensors[i].as_deref().is_some_and(one)) << i)
    }

    /// Whether bytes that operands share with `own` are the very same elements.
    #[inline(always)]
    fn keeps_clear(&self, own: &Geometry, ones: u8) -> bool {
        let mut clear = true;
        for i in 0..K {
            if let Some(g) = &self.tensors[i] {
                clear &= !g.storage.same(&own.storage) || g.offset == own.offset && ones >> i & 1 == 0;
            }
        }
        clear
    }

    /// The first tensor in a run with dimensions, else the first: it has the result's shape.
    #[inline(always)]
    fn widest(&self) -> Option<&Geometry> {
        let mut widest: Option<&Geometry> = None;
        for i in 0..K {
            if let Some(g) = &self.tensors[i]
                && widest.is_none_or(|w| g.rank() != 0 && (w.rank() == 0 || !w.contiguous))
            {
                widest = Some(g);
            }
        }
        widest
    }

    /// Whether the result may have another order of dimensions than the usual: an operand is spread, and another has a
    /// dimension of extent 1 with a stride of its own, which torch's iterator goes by then.
    fn has_order(&self, wide: &Geometry) -> bool {
        let (mut standard, mut alike) = (true, true);
        for shown in &self.tensors {
            match shown {
                Some(g) => {
                    standard &= g.is_standard() || !g.contiguous;
                    alike &= g.contiguous && g.rank() == wide.rank() && g.numel() == wide.numel();
                }
                None => alike = false,
            }
        }
        !standard && !alike
    }

    /// Whether every operand lies so, for the type and shape of `wide`; operands that do are checked.
    fn fits(&self, formula: Formula, wide: &Geometry, given: &[Operand<'_>]) -> Result<bool> {
        let (dtype, rule) = (wide.dtype, formula.rule);
        // Float makes floats of integers.
        let mut fits = wide.contiguous && !(rule == Rule::Float && dtype == DType::Int64);
        for i in 0..K {
            fits &= match &self.tensors[i] {
                Some(g) => g.lies_like(wide) || g.dtype == dtype && g.spreads_to(wide),
                None => self.numbers[i].category() <= dtype.category(),
            };
        }
        if fits {
            formula.check(dtype, given)?;
        }
        Ok(fits)
    }
}

/// Sums runs of one type and number of elements to the one element of `out`, which nobody else has yet; false, with
/// nothing written, where there are no elements or no such kernel for their type. `noted` records it.
#[inline(always)]
pub(super) fn sum_runs<const K: usize>(
    table: &MapTable,
    ins: [Borrow<'_, Geometry>; K],
    out: &Tensor,
    noted: impl Fn() -> Result<()>,
) -> Result<bool> {
    let Some(picked) = table.pick::<K>(ins[0].dtype) else { return Ok(false) };
    if apart::is_worth_it(ins[0].numel()) {
        return sum_runs_apart(picked, ins, out, &noted);
    }
    {
        let own = out.geometry();
        let mut runs = Runs::new(picked, ins[0].numel() as usize);
        if !fill_sum(&mut runs, ins.each_ref().map(|g| &**g), &own) || !runs.call(Onto::Nothing) {
            return Ok(false);
        }
    }
    drop(ins);
    noted().map(|()| true)
}

#[cold]
fn sum_runs_apart<const K: usize>(
    picked: Picked<K>,
    ins: [Borrow<'_, Geometry>; K],
    out: &Tensor,
    noted: &dyn Fn() -> Result<()>,
) -> Result<bool> {
    let mut along = [const { None }; K];
    for (along, here) in along.iter_mut().zip(&ins) {
        *along = Some(here.duplicate()?);
    }
    drop(ins);
    let own = out.geometry();
    let ins = along.each_ref().map(|g| g.as_ref().expect("each was taken along"));
    let mut runs = Runs::new(picked, ins[0].numel() as usize);
    if !fill_sum(&mut runs, ins, &own) {
        return Ok(false);
    }
    noted()?;
    if apart::run(|| runs.call(Onto::Nothing)) { Ok(true) } else { Err(outside()) }
}

#[inline(always)]
fn fill_sum<'s, const K: usize>(runs: &mut Runs<'s, K>, ins: [&'s Geometry; K], out: &'s Geometry) -> bool {
    for i in 0..K {
        if !ins[i].storage.read_run(runs, i, ins[i].offset, false) {
            return false;
        }
    }
    out.storage.write_run(runs, out.offset)
}

/// A formula's value, or None where the operands do not lie so.
#[inline(always)]
pub(super) fn evaluate(formula: Formula, ins: &[Operand<'_>]) -> Result<Option<Tensor>> {
    #[inline(always)]
    fn of<const K: usize>(formula: Formula, ins: &[Operand<'_>]) -> Result<Option<Tensor>> {
        <&[Operand<'_>; K]>::try_from(ins).map_or(Ok(None), |ins| fresh(formula, Shown::of(ins), ins, |_| Ok(())))
    }
    match ins.len() {
        1 => of::<1>(formula, ins),
        2 => of::<2>(formula, ins),
        3 => of::<3>(formula, ins),
        _ => Ok(None),
    }
}

/// Writes a formula's value over `to`, which may be an operand, or adds it with `accumulate`; false, with
/// nothing written, where the operands or `to` do not lie so. It bumps no version.
#[inline(always)]
pub fn write<const K: usize>(formula: Formula, ins: &[Operand<'_>; K], to: &Tensor, accumulate: bool) -> Result<bool> {
    over(formula, Shown::of(ins), ins, to, accumulate)
}

/// The same of any number of operands.
#[inline(always)]
pub fn write_any(formula: Formula, ins: &[Operand<'_>], to: &Tensor, accumulate: bool) -> Result<bool> {
    #[inline(always)]
    fn of<const K: usize>(formula: Formula, ins: &[Operand<'_>], to: &Tensor, accumulate: bool) -> Result<bool> {
        <&[Operand<'_>; K]>::try_from(ins).map_or(Ok(false), |ins| write(formula, ins, to, accumulate))
    }
    match ins.len() {
        1 => of::<1>(formula, ins, to, accumulate),
        2 => of::<2>(formula, ins, to, accumulate),
        3 => of::<3>(formula, ins, to, accumulate),
        _ => Ok(false),
    }
}

/// As [`evaluate`], of what is shown; a row's check looks at `given`, and `noted` records the result.
#[inline(always)]
pub(super) fn fresh<const K: usize>(
    formula: Formula,
    ins: Shown<'_, K>,
    given: &[Operand<'_>],
    noted: impl Fn(&Tensor) -> Result<()>,
) -> Result<Option<Tensor>> {
    fresh_or_over(formula, ins, given, None, noted)
}

/// The same; the value is written over `spent`, an operand that is unshared, where that lies so.
#[inline(always)]
pub(super) fn fresh_or_over<const K: usize>(
    formula: Formula,
    ins: Shown<'_, K>,
    given: &[Operand<'_>],
    spent: Option<&Tensor>,
    noted: impl Fn(&Tensor) -> Result<()>,
) -> Result<Option<Tensor>> {
    if let Some((wide, ones)) = ins.usual()
        && let Some(picked) = formula.pick(wide.dtype)
    {
        formula.check(wide.dtype, given)?;
        if let Some(spent) = spent
            && spent.geometry().lies_like(wide)
        {
            ins.run(picked, wide, ones, &spent.geometry(), Onto::Nothing)?;
            return Ok(Some(spent.clone()));
        }
        let out = Tensor::empty_like(wide, formula.result(wide.dtype))?;
        if apart::is_worth_it(wide.numel()) {
            ins.run_apart(picked, ones, &out, &noted)?;
        } else {
            ins.run(picked, wide, ones, &out.geometry(), Onto::Nothing)?;
            // Nothing is borrowed where something is recorded: in anomaly mode the host looks at its stack.
            drop(ins);
            noted(&out)?;
        }
        return Ok(Some(out));
    }
    // What is rare gets it by a pointer, so that there is one copy of it inlined.
    fresh_of_spread(formula, ins, given, &noted)
}

/// The same where an operand is spread or lies unusually.
#[inline(never)]
fn fresh_of_spread<const K: usize>(
    formula: Formula,
    ins: Shown<'_, K>,
    given: &[Operand<'_>],
    noted: &dyn Fn(&Tensor) -> Result<()>,
) -> Result<Option<Tensor>> {
    let Some(wide) = ins.widest() else { return Ok(None) };
    if !ins.fits(formula, wide, given)? || (K > 1 && (K > 2 || !wide.is_standard()) && ins.has_order(wide)) {
        return Ok(None);
    }
    let Some(picked) = formula.pick(wide.dtype) else { return Ok(None) };
    let (out, ones) = (Tensor::empty_like(wide, formula.result(wide.dtype))?, ins.ones(wide));
    if apart::is_worth_it(wide.numel()) {
        ins.run_apart(picked, ones, &out, noted)?;
    } else {
        ins.run(picked, wide, ones, &out.geometry(), Onto::Nothing)?;
        drop(ins);
        noted(&out)?;
    }
    Ok(Some(out))
}

/// As [`write`], of what is shown; a row's check looks at `given`.
#[inline(always)]
pub(super) fn over<const K: usize>(
    formula: Formula,
    ins: Shown<'_, K>,
    given: &[Operand<'_>],
    to: &Tensor,
    accumulate: bool,
) -> Result<bool> {
    let own = to.geometry();
    if formula.rule != Rule::Bool
        && let Some((wide, ones)) = ins.usual()
        && own.lies_like(wide)
        && let Some(picked) = formula.pick(wide.dtype)
        && ins.keeps_clear(&own, ones)
    {
        formula.check(wide.dtype, given)?;
        return ins.run_over(picked, wide, ones, &own, accumulate).map(|()| true);
    }
    over_by_spread(formula, ins, given, &own, accumulate)
}

/// The same where an operand is spread or lies unusually.
#[inline(never)]
fn over_by_spread<const K: usize>(
    formula: Formula,
    ins: Shown<'_, K>,
    given: &[Operand<'_>],
    own: &Geometry,
    accumulate: bool,
) -> Result<bool> {
    let Some(wide) = ins.widest() else { return Ok(false) };
    let ones = ins.ones(wide);
    let lies = own.lies_like(wide) && formula.rule != Rule::Bool && ins.keeps_clear(own, ones);
    let Some(picked) = formula.pick(wide.dtype) else { return Ok(false) };
    if !lies || !ins.fits(formula, wide, given)? {
        return Ok(false);
    }
    ins.run_over(picked, wide, ones, own, accumulate).map(|()| true)
}
