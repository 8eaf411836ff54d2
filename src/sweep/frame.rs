//! A running sweep's state: which nodes wait, and what has reached them.
//!
//! Frames are kept and used again, so that a steady loop of sweeps reaches no allocator. A node notes
//! the frame that has it on its list; a sweep that meets a node of another live frame (a hook swept the
//! graph it hangs on, or another thread did meanwhile) keeps its own place in a side table.

use super::hooks;
use crate::buffers::{OutOfMemory, PoolVec, confined};
use crate::error::Result;
use crate::ops::adjoint::Sink;
use crate::ops::apply::{Operand, pointwise};
use crate::ops::direct::{self, Formula};
use crate::ops::elements::pointwise::Add;
use crate::ops::value::Target;
use crate::tape::arena::Held;
use crate::tape::record::flags;
use crate::tape::{Edge, Node, Ref, TensorRecord, mode};
use crate::tensor::Tensor;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// A node on a sweep's list.
pub struct Entry {
    /// The node.
    pub node: Held<Node>,
    /// What has reached output 0.
    pub first: Option<Tensor>,
    /// What has reached the others, by their numbers.
    pub rest: PoolVec<Option<Tensor>>,
    /// Whether a wanted gradient lies behind it.
    pub needed: bool,
    /// Whether it waits in the heap.
    pub waiting: bool,
}

/// A node whose turn has come.
pub struct Visit {
    /// The node.
    pub node: Ref<Node>,
    /// What has reached output 0.
    pub first: Option<Tensor>,
    /// Its place on the list, where it has one.
    pub place: Option<usize>,
}

/// A leaf and what has reached it.
pub struct Leaf {
    /// The leaf.
    pub leaf: Held<TensorRecord>,
    /// The sum so far.
    pub sum: Option<Tensor>,
    /// How many edges may still bring something, where that was counted.
    pub awaited: u32,
    /// Whether something has come by an edge from before the leaf was given another shape or type.
    pub outdated: bool,
}

// New ones begin as copies of these, and get the rest where they lie: what is put together elsewhere and moved is
// written and read in pieces of different widths.
impl Entry {
    const NEW: Entry = Entry { node: Held::NONE, first: None, rest: PoolVec::new(), needed: false, waiting: false };

    /// Where what reaches output `output` goes, which is not the first.
    fn further(&mut self, output: usize) -> Result<&mut Option<Tensor>, OutOfMemory> {
        while self.rest.len() <= output {
            self.rest.push(None)?;
        }
        Ok(&mut self.rest[output])
    }
}

impl Leaf {
    const NEW: Leaf = Leaf { leaf: Held::NONE, sum: None, awaited: 0, outdated: false };
}

/// A sweep's state.
#[derive(Default)]
pub struct Frame {
    id: u32,
    /// One node that waits without a place on the list, and what has reached its one output: those of a chain, which
    /// wait one after the other, need no place. Never a node that has one.
    alone: Option<Ref<Node>>,
    cotangent: Option<Tensor>,
    /// Whether every node is put on the list.
    listing: bool,
    /// The nodes on the list that wait, as a heap whose root is the latest.
    heap: Vec<(u64, u32)>,
    /// Nodes met so far.
    pub entries: Vec<Entry>,
    /// Leaves met so far.
    pub leaves: Vec<Leaf>,
    /// Places of nodes and leaves (by address) that another live frame had claimed when they were met; it may have
    /// ended since.
    side: BTreeMap<usize, u32>,
    /// Whether a leaf with hooks has been met.
    pub met_hooks: bool,
    /// Whether only nodes that are known to be needed are visited.
    pub restricted: bool,
}

confined! {
    // Boxed, because a frame is handed out and put back whole: what moves is its address.
    #[allow(clippy::vec_box)]
    static SPARE: RefCell<Vec<Box<Frame>>> = const { RefCell::new(Vec::new()) };
}
confined! {
    static NEXT_ID: Cell<u32> = Cell::new(1);
}

impl Frame {
    /// A frame, used before where one is spare.
    pub fn take() -> Box<Frame> {
        let mut frame = SPARE.with(|s| s.borrow_mut().pop()).unwrap_or_default();
        // Number 0 means no frame; after four billion sweeps the numbers start over.
        frame.id = NEXT_ID.with(|n| n.replace(n.get().checked_add(1).unwrap_or(1)));
        frame
    }

    /// Puts a frame aside, with all that it claimed let go.
    pub fn put_back(mut frame: Box<Frame>) {
        for entry in &frame.entries {
            if entry.node.claim.get().0 == frame.id {
                entry.node.claim.set((0, 0));
            }
        }
        for leaf in &frame.leaves {
            if leaf.leaf.claim.get().0 == frame.id {
                leaf.leaf.claim.set((0, 0));
            }
        }
        frame.alone = None;
        frame.cotangent = None;
        frame.listing = false;
        frame.heap.clear();
        if !frame.side.is_empty() {
            frame.side.clear();
        }
        frame.restricted = false;
        frame.met_hooks = false;
        // With nothing borrowed: what they release may be a whole graph.
        frame.entries.clear();
        frame.leaves.clear();
        let _ = SPARE.try_with(|s| s.borrow_mut().push(frame));
    }

    /// The place of the node or the leaf at `address`, whose claim is `claim`.
    #[inline(always)]
    fn place(&self, claim: (u32, u32), address: usize) -> Option<u32> {
        match claim {
            (id, place) if id == self.id => Some(place),
            (0, _) if self.side.is_empty() => None,
            _ => self.side.get(&address).copied(),
        }
    }

    /// The place of `node` on the list, put there if it was not.
    pub fn meet(&mut self, node: &Ref<Node>) -> Result<u32, OutOfMemory> {
        if let Some(place) = self.place(node.claim.get(), node.address()) {
            return Ok(place);
        }
        let place = self.entries.len() as u32;
        self.entries.try_reserve(1).map_err(|_| OutOfMemory(size_of::<Entry>()))?;
        self.entries.push(Entry::NEW);
        let entry = &mut self.entries[place as usize];
        entry.node = Held::new(node.clone());
        entry.needed = !self.restricted;
        if node.claim.get().0 == 0 {
            node.claim.set((self.id, place));
        } else {
            self.side.insert(node.address(), place);
        }
        Ok(place)
    }

    /// The place of the leaf on the list, put there if it was not.
    pub fn meet_leaf(&mut self, leaf: &Ref<TensorRecord>) -> Result<usize, OutOfMemory> {
        if let Some(place) = self.place(leaf.claim.get(), leaf.address()) {
            return Ok(place as usize);
        }
        let place = self.leaves.len();
        self.leaves.try_reserve(1).map_err(|_| OutOfMemory(size_of::<Leaf>()))?;
        self.leaves.push(Leaf::NEW);
        self.leaves[place].leaf = Held::new(leaf.clone());
        if leaf.side.is_some() {
            self.met_hooks |= hooks::of_leaf(leaf);
        }
        if leaf.claim.get().0 == 0 {
            leaf.claim.set((self.id, place as u32));
        } else {
            self.side.insert(leaf.address(), place as u32);
        }
        Ok(place)
    }

    fn push(&mut self, place: u32) -> Result<(), OutOfMemory> {
        let waits = (self.entries[place as usize].node.sequence, place);
        self.heap.try_reserve(1).map_err(|_| OutOfMemory(size_of::<(u64, u32)>()))?;
        self.heap.push(waits);
        let mut i = self.heap.len() - 1;
        while i > 0 && self.heap[(i - 1) / 2] < self.heap[i] {
            self.heap.swap(i, (i - 1) / 2);
            i = (i - 1) / 2;
        }
        Ok(())
    }

    /// Puts every node that waits, or will, on the list.
    ///
    /// # Errors
    /// Where there is no memory for it.
    pub fn list_all(&mut self) -> Result<(), OutOfMemory> {
        self.listing = true;
        if let Some(node) = self.alone.take() {
            let place = self.meet(&node)?;
            let entry = &mut self.entries[place as usize];
            (entry.first, entry.waiting) = (self.cotangent.take(), true);
            self.push(place)?;
        }
        Ok(())
    }

    /// The places of the nodes on the list that wait.
    pub fn waiting(&self) -> impl Iterator<Item = u32> {
        self.heap.iter().map(|&(_, place)| place)
    }

    /// The latest node that waits: nothing still to come can reach it.
    #[inline]
    pub fn pop(&mut self) -> Option<Visit> {
        match &self.alone {
            Some(node) if self.heap.first().is_none_or(|(sequence, _)| *sequence < node.sequence) => {
                let node = self.alone.take()?;
                Some(Visit { node, first: self.cotangent.take(), place: None })
            }
            _ => self.pop_listed(),
        }
    }

    #[inline(never)]
    fn pop_listed(&mut self) -> Option<Visit> {
        let place = self.pop_heap()?;
        let entry = &mut self.entries[place];
        Some(Visit { node: entry.node.clone(), first: entry.first.take(), place: Some(place) })
    }

    fn pop_heap(&mut self) -> Option<usize> {
        let last = self.heap.len().checked_sub(1)?;
        self.heap.swap(0, last);
        let (_, place) = self.heap.pop()?;
        let mut i = 0;
        loop {
            let (left, right) = (2 * i + 1, 2 * i + 2);
            let mut largest = i;
            for child in [left, right] {
                if child < self.heap.len() && self.heap[child] > self.heap[largest] {
                    largest = child;
                }
            }
            if largest == i {
                break;
            }
            self.heap.swap(i, largest);
            i = largest;
        }
        Some(place as usize)
    }
}

impl Sink for Frame {
    #[inline]
    fn sum(&self, edge: &Edge) -> Option<&Tensor> {
        let sum = match edge {
            Edge::Leaf(leaf, epoch) if leaf.epoch.get() == *epoch => {
                let (id, place) = leaf.claim.get();
                self.leaves.get(place as usize).filter(|_| id == self.id)?.sum.as_ref()
            }
            Edge::Node(node, 0) if self.is_alone(node) => self.cotangent.as_ref(),
            Edge::Node(node, 0) => {
                let (id, place) = node.claim.get();
                self.entries.get(place as usize).filter(|_| id == self.id)?.first.as_ref()
            }
            _ => None,
        };
        sum.filter(|sum| sum.is_unshared())
    }

    #[inline]
    fn is_first(&self, edge: &Edge) -> bool {
        match edge {
            Edge::Leaf(leaf, _) => match leaf.claim.get() {
                (id, place) if id == self.id => self.leaves[place as usize].sum.is_none(),
                (id, _) => id == 0 && self.side.is_empty(),
            },
            Edge::Node(node, 0) if self.is_alone(node) => self.cotangent.is_none(),
            Edge::Node(node, 0) => match node.claim.get() {
                (id, place) if id == self.id => self.entries[place as usize].first.is_none(),
                (id, _) => id == 0 && self.side.is_empty(),
            },
            _ => false,
        }
    }

    #[inline]
    fn gradient(&self, edge: &Edge) -> Option<Tensor> {
        let Edge::Leaf(leaf, epoch) = edge else { return None };
        let nothing_waits = !self.listing && self.alone.is_none() && self.heap.is_empty();
        if !nothing_waits
            || leaf.epoch.get() != *epoch
            || leaf.side.is_some()
            || !leaf.has(flags::REQUIRES_GRAD)
            || !self.is_first(edge)
        {
            return None;
        }
        let gradient = Tensor(leaf.grad.get()?);
        let fits = leaf.geometry().lies_like(&gradient.geometry()) && !gradient.0.has(flags::INFERENCE);
        fits.then_some(gradient)
    }

    fn add(&mut self, edge: &Edge, value: Tensor) -> Result<()> {
        match edge {
            Edge::None => Ok(()),
            Edge::Leaf(leaf, epoch) => {
                let place = self.meet_leaf(leaf)?;
                if leaf.epoch.get() != *epoch {
                    // An error where the leaf is to be served: this sweep may not want it.
                    self.leaves[place].outdated = true;
                    self.leaves[place].sum.get_or_insert(value);
                    return Ok(());
                }
                accumulate(&mut self.leaves[place].sum, value)
            }
            Edge::Node(node, _) if self.is_alone(node) => accumulate(&mut self.cotangent, value),
            Edge::Node(node, _) if self.alone.is_none() && self.needs_no_place(node) => {
                self.alone = Some(node.clone());
                self.cotangent = Some(value);
                Ok(())
            }
            Edge::Node(node, output) => self.add_listed(node, *output, value),
        }
    }
}

impl Frame {
    #[inline(always)]
    fn is_alone(&self, node: &Ref<Node>) -> bool {
        self.alone.as_ref().is_some_and(|alone| alone.same(node))
    }

    /// Whether the node may wait without a place: it has none, and one output.
    #[inline(always)]
    fn needs_no_place(&self, node: &Node) -> bool {
        !self.listing && node.claim.get().0 == 0 && self.side.is_empty() && node.outputs.len() == 1
    }

    /// Adds `value` to what has reached an output of a node on the list.
    #[inline(never)]
    fn add_listed(&mut self, node: &Ref<Node>, output: u32, value: Tensor) -> Result<()> {
        let place = self.meet(node)?;
        let entry = &mut self.entries[place as usize];
        if !entry.needed {
            return Ok(());
        }
        let place_of_sum = if output == 0 { &mut entry.first } else { entry.further(output as usize)? };
        accumulate(place_of_sum, value)?;
        if !entry.waiting {
            entry.waiting = true;
            self.push(place)?;
        }
        Ok(())
    }
}

/// Adds `value` to an adjoint: in place where nobody else can see it.
pub(super) fn accumulate(slot: &mut Option<Tensor>, value: Tensor) -> Result<()> {
    let Some(sum) = slot.take() else {
        *slot = Some(value);
        return Ok(());
    };
    *slot = Some(sum_of(sum, value)?);
    Ok(())
}

/// `sum` and `value`, written over the one where nobody else can see it.
#[inline(never)]
fn sum_of(sum: Tensor, value: Tensor) -> Result<Tensor> {
    let ours = sum.is_unshared();
    let ins = [Operand::Tensor(&sum), Operand::Tensor(&value)];
    if mode::wants_values_alone() && ours && direct::write(Formula::of(Add::ROW), &ins, &sum, false)? {
        return Ok(sum);
    }
    let target = if !mode::is_grad_enabled() && ours { Target::InPlace } else { Target::Fresh };
    pointwise(Add::OPERATOR, Add::ROW, 0, &ins, target)
}
