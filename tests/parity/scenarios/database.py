"""What torch's operator database found, kept for where torch is not installed."""

from typing import Any

from ..catalogue import each
from ..harness import caught, graph


@each(dtype=["uint8", "int32", "int64", "float32"])
def linspace_of_fractions(torch: Any, dtype: str) -> Any:
    kind = getattr(torch, dtype)
    return [torch.linspace(a, b, 11, dtype=kind) for a, b in ((4.3, 0), (0.5, 9.9), (3, 7.9))]


def linspace_between_tensors_with_dimensions(torch: Any) -> Any:
    ends = [
        (torch.ones(2), torch.ones(1, 1)),
        (torch.ones(2), 1),
        (1, torch.ones(2)),
        (torch.tensor(1.0), torch.ones(2)),
    ]
    return [caught(torch.linspace, start, end, 3) for start, end in ends]


def max_of_a_tensor_and_a_whole_number(torch: Any) -> Any:
    x, zero = torch.tensor([1, 2, 3]), torch.tensor(0)
    return torch.max(x, zero), x.max(zero), torch.max(x, torch.tensor(2)), torch.max(x, 0), caught(x.max, "a", "b", "c")


def expand_implicitly(torch: Any) -> Any:
    x = torch.arange(4.0, requires_grad=True)
    y = x.expand(2, 4, implicit=True)
    return (
        y,
        graph(y),
        x.expand((2, 4), implicit=False),
        caught(x.expand, 2, 4, implicit=1),
        caught(x.expand, 2, 4, True),
    )


def expand_by_dimensions_of_one(torch: Any) -> Any:
    shown = [
        torch.ones(shape).expand(wide)
        for shape, wides in (
            ((), ((1,), (1, 1), (2, 1), (1, 2, 1))),
            ((1,), ((1, 1), (2, 1), (1, 1, 1), (1, 2, 1), (2, 1, 1))),
            ((5,), ((1, 5), (1, 1, 5), (2, 1, 5), (1, 2, 5))),
            ((0,), ((1, 0),)),
        )
        for wide in wides
    ]
    turned = torch.ones(4, 3).t()
    return shown, turned.expand(1, 1, 3, 4), torch.ones(5).expand_as(torch.ones(1, 1, 5))


@each(decimals=[0, 1, -1])
def round_with_decimals(torch: Any, decimals: int) -> Any:
    x = torch.tensor([1.26, -13.5], dtype=torch.float64, requires_grad=True)
    made = torch.round(x, decimals=decimals)
    plain = x.detach()
    outs = [
        caught(torch.round, plain, decimals=decimals, out=torch.ones(2, dtype=d)) for d in (torch.int64, torch.float32)
    ]
    return made, x.round(decimals=decimals), x.clone().round_(decimals=decimals), outs


@each(left=[1, 2, 3], right=[1, 2, 3])
def matmul_out_of_the_wrong_type(torch: Any, left: int, right: int) -> Any:
    sizes = {1: (5,), 2: (5, 5), 3: (2, 5, 5)}
    a, b = torch.ones(sizes[left]), torch.ones(sizes[right])
    outs = [torch.matmul(a, b).to(kind) for kind in (torch.int64, torch.float64)]
    return [caught(torch.matmul, a, b, out=out) for out in outs]


def mean_and_stack_out_of_whole_numbers(torch: Any) -> Any:
    x, outs = torch.ones(2, 3), [torch.ones(shape, dtype=torch.int64) for shape in ((), (3,), (2, 2, 3))]
    means = [caught(torch.mean, x, out=outs[0]), caught(torch.mean, x, 0, out=outs[1])]
    return means, caught(torch.stack, [x, x], out=outs[2])
