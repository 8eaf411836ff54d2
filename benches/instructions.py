"""Instructions a turn of a statement, by function: what a time is made of, whatever else the machine does.

    python benches/instructions.py 'a + b' --setup 'a = torch.ones(4, requires_grad=True); b = torch.ones(4)'

Needs valgrind. Valgrind shows a processor without AVX-512, so kernels take the AVX2 way.
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
from typing import NamedTuple

# Warmed up first: pools are filled, and CPython has specialised the loop. What no turns cost is taken off.
PROGRAM = """
import gc
from os import getppid as mark
import wengert as torch
gc.disable()
{setup}
def turns(n):
    for _ in range(n):
        {statement}
turns(300)
mark()
turns(0)
mark()
turns({turns})
mark()
"""
# Lines of callgrind's format: a name is spelled once, and called by its number from then on.
NAMED = re.compile(r"(ob|fn|cob|cfn)=\((\d+)\)(?: (.*))?")
COST = re.compile(r"[+\-*\d]\S* (\d+)$")


class Function(NamedTuple):
    name: str
    library: str


def counted(program: str) -> list[Counter[Function]]:
    """Instructions by function, those that it calls not included, between each two calls of libc's getppid.

    So one process counts many things: most of a run is the interpreter's start.
    """
    if shutil.which("valgrind") is None:
        raise SystemExit("valgrind is not installed")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "part"
        tool = ["valgrind", "--tool=callgrind", "--dump-before=getppid", f"--callgrind-out-file={out}"]
        # The same hashes in every run, so that the same dicts are built; the same kernels under every valgrind.
        environment = {**os.environ, "PYTHONHASHSEED": "0", "WENGERT_LEVEL": "avx2"}
        done = subprocess.run([*tool, sys.executable, "-c", program], env=environment, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stderr)
        # The first part ends where the first call begins, and what follows the last call has no number.
        parts = sorted(out.parent.glob("part.*"), key=lambda part: int(part.suffix[1:]))[1:]
        return [_own_costs(part.read_text()) for part in parts]


def _own_costs(text: str) -> Counter[Function]:
    """callgrind_annotate would not do: it takes the cost of a call that began before the part for the caller's own."""
    names: dict[tuple[str, str], str] = {}
    now: dict[str, str] = {}
    found: Counter[Function] = Counter()
    called = False
    for line in text.splitlines():
        if match := NAMED.match(line):
            what, number, name = match.groups()
            kind = what.removeprefix("c")
            now[what] = names.setdefault((kind, number), name or "")
        elif line.startswith("calls="):
            called = True
        elif match := COST.match(line):
            if not called:
                found[Function(now["fn"], now["ob"])] += int(match[1])
            called = False
    return found


def main() -> None:
    """Prints the functions, most expensive first."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("statement")
    parser.add_argument("--setup", default="pass")
    parser.add_argument("--turns", type=int, default=2000)
    parser.add_argument("--least", type=float, default=5.0, help="functions of fewer instructions a turn are left out")
    given = parser.parse_args()
    statement = given.statement.replace("\n", "\n        ")
    without, found = counted(PROGRAM.format(setup=given.setup, statement=statement, turns=given.turns))
    found.subtract(without)
    print(f"{found.total() / given.turns:9.1f}  in all")
    for (name, library), count in found.most_common():
        if count >= given.least * given.turns:
            print(f"{count / given.turns:9.1f}  {name}  [{Path(library).name}]")


if __name__ == "__main__":
    main()
