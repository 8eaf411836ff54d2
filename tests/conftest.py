"""What all tests of the Python package share."""

import importlib.util


def pytest_report_header() -> str:
    """Says which oracle the parity tests use."""
    live = importlib.util.find_spec("torch") is not None
    return f"parity oracle: {'torch, live' if live else 'recorded outcomes of torch'}"
