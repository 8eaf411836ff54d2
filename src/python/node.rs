//! `grad_fn`: nodes of the tape as Python sees them.
//!
//! A face is made when somebody asks and dies when nobody holds it; the node notes it weakly, so that it
//! stays one object meanwhile. Each of torch's names has a class of its own. A leaf's face is an
//! AccumulateGrad, and the face of a user's Function is its `ctx` (see `function.rs`).

mod saved;

use super::ffi::gc::{self, Start};
use super::ffi::handles::to_python;
use super::ffi::locked::Locked;
use super::ffi::payload::PyPayload;
use super::hooks;
use crate::buffers::confined;
use crate::error::{Error, Result};
use crate::ops::{edge, table, view};
use crate::sweep::faces;
use crate::tape::host::Payload;
use crate::tape::{self, Edge, Ref, TensorRecord, Weak};
use crate::tensor::Tensor;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyCFunction, PyDict, PyTuple, PyWeakrefMethods, PyWeakrefReference};
use std::cell::{Cell, RefCell};

/// The one node that is recorded and has no class of its own in torch, and the class that torch shows it as.
const IDENTITY: &str = "Identity";
const UNNAMED: &str = "CppFunction";

/// What a face belongs to.
pub enum Place {
    /// Nothing: one that a user made, or a `ctx` whose function was not recorded.
    Nowhere,
    /// A node.
    Node(Ref<tape::Node>),
    /// A node that owns the face.
    Owner(Weak<tape::Node>),
    /// A leaf.
    Leaf(Ref<TensorRecord>),
}

/// One application of one operator, as the graph keeps it.
#[pyclass(subclass, frozen, weakref, name = "Node", module = "wengert.autograd.graph")]
pub struct Node(Locked<RefCell<Place>>);

impl Node {
    /// A face that belongs to nothing yet.
    pub fn nowhere(py: Python<'_>) -> Node {
        Node(Locked::new(py, RefCell::new(Place::Nowhere)))
    }

    /// Says what it belongs to.
    pub fn belongs_to(&self, py: Python<'_>, place: Place) {
        let before = self.0.get(py).replace(place);
        drop(before);
    }

    /// Its node.
    pub fn node(&self, py: Python<'_>) -> Option<Ref<tape::Node>> {
        match &*self.0.get(py).borrow() {
            Place::Node(node) => Some(node.clone()),
            Place::Owner(node) => node.upgrade(),
            Place::Nowhere | Place::Leaf(_) => None,
        }
    }

    fn leaf(&self, py: Python<'_>) -> Option<Tensor> {
        match &*self.0.get(py).borrow() {
            Place::Leaf(leaf) => Some(Tensor(leaf.clone())),
            _ => None,
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // At once, or the object of a leaf would stay until the next operator, unseen by the collector.
        let _ = Python::try_attach(|py| {
            self.belongs_to(py, Place::Nowhere);
            hooks::settle();
        });
    }
}

#[pymethods]
impl Node {
    #[new]
    #[pyo3(signature = (*_args, **_keywords))]
    fn new(py: Python<'_>, _args: &Bound<'_, PyTuple>, _keywords: Option<&Bound<'_, PyDict>>) -> Result<Node> {
        if !MAKING.with(Cell::get) {
            return Err(Error::type_error("Can't instantiate abstract class Node: only the graph makes nodes"));
        }
        Ok(Node::nowhere(py))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // A place that is being changed is left out: not visiting is always safe.
        let Ok(place) = self.0.visited(&visit).try_borrow() else { return Ok(()) };
        match &*place {
            Place::Node(node) => gc::traverse_face(Start::Node(node), &visit),
            Place::Leaf(leaf) => gc::traverse_face(Start::Leaf(leaf), &visit),
            Place::Nowhere | Place::Owner(_) => Ok(()),
        }
    }

    fn __clear__(&self, py: Python<'_>) {
        let Ok(before) =
            self.0.get(py).try_borrow_mut().map(|mut place| std::mem::replace(&mut *place, Place::Nowhere))
        else {
            return;
        };
        drop(before);
        hooks::settle();
    }

    /// torch's name for it.
    fn name(slf: &Bound<'_, Self>) -> PyResult<String> {
        let name = slf.get_type().name()?.to_string();
        let name = if name == UNNAMED { IDENTITY.to_string() } else { name };
        Ok(if table::IN_TORCH.contains(&name.as_str()) { format!("torch::autograd::{name}") } else { name })
    }

    /// Where the cotangent of each input goes: a node and the number of its output.
    #[getter]
    fn next_functions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let Some(node) = self.node(py) else { return Ok(PyTuple::empty(py)) };
        let edges = faces::shown(&node).filter_map(|i| node.edges.get(i)).map(|edge| match edge {
            Edge::None => Ok((None, 0)),
            Edge::Node(next, output) => Ok((Some(face(py, next)?), *output)),
            Edge::Leaf(leaf, _) => Ok((Some(face_of_leaf(py, leaf)?), 0)),
        });
        PyTuple::new(py, edges.collect::<PyResult<Vec<_>>>()?)
    }

    /// A dictionary for notes; anomaly mode leaves the stack there.
    #[getter]
    fn metadata<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let notes = PyDict::new(py);
        let Some(node) = self.node(py) else { return Ok(notes.into_any()) };
        let side = node.side().map_err(Error::from)?;
        let known = side.metadata.borrow().clone();
        if let Some(known) = known.and_then(|known| PyPayload::open(py, &known)) {
            return Ok(known);
        }
        let origin = side.origin.borrow().clone();
        let trace = origin.as_ref().and_then(|origin| origin.trace.as_ref());
        if let Some(stack) = trace.and_then(|trace| trace.downcast_ref::<String>()) {
            notes.set_item("traceback_", stack)?;
        }
        *side.metadata.borrow_mut() = Some(PyPayload::wrap(notes.clone().into_any()));
        Ok(notes.into_any())
    }

    /// Always true: nothing else is recorded.
    #[getter]
    fn requires_grad(&self) -> bool {
        true
    }

    /// Its place in the order of recording.
    fn _sequence_nr(&self, py: Python<'_>) -> u64 {
        self.node(py).map_or(u64::MAX, |node| node.sequence)
    }

    /// What a sweep takes for output `output` of the node: the leaf of an AccumulateGrad, else a tensor of zeros in that
    /// place, with no elements of its own.
    #[pyo3(signature = (output, /))]
    fn _place<'py>(&self, py: Python<'py>, output: u32) -> PyResult<Bound<'py, PyAny>> {
        let nowhere = || Error::runtime("a GradientEdge leads to no output of its node");
        if let Some(leaf) = self.leaf(py) {
            return if output == 0 { Ok(to_python(py, leaf)?) } else { Err(nowhere().into()) };
        }
        let node = self.node(py).ok_or_else(nowhere)?;
        let edge = Edge::Node(node.clone(), output);
        let (dtype, shape) = edge.own_meta().map_err(Error::from)?.ok_or_else(nowhere)?;
        let place = view::expand_to(&Tensor::full(&[], 0, dtype)?, &shape)?;
        edge::set_node(&place, node, output)?;
        Ok(to_python(py, place)?)
    }

    /// Calls `hook(grad_inputs, grad_outputs)` after the node was applied in a sweep; a tuple that it
    /// returns replaces the former.
    #[pyo3(name = "register_hook", signature = (hook, /))]
    fn register_hook(&self, py: Python<'_>, hook: &Bound<'_, PyAny>) -> PyResult<hooks::RemovableHandle> {
        match (self.node(py), self.leaf(py)) {
            (Some(node), _) => Ok(hooks::after_node(hook, &node)?),
            (_, Some(leaf)) => Ok(hooks::after_leaf(hook, &leaf)?),
            _ => Err(Error::runtime("cannot register a hook on a node that is in no graph").into()),
        }
    }

    /// Calls `hook(grad_outputs)` before the node is applied in a sweep; a tuple that it returns replaces them.
    #[pyo3(name = "register_prehook", signature = (hook, /))]
    fn register_prehook(&self, py: Python<'_>, hook: &Bound<'_, PyAny>) -> PyResult<hooks::RemovableHandle> {
        match (self.node(py), self.leaf(py)) {
            (Some(node), _) => Ok(hooks::before_node(hook, &node)?),
            (_, Some(leaf)) => Ok(hooks::before_leaf(hook, &leaf)?),
            _ => Err(Error::runtime("cannot register a hook on a node that is in no graph").into()),
        }
    }
}

/// `x.grad_fn`.
///
/// # Errors
/// Where a view's history cannot be followed, or memory is out.
pub fn grad_fn<'py>(object: &Bound<'py, PyAny>, t: &Tensor) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    match edge::node_of(t)? {
        Some((node, _)) => face(py, &node),
        None => Ok(py.None().into_bound(py)),
    }
}

/// The face of a node.
fn face<'py>(py: Python<'py>, node: &Ref<tape::Node>) -> PyResult<Bound<'py, PyAny>> {
    let side = node.side().map_err(Error::from)?;
    let function = side.function.borrow().clone();
    if let Some(ctx) = function.and_then(|function| PyPayload::open(py, &function)) {
        return Ok(ctx);
    }
    let known = side.face.borrow().clone();
    if let Some(face) = alive(py, known) {
        return Ok(face);
    }
    let made = made(py, &table::grad_name(node))?;
    made.cast::<Node>()?.get().belongs_to(py, Place::Node(node.clone()));
    *side.face.borrow_mut() = Some(weakly(&made)?);
    Ok(made)
}

/// The face of a leaf.
fn face_of_leaf<'py>(py: Python<'py>, leaf: &Ref<TensorRecord>) -> PyResult<Bound<'py, PyAny>> {
    let side = leaf.side().map_err(Error::from)?;
    let known = side.face.borrow().clone();
    if let Some(face) = alive(py, known) {
        return Ok(face);
    }
    let made = made(py, "AccumulateGrad")?;
    made.cast::<Node>()?.get().belongs_to(py, Place::Leaf(leaf.clone()));
    *side.face.borrow_mut() = Some(weakly(&made)?);
    Ok(made)
}

fn weakly(face: &Bound<'_, PyAny>) -> PyResult<Payload> {
    Ok(PyPayload::wrap(PyWeakrefReference::new(face)?.into_any()))
}

fn alive<'py>(py: Python<'py>, known: Option<Payload>) -> Option<Bound<'py, PyAny>> {
    PyPayload::open(py, &known?)?.cast_into::<PyWeakrefReference>().ok()?.upgrade()
}

confined! {
    /// Whether the graph is making a face: nobody else may.
    static MAKING: Cell<bool> = Cell::new(false);
}

/// A face of one name. Its class refuses to be called: only the graph makes one.
fn made<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    static NEW: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let new = NEW.get_or_try_init(py, || py.get_type::<Node>().getattr(intern!(py, "__new__")).map(Bound::unbind))?;
    let class = class(py, name)?;
    MAKING.with(|making| making.set(true));
    let made = new.bind(py).call1((class,));
    MAKING.with(|making| making.set(false));
    made
}

/// The class of the nodes of one name, made when first needed.
fn class<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    static CLASSES: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    let classes = CLASSES.get_or_init(py, || PyDict::new(py).unbind()).bind(py);
    if let Some(class) = classes.get_item(name)? {
        return Ok(class);
    }
    let members = PyDict::new(py);
    members.set_item(intern!(py, "__slots__"), PyTuple::empty(py))?;
    members.set_item(intern!(py, "__module__"), "builtins")?;
    let property = py.import(intern!(py, "builtins"))?.getattr(intern!(py, "property"))?;
    for (attribute, part) in saved::attributes(name) {
        let get = PyCFunction::new_closure(
            py,
            None,
            None,
            move |args: &Bound<'_, PyTuple>, _: Option<&Bound<'_, PyDict>>| {
                let object = args.get_item(0)?;
                match object.cast::<Node>()?.get().node(object.py()) {
                    Some(node) => saved::read(object.py(), &node, part).map(Bound::unbind),
                    None => Ok(object.py().None()),
                }
            },
        )?;
        members.set_item(attribute, property.call1((get,))?)?;
    }
    if name == "AccumulateGrad" {
        let get =
            PyCFunction::new_closure(py, None, None, |args: &Bound<'_, PyTuple>, _: Option<&Bound<'_, PyDict>>| {
                let object = args.get_item(0)?;
                let py = object.py();
                match object.cast::<Node>()?.get().leaf(py) {
                    Some(leaf) => Ok::<_, PyErr>(to_python(py, leaf)?.unbind()),
                    None => Ok(py.None()),
                }
            })?;
        members.set_item("variable", property.call1((get,))?)?;
    }
    let named = name.to_string();
    let refuse =
        PyCFunction::new_closure(py, None, None, move |_: &Bound<'_, PyTuple>, _: Option<&Bound<'_, PyDict>>| {
            Err::<(), Error>(match &*named {
                "AccumulateGrad" => Error::runtime("Cannot construct"),
                name => Error::type_error(format!("cannot create '{name}' instances")),
            })
        })?;
    members.set_item(intern!(py, "__new__"), refuse)?;
    let kind = py.import(intern!(py, "builtins"))?.getattr(intern!(py, "type"))?;
    let shown = if name == IDENTITY { UNNAMED } else { name };
    let class = kind.call1((shown, (py.get_type::<Node>(),), members))?;
    classes.set_item(name, &class)?;
    Ok(class)
}

/// Adds the class to the module.
///
/// # Errors
/// Python's own where it has no memory.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Node>()
}
