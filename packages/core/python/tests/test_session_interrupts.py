"""SIGINT reaches the code that it was meant for, and nothing else."""

from __future__ import annotations

import time
import unittest

from session_harness import SessionCase


class Interrupting(SessionCase):
    def test_sigint_in_the_code_is_a_keyboard_interrupt_and_keeps_the_state(self) -> None:
        self.ok("x = 5")
        for code in ("import time; time.sleep(30)", "while True: pass",
                     "import threading; threading.Event().wait()",
                     "class B:\n  def __repr__(self):\n    while True: pass\nB()",
                     "class E(Exception):\n  def __str__(self):\n    while True: pass\nraise E",
                     "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
                     "signal.pause()",
                     "import subprocess; subprocess.run(['sleep', '30'])"):
            self.keeper.start("print('go')\n" + code)
            time.sleep(0.02)
            answer = self.keeper.finish(interrupt_at="go")
            self.assertEqual(answer.status, "error", code)
            if "class E" not in code:
                self.assertEqual(answer.error["name"], "KeyboardInterrupt", code)
            self.assertNotIn("belljar", answer.error["traceback"])
        self.assertEqual(self.ok("x").plain, "5")

    def test_sigint_while_idle_is_forgotten(self) -> None:
        for code in ("1", "import signal; signal.signal(signal.SIGINT, signal.SIG_DFL); 1"):
            self.ok(code)
            for _ in range(5):
                self.keeper.interrupt()
            self.assertEqual(self.ok("1 + 1").plain, "2")

    def test_sigint_as_the_code_ends_never_reaches_the_next_execution(self) -> None:
        counts = {"ok": 0, "error": 0}
        for index in range(1500):
            self.keeper.start("for i in range(%d): pass" % (index * 37 % 8000))
            until = time.perf_counter() + index % 300 * 2e-6
            while time.perf_counter() < until:
                pass
            self.keeper.interrupt()
            answer = self.keeper.finish()
            counts[answer.status] += 1
            if answer.error is not None:
                self.assertEqual(answer.error["name"], "KeyboardInterrupt")
            self.assertEqual(self.keeper.execute("'next'").done["status"], "ok")
        self.assertGreater(counts["ok"], 0)
        self.assertGreater(counts["error"], 0)

    def test_sigint_while_displays_cross_corrupts_nothing(self) -> None:
        for index in range(100):
            self.keeper.start("for i in range(300): display('x' * 1000)")
            time.sleep(index % 10 * 1e-3)
            self.keeper.interrupt()
            answer = self.keeper.finish()
            self.assertTrue(all(len(d["text/plain"]) == 1002 for d in answer.displays))
        self.assertEqual(self.ok("7").plain, "7")

    def test_variables_that_take_for_ever_can_be_interrupted(self) -> None:
        self.ok("a = 1\nclass B:\n  def __repr__(self):\n    while True: pass\nb = B(); c = 2")
        self.keeper.send(b"V", {})
        time.sleep(0.2)
        self.keeper.interrupt()
        _, message = self.keeper.receive()
        self.assertIn("<interrupted>", [one["preview"] for one in message["variables"]])
        self.assertEqual(self.ok("a").plain, "1")

    def test_signals_are_as_a_script_expects_them(self) -> None:
        self.assertEqual(self.ok(
            "import signal\n[signal.getsignal(s) for s in (signal.SIGPIPE, signal.SIGTERM)] "
            "== [signal.SIG_IGN, signal.SIG_DFL]").plain, "True")


if __name__ == "__main__":
    unittest.main()
