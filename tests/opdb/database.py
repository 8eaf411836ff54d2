"""torch's operator database: the only file that imports the private module it lives in."""

import functools
import itertools
import random
from typing import Any

import numpy
import torch
from torch.testing._internal.common_methods_invocations import op_db

# What its lambdas take from its own modules is its own code, and is run with wengert in the place of torch.
HOME = "torch.testing._internal"

DTYPES = [
    torch.float64,
    torch.float32,
    torch.int64,
    torch.int32,
    torch.uint8,
    torch.bool,
    torch.float16,
    torch.bfloat16,
    torch.complex64,
    torch.complex128,
]


@functools.cache
def entries() -> dict[str, Any]:
    """The entries by their full names: `div.floor_rounding`."""
    found = {entry.full_name: entry for entry in op_db}
    assert len(found) == len(op_db)
    return found


def dtypes_of(entry: Any) -> list[torch.dtype]:
    """The element types that the entry says are supported, of those that are run."""
    supported = entry.supported_dtypes("cpu")
    return [dtype for dtype in DTYPES if dtype in supported]


def wants_gradients(entry: Any, dtype: torch.dtype) -> bool:
    """Whether the entry says that its gradient is defined for this element type."""
    return bool(entry.supports_autograd) and dtype in entry.supported_backward_dtypes("cpu")


def seeded() -> None:
    """The samples are drawn anew each time, from here."""
    random.seed(0)
    numpy.random.seed(0)
    torch.manual_seed(0)


def samples_of(entry: Any, dtype: torch.dtype, requires_grad: bool, limit: int | None = None) -> list[Any]:
    """The first samples of the entry for an element type, the same each time."""
    seeded()
    return list(itertools.islice(entry.sample_inputs("cpu", dtype, requires_grad=requires_grad), limit))


def refused_of(entry: Any, limit: int | None = None) -> list[Any]:
    """The samples that the entry must refuse."""
    if entry.error_inputs_func is None:
        return []
    seeded()
    return [error.sample_input for error in itertools.islice(entry.error_inputs("cpu"), limit)]
