//! Records inside the classes that PyO3 makes.

use pyo3::{PyVisit, Python};

/// A value that is touched with the interpreter's lock held alone, whichever thread holds it.
///
/// PyO3 asks that a class can be sent and shared, which a record cannot by itself. Rejected: its
/// `unsendable`, which forbids a second thread what torch allows (a graph that one thread records and
/// another sweeps).
pub struct Locked<T>(T);

// SAFETY: `get` and `visited` ask for what only the lock's holder has, and PyO3 drops an object with the
// lock held; the module refuses interpreters that run without the lock.
unsafe impl<T> Send for Locked<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for Locked<T> {}

impl<T> Locked<T> {
    /// Keeps `value`.
    pub fn new(_py: Python<'_>, value: T) -> Self {
        Locked(value)
    }

    /// The value.
    pub fn get<'a>(&'a self, _py: Python<'a>) -> &'a T {
        &self.0
    }

    /// The value, for the collector, which walks with the lock held.
    pub fn visited<'a>(&'a self, _visit: &'a PyVisit<'_>) -> &'a T {
        &self.0
    }
}
