"""Do we read the files that PyTorch writes, in both of its formats, to the last bit as PyTorch reads them?

Each of the tensors below is written by ``torch.save`` in today's format and in the one before 2020, with each version
of the pickle format, bare and inside a checkpoint with an optimizer; and by the safetensors package.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

import nets

OLDEST, NEWEST = 2, 5  # versions of the pickle format


def add_arguments(parser) -> None:
    parser.add_argument("--seed", type=int, default=0, help="draw other numbers")
    parser.add_argument("files", nargs="*", help="compare these files, too (PyTorch then reads them with weights_only)")


def run(options) -> int:
    """Print a line per file.  0 if every tensor is the same, 1 if any isn't, 2 without PyTorch."""
    try:
        import torch
    except ImportError:
        print("This benchmark compares with PyTorch, which is not installed:  pip install torch", file=sys.stderr)
        return 2
    torch.manual_seed(options.seed)
    print(f"minigrad against PyTorch {torch.__version__}, files of weights, to the last bit\n")
    print(f"{'file':60} {'tensors':>8} {'differ':>8}")
    differ = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, path, theirs in [*written(torch, Path(folder)), *given(torch, options.files)]:
            ours = nets.read_weights(path)
            wrong = [key for key in {**ours, **theirs} if not same(ours.get(key), theirs.get(key), torch)]
            print(f"{name:60} {len(theirs):8} {len(wrong):8}   {' '.join(wrong)}")
            differ += len(wrong)
    print(f"\n{'Some tensors differ' if differ else 'All tensors are the same'}.")
    return 1 if differ else 0


def tensors(torch) -> dict:
    """Every kind of numbers, and every way to lie in a storage."""
    a = torch.randn(3, 4, 5)
    named = {
        "float32": a, "float64": a.double(), "float16": a.half(), "bfloat16": a.bfloat16(), "int64": (a * 100).long(),
        "int32": (a * 100).int(), "int16": (a * 100).short(), "int8": (a * 10).char(), "uint8": a.abs().byte(),
        "bool": a > 0, "number": torch.tensor(3.5), "whole number": torch.tensor(3), "empty": torch.zeros(0, 4),
        "transposed": a.permute(2, 0, 1), "steps": a[1:, ::2, 1:4], "expanded": a[:1].expand(7, 4, 5),
        "shares float32's storage": a[2], "bfloat16 transposed": a.bfloat16().permute(2, 1, 0),
        "parameter": torch.nn.Parameter(a.transpose(0, 2)),
        "channels last": a[None].to(memory_format=torch.channels_last),
    }
    net = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3), torch.nn.BatchNorm2d(3))
    return {**named, **net.state_dict()}


def written(torch, folder: Path):
    """Name, path and tensors of each file that is written for the comparison."""
    from safetensors.torch import save_file

    plain = tensors(torch)
    parameter = torch.nn.Parameter(torch.randn(3))
    optimizer = torch.optim.Adam([parameter])
    parameter.sum().backward()
    optimizer.step()
    checkpoint = {"epoch": 3, "best": np.float64(0.5), "optimizer": optimizer.state_dict(), "shape": parameter.shape,
                  "device": parameter.device, "dtype": parameter.dtype, "state_dict": plain}
    for zipped in (True, False):
        for version in range(OLDEST, NEWEST + 1):
            for kind, content in (("bare", plain), ("in a checkpoint", checkpoint)):
                path = folder / f"{zipped}-{version}-{kind}.pth"
                torch.save(content, path, pickle_protocol=version, _use_new_zipfile_serialization=zipped)
                yield f"{'zip' if zipped else 'before 2020'}, pickle {version}, {kind}", path, plain
    contiguous = {name: tensor.detach().contiguous().clone() for name, tensor in plain.items()}
    save_file(contiguous, path := folder / "w.safetensors")
    yield "safetensors", path, contiguous


def given(torch, files):
    """The same of files that are already there; PyTorch's readers allow nothing but weights."""
    from safetensors.torch import load_file

    for file in files:
        if file.endswith(".safetensors"):
            theirs = load_file(file)
        else:
            theirs = torch.load(file, map_location="cpu", weights_only=True)
            theirs = theirs.get("state_dict", theirs)
        yield Path(file).name, file, theirs


def same(ours, theirs, torch) -> bool:
    """Are dtype, shape and all bits the same?  bfloat16, which NumPy lacks, is compared as float32."""
    if ours is None or theirs is None:
        return False
    theirs = theirs.detach()
    theirs = (theirs.float() if theirs.dtype == torch.bfloat16 else theirs).numpy()
    return ours.dtype == theirs.dtype and ours.shape == theirs.shape and ours.tobytes() == theirs.tobytes()
