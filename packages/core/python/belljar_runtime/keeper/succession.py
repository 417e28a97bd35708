"""Which process is the session now, and what takes its place when it ends: its savepoint, or a fresh one."""

from __future__ import annotations

import signal
from typing import Callable

from ..population import Population
from .leftovers import end_leftovers
from .link import Link
from .rollback import Rollback
from .savepoints import Savepoints, wait_until_ended
from .session_channel import SessionChannel
from .session_process import SessionProcess, SessionSource
from .workspace_files import Refused
from .workspace_state import WorkspaceState


class Succession:
    session: SessionProcess
    channel: SessionChannel

    def __init__(self, link: Link, source: SessionSource, first: SessionProcess,
                 workspace: WorkspaceState) -> None:
        self._source = source
        self.savepoints = Savepoints(link)
        self.rollback = Rollback(link, workspace)
        self.closed = 0
        """How many descriptors were closed: their numbers may be others' by now."""
        self._take(first)

    def _take(self, session: SessionProcess) -> None:
        self.channel = self._source.admit(session)
        self.session = session

    def replace(self) -> None:
        """The session has ended and was waited for."""
        self.savepoints.give_up("the session ended")
        self.closed += 1
        if not self._adopt():
            self.session.close()
            self.channel.close()
            self._take(self._source.order())

    def _adopt(self) -> bool:
        """What stood by is the session from now on."""
        adopted = self.savepoints.adopt(self.session, self.channel)
        if adopted is None:
            return False
        self.session.hand_on()
        self.session = adopted
        self.rollback.has_memory = True
        return True

    def roll_back(self, header: dict, population: Population, kept: Callable[[], set]) -> None:
        """What the last execution did is undone, as far as it can be without a checkpoint."""
        if header["t"] == "rollback" and header["memory"] and not self.rollback.has_memory:
            self.session.signal(signal.SIGKILL)
            if not self.savepoints.kept() or not wait_until_ended(self.session):
                raise Refused("has no savepoint")
            self.session.reap()
            end_leftovers(population, self.session.pid, kept())
            self.closed += 1
            if not self._adopt():
                raise Refused("has lost its savepoint")
        self.rollback.handle(header, self.savepoints.open_files)
