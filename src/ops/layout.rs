//! How the result of a pointwise operator lies: its shape, and the strides that torch's iterator would give it.
//!
//! What must not come here: an element.

use super::apply::{MAX_ARITY, Operand};
use super::row::{Operator, Pointwise, Rule};
use super::value::Format;
use crate::dtype::DType;
use crate::error::{Error, Result};
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

/// Whether a number is an operand in torch too, where it has no dimensions and is spread: not alpha, nor an exponent, a
/// bound or a weight.
fn spreads_number(op: &Operator, row: &Pointwise, ins: &[Operand<'_>]) -> bool {
    use crate::ops::{elements::blend, elements::clamp, elements::pointwise};
    let is = |rows: &[&'static Operator]| rows.iter().any(|row| op.number == row.number);
    if is(&[clamp::Clamp::OPERATOR, clamp::ClampMin::OPERATOR, clamp::ClampMax::OPERATOR, blend::Lerp::OPERATOR]) {
        return false;
    }
    let exponent = is(&[pointwise::Pow::OPERATOR, pointwise::PowInt::OPERATOR]);
    // Of operators on bits no operand has a derivative.
    let bits = row.derivatives.iter().all(Option::is_none);
    let mut derivatives = ins.iter().zip(row.derivatives).enumerate();
    derivatives.any(|(i, (o, d))| matches!(o, Operand::Number(_)) && (bits || d.is_some()) && !(exponent && i == 1))
}

/// Whether a result lies as a new tensor: every operand is a run, and none has its say on the order of dimensions.
fn is_usual(ins: &[Operand<'_>], wide: &[i64], alike: bool) -> bool {
    let usual = |g: &Geometry| g.contiguous && (alike || wide.len() < 2 || g.is_standard());
    ins.iter().filter_map(|o| o.tensor()).all(|t| usual(&t.geometry()))
}

/// The result of a row, of shape `wide` and type `dtype`, whose operands have the promoted type `common`.
pub(super) fn fresh(
    (op, row): (&Operator, &Pointwise),
    ins: &[Operand<'_>],
    (wide, alike): (&[i64], bool),
    common: DType,
    dtype: DType,
) -> Result<Tensor> {
    if is_usual(ins, wide, false) {
        return Tensor::empty(wide, dtype);
    }
    Tensor::empty_strided(wide, &strides((op, row), ins, (wide, alike), common, dtype)?, dtype)
}

/// The strides of such a result.
pub(super) fn strides(
    (op, row): (&Operator, &Pointwise),
    ins: &[Operand<'_>],
    (wide, alike): (&[i64], bool),
    common: DType,
    dtype: DType,
) -> Result<Dims> {
    let powers = [crate::ops::elements::pointwise::Pow::OPERATOR, crate::ops::elements::pointwise::PowInt::OPERATOR];
    let base = matches!(ins, [Operand::Number(_), ..]) && powers.into_iter().any(|row| op.number == row.number);
    if base {
        // torch makes the result of a number to the power of a tensor before it looks at the tensor.
        return Ok(shape::contiguous_strides(wide)?);
    }
    // torch takes the first operand of a reversed difference from the second.
    let reversed =
        [crate::ops::elements::pointwise::Rsub::OPERATOR, crate::ops::elements::pointwise::RsubScaled::OPERATOR];
    let exchanged = ins.get(1).map(|&second| [second, ins[0]]);
    let ins = match &exchanged {
        Some(exchanged) if reversed.into_iter().any(|row| op.number == row.number) => exchanged,
        _ => ins,
    };
    // torch converts operands first, each to a tensor of its own, but not the condition of a choice.
    let computed = if row.rule == Rule::Bool { common } else { dtype };
    let converted = |i: usize, own: DType| own != computed && row.derivatives.get(i).is_some_and(Option::is_some);
    strides_of(ins, wide, alike && !spreads_number(op, row, ins), converted)
}

/// A result of shape `wide` of operands that nobody converts: see [`strides_of`].
#[inline]
pub(super) fn fresh_like(ins: &[Operand<'_>], wide: &[i64], alike: bool, dtype: DType) -> Result<Tensor> {
    if is_usual(ins, wide, alike) {
        return Tensor::empty(wide, dtype);
    }
    Tensor::empty_strided(wide, &strides_of(ins, wide, alike, |_, _| false)?, dtype)
}

/// The strides of a result: contiguous where every operand is (of that shape, or by the usual strides), with channels last
/// where every one of four dimensions has them so; in the operands' own order where they are dense and agree; else in the order that torch's iterator sorts dimensions into. `converted`
/// says of operand `i` and its type whether a copy of it is meant.
fn strides_of(
    ins: &[Operand<'_>],
    wide: &[i64],
    alike: bool,
    converted: impl Fn(usize, DType) -> bool,
) -> Result<Dims> {
    let mut strides: [Dims; MAX_ARITY] = [const { Dims::EMPTY }; MAX_ARITY];
    // torch asks for channels last of four dimensions alone.
    let (mut count, mut runs, mut channels) = (0, true, wide.len() == 4);
    for (i, t) in ins.iter().enumerate().filter_map(|(i, o)| o.tensor().map(|t| (i, t))) {
        let g = t.geometry();
        let own = if converted(i, g.dtype) { preserved(&g)? } else { g.strides.duplicate()? };
        runs &= shape::is_contiguous(&g.shape, &own);
        channels = channels && own.len() == 4 && is_channels_last_run(&g.shape, &own);
        strides[count] = shape::expand_strides(&g.shape, &own, wide)?;
        count += 1;
    }
    let strides = &strides[..count];
    if alike && runs {
        return Ok(shape::contiguous_strides(wide)?);
    }
    if alike && channels {
        return channels_last(wide);
    }
    if alike && strides.windows(2).all(|w| *w[0] == *w[1]) && shape::is_dense(wide, &strides[0]) {
        return Ok(strides[0].duplicate()?);
    }
    in_order(wide, strides)
}

/// The strides of a dense result whose dimensions lie in the order that torch's iterator gives operands of these strides
/// (0 where an operand has no say).
pub(super) fn in_order(wide: &[i64], strides: &[Dims]) -> Result<Dims> {
    let order = sorted(wide, strides);
    let order = &order[..wide.len()];
    if order.iter().rev().enumerate().all(|(i, &dim)| i == dim) {
        return Ok(shape::contiguous_strides(wide)?);
    }
    let mut out = Dims::zeros(wide.len())?;
    let mut step = 1i64;
    for &dim in order {
        // An extent of 0 makes strides of 0, as in torch.
        (out[dim], step) = (step, step.wrapping_mul(wide[dim]));
    }
    Ok(out)
}

/// The order of dimensions, fastest first, that torch's iterator gives operands of these strides: an insertion sort in
/// which the first operand with an opinion on two dimensions decides.
fn sorted(wide: &[i64], operands: &[Dims]) -> [usize; shape::MAX_DIMS] {
    let n = wide.len();
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
    order
}

/// The strides of a copy that preserves how a tensor lies: its own where it is dense, else dense ones in their order.
pub(crate) fn preserved(g: &Geometry) -> Result<Dims> {
    if g.contiguous { Ok(g.strides.duplicate()?) } else { preserved_strides(&g.shape, &g.strides) }
}

/// The same of elements that lie by these strides and are no tensor's yet.
pub(crate) fn preserved_strides(extents: &[i64], strides: &[i64]) -> Result<Dims> {
    let own = Dims::new(strides)?;
    if shape::is_contiguous(extents, strides) || shape::is_dense(extents, strides) {
        return Ok(own);
    }
    let order = sorted(extents, &[own]);
    let mut out = Dims::zeros(extents.len())?;
    let mut step = 1i64;
    for &dim in &order[..extents.len()] {
        (out[dim], step) = (step, step.wrapping_mul(extents[dim].max(1)));
    }
    Ok(out)
}

/// Gives the new tensor `out` the strides of `t`, where both lie in one run: what extents of 1 and 0 leave open.
pub(super) fn lay_alike(out: &Tensor, t: &Tensor) -> Result<()> {
    let shown = {
        let (own, g) = (out.geometry(), t.geometry());
        if !g.contiguous || !own.contiguous || *own.strides == *g.strides {
            return Ok(());
        }
        Geometry::new(own.dtype, own.shape.duplicate()?, g.strides.duplicate()?, own.offset, own.storage.clone())
    };
    out.0.set_geometry(shown);
    Ok(())
}

/// A tensor of unspecified elements, of the shape of `t`, that lies as `format` says.
///
/// # Errors
/// Where no tensor is made so.
pub fn empty_as(t: &Tensor, dtype: DType, format: Format) -> Result<Tensor> {
    let g = t.geometry();
    match format {
        Format::Preserve if g.is_usual() => Tensor::empty_like(&g, dtype),
        Format::Preserve => Tensor::empty_strided(&g.shape, &preserved(&g)?, dtype),
        Format::Contiguous => Tensor::empty(&g.shape, dtype),
        Format::ChannelsLast | Format::ChannelsLast3d => {
            Tensor::empty_strided(&g.shape, &asked_strides(&g.shape, format)?, dtype)
        }
    }
}

/// The strides of a dense tensor that lies as `format` says (`Preserve`, of nothing, in the usual order).
///
/// # Errors
/// torch's, where channels last are asked of another number of dimensions.
pub(super) fn asked_strides(sizes: &[i64], format: Format) -> Result<Dims> {
    match (format, sizes.len()) {
        (Format::ChannelsLast, 4) | (Format::ChannelsLast3d, 5) => channels_last(sizes),
        (Format::ChannelsLast, _) => Err(Error::runtime("required rank 4 tensor to use channels_last format")),
        (Format::ChannelsLast3d, _) => Err(Error::runtime("required rank 5 tensor to use channels_last_3d format")),
        (Format::Contiguous | Format::Preserve, _) => Ok(shape::contiguous_strides(sizes)?),
    }
}

/// The format that torch takes a tensor to be in: the usual one, unless its second dimension is the densest.
pub(super) fn own_format(g: &Geometry) -> Format {
    match (has_channels_last(g), g.shape.len()) {
        (true, 4) => Format::ChannelsLast,
        (true, _) => Format::ChannelsLast3d,
        _ => Format::Contiguous,
    }
}

/// Whether the elements lie in one run in the order of `format`, which extents of 1 leave open.
pub(super) fn lies_as(g: &Geometry, format: Format) -> bool {
    match (format, g.shape.len()) {
        (Format::Contiguous | Format::Preserve, _) => g.contiguous,
        (Format::ChannelsLast, 4) | (Format::ChannelsLast3d, 5) => is_channels_last_run(&g.shape, &g.strides),
        _ => false,
    }
}

/// Whether elements that lie by these strides are one run with channels last.
fn is_channels_last_run(sizes: &[i64], strides: &[i64]) -> bool {
    let mut step = 1i64;
    last_channels(sizes.len()).all(|d| {
        let fits = sizes[d] == 1 || strides[d] == step;
        step = step.wrapping_mul(sizes[d]);
        fits
    })
}

/// Whether torch takes a tensor of four or five dimensions for one whose second dimension is the densest.
pub(super) fn has_channels_last(g: &Geometry) -> bool {
    shows_channels_last(&g.shape, &g.strides)
}

/// The same of elements that lie by these strides.
pub(super) fn shows_channels_last(sizes: &[i64], strides: &[i64]) -> bool {
    if !matches!(sizes.len(), 4 | 5) || strides[1] == 0 {
        return false;
    }
    let mut least = 0;
    last_channels(sizes.len()).all(|d| {
        // Where extents of 1 leave it open, the usual order is meant.
        let fits = sizes[d] != 0 && strides[d] >= least && !(d == 0 && least == strides[1]);
        least = strides[d].saturating_mul(sizes[d].max(1));
        fits
    })
}

/// The strides of a dense tensor with channels last.
pub(super) fn channels_last(sizes: &[i64]) -> Result<Dims> {
    let mut strides = Dims::zeros(sizes.len())?;
    let mut step = 1i64;
    for d in last_channels(sizes.len()) {
        // An extent of 0 makes strides of 0, as in torch.
        strides[d] = step;
        step = step.wrapping_mul(sizes[d]);
    }
    Ok(strides)
}

/// The dimensions in the order in which channels last lie, densest first.
fn last_channels(ndim: usize) -> impl Iterator<Item = usize> {
    [1].into_iter().chain((2..ndim).rev()).chain([0])
}
