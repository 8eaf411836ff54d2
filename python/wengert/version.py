"""Versions: of this library, and of what torch is built with, of which nothing is here."""

from __future__ import annotations

from wengert._wengert import __version__ as __version__

__all__ = ["__version__", "cuda", "debug", "git_version", "hip", "rocm", "xpu"]

cuda: str | None = None
hip: str | None = None
rocm: str | None = None
xpu: str | None = None
debug = False
git_version: str | None = None
