"""backward(): its parameters, what it frees, and what it refuses."""

from typing import Any

from ..catalogue import close, each
from ..harness import caught
from ..inputs import tensor

OPS: dict[str, Any] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "pow": lambda x, y: x**y,
    "rsub": lambda x, y: 1 - x + (3 - y),
    "rdiv": lambda x, y: 2 / x + 1 / y,
    "rpow": lambda x, y: 2**x + 1.5**y,
    "square": lambda x, y: x**2 + y**3,
    "half": lambda x, y: x**0.5 * y**-1,
    "exp": lambda x, y: (x * y).exp(),
    "neg": lambda x, y: -x * -y,
    "relu": lambda x, y: (x - 1).relu() * y,
    "where": lambda x, y: x.where(x > y, y),
    "matmul": lambda x, y: x @ y,
    "sum": lambda x, y: x.sum() * y + x.sum(0),
    "mean": lambda x, y: x.mean() * y + y.mean(1),
    "max": lambda x, y: x.max() * y + y.max(0).values,
    "norm": lambda x, y: x.norm() * y,
    "index": lambda x, y: x[0] * y[:, 1],
    "scalars": lambda x, y: 2 * x + y * 3 - 1 + x / 4 - 5,
}


@close()
@each(op=list(OPS), dtype=["float32", "float64"])
def operators(torch: Any, op: str, dtype: str) -> Any:
    x = tensor(torch, (3, 3), 1, dtype, 0.5).requires_grad_()
    y = tensor(torch, (3, 3), 2, dtype, 0.5).requires_grad_()
    z = OPS[op](x, y)
    z.backward(tensor(torch, tuple(z.shape), 3, dtype))
    return z, x.grad, y.grad


@close()
@each(op=list(OPS))
def one_tensor_for_both(torch: Any, op: str) -> Any:
    x = tensor(torch, (3, 3), 4, "float64", 0.5).requires_grad_()
    OPS[op](x, x).sum().backward()
    return x.grad


@each(base=[0.0, 1.0, -2.0, float("inf")], exponent=[0, 1, 2, 0.5, -1])
def power_at_the_edges(torch: Any, base: float, exponent: float) -> Any:
    x = torch.tensor(base, requires_grad=True)
    p = torch.tensor(float(exponent), requires_grad=True)
    (x**exponent).backward()
    fixed, x.grad = x.grad, None
    (x**p).backward()
    return fixed, x.grad, p.grad is None if base == -2.0 else p.grad


def subgradients(torch: Any) -> Any:
    x = torch.tensor([-1.0, 0.0, 2.0], requires_grad=True)
    torch.relu(x).sum().backward()
    return x.grad


@each(shape=[(1,), (1, 1), ()])
def one_element_needs_no_gradient(torch: Any, shape: tuple[int, ...]) -> Any:
    x = torch.ones(shape, requires_grad=True)
    (x * 3).backward()
    return x.grad


def seeds(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    said = []
    for seed in (torch.tensor([1.0, -1.0]), torch.tensor([2.0, 0.5], dtype=torch.float64), torch.ones(1).expand(2)):
        x.grad = None
        (x * x).backward(seed)
        said.append(x.grad)
    x.grad = None
    (x * x).sum().backward(torch.tensor(3.0))
    return said, x.grad


@each(seed=["short", "column", "scalar", "int", "complex", "number", "list", "string", "wide"])
def seeds_refused(torch: Any, seed: str) -> Any:
    y = torch.ones(3, requires_grad=True) * 2
    return y.backward(
        {
            "short": lambda: torch.ones(2),
            "column": lambda: torch.ones(3, 1),
            "scalar": lambda: torch.tensor(1.0),
            "int": lambda: torch.ones(3, dtype=torch.int64),
            "complex": lambda: torch.ones(3, dtype=torch.complex64),
            "number": lambda: 1.0,
            "list": lambda: [1.0, 1.0, 1.0],
            "string": lambda: "a",
            "wide": lambda: torch.ones(1, 3),
        }[seed]()
    )


def refused(torch: Any) -> Any:
    plain, x = torch.ones(2), torch.ones(2, requires_grad=True)
    return [
        caught((x * 2).backward),
        caught(plain.sum().backward),
        caught(plain.backward),
        caught(torch.tensor(1).backward),
        caught((x * (1 + 1j)).sum().backward),
        caught(x.sum().backward, colour=1),
        caught(torch.zeros(0, requires_grad=True).backward),
        caught(torch.autograd.backward, []),
        caught(torch.autograd.backward, "a"),
        caught(torch.autograd.backward, [x.sum(), 3]),
        caught(torch.autograd.backward, [x.sum()], [None, None]),
    ]


def leaf_as_root(torch: Any) -> Any:
    x = torch.tensor(2.0, requires_grad=True)
    x.backward()
    x.backward()
    return x.grad


@each(saves=["mul", "add", "exp", "sum", "pow", "div", "matmul", "relu", "index", "view"])
def twice(torch: Any, saves: str) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = {
        "mul": lambda: (x * x).sum(),
        "add": lambda: (x + 1).sum(),
        "exp": lambda: x.exp().sum(),
        "sum": lambda: x.sum(),
        "pow": lambda: (x**2).sum(),
        "div": lambda: (x / 2).sum(),
        "matmul": lambda: x @ x,
        "relu": lambda: torch.relu(x).sum(),
        "index": lambda: x[[0, 0]].sum(),
        "view": lambda: x.view(1, 2).sum(),
    }[saves]()
    y.backward()
    return caught(y.backward), x.grad


def retained(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward(retain_graph=True)
    y.backward()
    return x.grad, caught(y.backward)


def shared_part_is_freed(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    shared = x * x
    one, other = shared.sum(), (shared * 2).sum()
    one.backward()
    return caught(other.backward), x.grad


def create_graph(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x**3).sum().backward(create_graph=True)
    first = x.grad
    x.grad = None
    first.sum().backward()
    return first, x.grad


def inputs_given(torch: Any) -> Any:
    x, w = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    h = x * w
    h.retain_grad()
    (h * 3).sum().backward(inputs=[w])
    first = (x.grad, w.grad, h.grad)
    (x * w).sum().backward(inputs=x)
    return first, x.grad, w.grad


def inputs_can_be_inner(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    h = x * 2
    (h * h).sum().backward(inputs=[h])
    return h.grad, x.grad


def inputs_refused(torch: Any) -> Any:
    x, plain = torch.ones(2, requires_grad=True), torch.ones(2)

    def call(inputs: Any) -> Any:
        return caught((x * 2).sum().backward, inputs=inputs)

    return [call([]), call(()), call([plain]), call("a"), call([3]), call(None), call([x, x]), x.grad]


def unreached_inputs(torch: Any) -> Any:
    x, other = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    (x * 2).sum().backward(inputs=[x, other])
    return x.grad, other.grad


def many_roots(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    a, b = x * 2, (x * x).sum()
    torch.autograd.backward([a, b], [torch.ones(2), None])
    first = x.grad.clone()
    torch.autograd.backward((x * 2).sum())
    torch.autograd.backward([(x * 2).sum()] * 2, retain_graph=False)
    return first, x.grad


def the_same_root_twice(torch: Any) -> Any:
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    torch.autograd.backward([y, y])
    return x.grad


def positional_and_keyword(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x * x
    y.backward(torch.ones(2), True)
    y.backward(gradient=torch.ones(2), retain_graph=True, create_graph=False)
    y.backward(torch.ones(2), False, False, [x])
    return x.grad, caught(y.backward, torch.ones(2))


def long_chain(torch: Any) -> Any:
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(20000):
        y = y + 1
    y.backward()
    del y
    return x.grad


def wide_fan(torch: Any) -> Any:
    x = torch.tensor(1.0, requires_grad=True)
    total = sum(x * i for i in range(300))
    total.backward()
    return total, x.grad


def diamond(torch: Any) -> Any:
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(60):
        y = y + y
    y.backward()
    return y, x.grad


def inside_no_grad(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = (x * x).sum()
    with torch.no_grad():
        y.backward()
    return x.grad


def a_graph_outlives_its_tensors(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).exp()
    z = y.sum()
    del y
    z.backward()
    return x.grad


@each(recorded=[False, True], retained=[False, True])
def inputs_that_are_results(torch: Any, recorded: bool, retained: bool) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    h = x * 2
    if retained:
        h.retain_grad()
    y = h.exp().sum()
    said = []
    for inputs in [[h], [h, h], [x, h]]:
        y.backward(inputs=inputs, retain_graph=True, create_graph=recorded)
        said.append((h.grad.detach().clone(), x.grad, h.retains_grad))
    y.backward(retain_graph=True)
    return said, h.grad.detach(), x.grad.detach()


def inputs_before_one_that_is_refused(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    h = x * 2
    return caught(lambda: h.sum().backward(inputs=[h, torch.ones(2)])), h.retains_grad, h.grad


def inputs_that_are_results_and_hooks(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    h = x * x
    told: list[Any] = []
    h.register_hook(lambda g: told.append(("tensor", h.grad)))
    h.grad_fn.register_prehook(lambda g: told.append(("before", h.grad)))
    h.grad_fn.register_hook(lambda given, got: told.append(("after", h.grad, got)))
    (h * 3).sum().backward(inputs=[h])
    return told, h.grad, x.grad, caught(lambda: h.sum().backward())


@each(recorded=[False, True])
def a_retained_gradient_grows_beside_the_one_before(torch: Any, recorded: bool) -> Any:
    x = torch.ones(2, requires_grad=True)
    h = x * 2
    h.retain_grad()
    y = h.exp().sum()
    y.backward(retain_graph=True, create_graph=recorded)
    first = h.grad
    y.backward(retain_graph=True, create_graph=recorded)
    said = first is h.grad, first.detach(), h.grad.detach(), first._version, h.grad._version
    h.grad = given = torch.ones(2)
    y.backward()
    return said, given is h.grad, given, h.grad
