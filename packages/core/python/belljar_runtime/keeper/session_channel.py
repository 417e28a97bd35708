"""The keeper's side of the session's channel. Everything that comes from it is hostile bytes.

Invariant: the keeper looks at a kind and a length and never at the content; what the session says
is handed to the engine as it is. A length over the cap ends the session.
"""

from __future__ import annotations

import _socket
import os
import select
import struct

from .. import frames

_HEAD = struct.Struct("<cI")
# linux/socket.h, linux/sock_diag.h: the third figure is what the other end has not read.
_SO_MEMINFO, _FIGURES, _UNREAD = 55, struct.Struct("9I"), 2
FRAME_CAP_BYTES = 32 * 1024 * 1024
_READS_WITHIN_SECONDS = 5
# What the kernel gives a pipe; the filter lets nobody ask for more.
_PIPE_BYTES = 65_536

EXECUTE, VARIABLES, ACKNOWLEDGE, CHECKPOINT, RESTORE = b"X", b"V", b"A", b"C", b"S"
SAVEPOINT = b"K"
DISPLAY, RESULT, VARIABLES_ANSWER, READY, FORKED = b"D", b"R", b"V", b"P", b"F"
SAVED = b"O"

FORK = struct.Struct("<i?")
"""The payload of FORKED: a process id, and whether files may change and look the same."""


class Misbehaves(Exception):
    """The session sent what its protocol does not have, or closed its channel."""


class SessionChannel:
    def __init__(self, connection: _socket.socket) -> None:
        self._socket = connection
        self._socket.setblocking(False)
        self._received = bytearray()

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def unread(self) -> bool:
        """True while the session has not taken all that was sent to it."""
        figures = self._socket.getsockopt(_socket.SOL_SOCKET, _SO_MEMINFO, _FIGURES.size)
        return _FIGURES.unpack(figures)[_UNREAD] > 0

    def mute(self) -> None:
        """Hears no more: the session is being ended."""
        self._socket.shutdown(_socket.SHUT_RDWR)

    def send(self, kind: bytes, content: dict) -> None:
        """The session reads whenever it is idle; one that does not is ended."""
        data = frames.to_json(content)
        frame = _HEAD.pack(kind, len(data)) + data
        try:
            sent = self._socket.send(frame)
        except OSError:
            sent = 0
        if sent < len(frame):
            self._send_rest(frame[sent:])

    def _send_rest(self, data: bytes | memoryview) -> None:
        self._socket.settimeout(_READS_WITHIN_SECONDS)
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise Misbehaves("does not read its channel: %s" % error) from error
        finally:
            self._socket.setblocking(False)

    def wait_for(self, kind: bytes, seconds: float = _READS_WITHIN_SECONDS) -> None:
        """For an answer that comes at once, whatever is in it."""
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        frames: list = []
        while not frames:
            if not poll.poll(seconds * 1e3):
                raise Misbehaves("does not answer")
            frames = self.receive()
        if [said for said, _ in frames] != [kind]:
            raise Misbehaves("sent a frame out of turn")

    def has_data(self, within_ms: float) -> bool:
        """Whether something comes within a time, or the end."""
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return bool(poll.poll(within_ms))

    def discard(self) -> None:
        """What a session said that has ended."""
        self._received.clear()
        try:
            while self._socket.recv(1024 * 1024):
                pass
        except BlockingIOError:
            return
        raise Misbehaves("closed its channel")

    def send_raw(self, data: memoryview) -> None:
        """Bytes that are no frame, to a session that waits for them."""
        self._send_rest(data)

    def receive(self) -> list:
        """`(kind, payload)` of each whole frame that has come."""
        while True:
            try:
                data = self._socket.recv(1024 * 1024)
            except BlockingIOError:
                break
            except OSError as error:
                raise Misbehaves(str(error)) from error
            if not data:
                raise Misbehaves("closed its channel")
            self._received += data
            if len(self._received) > FRAME_CAP_BYTES + _HEAD.size:
                break
        frames = []
        while len(self._received) >= _HEAD.size:
            kind, length = _HEAD.unpack_from(self._received)
            if length > FRAME_CAP_BYTES:
                raise Misbehaves("sent a frame over the cap")
            if len(self._received) < _HEAD.size + length:
                break
            frames.append((kind, bytes(self._received[_HEAD.size:_HEAD.size + length])))
            del self._received[:_HEAD.size + length]
        return frames


def drain(descriptor: int) -> bytes | None:
    """What waits in a pipe now, which its capacity bounds; None when it is empty for good.

    One read: code that writes without end must not keep the keeper here.
    """
    try:
        return os.read(descriptor, _PIPE_BYTES) or None
    except OSError:
        return b""
