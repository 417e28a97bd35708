"""Members of the code's own enumerations: each is one object, which its class holds."""

from __future__ import annotations

from typing import Any

from .instances import instance
from .pickler import StatePickler
from .reduction import Reduction


def member(pickler: StatePickler, value: Any) -> Reduction:
    """Of an enumeration: made without a look for one of that value among the others."""
    kind = type(value)
    if pickler.references.by_name(kind) is not None:
        return instance(pickler, value)
    _, arguments, state, *_ = object.__reduce_ex__(value, 4)
    return (make_member, (kind._member_type_, *arguments), state, None, None, update_attributes)


def update_attributes(made: Any, attributes: dict) -> None:
    made.__dict__.update(attributes)


def make_member(plain: type, kind: type, *arguments: Any) -> Any:
    return plain.__new__(kind, *arguments)
