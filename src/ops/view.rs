//! Views: tensors that show another's bytes, and how history follows a write through one.
//!
//! Every view has a side record with its root. A write through a view makes an ordinary node for the
//! view's old history; the *base* then gets a Scatter (torch's CopySlices) of its own old history and
//! that node; and each view's own node is made anew, as an AsStrided of the base, when next asked for.
//! Both speak of geometries alone, and each is the other's transpose, so every kind of view and every
//! order of derivative works, and no node holds a node.

use super::adjoint::Vjp;
use super::application::{Application, finish_with};
use super::apply::Operand;
use super::copy;
use super::edge::{edge_of, put_node, set_node};
use super::overlap::{add_up, repeated_dims};
use super::record;
use super::row::Operator;
use super::structured::structured;
use super::tangent::Jvp;
use super::value::{Arg, Format, Output, Target};
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels;
use crate::ops::elements::pointwise::Div;
use crate::shape::{self, Layout};
use crate::tape::mode::{self, GradMode};
use crate::tape::node::Params;
use crate::tape::record::flags;
use crate::tape::side::{Creation, Tangents, View};
use crate::tape::{Edge, Geometry, Link, Meta, Node, Ref, insert};
use crate::tensor::{Tensor, done, outside};

structured! { family 3;
    /// A view of given sizes, strides and place of the first element; by default the tensor's own place.
    ///
    /// Raises RuntimeError where it would leave the storage.
    AsStrided {
        "as_strided", grads ["AsStridedBackward0", "AsStridedBackward1"], reads [0], vjp as_strided_vjp, jvp as_strided_jvp;
        "as_strided(input, size: dims, stride: dims, storage_offset: extent = None)" BOTH => crate::ops::shapes::strided::as_strided;
        "as_strided_(input, size: dims, stride: dims, storage_offset: extent = None)" BOTH => crate::ops::shapes::strided::as_strided_;
        fn as_strided(size: &[i64], stride: &[i64], storage_offset: Option<i64>) -> Tensor => crate::ops::shapes::strided::as_strided;
        fn as_strided_(size: &[i64], stride: &[i64], storage_offset: Option<i64>) -> Tensor => crate::ops::shapes::strided::as_strided_;
    }
    /// A copy of the tensor with what a view of given sizes, strides and place shows replaced by `src`.
    ///
    /// Raises RuntimeError where the view would leave the storage, or `src` has another shape.
    Scatter {
        "as_strided_scatter", grads ["CopySlices", "AsStridedScatterBackward0"], reads [0, 0], vjp scatter_vjp, jvp scatter_jvp;
        "as_strided_scatter(input, src, size: dims, stride: dims, storage_offset: extent = None)" BOTH => crate::ops::shapes::part_scatter::as_strided_scatter;
        fn as_strided_scatter(src: &Tensor, size: &[i64], stride: &[i64], storage_offset: Option<i64>) -> Tensor => crate::ops::shapes::part_scatter::as_strided_scatter;
    }
}

/// The node of `as_strided_scatter`: what a caller asked for, gaps between elements included.
pub(super) const REPLACED: u8 = 1;

/// Makes `out`, which shows bytes of `t`, a view of `t`'s root.
pub fn attach(out: &Tensor, t: &Tensor, creation: Creation) -> Result<()> {
    out.0.share_version(t.0.version_cell()?);
    if t.0.has(flags::INFERENCE) {
        // Nothing follows a write to it, so that it has no views that would have to be told.
        out.0.set_flag(flags::INFERENCE, true);
        return Ok(());
    }
    out.0.set_flag(flags::INFERENCE, false);
    let root = match t.0.side.get() {
        Some(side) if t.0.has(flags::VIEW) => side.view.borrow().as_ref().map(|v| {
            let tangents = match &v.tangents {
                Tangents::OfBase => Tangents::OfBase,
                Tangents::Own => Tangents::Of(t.0.clone()),
                Tangents::Of(dual) => Tangents::Of(dual.clone()),
            };
            (v.base.clone(), v.creation, tangents)
        }),
        _ => None,
    };
    let (base, inherited, tangents) = root.unwrap_or_else(|| (t.0.clone(), Creation::Plain, Tangents::OfBase));
    let creation = match (creation, inherited) {
        _ if mode::is_inference() => Creation::Inference,
        _ if !mode::is_grad_enabled() => Creation::NoGrad,
        (Creation::Plain, inherited) => inherited,
        (own, _) => own,
    };
    *out.0.side()?.view.borrow_mut() = Some(View { base, creation, made_at: t.0.version(), tangents });
    out.0.set_flag(flags::VIEW, true);
    Ok(())
}

/// A view of `t`, made by `op` with `params`: extents, strides and the first element's place.
#[inline]
pub fn make(
    op: &'static Operator,
    variant: u8,
    t: &Tensor,
    shown: Layout<'_>,
    params: impl FnOnce() -> Result<Params>,
) -> Result<Tensor> {
    let out = show(t, shown)?;
    attach(&out, t, Creation::Plain)?;
    finish_with(op, variant, t, &out, params)?;
    Ok(out)
}

/// As [`make`], with the whole of what is shown: another element type too.
pub fn make_as(op: &'static Operator, variant: u8, t: &Tensor, shown: Geometry, params: Params) -> Result<Tensor> {
    let out = Tensor::from_geometry(shown)?;
    attach(&out, t, Creation::Plain)?;
    finish_with(op, variant, t, &out, || Ok(params))?;
    Ok(out)
}

/// A record that shows bytes of `t`, not yet a view: extents, strides and the first element's place.
pub fn show(t: &Tensor, shown: Layout<'_>) -> Result<Tensor> {
    let g = t.geometry();
    Tensor::view_of(g.storage.clone(), g.dtype, shown)
}

/// Makes the view `t` a dual tensor, or a primal taken from one: its tangent is not its base's.
pub fn keep_own_tangent(t: &Tensor) -> Result<()> {
    if let Some(view) = &mut *t.0.side()?.view.borrow_mut() {
        view.tangents = Tangents::Own;
    }
    Ok(())
}

/// The tensor in whose tangent the tangent of the view `t` lies.
pub fn tangent_root(t: &Tensor) -> Option<Tensor> {
    if !t.0.has(flags::VIEW) {
        return None;
    }
    let side = t.0.side.get()?;
    let view = side.view.borrow();
    let view = view.as_ref()?;
    match &view.tangents {
        Tangents::OfBase => Some(Tensor(view.base.clone())),
        Tangents::Own => None,
        Tangents::Of(dual) => Some(Tensor(dual.clone())),
    }
}

/// The root of a view.
fn root_of(t: &Tensor) -> Option<Tensor> {
    t.0.side.get().and_then(|side| side.view.borrow().as_ref().map(|view| Tensor(view.base.clone())))
}

/// What lies in `x_dot`, laid like `x`, as `t` lies in `x`: a recorded view. Where `t` shows of the storage what `x` does
/// not, a recorded copy, of zeros there.
pub fn part_of_tangent(x: &Tensor, x_dot: &Tensor, t: &Tensor) -> Result<Tensor> {
    if !lies_within(&t.geometry(), &x.geometry()) {
        return gathered(x_dot, &geometries(x, &t.geometry())?);
    }
    let (shown, params, from) = {
        let (x, d, t) = (x.geometry(), x_dot.geometry(), t.geometry());
        // In bytes: one may show complex numbers and the other their parts. A part's size divides every other.
        let (whole, part) = (x.dtype.size() as i64, t.dtype.size() as i64);
        let bytes = t.offset * part + (d.offset - x.offset) * whole;
        if bytes % part != 0 {
            return Err(Error::runtime("Tensor must have a storage_offset divisible by 2"));
        }
        // The cotangent of an expanded tangent would name each element many times: its root names each once.
        let expanded = shape::overlaps_itself(&d.shape, &d.strides);
        let from = if expanded { root_of(x_dot) } else { None }.unwrap_or_else(|| x_dot.clone());
        let dtype = if x.dtype == t.dtype { d.dtype } else { t.dtype };
        let (shape, strides) = (t.shape.duplicate()?, t.strides.duplicate()?);
        let shown = Geometry::new(dtype, shape, strides, bytes / part, d.storage.clone());
        let params = geometries(&from, &shown)?;
        (shown, params, from)
    };
    make_as(AsStrided::OPERATOR, 0, &from, shown, params)
}

/// Whether no byte that `part` shows lies before or behind all those of `whole`, in one storage.
fn lies_within(part: &Geometry, whole: &Geometry) -> bool {
    let bytes = |g: &Geometry| {
        let (low, high) = kernels::operand::extent(&g.shape, &g.strides, g.offset)?;
        let size = g.dtype.size() as i64;
        Some((low.checked_mul(size)?, high.checked_add(1)?.checked_mul(size)?))
    };
    match (bytes(part), bytes(whole)) {
        (Some(part), Some(whole)) => whole.0 <= part.0 && part.1 <= whole.1,
        _ => true,
    }
}

/// `x.view(dtype)`: the same bytes as elements of another type. torch does not record it.
pub(super) fn view_dtype(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let (Some(t), Some(dtype)) = (args.first().and_then(Arg::tensor), args.get(1).and_then(Arg::dtype)) else {
        return Err(Error::type_error("view(): a tensor and a dtype are needed"));
    };
    let g = t.geometry();
    let (old, new) = (g.dtype.size() as i64, dtype.size() as i64);
    let (mut shape, mut strides, mut offset) = (g.shape.duplicate()?, g.strides.duplicate()?, g.offset);
    if old != new {
        let refused = |what: &str, got: Option<i64>| {
            let (from, to) = (g.dtype.scalar_name(), dtype.scalar_name());
            let got = got.map_or(String::new(), |got| format!(", but got {got}"));
            Error::runtime(format!("self.{what} to view {from} as {to} (different element sizes){got}"))
        };
        let Some(last) = shape.len().checked_sub(1) else { return Err(refused("dim() cannot be 0", None)) };
        let ratio = new / old;
        if new > old {
            // torch's order: extent, offset, last stride, other strides.
            let divisible = |what: &str, n: i64| match n % ratio {
                0 => Ok(()),
                _ => Err(refused(&format!("{what} must be divisible by {ratio}"), Some(n))),
            };
            divisible("size(-1)", shape[last])?;
            divisible("storage_offset()", offset)?;
            if strides[last] != 1 {
                return Err(refused("stride(-1) must be 1", Some(strides[last])));
            }
            for (i, stride) in strides[..last].iter_mut().enumerate() {
                divisible(&format!("stride({i})"), *stride)?;
                *stride /= ratio;
            }
            shape[last] /= ratio;
            offset /= ratio;
        } else {
            if strides[last] != 1 {
                return Err(refused("stride(-1) must be 1", Some(strides[last])));
            }
            let ratio = old / new;
            let wider = |n: i64| n.checked_mul(ratio).ok_or_else(outside);
            for stride in &mut strides[..last] {
                *stride = wider(*stride)?;
            }
            shape[last] = wider(shape[last])?;
            offset = wider(offset)?;
        }
    }
    let out = Tensor::view_of(g.storage.clone(), dtype, (&shape, &strides, offset))?;
    drop(g);
    out.0.share_version(t.0.version_cell()?);
    out.0.set_flag(flags::INFERENCE, t.0.has(flags::INFERENCE));
    Ok(Output::One(out))
}

/// Makes `t` show something else from now on: `t.data = other`. A view that leaves its base's storage is a tensor of
/// its own from then on, with the history that it had; the node of one that shows other bytes of it is made anew.
pub fn show_instead(t: &Tensor, geometry: Geometry) -> Result<()> {
    if !t.0.has(flags::VIEW) {
        t.0.set_geometry(geometry);
        return Ok(());
    }
    let (stays, moves) = {
        let old = t.geometry();
        let same =
            old.offset == geometry.offset && old.shape.same(&geometry.shape) && old.strides.same(&geometry.strides);
        (old.storage.same(&geometry.storage), !same)
    };
    if !stays {
        // Where its node is stale and cannot be made anew, it stays a view: its next use says why.
        if refresh(t).is_ok() {
            t.0.set_flag(flags::VIEW, false);
            *t.0.side()?.view.borrow_mut() = None;
        }
    } else if moves && creation_of(t) == Some(Creation::Plain) {
        made_at(t, t.0.version().wrapping_sub(1));
    }
    t.0.set_geometry(geometry);
    Ok(())
}

fn creation_of(t: &Tensor) -> Option<Creation> {
    t.0.side.get()?.view.borrow().as_ref().map(|view| view.creation)
}

/// Refuses to follow a write through the view `t` of `base`, which shows other bytes by now.
fn check_base(t: &Tensor, base: &Tensor) -> Result<()> {
    if t.geometry().storage.same(&base.geometry().storage) {
        return Ok(());
    }
    Err(Error::runtime(
        "a view was modified inplace, or its base or another view of its base, after the base was given other elements \
         (base.data = ...): what the view shows is no part of its base any more. Make the view anew.",
    ))
}

/// Makes a view's node anew where its bytes were written since the node was made.
pub fn refresh(t: &Tensor) -> Result<()> {
    let side = t.0.side()?;
    let version = t.0.version();
    let base = match &*side.view.borrow() {
        Some(view) if view.made_at != version => Tensor(view.base.clone()),
        _ => return Ok(()),
    };
    if t.is_leaf() && !base.requires_grad() {
        return Ok(());
    }
    if let Some(view) = &*side.view.borrow()
        && matches!(view.creation, Creation::NoGrad | Creation::Inference | Creation::MultiOutput)
    {
        return Err(Error::runtime(creation_text(t, view.creation, "its base or another view of its base has been")));
    }
    check_base(t, &base)?;
    set_node(t, as_strided_node(t, &base, edge_of(&base)?)?, 0)?;
    made_now(t);
    Ok(())
}

/// The node of the view `t` of `base`, whose own cotangent goes to `edge`.
pub fn as_strided_node(t: &Tensor, base: &Tensor, edge: Edge) -> Result<Ref<Node>> {
    record::node(AsStrided::OPERATOR.number, 0, |node| {
        node.edges.push(edge)?;
        let g = t.geometry();
        node.outputs.push(Meta { dtype: g.dtype, shape: g.shape.duplicate()? })?;
        node.params.set(Some(insert(geometries(base, &g)?)?));
        Ok(())
    })
}

/// Notes that the node of the view `t` describes its bytes as they are now; returns the version of which the node that
/// it replaces was.
pub fn made_now(t: &Tensor) -> Option<u32> {
    made_at(t, t.0.version())
}

fn made_at(t: &Tensor, version: u32) -> Option<u32> {
    let side = t.0.side.get()?;
    let mut view = side.view.borrow_mut();
    view.as_mut().map(|view| std::mem::replace(&mut view.made_at, version))
}

/// Before a write through the view `t`: hooks on its node stay with what the view was, and are not met by
/// the cotangent of what is written. They are back where what is given is dropped without [`Left::keep`].
pub fn leave_hooks(t: &Tensor) -> Result<Option<Left>> {
    if !t.0.has(flags::VIEW) {
        return Ok(None);
    }
    let Some(node) = t.0.node.get().filter(|node| node.side.is_some()) else { return Ok(None) };
    let version = made_at(t, t.0.version().wrapping_sub(1));
    let left = Left { t: t.clone(), node: Some(node), output: t.0.output.get(), version };
    refresh(t)?;
    Ok(Some(left))
}

/// A view and the node with the hooks that were left behind.
pub struct Left {
    t: Tensor,
    node: Option<Ref<Node>>,
    output: u32,
    version: Option<u32>,
}

impl Left {
    /// The view has been written.
    pub fn keep(mut self) {
        self.node = None;
    }
}

impl Drop for Left {
    fn drop(&mut self) {
        if let (Some(node), Some(version)) = (self.node.take(), self.version) {
            put_node(&self.t, node, self.output);
            made_at(&self.t, version);
        }
    }
}

/// The base's node after a write through the view `t`: `old` is where the base's cotangent went, and
/// `written` where the view's goes.
pub fn scatter_node(base: &Tensor, t: &Tensor, old: Edge, written: Edge) -> Result<Ref<Node>> {
    check_base(t, base)?;
    record::node(Scatter::OPERATOR.number, 0, |node| {
        node.edges.push(old)?;
        node.edges.push(written)?;
        let b = base.geometry();
        node.outputs.push(Meta { dtype: b.dtype, shape: b.shape.duplicate()? })?;
        node.params.set(Some(insert(geometries(base, &t.geometry())?)?));
        Ok(())
    })
}

/// What a node of a view keeps: the view's geometry and its base's.
pub(super) fn geometries(base: &Tensor, view: &Geometry) -> Result<Params> {
    Ok(Params { other: Link::some(insert(Params::geometry(&base.geometry())?)?), ..Params::geometry(view)? })
}

/// Two geometries in one storage, as a node's parameters hold them: the view's and the base's.
fn both(params: &Params) -> Result<(&Params, Ref<Params>)> {
    let base = params.other.get().ok_or_else(|| Error::runtime("a view's node lacks its base"))?;
    Ok((params, base))
}

/// The element type of one of them.
fn dtype_of(p: &Params) -> DType {
    DType::ALL[p.ints[1] as usize]
}

/// A buffer long enough for both geometries, of the base's type: of zeros, but where the base covers it and is `written`.
fn canvas(view: &Params, base: &Params, written: bool) -> Result<Tensor> {
    let (mut end, whole) = (0, dtype_of(base).size() as i64);
    for p in [view, base] {
        if let Some((_, high)) = kernels::operand::extent(&p.dims, &p.more, p.ints[0]) {
            let bytes = high.saturating_add(1).saturating_mul(dtype_of(p).size() as i64);
            end = end.max(bytes / whole + (bytes % whole != 0) as i64);
        }
    }
    match written && base.ints[0] == 0 && shape::is_standard(&base.dims, &base.more) {
        true => Tensor::empty(&[end], dtype_of(base)),
        false => Tensor::full(&[end], Scalar::Int(0), dtype_of(base)),
    }
}

fn seen(canvas: &Tensor, p: &Params) -> Result<Tensor> {
    let storage = canvas.geometry().storage.clone();
    Tensor::view_of(storage, dtype_of(p), (&p.dims, &p.more, p.ints[0]))
}

/// What a view of `params` shows of `x`, which has the base's shape: recorded, and a copy.
pub fn gathered(x: &Tensor, params: &Params) -> Result<Tensor> {
    let (view, base) = both(params)?;
    let paper = canvas(view, &base, true)?;
    match repeated_dims(&base.dims, &base.more) {
        0 => copy::assign(&seen(&paper, &base)?, x)?,
        _ => {
            add_up(&seen(&paper, &base)?, x)?;
            share_out(&paper, &base)?;
        }
    }
    let out = copy::duplicate(&seen(&paper, view)?)?;
    let again = Params { other: Link::some(base), ..again(view)? };
    let ins = [Operand::Tensor(x)];
    Application {
        op: AsStrided::OPERATOR,
        variant: 0,
        ins: &ins,
        outs: &[&out],
        differentiable: 1,
        params: Some(again),
    }
    .finish()?;
    Ok(out)
}

/// `x`, of the base's shape, with what the view of `params` shows replaced by `v` (zeros where none): recorded.
pub fn scattered(x: Option<&Tensor>, v: Option<&Tensor>, params: &Params) -> Result<Tensor> {
    scattered_as(0, x, v, params)
}

/// The same, as a node of `variant`.
pub(super) fn scattered_as(variant: u8, x: Option<&Tensor>, v: Option<&Tensor>, params: &Params) -> Result<Tensor> {
    let (view, base) = both(params)?;
    let paper = canvas(view, &base, x.is_some())?;
    if let Some(x) = x {
        copy::assign(&seen(&paper, &base)?, x)?;
    }
    let hole = seen(&paper, view)?;
    match v {
        // A view may name some elements many times: their cotangents add up.
        Some(v) if x.is_none() => add_up(&hole, v)?,
        Some(v) => copy::assign(&hole, v)?,
        None if x.is_some() => done(hole.write(|dst| kernels::copy::fill(dst, Scalar::Int(0)))?)?,
        None => {}
    }
    if x.is_none() && repeated_dims(&base.dims, &base.more) != 0 {
        share_out(&paper, &base)?;
    }
    let whole = seen(&paper, &base)?;
    let like = x.filter(|_| variant == REPLACED);
    let usual = |x: &Tensor| shape::is_standard(&x.geometry().shape, &x.geometry().strides);
    // The buffer itself, where it holds nothing else and lies as the result does.
    let out = if paper.numel() == whole.numel() && usual(&whole) && like.is_none_or(usual) {
        whole
    } else {
        let out = match like {
            Some(x) => crate::ops::shapes::part_scatter::laid_like(x)?,
            None => super::layout::empty_as(&whole, whole.dtype(), Format::Preserve)?,
        };
        copy::assign(&out, &whole)?;
        out
    };
    let again = Params { other: Link::some(base), ..again(view)? };
    let zero = Operand::Number(Scalar::Int(0));
    let ins = [x.map_or(zero, Operand::Tensor), v.map_or(zero, Operand::Tensor)];
    Application { op: Scatter::OPERATOR, variant, ins: &ins, outs: &[&out], differentiable: 1, params: Some(again) }
        .finish()?;
    Ok(out)
}

/// Divides each element by how often a tensor of the geometry `base` names it: each of its names has an equal part.
fn share_out(paper: &Tensor, base: &Params) -> Result<()> {
    let counts = Tensor::full(&paper.geometry().shape, Scalar::Int(0), paper.dtype())?;
    add_up(&seen(&counts, base)?, &expand_to(&Tensor::one(dtype_of(base))?, &base.dims)?)?;
    let _off = GradMode::new(false);
    let ins = [Operand::Tensor(paper), Operand::Tensor(&counts)];
    mode::paused(mode::bits::FORWARD, || super::apply::pointwise(Div::OPERATOR, Div::ROW, 0, &ins, Target::InPlace))?;
    Ok(())
}

fn again(p: &Params) -> Result<Params> {
    Ok(Params { more: p.more.duplicate()?, ints: p.ints, ..Params::dims(p.dims.duplicate()?) })
}

fn as_strided_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let g = vjp.g()?;
    let x_bar = scattered(None, Some(g), &*vjp.params()?)?;
    vjp.add(0, x_bar)
}

fn as_strided_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    if jvp.outs[0].0.has(flags::VIEW) {
        return jvp.set_view(0);
    }
    let (Some(x_dot), Some(params)) = (jvp.x_dot(0), jvp.params) else { return Ok(()) };
    let y_dot = gathered(x_dot, params)?;
    jvp.set(0, y_dot)
}

fn scatter_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let g = vjp.g()?;
    let params = vjp.params()?;
    if vjp.wants(0) {
        let x_bar = scattered(Some(g), None, &params)?;
        vjp.add(0, x_bar)?;
    }
    if vjp.wants(1) {
        let v_bar = gathered(g, &params)?;
        vjp.add(1, v_bar)?;
    }
    Ok(())
}

fn scatter_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let Some(params) = jvp.params else { return Ok(()) };
    let y_dot = scattered(jvp.x_dot(0), jvp.x_dot(1), params)?;
    jvp.set(0, y_dot)
}

/// `x` spread to `wide` by strides of 0, unrecorded: for kernels and tangents.
pub fn expand_to(x: &Tensor, wide: &[i64]) -> Result<Tensor> {
    let g = x.geometry();
    if *g.shape == *wide {
        drop(g);
        return Ok(x.clone());
    }
    let strides = shape::expanded_view_strides(&g.shape, &g.strides, wide)?;
    g.storage.src(g.dtype, wide, &strides, g.offset).ok_or_else(outside)?;
    let offset = g.offset;
    drop(g);
    show(x, (wide, &strides, offset))
}

/// torch's text for a write through a view whose creation forbids it; `what` is what was written.
pub fn creation_text(t: &Tensor, creation: Creation, what: &str) -> String {
    let subject = match (t.0.node.get(), creation) {
        (Some(node), _) => {
            let name = super::table::grad_name(&node);
            let output = t.0.output.get();
            let name = super::saved::short_name(&name);
            // Its own node is as good as any other's; what it is a view of has none.
            match creation {
                Creation::NoGrad => format!(
                    "Output {output} of {name} is a view of a view which was created in no_grad mode and {what} modified \
                     inplace with grad mode enabled."
                ),
                Creation::Inference => format!(
                    "Output {output} of {name} is a view of a view which was created in inference mode and {what} modified \
                     inplace in normal mode."
                ),
                _ => format!("Output {output} of {name} is a view and {what} modified inplace."),
            }
        }
        (None, Creation::Inference) => {
            format!("A view was created in inference mode and {what} modified inplace in normal mode.")
        }
        (None, _) => format!("A view was created in no_grad mode and {what} modified inplace with grad mode enabled."),
    };
    let moved = |block: &str| {
        format!(
            "Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving \
             both the view and the inplace either both inside the {block} block (if you don't want the inplace to be \
             tracked) or both outside (if you want the inplace to be tracked)."
        )
    };
    let reason = match creation {
        Creation::NoGrad => moved("no_grad"),
        Creation::Inference => moved("inference_mode"),
        Creation::MultiOutput => "This view is the output of a function that returns multiple views. Such functions do \
                                  not allow the output views to be modified inplace. You should replace the inplace \
                                  operation by an out-of-place one."
            .to_string(),
        Creation::Plain | Creation::Function => {
            "This view was created inside a custom Function (or because an input was returned as-is) and the autograd \
             logic to handle view+inplace would override the custom backward associated with the custom Function, leading \
             to incorrect gradients. This behavior is forbidden. You can fix this by cloning the output of the custom \
             Function."
                .to_string()
        }
    };
    format!("{subject} {reason}")
}

/// Whether the node of the view `t`, whose bytes were written, cannot be made anew.
pub fn is_refused(t: &Tensor) -> bool {
    t.0.has(flags::VIEW) && refresh(t).is_err()
}
