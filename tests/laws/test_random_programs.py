"""Random programs of operators, views and writes through them agree with a scalar tape that knows none of those."""

from hypothesis import given, settings
from hypothesis import strategies as st
from tape import Number, sweep

import wengert as torch

N = 4
TERMS = [0.5, -0.75, 1.25, -0.25]

# A step: what to do, and two places among the vectors made so far (modulo their number).
steps = st.lists(
    st.tuples(
        st.sampled_from(["add", "mul", "exp", "scale", "sum", "flip", "write", "write part", "write through flip"]),
        st.integers(0, 7),
        st.integers(0, 7),
    ),
    min_size=1,
    max_size=12,
)


def run_tensors(program: list[tuple[str, int, int]]) -> tuple[float, list[float]]:
    x = torch.tensor(TERMS, dtype=torch.float64, requires_grad=True)
    made = [x * 1]
    for what, i, j in program:
        a, b = made[i % len(made)], made[j % len(made)]
        if what == "add":
            made.append(a + b)
        elif what == "mul":
            made.append(a * b * 0.5)
        elif what == "exp":
            made.append((a * 0.125).exp())
        elif what == "scale":
            made.append(a * -0.5)
        elif what == "sum":
            made.append(a.sum() + b)
        elif what == "flip":
            made.append(torch.stack([a[3], a[2], a[1], a[0]]))
        elif what == "write":
            a += (b * 0.5).clone()
        elif what == "write part":
            a[1:3] *= b[0] * 1
        else:
            rows = a.view(2, 2)
            rows.t()[0] = rows[1] + b[:2] * 1
        # A value as it is now: the program must not need what a write took away.
        made = [m.clone() for m in made]
    total = sum((m.sum() for m in made[1:]), made[0].sum())
    total.backward()
    return total.item(), x.grad.tolist()


def run_numbers(program: list[tuple[str, int, int]]) -> tuple[float, list[float]]:
    x = [Number(t) for t in TERMS]
    made = [list(x)]
    for what, i, j in program:
        a, b = made[i % len(made)], made[j % len(made)]
        if what == "add":
            made.append([p + q for p, q in zip(a, b, strict=True)])
        elif what == "mul":
            made.append([(p * q).scaled(0.5) for p, q in zip(a, b, strict=True)])
        elif what == "exp":
            made.append([p.scaled(0.125).exp() for p in a])
        elif what == "scale":
            made.append([p.scaled(-0.5) for p in a])
        elif what == "sum":
            made.append([a[0] + a[1] + a[2] + a[3] + q for q in b])
        elif what == "flip":
            made.append(a[::-1])
        elif what == "write":
            a[:] = [p + q.scaled(0.5) for p, q in zip(a, list(b), strict=True)]
        elif what == "write part":
            factor = b[0]
            a[1:3] = [p * factor for p in a[1:3]]
        else:
            # The rows are (0, 1) and (2, 3); the first column is 0 and 2.
            a[0], a[2] = a[2] + b[0], a[3] + b[1]
    total = Number(0.0)
    for vector in made:
        for number in vector:
            total = total + number
    sweep(total)
    return total.value, [n.gradient for n in x]


def agree(a: float, b: float) -> bool:
    return a == b or abs(a - b) <= 1e-11 * max(1.0, abs(a), abs(b))


@settings(max_examples=120, derandomize=True, deadline=None)
@given(steps)
def test_a_random_program_has_the_scalar_tapes_value_and_gradient(program: list[tuple[str, int, int]]) -> None:
    try:
        wanted, slopes = run_numbers(program)
    except OverflowError:
        return
    if not abs(wanted) < 1e100:
        return
    value, got = run_tensors(program)
    assert agree(value, wanted), (value, wanted)
    assert all(agree(p, q) for p, q in zip(got, slopes, strict=True)), (got, slopes)
