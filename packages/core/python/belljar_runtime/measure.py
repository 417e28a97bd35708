"""What the warden reads of processes from outside, in the host's `/proc`.

Every figure is the kernel's. Processes that end while they are read count as nothing.
"""

from __future__ import annotations

import os
import signal


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


def _namespace_numbers(process: int) -> list:
    """A process's numbers in its PID namespaces, the host's first. A sandbox's are three deep."""
    for line in _read("/proc/%d/status" % process).splitlines():
        if line.startswith("NSpid:"):
            return [int(word) for word in line.split()[1:]]
    return []


def _resident_bytes(process: int) -> int:
    total = 0
    for line in _read("/proc/%d/status" % process).splitlines():
        if line.startswith(("RssAnon:", "RssShmem:")):
            total += int(line.split()[1]) * 1024
    return total


def _proportional_bytes(process: int) -> int:
    """Memory with shared pages divided among those that share them; resident where unreadable."""
    total = 0
    for line in _read("/proc/%d/smaps_rollup" % process).splitlines():
        if line.startswith(("Pss_Anon:", "Pss_Shmem:")):
            total += int(line.split()[1]) * 1024
    return total or _resident_bytes(process)


def memory_bytes(processes: list, limit_bytes: int) -> int:
    """Memory of all processes together: the quick sum first, the exact one when that is too much."""
    quick = sum(_resident_bytes(process) for process in processes)
    if quick <= limit_bytes:
        return quick
    return sum(_proportional_bytes(process) for process in processes)


def of_sandbox(keeper: int, session: int) -> list:
    """All processes of a sandbox but its keeper, which has the session's orphans below it."""
    found = [session, *descendants(session), *descendants(keeper)]
    return [process for process in dict.fromkeys(found) if not _ended(process)]


def kill_all(keeper: int, session: int, processes: list) -> None:
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
        handle = os.pidfd_open(process)
    except OSError:
        return
    try:
        if len(_namespace_numbers(process)) >= 3:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    except ProcessLookupError:
        pass
    finally:
        os.close(handle)


def _ended(process: int) -> bool:
    stat = _read("/proc/%d/stat" % process)
    return not stat or stat.rpartition(") ")[2][:1] in ("Z", "X")
