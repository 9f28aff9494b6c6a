"""Writes pickles by hand: with names of modules that aren't here, as Python 2 wrote them, and as an attacker would.

`pickle.dumps` only writes names that it can import.  A pickle is a row of instructions, so it is as easy to put these
together oneself: `assemble(Call("torch.Size", (2, 3)))`.
"""

import pickle
from typing import Any, NamedTuple


class Name(NamedTuple):
    """The instruction GLOBAL: whatever has this dotted name."""

    dotted: str


class Call(NamedTuple):
    """The instruction REDUCE: what the name stands for, called with these arguments."""

    dotted: str
    arguments: tuple = ()


class Build(NamedTuple):
    """The instruction BUILD: a value whose state is set."""

    value: Any
    state: Any


class Reference(NamedTuple):
    """The instruction BINPERSID: something outside of the pickle."""

    identifier: Any


class Old(NamedTuple):
    """A string of Python 2."""

    content: bytes


class Raw(NamedTuple):
    """Instructions as they are."""

    instructions: bytes


def assemble(value: Any) -> bytes:
    """A whole pickle, in the second version of the format."""
    return b"\x80\x02" + instructions(value) + b"."


def instructions(value: Any) -> bytes:
    """The instructions that put a value on the stack."""
    if isinstance(value, Raw):
        return value.instructions
    if isinstance(value, Name):
        module, _, name = value.dotted.rpartition(".")
        return f"c{module}\n{name}\n".encode()
    if isinstance(value, Call):
        return instructions(Name(value.dotted)) + instructions(value.arguments) + b"R"
    if isinstance(value, Build):
        return instructions(value.value) + instructions(value.state) + b"b"
    if isinstance(value, Reference):
        return instructions(value.identifier) + b"Q"
    if isinstance(value, Old):
        return b"T" + len(value.content).to_bytes(4, "little") + value.content
    if isinstance(value, dict):
        return b"}(" + b"".join(instructions(item) for pair in value.items() for item in pair) + b"u"
    if isinstance(value, (tuple, list)):
        begin, end = (b"(", b"t") if isinstance(value, tuple) else (b"](", b"e")
        return begin + b"".join(map(instructions, value)) + end
    return pickle.dumps(value, 2)[2:-1]  # without the instructions that begin and end a pickle
