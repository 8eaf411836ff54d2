"""Derivatives by difference quotients, by rule, and by `backward`; partial derivatives and the chain rule."""

import torch


def f(x):
    return 3 * x**2 - 4 * x


print("-- the difference quotient of 3 x^2 - 4 x at 1")
for power in range(1, 6):
    h = 10.0**-power
    print(f"h = {h:.5f}: {(f(1 + h) - f(1)) / h:.5f}")

print("-- the same in tensors")
h = 10.0 ** -torch.arange(1, 6, dtype=torch.float64)
print((f(1 + h) - f(1)) / h)
x = torch.tensor(1.0, requires_grad=True)
f(x).backward()
print(x.grad)

print("-- on a grid, by the rule 6 x - 4")
grid = torch.arange(0, 3, 0.5, requires_grad=True)
f(grid).sum().backward()
print(grid.grad, 6 * grid.detach() - 4, torch.allclose(grid.grad, 6 * grid.detach() - 4), sep="\n")

print("-- x^3 - 1/x and the tangent at 1")
x = torch.tensor(1.0, requires_grad=True)
curve = x**3 - 1 / x
curve.backward()
slope = x.grad.item()
print(f"value {curve.item()}, slope {slope}, tangent {slope:g} x {curve.item() - slope:+g}")

print("-- partial derivatives")
v = torch.tensor([1.0, 2.0, -0.5], requires_grad=True)
g = 3 * v[0] ** 2 + 5 * torch.exp(v[1]) + torch.sin(v[2]) * v[0]
g.backward()
print(g, v.grad, sep="\n")
v.grad.zero_()
v.norm().backward()
print(v.grad, v.detach() / v.detach().norm(), sep="\n")

print("-- the chain rule")
u = torch.tensor([0.5, -1.5], requires_grad=True)
A = torch.tensor([[1.0, 2.0], [0.0, -1.0], [3.0, 1.0]])
inner = A @ u
outer = (inner**2).sum()
outer.backward()
print(u.grad, A.T @ (2 * inner.detach()), sep="\n")
