"""Real and imaginary parts: views of complex tensors, what is written through them, and their derivatives."""

from typing import Any

from ..catalogue import close, each
from ..harness import caught, graph
from ..inputs import LAYOUTS, laid_out, tensor

PARTS: dict[str, Any] = {
    "x.real": lambda t, x: x.real,
    "x.imag": lambda t, x: x.imag,
    "real": lambda t, x: t.real(x),
    "imag": lambda t, x: t.imag(x),
    "view_as_real": lambda t, x: t.view_as_real(x),
    "and back": lambda t, x: t.view_as_complex(t.view_as_real(x)),
    "pairs": lambda t, x: t.view_as_complex(t.view_as_real(x).permute(1, 0, 2)),
    "a part of a part": lambda t, x: x.t().imag[1:].t(),
    "a part of a view": lambda t, x: x[:, 1].real,
}
DTYPES = ["complex64", "complex128"]


def _weights(torch: Any, y: Any, seed: int) -> Any:
    return tensor(torch, tuple(y.shape), seed, str(y.dtype).split(".")[-1])


@each(part=list(PARTS), layout=LAYOUTS, dtype=DTYPES)
def views(torch: Any, part: str, layout: str, dtype: str) -> Any:
    x = laid_out(torch, layout, 1, dtype)
    y = PARTS[part](torch, x)
    known = y.storage_offset(), y._is_view(), y.data_ptr() - x.data_ptr()
    shared = caught(lambda: (y.add_(1), y._version, x._version, x, y))
    return y, known, shared


@each(dtype=["float32", "float64", "float16", "int64", "bool", *DTYPES])
def of_other_types(torch: Any, dtype: str) -> Any:
    x = tensor(torch, (3, 3), 2, dtype)
    made = [caught(PARTS[part], torch, x) for part in ("x.imag", "imag", "view_as_real")]
    return made, x.is_complex() or (x.real is x, torch.real(x) is x)


def without_elements_or_dimensions(torch: Any) -> Any:
    made = [torch.zeros(0, 2, dtype=torch.complex64), torch.tensor(1.0 + 2.0j), torch.ones(1, 3, 1) * 1j]
    return [(x.real, x.imag, torch.view_as_real(x)) for x in made], torch.view_as_complex(torch.ones(0, 2))


def refused(torch: Any) -> Any:
    x = torch.ones(3, 3)
    given = [torch.tensor([1, 2]), x, torch.ones(()), x[:2].t(), torch.ones(7)[1:3], x[:, :2], x[:0], 1]
    return [caught(torch.view_as_complex, a) for a in given], [
        caught(function, *arguments)
        for function in (torch.real, torch.imag, torch.view_as_real, torch.view_as_complex)
        for arguments in ((), (1,), (x, x))
    ]


@close()
@each(part=list(PARTS), dtype=DTYPES)
def gradients(torch: Any, part: str, dtype: str) -> Any:
    x = tensor(torch, (2, 3), 3, dtype).requires_grad_()
    y = PARTS[part](torch, x)
    given = torch.autograd.grad((y * y).sum(), x, _weights(torch, (y * y).sum(), 4), create_graph=True)
    return y, y._base is x, graph(y), given, given[0].grad_fn.name()


@close(rtol=1e-9, atol=1e-9)
@each(part=list(PARTS))
def twice(torch: Any, part: str) -> Any:
    x = tensor(torch, (2, 3), 5, "complex128").requires_grad_()
    y = PARTS[part](torch, x) ** 3
    (first,) = torch.autograd.grad(y, x, _weights(torch, y, 6), create_graph=True)
    return first, torch.autograd.grad(first, x, _weights(torch, x, 7))


@close()
@each(part=list(PARTS), layout=LAYOUTS)
def forward(torch: Any, part: str, layout: str) -> Any:
    forward_ad = torch.autograd.forward_ad
    x, x_dot = laid_out(torch, layout, 8, "complex64"), laid_out(torch, "offset", 9, "complex64")
    with forward_ad.dual_level():
        y = PARTS[part](torch, forward_ad.make_dual(x, x_dot))
        return tuple(forward_ad.unpack_dual(y)), tuple(forward_ad.unpack_dual(y * y))


@close()
@each(part=list(PARTS))
def written_with_a_tangent(torch: Any, part: str) -> Any:
    """The write is seen in the tangent of the whole, and a write to the whole in the tangent of the part."""
    forward_ad = torch.autograd.forward_ad
    x, v = tensor(torch, (2, 3), 10, "complex64"), tensor(torch, (2, 3), 11, "complex64")
    with forward_ad.dual_level():
        y = PARTS[part](torch, x)
        y.mul_(forward_ad.make_dual(_weights(torch, y, 12), _weights(torch, y, 13)))
        first = tuple(forward_ad.unpack_dual(x)), tuple(forward_ad.unpack_dual(y))
        x.mul_(forward_ad.make_dual(v, v * 2j))
        return first, tuple(forward_ad.unpack_dual(x)), tuple(forward_ad.unpack_dual(y))


@close()
@each(part=list(PARTS), before=[True, False])
def written_through(torch: Any, part: str, before: bool) -> Any:
    x = tensor(torch, (2, 3), 14, "complex64").requires_grad_()
    v = tensor(torch, (2, 3), 15, "complex64").requires_grad_()
    whole = x * 1
    y, other = PARTS[part](torch, whole), whole.imag
    if before:
        _ = y.grad_fn, other.grad_fn
    y.mul_(PARTS[part](torch, v))
    told = [whole.grad_fn.name(), other.grad_fn.name(), y._version, whole._version]
    z = (whole * whole).abs().sum() + (y * y).abs().sum() + (other**3).sum()
    return told, z, torch.autograd.grad(z, (x, v))


@close(rtol=1e-9, atol=1e-9)
@each(part=list(PARTS))
def written_through_twice_derived(torch: Any, part: str) -> Any:
    x = tensor(torch, (2, 3), 16, "complex128").requires_grad_()
    v = tensor(torch, (2, 3), 17, "complex128").requires_grad_()
    whole = x * x
    y = PARTS[part](torch, whole)
    y.mul_(PARTS[part](torch, v))
    z = whole * whole
    first = torch.autograd.grad(z, (x, v), _weights(torch, z, 18), create_graph=True)
    weights = [_weights(torch, x, 19 + i) for i in range(2)]
    return first, torch.autograd.grad(first, (x, v), weights)


@close()
@each(part=list(PARTS))
def the_whole_written(torch: Any, part: str) -> Any:
    x = tensor(torch, (2, 3), 21, "complex64").requires_grad_()
    whole = x * 1
    y = PARTS[part](torch, whole)
    whole.mul_(x)
    return y.detach(), torch.autograd.grad((y * y).abs().sum(), x)


@each(part=list(PARTS))
def names_after_the_whole_was_written(torch: Any, part: str) -> Any:
    whole = tensor(torch, (2, 3), 30, "complex64").requires_grad_() * 1
    y = PARTS[part](torch, whole)
    whole.mul_(2)
    return y.grad_fn.name()


VALUES: dict[str, Any] = {
    "a tensor": lambda t: tensor(t, (2, 3), 22),
    "a row": lambda t: tensor(t, (3,), 23, "float64"),
    "one element": lambda t: t.tensor(2),
    "complex": lambda t: tensor(t, (2, 3), 24, "complex64"),
    "with gradient": lambda t: tensor(t, (2, 3), 25).requires_grad_(),
    "another shape": lambda t: t.ones(4),
    "whole": lambda t: 5,
    "real": lambda t: 0.5,
    "true": lambda t: True,
    "a complex number": lambda t: 1.0 + 0.0j,
    "a list": lambda t: [1.0, 2.0, 3.0],
    "text": lambda t: "1",
    "none": lambda t: None,
}


@each(value=list(VALUES), name=["real", "imag"], dtype=["complex64", "float32"])
def assigned(torch: Any, value: str, name: str, dtype: str) -> Any:
    x = tensor(torch, (2, 3), 26, dtype)
    raised = caught(setattr, x, name, VALUES[value](torch))
    return raised, x.detach(), x._version, x.grad_fn and x.grad_fn.name()


def of_a_leaf(torch: Any) -> Any:
    x = tensor(torch, (2, 3), 27, "complex64").requires_grad_()
    return [caught(setattr, x, "real", 1.0), caught(lambda: x.imag.mul_(2)), x._version]


def without_recording(torch: Any) -> Any:
    x = tensor(torch, (2, 3), 28, "complex64").requires_grad_()
    with torch.no_grad():
        y = x.real
    with torch.inference_mode():
        z = (x * 1).imag
    flags = y.requires_grad, y.grad_fn, y._is_view(), z.is_inference()
    return flags, caught(lambda: y.mul_(2)), caught(lambda: z.mul_(2))


def saved_and_written(torch: Any) -> Any:
    x = tensor(torch, (2, 3), 29, "complex64").requires_grad_()
    whole = x * 1
    y = whole.real**2
    whole.imag.mul_(2)
    return caught(lambda: torch.autograd.grad(y.sum(), x))


def of_subclasses(torch: Any) -> Any:
    class Own(torch.Tensor):  # type: ignore[misc, name-defined]
        pass

    x = torch.tensor([1.0 + 2.0j]).as_subclass(Own)
    x.real = 3.0
    return (
        [type(y).__name__ for y in (x.real, x.imag, torch.real(x), torch.view_as_real(x))],
        x.imag.tolist(),
        x.tolist(),
    )
