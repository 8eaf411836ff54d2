//! Indices that count all elements, last dimension fastest: take and put.

use super::{Putting, apart, begin, flag, word};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::kernels::index::along::{self, Along};
use crate::kernels::index::{IndexFault, fold::Fold, index_put};
use crate::kernels::operand::{Dst, Src};
use crate::ops::adjoint::Vjp;
use crate::ops::application::Application;
use crate::ops::apply::Operand;
use crate::ops::out::{Fits, Read, SAME, check, give_beside};
use crate::ops::structured::structured;
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::ops::{copy, shapes::reshape};
use crate::tape::Geometry;
use crate::tape::mode::GradMode;
use crate::tape::node::Params;
use crate::tensor::{Tensor, done, outside};

structured! { family 41;
    /// The elements that `index`, of int64, names, where all elements of `input` are counted, last dimension fastest.
    ///
    /// Negative indices count from the end. The result has the shape of `index`. Raises IndexError where an index is out of range.
    TakeFlat {
        "take", grads ["TakeBackward0"], reads [0b10], vjp take_vjp, jvp take_jvp;
        "take(input, index, *, out = None)" BOTH => take;
        fn take(index: &Tensor) -> Tensor => take;
    }
    /// The tensor with the elements of `source` put where `index`, of int64, says, where all elements are counted, last dimension
    /// fastest; added to them with `accumulate`.
    ///
    /// Negative indices count from the end; where one comes twice, the last wins. `source` has the tensor's type and as many elements as
    /// `index`. Raises IndexError where an index is out of range.
    PutFlat {
        "put", grads ["PutBackward0"], reads [0b100, 0b100], vjp put_vjp, jvp put_jvp;
        "put(input, index, source, accumulate: bool = False)" ALL => put;
        fn put(index: &Tensor, source: &Tensor, accumulate: bool) -> Tensor => put;
    }
}

const TAKEN: Fits = Some(|own, out| {
    let (own, out) = (word(own), word(out));
    format!("take(): self and out expected to have the same dtype, but got self.dtype = {own} and out.dtype = {out}")
});

fn fault(f: IndexFault) -> Error {
    Error::index(format!("out of range: tried to access index {} on a tensor of {} elements.", f.index, f.size))
}

/// The elements of `g`, which lie in one run, as a vector.
fn run<'a>(g: &'a Geometry, n: &'a [i64; 1]) -> Result<Src<'a>> {
    g.storage.src(g.dtype, n, &[1], g.offset).ok_or_else(outside)
}

/// The same, to be written.
fn open_run<'a>(g: &'a Geometry, n: &'a [i64; 1]) -> Result<Dst<'a>> {
    g.storage.make_writable()?;
    g.storage.dst(g.dtype, n, &[1], g.offset).ok_or_else(outside)
}

/// The tensor itself or a copy, in one run; nothing is recorded.
fn in_a_run(t: &Tensor) -> Result<Tensor> {
    let _off = GradMode::new(false);
    if t.is_contiguous() { Ok(t.clone()) } else { super::run_of(t) }
}

fn take(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (x, index) = (tensor(args, 0)?, tensor(args, 1)?);
    if index.dtype() != DType::Int64 {
        return Err(Error::runtime(format!(
            "take(): Expected a long tensor for index, but got {}",
            word(index.dtype())
        )));
    }
    check(x.dtype(), target, TAKEN)?;
    if x.numel() == 0 && index.numel() != 0 {
        return Err(Error::index("take(): tried to take from an empty tensor"));
    }
    let out = taken(x, index)?;
    match target {
        Target::Out(_) => give_beside("take", out, target, TAKEN, &[Read::Apart(x), Read::Apart(index)]),
        _ => Ok(out),
    }
    .map(Output::One)
}

fn taken(x: &Tensor, index: &Tensor) -> Result<Tensor> {
    let out = Tensor::empty(&index.geometry().shape, x.dtype())?;
    if index.numel() != 0 {
        let run_index = in_a_run(index)?;
        // A few elements of what does not lie in a run are looked for where they lie: a copy would be of all.
        let few = !x.is_contiguous() && index.numel() < x.numel() / 8;
        let (run_x, run_index, n) = match few {
            true => (x.clone(), placed(x, &run_index)?, reach(x)),
            false => (in_a_run(x)?, run_index, x.numel()),
        };
        let (own, wanted) = ([n], [index.numel()]);
        let (x, i, o) = (run_x.geometry(), run_index.geometry(), out.geometry());
        let along = Along { dim: 0, index: run(&i, &wanted)?, wraps: true };
        done(along::gather(&open_run(&o, &wanted)?, &run(&x, &own)?, &along).map_err(fault)?)?;
    }
    let ins = [Operand::Tensor(x), Operand::Tensor(index)];
    let params = Some(Params::ints([0; 4]));
    Application { op: TakeFlat::OPERATOR, variant: 0, ins: &ins, outs: &[&out], differentiable: 1, params }.finish()?;
    Ok(out)
}

/// From the first element to the last, as they lie: no stride is negative.
fn reach(t: &Tensor) -> i64 {
    let g = t.geometry();
    1 + g.shape.iter().zip(g.strides.iter()).map(|(n, s)| (n - 1) * s).sum::<i64>()
}

/// How far from the first element those lie that `index` names.
fn placed(t: &Tensor, index: &Tensor) -> Result<Tensor> {
    let (g, size) = (t.geometry(), t.numel());
    let mut all = index.to_vec::<i64>()?;
    for place in &mut all {
        let index = *place;
        let mut rest = if index < 0 { index.wrapping_add(size) } else { index };
        if !(0..size).contains(&rest) {
            return Err(fault(IndexFault { index, dim: 0, size }));
        }
        *place = 0;
        for (n, stride) in g.shape.iter().zip(g.strides.iter()).rev() {
            *place += rest % n * stride;
            rest /= n;
        }
    }
    Tensor::from_slice(&all, &index.geometry().shape)
}

fn take_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let zeros = Tensor::full(&vjp.meta(0)?.1, 0.0, vjp.g()?.dtype())?;
    let x_bar = put_into(&zeros, &vjp.saved_tensor(1)?, vjp.g()?, true, Target::InPlace)?;
    vjp.add(0, x_bar)
}

fn take_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let index = jvp.primal(1)?.clone();
    jvp.linear(0, |x_dot, _| taken(x_dot, &index))
}

fn put(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (x, index, source) = (tensor(args, 0)?, tensor(args, 1)?, tensor(args, 2)?);
    begin(target, &[x, source])?;
    let refused = |text: String| format!("put_(): {text}");
    if index.dtype() != DType::Int64 {
        let got = word(index.dtype());
        return Err(Error::runtime(refused(format!("Expected a long tensor for index, but got {got}"))));
    }
    if x.dtype() != source.dtype() {
        return Err(Error::runtime(refused(format!(
            "self and source expected to have the same dtype, but got self.dtype = {} and source.dtype = {}",
            word(x.dtype()),
            word(source.dtype())
        ))));
    }
    if index.numel() != source.numel() {
        return Err(Error::index(refused(format!(
            "Expected source and index to have the same number of elements, but got source.numel() = {}, index.numel() = {}",
            source.numel(),
            index.numel()
        ))));
    }
    if x.numel() == 0 && index.numel() != 0 {
        return Err(Error::index("put_(): Tried to put elements into an empty tensor"));
    }
    apart(target, x, &[index, source])?;
    put_into(x, index, source, flag(args, 3), target).map(Output::One)
}

fn put_into(x: &Tensor, index: &Tensor, source: &Tensor, accumulate: bool, target: Target<'_>) -> Result<Tensor> {
    let ins = [Operand::Tensor(x), Operand::Tensor(source), Operand::Tensor(index)];
    let params = Params { flag: accumulate, ..Params::ints([0; 4]) };
    let op = PutFlat::OPERATOR;
    Putting { name: "put", op, variant: 0, ins: &ins, params, keeps_order: true, fits: SAME }.to(
        target,
        |out, ins, careful| {
            if index.numel() == 0 {
                return Ok(());
            }
            let (source, index) = (ins[1].tensor().unwrap_or(source), ins[2].tensor().unwrap_or(index));
            let (source, index, to) = (in_a_run(source)?, in_a_run(index)?, in_a_run(out)?);
            {
                let (own, wanted) = ([out.numel()], [index.numel()]);
                let (v, i, o) = (source.geometry(), index.geometry(), to.geometry());
                let along = Along { dim: 0, index: run(&i, &wanted)?, wraps: true };
                let (dst, src) = (open_run(&o, &own)?, run(&v, &wanted)?);
                if careful {
                    along::check(&along, own[0]).map_err(fault)?;
                }
                let fold = if accumulate { Fold::Add } else { Fold::Copy };
                let found = match fold.takes(to.dtype()) {
                    true => along::scatter(&dst, &src, &along, fold),
                    // Half types are rounded at each step, as in torch.
                    false => index_put(&dst, &src, &[along.index], accumulate),
                };
                done(found.map_err(fault)?)?;
            }
            if to.same(out) { Ok(()) } else { copy::assign(out, &to) }
        },
    )
}

fn put_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let (g, index) = (vjp.g()?, vjp.saved_tensor(2)?);
    if vjp.wants(0) {
        let x_bar = match vjp.params()?.flag {
            true => g.clone(),
            false => {
                let zeros = Tensor::full(&index.geometry().shape, 0.0, g.dtype())?;
                put_into(g, &index, &zeros, false, Target::Fresh)?
            }
        };
        vjp.add(0, x_bar)?;
    }
    if vjp.wants(1) {
        let v_bar = reshape::reshape_to(&taken(g, &index)?, &vjp.meta(1)?.1)?;
        vjp.add(1, v_bar)?;
    }
    Ok(())
}

fn put_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let Some(params) = jvp.params else { return Ok(()) };
    let one = |i: usize| match jvp.x_dot(i) {
        Some(x_dot) => Ok(x_dot.clone()),
        None => copy::zeros_like(jvp.primal(i)?),
    };
    let y_dot = put_into(&one(0)?, jvp.primal(2)?, &one(1)?, params.flag, Target::Fresh)?;
    jvp.set(0, y_dot)
}
