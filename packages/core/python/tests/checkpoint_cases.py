"""The corpus as test methods."""

from __future__ import annotations

import importlib.util
import sys
import unittest
from typing import Callable

import checkpoint_corpus
from checkpoint_harness import carry_case


def _missing(case: checkpoint_corpus.Case) -> list:
    missing = [name for name in case.needs if importlib.util.find_spec(name) is None]
    if sys.version_info < case.since:
        missing.append("Python %d.%d" % case.since)
    return missing


def _test(case: checkpoint_corpus.Case) -> Callable:
    def test(self: unittest.TestCase) -> None:
        before, after, lost = carry_case(case.make, case.check)
        if not case.lost:
            self.assertEqual(before.status, "ok", "before: %s" % before.error)
        self.assertEqual(after.status, "ok", "after: %s; lost: %r" % (after.error, lost))
        self.assertEqual({loss[0] for loss in lost}, set(case.lost), lost)
        for name, _, reason in lost:
            self.assertIn(case.lost[name], reason)

    missing = _missing(case)
    return unittest.skipIf(missing, "not installed: %s" % ", ".join(missing))(test)


def add_tests(to: type, with_libraries: bool) -> None:
    """One for each case of the groups that need libraries, or of those that need none."""
    for group in checkpoint_corpus.groups():
        if group.needs_library is not with_libraries:
            continue
        for number, case in enumerate(group.cases):
            words = "".join(c if c.isalnum() else "_" for c in case.kind)
            setattr(to, "test_%s_%02d_%s" % (group.title.split()[0], number, words), _test(case))
