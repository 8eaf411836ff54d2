"""How results lie in memory: strides of what operators make of operands in layouts from a seed.

Each scenario draws 60 layouts; what they are, `operands` of the same seed says.
"""

from collections.abc import Iterator
from typing import Any

from ..catalogue import each
from ..harness import caught
from ..inputs import words

SEEDS = [1, 2, 3, 4]
UNARY: dict[str, Any] = {
    "exp": lambda t, x: x.exp(),
    "neg": lambda t, x: -x,
    "abs": lambda t, x: x.abs(),
    "relu": lambda t, x: t.relu(x),
    "sqrt": lambda t, x: x.sqrt(),
    "reciprocal": lambda t, x: x.reciprocal(),
    "clone": lambda t, x: x.clone(),
    "to": lambda t, x: x.to(t.float64),
    "contiguous": lambda t, x: x.contiguous(),
    "zeros_like": lambda t, x: t.zeros_like(x),
    "nan_to_num": lambda t, x: t.nan_to_num(x),
    "frexp": lambda t, x: t.frexp(x)[0],
    "isreal": lambda t, x: t.isreal(x),
    "isfinite": lambda t, x: t.isfinite(x.long()),
    "deg2rad": lambda t, x: t.deg2rad(x),
    "roll": lambda t, x: t.roll(x, 1, 0) if x.dim() else x,
    "logcumsumexp": lambda t, x: t.logcumsumexp(x, 0),
    "clamp": lambda t, x: t.clamp(x, 0, 1),
    "bits": lambda t, x: x.long() & 1,
    "lerp": lambda t, x: t.lerp(x, x, 0.5),
    "masked_fill": lambda t, x: t.masked_fill(x, x > 0, 1),
}
NUMBER: dict[str, Any] = {
    "x * 2": lambda t, x: x * 2,
    "2 * x": lambda t, x: 2 * x,
    "x + 2": lambda t, x: x + 2,
    "2 - x": lambda t, x: 2 - x,
    "rsub": lambda t, x: t.rsub(x, 2),
    "x / 2": lambda t, x: x / 2,
    "2 / x": lambda t, x: 2 / x,
    "x / 2, floored": lambda t, x: t.div(x, 2, rounding_mode="floor"),
    "x ** 2": lambda t, x: x**2,
    "x ** 0.5": lambda t, x: x**0.5,
    "x ** 0": lambda t, x: x**0,
    "2 ** x": lambda t, x: 2**x,
    "1 ** x": lambda t, x: 1**x,
    "pow": lambda t, x: t.pow(2, x),
    "x < 2": lambda t, x: x < 2,
    "2 < x": lambda t, x: 2 < x,
    "x == 2": lambda t, x: x == 2,
    "where x": lambda t, x: t.where(x > 0, x, 2.0),
    "where number": lambda t, x: t.where(x > 0, 2.0, x),
    "where numbers": lambda t, x: t.where(x > 0, 2.0, 3.0),
    "0-d * x": lambda t, x: t.tensor(2.0) * x,
    "x * 0-d": lambda t, x: x * t.tensor(2.0),
    "x - wide 0-d": lambda t, x: x - t.tensor(2.0, dtype=t.float64),
    "wide 0-d < x": lambda t, x: t.tensor(2.0, dtype=t.float64) < x,
    "0-d ** x": lambda t, x: t.tensor(2.0) ** x,
    "x ** 0-d": lambda t, x: x ** t.tensor(2.0),
    "maximum": lambda t, x: t.maximum(x, t.tensor(0.5)),
}
BINARY: dict[str, Any] = {
    "x * y": lambda t, x, y: x * y,
    "x + y": lambda t, x, y: x + y,
    "add": lambda t, x, y: t.add(x, y, alpha=2),
    "x / y": lambda t, x, y: x / y,
    "x ** y": lambda t, x, y: x**y,
    "x >= y": lambda t, x, y: x >= y,
    "maximum": lambda t, x, y: t.maximum(x, y),
    "of two types": lambda t, x, y: x - y.to(t.float64),
    "where x": lambda t, x, y: t.where(x > y, x, y),
    "where y": lambda t, x, y: t.where(y > 0, x, 2.0),
    "where 0-d": lambda t, x, y: t.where(x > 0, t.tensor(1.0), y),
    "where number": lambda t, x, y: t.where(x > 0, 1.0, y),
    "where wide": lambda t, x, y: t.where(x > 0, y.to(t.float64), x),
}
ALONG: dict[str, Any] = {
    "sum": lambda t, x, dim: x.sum(dim),
    "kept": lambda t, x, dim: x.sum(dim, keepdim=True),
    "mean": lambda t, x, dim: x.mean(dim),
    "max": lambda t, x, dim: tuple(x.max(dim)),
    "max, kept": lambda t, x, dim: tuple(x.max(dim, keepdim=True)),
    "norm": lambda t, x, dim: x.norm(dim=dim),
    "norm, kept": lambda t, x, dim: x.norm(1, dim=dim, keepdim=True),
    "stack": lambda t, x, dim: t.stack([x, x], dim),
}
EACH = 60


class _Draw:
    """What a seed decides."""

    def __init__(self, seed: int) -> None:
        self.words: Iterator[int] = words(seed)

    def below(self, n: int) -> int:
        return next(self.words) % n

    def layout(self, torch: Any, shape: list[int]) -> Any:
        """A tensor of that shape: of dimensions permuted, some expanded, some stepped."""
        order = list(range(len(shape)))
        for i in range(len(order) - 1, 0, -1):
            j = self.below(i + 1) if self.below(2) else i
            order[i], order[j] = order[j], order[i]
        steps = [1 if self.below(3) else 1 + self.below(2) for _ in shape]
        spread = [self.below(6) == 0 for _ in shape]
        own = [1 if spread[d] else shape[d] for d in order]
        x = torch.ones([n * steps[d] for n, d in zip(own, order, strict=True)])
        x = x[tuple(slice(None, None, steps[d]) for d in order)]
        return x.permute([order.index(d) for d in range(len(shape))]).expand(shape)

    def shape(self) -> list[int]:
        """Up to four dimensions, extents of 1 and now and then of 0 among them."""
        return [(1, 2, 3, 4, 1, 2, 3, 0 if self.below(8) == 0 else 5)[self.below(8)] for _ in range(self.below(5))]

    def narrower(self, shape: list[int]) -> list[int]:
        """A shape that broadcasts to this one: leading dimensions missing, some of 1."""
        start = self.below(len(shape) + 1) if self.below(4) == 0 else 0
        return [1 if self.below(5) == 0 else n for n in shape[start:]]


def _strides(y: Any) -> Any:
    return " ".join(map(_strides, y)) if isinstance(y, (tuple, list)) else ",".join(map(str, y.stride())) or "-"


def _beside_ones(y: Any) -> str:
    """The strides of dimensions of other extents than 1."""
    return ",".join("." if n == 1 else str(s) for n, s in zip(y.shape, y.stride(), strict=True)) or "-"


def _operands(torch: Any, seed: int, count: int) -> Iterator[Any]:
    """Operands that broadcast together, and a number that chooses."""
    draw = _Draw(seed)
    for _ in range(EACH):
        shape = draw.shape()
        yield [draw.layout(torch, draw.narrower(shape) if count > 1 else shape) for _ in range(count)], draw.below(64)


@each(count=[1, 2, 3], seed=SEEDS)
def operands(torch: Any, count: int, seed: int) -> Any:
    """That both libraries are asked the same."""
    return [[f"{list(x.shape)} by {list(x.stride())}" for x in xs] for xs, _ in _operands(torch, seed, count)]


@each(op=[*UNARY, *NUMBER], seed=SEEDS)
def of_one(torch: Any, op: str, seed: int) -> Any:
    return [_strides((UNARY | NUMBER)[op](torch, *xs)) for xs, _ in _operands(torch, seed, 1)]


@each(op=list(BINARY), seed=SEEDS)
def of_two(torch: Any, op: str, seed: int) -> Any:
    return [_strides(BINARY[op](torch, *xs)) for xs, _ in _operands(torch, seed, 2)]


@each(seed=SEEDS)
def of_three(torch: Any, seed: int) -> Any:
    told = []
    for (c, x, y), choice in _operands(torch, seed, 3):
        mask = torch.ones_like(c, dtype=torch.bool) if choice % 2 else c > 0
        told.append(_strides((mask, torch.where(mask, x, y))))
    return told


@each(op=list(ALONG), seed=SEEDS)
def along_a_dimension(torch: Any, op: str, seed: int) -> Any:
    told = []
    for (x,), choice in _operands(torch, seed, 1):
        along = lambda x=x, choice=choice: _strides(ALONG[op](torch, x, choice % max(x.dim(), 1)))  # noqa: E731
        told.append(caught(along))
    return told


@each(seed=SEEDS)
def of_gradients(torch: Any, seed: int) -> Any:
    """What `autograd.grad` gives, and leaves in those layouts take.

    A gradient that is taken over keeps strides of its own where an extent is 1, and a copy has the leaf's. Which of the
    two torch does is not compared.
    """
    told = []
    for leaves, _ in _operands(torch, seed, 2):
        x, y = (leaf.detach().requires_grad_() for leaf in leaves)
        z = x * y
        given = torch.autograd.grad(z, (x, y), torch.ones_like(z), retain_graph=True)
        spread = torch.autograd.grad(z.sum(), (x, y), retain_graph=True)
        z.sum().backward()
        told.append([_strides(given), _strides(spread), _beside_ones(x.grad), _beside_ones(y.grad)])
    return told


KEYS = ["i", ":i", "::i", "i:i", "j", ":j", "turned j", "i, i", ":, i, j", "0, i", "None, i", "i, None", "mask"]


@each(order=[(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)], key=KEYS)
def picked(torch: Any, order: tuple[int, ...], key: str) -> Any:
    """What index tensors pick lies in the order of the operand's dimensions, then in the indices'."""
    x = torch.arange(24.0).reshape(2, 3, 4).permute(*order).requires_grad_(True)
    i, j = torch.tensor([0, 1]), torch.tensor([[0, 1], [1, 0]])
    every = slice(None)
    place = {
        "i": (i,),
        ":i": (every, i),
        "::i": (every, every, i),
        "i:i": (i, every, i),
        "j": (j,),
        ":j": (every, j),
        "turned j": (every, j.t()),
        "i, i": (i, i),
        ":, i, j": (every, i, j),
        "0, i": (0, i),
        "None, i": (None, i),
        "i, None": (i, None),
        "mask": (x > 5,),
    }[key]
    y = x[place]
    (gradient,) = torch.autograd.grad((y * y).sum(), x)
    return y, gradient


def channels_last_of_a_batch_of_one(torch: Any) -> Any:
    h = torch.arange(60.0).reshape(4, 5, 3).permute(2, 0, 1)[None].requires_grad_()
    g, wide = (
        h.detach().clone(memory_format=torch.channels_last),
        torch.arange(60.0).as_strided((1, 3, 4, 5), (7, 1, 15, 3)),
    )
    results = [
        h.exp(),
        h + h,
        h * 2,
        h > 1,
        h + g,
        g + h,
        torch.where(h > 1, h, h),
        torch.addcmul(h, g, h),
        h + h[:, :1],
        wide.exp(),
        wide + wide,
        h.detach()[0].exp(),
        torch.autograd.grad(h.exp().sum(), h)[0],
    ]
    return [y.stride() for y in results]
