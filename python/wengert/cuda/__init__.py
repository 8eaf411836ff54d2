"""What programs ask of CUDA, answered as a build of torch for the CPU answers: there is none."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, NoReturn

from wengert import _legacy, _unbuilt, _wengert
from wengert.cuda import amp as amp

__all__ = ["Event", "OutOfMemoryError", "Stream", "StreamContext", "device", "device_of", "is_available"]

globals().update(_legacy.on_device())
has_half = True
_absent = _unbuilt.in_module(__name__)

# What starts CUDA, and fails.
_STARTS = """
can_device_access_peer current_device current_stream default_stream get_device_capability get_device_name
get_device_properties init initial_seed ipc_collect mem_get_info memory_snapshot set_per_process_memory_fraction
synchronize get_rng_state
"""
# Counts of bytes, of which there are none.
_COUNTS = """
memory_allocated max_memory_allocated memory_reserved max_memory_reserved memory_cached max_memory_cached
"""


class OutOfMemoryError(RuntimeError):
    """What a device without memory left would raise."""


def _starting(name: str) -> Any:
    def starts(*args: Any, **kwargs: Any) -> NoReturn:
        raise AssertionError("Torch not compiled with CUDA enabled")

    return _named(starts, name, "Raises AssertionError: this library computes on the CPU.")


def _counting(name: str) -> Any:
    def count(device: Any = None) -> int:
        return 0

    return _named(count, name, "0: there is no device.")


def _named(function: Any, name: str, doc: str) -> Any:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


def _made(name: str) -> Any:
    if name in _STARTS.split():
        return _starting(name)
    return _counting(name) if name in _COUNTS.split() else None


def __getattr__(name: str) -> Any:
    found = _made(name)
    if found is None:
        _absent(name)
    globals()[name] = found
    return found


def is_available() -> bool:
    """Whether there is a device: no."""
    return False


def is_initialized() -> bool:
    """Whether CUDA was started: no."""
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Whether a device computes with bfloat16: no."""
    return False


def device_count() -> int:
    """0."""
    return 0


def get_arch_list() -> list[str]:
    """The kinds of devices that it was built for: none."""
    return []


def empty_cache() -> None:
    """Nothing: no memory is kept for a device."""


def manual_seed(seed: int) -> None:
    """Nothing: no device has random numbers."""


def manual_seed_all(seed: int) -> None:
    """Nothing: no device has random numbers."""


def seed() -> None:
    """Nothing: no device has random numbers."""


def seed_all() -> None:
    """Nothing: no device has random numbers."""


def get_rng_state_all() -> list[_wengert.Tensor]:
    """The states of every device's generator: none."""
    return []


def set_rng_state(new_state: _wengert.Tensor, device: Any = "cuda") -> None:
    """Nothing: no device has random numbers."""


def set_rng_state_all(new_states: Any) -> None:
    """Nothing: no device has random numbers."""


def memory_stats(device: Any = None) -> OrderedDict[str, Any]:
    """What the allocator counted: nothing."""
    return OrderedDict()


def reset_peak_memory_stats(device: Any = None) -> None:
    """Nothing: no memory is counted."""


def set_device(device: Any) -> None:
    """Raises AssertionError, but for a negative number, which means no device; ValueError for other devices."""
    if isinstance(device, int) and device < 0:
        return
    if not isinstance(device, int):
        kind = _wengert.device(device)
        if kind.type != "cuda":
            raise ValueError(f"Expected a cuda device, but got: {kind}")
    raise AssertionError("Torch not compiled with CUDA enabled")


def set_stream(stream: Any) -> None:
    """Nothing for None; there are no streams."""


class device:
    """A context in which another device would be the current one: none is, so a negative number is all it takes."""

    def __init__(self, device: Any) -> None:
        self.idx = device if isinstance(device, int) else (_wengert.device(device).index or 0)

    def __enter__(self) -> None:
        if self.idx >= 0:
            raise RuntimeError("PyTorch was compiled without CUDA support")

    def __exit__(self, *_exception: object) -> None:
        pass


class device_of(device):
    """The context of a tensor's device: nothing changes, it is the CPU."""

    def __init__(self, obj: Any) -> None:
        super().__init__(-1)


class Stream:
    """A queue of work on a device. Raises RuntimeError: there is none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError("torch.cuda.Stream requires CUDA support")


class Event:
    """A mark in a queue of work. Raises RuntimeError: there is none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError("Tried to instantiate dummy base class Event")


class StreamContext:
    """The context of a stream; of None, nothing."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_exception: object) -> None:
        pass


def stream(stream: Any) -> StreamContext:
    """The context of a stream; of None, nothing."""
    return StreamContext(stream)
