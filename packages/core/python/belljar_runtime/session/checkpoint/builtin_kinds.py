"""Rules for objects that Python itself makes, where `pickle` has none or loses something."""

from __future__ import annotations

import contextvars
import gc
import types
import weakref
from _thread import RLock, allocate_lock
from typing import Any

from .pickler import StatePickler, never, reference
from .reduction import Reduction

_FRAME = "the frame of a running function lives only in its process"
LOST_FOR_GOOD = {
    types.FrameType: never(_FRAME),
    types.TracebackType: never("its frames live only in their process"),
    contextvars.Token: never("it belongs to a context that has ended"),
}


def mapping_proxy(pickler: StatePickler, value: types.MappingProxyType) -> Reduction:
    return types.MappingProxyType, (gc.get_referents(value)[0],)


def view(pickler: StatePickler, value: Any) -> Reduction:
    """Of a dict, such as `keys()`."""
    return make_view, (gc.get_referents(value)[0], type(value).__name__.rpartition("_")[2])


def make_view(of: dict, name: str) -> Any:
    return getattr(of, name)()


def weak_reference(pickler: StatePickler, value: weakref.ref) -> Reduction:
    target = value()
    if target is None:
        return make_dead_reference, ()
    return weakref.ref, (target, value.__callback__)


def weak_proxy(pickler: StatePickler, value: Any) -> Reduction:
    try:
        return weakref.proxy, (value.__reduce_ex__.__self__,)
    except ReferenceError:
        return make_dead_proxy, ()


class _Short:
    """Nobody keeps one."""


def make_dead_reference() -> weakref.ref:
    return weakref.ref(_Short())


def make_dead_proxy() -> Any:
    return weakref.proxy(_Short())


def lock(pickler: StatePickler, value: Any) -> Reduction:
    return make_lock, (value.locked(),)


def make_lock(locked: bool) -> Any:
    made = allocate_lock()
    if locked:
        made.acquire()
    return made


def reentrant_lock(pickler: StatePickler, value: Any) -> Reduction:
    if repr(value).startswith("<locked"):
        return pickler.lose(value, "a thread that has ended holds it")
    return RLock, ()


def generator(pickler: StatePickler, value: Any) -> Reduction:
    """One that has ended gives nothing more, before and after."""
    if value.gi_frame is not None:
        return pickler.lose(value, _FRAME)
    return make_ended_generator, ()


def make_ended_generator() -> Any:
    made = (item for item in ())
    list(made)
    return made


def unfinished(pickler: StatePickler, value: Any) -> Reduction:
    return pickler.lose(value, _FRAME)


def memory_view(pickler: StatePickler, value: memoryview) -> Reduction:
    whole = memoryview(value.obj)
    if not value.contiguous or whole.nbytes != value.nbytes:
        return pickler.lose(value, "it shows a part of its object only")
    return make_memory_view, (value.obj, value.format, value.shape, value.readonly)


def make_memory_view(of: Any, form: str, shape: tuple, readonly: bool) -> memoryview:
    made = memoryview(of)
    if (made.format, made.shape) != (form, shape):
        made = made.cast("B").cast(form, shape)
    return made.toreadonly() if readonly and not made.readonly else made


def context_variable(pickler: StatePickler, value: contextvars.ContextVar) -> Reduction:
    """Its value is a setting of the sandbox; see `settings`."""
    found = pickler.references.anywhere(value)
    if found is not None:
        return reference(pickler, found)
    pickler.context_variables.append(value)
    try:
        default = (contextvars.Context().run(value.get),)
    except LookupError:
        default = ()
    return make_context_variable, (value.name, default)


def make_context_variable(name: str, default: tuple) -> contextvars.ContextVar:
    if default:
        return contextvars.ContextVar(name, default=default[0])
    return contextvars.ContextVar(name)


def context(pickler: StatePickler, value: contextvars.Context) -> Reduction:
    return make_context, (list(value.items()),)


def make_context(items: list) -> contextvars.Context:
    made = contextvars.Context()
    for variable, value in items:
        made.run(variable.set, value)
    return made
