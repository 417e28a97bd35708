"""The slow unpickler: what raises as it is made becomes a placeholder, and the rest goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from ..imports import import_trusted
from ..plain import type_name
from .lost import LostValue, LostValueError
from .pickler import explain

if TYPE_CHECKING:
    from .restoring import Finder, Pickled

_pickle: Any = import_trusted("pickle")


class Guarded(_pickle._Unpickler):
    dispatch = dict(_pickle._Unpickler.dispatch)

    def __init__(self, pickled: Pickled, finder: Finder) -> None:
        super().__init__(pickled.reader(), buffers=pickled.buffers)
        self.losses: list = []
        self._finder, self._label = finder, ""

    def load_part(self, label: str) -> None:
        self._label = label
        self.load()

    def find_class(self, module: str, path: str) -> Any:
        try:
            return self._finder.find(module, path)
        except BaseException as error:  # noqa: BLE001 - a library's import may raise anything
            return self._lose("%s.%s" % (module, path), "importing it", error)

    def _attempt(self, function: Callable, *arguments: Any, **named: Any) -> Any:
        if arguments and type(arguments[0]) is LostValue and _is_ours(function):
            return arguments[0]  # what would be done with it is lost with it
        try:
            return function(*arguments, **named)
        except LostValueError as error:
            return LostValue("value", str(error))
        except BaseException as error:  # noqa: BLE001 - the code's own methods
            kind = function if isinstance(function, type) else arguments[0] if arguments else None
            name = kind.__name__ if isinstance(kind, type) else type_name(kind)
            return self._lose(name, "making it again", error)

    def _lose(self, type_text: str, doing: str, error: BaseException) -> LostValue:
        reason = explain(error).replace("pickling it", doing)
        self.losses.append((self._label, type_text, reason))
        return LostValue(type_text, reason)

    def _reduce(self) -> None:
        arguments = self.stack.pop()
        self.stack[-1] = self._attempt(self.stack[-1], *arguments)

    def _new(self) -> None:
        arguments = self.stack.pop()
        kind = self.stack.pop()
        self.stack.append(self._attempt(_new_object, kind, *arguments))

    def _new_with_names(self) -> None:
        named, arguments = self.stack.pop(), self.stack.pop()
        kind = self.stack.pop()
        self.stack.append(self._attempt(_new_object, kind, *arguments, **named))

    def _carry_out(self, operation: Callable, target: Any, below: list, depth: int) -> None:
        """An operation on `target`, which lies in the stack `below` at `depth`."""
        try:
            operation(self)
        except BaseException as error:  # noqa: BLE001 - the code's own methods
            lost = self._lose(type_name(target), "making it again", error)
            if self.metastack and self.metastack[-1] is below:
                self.metastack.pop()
            self.stack = below
            self.append = below.append
            below[depth:] = [lost]
            for place, value in self.memo.items():
                if value is target:
                    self.memo[place] = lost

    dispatch[_pickle.REDUCE[0]] = _reduce
    dispatch[_pickle.NEWOBJ[0]] = _new
    dispatch[_pickle.NEWOBJ_EX[0]] = _new_with_names


def _is_ours(function: Any) -> bool:
    return getattr(function, "__module__", "").startswith(__name__.rpartition(".")[0])


def _new_object(kind: type, *arguments: Any, **named: Any) -> Any:
    return kind.__new__(kind, *arguments, **named)


def _on_top(operation: Callable, taken: int) -> Callable:
    """For an operation that takes so many values and leaves the first of them, changed."""
    def carry_out(self: Guarded) -> None:
        depth = len(self.stack) - taken
        self._carry_out(operation, self.stack[depth], self.stack, depth)

    return carry_out


def _on_marked(operation: Callable) -> Callable:
    """For an operation on what lies below the mark; all above the mark goes into it."""
    def carry_out(self: Guarded) -> None:
        below = self.metastack[-1]
        self._carry_out(operation, below[-1], below, len(below) - 1)

    return carry_out


def _frozen(self: Guarded) -> None:
    items = self.pop_mark()
    self.append(self._attempt(frozenset, items))


_guards = {_pickle.BUILD: (_on_top, 2), _pickle.APPEND: (_on_top, 2), _pickle.SETITEM: (_on_top, 3),
           _pickle.APPENDS: (_on_marked,), _pickle.ADDITEMS: (_on_marked,),
           _pickle.SETITEMS: (_on_marked,)}
for _code, (_guard, *_taken) in _guards.items():
    Guarded.dispatch[_code[0]] = _guard(Guarded.dispatch[_code[0]], *_taken)
Guarded.dispatch[_pickle.FROZENSET[0]] = _frozen
