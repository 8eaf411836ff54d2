//! The keys of a line, packed with their places, and sorted: stably.
//!
//! Long lines are sorted by digits of their keys, from the lowest up; a digit that all keys share costs nothing.

use super::Scratch;
use super::key::{self, Packed};
use crate::buffers::OutOfMemory;
use crate::dtype::DType;

/// From how many elements on a line is sorted by digits.
const LONG: usize = 192;
/// Bits of a digit.
const DIGIT: u32 = 8;
/// Values of a digit.
const DIGITS: usize = 1 << DIGIT;

/// Room for the keys of a line, twice where it is sorted by digits.
pub(super) struct Room<P: Packed> {
    keys: Scratch<P>,
    other: Scratch<P>,
}

impl<P: Packed> Room<P> {
    /// For lines of `n` elements.
    ///
    /// # Errors
    /// Where there is no memory.
    pub fn new(n: usize) -> Result<Self, OutOfMemory> {
        Ok(Room { keys: Scratch::new(n)?, other: Scratch::new(if n >= LONG { n } else { 0 })? })
    }

    /// The keys of a line, unsorted: those of descending order are turned round.
    ///
    /// # Safety
    /// A line of as many elements of `dtype`, `step` bytes apart, must be readable at `from`.
    pub unsafe fn keys(&mut self, from: *const u8, dtype: DType, step: isize, descending: bool) -> &mut [P] {
        let keys = &mut self.keys[..];
        let turn = if descending { u64::MAX >> (64 - P::BITS) } else { 0 };
        // SAFETY: the caller's promise.
        unsafe { key::packed(from, dtype, step, turn, keys) };
        keys
    }

    /// The same, sorted.
    ///
    /// # Safety
    /// As [`Room::keys`].
    pub unsafe fn sorted(&mut self, from: *const u8, dtype: DType, step: isize, descending: bool) -> &[P] {
        // SAFETY: the caller's promise.
        unsafe { self.keys(from, dtype, step, descending) };
        if self.keys.len() < LONG {
            self.keys.sort_unstable();
        } else {
            by_digits(&mut self.keys, &mut self.other, key::bits(dtype));
        }
        &self.keys
    }
}

/// Sorts `keys` by the lowest `bits` bits of their keys and leaves equal ones in their order; `other` has as much room.
pub(super) fn by_digits<P: Packed>(keys: &mut Scratch<P>, other: &mut Scratch<P>, bits: u32) {
    let digits = bits.div_ceil(DIGIT) as usize;
    let mut counts = [[0usize; DIGITS]; 8];
    for key in keys.iter() {
        let key = key.key();
        for (d, counts) in counts[..digits].iter_mut().enumerate() {
            counts[(key >> (d as u32 * DIGIT)) as usize % DIGITS] += 1;
        }
    }
    for (d, counts) in counts[..digits].iter().enumerate() {
        let digit = |key: &P| (key.key() >> (d as u32 * DIGIT)) as usize % DIGITS;
        if keys.first().is_none_or(|key| counts[digit(key)] == keys.len()) {
            continue;
        }
        let mut starts = [0usize; DIGITS];
        let mut sum = 0;
        for (start, &count) in starts.iter_mut().zip(counts) {
            *start = sum;
            sum += count;
        }
        for key in keys.iter() {
            let start = &mut starts[digit(key)];
            other[*start] = *key;
            *start += 1;
        }
        std::mem::swap(keys, other);
    }
}

/// Writes the places of `keys` to int64 elements `step` bytes apart.
///
/// # Safety
/// There must be as many.
pub(super) unsafe fn write_places<P: Packed>(keys: &[P], to: *mut u8, step: isize) {
    for (i, key) in keys.iter().enumerate() {
        // SAFETY: the caller's promise.
        unsafe { to.offset(step * i as isize).cast::<i64>().write_unaligned(key.place() as i64) };
    }
}

/// Writes the elements at the places of `keys` along a line, each of `size` bytes.
///
/// # Safety
/// All must be readable and writable: elements lie `step` bytes apart at `from`, and `to_step` at `to`.
pub(super) unsafe fn take<P: Packed>(
    keys: &[P],
    size: usize,
    from: *const u8,
    step: isize,
    to: *mut u8,
    to_step: isize,
) {
    macro_rules! moved {
        ($t:ty) => {
            for (i, key) in keys.iter().enumerate() {
                // SAFETY: the caller's promise; any bits are such a number, at any alignment.
                unsafe {
                    let x = from.offset(step * key.place() as isize).cast::<$t>().read_unaligned();
                    to.offset(to_step * i as isize).cast::<$t>().write_unaligned(x);
                }
            }
        };
    }
    match size {
        1 => moved!(u8),
        2 => moved!(u16),
        4 => moved!(u32),
        _ => moved!(u64),
    }
}
