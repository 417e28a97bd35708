"""numpy's arrays: memory is carried once, views stay views."""

from __future__ import annotations

import os
import sys
from _pickle import PickleBuffer
from typing import Any

from ..beginning import beginning
from .file_places import path_in_workspace
from .instances import reduce_instance
from .memory import is_own
from .pickler import StatePickler
from .reduction import Reduction

OUTSIDE_BYTES = 16 * 1024
"""Smaller arrays stay in the pickle."""

_BETWEEN = "DummyArray"


def array(pickler: StatePickler, value: Any) -> Reduction:
    """Also of a subclass, unless that says itself how to pickle it."""
    numpy: Any = sys.modules["numpy"]
    kind, base, flags = type(value), _owner(value.base), value.flags
    if kind.__reduce__ is not numpy.ndarray.__reduce__ or (
            kind.__reduce_ex__ is not numpy.ndarray.__reduce_ex__):
        return reduce_instance(pickler, value)
    is_part = value.nbytes and (type(base) is numpy.ndarray or (
        _is_memory(base, numpy) and not value.dtype.hasobject))
    if is_part:
        reduction = _part(value, base)
    elif value.dtype.hasobject or value.nbytes < OUTSIDE_BYTES or not flags.forc or (
            kind is not numpy.ndarray):
        reduction = _small(value)
    else:
        order = "C" if flags.c_contiguous else "F"
        reduction = make_array, (PickleBuffer(value), value.dtype, value.shape, order,
                                 flags.writeable)
    if kind is not numpy.ndarray:
        reduction = _of_subclass(value, reduction)
    return reduction


def _owner(base: Any) -> Any:
    """The array whose memory it is: numpy's `as_strided` puts an object of its own between."""
    plain = sys.modules["numpy"].ndarray
    while type(base).__name__ == _BETWEEN or (
            type(base) is plain and (type(base.base) is plain or type(base.base).__name__ == _BETWEEN)):
        base = base.base
    return base


def _is_memory(base: Any, numpy: Any) -> bool:
    """Whether it is carried itself. Other owners, such as objects of C code, are left behind."""
    return not is_own(base) and (
        isinstance(base, (bytes, bytearray, memoryview, numpy.ndarray))
        or type(base).__name__ in ("mmap", "array"))


def _small(value: Any) -> Reduction:
    """numpy's own pickle turns the bytes of another byte order round."""
    if value.dtype.hasobject:
        function, arguments, state = value.__reduce__()
        return function, arguments, (state, value.flags.writeable), None, None, set_objects
    order = "F" if value.flags.fnc else "C"
    return make_small, (value.tobytes(order), value.dtype, value.shape, order,
                        value.flags.writeable)


def make_small(content: bytes, dtype: Any, shape: tuple, order: str, writeable: bool) -> Any:
    made = sys.modules["numpy"].ndarray(shape, dtype, content, order=order).copy("K")
    made.flags.writeable = writeable
    return made


def set_objects(made: Any, state: tuple) -> None:
    content, writeable = state
    made.__setstate__(content)
    made.flags.writeable = writeable


def _of_subclass(value: Any, reduction: tuple) -> Reduction:
    function, arguments, *state = reduction
    if function is make_part or function is make_small:
        function, arguments = make_subclass, (type(value), function, *arguments)
    states = (state[0] if state else None, getattr(value, "__dict__", None))
    return function, arguments, states, None, None, set_subclass_state


def make_subclass(kind: type, make: Any, *arguments: Any) -> Any:
    return make(*arguments).view(kind)


def set_subclass_state(made: Any, states: tuple) -> None:
    state, attributes = states
    if state is not None:
        set_objects(made, state)
    if attributes:
        made.__dict__.update(attributes)


def mapped(pickler: StatePickler, value: Any) -> Reduction:
    """A mapped file of the workspace: mapped again. A part of one is a view of it."""
    if type(value.base).__name__ != "mmap" or value.filename is None:
        return array(pickler, value)
    path = path_in_workspace(pickler, value.filename)
    mode = "r+" if value.mode == "w+" else value.mode
    order = "C" if value.flags.c_contiguous else "F"
    return map_again, (path, value.dtype, mode, value.offset, value.shape, order)


def map_again(path: str, dtype: Any, mode: str, offset: int, shape: tuple, order: str) -> Any:
    path = os.path.join(beginning.folder, path)
    return sys.modules["numpy"].memmap(path, dtype, mode, offset, shape, order)


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
