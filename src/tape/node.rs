//! The node record: one application of one operator.

use super::arena::{Blank, Link, Ref};
use super::record::TensorRecord;
use super::side::NodeSide;
use crate::buffers::{List, OutOfMemory, confined};
use crate::dtype::{DType, Scalar};
use crate::shape::Dims;
use std::cell::{Cell, RefCell};

/// Where a cotangent goes.
pub enum Edge {
    /// Nowhere: the input wants no gradient.
    None,
    /// Output number `.1` of a node.
    Node(Ref<Node>, u32),
    /// A leaf's gradient, and the leaf's epoch when the edge was made.
    Leaf(Ref<TensorRecord>, u32),
}

impl Edge {
    /// Another reference to the same place.
    pub fn duplicate(&self) -> Edge {
        match self {
            Edge::None => Edge::None,
            Edge::Node(n, i) => Edge::Node(n.clone(), *i),
            Edge::Leaf(t, epoch) => Edge::Leaf(t.clone(), *epoch),
        }
    }
    /// Calls `f` with the element type and the shape of what it leads to; None where it leads nowhere.
    #[inline(always)]
    pub fn meta<R>(&self, f: impl FnOnce(DType, &Dims) -> R) -> Option<R> {
        match self {
            Edge::None => None,
            Edge::Node(node, output) => node.outputs.get(*output as usize).map(|meta| f(meta.dtype, &meta.shape)),
            Edge::Leaf(leaf, _) => {
                let g = leaf.geometry();
                Some(f(g.dtype, &g.shape))
            }
        }
    }

    /// A copy of the element type and the shape of what it leads to.
    pub fn own_meta(&self) -> Result<Option<(DType, Dims)>, OutOfMemory> {
        self.meta(|dtype, shape| shape.duplicate().map(|shape| (dtype, shape))).transpose()
    }

    /// Whether both lead to one place.
    #[inline(always)]
    pub fn leads_where(&self, other: &Edge) -> bool {
        match (self, other) {
            (Edge::Leaf(a, e), Edge::Leaf(b, f)) => a.same(b) && e == f,
            (Edge::Node(a, i), Edge::Node(b, j)) => a.same(b) && i == j,
            _ => false,
        }
    }

    /// The leaf that it leads to, where that has been given another shape or type since the edge was made: what it
    /// shows now is not what a gradient was taken of.
    #[inline(always)]
    pub fn outdated(&self) -> Option<&Ref<TensorRecord>> {
        match self {
            Edge::Leaf(leaf, epoch) if leaf.epoch.get() != *epoch => Some(leaf),
            _ => None,
        }
    }

    /// Whether it leads anywhere.
    pub fn is_some(&self) -> bool {
        !matches!(self, Edge::None)
    }
}

/// What a rule will need again.
pub enum Saved {
    /// This value is not needed, or was a number that is not needed.
    Nothing,
    /// A number operand.
    Number(Scalar),
    /// An input: the record itself, so that its identity survives, with version and epoch as they were.
    Input(Ref<TensorRecord>, u32, u32),
    /// An output of this node: a detached alias (a reference to the output itself would be a cycle),
    /// the version, and the output's number.
    Output(Ref<TensorRecord>, u32, u32),
}

/// Type and shape of an output.
pub struct Meta {
    /// The element type.
    pub dtype: DType,
    /// The extents.
    pub shape: Dims,
}

/// What parametrises an operator beyond its operands: dimensions, numbers, types.
pub struct Params {
    /// Dimensions, sizes or a permutation.
    pub dims: Dims,
    /// A second list: strides.
    pub more: Dims,
    /// Numbers whose meaning the operator knows (an index, start, step, offset).
    pub ints: [i64; 4],
    /// A switch (keepdim).
    pub flag: bool,
    /// A second set: the base's geometry beside a view's.
    pub other: Link<Params>,
}

impl Params {
    /// Dimensions and nothing else.
    pub fn dims(dims: Dims) -> Params {
        Params { dims, more: Dims::EMPTY, ints: [0; 4], flag: false, other: Link::none() }
    }
    /// Numbers and nothing else.
    pub fn ints(ints: [i64; 4]) -> Params {
        Params { ints, ..Params::dims(Dims::EMPTY) }
    }
    /// Shape, strides, offset and element type of a tensor's geometry.
    pub fn geometry(g: &super::Geometry) -> Result<Params, OutOfMemory> {
        let ints = [g.offset, g.dtype as i64, 0, 0];
        Ok(Params { more: g.strides.duplicate()?, ints, ..Params::dims(g.shape.duplicate()?) })
    }
}

/// One application of one operator.
pub struct Node {
    /// Its operator's number in the table.
    pub op: u16,
    /// Which of the operator's names for a node it bears (`SumBackward0`, `SumBackward1`).
    pub variant: u8,
    /// Whether a sweep that did not retain the graph has taken what was saved.
    pub freed: Cell<bool>,
    /// Rises with every node of the thread: a later node never feeds an earlier one.
    pub sequence: u64,
    /// The frame of the sweep that has it on its list, and its place there; frame 0 is none.
    pub claim: Cell<(u32, u32)>,
    /// Where the cotangent of each input goes.
    pub edges: List<Edge, 2>,
    /// What the rule needs again.
    pub saved: RefCell<List<Saved, 2>>,
    /// The outputs' types and shapes.
    pub outputs: List<Meta, 1>,
    /// The operator's parameters.
    pub params: Link<Params>,
    /// What few nodes have: hooks, a user's function, a trace.
    pub side: Link<NodeSide>,
}

impl Blank for Params {
    fn blank() -> Self {
        Params::dims(Dims::EMPTY)
    }
}

impl Blank for Node {
    fn blank() -> Self {
        Node {
            op: 0,
            variant: 0,
            freed: Cell::new(false),
            sequence: 0,
            claim: Cell::new((0, 0)),
            edges: List::new(),
            saved: RefCell::new(List::new()),
            outputs: List::new(),
            params: Link::none(),
            side: Link::none(),
        }
    }

    #[inline(always)]
    fn retire(&mut self) {
        self.freed.set(false);
        self.claim.set((0, 0));
        self.edges.retire();
        self.saved.get_mut().retire();
        self.outputs.retire();
        self.params.clear();
        self.side.clear();
    }
}

confined! {
    static SEQUENCE: Cell<u64> = Cell::new(1);
}

impl Node {
    /// Makes a blank record that of a node of operator `op`, whose edges, saved values and outputs are pushed.
    #[inline(always)]
    pub fn begin(&mut self, op: u16, variant: u8) {
        (self.op, self.variant) = (op, variant);
    }

    /// Gives it the thread's next number, which exceeds that of every node that it has an edge to by now.
    #[inline(always)]
    pub fn number(&mut self) {
        self.sequence = SEQUENCE.with(|s| s.replace(s.get() + 1));
    }

    /// Its side record, made when first needed.
    pub fn side(&self) -> Result<Ref<NodeSide>, OutOfMemory> {
        if let Some(side) = self.side.get() {
            return Ok(side);
        }
        let side = super::insert(NodeSide::default())?;
        self.side.set(Some(side.clone()));
        Ok(side)
    }
}
