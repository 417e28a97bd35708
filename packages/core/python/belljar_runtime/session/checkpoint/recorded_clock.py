"""The clock of a replay: what runs again from the journal sees the time at which it first ran.

For the length of one execution `time` and `datetime` count from a recorded moment. Durations
(`time.monotonic`, `time.perf_counter`) are the machine's. What a C library asks the kernel for by
itself is the present time: an execution that shows it comes out otherwise, and is named for that.
"""

from __future__ import annotations

import ctypes
import datetime
import gc
import time
from typing import Any, Callable

_time_ns, _monotonic_ns = time.time_ns, time.monotonic_ns
_WITHOUT_ARGUMENT = ("localtime", "gmtime", "ctime")


class RecordedClock:
    def __init__(self, start_ns: int) -> None:
        self._start_ns, self._began_ns = start_ns, _monotonic_ns()
        self._undo: list = []
        self._replacements: list = []

    def _now_ns(self) -> int:
        return self._start_ns + _monotonic_ns() - self._began_ns

    def _now(self) -> float:
        return self._now_ns() / 1e9

    def __enter__(self) -> None:
        self._replace("time", self._now)
        self._replace("time_ns", self._now_ns)
        for name in _WITHOUT_ARGUMENT:
            self._replace(name, self._with_default(getattr(time, name)))
        self._replace("strftime", self._formatted(time.strftime))
        for kind in (datetime.date, datetime.datetime):
            self._patch(kind)

    def _replace(self, name: str, function: Callable) -> None:
        original = getattr(time, name)

        def replacement(*values: Any) -> Any:
            return function(*values)

        replacement.__name__ = replacement.__qualname__ = name
        replacement.__module__ = "time"
        self._replacements.append((replacement, original))
        setattr(time, name, replacement)
        self._undo.append(lambda: setattr(time, name, original))

    def _with_default(self, original: Callable) -> Callable:
        return lambda seconds=None: original(self._now() if seconds is None else seconds)

    def _formatted(self, original: Callable) -> Callable:
        return lambda form, moment=None: original(form, moment or time.localtime())

    def _patch(self, kind: Any) -> None:
        """A built-in type, whose methods Python itself does not let anybody replace."""
        methods = {"today": lambda cls: cls.fromtimestamp(self._now())}
        if kind is datetime.datetime:
            methods["now"] = lambda cls, tz=None: cls.fromtimestamp(self._now(), tz)
            methods["utcnow"] = lambda cls: cls.fromtimestamp(
                self._now(), datetime.timezone.utc).replace(tzinfo=None)
        found = gc.get_referents(kind.__dict__)
        if len(found) != 1 or type(found[0]) is not dict:
            return  # another Python: its own clock, and the comparison of results
        names = found[0]
        for name, function in methods.items():
            original = names.get(name)
            names[name] = classmethod(function)
            self._undo.append(lambda name=name, original=original:
                              _set_back(kind, names, name, original))
        _forget_cached(kind)

    def __exit__(self, *_: Any) -> None:
        for undo in reversed(self._undo):
            undo()

    def put_back(self, names: dict) -> None:
        """In the code's namespace: what it imported from `time` meanwhile is the real thing again."""
        originals = {id(replacement): original for replacement, original in self._replacements}
        for name, value in list(names.items()):
            if id(value) in originals:
                names[name] = originals[id(value)]


def _set_back(kind: type, names: dict, name: str, original: Any) -> None:
    if original is None:
        names.pop(name, None)
    else:
        names[name] = original
    _forget_cached(kind)


def _forget_cached(kind: type) -> None:
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))

