"""The two plain forms of a value: its `repr`, and JSON when it is made of nothing else."""

from __future__ import annotations

from itertools import islice
from typing import Any

from .channel import encode

TEXT_CHARACTERS = 100_000
JSON_BYTES = 1_000_000

# Three characters each, such as `1, `, fill the text: what comes after these is never shown.
_MOST_ITEMS = TEXT_CHARACTERS // 3 + 100
_MOST_NODES = 100_000
_SAFE_INTEGER = 2**53 - 1


def type_name(value: Any) -> str:
    """With its module unless it is built in."""
    kind = type(value)
    name = str(type.__dict__["__qualname__"].__get__(kind))
    try:
        module = kind.__module__
    except Exception:  # noqa: BLE001 - a metaclass of the code
        module = None
    if not isinstance(module, str) or module == "builtins":
        return name[:200]
    return ("%s.%s" % (module, name))[:200]


def plain_text(value: Any) -> tuple:
    """`repr(value)`, and whether it was cut. Never raises but for an interrupt."""
    try:
        text = repr(_head(value))
        if len(text) > TEXT_CHARACTERS:
            return cut_text(text), True
        return "".join((text, "")), False
    except Exception as error:  # noqa: BLE001 - the code's own __repr__
        return "<%s: its repr failed with %s>" % (type_name(value), type(error).__name__), False


def cut_text(text: str) -> str:
    head = str.__getitem__(text, slice(TEXT_CHARACTERS))
    return "%s\n[cut after %s characters]" % (head, format(TEXT_CHARACTERS, ","))


def _head(value: Any) -> Any:
    """As much of a large built-in value as its text will show."""
    kind = type(value)
    if kind in (str, bytes, bytearray):
        return value[:TEXT_CHARACTERS + 1]
    if kind in (list, tuple) and len(value) > _MOST_ITEMS:
        return value[:_MOST_ITEMS]
    if kind in (set, frozenset) and len(value) > _MOST_ITEMS:
        return kind(islice(value, _MOST_ITEMS))
    if kind is dict and len(value) > _MOST_ITEMS:
        return dict(islice(value.items(), _MOST_ITEMS))
    return value


def json_text(value: Any) -> str | None:
    """The JSON of a dict or list, if it loses nothing by it and is of moderate size."""
    if type(value) not in (dict, list) or not _is_plain(value):
        return None
    try:
        text = encode(value)
    except (ValueError, RecursionError, MemoryError):
        return None
    return text if len(text) <= JSON_BYTES else None


def _is_plain(value: Any) -> bool:
    """Only exact built-in types, text keys, and numbers that every reader of JSON keeps."""
    waiting = [value]
    nodes = 0
    while waiting:
        item = waiting.pop()
        kind = type(item)
        if kind is dict or kind is list:
            nodes += len(item)
            if nodes > _MOST_NODES:
                return False
            if kind is dict:
                if not all(type(key) is str for key in item):
                    return False
                waiting += item.values()
            else:
                waiting += item
        elif kind is int:
            if not -_SAFE_INTEGER <= item <= _SAFE_INTEGER:
                return False
        elif kind is float:
            if item - item != 0.0:
                return False
        elif kind is not str and kind is not bool and item is not None:
            return False
    return True
