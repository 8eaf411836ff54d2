//! Shapes, strides and what can be said of them without touching an element.

use crate::buffers::{OutOfMemory, PoolVec};
use crate::error::{Error, Result};

pub use crate::error::list;
use std::ops::{Deref, DerefMut};

/// torch's limit on the number of dimensions.
pub const MAX_DIMS: usize = 64;

/// Strides of a number that is expanded to any shape.
pub const ZEROS: [i64; MAX_DIMS] = [0; MAX_DIMS];

/// Where the elements of a tensor lie in its storage: extents, strides, and the place of the first, all counted in elements.
pub type Layout<'a> = (&'a [i64], &'a [i64], i64);

/// A list of extents, strides or dimensions: inline up to four, else in pooled memory.
///
/// In words without padding between them: what is moved with padding is copied through memory in pieces that
/// straddle what was just written, which stalls a processor for longer than a small operator takes.
#[derive(Debug)]
#[repr(u64)]
pub enum Dims {
    /// Up to four: how many, and they.
    Inline(u64, [i64; 4]),
    /// More than four.
    Pooled(PoolVec<i64>),
}

impl Dims {
    /// No dimensions: a scalar's shape.
    pub const EMPTY: Dims = Dims::Inline(0, [0; 4]);

    /// A copy of `from`. Longer lists than a tensor may have are refused where a tensor is made of them.
    #[inline]
    pub fn new(from: &[i64]) -> Result<Dims, OutOfMemory> {
        // By cases: a copy of a length that only the run tells is a call of the C library's.
        Ok(match *from {
            [] => Dims::EMPTY,
            [a] => Dims::Inline(1, [a, 0, 0, 0]),
            [a, b] => Dims::Inline(2, [a, b, 0, 0]),
            [a, b, c] => Dims::Inline(3, [a, b, c, 0]),
            [a, b, c, d] => Dims::Inline(4, [a, b, c, d]),
            _ => Dims::Pooled(PoolVec::from_slice(from)?),
        })
    }

    /// Makes it list what `from` does, where it stands: to be moved, it would have to be read as it was not written.
    #[inline]
    pub fn become_copy(&mut self, from: &[i64]) -> Result<(), OutOfMemory> {
        match *from {
            [] => self.become_inline(0, [0; 4]),
            [a] => self.become_inline(1, [a, 0, 0, 0]),
            [a, b] => self.become_inline(2, [a, b, 0, 0]),
            [a, b, c] => self.become_inline(3, [a, b, c, 0]),
            [a, b, c, d] => self.become_inline(4, [a, b, c, d]),
            _ => *self = Dims::new(from)?,
        }
        Ok(())
    }

    /// Makes it list the strides of a new tensor of `shape`, last dimension fastest, where it stands.
    #[inline]
    pub fn become_strides_of(&mut self, shape: &[i64]) -> Result<(), OutOfMemory> {
        match *shape {
            [] => self.become_inline(0, [0; 4]),
            [_] => self.become_inline(1, [1, 0, 0, 0]),
            [_, b] => self.become_inline(2, [b.max(1), 1, 0, 0]),
            _ => {
                self.become_copy(shape)?;
                put_contiguous_strides(self, shape);
            }
        }
        Ok(())
    }

    #[inline(always)]
    fn become_inline(&mut self, n: u64, list: [i64; 4]) {
        match self {
            Dims::Inline(own, inline) => (*own, *inline) = (n, list),
            pooled => *pooled = Dims::Inline(n, list),
        }
    }

    /// What `items` lists.
    pub fn of(items: impl IntoIterator<Item = i64>) -> Result<Dims, OutOfMemory> {
        let (mut n, mut inline, mut pooled) = (0, [0; 4], PoolVec::new());
        for item in items {
            if n < 4 {
                inline[n] = item;
            } else {
                if n == 4 {
                    pooled = PoolVec::from_slice(&inline)?;
                }
                pooled.push(item)?;
            }
            n += 1;
        }
        Ok(if n <= 4 { Dims::Inline(n as u64, inline) } else { Dims::Pooled(pooled) })
    }

    /// `n` entries of 0.
    #[inline]
    pub fn zeros(n: usize) -> Result<Dims, OutOfMemory> {
        match ZEROS.get(..n) {
            Some(_) if n <= 4 => Ok(Dims::Inline(n as u64, [0; 4])),
            Some(zeros) => PoolVec::from_slice(zeros).map(Dims::Pooled),
            None => {
                let mut pooled = PoolVec::from_slice(&ZEROS)?;
                for _ in MAX_DIMS..n {
                    pooled.push(0)?;
                }
                Ok(Dims::Pooled(pooled))
            }
        }
    }

    /// What `first` lists, then what `second` does.
    pub fn joined(first: &[i64], second: &[i64]) -> Result<Dims, OutOfMemory> {
        let mut all = Dims::zeros(first.len() + second.len())?;
        let (front, back) = all.split_at_mut(first.len());
        front.copy_from_slice(first);
        back.copy_from_slice(second);
        Ok(all)
    }

    /// Whether both list the same.
    #[inline(always)]
    pub fn same(&self, other: &Dims) -> bool {
        match (self, other) {
            // Few have more than one dimension; and what was just written number by number is read so.
            (Dims::Inline(0, _), Dims::Inline(m, _)) => *m == 0,
            (Dims::Inline(1, a), Dims::Inline(m, b)) => *m == 1 && a[0] == b[0],
            _ => self.same_of_many(other),
        }
    }

    /// The same; not inlined, because a program of small operators stands at the edge of what a processor keeps of code.
    #[inline(never)]
    pub fn same_of_many(&self, other: &Dims) -> bool {
        match (self, other) {
            // What lies above the length is 0 in every short list, so the whole of it can be compared.
            (Dims::Inline(n, a), Dims::Inline(m, b)) => n == m && a == b,
            _ => **self == **other,
        }
    }

    /// A copy: pooled memory can run out, so this is no `Clone`.
    #[inline]
    pub fn duplicate(&self) -> Result<Dims, OutOfMemory> {
        match self {
            Dims::Inline(n, d) => Ok(Dims::Inline(*n, *d)),
            Dims::Pooled(v) => PoolVec::from_slice(v).map(Dims::Pooled),
        }
    }
}

impl Deref for Dims {
    type Target = [i64];
    #[inline(always)]
    fn deref(&self) -> &[i64] {
        match self {
            Dims::Inline(n, d) => &d[..(*n as usize).min(4)],
            Dims::Pooled(v) => v,
        }
    }
}

impl DerefMut for Dims {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [i64] {
        match self {
            Dims::Inline(n, d) => &mut d[..(*n as usize).min(4)],
            Dims::Pooled(v) => v,
        }
    }
}

impl PartialEq for Dims {
    fn eq(&self, other: &Dims) -> bool {
        self.same(other)
    }
}

impl PartialEq<[i64]> for Dims {
    fn eq(&self, other: &[i64]) -> bool {
        **self == *other
    }
}

/// The number of elements of a shape, or `None` where it overflows.
///
/// As torch counts: without a sign and from the front, so that an extent of 0 saves those behind it only.
#[inline]
pub fn numel(shape: &[i64]) -> Option<i64> {
    let n = shape.iter().try_fold(1u64, |n, &d| n.checked_mul(d as u64))?;
    i64::try_from(n).ok()
}

/// Whether the strides that a new tensor of this shape would have overflow. Only one without elements gets so far.
pub fn strides_overflow(shape: &[i64]) -> bool {
    shape.iter().skip(1).try_fold(1i64, |n, &d| n.checked_mul(d.max(1))).is_none()
}

/// Strides of a contiguous tensor, last dimension fastest.
#[inline]
pub fn contiguous_strides(shape: &[i64]) -> Result<Dims, OutOfMemory> {
    let mut strides = Dims::zeros(shape.len())?;
    put_contiguous_strides(&mut strides, shape);
    Ok(strides)
}

/// The same where they are to lie.
#[inline]
pub fn put_contiguous_strides(strides: &mut [i64], shape: &[i64]) {
    let mut step = 1i64;
    for (s, &n) in strides.iter_mut().zip(shape).rev() {
        *s = step;
        step = step.wrapping_mul(n.max(1));
    }
}

/// Whether `strides` are those that [`contiguous_strides`] gives `shape`.
pub fn is_standard(shape: &[i64], strides: &[i64]) -> bool {
    let mut step = 1i64;
    shape.iter().zip(strides).rev().all(|(&n, &s)| {
        let usual = s == step;
        step = step.wrapping_mul(n.max(1));
        usual
    })
}

/// Whether every index names the same element, which there is.
pub fn is_single(shape: &[i64], strides: &[i64]) -> bool {
    shape.iter().zip(strides).all(|(&n, &s)| n > 0 && (s == 0 || n == 1))
}

/// Whether elements of this layout lie in one run, last dimension fastest.
#[inline]
pub fn is_contiguous(shape: &[i64], strides: &[i64]) -> bool {
    let mut expected = 1;
    for (&n, &s) in shape.iter().zip(strides).rev() {
        if n != 1 {
            if s != expected {
                return shape.contains(&0);
            }
            expected = expected.saturating_mul(n);
        }
    }
    true
}

/// Whether the layout covers a run of memory without gaps or overlaps, in some order of dimensions.
pub fn is_dense(shape: &[i64], strides: &[i64]) -> bool {
    let mut order: [usize; MAX_DIMS] = std::array::from_fn(|i| i);
    let order = &mut order[..shape.len()];
    order.sort_unstable_by_key(|&i| (strides[i], shape[i]));
    let mut expected = 1;
    for &i in order.iter() {
        if shape[i] != 1 {
            if strides[i] != expected {
                return false;
            }
            expected = expected.saturating_mul(shape[i]);
        }
    }
    true
}

/// Whether two indices may name one element (torch's "internal overlap": only stride 0 is certain).
pub fn overlaps_itself(shape: &[i64], strides: &[i64]) -> bool {
    !shape.contains(&0) && shape.iter().zip(strides).any(|(&n, &s)| n > 1 && s == 0)
}

/// `dim` counted from the front, for a tensor of `ndim` dimensions (a scalar has one to speak of).
pub fn wrap_dim(dim: i64, ndim: usize) -> Result<usize> {
    let n = ndim.max(1) as i64;
    if dim < -n || dim >= n {
        return Err(Error::dim_out_of_range(dim, n));
    }
    Ok(if dim < 0 { dim + n } else { dim } as usize)
}

/// The shape to which `a` and `b` broadcast together.
pub fn broadcast(a: &[i64], b: &[i64]) -> Result<Dims> {
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let mut out = Dims::new(long)?;
    let gap = long.len() - short.len();
    // From the back: of several dimensions that differ, the last is named.
    for (i, &n) in short.iter().enumerate().rev() {
        let m = out[gap + i];
        if m != n {
            if m != 1 && n != 1 {
                return Err(Error::sizes_do_not_match(a, b, gap + i));
            }
            out[gap + i] = if m == 1 { n } else { m };
        }
    }
    Ok(out)
}

/// Strides that spread a tensor of `shape` and `strides` over `wide`, to which it broadcasts.
pub fn expand_strides(shape: &[i64], strides: &[i64], wide: &[i64]) -> Result<Dims, OutOfMemory> {
    let mut out = Dims::zeros(wide.len())?;
    let gap = wide.len() - shape.len();
    for (i, (&n, &s)) in shape.iter().zip(strides).enumerate() {
        out[gap + i] = if n == 1 && wide[gap + i] != 1 { 0 } else { s };
    }
    Ok(out)
}

/// The same for a view that `expand` shows: a new dimension of extent 1 gets the stride that torch gives it, which is
/// where another of its elements would lie. (Of one number without dimensions, all are 0.)
pub fn expanded_view_strides(shape: &[i64], strides: &[i64], wide: &[i64]) -> Result<Dims, OutOfMemory> {
    let mut out = expand_strides(shape, strides, wide)?;
    let new = if shape.is_empty() { 0 } else { wide.len() - shape.len() };
    for i in (0..new).rev().filter(|&i| wide[i] == 1) {
        out[i] = wide.get(i + 1).map_or(1, |&n| n.wrapping_mul(out[i + 1]));
    }
    Ok(out)
}

/// Strides with which a tensor of `shape` and `strides` reads as `wanted` without a copy, if it can.
///
/// Both have the same number of elements. Dimensions are taken from the back: those of the old shape
/// that lie in one run together form a chunk, and the new ones must fill chunks exactly.
pub fn view_strides(shape: &[i64], strides: &[i64], wanted: &[i64]) -> Result<Option<Dims>, OutOfMemory> {
    if shape.contains(&0) {
        return if shape == wanted { Dims::new(strides).map(Some) } else { contiguous_strides(wanted).map(Some) };
    }
    let mut out = Dims::zeros(wanted.len())?;
    let mut new = wanted.len();
    let (mut chunk, mut base) = (1, strides.last().copied().unwrap_or(1));
    for old in (0..shape.len()).rev() {
        chunk *= shape[old];
        let ends = old == 0 || (shape[old - 1] != 1 && strides[old - 1] != chunk * base);
        if ends {
            let mut filled = 1;
            while new > 0 && (filled < chunk || wanted[new - 1] == 1) {
                new -= 1;
                out[new] = filled * base;
                filled *= wanted[new];
            }
            if filled != chunk {
                return Ok(None);
            }
            if old > 0 {
                chunk = 1;
                base = strides[old - 1];
            }
        }
    }
    // What is left are leading ones of a scalar, or of a tensor of ones.
    while new > 0 {
        new -= 1;
        out[new] = if new + 1 < wanted.len() { out[new + 1] * wanted[new + 1] } else { 1 };
    }
    Ok(Some(out))
}

/// `wanted` with its -1, if any, replaced by the extent that makes it `numel` elements.
pub fn infer_size(wanted: &[i64], numel: i64) -> Result<Dims> {
    let mut out = Dims::new(wanted)?;
    let mut unknown = None;
    let mut known = 1i64;
    for (i, &n) in wanted.iter().enumerate() {
        match n {
            -1 if unknown.is_some() => return Err(Error::runtime("only one dimension can be inferred")),
            -1 => unknown = Some(i),
            n if n < 0 => {
                return Err(Error::runtime(format!(
                    "invalid shape dimension {n} at index {i} of shape {}",
                    list(wanted)
                )));
            }
            n => match known.checked_mul(n) {
                Some(product) => known = product,
                // An extent of 0 may still come; whether the whole can be counted is asked where the tensor is made.
                None if numel == 0 => known = 0,
                None => return Err(Error::invalid_shape(wanted, numel)),
            },
        }
    }
    match unknown {
        Some(_) if known == 0 && numel == 0 => Err(Error::runtime(format!(
            "cannot reshape tensor of 0 elements into shape {} because the unspecified dimension size -1 can be any value and is ambiguous",
            list(wanted)
        ))),
        Some(i) if known != 0 && numel % known == 0 => {
            out[i] = numel / known;
            Ok(out)
        }
        None if known == numel => Ok(out),
        _ => Err(Error::invalid_shape(wanted, numel)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broadcasting_follows_the_longer_shape_and_refuses_a_mismatch() {
        assert_eq!(&*broadcast(&[3, 1], &[4]).unwrap(), &[3, 4]);
        assert_eq!(&*broadcast(&[], &[2, 0]).unwrap(), &[2, 0]);
        assert_eq!(&*broadcast(&[1], &[0]).unwrap(), &[0]);
        assert!(broadcast(&[2], &[3]).is_err());
    }

    #[test]
    fn a_view_needs_no_copy_exactly_where_runs_allow_it() {
        let view = |shape: &[i64], strides: &[i64], wanted: &[i64]| {
            view_strides(shape, strides, wanted).unwrap().map(|d| d.to_vec())
        };
        assert_eq!(view(&[2, 3], &[3, 1], &[6]), Some(vec![1]));
        assert_eq!(view(&[3, 2], &[1, 3], &[6]), None);
        assert_eq!(view(&[2, 3, 4], &[24, 4, 1], &[2, 12]), Some(vec![24, 1]));
        assert_eq!(view(&[2, 3, 4], &[24, 8, 2], &[2, 2, 6]), Some(vec![24, 12, 2]));
        assert_eq!(view(&[], &[], &[1, 1]), Some(vec![1, 1]));
        assert_eq!(view(&[4], &[0], &[2, 2]), Some(vec![0, 0]));
    }

    #[test]
    fn an_unknown_extent_is_inferred_once() {
        assert_eq!(&*infer_size(&[2, -1], 6).unwrap(), &[2, 3]);
        for bad in [&[-1, -1][..], &[4, -1], &[5], &[-2, 3]] {
            assert!(infer_size(bad, 6).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn five_dimensions_and_more_are_pooled() {
        let d = Dims::new(&[1, 2, 3, 4, 5, 6]).unwrap();
        assert_eq!(&*d.duplicate().unwrap(), &[1, 2, 3, 4, 5, 6]);
        assert_eq!(&*contiguous_strides(&d).unwrap(), &[720, 360, 120, 30, 6, 1]);
    }
}
