//! Expected texts are what torch 2.13 printed for the same numbers.

use super::*;
use DType::*;
use std::f64::consts::PI;

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;
const PLAIN: Suffix<'_> = Suffix { class: None, parameter: false, grad_fn: None, requires_grad: false, tangent: None };

/// A tensor's numbers.
#[derive(Clone, Copy)]
enum Of<'a> {
    /// These, in order; real and imaginary parts by turns.
    These(&'a [f64]),
    /// Multiples of a step.
    Steps(f64),
    /// The ends of int64, which no float64 holds.
    Ends,
}

impl Of<'_> {
    fn at(self, dtype: DType, place: usize) -> Scalar {
        let real = |i: usize| match self {
            Of::These(x) => x[i],
            Of::Steps(step) => i as f64 * step,
            Of::Ends => 0.0,
        };
        match dtype {
            Bool => Scalar::Bool(real(place) != 0.0),
            Complex64 | Complex128 => Scalar::Complex(real(2 * place), real(2 * place + 1)),
            _ if dtype.is_floating_point() => Scalar::Float(real(place)),
            _ if matches!(self, Of::Ends) => Scalar::Int([i64::MIN, i64::MAX][place]),
            _ => Scalar::Int(real(place) as i64),
        }
    }
}

fn show(dtype: DType, shape: &[i64], numbers: Of<'_>, options: Options, suffix: Suffix<'_>) -> String {
    let place = |index: &[i64]| index.iter().zip(shape).fold(0, |place, (i, n)| place * n + i) as usize;
    let elements = (shape, |index: &[i64]| numbers.at(dtype, place(index)));
    tensor_repr(&elements, dtype, Float32, &options, &suffix)
}

#[track_caller]
fn check(dtype: DType, shape: &[i64], numbers: Of<'_>, options: Options, suffix: Suffix<'_>, expected: &str) {
    assert_eq!(show(dtype, shape, numbers, options, suffix), expected);
}

#[track_caller]
fn plain(dtype: DType, shape: &[i64], numbers: &[f64], expected: &str) {
    check(dtype, shape, Of::These(numbers), Options::DEFAULT, PLAIN, expected);
}

/// 0, 1, 2 and so on.
#[track_caller]
fn counted(options: Options, shape: &[i64], expected: &str) {
    check(Int64, shape, Of::Steps(1.0), options, PLAIN, expected);
}

#[track_caller]
fn dressed(suffix: Suffix<'_>, shape: &[i64], numbers: &[f64], expected: &str) {
    check(Float32, shape, Of::These(numbers), Options::DEFAULT, suffix, expected);
}

/// Law: floats that are all whole end in a point and have no digits after it.
#[test]
fn whole_floats() {
    plain(Float32, &[4], &[0.0, 4.0, 8.0, 12.0], "tensor([ 0.,  4.,  8., 12.])");
    plain(Float32, &[], &[28.0], "tensor(28.)");
    plain(Float32, &[3], &[-0.0, 0.0, 1.0], "tensor([-0., 0., 1.])");
    plain(Float32, &[1], &[100000000.0], "tensor([100000000.])");
    plain(Float32, &[4], &[INF, -INF, NAN, 2.0], "tensor([inf, -inf, nan, 2.])");
    plain(Float32, &[2], &[0.0, INF], "tensor([0., inf])");
}

/// Law: four digits, rounded half to even on the exact decimal expansion, and one width for all.
#[test]
fn fixed_floats() {
    plain(Float32, &[3], &[0.5, -1.25, 100.0], "tensor([  0.5000,  -1.2500, 100.0000])");
    plain(Float32, &[2], &[0.0012499999720603228, 0.03125], "tensor([0.0012, 0.0312])");
    plain(Float32, &[2], &[-1.000040054321289, 3.1415927410125732], "tensor([-1.0000,  3.1416])");
    plain(Float32, &[3], &[NAN, -0.5, INF], "tensor([    nan, -0.5000,     inf])");
    plain(Float32, &[], &[0.10000000149011612], "tensor(0.1000)");
    plain(
        Float32,
        &[2, 2],
        &[0.10000000149011612, 0.20000000298023224, 0.30000001192092896, 0.4000000059604645],
        "tensor([[0.1000, 0.2000],\n        [0.3000, 0.4000]])",
    );
}

/// Law: a spread above 1000, a number above 1e8 or one below 1e-4 brings exponents of two digits or more.
#[test]
fn exponents() {
    plain(Float32, &[2], &[9.999999747378752e-06, 1.0], "tensor([1.0000e-05, 1.0000e+00])");
    plain(Float32, &[2], &[1.0, 1001.0], "tensor([1.0000e+00, 1.0010e+03])");
    plain(Float32, &[2], &[1.5, 1500.0], "tensor([   1.5000, 1500.0000])");
    plain(Float32, &[2], &[123456792.0, 1.0], "tensor([1.2346e+08, 1.0000e+00])");
    plain(Float64, &[2], &[1e-300, -1e300], "tensor([ 1.0000e-300, -1.0000e+300], dtype=torch.float64)");
    plain(Float32, &[3], &[0.0, 9.999999747378752e-06, NAN], "tensor([0.0000e+00, 1.0000e-05,        nan])");
    plain(Float32, &[1], &[1000000000.0], "tensor([1.0000e+09])");
}

/// Law: integers and bools are as wide as the widest.
#[test]
fn integers_and_bools() {
    plain(Int64, &[3], &[1.0, -10.0, 100.0], "tensor([  1, -10, 100])");
    plain(Bool, &[2], &[1.0, 0.0], "tensor([ True, False])");
    plain(Bool, &[2, 1], &[1.0, 1.0], "tensor([[True],\n        [True]])");
    plain(UInt8, &[2], &[255.0, 0.0], "tensor([255,   0], dtype=torch.uint8)");
    plain(Int64, &[], &[7.0], "tensor(7)");
    check(Int64, &[2], Of::Ends, Options::DEFAULT, PLAIN, "tensor([-9223372036854775808,  9223372036854775807])");
    plain(Int16, &[2], &[1.0, 2.0], "tensor([1, 2], dtype=torch.int16)");
}

/// Law: smaller floats are printed as the float64 that they are, with their type.
#[test]
fn half_types() {
    plain(Float16, &[2], &[0.0999755859375, 65504.0], "tensor([9.9976e-02, 6.5504e+04], dtype=torch.float16)");
    plain(
        BFloat16,
        &[2],
        &[0.10009765625, 3.00405527047391e38],
        "tensor([1.0010e-01, 3.0041e+38], dtype=torch.bfloat16)",
    );
    plain(Float16, &[], &[1.5], "tensor(1.5000, dtype=torch.float16)");
    plain(Float64, &[2], &[1.0, 2.0], "tensor([1., 2.], dtype=torch.float64)");
}

/// Law: real parts are padded, imaginary parts are not, and each has its own digits.
#[test]
fn complex_numbers() {
    plain(Complex64, &[2], &[1.0, 2.0, -1.5, -0.5], "tensor([ 1.0000+2.0000j, -1.5000-0.5000j])");
    plain(Complex64, &[], &[0.0, 1.0], "tensor(0.+1.j)");
    plain(Complex64, &[2], &[NAN, -INF, 0.0, 0.0], "tensor([nan-infj, 0.+0.j])");
    plain(
        Complex128,
        &[2],
        &[1e-06, 1.0, 2.0, 3.0],
        "tensor([1.0000e-06+1.j, 2.0000e+00+3.j], dtype=torch.complex128)",
    );
    plain(Complex64, &[1, 2], &[1.0, 0.0, 10.0, -20.0], "tensor([[ 1.+0.j, 10.-20.j]])");
}

/// Law: blocks are indented below their bracket and stand apart as many lines as they have dimensions.
#[test]
fn dimensions() {
    plain(Int64, &[2, 2], &[0.0, 1.0, 2.0, 3.0], "tensor([[0, 1],\n        [2, 3]])");
    plain(
        Int64,
        &[2, 2, 2],
        &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0],
        "tensor([[[0, 1],\n         [2, 3]],\n\n        [[4, 5],\n         [6, 7]]])",
    );
    plain(Int64, &[2, 1, 1, 2], &[0.0, 1.0, 2.0, 3.0], "tensor([[[[0, 1]]],\n\n\n        [[[2, 3]]]])");
}

/// Law: a row is broken where the next number would pass the line width.
#[test]
fn line_breaks() {
    counted(
        Options::DEFAULT,
        &[30],
        "tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,\n        18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29])",
    );
    counted(
        Options::DEFAULT,
        &[1, 26],
        "tensor([[ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,\n         18, 19, 20, 21, 22, 23, 24, 25]])",
    );
    check(
        Float32,
        &[5],
        Of::These(&[0.5, 0.5, 0.5, 0.5, 0.5]),
        Options { linewidth: 40, ..Options::DEFAULT },
        PLAIN,
        "tensor([0.5000, 0.5000, 0.5000, 0.5000,\n        0.5000])",
    );
    counted(Options { linewidth: 1, ..Options::DEFAULT }, &[3], "tensor([0,\n        1,\n        2])");
}

/// Law: more elements than the threshold are cut to both ends of every long dimension.
#[test]
fn summaries() {
    counted(Options::DEFAULT, &[1001], "tensor([   0,    1,    2,  ...,  998,  999, 1000])");
    counted(
        Options::DEFAULT,
        &[2, 1001],
        "tensor([[   0,    1,    2,  ...,  998,  999, 1000],\n        [1001, 1002, 1003,  ..., 1999, 2000, 2001]])",
    );
    check(
        Float32,
        &[12],
        Of::Steps(100.0),
        Options { threshold: 5.0, ..Options::DEFAULT },
        PLAIN,
        "tensor([   0.,  100.,  200.,  ...,  900., 1000., 1100.])",
    );
    counted(
        Options { threshold: 5.0, edgeitems: 1, ..Options::DEFAULT },
        &[5, 3, 4],
        "tensor([[[ 0,  ...,  3],\n         ...,\n         [ 8,  ..., 11]],\n\n        ...,\n\n        [[48,  ..., 51],\n         ...,\n         [56,  ..., 59]]])",
    );
    counted(Options { threshold: 5.0, edgeitems: 0, ..Options::DEFAULT }, &[8], "tensor([...], size=(8,))");
    counted(Options { threshold: 5.0, edgeitems: 0, ..Options::DEFAULT }, &[2, 4], "tensor([...], size=(2, 4))");
    counted(Options { edgeitems: 0, ..Options::DEFAULT }, &[2], "tensor([0, 1], size=(2,))");
}

/// Law: options win over what the numbers suggest, except where no number is finite and not 0.
#[test]
fn asked_for() {
    check(
        Float32,
        &[2],
        Of::These(&[1.0, 2.0]),
        Options { sci_mode: Some(true), ..Options::DEFAULT },
        PLAIN,
        "tensor([1.0000e+00, 2.0000e+00])",
    );
    check(
        Float32,
        &[2],
        Of::These(&[9.999999747378752e-06, 1.0]),
        Options { sci_mode: Some(false), ..Options::DEFAULT },
        PLAIN,
        "tensor([0.0000, 1.0000])",
    );
    check(
        Float32,
        &[2],
        Of::These(&[0.0, INF]),
        Options { sci_mode: Some(true), ..Options::DEFAULT },
        PLAIN,
        "tensor([0., inf])",
    );
    check(
        Float64,
        &[2],
        Of::These(&[0.3333333333333333, 0.6666666666666666]),
        Options { precision: 10, ..Options::DEFAULT },
        PLAIN,
        "tensor([0.3333333333, 0.6666666667], dtype=torch.float64)",
    );
    check(
        Float32,
        &[4],
        Of::These(&[0.5, 1.5, 2.5, 3.25]),
        Options { precision: 0, ..Options::DEFAULT },
        PLAIN,
        "tensor([0, 2, 2, 3])",
    );
}

/// Law: an empty tensor says its shape unless it has one dimension, and any type but the default.
#[test]
fn empty_tensors() {
    plain(Float32, &[0], &[], "tensor([])");
    plain(Int64, &[0, 3], &[], "tensor([], size=(0, 3), dtype=torch.int64)");
    plain(Bool, &[2, 0], &[], "tensor([], size=(2, 0), dtype=torch.bool)");
    plain(Complex64, &[0], &[], "tensor([], dtype=torch.complex64)");
}

/// Law: a gradient function is named, a leaf says that it requires a gradient, and a subclass gives its own name.
#[test]
fn graphs_and_classes() {
    dressed(Suffix { requires_grad: true, ..PLAIN }, &[2], &[1.0, 2.0], "tensor([1., 2.], requires_grad=True)");
    dressed(
        Suffix { grad_fn: Some("MulBackward0"), requires_grad: true, ..PLAIN },
        &[],
        &[28.0],
        "tensor(28., grad_fn=<MulBackward0>)",
    );
    dressed(
        Suffix { grad_fn: Some("MulBackward0"), requires_grad: true, ..PLAIN },
        &[10],
        &[
            0.30000001192092896,
            0.30000001192092896,
            0.30000001192092896,
            0.30000001192092896,
            0.30000001192092896,
            0.30000001192092896,
            0.30000001192092896,
            0.30000001192092896,
            0.30000001192092896,
            0.30000001192092896,
        ],
        "tensor([0.3000, 0.3000, 0.3000, 0.3000, 0.3000, 0.3000, 0.3000, 0.3000, 0.3000,\n        0.3000], grad_fn=<MulBackward0>)",
    );
    dressed(
        Suffix { parameter: true, requires_grad: true, ..PLAIN },
        &[1],
        &[1.0],
        "Parameter containing:\ntensor([1.], requires_grad=True)",
    );
    dressed(Suffix { parameter: true, ..PLAIN }, &[1], &[1.0], "Parameter containing:\ntensor([1.])");
    dressed(
        Suffix { class: Some("Scale"), parameter: true, requires_grad: true, ..PLAIN },
        &[1],
        &[1.0],
        "Parameter containing:\nParameter(Scale([1.], requires_grad=True))",
    );
    dressed(Suffix { class: Some("Weight"), ..PLAIN }, &[2], &[1.0, 2.0], "Weight([1., 2.])");
    dressed(Suffix { class: Some("Weight"), ..PLAIN }, &[2, 1], &[1.0, 2.0], "Weight([[1.],\n        [2.]])");
}

/// Law: the default type and its complex partner go unsaid, whichever it is.
#[test]
fn other_default_types() {
    let text = |dtype, default| {
        tensor_repr(&(&[1][..], |_: &[i64]| Scalar::Float(1.0)), dtype, default, &Options::DEFAULT, &PLAIN)
    };
    assert_eq!(text(Float64, Float64), "tensor([1.])");
    assert_eq!(text(Float32, Float64), "tensor([1.], dtype=torch.float32)");
    assert_eq!(text(Float16, Float16), "tensor([1.])");
    assert_eq!(text(Complex128, Float64), "tensor([1.])");
    assert_eq!(text(Complex64, Float64), "tensor([1.], dtype=torch.complex64)");
}

/// Law: a tangent comes last.
#[test]
fn tangents() {
    let suffix = Suffix { requires_grad: true, tangent: Some("tensor([1.])"), ..PLAIN };
    let text = show(Float32, &[1], Of::These(&[2.0]), Options::DEFAULT, suffix);
    assert_eq!(text, "tensor([2.], requires_grad=True, tangent=tensor([1.]))");
}

/// Law: of a tensor too large for memory only what is shown is read.
#[test]
fn huge_tensors() {
    let elements = (&[i64::MAX, 1 << 40][..], |_: &[i64]| Scalar::Bool(true));
    let edges = Options { edgeitems: 1, ..Options::DEFAULT };
    let text = tensor_repr(&elements, Bool, Float32, &edges, &PLAIN);
    assert_eq!(text, "tensor([[True,  ..., True],\n        ...,\n        [True,  ..., True]])");
}

/// Law: profiles are torch's, and unknown names are none.
#[test]
fn profiles() {
    let third = |name| show(Float32, &[], Of::These(&[PI]), Options::profile(name).unwrap_or_default(), PLAIN);
    assert_eq!(third("short"), "tensor(3.14)");
    assert_eq!(third("default"), "tensor(3.1416)");
    assert_eq!(Options::profile("full").map(|o| o.threshold), Some(INF));
    assert_eq!(Options::profile("long"), None);
}
