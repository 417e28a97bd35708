"""The changes that libraries get when the code imports them: what they show becomes a display."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any, Callable

from .figures import Figures

_FRAME_WIDTH = 160
_FRAME_COLUMNS = 30


def _set_frame_sizes(pandas: ModuleType) -> None:
    """Without a terminal pandas assumes 80 columns and hides what does not fit."""
    pandas.set_option("display.width", _FRAME_WIDTH)
    pandas.set_option("display.max_columns", _FRAME_COLUMNS)


def _fork_by_default(context: ModuleType) -> None:
    """Other ways to start processes cannot find what is defined in `__main__` (Python 3.14)."""
    context._default_context._default_context = context._concrete_contexts["fork"]


def patches(display: Callable[..., None], figures: Figures) -> dict:
    def show_value(value: Any, *arguments: Any, **options: Any) -> None:
        display(value)

    def show_figure(figure: Any, *arguments: Any, **options: Any) -> None:
        figures.show(figure)

    def show_figures(*arguments: Any, **options: Any) -> None:
        """Displays the open figures and closes them."""
        figures.show_open()

    def patch_pyplot(pyplot: ModuleType) -> None:
        pyplot.show = show_figures

    def patch_figure(figure: ModuleType) -> None:
        figure.Figure.show = show_figure

    def patch_image(image: ModuleType) -> None:
        image.Image.show = show_value

    def patch_plotly(base: ModuleType) -> None:
        base.BaseFigure.show = show_value

    def patch_display(functions: ModuleType) -> None:
        functions.display = display

    return {
        "matplotlib.pyplot": patch_pyplot,
        "matplotlib.figure": patch_figure,
        "PIL.Image": patch_image,
        "plotly.basedatatypes": patch_plotly,
        "pandas": _set_frame_sizes,
        "multiprocessing.context": _fork_by_default,
        "IPython.core.display_functions": patch_display,
    }
