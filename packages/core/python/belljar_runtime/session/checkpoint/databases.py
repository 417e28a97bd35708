"""sqlite3 connections: one in memory with all its content, one of a file by opening it again."""

from __future__ import annotations

import os
import sys
from typing import Any

from ..beginning import beginning
from .file_places import path_in_workspace
from .pickler import StatePickler
from .reduction import Reduction

_TRANSACTION = "an open transaction cannot be undone any more: what it wrote is carried"
_FILE_TRANSACTION = "it was open, in a file: what it wrote is undone"
_TEMPORARY = "temporary tables are not carried"
_ATTACHED = "attached databases are not carried"
_NAMES = ("isolation_level", "row_factory", "text_factory")


def connection(pickler: StatePickler, value: Any) -> Reduction:
    try:
        databases = value.execute("PRAGMA database_list").fetchall()
    except sys.modules["sqlite3"].ProgrammingError:
        return make_closed, (type(value),)
    paths = {row[1]: row[2] for row in databases}
    if set(paths) - {"main", "temp"}:
        pickler.note_loss("sqlite3 database", _ATTACHED)
    if value.execute("SELECT count(*) FROM sqlite_temp_master").fetchone()[0]:
        pickler.note_loss("sqlite3 table", _TEMPORARY)
    is_file = os.path.isfile(paths["main"])  # one that was read from memory has a name of its own
    if value.in_transaction:
        pickler.note_loss("sqlite3 transaction", _FILE_TRANSACTION if is_file else _TRANSACTION)
    settings = {name: getattr(value, name) for name in _NAMES}
    if is_file:
        return open_again, (type(value), path_in_workspace(pickler, paths["main"]), settings)
    if not value.execute("PRAGMA page_count").fetchone()[0]:
        return open_serialized, (type(value), b"", settings)
    if hasattr(value, "serialize"):
        return open_serialized, (type(value), value.serialize(), settings)
    return open_script, (type(value), "\n".join(value.iterdump()), settings)


def make_closed(kind: type) -> Any:
    made = kind(":memory:")
    made.close()
    return made


def open_again(kind: type, path: str, settings: dict) -> Any:
    return _with_settings(kind(os.path.join(beginning.folder, path)), settings)


def open_serialized(kind: type, content: Any, settings: dict) -> Any:
    made = kind(":memory:")
    if len(content):
        made.deserialize(content)
    return _with_settings(made, settings)


def open_script(kind: type, script: str, settings: dict) -> Any:
    made = kind(":memory:")
    made.executescript(script)
    return _with_settings(made, settings)


def _with_settings(made: Any, settings: dict) -> Any:
    for name, value in settings.items():
        setattr(made, name, value)
    return made
