//! What a tensor shows of its storage: type, shape, strides, offset.

use super::arena::{Blank, Held, Ref};
use crate::buffers::OutOfMemory;
use crate::dtype::DType;
use crate::shape::{self, Dims, Layout};
use crate::storage::Storage;

/// What a record shows of its storage. It is replaced as a whole, never changed: what follows from
/// the rest (the number of elements, how they lie) is worked out once, when it is made.
///
/// Laid out by hand, in pieces of 16 bytes without padding: that is how it is moved into a record, and what is read
/// across the edges of what was just written stalls a processor.
#[repr(C, align(16))]
pub struct Geometry {
    /// The extent of each dimension.
    pub shape: Dims,
    /// Elements from one index to the next.
    pub strides: Dims,
    numel: i64,
    /// The first element's place in the storage, in elements.
    pub offset: i64,
    /// The bytes.
    pub storage: Held<Storage>,
    /// Type, rank, whether it is a run and a usual one, in one word: what two operands are compared by.
    key: u32,
    /// The element type.
    pub dtype: DType,
    /// Whether the elements lie in one run, last dimension fastest.
    pub contiguous: bool,
    /// Whether the strides are those of a new tensor of this shape: a run whose dimensions of extent 1
    /// have the usual strides too.
    standard: bool,
    /// Whether every index names the same element: a number that was expanded.
    single: bool,
}

const _: () = assert!(size_of::<Geometry>() == 128, "a geometry has padding");

/// The bit of a key that a run has.
const RUN: u32 = 1 << 16;
/// The bit of a key that a run has whose strides are the usual ones and few enough to lie inline.
const USUAL: u32 = 1 << 17;

#[inline(always)]
const fn key(dtype: DType, rank: u8, contiguous: bool, standard: bool) -> u32 {
    let usual = if standard && rank <= 4 { USUAL } else { 0 };
    dtype as u32 | (rank as u32) << 8 | if contiguous { RUN } else { 0 } | usual
}

/// Without elements an extent of 1 has its say on the order of dimensions, whatever its stride.
#[inline(always)]
fn has_usual_order(shape: &[i64], numel: i64) -> bool {
    numel != 0 || !shape.contains(&1)
}

/// The number of elements, and whether they are a run, one with the usual strides, one element for all: in one walk, which
/// is most of what a view costs.
#[inline]
fn lie_of(shape: &[i64], strides: &[i64]) -> (i64, [bool; 3]) {
    let (mut step, mut wrong) = (1i64, false);
    let (mut run, mut usual, mut one) = (true, true, true);
    for (&n, &stride) in shape.iter().zip(strides).rev() {
        run &= stride == step || n == 1;
        usual &= stride == step;
        one &= stride == 0 || n == 1;
        let (next, overflows) = step.overflowing_mul(n);
        (step, wrong) = (next, wrong | overflows | (n <= 0));
    }
    if wrong { lie_of_unusual(shape, strides) } else { (step, [run, usual, one && !run]) }
}

/// The same where there are no elements, or too many.
#[cold]
fn lie_of_unusual(shape: &[i64], strides: &[i64]) -> (i64, [bool; 3]) {
    let numel = shape::numel(shape).unwrap_or(-1);
    let run = shape::is_contiguous(shape, strides);
    let usual = run && shape::is_standard(shape, strides) && has_usual_order(shape, numel);
    (numel, [run, usual, !run && shape::is_single(shape, strides)])
}

impl Geometry {
    /// A view of `storage`.
    pub fn new(dtype: DType, shape: Dims, strides: Dims, offset: i64, storage: Ref<Storage>) -> Self {
        let mut shown = Geometry { shape, strides, ..Self::blank() };
        shown.settle(dtype, offset, storage);
        shown
    }

    /// Makes a blank geometry that of `dtype`'s `storage`: one element and no dimensions.
    #[inline(always)]
    pub fn be_scalar(&mut self, dtype: DType, storage: Ref<Storage>) {
        self.shape = Dims::EMPTY;
        self.strides = Dims::EMPTY;
        self.be_run(key(dtype, 0, true, true), dtype, 1, storage);
    }

    /// Makes a blank geometry that of a new tensor of the shape of `other`, a usual one, of whose elements `storage` has
    /// as many.
    #[inline(always)]
    pub fn be_like(&mut self, other: &Geometry, dtype: DType, storage: Ref<Storage>) {
        if let (Dims::Inline(rank, shape), Dims::Inline(_, strides)) = (&other.shape, &other.strides) {
            self.shape = Dims::Inline(*rank, *shape);
            self.strides = Dims::Inline(*rank, *strides);
        }
        self.be_run(other.key & !0xff | dtype as u32, dtype, other.numel, storage);
    }

    /// Makes a blank geometry that of a new tensor of `shape`, whose `numel` elements `storage` has room for.
    ///
    /// # Errors
    /// Where there is no memory for many dimensions.
    #[inline]
    pub fn be_new(
        &mut self,
        dtype: DType,
        shape: &[i64],
        numel: i64,
        storage: Ref<Storage>,
    ) -> Result<(), OutOfMemory> {
        self.shape.become_copy(shape)?;
        self.strides.become_strides_of(shape)?;
        let standard = has_usual_order(shape, numel);
        self.be_run(key(dtype, shape.len() as u8, true, standard), dtype, numel, storage);
        self.standard = standard;
        Ok(())
    }

    /// Makes a blank geometry the same view of the same bytes as `other`.
    ///
    /// # Errors
    /// As [`Geometry::be_new`].
    #[inline]
    pub fn be_same(&mut self, other: &Geometry) -> Result<(), OutOfMemory> {
        self.shape.become_copy(&other.shape)?;
        self.strides.become_copy(&other.strides)?;
        self.be_run(other.key, other.dtype, other.numel, other.storage.clone());
        self.offset = other.offset;
        (self.contiguous, self.standard, self.single) = (other.contiguous, other.standard, other.single);
        Ok(())
    }

    /// Makes a blank geometry that of `storage` seen so.
    ///
    /// # Errors
    /// As [`Geometry::be_new`].
    #[inline]
    pub fn be_view(
        &mut self,
        dtype: DType,
        (shape, strides, offset): Layout<'_>,
        storage: Ref<Storage>,
    ) -> Result<(), OutOfMemory> {
        self.shape.become_copy(shape)?;
        self.strides.become_copy(strides)?;
        self.settle(dtype, offset, storage);
        Ok(())
    }

    /// The rest of a blank geometry, of whose extents and strides anything may be true.
    #[inline(always)]
    fn settle(&mut self, dtype: DType, offset: i64, storage: Ref<Storage>) {
        let (numel, [contiguous, standard, single]) = lie_of(&self.shape, &self.strides);
        self.be_run(key(dtype, self.shape.len() as u8, contiguous, standard), dtype, numel, storage);
        self.offset = offset;
        (self.contiguous, self.standard, self.single) = (contiguous, standard, single);
    }

    /// The rest of a blank geometry, which owns nothing: so nothing is dropped.
    #[inline(always)]
    fn be_run(&mut self, key: u32, dtype: DType, numel: i64, storage: Ref<Storage>) {
        (self.key, self.dtype, self.numel, self.offset) = (key, dtype, numel, 0);
        (self.contiguous, self.standard, self.single) = (true, true, false);
        self.storage = Held::new(storage);
    }

    /// Whether it has the strides of a new tensor of its shape, those of extent 1 too, and a result that it is spread to
    /// has the usual ones.
    #[inline(always)]
    pub fn is_standard(&self) -> bool {
        self.standard
    }

    /// Whether its elements are all of the storage, in one run.
    #[inline]
    pub fn is_whole(&self) -> bool {
        self.contiguous && self.offset == 0 && self.numel() as usize * self.dtype.size() == self.storage.bytes()
    }

    /// Whether [`Geometry::be_like`] can copy it: the usual strides, few enough to lie inline.
    #[inline(always)]
    pub fn is_usual(&self) -> bool {
        self.key & USUAL != 0
    }

    /// Whether both are runs of one type and shape, with the usual strides or without.
    #[inline(always)]
    pub fn lies_like(&self, other: &Geometry) -> bool {
        // With one dimension at most, the number of elements is the shape.
        self.key == other.key
            && self.key & RUN != 0
            && self.numel == other.numel
            && (self.rank() <= 1 || self.shape.same_of_many(&other.shape))
    }

    /// Whether one element stands for all where a result has the shape of `wide`.
    #[inline(always)]
    pub fn spreads_to(&self, wide: &Geometry) -> bool {
        self.numel == 1 && self.rank() <= wide.rank() || self.single && self.shape.same_of_many(&wide.shape)
    }

    /// A number that tells type and shape from others, but for one chance in four billion.
    pub fn fingerprint(&self) -> u32 {
        let mix = |sum: u64, number: u64| {
            let sum = (sum ^ number).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            sum ^ sum >> 32
        };
        let begun = mix(0x9e37_79b9_7f4a_7c15, self.dtype as u64);
        mix(self.shape.iter().fold(begun, |sum, &extent| mix(sum, extent as u64)), u64::MAX) as u32
    }

    /// The same view of the same bytes.
    pub fn duplicate(&self) -> Result<Self, OutOfMemory> {
        Ok(Geometry {
            dtype: self.dtype,
            contiguous: self.contiguous,
            standard: self.standard,
            single: self.single,
            key: self.key,
            numel: self.numel,
            shape: self.shape.duplicate()?,
            strides: self.strides.duplicate()?,
            offset: self.offset,
            storage: Held::new(self.storage.clone()),
        })
    }

    /// The number of elements; -1 where it overflows, of which no tensor is made.
    #[inline(always)]
    pub fn numel(&self) -> i64 {
        self.numel
    }

    /// The number of dimensions.
    #[inline(always)]
    pub fn rank(&self) -> usize {
        (self.key >> 8 & 0xff) as usize
    }
}

impl Blank for Geometry {
    fn blank() -> Self {
        Geometry {
            dtype: DType::Bool,
            contiguous: false,
            standard: false,
            single: false,
            key: 0,
            numel: 0,
            shape: Dims::EMPTY,
            strides: Dims::EMPTY,
            offset: 0,
            storage: Held::NONE,
        }
    }

    #[inline(always)]
    fn retire(&mut self) {
        self.storage = Held::NONE;
        // What lies inline owns nothing, and is overwritten by whoever comes next.
        if !self.is_usual() {
            self.shape = Dims::EMPTY;
            self.strides = Dims::EMPTY;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_walk_finds_what_a_walk_for_each_question_does() {
        let (extents, strides) = ([0, 1, 2, 3, 1 << 40], [0, 1, 2, 3, 6, 1 << 40, -1]);
        let pairs: Vec<(i64, i64)> = extents.iter().flat_map(|&n| strides.map(|s| (n, s))).collect();
        assert_eq!(lie_of(&[], &[]), lie_of_unusual(&[], &[]));
        for &(n, s) in &pairs {
            assert_eq!(lie_of(&[n], &[s]), lie_of_unusual(&[n], &[s]));
            for &(m, t) in &pairs {
                assert_eq!(lie_of(&[n, m], &[s, t]), lie_of_unusual(&[n, m], &[s, t]));
                for &(k, u) in &pairs {
                    assert_eq!(lie_of(&[n, m, k], &[s, t, u]), lie_of_unusual(&[n, m, k], &[s, t, u]));
                }
            }
        }
    }
}
