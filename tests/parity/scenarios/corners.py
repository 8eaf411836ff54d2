"""Views of inference tensors, hooks of roots that lead nowhere asked for, and what nodes say that they saved."""

from typing import Any

from ..catalogue import each
from ..harness import caught


def _facts(t: Any) -> Any:
    return t._is_view(), t._base is not None, t.is_inference(), t.is_leaf


@each(inside=[False, True])
def views_of_inference_tensors(torch: Any, inside: bool) -> Any:
    with torch.inference_mode():
        x, z = torch.ones(2, 3), torch.ones(2, dtype=torch.complex64)
    with torch.inference_mode(inside):
        views = [x[0], x.t(), x.view(6), x.detach(), x.expand(2, 2, 3), x.unbind()[0], x.unsqueeze(0), x[0][1:], z.real]
        views += [torch.view_as_real(z), x.clone()[0], x.reshape(3, 2)]
        written = views[0].mul_(2) if inside else None
        return [_facts(v) for v in views], written, x.tolist(), caught(views[1].detach_)


def _watched(torch: Any, told: list[Any]) -> tuple[Any, Any]:
    x = torch.ones(2, requires_grad=True)
    y = (x * 2).sum()
    y.register_hook(lambda g: told.append(("root", g)))
    y.grad_fn.register_prehook(lambda g: told.append("before"))
    y.grad_fn.register_hook(lambda given, got: told.append("after"))
    y.retain_grad()
    return x, y


def hooks_of_a_root_that_leads_nowhere(torch: Any) -> Any:
    told: list[Any] = []
    x, y = _watched(torch, told)
    z = torch.ones(2, requires_grad=True)
    got = torch.autograd.grad(y, z, allow_unused=True)
    refused = caught(torch.autograd.grad, y, z)
    y.backward(inputs=[z])
    return got, refused, y.grad, told, x.grad, z.grad


def hooks_of_two_roots_of_which_one_leads_nowhere(torch: Any) -> Any:
    told: list[Any] = []
    x, y = _watched(torch, told)
    _, w = _watched(torch, told)
    got = torch.autograd.grad([y, w], x, allow_unused=True)
    return got, told, y.grad, w.grad


def hooks_of_a_leaf_that_is_the_root(torch: Any) -> Any:
    told: list[Any] = []
    x, z = torch.ones((), requires_grad=True), torch.ones(2, requires_grad=True)
    x.register_hook(lambda g: told.append(g))
    x.register_hook(lambda g: 1 / 0)
    return caught(torch.autograd.grad, x, z, allow_unused=True), told, x.grad


@each(wants=[False, True])
def what_transforms_return_of_their_inputs(torch: Any, wants: bool) -> Any:
    import importlib

    func = importlib.import_module(f"{torch.__name__}.func")
    x, s = torch.ones(3).requires_grad_(wants), torch.tensor(2.0).requires_grad_(wants)
    same, pull = func.vjp(lambda y: y, x)
    both, pull_both = func.vjp(lambda y: (y, y * 2), x)
    _, _, aux = func.vjp(lambda y: (y * 1, y), x, has_aux=True)
    gradient, value = func.grad_and_value(lambda y: y)(s)
    primal, tangent = func.jvp(lambda y: y, (x,), (torch.ones(3),))
    said = [same is x, same, pull(torch.ones(3)), both[0] is x, both[1], pull_both((torch.ones(3), torch.ones(3)))]
    return [*said, aux is x, value is s, value, gradient, primal is x, tangent]


@each(
    argnums=[
        "(0, 0)",
        "(0, -2)",
        "()",
        "'a'",
        "[0, 1]",
        "1.0",
        "(0, 'a')",
        "5",
        "(0, 5)",
        "(-1,)",
        "-3",
        "True",
        "(1, 0)",
    ]
)
def arguments_of_gradients(torch: Any, argnums: str) -> Any:
    def f(x: Any, y: Any) -> Any:
        return (x * y).sum()

    x, y = torch.ones(2), torch.full((2,), 3.0)
    transforms = (torch.func.grad, torch.func.grad_and_value)
    return [caught(transform(f, argnums=eval(argnums)), x, y) for transform in transforms]


def versions_of_several(torch: Any) -> Any:
    x, y = torch.ones(2), torch.ones(2)
    given = [x, [x], (x, y), iter([y, y]), 3, [3], None]
    return [caught(torch.autograd.graph.increment_version, one) for one in given], x._version, y._version
