"""Linear algebra: so far the norms, and products of matrices."""

from __future__ import annotations

from wengert import _unbuilt
from wengert._wengert import linalg_matmul as matmul
from wengert._wengert import linalg_matrix_norm as matrix_norm
from wengert._wengert import linalg_norm as norm
from wengert._wengert import linalg_vector_norm as vector_norm

__all__ = ["matmul", "matrix_norm", "norm", "vector_norm"]

__getattr__ = _unbuilt.in_module(__name__)
