//! The same elements in another shape: views and copies of tensors, of parts of them, and of several together.

pub mod chunks;
pub mod composed;
pub mod diagonals;
pub mod embed;
pub mod joining;
pub mod lists;
pub mod part_scatter;
pub mod reorder;
pub mod repeat_interleave;
pub mod reshape;
pub mod resizing;
pub mod splitting;
pub mod strided;
pub mod triangles;
