"""Seeds and states of the interpreter's random generator: `torch.random`."""

from __future__ import annotations

from wengert import _wengert
from wengert._wengert import Tensor, default_generator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager
    from typing import Any, SupportsInt

__all__ = [
    "fork_rng",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "seed",
    "set_rng_state",
    "thread_safe_generator",
]


def manual_seed(seed: SupportsInt | str) -> _wengert.Generator:
    """Starts the random numbers again from `seed` and returns the generator: torch's numbers follow.

    Raises ValueError for seeds beyond 64 bits.
    """
    return default_generator.manual_seed(int(seed))


def seed() -> int:
    """Starts the random numbers again from a seed that no one can foresee, and returns it."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed that the random numbers last started from."""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """The generator's state, as a tensor of 5056 bytes that torch reads as well."""
    return default_generator.get_state()


def set_rng_state(new_state: Any) -> None:
    """Takes on a state that `get_rng_state` gave, here or in torch.

    Raises TypeError for other than tensors of bytes, RuntimeError for bytes that are no state.
    """
    default_generator.set_state(new_state)


def fork_rng(
    devices: Iterable[Any] | None = None,
    enabled: bool = True,
    _caller: str = "fork_rng",
    _devices_kw: str = "devices",
    device_type: str | None = None,
) -> AbstractContextManager[None]:
    """A block (or a function that it decorates) after which the random numbers go on as if it had drawn none.

    There are no other devices than the CPU, so `devices` must be empty. Raises AssertionError where it is not.
    """
    import contextlib  # Here, because nothing else of the package needs it.

    return contextlib.contextmanager(_forked)(devices, enabled, device_type)


def _forked(devices: Iterable[Any] | None, enabled: bool, device_type: str | None) -> Iterator[None]:
    if device_type is not None and device_type not in ("cpu", "meta"):
        _wengert.device(device_type)
    if not enabled or device_type == "meta":
        yield
        return
    if device_type != "cpu" and list(devices or ()):
        raise AssertionError("Torch not compiled with CUDA enabled")
    state = get_rng_state()
    try:
        yield
    finally:
        set_rng_state(state)


def thread_safe_generator() -> _wengert.Generator | None:
    """The generator of a data loader's thread: None, since there are no such threads here."""
    return None
