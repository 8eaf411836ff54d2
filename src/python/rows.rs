//! The operator table as data: what tests, the stub and docs/operators.md are held against.

use super::ffi::call::table::Form;
use super::node::Node;
use crate::ops::row::{Body, Operator, Overload};
use crate::ops::table;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::borrow::Cow;

/// Per signature: the text, each form in words with the name as it is spelled so, and whether it has a body here.
type Signature = (&'static str, Vec<(&'static str, Cow<'static, str>)>, bool);

fn signature(overload: &Overload) -> Signature {
    let s = &overload.signature;
    let forms = Form::ALL.into_iter().filter(|(form, _)| form.is_of(overload));
    (s.text, forms.map(|(form, word)| (word, form.spelled(s.name))).collect(), !overload.is_unsupported())
}

fn row_of<'py>(
    py: Python<'py>,
    name: &str,
    doc: &str,
    op: Option<&'static Operator>,
    signatures: Vec<Signature>,
) -> PyResult<Bound<'py, PyDict>> {
    let row = PyDict::new(py);
    row.set_item("name", name)?;
    row.set_item("doc", table::docstring(doc))?;
    row.set_item("signatures", signatures)?;
    // For each operand whether it has a derivative; a structured row answers for all of its own.
    let derived = op.map_or(Vec::new(), |op| match op.body {
        Body::Pointwise(row) => row.derivatives.iter().map(Option::is_some).collect(),
        Body::Structured { .. } => vec![true; op.reads.len()],
    });
    row.set_item("differentiable", derived)?;
    row.set_item("row", op.map_or("", |op| op.about.row))?;
    row.set_item("nodes", op.map_or(Vec::new(), |op| op.grad_names.to_vec()))?;
    row.set_item("operands", op.map_or(Vec::new(), |op| op.about.operands.to_vec()))?;
    row.set_item("domain", op.map_or("", |op| op.about.domain))?;
    row.set_item("dtype", op.map_or("", |op| op.about.dtype))?;
    Ok(row)
}

/// Every row of the operator table, then every name that stands alone, each as a dict: `name` (torch's), `row` (ours),
/// `nodes` by variant, `signatures` (text, names by form, whether there is a body), `operands`, `differentiable` by
/// operand, `domain`, `dtype` (the result's), `doc`.
#[pyfunction]
pub fn _rows(py: Python<'_>) -> PyResult<Vec<Bound<'_, PyDict>>> {
    let overloads = || {
        let all = table::groups().iter().flat_map(|group| group.overloads.iter().copied());
        all.filter(|o| !o.is_deprecated())
    };
    let mut rows = Vec::new();
    for op in table::operators() {
        let own = overloads().filter(|o| o.row == op.about.row).map(signature).collect();
        rows.push(row_of(py, op.name, op.about.doc, Some(op), own)?);
    }
    for group in table::groups() {
        let own: Vec<_> = group.overloads.iter().filter(|o| o.row.is_empty()).collect();
        if let Some(first) = own.first() {
            rows.push(row_of(py, group.name, first.doc, None, own.iter().map(|o| signature(o)).collect())?);
        }
    }
    Ok(rows)
}

/// The row that a node is an application of, and the place of its name among the row's; None for a leaf's node and for
/// a user's function.
#[pyfunction]
pub fn _row_of(node: &Bound<'_, PyAny>) -> Option<(&'static str, u8)> {
    let node = node.cast::<Node>().ok()?.get().node(node.py())?;
    table::operator(node.op).map(|op| (op.about.row, node.variant))
}
