"""Python's and numpy's own random streams: how they began, and where they are if they moved."""

from __future__ import annotations

import _random
import struct
import sys
from typing import Any

from ..imports import import_trusted
from ..random_numbers import RandomNumbers, numpy_key

_WORDS = 624
_PYTHON = struct.Struct("<%dI" % (_WORDS + 1))
_AT_THE_BEGINNING = (_WORDS, 0)


def read_streams(numbers: RandomNumbers) -> tuple:
    """The seed and both states; None for one that nobody has drawn from."""
    return numbers.seed, _python(numbers.seed), _numpy(numbers.seed)


def _python(seed: int | None) -> tuple | None:
    random: Any = sys.modules.get("random")
    if random is None:
        return None
    version, words, gauss = random.getstate()
    if seed is not None and gauss is None and words == _random.Random(seed).getstate():
        return None
    return version, _PYTHON.pack(*words), gauss


def _numpy(seed: int | None) -> dict | None:
    random: Any = sys.modules.get("numpy.random")
    if random is None:
        return None
    state = random.get_state(legacy=False)
    inner = state["state"]
    if seed is not None and (inner.get("pos"), state.get("has_gauss")) == _AT_THE_BEGINNING and (
            inner["key"].tobytes() == numpy_key(seed)):
        return None
    return state


def write_streams(options: dict, numbers: RandomNumbers, state: tuple) -> None:
    """Restoring: unless the streams are to be new ones."""
    if options["reseed"]:
        return
    seed, python, numpy = state
    if seed is not None:
        numbers.begin(seed)
    if python is not None:
        version, words, gauss = python
        import_trusted("random").setstate((version, _PYTHON.unpack(words), gauss))
    if numpy is not None:
        import_trusted("numpy.random").set_state(numpy)
