"""The pickler: each kind of object by the rule that carries it, and a placeholder where none does.

Dumps of one pickler share its memo: an object that two variables share is carried once.
"""

from __future__ import annotations

import _pickle
import copyreg
from typing import Any, Callable, NamedTuple

from ..imports import import_trusted
from ..plain import type_name
from .lost import LostValue, description
from .modules import Modules
from .reduction import Reduction
from .reference import References, look_up

PROTOCOL = 5

_UNPICKLABLE = "Python cannot pickle it"
_REASON_CHARACTERS = 200


class Anchor:
    """An object that is there before anything is restored, such as the namespace."""

    def __init__(self, name: str) -> None:
        self.name = name


class Step:
    """A call that restoring makes at this place of the pickle; its value stands there."""

    def __init__(self, function: Callable, *arguments: Any) -> None:
        self.function, self.arguments = function, arguments


def anchor(name: str) -> Any:
    """Stands for the unpickler's own, which knows the anchors."""
    raise LookupError(name)


class CannotCarry(Exception):
    """Raised by a rule: why not, for people."""


class Situation(NamedTuple):
    """Of the session, as it was when the checkpoint began."""

    workspace: str
    is_fork: bool
    """Nobody goes on with this process: it may be changed."""
    recursion_limit: int
    collects_garbage: bool


class StatePickler(_pickle.Pickler):
    """`kinds`: rules by exact type. `choose`: gives the rule of a type that is not among them."""

    def __init__(self, file: Any, keep_buffer: Callable, kinds: dict, choose: Callable,
                 made: dict, situation: Situation, defers: bool) -> None:
        super().__init__(file, PROTOCOL, buffer_callback=keep_buffer)
        self.modules = Modules()
        self.references = References(self.modules)
        self.situation, self.made = situation, made
        """`made` stands for the record of classes that restoring has made."""
        self.namespace_of: dict = {}
        """Modules of the code's own, by the id of their dict."""
        self.context_variables: list = []
        self.losses: list = []
        self.file_names: set = set()
        """Where the code of the functions comes from."""
        self._lost: dict = {}
        self._numbers: dict = {}
        self.deferred: list = []
        self._kinds, self._choose, self._defers = dict(kinds), choose, defers
        self._reductions = dict(copyreg.dispatch_table)

    def reducer_override(self, value: Any) -> Reduction:
        kind = type(value)
        rule = self._kinds.get(kind)
        if rule is None:
            rule = self._kinds[kind] = self._choose(self, kind)
        try:
            return rule(self, value)
        except RecursionError:
            raise
        except Exception as error:  # noqa: BLE001 - the code's own methods may raise anything
            return self.lose(value, explain(error))

    def reduce(self, value: Any) -> Reduction:
        """What `pickle` itself would ask an object for."""
        reduce = self._reductions.get(type(value))
        return reduce(value) if reduce is not None else value.__reduce_ex__(PROTOCOL)

    def defer(self, value: Any, reduction: tuple) -> Reduction:
        """In a deep structure: the state comes after what refers to it, and nothing is nested."""
        if not self._defers or len(reduction) < 3 or reduction[2] is None:
            return reduction
        function, arguments, state, items, pairs, setter = (*reduction, None, None, None)[:6]
        self.deferred.append((value, state, setter))
        return function, arguments, None, items, pairs

    def lose(self, value: Any, reason: str, type_text: str | None = None) -> Reduction:
        """Notes that a value is lost, and gives what stands in its place."""
        loss = (type_text or type_name(value), reason[:_REASON_CHARACTERS])
        self.losses.append(loss)
        self._lost[id(value)] = (value, loss)
        return LostValue, loss

    def note_loss(self, type_text: str, reason: str) -> None:
        """Of a part of a value that is carried itself."""
        self.losses.append((type_text, reason))

    def loss_of(self, value: Any) -> tuple | None:
        """What has been noted of this very object."""
        return self._lost.get(id(value), (None, None))[1]

    def number_of(self, value: type) -> int:
        """Of a class in this pickle."""
        return self._numbers.setdefault(id(value), (len(self._numbers), value))[0]


def reference(pickler: StatePickler, found: tuple) -> Reduction:
    return look_up_again, found


def look_up_again(module: str, path: str) -> Any:
    """Restoring: an object of a library by its name."""
    return look_up(import_trusted(module), path)


def placeholder(pickler: StatePickler, value: LostValue) -> Reduction:
    """One of an earlier checkpoint: still lost."""
    type_text, reason = description(value)
    return pickler.lose(value, reason, type_text)


def step(pickler: StatePickler, value: Step) -> Reduction:
    return value.function, value.arguments


def anchored(pickler: StatePickler, value: Anchor) -> Reduction:
    return anchor, (value.name,)


def never(reason: str) -> Callable:
    """The rule for a kind that no checkpoint carries."""
    return lambda pickler, value: pickler.lose(value, reason)


def explain(error: BaseException) -> str:
    """A reason, for people."""
    text = str(error)
    if type(error) is CannotCarry:
        return text
    if type(error) is TypeError and text.startswith("cannot pickle"):
        return _UNPICKLABLE
    return "pickling it failed with %s%s" % (type(error).__name__, text and ": " + text)
