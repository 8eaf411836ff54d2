"""`autocast`: it is entered and left, and asked about, as torch's is; operators compute in their operands' types."""

from __future__ import annotations

from _thread import _local

from wengert import _wengert

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Self

__all__ = [
    "autocast",
    "get_autocast_cpu_dtype",
    "get_autocast_dtype",
    "get_autocast_gpu_dtype",
    "is_autocast_cache_enabled",
    "is_autocast_cpu_enabled",
    "is_autocast_enabled",
]


class _Regions(_local):
    """The regions that a thread is in, by device: another thread is in none of them."""

    def __init__(self) -> None:
        self.enabled: dict[str, bool] = {}
        self.dtypes: dict[str, _wengert.dtype] = {}


_here = _Regions()
_USUAL = {"cpu": _wengert.bfloat16}


class autocast:
    """A region in which torch would compute some operators in `dtype`. Here they compute in their operands' types:
    results are at least as precise, and no slower, since kernels of half types compute in float32.

    A context and a decorator. Raises RuntimeError for names of no device, ValueError for what is no name.
    """

    def __init__(
        self,
        device_type: str,
        dtype: _wengert.dtype | None = None,
        enabled: bool = True,
        cache_enabled: bool | None = None,
    ) -> None:
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        self.device = _wengert.device(device_type).type
        self.fast_dtype = get_autocast_dtype(self.device) if dtype is None else dtype
        if enabled and self.device == "cuda":
            _warn("CUDA is not available or torch_xla is imported. Disabling autocast.")
            enabled = False
        if enabled and self.device == "cpu" and self.fast_dtype not in (_wengert.bfloat16, _wengert.float16):
            _warn(
                "In CPU autocast, but the target dtype is not supported. Disabling autocast.\n"
                "CPU Autocast only supports dtypes of torch.bfloat16, torch.float16 currently."
            )
            enabled = False
        self._enabled = enabled
        self._cache_enabled = cache_enabled
        self._before: list[tuple[bool, _wengert.dtype | None]] = []

    def __enter__(self) -> Self:
        dtype: Any = self.fast_dtype
        if not isinstance(dtype, _wengert.dtype):
            kind = type(dtype).__name__
            raise TypeError(f"set_autocast_dtype(): argument 'dtype' (position 2) must be torch.dtype, not {kind}")
        cache: Any = self._cache_enabled
        if not isinstance(cache, (bool, type(None))):
            raise TypeError(f"enabled must be a bool (got {type(cache).__name__})")
        self._before.append((_here.enabled.get(self.device, False), _here.dtypes.get(self.device)))
        _here.enabled[self.device] = self._enabled
        _here.dtypes[self.device] = self.fast_dtype
        return self

    def __exit__(self, *_exception: object) -> None:
        _here.enabled[self.device], dtype = self._before.pop()
        if dtype is None:
            _here.dtypes.pop(self.device, None)
        else:
            _here.dtypes[self.device] = dtype

    def __call__(self, func: Callable[..., Any]) -> Callable[..., Any]:
        import functools

        @functools.wraps(func)
        def within(*args: Any, **kwargs: Any) -> Any:
            with self:
                return func(*args, **kwargs)

        return within


def _warn(text: str) -> None:
    import warnings

    warnings.warn(text, UserWarning, stacklevel=3)


def _device(name: Any, function: str) -> str:
    """The device that a name stands for."""
    if not isinstance(name, str):
        kind = type(name).__name__
        raise TypeError(f"{function}(): argument 'device_type' (position 1) must be str, not {kind}")
    return _wengert.device(name).type


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """Whether the program is in an enabled region for that device."""
    return _here.enabled.get(_device(device_type, "is_autocast_enabled"), False)


def get_autocast_dtype(device_type: str) -> _wengert.dtype:
    """The type that regions for that device are for."""
    device = _device(device_type, "get_autocast_dtype")
    return _here.dtypes.get(device) or _USUAL.get(device, _wengert.float16)


def is_autocast_cpu_enabled() -> bool:
    """Whether the program is in an enabled region for the CPU."""
    return is_autocast_enabled("cpu")


def get_autocast_cpu_dtype() -> _wengert.dtype:
    """The type that regions for the CPU are for."""
    return get_autocast_dtype("cpu")


def get_autocast_gpu_dtype() -> _wengert.dtype:
    """The type that regions for CUDA are for."""
    return get_autocast_dtype("cuda")


def is_autocast_cache_enabled() -> bool:
    """Whether a region would keep converted operands: torch's default."""
    return True
