//! Anomaly mode: what a rule records is noted as its own, what it gives is looked at for nan, and what failed is explained.

use super::faces;
use super::reverse::{place_of, release, unwatched};
use crate::error::{Error, Result};
use crate::ops::adjoint::{Given, Sink};
use crate::ops::table;
use crate::tape::host::host;
use crate::tape::origin::{self, Swept};
use crate::tape::{Edge, Node, Ref, mode};
use crate::tensor::Tensor;

/// Applies a node's rule: what the rule records is noted as its own, and what it gives is looked at.
#[cold]
pub(super) fn rule(node: &Ref<Node>, given: Given<'_>, mode: u32, sink: &mut dyn Sink) -> Result<()> {
    let _sweeping = origin::sweeping(swept(node));
    let mut found = None;
    if mode & mode::bits::CHECK_NAN == 0 {
        unwatched(node, given, mode, sink)?;
    } else {
        let mut checked = Checked { sink, node, found };
        unwatched(node, given, mode, &mut checked)?;
        found = checked.found;
    }
    if !given.retain {
        release(node);
    }
    found.map_or(Ok(()), Err)
}

/// Looks at what a node's rule and hooks leave, where the mode asks for it.
pub(super) fn check_all(node: &Node, inputs: &[Option<Tensor>], mode: u32) -> Result<()> {
    const LOOKED_AT: u32 = mode::bits::ANOMALY | mode::bits::CHECK_NAN;
    if mode & LOOKED_AT != LOOKED_AT {
        return Ok(());
    }
    for (i, value) in inputs.iter().enumerate() {
        value.as_ref().map_or(Ok(()), |value| check_nan(node, i, value))?;
    }
    Ok(())
}

/// A sink that looks for nan.
struct Checked<'s> {
    sink: &'s mut dyn Sink,
    node: &'s Ref<Node>,
    found: Option<Error>,
}

impl Sink for Checked<'_> {
    fn add(&mut self, edge: &Edge, value: Tensor) -> Result<()> {
        if self.found.is_none() {
            self.found = place_of(self.node, edge).and_then(|input| check_nan(self.node, input, &value)).err();
        }
        self.sink.add(edge, value)
    }
}

/// torch's error, where the cotangent of a node's input holds a nan.
fn check_nan(node: &Node, input: usize, value: &Tensor) -> Result<()> {
    if !super::has_nan(value)? {
        return Ok(());
    }
    let (name, place) = (table::full_name(node), input.saturating_sub(faces::shown(node).start));
    Err(Error::runtime(format!("Function '{name}' returned nan values in its {place}th output.")))
}

/// A node's name and where it was recorded.
fn swept(node: &Ref<Node>) -> Swept {
    Swept { name: table::full_name(node), origin: node.side.get().and_then(|side| side.origin.borrow().clone()) }
}

/// Shows where the node that failed was recorded, where the mode is on.
#[cold]
pub(super) fn explain(node: &Ref<Node>) {
    if let (true, Some(host)) = (mode::mode() & mode::bits::ANOMALY != 0, host()) {
        let Swept { name, origin } = swept(node);
        (host.warn_anomaly)(&name, origin.as_deref());
    }
}
