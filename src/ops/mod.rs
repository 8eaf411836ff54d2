//! What an operator is: the table's grammar, the rows, and the one door through which they are applied.
//!
//! What must not come here: the order of a sweep, and anything of a host language.

pub mod adjoint;
pub mod apply;
pub mod compare;
pub mod copy;
mod direct;
pub mod edge;
pub mod embed;
pub mod function;
pub mod index;
pub mod inplace;
pub mod matmul;
pub mod methods;
pub mod norm;
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
use crate::tensor::Tensor;
use value::Target;

/// Hands a structured operator's result to its target: as it is, or written into `out=`.
fn give(result: Tensor, target: Target<'_>) -> Result<Tensor> {
    let Target::Out(out) = target else { return Ok(result) };
    let ins = [apply::Operand::Tensor(&result)];
    inplace::check_out("out", out, &ins, &result.geometry().shape, result.dtype())?;
    copy::assign(out, &result)?;
    out.0.bump_version();
    Ok(out.clone())
}
