"""The process outside: starts the zygote, ends with the engine, and watches what no rlimit sees.

It stays in the host's namespaces, so it can measure every process of every sandbox, whatever the
sandboxes say. It parses no byte that a sandbox wrote. When a sandbox has more memory or processes
than its limit, it kills all of it but the keeper, notes why, and tells the engine.
"""

from __future__ import annotations

import json
import os
import select
import socket
import sys

from . import birth, frames, measure
from .jail import capabilities, libc, lifeline, namespaces

POLL_MS = 50


class Watch:
    """One sandbox in which something runs now: an execution, commands beside it, or both."""

    def __init__(self) -> None:
        self.reasons = 0

    def begin(self, order: dict) -> None:
        """What runs from now on hears of its own peak and end only."""
        self.reasons += 1
        self.limits = order["limits"]
        self.numbers = (order["keeper"], order["session"])
        self.keeper: int | None = None
        self.session: int | None = None
        self.peak_bytes = 0
        self.ended_for: dict | None = None

    def find(self, zygote: int) -> bool:
        """The kernel's list of children may leave some out while others end: so it is read again.

        False when they are not there; a number that another process has by now is not taken for them.
        """
        if not measure.is_known_as(self.keeper, self.numbers[0]):
            self.keeper = measure.on_host(zygote, self.numbers[0])
        if not measure.is_known_as(self.session, self.numbers[1]):
            self.session = measure.on_host(zygote, self.numbers[1])
        return self.keeper is not None


class Warden:
    def __init__(self, control: int, zygote: int) -> None:
        self._control = socket.socket(fileno=control)
        self._zygote = zygote
        self._reader = frames.FrameReader()
        self._watches: dict = {}

    def serve(self) -> None:
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(libc.pidfd_open(self._zygote), select.POLLIN)
        while True:
            events = dict(poll.poll(POLL_MS if self._watches else None))
            if events and self._control.fileno() not in events:
                return
            if events:
                data = self._control.recv(65536)
                if not data:
                    return
                for header, _ in self._reader.feed(data):
                    self._handle(header)
            for watch in list(self._watches.values()):
                self._look(watch)

    def _handle(self, header: dict) -> None:
        identifier = header["id"]
        if header["t"] == "watch":
            self._watches.setdefault(identifier, Watch()).begin(header)
        elif header["t"] == "unwatch":
            watch = self._watches.get(identifier)
            answer = {"t": "watched", "id": identifier, "number": header["number"]}
            if watch is not None:
                if watch.ended_for is None:
                    self._look(watch)
                answer.update(peakBytes=watch.peak_bytes, ended=watch.ended_for)
                watch.reasons -= 1
                if watch.reasons == 0:
                    del self._watches[identifier]
            self._control.sendall(frames.encode(answer))

    def _look(self, watch: Watch) -> None:
        if not watch.find(self._zygote):
            return
        processes = measure.of_sandbox(watch.keeper, watch.session)
        memory = measure.memory_bytes(processes, watch.limits["memoryBytes"])
        memory += measure.socket_bytes(watch.keeper)
        watch.peak_bytes = max(watch.peak_bytes, memory)
        if memory > watch.limits["memoryBytes"]:
            self._end(watch, processes, {"limit": "memoryBytes", "value": memory})
        elif len(processes) > 2 * watch.limits["processes"] + 8:
            self._end(watch, processes, {"limit": "processes", "value": len(processes)})
        elif measure.epoll_watches(processes) > measure.MOST_EPOLL_WATCHES:
            self._end(watch, processes, {"limit": "openFiles", "value": 0})

    def _end(self, watch: Watch, processes: list, reason: dict) -> None:
        watch.ended_for = watch.ended_for or reason
        measure.kill_all(watch.keeper, watch.session, processes)


def _start_zygote(configuration: dict) -> int:
    """Forks the zygote into namespaces of its own. Returns its process id on the host."""
    from_zygote, to_warden = os.pipe()
    from_warden, to_zygote = os.pipe()
    started_by_root = os.geteuid() == 0
    configuration["block"] = (
        int.from_bytes(os.urandom(4), "little") % namespaces.ROOT_RANGE_BLOCKS
        if started_by_root else None
    )
    child = os.fork()
    if child == 0:
        os.close(from_zygote)
        os.close(to_zygote)
        _become_zygote(configuration, to_warden, from_warden)
    os.close(to_warden)
    os.close(from_warden)
    if os.read(from_zygote, 1) != b"u":
        return _failed(child)
    users = namespaces.zygote_identity_map(os.geteuid(), configuration["block"])
    groups = namespaces.zygote_identity_map(os.getegid(), configuration["block"])
    try:
        folder = os.open("/proc/%d" % child, os.O_PATH | os.O_DIRECTORY)
        namespaces.write_identity_maps(folder, users, groups)
    except OSError as error:
        _say_failed("own-user-id" if started_by_root else "user-namespace", error)
        sys.exit(3)
    os.close(folder)
    os.write(to_zygote, b"m")
    os.waitpid(child, 0)
    # The zygote is this process's now: it is the nearest subreaper.
    zygote = int(measure.children(os.getpid())[0])
    os.write(to_zygote, b"g")
    os.close(from_zygote)
    os.close(to_zygote)
    return zygote


def _failed(child: int) -> int:
    _, status = os.waitpid(child, 0)
    sys.exit(status >> 8 or 1)


def _say_failed(layer: str | None, error: BaseException) -> None:
    text = str(error) if layer is None else "%s: %s" % (layer, error)
    message = {"error": text, "kind": type(error).__name__}
    os.write(2, ("belljar-failed:%s\n" % json.dumps(message)).encode())


def _become_zygote(configuration: dict, to_warden: int, from_warden: int) -> None:
    layer = "own-user-id"
    try:
        os.close(3)
        os.setsid()
        if configuration["block"] is not None:
            os.setgroups([])
        layer = "no-new-privileges"
        capabilities.forbid_new_privileges()
        layer = "user-namespace"
        libc.unshare(namespaces.ZYGOTE)
        os.write(to_warden, b"u")
        if os.read(from_warden, 1) != b"m":
            os._exit(1)
        if os.fork() != 0:
            os._exit(0)
        if os.read(from_warden, 1) != b"g":
            os._exit(1)
        layer = "lifeline"
        lifeline.end_with_parent(None)
        os.close(to_warden)
        os.close(from_warden)
        from . import zygote

        layer = "read-only-root"
        zygote.run(configuration, 4, 5)
        os._exit(0)
    except BaseException as error:  # noqa: BLE001 - the one exit of this process
        _say_failed(layer if isinstance(error, OSError) else None, error)
        os._exit(3)


def main(configuration: dict) -> None:
    lifeline.end_with_parent(configuration["parent"])
    libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)
    zygote = _start_zygote(configuration)
    for descriptor in (4, 5, birth.ENGINE):
        os.close(descriptor)
    Warden(3, zygote).serve()
