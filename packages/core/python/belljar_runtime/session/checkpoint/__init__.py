"""A session's memory as bytes, and back: `capture` of an idle session, `restore` into a fresh one.

Segment 0 begins with a marshalled head and holds all pickles; the others are large contents, each as
it lies in memory. Both functions run in the sandbox's jail, and nothing of it is read outside.
"""

from __future__ import annotations

import builtins
import sys
from typing import TYPE_CHECKING, Any

from ..beginning import beginning
from .capturing import pickle_state
from .lost import LostValue, LostValueError
from .memory import make_memory
from .parts import parts
from .restoring import unpickle_state

if TYPE_CHECKING:
    from ..loop import Session

__all__ = ["LostValue", "LostValueError", "capture", "make_memory", "restore"]


def capture(session: Session, emit: Any) -> None:
    """Of an idle session, in a fork of it where there can be one; leaves no trace but the code's own.

    Calls `emit.lost(name, type, reason)` for what cannot be carried, then for each segment, from
    number 0 on, `emit.segment(readonly)` and `emit.data(view)`, once or more.
    """
    anchors = _anchors(session)
    captured = pickle_state(anchors, parts)
    for loss in dict.fromkeys(captured.losses):
        emit.lost(*loss)
    emit.segment(True)
    for piece in (captured.head(), *captured.writer.pieces):
        emit.data(piece)
    for content in captured.writer.outside:
        emit.segment(True)
        emit.data(content)
    for buffer in captured.buffers:
        view = buffer.raw()
        emit.segment(view.readonly)
        emit.data(view)


def restore(session: Session, segments: list, reseed: bool) -> list:
    """In a fresh session that has run nothing. Returns what was lost on the way.

    `segments`: bytes-like, in order; those after the first are best of `make_memory`, which the restored
    arrays then own. `reseed`: random streams of the process stay fresh. Items: `(name, type, reason)`.
    """
    losses = unpickle_state(segments, _anchors(session, reseed=reseed))
    session.namespace.adopt()
    return losses


def _anchors(session: Session, **options: bool) -> dict:
    """Objects that are there in every session, by name, each once."""
    builtin_names = ("input", "exit", "display")
    anchors = {
        "made": {},
        "options": options,
        "names": session.namespace.names,
        "main": session.namespace.module,
        "compiler": session.executor.compiler,
        "random_numbers": session.random_numbers,
        "sys.modules": sys.modules,
        "sys.path": sys.path,
        "builtins": vars(builtins),
        "sys.stdin": sys.__stdin__,
        "sys.stdout": sys.__stdout__,
        "sys.stderr": sys.__stderr__,
        **{name: beginning.builtins.get(name) for name in builtin_names},
    }
    return {name: value for name, value in anchors.items() if value is not None}
