"""Functions: of libraries by name, others by value, with cells that several share."""

from __future__ import annotations

import marshal
import sys
from types import BuiltinFunctionType, CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from .pickler import StatePickler, reference
from .reduction import Reduction

_EVALUATES_ANNOTATIONS_LATE = sys.version_info >= (3, 14)


def function(pickler: StatePickler, value: FunctionType) -> Reduction:
    if pickler.references.by_name(value) is not None:
        return NotImplemented
    names = value.__globals__
    owner = pickler.namespace_of.get(id(names))
    found = None if owner is not None else pickler.references.anywhere(value)
    if found is not None:
        return reference(pickler, found)
    scope = names if owner is None else owner
    if owner is None and pickler.modules.is_library_name(names.get("__name__")) and (
            vars(sys.modules[names["__name__"]]) is names):
        scope = sys.modules[names["__name__"]]
    state = {name: getattr(value, name) for name in _state_names(value)}
    return (make_function, (value.__code__, scope, value.__closure__), (state, vars(value)),
            None, None, set_function_state)


def _state_names(value: FunctionType) -> list:
    names = ["__name__", "__qualname__", "__module__", "__doc__", "__defaults__", "__kwdefaults__"]
    if _EVALUATES_ANNOTATIONS_LATE and value.__annotate__ is not None:
        names.append("__annotate__")
    else:
        names.append("__annotations__")
    if getattr(value, "__type_params__", ()):
        names.append("__type_params__")
    return [name for name in names if getattr(value, name) not in (None, {})]


def make_function(code: CodeType, scope: Any, closure: tuple | None) -> FunctionType:
    """Restoring. `scope`: a module, or a dict of names."""
    return FunctionType(code, scope if type(scope) is dict else vars(scope), None, None, closure)


def set_function_state(made: FunctionType, state: tuple) -> None:
    attributes, more = state
    if "__doc__" not in attributes:
        made.__doc__ = None
    for name, value in attributes.items():
        setattr(made, name, value)
    vars(made).update(more)


def code(pickler: StatePickler, value: CodeType) -> Reduction:
    pickler.file_names.add(value.co_filename)
    return make_code, (marshal.dumps(value),)


def make_code(data: bytes) -> CodeType:
    return marshal.loads(data)


def cell(pickler: StatePickler, value: CellType) -> Reduction:
    try:
        content = (value.cell_contents,)
    except ValueError:
        return make_cell, ()
    return make_cell, (), content, None, None, set_cell


def make_cell() -> CellType:
    return CellType()


def set_cell(made: CellType, content: tuple) -> None:
    made.cell_contents, = content


def method(pickler: StatePickler, value: MethodType) -> Reduction:
    return MethodType, (value.__func__, value.__self__)


def builtin(pickler: StatePickler, value: BuiltinFunctionType) -> Reduction:
    """Also a method of an object that C code implements, such as `[].append`."""
    owner = value.__self__
    if owner is not None and not isinstance(owner, ModuleType):
        return getattr, (owner, value.__name__)
    if pickler.references.by_name(value) is not None:
        return NotImplemented
    found = pickler.references.anywhere(value)
    if found is None:
        return pickler.lose(value, "no module has it under a name")
    return reference(pickler, found)


def descriptor(pickler: StatePickler, value: Any) -> Reduction:
    """A method of a built-in class, or a slot of any class, as the class itself holds it."""
    return class_attribute, (value.__objclass__, value.__name__)


def class_attribute(owner: type, name: str) -> Any:
    return type.__dict__["__dict__"].__get__(owner)[name]


def bound_wrapper(pickler: StatePickler, value: Any) -> Reduction:
    return getattr, (value.__self__, value.__name__)


def wrapped(pickler: StatePickler, value: Any) -> Reduction:
    """A staticmethod or a classmethod."""
    return _with_attributes(value, (value.__func__,))


def property_(pickler: StatePickler, value: property) -> Reduction:
    return _with_attributes(value, (value.fget, value.fset, value.fdel, value.__doc__))


def _with_attributes(value: Any, arguments: tuple) -> Reduction:
    """What Python copies from the function itself comes back by itself."""
    copied = getattr(type(value)(*arguments), "__dict__", {})
    held = getattr(value, "__dict__", {})
    if copied.keys() == held.keys() and all(copied[name] is one for name, one in held.items()):
        return type(value), arguments
    return type(value), arguments, held, None, None, replace_attributes


def replace_attributes(made: Any, attributes: dict) -> None:
    made.__dict__.clear()
    made.__dict__.update(attributes)
