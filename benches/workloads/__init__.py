"""What is timed, as source text: each library gets the code that its own users would write.

wengert and torch run the very same text, with `torch` bound to the one or the other. JAX gets a jitted function and
block_until_ready; NumPy, which has no derivatives, the product written out by hand: the floor for interpreted code.
"""

from .large import LARGE
from .loops import CHAIN, SUM_LOOP, WORKED_EXAMPLE
from .network import NETWORK
from .single import ADD, ADD_RECORDED, TIMES_TWO
from .workload import Code, Workload

WORKLOADS = {w.name: w for w in (WORKED_EXAMPLE, SUM_LOOP, ADD, ADD_RECORDED, TIMES_TWO, CHAIN, NETWORK, *LARGE)}

__all__ = ["WORKLOADS", "Code", "Workload"]
