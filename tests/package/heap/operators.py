"""Heap calls of every call that benches/workloads/operators.py lists, at 4 elements: prints JSON, a count by the call.

test_heap.py runs this under the shim. A turn is the call, or the call with its backward.
"""

import ctypes
import gc
import json
import sys
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[3] / "benches"))

from workloads.operators import calls

TURNS = 100


def main() -> None:
    import wengert

    shim = ctypes.CDLL(None)
    shim.heap_count.restype = ctypes.c_ulong
    shim.heap_name.restype = ctypes.c_char_p
    kinds = [kind for kind in range(16) if shim.heap_name(kind)]

    def count() -> int:
        return sum(shim.heap_count(kind, others) for others in (0, 1) for kind in kinds)

    found: dict[str, int] = {}
    for call in calls():
        if call.size != "4":
            continue
        scope: dict[str, Any] = {"torch": wengert}
        exec(call.setup, scope)
        body = "\n".join(f"        {line}" for line in call.turn.splitlines())
        exec(f"def turns(count):\n    for _ in range(count):\n{body}\n", scope)
        run = scope["turns"]
        run(200)
        gc.collect()
        before = count()
        shim.heap_start()
        run(TURNS)
        shim.heap_stop()
        if made := count() - before:
            found[f"{call.name}{', backward' * call.backward}"] = made
    print(json.dumps(found))


if __name__ == "__main__":
    main()
