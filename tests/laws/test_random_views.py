"""Random programs that keep their views and write through them agree with a scalar tape, in both modes."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tape import Number, sweep

import wengert as torch

TERMS = [0.5, -0.75, 1.25, -0.25]
ALONG = [0.3, -0.6, 0.2, 0.9]
KINDS = ["new", "mul", "exp", "half", "flip rows", "column", "row", "add to", "scale", "write", "fill"]
steps = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 11), st.integers(0, 11)), min_size=2, max_size=14)

# What is a view of a matrix or a vector, on tensors and on the places of the scalars.
VIEWS = {
    "half": (lambda x: x[1:] if len(x) > 1 else x, lambda p: p[1:] if len(p) > 1 else p),
    "flip rows": (lambda x: x.t(), lambda p: [list(r) for r in zip(*p, strict=True)] if isinstance(p[0], list) else p),
    "column": (lambda x: x.select(-1, 0), lambda p: [r[0] for r in p] if isinstance(p[0], list) else p[0]),
    "row": (lambda x: x[0], lambda p: p[0]),
}


def places(p: Any) -> list[int]:
    return [q for r in p for q in places(r)] if isinstance(p, list) else [p]


def run(program: Any, x: Any) -> Any:
    """Tensors: every view lives on, and a value is copied only where a rule would have to save it."""
    made = [(x * 1).view(2, 2)]
    for what, i, j in program:
        a, b = made[i % len(made)], made[j % len(made)]
        if what in VIEWS:
            made.append(VIEWS[what][0](a) if a.dim() else a)
        elif what == "new":
            made.append(x.view(2, 2) * 0.5 + b.sum())
        elif what == "mul":
            made.append(a.clone() * (b.clone().sum() * 0.25))
        elif what == "exp":
            made.append((a * 0.125).exp().clone())
        elif what == "add to":
            a += b.sum() * 0.5
        elif what == "scale":
            a *= -0.5
        elif what == "write":
            a.copy_(b.clone().sum() * 0.25)
        else:
            a.fill_(0.75)
    return sum((m.sum() for m in made[1:]), made[0].sum())


def run_numbers(program: Any) -> tuple[float, list[float]]:
    x = [Number(t) for t in TERMS]
    memory = list(x)
    made: list[Any] = [[[0, 1], [2, 3]]]

    def total(p: Any) -> Number:
        value = Number(0.0)
        for q in places(p):
            value = value + memory[q]
        return value

    def fresh(like: Any, numbers: list[Number]) -> Any:
        memory.extend(numbers)
        start = iter(range(len(memory) - len(numbers), len(memory)))

        def shaped(p: Any) -> Any:
            return [shaped(r) for r in p] if isinstance(p, list) else next(start)

        return shaped(like)

    made[0] = fresh(made[0], list(x))
    for what, i, j in program:
        a, b = made[i % len(made)], made[j % len(made)]
        if what in VIEWS:
            made.append(VIEWS[what][1](a) if isinstance(a, list) else a)
        elif what == "new":
            more = total(b)
            made.append(fresh([[0, 0], [0, 0]], [n.scaled(0.5) + more for n in x]))
        elif what == "mul":
            factor = total(b).scaled(0.25)
            made.append(fresh(a, [memory[q] * factor for q in places(a)]))
        elif what == "exp":
            made.append(fresh(a, [memory[q].scaled(0.125).exp() for q in places(a)]))
        else:
            value = total(b)
            for q in places(a):
                memory[q] = {
                    "add to": lambda n: n + value.scaled(0.5),  # noqa: B023
                    "scale": lambda n: n.scaled(-0.5),
                    "write": lambda _: value.scaled(0.25),  # noqa: B023
                    "fill": lambda _: Number(0.75),
                }[what](memory[q])
    root = Number(0.0)
    for p in made:
        root = root + total(p)
    sweep(root)
    return root.value, [n.gradient for n in x]


def agree(a: float, b: float, scale: float) -> bool:
    return a == b or abs(a - b) <= 1e-11 * max(1.0, scale, abs(a), abs(b))


@settings(max_examples=200, derandomize=True, deadline=None)
@given(steps)
def test_a_program_of_views_has_the_scalar_tapes_gradient_and_tangent(program: Any) -> None:
    try:
        wanted, slopes = run_numbers(program)
    except OverflowError:
        return
    if not max(abs(wanted), *map(abs, slopes)) < 1e100:
        return
    x = torch.tensor(TERMS, dtype=torch.float64, requires_grad=True)
    value = run(program, x)
    got = torch.autograd.grad(value, x)[0].tolist()
    scale = max(map(abs, slopes))
    assert agree(value.item(), wanted, scale)
    assert all(agree(p, q, scale) for p, q in zip(got, slopes, strict=True)), (got, slopes)
    _, tangent = torch.func.jvp(lambda p: run(program, p), (x.detach(),), (torch.tensor(ALONG, dtype=torch.float64),))
    along = sum(p * q for p, q in zip(slopes, ALONG, strict=True))
    assert agree(tangent.item(), along, scale), (tangent.item(), along)
