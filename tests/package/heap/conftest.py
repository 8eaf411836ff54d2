"""The counting shim, built once a session with the system's C compiler.

It replaces glibc's own malloc family, so these tests exist on 64-bit Linux with glibc only: elsewhere the folder holds
no test at all (nothing is collected, so nothing is reported as left out).
"""

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent

collect_ignore = []
if not (sys.platform == "linux" and sys.maxsize > 2**32 and platform.libc_ver()[0] == "glibc"):
    collect_ignore.append("test_heap.py")


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shim as a shared library, compiled from shim.c into a temporary folder."""
    compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    assert compiler, "the heap tests build a small C file and found no C compiler (cc, gcc or clang)"
    built = tmp_path_factory.mktemp("shim") / "shim.so"
    flags = ["-std=c11", "-O2", "-Wall", "-Wextra", "-fPIC", "-shared"]
    done = subprocess.run(
        [compiler, *flags, "-o", str(built), str(HERE / "shim.c"), "-ldl"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return built


@pytest.fixture
def count(shim: Path) -> Callable[..., dict[str, Any]]:
    """Runs one loop of loops.py in a process of its own under the shim and returns what was counted there."""

    def run(loop: str, turns: int) -> dict[str, Any]:
        # A fixed hash seed: the interpreter's start-up, and so its arenas, are the same in every run.
        environment = {**os.environ, "LD_PRELOAD": str(shim), "PYTHONHASHSEED": "0"}
        environment.pop("PYTHONMALLOC", None)
        done = subprocess.run(
            [sys.executable, str(HERE / "loops.py"), loop, str(turns)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        result: dict[str, Any] = json.loads(done.stdout)
        return result

    return run
