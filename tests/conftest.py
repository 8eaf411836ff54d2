"""What all tests of the Python package share."""

import importlib.util

from tests.parity.pending import pending


def pytest_report_header() -> str:
    """Says which oracle the parity tests use."""
    live = importlib.util.find_spec("torch") is not None
    oracle = "torch, live" if live else "recorded outcomes of torch"
    return f"parity oracle: {oracle}; {len(pending())} scenarios are pending (tests/parity/pending.txt)"
