"""Where an open file lies, and whether it can be opened again by that name."""

from __future__ import annotations

import _io
import os
from typing import Any

from .pickler import CannotCarry, StatePickler

ELSEWHERE = "only files of the workspace are kept"


def found_at(pickler: StatePickler, value: _io.FileIO, here: os.stat_result) -> str:
    """Its name may be relative to a folder that was the working directory once."""
    name, taken = os.fsdecode(value.name), False
    try:
        opened_at = [os.readlink("/proc/self/fd/%d" % value.fileno())]
    except OSError:
        opened_at = []
    for folder in (os.getcwd(), pickler.situation.workspace):
        opened_at.append(os.path.join(folder, name))
    for path in map(os.path.realpath, opened_at):
        try:
            there = os.stat(path)
        except OSError:
            continue
        if (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino):
            return path
        taken = True
    raise CannotCarry("another file has its name now" if taken else "the file is not there any more")


def inside_workspace(pickler: StatePickler, path: str) -> str | None:
    inside = os.path.relpath(path, os.path.realpath(pickler.situation.workspace))
    return None if inside.partition("/")[0] == ".." else inside


def path_in_workspace(pickler: StatePickler, path: Any) -> str:
    """Of a file that can be opened again, relative to the workspace."""
    inside = inside_workspace(pickler, os.path.realpath(os.fsdecode(path)))
    if inside is None or not os.path.exists(path):
        raise CannotCarry(ELSEWHERE)
    return inside
