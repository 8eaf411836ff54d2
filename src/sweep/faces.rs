//! What torch shows of a node where ours has more: an operand that is a number can have no entry there.

use crate::ops::table;
use crate::tape::Node;
use std::ops::Range;

/// The inputs that torch lists for a node, by their places among ours.
pub fn shown(node: &Node) -> Range<usize> {
    let name = table::operator(node.op).map_or("", |op| op.name);
    match (name, node.variant) {
        // The number is an attribute of torch's node, no input.
        ("pow", 0)
        | ("rsub", 1)
        | ("fill_", 1 | 3)
        | ("index" | "gather" | "index_select" | "take" | "masked_select", _) => 0..1,
        ("scatter" | "index_fill", 1) | ("masked_scatter_backward", _) => 0..1,
        ("add" | "sub" | "mul" | "div", 1) | ("masked_fill" | "remainder" | "fmod" | "round", 0) => 0..1,
        ("clamp", 1) | ("clamp_min" | "clamp_max", 0) | ("copysign", 1) | ("xlogy", 2) | ("logit", _) => 0..1,
        ("nan_to_num" | "threshold" | "frexp" | "polygamma", _) => 0..1,
        ("lerp", 0) | ("nextafter" | "threshold_backward", _) => 0..2,
        ("addcmul" | "addcdiv", _) => 0..3,
        ("floor_divide" | "heaviside", _) => {
            let is_there = |i: &usize| node.edges.get(*i).is_some_and(|edge| edge.is_some());
            let mut there = (0..node.edges.len()).filter(is_there);
            let first = there.next().unwrap_or(0);
            first..there.last().unwrap_or(first) + 1
        }
        ("pow", 2) | ("xlogy", 1) => 1..2,
        // Neither the condition, nor alpha, nor an index has a gradient.
        ("where_", _) => 1..3,
        (
            "pow" | "add" | "sub" | "rsub" | "index_put" | "scatter" | "scatter_add" | "scatter_reduce" | "masked_fill",
            _,
        ) => 0..2,
        (
            "scatter_reduced" | "index_add" | "index_copy" | "index_fill" | "index_reduce" | "put" | "masked_scatter",
            _,
        ) => 0..2,
        _ => 0..node.edges.len(),
    }
}
