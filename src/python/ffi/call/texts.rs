//! torch's texts for calls that no signature fits. Everything here is on the failing path.
//!
//! torch lists its overloads; a parameter of ours that takes a tensor or a number stands for two of them
//! ([`spoken`]), so that one row reads as torch's several, unless the row says that torch is lax there.

use super::super::super::errors;
use super::super::args::{Call, Mismatch};
use super::table::{Callable, Plan};
use crate::error::{Class, Error, Result};
use crate::ops::apply::Operand;
use crate::ops::row::{Body, Operator, Rule};
use crate::ops::signature::{Kind, Param};
use crate::ops::value::{Arg, Target};
use crate::ops::{inplace, table};
use crate::tape::mode;
use crate::tensor::Tensor;
use pyo3::ffi;
use pyo3::prelude::*;
use std::ffi::c_ulong;
use std::sync::atomic::AtomicBool;

/// Functions of one signature that torch still calls overloaded: it hides a deprecated one.
const HIDES_ANOTHER: [&str; 10] =
    ["add", "sub", "addbmm", "addcdiv", "addcmul", "addmm", "addmv", "addr", "baddbmm", "copy_"];

/// The error of a call that failed: where its `out=` would be recorded, that torch refuses before it looks further.
#[cold]
#[inline(never)]
pub fn told_first(callable: &Callable, plan: &Plan, args: &[Arg<'_>], target: Target<'_>, error: Error) -> Error {
    let Target::Out(out) = target else { return error };
    let has_derivative = |op: &&Operator| match &op.body {
        Body::Pointwise(row) if row.rule == Rule::Bool => false,
        _ => !op.grad_names.is_empty() && op.grad_names != ["NotImplemented"],
    };
    // A function that calls others is refused in their names.
    let named = |op: &&Operator| op.about.row == plan.overload.row && op.name == callable.name;
    let said = !matches!(error.class(), Class::Host | Class::Memory | Class::Recursion);
    // What says where elements are has no gradient of its own.
    let places = |param: &Param| matches!(param.name, "index" | "indices" | "mask" | "condition");
    let tensors = || {
        let named = args.iter().zip(plan.overload.signature.params());
        named.filter(|(_, param)| !places(param)).flat_map(|(arg, _)| match arg {
            Arg::Tensor(t) => std::slice::from_ref(*t),
            Arg::Tensors(tensors) => &tensors[..],
            _ => &[],
        })
    };
    let wants = mode::is_grad_enabled() && tensors().chain([out]).any(Tensor::requires_grad);
    if !(said && wants && table::operators().filter(named).any(|op| has_derivative(&op))) {
        return error;
    }
    let ins: Vec<Operand<'_>> = tensors().map(Operand::Tensor).collect();
    inplace::check_out(callable.name, out, &ins).err().unwrap_or(error)
}

/// The name of an object's type as C code sees it: with its module where that is not obvious.
///
/// # Safety
/// The lock is held, and `object` is referred to meanwhile.
pub unsafe fn typename(object: *mut ffi::PyObject) -> String {
    const WRITTEN_OUT: [&str; 5] = ["Size", "device", "dtype", "layout", "memory_format"];
    // SAFETY: the caller's promise; a type's attributes are looked up without running Python.
    unsafe {
        let kind = ffi::Py_TYPE(object);
        let name = text(ffi::PyType_GetName(kind));
        let module = text(ffi::PyObject_GetAttrString(kind.cast(), c"__module__".as_ptr()));
        if WRITTEN_OUT.contains(&name.as_str()) && module.starts_with("wengert") {
            return format!("torch.{name}");
        }
        // A class statement's type is named without its module, a C type's with it.
        let flags: c_ulong = ffi::PyType_GetFlags(kind);
        let from_c = flags & ffi::Py_TPFLAGS_HEAPTYPE == 0 || flags & ffi::Py_TPFLAGS_IMMUTABLETYPE != 0;
        if from_c && !module.is_empty() && module != "builtins" { format!("{module}.{name}") } else { name }
    }
}

/// The text of a str, whose reference it takes over; empty where it is none.
///
/// # Safety
/// The lock is held, and `object` is a new reference or null.
unsafe fn text(object: *mut ffi::PyObject) -> String {
    // SAFETY: the caller's promise; the bytes are copied before the str is dropped.
    unsafe {
        let mut len = 0;
        let bytes = if object.is_null() || ffi::PyUnicode_Check(object) == 0 {
            std::ptr::null()
        } else {
            ffi::PyUnicode_AsUTF8AndSize(object, &mut len)
        };
        ffi::PyErr_Clear();
        let text = if bytes.is_null() {
            String::new()
        } else {
            String::from_utf8_lossy(std::slice::from_raw_parts(bytes.cast(), len as usize)).into_owned()
        };
        ffi::Py_XDECREF(object);
        text
    }
}

/// The type of an argument of the call.
fn type_of(object: *mut ffi::PyObject) -> String {
    // SAFETY: this file names the types of arguments and of their elements only, while `Call` keeps them.
    unsafe { typename(object) }
}

/// The type of an argument, its elements' too where it is a tuple or a list.
fn type_with_elements(object: *mut ffi::PyObject) -> String {
    // SAFETY: as `type_of`; each place is below the length, and naming types runs no Python.
    unsafe {
        let tuple = ffi::PyTuple_Check(object) != 0;
        if !tuple && ffi::PyList_Check(object) == 0 {
            return typename(object);
        }
        let len = if tuple { ffi::PyTuple_Size(object) } else { ffi::PyList_Size(object) };
        let element = |i| if tuple { ffi::PyTuple_GetItem(object, i) } else { ffi::PyList_GetItem(object, i) };
        let names: Vec<_> = (0..len).map(|i| typename(element(i))).collect();
        match (tuple, names.as_slice()) {
            (true, [one]) => format!("{} of ({one},)", typename(object)),
            (true, all) => format!("{} of ({})", typename(object), all.join(", ")),
            (false, all) => format!("{} of [{}]", typename(object), all.join(", ")),
        }
    }
}

/// What torch calls a kind of parameter.
fn kind_text(kind: Kind) -> &'static str {
    match kind {
        Kind::Tensor | Kind::Operand | Kind::Lax | Kind::Optional | Kind::Out => "Tensor",
        Kind::Number | Kind::Factor | Kind::Order | Kind::Value => "Number",
        Kind::Float => "float",
        Kind::Int | Kind::Extent | Kind::Whole => "int",
        Kind::Bool | Kind::Flag => "bool",
        Kind::Dims => "tuple of ints",
        Kind::DType | Kind::Element => "torch.dtype",
        Kind::Tensors => "tuple of Tensors",
        Kind::Text => "str",
        Kind::Format => "torch.memory_format",
        Kind::Device => "torch.device",
        Kind::Layout => "torch.layout",
        Kind::Generator => "torch.Generator",
        Kind::Object => "object",
    }
}

/// Why one signature does not fit, in torch's words.
pub fn mismatch(callable: &Callable, plan: &Plan, call: &Call, why: &Mismatch) -> Error {
    let name = callable.name;
    let text = match *why {
        Mismatch::Missing(from) => {
            let missing: Vec<_> = plan
                .offered()
                .filter(|(i, p)| *i >= from && p.default.is_empty())
                .map(|(_, p)| format!("\"{}\"", p.name))
                .collect();
            // The plural is torch's.
            let s = if missing.len() == 1 { "s" } else { "" };
            format!("{name}() missing {} required positional argument{s}: {}", missing.len(), missing.join(", "))
        }
        Mismatch::TooMany => {
            let least = plan.offered().filter(|(_, p)| p.default.is_empty()).count();
            let (most, given) = (plan.positional, call.given);
            if least != most {
                format!("{name}() takes from {least} to {most} positional arguments but {given} were given")
            } else {
                let s = if most == 1 { "" } else { "s" };
                let were = if given == 1 { "was" } else { "were" };
                format!("{name}() takes {most} positional argument{s} but {given} {were} given")
            }
        }
        Mismatch::Keyword => keyword(plan, call, name),
        Mismatch::Type(i, object, by_keyword) => {
            let param = &plan.params()[i];
            let wanted = kind_text(param.kind);
            let place = plan.offered().position(|(j, _)| j == i).map_or(0, |place| place + 1);
            match (by_keyword, first_element(param, object)) {
                (true, _) => format!("{name}(): argument '{}' must be {wanted}, not {}", param.name, type_of(object)),
                (false, Some(element)) => format!(
                    "{name}(): argument '{}' (position {place}) must be {wanted}, but found element of type {element} at pos 0",
                    param.name
                ),
                (false, None) => format!(
                    "{name}(): argument '{}' (position {place}) must be {wanted}, not {}",
                    param.name,
                    type_of(object)
                ),
            }
        }
    };
    Error::type_error(text)
}

/// The type of what stands first in a list that was to hold ints.
fn first_element(param: &Param, object: *mut ffi::PyObject) -> Option<String> {
    // SAFETY: as `type_of`.
    unsafe {
        if param.kind != Kind::Dims {
            return None;
        }
        if ffi::PyTuple_Check(object) != 0 && ffi::PyTuple_Size(object) > 0 {
            return Some(typename(ffi::PyTuple_GetItem(object, 0)));
        }
        if ffi::PyList_Check(object) != 0 && ffi::PyList_Size(object) > 0 {
            return Some(typename(ffi::PyList_GetItem(object, 0)));
        }
        None
    }
}

fn keyword(plan: &Plan, call: &Call, name: &str) -> String {
    for k in 0..call.named() {
        let (key, _) = call.keyword(k);
        match plan.offered().position(|(_, p)| p.name == key) {
            None => return format!("{name}() got an unexpected keyword argument '{key}'"),
            Some(place) if place < call.given => return format!("{name}() got multiple values for argument '{key}'"),
            Some(_) => {}
        }
    }
    format!("{name}(): invalid keyword arguments")
}

/// One signature as torch lists it.
struct Spoken {
    plan: usize,
    /// Kind, name, default.
    params: Vec<(&'static str, &'static str, &'static str)>,
    /// How many can be given by position: where the `*` stands.
    positional: usize,
}

impl Spoken {
    fn text(&self) -> String {
        let mut parts: Vec<String> = self
            .params
            .iter()
            .map(|(kind, name, default)| match *default {
                "" => format!("{kind} {name}"),
                default => format!("{kind} {name} = {default}"),
            })
            .collect();
        if self.positional < parts.len() {
            parts.insert(self.positional, "*".into());
        }
        format!("({})", parts.join(", "))
    }

    /// Whether a call of so many arguments could be meant for it.
    fn plausible(&self, arguments: usize) -> bool {
        let least = self.params.iter().filter(|p| p.2.is_empty()).count();
        (least..=self.params.len()).contains(&arguments)
    }

    /// Kind and name of what torch counts in it: the `*` too, and one nameless thing in an empty list. A
    /// parameter with a default has a kind that nothing is and is called after its default: torch reads
    /// its own text back.
    fn entries(&self) -> Vec<(&'static str, &'static str)> {
        let entry = |&(kind, name, default): &(&'static str, &'static str, &'static str)| {
            if default.is_empty() { (kind, name) } else { ("", default) }
        };
        let mut entries: Vec<_> = self.params.iter().map(entry).collect();
        if self.positional < entries.len() {
            entries.insert(self.positional, ("", "*"));
        }
        if entries.is_empty() {
            entries.push(("", ""));
        }
        entries
    }

    /// The keywords that torch does not find in it. It looks only among as many of the last entries as there
    /// are keywords.
    fn unknown(&self, call: &Call) -> Option<String> {
        let entries = self.entries();
        let candidates = &entries[entries.len().saturating_sub(call.named())..];
        let unknown: Vec<_> =
            keywords(call).filter(|(key, _)| candidates.iter().all(|e| e.1 != *key)).map(|(key, _)| key).collect();
        (!unknown.is_empty()).then(|| unknown.join(", "))
    }

    /// Whether the number of arguments is right by torch's count.
    fn counts(&self, call: &Call) -> bool {
        self.entries().len() == call.given + call.named()
    }

    /// The arguments with those marked that are of a wrong type, where the number of arguments is right.
    fn marked(&self, call: &Call) -> String {
        let entries = self.entries();
        let marked = |label: &str, wanted: &str, object| {
            let found = type_of(object);
            if found == wanted { format!("{label}{found}") } else { format!("!{label}{}!", type_with_elements(object)) }
        };
        let mut parts: Vec<_> = (0..call.given).map(|i| marked("", entries[i].0, call.positional(i))).collect();
        for (wanted, name) in &entries[call.given..] {
            if let Some((_, object)) = keywords(call).find(|(key, _)| key == name) {
                parts.push(marked(&format!("{name}="), wanted, object));
            }
        }
        listed(&parts, call)
    }

    /// What torch adds where the number of arguments is right.
    fn complaint(&self, call: &Call) -> Option<String> {
        if !self.counts(call) {
            return None;
        }
        Some(match self.unknown(call) {
            Some(unknown) => format!("didn't match because some of the keywords were incorrect: {unknown}"),
            None => {
                format!("didn't match because some of the arguments have invalid types: ({})", self.marked(call))
            }
        })
    }
}

/// Joined as torch does, which cuts the last comma only where something was given by position.
fn listed(parts: &[String], call: &Call) -> String {
    let tail = if call.given == 0 && !parts.is_empty() { ", " } else { "" };
    format!("{}{tail}", parts.join(", "))
}

/// The keywords of a call, last first: torch lists them in that order.
fn keywords(call: &Call) -> impl Iterator<Item = (&str, *mut ffi::PyObject)> {
    (0..call.named()).rev().map(|k| call.keyword(k))
}

/// The signatures that torch would list for this one.
fn spoken(index: usize, plan: &Plan) -> Vec<Spoken> {
    let operands: Vec<usize> = plan.offered().filter(|(_, p)| p.kind == Kind::Operand).map(|(i, _)| i).collect();
    let optional = operands.iter().all(|&i| !plan.params()[i].default.is_empty());
    let choices = 1usize << operands.len();
    (0..choices)
        // Optional operands are of one kind (clamp); others mix (where).
        .filter(|&choice| !optional || choice == 0 || choice == choices - 1)
        .map(|choice| {
            let is_number = |i: usize| operands.iter().position(|&o| o == i).is_some_and(|bit| choice >> bit & 1 == 1);
            let with_out = choice == 0 || optional || operands.len() == 1;
            let params: Vec<_> = plan
                .offered()
                .filter(|(_, p)| p.kind != Kind::Out || with_out)
                .map(|(i, p)| match is_number(i) {
                    true if p.name == "input" => ("Number", "self", p.default),
                    true => ("Number", p.name, p.default),
                    false => (kind_text(p.kind), p.name, p.default),
                })
                .collect();
            Spoken { plan: index, params, positional: plan.positional }
        })
        .collect()
}

/// The error of a call that gives arguments to a method without any. It names torch's base class, where such
/// methods are written in C.
#[cold]
fn no_arguments(name: &str, call: &Call) -> Error {
    Error::type_error(match (call.named(), call.given) {
        (0, given) => format!("TensorBase.{name}() takes no arguments ({given} given)"),
        _ => format!("TensorBase.{name}() takes no keyword arguments"),
    })
}

/// Refuses arguments to a method that has none.
pub fn refuse_arguments(name: &str, call: &Call) -> Result<()> {
    if call.given + call.named() > 0 { Err(no_arguments(name, call)) } else { Ok(()) }
}

/// Names whose signatures torch lists as their rows do: by their parameters' names, where no other order holds.
const IN_ORDER: &[&str] = &["random_", "randint_like", "var", "std", "var_mean", "std_mean"];

/// Says once a process that a deprecated signature was called, as torch does.
///
/// # Errors
/// Where warnings are errors.
#[cold]
pub fn warn_of_deprecated(py: Python<'_>, callable: &Callable, plan: &Plan) -> Result<()> {
    static SAID: AtomicBool = AtomicBool::new(false);
    let name = callable.name;
    let listed = |plan: &Plan| spoken(0, plan).first().map_or(String::new(), |s| format!("\n\t{name}{}", s.text()));
    let now: String = callable.plans.iter().filter(|p| !p.overload.is_unsupported()).map(listed).collect();
    let text = format!(
        "This overload of {name} is deprecated:{}\nConsider using one of the following signatures instead:{now}",
        listed(plan)
    );
    Ok(errors::warn_once(py, &SAID, &text)?)
}

/// The error of a call that no signature fits; `why` says it of each, in order.
#[cold]
pub fn no_signature(callable: &Callable, call: &Call, why: &[Mismatch]) -> Error {
    let arguments = call.given + call.named();
    if !callable.form.is_function() && callable.plans.iter().all(|plan| plan.offered().next().is_none()) {
        return no_arguments(callable.name, call);
    }
    let mut all: Vec<Spoken> =
        callable.plans.iter().enumerate().flat_map(|(index, plan)| spoken(index, plan)).collect();
    // torch has tensors before numbers, numbers in front before numbers behind, a sort that says whether it is stable before
    // others, few parameters first, and a generator
    // before none; rows may put first what is called most.
    let by_count = !IN_ORDER.contains(&callable.name);
    all.sort_by_key(|s| {
        if !by_count {
            return (0, false, false, 0, false);
        }
        let number = |(i, p): (usize, &(&str, &str, &str))| usize::from(p.0 == "Number") << i;
        let numbers = s.params.iter().take(s.positional).enumerate().map(number).sum::<usize>();
        let device = s.params.first().is_some_and(|p| p.0 == "torch.device");
        let generator = s.params.iter().any(|p| p.0 == "torch.Generator");
        let stable = s.params.iter().any(|p| p.1 == "stable");
        (numbers, !device, !stable, s.params.len() - usize::from(generator), !generator)
    });
    let hides = HIDES_ANOTHER.contains(&callable.name) || HIDES_ANOTHER.contains(&callable.name.trim_end_matches('_'));
    let mut plausible = all.iter().filter(|s| s.plausible(arguments));
    let meant = match (plausible.next(), plausible.next()) {
        (Some(one), None) => Some(one.plan),
        _ if all.len() == 1 && !hides => Some(0),
        _ => None,
    };
    if let Some((plan, why)) = meant.and_then(|i| callable.plans.get(i).zip(why.get(i))) {
        return mismatch(callable, plan, call, why);
    }
    let mut got: Vec<_> = (0..call.given).map(|i| type_of(call.positional(i))).collect();
    got.extend(keywords(call).map(|(key, object)| format!("{key}={}", type_of(object))));
    let mut got = listed(&got, call);
    let head = format!("{}() received an invalid combination of arguments - got", callable.name);
    let mut text;
    if let [one] = all.as_slice() {
        if let Some(unknown) = one.unknown(call) {
            return Error::type_error(format!("{head} unrecognized keyword arguments: {unknown}"));
        }
        if one.counts(call) {
            got = one.marked(call);
        }
        text = format!("{head} ({got}), but expected {}", one.text());
    } else {
        text = format!("{head} ({got}), but expected one of:\n");
        for signature in &all {
            text += &format!(" * {}\n", signature.text());
            if let Some(complaint) = signature.complaint(call) {
                text += &format!("      {complaint}\n");
            }
        }
    }
    Error::type_error(text)
}

/// As [`typename`], for the parts of the binding that PyO3 writes.
pub fn typename_of(object: &pyo3::Bound<'_, pyo3::PyAny>) -> String {
    // SAFETY: the borrowed `Bound` holds the lock and a reference.
    unsafe { typename(object.as_ptr()) }
}
