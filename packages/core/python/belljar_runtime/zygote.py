"""Jailed interpreters that only ever fork: sandboxes are born from them. They run no caller's code.

Two share a PID namespace, where there is one. The first, process 1 of it, is bare and ready at once: it
forks the keepers, and the sessions of the first sandboxes. Its child imports the preload list
(`preload.py`) and forks the sessions from then on. Both speak frames with the engine, each over a
descriptor of its own. Where there is no PID namespace, both also end what lost sandboxes leave.
"""

from __future__ import annotations

import _frozen_importlib_external
import _socket
import gc
import importlib
import os
import resource
import select
import signal
import socket
import sys
from typing import Callable

from . import birth, frames, keeper, session, warm
from .filled_holes import fill_holes
from .fork_handlers import fork_handlers
from .jail import command_line, libc, rlimits
from .nursery import Nursery, order_end
from .preload import LoadedZygote

LINK, ORDERS = 3, 4
"""A keeper's descriptors that come from before it: the engine's, and that of a nursery."""

ChildEnded = Callable[[int, int, float], None]


def serve(sources: dict, child_ended: ChildEnded) -> None:
    """Calls each source when it can be read and `child_ended` for each child, until one says stop.

    Freezes what there is: a fork's garbage collection then writes to none of it.
    """
    wake_read, wake_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.signal(signal.SIGCHLD, _wake)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    poll = select.poll()
    for descriptor in (wake_read, *sources):
        poll.register(descriptor, select.POLLIN)
    gc.collect()
    gc.freeze()
    fill_holes()
    while True:
        for descriptor, _ in poll.poll():
            if descriptor != wake_read:
                if sources[descriptor]() is False:
                    return
                continue
            os.read(wake_read, 4096)
            _reap(child_ended)


def _wake(number: int, frame: object) -> None:
    """Of its own name, so that a fork that forgets it has nothing to free."""


def _reap(child_ended: ChildEnded) -> None:
    while True:
        try:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        child_ended(pid, status, usage.ru_utime + usage.ru_stime)


class Control:
    """Frames from and to the engine."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._reader = frames.FrameReader()

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, header: dict) -> None:
        self._socket.sendall(frames.encode(header))

    def receive(self) -> list | None:
        """Orders that came; None when the engine has gone."""
        try:
            data = self._socket.recv(65536)
        except OSError:
            return None
        return [header for header, _ in self._reader.feed(data)] if data else None


class Keepers:
    """The sandboxes' first processes, as process 1 of the zygotes sees them."""

    def __init__(self, control: Control, facilities: birth.Facilities, orders: dict) -> None:
        self._control, self._facilities, self._orders = control, facilities, orders
        self._children = facilities.children()
        self._ids: dict = {}
        self._pids: dict = {}
        self._preloaded: dict = {}

    def handle(self) -> bool:
        orders = self._control.receive()
        for order in orders or []:
            if order["t"] == "birth":
                self._birth(order)
            elif order["t"] == "end" and order["id"] in self._pids:
                os.kill(self._pids[order["id"]], signal.SIGKILL)
        return orders is not None

    def _birth(self, request: dict) -> None:
        self._facilities.before_birth(request)
        try:
            child = self._children.fork_into_new()
        except OSError as error:  # no more processes on this host: the others must live on
            os.write(2, ("belljar: cannot fork: %s\n" % error).encode())
            return self._control.send({"t": "gone", "id": request["id"], "status": 0})
        if child == 0:
            self._become_keeper(request)
        self._ids[child] = request["id"]
        self._pids[request["id"]] = child
        self._preloaded[request["id"]] = request["preloaded"]
        self._control.send({"t": "forked", "id": request["id"], "pid": child})

    def _become_keeper(self, request: dict) -> None:
        try:
            command_line.hide()
            link = os.dup(birth.connect().detach())
            orders = os.dup(self._orders[request["preloaded"]].fileno())
            os.dup2(link, LINK)
            os.dup2(orders, ORDERS)
            libc.close_from(ORDERS + 1)
            keeper.run(_unix(LINK, _socket.SOCK_STREAM), _unix(ORDERS, _socket.SOCK_SEQPACKET),
                       request, self._facilities)
        except BaseException as error:  # noqa: BLE001 - the one exit of this process
            os.write(2, ("belljar: birth failed: %r\n" % (error,)).encode(errors="replace"))
        finally:
            os._exit(70)

    def ended(self, pid: int, status: int) -> bool:
        identifier = self._ids.pop(pid, None)
        if identifier is None:
            return False
        del self._pids[identifier]
        preloaded = self._preloaded.pop(identifier)
        if not self._facilities.sessions_end_with_keeper:
            order_end(self._orders[preloaded], identifier)
        self._facilities.after_end(identifier)
        self._control.send({"t": "gone", "id": identifier, "status": status})
        return True


def _unix(descriptor: int, kind: int) -> _socket.socket:
    """As `_socket` has it: in a fork, each line of `socket` that runs copies pages."""
    return _socket.socket(_socket.AF_UNIX, kind, 0, descriptor)


def _prepare_environment() -> None:
    """The interpreter's commands first; matplotlib's list of fonts where a set-up has kept it."""
    folders = [os.path.join(sys.prefix, "bin"), os.environ.get("PATH", "")]
    os.environ["PATH"] = ":".join(folder for folder in folders if folder)
    if sys.version_info >= (3, 14):
        # Its default, forkserver, listens on a socket, and there are none in a sandbox.
        importlib.import_module("multiprocessing").set_start_method("fork")
    kept = os.path.join(sys.prefix, "matplotlib")
    if os.path.isdir(kept) and "MPLCONFIGDIR" in os.environ:
        os.makedirs(os.environ["MPLCONFIGDIR"], exist_ok=True)
        for name in os.listdir(kept):
            with open(os.path.join(kept, name), "rb") as source, \
                    open(os.path.join(os.environ["MPLCONFIGDIR"], name), "wb") as copy:
                copy.write(source.read())


def _environment() -> str:
    """What a checkpoint depends on: the code objects in it are for one version of the bytecode."""
    bytecode = _frozen_importlib_external.MAGIC_NUMBER.hex()
    return "%s-%d.%d-%s" % (sys.implementation.name, *sys.version_info[:2], bytecode)


def run(facilities: birth.Facilities, configuration: dict, bare_control: int,
        loaded_control: int) -> None:
    """The first zygote's life. Returns when the engine has gone."""
    facilities.enter_zygote()
    rlimits.apply_to_all()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # one for each live session
    pairs = {loaded: socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
             for loaded in (False, True)}
    control = Control(bare_control)
    keepers = Keepers(control, facilities, {loaded: pair[0] for loaded, pair in pairs.items()})
    control.send({"t": "ready", **facilities.report(), "version": sys.version.split()[0],
                  "environment": _environment()})
    prepared = None
    if facilities.program is None:
        with fork_handlers.collecting():
            _prepare_environment()
            prepared = session.Session()
    warm.forget_lookups()
    nursery = Nursery(pairs[False][1], facilities, prepared, control.send)
    loaded = None
    if prepared is not None:
        loaded = LoadedZygote(Control(loaded_control), pairs[True][1], facilities, prepared,
                              configuration["preload"], serve)

    def child_ended(pid: int, status: int, cpu_seconds: float) -> None:
        facilities.child_ended(pid)
        known = keepers.ended(pid, status) or nursery.ended(pid, status, cpu_seconds)
        if not known and loaded is not None and loaded.ended(pid, status):
            os._exit(71)

    serve({control.fileno(): keepers.handle, nursery.fileno(): nursery.answer}, child_ended)
