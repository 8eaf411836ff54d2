"""addmm and its kin, outer, inner, vdot, cross, kron, matrix_power, chain_matmul, tensordot and einsum."""

from typing import Any

from ..catalogue import close, each
from ..harness import caught, graph
from ..inputs import LAYOUTS, laid_out, tensor

NAN = float("nan")

# The shapes of a call's operands: what is added, and the factors.
ADDED = {
    "addmm": [
        ((2, 4), (2, 3), (3, 4)),
        ((4,), (2, 3), (3, 4)),
        ((2, 1), (2, 3), (3, 4)),
        ((), (2, 0), (0, 4)),
        ((0, 4), (0, 3), (3, 4)),
    ],
    "addmv": [((2,), (2, 3), (3,)), ((1,), (2, 3), (3,)), ((), (2, 3), (3,)), ((2,), (2, 0), (0,))],
    "addr": [((2, 3), (2,), (3,)), ((3,), (2,), (3,)), ((), (2,), (3,)), ((0, 3), (0,), (3,))],
    "baddbmm": [
        ((5, 2, 4), (5, 2, 3), (5, 3, 4)),
        ((4,), (5, 2, 3), (5, 3, 4)),
        ((5, 2, 4), (5, 2, 0), (5, 0, 4)),
        ((0, 2, 4), (0, 2, 3), (0, 3, 4)),
    ],
    "addbmm": [((2, 4), (5, 2, 3), (5, 3, 4)), ((4,), (5, 2, 3), (5, 3, 4)), ((2, 4), (0, 2, 3), (0, 3, 4))],
}
CASES = [(name, shapes) for name, all_shapes in ADDED.items() for shapes in all_shapes]
NAMES = list(ADDED)
IN_PLACE = ["addmm_", "addmv_", "addr_", "baddbmm_", "addbmm_"]


def _operands(
    torch: Any, shapes: tuple[tuple[int, ...], ...], dtype: str = "float64", wants: bool = False
) -> list[Any]:
    made = [tensor(torch, shape, 3 + i, dtype) for i, shape in enumerate(shapes)]
    return [t.requires_grad_() for t in made] if wants else made


# Where terms cancel, another order of the sums (torch's library has one for each processor) shows in the sixth digit.
@close(rtol=1e-5, atol=1e-5)
@each(case=CASES, dtype=["float32", "float64", "complex128", "int64", "int32", "uint8"])
def added(torch: Any, case: tuple[str, Any], dtype: str) -> Any:
    name, shapes = case
    ops = _operands(torch, shapes, dtype)
    f = getattr(torch, name)
    return f(*ops), f(*ops, beta=2, alpha=3), getattr(ops[0], name)(*ops[1:], beta=0, alpha=2), f(*ops, beta=2, alpha=0)


@close(rtol=2e-2, atol=2e-2)
@each(name=NAMES, dtype=["float16", "bfloat16"])
def added_to_half_types(torch: Any, name: str, dtype: str) -> Any:
    ops = [t.to(getattr(torch, dtype)) for t in _operands(torch, ADDED[name][0], "float32")]
    return getattr(torch, name)(*ops).float(), getattr(torch, name)(*ops, beta=0.5, alpha=2).float()


@close()
@each(case=CASES, factors=[(1, 1), (0.5, 2), (0, 1.5)])
def gradients_of_added(torch: Any, case: tuple[str, Any], factors: tuple[float, float]) -> Any:
    name, shapes = case
    ops = _operands(torch, shapes, wants=True)
    y = getattr(torch, name)(*ops, beta=factors[0], alpha=factors[1])
    first = torch.autograd.grad((y * y).sum(), ops, create_graph=True)
    total = sum((g * g).sum() for g in first)
    return graph(y), first, torch.autograd.grad(total, ops, allow_unused=True)


@close()
@each(layout=LAYOUTS, other=LAYOUTS)
def addmm_of_layouts(torch: Any, layout: str, other: str) -> Any:
    a, b = laid_out(torch, layout, 3), laid_out(torch, other, 4)
    if a.dim() != 2 or b.dim() != 2:
        a, b = a.reshape(-1, a.shape[-1]), b.reshape(-1, b.shape[-1])
    a, b = a.detach().requires_grad_(), b.detach().requires_grad_()
    y = torch.addmm(torch.ones(()), a, b.t())
    y.sum().backward()
    return y, a.grad, b.grad, a.grad.stride(), b.grad.stride()


@each(name=NAMES)
def nothing_is_read_for_factors_of_0(torch: Any, name: str) -> Any:
    c, a, b = (torch.ones(shape) for shape in ADDED[name][0])
    f = getattr(torch, name)
    return f(c * NAN, a, b, beta=0), f(c, a * NAN, b, alpha=0), f(c * NAN, a * NAN, b, beta=0, alpha=0)


@close()
@each(name=IN_PLACE)
def added_in_place(torch: Any, name: str) -> Any:
    ops = _operands(torch, ADDED[name.removesuffix("_")][0], wants=True)
    c = ops[0] * 1
    same = getattr(c, name)(*ops[1:], beta=0.5, alpha=2) is c
    c.sum().backward()
    small = torch.ones(1, dtype=torch.float64)
    refused = caught(getattr(small, name), *(t.detach() for t in ops[1:]))
    return (
        same,
        c,
        graph(c),
        [t.grad for t in ops],
        c._version,
        refused,
        small,
        caught(getattr(ops[0], name), *ops[1:]),
    )


@close()
@each(name=NAMES)
def added_to_out(torch: Any, name: str) -> Any:
    ops = _operands(torch, ADDED[name][0])
    f = getattr(torch, name)
    out = torch.empty(0, dtype=torch.float64)
    wants = torch.zeros(ops[0].shape, dtype=torch.float64, requires_grad=True)
    return (
        f(*ops, out=out) is out,
        out,
        caught(f, *ops, out=torch.zeros(ops[0].shape, dtype=torch.int64)),
        caught(f, wants, *ops[1:], out=out),
    )


@each(name=NAMES)
def added_refuses(torch: Any, name: str) -> Any:
    c, a, b = (torch.ones(shape) for shape in ADDED[name][0])
    f = getattr(torch, name)
    calls = [
        (c, a, b[..., :-1] if name == "addr" else b[:-1]),
        (torch.ones(7, 7), a, b),
        (torch.ones(1, 1, 1, 2), a, b),
        (c, a.double(), b),
        (c, a, b.double()),
        (c.double(), a, b),
        (c.bool(), a.bool(), b.bool()),
        (c, torch.ones(()), b),
        (c, a, 2),
        (c, a),
    ]
    whole = [t.long() for t in (c, a, b)]
    return [caught(f, *call) for call in calls] + [
        caught(f, *operands, **{factor: value})
        for operands in ((c, a, b), whole)
        for factor in ("alpha", "beta")
        for value in (1.5, 1j, True, "a")
    ]


@close()
@each(
    name=["outer", "ger", "inner", "vdot", "kron", "cross"], dtype=["float64", "complex128", "int64", "bool", "float16"]
)
def of_two_vectors(torch: Any, name: str, dtype: str) -> Any:
    a, b = tensor(torch, (3,), 1, dtype), tensor(torch, (3,), 2, dtype)
    f = getattr(torch, name)
    out = torch.empty(0, dtype=a.dtype)
    return (
        caught(f, a, b),
        caught(getattr(a, name), b),
        caught(f, a, b, out=out),
        caught(f, a, b.float()),
        caught(f, a, b[:2]),
        caught(f, a),
    )


@close()
@each(name=["outer", "inner", "vdot", "kron", "cross"], dtype=["float64", "complex128"])
def gradients_of_two_vectors(torch: Any, name: str, dtype: str) -> Any:
    a, b = tensor(torch, (3,), 1, dtype).requires_grad_(), tensor(torch, (3,), 2, dtype).requires_grad_()
    y = getattr(torch, name)(a, b)
    first = torch.autograd.grad((y * y).sum().abs(), (a, b), create_graph=True)
    return y, graph(y), first, torch.autograd.grad((first[0] * first[1]).sum().abs(), (a, b))


@close()
@each(shapes=[((2, 3), (3,)), ((2, 3), (5, 3)), ((2, 4, 3), (5, 3)), ((), (2, 3)), ((2, 0), (3, 0)), ((2, 3), (3, 2))])
def inner_of(torch: Any, shapes: tuple[Any, Any]) -> Any:
    a, b = tensor(torch, shapes[0], 1).requires_grad_(), tensor(torch, shapes[1], 2)
    y = torch.inner(a, b)
    return y, graph(y)


@close()
@each(shapes=[((2, 3), (3, 2)), ((2,), (2, 3)), ((), (3,)), ((2, 0), (3, 2)), ((2, 1, 2), (3, 2))])
def kron_of(torch: Any, shapes: tuple[Any, Any]) -> Any:
    a, b = tensor(torch, shapes[0], 1).requires_grad_(), tensor(torch, shapes[1], 2)
    y = torch.kron(a, b)
    return y, graph(y), torch.kron(b, a.detach())


@close()
@each(
    call=[
        ((2, 3), (2, 3), None),
        ((3, 3), (3, 3), None),
        ((3, 3), (3, 3), 1),
        ((3, 3), (3, 3), -1),
        ((2, 3), (1, 3), -1),
        ((1, 3, 2), (2, 3, 1), None),
        ((2, 3), (2, 3), 0),
        ((2, 3), (3,), None),
        ((2,), (2,), None),
        ((2, 3), (2, 3), 2),
        ((3, 1), (1, 3), None),
        ((2, 3), (4, 3), 1),
        ((0, 3), (0, 3), 1),
        ((), (), None),
    ]
)
def cross_of(torch: Any, call: tuple[Any, Any, Any]) -> Any:
    a, b = tensor(torch, call[0], 1, "float64").requires_grad_(), tensor(torch, call[1], 2, "float64").requires_grad_()
    y = torch.cross(a, b, dim=call[2]) if call[2] is not None else a.cross(b)
    y.sum().backward()
    return y, graph(y), a.grad, b.grad, torch.cross(a.detach().half(), b.detach().half(), dim=call[2]).shape


@close()
@each(n=[0, 1, 2, 3, 4, 5, 7, 8], shape=[(3, 3), (2, 3, 3), (0, 0)])
def powers_of_matrices(torch: Any, n: int, shape: tuple[int, ...]) -> Any:
    a = tensor(torch, shape, 1, "float64").requires_grad_()
    y = torch.matrix_power(a, n)
    whole = tensor(torch, shape, 2, "int64")
    return y, graph(y * 1), torch.autograd.grad(y.sum(), a, allow_unused=True), whole.matrix_power(n), y.dtype


def matrix_power_refuses(torch: Any) -> Any:
    f = torch.matrix_power
    out = torch.empty(0)
    return (
        [
            caught(f, torch.ones(3), 2),
            caught(f, torch.ones(2, 3), 2),
            caught(f, torch.ones(2, 2).long(), -1),
            caught(f, torch.ones(2, 2), 1.5),
        ],
        f(torch.ones(2, 2), 3, out=out) is out,
        out,
    )


@close()
@each(
    shapes=[
        ((2, 3),),
        ((2, 3), (3, 4)),
        ((2, 3), (3, 4), (4, 2)),
        ((5, 1), (1, 5), (5, 2)),
        ((2, 3), (3, 9), (9, 1), (1, 4)),
        ((9, 2), (2, 9), (9, 2), (2, 3), (3, 1)),
    ]
)
def chains(torch: Any, shapes: tuple[Any, ...]) -> Any:
    ops = [tensor(torch, s, 1 + i, "float64").requires_grad_() for i, s in enumerate(shapes)]
    y = torch.chain_matmul(*ops)
    return y, graph(y), torch.autograd.grad(y.sum(), ops)


def chain_matmul_refuses(torch: Any) -> Any:
    f, one = torch.chain_matmul, torch.ones(2, 3)
    out = torch.empty(0)
    return (
        [
            caught(f),
            caught(f, torch.ones(3)),
            caught(f, one, torch.ones(2, 3, 4)),
            caught(f, one, one),
            caught(f, one, one.t().double()),
        ],
        f(one, one.t(), out=out) is out,
        out,
    )


DOTS = [
    ((2, 3), (3, 4), 1),
    ((2, 3), (3, 4), 0),
    ((2, 3), (2, 3), 2),
    ((2, 3, 4), (4, 3, 5), ([1, 2], [1, 0])),
    ((2, 3), (3, 4), ([-1], [0])),
    ((2, 1), (3, 4), ([1], [0])),
    ((2, 3), (1, 4), ([1], [0])),
    ((1, 3), (3, 1), 1),
    ((), (2, 3), 0),
    ((0, 3), (3, 2), 1),
    ((2, 3), (3, 4), 3),
    ((2, 3), (3, 4), -1),
    ((2, 3), (2, 3), 1),
    ((2, 3), (3, 4), (1, 0)),
    ((2, 3), (3, 4), ([1],)),
    ((2, 3), (3, 4), ([1], [0, 1])),
    ((3, 3), (3, 3), ([0, 0], [0, 1])),
    ((2, 3), (3, 4), ([2], [0])),
    ((2, 3), (3, 4), "a"),
]


@close()
@each(call=DOTS, dtype=["float64", "int32"])
def tensordots(torch: Any, call: tuple[Any, Any, Any], dtype: str) -> Any:
    a, b = tensor(torch, call[0], 1, dtype), tensor(torch, call[1], 2, dtype)
    if dtype == "float64":
        a.requires_grad_()
    y = torch.tensordot(a, b, call[2])
    return y, graph(y), torch.autograd.grad(y.sum(), a) if dtype == "float64" else None


def tensordot_to_out(torch: Any) -> Any:
    a, b, f = torch.ones(2, 3), torch.ones(3, 4), torch.tensordot
    out = torch.empty(2, 4)
    return (
        f(a, b, 1, out=out) is out,
        out,
        caught(f, a, b, 1, out=torch.zeros(2, 4).long()),
        caught(f, a, b.double(), 1),
        f(a, b, torch.tensor([[1], [0]])),
    )


SUMS = [
    ("ij,jk->ik", (2, 3), (3, 4)),
    ("ij,jk", (2, 3), (3, 4)),
    ("i,i->", (3,), (3,)),
    ("i,j->ij", (3,), (2,)),
    ("ij->ji", (2, 3)),
    ("ij->", (2, 3)),
    ("ij->j", (2, 3)),
    ("bij,bjk->bik", (5, 2, 3), (5, 3, 4)),
    ("...ij,...jk->...ik", (5, 2, 3), (3, 4)),
    ("ij,kl->ijkl", (2, 3), (3, 4)),
    ("i,i->i", (3,), (3,)),
    ("ij,j->i", (2, 3), (3,)),
    ("ij,ij->i", (2, 3), (2, 3)),
    ("ij,ij->", (2, 3), (2, 3)),
    ("i", (3,)),
    ("ij,jk->k", (2, 3), (3, 4)),
    ("...,...->...", (2, 3), (2, 3)),
    ("bA", (2, 3)),
    ("...j,...j->...", (5, 1, 3), (2, 3)),
    ("ij,j->i", (2, 3), (1,)),
    (" i j , j k -> i k ", (2, 3), (3, 4)),
    ("...ij", (5, 2, 3)),
    ("ij->i...", (2, 3)),
    ("...->", (2, 3)),
    ("->", ()),
    (",", (), ()),
    ("ij,...", (2, 3), (3,)),
    ("ij,jk->", (2, 3), (3, 4)),
]


@close()
@each(call=SUMS)
def einsums(torch: Any, call: tuple[Any, ...]) -> Any:
    ops = [tensor(torch, shape, 1 + i, "float64").requires_grad_() for i, shape in enumerate(call[1:])]
    y = torch.einsum(call[0], *ops)
    first = torch.autograd.grad((y * y).sum(), ops, create_graph=True)
    return y, graph(y), first, torch.einsum(call[0], ops)


@close()
@each(
    call=[
        ("ii->i", (3, 3)),
        ("ii", (3, 3)),
        ("iij->j", (3, 3, 2)),
        ("iji->j", (3, 2, 3)),
        ("ii,ij->j", (3, 3), (3, 2)),
        ("ij,jk,kl->il", (2, 3), (3, 4), (4, 2)),
        ("i,ij,j->", (2,), (2, 3), (3,)),
        ("iijj->ij", (2, 2, 3, 3)),
    ]
)
def einsums_by_value(torch: Any, call: tuple[Any, ...]) -> Any:
    ops = [tensor(torch, shape, 1 + i, "float64").requires_grad_() for i, shape in enumerate(call[1:])]
    y = torch.einsum(call[0], *ops)
    return y.contiguous().detach(), [g.contiguous() for g in torch.autograd.grad((y * y).sum(), ops)]


@close()
def einsums_by_numbers(torch: Any) -> Any:
    a, b, c = tensor(torch, (2, 3), 1), tensor(torch, (3, 4), 2), tensor(torch, (5, 2, 3), 3)
    f = torch.einsum
    return (
        f(a, [0, 1], b, [1, 2], [0, 2]),
        f(a, [0, 1], b, [1, 2]),
        f(c, [..., 0, 1], b, [1, 2], [..., 0, 2]),
        f(a, [0, 26]),
        f(a, [0, 1], [1, 0]),
    )


@each(
    call=[
        ("ij,jk->ik", (2, 3)),
        ("ij->ik", (2, 3)),
        ("ij", (3,)),
        ("ijk", (2, 3)),
        ("i1", (2, 3)),
        ("ij,jk->ikk", (2, 3), (3, 4)),
        ("ij->i..", (2, 3)),
        ("i.j", (2, 3)),
        ("...i...", (2, 3)),
        ("ij,ij", (2, 3), (3, 2)),
        ("ii", (2, 3)),
        ("ij-->", (2, 3)),
        ("ij>", (2, 3)),
        ("ij,jk->ik,", (2, 3), (3, 4)),
        ("i,i", (3,), (2,)),
        ("ij->ji->", (2, 3)),
        ("i->ii", (3,)),
        ("i$", (2, 3)),
        ("...ijk", (2, 3)),
        ("ij->......", (2, 3)),
        ("i", (2,), (3,)),
        ("",),
        (1, (2, 3)),
    ]
)
def einsum_refuses(torch: Any, call: tuple[Any, ...]) -> Any:
    return torch.einsum(call[0], *(torch.ones(shape) for shape in call[1:]))


def einsum_refuses_arguments(torch: Any) -> Any:
    a, f = torch.ones(2, 3), torch.einsum
    return [
        caught(f),
        caught(f, a),
        caught(f, "ij"),
        caught(f, a, [0, 52]),
        caught(f, a, [0, -1]),
        caught(f, "ij,jk->ik", a, a.t().double()),
        caught(f, "ij,ij", a, 3),
    ]


@close()
@each(n=[0, 1, 2, 3], batch=[False, True])
def powers_of_what_lies_otherwise(torch: Any, n: int, batch: bool) -> Any:
    x = tensor(torch, (2, 3, 3) if batch else (3, 3), 1)
    node = torch.matrix_power(x.mT.clone().requires_grad_(), n)
    made = [torch.matrix_power(y, n) for y in (x.mT, x.expand(2, *x.shape), x[..., ::2, ::2])]
    return (
        [(y.stride(), y) for y in made],
        graph(node),
        caught(torch.matrix_power, x.mT, n, out=torch.empty(0)).stride(),
    )


@close()
@each(dtype=["float32", "float64", "int64", "bool", "float16"], case=["own rows", "others"])
def added_over_its_own_parts(torch: Any, dtype: str, case: str) -> Any:
    m = tensor(torch, (3, 3), 1).to(getattr(torch, dtype))
    rows = (m[0], m[1])
    factors = rows if case == "own rows" else tuple(row.clone() for row in rows)
    # In place and not, the sum is rounded alike.
    sums = caught(torch.addr, m, *(row.clone() for row in rows))
    made = caught(m.addr_, *factors)
    return made, m if case == "own rows" else torch.equal(sums, m)
