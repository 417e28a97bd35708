"""The keeper's loop: one poll over the engine, the session, the commands and the clock.

Invariant: process 1 of the sandbox holds the only channel to the engine. It takes orders from the
engine alone, hands on what the session says without looking into it, and reports what it measured.
"""

from __future__ import annotations

import _socket
import os
import select
import signal

from .. import birth
from . import changes, file_orders, workspace_files
from . import session_channel as channel
from .commands import Commands, ending
from .execution import Execution, send_changes
from .leftovers import end_leftovers
from .link import Link
from .rollback import ORDERS as ROLLBACK
from .runs import begin_command, send_code
from .session_process import SessionProcess, SessionSource
from .succession import Succession
from .transfers import ORDERS as TRANSFERS, Transfers
from .variables import Variables
from .waiting import Waiting, interests

# Longer than a caller takes that sends one order after the other, which so pays nothing for it.
_SETTLE_AFTER_MS = 2


class Keeper:
    def __init__(self, link: Link, source: SessionSource, first: SessionProcess, request: dict,
                 facilities: birth.Facilities) -> None:
        self._link, self._limits, self._facilities = link, request["limits"], facilities
        self._population = facilities.population()
        self._execution: Execution | None = None
        self._variables = Variables(link)
        self._transfers = Transfers(link, self._population)
        self._closed = 0
        self._restless = False
        self._waiting = Waiting()
        self._scan: dict | None = changes.scan()
        self._quota = facilities.quota(self._limits)
        self._commands = Commands(link, self._limits, facilities)
        self._succession = Succession(link, source, first, self._transfers.workspace)
        self._savepoints, self._rollback = self._succession.savepoints, self._succession.rollback
        link.send({"t": "hello", "id": request["id"], "token": request["token"]})

    @property
    def _session(self) -> SessionProcess:
        return self._succession.session

    @property
    def _channel(self) -> channel.SessionChannel:
        return self._succession.channel

    def serve(self) -> None:
        while True:
            closed = self._count_closed()
            wanted = interests(self._link, self._session, self._channel, self._commands,
                               self._transfers, self._execution)
            events = self._waiting.poll(wanted, self._wait_ms())
            if not events and self._is_restless():
                self._settle()
            for descriptor, event in events:
                self._dispatch(descriptor, event)
                if self._count_closed() != closed:
                    self._restless = True
                    break  # what was polled may have another's number by now
            if self._execution is not None:
                self._execution.check_clock()
            self._transfers.check_clock(self._session)
            self._savepoints.check_clock()
            if self._execution is not None or self._commands.leaders():
                self._end_if(self._quota.exceeded())

    def _count_closed(self) -> int:
        return (self._closed + self._commands.closed + self._transfers.closed
                + self._succession.closed)

    def _end_if(self, over: dict | None) -> None:
        """Ends whatever of the code's runs when the workspace holds more than it may."""
        if over is None:
            return
        if self._execution is not None:
            self._execution.over = over
            self._execution.child.signal(signal.SIGKILL)
        self._commands.end_all()

    def _wait_ms(self) -> float | None:
        seconds = min(self._transfers.seconds_left(), self._savepoints.seconds_left())
        if self._commands.leaders():
            seconds = min(seconds, self._quota.seconds_left())
        if self._execution is not None:
            seconds = min(seconds, self._execution.seconds_left(), self._quota.seconds_left(), 1e6)
        elif self._is_restless():
            return _SETTLE_AFTER_MS
        return seconds * 1e3 + 1 if seconds < float("inf") else None

    def _is_restless(self) -> bool:
        return (self._restless and self._execution is None and not self._variables.waits_for_session()
                and not self._transfers.waits_for_session()
                and not self._savepoints.waits_for_session())

    def _kept(self) -> set:
        """Process ids of what goes on beside the session."""
        return self._commands.leaders() | self._transfers.kept() | self._savepoints.kept()

    def _settle(self) -> None:
        """Nothing was ordered for a moment: what the code left does nothing while nobody looks."""
        self._restless = False
        self._session.quieten(self._population, self._kept())

    def _dispatch(self, descriptor: int, event: int) -> None:
        execution = self._execution
        if descriptor == self._link.fileno():
            if event & select.POLLOUT:
                self._link.flush()
            if event & ~select.POLLOUT:
                for header, payload in self._link.receive():
                    self._handle(header, payload)
        elif descriptor == self._channel.fileno():
            self._hear_session()
        elif descriptor == self._session.ended:
            self._replace_session()
        elif descriptor in self._transfers.descriptors():
            self._transfers.read(descriptor, self._session)
        elif execution is not None and descriptor in execution.open_pipes():
            execution.read_pipe(descriptor)
        elif execution is not None and execution.is_command and descriptor == execution.child.ended:
            self._finish({"ending": ending(execution.child.reap())}, b"")
        else:
            self._commands.dispatch(descriptor)

    def _handle(self, header: dict, payload: bytes | None) -> None:
        """One order of the engine: one at a time, but for `cancel` and what goes to commands."""
        kind = header["t"]
        try:
            if kind in ("execute", "shell", "spawn"):
                self._quota.begin()
            if kind == "execute":
                self._savepoints.use()
                self._execution = Execution(self._link, header, self._session, self._before(),
                                            self._channel)
                send_code(header, payload, self._session, self._channel, self._population)
            elif kind == "shell":
                self._execution = begin_command(self._link, header, payload, self._before(),
                                                self._limits, self._facilities, self._quota)
            elif kind == "cancel":
                if self._execution is not None and self._execution.number == header["n"]:
                    self._execution.interrupt("cancelled")
            elif kind == "variables":
                self._variables.ask(header["n"], self._session, self._channel)
            elif kind == "savepoint":
                self._restless = True
                self._savepoints.make(header["n"], self._session, self._channel)
            elif kind == "mark":
                self._rollback.mark(header["n"], self._scanned())
            elif kind in ROLLBACK:
                self._scan, self._restless = None, True
                self._succession.roll_back(header, self._population, self._kept)
            elif kind == "restart":
                self._session.signal(signal.SIGKILL)
            elif kind in TRANSFERS:
                self._restless = True
                self._transfers.handle(header, self._session, self._channel)
            elif kind in ("spawn", "stdin", "kill", "flow"):
                self._scan = None  # what a command changes is no execution's
                self._commands.handle(header, payload)
            elif kind == "write":
                self._scan = None
                file_orders.write(self._link, header, self._quota, self._transfers.workspace)
            else:
                self._scan = None
                if kind in ("make-folder", "make-entries"):
                    self._quota.take(0)
                file_orders.ORDERS[kind](self._link, header)
        except (OSError, workspace_files.Refused) as error:
            text = os.strerror(error.errno) if getattr(error, "errno", None) else str(error)
            self._link.send({"t": "refused", "n": header["n"], "message": text,
                             "errno": getattr(error, "errno", None)})
        except channel.Misbehaves:
            self._session.signal(signal.SIGKILL)

    def _scanned(self) -> dict:
        return changes.scan() if self._scan is None else self._scan

    def _before(self) -> dict:
        return self._rollback.begin(self._scanned())

    def _hear_session(self) -> None:
        try:
            for kind, payload in self._channel.receive():
                execution = self._execution
                running = execution is not None and not execution.is_command
                if self._transfers.waits_for_session():
                    self._transfers.hear(kind, payload, self._session, self._commands)
                elif self._savepoints.waits_for_session():
                    self._savepoints.hear(kind, payload, {self._session.pid, *self._kept()})
                elif kind == channel.DISPLAY and running:
                    execution.show(payload)
                    self._channel.send(channel.ACKNOWLEDGE, {})
                elif kind == channel.RESULT and running:
                    self._finish({}, payload)
                elif kind == channel.VARIABLES_ANSWER and self._variables.waits_for_session():
                    self._variables.answer(payload)
                    self._restless = True
                else:
                    raise channel.Misbehaves("sent a frame out of turn")
        except channel.Misbehaves:
            self._session.signal(signal.SIGKILL)
            self._channel.mute()

    def _replace_session(self) -> None:
        """The session ended: its memory is lost, the workspace stays. A fresh one takes its place."""
        status = self._session.reap()
        if self._execution is not None and not self._execution.is_command:
            self._finish({"crashed": True, "ending": ending(status)}, b"")
        else:
            # What the old one forked would count as the new one's memory.
            end_leftovers(self._population, self._session.pid,
                          self._commands.leaders(self._execution) | self._savepoints.kept())
            if not self._savepoints.is_as_session():
                self._link.send({"t": "session-lost", "ending": ending(status)})
        self._transfers.session_ended(self._session)
        self._variables.session_ended()
        self._succession.replace()

    def _finish(self, how: dict, payload: bytes) -> None:
        execution, self._execution = self._execution, None
        self._restless = True
        execution.collect_output()
        left = end_leftovers(self._population, self._session.pid, self._kept())
        if left:
            execution.collect_output()
        execution.over = execution.over or self._quota.exceeded(now=True)
        how = {**how, "usage": execution.usage(), "leftovers": left}
        after = send_changes(self._link, execution, self._session, self._transfers.workspace)
        execution.output.finish()
        self._scan = None if self._commands.leaders() else after
        if execution.is_command:
            execution.child.close()
            self._closed += 1
        execution.say_done(how, payload)
