"""The sandbox's one asyncio event loop: made at the first top-level `await`, kept from then on.

Tasks and locks that one execution made go on in the next. Between executions it holds no
descriptor of its own, since sockets and pipes would rule out a savepoint by fork.
"""

from __future__ import annotations

import contextvars
import selectors
from typing import Any

from .imports import import_trusted

_COROUTINE = 0x80


def _loop_class(asyncio: Any) -> type:
    class SandboxLoop(asyncio.SelectorEventLoop):
        """Opens its selector and self-pipe when something needs them."""

        _suspended = False

        def run_forever(self) -> None:
            self._resume()
            super().run_forever()

        def _add_reader(self, fd: Any, callback: Any, *args: Any) -> Any:
            self._resume()
            return super()._add_reader(fd, callback, *args)

        def _add_writer(self, fd: Any, callback: Any, *args: Any) -> Any:
            self._resume()
            return super()._add_writer(fd, callback, *args)

        def _remove_reader(self, fd: Any) -> bool:
            return False if self._suspended else super()._remove_reader(fd)

        def _remove_writer(self, fd: Any) -> bool:
            return False if self._suspended else super()._remove_writer(fd)

        def close(self) -> None:
            if not self.is_closed():
                self._resume()
            super().close()

        def _resume(self) -> None:
            if self._suspended:
                self._suspended = False
                self._selector = selectors.DefaultSelector()
                self._make_self_pipe()

        def suspend(self) -> None:
            """Nothing happens while the code's own descriptors are registered."""
            if self._suspended or self.is_closed() or len(self._selector.get_map()) != 1:
                return
            self._close_self_pipe()
            self._selector.close()
            self._suspended = True

    return SandboxLoop


class EventLoop:
    def __init__(self) -> None:
        self._asyncio: Any = None
        self._loop: Any = None
        self._context: contextvars.Context | None = None

    def prepare(self) -> None:
        """Before an execution: `asyncio.get_event_loop()` gives the sandbox's loop."""
        if self._loop is not None:
            self._asyncio.set_event_loop(self._loop)

    def settle(self) -> None:
        """After an execution."""
        if self._loop is not None:
            self._loop.suspend()

    def run(self, parts: list, names: dict) -> Any:
        """Runs code objects, awaiting those that are coroutines; returns the last one's value."""
        if self._loop is None or self._loop.is_closed():
            self._asyncio = import_trusted("asyncio")
            self._loop = _loop_class(self._asyncio)()
        self.prepare()
        task = self._loop.create_task(self._steps(parts, names))
        try:
            return self._loop.run_until_complete(task)
        except BaseException:
            # Interrupted between its steps, the task would go on in the next execution.
            if not task.done():
                task.cancel()
                self._loop.run_until_complete(self._asyncio.wait([task]))
            raise
        finally:
            self._carry_context()

    async def _steps(self, parts: list, names: dict) -> Any:
        value = None
        try:
            for code in parts:
                value = eval(code, names)
                if code.co_flags & _COROUTINE:
                    value = await value
        finally:
            self._context = contextvars.copy_context()
        return value

    def _carry_context(self) -> None:
        """Context variables that the code set hold for later executions."""
        context, self._context = self._context, None
        for variable, value in (context or {}).items():
            if variable.get(self) is not value:
                variable.set(value)


