"""mkldnn is not there."""

from __future__ import annotations


def is_available() -> bool:
    """Whether it is there: no."""
    return False


enabled = False
deterministic = False
allow_tf32 = True
