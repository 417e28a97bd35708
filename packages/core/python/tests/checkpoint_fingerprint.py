"""All variables of a namespace as text: types, values, attributes, and which objects are the same one."""

from __future__ import annotations

import copyreg
import sys
import types
from typing import Any

_PLAIN = (int, float, complex, str, bytes, bool, type(None), type(...), type(NotImplemented))
_LEFT_OUT = ("__builtins__", "__warningregistry__", "__dict__", "__weakref__", "_abc_impl",
             "__abstractmethods__", "_lock", "cache_parameters", "__wrapped__")
_OF_CODE = ("co_code", "co_names", "co_varnames", "co_freevars", "co_cellvars", "co_flags",
            "co_firstlineno", "co_filename", "co_argcount", "co_kwonlyargcount")
_MOST_LINES = 50_000


class Fingerprint:
    def __init__(self) -> None:
        self.lines: list = []
        self._numbers: dict = {}
        self._kept: list = []

    def add(self, path: str, value: Any) -> None:
        kind = type(value)
        if kind in _PLAIN:
            return self._say(path, "%s %r" % (kind.__name__, value))
        if kind is tuple and all(type(one) in _PLAIN for one in value):
            return self._say(path, "tuple %r" % (value,))  # which Python may share
        if id(value) in self._numbers:
            return self._say(path, "the same as %s" % self._numbers[id(value)])
        self._numbers[id(value)] = path
        self._kept.append(value)
        self._say(path, "%s.%s" % (kind.__module__, kind.__qualname__))
        if len(self.lines) < _MOST_LINES:
            for name, one in self._inside(value):
                self.add("%s.%s" % (path, name), one)

    def _say(self, path: str, text: str) -> None:
        self.lines.append("%s: %s" % (path, text))

    def _inside(self, value: Any) -> list:
        if isinstance(value, type):
            return self._of_class(value)
        if type(value).__module__.partition(".")[0] in ("typing", "pathlib"):
            return [("repr", repr(value))]
        if isinstance(value, types.FunctionType):
            return self._of_function(value)
        if isinstance(value, types.ModuleType):
            return [("__name__", value.__name__)]
        if isinstance(value, dict):
            return [*self._items(value), *self._attributes(value)]
        if isinstance(value, (list, tuple)):
            return [*((str(n), one) for n, one in enumerate(value)), *self._attributes(value)]
        if isinstance(value, (set, frozenset)):
            return [("items", sorted(map(_short, value)))]
        numpy: Any = sys.modules.get("numpy")
        if numpy is not None and isinstance(value, numpy.ndarray):
            return self._of_array(value, numpy)
        return self._attributes(value)

    def _items(self, value: dict) -> list:
        found = []
        for number, (key, one) in enumerate(dict.items(value)):
            found += [("key %d" % number, key), ("value %d" % number, one)]
        return found

    def _of_class(self, value: type) -> list:
        if value.__module__ != "__main__":
            return [("qualified name", "%s.%s" % (value.__module__, value.__qualname__))]
        held = [(name, one) for name, one in vars(value).items() if name not in _LEFT_OUT
                and not isinstance(one, types.MemberDescriptorType)]
        return [("bases", value.__bases__), ("metaclass", type(value)), *held]

    def _of_function(self, value: types.FunctionType) -> list:
        if value.__module__ != "__main__":
            return [("qualified name", "%s.%s" % (value.__module__, value.__qualname__))]
        cells = [cell.cell_contents if _is_set(cell) else None for cell in value.__closure__ or ()]
        code = value.__code__
        return [("code", repr([getattr(code, name) for name in _OF_CODE])),
                ("defaults", value.__defaults__), ("kwdefaults", value.__kwdefaults__),
                ("names", (value.__name__, value.__qualname__, value.__doc__)), ("cells", cells),
                ("dict", {name: one for name, one in vars(value).items() if name not in _LEFT_OUT}),
                ("in main", value.__globals__ is vars(sys.modules["__main__"]))]

    def _of_array(self, value: Any, numpy: Any) -> list:
        content = value.tolist() if value.dtype.hasobject else value.tobytes()
        shared = type(value.base) is numpy.ndarray
        return [("content", content), ("dtype", str(value.dtype)), ("shape", value.shape),
                ("strides", value.strides), ("writeable", value.flags.writeable),
                ("base", value.base if shared else None)]

    def _attributes(self, value: Any) -> list:
        """As they are kept, not as the object tells them."""
        found = []
        try:
            found += sorted(object.__getattribute__(value, "__dict__").items(), key=repr)
        except (AttributeError, TypeError):
            pass
        for name in copyreg._slotnames(type(value)):
            try:
                found.append((name, object.__getattribute__(value, name)))
            except AttributeError:
                pass
        return [(str(name), one) for name, one in found if name not in _LEFT_OUT]


def _is_set(cell: types.CellType) -> bool:
    try:
        cell.cell_contents
    except ValueError:
        return False
    return True


def _short(value: Any) -> str:
    return repr(value) if type(value) in _PLAIN else type(value).__qualname__


def fingerprint(names: dict) -> list:
    found = Fingerprint()
    for name, value in list(names.items()):
        if name not in _LEFT_OUT:
            found.add(str(name), value)
    return found.lines
