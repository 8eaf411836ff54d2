"""Samples of bounds, blends and special functions."""

from collections.abc import Callable
from typing import Any

import wengert as torch

from .points import other


def clamped(x: Any) -> Any:
    """Between numbers, and between tensors of which some bind."""
    low, high = x * 0.5 - 0.33, x.square() - 0.2
    return x.clamp(-0.5, 1.0) * x.clamp(low, high) * x.clip(max=high) * x


def clamped_once(x: Any) -> Any:
    return x.clamp_min(0.1) * x.clamp_min(other(2)) + x.clamp_max(0.9) * x.clamp_max(x * x - 0.4) * x


def blended(x: Any) -> Any:
    return x.lerp(x * x, 0.3) * x + torch.lerp(x, other(3, 2), x * 0.3) * x.lerp(other(2), 0.8)


def filled_in(x: Any) -> Any:
    return x.nan_to_num() * x + torch.threshold(x, 0.5, 0.3) * x


def taken_apart(x: Any) -> Any:
    mantissa, exponent = torch.frexp(x)
    return mantissa * x * x + exponent


SAMPLES: dict[str, Callable[[Any], Any]] = {
    "clamp": clamped,
    "clamp_min and clamp_max": clamped_once,
    "lerp": blended,
    "addcmul": lambda x: torch.addcmul(x, x * x, other(2), value=0.7) * x,
    "addcdiv": lambda x: torch.addcdiv(x, other(3, 2), x * x + 1, value=-1.5) * x,
    "hypot": lambda x: torch.hypot(x, other(2)) * torch.hypot(other(3, 2), x * x),
    "logaddexp": lambda x: torch.logaddexp(x, other(2)) * torch.logaddexp(other(3, 2), x * x),
    "logaddexp2": lambda x: torch.logaddexp2(x, other(2)) * torch.logaddexp2(other(3, 2), x * x),
    "xlogy": lambda x: torch.xlogy(x, x * x + 0.1) * torch.xlogy(1.5, x * x + 0.2) + torch.xlogy(x * x, 2.5),
    "copysign": lambda x: torch.copysign(x * x, other(2)) * x.copysign(-1.0),
    "nan_to_num and threshold": filled_in,
    "nextafter": lambda x: torch.nextafter(x, other(2)) * x,
    "degrees": lambda x: x.deg2rad() * x.rad2deg() * x,
    "logit": lambda x: (x * 0.2 + 0.45).logit() * x + (x * 0.3 + 0.4).logit(0.1) * x,
    "erfinv": lambda x: (x * 0.4).erfinv() * x,
    "lgamma": lambda x: x.lgamma() * x,
    "angle": lambda x: x.angle() + x * x,
    "sgn": lambda x: x.sgn() * x * x,
    "ldexp": lambda x: torch.ldexp(x, other(2)) * torch.ldexp(other(3, 2), x * 0.5),
    "ldexp by whole numbers": lambda x: torch.ldexp(x * x, torch.tensor([1, -2])) * x,
    "sinc": lambda x: x.sinc() * x,
    "frexp": taken_apart,
}

COMPLEX: dict[str, Callable[[Any], Any]] = {
    "lerp": lambda z: z.lerp(z * z, 0.3 + 0.2j) * z.lerp(z * 2, z * 0.1),
    "addcmul and addcdiv": lambda z: torch.addcmul(z, z, z * 0.5, value=2) * torch.addcdiv(z, z * z, z + 3, value=0.5j),
    "logaddexp": lambda z: torch.logaddexp(z, z * 0.5) * z,
    "sgn": lambda z: z.sgn() * z,
    "angle": lambda z: z.angle() * z,
    "conj by its short name": lambda z: z.conj() * z * z,
    "sinc": lambda z: (z * 0.3).sinc() * z,
    "ldexp": lambda z: torch.ldexp(z, other(2)) * z,
}
