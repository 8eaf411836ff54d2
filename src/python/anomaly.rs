//! Anomaly mode's Python half: where an operator was called, and the warning that tells it.

use super::errors;
use crate::error::Result;
use crate::tape::host::Payload;
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

/// Warns that `node`'s rule failed, with the stack at which the node was recorded.
pub fn warn(node: &str, trace: Option<&Payload>) -> Result<()> {
    let text = match trace.and_then(|t| t.downcast_ref::<String>()) {
        Some(stack) => format!("Error detected in {node}. Traceback of forward call that caused the error:\n{stack}"),
        None => format!(
            "Error detected in {node}. No forward pass information available. Enable detect anomaly during forward \
             pass for more information."
        ),
    };
    Python::attach(|py| errors::warn(py, &text)).map_err(Into::into)
}
