"""Single operators on four million floats, where memory and vector units decide, and products of matrices."""

from .workload import Code, Workload

SIZE = 1 << 22

_ARRAYS = f"""
x = np.linspace(-4, 4, {SIZE}, dtype=np.float32)
y = np.linspace(0.5, 2, {SIZE}, dtype=np.float32)
"""


def _of_many(name: str, title: str, torch: str, numpy: str | None, wanted: float) -> Workload:
    """An operator of `x`, from -4 to 4, and `y`, from 0.5 to 2. JAX gets NumPy's words, or its own."""
    made = f"x, y = torch.linspace(-4, 4, {SIZE}), torch.linspace(0.5, 2, {SIZE})\n"
    words = (numpy or f"jax.nn.{name}(x)").replace("np.", "jnp.")
    codes = {
        "torch": Code(made + torch, torch),
        "jax": Code(
            _ARRAYS
            + f"""
x, y = jnp.asarray(x), jnp.asarray(y)
f = jax.jit(lambda x, y: {words})
f(x, y).block_until_ready()
""",
            "f(x, y).block_until_ready()",
        ),
    }
    if numpy is not None:
        codes["numpy"] = Code(_ARRAYS + numpy, numpy)
    return Workload(f"{name}-4M", title, codes, wanted={"torch": wanted})


def _product(n: int, wanted: float) -> Workload:
    """A square product of float32."""
    arrays = f"a = np.linspace(-1, 1, {n * n}, dtype=np.float32).reshape({n}, {n})\n"
    return Workload(
        f"matmul-{n}",
        f"a @ a, {n}x{n}",
        {
            "torch": Code(f"a = torch.linspace(-1, 1, {n * n}).reshape({n}, {n})\na @ a", "a @ a"),
            "jax": Code(
                arrays + "a = jnp.asarray(a)\nf = jax.jit(lambda a: a @ a)\nf(a).block_until_ready()",
                "f(a).block_until_ready()",
            ),
            "numpy": Code(arrays + "a @ a", "a @ a"),
        },
        wanted={"torch": wanted},
    )


LARGE = (
    _of_many("add", "x + y, 4M floats", "x + y", "x + y", 1.0),
    _of_many("mul", "x * y, 4M floats", "x * y", "x * y", 1.0),
    _of_many("exp", "exp, 4M floats", "x.exp()", "np.exp(x)", 1.8),
    _of_many("log", "log, 4M floats", "y.log()", "np.log(y)", 2.0),
    _of_many("sin", "sin, 4M floats", "x.sin()", "np.sin(x)", 2.0),
    _of_many("tanh", "tanh, 4M floats", "x.tanh()", "np.tanh(x)", 5.0),
    _of_many("sigmoid", "sigmoid, 4M floats", "x.sigmoid()", None, 1.2),
    _of_many("sum", "sum, 4M floats", "x.sum()", "x.sum()", 1.0),
    _of_many("dot", "dot, 4M floats", "torch.dot(x, y)", "np.dot(x, y)", 1.1),
    _product(16, 5.0),
    _product(64, 1.2),
    _product(256, 1.05),
    _product(1024, 1.05),
)
