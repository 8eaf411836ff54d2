//! The attributes `grad` and `requires_grad`, with torch's checks and texts.

use super::errors;
use super::ffi::attributes::kind;
use super::ffi::handles::{tensor, to_python};
use crate::error::{Error, Result};
use crate::ops::edge;
use crate::shape::list;
use crate::tape::record::flags;
use crate::tensor::Tensor;
use pyo3::prelude::*;
use pyo3::types::PyBool;

/// `x.requires_grad`.
pub fn requires_grad<'py>(object: &Bound<'py, PyAny>, t: &Tensor) -> Result<Bound<'py, PyAny>> {
    Ok(PyBool::new(object.py(), edge::wants_gradient(t)).to_owned().into_any())
}

/// `x.requires_grad = value`. Its texts are other than `requires_grad_()`'s.
///
/// # Errors
/// For anything but a bool, a tensor with a graph, and an element type without derivatives.
pub fn set_requires_grad(_: &Bound<'_, PyAny>, t: &Tensor, value: Option<&Bound<'_, PyAny>>) -> Result<()> {
    let Some(on) = value.and_then(|value| value.cast::<PyBool>().ok()) else {
        return Err(Error::runtime("requires_grad must be a bool"));
    };
    let on = on.is_true();
    if edge::node_of(t)?.is_some() {
        return Err(Error::runtime(if on {
            "you can only change requires_grad flags of leaf variables."
        } else {
            "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a \
             subgraph that doesn't require differentiation use var_no_grad = var.detach()."
        }));
    }
    if on && !t.dtype().is_differentiable() {
        return Err(Error::runtime("only Tensors of floating point and complex dtype can require gradients"));
    }
    t.requires_grad_(on)?;
    Ok(())
}

/// `x.grad`: None, with a warning, where a tensor with a graph has and keeps none.
pub fn grad<'py>(object: &Bound<'py, PyAny>, t: &Tensor) -> Result<Bound<'py, PyAny>> {
    if let Some(grad) = t.grad() {
        return to_python(object.py(), grad);
    }
    if !t.0.has(flags::RETAINS_GRAD) && edge::node_of(t)?.is_some() {
        errors::warn(
            object.py(),
            "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be \
             populated during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf \
             Tensor, use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make \
             sure you access the leaf Tensor instead. See github.com/pytorch/pytorch/pull/30531 for more information.",
        )?;
    }
    Ok(object.py().None().into_bound(object.py()))
}

/// `x.grad = value`; deleting it is setting it to None.
///
/// # Errors
/// For what is no tensor, the tensor itself, and another element type or shape.
pub fn set_grad(_: &Bound<'_, PyAny>, t: &Tensor, value: Option<&Bound<'_, PyAny>>) -> Result<()> {
    let Some(value) = value.filter(|value| !value.is_none()) else {
        t.put_grad(None);
        return Ok(());
    };
    let Some(grad) = tensor(value) else {
        let text = format!("assigned grad expected to be a Tensor or None but got grad of type {}", kind(value)?);
        return Err(Error::type_error(text));
    };
    if grad.same(t) {
        return Err(Error::runtime("can't assign Variable as its own grad"));
    }
    if grad.dtype() != t.dtype() {
        return Err(Error::runtime(format!(
            "attempting to assign a gradient with dtype '{}' to a tensor with grad_dtype '{}'. The gradient must match \
             the tensor's grad_dtype (defaults to the tensor's dtype). You can set the tensor's grad_dtype attribute \
             with a specific dtype, or None to allow any dtype. Set grad_dtype with caution. Diverging the dtypes of a \
             tensor and its gradient may break downstream systems that assume they match.",
            grad.dtype().c_name(),
            t.dtype().scalar_name()
        )));
    }
    if grad.shape() != t.shape() {
        return Err(Error::runtime(format!(
            "attempting to assign a gradient of size '{}' to a tensor of size '{}'. Please ensure that the gradient \
             and the tensor are the same size",
            list(&grad.shape()),
            list(&t.shape())
        )));
    }
    t.put_grad(Some(grad.clone()));
    Ok(())
}
