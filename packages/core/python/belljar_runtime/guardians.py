"""Level `confined`: two processes outside, each of which ends everything when the other or the engine goes.

Without a PID namespace nothing ends all of an engine's processes at once, and hostile ones shed what
ties them to a parent. So the first process, which the engine started, waits for the engine and the
second; the second is the warden, and waits for the first. Either ends every process below it, of which
none can get out from under: both are subreapers, and orphans become the nearest one's.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from typing import Any, NoReturn

from . import birth, birth_confined, measure, process_tree, warden, zygote
from .jail import boxes, capabilities, identities, libc, lifeline

_WARDENS_TIME_MS = 2_000
_REMOVAL_ROUNDS, _REMOVAL_PAUSE_SECONDS = 50, 0.02
_FAILED = 3


def main(configuration: dict, refusal: str) -> NoReturn:
    """The first process, from the moment in which it is known that there are no namespaces."""
    engine = configuration["parent"]
    libc.prctl(libc.PR_SET_PDEATHSIG, 0)
    handle = libc.pidfd_open(engine)
    if os.getppid() != engine:
        os._exit(0)
    layer = "landlock"
    try:
        if birth.landlock_version(configuration["without"]) < 1:
            raise OSError(38, "level confined needs it, and this kernel has none or it is switched off;"
                              " namespaces: %s" % refusal)
        layer = "own-user-id"
        shared = os.geteuid() != 0
        users = None if shared else identities.reserve()
        layer = "watched-workspace"
        made = boxes.make_run(configuration["temporary"], users)
    except OSError as error:
        warden.say_failed(layer, error)
        os._exit(_FAILED)
    configuration.update(boxes=made, sharedUser=shared, refusal=refusal)
    ours = os.getpid()
    second = os.fork()
    if second == 0:
        _become_warden(configuration, ours)
    for descriptor in (3, 4, 5, birth.ENGINE):
        os.close(descriptor)
    status = _wait_for(second, handle)
    _end_everything(made)
    os._exit(status)


def _wait_for(second: int, engine: int) -> int:
    """Until the warden has gone. Its exit status."""
    its_end = libc.pidfd_open(second)
    poll = select.poll()
    poll.register(its_end, select.POLLIN)
    poll.register(engine, select.POLLIN)
    if not any(descriptor == its_end for descriptor, _ in poll.poll()):
        poll.unregister(engine)
        if not poll.poll(_WARDENS_TIME_MS):
            os.kill(second, signal.SIGKILL)
    _, status = os.waitpid(second, 0)
    return status >> 8


def _become_warden(configuration: dict, first: int) -> NoReturn:
    status = 0
    try:
        libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)
        its_end = libc.pidfd_open(first)
        if os.getppid() != first:
            os._exit(0)
        child = os.fork()
        if child == 0:
            _become_zygote(configuration)
        for descriptor in (4, 5, birth.ENGINE):
            os.close(descriptor)
        processes = measure.OnHost(child, configuration["sharedUser"], configuration["boxes"].run,
                                   (configuration["program"] or {}).get("threads", 0))
        warden.Warden(3, child, processes).serve([its_end])
        status = _status_of(child)
    except BaseException as error:  # noqa: BLE001 - the one exit of this process
        warden.say_failed(None, error)
        status = _FAILED
    finally:
        _end_everything(configuration["boxes"])
        if os.getppid() == first:
            os.kill(first, signal.SIGCONT)  # it may have been stopped
        os._exit(status)


def _status_of(child: int) -> int:
    pid, status = os.waitpid(child, os.WNOHANG)
    return status >> 8 if pid == child else 0


def _become_zygote(configuration: dict) -> NoReturn:
    layer: Any = "own-user-id"
    try:
        os.close(3)
        os.setsid()
        if not configuration["sharedUser"]:
            os.setgroups([])
            layer = "no-capabilities"
            capabilities.keep_only(capabilities.CHOWN, capabilities.KILL, capabilities.SETGID,
                                   capabilities.SETUID, capabilities.SETPCAP)
        layer = "lifeline"
        lifeline.end_with_parent(os.getppid())
        layer = "landlock"
        facilities = birth_confined.enter(configuration)
        zygote.run(facilities, configuration, 4, 5)
    except BaseException as error:  # noqa: BLE001 - the one exit of this process
        warden.say_failed(layer if isinstance(error, OSError) else None, error)
        os._exit(_FAILED)
    os._exit(0)


def _end_everything(made: boxes.Boxes) -> None:
    for _ in range(_REMOVAL_ROUNDS):
        process_tree.end_all_below(os.getpid(), set())
        made.remove_all()
        if not os.path.lexists(made.run):
            break
        time.sleep(_REMOVAL_PAUSE_SECONDS)  # what was being ended wrote meanwhile
    process_tree.end_all_below(os.getpid(), set())
    sys.stderr.flush()
