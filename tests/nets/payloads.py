"""Pickles that run code when Python's `pickle` reads them: each creates a file.  They're here to be refused."""

import copyreg
from pathlib import Path

from .assembler import Build, Call, Name, Raw, instructions


def payloads(sentinel: Path) -> dict:
    """By name, values for `assembler.assemble` that would create the file `sentinel`."""
    command, source = f"touch {sentinel}", f"open({str(sentinel)!r}, 'w').close()"
    system = Call("builtins.getattr", (Call("importlib.import_module", ("os",)), "system"))
    mapped = Call("builtins.map", (Name("os.system"), [command]))
    with_setter = Build(Call("types.SimpleNamespace"), {"__setstate__": Name("os.system")})
    shell = instructions(command)
    return {
        "os.system": Call("os.system", (command,)),
        "posix.system": Call("posix.system", (command,)),
        "subprocess": Call("subprocess.check_call", (["touch", str(sentinel)],)),
        "eval": Call("builtins.eval", (source,)),
        "exec": Call("builtins.exec", (source,)),
        "exec as Python 2 called it": Call("__builtin__.eval", (source,)),
        "a chain of getattr": Raw(instructions(system) + instructions((command,)) + b"R"),
        "functools.partial": Raw(instructions(Call("functools.partial", (Name("os.system"), command))) + b")R"),
        "operator.methodcaller": Raw(instructions(Call("operator.methodcaller", ("touch",)))
                                     + instructions((Call("pathlib.Path", (str(sentinel),)),)) + b"R"),
        "a map that a call walks through": Call("builtins.list", (mapped,)),
        "a state that is set": Build(with_setter, command),
        "a name with dots, from the stack": Raw(b"\x80\x04\x8c\x07pathlib\x8c\x0aPath.touch\x93"
                                                + instructions((Call("pathlib.Path", (str(sentinel),)),)) + b"R"),
        "INST": Raw(b"(" + shell + b"ios\nsystem\n"),
        "OBJ": Raw(b"(cos\nsystem\n" + shell + b"o"),
        "NEWOBJ": Raw(b"cbuiltins\nbytes\n" + instructions(mapped) + b"\x85\x81"),
        "EXT1": Raw(b"\x82\xf0" + instructions((command,)) + b"R"),
        "in the key of a dictionary": {Call("os.system", (command,)): 1},
        "beside weights": {"state_dict": {}, "optimizer": [{"lr": Call("os.system", (command,))}]},
    }


NAMES = list(payloads(Path("nothing")))


def register_extension() -> None:
    """Give os.system the number that EXT1 uses here, as a careless library might."""
    copyreg.add_extension("os", "system", 0xF0)


def unregister_extension() -> None:
    copyreg.remove_extension("os", "system", 0xF0)
