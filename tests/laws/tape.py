"""Reverse mode over single numbers, as small as it can be: what random programs are compared with."""

import math


class Number:
    """A number, and how its derivative reaches those that it was made of."""

    def __init__(self, value: float, parents: tuple[tuple["Number", float], ...] = ()) -> None:
        self.value = value
        self.parents = parents
        self.gradient = 0.0

    def __add__(self, other: "Number") -> "Number":
        return Number(self.value + other.value, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other: "Number") -> "Number":
        return Number(self.value * other.value, ((self, other.value), (other, self.value)))

    def scaled(self, factor: float) -> "Number":
        return Number(self.value * factor, ((self, factor),))

    def exp(self) -> "Number":
        value = math.exp(self.value)
        return Number(value, ((self, value),))


def sweep(root: Number) -> None:
    """Adds the derivatives of `root` to every number that it was made of."""
    order: list[Number] = []
    seen: set[int] = set()
    waiting: list[tuple[Number, bool]] = [(root, False)]
    while waiting:
        number, done = waiting.pop()
        if done:
            order.append(number)
        elif id(number) not in seen:
            seen.add(id(number))
            waiting.append((number, True))
            waiting += [(parent, False) for parent, _ in number.parents]
    root.gradient = 1.0
    for number in reversed(order):
        for parent, factor in number.parents:
            parent.gradient += factor * number.gradient
