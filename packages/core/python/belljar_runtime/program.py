"""What a session runs where it is no fork of Python: a program of the engine's, such as Node.

It is executed by the process that was forked and confined as any session is, in its place: with the
channel to the keeper as descriptor 3, what a checkpoint is written to as 4, and every layer on. The
code's stderr is 5 too: the program may keep its own 2 apart.
"""

from __future__ import annotations

import os
from typing import NoReturn

FOLDER = "/belljar"
"""Where its files are in a root of its own: the host's paths say nothing to whoever reads them."""


class Program:
    def __init__(self, configuration: dict) -> None:
        """`files`: what it is made of, a path of the host by name. `command` has the names."""
        self.files: dict = {name: os.path.realpath(path)
                            for name, path in configuration["files"].items()}
        self.libraries: list = configuration["libraries"]
        self.held_bytes = int(configuration["heldBytes"])
        """Private writable memory that it takes before it runs a caller's code."""
        self.reserved_bytes = int(configuration["reservedBytes"])
        """Address space that it reserves and does not use."""
        self.threads = int(configuration["threads"])
        """Of its own, which count as processes."""
        self._command: list = configuration["command"]
        self._environment: dict = configuration["environment"]
        self._paths: dict = self.files

    def moved(self) -> None:
        """Its files are in `FOLDER` now."""
        self._paths = {name: "%s/%s" % (FOLDER, name) for name in self.files}

    def execute(self, seed: str, limits: dict) -> NoReturn:
        """Becomes it. Descriptors 0 to 4 are its own, and no others are open."""
        os.dup2(2, 5)
        for descriptor in range(6):
            os.set_inheritable(descriptor, True)
        command = [self._paths.get(part, part) for part in self._command]
        environment = {**self._environment, "TMPDIR": os.environ["TMPDIR"],
                       "HOME": os.environ["HOME"], "BELLJAR_SEED": seed,
                       "BELLJAR_MEMORY_BYTES": str(int(limits["memoryBytes"]))}
        os.execve(command[0], command, environment)


def of(configuration: dict) -> Program | None:
    given = configuration["program"]
    return None if given is None else Program(given)
