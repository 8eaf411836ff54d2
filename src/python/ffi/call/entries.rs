//! Python's tables of functions and methods: an entry point for each name, with its docstring.
//!
//! A builtin function gets no word of which builtin it is, so each name has its own C function: an
//! instance of one generic per form, whose parameter is the name's place in the operator table. Rejected:
//! one C function whose `self` says which (methods have the tensor there).

use super::super::args::Call;
use super::enter;
use super::table::{Callable, Plan, tables};
use super::{funnel, named};
use crate::ops::row::forms;
use crate::ops::signature::Param;
use crate::ops::table::{docstring, names};
use pyo3::{ffi, prelude::*};
use std::ffi::CString;
use std::ptr;

type Entry = ffi::PyCFunctionFastWithKeywords;

/// The C functions of a form, by the names' places: `$own` is the object whose method it is, null for a function.
macro_rules! entry {
    ($form:ident: $table:ident, |$receiver:ident| $own:expr) => {
        /// # Safety
        /// Python calls it with the lock held, an instance of the type (or the module), and a vectorcall's arguments.
        unsafe extern "C" fn $form<const I: usize>(
            $receiver: *mut ffi::PyObject,
            args: *const *mut ffi::PyObject,
            given: ffi::Py_ssize_t,
            keywords: *mut ffi::PyObject,
        ) -> *mut ffi::PyObject {
            // SAFETY: the caller's promise.
            unsafe { enter(tables().$table.get(I), Call::new($own, args, given as usize, keywords)) }
        }
    };
}
entry!(function: functions, |_module| ptr::null_mut());
entry!(method: methods, |own| own);
entry!(inplace: inplace, |own| own);
entry!(written: written, |_module| ptr::null_mut());

/// The instances of one generic: 512 as eight times eight times eight, or as many times 64 as there are bases.
macro_rules! instances {
    ($f:ident) => { instances!(@64 $f, 0, 64, 128, 192, 256, 320, 384, 448) };
    (@64 $f:ident, $($base:expr),*) => { [$(instances!(@8 $f, $base, 0, 8, 16, 24, 32, 40, 48, 56)),*] };
    (@8 $f:ident, $base:expr, $($more:expr),*) => { [$(instances!(@1 $f, $base + $more)),*] };
    (@1 $f:ident, $base:expr) => {
        [
            $f::<{ $base }>, $f::<{ $base + 1 }>, $f::<{ $base + 2 }>, $f::<{ $base + 3 }>,
            $f::<{ $base + 4 }>, $f::<{ $base + 5 }>, $f::<{ $base + 6 }>, $f::<{ $base + 7 }>,
        ]
    };
}
static FUNCTIONS: [[[Entry; 8]; 8]; 8] = instances!(function);
static METHODS: [[[Entry; 8]; 8]; 8] = instances!(method);
static INPLACE: [[[Entry; 8]; 8]; 8] = instances!(inplace);
static WRITTEN: [[[Entry; 8]; 8]; 2] = instances!(@64 written, 0, 64);

// Each name has an entry point.
const _: () = assert!(names(u8::MAX) <= 512 && names(forms::WRITTEN) <= 128, "more names than entry points");

/// The entries of every form for Python's tables; what they point to lives as long as the process.
fn entries(callables: &'static [Callable], instances: &'static [[[Entry; 8]; 8]]) -> Vec<ffi::PyMethodDef> {
    let offered = callables.iter().enumerate().filter(|(_, callable)| !callable.plans.is_empty());
    offered
        .map(|(i, callable)| ffi::PyMethodDef {
            ml_name: leak(callable.name),
            ml_meth: ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: instances[i / 64][i / 8 % 8][i % 8] },
            ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
            ml_doc: leak(&document(callable)),
        })
        .collect()
}

fn leak(text: &str) -> *const std::ffi::c_char {
    CString::new(text).unwrap_or_default().into_raw()
}

/// A docstring, headed by what `inspect.signature` reads.
fn document(callable: &Callable) -> String {
    let signature = |plan: &Plan| {
        let own = if callable.form.is_function() { "" } else { "$self, " };
        let mut parts = Vec::new();
        let mut positional = true;
        for (_, param) in plan.offered() {
            if positional && !param.positional {
                parts.push("*".to_string());
                positional = false;
            }
            let Param { name, default, .. } = param;
            parts.push(if default.is_empty() { name.to_string() } else { format!("{name}={default}") });
        }
        (own, parts.join(", "))
    };
    let docs: Vec<_> = callable.plans.iter().map(|plan| docstring(plan.overload.doc)).collect();
    let mut body = docs.first().cloned().unwrap_or_default();
    for doc in docs.iter().skip(1).filter(|doc| **doc != docs[0]) {
        body += &format!("\n\n{doc}");
    }
    match callable.plans.as_slice() {
        [plan] => {
            let (own, params) = signature(plan);
            let params = format!("{own}{params}");
            format!("{}({})\n--\n\n{body}", callable.name, params.trim_end_matches(", "))
        }
        // Python's signatures know no alternatives.
        plans => {
            let own = if callable.form.is_function() { "" } else { "$self, " };
            let lines: Vec<_> = plans.iter().map(|plan| format!("{}({})", callable.name, signature(plan).1)).collect();
            format!("{}({own}*args, **kwargs)\n--\n\n{}\n\n{body}", callable.name, lines.join("\n"))
        }
    }
}

/// The methods of the type Tensor: plain and in-place ones.
pub fn methods() -> Vec<ffi::PyMethodDef> {
    let tables = tables();
    let mut all = entries(&tables.methods, &METHODS);
    all.extend(entries(&tables.inplace, &INPLACE));
    all
}

/// Names that torch has in a module of its own (beside those of `torch.linalg` and `torch.special`, which say so): what
/// is exported as torch's leaves them out.
const ELSEWHERE: &[&str] = &["one_hot"];

/// Adds every operator to the module as a function, and what Python code needs of calls.
///
/// # Errors
/// Python's own where it has no memory.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let mut functions = entries(&tables().functions, &FUNCTIONS);
    functions.extend(entries(&tables().written, &WRITTEN));
    functions.push(ffi::PyMethodDef::zeroed());
    let functions = Vec::leak(functions);
    // SAFETY: the module is alive; the table ends with an empty entry and lives as long as the process.
    if unsafe { ffi::PyModule_AddFunctions(module.as_ptr(), functions.as_mut_ptr()) } != 0 {
        return Err(PyErr::fetch(module.py()));
    }
    // PyO3 keeps `__all__` for what it adds itself.
    let all = module.index()?;
    let is_torchs =
        |name: &str| !name.starts_with("linalg_") && !name.starts_with("special_") && !ELSEWHERE.contains(&name);
    let functions = tables().functions.iter().chain(&tables().written);
    for callable in functions.filter(|c| !c.plans.is_empty() && is_torchs(c.name)) {
        all.append(callable.name)?;
    }
    module.add_function(pyo3::wrap_pyfunction!(named::_return_type, module)?)?;
    funnel::register(module)
}
