//! Reductions beside sum and mean: extremes, products, sums without nans, moments, distances.
//!
//! The rows stand here; what computes them and their rules stand below: `extremes`, `product`, `moments`, `distance`;
//! names without a node of their own in `truth`.

mod distance;
pub mod extremes;
mod moments;
mod product;
pub mod truth;

use crate::ops::row::RESULT;
use crate::ops::structured::structured;
use crate::tensor::Tensor;

/// Reads itself and its result.
const BOTH_READ: u8 = 1 << RESULT | 1;

structured! { family 18;
    /// The largest element, or the largest ones along `dim` with their indices. Among equal ones the
    /// gradient of the largest element is shared; along a dimension it goes to the first.
    Max {
        "max", grads ["MaxBackward0", "MaxBackward1"], reads [BOTH_READ], vjp extremes::extreme_vjp, jvp extremes::extreme_jvp;
        "max(input)" METHOD => extremes::max;
        "max(input, *, out = None)" FUNCTION => extremes::max;
        "max(input, other, *, out = None)" BOTH => crate::ops::elements::maximum::Maximum::call;
        "max(input, dim: int, keepdim: bool = False) -> tensors" METHOD => extremes::max;
        "max(input, dim: int, keepdim: bool = False, *, out: tensors = None) -> tensors" FUNCTION => extremes::max;
        fn max() -> Tensor => extremes::max;
        fn max_dim(dim: i64, keepdim: bool) -> (Tensor, Tensor) => extremes::max;
    }
    /// The smallest element, or the smallest ones along `dim` with their indices. Among equal ones the
    /// gradient of the smallest element is shared; along a dimension it goes to the first.
    Min {
        "min", grads ["MinBackward0", "MinBackward1"], reads [BOTH_READ], vjp extremes::extreme_vjp, jvp extremes::extreme_jvp;
        "min(input)" METHOD => extremes::min;
        "min(input, *, out = None)" FUNCTION => extremes::min;
        "min(input, other, *, out = None)" BOTH => crate::ops::elements::maximum::Minimum::call;
        "min(input, dim: int, keepdim: bool = False) -> tensors" METHOD => extremes::min;
        "min(input, dim: int, keepdim: bool = False, *, out: tensors = None) -> tensors" FUNCTION => extremes::min;
        fn min() -> Tensor => extremes::min;
        fn min_dim(dim: i64, keepdim: bool) -> (Tensor, Tensor) => extremes::min;
    }
    /// The largest elements over the dimensions `dim` (over all of them where none is named); nan where there is one.
    /// Equal ones share the gradient.
    ///
    /// Raises IndexError over a dimension without elements, and NotImplementedError for complex numbers.
    Amax {
        "amax", grads ["AmaxBackward0"], reads [BOTH_READ], vjp extremes::shared_vjp, jvp extremes::shared_jvp;
        "amax(input, dim: dims = None, keepdim: bool = False, *, out = None)" BOTH => extremes::amax;
        fn amax(dims: &[i64], keepdim: bool) -> Tensor => extremes::amax;
    }
    /// The smallest elements over the dimensions `dim` (over all of them where none is named); nan where there is one.
    /// Equal ones share the gradient.
    ///
    /// Raises IndexError over a dimension without elements, and NotImplementedError for complex numbers.
    Amin {
        "amin", grads ["AminBackward0"], reads [BOTH_READ], vjp extremes::shared_vjp, jvp extremes::shared_jvp;
        "amin(input, dim: dims = None, keepdim: bool = False, *, out = None)" BOTH => extremes::amin;
        fn amin(dims: &[i64], keepdim: bool) -> Tensor => extremes::amin;
    }
    /// The smallest and the largest elements: of all, or along `dim`. Equal ones share the gradient.
    ///
    /// Raises where there is no element, and NotImplementedError for complex numbers.
    Aminmax {
        "aminmax", grads ["AminmaxBackward0"], reads [BOTH_READ], vjp extremes::aminmax_vjp, jvp extremes::aminmax_jvp;
        "aminmax(input, *, dim: int = None, keepdim: bool = False) -> tensors" METHOD => extremes::aminmax;
        "aminmax(input, *, dim: int = None, keepdim: bool = False, out: tensors = None) -> tensors" FUNCTION => extremes::aminmax;
        fn aminmax(dim: Option<i64>, keepdim: bool) -> (Tensor, Tensor) => extremes::aminmax;
    }
    /// The product of all elements, or along `dim`; whole numbers multiply as int64. Its derivative is right where
    /// elements are 0, too.
    Prod {
        "prod", grads ["ProdBackward0", "ProdBackward1"], reads [BOTH_READ], vjp product::vjp, jvp product::jvp, dtype "`dtype`, else the operand's, int64 for whole numbers";
        "prod(input, *, dtype: dtype = None)" BOTH => product::prod;
        "prod(input, dim: int, keepdim: bool = False, *, dtype: dtype = None, out = None)" BOTH => product::prod;
        fn prod() -> Tensor => product::prod;
        fn prod_dim(dim: i64, keepdim: bool) -> Tensor => product::prod;
    }
    /// The sum of the elements that are not nan, over all dimensions or those in `dim`.
    ///
    /// Raises RuntimeError for complex numbers.
    Nansum {
        "nansum", grads ["NansumBackward0"], reads [1], vjp product::nansum_vjp, jvp product::nansum_jvp, dtype "`dtype`, else the operand's, int64 for whole numbers";
        "nansum(input, dim: dims = None, keepdim: bool = False, *, dtype: dtype = None, out = None)" BOTH => product::nansum;
        fn nansum(dims: Option<&[i64]>, keepdim: bool) -> Tensor => product::nansum;
    }
    /// The variance over all dimensions or those in `dim`: the sum of squared distances from the mean over the number of
    /// elements less `correction` (1; 0 where `unbiased` is False). Of complex numbers it is real.
    ///
    /// Warns where nothing is left to divide by. Raises RuntimeError for whole numbers.
    Var {
        "var", grads ["VarBackward0"], reads [1], vjp moments::var_vjp, jvp moments::var_jvp, dtype "the operand's, real";
        "var(input, dim: dims, unbiased: bool = True, keepdim: bool = False, *, out = None)" BOTH => moments::var;
        "var(input, dim: dims = None, *, correction: number = None, keepdim: bool = False, out = None)" BOTH => moments::var_by;
        "var(input, unbiased: bool = True)" BOTH => moments::var_all;
        fn var(dims: Option<&[i64]>, correction: f64, keepdim: bool) -> Tensor => moments::var_by;
    }
    /// The standard deviation, the square root of the variance, over all dimensions or those in `dim`; the squared
    /// distances are divided by the number of elements less `correction` (1; 0 where `unbiased` is False).
    ///
    /// Warns where nothing is left to divide by. Raises RuntimeError for whole numbers.
    Std {
        "std", grads ["StdBackward0"], reads [BOTH_READ], vjp moments::std_vjp, jvp moments::std_jvp, dtype "the operand's, real";
        "std(input, dim: dims, unbiased: bool = True, keepdim: bool = False, *, out = None)" BOTH => moments::std;
        "std(input, dim: dims = None, *, correction: number = None, keepdim: bool = False, out = None)" BOTH => moments::std_by;
        "std(input, unbiased: bool = True)" BOTH => moments::std_all;
        fn std(dims: Option<&[i64]>, correction: f64, keepdim: bool) -> Tensor => moments::std_by;
    }
    /// The variance and the mean over all dimensions or those in `dim`, as `var` and `mean` give them.
    VarMean {
        "var_mean", grads ["VarMeanBackward0"], reads [1], vjp moments::var_vjp, jvp moments::var_jvp, dtype "the operand's, the variance's real";
        "var_mean(input, dim: dims, unbiased: bool = True, keepdim: bool = False) -> tensors" FUNCTION => moments::var_mean;
        "var_mean(input, dim: dims = None, *, correction: number = None, keepdim: bool = False) -> tensors" FUNCTION => moments::var_mean_by;
        "var_mean(input, unbiased: bool = True) -> tensors" FUNCTION => moments::var_mean_all;
        fn var_mean(dims: Option<&[i64]>, correction: f64, keepdim: bool) -> (Tensor, Tensor) => moments::var_mean_by;
    }
    /// The standard deviation and the mean over all dimensions or those in `dim`, as `std` and `mean` give them.
    StdMean {
        "std_mean", grads ["StdMeanBackward0"], reads [BOTH_READ], vjp moments::std_vjp, jvp moments::std_jvp, dtype "the operand's, the deviation's real";
        "std_mean(input, dim: dims, unbiased: bool = True, keepdim: bool = False) -> tensors" FUNCTION => moments::std_mean;
        "std_mean(input, dim: dims = None, *, correction: number = None, keepdim: bool = False) -> tensors" FUNCTION => moments::std_mean_by;
        "std_mean(input, unbiased: bool = True) -> tensors" FUNCTION => moments::std_mean_all;
        fn std_mean(dims: Option<&[i64]>, correction: f64, keepdim: bool) -> (Tensor, Tensor) => moments::std_mean_by;
    }
    /// The p-norm of the difference of two tensors.
    Dist {
        "dist", grads ["DistBackward0"], reads [1 << RESULT | 3, 1 << RESULT | 3], vjp distance::vjp, jvp distance::jvp, dtype "the difference's, real";
        "dist(input, other, p: number = 2)" BOTH => distance::dist;
        fn dist(other: &Tensor, p: f64) -> Tensor => distance::dist;
    }
}
