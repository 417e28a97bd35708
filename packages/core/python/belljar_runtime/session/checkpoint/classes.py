"""Classes by value: an empty class of the same name and bases first, then what it holds.

No hook of the code runs while a class is made again: not its metaclass's `__new__`, no
`__init_subclass__`, no `__set_name__`. What they did is in what the class holds.
"""

from __future__ import annotations

import _abc
from abc import ABCMeta
from contextlib import contextmanager
from types import FunctionType, GetSetDescriptorType, MemberDescriptorType
from typing import Any, Iterator

from .pickler import StatePickler, Step, reference
from .reduction import Reduction

_NAMED_BY_THE_PICKLER = (type(None), type(NotImplemented), type(...))
_HEAP_TYPE, _IMMUTABLE = 1 << 9, 1 << 8
_MADE_WITH_THE_CLASS = ("__dict__", "__weakref__", "__slots__", "_abc_impl", "__module__",
                        "__qualname__")
_METHODS = (FunctionType, staticmethod, classmethod, property)
_ABSENT = object()


def class_(pickler: StatePickler, value: type) -> Reduction:
    if any(value is one for one in _NAMED_BY_THE_PICKLER) or (
            pickler.references.by_name(value) is not None):
        return NotImplemented
    found = None if _is_own(pickler, value) else pickler.references.anywhere(value)
    if found is not None:
        return reference(pickler, found)
    reason = _why_not(pickler, value)
    if reason is not None:
        return pickler.lose(value, reason)
    held = _held(value)
    methods = {name: one for name, one in held.items() if issubclass(type(one), _METHODS)}
    others = {name: one for name, one in held.items() if name not in methods}
    # Methods first: an instance among the others may be hashed or compared as it is made.
    state = (Step(set_attributes, value, methods), others, _registered(value))
    slots = value.__dict__.get("__slots__", _ABSENT)
    arguments = (type(value), value.__name__, value.__bases__, value.__module__,
                 value.__qualname__, () if slots is _ABSENT else (_plain(slots),), _order(value),
                 pickler.made, pickler.number_of(value))
    return make_class, arguments, state, None, None, fill_class


def _why_not(pickler: StatePickler, value: type) -> str | None:
    if _is_of_c(value):
        return "no module has the class %s" % value.__qualname__
    if any(_is_of_c(base) for base in type(value).__mro__ if base not in (type, object)):
        return "its class is made by C code, by a %s" % type(value).__name__
    return None


def _is_of_c(kind: type) -> bool:
    return not kind.__flags__ & _HEAP_TYPE or bool(kind.__flags__ & _IMMUTABLE)


def lost_with_its_class(pickler: StatePickler, kind: type) -> str | None:
    """Why no instance of a class can be carried."""
    if pickler.references.by_name(kind) is None and (
            pickler.references.anywhere(kind) if not _is_own(pickler, kind) else None) is None:
        return _why_not(pickler, kind)
    return None


def _is_own(pickler: StatePickler, value: type) -> bool:
    """Static classes of C code have no module's name in their dict."""
    module = value.__dict__.get("__module__")
    return type(module) is str and not pickler.modules.is_library_name(module)


def _held(value: type) -> dict:
    """Its attributes, but for what `type` itself makes."""
    return {name: one for name, one in value.__dict__.items()
            if name not in _MADE_WITH_THE_CLASS
            and not (type(one) in (MemberDescriptorType, GetSetDescriptorType)
                     and one.__objclass__ is value)}


def _order(value: type) -> tuple:
    """The order of its names is seen, by `dir` of a class and by libraries."""
    held = _held(value)
    return tuple(name for name in value.__dict__
                 if name in held or name in ("__module__", "__slots__"))


def _plain(slots: Any) -> Any:
    """The names of slots, which an iterator that was used up cannot give again."""
    return slots if isinstance(slots, (str, dict)) else tuple(slots)


def _registered(value: type) -> tuple:
    """Virtual subclasses of an abstract class."""
    if "_abc_impl" not in value.__dict__:
        return ()
    found = (weak() for weak in _abc._get_dump(value)[0])
    return tuple(one for one in found if one is not None)


def make_class(kind: type, name: str, bases: tuple, module: str, path: str, slots: tuple,
               order: tuple, made: dict, number: int) -> type:
    """Restoring. One that refers to itself on the way is asked for twice: `made` knows it."""
    if number not in made:
        names: dict = dict.fromkeys(order)
        names.update(__module__=module, __qualname__=path)
        if slots:
            names["__slots__"], = slots
        with _silent(bases):
            made[number] = type.__new__(kind, name, bases, names)
        if issubclass(kind, ABCMeta):
            _abc._abc_init(made[number])
    return made[number]


@contextmanager
def _silent(bases: tuple) -> Iterator[None]:
    """Takes the `__init_subclass__` of all bases away for a moment."""
    taken = []
    for base in {base for one in bases for base in one.__mro__}:
        hook = base.__dict__.get("__init_subclass__")
        if hook is not None and base.__flags__ & _HEAP_TYPE and not base.__flags__ & _IMMUTABLE:
            type.__setattr__(base, "__init_subclass__", classmethod(_nothing))
            taken.append((base, hook))
    try:
        yield
    finally:
        for base, hook in taken:
            type.__setattr__(base, "__init_subclass__", hook)


def _nothing(cls: type, **_: Any) -> None:
    pass


def set_attributes(made: type, attributes: dict) -> None:
    for name, value in attributes.items():
        type.__setattr__(made, name, value)


def fill_class(made: type, state: tuple) -> None:
    _, others, registered = state
    set_attributes(made, others)
    for one in registered:
        _abc._abc_register(made, one)
