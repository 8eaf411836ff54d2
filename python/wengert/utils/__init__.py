"""What is no part of any operator: exchange with other libraries."""

from __future__ import annotations

from wengert import _unbuilt
from wengert.utils import dlpack as dlpack

__getattr__ = _unbuilt.in_module(__name__)
