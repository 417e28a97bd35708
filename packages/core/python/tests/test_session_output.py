"""What the session shows: output, displays and results, in order."""

from __future__ import annotations

import os
import sys
import unittest

from session_harness import SessionCase, lines


class Output(SessionCase):
    def test_displays_come_in_order_with_what_is_printed(self) -> None:
        answer = self.ok("print('a', end='')\ndisplay(1, 'x')\nprint('b')\n'end'")
        self.assertEqual(answer.outputs, [
            ("stdout", "a"), ("display", {"text/plain": "1"}), ("display", {"text/plain": "'x'"}),
            ("stdout", "b\n")])
        answer = self.ok("display({'text/html': '<b>', 'image/png': b'abc'}, raw=True)")
        self.assertEqual(answer.displays[0]["image/png"], "YWJj")

    def test_partial_lines_arrive_before_the_answer(self) -> None:
        answer = self.ok("import sys\nprint('no newline', end='')\nsys.stderr.write('err');")
        self.assertEqual((answer.stdout, answer.stderr), ("no newline", "err"))

    def test_output_of_c_code_and_subprocesses_is_caught(self) -> None:
        answer = self.ok("import ctypes, subprocess\nctypes.CDLL(None).printf(b'from c');\n")
        self.assertEqual(answer.stdout, "from c")
        self.assertEqual(self.ok("subprocess.run(['echo', 'sub']);").stdout, "sub\n")

    def test_lone_surrogates_are_printed_escaped(self) -> None:
        answer = self.ok("print('\\ud800')\n'\\ud800'")
        self.assertEqual((answer.stdout, answer.plain), ("\\ud800\n", "'\\ud800'"))
        self.assertEqual(self.ok("{'a': '\\udfff'}").result["application/json"], {"a": "\udfff"})
        self.assertEqual(self.ok("display({'text/plain': '\\ud800'}, raw=True)").displays,
                         [{"text/plain": "\ud800"}])

    def test_streams_work_again_after_the_code_broke_them(self) -> None:
        for code in (
            "import sys, os, io", "sys.stdout.close()", "sys.stdout = io.StringIO()",
            "sys.stdout = sys.stderr = None", "os.close(1)", "os.close(2)",
            "os.close(1); os.close(2)",
            "sys.stdout.detach()", "sys.stdin.close()", "sys.__stdout__.close()",
            "os.dup2(os.open('/dev/null', os.O_WRONLY), 1)",
            "os.close(1); f = open('x', 'w')", "sys.stdout.buffer.close()", "del sys.stdout",
        ):
            self.run_code(code)
            answer = self.ok("import sys, os\nprint('out'); print('err', file=sys.stderr)\n"
                             "sys.stdin.read()")
            self.assertEqual((answer.stdout, answer.stderr), ("out\n", "err\n"), code)
            self.assertEqual(answer.plain, "''", code)

    def test_what_was_printed_after_descriptor_1_was_closed_is_not_lost(self) -> None:
        self.ok("import os")
        answer = self.ok("os.close(1)\nimport sys; sys.stdout.write('kept');")
        self.assertEqual(answer.stdout, "kept")

    def test_much_output_and_large_results_pass(self) -> None:
        self.assertEqual(len(self.ok("for i in range(20000): print('x' * 99)").stdout), 2_000_000)
        answer = self.ok("list(range(10_000_000))")
        self.assertTrue(answer.plain.endswith("[cut after 100,000 characters]"))
        self.assertTrue(answer.done["truncated"])
        self.assertEqual(self.ok("'x' * 100_000_000").plain[:3], "'xx")
        self.assertFalse(self.ok("1").done["truncated"])

    def test_a_bundle_over_the_cap_is_replaced_by_its_text(self) -> None:
        code = ("class H:\n  def _repr_html_(self): return 'x' * 40_000_000\n"
                "  def __repr__(self): return 'H!'\n")
        answer = self.ok(code + "display(H())\nH()")
        for bundle in (answer.result, answer.displays[0]):
            self.assertEqual(list(bundle), ["text/plain"])
            self.assertIn("H!\n[text/html of 40,000,002 bytes left out", bundle["text/plain"])
        self.assertTrue(answer.done["truncated"])

    def test_warnings_name_their_line_and_come_again(self) -> None:
        for number in (1, 2):
            answer = self.ok("import warnings\nwarnings.warn('careful')")
            self.assertEqual(answer.stderr, "<execution %d>:2: UserWarning: careful\n"
                             "  warnings.warn('careful')\n" % number)

    def test_input_says_that_nobody_is_there(self) -> None:
        answer = self.fails("input('name? ')", "EOFError")
        self.assertIn("pass values in the code or in files", answer.error["message"])


class Bundles(SessionCase):
    def test_rich_forms_of_objects(self) -> None:
        answer = self.ok(lines('''
            class R:
                def _repr_html_(self): return '<p>'
                def _repr_markdown_(self): return '*m*'
                def _repr_svg_(self): return '<svg/>'
                def _repr_png_(self): return b'png', {'width': 1}
                def _repr_latex_(self): return '$x$'
                def _repr_json_(self): return {'a': [1]}
                def _repr_mimebundle_(self, include=None, exclude=None):
                    return {'text/html': '<q>', 'x/y': 1}
                def __repr__(self): return 'R()'
            R()
        '''))
        self.assertEqual(answer.result, {
            "text/plain": "R()", "text/html": "<q>", "x/y": 1, "text/markdown": "*m*",
            "image/svg+xml": "<svg/>", "image/png": "cG5n", "text/latex": "$x$",
            "application/json": {"a": [1]}})
        self.assertEqual(list(self.ok("R").result), ["text/plain"])
        self.ok("import unittest.mock")
        self.assertEqual(list(self.ok("unittest.mock.MagicMock()").result), ["text/plain"])

    def test_json_only_where_nothing_is_lost(self) -> None:
        self.assertEqual(self.ok("{'a': [1, 2.5, None, True]}").result["application/json"],
                         {"a": [1, 2.5, None, True]})
        for code in ("[float('nan')]", "[float('inf')]", "{1: 2}", "[(1,)]", "[2**60]",
                     "[object()]",
                     "l = []; l.append(l); l", "list(range(200_000))", "(1, 2)", "5", "[b'']"):
            self.assertEqual(list(self.ok(code).result), ["text/plain"], code)
        deep = "d = []\nfor _ in range(5000): d = [d]\n"
        self.assertEqual(self.run_code(deep + "d").status, "ok")

    def test_hostile_representations(self) -> None:
        answer = self.ok("class B:\n  def __repr__(self): 1/0\nB()")
        self.assertEqual(answer.plain, "<__main__.B: its repr failed with ZeroDivisionError>")
        answer = self.ok("class B:\n  def __repr__(self): return 5\nB()")
        self.assertIn("its repr failed with TypeError", answer.plain)
        answer = self.ok("class B:\n  def _repr_html_(self): raise ValueError('no')\nB()")
        self.assertIn("_repr_html_ of __main__.B failed: ValueError('no')", answer.stderr)
        self.assertEqual(list(answer.result), ["text/plain"])
        answer = self.ok("class B:\n  def __repr__(self): return 'é' * 10**7\nB()")
        self.assertTrue(answer.done["truncated"])
        self.ok("class S(str):\n  def __getitem__(s, i): 1/0\n  def __len__(s): return -1\n"
                "class B:\n  def __repr__(self): return S('ok')\nB()")
        self.fails("class B:\n  def __repr__(self): raise SystemExit\nB()", "SystemExit")
        self.ok("class B:\n  def _repr_json_(self): return {1: object(), 'a': float('nan')}\nB()")
        self.ok("class M(type):\n  @property\n  def __module__(c): 1/0\n"
                "class B(metaclass=M):\n  def __repr__(self): 1/0\nB()")


if __name__ == "__main__":
    unittest.main()
