"""Figures of matplotlib, which is only ever looked at through `sys.modules`.

`plt.show()` displays the open figures at that moment and closes them; those still open when an
execution ends come after its last output. One execution shows the same picture of a figure once.
"""

from __future__ import annotations

import sys
from binascii import b2a_base64
from io import BytesIO
from typing import Any, Callable

from .channel import encode
from .plain import plain_text

_LARGEST_DPI = 200


def is_figure(value: Any) -> bool:
    kind = getattr(sys.modules.get("matplotlib.figure"), "Figure", None)
    return kind is not None and issubclass(type(value), kind)


def add_picture(figure: Any, bundle: dict) -> None:
    """A figure that cannot be drawn says why in its text."""
    try:
        bundle["image/png"] = '"%s"' % _draw(figure)
    except Exception as error:  # noqa: BLE001 - a broken label, a huge size
        text = plain_text(error)[0]
        bundle["text/plain"] = encode("<figure that cannot be drawn: %s>" % text[:2000])


def _draw(figure: Any) -> str:
    face = figure.get_facecolor()
    buffer = BytesIO()
    figure.savefig(
        buffer, format="png", dpi=min(figure.dpi, _LARGEST_DPI), bbox_inches="tight",
        # Dark styles keep their colour; a see-through figure would be unreadable on dark pages.
        facecolor=face if face[3] > 0 else "white",
    )
    return b2a_base64(buffer.getbuffer(), newline=False).decode("ascii")


def _open_figures() -> list:
    managers = getattr(sys.modules.get("matplotlib._pylab_helpers"), "Gcf", None)
    if managers is None or not managers.figs:
        return []
    return [manager.canvas.figure for manager in managers.get_all_fig_managers()]


def _close(figure: Any) -> None:
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close(figure)


class Figures:
    """What one execution has shown of its figures."""

    def __init__(self, send: Callable[[dict], None]) -> None:
        self._send = send
        self._shown: dict = {}

    def begin(self) -> None:
        if self._shown:
            self._shown = {}

    def note(self, value: Any, bundle: dict) -> None:
        """Called for what `display()` shows."""
        if "image/png" in bundle and is_figure(value):
            self._is_new(value, bundle)

    def settle_result(self, value: Any, bundle: dict) -> None:
        """The figure in a result is neither displayed again nor was before."""
        if not is_figure(value):
            return
        if not self._is_new(value, bundle):
            bundle.pop("image/png", None)
        _close(value)

    def show(self, figure: Any) -> None:
        bundle = {"text/plain": encode(plain_text(figure)[0])}
        add_picture(figure, bundle)
        if self._is_new(figure, bundle):
            self._send(bundle)
        _close(figure)

    def show_open(self) -> None:
        for figure in _open_figures():
            if figure.get_children()[1:]:
                self.show(figure)
            else:
                # Only its background: nothing was drawn.
                _close(figure)

    def drop_open(self) -> None:
        """After an interrupt there is no time to draw."""
        for figure in _open_figures():
            _close(figure)

    def _is_new(self, figure: Any, bundle: dict) -> bool:
        # The figure is kept with its picture: an id alone could be another's by now.
        picture = hash(bundle.get("image/png", bundle["text/plain"]))
        before = self._shown.get(id(figure))
        self._shown[id(figure)] = (figure, picture)
        return before is None or before[1] != picture
