"""Numbers for the scenarios, from a seed, without NumPy and without the random stream of the library under test."""

from typing import Any

MASK = (1 << 64) - 1

LAYOUTS = ["contiguous", "transposed", "stepped", "expanded", "offset"]


def words(seed: int) -> Any:
    """An endless stream of 64-bit words (SplitMix64: Steele, Lea and Flood, 2014)."""
    state = seed * 0x9E3779B97F4A7C15 & MASK
    while True:
        state = state + 0x9E3779B97F4A7C15 & MASK
        word = state
        word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 & MASK
        word = (word ^ word >> 27) * 0x94D049BB133111EB & MASK
        yield word ^ word >> 31


def size_of(shape: tuple[int, ...]) -> int:
    """How many elements a shape has."""
    size = 1
    for length in shape:
        size *= length
    return size


def floats(count: int, seed: int, low: float = -2.0, high: float = 2.0) -> list[float]:
    """`count` numbers, evenly spread over [low, high)."""
    stream = words(seed)
    return [low + (high - low) * (next(stream) >> 11) / (1 << 53) for _ in range(count)]


def integers(count: int, seed: int, low: int = -5, high: int = 6) -> list[int]:
    """`count` integers, evenly spread over [low, high)."""
    stream = words(seed)
    return [low + next(stream) % (high - low) for _ in range(count)]


def values(dtype: str, count: int, seed: int, low: float = -2.0, high: float = 2.0) -> list[Any]:
    """`count` Python numbers that suit a dtype given by its name."""
    if dtype == "bool":
        return [word % 2 == 1 for word in integers(count, seed, 0, 1000)]
    if dtype.startswith(("int", "uint")):
        return integers(count, seed, int(low * 3), int(high * 3) + 1)
    if dtype.startswith("complex"):
        return [
            complex(*pair)
            for pair in zip(floats(count, seed, low, high), floats(count, seed + 1, low, high), strict=True)
        ]
    return floats(count, seed, low, high)


def tensor(
    torch: Any, shape: tuple[int, ...], seed: int, dtype: str = "float32", low: float = -2.0, high: float = 2.0
) -> Any:
    """A contiguous tensor of that shape and dtype."""
    numbers = values(dtype, size_of(shape), seed, low, high)
    return torch.tensor(numbers, dtype=getattr(torch, dtype)).view(shape)


def laid_out(torch: Any, kind: str, seed: int, dtype: str = "float32", low: float = -2.0, high: float = 2.0) -> Any:
    """A (3, 4) tensor whose elements lie in memory in one of the ways of LAYOUTS."""

    def make(shape: tuple[int, ...]) -> Any:
        return tensor(torch, shape, seed, dtype, low, high)

    if kind == "contiguous":
        return make((3, 4))
    if kind == "transposed":
        return make((4, 3)).t()
    if kind == "stepped":
        return make((6, 8))[::2, 1::2]
    if kind == "expanded":
        return make((3, 1)).expand(3, 4)
    if kind == "offset":
        return make((5, 4))[2:]
    raise ValueError(kind)
