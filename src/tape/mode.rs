//! What a thread is doing: whether it records, and whether an operator must take the slow way.

use crate::error::Result;
use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};

/// Bits of a thread's mode. `NO_GRAD` is not among those that send an operator into the funnel, or
/// every optimiser step would be slow.
pub mod bits {
    /// Operators are not recorded.
    pub const NO_GRAD: u32 = 1;
    /// A forward-mode level is open.
    pub const FORWARD: u32 = 2;
    /// Nodes note where they were recorded, and sweeps look for nan.
    pub const ANOMALY: u32 = 4;
    /// Anomaly mode looks for nan.
    pub const CHECK_NAN: u32 = 8;
    /// Nothing is recorded, whatever `NO_GRAD` says, and new tensors are inference tensors.
    pub const INFERENCE: u32 = 16;
    /// Either way not to record.
    pub const UNRECORDED: u32 = NO_GRAD | INFERENCE;
}

/// How many threads are in inference mode: that none is can be told without asking for the thread's bits.
static INFERRING: AtomicU32 = AtomicU32::new(0);

/// Whether tensors made now are inference tensors.
#[inline(always)]
pub fn is_inference() -> bool {
    #[cold]
    fn of_this_thread() -> bool {
        mode() & bits::INFERENCE != 0
    }
    INFERRING.load(Ordering::Relaxed) != 0 && of_this_thread()
}

/// Enters or leaves inference mode; returns whether it was on.
pub fn set_inference(on: bool) -> bool {
    let before = set(bits::INFERENCE, on);
    match (before, on) {
        (false, true) => INFERRING.fetch_add(1, Ordering::Relaxed),
        (true, false) => INFERRING.fetch_sub(1, Ordering::Relaxed),
        _ => 0,
    };
    before
}

thread_local! {
    // Really a thread's own in the Python module too: no_grad in one thread leaves others alone.
    static MODE: Cell<u32> = const { Cell::new(0) };
    static LEVEL: Cell<u64> = const { Cell::new(0) };
}

/// The number of the forward-mode level that is open; 0 for none. No two levels share one.
#[inline]
pub fn level() -> u64 {
    LEVEL.get()
}

/// Says which level is open.
pub fn set_level(level: u64) {
    LEVEL.set(level);
    set(bits::FORWARD, level != 0);
}

/// The calling thread's bits.
#[inline(always)]
pub fn mode() -> u32 {
    MODE.with(Cell::get)
}

/// Whether operators are recorded.
#[inline(always)]
pub fn is_grad_enabled() -> bool {
    mode() & bits::UNRECORDED == 0
}

/// Whether `no_grad` or a sweep has switched recording off and no forward-mode level is open: a value is all
/// that an operator owes then, so that it may be written where it goes.
#[inline(always)]
pub fn wants_values_alone() -> bool {
    owes_values_alone(mode())
}

/// The same of bits that were asked for.
#[inline(always)]
pub fn owes_values_alone(mode: u32) -> bool {
    mode & (bits::FORWARD | bits::NO_GRAD) == bits::NO_GRAD
}

/// Switches `bit` on or off; returns whether it was on.
pub fn set(bit: u32, on: bool) -> bool {
    MODE.with(|mode| {
        let before = mode.get();
        mode.set(if on { before | bit } else { before & !bit });
        before & bit != 0
    })
}

/// Runs `f` with `bit` off.
pub fn paused<R>(bit: u32, f: impl FnOnce() -> R) -> R {
    struct Restore(u32, bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            set(self.0, self.1);
        }
    }
    let _restore = Restore(bit, set(bit, false));
    f()
}

/// Switches recording on or off; returns whether it was on.
pub fn set_grad_enabled(on: bool) -> bool {
    !set(bits::NO_GRAD, !on)
}

/// Recording is as asked while this lives, and as before afterwards.
pub struct GradMode(bool);

impl GradMode {
    /// Sets whether operators are recorded.
    pub fn new(on: bool) -> Self {
        GradMode(set_grad_enabled(on))
    }
}

impl Drop for GradMode {
    fn drop(&mut self) {
        set_grad_enabled(self.0);
    }
}

/// Runs `f` without recording, as torch's `no_grad`.
pub fn no_grad<R>(f: impl FnOnce() -> R) -> R {
    let _mode = GradMode::new(false);
    f()
}

/// Runs `f` with nothing recorded and no tangent made, whatever the mode.
pub fn unrecorded<R>(f: impl FnOnce() -> Result<R>) -> Result<R> {
    no_grad(|| paused(bits::FORWARD, f))
}

/// Runs `f` with recording on, as torch's `enable_grad`.
pub fn enable_grad<R>(f: impl FnOnce() -> R) -> R {
    let _mode = GradMode::new(true);
    f()
}
