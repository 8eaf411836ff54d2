//! The tensor record: what a tensor is, apart from who holds it.

use super::arena::{Blank, Link, Ref};
use super::geometry::Geometry;
use super::host;
use super::mode;
use super::node::Node;
use super::side::TensorSide;
use crate::buffers::OutOfMemory;
use std::cell::{Cell, Ref as Borrow, RefCell};

/// Bits of a record's flags.
pub mod flags {
    /// A leaf that wants a gradient.
    pub const REQUIRES_GRAD: u32 = 1;
    /// It has a node: it was computed from something that wants a gradient.
    pub const HAS_NODE: u32 = 1 << 1;
    /// A differentiable view: its node may be stale (see `ops::edge`).
    pub const VIEW: u32 = 1 << 2;
    /// The core holds the host's handle (the identity rule).
    pub const HOLDS_HANDLE: u32 = 1 << 3;
    /// Its handle's type is a user's subclass: operators take the funnel.
    pub const SUBCLASS: u32 = 1 << 4;
    /// It carries a tangent.
    pub const TANGENT: u32 = 1 << 5;
    /// Its gradient is kept although it is no leaf.
    pub const RETAINS_GRAD: u32 = 1 << 6;
    /// Its handle is a Parameter.
    pub const PARAMETER: u32 = 1 << 7;
    /// Made in inference mode: no write is counted and no node saves it.
    pub const INFERENCE: u32 = 1 << 8;
    /// It has been given another shape or type since its node was made.
    pub const RESHAPED: u32 = 1 << 9;
    /// What makes an operator look at its edge.
    pub const WANTS_EDGE: u32 = REQUIRES_GRAD | HAS_NODE | VIEW;
}

/// The number of in-place writes; shared by views and `detach()`.
pub struct VersionCell(pub Cell<u32>);

impl Blank for VersionCell {
    fn blank() -> Self {
        VersionCell(Cell::new(0))
    }
}

/// A tensor's record.
pub struct TensorRecord {
    flags: Cell<u32>,
    /// Which output of its node it is.
    pub output: Cell<u32>,
    /// Differs as long as `x.data = t` or a resize makes it show another shape or type than at first: the version does
    /// not tell. What shows the first ones again has the first epoch again.
    pub epoch: Cell<u32>,
    /// The frame of the sweep that collects a cotangent for this leaf, and its place there.
    pub claim: Cell<(u32, u32)>,
    /// The host's object, as a bare number; 0 for none.
    handle: Cell<usize>,
    geometry: RefCell<Geometry>,
    /// In-place writes while nobody shares the count.
    own_version: Cell<u32>,
    /// The count, once an alias or a view shares it.
    version_cell: Link<VersionCell>,
    /// The node that made it. Read it through `ops::edge` alone: a view's may be stale.
    pub node: Link<Node>,
    /// The accumulated gradient.
    pub grad: Link<TensorRecord>,
    /// What few tensors have: a view's base, hooks, a tangent.
    pub side: Link<TensorSide>,
}

impl Blank for TensorRecord {
    fn blank() -> Self {
        TensorRecord {
            flags: Cell::new(0),
            output: Cell::new(0),
            epoch: Cell::new(0),
            claim: Cell::new((0, 0)),
            handle: Cell::new(0),
            geometry: RefCell::new(Geometry::blank()),
            own_version: Cell::new(0),
            version_cell: Link::none(),
            node: Link::none(),
            grad: Link::none(),
            side: Link::none(),
        }
    }

    #[inline(always)]
    fn retire(&mut self) {
        self.flags.set(0);
        self.output.set(0);
        self.epoch.set(0);
        self.claim.set((0, 0));
        self.handle.set(0);
        self.own_version.set(0);
        self.geometry.get_mut().retire();
        self.version_cell.clear();
        self.node.clear();
        self.grad.clear();
        self.side.clear();
    }
}

impl TensorRecord {
    /// Makes a blank record that of a tensor that nothing made, of which `show` says what it shows.
    #[inline(always)]
    pub fn begin<R>(&mut self, show: impl FnOnce(&mut Geometry) -> R) -> R {
        if mode::is_inference() {
            self.flags.set(flags::INFERENCE);
        }
        show(self.geometry.get_mut())
    }

    /// What it shows of its storage.
    #[inline(always)]
    pub fn geometry(&self) -> Borrow<'_, Geometry> {
        self.geometry.borrow()
    }

    /// Shows something else from now on.
    pub fn set_geometry(&self, geometry: Geometry) {
        let old = self.geometry.replace(geometry);
        {
            // What a derivative saved of it holds as long as type and shape do: `w.data = w.data - step` is usual.
            let new = self.geometry.borrow();
            if old.dtype != new.dtype || !old.shape.same(&new.shape) {
                self.epoch.set(self.epoch.get() ^ old.fingerprint() ^ new.fingerprint());
                self.set_flag(flags::RESHAPED, self.has(flags::HAS_NODE));
            }
        }
        drop(old);
    }

    /// The flags.
    #[inline(always)]
    pub fn flags(&self) -> u32 {
        self.flags.get()
    }

    /// Whether any of `bits` is set.
    #[inline(always)]
    pub fn has(&self, bits: u32) -> bool {
        self.flags.get() & bits != 0
    }

    /// Sets or clears `bits`.
    #[inline(always)]
    pub fn set_flag(&self, bits: u32, on: bool) {
        let f = self.flags.get();
        self.flags.set(if on { f | bits } else { f & !bits });
    }

    /// Makes it output `output` of `node`, or nothing's.
    pub fn set_node(&self, node: Option<Ref<Node>>, output: u32) {
        self.set_flag(flags::HAS_NODE, node.is_some());
        self.output.set(output);
        self.node.set(node);
    }

    /// The number of in-place writes so far.
    pub fn version(&self) -> u32 {
        match self.version_cell.get() {
            Some(cell) => cell.0.get(),
            None => self.own_version.get(),
        }
    }

    /// The version cell, made when somebody first needs to share it.
    pub fn version_cell(&self) -> Result<Ref<VersionCell>, OutOfMemory> {
        if let Some(cell) = self.version_cell.get() {
            return Ok(cell);
        }
        let cell = super::insert(VersionCell(Cell::new(self.own_version.get())))?;
        self.version_cell.set(Some(cell.clone()));
        Ok(cell)
    }

    /// Counts its in-place writes in `cell` from now on, as whoever else holds it does.
    pub fn share_version(&self, cell: Ref<VersionCell>) {
        self.version_cell.set(Some(cell));
    }

    /// Whether a write to either is counted for both.
    pub fn counts_with(&self, other: &TensorRecord) -> bool {
        std::ptr::eq(self, other)
            || self.version_cell.get().is_some_and(|a| other.version_cell.get().is_some_and(|b| a.same(&b)))
    }

    /// Counts one in-place write.
    pub fn bump_version(&self) {
        let count = |cell: &Cell<u32>| cell.set(cell.get().wrapping_add(1));
        match self.version_cell.get() {
            Some(cell) => count(&cell.0),
            None => count(&self.own_version),
        }
    }

    /// Its side record, made when first needed.
    pub fn side(&self) -> Result<Ref<TensorSide>, OutOfMemory> {
        if let Some(side) = self.side.get() {
            return Ok(side);
        }
        let side = super::place(|_: &mut TensorSide| Ok::<_, OutOfMemory>(()))?;
        self.side.set(Some(side.clone()));
        Ok(side)
    }

    /// The host's object, or 0.
    #[inline(always)]
    pub fn handle(&self) -> usize {
        self.handle.get()
    }

    /// Notes the host's object. `shared` says whether the core holds further references now.
    pub fn set_handle(&self, handle: usize, shared: bool) {
        self.handle.set(handle);
        if handle == 0 {
            self.set_flag(flags::HOLDS_HANDLE, false);
        } else if shared {
            self.hold_handle();
        }
    }

    /// The identity rule, first half: while the core counts the record more than once, it also holds
    /// the record's handle.
    #[inline(always)]
    pub(super) fn hold_handle(&self) {
        #[inline(never)]
        fn hold(record: &TensorRecord) {
            record.set_flag(flags::HOLDS_HANDLE, true);
            host::retain(record.handle.get());
        }
        if self.handle.get() != 0 && !self.has(flags::HOLDS_HANDLE) {
            hold(self);
        }
    }

    /// Second half: when one count is left, it is the handle's own, and the handle alone holds the record.
    #[inline(always)]
    pub(super) fn let_go_of_handle(&self) {
        #[inline(never)]
        fn let_go(record: &TensorRecord) {
            record.set_flag(flags::HOLDS_HANDLE, false);
            host::let_go(record.handle.get());
        }
        if self.has(flags::HOLDS_HANDLE) {
            let_go(self);
        }
    }
}

#[cfg(test)]
mod tests {
    //! Law: a record that is used again shows nothing of whom it served before.

    use crate::Tensor;
    use crate::dtype::DType;

    #[test]
    fn a_record_that_is_used_again_is_blank() {
        let make = || Tensor::full(&[2, 3], 1.5, DType::Float64).unwrap();
        let used = make();
        used.requires_grad_(true).unwrap();
        let y = used.exp().unwrap().sum().unwrap();
        y.backward().unwrap();
        let alias = used.detach().unwrap();
        alias.0.bump_version();
        used.0.epoch.set(7);
        used.0.output.set(3);
        let address = used.0.address();
        drop((alias, y, used));
        // The last one that went is the first that comes, so both slabs hand the same records out again.
        let again: Vec<Tensor> = (0..8).map(|_| make()).collect();
        let again = again.iter().find(|t| t.0.address() == address).expect("records are used again");
        let fresh = &again.0;
        assert_eq!((fresh.flags(), fresh.output.get(), fresh.epoch.get(), fresh.claim.get()), (0, 0, 0, (0, 0)));
        assert_eq!((fresh.version(), fresh.handle()), (0, 0));
        assert!(!fresh.node.is_some() && !fresh.grad.is_some() && !fresh.side.is_some());
        assert!(fresh.version_cell.get().is_none());
        assert_eq!(
            (again.shape(), again.strides(), again.to_vec::<f64>().unwrap()),
            (vec![2, 3], vec![3, 1], vec![1.5; 6])
        );
    }

    #[test]
    fn a_side_record_that_is_used_again_is_blank() {
        let make = || Tensor::full(&[2, 3], 1.5, DType::Float64).unwrap();
        let leaf = make();
        leaf.requires_grad_(true).unwrap();
        let hooks =
            [leaf.register_hook(|_| Ok(None)).unwrap(), leaf.register_post_accumulate_grad_hook(|_| Ok(())).unwrap()];
        let view = make().transpose(0, 1).unwrap();
        let sides = [&leaf, &view].map(|t| t.0.side().unwrap());
        assert!(!sides[0].hooks.borrow().is_empty() && !sides[0].after.borrow().is_empty());
        assert!(sides[1].view.borrow().is_some());
        sides.iter().for_each(|side| side.level.set(7));
        let mut found = sides.each_ref().map(|side| (side.address(), false));
        drop((hooks, sides, view, leaf));
        let again: Vec<Tensor> = (0..8).map(|_| make()).collect();
        for side in again.iter().map(|t| t.0.side().unwrap()) {
            found.iter_mut().for_each(|(address, seen)| *seen |= *address == side.address());
            assert!(side.view.borrow().is_none() && side.face.borrow().is_none() && !side.tangent.is_some());
            assert!(side.hooks.borrow().is_empty() && side.after.borrow().is_empty() && side.level.get() == 0);
        }
        assert!(found.iter().all(|&(_, seen)| seen), "side records are used again");
    }
}
