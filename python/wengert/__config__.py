"""What the library is built with."""

from __future__ import annotations

import os

from wengert import _wengert


def show() -> str:
    """The build in words, a fact a line."""
    return f"wengert {_wengert.__version__} built with:\n  - Rust\n  - CPU capability usage: {_wengert._level()}\n"


def parallel_info() -> str:
    """How work is shared among threads, a fact a line."""
    return f"wengert:\n\tget_num_threads() : {_wengert.get_num_threads()}\n\tprocessors : {os.cpu_count()}\n"
