"""A two-layer network with a square for its nonlinearity: forward, backward and a step of gradient descent.

The rate is 0.0001, so that thousands of turns neither diverge nor fall into subnormal numbers.
"""

from .workload import Code, Workload

_DATA = """
inputs = np.linspace(-1, 1, 32 * 8, dtype=np.float32).reshape(32, 8)
first = np.linspace(-0.5, 0.5, 8 * 16, dtype=np.float32).reshape(8, 16)
second = np.linspace(-0.5, 0.5, 16, dtype=np.float32).reshape(16, 1)
"""

NETWORK = Workload(
    "network",
    "two-layer net 32x8-16-1, a training step",
    {
        "torch": Code(
            """
            inputs = (torch.arange(256.0) * (2 / 255) - 1).reshape(32, 8)
            first = (torch.arange(128.0) * (1 / 127) - 0.5).reshape(8, 16).requires_grad_(True)
            second = (torch.arange(16.0) * (1 / 15) - 0.5).reshape(16, 1).requires_grad_(True)
            (inputs @ first @ second).sum().backward()
            p, q = first.detach(), second.detach()
            """,
            """
            first.grad.zero_()
            second.grad.zero_()
            hidden = inputs @ first
            out = (hidden * hidden) @ second
            loss = (out * out).sum()
            loss.backward()
            with torch.no_grad():
                first.add_(first.grad * -0.0001)
                second.add_(second.grad * -0.0001)
            """,
            "(loss, first, second)",
            primal="hidden = inputs @ p; out = (hidden * hidden) @ q; loss = (out * out).sum()",
        ),
        "jax": Code(
            _DATA
            + """
inputs, first, second = jnp.asarray(inputs), jnp.asarray(first), jnp.asarray(second)

def loss(first, second):
    hidden = inputs @ first
    out = (hidden * hidden) @ second
    return (out * out).sum()

@jax.jit
def step(first, second):
    value, (g1, g2) = jax.value_and_grad(loss, argnums=(0, 1))(first, second)
    return value, first + g1 * -0.0001, second + g2 * -0.0001

jax.block_until_ready(step(first, second))
""",
            "value, first, second = step(first, second); second.block_until_ready()",
            "(value, first, second)",
        ),
        "numpy": Code(
            _DATA,
            """
            hidden = inputs @ first
            squares = hidden * hidden
            out = squares @ second
            loss = (out * out).sum()
            g_out = 2 * out
            g_second = squares.T @ g_out
            g_first = inputs.T @ (g_out @ second.T * (2 * hidden))
            first += g_first * -0.0001
            second += g_second * -0.0001
            """,
            "(loss, first, second)",
        ),
    },
)
