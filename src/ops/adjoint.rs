//! The verbs of reverse mode: what an operator's rule may say to send cotangents to its inputs.
//!
//! One concrete type serves both kinds of sweep. A rule written twice over a trait (fused, recorded) was
//! tried on paper and dropped: each verb has one branch on `recording`, which is predicted, against a
//! second copy of every rule's code.

use super::apply::{Operand, run};
use super::direct::{self, Formula, Shown};
use super::layout::fresh_like;
use super::recorded;
use super::row::{Derivative, Operator, Pointwise, RESULT};
use super::saved::{SavedValue, claim, reshaped, unpack};
use super::value::Target;
use crate::buffers::{List, PoolVec};
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels::map::MapTable;
use crate::kernels::number::{Eval, Ring};
use crate::ops::elements::pointwise::{Add, Mul};
use crate::ops::{copy, reductions::reduce};
use crate::shape::Dims;
use crate::tape::node::Params;
use crate::tape::{Edge, Node, Ref, Saved, apart, mode};
use crate::tensor::Tensor;
use std::cell::Ref as Borrow;

/// Where a sweep collects cotangents.
pub trait Sink {
    /// Adds `value` to the cotangent at the end of `edge`.
    fn add(&mut self, edge: &Edge, value: Tensor) -> Result<()>;
    /// What has reached the end of `edge` so far, where it may be written over: so that a formula adds to it
    /// without a tensor of its own.
    fn sum(&self, _edge: &Edge) -> Option<&Tensor> {
        None
    }
    /// Whether nothing has reached the end of `edge` so far, where that is known.
    fn is_first(&self, _edge: &Edge) -> bool {
        false
    }
    /// The gradient of the leaf at the end of `edge`, where what is said next is all that reaches the leaf, if it is all
    /// that this node says: it may be added there and then.
    fn gradient(&self, _edge: &Edge) -> Option<Tensor> {
        None
    }
}

/// What a derivative reads at most beside the cotangent.
pub(super) const MAX_READS: usize = 3;

/// What a rule is given.
#[derive(Clone, Copy)]
pub struct Given<'s> {
    /// The cotangent of each output; none where nothing reached it.
    pub cotangents: &'s [Option<Tensor>],
    /// Whether the node keeps what it saved.
    pub retain: bool,
    /// Whether nobody wants the cotangents afterwards: a formula may write over them.
    pub spends: bool,
    /// The inputs behind which the sweep's targets lie, as bits (the last stands for every further one).
    pub wanted: u64,
}

impl Given<'_> {
    /// Every input, where the sweep ends at the leaves.
    pub const ALL: u64 = u64::MAX;
}

/// One node during a sweep: its cotangents, what it saved, and where its inputs' cotangents go.
pub struct Vjp<'s> {
    /// The node.
    pub node: &'s Ref<Node>,
    /// The node's operator.
    pub op: &'static Operator,
    /// The cotangent of each output; none where nothing reached it.
    pub cotangents: &'s [Option<Tensor>],
    spends: bool,
    wanted: u64,
    values_alone: bool,
    saved: Borrow<'s, List<Saved, 2>>,
    sink: &'s mut dyn Sink,
}

impl<'s> Vjp<'s> {
    /// The verbs for `node`, whose saved values are looked at from now on. `mode` is the thread's, which does not change
    /// while a rule runs.
    pub fn new(
        node: &'s Ref<Node>,
        op: &'static Operator,
        given: Given<'s>,
        mode: u32,
        sink: &'s mut dyn Sink,
    ) -> Result<Self> {
        let Given { cotangents, spends, wanted, .. } = given;
        let values_alone = mode::owes_values_alone(mode);
        Ok(Vjp { node, op, cotangents, spends, wanted, values_alone, saved: claim(node)?, sink })
    }

    /// The cotangent of the first output.
    pub fn g(&self) -> Result<&'s Tensor> {
        let cotangents = self.cotangents;
        cotangents.first().and_then(Option::as_ref).ok_or_else(|| Error::runtime("a cotangent is missing"))
    }

    /// The cotangent of output `i`, where anything reached it.
    pub fn g_of(&self, i: usize) -> Option<&'s Tensor> {
        let cotangents = self.cotangents;
        cotangents.get(i).and_then(Option::as_ref)
    }

    /// Whether input `i` wants a cotangent.
    #[inline(always)]
    pub fn wants(&self, i: usize) -> bool {
        self.node.edges.get(i).is_some_and(Edge::is_some) && self.wanted >> i.min(63) & 1 != 0
    }

    /// Whether the cotangent of input `i` goes to a leaf and nobody sees it on its way: nothing is recorded, the sweep
    /// was asked for no place's cotangent, and the leaf has no hooks.
    pub fn ends_at_a_plain_leaf(&self, i: usize) -> bool {
        let plain = |edge: &Edge| matches!(edge, Edge::Leaf(leaf, _) if !leaf.side.is_some());
        self.spends && self.values_alone && self.node.edges.get(i).is_some_and(plain)
    }

    /// Whether a value is all that a step owes: nothing is recorded, and no forward-mode level is open.
    #[inline(always)]
    pub fn values_alone(&self) -> bool {
        self.values_alone
    }

    /// The number of inputs.
    pub fn inputs(&self) -> usize {
        self.node.edges.len()
    }

    /// Type and shape of input `i`.
    pub fn meta(&self, i: usize) -> Result<(DType, Dims)> {
        let edge = self.node.edges.get(i).ok_or_else(nowhere)?;
        match edge.outdated() {
            Some(leaf) => Err(reshaped(&Tensor(leaf.clone()))),
            None => edge.own_meta()?.ok_or_else(nowhere),
        }
    }

    /// The operator's parameters.
    pub fn params(&self) -> Result<Ref<Params>> {
        self.node.params.get().ok_or_else(|| Error::runtime("a node lacks its parameters"))
    }

    /// The saved value of operand `i`; [`RESULT`] for the saved result.
    pub fn saved(&self, i: u8) -> Result<SavedValue> {
        let i = if i == RESULT { self.inputs() } else { i as usize };
        match self.saved.get(i) {
            // A sweep that is not recorded asks for the elements alone, which the alias has.
            Some(Saved::Output(alias, version, _)) if alias.version() == *version && !mode::is_grad_enabled() => {
                Ok(SavedValue::Tensor(Tensor(alias.clone())))
            }
            Some(saved) => unpack(saved, self.node),
            None => unpack(&Saved::Nothing, self.node),
        }
    }

    /// The saved tensor of operand `i`.
    pub fn saved_tensor(&self, i: u8) -> Result<Tensor> {
        match self.saved(i)? {
            SavedValue::Tensor(t) => Ok(t),
            SavedValue::Number(_) => Err(Error::runtime("a tensor was expected among the saved values")),
        }
    }

    /// The saved tensors of every operand from `first` on.
    pub fn saved_from(&self, first: usize) -> Result<PoolVec<Tensor>> {
        let one = |i| match self.saved.get(i).map(|saved| unpack(saved, self.node)) {
            Some(Ok(SavedValue::Tensor(t))) => Ok(t),
            Some(Err(error)) => Err(error),
            _ => Err(Error::runtime("a tensor was expected among the saved values")),
        };
        let mut all = PoolVec::new();
        for i in first..self.inputs() {
            all.push(one(i)?)?;
        }
        Ok(all)
    }

    /// Adds `value` to the cotangent of input `i`: summed down or spread out to the input's shape, and
    /// converted to its type.
    pub fn add(&mut self, i: usize, value: Tensor) -> Result<()> {
        let Some(edge) = self.node.edges.get(i).filter(|_| self.wants(i)) else { return Ok(()) };
        let (same_type, same_shape) = {
            let v = value.geometry();
            edge.meta(|dtype, shape| (dtype == v.dtype, shape.same(&v.shape))).ok_or_else(nowhere)?
        };
        if same_type && same_shape || edge.outdated().is_some() {
            return self.sink.add(edge, value);
        }
        let (dtype, shape) = self.meta(i)?;
        let mut value = value;
        if !same_shape {
            value = reduce::sum_to(&value, &shape)?;
        }
        if !same_type {
            value = copy::converted(&value, dtype)?;
        }
        self.sink.add(edge, value)
    }

    /// Adds a row's value to the cotangent of input `i`: straight into what is there, where nothing is recorded.
    pub fn add_value(
        &mut self,
        i: usize,
        op: &'static Operator,
        row: &'static Pointwise,
        operands: &[Operand<'_>],
    ) -> Result<()> {
        if self.values_alone
            && let Some(sum) = self.node.edges.get(i).and_then(|edge| self.sink.sum(edge))
            && direct::write_any(Formula::of(row), operands, sum, true)?
        {
            return Ok(());
        }
        let value = super::apply::pointwise(op, row, 0, operands, Target::Fresh)?;
        self.add(i, value)
    }

    /// The rule of every pointwise row: each wanted input's formula, of the cotangent and what it reads.
    pub fn pointwise(&mut self, row: &'static Pointwise) -> Result<()> {
        if !self.values_alone {
            return self.pointwise_by_operators(row);
        }
        let g = self.g()?;
        let last = (0..row.derivatives.len()).rev().find(|&i| self.wants(i));
        for (i, d) in row.derivatives.iter().enumerate() {
            let (true, Some(d)) = (self.wants(i), d) else { continue };
            if d.identity {
                self.add(i, g.clone())?;
                continue;
            }
            // The last formula may write over the cotangent, which nobody reads after it.
            let spends = self.spends && last == Some(i);
            let done = match d.reads.len() {
                0 => self.short::<1>(i, d, d.reads, spends, 1)?,
                1 => self.short::<2>(i, d, d.reads, spends, 1)?,
                2 => self.short::<3>(i, d, d.reads, spends, 1)?,
                _ => false,
            };
            if !done {
                let reads = self.reads(d)?;
                let operands = with_cotangent(g, &reads);
                let operands = &operands[..=d.reads.len()];
                let value = if rounds_each(self.op, g) {
                    recorded::evaluate(d.recorded, operands, self.op.number_is_tensor(self.node.variant))?
                } else {
                    computed_of_any(d, operands)?
                };
                self.add(i, value)?;
            }
        }
        Ok(())
    }

    /// Adds the cotangent times the conjugate of the saved operand `factor` to the cotangent of input `i`.
    pub fn add_product(&mut self, i: usize, factor: u8) -> Result<()> {
        if let [Some(d), ..] = Mul::ROW.derivatives
            && self.values_alone
            && self.short::<2>(i, d, &[factor], false, 1)?
        {
            return Ok(());
        }
        let factor = crate::ops::products::matmul::conj(self.saved_tensor(factor)?)?;
        self.add_value(i, Mul::OPERATOR, Mul::ROW, &[Operand::Tensor(self.g()?), Operand::Tensor(&factor)])
    }

    /// Adds the products for both inputs at once where both are the saved tensor: the bits of one after the other, in one
    /// pass. False, with nothing done, where they are not, or where somebody sees each.
    pub fn add_both_products(&mut self) -> Result<bool> {
        let (Some(a), Some(b)) = (self.node.edges.get(0), self.node.edges.get(1)) else { return Ok(false) };
        let (Some(Saved::Input(x, ..)), Some(Saved::Input(y, ..))) = (self.saved.get(0), self.saved.get(1)) else {
            return Ok(false);
        };
        // Added to something else, one after the other is rounded otherwise.
        let open = self.spends && self.values_alone && x.same(y) && a.leads_where(b) && self.sink.is_first(a);
        Ok(open && self.short::<2>(0, &BOTH_PRODUCTS, &[0], false, 2)?)
    }

    /// Adds a derivative's value to the cotangent of input `i` by the short way, with nothing counted of what it
    /// reads; false, with nothing done, where that is not open. With `spends` it may write over the cotangent. It is what
    /// `inputs` of the inputs get.
    #[inline(never)]
    fn short<const K: usize>(
        &mut self,
        i: usize,
        d: &'static Derivative,
        reads: &[u8],
        spends: bool,
        inputs: usize,
    ) -> Result<bool> {
        let g = self.g()?;
        let (formula, mut seen) = (Formula::derivative(d), Shown::<K>::new());
        seen.tensor(0, g.geometry());
        for j in 1..K {
            if !self.show(reads[j - 1], &mut seen, j) {
                return Ok(false);
            }
        }
        if let Some(sum) = self.node.edges.get(i).and_then(|edge| self.sink.sum(edge)) {
            return direct::over(formula, seen, &[], sum, true);
        }
        if let Some(gradient) = self.gradient(i, inputs) {
            let done = direct::over(formula, seen, &[], &gradient, true)?;
            return Ok(direct::counted(&gradient, done));
        }
        let spent = (spends && g.is_unshared()).then_some(g);
        match direct::fresh_or_over(formula, seen, &[], spent, |_| Ok(()))? {
            Some(value) => self.add(i, value).map(|()| true),
            None => Ok(false),
        }
    }

    /// The gradient of the leaf that input `i` is, where what this says of `inputs` of the inputs is all that reaches the
    /// leaf in this sweep: a sum of its own would be added to the gradient later, with the same bits.
    #[inline(always)]
    fn gradient(&self, i: usize, inputs: usize) -> Option<Tensor> {
        let edge = self.node.edges.get(i)?;
        let is_all = self.spends
            && self.values_alone
            && matches!(edge, Edge::Leaf(..))
            && self.node.edges.iter().filter(|edge| edge.is_some()).count() == inputs;
        if is_all { self.sink.gradient(edge) } else { None }
    }

    /// Adds `g`, a number, to every element of the gradient of the leaf that the one input is; false, with nothing done,
    /// where that is not open.
    pub fn add_to_all(&mut self, g: &Tensor) -> Result<bool> {
        let Some(gradient) = self.gradient(0, 1) else { return Ok(false) };
        if g.dtype() == gradient.dtype() && gradient.is_to_be_cleared() && gradient.add_to_zeros(g.item()?)? {
            return Ok(direct::counted(&gradient, true));
        }
        let ins = [Operand::Tensor(&gradient), Operand::Tensor(g)];
        let done = direct::write(Formula::of(Add::ROW), &ins, &gradient, false)?;
        Ok(direct::counted(&gradient, done))
    }

    /// Shows the saved value of operand `read` as operand `j`; false where it has been written since, or is packed.
    #[inline(always)]
    fn show<'a, const K: usize>(&'a self, read: u8, seen: &mut Shown<'a, K>, j: usize) -> bool {
        let place = if read == RESULT { self.inputs() } else { read as usize };
        match self.saved.get(place) {
            Some(Saved::Number(s)) => seen.number(j, s),
            Some(Saved::Input(t, version, epoch)) if t.version() == *version && t.epoch.get() == *epoch => {
                seen.tensor(j, t.geometry());
            }
            Some(Saved::Output(alias, version, _)) if alias.version() == *version => seen.tensor(j, alias.geometry()),
            _ => return false,
        }
        true
    }

    /// The same, step by step through operators.
    ///
    /// The last input's comes first, as in torch: what is recorded here has that order, and with it the next
    /// sweep's sums. They are handed on in the inputs' own order.
    #[inline(never)]
    fn pointwise_by_operators(&mut self, row: &'static Pointwise) -> Result<()> {
        let g = self.g()?;
        let given = self.op.number_is_tensor(self.node.variant);
        let mut values = [const { None }; MAX_READS];
        for i in (0..row.arity).rev() {
            if let (true, Some(Some(d))) = (self.wants(i), row.derivatives.get(i)) {
                let reads = self.reads(d)?;
                let operands = with_cotangent(g, &reads);
                values[i] = Some(match d.identity {
                    true => g.clone(),
                    false => derivative(self.op, d, &operands[..=d.reads.len()], given)?,
                });
            }
        }
        for (i, value) in values.into_iter().enumerate() {
            if let Some(value) = value {
                self.add(i, value)?;
            }
        }
        Ok(())
    }

    /// What a derivative reads, in its order.
    #[inline(always)]
    fn reads(&self, d: &Derivative) -> Result<[SavedValue; MAX_READS]> {
        let mut reads = [const { SavedValue::Number(Scalar::Bool(false)) }; MAX_READS];
        for (slot, &read) in reads.iter_mut().zip(d.reads) {
            *slot = self.saved(read)?;
        }
        Ok(reads)
    }
}

/// The cotangent times the conjugate of what is read, and that once more.
struct Twice;

impl<N: Ring> Eval<N, 2> for Twice {
    #[inline(always)]
    fn eval([g, x]: [N; 2]) -> N {
        let product = g * x.conj();
        product + product
    }
}

static BOTH_PRODUCTS: Derivative = Derivative {
    reads: &[0],
    identity: false,
    kernels: MapTable::ring::<Twice, 2>(),
    recorded: |_| unreachable!("where a sweep is recorded, each product is"),
};

#[cold]
fn nowhere() -> Error {
    Error::runtime("an input without an edge was asked for its shape")
}

/// The cotangent, then what a derivative reads.
#[inline(always)]
fn with_cotangent<'a>(g: &'a Tensor, reads: &'a [SavedValue; MAX_READS]) -> [Operand<'a>; MAX_READS + 1] {
    [Operand::Tensor(g), reads[0].operand(), reads[1].operand(), reads[2].operand()]
}

/// Whether torch rounds each step of the derivatives of `op` to the half type of the cotangent.
fn rounds_each(op: &Operator, g: &Tensor) -> bool {
    g.dtype().is_half() && !super::halves::derives_at_once(op, g.dtype())
}

/// One derivative formula's value, of the cotangent and what it reads: by its kernel, or step by step through
/// operators where the thread records or an operand has a tangent (forward over reverse). `given` says
/// whether a number that it reads stands for a tensor.
pub(super) fn derivative(
    op: &'static Operator,
    d: &'static Derivative,
    operands: &[Operand<'_>],
    given: bool,
) -> Result<Tensor> {
    let halves = operands.first().and_then(|o| o.tensor()).is_some_and(|g| rounds_each(op, g));
    // Step by step too where the steps carry tangents on: a sweep inside a forward-mode level.
    if halves || mode::is_grad_enabled() || mode::mode() & mode::bits::FORWARD != 0 {
        return recorded::evaluate(d.recorded, operands, given);
    }
    computed(d, operands)
}

/// One derivative formula's value, by its kernel.
#[inline(always)]
fn computed(d: &'static Derivative, operands: &[Operand<'_>]) -> Result<Tensor> {
    match direct::evaluate(Formula::derivative(d), operands)? {
        Some(value) => Ok(value),
        None => computed_of_any(d, operands),
    }
}

#[inline(never)]
fn computed_of_any(d: &'static Derivative, operands: &[Operand<'_>]) -> Result<Tensor> {
    if d.kernels.is_none() {
        let _off = mode::GradMode::new(false);
        return recorded::evaluate(d.recorded, operands, false);
    }
    let Some(Operand::Tensor(g)) = operands.first() else { return Err(Error::runtime("a cotangent is missing")) };
    let gg = g.geometry();
    let dtype = operands.iter().filter_map(|o| o.tensor()).fold(gg.dtype, |d, t| {
        let other = t.geometry().dtype;
        if other.is_differentiable() { d.promote(other) } else { d }
    });
    let alike = operands.iter().filter_map(|o| o.tensor()).all(|t| *t.geometry().shape == *gg.shape);
    // torch spreads a number that is read, as it does that of an operator.
    let no_numbers = operands.iter().all(|o| o.tensor().is_some());
    let out = fresh_like(operands, &gg.shape, alike && no_numbers, dtype)?;
    if !run(&d.kernels, dtype.compute(), &out, operands, (&gg.shape, alike), apart::is_worth_it(out.numel()))? {
        return Err(Error::not_implemented(format!("derivative not implemented for '{}'", dtype.scalar_name())));
    }
    Ok(out)
}
