"""The session as it was before an execution: a child that stands by, stopped, while the session goes on.

The idle session forks when an execution has been answered. When the next one fails otherwise than by
an exception, the keeper ends this session and lets the child go on, which is the session from then on.
What a fork shares with its parent cannot be kept by one: then there is none, and the reason is said.
"""

from __future__ import annotations

import os
import signal
import stat
import struct
import sys
from typing import TYPE_CHECKING

from . import adopted
from .channel import SAVED
from .state import DESCRIPTOR as STATE

if TYPE_CHECKING:
    from .loop import Session

_HEAD, _FILE = struct.Struct("<iH"), struct.Struct("<Q")
_MOST_FILES = 1_000
_WORKING_DIRECTORY = -1
_BROKEN = 73
_REASON_BYTES = 300
_ANONYMOUS = "anon_inode:"
_OF_TRANSACTIONS = ("-journal", "-wal")


class Savepoint:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._children: list = []
        self._notes_own = False

    def make(self, message: dict) -> None:
        """Answers with the child's process id, or 0 and why there is none, and the files it has open."""
        session = os.getpid()
        try:
            self._make(bytes.fromhex(message["token"]))
        except MemoryError:
            if os.getpid() != session:  # the child has no say in it
                os._exit(_BROKEN)
            self._say(0, [], "there is too little memory left")

    def _make(self, token: bytes) -> None:
        if not self._notes_own:
            self._notes_own = True
            adopted.note_own()
        places: list = []
        child, reason = 0, self._obstacle(places)
        if reason is None:
            try:
                child = self._session.fork()
            except OSError as error:
                reason = "no process could be made: %s" % error.strerror
            if child == 0 and reason is None:
                self._stand_by(token, places)
                return
            if child:
                self._children.append(child)
        self._say(child, places, reason)

    def reap(self) -> None:
        """Before each order: children that were ended are no processes of the code's."""
        left = []
        for child in self._children:
            try:
                pid, _ = os.waitpid(child, os.WNOHANG)
            except OSError:
                pid = child
            if pid == 0:
                left.append(child)
        self._children = left

    def _say(self, child: int, places: list, reason: str | None) -> None:
        payload = _HEAD.pack(child, len(places))
        payload += b"".join(_FILE.pack(inode) for _, inode, _ in places)
        payload += (reason or "").encode(errors="replace")[:_REASON_BYTES]
        self._session.channel.send_bytes(SAVED, payload)

    def _stand_by(self, token: bytes, places: list) -> None:
        """In the child. Returns when it is the session."""
        self._children = []
        os.kill(os.getpid(), signal.SIGSTOP)
        self._session.channel.find(token)
        for descriptor, inode, position in places:
            try:
                if os.fstat(descriptor).st_ino == inode:
                    os.lseek(descriptor, position, os.SEEK_SET)
            except OSError:
                pass
        self._say(os.getpid(), [], None)

    def _obstacle(self, places: list) -> str | None:
        """Why a fork would not keep all there is; `places` gets each open file and its position."""
        if len(sys._current_frames()) > 1:
            return "a thread is running"
        if self._session.mappings.may_write:
            return "the code has mapped a file or shared memory so that it can write to it"
        try:
            threads, descriptors = os.listdir("/proc/self/task"), os.listdir("/proc/self/fd")
            places.append((_WORKING_DIRECTORY, os.stat(".").st_ino, 0))
        except OSError:
            return "what the code has open cannot be seen here"
        if len(threads) > _threads_of_libraries():
            return "a library is running threads"
        ours = {0, 1, 2, STATE, self._session.channel.descriptor, *self._session.streams.pipes}
        for descriptor in set(map(int, descriptors)) - ours:
            reason = _obstacle_in(descriptor, places)
            if reason is not None:
                return reason
        return None if len(places) <= _MOST_FILES else "more than %d files are open" % _MOST_FILES


def _threads_of_libraries() -> int:
    """OpenBLAS ends its threads before a fork and starts them again: as many as it may have."""
    allowed = os.environ.get("OPENBLAS_NUM_THREADS", "1")
    return int(allowed) if allowed.isdigit() else 1


def _obstacle_in(descriptor: int, places: list) -> str | None:
    try:
        status = os.fstat(descriptor)
        target = os.readlink("/proc/self/fd/%d" % descriptor)
    except OSError:
        return None  # the one with which the others were listed
    if stat.S_ISSOCK(status.st_mode):
        return "a socket is open"
    if stat.S_ISFIFO(status.st_mode):
        return "a pipe is open"
    if target.startswith(_ANONYMOUS):
        return "a kernel object is open (%s)" % target[len(_ANONYMOUS):]
    if not stat.S_ISREG(status.st_mode):
        return None
    if target.endswith(_OF_TRANSACTIONS):
        return "an sqlite transaction is open"
    places.append((descriptor, status.st_ino, os.lseek(descriptor, 0, os.SEEK_CUR)))
    return None
