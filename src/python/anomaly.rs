//! Anomaly mode's Python half: where an operator was called, and the warning that tells it.

use super::errors;
use crate::tape::host::Payload;
use crate::tape::origin::{Origin, Swept};
use pyo3::prelude::*;
use std::rc::Rc;

/// The Python stack as text. None where it cannot be had: a trace must never fail an operator.
pub fn trace() -> Option<Payload> {
    Python::attach(|py| {
        // An exception may be on its way while a node is recorded (in a `finally` block); it stays.
        let pending = PyErr::take(py);
        let lines = py.import("traceback").and_then(|m| m.call_method0("format_stack"));
        let text = lines.and_then(|lines| lines.extract::<Vec<String>>()).map(|lines| lines.concat());
        if let Some(pending) = pending {
            pending.restore(py);
        }
        text.ok().map(|text| Rc::new(text) as Payload)
    })
}

/// Warns that `node`'s rule failed, with the stack at which the node was recorded; then, where it was recorded by a
/// sweep, of the node that was swept, and so on. A warning that is made an exception of is printed: what the sweep
/// raises is the rule's own.
pub fn warn(node: &str, origin: Option<&Origin>) {
    Python::attach(|py| {
        tell(py, &text("Error detected in", node, "caused the error", origin));
        let mut next = origin.and_then(|origin| origin.induced_by.as_ref());
        while let Some(Swept { name, origin }) = next {
            let (what, how) = ("\n\nPrevious calculation was induced by", "induced the previous calculation");
            tell(py, &text(what, name, how, origin.as_deref()));
            next = origin.as_ref().and_then(|origin| origin.induced_by.as_ref());
        }
    });
}

fn tell(py: Python<'_>, text: &str) {
    if let Err(error) = errors::warn(py, text) {
        error.write_unraisable(py, None);
    }
}

fn text(what: &str, node: &str, how: &str, origin: Option<&Origin>) -> String {
    let stack = origin.and_then(|origin| origin.trace.as_ref()).and_then(|trace| trace.downcast_ref::<String>());
    match stack {
        Some(stack) => format!("{what} {node}. Traceback of forward call that {how}:\n{stack}"),
        // In torch's words for a node that was swept before, too.
        None => format!(
            "Error detected in {node}. No forward pass information available. Enable detect anomaly during forward \
             pass for more information."
        ),
    }
}
