"""Rules for objects of the standard library's modules, where the code has imported those."""

from __future__ import annotations

import functools
import sys
import weakref
from typing import Any, Callable

from . import typing_kinds
from .instances import instance, reduce_instance
from .pickler import StatePickler
from .reduction import Reduction

_MATCHES_AT_MOST = 100_000


def match(pickler: StatePickler, value: Any) -> Reduction:
    """Found again in the same text, by the call that gives the same groups."""
    pattern, text, place = value.re, value.string, (value.pos, value.endpos)
    for name in ("search", "match", "fullmatch"):
        again = getattr(pattern, name)(text, *place)
        if again is not None and again.regs == value.regs:
            return find_match, (pattern, name, text, place, 0)
    for number, again in enumerate(pattern.finditer(text, *place)):
        if again.regs == value.regs:
            return find_match, (pattern, "finditer", text, place, number)
        if number == _MATCHES_AT_MOST:
            break
    return pickler.lose(value, "the text it was found in has changed")


def find_match(pattern: Any, name: str, text: Any, place: tuple, number: int) -> Any:
    found = getattr(pattern, name)(text, *place)
    if name == "finditer":
        for _ in range(number):
            next(found)
        found = next(found)
    return found


def cached(pickler: StatePickler, value: Any) -> Reduction:
    """A function with `functools.lru_cache`: its cache begins empty."""
    found = pickler.references.by_name(value)
    if found is not None:
        return instance(pickler, value)
    parameters = value.cache_parameters()
    more = {name: one for name, one in vars(value).items() if name != "cache_parameters"}
    return make_cached, (value.__wrapped__, parameters["maxsize"], parameters["typed"], more)


def make_cached(function: Callable, most: int | None, typed: bool, more: dict) -> Any:
    made = functools.lru_cache(most, typed)(function)
    vars(made).update(more)
    return made


def structure_format(pickler: StatePickler, value: Any) -> Reduction:
    return type(value), (value.format,)


def system_random(pickler: StatePickler, value: Any) -> Reduction:
    return type(value), ()


def thread_local(pickler: StatePickler, value: Any) -> Reduction:
    """What the main thread has in it."""
    kind = type(value)
    return kind.__new__, (kind,), vars(value) or None, None, None, update_local


def update_local(made: Any, attributes: dict) -> None:
    made.__dict__.update(attributes)


def thread(pickler: StatePickler, value: Any) -> Reduction:
    return pickler.lose(value, "a thread ends with its process")


def child_process(pickler: StatePickler, value: Any) -> Reduction:
    if value.returncode is None:
        return pickler.lose(value, "a child process ends with the sandbox's process")
    return reduce_instance(pickler, value)


def weak_set(pickler: StatePickler, value: Any) -> Reduction:
    return type(value), (list(value),)


def weak_mapping(pickler: StatePickler, value: Any) -> Reduction:
    return type(value), (dict(value),)


def finalizer(pickler: StatePickler, value: weakref.finalize) -> Reduction:
    held = value.peek()
    if held is None:
        return make_dead_finalizer, ()
    of, function, arguments, named = held
    return make_finalizer, (type(value), of, function, arguments, named or {}, value.atexit)


def make_finalizer(kind: type, of: Any, function: Callable, arguments: tuple, named: dict,
                   at_exit: bool) -> Any:
    made = kind(of, function, *arguments, **named)
    made.atexit = at_exit
    return made


def make_dead_finalizer() -> weakref.finalize:
    made = weakref.finalize(set, print)
    made.detach()
    return made


def families() -> list:
    """`(class, rule)` for what has been imported."""
    found = []
    for module, name, rule in (
            ("re", "Match", match), ("_functools", "_lru_cache_wrapper", cached),
            ("functools", "_lru_cache_wrapper", cached), ("_struct", "Struct", structure_format),
            ("random", "SystemRandom", system_random), ("_thread", "_local", thread_local),
            ("threading", "Thread", thread),
            ("subprocess", "Popen", child_process), ("weakref", "WeakSet", weak_set),
            ("weakref", "WeakKeyDictionary", weak_mapping),
            ("weakref", "WeakValueDictionary", weak_mapping), ("weakref", "finalize", finalizer),
            ("typing", "TypeVar", typing_kinds.type_variable),
            ("typing", "TypeAliasType", typing_kinds.type_alias)):
        kind = getattr(sys.modules.get(module), name, None)
        if isinstance(kind, type):
            found.append((kind, rule))
    return found
