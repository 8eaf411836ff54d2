"""The memory that the library keeps: blocks that were freed wait to be used again, so that a loop allocates once.

>>> import wengert
>>> before = wengert.memory.usage()
>>> wengert.memory.release() == before.cached
True
>>> wengert.memory.usage().cached
0
"""

from __future__ import annotations

from typing import NamedTuple

from wengert import _wengert

__all__ = ["Usage", "release", "set_limit", "usage"]


class Usage(NamedTuple):
    """Bytes: what `usage` tells."""

    cached: int
    """Bytes of freed blocks that wait to be used again."""
    held: int
    """Bytes taken from the system for blocks and not given back, the waiting ones among them."""
    limit: int
    """Bytes that may wait at most. Blocks of more than a quarter of it never do."""


def usage() -> Usage:
    """How much memory tensors' blocks take, and how much of it waits. Tensors of 64 bytes and less have no block."""
    return Usage(*_wengert._memory())


def release() -> int:
    """Gives every waiting block back to the system; returns how many bytes that were."""
    return _wengert._release_memory()


def set_limit(bytes: int) -> None:
    """Lets `bytes` bytes of freed blocks wait at most (1 GiB unless it is called; 0: none). Raises OverflowError for a
    negative number, TypeError for what is no int."""
    _wengert._limit_memory(bytes)
