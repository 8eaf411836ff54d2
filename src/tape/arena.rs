//! Slabs of records with stable addresses, and the counted reference to one.
//!
//! A record (tensor, node, storage, version cell, side record) lives in its slab's chunk until the
//! last [`Ref`] to it goes. Counts are plain integers: records never cross threads. Chunks are kept
//! for the thread's life (a slab shrinks never: its peak is the largest graph that was alive).
//!
//! A record that nobody refers to is blank, and whole: who takes it changes what it needs and nothing else. To build
//! one anew and to move it there costs as much as the sum of four numbers.
//!
//! Releasing is iterative: a release that happens while another runs only joins the queue, whose
//! links lie in the records themselves. So a chain of ten million nodes is dropped on a small stack,
//! and dropping reaches no allocator.

use crate::buffers::{Block, OutOfMemory, confined};
use std::cell::{Cell, RefCell};
use std::ops::Deref;
use std::ptr::{self, NonNull};

/// What lies in a slab while nobody uses it.
pub trait Blank: Sized + 'static {
    /// One that owns nothing: it may be overwritten without being dropped.
    fn blank() -> Self;
    /// Makes it blank again. What it held is let go of.
    #[inline(always)]
    fn retire(&mut self) {
        *self = Self::blank();
    }
}

/// What can live in a slab.
pub trait Record: Blank {
    /// Whether dropping one releases no other record: then it need not wait for the release that runs.
    const IS_END: bool = false;
    /// Runs `f` on this thread's slab; `None` when the thread is ending and the slab is gone.
    fn with_slab<R>(f: impl FnOnce(&Slab<Self>) -> R) -> Option<R>;
    /// The count has risen from one to two.
    #[inline(always)]
    fn became_shared(&self) {}
    /// The count has fallen from two to one.
    #[inline(always)]
    fn became_single(&self) {}
}

struct Header {
    count: Cell<u32>,
    /// Rises with every release, so that a [`Weak`] knows a dead record from its successor.
    generation: Cell<u32>,
    /// Of the slab's free list, or of the queue of releases.
    next: Cell<*const Header>,
    release: unsafe fn(*const Header),
}

#[repr(C, align(64))]
struct Entry<T> {
    header: Header,
    value: T,
}

/// A counted reference to a record.
#[repr(transparent)]
pub struct Ref<T: Record>(NonNull<Entry<T>>);

impl<T: Record> Ref<T> {
    #[inline(always)]
    fn count_cell(&self) -> &Cell<u32> {
        // SAFETY: this reference counts, so the entry is alive; its header is only reached by cells.
        unsafe { &(*self.0.as_ptr()).header.count }
    }

    /// How many references there are.
    #[inline(always)]
    pub fn count(&self) -> u32 {
        self.count_cell().get()
    }

    /// Whether both name one record.
    #[inline(always)]
    pub fn same(&self, other: &Ref<T>) -> bool {
        self.0 == other.0
    }

    /// The record's address: an identity for as long as it lives.
    #[inline(always)]
    pub fn address(&self) -> usize {
        self.0.as_ptr() as usize
    }
}

impl<T: Record> Clone for Ref<T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        let count = self.count();
        // A count that reached its end stays there: the record is then never released, which is safe.
        self.count_cell().set(count.saturating_add(1));
        if count == 1 {
            self.became_shared();
        }
        Ref(self.0)
    }
}

impl<T: Record> Deref for Ref<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: an entry's value is always whole; it is made blank after the last reference went, and changed through
        // cells only until then.
        unsafe { &(*self.0.as_ptr()).value }
    }
}

impl<T: Record> Drop for Ref<T> {
    #[inline(always)]
    fn drop(&mut self) {
        let count = self.count();
        if count == 1 {
            let header: *const Header = self.0.as_ptr().cast();
            if T::IS_END {
                self.count_cell().set(0);
                // SAFETY: the last reference is going.
                unsafe { release_entry::<T>(header) };
            } else {
                release(header);
            }
        } else if count != u32::MAX {
            self.count_cell().set(count - 1);
            if count == 2 {
                self.became_single();
            }
        }
    }
}

struct Queue {
    running: Cell<bool>,
    head: Cell<*const Header>,
}

confined! {
    static QUEUE: Queue = Queue { running: Cell::new(false), head: Cell::new(ptr::null()) };
}

/// Ends a record whose last reference goes: now, or after the release that is under way.
#[inline(never)]
fn release(header: *const Header) {
    // No count from now on: a `Weak` must not bring back a record that waits in the queue.
    // SAFETY: the last reference is going, so the header is ours alone.
    unsafe { (*header).count.set(0) };
    QUEUE.with(|queue| {
        if queue.running.get() {
            // SAFETY: the record is dead but not dropped: its header is ours alone.
            unsafe { (*header).next.set(queue.head.get()) };
            queue.head.set(header);
            return;
        }
        queue.running.set(true);
        let _done = Lower(&queue.running);
        let mut at = header;
        loop {
            // SAFETY: `at` has no references left, and each record passes here once.
            unsafe { ((*at).release)(at) };
            at = queue.head.get();
            if at.is_null() {
                break;
            }
            // SAFETY: as above: a queued record is alive until this loop releases it.
            queue.head.set(unsafe { (*at).next.get() });
        }
    });
}

/// Lowers a flag, after a panic too: else every later release would only queue.
struct Lower<'a>(&'a Cell<bool>);

impl Drop for Lower<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

/// Makes the record blank and returns it to its slab.
///
/// # Safety
/// `header` must head an `Entry<T>` that has no references.
unsafe fn release_entry<T: Record>(header: *const Header) {
    let entry = header.cast::<Entry<T>>().cast_mut();
    // SAFETY: the caller's promise. What the record lets go of in turn only joins the queue.
    unsafe { (*entry).value.retire() };
    T::with_slab(|slab| {
        // SAFETY: the entry came from this slab, and no reference names it any more.
        let header = unsafe { &(*entry).header };
        header.generation.set(header.generation.get().wrapping_add(1));
        header.next.set(slab.free.get().cast());
        slab.free.set(entry);
        slab.live.set(slab.live.get() - 1);
    });
}

/// The records of one type.
pub struct Slab<T> {
    free: Cell<*mut Entry<T>>,
    live: Cell<usize>,
    chunks: RefCell<Vec<Block>>,
}

impl<T: Record> Slab<T> {
    /// An empty slab.
    pub const fn new() -> Self {
        Slab { free: Cell::new(ptr::null_mut()), live: Cell::new(0), chunks: RefCell::new(Vec::new()) }
    }

    /// How many records are alive.
    pub fn live(&self) -> usize {
        self.live.get()
    }

    #[cold]
    fn grow(&self) -> Result<(), OutOfMemory> {
        let mut chunks = self.chunks.borrow_mut();
        // Chunks double up to 1 MiB, so that a small program stays small.
        let entries = (16usize << chunks.len().min(12)).min((1 << 20) / size_of::<Entry<T>>()).max(8);
        let bytes = entries * size_of::<Entry<T>>();
        chunks.try_reserve(1).map_err(|_| OutOfMemory(bytes))?;
        let block = Block::new(bytes)?;
        let base = block.ptr().cast::<Entry<T>>();
        for i in (0..entries).rev() {
            let header = Header {
                count: Cell::new(0),
                generation: Cell::new(0),
                next: Cell::new(self.free.get().cast()),
                release: release_entry::<T>,
            };
            // SAFETY: the block holds `entries` entries and is aligned to 64 bytes, as they are.
            unsafe {
                let entry = base.add(i);
                entry.write(Entry { header, value: T::blank() });
                self.free.set(entry);
            }
        }
        chunks.push(block);
        Ok(())
    }

    /// Takes a blank record.
    #[inline(always)]
    fn take(&self) -> Result<Ref<T>, OutOfMemory> {
        if self.free.get().is_null() {
            self.grow()?;
        }
        let entry = self.free.get();
        // SAFETY: `entry` heads the free list: it is whole, and nobody uses it.
        unsafe {
            self.free.set((*entry).header.next.get().cast::<Entry<T>>().cast_mut());
            (*entry).header.count.set(1);
            self.live.set(self.live.get() + 1);
            Ok(Ref(NonNull::new_unchecked(entry)))
        }
    }
}

impl<T: Record> Default for Slab<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Drop for Slab<T> {
    fn drop(&mut self) {
        if self.live.get() > 0 {
            // A record in another thread-local outlives this slab: its memory has to stay.
            std::mem::forget(self.chunks.take());
        }
    }
}

#[inline(always)]
fn take<T: Record>() -> Result<Ref<T>, OutOfMemory> {
    T::with_slab(Slab::take).unwrap_or(Err(OutOfMemory(0)))
}

/// A new record with one reference.
#[inline]
pub fn insert<T: Record>(value: T) -> Result<Ref<T>, OutOfMemory> {
    let record = take::<T>()?;
    // SAFETY: the one reference to a blank record is ours, so nobody else can look at it; what is blank owns nothing.
    unsafe { ptr::addr_of_mut!((*record.0.as_ptr()).value).write(value) };
    Ok(record)
}

/// A new record with one reference: a blank one, of which `fill` changes what it will.
///
/// # Errors
/// What `fill` gives; the record is released then.
#[inline(always)]
pub fn place<T: Record, E: From<OutOfMemory>>(fill: impl FnOnce(&mut T) -> Result<(), E>) -> Result<Ref<T>, E> {
    let record = take::<T>()?;
    // SAFETY: the one reference to a blank record is ours, so nobody else can look at it.
    fill(unsafe { &mut (*record.0.as_ptr()).value })?;
    Ok(record)
}

/// A reference in a record: none while nobody uses that record.
pub struct Held<T: Record>(Option<Ref<T>>);

impl<T: Record> Held<T> {
    /// A blank record's.
    pub const NONE: Self = Held(None);

    /// A used record's.
    #[inline(always)]
    pub fn new(r: Ref<T>) -> Self {
        Held(Some(r))
    }
}

impl<T: Record> Deref for Held<T> {
    type Target = Ref<T>;
    #[inline(always)]
    fn deref(&self) -> &Ref<T> {
        match &self.0 {
            Some(r) => r,
            None => blank_used(),
        }
    }
}

#[cold]
fn blank_used() -> ! {
    panic!("a blank record is used")
}

/// A reference as a bare number, for a holder that counts by hand (a Python handle).
pub fn into_raw<T: Record>(r: Ref<T>) -> usize {
    let address = r.address();
    std::mem::forget(r);
    address
}

/// A place in a record that holds a reference or nothing, and changes while others look.
#[repr(transparent)]
pub struct Link<T: Record>(Cell<*mut Entry<T>>);

impl<T: Record> Link<T> {
    /// An empty place.
    pub const fn none() -> Self {
        Link(Cell::new(ptr::null_mut()))
    }

    /// A place that holds `r`.
    pub fn some(r: Ref<T>) -> Self {
        let link = Self::none();
        link.set(Some(r));
        link
    }

    /// What it holds, without counting.
    ///
    /// # Safety
    /// Nothing may write the place for as long as the borrow is used.
    #[cfg(feature = "python")]
    pub unsafe fn peek(&self) -> Option<&Ref<T>> {
        const { assert!(size_of::<Link<T>>() == size_of::<Option<Ref<T>>>()) };
        // SAFETY: the cell holds null or the pointer that a `Ref` is made of, and both are transparent; the rest is
        // the caller's promise.
        unsafe { &*self.0.as_ptr().cast::<Option<Ref<T>>>() }.as_ref()
    }

    /// Whether it holds one.
    #[inline(always)]
    pub fn is_some(&self) -> bool {
        !self.0.get().is_null()
    }

    /// Another reference to what it holds.
    #[inline(always)]
    pub fn get(&self) -> Option<Ref<T>> {
        NonNull::new(self.0.get()).map(|p| {
            // SAFETY: the place counts what it holds; the borrowed view is forgotten, not dropped.
            let held = std::mem::ManuallyDrop::new(Ref(p));
            Ref::clone(&held)
        })
    }

    /// Replaces what it holds.
    #[inline(always)]
    pub fn set(&self, r: Option<Ref<T>>) {
        drop(self.replace(r));
    }

    /// Takes out what it holds.
    #[inline(always)]
    pub fn take(&self) -> Option<Ref<T>> {
        self.replace(None)
    }

    /// Drops what it holds.
    #[inline(always)]
    pub fn clear(&self) {
        if self.is_some() {
            self.clear_full();
        }
    }

    #[inline(never)]
    fn clear_full(&self) {
        drop(self.replace(None));
    }

    #[inline(always)]
    fn replace(&self, r: Option<Ref<T>>) -> Option<Ref<T>> {
        let new = match r {
            Some(r) => into_raw(r) as *mut Entry<T>,
            None => ptr::null_mut(),
        };
        NonNull::new(self.0.replace(new)).map(Ref)
    }

    /// Whether it holds `r`.
    #[inline(always)]
    pub fn holds(&self, r: &Ref<T>) -> bool {
        ptr::eq(self.0.get(), r.0.as_ptr())
    }
}

impl<T: Record> Drop for Link<T> {
    #[inline(always)]
    fn drop(&mut self) {
        self.clear();
    }
}

/// A name for a record that does not keep it alive.
pub struct Weak<T: Record>(NonNull<Entry<T>>, u32);

impl<T: Record> Weak<T> {
    /// A name for `r`.
    pub fn new(r: &Ref<T>) -> Self {
        // SAFETY: `r` counts, so the entry is alive.
        Weak(r.0, unsafe { (*r.0.as_ptr()).header.generation.get() })
    }

    /// The record, if it is still alive.
    pub fn upgrade(&self) -> Option<Ref<T>> {
        // SAFETY: chunks stay for the thread's life and a name does not cross threads, so the header
        // can be read whether or not the record lives.
        let header = unsafe { &(*self.0.as_ptr()).header };
        (header.generation.get() == self.1 && header.count.get() > 0).then(|| {
            let held = std::mem::ManuallyDrop::new(Ref(self.0));
            Ref::clone(&held)
        })
    }
}

/// Borrows the record behind an address that [`into_raw`] gave, without counting.
///
/// # Safety
/// The reference that was turned into `address` must not have been taken back by [`from_raw`] for as
/// long as the borrow is used.
#[cfg(feature = "python")]
#[inline(always)]
pub unsafe fn borrow_raw<T: Record>(address: &usize) -> &Ref<T> {
    // SAFETY: `Ref` is a transparent pointer in layout (a single `NonNull`), as is the address.
    unsafe { &*(address as *const usize).cast::<Ref<T>>() }
}

/// Takes back a reference that [`into_raw`] gave.
///
/// # Safety
/// `address` must come from [`into_raw`] and be taken back once.
#[cfg(feature = "python")]
#[inline(always)]
pub unsafe fn from_raw<T: Record>(address: usize) -> Ref<T> {
    // SAFETY: the caller's promise.
    Ref(unsafe { NonNull::new_unchecked(address as *mut Entry<T>) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Chain {
        _next: Link<Chain>,
        dropped: Option<std::rc::Rc<Cell<usize>>>,
    }
    impl Default for Link<Chain> {
        fn default() -> Self {
            Link::none()
        }
    }
    impl Blank for Chain {
        fn blank() -> Self {
            Chain::default()
        }
    }
    thread_local! { static CHAINS: Slab<Chain> = const { Slab::new() }; }
    impl Record for Chain {
        fn with_slab<R>(f: impl FnOnce(&Slab<Self>) -> R) -> Option<R> {
            CHAINS.try_with(|s| f(s)).ok()
        }
    }
    impl Drop for Chain {
        fn drop(&mut self) {
            if let Some(dropped) = &self.dropped {
                dropped.set(dropped.get() + 1);
            }
        }
    }

    #[test]
    fn a_million_records_are_dropped_on_a_small_stack() {
        let run = || {
            let dropped = std::rc::Rc::new(Cell::new(0));
            let mut head: Option<Ref<Chain>> = None;
            for _ in 0..1_000_000 {
                let next = Link::none();
                next.set(head.take());
                head = Some(insert(Chain { _next: next, dropped: Some(dropped.clone()) }).unwrap());
            }
            drop(head);
            assert_eq!(dropped.get(), 1_000_000);
            assert_eq!(Chain::with_slab(|s| s.live()), Some(0));
        };
        std::thread::Builder::new().stack_size(64 << 10).spawn(run).unwrap().join().unwrap();
    }

    #[test]
    fn a_record_that_waits_to_be_dropped_cannot_be_brought_back() {
        type Seen = std::rc::Rc<Cell<Option<bool>>>;
        struct Outer {
            _inner: Link<Inner>,
            weak: Option<(Weak<Inner>, Seen)>,
        }
        struct Inner;
        impl Blank for Outer {
            fn blank() -> Self {
                Outer { _inner: Link::none(), weak: None }
            }
        }
        impl Blank for Inner {
            fn blank() -> Self {
                Inner
            }
        }
        thread_local! {
            static OUTERS: Slab<Outer> = const { Slab::new() };
            static INNERS: Slab<Inner> = const { Slab::new() };
        }
        impl Record for Outer {
            fn with_slab<R>(f: impl FnOnce(&Slab<Self>) -> R) -> Option<R> {
                OUTERS.try_with(|s| f(s)).ok()
            }
        }
        impl Record for Inner {
            fn with_slab<R>(f: impl FnOnce(&Slab<Self>) -> R) -> Option<R> {
                INNERS.try_with(|s| f(s)).ok()
            }
        }
        impl Drop for Outer {
            fn drop(&mut self) {
                // The last reference to the inner record goes: it joins the queue behind this very drop.
                self._inner.take();
                if let Some((weak, seen)) = &self.weak {
                    seen.set(Some(weak.upgrade().is_some()));
                }
            }
        }
        let seen = std::rc::Rc::new(Cell::new(None));
        let inner = insert(Inner).unwrap();
        let weak = Weak::new(&inner);
        drop(insert(Outer { _inner: Link::some(inner), weak: Some((weak, seen.clone())) }).unwrap());
        assert_eq!(seen.get(), Some(false));
    }

    #[test]
    fn a_count_follows_its_references_and_an_entry_is_used_again() {
        let dropped = std::rc::Rc::new(Cell::new(0));
        let make = || insert(Chain { _next: Link::none(), dropped: Some(dropped.clone()) }).unwrap();
        let a = make();
        let address = a.address();
        let b = a.clone();
        assert_eq!((a.count(), a.same(&b)), (2, true));
        drop(a);
        assert_eq!((b.count(), dropped.get()), (1, 0));
        drop(b);
        assert_eq!(dropped.get(), 1);
        assert_eq!(make().address(), address);
    }
}
