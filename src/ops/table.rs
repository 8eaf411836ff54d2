//! The table: every family's rows, found by number and by name.

use super::row::{Operator, Overload};
use super::signature::same;
use crate::tape::Node;
use std::sync::OnceLock;

/// The families by the number that each gives in its rows; the numbers between are nobody's.
macro_rules! families {
    ($($number:literal $($module:ident)::+;)*) => {
        static FAMILIES: [(&[&Operator], &[Overload]); FAMILY_COUNT] = {
            let mut all: [(&[&Operator], &[Overload]); FAMILY_COUNT] = [const { (&[], &[]) }; FAMILY_COUNT];
            $(
                assert!(all[$number].0.is_empty() && all[$number].1.is_empty(), "two families have one number");
                if let [first, ..] = super::$($module)::+::OPERATORS {
                    assert!(first.number >> 8 == $number, "a family's rows give it another number");
                }
                all[$number] = (super::$($module)::+::OPERATORS, super::$($module)::+::OVERLOADS);
            )*
            all
        };
    };
}

/// More than the greatest family's number.
const FAMILY_COUNT: usize = 64;

families! {
    0 elements::pointwise;
    1 elements::compare;
    2 copy;
    3 view;
    4 shapes::reshape;
    5 reductions::reduce;
    6 products::matmul;
    7 picks::index;
    8 plain;
    9 shapes::embed;
    10 reductions::norm;
    11 elements::complex;
    12 making::factories;
    13 making::draws::rows;
    14 elements::analytic;
    15 elements::rounding;
    16 elements::maximum;
    17 elements::bitwise;
    18 reductions::folds;
    19 reductions::scans;
    20 reductions::sorts;
    21 shapes::composed;
    22 picks::ranked;
    23 elements::special;
    24 products::added;
    25 reductions::softmax;
    26 making::draws;
    27 elements::close;
    28 reductions::integrals;
    29 reductions::counts;
    30 reductions::folds::truth;
    31 functional;
    32 reductions::linalg_norms;
    33 shapes::joining;
    34 shapes::lists;
    35 shapes::splitting;
    36 shapes::chunks;
    37 shapes::reorder;
    38 shapes::diagonals;
    39 shapes::triangles;
    40 picks::vector;
    41 picks::flat;
    42 picks::masks;
    43 picks::folds;
    44 picks::names;
    45 shapes::strided;
    46 shapes::part_scatter;
    47 making::arranged;
    50 elements::clamp;
    51 elements::blend;
    52 elements::integers;
    53 elements::directions;
    54 aliases;
    56 products::vectors;
    57 products::contract;
    58 products::einsum;
}

/// How many names have a signature in one of `forms`.
pub const fn names(forms: u8) -> usize {
    let (mut count, mut family) = (0, 0);
    while family < FAMILY_COUNT {
        let overloads = FAMILIES[family].1;
        let mut i = 0;
        while i < overloads.len() {
            count += (overloads[i].forms & forms != 0 && !stands_before(family, i, forms)) as usize;
            i += 1;
        }
        family += 1;
    }
    count
}

/// Whether a signature before this one gives its name one of `forms`.
const fn stands_before(family: usize, place: usize, forms: u8) -> bool {
    let name = FAMILIES[family].1[place].signature.name;
    let mut earlier = 0;
    while earlier <= family {
        let overloads = FAMILIES[earlier].1;
        let end = if earlier == family { place } else { overloads.len() };
        let mut i = 0;
        while i < end {
            let other = &overloads[i];
            if other.forms & forms != 0 && same(other.signature.name, name) {
                return true;
            }
            i += 1;
        }
        earlier += 1;
    }
    false
}

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
