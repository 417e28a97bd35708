"""The engine's door to the workspace's files: the boundary between trusted code and hostile names.

Invariant: no symbolic link is ever followed, in any part of a path, also when the code swaps
folders meanwhile; only regular files are opened, and never in a way that waits. Each part of a path
is opened by itself below the folder before it.
"""

from __future__ import annotations

import os
import stat
from typing import Iterator

from ..jail.removal import FOLDER as _FOLDER, remove_tree, unused_name

WORKSPACE = "."
"""The keeper's working directory from its birth to its end."""
MAX_DEPTH = 100

_TYPES = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "symlink",
          stat.S_IFIFO: "fifo", stat.S_IFSOCK: "socket", stat.S_IFCHR: "device",
          stat.S_IFBLK: "device"}


class Refused(Exception):
    """What the path names is not what the request needs."""


def _parts(name: str) -> list:
    parts = [part for part in os.fsencode(name).split(b"/") if part not in (b"", b".")]
    if b".." in parts:
        raise Refused("has '..'")
    return parts


def _open_folder(parts: list, make: bool, root: int | None = None) -> int:
    folder = os.open(WORKSPACE, _FOLDER) if root is None else os.dup(root)
    for part in parts:
        try:
            if make:
                try:
                    os.mkdir(part, 0o755, dir_fd=folder)
                except FileExistsError:
                    pass
            below = os.open(part, _FOLDER, dir_fd=folder)
        finally:
            os.close(folder)
        folder = below
    return folder


def _open_parent(name: str, make: bool = False) -> tuple:
    parts = _parts(name)
    if not parts:
        raise Refused("is the workspace itself")
    return _open_folder(parts[:-1], make), parts[-1]


def describe(status: os.stat_result) -> dict:
    return {"type": _TYPES.get(stat.S_IFMT(status.st_mode), "other"),
            "sizeBytes": status.st_size, "modifyMs": status.st_mtime_ns // 1_000_000}


def open_to_read(name: str) -> tuple:
    """Returns a descriptor and a size of a regular file."""
    folder, leaf = _open_parent(name)
    try:
        status = os.stat(leaf, dir_fd=folder, follow_symlinks=False)
        if not stat.S_ISREG(status.st_mode):
            raise Refused("is a %s, not a regular file" % describe(status)["type"])
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(leaf, flags, dir_fd=folder)
    finally:
        os.close(folder)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise Refused("is not a regular file")
    return descriptor, status.st_size


def open_to_write(name: str, inode: int) -> int:
    """A descriptor of the file, emptied; of a new one in its place when it is not the one meant."""
    folder, leaf = _open_parent(name, make=True)
    try:
        descriptor = -1
        try:
            flags = os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            descriptor = os.open(leaf, flags, dir_fd=folder)
        except FileNotFoundError:
            pass
        if descriptor >= 0:
            status = os.fstat(descriptor)
            if status.st_ino == inode and stat.S_ISREG(status.st_mode):
                os.ftruncate(descriptor, 0)
                return descriptor
            os.close(descriptor)
            os.unlink(leaf, dir_fd=folder)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(leaf, flags, 0o600, dir_fd=folder)
    finally:
        os.close(folder)


def dress_folder(name: str, mode: int, modify_ns: int) -> None:
    """Gives a folder the permissions and the time that it had."""
    folder = _open_folder(_parts(name), make=False)
    try:
        os.fchmod(folder, mode)
        os.utime(folder, ns=(modify_ns,) * 2)
    finally:
        os.close(folder)


class Replacement:
    """A new file beside its place; `commit` puts it there at once, `abandon` leaves no trace."""

    def __init__(self, name: str) -> None:
        self._folder, self._leaf = _open_parent(name, make=True)
        self._temporary = unused_name()
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            self.descriptor = os.open(self._temporary, flags, 0o644, dir_fd=self._folder)
        except BaseException:
            os.close(self._folder)
            raise

    def dress(self, mode: int, modify_ms: int) -> None:
        """Gives it the permissions and the time that it had in a checkpoint."""
        os.fchmod(self.descriptor, mode)
        os.utime(self.descriptor, ns=(modify_ms * 1_000_000,) * 2)

    def commit(self) -> os.stat_result:
        try:
            os.rename(self._temporary, self._leaf, src_dir_fd=self._folder, dst_dir_fd=self._folder)
            return os.fstat(self.descriptor)
        except OSError:
            self._remove_quietly()
            raise
        finally:
            self._close()

    def abandon(self) -> None:
        self._remove_quietly()
        self._close()

    def _remove_quietly(self) -> None:
        try:
            os.unlink(self._temporary, dir_fd=self._folder)
        except OSError:
            pass

    def _close(self) -> None:
        os.close(self.descriptor)
        os.close(self._folder)


def status(name: str) -> dict | None:
    parts = _parts(name)
    try:
        folder = _open_folder(parts[:-1], make=False)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        return describe(os.stat(parts[-1] if parts else b".", dir_fd=folder, follow_symlinks=False))
    except FileNotFoundError:
        return None
    finally:
        os.close(folder)


def listing(name: str, recursive: bool) -> list:
    """Entries of a folder with their paths in the workspace; sorted by the engine."""
    parts = _parts(name)
    prefix = b"/".join(parts) + b"/" if parts else b""
    return list(_walk(_open_folder(parts, make=False), prefix, MAX_DEPTH if recursive else 1))


def _walk(folder: int, prefix: bytes, depth: int) -> Iterator[dict]:
    try:
        for leaf in os.listdir(folder):
            leaf = os.fsencode(leaf)
            try:
                found = os.stat(leaf, dir_fd=folder, follow_symlinks=False)
            except FileNotFoundError:
                continue
            entry = describe(found)
            entry["name"] = os.fsdecode(prefix + leaf)
            yield entry
            if entry["type"] == "directory" and depth > 1:
                try:
                    below = os.open(leaf, _FOLDER, dir_fd=folder)
                except OSError:
                    continue
                yield from _walk(below, prefix + leaf + b"/", depth - 1)
    finally:
        os.close(folder)


def make_folder(name: str) -> None:
    os.close(_open_folder(_parts(name), make=True))


def make_entry(entry: dict) -> None:
    """Makes again what a checkpoint had beside files; a folder that is there gets mode and time."""
    folder, leaf = _open_parent(entry["name"], make=True)
    try:
        if entry["type"] == "symlink":
            os.symlink(os.fsencode(entry["target"]), leaf, dir_fd=folder)
        elif entry["type"] == "fifo":
            os.mkfifo(leaf, entry["mode"], dir_fd=folder)
        else:
            made = _open_folder([leaf], make=True, root=folder)
            try:
                os.fchmod(made, entry["mode"])
                os.utime(made, ns=(entry["modifyMs"] * 1_000_000,) * 2)
            finally:
                os.close(made)
    finally:
        os.close(folder)


def rename(source: str, target: str) -> None:
    from_folder, from_leaf = _open_parent(source)
    try:
        os.stat(from_leaf, dir_fd=from_folder, follow_symlinks=False)  # or a folder is made for nothing
        to_folder, to_leaf = _open_parent(target, make=True)
        try:
            os.rename(from_leaf, to_leaf, src_dir_fd=from_folder, dst_dir_fd=to_folder)
        finally:
            os.close(to_folder)
    finally:
        os.close(from_folder)


def remove(name: str) -> bool:
    """Removes a file or a tree of any depth."""
    try:
        parent, leaf = _open_parent(name)
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        return remove_tree(leaf, parent)
    finally:
        os.close(parent)
