"""An exception as text: the code's own lines, no frame of the runtime, no path of the machine.

Everything here may meet hostile objects: `__str__` that raises, endless chains, a million frames.
"""

from __future__ import annotations

import builtins
import os
import sys
import traceback
from types import TracebackType
from typing import Any

from .source import is_execution

NAME_CHARACTERS = 200
MESSAGE_CHARACTERS = 10_000
TRACEBACK_CHARACTERS = 100_000

_FRAMES_EACH_SIDE = 500
_MOST_CHAINED = 50
_GROUP: Any = getattr(builtins, "BaseExceptionGroup", ())
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def cut_middle(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    half = most // 2
    left_out = len(text) - 2 * half
    return "%s\n[%s characters left out]\n%s" % (text[:half], format(left_out, ","), text[-half:])


def report(error: BaseException) -> dict:
    """`name`, `message` and `traceback`; never raises but for an interrupt."""
    name = _name(error)
    try:
        message = "".join(str(error))
    except KeyboardInterrupt:
        raise
    except BaseException as second:  # noqa: BLE001 - the code's own __str__
        message = "[no message: %s in %s.__str__]" % (_name(second), name)
    message = cut_middle(_without_paths(message), MESSAGE_CHARACTERS)
    try:
        left_out = _prune(error)
        text = "".join(traceback.TracebackException.from_exception(error).format())
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 - as above; RecursionError in a chain too
        left_out, text = 0, "%s: %s\n" % (name, message)
    if left_out:
        text = "[%s frames left out]\n%s" % (format(left_out, ","), text)
    return {
        "name": name,
        "message": message,
        "traceback": cut_middle(_without_paths(text), TRACEBACK_CHARACTERS),
    }


def _name(error: BaseException) -> str:
    # The slot of `type` itself: a metaclass may have a property of that name.
    name = type.__dict__["__name__"].__get__(type(error))
    return cut_middle(name, NAME_CHARACTERS)


def _prune(error: BaseException) -> int:
    """Takes the runtime's frames out of an exception and all that it is chained to."""
    left_out = 0
    waiting: list = [error]
    seen: set = set()
    while waiting and len(seen) < _MOST_CHAINED:
        one = waiting.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        one.__traceback__, count = _pruned(one.__traceback__)
        left_out += count
        waiting += [one.__context__, one.__cause__]
        if isinstance(one, _GROUP):
            waiting += one.exceptions[:_MOST_CHAINED]
    return left_out


def _pruned(first: TracebackType | None) -> tuple:
    entries: list = []
    entry = first
    while entry is not None:
        entries.append(entry)
        entry = entry.tb_next
    names = [one.tb_frame.f_code.co_filename for one in entries]
    own = [name.startswith(_PACKAGE) for name in names]
    if any(own):
        # What lies between our first frame and the code's first is ours too, such as asyncio's.
        start = next((i for i, name in enumerate(names) if is_execution(name)), 0)
        if True not in own[:start]:
            start = 0
        entries = [one for i, one in enumerate(entries) if i >= start and not own[i]]
    left_out = max(0, len(entries) - 2 * _FRAMES_EACH_SIDE)
    if left_out:
        entries = entries[:_FRAMES_EACH_SIDE] + entries[-_FRAMES_EACH_SIDE:]
    for one, following in zip(entries, [*entries[1:], None]):
        if one.tb_next is not following:
            one.tb_next = following
    return (entries[0] if entries else None), left_out


def _without_paths(text: str) -> str:
    for path, name in _LIBRARIES:
        if path in text:
            text = text.replace(path, name)
    return text


def show_as(path: str, name: str) -> None:
    """Puts another name, or none, in the place of a folder's path."""
    _LIBRARIES.insert(0, (path + os.sep, name and name + os.sep))


def _libraries() -> list:
    """Folders of modules, longest first, and what a traceback calls them."""
    found: dict = {os.path.dirname(os.__file__): "lib"}
    for path in sys.path:
        base = os.path.basename(path)
        if os.path.isabs(path) and base in ("site-packages", "dist-packages", "lib-dynload"):
            found[path] = base
    found[_PACKAGE.rstrip(os.sep)] = "runtime"
    pairs: Any = [(path + os.sep, name + os.sep) for path, name in found.items()]
    return sorted(pairs, key=lambda pair: -len(pair[0]))


_LIBRARIES = _libraries()
