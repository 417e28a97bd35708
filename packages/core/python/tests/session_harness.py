"""Plays the keeper: a really forked session over a socket pair, its output read from pipes."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import struct
import sys
import tempfile
import textwrap
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from belljar_runtime import session  # noqa: E402

HEADER = struct.Struct("<cI")
PATIENCE_SECONDS = 60


def lines(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


class Answer:
    """What one execution gave: `outputs` holds text and displays in the order they came."""

    def __init__(self) -> None:
        self.outputs: list = []
        self.done: dict = {}

    def text(self, stream: str) -> str:
        return "".join(value for kind, value in self.outputs if kind == stream)

    @property
    def stdout(self) -> str:
        return self.text("stdout")

    @property
    def stderr(self) -> str:
        return self.text("stderr")

    @property
    def displays(self) -> list:
        return [value for kind, value in self.outputs if kind == "display"]

    @property
    def status(self) -> str:
        return self.done["status"]

    @property
    def result(self) -> dict:
        return self.done["result"]

    @property
    def plain(self) -> str:
        return self.done["result"]["text/plain"]

    @property
    def error(self) -> dict:
        return self.done["error"]


class Keeper:
    def __init__(self, handlers: dict | None = None) -> None:
        self.folder = tempfile.mkdtemp()
        self.number = 0
        ours, theirs = socket.socketpair()
        pipes = [os.pipe(), os.pipe()]
        # A session gets no interrupt before it can take one.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        self.pid = os.fork()
        if self.pid == 0:
            ours.close()
            os.chdir(self.folder)
            os.environ["MPLBACKEND"] = "Agg"
            os.environ["MPLCONFIGDIR"] = tempfile.gettempdir()
            os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
            for descriptor, (read, write) in zip((1, 2), pipes):
                os.dup2(write, descriptor)
                os.close(read)
                os.close(write)
            prepared = session.Session()
            prepared.handlers.update(handlers or {})
            session.start(prepared, theirs.detach())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        theirs.close()
        self.socket = ours
        self.streams = {}
        for name, (read, write) in zip(("stdout", "stderr"), pipes):
            os.close(write)
            os.set_blocking(read, False)
            self.streams[read] = name

    def send(self, kind: bytes, message: dict) -> None:
        payload = json.dumps(message).encode()
        self.socket.sendall(HEADER.pack(kind, len(payload)) + payload)

    def start(self, code: str) -> None:
        self.number += 1
        self.send(b"X", {"code": code, "number": self.number})

    def interrupt(self) -> None:
        os.kill(self.pid, signal.SIGINT)

    def execute(self, code: str) -> Answer:
        self.start(code)
        return self.finish()

    def finish(self, interrupt_at: str | None = None) -> Answer:
        """Collects until the answer. Interrupts once when the given text has been printed."""
        answer = Answer()
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            ready = select.select([self.socket, *self.streams], [], [], until - time.monotonic())[0]
            if not ready:
                raise TimeoutError("no answer; so far: %r" % answer.outputs)
            self._drain(answer)
            if interrupt_at is not None and interrupt_at in answer.stdout:
                interrupt_at = None
                self.interrupt()
            if self.socket not in ready:
                continue
            kind, message = self.receive()
            self._drain(answer)
            if kind == b"D":
                answer.outputs.append(("display", message))
                self.send(b"A", {})
                continue
            assert kind == b"R", kind
            answer.done = message
            return answer

    def variables(self) -> dict:
        self.send(b"V", {})
        kind, message = self.receive()
        assert kind == b"V", kind
        return {one["name"]: one for one in message["variables"]}

    def receive(self) -> tuple:
        kind, length = HEADER.unpack(self._exactly(HEADER.size))
        return kind, json.loads(self._exactly(length))

    def close(self) -> None:
        self.socket.close()
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        for stream in self.streams:
            os.close(stream)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _exactly(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            piece = self.socket.recv(min(length - len(data), 1 << 20))
            if not piece:
                raise EOFError("the session has gone")
            data += piece
        return data

    def _drain(self, answer: Answer) -> None:
        for stream, name in self.streams.items():
            try:
                data = os.read(stream, 1 << 20)
            except BlockingIOError:
                continue
            if data:
                answer.outputs.append((name, data.decode("utf-8", "replace")))


class SessionCase(unittest.TestCase):
    """A test with a session of its own in `self.keeper`."""

    def setUp(self) -> None:
        self.keeper = Keeper()
        self.addCleanup(self.keeper.close)

    def run_code(self, code: str) -> Answer:
        return self.keeper.execute(code)

    def ok(self, code: str) -> Answer:
        answer = self.run_code(code)
        self.assertEqual(answer.status, "ok", answer.error)
        return answer

    def fails(self, code: str, name: str) -> Answer:
        answer = self.run_code(code)
        self.assertEqual(answer.status, "error", answer.done)
        self.assertEqual(answer.error["name"], name, answer.error["traceback"])
        return answer
