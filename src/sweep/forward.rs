//! Forward mode's levels: inside one, tensors carry tangents.
//!
//! One level at a time. Tangents are refused outside, forgotten when the level ends, and told apart by
//! its number, so that a tensor that outlives its level carries nothing.

use crate::error::{Error, Result};
use crate::ops::tangent::{has_tangent, set_tangent, tangent_of};
use crate::ops::{shapes::reshape, view};
use crate::tape::mode::{self, bits};
use crate::tape::{TensorRecord, Weak};
use crate::tensor::Tensor;
use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};

/// Levels opened so far, of all threads: a tensor can be handed from one to the next, and must not find a level there
/// that has the number of its own.
static COUNT: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static MADE: RefCell<Vec<Weak<TensorRecord>>> = const { RefCell::new(Vec::new()) };
}

/// Opens a level.
///
/// # Errors
/// Where one is open already.
pub fn enter() -> Result<u64> {
    if mode::level() != 0 {
        return Err(Error::runtime("Nested forward mode AD is not supported at the moment"));
    }
    let level = COUNT.fetch_add(1, Ordering::Relaxed) + 1;
    mode::set_level(level);
    Ok(level)
}

/// Ends the level.
///
/// # Errors
/// Where none is open.
pub fn exit() -> Result<()> {
    if mode::level() == 0 {
        return Err(Error::runtime("Trying to exit a forward AD level that was not entered"));
    }
    mode::set_level(0);
    for made in MADE.take() {
        if let Some(t) = made.upgrade() {
            set_tangent(&Tensor(t), None, 0)?;
        }
    }
    Ok(())
}

/// Runs `f` as if no level were open: for what computes tangents itself.
pub fn paused<R>(f: impl FnOnce() -> R) -> R {
    mode::paused(bits::FORWARD, f)
}

/// A view with a tangent of its own, or none.
fn apart(view_of: impl FnOnce() -> Result<Tensor>) -> Result<Tensor> {
    let v = paused(view_of)?;
    view::keep_own_tangent(&v)?;
    Ok(v)
}

/// A view of `x` that carries the tangent `x_dot`.
///
/// # Errors
/// Where no level is open, `x` carries a tangent already, or shapes differ.
pub fn make_dual(x: &Tensor, x_dot: &Tensor) -> Result<Tensor> {
    if mode::level() == 0 {
        return Err(Error::runtime(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first.",
        ));
    }
    if !x.dtype().is_differentiable() {
        return Err(Error::value(format!("Expected primal to be floating point or complex, but got: {}", x.dtype())));
    }
    if !x_dot.dtype().is_differentiable() {
        return Err(Error::value(format!(
            "Expected tangent to be floating point or complex, but got: {}",
            x_dot.dtype()
        )));
    }
    if has_tangent(x) {
        return Err(Error::runtime(
            "Making a dual Tensor based on a Tensor that already has a forward gradient at the same level 0 is not \
             supported.",
        ));
    }
    let dual = apart(|| reshape::view_as(x, &x.shape()))?;
    attach(&dual, x_dot)?;
    Ok(dual)
}

/// Makes `x_dot` the tangent of `t` on the open level.
///
/// # Errors
/// Where shapes differ.
pub fn attach(t: &Tensor, x_dot: &Tensor) -> Result<()> {
    if t.geometry().shape[..] != x_dot.geometry().shape[..] {
        return Err(Error::runtime(format!(
            "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not \
             supported. Tensor is of size {} while the given forward gradient is of size {}.",
            crate::shape::list(&t.shape()),
            crate::shape::list(&x_dot.shape())
        )));
    }
    set_tangent(t, Some(x_dot.clone()), mode::level())?;
    MADE.with_borrow_mut(|made| made.push(Weak::new(&t.0)));
    Ok(())
}

/// `t` without its tangent (what `view` makes of it), and the tangent; no level being open, `t` itself and none.
///
/// # Errors
/// Where there is no memory.
pub fn unpack(t: &Tensor, view: fn(&Tensor) -> Result<Tensor>) -> Result<(Tensor, Option<Tensor>)> {
    if mode::level() == 0 {
        return Ok((t.clone(), None));
    }
    Ok((apart(|| view(t))?, tangent_of(t)?))
}
