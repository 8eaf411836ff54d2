"""item, tolist, len, bool, int, float, format, casts, and what a tensor says about itself."""

import copy
import operator
from typing import Any

from ..catalogue import each
from ..harness import caught
from ..inputs import LAYOUTS, laid_out, tensor

DTYPES = ["float32", "float64", "int64", "bool", "float16", "complex64", "int32"]
CASTS = ["float", "double", "long", "bool", "half", "int"]
SHAPES = [(), (1,), (1, 1), (3,), (0,), (2, 3)]


@each(shape=SHAPES, dtype=["float32", "int64", "bool", "complex64"])
def python_numbers(torch: Any, shape: tuple[int, ...], dtype: str) -> Any:
    x = tensor(torch, shape, 1, dtype)
    calls = [x.item, x.tolist, lambda: bool(x), lambda: int(x), lambda: float(x), lambda: complex(x)]
    return [caught(call) for call in calls] + [caught(len, x), caught(operator.index, x)]


def special_numbers(torch: Any) -> Any:
    infinity, nan = torch.tensor(float("inf")), torch.tensor(float("nan"))
    return [
        infinity.item(),
        nan.item(),
        bool(nan),
        bool(torch.tensor(-0.0)),
        caught(int, infinity),
        caught(int, nan),
        int(torch.tensor(2.9)),
        int(torch.tensor(-2.9)),
        torch.tensor(0.1).item(),
        torch.tensor(2**60 + 1).item(),
        int(torch.tensor(1e20, dtype=torch.float64)),
    ]


def numbers_of_requiring_tensors(torch: Any) -> Any:
    x = torch.tensor(2.5, requires_grad=True)
    return x.item(), float(x), int(x), bool(x), x.tolist(), (x * 2).item()


@each(layout=LAYOUTS, dtype=DTYPES)
def lists(torch: Any, layout: str, dtype: str) -> Any:
    return laid_out(torch, layout, 2, dtype).tolist()


@each(source=DTYPES, cast=CASTS)
def casts(torch: Any, source: str, cast: str) -> Any:
    x = tensor(torch, (2, 3), 3, source, -2.0, 2.0)
    y = getattr(x, cast)()
    return y, y is x


@each(source=DTYPES, target=DTYPES)
def to_dtype(torch: Any, source: str, target: str) -> Any:
    x = laid_out(torch, "transposed", 4, source)
    y = x.to(getattr(torch, target))
    return y, y is x, x.to(dtype=getattr(torch, target)) is x


def to_forms(torch: Any) -> Any:
    x = torch.ones(2)
    return [
        x.to(torch.float32) is x,
        x.to("cpu") is x,
        x.to("cpu", torch.float64),
        x.to(torch.float32, copy=True) is x,
        x.to(torch.ones(1, dtype=torch.float64)),
        x.to(torch.device("cpu")) is x,
        x.to(x) is x,
        x.to() is x,
        caught(x.to, "float32"),
        caught(x.to, 3.5),
        caught(x.to, "gpu"),
        caught(x.to, None),
        x.cpu() is x,
    ]


DEVICES = [
    *["float32", "cpu0", "cpu ", "CPU", "_", "gpu", "gpu:1", "gpu:", "gpu:01", "gpu:0a", ":0", "", "é"],
    "gpu:99999999999",
    *["cpu:0", "cpu:1", "cpu:127", "cpu:", "cpu:00", "cpu:-1", "cpu:0:", "cpu:2147483648", "cuda:-"],
]


@each(text=DEVICES)
def names_of_devices(torch: Any, text: str) -> Any:
    made = caught(torch.device, text)
    return repr(made) if isinstance(made, torch.device) else made, caught(torch.ones(1).to, text)


@each(cast=CASTS)
def cast_gradients(torch: Any, cast: str) -> Any:
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = getattr(x, cast)()
    if y.requires_grad:
        y.sum().backward()
    return y, x.grad


def float_to_integer(torch: Any) -> Any:
    x = torch.tensor([1.9, -1.9, 0.5, -0.5, 2.0**40])
    return (
        x.long(),
        x.bool(),
        torch.tensor([0.0, -0.0, float("nan"), float("inf")]).bool(),
        (2**53 + torch.tensor([1])).double(),
    )


@each(layout=LAYOUTS)
def about(torch: Any, layout: str) -> Any:
    x = laid_out(torch, layout, 5)
    return {
        "numel": [x.numel(), x.nelement(), torch.numel(x)],
        "shape": [
            x.shape,
            x.size(),
            x.size(0),
            x.size(-1),
            caught(x.size, 2),
            caught(x.size, -3),
            type(x.shape).__name__,
        ],
        "stride": [x.stride(), x.stride(0), x.stride(-1), caught(x.stride, 2)],
        "dim": [x.dim(), x.ndim, x.ndimension(), len(x)],
        "offset": x.storage_offset(),
        "dtype": [x.dtype, x.is_floating_point(), x.element_size(), x.itemsize, x.nbytes],
        "contiguous": x.is_contiguous(),
        "device": [str(x.device), x.is_cuda],
        "grad": [x.grad, x.grad_fn, x.is_leaf, x.requires_grad, x._version, x.output_nr, x._base is None],
    }


def shape_objects(torch: Any) -> Any:
    size = torch.ones(2, 3, 4).shape
    return [
        repr(size),
        size[0],
        size[-1],
        size[1:],
        size.numel(),
        size == (2, 3, 4),
        list(size),
        size + (5,),
        len(size),
        hash(size) == hash((2, 3, 4)),
        torch.Size([1, 2]),
        caught(torch.Size, ["a"]),
        torch.Size([]).numel(),
        isinstance(size, tuple),
    ]


def dtype_objects(torch: Any) -> Any:
    return [
        [str(getattr(torch, name)) for name in DTYPES],
        [getattr(torch, name).is_floating_point for name in DTYPES],
        [getattr(torch, name).is_complex for name in DTYPES],
        [getattr(torch, name).itemsize for name in DTYPES],
        torch.float is torch.float32,
        torch.double is torch.float64,
        torch.long is torch.int64,
        torch.half is torch.float16,
        torch.float32 == torch.float64,
        len({torch.float32, torch.float}),
        caught(torch.dtype),
    ]


@each(spec=["", ".2f", "8.3f", "e", "s", ">10", "d"], shape=[(), (1,), (2,)])
def formats(torch: Any, spec: str, shape: tuple[int, ...]) -> Any:
    return caught(format, tensor(torch, shape, 6), spec), caught(format, tensor(torch, shape, 6, "int64"), spec)


def formatted_gradients(torch: Any) -> Any:
    x = torch.tensor(1.5, requires_grad=True)
    return f"{x:.1f}", f"{x}", f"{x * 2}", str(x), "%s" % x  # noqa: UP031 - the percent sign is the point


def truth_in_conditions(torch: Any) -> Any:
    x = torch.tensor([1.0])
    return (
        "yes" if x > 0 else "no",
        not torch.tensor(0),
        caught(lambda: torch.ones(2) and 1),
        caught(bool, torch.ones(0)),
    )


def copies(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    (x * 3).sum().backward()
    deep = copy.deepcopy(x)
    return (
        deep,
        deep.grad,
        deep.grad is x.grad,
        caught(copy.deepcopy, x * 2),
        copy.copy(x),
        copy.deepcopy(torch.arange(3)),
    )


def clones(torch: Any) -> Any:
    x = tensor(torch, (3, 4), 7).t()
    y = x.clone()
    y.zero_()
    expanded = torch.ones(3, 1).expand(3, 2).clone()
    stepped = torch.arange(6.0)[::2].clone()
    return x, y.stride(), expanded, stepped, x[1:].clone().stride(), torch.clone(x)


def detached(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = (x * 2).detach()
    z = x.detach()
    z[0] = 5.0
    return y, z, x, z._is_view(), z._base, x._version, z._version, z.data_ptr() == x.data_ptr(), torch.zeros(1).detach()


def iterating(torch: Any) -> Any:
    return (
        list(torch.arange(4).view(2, 2)),
        list(reversed(torch.arange(3))),
        list(zip(torch.ones(2), [1, 2], strict=True)),
    )


def sums_of_python(torch: Any) -> Any:
    return (
        sum(torch.arange(3.0)),
        max(torch.tensor([1, 3, 2])),
        sum([torch.ones(2), torch.ones(2)]),
        min(torch.tensor([3, 1])),
    )


def is_tensor(torch: Any) -> Any:
    return torch.is_tensor(torch.ones(1)), torch.is_tensor(3), isinstance(torch.ones(1), torch.Tensor)


def attributes(torch: Any) -> Any:
    x = torch.ones(2)
    x.label = "mine"
    missing = caught(getattr, x, "no_such_thing")
    return (
        x.label,
        missing,
        caught(getattr, torch.ones(1), "label"),
        caught(setattr, x, "shape", (3,)),
        caught(setattr, x, "dtype", 1),
    )


def dense_and_shared(torch: Any) -> Any:
    x = tensor(torch, (2, 3), 1).requires_grad_()
    calls = [
        lambda: x.to_dense(),
        lambda: x.to_dense(torch.float64),
        lambda: x.to_dense(dtype=torch.float32),
        lambda: x.to_dense(masked_grad=True),
        lambda: x.to_dense(1),
        lambda: x.to_dense(torch.float32, True),
        lambda: x.is_shared(),
        lambda: torch.ones(0).is_shared(),
        lambda: x.is_shared(1),
    ]
    return [caught(call) for call in calls], x.to_dense() is x, x.to_dense(torch.float32) is x
