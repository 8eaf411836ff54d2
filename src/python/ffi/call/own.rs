//! Functions of the package that take Python's objects as they are, matched as operators are: their signatures are
//! in the same grammar, their bodies are Python's business and stand with what they do.

use super::super::args::{Bound as Arguments, Call, Reject, bind};
use super::funnel;
use super::table::{Callable, Form};
use super::texts;
use crate::error::{Error, Result};
use crate::ops::row::{Overload, forms, unsupported};
use crate::ops::signature::Signature;
use crate::ops::value::Arg;
use crate::tape::record::flags;
use crate::tensor::Tensor;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use std::sync::OnceLock;

/// Such a function, or a method where its first parameter is `input`.
pub struct Function {
    overload: Overload,
    form: Form,
    callable: OnceLock<Callable>,
}

/// The arguments of a call of one.
pub struct Given<'a, 'py> {
    bound: &'a Arguments<'a>,
    /// What was given for the parameter of the kind `object`.
    pub object: Option<Bound<'py, PyAny>>,
}

impl Given<'_, '_> {
    /// The argument at a place among all but objects.
    pub fn arg(&self, at: usize) -> &Arg<'_> {
        self.bound.args().get(at).unwrap_or(&Arg::None)
    }

    /// The tensor whose method it is.
    ///
    /// # Errors
    /// Where there is none.
    pub fn own(&self) -> Result<&Tensor> {
        self.arg(0).tensor().ok_or_else(|| Error::type_error("a tensor is missing"))
    }
}

impl Function {
    /// A function of this signature.
    pub const fn plain(signature: &'static str) -> Function {
        Self::new(signature, Form::Function, forms::FUNCTION)
    }

    /// A method of this signature, whose tensor is the parameter `input`.
    pub const fn method(signature: &'static str) -> Function {
        Self::new(signature, Form::Method, forms::METHOD)
    }

    const fn new(signature: &'static str, form: Form, forms: u8) -> Function {
        let signature = Signature::parse(signature);
        let overload = Overload { signature, call: unsupported, plain: None, forms, row: "", doc: "" };
        Function { overload, form, callable: OnceLock::new() }
    }

    /// Matches a call and runs `body` on its arguments, unless an object among them takes the call for itself.
    ///
    /// # Errors
    /// torch's TypeError where the call does not fit; what `body` gives.
    pub fn call<'py>(
        &'static self,
        own: Option<&Bound<'py, PyAny>>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
        body: impl FnOnce(Given<'_, 'py>) -> Result<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = args.py();
        // What the pointers of the call point to.
        let positional: Vec<Bound<'py, PyAny>> = args.iter().collect();
        let named: Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)> =
            kwargs.iter().flat_map(|kwargs| kwargs.iter()).collect();
        let keywords = PyTuple::new(py, named.iter().map(|(key, _)| key))?;
        let values = named.iter().map(|(_, value)| value);
        let pointers: Vec<*mut ffi::PyObject> = positional.iter().chain(values).map(Bound::as_ptr).collect();
        let names = if named.is_empty() { std::ptr::null_mut() } else { keywords.as_ptr() };
        let own = own.map_or(std::ptr::null_mut(), Bound::as_ptr);
        // SAFETY: the token says that the lock is held; the objects are referred to by the vectors, the tuple and `own`,
        // all of which outlive the call.
        let call = unsafe { Call::new(own, pointers.as_ptr(), positional.len(), names) };
        self.with(py, &call, body)
    }

    /// The same of a call as Python makes it.
    ///
    /// # Errors
    /// As [`Function::call`].
    pub fn with<'py>(
        &'static self,
        py: Python<'py>,
        call: &Call,
        body: impl FnOnce(Given<'_, 'py>) -> Result<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let callable = self.callable.get_or_init(|| Callable::new(self.form, &self.overload));
        let mut bound = Arguments::new();
        match bind(callable, &callable.plans[0], call, &mut bound) {
            Ok(()) => {}
            Err(Reject::Raised(error)) => return Err(error.into()),
            Err(Reject::Mismatch(why)) => return Err(texts::no_signature(callable, call, &[why]).into()),
        }
        if bound.overloaded || bound.flags & flags::SUBCLASS != 0 {
            if let Some(answer) = funnel::offer(py, callable, call)? {
                // SAFETY: a new reference comes back.
                return Ok(unsafe { Bound::from_owned_ptr_or_err(py, answer)? });
            }
            if bound.overloaded {
                return Err(funnel::nobody(callable).into());
            }
        }
        // SAFETY: null, or one of the call's objects.
        let object = unsafe { Bound::from_borrowed_ptr_or_opt(py, bound.object) };
        Ok(body(Given { bound: &bound, object })?)
    }
}
