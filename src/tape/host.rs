//! What the lower floors need of the language above: one table of functions, registered by the binding.
//!
//! The tape holds host objects as bare numbers and never runs host code: it may only ask that a
//! reference be taken now (which runs nothing), or queue one to be dropped when nothing is borrowed.

use super::origin::Origin;
use crate::buffers::{PoolVec, confined};
use crate::error::Result;
use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::OnceLock;

/// An object of the host or of a Rust program that the tape keeps and never opens.
pub type Payload = Rc<dyn Any>;

/// The host's functions.
pub struct Host {
    /// Takes a strong reference to a handle. Must run no host code.
    pub retain: fn(usize),
    /// Drops a strong reference to a handle where that runs no host code, because others are left; else false.
    pub release: fn(usize) -> bool,
    /// Where the operator being recorded was called: for anomaly mode.
    pub trace: fn() -> Option<Payload>,
    /// Warns that the operator of a node failed in a sweep, and where that node was recorded.
    pub warn_anomaly: fn(&str, Option<&Origin>),
    /// Whether a signal wants the running sweep to stop.
    pub check_signals: fn() -> Result<()>,
    /// Shows a warning of the category UserWarning.
    pub warn: fn(&str) -> Result<()>,
    /// Runs a kernel with the host's lock released. Must run no host code.
    pub unlocked: fn(&mut dyn FnMut()),
    /// Drops what is queued (handles and payloads), with nothing borrowed.
    pub drain: fn(),
}

static HOST: OnceLock<Host> = OnceLock::new();

/// Registers the host, once.
pub fn register(host: Host) {
    let _ = HOST.set(host);
}

/// The host, if there is one.
#[inline(always)]
pub fn host() -> Option<&'static Host> {
    HOST.get()
}

confined! {
    static PENDING: RefCell<PoolVec<usize>> = RefCell::new(PoolVec::new());
}

/// Queues a strong reference to be dropped later. Where there is no memory for the queue, it leaks.
#[inline]
pub fn drop_later(handle: usize) {
    let _ = PENDING.try_with(|pending| pending.borrow_mut().push(handle).is_ok());
}

/// The next queued reference to drop.
#[inline]
pub fn next_pending() -> Option<usize> {
    PENDING.with(|pending| pending.borrow_mut().pop())
}

/// Whether references wait to be dropped.
#[inline(always)]
pub fn has_pending() -> bool {
    PENDING.with(|pending| !pending.borrow().is_empty())
}

/// Drops a strong reference to a handle: at once where others are left, else later.
#[inline]
pub(super) fn let_go(handle: usize) {
    if !host().is_some_and(|host| (host.release)(handle)) {
        drop_later(handle);
    }
}

#[inline]
pub(super) fn retain(handle: usize) {
    if let Some(host) = host() {
        (host.retain)(handle);
    }
}

/// Answers signals, once in a few thousand steps of a loop that is at number `n`.
///
/// # Errors
/// What the host raises: KeyboardInterrupt.
pub fn check_signals_now_and_then(n: usize) -> Result<()> {
    const STEPS: usize = 4096;
    match host() {
        Some(host) if n % STEPS == STEPS - 1 => (host.check_signals)(),
        _ => Ok(()),
    }
}

/// Shows a UserWarning, or prints it where there is no host.
pub fn warn(text: &str) -> Result<()> {
    match host() {
        Some(host) => (host.warn)(text),
        None => {
            eprintln!("UserWarning: {text}");
            Ok(())
        }
    }
}
