//! Long kernels run apart from the host's lock, so that its other threads go on meanwhile.
//!
//! Whoever runs one apart must have taken along what it reads: another thread may show something else through the same
//! tensors, write over their elements (as with torch, who reads them then may see either), or end the process. The
//! storages stay, because what was taken along counts them, and the blocks that they give up meanwhile wait
//! (`storage.rs`). Their addresses are taken before, with the lock held: a storage's cells are nobody's without it. A
//! result is written apart only while nobody else can have it, and recorded before: what a node keeps is what there was
//! when the operator was called. Nothing that others reach may be borrowed.
//!
//! Kernels keep the lock within a sweep: its frame, and what it borrows of nodes, are its thread's alone.

use super::host::host;
use super::mode;
use crate::buffers::confined;
use crate::kernels::workers::{self, Apart};
use crate::storage;
use std::cell::Cell;

confined! {
    /// How many sweeps run, those of threads that wait among them.
    static SWEEPS: Cell<u32> = Cell::new(0);
}

/// Keeps kernels from running apart while it lives.
pub struct Together;

impl Together {
    /// The sweep that begins, and how many run already.
    pub fn enter() -> (Together, u32) {
        SWEEPS.with(|sweeps| (Together, sweeps.replace(sweeps.get() + 1)))
    }
}

impl Drop for Together {
    fn drop(&mut self) {
        SWEEPS.with(|sweeps| sweeps.set(sweeps.get() - 1));
    }
}

/// Whether a kernel over `n` elements should run apart.
#[inline(always)]
pub fn is_worth_it(n: i64) -> bool {
    #[cold]
    fn may() -> bool {
        // A tangent is computed from the result, by operators of their own: after it, of what the operands are then. In
        // anomaly mode recording runs the host's code, which may take from a storage the bytes whose address was taken.
        let kept = mode::bits::FORWARD | mode::bits::ANOMALY;
        host().is_some() && SWEEPS.with(Cell::get) == 0 && mode::mode() & kept == 0
    }
    n >= workers::LONG as i64 && may()
}

/// Runs a kernel, `apart` or not.
#[inline(always)]
pub fn run_if<R>(apart: bool, kernel: impl FnOnce() -> R) -> R {
    if apart { run(kernel) } else { kernel() }
}

/// Runs a kernel apart from the host's lock, where there is one and it lets go.
///
/// # Panics
/// Where the kernel does, with the lock held again.
#[cold]
pub fn run<R>(kernel: impl FnOnce() -> R) -> R {
    let Some(host) = host() else { return kernel() };
    let (mut kernel, mut done) = (Some(kernel), None);
    let apart = Apart::enter();
    (host.unlocked)(&mut || done = kernel.take().map(|kernel| kernel()));
    drop(apart);
    storage::release_retired();
    done.expect("the host ran the kernel")
}
