//! Arguments of the functions that make tensors, matched as torch's parser matches them.
//!
//! A signature is written as torch lists it in its messages and is read once, at its first use. The
//! operators' own parser (`ffi::args`) is not used here: it knows no `device=` or `generator=`, and pays
//! for its speed with unsafe code. What must not come here: what a function does with its arguments.

mod texts;

use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::python::device::{self, Layout, MemoryFormat};
use crate::python::dtype;
use crate::python::ffi::args::numbers::{self, Number, Whole};
use crate::python::ffi::args::sizes;
use crate::python::ffi::{exchange, handles};
use crate::shape::Dims;
use crate::tape::record::flags;
use crate::tensor::Tensor;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyList, PyString, PyTuple};
use std::sync::OnceLock;

use super::random::PyGenerator;

/// What torch's factories take beside their own arguments, as it lists them. (`?`: None is as good as nothing.)
macro_rules! options {
    () => {
        "torch.dtype? dtype = None, torch.layout? layout = None, torch.device? device = None, bool? pin_memory = False, \
         bool? requires_grad = False"
    };
    (out) => {
        concat!("Tensor? out = None, ", options!())
    };
}
pub(super) use options;

/// What a parameter takes.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Sizes,
    Int,
    Number,
    Bool,
    DType,
    /// A dtype, or by position a Python number that stands for its type: the first argument of `to`.
    LooseDType,
    Device,
    Layout,
    Format,
    Tensor,
    Generator,
    Object,
}

impl Kind {
    /// From its name in a signature, which is how messages call it.
    fn named(text: &str) -> Kind {
        match text {
            "tuple of ints" => Kind::Sizes,
            "int" => Kind::Int,
            "Number" => Kind::Number,
            "bool" => Kind::Bool,
            "torch.dtype" => Kind::DType,
            "torch.dtype~" => Kind::LooseDType,
            "torch.device" => Kind::Device,
            "torch.layout" => Kind::Layout,
            "torch.memory_format" => Kind::Format,
            "Tensor" => Kind::Tensor,
            "torch.Generator" => Kind::Generator,
            _ => Kind::Object,
        }
    }

    fn takes(self, object: &Bound<'_, PyAny>, positional: bool) -> Result<bool> {
        Ok(match self {
            Kind::Sizes => match elements(object) {
                Some(first) => first.map_or(Ok(true), |first| exchange::is_extent(&first))?,
                None => false,
            },
            Kind::Int => !matches!(exchange::whole(object)?, Whole::Not),
            Kind::Number => match handles::tensor(object) {
                Some(t) => t.ndim() == 0 && !t.requires_grad(),
                None => !matches!(numbers::of(object)?, Number::Not),
            },
            Kind::Bool => object.is_instance_of::<PyBool>(),
            Kind::DType => dtype::of(object).is_some(),
            Kind::LooseDType => dtype::of(object).is_some() || (positional && python_number(object)?.is_some()),
            Kind::Device => {
                object.is_instance_of::<PyString>()
                    || object.is_instance_of::<device::Device>()
                    || object.is_exact_instance_of::<PyInt>()
            }
            Kind::Layout => object.is_instance_of::<Layout>(),
            Kind::Format => object.is_instance_of::<MemoryFormat>(),
            Kind::Tensor => handles::tensor(object).is_some(),
            Kind::Generator => object.is_instance_of::<PyGenerator>(),
            Kind::Object => true,
        })
    }
}

/// The dtype that the type of a Python number other than an int stands for.
fn python_number(object: &Bound<'_, PyAny>) -> Result<Option<DType>> {
    Ok(match numbers::of(object)? {
        Number::Is(Scalar::Float(_)) => Some(DType::Float64),
        Number::Is(Scalar::Bool(_)) => Some(DType::Bool),
        Number::Is(Scalar::Complex(..)) => Some(DType::Complex128),
        _ => None,
    })
}

/// None where `object` is no list of sizes; else its first element, if it has one.
fn elements<'py>(object: &Bound<'py, PyAny>) -> Option<Option<Bound<'py, PyAny>>> {
    if let Ok(tuple) = object.cast::<PyTuple>() {
        return Some(tuple.get_item(0).ok());
    }
    object.cast::<PyList>().ok().map(|list| list.get_item(0).ok())
}

struct Parameter {
    kind: Kind,
    kind_text: String,
    name: &'static str,
    default: Option<&'static str>,
    nullable: bool,
}

struct Signature {
    parameters: Vec<Parameter>,
    positional: usize,
}

impl Signature {
    fn read(text: &'static str) -> Signature {
        let (mut parameters, mut positional) = (Vec::new(), None);
        for part in text.split(", ") {
            if part == "*" {
                positional = Some(parameters.len());
                continue;
            }
            let (head, default) = part.split_once(" = ").map_or((part, None), |(head, default)| (head, Some(default)));
            let (kind, name) = head.rsplit_once(' ').unwrap_or(("", head));
            let kind_text = kind.trim_end_matches('?');
            parameters.push(Parameter {
                kind: Kind::named(kind_text),
                kind_text: kind_text.trim_end_matches('~').to_string(),
                name,
                default,
                nullable: kind.ends_with('?'),
            });
        }
        let positional = positional.unwrap_or(parameters.len());
        Signature { parameters, positional }
    }

    /// How many arguments it needs.
    fn least(&self) -> usize {
        self.parameters.iter().filter(|p| p.default.is_none()).count()
    }

    /// Whether sizes may be given as several arguments in a row.
    fn spreads(&self) -> bool {
        self.positional == 1 && self.parameters[0].kind == Kind::Sizes
    }
}

/// A function by its name and its signatures.
pub struct Function {
    name: &'static str,
    texts: &'static [&'static str],
    signatures: OnceLock<Vec<Signature>>,
}

/// Arguments that are matched to a signature.
pub struct Arguments<'f, 'py> {
    function: &'static str,
    signature: &'f Signature,
    /// By the signature's parameters.
    given: Vec<Option<Bound<'py, PyAny>>>,
}

impl Function {
    /// A function called `name`, with signatures as torch lists them.
    pub const fn new(name: &'static str, texts: &'static [&'static str]) -> Function {
        Function { name, texts, signatures: OnceLock::new() }
    }

    /// What messages call it.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The arguments of a call, matched to the first signature that fits.
    ///
    /// # Errors
    /// torch's TypeErrors where none does.
    pub fn parse<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> Result<Arguments<'_, 'py>> {
        let signatures = self.signatures.get_or_init(|| self.texts.iter().map(|text| Signature::read(text)).collect());
        for signature in signatures {
            match fit(signature, args, kwargs) {
                Ok(given) => return Ok(Arguments { function: self.name, signature, given }),
                Err(Mismatch::Raised(error)) => return Err(error),
                Err(_) => {}
            }
        }
        Err(self.refuse(signatures, args, kwargs))
    }
}

/// Why a signature does not fit.
enum Mismatch {
    TooMany,
    /// This parameter was given nothing.
    Missing(usize),
    /// This parameter was given something else, by position or not.
    Type(usize, bool),
    Keyword,
    Raised(Error),
}

impl From<Error> for Mismatch {
    fn from(error: Error) -> Self {
        Mismatch::Raised(error)
    }
}

impl From<PyErr> for Mismatch {
    fn from(error: PyErr) -> Self {
        Mismatch::Raised(error.into())
    }
}

fn named<'py>(kwargs: Option<&Bound<'py, PyDict>>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    kwargs.map_or(Ok(None), |kwargs| kwargs.get_item(name))
}

/// Matches a call to one signature.
fn fit<'py>(
    signature: &Signature,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> Result<Vec<Option<Bound<'py, PyAny>>>, Mismatch> {
    let spread = signature.spreads() && !args.is_empty() && exchange::is_extent(&args.get_item(0)?)?;
    if args.len() > signature.positional && !spread {
        return Err(Mismatch::TooMany);
    }
    let mut named = kwargs.map_or(0, |kwargs| kwargs.len());
    let mut given = Vec::with_capacity(signature.parameters.len());
    for (i, parameter) in signature.parameters.iter().enumerate() {
        let positional = i < signature.positional && i < args.len();
        let object = if positional {
            Some(args.get_item(i)?)
        } else if named > 0 {
            let object = self::named(kwargs, parameter.name)?;
            named -= usize::from(object.is_some());
            object
        } else {
            None
        };
        given.push(match object {
            Some(none) if parameter.nullable && none.is_none() => None,
            Some(_) if spread && i == 0 && positional => Some(args.clone().into_any()),
            Some(object) if parameter.kind.takes(&object, positional)? => Some(object),
            Some(_) => return Err(Mismatch::Type(i, positional)),
            None if parameter.default.is_some() => None,
            None => return Err(Mismatch::Missing(i)),
        });
    }
    if named > 0 { Err(Mismatch::Keyword) } else { Ok(given) }
}

impl<'py> Arguments<'_, 'py> {
    /// The argument of a name, if it was given.
    pub fn get(&self, name: &str) -> Option<&Bound<'py, PyAny>> {
        let place = self.signature.parameters.iter().position(|p| p.name == name)?;
        self.given[place].as_ref()
    }

    fn required(&self, name: &str) -> Result<&Bound<'py, PyAny>> {
        self.get(name).ok_or_else(|| Error::type_error(format!("{}(): argument '{name}' is missing", self.function)))
    }

    /// The function's name.
    pub fn function(&self) -> &'static str {
        self.function
    }

    /// A size.
    ///
    /// # Errors
    /// torch's for elements that are no sizes.
    pub fn sizes(&self, name: &str) -> Result<Dims> {
        sizes::to_dims(self.required(name)?, false, self.function, name)
    }

    /// An integer of 64 bits.
    ///
    /// # Errors
    /// ValueError where it has more.
    pub fn int(&self, name: &str) -> Result<i64> {
        match exchange::whole(self.required(name)?)? {
            Whole::Is(value) => Ok(value),
            Whole::Overflow => Err(Error::value(sizes::OVERFLOW)),
            Whole::Not => Err(Error::type_error(format!("{}(): argument '{name}' must be int", self.function))),
        }
    }

    /// A number: Python's, NumPy's, or a 0-d tensor's element.
    ///
    /// # Errors
    /// Where it is none.
    pub fn number(&self, name: &str) -> Result<Number> {
        let object = self.required(name)?;
        match handles::tensor(object) {
            Some(t) => t.item().map(Number::Is),
            None => numbers::of(object),
        }
    }

    /// A tensor, if one was given.
    pub fn tensor(&self, name: &str) -> Option<&Tensor> {
        self.get(name).and_then(|object| handles::tensor(object))
    }

    /// A truth value; false where none was given.
    pub fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(|object| object.is_truthy().unwrap_or(false))
    }

    /// An element type, if one was given.
    pub fn dtype(&self) -> Result<Option<DType>> {
        match self.get("dtype") {
            Some(object) => Ok(dtype::of(object).map_or_else(|| python_number(object), |dtype| Ok(Some(dtype)))?),
            None => Ok(None),
        }
    }

    /// Checks what can have only one value here: `device`, `pin_memory`, `memory_format`.
    ///
    /// # Errors
    /// torch's for a build without accelerators.
    pub fn check_place(&self) -> Result<()> {
        if self.flag("pin_memory") {
            return Err(Error::runtime(
                "pin_memory=True requires a CUDA or other accelerator backend; no pinned memory allocator is available on \
                 this system.",
            ));
        }
        self.get("device").map_or(Ok(()), |object| Ok(device::check(object, self.function)?))
    }

    /// The element type of what is made: `dtype`, else that of `out`, else `usual`; the place is checked.
    ///
    /// # Errors
    /// torch's for options that cannot be.
    pub fn element_type(&self, usual: impl FnOnce() -> Result<DType>) -> Result<DType> {
        self.check_place()?;
        let dtype = self.dtype()?;
        if let Some(out) = self.tensor("out") {
            let own = out.dtype();
            return match dtype {
                Some(dtype) if dtype != own => Err(Error::runtime(format!(
                    "dtype {} does not match dtype of out parameter ({})",
                    dtype.scalar_name(),
                    own.scalar_name()
                ))),
                _ => Ok(own),
            };
        }
        dtype.map_or_else(usual, Ok)
    }

    /// The object of a finished tensor: `out` with its elements, or its own; it wants a gradient where that
    /// was asked for.
    ///
    /// # Errors
    /// torch's for integers that shall have gradients, and for an `out` in a graph.
    pub fn finish(&self, py: Python<'py>, made: Tensor) -> Result<Bound<'py, PyAny>> {
        let wants = self.flag("requires_grad");
        if wants && !made.dtype().is_differentiable() {
            return Err(needs_float());
        }
        if let (Some(object), Some(out)) = (self.get("out"), self.tensor("out")) {
            super::deliver(self.function, out, &made)?;
            if wants {
                out.0.set_flag(flags::REQUIRES_GRAD, true);
            }
            return Ok(object.clone());
        }
        if wants {
            made.0.set_flag(flags::REQUIRES_GRAD, true);
        }
        handles::to_python(py, made)
    }
}

/// torch's text for a factory that is asked for a gradient of integers.
#[cold]
pub fn needs_float() -> Error {
    Error::runtime("Only Tensors of floating point and complex dtype can require gradients")
}
