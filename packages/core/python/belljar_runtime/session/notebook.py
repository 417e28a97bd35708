"""Habits from notebooks in otherwise plain Python: trailing semicolons, `%` and `!` lines."""

from __future__ import annotations

import _ast
import re

_SEMICOLON = re.compile(r"(?:[\s)]|\\\n|#[^\n]*(?:\n|\Z))*;")
_INLINE = re.compile(r"\s*%matplotlib\b")


def is_suppressed(text: str, node: _ast.Expr) -> bool:
    """A semicolon after the last expression: its value is not wanted."""
    if ";" not in text:
        return False
    lines = text.split("\n")[node.end_lineno - 1:]
    lines[0] = lines[0].encode()[node.end_col_offset:].decode()
    return _SEMICOLON.match("\n".join(lines)) is not None


def without_inline(text: str, error: SyntaxError) -> str:
    """Takes out `%matplotlib inline`; explains any other notebook command; else raises `error`."""
    lines = text.split("\n")
    number = error.lineno or 0
    if not 0 < number <= len(lines):
        raise error
    line = lines[number - 1]
    command = line.strip()
    if _INLINE.match(line):
        lines[number - 1] = line[:len(line) - len(line.lstrip())] + "pass"
        return "\n".join(lines)
    if command[:1] not in ("%", "!"):
        raise error
    raise SyntaxError(
        "`%s` is a notebook command, not Python: run programs with subprocess.run([...]) or in "
        "the sandbox's shell" % command.split(None, 1)[0][:40],
        (error.filename, number, len(line) - len(line.lstrip()) + 1, line),
    ) from None
