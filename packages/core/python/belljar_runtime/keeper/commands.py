"""Commands that `spawn` started: they run beside the executions until they end or are killed."""

from __future__ import annotations

import os
import select

from .. import birth
from .execution import Execution
from .leftovers import end_session_of
from .link import Link
from .processes import CommandProcess, command_body
from .session_channel import drain


class Command:
    def __init__(self, number: int, child: CommandProcess) -> None:
        self.number, self.child = number, child
        self.paused = False
        self.open_pipes = {child.stdout, child.stderr}
        self.input = bytearray()
        self.input_ends = False


class Commands:
    def __init__(self, link: Link, limits: dict, facilities: birth.Facilities) -> None:
        self._link, self._limits, self._facilities = link, limits, facilities
        self._population = facilities.population()
        self._running: dict = {}
        self.closed = 0
        """How many have ended: their descriptors' numbers may be others' by now."""

    def leaders(self, execution: Execution | None = None) -> set:
        """Process ids of those that go on, and of the command that is an execution."""
        running = {command.child.pid for command in self._running.values()}
        return running | ({execution.child.pid} if execution is not None else set())

    def interests(self, events: dict, full: bool) -> None:
        for command in self._running.values():
            events[command.child.ended] = select.POLLIN
            if not (full or command.paused):
                events.update(dict.fromkeys(command.open_pipes, select.POLLIN))
            if command.input:
                events[command.child.input] = select.POLLOUT

    def end_all(self) -> None:
        for leader in self.leaders():
            end_session_of(self._population, leader)

    def handle(self, header: dict, payload: bytes) -> None:
        kind, number = header["t"], header["n"]
        if kind == "spawn":
            child = start_command(self._limits, self._facilities, header)
            self._running[number] = Command(number, child)
            self._link.send({"t": "answer", "n": number, "pid": child.pid})
            return
        command = self._running.get(number)
        if command is None:
            return
        if kind == "kill":
            end_session_of(self._population, command.child.pid)
        elif kind == "flow":
            command.paused = header["paused"]
        elif kind == "stdin":
            command.input += payload
            command.input_ends = header["end"]
            self._feed(command)

    def _feed(self, command: Command) -> None:
        child = command.child
        if child.input < 0:
            command.input.clear()
        try:
            while command.input:
                del command.input[:os.write(child.input, command.input)]
        except BlockingIOError:
            return
        except OSError:
            command.input.clear()
        if command.input_ends:
            child.close_input()
        self._link.send({"t": "taken", "n": command.number})

    def dispatch(self, descriptor: int) -> None:
        for command in list(self._running.values()):
            child = command.child
            if descriptor == child.ended:
                self._end(command)
            elif descriptor == child.input:
                self._feed(command)
            elif descriptor in (child.stdout, child.stderr):
                self._send_output(command, descriptor)

    def _send_output(self, command: Command, descriptor: int) -> None:
        stream = "stdout" if descriptor == command.child.stdout else "stderr"
        data = drain(descriptor)
        if data is None:  # every writer closed it
            command.open_pipes.discard(descriptor)
        elif data:
            self._link.send({"t": "spawn-output", "n": command.number, "stream": stream}, data)

    def _end(self, command: Command) -> None:
        child = command.child
        end_session_of(self._population, child.pid)
        for descriptor in (child.stdout, child.stderr):
            self._send_output(command, descriptor)
        status = child.reap()
        del self._running[command.number]
        child.close()
        self.closed += 1
        self._link.send({"t": "spawn-end", "n": command.number, **ending(status)})


def ending(status: int) -> dict:
    """How a process ended, from what `waitpid` says."""
    if os.WIFSIGNALED(status):
        return {"exitCode": None, "signal": os.WTERMSIG(status)}
    return {"exitCode": os.WEXITSTATUS(status), "signal": None}


def open_input(content: bytes) -> int:
    """Standard input of a command: an unnamed file of the sandbox's own."""
    name = "%s/.input-%s" % (os.environ.get("TMPDIR", "/tmp"), os.urandom(8).hex())
    descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.unlink(name)
        rest = memoryview(content)
        while rest:  # a full workspace takes a part, and then says so
            rest = rest[os.write(descriptor, rest):]
        os.lseek(descriptor, 0, os.SEEK_SET)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def start_command(limits: dict, facilities: birth.Facilities, header: dict,
                  standard_input: int | None = None) -> CommandProcess:
    """Starts `/bin/sh -c`. Without a descriptor for standard input it gets a pipe from here."""
    ours = -1
    if standard_input is None:
        standard_input, ours = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(ours, False)
    body = command_body(header["command"], header["folder"], header["environment"])
    return CommandProcess(limits, facilities, body, standard_input, ours)
