"""A tensor in parts: split, chunk, tensor_split and their like, narrow; views that are written."""

from typing import Any

from ..catalogue import each
from ..harness import caught, graph
from ..inputs import LAYOUTS, laid_out, tensor

WAYS: dict[str, Any] = {
    "split": lambda x: x.split(2),
    "split along": lambda x: x.split(3, 1),
    "split into sizes": lambda x: x.split([1, 3], dim=1),
    "split_with_sizes": lambda x: x.split_with_sizes((1, 0, 2)),
    "chunk": lambda x: x.chunk(2),
    "chunk along": lambda x: x.chunk(3, dim=-1),
    "unbind": lambda x: x.unbind(),
    "unbind along": lambda x: x.unbind(1),
    "unsafe_split": lambda x: x.unsafe_split(2),
    "unsafe_split_with_sizes": lambda x: x.unsafe_split_with_sizes([2, 1]),
    "unsafe_chunk": lambda x: x.unsafe_chunk(2, 1),
    "tensor_split": lambda x: x.tensor_split(2),
    "tensor_split at": lambda x: x.tensor_split((1, 3), dim=1),
    "hsplit": lambda x: x.hsplit(2),
    "hsplit at": lambda x: x.hsplit((1, 2)),
    "vsplit": lambda x: x.vsplit(3),
    "vsplit at": lambda x: x.vsplit([2]),
    "narrow": lambda x: (x.narrow(1, 1, 2),),
    "narrow_copy": lambda x: (x.narrow_copy(1, 1, 2),),
}


@each(way=list(WAYS), layout=LAYOUTS)
def parts(torch: Any, way: str, layout: str) -> Any:
    x = laid_out(torch, layout, 1)
    return [(y, y.storage_offset() - x.storage_offset(), y._is_view(), y._base is x) for y in WAYS[way](x)]


@each(way=list(WAYS))
def derivatives(torch: Any, way: str) -> Any:
    x = laid_out(torch, "stepped", 2, "float64").requires_grad_()
    all_ = WAYS[way](x * 1)
    some = [y for i, y in enumerate(all_) if i != 1]
    first = torch.autograd.grad(sum((y * y).sum() for y in some), x, create_graph=True)
    numbers = [y.output_nr for y in all_]
    return [graph(y) for y in some], numbers, first, torch.autograd.grad((first[0] * x).sum(), x)


@each(way=list(WAYS), written=["part", "whole", "part of no history"])
def writes(torch: Any, way: str, written: str) -> Any:
    x = tensor(torch, (3, 4), 3).requires_grad_()
    y = x.detach().clone() if written == "part of no history" else x * 2
    all_ = WAYS[way](y)

    def write() -> Any:
        (y if written == "whole" else all_[0]).mul_(3)
        return [caught(lambda part=part: part.grad_fn and part.grad_fn.name()) for part in all_]

    told = caught(write)
    follow = caught(lambda: torch.autograd.grad((y * y).sum(), x))
    return told, y, y._version, [part._version for part in all_], follow


@each(dtype=["float16", "int64", "bool", "complex128"])
def of_types(torch: Any, dtype: str) -> Any:
    x = tensor(torch, (3, 4), 4, dtype)
    return [way(x) for way in WAYS.values()]


def functions(torch: Any) -> Any:
    x = tensor(torch, (2, 4, 6), 5)
    indices = torch.tensor([1, 3])
    return [
        torch.split(x, 4, dim=2),
        torch.split(tensor=x, split_size_or_sections=[1, 1]),
        torch.chunk(x, 2, 1),
        torch.split_with_sizes(x, [1, 3], 1),
        torch.unsafe_split(x, 3, 2),
        torch.unsafe_chunk(x, 2),
        torch.unsafe_split_with_sizes(x, [1, 1]),
        torch.tensor_split(x, 3, dim=2),
        torch.tensor_split(x, sections=2),
        torch.tensor_split(x, indices=(1,), dim=1),
        torch.tensor_split(x, tensor_indices_or_sections=indices, dim=1),
        torch.tensor_split(x, torch.tensor(2), 2),
        torch.tensor_split(x, (-1, 1, 9, -9), 1),
        torch.tensor_split(x, ()),
        torch.hsplit(x, 2),
        torch.hsplit(x[0, 0], (1, 2)),
        torch.vsplit(x, (1,)),
        torch.dsplit(x, 3),
        x.dsplit((2, 3)),
        x.dsplit(sections=2),
        torch.narrow(x, 2, 1, 3),
        torch.narrow(x, 2, torch.tensor(-2), 2),
        torch.narrow(x, dim=0, start=2, length=0),
        torch.narrow_copy(x, 2, -3, 2),
        torch.narrow_copy(x, 0, 0, 1, out=torch.empty(0)),
        x.split(torch.tensor(2)),
        x.split(split_size=2, dim=1),
        x.split([torch.tensor(1), 1]),
        torch.unbind(x, 2)[0],
    ]


def of_nothing(torch: Any) -> Any:
    none, rows = torch.empty(0), torch.ones(0, 3)
    return [
        *(none.split(size) for size in (0, 1, 2)),
        *(none.chunk(n) for n in (1, 3)),
        *(
            call(rows)
            for call in (lambda x: x.split(2), lambda x: x.chunk(2), lambda x: x.unbind(), lambda x: x.tensor_split(2))
        ),
        rows.split([0, 0]),
        rows.split(2, 1),
        rows.narrow(0, 0, 0),
        rows.hsplit(3),
        torch.ones(2, 0).hsplit(4),
    ]


def refused(torch: Any) -> Any:
    m, v, s, b = tensor(torch, (3, 4), 1), tensor(torch, (4,), 2), torch.tensor(1.0), tensor(torch, (2, 3, 4), 3)
    calls: list[Any] = [
        *(lambda bad=bad: m.split(bad) for bad in (0, -1, 2.0, "a", None, [1, 1], [1, -1, 3], [], [4, -1], (1, 2.0))),
        *(lambda dim=dim: m.split(2, dim) for dim in (2, -3, 1.0)),
        *(lambda bad=bad: m.chunk(bad) for bad in (0, -1, 2.5, None)),
        *(
            lambda bad=bad: m.tensor_split(bad)
            for bad in (0, -1, 2.5, None, torch.tensor([1.0]), torch.tensor([[1]]), "a")
        ),
        *(lambda name=name: getattr(m, name)(3) for name in ("hsplit", "dsplit")),
        *(lambda name=name: getattr(v, name)(3) for name in ("hsplit", "vsplit", "dsplit")),
        *(
            lambda name=name: getattr(s, name)(1)
            for name in ("split", "chunk", "tensor_split", "hsplit", "vsplit", "unbind")
        ),
        *(lambda name=name: getattr(m, name)(2) for name in ("vsplit", "unbind")),
        *(
            lambda range_=range_: m.narrow(0, *range_)
            for range_ in ((4, 1), (-4, 1), (1, 5), (1, -1), (3, 0), (1.0, 1))
        ),
        *(
            lambda start=start: m.narrow(0, start, 1)
            for start in (torch.tensor([1]), torch.tensor(1.0), torch.tensor(True))
        ),
        *(lambda range_=range_: m.narrow_copy(0, *range_) for range_ in ((4, 1), (1, 5), (0, -1))),
        lambda: m.narrow(2, 0, 1),
        lambda: s.narrow(0, 0, 1),
        lambda: s.narrow_copy(0, 0, 1),
        lambda: m.hsplit(0),
        lambda: b.dsplit(3),
        lambda: m.tensor_split(2, 2),
        lambda: m.chunk(2, 3),
        lambda: s.split_with_sizes([1]),
        lambda: m.split_with_sizes(2),
        lambda: m.unsafe_split(0),
        lambda: m.unsafe_chunk(0),
        lambda: m.unsafe_split_with_sizes([1]),
        lambda: torch.split(),
        lambda: torch.split(m),
    ]
    return [caught(call) for call in calls]


@each(dim=[-1, 1, -2, 0])
def sizes_of_another_sum(torch: Any, dim: int) -> Any:
    x = torch.ones(2, 3)
    calls = [x.split_with_sizes, x.split, x.unsafe_split_with_sizes]
    return [caught(call, [1, 4], dim=dim) for call in calls]
