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
    if sys.version_info >= case.before:
        missing.append("a Python before %d.%d" % case.before)
    return missing


def _test(case: checkpoint_corpus.Case) -> Callable:
    def test(self: unittest.TestCase) -> None:
        carried = carry_case(case.make, case.check)
        if not case.lost:
            self.assertEqual(carried.before.status, "ok", "before: %s" % carried.before.error)
        self.assertEqual(carried.after.status, "ok",
                         "after: %s; lost: %r" % (carried.after.error, carried.lost))
        self.assertEqual({loss[0] for loss in carried.lost}, set(case.lost), carried.lost)
        self.assertLessEqual({loss[0] for loss in carried.lost_again}, set(case.lost))
        for name, _, reason in carried.lost:
            self.assertIn(case.lost[name], reason)
        if not case.lost and not case.needs:  # libraries leave out what they can make again
            self.assertEqual(*carried.fingerprints[:2])
            self.assertEqual(*carried.fingerprints[1:])

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
