//! Picking and putting by index and mask: what the families of such operators share.
//!
//! `ranked.rs` has indices of the operands' own rank (gather, scatter), `vector.rs` a vector of them for one dimension,
//! `flat.rs` those that count all elements, `masks.rs` masks; `folds.rs` what scatters with other
//! reductions than a sum, `names.rs` names without a node.

use super::application::Application;
use super::apply::Operand;
use super::copy;
use super::edge::wants_gradient;
use super::inplace::{self, Before};
use super::out::{self, Fits, Read};
use super::overlap;
use super::row::Operator;
use super::value::{Arg, Target};
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels::index::IndexFault;
use crate::kernels::index::along::{self, Along};
use crate::kernels::index::fold::Fold;
use crate::kernels::operand::{Dst, Src};
use crate::shape::Dims;
use crate::tape::Geometry;
use crate::tape::node::Params;
use crate::tensor::{Tensor, done, outside};

pub mod flat;
pub mod folds;
pub mod index;
pub mod masks;
pub mod names;
pub mod ranked;
pub mod vector;

pub use ranked::{put_along, take_along};

/// Shape and strides, those of one element for a tensor without dimensions: as torch's index operators see it.
fn sides(g: &Geometry) -> (&[i64], &[i64]) {
    if g.shape.is_empty() { (&[1], &[1]) } else { (&g.shape, &g.strides) }
}

/// What `g` shows, with at least one dimension.
fn seen(g: &Geometry) -> Result<Src<'_>> {
    let (shape, strides) = sides(g);
    g.storage.src(g.dtype, shape, strides, g.offset).ok_or_else(outside)
}

/// The same, to be written.
fn open(g: &Geometry) -> Result<Dst<'_>> {
    let (shape, strides) = sides(g);
    g.storage.make_writable()?;
    g.storage.dst(g.dtype, shape, strides, g.offset).ok_or_else(outside)
}

/// A vector of indices spread to `wide` along every dimension but `dim`.
pub(in crate::ops) struct Spread<'a> {
    wide: &'a [i64],
    strides: Dims,
}

impl<'a> Spread<'a> {
    fn new(index: &Geometry, wide: &'a [i64], dim: usize) -> Result<Self> {
        Self::by(index.strides.first().copied().unwrap_or(1), wide, dim)
    }

    /// The same for an index whose elements lie `stride` apart.
    pub(in crate::ops) fn by(stride: i64, wide: &'a [i64], dim: usize) -> Result<Self> {
        let mut strides = Dims::zeros(wide.len())?;
        strides[dim] = stride;
        Ok(Spread { wide, strides })
    }

    /// As an operand.
    pub(in crate::ops) fn src<'b>(&'b self, index: &'b Geometry) -> Result<Src<'b>> {
        index.storage.src(index.dtype, self.wide, &self.strides, index.offset).ok_or_else(outside)
    }
}

/// What is put.
#[derive(Clone, Copy)]
enum Source<'a> {
    Tensor(&'a Tensor),
    /// One element, of the destination's type.
    Element(&'a Tensor),
}

/// Joins elements along `dim` with those of `out`, whose type they have; half types by way of float32. Nothing is recorded.
///
/// `index` makes the index's operand; where `careful`, all of it is looked at before the first element is written.
fn scatter(
    out: &Tensor,
    along: Along<'_>,
    source: Source<'_>,
    fold: Fold,
    careful: bool,
    fault: impl FnOnce(IndexFault) -> Error,
) -> Result<()> {
    if careful {
        let g = out.geometry();
        let extent = sides(&g).0.get(along.dim).copied().unwrap_or(1);
        if let Err(f) = along::check(&along, extent) {
            return Err(fault(f));
        }
    }
    let put = |out: &Tensor, source: Source<'_>| -> Result<std::result::Result<bool, IndexFault>> {
        let g = out.geometry();
        let dst = open(&g)?;
        let (t, zeros);
        let s = match source {
            Source::Tensor(v) => {
                t = v.geometry();
                seen(&t)?
            }
            Source::Element(v) => {
                t = v.geometry();
                zeros = Dims::zeros(along.index.shape().len())?;
                t.storage.src(t.dtype, along.index.shape(), &zeros, t.offset).ok_or_else(outside)?
            }
        };
        Ok(along::scatter(&dst, &s, &along, fold))
    };
    let result = if fold.takes(out.dtype()) {
        put(out, source)?
    } else {
        // Rounded once, at the end.
        let wide = copy::unrecorded(out, DType::Float32)?;
        let (Source::Tensor(v) | Source::Element(v)) = source;
        let v = copy::unrecorded(v, DType::Float32)?;
        let found =
            put(&wide, if matches!(source, Source::Tensor(_)) { Source::Tensor(&v) } else { Source::Element(&v) })?;
        copy::assign(out, &wide)?;
        found
    };
    done(result.map_err(fault)?)
}

/// An operator that writes into a copy of its first operand, over it, or to `out=`.
struct Putting<'a> {
    name: &'a str,
    op: &'static Operator,
    variant: u8,
    /// The written tensor first.
    ins: &'a [Operand<'a>],
    params: Params,
    /// Whether a new result lies as the operand does; else in one run.
    keeps_order: bool,
    fits: Fits,
}

impl Putting<'_> {
    /// Writes with `put(out, ins, careful)`: `out` holds the first operand's elements; `ins` are the operands, copied where they
    /// share bytes with it; and a careful write refuses what it refuses before it writes.
    fn to(self, target: Target<'_>, put: impl Fn(&Tensor, &[Operand<'_>], bool) -> Result<()>) -> Result<Tensor> {
        let Putting { name, op, variant, ins, params, keeps_order, fits } = self;
        let t = ins[0].tensor().ok_or_else(|| Error::type_error("an operand is no tensor"))?;
        if let Target::InPlace = target {
            let before = Before::of(op, ins, t)?;
            let kept: [Operand<'_>; 4] = std::array::from_fn(|i| before.operand(i.min(ins.len() - 1), ins));
            let app = Application { op, variant, ins, outs: &[t], differentiable: 1, params: Some(params) };
            app.write(&before, || put(t, &kept[..ins.len()], true))?;
            return Ok(t.clone());
        }
        out::check(t.dtype(), target, fits)?;
        let out = if keeps_order { copy::duplicate(t)? } else { run_of(t)? };
        put(&out, ins, false)?;
        Application { op, variant, ins, outs: &[&out], differentiable: 1, params: Some(params) }.finish()?;
        match target {
            Target::Out(_) => {
                // The written operand may be `out` itself.
                let read = ins[1..].iter().filter_map(|o| o.tensor()).map(Read::Apart);
                let read: Vec<Read<'_>> = std::iter::once(Read::Whole(t)).chain(read).collect();
                out::give_beside(name, out, target, fits, &read)
            }
            _ => Ok(out),
        }
    }
}

/// An unrecorded copy in one run.
fn run_of(t: &Tensor) -> Result<Tensor> {
    let out = Tensor::empty(&t.geometry().shape, t.dtype())?;
    copy::assign(&out, t)?;
    Ok(out)
}

/// Refuses a write over the first operand that the graph could not follow: torch's first question.
fn begin(target: Target<'_>, ins: &[&Tensor]) -> Result<()> {
    match target {
        Target::InPlace => inplace::check_history(ins[0], ins.iter().any(|t| wants_gradient(t))),
        _ => Ok(()),
    }
}

/// Refuses a write over `t` where its elements share bytes with each other or with what is read.
fn apart(target: Target<'_>, t: &Tensor, read: &[&Tensor]) -> Result<()> {
    match target {
        Target::InPlace => {
            overlap::check_itself(t)?;
            overlap::check_apart(t, read.iter().copied())
        }
        _ => Ok(()),
    }
}

/// Whether indices are of one of the types that most of these operators take.
fn is_whole(dtype: DType) -> bool {
    matches!(dtype, DType::Int64 | DType::Int32)
}

/// torch's name for an element type as messages about indices have it: Float, Long.
fn word(dtype: DType) -> &'static str {
    dtype.scalar_name()
}

/// A 0-d tensor of `dtype` with the number, which it must hold: one of `count` elements.
fn element(number: Scalar, dtype: DType, count: i64) -> Result<Tensor> {
    Tensor::converted(&[], crate::tensor::fitted(number, dtype, count)?, dtype)
}

/// The tensor at a place, for operators whose signature has one there.
fn flag(args: &[Arg<'_>], at: usize) -> bool {
    args.get(at).is_some_and(Arg::truth)
}

/// torch's words for a gradient of another shape than its input.
#[cold]
fn wrong_gradient(node: &str, input: usize, got: &[i64], wanted: &[i64]) -> Error {
    let (got, wanted) = (crate::shape::list(got), crate::shape::list(wanted));
    Error::runtime(format!(
        "Function {node} returned an invalid gradient at index {input} - got {got} but expected shape compatible with {wanted}"
    ))
}

/// torch's words for an index outside of its dimension.
fn out_of_bounds(f: IndexFault) -> String {
    format!("index {} is out of bounds for dimension {} with size {}", f.index, f.dim, f.size)
}
