//! Masks: masked_select, masked_scatter, masked_fill.

use super::{Putting, apart, begin, word};
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels::index::{count_true, put_true, take_true};
use crate::kernels::operand::Src;
use crate::ops::adjoint::Vjp;
use crate::ops::application::Application;
use crate::ops::apply::{Operand, pointwise};
use crate::ops::elements::pointwise::MaskedFill;
use crate::ops::out::{Fits, Read, SAME, check, give_beside};
use crate::ops::promotion::common_dtype;
use crate::ops::shapes::embed::{Part, embed};
use crate::ops::structured::structured;
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::ops::view::expand_to;
use crate::ops::{copy, overlap, shapes::reshape};
use crate::shape;
use crate::tape::Geometry;
use crate::tape::mode::GradMode;
use crate::tape::node::Params;
use crate::tensor::{Tensor, done, fitted, outside};
use std::borrow::Cow;

structured! { family 42;
    /// The elements where `mask`, of bool, holds, as a vector, last dimension fastest; both are spread to one shape.
    MaskedSelect {
        "masked_select", grads ["MaskedSelectBackward0"], reads [0b10], vjp select_vjp, jvp select_jvp;
        "masked_select(input, mask, *, out = None)" BOTH => masked_select;
        fn masked_select(mask: &Tensor) -> Tensor => masked_select;
    }
    /// The tensor with the elements of `source`, one after the other, where `mask`, of bool, holds.
    ///
    /// `source` has the tensor's type. Raises RuntimeError where it has fewer elements than the mask holds for.
    MaskedScatter {
        "masked_scatter", grads ["MaskedScatterBackward0"], reads [0b100, 0b100], vjp scatter_vjp, jvp scatter_jvp;
        "masked_scatter(input, mask, source)" ALL => masked_scatter;
        fn masked_scatter(mask: &Tensor, source: &Tensor) -> Tensor => masked_scatter;
    }
    /// The cotangent of what was scattered: the elements where the mask holds, then zeros, in the source's shape.
    MaskedBack {
        "masked_scatter_backward", grads ["MaskedScatterBackwardBackward0"], reads [0b10], vjp back_vjp, jvp back_jvp;
    }
}

/// The mask spread to `wide`.
fn spread<'a>(mask: &'a Tensor, wide: &[i64]) -> Result<Cow<'a, Tensor>> {
    if *mask.geometry().shape == *wide { Ok(Cow::Borrowed(mask)) } else { expand_to(mask, wide).map(Cow::Owned) }
}

fn whole(g: &Geometry) -> Result<Src<'_>> {
    g.storage.src(g.dtype, &g.shape, &g.strides, g.offset).ok_or_else(outside)
}

const SELECTED: Fits = Some(|_, _| "masked_select(): self and result must have the same scalar type".into());

fn masked_select(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (x, mask) = (tensor(args, 0)?, tensor(args, 1)?);
    if mask.dtype() != DType::Bool {
        return Err(Error::runtime("masked_select: expected BoolTensor for mask"));
    }
    check(x.dtype(), target, SELECTED)?;
    if let Target::Out(out) = target {
        overlap::check_itself(out)?;
        overlap::check_apart(out, [x, mask])?;
    }
    let out = selected(x, mask)?;
    match target {
        Target::Out(_) => give_beside("masked_select", out, target, SELECTED, &[Read::Apart(x), Read::Apart(mask)]),
        _ => Ok(out),
    }
    .map(Output::One)
}

/// The elements where the mask holds; recorded.
fn selected(x: &Tensor, mask: &Tensor) -> Result<Tensor> {
    let out = {
        let own = x.geometry();
        let alike = *own.shape == *mask.geometry().shape;
        let wide = if alike { own.shape.duplicate()? } else { shape::broadcast(&mask.geometry().shape, &own.shape)? };
        let (seen, mask) = (spread(x, &wide)?, spread(mask, &wide)?);
        let n = mask.read(count_true)? as i64;
        let out = Tensor::empty(&[n], own.dtype)?;
        let (s, m) = (seen.geometry(), mask.geometry());
        let written = out.write(|dst| -> Result<_> { Ok(take_true(dst, &whole(&s)?, &whole(&m)?)) })??;
        if written.is_some_and(|k| (k as i64) < n) {
            // Somebody has written over the mask meanwhile.
            out.fill(Scalar::Int(0))?;
        }
        done(written.is_some())?;
        out
    };
    let ins = [Operand::Tensor(x), Operand::Tensor(mask)];
    let params = Some(Params::ints([0; 4]));
    Application { op: MaskedSelect::OPERATOR, variant: 0, ins: &ins, outs: &[&out], differentiable: 1, params }
        .finish()?;
    Ok(out)
}

fn select_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let (g, mask) = (vjp.g()?, vjp.saved_tensor(1)?);
    let wide = shape::broadcast(&mask.geometry().shape, &vjp.meta(0)?.1)?;
    let zeros = Tensor::full(&wide, 0.0, g.dtype())?;
    let x_bar = scattered(&zeros, &mask, g, Target::InPlace)?;
    vjp.add(0, x_bar)
}

fn select_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let mask = jvp.primal(1)?.clone();
    jvp.linear(0, |x_dot, _| selected(x_dot, &mask))
}

fn masked_scatter(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (x, mask, source) = (tensor(args, 0)?, tensor(args, 1)?, tensor(args, 2)?);
    begin(target, &[x, source])?;
    let wide = match target {
        Target::InPlace => {
            reshape::expand_recorded(mask, &x.geometry().shape)?;
            x.geometry().shape.duplicate()?
        }
        _ => shape::broadcast(&mask.geometry().shape, &x.geometry().shape)?,
    };
    if x.dtype() != source.dtype() {
        return Err(Error::runtime(format!(
            "masked_scatter: expected self and source to have same dtypes but got{} and {}",
            word(x.dtype()),
            word(source.dtype())
        )));
    }
    if mask.dtype() == DType::UInt8 {
        crate::tape::host::warn(
            "masked_scatter_ received a mask with dtype torch.uint8, this behavior is now deprecated,please use a mask with \
             dtype torch.bool instead.",
        )?;
    }
    if mask.dtype() != DType::Bool {
        return Err(Error::runtime(format!(
            "masked_scatter_ only supports boolean masks, but got mask with dtype {}",
            word(mask.dtype())
        )));
    }
    apart(target, x, &[])?;
    let x = if *x.geometry().shape == *wide { x.clone() } else { reshape::expand_recorded(x, &wide)? };
    scattered(&x, mask, source, target).map(Output::One)
}

fn scattered(x: &Tensor, mask: &Tensor, source: &Tensor, target: Target<'_>) -> Result<Tensor> {
    if mask.read(count_true)? as i64 * (x.numel() / mask.numel().max(1)) > source.numel() {
        return Err(Error::runtime("Number of elements of source < number of ones in mask"));
    }
    let ins = [Operand::Tensor(x), Operand::Tensor(source), Operand::Tensor(mask)];
    let (op, params) = (MaskedScatter::OPERATOR, Params::ints([0; 4]));
    Putting { name: "masked_scatter", op, variant: 0, ins: &ins, params, keeps_order: false, fits: SAME }.to(
        target,
        |out, ins, _| {
            let (source, mask) = (ins[1].tensor().unwrap_or(source), ins[2].tensor().unwrap_or(mask));
            let mask = spread(mask, &out.geometry().shape)?;
            let made;
            let source = match source.is_contiguous() {
                true => source,
                false => {
                    made = super::run_of(source)?;
                    &made
                }
            };
            let (s, m) = (source.geometry(), mask.geometry());
            done(out.write(|dst| -> Result<_> { Ok(put_true(dst, &whole(&s)?, &whole(&m)?)) })??)
        },
    )
}

fn scatter_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let (g, mask) = (vjp.g()?, vjp.saved_tensor(2)?);
    if vjp.wants(0) {
        let x_bar = fill(g, &mask, Operand::Number(Scalar::Int(0)), Target::Fresh)?;
        vjp.add(0, x_bar)?;
    }
    if vjp.wants(1) {
        let v_bar = back(g, &mask, &vjp.meta(1)?.1)?;
        vjp.add(1, v_bar)?;
    }
    Ok(())
}

fn scatter_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let one = |i: usize| match jvp.x_dot(i) {
        Some(x_dot) => Ok(x_dot.clone()),
        None => copy::zeros_like(jvp.primal(i)?),
    };
    let y_dot = scattered(&one(0)?, jvp.primal(2)?, &one(1)?, Target::Fresh)?;
    jvp.set(0, y_dot)
}

/// The elements of `g` where the mask holds, then zeros, in the shape `sizes`; recorded as one operator.
fn back(g: &Tensor, mask: &Tensor, sizes: &[i64]) -> Result<Tensor> {
    let out = {
        let _off = GradMode::new(false);
        let taken = selected(g, mask)?;
        let (n, k) = (sizes.iter().product::<i64>(), taken.numel());
        let long = if k < n { embed(&taken, &[n], Part { dim: 0, start: 0, end: k, step: 1 })? } else { taken };
        reshape::reshape_to(&long, sizes)?
    };
    let out = copy::duplicate(&out)?;
    let ins = [Operand::Tensor(g), Operand::Tensor(mask)];
    let params = Some(Params::dims(shape::Dims::new(sizes)?));
    Application { op: MaskedBack::OPERATOR, variant: 0, ins: &ins, outs: &[&out], differentiable: 1, params }
        .finish()?;
    Ok(out)
}

fn back_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let (g, mask) = (vjp.g()?, vjp.saved_tensor(1)?);
    let zeros = Tensor::full(&vjp.meta(0)?.1, 0.0, g.dtype())?;
    let x_bar = scattered(&zeros, &mask, g, Target::InPlace)?;
    vjp.add(0, x_bar)
}

fn back_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let mask = jvp.primal(1)?.clone();
    jvp.linear(0, |x_dot, params| back(x_dot, &mask, &params.dims))
}

/// `masked_fill`: the tensor with a number or a 0-d tensor's element where the mask holds.
pub fn masked_fill(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (x, mask) = (tensor(args, 0)?, tensor(args, 1)?);
    let value = args.get(2).and_then(Arg::operand).ok_or_else(|| Error::type_error("a value is missing"))?;
    match value.tensor() {
        Some(v) => begin(target, &[x, v])?,
        None => begin(target, &[x])?,
    }
    if let Some(v) = value.tensor()
        && v.ndim() != 0
    {
        if let Target::Fresh = target {
            shape::broadcast(&mask.geometry().shape, &x.geometry().shape)?;
        }
        return Err(Error::runtime(format!(
            "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {} dimension(s).",
            v.ndim()
        )));
    }
    fill(x, mask, value, target).map(Output::One)
}

fn fill(x: &Tensor, mask: &Tensor, value: Operand<'_>, target: Target<'_>) -> Result<Tensor> {
    let alike = *x.geometry().shape == *mask.geometry().shape;
    let wider = match (alike, target) {
        (false, Target::Fresh) => {
            let wide = shape::broadcast(&mask.geometry().shape, &x.geometry().shape)?;
            if *x.geometry().shape == *wide { None } else { Some(reshape::expand_recorded(x, &wide)?) }
        }
        _ => None,
    };
    let x = wider.as_ref().unwrap_or(x);
    if mask.dtype() != DType::Bool {
        return Err(Error::runtime(format!(
            "masked_fill_ only supports boolean masks, but got mask with dtype {}",
            mask.dtype().c_name()
        )));
    }
    let number = match value {
        Operand::Number(s) => s,
        Operand::Tensor(v) => v.item()?,
    };
    let number = fitted(number, x.dtype(), 2)?;
    if matches!(target, Target::InPlace) && overlap::check_itself(x).is_err() {
        return fill_expanded(x, mask, number);
    }
    let variant = value.tensor().is_some() as u8;
    // An element of the tensor itself is read before anything is written.
    let read = match (value, target) {
        (Operand::Tensor(v), Target::InPlace) if overlap::check_operands(x, std::iter::once(v)).is_err() => {
            Some(copy::clone_of(v)?)
        }
        _ => None,
    };
    let value = read.as_ref().map_or(value, Operand::Tensor);
    let ins = [Operand::Tensor(x), value, Operand::Tensor(mask)];
    // A value that would change the type is converted first: nothing is differentiable then.
    let own = common_dtype(&ins[..2]) == x.dtype();
    let made;
    let ins = if own {
        ins
    } else {
        made = Tensor::converted(&[], number, x.dtype())?;
        [ins[0], Operand::Tensor(&made), ins[2]]
    };
    let out = pointwise(MaskedFill::OPERATOR, MaskedFill::ROW, variant, &ins, target)?;
    // As torch's copy, which is made contiguous.
    match target {
        Target::Fresh if !out.geometry().is_standard() => contiguous(&ins, variant),
        _ => Ok(out),
    }
}

/// The same for an operand that does not lie in a run.
fn contiguous(ins: &[Operand<'_>], variant: u8) -> Result<Tensor> {
    let out = {
        let _off = GradMode::new(false);
        super::run_of(&pointwise(MaskedFill::OPERATOR, MaskedFill::ROW, variant, ins, Target::Fresh)?)?
    };
    Application { op: MaskedFill::OPERATOR, variant, ins, outs: &[&out], differentiable: 1, params: None }.finish()?;
    Ok(out)
}

/// Fills an expanded tensor in place, with torch's warning.
fn fill_expanded(x: &Tensor, mask: &Tensor, number: Scalar) -> Result<Tensor> {
    overlap::warn_of_expanded("masked_fill_", "tensor[mask] = scalar")?;
    overlap::check_operands(x, std::iter::once(mask))?;
    let mask = copy::duplicate(&*spread(mask, &x.geometry().shape)?)?;
    let source = Tensor::converted(&[mask.read(count_true)? as i64], number, x.dtype())?;
    let (s, m) = (source.geometry(), mask.geometry());
    done(x.write(|dst| -> Result<_> { Ok(put_true(dst, &whole(&s)?, &whole(&m)?)) })??)?;
    x.0.bump_version();
    Ok(x.clone())
}

impl Tensor {
    /// The tensor with a number or a 0-d tensor's element where `mask`, of bool, holds.
    ///
    /// # Errors
    /// Where the mask is of another type, the shapes do not broadcast together, or the tensor's type cannot hold the value.
    pub fn masked_fill<'a>(&'a self, mask: &'a Tensor, value: impl Into<Operand<'a>>) -> Result<Tensor> {
        fill(self, mask, value.into(), Target::Fresh)
    }
}
