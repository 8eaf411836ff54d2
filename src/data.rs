//! Immutable arrays that cross threads.

use crate::buffers::Block;
use crate::dtype::DType;
use std::sync::Arc;

/// An immutable array: `Send` and `Sync`, where a `Tensor` is neither.
///
/// [`Tensor::from_data`](crate::Tensor::from_data) and
/// [`Tensor::into_data`](crate::Tensor::into_data) cost no copy where the bytes have one owner, so
/// threads can share a `Data` and each build its own tape over it.
#[derive(Clone)]
pub struct Data {
    block: Arc<Block>,
    dtype: DType,
    shape: Vec<i64>,
}

impl Data {
    pub(crate) fn new(block: Arc<Block>, dtype: DType, shape: Vec<i64>) -> Data {
        Data { block, dtype, shape }
    }
    pub(crate) fn block(&self) -> &Arc<Block> {
        &self.block
    }
    /// The element type.
    pub fn dtype(&self) -> DType {
        self.dtype
    }
    /// The extent of each dimension.
    pub fn shape(&self) -> &[i64] {
        &self.shape
    }
}
