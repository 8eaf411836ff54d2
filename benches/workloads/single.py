"""Single operators on four floats: the cost of a call."""

from .workload import Code, Workload

_LEAVES = "a, b = torch.arange(4.0{0}), torch.ones(4{0})"

ADD = Workload(
    "add",
    "a + b, unrecorded",
    {
        "torch": Code(_LEAVES.format(""), "a + b"),
        "jax": Code(
            """
            a, b = jnp.arange(4.0), jnp.ones(4)
            f = jax.jit(lambda a, b: a + b)
            f(a, b).block_until_ready()
            """,
            "f(a, b).block_until_ready()",
        ),
        "numpy": Code("a, b = np.arange(4, dtype=np.float32), np.ones(4, dtype=np.float32)", "a + b"),
    },
    wanted={"torch": 12},
)

# Only a library that records has this one: JAX traces once, NumPy never.
ADD_RECORDED = Workload(
    "add-recorded",
    "a + b, recorded",
    {"torch": Code(_LEAVES.format(", requires_grad=True"), "a + b")},
    wanted={"torch": 15},
)

TIMES_TWO = Workload(
    "times-two",
    "a * 2.0, unrecorded",
    {
        "torch": Code("a = torch.arange(4.0)", "a * 2.0"),
        "jax": Code(
            """
            a = jnp.arange(4.0)
            f = jax.jit(lambda a: a * 2.0)
            f(a).block_until_ready()
            """,
            "f(a).block_until_ready()",
        ),
        "numpy": Code("a = np.arange(4, dtype=np.float32)", "a * 2.0"),
    },
)
