"""Kinds of objects, each with code that makes one and code that looks at it after a wake."""

from __future__ import annotations

import importlib
import os
from typing import NamedTuple


_USES = "try: "


class Case(NamedTuple):
    kind: str
    make: str
    check: str
    """Assertions. They hold before the checkpoint too, but for what is lost."""
    lost: dict
    """By variable or setting: words of the reason."""
    needs: tuple
    since: tuple
    """The version of Python that has such objects."""
    before: tuple
    """The version from which they cannot be carried any more."""

    @property
    def outcome(self) -> str:
        """In words, for the documentation."""
        if not self.lost:
            return "carried"
        return "lost" if self.check.startswith(_USES) else "carried in part"


class Group(NamedTuple):
    title: str
    cases: list
    needs_library: bool


class Corpus:
    """Collects the cases of one file."""

    def __init__(self, title: str, *needs: str) -> None:
        self.group, self._needs = Group(title, [], bool(needs)), needs

    def carried(self, kind: str, make: str, check: str, since: tuple = (3, 9),
                before: tuple = (4,), needs: tuple = (), **lost: str) -> None:
        """`lost`: parts of it that are named as lost, while the rest is carried."""
        self.group.cases.append(
            Case(kind, make, check, lost, (*self._needs, *needs), since, before))

    def lost(self, kind: str, make: str, reason: str, name: str = "x") -> None:
        """The variable `x` is lost, and using it says so."""
        check = ("try: %s.anything\nexcept RuntimeError as error: "
                 "assert 'could not be carried' in str(error), error\n"
                 "else: raise AssertionError(%s)" % (name, name))
        self.group.cases.append(Case(kind, make, check, {name: reason}, self._needs, (3, 9), (4,)))


def groups() -> list:
    """All of them, in the order of their files' names."""
    folder = os.path.dirname(os.path.abspath(__file__))
    names = sorted(name[:-3] for name in os.listdir(folder) if name.startswith("corpus_"))
    return [importlib.import_module("checkpoint_corpus." + name).corpus.group for name in names]
