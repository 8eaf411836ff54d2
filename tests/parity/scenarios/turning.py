"""The same elements in another order or several times over: flip, roll, rot90, repeat, tile, repeat_interleave."""

from typing import Any

from ..catalogue import close, each
from ..harness import caught, graph
from ..inputs import LAYOUTS, laid_out, tensor

WAYS: dict[str, Any] = {
    "flip": lambda x: x.flip(0),
    "flip both": lambda x: x.flip(0, -1),
    "flip none": lambda x: x.flip(()),
    "fliplr": lambda x: x.fliplr(),
    "flipud": lambda x: x.flipud(),
    "roll": lambda x: x.roll(1),
    "roll back": lambda x: x.roll(-5),
    "roll along": lambda x: x.roll(2, -1),
    "roll both": lambda x: x.roll((1, 3), (0, 1)),
    "roll twice": lambda x: x.roll((1, 1), (0, 0)),
    "roll far": lambda x: x.roll((-7, 9), dims=(1, 0)),
    "rot90": lambda x: x.rot90(),
    "rot90 twice": lambda x: x.rot90(2, (1, 0)),
    "rot90 back": lambda x: x.rot90(-1),
    "rot90 not": lambda x: x.rot90(4, [0, 1]),
    "repeat": lambda x: x.repeat(2, 1),
    "repeat in front": lambda x: x.repeat(2, 1, 3),
    "repeat once": lambda x: x.repeat(1, 1),
    "repeat never": lambda x: x.repeat(0, 2),
    "tile": lambda x: x.tile(2),
    "tile in front": lambda x: x.tile((2, 1, 2)),
    "tile not": lambda x: x.tile(()),
    "each twice": lambda x: x.repeat_interleave(2),
    "each along": lambda x: x.repeat_interleave(3, dim=-1),
    "each never": lambda x: x.repeat_interleave(0, 0),
}


@each(way=list(WAYS), layout=LAYOUTS)
def turned(torch: Any, way: str, layout: str) -> Any:
    y = WAYS[way](laid_out(torch, layout, 1))
    return y, y._is_view()


@each(way=list(WAYS), dtype=["float16", "int64", "uint8", "bool", "complex128"])
def of_types(torch: Any, way: str, dtype: str) -> Any:
    return WAYS[way](laid_out(torch, "transposed", 2, dtype))


@close()
@each(way=list(WAYS))
def derivatives(torch: Any, way: str) -> Any:
    x = laid_out(torch, "contiguous", 3, "float64").requires_grad_()
    y = WAYS[way](x * 1)
    g = tensor(torch, tuple(y.shape), 4, "float64").requires_grad_()
    first = torch.autograd.grad(y, x, g, create_graph=True)
    return graph(y), graph(first[0]), first, torch.autograd.grad((first[0] * first[0]).sum(), g)


@each(way=list(WAYS), shape=[(2, 0), (0, 3), (1, 1), (2, 3, 4), (1, 2, 1, 3)])
def of_shapes(torch: Any, way: str, shape: tuple[int, ...]) -> Any:
    return caught(WAYS[way], tensor(torch, shape, 5))


@each(n=[20, 300])
def longer(torch: Any, n: int) -> Any:
    x = torch.arange(float(n * 7)).reshape(n, 7)
    sums = [way(x).flatten()[::5].tolist() for way in (*(WAYS[name] for name in ("flip both", "roll both", "rot90")),)]
    return sums, x.T.flip(1)[::3], x.to(torch.uint8).flip(0, 1)[::7], x.to(torch.int16).flip(1)[::7]


def by_numbers_of_each(torch: Any) -> Any:
    x = tensor(torch, (3, 4), 6).requires_grad_()
    times = torch.tensor([1, 2, 0])
    y = x.repeat_interleave(times, 0)
    return [
        torch.autograd.grad((y * y).sum(), x),
        y.detach(),
        x.detach().repeat_interleave(torch.tensor([1, 0, 2, 1]), -1),
        x.detach().repeat_interleave(torch.tensor([2])),
        x.detach().repeat_interleave(torch.tensor(2), 1),
        x.detach()[0].repeat_interleave(torch.tensor([1, 0, 2, 1], dtype=torch.int32)),
        torch.repeat_interleave(times),
        torch.repeat_interleave(times.int(), output_size=3),
        torch.repeat_interleave(torch.tensor([], dtype=torch.int64)),
        x.detach().repeat_interleave(times, 0, output_size=3),
        x.detach().repeat_interleave(2, 0, output_size=6),
        torch.repeat_interleave(x.detach(), repeats=2, dim=1),
        torch.ones(0, 2).repeat_interleave(torch.tensor([], dtype=torch.int64), 0),
    ]


def functions(torch: Any) -> Any:
    x = tensor(torch, (2, 3), 7)
    return [
        torch.flip(x, (0,)),
        torch.flip(x, dims=[1]),
        torch.fliplr(x),
        torch.flipud(x[0]),
        torch.roll(x, 1),
        torch.roll(x, shifts=(1,), dims=(1,)),
        torch.roll(x, 1, None),
        torch.rot90(x, 1, (0, 1)),
        torch.rot90(x, k=3, dims=[1, 0]),
        torch.tile(x, (2,)),
        x.tile(dims=(1, 2)),
        x.repeat(repeats=(1, 2)),
        torch.tensor(2.0).repeat(3),
        torch.tensor(2.0).repeat(()),
        torch.tensor(2.0).tile(2),
        torch.tensor(2.0).flip(0),
        torch.tensor(2.0).roll(1),
        torch.tensor(2.0).repeat_interleave(3),
        torch.empty(0).roll(1),
        x[None].rot90(1, (-1, 0)),
    ]


def refused(torch: Any) -> Any:
    m, v, s = tensor(torch, (3, 4), 1), tensor(torch, (4,), 2), torch.tensor(1.0)
    times = torch.tensor
    calls: list[Any] = [
        *(lambda dims=dims: m.flip(*dims) for dims in ((2,), (0, 0), (0, -2), (), (1.0,), ("a",))),
        *(
            lambda args=args: m.roll(*args)
            for args in (((1, 2), 0), ((1, 2),), (1, (0, 1)), ((), ()), (1, 2), (), (1.0,))
        ),
        *(
            lambda args=args: m.rot90(*args)
            for args in ((1, (0,)), (1, (0, 0)), (1, (0, -2)), (1, (0, 2)), (1, 0), ("a",), (1, None), (1, (0, 1, 0)))
        ),
        *(lambda args=args: m.repeat(*args) for args in ((2,), (2, -1), (), (1.0, 2), (2**40, 2**40))),
        *(lambda args=args: m.tile(*args) for args in ((-1,), (1.5,), ())),
        *(
            lambda args=args: m.repeat_interleave(*args)
            for args in (
                (-1,),
                (2, 2),
                (times([1, 2]), 0),
                (times([1, -2, 0]), 0),
                (times([1.0, 2, 0]), 0),
                (times([[1, 2, 0]]), 0),
                (times([1, 2, 0], dtype=torch.int16), 0),
                ([1, 2, 0], 0),
                (1.5,),
                (times([1]), 2),
            )
        ),
        *(
            lambda bad=bad: torch.repeat_interleave(bad)
            for bad in (times([1, -1]), times([1.0]), times([[1]]), times(3), 3)
        ),
        lambda: torch.repeat_interleave(times([1, 2]), output_size=4),
        lambda: m.repeat_interleave(2, 0, output_size=5),
        lambda: m.repeat_interleave(times([1, 2, 0]), 0, output_size=5),
        lambda: s.repeat_interleave(3, 0),
        lambda: s.repeat_interleave(times([3]), 0),
        lambda: v.fliplr(),
        lambda: s.fliplr(),
        lambda: s.flipud(),
        lambda: v.rot90(),
        lambda: s.roll(1, 0),
        lambda: s.roll(1, 5),
        lambda: torch.flip(m, 0),
    ]
    return [caught(call) for call in calls]


@each(size=[None, 0, 4, 3, -1, -5])
def repeated_to_a_size(torch: Any, size: int | None) -> Any:
    none, times = torch.zeros(3, 0).long(), torch.tensor([1, 0, 2])
    return [
        *(caught(none.repeat_interleave, torch.tensor(0), dim, output_size=size) for dim in (-1, 0)),
        *(caught(none.repeat_interleave, torch.tensor(1), dim, output_size=size) for dim in (-1, 0)),
        caught(none.repeat_interleave, 2, -1, output_size=size),
        caught(torch.ones(2, 3).repeat_interleave, times, 1, output_size=size),
        caught(torch.repeat_interleave, times, output_size=size),
        caught(torch.repeat_interleave, times.int()[:0], output_size=size),
    ]
