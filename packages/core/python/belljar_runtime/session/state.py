"""The session's state on its way out and in, at the keeper's orders.

Out: the idle session forks, and the child writes what it finds while the session goes on. In: a fresh
session reads it and unpickles it, in its jail. Whatever of the code's own runs for that
(`__reduce__`, `__setstate__`) has no more rights than the code; in the child it cannot write either.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from ..jail import landlock
from .channel import DONE, FORKED, READY, encode
from .held_modules import checkpoint, checkpoint_module, hold_checkpoint
from .state_stream import StateWriter

if TYPE_CHECKING:
    from .loop import Session

DESCRIPTOR = 4
"""A pipe to the keeper. It reads there while it waits for a state, and at no other time."""

_BROKEN = 72
_LOST_AT_MOST = 1_000

hold_checkpoint()


class State:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._child = 0

    def capture(self, message: dict) -> None:
        """Answers when the session may go on, with the child's process id; 0 when there is none."""
        session = self._session
        known = frozenset(bytes.fromhex(digest) for digest in message["known"])
        # A fork has one thread only: what others hold locked would stay so in the child.
        in_session = _has_threads()
        if in_session:
            session.channel.send(READY, "{}")
        try:
            child = 0 if in_session else session.fork()
        except OSError:  # no more processes: the keeper sees that nothing came
            child = -1
        if child == 0:
            self._write(known, in_session)
        self._child = max(child, 0)
        session.channel.send_forked(self._child, session.mappings.may_write)

    def reap(self) -> None:
        """Before each order: a child that has ended is no process of the code's."""
        if self._child:
            try:
                pid, _ = os.waitpid(self._child, os.WNOHANG)
            except OSError:
                pid = self._child
            if pid:
                self._child = 0

    def _write(self, known: frozenset, in_session: bool) -> None:
        """In a child, which then ends; or in the session, when it has threads."""
        writer = StateWriter(DESCRIPTOR, known)
        if in_session:
            _capture(self._session, writer)
        else:
            _become_checkpoint(self._session, writer)

    def run_again(self, clock_ms: int, code: str, number: int) -> str:
        """One execution of the journal, by the clock of the time at which it first ran."""
        session = self._session
        clock = checkpoint_module("recorded_clock").RecordedClock(clock_ms * 1_000_000)
        with clock:
            answer = session.executor.execute(code, number)
        clock.put_back(session.namespace.names)
        return answer

    def restore(self, message: dict) -> None:
        """In a fresh session. Answers with what was lost on the way in."""
        session = self._session
        segments: list = []
        if message["segments"]:
            session.channel.send(READY, "{}")
        for size, readonly in message["segments"]:
            content = memoryview(checkpoint().make_memory(size))
            session.channel.receive_into(content)
            segments.append(content.toreadonly() if readonly else content)
        lost: Any = []
        if message["seed"] is not None:
            session.random_numbers.reseed(bytes.fromhex(message["seed"]))
        if segments:
            lost = checkpoint().restore(session, segments, message["reseed"])
            session.namespace.adopt()
            session.streams.settle()
        named = [[name[:500], kind[:500], reason[:2000]] for name, kind, reason in lost]
        session.channel.send(DONE, encode({"lost": named[:_LOST_AT_MOST]}))


def _has_threads() -> bool:
    return len(sys._current_frames()) > 1


def _capture(session: Session, writer: StateWriter) -> None:
    try:
        checkpoint().capture(session, writer)
        writer.end()
    except BaseException as error:  # noqa: BLE001 - whatever it is: the keeper is told
        try:
            writer.fail("%s: %s" % (type(error).__name__, error))
        except BaseException:  # noqa: BLE001 - it sees the end of the stream
            pass


def _become_checkpoint(session: Session, writer: StateWriter) -> NoReturn:
    """The forked child: writes nothing but its stream, signals nobody, and says nothing."""
    try:
        session.channel.close()
        session.interrupts.uninstall()
        silent = os.open("/dev/null", os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(silent, descriptor)
        checkpoint()  # whatever it imports may need to look for files
        landlock.forbid_writing()
        _capture(session, writer)
    except BaseException as error:  # noqa: BLE001 - as above
        writer.fail("%s: %s" % (type(error).__name__, error))
    finally:
        os._exit(_BROKEN)
