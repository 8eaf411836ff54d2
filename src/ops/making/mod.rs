//! How tensors are asked for: factories, random numbers, tables of indices.

pub mod arranged;
pub mod draws;
pub mod factories;
