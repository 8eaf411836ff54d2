"""The gradient of Rosenbrock's function for a NumPy user: an array in, an array out, of float64.

f(x) = the sum of 100 (x[i+1] - x[i]**2)**2 + (1 - x[i])**2; H. H. Rosenbrock, The Computer Journal 3 (1960), page 175.
"""

from .workload import Code, Workload

_AT = "import numpy as np\nat = np.linspace(-1, 1, 100)\n"
_FUNCTION = """
def value(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()
"""

ROSENBROCK = Workload(
    "rosenbrock",
    "gradient of Rosenbrock's function, n = 100",
    {
        "torch": Code(
            _AT
            + _FUNCTION
            + """
def gradient(at):
    x = torch.from_numpy(at).requires_grad_(True)
    value(x).backward()
    return x.grad.numpy()

gradient(at)
""",
            "g = gradient(at)",
            "g",
            primal="value(torch.from_numpy(at)).numpy()",
        ),
        # The worker turns float64 off again.
        "jax": Code(
            _AT
            + _FUNCTION
            + "jax.config.update('jax_enable_x64', True)\nf = jax.jit(jax.grad(value))\nnp.asarray(f(at))",
            "g = np.asarray(f(at))",
            "g",
        ),
        "numpy": Code(
            _AT
            + """
def gradient(x):
    step = x[1:] - x[:-1] ** 2
    g = np.empty_like(x)
    g[0] = 0
    g[1:] = 200 * step
    g[:-1] -= 400 * x[:-1] * step + 2 * (1 - x[:-1])
    return g
""",
            "g = gradient(at)",
            "g",
        ),
    },
    wanted={"torch": 20, "jax": 2, "numpy": 1},
)
