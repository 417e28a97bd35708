"""A jailed interpreter that only ever forks: sandboxes are born from it. Runs no caller's code.

Two of them share a PID namespace. Process 1 is bare and ready at once; its child imports the
preload list and takes over when done. Both speak frames with the engine over a descriptor of their
own: `birth` and `end` come in, `ready`, `failed`, `gone` go out.
"""

from __future__ import annotations

import gc
import importlib
import os
import select
import shutil
import signal
import socket
import sys
import time
from typing import Callable

from . import birth, frames, keeper, warm
from .jail import libc, namespaces, root

_THREADED = 72
_LINK = 3
"""The one descriptor of a keeper that comes from before it: its channel to the engine."""


class Zygote:
    """Serves births over one descriptor until it ends."""

    def __init__(self, control: int, facilities: birth.Facilities) -> None:
        self._control = socket.socket(fileno=control)
        self._control.setblocking(True)
        self._facilities = facilities
        self._children: dict = {}
        self._pids: dict = {}
        self._reader = frames.FrameReader()
        self._nursery = namespaces.ChildrenInNewPidNamespace()
        self._wake_read, self._wake_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def send(self, header: dict) -> None:
        self._control.sendall(frames.encode(header))

    def serve(self, ended: Callable[[int, int], bool]) -> None:
        """`ended` hears of children that are no sandbox, and says whether to end too."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(self._wake_read, select.POLLIN)
        gc.collect()
        gc.freeze()
        while True:
            for descriptor, _ in poll.poll():
                if descriptor == self._wake_read:
                    os.read(self._wake_read, 4096)
                    self._reap(ended)
                    continue
                try:
                    data = self._control.recv(65536)
                except OSError:
                    return
                if not data:
                    return
                for header, _ in self._reader.feed(data):
                    self._handle(header)

    def _handle(self, header: dict) -> None:
        if header["t"] == "birth":
            child = self._nursery.fork()
            if child == 0:
                self._become_keeper(header)
            self._children[child] = header["id"]
            self._pids[header["id"]] = child
            self.send({"t": "forked", "id": header["id"], "pid": child})
        elif header["t"] == "end":
            child = self._pids.get(header["id"])
            if child is not None:
                os.kill(child, signal.SIGKILL)

    def _become_keeper(self, request: dict) -> None:
        try:
            signal.set_wakeup_fd(-1)
            link = birth.connect()
            os.dup2(link.detach(), _LINK)
            libc.close_from(_LINK + 1)
            keeper.run(socket.socket(fileno=_LINK), request, self._facilities)
        except BaseException as error:  # noqa: BLE001 - the one exit of this process
            try:
                sys.stderr.write("belljar: birth failed: %r\n" % (error,))
                sys.stderr.flush()
            except Exception:
                pass
        finally:
            os._exit(70)

    def _reap(self, ended: Callable[[int, int], bool]) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            identifier = self._children.pop(pid, None)
            if identifier is not None:
                self._pids.pop(identifier, None)
                self.send({"t": "gone", "id": identifier, "status": status})
            elif ended(pid, status):
                os._exit(71)


def _prepare_environment() -> None:
    """The interpreter's commands first; matplotlib's list of fonts where a set-up has kept it."""
    folders = [os.path.join(sys.prefix, "bin"), os.environ.get("PATH", "")]
    os.environ["PATH"] = ":".join(folder for folder in folders if folder)
    if sys.version_info >= (3, 14):
        # Its default, forkserver, listens on a socket, and there are none in a sandbox.
        importlib.import_module("multiprocessing").set_start_method("fork")
    kept = os.path.join(sys.prefix, "matplotlib")
    if os.path.isdir(kept) and "MPLCONFIGDIR" in os.environ:
        shutil.copytree(kept, os.environ["MPLCONFIGDIR"], dirs_exist_ok=True)


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


class LoadedZygote:
    """The second zygote, as process 1 sees it: forked, and forked again without what has threads."""

    def __init__(self, control: int, facilities: birth.Facilities, modules: list) -> None:
        self._control, self._facilities = control, facilities
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
        self._pid = os.fork()
        if self._pid == 0:
            self._run(write)
        os.close(write)

    def _run(self, report: int) -> None:
        signal.set_wakeup_fd(-1)
        started = time.perf_counter()
        loaded, threaded = _preload(self._modules)
        if threaded is not None:
            os.write(report, threaded.encode())
            os._exit(_THREADED)
        zygote = Zygote(self._control, self._facilities)
        zygote.send({"t": "ready", "modules": loaded, "skipped": self._skipped,
                     "milliseconds": (time.perf_counter() - started) * 1e3})
        zygote.serve(lambda pid, status: False)
        os._exit(0)


def run(configuration: dict, bare_control: int, loaded_control: int) -> None:
    """Process 1 of the zygotes' namespace. Returns when the engine has gone."""
    missing_proc = root.enter(configuration["engineSocket"])
    facilities = birth.Facilities(missing_proc, configuration["block"])
    layers, missing = facilities.report()
    bare = Zygote(bare_control, facilities)
    bare.send({"t": "ready", "layers": layers, "missing": missing,
               "version": sys.version.split()[0]})
    _prepare_environment()
    loaded = LoadedZygote(loaded_control, facilities, configuration["preload"])
    bare.serve(loaded.ended)
