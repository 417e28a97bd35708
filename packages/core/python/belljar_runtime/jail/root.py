"""The zygote's root: an empty tmpfs with read-only binds of what the interpreter needs.

Invariant: what is not listed here does not exist for anything born from this zygote, and nothing
listed here can be written. Sandboxes inherit this root; `workspace.py` adds their writable part.
"""

from __future__ import annotations

import os
import pwd
import sys

from ..program import FOLDER, Program
from . import landlock, libc

WORKSPACE, TEMPORARY, SHARED_MEMORY = "/workspace", "/tmp", "/dev/shm"

_SYSTEM_FOLDERS = ("/bin", "/lib", "/lib32", "/lib64", "/usr/bin", "/usr/lib",
                   "/usr/lib64", "/usr/libexec", "/usr/share/fonts", "/usr/share/fontconfig",
                   "/usr/share/zoneinfo", "/usr/share/matplotlib", "/usr/share/mime",
                   "/usr/share/misc", "/usr/share/terminfo")
# The linker's cache, alternatives (Debian's libblas.so.3 is one), fonts, time zone.
_SYSTEM_CONFIGURATION = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
                         "/etc/alternatives", "/etc/fonts", "/etc/matplotlibrc",
                         "/etc/mime.types", "/etc/localtime")
_DEVICES = ("null", "zero", "full", "random", "urandom")
_PREFIX_PARTS = ("bin", "lib", "lib64", "pyvenv.cfg")
_OWN_PREFIX_PARTS = ("libexec", "share", "etc", "ssl", "include", "matplotlib")
_SHARED_PREFIXES = ("/", "/usr", "/usr/local", "/home", "/root", "/opt")
_OWN_FILES = {
    "etc/passwd": "sandbox:x:1000:1000:sandbox:/tmp:/bin/sh\n",
    "etc/group": "sandbox:x:1000:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "etc/hosts": "127.0.0.1 localhost\n",
}
_EMPTY_FOLDERS = ("proc", "tmp", "workspace", "dev/shm", "mnt/sandbox", "mnt/old")


# Whatever is below these on the host is not what a sandbox sees there.
_SANDBOX_OWN = ("/tmp/", "/workspace/", "/proc/", "/dev/", "/mnt/sandbox/")


class InterpreterHidden(Exception):
    """The interpreter is where a sandbox cannot see it."""


def _home() -> str | None:
    """The user's, not HOME: that is the jail's own by now."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError:
        return None


def interpreter_paths() -> list:
    """The interpreter's trees, in parts: an environment may be made in a project's folder or a home."""
    paths = []
    prefixes = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}
    shared = (*_SHARED_PREFIXES, _home())
    for prefix in sorted(prefixes):
        parts = _PREFIX_PARTS if prefix in shared else _PREFIX_PARTS + _OWN_PREFIX_PARTS
        paths += [os.path.join(prefix, part) for part in parts]
    paths.append(os.path.realpath(sys.executable))  # our own modules are all imported by now
    version = "python%d" % sys.version_info[0]
    paths += [entry for entry in sys.path if entry.startswith(("/usr/lib/" + version,
                                                               "/usr/local/lib/" + version))]
    return paths


def _mapped_libraries() -> list:
    """Shared libraries that this process has mapped, wherever they are."""
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
        names = {line.rstrip("\n").partition("/")[2] for line in maps}
    return ["/" + name for name in sorted(names) if ".so" in name]


def needed_paths(program: Program | None = None) -> tuple:
    """Symbolic links to make again, and paths to bind: shortest first, none below another."""
    wanted = list(_SYSTEM_FOLDERS + _SYSTEM_CONFIGURATION)
    wanted += interpreter_paths() + _mapped_libraries()
    wanted += program.libraries if program is not None else []
    links = {path: os.readlink(path) for path in wanted if os.path.islink(path)}
    real = {os.path.realpath(path) for path in wanted}
    binds: list = []
    for path in sorted(real, key=lambda path: (len(path), path)):
        if os.path.exists(path) and not any(path.startswith(parent + "/") for parent in binds):
            binds.append(path)
    return links, binds


def _bind(source: str, target: str) -> None:
    os.makedirs(os.path.dirname(target), mode=0o755, exist_ok=True)
    if os.path.isdir(source):
        os.makedirs(target, mode=0o755, exist_ok=True)
    else:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644))
    libc.mount(source, target, None, libc.MS_BIND | libc.MS_REC)


def _bind_read_only(source: str, target: str) -> None:
    _bind(source, target)
    libc.mount_set_attributes(
        target, libc.MOUNT_ATTR_RDONLY | libc.MOUNT_ATTR_NOSUID | libc.MOUNT_ATTR_NODEV
    )


def _place_to_build(binds: list) -> str:
    """An existing folder with nothing in it that is needed; covered in this namespace only."""
    for folder in ("/mnt", "/media", "/srv", "/sys", "/tmp"):
        if os.path.isdir(folder) and not any((path + "/").startswith(folder + "/") for path in binds):
            return folder
    raise OSError(2, "no folder to build the root on: each of /mnt, /media, /srv, /sys is missing")


def _write_own_parts(root: str) -> None:
    for folder in _EMPTY_FOLDERS:
        os.makedirs(os.path.join(root, folder), mode=0o755, exist_ok=True)
    os.makedirs(os.path.join(root, "etc"), mode=0o755, exist_ok=True)
    for name, content in _OWN_FILES.items():
        with open(os.path.join(root, name), "x", encoding="ascii") as stream:
            stream.write(content)
    # Mapped for writing, /dev/zero is memory that nothing counts: Landlock forbids to open it so.
    for name in _DEVICES if landlock.abi() >= 1 else set(_DEVICES) - {"zero"}:
        _bind("/dev/" + name, os.path.join(root, "dev", name))
    for name, target in (("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"),
                         ("stdout", "/proc/self/fd/1"), ("stderr", "/proc/self/fd/2")):
        os.symlink(target, os.path.join(root, "dev", name))


def _mount_proc(root: str) -> str | None:
    """A `/proc` of the zygote's own; where the host forbids that (Docker), the host's.

    Returns the reason when it is the host's. Sandboxes then see none at all.
    """
    flags = libc.MS_NOSUID | libc.MS_NODEV | libc.MS_NOEXEC
    try:
        libc.mount("proc", root + "/proc", "proc", flags)
        return None
    except OSError as error:
        libc.mount("/proc", root + "/proc", None, libc.MS_BIND | libc.MS_REC)
        return "this host forbids mounting it (%s)" % error


def enter(program: Program | None = None) -> str | None:
    """Builds the root and makes it this process's. Returns why there is no `/proc`, or None."""
    links, binds = needed_paths(program)
    hidden = [path for path in binds if (path + "/").startswith(_SANDBOX_OWN)]
    if hidden:
        raise InterpreterHidden("%s is in a folder that each sandbox has of its own" % hidden[0])
    root = _place_to_build(binds)
    libc.mount("none", "/", None, libc.MS_REC | libc.MS_PRIVATE)
    os.umask(0o022)
    libc.mount("tmpfs", root, "tmpfs", libc.MS_NOSUID, "mode=755,size=1m,nr_inodes=4096")
    for path in binds:
        _bind_read_only(path, root + path)
    if program is not None:
        for name, path in program.files.items():
            _bind_read_only(path, "%s%s/%s" % (root, FOLDER, name))
        program.moved()
    for path, target in links.items():
        if not os.path.lexists(root + path):
            os.makedirs(os.path.dirname(root + path), mode=0o755, exist_ok=True)
            os.symlink(target, root + path)
    _write_own_parts(root)
    libc.mount_set_attributes(root, libc.MOUNT_ATTR_RDONLY | libc.MOUNT_ATTR_NOSUID)
    # The zygote's own scratch; each sandbox covers it with a part of its workspace's tmpfs.
    libc.mount("tmpfs", root + "/tmp", "tmpfs", libc.MS_NOSUID | libc.MS_NODEV, "size=16m")
    missing_proc = _mount_proc(root)  # after that: births write their maps there
    libc.pivot_root(root, root + "/mnt/old")
    os.chdir("/")
    libc.unmount("/mnt/old")
    return missing_proc
