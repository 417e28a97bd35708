"""Which process this is: the session, or a child that the code forked and that has no say in it."""

from __future__ import annotations

import os
import sys
from typing import Any

_fork = os.fork  # what the code starts by it is noted as its own


class Forks:
    def __init__(self) -> None:
        self.is_child = False
        os.register_at_fork(after_in_child=self._note)

    def begin(self) -> None:
        """This process is the session, although it was forked: from a zygote."""
        self.is_child = False

    def _note(self) -> None:
        self.is_child = True

    def savepoint(self) -> int:
        """`os.fork()` whose child is a session too, and goes on with the same random numbers."""
        random: Any = sys.modules.get("random")
        state = random.getstate() if random is not None else None
        child = _fork()
        if child == 0:
            self.is_child = False
            if random is not None:
                random.setstate(state)
        return child
