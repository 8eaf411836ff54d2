"""dot and matmul, from vectors to broadcast batches."""

from typing import Any

from ..catalogue import close, each
from ..harness import caught
from ..inputs import LAYOUTS, laid_out, tensor

SHAPES = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 2)),
    ((2, 3), (3, 4)),
    ((1, 1), (1, 1)),
    ((5, 2, 3), (3, 4)),
    ((5, 2, 3), (3,)),
    ((3,), (5, 3, 2)),
    ((2, 3), (5, 3, 2)),
    ((5, 2, 3), (5, 3, 4)),
    ((5, 1, 2, 3), (4, 3, 2)),
    ((2, 1, 2, 3), (1, 3, 3, 1)),
    ((0,), (0,)),
    ((2, 0), (0, 3)),
    ((0, 3), (3, 2)),
    ((0, 2, 3), (3, 4)),
    ((2, 3, 0), (2, 0, 2)),
]
MISFITS = [
    ((3,), (4,)),
    ((2, 3), (2,)),
    ((2, 3), (4, 3)),
    ((2,), (3, 2)),
    ((), (3,)),
    ((2, 2), ()),
    ((5, 2, 3), (4, 3, 2)),
    ((5, 2, 3), (5, 4, 2)),
    ((2, 3), (5, 4, 2)),
]


@close()
@each(shapes=SHAPES, dtype=["float32", "float64", "int64"])
def matmul_of(torch: Any, shapes: tuple[tuple[int, ...], ...], dtype: str) -> Any:
    a, b = tensor(torch, shapes[0], 1, dtype), tensor(torch, shapes[1], 2, dtype)
    return torch.matmul(a, b), (a @ b) == a.matmul(b)


@each(shapes=SHAPES)
def matmul_of_small_integers_is_exact(torch: Any, shapes: tuple[tuple[int, ...], ...]) -> Any:
    a, b = (tensor(torch, shape, 3, "int64") for shape in shapes)
    return (a.float() @ b.float()).double() == (a @ b), a.double() @ b.double()


@each(shapes=MISFITS, op=["matmul", "dot"])
def misfits(torch: Any, shapes: tuple[tuple[int, ...], ...], op: str) -> Any:
    return getattr(torch, op)(torch.ones(shapes[0]), torch.ones(shapes[1]))


@close()
@each(left=LAYOUTS, right=LAYOUTS)
def matmul_of_layouts(torch: Any, left: str, right: str) -> Any:
    return torch.matmul(laid_out(torch, left, 4), laid_out(torch, right, 5).t())


@close(rtol=1e-5, atol=1e-4)
@each(n=[4, 15, 16, 17, 33, 64, 100])
def matmul_of_sizes(torch: Any, n: int) -> Any:
    product = tensor(torch, (n, n), 6) @ tensor(torch, (n, n), 7)
    return product.sum(0), product[0], product[:, -1]


@close()
@each(shapes=[shapes for shapes in SHAPES if len(shapes[0]) < 4 or len(shapes[1]) < 4])
def matmul_gradients(torch: Any, shapes: tuple[tuple[int, ...], ...]) -> Any:
    a, b = (tensor(torch, shape, seed, "float64").requires_grad_() for seed, shape in enumerate(shapes, 8))
    y = a @ b
    y.backward(tensor(torch, tuple(y.shape), 10, "float64"))
    return y, a.grad, b.grad


@close()
@each(left=LAYOUTS, right=["contiguous", "transposed", "expanded"])
def matmul_gradients_of_layouts(torch: Any, left: str, right: str) -> Any:
    a, b = laid_out(torch, left, 11).requires_grad_(), laid_out(torch, right, 12).requires_grad_()
    (a @ b.t()).sum().backward()
    return a.grad, b.grad


@each(side=["left", "right"])
def matmul_one_side_requires(torch: Any, side: str) -> Any:
    a, b = (tensor(torch, (2, 2), seed, "int64").float() for seed in (13, 14))
    (a if side == "left" else b).requires_grad_()
    y = a @ b
    y.sum().backward()
    return y, a.grad, b.grad


@close()
@each(dtype=["float32", "float64", "int64", "complex64"], size=[0, 1, 3, 17, 100])
def dot_of(torch: Any, dtype: str, size: int) -> Any:
    a, b = tensor(torch, (size,), 15, dtype), tensor(torch, (size,), 16, dtype)
    return torch.dot(a, b), a.dot(b)


@close()
def dot_of_stepped(torch: Any) -> Any:
    x = tensor(torch, (12,), 17)
    return torch.dot(x[::2], x[1::2]), torch.dot(x[:6], x[6:]), torch.dot(torch.ones(1).expand(4), x[:4])


@close()
@each(dtype=["float32", "float64"])
def dot_gradients(torch: Any, dtype: str) -> Any:
    a, b = (tensor(torch, (5,), seed, dtype).requires_grad_() for seed in (18, 19))
    y = torch.dot(a, b) * 3
    y.backward()
    return y, a.grad, b.grad


def dot_with_itself(torch: Any) -> Any:
    x = torch.arange(4.0, requires_grad=True)
    y = torch.dot(x, x)
    y.backward()
    return y, x.grad


def refuses(torch: Any) -> Any:
    x = torch.ones(2)
    return [
        caught(torch.dot, x, torch.ones(2, dtype=torch.float64)),
        caught(torch.dot, x, torch.ones(2, dtype=torch.int64)),
        caught(torch.dot, x, 3),
        caught(torch.dot, x),
        caught(torch.dot, torch.ones(2, 2), x),
        caught(torch.matmul, x, x.double()),
        caught(torch.matmul, torch.ones(2, 2), torch.ones(2, 2).double()),
        caught(torch.matmul, torch.ones(2, 2), torch.ones(2, 2, dtype=torch.int64)),
        caught(torch.matmul, x, "a"),
        caught(lambda: x @ 3),
        caught(lambda: 3 @ x),
        caught(torch.matmul, torch.tensor([True]), torch.tensor([True])),
    ]


def matrix_product_in_place_operator(torch: Any) -> Any:
    x = torch.ones(2, 2)
    before = x
    x @= torch.ones(2, 2)
    return x, before, x is before


@close()
def network(torch: Any) -> Any:
    x, y = tensor(torch, (8, 3), 20), tensor(torch, (8, 1), 21)
    w1, b1 = tensor(torch, (3, 5), 22).requires_grad_(), torch.zeros(5, requires_grad=True)
    w2, b2 = tensor(torch, (5, 1), 23).requires_grad_(), torch.zeros(1, requires_grad=True)
    losses = []
    for _ in range(5):
        loss = ((torch.relu(x @ w1 + b1) @ w2 + b2 - y) ** 2).mean()
        loss.backward()
        losses.append(loss.detach())
        with torch.no_grad():
            for parameter in (w1, b1, w2, b2):
                parameter -= 0.01 * parameter.grad
                parameter.grad.zero_()
    return losses, w1, b1, w2, b2
