"""The keeper's only way to the engine: frames over one socket, small ones buffered, files streamed.

Invariant: nothing is read beyond the caps of `frames.py`, and a payload announced as a file's
content goes straight to that file, never into memory as a whole.
"""

from __future__ import annotations

import _socket
import os
import select
import struct
from typing import Iterator

from .. import frames

_LENGTHS = struct.Struct("<II")
_CHUNK_BYTES = 1024 * 1024
FULL_BYTES = 1024 * 1024
# Orders whose content is taken piece by piece.
_STREAMED = ("write", "restore", "put-back")


class EngineGone(Exception):
    """The engine closed the channel or went: the sandbox ends."""


class Link:
    def __init__(self, connection: _socket.socket) -> None:
        self._socket = connection
        self._socket.setblocking(False)
        self._received = bytearray()
        self._unsent = bytearray()
        self.payload_left = 0

    def fileno(self) -> int:
        return self._socket.fileno()

    @property
    def waits_to_send(self) -> bool:
        return bool(self._unsent)

    @property
    def full(self) -> bool:
        """True while the engine is slower than the code: its output stays in the pipes."""
        return len(self._unsent) > FULL_BYTES

    def send(self, header: dict, payload: bytes = b"") -> None:
        frame = frames.encode(header, payload)
        if not self._unsent:
            try:
                sent = self._socket.send(frame)
            except BlockingIOError:
                sent = 0
            except OSError as error:
                raise EngineGone() from error
            if sent == len(frame):
                return
            frame = frame[sent:]
        self._unsent += frame

    def flush(self) -> None:
        """Sends what it can of what waits."""
        try:
            while self._unsent:
                sent = self._socket.send(self._unsent[:_CHUNK_BYTES])
                del self._unsent[:sent]
        except BlockingIOError:
            return
        except OSError as error:
            raise EngineGone() from error

    def _wait(self, event: int) -> None:
        poll = select.poll()
        poll.register(self._socket, event)
        poll.poll()

    def send_file(self, header: dict, descriptor: int, size: int) -> None:
        """Sends exactly `size` bytes of an open file. A file cut short meanwhile is filled up."""
        self.send_all(frames.encode_head(header, size))
        offset = 0
        while offset < size:
            try:
                sent = os.sendfile(self._socket.fileno(), descriptor, offset, size - offset)
            except BlockingIOError:
                self._wait(select.POLLOUT)
                continue
            except OSError as error:
                raise EngineGone() from error
            if sent == 0:
                self.send_all(bytes(min(_CHUNK_BYTES, size - offset)))
                sent = min(_CHUNK_BYTES, size - offset)
            offset += sent

    def send_all(self, data: bytes) -> None:
        self._unsent += data
        while self._unsent:
            self.flush()
            if self._unsent:
                self._wait(select.POLLOUT)

    def receive(self) -> Iterator[tuple]:
        """Yields `(header, payload)`; None for what is streamed: read it with `chunks` at once."""
        try:
            data = self._socket.recv(_CHUNK_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            raise EngineGone() from error
        if not data:
            raise EngineGone()
        self._received += data
        while len(self._received) >= _LENGTHS.size:
            header_bytes, payload_bytes = _LENGTHS.unpack_from(self._received)
            if header_bytes > frames.HEADER_CAP_BYTES:
                raise EngineGone()
            end = _LENGTHS.size + header_bytes
            if len(self._received) < end:
                return
            header = frames.from_json(self._received[_LENGTHS.size:end])
            if header["t"] in _STREAMED:
                del self._received[:end]
                self.payload_left = payload_bytes
                yield header, None
                self.receive_file(None)
                continue
            if len(self._received) < end + payload_bytes:
                return
            payload = bytes(self._received[end:end + payload_bytes])
            del self._received[:end + payload_bytes]
            yield header, payload

    def receive_file(self, descriptor: int | None) -> None:
        """Writes the payload that follows to a file; throws it away without one or after an error."""
        failure = None
        for chunk in self.chunks():
            while len(chunk) and descriptor is not None and failure is None:
                try:
                    chunk = chunk[os.write(descriptor, chunk):]
                except OSError as error:
                    failure = error
        if failure is not None:
            raise failure

    def chunks(self) -> Iterator[memoryview]:
        """The payload that follows, to its end."""
        while self.payload_left:
            if self._received:
                chunk = memoryview(bytes(self._received[:self.payload_left]))
                del self._received[:len(chunk)]
            else:
                try:
                    chunk = memoryview(self._socket.recv(min(_CHUNK_BYTES, self.payload_left)))
                except BlockingIOError:
                    self._wait(select.POLLIN)
                    continue
                if not chunk:
                    raise EngineGone()
            self.payload_left -= len(chunk)
            yield chunk
