"""`display()`: shows values in order with what the code prints."""

from __future__ import annotations

import json
import sys
from _thread import allocate_lock
from typing import Any

from .channel import DISPLAY, Channel
from .figures import Figures
from .forks import Forks
from .interrupts import Interrupts
from .mime import describe, join, raw_bundle
from .streams import Streams


class Displays:
    """The way of displays to the keeper, open while an execution runs."""

    def __init__(self, channel: Channel, interrupts: Interrupts, streams: Streams,
                 forks: Forks) -> None:
        self._channel, self._interrupts = channel, interrupts
        self._streams, self._forks = streams, forks
        self._turn = allocate_lock()
        self._open = False
        self.cut = False
        self.figures = Figures(self._send)

    def begin(self) -> None:
        self.cut = False
        self._open = True
        self.figures.begin()

    def end(self) -> None:
        """Waits for a thread that is showing something; later ones print instead."""
        with self._turn:
            self._open = False

    def display(self, *values: Any, raw: bool = False, **ignored: Any) -> None:
        """Shows values in their richest form. With `raw`, they are MIME bundles themselves."""
        for value in values:
            bundle, cut = raw_bundle(value) if raw else describe(value)
            self.cut = self.cut or cut
            self.figures.note(value, bundle)
            self._send(bundle)

    def _send(self, bundle: dict) -> None:
        # A child process that the code forked has no turn on the channel.
        if self._forks.is_child:
            return self._print(bundle)
        payload = join(bundle)
        armed = self._interrupts.hold()
        try:
            with self._turn:
                if self._open:
                    self._streams.flush()
                    self._channel.exchange(DISPLAY, payload)
                    return None
        finally:
            self._interrupts.release(armed)
        return self._print(bundle)

    @staticmethod
    def _print(bundle: dict) -> None:
        sys.stdout.write(json.loads(bundle["text/plain"]) + "\n")
        sys.stdout.flush()
