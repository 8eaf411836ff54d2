"""Where two libraries' results differ, in words."""

from collections.abc import Iterator
from typing import Any

import numpy
import torch

from tests.parity.harness import described

# (relative, absolute), by element type. The absolute part grows with the largest element: where terms cancel, what is
# left is as far off as they were.
TOLERANCES = {
    "float64": (1e-10, 1e-13),
    "complex128": (1e-10, 1e-13),
    "float32": (5e-6, 1e-6),
    "complex64": (5e-6, 1e-6),
    # What torch computes in half types is rounded more or less often by where in a vector an element lies.
    "float16": (2e-3, 2.5e-4),
    "bfloat16": (1.6e-2, 2e-3),
}

LOOSER = {"backward": 10.0, "double": 100.0, "jvp": 10.0}
"""How much further off the results of longer computations may be."""


def dtype_of(tensor: Any) -> str:
    """The name that both libraries give an element type."""
    return str(tensor.dtype).removeprefix("torch.")


def elements(tensor: Any) -> numpy.ndarray:
    """The elements, as NumPy's widest type of the kind."""
    tensor = tensor.detach()
    if isinstance(tensor, torch.Tensor):
        if tensor.dtype in (torch.bfloat16, torch.float16):
            tensor = tensor.to(torch.float64)
        return tensor.numpy(force=True)  # conjugated and zero tensors of its own kinds as what they stand for
    if dtype_of(tensor) in ("bfloat16", "float16"):
        return numpy.array(tensor.tolist(), dtype=numpy.float64).reshape(tuple(tensor.shape))
    return tensor.numpy()


def is_tensor(value: Any) -> bool:
    """A tensor of either library."""
    return hasattr(value, "grad_fn") and hasattr(value, "dtype")


def tensors_in(value: Any) -> Iterator[Any]:
    """The tensors of a result, in order."""
    if is_tensor(value):
        yield value
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from tensors_in(part)
    elif isinstance(value, dict):
        for part in value.values():
            yield from tensors_in(part)


class Rules:
    """How closely results are compared."""

    def __init__(self, kind: str = "forward", values: bool = True, layout: bool = True) -> None:
        self.values = values  # false where the elements are not determined
        self.layout = layout  # whether strides are compared
        self.factor = LOOSER.get(kind, 1.0)


def differences(expected: Any, got: Any, rules: Rules, place: str = "result") -> Iterator[str]:
    """One line for each place where `got` is not what torch made."""
    if is_tensor(expected) and is_tensor(got):
        yield from of_tensors(expected, got, rules, place)
    elif isinstance(expected, (list, tuple)) and isinstance(got, (list, tuple)):
        if type(expected).__name__ != type(got).__name__:
            yield f"{place}: expected a {type(expected).__name__}, got a {type(got).__name__}"
        if len(expected) != len(got):
            yield f"{place}: expected {len(expected)} parts, got {len(got)}"
            return
        for index, (one, other) in enumerate(zip(expected, got, strict=True)):
            yield from differences(one, other, rules, f"{place}[{index}]")
    elif type(expected).__name__ != type(got).__name__:
        yield f"{place}: expected a {type(expected).__name__}, got a {type(got).__name__} ({shortly(got)})"
    elif isinstance(expected, (bool, int, str, type(None))):
        if expected != got:
            yield f"{place}: expected {expected!r}, got {got!r}"
    elif isinstance(expected, (float, complex)):
        rtol, atol = TOLERANCES["float64"]
        if rules.values and not numpy.allclose(expected, got, rtol, atol, equal_nan=True):
            yield f"{place}: expected {expected!r}, got {got!r}"
    elif str(expected) != str(got):
        yield f"{place}: expected {expected}, got {got}"


def of_tensors(expected: Any, got: Any, rules: Rules, place: str) -> Iterator[str]:
    """The header first; elements only where it agrees."""
    told = [dtype_of(expected), list(expected.shape)]
    found = [dtype_of(got), list(got.shape)]
    if told != found:
        yield f"{place}: expected {told[0]} {told[1]}, got {found[0]} {found[1]}"
        return
    if rules.layout and expected.layout is torch.strided and tuple(expected.stride()) != tuple(got.stride()):
        yield f"{place}: {told[1]}: expected strides {list(expected.stride())}, got {list(got.stride())}"
    if expected.requires_grad != got.requires_grad:
        yield f"{place}: expected requires_grad={expected.requires_grad}, got {got.requires_grad}"
    if rules.values:
        yield from of_elements(told[0], elements(expected), elements(got), rules.factor, place)


def of_elements(dtype: str, expected: numpy.ndarray, got: numpy.ndarray, factor: float, place: str) -> Iterator[str]:
    """One line: how many elements differ, and the first."""
    if expected.size == 0:
        return
    wrong = ~near(dtype, expected, got, factor)
    if wrong.any():
        index = tuple(int(i[0]) for i in numpy.nonzero(wrong)) if wrong.ndim else ()
        first = f"{list(index)}: expected {expected[index]!r}, got {got[index]!r}"
        yield f"{place}: {dtype}: {int(wrong.sum())} of {wrong.size} elements differ, first at {first}"


def near(dtype: str, expected: numpy.ndarray, got: numpy.ndarray, factor: float) -> numpy.ndarray:
    """Element by element; NaN is NaN, infinities and whole numbers equal themselves only."""
    if dtype not in TOLERANCES:
        return expected == got
    limit = limits(dtype, expected, factor)
    if expected.dtype.kind != "c":
        return near_real(expected, got, limit)
    return near_real(expected.real, got.real, limit) & near_real(expected.imag, got.imag, limit)


def limits(dtype: str, expected: numpy.ndarray, factor: float) -> numpy.ndarray:
    """How far off each element may be. A complex number's parts share what is allowed for its size."""
    rtol, atol = (limit * factor for limit in TOLERANCES[dtype])
    with numpy.errstate(invalid="ignore", over="ignore"):
        return atol * magnitude(expected) + rtol * numpy.abs(expected)


def magnitude(values: numpy.ndarray) -> float:
    """The largest finite element, at least 1."""
    parts = numpy.abs(numpy.concatenate([values.real.ravel(), values.imag.ravel()]).astype(numpy.float64))
    return float(numpy.max(parts, where=numpy.isfinite(parts), initial=1.0))


def near_real(expected: numpy.ndarray, got: numpy.ndarray, limit: numpy.ndarray) -> numpy.ndarray:
    with numpy.errstate(invalid="ignore", over="ignore"):
        close = numpy.abs(expected - got) <= limit
    both_nan = numpy.isnan(expected) & numpy.isnan(got)
    return (close & numpy.isfinite(expected) & numpy.isfinite(got)) | (expected == got) | both_nan


def of_errors(expected: BaseException | None, got: BaseException | None) -> list[str]:
    """Two outcomes of which one at least raised."""
    told, found = raised(expected), raised(got)
    return [] if told == found else [f"expected {told}\n    got      {found}"]


def raised(error: BaseException | None) -> str:
    """The type and the text of an error, in one line."""
    return "no error" if error is None else "{}: {!r}".format(*described(error))


def shortly(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 80 else text[:77] + "..."
