"""What `__reduce_ex__` gives, looked at before the pickler sees it, and made where there is none."""

from __future__ import annotations

import copyreg
from typing import Any

_HEAP_TYPE, _IMMUTABLE = 1 << 9, 1 << 8

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


def structure(value: Any) -> Reduction:
    """An object of a Python class by its attributes and slots alone."""
    kind = type(value)
    if not kind.__flags__ & _HEAP_TYPE or kind.__flags__ & _IMMUTABLE:
        raise TypeError("cannot pickle %r object" % kind.__name__)
    slots = {name: getattr(value, name) for name in copyreg._slotnames(kind)
             if hasattr(value, name)}
    state = (getattr(value, "__dict__", None) or None, slots) if slots else getattr(value, "__dict__", None) or None
    return copyreg.__newobj__, (kind,), state


def set_state(value: Any, state: Any, setter: Any) -> None:
    """Restoring: gives an object its state, as an unpickler does."""
    if setter is not None:
        setter(value, state)
        return
    method = getattr(value, "__setstate__", None)
    if method is not None:
        method(state)
        return
    slots = None
    if type(state) is tuple and len(state) == 2:
        state, slots = state
    if state:
        value.__dict__.update(state)
    for name, slot in (slots or {}).items():
        setattr(value, name, slot)
