"""The processor."""

from __future__ import annotations

from wengert import _wengert


def get_cpu_capability() -> str:
    """The instruction set of the kernels, by torch's names: `AVX512`, `AVX2` or `DEFAULT`."""
    return {"avx512": "AVX512", "avx2": "AVX2"}.get(_wengert._level(), "DEFAULT")
