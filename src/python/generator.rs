//! `torch.Generator`: what random numbers are drawn from.

use crate::create::with_generator;
use crate::dtype::DType;
use crate::error::Error;
use crate::kernels::random::{Generator, STATE_BYTES};
use crate::python::ffi::args::sizes::OVERFLOW;
use crate::python::ffi::call::own::Function;
use crate::python::ffi::call::texts::typename_of;
use crate::python::ffi::handles::{tensor, to_python};
use crate::python::ffi::registry::{self, Known};
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
        static FUNCTION: Function = Function::plain("Generator(device: device = None)");
        FUNCTION.call(None, args, kwargs, |_| Ok(args.py().None().into_bound(args.py())))?;
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

    /// Refused: only generators of other devices count an offset.
    fn get_offset(&self) -> PyResult<u64> {
        Err(Error::runtime("CPU Generator does not use offset").into())
    }

    /// Refused, as `get_offset`.
    #[pyo3(signature = (offset, /))]
    fn set_offset(&self, offset: &Bound<'_, PyAny>) -> PyResult<()> {
        if offset.is_instance_of::<PyBool>() || !offset.is_instance_of::<PyInt>() {
            return Err(
                Error::runtime(format!("manual_offset expected a long, but got {}", typename_of(offset))).into()
            );
        }
        Err(Error::runtime("CPU Generator does not use offset").into())
    }

    /// Refused: only generators of other devices have states that a captured graph can share.
    fn graphsafe_get_state(&self) -> PyResult<PyGenerator> {
        Err(Error::not_implemented("graphsafe_get_state is not supported in this Generator").into())
    }

    /// Refused, as `graphsafe_get_state`.
    #[pyo3(signature = (new_state, /))]
    fn graphsafe_set_state(&self, new_state: &Bound<'_, PyAny>) -> PyResult<()> {
        if !new_state.is_instance_of::<PyGenerator>() {
            return Err(PyTypeError::new_err("expected a Generator, but got ".to_string() + &typename_of(new_state)));
        }
        Err(Error::not_implemented("graphsafe_set_state is not supported in this Generator").into())
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

/// The generator that an object is, itself None for the interpreter's own; None where it is no generator.
pub fn of<'a>(object: &Borrowed<'a, '_, PyAny>) -> Option<Option<&'a Mutex<Generator>>> {
    // A frozen class's value stays where it is for as long as its object is referred to.
    object.cast::<PyGenerator>().ok().map(|generator| generator.get().own.as_ref())
}

/// Adds what is defined here to the module.
///
/// # Errors
/// Python's own where it has no memory.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PyGenerator>()?;
    module.add("default_generator", Bound::new(module.py(), PyGenerator { own: None })?)?;
    Ok(())
}
