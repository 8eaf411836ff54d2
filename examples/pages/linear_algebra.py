"""Vectors and matrices: transposes, sums along axes, products and norms."""

import torch

print("-- scalars, vectors, matrices")
x, y = torch.tensor(5.0), torch.tensor(4.0)
print(x + y, x * y, x / y, x**y)
v = torch.arange(4)
print(v, v[2], len(v), v.shape)
M = torch.arange(8).reshape(4, 2)
print(M, M.T, M.T.shape, sep="\n")
symmetric = torch.tensor([[2, 7, 1], [7, 0, 8], [1, 8, 3]])
print(symmetric == symmetric.T)
print(torch.arange(12).reshape(2, 2, 3))

print("-- arithmetic")
A = torch.arange(6, dtype=torch.float32).reshape(2, 3)
B = A.clone()
print(A, A + B, A * B, sep="\n")
B[0, 0] = 9
print(A[0, 0], B[0, 0])
block = torch.arange(12).reshape(2, 2, 3)
print(3 + block, (3 * block).shape, sep="\n")

print("-- sums")
t = torch.arange(3, dtype=torch.float32)
print(t, t.sum(), A.shape, A.sum())
print(A.sum(axis=0), A.sum(axis=1), A.sum(axis=[0, 1]) == A.sum())
print(A.mean(), A.sum() / A.numel(), A.mean(axis=0), A.sum(axis=0) / A.shape[0])
totals = A.sum(axis=1, keepdims=True)
print(totals, totals.shape, A / totals, A.cumsum(axis=0), sep="\n")

print("-- products")
ones = torch.ones(3, dtype=torch.float32)
print(torch.dot(t, ones), torch.sum(t * ones))
print(A.shape, t.shape, torch.mv(A, t), A @ t)
C = torch.tensor([[1.0, -1, 2, 0], [0, 3, 1, 1], [2, 2, -2, 5]])
print(torch.mm(A, C), A @ C, torch.matmul(A, C), sep="\n")
print(torch.mm(A, C) == A @ C)

print("-- norms")
u = torch.tensor([6.0, -8.0])
print(torch.norm(u), torch.abs(u).sum(), u.norm(p=1), u.norm(float("inf")))
print(torch.norm(torch.ones((9, 4))), torch.norm(A), (A**2).sum() ** 0.5)
