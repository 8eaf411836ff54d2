//! The argument parser: from what Python passed to what an operator takes, by the operator's signature.
//!
//! One walk over the parameters serves functions and methods, positions and keywords. It decides whether
//! the signature fits, and says in the fewest words why not; the texts are made elsewhere, on the failing
//! path alone. The arguments lie in an array on the caller's stack of which only what is used is written.
//!
//! Rejected: matching first and converting afterwards, as torch does. It walks twice, and the only
//! calls it answers otherwise are those that are wrong in two ways at once.

mod bound;
mod given;
pub mod numbers;
pub mod sizes;

pub use bound::Bound;
pub use given::Call;

use super::call::funnel;
use super::call::table::{Callable, Plan};
use super::call::texts;
use super::handles::tensor_ref;
use crate::buffers::PoolVec;
use crate::dtype::Scalar;
use crate::error::{Error, Result};
use crate::ops::signature::{Kind, Param};
use crate::ops::value::Arg;
use crate::python::{device, dtype, generator};
use crate::tensor::Tensor;
use numbers::{Number, Whole};
use pyo3::{Borrowed, PyAny, Python, ffi};
use sizes::Sizes;

/// Why a signature does not fit a call.
#[derive(Clone, Copy)]
pub enum Mismatch {
    /// More arguments by position than it takes.
    TooMany,
    /// This parameter was given nothing.
    Missing(usize),
    /// This parameter was given this object, by keyword or not.
    Type(usize, *mut ffi::PyObject, bool),
    /// A keyword that is no parameter, or one twice over.
    Keyword,
}

/// Why no arguments came of a call.
pub enum Reject {
    /// The signature does not fit; another may.
    Mismatch(Mismatch),
    /// It fits, and a value is wrong.
    Raised(Error),
}

impl From<Error> for Reject {
    #[cold]
    fn from(error: Error) -> Self {
        Reject::Raised(error)
    }
}

/// Whether `None` stands for nothing given. (torch's `dim` of a reduction may be None though it has no
/// default.)
fn nullable(plan: &Plan, param: &Param) -> bool {
    let by_kind = matches!(
        param.kind,
        Kind::Optional
            | Kind::Text
            | Kind::Order
            | Kind::Flag
            | Kind::Device
            | Kind::Layout
            | Kind::Generator
            | Kind::Whole
    );
    // There, a format that is left out is the contiguous one.
    let usual = param.kind == Kind::Format && plan.overload.signature.name.ends_with("contiguous");
    let optional = param.default == "None" && !usual || by_kind;
    let reduces = plan.reduces && plan.overload.signature.name != "logsumexp";
    // A reduction's name is no option, as a rounding's is.
    let optional = optional && param.name != "reduce";
    optional || (reduces && param.kind == Kind::Dims && param.name == "dim")
}

/// Matches `call` to one signature of `callable`.
///
/// # Errors
/// Why it does not fit, or torch's text for a value that is wrong.
#[inline]
pub fn bind<'a>(callable: &Callable, plan: &Plan, call: &Call, bound: &mut Bound<'a>) -> Result<(), Reject> {
    match walk(callable, plan, call, bound) {
        Err(Reject::Raised(error)) => Err(unfinished(plan, call).map_or(Reject::Raised(error), Reject::Mismatch)),
        matched => matched,
    }
}

/// The first parameter that a call leaves without an argument: torch says so before it looks at values.
#[cold]
fn unfinished(plan: &Plan, call: &Call) -> Option<Mismatch> {
    let mut at = 0;
    for (i, param) in plan.offered() {
        let by_position = at < call.given && param.positional;
        at += usize::from(by_position);
        if !by_position && param.default.is_empty() && (call.keywords.is_null() || call.by_name(param.name).is_none()) {
            return Some(Mismatch::Missing(i));
        }
    }
    None
}

#[inline(always)]
fn walk<'a>(callable: &Callable, plan: &Plan, call: &Call, bound: &mut Bound<'a>) -> Result<(), Reject> {
    if plan.is_shorter(call) {
        return Err(Reject::Mismatch(Mismatch::TooMany));
    }
    // First those by position, which nearly every call gives alone: argument by argument.
    let own = usize::from(!call.own.is_null());
    let mut n = match plan.in_order {
        true if plan.varargs => own,
        true => own + call.given,
        false => 0,
    };
    for i in 0..n {
        let (param, object) = (&plan.params()[i], if i < own { call.own } else { call.positional(i - own) });
        // SAFETY: the call's objects live as long as the call, and the lock is held (`Call`).
        unsafe {
            if !convert(callable, i, param, object, bound)? {
                refuse(plan, i, object, false, bound)?;
            }
        }
    }
    let mut at = n.saturating_sub(own);
    if plan.varargs {
        // SAFETY: as above; so many arguments there are.
        let mut few = || unsafe { sizes::put_inline_varargs(call.args, call.given, bound) };
        if plan.in_order && call.given > 0 && few() {
            (n, at) = (n + 1, call.given);
        } else if call.given > plan.positional && !first_is_extent(call)? {
            return Err(Reject::Mismatch(Mismatch::TooMany));
        }
    }
    if !call.keywords.is_null() || n < plan.optional {
        named(callable, plan, call, bound, (n, at))?;
    } else {
        bound.leave_out_up_to(plan.overload.signature.arity);
    }
    bound.settle(plan.overload)?;
    Ok(())
}

/// The parameters from number `from` on, with the arguments by position from `at` on and those by keyword.
#[inline(never)]
fn named<'a>(
    callable: &Callable,
    plan: &Plan,
    call: &Call,
    bound: &mut Bound<'a>,
    (from, mut at): (usize, usize),
) -> Result<(), Reject> {
    let mut named = 0;
    for (i, param) in plan.params().iter().enumerate().skip(from) {
        if i >= plan.optional && at >= call.given && call.keywords.is_null() {
            bound.leave_out_up_to(plan.overload.signature.arity);
            break;
        }
        let mut keyword = false;
        let object = if i == plan.own {
            Some(call.own)
        } else if param.kind == Kind::Out && !plan.out {
            continue;
        } else if at < call.given && param.positional {
            at += 1;
            Some(call.positional(at - 1))
        } else if call.keywords.is_null() {
            None
        } else {
            let found = call.by_name(param.name);
            keyword = found.is_some();
            named += usize::from(keyword);
            found
        };
        let Some(object) = object else {
            if param.default.is_empty() {
                return Err(Reject::Mismatch(Mismatch::Missing(i)));
            }
            if !matches!(param.kind, Kind::Out | Kind::Object) {
                bound.nothing();
            }
            continue;
        };
        // SAFETY: the call's objects live as long as the call, and the lock is held (`Call`).
        let fits = unsafe {
            match param.kind {
                Kind::Dims if plan.varargs && !keyword && i != plan.own => {
                    dims(callable, param, call, object, &mut at, bound)?
                }
                // By keyword only a type stands for a type.
                Kind::Element if keyword => {
                    any_kind(callable, i, &Param { kind: Kind::DType, ..*param }, object, bound)?
                }
                _ => any_kind(callable, i, param, object, bound)?,
            }
        };
        if !fits {
            // SAFETY: as above.
            unsafe { refuse(plan, i, object, keyword, bound)? };
        }
    }
    if !call.keywords.is_null() && named < call.named() {
        return Err(Reject::Mismatch(Mismatch::Keyword));
    }
    Ok(())
}

/// [`convert`], which is not inlined twice.
///
/// # Safety
/// As there.
#[inline(never)]
unsafe fn any_kind<'a>(
    callable: &Callable,
    i: usize,
    param: &Param,
    object: *mut ffi::PyObject,
    bound: &mut Bound<'a>,
) -> Result<bool, Reject> {
    // SAFETY: the caller's promise.
    unsafe { convert(callable, i, param, object, bound) }
}

#[cold]
#[inline(never)]
fn first_is_extent(call: &Call) -> Result<bool> {
    // SAFETY: more was given than can be by position, so there is a first; its life is the call's.
    Ok(!matches!(unsafe { numbers::extent(call.positional(0), false) }?, Whole::Not))
}

/// What does not fit may still be None, or an object that takes the call itself.
///
/// # Safety
/// As [`convert`].
#[inline(never)]
unsafe fn refuse<'a>(
    plan: &Plan,
    i: usize,
    object: *mut ffi::PyObject,
    keyword: bool,
    bound: &mut Bound<'a>,
) -> Result<(), Reject> {
    let param = &plan.params()[i];
    // SAFETY: the caller's promise.
    let stands_in = unsafe {
        if nullable(plan, param) && object == ffi::Py_None() {
            true
        } else if funnel::overloads(object) {
            bound.overloaded = true;
            true
        } else {
            false
        }
    };
    if !stands_in {
        return Err(Reject::Mismatch(Mismatch::Type(i, object, keyword)));
    }
    if !matches!(param.kind, Kind::Out | Kind::Object) {
        bound.nothing();
    }
    Ok(())
}

/// The only list of a method, which may be spelled as several arguments.
///
/// # Safety
/// As [`convert`], for every argument of the call.
unsafe fn dims<'a>(
    callable: &Callable,
    param: &Param,
    call: &Call,
    first: *mut ffi::PyObject,
    at: &mut usize,
    bound: &mut Bound<'a>,
) -> Result<bool, Reject> {
    // SAFETY: the caller's promise.
    let found = unsafe {
        if sizes::put_inline(first, false, bound) {
            return Ok(true);
        }
        match sizes::sizes(first, false)? {
            // A list, then more: torch's complaint is about the number, and `bind` has made it.
            Sizes::Not => {
                *at = call.given;
                sizes::varargs(call.args, call.given)?
            }
            list => list,
        }
    };
    match found {
        // An element that is no int may be an object that takes the call itself.
        // SAFETY: the caller's promise.
        Sizes::Bad(place, _) if unsafe { place <= call.given && funnel::overloads(call.positional(place - 1)) } => {
            bound.overloaded = true;
            bound.nothing();
            Ok(true)
        }
        Sizes::Not => {
            // So that the next one is not taken for this parameter's.
            *at = call.given.min(1);
            Ok(false)
        }
        found => sized(callable, param, found, bound),
    }
}

fn sized<'a>(callable: &Callable, param: &Param, found: Sizes, bound: &mut Bound<'a>) -> Result<bool, Reject> {
    match found {
        Sizes::Not => return Ok(false),
        Sizes::Are(dims) => bound.dims(dims),
        Sizes::Overflow => return Err(Error::value(sizes::OVERFLOW).into()),
        Sizes::Bad(place, why) => return Err(sizes::unpacking(callable.name, param.name, place, &why).into()),
    }
    Ok(true)
}

/// Appends what `object` is to a parameter of this kind; false where it is nothing of the kind.
///
/// # Safety
/// The lock is held, and `object` is referred to for `'a`.
#[inline(always)]
unsafe fn convert<'a>(
    callable: &Callable,
    i: usize,
    param: &Param,
    object: *mut ffi::PyObject,
    bound: &mut Bound<'a>,
) -> Result<bool, Reject> {
    // SAFETY: the caller's promise.
    unsafe {
        if matches!(param.kind, Kind::Tensor | Kind::Operand | Kind::Lax | Kind::Optional | Kind::Out)
            && let Some(tensor) = tensor_ref::<'a>(object)
        {
            if param.kind == Kind::Out {
                bound.flags |= tensor.0.flags();
                bound.out = Some(tensor);
            } else {
                bound.tensor(tensor);
            }
            return Ok(true);
        }
        match param.kind {
            Kind::Tensor | Kind::Optional | Kind::Out => Ok(false),
            Kind::Operand | Kind::Lax => Ok(put_number(numbers::number(object)?, bound)),
            Kind::Number | Kind::Factor | Kind::Value => match tensor_ref(object) {
                None => Ok(put_number(numbers::number(object)?, bound)),
                Some(tensor) => put_element(tensor, bound),
            },
            Kind::Bool | Kind::Flag => {
                let truth = object == ffi::Py_True();
                if !truth && object != ffi::Py_False() {
                    return Ok(false);
                }
                bound.truth(truth);
                Ok(true)
            }
            Kind::Float => match tensor_ref(object) {
                None => Ok(numbers::real_number(object)?.map(|x| bound.number(Scalar::Float(x))).is_some()),
                Some(tensor) if tensor.dtype().is_complex() => Ok(false),
                Some(tensor) => put_element(tensor, bound),
            },
            Kind::Int | Kind::Whole => put_whole(numbers::whole(object)?, bound),
            Kind::Extent => put_whole(numbers::extent(object, false)?, bound),
            Kind::DType | Kind::Element => {
                let found = match dtype::of(&Borrowed::from_ptr(Python::assume_attached(), object)) {
                    None if param.kind == Kind::Element => numbers::type_of(object)?,
                    found => found,
                };
                if let Some(dtype) = found {
                    bound.dtype(dtype);
                }
                Ok(found.is_some())
            }
            Kind::Dims if sizes::put_inline(object, param.bare, bound) => Ok(true),
            Kind::Dims => sized(callable, param, sizes::sizes(object, param.bare)?, bound),
            // A method's own tensor is not counted.
            Kind::Tensors => tensors(i - usize::from(!callable.form.is_function()), object, bound),
            Kind::Text | Kind::Order => match text(object) {
                Some(text) => {
                    bound.push(Arg::Text(text));
                    Ok(true)
                }
                None if param.kind == Kind::Order => Ok(put_number(numbers::number(object)?, bound)),
                None => Ok(false),
            },
            Kind::Object => {
                bound.object = object;
                Ok(true)
            }
            Kind::Format | Kind::Device | Kind::Layout | Kind::Generator => {
                place(callable, param.kind, &Borrowed::from_ptr(Python::assume_attached(), object), bound)
            }
        }
    }
}

/// What says how a tensor is made and is no number: objects of our own classes.
#[cold]
#[inline(never)]
fn place<'a>(
    callable: &Callable,
    kind: Kind,
    object: &Borrowed<'a, '_, PyAny>,
    bound: &mut Bound<'a>,
) -> Result<bool, Reject> {
    let known = match kind {
        Kind::Format => device::format(object).map(Arg::Format),
        Kind::Generator => generator::of(object).map(|own| own.map_or(Arg::None, Arg::Generator)),
        Kind::Device if device::names_one(object) => {
            // Told once the whole call is known to fit: torch looks at types first.
            bound.late = bound.late.take().or(device::check(object, callable.name).err().map(Error::from));
            Some(Arg::None)
        }
        Kind::Layout => device::is_layout(object).then_some(Arg::None),
        _ => None,
    };
    Ok(known.map(|arg| bound.push(arg)).is_some())
}

/// The text of a str.
///
/// # Safety
/// As [`convert`].
unsafe fn text<'a>(object: *mut ffi::PyObject) -> Option<&'a str> {
    let mut len = 0;
    // SAFETY: the caller's promise; a str keeps its UTF-8 form for as long as it lives.
    unsafe {
        if ffi::PyUnicode_Check(object) == 0 {
            return None;
        }
        let bytes = ffi::PyUnicode_AsUTF8AndSize(object, &mut len);
        if bytes.is_null() {
            ffi::PyErr_Clear();
            return None;
        }
        Some(std::str::from_utf8_unchecked(std::slice::from_raw_parts(bytes.cast(), len as usize)))
    }
}

#[inline(always)]
fn put_whole(number: Whole, bound: &mut Bound<'_>) -> Result<bool, Reject> {
    match number {
        Whole::Not => Ok(false),
        Whole::Is(n) => {
            bound.int(n);
            Ok(true)
        }
        Whole::Overflow => Err(Error::value(sizes::OVERFLOW).into()),
    }
}

#[inline(always)]
fn put_number(number: Number, bound: &mut Bound<'_>) -> bool {
    match number {
        Number::Not => return false,
        Number::Is(scalar) => bound.number(scalar),
        Number::Wide(wide) => bound.push_wide(wide),
    }
    true
}

/// A 0-d tensor stands for its element, unless that would cut a graph.
#[cold]
fn put_element(tensor: &Tensor, bound: &mut Bound<'_>) -> Result<bool, Reject> {
    let stands_in = tensor.ndim() == 0 && !tensor.requires_grad();
    if stands_in {
        bound.flags |= tensor.0.flags();
        bound.number(tensor.item()?);
    }
    Ok(stands_in)
}

/// # Safety
/// As [`convert`].
unsafe fn tensors(i: usize, object: *mut ffi::PyObject, bound: &mut Bound<'_>) -> Result<bool, Reject> {
    let mut all = PoolVec::new();
    // SAFETY: the caller's promise; nothing here runs Python before the last element is taken, except
    // where the call fails or is given away.
    unsafe {
        let (tuple, list) = (ffi::PyTuple_Check(object) != 0, ffi::PyList_Check(object) != 0);
        if !tuple && !list {
            return Ok(false);
        }
        let len = if tuple { ffi::PyTuple_Size(object) } else { ffi::PyList_Size(object) };
        for k in 0..len {
            let element = if tuple { ffi::PyTuple_GetItem(object, k) } else { ffi::PyList_GetItem(object, k) };
            if element.is_null() {
                ffi::PyErr_Clear();
                break;
            }
            ffi::Py_INCREF(element);
            let taken = match tensor_ref(element) {
                Some(tensor) => {
                    bound.flags |= tensor.0.flags();
                    all.push(tensor.clone()).map_err(Error::from)
                }
                None if funnel::overloads(element) => {
                    bound.overloaded = true;
                    Ok(())
                }
                None => Err(Error::type_error(format!(
                    "expected Tensor as element {k} in argument {i}, but got {}",
                    texts::typename(element)
                ))),
            };
            ffi::Py_DECREF(element);
            taken?;
        }
    }
    bound.push(Arg::Tensors(all));
    Ok(true)
}
