"""What code changes in its process beside its variables: read for a checkpoint, and set again.

A setting is a label, a function that gives its state or None, and one that sets it. Those of `FIRST`
are set before the variables are made, for files and imports; those of `LAST` after it.
"""

from __future__ import annotations

import _signal as signal
import builtins
import gc
import os
import sys
import time
from typing import Any, Callable, NamedTuple

from ..beginning import beginning
from ..source import is_execution, keep_lines
from .pickler import StatePickler


class Setting(NamedTuple):
    label: str
    read: Callable[[StatePickler], Any]
    write: Callable[[Any], None]


def _folder(pickler: StatePickler) -> Any:
    path = os.path.relpath(os.getcwd(), beginning.folder)
    return None if path == "." else path


def set_folder(path: str) -> None:
    os.chdir(os.path.join(beginning.folder, path))


def _environment(pickler: StatePickler) -> Any:
    before, now = beginning.environment, dict(os.environ)
    changed = {name: value for name, value in now.items() if before.get(name) != value}
    removed = [name for name in before if name not in now]
    return (changed, removed) if changed or removed else None


def set_environment(state: tuple) -> None:
    changed, removed = state
    os.environ.update(changed)
    for name in removed:
        os.environ.pop(name, None)
    if "TZ" in changed or "TZ" in removed:
        time.tzset()


def _path(pickler: StatePickler) -> Any:
    return None if sys.path == beginning.path else (list(beginning.path), list(sys.path))


def set_path(state: tuple) -> None:
    """Where Python itself lies may be another place here."""
    before, now = state
    replaced = dict(zip(before, beginning.path))
    sys.path[:] = [replaced.get(folder, folder) for folder in now]


def _interpreter(pickler: StatePickler) -> Any:
    state = {"recursion": pickler.situation.recursion_limit, "switch": sys.getswitchinterval(),
             "collects": pickler.situation.collects_garbage, "thresholds": gc.get_threshold(),
             "arguments": sys.argv}
    if hasattr(sys, "get_int_max_str_digits"):
        state["digits"] = sys.get_int_max_str_digits()
    return state


def set_interpreter(state: dict) -> None:
    sys.setrecursionlimit(state["recursion"])
    sys.setswitchinterval(state["switch"])
    (gc.enable if state["collects"] else gc.disable)()
    gc.set_threshold(*state["thresholds"])
    sys.argv = state["arguments"]
    if "digits" in state:
        sys.set_int_max_str_digits(state["digits"])


def _builtins(pickler: StatePickler) -> Any:
    before = beginning.builtins
    return {name: value for name, value in vars(builtins).items()
            if before.get(name, before) is not value and name != "_"} or None


def set_builtins(state: dict) -> None:
    vars(builtins).update(state)


def _signals(pickler: StatePickler) -> Any:
    handlers = {number: signal.getsignal(number) for number in range(1, signal.NSIG)
                if number not in (signal.SIGINT, signal.SIGKILL, signal.SIGSTOP)}
    return {number: handler for number, handler in handlers.items()
            if callable(handler)} or None


def set_signals(state: dict) -> None:
    for number, handler in state.items():
        signal.signal(number, handler)


def _context_variables(pickler: StatePickler) -> Any:
    held = [(variable, variable.get(pickler)) for variable in pickler.context_variables]
    return [(variable, value) for variable, value in held if value is not pickler] or None


def set_context_variables(state: list) -> None:
    for variable, value in state:
        variable.set(value)


def _lines(pickler: StatePickler) -> Any:
    """The text of the executions that functions come from, for tracebacks and `inspect`."""
    cache = sys.modules["linecache"].cache
    texts = {name: "".join(cache[name][2])[:-1] for name in sorted(pickler.file_names)
             if is_execution(name) and name in cache}
    return texts or None


def set_lines(texts: dict) -> None:
    for name, text in texts.items():
        keep_lines(text, name)


FIRST = (
    Setting("working directory", _folder, set_folder),
    Setting("environment variables", _environment, set_environment),
    Setting("import path", _path, set_path),
    Setting("built-in names", _builtins, set_builtins),
)
LAST = (
    Setting("context variables", _context_variables, set_context_variables),
    Setting("signal handlers", _signals, set_signals),
    Setting("lines of code", _lines, set_lines),
    Setting("interpreter", _interpreter, set_interpreter),
)
