"""A session's memory as bytes, and back: `capture` of an idle session, `restore` into a fresh one.

Segment 0 begins with a marshalled head and holds all pickles; the others are large contents, each as
it lies in memory. Both functions run in the sandbox's jail, and nothing of it is read outside.
"""

from __future__ import annotations

import _thread
import sys
from typing import TYPE_CHECKING, Any, Callable, Iterator

from .arrays import Memory
from .capturing import Part, pickle_state
from .lost import LostValue, LostValueError
from .pickler import StatePickler, Step
from .restoring import unpickle_state

if TYPE_CHECKING:
    from ..loop import Session

__all__ = ["LostValue", "LostValueError", "Memory", "capture", "restore"]

_STACKS_BYTES = (256 * 1024 * 1024, 64 * 1024 * 1024, 0)
_BYTES_OF_A_LEVEL = 4 * 1024
_LEFT_IN_PLACE = ("__builtins__", "__warningregistry__")


def capture(session: Session, emit: Any) -> None:
    """Of an idle session, in a fork of it where there can be one; leaves no trace but the code's own.

    Calls `emit.lost(name, type, reason)` for what cannot be carried, then for each segment, from
    number 0 on, `emit.segment(readonly)` and `emit.data(view)`, once or more.
    """
    anchors = _anchors(session)
    captured = _with_deep_stack(lambda: pickle_state(anchors, lambda pickler: _parts(session)))
    for loss in captured.losses:
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

    `segments`: bytes-like, in order; those after the first are best a `Memory`, which the restored
    arrays then own. `reseed`: random streams of the process stay fresh. Items: `(name, type, reason)`.
    """
    losses = unpickle_state(segments, _anchors(session))
    session.namespace.adopt()
    return losses


def _anchors(session: Session) -> dict:
    """Objects that are there in every session, each once."""
    anchors = {
        "made": {},
        "names": session.namespace.names,
        "main": session.namespace.module,
        "sys.modules": sys.modules,
        "sys.path": sys.path,
        "sys.stdin": sys.__stdin__,
        "sys.stdout": sys.__stdout__,
        "sys.stderr": sys.__stderr__,
    }
    return {name: value for name, value in anchors.items() if value is not None}


def _parts(session: Session) -> Iterator:
    names = session.namespace.names
    for name, value in list(names.items()):
        if name not in _LEFT_IN_PLACE:
            yield Part(str(name), value, _variable(names, name))


def _variable(names: dict, name: Any) -> Callable[[Any], Step]:
    return lambda value: Step(set_variable, names, name, value)


def set_variable(names: dict, name: Any, value: Any) -> None:
    names[name] = value


def _with_deep_stack(function: Callable[[], Any]) -> Any:
    """Runs it with as deep a recursion as the memory allows."""
    limit, stack, result = sys.getrecursionlimit(), _thread.stack_size(), []
    done = _thread.allocate_lock()
    done.acquire()

    def run() -> None:
        try:
            result.append((function(), None))
        except BaseException as error:  # noqa: BLE001 - raised again where it was asked for
            result.append((None, error))
        finally:
            done.release()

    for size in _STACKS_BYTES:
        try:
            _thread.stack_size(size)
            sys.setrecursionlimit(max(limit, size // _BYTES_OF_A_LEVEL))
            _thread.start_new_thread(run, ())
            break
        except (RuntimeError, ValueError, MemoryError):
            continue
    else:
        run()
    done.acquire()
    sys.setrecursionlimit(limit)
    _thread.stack_size(stack)
    value, error = result[0]
    if error is not None:
        raise error
    return value
