//! What an operator is: the table's grammar, the rows, and the one door through which they are applied.
//!
//! What must not come here: the order of a sweep, and anything of a host language.

pub mod adjoint;
pub mod apply;
pub mod compare;
pub mod copy;
pub mod direct;
pub mod edge;
pub mod embed;
pub mod function;
pub mod index;
pub mod inplace;
pub mod matmul;
pub mod methods;
pub mod norm;
pub mod overlap;
pub mod plain;
pub mod pointwise;
pub mod recorded;
pub mod reduce;
pub mod reshape;
pub mod row;
pub mod signature;
pub mod table;
pub mod tangent;
pub mod value;
pub mod view;

use crate::error::Result;
use crate::shape;
use crate::tensor::Tensor;
use value::Target;

/// Hands a structured operator's result to its target: as it is, or written into `out=`. The operands may
/// share bytes with it, since all of them have been read.
fn give(name: &str, result: Tensor, target: Target<'_>) -> Result<Tensor> {
    give_apart(name, result, target, &[])
}

/// The same for an operator whose operands must lie apart from `out=`.
fn give_apart(name: &str, result: Tensor, target: Target<'_>, read: &[Tensor]) -> Result<Tensor> {
    let Target::Out(out) = target else { return Ok(result) };
    inplace::check_out(name, out, &[apply::Operand::Tensor(&result)])?;
    let strides = || Ok(shape::contiguous_strides(&result.geometry().shape)?);
    inplace::fit_out(out, &result.geometry().shape, strides, result.dtype())?;
    overlap::check_itself(out)?;
    overlap::check_apart(out, read)?;
    copy::assign(out, &result)?;
    out.0.bump_version();
    Ok(out.clone())
}
