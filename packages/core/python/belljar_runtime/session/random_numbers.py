"""Random numbers that are a session's own, and that can be drawn again.

A session is seeded by the engine, which keeps the seed: what runs again from the journal draws the same
numbers. Python's own generator would be seeded by the kernel in each fork, and numpy's not at all: all
sandboxes would draw the zygote's. numpy's `seed()` costs a fork 0.5 ms, most of it for pages that it
copies; where the state lies in memory as numpy documents it, which is tried in the zygote, it is filled.
What draws from the kernel (`os.urandom`, `secrets`, `numpy.random.default_rng()`) draws anew.
"""

from __future__ import annotations

import _random
import ctypes
import os
import sys
from types import ModuleType
from typing import Any, Callable

_KEY_WORDS, _WORD_BYTES = 624, 4
_KEY_BYTES = _KEY_WORDS * _WORD_BYTES
_SEED_BYTES = 16


class RandomNumbers:
    def __init__(self) -> None:
        self._key: Any = None
        self._seed: int | None = None

    @property
    def seed(self) -> int | None:
        """What the streams began with; None before that."""
        return self._seed

    def prepare(self) -> None:
        """In a zygote that has loaded its libraries."""
        random: Any = sys.modules.get("numpy.random")
        if random is None:
            return
        random.seed()
        try:
            address = random.mtrand._rand._bit_generator.ctypes.state_address
            name, key = random.get_state()[:2]
            held = (ctypes.c_char * _KEY_BYTES).from_address(address)
            if name == "MT19937" and held.raw == key.tobytes():
                self._key = held
        except (AttributeError, TypeError, ValueError):
            pass  # another numpy: its own way

    def patches(self) -> dict[str, Callable[[ModuleType], None]]:
        """For modules that the code imports: they are seeded at once."""
        return {"random": self._seed_python, "numpy.random": self._seed_numpy}

    def reseed(self, seed: bytes | None = None) -> None:
        """In a session, before any code. Without a seed it is new."""
        self.begin(int.from_bytes(os.urandom(_SEED_BYTES) if seed is None else seed, "little"))

    def begin(self, seed: int) -> None:
        """Begins both streams, and those of modules that are imported later."""
        self._seed = seed
        for name, seed_module in self.patches().items():
            module = sys.modules.get(name)
            if module is not None:
                seed_module(module)

    def _seed_python(self, module: Any) -> None:
        if self._seed is not None:
            module.seed(self._seed)

    def _seed_numpy(self, module: Any) -> None:
        if self._seed is None:
            return
        key = numpy_key(self._seed)
        if self._key is not None:
            self._key.raw = key
        else:
            module.seed([int.from_bytes(key[at:at + _WORD_BYTES], "little")
                         for at in range(0, _KEY_BYTES, _WORD_BYTES)])


def numpy_key(seed: int) -> bytes:
    """Not the numbers of Python's own generator."""
    return _random.Random(seed ^ 1).getrandbits(_KEY_BYTES * 8).to_bytes(_KEY_BYTES, "little")
