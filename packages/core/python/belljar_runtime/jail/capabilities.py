"""No capabilities, and no way to get one: five sets emptied, the bounding set too.

Invariant: after `drop_all` neither this process nor a program that it executes gains privilege.
"""

from __future__ import annotations

from . import libc

# noroot, no_setuid_fixup, keep_caps off, no_cap_ambient_raise; each with its lock.
_SECURE_BITS = 0b11101111


def forbid_new_privileges() -> None:
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)


def drop_all() -> None:
    for capability in range(64):
        try:
            libc.prctl(libc.PR_CAPBSET_DROP, capability)
        except OSError as error:
            if error.errno == 22 and capability > 30:  # past the kernel's last capability
                break
            raise
    libc.prctl(libc.PR_SET_SECUREBITS, _SECURE_BITS)
    libc.prctl(libc.PR_CAP_AMBIENT, libc.PR_CAP_AMBIENT_CLEAR_ALL)
    libc.capset_nothing()
