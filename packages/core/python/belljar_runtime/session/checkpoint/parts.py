"""What a checkpoint consists of, in the order in which restoring needs it."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Iterable, Iterator, NamedTuple

from . import library_settings, random_streams, settings
from .lost import LostValue
from .own_modules import contents, fill_module
from .pickler import StatePickler, Step

_LEFT_IN_PLACE = ("__builtins__", "__warningregistry__")


class Part(NamedTuple):
    """What is pickled by itself, and lost by itself."""

    label: str
    value: Any
    step: Callable[[Any], Step]
    """What restoring does with the value."""
    needed: bool = True
    """Something must stand there when it is lost."""


def parts(pickler: StatePickler, anchors: dict, own_modules: list) -> Iterator:
    yield from _settings(pickler, settings.FIRST)
    for module in own_modules:
        yield Part("module " + module.__name__, contents(module),
                   partial(Step, fill_module, module))
    names = anchors["names"]
    for name, value in list(names.items()):
        if name not in _LEFT_IN_PLACE:
            yield Part(str(name), value, partial(Step, set_variable, names, name))
    yield Part("__future__", anchors["compiler"].flags,
               partial(Step, setattr, anchors["compiler"], "flags"), False)
    yield from _settings(pickler, library_settings.SETTINGS)
    numbers = anchors["random_numbers"]
    yield from _setting("random streams", partial(random_streams.read_streams, numbers), partial(
        Step, random_streams.write_streams, anchors["options"], numbers))
    yield from _settings(pickler, settings.LAST)


def _settings(pickler: StatePickler, settings: Iterable) -> Iterator:
    for setting in settings:
        yield from _setting(setting.label, partial(setting.read, pickler),
                            partial(Step, setting.write))


def _setting(label: str, read: Callable[[], Any], step: Callable[[Any], Step]) -> Iterator:
    """Nothing, where all is as it was."""
    try:
        state = read()
    except Exception as error:  # noqa: BLE001 - the code's, or a library whose insides have changed
        lost = LostValue("setting", "it cannot be read: %s" % type(error).__name__)
        yield Part(label, lost, partial(Step, leave))
        return
    if state is not None:
        yield Part(label, state, step, False)


def leave(lost: LostValue) -> None:
    """Restoring: a setting stays as it is."""


def set_variable(names: dict, name: Any, value: Any) -> None:
    names[name] = value
