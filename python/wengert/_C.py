"""What users import from torch's native module by its private name."""

from wengert._overrides import DisableTorchFunctionSubclass as DisableTorchFunctionSubclass
