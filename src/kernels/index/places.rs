//! Indices where they lie, and rows of positions that have them.

use super::IndexFault;
use crate::dtype::DType;
use crate::kernels::operand::Src;

/// How indices lie: strides are whole elements, so that all of them are aligned where one is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Long,
    Int,
    LooseLong,
    LooseInt,
}

impl Kind {
    pub(super) fn of(index: &Src) -> Kind {
        match (index.dtype(), index.ptr() as usize & (index.dtype().size() - 1)) {
            (DType::Int64, 0) => Kind::Long,
            (DType::Int64, _) => Kind::LooseLong,
            (_, 0) => Kind::Int,
            _ => Kind::LooseInt,
        }
    }
}

/// Indices where they lie, and what they say.
pub(super) struct Places {
    pub(super) index: *const u8,
    pub(super) kind: Kind,
    pub(super) extent: i64,
    pub(super) step: isize,
    pub(super) wraps: bool,
    pub(super) dim: usize,
}

impl Places {
    /// The index at `p`, by one read that the compiler may not repeat where it is aligned.
    ///
    /// # Safety
    /// It must be readable, of that kind.
    #[inline(always)]
    pub(super) unsafe fn read(kind: Kind, p: *const u8) -> i64 {
        // SAFETY: the caller's promise.
        unsafe {
            match kind {
                Kind::Long => p.cast::<i64>().read_volatile(),
                Kind::Int => p.cast::<i32>().read_volatile().into(),
                Kind::LooseLong => i64::from_ne_bytes(p.cast::<[u8; 8]>().read_volatile()),
                Kind::LooseInt => i32::from_ne_bytes(p.cast::<[u8; 4]>().read_volatile()).into(),
            }
        }
    }

    /// What is added to a negative index.
    #[inline(always)]
    pub(super) fn wrap(&self) -> i64 {
        if self.wraps { self.extent } else { 0 }
    }

    #[cold]
    pub(super) fn fault(&self, index: i64) -> IndexFault {
        IndexFault { index, dim: self.dim, size: self.extent }
    }

    /// The offset that the index `at` bytes on stands for.
    ///
    /// # Safety
    /// It must be readable.
    #[inline(always)]
    pub(super) unsafe fn offset(&self, at: isize) -> Result<isize, IndexFault> {
        // SAFETY: the caller's promise.
        let given = unsafe { Self::read(self.kind, self.index.offset(at)) };
        let i = wrapped(given, self.wrap());
        if (i as u64) < self.extent as u64 { Ok(i as isize * self.step) } else { Err(self.fault(given)) }
    }
}

/// The index with `wrap` added where it is negative.
#[inline(always)]
pub(super) fn wrapped(given: i64, wrap: i64) -> i64 {
    given.wrapping_add(given >> 63 & wrap)
}

/// Rows of positions: the first of the indexed side, the index and the partner; the bytes from one position to the next in
/// each, of which a row has `n`; and the bytes from one row to the next, of which there are `count`.
pub(super) struct Rows {
    pub(super) indexed: *const u8,
    pub(super) index: *const u8,
    pub(super) partner: *const u8,
    pub(super) steps: [isize; 3],
    pub(super) n: usize,
    pub(super) next: [isize; 3],
    pub(super) count: usize,
}
