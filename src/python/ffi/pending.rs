//! What the tape asks of Python: the table of host functions, and the queue of references to drop.
//!
//! The tape counts without running Python: what it lets go of waits in its queue, and is dropped here
//! at the end of a slot and between the nodes of a sweep, when nothing is borrowed.

use super::object::{self, Handle};
use crate::error::Result;
use crate::kernels::workers::Apart;
use crate::python::{anomaly, errors};
use crate::tape::host::{self, Host};
use pyo3::{ffi, prelude::*};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How deep drops may nest. A `__del__` that is run by a drop runs slots, which drop in turn: were that
/// forbidden, a `__del__` that loops would pile up what it lets go of; were it unbounded, a chain of a
/// million `__del__`s would overflow the stack.
const MAX_DEPTH: u32 = 8;

thread_local! {
    // A thread's own: a `__del__` that waits in one thread must not stop the others' drops.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Registers Python with the tape.
pub fn register() {
    host::register(Host {
        retain,
        release,
        trace: anomaly::trace,
        warn_anomaly: anomaly::warn,
        check_signals,
        warn,
        unlocked,
        drain,
    });
}

/// The process ends: what runs from now on keeps the lock, since who asks for it later than that never returns.
static ENDING: AtomicBool = AtomicBool::new(false);
/// Who has not asked for the lock again by now shall not do so any more.
static TOO_LATE: AtomicBool = AtomicBool::new(false);
/// How many ask for the lock again.
static ASKING: AtomicUsize = AtomicUsize::new(0);
/// How long the process waits at its end for kernels that run without the lock.
const PATIENCE: Duration = Duration::from_millis(200);

/// Runs a kernel with the interpreter's lock released.
fn unlocked(kernel: &mut dyn FnMut()) {
    if ENDING.load(Ordering::Relaxed) {
        return kernel();
    }
    // SAFETY: slots run with the lock held, and the kernel runs nothing of Python's.
    let state = unsafe { ffi::PyEval_SaveThread() };
    let done = catch_unwind(AssertUnwindSafe(kernel));
    ASKING.fetch_add(1, Ordering::SeqCst);
    if TOO_LATE.load(Ordering::SeqCst) {
        ASKING.fetch_sub(1, Ordering::SeqCst);
        // A daemon thread of a process that has begun to end. CPython would end the thread through our frames.
        loop {
            std::thread::park();
        }
    }
    // SAFETY: the state is this thread's, saved above.
    unsafe { ffi::PyEval_RestoreThread(state) };
    ASKING.fetch_sub(1, Ordering::SeqCst);
    if let Err(panic) = done {
        resume_unwind(panic);
    }
}

/// Has `atexit` call it: waits a while for the kernels that run without the lock. Threads of those that take longer get
/// no further.
pub fn end(py: Python<'_>) {
    ENDING.store(true, Ordering::Relaxed);
    py.detach(|| {
        let nap = || std::thread::sleep(Duration::from_millis(1));
        let begun = Instant::now();
        while Apart::any() && begun.elapsed() < PATIENCE {
            nap();
        }
        TOO_LATE.store(true, Ordering::SeqCst);
        while ASKING.load(Ordering::SeqCst) > 0 {
            nap();
        }
    });
}

/// Takes a strong reference to a handle that the tape is about to hold.
fn retain(handle: usize) {
    let object = handle as *mut ffi::PyObject;
    // SAFETY: the record whose handle it is says so until the handle's dealloc clears it, so the object
    // is there; nothing is counted without the interpreter's lock.
    unsafe {
        if object::is_dying(object) {
            // Its last reference is gone and slots of a subclass are being cleared. A weak name of the
            // tape has just found the record again: it lives on without this handle.
            object::disown(object.cast::<Handle>());
        } else {
            ffi::Py_INCREF(object);
        }
    }
}

/// Drops a reference to a handle, where it is not the last: that runs no Python.
fn release(handle: usize) -> bool {
    let object = handle as *mut ffi::PyObject;
    // SAFETY: the tape owns the reference that goes, so the object is there; nothing is counted without the lock.
    unsafe {
        let others = !object::has_one_owner(object);
        if others {
            ffi::Py_DECREF(object);
        }
        others
    }
}

/// Drops what is queued, the exception that is on its way kept.
#[cold]
#[inline(never)]
pub fn drain() {
    let depth = DEPTH.get();
    if depth == MAX_DEPTH {
        // A drop further up this thread's stack goes on when it is its turn again.
        return;
    }
    DEPTH.set(depth + 1);
    // SAFETY: slots and sweeps run with the interpreter's lock held.
    let py = unsafe { Python::assume_attached() };
    keep_exception(py, || {
        while let Some(reference) = host::next_pending() {
            // SAFETY: whoever queued it gave up the strong reference that it owned.
            unsafe { ffi::Py_DECREF(reference as *mut ffi::PyObject) };
        }
    });
    DEPTH.set(depth);
}

/// Runs `f` with no exception set, and sets the one there was again.
pub fn keep_exception(_py: Python<'_>, f: impl FnOnce()) {
    let (mut kind, mut value, mut trace) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
    // SAFETY: the token says that the lock is held; fetch and restore hand the three references over.
    unsafe {
        ffi::PyErr_Fetch(&mut kind, &mut value, &mut trace);
        f();
        ffi::PyErr_Restore(kind, value, trace);
    }
}

fn check_signals() -> Result<()> {
    // SAFETY: sweeps run with the interpreter's lock held.
    let py = unsafe { Python::assume_attached() };
    py.check_signals().map_err(Into::into)
}

fn warn(text: &str) -> Result<()> {
    // SAFETY: operators and sweeps run with the interpreter's lock held.
    let py = unsafe { Python::assume_attached() };
    errors::warn(py, text).map_err(Into::into)
}
