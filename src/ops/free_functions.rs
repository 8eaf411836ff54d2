//! Functions of several tensors, or of none, as Rust users call them.

use crate::buffers::PoolVec;
use crate::dtype::DType;
use crate::error::Result;
use crate::ops::value::{Output, Target};
use crate::ops::{making::arranged, shapes::joining, shapes::lists};
use crate::tensor::Tensor;

fn listed(tensors: Result<PoolVec<Tensor>>) -> Result<Vec<Tensor>> {
    Ok(tensors?.iter().cloned().collect())
}

/// Tensors one after the other along the dimension `dim`; types promote.
///
/// # Errors
/// Where there is none, ranks or other extents differ, or the dimension is out of range.
pub fn cat(tensors: &[Tensor], dim: i64) -> Result<Tensor> {
    joining::cat_at(tensors, dim)
}

/// Tensors of one shape along a new dimension `dim`; types promote.
///
/// # Errors
/// Where there is none, shapes differ, or the dimension is out of range.
pub fn stack(tensors: &[Tensor], dim: i64) -> Result<Tensor> {
    joining::stack_at(tensors, dim)
}

/// A matrix of zeros with the tensors along its diagonal.
///
/// # Errors
/// Where one has more than two dimensions.
pub fn block_diag(tensors: &[Tensor]) -> Result<Tensor> {
    joining::block_diag_of(tensors)
}

/// The tensors side by side: along the second dimension, vectors along their only one.
///
/// # Errors
/// Where there is none, or other extents differ.
pub fn hstack(tensors: &[Tensor]) -> Result<Tensor> {
    lists::hstack(tensors, Target::Fresh).map(Output::one)
}

/// The tensors below one another: along the first dimension, vectors as rows.
///
/// # Errors
/// Where there is none, or other extents differ.
pub fn vstack(tensors: &[Tensor]) -> Result<Tensor> {
    lists::vstack(tensors, Target::Fresh).map(Output::one)
}

/// The tensors behind one another: along the third dimension.
///
/// # Errors
/// Where there is none, or other extents differ.
pub fn dstack(tensors: &[Tensor]) -> Result<Tensor> {
    lists::dstack(tensors, Target::Fresh).map(Output::one)
}

/// The tensors side by side, vectors as columns.
///
/// # Errors
/// Where there is none, or other extents differ.
pub fn column_stack(tensors: &[Tensor]) -> Result<Tensor> {
    lists::column_stack(tensors, Target::Fresh).map(Output::one)
}

/// Each tensor with one dimension at least: itself, or a view.
///
/// # Errors
/// Where there is no memory for the views.
pub fn atleast_1d(tensors: &[Tensor]) -> Result<Vec<Tensor>> {
    listed(lists::each_at_least(1, tensors))
}

/// Each tensor with two dimensions at least, a vector as a row: itself, or a view.
///
/// # Errors
/// Where there is no memory for the views.
pub fn atleast_2d(tensors: &[Tensor]) -> Result<Vec<Tensor>> {
    listed(lists::each_at_least(2, tensors))
}

/// Each tensor with three dimensions at least, the third one last: itself, or a view.
///
/// # Errors
/// Where there is no memory for the views.
pub fn atleast_3d(tensors: &[Tensor]) -> Result<Vec<Tensor>> {
    listed(lists::each_at_least(3, tensors))
}

/// The tensors spread to the shape that they have together: themselves, or views.
///
/// # Errors
/// Where their shapes do not broadcast together.
pub fn broadcast_tensors(tensors: &[Tensor]) -> Result<Vec<Tensor>> {
    listed(lists::broadcast(tensors))
}

/// Grids of coordinates of vectors, each spread over the dimensions of all; `indexing` is "ij" or "xy".
///
/// # Errors
/// Where one has several dimensions, or types differ.
pub fn meshgrid(tensors: &[Tensor], indexing: &str) -> Result<Vec<Tensor>> {
    listed(lists::meshgrid(tensors, indexing))
}

/// The Cartesian product of vectors, a tuple in each row; of one vector, the vector.
///
/// # Errors
/// Where one is no vector, or types differ.
pub fn cartesian_prod(tensors: &[Tensor]) -> Result<Tensor> {
    lists::cartesian_prod(tensors)
}

/// Rows and columns (int64) of the elements of a matrix that lie on or below a diagonal.
///
/// # Errors
/// Where an extent is negative.
pub fn tril_indices(rows: i64, columns: i64, offset: i64) -> Result<Tensor> {
    arranged::table(true, rows, columns, offset, DType::Int64)
}

/// Rows and columns (int64) of the elements of a matrix that lie on or above a diagonal.
///
/// # Errors
/// Where an extent is negative.
pub fn triu_indices(rows: i64, columns: i64, offset: i64) -> Result<Tensor> {
    arranged::table(false, rows, columns, offset, DType::Int64)
}
