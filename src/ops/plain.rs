//! Names of torch's that record nothing of their own: reading a tensor, marking it, converting it.

use super::apply::Operand;
use super::row::{Operator, Overload, forms};
use super::signature::Signature;
use super::value::{Arg, Format, Output, Target, tensor};
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::ops::{copy, layout, tangent};
use crate::shape::{self, Dims};
use crate::tape::record::flags;
use crate::tape::{Geometry, mode};
use crate::tensor::Tensor;

macro_rules! plain {
    ($($(#[doc = $doc:literal])* $signature:literal $forms:ident => $call:expr;)*) => {
        /// No operators stand here.
        pub static OPERATORS: &[&Operator] = &[];
        /// The family's signatures.
        pub static OVERLOADS: &[Overload] = &[$(
            Overload {
                signature: Signature::parse($signature),
                call: $call,
                plain: None,
                forms: forms::$forms,
                row: "",
                doc: concat!($($doc, "\n"),*),
            },
        )*];
    };
}

pub(super) use plain;

plain! {
    /// The one element, as a Python number.
    "item(input) -> number" METHOD => |args, _| tensor(args, 0)?.item().map(Output::Number);
    /// The number of elements.
    "numel(input) -> int" BOTH => |args, _| Ok(whole(tensor(args, 0)?.numel()));
    /// The number of elements.
    "nelement(input) -> int" METHOD => |args, _| Ok(whole(tensor(args, 0)?.numel()));
    /// The number of dimensions.
    "dim(input) -> int" METHOD => |args, _| Ok(whole(tensor(args, 0)?.ndim() as i64));
    /// The number of dimensions.
    "ndimension(input) -> int" METHOD => |args, _| Ok(whole(tensor(args, 0)?.ndim() as i64));
    /// The extent of each dimension as a Size, or of one as an int.
    "size(input, dim: int = None) -> size" METHOD => |args, _| of_dimension(args, |g| &g.shape, Output::Size);
    /// Elements from one index to the next, in each dimension or in one.
    "stride(input, dim: int = None) -> ints" METHOD => |args, _| of_dimension(args, |g| &g.strides, Output::Ints);
    /// Bytes an element.
    "element_size(input) -> int" METHOD => |args, _| Ok(whole(tensor(args, 0)?.dtype().size() as i64));
    /// The place of the first element in the storage.
    "storage_offset(input) -> int" METHOD => |args, _| Ok(whole(tensor(args, 0)?.geometry().offset));
    /// The address of the first element.
    "data_ptr(input) -> int" METHOD => data_ptr;
    /// Whether the elements lie in one run, last dimension fastest.
    "is_contiguous(input, *, memory_format: format = None) -> bool" METHOD => is_contiguous;
    /// Whether the element type is a real floating point one.
    "is_floating_point(input) -> bool" BOTH => |args, _| Ok(truth(tensor(args, 0)?.dtype().is_floating_point()));
    /// Whether the element type is complex.
    "is_complex(input) -> bool" BOTH => |args, _| Ok(truth(tensor(args, 0)?.dtype().is_complex()));
    /// Whether the element type holds negative numbers.
    "is_signed(input) -> bool" BOTH => |args, _| Ok(truth(!matches!(tensor(args, 0)?.dtype(), DType::Bool | DType::UInt8)));
    /// Whether the conjugate is still to be computed: never, it is computed at once.
    "is_conj(input) -> bool" BOTH => |args, _| tensor(args, 0).map(|_| truth(false));
    /// Whether the negative is still to be computed: never, it is computed at once.
    "is_neg(input) -> bool" BOTH => |args, _| tensor(args, 0).map(|_| truth(false));
    /// Whether both have the same shape.
    "is_same_size(input, other) -> bool" BOTH => |args, _| Ok(truth(*tensor(args, 0)?.geometry().shape == *tensor(args, 1)?.geometry().shape));
    /// The number of the device: -1, which is the CPU's.
    "get_device(input) -> int" BOTH => |args, _| tensor(args, 0).map(|_| whole(-1));
    /// Whether the memory is pinned for a device: never, there is none.
    "is_pinned(input, device: device = None) -> bool" METHOD => |args, _| tensor(args, 0).map(|_| truth(false));
    /// Raises RuntimeError: there is no device to pin memory for.
    "pin_memory(input, device: device = None)" METHOD => |_, _| Err(Error::runtime("Cannot access accelerator device when none is available."));
    /// Whether both show the same elements of one storage, in the same order.
    "is_set_to(input, tensor) -> bool" METHOD => |args, _| {
        let (a, b) = (tensor(args, 0)?.geometry(), tensor(args, 1)?.geometry());
        let lie_alike = a.offset == b.offset && a.shape.same(&b.shape) && a.strides.same(&b.strides);
        Ok(truth(lie_alike && a.storage.same(&b.storage)))
    };
    /// Whether the tensor was made in inference mode.
    "is_inference(input) -> bool" BOTH => |args, _| Ok(truth(tensor(args, 0)?.0.has(flags::INFERENCE)));
    /// Whether the tensor is a differentiable view of another.
    "_is_view(input) -> bool" METHOD => |args, _| Ok(truth(tensor(args, 0)?.0.has(flags::VIEW)));
    /// The real parts of complex elements, as a view; a real tensor itself.
    "real(input)" FUNCTION => |args, _| crate::ops::elements::complex::real(tensor(args, 0)?).map(Output::One);
    /// The imaginary parts of complex elements, as a view.
    "imag(input)" FUNCTION => |args, _| crate::ops::elements::complex::imag(tensor(args, 0)?).map(Output::One);
    /// Whether both have the same shape and elements.
    "equal(input, other) -> bool" BOTH => equal;
    /// The same elements without the graph; both see a write to either.
    "detach(input)" BOTH => |args, _| tensor(args, 0)?.detach().map(Output::One);
    /// Takes the tensor itself out of the graph.
    "detach_(input)" BOTH => detach_;
    /// The tensor itself where it is contiguous, else a contiguous copy.
    "contiguous(input, *, memory_format: format = None)" METHOD => contiguous;
    /// Asks for a gradient, or no longer.
    "requires_grad_(input, requires_grad: bool = True)" METHOD => requires_grad_;
    /// Sets every element to 0.
    "zero_(input)" BOTH => zero_;
    /// Sets every element to a value.
    "fill_(input, value: operand)" BOTH => fill_;
    /// Writes another tensor's elements over this one's.
    "copy_(input, other: lax, non_blocking: bool = False)" METHOD => copy_;
    /// The elements as bool.
    "bool(input, *, memory_format: format = None)" METHOD => |args, _| to(args, DType::Bool);
    /// The elements as uint8.
    "byte(input, *, memory_format: format = None)" METHOD => |args, _| to(args, DType::UInt8);
    /// The elements as int8.
    "char(input, *, memory_format: format = None)" METHOD => |args, _| to(args, DType::Int8);
    /// The elements as int16.
    "short(input, *, memory_format: format = None)" METHOD => |args, _| to(args, DType::Int16);
    /// The elements as int32.
    "int(input, *, memory_format: format = None)" METHOD => |args, _| to(args, DType::Int32);
    /// The elements as int64.
    "long(input, *, memory_format: format = None)" METHOD => |args, _| to(args, DType::Int64);
    /// The elements as float16.
    "half(input, *, memory_format: format = None)" METHOD => |args, _| to(args, DType::Float16);
    /// The elements as bfloat16.
    "bfloat16(input, *, memory_format: format = None)" METHOD => |args, _| to(args, DType::BFloat16);
    /// The elements as float32.
    "float(input, *, memory_format: format = None)" METHOD => |args, _| to(args, DType::Float32);
    /// The elements as float64.
    "double(input, *, memory_format: format = None)" METHOD => |args, _| to(args, DType::Float64);
    /// The elements as complex64.
    "cfloat(input, *, memory_format: format = None)" METHOD => |args, _| to(args, DType::Complex64);
    /// The elements as complex128.
    "cdouble(input, *, memory_format: format = None)" METHOD => |args, _| to(args, DType::Complex128);
    /// The tensor in another element type or on another device; itself where nothing changes and `copy` is false.
    "to(input, dtype: element, non_blocking: bool = False, copy: bool = False, *, memory_format: format = None)" METHOD => |args, _| convert(args, 1, 3);
    /// The tensor in another element type or on another device; itself where nothing changes and `copy` is false.
    "to(input, device: device = None, dtype: dtype = None, non_blocking: bool = False, copy: bool = False, *, memory_format: format = None)" METHOD => |args, _| convert(args, 2, 4);
    /// The tensor in the type of `tensor`; itself where nothing changes and `copy` is false.
    "to(input, tensor, non_blocking: bool = False, copy: bool = False, *, memory_format: format = None)" METHOD => |args, _| convert(args, 1, 3);
    /// The tensor itself: it is on the CPU.
    "cpu(input, *, memory_format: format = None)" METHOD => |args, _| to(args, tensor(args, 0)?.dtype());
    /// The elements in the type of `other`.
    "type_as(input, other)" METHOD => |args, _| to(args, tensor(args, 1)?.dtype());
    /// The elements in the shape of `other`.
    "view_as(input, other)" METHOD => |args, _| crate::ops::shapes::reshape::view_as(tensor(args, 0)?, &tensor(args, 1)?.geometry().shape).map(Output::One);
    /// The elements in the shape of `other`, copied where they must be.
    "reshape_as(input, other)" METHOD => |args, _| crate::ops::shapes::reshape::reshape_to(tensor(args, 0)?, &tensor(args, 1)?.geometry().shape).map(Output::One);
    /// The tensor spread over the shape of `other`.
    "expand_as(input, other)" METHOD => |args, _| crate::ops::shapes::reshape::expand_recorded(tensor(args, 0)?, &tensor(args, 1)?.geometry().shape).map(Output::One);
}

/// What `list` says of the dimension that the second argument names; where it names none, `all` of it.
fn of_dimension(args: &[Arg<'_>], list: fn(&Geometry) -> &Dims, all: fn(Dims) -> Output) -> Result<Output> {
    let g = tensor(args, 0)?.geometry();
    let Some(Arg::Int(dim)) = args.get(1) else { return Ok(all(list(&g).duplicate()?)) };
    match g.shape.len() {
        0 => Err(Error::index(format!("Dimension specified as {dim} but tensor has no dimensions"))),
        n => Ok(whole(list(&g)[shape::wrap_dim(*dim, n)?])),
    }
}

fn whole(x: i64) -> Output {
    Output::Number(Scalar::Int(x))
}

fn truth(x: bool) -> Output {
    Output::Number(Scalar::Bool(x))
}

/// The last argument, which is a memory format.
fn format(args: &[Arg<'_>]) -> Format {
    args.last().map_or(Format::Preserve, |arg| arg.format(Format::Preserve))
}

fn to(args: &[Arg<'_>], dtype: DType) -> Result<Output> {
    copy::to_as(tensor(args, 0)?, dtype, format(args)).map(Output::One)
}

/// `to`, whose argument `kind` says in which type (a tensor: in its own), and `copied` whether to copy in any case.
fn convert(args: &[Arg<'_>], kind: usize, copied: usize) -> Result<Output> {
    let t = tensor(args, 0)?;
    let dtype = args.get(kind).and_then(|arg| arg.tensor().map(Tensor::dtype).or(arg.dtype())).unwrap_or(t.dtype());
    let convert = if args.get(copied).is_some_and(Arg::truth) { copy::copied_to } else { copy::to_as };
    convert(t, dtype, format(args)).map(Output::One)
}

fn is_contiguous(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    Ok(truth(layout::lies_as(&t.geometry(), format(args))))
}

fn contiguous(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    match args.last() {
        Some(Arg::Format(Format::Preserve)) if !t.is_contiguous() => {
            Err(Error::runtime("preserve memory format is unsupported by the contiguous operator"))
        }
        Some(Arg::Format(format)) => copy::contiguous_as(t, *format).map(Output::One),
        _ => copy::contiguous(t).map(Output::One),
    }
}

fn data_ptr(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let g = t.geometry();
    let address = g.storage.tell() as i64;
    Ok(whole(if g.numel() == 0 { 0 } else { address + g.offset * g.dtype.size() as i64 }))
}

fn equal(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    use crate::ops::elements::compare::Ne;
    let (a, b) = (tensor(args, 0)?, tensor(args, 1)?);
    if *a.geometry().shape != *b.geometry().shape {
        return Ok(truth(false));
    }
    let _off = crate::tape::mode::GradMode::new(false);
    let differs =
        super::apply::pointwise(Ne::OPERATOR, Ne::ROW, 0, &[Operand::Tensor(a), Operand::Tensor(b)], Target::Fresh)?;
    Ok(truth(differs.read(crate::kernels::index::count_true)? == 0))
}

fn requires_grad_(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    t.requires_grad_(!matches!(args.get(1), Some(Arg::Bool(false))))?;
    Ok(Output::One(t.clone()))
}

fn detach_(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    if t.0.has(flags::VIEW) {
        return Err(Error::runtime(
            "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for \
             training, and gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence \
             detach_() cannot be called on these gradients. To fix this error, please refer to the \
             Optimizer.zero_grad() function in torch/optim/optimizer.py as the solution.",
        ));
    }
    t.0.set_node(None, 0);
    t.0.set_flag(flags::REQUIRES_GRAD, false);
    tangent::set_tangent(t, None, mode::level())?;
    Ok(Output::One(t.clone()))
}

fn zero_(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    copy::zero_(t)?;
    Ok(Output::One(t.clone()))
}

fn fill_(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    match args.get(1) {
        Some(Arg::Tensor(v)) => copy::fill_(t, Operand::Tensor(v))?,
        Some(Arg::Number(s)) => copy::fill_(t, Operand::Number(*s))?,
        _ => return Err(Error::type_error("a value is missing")),
    }
    Ok(Output::One(t.clone()))
}

fn copy_(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    match args.get(1) {
        Some(Arg::Number(value)) => {
            copy::copy_(t, &Tensor::converted(&[], *value, value.dtype(crate::create::default_dtype()))?)?
        }
        _ => copy::copy_(t, tensor(args, 1)?)?,
    }
    Ok(Output::One(t.clone()))
}
