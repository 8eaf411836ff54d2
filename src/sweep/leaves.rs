//! When a leaf takes what has reached it: as soon as nothing more can, as in torch.
//!
//! To know that takes a walk over what is left of the graph. Until the first hook or user's function has its turn
//! nobody can tell the difference from serving every leaf at the end, so the walk is made there; and where a sweep
//! fails, to see which leaves were complete.

use super::frame::{Frame, Visit};
use super::hooks;
use super::reverse::{Request, breathe_now_and_then};
use crate::error::Result;
use crate::ops::saved::reshaped;
use crate::tape::side::TensorSide;
use crate::tape::{Edge, Node, Ref};
use crate::tensor::Tensor;

/// Serves the leaves that waited for `node` alone.
#[cold]
pub(super) fn serve_after(frame: &mut Frame, node: &Ref<Node>, request: &mut Request<'_>) -> Result<()> {
    for edge in node.edges.iter() {
        if let Edge::Leaf(leaf, _) = edge {
            let leaf = frame.meet_leaf(leaf)?;
            let awaited = &mut frame.leaves[leaf].awaited;
            *awaited = awaited.saturating_sub(1);
            if *awaited == 0 {
                serve(frame, leaf, request)?;
            }
        }
    }
    Ok(())
}

/// From now on each leaf is served as soon as nothing more can reach it: at once, where neither a node that waits nor
/// `visit`, whose turn it is, leads to it.
#[cold]
pub(super) fn watch(frame: &mut Frame, visit: &Visit, request: &mut Request<'_>) -> Result<()> {
    frame.list_all()?;
    let visited = match visit.place {
        Some(place) => place as u32,
        None => frame.meet(&visit.node)?,
    };
    for leaf in &mut frame.leaves {
        leaf.awaited = 0;
    }
    let start: Vec<u32> = frame.waiting().chain([visited]).collect();
    walk(frame, start, |frame, leaf| frame.leaves[leaf].awaited += 1)?;
    for leaf in 0..frame.leaves.len() {
        if frame.leaves[leaf].awaited == 0 {
            serve(frame, leaf, request)?;
        }
    }
    Ok(())
}

/// Serves the leaves that have not been served.
pub(super) fn serve_all(frame: &mut Frame, request: &mut Request<'_>) -> Result<()> {
    (0..frame.leaves.len()).try_for_each(|leaf| serve(frame, leaf, request))
}

/// Calls `meet` with the place of a leaf for every edge that leads to it from a needed node at or behind `start`.
fn walk(frame: &mut Frame, start: Vec<u32>, mut meet: impl FnMut(&mut Frame, usize)) -> Result<()> {
    let mut met = vec![false; frame.entries.len()];
    let mut left = start;
    for &place in &left {
        met[place as usize] = true;
    }
    let mut walked = 0;
    while let Some(place) = left.pop() {
        walked += 1;
        breathe_now_and_then(walked)?;
        let node = frame.entries[place as usize].node.clone();
        for edge in node.edges.iter() {
            match edge {
                Edge::None => {}
                Edge::Leaf(leaf, _) => {
                    let leaf = frame.meet_leaf(leaf)?;
                    meet(frame, leaf);
                }
                Edge::Node(next, _) => {
                    let place = frame.meet(next)?;
                    met.resize(frame.entries.len(), false);
                    if frame.entries[place as usize].needed && !std::mem::replace(&mut met[place as usize], true) {
                        left.push(place);
                    }
                }
            }
        }
    }
    Ok(())
}

/// Hands a leaf what has reached it.
fn serve(frame: &mut Frame, place: usize, request: &mut Request<'_>) -> Result<()> {
    let leaf = Tensor(frame.leaves[place].leaf.clone());
    let Some(g) = frame.leaves[place].sum.take() else { return Ok(()) };
    if frame.leaves[place].outdated && (request.targets.is_empty() || request.targets.has(leaf.0.address())) {
        return Err(reshaped(&leaf));
    }
    if !leaf.0.side.is_some() && request.targets.is_empty() && request.accumulate {
        // Nearly every leaf: nobody has asked to see its gradient.
        return accumulate(&leaf, g);
    }
    serve_watched(leaf, g, request)
}

/// The same of a leaf with hooks, or of a sweep that was asked for places.
#[inline(never)]
fn serve_watched(leaf: Tensor, mut g: Tensor, request: &mut Request<'_>) -> Result<()> {
    if !request.targets.is_empty() && !request.targets.has(leaf.0.address()) {
        // Not asked for, so that its hooks are not either.
        return Ok(());
    }
    let side = leaf.0.side.get();
    if let Some(side) = &side {
        let own: Vec<_> = side.hooks.borrow().values().cloned().collect();
        for hook in &own {
            g = hooks::call(hook, g)?;
        }
    }
    if !request.accumulate {
        request.targets.each(leaf.0.address(), |target| target.cotangent = Some(g.clone()));
        return Ok(());
    }
    match side.filter(|side| !side.hooks.borrow().is_empty() || !side.after.borrow().is_empty()) {
        None => accumulate(&leaf, g),
        Some(side) => accumulate_among_hooks(&leaf, g, &side),
    }
}

/// A leaf that no longer asks for a gradient gets none: it may have been frozen since.
fn accumulate(leaf: &Tensor, g: Tensor) -> Result<()> {
    if leaf.requires_grad() { super::accumulate_grad(leaf, g) } else { Ok(()) }
}

/// What torch calls the AccumulateGrad node, with its hooks; they are called for a leaf that gets nothing as well.
fn accumulate_among_hooks(leaf: &Tensor, g: Tensor, side: &TensorSide) -> Result<()> {
    let mut cotangent = [Some(g)];
    hooks::call_node(&side.hooks, &mut cotangent, &[])?;
    // Kept where somebody is told of it; else it can become the gradient as it is.
    let g = if hooks::has_of_node(&side.after) { cotangent[0].clone() } else { cotangent[0].take() };
    if let Some(g) = g {
        accumulate(leaf, g)?;
    }
    let after: Vec<_> = side.after.borrow().values().cloned().collect();
    for hook in &after {
        hooks::call_after(hook, leaf)?;
    }
    hooks::call_node(&side.after, &mut [], &cotangent)
}
