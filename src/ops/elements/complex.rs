//! Complex numbers and their parts: the same bytes as complex elements and as real ones, both ways.
//!
//! A part is an index of the last dimension of the real view, as in torch: no operator of its own.

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::ops::adjoint::Vjp;
use crate::ops::copy;
use crate::ops::shapes::reshape::select_at;
use crate::ops::structured::structured;
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::ops::view::make_as;
use crate::shape::Dims;
use crate::tape::Geometry;
use crate::tape::node::Params;
use crate::tensor::{Tensor, outside};

structured! { family 11;
    /// Complex elements as pairs of real ones, in a last dimension of extent 2.
    ViewAsReal {
        "view_as_real", grads ["ViewAsRealBackward0"], reads [0], vjp real_vjp, jvp view_jvp, dtype "that of the parts";
        "view_as_real(input)" FUNCTION => to_real;
    }
    /// Pairs of real elements, in a last dimension of extent 2, as complex ones.
    ViewAsComplex {
        "view_as_complex", grads ["ViewAsComplexBackward0"], reads [0], vjp complex_vjp, jvp view_jvp, dtype "the complex one";
        "view_as_complex(input)" FUNCTION => to_complex;
    }
}

/// The real parts of complex elements, a view; a real tensor itself.
pub fn real(t: &Tensor) -> Result<Tensor> {
    if t.dtype().is_complex() { select_at(&view_as_real(t)?, -1, 0) } else { Ok(t.clone()) }
}

/// The imaginary parts of complex elements, a view.
///
/// # Errors
/// Where the elements are real.
pub fn imag(t: &Tensor) -> Result<Tensor> {
    if !t.dtype().is_complex() {
        return Err(Error::runtime("imag is not implemented for tensors with non-complex dtypes."));
    }
    select_at(&view_as_real(t)?, -1, 1)
}

/// Complex elements as pairs of real ones.
///
/// # Errors
/// Where the elements are real.
pub fn view_as_real(t: &Tensor) -> Result<Tensor> {
    if !t.dtype().is_complex() {
        return Err(Error::runtime("view_as_real is only supported for complex tensors"));
    }
    let shown = {
        let g = t.geometry();
        let n = g.shape.len();
        let (mut sizes, mut strides) = (Dims::zeros(n + 1)?, Dims::zeros(n + 1)?);
        sizes[..n].copy_from_slice(&g.shape);
        for (to, &from) in strides.iter_mut().zip(g.strides.iter()) {
            *to = from.checked_mul(2).ok_or_else(outside)?;
        }
        (sizes[n], strides[n]) = (2, 1);
        let offset = g.offset.checked_mul(2).ok_or_else(outside)?;
        Geometry::new(g.dtype.real(), sizes, strides, offset, g.storage.clone())
    };
    make_as(ViewAsReal::OPERATOR, 0, t, shown, Params::ints([0; 4]))
}

/// Pairs of real elements as complex ones.
///
/// # Errors
/// Where the elements are neither float32 nor float64, or do not lie in pairs.
pub fn view_as_complex(t: &Tensor) -> Result<Tensor> {
    let shown = {
        let g = t.geometry();
        let refused = |text: &'static str| Err(Error::runtime(text));
        if !matches!(g.dtype, DType::Float32 | DType::Float64) {
            let name = g.dtype.scalar_name();
            if g.dtype == DType::Float16 {
                return Err(Error::not_implemented("view_as_complex of Half: there is no ComplexHalf"));
            }
            return Err(Error::runtime(format!(
                "view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar type: \
                 {name}"
            )));
        }
        let Some(n) = g.shape.len().checked_sub(1) else {
            return refused("Input tensor must have one or more dimensions");
        };
        if g.shape[n] != 2 {
            return refused("Tensor must have a last dimension of size 2");
        }
        if g.strides[n] != 1 {
            return refused("Tensor must have a last dimension with stride 1");
        }
        let (sizes, mut strides) = (Dims::new(&g.shape[..n])?, Dims::new(&g.strides[..n])?);
        for stride in strides.iter_mut() {
            if *stride % 2 != 0 {
                return refused("Tensor must have a stride divisible by 2 for all but last dimension");
            }
            *stride /= 2;
        }
        if g.offset % 2 != 0 {
            return refused("Tensor must have a storage_offset divisible by 2");
        }
        Geometry::new(g.dtype.complex(), sizes, strides, g.offset / 2, g.storage.clone())
    };
    make_as(ViewAsComplex::OPERATOR, 0, t, shown, Params::ints([0; 4]))
}

fn to_real(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    view_as_real(tensor(args, 0)?).map(Output::One)
}

fn to_complex(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    view_as_complex(tensor(args, 0)?).map(Output::One)
}

fn real_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let x_bar = view_as_complex(&copy::contiguous(vjp.g()?)?)?;
    vjp.add(0, x_bar)
}

fn complex_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let x_bar = view_as_real(&copy::contiguous(vjp.g()?)?)?;
    vjp.add(0, x_bar)
}

fn view_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    jvp.set_view(0)
}
