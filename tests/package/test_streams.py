"""Law: the state is torch's to the byte and goes from either library to the other; what fails draws nothing."""

import importlib.util
from collections.abc import Callable
from typing import Any

import pytest

import wengert

LIVE = importlib.util.find_spec("torch") is not None


def state_of(generator: Any) -> list[int]:
    return list(generator.get_state().tolist())


def going_on(torch: Any, generator: Any) -> list[Any]:
    """What follows: of each kind of draw, and beyond the words that a state holds."""
    return [
        torch.rand(5, generator=generator).tolist(),
        torch.rand(3, dtype=torch.float64, generator=generator).tolist(),
        torch.randint(0, 2**40, (4,), generator=generator).tolist(),
        torch.randperm(9, generator=generator).tolist(),
        torch.rand(1000, generator=generator)[-3:].tolist(),
        torch.zeros(4, dtype=torch.int16).random_(generator=generator).tolist(),
        state_of(generator),
    ]


def moved(torch: Any, steps: int, spare: bool) -> Any:
    generator = torch.Generator().manual_seed(2**40 + 7)
    torch.rand(steps, generator=generator)
    if spare:
        torch.randn(1, generator=generator)
    return generator


if LIVE:

    @pytest.mark.parametrize("spare", [False, True])
    @pytest.mark.parametrize("steps", [0, 1, 623, 624, 625, 2000])
    def test_a_state_of_torch_goes_on_here_and_one_of_here_in_torch(steps: int, spare: bool) -> None:
        import torch

        theirs, ours = moved(torch, steps, spare), moved(wengert, steps, spare)
        state = state_of(theirs)
        # A spare normal number (8 bytes) hangs on the system's functions; the same system's are the same.
        assert state == state_of(ours)
        here, there = wengert.Generator(), torch.Generator()
        here.set_state(wengert.tensor(state, dtype=wengert.uint8))
        there.set_state(torch.tensor(state_of(ours), dtype=torch.uint8))
        assert here.initial_seed() == there.initial_seed() == 2**40 + 7
        first = wengert.randn(1, generator=here).item(), torch.randn(1, generator=there).item()
        assert first[0] == pytest.approx(first[1], rel=1e-6)
        assert going_on(wengert, here) == going_on(torch, there)

    def test_the_interpreter_s_state_goes_both_ways() -> None:
        import torch

        kept = torch.get_rng_state()
        try:
            torch.manual_seed(5)
            torch.rand(77)
            wengert.set_rng_state(wengert.tensor(torch.get_rng_state().tolist(), dtype=wengert.uint8))
            assert wengert.rand(3).tolist() == torch.rand(3).tolist()
            torch.set_rng_state(torch.tensor(wengert.get_rng_state().tolist(), dtype=torch.uint8))
            assert torch.randint(99, (5,)).tolist() == wengert.randint(99, (5,)).tolist()
        finally:
            torch.set_rng_state(kept)


def test_what_fails_draws_nothing() -> None:
    generator = wengert.Generator().manual_seed(3)
    before = state_of(generator)
    attempts: list[Callable[[], Any]] = [
        lambda: wengert.zeros(2).normal_(0, -1, generator=generator),
        lambda: wengert.zeros(2, dtype=wengert.int64).normal_(generator=generator),
        lambda: wengert.zeros(2).bernoulli_(wengert.tensor([0.5, 2]), generator=generator),
        lambda: wengert.ones(2, requires_grad=True).uniform_(generator=generator),
        lambda: wengert.ones(2, 1).expand(2, 3).random_(generator=generator),
        lambda: wengert.poisson(wengert.tensor([1.0, -1]), generator),
        lambda: wengert.multinomial(wengert.tensor([[1.0, 1], [0, 0]]), 2, True, generator=generator),
        lambda: wengert.normal(wengert.ones(2), wengert.tensor([1.0, -1]), generator=generator),
        lambda: wengert.zeros(2, dtype=wengert.uint8).random_(300, generator=generator),
    ]
    for attempt in attempts:
        with pytest.raises((RuntimeError, NotImplementedError)):
            attempt()
        assert state_of(generator) == before
