"""The session: what an execution keeps, shows, and says when it fails."""

from __future__ import annotations

import os
import signal
import sys
import textwrap
import time
import unittest

from session_harness import Keeper, SessionCase

IS_GROUPED = sys.version_info >= (3, 11)


def lines(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


class Values(SessionCase):
    def test_names_persist_and_the_last_expression_is_the_result(self) -> None:
        self.assertIsNone(self.ok("x = 1").result)
        self.assertIsNone(self.ok("x += 1").result)
        self.assertEqual(self.ok("x").plain, "2")
        self.assertIsNone(self.ok("None").result)
        self.assertEqual(self.ok("'a'\n1\n[x, 3] # a comment; with a semicolon").plain, "[2, 3]")
        self.assertEqual(self.ok("'only a string'").plain, "'only a string'")
        self.assertIsNone(self.ok("").result)
        self.assertIsNone(self.ok("# nothing").result)

    def test_a_trailing_semicolon_suppresses_the_result(self) -> None:
        for code in ("5;", "5 ; # why", "(5\n);", "'ü';", "x = 1; x;", "(5) \\\n;"):
            self.assertIsNone(self.ok(code).result, code)
        self.assertEqual(self.ok("x = 1; x").plain, "1")
        self.assertEqual(self.ok("';'").plain, "';'")
        self.assertEqual(self.ok("5 # ;").plain, "5")

    def test_underscore_is_the_last_result_unless_the_code_has_its_own(self) -> None:
        self.ok("40 + 2")
        self.assertEqual(self.ok("_ + 1").plain, "43")
        self.assertEqual(self.ok("_").plain, "43")
        self.ok("_ = 'mine'")
        self.ok("1")
        self.assertEqual(self.ok("_").plain, "'mine'")

    def test_main_is_a_module_as_in_a_notebook(self) -> None:
        self.assertEqual(self.ok("__name__").plain, "'__main__'")
        self.assertEqual(self.ok("if __name__ == '__main__': print('main')").stdout, "main\n")
        self.ok("import sys, pickle\nclass A:\n  def __eq__(self, o): return type(o) is A")
        self.assertEqual(self.ok("sys.modules['__main__'].A is A").plain, "True")
        self.assertEqual(self.ok("pickle.loads(pickle.dumps(A())) == A()").plain, "True")
        self.assertEqual(self.ok("sys.argv, sys.path[0]").plain, "([''], '')")
        self.ok("open('helper_of_mine.py', 'w').write('VALUE = 7')")
        self.assertEqual(self.ok("import helper_of_mine as h; h.VALUE").plain, "7")
        self.assertEqual(self.ok("import os; sorted(os.listdir())").plain, "['helper_of_mine.py']")

    def test_modules_made_between_executions_are_found_at_once(self) -> None:
        for index in range(20):
            self.fails("import made_%d" % index, "ModuleNotFoundError")
            with open(os.path.join(self.keeper.folder, "made_%d.py" % index), "w") as file:
                file.write("A = 1")
            self.ok("import made_%d" % index)

    def test_dataclasses_decorators_annotations_getsource_doctest(self) -> None:
        self.ok(lines('''
            import dataclasses, doctest, functools, inspect
            @dataclasses.dataclass(frozen=True)
            class P:
                a: int
                b: list[int] = dataclasses.field(default_factory=list)
            @functools.lru_cache
            def double(n):
                """
                >>> double(2)
                4
                """
                return 2 * n
            top: int = 3
        '''))
        self.assertEqual(self.ok("P(1)").plain, "P(a=1, b=[])")
        self.assertIn("@functools.lru_cache\ndef double(n):", self.ok("print(inspect.getsource(double))").stdout)
        self.assertEqual(self.ok("doctest.testmod()").plain, "TestResults(failed=0, attempted=1)")
        self.assertIn("top", self.ok("import __main__; __main__.__annotations__").plain)

    def test_future_imports_hold_for_later_executions(self) -> None:
        self.ok("from __future__ import annotations")
        self.assertEqual(self.ok("def f(a: nothing_known): pass\nf.__annotations__").plain,
                         "{'a': 'nothing_known'}")

    def test_processes_and_threads_of_the_code_work(self) -> None:
        answer = self.ok(lines('''
            import multiprocessing, concurrent.futures, threading
            class Box:
                def __init__(self, n): self.n = n
            def work(n): return Box(n * n)
            with multiprocessing.Pool(2) as pool:
                a = [b.n for b in pool.map(work, range(4))]
            with concurrent.futures.ProcessPoolExecutor(2) as pool:
                b = [b.n for b in pool.map(work, range(4))]
            t = threading.Thread(target=lambda: display('from a thread')); t.start(); t.join()
            a, b
        '''))
        self.assertEqual(answer.plain, "([0, 1, 4, 9], [0, 1, 4, 9])")
        self.assertEqual(answer.displays, [{"text/plain": "'from a thread'"}])

    def test_a_forked_child_that_runs_off_the_end_ends_there(self) -> None:
        answer = self.ok(lines('''
            import os
            pid = os.fork()
            if pid:
                status = os.waitpid(pid, 0)[1]
            else:
                display('from the child')
            os.WEXITSTATUS(status) if pid else None
        '''))
        self.assertEqual((answer.plain, answer.stdout), ("0", "'from the child'\n"))
        answer = self.ok("pid = os.fork()\nif not pid: 1/0\nos.waitpid(pid, 0)[1] >> 8")
        self.assertEqual(answer.plain, "1")
        self.assertIn("ZeroDivisionError", answer.stderr)
        self.assertEqual(self.ok("1").plain, "1")


class Awaiting(SessionCase):
    def test_top_level_await_with_tasks_and_locks_that_go_on(self) -> None:
        self.ok("import asyncio\nlock = asyncio.Lock()\nawait lock.acquire()")
        self.ok(lines('''
            async def work(n):
                await asyncio.sleep(0.01)
                async with lock: return n
            task = asyncio.create_task(work(1))
        '''))
        self.ok("await asyncio.sleep(0.03)\nlock.release()")
        self.assertEqual(self.ok("await task").plain, "1")
        self.assertEqual(self.ok("[n async for n in (await asyncio.sleep(0, i) for i in range(3))]").plain,
                         "[0, 1, 2]")

    def test_asyncio_run_and_run_until_complete_work_beside_it(self) -> None:
        self.ok("import asyncio\nasync def f(): await asyncio.sleep(0); return 5")
        self.assertEqual(self.ok("asyncio.run(f())").plain, "5")
        self.assertEqual(self.ok("await f()").plain, "5")
        self.assertEqual(self.ok("asyncio.run(f())").plain, "5")
        self.assertEqual(self.ok("asyncio.get_event_loop().run_until_complete(f())").plain, "5")
        self.assertEqual(self.ok("await f()").plain, "5")

    def test_errors_and_exits_in_awaiting_code_leave_no_frames_of_asyncio(self) -> None:
        answer = self.fails("import asyncio\nasync def f(): 1/0\nawait f()", "ZeroDivisionError")
        self.assertNotIn("asyncio", answer.error["traceback"].split("line 3")[0])
        self.assertNotIn("base_events", answer.error["traceback"])
        self.fails("await asyncio.sleep(0)\nraise SystemExit(3)", "SystemExit")
        self.ok("await asyncio.sleep(0)")

    def test_an_interrupted_await_does_not_go_on_in_the_next_execution(self) -> None:
        self.keeper.start("import asyncio\nprint('go')\nawait asyncio.sleep(30)\nprint('went on')")
        answer = self.keeper.finish(interrupt_at="go")
        self.assertEqual(answer.error["name"], "KeyboardInterrupt")
        self.assertEqual(self.ok("await asyncio.sleep(0.01)").stdout, "")

    def test_the_loop_holds_no_descriptor_between_executions(self) -> None:
        self.ok("import os\nbefore = len(os.listdir('/proc/self/fd'))")
        self.ok("import asyncio\nawait asyncio.sleep(0)")
        self.assertEqual(self.ok("len(os.listdir('/proc/self/fd')) - before").plain, "0")
        self.assertEqual(self.ok(lines('''
            p = await asyncio.create_subprocess_exec('echo', 'hi', stdout=asyncio.subprocess.PIPE)
            (await p.communicate())[0]
        ''')).plain, "b'hi\\n'")

    def test_context_variables_hold(self) -> None:
        self.ok("import asyncio, contextvars\nv = contextvars.ContextVar('v')\nawait asyncio.sleep(0)\nv.set(4);")
        self.assertEqual(self.ok("v.get()").plain, "4")

    def test_standard_modules_shadowed_in_the_workspace_do_not_break_await(self) -> None:
        self.ok("for n in ('socket', 'ssl', 'queue', 'asyncio'): open(n + '.py', 'w').write('1/0')")
        self.assertEqual(self.ok("async def f(): return 1\nawait f()").plain, "1")


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
            "sys.stdout = sys.stderr = None", "os.close(1)", "os.close(2)", "os.close(1); os.close(2)",
            "sys.stdout.detach()", "sys.stdin.close()", "sys.__stdout__.close()",
            "os.dup2(os.open('/dev/null', os.O_WRONLY), 1)",
            "os.close(1); f = open('x', 'w')", "del sys.stdout", "sys.stdout.buffer.close()",
        ):
            if code.startswith("del"):
                continue
            self.run_code(code)
            answer = self.ok("import sys, os\nprint('out'); print('err', file=sys.stderr); sys.stdin.read()")
            self.assertEqual((answer.stdout, answer.stderr, answer.plain), ("out\n", "err\n", "''"), code)

    def test_what_was_printed_after_descriptor_1_was_closed_is_not_lost(self) -> None:
        self.ok("import os")
        self.assertEqual(self.ok("os.close(1)\nimport sys; sys.stdout.write('kept');").stdout, "kept")

    def test_much_output_and_large_results_pass(self) -> None:
        self.assertEqual(len(self.ok("for i in range(20000): print('x' * 99)").stdout), 2_000_000)
        answer = self.ok("list(range(10_000_000))")
        self.assertTrue(answer.plain.endswith("[cut after 100,000 characters]"))
        self.assertTrue(answer.done["truncated"])
        self.assertEqual(self.ok("'x' * 100_000_000").plain[:3], "'xx")
        self.assertFalse(self.ok("1").done["truncated"])

    def test_a_bundle_over_the_cap_is_replaced_by_its_text(self) -> None:
        code = "class H:\n  def _repr_html_(self): return 'x' * 40_000_000\n  def __repr__(self): return 'H!'\n"
        answer = self.ok(code + "display(H())\nH()")
        for bundle in (answer.result, answer.displays[0]):
            self.assertEqual(list(bundle), ["text/plain"])
            self.assertTrue(bundle["text/plain"].startswith("H!\n[text/html of 40,000,002 bytes left out"))
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
                def _repr_mimebundle_(self, include=None, exclude=None): return {'text/html': '<q>', 'x/y': 1}
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
        for code in ("[float('nan')]", "[float('inf')]", "{1: 2}", "[(1,)]", "[2**60]", "[object()]",
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
        self.assertTrue(self.ok("class B:\n  def __repr__(self): return 'é' * 10**7\nB()").done["truncated"])
        self.ok("class S(str):\n  def __getitem__(s, i): 1/0\n  def __len__(s): return -1\n"
                "class B:\n  def __repr__(self): return S('ok')\nB()")
        self.fails("class B:\n  def __repr__(self): raise SystemExit\nB()", "SystemExit")
        self.ok("class B:\n  def _repr_json_(self): return {1: object(), 'a': float('nan')}\nB()")
        self.ok("class M(type):\n  @property\n  def __module__(c): 1/0\n"
                "class B(metaclass=M):\n  def __repr__(self): 1/0\nB()")


class Errors(SessionCase):
    def test_tracebacks_show_only_the_lines_of_the_code(self) -> None:
        self.ok("def f(n):\n    return 1 / n")
        error = self.fails("f(0)", "ZeroDivisionError").error
        self.assertEqual(error["message"], "division by zero")
        text = error["traceback"]
        self.assertTrue(text.startswith("Traceback (most recent call last):\n"
                                        '  File "<execution 2>", line 1, in <module>\n    f(0)\n'), text)
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
        self.assertIn('File "lib/json/decoder.py"', self.run_code("json.loads('{')").error["traceback"])

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

    def test_hostile_exceptions(self) -> None:
        self.fails("class E(Exception):\n  def __str__(self): 1/0\nraise E", "E")
        self.fails("class E(Exception):\n  def __str__(self): raise SystemExit\nraise E", "E")
        self.fails("class E(Exception):\n  def __str__(self): return 5\nraise E", "E")
        error = self.fails("raise ValueError('x' * 10**6)", "ValueError").error
        self.assertLess(len(error["message"]), 10_100)
        self.assertLess(len(error["traceback"]), 100_100)
        self.assertIn("characters left out]", error["traceback"])
        self.fails("e = None\nfor i in range(5000):\n  n = ValueError(i); n.__cause__ = e; e = n\nraise e",
                   "ValueError")
        self.fails("a = ValueError('a'); b = ValueError('b'); a.__cause__ = b; b.__cause__ = a\nraise a",
                   "ValueError")
        self.fails("E = type('N' * 10**5, (Exception,), {})\nraise E", "N" * 100
                   + "\n[99,800 characters left out]\n" + "N" * 100)
        self.fails("class M(type):\n  __name__ = property(lambda c: 1/0)\n"
                   "class E(Exception, metaclass=M): pass\nraise E", "E")
        self.assertIn("The above exception was the direct cause", self.fails(
            "try: 1/0\nexcept Exception as e: raise KeyError('k') from e", "KeyError").error["traceback"])

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


class Interrupting(SessionCase):
    def test_sigint_in_the_code_is_a_keyboard_interrupt_and_keeps_the_state(self) -> None:
        self.ok("x = 5")
        for code in ("import time; time.sleep(30)", "while True: pass",
                     "import threading; threading.Event().wait()",
                     "class B:\n  def __repr__(self):\n    while True: pass\nprint('go2', flush=True)\nB()",
                     "class E(Exception):\n  def __str__(self):\n    while True: pass\nraise E",
                     "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); signal.pause()",
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


class Variables(SessionCase):
    def test_names_types_sizes_previews(self) -> None:
        self.ok("import os\n_hidden = 1\nb = 2\na = list(range(10**6))\n"
                "class C:\n  def __repr__(self): 1/0\nc = C()\ndef f(): pass\ns = 'x' * 10**6\n"
                "z = 'a\\nb'")
        found = self.keeper.variables()
        self.assertEqual(list(found), ["C", "a", "b", "c", "f", "s", "z"])
        self.assertEqual(found["b"], {"name": "b", "type": "int", "sizeBytes": sys.getsizeof(2), "preview": "2"})
        self.assertGreater(found["a"]["sizeBytes"], 8 * 10**6 - 1)
        self.assertTrue(all(len(one["preview"]) <= 200 for one in found.values()))
        self.assertEqual(found["c"]["type"], "__main__.C")
        self.assertTrue(found["a"]["preview"].startswith("[0, 1, 2,"))
        self.ok("for i in range(1500): globals()['v%04d' % i] = i")
        self.assertEqual(len(self.keeper.variables()), 1000)

    def test_hostile_variables(self) -> None:
        self.ok("class H:\n  def __sizeof__(self): 1/0\n  def __getattr__(self, n): raise RuntimeError\n"
                "  def __class__(self): 1/0\n  __class__ = property(__class__)\n"
                "class list(object): pass\nx = list()\nh = H()\nglobals()[5] = 1")
        found = self.keeper.variables()
        self.assertEqual(found["h"]["preview"], "<no preview: ZeroDivisionError>")
        self.ok("class E:\n  def __repr__(self): raise SystemExit\ne = E(); del h")
        self.assertEqual(self.keeper.variables()["e"]["preview"], "<no preview: SystemExit>")
        self.ok("class H:\n  __class__ = property(lambda s: 1/0)\nH()")


class Lifetime(unittest.TestCase):
    def test_the_session_ends_with_the_keeper(self) -> None:
        keeper = Keeper()
        keeper.execute("import atexit; atexit.register(print, 'never')")
        keeper.socket.close()
        self.assertEqual(os.waitpid(keeper.pid, 0), (keeper.pid, 0))
        keeper.pid = os.fork() or os._exit(0)
        keeper.close()

    def test_an_unknown_frame_ends_the_session(self) -> None:
        keeper = Keeper()
        keeper.send(b"?", {})
        self.assertEqual(os.waitpid(keeper.pid, 0)[1] >> 8, 70)
        keeper.pid = os.fork() or os._exit(0)
        keeper.close()

    def test_the_code_may_end_its_process(self) -> None:
        keeper = Keeper()
        keeper.start("import os; os._exit(9)")
        with self.assertRaises(EOFError):
            keeper.finish()
        keeper.close()


if __name__ == "__main__":
    signal.alarm(300)
    unittest.main()
