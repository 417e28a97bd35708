"""The session with numpy, pandas, matplotlib and Pillow: skipped, visibly, where one is missing."""

from __future__ import annotations

import importlib
import importlib.util
import unittest
from base64 import b64decode

from session_harness import Answer, SessionCase

PNG = b"\x89PNG\r\n\x1a\n"


def needs(*modules: str):  # type: ignore[no-untyped-def]
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    return unittest.skipIf(missing, "not installed: %s" % ", ".join(missing))


def kinds(answer: Answer) -> list:
    """Text as it came, and `image` for each picture."""
    return ["image" if kind == "display" and "image/png" in value else value
            for kind, value in answer.outputs]


@needs("matplotlib")
class Pictures(SessionCase):
    def setUp(self) -> None:
        super().setUp()
        self.ok("import matplotlib.pyplot as plt")

    def test_show_displays_and_closes_at_that_moment(self) -> None:
        answer = self.ok("print('a')\nplt.plot([1, 2])\nplt.show()\nprint('b')\n"
                         "plt.plot([2, 1]); plt.title('t')\nplt.show()\nprint(plt.get_fignums())")
        self.assertEqual(kinds(answer), ["a\n", "image", "b\n", "image", "[]\n"])
        self.assertEqual(b64decode(answer.displays[0]["image/png"])[:8], PNG)
        self.assertTrue(answer.displays[0]["text/plain"].startswith("<Figure size"))

    def test_figures_left_open_come_after_the_last_output(self) -> None:
        answer = self.ok("plt.plot([1]);\nplt.figure(); plt.plot([2]);\nprint('last')")
        self.assertEqual(kinds(answer), ["last\n", "image", "image"])
        self.assertEqual(self.ok("plt.get_fignums()").plain, "[]")
        answer = self.run_code("plt.plot([1])\n1/0")
        self.assertEqual((kinds(answer), answer.status), (["image"], "error"))
        self.assertEqual(kinds(self.ok("plt.figure();")), [])

    def test_no_figure_is_shown_twice(self) -> None:
        answer = self.ok("fig, ax = plt.subplots()\nax.plot([1, 2])\nfig")
        self.assertEqual((kinds(answer), "image/png" in answer.result), ([], True))
        answer = self.ok("fig, ax = plt.subplots()\nax.plot([1, 2])\nax")
        self.assertEqual((kinds(answer), list(answer.result)), (["image"], ["text/plain"]))
        answer = self.ok("fig, ax = plt.subplots()\nax.plot([1, 2])\nplt.show()\nfig")
        self.assertEqual((kinds(answer), list(answer.result)), (["image"], ["text/plain"]))
        self.assertEqual(kinds(self.ok("plt.plot([1, 2])\ndisplay(plt.gcf())")), ["image"])
        self.assertEqual(kinds(self.ok("plt.plot([1, 2])\nplt.gcf().show()")), ["image"])
        self.assertEqual(kinds(self.ok("plt.plot([1, 2])\nplt.savefig('a.png')\nplt.close()")), [])
        answer = self.ok("fig")
        self.assertEqual((kinds(answer), "image/png" in answer.result), ([], True))

    def test_a_figure_changed_between_two_displays_is_shown_again(self) -> None:
        answer = self.ok("fig, ax = plt.subplots()\nax.plot([1, 2])\ndisplay(fig)\n"
                         "ax.plot([3, 0])\n'end'")
        self.assertEqual(kinds(answer), ["image", "image"])

    def test_a_figure_that_cannot_be_drawn_says_why(self) -> None:
        answer = self.ok("plt.title('$\\\\frac{$')\nplt.show()")
        self.assertIn("cannot be drawn", answer.displays[0]["text/plain"])
        answer = self.ok("plt.figure(figsize=(10**6, 10**6)); plt.plot([1]);")
        self.assertIn("cannot be drawn", answer.displays[0]["text/plain"])
        self.assertEqual(self.ok("plt.get_fignums()").plain, "[]")

    def test_an_interrupt_leaves_no_figure_open(self) -> None:
        self.keeper.start("import time\nplt.plot([1])\nprint('go')\ntime.sleep(30)")
        answer = self.keeper.finish(interrupt_at="go")
        self.assertEqual(kinds(answer), ["go\n"])
        self.assertEqual(kinds(self.ok("1")), [])

    def test_show_in_a_process_of_the_code_disturbs_nothing(self) -> None:
        self.ok("import multiprocessing as m\ndef f(): plt.plot([1]); plt.show()\n"
                "p = m.get_context('fork').Process(target=f); p.start(); p.join()")
        self.assertEqual(kinds(self.ok("plt.plot([1]);")), ["image"])


@needs("PIL")
class Images(SessionCase):
    def test_an_image_is_a_png_and_show_displays_it(self) -> None:
        answer = self.ok("from PIL import Image\ni = Image.new('RGB', (4, 4))\ni.show()\ni")
        self.assertEqual(kinds(answer), ["image"])
        self.assertIn("image/png", answer.result)
        self.assertNotIn("image/jpeg", answer.result)


@needs("pandas")
class Frames(SessionCase):
    def test_frames_have_html_and_wide_text(self) -> None:
        self.ok("import pandas as pd\n"
                "df = pd.DataFrame({'column_%d' % i: range(5) for i in range(12)})")
        answer = self.ok("df")
        self.assertIn("<table", answer.result["text/html"])
        self.assertIn("column_11", answer.plain)
        self.assertNotIn("...", self.ok("print(df)").stdout)
        self.assertEqual(list(self.ok("df.column_1").result), ["text/plain"])

    def test_variables_show_shapes(self) -> None:
        self.ok("import pandas as pd, numpy as np\ndf = pd.DataFrame({'a': [1] * 1200, 'b': 2.0})\n"
                "s = df.a\nbig = np.zeros((1000, 1000))\nview = big[:10]\nsmall = np.arange(3)\n"
                "o = pd.DataFrame({'t': ['x' * 10000] * 10000})\nempty = pd.DataFrame()\n"
                "i = df.index\n"
                "n = np.float64(1)\nstrings = np.array([object()] * 3)")
        found = self.keeper.variables()
        self.assertEqual(found["df"]["preview"], "1,200 × 2: a, b")
        self.assertIn(found["df"]["type"], ("pandas.core.frame.DataFrame", "pandas.DataFrame"))
        self.assertGreaterEqual(found["df"]["sizeBytes"], 1200 * 16)
        self.assertEqual(found["s"]["preview"], "1,200 × int64: a")
        self.assertEqual(found["big"]["preview"], "(1000, 1000) float64")
        self.assertGreaterEqual(found["big"]["sizeBytes"], 8_000_000)
        self.assertEqual(found["view"]["sizeBytes"], 80_000)
        self.assertEqual(found["small"]["preview"], "(3,) int64: [0, 1, 2]")
        self.assertEqual(found["empty"]["preview"], "0 × 0")


@needs("numpy")
class Arrays(SessionCase):
    def test_arrays_are_shown_by_numpy(self) -> None:
        self.assertEqual(self.ok("import numpy as np\nnp.arange(3)").result,
                         {"text/plain": "array([0, 1, 2])"})
        self.assertIn("...", self.ok("np.zeros(10**6)").plain)

    def test_two_sessions_draw_different_random_numbers(self) -> None:
        code = "import random, numpy as np\nrandom.random(), np.random.rand()"
        first = self.ok(code).plain
        self.doCleanups()
        self.setUp()
        for one, other in zip(first.split(","), self.ok(code).plain.split(",")):
            self.assertNotEqual(one, other)


@needs("numpy")
class RandomNumbersOfForks(unittest.TestCase):
    """What a zygote prepares: forks draw from a state that is filled with random bytes."""

    def test_forks_draw_different_numbers_that_numpy_makes_as_ever(self) -> None:
        import numpy.random
        from belljar_runtime.session.random_numbers import RandomNumbers

        prepared = RandomNumbers()
        prepared.prepare()
        self.assertIsNotNone(prepared._key, "this numpy keeps its state elsewhere")
        states, draws = [], []
        for _ in range(2):
            prepared.reseed()
            states.append(numpy.random.get_state())
            draws.append(numpy.random.rand(1000))
        self.assertFalse((states[0][1] == states[1][1]).all())
        self.assertLess(abs(draws[0].mean() - 0.5), 0.1)
        twin = numpy.random.RandomState()
        twin.set_state(states[0])
        self.assertTrue((twin.rand(1000) == draws[0]).all())


@needs("matplotlib", "pandas")
class Preloaded(Pictures):
    """The same in sessions forked from a process that has the libraries, as a zygote's are."""

    @classmethod
    def setUpClass(cls) -> None:
        for name in ("numpy", "pandas", "matplotlib.pyplot"):
            importlib.import_module(name)

    test_two_sessions_draw_different_random_numbers = (
        Arrays.test_two_sessions_draw_different_random_numbers)
    test_frames_have_html_and_wide_text = Frames.test_frames_have_html_and_wide_text


if __name__ == "__main__":
    unittest.main()
