"""torch's operator database: the only file that imports the private module it lives in."""

import functools
import itertools
import random
from collections.abc import Iterator
from typing import Any

import numpy
import torch
from torch.testing._internal.common_methods_invocations import op_db

# The import forbids torch.backends' settings outside of `flags()`, for the whole process: the parity tests set some.
torch.backends.disable_global_flags.__globals__["__allow_nonbracketed_mutation_flag"] = True

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


SEED = [0]
"""What samples are drawn from; `python -m tests.opdb --seed` sets another."""


def seeded() -> None:
    """Draws begin anew. (torch.manual_seed also tells devices that are not there, each time with a stack.)"""
    random.seed(SEED[0])
    numpy.random.seed(SEED[0])
    torch.default_generator.manual_seed(SEED[0])


def drawn(made: Any, limit: int | None) -> Iterator[Any]:
    """The first samples; each is drawn from the start, so that none depends on how many were drawn before."""
    samples = iter(made)
    for _ in itertools.repeat(None) if limit is None else range(limit):
        seeded()
        try:
            yield next(samples)
        except StopIteration:
            return


def samples_of(entry: Any, dtype: torch.dtype, requires_grad: bool, limit: int | None = None) -> list[Any]:
    """The first samples of the entry for an element type, the same each time."""
    seeded()
    return list(drawn(entry.sample_inputs_func(entry, "cpu", dtype, requires_grad), limit))


def refused_of(entry: Any, limit: int | None = None) -> list[Any]:
    """The samples that the entry must refuse."""
    if entry.error_inputs_func is None:
        return []
    seeded()
    return [error.sample_input for error in drawn(entry.error_inputs_func(entry, "cpu"), limit)]
