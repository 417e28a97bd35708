"""numpy's arrays and what pandas shares among its own: memory is carried once, views stay views."""

from __future__ import annotations

import sys
from _pickle import PickleBuffer
from typing import Any

from .pickler import StatePickler, reduce_instance
from .reduction import Reduction

OUTSIDE_BYTES = 16 * 1024
"""Smaller arrays stay in the pickle."""


def array(pickler: StatePickler, value: Any) -> Reduction:
    numpy: Any = sys.modules["numpy"]
    base = value.base
    if type(base) is numpy.ndarray and value.nbytes:
        return _part(value, base)
    if base is not None and value.nbytes and type(base) is not Memory and not value.dtype.hasobject:
        return _part(value, base)
    flags = value.flags
    if value.dtype.hasobject or value.nbytes < OUTSIDE_BYTES or not (flags.forc):
        return reduce_instance(pickler, value)
    order = "C" if flags.c_contiguous else "F"
    content = PickleBuffer(value)
    return make_array, (content, value.dtype, value.shape, order, flags.writeable)


class Memory(bytearray):
    """What the transport reads a segment into: nobody but one array has it."""


def make_array(content: Any, dtype: Any, shape: tuple, order: str, writeable: bool) -> Any:
    if type(content) is memoryview:
        content = content.obj
    made = sys.modules["numpy"].ndarray(shape, dtype, content, order=order)
    if made.flags.writeable != writeable:
        made.flags.writeable = writeable
    return made


def _part(value: Any, base: Any) -> Reduction:
    offset = value.__array_interface__["data"][0] - _address(base)
    return make_part, (base, offset, value.dtype, value.shape, value.strides,
                       value.flags.writeable)


def _address(memory: Any) -> int:
    numpy: Any = sys.modules["numpy"]
    if type(memory) is not numpy.ndarray:
        memory = numpy.frombuffer(memory, numpy.uint8)
    return memory.__array_interface__["data"][0]


def make_part(base: Any, offset: int, dtype: Any, shape: tuple, strides: tuple,
              writeable: bool) -> Any:
    numpy: Any = sys.modules["numpy"]
    if dtype.hasobject:
        flat = base.reshape(-1, order="A")[offset // dtype.itemsize:]
        tricks = sys.modules["numpy.lib.stride_tricks"]
        made = tricks.as_strided(flat, shape, strides)
    else:
        made = numpy.ndarray(shape, dtype, base, offset, strides)
    if made.flags.writeable != writeable:
        made.flags.writeable = writeable
    return made


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
