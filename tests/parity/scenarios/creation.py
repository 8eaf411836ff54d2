"""tensor, arange, ones, zeros: what they make, and what they refuse."""

from typing import Any

import numpy

from ..catalogue import each, prints
from ..harness import caught

NESTED = {
    "int": 3,
    "float": 2.5,
    "bool": True,
    "complex": 1 + 2j,
    "big": 2**60 + 1,
    "ints": [1, 2, 3],
    "mixed": [1, 2.5],
    "bools": [True, False],
    "bool_and_int": [True, 2],
    "bool_and_float": [True, 0.5],
    "float_and_complex": [1.5, 1j],
    "tuple": (1.0, 2.0),
    "matrix": [[1, 2], [3, 4]],
    "tuples": ([1, 2], (3, 4)),
    "deep": [[[1.0], [2.0]], [[3.0], [4.0]]],
    "empty": [],
    "empty_rows": [[], []],
    "empty_deep": [[[]]],
    "special": [float("inf"), float("-inf"), float("nan"), -0.0],
    "range": range(5),
}
DTYPES = ["float32", "float64", "int64", "bool", "float16", "complex64", "int32"]


@prints
@each(data=list(NESTED))
def tensor_of(torch: Any, data: str) -> Any:
    return torch.tensor(NESTED[data])


@each(data=["int", "float", "bool", "ints", "mixed", "bools", "matrix", "empty", "special"], dtype=DTYPES)
def tensor_with_dtype(torch: Any, data: str, dtype: str) -> Any:
    return torch.tensor(NESTED[data], dtype=getattr(torch, dtype))


@each(data=["ragged", "deeper", "string", "none", "object", "dict", "set", "too_big", "string_in_list", "none_in_list"])
def tensor_refuses(torch: Any, data: str) -> Any:
    bad = {
        "ragged": [[1, 2], [3]],
        "deeper": [1, [2]],
        "string": "abc",
        "none": None,
        "object": object,
        "dict": {},
        "set": {1},
        "too_big": 2**70,
        "string_in_list": ["a"],
        "none_in_list": [None],
    }
    return torch.tensor(bad[data])


def tensor_refuses_gradients_of_integers(torch: Any) -> Any:
    return [
        caught(torch.tensor, [1, 2], requires_grad=True),
        caught(torch.tensor, [True], requires_grad=True),
        caught(torch.ones, 2, dtype=torch.int64, requires_grad=True),
        caught(torch.arange, 3, requires_grad=True),
        caught(torch.zeros, 2, dtype=torch.bool, requires_grad=True),
    ]


def tensor_of_tensors(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0])
    copy = torch.tensor(x)
    copy[0] = 9.0
    return x, copy, torch.tensor([torch.tensor(1.0), torch.tensor(2.0)]), torch.tensor([x[0], 3.0])


def tensor_of_requiring_tensor(torch: Any) -> Any:
    return torch.tensor(torch.ones(2, requires_grad=True))


def tensor_without_arguments(torch: Any) -> Any:
    return torch.tensor()


def tensor_with_unknown_keyword(torch: Any) -> Any:
    return caught(torch.tensor, [1.0], colour=3), caught(torch.tensor, [1.0], 2), caught(torch.tensor, [1.0], dtype=3)


@each(requires=[True, False], data=["float", "mixed", "empty", "complex"])
def tensor_requiring(torch: Any, requires: bool, data: str) -> Any:
    return torch.tensor(NESTED[data], requires_grad=requires)


RANGES = [
    (4.0,),
    (5,),
    (0,),
    (1, 4),
    (1.0, 4),
    (1, 4, 2),
    (0, 1, 0.25),
    (5, 0, -2),
    (0.0, 1.0, 0.1),
    (3, 3),
    (0, 5, 2.0),
    (-3, 3),
    (2**53, 2**53 + 3),
    (1, 2.5, 0.5),
]


@each(arguments=RANGES)
def arange_of(torch: Any, arguments: tuple[Any, ...]) -> Any:
    return torch.arange(*arguments)


@each(dtype=["float32", "float64", "int64", "int32", "float16"], arguments=[(4,), (1, 4.0), (0, 1, 0.3), (5, 0, -1)])
def arange_with_dtype(torch: Any, dtype: str, arguments: tuple[Any, ...]) -> Any:
    return torch.arange(*arguments, dtype=getattr(torch, dtype))


def arange_keywords(torch: Any) -> Any:
    return (
        torch.arange(end=3),
        torch.arange(start=1, end=3),
        torch.arange(1, end=3),
        torch.arange(1, 9, step=4),
        torch.arange(3.0, requires_grad=True),
    )


@each(arguments=[(1, 0), (0, 1, -1), (0, 1, 0), (0, float("inf")), (float("nan"),), ("a",), (), (1, 2, 3, 4)])
def arange_refuses(torch: Any, arguments: tuple[Any, ...]) -> Any:
    return torch.arange(*arguments)


def arange_refuses_bool(torch: Any) -> Any:
    return torch.arange(3, dtype=torch.bool)


@each(dtype=[None, "float64", "int64", "bool", "complex64"], out=[None, "float64", "float32", "float16", "int64"])
def arange_of_wide_integers(torch: Any, dtype: str | None, out: str | None) -> Any:
    options = {"dtype": dtype and getattr(torch, dtype), "out": out and torch.empty(2, dtype=getattr(torch, out))}
    options = {name: value for name, value in options.items() if value is not None}
    return [caught(torch.arange, 2**63, 2**63 + 4096, step, **options) for step in (2048, 2048.0)]


def arange_of_wide_integers_is_refused_last(torch: Any) -> Any:
    wants = torch.empty(2, requires_grad=True)
    return caught(torch.arange, 2**63, pin_memory=True), caught(torch.arange, 2**63, out=wants)


SIZES = [(), (0,), (3,), (2, 3), (2, 0, 3), (1, 1, 2, 2), (2, 1, 2, 1, 2)]


@each(make=["ones", "zeros"], size=SIZES)
def filled(torch: Any, make: str, size: tuple[int, ...]) -> Any:
    function = getattr(torch, make)
    return function(size), function(list(size)), function(size=size), function(*size) if size else None


@each(make=["ones", "zeros"], dtype=DTYPES)
def filled_with_dtype(torch: Any, make: str, dtype: str) -> Any:
    return getattr(torch, make)(2, 2, dtype=getattr(torch, dtype))


@each(make=["ones", "zeros", "rand", "randn"])
def filled_refuses(torch: Any, make: str) -> Any:
    function = getattr(torch, make)
    return [
        caught(function, -1),
        caught(function, 2, -3),
        caught(function, 2.5),
        caught(function, "a"),
        caught(function, (2, "a")),
        caught(function),
        caught(function, None),
        caught(function, 2, dtype="float32"),
        caught(function, 2, colour=1),
    ]


@each(make=["ones", "zeros", "rand", "randn"])
def filled_refuses_huge_sizes(torch: Any, make: str) -> Any:
    function = getattr(torch, make)
    return caught(function, 2**62, 4), caught(function, 2**32, 2**32), caught(function, 2**63)


def filled_with_size_and_bool(torch: Any) -> Any:
    return caught(torch.ones, True), caught(torch.zeros, (2, True)), torch.ones(torch.ones(2, 3).shape)


def filled_from_tensor_sizes(torch: Any) -> Any:
    two = torch.tensor(2)
    return torch.ones(two), torch.zeros(two, 3), torch.zeros((two, 1)), caught(torch.ones, torch.tensor(2.0))


@each(make=["ones", "zeros"])
def filled_requiring(torch: Any, make: str) -> Any:
    with torch.no_grad():
        inside = getattr(torch, make)(2, requires_grad=True)
    return inside, getattr(torch, make)(2, requires_grad=True), getattr(torch, make)((2,), requires_grad=False)


def tensor_is_a_copy(torch: Any) -> Any:
    data = [1.0, 2.0]
    x = torch.tensor(data)
    data[0] = 7.0
    return x


class _Apart:
    """A sequence that is iterated as other numbers than it has by place, as one of pandas' is."""

    def __init__(self, places: list[Any], numbers: list[Any], length: int) -> None:
        self.places, self.numbers, self.length = places, numbers, length

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, place: int) -> Any:
        return self.places[place]

    def __iter__(self) -> Any:
        return iter(self.numbers)


@each(maker=["tensor", "as_tensor", "asarray"])
def of_sequences_by_place(torch: Any, maker: str) -> Any:
    make = getattr(torch, maker)
    double, short = [numpy.float64(1.5), numpy.float64(2.5)], [numpy.int16(1), numpy.int16(2)]
    given = [
        _Apart(double, [1.5, 2.5], 2),
        _Apart(short, [1, 2], 2),
        _Apart([1, 2.5], [7, 8], 2),
        [_Apart(double, [1.5, 2.5], 2), _Apart(short, [1, 2], 2)],
        _Apart([1, 2.5], [7, 8], 3),
        _Apart([1, 2.5], [7], 2),
        _Apart([1], [7, 8], 2),
        _Apart([], [7, 8], 2),
        [_Apart([], [7, 8], 2)],
    ]
    return [(caught(make, x), caught(make, x, dtype=torch.float32)) for x in given]
