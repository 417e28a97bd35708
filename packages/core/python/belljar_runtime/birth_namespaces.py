"""Level `namespaces`: a sandbox has namespaces, mounts and a root of its own."""

from __future__ import annotations

import os

from . import birth, population, program
from .jail import landlock, libc, namespaces, rlimits, root, seccomp, workspace

_KINDS = ["user-namespace", "mount-namespace", "pid-namespace", "network-namespace",
          "ipc-namespace", "uts-namespace", "read-only-root", "workspace-quota"]


class Namespaces(birth.Facilities):
    level = "namespaces"
    sessions_end_with_keeper = True  # as process 1 of their PID namespace

    def __init__(self, missing_proc: str | None, block: int | None, without: list,
                 runs: program.Program | None) -> None:
        super().__init__(without, runs)
        self._missing_proc = missing_proc
        self._started_by_root = block is not None
        self._unlimited = namespaces.limits_refused()
        self._host_named = namespaces.name_host()

    def _layers(self) -> tuple:
        layers, missing = list(_KINDS), []
        if self._started_by_root:
            layers.append("own-user-id")
        if self._missing_proc is None:
            layers.append("proc")
        else:
            missing.append({"layer": "proc", "reason": self._missing_proc})
        for layer, refused in (("namespace-limits", self._unlimited), ("hostname", self._host_named)):
            if refused is None:
                layers.append(layer)
            else:
                missing.append({"layer": layer, "reason": "this host forbids it (%s)" % refused})
        return layers, missing

    def children(self) -> namespaces.ChildrenElsewhere:
        return namespaces.ChildrenElsewhere()

    def pid_namespace(self) -> list:
        return [os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)]

    def population(self) -> population.Population:
        return population.InNamespace()

    def _identity(self, request: dict) -> int:
        """The sandbox's user id in the zygote's namespace."""
        return int(request["identity"]) if self._started_by_root else 0

    def confine_keeper(self, request: dict) -> list:
        """Process 1 of its PID namespace makes the rest round itself, for ever.

        Sessions enter the namespaces with the zygote's rights over them.
        """
        identity = self._identity(request)
        self.held_bytes = rlimits.held_bytes()
        birth.forget_signal_handlers()
        # Both are of no use once the sandbox's own /proc, or nothing, is in their place.
        own = os.open("/proc/self", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        user_limits = _open_user_limits() if self._unlimited is None else None
        libc.unshare(libc.CLONE_NEWNS)
        workspace.mount(request["limits"], identity, self._missing_proc is None)
        birth.take_cpus(request["cpus"])
        birth.take_identity(identity)
        libc.unshare(namespaces.SANDBOX)
        one = "%d %d 1" % (namespaces.SANDBOX_ID, identity)
        namespaces.write_identity_maps(own, one, one)
        _forbid_namespaces(user_limits)
        handles = namespaces.open_handles(own)
        os.close(own)
        birth.give_up_capabilities()
        _enter_workspace()
        libc.prctl(libc.PR_SET_DUMPABLE, 0)
        self._confine_files()
        seccomp.install(self.filter)
        return handles

    def confine_session(self, request: dict, handles: list) -> None:
        """From the sandbox's PID namespace, in which it was forked, into the others."""
        mounts, user, *others = handles
        self.held_bytes = rlimits.held_bytes()
        libc.setns(mounts, libc.CLONE_NEWNS)
        birth.take_cpus(request["cpus"])
        # The owner of a user namespace has all rights in it: this identity made it.
        birth.take_identity(self._identity(request))
        libc.setns(user, libc.CLONE_NEWUSER)
        for handle in others:
            libc.setns(handle, 0)
        birth.give_up_capabilities()
        _enter_workspace()
        self._confine_files()
        self.confine_command(request["limits"])
        seccomp.install(self.filter)

    def confine_command(self, limits: dict) -> None:
        libc.prctl(libc.PR_SET_DUMPABLE, 1)
        rlimits.apply(limits, self.held_bytes, int(limits["processes"]), self.program)
        if self.landlock >= landlock.SCOPES:
            landlock.keep_signals_in(self.landlock)

    def _confine_files(self) -> None:
        if self.landlock >= 1:
            landlock.confine_files(self.landlock, ["/"], workspace.WRITABLE, workspace.DEVICES)


def enter(configuration: dict) -> Namespaces:
    """Makes the root of the zygotes, and tries what each sandbox needs on top."""
    runs = program.of(configuration)
    missing_proc = root.enter(runs)
    _try_namespaces()
    return Namespaces(missing_proc, configuration["block"], configuration["without"], runs)


def _try_namespaces() -> None:
    """A host may allow the zygotes' namespaces and none inside them: found before the first birth."""
    child = os.fork()
    if child == 0:
        number = 0
        try:
            own = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
            libc.unshare(libc.CLONE_NEWPID | libc.CLONE_NEWNS)
            libc.setns(own, libc.CLONE_NEWPID)
            libc.unshare(namespaces.SANDBOX)
        except OSError as error:
            number = error.errno or 1
        finally:
            os._exit(number)
    _, status = os.waitpid(child, 0)
    if status != 0:
        number = status >> 8
        raise OSError(number, "namespaces of a sandbox: %s" % os.strerror(number))


def _enter_workspace() -> None:
    os.umask(0o022)
    os.chdir(root.WORKSPACE)


def _open_user_limits() -> int:
    return os.open("/proc/sys/user", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)


def _forbid_namespaces(user_limits: int | None) -> None:
    """Sets the number of further namespaces to none: a second lock behind the seccomp filter."""
    if user_limits is None:
        return
    try:
        for kind in ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup"):
            descriptor = os.open("max_%s_namespaces" % kind, os.O_WRONLY, dir_fd=user_limits)
            try:
                os.write(descriptor, b"0")
            finally:
                os.close(descriptor)
    finally:
        os.close(user_limits)
