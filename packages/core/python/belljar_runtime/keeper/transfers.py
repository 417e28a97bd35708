"""The sandbox's state on its way out and in: what the keeper does of a checkpoint and of a wake.

One at a time: a new checkpoint ends the one before. What the session answers is looked at by kind,
length and turn only; its child's process id is the session's word, and serves to end that child.
"""

from __future__ import annotations

import signal

from ..population import Population
from . import session_channel as channel
from .capture import Capture
from .commands import Commands
from .link import Link
from .session_process import SessionProcess
from .workspace_state import WorkspaceState

ORDERS = ("checkpoint", "state-taken", "restore")


class Transfers:
    def __init__(self, link: Link, population: Population) -> None:
        self._link, self._population = link, population
        self.workspace = WorkspaceState()
        self._capture: Capture | None = None
        self._everything = False
        self._restoring = 0
        self.closed = 0
        """How many descriptors were closed: their numbers may be others' by now."""

    def waits_for_session(self) -> bool:
        forking = self._capture is not None and not self._capture.is_captured
        return forking or self._restoring > 0

    def kept(self) -> set:
        """Process ids of what goes on beside the session."""
        pid = self._capture.pid if self._capture is not None else 0
        return {pid} if pid > 1 else set()

    def descriptors(self) -> list:
        """To read from, while the engine takes what is sent."""
        return self._capture.descriptors() if self._capture is not None else []

    def seconds_left(self) -> float:
        return self._capture.seconds_left() if self._capture is not None else float("inf")

    def handle(self, header: dict, session: SessionProcess, talk: channel.SessionChannel) -> None:
        if header["t"] == "checkpoint":
            self._begin_capture(header, session, talk)
        elif header["t"] == "restore":
            self._begin_restore(header, session, talk)
        elif self._capture is not None and self._capture.number == header["n"]:
            self._capture.taken(header["bytes"])

    def _begin_capture(self, header: dict, session: SessionProcess,
                       talk: channel.SessionChannel) -> None:
        if self._capture is not None:
            self._end_capture(session)
        self._capture = Capture(self._link, header, session.state)
        self._everything = header["everything"]
        talk.send(channel.CHECKPOINT, {"known": header["known"]})
        session.resume()

    def _begin_restore(self, header: dict, session: SessionProcess,
                       talk: channel.SessionChannel) -> None:
        """The content follows in the link; it is passed on when the session is ready for it."""
        self._restoring = header["n"]
        try:
            talk.send(channel.RESTORE, {"segments": header["segments"],
                                        "reseed": header["reseed"], "seed": header["seed"]})
            session.resume()
            if header["segments"]:
                talk.wait_for(channel.READY)
            for chunk in self._link.chunks():
                talk.send_raw(chunk)
        except channel.Misbehaves:
            self._link.receive_file(None)
            raise

    def hear(self, kind: bytes, payload: bytes, session: SessionProcess,
             commands: Commands) -> None:
        """What the session says while `waits_for_session`."""
        capture = self._capture
        if kind == channel.RESULT and self._restoring:
            session.drop_output()
            self._link.send({"t": "answer", "n": self._restoring}, payload)
            self._restoring = 0
        elif kind == channel.READY and capture is not None:
            capture.written_by_session()
        elif kind == channel.FORKED and capture is not None and len(payload) == channel.FORK.size:
            pid, maps_files = channel.FORK.unpack(payload)
            self._everything = self._everything or maps_files
            goes_on = capture.begun(pid)
            # What it does from now on is not in the checkpoint; nothing of it runs meanwhile.
            session.pause()
            self._send_workspace(capture, commands)
            if capture.is_told:
                self._end_capture(session)
            elif not goes_on:
                capture.read_rest()
                self._end_capture(session)
        else:
            raise channel.Misbehaves("sent a frame out of turn")

    def _send_workspace(self, capture: Capture, commands: Commands) -> None:
        self.workspace.send(self._link, capture.number, self._everything)
        for pid in sorted(commands.leaders()):
            self._link.send({"t": "state", "n": capture.number, "kind": "command", "pid": pid})
        self._link.send({"t": "captured", "n": capture.number})

    def read(self, descriptor: int, session: SessionProcess) -> None:
        capture = self._capture
        if capture is None or not capture.read(descriptor):
            return
        # The workspace is looked at when the session has said that it goes on, and not before.
        if capture.is_captured or not capture.is_told:
            self._end_capture(session)

    def check_clock(self, session: SessionProcess) -> None:
        if self._capture is not None and self._capture.seconds_left() == 0:
            self._end_capture(session)

    def _end_capture(self, session: SessionProcess) -> None:
        capture, self._capture = self._capture, None
        if not capture.is_captured:
            # It does not answer, or its answer would be taken for another's.
            session.signal(signal.SIGKILL)
        capture.finish(self._population, session.pid)
        self.closed += 1

    def session_ended(self, session: SessionProcess) -> None:
        if self._restoring:
            self._link.send({"t": "refused", "n": self._restoring, "errno": None,
                             "message": "the session ended"})
            self._restoring = 0
        if self._capture is not None:
            self._end_capture(session)
