"""The same work at every size: the time of an element from 1 to 16M of them, of a node in chains of 10 to a million."""

from dataclasses import replace

from .loops import chain
from .workload import Code, Workload

SIZES = tuple(1 << power for power in range(25))
LENGTHS = tuple(10**power for power in range(1, 7))


def _operator(name: str, torch: str, numpy: str, size: int) -> Workload:
    sample = f".reshape(-1)[::{max(1, size // 1000)}]"
    made = f"np.linspace(0.5, 2, {size}, dtype=np.float32)"
    return Workload(
        f"{name}@{size}",
        f"{torch}, {size} floats",
        {
            "torch": Code(f"x = torch.linspace(0.5, 2, {size})\n{torch}", torch, f"({torch}){sample}"),
            "numpy": Code(f"x = {made}\n{numpy}", numpy, f"({numpy}){sample}"),
        },
        per=size,
    )


def _gradient(size: int) -> Workload:
    """NumPy has no such notion."""
    made = f"""
x, y = torch.linspace(0.5, 2, {size}, requires_grad=True), torch.linspace(1, 3, {size})
(x * y).sum().backward()
"""
    turn = "x.grad.zero_(); (x * y).sum().backward()"
    gives = f"x.grad.reshape(-1)[::{max(1, size // 1000)}]"
    return Workload(f"gradient@{size}", f"{turn}, {size} floats", {"torch": Code(made, turn, gives)}, per=size)


def _chain(length: int) -> Workload:
    known = chain(length)
    return Workload(f"chain@{length}", known.title, {"torch": replace(known.codes["torch"], primal="")}, per=length)


# Curves by name: what is computed, and its workload at each size.
GROWTH: dict[str, tuple[str, dict[int, Workload]]] = {
    "add": ("x + x", {size: _operator("add", "x + x", "x + x", size) for size in SIZES}),
    "exp": ("x.exp()", {size: _operator("exp", "x.exp()", "np.exp(x)", size) for size in SIZES}),
    "sum": ("x.sum()", {size: _operator("sum", "x.sum()", "x.sum()", size) for size in SIZES}),
    "gradient": ("(x * y).sum() and its gradient", {size: _gradient(size) for size in SIZES}),
    "chain": ("a chain of y * w + x and its gradient", {length: _chain(length) for length in LENGTHS}),
}
