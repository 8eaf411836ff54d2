//! The norms of `torch.linalg`, each of which chooses among those of elements and sums and extremes of them; and `matmul`.

use crate::create::cpp_number;
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::ops::out;
use crate::ops::reductions::folds::extremes::{amax_over, amin_along};
use crate::ops::reductions::norm;
use crate::ops::structured::composed;
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::shape;
use crate::tape::mode::GradMode;
use crate::tensor::Tensor;

composed! {
    /// The p-norm (`ord`) of all elements, or over the dimensions `dim`.
    ///
    /// Raises RuntimeError for whole numbers.
    VectorNorm {
        "linalg_vector_norm(input, ord: number = 2, dim: dims = None, keepdim: bool = False, *, dtype: dtype = None, out = None)" FUNCTION => norm::norm;
        fn linalg_vector_norm(ord: f64, dims: Option<&[i64]>, keepdim: bool) -> Tensor => norm::norm;
    }
    /// A norm of the matrices in two dimensions: "fro" (of the elements), or the largest (smallest, where `ord` is
    /// negative) sum of sizes along columns (1) or rows (inf).
    ///
    /// Raises RuntimeError for whole numbers and other orders, NotImplementedError for the norms of singular values.
    MatrixNorm {
        "linalg_matrix_norm(input, ord: number, dim: dims = None, keepdim: bool = False, *, dtype: dtype = None, out = None)" FUNCTION => matrix_norm;
        "linalg_matrix_norm(input, ord: text = \"fro\", dim: dims = None, keepdim: bool = False, *, dtype: dtype = None, out = None)" FUNCTION => matrix_norm;
        fn linalg_matrix_norm(ord: f64, dims: &[i64], keepdim: bool) -> Tensor => matrix_norm;
    }
    /// The norm of a vector, or of matrices: of all elements where neither `ord` nor `dim` is given, of vectors over one
    /// dimension, of matrices over two.
    ///
    /// Raises RuntimeError for whole numbers and other orders, NotImplementedError for the norms of singular values.
    LinalgNorm {
        "linalg_norm(input, ord: number = None, dim: dims = None, keepdim: bool = False, *, dtype: dtype = None, out = None)" FUNCTION => linalg_norm;
        "linalg_norm(input, ord: text, dim: dims = None, keepdim: bool = False, *, dtype: dtype = None, out = None)" FUNCTION => linalg_norm;
        fn linalg_norm(ord: Option<f64>, dims: Option<&[i64]>, keepdim: bool) -> Tensor => linalg_norm;
    }
    /// The product of two vectors, matrices or batches of matrices: another name of `matmul`.
    LinalgMatmul {
        "linalg_matmul(input, other, *, out = None)" FUNCTION => crate::ops::products::matmul::matmul_call;
    }
}

/// Which norm, as a call names it.
#[derive(Clone, Copy)]
enum Order<'a> {
    Number(f64),
    Word(&'a str),
}

impl<'a> Order<'a> {
    fn of(arg: Option<&Arg<'a>>) -> Result<Option<Order<'a>>> {
        match arg {
            Some(Arg::Number(Scalar::Complex(..))) => Err(norm::complex_order()),
            Some(Arg::Number(p)) => Ok(Some(Order::Number(p.to_f64()))),
            Some(Arg::Int(p)) => Ok(Some(Order::Number(*p as f64))),
            Some(Arg::Text(word)) => Ok(Some(Order::Word(word))),
            _ => Ok(None),
        }
    }
}

fn linalg_norm(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let (order, dims) = (Order::of(args.get(1))?, args.get(2).and_then(Arg::dims));
    if let Some(dims) = dims
        && !matches!(dims.len(), 1 | 2)
    {
        let given = shape::list(dims);
        return Err(Error::runtime(format!(
            "linalg.norm: If dim is specified, it must be of length 1 or 2. Got {given}"
        )));
    }
    if order.is_some() && dims.is_none() && !matches!(t.ndim(), 1 | 2) {
        return Err(Error::runtime(format!(
            "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {}D.",
            t.ndim()
        )));
    }
    let both = dims.map_or(t.ndim() == 2, |dims| dims.len() == 2);
    let found = match order {
        Some(order) if both => of_matrices(t, order, dims.unwrap_or(&[0, 1]), args)?,
        // torch takes a word for a matrix norm and finds one dimension.
        Some(Order::Word(word)) => of_matrices(t, Order::Word(word), dims.unwrap_or(&[0]), args)?,
        _ => {
            let p = match order {
                Some(Order::Number(p)) => p,
                _ => 2.0,
            };
            norm::over(t, p, dims, (truth(args), dtype(args)), Target::Fresh)?
        }
    };
    let fits: out::Fits = Some(|result, out| told("norm", result, out));
    out::give("linalg_norm", found, target, fits).map(Output::One)
}

fn told(name: &str, result: DType, out: DType) -> String {
    let (result, out) = (result.scalar_name(), out.scalar_name());
    format!("linalg.{name} expected out tensor dtype {result} but got: {out}")
}

fn truth(args: &[Arg<'_>]) -> bool {
    args.get(3).is_some_and(Arg::truth)
}

fn dtype(args: &[Arg<'_>]) -> Option<DType> {
    args.get(4).and_then(Arg::dtype)
}

fn matrix_norm(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let t = tensor(args, 0)?;
    let order = Order::of(args.get(1))?.unwrap_or(Order::Word("fro"));
    let found = of_matrices(t, order, args.get(2).and_then(Arg::dims).unwrap_or(&[-2, -1]), args)?;
    let fits: out::Fits = Some(|result, out| told("matrix_norm", result, out));
    out::give("linalg_matrix_norm", found, target, fits).map(Output::One)
}

fn of_matrices(t: &Tensor, order: Order<'_>, dims: &[i64], args: &[Arg<'_>]) -> Result<Tensor> {
    let refuse = |text: String| Err(Error::runtime(format!("linalg.matrix_norm: {text}")));
    match order {
        Order::Word(word) if !matches!(word, "fro" | "nuc") => return refuse(format!("Order {word} not supported.")),
        Order::Number(p) if !matches!(p.abs(), 1.0 | 2.0 | f64::INFINITY) => {
            return refuse(format!("Order {} not supported.", cpp_number(p)));
        }
        _ => {}
    }
    if t.ndim() < 2 {
        return refuse("The input tensor A must have at least 2 dimensions.".into());
    }
    if !t.dtype().is_differentiable() {
        return refuse(format!(
            "Expected a floating point or complex tensor as input. Got {}",
            t.dtype().scalar_name()
        ));
    }
    let &[a, b] = dims else {
        let given: Vec<String> = dims.iter().map(i64::to_string).collect();
        return refuse(format!("dim must be a 2-tuple. Got {}", given.join(" ")));
    };
    let (a, b) = (shape::wrap_dim(a, t.ndim())?, shape::wrap_dim(b, t.ndim())?);
    if a == b {
        return refuse(format!("dims must be different. Got ({}, {})", dims[0], dims[1]));
    }
    let (keepdim, dtype) = (truth(args), dtype(args));
    let p = match order {
        Order::Word("fro") => {
            return norm::over(t, 2.0, Some(&[a as i64, b as i64]), (keepdim, dtype), Target::Fresh);
        }
        Order::Word(_) => return Err(norm::no_singular_values("linalg.matrix_norm")),
        Order::Number(p) => p,
    };
    if p.abs() == 2.0 {
        return Err(norm::no_singular_values("linalg.matrix_norm"));
    }
    // Sums of sizes along one dimension, then the extreme of them along the other.
    let (summed, other) = if p.abs() == 1.0 { (a, b) } else { (b, a) };
    let sums = norm::over(t, 1.0, Some(&[summed as i64]), (keepdim, dtype), Target::Fresh)?;
    let other = if !keepdim && summed < other { other - 1 } else { other };
    // Without sums torch makes zeros, which have no history.
    let _off = (p > 0.0 && sums.geometry().shape[other] == 0).then(|| GradMode::new(false));
    if p > 0.0 { amax_over(&sums, 1 << other, keepdim) } else { amin_along(&sums, other, keepdim) }
}
