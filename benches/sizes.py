"""How large the libraries are: as installed, and as a wheel where there is one."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# JAX is two distributions; what all of them depend on is counted with none.
DISTRIBUTIONS = {"wengert": ["wengert"], "torch": ["torch"], "jax": ["jax", "jaxlib"], "numpy": ["numpy"]}

_INSTALLED = """
import importlib.metadata as metadata, json, sys
total = 0
for name in sys.argv[1:]:
    for file in metadata.files(name) or ():
        path = file.locate()
        total += path.stat().st_size if path.is_file() else 0
print(json.dumps(total))
"""


def told(libraries: list[str], pythons: dict[str, str], folders: list[str]) -> dict[str, Any]:
    """Bytes by library as installed, and by wheel in the given folders."""
    installed = {}
    for library in libraries:
        command = [pythons.get(library, sys.executable), "-c", _INSTALLED, *DISTRIBUTIONS[library]]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode == 0:
            installed[library] = json.loads(done.stdout)
    wheels = {wheel.name: wheel.stat().st_size for folder in folders for wheel in sorted(Path(folder).glob("*.whl"))}
    return {"installed": installed, "wheels": wheels}


def lines(sizes: dict[str, Any]) -> Iterator[str]:
    """The sizes as text, in MB of a million bytes."""
    for library, size in sizes["installed"].items():
        yield f"{library} installed: {size / 1e6:.1f} MB"
    for name, size in sizes["wheels"].items():
        wanted = " (<= 5)" if name.startswith("wengert-") else ""
        yield f"{name}: {size / 1e6:.1f} MB{wanted}"
