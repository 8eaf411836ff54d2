"""Samples of inverse and hyperbolic functions."""

from collections.abc import Callable
from typing import Any

import wengert as torch

from .points import other

SAMPLES: dict[str, Callable[[Any], Any]] = {
    "asin": lambda x: (x * 0.4).asin() * x,
    "acos": lambda x: (x * 0.4).acos() * x,
    "atan": lambda x: x.atan() * x,
    "sinh": lambda x: x.sinh() * x,
    "cosh": lambda x: x.cosh() * x,
    "asinh": lambda x: x.asinh() * x,
    "acosh": lambda x: (x * x + 1.2).acosh() * x,
    "atanh": lambda x: (x * 0.4).atanh() * x,
    "asinh in place": lambda x: (x * 1).asinh_() * x,
    "acosh in place": lambda x: (x * x + 1.2).acosh_() * x,
    "atanh in place": lambda x: (x * 0.4).atanh_() * x,
    "atan2": lambda x: torch.atan2(x, other(3, 2)) * torch.atan2(other(2), x * x),
}

COMPLEX: dict[str, Callable[[Any], Any]] = {
    "asin and acos": lambda z: z.asin() * z.acos(),
    "atan and atanh": lambda z: (z * 0.4).atan() * (z * 0.3).atanh(),
    "sinh and cosh": lambda z: z.sinh() * z.cosh(),
    "asinh and acosh": lambda z: (z * 0.4).asinh() * (z * 0.2 + (1.5 + 0.5j)).acosh(),
}
