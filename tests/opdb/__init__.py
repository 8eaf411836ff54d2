"""The proof against torch's own operator database.

torch describes each of its operators for its own tests: in which forms it comes, which element types it knows, what it
is called with, and what it refuses. Every entry whose name wengert has is run in both libraries; values, gradients,
tangents and errors must agree. `python -m tests.opdb` runs everything, pytest a slice.

`exclusions.py` says what differs on purpose, `pending.txt` lists what is work to do.
"""

import importlib.util

LIVE = importlib.util.find_spec("torch") is not None and importlib.util.find_spec("expecttest") is not None
"""Whether the database can be imported: it is part of torch, and needs expecttest."""
