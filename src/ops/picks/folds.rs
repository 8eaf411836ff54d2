//! What scatters with another reduction than a sum: scatter_reduce and index_reduce, which share their rules.

use super::ranked::{add_along, check_scatter, scatter_along};
use super::vector::{add_parts, check_parts, cleared, joined, parts};
use super::{Putting, Source, apart, begin, flag, out_of_bounds, scatter, seen, take_along, wrong_gradient};
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels::index::IndexFault;
use crate::kernels::index::along::Along;
use crate::kernels::index::count_true;
use crate::kernels::index::fold::Fold;
use crate::ops::adjoint::Vjp;
use crate::ops::application::Application;
use crate::ops::apply::Operand;
use crate::ops::copy;
use crate::ops::edge::wants_gradient;
use crate::ops::elements::arithmetic::where_operands;
use crate::ops::elements::bitwise::And;
use crate::ops::elements::compare::{Eq, Gt};
use crate::ops::elements::pointwise::Div;
use crate::ops::out::SAME;
use crate::ops::products::matmul::conj;
use crate::ops::reductions::norm::{masked, quotient, times};
use crate::ops::reductions::reduce::binary;
use crate::ops::row::RESULT;
use crate::ops::shapes::reshape::slice_at;
use crate::ops::structured::structured;
use crate::ops::tangent::Jvp;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::shape;
use crate::tape::mode::{self, GradMode};
use crate::tape::node::Params;
use crate::tensor::Tensor;

/// Operands 0 to 2 and the result.
const ALL: u8 = 0b111 | 1 << RESULT;

structured! { family 43;
    /// The tensor with the elements of `src` joined where `index` says along `dim`: by their sum, prod, mean, amax or amin; without
    /// what was there before where `include_self` is false.
    ///
    /// `index` holds int64 or int32, and `src` has the tensor's type. Raises RuntimeError where shapes or types disagree, or where an
    /// index is negative or too large.
    ScatterReduce {
        "scatter_reduce", grads ["ScatterReduceBackward0"], reads [ALL, ALL], vjp reduce_vjp, jvp reduce_jvp;
        "scatter_reduce(input, dim: int, index, src, reduce: text, *, include_self: bool = True, out = None)" ALL => scatter_reduce;
        fn scatter_reduce(dim: i64, index: &Tensor, src: &Tensor, reduce: &str, include_self: bool) -> Tensor => scatter_reduce;
    }
    /// The tensor with the parts of `source` joined with those that the vector `index` names along `dim`: by their prod, mean, amax or
    /// amin; without what was there before where `include_self` is false.
    ///
    /// Takes and refuses what `index_add` does.
    IndexReduce {
        "index_reduce", grads ["IndexReduceBackward0"], reads [ALL, ALL], vjp reduce_vjp, jvp reduce_jvp;
        "index_reduce(input, dim: int, index, source, reduce: text, *, include_self: bool = True, out = None)" ALL => index_reduce;
        fn index_reduce(dim: i64, index: &Tensor, source: &Tensor, reduce: &str, include_self: bool) -> Tensor => index_reduce;
    }
    /// A gradient that has none itself: what leads through it says why.
    Delayed {
        "delayed_error", grads ["Error"], reads [0], vjp delayed_vjp, jvp delayed_jvp;
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sum,
    Prod,
    Mean,
    Amax,
    Amin,
}

impl Kind {
    const ALL: [(&'static str, Kind); 5] =
        [("sum", Kind::Sum), ("prod", Kind::Prod), ("mean", Kind::Mean), ("amax", Kind::Amax), ("amin", Kind::Amin)];

    fn of(text: &str) -> Option<Kind> {
        Self::ALL.into_iter().find(|(name, _)| *name == text).map(|(_, kind)| kind)
    }

    fn fold(self) -> Fold {
        match self {
            Kind::Sum | Kind::Mean => Fold::Add,
            Kind::Prod => Fold::Mul,
            Kind::Amax => Fold::Max,
            Kind::Amin => Fold::Min,
        }
    }

    /// What changes nothing that it is joined with.
    fn neutral(self, dtype: DType) -> Result<Tensor> {
        let lowest = |d: DType| match d {
            DType::Int8 => i8::MIN.into(),
            DType::Int16 => i16::MIN.into(),
            DType::Int32 => i32::MIN.into(),
            DType::Int64 => i64::MIN,
            _ => 0,
        };
        let highest = |d: DType| match d {
            DType::Bool => 1,
            DType::UInt8 => u8::MAX.into(),
            DType::Int8 => i8::MAX.into(),
            DType::Int16 => i16::MAX.into(),
            DType::Int32 => i32::MAX.into(),
            _ => i64::MAX,
        };
        let number = match self {
            Kind::Sum | Kind::Mean => Scalar::Int(0),
            Kind::Prod => Scalar::Int(1),
            Kind::Amax if dtype.is_integral() => Scalar::Int(lowest(dtype)),
            Kind::Amin if dtype.is_integral() => Scalar::Int(highest(dtype)),
            Kind::Amax => Scalar::Float(f64::NEG_INFINITY),
            Kind::Amin => Scalar::Float(f64::INFINITY),
        };
        Tensor::converted(&[], number, dtype)
    }
}

/// Where what is joined goes: by an index of the operands' rank, or by a vector for one dimension.
#[derive(Clone, Copy)]
struct Places<'a> {
    is_vector: bool,
    dim: i64,
    index: &'a Tensor,
}

impl Places<'_> {
    /// Joins without a record.
    fn join(&self, out: &Tensor, source: Source<'_>, fold: Fold, careful: bool) -> Result<()> {
        let dim = self.dim as usize;
        if self.is_vector {
            let fault = |_| Error::index("index out of range in self");
            return joined(out, dim, self.index, source, fold, careful, fault);
        }
        if self.index.numel() == 0 {
            return Ok(());
        }
        let i = self.index.geometry();
        let fault = |f: IndexFault| Error::runtime(out_of_bounds(f));
        scatter(out, Along { dim, index: seen(&i)?, wraps: false }, source, fold, careful, fault)
    }

    /// Whether nothing is named.
    fn is_empty(&self) -> bool {
        self.index.numel() == 0
    }

    /// The part of the source that is joined: an index of its rank may be the smaller; recorded.
    fn read_of(&self, src: &Tensor) -> Result<Tensor> {
        let (mut part, wanted) = (src.clone(), self.index.sizes()?);
        for (d, &n) in wanted.iter().enumerate().filter(|_| !self.is_vector) {
            if part.geometry().shape.get(d).is_some_and(|&own| own > n) {
                part = slice_at(&part, d, 0, n, 1)?;
            }
        }
        Ok(part)
    }

    /// The elements at the places; recorded.
    fn gather(&self, t: &Tensor) -> Result<Tensor> {
        let dim = self.dim as usize;
        if self.is_vector { parts(t, dim, self.index) } else { take_along(t, dim, self.index) }
    }

    /// `t` with `v` added at the places; recorded.
    fn add(&self, t: &Tensor, v: &Tensor) -> Result<Tensor> {
        match self.is_vector {
            true => add_parts(t, self.dim, self.index, v, Scalar::Int(1), Target::Fresh),
            false => add_along(t, self.dim, self.index, v, Target::Fresh),
        }
    }

    /// `t` with 0 at the places; recorded.
    fn clear(&self, t: &Tensor) -> Result<Tensor> {
        match self.is_vector {
            true => cleared(t, self.dim, self.index),
            false => scatter_along(t, self.dim, self.index, Operand::Number(Scalar::Int(0)), Target::Fresh),
        }
    }

    /// The operator itself; recorded.
    fn reduce(&self, t: &Tensor, v: &Tensor, kind: Kind, include_self: bool) -> Result<Tensor> {
        reduced(*self, t, v, kind, include_self, Target::Fresh)
    }
}

fn reduced(
    places: Places<'_>,
    x: &Tensor,
    src: &Tensor,
    kind: Kind,
    include_self: bool,
    target: Target<'_>,
) -> Result<Tensor> {
    let dtype = x.dtype();
    if let Some(kernel) = refused(places, x, kind, include_self) {
        return Err(Error::no_kernel(kernel, dtype));
    }
    let (name, op) = match places.is_vector {
        true => ("index_reduce", IndexReduce::OPERATOR),
        false => ("scatter_reduce", ScatterReduce::OPERATOR),
    };
    let ins = [Operand::Tensor(x), Operand::Tensor(src), Operand::Tensor(places.index)];
    let wants = mode::is_grad_enabled() && (wants_gradient(x) || wants_gradient(src));
    if wants && dtype.is_complex() && !matches!(target, Target::InPlace) {
        return Err(Error::runtime(format!(
            "{name} does not support automatic differentiation for outputs with complex dtype."
        )));
    }
    let params = Params { flag: include_self, ..Params::ints([places.dim, kind as i64, places.is_vector as i64, 0]) };
    Putting { name, op, variant: 0, ins: &ins, params, keeps_order: false, fits: SAME }.to(
        target,
        |out, ins, careful| {
            let (src, index) = (ins[1].tensor().unwrap_or(src), ins[2].tensor().unwrap_or(places.index));
            let places = Places { index, ..places };
            if !out.dtype().is_half() {
                return join(places, out, src, kind, include_self, careful);
            }
            // Rounded once, at the end.
            let (wide, src) = (copy::unrecorded(out, DType::Float32)?, copy::unrecorded(src, DType::Float32)?);
            join(places, &wide, &src, kind, include_self, careful)?;
            copy::assign(out, &wide)
        },
    )
}

/// The kernel that torch has not for the type, if it has not.
fn refused(places: Places<'_>, x: &Tensor, kind: Kind, include_self: bool) -> Option<&'static str> {
    let (is_bool, is_complex) = (x.dtype() == DType::Bool, x.dtype().is_complex());
    if !(is_bool || is_complex) || places.is_empty() {
        return None;
    }
    if places.is_vector {
        return match kind {
            _ if !include_self => Some("index_reduce_func_exclude_input_init"),
            _ if x.ndim() < 2 => Some("index_func_"),
            Kind::Mean if is_bool => Some("div_floor_cpu"),
            Kind::Amax if is_complex => Some("maximum_cpu"),
            Kind::Amin if is_complex => Some("minimum_cpu"),
            _ => None,
        };
    }
    match kind {
        Kind::Mean if is_bool => Some("scatter_gather_tensor_cpu_reduce_mean"),
        Kind::Amax if is_complex => Some("scatter_gather_tensor_cpu_reduce_amax"),
        Kind::Amin if is_complex => Some("scatter_gather_tensor_cpu_reduce_amin"),
        _ => None,
    }
}

/// Joins over `out`. Nothing is recorded.
fn join(places: Places<'_>, out: &Tensor, src: &Tensor, kind: Kind, include_self: bool, careful: bool) -> Result<()> {
    let mut careful = careful;
    if !include_self {
        places.join(out, Source::Element(&kind.neutral(out.dtype())?), Fold::Copy, careful)?;
        careful = false;
    }
    places.join(out, Source::Tensor(src), kind.fold(), careful)?;
    if kind != Kind::Mean {
        return Ok(());
    }
    let _off = GradMode::new(false);
    let count = Tensor::full(&out.geometry().shape, Scalar::Int(include_self as i64), out.dtype())?;
    places.join(&count, Source::Element(&Tensor::full(&[], Scalar::Int(1), out.dtype())?), Fold::Add, false)?;
    let count = at_least_one(&count)?;
    if !out.dtype().is_integral() {
        return copy::assign(out, &binary(Div::OPERATOR, Div::ROW, out, Operand::Tensor(&count))?);
    }
    let (mut sums, counts) = (out.to_vec::<i64>()?, count.to_vec::<i64>()?);
    for (sum, n) in sums.iter_mut().zip(counts) {
        // Rounded down. A count that wrapped to something below 1 divides by 1.
        *sum = sum.div_euclid(n.max(1));
    }
    copy::assign(out, &Tensor::from_slice(&sums, &out.sizes()?)?)
}

/// A count with 1 for each 0.
fn at_least_one(count: &Tensor) -> Result<Tensor> {
    let none = binary(Eq::OPERATOR, Eq::ROW, count, Operand::Number(Scalar::Int(0)))?;
    masked(count, &none, ONE)
}

const ONE: Operand<'static> = Operand::Number(Scalar::Int(1));

fn scatter_reduce(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (x, index, src) = (tensor(args, 0)?, tensor(args, 2)?, tensor(args, 3)?);
    let text = args.get(4).and_then(Arg::text).unwrap_or_default();
    begin(target, &[x, src])?;
    let dim = shape::wrap_dim(args[1].int(0), x.ndim())?;
    check_scatter(x, dim, index, Some(src))?;
    apart(target, x, &[index, src])?;
    let kind = Kind::of(text).ok_or_else(|| {
        Error::runtime(format!("reduce argument must be either sum, prod, mean, amax or amin, got {text}"))
    })?;
    let places = Places { is_vector: false, dim: dim as i64, index };
    reduced(places, x, src, kind, included(args), target).map(Output::One)
}

fn included(args: &[Arg<'_>]) -> bool {
    matches!(args.get(5), None | Some(Arg::None)) || flag(args, 5)
}

static BETA: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

fn index_reduce(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let (x, index, source) = (tensor(args, 0)?, tensor(args, 2)?, tensor(args, 3)?);
    let text = args.get(4).and_then(Arg::text).unwrap_or_default();
    begin(target, &[x, source])?;
    let kind = Kind::of(text).filter(|&kind| kind != Kind::Sum).ok_or_else(|| {
        Error::runtime(format!("index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {text}."))
    })?;
    let dim = shape::wrap_dim(args[1].int(0), x.ndim())?;
    check_parts("index_reduce", x, dim, index, source)?;
    apart(target, x, &[index, source])?;
    copy::warn_once(&BETA, "index_reduce() is in beta and the API may change at any time.")?;
    let places = Places { is_vector: true, dim: dim as i64, index };
    reduced(places, x, source, kind, included(args), target).map(Output::One)
}

fn equal(a: &Tensor, b: Operand<'_>) -> Result<Tensor> {
    binary(Eq::OPERATOR, Eq::ROW, a, b)
}

/// An application, as its rule sees it again.
struct Again<'a> {
    places: Places<'a>,
    kind: Kind,
    include_self: bool,
    x: &'a Tensor,
    src: &'a Tensor,
    result: &'a Tensor,
}

impl Again<'_> {
    /// What the cotangent `g` owes to the tensor and to the source, where each wants it.
    fn bars(&self, g: &Tensor, wants: [bool; 2]) -> Result<[Option<Tensor>; 2]> {
        let Again { places, kind, include_self, x, src, .. } = self;
        let mut bars = match kind {
            Kind::Sum => [wants[0].then(|| g.clone()), wants[1].then(|| places.gather(g)).transpose()?],
            Kind::Prod => self.of_products(g, wants)?,
            Kind::Mean => {
                let n = Tensor::full(&g.geometry().shape, Scalar::Int(*include_self as i64), g.dtype())?;
                let ones = Tensor::full(&src.geometry().shape, Scalar::Int(1), g.dtype())?;
                let n = at_least_one(&places.add(&n, &ones)?)?;
                let of_src = || quotient(&places.gather(g)?, &places.gather(&n)?);
                [wants[0].then(|| quotient(g, &n)).transpose()?, wants[1].then(of_src).transpose()?]
            }
            Kind::Amax | Kind::Amin => {
                let at = places.gather(self.result)?;
                let mine = copy::to(&equal(x, Operand::Tensor(self.result))?, x.dtype())?;
                let theirs = copy::to(&equal(src, Operand::Tensor(&at))?, x.dtype())?;
                // Shared among all that are the extreme.
                let shared = quotient(g, &places.add(&mine, &theirs)?)?;
                let of_src = || times(&theirs, &places.gather(&shared)?);
                [wants[0].then(|| times(&mine, &shared)).transpose()?, wants[1].then(of_src).transpose()?]
            }
        };
        if let (false, Some(x_bar)) = (include_self, &bars[0]) {
            bars[0] = Some(places.clear(x_bar)?);
        }
        Ok(bars)
    }

    fn of_products(&self, g: &Tensor, wants: [bool; 2]) -> Result<[Option<Tensor>; 2]> {
        let Again { places, kind, include_self, x, src, result } = self;
        let zero = Operand::Number(Scalar::Int(0));
        let mut bars = [None, None];
        if wants[0] {
            let own = masked(x, &equal(x, zero)?, ONE)?;
            let others = places.reduce(&own, src, *kind, *include_self)?;
            bars[0] = Some(quotient(&times(g, &conj(others)?)?, &conj(own)?)?);
        }
        if wants[1] {
            let none = equal(src, zero)?;
            let zeros = Tensor::full(&x.geometry().shape, Scalar::Int(0), x.dtype())?;
            let count = places.gather(&places.add(&zeros, &copy::to(&none, x.dtype())?)?)?;
            let single = equal(&count, ONE)?;
            let alone = binary(And::OPERATOR, And::ROW, &none, Operand::Tensor(&single))?;
            let without = places.reduce(x, &masked(src, &alone, ONE)?, *kind, *include_self)?;
            let at_zero = places.gather(&times(g, &conj(without)?)?)?;
            let whole = places.gather(&times(g, &conj((*result).clone())?)?)?;
            let rest = quotient(&whole, &conj(masked(src, &none, ONE)?)?)?;
            let operands = [&alone, &at_zero, &rest].map(Operand::Tensor);
            let v_bar = where_operands(operands[0], operands[1], operands[2], Target::Fresh)?;
            bars[1] = Some(if mode::is_grad_enabled() { self.delayed(&count, v_bar)? } else { v_bar });
        }
        Ok(bars)
    }

    /// The source's gradient, which cannot be differentiated where several zeros went to one place.
    fn delayed(&self, count: &Tensor, v_bar: Tensor) -> Result<Tensor> {
        let count = if count.dtype().is_complex() { count.real()? } else { count.clone() };
        let several = binary(Gt::OPERATOR, Gt::ROW, &count, ONE)?;
        if several.read(count_true)? == 0 {
            return Ok(v_bar);
        }
        let out = copy::duplicate(&v_bar)?;
        let params = Some(Params { flag: self.places.is_vector, ..Params::ints([0; 4]) });
        let ins = [Operand::Tensor(&v_bar)];
        Application { op: Delayed::OPERATOR, variant: 0, ins: &ins, outs: &[&out], differentiable: 1, params }
            .finish()?;
        Ok(out)
    }
}

fn reduce_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let params = vjp.params()?;
    let is_vector = vjp.op.number == IndexReduce::OPERATOR.number;
    let (x, src, index) = (vjp.saved_tensor(0)?, vjp.saved_tensor(1)?, vjp.saved_tensor(2)?);
    let wants = [vjp.wants(0), vjp.wants(1)];
    let kind = Kind::ALL[params.ints[1] as usize].1;
    // Other kinds compare the source with what is gathered, and so may spread that.
    let gathers = !is_vector && matches!(kind, Kind::Sum | Kind::Mean);
    if gathers && wants[1] && index.numel() != 0 && *src.geometry().shape != *index.geometry().shape {
        let (got, wanted) = (index.sizes()?, src.sizes()?);
        return Err(wrong_gradient("ScatterReduceBackward0", 1, &got, &wanted));
    }
    if index.numel() == 0 {
        return vjp.add(0, vjp.g()?.clone());
    }
    let again = Again {
        places: Places { is_vector, dim: params.ints[0], index: &index },
        kind,
        include_self: params.flag,
        x: &x,
        src: &src,
        result: &vjp.saved_tensor(RESULT)?,
    };
    let [x_bar, v_bar] = again.bars(vjp.g()?, wants)?;
    if let Some(x_bar) = x_bar {
        vjp.add(0, x_bar)?;
    }
    match v_bar {
        Some(v_bar) => vjp.add(1, v_bar),
        None => Ok(()),
    }
}

fn reduce_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    let Some(params) = jvp.params else { return Ok(()) };
    let (x, src, index) = (jvp.primal(0)?, jvp.primal(1)?, jvp.primal(2)?);
    let places = Places { is_vector: params.ints[2] == 1, dim: params.ints[0], index };
    let (out, src) = (jvp.outs[0], &places.read_of(src)?);
    let again =
        Again { places, kind: Kind::ALL[params.ints[1] as usize].1, include_self: params.flag, x, src, result: out };
    let ones = Tensor::full(&out.geometry().shape, Scalar::Int(1), out.dtype())?;
    // The slopes are cotangents: conjugated, they say what a step changes.
    let [own, theirs] = again.bars(&ones, [true, true])?;
    let mut y_dot = match (jvp.x_dot(0), own) {
        (Some(x_dot), Some(own)) => times(&conj(own)?, x_dot)?,
        _ => copy::zeros_like(out)?,
    };
    if let (Some(v_dot), Some(theirs)) = (jvp.x_dot(1), theirs) {
        let terms = times(&conj(theirs)?, &places.read_of(v_dot)?)?;
        y_dot = places.add(&y_dot, &terms)?;
    }
    jvp.set(0, y_dot)
}

fn delayed_vjp(vjp: &mut Vjp<'_>) -> Result<()> {
    let (name, what) = if vjp.params()?.flag { ("index_reduce", "source") } else { ("scatter_reduce", "src") };
    Err(Error::runtime(format!(
        "{name}(): Double backward is unsupported for {what} when >1 zeros in {what} are scattered to the same position in self"
    )))
}

fn delayed_jvp(jvp: &mut Jvp<'_>) -> Result<()> {
    jvp.linear(0, |x_dot, _| Ok(x_dot.clone()))
}
