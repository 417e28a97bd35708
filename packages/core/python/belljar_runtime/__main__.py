"""Entry of the process that the engine starts: `python3 -s -B <folder> <configuration as JSON>`.

Importing the Python side takes half of the time when it is compiled already. What is compiled is kept
in the user's cache, and used from there only when nobody else can have written it.
"""

from __future__ import annotations

# Of the standard library, which has its own compiled files, before ours are looked for elsewhere.
import ast  # noqa: F401
import ctypes  # noqa: F401
import inspect  # noqa: F401
import json
import os
import re  # noqa: F401
import select  # noqa: F401
import socket  # noqa: F401
import stat
import sys
import traceback  # noqa: F401


def _own_folder(path: str) -> bool:
    """Makes it; True when it is this user's and no one else may write to it."""
    try:
        os.makedirs(path, mode=0o700, exist_ok=True)
        status = os.lstat(path)
    except OSError:
        return False
    writable_by_others = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not writable_by_others


def _start() -> None:
    configuration = json.loads(sys.argv[1])
    compiled = configuration["compiled"]
    if compiled is not None and _own_folder(compiled):
        sys.pycache_prefix, sys.dont_write_bytecode = compiled, False
    # The script's own folder must not be searched for modules by what runs in a sandbox later.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    from belljar_runtime import launch

    sys.path.pop(0)
    sys.pycache_prefix, sys.dont_write_bytecode = None, True
    launch.main(configuration)


if __name__ == "__main__":
    _start()
