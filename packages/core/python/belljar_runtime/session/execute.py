"""One execution: compile, run, describe the value or the exception. All of it is a result."""

from __future__ import annotations

import sys
from os import _exit
from typing import TYPE_CHECKING, Any

from .channel import encode
from .errors import report
from .event_loop import EventLoop
from .mime import describe, join
from .source import Compiler

if TYPE_CHECKING:
    from .loop import Session
    from .namespace import Namespace

_LEAST_RECURSION = 400
"""What the runtime needs to report on code that set the limit too low for anything."""
_RESERVE_BYTES = 4 * 1024 * 1024
"""Address space set aside, and given up to report on code that used all it was allowed."""

_OK = '{"status":"ok","result":%s,"truncated":%s,"error":null}'
_ERROR = '{"status":"error","result":null,"truncated":%s,"error":%s}'


class Executor:
    def __init__(self, session: Session, namespace: Namespace) -> None:
        self._namespace, self._displays = namespace, session.displays
        self._interrupts, self._streams = session.interrupts, session.streams
        self._forks, self._finder = session.forks, session.finder
        self.compiler = Compiler()
        self._event_loop = EventLoop()
        # Not a bytearray: that would touch its pages, and cost 3 ms and their memory.
        self._reserve: bytes | None = bytes(_RESERVE_BYTES)

    def execute(self, text: str, number: int) -> str:
        """The payload of the answer. Never returns in a process that the code forked."""
        self._interrupts.install()
        self._namespace.renew()
        self._event_loop.prepare()
        self._finder.renew()
        self._displays.begin()
        bundle = error = status = None
        try:
            self._interrupts.arm()
            try:
                bundle = self._evaluate(text, number)
            except BaseException as caught:  # noqa: BLE001 - SystemExit is a result too
                status = caught.code if isinstance(caught, SystemExit) else 1
                error = self._failed(caught)
            self._interrupts.disarm()
        except BaseException as caught:  # noqa: BLE001 - interrupted while it was put into words
            self._interrupts.disarm()
            status, caught.__context__ = 1, None
            error = report(caught)
        if self._forks.is_child:
            self._end_child(status, error)
        self._displays.end()
        self._settle()
        cut = "true" if self._displays.cut else "false"
        if error is not None:
            return _ERROR % (cut, encode(error))
        return _OK % ("null" if bundle is None else join(bundle), cut)

    def _evaluate(self, text: str, number: int) -> dict | None:
        parts, has_value, in_loop = self.compiler.prepare(text, number)
        names = self._namespace.names
        value = None
        if in_loop:
            value = self._event_loop.run(parts, names)
        else:
            for part in parts:
                value = eval(part, names)
        bundle = self._describe(value) if has_value and value is not None else None
        self._displays.figures.show_open()
        return bundle

    def _describe(self, value: Any) -> dict:
        self._namespace.remember(value)
        bundle, cut = describe(value)
        self._displays.cut = self._displays.cut or cut
        self._displays.figures.settle_result(value, bundle)
        return bundle

    def _failed(self, caught: BaseException) -> dict:
        if isinstance(caught, MemoryError):
            self._reserve = None
        _restore_interpreter()
        error = report(caught)
        try:
            if isinstance(caught, KeyboardInterrupt):
                self._displays.figures.drop_open()
            else:
                self._displays.figures.show_open()
        except Exception:  # noqa: BLE001 - the first exception is the one to tell of
            pass
        return error

    def _settle(self) -> None:
        _restore_interpreter()
        self._interrupts.install()
        self._event_loop.settle()
        self._streams.settle()
        if self._reserve is None:
            self._refill_reserve()

    def _refill_reserve(self) -> None:
        """Only when as much remains for the next execution."""
        try:
            bytes(2 * _RESERVE_BYTES)
            self._reserve = bytes(_RESERVE_BYTES)
        except MemoryError:
            pass

    def _end_child(self, status: Any, error: dict | None) -> None:
        """A process that the code forked and did not end: ends as a script would."""
        if error is not None and error["name"] != "SystemExit":
            sys.stderr.write(error["traceback"])
        self._streams.flush()
        _exit(status & 0xFF if isinstance(status, int) else int(status is not None))


def _restore_interpreter() -> None:
    """Undoes what would make the runtime itself fail, or run the code's tracing functions."""
    if sys.getrecursionlimit() < _LEAST_RECURSION:
        sys.setrecursionlimit(_LEAST_RECURSION)
    if sys.gettrace() is not None:
        sys.settrace(None)
    if sys.getprofile() is not None:
        sys.setprofile(None)
