"""Linear regression from scratch: data with known weights, shuffled batches, the squared loss, gradient descent."""

import math

import torch

torch.manual_seed(4)
device = torch.device("cpu")
true_w, true_b = torch.tensor([2.0, -3.4]), 4.2


def synthetic(w, b, samples, noise=0.01):
    """Features of the normal distribution, and what the line makes of them, with noise."""
    X = torch.randn(samples, len(w))
    y = torch.matmul(X, w.reshape(-1, 1)) + b
    return X, y + torch.randn(samples, 1) * noise


def batches(X, y, size):
    """Passes over all the samples once, in an order of its own each time."""
    shuffle = torch.Generator()
    shuffle.manual_seed(torch.empty((), dtype=torch.int64).random_().item())
    order = torch.randperm(len(X), generator=shuffle).tolist()
    for start in range(0, len(order), size):
        chosen = order[start : start + size]
        yield torch.stack([X[i] for i in chosen], 0), torch.stack([y[i] for i in chosen], 0)


def squared_loss(predicted, y):
    return ((predicted - y.reshape(predicted.shape)) ** 2 / 2).mean()


class SGD:
    """Minibatch gradient descent."""

    def __init__(self, parameters, rate):
        self.parameters, self.rate = parameters, rate

    def step(self):
        for parameter in self.parameters:
            parameter -= self.rate * parameter.grad

    def zero_grad(self):
        for parameter in self.parameters:
            if parameter.grad is not None:
                parameter.grad.zero_()


print("-- one by one and all at once")
ones, twos = torch.ones(100), torch.ones(100) + 1
sums = torch.zeros(100)
for i in range(len(sums)):
    sums[i] = ones[i] + twos[i]
print((sums == ones + twos).all())

print("-- the normal density, whose logarithm is a square")
points = torch.arange(-2, 3, 1.0)
for mean, deviation in ((0, 1), (0, 2), (1, 1)):
    scale = 1 / math.sqrt(2 * math.pi * deviation**2)
    print(scale * torch.exp(-0.5 / deviation**2 * (points - mean) ** 2))

print("-- data")
X, y = synthetic(true_w, true_b, 500)
print(X[0], y[0], X.shape, y.shape)
X_val, y_val = synthetic(true_w, true_b, 100)
first = next(batches(X, y, 32))
print(first[0].shape, first[1].shape, first[0][:2], first[1][:2], sep="\n")

print("-- training")
w = torch.normal(0, 0.01, (2, 1), requires_grad=True)
b = torch.zeros(1, requires_grad=True)
print(w, b)
optimizer = SGD([w, b], 0.1)
for epoch in range(5):
    total = 0.0
    for features, labels in batches(X, y, 32):
        features, labels = features.to(device), labels.to(device)
        loss = squared_loss(torch.matmul(features, w) + b, labels)
        optimizer.zero_grad()
        loss.backward()
        with torch.no_grad():
            optimizer.step()
        total += loss.detach().item() * len(features)
    with torch.no_grad():
        validation = squared_loss(torch.matmul(X_val, w) + b, y_val)
    print(f"epoch {epoch + 1}: training loss {total / len(X):.4g}, validation loss {validation:.4g}")

print("-- found")
with torch.no_grad():
    print(w.reshape(true_w.shape), b)
    error_w, error_b = true_w - w.reshape(true_w.shape), true_b - b
    print((error_w.abs() < 0.01).all(), (error_b.abs() < 0.01).all())

print("-- the formula")
extended = torch.cat((X, torch.ones(len(X), 1)), 1)
gram, moment = extended.T @ extended / len(X), extended.T @ y / len(X)
solution = torch.zeros(3, 1)
for _ in range(200):
    solution += 0.5 * (moment - gram @ solution)
print(solution.reshape(-1))
