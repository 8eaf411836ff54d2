"""dtype, device, layout, memory_format and Size: what they print, compare and pickle as; PyTorch 2.13.0's answers."""

import copy
import pickle
from typing import Any

import pytest

import wengert as torch

KINDS = (
    "cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, fpga, maia, xla, lazy, vulkan, mps, meta, hpu, mtia, "
    "privateuseone"
)
# name: abbreviation, itemsize, floating, complex, signed.
DTYPES = {
    "bool": ("b8", 1, False, False, False),
    "uint8": ("u8", 1, False, False, False),
    "int8": ("i8", 1, False, False, True),
    "int16": ("i16", 2, False, False, True),
    "int32": ("i32", 4, False, False, True),
    "int64": ("i64", 8, False, False, True),
    "float16": ("f16", 2, True, False, True),
    "bfloat16": ("bf16", 2, True, False, True),
    "float32": ("f32", 4, True, False, True),
    "float64": ("f64", 8, True, False, True),
    "complex64": ("c64", 8, False, True, True),
    "complex128": ("c128", 16, False, True, True),
}
ALIASES = {
    "half": "float16",
    "float": "float32",
    "double": "float64",
    "cfloat": "complex64",
    "cdouble": "complex128",
    "short": "int16",
    "int": "int32",
    "long": "int64",
}
SHOWN = {
    "torch.device('cpu')": "device(type='cpu')",
    "torch.device('cuda', 0)": "device(type='cuda', index=0)",
    "torch.device('cuda:1')": "device(type='cuda', index=1)",
    "torch.device(type='cuda', index=1)": "device(type='cuda', index=1)",
    "torch.device(torch.device('cpu'))": "device(type='cpu')",
    "torch.device(device='cpu')": "device(type='cpu')",
    "str(torch.device('cuda:1'))": "'cuda:1'",
    "torch.device('cpu').index": "None",
    "torch.device('cpu') == torch.device('cpu')": "True",
    "torch.device('cpu') == torch.device('cpu', 0)": "False",
    "torch.device('cpu') == 'cpu'": "False",
    "hash(torch.device('cpu')) == hash(torch.device('cpu'))": "True",
    "torch.strided": "torch.strided",
    "torch.contiguous_format": "torch.contiguous_format",
    "torch.float64.to_complex()": "torch.complex128",
    "torch.bfloat16.to_complex()": "torch.complex64",
    "torch.complex64.to_real()": "torch.float32",
    "torch.int64.to_real()": "torch.int64",
    "torch.Size((2, 3))": "torch.Size([2, 3])",
    "torch.Size()": "torch.Size([])",
    "torch.Size([True])": "torch.Size([1])",
    "torch.Size([2, 3])[0]": "2",
    "torch.Size([2, 3])[::-1]": "torch.Size([3, 2])",
    "torch.Size([2, 3]) + (4,)": "torch.Size([2, 3, 4])",
    "(4,) + torch.Size([2, 3])": "torch.Size([4, 2, 3])",
    "2 * torch.Size([2, 3])": "torch.Size([2, 3, 2, 3])",
    "torch.Size([2, 3]) == (2, 3)": "True",
    "torch.Size([2, 3]) == [2, 3]": "False",
    "hash(torch.Size([2])) == hash((2,))": "True",
    "torch.Size([2, 3]).numel()": "6",
    "torch.Size([]).numel()": "1",
}
REFUSED = {
    "torch.device('foo')": f"RuntimeError: Expected one of {KINDS} device type at start of device string: foo",
    "torch.device('')": "RuntimeError: Device string must not be empty",
    "torch.device('cpu:')": "RuntimeError: Invalid device string: 'cpu:'",
    "torch.device('cpu:x')": "RuntimeError: Invalid device string: 'cpu:x'",
    "torch.device('cuda:01')": "RuntimeError: Invalid device string: 'cuda:01'",
    "torch.device('cpu', -1)": "RuntimeError: Device index must not be negative",
    "torch.device(3)": "RuntimeError: Cannot access accelerator device when none is available.",
    "torch.device('cpu', foo=1)": "TypeError: device() got an unexpected keyword argument 'foo'",
    "torch.device('cpu') < torch.device('cpu')": "TypeError: comparison not implemented",
    "torch.dtype()": "TypeError: cannot create 'torch.dtype' instances",
    "torch.int64.to_complex()": "RuntimeError: Unknown Complex ScalarType for Long",
    "torch.Size([1.5])": "TypeError: torch.Size() takes an iterable of 'int' (item 0 is 'float')",
    "torch.Size(3)": "TypeError: 'int' object is not iterable",
    "torch.Size([2**70])": "ValueError: Overflow when unpacking long long",
    "torch.Size([2]) + [4]": "TypeError: can only concatenate tuple (not list) to torch.Size",
    "torch.Size([2]) + ('a',)": "TypeError: torch.Size() takes an iterable of 'int' (item 1 is 'str')",
    "type('X', (torch.Size,), {})": "TypeError: type 'torch.Size' is not an acceptable base type",
}


def value(expression: str) -> Any:
    return eval(expression, {"torch": torch})


@pytest.mark.parametrize("name", DTYPES)
def test_a_dtype_tells_what_it_is(name: str) -> None:
    dtype = getattr(torch, name)
    told = (dtype.abbr, dtype.itemsize, dtype.is_floating_point, dtype.is_complex, dtype.is_signed)
    assert told == DTYPES[name] and repr(dtype) == f"torch.{name}"


@pytest.mark.parametrize("alias", ALIASES)
def test_another_name_is_the_same_object(alias: str) -> None:
    assert getattr(torch, alias) is getattr(torch, ALIASES[alias])


FORMATS = ["contiguous_format", "preserve_format", "channels_last", "channels_last_3d"]


@pytest.mark.parametrize("name", [*DTYPES, "strided", *FORMATS])
def test_a_copy_or_a_pickle_is_the_same_object(name: str) -> None:
    thing = getattr(torch, name)
    assert pickle.loads(pickle.dumps(thing)) is thing and copy.deepcopy(thing) is thing


@pytest.mark.parametrize("thing", [torch.device("cpu"), torch.device("cuda", 1), torch.Size([2, 3])], ids=str)
def test_a_copy_or_a_pickle_is_equal(thing: Any) -> None:
    for again in (pickle.loads(pickle.dumps(thing)), copy.deepcopy(thing)):
        assert again == thing and type(again) is type(thing)


@pytest.mark.parametrize("expression", SHOWN)
def test_it_prints_the_same(expression: str) -> None:
    assert repr(value(expression)) == SHOWN[expression]


@pytest.mark.parametrize("expression", REFUSED)
def test_it_is_refused_in_the_same_words(expression: str) -> None:
    with pytest.raises((TypeError, ValueError, RuntimeError)) as caught:
        value(expression)
    assert f"{type(caught.value).__name__}: {caught.value}" == REFUSED[expression]


def test_a_named_tuple_is_torch_s() -> None:
    pair = torch.ones(3).max(0)
    assert type(pair).__name__ == "max" and pair.n_fields == 2 and isinstance(pair, tuple)
    assert pair.values is pair[0] and pair.indices is pair[1]
    assert repr(pair) == "torch.return_types.max(\nvalues=tensor(1.),\nindices=tensor(0))"
