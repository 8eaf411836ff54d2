//! Names that torch has in `torch.nn.functional` alone.

use super::picks::put_along;
use super::structured::composed;
use super::value::{Arg, Output, Target, tensor};
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::ops::reductions::folds::extremes::{LARGEST, SMALLEST, extreme_of};
use crate::ops::shapes::reshape::unsqueeze_at;
use crate::tape::mode::GradMode;
use crate::tensor::Tensor;

composed! {
    /// For each class a row of zeros with a 1 at its place: of int64, with one more dimension, of `num_classes` (-1: as
    /// many as the largest class needs).
    ///
    /// Raises RuntimeError for classes of another type than int64, negative ones, and those that do not fit.
    OneHot {
        "one_hot(input, num_classes: int = -1)" FUNCTION => one_hot;
        fn one_hot(classes: i64) -> Tensor => one_hot;
    }
}

fn one_hot(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let mut classes = args.get(1).map_or(-1, |n| n.int(-1));
    if t.dtype() != DType::Int64 {
        return Err(Error::runtime("one_hot is only applicable to index tensor of type LongTensor."));
    }
    let _off = GradMode::new(false);
    let mut sizes = t.shape();
    if t.numel() == 0 {
        if classes <= 0 {
            return Err(Error::runtime("Can not infer total number of classes from empty tensor."));
        }
        sizes.push(classes);
        return Tensor::empty(&sizes, DType::Int64).map(Output::One);
    }
    let end = |which| match extreme_of(which, t)?.item()? {
        Scalar::Int(n) => Ok(n),
        _ => Err(Error::runtime("an element of int64 is a whole number")),
    };
    if end(SMALLEST)? < 0 {
        return Err(Error::runtime("Class values must be non-negative."));
    }
    let last: i64 = end(LARGEST)?;
    if classes == -1 {
        classes = last.checked_add(1).ok_or_else(|| Error::runtime("zeros: Dimension size must be non-negative."))?;
    } else if classes <= last {
        return Err(Error::runtime("Class values must be smaller than num_classes."));
    }
    let index = unsqueeze_at(t, -1)?;
    let ones = Tensor::full(&index.sizes()?, Scalar::Int(1), DType::Int64)?;
    sizes.push(classes);
    put_along(&sizes, sizes.len() - 1, &index, &ones, 0).map(Output::One)
}
