"""The global names that the code made: type, size and a short preview of each, cheaply."""

from __future__ import annotations

import reprlib
import sys
from itertools import islice
from types import ModuleType
from typing import Any

from .plain import type_name

MOST_VARIABLES = 1000
PREVIEW_CHARACTERS = 200

_NAME_CHARACTERS = 200
_ITEMS_COMPARED = 1000
_PLAIN = (bool, int, float, complex, str, bytes, type(None))
_MASK = 0xFFFFFFFFFFFFFFFF
_INTERRUPTED = "<interrupted>"


class _Preview(reprlib.Repr):
    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = PREVIEW_CHARACTERS
        self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = self.maxdict = 20
        self.maxlevel = 3


_preview = _Preview().repr


def list_variables(names: dict, initial: frozenset) -> list:
    """Sorted by name. Modules, names with a leading underscore and ours are left out."""
    chosen = sorted(
        name for name, value in list(names.items())
        if type(name) is str and name[:1] != "_" and name not in initial
        and not issubclass(type(value), ModuleType)
    )
    variables = []
    for name in chosen[:MOST_VARIABLES]:
        size, preview, identity = 0, _INTERRUPTED, ""
        try:
            identity = _identity(names[name])
            size = _size(names[name])
            preview = _short(names[name])
        except KeyboardInterrupt:
            pass
        except BaseException as error:  # noqa: BLE001 - the code's own __repr__ or __sizeof__
            preview = "<no preview: %s>" % type(error).__name__
        variables.append({
            "name": name[:_NAME_CHARACTERS],
            "type": type_name(names[name]),
            "sizeBytes": size,
            "preview": preview,
            "identity": identity,
        })
        if preview is _INTERRUPTED:
            break
    return variables


def _identity(value: Any) -> str:
    """Another one once the value or one of its items or attributes is replaced.

    A large container's first items count only, and what is inside items does not.
    """
    kind = type(value)
    if kind in _PLAIN:
        return "%x" % (hash(value) & _MASK)
    if kind in (list, tuple, set, frozenset):
        parts = [id(item) for item in islice(value, _ITEMS_COMPARED)]
    elif kind is dict:
        parts = [id(part) for item in islice(value.items(), _ITEMS_COMPARED) for part in item]
    else:
        own = getattr(value, "__dict__", None)
        attributes = own.values() if type(own) is dict else ()
        parts = [id(item) for item in islice(attributes, _ITEMS_COMPARED)]
    return "%x" % (hash((id(value), *parts)) & _MASK)


def _library(value: Any) -> str:
    """The top-level package of a value's type."""
    module = getattr(type(value), "__module__", "")
    return module.partition(".")[0] if isinstance(module, str) else ""


def _is_frame(value: Any) -> bool:
    return _library(value) in ("pandas", "polars") and hasattr(type(value), "shape")


def _size(value: Any) -> int:
    if _is_frame(value):
        return _frame_size(value)
    size = sys.getsizeof(value, 0)
    # A view's own size leaves out the data that it shows.
    if hasattr(type(value), "nbytes"):
        size = max(size, int(value.nbytes))
    return size


def _frame_size(value: Any) -> int:
    if hasattr(type(value), "estimated_size"):
        return int(value.estimated_size())
    # `deep` would visit every cell, and so does sys.getsizeof.
    usage = value.memory_usage(deep=False)
    return int(usage.sum() if hasattr(usage, "sum") else usage)


def _short(value: Any) -> str:
    text = _shape(value) or _preview(value)
    text = " ".join(text[:4 * PREVIEW_CHARACTERS].split())
    return text if len(text) <= PREVIEW_CHARACTERS else text[:PREVIEW_CHARACTERS - 1] + "…"


def _shape(value: Any) -> str | None:
    """Sizes and names in place of the cells."""
    if _is_frame(value):
        shape = " × ".join(format(length, ",") for length in value.shape)
        if hasattr(type(value), "columns"):
            columns = [str(column) for column in list(value.columns[:20])]
            more = "…" if len(value.columns) > len(columns) else ""
            return "%s%s%s%s" % (shape, ": " if columns else "", ", ".join(columns), more)
        name = getattr(value, "name", None)
        return "%s × %s%s" % (shape, value.dtype, "" if name is None else ": %s" % name)
    kind = getattr(sys.modules.get("numpy"), "ndarray", None)
    if kind is not None and issubclass(type(value), kind):
        if value.size <= 20 and value.dtype != object:
            return "%s %s: %s" % (value.shape, value.dtype, value.tolist())
        return "%s %s" % (value.shape, value.dtype)
    return None
