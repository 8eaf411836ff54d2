//! A running sweep's state: which nodes wait, and what has reached them.
//!
//! Frames are kept and used again, so that a steady loop of sweeps reaches no allocator. A node notes
//! the frame that has it on its list; a sweep that meets a node of another live frame (a hook swept the
//! graph it hangs on, or another thread did meanwhile) keeps its own place in a side table.

use crate::buffers::{OutOfMemory, PoolVec, confined};
use crate::error::Result;
use crate::ops::adjoint::Sink;
use crate::ops::apply::{Operand, pointwise};
use crate::ops::direct::{self, Formula};
use crate::ops::pointwise::Add;
use crate::ops::value::Target;
use crate::tape::arena::Held;
use crate::tape::{Edge, Node, Ref, TensorRecord, mode};
use crate::tensor::Tensor;
use std::cell::{Cell, RefCell};

/// A node on a sweep's list.
pub struct Entry {
    /// The node.
    pub node: Held<Node>,
    /// What has reached output 0.
    pub first: Option<Tensor>,
    /// What has reached the others.
    pub rest: PoolVec<(u32, Tensor)>,
    /// Whether a wanted gradient lies behind it.
    pub needed: bool,
    /// Whether it waits in the heap.
    pub waiting: bool,
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
}

impl Leaf {
    const NEW: Leaf = Leaf { leaf: Held::NONE, sum: None, awaited: 0, outdated: false };
}

/// A sweep's state.
#[derive(Default)]
pub struct Frame {
    id: u32,
    /// A node that waits and is later than all others that do, where it was found so: that of a chain always is.
    next: Option<(u64, u32)>,
    /// The other nodes that wait, as a heap whose root is the latest.
    heap: Vec<(u64, u32)>,
    /// Nodes met so far.
    pub entries: Vec<Entry>,
    /// Leaves met so far.
    pub leaves: Vec<Leaf>,
    /// Places of nodes and leaves (by address) that another live frame had claimed when they were met; it may have
    /// ended since.
    side: Vec<(usize, u32)>,
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
        frame.next = None;
        frame.heap.clear();
        frame.side.clear();
        frame.restricted = false;
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
            _ => self.side.iter().find(|(a, _)| *a == address).map(|(_, place)| *place),
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
            self.side.push((node.address(), place));
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
        if leaf.claim.get().0 == 0 {
            leaf.claim.set((self.id, place as u32));
        } else {
            self.side.push((leaf.address(), place as u32));
        }
        Ok(place)
    }

    #[inline]
    fn push(&mut self, place: u32) -> Result<(), OutOfMemory> {
        let waits = (self.entries[place as usize].node.sequence, place);
        match self.next {
            None if self.heap.is_empty() => {
                self.next = Some(waits);
                Ok(())
            }
            Some(next) if waits > next => {
                self.next = Some(waits);
                self.push_heap(next)
            }
            _ => self.push_heap(waits),
        }
    }

    #[inline(never)]
    fn push_heap(&mut self, waits: (u64, u32)) -> Result<(), OutOfMemory> {
        self.heap.try_reserve(1).map_err(|_| OutOfMemory(size_of::<(u64, u32)>()))?;
        self.heap.push(waits);
        let mut i = self.heap.len() - 1;
        while i > 0 && self.heap[(i - 1) / 2] < self.heap[i] {
            self.heap.swap(i, (i - 1) / 2);
            i = (i - 1) / 2;
        }
        Ok(())
    }

    /// The places of the nodes that wait.
    pub fn waiting(&self) -> impl Iterator<Item = u32> {
        self.next.iter().chain(&self.heap).map(|&(_, place)| place)
    }

    /// The latest node that waits: nothing still to come can reach it.
    #[inline]
    pub fn pop(&mut self) -> Option<usize> {
        match self.next.take() {
            Some((_, place)) => Some(place as usize),
            None => self.pop_heap(),
        }
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
            Edge::Node(node, 0) => {
                let (id, place) = node.claim.get();
                self.entries.get(place as usize).filter(|_| id == self.id)?.first.as_ref()
            }
            _ => None,
        };
        sum.filter(|sum| sum.is_unshared())
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
            Edge::Node(node, output) => {
                let place = self.meet(node)?;
                let entry = &mut self.entries[place as usize];
                if !entry.needed {
                    return Ok(());
                }
                if *output == 0 {
                    accumulate(&mut entry.first, value)?;
                } else if let Some((_, sum)) = entry.rest.iter_mut().find(|(o, _)| o == output) {
                    let mut own = Some(sum.clone());
                    accumulate(&mut own, value)?;
                    if let Some(total) = own {
                        *sum = total;
                    }
                } else {
                    entry.rest.push((*output, value))?;
                }
                if !entry.waiting {
                    entry.waiting = true;
                    self.push(place)?;
                }
                Ok(())
            }
        }
    }
}

/// Adds `value` to an adjoint: in place where nobody else can see it.
pub(super) fn accumulate(slot: &mut Option<Tensor>, value: Tensor) -> Result<()> {
    let Some(sum) = slot.take() else {
        *slot = Some(value);
        return Ok(());
    };
    let ours = sum.is_unshared();
    let ins = [Operand::Tensor(&sum), Operand::Tensor(&value)];
    if mode::wants_values_alone() && ours && direct::write(Formula::of(Add::ROW), &ins, &sum, false)? {
        *slot = Some(sum);
        return Ok(());
    }
    let target = if !mode::is_grad_enabled() && ours { Target::InPlace } else { Target::Fresh };
    *slot = Some(pointwise(Add::OPERATOR, Add::ROW, 0, &ins, target)?);
    Ok(())
}
