"""The workspace put back to what it was before an execution, in place, as far as that can be told.

Files keep their inodes, so that who has one open sees its old content. The content comes from the
engine, which keeps what it was sent. What cannot be put back that way is refused: then the sandbox is
recovered from its checkpoint and journal.
"""

from __future__ import annotations

import os
import stat

from . import changes, workspace_files
from .link import Link
from .workspace_files import Refused
from .workspace_state import WorkspaceState

_INODE, _MODIFIED, _MODE = 0, 2, 4


class PutBack:
    def __init__(self, before: dict, workspace: WorkspaceState, open_files: frozenset) -> None:
        self._before, self._workspace, self._open = before, workspace, open_files

    def begin(self) -> list:
        """Removes what is new and makes folders that are gone. The names whose content is needed."""
        before, after = self._before, changes.scan()
        changed = [path for path in before if before[path] != after.get(path)]
        for path in changed:
            self._check(path, after.get(path))
        kinds = {path: stat.S_IFMT(identity[_MODE]) for path, identity in before.items()}
        new = {path for path, identity in after.items()
               if kinds.get(path) != stat.S_IFMT(identity[_MODE])}
        for path in sorted(new, reverse=True):  # what is in a folder before the folder
            workspace_files.remove(os.fsdecode(path))
        for path in sorted(changed):
            if kinds[path] == stat.S_IFDIR and (path in new or path not in after):
                workspace_files.make_folder(os.fsdecode(path))
        return sorted(os.fsdecode(path) for path in changed if kinds[path] == stat.S_IFREG)

    def _check(self, path: bytes, now: tuple | None) -> None:
        was = self._before[path]
        is_same_file = now is not None and now[_INODE] == was[_INODE]
        if stat.S_ISDIR(was[_MODE]):
            if not is_same_file and was[_INODE] in self._open:
                raise Refused("has lost its working directory")
        elif not stat.S_ISREG(was[_MODE]):
            raise Refused("has lost a link or a pipe that it had")
        elif self._workspace.as_before(path) != was:
            raise Refused("had a file whose content is kept nowhere else")
        elif not is_same_file and was[_INODE] in self._open:
            raise Refused("has lost a file that the code has open")

    def write(self, link: Link, name: str) -> None:
        """Takes the content that follows."""
        was = self._before[os.fsencode(name)]
        try:
            descriptor = workspace_files.open_to_write(name, was[_INODE])
        except BaseException:
            link.receive_file(None)
            raise
        try:
            link.receive_file(descriptor)
            os.fchmod(descriptor, stat.S_IMODE(was[_MODE]))
            os.utime(descriptor, ns=(was[_MODIFIED],) * 2)
            self._workspace.note(name, changes.identity(os.fstat(descriptor)))
        finally:
            os.close(descriptor)

    def end(self) -> None:
        """Folders get their times and modes again, the deepest first."""
        after = changes.scan()
        for path in sorted(self._before, reverse=True):
            was = self._before[path]
            if stat.S_ISDIR(was[_MODE]) and was != after.get(path):
                workspace_files.dress_folder(os.fsdecode(path), stat.S_IMODE(was[_MODE]),
                                             was[_MODIFIED])
