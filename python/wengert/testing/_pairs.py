"""What `assert_close` compares: structures are taken apart into pairs first, then pairs are compared one by one.

So a difference in structure is told before any difference in value, wherever it stands.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy

from wengert import _wengert
from wengert._overrides import DisableTorchFunctionSubclass
from wengert._wengert import Tensor

# Relative and absolute, as torch has them for each type; other types are compared exactly.
TOLERANCES = {
    "float16": (1e-3, 1e-5),
    "bfloat16": (1.6e-2, 1e-5),
    "float32": (1.3e-6, 1e-5),
    "float64": (1e-7, 1e-7),
    "complex64": (1.3e-6, 1e-5),
    "complex128": (1e-7, 1e-7),
}
NUMBERS = {int: "int64", float: "float64", complex: "complex128", bool: "bool"}


class Options(NamedTuple):
    """What `assert_close` was asked for, but the message."""

    rtol: float | None
    atol: float | None
    equal_nan: bool
    check_device: bool
    check_dtype: bool
    check_layout: bool
    check_stride: bool
    allow_subclasses: bool


class Failure(Exception):
    """Why two things are not close, and where in the structure they stand."""

    def __init__(self, kind: type[Exception], text: str, path: tuple[Any, ...] = (), compared: bool = False) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text
        self.path = path
        self.compared = compared
        """Whether values were looked at: only then may a caller's message take the place of this one."""

    def told(self, msg: str | Callable[[str], str] | None) -> Exception:
        """The exception to raise."""
        text = self.text
        if self.path:
            text += f"\n\nThe failure occurred for item {''.join(f'[{key!r}]' for key in self.path)}"
        if self.compared and isinstance(msg, str):
            text = msg
        elif self.compared and callable(msg):
            text = msg(text)
        return self.kind(text)


class Pair(NamedTuple):
    """Two things of a kind, and where they stand."""

    compare: Callable[[Any, Any, Options], str | None]
    actual: Any
    expected: Any
    path: tuple[Any, ...]


def first_failure(actual: Any, expected: Any, options: Options) -> Failure | None:
    """The first failure, if any: of structure, else of values."""
    try:
        for pair in list(pairs(actual, expected, (), options)):
            text = pair.compare(pair.actual, pair.expected, options)
            if text is not None:
                return Failure(AssertionError, text, pair.path, compared=True)
    except Failure as failure:
        return failure
    return None


def pairs(actual: Any, expected: Any, path: tuple[Any, ...], options: Options) -> Iterator[Pair]:
    """The pairs of two structures, in order.

    Raises Failure where the structures differ, or something cannot be compared.
    """
    if all(isinstance(given, Sequence) and not isinstance(given, str) for given in (actual, expected)):
        if len(actual) != len(expected):
            text = f"The length of the sequences mismatch: {len(actual)} != {len(expected)}"
            raise Failure(AssertionError, text, path)
        for i in range(len(actual)):
            yield from pairs(actual[i], expected[i], (*path, i), options)
    elif isinstance(actual, Mapping) and isinstance(expected, Mapping):
        for key in common_keys(actual, expected, path):
            yield from pairs(actual[key], expected[key], (*path, key), options)
    else:
        yield pair_of(actual, expected, path, options)


def common_keys(actual: Mapping[Any, Any], expected: Mapping[Any, Any], path: tuple[Any, ...]) -> list[Any]:
    """The keys of both, sorted where they can be. Raises Failure where one has keys that the other has not."""
    missing, additional = [k for k in expected if k not in actual], [k for k in actual if k not in expected]
    if missing or additional:
        text = (
            f"The keys of the mappings do not match:\nMissing keys in the actual mapping: {in_order(missing)}\n"
            f"Additional keys in the actual mapping: {in_order(additional)}"
        )
        raise Failure(AssertionError, text, path)
    return in_order(list(actual))


def in_order(keys: list[Any]) -> list[Any]:
    try:
        return sorted(keys)
    except Exception:
        return keys


def pair_of(actual: Any, expected: Any, path: tuple[Any, ...], options: Options) -> Pair:
    """Two things that are no structures, as a pair of the kind that they have together."""
    both = (actual, expected)
    if actual is None or expected is None:
        return Pair(compare_none, actual, expected, path)
    if all(isinstance(given, (bool, numpy.bool_)) for given in both):
        return Pair(compare_truths, bool(actual), bool(expected), path)
    if all(isinstance(given, (int, float, complex, numpy.number)) for given in both):
        check_tolerances(options, path)
        return Pair(compare_numbers, plain_number(actual), plain_number(expected), path)
    related = isinstance(actual, type(expected)) or isinstance(expected, type(actual))
    if related and (options.allow_subclasses or type(actual) is type(expected)):
        try:
            one, other = as_plain_tensor(actual), as_plain_tensor(expected)
        except Exception:
            # It is no tensor and nothing like one: that is told below.
            pass
        else:
            check_tolerances(options, path)
            return Pair(compare_tensors, one, other, path)
    text = f"No comparison pair was able to handle inputs of type {type(actual)} and {type(expected)}."
    raise Failure(TypeError, text, path)


def check_tolerances(options: Options, path: tuple[Any, ...]) -> None:
    if (options.rtol is None) != (options.atol is None):
        lacking = "rtol" if options.rtol is None else "atol"
        text = f"Both 'rtol' and 'atol' must be either specified or omitted, but got no {lacking}."
        raise Failure(ValueError, text, path)


def as_plain_tensor(given: Any) -> Tensor:
    """What is compared of a tensor, or of what can be made one."""
    if isinstance(given, Tensor):
        with DisableTorchFunctionSubclass():
            return given.detach()
    return _wengert.as_tensor(given)


def plain_number(given: Any) -> Any:
    return given.item() if isinstance(given, numpy.number) else given


def tolerances(options: Options, *types: str) -> tuple[float, float]:
    """Those that were asked for, else the widest of the element types'."""
    if options.rtol is not None and options.atol is not None:
        return options.rtol, options.atol
    known = [TOLERANCES.get(name, (0.0, 0.0)) for name in types]
    return max(rtol for rtol, _ in known), max(atol for _, atol in known)


def allowed(tolerance: float, exact: bool) -> str:
    return "" if exact else f" (up to {tolerance} allowed)"


def compare_none(actual: Any, expected: Any, options: Options) -> str | None:
    return None if actual is expected else f"None mismatch: {actual} is not {expected}"


def compare_truths(actual: bool, expected: bool, options: Options) -> str | None:
    return None if actual is expected else f"Booleans mismatch: {actual} is not {expected}"


def compare_numbers(actual: Any, expected: Any, options: Options) -> str | None:
    if options.check_dtype and type(actual) is not type(expected):
        return f"The (d)types do not match: {type(actual)} != {type(expected)}."
    names = [next(name for kind, name in NUMBERS.items() if isinstance(given, kind)) for given in (actual, expected)]
    rtol, atol = tolerances(options, *names)
    if actual == expected or (options.equal_nan and actual != actual and expected != expected):
        return None
    difference = abs(actual - expected)
    if math.isfinite(difference) and difference <= atol + rtol * abs(expected):
        return None
    return scalars_differ(actual, expected, rtol, atol)


def scalars_differ(actual: Any, expected: Any, rtol: float, atol: float) -> str:
    """What is said of two numbers that are not close."""
    exact = rtol == 0 and atol == 0
    difference = abs(actual - expected)
    relative = math.inf if expected == 0 else difference / abs(expected)
    return (
        f"Scalars are not {'equal' if exact else 'close'}!\n\nExpected {expected} but got {actual}.\n"
        f"Absolute difference: {difference}{allowed(atol, exact)}\n"
        f"Relative difference: {relative}{allowed(rtol, exact)}"
    )


def compare_tensors(actual: Tensor, expected: Tensor, options: Options) -> str | None:
    for name, a, b, asked in (
        ("shape", actual.shape, expected.shape, True),
        ("layout", actual.layout, expected.layout, options.check_layout),
        ("device", actual.device, expected.device, options.check_device),
        ("dtype", actual.dtype, expected.dtype, options.check_dtype),
        ("stride()", actual.stride(), expected.stride(), options.check_stride),
    ):
        if asked and a != b:
            return f"The values for attribute {name!r} do not match: {a} != {b}."
    rtol, atol = tolerances(options, *(str(t.dtype).removeprefix("torch.") for t in (actual, expected)))
    common = _wengert.promote_types(actual.dtype, expected.dtype)
    actual, expected = actual.to(common), expected.to(common)
    close = _wengert.isclose(actual, expected, rtol=rtol, atol=atol, equal_nan=options.equal_nan)
    wrong = close.numel() - int(close.sum())
    if wrong == 0:
        return None
    if actual.dim() == 0:
        return scalars_differ(actual.item(), expected.item(), rtol, atol)
    return tensors_differ(actual, expected, close, wrong, rtol, atol)


def tensors_differ(actual: Tensor, expected: Tensor, close: Tensor, wrong: int, rtol: float, atol: float) -> str:
    """What is said of two tensors that are not close: how many elements, and the greatest differences."""
    exact = rtol == 0 and atol == 0
    if not (actual.is_floating_point() or actual.is_complex()):
        actual, expected = actual.to(_wengert.int64), expected.to(_wengert.int64)
    difference = (actual - expected).abs()
    zero = _wengert.zeros((), dtype=difference.dtype)
    difference = _wengert.where(close, zero, difference)
    relative = difference / expected.abs()
    relative = _wengert.where(close, _wengert.zeros((), dtype=relative.dtype), relative)
    share = wrong / close.numel()
    lines = [
        f"Tensor-likes are not {'equal' if exact else 'close'}!",
        "",
        f"Mismatched elements: {wrong} / {close.numel()} ({share:.1%})",
    ]
    for word, tensor, tolerance in (("absolute", difference, atol), ("relative", relative, rtol)):
        greatest, place = tensor.reshape(-1).max(0)
        index = unraveled(int(place), tuple(actual.shape))
        lines.append(f"Greatest {word} difference: {greatest.item()} at index {index}{allowed(tolerance, exact)}")
    return "\n".join(lines)


def unraveled(place: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The index of the element that stands at a place of the flattened tensor."""
    index: list[int] = []
    for extent in reversed(shape):
        place, rest = divmod(place, extent)
        index.insert(0, rest)
    return tuple(index)
