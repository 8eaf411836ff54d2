"""Steady loops on tiny tensors: what the library itself costs. The first one on millions of floats too."""

from .workload import Code, Workload


def worked_example(name: str, title: str, made: dict[str, str], sample: str, wanted: dict[str, float]) -> Workload:
    """The textbook's first function of an `x` that `made` makes, by dialect; a `sample` of its gradient is compared."""
    return Workload(
        name,
        title,
        {
            "torch": Code(
                made["torch"] + "\ny = 2 * torch.dot(x, x)\ny.backward()\np = x.detach()",
                "x.grad.zero_(); y = 2 * torch.dot(x, x); y.backward()",
                f"(y, x.grad{sample})",
                primal="2 * torch.dot(p, p)",
            ),
            "jax": Code(
                made["jax"]
                + "\nf = jax.jit(jax.value_and_grad(lambda x: 2 * jnp.dot(x, x)))\njax.block_until_ready(f(x))",
                "y, g = f(x); g.block_until_ready()",
                f"(y, g{sample})",
            ),
            "numpy": Code(made["numpy"], "y = 2 * np.dot(x, x); g = 4 * x", f"(y, g{sample})"),
        },
        wanted=wanted,
    )


WORKED_EXAMPLE = worked_example(
    "worked-example",
    "y = 2 * dot(x, x), backward",
    {
        "torch": "x = torch.arange(4.0, requires_grad=True)",
        "jax": "x = jnp.arange(4.0)",
        "numpy": "x = np.arange(4, dtype=np.float32)",
    },
    "",
    {"torch": 70, "jax": 15},
)

SUM_LOOP = Workload(
    "sum",
    "x.sum(), backward",
    {
        "torch": Code(
            """
            x = torch.arange(4.0, requires_grad=True)
            x.sum().backward()
            p = x.detach()
            """,
            "x.grad.zero_(); x.sum().backward()",
            "x.grad",
            primal="p.sum()",
        ),
        "jax": Code(
            """
            x = jnp.arange(4.0)
            f = jax.jit(jax.value_and_grad(jnp.sum))
            jax.block_until_ready(f(x))
            """,
            "y, g = f(x); g.block_until_ready()",
            "g",
        ),
        "numpy": Code("x = np.arange(4, dtype=np.float32)", "y = x.sum(); g = np.ones_like(x)", "g"),
    },
    wanted={"torch": 45, "jax": 12},
)


def chain(nodes: int) -> Workload:
    """Scalars `y = y * w + x`, two nodes a turn of a Python loop."""
    forward = """
y = {0}
for _ in range({2}):
    y = y * {1} + {0}
"""
    return Workload(
        "chain" if nodes == 1000 else f"chain-{nodes}",
        f"{nodes} scalar nodes, forward + backward, a node",
        {
            "torch": Code(
                """
                x = torch.tensor(0.5, requires_grad=True)
                w = torch.tensor(0.25, requires_grad=True)
                (x * w).backward()
                p, q = x.detach(), w.detach()
                """,
                "x.grad.zero_(); w.grad.zero_()" + forward.format("x", "w", nodes // 2) + "y.backward()",
                "(y, x.grad, w.grad)",
                primal=forward.format("p", "q", nodes // 2),
            ),
            # Unrolled, as the other code is: the compiler sees the same operations.
            "jax": Code(
                f"""
                def chain(x, w):
                    y = x
                    for _ in range({nodes // 2}):
                        y = y * w + x
                    return y

                x, w = jnp.float32(0.5), jnp.float32(0.25)
                f = jax.jit(jax.value_and_grad(chain, argnums=(0, 1)))
                jax.block_until_ready(f(x, w))
                """,
                "y, g = f(x, w); jax.block_until_ready(g)",
                "(y, *g)",
            ),
            "numpy": Code(
                "x, w = np.float32(0.5), np.float32(0.25)",
                f"""
                ys = [x]
                for _ in range({nodes // 2}):
                    ys.append(ys[-1] * w + x)
                g, gx, gw = np.float32(1.0), np.float32(0.0), np.float32(0.0)
                for y in reversed(ys[:-1]):
                    gx = gx + g
                    gw = gw + g * y
                    g = g * w
                gx = gx + g
                """,
                "(ys[-1], gx, gw)",
            ),
        },
        per=nodes,
        wanted={"torch": 30},
    )


CHAIN = chain(1000)
