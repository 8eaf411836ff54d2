//! The same elements in another order, or several times over, as copies: flip, roll, rot90, repeat.

use crate::buffers::PoolVec;
use crate::dtype::Scalar;
use crate::error::{Error, Result};
use crate::kernels;
use crate::ops::adjoint::Vjp;
use crate::ops::application::finish_one;
use crate::ops::copy;
use crate::ops::layout::{channels_last, empty_as, lay_alike, preserved, shows_channels_last};
use crate::ops::reductions::reduce::sum_dims;
use crate::ops::shapes::reshape::reshape_to;
use crate::ops::structured::structured;
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Format, Output, Target, tensor};
use crate::ops::view::show;
use crate::shape::{self, Dims};
use crate::tape::Geometry;
use crate::tape::node::Params;
use crate::tensor::{Tensor, done, outside};

structured! { family 37;
    /// The elements with the order of some dimensions reversed.
    ///
    /// Raises RuntimeError for a dimension that is named twice, IndexError for one out of range.
    Flip {
        "flip", grads ["FlipBackward0"], reads [0], vjp flip_vjp, jvp flip_jvp;
        "flip(input, dims: dims)" BOTH => flip;
        fn flip(dims: &[i64]) -> Tensor => flip;
    }
    /// The elements moved on along dimensions, those beyond the last to the first places; without `dims` along all of them
    /// in order.
    ///
    /// Raises RuntimeError where there are not as many shifts as dimensions, IndexError for a dimension out of range.
    Roll {
        "roll", grads ["RollBackward0"], reads [0], vjp roll_vjp, jvp roll_jvp;
        "roll(input, shifts: dims, dims: dims = None)" BOTH => roll;
        fn roll(shifts: &[i64], dims: &[i64]) -> Tensor => roll;
    }
    /// The plane of two dimensions turned by `k` right angles, from the first towards the second.
    ///
    /// Raises RuntimeError for other than two dimensions, IndexError for one out of range.
    Rot90 {
        "rot90", grads ["Rot90Backward0"], reads [0], vjp rot90_vjp, jvp rot90_jvp;
        "rot90(input, k: int = 1, dims: dims = (0, 1))" BOTH => rot90;
        fn rot90(k: i64, dims: &[i64]) -> Tensor => rot90;
    }
    /// The tensor several times over along each dimension, new ones in front.
    ///
    /// Raises RuntimeError where fewer numbers are given than there are dimensions, or one is below 0.
    Repeat {
        "repeat", grads ["RepeatBackward0"], reads [0], vjp repeat_vjp, jvp repeat_jvp;
        "repeat(input, repeats: dims)" METHOD => repeat;
        fn repeat(repeats: &[i64]) -> Tensor => repeat;
    }
}

/// The dimensions of a list.
fn listed<'b>(args: &'b [Arg<'_>], at: usize) -> &'b [i64] {
    args.get(at).and_then(Arg::dims).unwrap_or(&[])
}

/// A part of one tensor: its strides and the place of its first element.
type Place<'a> = (&'a [i64], i64);

/// Copies `sizes` elements from a place of one tensor to one of another.
fn place(to: &Geometry, into: Place<'_>, from: &Geometry, out_of: Place<'_>, sizes: &[i64]) -> Result<()> {
    let src = from.storage.src(from.dtype, sizes, out_of.0, out_of.1).ok_or_else(outside)?;
    let dst = to.storage.dst(to.dtype, sizes, into.0, into.1).ok_or_else(outside)?;
    done(kernels::copy::copy(&dst, &src))
}

fn flip(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    flip_dims(t, mask_of(listed(args, 1), t.ndim())?).map(Output::One)
}

/// The dimensions as bits; each may be named once.
fn mask_of(dims: &[i64], n: usize) -> Result<u64> {
    let mut mask = 0u64;
    for &dim in dims {
        let dim = shape::wrap_dim(dim, n)?;
        if mask >> dim & 1 != 0 {
            return Err(Error::runtime(format!("dim {dim} appears multiple times in the list of dims")));
        }
        mask |= 1 << dim;
    }
    Ok(mask)
}

/// The elements with the order of the dimensions that `mask` names reversed, unrecorded.
fn flipped(t: &Tensor, mask: u64) -> Result<Tensor> {
    let out = empty_as(t, t.dtype(), Format::Preserve)?;
    let g = t.geometry();
    if g.numel() > 0 {
        let (mut strides, mut offset) = (g.strides.duplicate()?, g.offset);
        for d in (0..strides.len()).filter(|d| mask >> d & 1 != 0) {
            offset += (g.shape[d] - 1) * strides[d];
            strides[d] = -strides[d];
        }
        let to = out.geometry();
        to.storage.make_writable()?;
        place(&to, (&to.strides, to.offset), &g, (&strides, offset), &g.shape)?;
    }
    Ok(out)
}

/// `t` with the order of the dimensions that `mask` names reversed.
pub fn flip_dims(t: &Tensor, mask: u64) -> Result<Tensor> {
    let out = flipped(t, mask)?;
    finish_one(Flip::OPERATOR, t, &out, Some(Params::ints([mask as i64, 0, 0, 0])))?;
    Ok(out)
}

fn flip_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let x_bar = flip_dims(vjp.g()?, vjp.params()?.ints[0] as u64)?;
    vjp.add(0, x_bar)
}

fn flip_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    jvp.linear(0, |x_dot, params| flip_dims(x_dot, params.ints[0] as u64))
}

fn roll(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let (shifts, dims) = (listed(args, 1), listed(args, 2));
    if shifts.is_empty() {
        return Err(Error::runtime("`shifts` required"));
    }
    if shifts.len() != dims.len() && !(dims.is_empty() && shifts.len() == 1) {
        return Err(Error::runtime(format!(
            "shifts and dimensions must align. shifts: {}, dims:{}",
            shifts.len(),
            dims.len()
        )));
    }
    // Where nothing can move, no dimension is refused.
    let all_there = || dims.iter().all(|&dim| shape::wrap_dim(dim, t.ndim()).is_ok());
    let dims = if t.numel() == 0 && !all_there() { &[] } else { dims };
    roll_by(t, shifts, dims).map(Output::One)
}

/// `t` moved on by `shifts` along `dims`; along all dimensions in order where none is named.
fn roll_by(t: &Tensor, shifts: &[i64], dims: &[i64]) -> Result<Tensor> {
    let out = Tensor::empty_strided(&t.geometry().shape, &rolled_strides(&t.geometry(), shifts, dims)?, t.dtype())?;
    if dims.is_empty() {
        let n = t.numel();
        if n > 0 {
            let run = if t.is_contiguous() { t.clone() } else { contiguous(t)? };
            let (from, to) = (run.geometry(), out.geometry());
            roll_pieces((&to, &[1]), (&from, &[1]), &[n], &[shifts[0].rem_euclid(n)])?;
        }
    } else {
        let (from, to) = (t.geometry(), out.geometry());
        if from.shape.is_empty() {
            return Err(Error::index(format!("Dimension specified as {} but tensor has no dimensions", dims[0])));
        }
        let mut moves = Dims::zeros(from.shape.len())?;
        for (&shift, &dim) in shifts.iter().zip(dims) {
            let dim = shape::wrap_dim(dim, from.shape.len())?;
            let n = from.shape[dim].max(1);
            moves[dim] = (moves[dim] + shift.rem_euclid(n)) % n;
        }
        let empty = from.numel() == 0;
        if !empty {
            roll_pieces((&to, &to.strides), (&from, &from.strides), &from.shape, &moves)?;
        }
        drop((from, to));
        if empty {
            lay_alike(&out, t)?;
        }
    }
    let params = Params { more: Dims::new(dims)?, ..Params::dims(Dims::new(shifts)?) };
    finish_one(Roll::OPERATOR, t, &out, Some(params))?;
    Ok(out)
}

/// How the result lies: torch joins two pieces for each shift, and keeps channels last where both have them.
fn rolled_strides(g: &Geometry, shifts: &[i64], dims: &[i64]) -> Result<Dims> {
    if !dims.is_empty() && g.numel() == 0 {
        return preserved(g);
    }
    let (mut strides, usual) = (g.strides.duplicate()?, shape::contiguous_strides(&g.shape)?);
    for (&shift, &dim) in shifts.iter().zip(dims) {
        let dim = match g.shape.len() {
            0 => return Ok(usual),
            n => shape::wrap_dim(dim, n)?,
        };
        let n = g.shape[dim];
        let moved = shift.rem_euclid(n.max(1));
        let mut piece = g.shape.duplicate()?;
        let last = [moved, n - moved].into_iter().all(|part| {
            piece[dim] = part;
            shows_channels_last(&piece, &strides)
        });
        if !last {
            return Ok(usual);
        }
        strides = channels_last(&g.shape)?;
    }
    if dims.is_empty() { Ok(usual) } else { Ok(strides) }
}

/// An unrecorded contiguous copy.
fn contiguous(t: &Tensor) -> Result<Tensor> {
    let out = Tensor::empty(&t.geometry().shape, t.dtype())?;
    copy::assign(&out, t)?;
    Ok(out)
}

/// Copies each piece of `from` that stays in one piece to its place in `to`: a dimension that moves has two.
fn roll_pieces(to: (&Geometry, &[i64]), from: (&Geometry, &[i64]), sizes: &[i64], moves: &[i64]) -> Result<()> {
    // Which half of each dimension comes; those that do not move have one.
    let (mut second, mut part) = (0u64, Dims::new(sizes)?);
    loop {
        let (mut into, mut out_of) = (to.0.offset, from.0.offset);
        for (d, (&n, &shift)) in sizes.iter().zip(moves).enumerate() {
            // The first half is what goes up, the second what comes round.
            let (start, length, place) = match (shift, second >> d & 1) {
                (0, _) => (0, n, 0),
                (shift, 0) => (0, n - shift, shift),
                (shift, _) => (n - shift, shift, 0),
            };
            part[d] = length;
            into += place * to.1[d];
            out_of += start * from.1[d];
        }
        place(to.0, (to.1, into), from.0, (from.1, out_of), &part)?;
        // The next choice of halves: a binary count over the dimensions that move.
        let mut d = 0;
        loop {
            match moves.get(d) {
                None => return Ok(()),
                Some(0) => {}
                Some(_) if second >> d & 1 == 0 => {
                    second |= 1 << d;
                    break;
                }
                Some(_) => second &= !(1 << d),
            }
            d += 1;
        }
    }
}

fn roll_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let params = vjp.params()?;
    let (mut back, mut dims) = (params.dims.duplicate()?, params.more.duplicate()?);
    back.iter_mut().for_each(|shift| *shift = shift.wrapping_neg());
    back.reverse();
    dims.reverse();
    let x_bar = roll_by(vjp.g()?, &back, &dims)?;
    vjp.add(0, x_bar)
}

fn roll_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    jvp.linear(0, |x_dot, params| roll_by(x_dot, &params.dims, &params.more))
}

fn rot90(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let (n, k) = (t.ndim() as i64, args.get(1).map_or(1, |a| a.int(1)));
    let dims = args.get(2).and_then(Arg::dims).unwrap_or(&[0, 1]);
    let &[a, b] = dims else {
        return Err(Error::runtime(format!("expected total rotation dims == 2, but got dims = {}", dims.len())));
    };
    if n < 2 {
        return Err(Error::runtime(format!("expected total dims >= 2, but got total dims = {n}")));
    }
    let (first, second) = (shape::wrap_dim(a, n as usize)?, shape::wrap_dim(b, n as usize)?);
    if first == second {
        return Err(Error::runtime(format!(
            "expected rotation dims to be different, but got dim0 = {a} and dim1 = {b}"
        )));
    }
    turned(t, k.rem_euclid(4), first, second).map(Output::One)
}

/// `t` turned by `k` right angles, from dimension `a` towards `b`.
fn turned(t: &Tensor, k: i64, a: usize, b: usize) -> Result<Tensor> {
    let out = match k {
        0 => contiguous(t)?,
        2 => flipped(t, 1 << a | 1 << b)?,
        k => {
            let flipped = flipped(t, 1 << if k == 1 { b } else { a })?;
            let g = flipped.geometry();
            let (mut sizes, mut strides) = (g.shape.duplicate()?, g.strides.duplicate()?);
            sizes.swap(a, b);
            strides.swap(a, b);
            drop(g);
            show(&flipped, (&sizes, &strides, 0))?
        }
    };
    finish_one(Rot90::OPERATOR, t, &out, Some(Params::ints([k, a as i64, b as i64, 0])))?;
    Ok(out)
}

fn rot90_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let [k, a, b, _] = vjp.params()?.ints;
    let x_bar = turned(vjp.g()?, (4 - k) % 4, a as usize, b as usize)?;
    vjp.add(0, x_bar)
}

fn rot90_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    jvp.linear(0, |x_dot, params| turned(x_dot, params.ints[0], params.ints[1] as usize, params.ints[2] as usize))
}

fn repeat(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    repeat_by(tensor(args, 0)?, listed(args, 1)).map(Output::One)
}

/// `t` as often along each dimension as `repeats` says, new dimensions in front.
pub fn repeat_by(t: &Tensor, repeats: &[i64]) -> Result<Tensor> {
    let g = t.geometry();
    let Some(gap) = repeats.len().checked_sub(g.shape.len()) else {
        return Err(Error::runtime(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor",
        ));
    };
    let mut sizes = Dims::new(repeats)?;
    for (size, &extent) in sizes[gap..].iter_mut().zip(g.shape.iter()) {
        *size = size.checked_mul(extent).ok_or_else(Error::numel_overflow)?;
    }
    let out = Tensor::empty(&sizes, t.dtype())?;
    if out.numel() > 0 {
        let to = out.geometry();
        // Each dimension as two: which time over, and which element of it.
        let n = repeats.len();
        let (mut split, mut into, mut out_of) = (Dims::zeros(2 * n)?, Dims::zeros(2 * n)?, Dims::zeros(2 * n)?);
        for d in 0..n {
            let (extent, stride) = d.checked_sub(gap).map_or((1, 0), |own| (g.shape[own], g.strides[own]));
            (split[2 * d], split[2 * d + 1]) = (repeats[d], extent);
            (into[2 * d], into[2 * d + 1]) = (extent * to.strides[d], to.strides[d]);
            out_of[2 * d + 1] = stride;
        }
        without_ones(&mut split, &mut into, &mut out_of)?;
        place(&to, (&into, to.offset), &g, (&out_of, g.offset), &split)?;
    }
    drop(g);
    finish_one(Repeat::OPERATOR, t, &out, Some(Params::dims(Dims::new(repeats)?)))?;
    Ok(out)
}

/// Takes dimensions of extent 1 out: there may be more than a kernel walks over.
fn without_ones(sizes: &mut Dims, into: &mut Dims, out_of: &mut Dims) -> Result<()> {
    let mut kept = 0;
    for d in 0..sizes.len() {
        if sizes[d] != 1 {
            (sizes[kept], into[kept], out_of[kept]) = (sizes[d], into[d], out_of[d]);
            kept += 1;
        }
    }
    for dims in [sizes, into, out_of] {
        *dims = Dims::new(&dims[..kept])?;
    }
    Ok(())
}

fn repeat_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let params = vjp.params()?;
    let (dtype, own) = vjp.meta(0)?;
    let repeats = &params.dims;
    if repeats.contains(&0) {
        let zeros = Tensor::full(&own, Scalar::Int(0), dtype)?;
        return vjp.add(0, zeros);
    }
    let gap = repeats.len() - own.len();
    let mut g = vjp.g()?.clone();
    for _ in 0..gap {
        g = sum_dims(&g, 1, false, None)?;
    }
    let (mut sizes, mut mask) = (PoolVec::new(), 0u64);
    for (&times, &extent) in repeats[gap..].iter().zip(own.iter()) {
        if times != 1 {
            mask |= 1 << sizes.len();
            sizes.push(times)?;
        }
        sizes.push(extent)?;
    }
    if mask != 0 {
        g = sum_dims(&reshape_to(&g, &sizes)?, mask, false, None)?;
    }
    vjp.add(0, g)
}

fn repeat_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    jvp.linear(0, |x_dot, params| repeat_by(x_dot, &params.dims))
}
