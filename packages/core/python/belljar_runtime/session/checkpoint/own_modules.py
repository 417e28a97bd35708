"""Modules: by name, or by value when they are the code's own."""

from __future__ import annotations

import sys
from types import ModuleType

from ..imports import import_trusted
from .pickler import StatePickler
from .reduction import Reduction

_OF_THE_LOADER = ("__builtins__", "__cached__")


def module(pickler: StatePickler, value: ModuleType) -> Reduction:
    name = pickler.modules.library_name(value)
    if name is None:  # `own_modules` knows all others; this one is found inside a value
        pickler.namespace_of[id(vars(value))] = value
        return make_module, (value.__name__, False), contents(value), None, None, fill_module
    return import_again, (name, pickler.modules.submodules(name))


def import_again(name: str, submodules: list) -> ModuleType:
    """Restoring. A submodule that cannot be imported is missed where it is used."""
    found = import_trusted(name)
    for other in submodules:
        if other not in sys.modules:
            try:
                import_trusted(other)
            except Exception:  # noqa: BLE001 - whatever a library raises
                pass
    return found


def contents(value: ModuleType) -> dict:
    return {name: one for name, one in vars(value).items() if name not in _OF_THE_LOADER}


def make_module(name: str, imported: bool) -> ModuleType:
    made = ModuleType(name)
    if imported:
        sys.modules[name] = made
    return made


def fill_module(made: ModuleType, names: dict) -> None:
    names_held = vars(made)
    names_held.clear()
    names_held["__builtins__"] = sys.modules["builtins"]
    names_held.update(names)


def namespace_of(made: ModuleType) -> dict:
    return vars(made)
