"""Names the functions that a kernel's shell calls without its instruction set: `python tools/shells.py`. Needs objdump.

What is generic over an instruction set is inlined into its shell (src/kernels/lanes/mod.rs). A closure that is not,
or an iterator's adaptor, is compiled for the smallest processor, calls each instruction as a function, and takes ten
times as long; its numbers are right, so that no test sees it. This builds the module without link-time optimisation and
looks for such calls.
"""

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "target" / "shells"
SETTINGS = {
    "RUSTFLAGS": "-Csymbol-mangling-version=v0",
    "CARGO_PROFILE_RELEASE_LTO": "off",
    "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "32",
    "CARGO_PROFILE_RELEASE_STRIP": "none",
}
# Whose instructions are its own affair: the library of products, and who asks what the processor has.
OTHERS = re.compile(r"^<*(pulp|gemm|nano_gemm|private_gemm|faer|std_detect|compiler_builtins)")


def built(python: str) -> Path:
    """The module with its symbols."""
    command = ["cargo", "rustc", "--release", "--quiet", "--lib", "--crate-type", "cdylib", "--features", "python"]
    environment = {**os.environ, **SETTINGS, "PYO3_PYTHON": python}
    subprocess.run([*command, "--target-dir", str(TARGET)], cwd=ROOT, env=environment, check=True)
    return TARGET / "release" / "libwengert.so"


def leaks(library: Path) -> Counter[str]:
    """How many instructions each function calls as functions."""
    shown = subprocess.Popen(
        ["objdump", "-d", "-C", "--no-show-raw-insn", str(library)], stdout=subprocess.PIPE, text=True
    )
    assert shown.stdout is not None
    found: Counter[str] = Counter()
    function = ""
    for line in shown.stdout:
        if line.endswith(">:\n"):
            function = line.partition("<")[2][:-3]
        elif "core_arch" in line and "\tcall" in line and not OTHERS.match(function):
            found[function] += 1
    return found


def main() -> int:
    """1 where there is such a function."""
    found = leaks(built(sys.executable))
    for function, calls in found.most_common():
        print(f"{calls:5} instructions are calls in {function}")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
