//! Distinct elements, and distinct slices along a dimension.

use super::{Unique, UniqueConsecutive};
use crate::buffers::PoolVec;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::kernels::lines::{self, Found, Look};
use crate::ops::adjoint::Vjp;
use crate::ops::application::Application;
use crate::ops::apply::Operand;
use crate::ops::copy;
use crate::ops::picks::take_along;
use crate::ops::row::Operator;
use crate::ops::shapes::reshape::{permute_by, view_as};
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::ops::view::{expand_to, show};
use crate::shape::{self, Dims};
use crate::tape::mode::GradMode;
use crate::tensor::{Tensor, done};

pub(super) fn unique(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let truth = |i: usize| args.get(i).is_some_and(Arg::truth);
    find(args, 4, Look { inverse: truth(2), counts: truth(3), consecutive: false })
}

pub(super) fn unique_consecutive(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let truth = |i: usize| args.get(i).is_some_and(Arg::truth);
    find(args, 3, Look { inverse: truth(1), counts: truth(2), consecutive: true })
}

/// The dimension is argument `at`.
fn find(args: &[Arg<'_>], at: usize, wanted: Look) -> Result<Output> {
    let t = tensor(args, 0)?;
    let along = match args.get(at) {
        // Runs of a vector's elements are those of its slices.
        Some(Arg::Int(0)) if wanted.consecutive && t.ndim() == 1 => None,
        Some(Arg::Int(dim)) => Some(*dim),
        _ => None,
    };
    let (found, values, sizes) = {
        let _off = GradMode::new(false);
        match along {
            None => elements(&t.detach()?, wanted)?,
            Some(dim) => slices(&t.detach()?, dim, wanted)?,
        }
    };
    let (op, variant) = match (wanted.consecutive, along) {
        (true, _) => (UniqueConsecutive::OPERATOR, 0),
        (false, None) => (Unique::OPERATOR, 0),
        (false, Some(_)) => (Unique::OPERATOR, 1),
    };
    let ins = [Operand::Tensor(t)];
    Application { op, variant, ins: &ins, outs: &[&values], differentiable: 1, params: None }.finish()?;
    if !wanted.inverse && !wanted.counts {
        return Ok(Output::One(values));
    }
    let mut all = PoolVec::new();
    all.push(values)?;
    if wanted.inverse {
        all.push(Tensor::from_slice(&found.inverse, &sizes)?)?;
    }
    if wanted.counts {
        all.push(Tensor::from_slice(&found.counts, &[found.places.len() as i64])?)?;
    }
    Ok(Output::Many(all))
}

fn refuse_complex(name: &str, dtype: DType) -> Result<()> {
    match dtype.is_complex() {
        true => Err(Error::no_kernel(name, dtype)),
        false => Ok(()),
    }
}

/// The distinct elements; what was found of them, they themselves, and the shape of the numbers that stand for all.
fn elements(t: &Tensor, look: Look) -> Result<(Found, Tensor, Vec<i64>)> {
    refuse_complex("unique", t.dtype())?;
    let run = view_as(&copy::contiguous(t)?, &[t.numel()])?;
    if look.consecutive && !look.inverse && !look.counts {
        let all = Tensor::empty(&[t.numel()], t.dtype())?;
        if let Some(count) = all.write(|to| run.read(|s| lines::heads(to, s)))?? {
            let none = Found { places: Vec::new(), inverse: Vec::new(), counts: Vec::new() };
            // Not a view of anything that is seen; torch's has room for all of them too.
            return Ok((none, show(&all, (&[count as i64], &[1], 0))?, t.shape()));
        }
    }
    let found = run.read(|s| lines::distinct(s, look))??;
    let Some(found) = found else { return Err(refused()) };
    let places = Tensor::from_slice(&found.places, &[found.places.len() as i64])?;
    let values = take_along(&run, 0, &places)?;
    Ok((found, values, t.shape()))
}

fn refused() -> Error {
    done(false).err().unwrap_or_else(Error::numel_overflow)
}

/// The same of the slices along `dim`.
fn slices(t: &Tensor, dim: i64, look: Look) -> Result<(Found, Tensor, Vec<i64>)> {
    refuse_complex("unique_dim", t.dtype())?;
    if t.ndim() == 0 {
        return Err(Error::index(format!("Dimension specified as {dim} but tensor has no dimensions")));
    }
    let dim = shape::wrap_dim(dim, t.ndim())?;
    let sizes = t.sizes()?;
    let n = sizes[dim];
    let zeros = sizes.iter().filter(|&&n| n == 0).count();
    if n == 0 && zeros != 1 {
        return Err(Error::runtime("Number of zero sized dimensions is more than one, so unique cannot be applied "));
    }
    if n != 0 && zeros != 0 {
        return Err(Error::runtime(
            "There are 0 sized dimensions, and they aren't selected, so unique cannot be applied",
        ));
    }
    if n == 0 {
        let none = Found { places: Vec::new(), inverse: Vec::new(), counts: Vec::new() };
        return Ok((none, Tensor::empty(&sizes, t.dtype())?, vec![0]));
    }
    // One slice a row: the dimension in front of the others, which keep their order.
    let mut order: Vec<i64> = (0..t.ndim() as i64).filter(|&d| d != dim as i64).collect();
    order.insert(0, dim as i64);
    let front = permute_by(t, &order, 0)?;
    let width = t.numel() / n;
    let rows = view_as(&copy::contiguous(&front)?, &[n, width])?;
    let Some(found) = rows.read(|s| lines::distinct_slices(s, look))?? else { return Err(refused()) };
    let count = found.places.len() as i64;
    let places = view_as(&Tensor::from_slice(&found.places, &[count])?, &[count, 1])?;
    let values = take_along(&rows, 0, &expand_to(&places, &[count, width])?)?;
    // The rows lie side by side; what is shown is no view of anything that is seen.
    let mut made = front.sizes()?;
    made[0] = count;
    let from = shape::contiguous_strides(&made)?;
    let (mut wanted, mut strides) = (Dims::zeros(made.len())?, Dims::zeros(made.len())?);
    for (i, &d) in order.iter().enumerate() {
        (wanted[d as usize], strides[d as usize]) = (made[i], from[i]);
    }
    Ok((found, show(&values, (&wanted, &strides, 0))?, vec![n]))
}

pub(super) fn vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    Err(missing(vjp.op, vjp.node.variant))
}

pub(super) fn jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    match jvp.x_dot(0) {
        Some(_) => Err(Error::not_implemented(
            "Trying to use forward AD with unique that does not support it because it has not been implemented yet.",
        )),
        None => Ok(()),
    }
}

fn missing(op: &'static Operator, variant: u8) -> Error {
    let name = match (op.number == UniqueConsecutive::OPERATOR.number, variant) {
        (true, _) => "unique_consecutive",
        (false, 0) => "_unique2",
        (false, _) => "unique_dim",
    };
    Error::not_implemented(format!("the derivative for '{name}' is not implemented."))
}
