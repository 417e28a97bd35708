"""What the policy refuses on top where a sandbox shares namespaces with its host: data only.

Each table stands in the place of `syscall_policy.py` for the calls that it names, and each is narrower.
They are for code, not for its keeper. Landlock decides there who may open a file, and leaves alone who
changes one without opening it: where code has the user id of the host's files, that is refused here.
"""

from __future__ import annotations

from errno import EPERM
from typing import Tuple, Union

from .syscall_policy import PRCTL, Check, Refusal, Rule

Table = Tuple[Union[Refusal, Rule], ...]

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4
_OWN_GROUP = (0,)
_O_ACCMODE, _O_TRUNC = 0o3, 0o1000
_O_WRONLY, _O_RDWR = 0o1, 0o2

ALWAYS: Table = (
    Refusal(
        "Descriptors on their way in a socket are in nobody's table: what they hold is in no sum.",
        "sendmsg recvmsg recvmmsg", EPERM,
    ),
    Rule(
        "As in the policy, but for PR_SET_PDEATHSIG, which ends the session with its zygote, and for"
        " PR_SET_DUMPABLE, which hides its open files from the warden.",
        "prctl", EPERM,
        ((Check(0, tuple(option for option in PRCTL
                         if option not in (_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE))),),),
    ),
)

SHARED_USER: Table = (
    Refusal(
        "By name they reach every file of the user's, which Landlock does not see; by descriptor every"
        " one that may be read, and an environment of Python's is often the user's own.",
        "chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes futimesat", EPERM,
    ),
    Rule(
        "Only what `touch` does: the time of an open file becomes now, which reading it does nearly too.",
        "utimensat", EPERM,
        (tuple(Check(pointer, (0,), high=half) for pointer in (1, 2) for half in (False, True)),),
    ),
)

SHARED_SIGNALS: Table = (
    Rule(
        "Without a Landlock that keeps signals in (Linux 6.12) a filter is what does, and it cannot"
        " tell a child from a stranger: the own process group is what is left.",
        "kill", EPERM, ((Check(0, _OWN_GROUP),),),
    ),
    Refusal("As kill.", "tkill tgkill pidfd_send_signal", EPERM),
)

UNSEEN_TRUNCATION: Table = (
    Refusal("Landlock before its third version (Linux 6.2) lets it cut any file.", "truncate", EPERM),
    Rule(
        "As truncate: cutting a file by opening it asks Landlock for leave to write only where it is"
        " opened for writing.",
        "open", EPERM,
        ((Check(1, (0,), _O_TRUNC),), (Check(1, (_O_WRONLY, _O_RDWR), _O_ACCMODE),)),
    ),
    Rule(
        "As open.", "openat", EPERM,
        ((Check(2, (0,), _O_TRUNC),), (Check(2, (_O_WRONLY, _O_RDWR), _O_ACCMODE),)),
    ),
)
