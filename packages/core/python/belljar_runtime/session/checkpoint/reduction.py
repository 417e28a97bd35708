"""What `__reduce_ex__` gives, looked at before the pickler sees it, and made where there is none."""

from __future__ import annotations

import copyreg
from types import BuiltinFunctionType, FunctionType
from typing import Any

_HEAP_TYPE, _IMMUTABLE = 1 << 9, 1 << 8

_REDUCERS = ("__reduce__", "__reduce_ex__")
_FILLERS = ("append", "extend", "__setitem__")

Reduction = Any
"""A function with its arguments, then a state, items, pairs and a setter of the state."""


def checked(reduction: Any) -> tuple:
    """Refuses what would end the pickling in the middle; takes iterators to their end."""
    if type(reduction) is not tuple or not 2 <= len(reduction) <= 6:
        raise TypeError("its __reduce__ gives no tuple of two to six items")
    function, arguments, *more = reduction
    if not callable(function) or type(arguments) is not tuple:
        raise TypeError("its __reduce__ gives no function with a tuple of arguments")
    more += [None] * (4 - len(more))
    state, items, pairs, setter = more
    items = None if items is None else iter(list(items))
    pairs = None if pairs is None else iter([(key, item) for key, item in pairs])
    return function, arguments, state, items, pairs, setter


def structure(value: Any) -> tuple:
    """An object of a Python class by its attributes and slots alone."""
    kind = type(value)
    if not kind.__flags__ & _HEAP_TYPE or kind.__flags__ & _IMMUTABLE:
        raise TypeError("cannot pickle %r object" % kind.__name__)
    state = getattr(value, "__dict__", None) or None
    slots = _slots(value)
    if slots:
        state = state, slots
    base, content = plain_base(kind), ()
    if base is tuple:
        content = (tuple.__getitem__(value, slice(None)),)
    return make_plainly, (base, kind, *content), state, None, None, set_attributes


def _slots(value: Any) -> dict:
    found = {}
    for name in copyreg._slotnames(type(value)):
        try:
            found[name] = object.__getattribute__(value, name)
        except AttributeError:
            pass
    return found


def answers_for_all_names(kind: type) -> bool:
    """A `__getattr__` may answer for `__getstate__` too, which the class does not have."""
    return _has(kind, "__getattr__", "__getattribute__") and plain_base(kind) in (object, tuple) and (
        kind not in copyreg.dispatch_table) and not _has(
            kind, *_REDUCERS, "__getstate__", "__setstate__", "__getnewargs__",
                "__getnewargs_ex__")


def without_hooks(kind: type, reduction: tuple) -> Reduction:
    """Where C code says how a class is pickled, no method of the code's own runs as it is made again."""
    function, arguments, state, items, pairs, setter = reduction
    if setter is None and state is not None and not hasattr(kind, "__setstate__") and (
            _has(kind, "__getattr__", "__getattribute__", "__setattr__")):
        setter = set_attributes
    if function is copyreg.__newobj__:
        if _has(kind, "__new__") and not _has(kind, "__getnewargs__", "__getnewargs_ex__"):
            function, arguments = make_plainly, (plain_base(kind), *arguments)
    elif function is kind and _has(kind, "__new__", "__init__") and _is_collection(kind):
        function, arguments = make_by_base, (plain_base(kind), kind, *arguments)
    if (items is not None or pairs is not None) and _has(kind, *_FILLERS):
        held = state, setter, list(items or ()), list(pairs or ())
        return function, arguments, (plain_base(kind), *held), None, None, fill_plainly
    return function, arguments, state, items, pairs, setter


def _is_collection(kind: type) -> bool:
    """Whether the C code of a set, a deque or the like says how it is pickled."""
    base = plain_base(kind)
    return base is not object and base.__module__ in ("builtins", "collections") and not (
        _has(kind, *_REDUCERS) or kind in copyreg.dispatch_table)


def _has(kind: type, *names: str) -> bool:
    """Whether Python code defines such a method."""
    return any(type(base.__dict__.get(name)) in (FunctionType, staticmethod)
               for base in kind.__mro__ for name in names)


def plain_base(kind: type) -> type:
    return next(base for base in kind.__mro__
                if type(base.__dict__.get("__new__")) is BuiltinFunctionType)


def make_plainly(base: type, kind: type, *arguments: Any) -> Any:
    """Restoring: as the nearest class of C code makes it."""
    return base.__new__(kind, *arguments)


def make_by_base(base: type, kind: type, *arguments: Any) -> Any:
    made = base.__new__(kind, *arguments)
    base.__init__(made, *arguments)
    return made


def fill_plainly(made: Any, state: tuple) -> None:
    """As the class of C code does it, whatever the code has made of `append` or `__setitem__`."""
    base, own_state, setter, items, pairs = state
    if items:
        base.extend(made, items)
    for key, item in pairs:
        base.__setitem__(made, key, item)
    if own_state is not None:
        set_state(made, own_state, setter)


def set_attributes(value: Any, state: Any) -> None:
    """Restoring: attributes and slots, whatever the class does when it is asked for one."""
    slots: dict = {}
    if type(state) is tuple and len(state) == 2:
        state, slots = state
    if state:
        object.__getattribute__(value, "__dict__").update(state)
    for name, slot in (slots or {}).items():
        object.__setattr__(value, name, slot)


def set_state(value: Any, state: Any, setter: Any) -> None:
    """Restoring: gives an object its state, as an unpickler does."""
    if setter is not None:
        setter(value, state)
        return
    method = getattr(value, "__setstate__", None)
    if method is not None:
        method(state)
        return
    set_attributes(value, state)
