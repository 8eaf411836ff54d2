//! A tensor's `repr`, and the graph behind it drawn as text.

use super::{Options, Suffix, tensor_repr};
use crate::create::default_dtype;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::kernels;
use crate::ops::edge::node_of;
use crate::ops::table::grad_name;
use crate::ops::tangent::tangent_of;
use crate::shape;
use crate::tape::{Edge, Node, Ref, TensorRecord};
use crate::tensor::{Tensor, outside};
use std::fmt;

/// torch's `repr` of a tensor; `class` is a subclass's name.
///
/// # Errors
/// Where the storage has been shrunk by somebody outside.
pub fn repr(t: &Tensor, class: Option<&str>, parameter: bool, options: &Options) -> Result<String> {
    // A view whose node cannot be made anew is shown all the same.
    let node = node_of(t).map_or(Some("Invalid".into()), |made_by| made_by.map(|(node, _)| grad_name(&node)));
    let tangent = tangent_of(t)?.map(|x_dot| repr(&x_dot, None, false, options)).transpose()?;
    let g = t.geometry();
    // Checked once as a whole, so that each element below is within the storage.
    g.storage.src(g.dtype, &g.shape, &g.strides, g.offset).ok_or_else(outside)?;
    let at = |index: &[i64]| {
        let place = index.iter().zip(g.strides.iter()).fold(g.offset, |o, (i, s)| o + i * s);
        let element = g.storage.src(g.dtype, &[], &[], place);
        element.and_then(|e| kernels::copy::read_scalar(&e)).unwrap_or(Scalar::Float(f64::NAN))
    };
    let suffix = Suffix {
        class,
        parameter,
        grad_fn: node.as_deref(),
        requires_grad: node.is_none() && t.requires_grad(),
        tangent: tangent.as_deref(),
    };
    Ok(tensor_repr(&(&*g.shape, at), g.dtype, default_dtype(), options, &suffix))
}

impl fmt::Display for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&repr(self, None, false, &Options::DEFAULT).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Nodes that a drawing shows at most.
const DRAWN: usize = 200;

enum Place {
    Node(Ref<Node>),
    Leaf(Ref<TensorRecord>),
}

/// The graph behind `t`, one line a node, its inputs below it and further in. A node that was drawn
/// before is named, not drawn again.
///
/// # Errors
/// Where memory is out.
pub fn graph(t: &Tensor) -> Result<String> {
    let mut text = String::new();
    let mut seen: Vec<usize> = Vec::new();
    let root = match node_of(t)? {
        Some((node, _)) => Place::Node(node),
        None => Place::Leaf(t.0.clone()),
    };
    // Each waiting entry: where it hangs (the lines before it), whether it is the last of its kin, what it is.
    let mut waiting = vec![(String::new(), None, root)];
    while let Some((stem, last, place)) = waiting.pop() {
        let (own, below) = match last {
            None => (String::new(), String::new()),
            Some(true) => (format!("{stem}`-- "), format!("{stem}    ")),
            Some(false) => (format!("{stem}|-- "), format!("{stem}|   ")),
        };
        text += &own;
        match place {
            Place::Leaf(leaf) => {
                let g = leaf.geometry();
                text += &format!("leaf {} {}\n", g.dtype.name(), shape::list(&g.shape));
            }
            Place::Node(node) => {
                text += &grad_name(&node);
                if let Some(meta) = node.outputs.get(0) {
                    text += &format!(" -> {} {}", meta.dtype.name(), shape::list(&meta.shape));
                }
                if seen.contains(&node.address()) {
                    text += " (drawn above)\n";
                    continue;
                }
                text.push('\n');
                seen.push(node.address());
                if seen.len() > DRAWN {
                    text += "...\n";
                    break;
                }
                let edges: Vec<Place> = node
                    .edges
                    .iter()
                    .filter_map(|edge| match edge {
                        Edge::None => None,
                        Edge::Node(n, _) => Some(Place::Node(n.clone())),
                        Edge::Leaf(l, _) => Some(Place::Leaf(l.clone())),
                    })
                    .collect();
                let count = edges.len();
                for (i, edge) in edges.into_iter().enumerate().rev() {
                    waiting.push((below.clone(), Some(i + 1 == count), edge));
                }
            }
        }
    }
    Ok(text)
}
