"""Which process this is: the session, or a child that the code forked and that has no say in it."""

from __future__ import annotations

import os
import sys
from typing import Any

_fork = os.fork  # what the code starts by it is noted as its own


class Forks:
    def __init__(self) -> None:
        self.is_child = False
        self._ends: tuple = ()
        os.register_at_fork(after_in_child=self._note)

    def begin(self) -> None:
        """This process is the session, although it was forked: from a zygote."""
        self.is_child = False

    def _note(self) -> None:
        self.is_child = True
        if self._ends:  # first of all: what else runs in a child takes a millisecond
            os.setsid()
            for end in self._ends:
                os.close(end)

    def savepoint(self) -> int:
        """`os.fork()` whose child is a session too, and goes on with the same random numbers.

        Returns when the child has left the group of this process, which the code may signal.
        """
        random: Any = sys.modules.get("random")
        state = random.getstate() if random is not None else None
        left, leaving = self._ends = os.pipe()
        try:
            child = _fork()
        except OSError:
            os.close(left)
            os.close(leaving)
            raise
        finally:
            self._ends = ()
        if child == 0:
            self.is_child = False
            if random is not None:
                random.setstate(state)
        else:
            os.close(leaving)
            os.read(left, 1)
            os.close(left)
        return child
