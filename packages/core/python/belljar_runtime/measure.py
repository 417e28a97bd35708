"""What the warden reads of processes from outside, in the host's `/proc`.

Every figure is the kernel's. Processes that end while they are read count as nothing.
"""

from __future__ import annotations

import os
import signal

from .jail import libc


# net.core.wmem_default, which nobody in a sandbox can raise.
_SOCKET_BYTES = 212_992
_FREE_SOCKETS = 100
MOST_EPOLL_WATCHES = 20_000


def _read(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as stream:
            return stream.read()
    except OSError:
        return ""


def children(process: int) -> list:
    """Children of all threads of a process, as the kernel lists them."""
    found: list = []
    try:
        threads = os.listdir("/proc/%d/task" % process)
    except OSError:
        return found
    for thread in threads:
        found += [int(word) for word in _read("/proc/%d/task/%s/children" % (process, thread)).split()]
    return found


def descendants(process: int) -> list:
    """All processes below one; those whose parent died hang below the keeper by then."""
    found, waiting = [], [process]
    while waiting:
        below = children(waiting.pop())
        found += below
        waiting += below
    return found


def on_host(zygote: int, pid: int) -> int | None:
    """The host's number of a keeper or session, known as `pid` in the zygotes' PID namespace."""
    for parent in (zygote, *children(zygote)):
        for candidate in children(parent):
            numbers = _namespace_numbers(candidate)
            if len(numbers) >= 3 and numbers[-2] == pid:
                return candidate
    return None


def is_known_as(process: int | None, pid: int) -> bool:
    """Whether a process is still the one that `on_host` found for `pid`."""
    return process is not None and _namespace_numbers(process)[-2:-1] == [pid]


def _namespace_numbers(process: int) -> list:
    """A process's numbers in its PID namespaces, the host's first. A sandbox's are three deep."""
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


def socket_bytes(keeper: int) -> int:
    """What the sandbox's socket pairs can hold: how much they do hold, the kernel tells nobody.

    The sockets of a network namespace are counted; the first hundred are free.
    """
    for line in _read("/proc/%d/net/sockstat" % keeper).splitlines():
        if line.startswith("sockets:"):
            return max(0, int(line.split()[2]) - _FREE_SOCKETS) * _SOCKET_BYTES
    return 0


def memory_bytes(processes: list, limit_bytes: int) -> int:
    """Memory of all processes together: the quick sum first, the exact one when that is too much."""
    quick = sum(_resident_bytes(process) for process in processes)
    if quick <= limit_bytes:
        return quick
    return sum(_proportional_bytes(process) for process in processes)


def epoll_watches(processes: list) -> int:
    """How many files the epoll instances of all processes may watch together.

    The kernel counts them for each user: where sandboxes have the engine's user id, the last one
    taken ends the engine. Few open files are not looked at one by one.
    """
    numbers = {process: _open_files(process) for process in processes}
    if sum(number * number // 4 for number in numbers.values()) <= MOST_EPOLL_WATCHES:
        return 0
    return sum(_watches_of(process, number) for process, number in numbers.items())


def _open_files(process: int) -> int:
    folder = "/proc/%d/fd" % process
    try:
        return os.stat(folder).st_size or len(os.listdir(folder))  # Linux 6.2 gives it as the size
    except OSError:
        return 0


def _watches_of(process: int, number: int) -> int:
    folder = "/proc/%d/fd/" % process
    instances = 0
    try:
        for name in os.listdir(folder):
            try:
                instances += os.readlink(folder + name) == "anon_inode:[eventpoll]"
            except FileNotFoundError:
                pass
    except OSError:
        instances = number // 2  # it made itself unreadable: as many as there can be
    return instances * (number - instances)


def of_sandbox(keeper: int, session: int | None) -> list:
    """All processes of a sandbox but its keeper, which has the session's orphans below it."""
    found = descendants(keeper)
    if session is not None:
        found += [session, *descendants(session)]
    return [process for process in dict.fromkeys(found) if not _ended(process)]


def kill_all(keeper: int, session: int | None, processes: list) -> None:
    """Kills them until nothing is left: what forks meanwhile is found again."""
    for _ in range(100):
        for process in processes:
            _kill(process)
        processes = of_sandbox(keeper, session)
        if not processes:
            return


def _kill(process: int) -> None:
    """Kills a process of a sandbox, and never one of the host that got its number meanwhile."""
    try:
        handle = libc.pidfd_open(process)
    except OSError:
        return
    try:
        if len(_namespace_numbers(process)) >= 3:
            libc.pidfd_send_signal(handle, signal.SIGKILL)
    except ProcessLookupError:
        pass
    finally:
        os.close(handle)


def _ended(process: int) -> bool:
    stat = _read("/proc/%d/stat" % process)
    return not stat or stat.rpartition(") ")[2][:1] in ("Z", "X")
