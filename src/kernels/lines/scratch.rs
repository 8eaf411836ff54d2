//! Memory that a kernel needs while it runs, kept for the next one of the same thread: a line's keys, say.
//!
//! Not the blocks of `buffers`, which belong to the thread that holds the interpreter's lock: kernels run on others too.

use crate::buffers::OutOfMemory;
use std::cell::RefCell;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// Bytes that a thread keeps at most.
const KEPT: usize = 32 << 20;

/// Blocks that a thread keeps at most: as many as one kernel takes.
const BLOCKS: usize = 2;

/// A unit in which blocks are made, and to which they are aligned.
type Unit = u128;

thread_local! {
    static FREE: RefCell<[Vec<Unit>; BLOCKS]> = const { RefCell::new([const { Vec::new() }; BLOCKS]) };
}

/// Plain numbers, any bits of which are some.
///
/// # Safety
/// Every bit pattern must be a value, and the alignment at most that of [`Unit`].
pub unsafe trait Plain: Copy {}
// SAFETY: any bits are such a number.
unsafe impl Plain for u64 {}
// SAFETY: as above.
unsafe impl Plain for i64 {}
// SAFETY: two numbers without anything between them.
unsafe impl Plain for (u64, u64) {}

/// `n` elements of what was there before.
pub struct Scratch<T: Plain> {
    block: Vec<Unit>,
    n: usize,
    life: PhantomData<T>,
}

impl<T: Plain> Scratch<T> {
    /// Room for `n` elements.
    ///
    /// # Errors
    /// Where there is no memory for them.
    pub fn new(n: usize) -> Result<Self, OutOfMemory> {
        const { assert!(align_of::<T>() <= align_of::<Unit>()) };
        let bytes = n.checked_mul(size_of::<T>()).ok_or(OutOfMemory(usize::MAX))?;
        let units = bytes.div_ceil(size_of::<Unit>());
        // The smaller of those that are large enough, or else any: it grows.
        let mut block = FREE.with_borrow_mut(|free| {
            free.sort_unstable_by_key(Vec::len);
            let fits = free.iter().position(|b| b.len() >= units).unwrap_or(BLOCKS - 1);
            std::mem::take(&mut free[fits])
        });
        if block.len() < units {
            block.try_reserve_exact(units - block.len()).map_err(|_| OutOfMemory(bytes))?;
            block.resize(units, 0);
        }
        Ok(Scratch { block, n, life: PhantomData })
    }
}

impl<T: Plain> Deref for Scratch<T> {
    type Target = [T];
    #[inline(always)]
    fn deref(&self) -> &[T] {
        // SAFETY: the block has units for n elements, all of them initialised, and any bits are an element.
        unsafe { std::slice::from_raw_parts(self.block.as_ptr().cast(), self.n) }
    }
}

impl<T: Plain> DerefMut for Scratch<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts_mut(self.block.as_mut_ptr().cast(), self.n) }
    }
}

impl<T: Plain> Drop for Scratch<T> {
    fn drop(&mut self) {
        let block = std::mem::take(&mut self.block);
        if block.len() * size_of::<Unit>() > KEPT / BLOCKS {
            return;
        }
        // A thread that ends has no place to keep it in any more.
        _ = FREE.try_with(|free| {
            if let Ok(mut free) = free.try_borrow_mut()
                && let Some(place) = free.iter().position(|b| b.len() < block.len())
            {
                free[place] = block;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Law: a block comes again to whom asks for no more of it, two at a time, and none is shared.
    #[test]
    fn blocks_come_again() {
        let ends = |s: &Scratch<u64>| s.as_ptr() as usize;
        let (first, second) = (Scratch::<u64>::new(100).unwrap(), Scratch::<u64>::new(50).unwrap());
        let places = [ends(&first), ends(&second)];
        assert_ne!(places[0], places[1]);
        drop((first, second));
        let (a, b) = (Scratch::<u64>::new(100).unwrap(), Scratch::<u64>::new(40).unwrap());
        assert_eq!([ends(&a), ends(&b)], places);
        let mut third = Scratch::<(u64, u64)>::new(3).unwrap();
        third.fill((1, 2));
        assert_eq!(&*third, &[(1, 2); 3]);
    }
}
