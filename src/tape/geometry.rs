//! What a tensor shows of its storage: type, shape, strides, offset.

use super::arena::Ref;
use crate::buffers::OutOfMemory;
use crate::dtype::DType;
use crate::shape::{self, Dims};
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
    pub storage: Ref<Storage>,
    /// Type, rank and whether it is a run, in one word: what two operands are compared by.
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

#[inline(always)]
const fn key(dtype: DType, rank: u8, contiguous: bool) -> u32 {
    dtype as u32 | (rank as u32) << 8 | if contiguous { RUN } else { 0 }
}

impl Geometry {
    /// A view of `storage`.
    pub fn new(dtype: DType, shape: Dims, strides: Dims, offset: i64, storage: Ref<Storage>) -> Self {
        let contiguous = shape::is_contiguous(&shape, &strides);
        let standard = contiguous && shape::is_standard(&shape, &strides);
        let single = !contiguous && shape::is_single(&shape, &strides);
        Geometry { single, ..Self::of(dtype, contiguous, standard, shape, strides, offset, storage) }
    }

    /// The whole of a new `storage`, in one run.
    pub fn standard(dtype: DType, shape: Dims, storage: Ref<Storage>) -> Result<Self, OutOfMemory> {
        let strides = shape::contiguous_strides(&shape)?;
        Ok(Self::of(dtype, true, true, shape, strides, 0, storage))
    }

    /// One element and no dimensions.
    #[inline(always)]
    pub fn scalar(dtype: DType, storage: Ref<Storage>) -> Self {
        let (shape, strides) = (Dims::EMPTY, Dims::EMPTY);
        Geometry {
            dtype,
            contiguous: true,
            standard: true,
            single: false,
            key: key(dtype, 0, true),
            numel: 1,
            shape,
            strides,
            offset: 0,
            storage,
        }
    }

    fn of(
        dtype: DType,
        contiguous: bool,
        standard: bool,
        shape: Dims,
        strides: Dims,
        offset: i64,
        storage: Ref<Storage>,
    ) -> Self {
        let numel = shape::numel(&shape).unwrap_or(-1);
        let key = key(dtype, shape.len() as u8, contiguous);
        Geometry { dtype, contiguous, standard, single: false, key, numel, shape, strides, offset, storage }
    }

    /// Whether it has the strides of a new tensor of its shape, those of extent 1 too.
    #[inline(always)]
    pub fn is_standard(&self) -> bool {
        self.standard
    }

    /// Whether [`Geometry::lay_like`] can copy it: the usual strides, few enough to lie inline.
    #[inline(always)]
    pub fn is_usual(&self) -> bool {
        self.standard && matches!((&self.shape, &self.strides), (Dims::Inline(..), Dims::Inline(..)))
    }

    /// Gives a new number's geometry the shape and strides of `other`, a usual one, of whose elements its storage has
    /// as many.
    #[inline(always)]
    pub fn lay_like(&mut self, other: &Geometry) {
        if let (Dims::Inline(rank, shape), Dims::Inline(_, strides)) = (&other.shape, &other.strides) {
            self.key = key(self.dtype, *rank as u8, true);
            self.numel = other.numel;
            self.shape = Dims::Inline(*rank, *shape);
            self.strides = Dims::Inline(*rank, *strides);
        }
    }

    /// Whether both are runs of one type and shape.
    #[inline(always)]
    pub fn lies_like(&self, other: &Geometry) -> bool {
        // With one dimension at most, the number of elements is the shape.
        self.key == other.key
            && self.key & RUN != 0
            && self.numel == other.numel
            && (self.rank() <= 1 || self.shape.same(&other.shape))
    }

    /// Whether one element stands for all where a result has the shape of `wide`.
    #[inline(always)]
    pub fn spreads_to(&self, wide: &Geometry) -> bool {
        self.rank() == 0 || self.single && self.shape.same(&wide.shape)
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
            storage: self.storage.clone(),
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
