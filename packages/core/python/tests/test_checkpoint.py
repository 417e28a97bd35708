"""A session's memory put into another session: what is the same, and what is named as lost."""

from __future__ import annotations

import os
import unittest

from checkpoint_harness import Checkpointed, carry


class Checkpoints(unittest.TestCase):
    def carried(self, code: str, check: str) -> list:
        """What was lost, when the check passed in the successor of the session that ran the code."""
        answer, lost = carry(code, check)
        self.assertEqual(answer.status, "ok", answer.error)
        return lost

    def test_a_failure_costs_its_own_variable_only(self) -> None:
        lost = self.carried(
            "class Raises:\n    def __reduce__(self): raise KeyError('no')\n"
            "class Leaves:\n    def __reduce__(self): raise SystemExit(3)\n"
            "class Refuses:\n    def __init__(self): self.a = 1\n"
            "    def __setstate__(self, state): raise ValueError('never')\n"
            "before, a, b, c, after = 1, [Raises(), 2], [Leaves(), 3], [Refuses(), 4], 5\nboth = a",
            "assert (before, after, a[1], c[1]) == (1, 5, 2, 4) and both is a\n"
            "for value in (a[0], b, c[0]):\n"
            "    try: value.anything\n"
            "    except RuntimeError as error: assert 'carried over' in str(error), error\n"
            "    else: raise AssertionError(value)")
        self.assertEqual([loss[:2] for loss in lost], [
            ["a", "__main__.Raises"], ["b", "list"], ["c", "__main__.Refuses"]])

    def test_a_setting_that_cannot_be_read_is_named(self) -> None:
        lost = self.carried("import decimal\nx = 1\nreal, decimal.getcontext = decimal.getcontext, None",
                            "assert x == 1")
        self.assertEqual([loss[:2] for loss in lost], [["decimal context", "setting"]])

    def test_a_chain_of_any_length_is_carried(self) -> None:
        lost = self.carried(
            "class Node: pass\nfirst = node = Node()\n"
            "for i in range(100_000): node.next = Node(); node = node.next\nlast = node\ndel node",
            "node, steps = first, 0\nwhile hasattr(node, 'next'): node = node.next; steps += 1\n"
            "assert steps == 100_000 and node is last\n"
            "while first is not None: first = first.__dict__.pop('next', None)")
        self.assertEqual(lost, [])

    def test_successors_draw_the_same_numbers_unless_they_are_to_have_their_own(self) -> None:
        for made in ("import random", "import random; random.random()"):
            first, *successors = sessions = [Checkpointed() for _ in range(5)]
            path = os.path.join(first.folder, "state")
            try:
                self.assertEqual(first.execute(made).status, "ok")
                first.capture(path)
                drawn = []
                for session, reseed in zip(successors, (False, False, True, True)):
                    session.restore(path, reseed)
                    drawn.append(session.execute("random.random()").plain)
                self.assertEqual(drawn[0], drawn[1])
                self.assertEqual(len(set(drawn)), 3)
                self.assertEqual(first.execute("random.random()").plain, drawn[0])
            finally:
                for session in sessions:
                    session.close()


if __name__ == "__main__":
    unittest.main()
