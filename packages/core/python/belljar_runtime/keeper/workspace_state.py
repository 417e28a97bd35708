"""The workspace as a checkpoint has it: every entry, and the content that the engine has not seen.

Each file that was sent to the engine, or came from it, is remembered with its identity. While that is
the same, so is the content, and the engine knows it.
"""

from __future__ import annotations

import json
import os
import stat

from .. import frames
from .changes import identity
from .link import Link
from .workspace_files import WORKSPACE, Refused, open_to_read

_ENTRIES_AT_ONCE = 200
_SHUT_AT_MOST = 100
_ANY_KIND, _SHUT = "file or folder", "it cannot be looked into"
_KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "symlink",
          stat.S_IFIFO: "fifo"}


class WorkspaceState:
    def __init__(self) -> None:
        self._known: dict = {}
        self._overwritten: dict = {}

    def note(self, name: str, known: tuple) -> None:
        """The engine has the content that this file has while its identity is `known`."""
        path = os.fsencode(name)
        self._overwritten.setdefault(path, self._known.get(path))
        self._known[path] = known

    def begin(self) -> None:
        """An execution begins."""
        self._overwritten = {}

    def as_before(self, path: bytes) -> tuple | None:
        """The identity with which the engine knew the file when the last execution began."""
        return self._overwritten.get(path, self._known.get(path))

    def send(self, link: Link, number: int, everything: bool) -> None:
        """`everything`: the engine does not know what it was sent before."""
        before, self._known = {} if everything else self._known, {}
        entries: list = []
        unseen: list = []
        shut: list = []
        for path, status in _walk(shut):
            entry = _describe(path, status)
            if entry is None:
                continue
            if entry["type"] == "file":
                same = before.get(path) == identity(status)
                entry["same"] = same
                if same:
                    self._known[path] = before[path]
                else:
                    unseen.append(path)
            entries.append(entry)
            if len(entries) == _ENTRIES_AT_ONCE:
                link.send({"t": "workspace", "n": number, "entries": entries})
                entries = []
        link.send({"t": "workspace", "n": number, "entries": entries})
        for path in shut[:_SHUT_AT_MOST]:
            lost = [path.decode(errors="replace")[:500] or ".", _ANY_KIND, _SHUT]
            link.send({"t": "state", "n": number, "kind": "L"}, json.dumps(lost).encode())
        for path in unseen:
            self._send_content(link, number, os.fsdecode(path))

    def _send_content(self, link: Link, number: int, name: str) -> None:
        try:
            descriptor, size = open_to_read(name)
        except (OSError, Refused):
            return  # the engine names it as lost
        if size > frames.LARGEST_PAYLOAD_BYTES:
            os.close(descriptor)
            return  # as above
        try:
            self.note(name, identity(os.fstat(descriptor)))
            link.send_file({"t": "workspace-file", "n": number, "name": name}, descriptor, size)
        finally:
            os.close(descriptor)


def _walk(shut: list) -> list:
    """`(path, status)` of all there is, each folder before what is in it.

    `shut` gets what cannot be looked into: the code took away the right to, or its path is longer
    than the kernel takes.
    """
    found = []
    waiting = [b""]
    root = os.fsencode(WORKSPACE)
    while waiting:
        prefix = waiting.pop()
        try:
            entries = sorted(os.scandir(root + b"/" + prefix), key=lambda entry: entry.name)
        except OSError:
            shut.append(prefix[:-1])
            continue
        for entry in entries:
            path = prefix + entry.name
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            except OSError:
                shut.append(path)
                continue
            found.append((path, status))
            if stat.S_ISDIR(status.st_mode):
                waiting.append(path + b"/")
    return found


def _describe(path: bytes, status: os.stat_result) -> dict | None:
    """None for what cannot be made again, such as a socket's name."""
    kind = _KINDS.get(stat.S_IFMT(status.st_mode))
    if kind is None:
        return None
    entry = {"name": os.fsdecode(path), "type": kind, "mode": stat.S_IMODE(status.st_mode),
             "modifyMs": status.st_mtime_ns // 1_000_000, "sizeBytes": status.st_size}
    if kind == "symlink":
        try:
            entry["target"] = os.fsdecode(os.readlink(os.path.join(os.fsencode(WORKSPACE), path)))
        except OSError:
            return None
    return entry
