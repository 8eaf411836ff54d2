"""Subclasses of Tensor, and __torch_function__."""

from typing import Any

from ..catalogue import each
from ..harness import caught


def _logging(torch: Any) -> tuple[Any, list[Any]]:
    log: list[Any] = []

    class Logged(torch.Tensor):
        @classmethod
        def __torch_function__(cls, function: Any, types: Any, arguments: Any = (), keywords: Any = None) -> Any:
            log.append((getattr(function, "__name__", "?"), [t.__name__ for t in types]))
            return super().__torch_function__(function, types, arguments, keywords or {})

    return Logged, log


class _Plain:
    """Not a tensor, but it answers for one."""

    @classmethod
    def __torch_function__(cls, function: Any, types: Any, arguments: Any = (), keywords: Any = None) -> Any:
        return ("asked", function.__name__, len(arguments), sorted(keywords or {}))


CALLS: dict[str, Any] = {
    "add": lambda t, x: x + 1,
    "radd": lambda t, x: 1 + x,
    "rsub": lambda t, x: 1 - x,
    "mul": lambda t, x: x * x,
    "function": lambda t, x: t.add(x, x),
    "method": lambda t, x: x.add(1),
    "exp": lambda t, x: t.exp(x),
    "sum": lambda t, x: x.sum(),
    "sum_dim": lambda t, x: t.sum(x, 0, keepdim=True),
    "matmul": lambda t, x: x @ x,
    "index": lambda t, x: x[0],
    "compare": lambda t, x: x > 1,
    "view": lambda t, x: x.view(2, 1),
    "unbind": lambda t, x: x.unbind(),
    "max": lambda t, x: x.max(0),
    "clone": lambda t, x: x.clone(),
    "detach": lambda t, x: x.detach(),
    "cast": lambda t, x: x.double(),
    "where": lambda t, x: t.where(x > 0, x, t.zeros(2)),
    "mixed": lambda t, x: t.ones(2) * x,
    "in_place": lambda t, x: x.add_(1),
    "shape": lambda t, x: x.shape,
    "item": lambda t, x: x[0].item(),
    "len": lambda t, x: len(x),
}


def _described(value: Any) -> Any:
    if isinstance(value, tuple) and type(value) is not tuple:
        return type(value).__name__, [_described(part) for part in value]
    return [_described(part) for part in value] if isinstance(value, tuple) else type(value).__name__


@each(call=list(CALLS))
def results_are_of_the_subclass(torch: Any, call: str) -> Any:
    class Mine(torch.Tensor):
        pass

    return _described(caught(CALLS[call], torch, torch.tensor([1.0, 2.0]).as_subclass(Mine)))


@each(call=list(CALLS))
def calls_are_seen(torch: Any, call: str) -> Any:
    Logged, log = _logging(torch)
    x = torch.tensor([1.0, 2.0]).as_subclass(Logged)
    log.clear()
    kind = _described(caught(CALLS[call], torch, x))
    return list(log), kind


def parameters_give_tensors(torch: Any) -> Any:
    p = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
    return (
        type(p * 2).__name__,
        type(p.clone()).__name__,
        type(p.detach()).__name__,
        type(p[0]).__name__,
        p.requires_grad,
        repr(p),
    )


def parameter_forms(torch: Any) -> Any:
    return [
        torch.nn.Parameter(torch.ones(2), requires_grad=False).requires_grad,
        isinstance(torch.nn.Parameter(torch.ones(1)), torch.Tensor),
        caught(torch.nn.Parameter, torch.tensor([1])),
        *(caught(torch.nn.Parameter, x) for x in ([1.0], 1.0, "a")),
        *(caught(torch.nn.Parameter, torch.ones(1), x) for x in (1, None, "a")),
        torch.nn.Parameter(torch.tensor([1]), requires_grad=False).dtype,
    ]


def subclass_attributes_survive(torch: Any) -> Any:
    class Mine(torch.Tensor):
        pass

    x = torch.ones(2).as_subclass(Mine)
    x.label = "kept"
    x.requires_grad_()
    y = x * 2
    y.sum().backward()
    return x.label, type(x.grad).__name__, y.grad_fn.name(), type(x.data).__name__, caught(getattr, y, "label")


def subclass_prints(torch: Any) -> Any:
    class Mine(torch.Tensor):
        pass

    x = torch.ones(2).as_subclass(Mine)
    return repr(x), repr(x.requires_grad_() * 2)


@each(name=["add", "exp", "sum", "where", "matmul", "max", "dot", "reshape"])
def other_objects_answer(torch: Any, name: str) -> Any:
    arguments = {"exp": 1, "sum": 1, "max": 1, "where": 3, "reshape": 1}.get(name, 2)
    extra = ((2,),) if name == "reshape" else ()
    return caught(getattr(torch, name), *[_Plain()] * arguments, *extra)


def other_objects_and_tensors(torch: Any) -> Any:
    x, plain = torch.ones(2), _Plain()
    return (
        caught(lambda: x + plain),
        caught(lambda: x @ plain),
        caught(torch.add, x, plain),
        caught(torch.add, x, 1, out=plain),
    )


def not_implemented(torch: Any) -> Any:
    class Shy(torch.Tensor):
        @classmethod
        def __torch_function__(cls, function: Any, types: Any, arguments: Any = (), keywords: Any = None) -> Any:
            return NotImplemented

    with_shy = torch.Tensor._make_subclass(Shy, torch.ones(2))
    return caught(torch.add, with_shy, 1).error.args[0].partition(":")[0], type(
        caught(torch.exp, with_shy).error
    ).__name__


def the_most_derived_is_asked_first(torch: Any) -> Any:
    seen = []

    class Parent(torch.Tensor):
        @classmethod
        def __torch_function__(cls, function: Any, types: Any, arguments: Any = (), keywords: Any = None) -> Any:
            seen.append((cls.__name__, [t.__name__ for t in types]))
            return super().__torch_function__(function, types, arguments, keywords or {})

    class Child(Parent):
        pass

    parent, child = torch.ones(2).as_subclass(Parent), torch.ones(2).as_subclass(Child)
    seen.clear()
    kind = type(torch.add(parent, child)).__name__
    return seen, kind


def unrelated_subclasses(torch: Any) -> Any:
    class One(torch.Tensor):
        pass

    class Other(torch.Tensor):
        pass

    one, other = torch.ones(2).as_subclass(One), torch.ones(2).as_subclass(Other)
    return type(caught(lambda: one + other)).__name__, type(one + torch.ones(2)).__name__


def as_subclass_keeps_the_graph(torch: Any) -> Any:
    class Mine(torch.Tensor):
        pass

    x = torch.ones(2, requires_grad=True)
    y = x.as_subclass(Mine)
    (y * 3).sum().backward()
    return x.grad, type(y).__name__, y.grad_fn is not None, caught(x.as_subclass, int), y.data_ptr() == x.data_ptr()


def disabled(torch: Any) -> Any:
    Logged, log = _logging(torch)
    x = torch.ones(2).as_subclass(Logged)
    log.clear()
    with torch._C.DisableTorchFunctionSubclass():
        kind = type(x + 1).__name__
    return kind, list(log)


MAKERS: dict[str, Any] = {
    "zeros_like": lambda torch, s: torch.zeros_like(s),
    "ones_like of a type": lambda torch, s: torch.ones_like(s, dtype=torch.float64),
    "full_like": lambda torch, s: torch.full_like(s, 2),
    "by keyword": lambda torch, s: torch.zeros_like(input=s),
    "new_zeros": lambda torch, s: s.new_zeros(2),
    "new_full": lambda torch, s: s.new_full((2,), 3.0),
    "new_tensor": lambda torch, s: s.new_tensor([1.0]),
    "bool": lambda torch, s: bool(s),
    "float": lambda torch, s: float(s),
    "int": lambda torch, s: int(s),
    "complex": lambda torch, s: complex(s),
    "index": lambda torch, s: [1, 2][s],
}


@each(maker=list(MAKERS))
def what_is_made_of_it(torch: Any, maker: str) -> Any:
    asked = []

    class Sub(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            asked.append((func.__name__, len(args), sorted(kwargs or {})))
            return super().__torch_function__(func, types, args, kwargs or {})

    own = torch.ones(1, dtype=torch.int64 if maker == "index" else torch.float32)
    made = MAKERS[maker](torch, own.as_subclass(Sub))
    return type(made).__name__, list(asked)
