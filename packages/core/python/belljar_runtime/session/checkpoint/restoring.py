"""Puts a pickled state into a fresh session: quickly first, guarded when that fails.

Runs in the sandbox's jail: the bytes are the code's own, and so are the methods that they call.
"""

from __future__ import annotations

import _pickle
import gc
import marshal
from typing import Any

from ..imports import import_trusted
from .pickle_stream import PickleReader
from .reference import look_up

_PACKAGE = __name__.rpartition(".")[0]
_ANCHOR = (_PACKAGE + ".pickler", "anchor")


class Pickled:
    """The segments of a state, taken apart."""

    def __init__(self, segments: list) -> None:
        first = memoryview(segments[0])
        begin = 8 + int.from_bytes(first[:8], "little")
        head = marshal.loads(first[8:begin])
        cuts = head["cuts"]
        self.labels: list = head["labels"]
        self._pickle, self._cuts = first[begin:], cuts
        self._outside = segments[1:1 + len(cuts)]
        self.buffers: list = segments[1 + len(cuts):]

    def reader(self) -> PickleReader:
        return PickleReader(self._pickle, self._cuts, self._outside)


class Finder:
    """How an unpickler finds what the pickle names."""

    def __init__(self, anchors: dict) -> None:
        self._anchors = anchors

    def find(self, module: str, path: str) -> Any:
        if (module, path) == _ANCHOR:
            return self._anchors.__getitem__
        return look_up(import_trusted(module), path)


class _Unpickler(_pickle.Unpickler):
    def __init__(self, pickled: Pickled, finder: Finder) -> None:
        super().__init__(pickled.reader(), buffers=pickled.buffers)
        self._finder = finder

    def find_class(self, module: str, path: str) -> Any:
        return self._finder.find(module, path)


def unpickle_state(segments: list, anchors: dict) -> list:
    """Carries out what the pickle says. Returns what was lost on the way: `(label, type, reason)`."""
    pickled, finder = Pickled(segments), Finder(anchors)
    gc.disable()  # what is made stays; whether the code collects is a setting, and comes last
    try:
        unpickler = _Unpickler(pickled, finder)
        for _ in pickled.labels:
            unpickler.load()
        return []
    except BaseException:  # noqa: BLE001 - the code's own methods may raise anything
        gc.enable()
    anchors["made"].clear()
    guarded = import_trusted(_PACKAGE + ".guarded").Guarded(pickled, finder)
    for label in pickled.labels:
        guarded.load_part(label)
    return list(dict.fromkeys(guarded.losses))
