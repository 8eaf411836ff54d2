"""The old classes of tensors of one element type."""

from typing import Any

import numpy

from ..catalogue import each
from ..harness import caught

CALLS = """
FloatTensor()
FloatTensor([1, 2])
FloatTensor((1, 2))
FloatTensor([[1, 2], [3, 4]])
FloatTensor(np.ones(2))
FloatTensor(one)
FloatTensor(one) is one
FloatTensor(one.double())
FloatTensor(1.5)
FloatTensor('a')
FloatTensor(None)
FloatTensor([])
FloatTensor(range(3))
FloatTensor({1: 2})
FloatTensor(True)
FloatTensor(2, 'a')
FloatTensor(2, 3).shape
FloatTensor(torch.Size([2, 3])).shape
FloatTensor(2, device='cpu').shape
FloatTensor([1], device='cuda')
Tensor([1], device='cuda')
LongTensor([1, 2])
LongTensor([1.5])
LongTensor(np.array([1, 2]))
LongTensor(one)
LongTensor(one.long())
LongTensor(2).dtype
IntTensor([1, 2])
ShortTensor([1])
CharTensor([1])
ByteTensor([1, 0])
ByteTensor([300])
BoolTensor([1, 0])
HalfTensor([1])
BFloat16Tensor([1])
DoubleTensor([1])
FloatTensor.dtype
FloatTensor.is_cuda
FloatTensor.__name__
ones(2).type(torch.DoubleTensor)
ones(2).type('torch.LongTensor')
set_default_tensor_type('x')
set_default_tensor_type('torch.IntTensor')
set_default_tensor_type('torch.cuda.FloatTensor')
set_default_tensor_type(torch.float32)
"""


@each(call=CALLS.strip().split("\n"))
def called(torch: Any, call: str) -> Any:
    return caught(eval, f"torch.{call}", {"torch": torch, "np": numpy, "one": torch.ones(2)})


def instances(torch: Any) -> Any:
    one = torch.ones(2)
    classes = [torch.FloatTensor, torch.DoubleTensor, torch.LongTensor, torch.BoolTensor, torch.Tensor]
    things = [one, one.double(), one.long(), one.bool(), torch.nn.Parameter(one), 1]
    return [[isinstance(thing, kind) for kind in classes] for thing in things], issubclass(
        torch.FloatTensor, torch.Tensor
    )


def defaults(torch: Any) -> Any:
    try:
        torch.set_default_tensor_type(torch.DoubleTensor)
        told = [torch.get_default_dtype(), torch.Tensor([1]).dtype, torch.tensor(1.5)]
        torch.set_default_tensor_type("torch.HalfTensor")
        return [*told, torch.get_default_dtype()]
    finally:
        torch.set_default_dtype(torch.float32)
