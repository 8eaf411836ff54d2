//! Random tensors, and `torch.Generator`.

use super::arguments::{Arguments, Function, needs_float, options};
use super::factories::{LIKE, like};
use crate::create::random::{integers, normal, permutation, uniform};
use crate::create::{default_dtype, with_generator};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::kernels::random::{Generator, STATE_BYTES};
use crate::python::ffi::args::sizes::OVERFLOW;
use crate::python::ffi::call::texts::typename_of;
use crate::python::ffi::handles::{tensor, to_python};
use crate::python::ffi::registry::{self, Known};
use crate::shape::Dims;
use crate::tape::Geometry;
use crate::tensor::Tensor;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyTuple, PyType};
use std::sync::{Mutex, PoisonError};

/// A source of random numbers. The same seed gives the numbers that it gives in torch.
#[pyclass(frozen, name = "Generator", module = "wengert")]
pub struct PyGenerator {
    /// None for the interpreter's own generator, which the core keeps.
    own: Option<Mutex<Generator>>,
}

impl PyGenerator {
    fn run<R>(&self, f: impl FnOnce(&mut Generator) -> R) -> R {
        match &self.own {
            Some(own) => f(&mut own.lock().unwrap_or_else(PoisonError::into_inner)),
            None => with_generator(f),
        }
    }

    fn new_own(generator: Generator) -> PyGenerator {
        PyGenerator { own: Some(Mutex::new(generator)) }
    }
}

#[pymethods]
impl PyGenerator {
    #[new]
    #[pyo3(signature = (*args, **kwargs))]
    fn new(args: &Bound<'_, PyTuple>, kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        static FUNCTION: Function = Function::new("Generator", &["torch.device? device = None"]);
        FUNCTION.parse(args, kwargs)?.check_place()?;
        Ok(Self::new_own(Generator::default()))
    }

    /// The device on which it draws: the CPU.
    #[getter]
    fn device<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(registry::known(py, Known::Device)?)
    }

    /// Starts again from `seed`; returns the generator.
    ///
    /// Raises ValueError for seeds beyond 64 bits.
    #[pyo3(signature = (seed, /))]
    fn manual_seed<'py>(slf: &Bound<'py, Self>, seed: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Self>> {
        if seed.is_instance_of::<PyBool>() || !seed.is_instance_of::<PyInt>() {
            if crate::python::numpy::is_scalar(seed) {
                return Err(PyTypeError::new_err("an integer is required"));
            }
            return Err(Error::runtime(format!("manual_seed expected a long, but got {}", typename_of(seed))).into());
        }
        let seed = seed.extract::<i128>().ok().and_then(Generator::seed_of).ok_or_else(|| Error::value(OVERFLOW))?;
        slf.get().run(|generator| generator.manual_seed(seed));
        Ok(slf.clone())
    }

    /// Starts again from a seed that no one can foresee, and returns it.
    fn seed(&self) -> u64 {
        self.run(Generator::reseed)
    }

    /// The seed that it last started from.
    fn initial_seed(&self) -> u64 {
        self.run(|generator| generator.initial_seed())
    }

    /// Its state, as a tensor of bytes.
    fn get_state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let state = self.run(|generator| generator.state());
        Ok(to_python(py, Tensor::from_slice(&state, &[STATE_BYTES as i64])?)?)
    }

    /// Takes on a state that `get_state` gave; returns the generator.
    ///
    /// Raises TypeError for other than tensors of bytes, RuntimeError for bytes that are no state.
    #[pyo3(signature = (new_state, /))]
    fn set_state<'py>(slf: &Bound<'py, Self>, new_state: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Self>> {
        let Some(state) = tensor(new_state) else {
            let text = format!("expected a torch.ByteTensor, but got {}", typename_of(new_state));
            return Err(PyTypeError::new_err(text));
        };
        if state.dtype() != DType::UInt8 {
            return Err(PyTypeError::new_err("RNG state must be a torch.ByteTensor"));
        }
        let bytes = state.to_vec::<u8>()?;
        slf.get().run(|generator| generator.set_state(&bytes)).map_err(|error| Error::runtime(error.to_string()))?;
        Ok(slf.clone())
    }

    /// A new generator in the same state.
    fn clone_state(&self) -> PyGenerator {
        Self::new_own(self.run(|generator| generator.clone()))
    }

    fn __copy__(&self) -> PyGenerator {
        self.clone_state()
    }

    fn __deepcopy__(&self, _memo: &Bound<'_, PyAny>) -> PyGenerator {
        self.clone_state()
    }

    #[allow(clippy::type_complexity, reason = "a tuple for Python")]
    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyType>, (Bound<'py, PyAny>,), Bound<'py, PyAny>)> {
        Ok((slf.get_type(), (slf.get().device(slf.py())?,), slf.get().get_state(slf.py())?))
    }

    fn __setstate__(slf: &Bound<'_, Self>, state: &Bound<'_, PyAny>) -> PyResult<()> {
        Self::set_state(slf, state).map(drop)
    }
}

/// Runs `f` on the generator that a call names, or on the interpreter's.
fn with<R>(parsed: &Arguments<'_, '_>, f: impl FnOnce(&mut Generator) -> Result<R>) -> Result<R> {
    match parsed.get("generator").and_then(|object| object.cast::<PyGenerator>().ok()) {
        Some(generator) => generator.get().run(f),
        None => with_generator(f),
    }
}

fn draw<'py>(
    function: &Function,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
    fill: fn(&mut Generator, &Tensor) -> Result<()>,
) -> PyResult<Bound<'py, PyAny>> {
    let parsed = function.parse(args, kwargs)?;
    let dtype = parsed.element_type(|| Ok(default_dtype()))?;
    let made = Tensor::empty(&parsed.sizes("size")?, dtype)?;
    with(&parsed, |generator| fill(generator, &made))?;
    Ok(parsed.finish(args.py(), made)?)
}

const SIZES: &[&str] = &[
    concat!("tuple of ints size, *, torch.Generator? generator, ", options!(out)),
    concat!("tuple of ints size, *, ", options!(out)),
];

/// Numbers drawn uniformly from [0, 1), of the given size.
///
/// Raises NotImplementedError for integer types.
#[pyfunction]
#[pyo3(signature = (*args, **kwargs), text_signature = "(*size, generator=None, out=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False)")]
fn rand<'py>(args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
    static FUNCTION: Function = Function::new("rand", SIZES);
    draw(&FUNCTION, args, kwargs, uniform)
}

/// Numbers of the standard normal distribution, of the given size.
///
/// Raises NotImplementedError for integer types.
#[pyfunction]
#[pyo3(signature = (*args, **kwargs), text_signature = "(*size, generator=None, out=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False)")]
fn randn<'py>(args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
    static FUNCTION: Function = Function::new("randn", SIZES);
    draw(&FUNCTION, args, kwargs, normal)
}

/// Integers drawn uniformly from `low` (or 0) up to `high`, exclusive: randint(high, size) or
/// randint(low, high, size).
///
/// Raises RuntimeError for empty ranges and for ranges that the type does not hold.
#[pyfunction]
#[pyo3(signature = (*args, **kwargs), text_signature = "(low=0, high, size, *, generator=None, out=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False)")]
fn randint<'py>(args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
    static FUNCTION: Function = Function::new(
        "randint",
        &[
            concat!("int high, tuple of ints size, *, torch.Generator? generator, ", options!(out)),
            concat!("int high, tuple of ints size, *, ", options!(out)),
            concat!("int low, int high, tuple of ints size, *, torch.Generator? generator, ", options!(out)),
            concat!("int low, int high, tuple of ints size, *, ", options!(out)),
        ],
    );
    let parsed = FUNCTION.parse(args, kwargs)?;
    let dtype = parsed.element_type(|| Ok(DType::Int64))?;
    let low = if parsed.get("low").is_some() { parsed.int("low")? } else { 0 };
    let high = parsed.int("high")?;
    let made = Tensor::empty(&parsed.sizes("size")?, dtype)?;
    with(&parsed, |generator| integers(generator, &made, low, high))?;
    Ok(parsed.finish(args.py(), made)?)
}

/// The numbers from 0 up to `n`, exclusive, in random order.
///
/// Raises RuntimeError for a negative `n` and for types that do not hold the numbers.
#[pyfunction]
#[pyo3(signature = (*args, **kwargs), text_signature = "(n, *, generator=None, out=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False)")]
fn randperm<'py>(args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
    static FUNCTION: Function = Function::new(
        "randperm",
        &[concat!("int n, *, torch.Generator? generator, ", options!(out)), concat!("int n, *, ", options!(out))],
    );
    let parsed = FUNCTION.parse(args, kwargs)?;
    let dtype = parsed.element_type(|| Ok(DType::Int64))?;
    if parsed.flag("requires_grad") && !dtype.is_differentiable() {
        return Err(needs_float().into());
    }
    let n = parsed.int("n")?;
    let made = with(&parsed, |generator| permutation(generator, n, dtype))?;
    Ok(parsed.finish(args.py(), made)?)
}

const DRAWN_LIKE: [&str; 2] = [
    concat!("Tensor input, *, torch.Generator? generator, torch.memory_format? memory_format = None, ", options!()),
    LIKE,
];

/// Numbers drawn uniformly from [0, 1), of the size and type of `input` and in its memory order.
#[pyfunction]
#[pyo3(signature = (*args, **kwargs), text_signature = "(input, *, generator=None, memory_format=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False)")]
fn rand_like<'py>(args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
    static FUNCTION: Function = Function::new("rand_like", &DRAWN_LIKE);
    like(&FUNCTION, args, kwargs, |parsed, made| with(parsed, |g| in_memory(made, i64::MAX, |t| uniform(g, t))))
}

/// Numbers of the standard normal distribution, of the size and type of `input` and in its memory order.
#[pyfunction]
#[pyo3(signature = (*args, **kwargs), text_signature = "(input, *, generator=None, memory_format=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False)")]
fn randn_like<'py>(args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
    static FUNCTION: Function = Function::new("randn_like", &DRAWN_LIKE);
    // Only in the usual order does torch draw in blocks; fewer numbers than a block are drawn one by one.
    let most = |made: &Tensor| if made.is_contiguous() { i64::MAX } else { 15 };
    like(&FUNCTION, args, kwargs, |parsed, made| with(parsed, |g| in_memory(made, most(made), |t| normal(g, t))))
}

/// Runs `fill` on the elements of a dense tensor as they lie in memory, `most` at a time.
fn in_memory(made: &Tensor, most: i64, mut fill: impl FnMut(&Tensor) -> Result<()>) -> Result<()> {
    let n = made.numel();
    for first in (0..n.max(1)).step_by(most.max(1) as usize) {
        let (shape, strides) = (Dims::new(&[most.min(n - first)])?, Dims::new(&[1])?);
        let storage = made.geometry().storage.clone();
        fill(&Tensor::from_geometry(Geometry::new(made.dtype(), shape, strides, first, storage))?)?;
    }
    Ok(())
}

/// Adds what is defined here to the module.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PyGenerator>()?;
    module.add("default_generator", Bound::new(module.py(), PyGenerator { own: None })?)?;
    for function in [
        wrap_pyfunction!(rand, module)?,
        wrap_pyfunction!(randn, module)?,
        wrap_pyfunction!(randint, module)?,
        wrap_pyfunction!(randperm, module)?,
        wrap_pyfunction!(rand_like, module)?,
        wrap_pyfunction!(randn_like, module)?,
    ] {
        module.add_function(function)?;
    }
    Ok(())
}
