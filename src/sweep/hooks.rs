//! Hooks: what users hang on tensors and nodes, called as cotangents pass.

use super::frame::Frame;
use super::targets::Targets;
use crate::error::{Error, Result};
use crate::ops::edge::{node_of, wants_gradient};
use crate::ops::view;
use crate::tape::host::Payload;
use crate::tape::record::flags;
use crate::tape::side::{Hooks, NodeSide, TensorSide};
use crate::tape::{Edge, Node, Ref, TensorRecord, Weak};
use crate::tensor::Tensor;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A hook on one cotangent: may give another in its place.
pub type TensorHook = Box<dyn Fn(&Tensor) -> Result<Option<Tensor>>>;

/// A hook with the host's object behind it, which the host's collector asks for.
pub struct HookPayload {
    /// What is called.
    pub call: TensorHook,
    /// The host's object as a bare number; 0 for a Rust closure.
    pub owner: usize,
}

impl HookPayload {
    /// A hook that calls `call`.
    pub fn new(call: TensorHook, owner: usize) -> Self {
        HookPayload { call, owner }
    }
}

/// A hook on a node. Called before the rule with the outputs' cotangents, which it may replace, and no
/// others; called after it with the inputs' cotangents, which it may replace, and the outputs'.
pub type NodeHook = Box<dyn Fn(&mut [Option<Tensor>], &[Option<Tensor>]) -> Result<()>>;

/// A node's hook with the host's object behind it.
pub struct NodeHookPayload {
    /// What is called.
    pub call: NodeHook,
    /// The host's object as a bare number; 0 for a Rust closure.
    pub owner: usize,
}

impl NodeHookPayload {
    /// A hook that calls `call`.
    pub fn new(call: NodeHook, owner: usize) -> Self {
        NodeHookPayload { call, owner }
    }
}

static NEXT: AtomicU64 = AtomicU64::new(1);

/// A number that names a hook, for its removal.
pub fn next_number() -> u64 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A hook that hangs somewhere, and goes on hanging there when this is dropped.
pub struct Hook {
    hung: Hung,
    number: u64,
}

enum Hung {
    Leaf(Weak<TensorSide>),
    Node(Weak<NodeSide>),
}

impl Hook {
    /// One of a node.
    pub(crate) fn of_node(side: &Ref<NodeSide>, number: u64) -> Hook {
        Hook { hung: Hung::Node(Weak::new(side)), number }
    }

    /// One of a leaf.
    pub(crate) fn of_leaf(side: &Ref<TensorSide>, number: u64) -> Hook {
        Hook { hung: Hung::Leaf(Weak::new(side)), number }
    }

    /// A number that no other hook has.
    pub fn id(&self) -> u64 {
        self.number
    }

    /// Takes the hook away.
    pub fn remove(self) {
        let number = self.number;
        // Each is dropped when nothing is borrowed any more.
        match self.hung {
            Hung::Leaf(side) => {
                if let Some(side) = side.upgrade() {
                    let own = side.hooks.borrow_mut().remove(&number);
                    let after = side.after.borrow_mut().remove(&number);
                    drop((own, after));
                }
            }
            Hung::Node(side) => {
                if let Some(side) = side.upgrade() {
                    let own = side.hooks.borrow_mut().remove(&number);
                    let before = side.before.borrow_mut().remove(&number);
                    let after = side.after.borrow_mut().remove(&number);
                    drop((own, before, after));
                }
            }
        }
    }
}

/// Whether somebody's code runs at the node's turn: hooks, or the rule of a user's function.
#[cold]
pub(super) fn run_at(node: &Node) -> bool {
    let runs =
        |side: &NodeSide| side.has_node_hooks() || !side.hooks.borrow().is_empty() || side.function.borrow().is_some();
    node.side.get().is_some_and(|side| runs(&side))
}

/// Whether hooks run when the leaf takes its gradient.
#[cold]
pub(super) fn of_leaf(leaf: &TensorRecord) -> bool {
    leaf.side.get().is_some_and(|side| !side.hooks.borrow().is_empty() || !side.after.borrow().is_empty())
}

/// Hangs `hook` on the cotangent of `t`.
///
/// # Errors
/// Where `t` wants no gradient.
pub fn register(t: &Tensor, hook: HookPayload) -> Result<Hook> {
    if !wants_gradient(t) {
        return Err(Error::runtime("cannot register a hook on a tensor that doesn't require gradient"));
    }
    let number = next_number();
    let hook: Payload = Rc::new(hook);
    Ok(match node_of(t)? {
        // Those made before an in-place write stay with the node as it was then.
        Some((node, output)) => {
            let side = node.side()?;
            side.hooks.borrow_mut().insert(number, (output, hook));
            Hook::of_node(&side, number)
        }
        None => {
            let side = t.0.side()?;
            side.hooks.borrow_mut().insert(number, hook);
            Hook::of_leaf(&side, number)
        }
    })
}

/// Hangs `hook` on a leaf, called with it after its gradient was accumulated.
///
/// # Errors
/// Where `t` is no leaf, or wants no gradient.
pub fn register_after(t: &Tensor, hook: HookPayload) -> Result<Hook> {
    if !wants_gradient(t) {
        return Err(Error::runtime("cannot register a hook on a tensor that doesn't require gradient"));
    }
    if !t.is_leaf() {
        return Err(Error::runtime("post accumulate grad hooks cannot be registered on non-leaf tensors"));
    }
    let (number, side) = (next_number(), t.0.side()?);
    side.after.borrow_mut().insert(number, Rc::new(hook));
    Ok(Hook::of_leaf(&side, number))
}

/// Keeps the gradient of a tensor that is no leaf.
///
/// # Errors
/// Where `t` wants no gradient.
pub fn retain_grad(t: &Tensor) -> Result<()> {
    if !wants_gradient(t) {
        return Err(Error::runtime("can't retain_grad on Tensor that has requires_grad=False"));
    }
    if t.0.has(flags::RETAINS_GRAD) || t.is_leaf() && view::is_refused(t) {
        return Ok(());
    }
    if let Some((node, output)) = node_of(t)? {
        node.side()?.retain.borrow_mut().push((output, Weak::new(&t.0)));
        t.0.set_flag(flags::RETAINS_GRAD, true);
    }
    Ok(())
}

/// Calls one hook on `g`, where it is one on a cotangent; what it gives must have the shape of what it got.
pub fn call(hook: &Payload, g: Tensor) -> Result<Tensor> {
    let Some(payload) = hook.downcast_ref::<HookPayload>() else { return Ok(g) };
    match (payload.call)(&g)? {
        None => Ok(g),
        Some(new) => {
            if new.geometry().shape[..] != g.geometry().shape[..] {
                return Err(Error::runtime("hook has changed the size of value"));
            }
            Ok(new)
        }
    }
}

/// Runs the tensor hooks of output `output` of `node`, then keeps the result where a tensor retains it.
pub fn run(node: &Ref<Node>, output: u32, mut g: Tensor) -> Result<Tensor> {
    let Some(side) = node.side.get() else { return Ok(g) };
    // A copy of the list: a hook may remove itself, or hang up another.
    let hooks: Vec<Payload> =
        side.hooks.borrow().values().filter(|(o, _)| *o == output).map(|(_, h)| h.clone()).collect();
    for hook in &hooks {
        g = call(hook, g)?;
    }
    let keepers: Vec<Tensor> = side
        .retain
        .borrow()
        .iter()
        .filter(|(o, _)| *o == output)
        .filter_map(|(_, weak)| weak.upgrade().map(Tensor))
        .collect();
    for keeper in keepers {
        super::accumulate_grad(&keeper, g.clone())?;
    }
    Ok(g)
}

/// Runs the tensor hooks of a sweep's root where no target lies behind it: torch looks at a lone root before it asks
/// whether that is needed, and not at one of several.
pub fn of_lone_root(frame: &mut Frame, root: &Edge, seed: &Tensor, targets: &Targets) -> Result<()> {
    match root {
        Edge::Node(node, output) => {
            let place = frame.meet(node)?;
            if !frame.entries[place as usize].needed {
                run(node, *output, seed.clone())?;
            }
        }
        Edge::Leaf(leaf, _) if !targets.has(leaf.address()) => {
            if let Some(side) = leaf.side.get() {
                let own: Vec<_> = side.hooks.borrow().values().cloned().collect();
                own.iter().try_fold(seed.clone(), |g, hook| call(hook, g))?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// Calls a hook that is told of a leaf after its gradient was accumulated, where it is one.
pub fn call_after(hook: &Payload, leaf: &Tensor) -> Result<()> {
    let Some(payload) = hook.downcast_ref::<HookPayload>() else { return Ok(()) };
    match (payload.call)(leaf)? {
        None => Ok(()),
        Some(_) => Err(Error::runtime("Tensor post accumulate grad hooks should return None.")),
    }
}

impl NodeSide {
    /// Whether hooks wait for the rule to be applied.
    pub(super) fn has_node_hooks(&self) -> bool {
        !self.before.borrow().is_empty() || !self.after.borrow().is_empty()
    }
}

/// Calls the hooks of a node that come before its rule.
pub(super) fn call_before(side: &NodeSide, cotangents: &mut [Option<Tensor>]) -> Result<()> {
    call_node(&side.before, cotangents, &[])
}

/// Calls the hooks of a node that come after its rule.
pub(super) fn call_after_rule(
    side: &NodeSide,
    inputs: &mut [Option<Tensor>],
    outputs: &[Option<Tensor>],
) -> Result<()> {
    call_node(&side.after, inputs, outputs)
}

/// Whether a node's hook is among `hooks`.
pub(super) fn has_of_node(hooks: &RefCell<Hooks>) -> bool {
    hooks.borrow().values().any(|hook| hook.is::<NodeHookPayload>())
}

/// Calls those among `hooks` that are a node's. The list is a copy: a hook may remove itself.
pub(super) fn call_node(hooks: &RefCell<Hooks>, first: &mut [Option<Tensor>], second: &[Option<Tensor>]) -> Result<()> {
    let hooks: Vec<Payload> = hooks.borrow().values().cloned().collect();
    for hook in &hooks {
        if let Some(payload) = hook.downcast_ref::<NodeHookPayload>() {
            (payload.call)(first, second)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Law: a sweep looks out for those hooks alone that it can call.
    #[test]
    fn hooks_are_looked_for_where_they_hang() -> Result<()> {
        let leaf = || -> Result<Tensor> {
            let t = Tensor::full(&[], 1.0, crate::DType::Float32)?;
            t.requires_grad_(true)?;
            Ok(t)
        };
        let (watched, plain) = (leaf()?, leaf()?);
        register(&watched, HookPayload::new(Box::new(|_| Ok(None)), 0))?;
        assert!(of_leaf(&watched.0) && !of_leaf(&plain.0));
        let y = watched.exp()?;
        let (node, _) = node_of(&y)?.expect("it was recorded");
        retain_grad(&y)?;
        assert!(!run_at(&node), "nobody's code runs where a gradient is kept");
        register(&y, HookPayload::new(Box::new(|_| Ok(None)), 0))?;
        assert!(run_at(&node));
        Ok(())
    }
}
