"""Special functions, shifts, common divisors, signs and angles: values of every type, gradients, refusals."""

import math
from typing import Any

from ..catalogue import close, each
from ..harness import caught, graph
from ..inputs import LAYOUTS, laid_out, tensor
from .bounds import saved
from .rounded import DTYPES, of_type

INFINITY, NAN = math.inf, math.nan
POINTS = [NAN, 1.0, -INFINITY, INFINITY, -0.0, 0.0, 0.25, -3.5, 7.0]
ALONE = ["deg2rad", "rad2deg", "logit", "erfinv", "lgamma", "digamma", "sgn", "angle", "sinc"]
QUESTIONS = ["signbit", "isreal", "positive", "conj", "resolve_conj", "resolve_neg"]
PAIRS = ["hypot", "logaddexp", "logaddexp2", "xlogy", "copysign", "heaviside", "ldexp", "nextafter", "floor_divide"]
WHOLE = ["bitwise_left_shift", "bitwise_right_shift", "gcd", "lcm"]
COMPARISONS = ["greater", "less", "greater_equal", "less_equal", "not_equal"]


def within(torch: Any, op: str, x: Any) -> Any:
    """Where the function is defined."""
    if op in ("erfinv", "logit") and (x.dtype.is_floating_point or x.dtype.is_complex):
        return x * 0.1 + (0.5 if op == "logit" else 0)
    return x


def logarithms_of_gamma_that_are_0(torch: Any) -> Any:
    return [torch.lgamma(torch.tensor(x)) for x in ([1.0, 2.0], [1, 2], [True])]


@close(rtol=2e-6)
@each(op=ALONE, dtype=DTYPES)
def of_every_type(torch: Any, op: str, dtype: str) -> Any:
    x = within(torch, op, of_type(torch, dtype, 3))
    if op == "angle":
        return torch.angle(x), x.angle()
    if dtype in ("float16", "bfloat16"):  # which round otherwise in the last place
        return getattr(torch, op)(x).dtype, getattr(torch, op)(x).double().mul(8).round()
    return caught(getattr(torch, op), x), caught(getattr(x, op)), caught(getattr(x.clone(), op + "_"))


@each(op=QUESTIONS, dtype=DTYPES)
def questions(torch: Any, op: str, dtype: str) -> Any:
    x = of_type(torch, dtype, 3)
    y = caught(getattr(torch, op), x)
    if op == "conj" and dtype == "complex64":
        return y * 1
    return y, getattr(y, "is_complex", bool)(), (y is x) if op != "conj" else None


@close(rtol=2e-6, atol=1e-6)
@each(op=[*ALONE, "signbit", "nan_to_num"], dtype=["float32", "float64"])
def at_points(torch: Any, op: str, dtype: str) -> Any:
    x = torch.tensor([*POINTS, -1.0, -2.0, 0.5, 2.0], dtype=getattr(torch, dtype))
    if op == "sinc":
        x = x[[0, 4, 5, 6, 7]]
    return getattr(torch, op)(x)


@close(rtol=1e-6, atol=1e-7)
@each(op=PAIRS, dtype=["float32", "float64"])
def pairs_of_points(torch: Any, op: str, dtype: str) -> Any:
    x = torch.tensor(POINTS, dtype=getattr(torch, dtype))
    if op == "nextafter":
        return torch.nextafter(x.reshape(-1, 1), x), torch.nextafter(x.reshape(-1, 1).half(), x.half())
    return getattr(torch, op)(x.reshape(-1, 1), x)


@each(dtype=["float16", "bfloat16"])
def next_to_halves(torch: Any, dtype: str) -> Any:
    kind = getattr(torch, dtype)
    x = torch.tensor([1.0, 1.5, 0.99, 2.0, 1e-5, 6e-8, 0.0, 3e4, 65504.0, 1e-40, 6.1035e-05, 3.3e38]).to(kind)
    x = torch.stack([x, -x])
    return [torch.nextafter(x, torch.full_like(x, to)) for to in (-INFINITY, INFINITY, 0.0)]


@close(rtol=2e-6, atol=1e-6)
@each(op=[*PAIRS, *WHOLE, "float_power"], dtype=DTYPES, other=["float32", "int64", "same"])
def pairs_of_types(torch: Any, op: str, dtype: str, other: str) -> Any:
    a, b = of_type(torch, dtype, 5), of_type(torch, dtype if other == "same" else other, 6)
    if op in ("xlogy", "floor_divide") or (op == "float_power" and not a.dtype.is_complex):
        a, b = a if op == "floor_divide" else a * a, b * b + 1 if b.dtype != torch.bool else b | True
    y = caught(getattr(torch, op), a, b)
    if dtype in ("float16", "bfloat16") and op not in ("copysign", "heaviside", "nextafter"):
        return y.dtype if hasattr(y, "dtype") else y
    if op in ("logaddexp", "logaddexp2") or (a.dtype.is_complex and op == "float_power"):
        return y
    return y, caught(getattr(a, op), b), caught(lambda: getattr(a.clone(), op + "_")(b))


@close(rtol=2e-6)
@each(op=["xlogy", "copysign", "floor_divide", "float_power", *WHOLE[:2]], number=[2, 2.5, -1, True, 0])
def pairs_with_numbers(torch: Any, op: str, number: Any) -> Any:
    f = getattr(torch, op)
    results = [caught(f, x, number) for x in (torch.tensor([3, -2]), torch.tensor([1.5, 3.0]), torch.tensor([True]))]
    return results, caught(f, number, torch.tensor([3, 2])) if op != "copysign" else None


@each(op=COMPARISONS)
def other_names(torch: Any, op: str) -> Any:
    x, y, f = torch.tensor([1.0, 2.0, NAN]), torch.tensor([2.0, 2.0, 1.0]), getattr(torch, op)
    return (
        f(x, y),
        f(x, 2),
        getattr(x, op)(y),
        getattr(x.clone(), op + "_")(y),
        f(x, y, out=torch.empty(3)),
        caught(f, 1),
    )


def shifts(torch: Any) -> Any:
    a, by = torch.tensor([1, 5, -3, 1, -8]), torch.tensor([63, 64, -1, 2, 1])
    small = torch.tensor([1, 5, -3, 100], dtype=torch.int8)
    few = torch.tensor([7, 8, 9, 2], dtype=torch.int8)
    u = torch.tensor([1, 5, 253, 100], dtype=torch.uint8)
    same = torch.tensor([5, 7])
    kept = same
    same <<= 2
    same >>= 1
    same //= 3
    return [
        a << by, a >> by, small << few, small >> few, u << u % 9, u >> 3, 1 << torch.tensor([1, 2]), 64 >> few,
        same, same is kept, torch.gcd(a, by), torch.lcm(a, by), torch.gcd(small, few), torch.lcm(u, u - 3),
        caught(lambda: torch.ones(2) << 1), caught(lambda: torch.ones(2) >> 1), caught(lambda: 1.5 << a),
        caught(lambda: a.__lshift__("a")), caught(lambda: a.__ilshift__(1.5)), caught(lambda: a << "a"),
    ]  # fmt: skip


def quotients_by_their_sign(torch: Any) -> Any:
    x, i = torch.tensor([7.0, -7.0, 1.0, 0.0]), torch.tensor([7, -7])
    return [
        x // 2, x // torch.tensor([2.0, 2.0, 0.0, 0.0]), 15 // torch.tensor([2, -4]), i // 2, i // 2.5, i // -2,
        -7.5 // x[:2], caught(lambda: i // 0), caught(lambda: divmod(i, 2)), caught(lambda: i // "a"),
        torch.floor_divide(2, torch.tensor(3)), torch.floor_divide(i, -4), caught(lambda: torch.floor_divide(i, 1j)),
    ]  # fmt: skip


def what_has_no_derivative(torch: Any) -> Any:
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    c = torch.ones(2)
    results = []
    for y in (x // 2, 2 // x, x // c, c // x, torch.floor_divide(x, x), torch.heaviside(x, c), torch.heaviside(c, x)):
        results.append((graph(y), y.grad_fn.name(), type(y.grad_fn).__name__, y.detach(), caught(y.sum().backward)))
    return results


@close(rtol=1e-6)
@each(op=[*(name for name in ALONE if name not in ("sgn", "angle")), "float_power"])
def gradients(torch: Any, op: str) -> Any:
    x = tensor(torch, (5,), 8, "float64", 0.1, 0.9).requires_grad_(True)
    y = torch.float_power(x.float(), 2.5) if op == "float_power" else getattr(torch, op)(x)
    if op == "digamma":
        return graph(y), saved(y), y.detach(), torch.autograd.grad((y * y).sum(), x)
    (first,) = torch.autograd.grad((y * y * x).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    return graph(y), saved(y) if op != "float_power" else None, y.detach(), first.detach(), second


def signs_of_real_numbers(torch: Any) -> Any:
    """Their derivatives are 0."""
    x = torch.tensor([1.5, -2.0, 0.0], requires_grad=True)
    y = [torch.sgn(x), torch.angle(x), x.sgn(), x.angle()]
    return [graph(y) for y in y], [(y * x).detach() for y in y], torch.autograd.grad((y[1] * x).sum(), x)


@close(rtol=1e-6)
@each(op=["hypot", "logaddexp", "logaddexp2", "xlogy", "copysign", "ldexp", "nextafter", "float_power"])
def gradients_of_pairs(torch: Any, op: str) -> Any:
    a = torch.tensor([1.0, 0.0, 0.7, 3.0, 4.5], requires_grad=True, dtype=torch.float64)
    b = torch.tensor([1.0, 0.5, 0.3, 2.0, 1.5], requires_grad=True, dtype=torch.float64)
    y = getattr(torch, op)(a, b)
    firsts = torch.autograd.grad((y * y).sum(), [a, b], create_graph=True)
    return graph(y), saved(y), y.detach(), [g.detach() for g in firsts]


@close(rtol=1e-6)
def gradients_beside_numbers(torch: Any) -> Any:
    x = torch.tensor([1.0, 0.0, 0.7], requires_grad=True)
    results = []
    for y in (
        torch.xlogy(x, 2.0), torch.xlogy(x, -2), torch.xlogy(2.0, x), torch.copysign(x, -2), torch.float_power(x, 3),
        torch.float_power(2, x), torch.logit(x, 0.2), torch.logit(x), torch.logit(x, -1.0), x.logit(eps=0.3),
    ):  # fmt: skip
        (first,) = torch.autograd.grad(y[0::2].sum(), x, create_graph=True)
        results.append((graph(y), y.detach(), first.detach()))
    x = x.detach().requires_grad_(True)
    return results, [
        saved(y) for y in (torch.xlogy(x, 2), torch.xlogy(2.5, x), torch.copysign(x, -2), x.logit(0.2), x.logit())
    ]


@close(rtol=1e-5)
@each(op=["sgn", "angle", "sinc", "conj", "float_power"])
def of_complex_numbers(torch: Any, op: str) -> Any:
    x = tensor(torch, (4,), 5, "complex128").requires_grad_(True)
    y = torch.float_power(x, 2) if op == "float_power" else getattr(torch, op)(x)
    (first,) = torch.autograd.grad((y * y).sum().abs(), x, create_graph=True)
    zero = torch.tensor([0j, -0.0 + 0j], requires_grad=True)
    at_zero = torch.float_power(zero, 2) if op == "float_power" else getattr(torch, op)(zero)
    (at,) = torch.autograd.grad(at_zero.sum().abs(), zero) if op not in ("float_power", "conj") else (None,)
    return graph(y), (y * 1).detach(), (first * 1).detach(), (at_zero * 1).detach(), at


def taken_apart(torch: Any) -> Any:
    results = []
    for kind in (torch.float32, torch.float64, torch.float16, torch.bfloat16):
        x = torch.tensor([0.0, 1.0, NAN, INFINITY, -8.5, 1e-42, 3e38, 0.5, -0.75, 1e-7]).to(kind)
        mantissa, exponent = torch.frexp(x)
        results += [mantissa, exponent]
    x = torch.tensor([3.0, -0.3], requires_grad=True)
    parts = torch.frexp(x)
    results += [type(parts).__name__, parts.exponent, graph(parts.mantissa), torch.autograd.grad(parts[0].sum(), x)]
    return results, caught(torch.frexp, torch.tensor([1])), caught(x.detach().frexp)


def given_a_result(torch: Any) -> Any:
    x, z, i = torch.tensor([0.5, 2.0]), torch.tensor([1j, 1]), torch.tensor([4, 6])
    single, double, whole = torch.float32, torch.float64, torch.int64

    def into(f: Any, *arguments: Any, dtype: Any) -> Any:
        return caught(lambda: f(*arguments, out=torch.empty(2, dtype=dtype)))

    return [
        into(torch.signbit, x, dtype=single), into(torch.signbit, x, dtype=torch.bool),
        into(torch.float_power, x, 2, dtype=single), into(torch.float_power, x, 2, dtype=double),
        into(torch.angle, z, dtype=double), into(torch.angle, z, dtype=torch.complex64),
        into(torch.heaviside, x, x, dtype=double), into(torch.deg2rad, x, dtype=whole),
        into(torch.gcd, i, i, dtype=single), into(torch.copysign, x, -1, dtype=double),
        into(torch.clamp, x, 0, 1, dtype=whole), into(torch.floor_divide, i, i, dtype=whole),
        into(torch.lerp, x, x, 0.5, dtype=double), into(torch.lerp, x, x, 0.5, dtype=whole),
        into(torch.xlogy, i, i - 3, dtype=whole), into(torch.sgn, z, dtype=torch.complex128),
        caught(lambda: x.clone().float_power_(2)), caught(lambda: i.clone().ldexp_(i)),
    ]  # fmt: skip


@close(rtol=2e-6)
@each(op=["hypot", "lgamma", "erfinv", "sgn", "copysign", "floor_divide"], layout=LAYOUTS)
def layouts(torch: Any, op: str, layout: str) -> Any:
    x = laid_out(torch, layout, 7, "float32", -0.9, 0.9)
    f = getattr(torch, op)
    return f(x) if op in ("lgamma", "erfinv", "sgn") else f(x, -x)


@close(rtol=1e-6)
@each(op=["hypot", "logaddexp", "xlogy", "lerp", "addcmul", "erfinv", "lgamma", "sinc", "clamp", "sgn", "angle"])
def tangents(torch: Any, op: str) -> Any:
    complex_ = op in ("sgn", "angle")
    dtype = "complex128" if complex_ else "float64"
    x, v = tensor(torch, (4,), 13, dtype, 0.1, 0.9), tensor(torch, (4,), 14, dtype)
    c = tensor(torch, (4,), 15, "float64", 0.5, 2.0)
    f: Any = getattr(torch, op)
    if op in ("hypot", "logaddexp", "xlogy"):
        return torch.func.jvp(lambda x: f(x, c), (x,), (v,)), torch.func.jvp(lambda x: f(c, x), (x,), (v,))
    if op in ("lerp", "addcmul"):
        return torch.func.jvp(lambda x: f(c, x, x), (x,), (v,))
    return torch.func.jvp((lambda x: x.clamp(0.3, 0.6)) if op == "clamp" else f, (x,), (v,))


ALONE_ = ["deg2rad_", "rad2deg_", "logit_", "erfinv_", "lgamma_", "digamma_", "sgn_", "sinc_", "nan_to_num_"]
PAIRS_ = [
    "hypot_",
    "xlogy_",
    "copysign_",
    "heaviside_",
    "nextafter_",
    "ldexp_",
    "floor_divide_",
    "float_power_",
    "clamp_",
    "clip_",
    "clamp_min_",
    "clamp_max_",
    "greater_",
    "less_",
    "greater_equal_",
    "less_equal_",
    "not_equal_",
]
WHOLE_ = ["bitwise_left_shift_", "bitwise_right_shift_", "gcd_", "lcm_", "floor_divide_", "clamp_min_", "less_"]


@close(rtol=2e-6)
@each(written=ALONE_)
def in_place(torch: Any, written: str) -> Any:
    x = tensor(torch, (4,), 3, "float64", 0.1, 0.9)
    leaf = torch.ones(2, requires_grad=True)
    return getattr(x, written)() is x, x, x._version, caught(getattr(leaf, written))


@close(rtol=2e-6)
@each(written=PAIRS_)
def pairs_in_place(torch: Any, written: str) -> Any:
    x, y = tensor(torch, (4,), 3, "float64", 0.1, 0.9), tensor(torch, (4,), 4, "float64", 0.1, 0.9)
    leaf = torch.ones(2, dtype=torch.float64, requires_grad=True)
    return getattr(x, written)(y) is x, x, x._version, caught(getattr(leaf, written), y[:2])


@each(written=WHOLE_)
def whole_numbers_in_place(torch: Any, written: str) -> Any:
    x = of_type(torch, "int64", 3)
    return getattr(x, written)(torch.tensor(3)) is x, x, caught(getattr(x, written), torch.tensor(1.5))


@close(rtol=2e-6)
@each(written=["addcmul_", "addcdiv_", "lerp_"])
def blends_in_place(torch: Any, written: str) -> Any:
    x, y = tensor(torch, (4,), 3, "float64", 0.1, 0.9), tensor(torch, (4,), 4, "float64", 0.1, 0.9)
    leaf = torch.ones(4, dtype=torch.float64, requires_grad=True)
    z = leaf * 2
    getattr(z, written)(y, y)
    return getattr(x, written)(y, x), x._version, graph(z), torch.autograd.grad(z.sum(), leaf)


NAMED = {
    "digamma": "digamma",
    "erf": "erf",
    "erfc": "erfc",
    "erfinv": "erfinv",
    "exp2": "exp2",
    "expit": "sigmoid",
    "expm1": "expm1",
    "gammaln": "lgamma",
    "log1p": "log1p",
    "logit": "logit",
    "psi": "digamma",
    "round": "round",
    "sinc": "sinc",
}
ALONG = ["log_softmax", "logsumexp", "softmax"]


@close(rtol=2e-6)
@each(name=NAMED)
def of_the_module(torch: Any, name: str) -> Any:
    f = getattr(torch.special, name)
    x = within(torch, NAMED[name], tensor(torch, (3,), 2)).requires_grad_()
    y = f(x)
    words = [caught(f), caught(f, 2), caught(f, x, x, x), caught(f, x, other=1), caught(f, torch.tensor([1j]), out=3)]
    refused = [caught(f, torch.tensor([1 + 1j]), out=torch.empty(1)), caught(f, x, out=torch.empty(1))]
    of_none = f(x.detach(), out=torch.empty(0)), f.__name__
    return y, graph(y), torch.autograd.grad(y.sum(), x), words, refused, of_none


@close(rtol=2e-6)
@each(name=ALONG)
def of_the_module_along(torch: Any, name: str) -> Any:
    f = getattr(torch.special, name)
    x = tensor(torch, (2, 3), 2).requires_grad_()
    y = f(x, 1)
    words = [
        caught(f),
        caught(f, 2),
        caught(f, x),
        caught(f, x, 1, 2, 3, 4),
        caught(f, x.detach(), 1, out=torch.empty(0)),
    ]
    return y, graph(y), torch.autograd.grad((y * y).sum(), x), words, caught(f, x, dim=0, dtype=torch.float64)


def pairs_of_the_module(torch: Any) -> Any:
    f = torch.special.xlogy
    x = torch.tensor([0.0, 1.0, 2.0])
    refused = [caught(f), caught(f, x), caught(f, 1, 2), caught(f, x, torch.tensor([1j]))]
    return f(x, x), f(x, 2), f(2, x), f(x, x, out=torch.empty(0)), refused, torch.special.round(x / 3, decimals=2)


def taken_apart_into(torch: Any) -> Any:
    x, leaf = torch.tensor([3.0, -0.3, 1e-30]), torch.ones(3, requires_grad=True)
    whole, single = torch.int32, torch.float32

    def into(x: Any, *outs: Any) -> Any:
        return caught(lambda: torch.frexp(x, out=outs))

    def empty(dtype: Any, *sizes: int) -> Any:
        return torch.empty(sizes or 0, dtype=dtype)

    apart = torch.zeros(6), torch.zeros(6, dtype=whole)
    given = torch.frexp(x, out=(apart[0][::2], apart[1][1::2]))
    own = x.clone()
    torch.frexp(own, out=(own, empty(whole)))
    long = torch.ones(4)
    return [
        type(given).__name__, given.exponent, apart, own,
        into(x, empty(single), empty(whole)), into(x, empty(single, 3, 1), empty(whole, 2)),
        into(x, empty(single), empty(torch.int64)), into(x, empty(torch.float64), empty(torch.int64)),
        into(x.half(), empty(single), empty(whole)), into(torch.tensor([1]), empty(single), empty(whole)),
        into(leaf, empty(single), empty(whole)), into(x, torch.empty(3, requires_grad=True), empty(whole)),
        into(x, torch.empty(1).expand(3), empty(whole)), into(long[:3], long[1:], empty(whole)),
        into(x, empty(single)), caught(torch.frexp, x, out=empty(single)), caught(torch.frexp, x, out=3),
        caught(lambda: x.frexp(out=(empty(single), empty(whole)))),
    ]  # fmt: skip


def powers_of_two_into(torch: Any) -> Any:
    x, i, leaf = torch.tensor([0.5, 2.0]), torch.tensor([4, 6]), torch.ones(2, requires_grad=True)
    whole = torch.empty(2, dtype=torch.int64)
    return [
        caught(torch.ldexp, x, i, out=whole), caught(torch.ldexp, i, i, out=whole),
        caught(torch.ldexp, x, i[:1], out=whole),
        caught(torch.ldexp, x, torch.ones(3), out=whole), caught(torch.ldexp, leaf, i, out=whole),
        caught(torch.ldexp, x, x, out=torch.empty(2, dtype=torch.bool)), torch.ldexp(x, i, out=torch.empty(2)),
        caught(torch.ldexp, x, x + 1j, out=torch.empty(2)),
    ]  # fmt: skip


@each(dtype=["float16", "bfloat16", "float32", "float64"], by=["int8", "uint8", "int64", "bool"])
def ldexp_by_whole_numbers(torch: Any, dtype: str, by: str) -> Any:
    values = [1.5, 0.0, -0.0, float("inf"), -float("inf"), float("nan"), 2.0**-14, -(2.0**-20), 1.25]
    exponents = [3, 120, -120, -100, 100, 1, -10, 17, 0] if by != "uint8" else [3, 250, 200, 9, 100, 1, 30, 17, 0]
    wide = [-280, 1100, -1100, -2000, 2000, 5, 140, -130, -1073]
    x = torch.tensor(values, dtype=getattr(torch, dtype)).requires_grad_()
    said = [caught(torch.ldexp, x, torch.tensor(exponents).to(getattr(torch, by)))]
    if by == "int64":
        said.append(torch.ldexp(x.detach(), torch.tensor(wide)))
    y = caught(torch.ldexp, x[:2], torch.tensor([1, 2]).to(getattr(torch, by)))
    if isinstance(y, torch.Tensor):
        y.sum().backward()
    return said, x.grad, caught(x.detach()[:1].clone().ldexp_, torch.tensor([2]).to(getattr(torch, by)))


@each(dtype=["int8", "int16", "int32", "int64", "uint8"])
def multiples_that_wrap_around(torch: Any, dtype: str) -> Any:
    kind = getattr(torch, dtype)
    most = torch.iinfo(kind).max
    numbers = [n if kind != torch.uint8 else n % 256 for n in (6, -6, most, -most, 1 - most, most // 2, 3, 7, 0, 1, -1)]
    a = torch.tensor(numbers, dtype=kind)[:, None].repeat(1, len(numbers))
    b = torch.tensor(numbers, dtype=kind)
    wide, low = torch.empty(a.shape, dtype=torch.int64), torch.empty(a.shape, dtype=torch.int8)
    return [
        torch.lcm(a, b),
        a.clone().lcm_(b),
        torch.lcm(a, b, out=wide),
        torch.lcm(a, b, out=low),
        torch.lcm(a, b[3]),
        a.lcm(a.t()),
    ]


@each(op=[*WHOLE, "bitwise_and", "bitwise_or", "bitwise_xor"])
def whole_functions_into_what_wants_a_gradient(torch: Any, op: str) -> Any:
    f, x, leaf = getattr(torch, op), torch.ones(2), torch.ones(2, requires_grad=True)
    whole = torch.ones(2, dtype=torch.int64)
    return [
        caught(f, x, x, out=leaf),
        caught(f, leaf, x, out=x.clone()),
        caught(f, leaf, x, out=whole.clone()),
        caught(f, leaf, torch.ones(3), out=x.clone()),
        caught(f, whole, whole, out=leaf),
    ]


@each(dtype=["float32", "int64", "complex64"])
def steps_into_another_type(torch: Any, dtype: str) -> Any:
    x = torch.ones(2, dtype=getattr(torch, dtype))
    outs = [torch.ones(2, dtype=kind) for kind in (torch.float32, torch.int64, torch.complex64)]
    return [caught(torch.heaviside, x, x, out=out) for out in outs]


@close(rtol=4e-16)
def logarithms_of_gamma_beside_0(torch: Any) -> Any:
    return torch.lgamma(torch.tensor([-9.9e-11, -3e-11, -1.01e-10, -5e-12, 9.9e-11, -1e-300], dtype=torch.float64))
