"""A slice of torch's operator database: a few samples of each entry. `python -m tests.opdb` runs all of it."""

from tests.opdb import LIVE
from tests.opdb.pending import LIST, lines_of, pending


def test_the_list_of_what_is_pending_is_in_order() -> None:
    """Sorted, each check once, in the form that the command writes."""
    assert LIST.read_text().splitlines() == lines_of(pending().items())


if LIVE:
    import random
    from collections.abc import Callable
    from typing import Any

    import pytest
    import torch

    import wengert
    from tests.opdb import database
    from tests.opdb.checks import Check, Examination, Slice, absent
    from tests.opdb.compare import Rules, differences, of_errors
    from tests.opdb.exclusions import EXCLUSIONS, UNBUILT, covering, excuse, unbuilt
    from tests.opdb.pending import Key

    ENTRIES = database.entries()
    PRESENT = [name for name, entry in ENTRIES.items() if not absent(entry)]
    FIRST = 8  # the samples that are chosen from
    ERRORS = 4  # the refused ones that are run

    def key_of(check: Check) -> Key:
        return check.entry, check.variant, check.kind, check.dtype

    def slice_of(name: str) -> Slice:
        """Two samples of float64, one of another type, and those that were seen to differ; the same every time."""
        numbers = random.Random(name)
        dtypes = [str(dtype).removeprefix("torch.") for dtype in database.dtypes_of(ENTRIES[name])]
        chosen: dict[str, set[int]] = {dtype: set() for dtype in dtypes}
        if "float64" in dtypes:
            chosen["float64"] |= set(numbers.sample(range(FIRST), 2))
        others = [dtype for dtype in dtypes if dtype != "float64"]
        if others:
            chosen[numbers.choice(others)].add(numbers.randrange(FIRST))
        refused = ERRORS
        for (entry, _, kind, dtype), sample in pending().items():
            if entry == name and dtype in chosen:
                chosen[dtype].add(sample)
            elif entry == name and kind == "errors":
                refused = max(refused, sample + 1)
        return Slice(chosen.__getitem__, errors=refused)

    @pytest.mark.parametrize("name", PRESENT)
    def test_entry(name: str) -> None:
        """What differs is excluded or pending, and what is pending differs."""
        wrong, ran = [], set()
        left = {key: sample for key, sample in pending().items() if key[0] == name}
        for finding in Examination(ENTRIES[name], slice_of(name)).findings():
            key = key_of(finding.check)
            ran.add(key)
            if unbuilt(finding.lines):
                continue
            if finding.lines and key not in pending() and excuse(finding) is None:
                wrong.append("\n    ".join([f"{finding.check}: sample {finding.sample}", *finding.lines]))
            if finding.lines and left.get(key) == finding.sample:
                del left[key]
        assert not wrong, "\n" + "\n".join(wrong) + f"\n(python -m tests.opdb --entry {name} --show)"
        assert not left, "these agree now: python -m tests.opdb --pending\n" + "\n".join(lines_of(left.items()))
        assert ran

    def test_pending_entries_exist() -> None:
        """The list names nothing that the database or wengert lacks."""
        assert {key[0] for key in pending()} <= set(PRESENT)

    @pytest.mark.parametrize("key", EXCLUSIONS, ids=" ".join)
    def test_exclusion(key: tuple[str, str, str, str]) -> None:
        """Each excuses something."""
        part = Slice(wanted=lambda check: covering(check) == key)
        found = Examination(ENTRIES[key[0]], part).findings()
        assert any(finding.lines for finding in found if excuse(finding) == key), EXCLUSIONS[key]

    @pytest.mark.parametrize("text", UNBUILT)
    def test_what_is_not_built(text: str) -> None:
        """Each is still said."""
        found = Examination(ENTRIES[UNBUILT[text]], Slice(lambda dtype: {0})).findings()
        assert any(text in line for finding in found for line in finding.lines)

    def test_the_database_is_met() -> None:
        """The names are looked up where wengert has them."""
        assert len(PRESENT) > 150
        assert {"add", "__getitem__", "where", "expand", "T", "zero_", "div.floor_rounding"} <= set(PRESENT)

    def test_a_wrong_function_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
        """Values, derivatives of both orders, tangents, types, layouts and errors: none is compared in name only."""

        def kinds(wrong: object) -> set[str]:
            monkeypatch.setattr(wengert, "sin", wrong)
            found = Examination(ENTRIES["sin"], Slice(lambda dtype: {0} if dtype == "float64" else set())).findings()
            told = [finding.check for finding in found if finding.lines]
            return {f"{check.variant}/{check.kind}" for check in told if check.variant != "strided"}

        right = wengert.sin

        def changed(change: Callable[[Any], Any]) -> Callable[..., Any]:
            return lambda x, out=None: change(right(x)) if out is None else right(x, out=out)

        assert kinds(right) == set()
        everything = {f"function/{kind}" for kind in ("forward", "jvp")}
        assert kinds(changed(lambda y: y * 1.001)) == everything
        assert kinds(changed(lambda y: y.detach())) == everything
        assert kinds(changed(lambda y: y.float())) == everything
        assert kinds(changed(lambda y: y.t().contiguous().t())) >= {"function/forward"}
        assert kinds(changed(lambda y: y.requires_grad_(False) if y.is_leaf else y + 0)) == {"function/graph"}
        assert kinds(lambda x, out=None: right(x)) == {"out/to_strided", "out/to_empty", "out/to_int64"}
        # The value of sin, and a derivative that is off by a thousandth, or in the second order only.
        off = {"function/graph", "function/backward", "function/jvp"}
        assert (
            kinds(lambda x, out=None: right(x, out=out) if out is not None else right(x) + 1e-3 * (x - x.detach()))
            == off
        )
        twice = {"function/graph", "function/double"}
        bent = lambda x: right(x) + (x - x.detach()) * (x - x.detach())  # noqa: E731
        assert kinds(lambda x, out=None: right(x, out=out) if out is not None else bent(x)) == twice

    def test_results_that_differ_are_told_apart() -> None:
        """The comparison's own table: what is compared beside values."""
        x = torch.arange(6.0).reshape(2, 3)
        for other in (x.double(), x.t().contiguous().t(), x + 1e-3, x[:1], [x], 1.0, None, x.clone().requires_grad_()):
            assert list(differences(x, other, Rules())), other
        assert not list(differences(x, x.clone(), Rules()))
        assert list(differences((x,), [x], Rules()))
        assert list(differences(1, True, Rules()))
        assert of_errors(ValueError("a"), TypeError("a"))
        assert of_errors(ValueError("a"), ValueError("b"))
        assert of_errors(None, ValueError("b"))
        assert not of_errors(ValueError("a"), ValueError("a"))
