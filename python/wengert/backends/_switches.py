"""Contexts that set a module's switches."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import ModuleType
from typing import Any


@contextlib.contextmanager
def within(module: ModuleType, switches: dict[str, Any]) -> Iterator[None]:
    """Sets what is not None, and puts it back afterwards."""
    before = {name: getattr(module, name) for name, value in switches.items() if value is not None}
    vars(module).update({name: value for name, value in switches.items() if value is not None})
    try:
        yield
    finally:
        vars(module).update(before)
