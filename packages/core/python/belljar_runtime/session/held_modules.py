"""Modules of our own that a session runs rarely: their code is held from the start, and run at first use.

In a sandbox the files that they come from are not to be seen.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

from .imports import import_trusted

_CHECKPOINT = "belljar_runtime.session.checkpoint"


class HeldModules:
    """A finder of the modules of one package."""

    def __init__(self, package: str, folder: str) -> None:
        self._package = package
        self._code: dict[str, CodeType] = {}
        for entry in sorted(os.listdir(folder)):
            if entry.endswith(".py"):
                name = package if entry == "__init__.py" else "%s.%s" % (package, entry[:-3])
                loader = SourceFileLoader(name, os.path.join(folder, entry))
                self._code[name] = loader.get_code(name)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name not in self._code:
            return None
        return ModuleSpec(name, self, is_package=name == self._package)

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(self._code[module.__name__], module.__dict__)


def hold_checkpoint() -> None:
    """Where the files are still to be seen."""
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "checkpoint")
    # First: where the files can be seen and not be read, the usual finders find them.
    sys.meta_path.insert(0, HeldModules(_CHECKPOINT, folder))


def checkpoint() -> ModuleType:
    """The package that pickles and unpickles."""
    return import_trusted(_CHECKPOINT)


def checkpoint_module(name: str) -> Any:
    """One module of that package."""
    return import_trusted("%s.%s" % (_CHECKPOINT, name))
