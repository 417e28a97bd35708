"""Instances of classes that have no rule of their own: as `pickle` would, with what it would get wrong."""

from __future__ import annotations

import copyreg
from typing import Any, Callable

from .pickler import StatePickler, reference
from .reduction import Reduction, answers_for_all_names, checked, structure, without_hooks


def rule_for(pickler: StatePickler, kind: type) -> Callable:
    """Found out once for each class, since there may be a million instances."""
    if answers_for_all_names(kind):
        return _by_structure
    is_own = not pickler.modules.is_library_name(kind.__module__)
    if is_own and _is_plain(kind):
        return _plainly
    return reduce_instance if is_own else instance


def _is_plain(kind: type) -> bool:
    """Whether `object` itself reduces it, and no hook of it would run as it is made again."""
    reduction = copyreg.__newobj__, (), {}, (), (), None
    return (kind.__reduce_ex__ is object.__reduce_ex__ and kind.__reduce__ is object.__reduce__
            and kind not in copyreg.dispatch_table
            and without_hooks(kind, reduction) == reduction)


def _by_structure(pickler: StatePickler, value: Any) -> Reduction:
    return pickler.defer(value, structure(value))


def _plainly(pickler: StatePickler, value: Any) -> Reduction:
    return pickler.defer(value, value.__reduce_ex__(4))


def instance(pickler: StatePickler, value: Any) -> Reduction:
    """Also one of a library: its constants and singletons by name."""
    found = pickler.references.of_kind(value)
    if found is not None:
        return reference(pickler, found)
    return reduce_instance(pickler, value)


def reduce_instance(pickler: StatePickler, value: Any) -> Reduction:
    if answers_for_all_names(type(value)):
        return _by_structure(pickler, value)
    reduction = pickler.reduce(value)
    if isinstance(reduction, str):
        found = pickler.references.named(value, reduction)
        return reference(pickler, found) if found is not None else structure(value)
    return pickler.defer(value, without_hooks(type(value), checked(reduction)))
