"""The module `__main__` in which the code of a sandbox lives, as in a notebook."""

from __future__ import annotations

import builtins
import sys
from types import ModuleType
from typing import Any, Callable

_UNSET = object()


class Namespace:
    """A fresh `__main__`, and what the runtime does to its names."""

    def __init__(self) -> None:
        self.module = ModuleType("__main__")
        self.names = self.module.__dict__
        self.names["__builtins__"] = builtins
        self.initial = frozenset(self.names)
        self._last: Any = _UNSET

    def enter(self) -> bool:
        """Makes it this process's main module, with the import path of an interactive Python.

        In a zygote that imports nothing more: a fork that does it copies 15 pages. False when it is
        that already.
        """
        if sys.modules.get("__main__") is self.module:
            return False
        sys.modules["__main__"] = self.module
        sys.argv = [""]
        if hasattr(sys, "orig_argv"):
            sys.orig_argv = ["python3"]
        sys.path.insert(0, "")
        # Compiled files would show up as files that the code made.
        sys.dont_write_bytecode = True
        return True

    def renew(self) -> None:
        """Before each execution: a warning shows again that an earlier one gave in that line."""
        self.names.pop("__warningregistry__", None)

    def remember(self, value: Any) -> None:
        """Sets `_`, unless the code has a `_` of its own."""
        if self.names.get("_", self._last) is self._last:
            self.names["_"] = self._last = value

    def adopt(self) -> None:
        """After names were put back from a checkpoint: `_` counts as set by `remember`."""
        self._last = self.names.get("_", _UNSET)


def refuse_input(prompt: object = "", /) -> str:
    """Stands in for `input`. An EOFError is what programs expect when no one is there."""
    raise EOFError(
        "input(): there is nobody to answer; pass values in the code or in files"
    )


def leave(code: object = None) -> None:
    """Stands in for `exit` and `quit`, which would close sys.stdin."""
    raise SystemExit(code)


def install_builtins(display: Callable[..., None]) -> None:
    refuse_input.__name__ = refuse_input.__qualname__ = "input"
    builtins.input = refuse_input
    builtins.exit = builtins.quit = leave
    builtins.display = display
