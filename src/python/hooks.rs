//! Hooks: Python callables that a sweep calls, with torch's checks of what they return.

use super::ffi::attributes::kind;
use super::ffi::handles::{tensor, to_python};
use super::ffi::locked::Locked;
use super::ffi::payload::PyPayload;
use super::ffi::pending;
use crate::error::{Error, Result};
use crate::sweep::faces;
use crate::sweep::hooks::{self, Hook, HookPayload, NodeHookPayload, TensorHook};
use crate::tape::host::{self, Payload};
use crate::tape::{Node, Ref};
use crate::tensor::Tensor;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

/// Takes a hook away again: by `remove()`, or at the end of a `with` block.
#[pyclass(frozen, name = "RemovableHandle", module = "wengert.utils.hooks")]
pub struct RemovableHandle {
    hook: Locked<RefCell<Option<Hook>>>,
    number: u64,
}

impl RemovableHandle {
    fn new(py: Python<'_>, hook: Hook) -> Self {
        let number = hook.id();
        RemovableHandle { hook: Locked::new(py, RefCell::new(Some(hook))), number }
    }
}

#[pymethods]
impl RemovableHandle {
    /// A number that no other hook has.
    #[getter]
    fn id(&self) -> u64 {
        self.number
    }

    /// Removes the hook; a second time does nothing.
    fn remove(&self, py: Python<'_>) {
        if let Some(hook) = self.hook.get(py).take() {
            hook.remove();
        }
        settle();
    }

    fn __enter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) {
        self.remove(py);
    }
}

/// Drops what the tape has let go of: the hand-made type's slots do so on their way out, and functions
/// that PyO3 makes by this.
pub fn settle() {
    if host::has_pending() {
        pending::drain();
    }
}

/// `tensor.register_hook(hook)`.
#[pyfunction]
fn _register_hook(object: &Bound<'_, PyAny>, hook: &Bound<'_, PyAny>) -> PyResult<RemovableHandle> {
    let hook = hooks::register(this(object)?, payload(hook))?;
    Ok(RemovableHandle::new(object.py(), hook))
}

/// `tensor.register_post_accumulate_grad_hook(hook)`.
#[pyfunction]
fn _register_post_accumulate_grad_hook(
    object: &Bound<'_, PyAny>,
    hook: &Bound<'_, PyAny>,
) -> PyResult<RemovableHandle> {
    let hook = hooks::register_after(this(object)?, payload(hook))?;
    Ok(RemovableHandle::new(object.py(), hook))
}

fn this<'a>(object: &'a Bound<'_, PyAny>) -> Result<&'a Tensor> {
    tensor(object).ok_or_else(|| Error::type_error("a tensor is needed"))
}

fn payload(hook: &Bound<'_, PyAny>) -> HookPayload {
    let held = PyPayload::wrap(hook.clone());
    let call: TensorHook = Box::new(move |g| {
        Python::attach(|py| {
            let Some(hook) = PyPayload::open(py, &held) else { return Ok(None) };
            let answer = hook.call1((to_python(py, g.clone())?,))?;
            if tensor(&answer).is_some_and(|new| new.same(g)) {
                return Ok(None);
            }
            checked(&hook, Some(g), &answer)
        })
    });
    HookPayload::new(call, hook.as_ptr() as usize)
}

fn name_of(hook: &Bound<'_, PyAny>) -> String {
    hook.getattr("__name__").map_or_else(|_| "<unknown>".to_string(), |name| name.to_string())
}

/// What a hook gave in place of `g`; none where it gave None.
fn checked(hook: &Bound<'_, PyAny>, g: Option<&Tensor>, answer: &Bound<'_, PyAny>) -> Result<Option<Tensor>> {
    if answer.is_none() {
        return Ok(None);
    }
    let Some(new) = tensor(answer) else {
        return Err(Error::type_error(format!("expected Variable, but hook returned '{}'", kind(answer)?)));
    };
    let Some(g) = g else {
        return Err(Error::runtime("can't replace a None gradient with a non-None value"));
    };
    if new.dtype() != g.dtype() {
        return Err(Error::runtime(format!(
            "hook '{}' has changed the type of value (was {} got {})",
            name_of(hook),
            g.dtype().tensor_name(),
            new.dtype().tensor_name()
        )));
    }
    if new.geometry().shape[..] != g.geometry().shape[..] {
        return Err(Error::runtime(format!("hook '{}' has changed the size of value", name_of(hook))));
    }
    Ok(Some(new.clone()))
}

/// Puts what a node's hook returned in place of `values`: None among them is no gradient, None alone keeps them.
fn replace(hook: &Bound<'_, PyAny>, values: &mut [Option<Tensor>], answer: &Bound<'_, PyAny>) -> Result<()> {
    if answer.is_none() {
        return Ok(());
    }
    let Ok(answers) = answer.cast::<PyTuple>() else {
        return Err(Error::type_error(format!("expected tuple, but hook returned '{}'", kind(answer)?)));
    };
    if answers.len() != values.len() {
        return Err(Error::runtime(format!(
            "hook '{}' has returned an incorrect number of values (got {}, but expected {})",
            name_of(hook),
            answers.len(),
            values.len()
        )));
    }
    for (value, answer) in values.iter_mut().zip(answers.iter()) {
        *value = checked(hook, value.as_ref(), &answer)?;
    }
    Ok(())
}

fn tuple<'py>(py: Python<'py>, values: &[Option<Tensor>]) -> Result<Bound<'py, PyTuple>> {
    let objects = values.iter().map(|value| value.clone().map(|t| to_python(py, t)).transpose());
    Ok(PyTuple::new(py, objects.collect::<Result<Vec<_>>>()?)?)
}

/// Hangs a hook before the rule of `node`.
///
/// # Errors
/// Where there is no memory.
pub fn before_node(hook: &Bound<'_, PyAny>, node: &Ref<Node>) -> Result<RemovableHandle> {
    let (number, side) = (hooks::next_number(), node.side()?);
    side.before.borrow_mut().insert(number, before(hook));
    Ok(RemovableHandle::new(hook.py(), Hook::of_node(&side, number)))
}

/// Hangs a hook after the rule of `node`.
///
/// # Errors
/// Where there is no memory.
pub fn after_node(hook: &Bound<'_, PyAny>, node: &Ref<Node>) -> Result<RemovableHandle> {
    let (number, side) = (hooks::next_number(), node.side()?);
    side.after.borrow_mut().insert(number, after(hook, faces::shown(node)));
    Ok(RemovableHandle::new(hook.py(), Hook::of_node(&side, number)))
}

/// Hangs a hook before the accumulation of a leaf's gradient.
///
/// # Errors
/// Where there is no memory.
pub fn before_leaf(hook: &Bound<'_, PyAny>, leaf: &Tensor) -> Result<RemovableHandle> {
    let (number, side) = (hooks::next_number(), leaf.0.side()?);
    side.hooks.borrow_mut().insert(number, before(hook));
    Ok(RemovableHandle::new(hook.py(), Hook::of_leaf(&side, number)))
}

/// Hangs a hook after the accumulation of a leaf's gradient, which has no inputs.
///
/// # Errors
/// Where there is no memory.
pub fn after_leaf(hook: &Bound<'_, PyAny>, leaf: &Tensor) -> Result<RemovableHandle> {
    let (number, side) = (hooks::next_number(), leaf.0.side()?);
    side.after.borrow_mut().insert(number, after(hook, 0..0));
    Ok(RemovableHandle::new(hook.py(), Hook::of_leaf(&side, number)))
}

/// A node's hook that may replace the outputs' cotangents.
fn before(hook: &Bound<'_, PyAny>) -> Payload {
    let held = PyPayload::wrap(hook.clone());
    on_node(hook, move |outputs, _| {
        Python::attach(|py| {
            let Some(hook) = PyPayload::open(py, &held) else { return Ok(()) };
            let answer = hook.call1((tuple(py, outputs)?,))?;
            replace(&hook, outputs, &answer)
        })
    })
}

/// A node's hook that is told of the outputs' cotangents and may replace those of the inputs at `shown`.
fn after(hook: &Bound<'_, PyAny>, shown: Range<usize>) -> Payload {
    let held = PyPayload::wrap(hook.clone());
    on_node(hook, move |inputs, outputs| {
        Python::attach(|py| {
            let Some(hook) = PyPayload::open(py, &held) else { return Ok(()) };
            let inputs = inputs.get_mut(shown.clone()).unwrap_or_default();
            let answer = hook.call1((tuple(py, inputs)?, tuple(py, outputs)?))?;
            replace(&hook, inputs, &answer)
        })
    })
}

fn on_node(
    hook: &Bound<'_, PyAny>,
    call: impl Fn(&mut [Option<Tensor>], &[Option<Tensor>]) -> Result<()> + 'static,
) -> Payload {
    Rc::new(NodeHookPayload::new(Box::new(call), hook.as_ptr() as usize))
}

/// Adds what stands here to the module.
///
/// # Errors
/// Python's own where it has no memory.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<RemovableHandle>()?;
    module.add_function(wrap_pyfunction!(_register_hook, module)?)?;
    module.add_function(wrap_pyfunction!(_register_post_accumulate_grad_hook, module)?)
}
