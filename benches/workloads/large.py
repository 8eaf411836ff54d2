"""Operators on millions of floats, where memory and vector units decide."""

from .loops import worked_example
from .workload import Code, Workload

SIZE = 1 << 22

_ARRAYS = f"""
x = np.linspace(-4, 4, {SIZE}, dtype=np.float32)
y = np.linspace(0.5, 2, {SIZE}, dtype=np.float32)
"""
_TENSORS = f"x, y = torch.linspace(-4, 4, {SIZE}), torch.linspace(0.5, 2, {SIZE})\n"
_MATRICES = """
x = np.linspace(0, 2, 1 << 21, dtype=np.float32).reshape(2048, 1024)
"""
_MATRIX = "x = torch.linspace(0, 2, 1 << 21).reshape(2048, 1024)\n"
# So many numbers of a large result are compared.
_SAMPLE = ".reshape(-1)[::61]"


def _operator(name: str, title: str, torch: str, numpy: str | None, wanted: float, matrix: bool = False) -> Workload:
    """An operator of `x`, from -4 to 4, and `y`, from 0.5 to 2, or of a matrix. JAX gets NumPy's words, or its own."""
    tensors, arrays = (_MATRIX, _MATRICES) if matrix else (_TENSORS, _ARRAYS)
    words = numpy or f"jax.nn.{name.removesuffix('-4M')}(x)"
    words = words.replace("ascontiguousarray", "copy").replace("np.", "jnp.")
    operands = "x" if matrix else "x, y"
    converted = ", ".join(f"jnp.asarray({each})" for each in operands.split(", "))
    codes = {
        "torch": Code(tensors + torch, torch, f"({torch}){_SAMPLE}"),
        "jax": Code(
            arrays
            + f"""
{operands} = {converted}
f = jax.jit(lambda {operands}: {words})
f({operands}).block_until_ready()
""",
            f"f({operands}).block_until_ready()",
            f"f({operands}){_SAMPLE}",
        ),
    }
    if numpy is not None:
        codes["numpy"] = Code(arrays + numpy, numpy, f"({numpy}){_SAMPLE}")
    return Workload(name, title, codes, wanted={"torch": wanted})


WORKED_EXAMPLE = worked_example(
    "worked-example-4M",
    "y = 2 * dot(x, x), backward, 4M floats",
    {
        "torch": f"x = torch.linspace(0.5, 2, {SIZE}, requires_grad=True)",
        "jax": f"x = jnp.asarray(np.linspace(0.5, 2, {SIZE}, dtype=np.float32))",
        "numpy": f"x = np.linspace(0.5, 2, {SIZE}, dtype=np.float32)",
    },
    _SAMPLE,
    {"torch": 4.5},
)

_ONE_MILLION = f"x = np.linspace(-1, 1, {SIZE // 4}, dtype=np.float32)\n"

PRODUCT = Workload(
    "product-1M",
    "((x*2+1).tanh() * x.exp()).sum(), backward, 1M floats",
    {
        "torch": Code(
            f"""
            x = torch.linspace(-1, 1, {SIZE // 4}, requires_grad=True)
            ((x * 2 + 1).tanh() * x.exp()).sum().backward()
            p = x.detach()
            """,
            "x.grad.zero_(); y = ((x * 2 + 1).tanh() * x.exp()).sum(); y.backward()",
            f"(y, x.grad{_SAMPLE})",
            primal="((p * 2 + 1).tanh() * p.exp()).sum()",
        ),
        "jax": Code(
            _ONE_MILLION
            + """
x = jnp.asarray(x)
f = jax.jit(jax.value_and_grad(lambda x: (jnp.tanh(x * 2 + 1) * jnp.exp(x)).sum()))
jax.block_until_ready(f(x))
""",
            "y, g = f(x); g.block_until_ready()",
            f"(y, g{_SAMPLE})",
        ),
        "numpy": Code(
            _ONE_MILLION,
            """
            t, e = np.tanh(x * 2 + 1), np.exp(x)
            product = t * e
            y = product.sum()
            g = 2 * (1 - t * t) * e + product
            """,
            f"(y, g{_SAMPLE})",
        ),
    },
    wanted={"torch": 2},
)

LARGE = (
    _operator("add-4M", "x + y, 4M floats", "x + y", "x + y", 1.0),
    _operator("mul-4M", "x * y, 4M floats", "x * y", "x * y", 1.0),
    _operator("exp-4M", "exp, 4M floats", "x.exp()", "np.exp(x)", 1.8),
    _operator("log-4M", "log, 4M floats", "y.log()", "np.log(y)", 2.0),
    _operator("sin-4M", "sin, 4M floats", "x.sin()", "np.sin(x)", 2.0),
    _operator("tanh-4M", "tanh, 4M floats", "x.tanh()", "np.tanh(x)", 5.0),
    _operator("sigmoid-4M", "sigmoid, 4M floats", "x.sigmoid()", None, 1.2),
    # Of numbers of one sign: a sum that nearly cancels is another one in each library.
    _operator("sum-4M", "sum, 4M floats", "y.sum()", "y.sum()", 1.0),
    _operator("dot-4M", "dot, 4M floats", "torch.dot(x, y)", "np.dot(x, y)", 1.1),
    _operator("sum-dim-0", "sum over dim 0, 2048x1024", "x.sum(0)", "x.sum(0)", 1.7, matrix=True),
    _operator("sum-dim-1", "sum over dim 1, 2048x1024", "x.sum(1)", "x.sum(1)", 1.0, matrix=True),
    _operator(
        "transpose", "t().contiguous(), 2048x1024", "x.t().contiguous()", "np.ascontiguousarray(x.T)", 2.0, matrix=True
    ),
    WORKED_EXAMPLE,
    PRODUCT,
)
