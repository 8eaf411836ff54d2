//! Rows that combine several tensors at once, and fill in for what is no number.

use crate::dtype::{Category, DType, Scalar};
use crate::error::{Error, Result};
use crate::ops::apply::{Operand, pointwise as apply};
use crate::ops::copy;
use crate::ops::deprecated;
use crate::ops::edge::wants_gradient;
use crate::ops::elements::complex::{view_as_complex, view_as_real};
use crate::ops::layout::lay_alike;
use crate::ops::out;
use crate::ops::promotion::common_dtype;
use crate::ops::row::{Operator, Pointwise, pointwise};
use crate::ops::value::{Arg, Output, Target, tensor};
use crate::tape::mode::{self, GradMode};
use crate::tensor::{Tensor, fitted};

pointwise! { family 51;
    /// From `input` towards `end` by the part `weight` of the way: `input + weight * (end - input)`.
    ///
    /// `input` and `end` are of one type, and so is a `weight` that has dimensions. Raises NotImplementedError for whole numbers.
    Lerp {
        lerp(a, b, w) -> y = N::select(
            w.is_small(),
            w.fused(b - a, a),
            (w - N::lit(1.0)).fused(b - a, b)
        );
        a: |g, w| g * (N::lit(1.0) - w);
        b: |g, w| g * w;
        w: |g, a, b| g * (b - a);
        [Field, Promote; lean] "LerpBackward0", "LerpBackward1";
        "lerp(input, end, weight, *, out = None)" ALL => lerp;
        "lerp(input, end, weight: number, *, out = None)" ALL => lerp;
    }
    /// `input + value * tensor1 * tensor2`, element by element.
    ///
    /// Raises NotImplementedError for truth values.
    Addcmul {
        addcmul(a, b, c, value) constant(value) -> y = (value * b).fused(c, a);
        a: |g| g;
        b: |g, c, value| g * (c * value);
        c: |g, b, value| g * (b * value);
        [Ring, Promote, kernel no_truth; lean] "AddcmulBackward0";
        "addcmul(input, tensor1, tensor2, *, value: factor = 1, out = None)" ALL => addcmul;
        "addcmul(input, value: factor, tensor1, tensor2, *, out = None)" OLD => deprecated::addcmul;
    }
    /// `input + value * tensor1 / tensor2`, element by element.
    ///
    /// Raises RuntimeError where both are of whole numbers.
    Addcdiv {
        addcdiv(a, b, c, value) constant(value) -> y = a + value * b / c;
        a: |g| g;
        b: |g, c, value| g * (value / c);
        c: |g, b, c, value| -g * ((b * value) / (c * c));
        [Field, Promote; lean] "AddcdivBackward0";
        "addcdiv(input, tensor1, tensor2, *, value: number = 1, out = None)" ALL => addcdiv;
        "addcdiv(input, value: number, tensor1, tensor2, *, out = None)" OLD => deprecated::addcdiv;
    }
    /// The logarithm of the sum of e to each of two powers: nothing overflows on the way.
    LogAddExp {
        logaddexp(a, b) -> y = a.log_add_exp(b);
        a: |g, a, b| g / ((b - a).exp() + N::lit(1.0));
        b: |g, a, b| g / ((a - b).exp() + N::lit(1.0));
        [Field, Promote, kernel no_whole; lean] "LogaddexpBackward0";
        "logaddexp(input, other, *, out = None)" BOTH;
    }
    /// Numbers in the place of nan and of the infinities: `nan`, and `posinf` and `neginf`, or the type's largest and
    /// smallest. Whole numbers stay.
    NanToNum {
        nan_to_num(a, nan, posinf, neginf) constant(nan, posinf, neginf) -> y = N::select(
            a.equal(N::lit(f64::INFINITY)),
            posinf,
            N::select(a.equal(N::lit(f64::NEG_INFINITY)), neginf, N::select(a.equal(a), a, nan))
        );
        a: |g, a| g * N::select(a.is_finite(), N::lit(1.0), N::lit(0.0));
        [Real, Promote; lean] "NanToNumBackward0";
        "nan_to_num(input, nan: float = None, posinf: float = None, neginf: float = None, *, out = None)" EVERY => nan_to_num;
    }
    /// `value` in the place of each element that is at most `threshold`.
    Threshold {
        threshold(a, t, v) constant(t, v) -> y = N::select(a.at_most(t), v, a);
        a: |g, a, t| g.gated(a, t);
        [Ordered, Promote, kernel no_truth] "ThresholdBackward0";
        "threshold(input, threshold: factor, value: factor, *, out = None)" FUNCTIONS => threshold;
    }
}

impl Tensor {
    /// From here towards `end` by the part `weight` of the way.
    ///
    /// # Errors
    /// Where types differ, for whole numbers, and where shapes do not broadcast together.
    pub fn lerp<'a>(&'a self, end: &'a Tensor, weight: impl Into<Operand<'a>>) -> Result<Tensor> {
        blend(self, end, weight.into(), Target::Fresh)
    }
    /// This and `value` times the product of two tensors.
    ///
    /// # Errors
    /// For truth values, and where shapes do not broadcast together.
    pub fn addcmul(&self, tensor1: &Tensor, tensor2: &Tensor, value: Scalar) -> Result<Tensor> {
        scaled(Addcmul::OPERATOR, Addcmul::ROW, [self, tensor1, tensor2], value, Target::Fresh)
    }
    /// This and `value` times the quotient of two tensors.
    ///
    /// # Errors
    /// Where both are of whole numbers, and where shapes do not broadcast together.
    pub fn addcdiv(&self, tensor1: &Tensor, tensor2: &Tensor, value: Scalar) -> Result<Tensor> {
        refuse_whole_quotient(tensor1, tensor2)?;
        scaled(Addcdiv::OPERATOR, Addcdiv::ROW, [self, tensor1, tensor2], value, Target::Fresh)
    }
    /// Numbers in the place of nan and of the infinities; the type's largest and smallest where none is given.
    ///
    /// # Errors
    /// Where a complex tensor wants a gradient.
    pub fn nan_to_num(&self, nan: f64, posinf: Option<f64>, neginf: Option<f64>) -> Result<Tensor> {
        filled_in(self, [Some(nan), posinf, neginf], Target::Fresh)
    }
    /// `value` in the place of each element that is at most `threshold`.
    ///
    /// # Errors
    /// For truth values and complex types.
    pub fn threshold(&self, threshold: f64, value: f64) -> Result<Tensor> {
        let [t, v] = [threshold, value].map(|x| Operand::Number(Scalar::Float(x)));
        limited(&[Operand::Tensor(self), t, v], Target::Fresh)
    }
}

fn lerp(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let weight = args.get(2).and_then(Arg::operand).ok_or_else(missing)?;
    blend(tensor(args, 0)?, tensor(args, 1)?, weight, target).map(Output::One)
}

fn blend(x: &Tensor, end: &Tensor, weight: Operand<'_>, target: Target<'_>) -> Result<Tensor> {
    let own = x.dtype();
    let same = |name: &str, t: &Tensor| match t.dtype() {
        d if d == own => Ok(()),
        d => Err(Error::runtime(format!("expected dtype {} for `{name}` but got dtype {}", own.c_name(), d.c_name()))),
    };
    same("end", end)?;
    let ins = [Operand::Tensor(x), Operand::Tensor(end), weight];
    let (variant, kernel, common) = match weight {
        // torch promotes where a weight of one element has no dimensions, and converts nothing else.
        Operand::Tensor(w) if w.ndim() == 0 => (1, "lerp_kernel_tensor", common_dtype(&ins)),
        Operand::Tensor(w) => {
            same("weight", w)?;
            if let Target::Out(out) = target {
                crate::ops::inplace::check_out("lerp", out, &ins)?;
            }
            crate::ops::out::check(own, target, crate::ops::out::FOUND)?;
            (1, "lerp_kernel_tensor", own)
        }
        Operand::Number(_) => (0, "lerp_kernel_scalar", own),
    };
    if !common.is_differentiable() {
        return Err(Error::no_kernel(kernel, common));
    }
    if let Operand::Number(w) = weight {
        fitted(w, own.wide(), i64::MAX)?;
    }
    apply(Lerp::OPERATOR, Lerp::ROW, variant, &ins, target)
}

pub(in crate::ops) fn addcmul(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let ins = [tensor(args, 0)?, tensor(args, 1)?, tensor(args, 2)?];
    scaled(Addcmul::OPERATOR, Addcmul::ROW, ins, factor(args), target).map(Output::One)
}

pub(in crate::ops) fn addcdiv(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let ins = [tensor(args, 0)?, tensor(args, 1)?, tensor(args, 2)?];
    refuse_whole_quotient(ins[1], ins[2])?;
    scaled(Addcdiv::OPERATOR, Addcdiv::ROW, ins, factor(args), target).map(Output::One)
}

fn factor(args: &[Arg<'_>]) -> Scalar {
    match args.get(3).and_then(Arg::operand) {
        Some(Operand::Number(value)) => value,
        _ => Scalar::Int(1),
    }
}

fn refuse_whole_quotient(a: &Tensor, b: &Tensor) -> Result<()> {
    if !a.dtype().is_integral() || !b.dtype().is_integral() {
        return Ok(());
    }
    Err(Error::runtime(
        "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a true \
         division of tensor1 and tensor2. The historic addcdiv behavior can be implemented as (input + value * \
         torch.trunc(tensor1 / tensor2)).to(input.dtype) for integer inputs and as (input + value * tensor1 / tensor2) for \
         float inputs. The future addcdiv behavior is just the latter implementation: (input + value * tensor1 / tensor2), for \
         all dtypes.",
    ))
}

/// With a factor, which does not raise the result's type: it is cut to it.
fn scaled(
    op: &'static Operator,
    row: &'static Pointwise,
    ins: [&Tensor; 3],
    value: Scalar,
    target: Target<'_>,
) -> Result<Tensor> {
    let [a, b, c] = ins.map(Operand::Tensor);
    let common = common_dtype(&[a, b, c]);
    if let (Target::InPlace, false) = (target, common.can_cast(ins[0].dtype())) {
        return Err(Error::no_cast(common, ins[0].dtype()));
    }
    let value = match common.category() {
        Category::Bool => Scalar::Bool(true),
        Category::Integral => Scalar::Int(fitted(value, common, i64::MAX)?.to_i64()),
        _ => fitted(value, common.wide(), i64::MAX)?,
    };
    apply(op, row, 0, &[a, b, c, Operand::Number(value)], target)
}

fn nan_to_num(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let number = |i: usize| match args.get(i).and_then(Arg::operand) {
        Some(Operand::Number(x)) => Some(x.to_f64()),
        _ => None,
    };
    filled_in(tensor(args, 0)?, [number(1), number(2), number(3)], target).map(Output::One)
}

fn filled_in(x: &Tensor, given: [Option<f64>; 3], target: Target<'_>) -> Result<Tensor> {
    let own = x.dtype();
    if let Target::Out(out) = target
        && out.dtype() != own
    {
        let (out, own) = (out.dtype().scalar_name(), own.scalar_name());
        return Err(Error::runtime(format!("nan_to_num: dtype of out: {out} should be same as input: {own}")));
    }
    if own.is_integral() {
        return match target {
            Target::Fresh => copy::duplicate(x),
            Target::InPlace => Ok(x.clone()),
            Target::Out(_) => out::give("nan_to_num", copy::duplicate(x)?, target, out::SAME),
        };
    }
    if own.is_complex() {
        if mode::is_grad_enabled() && wants_gradient(x) {
            return Err(Error::runtime(
                "nan_to_num does not support automatic differentiation for outputs with complex dtype.",
            ));
        }
        let _off = GradMode::new(false);
        let parts = filled_in(&view_as_real(&copy::contiguous(x)?)?, given, Target::Fresh)?;
        let result = copy::duplicate_like(x, &view_as_complex(&parts)?)?;
        return match target {
            Target::Fresh => Ok(result),
            Target::InPlace => copy::copy_(x, &result).map(|()| x.clone()),
            Target::Out(_) => out::give("nan_to_num", result, target, out::SAME),
        };
    }
    let most = own.greatest();
    let numbers = [given[0].unwrap_or(0.0), given[1].unwrap_or(most), given[2].unwrap_or(-most)];
    let [nan, above, below] = numbers.map(|x| Operand::Number(Scalar::Float(x)));
    let out = apply(NanToNum::OPERATOR, NanToNum::ROW, 0, &[Operand::Tensor(x), nan, above, below], target)?;
    if let Target::Fresh = target {
        lay_alike(&out, x)?;
    }
    Ok(out)
}

fn threshold(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    let number = |i: usize| args.get(i).and_then(Arg::operand).ok_or_else(missing);
    limited(&[Operand::Tensor(tensor(args, 0)?), number(1)?, number(2)?], target).map(Output::One)
}

/// The numbers do not raise the result's type: they are cut to it.
fn limited(ins: &[Operand<'_>; 3], target: Target<'_>) -> Result<Tensor> {
    let Operand::Tensor(x) = ins[0] else { return Err(missing()) };
    if x.dtype() == DType::Bool || x.dtype().is_complex() {
        return Err(Error::no_kernel("threshold_cpu", x.dtype()));
    }
    let mut ins = *ins;
    // The bound of halves is float32; the value is an element.
    for (operand, dtype) in ins[1..].iter_mut().zip([x.dtype().wide(), x.dtype()]) {
        if let Operand::Number(n) = operand {
            let n = fitted(*n, dtype, i64::MAX)?;
            *operand = Operand::Number(if x.dtype().is_integral() { Scalar::Int(n.to_i64()) } else { n });
        }
    }
    apply(Threshold::OPERATOR, Threshold::ROW, 0, &ins, target)
}

#[cold]
fn missing() -> Error {
    Error::type_error("an operand is missing")
}

fn no_truth(name: &str, common: DType, _: &[Operand<'_>]) -> Result<()> {
    let kernel = if name == "addcmul" { "addcmul_cpu_out" } else { "threshold_cpu" };
    if common == DType::Bool { Err(Error::no_kernel(kernel, common)) } else { Ok(()) }
}

fn no_whole(name: &str, common: DType, _: &[Operand<'_>]) -> Result<()> {
    if common.is_integral() { Err(Error::no_kernel(&format!("{name}_cpu"), common)) } else { Ok(()) }
}
