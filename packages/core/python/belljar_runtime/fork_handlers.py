"""Handlers that Python runs around each fork: a birth goes without the standard library's.

They are for a parent with several threads, or one that goes on as its child does: `threading` makes its locks
anew, `random` its numbers. A zygote has one thread, holds no lock, and gives each session a seed. Run in a
birth, they copy 190 pages. They run when code forks, as ever; other libraries' run in a birth too.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any, Callable, Iterator

_LEFT_OUT = ("asyncio.events", "concurrent.futures.thread", "logging", "matplotlib.font_manager",
             "random", "threading")


class ForkHandlers:
    """Of a zygote and of what is forked from it."""

    def __init__(self) -> None:
        self.in_code = False
        """True in a session: it is no birth that forks there."""
        self._before: list = []
        self._in_parent: list = []
        self._in_child: list = []
        self._known = False

    @contextlib.contextmanager
    def collecting(self) -> Iterator[None]:
        """While libraries are imported."""
        register = os.register_at_fork
        if not self._known:
            register(before=self._run_before, after_in_parent=self._run_in_parent,
                     after_in_child=self._run_in_child)
            self._known = True

        def collect(*, before: Callable | None = None, after_in_parent: Callable | None = None,
                    after_in_child: Callable | None = None) -> None:
            given: Any = {"before": before, "after_in_parent": after_in_parent,
                          "after_in_child": after_in_child}
            given = {name: handler for name, handler in given.items() if handler is not None}
            if sys._getframe(1).f_globals.get("__name__") not in _LEFT_OUT:
                return register(**given)
            for name, handlers in (("before", self._before), ("after_in_parent", self._in_parent),
                                   ("after_in_child", self._in_child)):
                if name in given:
                    handlers.append(given[name])

        os.register_at_fork = collect
        try:
            yield
        finally:
            os.register_at_fork = register

    def _run_before(self) -> None:
        if self.in_code:
            for handler in reversed(self._before):
                handler()

    def _run_in_parent(self) -> None:
        if self.in_code:
            for handler in self._in_parent:
                handler()

    def _run_in_child(self) -> None:
        if self.in_code:
            for handler in self._in_child:
                handler()


fork_handlers = ForkHandlers()
