"""Top-level await in the session, and asyncio beside it."""

from __future__ import annotations

import os
import unittest

from session_harness import SessionCase, lines


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
        answer = self.ok("[n async for n in (await asyncio.sleep(0, i) for i in range(3))]")
        self.assertEqual(answer.plain, "[0, 1, 2]")

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

    def test_asyncio_run_can_be_interrupted(self) -> None:
        self.keeper.start("import asyncio\nprint('go')\nasyncio.run(asyncio.sleep(30))")
        answer = self.keeper.finish(interrupt_at="go")
        self.assertEqual(answer.error["name"], "KeyboardInterrupt")

    def test_the_loop_holds_no_descriptor_between_executions(self) -> None:
        self.ok("import os\nbefore = len(os.listdir('/proc/self/fd'))")
        self.ok("import asyncio\nawait asyncio.sleep(0)")
        self.assertEqual(self.ok("len(os.listdir('/proc/self/fd')) - before").plain, "0")
        self.assertEqual(self.ok(lines('''
            p = await asyncio.create_subprocess_exec('echo', 'hi', stdout=asyncio.subprocess.PIPE)
            (await p.communicate())[0]
        ''')).plain, "b'hi\\n'")

    def test_a_loop_that_the_code_closed_is_made_anew(self) -> None:
        self.ok("import asyncio\nawait asyncio.sleep(0)")
        self.ok("asyncio.get_event_loop().close()")
        self.assertEqual(self.ok("await asyncio.sleep(0, 5)").plain, "5")

    def test_context_variables_hold(self) -> None:
        self.ok("import asyncio, contextvars\nv = contextvars.ContextVar('v')\n"
                "await asyncio.sleep(0)\nv.set(4);")
        self.assertEqual(self.ok("v.get()").plain, "4")

    def test_standard_modules_shadowed_in_the_workspace_do_not_break_await(self) -> None:
        self.ok("for n in ('socket', 'ssl', 'queue', 'asyncio'): open(n + '.py', 'w').write('1/0')")
        self.assertEqual(self.ok("async def f(): return 1\nawait f()").plain, "1")


if __name__ == "__main__":
    unittest.main()
