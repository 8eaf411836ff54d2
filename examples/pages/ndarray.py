"""Arrays of numbers: making tensors, their shapes, arithmetic, broadcasting, memory, and the way to NumPy."""

import torch

print("-- making")
x = torch.arange(15, dtype=torch.float32)
print(x)
print(x.numel(), x.shape, x.dtype)
grid = x.reshape(3, 5)
print(grid)
print(x.reshape(-1, 5).shape, x.reshape(5, -1).shape)
print(torch.zeros((2, 2, 3)))
print(torch.ones((2, 3)))
torch.manual_seed(1)
print(torch.randn(2, 4))
print(torch.tensor([[3, 1, 4], [1, 5, 9]]))

print("-- reading and writing elements")
print(grid[-1], grid[0:2], grid[1, 3], sep="\n")
grid[1, 2] = 70
print(grid)
grid[:2, :] = 8
print(grid)
grid[::2, 1:3] = torch.tensor([0.5, -0.5])
print(grid)
print(x)  # The same memory under another shape.

print("-- element by element")
print(torch.exp(torch.tensor([-1.0, 0.0, 2.0])))
a = torch.tensor([1.0, 3.0, 5.0, 7.0])
b = torch.tensor([4, 2, 2, 1])
print(a + b, a - b, a * b, a / b, a**b, sep="\n")
u = torch.arange(6, dtype=torch.float32).reshape(2, 3)
v = torch.tensor([[2.0, 1, 0], [3, 6, 5]])
print(torch.cat((u, v), dim=0), torch.cat((u, v), dim=1), sep="\n")
print(u == v, u < v, u >= v, sep="\n")
print(u.sum())

print("-- broadcasting")
column, row = torch.arange(4).reshape((4, 1)), torch.arange(3).reshape((1, 3))
print(column + row)
print((column * row).shape, (column - row).sum(dim=1))

print("-- memory")
before = id(v)
v = v + u
print(id(v) == before)
w = torch.zeros_like(v)
before = id(w), w.data_ptr()
w[:] = u + v
print((id(w), w.data_ptr()) == before)
before = id(u)
u += v
print(id(u) == before, u, sep="\n")

print("-- conversions")
array = u.numpy()
back = torch.from_numpy(array)
print(type(array).__name__, array.shape, array.dtype, type(back).__name__)
array[0, 0] = -1
print(back[0, 0], u[0, 0])
one = torch.tensor([2.75])
print(one, one.item(), float(one), int(one))
