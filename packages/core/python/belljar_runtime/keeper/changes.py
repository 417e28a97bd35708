"""Which files of the workspace an execution created, changed or removed.

Told from inode, size and times, which the code may set back only in part: the change time is the
kernel's. A write through a shared mapping that outlives its execution changes none of them.
"""

from __future__ import annotations

import os
import stat

from .workspace_files import MAX_DEPTH, WORKSPACE

_ROOT = os.fsencode(WORKSPACE) + b"/"
_MODE = 4


def identity(status: os.stat_result) -> tuple:
    """While it stays the same, so does the content."""
    return (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns,
            status.st_mode)


def scan() -> dict:
    """Path below the workspace → identity of each entry. Symbolic links are not followed."""
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
                found[path] = identity(status)
                if stat.S_ISDIR(status.st_mode) and depth < MAX_DEPTH:
                    waiting.append((path + b"/", depth + 1))
    return found


def difference(before: dict, after: dict) -> list:
    """`(path, change)` of regular files, sorted by path."""
    changes = [(path, "changed" if _has_file(before, path) else "created")
               for path, identity in after.items()
               if before.get(path) != identity and stat.S_ISREG(identity[_MODE])]
    changes += [(path, "removed") for path in before
                if _has_file(before, path) and not _has_file(after, path)]
    return sorted(changes)


def _has_file(scanned: dict, path: bytes) -> bool:
    return path in scanned and stat.S_ISREG(scanned[path][_MODE])
