"""Late imports: of the runtime from a path that the code cannot shadow, and changes to libraries.

Libraries are never imported from here. When the code imports one that needs a change (see
`libraries.py`), the change is made as soon as the module has been executed.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Callable

_trusted_path = list(sys.path)


def import_trusted(name: str) -> ModuleType:
    """Imports a module of the standard library, whatever lies in the workspace."""
    module = sys.modules.get(name)
    if module is not None:
        return module
    path, sys.path = sys.path, list(_trusted_path)
    try:
        return importlib.import_module(name)
    finally:
        sys.path = path


class _PatchingLoader:
    """Loads as the real loader does, puts that one back, and makes the change."""

    def __init__(self, loader: Any, patch: Callable[[ModuleType], None]) -> None:
        self._loader, self._patch = loader, patch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__.loader = module.__loader__ = self._loader
        # These libraries are large: the collector takes a tenth of their import, and finds nothing.
        collects = gc.isenabled()
        gc.disable()
        try:
            self._loader.exec_module(module)
        finally:
            if collects:
                gc.enable()
        apply(self._patch, module)


def apply(patch: Callable[[ModuleType], None], module: ModuleType) -> None:
    """A library whose insides have changed stays as it is: an import must not fail for it."""
    try:
        patch(module)
    except Exception:  # noqa: BLE001 - any version of any library
        pass


def _forget_folder() -> None:
    """What Python knows of the working directory may be older than its clock can tell."""
    try:
        sys.path_importer_cache.pop(os.getcwd(), None)
    except Exception:  # noqa: BLE001 - the folder is gone, or the cache was replaced
        pass


class PatchingFinder:
    """Stands first on `sys.meta_path` and answers for the modules that have a patch."""

    def __init__(self, patches: dict) -> None:
        self._patches = patches
        self._renewed = False

    def install(self) -> None:
        for name, patch in self._patches.items():
            module = sys.modules.get(name)
            if module is not None:
                apply(patch, module)
        sys.meta_path.insert(0, self)

    def renew(self) -> None:
        """Before each execution: modules that were put into the workspace meanwhile are seen."""
        self._renewed = False

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if not self._renewed:
            self._renewed = True
            _forget_folder()
        patch = self._patches.get(name)
        if patch is None:
            return None
        for finder in sys.meta_path:
            find = None if finder is self else getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find is not None else None
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _PatchingLoader(spec.loader, patch)
                return spec
        return None
