"""The seccomp layer: the policy as a BPF program, and its installation in the calling process.

Invariants: a foreign architecture and the x32 calls end the process before anything else is looked
at; what the policy does not name fails. Keeper, session and commands are under the same filter: it
is installed once, in the keeper, and inherited. `install` succeeds wholly or raises `OSError`.

`python3 -m belljar_runtime.jail.seccomp --dump aarch64` prints a program in hexadecimal.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from typing import Dict, List, Tuple

from . import libc, syscall_policy as policy
from .bpf import Node, Program
from .syscall_numbers import NUMBERS

# linux/audit.h: ELF machine | 64 bit | little endian.
_AUDIT_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

# struct seccomp_data: nr, arch, instruction_pointer, args[6]; the low half of an argument is first.
_OFFSET_NUMBER, _OFFSET_ARCHITECTURE, _OFFSET_ARGUMENTS = 0, 4, 16

_KILL_PROCESS, _ERRNO, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000

_X32_BIT = 0x40000000
_NO_NUMBER = 0xFFFFFFFF

_SET_MODE_FILTER, _MODE_FILTER = 1, 2
_PR_GET_SECCOMP = 21


def build(architecture: str, narrower: tuple = ()) -> bytes:
    """The filter, as an array of `struct sock_filter`. Built once, for many installs.

    `narrower`: rules and refusals that stand in the place of the policy's for the calls they name.
    """
    if architecture not in NUMBERS:
        raise OSError(
            errno.ENOTSUP,
            "seccomp: no system-call policy for %s, only for %s"
            % (architecture, " and ".join(sorted(NUMBERS))),
        )
    program = Program()
    refuse = program.give(_ERRNO | errno.EPERM)
    unknown = program.give(_ERRNO | policy.UNKNOWN_NUMBER_ANSWER)
    kill = program.give(_KILL_PROCESS)
    named = _nodes_by_name(program, narrower)
    numbers = NUMBERS[architecture]
    ranges = _ranges({number: named.get(name, refuse) for name, number in numbers.items()}, unknown)
    # -1 is how some libraries spell "no such call"; the kernel knows it as no call of x32.
    ranges += [(_X32_BIT, kill), (_NO_NUMBER, unknown)]
    native = program.load(_OFFSET_NUMBER, program.search(ranges))
    right = program.equal(_AUDIT_ARCHITECTURES[architecture], native, kill)
    return program.assemble(program.load(_OFFSET_ARCHITECTURE, right))


def install(program: bytes) -> None:
    """Puts the calling process under `program`, for ever. It must have one thread only."""
    if libc.prctl(libc.PR_GET_NO_NEW_PRIVS) != 1:
        raise OSError(errno.EPERM, "seccomp: no_new_privs must be set before a filter")
    if _threads() > 1:
        raise OSError(errno.EBUSY, "seccomp: other threads of this process would stay unfiltered")
    header = _Program(len(program) // 8, program)
    number = NUMBERS.get(libc.MACHINE, {}).get("seccomp", -1)
    libc.syscall(
        "seccomp(SECCOMP_SET_MODE_FILTER)", number, ctypes.c_uint(_SET_MODE_FILTER),
        ctypes.c_uint(0), ctypes.byref(header),
    )
    if libc.prctl(_PR_GET_SECCOMP) != _MODE_FILTER:
        raise OSError(errno.ENOSYS, "seccomp: the kernel took the filter but does not use it")


class _Program(ctypes.Structure):
    """struct sock_fprog"""

    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def _threads() -> int:
    """Where /proc is not to be had, the caller's word counts: it has just forked."""
    try:
        return os.stat("/proc/self/task").st_nlink - 2
    except OSError:
        return 1


def _nodes_by_name(program: Program, narrower: tuple) -> Dict[str, Node]:
    allow = program.give(_ALLOW)

    def decide(entries: tuple) -> Dict[str, Node]:
        nodes: Dict[str, Node] = {}
        for entry in entries:
            node = _node(program, entry, allow)
            for call in entry.calls.split():
                if call in nodes:
                    raise ValueError("the policy decides %s twice" % call)
                nodes[call] = node
        return nodes

    return {**decide((*policy.ALLOWED, *policy.REFUSED, *policy.RULES)), **decide(narrower)}


def _node(program: Program, entry: tuple, allow: Node) -> Node:
    """What becomes of the calls of one group, refusal or rule."""
    if isinstance(entry, policy.Group):
        return allow
    node = program.give(_ERRNO | entry.answer)
    if isinstance(entry, policy.Rule):
        for alternative in reversed(entry.alternatives):
            node = _all_of(program, alternative, allow, node)
    return node


def _all_of(
    program: Program, checks: policy.Alternative, then: Node, otherwise: Node
) -> Node:
    for check in reversed(checks):
        hit, miss = (then, otherwise) if check.among else (otherwise, then)
        node = program.switch({value: hit for value in check.values}, miss)
        if check.mask != policy.ALL_BITS:
            node = program.mask(check.mask, node)
        then = program.load(_OFFSET_ARGUMENTS + 8 * check.argument + 4 * check.high, node)
    return then


def _ranges(nodes: Dict[int, Node], unknown: Node) -> List[Tuple[int, Node]]:
    """Neighbouring numbers with one fate share a range; the rest up to x32 is unknown."""
    ranges: List[Tuple[int, Node]] = []
    for number in range(max(nodes) + 2):
        node = nodes.get(number, unknown)
        if not ranges or ranges[-1][1] != node:
            ranges.append((number, node))
    return ranges


def main(arguments: List[str]) -> None:
    if len(arguments) != 2 or arguments[0] != "--dump":
        raise SystemExit("usage: --dump x86_64|aarch64")
    print(build(arguments[1]).hex())


if __name__ == "__main__":
    main(sys.argv[1:])
