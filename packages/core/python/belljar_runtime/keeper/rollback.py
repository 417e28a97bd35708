"""The engine's orders that undo the last execution: what is left of it goes, then file by file comes back."""

from __future__ import annotations

import json

from .link import Link
from .put_back import PutBack
from .workspace_state import WorkspaceState

ORDERS = ("rollback", "put-back", "put-back-end")


class Rollback:
    def __init__(self, link: Link, workspace: WorkspaceState) -> None:
        self._link, self._workspace = link, workspace
        self._before: dict = {}
        self._put_back: PutBack | None = None
        self._is_marked = False
        self.has_memory = False
        """The memory is as it was before the last execution."""

    def begin(self, before: dict) -> dict:
        """An execution begins, in a workspace that is like `before`, which is returned."""
        self.has_memory = False
        if not self._is_marked:
            self._note(before)
        self._is_marked = False
        return before

    def mark(self, number: int, before: dict) -> None:
        """What changes from now on belongs to the execution that comes next."""
        self._note(before)
        self._is_marked = True
        self._link.send({"t": "answer", "n": number})

    def _note(self, before: dict) -> None:
        self._before = before
        self._workspace.begin()

    def handle(self, header: dict, open_files: frozenset) -> None:
        payload = b""
        if header["t"] == "rollback":
            self._put_back = PutBack(self._before, self._workspace, open_files)
            payload = json.dumps(self._put_back.begin()).encode()
        elif header["t"] == "put-back":
            self._put_back.write(self._link, header["name"])
        else:
            self._put_back.end()
        self._link.send({"t": "answer", "n": header["n"]}, payload)
