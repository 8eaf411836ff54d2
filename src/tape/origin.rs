//! Anomaly mode's notes: where a node was recorded, and the sweep of which node recorded it.

use super::host::Payload;
use crate::buffers::confined;
use std::cell::RefCell;
use std::rc::Rc;

/// Where a node was recorded.
pub struct Origin {
    /// The host's stack.
    pub trace: Option<Payload>,
    /// The node whose rule recorded it; none for what a program called itself.
    pub induced_by: Option<Swept>,
}

/// A node that is, or was, being swept.
#[derive(Clone)]
pub struct Swept {
    /// Its name.
    pub name: String,
    /// Where it was recorded, if anomaly mode was on then.
    pub origin: Option<Rc<Origin>>,
}

impl Drop for Origin {
    fn drop(&mut self) {
        // A chain of sweeps through what sweeps recorded has no bound, and the stack has one.
        let mut next = self.induced_by.take().and_then(|swept| swept.origin);
        while let Some(mut last) = next.take().and_then(|origin| Rc::try_unwrap(origin).ok()) {
            next = last.induced_by.take().and_then(|swept| swept.origin);
        }
    }
}

confined! {
    static SWEPT: RefCell<Option<Swept>> = RefCell::new(None);
}

/// Says that what is recorded until the guard goes is recorded by the rule of `node`.
pub fn sweeping(node: Swept) -> Sweeping {
    Sweeping(SWEPT.with(|swept| swept.borrow_mut().replace(node)))
}

/// The node that was swept before.
pub struct Sweeping(Option<Swept>);

impl Drop for Sweeping {
    fn drop(&mut self) {
        // Dropped with nothing borrowed.
        let _over = SWEPT.with(|swept| std::mem::replace(&mut *swept.borrow_mut(), self.0.take()));
    }
}

/// Where the node is recorded that is recorded now.
pub fn here(trace: Option<Payload>) -> Rc<Origin> {
    Rc::new(Origin { trace, induced_by: SWEPT.with(|swept| swept.borrow().clone()) })
}
