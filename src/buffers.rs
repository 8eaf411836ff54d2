//! Memory that is kept: blocks by size class, a small vector over them, and where per-thread state lives.
//!
//! A steady loop must not reach the system's allocator, so freed blocks wait in lists, one a size
//! class, up to [`limit`] bytes; beyond that they go back to the system at once. Nothing here
//! knows what a block holds.
//!
//! Reservation is fallible: a size that cannot be had is an error for the caller to report.

use std::alloc::{Layout, alloc, alloc_zeroed, dealloc};
use std::cell::Cell;
use std::fmt;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::ops::{Deref, DerefMut};
use std::ptr::{self, NonNull};

/// The alignment of every block: one cache line, and one lane vector.
pub const ALIGN: usize = 64;

/// Bytes that wait in the free lists at most, where nobody has said otherwise ([`set_limit`]).
const LIMIT: usize = 1 << 30;

/// Steps between two powers of two: at most a fifth of a block is wasted.
const STEPS: usize = 4;
const CLASSES: usize = (usize::BITS as usize - 6) * STEPS;

/// The memory asked for cannot be had; holds the number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory(pub usize);

/// A plain vector of `n` zeros (of what a type has as its default), for what is handed on or may be touched by any thread.
///
/// # Errors
/// Where there is no memory for it.
pub fn zeros<T: Copy + Default>(n: usize) -> Result<Vec<T>, OutOfMemory> {
    let mut all = Vec::new();
    all.try_reserve_exact(n).map_err(|_| OutOfMemory(n.saturating_mul(size_of::<T>())))?;
    all.resize(n, T::default());
    Ok(all)
}

/// State that belongs to one thread natively, and to the interpreter's lock in the Python module.
///
/// `confined! { static NAME: T = init; }` makes a `thread_local!` for Rust programs. With the feature
/// `python` it makes one plain static instead: there every access happens with the interpreter's
/// lock held, and a thread-local look-up would cost more than a recorded addition's bookkeeping.
macro_rules! confined {
    ($(#[$meta:meta])* $vis:vis static $name:ident: $ty:ty = $init:expr;) => {
        #[cfg(not(feature = "python"))]
        std::thread_local! { $(#[$meta])* $vis static $name: $ty = const { $init }; }
        #[cfg(feature = "python")]
        $(#[$meta])* $vis static $name: $crate::buffers::Locked<$ty> = $crate::buffers::Locked::new($init);
    };
}
pub(crate) use confined;

/// A static that is touched only with the interpreter's lock held (see `confined!`).
#[cfg(feature = "python")]
pub struct Locked<T>(T);

// SAFETY: with the feature `python` the crate exports the module and nothing else, every entry point
// of the module holds the interpreter's lock, and the module declares that it needs it.
#[cfg(feature = "python")]
unsafe impl<T> Sync for Locked<T> {}

#[cfg(feature = "python")]
impl<T> Locked<T> {
    pub(crate) const fn new(value: T) -> Self {
        Locked(value)
    }
    /// Runs `f` on the value.
    #[inline(always)]
    pub fn with<R>(&'static self, f: impl FnOnce(&T) -> R) -> R {
        f(&self.0)
    }
    /// As `LocalKey::try_with`: this static never ends.
    #[inline(always)]
    pub fn try_with<R>(&'static self, f: impl FnOnce(&T) -> R) -> Result<R, std::convert::Infallible> {
        Ok(f(&self.0))
    }
}

struct Pool {
    free: [Cell<*mut u8>; CLASSES],
    cached: Cell<usize>,
    held: Cell<usize>,
    limit: Cell<usize>,
}

confined! {
    static POOL: Pool = Pool {
        free: [const { Cell::new(ptr::null_mut()) }; CLASSES],
        cached: Cell::new(0),
        held: Cell::new(0),
        limit: Cell::new(LIMIT),
    };
}

/// The class that holds `bytes`, and that class's size.
#[inline]
fn class_of(bytes: usize) -> Option<(usize, usize)> {
    if bytes <= 64 {
        return Some((0, 64));
    }
    if bytes > isize::MAX as usize / 2 {
        return None;
    }
    let power = (usize::BITS - 1 - (bytes - 1).leading_zeros()) as usize;
    let step = 1usize << (power - 2);
    let steps = (bytes - (1 << power)).div_ceil(step);
    let size = ((1 << power) + steps * step + ALIGN - 1) & !(ALIGN - 1);
    Some(((power - 6) * STEPS + steps, size))
}

/// A block of memory, at least as large as was asked, 64-byte aligned and always initialised.
#[derive(Debug)]
pub struct Block {
    ptr: NonNull<u8>,
    bytes: usize,
}

// SAFETY: a block owns its memory alone and has no tie to the thread that made it: dropping it
// elsewhere puts it into that thread's lists, and all of them come from the one system allocator.
unsafe impl Send for Block {}
// SAFETY: a shared block hands out an address and no reference; who writes through it answers for it.
unsafe impl Sync for Block {}

/// From how many bytes on a block asks for huge pages: a fault for each two megabytes instead of each four thousand
/// bytes, and no walks through tables of pages for a kernel that streams.
const HUGE: usize = 4 << 20;

/// Asks for huge pages, before the first touch of the memory. A system that has none to give says so, and nothing is lost.
#[cold]
fn advise(ptr: NonNull<u8>, size: usize) {
    #[cfg(target_os = "linux")]
    {
        // The call takes whole pages; what lies before the first boundary stays as it is.
        const PAGE: usize = 4096;
        let skipped = ptr.as_ptr().align_offset(PAGE);
        if let Some(length) = size.checked_sub(skipped) {
            // SAFETY: the range lies within the block; the advice changes no byte.
            unsafe { libc::madvise(ptr.as_ptr().add(skipped).cast(), length & !(PAGE - 1), libc::MADV_HUGEPAGE) };
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (ptr, size);
}

impl Block {
    /// A block of at least `bytes` bytes. What it holds is unspecified but initialised.
    pub fn new(bytes: usize) -> Result<Block, OutOfMemory> {
        let (class, size) = class_of(bytes).ok_or(OutOfMemory(bytes))?;
        let kept = POOL.try_with(|pool| {
            let head = pool.free[class].get();
            if !head.is_null() {
                // SAFETY: a block in a free list holds the next one's address in its first bytes.
                pool.free[class].set(unsafe { head.cast::<*mut u8>().read() });
                pool.cached.set(pool.cached.get() - size);
            }
            head
        });
        if let Some(ptr) = kept.ok().and_then(NonNull::new) {
            return Ok(Block { ptr, bytes });
        }
        let layout = Layout::from_size_align(size, ALIGN).map_err(|_| OutOfMemory(bytes))?;
        // Zeroed although nobody asks for zeros: reading bytes that nobody wrote would be undefined.
        let ptr = if size < HUGE {
            // SAFETY: the layout's size is at least 64.
            NonNull::new(unsafe { alloc_zeroed(layout) }).ok_or(OutOfMemory(bytes))?
        } else {
            // SAFETY: as above.
            let ptr = NonNull::new(unsafe { alloc(layout) }).ok_or(OutOfMemory(bytes))?;
            advise(ptr, size);
            // SAFETY: `size` bytes were just allocated there.
            unsafe { ptr.write_bytes(0, size) };
            ptr
        };
        let _ = POOL.try_with(|pool| pool.held.set(pool.held.get() + size));
        Ok(Block { ptr, bytes })
    }

    /// Its first byte.
    #[inline(always)]
    pub fn ptr(&self) -> *mut u8 {
        self.ptr.as_ptr()
    }

    /// The bytes that were asked for.
    #[inline(always)]
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        let Some((class, size)) = class_of(self.bytes) else { return };
        let kept = POOL.try_with(|pool| {
            // One block may not take the place of all others.
            if size > pool.limit.get() / 4 || pool.cached.get() + size > pool.limit.get() {
                pool.held.set(pool.held.get().saturating_sub(size));
                return false;
            }
            // SAFETY: the block is ours, at least 64 bytes long and aligned; nobody reads it any more.
            unsafe { self.ptr.as_ptr().cast::<*mut u8>().write(pool.free[class].get()) };
            pool.free[class].set(self.ptr.as_ptr());
            pool.cached.set(pool.cached.get() + size);
            true
        });
        if !kept.unwrap_or(false) {
            // SAFETY: allocated with this very layout: `class_of` is a function of `bytes` alone.
            unsafe { dealloc(self.ptr.as_ptr(), Layout::from_size_align_unchecked(size, ALIGN)) };
        }
    }
}

/// Bytes that wait in this thread's free lists, and bytes it took from the system and still holds.
pub fn usage() -> (usize, usize) {
    POOL.with(|pool| (pool.cached.get(), pool.held.get()))
}

/// How many bytes wait in this thread's free lists at most; larger blocks than a quarter of it are never kept.
pub fn limit() -> usize {
    POOL.with(|pool| pool.limit.get())
}

/// Lets so many bytes wait in this thread's free lists at most. What waits beyond that goes back to the system at once.
pub fn set_limit(bytes: usize) {
    POOL.with(|pool| {
        pool.limit.set(bytes);
        if pool.cached.get() > bytes {
            pool.release();
        }
    });
}

/// Gives every waiting block back to the system; returns the bytes given back.
pub fn release_cached() -> usize {
    POOL.with(|pool| pool.release())
}

impl Pool {
    fn release(&self) -> usize {
        let before = self.cached.get();
        for (class, head) in self.free.iter().enumerate() {
            let (power, steps) = (class / STEPS + 6, class % STEPS);
            let mut at = head.replace(ptr::null_mut());
            while !at.is_null() {
                let exact = if class == 0 { 64 } else { (1usize << power) + steps * (1 << (power - 2)) };
                let size = (exact + ALIGN - 1) & !(ALIGN - 1);
                // SAFETY: as in `Block::new` and `Block::drop`; the class fixes the size.
                unsafe {
                    let next = at.cast::<*mut u8>().read();
                    dealloc(at, Layout::from_size_align_unchecked(size, ALIGN));
                    at = next;
                }
                self.cached.set(self.cached.get() - size);
                self.held.set(self.held.get().saturating_sub(size));
            }
        }
        before
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.release();
    }
}

/// A vector whose memory comes from the blocks: growing it in a steady loop reaches no allocator.
pub struct PoolVec<T> {
    block: Option<Block>,
    len: usize,
    owns: std::marker::PhantomData<T>,
}

impl<T> PoolVec<T> {
    /// An empty vector, without memory yet.
    pub const fn new() -> Self {
        assert!(align_of::<T>() <= ALIGN);
        PoolVec { block: None, len: 0, owns: std::marker::PhantomData }
    }

    fn capacity(&self) -> usize {
        self.block.as_ref().map_or(0, |b| b.bytes() / size_of::<T>().max(1))
    }

    fn base(&self) -> *mut T {
        self.block.as_ref().map_or(NonNull::dangling().as_ptr(), |b| b.ptr().cast())
    }

    /// Makes room for `more` elements.
    pub fn reserve(&mut self, more: usize) -> Result<(), OutOfMemory> {
        let wanted = self.len.checked_add(more).ok_or(OutOfMemory(usize::MAX))?;
        if wanted > self.capacity() {
            let room = wanted.max(2 * self.capacity()).max(8);
            let bytes = room.checked_mul(size_of::<T>().max(1)).ok_or(OutOfMemory(usize::MAX))?;
            let block = Block::new(bytes)?;
            // SAFETY: both blocks hold at least `len` elements and are distinct; the old ones are
            // moved, not dropped, since dropping a `Block` drops no elements.
            unsafe { ptr::copy_nonoverlapping(self.base(), block.ptr().cast::<T>(), self.len) };
            self.block = Some(block);
        }
        Ok(())
    }

    /// Appends one element.
    #[inline]
    pub fn push(&mut self, value: T) -> Result<(), OutOfMemory> {
        self.reserve(1)?;
        // SAFETY: `reserve` made room for it.
        unsafe { self.base().add(self.len).write(value) };
        self.len += 1;
        Ok(())
    }

    /// A vector of what `items` gives.
    pub fn of(items: impl IntoIterator<Item = T>) -> Result<Self, OutOfMemory> {
        let mut all = Self::new();
        for item in items {
            all.push(item)?;
        }
        Ok(all)
    }

    /// Takes the last element.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        if self.len == 0 {
            return None;
        }
        self.len -= 1;
        // SAFETY: it was initialised, and the length no longer covers it.
        Some(unsafe { self.base().add(self.len).read() })
    }

    /// Drops every element; the memory stays.
    pub fn clear(&mut self) {
        while self.pop().is_some() {}
    }
}

impl<T: Copy> PoolVec<T> {
    /// A copy of `from`.
    pub fn from_slice(from: &[T]) -> Result<Self, OutOfMemory> {
        let mut to = Self::new();
        to.reserve(from.len())?;
        for &x in from {
            to.push(x)?;
        }
        Ok(to)
    }
}

impl<T> Default for PoolVec<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Deref for PoolVec<T> {
    type Target = [T];
    #[inline(always)]
    fn deref(&self) -> &[T] {
        // SAFETY: the first `len` elements are initialised, and `&self` keeps them in place.
        unsafe { std::slice::from_raw_parts(self.base(), self.len) }
    }
}

impl<T> DerefMut for PoolVec<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as `deref`, and `&mut self` makes it the only path to them.
        unsafe { std::slice::from_raw_parts_mut(self.base(), self.len) }
    }
}

impl<T> Drop for PoolVec<T> {
    // Inlined: most of these are empty when they go.
    #[inline(always)]
    fn drop(&mut self) {
        if self.len != 0 {
            self.clear();
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for PoolVec<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.deref().fmt(f)
    }
}

/// A list whose first `N` elements lie inline: a node of an ordinary operator needs no memory for its lists.
pub struct List<T, const N: usize> {
    /// The first `taken` are initialised.
    inline: [MaybeUninit<T>; N],
    taken: usize,
    /// Those after the first `N`; without elements while `taken` is less than `N`.
    more: ManuallyDrop<PoolVec<T>>,
}

impl<T, const N: usize> List<T, N> {
    /// No elements.
    #[inline(always)]
    pub const fn new() -> Self {
        List { inline: [const { MaybeUninit::uninit() }; N], taken: 0, more: ManuallyDrop::new(PoolVec::new()) }
    }

    /// Appends one.
    #[inline(always)]
    pub fn push(&mut self, value: T) -> Result<(), OutOfMemory> {
        self.push_with(|| value)
    }

    /// Appends what `make` gives, which is written where it will lie: what is moved there is written and read in
    /// pieces of different widths, and that stalls a processor.
    #[inline(always)]
    pub fn push_with(&mut self, make: impl FnOnce() -> T) -> Result<(), OutOfMemory> {
        match self.inline.get_mut(self.taken) {
            Some(slot) => {
                slot.write(make());
                self.taken += 1;
                Ok(())
            }
            None => self.push_further(make()),
        }
    }

    #[cold]
    fn push_further(&mut self, value: T) -> Result<(), OutOfMemory> {
        self.more.push(value)
    }

    /// Drops all of them.
    #[inline(always)]
    pub fn clear(&mut self) {
        let taken = std::mem::replace(&mut self.taken, 0);
        for slot in &mut self.inline[..taken] {
            // SAFETY: the first `taken` were initialised, and none of them counts any more.
            unsafe { slot.assume_init_drop() };
        }
        if !self.more.is_empty() {
            self.more.clear();
        }
    }

    /// Drops all of them, and gives back what memory there was for those that do not lie inline.
    #[inline(always)]
    pub fn retire(&mut self) {
        self.clear();
        if self.more.block.is_some() {
            self.give_back();
        }
    }

    #[inline(never)]
    fn give_back(&mut self) {
        *self.more = PoolVec::new();
    }

    /// How many there are.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.taken + self.more.len()
    }

    /// Whether there are none.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.taken == 0
    }

    #[inline(always)]
    fn first(&self) -> &[T] {
        // SAFETY: the first `taken`, at most N, are initialised; a `MaybeUninit` lies as what it holds.
        unsafe { std::slice::from_raw_parts(self.inline.as_ptr().cast(), self.taken) }
    }

    /// The one at `i`.
    #[inline(always)]
    pub fn get(&self, i: usize) -> Option<&T> {
        if i < N { self.first().get(i) } else { self.further(i - N) }
    }

    #[cold]
    fn further(&self, i: usize) -> Option<&T> {
        self.more.get(i)
    }

    /// All of them, in order.
    #[inline(always)]
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.first().iter().chain(self.more.iter())
    }
}

impl<T, const N: usize> Default for List<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, const N: usize> Drop for List<T, N> {
    #[inline(always)]
    fn drop(&mut self) {
        self.retire();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_drops_each_element_once_wherever_it_lies() {
        let counted = std::rc::Rc::new(());
        let mut list = List::<_, 2>::new();
        assert!(list.is_empty() && list.get(0).is_none());
        for n in 1..=5 {
            list.push(counted.clone()).unwrap();
            assert_eq!((list.len(), list.iter().count(), std::rc::Rc::strong_count(&counted)), (n, n, n + 1));
        }
        assert!(list.get(1).is_some() && list.get(4).is_some() && list.get(5).is_none());
        list.clear();
        assert_eq!((list.len(), std::rc::Rc::strong_count(&counted)), (0, 1));
        list.push(counted.clone()).unwrap();
        drop(list);
        assert_eq!(std::rc::Rc::strong_count(&counted), 1);
    }

    #[test]
    fn a_class_holds_what_was_asked_and_its_size_depends_on_the_class_alone() {
        for bytes in (1..5000).chain([1 << 20, (1 << 20) + 1, 3_000_001]) {
            let (class, size) = class_of(bytes).unwrap();
            assert!(size >= bytes && size.is_multiple_of(ALIGN), "{bytes} -> {size}");
            assert_eq!(class_of(size).unwrap().1, size);
            assert!(class < CLASSES);
        }
        assert!(class_of(usize::MAX).is_none());
    }

    #[test]
    fn a_freed_block_is_the_next_one_of_its_class() {
        let a = Block::new(1000).unwrap();
        let address = a.ptr();
        drop(a);
        let b = Block::new(1010).unwrap();
        assert_eq!(b.ptr(), address);
        drop(b);
        assert!(release_cached() >= 1010);
        assert_eq!(usage().0, 0);
    }

    #[test]
    fn a_size_that_cannot_be_had_is_an_error() {
        assert!(Block::new(usize::MAX - 5).is_err());
        assert!(Block::new(1 << 61).is_err());
    }

    #[test]
    fn a_vector_drops_each_element_once() {
        let token = std::rc::Rc::new(());
        let mut v = PoolVec::new();
        for _ in 0..100 {
            v.push(token.clone()).unwrap();
        }
        v.pop();
        assert_eq!(std::rc::Rc::strong_count(&token), 100);
        drop(v);
        assert_eq!(std::rc::Rc::strong_count(&token), 1);
    }
}
