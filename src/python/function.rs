//! `torch.autograd.Function`: a user's operator, recorded as a node whose face is its `ctx`.
//!
//! The node owns the `ctx` and the `ctx` names the node weakly, so that neither keeps the other alive in
//! a circle. Inputs are saved as their objects, which the collector sees, and outputs as detached aliases.

mod kept;
mod outputs;
mod rule;

use super::ffi::handles::tensor;
use super::ffi::locked::Locked;
use super::hooks::settle;
use super::node::Node;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::ops::edge::wants_gradient;
use crate::sweep::{forward, function};
use crate::tape::mode;
use crate::tensor::Tensor;
use kept::{Kept, restored};
use pyo3::exceptions::PyAssertionError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::cell::RefCell;

/// What a `ctx` knows.
struct State {
    to_save: Option<Py<PyTuple>>,
    for_forward: Option<Py<PyTuple>>,
    dirty: Option<Py<PyTuple>>,
    non_differentiable: Option<Py<PyTuple>>,
    needs_input_grad: Option<Py<PyTuple>>,
    materialize: bool,
    saved: Vec<Kept>,
    released: bool,
    /// Which arguments were tensors.
    given: Vec<bool>,
    /// Type and shape of each output that is a tensor.
    outputs: Vec<Option<(DType, Vec<i64>)>>,
}

/// What a Function's `forward` and `backward` get: the place to keep what the latter needs.
#[pyclass(extends = Node, subclass, frozen, name = "FunctionCtx", module = "wengert.autograd.function")]
pub struct Context(Locked<RefCell<State>>);

impl Context {
    fn set(&self, py: Python<'_>, change: impl FnOnce(&mut State) -> Option<Py<PyTuple>>) {
        // What it replaces is dropped when nothing is borrowed any more.
        let old = change(&mut self.0.get(py).borrow_mut());
        drop(old);
    }
}

#[pymethods]
impl Context {
    #[new]
    fn new(py: Python<'_>) -> PyClassInitializer<Context> {
        let state = State {
            to_save: None,
            for_forward: None,
            dirty: None,
            non_differentiable: None,
            needs_input_grad: None,
            materialize: true,
            saved: Vec::new(),
            released: false,
            given: Vec::new(),
            outputs: Vec::new(),
        };
        PyClassInitializer::from(Node::nowhere(py)).add_subclass(Context(Locked::new(py, RefCell::new(state))))
    }

    /// Keeps tensors (or None) for `backward`, which finds them in `saved_tensors`.
    #[pyo3(signature = (*tensors))]
    fn save_for_backward(&self, py: Python<'_>, tensors: Py<PyTuple>) {
        self.set(py, |state| state.to_save.replace(tensors));
    }

    /// Keeps tensors for `jvp`, which finds them in `saved_tensors`.
    #[pyo3(signature = (*tensors))]
    fn save_for_forward(&self, py: Python<'_>, tensors: Py<PyTuple>) -> PyResult<()> {
        if tensors.bind(py).iter().any(|object| !object.is_none() && tensor(&object).is_none()) {
            return Err(PyAssertionError::new_err(
                "save_for_forward expects all arguments to be tensors; you should save non-tensors as attributes on ctx.",
            ));
        }
        self.set(py, |state| state.for_forward.replace(tensors));
        Ok(())
    }

    /// Says which inputs `forward` has written over. They must be among what it returns.
    #[pyo3(signature = (*args))]
    fn mark_dirty(&self, py: Python<'_>, args: Py<PyTuple>) {
        self.set(py, |state| state.dirty.replace(args));
    }

    /// Says which outputs have no gradient.
    #[pyo3(signature = (*args))]
    fn mark_non_differentiable(&self, py: Python<'_>, args: Py<PyTuple>) {
        self.set(py, |state| state.non_differentiable.replace(args));
    }

    /// Whether `backward` gets zeros (else None) for an output that nothing depends on.
    fn set_materialize_grads(&self, py: Python<'_>, value: bool) {
        self.0.get(py).borrow_mut().materialize = value;
    }

    /// See `set_materialize_grads`.
    #[getter]
    fn materialize_grads(&self, py: Python<'_>) -> bool {
        self.0.get(py).borrow().materialize
    }

    /// For each argument, whether it is a tensor that wants a gradient.
    #[getter]
    fn needs_input_grad<'py>(&self, py: Python<'py>) -> Bound<'py, PyTuple> {
        let needs = self.0.get(py).borrow().needs_input_grad.as_ref().map(|needs| needs.bind(py).clone());
        needs.unwrap_or_else(|| PyTuple::empty(py))
    }

    /// What is to be saved, while `forward` runs.
    #[getter]
    fn to_save<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyTuple>> {
        self.0.get(py).borrow().to_save.as_ref().map(|tensors| tensors.bind(py).clone())
    }

    /// What was marked with `mark_dirty`.
    #[getter]
    fn dirty_tensors<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyTuple>> {
        self.0.get(py).borrow().dirty.as_ref().map(|tensors| tensors.bind(py).clone())
    }

    /// What was marked with `mark_non_differentiable`.
    #[getter]
    fn non_differentiable<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyTuple>> {
        self.0.get(py).borrow().non_differentiable.as_ref().map(|tensors| tensors.bind(py).clone())
    }

    /// What was saved: checked against writes since, and gone after a sweep that does not retain the graph.
    #[getter]
    fn saved_tensors<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let py = slf.py();
        let kept: Vec<Kept> = {
            let state = slf.get().0.get(py).borrow();
            if let Some(tensors) = &state.for_forward {
                return Ok(tensors.bind(py).clone());
            }
            if state.released {
                return Err(Error::second_time().into());
            }
            state.saved.iter().map(|kept| kept.duplicate(py)).collect()
        };
        let node = slf.as_super().get().node(py);
        let objects = kept.into_iter().map(|kept| restored(py, kept, node.as_ref()));
        PyTuple::new(py, objects.collect::<Result<Vec<_>>>()?)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> std::result::Result<(), PyTraverseError> {
        // A state that is being changed is left out: not visiting is always safe.
        if let Ok(state) = self.0.visited(&visit).try_borrow() {
            for tuple in [&state.to_save, &state.for_forward, &state.dirty, &state.non_differentiable] {
                visit.call(tuple)?;
            }
            for kept in &state.saved {
                if let Kept::Input(object, ..) = kept {
                    visit.call(object)?;
                }
            }
        }
        Ok(())
    }

    fn __clear__(slf: &Bound<'_, Self>) {
        let Ok(mut state) = slf.get().0.get(slf.py()).try_borrow_mut() else { return };
        let tuples =
            (state.to_save.take(), state.for_forward.take(), state.dirty.take(), state.non_differentiable.take());
        let saved = std::mem::take(&mut state.saved);
        state.released = true;
        drop(state);
        drop((tuples, saved));
    }
}

/// Runs a Function's `forward` (and `setup_context`, where it has one) and records it.
#[pyfunction]
fn _apply_function<'py>(
    function_class: &Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    has_setup: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let py = args.py();
    let ctx = function_class.getattr(intern!(py, "_backward_cls"))?.call0()?.cast_into::<Context>()?;
    let objects: Vec<_> = args.iter().collect();
    let inputs: Vec<&Tensor> = objects.iter().filter_map(|object| tensor(object)).collect();
    let needs = objects.iter().map(|object| tensor(object).is_some_and(wants_gradient));
    let needs = PyTuple::new(py, needs.collect::<Vec<_>>())?.unbind();
    ctx.get().set(py, |state| {
        state.given = objects.iter().map(|object| tensor(object).is_some()).collect();
        state.needs_input_grad.replace(needs)
    });
    let begun = function::begin(&inputs)?;
    let output = {
        let _recording_off = mode::GradMode::new(false);
        forward::paused(|| call_forward(function_class, &ctx, args, has_setup))?
    };
    let done = outputs::wrap(&ctx, &objects, begun, output, has_setup);
    settle();
    done
}

fn call_forward<'py>(
    class: &Bound<'py, PyAny>,
    ctx: &Bound<'py, Context>,
    args: &Bound<'py, PyTuple>,
    has_setup: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let py = args.py();
    let forward = class.getattr(intern!(py, "forward"))?;
    if has_setup {
        let output = forward.call1(args)?;
        class.call_method1(intern!(py, "setup_context"), (ctx, args, &output))?;
        return Ok(output);
    }
    let all = std::iter::once(ctx.clone().into_any()).chain(args.iter());
    forward.call1(PyTuple::new(py, all.collect::<Vec<_>>())?)
}

/// Adds what stands here to the module.
///
/// # Errors
/// Python's own where it has no memory.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Context>()?;
    module.add_function(wrap_pyfunction!(_apply_function, module)?)
}
