//! Products of vectors: of conjugated ones, and the cross product.

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::kernels::map::MapTable;
use crate::kernels::number::{Eval, Ring};
use crate::ops::adjoint::Vjp;
use crate::ops::apply::{Operand, pointwise, record, run};
use crate::ops::copy::warn_once;
use crate::ops::elements::pointwise::Mul;
use crate::ops::out::{self, Read};
use crate::ops::products::matmul::{conj, dot};
use crate::ops::row::Operator;
use crate::ops::shapes::reshape::select_at;
use crate::ops::structured::structured;
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::ops::view::show;
use crate::shape;
use crate::tape::mode::unrecorded;
use crate::tape::node::Params;
use crate::tensor::{Tensor, done};
use std::sync::atomic::AtomicBool;

structured! { family 56;
    /// The sum of products of one vector's conjugated elements and another's.
    ///
    /// Both have one dimension, the same length and the same element type; the result is a scalar.
    /// Raises RuntimeError where they do not.
    Vdot {
        "vdot", grads ["VdotBackward0"], reads [0b10, 0b1], vjp vdot_vjp, jvp vdot_jvp;
        "vdot(input, other, *, out = None)" BOTH => vdot_call;
        fn vdot(other: &Tensor) -> Tensor => vdot_call;
    }
    /// The cross product of vectors of three elements, which lie along one dimension.
    ///
    /// Without `dim` that is the first dimension of length 3; the others broadcast. Both have as many dimensions and the same
    /// element type. Raises RuntimeError where they do not, and where the dimension's length is not 3.
    Cross {
        "linalg_cross", grads ["LinalgCrossBackward0"], reads [0b10, 0b1], vjp cross_vjp, jvp cross_jvp;
        "cross(input, other, dim: whole = None, *, out = None)" BOTH => cross_call;
        fn cross(other: &Tensor, dim: Option<i64>) -> Tensor => cross_call;
    }
}

const VDOT: out::Fits = Some(|result, out| {
    format!("result dtype {} does not match input dtype {}", out.scalar_name(), result.scalar_name())
});

fn vdot_call(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    out::give("vdot", vdot(tensor(args, 0)?, tensor(args, 1)?)?, target, VDOT).map(Output::One)
}

/// The sum of products of conjugated elements and others, recorded.
pub fn vdot(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    // A conjugate of another type would be refused in other words.
    let out = unrecorded(|| if a.dtype() == b.dtype() { dot(&conj(a.clone())?, b) } else { dot(a, b) })?;
    record(Vdot::OPERATOR, 0, &[Operand::Tensor(a), Operand::Tensor(b)], &out)?;
    Ok(out)
}

fn times(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    pointwise(Mul::OPERATOR, Mul::ROW, 0, &[Operand::Tensor(a), Operand::Tensor(b)], Target::Fresh)
}

fn vdot_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let g = vjp.g()?;
    if vjp.wants(0) {
        let bar = times(&conj(g.clone())?, &vjp.saved_tensor(1)?)?;
        vjp.add(0, bar)?;
    }
    if vjp.wants(1) {
        let bar = times(g, &vjp.saved_tensor(0)?)?;
        vjp.add(1, bar)?;
    }
    Ok(())
}

fn vdot_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    jvp.bilinear(vdot)
}

/// `a * d - c * b`: one component of a cross product.
struct Component;

impl<N: Ring> Eval<N, 4> for Component {
    #[inline(always)]
    fn eval([a, d, c, b]: [N; 4]) -> N {
        a * d - c * b
    }
}

static COMPONENT: MapTable = MapTable::ring::<Component, 4>();

static SAID: AtomicBool = AtomicBool::new(false);

fn cross_call(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (a, b) = (tensor(args, 0)?, tensor(args, 1)?);
    let dim = match args.get(2) {
        Some(Arg::Int(dim)) => *dim,
        _ => {
            warn_once(
                &SAID,
                "Using torch.cross without specifying the dim arg is deprecated.\nPlease either pass the dim explicitly or \
                 simply use torch.linalg.cross.\nThe default value of dim will change to agree with that of linalg.cross in \
                 a future release.",
            )?;
            let first = a.sizes()?.iter().position(|&extent| extent == 3);
            first.ok_or_else(|| Error::runtime("no dimension of size 3 in input"))? as i64
        }
    };
    let read = [Read::Apart(a), Read::Apart(b)];
    out::give_beside("linalg_cross", cross(a, b, dim)?, target, out::SAME, &read).map(Output::One)
}

/// The cross products of the vectors along `dim`, recorded.
pub fn cross(a: &Tensor, b: &Tensor, dim: i64) -> Result<Tensor> {
    let (sa, sb) = (a.sizes()?, b.sizes()?);
    if sa.len() != sb.len() {
        return Err(Error::runtime("linalg.cross: inputs must have the same number of dimensions."));
    }
    let d = shape::wrap_dim(dim, sa.len())?;
    if sa.get(d) != Some(&3) || sb.get(d) != Some(&3) {
        let (x, y) = (sa.get(d).copied().unwrap_or(1), sb.get(d).copied().unwrap_or(1));
        let text = format!("linalg.cross: inputs dimension {dim} must have length 3. Got {x} and {y}");
        return Err(Error::runtime(text));
    }
    let sizes = shape::broadcast(&sa, &sb)?;
    if a.dtype() == DType::Bool {
        return Err(Error::not_implemented("\"cross\" not implemented for 'Bool'"));
    }
    if a.dtype() != b.dtype() {
        let (x, y) = (a.dtype().scalar_name(), b.dtype().scalar_name());
        return Err(Error::runtime(format!("expected scalar type {x} but found {y}")));
    }
    let out = Tensor::empty(&sizes, a.dtype())?;
    unrecorded(|| {
        let part = |t: &Tensor, i: usize| select_at(t, d as i64, (i % 3) as i64);
        for i in 0..3 {
            let to = {
                // A view that is nobody's: the result is no base of anything.
                let g = out.geometry();
                let (mut sizes, mut strides) = (g.shape.to_vec(), g.strides.to_vec());
                sizes.remove(d);
                let stride = strides.remove(d);
                show(&out, (&sizes, &strides, g.offset + i as i64 * stride))?
            };
            let ins = [part(a, i + 1)?, part(b, i + 2)?, part(a, i + 2)?, part(b, i + 1)?];
            let ins = [&ins[0], &ins[1], &ins[2], &ins[3]].map(Operand::Tensor);
            done(run(&COMPONENT, out.dtype().compute(), &to, &ins, (&to.geometry().shape, false), false)?)?;
        }
        Ok(())
    })?;
    record_along(Cross::OPERATOR, a, b, &out, d)?;
    Ok(out)
}

fn record_along(op: &'static Operator, a: &Tensor, b: &Tensor, out: &Tensor, d: usize) -> Result<()> {
    let ins = [Operand::Tensor(a), Operand::Tensor(b)];
    let params = Some(Params::ints([d as i64, 0, 0, 0]));
    crate::ops::application::Application { op, variant: 0, ins: &ins, outs: &[out], differentiable: 1, params }.finish()
}

fn cross_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let (g, dim) = (vjp.g()?, vjp.params()?.ints[0]);
    if vjp.wants(0) {
        let bar = cross(&conj(vjp.saved_tensor(1)?)?, g, dim)?;
        vjp.add(0, bar)?;
    }
    if vjp.wants(1) {
        let bar = cross(g, &conj(vjp.saved_tensor(0)?)?, dim)?;
        vjp.add(1, bar)?;
    }
    Ok(())
}

fn cross_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let dim = jvp.params.map_or(0, |params| params.ints[0]);
    jvp.bilinear(|a, b| cross(a, b, dim))
}
