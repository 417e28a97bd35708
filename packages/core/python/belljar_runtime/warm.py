"""What the preloaded libraries import only at first use: done once here, before any sandbox is born.

The first data frame of pandas 3 imports a part of Arrow and compiles its patterns (40 ms), the first
shown one the formatters (30 ms), the first figure a backend and fonts (100 ms). Runs our own code on
our own values; a library that fails here fails the same way for the code that uses it.
"""

from __future__ import annotations

import io
import sys
from typing import Callable


def _pandas() -> None:
    pandas = sys.modules["pandas"]
    frame = pandas.DataFrame({"name": ["a", "b", "a"], "value": [1.0, 2.0, 3.0],
                              "time": pandas.to_datetime(["2026-01-01"] * 3)})
    frame.groupby("name")["value"].mean()
    frame.describe()
    repr(frame)
    frame._repr_html_()
    pandas.read_csv(io.StringIO(frame.to_csv()))


def _pyplot() -> None:
    pyplot = sys.modules["matplotlib.pyplot"]
    figure, axes = pyplot.subplots()
    axes.plot([1, 2], [1, 2], label="a")
    axes.legend()
    axes.set_title("a")
    figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")
    pyplot.close(figure)
    # Every fork closes the fonts that are open, and pays for it: 130 pages.
    sys.modules["matplotlib.font_manager"]._get_font.cache_clear()


_FIRST_USES: dict = {"pandas": _pandas, "matplotlib.pyplot": _pyplot}


def first_use(module: str) -> None:
    """Does what code usually does first with this module."""
    use: Callable[[], None] = _FIRST_USES.get(module, lambda: None)
    try:
        use()
    except Exception as error:  # noqa: BLE001 - a broken library is the user's, not ours
        sys.stderr.write("belljar: %s fails at first use: %r\n" % (module, error))


def forget_lookups() -> None:
    """Empties the interpreter's cache of attributes.

    It holds a reference to each name. A fork that puts another name in its place would write to the
    page of the old one too, which with large libraries is a page of its own each time.
    """
    for name in ("_clear_internal_caches", "_clear_type_cache"):  # since 3.13, until then
        clear = getattr(sys, name, None)
        if clear is not None:
            return clear()


def rehearse() -> None:
    """Until the interpreter has specialised what it runs, before the forks."""
    for _ in range(20):
        touch()


def touch() -> None:
    """Copies the pages that a first small data frame writes to, in a sandbox that nobody waits for.

    A fork shares all pages; each first write to one costs 4 µs, and pandas needs 1,100 of them.
    """
    pandas = sys.modules.get("pandas")
    try:
        if pandas is not None:
            pandas.DataFrame({"a": [1, 2, 3]}).a.sum()
    except Exception:  # noqa: BLE001, S110 - as in `first_use`: said there
        pass
