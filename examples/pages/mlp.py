"""A perceptron with a hidden layer, from scratch: activations and their derivatives, then two spirals told apart."""

import math

import torch
from torch import nn

print("-- activations")
x = torch.arange(-3.0, 3.5, 1.0, requires_grad=True)
for name, y in (("relu", torch.relu(x)), ("sigmoid", torch.sigmoid(x)), ("tanh", torch.tanh(x))):
    y.backward(torch.ones_like(x), retain_graph=True)
    print(name, y, x.grad, sep="\n")
    x.grad.data.zero_()

torch.manual_seed(7)
HIDDEN, BATCH = 24, 32


def spirals(samples, noise=0.05):
    """Points on two arms that wind round each other, and the arm of each."""
    turn = torch.rand(samples) * 2 * math.pi
    arm = torch.randint(0, 2, (samples,))
    angle = turn + math.pi * arm
    points = torch.stack([turn * torch.cos(angle), turn * torch.sin(angle)], dim=1) / 3
    return points + noise * torch.randn(samples, 2), arm


def relu(X):
    return torch.max(X, torch.zeros_like(X))


W1 = nn.Parameter(torch.randn(2, HIDDEN) * 0.5)
b1 = nn.Parameter(torch.zeros(HIDDEN))
W2 = nn.Parameter(torch.randn(HIDDEN, 2) * 0.1)
b2 = nn.Parameter(torch.zeros(2))
parameters = [W1, b1, W2, b2]


def net(X):
    X = X.reshape((-1, 2))
    return torch.matmul(relu(torch.matmul(X, W1) + b1), W2) + b2


def cross_entropy(scores, labels):
    largest = scores.max(dim=1, keepdim=True).values.detach()
    logarithms = scores - largest - torch.log(torch.exp(scores - largest).sum(dim=1, keepdim=True))
    return -logarithms[torch.arange(len(labels)), labels].mean()


print("-- data")
X, labels = spirals(320)
test_X, test_labels = spirals(200)
print(X[:3], labels[:10], sep="\n")

print("-- training")
for epoch in range(20):
    total = torch.zeros(())
    for chosen in torch.randperm(len(X)).reshape(-1, BATCH):
        for parameter in parameters:
            parameter.grad = None
        loss = cross_entropy(net(X[chosen]), labels[chosen])
        loss.backward()
        with torch.no_grad():
            for parameter in parameters:
                parameter.add_(parameter.grad, alpha=-0.5)
        total += loss.detach() * len(chosen)
    if epoch % 5 == 4:
        with torch.no_grad():
            right = (net(test_X).argmax(dim=1) == test_labels).type(torch.float32).mean()
        print(f"epoch {epoch + 1}: training loss {(total / len(X)).item():.4f}, test accuracy {right.item():.3f}")

print("-- gradients of the last batch")
for name, parameter in (("W1", W1), ("b1", b1), ("W2", W2), ("b2", b2)):
    print(name, parameter.shape, f"{parameter.grad.norm().item():.4f}")
print(b2)

print("-- vanishing and exploding")
x = torch.arange(-8.0, 9.0, 4.0, requires_grad=True)
torch.sigmoid(x).backward(torch.ones(len(x)))
print(x.grad)
M = torch.normal(0, 1, size=(4, 4))
print("a matrix", M, sep="\n")
for _ in range(50):
    M = M @ torch.normal(0, 1, size=(4, 4))
print("times fifty others", M, sep="\n")

print("-- dropout: what is left is scaled up")
X = torch.arange(16, dtype=torch.float32).reshape((2, 8))
for p in (0.0, 0.5, 1.0):
    if p == 1:
        print(torch.zeros_like(X))
    else:
        print((torch.rand(X.shape) > p).float() * X / (1.0 - p))
