"""The numbers at which derivatives are looked at."""

from typing import Any

import wengert as torch

# The points are away from 0, from each other and from whole numbers: no sample sits where a derivative jumps.
POINTS = [0.7, -1.3, 2.1, 0.4, -0.6, 1.6]
OTHER = [1.2, 0.8, -0.5, 1.7, 0.3, -1.1]


def other(*shape: int) -> Any:
    """A constant of that shape."""
    count = 1
    for n in shape:
        count *= n
    return torch.tensor([OTHER[i % 6] + 0.01 * i for i in range(count)], dtype=torch.float64).reshape(shape)
