"""SIGINT becomes KeyboardInterrupt inside the code, and nowhere else.

The keeper sends it for a timeout or a cancel. It is armed while the code runs (its `__repr__` and
`__str__` too), held back while a frame crosses, and forgotten when it comes between executions: one
that arrives as the code ends must not reach the next.
"""

from __future__ import annotations

import _signal as signal
from _thread import get_ident
from types import FrameType

# The built-in `_signal`: the other makes an enum member of each number, for 2 µs a call.
_TO_DEFAULT = (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)


class Interrupts:
    def __init__(self) -> None:
        self._armed = False
        self._waiting = False
        self._thread = get_ident()
        # One object for good: `install` compares by identity.
        self._handler = self._handle

    def prepare(self) -> None:
        """Undoes what the keeper did with signals. SIGPIPE and SIGXFSZ become errors of a call."""
        signal.set_wakeup_fd(-1)
        for number in _TO_DEFAULT:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        self.install()
        signal.pthread_sigmask(signal.SIG_SETMASK, ())

    def install(self) -> None:
        """Puts the handler back when the code has set another."""
        if signal.getsignal(signal.SIGINT) is not self._handler:
            signal.signal(signal.SIGINT, self._handler)

    def uninstall(self) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    def forget(self) -> None:
        """Called when a request has come: what arrived before it was meant for the last one."""
        self._waiting = False

    def arm(self) -> None:
        self._armed = True
        if self._waiting:
            self._waiting = False
            raise KeyboardInterrupt

    def disarm(self) -> None:
        self._armed = False

    def hold(self) -> bool:
        """Holds an interrupt back until `release`. Returns what `release` needs to be given."""
        armed = self._armed and get_ident() == self._thread
        if armed:
            self._armed = False
        return armed

    def release(self, armed: bool) -> None:
        if armed:
            self.arm()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._armed:
            raise KeyboardInterrupt
        self._waiting = True
