"""What pandas shares among its own: a series and its frame share memory until one is written to."""

from __future__ import annotations

from typing import Any

from .instances import reduce_instance
from .pickler import StatePickler
from .reduction import Reduction


def block(pickler: StatePickler, value: Any) -> Reduction:
    """Of a data frame: with the record of who else shares its memory, for copies on writing."""
    function, arguments, *_ = reduce_instance(pickler, value)
    shared = getattr(value, "refs", None)
    return function, arguments, shared, None, None, share_block


def share_block(made: Any, shared: Any) -> None:
    if shared is not None:
        made.refs = shared
        shared.add_reference(made)


def column(pickler: StatePickler, value: Any) -> Reduction:
    """A series' manager: as pandas pickles it, its block would go without that record."""
    return type(value), (value.blocks[0], value.axes[0])


def index(pickler: StatePickler, value: Any) -> Reduction:
    reduction = reduce_instance(pickler, value)
    shared = getattr(value, "__dict__", {}).get("_references")
    if shared is None or reduction[2] is not None:
        return reduction
    return (*reduction[:2], shared, None, None, share_index)


def share_index(made: Any, shared: Any) -> None:
    made._references = shared
    shared.add_index_reference(made)


def sharing(pickler: StatePickler, value: Any) -> Reduction:
    """pandas' record of sharing: those who share it enter themselves again."""
    return type(value), ()
