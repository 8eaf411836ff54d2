"""Functions of flat NumPy vectors with their gradients, as SciPy's optimizers and samplers take them.

>>> import numpy
>>> from wengert import optimize
>>> banana = optimize.value_and_grad(lambda x: (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2)
>>> value, gradient = banana(numpy.array([0.0, 1.0]))
>>> value, gradient.tolist()
(101.0, [-2.0, 200.0])

With SciPy: `scipy.optimize.minimize(banana, x0, jac=True, hessp=optimize.hessp(f), method="trust-ncg")`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
from numpy.typing import NDArray

from wengert import _wengert
from wengert._wengert import Tensor
from wengert.autograd import enable_grad
from wengert.autograd.grad_mode import outside_inference
from wengert.func.tree import flatten, unflatten

__all__ = ["Parameters", "hessp", "value_and_grad"]

Vector = NDArray[numpy.float64]


class Parameters:
    """The parameters of a model as one vector: a tensor, or dicts, lists and tuples of tensors (numbers count as such).

    >>> from wengert.optimize import Parameters
    >>> parameters = Parameters({"slope": torch.ones(2), "bias": torch.zeros(())})
    >>> parameters.start.tolist()
    [1.0, 1.0, 0.0]
    >>> parameters.unflatten([2.0, 3.0, 4.0])
    {'slope': tensor([2., 3.]), 'bias': tensor(4.)}
    """

    def __init__(self, like: Any, dtype: _wengert.dtype | None = None) -> None:
        """`like` gives structure, shapes, element types (or `dtype` all of them) and `start`.

        Raises TypeError for leaves that are no real floating point tensors, ValueError where there are none.
        """
        leaves, self._spec = flatten(like)
        tensors = [leaf.detach() if isinstance(leaf, Tensor) else _wengert.as_tensor(leaf) for leaf in leaves]
        if not tensors:
            raise ValueError("there are no parameters")
        self._shapes = [tuple(tensor.shape) for tensor in tensors]
        self._types = [dtype or tensor.dtype for tensor in tensors]
        for kind in self._types:
            if not kind.is_floating_point:
                raise TypeError(f"parameters are of real floating point types, not {kind}")
        self._ends: list[int] = []
        self.size = 0
        """How many numbers there are."""
        for tensor in tensors:
            self.size += tensor.numel()
            self._ends.append(self.size)
        self.start: Vector = numpy.empty(self.size)
        """The numbers of `like`: where an optimizer may begin."""
        self._fill(self.start, tensors)

    def _fill(self, into: Vector, tensors: list[Tensor]) -> None:
        begin = 0
        for tensor, end in zip(tensors, self._ends, strict=True):
            # NumPy has no bfloat16.
            plain = tensor.double() if tensor.dtype is _wengert.bfloat16 else tensor
            into[begin:end] = plain.numpy().reshape(-1)
            begin = end

    def flatten(self, tree: Any) -> Vector:
        """A structure like this one as a vector. Raises ValueError for other structures and shapes."""
        leaves, spec = flatten(tree)
        tensors = [leaf.detach() if isinstance(leaf, Tensor) else _wengert.as_tensor(leaf) for leaf in leaves]
        if spec != self._spec or [tuple(tensor.shape) for tensor in tensors] != self._shapes:
            raise ValueError("the parameters have another structure")
        flat: Vector = numpy.empty(self.size)
        self._fill(flat, tensors)
        return flat

    def unflatten(self, x: Any) -> Any:
        """A vector as the structure, with memory of its own. Raises ValueError for vectors of another size."""
        return unflatten(iter(self.leaves(_vector(x, self.size).copy(), wanting=False)), self._spec)

    def leaves(self, x: Vector, wanting: bool = True) -> list[Tensor]:
        """The tensors over a vector's memory, or in other types than float64 of their own; they want gradients."""
        made = []
        begin = 0
        for shape, dtype, end in zip(self._shapes, self._types, self._ends, strict=True):
            leaf = _wengert.from_numpy(x[begin:end].reshape(shape)).to(dtype)
            made.append(leaf.requires_grad_() if wanting else leaf)
            begin = end
        return made

    def tree(self, leaves: list[Tensor]) -> Any:
        """The structure of these tensors."""
        return unflatten(iter(leaves), self._spec)

    def vector(self, gradients: list[Tensor | None]) -> Vector:
        """Gradients, or None for zeros, as a vector."""
        flat: Vector = numpy.empty(self.size)
        shapes = zip(gradients, self._shapes, strict=True)
        self._fill(flat, [_wengert.zeros(()).expand(shape) if g is None else g.detach() for g, shape in shapes])
        return flat


def _vector(x: Any, size: int) -> Vector:
    """What an optimizer gave, as a vector of float64 that lies in one run: itself where it is one."""
    if type(x) is not numpy.ndarray or x.dtype != numpy.float64 or x.ndim != 1 or not x.flags.c_contiguous:
        if numpy.iscomplexobj(x):
            raise TypeError("x must be real")
        x = numpy.ascontiguousarray(x, dtype=numpy.float64)
    if x.ndim != 1 or (size >= 0 and x.size != size):
        wanted = f"a vector of {size} numbers" if size >= 0 else "a vector"
        raise ValueError(f"x must be {wanted}, but has the shape {x.shape}")
    # A tensor over memory that must not be written is a copy, and from_numpy warns of it.
    return x if x.flags.writeable else x.copy()


class _Function:
    """A function of parameters, and how vectors become what it takes."""

    def __init__(self, f: Callable[..., Tensor], like: Any, dtype: _wengert.dtype | None) -> None:
        self.f = f
        self.parameters: Parameters | None = None
        # Without a structure: the vector itself, in this type.
        self.dtype = dtype or _wengert.float64
        if like is not None:
            self.parameters = Parameters(like, dtype)
        elif not self.dtype.is_floating_point:
            raise TypeError(f"parameters are of real floating point types, not {dtype}")

    def loss_at(self, x: Vector, args: tuple[Any, ...]) -> tuple[Tensor, list[Tensor]]:
        """The function's value, recorded, and the leaves that it depends on."""
        if not _wengert.is_grad_enabled():
            with enable_grad():
                return self.loss_at(x, args)
        if self.parameters is None:
            leaf = _wengert.from_numpy(x)
            if self.dtype is not _wengert.float64:
                leaf = leaf.to(self.dtype)
            leaves = [leaf.requires_grad_()]
            loss = self.f(leaf, *args)
        else:
            leaves = self.parameters.leaves(x)
            loss = self.f(self.parameters.tree(leaves), *args)
        if not isinstance(loss, Tensor):
            raise TypeError(f"the function must return a tensor of one element, not {type(loss).__name__}")
        if loss.numel() != 1:
            raise ValueError(f"the function must return a tensor of one element, not of the shape {tuple(loss.shape)}")
        if not loss.requires_grad:
            raise ValueError(
                "what the function returns does not depend on its parameters by recorded operators: it was detached, "
                "or computed by something else than tensors"
            )
        return loss, leaves

    def vector(self, gradients: list[Tensor | None], size: int) -> Vector:
        """Gradients of the leaves, or None for zeros, as a vector of that size."""
        if self.parameters is not None:
            return self.parameters.vector(gradients)
        (gradient,) = gradients
        if gradient is None:
            return numpy.zeros(size)
        if gradient.requires_grad:
            gradient = gradient.detach()
        if self.dtype is not _wengert.float64:
            gradient = gradient.double()
        # A copy: what a rule passes on may be the caller's own vector, or one number that is spread out.
        array: Vector = gradient.numpy().copy()
        return array

    @property
    def size(self) -> int:
        """The numbers of a vector, -1 where any will do."""
        return -1 if self.parameters is None else self.parameters.size


class _ValueAndGrad(_Function):
    """What `value_and_grad` gives."""

    def __call__(self, x: Any, *args: Any) -> tuple[float, Vector]:
        """The value at `x` as a float, and the gradient as a new vector of float64."""
        if _wengert.is_inference_mode_enabled():
            with outside_inference():
                return self(x, *args)
        x = _vector(x, self.size)
        loss, leaves = self.loss_at(x, args)
        gradients = _wengert._grad((loss,), tuple(leaves), (None,), False, False)
        return loss.item(), self.vector(gradients, x.size)


class _Hessp(_Function):
    """What `hessp` gives."""

    _x: Vector | None = None
    _args: tuple[Any, ...] = ()
    _leaves: list[Tensor]
    _gradients: list[Tensor | None]

    def __call__(self, x: Any, p: Any, *args: Any) -> Vector:
        """The product of the Hessian at `x` and the vector `p`, as a new vector of float64."""
        if _wengert.is_inference_mode_enabled():
            with outside_inference():
                return self(x, p, *args)
        x, p = _vector(x, self.size), _vector(p, self.size)
        if p.size != x.size:
            raise ValueError(f"p must be a vector of {x.size} numbers, but has the shape {p.shape}")
        if not self._is_at(x, args):
            self._go_to(x, args)
        wanted = [g for g in self._gradients if g is not None and g.requires_grad]
        if not wanted:
            return numpy.zeros(x.size)
        seeds = [_wengert.from_numpy(p).to(self.dtype)] if self.parameters is None else self.parameters.leaves(p, False)
        seeds = [s for s, g in zip(seeds, self._gradients, strict=True) if g is not None and g.requires_grad]
        products = _wengert._grad(tuple(wanted), tuple(self._leaves), tuple(seeds), True, False)
        return self.vector(products, x.size)

    def _is_at(self, x: Vector, args: tuple[Any, ...]) -> bool:
        """Whether the gradient that is kept was recorded there."""
        return (
            self._x is not None
            and len(args) == len(self._args)
            and all(a is b for a, b in zip(args, self._args, strict=True))
            # By their bits: -0.0 is another point than 0.0.
            and numpy.array_equal(x.view(numpy.int64), self._x.view(numpy.int64))
        )

    def _go_to(self, x: Vector, args: tuple[Any, ...]) -> None:
        # An optimizer writes its next point over the last one.
        x = x.copy()
        loss, leaves = self.loss_at(x, args)
        self._gradients = _wengert._grad((loss,), tuple(leaves), (None,), True, True)
        self._x, self._args, self._leaves = x, args, leaves


def value_and_grad(f: Callable[..., Tensor], like: Any = None, *, dtype: _wengert.dtype | None = None) -> _ValueAndGrad:
    """The function `(x, *args) -> (value, gradient)` of a flat vector, for `scipy.optimize.minimize(..., jac=True)`.

    `f(parameters, *args)` returns a tensor of one element. Its parameters are the vector `x` as a 1-d tensor of float64
    (or of `dtype`); or, where `like` gives an example, a structure like it: a tensor, or dicts, lists and tuples of
    tensors, each in its own shape and type. The vector of the example itself is `.parameters.start`, and
    `.parameters.unflatten(x)` gives the structure of an optimizer's result.

    In float64 nothing is copied on the way in, so `f` must not keep its parameters; the gradient is a new array.
    `.grad` of other tensors that `f` reads is left as it is. It works within `no_grad` and `inference_mode` too.

    Raises TypeError and ValueError for what is no vector of the right size, and where `f` returns something else than a
    recorded tensor of one element.
    """
    return _ValueAndGrad(f, like, dtype)


def hessp(f: Callable[..., Tensor], like: Any = None, *, dtype: _wengert.dtype | None = None) -> _Hessp:
    """The function `(x, p, *args) -> H p`: products of the Hessian and vectors, for SciPy's `hessp=`.

    `f`, `like` and `dtype` as in `value_and_grad`. Each product is a reverse sweep over the recorded gradient, exact,
    and costs about as much as a few gradients; the Hessian itself is never made. The gradient's graph is kept for the
    next product at the same `x` with the very same `args`, which is what optimizers ask for: `f` must depend on nothing
    else that changes.

    Raises as `value_and_grad` does.

    >>> from wengert.optimize import hessp
    >>> product = hessp(lambda x: (x**3).sum())
    >>> product([1.0, 2.0], [1.0, 1.0]).tolist()
    [6.0, 12.0]
    """
    return _Hessp(f, like, dtype)
