"""Each kind of object through a checkpoint: as it was, or named as lost. Never silently different."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import unittest

import checkpoint_corpus
from checkpoint_harness import Checkpointed, carry_case

for _library in ("numpy", "pandas", "matplotlib.pyplot"):  # once, before the sessions fork
    if importlib.util.find_spec(_library.partition(".")[0]) is not None:
        os.environ["MPLBACKEND"] = "Agg"
        importlib.import_module(_library)


class Corpus(unittest.TestCase):
    def test_it_is_large_enough(self) -> None:
        kinds = [case.kind for group in checkpoint_corpus.groups() for case in group.cases]
        self.assertGreaterEqual(len(set(kinds)), 150)
        self.assertEqual(len(kinds), len(set(kinds)))


def _missing(case: checkpoint_corpus.Case) -> list:
    missing = [name for name in case.needs if importlib.util.find_spec(name) is None]
    if sys.version_info < case.since:
        missing.append("Python %d.%d" % case.since)
    return missing


def _test(case: checkpoint_corpus.Case):  # type: ignore[no-untyped-def]
    def test(self: unittest.TestCase) -> None:
        before, after, lost = carry_case(case.make, case.check)
        if not case.lost:
            self.assertEqual(before.status, "ok", "before: %s" % before.error)
        self.assertEqual(after.status, "ok", "after: %s; lost: %r" % (after.error, lost))
        self.assertEqual({loss[0] for loss in lost}, set(case.lost), lost)
        for name, _, reason in lost:
            self.assertIn(case.lost[name], reason)

    missing = _missing(case)
    return unittest.skipIf(missing, "not here: %s" % ", ".join(missing))(test)


for _group in checkpoint_corpus.groups():
    for _number, _case in enumerate(_group.cases):
        _words = "".join(c if c.isalnum() else "_" for c in _case.kind)
        setattr(Corpus, "test_%s_%02d_%s" % (_group.title.split()[0], _number, _words), _test(_case))


if __name__ == "__main__":
    unittest.main()
