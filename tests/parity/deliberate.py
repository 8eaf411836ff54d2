"""Where wengert differs from torch on purpose; docs/differences.md tells users the same.

Each entry: the start of a scenario's `subject/name`, the start of the place in its outcome, and why. A test fails when
an entry excuses nothing, so the table cannot grow stale.
"""

from .catalogue import Scenario

DELIBERATE: list[tuple[str, str, str]] = [
    ("versions/write_after_use[rpow-x]", ".value", "the derivative of 2 ** x reads the result, not x"),
    ("leaves/a_leaf_that_moved", ".value", "a gradient has the shape of its leaf"),
    (
        "functions_ctx/jvp_results_that_do_not_fit[none]",
        "",
        "None is no tangent; torch fails an internal assertion and asks for a bug report",
    ),
]


def excuses(scenario: Scenario, line: str) -> tuple[str, str, str] | None:
    """The entry that explains one line of differences, if there is one."""
    for entry in DELIBERATE:
        name, place, _ = entry
        if f"{scenario.subject}/{scenario.name}".startswith(name) and line.startswith(place):
            return entry
    return None
