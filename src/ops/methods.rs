//! The operators as Rust users call them: methods of `Tensor`, and `+ - * /`.
//!
//! Every method returns a `Result`, and the arithmetic signs accept one on their right, so that
//! `(2.0 * x.dot(&x)?)?` and `&a + b.exp()` read as they should.

use super::apply::{Operand, pointwise};
use super::row::{Operator, Pointwise};
use super::value::{Arg, Output, Target};
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::ops::picks::index::{self, Index, Key};
use crate::ops::{
    copy, edge, elements::arithmetic, elements::bitwise, elements::compare, elements::complex,
    elements::pointwise as rows, elements::rounding, products::matmul, reductions::reduce, shapes::reshape, tangent,
};
use crate::shape::Dims;
use crate::tensor::Tensor;
use std::ops::{Add, Div, Mul, Neg, Sub};

fn apply(op: &'static Operator, row: &'static Pointwise, ins: &[Operand<'_>], target: Target<'_>) -> Result<Tensor> {
    pointwise(op, row, 0, ins, target)
}

// What stands here is what a row does not make by itself (see `row.rs: method`).
macro_rules! unary {
    ($($(#[doc = $doc:literal])* $name:ident $Row:ident;)*) => { impl Tensor { $(
        $(#[doc = $doc])*
        pub fn $name(&self) -> Result<Tensor> {
            apply(rows::$Row::OPERATOR, rows::$Row::ROW, &[Operand::Tensor(self)], Target::Fresh)
        }
    )* } };
}

unary! {
    /// The natural logarithm of each element: [`log`](Tensor::log) by Rust's name.
    ln Log;
    /// The absolute value of each element.
    abs Abs;
}

macro_rules! binary {
    ($($(#[doc = $doc:literal])* $name:ident $inplace:ident $Row:ident;)*) => { impl Tensor { $(
        $(#[doc = $doc])*
        ///
        /// # Errors
        /// Where the shapes do not broadcast together.
        pub fn $name<'a>(&'a self, other: impl Into<Operand<'a>>) -> Result<Tensor> {
            apply(rows::$Row::OPERATOR, rows::$Row::ROW, &[Operand::Tensor(self), other.into()], Target::Fresh)
        }
        /// The same, written over this tensor.
        ///
        /// # Errors
        /// Where the result has another shape, or this is a leaf that wants a gradient.
        pub fn $inplace<'a>(&'a self, other: impl Into<Operand<'a>>) -> Result<&'a Tensor> {
            apply(rows::$Row::OPERATOR, rows::$Row::ROW, &[Operand::Tensor(self), other.into()], Target::InPlace)?;
            Ok(self)
        }
    )* } };
}

binary! {
    /// Sum with a tensor or a number.
    plus add_ Add;
    /// Difference with a tensor or a number.
    minus sub_ Sub;
    /// Product with a tensor or a number.
    times mul_ Mul;
    /// Quotient by a tensor or a number.
    over div_ Div;
}

macro_rules! comparison {
    ($($(#[doc = $doc:literal])* $name:ident $Row:ident;)*) => { impl Tensor { $(
        $(#[doc = $doc])*
        ///
        /// # Errors
        /// Where the shapes do not broadcast together.
        pub fn $name<'a>(&'a self, other: impl Into<Operand<'a>>) -> Result<Tensor> {
            apply(compare::$Row::OPERATOR, compare::$Row::ROW, &[Operand::Tensor(self), other.into()], Target::Fresh)
        }
    )* } };
}

comparison! {
    /// Whether elements are equal, as bool.
    equals Eq;
    /// Whether elements differ, as bool.
    differs Ne;
    /// Whether elements are less, as bool.
    less Lt;
    /// Whether elements are less or equal, as bool.
    at_most Le;
    /// Whether elements are greater, as bool.
    greater Gt;
    /// Whether elements are greater or equal, as bool.
    at_least Ge;
}

/// Methods that call a signature of the table: the arguments after the tensor itself, and the function that the row
/// names.
macro_rules! called {
    ($($(#[doc = $doc:literal])* $name:ident($($x:ident: $T:ty => $arg:expr),*) $call:path;)*) => { impl Tensor { $(
        $(#[doc = $doc])*
        pub fn $name(&self, $($x: $T),*) -> Result<Tensor> {
            $call(&[Arg::Tensor(self), $($arg),*], Target::Fresh).map(Output::one)
        }
    )* } };
}

called! {
    /// The sum of products of two vectors' elements.
    ///
    /// # Errors
    /// Where either is no vector, or types or lengths differ.
    dot(other: &Tensor => Arg::Tensor(other)) matmul::dot_call;
    /// The product of vectors, matrices or batches of them.
    ///
    /// # Errors
    /// Where inner extents or types differ.
    matmul(other: &Tensor => Arg::Tensor(other)) matmul::matmul_call;
    /// The product of two matrices.
    ///
    /// # Errors
    /// Where either is no matrix, or inner extents or types differ.
    mm(other: &Tensor => Arg::Tensor(other)) matmul::mm_call;
    /// The products of the matrices of two batches.
    ///
    /// # Errors
    /// Where either has other than three dimensions, or extents or types differ.
    bmm(other: &Tensor => Arg::Tensor(other)) matmul::bmm_call;
    /// The product of a matrix and a vector.
    ///
    /// # Errors
    /// Where this is no matrix or the other no vector, or extents or types differ.
    mv(vector: &Tensor => Arg::Tensor(vector)) matmul::mv_call;
    /// The mean of all elements.
    ///
    /// # Errors
    /// Where the elements are whole numbers.
    mean() reduce::mean;
    /// The mean over `dims`; over all dimensions where none is named, as in torch.
    ///
    /// # Errors
    /// As [`mean`](Tensor::mean), and where a dimension is out of range, or named twice.
    mean_dims(dims: &[i64] => Arg::Dims(Dims::new(dims)?), keepdim: bool => Arg::Bool(keepdim)) reduce::mean;
    /// What is left of each element once the divisor has been taken out as often as it goes: of the divisor's sign.
    ///
    /// # Errors
    /// Where the shapes do not broadcast together, elements are complex or truth values, or whole numbers meet a 0.
    remainder(other: &Tensor => Arg::Tensor(other)) rounding::remainder;
    /// The same of each element's own sign.
    ///
    /// # Errors
    /// As [`remainder`](Tensor::remainder).
    fmod(other: &Tensor => Arg::Tensor(other)) rounding::fmod;
    /// Each element times itself.
    ///
    /// # Errors
    /// Where there is no memory for the result.
    square() arithmetic::square;
    /// Whether each element is infinite, of either sign; a complex one where either part is.
    ///
    /// # Errors
    /// Where there is no memory for the result.
    isinf() compare::is_inf;
    /// Every bit turned; of truth values, the opposite.
    ///
    /// # Errors
    /// Where elements are not whole.
    bitwise_not() bitwise::not;
    /// The same elements in another shape; a copy only where a view cannot be.
    ///
    /// # Errors
    /// Where the number of elements differs.
    reshape(shape: &[i64] => Arg::Dims(Dims::new(shape)?)) reshape::reshape;
    /// The same elements in another shape, without a copy.
    ///
    /// # Errors
    /// Where the number of elements differs, or the strides forbid it.
    view(shape: &[i64] => Arg::Dims(Dims::new(shape)?)) reshape::view;
    /// The transpose of a matrix.
    ///
    /// # Errors
    /// Where there are more than two dimensions.
    t() reshape::t;
    /// Two dimensions exchanged.
    ///
    /// # Errors
    /// Where a dimension is out of range.
    transpose(dim0: i64 => Arg::Int(dim0), dim1: i64 => Arg::Int(dim1)) reshape::transpose;
    /// Without the dimensions of extent 1.
    squeeze() reshape::squeeze;
    /// Without the dimension `dim`, where its extent is 1.
    ///
    /// # Errors
    /// Where the dimension is out of range.
    squeeze_dim(dim: i64 => Arg::Int(dim)) reshape::squeeze;
    /// With a dimension of extent 1 at `dim`.
    ///
    /// # Errors
    /// Where the dimension is out of range.
    unsqueeze(dim: i64 => Arg::Int(dim)) reshape::unsqueeze;
    /// What stands at `index` of the dimension `dim`.
    ///
    /// # Errors
    /// Where either is out of range.
    select(dim: i64 => Arg::Int(dim), index: i64 => Arg::Int(index)) reshape::select;
}

impl Tensor {
    /// Each element to the power `exponent`.
    ///
    /// # Errors
    /// Where whole numbers meet a negative exponent, or shapes do not broadcast together.
    pub fn pow<'a>(&'a self, exponent: impl Into<Operand<'a>>) -> Result<Tensor> {
        arithmetic::power(Operand::Tensor(self), exponent.into(), Target::Fresh)
    }
    /// The sum of all elements.
    pub fn sum(&self) -> Result<Tensor> {
        reduce::sum_all(self, None)
    }
    /// The sum over `dims`; over all dimensions where none is named, as in torch.
    ///
    /// # Errors
    /// Where a dimension is out of range, or named twice.
    pub fn sum_dims(&self, dims: &[i64], keepdim: bool) -> Result<Tensor> {
        reduce::sum_dims(self, reduce::mask_of(Some(dims), self.ndim())?, keepdim, None)
    }
    /// The Euclidean norm of all elements.
    ///
    /// # Errors
    /// Where the elements are whole numbers.
    pub fn norm(&self) -> Result<Tensor> {
        crate::ops::reductions::norm::norm_all(self)
    }
    /// The dimensions in another order.
    ///
    /// # Errors
    /// Where `dims` is no permutation.
    pub fn permute(&self, dims: &[i64]) -> Result<Tensor> {
        if dims.len() != self.ndim() {
            return Err(Error::runtime("permute(): the number of dimensions does not match"));
        }
        reshape::permute_by(self, dims, 0)
    }
    /// The tensor spread over a larger shape.
    ///
    /// # Errors
    /// Where an extent other than 1 differs.
    pub fn expand(&self, shape: &[i64]) -> Result<Tensor> {
        reshape::expand_recorded(self, shape)
    }
    /// Every index of dimension `dim`, as views.
    ///
    /// # Errors
    /// Where the dimension is out of range.
    pub fn unbind(&self, dim: i64) -> Result<Vec<Tensor>> {
        Ok(crate::ops::shapes::splitting::unbind_at(self, dim)?.iter().cloned().collect())
    }
    /// The real parts of complex elements, as a view; a real tensor itself.
    pub fn real(&self) -> Result<Tensor> {
        complex::real(self)
    }
    /// The imaginary parts of complex elements, as a view.
    ///
    /// # Errors
    /// Where the elements are real.
    pub fn imag(&self) -> Result<Tensor> {
        complex::imag(self)
    }
    /// Complex elements as pairs of real ones, in a last dimension of 2, as a view.
    ///
    /// # Errors
    /// Where the elements are real.
    pub fn view_as_real(&self) -> Result<Tensor> {
        complex::view_as_real(self)
    }
    /// Pairs of real elements as complex ones, as a view.
    ///
    /// # Errors
    /// Where the last dimension is not of 2 elements side by side.
    pub fn view_as_complex(&self) -> Result<Tensor> {
        complex::view_as_complex(self)
    }
    /// `self[index]`.
    ///
    /// # Errors
    /// Where an index is out of range or of a wrong type.
    pub fn get(&self, index: &[Index]) -> Result<Tensor> {
        index::get(self, Key::new(index)?)
    }
    /// `self[index] = value`.
    ///
    /// # Errors
    /// As [`get`](Self::get), and where the value does not fit.
    pub fn set<'a>(&self, index: &[Index], value: impl Into<Operand<'a>>) -> Result<()> {
        index::set(self, Key::new(index)?, value.into())
    }
    /// The elements in another type.
    pub fn to(&self, dtype: DType) -> Result<Tensor> {
        copy::to(self, dtype)
    }
    /// A copy.
    pub fn copy(&self) -> Result<Tensor> {
        copy::clone_of(self)
    }
    /// The tensor itself where it is contiguous, else a contiguous copy.
    pub fn contiguous(&self) -> Result<Tensor> {
        copy::contiguous(self)
    }
    /// Writes another tensor's elements over this one's.
    ///
    /// # Errors
    /// Where shapes do not broadcast, or this is a leaf that wants a gradient.
    pub fn copy_(&self, from: &Tensor) -> Result<&Tensor> {
        copy::copy_(self, from)?;
        Ok(self)
    }
    /// Sets every element to 0.
    ///
    /// # Errors
    /// Where this is a leaf that wants a gradient.
    pub fn zero_(&self) -> Result<&Tensor> {
        copy::zero_(self)?;
        Ok(self)
    }
    /// Sets every element to a value.
    ///
    /// # Errors
    /// Where this is a leaf that wants a gradient.
    pub fn fill_(&self, value: impl Into<Scalar>) -> Result<&Tensor> {
        copy::fill_(self, Operand::Number(value.into()))?;
        Ok(self)
    }
    /// The name of the node that made it: `MulBackward0`; none for a leaf.
    pub fn grad_fn(&self) -> Result<Option<String>> {
        Ok(edge::node_of(self)?.map(|(node, _)| super::table::grad_name(&node)))
    }
    /// The tangent that it carries in forward mode.
    pub fn tangent(&self) -> Option<Tensor> {
        tangent::tangent_of(self).ok().flatten()
    }
}

/// `a` where `condition` holds, else `b`.
///
/// # Errors
/// Where shapes do not broadcast together.
pub fn where_<'a>(condition: &'a Tensor, a: impl Into<Operand<'a>>, b: impl Into<Operand<'a>>) -> Result<Tensor> {
    arithmetic::where_operands(Operand::Tensor(condition), a.into(), b.into(), Target::Fresh)
}

impl<'a> From<&'a Tensor> for Operand<'a> {
    fn from(t: &'a Tensor) -> Self {
        Operand::Tensor(t)
    }
}
macro_rules! numbers {
    ($($ty:ty),*) => { $(
        impl From<$ty> for Operand<'_> {
            fn from(x: $ty) -> Self {
                Operand::Number(x.into())
            }
        }
    )* };
}
numbers!(bool, i32, i64, f32, f64, Scalar);

macro_rules! signs {
    ($($Trait:ident $method:ident $Row:ident;)*) => { $(
        signs!(@pair $Trait $method $Row, &Tensor, &Tensor);
        signs!(@pair $Trait $method $Row, &Tensor, Tensor);
        signs!(@pair $Trait $method $Row, Tensor, &Tensor);
        signs!(@pair $Trait $method $Row, Tensor, Tensor);
        signs!(@number $Trait $method $Row, i64);
        signs!(@number $Trait $method $Row, f64);
        impl $Trait<Result<Tensor>> for &Tensor {
            type Output = Result<Tensor>;
            fn $method(self, other: Result<Tensor>) -> Result<Tensor> {
                self.$method(&other?)
            }
        }
        impl $Trait<Result<Tensor>> for Tensor {
            type Output = Result<Tensor>;
            fn $method(self, other: Result<Tensor>) -> Result<Tensor> {
                (&self).$method(&other?)
            }
        }
    )* };
    (@pair $Trait:ident $method:ident $Row:ident, $A:ty, $B:ty) => {
        impl $Trait<$B> for $A {
            type Output = Result<Tensor>;
            fn $method(self, other: $B) -> Result<Tensor> {
                let (a, b): (&Tensor, &Tensor) = (std::borrow::Borrow::borrow(&self), std::borrow::Borrow::borrow(&other));
                apply(rows::$Row::OPERATOR, rows::$Row::ROW, &[Operand::Tensor(a), Operand::Tensor(b)], Target::Fresh)
            }
        }
    };
    (@number $Trait:ident $method:ident $Row:ident, $N:ty) => {
        signs!(@left $Trait $method $Row, $N, &Tensor);
        signs!(@left $Trait $method $Row, $N, Tensor);
        signs!(@right $Trait $method $Row, $N, &Tensor);
        signs!(@right $Trait $method $Row, $N, Tensor);
    };
    (@left $Trait:ident $method:ident $Row:ident, $N:ty, $T:ty) => {
        impl $Trait<$T> for $N {
            type Output = Result<Tensor>;
            fn $method(self, other: $T) -> Result<Tensor> {
                let b: &Tensor = std::borrow::Borrow::borrow(&other);
                apply(rows::$Row::OPERATOR, rows::$Row::ROW, &[self.into(), Operand::Tensor(b)], Target::Fresh)
            }
        }
    };
    (@right $Trait:ident $method:ident $Row:ident, $N:ty, $T:ty) => {
        impl $Trait<$N> for $T {
            type Output = Result<Tensor>;
            fn $method(self, other: $N) -> Result<Tensor> {
                let a: &Tensor = std::borrow::Borrow::borrow(&self);
                apply(rows::$Row::OPERATOR, rows::$Row::ROW, &[Operand::Tensor(a), other.into()], Target::Fresh)
            }
        }
    };
}

signs! { Add add Add; Sub sub Sub; Mul mul Mul; Div div Div; }

impl Neg for &Tensor {
    type Output = Result<Tensor>;
    fn neg(self) -> Result<Tensor> {
        apply(rows::Neg::OPERATOR, rows::Neg::ROW, &[Operand::Tensor(self)], Target::Fresh)
    }
}
