"""repr: random tensors of every dtype, shape and magnitude, and the cases by hand."""

from typing import Any

from ..catalogue import each
from ..harness import caught
from ..inputs import floats, integers, tensor, words

DTYPES = ["float32", "float64", "int64", "bool", "float16", "complex64", "int32"]
SHAPES = [(), (1,), (3,), (11,), (30,), (2, 3), (1, 1), (3, 1, 2), (0,), (2, 0), (2, 2, 2, 2), (1, 12)]
SPECIAL = [float("inf"), -float("inf"), float("nan"), 0.0, -0.0]


def _magnitude(seed: int, count: int) -> list[float]:
    """Numbers whose exponents vary from tensor to tensor, and within some; some are whole, some special."""
    stream = words(seed)
    spread, centre, whole = next(stream) % 12, next(stream) % 24 - 12, next(stream) % 4 == 0
    numbers = []
    for value, exponent in zip(floats(count, seed, -10.0, 10.0), integers(count, seed + 1, 0, spread + 1), strict=True):
        number = value * 10.0 ** (centre + exponent - spread // 2)
        numbers.append(float(int(number)) if whole and abs(number) < 1e15 else number)
        if next(stream) % 40 == 0:
            numbers[-1] = SPECIAL[next(stream) % len(SPECIAL)]
    return numbers


@each(seed=list(range(60)), dtype=["float32", "float64"])
def random_floats(torch: Any, seed: int, dtype: str) -> Any:
    shape = SHAPES[seed % len(SHAPES)]
    count = 1
    for length in shape:
        count *= length
    return repr(torch.tensor(_magnitude(seed, count), dtype=getattr(torch, dtype)).view(shape))


@each(seed=list(range(24)), dtype=["float16", "complex64"])
def random_rarer_floats(torch: Any, seed: int, dtype: str) -> Any:
    return repr(
        tensor(torch, SHAPES[seed % len(SHAPES)], seed, dtype, -(10.0 ** (seed % 5 - 1)), 10.0 ** (seed % 5 - 1))
    )


@each(seed=list(range(24)))
def random_integers(torch: Any, seed: int) -> Any:
    bound = 10 ** (seed % 17)
    count = 1
    for length in SHAPES[seed % len(SHAPES)]:
        count *= length
    return repr(
        torch.tensor(integers(count, seed, -bound, bound + 1), dtype=torch.int64).view(SHAPES[seed % len(SHAPES)])
    )


@each(dtype=DTYPES, shape=SHAPES)
def shapes_and_dtypes(torch: Any, dtype: str, shape: tuple[int, ...]) -> Any:
    return repr(tensor(torch, shape, 7, dtype))


@each(size=[999, 1000, 1001, 2000, 10000], dtype=["float32", "int64"])
def summarized_vectors(torch: Any, size: int, dtype: str) -> Any:
    text = repr(tensor(torch, (size,), 8, dtype))
    return text if len(text) < 500 else (len(text), text[:200], text[-200:])


@each(shape=[(7, 200), (200, 7), (40, 40), (10, 11, 12), (1, 2000), (2000, 1), (6, 6, 40), (3, 3, 3, 50), (1001, 0)])
def summarized(torch: Any, shape: tuple[int, ...]) -> Any:
    return repr(
        torch.arange(
            float(shape[0] * shape[1] * (shape[2] if len(shape) > 2 else 1) * (shape[3] if len(shape) > 3 else 1))
        ).view(shape)
    )


BY_HAND = {
    "whole": [1.0, 2.0, 3.0],
    "one_fraction": [1.0, 2.5],
    "negative": [-1.0, 10.0],
    "large_whole": [1e8, 1.0],
    "over_the_limit": [1.1e8, 1.0],
    "exactly_1e8": [100000000.0],
    "range_1000": [1.0, 1000.5],
    "range_1001": [0.5, 501.0],
    "small": [1e-4, 1.5e-4],
    "smaller": [9e-5, 1.0],
    "tiny": [1e-10],
    "denormal": [1e-45],
    "nan_only": [float("nan")],
    "infinities": [float("inf"), 1.0, -float("inf")],
    "nan_and_fraction": [float("nan"), 1.25],
    "minus_zero": [-0.0, 0.0],
    "third": [1 / 3, 2 / 3],
    "rounding": [0.00005, 0.99995, 0.12345],
    "many": [float(i) / 7 for i in range(25)],
    "huge": [3e38, -3e38],
    "empty": [],
    "wide": [123456.789, -0.5],
}


@each(numbers=list(BY_HAND))
def by_hand(torch: Any, numbers: str) -> Any:
    x = torch.tensor(BY_HAND[numbers])
    return repr(x), repr(x.double()), str(x), repr(x.requires_grad_())


def suffixes(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    return [
        repr(x),
        repr(x * 2),
        repr(x.double()),
        repr(torch.ones(2, dtype=torch.float64, requires_grad=True)),
        repr(torch.zeros(0, requires_grad=True)),
        repr(torch.zeros(2, 0)),
        repr(torch.zeros(0, dtype=torch.float64)),
        repr(torch.zeros(0, 3, dtype=torch.int64)),
        repr(x.detach()),
        repr(x[0]),
        repr(x.view(1, 2)),
        repr(x.sum()),
        repr(torch.tensor(True)),
        repr(torch.tensor(3)),
    ]


def suffixes_after_in_place(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x * 1
    v = y[:1]
    v.mul_(2)
    with torch.no_grad():
        z = x * 2
    return repr(y), repr(v), repr(z), repr(y.add_(1))


def long_lines_wrap(torch: Any) -> Any:
    x = tensor(torch, (3, 20), 9)
    return repr(x), repr(x.requires_grad_() * 2), repr(torch.arange(40)), repr(x.double()[0] > 0)


@each(
    options=["precision", "sci", "nosci", "linewidth", "threshold", "edge", "full", "short", "default", "wide", "word"]
)
def print_options(torch: Any, options: str) -> Any:
    keywords = {
        "precision": {"precision": 2},
        "sci": {"sci_mode": True},
        "nosci": {"sci_mode": False},
        "linewidth": {"linewidth": 30},
        "threshold": {"threshold": 4},
        "edge": {"threshold": 4, "edgeitems": 1},
        "full": {"profile": "full"},
        "short": {"profile": "short"},
        "default": {"profile": "default"},
        "wide": {"linewidth": 2**64, "edgeitems": 2**64, "threshold": 4},
        "word": {"sci_mode": "yes"},
    }[options]
    try:
        torch.set_printoptions(**keywords)
        return repr(tensor(torch, (3, 4), 10)), repr(torch.tensor([1e-6, 1e6])), repr(torch.arange(12))
    finally:
        torch.set_printoptions(profile="default")


def print_options_refuse(torch: Any) -> Any:
    return caught(torch.set_printoptions, colour=3), caught(repr, torch.ones(1))


def views_print_like_copies(torch: Any) -> Any:
    x = torch.arange(12.0).view(3, 4)
    return [repr(view) == repr(view.clone()) for view in (x.t(), x[::2, 1:], x[0].expand(2, 4), x[:, 1])], repr(x.t())


def other_objects_print(torch: Any) -> Any:
    x = torch.ones(2, 3, requires_grad=True)
    return repr(x.shape), repr(x.dtype), repr(x.device), str(torch.float64), repr(x.max(1)), repr([x[0, 0].detach()])


def nodes_print(torch: Any) -> Any:
    y = torch.ones(2, requires_grad=True) * 2
    return (
        repr(y.grad_fn).partition(" at ")[0],
        repr(y.grad_fn.next_functions[0][0]).partition(" at ")[0],
        str(y.grad_fn)[:15],
    )


def default_dtype_changes_what_is_said(torch: Any) -> Any:
    try:
        torch.set_default_dtype(torch.float64)
        return (
            repr(torch.ones(2)),
            repr(torch.ones(2, dtype=torch.float32)),
            torch.tensor(1.5),
            torch.arange(2.0),
            torch.ones(1) * 1,
        )
    finally:
        torch.set_default_dtype(torch.float32)
