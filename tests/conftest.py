"""What all tests of the Python package share."""

import importlib.util

from tests import opdb
from tests.opdb.pending import pending as pending_checks
from tests.parity.pending import pending


def pytest_report_header() -> list[str]:
    """Says which oracle the parity tests use."""
    live = importlib.util.find_spec("torch") is not None
    oracle = "torch, live" if live else "recorded outcomes of torch"
    database = "a slice" if opdb.LIVE else "left out (it needs torch and expecttest)"
    return [
        f"parity oracle: {oracle}; {len(pending())} scenarios are pending (tests/parity/pending.txt)",
        f"operator database: {database}; {len(pending_checks())} checks are pending (tests/opdb/pending.txt)",
    ]
