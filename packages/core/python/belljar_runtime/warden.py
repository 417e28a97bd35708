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

from . import frames, measure
from .jail import capabilities, libc, lifeline, namespaces

POLL_MS = 50


class Watch:
    """One sandbox in which something runs now."""

    def __init__(self, keeper: int, session: int, limits: dict) -> None:
        self.keeper, self.session, self.limits = keeper, session, limits
        self.peak_bytes = 0
        self.ended_for: dict | None = None


class Warden:
    def __init__(self, control: int, zygote: int) -> None:
        self._control = socket.socket(fileno=control)
        self._zygote = zygote
        self._reader = frames.FrameReader()
        self._watches: dict = {}

    def serve(self) -> None:
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(os.pidfd_open(self._zygote), select.POLLIN)
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
            keeper = measure.on_host(self._zygote, header["keeper"])
            session = measure.on_host(self._zygote, header["session"])
            if keeper is not None and session is not None:
                self._watches[identifier] = Watch(keeper, session, header["limits"])
        elif header["t"] == "unwatch":
            watch = self._watches.pop(identifier, None)
            if watch is not None and watch.ended_for is None:
                self._look(watch)
            answer = {"t": "watched", "id": identifier, "number": header["number"]}
            if watch is not None:
                answer.update(peakBytes=watch.peak_bytes, ended=watch.ended_for)
            self._control.sendall(frames.encode(answer))

    def _look(self, watch: Watch) -> None:
        processes = measure.of_sandbox(watch.keeper, watch.session)
        memory = measure.memory_bytes(processes, watch.limits["memoryBytes"])
        watch.peak_bytes = max(watch.peak_bytes, memory)
        if memory > watch.limits["memoryBytes"]:
            self._end(watch, processes, {"limit": "memoryBytes", "value": memory})
        elif len(processes) > 2 * watch.limits["processes"] + 8:
            self._end(watch, processes, {"limit": "processes", "value": len(processes)})

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
    folder = os.open("/proc/%d" % child, os.O_PATH | os.O_DIRECTORY)
    namespaces.write_identity_maps(folder, users, groups)
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


def _become_zygote(configuration: dict, to_warden: int, from_warden: int) -> None:
    try:
        os.close(3)
        os.setsid()
        if configuration["block"] is not None:
            os.setgroups([])
        capabilities.forbid_new_privileges()
        libc.unshare(namespaces.ZYGOTE)
        os.write(to_warden, b"u")
        if os.read(from_warden, 1) != b"m":
            os._exit(1)
        if os.fork() != 0:
            os._exit(0)
        if os.read(from_warden, 1) != b"g":
            os._exit(1)
        lifeline.end_with_parent(None)
        os.close(to_warden)
        os.close(from_warden)
        from . import zygote

        zygote.run(configuration, 4, 5)
        os._exit(0)
    except BaseException as error:  # noqa: BLE001 - the one exit of this process
        message = {"error": str(error), "kind": type(error).__name__}
        os.write(2, ("belljar-failed:%s\n" % json.dumps(message)).encode())
        os._exit(3)


def main() -> None:
    configuration = json.loads(sys.argv[1])
    lifeline.end_with_parent(configuration["parent"])
    libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)
    zygote = _start_zygote(configuration)
    os.close(4)
    os.close(5)
    Warden(3, zygote).serve()
