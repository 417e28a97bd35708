"""One run: of code in the session, or of a command. Its clock, its output, its end.

The keeper's clock is the one that counts inside; the engine has a later one outside. At the
deadline the code is interrupted; when it goes on after the grace, its process is killed.
"""

from __future__ import annotations

import os
import resource
import signal
import time

from . import changes, workspace_files
from .link import Link
from .output import Output
from .workspace_state import WorkspaceState
from .processes import Child
from .session_process import SessionProcess
from .session_channel import SessionChannel, drain


_TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")
_TAKEN_SECONDS = 0.002
_LOOK_AGAIN_SECONDS = 0.001


def cpu_seconds(pid: int) -> float:
    """Processor time of all threads of a process so far."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


def waited_for_seconds(pid: int) -> float:
    """Processor time, in whole ticks, of processes that this one started and waited for."""
    try:
        with open("/proc/%d/stat" % pid, "rb") as stream:
            fields = stream.read().rpartition(b") ")[2].split()
        return (int(fields[13]) + int(fields[14])) * _TICK_SECONDS
    except (OSError, IndexError):
        return 0.0


def children_cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Execution:
    """State of the run that is going on."""

    def __init__(self, link: Link, header: dict, child: Child, before: dict,
                 session: SessionChannel | None) -> None:
        """`session` is the channel to the session that runs code; None for a command."""
        self.number = header["n"]
        self.child, self._session, self.is_command = child, session, session is None
        self._link = link
        self.output = Output(link, self.number, header["outputBytes"])
        self.displays_left = header.get("displays", 0)
        self.dropped_displays = 0
        self.before = before
        self.files_budget_bytes = header["filesBytes"]
        self._pipes = [child.stdout, child.stderr]
        self.reason: str | None = None
        self.over: dict | None = None
        """The limit of the workspace that it exceeded."""
        self._grace = header["graceMs"] / 1e3
        self._started = time.monotonic()
        self._deadline = self._started + header["timeoutMs"] / 1e3
        self._interrupt_at = float("inf")
        self._was_unread = False
        self._cpu = cpu_seconds(child.pid)
        self._children_cpu = children_cpu_seconds()

    def seconds_left(self) -> float:
        return max(0.0, min(self._deadline, self._interrupt_at) - time.monotonic())

    def check_clock(self) -> None:
        """Interrupts at the deadline, kills at the end of the grace."""
        if time.monotonic() >= self._interrupt_at:
            self._interrupt_when_read()
        if time.monotonic() < self._deadline:
            return
        if self.reason is None:
            self.interrupt("timeout")
        else:
            self._kill()
            self._deadline = float("inf")

    def interrupt(self, reason: str) -> None:
        if self.reason is not None:
            return
        self.reason = reason
        self._deadline = time.monotonic() + self._grace
        if self.is_command:
            self._kill()
        else:
            self._interrupt_when_read()

    def _interrupt_when_read(self) -> None:
        """When a request comes, the session forgets interrupts that came before it, since they
        were meant for the last one. So this one waits until the request has been taken."""
        now = time.monotonic()
        unread = self._session.unread()
        if unread or self._was_unread or now - self._started < _TAKEN_SECONDS:
            self._was_unread = unread
            self._interrupt_at = now + _LOOK_AGAIN_SECONDS
        else:
            self._interrupt_at = float("inf")
            self.child.signal(signal.SIGINT)

    def _kill(self) -> None:
        self.child.signal(signal.SIGKILL)

    def open_pipes(self) -> list:
        return self._pipes

    def read_pipe(self, descriptor: int) -> None:
        data = drain(descriptor)
        if data:
            self.output.add("stdout" if descriptor == self.child.stdout else "stderr", data)
        elif data is None:  # every writer closed it
            self._pipes.remove(descriptor)

    def collect_output(self) -> None:
        """What was written before the end, in full: the pipes hold it already."""
        for stream, descriptor in (("stdout", self.child.stdout), ("stderr", self.child.stderr)):
            data = drain(descriptor)
            if data:
                self.output.add(stream, data)

    def show(self, payload: bytes) -> None:
        """A display, after what was printed before it."""
        self.collect_output()
        if self.displays_left > 0:
            self.displays_left -= 1
            self.output.display(payload)
        else:
            self.dropped_displays += 1

    def say_done(self, how: dict, payload: bytes) -> None:
        self._link.send({
            "t": "done", "n": self.number, "reason": self.reason, "over": self.over,
            "droppedBytes": self.output.dropped_bytes, "droppedDisplays": self.dropped_displays,
            **how,
        }, payload)

    def usage(self) -> dict:
        used = self.child.cpu_seconds
        cpu = (cpu_seconds(self.child.pid) if used is None else used) - self._cpu
        cpu = max(cpu, 0.0) + children_cpu_seconds() - self._children_cpu
        cpu = max(cpu - self.child.seconds_as_child, 0.0)
        wall = time.monotonic() - self._started
        if wall > _TICK_SECONDS:
            waited_for = waited_for_seconds(self.child.pid)
            cpu += max(waited_for - self.child.waited_for_seconds, 0.0)
            self.child.waited_for_seconds = waited_for
        return {"wallMs": wall * 1e3, "cpuMs": cpu * 1e3,
                "residentBytes": self.child.resident_bytes()}


def send_changes(link: Link, execution: Execution, session: SessionProcess,
                 workspace: WorkspaceState) -> dict:
    """Sends what changed in the workspace. Returns the scan that the next execution starts from.

    The session is paused for it, so that a thread it left cannot change what is being read.
    """
    after = changes.scan()
    found = changes.difference(execution.before, after)
    if not found:
        return after
    session.pause()
    budget_bytes = execution.files_budget_bytes
    for path, change in found:
        seen_bytes = after[path][1] if path in after else 0
        budget_bytes -= _send_change(link, execution.number, os.fsdecode(path), change,
                                     seen_bytes, budget_bytes, workspace)
    return changes.scan()


def _send_change(link: Link, number: int, name: str, change: str, seen_bytes: int,
                 budget_bytes: int, workspace: WorkspaceState) -> int:
    """Returns how many bytes of content went out."""
    header = {"t": "file", "n": number, "name": name, "change": change}
    if change == "removed":
        link.send({**header, "sizeBytes": 0})
        return 0
    try:
        descriptor, size = workspace_files.open_to_read(name)
    except PermissionError:  # the code took the right to read it: it is there all the same
        link.send({**header, "sizeBytes": seen_bytes, "omitted": True})
        return 0
    except (OSError, workspace_files.Refused):
        return 0
    try:
        if size > budget_bytes:
            digest = _sha256(descriptor)
            link.send({**header, "sizeBytes": size, "omitted": True, "sha256": digest})
            return 0
        workspace.note(name, changes.identity(os.fstat(descriptor)))
        link.send_file({**header, "sizeBytes": size}, descriptor, size)
        return size
    finally:
        os.close(descriptor)


def _sha256(descriptor: int) -> str:
    # Rarely needed, and loads OpenSSL. The keeper's import path has nothing that the code can write.
    import hashlib

    digest = hashlib.sha256()
    while True:
        chunk = os.read(descriptor, 1024 * 1024)
        if not chunk:
            return digest.hexdigest()
        digest.update(chunk)
