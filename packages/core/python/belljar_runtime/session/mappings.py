"""Whether the code has mapped a file so that it can write through the mapping.

Such a write changes no time of the file: what looks the same as in the last checkpoint may not be.
"""

from __future__ import annotations

import sys

_READ, _COPY = 1, 3
"""`mmap.ACCESS_READ` and `ACCESS_COPY`: the file stays as it is."""


class Mappings:
    def __init__(self) -> None:
        self.may_write = False
        """Once true it stays so: what a mapping outlives cannot be told."""

    def watch(self) -> None:
        """Once in a zygote; its forks watch too."""
        sys.addaudithook(self._note)

    def _note(self, event: str, arguments: tuple) -> None:
        if event == "mmap.__new__":
            descriptor, _, access, _ = arguments
            self.may_write |= descriptor != -1 and access not in (_READ, _COPY)
