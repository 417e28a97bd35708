"""The savepoint as the keeper holds it: a stopped child of the session, and how it takes its place.

Invariant: what stands by is as hostile as the session. Its process id is the session's word, and serves
to stop it, to end it, and to let it be the session when that one has ended; nothing it says is believed.
"""

from __future__ import annotations

import os
import select
import signal
import struct
import time

from ..jail import libc
from . import session_channel as channel
from .link import Link
from .session_process import AdoptedSession, SessionProcess

_HEAD = struct.Struct("<iH")
_FILE_BYTES = 8
_ENDS_WITHIN_MS = 5_000
_ANSWERS_WITHIN_SECONDS = 3
_WAKES, _WAKE_MS = 200, 10


class Savepoints:
    def __init__(self, link: Link) -> None:
        self._link = link
        self._asked, self._answer_by = 0, float("inf")
        self._token = b""
        self._pid, self._process = 0, -1
        self._is_used = False
        self.open_files: frozenset = frozenset()
        """Numbers of the files that it has open."""

    def waits_for_session(self) -> bool:
        return self._asked > 0

    def kept(self) -> set:
        return {self._pid} if self._pid else set()

    def make(self, number: int, session: SessionProcess, talk: channel.SessionChannel) -> None:
        """The one before goes: what it was kept for is in the journal."""
        self.drop()
        self._asked, self._token = number, os.urandom(16)
        self._answer_by = time.monotonic() + _ANSWERS_WITHIN_SECONDS
        talk.send(channel.SAVEPOINT, {"token": self._token.hex()})
        session.resume()

    def hear(self, kind: bytes, payload: bytes, taken: set) -> None:
        """`taken`: process ids that are something else."""
        if kind != channel.SAVED or len(payload) < _HEAD.size:
            raise channel.Misbehaves("sent a frame out of turn")
        pid, count = _HEAD.unpack_from(payload)
        end = _HEAD.size + count * _FILE_BYTES
        self.open_files = frozenset(struct.unpack_from("<%dQ" % count, payload, _HEAD.size)
                                    if len(payload) >= end else ())
        number, self._asked = self._asked, 0
        reason = payload[end:].decode(errors="replace")
        if pid > 1 and pid not in taken:
            self._hold(pid)
        self._link.send({"t": "answer", "n": number, "pid": self._pid, "reason": reason})

    def _hold(self, pid: int) -> None:
        try:
            self._process, self._pid = libc.pidfd_open(pid), pid
        except OSError:
            self._close()
        # Whatever it is: what was not stopped would run while nobody looks. It has a group of its own by
        # now, or the kernel would wake it when its parent ends.
        self._signal(signal.SIGSTOP)

    def _signal(self, number: int) -> None:
        try:
            libc.pidfd_send_signal(self._process, number)
        except OSError:
            pass  # it has ended, or never was

    def is_as_session(self) -> bool:
        """No execution has begun since it was made."""
        return self._pid > 0 and not self._is_used

    def use(self) -> None:
        """An execution begins: it is as before that one, and no use to a later one."""
        self.drop_used()
        self._is_used = True

    def drop_used(self) -> None:
        """What an execution that has ended had it for is over."""
        if self._is_used:
            self.drop()

    def drop(self) -> None:
        if self._pid:
            self._signal(signal.SIGKILL)
        self._close()

    def _close(self) -> None:
        if self._process >= 0:
            os.close(self._process)
        self._pid, self._process, self._is_used = 0, -1, False

    def adopt(self, session: SessionProcess, talk: channel.SessionChannel) -> AdoptedSession | None:
        """When `session` has ended: what stood by, as the session. None when it is not there any more."""
        if not self._pid:
            return None
        try:
            talk.discard()
            talk.send_raw(memoryview(self._token))
            # It may still be on its way to stop itself.
            for _ in range(_WAKES):
                self._signal(signal.SIGCONT)
                if talk.has_data(_WAKE_MS):
                    break
            talk.wait_for(channel.SAVED)
        except (OSError, channel.Misbehaves):
            self.drop()
            return None
        adopted = AdoptedSession(self._pid, self._process, session)
        self._pid, self._process, self._is_used = 0, -1, False
        return adopted

    def seconds_left(self) -> float:
        return max(0.0, self._answer_by - time.monotonic()) if self._asked else float("inf")

    def check_clock(self) -> None:
        """A session that only said it was done does not answer. It is heard out of turn if it does yet."""
        if self.seconds_left() == 0:
            self.give_up("the session does not answer")

    def give_up(self, why: str) -> None:
        """Whatever was asked of the session is not coming."""
        if self._asked:
            number, self._asked = self._asked, 0
            self._link.send({"t": "answer", "n": number, "pid": 0, "reason": why})


def wait_until_ended(session: SessionProcess) -> bool:
    poll = select.poll()
    poll.register(session.ended, select.POLLIN)
    return bool(poll.poll(_ENDS_WITHIN_MS))
