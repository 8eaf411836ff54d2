"""Instructions a turn of a statement, by function: what a time is made of, whatever else the machine does.

    python benches/instructions.py 'a + b' --setup 'a = torch.ones(4, requires_grad=True); b = torch.ones(4)'

Needs valgrind. The statement's loop runs twice under callgrind, once without turns; the difference is the turns'.
Valgrind shows a processor without AVX-512, so kernels take the AVX2 way.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

# Warmed up first: pools are filled, and CPython has specialised the loop.
PROGRAM = """
import gc
import sys
import wengert as torch
gc.disable()
{setup}
def turns(n):
    for _ in range(n):
        {statement}
turns(300)
turns(int(sys.argv[1]))
"""
LINE = re.compile(r"\s*([\d,]+) \(\s*[\d.]+%\)\s+(?:\S*?:)?(.*)")


def counted(program: str, turns: int, out: Path) -> Counter[str]:
    """Instructions by function of the whole process."""
    file = out / f"{turns}"
    tool = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={file}"]
    command = [*tool, sys.executable, "-c", program, str(turns)]
    # The same hashes in both runs, so that the same dicts are built.
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": "0"})
    listing = ["callgrind_annotate", "--threshold=100", "--auto=no", str(file)]
    found: Counter[str] = Counter()
    for line in subprocess.run(listing, check=True, capture_output=True, text=True).stdout.splitlines():
        if match := LINE.match(line):
            found[re.sub(r" \[.*", "", match[2])] += int(match[1].replace(",", ""))
    return found


def main() -> None:
    """Prints the total, then the functions, most expensive first."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("statement")
    parser.add_argument("--setup", default="pass")
    parser.add_argument("--turns", type=int, default=2000)
    parser.add_argument("--least", type=float, default=5.0, help="functions of fewer instructions a turn are left out")
    given = parser.parse_args()
    if shutil.which("valgrind") is None:
        parser.exit(1, "valgrind is not installed\n")
    program = PROGRAM.format(setup=given.setup, statement=given.statement.replace("\n", "\n        "))
    with tempfile.TemporaryDirectory() as folder:
        without, with_turns = (counted(program, n, Path(folder)) for n in (0, given.turns))
    turn = {name: (count - without[name]) / given.turns for name, count in with_turns.items()}
    for name, each in sorted(turn.items(), key=lambda found: -found[1]):
        if each >= given.least:
            print(f"{each:9.1f}  {name}")


if __name__ == "__main__":
    main()
