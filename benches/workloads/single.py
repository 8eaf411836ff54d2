"""Single operators on four floats or one: the cost of a call."""

from .workload import Code, Workload

_LEAVES = "a, b = torch.arange(4.0{0}), torch.ones(4{0})"

ADD = Workload(
    "add",
    "a + b, 4 floats",
    {
        "torch": Code(_LEAVES.format(""), "a + b", "a + b"),
        "jax": Code(
            """
            a, b = jnp.arange(4.0), jnp.ones(4)
            f = jax.jit(lambda a, b: a + b)
            f(a, b).block_until_ready()
            """,
            "f(a, b).block_until_ready()",
            "f(a, b)",
        ),
        "numpy": Code("a, b = np.arange(4, dtype=np.float32), np.ones(4, dtype=np.float32)", "a + b", "a + b"),
    },
    wanted={"torch": 14, "numpy": 3.5},
)

# Only a library that records has this one: JAX traces once, NumPy never.
ADD_RECORDED = Workload(
    "add-recorded",
    "a + b, recorded",
    {"torch": Code(_LEAVES.format(", requires_grad=True"), "a + b", "a + b")},
    wanted={"torch": 18},
)

TIMES_TWO = Workload(
    "times-two",
    "a * 2.0, a 0-d tensor",
    {
        "torch": Code("a = torch.tensor(3.0)", "a * 2.0", "a * 2.0"),
        "jax": Code(
            """
            a = jnp.float32(3.0)
            f = jax.jit(lambda a: a * 2.0)
            f(a).block_until_ready()
            """,
            "f(a).block_until_ready()",
            "f(a)",
        ),
        # A 0-d array, as the others are; of one, NumPy makes a scalar.
        "numpy": Code("a = np.array(3.0, dtype=np.float32)", "a * 2.0", "a * 2.0"),
    },
    wanted={"torch": 25},
)

# JAX and NumPy have nothing to detach from.
ITEM = Workload(
    "item",
    "a.detach().item()",
    {
        "torch": Code("a = torch.tensor(3.0, requires_grad=True)", "a.detach().item()", "a.detach().item()"),
        "jax": Code("a = jnp.float32(3.0)", "a.item()", "a.item()"),
        "numpy": Code("a = np.array(3.0, dtype=np.float32)", "a.item()", "a.item()"),
    },
    wanted={"torch": 5},
)
