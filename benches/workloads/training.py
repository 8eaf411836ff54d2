"""Steps of gradient descent, written from scratch as the textbook writes them: forward, backward, update.

All dialects start from the same arrays. The rates are so small that thousands of turns do not diverge.
"""

from .workload import Code, Workload


def _step(made: str, data: str, names: str, loss: dict[str, str], rate: float, by_hand: str) -> dict[str, Code]:
    """The code of a step. `made` makes, with NumPy, arrays of `data` and parameters, which are called `names`.

    `loss` defines it as a function of both; `by_hand` computes `value` and `gradients` with NumPy.
    """
    made = "import numpy as np\n" + made
    torch = f"""
{data} = map(torch.tensor, ({data}))
parameters = [torch.tensor(array, requires_grad=True) for array in ({names})]
loss(*parameters).backward()
for parameter in parameters:
    parameter.grad.zero_()
plain = [parameter.detach() for parameter in parameters]
"""
    jax = f"""
{data} = map(jnp.asarray, ({data}))
parameters = [jnp.asarray(array) for array in ({names})]

@jax.jit
def step(parameters):
    value, gradients = jax.value_and_grad(lambda parameters: loss(*parameters))(parameters)
    return value, [parameter - {rate} * gradient for parameter, gradient in zip(parameters, gradients)]

jax.block_until_ready(step(parameters))
"""
    return {
        "torch": Code(
            made + loss["torch"] + torch,
            f"""
            value = loss(*parameters)
            value.backward()
            with torch.no_grad():
                for parameter in parameters:
                    parameter -= {rate} * parameter.grad
                    parameter.grad.zero_()
            """,
            "(value, *parameters)",
            primal="loss(*plain)",
        ),
        "jax": Code(
            made + loss["jax"] + jax,
            "value, parameters = step(parameters); jax.block_until_ready(parameters)",
            "(value, *parameters)",
        ),
        "numpy": Code(
            made,
            by_hand
            + f"""
for parameter, gradient in zip(({names}), gradients):
    parameter -= {rate} * gradient
""",
            f"(value, {names})",
        ),
    }


_LINE = """
def loss(w, b):
    return ((x @ w + b - y) ** 2 / 2).mean()
"""

REGRESSION = Workload(
    "regression",
    "linear regression, batch 10, an SGD step",
    _step(
        """
x = np.linspace(-1, 1, 20, dtype=np.float32).reshape(10, 2)
y = np.sin(np.arange(10, dtype=np.float32)).reshape(10, 1)
w, b = np.full((2, 1), 0.1, dtype=np.float32), np.zeros(1, dtype=np.float32)
""",
        "x, y",
        "w, b",
        {"torch": _LINE, "jax": _LINE},
        0.03,
        """
error = x @ w + b - y
value = (error ** 2 / 2).mean()
share = error / 10
gradients = x.T @ share, share.sum(0)
""",
    ),
    wanted={"torch": 20, "jax": 2.5},
)

_TANH = """
def loss(w1, b1, w2, b2, w3, b3):
    hidden = torch.tanh(torch.tanh(x @ w1 + b1) @ w2 + b2)
    return ((hidden @ w3 + b3 - y) ** 2).mean()
"""

TANH_NET = Workload(
    "tanh-net",
    "tanh network 2-16-16-1, 32 points, an SGD step",
    _step(
        """
random = np.random.default_rng(1)
sizes = ((32, 2), (32, 1), (2, 16), (16,), (16, 16), (16,), (16, 1), (1,))
x, y, w1, b1, w2, b2, w3, b3 = (random.standard_normal(size, dtype=np.float32) / 2 for size in sizes)
""",
        "x, y",
        "w1, b1, w2, b2, w3, b3",
        {"torch": _TANH, "jax": _TANH.replace("torch.", "jnp.")},
        0.001,
        """
first = np.tanh(x @ w1 + b1)
second = np.tanh(first @ w2 + b2)
error = second @ w3 + b3 - y
value = (error ** 2).mean()
g3 = error / 16
g2 = g3 @ w3.T * (1 - second * second)
g1 = g2 @ w2.T * (1 - first * first)
gradients = x.T @ g1, g1.sum(0), first.T @ g2, g2.sum(0), second.T @ g3, g3.sum(0)
""",
    ),
    wanted={"torch": 12, "jax": 4},
)

# The logarithm of a sum of exponentials by hand: less the largest, which is added again.
_RELU_NET = """
def loss(w1, b1, w2, b2):
    scores = torch.relu(x @ w1 + b1) @ w2 + b2
    most = scores.max(1, keepdim=True)[0]
    return (most[:, 0] + torch.log(torch.exp(scores - most).sum(1)) - scores[rows, labels]).mean()
"""

RELU_NET = Workload(
    "relu-net",
    "relu network 784-256-10, batch 256, an SGD step",
    _step(
        """
random = np.random.default_rng(1)
sizes = ((256, 784), (784, 256), (256,), (256, 10), (10,))
x, w1, b1, w2, b2 = (random.standard_normal(size, dtype=np.float32) / 16 for size in sizes)
rows, labels = np.arange(256), random.integers(0, 10, 256)
""",
        "x, rows, labels",
        "w1, b1, w2, b2",
        {
            "torch": _RELU_NET,
            "jax": _RELU_NET.replace("torch.relu", "jax.nn.relu")
            .replace("max(1, keepdim=True)[0]", "max(1, keepdims=True)")
            .replace("torch.", "jnp."),
        },
        0.001,
        """
hidden = np.maximum(x @ w1 + b1, 0)
scores = hidden @ w2 + b2
most = scores.max(1, keepdims=True)
shares = np.exp(scores - most)
total = shares.sum(1)
value = (most[:, 0] + np.log(total) - scores[rows, labels]).mean()
g2 = shares / total[:, None]
g2[rows, labels] -= 1
g2 /= 256
g1 = g2 @ w2.T * (hidden > 0)
gradients = x.T @ g1, g1.sum(0), hidden.T @ g2, g2.sum(0)
""",
    ),
    wanted={"torch": 1.3},
)
