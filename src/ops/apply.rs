//! The one door: every operator's result is computed, recorded and given its tangent through here.
//!
//! The way in tests once that nothing unusual is going on; the way out (`Application::finish`) records
//! a node where the thread records and an input wants a gradient.

use super::copy;
use super::direct::{self, Formula, Shown};
use super::edge::edge_of_operand;
use super::halves::{self, Rounded};
use super::inplace;
use super::layout::{self, broadcast_all};
use super::overlap;
use super::record;
use super::row::{Kind, Operator, Pointwise, RESULT, Rule, compute_of, promote};
use super::tangent;
use super::value::{Arg, Output, Target};
use super::view;
use crate::create::default_dtype;
use crate::dtype::{Compute, DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels::map;
use crate::kernels::operand::Src;
use crate::ops::wraparound;
use crate::shape::{self, Dims};
use crate::storage::Immediate;
use crate::tape::node::Params;
use crate::tape::record::flags;
use crate::tape::{self, Edge, Meta, Node, Ref, Saved, apart, insert, mode};
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

    fn kind(self) -> Kind {
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
fn flags_of(ins: &[Operand<'_>]) -> u32 {
    ins.iter().fold(0, |bits, operand| bits | operand.tensor().map_or(0, |t| t.0.flags()))
}

/// Whether there may be anything to record, or a tangent to compute.
#[inline(always)]
fn wants_more(ins: &[Operand<'_>]) -> bool {
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
        Target::Fresh => {}
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
            if wants_more(ins) {
                application.finish()?;
            }
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

#[inline]
pub(super) fn common_dtype(ins: &[Operand<'_>]) -> DType {
    // Operands of one type and numbers that cannot raise it are nearly every call.
    let mut seen: Option<DType> = None;
    let mut simple = true;
    for operand in ins {
        match operand {
            Operand::Tensor(t) => {
                let d = t.geometry().dtype;
                simple &= seen.is_none_or(|s| s == d);
                seen = Some(d);
            }
            Operand::Number(_) => {}
        }
    }
    if let (true, Some(d)) = (simple, seen)
        && ins.iter().all(|o| !matches!(o, Operand::Number(s) if s.category() > d.category()))
    {
        return d;
    }
    promote(ins.iter().map(|o| o.kind()), default_dtype())
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
    fn finish_at_length(mut self) -> Result<()> {
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
