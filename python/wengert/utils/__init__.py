"""What is no part of any operator: exchange with other libraries."""

from __future__ import annotations

from wengert.utils import dlpack as dlpack
