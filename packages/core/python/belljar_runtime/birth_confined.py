"""Level `confined`: no namespaces are to be had. Landlock, a narrower filter, user ids and watchers.

Invariant: without Landlock there is no such level. A sandbox shares the host's namespaces, so what
Landlock does not restrict is refused by the filter, or is one of `_weakened` (docs/isolation.md).
"""

from __future__ import annotations

import os
import time

from . import birth, population, process_tree, program, quota
from .jail import (boxes, capabilities, confined_policy as policy, landlock, libc, lifeline, rlimits,
                   root, seccomp, workspace)

_READ_ONLY_DEVICES = ["/dev/zero"]
# How many processes a shared user may start beside ours before sandboxes cannot fork any more.
_SLACK, _COUNTED_FOR_SECONDS = 512, 30
_NAMESPACES = "none are to be had here: the sandbox shares the host's"


def weakened(shared_user: bool, landlock_version: int) -> list:
    """Promises that do not hold in full at this level, on this kernel: a row of docs/isolation.md each."""
    files = ("code can ask for the size, owner and times of a file of the host whose name it "
             "guesses; it can open, list and change none")
    processes = "code can find out which process numbers of the host are in use, and whose they are"
    limits = "bytes and number of files are counted at intervals, and may be exceeded in between"
    if shared_user:
        limits += "; so are processes, up to %d over the limit" % _SLACK
    elif landlock_version < landlock.SCOPES:
        processes += "; it can end its own sandbox's keeper, and so its own sandbox"
    return [{"promise": "jail.no-host-files", "reason": files},
            {"promise": "jail.no-host-processes", "reason": processes},
            {"promise": "limits.enforced", "reason": limits}]


class Unreachable(Exception):
    """The interpreter is where another user id than the engine's cannot get to."""


class Children:
    """Of one zygote, as its own count has them. What it did not fork, lost sandboxes left to it."""

    def __init__(self) -> None:
        self.known: set = set()

    def fork(self) -> int:
        child = os.fork()
        if child == 0:
            self.known.clear()
        else:
            self.known.add(child)
        return child

    fork_into_new = fork_into = fork

    def end_orphans(self) -> None:
        process_tree.end_all_below(os.getpid(), self.known)


class Confined(birth.Facilities):
    level = "confined"

    def __init__(self, made: boxes.Boxes, shared_user: bool, refusal: str, without: list,
                 runs: program.Program | None) -> None:
        super().__init__(without, runs)
        self._boxes, self._shared_user, self._refusal = made, shared_user, refusal
        self._readable = _readable(made.run, shared_user, runs)
        narrower = policy.ALWAYS
        if shared_user:
            narrower += policy.SHARED_USER
            if self.landlock < landlock.SCOPES:
                narrower += policy.SHARED_SIGNALS
        if self.landlock < landlock.TRUNCATION:
            narrower += policy.UNSEEN_TRUNCATION
        self._code_filter = seccomp.build(libc.MACHINE, narrower)
        self._children = Children()
        self._turns: dict = {}
        self._counted, self._counted_at = 0, float("-inf")

    def _layers(self) -> tuple:
        layers, missing = ["watched-workspace"], []
        for kind in ("user", "mount", "pid", "network", "ipc", "uts"):
            missing.append({"layer": kind + "-namespace", "reason": _NAMESPACES})
        missing[0]["reason"] = "%s (%s)" % (_NAMESPACES, self._refusal)
        for layer in ("read-only-root", "workspace-quota", "proc"):
            missing.append({"layer": layer, "reason": "needs a mount namespace"})
        if self._shared_user:
            missing.append({"layer": "own-user-id", "reason": "the engine is not started by root"})
        else:
            layers.append("own-user-id")
        return layers, missing

    def _weakened(self) -> list:
        return weakened(self._shared_user, self.landlock)

    def enter_zygote(self) -> None:
        parent = os.getppid()
        # Whatever a lost sandbox leaves behind becomes this zygote's, which ends it.
        libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)
        lifeline.end_with_parent(parent)

    def children(self) -> Children:
        return self._children

    def child_ended(self, pid: int) -> None:
        self._children.known.discard(pid)
        self._children.end_orphans()

    def pid_namespace(self) -> list:
        return []

    def population(self) -> population.Population:
        return population.OnHost()

    def quota(self, limits: dict) -> quota.Quota:
        return quota.WatchedQuota(limits, self._boxes.writable(self._identifier))

    def surroundings(self) -> tuple:
        workspace_folder, temporary = self._boxes.writable(self._identifier)
        return {workspace_folder: "", temporary: "$TMPDIR"}, self._shared_user

    def before_birth(self, request: dict) -> None:
        """Gives it a user id that no living sandbox has, and counts the user's processes now and then."""
        taken = {self._boxes.user(turn) for turn in self._turns.values()}
        while not self._shared_user and self._boxes.user(request["identity"]) in taken:
            request["identity"] += 1
        self._turns[request["id"]] = request["identity"]
        if self._shared_user and time.monotonic() > self._counted_at + _COUNTED_FOR_SECONDS:
            self._counted, self._counted_at = process_tree.tasks_of(os.geteuid()), time.monotonic()
        request["others"] = self._counted + _SLACK if self._shared_user else 0

    def after_end(self, identifier: str) -> None:
        self._turns.pop(identifier, None)
        if self._children.fork() == 0:
            try:
                self._boxes.remove(identifier)
            finally:
                os._exit(0)

    def confine_keeper(self, request: dict) -> list:
        birth.forget_signal_handlers()
        os.setsid()
        self._others = request["others"]
        self._identifier = request["id"]
        self._boxes.make(request["id"], self._boxes.user(request["identity"]))
        birth.take_cpus(request["cpus"])
        self._give_up_identity(request)
        libc.prctl(libc.PR_SET_DUMPABLE, 0)
        # Trusted code: it looks at its sandbox's processes.
        self._confine_files([*self._readable, "/proc"], False)
        seccomp.install(self.filter)
        return []

    def confine_session(self, request: dict, handles: list) -> None:
        self._others = request["others"]
        self._identifier = request["id"]
        birth.take_cpus(request["cpus"])
        self._give_up_identity(request)
        self.confine_command(request["limits"])

    def confine_command(self, limits: dict) -> None:
        libc.prctl(libc.PR_SET_DUMPABLE, 1)
        most = int(limits["processes"]) + self._others
        rlimits.apply(limits, rlimits.held_bytes(), most, self.program)
        self._confine_files(self._readable, True)
        seccomp.install(self._code_filter)

    def _give_up_identity(self, request: dict) -> None:
        parent = os.getppid()
        # What its children leave behind becomes its own: so it is known whose they are.
        libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)
        capabilities.forbid_new_privileges()
        if not self._shared_user:
            capabilities.bound()
        birth.take_identity(self._boxes.user(request["identity"]))
        capabilities.clear()
        capabilities.assert_none()
        lifeline.end_with_parent(parent)
        self._boxes.enter(request["id"])

    def _confine_files(self, readable: list, keep_signals: bool) -> None:
        landlock.confine_files(self.landlock, readable + _READ_ONLY_DEVICES,
                               self._boxes.writable(self._identifier), workspace.DEVICES,
                               keep_signals)


def _readable(run: str, shared_user: bool, runs: program.Program | None) -> list:
    """What a root of its own would have held, as far as a sandbox's user can get to it."""
    _, paths = root.needed_paths(runs)
    if runs is not None:
        paths += runs.files.values()
    for path in paths:
        if (run + "/").startswith(path + "/"):
            raise OSError(22, "%s is part of the runtime, and holds the sandboxes" % path)
    if shared_user:
        return paths
    closed = closed_to_others()
    if closed is None and runs is not None:
        closed = next((path for path in runs.files.values()
                       if not boxes.is_open_to_all(os.path.dirname(path))), None)
    if closed is not None:
        raise Unreachable(closed)
    return [path for path in paths if boxes.is_open_to_all(os.path.dirname(path))]


def closed_to_others() -> str | None:
    """A part of the interpreter that another user id than its owner's cannot get to."""
    _, paths = root.needed_paths()
    for path in root.interpreter_paths():
        real = os.path.realpath(path)
        if real in paths and os.path.exists(real) and not boxes.is_open_to_all(os.path.dirname(real)):
            return real
    return None


def enter(configuration: dict) -> Confined:
    """Makes the zygotes' own folder theirs, and opens what sandboxes are given."""
    made: boxes.Boxes = configuration["boxes"]
    facilities = Confined(made, configuration["sharedUser"], configuration["refusal"],
                          configuration["without"], program.of(configuration))
    boxes.point_to(made.own_folder())
    os.umask(0o022)
    return facilities
