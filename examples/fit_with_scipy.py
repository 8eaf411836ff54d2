"""Fits a model with SciPy: the gradient comes from wengert, and is timed against one written by hand.

    python examples/fit_with_scipy.py

The model is a logistic regression with a weight penalty. `value_and_grad` makes of its loss what
`scipy.optimize.minimize` wants: a function of one flat vector of float64 that gives the value and the gradient.
(`--quick` takes little data.)
"""

import sys
import timeit

import numpy as np
import scipy.optimize

import wengert as torch
from wengert.optimize import hessp, value_and_grad

QUICK = "--quick" in sys.argv[1:]
SAMPLES, FEATURES = (200, 5) if QUICK else (5000, 50)
PENALTY = 1.0

random = np.random.default_rng(1)
features = random.normal(size=(SAMPLES, FEATURES))
true = random.normal(size=FEATURES)
labels = (random.random(SAMPLES) < 1 / (1 + np.exp(-features @ true - 0.5))).astype(float)

# What the model is: the loss in torch's words.
X, y = torch.from_numpy(features), torch.from_numpy(labels)


def loss(parameters):
    """The negative log-likelihood, and half the squares of the weights."""
    logits = torch.mv(X, parameters["weight"]) + parameters["bias"]
    # log(1 + exp(z)) without overflow.
    softplus = torch.relu(logits) + torch.log1p(torch.exp(-torch.abs(logits)))
    return (softplus - y * logits).sum() + 0.5 * PENALTY * torch.dot(parameters["weight"], parameters["weight"])


start = {"weight": torch.zeros(FEATURES, dtype=torch.float64), "bias": torch.zeros((), dtype=torch.float64)}
f = value_and_grad(loss, like=start)
product = hessp(loss, like=start)


def by_hand(x):
    """The same value and gradient, derived on paper."""
    weight, bias = x[:-1], x[-1]
    logits = features @ weight + bias
    value = np.logaddexp(0, logits).sum() - labels @ logits + 0.5 * PENALTY * weight @ weight
    residual = 1 / (1 + np.exp(-logits)) - labels
    return value, np.append(features.T @ residual + PENALTY * weight, residual.sum())


def milliseconds(function, x):
    """The least time of a call."""
    number = 3 if QUICK else 50
    return min(timeit.repeat(lambda: function(x), number=number, repeat=3)) / number * 1e3


x0 = f.parameters.start
away = random.normal(size=x0.size)
np.testing.assert_allclose(f(away)[0], by_hand(away)[0], rtol=1e-10)
np.testing.assert_allclose(f(away)[1], by_hand(away)[1], rtol=1e-8, atol=1e-8)

for method, more in (("L-BFGS-B", {}), ("trust-ncg", {"hessp": product})):
    found = scipy.optimize.minimize(f, x0, jac=True, method=method, **more)
    manual = scipy.optimize.minimize(by_hand, x0, jac=True, method="L-BFGS-B")
    np.testing.assert_allclose(found.x, manual.x, atol=1e-2)
    fitted = f.parameters.unflatten(found.x)
    print(f"{method:9} loss {found.fun:.4f} after {found.nfev} calls; bias {float(fitted['bias']):.3f} (true: 0.5)")

print(f"\n{SAMPLES} samples, {FEATURES} features, one value and gradient:")
print(f"  wengert  {milliseconds(f, away):8.3f} ms")
print(f"  by hand  {milliseconds(by_hand, away):8.3f} ms (NumPy)")
