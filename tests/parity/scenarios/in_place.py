"""add_, mul_, sub_, div_, zero_, fill_, copy_ and the augmented operators, on tensors and on views."""

import operator
from typing import Any

from ..catalogue import close, each
from ..harness import caught, graph
from ..inputs import LAYOUTS, laid_out, tensor

OPS = ["add_", "sub_", "mul_", "div_"]
AUGMENTED = ["iadd", "isub", "imul", "itruediv", "ipow"]


@each(op=OPS, dtype=["float32", "float64", "int64", "bool", "float16"], layout=LAYOUTS)
def binary(torch: Any, op: str, dtype: str, layout: str) -> Any:
    x = laid_out(torch, layout, 1, dtype)
    result = caught(getattr(x, op), laid_out(torch, "transposed", 2, dtype, 0.5))
    return result is x, result, x, x._version


@each(op=OPS, number=[2, 2.5, True, 0])
def number(torch: Any, op: str, number: Any) -> Any:
    x, y = tensor(torch, (4,), 3), torch.tensor([1, 2, 3])
    return caught(getattr(x, op), number), caught(getattr(y, op), number), y, y._version


@close()
@each(op=AUGMENTED, dtype=["float32", "int64", "bool"])
def augmented(torch: Any, op: str, dtype: str) -> Any:
    x = tensor(torch, (4,), 4, dtype, 0.4)
    same = x
    result = caught(getattr(operator, op), x, tensor(torch, (4,), 5, dtype, 0.4))
    other = caught(getattr(operator, op), tensor(torch, (4,), 4, dtype, 0.4), 2)
    return result, same, result is same, other


@each(op=["zero_", "fill_", "copy_"], layout=LAYOUTS, dtype=["float32", "int64", "bool"])
def overwritten(torch: Any, op: str, layout: str, dtype: str) -> Any:
    x = laid_out(torch, layout, 6, dtype)
    source = {"zero_": (), "fill_": (3,), "copy_": (laid_out(torch, "stepped", 7, dtype),)}[op]
    return caught(getattr(x, op), *source), x, x._version


@each(
    target=["float32", "float64", "int64", "bool", "float16", "complex64"],
    source=["float32", "int64", "bool", "complex64"],
)
def copied_between_dtypes(torch: Any, target: str, source: str) -> Any:
    x = torch.zeros(2, 2, dtype=getattr(torch, target))
    return caught(x.copy_, tensor(torch, (2,), 8, source)), x


def fill_values(torch: Any) -> Any:
    x, i = torch.zeros(2), torch.zeros(2, dtype=torch.int64)
    return [
        x.fill_(2).clone(),
        x.fill_(True).clone(),
        x.fill_(torch.tensor(4.5)).clone(),
        caught(x.fill_, torch.ones(1)),
        caught(x.fill_, torch.ones(2)),
        caught(x.fill_, "a"),
        caught(x.fill_),
        caught(x.fill_, 1j),
        caught(i.fill_, 2.7),
        caught(i.fill_, float("nan")),
        caught(i.fill_, 2**63),
        caught(x.fill_, 1e300),
        i.fill_(2**60 + 1),
    ]


@each(op=OPS + ["copy_"])
def refuses(torch: Any, op: str) -> Any:
    x = torch.ones(2)
    verb = getattr(x, op)
    return (
        caught(verb, "a"),
        caught(verb),
        caught(verb, None),
        caught(verb, torch.ones(2), torch.ones(2)),
        caught(verb, [1]),
    )


def result_type_cannot_be_cast(torch: Any) -> Any:
    i, b = torch.tensor([1, 2]), torch.tensor([True])
    return [
        caught(i.add_, 1.5),
        caught(i.mul_, torch.tensor(1.5)),
        caught(i.div_, 2),
        caught(b.add_, 1),
        caught(b.mul_, 2),
        caught(torch.ones(1).add_, 1j),
        i,
        i._version,
        b,
    ]


@each(op=OPS + ["zero_", "fill_", "copy_", "requires_grad_"])
def on_a_leaf(torch: Any, op: str) -> Any:
    x = torch.ones(2, requires_grad=True)
    source = {"zero_": (), "requires_grad_": (), "copy_": (torch.ones(2),)}.get(op, (2.0,))
    said = [
        caught(getattr(x, op), *source),
        caught(getattr(x[:1], op), *(source and (2.0,))) if op != "copy_" else None,
    ]
    with torch.no_grad():
        said.append(caught(getattr(x, op), *source))
    return said, x, x._version


@close()
@each(op=OPS + ["zero_", "fill_", "copy_"])
def gradients(torch: Any, op: str) -> Any:
    x, w = tensor(torch, (3, 4), 9).requires_grad_(), tensor(torch, (4,), 10, low=0.5).requires_grad_()
    y = x * 3
    source = {"zero_": (), "fill_": (w[0],), "copy_": (w,)}.get(op, (w,))
    z = getattr(y, op)(*source)
    z.backward(tensor(torch, (3, 4), 11))
    return z is y, y, graph(y), x.grad, w.grad


def a_plain_tensor_joins_the_graph(torch: Any) -> Any:
    a, b = torch.ones(2), torch.ones(2, requires_grad=True)
    a += b
    a *= b
    was_leaf = a.is_leaf
    a.sum().backward()
    return a, was_leaf, graph(a), b.grad


@each(op=OPS)
def with_itself(torch: Any, op: str) -> Any:
    x = tensor(torch, (3,), 12)
    getattr(x, op)(x)
    y = torch.tensor([2.0, 3.0], requires_grad=True)
    z = y * 1
    getattr(z, op)(z)
    return x, z, caught(z.sum().backward), y.grad


@each(alpha=[2, -0.5])
def scaled(torch: Any, alpha: float) -> Any:
    x = torch.ones(3)
    y = torch.ones(3, requires_grad=True)
    z = (y * 1).add_(y, alpha=alpha).sub_(x, alpha=alpha)
    z.sum().backward()
    return (
        x.add_(torch.arange(3.0), alpha=alpha),
        x.sub_(1, alpha=alpha),
        z,
        y.grad,
        caught(torch.tensor([1]).add_, 1, alpha=0.5),
    )


def views_see_it(torch: Any) -> Any:
    x = torch.arange(6.0)
    row, step, flipped = x.view(2, 3)[1], x[::2], x.view(2, 3).t()
    row.mul_(10)
    flipped[0].zero_()
    step += 1
    return x, row, step, flipped, x._version, row._version


def copy_between_overlapping(torch: Any) -> Any:
    x = torch.arange(5.0)
    return x.copy_(x), x[:2].copy_(x[3:]), x, caught(lambda: x[1:].copy_(x[:-1])), x


def copy_gradients(torch: Any) -> Any:
    x, y = torch.ones(2, 3, requires_grad=True), torch.ones(3, dtype=torch.float64, requires_grad=True)
    z = (x * 2).copy_(y)
    z.sum().backward()
    return z, graph(z), x.grad, y.grad


def number_divided_in_place(torch: Any) -> Any:
    x = torch.tensor([1.0, 4.0])
    return x.div_(2, rounding_mode="floor"), torch.tensor([7, -7]).div_(2, rounding_mode="trunc")


def power_in_place(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    y **= 2
    y.sum().backward()
    return y, graph(y), x.grad


# Parts of one run of 16 elements; those in the second table are not dense, so torch does not look whether they meet.
DENSE: dict[str, Any] = {
    "head": lambda b: b[:4],
    "shifted": lambda b: b[1:5],
    "far": lambda b: b[8:12],
    "whole": lambda b: b[:],
    "square": lambda b: b[:4].view(2, 2),
    "transposed": lambda b: b[:4].view(2, 2).t(),
    "shifted_square": lambda b: b[2:6].view(2, 2),
    "element": lambda b: b[2],
    "one": lambda b: b[:1],
    "none": lambda b: b[:0],
}
SCATTERED: dict[str, Any] = {
    "expanded": lambda b: b[3].expand(4),
    "expanded_square": lambda b: b[3:4].expand(2, 2),
    "stepped": lambda b: b[0:8:2],
    "corner": lambda b: b.view(4, 4)[:2, :2],
}
PARTS = {**DENSE, **SCATTERED}
OVERLAPPING: dict[str, Any] = {
    "add_": lambda t, to, x: to.add_(x),
    "div_": lambda t, to, x: to.div_(x),
    "copy_": lambda t, to, x: to.copy_(x),
    "fill_": lambda t, to, x: to.fill_(x),
    "add_out": lambda t, to, x: t.add(x, x, out=to),
    "neg_out": lambda t, to, x: t.neg(x, out=to),
    "eq_out": lambda t, to, x: t.eq(x, 1, out=to),
    "stack_out": lambda t, to, x: t.stack([x, x], out=to),
}


@each(op=list(OVERLAPPING), to=list(PARTS), dtype=["float32", "int64"])
def overlapping(torch: Any, op: str, to: str, dtype: str) -> Any:
    """Where torch looks whether operands meet, the values agree too; elsewhere they depend on its order of writing."""
    outcomes = []
    for x in PARTS:
        base = torch.arange(16, dtype=getattr(torch, dtype))
        written = PARTS[to](base)
        read = written if to == x and op != "stack_out" else PARTS[x](base)
        said = caught(OVERLAPPING[op], torch, written, read)
        if isinstance(said, torch.Tensor) and (to in SCATTERED or x in SCATTERED):
            outcomes.append((x, "written", tuple(said.shape), base._version))
        else:
            outcomes.append((x, said, base, base._version))
    return outcomes


@each(dtype=["float32", "float64"])
def out_is_resized_where_it_lies(torch: Any, dtype: str) -> Any:
    base = torch.arange(8, dtype=getattr(torch, dtype))
    ones = torch.ones(3, dtype=base.dtype)
    few, many = base[2:4], base[1:]
    torch.add(ones, 1, out=few)
    after = base.clone()
    torch.add(ones[0], torch.ones(20, dtype=base.dtype), out=many)
    return few, after, base, many.shape, many.stride(), few


def writes_with_itself_under_other_names(torch: Any) -> Any:
    said = []
    for other in (lambda x: x, lambda x: x[:], lambda x: x.detach(), lambda x: x.view(2, 1).view(2)):
        x = torch.tensor([2.0, 3.0], requires_grad=True)
        y = x * 1
        y.mul_(other(y))
        said.append((y, caught(y.sum().backward), x.grad))
    return said


FUNCTIONS = """
abs_(x) | acos_(x) | acosh_(x) | addmv_(x, m, x) | arccos_(x) | arccosh_(x) | arcsin_(x) | arcsinh_(x) | arctan_(x)
arctanh_(x) | asin_(x) | asinh_(x) | atan_(x) | atanh_(x) | ceil_(x) | clamp_(x, 0.3) | clamp_(x, max=x * 0.5)
clamp_max_(x, 0.3) | clamp_min_(x, 0.3) | clip_(x, 0, 0.3) | conj_physical_(x) | cos_(x) | cosh_(x) | deg2rad_(x)
erf_(x) | erfc_(x) | exp2_(x) | exp_(x) | expm1_(x) | fix_(x) | floor_(x) | frac_(x) | gcd_(n, n) | lcm_(n, n)
ldexp_(x, n) | log10_(x) | log1p_(x) | log2_(x) | log_(x) | logit_(x, 0.1) | nan_to_num_(x, 1.0) | neg_(x)
negative_(x) | rad2deg_(x) | reciprocal_(x) | relu_(x) | round_(x, decimals=1) | rsqrt_(x) | sigmoid_(x) | sin_(x)
sinc_(x) | sinh_(x) | sqrt_(x) | square_(x) | tan_(x) | tanh_(x)
trunc_(x) | xlogy_(x, 2.0) | xlogy_(x, x)
exp_(input=x) | exp_(3) | exp_() | exp_(x, out=x) | exp_(leaf) | clamp_(x, 1, 2, 3) | exp_(x * 1) | sqrt_(leaf * 2)
"""


@close()
@each(call=[call for line in FUNCTIONS.strip().splitlines() for call in line.split(" | ")])
def by_a_function(torch: Any, call: str) -> Any:
    x, n = torch.tensor([0.25, 0.75]), torch.tensor([4, 6])
    names = {"x": x, "n": n, "m": torch.ones(2, 2), "leaf": torch.ones(2, requires_grad=True)}
    y = caught(eval, "torch." + call, {"torch": torch, **names})
    return y, y is x or y is n, x, n


def functions_that_write(torch: Any) -> Any:
    """Those that torch has, of methods that there are."""
    unbuilt = {"i0_", "resize_as_sparse_"}
    return sorted(
        n for n in dir(torch.Tensor) if n.endswith("_") and n[0] != "_" and hasattr(torch, n) and n not in unbuilt
    )


def by_a_function_that_is_no_method(torch: Any) -> Any:
    x, n = torch.tensor([0.25, 0.75]), torch.tensor([1, 2, 3])
    leaf = torch.ones(2, requires_grad=True)
    y = leaf * torch.tensor([1.0, 3.0])
    torch.threshold_(y, 1.5, 9.0)
    found = [torch.threshold_(x, 0.5, 2.0) is x, x, torch.threshold_(n, 1.5, 9), caught(torch.threshold_, leaf, 0, 1)]
    return found, y.detach(), torch.autograd.grad(y.sum(), leaf), hasattr(x, "threshold_")
