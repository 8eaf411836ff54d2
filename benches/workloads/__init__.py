"""What is timed, as source text: each library gets the code that its own users would write.

wengert and torch run the very same text, with `torch` bound to the one or the other. JAX gets a jitted function and
block_until_ready; NumPy, which has no derivatives, the product written out by hand: the floor for interpreted code.
"""

from .given import Given, difference, plain
from .growth import GROWTH
from .large import LARGE
from .loops import CHAIN, SUM_LOOP, WORKED_EXAMPLE, chain
from .network import NETWORK
from .products import PRODUCTS, product
from .rosenbrock import ROSENBROCK
from .single import ADD, ADD_RECORDED, ITEM, TIMES_TWO
from .training import REGRESSION, RELU_NET, TANH_NET
from .workload import Code, Workload

SMALL = (WORKED_EXAMPLE, SUM_LOOP, ADD, ADD_RECORDED, TIMES_TWO, ITEM, CHAIN, ROSENBROCK)
TRAINING = (REGRESSION, TANH_NET, NETWORK, RELU_NET)
WORKLOADS = {w.name: w for w in (*SMALL, *TRAINING, *PRODUCTS, *LARGE)}

# All that a worker can be asked for.
EVERY = {**WORKLOADS, **{w.name: w for _, curve in GROWTH.values() for w in curve.values()}}

__all__ = [
    "ADD",
    "ADD_RECORDED",
    "EVERY",
    "GROWTH",
    "ITEM",
    "REGRESSION",
    "SMALL",
    "SUM_LOOP",
    "TIMES_TWO",
    "TRAINING",
    "WORKED_EXAMPLE",
    "WORKLOADS",
    "Code",
    "Given",
    "Workload",
    "chain",
    "difference",
    "plain",
    "product",
]
