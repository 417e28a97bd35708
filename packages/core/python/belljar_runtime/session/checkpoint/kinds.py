"""Which rule carries which kind of object."""

from __future__ import annotations

import _io
import contextvars
import enum
import sys
import types
import weakref
from _thread import LockType, RLock
from typing import Any, Callable

from . import (arrays, builtin_kinds, classes, databases, enumerations, exceptions, files, frames,
               functions, instances, library_kinds, own_modules, text_files)
from .lost import LostValue
from .pickler import Anchor, StatePickler, Step, anchored, never, placeholder, step

_METHODS_OF_TYPES = (types.WrapperDescriptorType, types.MethodDescriptorType,
                     types.ClassMethodDescriptorType, types.GetSetDescriptorType,
                     types.MemberDescriptorType)

KINDS = {
    Step: step,
    Anchor: anchored,
    LostValue: placeholder,
    type: classes.class_,
    types.FunctionType: functions.function,
    types.CodeType: functions.code,
    types.CellType: functions.cell,
    types.MethodType: functions.method,
    types.BuiltinFunctionType: functions.builtin,
    types.MethodWrapperType: functions.bound_wrapper,
    **{kind: functions.descriptor for kind in _METHODS_OF_TYPES},
    types.ModuleType: own_modules.module,
    types.MappingProxyType: builtin_kinds.mapping_proxy,
    **{type(view): builtin_kinds.view for view in ({}.keys(), {}.values(), {}.items())},
    weakref.ref: builtin_kinds.weak_reference,
    weakref.ProxyType: builtin_kinds.weak_proxy,
    weakref.CallableProxyType: builtin_kinds.weak_proxy,
    LockType: builtin_kinds.lock,
    RLock: builtin_kinds.reentrant_lock,
    types.GeneratorType: builtin_kinds.generator,
    types.CoroutineType: builtin_kinds.unfinished,
    types.AsyncGeneratorType: builtin_kinds.unfinished,
    memoryview: builtin_kinds.memory_view,
    contextvars.ContextVar: builtin_kinds.context_variable,
    contextvars.Context: builtin_kinds.context,
    _io.FileIO: files.raw_file,
    _io.BufferedReader: files.buffered,
    _io.BufferedWriter: files.buffered,
    _io.BufferedRandom: files.buffered,
    _io.TextIOWrapper: text_files.text,
    files.Made: files.made_before,
    **builtin_kinds.LOST_FOR_GOOD,
}

FAMILIES = [
    (type, classes.class_),
    (types.ModuleType, own_modules.module),
    (types.BuiltinFunctionType, functions.builtin),
    ((staticmethod, classmethod), functions.wrapped),
    (property, functions.property_),
    (enum.Enum, enumerations.member),
    (BaseException, exceptions.exception),
]


def chooser() -> Callable:
    """Gives the rule for a type that is not in `KINDS`."""
    families = _families()

    def choose(pickler: StatePickler, kind: type) -> Callable:
        if type(kind) is not type and not issubclass(kind, type):
            reason = classes.lost_with_its_class(pickler, kind)
            if reason is not None:
                return never(reason)
        for base, rule in families:
            if issubclass(kind, base):
                return rule
        return instances.rule_for(pickler, kind)

    return choose


def _families() -> list:
    """Those of libraries too, where the code has imported them."""
    found: list = []
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None:
        found += [(numpy.memmap, arrays.mapped), (numpy.ndarray, arrays.array)]
    internals: Any = sys.modules.get("pandas._libs.internals")
    indexes: Any = sys.modules.get("pandas.core.indexes.base")
    if internals is not None and indexes is not None:
        found += [(internals.Block, frames.block), (indexes.Index, frames.index)]
        managers: Any = sys.modules.get("pandas.core.internals.managers")
        found.append((managers.SingleBlockManager, frames.column))
        if hasattr(internals, "BlockValuesRefs"):
            found.append((internals.BlockValuesRefs, frames.sharing))
    sqlite: Any = sys.modules.get("sqlite3")
    if sqlite is not None:
        found.append((sqlite.Connection, databases.connection))
    return [*FAMILIES, *library_kinds.families(), *found]
