"""What the code printed: the head is sent as it comes, then only the tail is kept.

One budget for stdout and stderr. A flood costs the engine no more than the budget.
"""

from __future__ import annotations

from collections import deque

from .link import Link

# Each piece costs more than its bytes: code that writes them one by one must not cost gigabytes.
_MOST_PIECES, _JOINED_BYTES = 16_384, 65_536


class Output:
    def __init__(self, link: Link, number: int, budget_bytes: int) -> None:
        self._link, self._number = link, number
        self._head_left = budget_bytes // 2
        self._tail_budget = budget_bytes - budget_bytes // 2
        self._least_tail = budget_bytes // 4
        self._tail: deque = deque()
        self._tail_bytes = 0
        self.dropped_bytes = 0

    def add(self, stream: str, data: bytes) -> None:
        if self._head_left > 0:
            head = data[:self._head_left]
            self._head_left -= len(head)
            self._link.send({"t": stream, "n": self._number}, head)
            data = data[len(head):]
        if not data:
            return
        if self._tail and self._tail[-1][0] == stream and len(self._tail[-1][1]) < _JOINED_BYTES:
            self._tail[-1][1].extend(data)
        else:
            self._tail.append((stream, bytearray(data)))
        self._tail_bytes += len(data)
        while self._tail_bytes > self._tail_budget or len(self._tail) > _MOST_PIECES:
            oldest = self._tail[0][1]
            excess = len(oldest)
            if len(self._tail) <= _MOST_PIECES:
                excess = min(excess, self._tail_bytes - self._tail_budget)
            del oldest[:excess]
            self._tail_bytes -= excess
            self.dropped_bytes += excess
            if not oldest:
                self._tail.popleft()

    def display(self, payload: bytes) -> None:
        """A display keeps its place: the tail so far goes out before it, while enough is left of
        the budget for the end of the output."""
        left = self._tail_budget - self._tail_bytes
        if self.dropped_bytes == 0 and left >= self._least_tail:
            self._tail_budget = left
            self._send_tail()
        self._link.send({"t": "display", "n": self._number}, payload)

    def finish(self) -> None:
        if self.dropped_bytes:
            self._link.send({"t": "gap", "n": self._number, "bytes": self.dropped_bytes})
        self._send_tail()

    def _send_tail(self) -> None:
        for stream, data in self._tail:
            self._link.send({"t": stream, "n": self._number}, bytes(data))
        self._tail.clear()
        self._tail_bytes = 0
