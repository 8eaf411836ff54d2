//! Bytes and who owns them.
//!
//! A storage hands out checked operands ([`Src`], [`Dst`]) and never a slice: NumPy and DLPack may
//! write the same bytes at any time. It does not know how it is counted (the tape does that), what
//! its bytes mean, or which tensors look at them.

use crate::buffers::{Block, OutOfMemory, PoolVec, confined};
use crate::dtype::{Compute, DType, Scalar};
use crate::kernels::map::{Few, Runs, immediate};
use crate::kernels::operand::{Dst, DstRun, Src};
use crate::kernels::workers::Apart;
use std::any::Any;
use std::cell::{Cell, RefCell, UnsafeCell};
use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::Arc;

/// Up to this many bytes lie in the record itself, so that a small tensor costs no second line.
pub const INLINE: usize = 64;

enum Owner {
    Inline,
    Block(Block),
    /// Shared with a `Data`: immutable there, so a write copies first.
    Shared(Arc<Block>),
    /// Somebody else's bytes; dropping the payload lets go of them.
    Foreign {
        _payload: Box<dyn Any>,
    },
}

confined! {
    /// What answered for bytes that a kernel may still read (see [`Storage::give_up`]).
    static RETIRED: RefCell<PoolVec<ManuallyDrop<Owner>>> = RefCell::new(PoolVec::new());
}

/// Lets go of the bytes that waited for kernels which run apart, where none runs any more.
pub fn release_retired() {
    if Apart::any() {
        return;
    }
    // One at a time, with nothing borrowed: somebody else's bytes are let go of by their code.
    while let Ok(Some(owner)) = RETIRED.try_with(|retired| retired.borrow_mut().pop()) {
        drop(ManuallyDrop::into_inner(owner));
    }
}

/// What a write has to know of the owner, where a look at it costs nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Ours alone.
    Own,
    /// Ours alone, and still to be set to 0 (see [`Storage::clear_later`]).
    Zeros,
    /// Shared with a `Data`.
    Shared,
    /// Somebody else's.
    Foreign,
}

impl Owner {
    #[inline(always)]
    fn kind(&self) -> Kind {
        match self {
            Owner::Inline | Owner::Block(_) => Kind::Own,
            Owner::Shared(_) => Kind::Shared,
            Owner::Foreign { .. } => Kind::Foreign,
        }
    }
}

/// The bytes that one or more tensors look at.
pub struct Storage {
    inline: UnsafeCell<[u64; INLINE / 8]>,
    /// Null while the bytes are inline, since the record's own address is not known before it is placed; and while they
    /// are still to be set to 0, so that everybody who wants their address meets that.
    ptr: Cell<*mut u8>,
    bytes: Cell<usize>,
    exports: Cell<u32>,
    /// Somebody was told the address, and may look there at any time.
    told: Cell<bool>,
    /// Which owner there is; changed with `owner`.
    kind: Cell<Kind>,
    owner: RefCell<Owner>,
}

impl Storage {
    /// A storage of `bytes` bytes, unspecified but initialised.
    #[inline]
    pub fn new(bytes: usize) -> Result<Storage, OutOfMemory> {
        if bytes <= INLINE {
            return Ok(Self::inline(bytes));
        }
        let block = Block::new(bytes)?;
        Ok(Self::with(block.ptr(), bytes, Owner::Block(block)))
    }

    /// A storage of at most [`INLINE`] bytes, all 0.
    pub fn inline(bytes: usize) -> Storage {
        Self::with(ptr::null_mut(), bytes.min(INLINE), Owner::Inline)
    }

    /// Makes one that holds nothing one of at most [`INLINE`] bytes, which are what they were.
    #[inline(always)]
    pub fn be_inline(&mut self, bytes: usize) {
        if !self.ptr.get().is_null() || self.kind.get() != Kind::Own {
            self.end();
        }
        self.bytes.set(bytes.min(INLINE));
    }

    /// Lets go of what it holds.
    #[inline(always)]
    pub fn end(&mut self) {
        self.bytes.set(0);
        self.exports.set(0);
        self.told.set(false);
        if !self.ptr.get().is_null() || self.kind.get() != Kind::Own {
            self.ptr.set(ptr::null_mut());
            self.hand_to(Owner::Inline);
        }
    }

    #[inline(always)]
    fn with(ptr: *mut u8, bytes: usize, owner: Owner) -> Storage {
        Storage {
            inline: UnsafeCell::new([0; INLINE / 8]),
            ptr: Cell::new(ptr),
            bytes: Cell::new(bytes),
            exports: Cell::new(0),
            told: Cell::new(false),
            kind: Cell::new(owner.kind()),
            owner: RefCell::new(owner),
        }
    }

    /// Makes `owner` answer for the bytes; returns who did.
    fn hand_to(&self, owner: Owner) -> Owner {
        self.kind.set(owner.kind());
        self.owner.replace(owner)
    }

    /// A storage over a block that a `Data` shares.
    pub fn from_shared(block: Arc<Block>) -> Storage {
        Self::with(block.ptr(), block.bytes(), Owner::Shared(block))
    }

    /// A storage over somebody else's bytes, let go of by dropping `payload`.
    ///
    /// # Safety
    /// `ptr` must be valid for reads and writes of `bytes` bytes until `payload` is dropped.
    pub unsafe fn foreign(ptr: *mut u8, bytes: usize, payload: Box<dyn Any>) -> Storage {
        Self::with(ptr, bytes, Owner::Foreign { _payload: payload })
    }

    /// The address of its first byte.
    #[inline(always)]
    pub fn ptr(&self) -> *mut u8 {
        let ptr = self.ptr.get();
        if !ptr.is_null() {
            return ptr;
        }
        if self.kind.get() == Kind::Zeros { self.clear() } else { self.inline.get().cast() }
    }

    /// The address of its first byte, for somebody who may keep it.
    pub fn tell(&self) -> *mut u8 {
        self.told.set(true);
        self.ptr()
    }

    /// Sets every byte to 0, but not before somebody asks where they are: who writes all of them ([`overwrite`]) spares
    /// it. False, with nothing done, where that would gain nothing, or where others may see the bytes.
    ///
    /// [`overwrite`]: Self::overwrite
    #[inline]
    pub fn clear_later(&self) -> bool {
        // A page: to clear fewer bytes costs no more than to remember it.
        const LEAST: usize = 4096;
        if self.bytes() < LEAST || !self.is_private() || self.told.get() {
            return false;
        }
        self.ptr.set(ptr::null_mut());
        self.kind.set(Kind::Zeros);
        true
    }

    /// Whether every byte is still to be set to 0.
    #[inline(always)]
    pub fn is_to_be_cleared(&self) -> bool {
        self.kind.get() == Kind::Zeros
    }

    /// Runs `f`, which writes every byte of a storage that is still to be set to 0, without doing so. Where it fails, it
    /// must have written none.
    pub fn overwrite<R, E>(&self, f: impl FnOnce() -> Result<R, E>) -> Result<R, E> {
        if !self.is_to_be_cleared() {
            return f();
        }
        self.unveil();
        let done = f();
        // Where others have come to see the bytes meanwhile, they see zeros at once.
        if done.is_err() && !self.clear_later() {
            self.clear();
        }
        done
    }

    /// Sets the bytes to 0 that are still to be; returns their address.
    #[cold]
    fn clear(&self) -> *mut u8 {
        let ptr = self.unveil();
        // SAFETY: the block holds `bytes` bytes, and nobody outside sees them.
        unsafe { ptr.write_bytes(0, self.bytes()) };
        ptr
    }

    /// Makes the block's bytes, whatever they are, those of the storage.
    fn unveil(&self) -> *mut u8 {
        self.kind.set(Kind::Own);
        if let Owner::Block(block) = &*self.owner.borrow() {
            self.ptr.set(block.ptr());
        }
        self.ptr()
    }

    /// Its length in bytes.
    #[inline(always)]
    pub fn bytes(&self) -> usize {
        self.bytes.get()
    }

    /// Notes that somebody outside looks at the bytes, until [`end_export`](Self::end_export).
    pub fn export(&self) {
        self.exports.set(self.exports.get().saturating_add(1));
    }

    /// Notes that somebody outside, of whom [`export`](Self::export) was told, looks at the bytes no more.
    pub fn end_export(&self) {
        // Where the count has once been full, nobody knows how many there are.
        if self.exports.get() != u32::MAX {
            self.exports.set(self.exports.get().saturating_sub(1));
        }
    }

    /// Whether nobody outside the library can see or own the bytes.
    #[inline(always)]
    pub fn is_private(&self) -> bool {
        self.exports.get() == 0 && matches!(self.kind.get(), Kind::Own | Kind::Zeros)
    }

    /// The bytes as a block that can be shared between threads, copied only where they are inline,
    /// foreign or exported.
    pub fn share(&self) -> Result<Arc<Block>, OutOfMemory> {
        if let Owner::Shared(block) = &*self.owner.borrow() {
            return Ok(block.clone());
        }
        self.ptr();
        if self.exports.get() == 0 && self.kind.get() == Kind::Own {
            match self.hand_to(Owner::Inline) {
                Owner::Block(block) => {
                    let block = Arc::new(block);
                    self.hand_to(Owner::Shared(block.clone()));
                    return Ok(block);
                }
                other => drop(self.hand_to(other)),
            }
        }
        let block = Block::new(self.bytes())?;
        // SAFETY: both are `bytes` long, and a fresh block overlaps nothing.
        unsafe { ptr::copy_nonoverlapping(self.ptr(), block.ptr(), self.bytes()) };
        Ok(Arc::new(block))
    }

    /// Makes the bytes ours alone before they are written, copying what a `Data` shares.
    #[inline(always)]
    pub fn make_writable(&self) -> Result<(), OutOfMemory> {
        if self.kind.get() == Kind::Shared { self.copy_shared() } else { Ok(()) }
    }

    /// Makes `owner` answer for other bytes than before. Those stay while a kernel runs apart that may read them.
    fn give_up(&self, owner: Owner) {
        let old = self.hand_to(owner);
        if Apart::any() {
            // Without memory for the list they stay for ever.
            let old = ManuallyDrop::new(old);
            let _ = RETIRED.try_with(|retired| retired.borrow_mut().push(old));
        }
    }

    #[cold]
    fn copy_shared(&self) -> Result<(), OutOfMemory> {
        let own = Block::new(self.bytes())?;
        // SAFETY: as in `share`.
        unsafe { ptr::copy_nonoverlapping(self.ptr(), own.ptr(), self.bytes()) };
        self.ptr.set(own.ptr());
        self.give_up(Owner::Block(own));
        Ok(())
    }

    /// Grows or shrinks to `bytes` bytes, keeping what fits. `false` where others look at the bytes.
    pub fn resize(&self, bytes: usize) -> Result<bool, OutOfMemory> {
        if bytes <= self.bytes() {
            return Ok(true);
        }
        if !self.is_private() {
            return Ok(false);
        }
        let block = Block::new(bytes.max(INLINE + 1))?;
        // SAFETY: the new block is longer than the old bytes, and fresh.
        unsafe { ptr::copy_nonoverlapping(self.ptr(), block.ptr(), self.bytes()) };
        self.ptr.set(block.ptr());
        self.bytes.set(bytes);
        self.give_up(Owner::Block(block));
        Ok(true)
    }

    /// An operand to read, or `None` where the layout leaves the storage.
    #[inline]
    pub fn src<'a>(&'a self, dtype: DType, shape: &'a [i64], strides: &'a [i64], offset: i64) -> Option<Src<'a>> {
        // SAFETY: the owner keeps `bytes` bytes at `ptr` valid for as long as the storage lives and has them. Who gives
        // them up (`resize`, `copy_shared`) runs on this thread, on which no kernel runs then, or on another with the
        // host's lock while kernels run apart: then they wait (`give_up`).
        unsafe { Src::new(self.ptr(), self.bytes(), dtype, shape, strides, offset) }
    }

    /// `n` elements in a run to write, or `None` where they leave the storage.
    ///
    /// The caller has called [`make_writable`](Self::make_writable), or just made the storage.
    #[inline(always)]
    pub fn dst_run(&self, dtype: DType, offset: i64, n: usize) -> Option<DstRun<'_>> {
        debug_assert!(self.kind.get() != Kind::Shared);
        // SAFETY: as `dst`.
        unsafe { DstRun::new(self.ptr(), self.bytes(), dtype, offset, n) }
    }

    /// Makes its elements from `offset` on operand `j` of a call (its first element for all, with `one`); false where
    /// they leave the storage.
    #[inline(always)]
    pub fn read_run<'a, const K: usize>(&'a self, runs: &mut Runs<'a, K>, j: usize, offset: i64, one: bool) -> bool {
        // SAFETY: as `src`.
        unsafe { runs.read(j, self.ptr(), self.bytes(), offset, one) }
    }

    /// As [`Storage::read_run`], for a call whose operands are converted from `dtype`.
    #[inline(always)]
    pub fn read_few<'a>(&'a self, few: &mut Few<'a>, j: usize, element: (DType, i64), one: bool) -> bool {
        // SAFETY: as `src`.
        unsafe { few.read(j, (self.ptr(), self.bytes()), element, one) }
    }

    /// Runs such a call, whose results go to the beginning of a storage that has just been made.
    #[inline(always)]
    pub fn write_few(&self, few: &mut Few<'_>, dtype: DType) -> bool {
        debug_assert!(self.kind.get() != Kind::Shared);
        // SAFETY: as `dst`.
        unsafe { few.write((self.ptr(), self.bytes()), dtype) }
    }

    /// Makes its elements from `offset` on the result of a call; false where they leave the storage.
    ///
    /// The caller has called [`make_writable`](Self::make_writable), or just made the storage.
    #[inline(always)]
    pub fn write_run<'a, const K: usize>(&'a self, runs: &mut Runs<'a, K>, offset: i64) -> bool {
        debug_assert!(self.kind.get() != Kind::Shared);
        // SAFETY: as `dst`.
        unsafe { runs.write(self.ptr(), self.bytes(), offset) }
    }

    /// An operand to write, or `None` where the layout leaves the storage.
    ///
    /// The caller has called [`make_writable`](Self::make_writable).
    #[inline]
    pub fn dst<'a>(&'a self, dtype: DType, shape: &'a [i64], strides: &'a [i64], offset: i64) -> Option<Dst<'a>> {
        debug_assert!(self.kind.get() != Kind::Shared);
        // SAFETY: as `src`; inline bytes are in an `UnsafeCell`, and no reference to them is made.
        unsafe { Dst::new(self.ptr(), self.bytes(), dtype, shape, strides, offset) }
    }
}

/// A number in the shape of an operand: its bytes lie in this value, and every stride is 0.
pub struct Immediate {
    bytes: [u64; 2],
    dtype: DType,
}

impl Immediate {
    /// `value` as kernels compute it in `compute`.
    #[inline]
    pub fn new(value: Scalar, compute: Compute) -> Self {
        Immediate { bytes: immediate(value, compute), dtype: DType::from_compute(compute) }
    }

    /// The number spread over `shape`.
    #[inline]
    pub fn src<'a>(&'a self, shape: &'a [i64]) -> Src<'a> {
        // SAFETY: the bytes live as long as `self`, hold a number of the widest type, and nobody writes them.
        unsafe { Src::number(self.bytes.as_ptr().cast(), self.dtype, shape) }
    }
}

/// Types whose values can be copied in and out of operands.
pub trait Element: Copy + Default + 'static {
    /// The element type it is.
    const DTYPE: DType;
}

macro_rules! elements {
    ($($ty:ty => $dtype:ident),*) => { $(impl Element for $ty { const DTYPE: DType = DType::$dtype; })* };
}
elements!(u8 => UInt8, i8 => Int8, i16 => Int16, i32 => Int32, i64 => Int64, f32 => Float32, f64 => Float64,
          half::f16 => Float16, half::bf16 => BFloat16, [f32; 2] => Complex64, [f64; 2] => Complex128);

/// The elements of a slice as an operand.
pub fn slice_src<'a, T: Element>(values: &'a [T], shape: &'a [i64], strides: &'a [i64]) -> Option<Src<'a>> {
    // SAFETY: the slice is borrowed for `'a`, so it stays and is not written.
    unsafe { Src::new(values.as_ptr().cast(), std::mem::size_of_val(values), T::DTYPE, shape, strides, 0) }
}

/// The elements of a slice as an operand to write.
pub fn slice_dst<'a, T: Element>(values: &'a mut [T], shape: &'a [i64], strides: &'a [i64]) -> Option<Dst<'a>> {
    // SAFETY: the slice is borrowed mutably for `'a`; every bit pattern is a value of these types.
    unsafe { Dst::new(values.as_mut_ptr().cast(), std::mem::size_of_val(values), T::DTYPE, shape, strides, 0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operand_outside_the_storage_is_refused() {
        for bytes in [16, 160] {
            let s = Storage::new(bytes).unwrap();
            let n = bytes as i64 / 4;
            assert!(s.src(DType::Float32, &[n], &[1], 0).is_some());
            assert!(s.src(DType::Float32, &[n], &[1], 1).is_none());
            assert!(s.src(DType::Float32, &[n], &[-1], 0).is_none());
            assert!(s.src(DType::Float32, &[n], &[-1], n - 1).is_some());
            assert!(s.src(DType::Float32, &[1 << 62, 0], &[1 << 62, 1], 1 << 60).is_some());
            assert!(s.src(DType::Float32, &[1 << 62], &[1 << 62], 0).is_none());
        }
    }

    #[test]
    fn a_write_to_shared_bytes_copies_them_first() {
        let s = Storage::new(100).unwrap();
        // SAFETY: 100 bytes at `ptr`, nobody else looks.
        unsafe { s.ptr().write(7) };
        let data = s.share().unwrap();
        assert_eq!(s.ptr(), data.ptr());
        s.make_writable().unwrap();
        assert_ne!(s.ptr(), data.ptr());
        // SAFETY: as above.
        assert_eq!(unsafe { s.ptr().read() }, 7);
    }

    #[test]
    fn zeros_are_written_when_somebody_looks_or_never() {
        let s = Storage::new(5000).unwrap();
        let all = |x: u8| {
            // SAFETY: 5000 bytes at `ptr`, nobody else looks.
            (0..5000).all(|i| unsafe { s.ptr().add(i).read() } == x)
        };
        let fill = |x: u8| {
            // SAFETY: as above.
            unsafe { s.ptr().write_bytes(x, 5000) };
            Ok::<(), ()>(())
        };
        fill(7).unwrap();
        assert!(s.clear_later() && s.is_to_be_cleared() && s.is_private());
        assert!(all(0) && !s.is_to_be_cleared());
        assert!(s.clear_later());
        s.overwrite(|| fill(9)).unwrap();
        assert!(all(9), "nothing was cleared after the write");
        assert!(s.clear_later());
        assert!(s.overwrite(|| Err::<(), ()>(())).is_err() && s.is_to_be_cleared());
        assert!(all(0));
        fill(3).unwrap();
        s.export();
        assert!(!s.clear_later() && all(3), "others see the bytes");
        s.end_export();
        assert!(s.clear_later());
        let data = s.share().unwrap();
        // SAFETY: a block of 5000 bytes.
        assert!((0..5000).all(|i| unsafe { data.ptr().add(i).read() } == 0));
        assert!(!s.clear_later(), "somebody shares them");
        assert!(!Storage::new(64).unwrap().clear_later(), "it would gain nothing");
    }

    #[test]
    fn bytes_that_a_kernel_may_read_stay_until_none_runs() {
        let s = Storage::new(1000).unwrap();
        let old = s.ptr();
        let apart = Apart::enter();
        assert!(s.resize(2000).unwrap());
        assert_ne!(s.ptr(), old);
        // It would be the next block of its class if it had been given back.
        let other = Storage::new(1000).unwrap();
        assert_ne!(other.ptr(), old);
        release_retired();
        assert_ne!(Storage::new(1000).unwrap().ptr(), old, "the kernel still runs");
        drop(apart);
        while Apart::any() {
            std::thread::yield_now(); // another test's
        }
        release_retired();
        assert_eq!(Storage::new(1000).unwrap().ptr(), old);
    }
}
