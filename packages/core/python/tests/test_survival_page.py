"""docs/survival.md says of each kind of object what the corpus shows."""

from __future__ import annotations

import unittest

import checkpoint_corpus
import survival_table


class SurvivalPage(unittest.TestCase):
    def test_it_is_what_the_corpus_gives(self) -> None:
        with open(survival_table.PAGE, encoding="utf-8") as stream:
            page = stream.read()
        reasons = survival_table.reasons_in(page)
        self.assertEqual(page, survival_table.with_tables(page, reasons),
                         "run tests/survival_table.py")
        for group in checkpoint_corpus.groups():
            for case in group.cases:
                for words in case.lost.values():
                    self.assertIn(words, reasons[case.kind])


if __name__ == "__main__":
    unittest.main()
