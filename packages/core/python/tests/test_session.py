"""The session: what an execution keeps, how it awaits, what a fork of it keeps."""

from __future__ import annotations

import os
import sys
import time
import unittest

from session_harness import Keeper, SessionCase, lines

from belljar_runtime.session import Session


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

    def test_one_line_assignments_and_what_resembles_them(self) -> None:
        self.ok("x = 3; y = [1, 2]; z = {'a': 0}")
        for code, value in (("x += 1", "4"), ("x >>= 1", "2"), ("x **= 3", "8"), ("x //= 4", "2"),
                            ("x=x+1", "3"), ("y[0] = x", "3"), ("z['a'] = 5 == 5", "3")):
            self.assertIsNone(self.ok(code).result, code)
            self.assertEqual(self.ok("x").plain, value, code)
        self.assertEqual(self.ok("y, z").plain, "([3, 2], {'a': True})")
        for code in ("x == 3", "x <= 3", "x >= 3", "x != 4", "y[0] == 3", "x = 3; x == 3"):
            self.assertEqual(self.ok(code).plain, "True", code)
        self.assertIn("x = = 1", self.fails("x = = 1", "SyntaxError").error["traceback"])
        self.assertIn("U+D800", self.fails("x = '\ud800'", "SyntaxError").error["message"])
        self.ok("import asyncio")
        self.ok("x = await asyncio.sleep(0, 9)")
        self.ok("t = asyncio.create_task(asyncio.sleep(0, 7))")
        self.assertEqual(self.ok("x, await t").plain, "(9, 7)")

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
        source = self.ok("print(inspect.getsource(double))").stdout
        self.assertIn("@functools.lru_cache\ndef double(n):", source)
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


class Variables(SessionCase):
    def test_names_types_sizes_previews(self) -> None:
        self.ok("import os\n_hidden = 1\nb = 2\na = list(range(10**6))\n"
                "class C:\n  def __repr__(self): 1/0\nc = C()\ndef f(): pass\ns = 'x' * 10**6\n"
                "z = 'a\\nb'")
        found = self.keeper.variables()
        self.assertEqual(list(found), ["C", "a", "b", "c", "f", "s", "z"])
        self.assertEqual(found["b"], {"name": "b", "type": "int", "sizeBytes": sys.getsizeof(2),
                                      "preview": "2", "identity": "2"})
        self.assertGreater(found["a"]["sizeBytes"], 8 * 10**6 - 1)
        self.assertTrue(all(len(one["preview"]) <= 200 for one in found.values()))
        self.assertEqual(found["c"]["type"], "__main__.C")
        self.assertTrue(found["a"]["preview"].startswith("[0, 1, 2,"))
        self.ok("for i in range(1500): globals()['v%04d' % i] = i")
        self.assertEqual(len(self.keeper.variables()), 1000)

    def test_hostile_variables(self) -> None:
        self.ok("class H:\n  def __sizeof__(self): 1/0\n"
                "  def __getattr__(self, n): raise RuntimeError\n"
                "  def __class__(self): 1/0\n  __class__ = property(__class__)\n"
                "class list(object): pass\nx = list()\nh = H()\nglobals()[5] = 1")
        found = self.keeper.variables()
        self.assertEqual(found["h"]["preview"], "<no preview: ZeroDivisionError>")
        self.ok("class E:\n  def __repr__(self): raise SystemExit\ne = E(); del h")
        self.assertEqual(self.keeper.variables()["e"]["preview"], "<no preview: SystemExit>")
        self.ok("class H:\n  __class__ = property(lambda s: 1/0)\nH()")


def fork_here(session: Session, message: dict) -> None:
    """A savepoint: the child is the session until it ends, then this process is again."""
    child = session.fork()
    if child:
        os.waitpid(child, 0)
        session.channel.send(b"B", "{}")
    else:
        session.channel.send(b"F", "{}")


class Forking(unittest.TestCase):
    def test_a_savepoint_goes_on_with_the_same_state_and_random_numbers(self) -> None:
        keeper = Keeper({b"F": fork_here})
        self.addCleanup(keeper.close)
        keeper.execute("import random, asyncio; random.seed(7); x = [1]\nlock = asyncio.Lock()\n"
                       "await lock.acquire()\ng = (n for n in range(9)); next(g)")
        keeper.send(b"F", {})
        self.assertEqual(keeper.receive()[0], b"F")
        look = "x.append(2); lock.release(); (random.random(), x, next(g), lock.locked())"
        first = keeper.execute(look).plain
        self.assertIn("0.32383276483316237, [1, 2], 1, False", first)
        self.assertEqual(keeper.execute("await asyncio.sleep(0)\ndisplay(1)\nx").plain, "[1, 2]")
        keeper.start("import os; os._exit(1)")
        self.assertEqual(keeper.receive()[0], b"B")
        self.assertEqual(keeper.execute(look).plain, first)


class Lifetime(unittest.TestCase):
    def test_the_session_ends_with_the_keeper(self) -> None:
        keeper = Keeper()
        keeper.execute("import atexit; atexit.register(print, 'never')")
        keeper.socket.close()
        self.assertEqual(os.waitpid(keeper.pid, 0), (keeper.pid, 0))
        keeper.pid = os.fork() or os._exit(0)
        keeper.close()

    def test_large_and_slowly_sent_requests_are_read_whole(self) -> None:
        keeper = Keeper()
        self.addCleanup(keeper.close)
        code = "text = '%s'\nlen(text)" % ("x" * 3_000_000)
        self.assertEqual(keeper.execute(code).plain, "3000000")
        for byte in b"V\x02\x00\x00\x00{}":
            keeper.socket.sendall(bytes([byte]))
            time.sleep(0.002)
        self.assertEqual(keeper.receive()[0], b"V")

    def test_two_requests_at_once_break_the_protocol(self) -> None:
        keeper = Keeper()
        self.addCleanup(keeper.close)
        keeper.socket.sendall(b"V\x02\x00\x00\x00{}" * 2)
        with self.assertRaises(EOFError):
            keeper.receive()

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
    unittest.main()
