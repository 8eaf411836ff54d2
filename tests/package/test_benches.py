"""What the benches time is right, each workload gives the numbers of its code by hand; budgets and hot paths agree."""

import json

import numpy as np
import pytest

import budgets
import wengert
from workloads import SMALL, TRAINING, Workload, difference, plain


@pytest.mark.parametrize("workload", [*SMALL, *TRAINING], ids=lambda workload: workload.name)
def test_a_workload_gives_the_numbers_of_its_code_by_hand(workload: Workload) -> None:
    timer, given = workload.codes["torch"].timer({"torch": wengert})
    told = plain(given)
    if "numpy" in workload.codes:
        _, by_hand = workload.codes["numpy"].timer({"np": np})
        assert not difference(plain(by_hand), told)
    assert timer(2) > 0


def test_a_primal_is_the_value_that_the_workload_computes() -> None:
    for workload in (*SMALL, *TRAINING):
        code = workload.codes["torch"]
        if code.primal:
            assert code.primal_timer({"torch": wengert})(1) > 0


@pytest.mark.parametrize(
    ("own", "other", "said"),
    [
        (np.float32([1, 2]), np.float32([1, 2.0001]), ""),
        (np.float32([1, 2]), np.float32([1, 2.001]), "result 0: "),
        (np.float32([1, 2]), np.float32([1, np.nan]), "result 0: nan instead of 2.0"),
        (np.float32([1, 2]), np.float64([1, 2]), "result 0: 2 float64 instead of 2 float32"),
        (np.float32([1, 2]), np.float32([1]), "result 0: 1 float32 instead of 2 float32"),
        (1.0, (1.0, 2.0), "2 results instead of 1"),
    ],
)
def test_other_numbers_are_seen(own: object, other: object, said: str) -> None:
    found = difference(plain(own), plain(other))
    assert found.startswith(said) and bool(found) == bool(said)


def test_every_hot_path_has_a_budget_and_every_budget_a_path() -> None:
    assert list(json.loads(budgets.BUDGETS.read_text(encoding="utf-8"))) == list(budgets.PATHS)


def test_a_path_is_over_its_budget_by_three_percent() -> None:
    assert not budgets.over({"add": 103, "view": 50}, {"add": 100, "view": 100})
    assert budgets.over({"add": 104, "view": 50}, {"add": 100, "view": 100}) == [
        "add: 104 instructions a turn, 4.0% over its budget of 100"
    ]
