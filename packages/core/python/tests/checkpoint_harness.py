"""A real session, its checkpoint taken by a fork of it, and another session that it is put back into."""

from __future__ import annotations

import json
import os
import shutil
import struct
import sys
import tempfile
import traceback
from typing import Any, NamedTuple

from checkpoint_fingerprint import fingerprint
from session_harness import Answer, Keeper

from belljar_runtime.session.held_modules import checkpoint

checkpoint()  # once, before the sessions fork

_TESTS = os.path.dirname(os.path.abspath(__file__)) + os.sep
_SIZE = struct.Struct("<Q?")


class _FileEmit:
    """Writes segments one after the other, each with its length and whether it is read-only."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._segments: list = []
        self.losses: list = []

    def segment(self, readonly: bool = False) -> None:
        self._segments.append((readonly, []))

    def data(self, content: Any) -> None:
        self._segments[-1][1].append(memoryview(content).cast("B"))

    def lost(self, name: str, kind: str, reason: str) -> None:
        self.losses.append([name, kind, reason])

    def close(self) -> None:
        with open(self._path, "wb") as stream:
            for readonly, views in self._segments:
                stream.write(_SIZE.pack(sum(map(len, views)), readonly))
                stream.writelines(views)
        with open(self._path + ".lost", "w") as stream:
            json.dump(self.losses, stream)


def read_segments(path: str) -> list:
    """As the transport gives them."""
    segments: list = []
    with open(path, "rb") as stream:
        while True:
            head = stream.read(_SIZE.size)
            if not head:
                return segments
            size, readonly = _SIZE.unpack(head)
            view = memoryview(checkpoint().make_memory(size))
            assert stream.readinto(view) == size
            segments.append(view.toreadonly() if readonly else view)


def _capture(session, message: dict) -> None:  # type: ignore[no-untyped-def]
    child = session.fork()
    if child == 0:
        try:
            for name, module in list(sys.modules.items()):  # no sandbox has the tests
                if str(getattr(module, "__file__", "")).startswith(_TESTS):
                    del sys.modules[name]
            emit = _FileEmit(message["path"])
            checkpoint().capture(session, emit)
            emit.close()
        except BaseException:  # noqa: BLE001 - told as this process ends
            with open(message["path"] + ".failed", "w") as stream:
                traceback.print_exc(file=stream)
        os._exit(0)
    os.waitpid(child, 0)
    session.channel.send(b"R", "{}")


def _restore(session, message: dict) -> None:  # type: ignore[no-untyped-def]
    try:
        losses = checkpoint().restore(session, read_segments(message["path"]), message["reseed"])
        session.channel.send(b"R", json.dumps({"lost": losses}))
    except BaseException:  # noqa: BLE001 - told to the test
        session.channel.send(b"R", json.dumps({"failed": traceback.format_exc()}))


def _fingerprint(session, message: dict) -> None:  # type: ignore[no-untyped-def]
    try:
        lines = fingerprint(session.namespace.names)
    except BaseException:  # noqa: BLE001 - told to the test
        lines = [traceback.format_exc()]
    session.channel.send(b"R", json.dumps(lines))


class Checkpointed(Keeper):
    def __init__(self) -> None:
        super().__init__({b"1": _capture, b"2": _restore, b"3": _fingerprint})

    def fingerprint(self) -> list:
        self.send(b"3", {})
        return self.receive()[1]

    def capture(self, path: str) -> list:
        """Returns what was lost: `[name, type, reason]`."""
        self.send(b"1", {"path": path})
        assert self.receive()[0] == b"R"
        if os.path.exists(path + ".failed"):
            with open(path + ".failed") as stream:
                raise AssertionError("the capture failed: " + stream.read())
        with open(path + ".lost") as stream:
            return json.load(stream)

    def restore(self, path: str, reseed: bool = False) -> list:
        self.send(b"2", {"path": path, "reseed": reseed})
        answer = self.receive()[1]
        if "failed" in answer:
            raise AssertionError("the restoring failed: " + answer["failed"])
        return answer["lost"]


class Carried(NamedTuple):
    before: Answer
    """The check in the session that the checkpoint is of."""
    after: Answer
    """The check in its successor's successor."""
    lost: list
    """On the way to the first."""
    lost_again: list
    fingerprints: list
    """Of all three."""


def carry_case(make: str, check: str) -> Carried:
    """Runs code in one session, and a check in it and after two wakes."""
    sessions = [Checkpointed() for _ in range(3)]
    path = os.path.join(tempfile.mkdtemp(), "state")
    try:
        answer = sessions[0].execute(make)
        assert answer.status == "ok", answer.error
        lost = [_carry(*pair, path) for pair in zip(sessions, sessions[1:])]
        fingerprints = [session.fingerprint() for session in sessions]
        return Carried(sessions[0].execute(check), sessions[2].execute(check), *lost, fingerprints)
    finally:
        for session in sessions:
            session.close()
        shutil.rmtree(os.path.dirname(path))


def _carry(first: Checkpointed, second: Checkpointed, path: str) -> list:
    lost = first.capture(path)
    shutil.copytree(first.folder, second.folder, dirs_exist_ok=True)
    second.number = first.number
    return lost + second.restore(path)


def carry(code: str, check: str) -> tuple:
    """The answer of the check after two wakes, and what was lost at the first."""
    return carry_case(code, check)[1:3]
