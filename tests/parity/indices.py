"""Indices for x[...] as text, so that a scenario's id says which index it tries."""

from typing import Any

# Each index is text, separated by bars; `tensor` stands for torch.tensor. The tensor they fit has shape (2, 3, 4).
BASIC = """
0 | -1 | 1 | slice(None) | slice(1,3) | slice(None,None,2) | slice(1,None,2) | slice(-2,None) | slice(5,9)
slice(2,1) | None | ... | (0,) | (0,1) | (0,1,2) | (slice(None),1) | (...,1) | (0,...) | (...,) | () | (None,0)
(0,None) | (slice(None),None,1) | (...,None) | (None,...,None) | (slice(0,1),slice(1,2),slice(2,3))
(1,slice(None,None,3),slice(1,4,2)) | (slice(None),slice(None),-1) | (0,...,0) | True | False
(slice(-100,100),) | slice(None,-1) | (slice(None),[0]) | slice(0,0) | tensor(1) | (tensor(1),tensor(0))
(slice(None),tensor(-1)) | slice(tensor(0),tensor(2))
"""
ADVANCED = """
[0,1] | [1] | [[0,1],[1,0]] | ([0,1],[1,2]) | ([0,1],slice(None),[1,0]) | (slice(None),[0,2]) | (...,[0,2])
([0],None,[1]) | tensor([0,1]) | tensor([[0,1],[1,0]]) | tensor([-1,-2]) | (tensor([0,1]),tensor([1,2]))
(tensor([[0],[1]]),tensor([1,2])) | (slice(None),tensor([0,2]),slice(1,None))
(tensor([0,1]),...,tensor([1,3])) | (0,tensor([0,2])) | (tensor([0,1]),1) | (slice(None),tensor([0,1]),1)
(0,slice(None),tensor([0,3])) | (None,tensor([1,0])) | (tensor([0,1]),None,tensor([0,1])) | tensor([]).long()
[] | ([],[]) | (tensor([0,0,1,1,0]),) | (1,[0,1],slice(None,None,2)) | ([True,False],) | [True,True]
(slice(None),[True,False,True]) | tensor([True,False]) | (tensor([True,True]),tensor([0,1]))
(..., tensor([True,False,False,True])) | tensor([[True,False,True],[False,True,False]])
(tensor([[True,False,True],[False,True,False]]),slice(1,3)) | tensor(True) | tensor(False) | (tensor(True),0)
(slice(None),tensor([False,False,False])) | range(2) | (range(2),0) | tensor([1,0]).int()
"""
REFUSED = """
2 | -3 | (0,3) | (0,0,4) | (0,0,0,0) | (...,...) | slice(None,None,-1) | slice(None,None,0) | 'a' | 1.5
(0,'a') | slice('a',2) | [0,5] | [-3] | tensor([0,2]) | tensor([0.5]) | tensor([True,False,True])
([0,1],[0,1,2]) | [[0,1],[0]] | [0.5] | ['a'] | {} | (tensor([[True,False],[True,True]]),) | tensor([1+1j])
slice(1.5,2) | (slice(None),tensor([0,3])) | object | tensor(5) | 2**70
"""


def listed(text: str) -> list[str]:
    """The entries of one of the texts above."""
    return [entry.strip() for line in text.strip().splitlines() for entry in line.split(" | ")]


def index_of(torch: Any, text: str) -> Any:
    """The index that a text stands for."""
    names = {"tensor": torch.tensor, "slice": slice, "range": range, "object": object()}
    return eval(text, {"__builtins__": {}}, names)
