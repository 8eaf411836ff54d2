//! What a node saved, under torch's names: `_saved_self`, `_saved_result`, `_saved_dim`.

use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::ops::adjoint::{SavedValue, unpack};
use crate::ops::row::{Body, RESULT};
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
    /// The saved values from an operand on, as a tuple.
    Rest(u8),
}

use Part::{Dims as List, Flag, Int, Mask, More, Number, Numel, Rest, Sizes, Tensor as T};

/// The attributes of the nodes of one name: those that stand here, or what a pointwise row of one operand reads.
pub fn attributes(name: &str) -> Vec<(&'static str, Part)> {
    let own = named(name);
    if !own.is_empty() {
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

fn named(name: &str) -> &'static [(&'static str, Part)] {
    match name {
        "AddBackward0" | "SubBackward0" => &[("_saved_alpha", Number(2, 1))],
        "RsubBackward1" => &[("_saved_alpha", Number(2, 1))],
        "Atan2Backward0" | "MulBackward0" | "DivBackward0" | "MaximumBackward0" | "MinimumBackward0"
        | "FmaxBackward0" | "FminBackward0" | "RemainderBackward1" | "FmodBackward1" => {
            &[("_saved_self", T(0)), ("_saved_other", T(1))]
        }
        "PowBackward0" => &[("_saved_self", T(0)), ("_saved_exponent", Number(1, 2))],
        "PowBackward1" => &[("_saved_self", T(0)), ("_saved_exponent", T(1)), ("_saved_result", T(RESULT))],
        "PowBackward2" => &[("_saved_self", Number(0, 0)), ("_saved_exponent", T(1)), ("_saved_result", T(RESULT))],
        "WhereBackward0" => &[("_saved_condition", T(0))],
        "SumBackward0"
        | "ExpandBackward0"
        | "ViewBackward0"
        | "UnsafeViewBackward0"
        | "SqueezeBackward0"
        | "SqueezeBackward1"
        | "SqueezeBackward2" => &[("_saved_self_sym_sizes", Sizes)],
        "SumBackward1" => &[("_saved_dim", Mask), ("_saved_keepdim", Flag), ("_saved_self_sym_sizes", Sizes)],
        "MeanBackward0" => &[("_saved_self_sym_numel", Numel), ("_saved_self_sym_sizes", Sizes)],
        "MeanBackward1" => &[
            ("_saved_dim", Mask),
            ("_saved_keepdim", Flag),
            ("_saved_self_sym_numel", Numel),
            ("_saved_self_sym_sizes", Sizes),
        ],
        "MaxBackward0" => &[
            ("_saved_dim", Int(1)),
            ("_saved_indices", T(RESULT)),
            ("_saved_keepdim", Flag),
            ("_saved_self_sym_sizes", Sizes),
        ],
        "MaxBackward1" => &[("_saved_self", T(0)), ("_saved_result", T(RESULT))],
        "LinalgVectorNormBackward0" => &[("_saved_self", T(0)), ("_saved_keepdim", Flag), ("_saved_result", T(RESULT))],
        "MmBackward0" | "BmmBackward0" => &[("_saved_self", T(0)), ("_saved_mat2", T(1))],
        "AddmmBackward0" => &[("_saved_mat1", T(1)), ("_saved_mat2", T(2))],
        "AddmvBackward0" => &[("_saved_mat", T(1)), ("_saved_vec", T(2))],
        "AddrBackward0" => &[("_saved_vec1", T(1)), ("_saved_vec2", T(2))],
        "BaddbmmBackward0" | "AddbmmBackward0" => &[("_saved_batch1", T(1)), ("_saved_batch2", T(2))],
        "VdotBackward0" => &[("_saved_self", T(0)), ("_saved_other", T(1))],
        "LinalgCrossBackward0" => &[("_saved_dim", Int(0)), ("_saved_self", T(0)), ("_saved_other", T(1))],
        "MvBackward0" => &[("_saved_self", T(0)), ("_saved_vec", T(1))],
        "DotBackward0" => &[("_saved_self", T(0)), ("_saved_tensor", T(1))],
        "PermuteBackward0" => &[("_saved_dims", List)],
        "UnsqueezeBackward0" | "UnbindBackward0" | "StackBackward0" => &[("_saved_dim", Int(0))],
        "SelectBackward0" => &[("_saved_dim", Int(0)), ("_saved_index", Int(1)), ("_saved_self_sym_sizes", Sizes)],
        "SliceBackward0" => &[
            ("_saved_dim", Int(0)),
            ("_saved_start", Int(1)),
            ("_saved_end", Int(2)),
            ("_saved_step", Int(3)),
            ("_saved_self_sym_sizes", Sizes),
        ],
        "AsStridedBackward0" => &[("_saved_size", List), ("_saved_stride", More), ("_saved_storage_offset", Int(0))],
        "IndexBackward0" => &[("_saved_indices", Rest(1)), ("_saved_self_sym_sizes", Sizes)],
        "IndexPutBackward0" => &[("_saved_accumulate", Flag), ("_saved_indices", Rest(2))],
        _ => &[],
    }
}

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
        Flag => Ok(PyBool::new(py, params().is_some_and(|p| p.flag)).to_owned().into_any()),
    }
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
