"""torch.where: tensors and numbers on either side, `out=`, and the texts of calls that do not fit."""

from typing import Any

from ..catalogue import each
from ..harness import caught

SIDES: dict[str, Any] = {
    "float": lambda t: t.tensor([1.0, 2.0]),
    "double": lambda t: t.tensor([1.0, 2.0], dtype=t.float64),
    "int": lambda t: t.tensor([3, 4]),
    "bool": lambda t: t.tensor([False, True]),
    "leaf": lambda t: t.tensor([1.0, 2.0], requires_grad=True),
    "scalar": lambda t: t.tensor(5),
    "1": lambda t: 1,
    "1.5": lambda t: 1.5,
    "2j": lambda t: 2j,
    "True": lambda t: True,
    "None": lambda t: None,
    "text": lambda t: "a",
    "list": lambda t: [1, 2],
}
OUTS: dict[str, Any] = {
    "None": lambda t: None,
    "float": lambda t: t.zeros(2),
    "double": lambda t: t.zeros(2, dtype=t.float64),
    "int": lambda t: t.zeros(2, dtype=t.int64),
    "empty": lambda t: t.zeros(0),
    "leaf": lambda t: t.zeros(2, requires_grad=True),
    "number": lambda t: 3,
}


@each(a=list(SIDES), b=list(SIDES))
def sides(torch: Any, a: str, b: str) -> Any:
    mask, one, other = torch.tensor([True, False]), SIDES[a](torch), SIDES[b](torch)
    method = caught(one.where, mask, other) if isinstance(one, torch.Tensor) else None
    return caught(torch.where, mask, one, other), method


@each(a=["float", "int", "leaf", "1", "1.5", "None"], b=["float", "double", "leaf", "2j", "True"], out=list(OUTS))
def into_out(torch: Any, a: str, b: str, out: str) -> Any:
    mask, one, other, into = torch.tensor([True, False]), SIDES[a](torch), SIDES[b](torch), OUTS[out](torch)
    told = caught(torch.where, mask, one, other, out=into)
    return told, into, told is into


@each(condition=list(SIDES), a=["float", "1"])
def conditions(torch: Any, condition: str, a: str) -> Any:
    return caught(torch.where, SIDES[condition](torch), SIDES[a](torch), 1.5)


CALLS: dict[str, Any] = {
    "two": lambda w, c, x: w(c, 1),
    "two_tensors": lambda w, c, x: w(c, x),
    "four": lambda w, c, x: w(c, 1, 2, 3),
    "none": lambda w, c, x: w(),
    "condition_out": lambda w, c, x: w(c, out=x),
    "named": lambda w, c, x: w(condition=c, input=x, other=x + 1),
    "self": lambda w, c, x: w(condition=c, self=x, other=x + 1),
    "self_number": lambda w, c, x: w(condition=c, self=1, other=2),
    "input_number": lambda w, c, x: w(condition=c, input=1, other=2),
    "unknown": lambda w, c, x: w(c, x=1, y=2),
    "other": lambda w, c, x: w(c, 1, other=2),
    "other_of_tensor": lambda w, c, x: w(c, x, other=2),
    "other_and_out": lambda w, c, x: w(c, x, other=2, out=x),
    "dtype": lambda w, c, x: w(c, 1, 2, dtype=x.dtype),
    "alias": lambda w, c, x: w(c, x, x + 1, out=x),
    "alias_and_number": lambda w, c, x: w(c, x, 0, out=x),
    "overlapping_numbers": lambda w, c, x: w(c, 1.0, 0.0, out=x[:1].expand(2)),
    "overlapping": lambda w, c, x: w(c, x, x + 1, out=x[:1].expand(2)),
    "method_out": lambda w, c, x: x.where(c, 2, out=x),
    "method_tensor_out": lambda w, c, x: x.where(c, x, out=x),
    "method_named": lambda w, c, x: x.where(condition=c, other=2),
    "method_alone": lambda w, c, x: x.where(c),
}


@each(call=list(CALLS))
def forms_of_the_call(torch: Any, call: str) -> Any:
    x = torch.tensor([1.0, 2.0])
    return caught(CALLS[call], torch.where, torch.tensor([True, False]), x), x


@each(side=["left", "right"])
def gradients_beside_a_number(torch: Any, side: str) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.where(x > 1, x, 3) if side == "left" else torch.where(x > 1, 3.5, x)
    (y * y).sum().backward()
    return y, x.grad, len(y.grad_fn.next_functions)
