# ruff: noqa: E501  (a message is one line here, however long, so that it can be compared at sight)
"""What each call of a function, method or operator answers, compared with what PyTorch 2.13.0 answers.

The outcomes below are PyTorch's own, recorded. A text that ends in "one of:" stands for its first line: what follows it
lists PyTorch's overloads, of which some are not here.
"""

from typing import Any

import numpy as np
import pytest

import wengert as torch


class Index:
    """Something that has an index and is no number."""

    def __index__(self) -> int:
        return 1


def answer(call: str) -> Any:
    """The call's value, with fresh operands."""
    t, m, i, z = torch.ones(3), torch.ones(2, 3), torch.tensor([1, 2, 3]), torch.zeros(2)
    return eval(call, {"torch": torch, "np": np, "Index": Index, "t": t, "m": m, "i": i, "z": z})


WRONG = {
    "torch.exp()": 'TypeError: exp() missing 1 required positional arguments: "input"',
    "torch.exp(1)": "TypeError: exp(): argument 'input' (position 1) must be Tensor, not int",
    "torch.exp(None)": "TypeError: exp(): argument 'input' (position 1) must be Tensor, not NoneType",
    "torch.exp([t])": "TypeError: exp(): argument 'input' (position 1) must be Tensor, not list",
    "torch.exp(t, t)": "TypeError: exp() takes 1 positional argument but 2 were given",
    "torch.exp(t, 1, 2)": "TypeError: exp() takes 1 positional argument but 3 were given",
    "torch.exp(t, foo=1)": "TypeError: exp() got an unexpected keyword argument 'foo'",
    "torch.exp(1, foo=1)": "TypeError: exp(): argument 'input' (position 1) must be Tensor, not int",
    "torch.exp(t, input=t)": "TypeError: exp() got multiple values for argument 'input'",
    "torch.exp(t, out=1)": "TypeError: exp(): argument 'out' must be Tensor, not int",
    "torch.exp(t, out=(t, t))": "TypeError: exp(): argument 'out' must be Tensor, not tuple",
    'torch.exp(**{"input": t, "b": 1, "c": 2})': "TypeError: exp() got an unexpected keyword argument 'b'",
    "t.exp(1)": "TypeError: TensorBase.exp() takes no arguments (1 given)",
    "t.exp(1, 2)": "TypeError: TensorBase.exp() takes no arguments (2 given)",
    "t.exp(foo=1)": "TypeError: TensorBase.exp() takes no keyword arguments",
    "t.exp(t, foo=1)": "TypeError: TensorBase.exp() takes no keyword arguments",
    "t.exp_(1)": "TypeError: TensorBase.exp_() takes no arguments (1 given)",
    "torch.dot()": 'TypeError: dot() missing 2 required positional argument: "input", "tensor"',
    "torch.dot(t)": 'TypeError: dot() missing 1 required positional arguments: "tensor"',
    "torch.dot(t, 1)": "TypeError: dot(): argument 'tensor' (position 2) must be Tensor, not int",
    "torch.dot(1, t)": "TypeError: dot(): argument 'input' (position 1) must be Tensor, not int",
    "torch.dot(t, t, t)": "TypeError: dot() takes 2 positional arguments but 3 were given",
    "torch.dot(t, other=t)": 'TypeError: dot() missing 1 required positional arguments: "tensor"',
    "torch.dot(tensor=t)": 'TypeError: dot() missing 2 required positional argument: "input", "tensor"',
    "t.dot()": 'TypeError: dot() missing 1 required positional arguments: "tensor"',
    "t.dot(1)": "TypeError: dot(): argument 'tensor' (position 1) must be Tensor, not int",
    "t.dot(t, t)": "TypeError: dot() takes 1 positional argument but 2 were given",
    "torch.mul()": 'TypeError: mul() missing 2 required positional argument: "input", "other"',
    "torch.mul(t)": 'TypeError: mul() missing 1 required positional arguments: "other"',
    'torch.mul(t, "a")': "TypeError: mul(): argument 'other' (position 2) must be Tensor, not str",
    "torch.mul(t, None)": "TypeError: mul(): argument 'other' (position 2) must be Tensor, not NoneType",
    "torch.mul(t, [1])": "TypeError: mul(): argument 'other' (position 2) must be Tensor, not list",
    "torch.mul(t, {1: 2})": "TypeError: mul(): argument 'other' (position 2) must be Tensor, not dict",
    "torch.mul(t, torch.float32)": "TypeError: mul(): argument 'other' (position 2) must be Tensor, not torch.dtype",
    "torch.mul(t, torch.Size([1]))": "TypeError: mul(): argument 'other' (position 2) must be Tensor, not torch.Size",
    'torch.mul(t, torch.device("cpu"))': "TypeError: mul(): argument 'other' (position 2) must be Tensor, not torch.device",
    "torch.mul(t, lambda: 1)": "TypeError: mul(): argument 'other' (position 2) must be Tensor, not function",
    "torch.mul(t, Index())": "TypeError: mul(): argument 'other' (position 2) must be Tensor, not Index",
    "torch.mul(t, np.ones(3))": "TypeError: mul(): argument 'other' (position 2) must be Tensor, not numpy.ndarray",
    "torch.mul(t, t, t)": "TypeError: mul() takes 2 positional arguments but 3 were given",
    "torch.mul(t, foo=t)": 'TypeError: mul() missing 1 required positional arguments: "other"',
    "torch.mul(t, t, foo=1)": "TypeError: mul() got an unexpected keyword argument 'foo'",
    "torch.mul(t, other=t, x=t)": "TypeError: mul() got an unexpected keyword argument 'x'",
    'torch.mul(t, "a", x=1, y=t)': "TypeError: mul(): argument 'other' (position 2) must be Tensor, not str",
    "torch.mul(t, 2**70)": "OverflowError: int too big to convert",
    "t.mul()": 'TypeError: mul() missing 1 required positional arguments: "other"',
    't.mul("a")': "TypeError: mul(): argument 'other' (position 1) must be Tensor, not str",
    "t.mul(t, t)": "TypeError: mul() takes 1 positional argument but 2 were given",
    "t.mul(t, other=t)": "TypeError: mul() got multiple values for argument 'other'",
    "t.mul(2, out=t)": "TypeError: mul() got an unexpected keyword argument 'out'",
    't.mul_("a")': "TypeError: mul_(): argument 'other' (position 1) must be Tensor, not str",
    "torch.Tensor.mul(t)": 'TypeError: mul() missing 1 required positional arguments: "other"',
    "torch.add(t)": "TypeError: add() received an invalid combination of arguments - got (Tensor), but expected (Tensor input, Tensor other, *, Number alpha = 1, Tensor out = None)",
    'torch.add(t, "a")': "TypeError: add(): argument 'other' (position 2) must be Tensor, not str",
    'torch.add(t, t, alpha="a")': "TypeError: add(): argument 'alpha' must be Number, not str",
    "torch.add(t, t, alpha=t)": "TypeError: add(): argument 'alpha' must be Number, not Tensor",
    "torch.add(t, t, alpha=None)": "TypeError: add(): argument 'alpha' must be Number, not NoneType",
    "torch.add(t, t, alpha=torch.tensor(2.0, requires_grad=True))": "TypeError: add(): argument 'alpha' must be Number, not Tensor",
    "torch.add(t, t, 2)": "TypeError: add() takes 2 positional arguments but 3 were given",
    "t.add()": "TypeError: add() received an invalid combination of arguments - got (), but expected (Tensor other, *, Number alpha = 1)",
    't.add("a")': "TypeError: add(): argument 'other' (position 1) must be Tensor, not str",
    "t.add(t, foo=2)": "TypeError: add() got an unexpected keyword argument 'foo'",
    't.add_("a")': "TypeError: add_(): argument 'other' (position 1) must be Tensor, not str",
    'torch.sub(t, "a")': "TypeError: sub(): argument 'other' (position 2) must be Tensor, not str",
    "torch.div(t, [])": "TypeError: div(): argument 'other' (position 2) must be Tensor, not list",
    "torch.sum()": "TypeError: sum() received an invalid combination of arguments - got (), but expected one of:\n * (Tensor input, *, torch.dtype dtype = None)\n * (Tensor input, tuple of ints dim, bool keepdim = False, *, torch.dtype dtype = None, Tensor out = None)\n",
    'torch.sum("a")': "TypeError: sum(): argument 'input' (position 1) must be Tensor, not str",
    'torch.sum(t, "a")': "TypeError: sum() received an invalid combination of arguments - got (Tensor, str), but expected one of:\n * (Tensor input, *, torch.dtype dtype = None)\n * (Tensor input, tuple of ints dim, bool keepdim = False, *, torch.dtype dtype = None, Tensor out = None)\n",
    "torch.sum(t, 1.5)": "TypeError: sum() received an invalid combination of arguments - got (Tensor, float), but expected one of:\n * (Tensor input, *, torch.dtype dtype = None)\n * (Tensor input, tuple of ints dim, bool keepdim = False, *, torch.dtype dtype = None, Tensor out = None)\n",
    "torch.sum(t, True)": "TypeError: sum() received an invalid combination of arguments - got (Tensor, bool), but expected one of:\n * (Tensor input, *, torch.dtype dtype = None)\n * (Tensor input, tuple of ints dim, bool keepdim = False, *, torch.dtype dtype = None, Tensor out = None)\n",
    "torch.sum(t, range(1))": "TypeError: sum() received an invalid combination of arguments - got (Tensor, range), but expected one of:\n * (Tensor input, *, torch.dtype dtype = None)\n * (Tensor input, tuple of ints dim, bool keepdim = False, *, torch.dtype dtype = None, Tensor out = None)\n",
    "torch.sum(t, torch.float64)": "TypeError: sum() received an invalid combination of arguments - got (Tensor, torch.dtype), but expected one of:\n * (Tensor input, *, torch.dtype dtype = None)\n * (Tensor input, tuple of ints dim, bool keepdim = False, *, torch.dtype dtype = None, Tensor out = None)\n",
    "torch.sum(t, t)": "TypeError: sum() received an invalid combination of arguments - got (Tensor, Tensor), but expected one of:\n * (Tensor input, *, torch.dtype dtype = None)\n * (Tensor input, tuple of ints dim, bool keepdim = False, *, torch.dtype dtype = None, Tensor out = None)\n",
    "torch.sum(t, 0, 1)": "TypeError: sum(): argument 'keepdim' (position 3) must be bool, not int",
    'torch.sum(t, 0, "a")': "TypeError: sum(): argument 'keepdim' (position 3) must be bool, not str",
    "torch.sum(t, 0, None)": "TypeError: sum(): argument 'keepdim' (position 3) must be bool, not NoneType",
    "torch.sum(t, 0, keepdim=1)": "TypeError: sum(): argument 'keepdim' must be bool, not int",
    "torch.sum(t, 0, np.bool_(True))": "TypeError: sum(): argument 'keepdim' (position 3) must be bool, not numpy.bool",
    "torch.sum(t, 0, True, 1)": "TypeError: sum() takes from 2 to 3 positional arguments but 4 were given",
    'torch.sum(m, (0, "a"))': "TypeError: sum(): argument 'dim' failed to unpack the object at pos 2 with error \"type must be tuple of ints,but got str\"",
    "torch.sum(m, (0, 1.5))": "TypeError: sum(): argument 'dim' failed to unpack the object at pos 2 with error \"type must be tuple of ints,but got float\"",
    "torch.sum(m, (True,))": "TypeError: sum() received an invalid combination of arguments - got (Tensor, tuple), but expected one of:\n * (Tensor input, *, torch.dtype dtype = None)\n * (Tensor input, tuple of ints dim, bool keepdim = False, *, torch.dtype dtype = None, Tensor out = None)\n",
    'torch.sum(m, dtype="a")': "TypeError: sum() received an invalid combination of arguments - got (Tensor, dtype=str), but expected one of:\n * (Tensor input, *, torch.dtype dtype = None)\n * (Tensor input, tuple of ints dim, bool keepdim = False, *, torch.dtype dtype = None, Tensor out = None)\n",
    "torch.sum(m, 0, dtype=1)": "TypeError: sum(): argument 'dtype' must be torch.dtype, not int",
    "torch.sum(m, 2**70)": "ValueError: Overflow when unpacking long long",
    "torch.sum(m, dim=0, axis=0)": "TypeError: sum() got an unexpected keyword argument 'axis'",
    "torch.sum(m, 0, axis=0)": "TypeError: sum() got an unexpected keyword argument 'axis'",
    "torch.sum(m, 0, dim=0)": "TypeError: sum() got multiple values for argument 'dim'",
    "torch.sum(m, 0, input=m)": "TypeError: sum() got multiple values for argument 'input'",
    'm.sum("a")': "TypeError: sum() received an invalid combination of arguments - got (str), but expected one of:\n * (*, torch.dtype dtype = None)\n * (tuple of ints dim, bool keepdim = False, *, torch.dtype dtype = None)\n",
    "m.sum(0, 1)": "TypeError: sum(): argument 'keepdim' (position 2) must be bool, not int",
    "m.sum(0, 1, 2)": "TypeError: sum() takes from 1 to 2 positional arguments but 3 were given",
    "m.sum(foo=1)": "TypeError: sum() received an invalid combination of arguments - got (foo=int, ), but expected one of:\n * (*, torch.dtype dtype = None)\n * (tuple of ints dim, bool keepdim = False, *, torch.dtype dtype = None)\n",
    "m.sum(0, foo=1)": "TypeError: sum() got an unexpected keyword argument 'foo'",
    "m.sum(dim=0, keepdim=1)": "TypeError: sum(): argument 'keepdim' must be bool, not int",
    "m.sum(keepdim=True)": "TypeError: sum() received an invalid combination of arguments - got (keepdim=bool, ), but expected one of:\n * (*, torch.dtype dtype = None)\n * (tuple of ints dim, bool keepdim = False, *, torch.dtype dtype = None)\n",
    "m.sum(*[1] * 10)": "TypeError: sum() received an invalid combination of arguments - got (int, int, int, int, int, int, int, int, int, int), but expected one of:\n * (*, torch.dtype dtype = None)\n * (tuple of ints dim, bool keepdim = False, *, torch.dtype dtype = None)\n",
    "torch.matmul(t)": 'TypeError: matmul() missing 1 required positional arguments: "other"',
    "torch.matmul(t, 1)": "TypeError: matmul(): argument 'other' (position 2) must be Tensor, not int",
    "t.matmul()": 'TypeError: matmul() missing 1 required positional arguments: "other"',
    "t.matmul(1)": "TypeError: matmul(): argument 'other' (position 1) must be Tensor, not int",
    't.view(3, "a")': "TypeError: view(): argument 'size' failed to unpack the object at pos 2 with error \"type must be tuple of ints,but got str\"",
    "t.view((3, 2**70))": "TypeError: view(): argument 'size' failed to unpack the object at pos 2 with error \"Overflow when unpacking long long\"",
    "t.reshape()": 'TypeError: reshape() missing 1 required positional arguments: "shape"',
    't.reshape("a")': "TypeError: reshape(): argument 'shape' (position 1) must be tuple of ints, not str",
    "t.reshape(None)": "TypeError: reshape(): argument 'shape' (position 1) must be tuple of ints, not NoneType",
    "t.reshape(True)": "TypeError: reshape(): argument 'shape' (position 1) must be tuple of ints, not bool",
    "t.reshape(3.0)": "TypeError: reshape(): argument 'shape' (position 1) must be tuple of ints, not float",
    't.reshape((3, "a"))': "TypeError: reshape(): argument 'shape' failed to unpack the object at pos 2 with error \"type must be tuple of ints,but got str\"",
    "torch.reshape(t, 3)": "TypeError: reshape(): argument 'shape' (position 2) must be tuple of ints, not int",
    "torch.reshape(t, 3, 1)": "TypeError: reshape() takes 2 positional arguments but 3 were given",
    "torch.reshape(t, (True, 3))": "TypeError: reshape(): argument 'shape' (position 2) must be tuple of ints, but found element of type bool at pos 0",
    "torch.reshape(t)": 'TypeError: reshape() missing 1 required positional arguments: "shape"',
    "m.permute()": 'TypeError: permute() missing 1 required positional arguments: "dims"',
    'm.permute("a")': "TypeError: permute(): argument 'dims' (position 1) must be tuple of ints, not str",
    'm.permute("a", 0)': "TypeError: permute() takes 1 positional argument but 2 were given",
    "m.permute((1,), 0)": "TypeError: permute() takes 1 positional argument but 2 were given",
    "m.permute(1.0, 0)": "TypeError: permute() takes 1 positional argument but 2 were given",
    'm.permute(dims=("a",))': "TypeError: permute(): argument 'dims' must be tuple of ints, not tuple",
    "torch.permute(m, 1, 0)": "TypeError: permute() takes 2 positional arguments but 3 were given",
    "torch.permute(m, (1, 0.5))": "TypeError: permute(): argument 'dims' failed to unpack the object at pos 2 with error \"type must be tuple of ints,but got float\"",
    "m.expand()": 'TypeError: expand() missing 1 required positional arguments: "size"',
    'm.expand("a")': "TypeError: expand(): argument 'size' (position 1) must be tuple of ints, not str",
    "m.transpose(0)": 'TypeError: transpose() missing 1 required positional arguments: "dim1"',
    "m.transpose(0, 1.0)": "TypeError: transpose(): argument 'dim1' (position 2) must be int, not float",
    'torch.transpose(m, 0, "a")': "TypeError: transpose(): argument 'dim1' (position 3) must be int, not str",
    "m.t(1)": "TypeError: TensorBase.t() takes no arguments (1 given)",
    "m.unsqueeze()": 'TypeError: unsqueeze() missing 1 required positional arguments: "dim"',
    'm.unsqueeze("a")': "TypeError: unsqueeze(): argument 'dim' (position 1) must be int, not str",
    "m.unsqueeze(1.0)": "TypeError: unsqueeze(): argument 'dim' (position 1) must be int, not float",
    "torch.where()": "TypeError: where() received an invalid combination of arguments - got (), but expected one of:",
    "torch.where(t > 0, t)": "TypeError: where() received an invalid combination of arguments - got (Tensor, Tensor), but expected one of:",
    'torch.where(t > 0, t, "a")': "TypeError: where() received an invalid combination of arguments - got (Tensor, Tensor, str), but expected one of:",
    "torch.where(1, t, t)": "TypeError: where() received an invalid combination of arguments - got (int, Tensor, Tensor), but expected one of:",
    "torch.where(t > 0, t, t, t)": "TypeError: where() takes 3 positional arguments but 4 were given",
    "torch.where(t > 0, x=t, y=t)": "TypeError: where() received an invalid combination of arguments - got (Tensor, y=Tensor, x=Tensor), but expected one of:",
    "torch.max()": "TypeError: max() received an invalid combination of arguments - got (), but expected one of:",
    "torch.max(1)": "TypeError: max(): argument 'input' (position 1) must be Tensor, not int",
    "torch.max(t, 2**70)": "ValueError: Overflow when unpacking long long",
    't.max(1, "a")': "TypeError: max(): argument 'keepdim' (position 2) must be bool, not str",
    't.max(1, keepdim="a")': "TypeError: max(): argument 'keepdim' must be bool, not str",
    "torch.unbind()": 'TypeError: unbind() missing 1 required positional arguments: "input"',
    "torch.unbind(1)": "TypeError: unbind(): argument 'input' (position 1) must be Tensor, not int",
    'torch.unbind(t, "a")': "TypeError: unbind(): argument 'dim' (position 2) must be int, not str",
    "torch.unbind(t, 1.0)": "TypeError: unbind(): argument 'dim' (position 2) must be int, not float",
    "torch.unbind(t, True)": "TypeError: unbind(): argument 'dim' (position 2) must be int, not bool",
    "torch.unbind(t, Index())": "TypeError: unbind(): argument 'dim' (position 2) must be int, not Index",
    "torch.unbind(t, t)": "TypeError: unbind(): argument 'dim' (position 2) must be int, not Tensor",
    "torch.unbind(t, 2**63)": "ValueError: Overflow when unpacking long long",
    "torch.unbind(t, foo=1)": "TypeError: unbind() got an unexpected keyword argument 'foo'",
    "torch.pow()": "TypeError: pow() received an invalid combination of arguments - got (), but expected one of:\n * (Tensor input, Tensor exponent, *, Tensor out = None)\n * (Number self, Tensor exponent, *, Tensor out = None)\n * (Tensor input, Number exponent, *, Tensor out = None)\n",
    "torch.pow(t)": "TypeError: pow() received an invalid combination of arguments - got (Tensor), but expected one of:\n * (Tensor input, Tensor exponent, *, Tensor out = None)\n * (Number self, Tensor exponent, *, Tensor out = None)\n * (Tensor input, Number exponent, *, Tensor out = None)\n",
    'torch.pow(t, "a")': "TypeError: pow() received an invalid combination of arguments - got (Tensor, str), but expected one of:\n * (Tensor input, Tensor exponent, *, Tensor out = None)\n * (Number self, Tensor exponent, *, Tensor out = None)\n * (Tensor input, Number exponent, *, Tensor out = None)\n",
    "torch.pow(2, 3)": "TypeError: pow() received an invalid combination of arguments - got (int, int), but expected one of:\n * (Tensor input, Tensor exponent, *, Tensor out = None)\n * (Number self, Tensor exponent, *, Tensor out = None)\n * (Tensor input, Number exponent, *, Tensor out = None)\n",
    'torch.pow("a", t)': "TypeError: pow() received an invalid combination of arguments - got (str, Tensor), but expected one of:\n * (Tensor input, Tensor exponent, *, Tensor out = None)\n * (Number self, Tensor exponent, *, Tensor out = None)\n * (Tensor input, Number exponent, *, Tensor out = None)\n",
    "t.pow()": "TypeError: pow() received an invalid combination of arguments - got (), but expected one of:\n * (Tensor exponent)\n * (Number exponent)\n",
    't.pow("a")': "TypeError: pow() received an invalid combination of arguments - got (str), but expected one of:\n * (Tensor exponent)\n      didn't match because some of the arguments have invalid types: (!str!)\n * (Number exponent)\n      didn't match because some of the arguments have invalid types: (!str!)\n",
    'torch.mean(t, "a")': "TypeError: mean() received an invalid combination of arguments - got (Tensor, str), but expected one of:\n * (Tensor input, *, torch.dtype dtype = None, Tensor out = None)\n * (Tensor input, tuple of ints dim, bool keepdim = False, *, torch.dtype dtype = None, Tensor out = None)\n",
    "torch.mean(1)": "TypeError: mean(): argument 'input' (position 1) must be Tensor, not int",
    't.mean(0, dtype="a")': "TypeError: mean(): argument 'dtype' must be torch.dtype, not str",
    "torch.stack(t)": "TypeError: stack(): argument 'tensors' (position 1) must be tuple of Tensors, not Tensor",
    "torch.stack(1)": "TypeError: stack(): argument 'tensors' (position 1) must be tuple of Tensors, not int",
    "torch.stack([t, 1])": "TypeError: expected Tensor as element 1 in argument 0, but got int",
    "torch.stack((None, t))": "TypeError: expected Tensor as element 0 in argument 0, but got NoneType",
    'torch.stack([t, t], "a")': "TypeError: stack(): argument 'dim' (position 2) must be int, not str",
    "torch.stack([t, t], 0, 1)": "TypeError: stack() takes from 1 to 2 positional arguments but 3 were given",
    'torch.eq(t, "a")': "TypeError: eq() received an invalid combination of arguments - got (Tensor, str), but expected one of:\n * (Tensor input, Tensor other, *, Tensor out = None)\n * (Tensor input, Number other, *, Tensor out = None)\n",
    "torch.eq(t)": "TypeError: eq() received an invalid combination of arguments - got (Tensor), but expected one of:\n * (Tensor input, Tensor other, *, Tensor out = None)\n * (Tensor input, Number other, *, Tensor out = None)\n",
    "torch.eq(t, foo=1, bar=2)": "TypeError: eq() received an invalid combination of arguments - got (Tensor, bar=int, foo=int), but expected one of:\n * (Tensor input, Tensor other, *, Tensor out = None)\n * (Tensor input, Number other, *, Tensor out = None)\n",
    'torch.eq(input=t, other="a")': "TypeError: eq() received an invalid combination of arguments - got (other=str, input=Tensor, ), but expected one of:\n * (Tensor input, Tensor other, *, Tensor out = None)\n * (Tensor input, Number other, *, Tensor out = None)\n",
    't.eq([1, "a"])': "TypeError: eq() received an invalid combination of arguments - got (list), but expected one of:\n * (Tensor other)\n      didn't match because some of the arguments have invalid types: (!list of [int, str]!)\n * (Number other)\n      didn't match because some of the arguments have invalid types: (!list of [int, str]!)\n",
    "t.eq((1,))": "TypeError: eq() received an invalid combination of arguments - got (tuple), but expected one of:\n * (Tensor other)\n      didn't match because some of the arguments have invalid types: (!tuple of (int,)!)\n * (Number other)\n      didn't match because some of the arguments have invalid types: (!tuple of (int,)!)\n",
    "t.eq(())": "TypeError: eq() received an invalid combination of arguments - got (tuple), but expected one of:\n * (Tensor other)\n      didn't match because some of the arguments have invalid types: (!tuple of ()!)\n * (Number other)\n      didn't match because some of the arguments have invalid types: (!tuple of ()!)\n",
    't.eq(other="a")': "TypeError: eq() received an invalid combination of arguments - got (other=str, ), but expected one of:\n * (Tensor other)\n      didn't match because some of the arguments have invalid types: (!other=str!, )\n * (Number other)\n      didn't match because some of the arguments have invalid types: (!other=str!, )\n",
    't.eq(foo="a")': "TypeError: eq() received an invalid combination of arguments - got (foo=str, ), but expected one of:\n * (Tensor other)\n      didn't match because some of the keywords were incorrect: foo\n * (Number other)\n      didn't match because some of the keywords were incorrect: foo\n",
    't.eq(foo="a", other=t)': "TypeError: eq() received an invalid combination of arguments - got (other=Tensor, foo=str, ), but expected one of:\n * (Tensor other)\n * (Number other)\n",
    "torch.lt(1, t)": "TypeError: lt() received an invalid combination of arguments - got (int, Tensor), but expected one of:\n * (Tensor input, Tensor other, *, Tensor out = None)\n * (Tensor input, Number other, *, Tensor out = None)\n",
    "t.zero_(1)": "TypeError: TensorBase.zero_() takes no arguments (1 given)",
    "t.zero_(foo=1)": "TypeError: TensorBase.zero_() takes no keyword arguments",
    't + "a"': "TypeError: unsupported operand type(s) for +: 'Tensor' and 'str'",
    't - "a"': "TypeError: unsupported operand type(s) for -: 'Tensor' and 'str'",
    "t / [1]": "TypeError: unsupported operand type(s) for /: 'Tensor' and 'list'",
    't ** "a"': "TypeError: unsupported operand type(s) for ** or pow(): 'Tensor' and 'str'",
    '"a" ** t': "TypeError: unsupported operand type(s) for ** or pow(): 'str' and 'Tensor'",
    "t @ 1": "TypeError: unsupported operand type(s) for @: 'Tensor' and 'int'",
    "1 @ t": "TypeError: unsupported operand type(s) for @: 'int' and 'Tensor'",
    't < "a"': "TypeError: '<' not supported between instances of 'Tensor' and 'str'",
    "t + None": "TypeError: unsupported operand type(s) for +: 'Tensor' and 'NoneType'",
    "t * 2**64": "OverflowError: int too big to convert",
    "i * -(2**63) * 2 ** 64": "OverflowError: int too big to convert",
}

RIGHT = {
    "torch.exp(x=z)": "tensor([1., 1.])",
    "torch.exp(a=z)": "tensor([1., 1.])",
    "torch.exp(z, out=None)": "tensor([1., 1.])",
    "torch.mul(x1=t, x2=t)": "tensor([1., 1., 1.])",
    "torch.mul(t, np.float32(2))": "tensor([2., 2., 2.])",
    "torch.mul(t, np.float64(2))": "tensor([2., 2., 2.])",
    "torch.mul(t, np.int64(2))": "tensor([2., 2., 2.])",
    "torch.mul(t, np.bool_(True))": "tensor([1., 1., 1.])",
    "torch.mul(i, np.float32(2))": "tensor([2., 4., 6.])",
    "torch.mul(i, np.uint8(2))": "tensor([2, 4, 6])",
    "torch.mul(t, 2**63)": "tensor([9.2234e+18, 9.2234e+18, 9.2234e+18])",
    "torch.mul(i, 2**63)": "tensor([-9223372036854775808,                    0, -9223372036854775808])",
    "torch.mul(i, 2**64 - 1)": "tensor([-1, -2, -3])",
    "torch.add(i, 2**63)": "tensor([-9223372036854775807, -9223372036854775806, -9223372036854775805])",
    "i * 2**63": "tensor([-9223372036854775808,                    0, -9223372036854775808])",
    "2**63 * i": "tensor([-9223372036854775808,                    0, -9223372036854775808])",
    "torch.mul(t, 1.5 + 2j)": "tensor([1.5000+2.j, 1.5000+2.j, 1.5000+2.j])",
    "torch.add(t, t, alpha=torch.tensor(2))": "tensor([3., 3., 3.])",
    "torch.add(t, t, alpha=np.float64(2))": "tensor([3., 3., 3.])",
    "torch.sum(m, axis=0)": "tensor([2., 2., 2.])",
    "torch.sum(axis=0, input=m)": "tensor([2., 2., 2.])",
    "torch.sum(m, axis=0, keepdims=True)": "tensor([[2., 2., 2.]])",
    "torch.sum(m, (0, 1))": "tensor(6.)",
    "torch.sum(m, [0, 1])": "tensor(6.)",
    "torch.sum(m, np.int64(1))": "tensor([3., 3.])",
    "torch.sum(m, (np.int32(1),))": "tensor([3., 3.])",
    "torch.sum(m, torch.tensor(1))": "tensor([3., 3.])",
    "torch.sum(m, None)": "tensor(6.)",
    "torch.sum(m, dim=None)": "tensor(6.)",
    "torch.sum(m, (0, True))": "tensor(6.)",
    "torch.sum(m, dtype=float)": "tensor(6., dtype=torch.float64)",
    "torch.sum(m, dtype=int)": "tensor(6)",
    "m.sum(0, True)": "tensor([[2., 2., 2.]])",
    "m.mean(None)": "tensor(1.)",
    "t.view(3, 1)": "tensor([[1.],\n        [1.],\n        [1.]])",
    "t.view((3, 1))": "tensor([[1.],\n        [1.],\n        [1.]])",
    "t.view([3, 1])": "tensor([[1.],\n        [1.],\n        [1.]])",
    "t.view(torch.Size([3, 1]))": "tensor([[1.],\n        [1.],\n        [1.]])",
    "t.view(size=(3, 1))": "tensor([[1.],\n        [1.],\n        [1.]])",
    "t.view(3, True)": "tensor([[1.],\n        [1.],\n        [1.]])",
    "t.view(np.int64(3))": "tensor([1., 1., 1.])",
    "t.view(np.array(3))": "tensor([1., 1., 1.])",
    "t.view((np.int64(3), 1))": "tensor([[1.],\n        [1.],\n        [1.]])",
    "t.view(Index(), 3)": "tensor([[1., 1., 1.]])",
    "t.view((Index(), 3))": "tensor([[1., 1., 1.]])",
    "t.view(torch.tensor(3))": "tensor([1., 1., 1.])",
    "t.view(3, torch.tensor(1))": "tensor([[1.],\n        [1.],\n        [1.]])",
    "t.reshape(3, 1)": "tensor([[1.],\n        [1.],\n        [1.]])",
    "t.reshape(shape=(3, 1))": "tensor([[1.],\n        [1.],\n        [1.]])",
    "torch.reshape(t, (3, 1))": "tensor([[1.],\n        [1.],\n        [1.]])",
    "m.permute(1, 0)": "tensor([[1., 1.],\n        [1., 1.],\n        [1., 1.]])",
    "m.permute((1, 0))": "tensor([[1., 1.],\n        [1., 1.],\n        [1., 1.]])",
    "torch.permute(m, (1, 0))": "tensor([[1., 1.],\n        [1., 1.],\n        [1., 1.]])",
    "m.expand(2, 3)": "tensor([[1., 1., 1.],\n        [1., 1., 1.]])",
    "m.expand((2, 3))": "tensor([[1., 1., 1.],\n        [1., 1., 1.]])",
    "m.transpose(dim0=0, dim1=1)": "tensor([[1., 1.],\n        [1., 1.],\n        [1., 1.]])",
    "torch.unbind(m, torch.tensor(1))": "(tensor([1., 1.]), tensor([1., 1.]), tensor([1., 1.]))",
    "torch.unbind(m, np.int64(1))": "(tensor([1., 1.]), tensor([1., 1.]), tensor([1., 1.]))",
    "torch.max(m, 0)": "torch.return_types.max(\nvalues=tensor([1., 1., 1.]),\nindices=tensor([0, 0, 0]))",
    "torch.max(m, 0, True)": "torch.return_types.max(\nvalues=tensor([[1., 1., 1.]]),\nindices=tensor([[0, 0, 0]]))",
    "torch.max(m, np.int64(1))": "torch.return_types.max(\nvalues=tensor([1., 1.]),\nindices=tensor([0, 0]))",
    "torch.max(m, dim=0).values": "tensor([1., 1., 1.])",
    "torch.max(m, 0)[1]": "tensor([0, 0, 0])",
    "torch.where(t > 0, 1, 2)": "tensor([1, 1, 1])",
    "torch.where(t > 0, t, 1)": "tensor([1., 1., 1.])",
    "torch.pow(2, t)": "tensor([2., 2., 2.])",
    't == "a"': "False",
    't != "a"': "True",
    "t == None": "False",
}


@pytest.mark.parametrize("call", WRONG)
def test_a_wrong_call_is_refused_in_the_same_words(call: str) -> None:
    with pytest.raises((TypeError, ValueError, OverflowError, RuntimeError)) as caught:
        answer(call)
    said = f"{type(caught.value).__name__}: {caught.value}"
    if WRONG[call].endswith("one of:"):
        said = said.partition("\n")[0]
    assert said == WRONG[call]


@pytest.mark.parametrize("call", RIGHT)
def test_an_unusual_spelling_means_the_same(call: str) -> None:
    assert repr(answer(call)) == RIGHT[call]


def test_a_refused_call_leaves_its_operands_alone() -> None:
    x = torch.ones(3)
    for call in (lambda: x.mul_("a"), lambda: x.add_(x, alpha="a"), lambda: x.exp_(1)):
        with pytest.raises(TypeError):
            call()
    assert x.tolist() == [1.0, 1.0, 1.0] and x._version == 0


def test_in_place_methods_return_the_very_object() -> None:
    x = torch.ones(3)
    assert x.mul_(2) is x and x.exp_() is x
    y = x
    y *= 2
    assert y is x


def test_out_is_returned_as_the_object_that_was_given() -> None:
    x, out = torch.ones(3), torch.zeros(3)
    assert torch.exp(x, out=out) is out


def test_an_element_s_own_error_comes_through() -> None:
    class Broken:
        def __index__(self) -> int:
            raise ZeroDivisionError("not today")

    for call in (lambda: torch.ones(3).view(Broken(), 1), lambda: torch.ones(3).view((1, Broken()))):
        with pytest.raises(ZeroDivisionError, match="not today"):
            call()


def test_a_list_may_shrink_while_it_is_read() -> None:
    sizes: list[Any] = [1, 1, 1]

    class Shrinks:
        def __index__(self) -> int:
            sizes.clear()
            return 1

    sizes[0] = Shrinks()
    with pytest.raises(IndexError):
        torch.ones(1).view(sizes)


def test_functions_are_builtins_with_signatures_to_read() -> None:
    assert type(torch.dot) is type(len) and torch.dot.__name__ == "dot"
    assert torch.dot.__text_signature__ == "(input, tensor, *, out=None)"
    assert torch.Tensor.dot.__text_signature__ == "($self, tensor)"
    assert torch.Tensor.mul_.__name__ == "mul_"
