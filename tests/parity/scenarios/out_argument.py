"""out=: where results go, what is resized with which warning, and what is refused."""

from typing import Any

from ..catalogue import close, each
from ..harness import caught
from ..inputs import tensor

BINARY = ["add", "sub", "mul", "div", "pow", "eq", "lt", "matmul"]


@close()
@each(op=BINARY, out=["exact", "empty", "wrong", "transposed", "wide"])
def binary(torch: Any, op: str, out: str) -> Any:
    a, b = tensor(torch, (3, 3), 1, low=0.5), tensor(torch, (3, 3), 2, low=0.5)
    target = {
        "exact": lambda: torch.zeros(3, 3),
        "empty": lambda: torch.zeros(0),
        "wrong": lambda: torch.zeros(2, 5),
        "transposed": lambda: torch.zeros(3, 3).t(),
        "wide": lambda: torch.zeros(6, 6)[::2, ::2],
    }[out]()
    result = getattr(torch, op)(a, b, out=target)
    return result is target, target


@close()
@each(op=["exp", "neg"], dtype=["float32", "float64", "int64", "bool"])
def unary_into(torch: Any, op: str, dtype: str) -> Any:
    target = torch.zeros(3, dtype=getattr(torch, dtype))
    return caught(getattr(torch, op), torch.tensor([1.0, 2.0, 3.0]), out=target)


@each(op=["add", "div", "eq"], dtype=["float32", "float64", "int64", "bool"])
def binary_into(torch: Any, op: str, dtype: str) -> Any:
    target = torch.zeros(2, dtype=getattr(torch, dtype))
    return caught(getattr(torch, op), torch.tensor([1, 2]), torch.tensor([2, 2]), out=target)


def out_of_creation(torch: Any) -> Any:
    one, two, three = torch.zeros(2), torch.zeros(4), torch.ones(3)
    said = [torch.ones(2, out=one) is one, one, torch.arange(4, out=two) is two, two]
    return said + [
        torch.zeros(3, out=three) is three,
        three,
        caught(torch.ones, 2, out=torch.zeros(0), dtype=torch.int64),
    ]


@close()
@each(op=["sum", "mean"])
def out_of_reductions(torch: Any, op: str) -> Any:
    x, target = tensor(torch, (3, 4), 3), torch.zeros(4)
    result = getattr(torch, op)(x, 0, out=target)
    return result is target, target, caught(getattr(torch, op), x, (0, 1), True, out=torch.zeros(0))


def out_of_max(torch: Any) -> Any:
    x, values, indices = tensor(torch, (3, 4), 4), torch.zeros(3), torch.zeros(3, dtype=torch.int64)
    result = torch.max(x, 1, out=(values, indices))
    return [
        result[0] is values,
        result[1] is indices,
        result,
        caught(torch.max, x, 1, out=values),
        caught(torch.max, x, 1, out=(values, values)),
    ]


def out_aliases_an_operand(torch: Any) -> Any:
    a = torch.tensor([1.0, 2.0, 3.0])
    torch.add(a, a, out=a)
    b = torch.arange(6.0)
    return a, caught(torch.add, b[:-1], 1, out=b[1:]), caught(torch.mul, b, b, out=b)


def out_with_gradients(torch: Any) -> Any:
    a, b = torch.ones(2, requires_grad=True), torch.ones(2)
    target = torch.zeros(2, requires_grad=True)
    said = [caught(torch.add, a, b, out=torch.zeros(2)), caught(torch.add, b, b, out=target)]
    with torch.no_grad():
        said.append(caught(torch.add, a, b, out=torch.zeros(2)))
    return said


def out_bumps_the_version(torch: Any) -> Any:
    target = torch.zeros(2)
    torch.add(torch.ones(2), 1, out=target)
    return target._version, target


def out_of_the_wrong_type(torch: Any) -> Any:
    x = torch.ones(2)
    return caught(torch.add, x, x, out=3), caught(torch.add, x, x, out=[x]), torch.add(x, x, out=None)


def out_expanded(torch: Any) -> Any:
    return torch.add(torch.ones(3), 1, out=torch.zeros(1).expand(3))


def out_of_dot_and_norm(torch: Any) -> Any:
    x, target = torch.tensor([3.0, 4.0]), torch.zeros(())
    torch.dot(x, x, out=target)
    first = target.clone()
    return first, torch.dot(x, x, out=torch.zeros(())), caught(torch.dot, x, x, out=torch.zeros((), dtype=torch.int64))


OTHER_TYPES = {
    "sum": lambda torch, x, out: torch.sum(x, 0, out=out),
    "sum_typed": lambda torch, x, out: torch.sum(x, 0, dtype=torch.float32, out=out),
    "mean": lambda torch, x, out: torch.mean(x, 0, out=out),
    "norm": lambda torch, x, out: torch.norm(x, 2, 0, out=out),
    "dot": lambda torch, x, out: torch.dot(x[0], x[0], out=out),
    "mm": lambda torch, x, out: torch.mm(x, x, out=out),
    "mv": lambda torch, x, out: torch.mv(x, x[0], out=torch.zeros(2, dtype=out.dtype)),
    "bmm": lambda torch, x, out: torch.bmm(x[None], x[None], out=out),
    "matmul": lambda torch, x, out: torch.matmul(x, x, out=out),
    "max": lambda torch, x, out: torch.max(x, out=out),
    "max_dim": lambda torch, x, out: torch.max(x, 0, out=(out, torch.zeros(0, dtype=torch.int64))),
    "max_indices": lambda torch, x, out: torch.max(x, 0, out=(torch.zeros(0), out)),
    "where": lambda torch, x, out: torch.where(x > 0, x, x, out=out),
    "abs": lambda torch, x, out: torch.abs(x, out=out),
}


@close()
@each(op=OTHER_TYPES, dtype=["float64", "int64", "float16"])
def of_other_types(torch: Any, op: str, dtype: str) -> Any:
    return caught(OTHER_TYPES[op], torch, torch.ones(2, 2), torch.zeros(0, dtype=getattr(torch, dtype)))


def tuples_of_max(torch: Any) -> Any:
    x = torch.tensor([[1.0, 3.0], [4.0, 2.0]])
    index = torch.zeros(0, dtype=torch.int64)
    return [
        caught(torch.max, x, 0, out=(torch.zeros(0),)),
        caught(torch.max, x, 0, out=(torch.zeros(0), index, index)),
        caught(torch.max, x, 0, out=[torch.zeros(0), index]),
        caught(torch.max, x, 0, True, out=(torch.zeros(0), torch.zeros(0, dtype=torch.int64))),
        caught(torch.max, x, 0, out=None),
        caught(torch.max, x, x.t(), out=torch.zeros(0)),
    ]


@each(op=["add", "sub", "mul", "div", "pow", "eq", "where"], shape=[(3,), (1,), (1, 1), (2, 3)])
def of_a_smaller_operand(torch: Any, op: str, shape: tuple[int, ...]) -> Any:
    small, wide, whole = torch.full(shape, 2.0), torch.ones(2, 3), torch.ones(shape, dtype=torch.int64)
    calls = {"where": lambda a, out: torch.where(wide > 0, a, wide, out=out)}
    call = calls.get(op, lambda a, out: getattr(torch, op)(a, wide, out=out))
    said = [caught(call, whole, whole), whole]
    return [*said, caught(call, small, small), small, caught(call, wide, small.clone()), caught(call, small, wide)]


def over_inference_tensors(torch: Any) -> Any:
    with torch.inference_mode():
        a = torch.ones(2)
        inside = torch.add(a, 1, out=a).tolist(), torch.ones(2, out=a).tolist()
    made = [getattr(torch, name) for name in ("ones", "zeros", "arange", "empty")]
    outside = caught(torch.add, a, 1, out=a), caught(torch.sum, torch.ones(2, 2), 0, out=a)
    return inside, outside, [caught(make, 2, out=a) for make in made[:3]], made[3](2, out=a) is a


FLAT = ["lt", "eq", "greater_equal", "logical_and", "logical_xor"]


@each(op=[*FLAT, "logical_not", "isposinf", "signbit"], dtype=["bool", "float32"])
def of_what_has_no_derivative(torch: Any, op: str, dtype: str) -> Any:
    ins = [torch.tensor([1.0, -2.0], requires_grad=True), torch.tensor([1.0, 3.0])][: 2 if op in FLAT else 1]
    into, kind = getattr(torch, op), getattr(torch, dtype)
    out, longer, both = torch.empty(2, dtype=kind), torch.empty(3, dtype=kind), torch.ones(4, dtype=kind)
    said = [caught(lambda target=target: into(*ins, out=target)) for target in (out, longer, both[:2])]
    if op in ("isposinf", "signbit"):
        return said, out._version, both
    leaf, node = torch.ones(2, requires_grad=True), ins[0] * 2
    return said, out._version, both, into(*ins, out=leaf), into(*ins, out=node), node.grad_fn.name(), out.is_leaf


@each(op=["floor_divide", "heaviside"])
def of_what_raises_backward(torch: Any, op: str) -> Any:
    x, y, into = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([1.0, 3.0]), getattr(torch, op)
    out, longer, both = torch.empty(2), torch.empty(3), torch.ones(4)
    said = [into(x, y, out=out), into(y, x, out=longer), into(x, y, out=both[:2]), out.grad_fn.name(), both]
    with torch.no_grad():
        said.append(into(x, y, out=torch.ones(2, requires_grad=True)))
    return said, caught(lambda: out.sum().backward()), caught(lambda: into(y, y, out=torch.ones(2, requires_grad=True)))


@each(op=["lt", "logical_not", "floor_divide", "heaviside"], dual=["operand", "out"])
def of_tangents(torch: Any, op: str, dual: str) -> Any:
    forward = torch.autograd.forward_ad
    with forward.dual_level():
        x, y, out = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 3.0]), torch.empty(2)
        if dual == "out":
            out = forward.make_dual(out, torch.ones(2))
        else:
            x = forward.make_dual(x, torch.ones(2))
        return caught(lambda: getattr(torch, op)(*((x,) if op == "logical_not" else (x, y)), out=out))
