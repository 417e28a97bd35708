"""Each kind of object through a checkpoint: as it was, or named as lost. Never silently different."""

from __future__ import annotations

import unittest

import checkpoint_corpus
from checkpoint_cases import add_tests


class Corpus(unittest.TestCase):
    def test_it_is_large_enough(self) -> None:
        kinds = [case.kind for group in checkpoint_corpus.groups() for case in group.cases]
        self.assertGreaterEqual(len(kinds), 150)
        self.assertEqual(len(kinds), len(set(kinds)))


add_tests(Corpus, with_libraries=False)

if __name__ == "__main__":
    unittest.main()
