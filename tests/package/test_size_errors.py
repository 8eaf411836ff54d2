"""Sizes near 2**63: torch's exception and text, in no time, and the operand as it was."""

import pytest

import wengert as torch

BIG = 2**62
NUMEL = "numel: integer multiplication overflow"
STRIDES = "Stride calculation overflowed"
LARGEST = "invalid size, possible overflow?"
UNPACK = "Overflow when unpacking long long"

# What torch 2.13 says, but for what follows the first line. `x` is arange(12.).reshape(3, 4).
ERRORS = {
    "x.expand(2**61, 3, 4).sum()": (RuntimeError, NUMEL),
    "torch.vander(torch.ones(3), N=2**62)": (
        RuntimeError,
        f"Storage size calculation overflowed with sizes=[3, {2**62}]",
    ),
    "x.expand(2**62, 3, 4)": (RuntimeError, NUMEL),
    "x.expand(2**63 - 1, 3, 4)": (RuntimeError, NUMEL),
    "x.expand(-2, 3, 4)": (RuntimeError, NUMEL),
    "torch.ones(3).expand(2**62, 3)": (RuntimeError, NUMEL),
    "torch.ones(3).expand(2**62, 2**62, 3)": (RuntimeError, NUMEL),
    "torch.ones(3).expand(2**62, -1)": (RuntimeError, NUMEL),
    "torch.ones(1).expand(2**62, 2)": (RuntimeError, NUMEL),
    "torch.ones(0).expand(2**62, 4, 0)": (RuntimeError, NUMEL),
    "torch.ones(1, 1).expand(3, -2)": (RuntimeError, NUMEL),
    "torch.ones(1).expand(-(2**62), -2)": (RuntimeError, NUMEL),
    "torch.ones(3).expand(-1, 3)": (
        RuntimeError,
        "The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension 0",
    ),
    "torch.ones(3).expand(-2)": (
        RuntimeError,
        "The expanded size of the tensor (-2) must match the existing size (3) at non-singleton dimension 0.  "
        "Target sizes: [-2].  Tensor sizes: [3]",
    ),
    "x.expand(2**59, 3, 4) + 1": (
        RuntimeError,
        f"Storage size calculation overflowed with sizes=[{2**59}, 3, 4]",
    ),
    "torch.zeros(2**62, 2**62, 0)": (
        RuntimeError,
        f"Storage size calculation overflowed with sizes=[{BIG}, {BIG}, 0]",
    ),
    "torch.zeros(2**62, 4, 0)": (RuntimeError, f"Storage size calculation overflowed with sizes=[{BIG}, 4, 0]"),
    "torch.empty(2**62, 2**62, 0)": (
        RuntimeError,
        f"Storage size calculation overflowed with sizes=[{BIG}, {BIG}, 0]",
    ),
    "torch.randn(2**62, 2**62, 0)": (
        RuntimeError,
        f"Storage size calculation overflowed with sizes=[{BIG}, {BIG}, 0]",
    ),
    "torch.zeros(2**62, 1, 0) + torch.zeros(1, 2**62, 0)": (
        RuntimeError,
        f"Storage size calculation overflowed with sizes=[{BIG}, {BIG}, 0]",
    ),
    "torch.ones(2**62)": (RuntimeError, f"Storage size calculation overflowed with sizes=[{BIG}]"),
    "torch.zeros(0, 2**62, 2**62)": (RuntimeError, STRIDES),
    "torch.zeros(2, 0, 2**62, 2)": (RuntimeError, STRIDES),
    "torch.ones(2, -3)": (RuntimeError, "Trying to create tensor with negative dimension -3: [2, -3]"),
    "torch.zeros(2**62, 0).view(2**62, 2**62, 0)": (RuntimeError, NUMEL),
    "torch.zeros(0).reshape(2**62, 2**62, -1)": (
        RuntimeError,
        f"cannot reshape tensor of 0 elements into shape [{BIG}, {BIG}, -1] because the unspecified dimension size -1 "
        "can be any value and is ambiguous",
    ),
    "x.view(2**62, 4)": (RuntimeError, f"shape '[{BIG}, 4]' is invalid for input of size 12"),
    "x.view(2**62, -1)": (RuntimeError, f"shape '[{BIG}, -1]' is invalid for input of size 12"),
    "x.reshape(2**62, 2**62, -1)": (RuntimeError, f"shape '[{BIG}, {BIG}, -1]' is invalid for input of size 12"),
    "x.reshape(-2, 6)": (RuntimeError, "invalid shape dimension -2 at index 0 of shape [-2, 6]"),
    "torch.arange(2**62)": (RuntimeError, f"Storage size calculation overflowed with sizes=[{BIG}]"),
    "torch.arange(-(2**63), 2**63 - 1)": (RuntimeError, LARGEST),
    "torch.tensor(2**64)": (ValueError, UNPACK),
    "x[2**63]": (ValueError, UNPACK),
    "x[0, -(2**64)]": (ValueError, UNPACK),
    "x[2**62]": (IndexError, f"index {BIG} is out of bounds for dimension 0 with size 3"),
    "x[0, 2**62]": (IndexError, f"index {BIG} is out of bounds for dimension 1 with size 4"),
    "x[1, None, 9]": (IndexError, "index 9 is out of bounds for dimension 2 with size 4"),
    "x[..., 7]": (IndexError, "index 7 is out of bounds for dimension 1 with size 4"),
    "x[::0]": (ValueError, "slice step cannot be zero"),
    "x.select(1, 2**62)": (IndexError, f"select(): index {BIG} out of range for tensor of size [3, 4] at dimension 1"),
    "x.__setitem__(0, 2**64)": (ValueError, UNPACK),
    "torch.arange(3).__setitem__(0, 2**63)": (ValueError, UNPACK),
}


@pytest.mark.parametrize("call", ERRORS)
def test_what_is_said_is_torchs(call: str) -> None:
    x = torch.arange(12.0).reshape(3, 4)
    kind, text = ERRORS[call]
    with pytest.raises(kind) as caught:
        eval(call)
    assert (type(caught.value), str(caught.value)) == (kind, text)
    assert x.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    assert (x.shape, x.stride(), x._version) == ((3, 4), (4, 1), 0)


@pytest.mark.parametrize("call", ["zeros(2**45)", "arange(2**45)", "randn(2**45)", "ones(1).expand(2**45) + 1"])
def test_what_no_memory_holds_is_refused(call: str) -> None:
    """Address space is granted or not; what is asked for here no system grants."""
    with pytest.raises((RuntimeError, MemoryError), match="can't allocate memory"):
        eval("torch." + call)


def test_empty_ones_may_be_as_wide_as_they_like() -> None:
    wide = torch.zeros(2**62, 0)
    assert repr(wide) == f"tensor([], size=({BIG}, 0))"
    assert (wide + 1).shape == (BIG, 0)
    assert wide.sum().item() == 0
    assert torch.zeros(2**63 - 1, 2, 0).stride() == (2, 1, 1)
    assert torch.stack([wide, wide]).shape == (2, BIG, 0)
    assert torch.ones(1).expand(2**63 - 1).numel() == 2**63 - 1
