"""The process that runs a sandbox's code: hostile from its first line on.

All that it needs is imported with this package, before the code can put modules of the same names
into its working directory.
"""

from __future__ import annotations

import os
from typing import NoReturn

from ..fork_handlers import fork_handlers
from . import held_modules
from .beginning import beginning
from .imports import import_trusted
from .loop import Session
from .rehearsal import rehearse
from .surroundings import adapt

__all__ = ["Session", "adapt", "preload", "rehearse", "start"]

_BROKEN = 71


def start(session: Session, descriptor: int, seed: bytes | None = None) -> NoReturn:
    """Called in the forked process after the last step of its jail. Descriptors 0 to 2 are set.

    `seed`: of its random numbers; without one they are the kernel's.
    """
    fork_handlers.in_code = True
    try:
        session.serve(descriptor, seed)
    finally:
        os._exit(_BROKEN)


def preload(session: Session) -> None:
    """For a zygote that is in no hurry: what is too slow for a cold start."""
    import_trusted("asyncio")
    held_modules.checkpoint()
    session.random_numbers.prepare()
    session.namespace.enter()
    beginning.prepare()
