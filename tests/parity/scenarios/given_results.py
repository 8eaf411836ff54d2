"""What names write to `out=` that convert, resize or refuse in their own words; `fill`; a sum resizing its input."""

from typing import Any

from ..catalogue import close, each
from ..harness import caught, graph
from ..inputs import tensor

TYPES = ["float32", "float64", "int64", "bool", "complex64"]

DIFFS: dict[str, Any] = {
    "once": {},
    "nothing": {"n": 0},
    "nothing, of what is joined": {"n": 0, "dim": 0, "prepend": (1, 4), "append": (2, 4)},
    "nothing, along no dimension": {"n": 0, "dim": 5},
    "nothing, joined along no dimension": {"n": 0, "dim": 5, "prepend": (1, 4)},
    "nothing, of what does not fit": {"n": 0, "dim": 0, "prepend": (1, 3)},
    "twice": {"n": 2, "dim": 0},
    "joined": {"n": 2, "dim": 0, "prepend": (1, 4), "append": (2, 4)},
    "until nothing is left": {"n": 9, "dim": 0},
}


@close()
@each(case=list(DIFFS), out=[None, *TYPES])
def diff(torch: Any, case: str, out: str | None) -> Any:
    x = tensor(torch, (4, 3), 1).t()
    given = {k: tensor(torch, v, 2) if isinstance(v, tuple) else v for k, v in DIFFS[case].items()}

    def to() -> Any:
        return {} if out is None else {"out": torch.zeros(0, dtype=getattr(torch, out))}

    said = [caught(torch.diff, of, **given, **to()) for of in (x, x > 0, x[:, :0])]
    return said, [r.stride() for r in said if isinstance(r, torch.Tensor)]


def diff_within(torch: Any) -> Any:
    """Over what it reads."""
    said = []
    for n, start, stop in ((1, 4, 11), (2, 4, 10), (0, 4, 12), (1, 1, 8), (0, 0, 8)):
        x = torch.arange(12.0)
        said.append((caught(torch.diff, x[:8], n, out=x[start:stop]), x))
    return said


@close()
def diff_of_nothing_recorded(torch: Any) -> Any:
    x = tensor(torch, (3, 2), 3).requires_grad_()
    y = torch.diff(x, 0, prepend=torch.ones(3, 1))
    out = torch.diff(x, 0, out=torch.zeros(0))
    y.sum().backward()
    return y, graph(y), graph(out), x.grad, caught(torch.diff, x, 0, out=torch.ones(3, 2).requires_grad_())


MEANS: dict[str, Any] = {
    "all": {},
    "dim": {"dim": 0},
    "kept": {"dim": (0, 1), "keepdim": True},
    "typed": {"dtype": "float64"},
    "dim, typed": {"dim": 0, "dtype": "float64"},
    "whole": {"dtype": "int64"},
}


@close()
@each(case=list(MEANS), dtype=["float16", "float32", "float64", "int32", "complex64"])
def mean(torch: Any, case: str, dtype: str) -> Any:
    given = {k: getattr(torch, v) if k == "dtype" else v for k, v in MEANS[case].items()}
    x = tensor(torch, (2, 3), 4).to(getattr(torch, dtype))
    return [caught(torch.mean, x, **given, out=torch.zeros(0, dtype=getattr(torch, to))) for to in TYPES]


@each(rank=[1, 2, 3], dtype=["float32", "int32", "bool"])
def diag(torch: Any, rank: int, dtype: str) -> Any:
    x = torch.ones((3,) * rank, dtype=getattr(torch, dtype))
    return [caught(torch.diag, x, out=torch.zeros(0, dtype=getattr(torch, to))) for to in ("float32", "int32", "bool")]


@close()
@each(weight=["number", "tensor", "recorded"])
def lerp(torch: Any, weight: str) -> Any:
    a, b = tensor(torch, (2, 2), 5), tensor(torch, (2, 2), 6)
    w = 0.5 if weight == "number" else torch.ones(2, requires_grad=weight == "recorded")
    said = [caught(torch.lerp, a, b, w, out=torch.zeros(0, dtype=getattr(torch, to))) for to in TYPES]
    return said, caught(torch.lerp, a.int(), b.int(), torch.ones(2).int(), out=torch.zeros(2, 2))


def nonzero(torch: Any) -> Any:
    x = torch.tensor([[1, 0], [0, 2]])

    def to() -> Any:
        return torch.zeros(0, dtype=torch.int64)

    return [
        torch.nonzero(x, out=to(), as_tuple=False),
        caught(torch.nonzero, x, out=to(), as_tuple=True),
        torch.nonzero(x, out=None, as_tuple=True),
        torch.nonzero(input=x, out=to()),
        x.nonzero(as_tuple=True),
        x.nonzero(),
        caught(torch.nonzero, x, True),
        caught(torch.nonzero, x, as_tuple=1),
        caught(torch.nonzero, x, foo=1),
        caught(torch.nonzero),
        caught(x.nonzero, True),
        caught(x.nonzero, out=to()),
    ]


@each(out=["exact", "empty", "wrong", "transposed", "long", "input"])
def slice_scatter(torch: Any, out: str) -> Any:
    x, source = tensor(torch, (4, 3), 7), torch.zeros(2, 3)
    target = {
        "exact": lambda: torch.ones(4, 3),
        "empty": lambda: torch.ones(0),
        "wrong": lambda: torch.ones(2, 2),
        "transposed": lambda: torch.ones(3, 4).t(),
        "long": lambda: torch.ones(4, 3, dtype=torch.int64),
        "input": lambda: x,
    }[out]()
    result = caught(torch.slice_scatter, x, source, 0, 1, 3, out=target)
    return result, result is target, target.stride()


def narrow_copy(torch: Any) -> Any:
    x = tensor(torch, (4, 3), 8)
    return [
        torch.narrow_copy(x, 0, 1, 2, out=torch.ones(0)),
        caught(torch.narrow_copy, x, 0, 1, 2, out=torch.ones(2, 3, dtype=torch.int64)),
        caught(torch.narrow_copy, x, 2, 0, 1),
        caught(torch.narrow_copy, x, -3, 0, 1),
        caught(torch.narrow_copy, x, 0, 5, 1),
    ]


def as_strided_scatter_with_gaps(torch: Any) -> Any:
    x = torch.arange(18.0).view(3, 6)[:, ::2]
    y = torch.as_strided_scatter(x, -torch.ones(2, 2), (2, 2), (1, 2), 0)
    return y, y.stride()


def fill(torch: Any) -> Any:
    x = tensor(torch, (2, 3), 9).requires_grad_()
    v = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    of_number, of_tensor = torch.fill(x.t(), 2), torch.fill(x, v)
    (of_number.sum() + of_tensor.sum()).backward()
    return [
        *(of_number, of_number.stride(), graph(of_number), of_tensor, graph(of_tensor), x.grad, v.grad),
        *(torch.fill(x.detach().int(), value=2.5), torch.fill(x.expand(2, 2, 3), True).stride()),
        *(caught(torch.fill, x, torch.ones(2)), caught(torch.fill, x, 2j), caught(torch.fill, x)),
        *(caught(torch.fill, 1, 2), caught(torch.fill, x, "a"), caught(torch.fill, x.detach().byte(), 300)),
    ]


@close()
@each(name=["acosh", "asinh", "atanh", "arccosh", "arcsinh", "arctanh"])
def written_inverse(torch: Any, name: str) -> Any:
    x = tensor(torch, (3,), 10, low=1.1, high=1.9).requires_grad_()
    y = getattr(x - (1 if name.endswith("tanh") else 0), name + "_")()
    return y, y.grad_fn.name()


@close()
def addbmm_resizes(torch: Any) -> Any:
    x, a, b = (tensor(torch, s, 11).requires_grad_() for s in ((1,), (2, 3, 4), (2, 4, 5)))
    y = x * 2
    z = y.addbmm_(a, b, beta=3, alpha=0.5)
    z.sum().backward()
    base = torch.ones(10)
    part = base[:1].addbmm_(a.detach(), b.detach())
    return z, z is y, graph(z), x.grad, a.grad, b.grad, part, base, caught(x.addbmm_, a, b)


@close()
def linalg_matmul(torch: Any) -> Any:
    a, b = tensor(torch, (2, 3), 12).requires_grad_(), tensor(torch, (3, 2), 13)
    y = torch.linalg.matmul(a, b)
    return [
        *(y, graph(y), torch.linalg.matmul(a.detach(), b, out=torch.ones(0))),
        *(caught(torch.linalg.matmul, 1, 2), caught(torch.linalg.matmul, a), caught(torch.linalg.matmul, a, b[:1])),
    ]


@each(attribute=["H", "mH", "adjoint", "conj"])
def conjugated(torch: Any, attribute: str) -> Any:
    z = torch.view_as_complex(tensor(torch, (2, 2, 2), 14)).requires_grad_()
    y = getattr(z, attribute)
    y = y() if callable(y) else y
    return y, y.stride(), graph(y)


@each(out=["0-d", "none", "too many"])
def resized_without_a_word(torch: Any, out: str) -> Any:
    made = {"0-d": lambda: torch.tensor(0.0), "none": lambda: torch.ones(0), "too many": lambda: torch.ones(7)}[out]
    square, batch = torch.ones(2, 2), torch.ones(3, 2, 2)
    return [
        torch.addbmm(square, batch, batch, out=made()),
        torch.narrow_copy(torch.arange(4.0), 0, 1, 2, out=made()),
        torch.addmm(square, square, square, out=made()),
    ]
