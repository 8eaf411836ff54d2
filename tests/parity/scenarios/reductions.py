"""sum, mean, max and norm: overloads, dim, keepdim, dtype, values, gradients and refusals."""

from typing import Any

from ..catalogue import close, each
from ..harness import caught
from ..inputs import LAYOUTS, laid_out, tensor

DIMS = [0, 1, -1, -2, (0,), (0, 1), (1, 0), (-1, 0), (), None]
NORMS = [1, 2, 0, 3, 0.5, float("inf"), -float("inf"), -1, "fro"]


@close()
@each(op=["sum", "mean"], dim=DIMS, keepdim=[False, True])
def over_dim(torch: Any, op: str, dim: Any, keepdim: bool) -> Any:
    x = tensor(torch, (3, 4), 1)
    return getattr(torch, op)(x, dim, keepdim), getattr(x, op)(dim=dim, keepdim=keepdim), getattr(x, op)(axis=dim)


@close()
@each(op=["sum", "mean", "norm", "max"], layout=LAYOUTS, dtype=["float32", "float64", "float16"])
def whole(torch: Any, op: str, layout: str, dtype: str) -> Any:
    return getattr(torch, op)(laid_out(torch, layout, 2, dtype))


@each(layout=LAYOUTS, dtype=["int64", "bool", "int32"], dim=[None, 0, 1])
def integer_sums(torch: Any, layout: str, dtype: str, dim: int | None) -> Any:
    x = laid_out(torch, layout, 3, dtype)
    return x.sum() if dim is None else x.sum(dim)


@close(rtol=1e-5)
@each(op=["sum", "mean"], size=[1, 7, 8, 9, 33, 127, 128, 129, 1000, 4099], dtype=["float32", "float64"])
def long_sums(torch: Any, op: str, size: int, dtype: str) -> Any:
    return getattr(torch, op)(tensor(torch, (size,), 4, dtype, 0.0, 1.0))


@close(rtol=1e-2)
@each(dtype=["float16", "bfloat16"], dim=[None, 0, 1], op=["mean", "std", "var"])
def halves_hold_the_mean_and_not_the_sum(torch: Any, dtype: str, dim: int | None, op: str) -> Any:
    x = (torch.arange(3000) % 97).reshape(2, 1500).to(getattr(torch, dtype)) * 8
    x.requires_grad_()
    y = getattr(x, op)() if dim is None else getattr(x, op)(dim)
    (grad,) = torch.autograd.grad(y.sum(), x)
    return y, grad[:, :5], torch.mean(x.detach(), dim=1, dtype=torch.float32)


def sums_do_not_overflow_early(torch: Any) -> Any:
    return torch.tensor([2**62, 2**62, -(2**62)]).sum(), torch.tensor([True] * 300).sum()


@close()
@each(dim=[0, 1, 2, -1, (0, 2), (1, 2), (0, 1, 2)], keepdim=[False, True])
def three_dimensions(torch: Any, dim: Any, keepdim: bool) -> Any:
    x = tensor(torch, (2, 3, 4), 5)
    return x.sum(dim, keepdim), x.permute(2, 0, 1).sum(dim, keepdim), x.mean(dim, keepdim)


@each(op=["sum", "mean", "max", "norm"], shape=[(0,), (0, 3), (3, 0), ()])
def empty(torch: Any, op: str, shape: tuple[int, ...]) -> Any:
    x = torch.ones(shape)
    return caught(getattr(x, op)), caught(getattr(torch, op), x, dim=0), caught(getattr(torch, op), x, dim=-1)


@each(op=["sum", "mean", "max"], dim=[2, -3, (0, 0), (0, -2), (0, 5), "a", 1.0, [0, "a"], True])
def refuses_dim(torch: Any, op: str, dim: Any) -> Any:
    return getattr(torch, op)(torch.ones(2, 3), dim)


def refuses_arguments(torch: Any) -> Any:
    x = torch.ones(2, 3)
    return [
        caught(torch.sum),
        caught(torch.sum, 3),
        caught(torch.sum, "a"),
        caught(torch.sum, x, 0, False, 1),
        caught(x.sum, colour=1),
        caught(x.sum, 0, dim=0),
        caught(x.sum, dim=0, axis=0),
        caught(x.sum, keepdim=True),
        caught(torch.mean, torch.tensor([1, 2])),
        caught(torch.mean, torch.tensor([True])),
        caught(x.sum, dtype="float32"),
        caught(torch.max),
        caught(torch.max, x, "a"),
        caught(torch.norm, "a"),
    ]


@each(dim=[0, 1, -1], keepdim=[False, True], dtype=["float32", "float64", "int64", "bool", "float16"])
def max_over_dim(torch: Any, dim: int, keepdim: bool, dtype: str) -> Any:
    x = tensor(torch, (3, 4), 6, dtype)
    result = torch.max(x, dim, keepdim)
    return result, result.values, result.indices, type(result).__name__, x.max(dim=dim, keepdim=keepdim)


@each(layout=LAYOUTS)
def max_over_dim_of_layouts(torch: Any, layout: str) -> Any:
    x = laid_out(torch, layout, 7)
    return x.max(0), x.max(1), x.max()


def max_at_points(torch: Any) -> Any:
    infinity, nan = float("inf"), float("nan")
    return [
        torch.tensor([1.0, nan, 3.0]).max(),
        torch.tensor([[1.0, nan, nan], [-infinity, -infinity, -infinity]]).max(1),
        torch.tensor([[2.0, 2.0], [2.0, 1.0]]).max(0),
        torch.tensor([-0.0, 0.0]).max(0).indices,
        torch.tensor(3.0).max(0),
        torch.tensor([True, False]).max(),
        torch.max(torch.tensor([1.0, 5.0]), torch.tensor([3.0, 2.0])),
        torch.tensor([1, 5]).max(torch.tensor([3, 2])),
    ]


@close()
@each(data=["distinct", "ties", "matrix_ties"], dim=[None, 0, -1])
def max_gradients(torch: Any, data: str, dim: int | None) -> Any:
    numbers = {"distinct": [1.0, 3.0, 2.0], "ties": [2.0, 2.0, 1.0, 2.0], "matrix_ties": [[1.0, 1.0], [0.0, 1.0]]}
    x = torch.tensor(numbers[data], requires_grad=True)
    y = x.max() if dim is None else x.max(dim).values
    y.sum().backward()
    return y, x.grad


def max_indices_have_no_graph(torch: Any) -> Any:
    x = torch.tensor([[1.0, 2.0]], requires_grad=True)
    values, indices = x.max(1)
    return values, indices, values.grad_fn.name(), indices.requires_grad


@close()
@each(p=NORMS, dtype=["float32", "float64"])
def norms(torch: Any, p: Any, dtype: str) -> Any:
    x = tensor(torch, (3, 4), 8, dtype)
    return torch.norm(x, p), x.norm(p), caught(x.norm, p, 0), caught(x.norm, p, dim=1, keepdim=True)


@close()
@each(dim=[0, -1, (0, 1), None], keepdim=[False, True])
def norms_over_dim(torch: Any, dim: Any, keepdim: bool) -> Any:
    x = tensor(torch, (3, 4), 9)
    return x.norm(dim=dim, keepdim=keepdim), torch.norm(x, dim=dim, keepdim=keepdim), x.norm(2, dim, keepdim)


@close()
@each(p=[1, 2, 3, float("inf")])
def norm_gradients(torch: Any, p: float) -> Any:
    x = tensor(torch, (2, 3), 10).requires_grad_()
    y = x.norm(p)
    y.backward()
    z = x.norm(p, dim=1)
    (again,) = torch.autograd.grad(z.sum(), x)
    return y, x.grad, z, again


def norm_at_zero(torch: Any) -> Any:
    x = torch.zeros(3, requires_grad=True)
    y = x.norm()
    y.backward()
    return y, x.grad


def norm_scales(torch: Any) -> Any:
    return (
        torch.tensor([3.0, 4.0]).norm(),
        torch.tensor([3e20, 4e20], dtype=torch.float64).norm(),
        torch.zeros(0).norm(),
    )


def norm_refuses(torch: Any) -> Any:
    return [
        caught(torch.norm, torch.tensor([3, 4])),
        caught(torch.norm, torch.ones(2), "nuc"),
        caught(torch.norm, torch.ones(2), "abc"),
        caught(torch.norm, torch.ones(2), dim=3),
        caught(torch.ones(2).norm, dtype=torch.int64),
    ]


@close()
@each(p=[0, 0.5, 1, 1.5, 2, 3, float("inf"), -float("inf"), -1])
def norms_of_complex_numbers(torch: Any, p: float) -> Any:
    x = tensor(torch, (2, 3), 30, "complex128").requires_grad_()
    y = x.norm(p, 1)
    (first,) = torch.autograd.grad(y.sum(), x, allow_unused=True)
    return y.detach(), first, x.norm(p).item()


@close()
@each(layout=LAYOUTS)
def sizes_of_complex_numbers(torch: Any, layout: str) -> Any:
    x = laid_out(torch, layout, 31, "complex64").requires_grad_()
    y = x.abs()
    (first,) = torch.autograd.grad(y.sum(), x)
    zero = torch.zeros(2, dtype=torch.complex64)
    return y, abs(x), first.contiguous(), zero.abs(), caught(zero.abs_), torch.abs(zero, out=torch.empty(2))


@each(p=[0.5, 2, float("inf"), -1], dim=[None, 0, 1])
def norms_of_nothing(torch: Any, p: float, dim: int | None) -> Any:
    return [caught(torch.zeros(shape).norm, p, dim) for shape in ((0, 3), (3, 0), (0,))]


@each(own=["float32", "complex64", "int64"], wanted=["float64", "float16", "complex128", "int64"])
def norms_in_another_type(torch: Any, own: str, wanted: str) -> Any:
    return caught(torch.ones(3, dtype=getattr(torch, own)).norm, dtype=getattr(torch, wanted))


@close()
@each(op=["sum", "mean", "norm"], layout=LAYOUTS, dim=[None, 0, 1, -1])
def gradients(torch: Any, op: str, layout: str, dim: int | None) -> Any:
    x = laid_out(torch, layout, 11).requires_grad_()
    y = getattr(x, op)() if dim is None else getattr(x, op)(dim=dim)
    y.backward(tensor(torch, tuple(y.shape), 12))
    return y, x.grad


@each(keepdim=[False, True], dim=[0, (0, 2), -1, ()])
def sum_gradients(torch: Any, keepdim: bool, dim: Any) -> Any:
    x = tensor(torch, (2, 3, 2), 13).requires_grad_()
    y = x.sum(dim, keepdim)
    y.backward(tensor(torch, tuple(y.shape), 14))
    return y.shape, x.grad


def sum_to_another_dtype_keeps_the_leafs_gradient(torch: Any) -> Any:
    x = torch.ones(3, requires_grad=True)
    y = x.sum(dtype=torch.float64)
    y.backward()
    return y, x.grad


UNDERIVED: dict[str, Any] = {
    "sum": lambda x, dtype: x.sum(dtype=dtype),
    "sum along": lambda x, dtype: x.sum(0, keepdim=True, dtype=dtype),
    "prod": lambda x, dtype: x.prod(dtype=dtype),
    "prod along": lambda x, dtype: x.prod(0, dtype=dtype),
    "nansum": lambda x, dtype: x.nansum(dtype=dtype),
    "nansum along": lambda x, dtype: x.nansum(0, dtype=dtype),
    "cumsum": lambda x, dtype: x.cumsum(0, dtype=dtype),
    "cumprod": lambda x, dtype: x.cumprod(0, dtype=dtype),
    "mean": lambda x, dtype: x.mean(dtype=dtype),
}


@each(call=list(UNDERIVED), dtype=["int32", "int64", "uint8", "bool", "float64"])
def in_a_type_without_derivative(torch: Any, call: str, dtype: str) -> Any:
    kind, run = getattr(torch, dtype), UNDERIVED[call]
    x, empty = torch.tensor([1.0, 2.5], requires_grad=True), torch.ones(0, requires_grad=True)
    with torch.no_grad():
        apart = caught(run, x, kind)
    return caught(run, x, kind), caught(run, empty, kind), apart, caught(run, x.detach(), kind)


@each(op=["sum", "prod", "nansum", "cumsum", "cumprod"], dtype=["int32", "float64"])
def into_a_type_without_derivative(torch: Any, op: str, dtype: str) -> Any:
    kind, shape = getattr(torch, dtype), (2,) if op.startswith("cum") else ()
    x, out = torch.ones(2, requires_grad=True), torch.zeros(shape, dtype=kind)
    refused = caught(getattr(torch, op), x, 0, dtype=kind, out=out)
    return refused, out, caught(getattr(torch, op), x.detach(), 0, dtype=kind, out=out)


@each(shape=[(3, 64), (300, 70), (600, 300), (2, 5, 129), (4, 0, 65), (0, 80)], dtype=["bool", "uint8", "int8"])
def truth_over_rows(torch: Any, shape: tuple[int, ...], dtype: str) -> Any:
    n = 1
    for extent in shape:
        n *= extent
    # Few are true in one, few are false in the other; a byte other than 1 is true too.
    marks = torch.arange(n).view(shape)
    few, most = ((marks % 97 == 0).to(getattr(torch, dtype)) * 2).to(getattr(torch, dtype)), marks % 89 != 0
    most = most.to(getattr(torch, dtype))
    found = []
    for x in (few, most, few.mT, most[..., 1:], most[:, ::2], few[..., ::2]):
        for dim in range(x.dim()):
            found.append((torch.all(x, dim), torch.any(x, dim), torch.count_nonzero(x, dim), x.sum(dim)))
    return found
