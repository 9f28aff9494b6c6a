"""Reading a pickle without running anything that stands in it.

A pickle is a program for a small machine with a stack.  Most of its instructions put a number or a text on the stack,
or gather what lies there into a list, a tuple, a dictionary.  A few are dangerous: ``GLOBAL`` names *any* function of
any module, and ``REDUCE`` calls it.  Python's own `pickle.load` obeys, so whoever made the file can do on this machine
whatever its user can.

Here is a machine of our own.  `pickletools` of Python's library knows how instructions are written, and obeys none.
Those that files of numbers need are carried out below, and a name in the file is nothing but a key in a table of *our*
functions, each of which checks what it is given.  Why not Python's `Unpickler` with its `find_class` restricted?  That
stops most attacks, but instructions that set attributes (``BUILD``) or make objects (``NEWOBJ``, ``EXT1``) stay, and
so do those that make it take memory: a memo numbered a billion, a length that isn't there.  What isn't written in this
file can't happen.

Bombs need no dangerous name.  A list that holds twice a list that holds twice a list ... is small until somebody walks
through it, so nothing here or in the callers walks, prints, compares or hashes what is nested: keys of dictionaries
are texts and numbers.  What a function of the table makes is taken from an `Allowance`.

Read next: ``numpy_pickles.py``, and ``torch_files.py`` for the tables.
"""

from __future__ import annotations

import io
import pickletools
import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .untrusted import Allowance

MOST_INSTRUCTIONS = 1_000_000  # of one pickle; a batch of CIFAR-10 has some 30,000, a large network's checkpoint too
MOST_ARGUMENTS = 12  # of a call
LONGEST = 2**26  # bytes of a single value; the pictures in a batch of CIFAR-10 take half of that

CODES = {instruction.code.encode("latin-1"): instruction for instruction in pickletools.opcodes}
PUT_ARGUMENT = frozenset([
    "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8",
    "BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8",
])  # Python 2's strings were bytes; pickletools has them as texts of characters up to 255
MAKE: dict[str, Callable] = {
    "NONE": lambda: None, "NEWTRUE": lambda: True, "NEWFALSE": lambda: False,
    "EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple,
}
IGNORE = frozenset(["PROTO", "FRAME", "STOP"])
RUNS_CODE = frozenset(["INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4"])


class Global(NamedTuple):
    """A name that a file may use, and the function of ours that is called in its place (None if none is)."""

    name: str
    call: Callable | None


class Unbuilt:
    """What a pickle makes in two steps: ``REDUCE`` makes this, and ``BUILD`` brings the state and with it the value."""

    def __init__(self, build: Callable[[Any], Any]):
        self.build = build
        self.value: Any = None


class Source(io.BytesIO):
    """A file in memory that hands out no huge pieces."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or not 0 <= size <= LONGEST:
            raise ValueError(f"a single value of {size} bytes")
        return super().read(size)

    def readline(self, size: int | None = -1, /) -> bytes:
        return super().readline(1000)


def load(source: Source, admitted: Mapping[str, Callable | None], allowance: Allowance,
         persistent: Callable[[Any], Any] | None = None) -> Any:
    """Read one pickle from where `source` stands, and leave it behind the pickle's end.

    Parameters
    ----------
    source : Source
    admitted : mapping
        From each dotted name that the file may use to what is called in its place: a function that gets the arguments
        in the file, and must check them, or None for names that only stand for something.
    allowance : Allowance
    persistent : callable, optional
        What the instruction ``BINPERSID`` calls: it gets an identifier, and gives back what that stands for.

    Returns
    -------
    Dictionaries (with texts, bytes, whole numbers or None as keys), lists, tuples, numbers, texts, bytes, `Global` and
    whatever the functions return.  Structures may be nested deeply and contain themselves: don't walk through them.

    Raises
    ------
    ValueError
        If the file is damaged, takes too much, or wants anything run; the message then names what.

    Examples
    --------
    >>> import pickle
    >>> load(Source(pickle.dumps({"lr": [0.1, None]})), {}, Allowance())
    {'lr': [0.1, None]}
    >>> load(Source(pickle.dumps(print)), {}, Allowance())
    Traceback (most recent call last):
    ValueError: the file wants 'builtins.print' to be run: it would have executed code when read by pickle, and is
    refused; nothing in it has been run
    """
    machine = Machine(admitted, allowance, persistent)
    try:
        for _ in range(MOST_INSTRUCTIONS):
            name, argument = next_instruction(source)
            if name == "STOP":
                return machine.pop()
            machine.step(name, argument)
    except (LookupError, TypeError, OverflowError) as error:
        raise ValueError(f"the pickle is damaged before byte {source.tell()}: {error}") from error
    raise ValueError(f"the pickle has more than {MOST_INSTRUCTIONS:,} instructions")


def next_instruction(source: Source) -> tuple[str, Any]:
    """Name and argument of the instruction where `source` stands.  One that isn't needed isn't even read to its end."""
    code = source.read(1)
    if code not in CODES:
        raise ValueError(f"the pickle is cut off, or damaged at byte {source.tell()}: {code!r} is no instruction")
    name, argument = CODES[code].name, CODES[code].arg
    if name in RUNS_CODE:
        raise refusal(read_name(source) if name == "INST" else f"the instruction {name}")
    if name not in PUT_ARGUMENT and name not in MAKE and name not in INSTRUCTIONS and name not in IGNORE:
        raise ValueError(f"the pickle has an instruction, {name}, that files of numbers don't need")
    if name == "GLOBAL":
        return name, read_name(source)
    return name, argument.reader(source) if argument else None


def read_name(source: Source) -> str:
    """Module and name, a line each, with a dot between."""
    module, name = source.readline(), source.readline()
    if not module.endswith(b"\n") or not name.endswith(b"\n"):
        raise ValueError("the pickle is cut off in a name, or it is very long")
    return f"{module[:-1].decode()}.{name[:-1].decode()}"


class Machine:
    """The stack, the memo, and what each instruction does with them."""

    def __init__(self, admitted: Mapping[str, Callable | None], allowance: Allowance, persistent: Callable | None):
        self.admitted, self.allowance, self.persistent = admitted, allowance, persistent
        self.stack: list = []
        self.below: list[list] = []  # the stacks that lie under a mark each
        self.memo: dict[int, Any] = {}

    def step(self, name: str, argument: Any) -> None:
        """Carry out one instruction."""
        if name in PUT_ARGUMENT:
            self.allowance.take(sys.getsizeof(argument), "a value")
            self.stack.append(argument)
        elif name in MAKE:
            self.stack.append(MAKE[name]())
        elif name in INSTRUCTIONS:
            INSTRUCTIONS[name](self, argument)

    def pop(self) -> Any:
        return self.stack.pop()

    def mark(self, _) -> None:
        self.below.append(self.stack)
        self.stack = []

    def pop_to_mark(self) -> list:
        items, self.stack = self.stack, self.below.pop()
        return items

    def tuple_to_mark(self, _) -> None:
        items = self.pop_to_mark()
        self.stack.append(tuple(items))

    def pop_tuple(self, size: int) -> None:
        if len(self.stack) < size:
            raise IndexError("stack too short")
        self.stack[-size:] = [tuple(self.stack[-size:])]

    def put(self, argument: int | None) -> None:
        self.memo[len(self.memo) if argument is None else argument] = self.stack[-1]

    def get(self, argument: int) -> None:
        value = self.memo[argument]
        built = isinstance(value, Unbuilt) and value.value is not None
        self.stack.append(value.value if built else value)

    def append(self, items: list) -> None:
        if type(self.stack[-1]) is not list:
            raise TypeError("something is appended to what is no list")
        self.stack[-1].extend(items)

    def set_items(self, items: list) -> None:
        if len(items) % 2:
            raise TypeError("a key without a value")
        add_items(self.stack[-1], zip(items[::2], items[1::2]))

    def name(self, name: str) -> None:
        """``GLOBAL``: only names in the table can be put on the stack."""
        if name not in self.admitted:
            raise refusal(name)
        self.stack.append(Global(name, self.admitted[name]))

    def name_from_stack(self, _) -> None:
        name, module = self.pop(), self.pop()
        if type(name) is not str or type(module) is not str:
            raise TypeError("a name that is no text")
        self.name(f"{module}.{name}")

    def call(self, _) -> None:
        """``REDUCE``: call the function *of ours* that the name stands for."""
        arguments, function = self.pop(), self.pop()
        if not isinstance(function, Global) or function.call is None:
            raise TypeError("something is called that is no function")
        if type(arguments) is not tuple or len(arguments) > MOST_ARGUMENTS:  # each call copies them
            raise TypeError(f"{function.name} is called without arguments, or with a great many")
        self.stack.append(function.call(*arguments))

    def build(self, _) -> None:
        state, value = self.pop(), self.pop()
        if isinstance(value, Unbuilt):
            value.value = value.build(state)
            value = value.value
        elif type(value) is not dict:  # PyTorch notes versions on its dictionaries; they aren't needed
            raise refusal("attributes of an object")
        self.stack.append(value)

    def persistent_value(self, _) -> None:
        if self.persistent is None:
            raise TypeError("a reference to something outside of the pickle")
        self.stack.append(self.persistent(self.pop()))


INSTRUCTIONS: dict[str, Callable[[Machine, Any], None]] = {
    "MARK": Machine.mark,
    "TUPLE": Machine.tuple_to_mark,
    "TUPLE1": lambda machine, _: machine.pop_tuple(1),
    "TUPLE2": lambda machine, _: machine.pop_tuple(2),
    "TUPLE3": lambda machine, _: machine.pop_tuple(3),
    "BINPUT": Machine.put, "LONG_BINPUT": Machine.put, "MEMOIZE": Machine.put,
    "BINGET": Machine.get, "LONG_BINGET": Machine.get,
    "APPEND": lambda machine, _: machine.append([machine.pop()]),
    "APPENDS": lambda machine, _: machine.append(machine.pop_to_mark()),
    "SETITEM": lambda machine, _: machine.set_items([machine.pop(), machine.pop()][::-1]),
    "SETITEMS": lambda machine, _: machine.set_items(machine.pop_to_mark()),
    "GLOBAL": Machine.name, "STACK_GLOBAL": Machine.name_from_stack,
    "REDUCE": Machine.call, "BUILD": Machine.build, "BINPERSID": Machine.persistent_value,
}


def refusal(what: str) -> ValueError:
    """The error for a file that would run code."""
    return ValueError(f"the file wants {what[:100]!r} to be run: it would have executed code when read by pickle, and "
                      "is refused; nothing in it has been run")


def add_items(target: Any, items) -> None:
    """Put keys and values into a dictionary, if the keys can be hashed without surprises."""
    if type(target) is not dict:
        raise TypeError("items are set on what is no dictionary")
    for key, value in items:
        # Nested keys take for ever to hash, and numbers as large as this can be made to collide.
        if type(key) not in (str, bytes, int, bool, type(None)) or type(key) is int and abs(key) >= 2**60:
            raise TypeError(f"a key that is no short number or text, but of type {type(key).__name__}")
        target[key] = value
