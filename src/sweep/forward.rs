//! Forward mode's levels: inside one, tensors carry tangents.
//!
//! One level at a time. Tangents are refused outside, forgotten when the level ends, and told apart by
//! its number, so that a tensor that outlives its level carries nothing.

use crate::error::{Error, Result};
use crate::ops::tangent::{set_tangent, tangent_of};
use crate::ops::view;
use crate::tape::mode::{self, bits};
use crate::tape::{Weak, TensorRecord};
use crate::tensor::Tensor;
use std::cell::{Cell, RefCell};

thread_local! {
    static LEVEL: Cell<u64> = const { Cell::new(0) };
    static COUNT: Cell<u64> = const { Cell::new(0) };
    static MADE: RefCell<Vec<Weak<TensorRecord>>> = const { RefCell::new(Vec::new()) };
}

/// Opens a level.
///
/// # Errors
/// Where one is open already.
pub fn enter() -> Result<u64> {
    if LEVEL.get() != 0 {
        return Err(Error::runtime("Nested forward mode AD is not supported at the moment"));
    }
    let level = COUNT.get() + 1;
    COUNT.set(level);
    LEVEL.set(level);
    mode::set(bits::FORWARD, true);
    Ok(level)
}

/// Ends the level.
///
/// # Errors
/// Where none is open.
pub fn exit() -> Result<()> {
    if LEVEL.get() == 0 {
        return Err(Error::runtime("Trying to exit a forward AD level that was not entered"));
    }
    LEVEL.set(0);
    mode::set(bits::FORWARD, false);
    for made in MADE.take() {
        if let Some(t) = made.upgrade() {
            set_tangent(&Tensor(t), None, 0)?;
        }
    }
    Ok(())
}

/// A view of `x` that carries the tangent `x_dot`.
///
/// # Errors
/// Where no level is open, or shapes or types differ.
pub fn make_dual(x: &Tensor, x_dot: &Tensor) -> Result<Tensor> {
    let level = LEVEL.get();
    if level == 0 {
        return Err(Error::runtime(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first.",
        ));
    }
    if !x.dtype().is_differentiable() {
        return Err(Error::value(format!("Expected primal to be floating point or complex, but got: {}", x.dtype())));
    }
    if !x_dot.dtype().is_differentiable() {
        return Err(Error::value(format!("Expected tangent to be floating point or complex, but got: {}", x_dot.dtype())));
    }
    if x.shape() != x_dot.shape() {
        return Err(Error::runtime(format!(
            "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not \
             supported. Tensor is of size {} while the given forward gradient is of size {}.",
            crate::shape::list(&x.shape()),
            crate::shape::list(&x_dot.shape())
        )));
    }
    let g = x.geometry();
    let dual = view::show(x, g.shape.duplicate()?, g.strides.duplicate()?, g.offset)?;
    drop(g);
    dual.0.version.set(Some(x.0.version_cell()?));
    if x.requires_grad() {
        let alias = crate::ops::reshape::alias_of(x)?;
        set_tangent(&alias, Some(x_dot.clone()), level)?;
        remember(&alias);
        return Ok(alias);
    }
    set_tangent(&dual, Some(x_dot.clone()), level)?;
    remember(&dual);
    Ok(dual)
}

fn remember(t: &Tensor) {
    MADE.with_borrow_mut(|made| made.push(Weak::new(&t.0)));
}

/// The tangent that `t` carries on the open level.
///
/// # Errors
/// Where no level is open.
pub fn unpack(t: &Tensor) -> Result<Option<Tensor>> {
    let level = LEVEL.get();
    if level == 0 {
        return Ok(None);
    }
    let own = t.0.side.get().is_some_and(|side| side.level.get() == level);
    Ok(if own { tangent_of(t) } else { None })
}
