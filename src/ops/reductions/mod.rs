//! Operators along dimensions: what becomes fewer elements (sums, norms, extremes), and what runs along a line (scans, sorts).

pub mod counts;
pub mod folds;
pub mod integrals;
pub mod linalg_norms;
pub mod norm;
pub mod reduce;
pub mod scans;
pub mod softmax;
pub mod sorts;
