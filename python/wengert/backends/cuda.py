"""CUDA is not built in; its switches are kept."""

from __future__ import annotations

from typing import Any

__all__ = ["is_built", "matmul"]


class _Products:
    """How products would be computed."""

    def __init__(self) -> None:
        self.allow_tf32 = False
        self.allow_fp16_reduced_precision_reduction = True
        self.allow_bf16_reduced_precision_reduction = True
        self.allow_fp16_accumulation = False


matmul = _Products()
_kernels = {"flash": True, "mem_efficient": True, "math": True, "cudnn": True}


def is_built() -> bool:
    """Whether it is built in: no."""
    return False


def flash_sdp_enabled() -> bool:
    """What `enable_flash_sdp` set."""
    return _kernels["flash"]


def enable_flash_sdp(enabled: bool) -> None:
    """Kept, without effect."""
    _kernels["flash"] = enabled


def mem_efficient_sdp_enabled() -> bool:
    """What `enable_mem_efficient_sdp` set."""
    return _kernels["mem_efficient"]


def enable_mem_efficient_sdp(enabled: bool) -> None:
    """Kept, without effect."""
    _kernels["mem_efficient"] = enabled


def math_sdp_enabled() -> bool:
    """What `enable_math_sdp` set."""
    return _kernels["math"]


def enable_math_sdp(enabled: bool) -> None:
    """Kept, without effect."""
    _kernels["math"] = enabled


def cudnn_sdp_enabled() -> bool:
    """What `enable_cudnn_sdp` set."""
    return _kernels["cudnn"]


def enable_cudnn_sdp(enabled: bool) -> None:
    """Kept, without effect."""
    _kernels["cudnn"] = enabled


def preferred_linalg_library(backend: Any = None) -> None:
    """Nothing: there is one."""
