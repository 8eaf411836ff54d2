"""Factories beside zeros, ones and arange: what they make, how it lies, and what they refuse."""

from typing import Any

from ..catalogue import each
from ..harness import caught

MODELS = ["plain", "turned", "gaps", "scalar", "empty", "spread"]
FORMATS = [None, "preserve_format", "contiguous_format", "channels_last"]


def model(torch: Any, which: str) -> Any:
    return {
        "plain": lambda: torch.ones(2, 3),
        "turned": lambda: torch.arange(24.0).reshape(2, 3, 4).transpose(0, 2),
        "gaps": lambda: torch.arange(24.0).reshape(4, 6)[::2, 1:4],
        "scalar": lambda: torch.tensor(2),
        "empty": lambda: torch.ones(2, 0, dtype=torch.float64),
        "spread": lambda: torch.ones(3, 1).expand(3, 4),
    }[which]()


def layout(t: Any) -> Any:
    """What a tensor is but for its elements, which may be anything."""
    return t.dtype, t.shape, t.stride(), t.requires_grad


def asked(torch: Any, name: str | None) -> dict[str, Any]:
    return {} if name is None else {"memory_format": getattr(torch, name)}


@each(which=MODELS, order=FORMATS)
def alike(torch: Any, which: str, order: str | None) -> Any:
    x = model(torch, which)
    made = [caught(getattr(torch, name), x, **asked(torch, order)) for name in ("zeros_like", "ones_like")]
    shapes = [
        caught(lambda name=name: layout(getattr(torch, name)(x, **asked(torch, order))))
        for name in ("zeros_like", "empty_like", "rand_like" if which != "scalar" else "ones_like")
    ]
    return made, shapes, caught(lambda: torch.full_like(x, 3, dtype=torch.float16, **asked(torch, order)))


@each(which=MODELS, order=FORMATS)
def copied(torch: Any, which: str, order: str | None) -> Any:
    x = model(torch, which)
    kept = asked(torch, order)
    calls = {
        "clone": lambda: layout(x.clone(**kept)),
        "contiguous": lambda: layout(x.contiguous(**kept)),
        "double": lambda: layout(x.double(**kept)),
        "to": lambda: layout(x.to(torch.complex64, **kept)),
        "same": lambda: layout(x.to(x.dtype, **kept)),
        "copy": lambda: layout(x.to(x.dtype, copy=True, **kept)),
        "cpu": lambda: layout(x.cpu(**kept)),
        "is": lambda: x.is_contiguous(**kept),
    }
    return {name: caught(call) for name, call in calls.items()}


@each(which=MODELS, name=["new_zeros", "new_ones", "new_empty", "new_full"])
def sisters(torch: Any, which: str, name: str) -> Any:
    x = model(torch, which)
    method = getattr(x, name)
    if name == "new_full":
        return (
            method((2,), 7),
            method((), 1, dtype=torch.bool),
            caught(method, (2,), 2.5),
            caught(method, 2, 7),
            caught(method, (2,), "a"),
            caught(method, (2,), 2**63),
        )
    made = [method(2), method((2, 3)), method(2, 3), method([2]), method(size=(0,)), method(2, dtype=torch.int32)]
    seen = [layout(t) for t in made] if name == "new_empty" else made
    wants = caught(lambda: layout(method(2, requires_grad=True)))
    return seen, wants, caught(method), caught(method, -1), caught(method, 2.0)


@each(n=[0, 1, 3], m=[None, 0, 2, 5], dtype=[None, "int64", "bool", "float16", "complex64"])
def identities(torch: Any, n: int, m: int | None, dtype: str | None) -> Any:
    kept = {} if dtype is None else {"dtype": getattr(torch, dtype)}
    return torch.eye(n, **kept) if m is None else torch.eye(n, m, **kept)


def identities_refused(torch: Any) -> Any:
    return (
        caught(torch.eye, -1),
        caught(torch.eye, 2, -1),
        caught(torch.eye, 2.0),
        caught(torch.eye),
        caught(torch.eye, 2, 2, 2),
        caught(torch.eye, 2, requires_grad=3),
        caught(torch.eye, 2, dtype=torch.int64, requires_grad=True),
    )


@each(value=[True, 3, 2.5, 1 + 2j, 2**63, 2**70], dtype=[None, "bool", "uint8", "int64", "float32", "float64"])
def scalars(torch: Any, value: Any, dtype: str | None) -> Any:
    kept = {} if dtype is None else {"dtype": getattr(torch, dtype)}
    full, single = caught(torch.full, (2,), value, **kept), caught(torch.scalar_tensor, value, **kept)
    return full, single, caught(torch.full_like, torch.ones(1), value, **kept)


def scalars_of_tensors(torch: Any) -> Any:
    return (
        torch.full((2,), torch.tensor(3)),
        torch.scalar_tensor(torch.tensor(2.5, dtype=torch.float64)),
        caught(torch.full, (2,), torch.ones(2)),
        caught(torch.full, (2,), torch.tensor(1.0, requires_grad=True)),
        caught(torch.scalar_tensor),
    )


@each(seed=[0, 7], dtype=[None, "int32", "float32", "float16"])
def integers(torch: Any, seed: int, dtype: str | None) -> Any:
    kept = {} if dtype is None else {"dtype": getattr(torch, dtype)}
    torch.manual_seed(seed)
    own = torch.Generator().manual_seed(seed + 1)
    return (
        torch.randint(10, (3,), **kept),
        torch.randint(-5, 5, (2, 2), **kept),
        torch.randint(low=2, high=4, size=(5,), generator=own, **kept),
        torch.randint(100, (4,), generator=own, **kept),
        torch.randperm(7, **kept),
        torch.randperm(5, generator=own, **kept),
        torch.randint(3, (2,), out=torch.empty(0, **(kept or {"dtype": torch.int64}))),
    )


def integers_refused(torch: Any) -> Any:
    return (
        caught(torch.randint, 0, (2,)),
        caught(torch.randint, 3, 2, (2,)),
        caught(torch.randint, 3),
        caught(torch.randint, 3, 2),
        caught(torch.randint, 300, (2,), dtype=torch.uint8),
        caught(torch.randint, 3, (2,), generator=3),
        caught(torch.randperm, -1),
        caught(torch.randperm, 3, dtype=torch.bool),
        caught(torch.randperm, 3, requires_grad=True),
        caught(torch.randperm, 300, dtype=torch.uint8),
    )


@each(which=["plain", "turned", "gaps", "spread"], name=["rand_like", "randn_like"])
def drawn_alike(torch: Any, which: str, name: str) -> Any:
    x = model(torch, which)
    draw = getattr(torch, name)
    torch.manual_seed(3)
    own = torch.Generator().manual_seed(4)
    return draw(x), draw(x, dtype=torch.float64), draw(x, generator=own), caught(draw, x.long()), caught(draw, 3)


FILLED: dict[str, Any] = {
    "zeros": lambda torch, o: torch.zeros((2, 2), out=o),
    "ones": lambda torch, o: torch.ones((2, 2), out=o),
    "full": lambda torch, o: torch.full((2, 2), 3.0, out=o),
    "arange": lambda torch, o: torch.arange(4, out=o),
    "linspace": lambda torch, o: torch.linspace(0, 3, 4, out=o),
    "rand": lambda torch, o: torch.rand((2, 2), out=o),
    "randn": lambda torch, o: torch.randn((2, 2), out=o),
    "randint": lambda torch, o: torch.randint(5, (2, 2), out=o),
    "randperm": lambda torch, o: torch.randperm(4, out=o),
    "empty": lambda torch, o: torch.empty((2, 2), out=o).shape,
}


@each(name=list(FILLED), where=["turned", "spread", "leaf", "leaf in no_grad", "result", "dual", "short", "inference"])
def delivered(torch: Any, name: str, where: str) -> Any:
    """What `out=` of a factory accepts, in which order it is filled, and what it is afterwards."""
    torch.manual_seed(0)
    call = FILLED[name]
    if where == "dual":
        with torch.autograd.forward_ad.dual_level():
            dual = torch.autograd.forward_ad.make_dual(torch.ones(2, 2), torch.ones(2, 2)) * 1
            return caught(call, torch, dual)
    if where == "inference":
        with torch.inference_mode():
            made = torch.ones(2, 2)
        return caught(call, torch, made)
    out = {
        "turned": lambda: torch.ones(2, 2).t(),
        "spread": lambda: torch.ones(2, 1).expand(2, 2),
        "short": lambda: torch.ones(3),
    }.get(where, lambda: torch.ones(2, 2, requires_grad=True))()
    if where == "result":
        out = out * 1
    if where == "leaf":
        return caught(call, torch, out), out.requires_grad
    with torch.no_grad():
        answer = caught(call, torch, out)
    seen = None if name == "empty" else out.detach()
    return answer, seen, out.stride(), out._version, out.requires_grad


@each(draw=["rand", "randn", "randint", "randperm"], way=["turned", "gaps"])
def drawn_where_elements_lie(torch: Any, draw: str, way: str) -> Any:
    kind = torch.float32 if draw in ("rand", "randn") else torch.int64
    out = torch.ones(6, 4, dtype=kind).t() if way == "turned" else torch.ones(4, 12, dtype=kind)[:, ::2]
    torch.manual_seed(5)
    if draw == "randperm":
        flat = torch.ones(48, dtype=kind)[::2]
        return torch.randperm(24, out=flat), torch.rand(2)
    arguments = ((4, 6),) if draw != "randint" else (100, (4, 6))
    return getattr(torch, draw)(*arguments, out=out), torch.rand(2)


@each(place=["cuda", "cpu", "cpu:0", "meta", "foo", 0, 2**70, "", 1.5])
def places(torch: Any, place: Any) -> Any:
    x = torch.ones(2)
    if place == "meta":
        return None
    return (
        caught(torch.zeros, 2, device=place),
        caught(torch.eye, 2, device=place),
        caught(torch.ones_like, x, device=place),
        caught(x.new_ones, 2, device=place),
        caught(torch.tensor, [1.0], device=place),
        caught(torch.zeros, 2, device=place, requires_grad=3),
        caught(x.to, place),
        caught(x.to, device=place),
    )


def conversions_by_to(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    calls = {
        "nothing": lambda: x.to() is x,
        "none": lambda: x.to(None) is x,
        "same": lambda: x.to(torch.float32) is x,
        "copy": lambda: x.to(torch.float32, copy=True),
        "double": lambda: x.to(torch.float64),
        "keyword": lambda: x.to(dtype=torch.float64),
        "both": lambda: x.to("cpu", torch.float64),
        "other": lambda: x.to(torch.ones(1, dtype=torch.float16)),
        "named": lambda: x.to(tensor=torch.ones(1, dtype=torch.float64)),
        "number": lambda: x.to(2.0).dtype,
        "truth": lambda: x.to(True).dtype,
        "flags": lambda: x.to(torch.float64, False, True),
        "wrong": lambda: x.to(torch.float64, 3),
        "list": lambda: x.to([]),
        "number_by_keyword": lambda: x.to(dtype=2.0),
        "two": lambda: x.to(x, dtype=torch.float64),
        "cpu": lambda: x.cpu() is x,
        "cpu_wrong": lambda: x.cpu(3),
        "cpu_keyword": lambda: x.cpu(colour=3),
        "cpu_format": lambda: x.cpu(memory_format=3),
    }
    return {name: caught(call) for name, call in calls.items()}


def arrays_refused(torch: Any) -> Any:
    x = torch.ones(2)
    return caught(x.numpy, 3), caught(x.numpy, force=3), caught(x.numpy, colour=3)


@each(dtype=["uint8", "int8", "int32", "int64", "float32"])
def arange_beyond_what_counts(torch: Any, dtype: str) -> Any:
    infinity = float("inf")
    bounds = [
        (0.5, 2.0, infinity),
        (2.5, 2.0, -infinity),
        (0.0, 3.0, 1e30),
        (0.0, 1e30, 1e29),
        (0.5, 2.0, 0.5),
        (3.0, 2.0, 1e30),
        (0.0, 9.5e18, 9e18),
    ]
    return [caught(torch.arange, *given, dtype=getattr(torch, dtype)) for given in bounds]
