//! What a node saved, as a rule reads it: after the question whether somebody has written it since.

use super::apply::Operand;
use super::tangent::{set_tangent, tangent_of};
use crate::buffers::List;
use crate::dtype::Scalar;
use crate::error::{Error, Result};
use crate::shape;
use crate::tape::{Node, Ref, Saved, mode};
use crate::tensor::Tensor;
use std::cell::Ref as Borrow;

/// Looks at what a node saved.
///
/// # Errors
/// torch's, where a sweep has freed it.
pub fn claim(node: &Ref<Node>) -> Result<Borrow<'_, List<Saved, 2>>> {
    let saved = node.saved.borrow();
    if node.freed.get() { Err(Error::second_time()) } else { Ok(saved) }
}

/// Lets go of what a node saved, after its rule has read it: nobody may do so again.
pub fn free(node: &Node) {
    if let Ok(mut saved) = node.saved.try_borrow_mut()
        && !saved.is_empty()
    {
        node.freed.set(true);
        saved.clear();
    }
}

/// What `saved` holds as an operand, after torch's check that nobody has written it since.
///
/// `node` is the node that saved it: an own output is given back as that node's output.
pub fn unpack(saved: &Saved, node: &Ref<Node>) -> Result<SavedValue> {
    match saved {
        Saved::Nothing => Err(Error::runtime("a rule reads what its row does not save")),
        Saved::Number(s) => Ok(SavedValue::Number(*s)),
        Saved::Input(t, version, epoch) => {
            let t = Tensor(t.clone());
            if t.version() != *version {
                return Err(modified(&t, None, *version));
            }
            if t.0.epoch.get() != *epoch {
                return Err(reshaped(&t));
            }
            Ok(SavedValue::Tensor(t))
        }
        Saved::Output(alias, version, output) => {
            let alias = Tensor(alias.clone());
            if alias.version() != *version {
                return Err(modified(&alias, Some((node, *output)), *version));
            }
            let t = alias.alias()?;
            set_tangent(&t, tangent_of(&alias)?, mode::level())?;
            if t.dtype().is_differentiable() {
                t.0.set_node(Some(node.clone()), *output);
            }
            Ok(SavedValue::Tensor(t))
        }
    }
}

/// A saved value, ready to be an operand.
pub enum SavedValue {
    /// A tensor.
    Tensor(Tensor),
    /// A number.
    Number(Scalar),
}

impl SavedValue {
    /// As an operand.
    #[inline(always)]
    pub fn operand(&self) -> Operand<'_> {
        match self {
            SavedValue::Tensor(t) => Operand::Tensor(t),
            SavedValue::Number(s) => Operand::Number(*s),
        }
    }
}

/// Says that `t` shows another shape or type than when a derivative was recorded that reads it or leads to it.
#[cold]
pub fn reshaped(t: &Tensor) -> Error {
    let g = t.geometry();
    Error::runtime(format!(
        "one of the variables needed for gradient computation has been given another shape or type, as by \
         x.data = ...: it is a [{} {}] by now",
        g.dtype.tensor_name(),
        shape::list(&g.shape)
    ))
}

#[cold]
fn modified(t: &Tensor, own: Option<(&Ref<Node>, u32)>, expected: u32) -> Error {
    let g = t.geometry();
    let made_by = match own {
        Some((node, output)) => Some((node.clone(), output)),
        // A view whose node cannot be made anew says why.
        None => match super::edge::node_of(t) {
            Ok(made_by) => made_by,
            Err(refusal) => return refusal,
        },
    };
    // Indices are outputs that have no node in torch.
    let made_by = made_by.filter(|_| g.dtype.is_differentiable()).map_or(String::new(), |(node, output)| {
        format!(", which is output {output} of {},", short_name(&super::table::grad_name(&node)))
    });
    Error::runtime(format!(
        "one of the variables needed for gradient computation has been modified by an inplace operation: \
         [{} {}]{} is at version {}; expected version {expected} instead. Hint: {}",
        g.dtype.tensor_name(),
        shape::list(&g.shape),
        made_by,
        t.version(),
        if mode::mode() & mode::bits::ANOMALY != 0 { BACKTRACE_HINT } else { ANOMALY_HINT }
    ))
}

const ANOMALY_HINT: &str = "enable anomaly detection to find the operation that failed to compute its gradient, with \
                            torch.autograd.set_detect_anomaly(True, check_nan=False).";
const BACKTRACE_HINT: &str = "the backtrace further above shows the operation that failed to compute its gradient. The \
                              variable in question was changed in there or anywhere later. Good luck!";

/// A node's name as torch's messages have it: `Add` for `AddBackward0`, `Pow1` for `PowBackward1`.
pub(super) fn short_name(name: &str) -> String {
    match name.rsplit_once("Backward") {
        Some((head, "0")) => head.to_string(),
        Some((head, number)) if number.bytes().all(|b| b.is_ascii_digit()) => format!("{head}{number}"),
        _ => format!("torch::autograd::{name}"),
    }
}
