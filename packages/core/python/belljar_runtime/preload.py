"""The second zygote: imports the preload list, does what is done first with it, and forks sessions.

A fork keeps one thread. A module that starts another is not preloaded but named: the attempt ends,
and the next one leaves it out; sandboxes import it themselves.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import socket
import sys
import time
from typing import Any, Callable, NoReturn

from . import birth, session, warm
from .fork_handlers import fork_handlers
from .nursery import Nursery
from .shared_heap import SharedHeap

_THREADED = 72


class LoadedZygote:
    """As process 1 sees it: forked, and forked again without what has threads."""

    def __init__(self, control: Any, orders: socket.socket, facilities: birth.Facilities,
                 prepared: session.Session, modules: list, serve: Callable) -> None:
        self._control, self._orders, self._facilities = control, orders, facilities
        self._serve, self._prepared = serve, prepared
        self._modules, self._skipped = list(modules), []
        self._fork()

    def ended(self, pid: int, status: int) -> bool:
        """True when this end means that everything must end."""
        if pid != self._pid:
            return False
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == _THREADED:
            name = os.read(self._report, 256).decode()
            os.close(self._report)
            self._modules.remove(name)
            self._skipped.append(name)
            self._fork()
            return False
        return True

    def _fork(self) -> None:
        self._report, write = os.pipe2(os.O_CLOEXEC)
        self._pid = self._facilities.children().fork()
        if self._pid == 0:
            self._run(write)
        os.close(write)

    def _run(self, report: int) -> NoReturn:
        signal.set_wakeup_fd(-1)
        self._facilities.enter_zygote()
        started = time.perf_counter()
        heap = SharedHeap()
        gc.disable()  # it would look through what stays for good, again and again
        with fork_handlers.collecting():
            loaded, threaded = _preload(self._modules)
        if threaded is not None:
            os.write(report, threaded.encode())
            os._exit(_THREADED)
        os.close(report)
        with fork_handlers.collecting():
            session.preload(self._prepared)
        warm.forget_lookups()
        warm.rehearse()
        session.rehearse(self._prepared)
        nursery = Nursery(self._orders, self._facilities, self._prepared, self._control.send)
        gc.enable()
        gc.collect()
        gc.freeze()
        heap.seal()
        self._control.send({"t": "ready", "modules": loaded, "skipped": self._skipped,
                            "milliseconds": (time.perf_counter() - started) * 1e3})
        self._serve(
            {self._control.fileno(): lambda: self._control.receive() is not None,
             nursery.fileno(): nursery.answer},
            lambda pid, *end: self._facilities.child_ended(pid) or nursery.ended(pid, *end),
        )
        os._exit(0)


def _thread_count() -> int:
    return len(os.listdir("/proc/self/task"))


def _preload(modules: list) -> tuple:
    """Imports what there is; stops at the first module that starts a thread."""
    loaded = []
    for name in modules:
        try:
            importlib.import_module(name)
        except ImportError:
            continue
        except Exception as error:  # noqa: BLE001 - a broken library is the user's, not ours
            sys.stderr.write("belljar: cannot preload %s: %r\n" % (name, error))
            continue
        warm.first_use(name)
        if _thread_count() > 1:
            return loaded, name
        loaded.append(name)
    return loaded, None
