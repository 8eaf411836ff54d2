"""Where products and sums are rounded: a number before or after a tensor of a half type, a wider `out=`, `alpha=`."""

from typing import Any

from ..catalogue import each
from ..inputs import tensor

HALVES = ["float16", "bfloat16"]
NUMBERS = [0.1, 1 / 3, 2.7, -0.7, 1e-3, 7, True]
FORMS = {
    "function": lambda t, x, n: [t.mul(x, n), t.add(x, n), t.sub(x, n), t.div(x, n)],
    "number first": lambda t, x, n: [t.mul(n, x), t.add(n, x), t.div(n, x), t.multiply(n, x), t.true_divide(n, x)],
    "method": lambda t, x, n: [x.mul(n), x.add(n), x.sub(n), x.div(n)],
    "operator": lambda t, x, n: [x * n, x + n, x / n, n * x, n + x, n / x],
    "in place": lambda t, x, n: [x.clone().mul_(n), x.clone().add_(n), x.clone().sub_(n), x.clone().div_(n)],
}


@each(dtype=HALVES, form=list(FORMS))
def numbers_beside_halves(torch: Any, dtype: str, form: str) -> Any:
    x = tensor(torch, (37,), 11, dtype)
    return [FORMS[form](torch, x, number) for number in NUMBERS]


@each(dtype=HALVES, wide=["float32", "float64", "complex64"])
def a_wider_out(torch: Any, dtype: str, wide: str) -> Any:
    x, y = tensor(torch, (37,), 12, dtype), tensor(torch, (37,), 13, dtype)
    numbers = [torch.tensor(1 / 3), torch.tensor(1 / 3, dtype=x.dtype), 0.1, 7]
    said = []
    for other in [y, *numbers]:
        for name in ["mul", "add", "sub", "div"]:
            out = torch.empty(74, dtype=getattr(torch, wide))
            said.append(getattr(torch, name)(x, other, out=out[::2]))
    said += [
        torch.mul(0.1, x, out=torch.empty(37)),
        torch.exp(x, out=torch.empty(37)),
        torch.sqrt(x, out=torch.empty(0)),
    ]
    return said


def a_wider_out_of_single(torch: Any) -> Any:
    x = tensor(torch, (37,), 14)
    out = torch.empty(37, dtype=torch.float64)
    return [torch.mul(x, 0.1, out=out).clone(), torch.mul(x, x, out=out).clone(), torch.add(x, x, alpha=0.3, out=out)]


@each(dtype=["float32", "float64", "complex64", "complex128", "int16"], alpha=[0.3, 1 / 3, 2.7, -0.1, 3])
def alpha(torch: Any, dtype: str, alpha: float) -> Any:
    alpha = int(alpha) if dtype == "int16" else alpha
    said = []
    for shape in [(37,), (5,), (1,), ()]:
        x, y = tensor(torch, shape, 15, dtype), tensor(torch, shape, 16, dtype)
        said += [
            torch.add(x, y, alpha=alpha),
            torch.sub(x, y, alpha=alpha),
            torch.rsub(x, y, alpha=alpha),
            x.clone().add_(y, alpha=alpha),
            x.clone().sub_(y, alpha=alpha),
            torch.add(x, y, alpha=alpha, out=torch.empty(0, dtype=x.dtype)),
        ]
    x, y = tensor(torch, (6, 7), 17, dtype), tensor(torch, (7, 6), 18, dtype)
    return [
        *said,
        torch.add(x, y.t(), alpha=alpha),
        torch.sub(x[::2, ::3], y.t()[::2, ::3], alpha=alpha),
        x.sub(y[:, 0], alpha=alpha),
    ]


@each(dtype=[*HALVES, "float32"])
def alpha_of_two_types(torch: Any, dtype: str) -> Any:
    x, y = tensor(torch, (37,), 19, dtype), tensor(torch, (37,), 20)
    return [
        torch.add(x, y, alpha=0.3),
        torch.sub(x, y, alpha=0.3),
        torch.sub(y, x, alpha=1 / 3),
        y.clone().add_(x, alpha=2.7),
    ]


@each(dtype=[*HALVES, "float32", "float64"], steps=[2, 3, 5, 8, 17, 33, 100])
def steps_of_linspace(torch: Any, dtype: str, steps: int) -> Any:
    smallest = {"float16": 2.0**-24, "bfloat16": 2.0**-133, "float32": 2.0**-149, "float64": 2.0**-1074}[dtype]
    ends = [(-7, 30), (0, 13), (40, -40), (1, 2)]
    between = [(-1.0, 2.7), (0.1, 4.9), (1000.0, 1001.0), (-3.3, -0.3), (0.0, 60000.0)]
    of_ends = [(a * smallest, b * smallest) for a, b in ends] + between
    return [torch.linspace(a, b, steps, dtype=getattr(torch, dtype)) for a, b in of_ends]


@each(dtype=HALVES)
def many_steps_of_linspace(torch: Any, dtype: str) -> Any:
    return [torch.linspace(a, 3.0, 3000, dtype=getattr(torch, dtype)) for a in (0.0, -3.0, 2.9)]
