"""One probe in a child of its own: what it did to itself goes with it.

Invariant: a probe that hangs, dies or leaves processes behind is ended with all of them, and what it
did not say counts as not in force.
"""

from __future__ import annotations

import json
import os
import select
import signal
import time
from typing import Callable, Dict

# A probe takes milliseconds; on a machine with ten times more work than it can do, seconds.
SECONDS = 10.0
_LAST = b"\n\n"
"""After it, only processes that a failed probe left behind hold the pipe."""


class DoesNotHold(Exception):
    """The kernel took the call, and what it should forbid goes on."""


class Report:
    """What a probe says, a line a layer, over a pipe that its children inherit."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._layer = ""

    def trying(self, layer: str) -> None:
        """What fails from now on is this layer."""
        self._layer = layer

    def holds(self, layer: str) -> None:
        self._say({"layer": layer, "ok": True})

    def fails(self, error: BaseException, layer: str | None = None) -> None:
        # The path of an error is a detail of the probe's own.
        text = getattr(error, "strerror", None) or str(error)
        self._say({"layer": layer or self._layer, "ok": False, "message": text,
                   "errno": getattr(error, "errno", None), "kind": type(error).__name__})

    def finish(self, run: Callable[[], None], last_words: bytes = b"") -> None:
        """The end of a child: whatever happens in `run` is said, and the process ends."""
        try:
            run()
        except BaseException as error:  # noqa: BLE001 - the one exit of this process
            self.fails(error)
        finally:
            os.write(self._descriptor, last_words)
            os._exit(0)

    def _say(self, said: dict) -> None:
        os.write(self._descriptor, (json.dumps(said) + "\n").encode())


def attempt(layers: list, probe: Callable[[Report], None]) -> Dict[str, dict]:
    """Runs a probe and returns what became of each of `layers`. The first one is tried first."""
    ear, mouth = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        os.close(ear)
        report = Report(mouth)
        report.trying(layers[0])
        report.finish(lambda: probe(report), _LAST)
    os.close(mouth)
    said = [json.loads(line) for line in _until_end(ear).split("\n") if line]
    os.close(ear)
    os.kill(child, signal.SIGKILL)
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:
        pass  # it did not come as far as a group of its own
    os.waitpid(child, 0)
    return _outcome(layers, said)


def _until_end(descriptor: int) -> str:
    deadline = time.monotonic() + SECONDS
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    text = b""
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            return text.decode()
        piece = os.read(descriptor, 65536)
        text += piece
        if not piece or text.endswith(_LAST):
            return text.decode()


def _outcome(layers: list, said: list) -> Dict[str, dict]:
    """A layer that failed at any time failed; one that was never reached needs the one before."""
    found: Dict[str, dict] = {}
    for one in said:
        layer = one.pop("layer")
        if layer not in found or not one["ok"]:
            found[layer] = one
    failed = [layer for layer in found if not found[layer]["ok"]]
    for layer in layers:
        if layer in found:
            continue
        found[layer] = ({"ok": False, "needs": failed[-1]} if failed
                        else {"ok": False, "message": "the probe did not end", "kind": "Timeout"})
    return found
