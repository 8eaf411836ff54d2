//! Which factors fit each other, in torch's order and words, and of what extents and type their product is.

use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::ops::apply::Operand;
use crate::ops::promotion::common_dtype;
use crate::ops::shapes::reshape::expand_recorded;
use crate::ops::value::Target;
use crate::shape::{self, Dims};
use crate::tape::mode::unrecorded;
use crate::tensor::Tensor;

/// Of what is added and two factors, and of `beta` and `alpha`.
pub(super) type Sizes = fn([&Tensor; 3], [Scalar; 2], Target<'_>) -> Result<(Dims, DType)>;

/// Two matrices.
pub(super) fn matrices([c, a, b]: [&Tensor; 3], _: [Scalar; 2], _: Target<'_>) -> Result<(Dims, DType)> {
    same_as_input([c, a, b])?;
    let (sa, sb) = (a.sizes()?, b.sizes()?);
    for (name, s) in [("mat1", &sa), ("mat2", &sb)] {
        if s.len() != 2 {
            return Err(Error::runtime(format!("{name} must be a matrix, got {}-D tensor", s.len())));
        }
    }
    if sa[1] != sb[0] {
        let text = format!("mat1 and mat2 shapes cannot be multiplied ({}x{} and {}x{})", sa[0], sa[1], sb[0], sb[1]);
        return Err(Error::runtime(text));
    }
    Ok((Dims::new(&[sa[0], sb[1]])?, a.dtype()))
}

/// A matrix and a vector.
pub(super) fn vector([c, a, b]: [&Tensor; 3], _: [Scalar; 2], _: Target<'_>) -> Result<(Dims, DType)> {
    let (sa, sb, sc) = (a.sizes()?, b.sizes()?, c.sizes()?);
    if (sa.len(), sb.len()) != (2, 1) || sc.len() > 1 {
        let text = format!("vector + matrix @ vector expected, got {}, {}, {}", sc.len(), sa.len(), sb.len());
        return Err(Error::runtime(text));
    }
    if sa[1] != sb[0] || c.numel() != 1 && sc[..] != [sa[0]] {
        let own = sc.first().copied().unwrap_or(1);
        let text = format!("size mismatch, got input ({own}), mat ({}x{}), vec ({})", sa[0], sa[1], sb[0]);
        return Err(Error::runtime(text));
    }
    let [tc, ta, tb] = [c, a, b].map(Tensor::dtype);
    if tc != ta || ta != tb {
        let [tc, ta, tb] = [tc, ta, tb].map(DType::scalar_name);
        let text = format!("addmv input tensors must have the same dtype, but got {tc}, {ta}, and {tb}");
        return Err(Error::runtime(text));
    }
    Ok((Dims::new(&sa[..1])?, ta))
}

/// Two vectors, of which each element meets each.
pub(super) fn vectors(ins: [&Tensor; 3], factors: [Scalar; 2], _: Target<'_>) -> Result<(Dims, DType)> {
    let [_, a, b] = ins;
    let (sa, sb) = (a.sizes()?, b.sizes()?);
    for (name, s) in [("vec1", &sa), ("vec2", &sb)] {
        if s.len() != 1 {
            return Err(Error::runtime(format!("addr: Expected 1-D argument {name}, but got {}-D", s.len())));
        }
    }
    let dtype = common_dtype(&ins.map(Operand::Tensor));
    whole_factors(dtype, factors)?;
    Ok((Dims::new(&[sa[0], sb[0]])?, dtype))
}

/// Two batches of matrices.
pub(super) fn batches(ins: [&Tensor; 3], _: [Scalar; 2], target: Target<'_>) -> Result<(Dims, DType)> {
    let [c, a, b] = ins;
    let (sa, sb) = (a.sizes()?, b.sizes()?);
    if sa.len() != 3 || sb.len() != 3 {
        return Err(no_batches(true, ins, target)?);
    }
    if (sa[0], sa[2]) != (sb[0], sb[1]) {
        return Err(Error::runtime(format!(
            "Expected size for first two dimensions of batch2 tensor to be: [{}, {}] but got: [{}, {}].",
            sa[0], sa[2], sb[0], sb[1]
        )));
    }
    let [tc, ta, tb] = [c, a, b].map(Tensor::dtype);
    if tc != ta {
        let [tc, ta, tb] = [tc, ta, tb].map(DType::c_name);
        let text = format!("Input dtypes must be the same, got: input {tc}, batch1: {ta}, batch2: {tb}");
        return Err(Error::runtime(text));
    }
    if ta != tb {
        let (ta, tb) = (ta.scalar_name(), tb.scalar_name());
        return Err(Error::runtime(format!("expected scalar type {ta} but found {tb}")));
    }
    Ok((Dims::new(&[sa[0], sa[1], sb[2]])?, ta))
}

/// Two batches of matrices, whose products are summed.
pub(super) fn summed(ins: [&Tensor; 3], _: [Scalar; 2], target: Target<'_>) -> Result<(Dims, DType)> {
    let [_, a, b] = ins;
    let (sa, sb) = (a.sizes()?, b.sizes()?);
    if sa.len() != 3 || sb.len() != 3 {
        return Err(no_batches(false, ins, target)?);
    }
    if sa[0] != sb[0] {
        let text = format!("batch1 and batch2 must have same number of batches, got {} and {}", sa[0], sb[0]);
        return Err(Error::runtime(text));
    }
    if sa[2] != sb[1] {
        let text = format!("Incompatible matrix sizes for bmm ({}x{} and {}x{})", sa[1], sa[2], sb[1], sb[2]);
        return Err(Error::runtime(text));
    }
    same_as_input(ins)?;
    Ok((Dims::new(&[sa[1], sb[2]])?, a.dtype()))
}

fn same_as_input(ins: [&Tensor; 3]) -> Result<()> {
    let [tc, ta, tb] = ins.map(Tensor::dtype);
    let (who, x, y) = match (tc == tb, ta == tb) {
        (true, true) => return Ok(()),
        (true, false) => ("mat1", ta, tb),
        (false, _) => ("self", tc, tb),
    };
    let (x, y) = (x.scalar_name(), y.scalar_name());
    Err(Error::runtime(format!("{who} and mat2 must have the same dtype, but got {x} and {y}")))
}

/// Whole numbers have whole factors in a formula of elements.
fn whole_factors(dtype: DType, [beta, alpha]: [Scalar; 2]) -> Result<()> {
    for (name, s) in [("beta", beta), ("alpha", alpha)] {
        if dtype != DType::Bool && matches!(s, Scalar::Bool(_)) {
            return Err(Error::runtime(format!("Boolean {name} only supported for Boolean results.")));
        }
        if dtype.is_integral() && matches!(s, Scalar::Float(_) | Scalar::Complex(..)) {
            let text = format!("For integral input tensors, argument {name} must not be a floating point number.");
            return Err(Error::runtime(text));
        }
    }
    Ok(())
}

/// What torch says where a factor is no batch: it spreads the input to what the sizes would be first.
fn no_batches(wide: bool, [c, a, b]: [&Tensor; 3], target: Target<'_>) -> Result<Error> {
    let (sa, sb) = (a.sizes()?, b.sizes()?);
    let size = |s: &[i64], d: usize| -> Result<i64> {
        let none = || Error::index(format!("Dimension specified as {d} but tensor has no dimensions"));
        // Where there is one dimension the range is told, else what is missing.
        s.get(if s.is_empty() { 0 } else { shape::wrap_dim(d as i64, s.len())? }).copied().ok_or_else(none)
    };
    let mut sizes = if wide { vec![size(&sa, 0)?] } else { Vec::new() };
    sizes.extend([size(&sa, 1)?, size(&sb, 2)?]);
    if !matches!(target, Target::Out(_)) {
        unrecorded(|| expand_recorded(c, &sizes))?;
    }
    let name = if sa.len() != 3 { "batch1" } else { "batch2" };
    Ok(Error::runtime(format!("{name} must be a 3D tensor")))
}

/// What torch says of an input that is written over and has not the result's extents.
pub(super) fn misfit([c, ..]: [&Tensor; 3], sizes: &[i64]) -> Error {
    let (c, out) = (shape::list(&c.shape()), shape::list(sizes));
    Error::runtime(format!("Bad in-place call: input tensor size {c} and output tensor size {out} should match"))
}

/// The same where the factors are vectors.
pub(super) fn misfit_of_vectors(ins: [&Tensor; 3], _: &[i64]) -> Error {
    let [c, a, b] = ins.map(Tensor::shape);
    if c.len() != 2 {
        return Error::runtime(format!("2D tensor expected, got {}D tensor for input", c.len()));
    }
    let [c, a, b] = [c, a, b].map(|s| shape::list(&s));
    Error::runtime(format!("size mismatch, input: {c}, v1: {a}, v2: {b}"))
}
