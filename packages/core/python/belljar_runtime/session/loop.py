"""The session's main loop: a request, an answer, until the keeper goes."""

from __future__ import annotations

import os
import sys
from typing import Any, Callable, NoReturn

from .channel import DONE, EXECUTE, VARIABLES, Channel, encode
from .display import Displays
from .execute import Executor
from .imports import PatchingFinder
from .interrupts import Interrupts
from .libraries import patches
from .namespace import Namespace, install_builtins
from .streams import Streams
from .variables import list_variables

_PROTOCOL_BROKEN = 70


class Session:
    """Everything of one sandbox's interpreter. `handlers` may answer further kinds of frames."""

    def __init__(self, descriptor: int) -> None:
        os.set_inheritable(descriptor, False)
        self.channel = Channel(descriptor)
        self.interrupts = Interrupts()
        self.interrupts.prepare()
        self.streams = Streams()
        self.namespace = Namespace()
        self.displays = Displays(self.channel, self.interrupts, self.streams)
        self._executor = Executor(self.namespace, self.displays, self.interrupts, self.streams)
        self.handlers: dict[bytes, Callable[[Session, dict], None]] = {
            EXECUTE: Session._execute,
            VARIABLES: Session._variables,
        }
        install_builtins(self.displays.display)
        self.namespace.enter()
        PatchingFinder(patches(self.displays.display, self.displays.figures)).install()

    def serve(self) -> NoReturn:
        while True:
            kind, length = self.channel.receive_head()
            # At once: an interrupt from now on is meant for this request.
            self.interrupts.forget()
            message = self.channel.receive_body(length)
            handler = self.handlers.get(kind)
            if handler is None:
                os._exit(_PROTOCOL_BROKEN)
            handler(self, message)

    def fork(self) -> int:
        """`os.fork()` for a savepoint: the child goes on with the same random numbers."""
        random: Any = sys.modules.get("random")
        state = random.getstate() if random is not None else None
        child = os.fork()
        if child == 0 and random is not None:
            random.setstate(state)
        return child

    def _execute(self, message: dict) -> None:
        self.channel.send(DONE, self._executor.execute(message["code"], message["number"]))

    def _variables(self, message: dict) -> None:
        variables: list = []
        try:
            self.interrupts.arm()
            variables = list_variables(self.namespace.names, self.namespace.initial)
            self.interrupts.disarm()
        except KeyboardInterrupt:
            self.interrupts.disarm()
        self.channel.send(VARIABLES, encode({"variables": variables}))


def serve(descriptor: int, handlers: dict | None = None) -> NoReturn:
    """Becomes the session. `descriptor` is the connected stream socket to the keeper."""
    session = Session(descriptor)
    session.handlers.update(handlers or {})
    session.serve()
