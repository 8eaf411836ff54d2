//! How the result of a pointwise operator lies: its shape, and the strides that torch's iterator would give it.
//!
//! What must not come here: an element.

use super::apply::{MAX_ARITY, Operand};
use super::row::{Operator, Pointwise};
use crate::dtype::DType;
use crate::error::Result;
use crate::shape::{self, Dims};
use crate::tape::Geometry;
use crate::tensor::Tensor;

/// The shape that all operands are spread to.
pub(super) fn broadcast_all(ins: &[Operand<'_>]) -> Result<Dims> {
    let mut wide = Dims::EMPTY;
    for t in ins.iter().filter_map(|o| o.tensor()) {
        wide = shape::broadcast(&wide, &t.geometry().shape)?;
    }
    Ok(wide)
}

/// Whether a number is an operand in torch too, where it has no dimensions and is spread: not alpha, nor an exponent.
pub(super) fn spreads_number(op: &Operator, row: &Pointwise, ins: &[Operand<'_>]) -> bool {
    let exponent = op.number == super::pointwise::Pow::OPERATOR.number;
    let mut derivatives = ins.iter().zip(row.derivatives).enumerate();
    derivatives.any(|(i, (o, d))| matches!(o, Operand::Number(_)) && d.is_some() && !(exponent && i == 1))
}

/// Whether a result lies as a new tensor: every operand is a run, and none has its say on the order of dimensions.
fn is_usual(ins: &[Operand<'_>], wide: &[i64], alike: bool) -> bool {
    let usual = |g: &Geometry| g.contiguous && (alike || wide.len() < 2 || g.is_standard());
    ins.iter().filter_map(|o| o.tensor()).all(|t| usual(&t.geometry()))
}

/// A result of shape `wide`: contiguous where every operand is (of that shape, or by the usual strides); in the operands' own order where they are
/// dense and agree; else in the order that torch's iterator sorts dimensions into.
#[inline]
pub(super) fn fresh_like(ins: &[Operand<'_>], wide: &[i64], alike: bool, dtype: DType) -> Result<Tensor> {
    if is_usual(ins, wide, alike) {
        return Tensor::empty(wide, dtype);
    }
    Tensor::empty_strided(wide, &fresh_strides(ins, wide, alike)?, dtype)
}

/// The strides of such a result.
pub(super) fn fresh_strides(ins: &[Operand<'_>], wide: &[i64], alike: bool) -> Result<Dims> {
    if is_usual(ins, wide, alike) {
        return Ok(shape::contiguous_strides(wide)?);
    }
    let mut strides: [Dims; MAX_ARITY] = [const { Dims::EMPTY }; MAX_ARITY];
    let mut count = 0;
    for t in ins.iter().filter_map(|o| o.tensor()) {
        let g = t.geometry();
        strides[count] = shape::expand_strides(&g.shape, &g.strides, wide)?;
        count += 1;
    }
    let strides = &strides[..count];
    if alike && strides.windows(2).all(|w| *w[0] == *w[1]) && shape::is_dense(wide, &strides[0]) {
        return Ok(strides[0].duplicate()?);
    }
    sorted_strides(wide, strides)
}

/// Dense strides in the order of dimensions that torch's iterator gives operands of these strides: an
/// insertion sort in which the first operand with an opinion on two dimensions decides.
fn sorted_strides(wide: &[i64], operands: &[Dims]) -> Result<Dims> {
    let n = wide.len();
    // Fastest first, as the iterator has it.
    let mut order: [usize; shape::MAX_DIMS] = std::array::from_fn(|i| n.wrapping_sub(1).wrapping_sub(i));
    let opinion = |a: usize, b: usize| {
        for s in operands {
            let (x, y) = (s[a], s[b]);
            if x == 0 || y == 0 {
                continue;
            }
            if x != y {
                return if x < y { -1 } else { 1 };
            }
            if wide[a] > wide[b] {
                return 1;
            }
        }
        0
    };
    for i in 1..n {
        let mut at = i;
        for j in (0..i).rev() {
            match opinion(order[j], order[at]) {
                1 => {
                    order.swap(j, at);
                    at = j;
                }
                -1 => break,
                _ => {}
            }
        }
    }
    let mut out = Dims::zeros(n)?;
    let mut step = 1;
    for &i in &order[..n] {
        out[i] = step;
        step = step.wrapping_mul(wide[i].max(1));
    }
    Ok(out)
}

/// Dense strides in the memory order that `strides` has.
pub(crate) fn dense_order(shape: &[i64], strides: &[i64]) -> Result<Dims> {
    let mut order: [usize; shape::MAX_DIMS] = std::array::from_fn(|i| i);
    let order = &mut order[..shape.len()];
    // Stable, largest stride first: equal and zero strides keep the order of their dimensions.
    for i in 1..order.len() {
        let mut j = i;
        while j > 0 && strides[order[j - 1]] != 0 && strides[order[j]] != 0 && strides[order[j - 1]] < strides[order[j]]
        {
            order.swap(j - 1, j);
            j -= 1;
        }
    }
    let mut out = Dims::zeros(shape.len())?;
    let mut step = 1;
    for &i in order.iter().rev() {
        out[i] = step;
        step = step.wrapping_mul(shape[i].max(1));
    }
    Ok(out)
}
