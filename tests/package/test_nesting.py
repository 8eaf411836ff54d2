"""Sweeps that hooks run within sweeps: as deep as the stack allows, and an exception beyond."""

import subprocess
import sys

NESTED = """
import sys, threading
import wengert as torch

sys.setrecursionlimit(10**6)
threading.stack_size(4 << 20)
depth = 0
z = torch.ones(2, requires_grad=True)


def hook(g):
    global depth
    depth += 1
    with torch.enable_grad():
        (z * 2).sum().backward()


def run():
    try:
        (z * 1).sum().backward()
    except RecursionError as error:
        print(depth > 60, "backward passes run within each other" in str(error))
    handle.remove()
    z.grad = None
    (z * 3).sum().backward()
    print(z.grad.tolist())


handle = z.register_hook(hook)
thread = threading.Thread(target=run)
thread.start()
thread.join()
"""


def test_a_hook_that_sweeps_for_ever_is_stopped_and_leaves_things_usable() -> None:
    done = subprocess.run([sys.executable, "-c", NESTED], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.split("\n")[:2]) == (0, ["True True", "[3.0, 3.0]"]), done.stderr[-2000:]
