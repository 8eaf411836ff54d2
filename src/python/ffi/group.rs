//! A name of the operator table that a slot calls, looked up once.

use crate::ops::table::groups;
use std::sync::atomic::{AtomicUsize, Ordering};

const UNKNOWN: usize = usize::MAX;
const ABSENT: usize = usize::MAX - 1;

/// A name, and its place among the table's groups once somebody has asked.
pub struct Group {
    name: &'static str,
    place: AtomicUsize,
}

impl Group {
    /// The group of `name`, which need not be in the table.
    pub const fn new(name: &'static str) -> Self {
        Group { name, place: AtomicUsize::new(UNKNOWN) }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its place in the table; None where no row has the name.
    #[inline(always)]
    pub fn place(&self) -> Option<usize> {
        match self.place.load(Ordering::Relaxed) {
            ABSENT => None,
            UNKNOWN => self.find(),
            place => Some(place),
        }
    }

    #[cold]
    fn find(&self) -> Option<usize> {
        let place = groups().iter().position(|group| group.name == self.name);
        self.place.store(place.unwrap_or(ABSENT), Ordering::Relaxed);
        place
    }
}
