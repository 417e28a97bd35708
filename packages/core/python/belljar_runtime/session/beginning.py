"""How a session was before the code changed anything: what a checkpoint compares with."""

from __future__ import annotations

import builtins
import os
import sys


class Beginning:
    """`folder`: the workspace. The others: as they were."""

    def __init__(self) -> None:
        self.folder = ""
        self.environment: dict = {}
        self.path: list = []
        self.builtins: dict = {}
        self.modules: dict = {}

    def prepare(self) -> None:
        """In a zygote, where the runtime's own functions stand; again when it has loaded its libraries."""
        self.builtins = dict(vars(builtins))
        self.modules = {name: module for name, module in sys.modules.items() if name != "__main__"}
        self.note_surroundings()

    def note_surroundings(self) -> None:
        """Again where a session's own differ from its zygote's: a fork that does it copies 25 pages."""
        self.environment = dict(os.environ)
        self.path = list(sys.path)

    def note(self) -> None:
        """In the session, in its workspace."""
        self.folder = os.getcwd()


beginning = Beginning()
