"""No capabilities, and no way to get one: five sets emptied, the bounding set too.

Invariant: after `drop_all` neither this process nor a program that it executes gains privilege.
"""

from __future__ import annotations

import errno

from . import libc

CHOWN, KILL, SETGID, SETUID, SETPCAP = 0, 5, 6, 7, 8
# Of any kernel that runs a sandbox: an answer that there are fewer is not believed.
_ALWAYS_KNOWN = 30

# noroot, no_setuid_fixup, keep_caps off, no_cap_ambient_raise; each with its lock.
_SECURE_BITS = 0b11101111


def _known() -> range:
    """All that this kernel has, asked once: in a fork, meeting the first that it has not costs 20 pages."""
    for capability in range(64):
        try:
            libc.prctl(libc.PR_CAPBSET_READ, capability)
        except OSError as error:
            if error.errno != errno.EINVAL or capability <= _ALWAYS_KNOWN:
                raise
            return range(capability)
    return range(64)


_KNOWN = _known()


def forbid_new_privileges() -> None:
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)


def drop_all() -> None:
    bound()
    clear()


def bound() -> None:
    """Empties the bounding set, and locks the ways of the superuser's id to any capability."""
    for capability in _KNOWN:
        libc.prctl(libc.PR_CAPBSET_DROP, capability)
    libc.prctl(libc.PR_SET_SECUREBITS, _SECURE_BITS)


def clear() -> None:
    """Empties the sets that a process itself has."""
    libc.prctl(libc.PR_CAP_AMBIENT, libc.PR_CAP_AMBIENT_CLEAR_ALL)
    libc.capset(0)


def keep_only(*kept: int) -> None:
    """Of what this process has: what the superuser's process needs that forks sandboxes."""
    libc.capset(sum(1 << capability for capability in kept) & libc.capget()[1])


def assert_none() -> None:
    """Also for one that may not bound what it never had: no_new_privs is then what bounds it."""
    if any(libc.capget()) or libc.prctl(libc.PR_GET_NO_NEW_PRIVS) != 1:
        raise OSError(errno.EPERM, "no-capabilities: some are left")
