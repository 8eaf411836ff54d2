//! The one door: every operator's result is computed, recorded and given its tangent through here.
//!
//! The way in tests once that nothing unusual is going on; the way out (`application.rs`) records a node where the thread
//! records and an input wants a gradient.

use super::application::Application;
use super::copy;
use super::direct::{self, Formula, Shown};
use super::few;
use super::halves::{self, Rounded};
use super::inplace;
use super::layout::{self, broadcast_all};
use super::overlap;
use super::promotion::{Kind, common_dtype, compute_of};
use super::record;
use super::row::{Operator, Pointwise, Rule};
use super::value::{Arg, Output, Target};
use crate::create::default_dtype;
use crate::dtype::{Compute, DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels::map;
use crate::kernels::operand::Src;
use crate::ops::wraparound;
use crate::shape::{self, Dims};
use crate::storage::Immediate;
use crate::tape::record::flags;
use crate::tape::{self, apart, mode};
use crate::tensor::{Tensor, outside, src};

/// A tensor or a number.
#[derive(Clone, Copy)]
pub enum Operand<'a> {
    /// A tensor.
    Tensor(&'a Tensor),
    /// A number: an immediate without an edge, which promotes weakly.
    Number(Scalar),
}

impl<'a> Operand<'a> {
    /// The tensor, where it is one.
    #[inline(always)]
    pub fn tensor(self) -> Option<&'a Tensor> {
        match self {
            Operand::Tensor(t) => Some(t),
            Operand::Number(_) => None,
        }
    }

    pub(super) fn kind(self) -> Kind {
        match self {
            Operand::Number(s) => Kind::Number(s),
            Operand::Tensor(t) => {
                let g = t.geometry();
                if g.shape.is_empty() { Kind::ZeroDim(g.dtype) } else { Kind::Tensor(g.dtype) }
            }
        }
    }
}

/// The operands that a pointwise operator has at most.
pub(super) const MAX_ARITY: usize = 4;

/// Calls a pointwise row with arguments that a signature matched.
pub fn call_pointwise(
    op: &'static Operator,
    row: &'static Pointwise,
    args: &[Arg<'_>],
    target: Target<'_>,
) -> Result<Output> {
    let missing = || Error::type_error(format!("{}(): an operand is missing", op.name));
    // By number of operands, so that each is copied in registers.
    match (row.arity, args) {
        (1, [a, ..]) => {
            let ins = [a.operand().ok_or_else(missing)?];
            pointwise(op, row, 0, &ins, target)
        }
        (2, [a, b, ..]) => {
            let ins = [a.operand().ok_or_else(missing)?, b.operand().ok_or_else(missing)?];
            pointwise(op, row, 0, &ins, target)
        }
        (3, [a, b, c, ..]) => {
            let ins = [a.operand(), b.operand(), c.operand()];
            let [Some(a), Some(b), Some(c)] = ins else { return Err(missing()) };
            pointwise(op, row, 0, &[a, b, c], target)
        }
        _ => Err(missing()),
    }
    .map(Output::One)
}

/// Applies a pointwise row: its formula's value, recorded as node variant `variant`.
#[inline]
pub fn pointwise(
    op: &'static Operator,
    row: &'static Pointwise,
    variant: u8,
    ins: &[Operand<'_>],
    target: Target<'_>,
) -> Result<Tensor> {
    match target {
        Target::Fresh => match ins {
            [a] => return fresh(op, row, variant, std::array::from_ref(a)),
            [_, _] => {
                if let Ok(pair) = ins.try_into() {
                    return fresh::<2>(op, row, variant, pair);
                }
            }
            [_, _, _] => {
                if let Ok(three) = ins.try_into() {
                    return fresh::<3>(op, row, variant, three);
                }
            }
            [_, _, _, _] => {
                if let Ok(four) = ins.try_into() {
                    return fresh::<4>(op, row, variant, four);
                }
            }
            _ => {}
        },
        // Where nothing is recorded nothing has to be kept either: an optimiser's step.
        Target::InPlace if !wants_more(ins) || mode::wants_values_alone() => {
            if let Some(Operand::Tensor(t)) = ins.first()
                && short_in_place(row, ins, t)?
            {
                return Ok((*t).clone());
            }
        }
        _ => {}
    }
    pointwise_of_any(op, row, variant, ins, target)
}

/// The same for a new tensor: the short way where it is open, else the long one.
#[inline(always)]
pub fn fresh<const K: usize>(
    op: &'static Operator,
    row: &'static Pointwise,
    variant: u8,
    ins: &[Operand<'_>; K],
) -> Result<Tensor> {
    match short(op, row, variant, ins)? {
        Some(out) => Ok(out),
        None => pointwise_of_any(op, row, variant, ins, Target::Fresh),
    }
}

/// The short way to a new tensor; None where the operands do not lie so.
// Not inlined, so that each number of operands has its code once.
#[inline(never)]
fn short<const K: usize>(
    op: &'static Operator,
    row: &'static Pointwise,
    variant: u8,
    ins: &[Operand<'_>; K],
) -> Result<Option<Tensor>> {
    direct::fresh(Formula::of(row), Shown::of(ins), ins, |out| record(op, variant, ins, out))
}

/// Records `out` as the value of `op`, and computes its tangent, where there is any of it to do.
#[inline(always)]
pub(super) fn record(op: &'static Operator, variant: u8, ins: &[Operand<'_>], out: &Tensor) -> Result<()> {
    let bits = flags_of(ins);
    if bits & (flags::WANTS_EDGE | flags::TANGENT) == 0 || record::by_values(op, variant, ins, bits, out, &mut None)? {
        return Ok(());
    }
    Application { op, variant, ins, outs: &[out], differentiable: 1, params: None }.finish_at_length()
}

/// The short way over the first operand, where nothing is recorded.
#[inline(never)]
fn short_in_place(row: &'static Pointwise, ins: &[Operand<'_>], t: &Tensor) -> Result<bool> {
    let done = !t.0.has(flags::INFERENCE) && direct::write_any(Formula::of(row), ins, t, false)?;
    Ok(direct::counted(t, done))
}

/// The flags that any of the operands has.
#[inline(always)]
pub(super) fn flags_of(ins: &[Operand<'_>]) -> u32 {
    ins.iter().fold(0, |bits, operand| bits | operand.tensor().map_or(0, |t| t.0.flags()))
}

/// Whether there may be anything to record, or a tangent to compute.
#[inline(always)]
pub(super) fn wants_more(ins: &[Operand<'_>]) -> bool {
    flags_of(ins) & (flags::WANTS_EDGE | flags::TANGENT) != 0
}

/// As [`pointwise`], the long way: for operands of any layout, type and shape, and every target.
#[inline(never)]
fn pointwise_of_any(
    op: &'static Operator,
    row: &'static Pointwise,
    variant: u8,
    ins: &[Operand<'_>],
    target: Target<'_>,
) -> Result<Tensor> {
    let common = common_dtype(ins);
    let (compute, result) = compute_of(row.rule, common, default_dtype());
    let mut formula = Spread { op, row, common, compute, result, wide: Dims::EMPTY, alike: true };
    formula.refuse(ins, false)?;
    match target {
        Target::Fresh => {
            if let Some(out) = few::fresh(op, row, ins, (common, compute, result))? {
                record(op, variant, ins, &out)?;
                return Ok(out);
            }
        }
        Target::InPlace => inplace::check(written(ins)?, ins)?,
        Target::Out(t) => {
            inplace::check_out_of((op, row), t, ins)?;
            overlap::check(t, ins.iter().filter_map(|o| o.tensor()))?;
        }
    }
    (formula.wide, formula.alike) = spread_of(ins)?;
    let (out, fitted) = formula.destination(ins, target)?;
    // What a comparison writes to `out=` leaves the history there as it is.
    let differentiable = !(row.rule == Rule::Bool && matches!(target, Target::Out(_))) as u64;
    let application = Application { op, variant, ins, outs: &[&out], differentiable, params: None };
    if let Target::Fresh = target {
        if apart::is_worth_it(out.numel()) {
            // What is recorded are the operands as they were when the operator was called.
            application.finish()?;
            formula.compute(&out, ins, true)?;
        } else {
            formula.compute(&out, ins, false)?;
            application.finish()?;
        }
        return Ok(out);
    }
    let before = inplace::Before::of(op, ins, &out)?;
    application.write(&before, || {
        let ins: [_; MAX_ARITY] = std::array::from_fn(|i| before.operand(i.min(row.arity - 1), ins));
        formula.compute(&out, &ins[..row.arity], false)
    })?;
    if let Some(fitted) = fitted {
        fitted.keep();
    }
    Ok(out)
}

/// The shape that the operands are spread to, and whether every tensor among them has it.
#[inline]
fn spread_of(ins: &[Operand<'_>]) -> Result<(Dims, bool)> {
    let mut first: Option<&Tensor> = None;
    let mut alike = true;
    for t in ins.iter().filter_map(|o| o.tensor()) {
        match first {
            None => first = Some(t),
            Some(f) => alike &= t.same(f) || *t.geometry().shape == *f.geometry().shape,
        }
    }
    let wide =
        if alike { first.map_or(Ok(Dims::EMPTY), |f| f.geometry().shape.duplicate())? } else { broadcast_all(ins)? };
    Ok((wide, alike))
}

/// A pointwise row over operands of one call: their common type, what it is computed in and gives, and the shape of that.
struct Spread {
    op: &'static Operator,
    row: &'static Pointwise,
    common: DType,
    compute: Compute,
    result: DType,
    wide: Dims,
    /// Whether every tensor has that shape.
    alike: bool,
}

impl Spread {
    /// What the row itself refuses, if it is asked early or `late`.
    #[inline]
    fn refuse(&self, ins: &[Operand<'_>], late: bool) -> Result<()> {
        match self.row.check {
            Some(check) if self.row.late == late => check(self.common, ins),
            _ => Ok(()),
        }
    }

    /// Where the result goes: a new tensor, or the target once it is found to hold it; with what it was before it was resized.
    fn destination(&self, ins: &[Operand<'_>], target: Target<'_>) -> Result<(Tensor, Option<inplace::Fitted>)> {
        let (both, spread) = ((self.op, self.row), (&*self.wide, self.alike));
        let (common, result) = (self.common, self.result);
        match target {
            Target::Fresh => {
                self.refuse(ins, true)?;
                Ok((layout::fresh(both, ins, spread, common, result)?, None))
            }
            Target::InPlace => {
                let t = written(ins)?;
                inplace::check_result(t, &self.wide, result)?;
                self.refuse(ins, true)?;
                Ok((t.clone(), None))
            }
            Target::Out(t) => {
                if self.row.late && !result.can_cast(t.dtype()) {
                    return Err(Error::no_cast(result, t.dtype()));
                }
                self.refuse(ins, true)?;
                if self.row.arity == 1 && self.row.rule == Rule::Promote && t.dtype() != result {
                    return Err(Error::no_common_dtype(t.dtype(), result));
                }
                // An operand is not resized while it is read.
                if ins.iter().any(|o| o.tensor().is_some_and(|operand| operand.same(t))) {
                    inplace::check_result(t, &self.wide, result)?;
                }
                let strides = || layout::strides(both, ins, spread, common, result);
                Ok((t.clone(), Some(inplace::fit_out(t, &self.wide, strides, result)?)))
            }
        }
    }

    /// Runs the kernel, over what stands for operands that are rounded or wrap around first.
    fn compute(&self, out: &Tensor, ins: &[Operand<'_>], apart: bool) -> Result<()> {
        let Spread { op, row, common, result, .. } = *self;
        let rounded = if common.is_half() { Some(Rounded::new((op, row), ins, common)?) } else { None };
        let stands = match &rounded {
            Some(rounded) => Some(rounded.of_kernel(op, ins, common)),
            None if row.rule != Rule::Float && wraparound::may_be_wider(common) => {
                Some(wraparound::wrapped(ins, common)?)
            }
            None => None,
        };
        let ins = stands.as_ref().map_or(ins, |stands| &stands[..ins.len()]);
        // A wider `out=` gets what the result's type holds of the result.
        let holds_less = result.is_half() || row.rule == Rule::Promote && wraparound::may_be_wider(result);
        let narrow = if holds_less && out.dtype() != result { Some(Tensor::empty(&self.wide, result)?) } else { None };
        let steps = match common.is_half() {
            true => halves::steps(op, ins, common),
            false => wraparound::steps(op, ins, common),
        };
        let to = narrow.as_ref().unwrap_or(out);
        let done = match steps {
            Some(steps) => {
                let (first, operands) = steps.first;
                let step = Tensor::empty(&self.wide, common)?;
                run(&first.kernels, self.compute, &step, &operands, (&self.wide, self.alike), apart)?;
                let ins = &[Operand::Tensor(&step), ins[0]][..steps.second.arity];
                let alike = self.alike || steps.second.arity == 1;
                run(&steps.second.kernels, self.compute, to, ins, (&self.wide, alike), apart)?
            }
            None => run(&row.kernels, self.compute, to, ins, (&self.wide, self.alike), apart)?,
        };
        match done {
            true => narrow.map_or(Ok(()), |narrow| copy::assign(out, &narrow)),
            false => Err(unsupported(op.name, common)),
        }
    }
}

/// The operand that an in-place operator writes over.
fn written<'a>(ins: &[Operand<'a>]) -> Result<&'a Tensor> {
    ins[0].tensor().ok_or_else(|| Error::type_error("an in-place operator needs a tensor"))
}

/// Runs a row's kernel over operands spread to `wide` (which they are `alike`), `apart` where nobody else has `out`; false
/// where it has none for `compute`.
#[inline]
pub(super) fn run(
    kernels: &map::MapTable,
    compute: Compute,
    out: &Tensor,
    ins: &[Operand<'_>],
    (wide, alike): (&[i64], bool),
    apart: bool,
) -> Result<bool> {
    let numbers: [Immediate; MAX_ARITY] = std::array::from_fn(|i| match ins.get(i) {
        Some(Operand::Number(s)) => Immediate::new(*s, compute),
        _ => Immediate::new(Scalar::Bool(false), compute),
    });
    let mut borrows = [const { None }; MAX_ARITY];
    for (seen, operand) in borrows.iter_mut().zip(ins) {
        *seen = operand.tensor().map(|t| t.seen(apart)).transpose()?;
    }
    if alike {
        let mut srcs = [numbers[0].src(wide); MAX_ARITY];
        for i in 0..ins.len() {
            srcs[i] = match &borrows[i] {
                Some(g) => src(g)?,
                None => numbers[i].src(wide),
            };
        }
        return out.write(|dst| apart::run_if(apart, || map::map(kernels, compute, dst, &srcs[..ins.len()], false)));
    }
    let mut strides: [Dims; MAX_ARITY] = [const { Dims::EMPTY }; MAX_ARITY];
    for (s, g) in strides.iter_mut().zip(&borrows) {
        if let Some(g) = g {
            *s = shape::expand_strides(&g.shape, &g.strides, wide)?;
        }
    }
    let mut srcs = [numbers[0].src(wide); MAX_ARITY];
    for i in 0..ins.len() {
        srcs[i] = match &borrows[i] {
            Some(g) => spread(g, wide, &strides[i])?,
            None => numbers[i].src(wide),
        };
    }
    out.write(|dst| apart::run_if(apart, || map::map(kernels, compute, dst, &srcs[..ins.len()], false)))
}

fn spread<'a>(g: &'a tape::Geometry, wide: &'a [i64], strides: &'a [i64]) -> Result<Src<'a>> {
    g.storage.src(g.dtype, wide, strides, g.offset).ok_or_else(outside)
}

#[cold]
fn unsupported(name: &str, dtype: DType) -> Error {
    Error::no_kernel(&format!("{name}_cpu"), dtype)
}
