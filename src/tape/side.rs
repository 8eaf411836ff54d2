//! Side records: what few tensors and nodes have. Payloads are opaque here.

use super::arena::{Blank, Link, Ref, Weak};
use super::host::Payload;
use super::origin::Origin;
use super::record::TensorRecord;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// How a view came to be, which decides what an in-place write to it may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Creation {
    /// An ordinary view.
    Plain,
    /// Made while recording was off.
    NoGrad,
    /// Made in inference mode, of a tensor that is no inference tensor.
    Inference,
    /// One of several views that one operator returned.
    MultiOutput,
    /// Returned by a user's function.
    Function,
}

/// Where a view's tangent lies.
pub enum Tangents {
    /// In the base's.
    OfBase,
    /// In its own: a dual tensor, which shows bytes of a primal that has none.
    Own,
    /// In that of the dual tensor that it is a view of.
    Of(Ref<TensorRecord>),
}

/// What makes a tensor a differentiable view.
pub struct View {
    /// The root of the views, never itself a view.
    pub base: Ref<TensorRecord>,
    /// How it came to be.
    pub creation: Creation,
    /// The version at which its node was made: where the cell has moved on, the node is stale.
    pub made_at: u32,
    /// Where its tangent lies.
    pub tangents: Tangents,
}

/// Hooks by their numbers, which grow: called in the order in which they were hung up, and removed without
/// a search.
pub type Hooks = BTreeMap<u64, Payload>;

/// A tensor's side record.
#[derive(Default)]
pub struct TensorSide {
    /// The base, for a view.
    pub view: RefCell<Option<View>>,
    /// A leaf's hooks, called with the gradient before it is accumulated: its own, then those of its node.
    pub hooks: RefCell<Hooks>,
    /// Called after its gradient was accumulated: its own, with the leaf, then those of its node.
    pub after: RefCell<Hooks>,
    /// The tangent, while a forward-mode level is open.
    pub tangent: Link<TensorRecord>,
    /// The number of the level that the tangent belongs to.
    pub level: Cell<u64>,
    /// The host's face of a leaf as a node (AccumulateGrad), if it was asked for.
    pub face: RefCell<Option<Payload>>,
}

impl Default for Link<TensorRecord> {
    fn default() -> Self {
        Link::none()
    }
}

/// A node's side record.
#[derive(Default)]
pub struct NodeSide {
    /// Hooks on the cotangent of output `.0`.
    pub hooks: RefCell<BTreeMap<u64, (u32, Payload)>>,
    /// Tensors that keep the cotangent of output `.0` as their gradient.
    pub retain: RefCell<Vec<(u32, Weak<TensorRecord>)>>,
    /// Called before the rule with the outputs' cotangents, and after it with the inputs' and outputs'.
    pub before: RefCell<Hooks>,
    /// See `before`.
    pub after: RefCell<Hooks>,
    /// A user's function.
    pub function: RefCell<Option<Payload>>,
    /// Where the node was recorded, if anomaly mode was on.
    pub origin: RefCell<Option<Rc<Origin>>>,
    /// The host's face of the node, by a name that does not keep it alive.
    pub face: RefCell<Option<Payload>>,
    /// What the host's users have noted about the node.
    pub metadata: RefCell<Option<Payload>>,
}

impl Blank for TensorSide {
    fn blank() -> Self {
        Self::default()
    }

    // A view needs one and has nothing in it but where it belongs: the rest is looked at before it is let go of.
    #[inline(always)]
    fn retire(&mut self) {
        *self.view.get_mut() = None;
        for hooks in [&mut self.hooks, &mut self.after] {
            if !hooks.get_mut().is_empty() {
                hooks.take();
            }
        }
        self.tangent.clear();
        self.level.set(0);
        if self.face.get_mut().is_some() {
            self.face.take();
        }
    }
}

impl Blank for NodeSide {
    fn blank() -> Self {
        Self::default()
    }
}
