"""Switches that programs for several devices and builds set. One device and one way to compute leave most without
effect: they are kept, and answer what a build of torch for the CPU answers.
"""

from __future__ import annotations

from wengert import _wengert

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = [
    "are_deterministic_algorithms_enabled",
    "compile",
    "get_default_device",
    "get_deterministic_debug_mode",
    "get_device_module",
    "get_float32_matmul_precision",
    "get_num_interop_threads",
    "is_deterministic_algorithms_warn_only_enabled",
    "is_distributed",
    "is_storage",
    "is_warn_always_enabled",
    "set_default_device",
    "set_default_tensor_type",
    "set_deterministic_debug_mode",
    "set_float32_matmul_precision",
    "set_flush_denormal",
    "set_num_interop_threads",
    "set_warn_always",
    "typename",
    "use_deterministic_algorithms",
]

_CPU = _wengert.device("cpu")
_state: dict[str, Any] = {
    "device": None,
    "deterministic": 0,
    "interop": 1,
    "precision": "highest",
    "warn_always": False,
}


def get_default_device() -> _wengert.device:
    """The device on which tensors are made: the CPU."""
    return _state["device"] or _CPU


def set_default_device(device: _wengert.device | str | int | None) -> None:
    """Sets the device on which tensors are made; None for the usual one. All but the CPU are refused.

    Raises AssertionError or RuntimeError for other devices, as torch does that was built for the CPU.
    """
    found = None if device is None else _wengert.device(device)
    if found is not None:
        found.__enter__()
    _state["device"] = found


def get_device_module(device: _wengert.device | str | None = None) -> Any:
    """The module of a device: `wengert.cuda` for `"cuda"`, `wengert.cpu` where none is named.

    Raises RuntimeError for devices without a module.
    """
    import wengert

    kind = _wengert.device(device or "cpu").type
    found = getattr(wengert, kind, None)
    if kind not in ("cpu", "cuda", "mps", "xpu", "mtia") or found is None:
        raise RuntimeError(f"Device '{kind}' does not have a corresponding module registered as 'torch.{kind}'.")
    return found


def use_deterministic_algorithms(mode: Any, *, warn_only: Any = False) -> None:
    """Asks for operators that give the same bits every time: all of them do."""
    if not isinstance(mode, bool):
        kind = type(mode).__name__
        raise TypeError(f"_set_deterministic_algorithms(): argument 'mode' (position 1) must be bool, not {kind}")
    if not isinstance(warn_only, bool):
        kind = type(warn_only).__name__
        raise TypeError(f"_set_deterministic_algorithms(): argument 'warn_only' must be bool, not {kind}")
    _state["deterministic"] = (1 if warn_only else 2) if mode else 0


def are_deterministic_algorithms_enabled() -> bool:
    """Whether `use_deterministic_algorithms` was asked for."""
    return _state["deterministic"] > 0


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Whether it was asked for with a warning alone."""
    return _state["deterministic"] == 1


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """`use_deterministic_algorithms` by number or word: 0 `default`, 1 `warn`, 2 `error`."""
    if not isinstance(debug_mode, (int, str)):
        raise TypeError(f"debug_mode must be str or int, but got {type(debug_mode)}")
    words = ("default", "warn", "error")
    if isinstance(debug_mode, str):
        if debug_mode not in words:
            raise RuntimeError(
                f"invalid value of debug_mode, expected one of `default`, `warn`, `error`, but got {debug_mode}"
            )
        debug_mode = words.index(debug_mode)
    if debug_mode not in (0, 1, 2):
        raise RuntimeError(f"invalid value of debug_mode, expected 0, 1, or 2, but got {debug_mode}")
    _state["deterministic"] = debug_mode


def get_deterministic_debug_mode() -> int:
    """What `set_deterministic_debug_mode` set."""
    return _state["deterministic"]


def set_float32_matmul_precision(precision: Any) -> None:
    """How products of float32 may be rounded, which is a promise upwards: they always have full precision here."""
    if not isinstance(precision, str):
        got = type(precision).__name__
        raise RuntimeError(f"set_float32_matmul_precision expects a str, but got {got}")
    if precision in ("highest", "high", "medium"):
        _state["precision"] = precision
    else:
        import warnings

        text = (
            f"{precision} is not one of 'highest', 'high', or 'medium'; the currentsetFloat32MatmulPrecision call has "
            "no effect."
        )
        warnings.warn(text, UserWarning, stacklevel=2)


def get_float32_matmul_precision() -> str:
    """What `set_float32_matmul_precision` set."""
    return _state["precision"]


def get_num_interop_threads() -> int:
    """How many operators run at once: what `set_num_interop_threads` set, and 1 in truth."""
    return _state["interop"]


def set_num_interop_threads(threads: Any, /) -> None:
    """Kept, without effect: one operator runs at a time. Raises RuntimeError for fewer than 1."""
    if not isinstance(threads, int) or isinstance(threads, bool):
        raise RuntimeError(f"set_num_interop_threads expects an int, but got {type(threads).__name__}")
    if threads < 1:
        raise RuntimeError("set_num_interop_threads expects a positive integer")
    _state["interop"] = threads


def set_flush_denormal(mode: Any, /) -> bool:
    """Whether denormal numbers can be made 0: they are kept, so False where that is asked for."""
    if not isinstance(mode, bool):
        raise RuntimeError(f"flush_denormal expects a bool, but got {type(mode).__name__}")
    return not mode


def set_warn_always(b: Any, /) -> None:
    """Whether warnings are shown each time. Kept, and without effect: Python's filters decide."""
    if not isinstance(b, bool):
        raise RuntimeError(f"setWarnOnlyOnce expects a bool, but got {type(b).__name__}")
    _state["warn_always"] = b


def is_warn_always_enabled() -> bool:
    """What `set_warn_always` set."""
    return _state["warn_always"]


def is_storage(obj: object, /) -> bool:
    """Whether `obj` is a storage: never, storages are no objects here."""
    return False


def is_distributed(input: _wengert.Tensor) -> bool:
    """Whether a tensor lies on several machines: never."""
    return False


def typename(obj: Any, /) -> str:
    """The name of an object's type: of a tensor, that of its old class."""
    if isinstance(obj, _wengert.Tensor):
        return str(obj.type())
    kind = obj if hasattr(obj, "__qualname__") else type(obj)
    module = getattr(kind, "__module__", None)
    return kind.__qualname__ if module in (None, "", "builtins") else f"{module}.{kind.__qualname__}"


def set_default_tensor_type(t: type | str, /) -> None:
    """The old way to set the default element type, by the name or the class of a tensor type. See `set_default_dtype`.

    Raises TypeError for types that are not floating point.
    """
    from wengert import _legacy

    _legacy.set_default(t)


def compile(
    model: Callable[..., Any] | None = None,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: Any = "inductor",
    mode: str | None = None,
    options: dict[str, Any] | None = None,
    disable: bool = False,
    **more: Any,
) -> Any:
    """The function or module itself: there is no compiler here, and what torch's changes is speed.

    Works as a decorator with and without arguments. Raises RuntimeError for an unknown `mode`, or `mode` beside
    `options`.
    """
    if mode is not None and options is not None:
        raise RuntimeError("Either mode or options can be specified, but both can't be specified at the same time.")
    modes = ("default", "lite", "reduce-overhead", "max-autotune-no-cudagraphs", "max-autotune")
    if mode is not None and mode not in modes:
        raise RuntimeError(f"Unrecognized mode={mode}, should be one of: {', '.join(modes)}")

    def itself(model: Any) -> Any:
        assert callable(model), f"A callable function is expected, but {type(model)} is provided."
        return model

    return itself if model is None else itself(model)
