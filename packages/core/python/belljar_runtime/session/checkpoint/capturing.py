"""Pickles a session's state in a fork of it, part by part; a part that cannot be pickled is left out."""

from __future__ import annotations

import gc
import marshal
import sys
from typing import Any, Callable, Iterable

from .kinds import KINDS, chooser
from ..beginning import beginning
from ..plain import type_name
from .lost import LostValue
from .own_modules import make_module, namespace_of
from .parts import Part
from .pickle_stream import PickleWriter
from .pickler import Anchor, Situation, StatePickler, Step, explain
from .reduction import set_state


class Captured:
    """A whole pickle: its head, its pieces, and what lies outside of it."""

    def __init__(self) -> None:
        self.writer = PickleWriter()
        self.buffers: list = []
        self.labels: list = []
        self.losses: list = []

    def keep_buffer(self, buffer: Any) -> None:
        """A pickler's callback: anything but true keeps a buffer out of the pickle."""
        self.buffers.append(buffer)

    def head(self) -> bytes:
        head = marshal.dumps({"cuts": self.writer.cuts, "labels": self.labels})
        return len(head).to_bytes(8, "little") + head


class Failed(Exception):
    """A part that ended the pickling in its middle."""

    def __init__(self, index: int, cause: BaseException) -> None:
        self.index, self.cause = index, cause


_LEVELS = 8_000
"""Of recursion: within what the stack of a main thread holds."""

Parts = Callable[[StatePickler, dict, list], Iterable]


def pickle_state(anchors: dict, parts: Parts) -> Captured:
    """`anchors`: what is there when restoring, by name. `parts`: what to pickle, in order."""
    situation = Situation(beginning.folder, len(sys._current_frames()) == 1,
                          sys.getrecursionlimit(), gc.isenabled())
    sys.setrecursionlimit(max(situation.recursion_limit, _LEVELS))
    gc.disable()
    try:
        return _until_it_goes_through(anchors, parts, situation)
    finally:
        sys.setrecursionlimit(situation.recursion_limit)
        if situation.collects_garbage:
            gc.enable()


def _until_it_goes_through(anchors: dict, parts: Parts, situation: Situation) -> Captured:
    left_out: dict = {}
    defers = False
    while True:
        try:
            return _attempt(anchors, parts, situation, left_out, defers)
        except Failed as failure:
            if isinstance(failure.cause, RecursionError) and not defers:
                defers = True
            elif failure.index in left_out:
                raise failure.cause
            else:
                left_out[failure.index] = explain(failure.cause)


def _attempt(anchors: dict, parts: Parts, situation: Situation, left_out: dict,
             defers: bool) -> Captured:
    captured, names = Captured(), anchors["names"]
    pickler = StatePickler(captured.writer, captured.keep_buffer, KINDS, chooser(),
                           anchors["made"], situation, defers)
    _dump_standing(pickler, captured, [(Anchor(name), value) for name, value in anchors.items()])
    own = pickler.modules.own(names)
    _dump_standing(pickler, captured, [
        (Step(make_module, one.__name__, sys.modules.get(one.__name__) is one), one)
        for one in own])
    _dump_standing(pickler, captured, [(Step(namespace_of, one), vars(one)) for one in own])
    pickler.namespace_of = {id(vars(one)): one for one in own}
    pickler.namespace_of[id(names)] = anchors["main"]
    for index, part in enumerate(parts(pickler, anchors, own)):
        if index in left_out and not part.needed:
            captured.losses.append((part.label, "setting", left_out[index]))
            continue
        if index in left_out:
            part = part._replace(value=LostValue(type_name(part.value), left_out[index]))
        _dump(pickler, captured, index, part)
    return captured


def _dump_standing(pickler: StatePickler, captured: Captured, pairs: list) -> None:
    """Puts objects into the memo under the place of what makes or finds them when restoring."""
    for stand_in, _ in pairs:
        pickler.dump(stand_in)
        captured.labels.append("")
    memo = pickler.memo.copy()
    for stand_in, value in pairs:
        if id(value) not in memo:  # or there would be fewer places than the unpickler counts
            place, _ = memo.pop(id(stand_in))
            memo[id(value)] = (place, value)
    pickler.memo = memo


def _dump(pickler: StatePickler, captured: Captured, index: int, part: Part) -> None:
    seen = len(pickler.losses)
    try:
        pickler.dump(part.step(part.value))
        captured.labels.append(part.label)
        while pickler.deferred:
            pickler.dump(Step(set_state, *pickler.deferred.pop()))
            captured.labels.append(part.label)
    except BaseException as error:  # noqa: BLE001 - the code's own methods may raise anything
        raise Failed(index, error) from error
    losses = pickler.losses[seen:]
    if not losses and pickler.loss_of(part.value) is not None:
        losses = [pickler.loss_of(part.value)]
    captured.losses += [(part.label, *loss) for loss in losses]
