"""view, reshape, t, transpose, permute, expand, squeeze, unsqueeze, unbind: geometry, sharing, gradients."""

from typing import Any

from ..catalogue import close, each
from ..harness import caught
from ..inputs import LAYOUTS, laid_out, tensor

VIEWS = [(24,), (4, 6), (2, -1), (-1,), (1, 24, 1), (2, 3, 4), (2, 3, 2, 2), (24, 1, -1)]


def _shares(x: Any, y: Any) -> bool:
    return x.data_ptr() == y.data_ptr() and y._base is not None


@each(size=VIEWS)
def view_of(torch: Any, size: tuple[int, ...]) -> Any:
    x = tensor(torch, (2, 3, 4), 1)
    return x.view(size), x.view(*size), x.reshape(size), _shares(x, x.view(size)), torch.reshape(x, size)


@each(size=VIEWS)
def view_of_transposed(torch: Any, size: tuple[int, ...]) -> Any:
    x = tensor(torch, (4, 3, 2), 2).permute(2, 1, 0)
    return caught(x.view, size), x.reshape(size), x.reshape(size)._base is None


@each(size=[(2, 6), (3, 4), (12,), (6, 2), (3, 2, 2), (1, 3, 4)], layout=LAYOUTS)
def view_of_layouts(torch: Any, size: tuple[int, ...], layout: str) -> Any:
    x = laid_out(torch, layout, 3)
    return caught(x.view, size), x.reshape(size)


@each(op=["view", "reshape"])
def view_refuses(torch: Any, op: str) -> Any:
    x = torch.ones(2, 3)
    sizes = [(4,), (-1, 4), (-1, -1), (-2, 3), (2, 3, 0), (0, -1), "a", 2.5, (2, "a"), (2**40, 2**40), None]
    return [caught(getattr(x, op), size) for size in sizes] + [
        caught(getattr(x, op)),
        caught(getattr(torch.ones(0), op), -1, 0),
    ]


def view_of_empty(torch: Any) -> Any:
    x = torch.ones(0, 3)
    return x.view(3, 0), x.view(0), x.view(-1, 3), caught(x.view, -1, 0), x.reshape(0, 5, 7), caught(x.view, 1)


def view_as_dtype(torch: Any) -> Any:
    x = torch.tensor([1.0, -2.0])
    return caught(x.view, torch.int32), caught(x.view, torch.float32), caught(x.view, torch.float64)


@each(shape=[(), (3,), (2, 3), (2, 3, 4)])
def t_of(torch: Any, shape: tuple[int, ...]) -> Any:
    x = tensor(torch, shape, 4)
    return caught(x.t), caught(torch.t, x), caught(lambda: x.T), caught(lambda: x.t().t())


@each(dims=[(0, 1), (1, 0), (0, 2), (-1, 0), (1, 1), (-3, -1), (0, 3), (-4, 0), (0, "a"), (0,), (0.5, 1)])
def transpose_of(torch: Any, dims: tuple[Any, ...]) -> Any:
    x = tensor(torch, (2, 3, 4), 5)
    return caught(x.transpose, *dims), caught(torch.transpose, x, *dims)


def transpose_of_a_number(torch: Any) -> Any:
    x = torch.tensor(1.0)
    return x.transpose(0, 0), x.transpose(0, -1), caught(x.transpose, 0, 1), x.transpose(dim0=0, dim1=0)


@each(dims=[(0, 1, 2), (2, 1, 0), (1, 2, 0), (-1, 0, 1), (0, 1), (0, 0, 1), (0, 1, 3), (0, 1, 2, 2), ("a",)])
def permute_of(torch: Any, dims: tuple[Any, ...]) -> Any:
    x = tensor(torch, (2, 3, 4), 6)
    return caught(x.permute, dims), caught(x.permute, *dims), caught(torch.permute, x, dims)


SIZES = [
    (3, 4),
    (-1, 4),
    (2, 3, 4),
    (2, -1, -1),
    (3, 1),
    (5, 0, 3, 4),
    (3,),
    (4, 4),
    (-1, 3, 4),
    (3, -2),
    ("a", 4),
    (0, 4),
]


@each(size=SIZES)
def expand_of(torch: Any, size: tuple[Any, ...]) -> Any:
    x = tensor(torch, (3, 1), 7)
    return caught(x.expand, size), caught(x.expand, *size)


def expand_more(torch: Any) -> Any:
    x = torch.tensor(2.0)
    return x.expand(3), x.expand(2, 2), x.expand(()), x.expand_as(torch.ones(2, 1)), caught(torch.ones(2).expand_as, x)


@each(shape=[(1, 3, 1, 2), (1,), (), (1, 1), (2, 3)], dim=[None, 0, 1, -1, -2, (0, 2), (0, 1), 5, "a"])
def squeeze_of(torch: Any, shape: tuple[int, ...], dim: Any) -> Any:
    x = tensor(torch, shape, 8)
    return caught(x.squeeze) if dim is None else caught(x.squeeze, dim), caught(torch.squeeze, x)


@each(shape=[(), (3,), (2, 3)], dim=[0, 1, 2, -1, -2, -3, 3, -4, "a", 1.0])
def unsqueeze_of(torch: Any, shape: tuple[int, ...], dim: Any) -> Any:
    x = tensor(torch, shape, 9)
    return caught(x.unsqueeze, dim), caught(torch.unsqueeze, x, dim)


@each(layout=LAYOUTS, dim=[0, 1, -1])
def unbind_of(torch: Any, layout: str, dim: int) -> Any:
    x = laid_out(torch, layout, 10)
    return x.unbind(dim), torch.unbind(x, dim), torch.unbind(x)


def unbind_refuses(torch: Any) -> Any:
    return [
        caught(torch.tensor(1.0).unbind),
        caught(torch.ones(2).unbind, 1),
        caught(torch.ones(2).unbind, -2),
        torch.ones(0, 2).unbind(),
        torch.ones(2, 0).unbind(),
        caught(torch.ones(2).unbind, "a"),
        caught(torch.unbind),
    ]


def unpacking(torch: Any) -> Any:
    a, b = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    first, *rest = torch.arange(3)
    return (
        a,
        b,
        first,
        rest,
        list(torch.ones(2, 1)),
        caught(lambda: list(torch.tensor(1.0))),
        caught(iter, torch.tensor(1)),
    )


@each(layout=LAYOUTS)
def contiguous_of(torch: Any, layout: str) -> Any:
    x = laid_out(torch, layout, 11)
    y = x.contiguous()
    return x.is_contiguous(), y, y is x, y.data_ptr() == x.data_ptr(), x.clone(), x.clone().is_contiguous()


def views_chain(torch: Any) -> Any:
    x = torch.arange(24.0)
    y = x.view(2, 3, 4)[:, 1:].transpose(1, 2)[1]
    return y, y.storage_offset(), y._base is x, y.is_contiguous(), y.unsqueeze(0).expand(2, 4, 2).stride()


VERBS: dict[str, Any] = {
    "view": lambda x: x.view(2, 6),
    "reshape": lambda x: x.t().reshape(6, 2),
    "t": lambda x: x.t(),
    "T": lambda x: x.T,
    "transpose": lambda x: x.transpose(0, 1),
    "permute": lambda x: x.permute(1, 0),
    "expand": lambda x: x.expand(2, 3, 4),
    "expand_ones": lambda x: x[:, :1].expand(3, 5),
    "squeeze": lambda x: x[:1].squeeze(),
    "squeeze_dim": lambda x: x[:1].squeeze(0),
    "unsqueeze": lambda x: x.unsqueeze(1),
    "unbind": lambda x: x.unbind(1)[2],
    "unbind_all": lambda x: x.unbind(0)[0] + 2 * x.unbind(0)[2],
    "contiguous": lambda x: x.t().contiguous(),
    "clone": lambda x: x.t().clone(),
    "select": lambda x: x[1],
    "slice": lambda x: x[1:, ::2],
    "detach": lambda x: x + x.detach(),
    "chain": lambda x: x.t()[1:].unsqueeze(0).expand(2, 3, 3).reshape(-1),
}


@close()
@each(verb=list(VERBS), layout=LAYOUTS)
def gradients(torch: Any, verb: str, layout: str) -> Any:
    x = laid_out(torch, layout, 12).requires_grad_()
    y = VERBS[verb](x)
    (y * tensor(torch, tuple(y.shape), 13)).sum().backward()
    return y, x.grad


@each(verb=[verb for verb in VERBS if verb not in ("contiguous", "clone", "detach", "unbind_all")])
def views_of_leaves(torch: Any, verb: str) -> Any:
    x = torch.arange(12.0).view(3, 4).clone().requires_grad_()
    y = VERBS[verb](x)
    return y, y._is_view(), y._base is x, y.is_leaf


@each(dtype=["int8", "int16", "int32", "int64", "float64", "complex64", "complex128", "bool"])
def views_of_other_types(torch: Any, dtype: str) -> Any:
    wanted, x = getattr(torch, dtype), torch.arange(16.0).view(2, 8)
    return [
        caught(view.view, wanted)
        for view in (x, x[:, 1:], x[:, 2:], x[:, 4:], x.t(), x[:, ::2], x[1, :6], torch.tensor(1.0))
    ]


def view_as_dtype_shares(torch: Any) -> Any:
    x = torch.tensor([1.0, -2.0])
    bits = x.view(torch.int32)
    bits[0] = 0
    y = torch.tensor([1.0, 2.0], requires_grad=True) * 1
    said = [x, x._version, bits._version, bits._is_view(), bits.storage_offset(), x.view(float).dtype]
    return said + [y.view(torch.float32), y.view(torch.complex64), y.view(dtype=torch.int16)]


@each(dims=[(), (0,), (0, 0), (0, -2), (0, 1), (-1, 1), (5,)])
def squeezed_dimensions(torch: Any, dims: tuple[int, ...]) -> Any:
    return caught(torch.ones(1, 1).squeeze, dims), caught(torch.squeeze, torch.ones(2, 1, 3), dims)


def products_of_nothing(torch: Any) -> Any:
    """However large the batch: no matrix in it has an element."""
    return (
        torch.bmm(torch.ones(2**40, 0, 0), torch.ones(2**40, 0, 0)).shape,
        (torch.ones(3, 2) @ torch.ones(2**40, 2, 0)).shape,
    )
