//! What is picked of each line by order: all elements, those of highest rank, the one of a given rank, the most frequent one.

use super::key::{self, Packed};
use super::sort::{Room, take, write_places};
use super::{Address, Answer, Lines, Next, order};
use crate::buffers::OutOfMemory;
use crate::dtype::DType;
use crate::kernels::operand::{Dst, Src};

/// Which element of a line in ascending order; nan comes last.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Rank {
    /// The one after so many; of equal ones that which torch finds (`order`).
    At(usize),
    /// The one in the middle, the lower of two, equal ones in the order of the line; the first nan where there is one.
    Median,
    /// The one in the middle of those that are not nan; a nan where all are.
    NanMedian,
}

/// What is picked of each line.
#[derive(Clone, Copy)]
enum Pick {
    /// All of them, in ascending or descending order.
    Sorted {
        descending: bool,
    },
    /// As many of the first in ascending or descending order.
    Top {
        count: usize,
        largest: bool,
        sorted: bool,
    },
    Nth(Rank),
    Mode,
}

/// Writes the elements of `src` in ascending order along `dim` (in descending order, where asked for) to `values`, if any,
/// and their places to `indices`. Equal elements stay in their order. `values` has `src`'s type, both its shape.
///
/// Answers false, with nothing written, where that is not so, or `src` is complex.
///
/// # Errors
/// Where there is no memory for a line.
pub fn sort(values: Option<&Dst>, indices: &Dst, src: &Src, dim: usize, descending: bool) -> Answer {
    let count = src.shape().get(dim).map_or(1, |&n| n as usize);
    pick(values, indices, src, dim, count, Pick::Sorted { descending })
}

/// Writes the largest elements (or smallest) along `dim` of `src`, in order, to `values`, and their places to `indices`: as
/// many as both have along `dim`. `values` has `src`'s type.
///
/// Answers false, with nothing written, where shapes or types do not fit or `src` is complex.
///
/// # Errors
/// Where there is no memory for a line.
pub fn top(values: &Dst, indices: &Dst, src: &Src, dim: usize, largest: bool, sorted: bool) -> Answer {
    let count = values.shape().get(dim).map_or(1, |&n| n as usize);
    pick(Some(values), indices, src, dim, count, Pick::Top { count, largest, sorted })
}

/// Writes the element of a rank of each line along `dim` of `src` to `values`, which has one along `dim`, and its place
/// to `indices`. Else as [`top`].
///
/// # Errors
/// As [`top`].
pub fn nth(values: &Dst, indices: &Dst, src: &Src, dim: usize, rank: Rank) -> Answer {
    pick(Some(values), indices, src, dim, 1, Pick::Nth(rank))
}

/// Writes the most frequent element of each line, the smallest of several, and a place of it (that which torch finds). nan is
/// equal to nothing.
/// Else as [`nth`].
///
/// # Errors
/// As [`top`].
pub fn mode(values: &Dst, indices: &Dst, src: &Src, dim: usize) -> Answer {
    pick(Some(values), indices, src, dim, 1, Pick::Mode)
}

fn pick(values: Option<&Dst>, indices: &Dst, src: &Src, dim: usize, count: usize, what: Pick) -> Answer {
    let (shape, dtype) = (src.shape(), src.dtype());
    let n = shape.get(dim).map_or(1, |&n| n as usize);
    let fits = |(d, (&own, &n)): (usize, (&i64, &i64))| if d == dim { own as usize == count } else { own == n };
    let agree = |t: &Dst| t.shape().len() == shape.len() && t.shape().iter().zip(shape).enumerate().all(fits);
    let values_fit = values.is_none_or(|values| agree(values) && values.dtype() == dtype);
    if !values_fit || !agree(indices) || indices.dtype() != DType::Int64 {
        return Ok(false);
    }
    if dtype.is_complex() || shape.len() > 64 || count > n {
        return Ok(false);
    }
    if indices.shape().contains(&0) {
        return Ok(true);
    }
    if matches!(what, Pick::Nth(Rank::At(k)) if k >= n) || n == 0 {
        return Ok(false);
    }
    let to = values.map_or(indices.strides(), Dst::strides);
    let layouts = [(src.strides(), dtype.size()), (to, dtype.size()), (indices.strides(), 8)];
    let Some(lines) = Lines::new(shape, dim, layouts, n, false) else { return Ok(false) };
    let bases = [src.ptr().cast_mut(), values.map_or(std::ptr::null_mut(), Dst::ptr), indices.ptr()].map(Address);
    let ends = Ends { dtype, along: lines.along, n, what };
    let is_short = key::is_short(dtype, n);
    lines.each(n, &|next| {
        // SAFETY: the operands were checked to have these lines, and values are there where they are wanted.
        unsafe {
            match is_short {
                true => ends.part::<u64>(&bases, next),
                false => ends.part::<(u64, u64)>(&bases, next),
            }
        }
    })?;
    Ok(true)
}

struct Ends {
    dtype: DType,
    along: [isize; 3],
    n: usize,
    what: Pick,
}

impl Ends {
    /// Picks of the lines that `next` names by their distance from the `bases`: of elements, of values, which are null where
    /// they are not wanted, and of places.
    ///
    /// # Safety
    /// There must be a line of `n` elements to read, and as many values and places to write as are picked.
    unsafe fn part<P: Packed>(&self, bases: &[Address; 3], next: Next<'_, 3>) -> Result<(), OutOfMemory> {
        let mut room = Room::<P>::new(self.n)?;
        while let Some((at, _)) = next() {
            let [from, values, indices] = [0, 1, 2].map(|j| bases[j].0.wrapping_offset(at[j]));
            // SAFETY: the caller's promise.
            unsafe {
                let picked = self.picked(&mut room, from);
                write_places(picked, indices, self.along[2]);
                if !bases[1].0.is_null() {
                    take(picked, self.dtype.size(), from, self.along[0], values, self.along[1]);
                }
            }
        }
        Ok(())
    }

    /// # Safety
    /// A line must be readable at `from`.
    unsafe fn picked<'r, P: Packed>(&self, room: &'r mut Room<P>, from: *const u8) -> &'r [P] {
        let (dtype, step) = (self.dtype, self.along[0]);
        // SAFETY: the caller's promise.
        unsafe {
            match self.what {
                Pick::Sorted { descending } => room.sorted(from, dtype, step, descending),
                Pick::Mode => {
                    let keys = room.keys(from, dtype, step, false);
                    order::sort(keys);
                    most_frequent(keys, dtype)
                }
                Pick::Nth(rank) => ranked(room.keys(from, dtype, step, false), dtype, rank),
                Pick::Top { count, largest, sorted } => {
                    let keys = room.keys(from, dtype, step, largest);
                    order::first(keys, count, sorted);
                    &keys[..count]
                }
            }
        }
    }
}

/// The key of a rank among all keys of a line.
fn ranked<P: Packed>(keys: &mut [P], dtype: DType, rank: Rank) -> &[P] {
    match rank {
        Rank::At(k) => {
            order::quick_select(keys, k);
            &keys[k..=k]
        }
        Rank::Median => median(keys, dtype, false),
        Rank::NanMedian => median(keys, dtype, true),
    }
}

/// The key of the median of a line: of its numbers where nan is left out, else nan where there is one.
fn median<P: Packed>(keys: &mut [P], dtype: DType, without_nan: bool) -> &[P] {
    let nan = key::of_nan(dtype);
    let is_nan = |key: &P| Some(key.key()) == nan;
    let (low, high) = ends(keys);
    let count = if Some(high) != nan {
        // The key of nan is the highest that there is: most lines are not looked through for one.
        keys.len()
    } else if !without_nan {
        let first = keys.iter().position(is_nan).unwrap_or(0);
        return &keys[first..=first];
    } else if Some(low) == nan {
        // Every nan is equal to every other: that one which torch's selection leaves in front.
        order::select(keys, 0);
        return &keys[..1];
    } else {
        keys.iter().filter(|key| !is_nan(key)).count()
    };
    // Of equal elements by their places: torch compares those too.
    let at = by_places(keys, (count - 1) / 2, low, high);
    &keys[at..=at]
}

/// Keys of so many values are counted to find those among which one of a rank is.
const BUCKETS: usize = 2048;
/// From so many keys on.
const MANY: usize = 1024;

/// The lowest and the highest key.
fn ends<P: Packed>(keys: &[P]) -> (u64, u64) {
    let (mut low, mut high) = (u64::MAX, 0);
    for key in keys {
        low = low.min(key.key());
        high = high.max(key.key());
    }
    (low, high)
}

/// Where the key of rank `k` is, once the keys, which lie in the order of their places, have been moved: equal ones follow each
/// other by their places. `low` and `high` are their ends.
fn by_places<P: Packed>(keys: &mut [P], k: usize, low: u64, high: u64) -> usize {
    if keys.len() < MANY || keys.len() > u32::MAX as usize {
        keys.select_nth_unstable(k);
        return k;
    }
    let bits = (u64::BITS - (high - low).leading_zeros()).saturating_sub(BUCKETS.ilog2());
    let bucket = |key: P| ((key.key() - low) >> bits) as usize;
    let mut counts = [0u32; BUCKETS];
    for &key in keys.iter() {
        counts[bucket(key)] += 1;
    }
    let (mut before, mut found) = (0, 0);
    while before + counts[found] as usize <= k {
        before += counts[found] as usize;
        found += 1;
    }
    let mut count = 0;
    for i in 0..keys.len() {
        let key = keys[i];
        keys[count] = key;
        count += usize::from(bucket(key) == found);
    }
    if bits > 0 {
        keys[..count].select_nth_unstable(k - before);
    }
    k - before
}

/// The last of the longest run of equal keys, the first of several such runs.
fn most_frequent<P: Packed>(keys: &[P], dtype: DType) -> &[P] {
    let nan = key::of_nan(dtype);
    let (mut longest, mut best, mut start) = (0, 0, 0);
    for i in 0..keys.len() {
        let key = keys[i].key();
        let ends = i + 1 == keys.len() || keys[i + 1].key() != key || Some(key) == nan;
        if ends {
            if i + 1 - start > longest {
                (longest, best) = (i + 1 - start, i);
            }
            start = i + 1;
        }
    }
    &keys[best..=best]
}
