"""memory_format: the orders of elements that a caller may ask for, of every shape, and what keeps them."""

from typing import Any

from ..catalogue import each
from ..harness import caught, graph

FORMATS = ["preserve_format", "contiguous_format", "channels_last", "channels_last_3d"]
SHAPES = [
    (),
    (2, 3),
    (2, 3, 4, 5),
    (2, 1, 4, 5),
    (2, 3, 1, 1),
    (1, 3, 2, 2),
    (0, 3, 2, 2),
    (2, 3, 2, 1, 3),
    (2, 2, 0, 1, 3),
    (2, 0, 2, 2),
]
SOURCES = ["usual", "channels", "turned", "gaps", "spread"]


def lie(t: Any) -> Any:
    return tuple(t.shape), t.stride()


def laid(torch: Any, source: str, ndim: int) -> Any:
    """A tensor of four or five dimensions that lies so."""
    sizes = (2, 3, 4, 5, 2)[:ndim]
    x = torch.arange(float(2 * 3 * 4 * 5 * (2 if ndim == 5 else 1))).reshape(sizes)
    channels = torch.channels_last if ndim == 4 else torch.channels_last_3d
    return {
        "usual": lambda: x,
        "channels": lambda: x.contiguous(memory_format=channels),
        "turned": lambda: x.transpose(0, 2),
        "gaps": lambda: x.contiguous(memory_format=channels)[:, :2, 1:],
        "spread": lambda: x[:, :1].expand(sizes),
    }[source]()


@each(shape=SHAPES, order=FORMATS)
def asked_for(torch: Any, shape: tuple[int, ...], order: str) -> Any:
    asked: dict[str, Any] = {"memory_format": getattr(torch, order)}
    x = torch.zeros(shape)
    calls: dict[str, Any] = {
        "empty": lambda: torch.empty(shape, **asked),
        "clone": lambda: x.clone(**asked),
        "torch.clone": lambda: torch.clone(x, **asked),
        "contiguous": lambda: x.contiguous(**asked),
        "to": lambda: x.to(**asked),
        "to another": lambda: x.to(torch.float64, **asked),
        "copied": lambda: x.to(torch.float32, copy=True, **asked),
        "double": lambda: x.double(**asked),
        "cdouble": lambda: x.cdouble(**asked),
        "float": lambda: x.float(**asked),
        "cpu": lambda: x.cpu(**asked),
        "empty_like": lambda: torch.empty_like(x, **asked),
        "zeros_like": lambda: torch.zeros_like(x, **asked),
        "full_like": lambda: torch.full_like(x, 3, **asked),
        "randn_like": lambda: torch.randn_like(x, **asked),
        "resize_": lambda: x.clone().resize_(shape, **asked),
        "resize_ from another": lambda: torch.zeros(7).resize_(shape, **asked),
        "resize_as_": lambda: torch.zeros(shape).resize_as_(x, **asked),
    }
    return {name: caught(lambda call=call: lie(call())) for name, call in calls.items()}, x.is_contiguous(**asked)


@each(source=SOURCES, ndim=[4, 5], order=FORMATS)
def asked_of(torch: Any, source: str, ndim: int, order: str) -> Any:
    x = laid(torch, source, ndim)
    asked: dict[str, Any] = {"memory_format": getattr(torch, order)}
    calls: dict[str, Any] = {
        "clone": lambda: x.clone(**asked),
        "contiguous": lambda: x.contiguous(**asked),
        "to": lambda: x.to(**asked),
        "double": lambda: x.double(**asked),
        "ones_like": lambda: torch.ones_like(x, **asked),
        "resize_as_": lambda: torch.zeros(3, 2, 4, 5).resize_as_(x, **asked),
    }
    same = {name: caught(lambda call=call: call() is x) for name, call in calls.items()}
    made = {name: caught(lambda call=call: lie(call())) for name, call in calls.items()}
    return made, same, x.is_contiguous(**asked), caught(lambda: x.contiguous(**asked).sum((0, 1)))


@each(source=SOURCES, ndim=[4, 5])
def kept(torch: Any, source: str, ndim: int) -> Any:
    x = laid(torch, source, ndim)
    made = [
        x.clone(), x.contiguous(), x.exp(), x + x, x * 2, x + 1j, x.half(), x > 3, torch.zeros_like(x),
        x.sum(1, keepdim=True), torch.cat([x, x], 1), torch.stack([x, x], 1), torch.where(x > 3, x, 0), x.clamp(0, 3),
        x.relu(), x.cfloat().abs(), x + x.contiguous(), x.contiguous() + x, torch.resize_as_(torch.zeros(1), x),
    ]  # fmt: skip
    return [lie(t) for t in made]


@each(order=["channels_last", "contiguous_format"])
def gradients(torch: Any, order: str) -> Any:
    x = laid(torch, "usual", 4).requires_grad_()
    asked: dict[str, Any] = {"memory_format": getattr(torch, order)}
    y = x.contiguous(**asked)
    z = y.to(torch.float64, **asked)
    (z * z).sum().backward()
    return graph(y), graph(z), lie(x.grad), x.grad.sum((0, 1)), lie(y), lie(x.to(**asked)), graph(x.to(**asked))


def written(torch: Any) -> Any:
    x = torch.zeros(1, 2, 2, 3).contiguous(memory_format=torch.channels_last)
    x[0, 1] = torch.arange(6.0).reshape(2, 3)
    flat = torch.as_strided(x, (12,), (1,)).clone()
    torch.manual_seed(5)
    drawn = torch.rand_like(x)
    out = torch.empty(0)
    torch.exp(x, out=out)
    return flat, x.view(-1) if x.is_contiguous() else caught(x.view, -1), x.reshape(-1), drawn, lie(out), x.tolist()


def named(torch: Any) -> Any:
    return [repr(getattr(torch, order)) for order in FORMATS], caught(torch.empty, 2, memory_format="channels_last")


@each(dtype=["bool", "int32", "float16", "float32", "float64", "complex64", "complex128"])
def as_complex(torch: Any, dtype: str) -> Any:
    x = torch.tensor([[0, 1, 2], [3, 4, 5]]).to(getattr(torch, dtype)).t()
    y = x.cfloat()
    wants = x.clone().requires_grad_() if x.is_floating_point() else None
    return y, x.cdouble(), y is x, x.cdouble() is x, graph(wants.cdouble()) if wants is not None else None


@each(source=SOURCES, ndim=[4, 5])
def rolled(torch: Any, source: str, ndim: int) -> Any:
    x = laid(torch, source, ndim)
    turns: list[Any] = [
        (1, 0),
        (0, 0),
        (1, 1),
        (3, 1),
        (1, -1),
        ((1, 1), (0, 1)),
        ((1, 0), (0, 1)),
        ((1, -1, 7), (0, 3, 3)),
    ]
    made = [torch.roll(x, *turn) for turn in [*turns, (5,)]]
    nothing = torch.zeros(0, 3, 2, 2).contiguous(memory_format=torch.channels_last)
    return [lie(t) for t in made], made[5].sum((0, 1)), [lie(nothing.roll(*turn)) for turn in (*turns[:5], (1,))]


def refused(torch: Any) -> Any:
    x, asked = torch.zeros(1, 2, 2, 2), {"memory_format": torch.contiguous_format}
    leaf = torch.ones(2, requires_grad=True)
    return [
        caught(torch.empty, 2, **asked, out=x), caught(torch.empty, 2, **asked, out=leaf),
        caught(torch.empty, 2, **asked, out=x, dtype=torch.half), caught(torch.empty(2, memory_format=None).stride),
        caught(torch.empty, -2, 3, 1, 1, memory_format=torch.channels_last),
        caught(x.contiguous, memory_format=None), caught(x.is_contiguous, memory_format=None),
        caught(x.contiguous, torch.channels_last), caught(x.clone, torch.channels_last),
        caught(x.contiguous, memory_format=1), caught(lambda: x.float(memory_format=None) is x),
        caught(lambda: x.clone(memory_format=None).stride()),
    ]  # fmt: skip
