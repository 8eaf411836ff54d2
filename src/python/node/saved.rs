//! What a node saved, under torch's names: `_saved_self`, `_saved_result`, `_saved_dim`.

use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::ops::elements::pointwise::{Cube, Inverse, Root, RootUnder, SquareUnder};
use crate::ops::products::added::factors;
use crate::ops::row::{Body, RESULT};
use crate::ops::saved::{SavedValue, unpack};
use crate::ops::table;
use crate::python::ffi::handles::to_python;
use crate::shape::Dims;
use crate::tape::node::Params;
use crate::tape::{Edge, Node, Ref, Saved};
use crate::tensor::Tensor;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyComplex, PyFloat, PyInt, PyTuple};

/// What an attribute shows.
#[derive(Clone, Copy)]
pub enum Part {
    /// The saved value of an operand (or [`RESULT`]) as a tensor.
    Tensor(u8),
    /// The saved value of an operand as a number, or this one where the row saves none.
    Number(u8, i64),
    /// The saved value of an operand: a tensor, a number, or None for what is not saved or infinite (a bound that is none).
    Optional(u8),
    /// The first input's shape.
    Sizes,
    /// The first input's number of elements.
    Numel,
    /// The dimensions in the parameters' bits.
    Mask,
    /// The parameters' list.
    Dims,
    /// The parameters' second list.
    More,
    /// One of the parameters' numbers.
    Int(u8),
    /// The parameters' switch.
    Flag,
    /// The opposite of the parameters' switch.
    Unset,
    /// One of the factors of a sum of products: beta, alpha.
    Factor(u8),
    /// The number that a power was raised to.
    Exponent,
    /// A number of the parameters, where another of them is not 0; else None.
    IntIf(u8, u8),
    /// The dimensions in the parameters' bits, where a number of theirs is not 0; else None.
    MaskIf(u8),
    /// The dimensions in the parameters' bits, where a number of theirs is not 0; else no dimension.
    MaskOr(u8),
    /// The number whose bits a parameter holds: whole where another is not 0, else a float.
    Bits(u8, u8),
    /// Output `i`, of those that the node saved.
    Result(u8),
    /// The saved values from an operand on, as a tuple.
    Rest(u8),
}

use Part::{
    Bits, Dims as List, Exponent, Factor, Flag, Int, IntIf, Mask, MaskIf, MaskOr, More, Number, Numel, Optional, Rest,
    Sizes, Tensor as T, Unset,
};

/// The attributes of the nodes of one name: those that stand here, or what a pointwise row of one operand reads.
pub fn attributes(name: &str) -> Vec<(&'static str, Part)> {
    if let Some((_, own)) = NAMED.iter().find(|(names, _)| names.contains(&name)) {
        return own.to_vec();
    }
    let row = table::operators().find(|op| op.grad_names.contains(&name));
    match row.map(|op| (&op.body, op.reads)) {
        Some((Body::Pointwise(_), &[reads])) => [("_saved_self", 0), ("_saved_result", RESULT)]
            .into_iter()
            .filter(|(_, i)| reads >> i & 1 != 0)
            .map(|(attribute, i)| (attribute, T(i)))
            .collect(),
        _ => Vec::new(),
    }
}

type Attributes = &'static [(&'static str, Part)];

/// What a row does not say: the attributes of nodes of these names.
const NAMED: &[(&[&str], Attributes)] = &[
    (&["AddBackward0", "SubBackward0", "RsubBackward0", "RsubBackward1"], &[("_saved_alpha", Number(2, 1))]),
    (
        &[
            "Atan2Backward0",
            "MulBackward0",
            "DivBackward0",
            "MaximumBackward0",
            "MinimumBackward0",
            "FmaxBackward0",
            "FminBackward0",
            "RemainderBackward1",
            "FmodBackward1",
        ],
        &[("_saved_self", T(0)), ("_saved_other", T(1))],
    ),
    (
        &["ClampBackward0", "ClampBackward1"],
        &[("_saved_self", T(0)), ("_saved_min", Optional(1)), ("_saved_max", Optional(2))],
    ),
    (&["ClampMinBackward0", "ClampMinBackward1"], &[("_saved_self", T(0)), ("_saved_min", Optional(1))]),
    (&["ClampMaxBackward0", "ClampMaxBackward1"], &[("_saved_self", T(0)), ("_saved_max", Optional(1))]),
    (&["LerpBackward0"], &[("_saved_weight", Number(2, 0))]),
    (&["LerpBackward1"], &[("_saved_self", T(0)), ("_saved_end", T(1)), ("_saved_weight", T(2))]),
    (
        &["AddcmulBackward0", "AddcdivBackward0"],
        &[("_saved_tensor1", T(1)), ("_saved_tensor2", T(2)), ("_saved_value", Number(3, 1))],
    ),
    (&["HypotBackward0"], &[("_saved_self", T(0)), ("_saved_other", T(1)), ("_saved_result", T(RESULT))]),
    (
        &["LogaddexpBackward0", "Logaddexp2Backward0", "XlogyBackward0", "NextafterBackward0"],
        &[("_saved_self", T(0)), ("_saved_other", T(1))],
    ),
    (&["XlogyBackward1"], &[("_saved_self", Number(0, 0)), ("_saved_other", T(1))]),
    (&["XlogyBackward2"], &[("_saved_self", T(0)), ("_saved_other", Number(1, 0))]),
    (
        &["CopysignBackward0", "CopysignBackward1", "SgnBackward0"],
        &[("_saved_self", T(0)), ("_saved_result", T(RESULT))],
    ),
    (&["NanToNumBackward0", "AngleBackward0"], &[("_saved_self", T(0))]),
    (&["ThresholdBackward0"], &[("_saved_self", T(0)), ("_saved_threshold", Number(1, 0))]),
    (&["LogitBackward0"], &[("_saved_self", T(0)), ("_saved_eps", Optional(1))]),
    (&["LdexpBackward0"], &[("_saved_other", T(1)), ("_saved_result", T(RESULT))]),
    (&["FrexpBackward0"], &[("_saved_exponent", T(1))]),
    (&["PowBackward0"], &[("_saved_self", T(0)), ("_saved_exponent", Exponent)]),
    (&["PowBackward1"], &[("_saved_self", T(0)), ("_saved_exponent", T(1)), ("_saved_result", T(RESULT))]),
    (&["PowBackward2"], &[("_saved_self", Number(0, 0)), ("_saved_exponent", T(1)), ("_saved_result", T(RESULT))]),
    (&["WhereBackward0"], &[("_saved_condition", T(0))]),
    (
        &[
            "SumBackward0",
            "ExpandBackward0",
            "ViewBackward0",
            "UnsafeViewBackward0",
            "SqueezeBackward0",
            "SqueezeBackward1",
            "SqueezeBackward2",
        ],
        &[("_saved_self_sym_sizes", Sizes)],
    ),
    (&["SumBackward1"], &[("_saved_dim", Mask), ("_saved_keepdim", Flag), ("_saved_self_sym_sizes", Sizes)]),
    (&["MeanBackward0"], &[("_saved_self_sym_numel", Numel), ("_saved_self_sym_sizes", Sizes)]),
    (
        &["MeanBackward1"],
        &[
            ("_saved_dim", Mask),
            ("_saved_keepdim", Flag),
            ("_saved_self_sym_numel", Numel),
            ("_saved_self_sym_sizes", Sizes),
        ],
    ),
    (
        &["AmaxBackward0", "AminBackward0"],
        &[("_saved_dim", MaskOr(2)), ("_saved_keepdim", Flag), ("_saved_result", T(RESULT)), ("_saved_self", T(0))],
    ),
    (
        &["LogsumexpBackward0"],
        &[("_saved_dim", Mask), ("_saved_keepdim", Flag), ("_saved_result", T(RESULT)), ("_saved_self", T(0))],
    ),
    (
        &["AminmaxBackward0"],
        &[
            ("_saved_dim", IntIf(1, 2)),
            ("_saved_keepdim", Flag),
            ("_saved_max", Part::Result(1)),
            ("_saved_min", T(RESULT)),
            ("_saved_self", T(0)),
        ],
    ),
    (&["ProdBackward0"], &[("_saved_result", T(RESULT)), ("_saved_self", T(0))]),
    (
        &["ProdBackward1"],
        &[("_saved_dim", Int(1)), ("_saved_keepdim", Flag), ("_saved_result", T(RESULT)), ("_saved_self", T(0))],
    ),
    (&["NansumBackward0"], &[("_saved_dim", MaskIf(1)), ("_saved_keepdim", Flag), ("_saved_self", T(0))]),
    (
        &["VarBackward0", "VarMeanBackward0"],
        &[
            ("_saved_correction", Bits(2, 3)),
            ("_saved_dim", MaskIf(1)),
            ("_saved_keepdim", Flag),
            ("_saved_self", T(0)),
        ],
    ),
    (
        &["StdBackward0"],
        &[
            ("_saved_correction", Bits(2, 3)),
            ("_saved_dim", MaskIf(1)),
            ("_saved_keepdim", Flag),
            ("_saved_result", T(RESULT)),
            ("_saved_self", T(0)),
        ],
    ),
    (
        &["StdMeanBackward0"],
        &[
            ("_saved_correction", Bits(2, 3)),
            ("_saved_dim", MaskIf(1)),
            ("_saved_keepdim", Flag),
            ("_saved_result0", T(RESULT)),
            ("_saved_self", T(0)),
        ],
    ),
    (
        &["DistBackward0"],
        &[("_saved_other", T(1)), ("_saved_p", Bits(0, 1)), ("_saved_result", T(RESULT)), ("_saved_self", T(0))],
    ),
    (&["SoftmaxBackward0", "LogSoftmaxBackward0"], &[("_saved_dim", Int(0)), ("_saved_result", T(RESULT))]),
    (
        &["SoftmaxBackwardDataBackward0", "LogSoftmaxBackwardDataBackward0"],
        &[("_saved_dim", Int(0)), ("_saved_grad_output", T(0)), ("_saved_output", T(1))],
    ),
    (
        &["MaxBackward0", "MinBackward0"],
        &[
            ("_saved_dim", Int(1)),
            ("_saved_indices", T(RESULT)),
            ("_saved_keepdim", Flag),
            ("_saved_self_sym_sizes", Sizes),
        ],
    ),
    (&["MaxBackward1", "MinBackward1"], &[("_saved_self", T(0)), ("_saved_result", T(RESULT))]),
    (
        &["LinalgVectorNormBackward0"],
        &[
            ("_saved_dim", MaskIf(1)),
            ("_saved_keepdim", Flag),
            ("_saved_ord", Bits(2, 3)),
            ("_saved_result", T(RESULT)),
            ("_saved_self", T(0)),
        ],
    ),
    (&["CumsumBackward0", "CatBackward0"], &[("_saved_dim", Int(0))]),
    (&["CummaxBackward0", "CumminBackward0"], &[("_saved_dim", Int(0)), ("_saved_indices", T(RESULT))]),
    (
        &["CumprodBackward0", "LogcumsumexpBackward0"],
        &[("_saved_dim", Int(0)), ("_saved_result", T(RESULT)), ("_saved_self", T(0))],
    ),
    (
        &["SortBackward0", "SortBackward1", "TopkBackward0"],
        &[("_saved_dim", Int(0)), ("_saved_indices", T(RESULT)), ("_saved_self_sym_sizes", Sizes)],
    ),
    (
        &["MedianBackward1", "NanmedianBackward1", "KthvalueBackward0", "ModeBackward0"],
        &[
            ("_saved_dim", Int(0)),
            ("_saved_indices", T(RESULT)),
            ("_saved_keepdim", Unset),
            ("_saved_self_sym_sizes", Sizes),
        ],
    ),
    (&["MedianBackward0", "NanmedianBackward0"], &[("_saved_result", T(RESULT)), ("_saved_self", T(0))]),
    (&["FlipBackward0"], &[("_saved_dims", Mask)]),
    (&["RollBackward0"], &[("_saved_dims", More), ("_saved_shifts", List)]),
    (&["RepeatBackward0"], &[("_saved_repeats", List), ("_saved_self_sym_sizes", Sizes)]),
    (&["TrilBackward0", "TriuBackward0"], &[("_saved_diagonal", Int(0))]),
    (&["TraceBackward0"], &[("_saved_self_sym_sizes", Sizes)]),
    (
        &["DiagonalBackward0"],
        &[
            ("_saved_dim1", Int(1)),
            ("_saved_dim2", Int(2)),
            ("_saved_offset", Int(0)),
            ("_saved_self_sym_sizes", Sizes),
        ],
    ),
    (&["DiagEmbedBackward0"], &[("_saved_dim1", Int(1)), ("_saved_dim2", Int(2)), ("_saved_offset", Int(0))]),
    (
        &["UnfoldBackward0"],
        &[
            ("_saved_dimension", Int(0)),
            ("_saved_self_sym_sizes", Sizes),
            ("_saved_size", Int(1)),
            ("_saved_step", Int(2)),
        ],
    ),
    (&["MmBackward0", "BmmBackward0"], &[("_saved_self", T(0)), ("_saved_mat2", T(1))]),
    (
        &["AddmmBackward0"],
        &[("_saved_alpha", Factor(1)), ("_saved_beta", Factor(0)), ("_saved_mat1", T(1)), ("_saved_mat2", T(2))],
    ),
    (
        &["AddmvBackward0"],
        &[("_saved_alpha", Factor(1)), ("_saved_beta", Factor(0)), ("_saved_mat", T(1)), ("_saved_vec", T(2))],
    ),
    (
        &["AddrBackward0"],
        &[("_saved_alpha", Factor(1)), ("_saved_beta", Factor(0)), ("_saved_vec1", T(1)), ("_saved_vec2", T(2))],
    ),
    (
        &["BaddbmmBackward0", "AddbmmBackward0"],
        &[("_saved_alpha", Factor(1)), ("_saved_batch1", T(1)), ("_saved_batch2", T(2)), ("_saved_beta", Factor(0))],
    ),
    (&["VdotBackward0"], &[("_saved_self", T(0)), ("_saved_other", T(1))]),
    (&["LinalgCrossBackward0"], &[("_saved_dim", Int(0)), ("_saved_self", T(0)), ("_saved_other", T(1))]),
    (&["MvBackward0"], &[("_saved_self", T(0)), ("_saved_vec", T(1))]),
    (&["DotBackward0"], &[("_saved_self", T(0)), ("_saved_tensor", T(1))]),
    (&["PermuteBackward0"], &[("_saved_dims", List)]),
    (&["UnsqueezeBackward0", "UnbindBackward0", "StackBackward0"], &[("_saved_dim", Int(0))]),
    (&["SelectBackward0"], &[("_saved_dim", Int(0)), ("_saved_index", Int(1)), ("_saved_self_sym_sizes", Sizes)]),
    (
        &["SliceBackward0"],
        &[
            ("_saved_dim", Int(0)),
            ("_saved_start", Int(1)),
            ("_saved_end", Int(2)),
            ("_saved_step", Int(3)),
            ("_saved_self_sym_sizes", Sizes),
        ],
    ),
    (&["AsStridedBackward0"], &[("_saved_size", List), ("_saved_stride", More), ("_saved_storage_offset", Int(0))]),
    (&["IndexBackward0"], &[("_saved_indices", Rest(1)), ("_saved_self_sym_sizes", Sizes)]),
    (&["IndexPutBackward0"], &[("_saved_accumulate", Flag), ("_saved_indices", Rest(2))]),
    (
        &["GatherBackward0"],
        &[
            ("_saved_dim", Int(0)),
            ("_saved_index", T(1)),
            ("_saved_self_sym_sizes", Sizes),
            ("_saved_sparse_grad", Flag),
        ],
    ),
    (
        &[
            "ScatterBackward0",
            "ScatterBackward1",
            "ScatterAddBackward0",
            "IndexFillBackward0",
            "IndexFillBackward1",
            "IndexCopyBackward0",
        ],
        &[("_saved_dim", Int(0)), ("_saved_index", T(2))],
    ),
    (&["IndexAddBackward0"], &[("_saved_alpha", Number(3, 1)), ("_saved_dim", Int(0)), ("_saved_index", T(2))]),
    (&["IndexSelectBackward0"], &[("_saved_dim", Int(0)), ("_saved_index", T(1)), ("_saved_self_sym_sizes", Sizes)]),
    (
        &["ScatterReduceBackward0"],
        &[
            ("_saved_dim", Int(0)),
            ("_saved_include_self", Flag),
            ("_saved_index", T(2)),
            ("_saved_result", T(RESULT)),
            ("_saved_self", T(0)),
            ("_saved_src", T(1)),
        ],
    ),
    (
        &["IndexReduceBackward0"],
        &[
            ("_saved_dim", Int(0)),
            ("_saved_include_self", Flag),
            ("_saved_index", T(2)),
            ("_saved_result", T(RESULT)),
            ("_saved_self", T(0)),
            ("_saved_source", T(1)),
        ],
    ),
    (&["TakeBackward0"], &[("_saved_index", T(1))]),
    (&["PutBackward0"], &[("_saved_accumulate", Flag), ("_saved_index", T(2))]),
    (&["MaskedSelectBackward0"], &[("_saved_mask", T(1))]),
    (&["MaskedScatterBackward0"], &[("_saved_mask", T(2))]),
    (&["MaskedFillBackward0", "MaskedFillBackward1"], &[("_saved_mask", T(2))]),
];

/// What an attribute of `node` shows; None where the node did not need it.
///
/// # Errors
/// torch's, where a sweep has freed it or somebody has written over it since.
pub fn read<'py>(py: Python<'py>, node: &Ref<Node>, part: Part) -> PyResult<Bound<'py, PyAny>> {
    let none = || Ok(py.None().into_bound(py));
    let params = || node.params.get();
    match part {
        Part::Tensor(i) => match saved(node, i)? {
            Some(SavedValue::Tensor(t)) => Ok(to_python(py, t)?),
            Some(SavedValue::Number(s)) => Ok(to_python(py, wrapped(s)?)?),
            None => none(),
        },
        Number(i, usual) => match saved(node, i)? {
            Some(SavedValue::Number(s)) => number(py, s),
            Some(SavedValue::Tensor(t)) => Ok(to_python(py, t)?),
            None => Ok(PyInt::new(py, usual).into_any()),
        },
        Optional(i) => match saved(node, i)? {
            Some(SavedValue::Tensor(t)) => Ok(to_python(py, t)?),
            Some(SavedValue::Number(s)) if s.to_f64().is_finite() => number(py, s),
            _ => none(),
        },
        Rest(_) if node.freed.get() => Err(Error::second_time().into()),
        Rest(first) => {
            let count = node.saved.borrow().len();
            let values: PyResult<Vec<_>> =
                (first as usize..count).map(|i| read(py, node, Part::Tensor(i as u8))).collect();
            Ok(PyTuple::new(py, values?)?.into_any())
        }
        Sizes => match input_shape(node)? {
            Some(shape) => Ok(PyTuple::new(py, shape.iter())?.into_any()),
            None => none(),
        },
        Numel => match input_shape(node)? {
            Some(shape) => Ok(PyInt::new(py, shape.iter().product::<i64>()).into_any()),
            None => none(),
        },
        Mask => {
            let bits = params().map_or(0, |p| p.ints[0]);
            Ok(PyTuple::new(py, (0..64).filter(|i| bits >> i & 1 != 0).collect::<Vec<i64>>())?.into_any())
        }
        Part::Dims => list(py, params().as_deref(), |p| &p.dims),
        More => list(py, params().as_deref(), |p| &p.more),
        Int(i) => Ok(PyInt::new(py, params().map_or(0, |p| p.ints[i as usize])).into_any()),
        IntIf(i, given) => match params().filter(|p| p.ints[given as usize] != 0) {
            Some(p) => Ok(PyInt::new(py, p.ints[i as usize]).into_any()),
            None => none(),
        },
        MaskIf(given) => match params().filter(|p| p.ints[given as usize] != 0) {
            Some(_) => read(py, node, Mask),
            None => none(),
        },
        MaskOr(given) => match params().filter(|p| p.ints[given as usize] != 0) {
            Some(_) => read(py, node, Mask),
            None => Ok(PyTuple::empty(py).into_any()),
        },
        Bits(i, whole) => match params() {
            Some(p) if p.ints[whole as usize] != 0 => number(py, Scalar::Int(p.ints[i as usize])),
            Some(p) => number(py, Scalar::Float(f64::from_bits(p.ints[i as usize] as u64))),
            None => none(),
        },
        // Saved outputs come after the saved inputs.
        Part::Result(i) => read(py, node, Part::Tensor(node.edges.len() as u8 + i)),
        Flag => Ok(PyBool::new(py, params().is_some_and(|p| p.flag)).to_owned().into_any()),
        Unset => Ok(PyBool::new(py, !params().is_some_and(|p| p.flag)).to_owned().into_any()),
        Factor(i) => number(py, params().map_or(Scalar::Int(1), |p| whole(factors(&p)[i as usize]))),
        Exponent => match saved(node, 1)? {
            Some(SavedValue::Tensor(t)) => Ok(to_python(py, t)?),
            Some(SavedValue::Number(s)) => number(py, s),
            None => number(py, fixed_exponent(node.op)),
        },
    }
}

/// A number that may have been whole when it was given, as one.
fn whole(s: Scalar) -> Scalar {
    match s {
        Scalar::Float(x) if x.fract() == 0.0 && x.abs() < 9e15 => Scalar::Int(x as i64),
        other => other,
    }
}

/// The exponent of a row that has one of its own.
fn fixed_exponent(op: u16) -> Scalar {
    const FIXED: [(u16, Scalar); 5] = [
        (Cube::OPERATOR.number, Scalar::Int(3)),
        (Root::OPERATOR.number, Scalar::Float(0.5)),
        (RootUnder::OPERATOR.number, Scalar::Float(-0.5)),
        (Inverse::OPERATOR.number, Scalar::Int(-1)),
        (SquareUnder::OPERATOR.number, Scalar::Int(-2)),
    ];
    FIXED.into_iter().find(|(of, _)| *of == op).map_or(Scalar::Int(2), |(_, exponent)| exponent)
}

fn list<'py>(py: Python<'py>, params: Option<&Params>, of: fn(&Params) -> &Dims) -> PyResult<Bound<'py, PyAny>> {
    let numbers: &[i64] = params.map_or(&[], |p| of(p));
    Ok(PyTuple::new(py, numbers)?.into_any())
}

fn saved(node: &Ref<Node>, i: u8) -> Result<Option<SavedValue>> {
    if node.freed.get() {
        return if was_saved(node, i) { Err(Error::second_time()) } else { Ok(None) };
    }
    let i = if i == RESULT { node.edges.len() } else { i as usize };
    match node.saved.borrow().get(i) {
        None | Some(Saved::Nothing) => Ok(None),
        Some(saved) => unpack(saved, node).map(Some),
    }
}

/// Whether the node saved the value of operand `i` (or [`RESULT`]), which it may have been freed of since.
fn was_saved(node: &Node, i: u8) -> bool {
    let reads = table::operator(node.op).map_or(&[][..], |op| op.reads);
    reads.iter().zip(node.edges.iter()).any(|(reads, edge)| edge.is_some() && reads >> i & 1 != 0)
}

fn input_shape(node: &Node) -> Result<Option<Dims>> {
    Ok(node.edges.get(0).map_or(Ok(None), Edge::own_meta)?.map(|(_, shape)| shape))
}

/// A number operand as torch saves it: a tensor without dimensions.
fn wrapped(s: Scalar) -> Result<Tensor> {
    let dtype = match s {
        Scalar::Bool(_) => DType::Bool,
        Scalar::Int(_) => DType::Int64,
        Scalar::Float(_) => DType::Float64,
        Scalar::Complex(..) => DType::Complex128,
    };
    Tensor::converted(&[], s, dtype)
}

fn number(py: Python<'_>, s: Scalar) -> PyResult<Bound<'_, PyAny>> {
    Ok(match s {
        Scalar::Bool(b) => PyBool::new(py, b).to_owned().into_any(),
        Scalar::Int(i) => PyInt::new(py, i).into_any(),
        Scalar::Float(x) => PyFloat::new(py, x).into_any(),
        Scalar::Complex(re, im) => PyComplex::from_doubles(py, re, im).into_any(),
    })
}
