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
from typing import Sequence

from . import frames, measure, process_tree
from .jail import libc

POLL_MS = 50
_SAVEPOINT_PART = 8


class Watch:
    """One sandbox in which something runs now: an execution, commands beside it, or both."""

    def __init__(self) -> None:
        self.reasons = 0

    def begin(self, order: dict) -> None:
        """What runs from now on hears of its own peak and end only."""
        self.reasons += 1
        self.limits = order["limits"]
        self.numbers = (order["keeper"], order["session"])
        self.savepoint = order.get("savepoint", 0)
        """The process id, in the sandbox, of what stands by while the session runs."""
        self.keeper: int | None = None
        self.session: int | None = None
        self.peak_bytes = 0
        self.ended_for: dict | None = None

    def find(self, processes: measure.Processes) -> bool:
        """The kernel's list of children may leave some out while others end: so it is read again.

        False when they are not there; a number that another process has by now is not taken for them.
        """
        if not processes.is_known_as(self.keeper, self.numbers[0]):
            self.keeper = processes.on_host(self.numbers[0])
        if not processes.is_known_as(self.session, self.numbers[1]):
            self.session = processes.on_host(self.numbers[1])
        return self.keeper is not None


class Warden:
    def __init__(self, control: int, zygote: int, processes: measure.Processes) -> None:
        self._control = socket.socket(fileno=control)
        self._zygote, self._processes = zygote, processes
        self._reader = frames.FrameReader()
        self._watches: dict = {}

    def serve(self, others: Sequence[int] = ()) -> None:
        """Returns when the engine, the zygote or one of `others`, given by handles, has gone."""
        poll = select.poll()
        for descriptor in (self._control, libc.pidfd_open(self._zygote), *others):
            poll.register(descriptor, select.POLLIN)
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
        if not watch.find(self._processes):
            return
        processes = measure.of_sandbox(watch.keeper, watch.session)
        standing = self._processes.in_sandbox(processes, watch.savepoint)
        running = [process for process in processes if process not in standing]
        with self._processes.seen_by_owner(watch.keeper):
            memory, over = self._processes.look(watch.keeper, running, watch.limits, standing)
        watch.peak_bytes = max(watch.peak_bytes, memory)
        if over is not None:
            watch.ended_for = watch.ended_for or over
            measure.kill_all(watch.keeper, watch.session, running, self._processes.is_inside,
                             standing)
        elif measure.is_too_much(standing, _left_to_savepoint(watch.limits["memoryBytes"], memory)):
            # Without it there is room enough: what runs need not end for its sake.
            for process in standing:
                process_tree.kill(process, self._processes.is_inside)


def _left_to_savepoint(most: int, used: int) -> int:
    """A little is always its own: what runs out of memory is to find it there."""
    return max(most - used, most // _SAVEPOINT_PART)


def say_failed(layer: str | None, error: BaseException) -> None:
    text = str(error) if layer is None else "%s: %s" % (layer, error)
    message = {"error": text, "kind": type(error).__name__}
    os.write(2, ("belljar-failed:%s\n" % json.dumps(message)).encode())
