//! The table: every family's rows, found by number and by name.

use super::row::{Operator, Overload};
use super::{
    alike, analytic, bitwise, blend, clamp, compare, copy, directions, draws, embed, extremes, factories, index,
    matmul, norm, parts, plain, pointwise, reduce, reshape, rounding, shapes, special, view, whole,
};
use crate::tape::Node;
use std::sync::OnceLock;

/// The families, in the order of the number that each gives in its rows.
static FAMILIES: [(&[&Operator], &[Overload]); 55] = [
    (pointwise::OPERATORS, pointwise::OVERLOADS),
    (compare::OPERATORS, compare::OVERLOADS),
    (copy::OPERATORS, copy::OVERLOADS),
    (view::OPERATORS, view::OVERLOADS),
    (reshape::OPERATORS, reshape::OVERLOADS),
    (reduce::OPERATORS, reduce::OVERLOADS),
    (matmul::OPERATORS, matmul::OVERLOADS),
    (index::OPERATORS, index::OVERLOADS),
    (plain::OPERATORS, plain::OVERLOADS),
    (embed::OPERATORS, embed::OVERLOADS),
    (norm::OPERATORS, norm::OVERLOADS),
    (parts::OPERATORS, parts::OVERLOADS),
    (factories::OPERATORS, factories::OVERLOADS),
    (draws::rows::OPERATORS, draws::rows::OVERLOADS),
    (analytic::OPERATORS, analytic::OVERLOADS),
    (rounding::OPERATORS, rounding::OVERLOADS),
    (extremes::OPERATORS, extremes::OVERLOADS),
    (bitwise::OPERATORS, bitwise::OVERLOADS),
    (&[], &[]),                                     // 18 folds
    (&[], &[]),                                     // 19 scans
    (&[], &[]),                                     // 20 sorts
    (shapes::OPERATORS, shapes::OVERLOADS),         // 21
    (&[], &[]),                                     // 22 picks
    (special::OPERATORS, special::OVERLOADS),       // 23
    (&[], &[]),                                     // 24 products
    (&[], &[]),                                     // 25 softmax
    (draws::OPERATORS, draws::OVERLOADS),           // 26
    (&[], &[]),                                     // 27
    (&[], &[]),                                     // 28
    (&[], &[]),                                     // 29
    (&[], &[]),                                     // 30
    (&[], &[]),                                     // 31
    (&[], &[]),                                     // 32
    (&[], &[]),                                     // 33
    (&[], &[]),                                     // 34
    (&[], &[]),                                     // 35
    (&[], &[]),                                     // 36
    (&[], &[]),                                     // 37
    (&[], &[]),                                     // 38
    (&[], &[]),                                     // 39
    (&[], &[]),                                     // 40
    (&[], &[]),                                     // 41
    (&[], &[]),                                     // 42
    (&[], &[]),                                     // 43
    (&[], &[]),                                     // 44
    (&[], &[]),                                     // 45
    (&[], &[]),                                     // 46
    (&[], &[]),                                     // 47
    (&[], &[]),                                     // 48
    (&[], &[]),                                     // 49
    (clamp::OPERATORS, clamp::OVERLOADS),           // 50
    (blend::OPERATORS, blend::OVERLOADS),           // 51
    (whole::OPERATORS, whole::OVERLOADS),           // 52
    (directions::OPERATORS, directions::OVERLOADS), // 53
    (alike::OPERATORS, alike::OVERLOADS),           // 54
];

/// The number of a node whose rule is a user's function: no row of the table.
pub const FUNCTION: u16 = u16::MAX;

/// The operator of a number; none for a user's function.
#[inline]
pub fn operator(number: u16) -> Option<&'static Operator> {
    FAMILIES.get((number >> 8) as usize).and_then(|(ops, _)| ops.get((number & 255) as usize)).copied()
}

/// Every operator.
pub fn operators() -> impl Iterator<Item = &'static Operator> {
    FAMILIES.iter().flat_map(|(ops, _)| ops.iter().copied())
}

/// The name of a node, as torch prints it.
pub fn grad_name(node: &Node) -> String {
    match operator(node.op) {
        Some(op) => op.grad_names.get(node.variant as usize).or(op.grad_names.first()).unwrap_or(&op.name).to_string(),
        None => node
            .side
            .get()
            .and_then(|side| side.function.borrow().clone())
            .and_then(|f| f.downcast_ref::<super::function::UserFunction>().map(|f| f.rule.name()))
            .unwrap_or_else(|| "FunctionBackward".to_string()),
    }
}

/// The name of a node as torch's messages have it: with the namespace, for those of its own.
pub fn full_name(node: &Node) -> String {
    let name = grad_name(node);
    if IN_TORCH.contains(&name.as_str()) { format!("torch::autograd::{name}") } else { name }
}

/// The names that torch prints with their namespace where it is asked for a node's name.
pub const IN_TORCH: &[&str] = &["AccumulateGrad", "CopySlices", "CopyBackwards", "Error", "Identity", "NotImplemented"];

/// A row's doc comment as a docstring: every line of the comment begins with the blank that stands after its slashes.
pub fn docstring(comment: &str) -> String {
    let lines: Vec<_> = comment.lines().map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end()).collect();
    lines.join("\n").trim().to_string()
}

/// One of torch's names: the signatures that several rows give it.
pub struct Group {
    /// The name.
    pub name: &'static str,
    /// Its signatures, in the order in which they are tried.
    pub overloads: Vec<&'static Overload>,
}

/// Every name that has a signature, in the order of the rows.
pub fn groups() -> &'static [Group] {
    static GROUPS: OnceLock<Vec<Group>> = OnceLock::new();
    GROUPS.get_or_init(|| {
        let mut groups: Vec<Group> = Vec::new();
        for overload in FAMILIES.iter().flat_map(|(_, overloads)| overloads.iter()) {
            match groups.iter_mut().find(|g| g.name == overload.signature.name) {
                Some(group) => group.overloads.push(overload),
                None => groups.push(Group { name: overload.signature.name, overloads: vec![overload] }),
            }
        }
        groups
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_leads_to_its_row_and_rows_are_complete() {
        for op in operators() {
            let found = operator(op.number).unwrap();
            assert_eq!((found.number, found.grad_names), (op.number, op.grad_names), "{}", op.name);
        }
        for group in groups() {
            for o in &group.overloads {
                assert!(!o.doc.trim().is_empty(), "{} has no documentation", group.name);
            }
        }
    }
}
