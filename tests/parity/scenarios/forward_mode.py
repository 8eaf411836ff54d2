"""Forward mode: dual_level, make_dual, unpack_dual and torch.func.jvp."""

from typing import Any

from ..catalogue import close, each
from ..harness import caught
from ..inputs import LAYOUTS, laid_out, tensor
from .second_order import OPS


def _pushed(torch: Any, function: Any, primal: Any, tangent: Any) -> Any:
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        return tuple(forward_ad.unpack_dual(function(forward_ad.make_dual(primal, tangent))))


@close(rtol=1e-9)
@each(op=list(OPS))
def operators(torch: Any, op: str) -> Any:
    x, x_dot = tensor(torch, (3, 3), 1, "float64", 0.5), tensor(torch, (3, 3), 2, "float64")
    y = tensor(torch, (3, 3), 3, "float64", 0.5)
    return caught(_pushed, torch, lambda dual: OPS[op](torch, dual, y), x, x_dot), caught(
        _pushed, torch, lambda dual: OPS[op](torch, y, dual), x, x_dot
    )


@close(rtol=1e-9)
@each(op=[op for op in OPS if op != "cast"])
def func_jvp(torch: Any, op: str) -> Any:
    x, y = tensor(torch, (3, 3), 4, "float64", 0.5), tensor(torch, (3, 3), 5, "float64", 0.5)
    x_dot, y_dot = tensor(torch, (3, 3), 6, "float64"), tensor(torch, (3, 3), 7, "float64")
    return caught(torch.func.jvp, lambda a, b: OPS[op](torch, a, b), (x, y), (x_dot, y_dot))


@close()
@each(op=["add_", "sub_", "mul_", "div_", "copy_", "zero_", "fill_"], dual=["target", "source", "both"])
def in_place(torch: Any, op: str, dual: str) -> Any:
    forward_ad = torch.autograd.forward_ad
    x, y = tensor(torch, (3,), 8), tensor(torch, (3,), 9, low=0.5)
    with forward_ad.dual_level():
        if dual != "source":
            x = forward_ad.make_dual(x, torch.tensor([1.0, 2.0, 3.0]))
        if dual != "target":
            y = forward_ad.make_dual(y, torch.tensor([0.5, 0.25, 1.0]))
        arguments = {"zero_": (), "fill_": (y[0],)}.get(op, (y,))
        return caught(getattr(x, op), *arguments), tuple(forward_ad.unpack_dual(x))


def unpacked(torch: Any) -> Any:
    forward_ad = torch.autograd.forward_ad
    x, t = torch.ones(2), torch.tensor([1.0, 2.0])
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x, t)
        result = forward_ad.unpack_dual(dual)
        plain = forward_ad.unpack_dual(x)
        said = [
            type(result).__name__,
            result.primal,
            result.tangent,
            result.tangent is t,
            plain,
            dual is x,
            dual._is_view(),
        ]
    return said, forward_ad.unpack_dual(dual)


def levels(torch: Any) -> Any:
    forward_ad = torch.autograd.forward_ad
    said = [caught(forward_ad.make_dual, torch.ones(1), torch.ones(1))]
    with forward_ad.dual_level() as level:
        said.append(level)
        said.append(caught(forward_ad.enter_dual_level))
        said.append(caught(forward_ad.make_dual, torch.ones(1), torch.ones(1), level=5))
    said.append(caught(forward_ad.exit_dual_level))
    level = forward_ad.enter_dual_level()
    forward_ad.exit_dual_level(level=level)
    return said, level


@each(bad=["shape", "dtype", "int", "number", "twice", "complex"])
def make_dual_refuses(torch: Any, bad: str) -> Any:
    forward_ad = torch.autograd.forward_ad
    x, ones = torch.ones(2), torch.ones(2)
    with forward_ad.dual_level():
        return {
            "shape": lambda: caught(forward_ad.make_dual, x, torch.ones(3)),
            "dtype": lambda: caught(forward_ad.make_dual, x, ones.double()),
            "int": lambda: caught(forward_ad.make_dual, x.long(), ones.long()),
            "number": lambda: caught(forward_ad.make_dual, x, 1.0),
            "twice": lambda: caught(forward_ad.make_dual, forward_ad.make_dual(x, ones), ones),
            "complex": lambda: caught(forward_ad.make_dual, x, torch.ones(2, dtype=torch.complex64)),
        }[bad]()


@each(layout=LAYOUTS)
def tangents_of_layouts(torch: Any, layout: str) -> Any:
    x, t = laid_out(torch, "contiguous", 10), laid_out(torch, layout, 11)
    return _pushed(torch, lambda dual: dual * dual, x, t), _pushed(torch, lambda dual: dual, x, t)


def results_without_tangents(torch: Any) -> Any:
    x, t = torch.tensor([1.0, -1.0]), torch.ones(2)
    return [
        _pushed(torch, lambda dual: dual > 0, x, t),
        _pushed(torch, lambda dual: dual.long(), x, t),
        _pushed(torch, lambda dual: dual.detach(), x, t),
        _pushed(torch, lambda dual: torch.ones(2), x, t),
        _pushed(torch, lambda dual: dual.max(0).indices, x, t),
        _pushed(torch, lambda dual: dual.clone(), x, t),
    ]


def forward_over_reverse(torch: Any) -> Any:
    forward_ad = torch.autograd.forward_ad
    x, v = torch.tensor([1.0, 2.0]), torch.tensor([1.0, -1.0])
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x.clone().requires_grad_(), v)
        (g,) = torch.autograd.grad((dual * dual * dual).sum(), dual, create_graph=True)
        return tuple(forward_ad.unpack_dual(g))


def reverse_over_forward(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    v = torch.tensor([1.0, -1.0], requires_grad=True)
    _, tangent = _pushed(torch, lambda dual: dual * dual * dual, x, v)
    return tangent, torch.autograd.grad(tangent.sum(), [x, v])


def forward_grad_mode(torch: Any) -> Any:
    x, t = torch.ones(2), torch.ones(2)
    with torch.no_grad():
        inside = _pushed(torch, lambda dual: dual * 2, x, t)
    return inside


def views_share_tangents(torch: Any) -> Any:
    forward_ad = torch.autograd.forward_ad
    x = torch.zeros(3)
    with forward_ad.dual_level():
        y = x.clone()
        y[1:] = forward_ad.make_dual(torch.ones(2), torch.tensor([5.0, 6.0]))
        view = y.view(3)[2]
        said = [tuple(forward_ad.unpack_dual(y)), tuple(forward_ad.unpack_dual(view))]
        view.mul_(2)
        return said, tuple(forward_ad.unpack_dual(y))


def jvp_of_simple_functions(torch: Any) -> Any:
    jvp = torch.func.jvp
    x, t = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0])
    return [
        jvp(lambda a: a * a, (x,), (t,)),
        jvp(lambda a: a.sum(), (x,), (t,)),
        jvp(lambda a, b: a * b, (x, t), (t, x)),
        jvp(lambda a: (a * 2, a * 3), (x,), (t,)),
        jvp(lambda a: (a * 2, a.sum()), (x,), (t,), has_aux=True),
        jvp(lambda a: torch.ones(2), (x,), (t,)),
    ]


def jvp_refuses(torch: Any) -> Any:
    jvp = torch.func.jvp
    x = torch.ones(2)
    return [
        caught(jvp, lambda a: a, x, x),
        caught(jvp, lambda a: a, (x,), (torch.ones(3),)),
        caught(jvp, lambda a: a, (x,), ()),
        caught(jvp, lambda a: a, (x,), (x, x)),
        caught(jvp, lambda a: a, (), ()),
        caught(jvp, lambda a: 3, (x,), (x,)),
        caught(jvp, lambda a: a, (x,), (1.0,)),
    ]


def jvp_of_jvp(torch: Any) -> Any:
    x, one = torch.tensor(2.0), torch.tensor(1.0)

    def first(a: Any) -> Any:
        return torch.func.jvp(lambda b: b * b * b, (a,), (one,))[1]

    return caught(torch.func.jvp, first, (x,), (one,))


def jvp_of_control_flow(torch: Any) -> Any:
    def f(a: Any) -> Any:
        b = a * 2
        while b.norm() < 1000:
            b = b * 2
        return b if b.sum() > 0 else 100 * b

    return torch.func.jvp(f, (torch.tensor(-3.0),), (torch.tensor(1.0),))
