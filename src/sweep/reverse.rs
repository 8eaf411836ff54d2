//! Reverse mode: seed, take the latest node, apply its rule, accumulate; until none waits.

use super::frame::{Frame, Visit, accumulate};
use super::targets::Targets;
use super::{anomaly, hooks, leaves};
use crate::buffers::PoolVec;
use crate::error::{Class, Error, Result};
use crate::ops::adjoint::{Given, Sink, Vjp};
use crate::ops::row::Body;
use crate::ops::saved;
use crate::ops::table;
use crate::tape::apart::Together;
use crate::tape::host::{self, host};
use crate::tape::{Edge, Node, Ref, mode};
use crate::tensor::Tensor;

/// How often a sweep looks for signals and lets go of queued objects, in nodes.
const BREATH: u32 = 64;

/// How often a walk over a graph does, which has less to do at each.
const WALKED: usize = 4096;

/// What a sweep is asked for.
pub struct Request<'a> {
    /// Where it ends: at these places, or (where there are none) at every leaf.
    pub targets: &'a mut Targets,
    /// Whether nodes keep what they saved.
    pub retain: bool,
    /// Whether the cotangents of leaves are added to their `.grad` (else only the targets are told).
    pub accumulate: bool,
}

/// Runs a sweep that starts at `roots`, places and their seeds.
///
/// # Errors
/// What a rule or a hook raises; what was accumulated before that stays.
#[inline]
pub fn run(mut request: Request<'_>, roots: impl Iterator<Item = Result<(Edge, Tensor)>>) -> Result<()> {
    let _together = enter()?;
    let mut running = Running(Some(Frame::take()));
    let Some(frame) = running.0.as_deref_mut() else { return Ok(()) };
    if request.targets.is_empty() {
        for root in roots {
            let (edge, seed) = root?;
            frame.add(&edge, seed)?;
        }
    } else {
        let seeds = roots.collect::<Result<Vec<_>>>()?;
        restrict(frame, &seeds, request.targets)?;
        if let [(edge, seed)] = &seeds[..] {
            hooks::of_lone_root(frame, edge, seed, request.targets)?;
        }
        for (edge, seed) in seeds {
            frame.add(&edge, seed)?;
        }
    }
    sweep(frame, &mut request)
}

/// The same from one place to every leaf, whose gradients are accumulated: a training loop's own sweep.
///
/// # Errors
/// As [`run`].
#[inline]
pub fn run_from(root: &Edge, seed: Tensor, retain: bool) -> Result<()> {
    let _together = enter()?;
    let mut running = Running(Some(Frame::take()));
    let Some(frame) = running.0.as_deref_mut() else { return Ok(()) };
    let mut request = Request { targets: &mut Targets::default(), retain, accumulate: true };
    frame.add(root, seed)?;
    sweep(frame, &mut request)
}

/// A frame that is put back however its sweep ends: what a panic left claimed would slow down every later sweep.
struct Running(Option<Box<Frame>>);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(frame) = self.0.take() {
            Frame::put_back(frame);
        }
    }
}

/// Bytes of the stack that must be left for a sweep within a sweep. Kernels that are not optimised keep every lane
/// that they ever name on the stack.
const STACK_LEFT: usize = if cfg!(debug_assertions) { 1 << 20 } else { 96 << 10 };
/// Sweeps within each other where nobody knows how large the stack is.
const DEEPEST: u32 = 64;

/// A sweep that begins: within a hook of another it nests on the machine's stack, which ends without a word.
///
/// Sweeps of other threads count too where hooks let these run: the stack that is left, which decides, is the thread's own.
fn enter() -> Result<Together> {
    let (sweep, depth) = Together::enter();
    if depth > 0 && stacker::remaining_stack().map_or(depth >= DEEPEST, |left| left < STACK_LEFT) {
        return Err(Error::new(
            Class::Recursion,
            format!("maximum recursion depth exceeded: {depth} backward passes run within each other"),
        ));
    }
    Ok(sweep)
}

fn sweep(frame: &mut Frame, request: &mut Request<'_>) -> Result<()> {
    let mut watched = false;
    let mut breath = 0;
    while let Some(mut visit) = frame.pop() {
        // Whose code runs at a node's turn may look at the leaves meanwhile.
        if !watched && visit.node.side.is_some() && hooks::run_at(&visit.node) {
            watched = true;
            leaves::watch(frame, &visit, request)?;
        }
        if let Err(error) = step(frame, &mut visit, request) {
            return failed(frame, &visit, request, error);
        }
        if !watched && frame.met_hooks {
            // So may the hooks of a leaf, which has been met now.
            watched = true;
            leaves::watch(frame, &visit, request)?;
        }
        if watched {
            leaves::serve_after(frame, &visit.node, request)?;
        }
        breath += 1;
        if breath == BREATH {
            breath = 0;
            breathe()?;
        }
    }
    // No breath at the end: whoever called looks for signals and for what is queued.
    leaves::serve_all(frame, request)
}

/// A node has failed: leaves that nothing more can reach are served before its error goes on.
#[cold]
fn failed(frame: &mut Frame, visit: &Visit, request: &mut Request<'_>, error: Error) -> Result<()> {
    anomaly::explain(&visit.node);
    leaves::watch(frame, visit, request)?;
    Err(error)
}

#[cold]
fn breathe() -> Result<()> {
    match host() {
        Some(host) => {
            if host::has_pending() {
                (host.drain)();
            }
            (host.check_signals)()
        }
        None => Ok(()),
    }
}

/// The same in a walk over a graph that is at its node number `n`.
pub(super) fn breathe_now_and_then(n: usize) -> Result<()> {
    if n % WALKED == WALKED - 1 { breathe() } else { Ok(()) }
}

/// Applies the rule of a node to what has reached it.
#[inline(always)]
fn step(frame: &mut Frame, visit: &mut Visit, request: &mut Request<'_>) -> Result<()> {
    let node = &visit.node;
    if request.targets.is_empty() && !node.side.is_some() && node.outputs.len() <= 1 {
        // Nearly every node: nobody looks at its cotangent, and there is one.
        let cotangents = std::slice::from_ref(&visit.first);
        return rule(node, Given { cotangents, retain: request.retain, spends: true, wanted: Given::ALL }, frame);
    }
    step_watched(frame, visit, request)
}

/// The step of a node of several outputs, of one that somebody looks at, or on the way to a wanted place.
#[inline(never)]
fn step_watched(frame: &mut Frame, visit: &mut Visit, request: &mut Request<'_>) -> Result<()> {
    let node = &visit.node;
    // A node whose gradient is accumulated has its turn even where nothing behind it is asked for.
    let retained = request.accumulate && request.targets.has(node.address());
    let further = request.targets.is_empty() || retained || leads_to_wanted(frame, node, request.targets)?;
    let mut first = visit.first.take();
    let mut rest = visit.place.map(|place| std::mem::take(&mut frame.entries[place].rest)).unwrap_or_default();
    // torch's order: what `grad` is to return is taken before the hooks run, unless the sweep ends here.
    let early = further && !request.accumulate;
    if early {
        tell_targets(node, request.targets, first.as_ref(), &rest);
    }
    if node.side.is_some() {
        if let Some(g) = first.take() {
            first = Some(hooks::run(node, 0, g)?);
        }
        for (output, g) in rest.iter_mut().enumerate() {
            if let Some(reached) = g.take() {
                *g = Some(hooks::run(node, output as u32, reached)?);
            }
        }
    }
    if !early {
        tell_targets(node, request.targets, first.as_ref(), &rest);
    }
    if !further {
        return Ok(());
    }
    let wanted = wanted_inputs(frame, node, request.targets)?;
    let outputs = node.outputs.len();
    if outputs <= 1 {
        return apply(frame, node, std::slice::from_mut(&mut first), request.retain, wanted);
    }
    let mut all = PoolVec::new();
    all.reserve(outputs)?;
    all.push(first)?;
    for output in 1..outputs {
        all.push(rest.get_mut(output).and_then(Option::take))?;
    }
    apply(frame, node, &mut all, request.retain, wanted)
}

/// The inputs of `node` behind which a target lies: a rule computes nothing for the others.
fn wanted_inputs(frame: &mut Frame, node: &Node, targets: &Targets) -> Result<u64> {
    if targets.is_empty() {
        return Ok(Given::ALL);
    }
    let mut bits = 0;
    for (i, edge) in node.edges.iter().enumerate() {
        bits |= u64::from(is_wanted(frame, edge, targets)?) << i.min(63);
    }
    Ok(bits)
}

/// Tells the targets that are outputs of `node` what has reached them.
fn tell_targets(node: &Ref<Node>, targets: &mut Targets, first: Option<&Tensor>, rest: &[Option<Tensor>]) {
    targets.each(node.address(), |target| {
        if let Edge::Node(_, output) = &target.edge {
            target.cotangent = match output {
                0 => first.cloned(),
                _ => rest.get(*output as usize).cloned().flatten(),
            };
        }
    });
}

/// Whether a target lies behind some input of `node`.
fn leads_to_wanted(frame: &mut Frame, node: &Node, targets: &Targets) -> Result<bool> {
    for edge in node.edges.iter() {
        if is_wanted(frame, edge, targets)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_wanted(frame: &mut Frame, edge: &Edge, targets: &Targets) -> Result<bool> {
    Ok(match edge {
        Edge::None => false,
        Edge::Leaf(leaf, _) => targets.is_empty() || targets.has(leaf.address()),
        Edge::Node(node, _) => {
            let place = frame.meet(node)?;
            frame.entries[place as usize].needed
        }
    })
}

fn apply(
    frame: &mut Frame,
    node: &Ref<Node>,
    cotangents: &mut [Option<Tensor>],
    retain: bool,
    wanted: u64,
) -> Result<()> {
    let Some(side) = node.side.get().filter(|side| side.has_node_hooks()) else {
        return rule(node, Given { cotangents, retain, spends: false, wanted }, frame);
    };
    let mode = mode::mode();
    hooks::call_before(&side, cotangents)?;
    // What is saved stays until the hooks have run: with one that fails, nothing has happened.
    let mut inputs = Vec::new();
    inputs.resize_with(node.edges.len(), || None);
    let mut collected = Collected { node, inputs };
    if cotangents.iter().any(Option::is_some) || table::operator(node.op).is_none() {
        // What the hooks leave is looked at for nan, not what the rule gave them.
        let silent = mode & !mode::bits::CHECK_NAN;
        rule_in(node, Given { cotangents, retain: true, spends: false, wanted }, silent, &mut collected)?;
    } else {
        // The hooks took every cotangent away: no rule of an operator has anything to say of that.
        drop(saved::claim(node)?);
    }
    let mut inputs = collected.inputs;
    hooks::call_after_rule(&side, &mut inputs, cotangents)?;
    if !retain {
        release(node);
    }
    anomaly::check_all(node, &inputs, mode)?;
    for (edge, value) in node.edges.iter().zip(inputs) {
        if let Some(value) = value {
            frame.add(edge, value)?;
        }
    }
    Ok(())
}

/// Applies a node's rule; what it gives goes to `sink`. A rule that fails leaves what the node saved.
fn rule(node: &Ref<Node>, given: Given<'_>, sink: &mut dyn Sink) -> Result<()> {
    rule_in(node, given, mode::mode(), sink)
}

/// The same in a mode that the caller has looked up.
#[inline(always)]
fn rule_in(node: &Ref<Node>, given: Given<'_>, mode: u32, sink: &mut dyn Sink) -> Result<()> {
    if mode & mode::bits::ANOMALY != 0 {
        return anomaly::rule(node, given, mode, sink);
    }
    unwatched(node, given, mode, sink)?;
    if !given.retain {
        release(node);
    }
    Ok(())
}

/// Lets go of what a node saved.
pub(super) fn release(node: &Ref<Node>) {
    if node.op == table::FUNCTION { super::function::release(node) } else { saved::free(node) }
}

/// The rule itself, which leaves what the node saved.
#[inline(always)]
pub(super) fn unwatched(node: &Ref<Node>, given: Given<'_>, mode: u32, sink: &mut dyn Sink) -> Result<()> {
    match table::operator(node.op) {
        Some(op) => {
            let mut vjp = Vjp::new(node, op, given, mode, sink)?;
            match op.body {
                Body::Pointwise(row) => vjp.pointwise(row),
                // Without an edge an input is of unknown shape: a view that no_grad made of a computed tensor.
                Body::Structured { vjp: rule, .. } if node.edges.iter().any(Edge::is_some) => rule(&mut vjp),
                Body::Structured { .. } => Ok(()),
            }
        }
        None => super::function::backward(node, given.cotangents, sink),
    }
}

/// Which input's edge `edge` is: a rule adds to edges of its own node.
pub(super) fn place_of(node: &Node, edge: &Edge) -> Result<usize> {
    let place = node.edges.iter().position(|e| std::ptr::eq(e, edge));
    place.ok_or_else(|| Error::runtime("internal error: a rule gave a cotangent to what is no input of its node"))
}

/// A sink that keeps what a rule gives for the hooks that come after it.
struct Collected<'s> {
    node: &'s Ref<Node>,
    inputs: Vec<Option<Tensor>>,
}

impl Sink for Collected<'_> {
    fn add(&mut self, edge: &Edge, value: Tensor) -> Result<()> {
        accumulate(&mut self.inputs[place_of(self.node, edge)?], value)
    }
}

/// Finds the nodes behind which a target lies; the sweep visits no others.
fn restrict(frame: &mut Frame, roots: &[(Edge, Tensor)], targets: &Targets) -> Result<()> {
    frame.restricted = true;
    for (edge, _) in roots {
        if let Edge::Node(node, _) = edge {
            frame.meet(node)?;
        }
    }
    // The list grows while it is walked; each node is met once.
    let mut at = 0;
    while at < frame.entries.len() {
        let node = frame.entries[at].node.clone();
        for edge in node.edges.iter() {
            if let Edge::Node(next, _) = edge {
                frame.meet(next)?;
            }
        }
        at += 1;
        breathe_now_and_then(at)?;
    }
    let mut order: Vec<u32> = (0..frame.entries.len() as u32).collect();
    order.sort_unstable_by_key(|&i| frame.entries[i as usize].node.sequence);
    for (n, i) in order.into_iter().enumerate() {
        breathe_now_and_then(n)?;
        let node = frame.entries[i as usize].node.clone();
        let needed = targets.has(node.address()) || leads_to_wanted(frame, &node, targets)?;
        frame.entries[i as usize].needed = needed;
    }
    Ok(())
}
