"""Everything ends with the engine, however it ends.

Three ties, each enough by itself: the kernel's signal at the parent's death, a check that the
parent did not die before the tie was made, and the end of the channel. Below the zygote the PID
namespace does the rest: when its process 1 goes, the kernel ends all that is in it.
"""

from __future__ import annotations

import os
import signal

from . import libc


def end_with_parent(expected_parent: int | None) -> None:
    """Ties this process to its parent's life. Must follow the last change of user id.

    `expected_parent` is None where the parent is outside the PID namespace and has no number here.
    """
    libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
    if expected_parent is not None and os.getppid() != expected_parent:
        os._exit(113)
