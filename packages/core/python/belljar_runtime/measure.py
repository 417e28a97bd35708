"""What the warden reads of processes from outside, in the host's `/proc`.

Every figure is the kernel's. Processes that end while they are read count as nothing.
"""

from __future__ import annotations

import contextlib
import os
from typing import Callable, Iterator, Sequence

from . import open_files, process_tree
from .process_tree import children, descendants, has_ended, read as _read

__all__ = ["InNamespaces", "OnHost", "Processes", "children", "kill_all", "of_sandbox"]


class Processes:
    """How a warden knows sandboxes' processes from all others, and what it measures of them."""

    def on_host(self, pid: int) -> int | None:
        """The host's number of a keeper or session, known as `pid` to the zygotes."""
        raise NotImplementedError

    def is_known_as(self, process: int | None, pid: int) -> bool:
        """Whether a process is still the one that `on_host` found for `pid`."""
        raise NotImplementedError

    def is_inside(self, process: int) -> bool:
        """Whether it is in a sandbox, and not one of the host's that got its number meanwhile."""
        raise NotImplementedError

    @contextlib.contextmanager
    def seen_by_owner(self, _keeper: int) -> Iterator[None]:
        """What a process shows to its owner only is read in here."""
        yield

    def in_sandbox(self, processes: list, pid: int) -> list:
        """Those that have a number in their sandbox: one, or none."""
        return [process for process in processes if pid and _namespace_numbers(process)[-1:] == [pid]]

    def look(self, keeper: int, processes: list, limits: dict, standing: list) -> tuple:
        """Memory of all together, and the limit that is exceeded, if any: its name and value.

        `standing` share memory with them, and count for nothing here.
        """
        held = self._held_bytes(keeper, processes)
        memory = memory_bytes(processes, limits["memoryBytes"], standing) + held
        if memory > limits["memoryBytes"]:
            return memory, {"limit": "memoryBytes", "value": memory}
        count = self._count(processes)
        if count > self._most(limits["processes"]):
            return memory, {"limit": "processes", "value": count}
        return memory, self._over_in_files(processes, limits)

    def _held_bytes(self, keeper: int, processes: list) -> int:
        """What the sandbox's socket pairs can hold: how much they do hold, the kernel tells nobody."""
        raise NotImplementedError

    def _count(self, processes: list) -> int:
        return len(processes)

    def _most(self, limit: int) -> int:
        """The kernel bounds their number: this is for what slips through."""
        return 2 * limit + 8

    def _over_in_files(self, processes: list, limits: dict) -> dict | None:
        if open_files.epoll_watches(processes) > open_files.MOST_EPOLL_WATCHES:
            return {"limit": "openFiles", "value": 0}
        return None


class InNamespaces(Processes):
    """A sandbox's processes are three PID namespaces deep."""

    def __init__(self, zygote: int) -> None:
        self._zygote = zygote

    def on_host(self, pid: int) -> int | None:
        for parent in (self._zygote, *children(self._zygote)):
            for candidate in children(parent):
                numbers = _namespace_numbers(candidate)
                if len(numbers) >= 3 and numbers[-2] == pid:
                    return candidate
        return None

    def is_known_as(self, process: int | None, pid: int) -> bool:
        return process is not None and _namespace_numbers(process)[-2:-1] == [pid]

    def is_inside(self, process: int) -> bool:
        return len(_namespace_numbers(process)) >= 3

    def _held_bytes(self, keeper: int, processes: list) -> int:
        """The sockets of a network namespace are counted."""
        return open_files.socket_bytes_of(open_files.sockets_of_network(keeper))


class OnHost(Processes):
    """A sandbox's processes have one number, and are children's children of the zygotes."""

    def __init__(self, zygote: int, shared_user: bool, run: str, own_threads: int) -> None:
        """`own_threads`: of the program that sessions run, on top of the limit of processes."""
        self._zygote, self._shared_user, self._run = zygote, shared_user, run
        self._own_threads = own_threads

    def on_host(self, pid: int) -> int | None:
        return pid if self.is_known_as(pid, pid) else None

    def is_known_as(self, process: int | None, pid: int) -> bool:
        if process is None:
            return False
        parent = process_tree.parent_of(process)
        return parent == self._zygote or process_tree.parent_of(parent) == self._zygote

    def is_inside(self, process: int) -> bool:
        return process_tree.is_below(process, self._zygote)

    @contextlib.contextmanager
    def seen_by_owner(self, keeper: int) -> Iterator[None]:
        """By its user id: in a container, root has no leave to look into what others run."""
        users = process_tree.status_of(keeper).get("Uid", "").split()
        if self._shared_user or not users:
            yield
            return
        user = int(users[0])
        try:
            os.setegid(user)
            os.seteuid(user)
            yield
        finally:
            os.seteuid(0)
            os.setegid(0)

    def _held_bytes(self, keeper: int, processes: list) -> int:
        self._files = open_files.of(processes)
        return open_files.socket_bytes_of(self._files.sockets)

    def _count(self, processes: list) -> int:
        """Threads too, as the kernel counts where it can."""
        if not self._shared_user:
            return len(processes)
        return sum(int(process_tree.status_of(one).get("Threads", "0")) for one in processes)

    def _most(self, limit: int) -> int:
        """The kernel counts all of a shared user's processes, so that here is where it is exact."""
        return limit + self._own_threads if self._shared_user else 2 * limit + 8

    def _over_in_files(self, processes: list, limits: dict) -> dict | None:
        most = limits["workspaceBytes"]
        hidden = self._files.hidden_bytes + most * open_files.hidden_maps(
            processes, self._run, self._files.hidden)
        if hidden > most:
            return {"limit": "workspaceBytes", "value": hidden}
        return super()._over_in_files(processes, limits)


def _namespace_numbers(process: int) -> list:
    """A process's numbers in its PID namespaces, the host's first."""
    for line in _read("/proc/%d/status" % process).splitlines():
        if line.startswith("NSpid:"):
            return [int(word) for word in line.split()[1:]]
    return []


def _sum_of(path: str, fields: tuple) -> int:
    return sum(int(line.split()[1]) * 1024 for line in _read(path).splitlines()
               if line.startswith(fields))


def _resident_bytes(process: int) -> int:
    """With the page tables, which are as large as the memory when it is touched here and there."""
    return _sum_of("/proc/%d/status" % process, ("RssAnon:", "RssShmem:", "VmPTE:"))


def _proportional_bytes(process: int) -> int:
    """Memory with shared pages divided among those that share them; resident where unreadable."""
    own = _sum_of("/proc/%d/smaps_rollup" % process, ("Pss_Anon:", "Pss_Shmem:"))
    if own == 0:
        return _resident_bytes(process)
    return own + _sum_of("/proc/%d/status" % process, ("VmPTE:",))


def memory_bytes(processes: list, limit_bytes: int, standing: Sequence[int] = ()) -> int:
    """Memory of all processes together: the quick sum first, the exact one when that is too much.

    As if `standing` were not there: what they share with the others is the others'.
    """
    quick = sum(_resident_bytes(process) for process in processes)
    if quick <= limit_bytes:
        return quick
    exact = sum(_proportional_bytes(process) for process in processes)
    return exact + sum(_proportional_bytes(process) for process in standing) - _own_bytes(standing)


def is_too_much(processes: list, left_bytes: int) -> bool:
    """Whether they have more to themselves than is left: the quick sum first."""
    quick = sum(_resident_bytes(process) for process in processes)
    return quick > left_bytes and _own_bytes(processes) > left_bytes


def _own_bytes(processes: Sequence[int]) -> int:
    """What would be free without them: memory that they share with nobody, and page tables."""
    return sum(_sum_of("/proc/%d/smaps_rollup" % process, ("Private_Dirty:",))
               + _sum_of("/proc/%d/status" % process, ("VmPTE:",)) for process in processes)


def of_sandbox(keeper: int, session: int | None) -> list:
    """All processes of a sandbox but its keeper, which has the session's orphans below it."""
    found = descendants(keeper)
    if session is not None:
        found += [session, *descendants(session)]
    return [process for process in dict.fromkeys(found) if not has_ended(process)]


def kill_all(keeper: int, session: int | None, processes: list,
             is_inside: Callable[[int], bool], kept: Sequence[int] = ()) -> None:
    """Kills them until nothing is left but `kept`: what forks meanwhile is found again."""
    for _ in range(100):
        for process in processes:
            process_tree.kill(process, is_inside)
        processes = [one for one in of_sandbox(keeper, session) if one not in kept]
        if not processes:
            return
