"""Numbers that an element type cannot hold: where they are refused, cut, or become infinite."""

from typing import Any

from ..catalogue import each
from ..harness import caught

DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "complex64"]
INTEGERS = [-1, 127, 128, -129, 255, 256, -255, -256, 70000, -(2**31) - 1, 2**62]
FLOATS = [-0.5, 127.5, 255.5, -128.5, 65519.0, 9.3e18, 1e39, float("inf")]
NUMBERS = [*INTEGERS, 2**63, *FLOATS, 1j, 300 + 0j]


def _zeros(torch: Any, dtype: str, size: int = 2) -> Any:
    return torch.zeros(size, dtype=getattr(torch, dtype))


@each(dtype=[*DTYPES, "float64", "complex128"])
def filled(torch: Any, dtype: str) -> Any:
    return [
        (caught(torch.full, (1,), number, dtype=getattr(torch, dtype)), caught(_zeros(torch, dtype, 1).fill_, number))
        for number in NUMBERS
    ]


@each(dtype=[*DTYPES, "float64", "complex128"])
def made_like_another(torch: Any, dtype: str) -> Any:
    x = _zeros(torch, dtype, 1)
    return [(caught(torch.full_like, x, number), caught(x.new_full, (1,), number)) for number in [300, -0.5, 1e39, 1j]]


def _assigned(torch: Any, dtype: str, key: Any, number: Any) -> Any:
    x = _zeros(torch, dtype)
    return caught(x.__setitem__, key, number), x


@each(dtype=DTYPES)
def assigned_to_an_element(torch: Any, dtype: str) -> Any:
    return [_assigned(torch, dtype, 0, number) for number in NUMBERS]


@each(dtype=DTYPES)
def assigned_where_a_mask_holds(torch: Any, dtype: str) -> Any:
    return [_assigned(torch, dtype, torch.tensor([True, False]), number) for number in NUMBERS]


@each(dtype=["uint8", "int32", "float16", "float32"])
def assigned_in_every_way(torch: Any, dtype: str) -> Any:
    keys = [..., None, True, False, slice(None), slice(0, 0), [1], torch.tensor([0, 0]), torch.tensor([False, False])]
    return [_assigned(torch, dtype, key, number) for key in keys for number in [2**40, 1e39, 1j]]


@each(dtype=["uint8", "int8", "int16", "int32", "int64", "float32", "complex64"])
def chosen_by_where(torch: Any, dtype: str) -> Any:
    mask, x = torch.tensor([True, False]), _zeros(torch, dtype)
    return [(caught(torch.where, mask, x, number), caught(torch.where, mask, number, x)) for number in NUMBERS]


@each(dtype=["bool", "float16", "bfloat16"])
def chosen_by_where_of_the_half_types(torch: Any, dtype: str) -> Any:
    mask, x = torch.tensor([True, False]), _zeros(torch, dtype)
    return [caught(torch.where, mask, x, number) for number in [*INTEGERS, *FLOATS]]


def chosen_among_numbers(torch: Any) -> Any:
    mask = torch.tensor([True, False])
    return [caught(torch.where, mask, number, other) for number in [300, 1e39, 1e39j] for other in [1, 1.5, False]]


@each(name=["add", "sub", "rsub"], dtype=DTYPES[1:])
def factors(torch: Any, name: str, dtype: str) -> Any:
    x = _zeros(torch, dtype)
    return [caught(getattr(torch, name), x, x, alpha=number) for number in [*INTEGERS, 2**63, 65519.0, 1e39, 1j]]


@each(name=["sub", "rsub"])
def factors_of_differences_are_negated_first(torch: Any, name: str) -> Any:
    numbers = [2**63, 2**63 + 1, 2**64 - 1, -(2**63)]
    ones = [torch.ones(2, dtype=dtype) for dtype in (torch.uint8, torch.int32, torch.int64)]
    return [caught(getattr(torch, name), x, x, alpha=number) for x in ones for number in numbers]


def factors_of_mixed_types(torch: Any) -> Any:
    x = _zeros(torch, "uint8")
    return [
        caught(torch.add, x, x.to(torch.int16), alpha=300),
        caught(torch.add, x, x.to(torch.float32), alpha=2**63),
        caught(torch.add, x, 1, alpha=300),
        caught(torch.add, x, 1.5, alpha=1e39),
        caught(x.add_, x, alpha=300),
        caught(x.sub_, x.to(torch.int16), alpha=300),
        caught(torch.add, x[:0], x[:0], alpha=300),
    ]


@each(dtype=DTYPES)
def exponents(torch: Any, dtype: str) -> Any:
    x = torch.ones(2, dtype=getattr(torch, dtype))
    numbers = [*INTEGERS, 65519.0, -65520.0, 1e39]
    return [(caught(torch.pow, x, number), caught(lambda number=number: x**number)) for number in numbers]


def what_is_refused_first(torch: Any) -> Any:
    x, leaf = _zeros(torch, "uint8"), torch.zeros(2, requires_grad=True)
    return [
        caught(x.__setitem__, 5, 300),
        caught(x.__setitem__, "a", 300),
        caught(x.__setitem__, 5, 2**70),
        caught(x.__setitem__, 5, "b"),
        caught(x.__setitem__, False, "b"),
        caught(x.__setitem__, False, [300]),
        caught(leaf.fill_, 1e39),
        caught(leaf.__setitem__, 0, 1e39),
        caught(torch.zeros(1).expand(3).fill_, 1e39),
        caught(torch.zeros(0).fill_, 1e39),
        caught(torch.where, torch.tensor([True, False, True]), x, 300),
    ]


def lists_are_not_assigned(torch: Any) -> Any:
    x = torch.zeros(2)
    values = [[1, 2], (1.0, 2.0), [], ["a"], range(2), {1}, b"a", object, None]
    return [caught(x.__setitem__, key, value) for value in values for key in (0, slice(None), [0, 1])], x


def what_is_refused_changes_nothing(torch: Any) -> Any:
    x = _zeros(torch, "int8")
    return [caught(x.fill_, 300), caught(x.__setitem__, 0, 300), caught(x.__setitem__, [0], 300), x, x._version]


def tensors_are_converted(torch: Any) -> Any:
    return [
        _zeros(torch, "int8").fill_(torch.tensor(300)),
        _zeros(torch, "float32").fill_(torch.tensor(1e300, dtype=torch.float64)),
        torch.where(torch.tensor([True, False]), _zeros(torch, "int8"), torch.tensor(300)),
        _zeros(torch, "uint8").copy_(torch.tensor(300)),
    ]


HALF = [1e6, -1e6, 65519.0, 65520.0, -65520.0, 2049.0, 1e39, 1e-8, 0.1, 1 / 3, float("inf"), float("nan")]
OF_HALF: dict[str, Any] = {
    "add": lambda t, a, b: a + b,
    "sub": lambda t, a, b: a - b,
    "mul": lambda t, a, b: a * b,
    "div": lambda t, a, b: a / b,
    "div, floored": lambda t, a, b: t.div(a, b, rounding_mode="floor"),
    "pow": lambda t, a, b: a**b,
    "lt": lambda t, a, b: a < b,
    "eq": lambda t, a, b: a == b,
    "maximum": lambda t, a, b: t.maximum(t.as_tensor(a), t.as_tensor(b)),
    "add 3 *": lambda t, a, b: t.add(a, b, alpha=3),
    "where": lambda t, a, b: t.where(t.as_tensor(a == a), a, b),
    "add_": lambda t, a, b: t.add(a, 1).add_(b),
    "mul_": lambda t, a, b: t.mul(a, 7).mul_(b),
}
# int64 holds the great numbers; a tensor of another type without dimensions, or with one element, is rounded or not by
# the operator and the place.
OTHERS: dict[str, Any] = {
    "number": lambda t, n: n,
    "0-d": lambda t, n: t.tensor(n),
    "0-d float64": lambda t, n: t.tensor(n, dtype=t.float64),
    "whole": lambda t, n: t.tensor([int(n), 2051]) if abs(n) < 1e18 else t.tensor([3, 70001]),
    "one whole": lambda t, n: t.tensor([int(n) if abs(n) < 1e18 else 70001]),
}


def _plain(y: Any) -> Any:
    """The numbers as text, and the type: bfloat16 has no bits that a recording could hold, and nan is not nan."""
    return f"{y.tolist()} {y.dtype}" if hasattr(y, "tolist") else y


@each(op=list(OF_HALF), other=list(OTHERS), dtype=["float16", "bfloat16"])
def arithmetic_of_the_half_types(torch: Any, op: str, other: str, dtype: str) -> Any:
    told = []
    for number in HALF:
        b = OTHERS[other](torch, number)
        for size in ((2,), ()):
            a = torch.full(size, 7.0, dtype=getattr(torch, dtype))
            told += [_plain(caught(OF_HALF[op], torch, *pair)) for pair in ((a, b), (b, a))]
    return told


@each(dtype=["float16", "bfloat16"])
def one_element_of_the_half_types(torch: Any, dtype: str) -> Any:
    kind = getattr(torch, dtype)
    x = torch.zeros((), dtype=kind)
    return [
        [
            _plain(caught(torch.full, (), number, dtype=kind)),
            _plain(caught(torch.full_like, x, number)),
            _plain(caught(torch.tensor, number, dtype=kind)),
            _plain(caught(x.new_full, (), number)),
            _plain(caught(x.clone().fill_, number)),
            _plain(caught(x.clone().fill_, torch.tensor(number))),
            caught(x.__setitem__, (), number),
            _plain(x),
        ]
        for number in HALF
    ]


@each(dtype=["float16", "bfloat16", "float32", "complex64"], steps=[0, 1, 2, 5])
def ends_of_linspace(torch: Any, dtype: str, steps: int) -> Any:
    kind = getattr(torch, dtype)
    ends = [1e5, -1e5, 65519.0, 65520.0, 1e39, float("inf")]
    pairs = [pair for end in ends for pair in ((0, end), (end, 0))]
    return [_plain(caught(torch.linspace, *pair, steps, dtype=kind)) for pair in pairs]


LAST = 2**63 - 1

EXTREMES: dict[str, Any] = {
    "bincount of the last": lambda torch: torch.bincount(torch.tensor([0, LAST])),
    "bincount of the last, weighed": lambda torch: torch.bincount(torch.tensor([LAST]), torch.ones(1)),
    "bincount of the one before": lambda torch: torch.bincount(torch.tensor([LAST - 1])),
    "bincount of the first": lambda torch: torch.bincount(torch.tensor([0, -LAST - 1])),
    "bincount of so many": lambda torch: torch.bincount(torch.tensor([1]), minlength=LAST),
    "one_hot of the last": lambda torch: torch.nn.functional.one_hot(torch.tensor([LAST])),
    "one_hot of the last of so many": lambda torch: torch.nn.functional.one_hot(torch.tensor([LAST]), LAST),
    "one_hot of so many": lambda torch: torch.nn.functional.one_hot(torch.tensor([0, 1]), LAST),
    "combinations": lambda torch: torch.combinations(torch.arange(3), LAST),
    "combinations with replacement": lambda torch: torch.combinations(torch.arange(3), 2**60, with_replacement=True),
    "combinations of nothing": lambda torch: torch.combinations(torch.arange(0), LAST),
    "empty_strided, an extent": lambda torch: torch.empty_strided((LAST,), (1,)),
    "empty_strided, a stride": lambda torch: torch.empty_strided((3, 2), (LAST, 1)),
    "empty_strided, in bytes": lambda torch: torch.empty_strided((2**31, 2**31), (2**31, 1), dtype=torch.float64),
    "new_empty_strided": lambda torch: torch.ones(1).new_empty_strided((2, 2), (2**61, 1)),
}


@each(case=list(EXTREMES))
def extreme(torch: Any, case: str) -> Any:
    return caught(EXTREMES[case], torch)


@each(dtype=["int64", "uint8", "float32", "bool"], number=[2**63, 2**64 - 1, 2**64])
def wider_than_any(torch: Any, dtype: str, number: int) -> Any:
    x, first = torch.ones(2, dtype=getattr(torch, dtype)), torch.tensor([0])
    return [
        *(caught(torch.fill, x, number), caught(x.clone().fill_, number), caught(torch.full_like, x, number)),
        *(caught(x.masked_fill, torch.tensor([True, False]), number), caught(x.index_fill, 0, first, number)),
        *(caught(x.scatter, 0, first, number), caught(x.clone().masked_fill_, torch.tensor([True, False]), number)),
        *((caught(x.clamp, number), caught(x.clamp_max, number)) if dtype != "bool" else ()),
    ]


@each(dtype=["int64", "uint8", "bool", "float32"], number=[2**63, 2**63 + 12345678912345, 2**64 - 1])
def operands_wider_than_any(torch: Any, dtype: str, number: int) -> Any:
    x = torch.ones(2, dtype=getattr(torch, dtype))
    calls: list[Any] = [
        *(lambda: x / number, lambda: number / x, lambda: torch.true_divide(x, number), lambda: x.div(number)),
        *(lambda: torch.xlogy(x, number), lambda: torch.xlogy(number, x), lambda: torch.copysign(x, number)),
        *(lambda: x**number, lambda: torch.pow(x, number), lambda: x.clone().pow_(number), lambda: x.pow(number)),
        *(lambda: x + number, lambda: x * number, lambda: x // number, lambda: x % number, lambda: x < number),
        *(lambda: torch.addcmul(x, x, x, value=number), lambda: x.clone().fill_(number)),
        *(lambda: torch.float_power(x, number), lambda: torch.float_power(number, x)),
        lambda: torch.trapezoid(x, dx=number),
    ]
    if dtype != "float32":
        calls += [lambda: x & number, lambda: torch.pow(number, x)]
    return [caught(call) for call in calls]


FACTORS = [2**63, -(2**31) - 1, 2**40, 300, 1e6, 1e39]


@each(dtype=["uint8", "int32", "int64", "float16", "bfloat16", "float32"], number=FACTORS)
def factors_of_products(torch: Any, dtype: str, number: Any) -> Any:
    m = torch.ones(2, 2, dtype=getattr(torch, dtype))
    v, b = m[0], m[None]
    calls = [(torch.addmm, m, m, m), (torch.addmv, v, m, v), (torch.addr, m, v, v)]
    calls += [(torch.baddbmm, b, b, b), (torch.addbmm, m, b, b)]
    return [(caught(*call, alpha=number), caught(*call, beta=number)) for call in calls]


@each(dtype=["uint8", "int32", "int64", "float16", "float32"], number=FACTORS)
def factors_of_parts_and_bounds(torch: Any, dtype: str, number: Any) -> Any:
    x, index = torch.ones(2, dtype=getattr(torch, dtype)), torch.tensor([0])
    return (
        caught(torch.index_add, x, 0, index, x[:1], alpha=number),
        caught(torch.threshold, x, number, 3),
        caught(torch.threshold, x, 3, number),
        caught(torch.addcmul, x, x, x, value=number),
        caught(torch.add, x, 2.5, alpha=number),
    )


def steps_of_wide_integers(torch: Any) -> Any:
    bounds = [(0.0, 2**63, 2.0**62), (0, 2**63, 2**62), (2**63, 2**63 + 4, 1.0), (2**63,)]
    mask = torch.tensor([True, False])
    chosen = [(2**63, 1.5), (0.5, 2**63), (True, 2**63)]
    return [caught(torch.arange, *b) for b in bounds], [caught(torch.where, mask, *pair) for pair in chosen]


WIDE = """
sub(i, W, alpha=W) | add(i, W, alpha=W) | add(f, W, alpha=W) | mul(W, 3) | mul(3, W) | mul(W, True) | mul(W, 1.5)
clamp(i, W, W) | clamp(f, W, W) | threshold(f, W, W) | threshold(i, W, W) | addmm(m, m, m, alpha=W, beta=W)
"""


@each(call=[call for line in WIDE.strip().splitlines() for call in line.split(" | ")])
def two_wide_integers(torch: Any, call: str) -> Any:
    i, f, m = torch.ones(2, dtype=torch.int64), torch.ones(2), torch.ones(2, 2)
    return caught(eval, "torch." + call, {"torch": torch, "i": i, "f": f, "m": m, "W": 2**63})
