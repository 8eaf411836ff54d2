"""Where wengert differs from torch on purpose; docs/differences.md tells users the same.

Each entry: the start of a scenario's `subject/name`, the start of the place in its outcome, and why. A test fails when
an entry excuses nothing, so the table cannot grow stale.
"""

from .catalogue import Scenario

NATIVE_NORM = "torch.norm is Python code that complains of what it calls; here its own arguments are named"

PARTLY = "torch refuses an index out of range after the elements before it are written"

ANEW = "torch's as_strided knows one type, so that a view of another is remade by the function that made it"

DELIBERATE: list[tuple[str, str, str]] = [
    ("versions/write_after_use[rpow-x]", ".value", "the derivative of 2 ** x reads the result, not x"),
    ("leaves/a_leaf_that_moved", ".value", "a gradient has the shape of its leaf"),
    (
        "functions_ctx/jvp_results_that_do_not_fit[none]",
        "",
        "None is no tangent; torch fails an internal assertion and asks for a bug report",
    ),
    ("messages/functions[norm]", ".value", NATIVE_NORM),
    ("messages/methods[norm]", ".value", NATIVE_NORM),
    ("reductions/refuses_arguments", ".value[13]", NATIVE_NORM),
    ("messages/numbers_like", ".value[6]", "torch fails in an assertion of its own; here the object is an int"),
    ("out_argument/out_of_the_wrong_type", ".value.tuple[0]", "torch takes a number for `out`, and the result is lost"),
    ("complex_numbers/zero_to_the_power_of_a_tensor_of_zero", ".value", "torch's is nan for tensors and 1 for numbers"),
    ("complex_parts/names_after_the_whole_was_written[view_as_real]", ".value", ANEW),
    ("complex_parts/names_after_the_whole_was_written[and back]", ".value", ANEW),
    ("complex_parts/names_after_the_whole_was_written[pairs]", ".value", ANEW),
    ("modes/inference_mode", ".value[3]", "torch refuses the write after the elements are written"),
    ("index_writing/refused[[0,5]]", ".value.tuple[1]", PARTLY),
    ("index_writing/refused[tensor([0,2])]", ".value.tuple[1]", PARTLY),
    ("index_writing/refused[(slice(None),tensor([0,3]))]", ".value.tuple[1]", PARTLY),
    ("forward_mode/jvp_of_jvp", ".value", "forward mode has one level; a second is refused with a clear error"),
    ("index_writing/augmented[**=]", ".raised[1]", "what was saved is the output of the power, not the view made anew"),
    ("asserting/pairs_that_torch_fails_on_inside", ".value", "torch's are internal errors that ask to be reported"),
    ("devices/asked[cuda.set_device(0)]", ".value", "torch's is an AttributeError of a private module"),
    ("modes/inference_mode", ".value[8]", "torch refuses the write after the elements are written"),
]


def excuses(scenario: Scenario, line: str) -> tuple[str, str, str] | None:
    """The entry that explains one line of differences, if there is one."""
    for entry in DELIBERATE:
        name, place, _ = entry
        if f"{scenario.subject}/{scenario.name}".startswith(name) and line.startswith(place):
            return entry
    return None
