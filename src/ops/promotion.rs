//! Which type operands have in common, and in which it is computed.

use super::apply::Operand;
use super::row::Rule;
use crate::create::default_dtype;
use crate::dtype::{Compute, DType, Scalar};

/// The type in which a row computes operands of the promoted type `common`.
pub fn compute_of(rule: Rule, common: DType, default: DType) -> (Compute, DType) {
    match rule {
        Rule::Promote => (common.compute(), common),
        Rule::Float if common.is_integral() => (default.compute(), default),
        Rule::Float => (common.compute(), common),
        Rule::Bool => (common.compute(), DType::Bool),
    }
}

/// The promoted type of operands.
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

/// As [`common_dtype`], by torch's rule: tensors with dimensions come first, then 0-d tensors,
/// then numbers, and a later class raises the type only where its category is higher.
pub fn promote(operands: impl Iterator<Item = Kind>, default: DType) -> DType {
    let (mut dim, mut zero, mut number): (Option<DType>, Option<DType>, Option<DType>) = (None, None, None);
    let join = |slot: &mut Option<DType>, d: DType| *slot = Some(slot.map_or(d, |s| s.promote(d)));
    for operand in operands {
        match operand {
            Kind::Tensor(d) => join(&mut dim, d),
            Kind::ZeroDim(d) => join(&mut zero, d),
            Kind::Number(s) => join(&mut number, s.dtype(default)),
        }
    }
    let combine = |high: Option<DType>, low: Option<DType>| match (high, low) {
        // A real type makes a complex one of its own width.
        (Some(h), Some(l)) if h.is_floating_point() && l.is_complex() => Some(h.complex()),
        (Some(h), Some(l)) if l.category() > h.category() => Some(h.promote(l)),
        (None, l) => l,
        (h, _) => h,
    };
    combine(dim, combine(zero, number)).unwrap_or(default)
}

/// An operand as promotion sees it.
pub enum Kind {
    /// A tensor with dimensions.
    Tensor(DType),
    /// A tensor without.
    ZeroDim(DType),
    /// A number.
    Number(Scalar),
}

impl Kind {
    /// Whether it is a number.
    pub fn is_number(&self) -> bool {
        matches!(self, Kind::Number(_))
    }
}
