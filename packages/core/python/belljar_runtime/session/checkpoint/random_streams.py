"""The process's own random streams: Python's generator and numpy's."""

from __future__ import annotations

import sys
from array import array
from typing import Any

from ..imports import import_trusted
from .pickler import StatePickler
from .settings import Setting


def _python(pickler: StatePickler) -> Any:
    random: Any = sys.modules.get("random")
    if random is None:
        return None
    version, words, gauss = random.getstate()
    return version, array("I", words).tobytes(), gauss


def set_python(state: tuple) -> None:
    version, words, gauss = state
    import_trusted("random").setstate((version, tuple(array("I", words)), gauss))


def _numpy(pickler: StatePickler) -> Any:
    random: Any = sys.modules.get("numpy.random")
    return None if random is None else random.get_state(legacy=False)


def set_numpy(state: dict) -> None:
    import_trusted("numpy.random").set_state(state)


STREAMS = (
    Setting("random", _python, set_python),
    Setting("numpy.random", _numpy, set_numpy),
)
