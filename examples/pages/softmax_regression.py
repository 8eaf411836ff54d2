"""Softmax regression from scratch, on pictures of ten classes that are made from the seed."""

import torch

SIDE, CLASSES, BATCH = 8, 10, 64
torch.manual_seed(5)


def pictures(prototypes, samples):
    """Noisy copies of the prototypes, and whose copy each is."""
    labels = torch.randint(0, len(prototypes), (samples,))
    return prototypes[labels] + 0.9 * torch.randn(samples, 1, SIDE, SIDE), labels


def softmax(scores):
    exponentials = torch.exp(scores - scores.max(dim=1, keepdim=True).values)
    return exponentials / exponentials.sum(1, keepdims=True)


def cross_entropy(probabilities, labels):
    """The mean of the negative logarithm of what the right class got."""
    return -torch.log(probabilities[list(range(len(probabilities))), labels]).mean()


def accuracy(probabilities, labels, averaged=True):
    predictions = probabilities.argmax(axis=1).type(labels.dtype)
    compared = (predictions == labels.reshape(-1)).type(torch.float32)
    return compared.mean() if averaged else compared


print("-- softmax")
X = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
print(X.sum(0, keepdims=True), X.sum(1, keepdims=True), sep="\n")
scores = torch.rand((2, 5))
print(softmax(scores), (softmax(scores).sum(1) - 1).abs() < 1e-6, sep="\n")
guessed = torch.tensor([[0.1, 0.3, 0.6], [0.3, 0.2, 0.5]])
truth = torch.tensor([0, 2])
print(guessed[[0, 1], truth], cross_entropy(guessed, truth), accuracy(guessed, truth))

print("-- data")
prototypes = torch.rand(CLASSES, 1, SIDE, SIDE)
train_X, train_y = pictures(prototypes, 640)
test_X, test_y = pictures(prototypes, 200)
print(train_X.shape, train_X.flatten(1).size(), train_y[:12], train_X.dtype, train_y.dtype)
print(train_X[0, 0, :2], train_X.mean(), train_X.std(), sep="\n")

print("-- training")
W = torch.normal(0, 0.01, size=(SIDE * SIDE, CLASSES), requires_grad=True)
b = torch.zeros(CLASSES, requires_grad=True)


def net(images):
    return softmax(torch.matmul(images.reshape((-1, W.shape[0])), W) + b)


for epoch in range(5):
    losses = []
    for chosen in torch.randperm(len(train_X)).reshape(-1, BATCH).unbind():
        W.grad = b.grad = None
        loss = cross_entropy(net(train_X[chosen]), train_y[chosen])
        loss.backward()
        with torch.no_grad():
            W -= 0.5 * W.grad
            b -= 0.5 * b.grad
        losses.append(loss.detach())
    with torch.no_grad():
        tested = net(test_X)
        print(
            f"epoch {epoch + 1}: training loss {torch.stack(losses).mean().item():.4f}, "
            f"test loss {cross_entropy(tested, test_y).item():.4f}, accuracy {accuracy(tested, test_y).item():.3f}"
        )

print("-- predictions")
with torch.no_grad():
    predicted = net(test_X).argmax(axis=1)
wrong = predicted.type(test_y.dtype) != test_y
print(predicted[:16], test_y[:16], wrong.sum(), accuracy(net(test_X), test_y, averaged=False)[:8], sep="\n")
print(b)
