"""Exceptions: with arguments, attributes, cause and context; without the frames of their traceback."""

from __future__ import annotations

from types import MemberDescriptorType
from .instances import reduce_instance
from .pickler import StatePickler
from .reduction import Reduction, plain_base, set_state

_CHAIN = ("__cause__", "__context__", "__suppress_context__")
_NO_FRAMES = "its frames live only in their process; the exception itself is carried"


def exception(pickler: StatePickler, value: BaseException) -> Reduction:
    kind = type(value)
    if value.__traceback__ is not None:
        pickler.note_loss("traceback", _NO_FRAMES)
    chain = {name: getattr(value, name) for name in _CHAIN if getattr(value, name)}
    if _reduces_itself(kind):
        function, arguments, state, *more = reduce_instance(pickler, value)
        return (function, arguments, (state, chain), *more[:2], set_own_state)
    fields = {name: getattr(value, name) for name in _fields(kind) if hasattr(value, name)}
    return (make_exception, (kind, tuple(value.args)), (vars(value), fields, chain), None, None,
            set_exception_state)


def _reduces_itself(kind: type) -> bool:
    return any(name in base.__dict__ for base in kind.__mro__ if _is_python(base)
               for name in ("__reduce__", "__reduce_ex__", "__getstate__"))


def _is_python(kind: type) -> bool:
    return bool(kind.__flags__ & 1 << 9)


def _fields(kind: type) -> list:
    """What the C code of a built-in exception keeps beside `args`, such as an `errno`."""
    return [name for base in kind.__mro__ if not _is_python(base)
            for name, one in base.__dict__.items() if type(one) is MemberDescriptorType
            and not name.startswith("_") and name != "exceptions"]


def make_exception(kind: type, arguments: tuple) -> BaseException:
    made = plain_base(kind).__new__(kind, *arguments)
    made.args = arguments
    return made


def set_exception_state(made: BaseException, state: tuple) -> None:
    attributes, fields, chain = state
    for name, value in fields.items():
        try:
            setattr(made, name, value)
        except (AttributeError, TypeError):
            pass  # read-only ones follow from the arguments
    vars(made).update(attributes)
    for name in _CHAIN:
        if name in chain:
            setattr(made, name, chain[name])


def set_own_state(made: BaseException, state: tuple) -> None:
    own, chain = state
    if own is not None:
        set_state(made, own, None)
    for name in _CHAIN:
        if name in chain:
            setattr(made, name, chain[name])
