"""The session's main loop: a request, an answer, until the keeper goes."""

from __future__ import annotations

import os
from typing import Callable, NoReturn

from .adopted import wait_for
from .beginning import beginning
from .channel import (CHECKPOINT, DONE, EXECUTE, RESTORE, SAVEPOINT, VARIABLES, Channel,
                      encode)
from .display import Displays
from .execute import Executor
from .forks import Forks
from .imports import PatchingFinder
from .interrupts import Interrupts
from .libraries import patches
from .mappings import Mappings
from .namespace import Namespace, install_builtins
from .random_numbers import RandomNumbers
from .savepoint import Savepoint
from .state import State
from .streams import Streams
from .variables import list_variables

_PROTOCOL_BROKEN = 70


class Session:
    """Everything of one sandbox's interpreter. `handlers` may answer further kinds of frames.

    Made once in a zygote, so that its forks share the pages of it; `serve` makes one of them live.
    """

    def __init__(self) -> None:
        self.channel = Channel()
        self.interrupts = Interrupts()
        self.streams = Streams()
        self.namespace = Namespace()
        self.forks = Forks()
        self.mappings = Mappings()
        self.random_numbers = RandomNumbers()
        self.displays = Displays(self.channel, self.interrupts, self.streams, self.forks)
        self.finder = PatchingFinder({**patches(self.displays.display, self.displays.figures),
                                      **self.random_numbers.patches()})
        self.executor = Executor(self, self.namespace)
        self.state = State(self)
        self.savepoint = Savepoint(self)
        self.handlers: dict[bytes, Callable[[Session, dict], None]] = {
            EXECUTE: Session._execute,
            VARIABLES: Session._variables,
            CHECKPOINT: Session._capture,
            RESTORE: Session._restore,
            SAVEPOINT: Session._keep,
        }
        install_builtins(self.displays.display)
        beginning.prepare()
        self.finder.install()
        self.mappings.watch()

    def serve(self, descriptor: int, seed: bytes | None = None) -> NoReturn:
        """Becomes the session. `descriptor` is the connected stream socket to the keeper."""
        os.set_inheritable(descriptor, False)
        self.channel.attach(descriptor)
        self.interrupts.prepare()
        self.streams.attach()
        self.forks.begin()
        if self.namespace.enter():
            beginning.note_surroundings()
        beginning.note()
        self.random_numbers.reseed(seed)
        while True:
            kind, message = self.channel.receive(self.interrupts.forget)
            handler = self.handlers.get(kind)
            if handler is None:
                os._exit(_PROTOCOL_BROKEN)
            self.state.reap()
            self.savepoint.reap()
            handler(self, message)

    def fork(self) -> int:
        """Both processes are this session, with the same random numbers to come."""
        return self.forks.savepoint()

    def _capture(self, message: dict) -> None:
        self.state.capture(message)

    def _restore(self, message: dict) -> None:
        self.state.restore(message)

    def _keep(self, message: dict) -> None:
        self.savepoint.make(message)

    def _execute(self, message: dict) -> None:
        wait_for(message.get("ended", ()))
        code, number = message["code"], message["number"]
        if "clock" in message:  # it ran before, and runs again from the journal
            self.channel.send(DONE, self.state.run_again(message["clock"], code, number))
        else:
            self.channel.send(DONE, self.executor.execute(code, number))

    def _variables(self, message: dict) -> None:
        variables: list = []
        try:
            self.interrupts.arm()
            variables = list_variables(self.namespace.names, self.namespace.initial)
            self.interrupts.disarm()
        except KeyboardInterrupt:
            self.interrupts.disarm()
        self.channel.send(VARIABLES, encode({"variables": variables}))
