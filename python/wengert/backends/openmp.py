"""openmp is not there."""

from __future__ import annotations


def is_available() -> bool:
    """Whether it is there: no."""
    return False
