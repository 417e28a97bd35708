"""numpy's global generator: each session has a stream of its own.

Python reseeds its own generator in a fork. numpy does not: all sandboxes would draw the zygote's
numbers. Its own `seed()` costs a fork 0.5 ms, most of it for pages that it copies; where the state
lies in memory as numpy documents it, which is tried in the zygote, it is filled with random bytes.
"""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Any

_KEY_BYTES = 624 * 4


class RandomNumbers:
    def __init__(self) -> None:
        self._key: Any = None

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

    def reseed(self) -> None:
        """In a session, before any code."""
        if self._key is not None:
            self._key.raw = os.urandom(_KEY_BYTES)
            return
        random: Any = sys.modules.get("numpy.random")
        if random is not None:
            random.seed()
