"""Products of square matrices."""

from .workload import Code, Workload


def product(n: int, **wanted: float) -> Workload:
    """A square product of float32, of numbers of one sign: what nearly cancels is another number in each library."""
    arrays = f"a = np.linspace(0, 1, {n * n}, dtype=np.float32).reshape({n}, {n})\n"
    some = f".reshape(-1)[::{max(1, n * n // 997)}]"
    return Workload(
        f"matmul-{n}",
        f"a @ a, {n}x{n}",
        {
            "torch": Code(f"a = torch.linspace(0, 1, {n * n}).reshape({n}, {n})\na @ a", "a @ a", f"(a @ a){some}"),
            "jax": Code(
                arrays + "a = jnp.asarray(a)\nf = jax.jit(lambda a: a @ a)\nf(a).block_until_ready()",
                "f(a).block_until_ready()",
                f"f(a){some}",
            ),
            "numpy": Code(arrays + "a @ a", "a @ a", f"(a @ a){some}"),
        },
        wanted=wanted,
    )


_ARRAYS = """
a, b, seed = (np.linspace(-1, end, 512 * 512, dtype=np.float32).reshape(512, 512) for end in (1, 2, 3))
"""
_SOME = ".reshape(-1)[::263]"

_WITH_BACKWARD = Workload(
    "matmul-512-backward",
    "a @ b, 512x512, backward",
    {
        "torch": Code(
            """
            a, b, seed = (torch.linspace(-1, end, 512 * 512).reshape(512, 512) for end in (1, 2, 3))
            p, q = a, b
            a, b = a.clone().requires_grad_(True), b.clone().requires_grad_(True)
            (a @ b).backward(seed)
            """,
            "a.grad = b.grad = None; c = a @ b; c.backward(seed)",
            f"(c{_SOME}, a.grad{_SOME}, b.grad{_SOME})",
            primal="p @ q",
        ),
        "jax": Code(
            _ARRAYS
            + """
a, b, seed = map(jnp.asarray, (a, b, seed))

@jax.jit
def f(a, b, seed):
    c, back = jax.vjp(jnp.matmul, a, b)
    return c, *back(seed)

jax.block_until_ready(f(a, b, seed))
""",
            "c, ga, gb = f(a, b, seed); jax.block_until_ready(gb)",
            f"(c{_SOME}, ga{_SOME}, gb{_SOME})",
        ),
        "numpy": Code(_ARRAYS, "c = a @ b; ga = seed @ b.T; gb = a.T @ seed", f"(c{_SOME}, ga{_SOME}, gb{_SOME})"),
    },
    wanted={"torch": 1.05, "numpy": 0.95},
)

PRODUCTS = (
    product(16, torch=5.0),
    product(64, torch=1.2, numpy=0.95),
    product(256, torch=1.05, numpy=0.95),
    product(1024, torch=1.05, numpy=0.95),
    _WITH_BACKWARD,
)
