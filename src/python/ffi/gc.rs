//! What Python's cycle collector asks: what an object refers to, and that it let go.
//!
//! The collector needs that every reference is reported at most once, by an object whose end would end
//! it; what nobody reports is only not collected. An object answers for its record's hooks, gradient and
//! node, a face of a node or a leaf for that, and for the records behind these that it alone owns: a walk enters a record when it has met
//! every owner that the record has. A record with an object of its own is not entered: that object is
//! visited (the tape holds it), and its own walk goes on from there.
//!
//! Intermediate results that a node saved keep their objects, hidden: nothing but the tape refers to
//! them. Their nodes have two owners, the record behind the object and the edge of the next node, so
//! neither walk alone would enter one. A walk therefore also follows a hidden object's links, but enters
//! what they lead to only if an entered record owns it as well. Then no two walks enter the same record:
//! of all that two of them entered, take the first; its entered owner was entered by both before it.
//!
//! A walk meets [`LIMIT`] records at most: each of many objects may have one large graph behind it.

use super::guard::guard;
use super::object::{self, Handle};
use super::payload;
use crate::buffers::confined;
use crate::tape::arena::Record;
use crate::tape::host::{self, Payload};
use crate::tape::record::flags;
use crate::tape::side::{Hooks, Tangents};
use crate::tape::{Edge, Link, Node, Ref, Saved, TensorRecord};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::{ffi, prelude::*};
use std::cell::{Cell, RefCell, UnsafeCell};
use std::ffi::{c_int, c_void};
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::rc::Rc;

/// Records that one walk meets at most.
const LIMIT: usize = 1000;
/// Places in the table of tallies: a power of two that the limit fills by half.
const PLACES: usize = 2048;

/// By whom a record is owned, as a walk sees it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// The record of the object that was asked.
    Asked,
    /// A record that the walk has entered.
    Entered,
    /// The record of a hidden object.
    Hidden,
}

#[derive(Clone, Copy)]
struct Tally {
    address: usize,
    /// The walk that wrote it; another walk's entry is a free place.
    walk: u32,
    met: u32,
    entered: bool,
    hidden: bool,
}

const NOTHING: Tally = Tally { address: 0, walk: 0, met: 0, entered: false, hidden: false };

/// A record whose owners have all been met: its content is next.
#[derive(Clone, Copy)]
enum Inside {
    Tensor(*const TensorRecord, Owner),
    Node(*const Node),
}

/// Memory of walks, one at a time. It is no part of a stack: a thread's may be small.
struct Scratch {
    busy: Cell<bool>,
    walk: Cell<u32>,
    tallies: UnsafeCell<[Tally; PLACES]>,
    inside: UnsafeCell<[Inside; LIMIT]>,
}

confined! {
    static SCRATCH: Scratch = Scratch {
        busy: Cell::new(false),
        walk: Cell::new(0),
        tallies: UnsafeCell::new([NOTHING; PLACES]),
        inside: UnsafeCell::new([Inside::Node(ptr::null()); LIMIT]),
    };
}

/// What a link holds, without counting: a count that rises takes a reference to an object, and the
/// collector must not see references change.
fn peek<T: Record>(link: &Link<T>) -> Option<&Ref<T>> {
    // SAFETY: nothing writes a record during the collector's walk.
    unsafe { link.peek() }
}

/// Who asked, whose content a walk begins with.
#[derive(Clone, Copy)]
pub enum Start<'a> {
    /// A tensor's object: with its record's content.
    Tensor(&'a TensorRecord),
    /// The face of a node that it counts.
    Node(&'a Ref<Node>),
    /// The face of a leaf that it counts.
    Leaf(&'a Ref<TensorRecord>),
}

struct Walk<'a> {
    /// The collector's function, told of each object.
    visitor: &'a mut dyn FnMut(*mut ffi::PyObject) -> c_int,
    tallies: &'a mut [Tally; PLACES],
    inside: &'a mut [Inside; LIMIT],
    waiting: usize,
    left: usize,
    walk: u32,
    asked: Start<'a>,
    /// Whose content is being looked at.
    owner: Owner,
    /// What the collector's function said; anything but 0 ends the walk.
    said: c_int,
}

impl Walk<'_> {
    fn visit(&mut self, object: *mut ffi::PyObject) {
        if self.said == 0 && !object.is_null() {
            self.said = (self.visitor)(object);
        }
    }

    fn payload(&mut self, payload: &Payload) {
        // A hook that a sweep is about to call has a second owner for that long.
        if Rc::strong_count(payload) == 1
            && let Some(object) = payload::object(payload)
        {
            self.visit(object);
        }
    }

    fn hooks(&mut self, hooks: &RefCell<Hooks>) {
        // A cell that is being changed is left out: an allocation under a borrow can start the collector.
        if let Ok(hooks) = hooks.try_borrow() {
            hooks.values().for_each(|hook| self.payload(hook));
        }
    }

    /// Notes that an owner of the record at `address` was met; whether the walk now answers for it.
    fn meet(&mut self, address: usize, owners: u32) -> bool {
        if self.left == 0 || self.said != 0 {
            return false;
        }
        if owners == 1 {
            self.left -= 1;
            return self.owner != Owner::Hidden;
        }
        // Records are 64 bytes apart at least; the factor spreads what is left over the upper bits.
        let mut at = (address >> 6).wrapping_mul(0x9E37_79B9_7F4A_7C15_u64 as usize) >> (usize::BITS - PLACES.ilog2());
        loop {
            let tally = &mut self.tallies[at % PLACES];
            if tally.walk != self.walk {
                *tally = Tally { address, walk: self.walk, ..NOTHING };
                self.left -= 1;
            }
            if tally.address == address {
                tally.met += 1;
                tally.entered |= self.owner == Owner::Entered;
                tally.hidden |= self.owner == Owner::Hidden;
                return tally.met == owners && (tally.entered || !tally.hidden);
            }
            at += 1;
        }
    }

    fn next(&mut self, inside: Inside) {
        // Each record comes here once at most, and was met before: the places suffice.
        self.inside[self.waiting] = inside;
        self.waiting += 1;
    }

    fn tensor(&mut self, record: &Ref<TensorRecord>) {
        let object = record.handle() as *mut ffi::PyObject;
        let owners = record.count() - u32::from(!object.is_null());
        if !self.meet(record.address(), owners) {
            return;
        }
        if object.is_null() {
            self.next(Inside::Tensor(&**record, Owner::Entered));
        } else if record.has(flags::HOLDS_HANDLE) {
            self.visit(object);
            // SAFETY: a record's object is alive while the tape holds it.
            let hidden = unsafe { object::has_one_owner(object) };
            let asked = matches!(self.asked, Start::Tensor(asked) if ptr::eq(&**record, asked));
            if hidden && !asked {
                self.next(Inside::Tensor(&**record, Owner::Hidden));
            }
        }
    }

    fn node(&mut self, node: &Ref<Node>) {
        if self.meet(node.address(), node.count()) {
            self.next(Inside::Node(&**node));
        }
    }

    /// What a tensor's record refers to; of a hidden object's, the records alone, as it answers for the rest.
    fn inside_tensor(&mut self, record: &TensorRecord, owner: Owner) {
        self.owner = owner;
        if let Some(grad) = peek(&record.grad) {
            self.tensor(grad);
        }
        if let Some(node) = peek(&record.node) {
            self.node(node);
        }
        let Some(side) = peek(&record.side).filter(|side| side.count() == 1) else { return };
        if let Ok(view) = side.view.try_borrow() {
            for view in view.iter() {
                self.tensor(&view.base);
                if let Tangents::Of(dual) = &view.tangents {
                    self.tensor(dual);
                }
            }
        }
        if let Some(tangent) = peek(&side.tangent) {
            self.tensor(tangent);
        }
        if owner != Owner::Hidden {
            self.hooks(&side.hooks);
            self.hooks(&side.after);
            if let Ok(face) = side.face.try_borrow() {
                face.iter().for_each(|face| self.payload(face));
            }
        }
    }

    /// What a node refers to.
    fn inside_node(&mut self, node: &Node) {
        self.owner = Owner::Entered;
        for edge in node.edges.iter() {
            match edge {
                Edge::Node(next, _) => self.node(next),
                Edge::Leaf(leaf, _) => self.tensor(leaf),
                Edge::None => {}
            }
        }
        for saved in node.saved.try_borrow().iter().flat_map(|saved| saved.iter()) {
            match saved {
                Saved::Input(record, ..) | Saved::Output(record, ..) => self.tensor(record),
                Saved::Nothing | Saved::Number(_) => {}
            }
        }
        let Some(side) = peek(&node.side).filter(|side| side.count() == 1) else { return };
        if let Ok(hooks) = side.hooks.try_borrow() {
            hooks.values().for_each(|(_, hook)| self.payload(hook));
        }
        self.hooks(&side.before);
        self.hooks(&side.after);
        for held in [&side.function, &side.metadata, &side.face] {
            if let Ok(held) = held.try_borrow() {
                held.iter().for_each(|held| self.payload(held));
            }
        }
    }

    fn run(&mut self) {
        match self.asked {
            Start::Tensor(record) => self.inside_tensor(record, Owner::Asked),
            Start::Node(node) => self.node(node),
            Start::Leaf(leaf) => self.tensor(leaf),
        }
        while self.waiting > 0 && self.said == 0 {
            self.waiting -= 1;
            match self.inside[self.waiting] {
                // SAFETY: what a living record owns is alive: none dies here.
                Inside::Tensor(record, owner) => self.inside_tensor(unsafe { &*record }, owner),
                // SAFETY: as above.
                Inside::Node(node) => self.inside_node(unsafe { &*node }),
            }
        }
    }
}

/// Visits what the object of `asked` refers to.
fn walk(asked: Start<'_>, visitor: &mut dyn FnMut(*mut ffi::PyObject) -> c_int) -> c_int {
    SCRATCH.with(|scratch| {
        if scratch.busy.replace(true) {
            return 0;
        }
        // SAFETY: `busy` says that nobody else uses the scratch.
        let (tallies, inside) = unsafe { (&mut *scratch.tallies.get(), &mut *scratch.inside.get()) };
        let number = scratch.walk.get().wrapping_add(1);
        if number == 0 {
            tallies.fill(NOTHING);
        }
        let number = number.max(1);
        scratch.walk.set(number);
        let mut walk = Walk {
            visitor,
            tallies,
            inside,
            waiting: 0,
            left: LIMIT,
            walk: number,
            asked,
            owner: Owner::Asked,
            said: 0,
        };
        walk.run();
        let said = walk.said;
        scratch.busy.set(false);
        said
    })
}

/// Visits what an object refers to. Counts nothing, allocates nothing, runs no Python.
///
/// # Safety
/// Python calls it with the lock held on an object that is not freed, and the argument that goes with `visit`.
pub(super) unsafe extern "C" fn traverse(object: *mut ffi::PyObject, visit: ffi::visitproc, arg: *mut c_void) -> c_int {
    let handle = object.cast::<Handle>();
    // SAFETY: the caller's promise. No wrapper: there is no exception that the collector could be told, and what is queued
    // must wait.
    unsafe {
        for child in [ffi::Py_TYPE(object).cast(), (*handle).dict] {
            if !child.is_null() {
                let said = visit(child, arg);
                if said != 0 {
                    return said;
                }
            }
        }
        match object::borrow(handle) {
            Some(tensor) => {
                // The object is alive, and the function is the collector's own.
                let mut visitor = |object| visit(object, arg);
                catch_unwind(AssertUnwindSafe(|| walk(Start::Tensor(&tensor.0), &mut visitor))).unwrap_or(0)
            }
            None => 0,
        }
    }
}

/// Visits what the face of a node or a leaf refers to.
///
/// # Errors
/// What ends the collector's walk.
pub fn traverse_face(asked: Start<'_>, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
    let mut ended = Ok(());
    let mut visitor = |object| {
        // SAFETY: a visit has the lock, and the object is alive; the borrowed reference is not given back.
        let object = unsafe { Bound::from_owned_ptr(Python::assume_attached(), object) };
        let object = ManuallyDrop::new(object.unbind());
        ended = visit.call(&*object);
        c_int::from(ended.is_err())
    };
    let _said = catch_unwind(AssertUnwindSafe(|| walk(asked, &mut visitor)));
    ended
}

/// Lets go of whatever could lead back: hooks, gradient, node and attributes. The values stay.
///
/// # Safety
/// Python calls it with the lock held on an object that is not freed.
pub(super) unsafe extern "C" fn clear(object: *mut ffi::PyObject) -> c_int {
    let handle = object.cast::<Handle>();
    // SAFETY: the caller's promise.
    unsafe {
        guard(|_py| {
            if let Some(tensor) = object::borrow(handle) {
                let record = &tensor.0;
                record.set_flag(flags::VIEW | flags::TANGENT | flags::RETAINS_GRAD, false);
                record.set_node(None, 0);
                record.grad.set(None);
                record.side.set(None);
            }
            let dict = ptr::replace(&mut (*handle).dict, ptr::null_mut());
            if !dict.is_null() {
                host::drop_later(dict as usize);
            }
            Ok(0)
        })
    }
}
