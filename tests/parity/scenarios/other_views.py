"""Views of any strides, windows, other names for permutations, and tensors that take a view's geometry on."""

from typing import Any

from ..catalogue import close, each
from ..harness import caught, graph
from ..inputs import LAYOUTS, laid_out, tensor

WAYS: dict[str, Any] = {
    "as_strided": lambda x: x.as_strided((2, 2), (1, 3)),
    "as_strided from": lambda x: x.as_strided((3,), (2,), 1),
    "as_strided over itself": lambda x: x.as_strided((3, 2), (1, 1), 1),
    "as_strided of one": lambda x: x.as_strided((2, 2), (0, 0), 2),
    "as_strided to none": lambda x: x.as_strided((0, 2), (5, 5), 90),
    "unfold": lambda x: x.unfold(1, 2, 1),
    "unfold apart": lambda x: x.unfold(-1, 2, 2),
    "unfold rows": lambda x: x.unfold(0, 3, 1),
    "unfold with gaps": lambda x: x.unfold(1, 1, 3),
    "unfold to none": lambda x: x.unfold(1, 0, 1),
    "swapaxes": lambda x: x.swapaxes(0, -1),
    "swapdims": lambda x: x.swapdims(dim0=0, dim1=1),
    "movedim": lambda x: x.movedim(0, 1),
    "moveaxis": lambda x: x.moveaxis((0, 1), (-1, 0)),
    "unflatten": lambda x: x.unflatten(1, (2, -1)),
    "adjoint": lambda x: x.adjoint(),
    "mT": lambda x: x.mT,
    "mH": lambda x: x.mH,
    "H": lambda x: x.H,
}


@each(way=list(WAYS), layout=LAYOUTS)
def of_layouts(torch: Any, way: str, layout: str) -> Any:
    x = laid_out(torch, layout, 1)
    y = caught(WAYS[way], x)
    return (y, y._base is x, y.storage_offset()) if isinstance(y, torch.Tensor) else y


@close()
@each(way=[name for name in WAYS if "to none" not in name], layout=["contiguous", "transposed", "expanded"])
def derivatives(torch: Any, way: str, layout: str) -> Any:
    x = laid_out(torch, layout, 3, "float64").requires_grad_()
    y = caught(WAYS[way], x)
    if not isinstance(y, torch.Tensor):
        return y
    g = tensor(torch, tuple(y.shape), 4, "float64").requires_grad_()
    first = torch.autograd.grad(y, x, g, create_graph=True)[0]
    second = torch.autograd.grad((first * first).sum(), g)[0]
    return graph(y), first.detach().contiguous(), second.contiguous()


@each(way=[name for name in WAYS if "to none" not in name and "itself" not in name and "of one" not in name])
def written_through(torch: Any, way: str) -> Any:
    x = tensor(torch, (3, 4), 6).requires_grad_()
    y = x * 2
    view, other = WAYS[way](y), y.view(12)
    view = view[..., 0] if "unfold" in way else view
    view.mul_(3)
    names = view.grad_fn.name(), y.grad_fn.name(), other.grad_fn.name(), y._version
    return names, y, torch.autograd.grad((y * y).sum() + other.sum() + view.sum(), x)


IN_PLACE: dict[str, Any] = {
    "t_": lambda x: x.t_(),
    "transpose_": lambda x: x.transpose_(0, -1),
    "swapaxes_": lambda x: x.swapaxes_(0, 1),
    "swapdims_": lambda x: x.swapdims_(1, 0),
    "unsqueeze_": lambda x: x.unsqueeze_(1),
    "squeeze_": lambda x: x.squeeze_(),
    "squeeze_ of one": lambda x: x.squeeze_(0),
    "squeeze_ of many": lambda x: x.squeeze_((0, 1)),
    "as_strided_": lambda x: x.as_strided_((2, 2), (1, 2)),
    "as_strided_ from": lambda x: x.as_strided_((3,), (1,), 1),
}


@each(way=list(IN_PLACE), kind=["result", "view", "leaf", "view of a leaf", "no history", "one row"])
def taken_on(torch: Any, way: str, kind: str) -> Any:
    x = tensor(torch, (1, 4) if kind == "one row" else (3, 4), 1).requires_grad_()
    y = x.detach().clone() if kind == "no history" else x * 2
    t = {"view": y[0:], "leaf": x, "view of a leaf": x[0:]}.get(kind, y)
    beside = t.view(-1)
    told = caught(IN_PLACE[way], t)
    if not isinstance(told, torch.Tensor):
        return told, t.shape, t._version
    if kind == "no history":
        return told, told is t, t._version, beside
    names = graph(t), beside.grad_fn.name(), t._version, t._is_view(), t._base is y
    return names, told is t, t, torch.autograd.grad((t * t).sum() + beside.sum(), x)


@each(way=list(IN_PLACE))
def taken_on_and_written(torch: Any, way: str) -> Any:
    x = tensor(torch, (3, 4), 2).requires_grad_()
    y = x * 2
    t = y[0:]
    IN_PLACE[way](t)
    t.mul_(3)
    y.add_(1)
    return t.grad_fn.name(), y.grad_fn.name(), t, y, torch.autograd.grad((t * t).sum() + (y * y).sum(), x)


@each(way=["t_", "unsqueeze_", "as_strided_"])
def taken_on_after_it_was_saved(torch: Any, way: str) -> Any:
    x = tensor(torch, (3, 4), 3).requires_grad_()
    y = x * 2
    z = y * y
    IN_PLACE[way](y)
    retained = x * 3
    retained.retain_grad()
    IN_PLACE[way](retained)
    retained.sum().backward()
    with torch.no_grad():
        w = x.detach().clone()
        IN_PLACE[way](w)
    return caught(torch.autograd.grad, z.sum(), x), retained.grad, w, w._version


@each(way=list(IN_PLACE))
def taken_on_with_a_tangent(torch: Any, way: str) -> Any:
    from importlib import import_module

    forward = import_module(f"{torch.__name__}.autograd.forward_ad")
    x, x_dot = tensor(torch, (3, 4), 4), tensor(torch, (3, 4), 5)
    with forward.dual_level():
        duals = [forward.make_dual(x, x_dot) * 2 for _ in range(2)]
        views = [duals[0], duals[1][0:]]
        for t in views:
            IN_PLACE[way](t)
        return [forward.unpack_dual(t).tangent.clone() for t in (*views, duals[1])], [v.shape for v in views]


@each(way=[name for name in WAYS if name not in ("adjoint", "H", "mT", "mH")])
def tangents(torch: Any, way: str) -> Any:
    x, x_dot = tensor(torch, (3, 4), 6), tensor(torch, (3, 4), 7)
    return torch.func.jvp(WAYS[way], (x,), (x_dot,))


def resized(torch: Any) -> Any:
    def made() -> Any:
        return torch.arange(6.0)

    turned, grown, part = made().reshape(2, 3).t(), made(), made()
    counted, beside = made(), made()
    seen = beside.view(2, 3)
    counted.resize_(3)
    counted.resize_(3)
    beside.resize_(4)
    tail = part[2:].resize_(2, 2)
    grown.resize_(8)[6:] = 0
    return [
        made().resize_(2, 3),
        made().resize_((2,)),
        made().resize_(size=(3, 2)),
        made().resize_(2, 3, memory_format=torch.contiguous_format),
        turned.resize_(3, 2),
        turned.resize_(2, 3),
        tail,
        grown,
        counted._version,
        seen,
        made().resize_as_(torch.ones(2, 3).t()),
        torch.resize_as_(made(), torch.ones(2)),
        made().expand(2, 6).resize_(2, 6),
        made().resize_(0).resize_(6)[:6],
        torch.ones(1, 2, 3).resize_as_(torch.ones(2, 3).t(), memory_format=torch.preserve_format).stride(),
    ]


def resizing_refused(torch: Any) -> Any:
    x = torch.arange(6.0)
    leaf = torch.ones(3, requires_grad=True)
    with torch.inference_mode():
        apart = torch.ones(3)

    def unrecorded() -> Any:
        with torch.no_grad():
            return leaf.resize_(1)

    calls: list[Any] = [
        *(lambda size=size: x.resize_(*size) for size in ((-1,), (2**62,), (2**40, 2**40), (), (1.5,), ("a",))),
        *(lambda t=t: t.resize_(2) for t in (leaf, leaf * 2, apart)),
        lambda: leaf.resize_as_(x),
        lambda: x.resize_as_(3),
        lambda: x.resize_(2, memory_format=torch.preserve_format),
        lambda: x.resize_(2, 3, memory_format=torch.channels_last),
        unrecorded,
    ]
    return [caught(call) for call in calls]


def replaced_at_strides(torch: Any) -> Any:
    x, src = tensor(torch, (3, 4), 1), tensor(torch, (4,), 2).requires_grad_()
    y = x.as_strided_scatter(src, (4,), (1,), 2)
    bad = [caught(torch.as_strided_scatter, x, src, *args) for args in (((3,), (1,)), ((4,), (9,)), ((4,), (1, 1)))]
    turned = torch.as_strided_scatter(x.t(), src.detach(), (4,), (1,))
    return y, graph(y), torch.autograd.grad((y * y).sum(), src), bad, turned


def unflattened(torch: Any) -> Any:
    m, s = tensor(torch, (3, 4), 1), torch.tensor(1.0)
    sizes: list[Any] = [(2, 2), (-1, 2), [4, 1, 1], (2, 3), (), (-1, -1), (3, -1), 4, (2.0, 2)]
    by_method = [caught(m.unflatten, 1, size) for size in sizes]
    return (
        by_method,
        [caught(torch.unflatten, m, -1, size) for size in sizes],
        caught(m.unflatten, 2, (2, 2)),
        [
            caught(s.unflatten, 0, (1,)),
            caught(torch.ones(2, 0).unflatten, 1, (-1, 0)),
            torch.ones(2, 0).unflatten(1, (0, 2)),
            m.t().unflatten(dim=0, sizes=(2, 2)),
            caught(m.unflatten, 1, 2, 2),
        ],
    )


def moved(torch: Any) -> Any:
    b, s = tensor(torch, (2, 3, 4), 1), torch.tensor(1.0)
    cases: list[Any] = [
        *((0, 2), ((0, 1), (1, 0)), ((0, 0), (1, 2)), ((0, 1), (2, 2)), ((0, 1), (2,)), (3, 0), (0, 3), ((), ())),
        *((1, 1), ((0, -1), (-1, 0)), (0, (1,)), (0.5, 1), ((2, 0, 1), (0, 1, 2))),
    ]
    scalars = [caught(torch.movedim, s, *case) for case in ((0, 0), (0, -1), (1, 0))]
    return [caught(b.movedim, *case) for case in cases], [caught(torch.moveaxis, b, *case) for case in cases], scalars


def refused(torch: Any) -> Any:
    m, v, s, b = tensor(torch, (3, 4), 1), tensor(torch, (4,), 2), torch.tensor(1.0), tensor(torch, (2, 3, 4), 3)
    strided: list[Any] = [
        *(((2,), (1, 2)), ((2, -1), (1, 2)), ((2, 2), (-1, 2)), ((20,), (1,)), ((2,), (100,)), ((2,), (1,), -1)),
        *((2, 1), ((2,),), ((2.0,), (1,)), ((2**40, 2**40), (2**40, 1))),
    ]
    calls: list[Any] = [
        *(lambda args=args: m.as_strided(*args) for args in strided),
        *(lambda args=args: m.clone().as_strided_(*args) for args in strided),
        *(
            lambda args=args: m.unfold(*args)
            for args in ((1, 5, 1), (1, -1, 1), (1, 2, 0), (1, 2, -1), (2, 2, 1), (1, 2))
        ),
        *(lambda args=args: s.unfold(*args) for args in ((0, 1, 1), (0, 0, 1), (0, 2, 1), (1, 1, 1))),
        *(lambda name=name: getattr(v, name) for name in ("mT", "mH", "H")),
        *(lambda name=name: getattr(m.clone(), name)(2) for name in ("squeeze_", "unsqueeze_")),
        *(lambda name=name: getattr(m.clone(), name)(0, 2) for name in ("transpose_", "swapaxes_", "swapdims_")),
        *(lambda bad=bad: m[:, None].squeeze_(bad) for bad in ((0, 0), (0, 3), "a")),
        lambda: v.adjoint(),
        lambda: s.adjoint(),
        lambda: torch.adjoint(b),
        lambda: b.clone().t_(),
        lambda: m.clone().unsqueeze_(-4),
        lambda: b.H,
        lambda: m.swapaxes(0, 2),
        lambda: m.swapdims(axis0=0, axis1=1),
        lambda: torch.swapaxes(m, axis0=0, axis1=1),
        lambda: torch.swapdims(m, 0, 1),
        lambda: torch.as_strided(m, (2,), (1,), storage_offset=3),
        lambda: torch.as_strided_(m.clone(), (2,), (1,)),
    ]
    return [caught(call) for call in calls]


@close()
def summed_to_a_size(torch: Any) -> Any:
    x = tensor(torch, (2, 3, 4), 1).requires_grad_()
    sizes: list[Any] = [(3, 4), (1, 4), (4,), (), (2, 1, 1), (2, 3, 4), (2, 4), (1, 2, 3, 4), (5,)]
    y = x.sum_to_size(3, 1)
    told = [caught(x.detach().sum_to_size, size) for size in sizes], graph(y), torch.autograd.grad((y * y).sum(), x)
    return told, x.sum_to_size(2, 3, 4) is x, x.detach().sum_to_size(size=(1, 1, 4))


def asked(torch: Any) -> Any:
    x = tensor(torch, (3, 4), 1)
    kinds = [torch.ones(1, dtype=getattr(torch, kind)) for kind in ("float32", "uint8", "bool", "int8", "complex64")]
    return [
        x.is_set_to(x),
        x.is_set_to(x[:]),
        x.is_set_to(x.t()),
        x.is_set_to(x.clone()),
        x.is_same_size(x.t()),
        torch.is_same_size(x, x),
        [k.is_signed() for k in kinds],
        torch.is_signed(x),
        x.is_neg(),
        torch.is_neg(x),
        x.is_conj(),
        torch.is_conj(x),
        x.get_device(),
        torch.get_device(x),
        torch.numel(x),
        x.nbytes,
        x.itemsize,
    ]


def made(torch: Any) -> Any:
    x, whole = tensor(torch, (3, 4), 1), torch.tensor([1, 2])
    same = x.new(x[0])
    strided = [
        *(
            caught(torch.empty_strided, *args)
            for args in (((2, 3), (1,)), ((2, 3), (-1, 2)), ((2, -3), (1, 2)), (2, 1))
        ),
        *(caught(torch.empty_permuted, (2, 3), order) for order in ((0,), (0, 0), (0, 2), (0, -1), "a")),
    ]
    return [
        *(
            (made.shape, made.dtype)
            for made in (x.new(2, 3), x.new(), x.new(torch.Size([2])), whole.new(3), x.new(device="cpu"))
        ),
        x.new([[1, 2], [3, 4.5]]),
        whole.new((1, 2)),
        x.new([]),
        same.data_ptr() == x.data_ptr(),
        [caught(x.new, bad) for bad in (2.5, "a")],
        strided,
        torch.empty_strided((2, 3), (1, 2)).stride(),
        torch.empty_strided((3,), (0,)).zero_(),
        torch.empty_strided((0, 3), (1, 2)),
        *(
            torch.empty_strided(*args).stride()
            for args in (
                ((0,), (-1,)),
                ((0, 3), (-1, 2)),
                ((2, 0), (1, -4)),
                ((0, 0), (-5, -5)),
                ((2, 0, 4), (-1, -2, 3)),
            )
        ),
        whole.new_empty_strided((2, 3), (3, 1)).dtype,
        whole.new_empty_strided(size=(2,), stride=(2,), dtype=torch.float64).stride(),
        torch.empty_permuted((2, 3, 4), (2, 0, 1)).stride(),
        torch.empty_permuted((2, 0, 3), (1, 0, 2), dtype=torch.int32).stride(),
    ]
