//! The middle way: a few elements, laid as the short way wants them, of types that have to be converted first.
//!
//! Truth values, masks beside floats, narrow integers. Anything else is declined and goes the long way (`apply`), with
//! the same result. What must not come here: a rule that the long way lacks.

use super::apply::Operand;
use super::row::{Operator, Pointwise, Rule};
use super::wraparound::{may_be_wider, steps};
use crate::dtype::{Compute, DType};
use crate::error::Result;
use crate::kernels::map::{FEW, Few, Tiles};
use crate::tape::Geometry;
use crate::tensor::{Tensor, outside};

/// Whether operands of `common` have to be changed by more than a conversion: what is rounded first, or wraps around.
#[inline(always)]
fn changes_first(op: &Operator, row: &Pointwise, ins: &[Operand<'_>], common: DType) -> bool {
    let wraps = || {
        let number = |o: &Operand<'_>| o.tensor().is_none_or(|t| t.ndim() == 0);
        ins.iter().any(number) || steps(op, ins, common).is_some()
    };
    common.is_half() || row.rule != Rule::Float && may_be_wider(common) && wraps()
}

/// The row's value of operands of the promoted type `common`, computed in `compute`, as elements of `result`; None where
/// they do not lie so.
#[inline(never)]
pub(super) fn fresh(
    op: &'static Operator,
    row: &'static Pointwise,
    ins: &[Operand<'_>],
    (common, compute, result): (DType, Compute, DType),
) -> Result<Option<Tensor>> {
    if row.late || changes_first(op, row, ins, common) {
        return Ok(None);
    }
    let mut wide: Option<&Tensor> = None;
    for t in ins.iter().filter_map(|o| o.tensor()) {
        if wide.is_none_or(|wide| wide.ndim() == 0) {
            wide = Some(t);
        }
    }
    let Some(wide) = wide else { return Ok(None) };
    let wide = wide.geometry();
    let n = wide.numel() as usize;
    if !wide.is_usual() || n > FEW {
        return Ok(None);
    }
    let mut tiles = Tiles::new();
    let Some(mut few) = Few::new(&row.kernels, compute, n, &mut tiles) else { return Ok(None) };
    // Held till the kernel has run.
    let mut seen = [const { None }; super::apply::MAX_ARITY];
    for (seen, operand) in seen.iter_mut().zip(ins) {
        *seen = operand.tensor().map(|t| t.geometry());
    }
    for (j, operand) in ins.iter().enumerate() {
        match (operand, &seen[j]) {
            (_, Some(g)) => {
                let one = !alike(g, &wide);
                if one && !g.spreads_to(&wide) {
                    return Ok(None);
                }
                if !g.storage.read_few(&mut few, j, (g.dtype, g.offset), one) {
                    return Err(outside());
                }
            }
            (Operand::Number(x), None) => few.number(j, *x),
            (Operand::Tensor(_), None) => return Ok(None),
        }
    }
    let out = Tensor::empty_like(&wide, result)?;
    if out.geometry().storage.write_few(&mut few, result) { Ok(Some(out)) } else { Ok(None) }
}

/// Whether `g` is a run of the extents that `wide` has.
#[inline(always)]
fn alike(g: &Geometry, wide: &Geometry) -> bool {
    g.is_usual() && g.numel() == wide.numel() && g.shape.same(&wide.shape)
}
