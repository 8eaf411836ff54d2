//! The places whose cotangents a sweep is asked for, found by what they are places of.

use crate::tape::Edge;
use crate::tensor::Tensor;

/// A place whose cotangent is wanted, and what has reached it.
pub struct Target {
    /// The place.
    pub edge: Edge,
    /// What has reached it when the sweep is over.
    pub cotangent: Option<Tensor>,
}

/// Several of them; a sweep looks for each of its edges among them.
#[derive(Default)]
pub struct Targets {
    all: Vec<Target>,
    /// The address of the node or leaf that a target is a place of, and its number: in order.
    order: Vec<(usize, u32)>,
}

impl Targets {
    /// These places, in this order.
    pub fn new(edges: Vec<Edge>) -> Targets {
        let all: Vec<Target> = edges.into_iter().map(|edge| Target { edge, cotangent: None }).collect();
        let place = |(i, target): (usize, &Target)| match &target.edge {
            Edge::None => None,
            Edge::Leaf(leaf, _) => Some((leaf.address(), i as u32)),
            Edge::Node(node, _) => Some((node.address(), i as u32)),
        };
        let mut order: Vec<_> = all.iter().enumerate().filter_map(place).collect();
        order.sort_unstable();
        Targets { all, order }
    }

    /// Whether nothing is asked for: every leaf is wanted then.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// What has reached each.
    pub fn into_cotangents(self) -> Vec<Option<Tensor>> {
        self.all.into_iter().map(|target| target.cotangent).collect()
    }

    /// Whether the node or leaf at `address` has a place among them.
    pub fn has(&self, address: usize) -> bool {
        self.order.binary_search_by(|(at, _)| at.cmp(&address)).is_ok()
    }

    /// Calls `f` with each place of the node or leaf at `address`.
    pub fn each(&mut self, address: usize, mut f: impl FnMut(&mut Target)) {
        let first = self.order.partition_point(|&(at, _)| at < address);
        for &(_, i) in self.order[first..].iter().take_while(|&&(at, _)| at == address) {
            f(&mut self.all[i as usize]);
        }
    }
}
