//! Calling operators from Python: as functions, methods, in-place methods and Python's own operators.
//!
//! From the arguments ([`super::args`]) to the operator and from its result to Python. An argument of a
//! subclass takes the slow way round ([`funnel`]). What must not come here: a rule about one operator.

mod entries;
pub mod funnel;
pub mod named;
pub mod own;
pub mod table;
pub mod texts;

pub use entries::{methods, register};

use super::args::numbers::{self, Number};
use super::args::{Bound as Arguments, Call, Reject, bind};
use super::guard::{guard, raised};
use super::handles::{owned, tensor_ref, wrap};
use super::registry;
use crate::dtype::Scalar;
use crate::error::{Error, Result};
use crate::ops::row::Overload;

use crate::ops::apply::{self, Operand, pointwise};
use crate::ops::value::{Arg, Output, Target};
use crate::tape::record::flags;
use crate::tensor::Tensor;
use pyo3::types::PyTuple;
use pyo3::{ffi, prelude::*};

use std::mem::ManuallyDrop;
use std::ptr;
use table::{Callable, Form, Plan, tables};

/// Not inlined: fifteen hundred entry points would each get a copy of the parser.
///
/// # Safety
/// Python called the function whose body this is.
#[inline(never)]
unsafe fn enter(callable: Option<&'static Callable>, call: Call) -> *mut ffi::PyObject {
    // SAFETY: the caller's promise.
    unsafe {
        guard(|py| match callable {
            Some(callable) => run(py, callable, &call),
            None => Err(Error::runtime("internal error: a name without an operator")),
        })
    }
}

/// Parses, calls, converts.
#[inline(always)]
fn run(py: Python<'_>, callable: &Callable, call: &Call) -> Result<*mut ffi::PyObject> {
    if let Some(plan) = callable.plans.first()
        && plan.tensors != 0
        && call.by_position() == plan.tensors
        && let Some(done) = of_tensors(py, callable, plan, call)?
    {
        return Ok(done);
    }
    matched(py, callable, call)
}

/// The same by the argument parser: the first signature that fits.
#[inline(never)]
fn matched(py: Python<'_>, callable: &Callable, call: &Call) -> Result<*mut ffi::PyObject> {
    let mut bound = Arguments::new();
    for plan in callable.plans.iter().filter(|plan| !plan.is_shorter(call)) {
        match bind(callable, plan, call, &mut bound) {
            Ok(()) => return finish(py, callable, plan, call, &mut bound),
            Err(Reject::Raised(error)) => return Err(error),
            Err(Reject::Mismatch(_)) => bound.clear(),
        }
    }
    unmatched(py, callable, call, &mut bound)
}

/// A call whose arguments are tensors alone, as many as the signature needs: there is nothing to match. None where one
/// is something else.
#[inline(always)]
fn of_tensors(py: Python<'_>, callable: &Callable, plan: &Plan, call: &Call) -> Result<Option<*mut ffi::PyObject>> {
    // Tensors' addresses and nothing else, so there is nothing to drop.
    let mut bound = ManuallyDrop::new(Arguments::new());
    let own = usize::from(!call.own.is_null());
    for i in 0..plan.tensors {
        let object = if i < own { call.own } else { call.positional(i - own) };
        // SAFETY: the call's objects live as long as the call, and the lock is held (`Call`).
        let Some(tensor) = (unsafe { tensor_ref(object) }) else { return Ok(None) };
        bound.tensor(tensor);
    }
    if bound.flags & flags::SUBCLASS != 0 {
        return Ok(None);
    }
    bound.leave_out(plan.overload.signature.arity - plan.tensors);
    let target = if callable.form.writes() { Target::InPlace } else { Target::Fresh };
    let output = (plan.overload.call)(bound.args(), target)?;
    give_back(py, callable, call, output).map(Some)
}

/// What a call returns of what its operator returned: an in-place method its own object.
#[inline(always)]
fn give_back(py: Python<'_>, callable: &Callable, call: &Call, output: Output) -> Result<*mut ffi::PyObject> {
    if callable.form == Form::InPlace {
        drop(output);
        return Ok(again(call.own));
    }
    // Nearly every output, handed on in a register.
    // SAFETY: the token says that the lock is held.
    if let Output::One(tensor) = output { Ok(unsafe { wrap(tensor) }) } else { to_python(py, output) }
}

/// None of the signatures that torch lists fitted: a deprecated one may, or it is said why each did not.
#[cold]
#[inline(never)]
fn unmatched<'a>(
    py: Python<'_>,
    callable: &Callable,
    call: &Call,
    bound: &mut Arguments<'a>,
) -> Result<*mut ffi::PyObject> {
    for plan in &callable.deprecated {
        match bind(callable, plan, call, bound) {
            Ok(()) => {
                texts::warn_of_deprecated(py, callable, plan)?;
                return finish(py, callable, plan, call, bound);
            }
            Err(Reject::Raised(error)) => return Err(error),
            Err(Reject::Mismatch(_)) => bound.clear(),
        }
    }
    // Found again rather than kept: only a call that fails needs to know.
    let mut why = Vec::new();
    for plan in &callable.plans {
        if let Err(Reject::Mismatch(mismatch)) = bind(callable, plan, call, bound) {
            why.push(mismatch);
        }
        bound.clear();
    }
    Err(texts::no_signature(callable, call, &why))
}

#[inline(always)]
fn finish<'a>(
    py: Python<'_>,
    callable: &Callable,
    plan: &Plan,
    call: &Call,
    bound: &mut Arguments<'a>,
) -> Result<*mut ffi::PyObject> {
    if bound.overloaded || bound.flags & flags::SUBCLASS != 0 {
        let overloaded = bound.overloaded;
        if let Some(answer) = funnel::offer(py, callable, call)? {
            bound.clear();
            return Ok(answer);
        }
        if overloaded {
            return Err(funnel::nobody(callable));
        }
    }
    let target = match (callable.form, bound.out) {
        (Form::InPlace | Form::Written, _) => Target::InPlace,
        (_, Some(out)) => Target::Out(out),
        _ => Target::Fresh,
    };
    match (plan.overload.call)(bound.args(), target) {
        Ok(output) => give_back(py, callable, call, output),
        Err(error) => Err(texts::told_first(callable, plan, bound.args(), target, error)),
    }
}

/// One more reference to an object that the caller holds.
fn again(object: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: the object is an argument of the running call, and the lock is held.
    unsafe {
        ffi::Py_INCREF(object);
        object
    }
}

/// What an operator returned, as a new reference; null with an exception set where there is no memory.
///
/// # Errors
/// As above, where a tuple is concerned.
#[inline]
pub fn to_python(py: Python<'_>, output: Output) -> Result<*mut ffi::PyObject> {
    // SAFETY: the token says that the lock is held; a tuple's places take over the references, and
    // nobody else has it yet.
    unsafe {
        match output {
            Output::One(tensor) => Ok(wrap(tensor)),
            Output::Number(scalar) => Ok(numbers::to_python(scalar)),
            Output::DType(dtype) => Ok(registry::dtype_object(py, dtype)?.into_ptr()),
            Output::Size(dims) => Ok(registry::size(py, &dims)?.into_ptr()),
            Output::Ints(dims) => Ok(PyTuple::new(py, dims.iter())?.into_ptr()),
            Output::Pair(name, fields, tensors) => named::tuple(py, name, fields, tensors),
            Output::Many(mut tensors) => {
                let tuple = owned(py, ffi::PyTuple_New(tensors.len() as ffi::Py_ssize_t))?;
                while let Some(tensor) = tensors.pop() {
                    let object = wrap(tensor);
                    if object.is_null() {
                        return Err(raised(py));
                    }
                    ffi::PyTuple_SetItem(tuple.as_ptr(), tensors.len() as ffi::Py_ssize_t, object);
                }
                Ok(tuple.into_ptr())
            }
        }
    }
}

/// A new reference to NotImplemented.
fn not_implemented() -> *mut ffi::PyObject {
    // SAFETY: only called in slots, where the lock is held.
    again(unsafe { ffi::Py_NotImplemented() })
}

/// A result as C functions give it.
#[inline(always)]
fn give(py: Python<'_>, result: Result<*mut ffi::PyObject>) -> *mut ffi::PyObject {
    match result {
        Ok(object) => object,
        Err(error) => {
            PyErr::from(error).restore(py);
            ptr::null_mut()
        }
    }
}

/// An operator between two objects, of which one at least is a tensor: NotImplemented where the other is
/// neither a tensor nor a number; null with an exception set where it fails.
///
/// # Safety
/// In a slot's `guard`: the lock is held and both objects are referred to by the caller.
pub unsafe fn binary(
    group: usize,
    lhs: *mut ffi::PyObject,
    rhs: *mut ffi::PyObject,
    inplace: bool,
) -> *mut ffi::PyObject {
    // SAFETY: the caller's promise.
    unsafe { binary_of(group, lhs, tensor_ref(lhs), rhs, inplace) }
}

/// The same where the left object has been looked at: `a` is its tensor.
///
/// # Safety
/// As [`binary`].
#[inline]
pub unsafe fn binary_of(
    group: usize,
    lhs: *mut ffi::PyObject,
    a: Option<&Tensor>,
    rhs: *mut ffi::PyObject,
    inplace: bool,
) -> *mut ffi::PyObject {
    // SAFETY: the caller's promise.
    unsafe {
        let py = Python::assume_attached();
        give(py, operate(py, group, lhs, a, rhs, inplace))
    }
}

/// # Safety
/// As [`binary`].
#[inline(always)]
unsafe fn operate(
    py: Python<'_>,
    group: usize,
    lhs: *mut ffi::PyObject,
    a: Option<&Tensor>,
    rhs: *mut ffi::PyObject,
    inplace: bool,
) -> Result<*mut ffi::PyObject> {
    let (all, i) = (tables(), group);
    let Some(operands) = all.operands.get(i) else { return Ok(not_implemented()) };
    // SAFETY: the caller's promise.
    let b = unsafe { tensor_ref(rhs) };
    let number = |object, i: usize, overload: Option<&Overload>, beside: &Tensor| {
        // No number is an operand here, of whatever size.
        let Some(overload) = overload else { return Ok(None) };
        // SAFETY: the caller's promise.
        Ok(match unsafe { numbers::number(object) }? {
            Number::Not => None,
            Number::Is(scalar) => Some(scalar),
            Number::Wide(wide) => Some(numbers::narrow(overload, i, wide, std::iter::once(beside.dtype()))?),
        })
    };
    let found: Result<Option<Scalar>>;
    let (overload, flagged, pair) = match (a, b) {
        (Some(a), Some(b)) => (operands.both, a.0.flags() | b.0.flags(), [Operand::Tensor(a), Operand::Tensor(b)]),
        (Some(a), None) => {
            found = number(rhs, 1, operands.left, a);
            match found? {
                Some(x) => (operands.left, a.0.flags(), [Operand::Tensor(a), Operand::Number(x)]),
                // SAFETY: the caller's promise.
                None => return unsafe { foreign(py, group, lhs, rhs, inplace) },
            }
        }
        (None, Some(b)) => {
            found = number(lhs, 0, operands.right, b);
            match found? {
                Some(x) => (operands.right, b.0.flags(), [Operand::Number(x), Operand::Tensor(b)]),
                // SAFETY: the caller's promise.
                None => return unsafe { foreign(py, group, lhs, rhs, inplace) },
            }
        }
        (None, None) => return Ok(not_implemented()),
    };
    if flagged & flags::SUBCLASS != 0 {
        let callable = if inplace { &all.inplace[i] } else { &all.methods[i] };
        // SAFETY: the caller's promise.
        if let Some(answer) = unsafe { funnel::offer_operator(py, callable, lhs, rhs) }? {
            return Ok(answer);
        }
    }
    let Some(overload) = overload else { return Ok(not_implemented()) };
    if let (false, Some((op, row))) = (inplace, overload.plain)
        && row.arity == 2
    {
        // SAFETY: the caller's promise.
        return Ok(unsafe { wrap(apply::fresh(op, row, 0, &pair)?) });
    }
    let target = match (inplace, a) {
        (false, _) => Target::Fresh,
        (true, Some(_)) if !all.inplace[i].plans.is_empty() => Target::InPlace,
        _ => return Ok(not_implemented()),
    };
    let output = invoke(overload, pair, target)?;
    if inplace {
        drop(output);
        return Ok(again(lhs));
    }
    to_python(py, output)
}

/// Calls with two arguments and nothing for the other parameters.
#[inline(always)]
fn invoke(overload: &Overload, pair: [Operand<'_>; 2], target: Target<'_>) -> Result<Output> {
    if let Some((op, row)) = overload.plain
        && row.arity == 2
    {
        return pointwise(op, row, 0, &pair, target).map(Output::One);
    }
    let [a, b] = pair.map(|operand| match operand {
        Operand::Tensor(t) => Arg::Tensor(t),
        Operand::Number(s) => Arg::Number(s),
    });
    // None of Python's operators calls a signature of more than four parameters.
    // They hold tensors' addresses and numbers alone, so there is nothing to drop.
    let args = ManuallyDrop::new([a, b, Arg::None, Arg::None]);
    (overload.call)(&args[..overload.signature.arity.min(args.len())], target)
}

/// An operand that is neither tensor nor number: it may take the operator itself.
///
/// # Safety
/// As [`binary`].
#[cold]
#[inline(never)]
unsafe fn foreign(
    py: Python<'_>,
    group: usize,
    lhs: *mut ffi::PyObject,
    rhs: *mut ffi::PyObject,
    inplace: bool,
) -> Result<*mut ffi::PyObject> {
    let callable = if inplace { &tables().inplace[group] } else { &tables().methods[group] };
    // SAFETY: the caller's promise.
    let answer = unsafe { funnel::offer_operator(py, callable, lhs, rhs) }?;
    Ok(answer.unwrap_or_else(not_implemented))
}

/// An operator of one tensor, as its method without arguments; null with an exception set where it fails.
///
/// # Safety
/// As [`binary`].
#[inline]
pub unsafe fn unary(group: usize, object: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: the caller's promise; there are no arguments to point to.
    unsafe {
        let py = Python::assume_attached();
        let call = Call::new(object, ptr::null(), 0, ptr::null_mut());
        let result = match tables().methods.get(group) {
            Some(callable) => run(py, callable, &call),
            None => Err(Error::runtime("internal error: a name without an operator")),
        };
        give(py, result)
    }
}
