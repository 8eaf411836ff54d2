"""Samples of the names for other shapes."""

from collections.abc import Callable
from typing import Any

SAMPLES: dict[str, Callable[[Any], Any]] = {
    "flatten": lambda x: x.flatten() * x.t().flatten() * x.t().ravel(),
}
