//! A short list that is inline while it is short.

use crate::buffers::{OutOfMemory, PoolVec};

/// Up to `N` elements inline, the rest in pooled memory: a node of an ordinary operator needs none.
pub struct List<T, const N: usize> {
    inline: [Option<T>; N],
    /// How many of the inline places are taken.
    taken: u8,
    more: PoolVec<T>,
}

impl<T, const N: usize> List<T, N> {
    /// No elements.
    pub const fn new() -> Self {
        List { inline: [const { None }; N], taken: 0, more: PoolVec::new() }
    }

    /// The first `N` in their places, of which `taken` are there: a list that is built where it will lie.
    #[inline(always)]
    pub const fn of(inline: [Option<T>; N], taken: u8) -> Self {
        List { inline, taken, more: PoolVec::new() }
    }

    /// Appends one.
    #[inline(always)]
    pub fn push(&mut self, value: T) -> Result<(), OutOfMemory> {
        if let Some(slot) = self.inline.get_mut(self.taken as usize) {
            // The place is empty: to look whether there is something to drop would cost as much as the rest.
            std::mem::forget(slot.replace(value));
            self.taken += 1;
            return Ok(());
        }
        self.more.push(value)
    }

    /// Drops all of them.
    #[inline]
    pub fn clear(&mut self) {
        for slot in &mut self.inline {
            *slot = None;
        }
        self.taken = 0;
        self.more.clear();
    }

    /// How many there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.taken as usize + self.more.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.taken == 0
    }

    /// The one at `i`.
    #[inline]
    pub fn get(&self, i: usize) -> Option<&T> {
        if i < N { self.inline[i].as_ref() } else { self.more.get(i - N) }
    }

    /// The one at `i`, to change.
    #[inline]
    pub fn get_mut(&mut self, i: usize) -> Option<&mut T> {
        if i < N { self.inline[i].as_mut() } else { self.more.get_mut(i - N) }
    }

    /// All of them, in order.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.inline.iter().flatten().chain(self.more.iter())
    }
}

impl<T, const N: usize> Default for List<T, N> {
    fn default() -> Self {
        Self::new()
    }
}
