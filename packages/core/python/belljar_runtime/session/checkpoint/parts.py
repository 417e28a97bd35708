"""What a checkpoint consists of, in the order in which restoring needs it."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Iterable, Iterator, NamedTuple

from . import library_settings, random_streams, settings
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
    yield Part("random streams", random_streams.read_streams(numbers), partial(
        Step, random_streams.write_streams, anchors["options"], numbers), False)
    yield from _settings(pickler, settings.LAST)


def _settings(pickler: StatePickler, settings: Iterable) -> Iterator:
    for setting in settings:
        try:
            state = setting.read(pickler)
        except Exception:  # noqa: BLE001 - a library whose insides have changed
            pickler.note_loss("setting", "it cannot be read")
            continue
        if state is not None:
            yield Part(setting.label, state, partial(Step, setting.write), False)


def set_variable(names: dict, name: Any, value: Any) -> None:
    names[name] = value
