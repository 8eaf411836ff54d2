"""Weight decay from scratch: twenty samples of two hundred features, with and without a penalty on the weights."""

import torch

INPUTS, TRAINING, VALIDATION, BATCH = 200, 20, 100, 5
torch.manual_seed(6)

X = torch.randn(TRAINING + VALIDATION, INPUTS)
true_w, true_b = torch.ones((INPUTS, 1)) * 0.01, 0.05
y = torch.matmul(X, true_w) + true_b + torch.randn(TRAINING + VALIDATION, 1) * 0.01
print(X.shape, y.shape, y[:3].reshape(-1))


def l2_penalty(w):
    return (w**2).sum() / 2


def mean_square(predicted, y):
    return ((predicted - y) ** 2).mean()


def train(strength, epochs=10, rate=0.01):
    """The weights after some passes over the training samples, the penalty times `strength` in the loss."""
    w = torch.normal(0, 1, (INPUTS, 1), requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    for epoch in range(epochs):
        for chosen in torch.randperm(TRAINING).reshape(-1, BATCH):
            loss = mean_square(torch.matmul(X[chosen], w) + b, y[chosen]) / 2 + strength * l2_penalty(w)
            loss.backward()
            with torch.no_grad():
                for parameter in (w, b):
                    parameter.sub_(rate * parameter.grad)
                    parameter.grad.zero_()
        if epoch % 3 == 0:
            with torch.no_grad():
                predicted = X @ w + b
                inside = mean_square(predicted[:TRAINING], y[:TRAINING])
                outside = mean_square(predicted[TRAINING:], y[TRAINING:])
            print(f"epoch {epoch + 1}: training loss {float(inside):.4f}, validation loss {float(outside):.3f}")
    return w, b


for strength in (0, 3):
    print(f"-- penalty times {strength}")
    w, b = train(strength)
    print("half the square of the weights:", l2_penalty(w), "bias:", b)

print("-- the penalty's gradient is the weight itself")
w = torch.tensor([[1.0], [-2.0]], requires_grad=True)
l2_penalty(w).backward()
print(w.grad == w, l2_penalty(w))
