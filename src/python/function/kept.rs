//! What `save_for_backward` keeps, and how `backward` sees it again.

use crate::error::{Error, Result};
use crate::ops::edge::node_of;
use crate::ops::saved::{SavedValue, unpack};
use crate::python::ffi::attributes::kind;
use crate::python::ffi::handles::{tensor, to_python};
use crate::tape::{Node, Ref, Saved};
use crate::tensor::Tensor;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// A tensor that `save_for_backward` kept.
pub(super) enum Kept {
    /// There was None.
    Nothing,
    /// The object of an input or of any other tensor, with version and epoch as they were.
    Input(Py<PyAny>, u32, u32),
    /// A detached alias of an output, the version, and the output's number.
    Output(Tensor, u32, u32),
}

impl Kept {
    pub(super) fn duplicate(&self, py: Python<'_>) -> Kept {
        match self {
            Kept::Nothing => Kept::Nothing,
            Kept::Input(object, version, epoch) => Kept::Input(object.clone_ref(py), *version, *epoch),
            Kept::Output(alias, version, output) => Kept::Output(alias.clone(), *version, *output),
        }
    }
}

/// What was kept, as `backward` sees it.
pub(super) fn restored<'py>(py: Python<'py>, kept: Kept, node: Option<&Ref<Node>>) -> Result<Bound<'py, PyAny>> {
    match (kept, node) {
        (Kept::Nothing, _) => Ok(py.None().into_bound(py)),
        (Kept::Input(object, version, epoch), node) => {
            let object = object.into_bound(py);
            if let (Some(node), Some(t)) = (node, tensor(&object)) {
                unpack(&Saved::Input(t.0.clone(), version, epoch), node)?;
            }
            Ok(object)
        }
        (Kept::Output(alias, version, output), Some(node)) => {
            match unpack(&Saved::Output(alias.0, version, output), node)? {
                SavedValue::Tensor(t) => to_python(py, t),
                SavedValue::Number(_) => Err(Error::runtime("a saved output is a number")),
            }
        }
        (Kept::Output(alias, ..), None) => to_python(py, alias),
    }
}

/// What `save_for_backward` was given, as it is kept by `node`.
pub(super) fn keep(py: Python<'_>, to_save: Option<Py<PyTuple>>, node: &Ref<Node>) -> Result<Vec<Kept>> {
    let Some(tuple) = to_save else { return Ok(Vec::new()) };
    let mut kept = Vec::new();
    for (i, object) in tuple.bind(py).iter().enumerate() {
        let Some(t) = tensor(&object) else {
            if object.is_none() {
                kept.push(Kept::Nothing);
                continue;
            }
            return Err(Error::type_error(format!(
                "save_for_backward can only save variables, but argument {i} is of type {}",
                kind(&object)?
            )));
        };
        kept.push(match node_of(t)? {
            // A reference to an output itself would be a circle.
            Some((own, output)) if own.same(node) => {
                let alias = t.alias()?;
                let version = alias.version();
                Kept::Output(alias, version, output)
            }
            _ => Kept::Input(object.clone().unbind(), t.version(), t.0.epoch.get()),
        });
    }
    Ok(kept)
}
