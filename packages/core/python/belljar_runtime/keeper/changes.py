"""Which files of the workspace an execution created, changed or removed.

Told from inode, size and times, which the code may set back only in part: the change time is the
kernel's. A write through a shared mapping that outlives its execution changes none of them.
"""

from __future__ import annotations

import os
import stat

from .workspace_files import MAX_DEPTH, WORKSPACE

_ROOT = os.fsencode(WORKSPACE) + b"/"


def identity(status: os.stat_result) -> tuple:
    """While it stays the same, so does the content."""
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def scan() -> dict:
    """Path below the workspace → identity of each regular file. Symbolic links are not followed."""
    found: dict = {}
    waiting = [(b"", 0)]
    while waiting:
        prefix, depth = waiting.pop()
        try:
            entries = os.scandir(_ROOT + prefix)
        except OSError:
            continue
        with entries:
            for entry in entries:
                path = prefix + entry.name
                try:
                    status = entry.stat(follow_symlinks=False)
                except OSError:
                    continue
                if stat.S_ISREG(status.st_mode):
                    found[path] = identity(status)
                elif stat.S_ISDIR(status.st_mode) and depth < MAX_DEPTH:
                    waiting.append((path + b"/", depth + 1))
    return found


def difference(before: dict, after: dict) -> list:
    """`(path, change)` sorted by path."""
    changes = [(path, "changed" if path in before else "created")
               for path, identity in after.items() if before.get(path) != identity]
    changes += [(path, "removed") for path in before if path not in after]
    return sorted(changes)
