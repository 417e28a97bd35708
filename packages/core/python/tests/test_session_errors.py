"""Exceptions of the code as results: their text, and the state after them."""

from __future__ import annotations

import os
import sys
import unittest

from session_harness import SessionCase

IS_GROUPED = sys.version_info >= (3, 11)


class Errors(SessionCase):
    def test_tracebacks_show_only_the_lines_of_the_code(self) -> None:
        self.ok("def f(n):\n    return 1 / n")
        error = self.fails("f(0)", "ZeroDivisionError").error
        self.assertEqual(error["message"], "division by zero")
        text = error["traceback"]
        head = 'Traceback (most recent call last):\n  File "<execution 2>", line 1, in <module>\n'
        self.assertTrue(text.startswith(head + "    f(0)\n"), text)
        self.assertIn('File "<execution 1>", line 2, in f\n    return 1 / n\n', text)
        self.assertNotIn("belljar", text)

    def test_no_path_of_the_machine_in_tracebacks_or_messages(self) -> None:
        for code, name in (("import json; json.loads('{')", "JSONDecodeError"),
                           ("from json import nothing", "ImportError"),
                           ("display(*[1], raw=5) or input()", None)):
            answer = self.run_code(code)
            for text in answer.error["traceback"], answer.error["message"]:
                self.assertNotIn(os.path.dirname(os.__file__), text)
                self.assertNotIn("belljar", text)
        text = self.run_code("json.loads('{')").error["traceback"]
        self.assertIn('File "lib/json/decoder.py"', text)

    def test_syntax_errors_show_the_place(self) -> None:
        error = self.fails("x = 1\ny = (1 +\n", "SyntaxError").error
        self.assertIn('File "<execution 1>"', error["traceback"])
        self.assertNotIn("Traceback", error["traceback"])
        error = self.fails("x = 1\nx = = 2", "SyntaxError").error
        self.assertIn("    x = = 2\n", error["traceback"])
        self.assertIn("^", error["traceback"])
        self.assertIn("return 5", self.fails("x = 1\nreturn 5", "SyntaxError").error["traceback"])
        self.fails("def f():\npass", "IndentationError")
        self.fails("def f():\n  await g()", "SyntaxError")

    def test_code_that_is_no_text_is_an_ordinary_error(self) -> None:
        answer = self.run_code("x = 1\0")
        self.assertIn("null bytes", answer.error["message"])
        self.assertIn("U+D800", self.fails("x = 1\ny = '\ud800'", "SyntaxError").error["message"])
        self.assertIn(self.run_code("(" * 5000 + ")" * 5000).error["name"],
                      ("SyntaxError", "MemoryError", "RecursionError"))
        self.assertEqual(self.ok("1\r\n2\r3").plain, "3")

    def test_exits_memory_errors_and_recursion_keep_the_state(self) -> None:
        self.ok("kept = 1")
        for code in ("exit()", "quit(0)", "import sys; sys.exit(0)", "raise SystemExit"):
            self.fails(code, "SystemExit")
        self.assertEqual(self.fails("sys.exit('why')", "SystemExit").error["message"], "why")
        self.fails("raise MemoryError", "MemoryError")
        self.fails("bytearray(10**15)", "MemoryError")
        text = self.fails("def f(): f()\nf()", "RecursionError").error["traceback"]
        self.assertIn("Previous line repeated", text)
        self.assertLess(len(text), 2000)
        text = self.fails("sys.setrecursionlimit(30_000)\ndef a(n): return b(n)\n"
                          "def b(n): return a(n - 1) if n else 1/0\na(8000)",
                          "ZeroDivisionError").error["traceback"]
        self.assertIn("frames left out]", text)
        self.run_code("sys.setrecursionlimit(60)\ndef f(): f()\nf()")
        self.assertEqual(self.ok("kept").plain, "1")

    def test_code_that_fills_its_memory_is_told_so_and_goes_on(self) -> None:
        self.ok("import resource\nkept = 1\n"
                "used = int(open('/proc/self/statm').read().split()[0]) * 4096\n"
                "resource.setrlimit(resource.RLIMIT_AS, (used + 10**8,) * 2)")
        for step in ("'x' * 10**6", "'x' * 10**4", "[n, n]"):
            # Small pieces last, so that hardly a byte is left.
            self.fails("held = []\nn = 0\nwhile True: n += 1; held.append(%s)" % step,
                       "MemoryError")
            self.assertEqual(self.ok("len(held) > 50, kept").plain, "(True, 1)")
            self.ok("del held")
        self.assertEqual(self.ok("display(1)\nkept").plain, "1")

    def test_hostile_exceptions(self) -> None:
        self.fails("class E(Exception):\n  def __str__(self): 1/0\nraise E", "E")
        self.fails("class E(Exception):\n  def __str__(self): raise SystemExit\nraise E", "E")
        self.fails("class E(Exception):\n  def __str__(self): return 5\nraise E", "E")
        error = self.fails("raise ValueError('x' * 10**6)", "ValueError").error
        self.assertLess(len(error["message"]), 10_100)
        self.assertLess(len(error["traceback"]), 100_100)
        self.assertIn("characters left out]", error["traceback"])
        self.fails("e = None\nfor i in range(5000):\n  n = ValueError(i); n.__cause__ = e; e = n\n"
                   "raise e", "ValueError")
        self.fails("a = ValueError('a'); b = ValueError('b'); a.__cause__ = b; b.__cause__ = a\n"
                   "raise a", "ValueError")
        self.fails("E = type('N' * 10**5, (Exception,), {})\nraise E", "N" * 100
                   + "\n[99,800 characters left out]\n" + "N" * 100)
        self.fails("class M(type):\n  __name__ = property(lambda c: 1/0)\n"
                   "class E(Exception, metaclass=M): pass\nraise E", "E")
        error = self.fails("try: 1/0\nexcept Exception as e: raise KeyError('k') from e",
                           "KeyError").error
        self.assertIn("The above exception was the direct cause", error["traceback"])

    @unittest.skipUnless(IS_GROUPED, "exception groups came with Python 3.11")
    def test_exception_groups(self) -> None:
        text = self.fails("def f(): 1/0\ntry: f()\nexcept Exception as e: g = e\n"
                          "raise ExceptionGroup('both', [g, ValueError('v')])",
                          "ExceptionGroup").error["traceback"]
        self.assertIn("ZeroDivisionError", text)
        self.assertNotIn("belljar", text)

    def test_notebook_commands(self) -> None:
        self.ok("%matplotlib inline\nimport math\nif True:\n    %matplotlib notebook\nmath.pi;")
        self.assertEqual(self.ok("text = '''\n%matplotlib inline\n!ls\n'''\ntext").plain,
                         "'\\n%matplotlib inline\\n!ls\\n'")
        for code in ("!ls -l", "x = 1\n%pip install x", "%%bash\nls"):
            error = self.fails(code, "SyntaxError").error
            self.assertIn("is a notebook command, not Python", error["message"])
            self.assertIn("subprocess.run", error["message"])
        self.assertNotIn("notebook", self.fails("x = = 1\n!ls", "SyntaxError").error["message"])

    def test_tracing_functions_do_not_outlive_their_execution(self) -> None:
        self.ok("import sys\ndef t(*a): raise RuntimeError('traced')\nsys.setprofile(None)")
        self.run_code("sys.settrace(t)")
        self.run_code("sys.setprofile(t)")
        self.assertEqual(self.ok("sys.gettrace(), sys.getprofile()").plain, "(None, None)")


if __name__ == "__main__":
    unittest.main()
