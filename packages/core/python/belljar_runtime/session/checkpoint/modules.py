"""Which modules every Python has, and which are the code's own and carried by value."""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import Any

from ..beginning import beginning

_RUNTIME = __name__.partition(".")[0]
_LIBRARY_FOLDERS = tuple(os.path.join(folder, "") for folder in {
    *(os.path.abspath(prefix) for prefix in (sys.prefix, sys.base_prefix, sys.exec_prefix)),
    os.path.dirname(os.path.abspath(os.__file__))})
_WITHOUT_FILES = ("built-in", "frozen")


class Modules:
    """What is asked of modules while one checkpoint is taken."""

    def __init__(self) -> None:
        self._known: dict = {}

    def is_library_name(self, name: Any) -> bool:
        """Whether the module now imported under a name is one that is found again by its name."""
        if type(name) is not str:
            return False
        known = self._known.get(name)
        if known is None:
            module = sys.modules.get(name)
            known = self._known[name] = module is not None and (
                module is beginning.modules.get(name) or _is_library(name, module))
        return known

    def library_name(self, module: ModuleType) -> str | None:
        """Under which name to import it again; None for one of the code's own."""
        name = getattr(module, "__name__", None)
        if self.is_library_name(name) and sys.modules[name] is module:
            return name
        for name, other in list(sys.modules.items()):  # such as `os.path`, a `posixpath`
            if other is module and self.is_library_name(name):
                return name
        return None

    def own(self, names: dict) -> list:
        """The code's own modules: those imported, then those among its variables."""
        before = beginning.modules
        found = {id(module): module for name, module in list(sys.modules.items())
                 if module is not before.get(name) and type(module) is ModuleType
                 and not self.is_library_name(name)}
        found.update((id(value), value) for value in list(names.values())
                     if type(value) is ModuleType and self.library_name(value) is None)
        found.pop(id(sys.modules.get("__main__")), None)
        return list(found.values())

    def submodules(self, name: str) -> list:
        """What is imported of a package beside itself."""
        prefix = name + "."
        return [other for other in list(sys.modules) if type(other) is str
                and other.startswith(prefix) and self.is_library_name(other)]


def _is_library(name: str, module: Any) -> bool:
    if name == "__main__":
        return False
    if name in sys.builtin_module_names or name.partition(".")[0] == _RUNTIME:
        return True
    spec = getattr(module, "__spec__", None)
    if getattr(spec, "origin", None) in _WITHOUT_FILES:
        return True
    for path in (getattr(module, "__file__", None), *_folders(module)):
        if isinstance(path, str):
            return os.path.abspath(path).startswith(_LIBRARY_FOLDERS)
    # Modules that libraries make as they are imported: compiled ones, or such as `six.moves`.
    if name.startswith(("cython_runtime", "_cython_")):
        return True
    parent = name.rpartition(".")[0]
    return bool(parent) and parent in sys.modules and _is_library(parent, sys.modules[parent])


def _folders(module: Any) -> list:
    try:
        return list(getattr(module, "__path__", ()))[:1]
    except Exception:  # noqa: BLE001 - an attribute of the code's making
        return []
