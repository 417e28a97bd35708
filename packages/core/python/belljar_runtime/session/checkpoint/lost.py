"""What stands where a value was that a checkpoint could not carry. Any use of it says what was lost."""

from __future__ import annotations

from typing import Any, Callable


class LostValueError(RuntimeError):
    """Raised when code uses a value that did not outlive its process."""


class LostValue:
    """Can be passed on, kept, compared by `is`, shown, and replaced; nothing else."""

    __slots__ = ("_type", "_reason")

    def __init__(self, type_name: str, reason: str) -> None:
        object.__setattr__(self, "_type", type_name)
        object.__setattr__(self, "_reason", reason)

    def __repr__(self) -> str:
        return "<lost %s: %s>" % description(self)

    def __getattr__(self, name: str) -> Any:
        # Notebooks look for forms of a value before they show its repr.
        if name.startswith(("_repr_", "_ipython_")):
            raise AttributeError(name)
        raise _error(self)

    __hash__ = object.__hash__


def description(value: LostValue) -> tuple:
    """The type's name and the reason."""
    return object.__getattribute__(value, "_type"), object.__getattribute__(value, "_reason")


def _error(value: LostValue) -> LostValueError:
    return LostValueError(
        "this %s could not be carried over when the sandbox's process ended: %s. "
        "Make it again, as the code did that made it" % description(value))


def _refuse(name: str) -> Callable:
    def refused(self: LostValue, *_: Any, **__: Any) -> Any:
        raise _error(self)

    refused.__name__ = refused.__qualname__ = name
    return refused


_OPERATORS = ("add", "sub", "mul", "truediv", "floordiv", "mod", "divmod", "pow", "matmul",
              "lshift", "rshift", "and", "or", "xor")
_USES = ("setattr", "delattr", "call", "len", "iter", "next", "reversed", "contains", "getitem",
         "setitem", "delitem", "bool", "int", "float", "complex", "index", "round", "bytes", "str",
         "format", "eq", "ne", "lt", "le", "gt", "ge", "neg", "pos", "abs", "invert", "enter",
         "exit", "await", "aiter", "anext", "aenter", "aexit", "fspath", "instancecheck",
         "subclasscheck", "mro_entries")
for _name in (*_USES, *_OPERATORS, *("r" + name for name in _OPERATORS),
              *("i" + name for name in _OPERATORS)):
    _method = "__%s__" % _name
    setattr(LostValue, _method, _refuse(_method))
