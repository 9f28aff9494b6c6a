"""Thousands of damaged files: each is read, or raises ValueError; nothing crashes, hangs or takes a lot of memory.

``MINIGRAD_FUZZ=2000 python -m pytest tests/nets/test_weights_fuzz.py`` tries so many of each format.
"""

import io
import os
import sys
import zipfile

import numpy as np
import pytest
from safetensors.numpy import save as safetensors_bytes

from nets.cifar import read_batch
from nets.untrusted import Allowance
from nets.weights import read_content

from .test_cifar import python2
from .test_weights import npz
from .torch_files import Storage, Tensor, storage, tensor, torch_legacy, torch_zip, zipped

resource = pytest.importorskip("resource")  # not on Windows
TIMES = int(os.environ.get("MINIGRAD_FUZZ", "60"))
GIGABYTE = 2**30
ARRAYS = {"conv.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 4), "conv.bias": np.ones(5, np.float16),
          "norm.num_batches_tracked": np.array(7), "mask": np.array([True, False])}
BASE = storage(np.arange(12.0))
CHECKPOINT = {
    "epoch": 3, "best": 0.5, "optimizer": {"state": {0: {"step": 1, "momentum": tensor(np.ones(3))}}, "groups": [{}]},
    "state_dict": {**{name: tensor(array) for name, array in ARRAYS.items()},
                   "half": Tensor(Storage("BFloat16", bytes(8), 4), 0, (2, 2), (1, 2)),
                   "shared": Tensor(BASE, 2, (2, 3), (3, 1)), "transposed": Tensor(BASE, 0, (3, 4), (1, 3))},
}
SAMPLES = {
    "npz": npz(**ARRAYS),
    "safetensors": safetensors_bytes(ARRAYS),
    "torch's zip": torch_zip(CHECKPOINT),
    "torch's format before 2020": torch_legacy(CHECKPOINT),
    "CIFAR-10": python2(),
}
EXTREMES = [b"\xff", b"\x7f", b"\x00", b"\x80", b"\x01"]


def flip_bits(rng, content):
    for at in rng.integers(len(content), size=rng.integers(1, 9)):
        content[at] ^= 1 << rng.integers(8)


def overwrite(rng, content):
    at = rng.integers(len(content))
    new = rng.bytes(rng.integers(1, 9))
    content[at : at + len(new)] = new


def set_to_an_extreme(rng, content):
    """Sizes lie in one, two, four or eight bytes, the lowest or the highest first."""
    at, width = rng.integers(len(content)), int(rng.choice([1, 2, 4, 8]))
    new = EXTREMES[rng.integers(5)] * width
    content[at : at + width] = new if rng.integers(2) else new[:1].ljust(width, b"\x00")[:: rng.choice([-1, 1])]


def grow_a_number(rng, content):
    """Sizes that are written out, in .npy and .safetensors."""
    digits = [at for at, byte in enumerate(content) if chr(byte).isdigit()]
    if digits:
        at = rng.choice(digits)
        content[at : at + 1] = [b"999999999999", b"-1", b"0", b"18446744073709551615"][rng.integers(4)]


def insert(rng, content):
    at = rng.integers(len(content) + 1)
    content[at:at] = rng.bytes(rng.integers(1, 20))


def delete(rng, content):
    at = rng.integers(len(content))
    del content[at : at + rng.integers(1, 20)]


def truncate(rng, content):
    del content[rng.integers(len(content)) :]


def swap_blocks(rng, content):
    a, b, c = sorted(rng.integers(len(content) + 1, size=3))
    content[a:c] = content[b:c] + content[a:b]


def repeat_a_block(rng, content):
    a, b = sorted(rng.integers(len(content) + 1, size=2))
    content[b:b] = content[a:b]


MUTATIONS = [flip_bits, overwrite, set_to_an_extreme, grow_a_number, insert, delete, truncate, swap_blocks,
             repeat_a_block]


def mutated(rng, content: bytes) -> bytes:
    """One to three mutations.  In a zip, half of the time inside a member: its checksum would stop the others there."""
    if content.startswith(b"PK") and rng.integers(2):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        name = max(members, key=lambda name: len(members[name])) if rng.integers(2) else rng.choice(list(members))
        return zipped({**members, str(name): mutated(rng, members[str(name)])})
    changed = bytearray(content)
    for _ in range(rng.integers(1, 4)):
        if changed:
            MUTATIONS[rng.integers(len(MUTATIONS))](rng, changed)
    return bytes(changed)


def read(name: str, content: bytes):
    return read_batch(content) if name == "CIFAR-10" else read_content(content, Allowance())


@pytest.mark.parametrize("name", SAMPLES)
def test_the_undamaged_file_is_read(name):
    assert len(read(name, SAMPLES[name])) >= 2


@pytest.mark.parametrize("name", SAMPLES)
def test_a_damaged_file_is_read_or_raises_value_error(name):
    before = peak_memory()
    for seed in range(TIMES):
        content = mutated(np.random.default_rng([seed, len(name)]), SAMPLES[name])
        try:
            read(name, content)
        except ValueError:
            continue
        except BaseException as error:
            error.add_note(f"{name}, seed {seed}")
            raise
    assert peak_memory() - before < 2 * GIGABYTE


def peak_memory() -> int:
    """The most that this process has ever taken, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
