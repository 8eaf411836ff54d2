"""`repr` of random tensors, letter by letter as in torch: types, shapes, magnitudes, options. Only where torch is."""

import importlib
import importlib.util
from typing import Any

import numpy as np
import pytest

import wengert as torch

LIVE = importlib.util.find_spec("torch") is not None

DTYPES = [
    *["bool", "uint8", "int8", "int16", "int32", "int64"],
    *["float16", "bfloat16", "float32", "float64", "complex64", "complex128"],
]
SHAPES = [(), (1,), (3,), (7,), (13,), (40,), (2, 3), (1, 1), (3, 1, 2), (0,), (2, 0), (2, 2, 2, 2), (1, 12), (4, 9)]
LARGE = [(1001,), (7, 200), (200, 7), (40, 40), (10, 11, 12), (3, 3, 3, 50), (1001, 0), (2, 1, 600)]
SPECIAL = [float("inf"), -float("inf"), float("nan"), 0.0, -0.0, 1e8, 1e-4, 1000.0]


def numbers(random: np.random.Generator, dtype: str, count: int) -> Any:
    """Numbers of one of a few kinds: whole, of one magnitude, of many, special ones among them."""
    kind = random.integers(0, 6)
    if dtype == "bool":
        return random.integers(0, 2, count).astype(bool)
    if "int" in dtype:
        bits = int(random.integers(1, np.iinfo(dtype).bits))
        low = 0 if dtype == "uint8" else -(2 ** (bits - 1))
        return random.integers(low, 2 ** (bits - 1) if bits > 1 else 2, count).astype(dtype)
    values = random.normal(size=count) * 10.0 ** random.integers(-9, 12)
    if kind == 0:
        values = np.round(random.normal(size=count) * 10.0 ** random.integers(0, 9))
    elif kind == 1:
        values = random.normal(size=count) * 10.0 ** random.integers(-6, 6, count)
    elif kind == 2:
        values = np.round(random.normal(size=count) * 10, int(random.integers(0, 4)))
    if kind in (3, 4) and count:
        places = random.integers(0, count, max(1, count // int(random.integers(1, 8))))
        values[places] = random.choice(SPECIAL, len(places))
    return values


def pair(real: Any, random: np.random.Generator, dtype: str, shape: tuple[int, ...]) -> tuple[Any, Any]:
    """The same tensor in both libraries."""
    count = int(np.prod(shape))
    with np.errstate(all="ignore"):
        values = numbers(random, dtype, count)
        if dtype.startswith("complex"):
            values = values + 1j * numbers(random, dtype, count)
        values = np.asarray(values).reshape(shape)
        if dtype != "bfloat16":
            values = values.astype(dtype)
    made = [library.tensor(values).to(getattr(library, dtype)) for library in (real, torch)]
    if random.integers(0, 4) == 0 and len(shape) > 1:
        made = [x.transpose(0, -1) for x in made]
    if random.integers(0, 5) == 0 and dtype[0] in "fcb" and dtype != "bool":
        made = [x.requires_grad_() for x in made]
        if random.integers(0, 2):
            made = [x * 1 for x in made]
    return made[0], made[1]


def options(random: np.random.Generator) -> dict[str, Any]:
    """Arguments of `set_printoptions`."""
    given: dict[str, Any] = {"profile": str(random.choice(["default", "short", "full"], p=[0.6, 0.3, 0.1]))}
    if random.integers(0, 3) == 0:
        given["precision"] = int(random.integers(0, 9))
    if random.integers(0, 3) == 0:
        given["linewidth"] = int(random.integers(20, 140))
    if random.integers(0, 3) == 0:
        given["edgeitems"] = int(random.integers(1, 5))
    if random.integers(0, 3) == 0:
        given["threshold"] = int(random.integers(0, 50))
    if random.integers(0, 4) == 0:
        given["sci_mode"] = bool(random.integers(0, 2))
    return given


if LIVE:

    @pytest.mark.parametrize("dtype", DTYPES)
    def test_random_tensors_print_as_in_torch(dtype: str) -> None:
        real = importlib.import_module("torch")
        random = np.random.default_rng(DTYPES.index(dtype))
        for _ in range(250):
            theirs, ours = pair(real, random, dtype, SHAPES[random.integers(0, len(SHAPES))])
            assert repr(ours) == repr(theirs)

    @pytest.mark.parametrize("dtype", DTYPES)
    def test_options_and_summaries_print_as_in_torch(dtype: str) -> None:
        real = importlib.import_module("torch")
        random = np.random.default_rng(100 + DTYPES.index(dtype))
        try:
            for step in range(60):
                given = options(random)
                shapes = LARGE if step % 4 == 0 and given["profile"] != "full" else SHAPES
                theirs, ours = pair(real, random, dtype, shapes[random.integers(0, len(shapes))])
                for library in (real, torch):
                    library.set_printoptions(**given)
                assert repr(ours) == repr(theirs), given
        finally:
            for library in (real, torch):
                library.set_printoptions(profile="default")

    def test_another_default_type_is_said_as_in_torch() -> None:
        real = importlib.import_module("torch")
        random = np.random.default_rng(7)
        try:
            for default in ("float64", "float16", "bfloat16"):
                for library in (real, torch):
                    library.set_default_dtype(getattr(library, default))
                for dtype in DTYPES:
                    theirs, ours = pair(real, random, dtype, (3,))
                    assert repr(ours) == repr(theirs)
        finally:
            for library in (real, torch):
                library.set_default_dtype(library.float32)
