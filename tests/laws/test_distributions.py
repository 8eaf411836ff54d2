"""Law: random numbers are distributed as their names say: moments, counts and quantiles, from fixed seeds.

Each bound is five standard errors or more, and the seeds are fixed: a test fails where a distribution is wrong, not now
and then.
"""

import math
from collections.abc import Callable
from typing import Any

import pytest

import wengert as torch

COUNT = 20_000


def zeros(dtype: Any = torch.float64) -> Any:
    torch.manual_seed(1234)
    return torch.zeros(COUNT, dtype=dtype)


def numbers(x: Any) -> list[float]:
    return [float(number) for number in x.tolist()]


# What is drawn, its mean and its variance.
MOMENTS: dict[str, tuple[Callable[[], Any], float, float]] = {
    "uniform": (lambda: zeros().uniform_(-1, 3), 1, 16 / 12),
    "uniform of float32": (lambda: zeros(torch.float32).uniform_(), 0.5, 1 / 12),
    "normal": (lambda: zeros().normal_(2, 3), 2, 9),
    "normal of float32": (lambda: zeros(torch.float32).normal_(), 0, 1),
    "normal one by one": (lambda: torch.stack([zeros(), zeros()], 1)[:, 0].normal_(), 0, 1),
    "exponential": (lambda: zeros().exponential_(2), 0.5, 0.25),
    "exponential of bfloat16": (lambda: zeros(torch.bfloat16).exponential_(0.5), 2, 4),
    "geometric": (lambda: zeros().geometric_(0.3), 1 / 0.3, 0.7 / 0.09),
    "log normal": (lambda: zeros().log_normal_(0, 0.5), math.exp(0.125), (math.exp(0.25) - 1) * math.exp(0.25)),
    "bernoulli": (lambda: zeros().bernoulli_(0.3), 0.3, 0.21),
    "bernoulli by a tensor": (lambda: zeros().bernoulli_(torch.tensor(0.7)), 0.7, 0.21),
    "poisson of few": (lambda: torch.poisson(zeros() + 2.5), 2.5, 2.5),
    "poisson of many": (lambda: torch.poisson(zeros() + 40), 40, 40),
    "poisson at the border": (lambda: torch.poisson(zeros() + 10), 10, 10),
    "integers": (lambda: zeros(torch.int64).random_(0, 101), 50, (101**2 - 1) / 12),
    "normal of tensors": (lambda: torch.normal(zeros() + 3, torch.tensor(2.0)), 3, 4),
}


@pytest.mark.parametrize("name", MOMENTS)
def test_moments(name: str) -> None:
    draw, mean, variance = MOMENTS[name]
    drawn = numbers(draw())
    found = math.fsum(drawn) / COUNT
    spread = math.fsum((x - found) ** 2 for x in drawn) / COUNT
    assert abs(found - mean) < 5 * math.sqrt(variance / COUNT)
    # The variance's own error: by the fourth moment, which is below 30 variances squared for all of these.
    assert abs(spread - variance) < 5 * variance * math.sqrt(30 / COUNT)


def chi_square(counts: list[int], chances: list[float]) -> float:
    total = sum(counts)
    return sum((n - total * p) ** 2 / (total * p) for n, p in zip(counts, chances, strict=True))


def most(cells: int) -> float:
    """What chi-square stays below but once in millions."""
    return cells - 1 + 5 * math.sqrt(2 * (cells - 1))


# What is drawn, and its distribution function.
SHAPES: dict[str, tuple[Callable[[], Any], Callable[[float], float]]] = {
    "uniform": (lambda: zeros().uniform_(2, 5), lambda x: (x - 2) / 3),
    "normal": (lambda: zeros().normal_(), lambda x: 0.5 * (1 + math.erf(x / math.sqrt(2)))),
    "normal of float32": (lambda: zeros(torch.float32).normal_(), lambda x: 0.5 * (1 + math.erf(x / math.sqrt(2)))),
    "exponential": (lambda: zeros().exponential_(3), lambda x: 1 - math.exp(-3 * x)),
    "cauchy": (lambda: zeros().cauchy_(1, 2), lambda x: 0.5 + math.atan((x - 1) / 2) / math.pi),
    "log normal": (
        lambda: zeros().log_normal_(1, 2),
        lambda x: 0.5 * (1 + math.erf((math.log(x) - 1) / math.sqrt(8))),
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_continuous_shape(name: str) -> None:
    draw, function = SHAPES[name]
    counts = [0] * 50
    for x in numbers(draw()):
        counts[min(int(function(x) * 50), 49)] += 1
    assert chi_square(counts, [1 / 50] * 50) < most(50)


def poisson(rate: float, k: int) -> float:
    return math.exp(k * math.log(rate) - rate - math.lgamma(k + 1))


WEIGHTS = [0.5, 1, 0, 2, 4, 0.25]
# What is drawn, the whole numbers that are looked at, and their chances.
COUNTS: dict[str, tuple[Callable[[], Any], range, Callable[[int], float]]] = {
    "integers": (lambda: zeros(torch.int64).random_(7), range(7), lambda k: 1 / 7),
    "integers of two draws": (lambda: zeros(torch.int64).random_(2**60) % 11, range(11), lambda k: 1 / 11),
    "geometric": (lambda: zeros().geometric_(0.4), range(1, 12), lambda k: 0.4 * 0.6 ** (k - 1)),
    "poisson of few": (lambda: torch.poisson(zeros() + 3), range(9), lambda k: poisson(3, k)),
    "poisson of many": (lambda: torch.poisson(zeros() + 25), range(13, 39), lambda k: poisson(25, k)),
    "put back": (
        lambda: torch.multinomial(zeros()[:6] + torch.tensor(WEIGHTS), COUNT, True),
        range(6),
        lambda k: WEIGHTS[k] / sum(WEIGHTS),
    ),
    "first of several": (
        lambda: torch.multinomial((zeros()[:6] + torch.tensor(WEIGHTS)).expand(COUNT, 6), 3)[:, 0],
        range(6),
        lambda k: WEIGHTS[k] / sum(WEIGHTS),
    ),
    "one": (
        lambda: torch.multinomial((zeros()[:6] + torch.tensor(WEIGHTS)).expand(COUNT, 6), 1)[:, 0],
        range(6),
        lambda k: WEIGHTS[k] / sum(WEIGHTS),
    ),
    "the second, when the first is gone": (
        lambda: torch.multinomial((zeros()[:2] + torch.tensor([1.0, 3])).expand(COUNT, 2), 2)[:, 1],
        range(2),
        lambda k: [0.75, 0.25][k],
    ),
    "places of a permutation": (lambda: places(), range(5), lambda k: 1 / 5),
}


def places() -> Any:
    torch.manual_seed(1234)
    return torch.stack([torch.randperm(5)[2] for _ in range(4000)])


@pytest.mark.parametrize("name", COUNTS)
def test_chances_of_whole_numbers(name: str) -> None:
    draw, looked_at, chance = COUNTS[name]
    drawn = draw().tolist()
    inside = [k for k in looked_at if chance(k) > 0]
    counts = [drawn.count(k) for k in inside]
    chances = [chance(k) for k in inside]
    never = [k for k in looked_at if chance(k) == 0]
    assert not any(drawn.count(k) for k in never)
    rest = 1 - sum(chances)
    if rest > 1e-9:
        counts.append(len(drawn) - sum(counts))
        chances.append(rest)
    assert sum(counts) == len(drawn)
    assert chi_square(counts, chances) < most(len(counts))


def test_without_replacement_nothing_comes_twice() -> None:
    torch.manual_seed(9)
    rows = torch.multinomial(torch.rand(50, 8) + 0.1, 8).tolist()
    assert all(sorted(row) == list(range(8)) for row in rows)
    assert len({tuple(row) for row in rows}) > 40


@pytest.mark.parametrize("draw", ["normal_", "uniform_", "exponential_", "random_", "bernoulli_"])
def test_numbers_that_follow_are_independent(draw: str) -> None:
    x = numbers(getattr(zeros(), draw)())
    mean = math.fsum(x) / COUNT
    variance = math.fsum((a - mean) ** 2 for a in x) / COUNT
    for lag in (1, 2, 8, 16):
        covariance = math.fsum((a - mean) * (b - mean) for a, b in zip(x, x[lag:], strict=False)) / COUNT
        assert abs(covariance) < 5 * variance / math.sqrt(COUNT)
