//! Tensors that show their own elements otherwise from now on: `t_()`, `squeeze_()`, `as_strided_()`.
//!
//! Nothing is written, and torch counts a write: whoever saved the tensor saved another shape. Through a view, the base's
//! history does not move, because no element did.

use crate::error::{Error, Result};
use crate::ops::edge::{edge_of_operand, wants_gradient};
use crate::ops::inplace;
use crate::ops::record;
use crate::ops::row::Operator;
use crate::ops::tangent::{set_tangent, tangent_of};
use crate::ops::view::{made_now, tangent_root};
use crate::shape::{self, Dims};
use crate::tape::node::Params;
use crate::tape::record::flags;
use crate::tape::{Geometry, Meta, insert, mode};
use crate::tensor::Tensor;

/// Makes `t` show its storage by `sizes`, `strides` and `offset`, as a node of `op`; `view` makes the same view of a
/// tangent.
///
/// # Errors
/// As for a write over `t`, and where there are too many dimensions. Nothing has changed then.
pub fn take_on(
    op: &'static Operator,
    variant: u8,
    t: &Tensor,
    (sizes, strides, offset): (Dims, Dims, i64),
    params: Params,
    view: impl FnOnce(&Tensor) -> Result<Tensor>,
) -> Result<()> {
    let recorded = wants_gradient(t);
    inplace::check_history(t, recorded)?;
    if sizes.len() > shape::MAX_DIMS {
        let most = shape::MAX_DIMS;
        return Err(Error::runtime(format!("tensors of more than {most} dimensions are not supported")));
    }
    let shown = {
        let g = t.geometry();
        Geometry::new(g.dtype, sizes, strides, offset, g.storage.clone())
    };
    if shown.numel() < 0 {
        return Err(Error::numel_overflow());
    }
    let node = match recorded && mode::is_grad_enabled() {
        false => None,
        true => Some(record::node(op.number, variant, |node| {
            node.edges.push(edge_of_operand(t)?)?;
            node.outputs.push(Meta { dtype: shown.dtype, shape: shown.shape.duplicate()? })?;
            node.params.set(Some(insert(params)?));
            Ok(())
        })?),
    };
    let x_dot = match mode::mode() & mode::bits::FORWARD {
        0 => None,
        // That of a view is found in its base's when it is next asked for.
        _ => Some(match tangent_of(t)?.filter(|_| tangent_root(t).is_none()) {
            Some(x_dot) => Some(mode::paused(mode::bits::FORWARD, || view(&x_dot))?),
            None => None,
        }),
    };
    t.0.set_geometry(shown);
    t.0.bump_version();
    if let Some(node) = node {
        // What retains a gradient retains that of what the tensor was, as in torch.
        t.0.set_node(Some(node), 0);
        t.0.set_flag(flags::RESHAPED, false);
        made_now(t);
    }
    match x_dot {
        Some(x_dot) => set_tangent(t, x_dot, mode::level()),
        None => Ok(()),
    }
}
