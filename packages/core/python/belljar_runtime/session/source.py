"""From the text of an execution to code objects, with its lines kept for tracebacks."""

from __future__ import annotations

import __future__
import _ast
import linecache
import re
from types import CodeType
from typing import NamedTuple

from .notebook import is_suppressed, without_inline

_ONLY_AST = 0x400
_TOP_LEVEL_AWAIT = 0x2000
_COROUTINE = 0x80
_FUTURES = 0
for _name in __future__.all_feature_names:
    _FUTURES |= getattr(__future__, _name).compiler_flag

_SURROGATE = re.compile("[\ud800-\udfff]")
_MOST_INLINES = 20
# One line that, if it compiles, is an assignment and no expression.
_ASSIGNMENT = re.compile(
    r"[A-Za-z_][\w.]*(?:\[[^]=\n]*\])?\s*(?:[-+*/%&|^@]|//|\*\*|<<|>>)?=(?!=)[^;\n]*\Z", re.ASCII)
_LOOP_CALLS = ("create_task", "ensure_future", "get_running_loop")
_OWN_LOOP = ("run_until_complete", "run_forever", "asyncio.run(")


class Prepared(NamedTuple):
    parts: list
    """Code objects to run in turn."""
    has_value: bool
    """The last part is an expression whose value is the result."""
    in_loop: bool
    """Runs inside the sandbox's event loop."""


def file_name(number: int) -> str:
    return "<execution %d>" % number


def is_execution(name: str) -> bool:
    return name.startswith("<execution ")


class Compiler:
    """`from __future__` imports hold for later executions too, as at an interactive prompt."""

    def __init__(self) -> None:
        self.flags = _TOP_LEVEL_AWAIT

    def prepare(self, text: str, number: int) -> Prepared:
        name = file_name(number)
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        keep_lines(text, name)
        if _ASSIGNMENT.match(text) is not None:
            code = self._compile_assignment(text, name)
            if code is not None:
                return Prepared([code], False, False)
        tree = self._parse(text, name)
        body, last = tree.body, None
        if body and type(body[-1]) is _ast.Expr and not is_suppressed(text, body[-1]):
            last = body.pop()
        in_loop = _calls_for_loop(text, body, last)
        parts = []
        try:
            if body:
                parts.append(self._compile(tree, name, "exec"))
            if last is not None:
                parts.append(self._compile(_ast.Expression(last.value), name, "eval"))
        except SyntaxError as error:
            _add_line(error, text, name)
            raise
        in_loop = in_loop or any(part.co_flags & _COROUTINE for part in parts)
        return Prepared(parts, last is not None, in_loop)

    def _compile(self, tree: _ast.AST, name: str, mode: str) -> CodeType:
        code = compile(tree, name, mode, self.flags, True)
        self.flags |= code.co_flags & _FUTURES
        return code

    def _compile_assignment(self, text: str, name: str) -> CodeType | None:
        """Saves the tree, a third of the time. Anything unusual is left to the long way."""
        try:
            code = compile(text, name, "exec", self.flags, True)
        except (SyntaxError, ValueError):
            return None
        unusual = code.co_flags & _COROUTINE or any(call in text for call in _LOOP_CALLS)
        return None if unusual else code

    def _parse(self, text: str, name: str) -> _ast.Module:
        found = _SURROGATE.search(text)
        if found is not None:
            line = text.count("\n", 0, found.start()) + 1
            raise SyntaxError("line %d holds U+%04X, half of a surrogate pair, which no text file "
                              "can hold" % (line, ord(found.group())))
        for _ in range(_MOST_INLINES):
            try:
                return compile(text, name, "exec", self.flags | _ONLY_AST, True)
            except SyntaxError as error:
                text = without_inline(text, error)
        return compile(text, name, "exec", self.flags | _ONLY_AST, True)


def keep_lines(text: str, name: str) -> None:
    """Shows an execution's lines in tracebacks and to `inspect`; after a wake, again."""
    # No time of change, so that linecache never looks for a file of that name.
    lines = [line + "\n" for line in text.split("\n")]
    linecache.cache[name] = (len(text), None, lines, name)


def _add_line(error: SyntaxError, text: str, name: str) -> None:
    """Errors that the compiler finds after parsing come without their line."""
    lines = text.split("\n")
    if error.text is None and error.filename == name and 0 < (error.lineno or 0) <= len(lines):
        error.text = lines[error.lineno - 1]


def _calls_for_loop(text: str, body: list, last: _ast.Expr | None) -> bool:
    """Whether top-level code makes tasks, as a notebook lets it, without awaiting anything."""
    if not any(call in text for call in _LOOP_CALLS) or any(own in text for own in _OWN_LOOP):
        return False
    functions = (_ast.FunctionDef, _ast.AsyncFunctionDef, _ast.Lambda)
    waiting = list(body) if last is None else [*body, last]
    while waiting:
        node = waiting.pop()
        if isinstance(node, functions):
            continue
        if isinstance(node, _ast.Call):
            function = node.func
            if isinstance(function, _ast.Name) and function.id in _LOOP_CALLS:
                return True
            if (isinstance(function, _ast.Attribute) and function.attr in _LOOP_CALLS
                    and isinstance(function.value, _ast.Name) and function.value.id == "asyncio"):
                return True
        for field in node._fields:
            child = getattr(node, field, None)
            if isinstance(child, list):
                waiting += [item for item in child if isinstance(item, _ast.AST)]
            elif isinstance(child, _ast.AST):
                waiting.append(child)
    return False
