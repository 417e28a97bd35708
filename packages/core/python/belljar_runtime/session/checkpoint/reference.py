"""Objects that every Python has: carried by name, never by value."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from .modules import Modules

# Kinds that have no name of their own in `builtins`, where they say that they are.
_MODULES_OF_KINDS = ("types", "_collections_abc", "typing", "functools", "_thread", "io", "re")
_UNKNOWN = object()


def look_up(module: Any, path: str) -> Any:
    """The attribute of a module at a dotted path."""
    value = module
    for name in path.split("."):
        value = getattr(value, name)
    return value


class References:
    """Finds the module and the path under which an object of a library is found again."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._names: dict = {}
        self._indexed: set = set()
        self._all_indexed = False

    def by_name(self, value: Any) -> tuple | None:
        """Of a class or a function: where it says that it is."""
        try:
            module, path = value.__module__, value.__qualname__
            if module is None and type(value).__name__ == "builtin_function_or_method":
                module = value.__self__.__name__
            if self._modules.is_library_name(module) and (
                    look_up(sys.modules[module], path) is value):
                return module, path
        except Exception:  # noqa: BLE001 - an attribute of the code's making, or none there
            pass
        return None

    def named(self, value: Any, path: str) -> tuple | None:
        """Of an object whose `__reduce__` gave its name alone."""
        try:
            module = getattr(value, "__module__", None) or type(value).__module__
            if self._modules.is_library_name(module) and (
                    look_up(sys.modules[module], path) is value):
                return module, path
        except Exception:  # noqa: BLE001 - an attribute of the code's making, or none there
            pass
        return None

    def of_kind(self, value: Any) -> tuple | None:
        """Of an instance: in the module that defines its class, such as `dataclasses.MISSING`."""
        self._index(getattr(type(value), "__module__", None))
        return self._find(value)

    def anywhere(self, value: Any) -> tuple | None:
        """In any module of a library: the first look takes some milliseconds."""
        for name in _MODULES_OF_KINDS:
            self._index(name)
        if self._find(value) is None and not self._all_indexed:
            self._all_indexed = True
            for name in list(sys.modules):
                self._index(name)
        return self._find(value)

    def _find(self, value: Any) -> tuple | None:
        kept, found = self._names.get(id(value), (_UNKNOWN, None))
        return found if kept is value else None

    def _index(self, name: Any) -> None:
        if name in self._indexed or not self._modules.is_library_name(name):
            return
        self._indexed.add(name)
        module = sys.modules[name]
        if not isinstance(module, ModuleType) or name == "builtins":
            return
        for path, value in list(vars(module).items()):
            if type(path) is str and not isinstance(value, (ModuleType, str, int, float)):
                self._names.setdefault(id(value), (value, (name, path)))
