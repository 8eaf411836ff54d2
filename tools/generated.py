"""What every tool that writes a file from the installed binary does with what it made."""

from __future__ import annotations

import sys
from pathlib import Path


def main(path: Path, made: str, tool: str) -> int:
    """Writes the file; with `--check` it only compares, and is 1 where they differ."""
    if "--check" not in sys.argv[1:]:
        path.write_text(made, encoding="utf-8")
    elif not path.exists() or path.read_text(encoding="utf-8") != made:
        print(f"{path.name} is not what the binary says; run: python tools/{tool}.py")
        return 1
    return 0
