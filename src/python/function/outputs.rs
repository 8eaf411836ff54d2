//! What a Function's `forward` returned, made the outputs of its node.

use super::Context;
use super::kept::keep;
use super::rule::Rule;
use crate::error::{Error, Result};
use crate::ops::copy::zeros_like;
use crate::ops::edge::wants_gradient;
use crate::ops::function::UserFunction;
use crate::ops::tangent::tangent_of;
use crate::ops::{inplace, shapes::reshape};
use crate::python::errors;
use crate::python::ffi::attributes::kind;
use crate::python::ffi::handles::{tensor, to_python};
use crate::python::ffi::payload::PyPayload;
use crate::python::node::Place;
use crate::sweep::forward;
use crate::sweep::function::{self, Begun};
use crate::tape::record::flags;
use crate::tape::side::Creation;
use crate::tape::{Node, Ref, Weak, mode};
use crate::tensor::Tensor;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// One thing that `forward` returned.
struct Returned<'py> {
    object: Bound<'py, PyAny>,
    /// What becomes of it, where it is a tensor.
    result: Option<Tensor>,
    is_input: bool,
    modified: bool,
    differentiable: bool,
}

/// Gives each returned tensor its place in the graph and its tangent, keeps what is to be saved, and
/// returns what `apply` returns.
pub(super) fn wrap<'py>(
    ctx: &Bound<'py, Context>,
    args: &[Bound<'py, PyAny>],
    begun: Option<Begun>,
    output: Bound<'py, PyAny>,
    has_setup: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let py = ctx.py();
    let (objects, single) = match output.cast::<PyTuple>() {
        Ok(tuple) => (tuple.iter().collect(), false),
        Err(_) => (vec![output], true),
    };
    let inputs: Vec<&Tensor> = args.iter().filter_map(|object| tensor(object)).collect();
    let dirty = marked(ctx, "dirty_tensors", "mark_dirty can only accept variables, but argument ")?;
    for t in &dirty {
        t.0.bump_version();
    }
    let constant =
        marked(ctx, "non_differentiable", "mark_non_differentiable only accepts variable arguments, but got ")?;
    let mut returned: Vec<Returned<'py>> = objects
        .into_iter()
        .map(|object| {
            let t = tensor(&object);
            Returned {
                is_input: t.is_some_and(|t| inputs.iter().any(|input| input.same(t))),
                modified: t.is_some_and(|t| dirty.iter().any(|d| d.same(t))),
                differentiable: begun.is_some()
                    && t.is_some_and(|t| t.dtype().is_differentiable() && !constant.iter().any(|c| c.same(t))),
                result: t.cloned(),
                object,
            }
        })
        .collect();
    if dirty.iter().any(|d| !returned.iter().any(|r| r.result.as_ref().is_some_and(|t| t.same(d)))) {
        return Err(Error::runtime(
            "Some elements marked as dirty during the forward method were not returned as output. The inputs that are \
             modified inplace must all be outputs of the Function.",
        )
        .into());
    }
    let (to_save, count) = (ctx.get().to_save(py).map(Bound::unbind), returned.len());
    check(py, &returned, to_save.as_ref().filter(|_| has_setup))?;
    let node = record(ctx, begun, &returned)?;
    for (i, r) in returned.iter_mut().enumerate() {
        let Some(t) = r.result.take() else { continue };
        r.result = Some(match &node {
            Some(node) if r.differentiable => joined(t, node, i as u32, r.modified, r.is_input)?,
            _ => cut_off(t, r.is_input, r.modified)?,
        });
    }
    forbid_writes_through(&returned)?;
    push_tangents(ctx, args, &returned)?;
    if let Some(node) = &node {
        let kept = keep(py, to_save, node)?;
        ctx.get().0.get(py).borrow_mut().saved = kept;
    }
    ctx.get().set(py, |state| state.for_forward.take());
    ctx.get().set(py, |state| state.to_save.take());
    let mut results = Vec::with_capacity(count);
    for r in returned {
        results.push(match r.result {
            Some(t) if !tensor(&r.object).is_some_and(|own| own.same(&t)) => to_python(py, t)?,
            _ => r.object,
        });
    }
    match results.pop() {
        Some(only) if single => Ok(only),
        last => {
            results.extend(last);
            Ok(PyTuple::new(py, results)?.into_any())
        }
    }
}

const STRANGER: &str = "ctx.mark_dirty() received a tensor that was not an input. Only input Tensors that have been \
                        mutated should be passed to ctx.mark_dirty().";

/// The tensors that `ctx` was told of under a name.
fn marked(ctx: &Bound<'_, Context>, name: &str, refusal: &'static str) -> PyResult<Vec<Tensor>> {
    let all = ctx.getattr(name)?;
    let Ok(tuple) = all.cast::<PyTuple>() else { return Ok(Vec::new()) };
    let tensors = tuple.iter().map(|object| tensor(&object).cloned().ok_or_else(|| Error::runtime(refusal).into()));
    tensors.collect()
}

fn contains(tuple: &Bound<'_, PyTuple>, t: &Tensor) -> bool {
    tuple.iter().any(|object| tensor(&object).is_some_and(|other| other.same(t)))
}

/// Ends the node that was begun, and ties it to its `ctx`.
fn record(ctx: &Bound<'_, Context>, begun: Option<Begun>, returned: &[Returned<'_>]) -> PyResult<Option<Ref<Node>>> {
    let Some(begun) = begun else { return Ok(None) };
    let py = ctx.py();
    let outputs: Vec<Option<&Tensor>> = returned.iter().map(|r| r.result.as_ref()).collect();
    let rule = Box::new(Rule(PyPayload::wrap(ctx.clone().into_any())));
    let node = function::finish(begun, UserFunction { rule, owner: ctx.as_ptr() as usize }, &outputs)?;
    ctx.get().0.get(py).borrow_mut().outputs = outputs.iter().map(|t| t.map(|t| (t.dtype(), t.shape()))).collect();
    ctx.as_super().get().belongs_to(py, Place::Owner(Weak::new(&node)));
    Ok(Some(node))
}

/// A view of `t` that no write may go through: what an input becomes that is returned as it is.
fn view_of(t: &Tensor) -> Result<Tensor> {
    let _recording_off = mode::GradMode::new(false);
    forward::paused(|| reshape::alias_of(t))
}

/// Refuses outputs that cannot be the node's, before any becomes it: a Function that is refused has written what its
/// `forward` wrote, and has changed no history.
fn check(py: Python<'_>, returned: &[Returned<'_>], saved_in_setup: Option<&Py<PyTuple>>) -> PyResult<()> {
    for r in returned.iter().filter(|r| r.differentiable) {
        let Some(t) = &r.result else { continue };
        if r.modified {
            if !r.is_input {
                errors::warn(py, STRANGER)?;
            }
            check_write(t, returned.len())?;
        } else if r.is_input && saved_in_setup.is_some_and(|saved| contains(saved.bind(py), t)) {
            return Err(Error::runtime(
                "An input that has been returned as-is as output is being saved for backward. This is not supported if \
                 you override setup_context. You should return and save a view of the input instead, e.g. with \
                 x.view_as(x) or setup ctx inside the forward function itself.",
            )
            .into());
        }
    }
    Ok(())
}

/// Refuses a write over `t` by a Function of `count` outputs.
fn check_write(t: &Tensor, count: usize) -> Result<()> {
    if t.is_leaf() && t.requires_grad() {
        return Err(Error::runtime("a leaf Variable that requires grad has been used in an in-place operation."));
    }
    if t.0.has(flags::VIEW) && count > 1 {
        return Err(Error::runtime(
            "If your Function modifies inplace an input that is a view of another Tensor, your Function cannot \
             return more than one Tensor. This is not supported by the current autograd engine. You should either \
             make sure the input is not a view (using .clone() for example) or make your Function only return one \
             Tensor (potentially splitting it into two Functions: one doing the inplace that returns a single \
             Tensor and a second one that does the other operations). You can ask on the forum \
             https://discuss.pytorch.org/ if you need help to do this change.",
        ));
    }
    inplace::check_history(t, true)
}

/// Output `i` of `node`.
fn joined(t: Tensor, node: &Ref<Node>, i: u32, modified: bool, is_input: bool) -> Result<Tensor> {
    if modified {
        inplace::History::prepare(&t, node.clone(), i)?.enter();
        return Ok(t);
    }
    if !is_input {
        t.0.set_node(Some(node.clone()), i);
        return Ok(t);
    }
    let view = view_of(&t)?;
    view.0.set_node(Some(node.clone()), i);
    Ok(view)
}

/// An output that is in no graph.
fn cut_off(t: Tensor, is_input: bool, modified: bool) -> Result<Tensor> {
    match (wants_gradient(&t), is_input) {
        (false, true) if !modified => view_of(&t),
        (false, _) => Ok(t),
        // An input keeps what it is; its detached alias is returned.
        (true, true) => t.detach(),
        (true, false) => {
            if !t.0.has(flags::VIEW) {
                t.0.set_node(None, 0);
                t.0.set_flag(flags::REQUIRES_GRAD, false);
            }
            Ok(t)
        }
    }
}

/// Views among the results belong to the Function from now on: a write through one could not be followed.
fn forbid_writes_through(returned: &[Returned<'_>]) -> Result<()> {
    let several = returned.iter().filter(|r| r.differentiable).count() > 1;
    for r in returned.iter().filter(|r| !(r.is_input && r.modified)) {
        let Some(t) = r.result.as_ref().filter(|t| t.0.has(flags::VIEW)) else { continue };
        if let Some(view) = &mut *t.0.side()?.view.borrow_mut() {
            view.creation = if several { Creation::MultiOutput } else { Creation::Function };
            view.made_at = t.version();
        }
    }
    Ok(())
}

/// Calls `jvp` where a tangent came in, and hangs what it returns on the results.
fn push_tangents(ctx: &Bound<'_, Context>, args: &[Bound<'_, PyAny>], returned: &[Returned<'_>]) -> PyResult<()> {
    let py = ctx.py();
    if mode::mode() & mode::bits::FORWARD == 0 {
        return Ok(());
    }
    let came: Vec<Option<Tensor>> =
        args.iter().map(|object| tensor(object).map_or(Ok(None), tangent_of)).collect::<Result<_>>()?;
    if came.iter().all(Option::is_none) {
        return Ok(());
    }
    let materialize = ctx.get().materialize_grads(py);
    let mut tangents = Vec::with_capacity(args.len());
    for (object, x_dot) in args.iter().zip(came) {
        let x_dot = match (x_dot, tensor(object)) {
            (None, Some(t)) if materialize => Some(zeros_like(t)?),
            (x_dot, _) => x_dot,
        };
        tangents.push(x_dot.map(|x_dot| to_python(py, x_dot)).transpose()?);
    }
    let tangents = PyTuple::new(py, tangents)?;
    let answer = forward::paused(|| ctx.call_method1(intern!(py, "apply_jvp"), tangents))?;
    let answers: Vec<_> = match answer.cast::<PyTuple>() {
        Ok(tuple) => tuple.iter().collect(),
        Err(_) => vec![answer],
    };
    if answers.len() != returned.len() {
        return Err(Error::runtime(format!(
            "Function's jvp returned an invalid number of forward gradients (expected {} but got {})",
            returned.len(),
            answers.len()
        ))
        .into());
    }
    for (i, (answer, r)) in answers.iter().zip(returned).enumerate() {
        if let (Some(y), false) = (&r.result, answer.is_none()) {
            let y_dot = tensor(answer).ok_or(()).or_else(|()| {
                let got = kind(answer)?;
                Err(Error::runtime(format!("expected Variable or None (got {got}) for grad output {i}.")))
            })?;
            push_tangent(y, y_dot, r)?;
        }
    }
    Ok(())
}

fn push_tangent(y: &Tensor, y_dot: &Tensor, r: &Returned<'_>) -> Result<()> {
    if !y.dtype().is_differentiable() {
        return Ok(());
    }
    if r.is_input && r.modified {
        if !tangent_of(y)?.is_some_and(|own| own.same(y_dot)) {
            return Err(Error::runtime(
                "An inplace custom Function is not modifying the forward mode gradients inplace. If the forward is \
                 modifying an input inplace, then the jvp function must modify the corresponding gradient inplace.",
            ));
        }
        return Ok(());
    }
    if y.0.has(flags::VIEW) && !y_dot.0.has(flags::VIEW) {
        return Err(Error::runtime(
            "A custom Function's forward is returning a view (or an input as-is) but the jvp is not returning a view.",
        ));
    }
    forward::attach(y, y_dot)
}
