"""mps is not there."""

from __future__ import annotations


def is_available() -> bool:
    """Whether it is there: no."""
    return False


def is_built() -> bool:
    """Whether it is built in: no."""
    return False


def is_macos13_or_newer(minor: int = 0) -> bool:
    """Whether it could be there: no."""
    return False
