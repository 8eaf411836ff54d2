"""Law: results have the same bits for every number of threads and, matrix products apart, every instruction set."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import wengert as torch

# Beyond what is parted among threads, and no multiple of anything.
LONG = 2**17 + 3
# Beyond what is parted among threads, for sums.
LONGER = 2**19 + 77
# Longer than what threads sum at a time of the widest type.
LONGEST = 2**23 + 2**16 + 77

LEVELS = ("portable", "avx2", "avx512")
THREADS = (1, 2, 3, 7)


def real(n: int, dtype: Any = torch.float32) -> Any:
    return torch.randn(n, generator=torch.Generator().manual_seed(n)).to(dtype)


def drawn() -> Any:
    torch.manual_seed(6)
    return torch.zeros(LONG)


def matrix(rows: int, columns: int, dtype: Any = torch.float32) -> Any:
    return real(rows * columns, dtype).view(rows, columns)


def gradient(f: Callable[[Any], Any], x: Any) -> Any:
    x = x.requires_grad_()
    f(x).backward()
    return x.grad


PROGRAMS: dict[str, Callable[[], Any]] = {
    "sum of runs": lambda: real(LONG) + real(LONG) * 2,
    "a number and a row for all": lambda: matrix(211, 1031) * 2.5 + matrix(1, 1031),
    "a column for all": lambda: matrix(211, 1031) - matrix(211, 1),
    "in place": lambda: real(LONG).mul_(3).add_(real(LONG), alpha=0.1),
    "a transposed operand": lambda: matrix(401, 403).t().exp() + matrix(403, 401),
    "a predicate": lambda: real(LONG) < 0,
    "every second": lambda: real(2 * LONG)[::2].sigmoid(),
    "half": lambda: real(LONG, torch.float16) * 3,
    "int32": lambda: (real(LONG) * 100).to(torch.int32) * 3 + 1,
    "double": lambda: real(LONG, torch.float64).tanh().log1p(),
    "functions": lambda: real(LONG).sin() + real(LONG).cos() * real(LONG).exp().expm1(),
    "powers": lambda: real(LONG).abs() ** 1.7 + real(LONG).abs().sqrt().log(),
    "complex": lambda: (real(LONG) + real(LONG) * 2j) * (real(LONG) * 1j),
    "a copy": lambda: real(LONG).clone(),
    "a copy that turns": lambda: matrix(401, 403).t().contiguous(),
    "a copy of every second": lambda: real(2 * LONG)[::2].contiguous(),
    "a copy of three dimensions": lambda: real(64 * 65 * 66).view(64, 65, 66).permute(2, 0, 1).contiguous(),
    "a copy to the same": lambda: (lambda x: x.copy_(x))(real(LONG)),
    "uniform numbers": lambda: drawn().uniform_(0.1, 0.7),
    "normal numbers": lambda: drawn().normal_(0.1, 0.7),
    "integers": lambda: drawn().random_(1000),
    "chances": lambda: drawn().bernoulli_(torch.full((LONG,), 0.3)),
    "a conversion": lambda: matrix(401, 403).t().to(torch.float16),
    "total": lambda: real(LONGER).sum(),
    "total of float64": lambda: real(LONGER, torch.float64).sum(),
    "total of very many": lambda: torch.arange(LONGEST, dtype=torch.float64).sum(),
    "total of int64": lambda: (real(LONGER) * 1000).to(torch.int64).sum(),
    "dot": lambda: torch.dot(real(LONGER), real(LONGER) + 1),
    "sums of columns": lambda: matrix(311, 1031).sum(0),
    "sums of rows": lambda: matrix(311, 1031).sum(1),
    "sums of a transposed matrix": lambda: matrix(311, 1031).t().sum(1),
    "sums of few long rows": lambda: matrix(3, LONG).sum(1),
    "sums of a view of three dimensions": lambda: real(64 * 65 * 66).view(64, 65, 66).permute(2, 0, 1).sum((0, 2)),
    "means of half numbers": lambda: matrix(311, 1031, torch.float16).mean(0),
    "a gradient": lambda: gradient(lambda x: ((x * 2 + 1).tanh() * x.exp()).sum(), real(LONG)),
    "a gradient of rows": lambda: gradient(lambda x: (x * matrix(1, 1031)).sum(1).exp().sum(), matrix(211, 1031)),
}

PRODUCTS: dict[str, Callable[[], Any]] = {
    "a product": lambda: matrix(201, 303) @ matrix(303, 157),
    "a product of transposed matrices": lambda: matrix(303, 201).t() @ matrix(157, 303).t(),
    "a product with a vector": lambda: matrix(701, 503) @ real(503),
    "products of a batch": lambda: real(5 * 70 * 70).view(5, 70, 70) @ matrix(70, 70),
    "gradients of a product": lambda: gradient(lambda x: (x @ matrix(257, 129)).exp().sum(), matrix(200, 257) * 0.01),
}


def bits(t: Any) -> bytes:
    return bytes(t.contiguous().numpy().tobytes())


@pytest.fixture
def machine() -> Iterator[None]:
    """What the program says of the machine, put back afterwards."""
    level, threads = torch._wengert._level(), torch.get_num_threads()
    yield
    torch._wengert._set_level(level)
    torch.set_num_threads(threads)


def outcomes(program: Callable[[], Any]) -> Iterator[tuple[int, bytes]]:
    for threads in THREADS:
        torch.set_num_threads(threads)
        yield threads, bits(program())


@pytest.mark.parametrize("name", PROGRAMS)
def test_neither_threads_nor_the_instruction_set_change_a_bit(name: str, machine: None) -> None:
    expected: bytes | None = None
    for level in LEVELS:
        try:
            torch._wengert._set_level(level)
        except RuntimeError:
            continue  # This processor lacks it.
        for threads, found in outcomes(PROGRAMS[name]):
            expected = expected or found
            assert found == expected, f"{threads} threads, {level}"


@pytest.mark.parametrize("name", PRODUCTS)
def test_threads_do_not_change_a_bit_of_a_product(name: str, machine: None) -> None:
    assert len({found for _, found in outcomes(PRODUCTS[name])}) == 1
