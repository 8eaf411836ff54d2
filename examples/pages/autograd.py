"""Gradients: of scalars, of vectors, past detached parts, and through Python's control flow."""

import torch

print("-- a function of a vector")
x = torch.arange(4.0)
x.requires_grad_(True)
print(x, x.grad)
y = 2 * torch.dot(x, x)
print(y)
y.backward()
print(x.grad, x.grad == 4 * x, sep="\n")

print("-- gradients add up until they are zeroed")
x.sum().backward()
print(x.grad)
x.grad.zero_()
x.sum().backward()
print(x.grad)

print("-- of a vector: a weight for each element")
x.grad.zero_()
y = x * x
y.backward(gradient=torch.ones(len(y)))
print(x.grad)
x.grad.zero_()
y = x * x
y.sum().backward()
print(x.grad)
try:
    (x * x).backward()
except RuntimeError as error:
    print(error)

print("-- a part that counts as constant")
x.grad.zero_()
y = x * x
u = y.detach()
z = u * x
z.sum().backward()
print(x.grad == u, u.requires_grad)
x.grad.zero_()
y.sum().backward()
print(x.grad == 2 * x)


def doubled(start):
    """Piecewise linear: how often it doubles depends on the value, and so does the branch."""
    value = start * 2
    while value.norm() < 1000:
        value = value * 2
    return value if value.sum() > 0 else 100 * value


print("-- through control flow")
torch.manual_seed(2)
for _ in range(3):
    a = torch.randn(size=(), requires_grad=True)
    d = doubled(a)
    d.backward()
    print(a, d, a.grad, a.grad == d / a)
b = torch.randn(3, requires_grad=True)
doubled(b).backward(torch.tensor([1.0, 0.5, 0.25]))
print(b, b.grad, sep="\n")

print("-- a second derivative")
t = torch.tensor(3.0, requires_grad=True)
(first,) = torch.autograd.grad(t**3, t, create_graph=True)
(second,) = torch.autograd.grad(first, t)
print(first, second)
