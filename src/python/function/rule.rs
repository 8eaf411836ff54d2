//! The rule of a Function's node: its `backward`, with torch's checks of what it returns.

use super::{Context, State};
use crate::error::{Error, Result};
use crate::ops::function::Function;
use crate::python::ffi::attributes::kind;
use crate::python::ffi::handles::{tensor, to_python};
use crate::python::ffi::payload::PyPayload;
use crate::tape::host::Payload;
use crate::tensor::Tensor;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// Calls the `ctx` that it holds.
pub struct Rule(pub Payload);

impl Rule {
    fn with<R>(&self, f: impl FnOnce(&Bound<'_, Context>) -> Result<R>) -> Result<R> {
        Python::attach(|py| match PyPayload::open(py, &self.0).and_then(|ctx| ctx.cast_into::<Context>().ok()) {
            Some(ctx) => f(&ctx),
            None => Err(Error::second_time()),
        })
    }
}

impl Function for Rule {
    fn name(&self) -> String {
        let name = self.with(|ctx| Ok(ctx.get_type().name().map(|name| name.to_string())?));
        name.unwrap_or_else(|_| "FunctionBackward".to_string())
    }

    fn backward(&self, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
        self.with(|ctx| {
            let py = ctx.py();
            let given = {
                let state = ctx.get().0.get(py).borrow();
                (seeds(&state, cotangents)?, state.given.clone())
            };
            let (seeds, given) = given;
            let seeds = seeds.into_iter().map(|seed| seed.map(|t| to_python(py, t)).transpose());
            let seeds = PyTuple::new(py, seeds.collect::<Result<Vec<_>>>()?)?;
            let answer = ctx.call_method1(intern!(py, "apply"), seeds)?;
            let answers = match answer.cast_into::<PyTuple>() {
                Ok(tuple) => tuple,
                Err(other) => PyTuple::new(py, [other.into_inner()])?,
            };
            gradients(&self.name(), &given, &answers)
        })
    }

    fn release(&self) {
        let _ = self.with(|ctx| {
            let taken = {
                let mut state = ctx.get().0.get(ctx.py()).borrow_mut();
                state.released = true;
                std::mem::take(&mut state.saved)
            };
            // It may run Python, so nothing is borrowed any more; and here, where PyO3 knows that the lock is held:
            // elsewhere it would put the drop off until one of its own functions is called.
            drop(taken);
            Ok(())
        });
    }
}

/// What `backward` is called with: zeros, where it wants them, for outputs that nothing depends on.
fn seeds(state: &State, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let outputs = state.outputs.iter().enumerate();
    outputs
        .map(|(i, output)| match (cotangents.get(i).and_then(Option::as_ref), output) {
            (Some(g), _) => Ok(Some(g.clone())),
            (None, Some((dtype, shape))) if state.materialize => Tensor::full(shape, 0, *dtype).map(Some),
            _ => Ok(None),
        })
        .collect()
}

/// The gradients of those arguments that are tensors.
fn gradients(name: &str, given: &[bool], answers: &Bound<'_, PyTuple>) -> Result<Vec<Option<Tensor>>> {
    let expected = given.len();
    // Trailing extra Nones are fine, as in torch.
    let needed = answers.iter().collect::<Vec<_>>().iter().rposition(|answer| !answer.is_none()).map_or(0, |i| i + 1);
    if answers.len() < expected || needed > expected {
        return Err(Error::runtime(format!(
            "function {name} returned an incorrect number of gradients (expected {expected}, got {})",
            answers.len()
        )));
    }
    let mut all = Vec::new();
    for (i, (answer, is_tensor)) in answers.iter().zip(given).enumerate() {
        match (tensor(&answer), is_tensor) {
            (Some(g), true) => all.push(Some(g.clone())),
            (None, true) if answer.is_none() => all.push(None),
            (None, false) if answer.is_none() => {}
            (_, false) => {
                return Err(Error::runtime(format!(
                    "function {name} returned a gradient different than None at position {}, but the corresponding \
                     forward input was not a Variable",
                    i + 1
                )));
            }
            (None, true) => {
                return Err(Error::runtime(format!("expected Variable or None (got {})", kind(&answer)?)));
            }
        }
    }
    Ok(all)
}
