"""Steady loops on tiny tensors: what the library itself costs."""

from .workload import Code, Workload

WORKED_EXAMPLE = Workload(
    "worked-example",
    "y = 2 * dot(x, x), backward",
    {
        "torch": Code(
            """
            x = torch.arange(4.0, requires_grad=True)
            y = 2 * torch.dot(x, x)
            y.backward()
            """,
            "x.grad.zero_(); y = 2 * torch.dot(x, x); y.backward()",
        ),
        "jax": Code(
            """
            x = jnp.arange(4.0)
            f = jax.jit(jax.value_and_grad(lambda x: 2 * jnp.dot(x, x)))
            jax.block_until_ready(f(x))
            """,
            "y, g = f(x); g.block_until_ready()",
        ),
        "numpy": Code("x = np.arange(4, dtype=np.float32)", "y = 2 * np.dot(x, x); g = 4 * x"),
    },
    wanted={"torch": 50, "jax": 8},
)

SUM_LOOP = Workload(
    "sum",
    "x.sum(), backward",
    {
        "torch": Code(
            """
            x = torch.arange(4.0, requires_grad=True)
            x.sum().backward()
            """,
            "x.grad.zero_(); x.sum().backward()",
        ),
        "jax": Code(
            """
            x = jnp.arange(4.0)
            f = jax.jit(jax.value_and_grad(jnp.sum))
            jax.block_until_ready(f(x))
            """,
            "y, g = f(x); g.block_until_ready()",
        ),
        "numpy": Code("x = np.arange(4, dtype=np.float32)", "y = x.sum(); g = np.ones_like(x)"),
    },
)

_CHAIN = """
y = x
for _ in range(500):
    y = y * w + x
"""

CHAIN = Workload(
    "chain",
    "1000 scalar nodes, forward + backward, a node",
    {
        "torch": Code(
            """
            x = torch.tensor(0.5, requires_grad=True)
            w = torch.tensor(0.25, requires_grad=True)
            (x * w).backward()
            """,
            "x.grad.zero_(); w.grad.zero_()" + _CHAIN + "y.backward()",
        ),
        # Unrolled, as the other code is: the compiler sees the same thousand operations.
        "jax": Code(
            """
            def chain(x, w):
                y = x
                for _ in range(500):
                    y = y * w + x
                return y

            x, w = jnp.float32(0.5), jnp.float32(0.25)
            f = jax.jit(jax.value_and_grad(chain, argnums=(0, 1)))
            jax.block_until_ready(f(x, w))
            """,
            "y, g = f(x, w); jax.block_until_ready(g)",
        ),
        "numpy": Code(
            "x, w = np.float32(0.5), np.float32(0.25)",
            """
            ys = [x]
            for _ in range(500):
                ys.append(ys[-1] * w + x)
            g, gx, gw = np.float32(1.0), np.float32(0.0), np.float32(0.0)
            for y in reversed(ys[:-1]):
                gx = gx + g
                gw = gw + g * y
                g = g * w
            gx = gx + g
            """,
        ),
    },
    per=1000,
    wanted={"torch": 25},
)
