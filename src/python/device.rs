//! `torch.device`, `torch.layout` and `torch.memory_format`: where elements are and how they lie. There is
//! one answer to each, the CPU, strided, contiguous; programs that ask still get torch's objects.

use super::ffi::args::sizes;
use super::ffi::call::texts::typename_of;
use super::ffi::registry;
use crate::error::Error;
use crate::ops::value::Format;
use pyo3::exceptions::{PyAssertionError, PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pyclass::CompareOp;
use pyo3::types::{PyDict, PyInt, PyString, PyTuple};
use std::hash::{DefaultHasher, Hash, Hasher};

/// The kinds of device that torch has names for.
const KINDS: [&str; 20] = [
    "cpu",
    "cuda",
    "ipu",
    "xpu",
    "mkldnn",
    "opengl",
    "opencl",
    "ideep",
    "hip",
    "ve",
    "fpga",
    "maia",
    "xla",
    "lazy",
    "vulkan",
    "mps",
    "meta",
    "hpu",
    "mtia",
    "privateuseone",
];

/// A device: only `device('cpu')` holds tensors here.
#[pyclass(frozen, name = "device", module = "torch")]
#[derive(PartialEq, Eq, Hash)]
pub struct Device {
    kind: &'static str,
    index: Option<i64>,
}

impl Device {
    fn parse(text: &str) -> PyResult<Device> {
        if text.is_empty() {
            return Err(PyRuntimeError::new_err("Device string must not be empty"));
        }
        let (name, index) = text.split_once(':').map_or((text, None), |(name, index)| (name, Some(index)));
        // Letters, then digits without a sign or a leading zero; only a text of this form is looked at further.
        let formed = index.is_none_or(|digits| {
            let leads = digits.starts_with('0') && digits != "0";
            !digits.is_empty() && !leads && digits.bytes().all(|b| b.is_ascii_digit())
        });
        if !formed || name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_') {
            return Err(PyRuntimeError::new_err(format!("Invalid device string: '{text}'")));
        }
        let index = index.map(|digits| {
            digits.parse::<i32>().map(i64::from).map_err(|_| {
                PyRuntimeError::new_err(format!("Could not parse device index '{digits}' in device string '{text}'"))
            })
        });
        let index = index.transpose()?;
        let Some(kind) = KINDS.into_iter().find(|kind| *kind == name) else {
            return Err(PyRuntimeError::new_err(format!(
                "Expected one of {} device type at start of device string: {name}",
                KINDS.join(", ")
            )));
        };
        Ok(Device { kind, index })
    }

    fn name(&self) -> String {
        match self.index {
            Some(index) => format!("{}:{index}", self.kind),
            None => self.kind.to_string(),
        }
    }
}

const NO_ACCELERATOR: &str = "Cannot access accelerator device when none is available.";

#[pymethods]
impl Device {
    #[new]
    #[pyo3(signature = (*args, **kwargs))]
    fn new(args: &Bound<'_, PyTuple>, kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<Device> {
        let named = |name: &str| kwargs.map_or(Ok(None), |kwargs| kwargs.get_item(name));
        let first = match args.len() {
            0 => named("device")?.or(named("type")?),
            1 | 2 => Some(args.get_item(0)?),
            _ => None,
        };
        let index = if args.len() == 2 { Some(args.get_item(1)?) } else { named("index")? };
        for (name, _) in kwargs.iter().flat_map(|kwargs| kwargs.iter()) {
            let name = name.to_string();
            if !matches!(name.as_str(), "device" | "type" | "index") {
                let text = format!("device() got an unexpected keyword argument '{name}'");
                return Err(PyTypeError::new_err(text));
            }
        }
        match (first, index) {
            (Some(first), index) if first.is_instance_of::<PyString>() => {
                let device = Device::parse(&first.extract::<String>()?)?;
                match index.map(|index| index.extract::<i64>()).transpose()? {
                    Some(_) if device.index.is_some() => Err(PyRuntimeError::new_err(format!(
                        "type (string) must not include an index because index was passed explicitly: {}",
                        device.name()
                    ))),
                    Some(index) if index < 0 => Err(PyRuntimeError::new_err("Device index must not be negative")),
                    index => Ok(Device { kind: device.kind, index: index.or(device.index) }),
                }
            }
            (Some(first), None) if first.is_exact_instance_of::<PyInt>() => {
                Err(PyRuntimeError::new_err(NO_ACCELERATOR))
            }
            (Some(first), None) if first.is_instance_of::<Device>() => {
                let other = first.cast::<Device>()?.get();
                Ok(Device { kind: other.kind, index: other.index })
            }
            _ => {
                let got: Vec<_> = args.iter().map(|object| typename_of(&object)).collect();
                Err(PyTypeError::new_err(format!(
                    "device() received an invalid combination of arguments - got ({}), but expected one of:\n * \
                     (torch.device device)\n * (str type, int index = -1)\n",
                    got.join(", ")
                )))
            }
        }
    }

    /// What kind of device it is: `'cpu'`.
    #[getter]
    fn r#type(&self) -> &'static str {
        self.kind
    }

    /// Which of its kind, or None.
    #[getter]
    fn index(&self) -> Option<i64> {
        self.index
    }

    fn __repr__(&self) -> String {
        match self.index {
            Some(index) => format!("device(type='{}', index={index})", self.kind),
            None => format!("device(type='{}')", self.kind),
        }
    }

    fn __str__(&self) -> String {
        self.name()
    }

    fn __richcmp__(&self, other: &Bound<'_, PyAny>, op: CompareOp) -> PyResult<bool> {
        let same = other.cast::<Device>().is_ok_and(|other| self == other.get());
        match op {
            CompareOp::Eq => Ok(same),
            CompareOp::Ne => Ok(!same),
            _ => Err(PyTypeError::new_err("comparison not implemented")),
        }
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let this = slf.get();
        let args = match this.index {
            Some(index) => (this.kind, index).into_pyobject(slf.py())?,
            None => (this.kind,).into_pyobject(slf.py())?,
        };
        Ok((slf.get_type().into_any(), args))
    }

    /// As a context, the device on which tensors are made.
    fn __enter__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        check(slf.as_any(), "device")?;
        Ok(slf.clone())
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, _exception: &Bound<'_, PyTuple>) -> bool {
        false
    }
}

/// Whether tensors can be made where a `device=` argument says: nothing, a name, or a device.
///
/// # Errors
/// torch's own texts for a build without accelerators; `function` is the one that was called.
pub fn check(object: &Bound<'_, PyAny>, function: &str) -> PyResult<()> {
    if object.is_none() {
        return Ok(());
    }
    let parsed;
    let device = if let Ok(device) = object.cast::<Device>() {
        device.get()
    } else if let Ok(text) = object.cast::<PyString>() {
        parsed = Device::parse(&text.to_string_lossy())?;
        &parsed
    } else if object.is_exact_instance_of::<PyInt>() {
        return Err(match object.extract::<i64>() {
            Ok(_) => PyRuntimeError::new_err(NO_ACCELERATOR),
            Err(_) => PyValueError::new_err(sizes::OVERFLOW),
        });
    } else {
        let got = typename_of(object);
        let text = format!("{function}(): argument 'device' must be torch.device, not {got}");
        return Err(PyTypeError::new_err(text));
    };
    match device.kind {
        "cpu" => Ok(()),
        kind if function == "Generator" => Err(Error::runtime(no_generator(kind)).into()),
        kind @ ("cuda" | "xpu") => {
            Err(PyAssertionError::new_err(format!("Torch not compiled with {} enabled", kind.to_uppercase())))
        }
        kind => {
            Err(Error::not_implemented(format!("{function}(): there are no tensors on the device '{kind}'")).into())
        }
    }
}

/// What torch says where a generator of another device is asked for.
fn no_generator(kind: &str) -> String {
    match kind {
        "cuda" => "Cannot get CUDA generator without ATen_cuda library. PyTorch splits its backend into two shared \
             libraries: a CPU library and a CUDA library; this error has occurred because you are trying to use some \
             CUDA functionality, but the CUDA library has not been loaded by the dynamic linker for some reason.  The \
             CUDA library MUST be loaded, EVEN IF you don't directly use any symbols from the CUDA library! One common \
              culprit is a lack of -Wl,--no-as-needed in your link arguments; many dynamic linkers will delete dynamic \
              library dependencies if you don't depend on any of their symbols.  You can check if this has occurred by \
              using ldd on your binary to see if there is a dependency on *_cuda.so library."
            .into(),
        "xpu" => "Cannot get XPU generator without ATen_xpu library.".into(),
        "xla" => {
            "Cannot get XLA generator without torch_xla library. This error has occurred because you are trying to use \
              some XLA functionality, but the XLA library has not been loaded by the dynamic linker. You must load xla \
              libraries by `import torch_xla`"
                .into()
        }
        "mps" | "mtia" => format!("Cannot execute getNewGenerator() without {} backend.", kind.to_uppercase()),
        "hip" | "hpu" => "Backend doesn`t support getNewGenerator()".into(),
        "privateuseone" => {
            "Please register PrivateUse1HooksInterface by `RegisterPrivateUse1HooksInterface` first.".into()
        }
        kind => format!("{} device type not an accelerator.", kind.to_uppercase()),
    }
}

/// What kind of device an object names: one, or its name; none for `None`.
///
/// # Errors
/// As [`check`].
pub fn kind_of(object: &Bound<'_, PyAny>) -> PyResult<Option<&'static str>> {
    if object.is_none() {
        return Ok(None);
    }
    if let Ok(device) = object.cast::<Device>() {
        return Ok(Some(device.get().kind));
    }
    match object.cast::<PyString>() {
        Ok(text) => Ok(Some(Device::parse(&text.to_string_lossy())?.kind)),
        Err(_) => check(object, "new").map(|()| None),
    }
}

/// How elements lie: strided is the only way here.
#[pyclass(frozen, name = "layout", module = "torch")]
pub struct Layout(&'static str);

#[pymethods]
impl Layout {
    fn __repr__(&self) -> String {
        format!("torch.{}", self.0)
    }
    fn __reduce__(&self) -> &'static str {
        self.0
    }
}

/// In which order of dimensions elements lie.
#[pyclass(frozen, name = "memory_format", module = "torch")]
pub struct MemoryFormat(&'static str);

#[pymethods]
impl MemoryFormat {
    fn __repr__(&self) -> String {
        format!("torch.{}", self.0)
    }
    fn __reduce__(&self) -> &'static str {
        self.0
    }
}

/// The order of elements that an object asks for; None where it is no memory format.
pub fn format(object: &Bound<'_, PyAny>) -> Option<Format> {
    Some(match object.cast_exact::<MemoryFormat>().ok()?.get().0 {
        "channels_last" => Format::ChannelsLast,
        "channels_last_3d" => Format::ChannelsLast3d,
        "contiguous_format" => Format::Contiguous,
        _ => Format::Preserve,
    })
}

/// Whether an object is a layout.
pub fn is_layout(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance_of::<Layout>()
}

/// Whether an object says which device is meant: one, its name, or its number.
pub fn names_one(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance_of::<PyString>() || object.is_instance_of::<Device>() || object.is_exact_instance_of::<PyInt>()
}

/// Adds the classes and their objects to the module.
///
/// # Errors
/// Python's own where it has no memory.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    registry::add_class::<Device>(module)?;
    registry::add_class::<Layout>(module)?;
    registry::add_class::<MemoryFormat>(module)?;
    registry::register("device", &Bound::new(py, Device { kind: "cpu", index: None })?.into_any())?;
    let strided = Bound::new(py, Layout("strided"))?.into_any();
    registry::register("layout", &strided)?;
    module.add("strided", strided)?;
    for name in ["contiguous_format", "preserve_format", "channels_last", "channels_last_3d"] {
        module.add(name, Bound::new(py, MemoryFormat(name))?)?;
    }
    Ok(())
}
