"""cuDNN is not there; its switches are kept."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from typing import Any

from wengert.backends import _switches

enabled = True
benchmark = False
benchmark_limit: int | None = None
deterministic = False
allow_tf32 = True


def is_available() -> bool:
    """Whether cuDNN is there: no."""
    return False


def version() -> int | None:
    """None: it is not there."""
    return None


def is_acceptable(tensor: Any) -> bool:
    """Whether cuDNN would take a tensor: no."""
    return False


def flags(
    enabled: bool | None = False,
    benchmark: bool | None = False,
    benchmark_limit: int | None = 10,
    deterministic: bool | None = False,
    allow_tf32: bool | None = True,
) -> AbstractContextManager[None]:
    """A context in which the switches are these."""
    return _switches.within(sys.modules[__name__], dict(locals()))
