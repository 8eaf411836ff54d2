"""rand, randn and manual_seed: the stream itself, so these are the only scenarios that draw from the library."""

from typing import Any

from ..catalogue import close, each, prints
from ..harness import caught

SEEDS = [0, 1, 42, 2**31, 2**32 + 7, -1]
SIZES = [(), (1,), (2,), (3, 5), (15,), (16,), (17,), (31,), (4, 8), (100,), (0,)]


@each(seed=SEEDS, dtype=["float32", "float64"])
def rand_from_seed(torch: Any, seed: int, dtype: str) -> Any:
    torch.manual_seed(seed)
    return torch.rand(3, 2, dtype=getattr(torch, dtype)), torch.rand(5, dtype=getattr(torch, dtype))


@each(size=SIZES)
def rand_of_size(torch: Any, size: tuple[int, ...]) -> Any:
    torch.manual_seed(7)
    return torch.rand(size), torch.rand(2)


@close(rtol=1e-5)
@each(seed=SEEDS, dtype=["float32", "float64"])
def randn_from_seed(torch: Any, seed: int, dtype: str) -> Any:
    torch.manual_seed(seed)
    return torch.randn(3, 2, dtype=getattr(torch, dtype)), torch.randn(20, dtype=getattr(torch, dtype))


@close(rtol=1e-5)
@each(size=SIZES)
def randn_of_size(torch: Any, size: tuple[int, ...]) -> Any:
    torch.manual_seed(7)
    return torch.randn(size), torch.randn(1), torch.rand(2)


@prints
@close(rtol=1e-5)
@each(seed=[0, 3, 1234])
def randn_prints(torch: Any, seed: int) -> Any:
    torch.manual_seed(seed)
    return torch.randn(3, 4), torch.randn(2, 2, dtype=torch.float64)


@close(rtol=1e-5)
def normal_numbers_come_in_pairs(torch: Any) -> Any:
    torch.manual_seed(3)
    singles = [torch.randn(1) for _ in range(4)]
    torch.manual_seed(3)
    torch.randn(1)
    torch.manual_seed(3)
    again = torch.randn(3)
    return singles, again, torch.randn(1), torch.rand(1), torch.randn(1)


@close(rtol=1e-5)
def streams_mix(torch: Any) -> Any:
    torch.manual_seed(11)
    return torch.rand(1), torch.randn(1), torch.rand(2, dtype=torch.float64), torch.randn(20), torch.rand(1)


def seeding_again_repeats(torch: Any) -> Any:
    torch.manual_seed(5)
    one = torch.rand(4)
    torch.manual_seed(5)
    return one == torch.rand(4)


@each(make=["rand", "randn"])
def random_requiring(torch: Any, make: str) -> Any:
    torch.manual_seed(0)
    x = getattr(torch, make)(2, 3, requires_grad=True)
    return x.requires_grad, x.is_leaf, x.shape, x.grad_fn, x.dtype


@each(make=["rand", "randn"], dtype=["int64", "bool", "int32"])
def random_refuses_integers(torch: Any, make: str, dtype: str) -> Any:
    return getattr(torch, make)(2, dtype=getattr(torch, dtype))


def manual_seed_returns_the_generator(torch: Any) -> Any:
    generator = torch.manual_seed(4)
    return type(generator).__name__, generator.initial_seed()


def manual_seed_refuses(torch: Any) -> Any:
    return [
        caught(torch.manual_seed, "a"),
        caught(torch.manual_seed),
        caught(torch.manual_seed, 2**64),
        caught(torch.manual_seed, -(2**63) - 1),
        type(torch.manual_seed(True)).__name__,
        type(torch.manual_seed(2**64 - 1)).__name__,
        type(torch.manual_seed(3.7)).__name__,
    ]


@each(make=["rand", "randn"])
def own_generator(torch: Any, make: str) -> Any:
    torch.manual_seed(9)
    expected = getattr(torch, make)(3)
    generator = torch.Generator()
    generator.manual_seed(9)
    torch.manual_seed(10)
    return getattr(torch, make)(3, generator=generator) == expected
