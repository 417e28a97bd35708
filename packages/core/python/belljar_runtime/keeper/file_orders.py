"""The engine's orders about files, answered one by one."""

from __future__ import annotations

import os
from typing import Callable

from ..quota import Quota
from . import workspace_files
from .changes import identity
from .link import Link
from .workspace_state import WorkspaceState


def write(link: Link, header: dict, quota: Quota, workspace: WorkspaceState) -> None:
    """Takes the content that follows the order, and puts the file in its place when it is whole.

    `kept`: the engine keeps this content, and need not be sent it for a checkpoint.
    """
    try:
        quota.take(link.payload_left)
        replacement = workspace_files.Replacement(header["name"])
    except BaseException:
        link.receive_file(None)
        raise
    try:
        link.receive_file(replacement.descriptor)
        if "mode" in header:
            replacement.dress(header["mode"], header["modifyMs"])
    except BaseException:
        link.receive_file(None)
        replacement.abandon()
        raise
    written = replacement.commit()
    if header.get("kept"):
        workspace.note(header["name"], identity(written))
    link.send({"t": "answer", "n": header["n"]})


def _read(link: Link, header: dict) -> None:
    descriptor, size = workspace_files.open_to_read(header["name"])
    try:
        link.send_file({"t": "content", "n": header["n"]}, descriptor, size)
    finally:
        os.close(descriptor)


def _answer(link: Link, header: dict, **values: object) -> None:
    link.send({"t": "answer", "n": header["n"], **values})


def _status(link: Link, header: dict) -> None:
    _answer(link, header, entry=workspace_files.status(header["name"]))


def _list(link: Link, header: dict) -> None:
    _answer(link, header, entries=workspace_files.listing(header["name"], header["recursive"]))


def _make_folder(link: Link, header: dict) -> None:
    workspace_files.make_folder(header["name"])
    _answer(link, header)


def _make_entries(link: Link, header: dict) -> None:
    for entry in header["entries"]:
        workspace_files.make_entry(entry)
    _answer(link, header)


def _rename(link: Link, header: dict) -> None:
    workspace_files.rename(header["name"], header["to"])
    _answer(link, header)


def _remove(link: Link, header: dict) -> None:
    _answer(link, header, removed=workspace_files.remove(header["name"]))


ORDERS: dict[str, Callable[[Link, dict], None]] = {
    "read": _read,
    "stat": _status,
    "list": _list,
    "make-folder": _make_folder,
    "make-entries": _make_entries,
    "rename": _rename,
    "remove": _remove,
}
