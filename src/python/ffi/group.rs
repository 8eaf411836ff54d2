//! A name of the operator table that a slot calls, looked up once.

use crate::error::{Error, Result};
use crate::ops::table::groups;
use std::sync::atomic::{AtomicUsize, Ordering};

const UNKNOWN: usize = usize::MAX;

/// A name, and its place among the table's groups once somebody has asked.
pub struct Group {
    name: &'static str,
    place: AtomicUsize,
}

impl Group {
    /// The group of `name`.
    pub const fn new(name: &'static str) -> Self {
        Group { name, place: AtomicUsize::new(UNKNOWN) }
    }

    /// Its place in the table.
    ///
    /// # Errors
    /// Where no row has the name: a slip here.
    #[inline(always)]
    pub fn place(&self) -> Result<usize> {
        match self.place.load(Ordering::Relaxed) {
            UNKNOWN => self.find(),
            place => Ok(place),
        }
    }

    #[cold]
    fn find(&self) -> Result<usize> {
        let place = groups().iter().position(|group| group.name == self.name);
        let place = place.ok_or_else(|| Error::runtime(format!("internal error: no row is called {}", self.name)))?;
        self.place.store(place, Ordering::Relaxed);
        Ok(place)
    }
}
