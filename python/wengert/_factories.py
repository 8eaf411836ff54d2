"""Seeds and states of the interpreter's random generator."""

from __future__ import annotations

from wengert import _wengert
from wengert._wengert import Tensor, default_generator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, SupportsInt

__all__ = ["get_rng_state", "initial_seed", "manual_seed", "seed", "set_rng_state"]


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
    """The generator's state, as a tensor of bytes."""
    return default_generator.get_state()


def set_rng_state(new_state: Any) -> None:
    """Takes on a state that `get_rng_state` gave.

    Raises TypeError for other than tensors of bytes, RuntimeError for bytes that are no state.
    """
    default_generator.set_state(new_state)
