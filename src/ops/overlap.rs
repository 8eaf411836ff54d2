//! Tensors that share bytes: what may be written over which, and what must be copied first.
//!
//! The rules are torch's. Two dense layouts either show the very same elements, or lie apart, or are
//! refused. Of other layouts torch does not try to find out whether they meet; it computes on, and what
//! it reads then depends on the order in which it writes. Here such an operand is copied first.

use crate::error::{Error, Result};
use crate::kernels;
use crate::shape::{self, Dims};
use crate::tape::Geometry;
use crate::tape::host::warn;
use crate::tensor::{Tensor, done, outside, src};

/// How the elements that are read lie to those that are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Overlap {
    /// They share no byte.
    Apart,
    /// They are the same elements at the same indices.
    Same,
    /// They share some bytes, or all of them at other indices.
    Partial,
    /// They share a storage, and whether they meet is not looked into.
    Unknown,
}

/// How the elements of `from` lie to those of `to`.
#[inline]
pub fn between(to: &Tensor, from: &Tensor) -> Overlap {
    if to.same(from) {
        return Overlap::Same;
    }
    let (t, f) = (to.geometry(), from.geometry());
    if t.storage.same(&f.storage) { within_one_storage(&t, &f) } else { Overlap::Apart }
}

#[cold]
fn within_one_storage(t: &Geometry, f: &Geometry) -> Overlap {
    if t.shape.contains(&0) || f.shape.contains(&0) {
        return Overlap::Apart;
    }
    if !shape::is_dense(&t.shape, &t.strides) || !shape::is_dense(&f.shape, &f.strides) {
        return if show_the_same(t, f) { Overlap::Same } else { Overlap::Unknown };
    }
    let bytes = |g: &Geometry| {
        let size = g.dtype.size() as i64;
        let start = g.offset.saturating_mul(size);
        (start, start.saturating_add(g.numel().saturating_mul(size)))
    };
    let ((t_start, t_end), (f_start, f_end)) = (bytes(t), bytes(f));
    if t_end <= f_start || f_end <= t_start {
        Overlap::Apart
    } else if (t_start, t_end) == (f_start, f_end) && *t.strides == *f.strides {
        Overlap::Same
    } else {
        Overlap::Partial
    }
}

/// Whether both show the same bytes in the same way.
fn show_the_same(t: &Geometry, f: &Geometry) -> bool {
    t.dtype == f.dtype && t.offset == f.offset && *t.shape == *f.shape && *t.strides == *f.strides
}

/// Refuses to write over a tensor some of whose elements are one and the same.
pub fn check_itself(to: &Tensor) -> Result<()> {
    let t = to.geometry();
    if shape::overlaps_itself(&t.shape, &t.strides) { Err(Error::internal_overlap()) } else { Ok(()) }
}

/// Refuses to write over `to` what an operator computes, element by element, from `from`.
#[inline]
pub fn check<'a>(to: &Tensor, from: impl Iterator<Item = &'a Tensor>) -> Result<()> {
    check_itself(to)?;
    check_operands(to, from)
}

/// The same for a `to` that may be expanded.
#[inline]
pub fn check_operands<'a>(to: &Tensor, from: impl Iterator<Item = &'a Tensor>) -> Result<()> {
    for t in from {
        if between(to, t) == Overlap::Partial {
            return Err(Error::partial_overlap());
        }
    }
    Ok(())
}

/// Whether `to` and `from` show the same bytes in the same way, so that a copy has nothing to do.
pub fn is_copy_of_itself(to: &Tensor, from: &Tensor) -> bool {
    let (t, f) = (to.geometry(), from.geometry());
    t.storage.same(&f.storage) && show_the_same(&t, &f)
}

/// Refuses to write over `to` what is computed from `from`, but where both are the same elements: extents of 1, which
/// a reduction leaves or takes away, make no difference.
pub fn check_whole(to: &Tensor, from: &Tensor) -> Result<()> {
    if between(to, from) != Overlap::Partial || are_the_same_run(&to.geometry(), &from.geometry()) {
        return Ok(());
    }
    Err(Error::partial_overlap())
}

fn are_the_same_run(t: &Geometry, f: &Geometry) -> bool {
    let long = |g: &Geometry| {
        let both = g.shape.iter().copied().zip(g.strides.iter().copied());
        both.filter(|&(extent, _)| extent != 1).collect::<Vec<_>>()
    };
    t.dtype == f.dtype && t.offset == f.offset && long(t) == long(f)
}

/// Refuses to write into parts of `to` while others of its elements are read: what is read must lie apart.
pub fn check_apart<'a>(to: &Tensor, read: impl IntoIterator<Item = &'a Tensor>) -> Result<()> {
    for t in read {
        let meets = match between(to, t) {
            Overlap::Partial => true,
            // Two records of one layout: torch knows that they meet where the layout is dense.
            Overlap::Same => to.same(t) || shape::is_dense(&t.geometry().shape, &t.geometry().strides),
            Overlap::Apart | Overlap::Unknown => false,
        };
        if meets {
            return Err(Error::partial_overlap());
        }
    }
    Ok(())
}

/// Warns of a write by index to an expanded tensor, in which the last value written to an element stays.
pub fn warn_of_expanded(operator: &str, statement: &str) -> Result<()> {
    warn(&format!(
        "Use of {operator} on expanded tensors is deprecated. Please clone() the tensor before performing this operation. \
         This also applies to advanced indexing e.g. {statement}"
    ))
}

/// The dimensions, as bits, without which no two indices name one element: those that a stride of 0 or windows that
/// overlap repeat.
pub fn repeated_dims(sizes: &[i64], strides: &[i64]) -> u64 {
    let mut order: [usize; shape::MAX_DIMS] = std::array::from_fn(|i| i);
    let order = &mut order[..sizes.len().min(shape::MAX_DIMS)];
    order.sort_unstable_by_key(|&d| strides[d].unsigned_abs());
    let (mut reach, mut repeated) = (0u64, 0u64);
    for &d in order.iter().filter(|&&d| sizes[d] > 1) {
        let stride = strides[d].unsigned_abs();
        if stride > reach {
            reach = reach.saturating_add(stride.saturating_mul(sizes[d] as u64 - 1));
        } else {
            repeated |= 1 << d;
        }
    }
    repeated
}

/// Writes `v` to the zeros that `to`, of its shape, shows: where indices name one element, their sum. Nothing is recorded.
pub fn add_up(to: &Tensor, v: &Tensor) -> Result<()> {
    let (t, from) = (to.geometry(), v.geometry());
    let repeated = repeated_dims(&t.shape, &t.strides);
    if t.numel() == 0 {
        return Ok(());
    }
    t.storage.make_writable()?;
    let (dst, src) = (t.storage.dst(t.dtype, &t.shape, &t.strides, t.offset).ok_or_else(outside)?, src(&from)?);
    if repeated == 0 {
        return done(kernels::copy::copy(&dst, &src));
    }
    if (0..t.shape.len()).all(|d| repeated >> d & 1 == 0 || t.strides[d] == 0) {
        return done(kernels::reduce::sum(&dst, &src));
    }
    // One index of each of those dimensions at a time: what is left names every element once.
    let mut sizes = t.shape.duplicate()?;
    let mut at = Dims::zeros(sizes.len())?;
    (0..sizes.len()).filter(|d| repeated >> d & 1 != 0).for_each(|d| sizes[d] = 1);
    loop {
        let place =
            |g: &Geometry| g.offset + at.iter().zip(g.strides.iter()).map(|(i, stride)| i * stride).sum::<i64>();
        let dst = t.storage.dst(t.dtype, &sizes, &t.strides, place(&t)).ok_or_else(outside)?;
        let src = from.storage.src(from.dtype, &sizes, &from.strides, place(&from)).ok_or_else(outside)?;
        done(kernels::reduce::sum_accumulate(&dst, &src))?;
        // Counts on, the last dimension fastest.
        let counts = |d: usize| {
            at[d] = if repeated >> d & 1 != 0 { (at[d] + 1) % t.shape[d] } else { 0 };
            at[d] != 0
        };
        if !(0..sizes.len()).rev().any(counts) {
            return Ok(());
        }
    }
}
