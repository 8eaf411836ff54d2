"""Gradients as SciPy takes them: against derivatives by hand, and in SciPy's own optimizers."""

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.optimize

import wengert as torch

optimize: Any = importlib.import_module("wengert.optimize")
ROOT = Path(__file__).parents[2]


def banana(x: Any) -> Any:
    return ((1 - x[:-1]) ** 2 + 100 * (x[1:] - x[:-1] ** 2) ** 2).sum()


X = np.array([-1.2, 1.0, 0.3, 0.7])


def test_value_and_gradient_are_those_by_hand() -> None:
    value, gradient = optimize.value_and_grad(banana)(X)
    assert type(value) is float and value == pytest.approx(scipy.optimize.rosen(X), rel=1e-14)
    assert type(gradient) is np.ndarray and gradient.dtype == np.float64 and gradient.shape == X.shape
    np.testing.assert_allclose(gradient, scipy.optimize.rosen_der(X), rtol=1e-12)


def test_products_with_the_hessian_are_those_by_hand() -> None:
    product = optimize.hessp(banana)
    for p in np.eye(4):
        np.testing.assert_allclose(product(X, p), scipy.optimize.rosen_hess_prod(X, p), rtol=1e-12)
    # The kept gradient is not that of a point that was written over.
    x = X.copy()
    product(x, p)
    x += 1.0
    np.testing.assert_allclose(product(x, p), scipy.optimize.rosen_hess_prod(x, p), rtol=1e-12)


@pytest.mark.parametrize("method", ["BFGS", "L-BFGS-B", "CG", "TNC", "SLSQP", "Newton-CG", "trust-ncg", "trust-krylov"])
def test_scipys_methods_reach_the_minimum(method: str) -> None:
    more = {"hessp": optimize.hessp(banana)} if method in ("Newton-CG", "trust-ncg", "trust-krylov") else {}
    start = np.array([0.5, 1.0, 0.3, 0.7])
    found = scipy.optimize.minimize(optimize.value_and_grad(banana), start, jac=True, method=method, **more)
    assert found.success
    np.testing.assert_allclose(found.x, np.ones(4), atol=1e-3)


def test_arguments_are_passed_on() -> None:
    def f(x: Any, scale: float, shift: Any) -> Any:
        return scale * ((x - shift) ** 2).sum()

    shift = torch.tensor([1.0, 2.0], dtype=torch.float64)
    found = scipy.optimize.minimize(optimize.value_and_grad(f), np.zeros(2), args=(3.0, shift), jac=True)
    np.testing.assert_allclose(found.x, [1.0, 2.0], atol=1e-6)
    product = optimize.hessp(f)
    assert product(X[:2], np.ones(2), 3.0, shift).tolist() == [6.0, 6.0]
    assert product(X[:2], np.ones(2), 4.0, shift).tolist() == [8.0, 8.0]


def model(p: Any) -> Any:
    return (p["w"] ** 3).sum() * p["parts"][1] + p["parts"][0].double().sum() * 2


def like() -> dict[str, Any]:
    return {
        "w": torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64),
        "parts": [torch.ones(2), 0.5, (torch.zeros(0), torch.ones(3, dtype=torch.float64))],
    }


FLAT = [1.0, 2.0, 3.0, 4.0, 1.0, 1.0, 0.5, 1.0, 1.0, 1.0]


def test_structures_become_vectors_and_back() -> None:
    f = optimize.value_and_grad(model, like())
    assert f.parameters.start.tolist() == FLAT and f.parameters.size == 10
    value, gradient = f(f.parameters.start)
    assert value == 54.0
    assert gradient.tolist() == [1.5, 6.0, 13.5, 24.0, 2.0, 2.0, 100.0, 0.0, 0.0, 0.0]
    p = np.arange(10.0)
    tree = f.parameters.unflatten(p)
    assert list(tree) == ["w", "parts"] and tree["w"].tolist() == [[0.0, 1.0], [2.0, 3.0]]
    assert [str(t.dtype) for t in (tree["w"], tree["parts"][0], tree["parts"][1])] == [
        *("torch.float64", "torch.float32", "torch.float32"),
    ]
    assert type(tree["parts"][2]) is tuple and tree["parts"][2][0].shape == (0,)
    assert f.parameters.flatten(tree).tolist() == p.tolist()
    p[0] = 9.0
    assert tree["w"][0, 0] == 0.0, "the structure has memory of its own"


def test_products_with_the_hessian_of_a_structure() -> None:
    """Against differences of the gradient, which are exact to their rounding for a cubic function."""
    f, product = (
        optimize.value_and_grad(model, like(), dtype=torch.float64),
        optimize.hessp(model, like(), dtype=torch.float64),
    )
    x, p, h = f.parameters.start, np.linspace(-1.0, 2.0, 10), 1e-5
    wanted = (f(x + h * p)[1] - f(x - h * p)[1]) / (2 * h)
    np.testing.assert_allclose(product(x, p), wanted, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_models_of_other_types(dtype: str) -> None:
    kind = getattr(torch, dtype)

    def f(x: Any) -> Any:
        assert x.dtype == kind
        return (x * x).sum()

    for given in (optimize.value_and_grad(f, dtype=kind), optimize.value_and_grad(f, torch.ones(3, dtype=kind))):
        value, gradient = given([1.0, 2.0, 3.0])
        assert (value, gradient.tolist(), gradient.dtype) == (14.0, [2.0, 4.0, 6.0], np.float64)
    assert optimize.hessp(f, dtype=kind)([1.0, 2.0, 3.0], [1.0, 0.0, 2.0]).tolist() == [2.0, 0.0, 4.0]


def test_vectors_of_every_kind_are_taken() -> None:
    f = optimize.value_and_grad(banana)
    wanted = f(X)[1].tolist()
    readonly = X.copy()
    readonly.flags.writeable = False
    for x in (list(X), X[::-1][::-1], np.repeat(X, 2)[::2], readonly, X.astype(">f8")):
        assert f(x)[1].tolist() == wanted
    assert optimize.value_and_grad(banana)(X.astype(np.float32))[0] == pytest.approx(f(X)[0], rel=1e-5)


def test_what_a_call_leaves_behind() -> None:
    """No gradient elsewhere, none of the mode, and no shared memory: results are the caller's own."""
    other = torch.ones(4, dtype=torch.float64, requires_grad=True)
    f = optimize.value_and_grad(lambda x: (x * other).sum())
    with torch.no_grad():
        _, first = f(X)
        assert not torch.is_grad_enabled()
    _, second = f(X)
    second += 1.0
    assert other.grad is None and first.tolist() == [1.0] * 4 and f(X)[1].tolist() == [1.0] * 4
    assert other.tolist() == [1.0] * 4
    spread = optimize.value_and_grad(lambda x: x.sum())(X)[1]
    spread[0] = 5.0
    assert spread.tolist() == [5.0, 1.0, 1.0, 1.0]


def test_parameters_that_do_not_matter_have_no_gradient() -> None:
    other = torch.ones((), dtype=torch.float64, requires_grad=True)
    assert optimize.value_and_grad(lambda x: other * 2)(X)[1].tolist() == [0.0] * 4
    assert optimize.hessp(lambda x: x.sum())(X, X).tolist() == [0.0] * 4
    assert optimize.hessp(lambda x: other * 2)(X, X).tolist() == [0.0] * 4


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: optimize.value_and_grad(lambda x: 1.0)(X), TypeError, "tensor of one element, not float"),
        (lambda: optimize.value_and_grad(lambda x: x)(X), ValueError, "not of the shape (4,)"),
        (lambda: optimize.value_and_grad(lambda x: x.detach().sum())(X), ValueError, "by recorded operators"),
        (lambda: optimize.value_and_grad(banana)(X + 1j), TypeError, "x must be real"),
        (lambda: optimize.value_and_grad(banana)(np.ones((2, 2))), ValueError, "has the shape (2, 2)"),
        (lambda: optimize.value_and_grad(model, like())(X), ValueError, "a vector of 10 numbers"),
        (lambda: optimize.value_and_grad(model, []), ValueError, "no parameters"),
        (lambda: optimize.value_and_grad(model, [torch.ones(1, dtype=torch.int64)]), TypeError, "not torch.int64"),
        (lambda: optimize.value_and_grad(banana, dtype=torch.int64), TypeError, "not torch.int64"),
        (lambda: optimize.hessp(banana)(X, X[:2]), ValueError, "p must be a vector of 4"),
        (lambda: optimize.Parameters(like()).flatten([1.0]), ValueError, "another structure"),
    ],
)
def test_wrong_calls_are_told(call: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind) as told:
        call()
    assert words in str(told.value)


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.name)
def test_the_examples_run(example: Path) -> None:
    done = subprocess.run([sys.executable, str(example), "--quick"], capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert done.stdout


def test_what_is_returned_is_nobody_elses() -> None:
    """Law: an optimizer may write over what it gets, whatever a rule passes on."""

    class Kept(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
            ctx.save_for_backward(x)
            return (x * x).sum() / 2

        @staticmethod
        def backward(ctx: Any, g: torch.Tensor) -> torch.Tensor:
            return ctx.saved_tensors[0]

    x, p = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    _, gradient = torch.optimize.value_and_grad(Kept.apply)(x)
    product = torch.optimize.hessp(lambda y: (y * y).sum() / 2)(x, p)
    gradient[:] = 0.0
    product[:] = 0.0
    assert x.tolist() == [1.0, 2.0] and p.tolist() == [3.0, 4.0]


def test_the_other_zero_is_another_point() -> None:
    h = torch.optimize.hessp(lambda x: (1 / x).sum())
    assert [h(np.array([zero]), np.ones(1)).tolist() for zero in (0.0, -0.0)] == [[np.inf], [-np.inf]]


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_they_work_where_nothing_is_recorded(mode: Any) -> None:
    at, product = optimize.value_and_grad(lambda x: (x**3).sum()), optimize.hessp(lambda x: (x**3).sum())
    with mode():
        before = torch.is_grad_enabled(), torch.is_inference_mode_enabled()
        value, gradient = at(np.array([1.0, 2.0]))
        assert (value, gradient.tolist()) == (9.0, [3.0, 12.0])
        assert product([1.0, 2.0], [1.0, 1.0]).tolist() == [6.0, 12.0]
        assert (torch.is_grad_enabled(), torch.is_inference_mode_enabled()) == before
