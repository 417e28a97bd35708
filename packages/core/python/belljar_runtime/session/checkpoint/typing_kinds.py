"""Type variables and aliases that the code has made."""

from __future__ import annotations

import sys
from typing import Any

from .instances import instance
from .pickler import StatePickler
from .reduction import Reduction


def type_variable(pickler: StatePickler, value: Any) -> Reduction:
    if pickler.references.named(value, value.__name__) is not None:
        return instance(pickler, value)
    named = {"bound": value.__bound__, "covariant": value.__covariant__,
             "contravariant": value.__contravariant__}
    if getattr(value, "__infer_variance__", False):  # Python 3.12
        named["infer_variance"] = True
    if hasattr(value, "has_default") and value.has_default():  # Python 3.13
        named["default"] = value.__default__
    return make_type_variable, (value.__name__, value.__constraints__, named, value.__module__)


def make_type_variable(name: str, constraints: tuple, named: dict, module: str) -> Any:
    made = sys.modules["typing"].TypeVar(name, *constraints, **named)
    made.__module__ = module
    return made


def type_alias(pickler: StatePickler, value: Any) -> Reduction:
    if pickler.references.named(value, value.__name__) is not None:
        return instance(pickler, value)
    return make_type_alias, (value.__name__, value.__value__, value.__type_params__)


def make_type_alias(name: str, value: Any, parameters: tuple) -> Any:
    return sys.modules["typing"].TypeAliasType(name, value, type_params=parameters)
