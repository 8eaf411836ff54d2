"""Reading x[...]: integers, slices, None, Ellipsis, masks, index tensors, lists, mixtures, gradients and refusals."""

from typing import Any

from ..catalogue import each
from ..harness import caught
from ..indices import ADVANCED, BASIC, REFUSED, index_of, listed
from ..inputs import LAYOUTS, laid_out, tensor


@each(index=listed(BASIC) + listed(ADVANCED))
def read(torch: Any, index: str) -> Any:
    x = torch.arange(24).view(2, 3, 4)
    y = x[index_of(torch, index)]
    return y, y.storage_offset(), y._base is not None


@each(index=listed(REFUSED))
def refused(torch: Any, index: str) -> Any:
    return torch.arange(24.0).view(2, 3, 4)[index_of(torch, index)]


@each(index=listed(BASIC)[:20] + listed(ADVANCED)[:12], layout=LAYOUTS[1:])
def read_of_layouts(torch: Any, index: str, layout: str) -> Any:
    return caught(lambda: laid_out(torch, layout, 1)[index_of(torch, index)])


@each(index=listed(BASIC) + listed(ADVANCED))
def gradients(torch: Any, index: str) -> Any:
    x = torch.arange(24.0).view(2, 3, 4).clone().requires_grad_()
    y = x[index_of(torch, index)]
    y.backward(torch.arange(1.0, y.numel() + 1).view(y.shape))
    return y, x.grad


@each(dtype=["float32", "float64", "bool", "float16", "complex64", "int32"])
def read_of_dtypes(torch: Any, dtype: str) -> Any:
    x = tensor(torch, (3, 4), 2, dtype)
    return x[1], x[:, ::2], x[[2, 0]], x[torch.tensor([True, False, True])]


def index_of_a_number(torch: Any) -> Any:
    x = torch.tensor(3.0)
    return [
        x[()],
        x[...],
        x[None],
        x[True],
        x[False],
        x[torch.tensor(True)],
        caught(lambda: x[0]),
        caught(lambda: x[:]),
        caught(lambda: x[[0]]),
    ]


def repeated_rows_add_up(torch: Any) -> Any:
    x = torch.ones(3, 2, requires_grad=True)
    y = x[[0, 0, 2, 0]]
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]))
    return x.grad


def masks_choose(torch: Any) -> Any:
    x = tensor(torch, (3, 4), 3).requires_grad_()
    y = x[x > 0]
    (y * y).sum().backward()
    return y, x.grad, x[x > 100], (x > 0).sum()


def mask_of_another_layout(torch: Any) -> Any:
    x = tensor(torch, (3, 4), 4)
    mask = tensor(torch, (4, 3), 5, "bool").t()
    return x[mask], x.t()[mask.t()], x[:, mask[0]], x[mask.expand(3, 4)]


@each(start=[None, 0, 1, -1, -9, 9], stop=[None, 0, 3, -1, 9, -9], step=[None, 1, 2, 3, 7])
def slices(torch: Any, start: int | None, stop: int | None, step: int | None) -> Any:
    x = torch.arange(5)
    y = x[start:stop:step]
    return y, y.storage_offset()


def slices_with_index_objects(torch: Any) -> Any:
    class Two:
        def __index__(self) -> int:
            return 2

    x = torch.arange(5)
    return x[Two()], x[: Two()], caught(lambda: x[[Two(), 0]])


def lists_and_tuples_differ(torch: Any) -> Any:
    x = torch.arange(9).view(3, 3)
    return x[[0, 1]], x[(0, 1)], x[[[0, 1]]], x[([0, 1],)], caught(lambda: x[[slice(0, 1), 0]])


def views_and_copies(torch: Any) -> Any:
    x = torch.arange(6.0)
    view, copy, mask_copy = x[1:4], x[[1, 2, 3]], x[x > 2]
    x[2] = 100.0
    return view, copy, mask_copy


def zero_sizes(torch: Any) -> Any:
    x = torch.ones(0, 3)
    return x[:, 1], x[[]], caught(lambda: x[0]), caught(lambda: x[[0]]), x[torch.ones(0, dtype=torch.bool)], x[None]


@each(place=[0, 1, -1, -2])
def of_no_dimensions(torch: Any, place: int) -> Any:
    x = torch.tensor(1.0)
    return [
        caught(lambda: x[place]),
        caught(lambda: x[(place,)]),
        caught(x.__setitem__, place, torch.tensor(7.0)),
        caught(x.__setitem__, place, 7.0),
        caught(x.__setitem__, place, torch.ones(2)),
        x,
    ]
