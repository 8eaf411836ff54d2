"""The checks that do not agree with torch yet: `pending.txt`.

Each is work to do. A line names an entry, a variant and a kind of check, and for each element type the number of the
first sample that differs: that sample is run by pytest, which so sees when the line is stale.
`python -m tests.opdb --pending` makes the list anew.
"""

import functools
from collections.abc import Iterable
from pathlib import Path

LIST = Path(__file__).with_name("pending.txt")

# (entry, variant, kind, dtype), as a Check has them: reading the list needs no torch.
Key = tuple[str, str, str, str]


@functools.cache
def pending() -> dict[Key, int]:
    """The first sample that differs, of each check on the list."""
    found = {}
    for line in LIST.read_text().splitlines():
        entry, form, *places = line.split(" ")
        variant, kind = form.split("/")
        for place in places:
            dtype, sample = place.split(":")
            found[entry, variant, kind, dtype] = int(sample)
    return found


def lines_of(keys: Iterable[tuple[Key, int]]) -> list[str]:
    """The list's lines for these checks."""
    grouped: dict[str, list[str]] = {}
    for (entry, variant, kind, dtype), sample in sorted(keys):
        grouped.setdefault(f"{entry} {variant}/{kind}", []).append(f"{dtype}:{sample}")
    return [" ".join([head, *places]) for head, places in grouped.items()]


def write(keys: Iterable[tuple[Key, int]]) -> None:
    """Makes the list anew."""
    LIST.write_text("".join(line + "\n" for line in lines_of(keys)))
