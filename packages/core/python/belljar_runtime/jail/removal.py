"""Removing trees that hostile code made: of any depth, with folders that were shut, and no link followed.

Invariant: nothing outside of the given folder is removed, opened or changed, also when names are
swapped meanwhile.
"""

from __future__ import annotations

import errno
import os

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def unused_name() -> bytes:
    """A name that no file of the code's has."""
    return b".belljar-" + os.urandom(12).hex().encode()


def open_fully(name: bytes, parent: int) -> int:
    """Opens a folder to read and to write, also one that the code shut."""
    try:
        folder = os.open(name, FOLDER, dir_fd=parent)
    except PermissionError:
        let_owner_in(name, parent)
        folder = os.open(name, FOLDER, dir_fd=parent)
    os.fchmod(folder, 0o700)
    return folder


def let_owner_in(name: bytes, parent: int) -> None:
    """By a handle: a name may be that of a link by now, and chmod follows links."""
    handle = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
    try:
        os.chmod("/proc/self/fd/%d" % handle, 0o700)
    except FileNotFoundError:
        # A sandbox without /proc has a root of its own, in which nothing else is the keeper's.
        os.chmod(name, 0o700, dir_fd=parent)
    finally:
        os.close(handle)


def _move(name: bytes, folder: int, target: bytes, parent: int) -> None:
    try:
        os.rename(name, target, src_dir_fd=folder, dst_dir_fd=parent)
    except PermissionError:  # a folder is moved only by one who may write into it
        let_owner_in(name, folder)
        os.rename(name, target, src_dir_fd=folder, dst_dir_fd=parent)


def remove_tree(leaf: bytes, parent: int) -> bool:
    """Removes a file or a tree: folders below are moved up one by one. False when it is not there."""
    waiting = [leaf]
    while waiting:
        one = waiting.pop()
        try:
            os.unlink(one, dir_fd=parent)
            continue
        except FileNotFoundError:
            if one is leaf:
                return False
            continue
        except (IsADirectoryError, PermissionError):
            pass
        try:
            waiting += _empty_upwards(one, parent)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _empty_in_place(one, parent)  # Landlock's first version (before Linux 5.19) moves nothing
        os.rmdir(one, dir_fd=parent)
    return True


def _empty_upwards(name: bytes, parent: int) -> list:
    """Moves what is in a folder to beside it, under new names."""
    moved = []
    folder = open_fully(name, parent)
    try:
        for below in os.listdir(folder):
            moved.append(unused_name())
            _move(os.fsencode(below), folder, moved[-1], parent)
    finally:
        os.close(folder)
    return moved


def _empty_in_place(name: bytes, parent: int) -> None:
    """With one open folder for each level."""
    open_folders = [(name, parent, open_fully(name, parent))]
    try:
        while open_folders:
            name, above, folder = open_folders[-1]
            below = _unlink_up_to_folder(folder)
            if below is not None:
                open_folders.append((below, folder, open_fully(below, folder)))
                continue
            open_folders.pop()
            os.close(folder)
            if open_folders:
                os.rmdir(name, dir_fd=above)
    finally:
        for _, _, folder in open_folders:
            os.close(folder)


def _unlink_up_to_folder(folder: int) -> bytes | None:
    for leaf in map(os.fsencode, os.listdir(folder)):
        try:
            os.unlink(leaf, dir_fd=folder)
        except FileNotFoundError:
            pass
        except (IsADirectoryError, PermissionError):
            return leaf
    return None
